/* SPDX-License-Identifier: MIT */
/* States of tasks over time, told by switches and wakeups. */
#include "observe/states.h"

#include <stdio.h>

static void add(struct state_log *log, const struct record *r, u32 task,
		enum state_change_kind kind, u32 cpu)
{
	vec_push(&log->all,
		 ((struct state_change){
			 .when = r->when,
			 .task = task,
			 .cpu = cpu,
			 .prev_state = kind == STATE_LEFT ? (u16)record_prev_state(r) : 0,
			 .kind = (u8)kind,
		 }));
}

static void take(void *self, const struct record *batch, size_t count)
{
	struct state_log *log = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		switch (r->kind) {
		case RECORD_SWITCH:
			add(log, r, r->task, STATE_LEFT, r->cpu);
			add(log, r, r->other, STATE_RUNS, r->cpu);
			break;
		case RECORD_FORK:
			add(log, r, r->task, STATE_NEW, r->cpu);
			break;
		case RECORD_WAKEUP:
		case RECORD_WAKEUP_NEW:
			add(log, r, r->task, STATE_WOKEN, r->arg);
			break;
		default:
			break;
		}
	}
}

struct sink state_log_sink(struct state_log *log)
{
	return (struct sink){
		.self = log,
		.wants = RECORD_BIT(SWITCH) | RECORD_BIT(FORK) | RECORD_BIT(WAKEUP) |
			 RECORD_BIT(WAKEUP_NEW),
		.take = take,
	};
}

void state_log_fini(struct state_log *log)
{
	vec_fini(&log->all);
}

const char *state_change_text(const struct state_change *change, char *buf)
{
	char state[16];

	switch ((enum state_change_kind)change->kind) {
	case STATE_NEW:
		return "NEW";
	case STATE_WOKEN:
		snprintf(buf, 40, "R  waits on cpu %u", change->cpu);
		return buf;
	case STATE_RUNS:
		snprintf(buf, 40, "R  runs on cpu %u", change->cpu);
		return buf;
	case STATE_LEFT:
		break;
	}
	snprintf(buf, 40, "%s", record_state_text(change->prev_state, state));
	return buf;
}
