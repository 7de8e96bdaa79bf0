/* SPDX-License-Identifier: MIT */
/*
 * What the deadline class promises, for random sets of reservations.
 *
 * On one cpu every deadline of an admitted set is met, whatever else wants the cpu, if each job
 * takes no more than its budget. And nobody gets more than it has reserved, but for what a tick
 * comes too late to see. That is paid back, so it does not add up: an overrun of several budgets
 * postpones the deadline by as many periods. But the next turn comes with the next period already
 * (replenish_dl_entity() leaves some budget in any case), so there may be two of these.
 */
#include "property.h"

#include "base/rng.h"

#include <stdio.h>

enum { TASKS_MAX = 6, SECONDS = 2 };

static const char *const rows[] = {"v6.1", "v6.12", "v6.18"};

struct reservation {
	u64 runtime, deadline, period; /* us */
};

/* Reservations that add up to at most @most ppm of a cpu. @implicit: deadline is period. */
static u32 draw(struct rng *rng, struct reservation *set, u64 most, bool implicit)
{
	u32 nr = 1 + (u32)rng_below(rng, TASKS_MAX), n = 0;

	for (u32 i = 0; i < nr; i++) {
		u64 period = 2000 + 100 * rng_below(rng, 980);       /* 2 to 100 ms */
		u64 share = 1 + rng_below(rng, most * 3 / (2 * nr)); /* ppm */
		u64 runtime = max_of(period * share / 1000000, 2 * 1u);

		if (share + 2000 > most)
			continue;
		most -= share + 2000;
		set[n++] = (struct reservation){
			.runtime = runtime,
			.period = period,
			.deadline =
				implicit ? period : runtime + rng_below(rng, period - runtime + 1),
		};
	}
	return n;
}

/* What else wants the cpu. */
static const char others[] =
	"- {name: rt, policy: fifo, priority: 50, program: {loop: [run: 30ms, sleep: 1ms]}}\n"
	"- {name: fair, count: 2, program: {loop: [run: 3ms, sleep: 100us]}}\n";

static void begin(struct trial *t, struct rng *rng, const char *what, u64 seed, const char *kernel,
		  u32 cpus, const char *tasks)
{
	static const u32 hzs[] = {100, 250, 300, 1000};

	trial_begin(t, what, seed);
	trial_yaml(t,
		   "kernel: %s\nduration: %ds\nmachine: {cpus: %u, hz: %u, costs: zero}\ntasks:\n"
		   "%s%s",
		   kernel, SECONDS, cpus, hzs[rng_below(rng, ARRAY_SIZE(hzs))], tasks, others);
	trial_run(t, NULL, NULL);
}

static void deadlines_met(u64 seed, const char *kernel)
{
	struct reservation set[TASKS_MAX];
	char tasks[2048] = "";
	size_t len = 0;
	struct trial t;
	struct rng rng;
	u32 nr;

	rng_init(&rng, seed, "deadlines", 0);
	nr = draw(&rng, set, 890000, true);
	for (u32 i = 0; i < nr; i++)
		len += (size_t)snprintf(tasks + len, sizeof(tasks) - len,
					"- {name: d%u, policy: deadline, runtime: %" PRIu64
					"us, deadline: %" PRIu64
					"us, program: {loop: [timer: %" PRIu64
					"us, run: {uniform: [1us, %" PRIu64 "us]}]}}\n",
					i, set[i].runtime, set[i].deadline, set[i].period,
					set[i].runtime);
	begin(&t, &rng, "admitted deadlines are met on one cpu", seed, kernel, 1, tasks);
	trial_check(&t, t.completed, "%s: %s", kernel, t.failure);
	for (u32 i = 0; i < nr && t.completed; i++) {
		char comm[16];
		const struct watch_task *task;

		snprintf(comm, sizeof(comm), "d%u", i);
		task = watch_find(&t.watch, comm);
		for (u32 job = 0; job < task->response.len; job++)
			if (!trial_check(&t, task->response.at[job] <= set[i].deadline * USEC,
					 "%s: job %u of %s, %" PRIu64 "/%" PRIu64
					 " us, took %" PRIu64 " ns",
					 kernel, job, comm, set[i].runtime, set[i].deadline,
					 task->response.at[job]))
				break;
	}
	trial_end(&t);
}

/* Of hogs: all that can be had is what was reserved, and with implicit deadlines it is had. */
static void bandwidth_kept(u64 seed, const char *kernel, bool implicit)
{
	struct reservation set[TASKS_MAX];
	char tasks[2048] = "";
	size_t len = 0;
	struct trial t;
	struct rng rng;
	u32 nr, cpus;

	rng_init(&rng, seed, "bandwidth", implicit);
	cpus = implicit ? 1 : 1 + (u32)rng_below(&rng, 4);
	nr = draw(&rng, set, 890000, implicit);
	for (u32 i = 0; i < nr; i++)
		len += (size_t)snprintf(tasks + len, sizeof(tasks) - len,
					"- {name: d%u, policy: deadline, runtime: %" PRIu64
					"us, deadline: %" PRIu64 "us, period: %" PRIu64
					"us, program: {loop: [run: 1s]}}\n",
					i, set[i].runtime, set[i].deadline, set[i].period);
	begin(&t, &rng, "nobody has more than it reserved", seed, kernel, cpus, tasks);
	trial_check(&t, t.completed, "%s: %s", kernel, t.failure);
	for (u32 i = 0; i < nr && t.completed; i++) {
		u64 tick = t.workload->platform.tick_ns, had, periods, most, least;
		char comm[16];

		snprintf(comm, sizeof(comm), "d%u", i);
		had = watch_cpu_ns(&t.watch, watch_find(&t.watch, comm), SECONDS * SEC);
		periods = SECONDS * SEC / (set[i].period * USEC);
		most = (periods + 1) * set[i].runtime * USEC + 2 * tick;
		trial_check(&t, had <= most,
			    "%s: %s, %" PRIu64 "/%" PRIu64 "/%" PRIu64 " us, had %" PRIu64
			    " ns, not %" PRIu64 " at most",
			    kernel, comm, set[i].runtime, set[i].deadline, set[i].period, had,
			    most);
		/* The last period may not be over. */
		least = (periods - 1) * set[i].runtime * USEC;
		trial_check(&t, !implicit || had + tick >= least,
			    "%s: %s, %" PRIu64 "/%" PRIu64 " us, had %" PRIu64 " ns, not %" PRIu64
			    " at least",
			    kernel, comm, set[i].runtime, set[i].period, had, least);
	}
	trial_end(&t);
}

void deadlines(u64 seed)
{
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		deadlines_met(seed, rows[row]);
		bandwidth_kept(seed, rows[row], true);
		bandwidth_kept(seed, rows[row], false);
	}
}
