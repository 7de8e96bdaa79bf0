/* SPDX-License-Identifier: MIT */
/*
 * What CFS and EEVDF share, and struct fair_rules: what they do not.
 *
 * An entity is a task or, one level up, a group on one cpu. The rules work on one level: a queue
 * and its entities; fair.c walks the levels. Kernel: kernel/sched/fair.c. Reference: fair.md 2, 3.
 */
#ifndef OSSIM_CLASSES_FAIR_ENTITY_H
#define OSSIM_CLASSES_FAIR_ENTITY_H

#include "classes/fair.h"
#include "classes/fair_bandwidth.h"
#include "classes/fair_group.h"
#include "classes/fair_load.h"
#include "classes/weight.h"
#include "sched/schedstat.h"

struct fair_rules {
	/* The entity joins its queue: charge, place, account, insert. */
	void (*enqueue)(struct fair_rq *queue, struct fair_entity *se, u32 flags);
	/* It leaves. False: it stays, delayed until it has paid its debt. */
	bool (*dequeue)(struct fair_rq *queue, struct fair_entity *se, u32 flags);
	/* A delayed entity is wanted again. NULL: there is none under these rules. */
	void (*requeue)(struct fair_rq *queue, struct fair_entity *se);

	/* The timeline: entities that wait, in the order of the rules. curr is not in it. */
	void (*insert)(struct fair_rq *queue, struct fair_entity *se);
	void (*erase)(struct fair_rq *queue, struct fair_entity *se);

	/* Who shall run. It may be a delayed entity, whose dequeue the caller then finishes. */
	struct fair_entity *(*pick)(struct fair_rq *queue);
	/* The entity has become curr. @first: by a pick; false: its attributes were changed. */
	void (*begin)(struct fair_rq *queue, struct fair_entity *se, bool first);
	/* curr's vruntime has advanced: is its request used up, who else must know? */
	void (*charged)(struct fair_rq *queue, struct fair_entity *curr);
	void (*tick)(struct fair_rq *queue, struct fair_entity *curr);
	void (*wakeup_preempt)(struct rq *rq, struct task *woken, u32 wake_flags);
	void (*yield)(struct rq *rq, struct task *curr);

	/* A child is made on this cpu. NULL: it is placed at its first enqueue. */
	void (*fork)(struct fair_rq *queue, struct fair_entity *se);
	/*
	 * Where vruntimes are relative to a queue's base: a waking task goes to another cpu; a
	 * sleeping one leaves the class or comes to it. NULL: lag knows no base.
	 */
	void (*migrate)(struct fair_rq *queue, struct fair_entity *se);
	void (*detach)(struct fair_rq *queue, struct fair_entity *se);
	void (*attach)(struct fair_rq *queue, struct fair_entity *se);
	/* Its weight changes, queued or not. */
	void (*reweight)(struct fair_rq *queue, struct fair_entity *se, struct weight weight);

	/* It is asleep and was given a lag. NULL: any will do. */
	void (*bound_lag)(struct fair_rq *queue, struct fair_entity *se);

	/* May balancing take it? */
	bool (*eligible)(struct fair_rq *queue, struct fair_entity *se);
};

extern const struct fair_rules cfs_rules, eevdf_rules;

static inline const struct fair_rules *fair_rules_of(const struct rq *rq)
{
	return rq->fair.eevdf ? &eevdf_rules : &cfs_rules;
}

/* What is asked at every event is asked by name, as in sched/class.h. */
#define FAIR_RULES_BY_NAME(set)                                                       \
	void set##_enqueue(struct fair_rq *queue, struct fair_entity *se, u32 flags); \
	bool set##_dequeue(struct fair_rq *queue, struct fair_entity *se, u32 flags); \
	void set##_insert(struct fair_rq *queue, struct fair_entity *se);             \
	void set##_erase(struct fair_rq *queue, struct fair_entity *se);              \
	struct fair_entity *set##_pick(struct fair_rq *queue);                        \
	void set##_charged(struct fair_rq *queue, struct fair_entity *curr);          \
	void set##_wakeup_preempt(struct rq *rq, struct task *woken, u32 wake_flags)

FAIR_RULES_BY_NAME(eevdf);
FAIR_RULES_BY_NAME(cfs);
/* Of one of them alone. */
void eevdf_requeue(struct fair_rq *queue, struct fair_entity *se);
void eevdf_begin(struct fair_rq *queue, struct fair_entity *se, bool first);
void eevdf_enqueue_plain(struct fair_rq *queue, struct fair_entity *se, u32 flags);
bool eevdf_dequeue_plain(struct fair_rq *queue, struct fair_entity *se, u32 flags);
void eevdf_begin_plain(struct fair_rq *queue, struct fair_entity *se, bool first);
struct fair_entity *eevdf_pick_plain(struct fair_rq *queue);
void cfs_tick(struct fair_rq *queue, struct fair_entity *curr);

/* Asks the rules in force. */
#define fair_ask(rq, question, ...) \
	(likely((rq)->fair.eevdf) ? eevdf_##question(__VA_ARGS__) : cfs_##question(__VA_ARGS__))
/* The same of those questions for which EEVDF has a plain way. */
#define fair_ask_by(way, rq, question, ...)                         \
	((way) == PLAIN_WAY ? eevdf_##question##_plain(__VA_ARGS__) \
			    : fair_ask(rq, question, __VA_ARGS__))

static inline bool fair_feature(const struct fair_rq *queue, u128 feature)
{
	return queue->features & feature;
}

static inline const struct knobs *fair_knobs(const struct fair_rq *queue)
{
	return &queue->rq->sched->kernel->knobs;
}

static inline bool fair_is_task(const struct fair_entity *se)
{
	return !se->owned;
}

/* SCHED_IDLE, or a group with cpu.idle. */
static always_inline bool fair_is_idle_by(struct fair_entity *se, enum fair_way way)
{
	return fair_stands_for_group(se, way) ? se->owned->idle
					      : task_is_idle_policy(fair_task_of(se));
}

static inline bool fair_is_idle(struct fair_entity *se)
{
	return fair_is_idle_by(se, ANY_WAY);
}

/* curr, unless it has just been dequeued. */
static inline struct fair_entity *fair_queued_curr(const struct fair_rq *queue)
{
	struct fair_entity *curr = queue->curr;

	return curr && curr->on_rq ? curr : NULL;
}

/* curr ran for @delta ns since it was charged last. */
void fair_charge(struct fair_rq *queue, struct fair_entity *curr, u64 delta);

/* update_curr(). Most calls come at an instant at which curr is charged already. */
static always_inline void fair_update_curr_by(struct fair_rq *queue, enum fair_way way)
{
	struct fair_entity *curr = queue->curr;
	u64 now = fair_rq_rq(queue, way)->clock_task;

	if (curr && (s64)(now - curr->exec_start) > 0)
		fair_charge(queue, curr, now - curr->exec_start);
}

static inline void fair_update_curr(struct fair_rq *queue)
{
	fair_update_curr_by(queue, ANY_WAY);
}

/* Tasks that come or go below a queue, as the queues above count them. */
struct tally {
	u32 queued, runnable, idle;
};

static inline void tally_add(struct fair_rq *queue, struct tally t)
{
	queue->h_nr_queued += t.queued;
	queue->h_nr_runnable += t.runnable;
	queue->h_nr_idle += t.idle;
}

static inline void tally_sub(struct fair_rq *queue, struct tally t)
{
	queue->h_nr_queued -= t.queued;
	queue->h_nr_runnable -= t.runnable;
	queue->h_nr_idle -= t.idle;
}

/* One level up: above an idle group all its tasks count as idle. */
static inline void tally_up(struct tally *t, const struct fair_rq *queue)
{
	if (unlikely(queue->idle))
		t->idle = t->queued;
}

/* Has the fair class somebody to pick? In fair.c. */
void fair_update_runnable_bit(struct rq *rq);
/*
 * @nr tasks of a group that was throttled are runnable now; @had_none: they are the first fair
 * ones. In fair.c.
 */
void fair_add_group(struct rq *rq, u32 nr, bool had_none);

/* It sleeps where it ran last, so that its vruntime means something there. */
static inline bool fair_sleeps_here(const struct task *task)
{
	return task->on_rq == ON_RQ_NO && task->fair.sum_exec_runtime && task->state != TASK_WAKING;
}

/* The queue's weight and number of entities. */
static always_inline void fair_account_enqueue(struct fair_rq *queue, struct fair_entity *se,
					       enum fair_way way)
{
	queue->load_weight += se->weight;
	queue->load_inv_weight = 0;
	queue->nr_queued++;
	if (fair_stands_for_group(se, way)) {
		queue->nr_idle += se->owned->idle;
		return;
	}
	queue->nr_idle += task_is_idle_policy(fair_task_of(se));
	list_add_head(&fair_rq_rq(queue, way)->fair_tasks, &fair_task_of(se)->rq_link);
}

static always_inline void fair_account_dequeue(struct fair_rq *queue, struct fair_entity *se,
					       enum fair_way way)
{
	queue->load_weight -= se->weight;
	queue->load_inv_weight = 0;
	queue->nr_queued--;
	if (fair_stands_for_group(se, way)) {
		queue->nr_idle -= se->owned->idle;
		return;
	}
	queue->nr_idle -= task_is_idle_policy(fair_task_of(se));
	list_del(&fair_task_of(se)->rq_link);
}

/* A group's queue has got its first entity. */
void fair_group_first(struct fair_rq *queue);

void fair_group_left_slow(struct fair_rq *queue, struct fair_entity *se);

/* The entity has left its queue: so hear groups that it stands for, and those above. */
static inline void fair_group_left(struct fair_rq *queue, struct fair_entity *se)
{
	if (unlikely(queue->owner || se->owned))
		fair_group_left_slow(queue, se);
}

/* Buddies: who is favoured (next, last) or passed over (skip) by the next pick. */
void fair_set_next_buddy(struct fair_entity *se);
void fair_clear_next_buddy(struct fair_entity *se);
void fair_clear_cfs_buddies(struct fair_rq *queue, struct fair_entity *se);

/* It is no buddy any more. Only CFS knows others than next. */
static inline void fair_clear_buddies(struct fair_rq *queue, struct fair_entity *se)
{
	if (unlikely(queue->next == se))
		fair_clear_next_buddy(se);
	if (unlikely(!queue->eevdf))
		fair_clear_cfs_buddies(queue, se);
}

/* What statistics hear of an entity that comes and of one that goes. */
static always_inline void fair_stat_enqueue(struct fair_rq *queue, const struct fair_entity *se,
					    u32 flags, enum fair_way way)
{
	if (way == ANY_WAY && schedstat_wanted(queue->rq->sched) && fair_is_task(se))
		schedstat_enqueue(queue->rq, fair_task_of((struct fair_entity *)se), flags,
				  queue->curr != se);
}

static always_inline void fair_stat_dequeue(struct fair_rq *queue, const struct fair_entity *se,
					    u32 flags, enum fair_way way)
{
	if (way == ANY_WAY && schedstat_wanted(queue->rq->sched) && fair_is_task(se))
		schedstat_dequeue(queue->rq, fair_task_of((struct fair_entity *)se), flags,
				  queue->curr != se);
}

/* The entity becomes curr, or ceases to be. In fair_pick.c. */
void fair_set_next_entity(struct fair_rq *queue, struct fair_entity *se, bool first);
void fair_put_prev_entity(struct fair_rq *queue, struct fair_entity *se);

/* Is a timer set for the end of slices (feature HRTICK)? */
static inline bool fair_has_hrtick(const struct rq *rq)
{
	return unlikely(rq->fair.features & FEATURE_HRTICK);
}

/*
 * hrtick_start_fair(): at the end of what @task may run at a stretch, if somebody waits for it. In
 * fair.c.
 */
void fair_start_hrtick(struct rq *rq, struct task *task);

/* The pick came upon a delayed entity: it has paid its debt and leaves now. In fair.c. */
void fair_finish_delayed(struct rq *rq, struct fair_entity *se);

/* Telling why (sched/decide.h); in fair_explain.c. Only with a desk. */
void fair_explain_pick(struct rq *rq, const struct task *next, struct decision *decision);
/*
 * @chosen was picked from @queue just now: what is charged below may clear the buddy by which it
 * was.
 */
not_inline void fair_explain_level(struct fair_rq *queue, struct fair_entity *chosen);
/* @curr is charged, and nothing is decided yet. @shorter: @woken's slice may break a protection. */
void fair_explain_weighing(struct fair_rq *queue, struct fair_entity *curr,
			   struct fair_entity *woken, bool shorter);
/* sched_slice() of CFS: what the entity may run at a stretch, ns. */
u64 cfs_slice(struct fair_rq *queue, struct fair_entity *se);

/* ---- fair_core.c: the class's answers where cores pick for all their threads ---- */

bool fair_core_less(const struct task *a, const struct task *b, bool forced);
void fair_core_note(const struct task *task, u32 seq, bool forced);
/* sched_group_cookie_match(): may @task go to a core of @group at once? */
bool fair_core_matches(struct sched *sched, const struct sched_group *group,
		       const struct task *task);
/* At a tick of @curr. */
void fair_core_tick(struct rq *rq, struct task *curr);

/* Walks both up to siblings of one queue. */
void fair_find_siblings(struct fair_entity **a, struct fair_entity **b);

#endif
