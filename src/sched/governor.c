/* SPDX-License-Identifier: MIT */
/* Idle states are chosen, and how long they lasted is remembered. */
#include "sched/governor.h"

#include "sched/internal.h"

/* A tick that ends an idle time which might have lasted counts as a long one: 9/10 of 50 ms. */
enum { LONG_US = 45000, LEAST_VARIANCE = 400, NOT_TYPICAL = UINT32_MAX };

/*
 * The deepest state that pays within @ns and that it takes at most @latency to leave; the
 * shallowest if none does.
 */
static u8 deepest(const struct platform *platform, u64 ns, u64 latency)
{
	const struct idle_state *states = platform->idle_states;
	u8 state = 0;

	while (state + 1u < platform->nr_idle_states && states[state + 1].residency_ns <= ns &&
	       states[state + 1].exit_ns <= latency)
		state++;
	return state;
}

/* It has idled for long when the run begins. */
static void begin(struct governor *g, const struct platform *platform)
{
	for (u32 i = 0; i < GOVERNOR_INTERVALS; i++)
		g->interval_us[i] = LONG_US;
	g->state = deepest(platform, LONG_US * (u64)USEC, NEVER);
	g->exit_ns = platform->idle_states[g->state].exit_ns;
	g->idles = true;
}

void governors_init(struct sched *sched)
{
	if (!sched->platform->nr_idle_states)
		return;
	sched->governors = arena_array(sched->arena, struct governor, sched->nr_cpus);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		begin(&sched->governors[cpu], sched->platform);
}

/* ---- How long will it be? ---- */

/*
 * get_typical_interval(): the mean of the last intervals if they differ little, be it without the
 * longest one or two. If they do differ nothing is expected of them.
 */
static u32 typical_us(const struct governor *g)
{
	u32 most = UINT32_MAX;

	for (;;) {
		u64 sum = 0, variance = 0, mean;
		u32 nr = 0, longest = 0;

		for (u32 i = 0; i < GOVERNOR_INTERVALS; i++) {
			if (g->interval_us[i] > most)
				continue;
			sum += g->interval_us[i];
			longest = max_of(longest, g->interval_us[i]);
			nr++;
		}
		if (!nr)
			return NOT_TYPICAL;
		mean = sum / nr;
		for (u32 i = 0; i < GOVERNOR_INTERVALS; i++) {
			s64 off = (s64)g->interval_us[i] - (s64)mean;

			if (g->interval_us[i] <= most)
				variance += (u64)(off * off);
		}
		variance /= nr;
		/* Within a sixth of the mean, of three quarters of them; or within 20 us. */
		if ((mean * mean > variance * 36 && nr * 4 >= GOVERNOR_INTERVALS * 3) ||
		    variance <= LEAST_VARIANCE)
			return (u32)mean;
		if (nr * 4 <= GOVERNOR_INTERVALS * 3)
			return NOT_TYPICAL;
		most = longest - 1;
	}
}

/* ---- In and out ---- */

static void end_state(struct rq *rq, bool ticked)
{
	struct governor *g = &rq->sched->governors[rq->cpu];
	u64 span = rq->sched->machine->now - g->since,
	    exit_ns = rq->sched->platform->idle_states[g->state].exit_ns;
	u32 us;

	g->idles = false;
	g->usage[g->state]++;
	g->time_ns[g->state] += span;
	g->exit_ns = 0;
	/* menu_update(): what leaving took is no idleness. */
	span = span > 2 * exit_ns ? span - exit_ns : span / 2;
	us = (u32)min_of(span / USEC, (u64)LONG_US);
	if (ticked && g->until_timer)
		us = LONG_US;
	g->interval_us[g->next] = us;
	g->next = (g->next + 1) % GOVERNOR_INTERVALS;
}

void governor_reflect(struct rq *rq)
{
	if (rq->sched->governors[rq->cpu].idles)
		end_state(rq, false);
}

static u64 until(u64 when, u64 now)
{
	return when == NEVER ? NEVER : when > now ? when - now : 0;
}

/*
 * It idles for less than a tick, or for so little more that it does not pay to sleep more deeply:
 * the next tick looks again.
 */
static bool needs_tick(const struct sched *sched, u64 expected)
{
	const struct platform *platform = sched->platform;
	u8 state = deepest(platform, expected, NEVER);

	return expected < sched->tick_ns ||
	       (state + 1u < platform->nr_idle_states &&
		platform->idle_states[state].residency_ns < sched->tick_ns);
}

/* performance_multiplier(): who waits for I/O is not to wait for the cpu, too. */
static u64 most_latency(const struct rq *rq, u64 expected)
{
	return expected / (1 + 10 * (u64)rq->nr_iowait);
}

bool governor_select(struct rq *rq, bool ticked)
{
	struct sched *sched = rq->sched;
	const struct cpu *cpu = rq_cpu(rq);
	struct governor *g = &sched->governors[rq->cpu];
	u64 now = sched->machine->now, timer = until(cpu->timer_at, now), expected = timer, latency;
	bool ticks = !cpu->tick_stopped;
	u32 typical;

	if (g->idles)
		end_state(rq, ticked);
	typical = typical_us(g);
	if (typical != NOT_TYPICAL)
		expected = min_of(expected, typical * (u64)USEC);
	g->until_timer = timer > sched->tick_ns;
	latency = most_latency(rq, expected);
	ticks = ticks && (needs_tick(sched, expected) || !sched->platform->nohz_idle);
	if (ticks)
		expected = min_of(expected, until(cpu->tick_at, now));
	g->state = deepest(sched->platform, expected, latency);
	g->exit_ns = sched->platform->idle_states[g->state].exit_ns;
	g->since = now;
	g->idles = true;
	return ticks;
}
