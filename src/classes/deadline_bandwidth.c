/* SPDX-License-Identifier: MIT */
/*
 * Bandwidth: what the root domain has given away, and what each cpu's entities are using.
 *
 * Admission compares the sum of all reservations with what the domain's cpus may spend on them. For
 * reclaiming (GRUB) each cpu knows this_bw, of all entities that belong to it, and running_bw, of
 * those that are contending: a blocked entity counts until its 0-lag time, at which the budget it
 * left would have been used up at its own rate. Kernel: kernel/sched/deadline.c. Reference:
 * core-rt-dl-ext.md 3.1, 3.6, 3.7.
 */
#include "classes/deadline.h"

enum { BW_SHIFT = 20, RATIO_SHIFT = 8, CAPACITY_SHIFT = 10 };

#define BW_UNIT  (1ULL << BW_SHIFT)
#define NO_LIMIT UINT64_MAX

u64 dl_ratio(u64 period, u64 runtime)
{
	return period ? (runtime << BW_SHIFT) / period : 0;
}

void dl_bandwidth_init(struct sched *sched)
{
	const struct knobs *knobs = &sched->kernel->knobs;
	struct dl_domain *domain = &sched->rd.dl;

	if (knobs->rt_runtime_us == KNOB_UNLIMITED) {
		domain->limit_bw = NO_LIMIT;
		domain->bw_ratio = 1 << RATIO_SHIFT;
		domain->max_bw = BW_UNIT;
	} else {
		domain->limit_bw = dl_ratio(knobs->rt_period_us, knobs->rt_runtime_us);
		domain->bw_ratio = dl_ratio(knobs->rt_runtime_us, knobs->rt_period_us) >>
				   (BW_SHIFT - RATIO_SHIFT);
		domain->max_bw = domain->limit_bw;
	}
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		sched->rqs[cpu].dl.extra_bw = domain->max_bw;
}

/* ---- The root domain ---- */

static u32 nr_active(const struct sched *sched)
{
	return cpumask_count(sched->rd.active);
}

void dl_domain_add(struct sched *sched, u64 bw, u32 nr)
{
	u64 share = bw / nr_active(sched) * nr;

	sched->rd.dl.total_bw += bw * nr;
	cpumask_for_each (cpu, sched->rd.active)
		sched->rqs[cpu].dl.extra_bw -= share;
}

static void dl_domain_sub(struct sched *sched, u64 bw)
{
	u64 share = bw / nr_active(sched);

	sched->rd.dl.total_bw -= bw;
	cpumask_for_each (cpu, sched->rd.active)
		sched->rqs[cpu].dl.extra_bw += share;
}

/* A server's bandwidth is taken from the cpus of @span that are active. */
static void take_server(struct sched *sched, const struct cpumask *span, u64 bw)
{
	u32 nr = 0;

	cpumask_for_each_and (cpu, span, sched->rd.active)
		nr++;
	cpumask_for_each_and (cpu, span, sched->rd.active)
		sched->rqs[cpu].dl.extra_bw -= bw / nr;
}

/*
 * rq_attach_root(): @cpus come to a domain of which @span is there, one by one, each with its
 * server.
 */
static void attach(struct sched *sched, const struct cpumask *cpus, struct cpumask *span)
{
	cpumask_for_each (cpu, cpus) {
		cpumask_set(span, cpu);
		if (sched->rqs[cpu].fair_server.bw)
			take_server(sched, span, sched->rqs[cpu].fair_server.bw);
	}
}

/*
 * Without the reset cpus go to the default domain and from there to the new one, and each way costs
 * their extra_bw what servers and tasks have, whom nobody gives it back to.
 */
static void attach_all(struct sched *sched)
{
	struct cpumask *span = sched->rd.dl.scratch;

	cpumask_zero(span);
	cpumask_for_each (cpu, sched->rd.active)
		if (!cpumask_test(sched->rd.span, cpu))
			cpumask_set(span, cpu);
	attach(sched, sched->rd.span, span);
	cpumask_zero(span);
	attach(sched, sched->rd.active, span);
}

/*
 * dl_add_task_root_domain(): what tasks of the class have. Who has left it, or died, and has not
 * reached its 0-lag time is not among them; yet at that time its bandwidth is taken off the total,
 * which may wrap around.
 */
static void add_reservations(struct sched *sched)
{
	for (u32 i = 0; i < sched->dl_entities.nr_used; i++) {
		const struct dl_entity *dl = pool_at(&sched->dl_entities, i);

		if (dl->task && task_is_dl(dl->task))
			dl_domain_add(sched, dl->bw, 1);
	}
}

void dl_domain_rebuild(struct sched *sched)
{
	bool resets = sched_feature(sched, FEATURE_DL_REBUILD_RESETS);

	sched->rd.dl.total_bw = 0;
	if (!resets)
		attach_all(sched);
	cpumask_for_each (cpu, sched->rd.active) {
		if (resets)
			sched->rqs[cpu].dl.extra_bw = sched->rd.dl.max_bw;
		else
			sched->rd.dl.total_bw += sched->rqs[cpu].fair_server.bw;
	}
	if (resets)
		dl_domain_add(sched, sched->rqs[0].fair_server.bw, nr_active(sched));
	add_reservations(sched);
}

/* sched_dl_global_validate() */
bool dl_limit_fits(const struct sched *sched)
{
	const struct knobs *knobs = &sched->kernel->knobs;
	u64 bw = knobs->rt_runtime_us == KNOB_UNLIMITED
			 ? BW_UNIT
			 : dl_ratio(knobs->rt_period_us, knobs->rt_runtime_us);

	return bw * nr_active(sched) >= sched->rd.dl.total_bw;
}

/*
 * sched_dl_do_global() forgets what the cpus' extra_bw was reduced by. Where domains are rebuilt
 * behind it tasks are added up anew (dl_clear_root_domain()), and, in later kernels, servers.
 */
void dl_take_limit(struct sched *sched)
{
	dl_bandwidth_init(sched);
	if (!sched->kernel->rt_limit_rebuilds)
		return;
	sched->rd.dl.total_bw = 0;
	if (sched_feature(sched, FEATURE_DL_REBUILD_RESETS))
		dl_domain_add(sched, sched->rqs[0].fair_server.bw, nr_active(sched));
	add_reservations(sched);
}

/* Would @bw instead of @old be more than the root domain may give away? */
static bool dl_domain_overflows(const struct sched *sched, u64 old, u64 bw)
{
	const struct dl_domain *domain = &sched->rd.dl;
	u64 capacity = (u64)nr_active(sched) * CPU_CAPACITY;

	return domain->limit_bw != NO_LIMIT &&
	       domain->limit_bw * capacity >> CAPACITY_SHIFT < domain->total_bw - old + bw;
}

bool dl_bw_fits(const struct sched *sched, u64 old, u64 bw)
{
	return !dl_domain_overflows(sched, old, bw);
}

/*
 * With the cpu its server leaves, too, but only later kernels know that; to have no deadline task
 * at all is always enough for them.
 */
bool dl_may_lose_cpu(struct rq *rq)
{
	const struct sched *sched = rq->sched;
	const struct dl_domain *domain = &sched->rd.dl;
	u64 cpus = nr_active(sched) - cpumask_test(sched->rd.active, rq->cpu);
	u64 promised = domain->total_bw;

	if (sched_feature(sched, FEATURE_HOTPLUG_ASKS_FIRST)) {
		promised -= rq->fair_server.bw;
		if (!promised)
			return true;
	}
	return cpus && (domain->limit_bw == NO_LIMIT || domain->limit_bw * cpus >= promised);
}

/* What __checkparam_dl() would refuse was found when the workload was built. */
enum sched_result dl_admit(struct task *task, const struct sched_attr *attr)
{
	struct sched *sched = task->fair.queue->rq->sched;
	struct dl_entity *dl = task->dl;
	u64 bw = dl_ratio(attr->dl_period, attr->dl_runtime);
	bool is_dl = task->policy == POLICY_DEADLINE;

	/*
	 * It may be needed on any cpu of the domain; where nothing is limited nobody asks
	 * (dl_bandwidth_enabled()).
	 */
	if (sched->rd.dl.limit_bw != NO_LIMIT &&
	    (!cpumask_subset(sched->rd.span, task->cpus) || sched->rd.dl.limit_bw == 0))
		return SCHED_EPERM;
	if (is_dl && bw == dl->bw)
		return SCHED_OK;
	if (dl_domain_overflows(sched, is_dl ? dl->bw : 0, bw))
		return SCHED_EBUSY;
	if (!dl)
		dl = task->dl = dl_entity_new(sched, task);
	/* It left the class, and its old bandwidth is still reserved until its 0-lag time. */
	if (is_dl || timer_armed(&dl->inactive))
		dl_domain_sub(sched, dl->bw);
	dl_domain_add(sched, bw, 1);
	if (is_dl && task->on_rq != ON_RQ_QUEUED) {
		struct rq *rq = task_rq(sched, task);

		if (dl->non_contending) {
			dl_sub_running_bw(rq, dl);
			dl->non_contending = false;
			machine_timer_cancel(sched->machine, &dl->inactive);
		}
		rq->dl.this_bw += bw - dl->bw;
	}
	return SCHED_OK;
}

/* ---- A cpu ---- */

void dl_add_this_bw(struct rq *rq, struct dl_entity *dl)
{
	rq->dl.this_bw += dl->bw;
	dl->rq = rq;
}

void dl_sub_this_bw(struct rq *rq, struct dl_entity *dl)
{
	ensure(rq->dl.this_bw >= dl->bw);
	rq->dl.this_bw -= dl->bw;
	dl->rq = NULL;
}

void dl_add_running_bw(struct rq *rq, struct dl_entity *dl)
{
	rq->dl.running_bw += dl->bw;
	ensure(rq->dl.running_bw <= rq->dl.this_bw);
}

void dl_sub_running_bw(struct rq *rq, struct dl_entity *dl)
{
	ensure(rq->dl.running_bw >= dl->bw);
	rq->dl.running_bw -= dl->bw;
}

/* dl_rq_change_utilization(), and what the domain has given away. */
void dl_change_bw(struct rq *rq, struct dl_entity *dl, u64 bw)
{
	struct sched *sched = rq->sched;

	if (dl->non_contending) {
		dl_sub_running_bw(rq, dl);
		dl->non_contending = false;
		machine_timer_cancel(sched->machine, &dl->inactive);
	}
	dl_domain_sub(sched, dl->bw);
	dl_domain_add(sched, bw, 1);
	rq->dl.this_bw += bw - dl->bw;
	dl->bw = dl->density = bw;
}

/* ---- Contending or not ---- */

void dl_contending(struct rq *rq, struct dl_entity *dl, u32 flags)
{
	if (!dl->dl_runtime)
		return;
	if (flags & ENQUEUE_MIGRATED)
		dl_add_this_bw(rq, dl);
	if (dl->non_contending) {
		dl->non_contending = false;
		machine_timer_cancel(rq->sched->machine, &dl->inactive);
	} else {
		dl_add_running_bw(rq, dl);
	}
}

void dl_clear(struct dl_entity *dl)
{
	struct sched *sched = dl->sched;

	/*
	 * Budget and deadline stay: who comes back to the class before that deadline goes on with
	 * them.
	 */
	dl->dl_runtime = dl->dl_deadline = dl->dl_period = dl->bw = dl->density = 0;
	dl->flags = 0;
	dl->throttled = dl->yielded = dl->non_contending = dl->overrun = false;
	if (dl->dead)
		pool_put(&sched->dl_entities, dl->index);
}

/* Its task has died, or has gone to another class: its bandwidth is given back. */
static bool is_gone(const struct dl_entity *dl)
{
	if (dl_is_server(dl))
		return false;
	return dl->dead || dl->task->policy != POLICY_DEADLINE || dl->task->state == TASK_DEAD;
}

/* Its last budget would be used up by now. Where it left its queue for good, rq is NULL already. */
static void reach_zero_lag(struct dl_entity *dl)
{
	bool gone = is_gone(dl);

	dl->non_contending = false;
	if (dl->rq) {
		dl_sub_running_bw(dl->rq, dl);
		if (gone)
			dl_sub_this_bw(dl->rq, dl);
	}
	if (gone) {
		dl_domain_sub(dl->sched, dl->bw);
		dl_clear(dl);
	}
}

/*
 * As the kernel's product: above 2^63, which takes seconds of budget left of a period of seconds,
 * it is negative.
 */
static u64 zero_lag_time(const struct dl_entity *dl)
{
	return dl->deadline - (u64)((s64)((u64)dl->runtime * dl->dl_period) / (s64)dl->dl_runtime);
}

void dl_non_contending(struct rq *rq, struct dl_entity *dl)
{
	struct sched *sched = rq->sched;
	u64 at;

	if (!dl->dl_runtime)
		return;
	ensure(!dl->non_contending);
	at = zero_lag_time(dl);
	if (vtime_before(at, rq->clock) || timer_armed(&dl->inactive)) {
		reach_zero_lag(dl);
		return;
	}
	dl->non_contending = true;
	machine_timer_arm(sched->machine, &dl->inactive, sched_this_cpu(sched),
			  at - RQ_CLOCK_BASE + sched->platform->costs.irq_entry);
}

void dl_leave_asleep(struct rq *rq, struct dl_entity *dl)
{
	if (dl->non_contending)
		dl_sub_running_bw(rq, dl);
	dl_sub_this_bw(rq, dl);
}

void dl_inactive_timer(struct machine *machine unused_arg, struct timer *timer)
{
	struct dl_entity *dl = container_of(timer, struct dl_entity, inactive);

	dl_enter_timer(dl->sched, timer);
	if (dl->non_contending || is_gone(dl))
		reach_zero_lag(dl);
}

/* ---- Reclaiming ---- */

u64 dl_grub_cost(const struct rq *rq, const struct dl_entity *dl, u64 delta)
{
	const struct dl_domain *domain = &rq->sched->rd.dl;
	u64 unused = rq->dl.this_bw - rq->dl.running_bw + rq->dl.extra_bw;
	u64 own = dl->bw, most = domain->max_bw, rate;

	/* 6.1 divides its own part by U_max, not what others leave. */
	if (!sched_feature(rq->sched, FEATURE_GRUB_MAX_BW)) {
		own = (own * domain->bw_ratio) >> RATIO_SHIFT;
		rate = unused > BW_UNIT - own ? own : BW_UNIT - unused;
		return (delta * rate) >> BW_SHIFT;
	}
	rate = unused > most - own ? own : most - unused;
	return (delta * ((rate * domain->bw_ratio) >> RATIO_SHIFT)) >> BW_SHIFT;
}
