/* SPDX-License-Identifier: MIT */
/*
 * Load balancing moves: which waiting tasks may go, one after the other from the tail of the list,
 * and the push of a running one by its cpu's stopper. Reference: fair.md 6.6.
 */
#include "classes/fair_balance.h"
#include "classes/fair_bandwidth.h"
#include "sched/cookie.h"
#include "sched/schedstat.h"

enum { SHIFT_MAX = 63 };

/* ---- May this one go? ---- */

/* task_hot(): what it left in the source cpu's caches is worth keeping. */
static bool is_hot(const struct balance *lb, const struct task *task)
{
	u64 cost = lb->sched->kernel->knobs.migration_cost_ns;

	if (task->class_id != CLASS_FAIR || task_is_idle_policy(task))
		return false;
	if (lb->sd->flags & SD_SHARE_CPUCAPACITY)
		return false;
	if (sched_feature(lb->sched, FEATURE_CACHE_HOT_BUDDY) && lb->dst->nr_running &&
	    fair_task_is_buddy(task))
		return true;
	if (!sched_core_matches(lb->dst, task))
		return true;
	return (s64)(lb->src->clock_task - task->fair.exec_start) < (s64)cost;
}

/* It may not go to dst. Is there another cpu of dst's group for it? */
static void remember_pinned(struct balance *lb, const struct task *task)
{
	const struct cpumask *local = lb->sd->groups->sgc->balance_mask;

	lb->flags |= LB_SOME_PINNED;
	if (lb->idle == CPU_NEWLY_IDLE || lb->flags & (LB_DST_PINNED | LB_ACTIVE))
		return;
	for (u32 w = 0; w < local->nr_words; w++) {
		u64 cpus = local->word[w] & lb->cpus->word[w] & task->cpus->word[w];

		if (cpus) {
			lb->flags |= LB_DST_PINNED;
			lb->new_dst_cpu = w * 64 + (u32)__builtin_ctzll(cpus);
			return;
		}
	}
}

/*
 * While balancing has not failed yet, tasks ahead of their share stay if dst has work of its own.
 */
static bool waits_for_its_turn(const struct balance *lb, struct task *task)
{
	const struct fair_rq *dst =
		likely(!task->group) ? &lb->dst->fair : &task->group->cpus[lb->dst->cpu].queue;

	return sched_feature(lb->sched, FEATURE_LB_KEEP_INELIGIBLE) && !lb->sd->nr_balance_failed &&
	       sched_feature(lb->sched, FEATURE_PLACE_LAG) && dst->nr_queued &&
	       !fair_task_eligible(task);
}

/* It may not, and counts among those of its kind. */
static bool refused(u32 *counter)
{
	++*counter;
	return false;
}

static bool can_migrate(struct balance *lb, struct task *task)
{
	if (task->fair.sched_delayed && lb->migration_type != MIGRATE_LOAD &&
	    sched_feature(lb->sched, FEATURE_LB_DELAYED_LOAD_ONLY))
		return refused(&lb->told.delayed);
	if (fair_task_stays_throttled(task, lb->dst->cpu))
		return refused(&lb->told.throttled);
	if (waits_for_its_turn(lb, task))
		return refused(&lb->told.ineligible);
	if (task->flags & TASK_FLAG_PER_CPU)
		return refused(&lb->told.pinned);
	if (!cpumask_test(task->cpus, lb->dst->cpu)) {
		schedstat_inc(lb->sched, task, nr_failed_migrations_affine);
		remember_pinned(lb, task);
		return refused(&lb->told.pinned);
	}
	lb->flags &= ~(u32)LB_ALL_PINNED;
	if (lb->src->curr == task) {
		schedstat_inc(lb->sched, task, nr_failed_migrations_running);
		return refused(&lb->told.running);
	}
	if (lb->flags & LB_ACTIVE)
		return true;
	if (!is_hot(lb, task))
		return true;
	if (lb->sd->nr_balance_failed > lb->sd->cache_nice_tries) {
		if (schedstat_wanted(lb->sched))
			schedstat_of(lb->sched, task)->hot = true;
		return true;
	}
	schedstat_inc(lb->sched, task, nr_failed_migrations_hot);
	return refused(&lb->told.hot);
}

/* ---- Detach and attach ---- */

/* With each failed pass twice the amount is accepted. */
static bool is_too_much(const struct balance *lb, u64 amount)
{
	u32 shift = min_of(lb->sd->nr_balance_failed, (u32)SHIFT_MAX);

	return (s64)(amount >> shift) > lb->imbalance;
}

/* Takes the task's part from the imbalance. False: it is more than that. */
static bool fits_imbalance(struct balance *lb, struct task *task)
{
	u64 amount = 1;

	if (lb->migration_type == MIGRATE_LOAD) {
		amount = max_of(fair_task_h_load(task), (u64)1);
		if (sched_feature(lb->sched, FEATURE_LB_MIN) && amount < 16 &&
		    !lb->sd->nr_balance_failed)
			return refused(&lb->told.too_much);
	} else if (lb->migration_type == MIGRATE_UTIL) {
		amount = fair_task_util_est(task);
	}
	if (lb->migration_type != MIGRATE_TASK && is_too_much(lb, amount))
		return refused(&lb->told.too_much);
	lb->imbalance -= (s64)amount;
	return true;
}

/*
 * What statistics say of a task with a warm cache that goes nevertheless, or does not for another
 * reason.
 */
static void stat_hot(struct balance *lb, const struct task *task, bool goes)
{
	struct task_stats *stats = schedstat_of(lb->sched, task);

	if (!stats->hot)
		return;
	if (goes) {
		stats->nr_forced_migrations++;
		domain_stat_add(lb->sd, pass[lb->idle].hot_gained, 1);
	} else {
		stats->nr_failed_migrations_hot++;
	}
	stats->hot = false;
}

static void detach(struct balance *lb, struct task *task)
{
	if (schedstat_wanted(lb->sched)) {
		stat_hot(lb, task, true);
		domain_stat_add(lb->sd, pass[lb->idle].gained, 1);
	}
	sched_deactivate(lb->src, task, 0);
	sched_set_cpu(lb->sched, task, lb->dst->cpu, RECORD_MOVE_BALANCE);
}

static void attach(struct rq *rq, struct task *task)
{
	sched_activate(rq, task, 0);
	sched_wakeup_preempt(rq, task, 0);
}

u32 balance_detach(struct balance *lb)
{
	struct list *tasks = &lb->src->fair_tasks;
	u32 detached = 0;

	if (lb->src->nr_running <= 1) {
		lb->flags &= ~(u32)LB_ALL_PINNED;
		return 0;
	}
	/*
	 * An idle dst leaves src its last task. A newly idle one takes a single task: kernels are
	 * built with CONFIG_PREEMPTION, whatever model was chosen at boot.
	 */
	while (lb->imbalance > 0 && !list_empty(tasks)) {
		struct task *task;

		if (lb->idle != CPU_BUSY && lb->src->nr_running <= 1)
			break;
		if (++lb->loop > lb->loop_max)
			break;
		if (lb->loop > lb->loop_break) {
			lb->loop_break += balance_break(lb->sched);
			lb->flags |= LB_NEED_BREAK;
			break;
		}
		task = list_last(tasks, struct task, rq_link);
		if (!can_migrate(lb, task) || !fits_imbalance(lb, task)) {
			if (schedstat_wanted(lb->sched))
				stat_hot(lb, task, false);
			list_move_head(tasks, &task->rq_link);
			continue;
		}
		detach(lb, task);
		lb->came = task->id;
		list_add_head(&lb->detached, &task->rq_link);
		detached++;
		if (lb->idle == CPU_NEWLY_IDLE)
			break;
	}
	return detached;
}

void balance_attach(struct balance *lb)
{
	rq_update_clock(lb->dst);
	while (!list_empty(&lb->detached)) {
		struct task *task = list_first(&lb->detached, struct task, rq_link);

		list_del(&task->rq_link);
		attach(lb->dst, task);
	}
}

/* ---- Active balance: the running task ---- */

bool balance_needs_active(const struct balance *lb)
{
	const struct sched_domain *sd = lb->sd;

	if (lb->migration_type == MIGRATE_TASK && sd->nr_balance_failed > sd->cache_nice_tries + 2)
		return true;
	/* Other classes took much of src's capacity, and dst has more left. */
	return lb->idle != CPU_BUSY && balance_nr_fair(lb->src) == 1 &&
	       balance_capacity_reduced(lb->src, sd) &&
	       lb->src->cpu_capacity * sd->imbalance_pct < lb->dst->cpu_capacity * 100;
}

/* detach_one_task(). */
static struct task *detach_one(struct balance *lb)
{
	struct list *tasks = &lb->src->fair_tasks;

	for (struct list *at = tasks->prev; at != tasks; at = at->prev) {
		struct task *task = list_entry(at, struct task, rq_link);

		if (!can_migrate(lb, task))
			continue;
		detach(lb, task);
		return task;
	}
	return NULL;
}

static struct sched_domain *domain_with(const struct rq *rq, u32 cpu)
{
	struct sched_domain *sd = rq->domain;

	while (sd && !cpumask_test(sd->span, cpu))
		sd = sd->parent;
	return sd;
}

/* active_load_balance_cpu_stop(): @cpu's stopper pushes one task, running before or not. */
static void push_task(struct sched *sched, struct cpu *cpu, struct stop_work *work unused_arg)
{
	struct rq *src = sched_rq(sched, cpu->id), *dst = sched_rq(sched, src->push_cpu);
	const struct cpumask *active = sched->rd.active;
	struct task *task = NULL;
	struct balance lb = {
		.sched = sched,
		.src = src,
		.dst = dst,
		.idle = CPU_IDLE,
		.flags = LB_ACTIVE,
	};

	/* The stopper itself counts as running. */
	if (cpumask_test(active, src->cpu) && cpumask_test(active, dst->cpu) && src->nr_running > 1)
		lb.sd = domain_with(dst, src->cpu);
	if (lb.sd) {
		rq_update_clock(src);
		domain_stat_add(lb.sd, active, 1);
		task = detach_one(&lb);
		if (task)
			lb.sd->nr_balance_failed = 0;
		if (lb.sd->stats)
			*(task ? &lb.sd->stats->active_pushed : &lb.sd->stats->active_failed) += 1;
	}
	src->active_balance = false;
	if (task) {
		rq_update_clock(dst);
		attach(dst, task);
	}
}

bool balance_start_active(struct balance *lb, u32 push_cpu)
{
	struct stop_work *work = &fair_balance_of(lb->sched)->active_work[lb->src->cpu];

	if (lb->src->active_balance)
		return false;
	lb->src->active_balance = true;
	lb->src->push_cpu = push_cpu;
	work->fn = push_task;
	sched_stop_cpu(lb->sched, lb->src->cpu, work);
	return true;
}
