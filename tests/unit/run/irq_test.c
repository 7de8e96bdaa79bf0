/* SPDX-License-Identifier: MIT */
/*
 * Interrupts and softirqs as load on a cpu, and ksoftirqd (kernel/softirq.c: passes until there is
 * nothing left, ten restarts, 2 ms in whole ticks, or a reschedule). Costs are zero.
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <string.h>

#define IRQ(fields) "machine: {cpus: 1, hz: 250, costs: zero, irqs: [{name: eth, " fields "}]}\n"

static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

static void switches_of_all(const char *yaml, u32 count, const char *expected)
{
	for (u32 i = 0; i < 3; i++)
		expect_switches(yaml, (const char *const[]){rows[i], NULL}, 0, count, expected);
}

/* Ten interrupts of 0.1 ms: the last comes in what the others have added, an eleventh too late. */
Test(irq, an_interrupt_takes_its_time_from_who_runs)
{
	switches_of_all(
		"duration: 20ms\n" IRQ(
			"every: 1ms, time: 100us") "tasks:\n"
						   "- {name: a, birth: woken, program: [{run: 10ms}, {sleep: 1s}]}\n",
		2, "0 a, 11 idle");
}

/*
 * At 0.5, 1.5, ... 10.5 ms: by then ten of them have made the end later, and a twelfth would come
 * after it.
 */
Test(irq, the_first_may_come_at_a_time_of_its_own)
{
	switches_of_all(
		"duration: 20ms\n" IRQ(
			"first: 500us, every: 1ms, time: 100us") "tasks:\n"
								 "- {name: a, birth: woken, program: [{run: 10ms}, {sleep: 1s}]}\n",
		2, "0 a, 11.1 idle");
}

Test(irq, so_does_the_softirq_behind_it)
{
	switches_of_all(
		"duration: 20ms\n" IRQ(
			"every: 1ms, time: 40us, softirq: 60us") "tasks:\n"
								 "- {name: a, birth: woken, program: [{run: 10ms}, {sleep: 1s}]}\n",
		2, "0 a, 11 idle");
}

/* Its timer fires at 1.5 ms, while the softirq of 1 ms goes on until 2 ms. */
Test(irq, who_is_woken_in_a_softirq_waits_for_its_end)
{
	switches_of_all(
		"duration: 10ms\n" IRQ(
			"every: 1s, time: 1us, softirq: 1ms") "tasks:\n"
							      "- {name: a, birth: woken, program: [{run: 1s}]}\n"
							      "- {name: f, birth: woken, start: 1ms, policy: fifo, priority: 9,"
							      " program: [{run: 1us}, {sleep: 1s}]}\n",
		3, "0 a, 1 f, 1.001 a");
	switches_of_all(
		"duration: 10ms\n" IRQ(
			"every: 1ms, time: 0, softirq: 700us") "tasks:\n"
							       "- {name: a, birth: woken, program: [{run: 1s}]}\n"
							       "- {name: f, birth: woken, start: 1500us, policy: fifo, priority: 9,"
							       " program: [{run: 100us}, {sleep: 1s}]}\n",
		3, "0 a, 1.7 f, 1.8 a");
}

/*
 * At 2 ms the pass ends, and b has raised more meanwhile; at 1.7 ms s has asked for a reschedule.
 * need_resched() is true if that is a full one, and then ksoftirqd goes on; a lazy one waits for
 * the softirqs' end.
 */
Test(irq, a_lazy_request_ends_no_rounds)
{
	static const char yaml[] =
		"duration: 3ms\nmachine: {cpus: 1, hz: 250, costs: zero, irqs: ["
		"{name: a, first: 1ms, every: 1s, time: 0, softirq: 1ms}, {name: b, first: 1500us, every: 1s, time: 0, softirq: 100us}]}\n"
		"tasks:\n"
		"- {name: k, birth: woken, policy: idle, program: [{run: 1s}]}\n"
		"- {name: s, birth: woken, start: 1700us, program: [{run: 1s}]}\n";
	struct event_filter filter = {RECORD_BIT(WAKING) | RECORD_BIT(SWITCH), 1 * MSEC,
				      2200 * USEC};

	expect_events(yaml, (const char *const[]){"kernel=v6.18", "machine.preempt=lazy", NULL},
		      filter,
		      "1.7 0 waking s 0 irq\n"
		      "2.1 0 k R > s\n");
	expect_events(yaml, (const char *const[]){"kernel=v6.18", "machine.preempt=full", NULL},
		      filter,
		      "1.7 0 waking s 0 irq\n"
		      "2 0 waking ksoftirqd/0 0 irq\n"
		      "2 0 k R > s\n");
}

/* The time in which ksoftirqd, or the hog beside it, has the cpu; of 4 s. */
static u64 time_of(const char *row, const char *who)
{
	struct schedule s = schedule_run(
		"duration: 4s\n" IRQ(
			"every: 100us, time: 0, softirq: 150us") "tasks:\n"
								 "- {name: hog, birth: woken, program: [{run: 10s}]}\n",
		(const char *const[]){row, "machine.preempt=voluntary", NULL});
	u64 sum = 0;

	for (u32 k = 0; k + 1 < s.count; k++)
		if (!strcmp(s.events[k].next, who))
			sum += s.events[k + 1].when - s.events[k].when;
	schedule_free(&s);
	return sum;
}

/*
 * More softirqs than time: 6.1 leaves them to ksoftirqd, which shares the cpu fairly with the hog.
 */
Test(irq, a_flood_is_left_to_ksoftirqd_which_is_a_fair_task)
{
	u64 hog = time_of("kernel=v6.1", "hog"), thread = time_of("kernel=v6.1", "ksoftirqd/0");

	cr_expect(hog > 1800 * MSEC && hog < 2200 * MSEC, "%llu", (unsigned long long)hog);
	cr_expect(thread > 1800 * MSEC && thread < 2200 * MSEC, "%llu", (unsigned long long)thread);
}

/* A pass in ksoftirqd is not preempted, whatever the model; between two passes it is. */
Test(irq, ksoftirqd_is_preempted_between_its_rounds_only)
{
	static const char *const models[] = {"machine.preempt=none", "machine.preempt=voluntary",
					     "machine.preempt=full"};
	static const char yaml[] = "duration: 2s\n" IRQ(
		"every: 100us, time: 0, softirq: 150us") "tasks:\n"
							 "- {name: f, birth: woken, policy: fifo, priority: 9,"
							 " program: {loop: [{run: 10us}, {sleep: 7770us}]}}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s =
			schedule_run(yaml, (const char *const[]){rows[0], models[i], NULL});
		u32 outs = 0;

		for (u32 k = 0; k < s.count; k++)
			if (!strcmp(s.events[k].prev, "ksoftirqd/0") &&
			    s.events[k].prev_state != 1) {
				outs++;
				cr_expect_eq(s.events[k].prev_state, 0x100, "R+ at %llu",
					     (unsigned long long)s.events[k].when);
			}
		cr_expect(outs > 20, "%s: %u", models[i], outs);
		schedule_free(&s);
	}
}

/* Ticks at 0.5, 4.5 and 8.5 ms, interrupts of 0.1 ms at 1, 2, 3 ms and so on. */
Test(irq, with_irq_time_accounting_nobody_is_charged_for_interrupts)
{
	static const char yaml[] =
		"duration: 9ms\nmachine: {cpus: 1, hz: 250, costs: zero, tick_phase: 500us,"
		" irqs: [{name: eth, every: 1ms, time: 100us}]}\n"
		"tasks:\n- {name: a, birth: woken, program: [{run: 1s}]}\n";
	struct event_filter filter = {RECORD_BIT(RUNTIME), 1 * MSEC, 9 * MSEC};

	for (u32 i = 0; i < 3; i++) {
		expect_events(yaml, (const char *const[]){rows[i], NULL}, filter,
			      "4.5 0 runtime a 4000000 irq\n"
			      "8.5 0 runtime a 4000000 irq\n");
		expect_events(yaml,
			      (const char *const[]){rows[i], "machine.irq_time_accounting=true",
						    NULL},
			      filter,
			      "4.5 0 runtime a 3600000 irq\n"
			      "8.5 0 runtime a 3600000 irq\n");
	}
}

/*
 * What six deaths have left is freed on cpu 1 at 16 ms (cpu 0 has reported at 12 ms), a batch of
 * ten callbacks in 14.7 us. Then the softirq of that cpu comes again, and asks for another period;
 * that of an interrupt of cpu 0, at 16.008 ms, does not.
 */
Test(irq, softirqs_of_another_cpu_are_not_the_callbacks)
{
	expect_events(
		"duration: 20ms\nmachine: {cpus: 2, hz: 250, rcu: true, costs: {preset: zero, rcu_callback: 4us},"
		" irqs: [{name: eth, cpus: 0, every: 4002us, time: 1us, softirq: 1us}]}\n"
		"tasks:\n- {name: a, count: 6, affinity: 0, program: [run: 100us]}\n"
		"- {name: hog, affinity: 0, program: [{sleep: 2ms}, {run: 20ms}]}\n",
		(const char *const[]){"kernel=v6.1", NULL},
		(struct event_filter){RECORD_BIT(WAKING), 16000001, 17 * MSEC},
		"16.0147 1 waking rcu_preempt 1 irq\n");
}

/* 30 % of cpu 0 are gone in interrupts: of three hogs, cpu 1 has two for most of the time. */
Test(irq, with_irq_time_accounting_a_cpu_with_interrupts_counts_for_less)
{
	static const char yaml[] =
		"duration: 10s\nmachine: {cpus: 2, hz: 250, costs: zero, irq_time_accounting: true,"
		" irqs: [{name: eth, cpus: 0, every: 1ms, time: 300us}]}\n"
		"tasks:\n- {name: hog, count: 3, birth: woken, program: [{run: 100s}]}\n";

	for (u32 i = 0; i < 3; i++) {
		struct schedule s = schedule_run(yaml, (const char *const[]){rows[i], NULL});
		u32 switches[2] = {0, 0};

		for (u32 k = 0; k < s.count; k++)
			switches[s.events[k].cpu]++;
		cr_expect(switches[1] > switches[0], "%s: %u and %u", rows[i], switches[0],
			  switches[1]);
		schedule_free(&s);
	}
}

/*
 * A switch takes 0.1 ms with interrupts off (__schedule() to finish_task_switch()), and an
 * interrupt is served 0.01 ms after it could come. s begins at 0.1 ms, a at 0.2 ms, which sleeps at
 * 2 ms, so b begins at 2.1 ms.
 */
#define SLOW_SWITCH(s_sleeps, a_runs) SLOW_SWITCH_AND("", s_sleeps, a_runs)
#define SLOW_SWITCH_AND(costs, s_sleeps, a_runs)                                                           \
	"duration: 20ms\n"                                                                                 \
	"machine: {cpus: 1, hz: 250, costs: {preset: zero, switch_same_mm: 100us, switch_other_mm: 100us," \
	" irq_entry: 10us" costs "}}\n"                                                                    \
	"tasks:\n"                                                                                         \
	"- {name: s, birth: woken, policy: fifo, priority: 9, program: [{sleep: " s_sleeps                 \
	"}, {sleep: 1s}]}\n"                                                                               \
	"- {name: a, birth: woken, policy: fifo, priority: 5, program: [{run: " a_runs                     \
	"}, {sleep: 1s}]}\n"                                                                               \
	"- {name: b, birth: woken, policy: fifo, priority: 4, program: [{run: 15ms}]}\n"

/* Without throttling, whose timer of 6.1 would be one more interrupt, at the first switch. */
static void events_of_all(const char *yaml, struct event_filter filter, const char *expected)
{
	for (u32 i = 0; i < 3; i++)
		expect_events(yaml,
			      (const char *const[]){rows[i], "sched.sched_rt_runtime_us=-1", NULL},
			      filter, expected);
}

/* The sleep ends at 1.99 ms, before the switch; at 2.05 ms, in it; at 2.15 ms, behind it. */
Test(irq, a_timer_that_ends_in_a_switch_is_served_behind_it)
{
	const struct event_filter wakeups = {RECORD_BIT(WAKEUP), MSEC, 10 * MSEC};

	events_of_all(SLOW_SWITCH("1.89ms", "1.8ms"), wakeups, "2 0 wakeup s 0 irq\n");
	events_of_all(SLOW_SWITCH("1.95ms", "1.8ms"), wakeups, "2.11 0 wakeup s 0 irq\n");
	events_of_all(SLOW_SWITCH("2.05ms", "1.8ms"), wakeups, "2.16 0 wakeup s 0 irq\n");
}

/* Of the 10 us, 4 are over when the switch ends: they pass while the interrupt is on its way. */
Test(irq, one_that_waits_for_a_switch_was_delivered_before)
{
	const struct event_filter wakeups = {RECORD_BIT(WAKEUP), MSEC, 10 * MSEC};

	events_of_all(SLOW_SWITCH_AND(", irq_delivery: 4us", "1.89ms", "1.8ms"), wakeups,
		      "2 0 wakeup s 0 irq\n");
	events_of_all(SLOW_SWITCH_AND(", irq_delivery: 4us", "1.95ms", "1.8ms"), wakeups,
		      "2.106 0 wakeup s 0 irq\n");
	events_of_all(SLOW_SWITCH_AND(", irq_delivery: 4us", "2.05ms", "1.8ms"), wakeups,
		      "2.16 0 wakeup s 0 irq\n");
}

/*
 * a sleeps at 3.95 ms: the tick of 4 ms comes at 4.06 ms, the next one as ever. b is charged from
 * the switch on.
 */
Test(irq, a_tick_that_comes_in_a_switch_keeps_its_grid)
{
	events_of_all(SLOW_SWITCH("1s", "3.75ms"),
		      (struct event_filter){RECORD_BIT(RUNTIME), 4 * MSEC, 13 * MSEC},
		      "4.06 0 runtime b 110000 irq\n"
		      "8.01 0 runtime b 3950000 irq\n"
		      "12.01 0 runtime b 4000000 irq\n");
}

/*
 * The same, and a call that blocks takes 0.05 ms. s sleeps until 2.05 ms, a blocks at 2 ms, and the
 * way to b is over at 2.1 ms, the interrupt's at 2.11 ms: in user mode b has done nothing yet, so
 * it is not in the kernel and is preempted. Its sleep begins when s, which takes 0.1 + 0.05 ms, is
 * gone.
 */
Test(irq, an_interrupt_behind_a_switch_comes_before_the_next_call)
{
	static const char yaml[] =
		"duration: 7ms\n"
		"machine: {cpus: 1, hz: 250, costs: {preset: zero, switch_same_mm: 100us, switch_other_mm: 100us,"
		" irq_entry: 10us, block: 50us}}\n"
		"tasks:\n"
		"- {name: s, birth: woken, policy: fifo, priority: 9, program: [{sleep: 1.95ms}, {sleep: 1s}]}\n"
		"- {name: a, birth: woken, policy: fifo, priority: 5, program: [{run: 1.7ms}, {sleep: 1s}]}\n"
		"- {name: b, birth: woken, policy: fifo, priority: 4, program: [{sleep: 1s}]}\n";

	events_of_all(yaml, (struct event_filter){RECORD_BIT(SWITCH), MSEC, 7 * MSEC},
		      "2 0 a S > b\n"
		      "2.11 0 b R > s\n"
		      "2.26 0 s S > b\n"
		      "2.41 0 b S > idle\n");
}
