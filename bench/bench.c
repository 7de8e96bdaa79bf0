/* SPDX-License-Identifier: MIT */
/*
 * One bench case: builds a workload in memory, simulates it with metrics on and no trace, prints
 * one JSON line. The first fifth of the simulated time warms up; figures are of the rest. `bench
 * --list` names the cases; run.sh runs them beside the floor program.
 *
 *	N-*  ns per event: 85 % load, exponential bursts of 1 ms, 1 kHz tick (the floor program's
 *	     load)
 *	W-*  periodic tasks at 75 % utilisation, periods 3 to 100 ms
 *	D-*  the same as deadline tasks, with a tenth more budget than they need
 *	R-*  the same as FIFO tasks, with rate-monotonic priorities: push and pull
 *	F-*  a fork storm: parents that fork a child of 1 us and wait for it, until there have been
 *	     so many (the duration is an upper bound; cpu_s is of all of it)
 *	H-*  tasks that always run, 1 kHz tick
 *	L-*  so many tasks alive: parents fork children that sleep; rss_kb is what counts
 *	I-*  the same with a name each: instances of one task
 */
#include "base/ensure.h"
#include "base/text.h"
#include "model/builder.h"
#include "observe/observer.h"
#include "run/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* _EXT: under the policy vtime of the ext class. */
enum load {
	LOAD_BURSTS,
	LOAD_PERIODIC,
	LOAD_DEADLINE,
	LOAD_RT,
	LOAD_HOGS,
	LOAD_BURSTS_EXT,
	LOAD_FORKS,
	LOAD_LIVE,
	LOAD_INSTANCES
};

struct bench_case {
	const char *name;
	enum load load;
	u32 cpus, tasks;
	u64 duration; /* ms */
};

static const struct bench_case cases[] = {
	{"N-1x4", LOAD_BURSTS, 1, 4, 1500000},
	{"N-8x64", LOAD_BURSTS, 8, 64, 150000},
	{"N-64x1024", LOAD_BURSTS, 64, 1024, 20000},
	{"N-1024x100k", LOAD_BURSTS, 1024, 100000, 2500},
	{"N-8x10k", LOAD_BURSTS, 8, 10000, 60000},
	{"W-2x8", LOAD_PERIODIC, 2, 8, 2000000},
	{"W-8x64", LOAD_PERIODIC, 8, 64, 200000},
	{"W-64x1024", LOAD_PERIODIC, 64, 1024, 20000},
	{"W-1024x4096", LOAD_PERIODIC, 1024, 4096, 2000},
	{"D-8x64", LOAD_DEADLINE, 8, 64, 200000},
	{"D-64x1024", LOAD_DEADLINE, 64, 1024, 10000},
	{"R-8x64", LOAD_RT, 8, 64, 200000},
	{"R-64x1024", LOAD_RT, 64, 1024, 10000},
	{"F-8x1000k", LOAD_FORKS, 8, 1000000, 1000},
	{"H-64x1024", LOAD_HOGS, 64, 1024, 60000},
	{"L-64x100k", LOAD_LIVE, 64, 100000, 1000},
	{"L-64x1000k", LOAD_LIVE, 64, 1000000, 1000},
	{"I-64x100k", LOAD_INSTANCES, 64, 100000, 1000},
	{"I-64x1000k", LOAD_INSTANCES, 64, 1000000, 1000},
	{"E-8x64", LOAD_BURSTS_EXT, 8, 64, 150000},
	{"E-64x1024", LOAD_BURSTS_EXT, 64, 1024, 20000},
};

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void op(struct builder *b, enum op_code code, struct quantity quantity)
{
	struct op_operands operands = {.quantity = quantity};

	builder_op(b, (struct loc){0}, code, &operands);
}

static struct quantity constant(u64 value)
{
	return (struct quantity){.value = value};
}

static struct quantity exponential(u64 mean)
{
	struct dist dist = {.kind = DIST_EXPONENTIAL, .a = mean, .min = 1, .max = UINT64_MAX};

	return (struct quantity){.is_dist = true, .dist = dist};
}

/* The floor program's mix of weights. */
static const s8 nices[] = {0, 0, 0, 1, -1, 5, -5, 0};

static void add_bursts(struct builder *b, const struct bench_case *c)
{
	u64 burst = MSEC, sleep = burst * ((u64)c->tasks * 100 / 85) / c->cpus - burst;

	for (u32 i = 0; i < ARRAY_SIZE(nices); i++) {
		char name[16];
		struct task_spec *spec;

		snprintf(name, sizeof(name), "b%u-", i);
		spec = builder_task_begin(b, (struct loc){0}, name);
		spec->count = c->tasks / ARRAY_SIZE(nices) + (i < c->tasks % ARRAY_SIZE(nices));
		if (c->tasks < ARRAY_SIZE(nices))
			spec->count = 1;
		spec->attr.nice = nices[i];
		op(b, OP_LOOP, constant(0));
		op(b, OP_SLEEP, exponential(sleep));
		op(b, OP_RUN, exponential(burst));
		builder_end_loop(b, (struct loc){0});
		builder_task_end(b);
		if (c->tasks < ARRAY_SIZE(nices) && i + 1 == c->tasks)
			break;
	}
}

/* Periods 3 to 100 ms, spread evenly over the tasks. */
static void add_periodic(struct builder *b, const struct bench_case *c)
{
	for (u32 i = 0; i < c->tasks; i++) {
		u64 period = 3 * MSEC + (c->tasks > 1 ? 97 * MSEC * i / (c->tasks - 1) : 0);
		u64 run = period * 3 * c->cpus / (4 * (u64)c->tasks);
		struct task_spec *spec;
		char name[16];

		snprintf(name, sizeof(name), "p%u", i);
		spec = builder_task_begin(b, (struct loc){0}, name);
		if (c->load == LOAD_DEADLINE)
			spec->attr = (struct sched_attr){
				.policy = POLICY_DEADLINE,
				.dl_runtime = run + run / 10,
				.dl_deadline = period,
			};
		if (c->load == LOAD_RT)
			spec->attr = (struct sched_attr){
				.policy = POLICY_FIFO,
				.rt_priority = (u8)(98 - 97 * (u64)i / c->tasks),
			};
		op(b, OP_LOOP, constant(0));
		op(b, OP_RUN, constant(run));
		op(b, OP_TIMER, constant(period));
		builder_end_loop(b, (struct loc){0});
		builder_task_end(b);
	}
}

static void add_hogs(struct builder *b, const struct bench_case *c)
{
	struct task_spec *spec = builder_task_begin(b, (struct loc){0}, "hog");

	spec->count = c->tasks;
	op(b, OP_LOOP, constant(0));
	op(b, OP_RUN, constant(SEC));
	builder_end_loop(b, (struct loc){0});
	builder_task_end(b);
}

static void add_forks(struct builder *b, const struct bench_case *c)
{
	struct task_spec *spec = builder_task_begin(b, (struct loc){0}, "child");
	struct op_operands child = {.task = "child"};

	spec->is_template = true;
	if (c->load == LOAD_LIVE)
		op(b, OP_SLEEP, constant(1000 * SEC));
	else
		op(b, OP_RUN, constant(USEC));
	builder_task_end(b);
	spec = builder_task_begin(b, (struct loc){0}, "parent");
	spec->count = c->cpus;
	op(b, OP_LOOP, constant(c->tasks / c->cpus));
	builder_op(b, (struct loc){0}, OP_FORK, &child);
	if (c->load == LOAD_FORKS)
		op(b, OP_WAIT, constant(0));
	builder_end_loop(b, (struct loc){0});
	if (c->load == LOAD_LIVE)
		op(b, OP_SLEEP, constant(1000 * SEC));
	builder_task_end(b);
}

static void add_instances(struct builder *b, const struct bench_case *c)
{
	struct task_spec *spec = builder_task_begin(b, (struct loc){0}, "sleeper");

	spec->count = c->tasks;
	op(b, OP_SLEEP, constant(1000 * SEC));
	builder_task_end(b);
}

static const struct workload *build(struct arena *arena, const struct bench_case *c,
				    u64 duration_ms)
{
	struct diag *diag = diag_new();
	struct builder *b = builder_new(arena, diag);
	struct platform *platform = builder_platform(b);
	const struct workload *workload;

	builder_name(b, c->name, NULL);
	builder_seed(b, 1);
	builder_duration(b, duration_ms * MSEC);
	ensure(builder_kernel(b, (struct loc){0}, "v6.18"));
	platform->nr_cpus = c->cpus;
	platform->hz = 1000;
	if (c->load == LOAD_LIVE || c->load == LOAD_INSTANCES)
		platform->pid_max = 4194304;
	ensure(costs_preset("zero", &platform->costs));
	ensure(builder_machine_done(b, (struct loc){0}));
	if (c->load == LOAD_BURSTS_EXT)
		ensure(builder_ext(b, (struct loc){0}, "vtime"));
	(c->load == LOAD_HOGS                             ? add_hogs
	 : c->load == LOAD_INSTANCES                      ? add_instances
	 : c->load == LOAD_FORKS || c->load == LOAD_LIVE  ? add_forks
	 : c->load >= LOAD_PERIODIC && c->load <= LOAD_RT ? add_periodic
							  : add_bursts)(b, c);
	workload = builder_finish(b);
	diag_print(diag, stderr);
	ensure(workload);
	builder_free(b);
	diag_free(diag);
	return workload;
}

static void run(const struct bench_case *c, u64 duration_ms)
{
	struct observer_config config = {.metrics = true, .hz = 1000, .window.to = NEVER};
	double start = cpu_seconds(), ready, warm, done, measured_ms;
	const struct workload *workload;
	struct observer *observer;
	struct stream stream;
	struct names names;
	struct arena arena;
	struct rusage usage;
	struct sim *sim;
	/* Of a storm, births are what is measured. */
	u64 events, warm_up, warm_ms = c->load >= LOAD_FORKS ? 0 : duration_ms / 5;

	arena_init(&arena);
	names_init(&names);
	workload = build(&arena, c, duration_ms);
	stream_init(&stream, &names, c->cpus);
	observer = observer_new(&config, c->cpus);
	observer_attach(observer, &stream);
	sim = sim_new(workload, &stream, &names);
	ready = cpu_seconds();
	/* The tasks' births and first placements are not the steady state that is measured. */
	ensure(sim_advance(sim, warm_ms * MSEC));
	warm = cpu_seconds();
	warm_up = sim_events(sim);
	ensure(sim_run(sim));
	done = cpu_seconds();
	events = sim_events(sim) - warm_up;
	measured_ms = duration_ms - warm_ms;
	sim_free(sim);
	observer_finish(observer);
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"case\": \"%s\", \"cpus\": %u, \"tasks\": %u, \"simulated_ms\": %" PRIu64
	       ", \"events\": %" PRIu64 ", \"warm_up_events\": %" PRIu64
	       ", \"cpu_s\": %.3f, \"ns_per_event\": %.1f, \"events_per_s\": %.0f, "
	       "\"simulated_s_per_cpu_s\": %.1f, \"startup_ms\": %.2f, \"rss_kb\": %ld}\n",
	       c->name, c->cpus, c->tasks, duration_ms, events, warm_up, done - warm,
	       (done - warm) * 1e9 / (double)events, (double)events / (done - warm),
	       measured_ms * 1e-3 / (done - warm), (ready - start) * 1e3, usage.ru_maxrss);
	observer_free(observer);
	stream_fini(&stream);
	names_fini(&names);
	arena_fini(&arena);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--list")) {
		for (u32 i = 0; i < ARRAY_SIZE(cases); i++)
			puts(cases[i].name);
		return 0;
	}
	for (u32 i = 0; argc >= 2 && i < ARRAY_SIZE(cases); i++)
		if (!strcmp(cases[i].name, argv[1])) {
			run(&cases[i], argc > 2 ? strtoull(argv[2], NULL, 10) : cases[i].duration);
			return 0;
		}
	fprintf(stderr, "usage: bench --list | bench CASE [SIMULATED_MS]\n");
	return 2;
}
