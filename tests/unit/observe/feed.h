/* SPDX-License-Identifier: MIT */
/* Hand-made records for an observer: two cpus, tasks by id. */
#ifndef OSSIM_TESTS_OBSERVE_FEED_H
#define OSSIM_TESTS_OBSERVE_FEED_H

#include "observe/observer.h"

enum { FEED_CPUS = 2, STATE_R = 0, STATE_S = 1, STATE_D = 2, STATE_ZOMBIE = 0x20 };

struct feed {
	struct names names;
	struct stream stream;
	struct observer *observer;
	u64 now;
};

/* @config.window of zeros: everything. */
void feed_init(struct feed *feed, struct observer_config config);
void feed_fini(struct feed *feed);

void feed_put(struct feed *feed, struct record record);
/* Idle tasks 0 and 1. */
void feed_idle_tasks(struct feed *feed);
void feed_task(struct feed *feed, u32 task, const char *comm);
void feed_fork(struct feed *feed, u32 task, u32 parent, const char *comm);
void feed_attr(struct feed *feed, u32 task, u32 policy, s32 nice);
void feed_switch(struct feed *feed, u64 when, u32 cpu, u32 prev, u32 state, u32 next);
void feed_waking(struct feed *feed, u64 when, u32 task);
void feed_wakeup(struct feed *feed, u64 when, u32 task, u32 cpu);
void feed_wakeup_new(struct feed *feed, u64 when, u32 task, u32 cpu);
void feed_migrate(struct feed *feed, u64 when, u32 task, u32 orig, u32 dest, enum record_move why);
void feed_mark(struct feed *feed, u64 when, const char *text);
/* The END record; what is measured then. */
const struct metrics *feed_end(struct feed *feed, u64 when);
const struct task_metrics *feed_find(const struct metrics *metrics, u32 task);

#endif
