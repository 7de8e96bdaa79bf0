/* SPDX-License-Identifier: MIT */
/* What the files share that collect steps from records. */
#ifndef OSSIM_INPUT_REPLAY_COLLECT_H
#define OSSIM_INPUT_REPLAY_COLLECT_H

#include "input/replay.h"

/* Made when first asked for. Moves when another one is made. */
struct replay_task *replay_task_at(struct replay *replay, u32 id);
/* Adds up cpu time to now. */
void replay_account(struct replay *replay, struct replay_task *task, u64 now);
/* The first thing known of a task in the window. */
void replay_appear(struct replay_task *task, enum replay_origin origin, u64 start);
/* Its index, or REPLAY_NONE outside the window. */
u32 replay_add_step(struct replay *replay, struct replay_task *task, enum replay_step_kind kind,
		    u64 now, u32 arg);
/* Who causes an event on @cpu runs there, and since the last switch if it was not seen coming. */
struct replay_task *replay_running(struct replay *replay, u32 id, u32 cpu, u64 now);
/* It has its first cpu in the part that is rebuilt, if it had none before. */
void replay_runs_first(const struct replay *replay, struct replay_task *task, u32 cpu, u64 now);
/*
 * The event that took it off its cpu is missing, but it has blocked, or died: somebody wakes it, or
 * nothing comes.
 */
void replay_was_blocked(struct replay *replay, struct replay_task *task);
/* All kinds of records but switches, wakeups and migrations. */
void replay_take_life(struct replay *replay, const struct record *r);

#endif
