/* SPDX-License-Identifier: MIT */
#include "report_fixture.h"

#include <string.h>

enum { TASK_HOG0, TASK_HOG1, TASK_WEB, TASK_KWORKER };

/* The comm's numbers are those of its only task, with samples of its own. */
static void add_task(struct fixture *f, u32 i, const char *comm, struct task_metrics task)
{
	task.task = 2 + i;
	task.comm = names_intern_str(&f->names, comm);
	task.pid = task.tgid = 100 + i;
	task.ppid = 1;
	f->tasks[i] = task;
	f->comms[i] = (struct comm_metrics){
		.comm = task.comm,
		.nr_tasks = 1,
		.flags = task.flags,
		.sums = task.sums,
	};
}

static struct hist *microseconds(u32 from, u32 to)
{
	struct hist *hist = hist_new();

	for (u32 us = from; us <= to; us++)
		hist_add(hist, us * USEC);
	return hist;
}

static void add_tasks(struct fixture *f)
{
	add_task(f, TASK_HOG0, "hog0",
		 (struct task_metrics){
			 .flags = RECORD_FLAG_WORKLOAD,
			 .prio = 120,
			 .state = 'R',
			 .end_ns = METRIC_NO_TIME,
			 .sums = {.cpu_ns = 60 * MSEC,
				  .run_delay_ns = 40 * MSEC,
				  .involuntary_switches = 15},
		 });
	add_task(f, TASK_HOG1, "hog1",
		 (struct task_metrics){
			 .flags = RECORD_FLAG_WORKLOAD,
			 .prio = 125,
			 .nice = 5,
			 .state = 'R',
			 .end_ns = METRIC_NO_TIME,
			 .sums = {.cpu_ns = 40 * MSEC,
				  .run_delay_ns = 60 * MSEC,
				  .involuntary_switches = 10,
				  .migrations = 2},
		 });
	add_task(f, TASK_WEB, "web.io",
		 (struct task_metrics){
			 .flags = RECORD_FLAG_WORKLOAD,
			 .policy = POLICY_FIFO,
			 .prio = 49,
			 .state = 'S',
			 .start_ns = 5 * MSEC,
			 .end_ns = 95 * MSEC,
			 .sums = {.cpu_ns = 20 * MSEC,
				  .run_delay_ns = 5050 * USEC,
				  .sleep_ns = 64950 * USEC,
				  .voluntary_switches = 101,
				  .wakeups = 100},
		 });
	add_task(f, TASK_KWORKER, "kworker/0:1",
		 (struct task_metrics){
			 .flags = RECORD_FLAG_KTHREAD,
			 .prio = 120,
			 .state = 'I',
			 .end_ns = METRIC_NO_TIME,
			 .sums = {.cpu_ns = MSEC,
				  .sleep_ns = 99 * MSEC,
				  .voluntary_switches = 3,
				  .wakeups = 3},
		 });
	f->tasks[TASK_WEB].dist[DIST_WAKEUP_LATENCY] = microseconds(1, 100);
	f->comms[TASK_WEB].dist[DIST_WAKEUP_LATENCY] = microseconds(1, 100);
	f->comms[TASK_HOG0].dist[DIST_SLICE] = microseconds(10, 19);
	f->comms[TASK_HOG1].dist[DIST_SLICE] = microseconds(20, 29);
}

static void add_workload(struct fixture *f)
{
	f->specs[0] = (struct task_spec){.name = "hog", .count = 2, .thread_of = SPEC_NONE};
	f->specs[1] = (struct task_spec){.name = "late", .count = 1, .thread_of = SPEC_NONE};
	f->workload = (struct workload){
		.name = "fixture",
		.title = "made by hand",
		.seed = 7,
		.digest = 0x1234,
		.tasks = f->specs,
		.nr_tasks = 2,
	};
	f->workload.kernel.name = "v6.18";
	f->workload.platform.nr_cpus = 2;
	f->workload.platform.nr_cores = 2;
	f->workload.platform.nr_llcs = 1;
	f->workload.platform.nodes = 1;
	f->workload.platform.hz = 250;
}

void fixture_groups(struct fixture *f)
{
	f->groups[0] = (struct group_metrics){.name = names_intern_str(&f->names, "outer"),
					      .parent = TASK_ID_NONE,
					      .cpu_ns = 50 * MSEC};
	f->groups[1] = (struct group_metrics){
		.name = names_intern_str(&f->names, "inner"),
		.parent = 0,
		.cpu_ns = 20 * MSEC,
		.nr_periods = 4,
		.nr_throttled = 3,
		.throttled_ns = 7 * MSEC,
	};
	f->metrics.groups = f->groups;
	f->metrics.nr_groups = ARRAY_SIZE(f->groups);
}

void fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	names_init(&f->names);
	add_tasks(f);
	add_workload(f);
	f->cpus[0] = (struct cpu_metrics){.busy_ns = 81 * MSEC,
					  .idle_ns = 19 * MSEC,
					  .irq_ns = MSEC,
					  .switches = 90,
					  .pulled = 1};
	f->cpus[1] =
		(struct cpu_metrics){.busy_ns = 40 * MSEC, .idle_ns = 60 * MSEC, .switches = 42};
	f->metrics = (struct metrics){
		.window_ns = 100 * MSEC,
		.nr_cpus = 2,
		.tasks = f->tasks,
		.nr_tasks = ARRAY_SIZE(f->tasks),
		.comms = f->comms,
		.nr_comms = ARRAY_SIZE(f->comms),
		.cpus = f->cpus,
		.total = {.switches = 132,
			  .wakeups = 103,
			  .migrations = 2,
			  .forks = 3,
			  .exits = 1,
			  .tasks_seen = 4,
			  .tasks_alive = 3},
		.load_avg_milli = {1500, 500, 250},
		.fairness_ppm = 961538,
		.digest = 0xabcdef,
		.has_digest = true,
		.names = &f->names,
	};
	f->result = (struct result){
		.source = "fixture",
		.workload = &f->workload,
		.metrics = &f->metrics,
		.version = "1.0",
		.events = 1000,
		.wall_ns = 50000,
	};
}

void fixture_record(struct fixture *f)
{
	f->result.recorded = true;
	f->result.workload = NULL;
	f->result.source = "trace.txt";
	f->result.mended = 2;
	f->result.state_era = "6.18";
	f->metrics.has_digest = false;
	for (u32 i = 0; i < ARRAY_SIZE(f->tasks); i++)
		f->tasks[i].policy = ROSTER_POLICY_UNKNOWN;
}

void fixture_fini(struct fixture *f)
{
	for (u32 i = 0; i < ARRAY_SIZE(f->tasks); i++)
		for (u32 d = 0; d < NR_METRIC_DISTS; d++) {
			if (f->tasks[i].dist[d])
				hist_free(f->tasks[i].dist[d]);
			if (f->comms[i].dist[d])
				hist_free(f->comms[i].dist[d]);
		}
	names_fini(&f->names);
}
