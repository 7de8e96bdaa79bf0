/* SPDX-License-Identifier: MIT */
/* Distributions of times: their names, and intervals cut by the window's ends. */
#include "observe/latency.h"

const char *const metric_dist_names[NR_METRIC_DISTS] = {
	[DIST_WAKEUP_LATENCY] = "wakeup_latency",
	[DIST_SLICE] = "slice",
	[DIST_RESPONSE] = "response",
	[DIST_FORK_LATENCY] = "fork_latency",
	[DIST_PREEMPT_WAIT] = "preempt_wait",
};

static void open_task(struct task_chunk *chunk, u32 slot, u64 when)
{
	struct task_state *state = &chunk->state[slot];

	state->since = max_of(state->since, when);
	state->wait_dist = DIST_SCRAP;
	state->woken = NEVER;
}

static void close_task(struct task_chunk *chunk, u32 slot, u64 when)
{
	struct task_state *state = &chunk->state[slot];
	u64 passed = when > state->since ? when - state->since : 0;

	if (phase_waits(state->phase))
		state->run_delay_ns += passed;
	if (state->phase >= PHASE_WAITING || phase_is_dead(state->phase))
		return;
	state->sleep_ns += passed;
	chunk_slept(chunk, slot, state->phase, passed);
}

typedef void (*task_fn)(struct task_chunk *chunk, u32 slot, u64 when);

static void each_task(struct tasks *tasks, task_fn fn, u64 when)
{
	for (u32 i = 0; i < tasks->nr_chunks; i++) {
		if (tasks->chunks[i] == tasks->graveyard)
			continue;
		for (u32 slot = 0; slot < TASKS_CHUNK; slot++)
			fn(tasks->chunks[i], slot, when);
	}
}

void latency_open(struct tasks *tasks, u64 when)
{
	each_task(tasks, open_task, when);
}

void latency_close(struct tasks *tasks, u64 when)
{
	each_task(tasks, close_task, when);
}
