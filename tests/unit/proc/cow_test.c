/* SPDX-License-Identifier: MIT */
/*
 * Pages that parent and child share behind a fork: who copies which, and what it takes (costs.cow
 * and the like). The reasons are recordings of forks beside hogs (f01 in tests/fidelity).
 */
#include <criterion/criterion.h>

#include "rig.h"

static void share(struct rig *rig, const char *kernel)
{
	rig_init(rig, 2, kernel);
	builder_platform(rig->builder)->costs.cow = 5 * MSEC;
	rig_template(rig, "c", "mark child");
}

/*
 * It may write to more of them: cow_parent. The parent goes on at once; the child has its pages for
 * itself when it begins on another cpu.
 */
Test(copy_on_write, the_parent_pays_if_it_is_first)
{
	struct rig rig;

	share(&rig, "v6.1");
	builder_platform(rig.builder)->costs.cow_parent = 1 * MSEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "fork c; mark parent; sleep 1ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "6 ms mark p parent\n"
		   "6 ms mark c child\n");
}

/*
 * On 6.12 it preempts a parent that has used up its request, at 1 ms; the tick at 4 ms preempts it
 * 2 ms before the end of its copying, of which the parent has none.
 */
Test(copy_on_write, the_child_pays_if_it_is_first)
{
	struct rig rig;

	share(&rig, "v6.12");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"},
		      "run 1ms; fork c; mark parent; sleep 1ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "4 ms mark p parent\n"
		   "6 ms mark c child\n");
}

static void share_thread(struct rig *rig)
{
	rig_init(rig, 1, "v6.1");
	builder_platform(rig->builder)->costs.cow = 1 * MSEC;
	builder_platform(rig->builder)->costs.cow_thread = 5 * MSEC;
	builder_platform(rig->builder)->costs.fault_reuse = 100 * USEC;
	rig_template(rig, "c", "mark child");
}

/*
 * The parent copies the stack, and waits at 1 ms; the child the thread's page. Back, the parent
 * finds that its own.
 */
Test(copy_on_write, the_threads_page_is_the_childs_to_copy)
{
	struct rig rig;

	share_thread(&rig);
	rig_task(&rig, "p", "fork c; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "6 ms mark c child\n"
		   "6.1 ms mark p parent\n");
}

/*
 * On 6.12 the child preempts a parent at 1 ms, and copies all there is, in 6 ms. Back at 4 ms, the
 * parent finds both kinds of pages its own, once, and the child goes on when it sleeps.
 */
Test(copy_on_write, a_parent_that_comes_second_finds_its_pages_its_own)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_platform(rig.builder)->costs.cow = 5 * MSEC;
	builder_platform(rig.builder)->costs.cow_thread = 1 * MSEC;
	builder_platform(rig.builder)->costs.fault_reuse = 100 * USEC;
	rig_template(&rig, "c", "mark child");
	rig_template(&rig, "t", "sleep 10ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"},
		      "run 1ms; fork c; mark parent; clone t; mark again; sleep 5ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "4.2 ms mark p parent\n"
		   "4.2 ms mark p again\n"
		   "7.2 ms mark c child\n");
}

/*
 * Its fork takes from 0 to 10 ms, but for f's 1 ms. It has been switched away, so it copies both,
 * and the child nothing.
 */
Test(copy_on_write, a_parent_that_was_preempted_in_its_fork_copies_it)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.fork = 10 * MSEC;
	builder_platform(rig.builder)->preempt = PREEMPT_VOLUNTARY;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; mark parent; wait");
	rig_task_attr(&rig, "f", (struct rig_attr){.fifo = 2}, "sleep 5ms; run 1ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "17.1 ms mark p parent\n"
		   "17.1 ms mark c child\n");
}

/*
 * Three children share it with p and begin one after the other while p waits, the youngest first.
 * That one copies it, in 0.5 ms; p, which is back behind it, as two more have it; the next child,
 * as the last has it still; and that one finds it its own.
 */
Test(copy_on_write, the_threads_page_is_shared_with_all_children_that_have_not_begun)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.cow = 0;
	builder_platform(rig.builder)->costs.cow_thread = 500 * USEC;
	rig_task(
		&rig, "p",
		"fork c; fork c; fork c; policy fifo:5; wait; mark parent; wait; mark second; wait; mark third");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "500 us mark c child\n1.1 ms mark p parent\n"
		   "1.6 ms mark c child\n1.6 ms mark p second\n"
		   "1.6 ms mark c child\n1.6 ms mark p third\n");
}

/* Without costs.cow it is the only page that counts. */
Test(copy_on_write, the_threads_page_counts_by_itself)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.cow = 0;
	rig_task(&rig, "p", "fork c; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "5 ms mark c child\n"
		   "5.1 ms mark p parent\n");
}

/* When the child begins its parent is no more, or has other memory, and shares nothing with it. */
Test(copy_on_write, the_threads_page_is_the_childs_if_the_parent_has_it_no_more)
{
	struct rig rig;

	share_thread(&rig);
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c");
	rig_expect(&rig, RECORD_BIT(MARK), "1 ms mark c child\n");

	share_thread(&rig);
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "fork c; exec /bin/p; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "1 ms mark c child\n"
		   "1 ms mark p parent\n");
}

/* It dies before it begins: p has copied the stack, and finds the thread's page its own. */
Test(copy_on_write, a_child_that_never_begins_copies_nothing)
{
	struct rig rig;

	share_thread(&rig);
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; kill c; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK), "1.1 ms mark p parent\n");
}

/*
 * p calls fork on cpu 0, to which one switch has come, and waits on cpu 1, to which one has come as
 * well: it has been away for all that. So it finds the page its own as its wait begins, at 1 ms,
 * not when it is woken.
 */
Test(copy_on_write, a_parent_that_moved_has_been_away)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.1");
	rig_template(&rig, "c", "mark child");
	builder_platform(rig.builder)->costs.cow_thread = 5 * MSEC;
	builder_platform(rig.builder)->costs.fault_reuse = 100 * USEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"},
		      "fork c; affinity 1; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "5 ms mark c child\n"
		   "5 ms mark p parent\n");
}

/*
 * Its child copies the thread's page from 1 to 6 ms. Back from another wait than for a child, p
 * finds it its own as it forks again; then it copies the stack.
 */
Test(copy_on_write, what_is_left_of_a_fork_is_paid_by_the_next)
{
	struct rig rig;

	share_thread(&rig);
	rig_template(&rig, "d", "sleep 1ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "fork c; sleep 20ms; mark before; fork d; mark behind");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "6 ms mark c child\n"
		   "21 ms mark p before\n"
		   "22.1 ms mark p behind\n");
}

/*
 * For the second child p copies what it has just copied for the first. If that one is dead by then,
 * the copy has come to its list.
 */
Test(copy_on_write, a_copy_of_a_copy_takes_more)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.cow_thread = 10 * USEC;
	builder_platform(rig.builder)->costs.fault_reuse = 0;
	builder_platform(rig.builder)->costs.lru_drain = 500 * USEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "fork c; fork c; mark parent; sleep 10ms; fork c; mark again; sleep 1ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "2.5 ms mark p parent\n"
		   "2.51 ms mark c child\n"
		   "2.52 ms mark c child\n"
		   "13.5 ms mark p again\n"
		   "13.51 ms mark c child\n");
}

/*
 * p's second copy sends its first one off, 0.1 ms. The first child adds its own copy of the
 * thread's page and three more, and sends off five in its exit; the second one begins then.
 */
Test(copy_on_write, who_sends_the_batch_off_pays_for_each_page)
{
	struct rig rig;
	struct costs *costs;

	share_thread(&rig);
	costs = &builder_platform(rig.builder)->costs;
	costs->cow_thread = 10 * USEC;
	costs->fault_reuse = 0;
	costs->lru_page = 100 * USEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "fork c; fork c; mark parent; sleep 10ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "2.1 ms mark p parent\n"
		   "2.11 ms mark c child\n"
		   "2.62 ms mark c child\n");
}

/*
 * Of p's nine pages each sends the one before off, 0.8 ms in all; each child leaves four: with the
 * last of the eighth's there are 33.
 */
Test(copy_on_write, a_full_batch_is_sent_off)
{
	struct rig rig;
	struct costs *costs;

	share_thread(&rig);
	costs = &builder_platform(rig.builder)->costs;
	costs->cow = 0;
	costs->cow_thread = 10 * USEC;
	costs->fault_reuse = 0;
	costs->lru_page = 100 * USEC;
	rig_template(&rig, "d", "mark child; sleep 1s");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "loop 9; fork d; end; sleep 1s");
	rig_expect(
		&rig, RECORD_BIT(MARK),
		"810 us mark d child\n820 us mark d child\n830 us mark d child\n840 us mark d child\n850 us mark d child\n"
		"860 us mark d child\n870 us mark d child\n4.18 ms mark d child\n4.19 ms mark d child\n");
}

/*
 * q's copy, of 1 ms, waits in the same batch as that of p, which begins at 6 ms, behind q's child.
 * p's second fork, at 27 ms, sends the batch off: q's second one finds its copy on the list.
 */
Test(copy_on_write, a_batch_of_copies_is_sent_off_as_a_whole)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.lru_drain = 500 * USEC;
	rig_template(&rig, "d", "sleep 1s");
	rig_task_attr(&rig, "q", (struct rig_attr){.fifo = 2},
		      "fork d; sleep 30ms; mark q; fork d; mark again; sleep 30ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "sleep 20ms; fork d; fork d; mark p; sleep 60ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "28.5 ms mark p p\n"
		   "31 ms mark q q\n"
		   "32.1 ms mark q again\n");
}
