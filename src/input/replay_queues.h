/* SPDX-License-Identifier: MIT */
/*
 * What the search for shared queues keeps in hand, for its two files: who is looked at together,
 * and what kind of queue that shows.
 */
#ifndef OSSIM_INPUT_REPLAY_QUEUES_H
#define OSSIM_INPUT_REPLAY_QUEUES_H

#include "input/replay.h"

/* A wakeup of one who may wait in such a queue. */
struct queue_handing {
	u32 class, component; /* tasks that stand for them; at first the wakee and its waker */
	u32 waking;
};

/* Consecutive handings, of the same component. */
struct queue_row {
	u32 from, nr;
	bool by_calls; /* of tasks that calls wake together */
	u8 kind;       /* enum replay_queue_kind */
	u32 first;     /* of the members; many come behind it in queue_finder.members */
	u32 nr_members;
};

/* The wakee depends on the waker. */
struct queue_tie {
	u32 waker, wakee;
	u64 last; /* when that was for the last time */
};

struct queue_finder {
	struct replay *replay;
	u32 nr_tasks;
	/* by task: one that leads to who stands for its class; see base/sets.h */
	vec_of(u32) class_of;
	vec_of(u32) called;   /* by task: 1: a call has woken it together with another one */
	vec_of(u32) group_of; /* by waker, and behind them by wakee: the same for components */
	vec_of(struct queue_handing) handings;
	vec_of(struct queue_row) rows;
	vec_of(u32) members;
	vec_of(struct queue_tie) ties;
	vec_of(u32) mark;     /* by task: see stamp */
	vec_of(u32) place_of; /* by task: see place_members() */
	u32 stamp;
};

static inline const struct replay_waking *handed(const struct queue_finder *f, u32 handing)
{
	return &f->replay->wakings.at[f->handings.at[handing].waking];
}

/* QUEUE_OF_ONE: they share none, or nothing tells that they do. */
enum replay_queue_kind queue_kind_of(struct queue_finder *f, const struct queue_row *row);
/* Is @handing of @row the last wakeup of its call? */
bool queue_call_ends(const struct queue_finder *f, const struct queue_row *row, u32 handing);

#endif
