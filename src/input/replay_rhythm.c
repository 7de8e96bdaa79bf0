/* SPDX-License-Identifier: MIT */
/*
 * The rhythm of a task's wakeups: a grid of time, as an absolute timer makes, or sleeps of one
 * length, as a relative one does.
 */
#include "input/replay_judge.h"

#include "base/sorted.h"

enum {
	JITTER_LEAST =
		5 * (int)USEC, /* what counts as equal times is a 64th, within these bounds */
	JITTER_MOST = 100 * (int)USEC,
	ROUND = 10 * (int)USEC, /* periods that programs ask for are multiples of this */
	SLEEPS_LEAST = 4,
	FEW = 2,
	WORKS_LEAST = 10,
};

static u64 slept(const struct judge *j, const struct replay_waking *w)
{
	u64 since = task_of(j, w->wakee)->steps.at[w->block].when;

	return w->when > since ? w->when - since : 0;
}

static u64 jitter_of(u64 length)
{
	return clamp_to(length / 64, (u64)JITTER_LEAST, (u64)JITTER_MOST);
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

static u64 median(struct judge *j)
{
	return median_u64(j->sorted.at, j->sorted.len);
}

static void find_sleep(struct judge *j, struct rhythm *rhythm)
{
	u32 alike = 0;
	u64 sum = 0, length;

	vec_clear(&j->sorted);
	for (u32 i = 0; i < j->rhythm.len; i++)
		vec_push(&j->sorted, slept(j, waking_at(j, j->rhythm.at[i])));
	length = median(j);
	for (u32 i = 0; i < j->sorted.len; i++) {
		u64 off = distance(j->sorted.at[i], length);

		if (off > jitter_of(length))
			continue;
		alike++;
		sum += off;
	}
	if (!most(alike, j->sorted.len) || length <= REPLAY_AT_ONCE)
		return;
	rhythm->sleep_ns = length;
	rhythm->sleep_jitter = sum / alike;
}

/*
 * The first waking after which the next one comes a period later: what was before may have been
 * something else, like a delay.
 */
static u32 first_of_grid(const struct judge *j, u64 period)
{
	for (u32 i = 0; i + 1 < j->rhythm.len; i++) {
		u64 step = waking_at(j, j->rhythm.at[i + 1])->when -
			   waking_at(j, j->rhythm.at[i])->when;

		if (distance(step, period) <= jitter_of(period))
			return i;
	}
	return 0;
}

/* Those before it may lie on the grid, too. */
static u32 walk_back(struct judge *j, u32 first, u64 period)
{
	u64 origin = waking_at(j, j->rhythm.at[first])->when;
	u32 fit = 0;

	for (u32 i = 0; i < first; i++) {
		u64 before = origin - waking_at(j, j->rhythm.at[i])->when,
		    steps = (before + period / 2) / period;

		j->grid.at[i] = NEVER;
		if (!steps || distance(steps * period, before) > jitter_of(period))
			continue;
		j->grid.at[i] = GRID_ORIGIN - steps;
		fit++;
	}
	return fit;
}

/*
 * Goes along the wakings with @period in hand; each gets its point of the grid, or NEVER. The grid
 * may drift a little against the trace's clock. Returns how many fit; what they span goes to
 * *points periods of *span.
 */
static u32 walk_grid(struct judge *j, u64 period, u64 *points, u64 *span, u64 *jitter)
{
	u32 origin = first_of_grid(j, period), fit = 1 + walk_back(j, origin, period);
	u64 point = waking_at(j, j->rhythm.at[origin])->when, first = point, sum = 0,
	    at = GRID_ORIGIN;

	j->origin = point;
	j->grid.at[origin] = at;
	for (u32 i = origin + 1; i < j->rhythm.len; i++) {
		const struct replay_waking *w = waking_at(j, j->rhythm.at[i]);
		u64 steps = w->when > point ? (w->when - point + period / 2) / period : 0;
		u64 due = point + steps * period, off = distance(due, w->when);
		bool late = w->when > point + period && slept(j, w) <= REPLAY_AT_ONCE;

		j->grid.at[i] = NEVER;
		if (steps && off <= jitter_of(period) && !late) {
			sum += off;
			point = w->when > due ? due + off / 4 : due - off / 4;
			at += steps;
		} else if (late) {
			point += period; /* the point had passed: it came back at once */
			at++;
		} else {
			continue;
		}
		j->grid.at[i] = at;
		fit++;
	}
	*points = at - GRID_ORIGIN;
	*span = point - first;
	*jitter = sum / fit;
	return fit;
}

/* What a program will have asked for, if it is as near as clocks differ. */
static u64 round_period(u64 period, u64 points)
{
	u64 asked = (period + ROUND / 2) / ROUND * ROUND;

	return distance(asked, period) * max_of(points, (u64)1) <= jitter_of(period) ? asked
										     : period;
}

/*
 * The times between wakings; who is behind with his points comes back at once, at times of no
 * meaning.
 */
static void between_points(struct judge *j)
{
	bool all = false;

	do {
		vec_clear(&j->sorted);
		for (u32 i = 1; i < j->rhythm.len; i++) {
			const struct replay_waking *last = waking_at(j, j->rhythm.at[i - 1]),
						   *w = waking_at(j, j->rhythm.at[i]);

			if (all ||
			    (slept(j, last) > REPLAY_AT_ONCE && slept(j, w) > REPLAY_AT_ONCE))
				vec_push(&j->sorted, w->when - last->when);
		}
		all = !all;
	} while (j->sorted.len < FEW && all);
}

static void find_grid(struct judge *j, struct rhythm *rhythm)
{
	u64 period, points, span, jitter;

	between_points(j);
	period = median(j);
	if (period <= 2 * JITTER_MOST)
		return;
	walk_grid(j, period, &points, &span, &jitter);
	if (points)
		period = round_period(span / points, points);
	if (!most(walk_grid(j, period, &points, &span, &jitter), j->rhythm.len) || !points)
		return;
	rhythm->period = period;
	rhythm->grid_jitter = jitter;
}

/* Both may hold, if bursts are alike too: what varies less is what was asked for. */
static void choose(struct rhythm *rhythm)
{
	if (!rhythm->period || !rhythm->sleep_ns)
		return;
	if (rhythm->sleep_jitter * 2 < rhythm->grid_jitter)
		rhythm->period = 0;
	else if (rhythm->grid_jitter * 2 >= rhythm->sleep_jitter && rhythm->period % ROUND)
		rhythm->period = 0;
}

struct rhythm replay_rhythm(struct judge *j)
{
	struct rhythm rhythm = {0};

	vec_clear(&j->rhythm);
	for (u32 i = 0; i < j->sleeps.len; i++) {
		u8 verdict = waking_at(j, j->sleeps.at[i])->verdict;

		if (verdict == VERDICT_OPEN || verdict == VERDICT_OUTSIDE)
			vec_push(&j->rhythm, j->sleeps.at[i]);
	}
	if (j->rhythm.len < SLEEPS_LEAST)
		return rhythm;
	vec_reserve(&j->grid, j->rhythm.len);
	find_grid(j, &rhythm);
	find_sleep(j, &rhythm);
	choose(&rhythm);
	return rhythm;
}

/* How far the numbers in hand are from their median, in the mean. */
static u64 spread(struct judge *j)
{
	u64 middle = median(j), sum = 0;

	for (u32 i = 0; i < j->sorted.len; i++)
		sum += distance(j->sorted.at[i], middle);
	return sum / j->sorted.len;
}

enum between { WORK_BETWEEN, TIME_BETWEEN, SLEPT };

static u64 spread_of(struct judge *j, u32 waker, enum between what)
{
	const struct replay_waking *last = NULL;

	vec_clear(&j->sorted);
	for (u32 i = 0; i < j->rhythm.len; i++) {
		const struct replay_waking *w = waking_at(j, j->rhythm.at[i]);

		if (w->waker != waker || w->context == RECORD_FLAG_IRQ) /* he was its victim only */
			continue;
		if (last)
			vec_push(&j->sorted, what == WORK_BETWEEN   ? w->waker_cpu - last->waker_cpu
					     : what == TIME_BETWEEN ? w->when - last->when
								    : slept(j, w));
		last = w;
	}
	return j->sorted.len >= WORKS_LEAST ? spread(j) : 0;
}

bool rhythm_is_work(struct judge *j, u32 waker)
{
	u64 work = spread_of(j, waker, WORK_BETWEEN);

	return 2 * work < spread_of(j, waker, SLEPT) &&
	       2 * work < spread_of(j, waker, TIME_BETWEEN);
}

bool rhythm_fits(const struct judge *j, const struct rhythm *rhythm, u32 at)
{
	const struct replay_waking *w = waking_at(j, j->rhythm.at[at]);

	if (rhythm->period)
		return j->grid.at[at] != NEVER;
	return rhythm->sleep_ns &&
	       distance(slept(j, w), rhythm->sleep_ns) <= jitter_of(rhythm->sleep_ns);
}
