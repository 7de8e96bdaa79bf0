/* SPDX-License-Identifier: MIT */
/* What the nouns of sched/ share with each other and with nobody else. */
#ifndef OSSIM_SCHED_INTERNAL_H
#define OSSIM_SCHED_INTERNAL_H

#include "sched/sched.h"

/*
 * BLOCK: a sleeping call or an exit. USER: return to user mode or a yield, traced as R.
 * KERNEL: preempted in kernel mode, traced as R+; the task's state is not looked at.
 */
enum schedule_mode { SCHEDULE_BLOCK, SCHEDULE_USER, SCHEDULE_KERNEL };

/*
 * resched.c: is the reschedule that is due acted on in kernel mode, or does work there go on to its
 * end?
 */
bool sched_preempts_kernel(const struct rq *rq);
/* May the current task be switched away from where it is? */
bool sched_preemptible_here(const struct rq *rq);
/* need_resched is set: the cpu comes to it as soon as it can. */
void sched_arm_resched(struct rq *rq);

/* tick.c: does a tick take time from who runs, or come late? */
bool sched_tick_costs(const struct costs *costs);

/* idle.c: the idle task was picked, a task comes after it, the tick finds nothing to do. */
void sched_enter_idle(struct rq *rq);
void sched_leave_idle(struct rq *rq);
void sched_idle_tick(struct rq *rq, struct cpu *cpu, bool ticked);
/* Is that whether it has come once? Not where a governor has states to choose among. */
static inline bool sched_idle_ticks_once(const struct sched *sched)
{
	return sched->platform->nohz_idle && sched->platform->nr_idle_states < 2 &&
	       sched_feature(sched, FEATURE_IDLE_TICKS_ONCE);
}
/* From an interrupt to the scheduler of a cpu that idles. */
u64 sched_idle_exit_ns(struct sched *sched, const struct cpu *cpu);

/* What is to be put back after a change. */
struct sched_change {
	struct rq *rq;
	struct task *task;
	bool queued, running;
};

/* The task leaves its queue for a moment, and its cpu if it runs: dequeue(), put_prev(). */
struct sched_change sched_change_begin(struct sched *sched, struct task *task, u32 flags);
/* enqueue(), set_next(). */
void sched_change_end(struct sched *sched, struct sched_change *change, u32 flags);

/* An empty queue of @rq: its own or a group's. */
void fair_rq_init(const struct sched *sched, struct fair_rq *fair, struct rq *rq);
/* A root queue: what follows from sched->features. */
void fair_rq_note_features(const struct sched *sched, struct fair_rq *fair);
/* Its own stopper will move @task, if it must, and wake who waits; from sched->stop_works. */
struct stop_work *sched_migration_work(struct sched *sched, struct task *task, u32 dest,
				       enum record_move why);
void sched_pinned_init(struct sched *sched);
void rq_init(struct sched *sched, struct rq *rq, u32 cpu);
void root_domain_init(struct sched *sched);

/* prev_balance(); then the best of all classes. @served: it is a lower class's, by a server. */
void sched_balance_classes(struct rq *rq, struct task *prev);
struct task *sched_pick_class(struct rq *rq, bool *served);
/* The current task of @rq is preempted in kernel mode (cond_resched, preempt_enable). */
void sched_schedule_kernel(struct rq *rq);
/* A segment ends early so that its task looks at its signals. */
void sched_cut_segment(struct sched *sched, struct cpu *cpu, struct task *curr);
void sched_run_balance_callbacks(struct rq *rq);
/* balance_push(): the current task is pushed away; or the queue is empty and who waits is told. */
void sched_balance_push(struct rq *rq);
/* do_set_cpus_allowed(): a queued task keeps its place. @cpus lives as long as the task. */
void sched_set_mask(struct sched *sched, struct task *task, const struct cpumask *cpus);
/* Activates what other cpus put on the wake list. */
void sched_ttwu_pending(struct rq *rq);

#endif
