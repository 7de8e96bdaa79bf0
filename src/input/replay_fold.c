/* SPDX-License-Identifier: MIT */
/*
 * What repeats exactly is written once, as a loop.
 *
 * At each place the period that saves most lines is taken, among the short ones. Times of a real
 * machine hardly ever repeat to the nanosecond, so this is for simulated traces and for hogs.
 */
#include "input/replay.h"

#include "model/ops.h"

enum { PERIOD_MAX = 32, SAVING_LEAST = 3 };

static bool same_action(const struct replay_action *a, const struct replay_action *b)
{
	return a->kind == b->kind && a->shared == b->shared && a->arg == b->arg &&
	       a->value == b->value;
}

/* How often the @period actions at @at come in a row. */
static u32 rounds_at(const replay_actions *in, u32 at, u32 period)
{
	u32 end = at + period;

	while (end < in->len && same_action(&in->at[end], &in->at[end - period]))
		end++;
	return (end - at) / period;
}

/* A loop in which no time can pass would be refused. */
static bool takes_time(const replay_actions *in, u32 at, u32 period)
{
	for (u32 i = at; i < at + period; i++)
		if (in->at[i].kind == OP_RUN || in->at[i].kind == OP_SLEEP ||
		    in->at[i].kind == OP_TIMER)
			return true;
	return false;
}

/* Is what stands before @at only a part of a call? */
static bool cuts_call(const replay_actions *in, u32 at)
{
	return at && in->at[at - 1].kind == OP_SEM_POST && in->at[at - 1].value;
}

void replay_fold(const replay_actions *in, replay_actions *out)
{
	for (u32 at = 0; at < in->len;) {
		u32 best = 0, rounds = 1, saving = 0;

		for (u32 period = 1; period <= PERIOD_MAX && at + 2 * period <= in->len; period++) {
			u32 n = rounds_at(in, at, period);

			if (n > 1 && (n - 1) * period > saving && takes_time(in, at, period) &&
			    !cuts_call(in, at) && !cuts_call(in, at + period)) {
				saving = (n - 1) * period;
				best = period;
				rounds = n;
			}
		}
		if (saving < SAVING_LEAST) {
			vec_push(out, in->at[at++]);
			continue;
		}
		vec_push(out, (struct replay_action){.kind = OP_LOOP, .arg = rounds});
		for (u32 i = at; i < at + best; i++)
			vec_push(out, in->at[i]);
		vec_push(out, (struct replay_action){.kind = OP_END});
		at += rounds * best;
	}
}
