/* SPDX-License-Identifier: MIT */
/* Mutexes that protect a priority, count, check, or outlive their holder (process.md 8.1, 8.3). */
#include <criterion/criterion.h>

#include "rig.h"

#define SHOWN (RECORD_BIT(MARK) | RECORD_BIT(ATTR) | RECORD_BIT(FAILED))
#define MARKS (RECORD_BIT(MARK) | RECORD_BIT(FAILED))

static void declare(struct rig *rig, const char *name, struct mutex_spec spec)
{
	spec.name = name;
	builder_mutex_spec(rig->builder, (struct loc){0}, &spec);
}

static void protect(struct rig *rig, const char *name, u8 ceiling)
{
	declare(rig, name, (struct mutex_spec){.kind = MUTEX_PROTECT, .ceiling = ceiling});
}

/* While l holds the mutex mid cannot come in between, though nobody waits for it. */
Test(protect, the_holder_runs_at_the_ceiling_from_before_it_locks_until_after_it_unlocks)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	protect(&rig, "p", 50);
	rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 1},
		      "lock p; run 2ms; mark in; unlock p; mark out");
	rig_task_attr(&rig, "mid", (struct rig_attr){.fifo = 9, .start_ns = MSEC},
		      "run 3ms; mark mid");
	/* 49 = 99 - 50 in the kernel's numbers, 98 is fifo 1. */
	rig_expect(&rig, SHOWN,
		   "0 attr l fifo 98\n0 attr l fifo 49\n1 ms attr mid fifo 90\n2 ms mark l in\n"
		   "2 ms attr l fifo 98\n5 ms mark mid mid\n5 ms mark l out\n");
}

Test(protect, a_priority_above_the_ceiling_is_refused_and_so_is_a_fair_task)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	protect(&rig, "p", 50);
	rig_task_attr(&rig, "h", (struct rig_attr){.fifo = 51},
		      "lock p; mark in; unlock p; mark over");
	rig_task(&rig, "n", "run 1ms; lock p; mark in; unlock p; mark over");
	rig_expect(
		&rig, MARKS,
		"0 failed h EINVAL p\n0 mark h over\n1 ms failed n EINVAL p\n1 ms mark n over\n");
}

/* 89 = 99 - 10, 79 and 69 are the ceilings 20 and 30. */
Test(protect, with_several_the_highest_ceiling_counts_whatever_the_order)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	protect(&rig, "a", 30);
	protect(&rig, "b", 20);
	rig_task_attr(&rig, "t", (struct rig_attr){.fifo = 10},
		      "lock b; run 1ms; lock a; run 1ms; unlock b; run 1ms; unlock a; run 1ms; "
		      "lock a; run 1ms; lock b; run 1ms; unlock a; run 1ms; unlock b");
	rig_expect(&rig, RECORD_BIT(ATTR),
		   "0 attr t fifo 89\n0 attr t fifo 79\n1 ms attr t fifo 69\n3 ms attr t fifo 89\n"
		   "4 ms attr t fifo 69\n6 ms attr t fifo 79\n7 ms attr t fifo 89\n");
}

Test(protect, each_change_is_a_system_call)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	protect(&rig, "p", 50);
	builder_platform(rig.builder)->costs.syscall = MSEC;
	rig_task_attr(&rig, "t", (struct rig_attr){.fifo = 1},
		      "lock p; mark in; unlock p; run 1us");
	/* The mark is a call, too. */
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT), "2 ms mark t in\n3.001 ms exit t 0x0\n");
}

/*
 * To raise takes 1 ms, so b waits from 2 ms on; the timeout has run since 1 ms. To lower takes
 * another.
 */
Test(protect, who_comes_too_late_pays_for_being_lowered)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	protect(&rig, "p", 50);
	builder_platform(rig.builder)->costs.change = MSEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 2, .cpus = "0"},
		      "lock p; sleep 20ms; unlock p");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1, .cpus = "1", .start_ns = MSEC},
		      "lock p 3ms; mark in; unlock p; mark over");
	rig_expect(
		&rig, SHOWN,
		"0 attr a fifo 97\n1 ms attr a fifo 49\n1 ms attr b fifo 98\n2 ms attr b fifo 49\n"
		"5 ms attr b fifo 98\n5 ms failed b ETIMEDOUT p\n5 ms mark b over\n22 ms attr a fifo 97\n");
}

Test(protect, who_comes_too_late_is_lowered_again)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	protect(&rig, "p", 50);
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 2, .cpus = "0"},
		      "lock p; sleep 9ms; unlock p");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1, .cpus = "1", .start_ns = MSEC},
		      "lock p 3ms; mark in; unlock p; mark over");
	rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 1, .cpus = "1", .start_ns = 5 * MSEC},
		      "lock p try; mark in; unlock p; mark over");
	/* The library lowers before it returns. */
	rig_expect(
		&rig, SHOWN,
		"0 attr a fifo 97\n0 attr a fifo 49\n"
		"1 ms attr b fifo 98\n1 ms attr b fifo 49\n4 ms attr b fifo 98\n"
		"4 ms failed b ETIMEDOUT p\n4 ms mark b over\n"
		"5 ms attr c fifo 98\n5 ms failed c EBUSY p\n5 ms mark c over\n9 ms attr a fifo 97\n");
}

Test(recursive, a_holder_locks_it_again_and_gives_it_back_as_often)
{
	for (u32 kind = MUTEX_NORMAL; kind <= MUTEX_PI; kind++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		declare(&rig, "m", (struct mutex_spec){.kind = (u8)kind, .type = MUTEX_RECURSIVE});
		rig_task(&rig, "a",
			 "lock m; lock m; run 1ms; unlock m; run 1ms; unlock m; run 1ms; unlock m");
		rig_task(&rig, "b", "run 500us; lock m; mark in; unlock m");
		rig_expect(&rig, MARKS, "2 ms mark b in\n3 ms failed a EPERM m\n");
	}
}

Test(errorcheck, mistakes_are_answered)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	declare(&rig, "m", (struct mutex_spec){.type = MUTEX_ERRORCHECK});
	rig_task(&rig, "a", "lock m; lock m; mark never; unlock m; run 2ms; unlock m");
	rig_task(&rig, "b", "run 1ms; unlock m; mark on");
	rig_expect(&rig, MARKS, "0 failed a EDEADLK m\n1 ms failed b EPERM m\n1 ms mark b on\n");
}

/* a dies with it: one waiter is woken, is told, and puts it in order; the next one is not told. */
Test(robust, the_next_holder_is_told_that_the_last_one_died)
{
	for (u32 kind = MUTEX_NORMAL; kind <= MUTEX_PI; kind++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		declare(&rig, "m", (struct mutex_spec){.kind = (u8)kind, .robust = true});
		rig_task(&rig, "a", "lock m; sleep 5ms");
		rig_task(&rig, "b",
			 "sleep 1ms; lock m; mutex_consistent m; mark b; sleep 1ms; unlock m");
		rig_task(&rig, "c", "sleep 2ms; lock m; mark c; unlock m; mark out");
		rig_expect(
			&rig, MARKS,
			"5 ms failed b EOWNERDEAD m\n5 ms mark b b\n6 ms mark c c\n6 ms mark c out\n");
	}
}

Test(robust, what_nobody_puts_in_order_is_lost)
{
	for (u32 kind = MUTEX_NORMAL; kind <= MUTEX_PI; kind++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		declare(&rig, "m", (struct mutex_spec){.kind = (u8)kind, .robust = true});
		rig_task(&rig, "a", "lock m; sleep 5ms");
		rig_task(&rig, "b", "sleep 1ms; lock m; mark b; sleep 1ms; unlock m");
		rig_task(&rig, "c", "sleep 2ms; lock m; mark c; unlock m; mark out");
		rig_task(&rig, "d", "sleep 3ms; lock m; mark d; unlock m; mark out");
		rig_task(&rig, "e", "sleep 10ms; lock m; mark e; unlock m; mark out");
		rig_expect(&rig, MARKS,
			   "5 ms failed b EOWNERDEAD m\n5 ms mark b b\n"
			   "6 ms failed c ENOTRECOVERABLE m\n6 ms mark c out\n"
			   "6 ms failed d ENOTRECOVERABLE m\n6 ms mark d out\n"
			   "10 ms failed e ENOTRECOVERABLE m\n10 ms mark e out\n");
	}
}

/*
 * handle_futex_death() of the lock that a was about to take: the word is free, so the wakeup that a
 * had is for the next, who is told of no death, for a has not owned it.
 */
Test(robust, who_dies_after_its_wakeup_passes_it_on)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	declare(&rig, "m", (struct mutex_spec){.robust = true});
	rig_task(&rig, "a", "sleep 100us; lock m; mark no");
	rig_task(&rig, "b", "sleep 200us; lock m; mark b; unlock m");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "lock m; sleep 1ms; unlock m; kill a");
	rig_expect(&rig, MARKS, "1 ms mark b b\n");
}

/* Nobody waits when a dies; the word says it to whoever comes. */
Test(robust, death_without_waiters_is_told_too)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	declare(&rig, "m", (struct mutex_spec){.robust = true});
	rig_task(&rig, "a", "lock m; run 1ms");
	rig_task(&rig, "b", "sleep 4ms; lock m; mutex_consistent m; unlock m; mutex_consistent m");
	rig_expect(&rig, MARKS, "5 ms failed b EOWNERDEAD m\n5 ms failed b EINVAL m\n");
}
