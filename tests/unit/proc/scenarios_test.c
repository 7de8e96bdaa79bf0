/* SPDX-License-Identifier: MIT */
/*
 * The worked scenarios of process.md 14, event by event, where no test of their subject has them:
 * 14.1, 14.2, 14.6, 14.11, 14.13, 14.14 and 14.17.
 *
 * The others: 14.3 and 14.5 are in family_test.c, 14.4 in pid_test.c, 14.7 in wait_test.c and
 * event_queue_test.c, 14.8 in event_queue_test.c, 14.9 in sync_test.c, 14.10 in lock_test.c, 14.15
 * in pidns_test.c. 14.12 and 14.16, and what the others say beside their main course, are in
 * scenario_variants_test.c.
 *
 * Where the reference speaks of one cpu and of events alone, each task has a cpu here, so that
 * times are exact.
 */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)
#define LIFE  (RECORD_BIT(FORK) | RECORD_BIT(WAKEUP_NEW) | RECORD_BIT(EXIT) | RECORD_BIT(WAIT))
#define SENT  RECORD_BIT(SIGNAL_GENERATE)
#define TAKEN RECORD_BIT(SIGNAL_DELIVER)

/* ---- 14.1 ---- */

static void zombie_rig(struct rig *rig, const char *parent)
{
	rig_init(rig, 2, "v6.12");
	rig_template(rig, "c", "run 5ms; exit 3");
	rig_task_attr(rig, "p", (struct rig_attr){.fifo = 5, .cpus = "0"}, parent);
	builder_duration(rig->builder, 30 * MSEC);
}

/* The child is forked by a FIFO task, so it inherits that and goes to the other cpu. */
static const char *const apart = "affinity 0,1; fork c; run 20ms; wait; mark reaped; sleep 1s";

Test(scenario, zombie_then_wait)
{
	struct rig rig;

	zombie_rig(&rig, apart);
	rig_expect(&rig, LIFE | SENT | MARKS | RECORD_BIT(SWITCH) | RECORD_BIT(FREE),
		   "0 fork p by init\n"
		   "0 wakeup_new p\n"
		   "0 switch swapper/0 R > p\n"
		   "0 fork c by p\n"
		   "0 wakeup_new c\n"
		   "0 switch swapper/1 R > c\n"
		   "5 ms exit c 0x300\n"
		   "5 ms signal_generate p CHLD group ignored code=1\n"
		   "5 ms switch c Z > swapper/1\n"
		   "20 ms wait p\n"
		   "20 ms free c\n"
		   "20 ms mark p reaped\n"
		   "20 ms switch p S > swapper/0\n");
}

Test(scenario, wait_then_death)
{
	struct rig rig;

	zombie_rig(&rig, "affinity 0,1; fork c; wait; mark reaped; sleep 1s");
	rig_expect(&rig, RECORD_BIT(EXIT) | SENT | MARKS | RECORD_BIT(SWITCH) | RECORD_BIT(WAKING),
		   "0 switch swapper/0 R > p\n"
		   "0 switch p S > swapper/0\n"
		   "0 switch swapper/1 R > c\n"
		   "5 ms exit c 0x300\n"
		   "5 ms signal_generate p CHLD group ignored code=1\n"
		   "5 ms waking p\n"
		   "5 ms switch c Z > swapper/1\n"
		   "5 ms switch swapper/0 R > p\n"
		   "5 ms mark p reaped\n"
		   "5 ms switch p S > swapper/0\n");
}

/* No signal, no zombie; the wait finds no child. */
Test(scenario, who_ignores_SIGCHLD_has_no_zombies)
{
	struct rig rig;

	zombie_rig(
		&rig,
		"affinity 0,1; sigaction CHLD=ignore; fork c; run 20ms; wait; mark none; sleep 1s");
	rig_expect(&rig, RECORD_BIT(EXIT) | SENT | MARKS | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > p\n"
		   "0 switch swapper/1 R > c\n"
		   "5 ms exit c 0x300\n"
		   "5 ms switch c X > swapper/1\n"
		   "20 ms mark p none\n"
		   "20 ms switch p S > swapper/0\n");
}

/* SA_NOCLDWAIT: no zombie either, but a signal (4.5). */
Test(scenario, who_asks_for_no_zombies_is_told_nevertheless)
{
	struct rig rig;

	zombie_rig(
		&rig,
		"affinity 0,1; sigaction CHLD=h+nocldwait; fork c; run 20ms; wait; mark none; sleep 1s");
	rig_template(&rig, "h", "mark told");
	rig_expect(&rig, RECORD_BIT(EXIT) | RECORD_BIT(FREE) | SENT | MARKS,
		   "5 ms exit c 0x300\n"
		   "5 ms signal_generate p CHLD group delivered code=1\n"
		   "5 ms free c\n"
		   "5 ms mark p told\n"
		   "20 ms mark p none\n");
}

/* ---- 14.2 ---- */

Test(scenario, orphan_to_a_subreaper)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "b", "run 5ms; exit 9");
	rig_template(&rig, "a", "fork b; run 2ms; exit 1");
	rig_task(&rig, "s", "subreaper; fork a; wait; mark a; wait; mark b");
	rig_expect(&rig, RECORD_BIT(EXIT) | SENT | MARKS,
		   "2 ms exit a 0x100\n"
		   "2 ms signal_generate s CHLD group ignored code=1\n"
		   "2 ms mark s a\n"
		   "5 ms exit b 0x900\n"
		   "5 ms signal_generate s CHLD group ignored code=1\n"
		   "5 ms mark s b\n"
		   "5 ms exit s 0x0\n");
}

/*
 * A zombie child of A that nobody has waited for: its new parent hears of it before it hears of A.
 */
Test(scenario, a_dead_orphan_is_announced_before_its_parent)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "b", "run 1ms; signal KILL");
	rig_template(&rig, "a", "fork b; run 2ms; exit 1");
	rig_task(&rig, "s", "subreaper; fork a; run 4ms; wait; mark first; wait; mark second");
	rig_expect(&rig, RECORD_BIT(EXIT) | SENT | MARKS,
		   "1 ms signal_generate b KILL group delivered code=0\n"
		   "1 ms exit b 0x9\n"
		   "1 ms signal_generate a CHLD group ignored code=2\n"
		   "2 ms exit a 0x100\n"
		   "2 ms signal_generate s CHLD group ignored code=2\n"
		   "2 ms signal_generate s CHLD group ignored code=1\n"
		   "4 ms mark s first\n"
		   "4 ms mark s second\n"
		   "4 ms exit s 0x0\n");
}

/* Another thread of A takes its children, and nobody is told: the leader is not whole yet. */
Test(scenario, a_thread_of_the_dead_takes_its_children)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "b", "run 5ms; exit 9");
	rig_template(&rig, "t", "run 3ms; wait; mark b");
	rig_template(&rig, "a", "clone t; fork b; run 2ms; exit 1");
	rig_task(&rig, "s", "subreaper; fork a; wait; mark a");
	rig_expect(&rig, RECORD_BIT(EXIT) | SENT | MARKS,
		   "2 ms exit a 0x100\n"
		   "5 ms exit b 0x900\n"
		   "5 ms signal_generate t CHLD group ignored code=1\n"
		   "5 ms mark t b\n"
		   "5 ms exit t 0x0\n"
		   "5 ms signal_generate s CHLD group ignored code=1\n"
		   "5 ms mark s a\n"
		   "5 ms exit s 0x0\n");
}

/* ---- 14.6 ---- */

static void stop_rig(struct rig *rig)
{
	rig_init(rig, 4, "v6.12");
	rig_template(rig, "t61", "sleep 5ms; mark slept");
	rig_template(rig, "t62", "affinity 2; run 20ms");
	rig_template(rig, "c60", "affinity 1; clone t61; clone t62; sleep 1s");
	rig_task(rig, "p40",
		 "fork c60; waitpid c60+stopped; mark stopped; waitpid c60+stopped+nohang; mark no;"
		 "waitpid c60+continued; mark continued; waitall; mark dead");
}

/*
 * The thread that sleeps wakes to stop and goes back to its sleep when it continues: it began at 0
 * and ends at 5 ms, whatever was between. SIGCHLD comes when the last has stopped, and when the
 * first that continues runs.
 */
Test(scenario, stop_and_continue_of_a_process_with_threads)
{
	struct rig rig;

	stop_rig(&rig);
	rig_task(&rig, "k", "sleep 2ms; stop c60; sleep 2ms; cont c60; sleep 2ms; kill c60");
	rig_expect(&rig, SENT | MARKS | RECORD_BIT(EXIT),
		   "2 ms signal_generate c60 STOP group delivered code=0\n"
		   "2 ms signal_generate p40 CHLD group ignored code=5\n"
		   "2 ms mark p40 stopped\n"
		   "2 ms mark p40 no\n"
		   "4 ms signal_generate c60 CONT group ignored code=0\n"
		   "4 ms signal_generate p40 CHLD group ignored code=6\n"
		   "4 ms mark p40 continued\n"
		   "5 ms mark t61 slept\n"
		   "5 ms exit t61 0x0\n"
		   "6 ms signal_generate c60 KILL group delivered code=0\n"
		   "6 ms exit k 0x0\n"
		   "6 ms exit c60 0x9\n"
		   "6 ms exit t62 0x9\n"
		   "6 ms signal_generate p40 CHLD group ignored code=2\n"
		   "6 ms mark p40 dead\n"
		   "6 ms exit p40 0x0\n");
}

/* TERM to a stopped process waits for CONT; KILL does not. */
Test(scenario, a_stopped_process_hears_of_TERM_when_it_continues_and_of_KILL_at_once)
{
	for (u32 kill = 0; kill < 2; kill++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		rig_task_attr(&rig, "c", (struct rig_attr){.cpus = "1"}, "run 20ms");
		rig_task_attr(
			&rig, "k", (struct rig_attr){.fifo = 9, .cpus = "0"},
			kill ? "sleep 2ms; stop c; sleep 1ms; kill c; sleep 2ms; cont c"
			     : "sleep 2ms; stop c; sleep 1ms; signal TERM c; sleep 2ms; cont c");
		rig_expect(&rig, TAKEN | RECORD_BIT(EXIT),
			   kill ? "2 ms signal_deliver c STOP default\n"
				  "3 ms signal_deliver c KILL default\n"
				  "3 ms exit c 0x9\n"
				  "5 ms exit k 0x0\n"
				: "2 ms signal_deliver c STOP default\n"
				  "5 ms exit k 0x0\n"
				  "5 ms signal_deliver c TERM default\n"
				  "5 ms exit c 0xf\n");
	}
}

/* The latest alone is told: a continue takes back the stop before it, and a stop the continue. */
Test(scenario, of_stops_and_continues_only_the_last_is_told)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "c", "run 1s");
	rig_task(
		&rig, "k",
		"run 1ms; stop c; run 1ms; cont c; run 2ms; stop c; run 1ms; cont c; run 1ms; stop c; run 2ms; kill c");
	rig_task(
		&rig, "p",
		"fork c; run 3ms; waitpid any+stopped; mark stopped; run 3ms; waitpid any+continued; mark dead");
	rig_expect(&rig, MARKS, "4 ms mark p stopped\n8 ms mark p dead\n");
}

/*
 * ---- 14.11, signals and all: what a kill of the whole process does to D, to a killable sleep ----
 */

Test(scenario, exit_group_while_a_thread_sleeps_in_D)
{
	struct rig rig;
	struct device_options disk = {
		.depth = 1, .parallel = 1, .has_service = true, .service = {.value = 50 * MSEC}};

	rig_init(&rig, 4, "v6.12");
	builder_device(rig.builder, (struct loc){0}, "disk", &disk);
	rig_template(&rig, "t71", "io disk 1; mark never");
	rig_template(&rig, "v", "sleep 1s");
	rig_template(&rig, "t72", "vfork v; mark never");
	rig_template(&rig, "c70", "clone t71; clone t72; run 2ms; exit_group 7");
	rig_task(&rig, "p", "fork c70; wait; mark reaped; kill v");
	rig_expect(&rig, RECORD_BIT(EXIT) | SENT | TAKEN | MARKS | RECORD_BIT(WAKING),
		   "2 ms waking t72\n"
		   "2 ms exit c70 0x700\n"
		   "2 ms signal_deliver t72 KILL default\n"
		   "2 ms exit t72 0x700\n"
		   "50 ms waking t71\n"
		   "50 ms signal_deliver t71 KILL default\n"
		   "50 ms exit t71 0x700\n"
		   "50 ms signal_generate p CHLD group ignored code=1\n"
		   "50 ms waking p\n"
		   "50 ms mark p reaped\n"
		   "50 ms waking v\n"
		   "50 ms signal_generate v KILL group delivered code=0\n"
		   "50 ms exit p 0x0\n"
		   "50 ms signal_deliver v KILL default\n"
		   "50 ms exit v 0x9\n");
}

/* ---- 14.13 ---- */

/*
 * The leader's own death tells nobody and nothing can be waited for; the last thread's tells the
 * parent, whose wait gives that thread's code.
 */
Test(scenario, a_leader_that_dies_first_is_announced_by_the_last_thread)
{
	static const char *const rows[] = {"v6.1", "v6.12", "v6.18"};

	for (u32 i = 0; i < 3; i++) {
		struct rig rig;

		rig_init(&rig, 4, rows[i]);
		rig_template(&rig, "t81", "run 5ms; exit 5");
		rig_template(&rig, "c80", "clone t81; run 1ms; exit 3");
		rig_task(&rig, "p",
			 "fork c80; run 2ms; waitpid c80+nohang; mark not-yet; wait; mark reaped");
		rig_expect(&rig, RECORD_BIT(EXIT) | SENT | MARKS,
			   "1 ms exit c80 0x300\n"
			   "2 ms mark p not-yet\n"
			   "5 ms exit t81 0x500\n"
			   "5 ms signal_generate p CHLD group ignored code=1\n"
			   "5 ms mark p reaped\n"
			   "5 ms exit p 0x0\n");
	}
}

/* ---- 14.14 ---- */

static void order_rig(struct rig *rig, const char *parent)
{
	rig_init(rig, 4, "v6.12");
	rig_template(rig, "c1", "run 3ms");
	rig_template(rig, "c2", "run 2ms");
	rig_template(rig, "c3", "run 1ms");
	rig_task(rig, "p", parent);
}

/* They exit in the order c3, c2, c1. */
Test(scenario, waits_that_come_late_take_the_oldest_child_first)
{
	struct rig rig;

	order_rig(&rig,
		  "fork c1; fork c2; fork c3; run 5ms; wait; wait; wait; mark over; sleep 1s");
	builder_duration(rig.builder, 100 * MSEC);
	rig_expect(&rig, RECORD_BIT(EXIT) | RECORD_BIT(FREE) | MARKS,
		   "1 ms exit c3 0x0\n"
		   "2 ms exit c2 0x0\n"
		   "3 ms exit c1 0x0\n"
		   "5 ms free c1\n"
		   "5 ms free c2\n"
		   "5 ms free c3\n"
		   "5 ms mark p over\n");
}

Test(scenario, waits_that_come_in_time_take_who_dies)
{
	struct rig rig;

	order_rig(&rig, "fork c1; fork c2; fork c3; wait; mark c3; wait; mark c2; wait; mark c1");
	rig_expect(&rig, MARKS, "1 ms mark p c3\n2 ms mark p c2\n3 ms mark p c1\n");
}

/* ---- 14.17 ---- */

/*
 * The main thread blocks USR1: whoever was chosen last is asked first, so one thread takes all
 * three.
 */
Test(scenario, signals_to_a_process_stay_with_the_first_willing_thread)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_template(&rig, "t201", "affinity 1; sigmask unblock USR1; loop 4; pause; end");
	rig_template(&rig, "t202", "affinity 2; sigmask unblock USR1; run 20ms");
	rig_template(&rig, "p200",
		     "sigaction USR1=h; sigmask block USR1; clone t201; clone t202; sleep 20ms");
	rig_task(&rig, "k",
		 "fork p200; sleep 2ms; signal USR1 p200; sleep 1ms; signal USR1 p200; sleep 1ms;"
		 "signal USR1 p200; sleep 1ms; kill p200; wait");
	rig_expect(&rig, TAKEN,
		   "2 ms signal_deliver t201 USR1 handler\n"
		   "3 ms signal_deliver t201 USR1 handler\n"
		   "4 ms signal_deliver t201 USR1 handler\n"
		   "5 ms signal_deliver p200 KILL default\n"
		   "5 ms signal_deliver t201 KILL default\n"
		   "5 ms signal_deliver t202 KILL default\n");
}

/*
 * curr_target moves on: t1, woken for USR1, has a signal pending when USR2 comes, so that one is
 * t2's to take; and the next search begins at t2, though t1 is idle again.
 */
Test(scenario, the_search_for_a_thread_goes_on_where_it_ended)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_template(&rig, "t1", "affinity 1; loop 4; pause; end");
	rig_template(&rig, "t2", "affinity 2; loop 4; pause; end");
	rig_template(
		&rig, "p",
		"sigaction USR1=h; sigaction USR2=h; clone t1; clone t2; sigmask block USR1,USR2; sleep 20ms");
	rig_task(
		&rig, "k",
		"fork p; sleep 2ms; signal USR1 p; signal USR2 p; sleep 1ms; signal USR1 p; sleep 1ms; kill p; wait");
	rig_expect(&rig, MARKS, "2 ms mark t1 got\n2 ms mark t1 got\n3 ms mark t2 got\n");
}

/*
 * Two of a standard signal before the first is taken are one; of a real-time signal they are two,
 * and the second waits until the handler of the first, which blocks its like, is over.
 */
Test(scenario, standard_signals_do_not_queue_and_real_time_ones_do)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "run 1us");
	rig_task_attr(&rig, "c", (struct rig_attr){.cpus = "1"},
		      "sigaction USR1=h; sigaction RTMIN=h; sigmask block USR1,RTMIN; sleep 2ms;"
		      "sigmask unblock USR1,RTMIN; run 1ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "0"},
		      "run 1ms; signal USR1 c; signal USR1 c; signal RTMIN c; signal RTMIN c");
	rig_expect(&rig, SENT | TAKEN,
		   "1 ms signal_generate c USR1 group delivered code=0\n"
		   "1 ms signal_generate c USR1 group pending code=0\n"
		   "1 ms signal_generate c RTMIN group delivered code=0\n"
		   "1 ms signal_generate c RTMIN group delivered code=0\n"
		   "2 ms signal_deliver c USR1 handler\n"
		   "2 ms signal_deliver c RTMIN handler\n"
		   "2.001 ms signal_deliver c RTMIN handler\n");
}
