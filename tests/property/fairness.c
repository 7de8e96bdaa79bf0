/* SPDX-License-Identifier: MIT */
/*
 * Fairness of hogs that share one cpu.
 *
 * EEVDF promises more than shares in the long run: at every moment each task has had what the ideal
 * machine, which runs all at once by weight, would have given it, but for an error of about one
 * request. Turns end at ticks. Where a tick is longer than a slice, a heavy task that had a turn of
 * a whole tick has had several requests at once; the others, whose deadlines are still those of one
 * request, come before it, each for a tick. Hence the wider bound for it.
 * CFS promises that much for tasks of equal weight.
 */
#include "property.h"

#include "base/rng.h"

#include <stdio.h>

enum { HOGS_MAX = 8 };

/* The weights of nice -20..19. */
static const u32 weight_of[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,  1991,  1586,  1277,
	1024,  820,   655,   526,   423,   335,   272,   215,   172,   137,
	110,   87,    70,    56,    45,    36,    29,    23,    18,    15,
};

struct fair_set {
	struct trial *trial;
	u32 nr;
	int nice[HOGS_MAX];
	u64 weight, bound;
	u64 bound_by_weight; /* times the task's share, more */
	s64 worst;           /* over the bound, or nearest to it */
	s64 worst_error;
	u64 worst_at;
	u32 worst_hog;
};

static void look(void *arg, u64 now)
{
	struct fair_set *set = arg;
	const struct watch *watch = &set->trial->watch;
	u32 i = 0;

	for (u32 id = watch->nr_cpus; id < watch->tasks.len; id++) {
		const struct watch_task *task = &watch->tasks.at[id];
		s64 error, over;

		if (!task->ours || i >= set->nr)
			continue;
		error = (s64)watch_cpu_ns(watch, task, now) -
			(s64)(now * weight_of[set->nice[i] + 20] / set->weight);
		if (error < 0)
			error = -error;
		over = error -
		       (s64)(set->bound +
			     set->bound_by_weight * weight_of[set->nice[i] + 20] / set->weight);
		if (over > set->worst) {
			set->worst = over;
			set->worst_error = error;
			set->worst_at = now;
			set->worst_hog = i;
		}
		i++;
	}
}

static void fair_set_run(u64 seed, const char *kernel, bool equal)
{
	static const u32 hzs[] = {100, 250, 300, 1000};
	static const u32 cpus[] = {1, 2, 4, 8};
	struct fair_set set = {.worst = INT64_MIN};
	struct trial t;
	struct rng rng;
	char tasks[2048] = "";
	size_t len = 0;
	u32 hz, nr_cpus, spread;
	u64 slice;

	rng_init(&rng, seed, equal ? "equal hogs" : "hogs", 0);
	set.trial = &t;
	set.nr = 2 + (u32)rng_below(&rng, HOGS_MAX - 1);
	hz = hzs[rng_below(&rng, ARRAY_SIZE(hzs))];
	nr_cpus = cpus[rng_below(&rng, ARRAY_SIZE(cpus))];
	spread = (u32)rng_below(&rng, 11);
	for (u32 i = 0; i < set.nr; i++) {
		set.nice[i] = equal ? 0 : (int)rng_below(&rng, 2 * spread + 1) - (int)spread;
		set.weight += weight_of[set.nice[i] + 20];
		len += (size_t)snprintf(
			tasks + len, sizeof(tasks) - len,
			"- {name: h%c, nice: %d, affinity: 0, program: {loop: [run: 1s]}}\n",
			'a' + (int)i, set.nice[i]);
	}
	trial_begin(&t, equal ? "equal hogs have equal time" : "lag is bounded", seed);
	trial_yaml(
		&t,
		"kernel: %s\nduration: 10s\nmachine: {cpus: %u, hz: %u, costs: zero}\ntasks:\n%s",
		kernel, nr_cpus, hz, tasks);
	if (!t.workload)
		goto out;
	if (t.workload->kernel.fair == FAIR_EEVDF)
		slice = t.workload->kernel.knobs.base_slice_ns;
	else /* a period's part, or the least granularity if there are many */
		slice = max_of(t.workload->kernel.knobs.latency_ns / set.nr,
			       t.workload->kernel.knobs.min_granularity_ns);
	/* One's own request, and as much again that ticks and the start may add. */
	set.bound = 2 * (slice + t.workload->platform.tick_ns);
	/* Under CFS the first to be forked starts with a debit of a whole period, the next of half
	 * of it... */
	if (t.workload->kernel.fair == FAIR_CFS)
		set.bound += t.workload->kernel.knobs.latency_ns;
	else if (t.workload->platform.tick_ns > slice)
		set.bound_by_weight = (set.nr - 1) * t.workload->platform.tick_ns;
	trial_run(&t, look, &set);
	trial_check(&t, set.worst <= 0,
		    "%s, HZ %u, %u cpus: hog %u (nice %d) of %u was %" PRId64 " ns off at %" PRIu64
		    ", %" PRId64 " less are allowed",
		    kernel, hz, nr_cpus, set.worst_hog, set.nice[set.worst_hog], set.nr,
		    set.worst_error, set.worst_at, set.worst);
out:
	trial_end(&t);
}

void fairness(u64 seed)
{
	fair_set_run(seed, "v6.12", false);
	fair_set_run(seed, "v6.18", false);
	fair_set_run(seed, "v6.1", true);
	fair_set_run(seed, "v6.12", true);
	fair_set_run(seed, "v6.18", true);
}
