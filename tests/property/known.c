/* SPDX-License-Identifier: MIT */
/*
 * Answers known beforehand: from textbooks, from theory and from tests that others publish.
 * Costs are zero unless said otherwise, so most of them hold to the nanosecond.
 */
#include "property.h"

#include "base/fixed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const rows[] = {"v6.1", "v6.12", "v6.18"};

/* LinSched's `trivial`: as many hogs as cpus; each has one for itself, at once and for ever. */
static void trivial(void)
{
	for (u32 cpus = 1; cpus <= 16; cpus *= 2)
		for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
			struct trial t;

			trial_begin(&t, "one hog per cpu", cpus);
			trial_yaml(
				&t,
				"kernel: %s\nduration: 60s\nmachine: {cpus: %u, hz: 1000, costs: zero}\n"
				"tasks:\n- {name: h, count: %u, program: {loop: [run: 100ms]}}\n",
				rows[row], cpus, cpus);
			trial_run(&t, NULL, NULL);
			for (u32 id = cpus; id < t.watch.tasks.len; id++) {
				const struct watch_task *task = &t.watch.tasks.at[id];

				if (!task->ours)
					continue;
				trial_check(&t, task->cpu_ns + MSEC >= 60 * SEC,
					    "%s: %s ran for %" PRIu64 " ns of 60 s", rows[row],
					    watch_comm(&t.watch, id), task->cpu_ns);
				trial_check(&t, task->waited <= MSEC && task->nr_ins == 1,
					    "%s: %s waited for %" PRIu64
					    " ns and was put on %" PRIu64 " times",
					    rows[row], watch_comm(&t.watch, id), task->waited,
					    task->nr_ins);
			}
			trial_end(&t);
		}
}

/* A set of periodic tasks, and what is known of their responses under a policy. */
struct periodic {
	u32 period, run, worst; /* ms */
	u64 mean_micro; /* us over one hyperperiod that begins with all released at once; 0: not
			   known */
};

/* Rate-monotonic priorities, or earliest deadline first. */
static void periodic_set(const struct periodic *set, u32 nr, u32 hyper, bool edf)
{
	struct trial t;
	char tasks[1024] = "";
	size_t len = 0;

	for (u32 i = 0; i < nr; i++) {
		char policy[80];

		if (edf)
			snprintf(policy, sizeof(policy), "deadline, runtime: %ums, deadline: %ums",
				 set[i].run, set[i].period);
		else
			snprintf(policy, sizeof(policy), "fifo, priority: %u", 90 - i);
		len += (size_t)snprintf(tasks + len, sizeof(tasks) - len,
					"- {name: p%u, policy: %s, program: "
					"{loop: [timer: %ums, run: %ums]}}\n",
					set[i].period, policy, set[i].period, set[i].run);
	}
	/* Jobs come at multiples of the period: from @hyper on all that there are, together at
	 * first. */
	trial_begin(&t, edf ? "earliest deadline first" : "rate-monotonic priorities", hyper);
	/* 6.1 admits 95 % to the deadline class; it has no server. */
	trial_yaml(&t, "kernel: %s\nduration: %ums\nmachine: {cpus: 1, costs: zero}\ntasks:\n%s",
		   edf ? "v6.1" : "v6.18", 2 * hyper + 40, tasks);
	trial_run(&t, NULL, NULL);
	for (u32 i = 0; i < nr; i++) {
		char comm[16];
		u32 first = hyper / set[i].period, jobs = hyper / set[i].period;
		const struct watch_task *task;
		u64 sum = 0, worst = 0;

		snprintf(comm, sizeof(comm), "p%u", set[i].period);
		task = watch_find(&t.watch, comm);
		/* Response 0 is the start, then job 1 is the one of the first multiple. */
		for (u32 job = first; job < first + jobs && job < task->response.len; job++) {
			sum += task->response.at[job];
			worst = max_of(worst, task->response.at[job]);
		}
		trial_check(&t, worst == set[i].worst * MSEC,
			    "%s: worst response %" PRIu64 " ns, not %u ms", comm, worst,
			    set[i].worst);
		trial_check(&t,
			    !set[i].mean_micro || (sum / jobs + 500) / USEC == set[i].mean_micro,
			    "%s: mean response %" PRIu64 " ns, not %" PRIu64 " us", comm,
			    sum / jobs, set[i].mean_micro);
	}
	trial_end(&t);
}

static void rate_monotonic(void)
{
	static const struct periodic tight[] = {{7, 3, 3, 3000},
						{12, 3, 6, 4714},
						{20, 5, 20, 14714}};
	static const struct periodic easy[] = {{4, 1, 1, 0}, {6, 2, 3, 0}, {12, 3, 10, 0}};

	periodic_set(tight, ARRAY_SIZE(tight), 420, false);
	periodic_set(easy, ARRAY_SIZE(easy), 12, false);
}

static void earliest_deadline_first(void)
{
	static const struct periodic tight[] = {{7, 3, 3, 3000},
						{12, 3, 8, 5543},
						{20, 5, 14, 12000}};

	periodic_set(tight, ARRAY_SIZE(tight), 420, true);
}

/* Dhall's effect: two light tasks keep a heavy one from both cpus until it is too late. */
static void dhall(void)
{
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct trial t;
		const struct watch_task *heavy;

		trial_begin(&t, "Dhall's effect", row);
		trial_yaml(
			&t,
			"kernel: %s\nduration: 13ms\nmachine: {cpus: 2, costs: zero}\ntasks:\n"
			"- {name: a, birth: woken, policy: deadline, runtime: 2ms, deadline: 10ms, program: [run: 2ms]}\n"
			"- {name: b, birth: woken, policy: deadline, runtime: 2ms, deadline: 10ms, program: [run: 2ms]}\n"
			"- {name: heavy, birth: woken, policy: deadline, runtime: 10ms, deadline: 11ms, program: [run: 10ms]}\n",
			rows[row]);
		trial_run(&t, NULL, NULL);
		heavy = watch_find(&t.watch, "heavy");
		trial_check(&t, heavy->ended == 12 * MSEC, "%s: its job took %" PRIu64 " ns",
			    rows[row], heavy->ended);
		trial_end(&t);
	}
}

/*
 * Two tasks of 15 ms every 100, each in a constant-bandwidth server of 10 in 20: the first runs
 * 0-10 and 20-25, the second 10-20 and 25-30. Both together are all of the cpu, so there is no
 * admission. (Where the kernel can be preempted who dies waits once more, behind its equals; the
 * book does not count that, nor below.)
 */
static void bandwidth_servers(void)
{
	static const u64 ends[] = {25, 30}, waited[] = {10, 15};

	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct trial t;

		trial_begin(&t, "two constant-bandwidth servers", row);
		trial_yaml(
			&t,
			"kernel: %s\nduration: 90ms\nmachine: {cpus: 1, hz: 1000, costs: zero, preempt: voluntary}\n"
			"sched: {sched_rt_runtime_us: -1}\ntasks:\n"
			"- {name: a, birth: woken, policy: deadline, runtime: 10ms, deadline: 20ms, program: [run: 15ms]}\n"
			"- {name: b, birth: woken, policy: deadline, runtime: 10ms, deadline: 20ms, program: [run: 15ms]}\n",
			rows[row]);
		trial_run(&t, NULL, NULL);
		for (u32 i = 0; i < 2; i++) {
			const char comm[2] = {(char)('a' + i)};
			const struct watch_task *task = watch_find(&t.watch, comm);

			trial_check(&t, task->ended == ends[i] * MSEC, "%s: %s ended at %" PRIu64,
				    rows[row], comm, task->ended);
			trial_check(&t, task->waited == waited[i] * MSEC,
				    "%s: %s waited for %" PRIu64, rows[row], comm, task->waited);
		}
		trial_end(&t);
	}
}

/* Jobs of 5, 10, 15 ms that come together: first in, first out. */
static void fifo_jobs(void)
{
	static const u64 starts[] = {0, 5, 15}, ends[] = {5, 15, 30};

	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct trial t;

		trial_begin(&t, "FIFO jobs of 5, 10, 15 ms", row);
		trial_yaml(
			&t,
			"kernel: %s\nduration: 60ms\nmachine: {cpus: 1, costs: zero, preempt: voluntary}\ntasks:\n"
			"- {name: a, policy: fifo, priority: 5, program: [run: 5ms]}\n"
			"- {name: b, policy: fifo, priority: 5, program: [run: 10ms]}\n"
			"- {name: c, policy: fifo, priority: 5, program: [run: 15ms]}\n",
			rows[row]);
		trial_run(&t, NULL, NULL);
		for (u32 i = 0; i < 3; i++) {
			const char comm[2] = {(char)('a' + i)};
			const struct watch_task *task = watch_find(&t.watch, comm);

			trial_check(&t, task->ended == ends[i] * MSEC, "%s ended at %" PRIu64 " ns",
				    comm, task->ended);
			trial_check(&t, task->waited == starts[i] * MSEC,
				    "%s waited for %" PRIu64 " ns", comm, task->waited);
		}
		trial_end(&t);
	}
}

/* Round robin with a quantum of 1 ms. A task that begins in the instant of a tick loses a turn. */
static void round_robin_jobs(void)
{
	static const u64 ends[] = {13, 25, 30}, starts[] = {0, 1, 2};
	struct trial t;

	trial_begin(&t, "round robin of jobs of 5, 10, 15 ms", 0);
	trial_yaml(&t, "duration: 60ms\nmachine: {cpus: 1, hz: 1000, costs: zero}\n"
		       "sched: {sched_rr_timeslice_ms: 1}\ntasks:\n"
		       "- {name: a, policy: rr, priority: 5, program: [run: 5ms]}\n"
		       "- {name: b, policy: rr, priority: 5, program: [run: 10ms]}\n"
		       "- {name: c, policy: rr, priority: 5, program: [run: 15ms]}\n");
	trial_run(&t, NULL, NULL);
	for (u32 i = 0; i < 3; i++) {
		const char comm[2] = {(char)('a' + i)};
		const struct watch_task *task = watch_find(&t.watch, comm);

		trial_check(&t, task->ended == ends[i] * MSEC, "%s ended at %" PRIu64 " ns", comm,
			    task->ended);
		trial_check(&t, task->latency.at[0] == starts[i] * MSEC,
			    "%s first ran at %" PRIu64 " ns", comm, task->latency.at[0]);
	}
	trial_end(&t);
}

/* Two hogs share by weight: the shares of nice levels, in 1/100 %. */
static void weights(void)
{
	static const struct {
		int a, b;
		u64 share;
	} pairs[] = {{0, 1, 5553}, {0, 5, 7535}, {-5, 0, 7530}, {0, 19, 9856}};

	for (u32 i = 0; i < ARRAY_SIZE(pairs); i++)
		for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
			struct trial t;
			u64 share;

			trial_begin(&t, "two hogs by weight", i);
			trial_yaml(
				&t,
				"kernel: %s\nduration: 100s\nmachine: {cpus: 1, costs: zero}\ntasks:\n"
				"- {name: a, nice: %d, program: {loop: [run: 1s]}}\n"
				"- {name: b, nice: %d, program: {loop: [run: 1s]}}\n",
				rows[row], pairs[i].a, pairs[i].b);
			trial_run(&t, NULL, NULL);
			share = watch_find(&t.watch, "a")->cpu_ns / (10 * MSEC); /* of 10000 */
			trial_check(&t, share + 2 >= pairs[i].share && share <= pairs[i].share + 2,
				    "%s: nice %d against %d: %" PRIu64 ", not %" PRIu64 " of 10000",
				    rows[row], pairs[i].a, pairs[i].b, share, pairs[i].share);
			trial_end(&t);
		}
}

/* A light pair waits less than half as long as a heavy one. */
static void light_pair(void)
{
	for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
		struct trial t;
		struct watch_task *light, *heavy;
		u64 l, h;

		trial_begin(&t, "a light pair against a heavy one", row);
		trial_yaml(
			&t,
			"kernel: %s\nduration: 20s\nmachine: {cpus: 1}\ntasks:\n"
			"- {name: light, count: 2, program: {loop: [run: 100us, sleep: {uniform: [9ms, 10800us]}]}}\n"
			"- {name: heavy, count: 2, program: {loop: [run: 10ms, sleep: {uniform: [500us, 1500us]}]}}\n",
			rows[row]);
		trial_run(&t, NULL, NULL);
		light = watch_find(&t.watch, "light0");
		heavy = watch_find(&t.watch, "heavy0");
		l = watch_percentile(light->latency.at, light->latency.len, 90);
		h = watch_percentile(heavy->latency.at, heavy->latency.len, 90);
		trial_check(&t, 2 * l < h,
			    "%s: 90 %% wait less than %" PRIu64 " ns, of the heavy %" PRIu64,
			    rows[row], l, h);
		trial_end(&t);
	}
}

/* One spinner per core, all let loose from one: soon all cores are used, and then nobody moves. */
static void spread_out(void)
{
	static const char *const machines[] = {
		"cpus: 2",
		"cpus: 4",
		"cpus: 8",
		"cpus: 16",
		"cores: 4, llc_cores: 2",
		"sockets: 2, cores: 4",
		"cores: 8, threads: 2",
	};

	for (u32 m = 0; m < ARRAY_SIZE(machines); m++)
		for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
			struct trial t;
			u64 used = 0;
			u32 nr_cores, nr_hogs;

			trial_begin(&t, "one spinner per core, all started on one", m);
			/* As many hogs as cores; spare hogs are killed at once. */
			nr_hogs = (u32[]){2, 4, 8, 16, 4, 8, 8}[m];
			trial_yaml(&t,
				   "kernel: %s\nduration: 20s\nmachine: {%s}\ntasks:\n"
				   "- {name: h, count: %u, affinity: 0, program: [affinity: all, "
				   "loop: [run: 100ms]]}\n",
				   rows[row], machines[m], nr_hogs);
			trial_run(&t, NULL, NULL);
			nr_cores = t.workload->platform.nr_cores;
			for (u32 id = 0; id < t.watch.tasks.len; id++)
				if (t.watch.tasks.at[id].ours)
					used += t.watch.tasks.at[id].cpu_ns;
			trial_check(&t, used >= 20 * SEC * nr_cores / 100 * 95,
				    "%s, %s: %" PRIu64 " ns of %u cores", rows[row], machines[m],
				    used, nr_cores);
			trial_check(&t, t.watch.last_move < 10 * SEC,
				    "%s, %s: a move at %" PRIu64 " ns", rows[row], machines[m],
				    t.watch.last_move);
			trial_end(&t);
		}
}

/* One pinned spinner per cpu and as many free ones: the poorest tenth has 60 % of the mean. */
static void pinned_and_free(void)
{
	for (u32 cpus = 2; cpus <= 8; cpus *= 2)
		for (u32 row = 0; row < ARRAY_SIZE(rows); row++) {
			struct trial t;
			char tasks[1024] = "";
			u64 ran[64], sum = 0, low;
			size_t len = 0;
			u32 nr = 0;

			for (u32 i = 0; i < cpus; i++)
				len += (size_t)snprintf(
					tasks + len, sizeof(tasks) - len,
					"- {name: p%c, affinity: %u, program: {loop: [run: 1s]}}\n",
					'a' + (int)i, i);
			trial_begin(&t, "pinned and free spinners", cpus);
			trial_yaml(&t,
				   "kernel: %s\nduration: 10s\nmachine: {cpus: %u}\ntasks:\n%s"
				   "- {name: f, count: %u, program: {loop: [run: 1s]}}\n",
				   rows[row], cpus, tasks, cpus);
			trial_run(&t, NULL, NULL);
			for (u32 id = 0; id < t.watch.tasks.len && nr < ARRAY_SIZE(ran); id++)
				if (t.watch.tasks.at[id].ours)
					sum += ran[nr++] = t.watch.tasks.at[id].cpu_ns;
			low = watch_percentile(ran, nr, 10);
			trial_check(&t, low * nr * 100 >= sum * 60,
				    "%s, %u cpus: %" PRIu64 " ns, the mean is %" PRIu64, rows[row],
				    cpus, low, sum / nr);
			trial_end(&t);
		}
}

void known_answers(void)
{
	trivial();
	rate_monotonic();
	earliest_deadline_first();
	dhall();
	bandwidth_servers();
	fifo_jobs();
	round_robin_jobs();
	weights();
	light_pair();
	spread_out();
	pinned_and_free();
}
