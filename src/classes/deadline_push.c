/* SPDX-License-Identifier: MIT */
/*
 * Global EDF: deadline tasks find a cpu at wakeup, by push from an overloaded cpu, by pull to one
 * whose deadline task left. Kernel: kernel/sched/deadline.c; reference: core-rt-dl-ext.md 3.5.
 */
#include "classes/cpudl.h"
#include "classes/deadline.h"
#include "classes/nearest.h"
#include "sched/decide.h"
#include "sched/pinned.h"

/* ---- Pushable tasks, and cpus that have some ---- */

static struct dl_entity *first_pushable(const struct rq *rq)
{
	struct rb_node *first = rb_first(&rq->dl.pushable);

	return first ? container_of(first, struct dl_entity, push_node) : NULL;
}

static bool push_less(const struct rb_node *a, const struct rb_node *b)
{
	return dl_precedes(container_of(a, struct dl_entity, push_node),
			   container_of(b, struct dl_entity, push_node));
}

static void set_overloaded(struct rq *rq, bool overloaded)
{
	struct dl_domain *domain = &rq->sched->rd.dl;

	if (rq->dl.overloaded == overloaded)
		return;
	rq->dl.overloaded = overloaded;
	if (!rq->online)
		return;
	if (overloaded) {
		cpumask_set(domain->overloaded, rq->cpu);
		domain->nr_overloaded++;
	} else {
		cpumask_clear(domain->overloaded, rq->cpu);
		domain->nr_overloaded--;
	}
}

void dl_rq_online(struct rq *rq)
{
	bool overloaded = rq->dl.overloaded;

	rq->dl.overloaded = false;
	set_overloaded(rq, overloaded);
	cpudl_clear(&rq->sched->rd.dl.cpudl, rq->cpu, true);
	if (rq->dl.nr_running)
		cpudl_set(&rq->sched->rd.dl.cpudl, rq->cpu, rq->dl.earliest_curr);
}

void dl_rq_offline(struct rq *rq)
{
	bool overloaded = rq->dl.overloaded;

	set_overloaded(rq, false);
	rq->dl.overloaded = overloaded;
	cpudl_clear(&rq->sched->rd.dl.cpudl, rq->cpu, false);
}

void dl_note_migratory(struct rq *rq)
{
	if (!sched_feature(rq->sched, FEATURE_DL_OVERLOAD_PUSHABLE))
		set_overloaded(rq, rq->dl.nr_migratory && rq->dl.nr_running > 1);
}

static void note_pushable(struct rq *rq)
{
	const struct dl_entity *first = first_pushable(rq);

	if (first)
		rq->dl.earliest_next = first->deadline;
	if (sched_feature(rq->sched, FEATURE_DL_OVERLOAD_PUSHABLE))
		set_overloaded(rq, first);
}

void dl_pushable_add(struct rq *rq, struct dl_entity *dl)
{
	ensure(!dl->pushable);
	dl->pushable = true;
	rb_insert(&rq->dl.pushable, &dl->push_node, push_less, NULL);
	note_pushable(rq);
}

void dl_pushable_del(struct rq *rq, struct dl_entity *dl)
{
	if (!dl->pushable)
		return;
	dl->pushable = false;
	rb_erase(&rq->dl.pushable, &dl->push_node, NULL);
	note_pushable(rq);
}

/* ---- Where to ---- */

static u32 find_later_cpu(struct sched *sched, const struct task *task)
{
	const struct cpumask *found;

	if (task->nr_cpus_allowed == 1)
		return NO_CPU;
	found = cpudl_find(&sched->rd.dl.cpudl, task);
	return found ? nearest_cpu(sched, task, found) : NO_CPU;
}

/* It would be the first to run on @rq. */
static bool would_be_earliest(const struct rq *rq, const struct dl_entity *dl)
{
	return !rq->dl.nr_running || vtime_before(dl->deadline, rq->dl.earliest_curr);
}

/* @curr has to go on here, so a task that cannot take its place may look elsewhere. */
static bool stands_in_the_way(const struct task *curr, const struct dl_entity *dl)
{
	return task_is_dl(curr) && (curr->nr_cpus_allowed < 2 || !dl_precedes(dl, curr->dl));
}

/* dl_task_offline_migration(): @task is throttled, on no queue of the deadline class. */
struct rq *dl_leave_offline_cpu(struct rq *rq, struct task *task)
{
	struct sched *sched = rq->sched;
	u32 cpu = find_later_cpu(sched, task);
	struct rq *to;

	if (cpu == NO_CPU)
		cpu = sched_fallback_cpu(sched, task, rq->cpu);
	to = sched_rq(sched, cpu);
	rq_update_clock(to);
	dl_sub_running_bw(rq, task->dl);
	dl_sub_this_bw(rq, task->dl);
	dl_add_this_bw(to, task->dl);
	dl_add_running_bw(to, task->dl);
	sched_set_cpu(sched, task, cpu, RECORD_MOVE_HOTPLUG);
	return to;
}

u32 dl_select_cpu(struct task *task, u32 prev_cpu, u32 wake_flags)
{
	struct sched *sched = task->fair.queue->rq->sched;
	u32 target;

	if (!(wake_flags & WF_TTWU) || task->nr_cpus_allowed < 2 ||
	    !stands_in_the_way(sched->rqs[prev_cpu].curr, task->dl))
		return prev_cpu;
	target = find_later_cpu(sched, task);
	if (target != NO_CPU && would_be_earliest(sched_rq(sched, target), task->dl))
		return target;
	return prev_cpu;
}

bool dl_equal_takes_over(struct rq *rq, const struct task *woken)
{
	struct cpudl *cpudl = &rq->sched->rd.dl.cpudl;

	/* The running one cannot go anywhere, or the woken one can: leave things as they are. */
	if (rq->curr->nr_cpus_allowed == 1 || !cpudl_find(cpudl, rq->curr))
		return false;
	return woken->nr_cpus_allowed == 1 || !cpudl_find(cpudl, woken);
}

/* ---- Push ---- */

static void move(struct rq *from, struct rq *to, struct task *task, enum record_move why)
{
	sched_deactivate(from, task, 0);
	sched_set_cpu(from->sched, task, to->cpu, why);
	rq_update_clock(to);
	sched_activate(to, task, 0);
}

u32 dl_better_cpu(struct rq *rq, struct task *task)
{
	u32 cpu = find_later_cpu(rq->sched, task);

	if (cpu == NO_CPU || cpu == rq->cpu ||
	    !would_be_earliest(sched_rq(rq->sched, cpu), task->dl))
		return NO_CPU;
	return cpu;
}

bool dl_push_one(struct rq *rq)
{
	struct dl_entity *dl = first_pushable(rq);
	const struct task *curr = rq->curr;
	struct rq *to;
	u32 cpu;

	if (!dl || !rq->dl.overloaded)
		return false;
	/* It is about to take this cpu, and who runs here can go elsewhere. */
	if (task_is_dl(curr) && dl_precedes(dl, curr->dl) && curr->nr_cpus_allowed > 1) {
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		sched_resched_curr(rq);
		return false;
	}
	if (unlikely(dl->task->pinned))
		return false;
	cpu = dl_better_cpu(rq, dl->task);
	if (cpu == NO_CPU)
		return false;
	to = sched_rq(rq->sched, cpu);
	move(rq, to, dl->task, RECORD_MOVE_PUSH);
	decide_resched_rule(to, RULE_RESCHED_WAKEUP);
	sched_resched_curr(to);
	return true;
}

void dl_push_tasks(struct rq *rq)
{
	while (dl_push_one(rq))
		;
}

/* ---- Pull ---- */

/* pick_earliest_pushable_dl_task(): it may have disabled its migration. */
static struct dl_entity *pullable(const struct rq *from, u32 cpu)
{
	for (struct rb_node *node = rb_first(&from->dl.pushable); node; node = rb_next(node)) {
		struct dl_entity *dl = container_of(node, struct dl_entity, push_node);

		if (cpumask_test(sched_own_cpus(from->sched, dl->task), cpu))
			return dl;
	}
	return NULL;
}

/* The task of @from to be taken, or NULL. */
static struct dl_entity *worth_pulling(const struct rq *rq, const struct rq *from)
{
	struct dl_entity *dl;

	if (rq->dl.nr_running && vtime_before(rq->dl.earliest_curr, from->dl.earliest_next))
		return NULL;
	if (from->dl.nr_running <= 1)
		return NULL;
	dl = pullable(from, rq->cpu);
	if (!dl || !would_be_earliest(rq, dl))
		return NULL;
	/*
	 * It is about to preempt there. (A task that is of another class by now is looked at as
	 * well.)
	 */
	if (from->curr->dl && dl_precedes(dl, from->curr->dl))
		return NULL;
	return dl;
}

void dl_pull_tasks(struct rq *rq)
{
	const struct dl_domain *domain = &rq->sched->rd.dl;
	bool pulled = false;

	if (!domain->nr_overloaded || unlikely(rq->dying)) /* as in rt_pull_task() */
		return;
	cpumask_for_each (cpu, domain->overloaded) {
		struct rq *from = sched_rq(rq->sched, cpu);
		struct dl_entity *dl = from == rq ? NULL : worth_pulling(rq, from);

		if (!dl)
			continue;
		if (unlikely(dl->task->pinned)) {
			sched_push_current(from);
			continue;
		}
		rq_update_clock(from);
		move(from, rq, dl->task, RECORD_MOVE_PULL);
		pulled = true;
	}
	if (pulled) {
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		sched_resched_curr(rq);
	}
}
