/* SPDX-License-Identifier: MIT */
/*
 * The deadline class's inner seam: its queue (deadline.c), an entity's budget (deadline_budget.c),
 * bandwidth (deadline_bandwidth.c) and moving tasks between cpus (deadline_push.c).
 * Kernel: kernel/sched/deadline.c. Reference: core-rt-dl-ext.md 3.
 *
 * An entity is a task's or a server's; @rq is the cpu where it runs, waits or sleeps.
 */
#ifndef OSSIM_CLASSES_DEADLINE_H
#define OSSIM_CLASSES_DEADLINE_H

#include "base/ensure.h"
#include "sched/sched.h"

static inline bool dl_is_server(const struct dl_entity *dl)
{
	return dl->pick != NULL;
}

static inline bool dl_is_implicit(const struct dl_entity *dl)
{
	return dl->dl_deadline == dl->dl_period;
}

/* dl_entity_preempt(): @a before @b. */
static inline bool dl_precedes(const struct dl_entity *a, const struct dl_entity *b)
{
	return vtime_before(a->deadline, b->deadline);
}

static inline bool task_is_dl(const struct task *task)
{
	return task->prio < 0;
}

/* ---- deadline.c: the queue ---- */

/* In and out of the timeline, with what depends on its first: cpudl, cpupri, nr_running. */
void dl_queue_insert(struct rq *rq, struct dl_entity *dl);
void dl_queue_erase(struct rq *rq, struct dl_entity *dl);
/* enqueue_task_dl(), for a replenished task. */
void dl_task_enqueue(struct rq *rq, struct task *task, u32 flags);
/* The task wants the cpu on which it was just queued: is curr to go? */
void dl_check_preempt(struct rq *rq, const struct dl_entity *dl);

/* ---- deadline_budget.c ---- */

/* A task's entity, from the pool, without parameters; its timers are ready. */
struct dl_entity *dl_entity_new(struct sched *sched, struct task *task);
/* enqueue_dl_entity(), dequeue_dl_entity(): @flags are ENQUEUE_ and DEQUEUE_. */
void dl_enqueue(struct rq *rq, struct dl_entity *dl, u32 flags);
void dl_dequeue(struct rq *rq, struct dl_entity *dl, u32 flags);
/* update_curr_dl_se(): @delta ns of execution are taken from the budget. */
void dl_charge(struct rq *rq, struct dl_entity *dl, u64 delta);
/* deadline and budget anew from now on; a deferred server is armed. */
void dl_new_period(struct rq *rq, struct dl_entity *dl);
/* replenish_dl_entity() */
void dl_replenish(struct rq *rq, struct dl_entity *dl);
/*
 * start_dl_timer(): to the next period, or a deferred server's zero laxity. False: that is past
 * (by a microsecond or more), and nothing was armed.
 */
must_check bool dl_arm(struct rq *rq, struct dl_entity *dl);
/* Would what is left of the budget until the deadline exceed its bandwidth? */
bool dl_overflows(const struct rq *rq, const struct dl_entity *dl);
/* What an interrupt that serves one of the class's timers takes. */
void dl_enter_timer(struct sched *sched, const struct timer *timer);

/* ---- deadline_bandwidth.c ---- */

void dl_bandwidth_init(struct sched *sched);
/* The class's limit_fits and take_limit. */
bool dl_limit_fits(const struct sched *sched);
void dl_take_limit(struct sched *sched);
/* runtime / period << 20; 0 for a period of 0. */
u64 dl_ratio(u64 period, u64 runtime);
/* The root domain has admitted @bw, or gets it back. */
void dl_domain_add(struct sched *sched, u64 bw, u32 nr);
/*
 * The class's rebuild_root: what was promised is promised by the cpus that are left, or have come.
 */
void dl_domain_rebuild(struct sched *sched);
/*
 * sched_dl_overflow() and the other conditions of a policy change; on success bandwidth is taken.
 */
enum sched_result dl_admit(struct task *task, const struct sched_attr *attr);

/* dl_bw_check_overflow(), dl_bw_deactivate(): see class->may_lose_cpu. */
bool dl_may_lose_cpu(struct rq *rq);

/* The entity's bw in rq->dl.this_bw and in running_bw. */
void dl_add_this_bw(struct rq *rq, struct dl_entity *dl);
void dl_sub_this_bw(struct rq *rq, struct dl_entity *dl);
/* Would @bw in place of @old be admitted? Then, of an entity that is on no queue: it has @bw. */
bool dl_bw_fits(const struct sched *sched, u64 old, u64 bw);
void dl_change_bw(struct rq *rq, struct dl_entity *dl, u64 bw);
void dl_add_running_bw(struct rq *rq, struct dl_entity *dl);
void dl_sub_running_bw(struct rq *rq, struct dl_entity *dl);
/* task_contending(), task_non_contending(): it wakes, it blocks. */
void dl_contending(struct rq *rq, struct dl_entity *dl, u32 flags);
void dl_non_contending(struct rq *rq, struct dl_entity *dl);
/*
 * Its task goes to another class while it sleeps: its cpu forgets it, the root domain at its 0-lag
 * time. Where that is past nobody is left to give the bandwidth back (switched_from_dl()): it stays
 * promised.
 */
void dl_leave_asleep(struct rq *rq, struct dl_entity *dl);
/* The 0-lag timer's function. */
void dl_inactive_timer(struct machine *machine, struct timer *timer);
/* The budget that @delta ns cost a reclaiming task. */
u64 dl_grub_cost(const struct rq *rq, const struct dl_entity *dl, u64 delta);
/* No parameters any more; back to the pool if its task is dead. */
void dl_clear(struct dl_entity *dl);

/* ---- deadline_push.c ---- */

void dl_pushable_add(struct rq *rq, struct dl_entity *dl);
void dl_pushable_del(struct rq *rq, struct dl_entity *dl);
/* 6.1: overloaded is said by numbers, which have changed. */
void dl_note_migratory(struct rq *rq);
/* A throttled task's next budget comes where it can run again. */
struct rq *dl_leave_offline_cpu(struct rq *rq, struct task *task);
void dl_rq_online(struct rq *rq);
void dl_rq_offline(struct rq *rq);
u32 dl_select_cpu(struct task *task, u32 prev_cpu, u32 wake_flags);
/* The class's better_cpu: find_lock_later_rq(). */
u32 dl_better_cpu(struct rq *rq, struct task *task);
/* Moves the earliest waiting task to a cpu that runs something later. True: one went. */
bool dl_push_one(struct rq *rq);
void dl_push_tasks(struct rq *rq);
/* Takes waiting tasks of overloaded cpus that are earlier than all here. */
void dl_pull_tasks(struct rq *rq);
/* check_preempt_equal_dl(): should curr make room for @woken of the same deadline? */
bool dl_equal_takes_over(struct rq *rq, const struct task *woken);

#endif
