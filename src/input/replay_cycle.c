/* SPDX-License-Identifier: MIT */
/*
 * What a task goes on with that has done all it did in the recording.
 *
 * On another machine it may get there before the end. One that works and sleeps, and depends on
 * nobody, then goes on as before: what it did between two sleeps, as far apart as can be, is done
 * again and again. It must have slept often, or nothing tells what it is like; and if the last
 * sleep is longer than all others, it has come to rest. Who came back at once from most of its
 * sleeps was behind with a timer: what it would do if it had its time does not show.
 *
 * Who waits for others, or is waited for, cannot go on alone: see replay_circle.c.
 */
#include "input/replay_program.h"

enum {
	SLEEPS_LEAST = 10,
	SLEEPS_MOST = 500, /* so many show what it is like */
	AT_REST = 2,       /* it sleeps so many times longer than ever before */
};

/*
 * By an interrupt, for sure: a wait for another task that passes for a sleep, as it has a rhythm,
 * would set the task free from it.
 */
static bool ends_apart(const struct replay *replay, const struct replay_step *block)
{
	const struct replay_waking *w = &replay->wakings.at[block->arg];

	return w->verdict == VERDICT_CHILD ||
	       (w->context == RECORD_FLAG_IRQ &&
		(w->verdict == VERDICT_OUTSIDE || w->verdict == VERDICT_GRID ||
		 w->verdict == VERDICT_TICK));
}

/* Does somebody wait for what is done there, whether he sleeps or not? */
static bool has_unseen(const struct replay *replay, u32 id, u32 index)
{
	u32 at = replay_first_unseen(replay, id, index);

	return at < replay->unseen.len && replay->unseen.at[at].task == id &&
	       replay->unseen.at[at].step == index;
}

static bool is_apart(const struct replay *replay, u32 id, u32 index, bool forks, bool together);

/* May it be made again? Then it must come to its end, too. */
static bool is_on_its_own(const struct replay *replay, u32 id)
{
	const struct replay_task *task = &replay->tasks.at[id];

	for (u32 i = 0; i < task->steps.len; i++)
		if (task->steps.at[i].kind != STEP_EXIT && task->steps.at[i].kind != STEP_EXEC &&
		    !is_apart(replay, id, i, false, false))
			return false;
	return true;
}

/* Can this step be done again, whatever others do? */
static bool is_apart(const struct replay *replay, u32 id, u32 index, bool forks, bool together)
{
	const struct replay_step *step = &replay->tasks.at[id].steps.at[index];

	if (replay_section_at(replay, id, index) ||
	    (!together &&
	     (step->turn != REPLAY_NONE || step->vain || has_unseen(replay, id, index))))
		return false;
	switch ((enum replay_step_kind)step->kind) {
	case STEP_AWAIT_CPU:
	case STEP_WAIT:
		return true;
	case STEP_WAKE:
		return (together || !replay_is_post(&replay->wakings.at[step->arg])) &&
		       replay->wakings.at[step->arg].verdict != VERDICT_LOCK;
	case STEP_BLOCK:
		return step->arg != REPLAY_NONE &&
		       ((together && replay_is_post(&replay->wakings.at[step->arg])) ||
			ends_apart(replay, step));
	case STEP_FORK:
		return forks && replay->tasks.at[step->arg].status == STATUS_DEAD &&
		       is_on_its_own(replay, step->arg);
	default:
		return false;
	}
}

bool replay_can_do_again(const struct replay *replay, u32 id, u32 step, bool together)
{
	return is_apart(replay, id, step, true, together);
}

static u64 slept(const struct replay *replay, const struct replay_step *block)
{
	return replay->wakings.at[block->arg].when -
	       min_of(replay->wakings.at[block->arg].when, block->when);
}

/* The end that it has not come to, if it sleeps. */
static bool is_at_rest(const struct replay *replay, const struct replay_task *task, u64 longest)
{
	const struct replay_step *last = &vec_last(&task->steps);
	u64 window = replay->to - replay->from;

	if (task->status != STATUS_ASLEEP)
		return false;
	return last->kind != STEP_BLOCK || last->arg != REPLAY_NONE ||
	       window - min_of(window, last->when) > AT_REST * longest;
}

static u8 verdict_of(const struct replay *replay, const struct replay_task *task, u32 block)
{
	return replay->wakings.at[task->steps.at[block].arg].verdict;
}

/* Of a timer, the last point before the sleep @block: its program has come to that. */
static u64 grid_before(const struct replay *replay, const struct replay_task *task, u32 block)
{
	for (u32 i = block; i-- > 0;) {
		const struct replay_step *step = &task->steps.at[i];

		if (step->kind == STEP_BLOCK && step->arg != REPLAY_NONE &&
		    verdict_of(replay, task, i) == VERDICT_GRID)
			return replay->wakings.at[step->arg].grid;
	}
	return NEVER;
}

/* It makes a child that has not come to its end when the window does. */
static bool makes_one_of_the_last(const struct replay *replay, const struct replay_step *step)
{
	return step->kind == STEP_FORK && replay->tasks.at[step->arg].status != STATUS_DEAD &&
	       is_on_its_own(replay, step->arg);
}

/*
 * It begins with a sleep like that with which it ends: a delay before a timer, say, was another
 * thing.
 */
static struct replay_cycle cycle_of(const struct replay *replay, u32 id)
{
	const struct replay_task *task = &replay->tasks.at[id];
	struct replay_cycle cycle = {0};
	u32 sleeps = 0, at_once = 0, second = 0, i = task->steps.len;
	u64 longest = 0;

	if (!i || task->status == STATUS_DEAD || task->exiting || task->serves)
		return cycle;
	i -= vec_last(&task->steps).kind == STEP_BLOCK && vec_last(&task->steps).arg == REPLAY_NONE;
	while (i-- > 0 && sleeps < SLEEPS_MOST && task->steps.at[i].when >= replay->lead) {
		if (sleeps < SLEEPS_LEAST && makes_one_of_the_last(replay, &task->steps.at[i])) {
			cycle = (struct replay_cycle){.cut = true};
			sleeps = at_once = 0;
			continue;
		}
		if (!replay_can_do_again(replay, id, i, false))
			return (struct replay_cycle){0};
		if (task->steps.at[i].kind != STEP_BLOCK ||
		    (cycle.last &&
		     verdict_of(replay, task, i) != verdict_of(replay, task, cycle.last)))
			continue;
		second = cycle.first;
		cycle.first = i;
		cycle.last = cycle.last ? cycle.last : i;
		longest = max_of(longest, slept(replay, &task->steps.at[i]));
		at_once += verdict_of(replay, task, i) != VERDICT_GRID &&
			   slept(replay, &task->steps.at[i]) <= REPLAY_AT_ONCE;
		sleeps++;
	}
	if (sleeps <= SLEEPS_LEAST || at_once * 2 >= sleeps || is_at_rest(replay, task, longest))
		return (struct replay_cycle){0};
	if (verdict_of(replay, task, cycle.first) == VERDICT_GRID &&
	    grid_before(replay, task, cycle.first) == NEVER)
		/* who begins to use a timer sleeps as long as it takes to the first point */
		cycle.first = second;
	return cycle;
}

/* Those that it makes in the round that is not complete are made by the next one. */
static void forget_children(struct replay *replay, const struct replay_task *task)
{
	for (u32 i = task->cycle.last; i < task->steps.len; i++)
		if (task->steps.at[i].kind == STEP_FORK)
			replay->tasks.at[task->steps.at[i].arg].origin = ORIGIN_NONE;
}

void replay_cycles(struct replay *replay)
{
	for (u32 i = 0; i < replay->tasks.len; i++) {
		struct replay_task *task = &replay->tasks.at[i];

		if (!task->cycle.last)
			task->cycle = cycle_of(replay, i);
		if (task->cycle.cut)
			forget_children(replay, task);
	}
}

/* In a loop in which no time passed the machine would hang. */
static void take_time(struct program_writer *w, u32 begin)
{
	for (u32 i = begin; i < w->out->len; i++)
		if (w->out->at[i].kind == OP_RUN || w->out->at[i].kind == OP_SLEEP ||
		    w->out->at[i].kind == OP_TIMER)
			return;
	program_put(w, OP_RUN, 0, 1);
}

/* What is left of a burst at the end of its steps is put off to the next round. */
static void go_on_together(struct program_writer *w)
{
	u32 begin;

	program_put(w, OP_LOOP, 0, 0);
	begin = w->out->len;
	w->grid = grid_before(w->replay, w->task, w->cycle.first);
	w->balance = 0;
	for (u32 i = w->cycle.first; i < w->cycle.last; i++)
		program_step(w, i);
	if (w->balance > 0)
		program_put(w, OP_RUN, 0, (u64)w->balance);
	take_time(w, begin);
	program_put(w, OP_END, 0, 0);
}

/* Does the round leave a child behind for which the next one waits first? */
static bool leaves_child(const struct program_writer *w)
{
	const struct replay_task *task = w->task;
	u32 child = w->replay->wakings.at[task->steps.at[w->cycle.last].arg].waker;

	if (verdict_of(w->replay, task, w->cycle.last) != VERDICT_CHILD)
		return false;
	for (u32 i = w->cycle.first; i < w->cycle.last; i++)
		if (task->steps.at[i].kind == STEP_FORK && task->steps.at[i].arg == child)
			return true;
	return false;
}

/* The task is about to sleep. */
void program_cycle(struct program_writer *w)
{
	const struct replay_task *task = w->task;

	if (w->cycle.together) {
		go_on_together(w);
		return;
	}
	program_put(w, OP_LOOP, 0, 0);
	w->grid = grid_before(w->replay, task, w->cycle.first);
	w->balance = leaves_child(w) ? 0 : (s64)w->replay->costs.block; /* it has run up to that */
	if (leaves_child(w))
		program_wait(w);
	else
		program_sleep(w, &task->steps.at[w->cycle.first]);
	for (u32 i = w->cycle.first + 1; i < w->cycle.last; i++)
		program_step(w, i);
	program_run_up_to_sleep(w, &task->steps.at[w->cycle.last]);
	program_put(w, OP_END, 0, 0);
}
