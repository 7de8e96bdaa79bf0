/* SPDX-License-Identifier: MIT */
/* Follows the tasks of a run, and holds two runs against each other. */
#include "course.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

enum { COMM_MAX = 16, FEW = 20, NR_QUANTILES = 101 };
/* What `score` calls a difference, in ppm, and the steps in which it takes latencies and slices. */
enum {
	SHARE_PPM = 5000,
	LATENCY_STEP = 5 * 1000,
	SLICE_STEP = 50 * 1000,
	LITTLE_DELAY = 1000 * 1000
};

typedef vec_of(u64) u64_vec;

/* All tasks of one comm. */
struct part {
	char comm[COMM_MAX];
	u64 ran, delay;
	u32 vol, invol, wakeups;
	u64_vec latency, slice; /* sorted when the run has ended */
	u32 latency_step[NR_QUANTILES], slice_step[NR_QUANTILES]; /* their quantiles, in steps */
};

/* One task. */
struct follow {
	u32 comm; /* in names */
	enum { UNKNOWN, ASLEEP, WOKEN, PREEMPTED, ON_CPU } state;
	u64 since;
};

struct course {
	const struct names *names;
	vec_of(struct follow) task;
	vec_of(struct part) part;
	u64 begins, ends; /* of the window; 0: not yet */
};

struct course *course_new(const struct names *names)
{
	struct course *course = calloc(1, sizeof(*course));

	course->names = names;
	return course;
}

void course_free(struct course *course)
{
	for (u32 i = 0; i < course->part.len; i++) {
		vec_fini(&course->part.at[i].latency);
		vec_fini(&course->part.at[i].slice);
	}
	vec_fini(&course->part);
	vec_fini(&course->task);
	free(course);
}

/* ---- Following ---- */

static struct follow *follow(struct course *course, u32 task)
{
	while (course->task.len <= task)
		vec_push(&course->task, (struct follow){0});
	return &course->task.at[task];
}

static struct part *part_of(struct course *course, const struct follow *task)
{
	const char *comm = names_text(course->names, task->comm);

	for (u32 i = 0; i < course->part.len; i++)
		if (!strncmp(course->part.at[i].comm, comm, COMM_MAX - 1))
			return &course->part.at[i];
	vec_push(&course->part, (struct part){0});
	snprintf(vec_last(&course->part).comm, COMM_MAX, "%s", comm);
	return &vec_last(&course->part);
}

static bool in_window(const struct course *course)
{
	return course->begins && !course->ends;
}

/* Of the time from @since to @now what is in the window. */
static u64 within(const struct course *course, u64 since, u64 now)
{
	since = max_of(since, course->begins);
	return course->begins && now > since ? now - since : 0;
}

static void switch_out(struct course *course, const struct record *r)
{
	struct follow *task = follow(course, r->task);
	struct part *part = part_of(course, task);
	bool runnable = record_prev_runnable(r);

	if (task->state == ON_CPU && in_window(course)) {
		part->ran += within(course, task->since, r->when);
		if (task->since >= course->begins)
			vec_push(&part->slice, r->when - task->since);
	}
	if (in_window(course))
		*(runnable ? &part->invol : &part->vol) += 1;
	task->state = runnable ? PREEMPTED : ASLEEP;
	task->since = r->when;
}

static void switch_in(struct course *course, const struct record *r)
{
	struct follow *task = follow(course, r->other);
	struct part *part = part_of(course, task);

	if ((task->state == WOKEN || task->state == PREEMPTED) && in_window(course)) {
		part->delay += within(course, task->since, r->when);
		if (task->state == WOKEN && task->since >= course->begins)
			vec_push(&part->latency, r->when - task->since);
	}
	task->state = ON_CPU;
	task->since = r->when;
}

static void woken(struct course *course, const struct record *r)
{
	struct follow *task = follow(course, r->task);

	if (task->state != ASLEEP && task->state != UNKNOWN)
		return;
	if (in_window(course) && r->kind == RECORD_WAKING)
		part_of(course, task)->wakeups++;
	task->state = r->kind == RECORD_WAKING ? WOKEN : PREEMPTED;
	task->since = r->when;
}

/* What tasks are in the middle of counts as far as it has come. */
static void end_window(struct course *course, u64 when)
{
	for (u32 i = 0; i < course->task.len; i++) {
		const struct follow *task = &course->task.at[i];
		struct part *part = part_of(course, task);

		if (task->state == ON_CPU)
			part->ran += within(course, task->since, when);
		else if (task->state == WOKEN || task->state == PREEMPTED)
			part->delay += within(course, task->since, when);
	}
	course->ends = when;
}

static void take(void *self, const struct record *batch, size_t count)
{
	struct course *course = self;

	for (const struct record *r = batch; r < batch + count && !course->ends; r++) {
		const char *mark;

		switch (r->kind) {
		case RECORD_TASK:
		case RECORD_FORK:
		case RECORD_RENAME:
			follow(course, r->task)->comm = (u32)r->value;
			break;
		case RECORD_SWITCH:
			switch_out(course, r);
			switch_in(course, r);
			break;
		case RECORD_WAKING:
		case RECORD_WAKEUP_NEW:
			woken(course, r);
			break;
		case RECORD_MARK:
			mark = names_text(course->names, (u32)r->value);
			if (!strcmp(mark, "TW_START"))
				course->begins = r->when;
			else if (!strcmp(mark, "TW_END"))
				end_window(course, r->when);
			break;
		}
	}
}

struct sink course_sink(struct course *course)
{
	return (struct sink){
		.self = course,
		.wants = RECORD_BIT(TASK) | RECORD_BIT(FORK) | RECORD_BIT(RENAME) |
			 RECORD_BIT(SWITCH) | RECORD_BIT(WAKING) | RECORD_BIT(WAKEUP_NEW) |
			 RECORD_BIT(MARK),
		.take = take,
	};
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static void sort(u64_vec *times, u64 step, u32 quantile[NR_QUANTILES])
{
	if (!times->len)
		return;
	qsort(times->at, times->len, sizeof(u64), by_value);
	for (u32 i = 0; i < NR_QUANTILES; i++)
		quantile[i] = (u32)((times->at[(u64)i * (times->len - 1) / (NR_QUANTILES - 1)] +
				     step / 2) /
				    step);
}

void course_end(struct course *course)
{
	course->names = NULL;
	for (u32 i = 0; i < course->part.len; i++) {
		struct part *part = &course->part.at[i];

		sort(&part->latency, LATENCY_STEP, part->latency_step);
		sort(&part->slice, SLICE_STEP, part->slice_step);
	}
}

/* ---- Holding two against each other ---- */

struct tally {
	u64 held, asked;
};

/* Is @a as good as @b, within @percent of their mean? */
static void ask(struct tally *tally, u64 a, u64 b, u64 percent)
{
	u64 apart = max_of(a, b) - min_of(a, b);

	tally->asked++;
	tally->held += apart * 200 <= percent * max_of(a + b, (u64)2);
}

static u64 percentile(const u64_vec *sorted, u64 percent)
{
	return sorted->at[(sorted->len * percent + 99) / 100 - 1];
}

/*
 * The distance of Kolmogorov and Smirnov, between what these quantiles stand for, is a fifth at
 * most.
 */
static void ask_distance(struct tally *tally, const u32 a[NR_QUANTILES], const u32 b[NR_QUANTILES])
{
	u32 i = 0, j = 0, most = 0;

	while (i < NR_QUANTILES && j < NR_QUANTILES) {
		u32 at = min_of(a[i], b[j]);

		while (i < NR_QUANTILES && a[i] == at)
			i++;
		while (j < NR_QUANTILES && b[j] == at)
			j++;
		most = max_of(most, max_of(i, j) - min_of(i, j));
	}
	tally->asked++;
	tally->held += most * 5 <= NR_QUANTILES;
}

static void ask_latency(struct tally *tally, const struct part *a, const struct part *b)
{
	static const struct {
		u64 percentile, near, percent;
	} asked[] = {{50, 5 * USEC, 10}, {99, 50 * USEC, 15}};

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		u64 x = percentile(&a->latency, asked[i].percentile);
		u64 y = percentile(&b->latency, asked[i].percentile);

		if (max_of(x, y) - min_of(x, y) <= asked[i].near)
			y = x;
		ask(tally, x, y, asked[i].percent);
	}
	ask_distance(tally, a->latency_step, b->latency_step);
}

static void ask_part(struct tally *tally, const struct part *a, const struct part *b, u64 window)
{
	u64 share_a = a->ran * 1000000 / window, share_b = b->ran * 1000000 / window;
	u32 switches_a = a->vol + a->invol, switches_b = b->vol + b->invol;

	tally->asked++;
	tally->held += max_of(share_a, share_b) - min_of(share_a, share_b) <= SHARE_PPM;
	if (max_of(switches_a, switches_b) >= FEW)
		ask(tally, switches_a, switches_b, 5);
	if (max_of(a->invol, b->invol) >= FEW)
		ask(tally, a->invol, b->invol, 10);
	if (max_of(a->wakeups, b->wakeups) >= FEW)
		ask(tally, a->wakeups, b->wakeups, 5);
	if (max_of(switches_a, switches_b) >= FEW && max_of(a->delay, b->delay) > LITTLE_DELAY)
		ask(tally, a->delay, b->delay, 5);
	if (min_of(a->latency.len, b->latency.len) >= FEW)
		ask_latency(tally, a, b);
	if (min_of(a->slice.len, b->slice.len) >= FEW)
		ask_distance(tally, a->slice_step, b->slice_step);
}

/* Tasks of the recording program, and of the kernel, are not the workload's. */
static bool is_foreign(const char *comm)
{
	static const char *const foreign[] = {"tw", "sh", "systemd", "init"};
	static const char *const kernel[] = {"swapper", "kworker",  "ksoftirqd", "migration/",
					     "rcu_",    "kthreadd", "kcompactd"};

	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (!strcmp(comm, foreign[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(kernel); i++)
		if (!strncmp(comm, kernel[i], strlen(kernel[i])))
			return true;
	return false;
}

static const struct part *find_part(const struct course *course, const char *comm)
{
	for (u32 i = 0; i < course->part.len; i++)
		if (!strcmp(course->part.at[i].comm, comm))
			return &course->part.at[i];
	return NULL;
}

u32 course_alike(const struct course *recording, const struct course *run)
{
	u64 window = max_of(recording->ends - recording->begins, (u64)1);
	struct tally tally = {0};

	for (u32 i = 0; i < recording->part.len; i++) {
		const struct part *part = &recording->part.at[i],
				  *other = find_part(run, part->comm);

		if (is_foreign(part->comm) ||
		    (part->ran < window / 1000 && part->vol + part->invol < FEW))
			continue;
		if (other)
			ask_part(&tally, part, other, window);
		else
			tally.asked++;
	}
	return tally.asked ? (u32)(tally.held * 1000000 / tally.asked) : 1000000;
}

u32 course_typical(struct course *const *run, u32 nr)
{
	u64 best = 0;
	u32 typical = 0;

	for (u32 i = 0; i < nr; i++) {
		u64 sum = 0;

		for (u32 j = 0; j < nr; j++)
			sum += j == i ? 0 : course_alike(run[j], run[i]);
		if (sum > best) {
			best = sum;
			typical = i;
		}
	}
	return typical;
}
