/* SPDX-License-Identifier: MIT */
/*
 * Cpus that go offline and come back, event by event (core-rt-dl-ext.md 1.15; the order of the
 * steps is that of kernel/cpu.c's states). Costs are zero where not said.
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MACHINE(cpus, events)    \
	"machine: {cpus: " #cpus \
	", hz: 250, costs: {preset: zero, hotplug_rcu: 10ms}, events: [" events "]}\n"
#define OFFLINE "{at: 10ms, cpu: 1, action: offline}"

static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

enum {
	MOVES = RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE) | RECORD_BIT(CPU) | RECORD_BIT(UNBOUND),
};

static void events_of_all(const char *yaml, struct event_filter filter, const char *expected)
{
	for (u32 i = 0; i < 3; i++)
		expect_events(yaml,
			      (const char *const[]){rows[i], "machine.preempt=voluntary", NULL},
			      filter, expected);
}

/*
 * A: inactive and a grace period; B: ksoftirqd parks; C: takedown_cpu() has cpuhp park, all stand
 * still, the stopper parks, too, and the others, who have waited for it, go on.
 */
Test(hotplug, an_idle_cpu_takes_the_steps_of_kernel_cpu_c)
{
	events_of_all(
		"duration: 50ms\n" MACHINE(
			2,
			OFFLINE) "tasks:\n"
				 "- {name: a, birth: woken, affinity: 0, program: [{sleep: 1s}]}\n",
		(struct event_filter){MOVES, 5 * MSEC, 40 * MSEC},
		"10 1 idle R > cpuhp/1\n"
		"10 1 cpuhp/1 D > idle\n"
		"20 1 idle R > cpuhp/1\n"
		"20 1 cpuhp/1 D > ksoftirqd/1\n"
		"20 1 ksoftirqd/1 P > cpuhp/1\n"
		"20 1 cpuhp/1 S > idle\n"
		"20 1 idle R > cpuhp/1\n"
		"20 1 cpuhp/1 P > idle\n"
		"20 0 idle R > migration/0\n"
		"20 1 idle R > migration/1\n"
		"20 1 cpu offline\n"
		"20 1 migration/1 P > idle\n"
		"20 0 migration/0 S > idle\n");
}

Test(hotplug, what_the_cpu_picks_is_pushed_away_by_its_stopper)
{
	events_of_all(
		"duration: 50ms\n" MACHINE(
			2,
			OFFLINE) "tasks:\n"
				 "- {name: f, birth: woken, affinity: 1, program: [{affinity: 0-1}, {run: 20ms}, {sleep: 1s}]}\n",
		(struct event_filter){MOVES | RECORD_BIT(WAKING), 5 * MSEC, 15 * MSEC},
		"10 0 waking cpuhp/1 1 irq\n"
		"10 1 f R > cpuhp/1\n"
		"10 1 cpuhp/1 D > f\n"
		"10 1 waking migration/1 1\n"
		"10 1 f R > migration/1\n"
		"10 1 migrate f 1>0\n"
		"10 1 migration/1 S > idle\n"
		"10 0 idle R > f\n");
}

/* Whoever is picked is preempted by the stopper before it has done anything, until nobody is left.
 */
Test(hotplug, queued_tasks_go_one_by_one_and_at_once)
{
	static const char yaml[] = "duration: 50ms\n" MACHINE(
		2,
		OFFLINE) "tasks:\n"
			 "- {name: hog, count: 3, birth: woken, affinity: 1, program: [{run: 100ms}]}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s = schedule_run(yaml, (const char *const[]){rows[i], NULL});

		cr_expect_eq(s.nr_migrations, 3, "%s", rows[i]);
		cr_expect_geq(s.migrations[0], 10 * MSEC);
		cr_expect_eq(s.migrations[0], s.migrations[2], "%s", rows[i]);
		schedule_free(&s);
	}
}

Test(hotplug, a_task_without_a_cpu_left_may_use_all)
{
	events_of_all(
		"duration: 50ms\n" MACHINE(
			2,
			OFFLINE) "tasks:\n"
				 "- {name: pinned, birth: woken, affinity: 1, program: [{run: 30ms}, {sleep: 1s}]}\n",
		(struct event_filter){MOVES, 10 * MSEC, 11 * MSEC},
		"10 1 pinned R > cpuhp/1\n"
		"10 1 cpuhp/1 D > pinned\n"
		"10 1 pinned R > migration/1\n"
		"10 1 unbound pinned 1\n"
		"10 1 migrate pinned 1>0\n"
		"10 1 migration/1 S > idle\n"
		"10 0 idle R > pinned\n");
}

/*
 * m sleeps on cpu 1, which it may not leave before 36.05 ms: so its cpuhp waits
 * (balance_hotplug_wait()). m goes on there for its 5 ms, as nothing is scheduled that could push
 * it away. When it sleeps the cpu idles, and that wakes cpuhp (balance_push()).
 */
Test(hotplug, who_has_disabled_its_migration_is_waited_for)
{
	events_of_all(
		"duration: 50ms\n" MACHINE(
			2,
			OFFLINE) "tasks:\n"
				 "- {name: m, birth: woken, affinity: 1, program: [migrate_disable, {wait_event: {queue: q, state: D}}, {run: 1ms},"
				 " migrate_enable, {run: 5ms}, {sleep: 1s}]}\n"
				 "- {name: w, birth: woken, affinity: 0, program: [{sleep: 35ms}, {wake_up: q}, {sleep: 1s}]}\n",
		(struct event_filter){MOVES, 20 * MSEC, 50 * MSEC},
		"20 1 idle R > cpuhp/1\n"
		"20 1 cpuhp/1 D > ksoftirqd/1\n"
		"20 1 ksoftirqd/1 P > cpuhp/1\n"
		"20 1 cpuhp/1 D > idle\n"
		"35.05 0 idle R > w\n"
		"35.05 0 w S > idle\n"
		"35.05 1 idle R > m\n"
		"41.05 1 m S > idle\n"
		"41.05 1 idle R > cpuhp/1\n"
		"41.05 1 cpuhp/1 S > idle\n"
		"41.05 1 idle R > cpuhp/1\n"
		"41.05 1 cpuhp/1 P > idle\n"
		"41.05 0 idle R > migration/0\n"
		"41.05 1 idle R > migration/1\n"
		"41.05 1 cpu offline\n"
		"41.05 1 migration/1 P > idle\n"
		"41.05 0 migration/0 S > idle\n");
}

/* It does not run when its cpu goes: the wakeup finds that nothing is left. */
Test(hotplug, a_sleeper_without_a_cpu_left_finds_out_when_it_is_woken)
{
	events_of_all(
		"duration: 60ms\n" MACHINE(
			2,
			OFFLINE) "tasks:\n"
				 "- {name: p, birth: woken, affinity: 1, policy: fifo, priority: 1,"
				 " program: [{sleep: 50ms}, {sleep: 1s}]}\n",
		(struct event_filter){MOVES, 30 * MSEC, 60 * MSEC},
		"50 0 unbound p 1\n"
		"50 0 migrate p 1>0\n"
		"50 0 idle R > p\n"
		"50 0 p S > idle\n");
}

Test(hotplug, timers_of_the_cpu_fire_on_the_first_that_is_left)
{
	events_of_all(
		"duration: 60ms\n" MACHINE(
			3,
			OFFLINE) "tasks:\n"
				 "- {name: p, birth: woken, affinity: 1-2, policy: fifo, priority: 1,"
				 " program: [{affinity: 1}, {affinity: 1-2}, {sleep: 50ms}, {sleep: 1s}]}\n",
		(struct event_filter){MOVES | RECORD_BIT(WAKING), 30 * MSEC, 60 * MSEC},
		"50 0 waking p 1 irq\n"
		"50 0 migrate p 1>2\n"
		"50 2 idle R > p\n"
		"50 2 p S > idle\n");
}

Test(hotplug, a_cpu_that_comes_back_is_balanced_again)
{
	static const char yaml[] = "duration: 200ms\n" MACHINE(
		2, OFFLINE
		", {at: 100ms, cpu: 1, action: online}") "tasks:\n"
							 "- {name: a, birth: woken, program: [{run: 1s}]}\n"
							 "- {name: b, birth: woken, program: [{run: 1s}]}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s = schedule_run(yaml, (const char *const[]){rows[i], NULL});
		u32 after = 0;

		for (u32 k = 0; k < s.count; k++) {
			/* It is off at 20 ms, or as soon as its thread has its turn. */
			cr_expect(s.events[k].cpu != 1 || s.events[k].when <= 24 * MSEC ||
					  s.events[k].when >= 100 * MSEC,
				  "it ran while it was offline");
			after += s.events[k].cpu == 1 && s.events[k].when >= 100 * MSEC &&
				 (s.events[k].next[0] == 'a' || s.events[k].next[0] == 'b');
		}
		cr_expect(after, "%s: nobody came back", rows[i]);
		schedule_free(&s);
	}
}

Test(hotplug, coming_back_unparks_its_threads_before_it_is_active)
{
	events_of_all(
		"duration: 200ms\n" MACHINE(
			2, OFFLINE
			", {at: 100ms, cpu: 1, action: online}") "tasks:\n"
								 "- {name: a, birth: woken, affinity: 0, program: [{sleep: 1s}]}\n",
		(struct event_filter){MOVES, 50 * MSEC, 200 * MSEC},
		"100 1 cpu online\n"
		"100 1 idle R > migration/1\n"
		"100 1 migration/1 S > cpuhp/1\n"
		"100 1 cpuhp/1 S > ksoftirqd/1\n"
		"100 1 ksoftirqd/1 S > idle\n");
}

/* The second request comes in the first one's grace period. */
Test(hotplug, one_request_waits_for_the_other)
{
	events_of_all(
		"duration: 50ms\n" MACHINE(
			3, OFFLINE
			", {at: 12ms, cpu: 2, action: offline}") "tasks:\n"
								 "- {name: a, birth: woken, affinity: 0, program: [{sleep: 1s}]}\n",
		(struct event_filter){RECORD_BIT(CPU), 0, 50 * MSEC},
		"20 1 cpu offline\n"
		"30 2 cpu offline\n");
}

/*
 * Each cpu of 6.1 starts a new account when the domains are built anew (rq_online_rt), so the limit
 * is not passed at 952 ms.
 */
Test(hotplug, rt_accounts_begin_anew_with_the_domains)
{
	expect_switches(
		"duration: 2s\nmachine: {cpus: 2, hz: 250, costs: zero,"
		" events: [{at: 501ms, cpu: 1, action: offline}]}\n"
		"tasks:\n"
		"- {name: hog, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{run: 10s}]}\n",
		(const char *const[]){"kernel=v6.1", NULL}, 0, 5,
		"0 hog, 501 migration/0, 501 hog, 1948 idle");
}

/* Deadline tasks may use any cpu of the root domain; the next budget comes on one that is left. */
Test(hotplug, a_throttled_deadline_task_is_replenished_elsewhere)
{
	static const char yaml[] = "duration: 100ms\n" MACHINE(
		2,
		OFFLINE) "tasks:\n"
			 "- {name: h, birth: woken, affinity: 0, policy: fifo, priority: 9, program: [{run: 1s}]}\n"
			 "- {name: d, birth: woken, policy: deadline, runtime: 4ms, deadline: 50ms,"
			 " program: [{run: 1s}]}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s = schedule_run(yaml, (const char *const[]){rows[i], NULL});
		u32 late = 0;

		for (u32 k = 0; k < s.count; k++)
			late += s.events[k].when >= 50 * MSEC && s.events[k].cpu == 0 &&
				s.events[k].next[0] == 'd';
		cr_expect(late, "%s: it has not come back", rows[i]);
		schedule_free(&s);
	}
}

/* 1.2 cpus are promised: the event fails with EBUSY. With 0.6 the cpu can go. */
static void with_reservations(u32 count, const char *expected)
{
	char yaml[512];

	snprintf(
		yaml, sizeof(yaml),
		"duration: 40ms\n" MACHINE(
			2,
			OFFLINE) "tasks:\n"
				 "- {name: d, count: %u, birth: woken, policy: deadline, runtime: 60ms, deadline: 100ms,"
				 " program: [{sleep: 1s}]}\n",
		count);
	events_of_all(yaml, (struct event_filter){RECORD_BIT(CPU), 0, 40 * MSEC}, expected);
}

Test(hotplug, a_cpu_that_is_promised_to_deadline_tasks_stays)
{
	with_reservations(1, "20 1 cpu offline\n");
	with_reservations(2, "");
}

/* To write 1 into `online` of a cpu that is online does nothing; 120 % of two cpus are promised. */
Test(hotplug, a_cpu_that_has_stayed_does_not_come_back)
{
	static const char yaml[] = "duration: 80ms\n" MACHINE(
		2, OFFLINE
		", {at: 40ms, cpu: 1, action: online}") "tasks:\n"
							"- {name: d, count: 2, birth: woken, policy: deadline,"
							" runtime: 60ms, deadline: 100ms, program: [{sleep: 1s}]}\n";

	events_of_all(yaml, (struct event_filter){MOVES, 30 * MSEC, 80 * MSEC}, "");
}

/* w may run nowhere else. */
Test(hotplug, a_cpu_that_has_stayed_is_used_as_before)
{
	static const char yaml[] = "duration: 80ms\n" MACHINE(
		2,
		OFFLINE) "tasks:\n"
			 "- {name: d, count: 2, birth: woken, policy: deadline, runtime: 60ms, deadline: 100ms,"
			 " program: [{sleep: 1s}]}\n"
			 "- {name: w, birth: woken, affinity: 1, policy: fifo, priority: 1, program: [sleep: 50ms, run: 1ms, sleep: 1s]}\n";

	events_of_all(yaml, (struct event_filter){MOVES, 40 * MSEC, 80 * MSEC},
		      "50 1 idle R > w\n51 1 w S > idle\n");
}

/*
 * rcu_preempt may run anywhere and is a kernel thread, so the cpu counts as online for it; but it
 * does not stay while the cpu goes. The exits make it work.
 */
Test(hotplug, a_kernel_thread_that_is_not_bound_does_not_stay)
{
	static const char yaml[] = "duration: 100ms\n" MACHINE(
		2,
		OFFLINE) "tasks:\n"
			 "- {name: c, template: true, program: [{run: 10us}]}\n"
			 "- {name: p, birth: woken, affinity: 1, program: {loop: [{fork: c}, waitall, {run: 100us}]}}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s = schedule_run(yaml, (const char *const[]){rows[i], NULL});

		cr_expect_lt(s.nr_events, 20000, "%s: it is pushed for ever", rows[i]);
		schedule_free(&s);
	}
}

/* The stopper of cpu 0 is kept from its work by nothing here, that of cpu 3 by a long way to wake
 * up. */
Test(hotplug, a_request_ends_when_all_stoppers_have_run)
{
	struct schedule s = schedule_run(
		"duration: 100ms\nmachine: {cpus: 4, hz: 250, costs: {preset: zero, idle_exit: 1ms, ipi: 1ms},"
		" events: [{at: 10ms, cpu: 1, action: offline}, {at: 10ms, cpu: 2, action: offline},"
		" {at: 10ms, cpu: 3, action: offline}]}\n"
		"tasks:\n- {name: a, birth: woken, affinity: 0, program: [{run: 1s}]}\n",
		(const char *const[]){rows[0], NULL});

	cr_expect_lt(s.nr_events, 2000);
	schedule_free(&s);
}

/*
 * multi_cpu_stop(): the stopper of cpu 1 comes when interrupts are on there again, at 28 ms; the
 * others, who came at 20 ms, do nothing until then. So the cpu goes at 28 ms, too.
 */
Test(hotplug, all_stoppers_wait_for_the_last)
{
	static const char yaml[] =
		"duration: 50ms\n"
		"machine: {cpus: 3, hz: 250, costs: {preset: zero, hotplug_rcu: 10ms}, events: ["
		"{at: 10ms, cpu: 2, action: offline}]}\n"
		"tasks:\n"
		"- {name: hog, birth: woken, affinity: 0, policy: fifo, priority: 9, program: [{run: 1s}]}\n"
		"- {name: l, birth: woken, start: 18ms, affinity: 1, policy: fifo, priority: 9,"
		" program: [{spin_lock: {spinlock: k, irqsave: true}}, {run: 10ms}, {spin_unlock: k}, {run: 1s}]}\n";

	for (u32 i = 0; i < 3; i++) {
		const char *const settings[] = {rows[i], NULL};

		expect_events(yaml, settings, (struct event_filter){RECORD_BIT(CPU), 0, 50 * MSEC},
			      "28 2 cpu offline\n");
		expect_switches(yaml, settings, 0, 3, "0 hog, 20 migration/0, 28 hog");
	}
}

/*
 * A request is of 2.1 ms on four cpus and on three of 1.4, which at 1000 Hz end at the third and
 * the second tick. A cpu that leaves counts until it is off: the first to go changes nothing, the
 * second (whose domains it leaves at 40 ms) counts the first.
 */
Test(hotplug, scaled_knobs_follow_the_cpus_that_are_online)
{
	static const char yaml[] =
		"duration: 60ms\n"
		"machine: {cpus: 4, hz: 1000, costs: {preset: zero, hotplug_rcu: 10ms}, events: ["
		"{at: 10ms, cpu: 3, action: offline}, {at: 30ms, cpu: 2, action: offline}]}\n"
		"tasks:\n"
		"- {name: A, birth: woken, affinity: 0, program: [{run: 1s}]}\n"
		"- {name: B, birth: woken, affinity: 0, program: [{run: 1s}]}\n";
	const char *const settings[] = {"kernel=v6.12", NULL};

	expect_events(yaml, settings,
		      (struct event_filter){RECORD_BIT(SWITCH), 26 * MSEC, 37 * MSEC},
		      "27 0 B R > A\n"
		      "30 0 A R > B\n"
		      "30 2 idle R > cpuhp/2\n"
		      "30 2 cpuhp/2 D > idle\n"
		      "33 0 B R > A\n"
		      "36 0 A R > B\n");
	expect_events(yaml, settings,
		      (struct event_filter){RECORD_BIT(SWITCH), 50 * MSEC, 58 * MSEC},
		      "51 0 B R > A\n"
		      "53 0 A R > B\n"
		      "55 0 B R > A\n"
		      "57 0 A R > B\n");
}

/*
 * update_sysctl(): what was written to debugfs is lost when a cpu goes: 6.3 ms end at the seventh
 * tick, the default of four cpus (the one that goes counts) of 2.1 at the third. A write to
 * tunable_scaling takes 6.3 for what four cpus have, and they have it then.
 */
Test(hotplug, a_slice_that_was_written_is_lost_with_a_cpu)
{
	static const char yaml[] =
		"kernel: v6.12\nduration: 60ms\n"
		"machine: {cpus: 4, hz: 1000, costs: {preset: zero, hotplug_rcu: 10ms}, events: ["
		"{at: 10ms, cpu: 3, action: offline}]}\n"
		"sched: {base_slice_ns: 6300us}\n"
		"tasks:\n"
		"- {name: A, birth: woken, affinity: 0, program: [{run: 1s}]}\n"
		"- {name: B, birth: woken, affinity: 0, program: [{run: 1s}]}\n";
	struct event_filter first = {RECORD_BIT(SWITCH), 0, 9 * MSEC},
			    last = {RECORD_BIT(SWITCH), 50 * MSEC, 60 * MSEC};

	expect_events(yaml, (const char *const[]){NULL}, first, "0 0 idle R > A\n7 0 A R > B\n");
	expect_events(yaml, (const char *const[]){NULL}, last,
		      "52 0 A R > B\n55 0 B R > A\n58 0 A R > B\n");
	expect_events(yaml, (const char *const[]){"sched.tunable_scaling=1", NULL}, last,
		      "56 0 A R > B\n");
}

/*
 * Cpu 1 goes while ksoftirqd/1 has packets to poll and the device's interrupts are off
 * (dev_cpu_dead()): cpu 0 goes on. Else the reader would find the 256 packets that are in the
 * queue, and no more.
 */
Test(hotplug, softirqs_left_on_a_cpu_are_taken_over)
{
	static const char yaml[] = "duration: 200ms\n" MACHINE(
		2,
		OFFLINE) "netdevs: {eth: {every: 5us, irq_cpu: 1, packet: 10us}}\n"
			 "tasks:\n"
			 "- {name: r, affinity: 0, program: [{sleep: 50ms}, {loop: {count: 20, do: [{net_recv: "
			 "{netdev: eth, packets: 256}}]}}]}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s = schedule_run(yaml, (const char *const[]){rows[i], NULL});
		bool over = false;

		for (u32 k = 0; k < s.count; k++)
			over |= s.events[k].prev[0] == 'r' && s.events[k].prev[1] == 0 &&
				s.events[k].prev_state & 0x30; /* X, Z */
		cr_expect(over, "%s: its packets do not come", rows[i]);
		schedule_free(&s);
	}
}

/*
 * c has died on cpu 1, which goes while c's callback waits there for a grace period
 * (rcutree_migrate_callbacks()): cpu 0, which is busy, frees it. The tick of 4 ms asks, those of 8
 * and 12 ms note and report, and that of 16 ms frees.
 */
Test(hotplug, callbacks_left_on_a_cpu_are_taken_over)
{
	expect_events(
		"duration: 60ms\n"
		"machine: {cpus: 3, hz: 250, rcu: true, kernel_threads: false, costs: {preset: zero, hotplug_rcu: 1ms},"
		" events: [{at: 1500us, cpu: 1, action: offline}]}\n"
		"tasks:\n"
		"- {name: c, template: true, program: [{run: 1ms}]}\n"
		"- {name: p, affinity: 1, program: [{fork: c}, wait, {affinity: 0-2}, {sleep: 100ms}]}\n"
		"- {name: hog, affinity: 0, program: [{run: 50ms}]}\n",
		(const char *const[]){NULL}, (struct event_filter){RECORD_BIT(FREE), 0, 60 * MSEC},
		"16 0 free c 0 irq\n");
}
