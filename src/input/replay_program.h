/* SPDX-License-Identifier: MIT */
/*
 * What the files share that make a task's program: the account of its time, and how one of its
 * steps becomes actions.
 */
#ifndef OSSIM_INPUT_REPLAY_PROGRAM_H
#define OSSIM_INPUT_REPLAY_PROGRAM_H

#include "input/replay.h"
#include "model/ops.h"

struct program_writer {
	const struct replay *replay;
	const struct replay_task *task;
	u32 id;
	u32 bound; /* 1 + the step in which its cpus were limited, or 0 */
	replay_actions *out;
	s32 prio;             /* at this point */
	s64 balance;          /* recorded cpu time not yet spent */
	u64 grid;             /* the last point of its timer's grid; NEVER: not yet used */
	u64 longest_ns;       /* burst that ended by itself */
	u64 burst_ns;         /* of the present one */
	vec_of(u32) children; /* that can be waited for */
	struct replay_cycle cycle;
};

void program_put(struct program_writer *w, enum op_code code, u32 arg, u64 value);
/* A task blocks; what it ran before that is on the account. */
void program_sleep(struct program_writer *w, const struct replay_step *step);
/* It waits for a child's end, whoever that is. */
void program_wait(struct program_writer *w);
void program_step(struct program_writer *w, u32 index);
/* What was run before the sleep @step, up to the entry into it. */
void program_run_up_to_sleep(struct program_writer *w, const struct replay_step *step);

/* See replay_cycle.c. */
void program_cycle(struct program_writer *w);

#endif
