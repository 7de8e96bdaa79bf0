/* SPDX-License-Identifier: MIT */
/*
 * How often does the tick come, and when? No trace of scheduling tells, but it shows.
 *
 * A task that runs on with nobody coming to its queue is looked at by the tick alone: that is when
 * it loses the cpu, and when its run time is accounted (kernel/sched/fair.c: entity_tick(), which
 * calls update_curr()). Such moments lie on one grid of time, a few microseconds late. All cpus are
 * taken to have the same (no skew_tick).
 */
#include "input/replay_collect.h"

#include "base/sorted.h"
#include "model/platform.h"

#include <string.h>

enum {
	ENOUGH = 20,
	/* no more than the first ones, as clocks drift; but on many cpus ... */
	MANY = 256,
	LONG = 100 * (int)MSEC, /* ... all of so long: some ticks in a row of any rate */
	LATE = 60 * (int)USEC,  /* from the first to the last moment that belong to one tick */
	SWITCHES_IN = 50 * (int)USEC, /* after what accounts the time that ends with a switch */
	YIELD_MOST = 500 * (int)USEC, /* who gives way earlier does so by himself */
	NEAR = 20 * (int)USEC,
	PERCENT = 60,
	LONGER_PERCENT = 90,
	SOME = 10, /* one of so many */
	TICKS_LEAST = 4,
	EARLY = 2 * (int)USEC, /* so much the phase may be off */
	PRIO_RT_END = 100,
	USUAL_HZ = 250,
};

static void add_to(replay_moments *moments, u64 when)
{
	if (moments->len < MANY || when < moments->at[0] + LONG)
		vec_push(moments, when);
}

static void add(struct replay *replay, struct replay_cpu *c, u64 when)
{
	if (!replay->open || when < replay->from)
		return;
	add_to(&replay->ticks, when - replay->from);
	c->moment = when;
}

/* Its last moment has been found to be followed by no switch. */
static void see_quiet(struct replay *replay, struct replay_cpu *c, u64 now)
{
	if (replay->open && c->moment != NEVER && c->moment + SWITCHES_IN < now)
		add_to(&replay->quiet_ticks, c->moment - replay->from);
	c->moment = NEVER;
}

/* Nobody has come to the queue of @c since the last such moment, which is not this one. */
static bool is_alone(const struct replay_cpu *c, u64 now)
{
	return c->disturbed < c->since_tick && c->since_tick < now;
}

/* Who makes a task, or exits, has its time accounted. */
static bool comes_or_goes(u16 kind)
{
	return kind == RECORD_FORK || kind == RECORD_NEWTASK || kind == RECORD_EXIT;
}

/*
 * May it be a tick's? An interrupt that has woken somebody accounts, too, and so does a fork or a
 * wakeup; where the trace does not tell interrupts from calls, all that comes behind these is left
 * out.
 */
static bool may_be_tick(const struct replay *replay, const struct replay_cpu *c,
			const struct record *r)
{
	if (r->flags & RECORD_FLAG_IRQ)
		return r->task == c->curr && c->disturbed + LATE < r->when;
	return !replay->tells_irqs && is_alone(c, r->when) && !comes_or_goes(c->before.kind);
}

/* @fair_ran: a fair task did, since the last time that was seen. */
static void see_silence(struct replay *replay, struct replay_cpu *c, u64 now, bool fair_ran)
{
	if (fair_ran && replay->open && c->silent_since >= replay->from)
		replay->silent_ns = max_of(replay->silent_ns, now - c->silent_since);
	c->silent_since = now;
}

void replay_ticks_account(struct replay *replay, const struct record *r)
{
	struct replay_cpu *c = &replay->cpus[r->cpu];

	if (c->accounted != NEVER) {
		see_quiet(replay, c, c->accounted);
		add(replay, c, c->accounted);
	}
	c->accounted = may_be_tick(replay, c, r) ? r->when : NEVER;
	replay->tells_irqs |= r->flags & RECORD_FLAG_IRQ;
	if (r->flags & RECORD_FLAG_IRQ)
		see_silence(replay, c, r->when, r->task == c->curr);
	c->since_tick = r->when;
}

void replay_ticks_switch(struct replay *replay, const struct record *r, bool by_itself)
{
	struct replay_cpu *c = &replay->cpus[r->cpu];
	u64 now = r->when;
	bool just_accounted = c->since_tick + SWITCHES_IN >= now;

	if (c->accounted != NEVER && !(by_itself && just_accounted)) {
		see_quiet(replay, c, c->accounted);
		add(replay, c, c->accounted);
	}
	see_quiet(replay, c, now);
	if (!by_itself && !replay->tells_irqs && c->since_tick + YIELD_MOST < now &&
	    is_alone(c, now))
		add(replay, c, now);
	c->accounted = c->moment = NEVER;
	c->since_tick = now;
	see_silence(replay, c, now,
		    r->task == c->curr && record_prev_prio(r) >= PRIO_RT_END &&
			    !replay_task_at(replay, r->task)->apart);
}

/* From point @from to point @to, which may be in the next round. */
static u64 arc(const u64 *sorted, u32 nr, u64 round, u32 from, u32 to)
{
	return sorted[to % nr] + to / nr * round - (sorted[from % nr] + from / nr * round);
}

/*
 * The most of @nr points on a circle of @round that an arc of LATE holds. The arc may begin with
 * what is none of it: the tick comes with the first point near its middle one.
 */
static u32 densest_arc(const u64 *sorted, u32 nr, u64 round, u64 *tick)
{
	u32 most = 0, end = 0, begin = 0;

	for (u32 i = 0; i < nr; i++) {
		while (end < i + nr && arc(sorted, nr, round, i, end) <= LATE)
			end++;
		if (end - i > most) {
			most = end - i;
			begin = i;
		}
	}
	for (u32 i = begin; most; i++)
		if (arc(sorted, nr, round, i, begin + most / 2) <= NEAR) {
			*tick = sorted[i % nr];
			break;
		}
	return most;
}

/* @folded has room for all moments. */
static u32 on_grid(const u64 *moments, u32 nr, u64 period, u64 *folded, u64 *tick)
{
	for (u32 i = 0; i < nr; i++)
		folded[i] = moments[i] % period;
	sort_u64(folded, nr);
	return densest_arc(folded, nr, period, tick);
}

static bool is_step(u64 step, u64 period)
{
	return step + LATE >= period && step <= period + LATE;
}

/*
 * Some ticks in a row; each may have been seen on many cpus. @moments are in order. If @sure, as
 * the trace tells interrupts, two steps that differ by a period are one, too.
 */
static bool has_steps(const u64 *moments, u32 nr, u64 period, bool sure)
{
	u32 nr_ticks = 1, steps = 0;
	u64 last = 0;

	for (u32 i = 1; i < nr; i++) {
		u64 step = moments[i] - moments[i - 1];

		if (step <= LATE)
			continue;
		nr_ticks++;
		steps += is_step(step, period) ||
			 (sure && last && is_step(step > last ? step - last : last - step, period));
		last = step;
	}
	return nr_ticks >= TICKS_LEAST && steps * SOME >= nr_ticks;
}

/* No tick of such a rate lets a task alone for longer than a period. */
static bool is_possible(const struct replay *replay, u32 hz)
{
	return !replay->tells_irqs || replay->silent_ns <= platform_tick_of(hz) + LATE;
}

/*
 * If no two ticks in a row are seen, it can only be said whether they may come as they usually do.
 */
static bool is_usual(const u64 *moments, u32 nr, u64 *scratch, struct replay_grid *grid)
{
	struct replay_grid found = {.hz = USUAL_HZ};

	if (on_grid(moments, nr, platform_tick_of(USUAL_HZ), scratch, &found.phase) * 100 <
	    nr * LONGER_PERCENT)
		return false;
	*grid = found;
	return true;
}

/*
 * Whatever is on a grid of 4 ms is on one of 1 ms, too, and some of it on one of 10 ms: the longest
 * period is the right one if not much less is on its grid than on the best. Where cpus idle in
 * between, or tasks have a rhythm themselves, no two ticks in a row may be seen; but if the trace
 * tells interrupts, and a task had a cpu for longer than the shortest period, then the shortest one
 * that is possible at all is right.
 */
static bool find_grid(const struct replay *replay, const u64 *moments, u32 nr, u64 *scratch,
		      struct replay_grid *grid)
{
	static const u32 rates[] = {100, 250, 300, 1000};
	struct replay_grid found[ARRAY_SIZE(rates)];
	u32 held[ARRAY_SIZE(rates)], most = 0;
	bool in_row = false;

	for (u32 i = 0; i < ARRAY_SIZE(rates); i++)
		in_row |= has_steps(moments, nr, platform_tick_of(rates[i]), replay->tells_irqs);
	if (!in_row && !replay->tells_irqs)
		return is_usual(moments, nr, scratch, grid);
	if (!in_row && is_possible(replay, rates[ARRAY_SIZE(rates) - 1]))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		u64 period = platform_tick_of(rates[i]);
		bool good = in_row ? has_steps(moments, nr, period, replay->tells_irqs)
				   : is_possible(replay, rates[i]);

		found[i] = (struct replay_grid){.hz = rates[i]};
		held[i] = good ? on_grid(moments, nr, period, scratch, &found[i].phase) : 0;
		most = max_of(most, held[i]);
	}
	if (most * 100 < nr * PERCENT)
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		u32 rate = in_row ? i : (u32)ARRAY_SIZE(rates) - 1 - i;

		if (held[rate] * 100 >= most * LONGER_PERCENT) {
			*grid = found[rate];
			return true;
		}
	}
	return false;
}

static bool find_among(const struct replay *replay, const replay_moments *ticks,
		       struct replay_grid *grid)
{
	replay_moments moments = {0};
	bool found;

	if (ticks->len < ENOUGH)
		return false;
	vec_reserve(&moments, 2 * ticks->len);
	memcpy(moments.at, ticks->at, ticks->len * sizeof(u64));
	sort_u64(moments.at, ticks->len);
	found = find_grid(replay, moments.at, ticks->len, moments.at + ticks->len, grid);
	vec_fini(&moments);
	return found;
}

/* Calls that yield are followed by switches, and may be many; ticks need not be. */
bool replay_ticks(const struct replay *replay, struct replay_grid *grid)
{
	if (replay_lacks_wakeups(replay) && !replay->tells_irqs)
		return false;
	return find_among(replay, &replay->ticks, grid) ||
	       (!replay->tells_irqs && find_among(replay, &replay->quiet_ticks, grid));
}

u64 replay_ticks_between(const struct replay *replay, u64 since, u64 when)
{
	const struct replay_grid *grid = &replay->grid;
	u64 period, late;

	if (!grid->hz)
		return 0;
	period = platform_tick_of(grid->hz);
	late = (when + period - grid->phase % period + EARLY) % period;
	if (late > LATE + EARLY || when + EARLY < since + late)
		return 0;
	return div_round_up(when + EARLY - late - since, period);
}
