/* SPDX-License-Identifier: MIT */
/* What runs beside the tasks of a case: kernel threads, and what read-copy-update has to do. */
#include "beside.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"

enum {
	WORKER_BEFORE_MS = 12,
	WORKER_STEP_US = 40,
	/* slots are 8 ticks apart: a sleep that would be over some ticks before one ends at that */
	WHEEL_EARLY = 3,
	GRACE_TICKS = 3,
	GRACE_LAG_NS = 2200000,
	GRACE_LAG_ENDS_NS = 50000,
	GRACE_SOFTIRQ_NS = 6500
};

/* A kernel thread's tick that is told by uptime, in this boot. */
static u64 boot_tick(const struct rig *rig, const struct rig_kthread *k,
		     const struct window_guess *guess)
{
	return rig_tick(rig, k->tick - rig_ticks_earlier(rig, k), guess->tick_phase_ns);
}

/* In this boot it was before the runner began. */
static bool is_over(const struct rig *rig, const struct rig_kthread *k)
{
	return rig->boot_tick && k->tick < (s32)rig->boot_tick;
}

static void write_kthread_cpu(struct writer *w, s32 cpu)
{
	if (cpu == KTHREAD_SECOND_NODE)
		text_printf(w->yaml, "    affinity: %u-%u\n", w->rig->cpus / 2, w->rig->cpus - 1);
	else if (cpu != KTHREAD_ANYWHERE)
		text_printf(w->yaml, "    affinity: %" PRIu64 "\n",
			    cpu == KTHREAD_BY_RUNNER ? w->rig->runner_cpu : (u64)cpu);
}

/* RCU's follows what the tasks do at the beginning of the window. */
static u64 window_tick(const struct rig *rig, const struct rig_kthread *k,
		       const struct window_guess *guess)
{
	u64 tick_ns = SEC / rig->hz, phase = guess->tick_phase_ns % tick_ns;

	return (guess->start_ns + tick_ns - phase) / tick_ns * tick_ns + phase +
	       (u64)((s64)k->tick * (s64)tick_ns);
}

/* It runs now and then, at fixed times in the window: a row of wakeups of one thread. */
static bool is_worker(const struct rig_kthread *k)
{
	return !k->of_window && !k->wanders && !k->timeout && k->tick >= 0 && !k->period &&
	       k->run_ns;
}

static bool is_first_of_worker(const struct rig *rig, const struct rig_kthread *k)
{
	for (const struct rig_kthread *other = rig->kthread; other < k; other++)
		if (is_worker(other) && !strcmp(other->name, k->name))
			return false;
	return true;
}

/* When worker @nr begins: some time before the window, while all else sleeps, each for itself. */
static u64 worker_start(const struct rig *rig, const struct window_guess *guess, u32 nr)
{
	u64 tick_ns = SEC / rig->hz, phase = guess->tick_phase_ns % tick_ns;

	return (guess->start_ns - WORKER_BEFORE_MS * MSEC) / tick_ns * tick_ns + phase +
	       tick_ns / 2 + (u64)nr * WORKER_STEP_US * USEC;
}

/*
 * A thread that is woken again and again, as the lag with which it sleeps decides how soon it runs
 * the next time. It begins its grid while all else sleeps, some time before the window; a timer's
 * interrupt soon after the tick stands for the tick's softirq.
 */
static void write_worker(struct writer *w, const struct rig_kthread *first,
			 const struct window_guess *guess)
{
	const struct rig *rig = w->rig;
	u64 begin = worker_start(rig, guess, (u32)(first - rig->kthread));
	/* Ticks were due since the cpu became idle; the threads that follow find it up to date. */
	u64 grid =
		begin + rig->worker_begins_ns + (first == rig->kthread ? rig->worker_first_ns : 0);
	char name[32];

	snprintf(name, sizeof(name), "tw_worker%u", (u32)(first - rig->kthread));
	begin_yaml_task(w, name);
	text_printf(w->yaml, "    comm: \"%s\"\n    birth: woken\n    start: %" PRIu64 "ns\n",
		    first->name, begin);
	write_kthread_cpu(w, first->cpu);
	text_add(w->yaml, "    timer_slack: 0ns\n    program:\n");
	w->indent = 6;
	for (const struct rig_kthread *k = first; k < rig->kthread + rig->nr_kthreads; k++) {
		u64 at = boot_tick(rig, k, guess) + k->delay_ns - rig->worker_wakes_ns;

		if (!is_worker(k) || is_over(rig, k) || strcmp(k->name, first->name) || at <= grid)
			continue;
		write_item(w, "timer: %" PRIu64 "ns", at - grid);
		if (*k->second && rig->second_ns)
			write_item(w, "run: %" PRIu64 "ns", rig->second_ns);
		if (*k->second)
			write_item(w, "wake_up: {queue: tw_second, nr: 1, events: 1}");
		write_item(w, "run: %" PRIu64 "ns", k->run_ns);
		grid = at;
	}
	write_item(w, "sleep: 1000s");
}

/*
 * One that does something whenever it has slept for a time by the timer wheel: the later it runs,
 * the later it comes the next time. Its first sleep ends at the slot that is told.
 */
static void write_timeout(struct writer *w, const struct rig_kthread *k,
			  const struct window_guess *guess)
{
	u64 tick_ns = SEC / w->rig->hz, nr = (u64)(k - w->rig->kthread),
	    start = worker_start(w->rig, guess, (u32)nr);
	u64 first = boot_tick(w->rig, k, guess);
	char name[32];

	if (first >= guess->start_ns + w->tw->duration_ns || is_over(w->rig, k))
		return;
	snprintf(name, sizeof(name), "tw_timeout%" PRIu64, nr);
	begin_yaml_task(w, name);
	text_printf(w->yaml,
		    "    comm: \"%s\"\n    kthread: true\n    birth: woken\n    start: %" PRIu64
		    "ns\n",
		    k->name, start);
	write_kthread_cpu(w, k->cpu);
	text_add(w->yaml, "    program:\n");
	w->indent = 6;
	write_item(w, "wait_event: {queue: tw_never, timeout: %" PRIu64 "ns}",
		   (first - start) / tick_ns * tick_ns - WHEEL_EARLY * tick_ns);
	write_item(w, "loop:");
	w->indent = 10;
	write_item(w, "run: %" PRIu64 "ns", k->run_ns);
	write_item(w, "wait_event: {queue: tw_never, timeout: %" PRIu64 "ns}",
		   k->timeout * tick_ns);
}

/*
 * One of which nothing tells when it comes: from half as many ticks as on average to half as many
 * more, from the run's begin on.
 */
static void write_wandering(struct writer *w, const struct rig_kthread *k,
			    const struct window_guess *guess)
{
	const struct rig *rig = w->rig;
	u64 tick_ns = SEC / rig->hz, nr = (u64)(k - rig->kthread),
	    ends = guess->start_ns + w->tw->duration_ns;
	u64 at = tick_ns + guess->tick_phase_ns % tick_ns + k->delay_ns;
	struct rng rng;
	char name[32];

	rng_init(&rng, rig->run, "wandering", nr);
	snprintf(name, sizeof(name), "tw_wanders%" PRIu64, nr);
	begin_yaml_task(w, name);
	text_printf(w->yaml, "    comm: \"%s\"\n    birth: woken\n    start: %" PRIu64 "ns\n",
		    k->name, at);
	write_kthread_cpu(w, k->cpu);
	text_add(w->yaml, "    timer_slack: 0ns\n    program:\n");
	w->indent = 6;
	while (at < ends) {
		u64 ticks = k->period / 2 + rng_below(&rng, k->period + 1);

		write_item(w, "timer: %" PRIu64 "ns", ticks * tick_ns);
		write_item(w, "run: %" PRIu64 "ns", k->run_ns);
		at += ticks * tick_ns;
	}
	write_item(w, "sleep: 1000s");
}

/*
 * While all else sleeps another task runs from @start on; who is woken behind that waits for its
 * end, and has @lag_ns then.
 */
static void write_lag_maker(struct writer *w, u64 start, u64 lag_ns)
{
	begin_yaml_task(w, "tw_makes_seconds_lag");
	text_printf(w->yaml,
		    "    comm: swapper\n    birth: woken\n    start: %" PRIu64
		    "ns\n    affinity: 0\n    program:\n",
		    start);
	w->indent = 6;
	write_item(w, "run: %" PRIu64 "ns", 2 * lag_ns);
	write_item(w, "sleep: 1000s");
}

/* The worker that another one wakes. */
static void write_second(struct writer *w, const struct rig_kthread *first,
			 const struct window_guess *guess)
{
	u64 start = worker_start(w->rig, guess, w->rig->nr_kthreads);

	if (w->rig->second_lag_ns)
		write_lag_maker(w, start - WORKER_STEP_US * USEC / 2, w->rig->second_lag_ns);
	begin_yaml_task(w, "tw_second");
	text_printf(w->yaml, "    comm: \"%s\"\n    birth: woken\n    start: %" PRIu64 "ns\n",
		    first->second, start);
	write_kthread_cpu(w, first->cpu);
	text_add(w->yaml, "    program:\n");
	w->indent = 6;
	for (const struct rig_kthread *k = first; k < w->rig->kthread + w->rig->nr_kthreads; k++)
		if (*k->second) {
			write_item(w, "wait_event: {queue: tw_second, exclusive: true}");
			write_item(w, "run: %" PRIu64 "ns", k->second_ns);
		}
	write_item(w, "sleep: 1000s");
}

/* Each wakeup is an instance of its own: asleep from the start, woken once, asleep for ever. */
static void write_kthread(struct writer *w, const struct rig_kthread *k,
			  const struct window_guess *guess)
{
	u64 tick_ns = SEC / w->rig->hz;
	u64 tick = k->of_window ? window_tick(w->rig, k, guess) : boot_tick(w->rig, k, guess);
	u64 first = tick + k->delay_ns;
	u64 end = guess->start_ns + w->tw->duration_ns;
	u64 count = 1;
	char name[32];

	if (first >= end || (!k->of_window && is_over(w->rig, k)))
		return;
	if (k->period)
		count += (end - first) / (k->period * tick_ns);
	snprintf(name, sizeof(name), "tw_kthread%u", (u32)(k - w->rig->kthread));
	begin_yaml_task(w, name);
	text_printf(w->yaml,
		    "    comm: \"%s\"\n    count: %" PRIu64
		    "\n    birth: woken\n    start: %" PRIu64 "ns\n",
		    k->name, count, first);
	text_printf(w->yaml, "    start_step: %" PRIu64 "ns\n", k->period * tick_ns);
	write_kthread_cpu(w, k->cpu);
	/* One of before stands for a softirq: it brings no load of its own. */
	if (k->of_window && k->tick < 0)
		text_add(w->yaml, "    nice: 19\n");
	text_add(w->yaml, "    program:\n");
	w->indent = 6;
	if (!k->run_ns) {
		write_item(w, "exit");
		return;
	}
	write_item(w, "run: %" PRIu64 "ns", k->run_ns);
	write_item(w, "sleep: 1000s");
}

static void begin_woken(struct writer *w, const char *name, const char *policy, u64 when)
{
	begin_yaml_task(w, name);
	text_printf(w->yaml, "    birth: woken\n%s    start: %" PRIu64 "ns\n    program:\n", policy,
		    when);
	w->indent = 6;
}

/*
 * The set-up's own leavings, for which the kernel thread runs while all others sleep: from there is
 * its vruntime.
 */
static void write_leaving(struct writer *w, const struct window_guess *guess)
{
	begin_woken(w, "tw_left", "", guess->start_ns - w->rig->left_ns);
	write_item(w, "close_write: tw_left");
	write_item(w, "sleep: 1000s");
}

static void write_kernel_task(struct writer *w, const char *name, const char *comm, u64 start,
			      const char *more)
{
	begin_yaml_task(w, name);
	text_printf(w->yaml,
		    "    comm: \"%s\"\n    birth: woken\n%s    start: %" PRIu64
		    "ns\n    affinity: 0\n"
		    "    timer_slack: 0ns\n    program:\n",
		    comm, more, start);
	w->indent = 6;
}

/*
 * Who joins a cgroup first waits for read-copy-update until the third tick, @tick: rcu_preempt is
 * woken there, and ksoftirqd, whose softirq ends the wait. That thread has waited longer than it
 * should before; another task that runs for a tick and a half before sees to that, while all else
 * sleeps (being of the batch policy, the thread does not preempt it).
 */
static void write_grace(struct writer *w, u64 tick, u64 tick_ns)
{
	u64 before = tick - 2 * tick_ns;

	write_kernel_task(w, "tw_grace", "rcu_preempt", tick + w->rig->grace_rcu_ns, "");
	write_item(w, "run: 200ns");
	write_item(w, "sleep: 1000s");
	write_kernel_task(w, "tw_makes_lag", "swapper", before - GRACE_LAG_NS,
			  "    slice: 100ms\n");
	write_item(w, "run: %" PRIu64 "ns", tick_ns + GRACE_LAG_NS - GRACE_LAG_ENDS_NS);
	write_item(w, "sleep: 1000s");
	write_kernel_task(w, "tw_ksoftirqd", "ksoftirqd/0",
			  before - GRACE_LAG_NS + GRACE_LAG_ENDS_NS, "    policy: batch\n");
	write_item(w, "run: 200ns");
	write_item(w, "timer: %" PRIu64 "ns",
		   tick_ns + GRACE_LAG_ENDS_NS - w->rig->grace_softirq_ns);
	write_item(w, "run: %uns", (unsigned)GRACE_SOFTIRQ_NS);
	write_item(w, "wake_up: {queue: tw_joined, nr: 1, events: 1}");
	write_item(w, "sleep: 1000s");
	write_kernel_task(w, "tw_notifies", "kworker/0:1", tick - tick_ns / 2, "");
	for (u32 i = 0; i < RIG_GROUPS_MAX; i++) {
		write_item(w, "wait_event: {queue: tw_notify, exclusive: true}");
		write_item(w, "run: 10ns");
	}
	write_item(w, "sleep: 1000s");
}

void beside_write(struct writer *w, const struct window_guess *guess)
{
	const struct rig *rig = w->rig;
	u64 tick_ns = SEC / rig->hz;

	for (u32 i = 0; i < rig->nr_kthreads && guess->start_ns; i++) {
		const struct rig_kthread *k = &rig->kthread[i];

		if (rig_is_own_worker(rig, k) || !rig_has_cpu_of(rig, k))
			continue;
		if (k->wanders)
			write_wandering(w, k, guess);
		else if (k->timeout)
			write_timeout(w, k, guess);
		else if (!rig->worker_begins_ns || !is_worker(k))
			write_kthread(w, k, guess);
		else if (is_first_of_worker(rig, k))
			write_worker(w, k, guess);
	}
	if (rig->left_ns && guess->start_ns)
		write_leaving(w, guess);
	if (rig->notify_first_ns && tw_joins_group(w->tw))
		write_grace(w, tick_ns * GRACE_TICKS + guess->tick_phase_ns % tick_ns, tick_ns);
	for (u32 i = 0; i < rig->nr_kthreads && guess->start_ns; i++)
		if (*rig->kthread[i].second) {
			write_second(w, &rig->kthread[i], guess);
			break;
		}
}
