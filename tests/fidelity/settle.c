/* SPDX-License-Identifier: MIT */
/* A workload in whose run the window and the tick lie as in the recording. */
#include "settle.h"

#include <stdio.h>
#include <stdlib.h>

#include "run.h"
#include "workload.h"

/*
 * LATE_MS: deadline tasks may keep the main task from marking the end in time; so may an emulator
 * that leaves its cpu out, and that for longer: then the end of the run is the end of the window.
 *
 * STEADY_FROM: a tick that cuts into the set-up may lengthen it or not by where it is, so that no
 * phase is the one that comes out; from this guess on the tick stays, and what is amiss is slept.
 *
 * ODD_NS: a set-up is not simulated that wrong; its runner began at another time after the tick.
 *
 * NORMAL_LATE_NS and EARLY_LATE_NS: by how much later than as usual the ticks come in the middle of
 * the recordings of which it is known that the newer or the older program made them, which are some
 * 6 us apart for either; the older made nine of 34.
 */
enum { GUESSES_MAX = 8, STEADY_FROM = 4, SETUP_MS = 400, LATE_MS = 50, ODD_NS = 200 * 1000 };
enum { NORMAL_LATE_NS = 5500, EARLY_LATE_NS = -5500, RARER_NS = 2000 };

/* The run's first tick if the first after @start shall be @phase later. */
static u64 first_tick(u64 start_ns, u64 phase_ns, u64 tick_ns)
{
	u64 first = (start_ns + phase_ns) % tick_ns;

	return first ? first : tick_ns;
}

/* By how much a tick at @at comes too early for the grid of @phase; within half a tick. */
static s64 amiss(u64 phase, u64 at, u64 tick_ns)
{
	s64 by = (s64)((phase + tick_ns - at % tick_ns) % tick_ns);

	return by > (s64)tick_ns / 2 ? by - (s64)tick_ns : by;
}

/* Whoever joins a cgroup first waits for RCU, and that for ticks. */
static bool waits_for_tick(const struct tw *tw, const struct rig *rig)
{
	return tw_joins_group(tw) && !rig->cgroup_v1 && rig->uptime_ns;
}

/* How much later than at @start TW_START has to come to lie before the tick as in the recording. */
static s64 lateness(const struct rig *rig, u64 start_ns, u64 first_tick_ns)
{
	s64 tick_ns = (s64)(SEC / rig->hz);
	s64 late = (s64)(first_tick_ns + SEC) - (s64)(rig->tick_phase_ns + start_ns);

	late %= tick_ns;
	if (late < 0)
		late += tick_ns;
	return late > tick_ns / 2 ? late - tick_ns : late;
}

/* As settle(), on a rig whose runner begins a known time after a tick. */
static bool settle_by_runner(const struct tw *tw, const struct rig *rig, const char *name,
			     struct text *yaml, char needs[100], struct window_guess *guess)
{
	s64 tick_ns = (s64)(SEC / rig->hz), begin = (s64)rig->runner_tick_ns, late;

	for (u32 i = 0; i < GUESSES_MAX; i++) {
		u64 start = 0;

		guess->duration_ns = SETUP_MS * MSEC;
		guess->tick_phase_ns = (u64)(tick_ns - (begin % tick_ns + tick_ns) % tick_ns);
		text_clear(yaml);
		if (!workload_write(tw, rig, guess, yaml, needs) ||
		    !run_yaml(yaml, name, NULL, NULL, &start))
			return false;
		late = lateness(rig, start, guess->tick_phase_ns);
		if (!late && guess->start_ns == start)
			break;
		guess->start_ns = (u64)((s64)start + late);
		if (late > ODD_NS || late < -ODD_NS) {
			begin += late;
			guess->start_ns = start;
		} else {
			guess->settle_ns += late;
		}
	}
	return true;
}

/* As settle(), on a rig on which the tick gives way. */
static bool settle_by_tick(const struct tw *tw, const struct rig *rig, const char *name,
			   struct text *yaml, char needs[100], struct window_guess *guess)
{
	u64 tick_ns = SEC / rig->hz;

	guess->tick_phase_ns = tick_ns;
	for (u32 i = 0; i < GUESSES_MAX; i++) {
		u64 start = 0;

		guess->duration_ns = SETUP_MS * MSEC;
		text_clear(yaml);
		if (!workload_write(tw, rig, guess, yaml, needs) ||
		    !run_yaml(yaml, name, NULL, NULL, &start))
			return false;
		if (start == guess->start_ns)
			break;
		guess->start_ns = start;
		/*
		 * A set-up that waits for a tick takes the window along with the ticks: what is
		 * amiss is slept.
		 */
		if (waits_for_tick(tw, rig)) {
			guess->tick_phase_ns = tick_ns - rig->uptime_ns % tick_ns;
			if (i > 0)
				guess->settle_ns += amiss(guess->tick_phase_ns,
							  start + rig->tick_phase_ns, tick_ns);
		} else if (i >= STEADY_FROM) {
			guess->settle_ns +=
				amiss(guess->tick_phase_ns, start + rig->tick_phase_ns, tick_ns);
		} else {
			guess->tick_phase_ns = first_tick(start, rig->tick_phase_ns, tick_ns);
		}
	}
	return true;
}

/* How much later the run's ticks come than those of a runner that begins as usual would. */
static s64 ticks_late(const struct rig *rig, const struct window_guess *guess)
{
	u64 tick_ns = SEC / rig->hz;

	return amiss(guess->tick_phase_ns, tick_ns - rig->uptime_ns % tick_ns, tick_ns);
}

/*
 * Is it one of those that began some ticks later after boot? Those of the older program are not
 * told.
 */
static bool is_late(const struct rig *rig, const struct window_guess *guess)
{
	s64 late = ticks_late(rig, guess);

	return rig->nr_late == 2 && !guess->early_fifo && late >= (s64)rig->late_ns[0] &&
	       late < (s64)rig->late_ns[1];
}

/*
 * How far the run's ticks are from where those of a runner that begins as usual would be, beyond
 * what is usual for that program.
 */
static u64 odd_by(const struct rig *rig, const struct window_guess *guess)
{
	return (u64)llabs(ticks_late(rig, guess) -
			  (guess->early_fifo ? EARLY_LATE_NS : NORMAL_LATE_NS));
}

/*
 * Which tw made a recording is told by nothing but the time that its set-up takes: the older one
 * becomes FIFO first and is not kept waiting by the tasks' way to the gate. Both are simulated;
 * whose ticks come as usual is taken.
 */
static bool settle_by_version(const struct tw *tw, struct rig *rig, const char *name,
			      struct text *yaml, char needs[100], struct window_guess *guess)
{
	struct window_guess early = {.early_fifo = true};

	if (!settle_by_tick(tw, rig, name, yaml, needs, guess))
		return false;
	if (!rig->early_fifo_ns || waits_for_tick(tw, rig))
		return true;
	if (!settle_by_tick(tw, rig, name, yaml, needs, &early))
		return false;
	if (odd_by(rig, &early) + RARER_NS < odd_by(rig, guess))
		*guess = early;
	rig->is_late = is_late(rig, guess);
	return true;
}

bool settle(const struct tw *tw, struct rig *rig, const char *name, struct text *yaml,
	    char needs[100])
{
	struct window_guess guess = {0};
	bool good = rig->runner_tick_ns ? settle_by_runner(tw, rig, name, yaml, needs, &guess)
					: settle_by_version(tw, rig, name, yaml, needs, &guess);

	if (!good)
		return false;
	guess.duration_ns = guess.start_ns + tw->duration_ns + LATE_MS * MSEC;
	text_clear(yaml);
	return workload_write(tw, rig, &guess, yaml, needs);
}

/* ---- What nothing tells ---- */

/* A state in which the rig may have been, and what came of it. */
struct attempt {
	u64 turn_ns, runner_cpu, seed, boot_tick, tick_phase_ns;
	struct course *course;
};

enum { ATTEMPTS_MAX = 256 };

static bool settle_at(const struct tw *tw, struct rig *rig, const char *name, struct text *yaml,
		      char needs[100], const struct attempt *at)
{
	rig->turn_ns = at->turn_ns;
	rig->runner_cpu = at->runner_cpu;
	rig->boot_tick = at->boot_tick;
	rig->tick_phase_ns = at->tick_phase_ns;
	text_clear(yaml);
	return settle(tw, rig, name, yaml, needs);
}

/* @yaml as it is but for its seed; its trace goes to @path, if that is not NULL. */
static bool attempt(struct text *yaml, const char *name, const char *path, struct attempt *at)
{
	FILE *out = path ? fopen(path, "w") : NULL;
	size_t len = yaml->len;
	u64 start;
	bool good;

	text_printf(yaml, "seed: %" PRIu64 "\n", at->seed);
	good = run_yaml(yaml, name, out, &at->course, &start);
	yaml->len = len;
	if (out)
		fclose(out);
	return good;
}

/* The @i-th. */
static struct attempt attempt_of(const struct rig *rig, u32 i)
{
	u32 seed = i % (u32)max_of(rig->seeds, (u64)1), state = i / (u32)max_of(rig->seeds, (u64)1);
	struct attempt at = {.runner_cpu = rig->runner_cpu,
			     .seed = seed,
			     .tick_phase_ns = rig->tick_phase_ns};

	if (rig->nr_turns) {
		at.turn_ns = rig->turns_ns[state / rig->cpus];
		at.runner_cpu = state % rig->cpus;
	}
	if (rig->nr_boots)
		at.boot_tick = rig->boot_ticks[seed % rig->nr_boots];
	if (rig->nr_tick_phases)
		at.tick_phase_ns = rig->tick_phases_ns[seed % rig->nr_tick_phases];
	return at;
}

static bool same_set_up(const struct attempt *a, const struct attempt *b)
{
	return a->turn_ns == b->turn_ns && a->runner_cpu == b->runner_cpu &&
	       a->boot_tick == b->boot_tick && a->tick_phase_ns == b->tick_phase_ns;
}

/* @states: where the traces go, up to their number; NULL: they are not written. */
static bool attempt_all(const struct tw *tw, struct rig *rig, const char *name, const char *states,
			struct text *yaml, char needs[100], struct attempt *at, u32 *nr)
{
	u32 all = (rig->nr_turns ? rig->nr_turns * rig->cpus : 1) * (u32)max_of(rig->seeds, (u64)1);
	char path[4096];

	for (u32 i = 0; i < min_of(all, (u32)ATTEMPTS_MAX); i++) {
		at[i] = attempt_of(rig, i);
		if ((!i || !same_set_up(&at[i], &at[i - 1])) &&
		    !settle_at(tw, rig, name, yaml, needs, &at[i]))
			return false;
		if (states)
			snprintf(path, sizeof(path), "%s.%u.txt", states, i);
		*nr = i + 1;
		if (!attempt(yaml, name, states ? path : NULL, &at[i]))
			return false;
	}
	return true;
}

bool settle_has_states(const struct rig *rig)
{
	return rig->nr_turns > 1 || rig->seeds > 1;
}

bool settle_typical(const struct tw *tw, struct rig *rig, const char *name, const char *states,
		    struct text *yaml, char needs[100])
{
	struct attempt at[ATTEMPTS_MAX];
	struct course *course[ATTEMPTS_MAX] = {0};
	u32 nr = 0, typical = 0;
	bool good = attempt_all(tw, rig, name, states, yaml, needs, at, &nr);

	for (u32 i = 0; i < nr; i++)
		course[i] = at[i].course;
	if (good)
		typical = course_typical(course, nr);
	for (u32 i = 0; i < nr; i++)
		if (course[i])
			course_free(course[i]);
	if (!good || !settle_at(tw, rig, name, yaml, needs, &at[typical]))
		return false;
	text_printf(yaml, "seed: %" PRIu64 "\n", at[typical].seed);
	return true;
}
