/* SPDX-License-Identifier: MIT */
/* What the files share that write a rebuilt workload as text. */
#ifndef OSSIM_INPUT_REPLAY_WRITE_H
#define OSSIM_INPUT_REPLAY_WRITE_H

#include "input/replay.h"

struct yaml_writer {
	const struct replay *replay;
	const struct replay_options *options;
	struct text *out;
	vec_of(u32) bearers; /* by name id: how many tasks have this comm */
	vec_of(u32) uses;    /* by task: 1: another one before it had this comm and pid */
	u32 nr_cpus;
	bool cfs; /* a kernel that lags of the trace mean something to */
};

/* In quotes if some reader of YAML would take it for something else. */
void yaml_word(struct text *out, const char *s);
void yaml_time(struct text *out, u64 ns);

/* How many tasks have each comm? Before any name is written. */
void yaml_count_bearers(struct yaml_writer *w);
const char *yaml_comm(const struct yaml_writer *w, u32 task);
/* Of a task: its comm, with a number if others have that, too. */
void yaml_name(const struct yaml_writer *w, u32 id);
void yaml_semaphore(const struct yaml_writer *w, u32 waker, u32 wakee);
/* @index: in replay.queues. */
void yaml_queue(const struct yaml_writer *w, u32 index);
void yaml_mutex(const struct yaml_writer *w, u32 holder);

#endif
