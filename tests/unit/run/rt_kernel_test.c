/* SPDX-License-Identifier: MIT */
/*
 * Kernels built with PREEMPT_RT: interrupts and softirqs are threads' work, and most timers
 * softirqs' (kernel/softirq.c, kernel/irq/manage.c, kernel/time/hrtimer.c). Costs are zero: what
 * takes no time here happens at one instant.
 */
#include "schedule.h"

#include <criterion/criterion.h>
#include <string.h>

#define RT(more) "machine: {cpus: 1, hz: 250, costs: zero, preempt: rt" more "}\n"

static const char *const rows[] = {"kernel=v6.12", "kernel=v6.18"};
static const struct event_filter all_switches = {RECORD_BIT(SWITCH), 1 * USEC, 100 * MSEC};

static void events_of(const char *yaml, const char *row, const char *setting,
		      struct event_filter filter, const char *expected)
{
	expect_events(yaml, (const char *const[]){row, setting, NULL}, filter, expected);
}

/* ---- Timers ---- */

/* Two sleeps end at 5 ms, while h has the cpu from 1 to 8 ms. */
static const char sleepers[] = "duration: 9500us\n" RT(
	"") "tasks:\n"
	    "- {name: r, birth: woken, policy: fifo, priority: 60, program: [{sleep: 5ms}, {sleep: 1s}]}\n"
	    "- {name: a, birth: woken, timer_slack: 0, program: [{sleep: 5ms}, {run: 1ms}, {sleep: 1s}]}\n"
	    "- {name: h, birth: woken, start: 1ms, policy: fifo, priority: 50, program: [{run: 7ms}, {sleep: 1s}]}\n";

/*
 * do_nanosleep() of a fair task: the timer is soft, and ktimers/0 (FIFO 1) comes behind h. That of
 * r is hard.
 */
Test(rt_kernel, a_fair_sleep_ends_when_ktimers_comes_to_it)
{
	events_of(sleepers, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(WAKING), 2 * MSEC,
					9500 * USEC},
		  "5 0 waking r 0 irq\n"
		  "5 0 waking ktimers/0 0 irq\n"
		  "5 0 h R > r\n"
		  "5 0 r S > h\n"
		  "8 0 h S > ktimers/0\n"
		  "8 0 waking a 0\n"
		  "8 0 ktimers/0 S > a\n"
		  "9 0 a S > idle\n");
	events_of(sleepers, "kernel=v6.18", "machine.preempt=full",
		  (struct event_filter){RECORD_BIT(WAKING), 2 * MSEC, 9500 * USEC},
		  "5 0 waking r 0 irq\n"
		  "5 0 waking a 0 irq\n");
}

/*
 * ktimers came with 6.13; before it was ksoftirqd, and still is if nobody has switched KTIMERS on.
 */
Test(rt_kernel, without_ktimers_timers_are_ksoftirqds)
{
	struct event_filter filter = {RECORD_BIT(WAKING), 2 * MSEC, 9500 * USEC};

	events_of(sleepers, "kernel=v6.12", NULL, filter,
		  "5 0 waking r 0 irq\n"
		  "5 0 waking ksoftirqd/0 0 irq\n"
		  "8 0 waking a 0\n");
	events_of(sleepers, "kernel=v6.12", "sched.switches=KTIMERS", filter,
		  "5 0 waking r 0 irq\n"
		  "5 0 waking ktimers/0 0 irq\n"
		  "8 0 waking a 0\n");
}

/* A deadline task's is hard, too; a batch task's is not. */
Test(rt_kernel, policies_decide_whose_sleep_is_ended_by_the_interrupt)
{
	static const char yaml[] = "duration: 7ms\n" RT(
		"") "tasks:\n"
		    "- {name: d, birth: woken, policy: deadline, runtime: 1ms, deadline: 100ms, program: [{sleep: 5ms}, {sleep: 1s}]}\n"
		    "- {name: b, birth: woken, policy: batch, timer_slack: 0, program: [{sleep: 5ms}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(WAKING), 1 * MSEC, 7 * MSEC},
		  "5 0 waking d 0 irq\n"
		  "5 0 waking ktimers/0 0 irq\n"
		  "5 0 waking b 0\n");
}

/*
 * The tick at 4 ms finds a's sleep, which may end from 3.99 ms on, but soft timers are not a hard
 * interrupt's. That of b, whose slack begins before a's sleep must end, is ended by the same
 * softirq.
 */
Test(rt_kernel, slack_lets_soft_timers_go_together_and_with_no_tick)
{
	static const char yaml[] = "duration: 6ms\n" RT(
		"") "tasks:\n"
		    "- {name: a, birth: woken, timer_slack: 100us, program: [{sleep: 3990us}, {sleep: 1s}]}\n"
		    "- {name: b, birth: woken, timer_slack: 100us, program: [{sleep: 4080us}, {sleep: 1s}]}\n"
		    "- {name: k, birth: woken, policy: idle, program: [{run: 1s}]}\n";
	struct event_filter filter = {RECORD_BIT(WAKING), 1 * MSEC, 6 * MSEC};

	events_of(yaml, "kernel=v6.18", NULL, filter,
		  "4.09 0 waking ktimers/0 0 irq\n"
		  "4.09 0 waking a 0\n"
		  "4.09 0 waking b 0\n");
	events_of(yaml, "kernel=v6.18", "machine.preempt=full", filter,
		  "4 0 waking a 0 irq\n"
		  "4.18 0 waking b 0 irq\n");
}

/*
 * Timers that are called off on the way do not wake; what is left of the queue has its interrupt.
 */
Test(rt_kernel, a_soft_timer_may_be_called_off_while_it_waits)
{
	static const char yaml[] = "duration: 12ms\n" RT(
		"") "semaphores: {s: 0}\ntasks:\n"
		    "- {name: a, birth: woken, timer_slack: 0, program: [{sem_wait: {semaphore: s, timeout: 2ms}}, {mark: a}, {sleep: 1s}]}\n"
		    "- {name: b, birth: woken, timer_slack: 0, program: [{sleep: 10ms}, {sleep: 1s}]}\n"
		    "- {name: h, birth: woken, start: 1ms, policy: fifo, priority: 50, program: [{run: 4ms}, {sem_post: s}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(WAKING), 1001 * USEC, 12 * MSEC},
		  "2 0 waking ktimers/0 0 irq\n"
		  "5 0 waking a 0\n"
		  "10 0 waking ktimers/0 0 irq\n"
		  "10 0 waking b 0\n");
}

/*
 * hrtimer_init() without HARD: setitimer(), timerfd; sched_cfs_period_timer(). A realtime task's,
 * too.
 */
Test(rt_kernel, other_timers_are_soft_whoever_has_set_them)
{
	static const char yaml[] = "duration: 9ms\n" RT(
		"") "timerfds: [t]\n"
		    "tasks:\n"
		    "- {name: r, birth: woken, policy: fifo, priority: 60, program: [{timerfd_settime: {timerfd: t, value: 5ms}},"
		    " {timerfd_read: t}, {sleep: 1s}]}\n"
		    "- {name: h, birth: woken, policy: fifo, priority: 50, program: [{run: 8ms}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(WAKING), 1 * MSEC, 9 * MSEC},
		  "5 0 waking ktimers/0 0 irq\n"
		  "8 0 waking r 0\n");
}

/*
 * The signals of setitimer() and timer_settime() are sent by the softirq, too: r and s, which are
 * realtime, die of them.
 */
Test(rt_kernel, interval_timers_send_their_signals_in_a_softirq)
{
	static const char yaml[] = "duration: 9ms\n" RT(
		"") "tasks:\n"
		    "- {name: r, birth: woken, policy: fifo, priority: 60, program: [{setitimer: {value: 5ms}}, {sleep: 1s}]}\n"
		    "- {name: s, birth: woken, policy: fifo, priority: 60,"
		    " program: [{timer_settime: {timer: t, signal: USR1, value: 6ms}}, {sleep: 1s}]}\n"
		    "- {name: h, birth: woken, policy: fifo, priority: 50, program: [{run: 8ms}, {sleep: 1s}]}\n";
	struct event_filter filter = {RECORD_BIT(WAKING), 1 * MSEC, 9 * MSEC};

	/*
	 * From then on the softirq is to come anyway, and no interrupt comes for the second
	 * (softirq_activated).
	 */
	events_of(yaml, "kernel=v6.18", NULL, filter,
		  "5 0 waking ktimers/0 0 irq\n"
		  "8 0 waking r 0\n"
		  "8 0 waking init 0\n"
		  "8 0 waking s 0\n");
	events_of(yaml, "kernel=v6.18", "machine.preempt=full", filter,
		  "5 0 waking r 0 irq\n"
		  "5 0 waking init 0\n"
		  "6 0 waking s 0 irq\n");
}

/*
 * hrtimer_run_softirq() reads the clock once: b's sleep, which ends at 5.3 ms while the pass is
 * busy with that of a, is not of it. When that is over the clock is set for b's end, which is past:
 * another interrupt, at 5.6 ms, and another pass.
 */
Test(rt_kernel, a_pass_goes_by_the_time_at_which_it_began)
{
	static const char yaml[] =
		"duration: 9ms\nmachine: {cpus: 1, hz: 250, costs: {preset: zero, timer: 200us}, preempt: rt}\n"
		"tasks:\n"
		"- {name: a, birth: woken, timer_slack: 0, program: [{sleep: 5ms}, {sleep: 1s}]}\n"
		"- {name: b, birth: woken, timer_slack: 0, program: [{sleep: 5300us}, {sleep: 1s}]}\n"
		"- {name: c, birth: woken, timer_slack: 0, program: [{sleep: 5ms}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(WAKING), 1 * MSEC, 9 * MSEC},
		  "5 0 waking ktimers/0 0 irq\n"
		  "5.4 0 waking a 0\n"
		  "5.6 0 waking c 0\n"
		  "5.6 0 waking ktimers/0 0 irq\n"
		  "6 0 waking b 0\n");
}

/*
 * Softirqs are done in the order of their numbers. The thread of the interrupt at 8 ms does what
 * was raised with it: the timer wheel, whose timeout ends w's wait, the millisecond of its own
 * softirq, and hrtimers, one of which ends s's sleep.
 */
Test(rt_kernel, timeouts_of_the_wheel_come_before_devices_and_hrtimers_behind_them)
{
	static const char yaml[] = "duration: 20ms\n" RT(
		", irqs: [{name: eth0, every: 1s, first: 8ms, time: 100us, softirq: 1ms}]") "completions: [c]\n"
											    "tasks:\n"
											    "- {name: w, birth: woken, program: [{wait_for_completion: {completion: c, timeout: 4ms}}, {sleep: 1s}]}\n"
											    "- {name: s, birth: woken, timer_slack: 0, program: [{sleep: 8ms}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.12", NULL,
		  (struct event_filter){RECORD_BIT(WAKING), 1 * MSEC, 20 * MSEC},
		  "8 0 waking irq/24-eth0 0 irq\n"
		  "8 0 waking ksoftirqd/0 0 irq\n"
		  "8.1 0 waking w 0\n"
		  "9.1 0 waking s 0\n");
}

Test(rt_kernel, a_quota_is_refilled_when_its_softirq_runs)
{
	static const char yaml[] = "duration: 60ms\n" RT(
		"") "groups: {g: {quota: 5ms, period: 20ms}}\n"
		    "tasks:\n"
		    "- {name: a, birth: woken, group: g, program: [{run: 1s}]}\n"
		    "- {name: h, birth: woken, start: 10ms, policy: fifo, priority: 50, program: [{run: 25ms}, {sleep: 1s}]}\n";
	struct event_filter filter = {RECORD_BIT(SWITCH), 21 * MSEC, 39 * MSEC};

	/* A point of the grid falls into h's time, and the refill waits for its end. */
	events_of(yaml, "kernel=v6.18", "machine.quota_phase=10ms", filter,
		  "35 0 h S > ktimers/0\n"
		  "35 0 ktimers/0 S > a\n");
}

/* ---- Interrupts ---- */

#define NIC(fields) RT(", irqs: [{name: eth0, " fields "}]")

/*
 * The handler takes 0.1 ms of a thread, FIFO 50, and its softirq 0.2 ms behind it: f is not
 * disturbed, g is.
 */
Test(rt_kernel, a_handler_and_its_softirq_are_the_work_of_a_fifo_50_thread)
{
	static const char yaml[] = "duration: 5900us\n" NIC(
		"every: 2ms, time: 100us, softirq: 200us") "tasks:\n"
							   "- {name: f, birth: woken, policy: fifo, priority: 51, program: [{run: 3ms}, {sleep: 1s}]}\n"
							   "- {name: g, birth: woken, policy: fifo, priority: 49, program: [{run: 1s}]}\n";

	for (u32 i = 0; i < 2; i++)
		events_of(yaml, rows[i], NULL, all_switches,
			  "3 0 f S > irq/24-eth0\n"
			  "3.3 0 irq/24-eth0 S > g\n"
			  "4 0 g R > irq/24-eth0\n"
			  "4.3 0 irq/24-eth0 S > g\n");
}

/*
 * IRQTF_RUNTHREAD is one bit: of those at 1, 2 and 3 ms one handler's run is made, but there is as
 * much to do behind it.
 */
Test(rt_kernel, interrupts_that_find_their_thread_awake_are_handled_in_one_go)
{
	static const char yaml[] = "duration: 3900us\n" NIC(
		"every: 1ms, time: 100us, softirq: 20us") "tasks:\n"
							  "- {name: f, birth: woken, policy: fifo, priority: 60, program: [{run: 3500us}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(WAKING), USEC, 3900 * USEC},
		  "1 0 waking irq/24-eth0 0 irq\n"
		  "3.5 0 f S > irq/24-eth0\n"
		  "3.66 0 irq/24-eth0 S > idle\n");
}

/* A softirq is preempted like everything else, and goes on where it was. */
Test(rt_kernel, a_softirq_is_preempted_in_its_midst)
{
	static const char yaml[] = "duration: 5900us\n" NIC(
		"every: 4ms, time: 0, softirq: 1ms") "tasks:\n"
						     "- {name: f, birth: woken, policy: fifo, priority: 60, program: [{sleep: 4300us}, {run: 500us}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL, all_switches,
		  "4 0 idle R > irq/24-eth0\n"
		  "4.3 0 irq/24-eth0 R+ > f\n"
		  "4.8 0 f S > irq/24-eth0\n"
		  "5.5 0 irq/24-eth0 S > idle\n");
	events_of(yaml, "kernel=v6.18", "machine.preempt=full", all_switches,
		  "5 0 idle R > f\n"
		  "5.5 0 f S > idle\n");
}

/*
 * softirq_ctrl.lock: ksoftirqd has begun what was left at 8 ms, and is preempted in its midst by
 * the interrupt's thread at 9 ms. That waits for the lock, in D, and lends its priority: h, FIFO
 * 40, has to wait for a fair task's softirq.
 */
Test(rt_kernel, who_is_in_softirqs_is_boosted_by_who_wants_to_be)
{
	static const char yaml[] = "duration: 40ms\n" RT(
		", irqs: [{name: a, first: 1ms, every: 1s, time: 0, softirq: 20ms}, {name: b, first: 14ms, every: 1s, time: 1ms}]") "tasks:\n"
																    "- {name: h, birth: woken, policy: fifo, priority: 40, program: [{sleep: 15ms}, {run: 2ms}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(PI_SETPRIO), USEC,
					40 * MSEC},
		  "1 0 idle R > irq/24-a\n"
		  "9 0 irq/24-a S > ksoftirqd/0\n"
		  "14 0 ksoftirqd/0 R+ > irq/25-b\n"
		  "14 0 pi ksoftirqd/0 120>49\n"
		  "14 0 irq/25-b D > ksoftirqd/0\n"
		  "17 0 pi ksoftirqd/0 49>120\n"
		  "17 0 ksoftirqd/0 R+ > irq/25-b\n"
		  "22 0 irq/25-b S > h\n"
		  "24 0 h S > ksoftirqd/0\n"
		  "24 0 ksoftirqd/0 S > idle\n");
}

/*
 * The completions of 1 and 2 ms are the thread's, and so are the wakeups; the disk goes on by
 * itself.
 */
Test(rt_kernel, requests_are_completed_by_the_thread_of_the_devices_interrupt)
{
	static const char yaml[] = "duration: 8ms\n" RT(
		"") "devices: {disk: {depth: 2, parallel: 1, service: 1ms}}\n"
		    "tasks:\n"
		    "- {name: a, birth: woken, program: [{io: disk}, {run: 1ms}, {sleep: 1s}]}\n"
		    "- {name: b, birth: woken, program: [{io: disk}, {run: 1ms}, {sleep: 1s}]}\n"
		    "- {name: h, birth: woken, start: 100us, policy: fifo, priority: 60, program: [{run: 4900us}, {sleep: 1s}]}\n";
	struct event_filter filter = {RECORD_BIT(WAKING), 200 * USEC, 8 * MSEC};

	events_of(yaml, "kernel=v6.18", NULL, filter,
		  "1 0 waking irq/24-disk 0 irq\n"
		  "5 0 waking a 0\n"
		  "5 0 waking b 0\n");
	events_of(yaml, "kernel=v6.18", "machine.preempt=full", filter,
		  "1 0 waking a 0 irq\n"
		  "2 0 waking b 0 irq\n");
}

/*
 * NAPI: the handler turns interrupts off, and the poll behind it is the same thread's. f keeps both
 * waiting.
 */
Test(rt_kernel, packets_are_polled_by_the_thread_of_the_devices_interrupt)
{
	static const char yaml[] = "duration: 9ms\n" RT(
		"") "netdevs: {eth0: {every: 1ms, irq: 100us, packet: 10us}}\n"
		    "tasks:\n"
		    "- {name: a, birth: woken, program: [{net_recv: eth0}, {sleep: 1s}]}\n"
		    "- {name: f, birth: woken, start: 500us, policy: fifo, priority: 60, program: [{run: 4ms}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(SWITCH) | RECORD_BIT(WAKING), 600 * USEC,
					5 * MSEC},
		  "1 0 waking irq/24-eth0 0 irq\n"
		  "4.5 0 f S > irq/24-eth0\n"
		  "4.64 0 waking a 0\n"
		  "4.64 0 irq/24-eth0 S > a\n"
		  "4.64 0 a S > idle\n");
}

/*
 * While the handler of the first packet's interrupt still runs, s sends and has the device
 * interrupt once more. There are more packets than a section can poll: at the end of the first poll
 * behind the tick of 4 ms the rest is left to ksoftirqd, and the device is still to be polled when
 * the handler runs again. That adds nothing (napi_schedule_prep()); the section polls until the
 * tick of 8 ms.
 */
Test(rt_kernel, a_device_that_is_polled_is_not_to_be_polled_twice)
{
	static const char yaml[] = "duration: 30ms\n" RT(
		"") "netdevs: {eth0: {every: 1us, ring: 4096, irq: 500us, packet: 10us, wire: 1us}}\n"
		    "tasks:\n"
		    "- {name: s, birth: woken, start: 300us, policy: fifo, priority: 55, program: [{net_send: {netdev: eth0, packets: 2}}, {sleep: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(WAKING) | RECORD_BIT(SWITCH), 900 * USEC,
					30 * MSEC},
		  "4.3414 0 waking ksoftirqd/0 0\n"
		  "8.0414 0 irq/24-eth0 S > ksoftirqd/0\n");
}

/* ---- Balancing ---- */

/*
 * SCHED_SOFTIRQ: the tick of 4 ms is the first at which passes are due. That of cpu 0 is made when
 * r has gone.
 */
Test(rt_kernel, passes_of_load_balancing_are_ksoftirqds)
{
	static const char yaml[] =
		"duration: 20ms\nmachine: {cpus: 2, hz: 250, costs: zero, preempt: rt}\n"
		"tasks:\n"
		"- {name: r, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{run: 10ms}, {sleep: 1s}]}\n"
		"- {name: b, birth: woken, affinity: 1, policy: idle, program: [{run: 1s}]}\n";
	struct event_filter tick = {RECORD_BIT(SWITCH) | RECORD_BIT(WAKING), USEC, 5 * MSEC};
	struct event_filter end = {RECORD_BIT(SWITCH), 9 * MSEC, 11 * MSEC};

	events_of(yaml, "kernel=v6.18", NULL, tick,
		  "4 0 waking ksoftirqd/0 0 irq\n"
		  "4 1 waking ksoftirqd/1 1 irq\n"
		  "4 1 b R > ksoftirqd/1\n"
		  "4 1 ksoftirqd/1 S > b\n");
	events_of(yaml, "kernel=v6.18", NULL, end,
		  "10 0 r S > ksoftirqd/0\n"
		  "10 0 ksoftirqd/0 S > idle\n");
	events_of(yaml, "kernel=v6.18", "machine.preempt=full", tick, "");
}

/* ---- Read-copy-update ---- */

/*
 * invoke_rcu_core() wakes rcuc at the ticks after a was reaped: it asks for a grace period, tells
 * of a quiescent state, and invokes the callbacks. rcu_preempt's timeout, which does not run out,
 * has the wheel looked at at the third of them. So it was recorded.
 */
Test(rt_kernel, grace_periods_are_the_work_of_rcuc_and_rcu_preempt)
{
	static const char yaml[] = "duration: 18ms\n" RT(
		", rcu: true") "tasks:\n"
			       "- {name: a, birth: woken, program: [{run: 1ms}]}\n"
			       "- {name: k, birth: woken, policy: idle, program: [{run: 1s}]}\n";

	events_of(yaml, "kernel=v6.18", NULL,
		  (struct event_filter){RECORD_BIT(WAKING) | RECORD_BIT(SWITCH), 7 * MSEC,
					18 * MSEC},
		  "8 0 waking rcuc/0 0 irq\n"
		  "8 0 k R > rcuc/0\n"
		  "8 0 waking rcu_preempt 0\n"
		  "8 0 rcuc/0 S > rcu_preempt\n"
		  "8 0 rcu_preempt I > k\n"
		  "12 0 waking rcuc/0 0 irq\n"
		  "12 0 k R > rcuc/0\n"
		  "12 0 waking rcu_preempt 0\n"
		  "12 0 rcuc/0 S > rcu_preempt\n"
		  "12 0 rcu_preempt I > k\n"
		  "16 0 waking rcuc/0 0 irq\n"
		  "16 0 waking ktimers/0 0 irq\n"
		  "16 0 k R > rcuc/0\n"
		  "16 0 rcuc/0 S > ktimers/0\n"
		  "16 0 ktimers/0 S > k\n");
}

/* ---- As recorded ---- */

/*
 * A guest with Debian's 6.12.117 realtime kernel (one cpu of an emulator that counts instructions,
 * lazy preemption, ktimers): its switches from the start of three tasks on, in us. rt, FIFO 60, and
 * hog, FIFO 50, have hard timers, fair a soft one. bg is a kernel thread of the boot's that was
 * still at work; here it is of policy idle, so that what the fair class picks plays no part.
 * Lengths are as recorded, and what the kernel took is in them.
 */
Test(rt_kernel, a_recorded_schedule_is_followed)
{
	static const struct {
		u32 us;
		const char *prev;
		u32 state;
		const char *next;
	} recorded[] = {
		{120, "rt", 1, "hog"},           {2422, "hog", 0, "rt"},
		{2528, "rt", 1, "hog"},          {4830, "hog", 0, "rt"},
		{4935, "rt", 1, "hog"},          {7237, "hog", 0, "rt"},
		{7342, "rt", 1, "hog"},          {7468, "hog", 1, "fair"},
		{7674, "fair", 1, "bg"},         {9645, "bg", 0x100, "rt"},
		{9757, "rt", 1, "ktimers/0"},    {9766, "ktimers/0", 1, "fair"},
		{9972, "fair", 1, "bg"},         {10471, "bg", 0x100, "hog"},
		{12060, "hog", 0, "rt"},         {12165, "rt", 1, "hog"},
		{14468, "hog", 0, "rt"},         {14573, "rt", 1, "hog"},
		{16875, "hog", 0, "rt"},         {16980, "rt", 1, "hog"},
		{17822, "hog", 1, "ktimers/0"},  {17831, "ktimers/0", 1, "fair"},
		{18036, "fair", 1, "bg"},        {19283, "bg", 0x100, "rt"},
		{19388, "rt", 1, "bg"},          {20089, "bg", 0x100, "ktimers/0"},
		{20098, "ktimers/0", 1, "fair"}, {20303, "fair", 1, "bg"},
		{20825, "bg", 0x100, "hog"},     {21690, "hog", 0, "rt"},
		{21799, "rt", 1, "hog"},         {24102, "hog", 0, "rt"},
		{24206, "rt", 1, "hog"},         {26509, "hog", 0, "rt"},
		{26614, "rt", 1, "hog"},         {28176, "hog", 1, "ktimers/0"},
	};
	static const char yaml[] = "duration: 29ms\n" RT(
		", tick_phase: 1747us") "sched: {switches: [KTIMERS, LAZY_RESCHED]}\n"
					"tasks:\n"
					"- {name: hog, birth: woken, policy: fifo, priority: 50, program: {loop: [run: 7031us, sleep: 3003us]}}\n"
					"- {name: fair, birth: woken, program: {loop: [run: 206us, sleep: 1997us]}}\n"
					"- {name: rt, birth: woken, policy: fifo, priority: 60, program: {loop: [run: 106us, sleep: 2302us]}}\n"
					"- {name: bg, birth: woken, policy: idle, kthread: true, program: {loop: [run: 1s]}}\n";
	enum { FIRST = 1, NEAR_US = 40 }; /* the first switch is from idle */
	struct schedule s = schedule_run(yaml, (const char *const[]){"kernel=v6.12", NULL});

	cr_assert_geq(s.count, FIRST + sizeof(recorded) / sizeof(*recorded));
	for (u32 i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		const struct switch_event *at = &s.events[FIRST + i];
		s64 off = (s64)(at->when / USEC) - recorded[i].us;

		cr_assert(!strcmp(at->prev, recorded[i].prev) &&
				  !strcmp(at->next, recorded[i].next) &&
				  at->prev_state == recorded[i].state,
			  "%u us: %s %x > %s", recorded[i].us, at->prev, at->prev_state, at->next);
		cr_assert(off >= -NEAR_US && off <= NEAR_US, "%u us: %lld off", recorded[i].us,
			  (long long)off);
	}
	schedule_free(&s);
}
