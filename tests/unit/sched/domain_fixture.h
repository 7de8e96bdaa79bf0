/* SPDX-License-Identifier: MIT */
/* A scheduler with domains and empty runqueues, without classes and without events. */
#ifndef OSSIM_TESTS_DOMAIN_FIXTURE_H
#define OSSIM_TESTS_DOMAIN_FIXTURE_H

#include <criterion/criterion.h>

#include "sched/sched.h"

/* What a test says of its machine; the rest is derived. */
struct shape {
	u32 sockets, cores, threads, llc_cores, cluster_cores, nodes;
	u32 *distance;
};

struct bench {
	struct arena arena;
	struct platform platform;
	struct kernel kernel;
	struct machine machine;
	struct sched sched;
};

static inline void bench_rqs(struct bench *b)
{
	struct sched *sched = &b->sched;

	sched->rqs = arena_alloc_aligned(&b->arena, sched->nr_cpus * sizeof(struct rq), 64);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct rq *rq = &sched->rqs[cpu];
		struct task *idle = arena_new(&b->arena, struct task);

		*rq = (struct rq){.sched = sched, .cpu = cpu, .cpu_capacity = 1024, .online = true};
		rq->fair.rq = rq;
		rq->idle = rq->curr = idle;
		rq->clock = RQ_CLOCK_BASE;
		list_init(&rq->fair_tasks);
		idle->class_id = CLASS_IDLE;
		idle->cpu = (u16)cpu;
	}
}

static inline void bench_init(struct bench *b, struct shape shape, const char *kernel)
{
	const char *error = NULL;
	struct sched *sched = &b->sched;
	struct cpumask *all;

	*b = (struct bench){0};
	arena_init(&b->arena);
	platform_init(&b->platform);
	b->platform.sockets = shape.sockets;
	b->platform.cores = shape.cores;
	b->platform.threads = shape.threads;
	b->platform.llc_cores = shape.llc_cores;
	b->platform.cluster_cores = shape.cluster_cores;
	b->platform.nodes = shape.nodes;
	b->platform.distance = shape.distance;
	cr_assert(platform_complete(&b->platform, &b->arena, &error), "%s", error);
	b->kernel = *kernel_find(kernel);
	machine_init(&b->machine, &b->arena, &b->platform, (struct machine_handlers){0});
	all = cpumask_new(&b->arena, b->platform.nr_cpus);
	cpumask_fill(all);
	*sched = (struct sched){
		.machine = &b->machine,
		.nr_cpus = b->platform.nr_cpus,
		.tick_ns = (u32)b->platform.tick_ns,
		.features = b->kernel.features,
		.kernel = &b->kernel,
		.platform = &b->platform,
		.arena = &b->arena,
		.all_cpus = all,
	};
	sched->rd.span = cpumask_dup(&b->arena, all);
	sched->rd.online = cpumask_dup(&b->arena, all);
	sched->rd.active = cpumask_dup(&b->arena, all);
	sched->cache = arena_array(&b->arena, struct domain_cache, sched->nr_cpus);
	bench_rqs(b);
	domain_build(sched);
	cpumask_fill(sched->rd.idle);
}

static inline void bench_fini(struct bench *b)
{
	machine_fini(&b->machine);
	arena_fini(&b->arena);
}

#endif
