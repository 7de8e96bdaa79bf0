/* SPDX-License-Identifier: MIT */
/*
 * Locks of kernels built with PREEMPT_RT (kernel/locking/rtmutex.c, spinlock_rt.c, rwbase_rt.c):
 * priority inheritance, stealing, preemption under spinlocks, writers and readers. Costs are zero,
 * and the first tick is behind it all.
 */
#include "schedule.h"

#include <criterion/criterion.h>

#define MACHINE(cpus, model)                                                               \
	"duration: 40ms\nmachine: {cpus: " #cpus ", hz: 100, costs: zero, preempt: " model \
	"}\ntasks:\n"

static const struct event_filter who_runs = {RECORD_BIT(SWITCH) | RECORD_BIT(PI_SETPRIO),
					     500 * USEC, 40 * MSEC};

static void events_of(const char *yaml, struct event_filter filter, const char *expected)
{
	expect_events(yaml, (const char *const[]){"kernel=v6.12", NULL}, filter, expected);
	expect_events(yaml, (const char *const[]){"kernel=v6.18", NULL}, filter, expected);
}

/* lo has the lock when hi wants it, and mid, which wants none, cannot come between. */
#define INVERSION(take, give)                                                                                       \
	"- {name: lo, birth: woken, policy: fifo, priority: 10, program: [" take                                    \
	", {run: 4ms}, " give ", {run: 1ms}, {sleep: 1s}]}\n"                                                       \
	"- {name: mid, birth: woken, start: 2ms, policy: fifo, priority: 20, program: [{run: 3ms}, {sleep: 1s}]}\n" \
	"- {name: hi, birth: woken, start: 1ms, policy: fifo, priority: 30, program: [" take                        \
	", {run: 1ms}, " give ", {sleep: 1s}]}\n"

static const char boosted[] = "1 0 lo R+ > hi\n"
			      "1 0 pi lo 89>69\n"
			      "1 0 hi D > lo\n"
			      "4 0 pi lo 69>89\n"
			      "4 0 lo R+ > hi\n"
			      "5 0 hi S > mid\n"
			      "8 0 mid S > lo\n"
			      "9 0 lo S > idle\n";

Test(rt_lock, a_kernel_mutex_inherits_the_priority_of_who_waits)
{
	events_of(MACHINE(1, "rt") INVERSION("{kernel_lock: m}", "{kernel_unlock: m}"), who_runs,
		  boosted);
}

/* Other kernels': mid runs first, and nobody is boosted. */
Test(rt_lock, without_preempt_rt_it_does_not)
{
	events_of(MACHINE(1, "full") INVERSION("{kernel_lock: m}", "{kernel_unlock: m}"), who_runs,
		  "1 0 lo R+ > hi\n"
		  "1 0 hi D > lo\n"
		  "2 0 lo R+ > mid\n"
		  "5 0 mid S > lo\n"
		  "7 0 lo R+ > hi\n"
		  "8 0 hi S > lo\n"
		  "9 0 lo S > idle\n");
}

/*
 * spinlock_t is an rt_mutex: its holder is preempted, and who waits sleeps. Interrupts stay on
 * under irqsave.
 */
Test(rt_lock, so_does_a_spinlock_which_may_be_preempted)
{
	events_of(MACHINE(1, "rt") INVERSION("{spin_lock: {spinlock: s, irqsave: true}}",
					     "{spin_unlock: s}"),
		  who_runs, boosted);
	events_of(MACHINE(1, "full") INVERSION("{spin_lock: s}", "{spin_unlock: s}"), who_runs,
		  "4 0 lo R+ > hi\n"
		  "5 0 hi S > mid\n"
		  "8 0 mid S > lo\n"
		  "9 0 lo S > idle\n");
}

Test(rt_lock, and_the_writer_of_a_rwsem)
{
	events_of(MACHINE(1, "rt") INVERSION("{down_write: r}", "{up_write: r}"), who_runs,
		  boosted);
}

/* hi waits for b, b for lo: all up the chain run at hi's priority. */
Test(rt_lock, a_chain_is_boosted_to_its_end)
{
	events_of(
		MACHINE(1,
			"rt") "- {name: lo, birth: woken, policy: fifo, priority: 10, program: [{kernel_lock: m}, {run: 3ms}, {kernel_unlock: m}, {sleep: 1s}]}\n"
			      "- {name: b, birth: woken, start: 1ms, policy: fifo, priority: 20, program: [{spin_lock: s}, {spin_unlock: s}, {kernel_lock: n},"
			      " {kernel_lock: m}, {kernel_unlock: m}, {kernel_unlock: n}, {sleep: 1s}]}\n"
			      "- {name: hi, birth: woken, start: 2ms, policy: fifo, priority: 30, program: [{kernel_lock: n}, {kernel_unlock: n}, {sleep: 1s}]}\n",
		(struct event_filter){RECORD_BIT(PI_SETPRIO), USEC, 40 * MSEC},
		"1 0 pi lo 89>79\n"
		"2 0 pi b 79>69\n"
		"2 0 pi lo 79>69\n"
		"3 0 pi lo 69>89\n"
		"3 0 pi b 69>79\n");
}

/* Waiters queue by priority, whenever they came. */
Test(rt_lock, the_strongest_waiter_gets_it)
{
	events_of(
		MACHINE(1,
			"rt") "- {name: lo, birth: woken, policy: fifo, priority: 10, program: [{kernel_lock: m}, {run: 5ms}, {kernel_unlock: m}, {sleep: 1s}]}\n"
			      "- {name: a, birth: woken, start: 1ms, policy: fifo, priority: 20, program: [{kernel_lock: m}, {run: 1ms}, {kernel_unlock: m}, {sleep: 1s}]}\n"
			      "- {name: b, birth: woken, start: 2ms, policy: fifo, priority: 30, program: [{kernel_lock: m}, {run: 1ms}, {kernel_unlock: m}, {sleep: 1s}]}\n",
		(struct event_filter){RECORD_BIT(SWITCH), 4 * MSEC, 40 * MSEC},
		"5 0 lo R+ > b\n"
		"6 0 b S > a\n"
		"7 0 a S > lo\n"
		"7 0 lo S > idle\n");
}

/*
 * On another cpu the first waiter spins as long as the holder runs; it sleeps when f has taken the
 * holder's cpu.
 */
Test(rt_lock, the_first_waiter_spins_while_the_holder_is_on_a_cpu)
{
	events_of(
		MACHINE(2,
			"rt") "- {name: a, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{spin_lock: s}, {run: 5ms}, {spin_unlock: s}, {sleep: 1s}]}\n"
			      "- {name: b, birth: woken, affinity: 1, policy: fifo, priority: 9, program: [{run: 1ms}, {spin_lock: s}, {run: 1ms}, {spin_unlock: s}, {sleep: 1s}]}\n"
			      "- {name: f, birth: woken, affinity: 0, start: 3ms, policy: fifo, priority: 50, program: [{run: 2ms}, {sleep: 1s}]}\n",
		(struct event_filter){RECORD_BIT(SWITCH), 500 * USEC, 9 * MSEC},
		"3 0 a R+ > f\n"
		"3 1 b D > idle\n"
		"5 0 f S > a\n"
		"7 0 a S > idle\n"
		"7 1 idle R > b\n"
		"8 1 b S > idle\n");
}

/*
 * migrate_disable(): the stronger f comes to cpu 0, and the holder waits there though cpu 1 is
 * free.
 */
Test(rt_lock, who_holds_a_spinlock_stays_on_its_cpu)
{
	events_of(
		MACHINE(2,
			"rt") "- {name: a, birth: woken, policy: fifo, priority: 10, program: [{spin_lock: s}, {run: 5ms}, {spin_unlock: s}, {run: 1ms}, {sleep: 1s}]}\n"
			      "- {name: f, birth: woken, affinity: 0, start: 3ms, policy: fifo, priority: 50, program: [{run: 2ms}, {sleep: 1s}]}\n",
		(struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE), 500 * USEC,
				      9 * MSEC},
		"3 0 a R+ > f\n"
		"5 0 f S > a\n"
		"8 0 a S > idle\n");
}

/*
 * A writer that waits for readers keeps new ones out, who boost it; the old ones are boosted by
 * nobody.
 */
Test(rt_lock, a_writer_stops_new_readers_and_waits_for_the_old)
{
	events_of(
		MACHINE(1,
			"rt") "- {name: r, birth: woken, policy: fifo, priority: 10, program: [{down_read: s}, {run: 4ms}, {up_read: s}, {sleep: 1s}]}\n"
			      "- {name: w, birth: woken, start: 1ms, policy: fifo, priority: 20, program: [{down_write: s}, {run: 1ms}, {up_write: s}, {sleep: 1s}]}\n"
			      "- {name: n, birth: woken, start: 2ms, policy: fifo, priority: 30, program: [{down_read: s}, {run: 1ms}, {up_read: s}, {sleep: 1s}]}\n",
		who_runs,
		"1 0 r R+ > w\n"
		"1 0 w D > r\n"
		"2 0 r R+ > n\n"
		"2 0 pi w 79>69\n"
		"2 0 n D > r\n"
		"4 0 r R+ > w\n"
		"5 0 pi w 69>79\n"
		"5 0 w R+ > n\n"
		"6 0 n S > w\n"
		"6 0 w S > r\n"
		"6 0 r S > idle\n");
}

/*
 * With state: killable a waiter that is killed goes without, and takes its boost along. (It sleeps,
 * for lo has been preempted by f.)
 */
Test(rt_lock, a_killed_waiter_takes_its_boost_along)
{
	events_of(
		MACHINE(2,
			"rt") "- {name: lo, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{kernel_lock: m}, {run: 5ms}, {kernel_unlock: m}, {sleep: 1s}]}\n"
			      "- {name: f, birth: woken, start: 1500us, affinity: 0, policy: fifo, priority: 50, program: [{run: 3ms}, {sleep: 1s}]}\n"
			      "- {name: hi, birth: woken, start: 1ms, affinity: 1, policy: fifo, priority: 30,"
			      " program: [{kernel_lock: {mutex: m, state: killable}}, {kernel_unlock: m}, {sleep: 1s}]}\n"
			      "- {name: k, birth: woken, start: 2ms, affinity: 1, policy: fifo, priority: 40, program: [{kill: hi}, {sleep: 1s}]}\n",
		(struct event_filter){RECORD_BIT(PI_SETPRIO), USEC, 40 * MSEC},
		"1 1 pi lo 89>69\n"
		"2 1 pi lo 69>89\n");
}

/*
 * One that is stronger comes: a spins no more (at 2 ms), as it is not the first any longer, and has
 * the lock when b gives it back.
 */
Test(rt_lock, only_the_first_spins)
{
	static const char yaml[] = MACHINE(
		3,
		"rt") "- {name: lo, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{spin_lock: s}, {run: 4ms}, {spin_unlock: s}, {sleep: 1s}]}\n"
		      "- {name: a, birth: woken, affinity: 1, start: 1ms, policy: fifo, priority: 20, program: [{spin_lock: s}, {run: 1ms}, {spin_unlock: s}, {sleep: 1s}]}\n"
		      "- {name: b, birth: woken, affinity: 2, start: 2ms, policy: fifo, priority: 30, program: [{spin_lock: s}, {run: 1ms}, {spin_unlock: s}, {sleep: 1s}]}\n";

	expect_switches(yaml, NULL, 1, 9, "1 a, 2 idle, 5 a, 6 idle");
	expect_switches(yaml, NULL, 2, 9, "2 b, 5 idle");
}

/*
 * rt_mutex_steal(): at 5 ms lo leaves the spinlock to a, which sleeps (lo had lost its cpu to f),
 * and takes it at once again, as both are fair; a finds it taken, and spins until 8 ms, as its
 * holder is on a cpu.
 */
Test(rt_lock, a_spinlock_left_to_a_fair_task_is_anybodys)
{
	static const char yaml[] = MACHINE(
		2,
		"rt") "- {name: lo, birth: woken, affinity: 0, program: [{spin_lock: s}, {run: 4ms}, {spin_unlock: s}, {spin_lock: s}, {run: 3ms}, {spin_unlock: s}, {sleep: 1s}]}\n"
		      "- {name: f, birth: woken, affinity: 0, start: 2ms, policy: fifo, priority: 5, program: [{run: 1ms}, {sleep: 1s}]}\n"
		      "- {name: a, birth: woken, affinity: 1, start: 2500us, program: [{spin_lock: s}, {run: 1ms}, {spin_unlock: s}, {sleep: 1s}]}\n";

	expect_switches(yaml, NULL, 0, 9, "0 lo, 2 f, 3 lo, 8 idle");
	expect_switches(yaml, NULL, 1, 9, "2.5 a, 2.5 idle, 5 a, 9 idle");
}

/*
 * __rwbase_write_unlock(): the rwsem is left to w2, which has no cpu, so readers come in yet, and
 * w2 waits for them when it runs.
 */
Test(rt_lock, readers_come_before_a_writer_that_has_not_run)
{
	static const char yaml[] = MACHINE(
		2,
		"rt") "- {name: w1, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{down_write: s}, {run: 4ms}, {up_write: s}, {sleep: 1s}]}\n"
		      "- {name: w2, birth: woken, affinity: 1, start: 1ms, policy: fifo, priority: 5, program: [{down_write: s}, {run: 1ms}, {up_write: s}, {sleep: 1s}]}\n"
		      "- {name: f, birth: woken, affinity: 1, start: 2ms, policy: fifo, priority: 50, program: [{run: 4ms}, {sleep: 1s}]}\n"
		      "- {name: n, birth: woken, affinity: 0, start: 5ms, policy: fifo, priority: 3, program: [{down_read: s}, {run: 3ms}, {up_read: s}, {sleep: 1s}]}\n";

	expect_switches(yaml, NULL, 0, 9, "0 w1, 4 idle, 5 n, 8 idle");
	expect_switches(yaml, NULL, 1, 9, "1 w2, 2 f, 6 w2, 6 idle, 8 w2, 9 idle");
}
