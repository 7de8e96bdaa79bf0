/* SPDX-License-Identifier: MIT */
/*
 * Queues in which several tasks wait: of a semaphore, a condition, a pipe with several readers.
 *
 * A trace names who was woken, not where he had waited. It makes a difference under another kernel,
 * where others are first to come back. So tasks that are alike (their comms are, up to a digit; or
 * one call woke both) and are woken by the same ones are looked at together; who woke them a few
 * times only, as at their start, does not count. What tells that they share a queue is in
 * replay_queue_kind.c.
 *
 * Who takes from a queue that several share may be another one than in the recording. That must not
 * keep back who fills it, else the simulation could come to stand still: so nobody who fills it may
 * wait, even by way of others, for one who takes.
 */
#include "input/replay_queues.h"

#include "base/sets.h"
#include "base/sorted.h"

#include <stdlib.h>

enum {
	RARE = 10, /* who wakes a task so much less than another one does is left out */
	MANY = 10,
};

/* ---- Who is like whom ---- */

/* qsort() hands no context. */
struct stem {
	const char *comm;
	u32 task;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int compare_stems(const void *a, const void *b)
{
	const char *x = ((const struct stem *)a)->comm, *y = ((const struct stem *)b)->comm;

	while (*x && *x == *y && !is_digit(*x)) {
		x++;
		y++;
	}
	if (is_digit(*x) && is_digit(*y))
		return 0;
	return (unsigned char)*x - (unsigned char)*y;
}

static void join_names(struct queue_finder *f)
{
	vec_of(struct stem) stems = {0};

	for (u32 i = 0; i < f->nr_tasks; i++)
		vec_push(&stems,
			 (struct stem){names_text(&f->replay->names, f->replay->tasks.at[i].comm),
				       i});
	if (stems.len)
		qsort(stems.at, stems.len, sizeof(*stems.at), compare_stems);
	for (u32 i = 1; i < stems.len; i++)
		if (!compare_stems(&stems.at[i - 1], &stems.at[i]))
			sets_join(f->class_of.at, stems.at[i - 1].task, stems.at[i].task);
	vec_fini(&stems);
}

static void join_calls(struct queue_finder *f)
{
	const struct replay *replay = f->replay;

	for (u32 t = 0; t < f->nr_tasks; t++) {
		const struct replay_task *task = &replay->tasks.at[t];

		for (u32 i = 1; i < task->steps.len; i++) {
			u32 one, other;

			if (!replay_is_same_call(replay, task, i))
				continue;
			one = replay->wakings.at[task->steps.at[i - 1].arg].wakee;
			other = replay->wakings.at[task->steps.at[i].arg].wakee;
			sets_join(f->class_of.at, one, other);
			f->called.at[one] = f->called.at[other] = 1;
		}
	}
}

/* ---- Rows of wakeups ---- */

static int compare_handings(const void *a, const void *b)
{
	const struct queue_handing *x = a, *y = b;

	return order_u64(x->class, y->class) ?: order_u64(x->component, y->component) ?:
	       order_u64(x->waking, y->waking);
}

static void sort_handings(struct queue_finder *f, u32 from, u32 nr)
{
	if (nr)
		qsort(&f->handings.at[from], nr, sizeof(*f->handings.at), compare_handings);
}

/* How many of those from @from on are of one class, or component. */
static u32 alike(const struct queue_finder *f, u32 from, bool by_component)
{
	u32 i = from;

	while (i < f->handings.len && f->handings.at[i].class == f->handings.at[from].class &&
	       (!by_component || f->handings.at[i].component == f->handings.at[from].component))
		i++;
	return i - from;
}

/*
 * Of @nr wakeups of a task, in order of their wakers: all by those that woke it a tenth as often as
 * another one, at least.
 */
static void keep_frequent(struct queue_finder *f, u32 from, u32 nr, u32 *kept)
{
	u32 most = 0;

	for (u32 i = from, count; i < from + nr; i += count) {
		count = alike(f, i, true);
		most = max_of(most, count);
	}
	for (u32 i = from, count; i < from + nr; i += count) {
		count = alike(f, i, true);
		for (u32 j = 0; j < count && (u64)count * RARE >= most; j++)
			f->handings.at[(*kept)++] = f->handings.at[i + j];
	}
}

static void gather(struct queue_finder *f)
{
	const struct replay *replay = f->replay;
	u32 kept = 0;

	for (u32 i = 0; i < replay->wakings.len; i++) {
		const struct replay_waking *w = &replay->wakings.at[i];

		if (replay_is_post(w) && !w->exiting && !w->queue)
			vec_push(&f->handings, (struct queue_handing){.class = w->wakee,
								      .component = w->waker,
								      .waking = i});
	}
	sort_handings(f, 0, f->handings.len);
	for (u32 i = 0, nr; i < f->handings.len; i += nr) {
		nr = alike(f, i, false);
		keep_frequent(f, i, nr, &kept);
	}
	f->handings.len = kept;
	for (u32 i = 0; i < kept; i++)
		f->handings.at[i].class = sets_root(f->class_of.at, f->handings.at[i].class);
	sort_handings(f, 0, kept);
}

/* Within a class: who is woken by the same ones. A task that wakes and is woken is two in this. */
static void split_class(struct queue_finder *f, u32 from, u32 nr)
{
	for (u32 i = from; i < from + nr; i++) {
		const struct replay_waking *w = handed(f, i);

		f->group_of.at[w->waker] = w->waker;
		f->group_of.at[f->nr_tasks + w->wakee] = f->nr_tasks + w->wakee;
	}
	for (u32 i = from; i < from + nr; i++)
		sets_join(f->group_of.at, handed(f, i)->waker, f->nr_tasks + handed(f, i)->wakee);
	for (u32 i = from; i < from + nr; i++)
		f->handings.at[i].component = sets_root(f->group_of.at, handed(f, i)->waker);
	sort_handings(f, from, nr);
}

static void add_row(struct queue_finder *f, u32 from, u32 nr)
{
	struct queue_row row = {.from = from, .nr = nr, .first = f->members.len};

	f->stamp++;
	for (u32 i = from; i < from + nr; i++) {
		u32 wakee = handed(f, i)->wakee;

		if (f->mark.at[wakee] == f->stamp)
			continue;
		f->mark.at[wakee] = f->stamp;
		row.by_calls |= f->called.at[wakee];
		vec_push(&f->members, wakee);
	}
	row.nr_members = f->members.len - row.first;
	if (row.nr_members > 1 && nr >= MANY)
		vec_push(&f->rows, row);
	else
		f->members.len = row.first;
}

static void find_rows(struct queue_finder *f)
{
	for (u32 at = 0, nr; at < f->handings.len; at += nr) {
		nr = alike(f, at, false);
		split_class(f, at, nr);
		for (u32 i = at, part; i < at + nr; i += part) {
			part = alike(f, i, true);
			add_row(f, i, part);
		}
	}
}

/* ---- Who depends on whom ---- */

static int compare_ties(const void *a, const void *b)
{
	const struct queue_tie *x = a, *y = b;

	return order_u64(x->waker, y->waker) ?: order_u64(x->wakee, y->wakee);
}

/* Those of the recording; and who shares a queue depends on all that do. */
static void gather_ties(struct queue_finder *f)
{
	const struct replay *replay = f->replay;
	u32 nr = 0;

	for (u32 i = 0; i < replay->wakings.len; i++) {
		const struct replay_waking *w = &replay->wakings.at[i];

		if (w->waker != TASK_ID_NONE && w->block != REPLAY_NONE &&
		    (w->verdict == VERDICT_POST || w->verdict == VERDICT_LOCK ||
		     w->verdict == VERDICT_CHILD))
			vec_push(&f->ties, (struct queue_tie){w->waker, w->wakee, w->when});
		if (w->queue) /* a barrier: the last one has waited for all */
			vec_push(&f->ties, (struct queue_tie){w->wakee, w->waker, w->when});
	}
	for (u32 i = 0; i < f->rows.len; i++) {
		const u32 *members = &f->members.at[f->rows.at[i].first];

		for (u32 j = 1; j < f->rows.at[i].nr_members; j++) {
			vec_push(&f->ties, (struct queue_tie){members[0], members[j], NEVER});
			vec_push(&f->ties, (struct queue_tie){members[j], members[0], NEVER});
		}
	}
	if (f->ties.len)
		qsort(f->ties.at, f->ties.len, sizeof(*f->ties.at), compare_ties);
	for (u32 i = 0; i < f->ties.len; i++) {
		if (nr && !compare_ties(&f->ties.at[nr - 1], &f->ties.at[i]))
			f->ties.at[nr - 1].last =
				max_of(f->ties.at[nr - 1].last, f->ties.at[i].last);
		else
			f->ties.at[nr++] = f->ties.at[i];
	}
	f->ties.len = nr;
}

/* Marks all who depend on the row's members from @since on. */
static void mark_dependants(struct queue_finder *f, const struct queue_row *row, u64 since)
{
	vec_of(u32) left = {0};

	f->stamp++;
	f->mark.at[f->members.at[row->first]] = f->stamp;
	vec_push(&left, f->members.at[row->first]);
	while (left.len) {
		u32 task = vec_pop(&left);

		for (u32 i = first_not(at, f->ties.len, f->ties.at[at].waker < task);
		     i < f->ties.len && f->ties.at[i].waker == task; i++) {
			const struct queue_tie *tie = &f->ties.at[i];

			if (tie->last <= since || f->mark.at[tie->wakee] == f->stamp)
				continue;
			f->mark.at[tie->wakee] = f->stamp;
			vec_push(&left, tie->wakee);
		}
	}
	vec_fini(&left);
}

static bool is_fed_from_outside(struct queue_finder *f, const struct queue_row *row)
{
	mark_dependants(f, row, handed(f, row->from)->when);
	for (u32 i = row->from; i < row->from + row->nr; i++)
		if (f->mark.at[handed(f, i)->waker] == f->stamp)
			return false;
	return true;
}

static void make_queue(struct queue_finder *f, const struct queue_row *row)
{
	vec_push(&f->replay->queues, (struct replay_queue){.first = f->members.at[row->first],
							   .nr = row->nr_members,
							   .kind = row->kind});
	for (u32 i = row->from; i < row->from + row->nr; i++) {
		struct replay_waking *w = &f->replay->wakings.at[f->handings.at[i].waking];

		w->queue = f->replay->queues.len;
		w->opens = i == row->from || queue_call_ends(f, row, i - 1);
	}
}

/* ---- All ---- */

static void keep_shared(struct queue_finder *f)
{
	u32 nr = 0;

	for (u32 i = 0; i < f->rows.len; i++) {
		struct queue_row row = f->rows.at[i];

		row.kind = (u8)queue_kind_of(f, &row);
		if (row.kind != QUEUE_OF_ONE)
			f->rows.at[nr++] = row;
	}
	f->rows.len = nr;
}

void replay_queues(struct replay *replay)
{
	struct queue_finder f = {.replay = replay, .nr_tasks = replay->tasks.len};

	for (u32 i = 0; i < f.nr_tasks; i++)
		vec_push(&f.class_of, i);
	vec_reserve(&f.called, f.nr_tasks + 1);
	vec_reserve(&f.mark, f.nr_tasks + 1);
	vec_reserve(&f.place_of, f.nr_tasks + 1);
	vec_reserve(&f.group_of, 2 * f.nr_tasks + 1);
	join_names(&f);
	join_calls(&f);
	gather(&f);
	find_rows(&f);
	keep_shared(&f);
	gather_ties(&f);
	for (u32 i = 0; i < f.rows.len; i++)
		if (is_fed_from_outside(&f, &f.rows.at[i]))
			make_queue(&f, &f.rows.at[i]);
	vec_fini(&f.class_of);
	vec_fini(&f.called);
	vec_fini(&f.mark);
	vec_fini(&f.place_of);
	vec_fini(&f.group_of);
	vec_fini(&f.handings);
	vec_fini(&f.rows);
	vec_fini(&f.members);
	vec_fini(&f.ties);
}
