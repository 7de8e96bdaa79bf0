/* SPDX-License-Identifier: MIT */
/*
 * Bandwidth control: the pool of a group, its refills, and who is throttled.
 *
 * How tasks of a throttled group leave and come back is in fair_throttle.c.
 */
#include "classes/fair_bandwidth.h"

#include "classes/fair_entity.h"
#include "classes/fair_throttle.h"
#include "sched/decide.h"

#define RUNTIME_KEPT (1 * MSEC) /* min_cfs_rq_runtime: what an empty queue keeps */
#define SLACK_DELAY  (5 * MSEC) /* cfs_bandwidth_slack_period */
#define SLACK_EXPIRY \
	(2 * MSEC) /* min_bandwidth_expiration: so near a refill nothing is distributed */

static struct bandwidth *bandwidth_of(const struct group_cpu *gc)
{
	return gc->group->bandwidth;
}

static u64 slice_ns(const struct bandwidth *b)
{
	return b->sched->kernel->knobs.cfs_bandwidth_slice_us * USEC;
}

/* ---- Taking from the pool ---- */

/* hrtimer_forward(): the next point of the period's grid; how many points that is further. */
static u64 forward(struct bandwidth *b)
{
	u64 now = b->sched->machine->now, points = 0;

	if (now >= b->next_refill)
		points = (now - b->next_refill) / b->period_ns + 1;
	b->next_refill += points * b->period_ns;
	return points;
}

static void start_period(struct bandwidth *b)
{
	if (b->active)
		return;
	b->active = true;
	forward(b);
	machine_timer_arm(b->sched->machine, &b->period_timer, sched_this_cpu(b->sched),
			  b->next_refill);
}

/* __assign_cfs_rq_runtime(): as much as makes it @target. True: it has something to run on. */
static bool assign(struct group_cpu *gc, u64 target)
{
	struct bandwidth *b = bandwidth_of(gc);
	u64 amount = 0;

	start_period(b);
	if (b->runtime) {
		amount = min_of(b->runtime, (u64)((s64)target - gc->runtime_left));
		b->runtime -= amount;
		b->idle = false;
	}
	gc->runtime_left += (s64)amount;
	return gc->runtime_left > 0;
}

void fair_bandwidth_charge(struct fair_rq *queue, u64 delta)
{
	struct group_cpu *gc = group_cpu_of(queue);

	gc->runtime_left -= (s64)delta;
	if (likely(gc->runtime_left > 0) || gc->throttled)
		return;
	/* Without more, who runs is put off as soon as the next one is picked. */
	if (!assign(gc, slice_ns(bandwidth_of(gc))) && queue->curr) {
		decide_resched_rule(queue->rq, RULE_RESCHED_QUOTA);
		sched_resched_curr(queue->rq);
	}
}

/* A last try: runtime may have come meanwhile. True: throttled. */
static bool throttle(struct group_cpu *gc)
{
	if (assign(gc, 1))
		return false;
	list_add_tail(&bandwidth_of(gc)->throttled, &gc->throttled_link);
	fair_throttle(gc);
	return true;
}

bool fair_bandwidth_check(struct fair_rq *queue)
{
	struct group_cpu *gc = group_cpu_of(queue);

	if (likely(gc->runtime_left > 0))
		return false;
	return gc->throttled || throttle(gc);
}

void fair_bandwidth_first(struct fair_rq *queue)
{
	struct group_cpu *gc = group_cpu_of(queue);

	if (queue->curr || gc->throttled)
		return;
	fair_bandwidth_charge(queue, 0);
	if (gc->runtime_left <= 0)
		throttle(gc);
}

/* ---- Giving back ---- */

static bool refills_within(const struct bandwidth *b, u64 ns)
{
	return b->active && b->next_refill <= b->sched->machine->now + ns;
}

static void start_slack(struct bandwidth *b)
{
	struct machine *machine = b->sched->machine;

	if (refills_within(b, SLACK_DELAY + SLACK_EXPIRY) || b->slack_started)
		return;
	b->slack_started = true;
	machine_timer_arm(machine, &b->slack_timer, sched_this_cpu(b->sched),
			  machine->now + SLACK_DELAY);
}

void fair_bandwidth_last(struct fair_rq *queue)
{
	struct group_cpu *gc = group_cpu_of(queue);
	struct bandwidth *b = bandwidth_of(gc);
	s64 slack = gc->runtime_left - (s64)RUNTIME_KEPT;

	if (slack <= 0)
		return;
	b->runtime += (u64)slack;
	gc->runtime_left -= slack;
	if (b->runtime > slice_ns(b) && !list_empty(&b->throttled))
		start_slack(b);
}

/* ---- Refills ---- */

/* A cpu's queue has runtime again. Another cpu is asked by an interrupt, or (6.1) done here. */
static void unthrottle_somewhere(struct group_cpu *gc)
{
	struct rq *rq = gc->queue.rq;
	struct sched *sched = rq->sched;

	if (rq->cpu == sched_this_cpu(sched) || !sched_feature(sched, FEATURE_UNTHROTTLE_BY_CALL)) {
		fair_unthrottle_queue(gc);
		return;
	}
	list_add_tail(&rq->to_unthrottle, &gc->unthrottle_link);
	sched_send_ipi(sched, rq->cpu, IPI_CALL);
}

/*
 * distribute_cfs_runtime(): in the order in which they were throttled each gets what takes it out
 * of debt. The own cpu's queue goes on last, when all have got their part.
 */
static void distribute(struct bandwidth *b)
{
	struct group_cpu *gc, *next, *local = NULL;
	bool by_call = sched_feature(b->sched, FEATURE_UNTHROTTLE_BY_CALL);

	list_for_each_safe (gc, next, &b->throttled, throttled_link) {
		u64 amount;

		if (!b->runtime)
			break;
		if (list_linked(&gc->unthrottle_link))
			continue;
		amount = min_of((u64)(1 - gc->runtime_left), b->runtime);
		b->runtime -= amount;
		gc->runtime_left += (s64)amount;
		if (gc->runtime_left <= 0)
			continue;
		if (by_call && gc->queue.rq->cpu == sched_this_cpu(b->sched))
			local = gc;
		else
			unthrottle_somewhere(gc);
	}
	if (local)
		fair_unthrottle_queue(local);
}

/* What was not used before the refill and is more than then was bursted. */
static u64 refill(struct bandwidth *b)
{
	u64 burst = 0;

	if (b->quota_ns == GROUP_NO_QUOTA)
		return 0;
	b->runtime += b->quota_ns;
	if (b->runtime_snap > b->runtime)
		burst = b->runtime_snap - b->runtime;
	b->runtime = min_of(b->runtime, b->quota_ns + b->burst_ns);
	b->runtime_snap = b->runtime;
	return burst;
}

static void record_period(const struct bandwidth *b, u64 periods, bool throttled, u64 burst)
{
	stream_put(b->sched->stream, (struct record){
					     .when = b->sched->machine->now,
					     .kind = RECORD_PERIOD,
					     .flags = RECORD_FLAG_IRQ,
					     .cpu = (u16)sched_this_cpu(b->sched),
					     .task = b->group,
					     .other = (u32)periods,
					     .arg = throttled,
					     .value = burst,
				     });
}

/* do_sched_cfs_period_timer(): false if nobody used the group for a whole period. */
static bool begin_period(struct bandwidth *b, u64 periods)
{
	bool throttled = !list_empty(&b->throttled);
	u64 burst;

	if (b->quota_ns == GROUP_NO_QUOTA)
		return false;
	burst = refill(b);
	record_period(b, periods, throttled, burst);
	if (b->idle && !throttled)
		return false;
	b->idle = !throttled;
	if (throttled)
		distribute(b);
	return true;
}

static void enter_irq(struct bandwidth *b, const struct timer *timer)
{
	struct machine *machine = b->sched->machine;
	const struct costs *costs = &b->sched->platform->costs;

	if (timer->soft)
		return;
	cpu_enter_irq(machine, &machine->cpus[timer->cpu], costs->irq_entry);
	cpu_steal_irq(machine, &machine->cpus[timer->cpu], costs->timer);
}

static void period_ends(struct machine *machine, struct timer *timer)
{
	struct bandwidth *b = container_of(timer, struct bandwidth, period_timer);

	enter_irq(b, timer);
	if (begin_period(b, forward(b)))
		machine_timer_arm(machine, timer, timer->cpu, b->next_refill);
	else
		b->active = false;
}

static void slack_ends(struct machine *machine unused_arg, struct timer *timer)
{
	struct bandwidth *b = container_of(timer, struct bandwidth, slack_timer);

	enter_irq(b, timer);
	b->slack_started = false;
	if (!refills_within(b, SLACK_EXPIRY) && b->quota_ns != GROUP_NO_QUOTA &&
	    b->runtime > slice_ns(b))
		distribute(b);
}

static void limit(struct group_cpu *gc)
{
	const struct bandwidth *b = bandwidth_of(gc);

	gc->queue.limited = b->quota_ns != GROUP_NO_QUOTA;
	/* it starts in credit */
	gc->runtime_left = sched_feature(b->sched, FEATURE_THROTTLE_TASKS);
}

/* init_cfs_bandwidth(): the grid begins by chance, or it is that of the time since boot. */
static u64 first_refill(const struct bandwidth *b, u64 seed, u32 group)
{
	const struct platform *platform = b->sched->platform;
	u64 phase = 0;
	struct rng rng;

	if (sched_feature(b->sched, FEATURE_QUOTA_PHASE_RANDOM))
		phase = platform->quota_phase_ns;
	if (sched_feature(b->sched, FEATURE_QUOTA_PHASE_RANDOM) && !phase) {
		rng_init(&rng, seed, "bandwidth", group);
		return rng_below(&rng, b->period_ns);
	}
	return b->period_ns -
	       (platform->uptime_ns + b->period_ns - phase % b->period_ns) % b->period_ns;
}

void fair_limit_group(struct task_group *group, u64 seed)
{
	struct bandwidth *b = group->bandwidth;

	timer_init(&b->period_timer, period_ends, TIMER_RANK_BANDWIDTH, 2 * group->id);
	timer_init(&b->slack_timer, slack_ends, TIMER_RANK_BANDWIDTH, 2 * group->id + 1);
	b->period_timer.soft = b->slack_timer.soft =
		b->sched->platform->preempt == PREEMPT_RT ? TIMER_SOFT : TIMER_HARD;
	b->next_refill = first_refill(b, seed, group->id);
	refill(b);
	for (u32 cpu = 0; cpu < b->sched->nr_cpus; cpu++)
		limit(&group->cpus[cpu]);
}

/*
 * tg_set_cfs_bandwidth(): a full pool, and every cpu begins anew; a period under way ends when it
 * would have.
 */
void fair_set_quota(struct task_group *group, u64 quota_ns, u64 period_ns, u64 burst_ns)
{
	struct bandwidth *b = group->bandwidth;

	b->quota_ns = quota_ns;
	b->period_ns = period_ns;
	b->burst_ns = burst_ns;
	refill(b);
	if (quota_ns != GROUP_NO_QUOTA)
		start_period(b);
	for (u32 cpu = 0; cpu < b->sched->nr_cpus; cpu++) {
		struct group_cpu *gc = &group->cpus[cpu];

		if (!sched_rq(b->sched, cpu)->online)
			continue;
		rq_update_clock(gc->queue.rq);
		limit(gc);
		if (gc->throttled)
			fair_unthrottle_queue(gc);
	}
}

/* ---- Cpus that leave and come back ---- */

/*
 * A cpu on its way out runs everything that is queued, so that it gets empty. The domains are built
 * anew by taking every cpu off its root domain for a moment: each time all quotas begin afresh
 * there. Newest group first, as the kernel's list has them.
 */
void fair_rq_offline(struct rq *rq)
{
	struct sched *sched = rq->sched;

	for (u32 i = sched->nr_groups; i-- > 0;) {
		struct group_cpu *gc = &sched->groups[i].cpus[rq->cpu];

		if (gc->queue.limited) {
			gc->queue.limited = false;
			gc->runtime_left = 1;
			if (gc->throttled)
				fair_unthrottle_queue(gc);
		}
		if (sched_feature(sched, FEATURE_OFFLINE_TAKES_GROUP_LOAD))
			fair_group_withdraw(gc);
	}
}

void fair_rq_online(struct rq *rq)
{
	struct sched *sched = rq->sched;

	for (u32 i = 0; i < sched->nr_groups; i++)
		sched->groups[i].cpus[rq->cpu].queue.limited =
			sched->groups[i].bandwidth &&
			sched->groups[i].bandwidth->quota_ns != GROUP_NO_QUOTA;
}
