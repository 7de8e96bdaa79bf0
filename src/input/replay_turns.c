/* SPDX-License-Identifier: MIT */
/*
 * The turns of a dialogue that left no wakeup.
 *
 * Two tasks that talk (a pipe each way, a condition) take turns, but a trace shows only the waits
 * that slept: if the woken one runs at once, answers and waits again before its partner gets to
 * waiting, the answer wakes nobody. Without it the partner's program would have no reason to wait,
 * and would run ahead in a simulation that schedules a little differently.
 *
 * Such a turn is seen by this: a task blocks, is woken by its partner, and blocks again to be woken
 * by him again, while he has not slept in between; but he had to wait for the cpu as it blocked.
 * The answer is put before its block, his wait for it to where he waited for the cpu.
 */
#include "input/replay.h"

/* Goes along a task's steps with the time. */
struct cursor {
	struct replay_task *task;
	u32 at;
};

/* The stretch of waiting for the cpu in which @when lies, or NULL. Called with rising times. */
static struct replay_step *waiting_at(struct cursor *c, u64 when)
{
	struct replay_step *found = NULL;

	for (; c->at < c->task->steps.len && c->task->steps.at[c->at].when <= when; c->at++) {
		struct replay_step *step = &c->task->steps.at[c->at];

		found = step->kind == STEP_AWAIT_CPU && step->when + step->arg >= when ? step
										       : NULL;
	}
	return found;
}

static bool is_woken_by(const struct replay *replay, const struct replay_step *block, u32 waker)
{
	return block->arg != REPLAY_NONE && replay->wakings.at[block->arg].waker == waker &&
	       replay->wakings.at[block->arg].verdict == VERDICT_POST;
}

/* Did it wake @partner between its steps @first and @last? */
static bool has_answered(const struct replay *replay, const struct replay_task *task, u32 first,
			 u32 last, u32 partner)
{
	for (u32 i = first; i < last; i++) {
		const struct replay_step *step = &task->steps.at[i];

		if (step->kind == STEP_WAKE && replay->wakings.at[step->arg].wakee == partner &&
		    replay->wakings.at[step->arg].block != REPLAY_NONE)
			return true;
	}
	return false;
}

/* Unseen answers of @speaker to @listener. */
static void find_answers(struct replay *replay, u32 speaker, u32 listener)
{
	struct replay_task *task = &replay->tasks.at[speaker];
	struct cursor cursor = {.task = &replay->tasks.at[listener]};
	u32 first = REPLAY_NONE; /* behind the last sleep that the listener ended */

	for (u32 i = 0; i < task->steps.len; i++) {
		struct replay_step *block = &task->steps.at[i], *wait;
		bool woken;

		if (block->kind != STEP_BLOCK)
			continue;
		woken = is_woken_by(replay, block, listener);
		if (woken && first != REPLAY_NONE &&
		    !has_answered(replay, task, first, i, listener)) {
			wait = waiting_at(&cursor, block->when);
			if (wait && wait->turn == REPLAY_NONE) {
				block->turn = listener;
				wait->turn = speaker;
			}
		}
		first = woken ? i + 1 : REPLAY_NONE;
	}
}

void replay_turns(struct replay *replay, u32 one, u32 other)
{
	find_answers(replay, one, other);
	find_answers(replay, other, one);
}
