/* SPDX-License-Identifier: MIT */
/*
 * Which state each task was in, from when to when. A sink that keeps all of it, for looking at one
 * run.
 */
#ifndef OSSIM_OBSERVE_STATES_H
#define OSSIM_OBSERVE_STATES_H

#include "base/vec.h"
#include "trace/stream.h"

struct state_change {
	u64 when;
	u32 task, cpu;
	u16 prev_state; /* left its cpu: as in a SWITCH; else 0 */
	u8 kind;        /* enum state_change_kind */
};

enum state_change_kind { STATE_NEW, STATE_WOKEN, STATE_RUNS, STATE_LEFT };

struct state_log {
	vec_of(struct state_change) all;
};

struct sink state_log_sink(struct state_log *log);
void state_log_fini(struct state_log *log);
/* "R running on cpu 1", "S", "R+": what @change has led to, in @buf of 40 bytes. */
const char *state_change_text(const struct state_change *change, char *buf);

#endif
