/* SPDX-License-Identifier: MIT */
/*
 * What a delay was made of: its pieces, end to end, so that they sum up to the whole of it.
 *
 * A sink of decisions and one of records of the same run. It takes what belongs to the delay's task
 * and to the cpus on which it waited, and in the end cuts the time at every pick there and wherever
 * a reschedule became due.
 */
#ifndef OSSIM_OBSERVE_BREAKDOWN_H
#define OSSIM_OBSERVE_BREAKDOWN_H

#include "base/bitset.h"
#include "observe/delay.h"
#include "observe/told.h"

enum piece_kind {
	/* from sched_waking to sched_wakeup: a cpu is chosen, an interrupt goes there */
	PIECE_WAY,
	PIECE_BEHIND,    /* another task runs and shall go on */
	PIECE_DUE,       /* need_resched is set, and not acted on yet */
	PIECE_IDLE_EXIT, /* the cpu leaves idle */
	PIECE_THROTTLED, /* the task may not run, whoever else does */
	NR_PIECE_KINDS
};
extern const char *const piece_kind_names[NR_PIECE_KINDS];

/* A row of the task in the pick that let another one run. */
struct piece_pick {
	u8 rule, class_id, order;
	u64 virtual_time;
	bool by_server; /* from its class by a deadline server */
	bool has_mine;
	/* on the same level; mine is a group's entity above the task's level */
	struct candidate mine, chosen;
	/* without mine: of the breakdown's rivals, until it is known whose group waited */
	u32 first_rival, nr_rivals;
};

struct piece {
	u64 from, to;
	u8 kind; /* enum piece_kind */
	u16 cpu;
	u32 by;      /* who runs meanwhile; TASK_ID_NONE: not known */
	u64 irq_ns;  /* interrupts within it */
	u8 due_rule; /* PIECE_DUE: RESCHED_*; PIECE_THROTTLED: THROTTLE_* */
	u32 group;   /* THROTTLE_GROUP: the group's number, counted from 1 */
	bool lazy, remote, in_tick;
	bool picked; /* pick tells why @by runs; else it ran before the delay began */
	struct piece_pick pick;
};

/* All pieces of one kind behind one task. */
struct wait_sum {
	u8 kind;
	u32 by;
	u32 nr;
	u64 ns; /* without interrupts */
};

/* A cpu that idled while the task waited. */
struct wait_missed {
	u16 cpu;
	bool allowed, allowed_known;
	bool idle_at_wakeup; /* then why says why it was not taken */
	u8 why;              /* enum missed_why */
	u64 idle_ns;
	/* of its last balancing while the task waited; NONE: it did not balance */
	u8 balance_rule;
	u64 balance_when;
};

struct breakdown {
	struct delay delay;
	struct told select, preempt; /* the task's own, the first; .decision.rule NONE: none */
	vec_of(struct piece) pieces;
	vec_of(struct wait_sum) sums; /* largest first */
	u64 irq_ns, total_ns;
	vec_of(struct wait_missed) missed; /* most idle time first */

	/* While taking. */
	struct cpumask *allowed; /* of the task as last told; empty: not known */
	bool arrived;
	s32 prio;            /* of the task as it began to wait */
	vec_of(u32) parents; /* of groups, by id; TASK_ID_NONE: the root */
	struct wait_cpu *cpus;
	u32 nr_cpus;
	vec_of(struct wait_step) steps;
	vec_of(struct group_rival) rivals; /* of picks within the delay */
};

void breakdown_init(struct breakdown *wait, const struct delay *delay, u32 nr_cpus);
void breakdown_fini(struct breakdown *wait);
/* @self is a wait. */
void breakdown_take(void *self, const struct decision *decision);
struct sink breakdown_sink(struct breakdown *wait);
/* After the run (up to the delay's end): fills in pieces, sums, missed. */
void breakdown_finish(struct breakdown *wait);

#endif
