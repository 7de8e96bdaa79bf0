/* SPDX-License-Identifier: MIT */
/*
 * Do tasks that are woken by the same ones wait in one queue, and of which kind is it?
 *
 * If they share a queue they leave it in the order in which they came. That is so with a queue for
 * each of them, too, if they are served in turn; so something has to tell that it is one:
 *
 *	- A call wakes several, all who wait: a call wakes from one queue. Or there is no turn that
 *	  would explain whom several calls in a row wake, all who wait.
 *	- Who was woken often finds nothing, as another one was quicker, and waits on: it is a
 *	  semaphore, or like one.
 */
#include "input/replay_queues.h"

#include "base/sorted.h"

enum {
	MANY = 10,
	VAIN_OFTEN = 10,  /* one wakeup of so many at least was for what another one took */
	TALK_OFTEN = 10,  /* so seldom may one wake another, by broadcasts */
	ORDER_OFTEN = 20, /* out of order may be one of so many */
	/* so seldom another one may be woken than who would be next in a fixed order */
	VARIED = 20,
	MEMBERS_MOST = 32, /* whose order is looked at */
};

/* ---- In which order they are woken ---- */

/* When does the wakee of that handing come to wait? */
static u64 waits_since(const struct queue_finder *f, u32 handing)
{
	const struct replay_waking *w = handed(f, handing);

	return f->replay->tasks.at[w->wakee].steps.at[w->block].when;
}

/* From the last one back: who is woken later, and has waited since when? */
static bool is_in_order(const struct queue_finder *f, const struct queue_row *row)
{
	u64 others_since = NEVER;
	u32 several = 0, wrong = 0;

	for (u32 i = row->from + row->nr; i-- > row->from;) {
		const struct replay_waking *w = handed(f, i);
		u64 since = waits_since(f, i);

		several += others_since < w->when;
		wrong += others_since < min_of(since, w->when);
		others_since = min_of(others_since, since);
	}
	return several >= MANY && (u64)wrong * ORDER_OFTEN <= several;
}

/* A fixed order in which members might be woken: who comes behind whom, by place. */
struct turns {
	/* so often the one was woken next after the other */
	u32 follows[MEMBERS_MOST][MEMBERS_MOST];
	u32 next[MEMBERS_MOST];
	u32 at[MEMBERS_MOST]; /* the next handing to that member; 0: there is none */
};

/* By task: its place among the members. */
static void place_members(struct queue_finder *f, const struct queue_row *row)
{
	for (u32 i = 0; i < row->nr_members; i++)
		f->place_of.at[f->members.at[row->first + i]] = i;
}

static u32 place_at(const struct queue_finder *f, u32 handing)
{
	return f->place_of.at[handed(f, handing)->wakee];
}

/* Who comes behind somebody is who most often did. False: that is no round of all @nr. */
static bool find_turns(const struct queue_finder *f, const struct queue_row *row,
		       struct turns *turns)
{
	u32 nr = row->nr_members, visited = 0, place = 0;

	for (u32 i = row->from + 1; i < row->from + row->nr; i++)
		turns->follows[place_at(f, i - 1)][place_at(f, i)]++;
	for (u32 i = 0; i < nr; i++) {
		turns->next[i] = i ? 0 : 1;
		for (u32 j = 0; j < nr; j++)
			if (j != i && turns->follows[i][j] > turns->follows[i][turns->next[i]])
				turns->next[i] = j;
	}
	do {
		place = turns->next[place];
		visited++;
	} while (place && visited <= nr);
	return visited == nr;
}

/* The first one behind @place who waits when @handing comes. */
static u32 whose_turn(const struct queue_finder *f, const struct turns *turns, u32 place,
		      u32 handing)
{
	u64 now = handed(f, handing)->when;
	u32 next = turns->next[place];

	while (next != place && !(turns->at[next] && waits_since(f, turns->at[next] - 1) < now))
		next = turns->next[next];
	return next;
}

/*
 * Tasks that are woken in a fixed order, each by a queue of its own, come back in that order, too,
 * even if those are left out who are not waiting. So that must not explain as well who is woken.
 */
static bool is_varied(struct queue_finder *f, const struct queue_row *row)
{
	struct turns turns = {0};
	vec_of(u32) again = {0};
	u32 other = 0;

	if (row->nr_members > MEMBERS_MOST)
		return false;
	place_members(f, row);
	if (!find_turns(f, row, &turns))
		return true;
	vec_reserve(&again, row->nr);
	for (u32 i = row->from + row->nr; i-- > row->from;) {
		again.at[i - row->from] = turns.at[place_at(f, i)];
		turns.at[place_at(f, i)] = i + 1;
	}
	for (u32 i = row->from; i < row->from + row->nr; i++) {
		u32 place = place_at(f, i);

		other += i > row->from && whose_turn(f, &turns, place_at(f, i - 1), i) != place;
		turns.at[place] = again.at[i - row->from];
	}
	vec_fini(&again);
	return (u64)other * VARIED >= row->nr;
}

/* ---- Do they take something there? ---- */

/* How calls of a row found its members, and what those found that they woke. */
struct finds {
	u32 calls, left; /* they left somebody waiting */
	u32 real, vain;  /* who was overtaken by one who came back to wait worked, or waited on */
};

bool queue_call_ends(const struct queue_finder *f, const struct queue_row *row, u32 i)
{
	const struct replay_waking *w = handed(f, i);
	const struct replay_task *waker = &f->replay->tasks.at[w->waker];
	u64 ran = 0;

	if (i + 1 == row->from + row->nr || handed(f, i + 1)->waker != w->waker)
		return true;
	for (u32 step = replay_step_of(f->replay, waker, f->handings.at[i].waking);
	     step < waker->steps.len && ++step < waker->steps.len;) {
		const struct replay_step *next = &waker->steps.at[step];

		ran += next->ran;
		if (ran > REPLAY_SAME_CALL ||
		    (next->kind != STEP_WAKE && next->kind != STEP_AWAIT_CPU))
			return true;
		if (next->kind == STEP_WAKE)
			return next->arg != f->handings.at[i + 1].waking;
	}
	return true;
}

u32 replay_vain_wait(const struct replay *replay, const struct replay_waking *w)
{
	const struct replay_task *task = &replay->tasks.at[w->wakee];
	u64 ran = 0;

	for (u32 i = w->block + 1; i < task->steps.len; i++) {
		ran += task->steps.at[i].ran;
		if (ran > REPLAY_VAIN_MOST || (task->steps.at[i].kind != STEP_BLOCK &&
					       task->steps.at[i].kind != STEP_AWAIT_CPU))
			break;
		if (task->steps.at[i].kind == STEP_BLOCK)
			return i;
	}
	return REPLAY_NONE;
}

/* The last of @nr times that is before @when; 0: none is. */
static u64 last_before(const u64 *times, u32 nr, u64 when)
{
	u32 at = first_not(i, nr, times[i] < when);

	return at ? times[at - 1] : 0;
}

/*
 * Who comes to wait while another one has been woken, but has not had the cpu, would have taken
 * what that one was woken for, if there was something to take. What another wakeup brings behind
 * that may be for that one.
 */
static void see_overtaken(const struct queue_finder *f, const struct queue_row *row,
			  struct finds *finds)
{
	vec_of(u64) waits = {0}, wakeups = {0};

	for (u32 i = row->from; i < row->from + row->nr; i++) {
		vec_push(&waits, waits_since(f, i));
		vec_push(&wakeups, handed(f, i)->when);
	}
	sort_u64(waits.at, waits.len);
	for (u32 i = row->from; i < row->from + row->nr; i++) {
		const struct replay_waking *w = handed(f, i);
		/* who leaves the cpu to it, too */
		u64 end = w->when + w->delay_ns, came = last_before(waits.at, waits.len, end + 1);

		if (came <= w->when || last_before(wakeups.at, wakeups.len, end) > came)
			continue;
		if (replay_vain_wait(f->replay, w) == REPLAY_NONE)
			finds->real++;
		else
			finds->vain++;
	}
	vec_fini(&waits);
	vec_fini(&wakeups);
}

static void see_calls(const struct queue_finder *f, const struct queue_row *row,
		      struct finds *finds)
{
	u64 others_since = NEVER;

	for (u32 i = row->from + row->nr; i-- > row->from;) {
		if (queue_call_ends(f, row, i)) {
			finds->calls++;
			finds->left += others_since < handed(f, i)->when;
		}
		others_since = min_of(others_since, waits_since(f, i));
	}
}

/*
 * Who comes too late for a broadcast misses it, in the simulation as well; so its waiters must not
 * wait for each other, as for a mutex of theirs, more than now and then: they would all fall
 * behind.
 */
static bool are_independent(struct queue_finder *f, const struct queue_row *row)
{
	const struct replay *replay = f->replay;
	u64 nr = 0;

	f->stamp++;
	for (u32 i = 0; i < row->nr_members; i++)
		f->mark.at[f->members.at[row->first + i]] = f->stamp;
	for (u32 i = 0; i < replay->wakings.len; i++) {
		const struct replay_waking *w = &replay->wakings.at[i];

		nr += replay_is_post(w) && f->mark.at[w->waker] == f->stamp &&
		      f->mark.at[w->wakee] == f->stamp;
	}
	return nr * TALK_OFTEN <= row->nr;
}

/* Who waits in vain has shared what another one took. */
enum replay_queue_kind queue_kind_of(struct queue_finder *f, const struct queue_row *row)
{
	struct finds finds = {0};
	bool all;

	if (!is_in_order(f, row))
		return QUEUE_OF_ONE;
	see_overtaken(f, row, &finds);
	see_calls(f, row, &finds);
	all = finds.left * ORDER_OFTEN <= finds.calls;
	if (all && (row->by_calls || (finds.real > finds.vain && is_varied(f, row))) &&
	    are_independent(f, row))
		return QUEUE_BROADCAST;
	return finds.vain > finds.real && finds.vain * VAIN_OFTEN >= row->nr ? QUEUE_SEMAPHORE
									     : QUEUE_OF_ONE;
}
