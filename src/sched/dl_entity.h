/* SPDX-License-Identifier: MIT */
/*
 * What the deadline class schedules: a task's reservation, or a server's, which feeds a lower
 * class.
 *
 * A reservation is a budget of dl_runtime in each dl_period, to be had within dl_deadline of the
 * period's beginning. Most tasks have none, so it is not in struct task but in a pool of the
 * scheduler (sched->dl_entities), from the first call that asks for it to the task's 0-lag time.
 * Times are ns; absolute ones are of rq->clock. Kernel: struct sched_dl_entity, kernel/sched/
 * deadline.c. Reference: core-rt-dl-ext.md 3.
 */
#ifndef OSSIM_SCHED_DL_ENTITY_H
#define OSSIM_SCHED_DL_ENTITY_H

#include "base/rbtree.h"
#include "machine/timer.h"

struct rq;
struct sched;
struct task;

struct dl_entity {
	/* Touched by every event. */
	struct rb_node node; /* in dl_rq.timeline while on_queue */
	u64 deadline;        /* absolute */
	s64 runtime;         /* what is left of the budget; negative: overrun, to be paid back */
	bool on_queue;
	bool throttled; /* waits for its replenishment */
	bool yielded;   /* gave its budget away */
	/* blocked, its 0-lag time not reached: still counted in running_bw */
	bool non_contending;
	bool overrun;      /* a budget was exceeded, its task not yet told (DL_FLAG_OVERRUN) */
	bool pushable;     /* in dl_rq.pushable */
	bool dead;         /* its task is gone; kept for what happens at its 0-lag time */
	struct task *task; /* NULL: a server, or dead */

	/* Servers: classes/server.h. */
	bool active, defer, armed, defer_running;
	struct task *(*pick)(struct rq *rq);

	/* Parameters; all 0 for a task that is only boosted. */
	u64 dl_runtime, dl_deadline, dl_period;
	u64 bw, density;      /* dl_runtime over dl_period, over dl_deadline, << 20 */
	u32 flags;            /* enum dl_flags, model/program.h */
	struct dl_entity *pi; /* whose parameters are used: its own, or those of a donor */

	/* where its bw is in this_bw: where it runs or sleeps; NULL: nowhere */
	struct rq *rq;
	struct sched *sched;
	u32 index; /* in sched->dl_entities */
	struct rb_node push_node;
	struct timer replenish; /* end of a throttling; a server's zero laxity */
	struct timer inactive;  /* at the 0-lag time */
};

/* Its task runs with the parameters of one that waits for what it holds. */
static inline bool dl_is_boosted(const struct dl_entity *dl)
{
	return dl->pi != dl;
}

/* The deadline class's queue of one cpu. */
struct dl_rq {
	struct rb_tree timeline; /* by deadline, equal ones as they came */
	struct rb_tree pushable; /* those that wait and may go elsewhere, by deadline */
	u32 nr_running;          /* in the timeline, a server included */
	/* of them, tasks with more than one cpu (6.1's idea of overloaded) */
	u32 nr_migratory;
	u64 earliest_curr, earliest_next; /* deadlines: of all; of the pushable. 0: none */
	u64 running_bw, this_bw; /* of contending entities; of all that are or sleep here */
	u64 extra_bw;            /* what admission has left, for GRUB */
	bool overloaded;
	bool want_push, want_pull; /* for the balance callback */
};

/* A max-heap of cpus by their earliest deadline, and the cpus without one: the kernel's cpudl. */
struct cpudl {
	struct cpudl_item {
		u64 deadline;
		u32 cpu;
	} * item;
	u32 *slot; /* by cpu: index in item + 1; 0: not in it */
	u32 size;
	struct cpumask *free_cpus;
	struct cpumask *latest; /* what a search found */
};

/* The deadline class's part of the root domain. */
struct dl_domain {
	u64 limit_bw;               /* per cpu, << 20; UINT64_MAX: none */
	u64 total_bw;               /* admitted so far */
	u64 max_bw, bw_ratio;       /* GRUB: U_max << 20, 1 / U_max << 8 */
	struct cpumask *overloaded; /* cpus with pushable tasks */
	u32 nr_overloaded;
	struct cpumask *scratch; /* of a rebuild */
	struct cpudl cpudl;
};

#endif
