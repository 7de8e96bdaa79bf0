/* SPDX-License-Identifier: MIT */
/* What the judgement of wakeups keeps in hand, for its two files: evidence by pair, and rhythm. */
#ifndef OSSIM_INPUT_REPLAY_JUDGE_H
#define OSSIM_INPUT_REPLAY_JUDGE_H

#include "input/replay.h"

enum { GRID_ORIGIN = 1 << 30 /* more than there are points before it */ };

/* Who mostly wakes a task. */
struct partner {
	u32 waker, count, sleeps;
};

/* A wakee's undecided wakings, by waker. */
struct pair {
	u32 waker, count, prompt, short_tail;
	bool works; /* the waker's work makes the wakee's rhythm */
};

struct judge {
	struct replay *replay;
	vec_of(u32) sleeps; /* of the wakee in hand: its wakings, in order of time */
	vec_of(struct pair) pairs;
	vec_of(struct partner) partners; /* by task id */
	vec_of(u32) pair_of;             /* by waker's task id: index in pairs, or REPLAY_NONE */
	vec_of(u64) sorted;
	vec_of(u32) rhythm; /* wakings that may be a timer's */
	vec_of(u64) grid;   /* for each of those its point, or NEVER */
	u64 origin;         /* when point GRID_ORIGIN was */
	u64 window_ns;
};

static inline struct replay_waking *waking_at(const struct judge *j, u32 index)
{
	return &j->replay->wakings.at[index];
}

static inline const struct replay_task *task_of(const struct judge *j, u32 task)
{
	return &j->replay->tasks.at[task];
}

struct rhythm {
	u64 period; /* 0: there is none */
	u64 grid_jitter;
	u64 sleep_ns; /* 0: sleeps are not alike */
	u64 sleep_jitter;
};

/* Of the sleeps in hand that may be a timer's; fills @j->rhythm and @j->grid. */
struct rhythm replay_rhythm(struct judge *j);
/*
 * Is the work that @waker does between two wakeups of the wakee more of one length than the wakee's
 * sleeps, and the time between them? Then it makes the rhythm.
 */
bool rhythm_is_work(struct judge *j, u32 waker);
/* Does the waking at index @at of @j->rhythm fit? */
bool rhythm_fits(const struct judge *j, const struct rhythm *rhythm, u32 at);

static inline bool most(u32 part, u32 whole)
{
	return (u64)part * 10 >= (u64)whole * 7;
}

#endif
