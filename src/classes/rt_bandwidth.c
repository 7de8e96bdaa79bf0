/* SPDX-License-Identifier: MIT */
/*
 * RT throttling: an account per cpu, a period timer for all of them; and likewise for each RT
 * group.
 *
 * The timer keeps a grid. It stops at a point at which no cpu has RT time or RT tasks, and starts
 * with the next RT task: on the old grid if that has a point to come, else a new grid begins then.
 */
#include "classes/rt_bandwidth.h"

#include "classes/rt.h"
#include "classes/rt_group.h"
#include "sched/decide.h"

void rt_count_visible(struct rq *rq)
{
	struct rt_rq *rt = &rq->rt;
	u32 visible = rt_is_throttled(rt) ? 0 : rt->nr_running;

	if (visible > rt->nr_visible)
		rq_add_running(rq, visible - rt->nr_visible);
	else if (visible < rt->nr_visible)
		rq_sub_running(rq, rt->nr_visible - visible);
	rt->nr_visible = visible;
	if (visible)
		rq->classes_runnable |= 1u << CLASS_RT;
	else
		rq->classes_runnable &= (u8) ~(1u << CLASS_RT);
}

/* rt_bandwidth_enabled(), where the kernel throttles at all. */
static bool is_limited(const struct sched *sched)
{
	return sched_feature(sched, FEATURE_RT_THROTTLING | FEATURE_RT_GROUP_SCHED) &&
	       sched->kernel->knobs.rt_runtime_us != KNOB_UNLIMITED;
}

/* ---- The period timer ---- */

static void arm(struct sched *sched, struct rt_bandwidth *bandwidth)
{
	machine_timer_arm(sched->machine, &bandwidth->timer, sched_this_cpu(sched),
			  bandwidth->expires + sched->platform->costs.irq_entry);
}

/*
 * hrtimer_forward_now(): the grid's next point after now; how many points were passed. The handler
 * runs irq_entry after the point it was armed for.
 */
static u64 forward(const struct sched *sched, struct rt_bandwidth *bandwidth)
{
	u64 now = sched->machine->now - sched->platform->costs.irq_entry, points;

	if (now < bandwidth->expires)
		return 0;
	points = (now - bandwidth->expires) / bandwidth->period + 1;
	bandwidth->expires += points * bandwidth->period;
	return points;
}

void rt_bandwidth_start(struct sched *sched, struct rt_bandwidth *bandwidth)
{
	if (likely(bandwidth->active))
		return;
	bandwidth->active = true;
	/* The deadline class may have left RT time behind: it is settled at once. */
	bandwidth->expires = max_of(bandwidth->expires, sched->machine->now);
	arm(sched, bandwidth);
}

/* @stood: its rt tasks were held back. */
static void unthrottle(struct rq *rq, bool stood)
{
	if (decisions_wanted(rq->sched) && stood)
		decide_throttle(rq, NULL, RULE_THROTTLE_RT, false);
	rt_count_visible(rq);
	if (rq->rt.nr_visible && rq->rt.highest_curr < rq->curr->prio) {
		decide_resched_rule(rq, RULE_RESCHED_UNTHROTTLED);
		sched_resched_curr(rq);
	}
}

/* ---- RT_RUNTIME_SHARE: borrowing from the other cpus of the root domain ---- */

/* Takes a fair part of what @from does not use; true: there is a whole period now. */
static bool borrow(struct rt_rq *rt, struct rt_rq *from, u64 period, u32 nr_cpus)
{
	u64 spare;

	if (from == rt || from->runtime == NEVER || from->time >= from->runtime)
		return false;
	spare = min_of((from->runtime - from->time) / nr_cpus, period - rt->runtime);
	from->runtime -= spare;
	rt->runtime += spare;
	return rt->runtime == period;
}

/* sched_rt_period_rt_rq() */
static struct rt_rq *queue_on(const struct rt_bandwidth *bandwidth, u32 cpu)
{
	return bandwidth->group ? &bandwidth->group->cpus[cpu].rt : &bandwidth->sched->rqs[cpu].rt;
}

static void balance_runtime(struct rt_rq *rt)
{
	const struct sched *sched = rt->bandwidth->sched;

	if (!sched_feature(sched, FEATURE_RT_RUNTIME_SHARE) || rt->time <= rt->runtime)
		return;
	cpumask_for_each (cpu, sched->rd.online)
		if (borrow(rt, queue_on(rt->bandwidth, cpu), rt->bandwidth->period,
			   cpumask_count(sched->rd.online)))
			return;
}

/* ---- Accounts ---- */

static struct rt_group_cpu *group_of(struct rt_rq *rt)
{
	return container_of(rt, struct rt_group_cpu, rt);
}

static bool stands(struct rt_rq *rt)
{
	return rt->bandwidth->group ? rt_group_stands(group_of(rt)) : rt_is_throttled(rt);
}

/* Settles one cpu's account for @points periods. True: there is something left to watch. */
static bool settle(struct rq *rq, struct rt_rq *rt, u64 points)
{
	if (!sched_feature(rq->sched, FEATURE_RT_RUNTIME_SHARE) && rt->runtime != NEVER)
		rt->runtime = rt->bandwidth->runtime;
	if (!rt->time && !rt->nr_running)
		return false;
	rq_update_clock(rq);
	if (rt->throttled)
		balance_runtime(rt);
	rt->time -= min_of(rt->time, points * rt->runtime);
	if (rt->throttled && rt->time < rt->runtime) {
		bool stood = stands(rt);

		rt->throttled = false;
		/* A wakeup that found the cpu throttled must not charge its wait as runtime. */
		if (rt->nr_running && rq->curr == rq->idle)
			rq->skip_clock_update = false;
		if (rt->bandwidth->group)
			rt_group_unthrottle(group_of(rt), stood);
		else
			unthrottle(rq, stood);
	}
	return rt->time || rt->nr_running;
}

static void period_begins(struct machine *machine, struct timer *timer)
{
	struct rt_bandwidth *bandwidth = container_of(timer, struct rt_bandwidth, timer);
	struct sched *sched = bandwidth->sched;
	struct cpu *cpu = &machine->cpus[timer->cpu];
	u64 points = forward(sched, bandwidth);
	bool watch = false;

	cpu_enter_irq(machine, cpu, sched->platform->costs.irq_entry);
	cpu_steal_irq(machine, cpu, sched->platform->costs.timer);
	cpumask_for_each (i, sched->rd.online)
		watch |= settle(sched_rq(sched, i), queue_on(bandwidth, i), points);
	/* Whoever was throttled when the limit went is so no more. */
	bandwidth->active = watch && is_limited(sched);
	if (bandwidth->active)
		arm(sched, bandwidth);
}

/* printk_deferred_once(): the kernel says so in its log, the first time. */
static void note_first(const struct rq *rq)
{
	struct rt_bandwidth *bandwidth = &rq->sched->rt_bandwidth;

	if (bandwidth->throttled_at != NEVER)
		return;
	bandwidth->throttled_at = rq->sched->machine->now;
	bandwidth->throttled_cpu = rq->cpu;
}

/* sched_rt_runtime_exceeded(): it is, now or since before, throttled. */
static bool exceeds(struct rq *rq, struct rt_rq *rt, u64 delta)
{
	if (rt->runtime == NEVER)
		return false;
	rt->time += delta;
	if (rt->throttled)
		return !rt->nr_boosted;
	/* Kernel: with no runtime at all there is no throttling either. */
	if (!rt->bandwidth->runtime)
		rt->time = 0;
	if (rt->runtime >= rt->bandwidth->period)
		return false;
	balance_runtime(rt);
	if (rt->time <= rt->runtime)
		return false;
	rt->throttled = true;
	note_first(rq);
	if (rt->nr_boosted)
		return false; /* it stays where it is, as long as it has a boosted task */
	if (rt->bandwidth->group) {
		rt_group_throttle(group_of(rt));
		return true;
	}
	if (decisions_wanted(rq->sched))
		decide_throttle(rq, NULL, RULE_THROTTLE_RT, true);
	rt_count_visible(rq);
	return true;
}

static void charge(struct rq *rq, struct rt_rq *rt, u64 delta)
{
	if (!exceeds(rq, rt, delta))
		return;
	decide_resched_rule(rq, RULE_RESCHED_RT_LIMIT);
	sched_resched_curr(rq);
	rt_bandwidth_start(rq->sched, rt->bandwidth);
}

void rt_bandwidth_charge(struct rq *rq, const struct task *curr, u64 delta)
{
	if (unlikely(rq->sched->rt_groups))
		for (struct rt_group_cpu *gc = rt_group_of(rq, curr); gc; gc = gc->above)
			charge(rq, &gc->rt, delta);
	charge(rq, &rq->rt, delta);
}

void rt_bandwidth_charge_deadline(struct rq *rq, u64 delta)
{
	if (rq->rt.limited && (rq->sched->rt_bandwidth.active || rq->rt.time < rq->rt.runtime))
		rq->rt.time += delta;
}

/* ---- Coming and going ---- */

static void go_online(struct rt_rq *rt)
{
	rt->runtime = rt->bandwidth->runtime;
	rt->time = 0;
	rt->throttled = false;
}

/* __enable_runtime() */
void rt_bandwidth_online(struct rq *rq)
{
	struct rt_groups *groups = rq->sched->rt_groups;

	if (!rq->rt.limited)
		return;
	go_online(&rq->rt);
	rt_count_visible(rq);
	for (u32 i = 0; groups && i < groups->nr; i++)
		go_online(&groups->at[i].cpus[rq->cpu].rt);
}

/* What it has borrowed, or lent, is given back, or taken, until it has what all have. */
static void return_runtime(struct rt_rq *rt)
{
	struct sched *sched = rt->bandwidth->sched;
	s64 want = (s64)(rt->bandwidth->runtime - rt->runtime);

	cpumask_for_each (cpu, sched->rd.online) {
		struct rt_rq *other = queue_on(rt->bandwidth, cpu);
		s64 part = want;

		if (other == rt || other->runtime == NEVER)
			continue;
		if (want > 0)
			part = min_of((s64)other->runtime, want);
		other->runtime -= (u64)part;
		want -= part;
		if (!want)
			return;
	}
}

/* True: it held tasks back. */
static bool go_offline(struct rt_rq *rt)
{
	bool stood = stands(rt);

	return_runtime(rt);
	rt->runtime = NEVER;
	rt->throttled = false;
	return stood;
}

/* __disable_runtime() */
void rt_bandwidth_offline(struct rq *rq)
{
	struct rt_groups *groups = rq->sched->rt_groups;

	if (!rq->rt.limited)
		return;
	unthrottle(rq, go_offline(&rq->rt));
	for (u32 i = 0; groups && i < groups->nr; i++) {
		struct rt_group_cpu *gc = &groups->at[i].cpus[rq->cpu];

		rt_group_unthrottle(gc, go_offline(&gc->rt));
	}
}

void rt_bandwidth_make(struct sched *sched, struct rt_group *group, u64 runtime, u64 period, u32 id)
{
	struct rt_bandwidth *bandwidth = group ? &group->bandwidth : &sched->rt_bandwidth;

	*bandwidth = (struct rt_bandwidth){
		.sched = sched,
		.group = group,
		.period = period,
		.runtime = runtime,
		.throttled_at = NEVER,
	};
	timer_init(&bandwidth->timer, period_begins, TIMER_RANK_RT_PERIOD, id);
}

void rt_bandwidth_init(struct sched *sched)
{
	const struct knobs *knobs = &sched->kernel->knobs;
	bool limited = is_limited(sched);

	rt_bandwidth_make(sched, NULL, limited ? knobs->rt_runtime_us * USEC : NEVER,
			  knobs->rt_period_us * USEC, 0);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		sched->rqs[cpu].rt.limited = limited;
		sched->rqs[cpu].rt.runtime = sched->rt_bandwidth.runtime;
		sched->rqs[cpu].rt.bandwidth = &sched->rt_bandwidth;
	}
}

/* ---- A new limit ---- */

/*
 * __rt_schedulable(): with RT groups the root's own runtime, which no sysctl changes, is not to be
 * more.
 */
bool rt_bandwidth_limit_fits(const struct sched *sched)
{
	const struct rt_bandwidth *root = &sched->rt_bandwidth;
	const struct knobs *knobs = &sched->kernel->knobs;

	if (!sched_feature(sched, FEATURE_RT_GROUP_SCHED) || knobs->rt_runtime_us == KNOB_UNLIMITED)
		return true;
	return root->runtime != NEVER &&
	       group_quota_ratio(root->runtime, root->period) <=
		       group_quota_ratio(knobs->rt_runtime_us, knobs->rt_period_us);
}

/*
 * sched_rt_global_constraints(), sched_rt_do_global(): what was used of the period under way is
 * measured by the new runtime; the timer takes the new period when it fires next.
 */
void rt_bandwidth_take_limit(struct sched *sched)
{
	const struct knobs *knobs = &sched->kernel->knobs;
	struct rt_bandwidth *root = &sched->rt_bandwidth;
	bool limited = is_limited(sched), keeps = sched_feature(sched, FEATURE_RT_GROUP_SCHED);

	if (!keeps) {
		root->runtime = limited ? knobs->rt_runtime_us * USEC : NEVER;
		root->period = knobs->rt_period_us * USEC;
	}
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		sched->rqs[cpu].rt.limited = limited;
		if (!keeps)
			sched->rqs[cpu].rt.runtime = root->runtime;
	}
}
