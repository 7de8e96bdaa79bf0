/* SPDX-License-Identifier: MIT */
/* The scheduler before the first event and after the last. */
#include "sched/governor.h"
#include "sched/sched.h"

#include "sched/cookie.h"
#include "sched/hrtick.h"
#include "sched/internal.h"
#include "sched/schedstat.h"

/*
 * Are switches told when they are made? On several cpus records of others would have to wait; and
 * where interrupts come later than the scheduler takes, one that came before it is served after the
 * decision.
 */
static bool tells_late(const struct platform *platform)
{
	const struct costs *costs = &platform->costs;

	return platform->nr_cpus == 1 && (costs_have_tolls(costs) || costs->schedule) &&
	       costs->irq_entry <= costs->schedule + costs->irq_delivery;
}

void sched_init(struct sched *sched, struct arena *arena, struct machine *machine,
		const struct kernel *kernel, const struct platform *platform,
		const struct sched_class *const *classes, const struct sched_balancer *balancer,
		struct stream *stream, u64 seed)
{
	struct cpumask *all = cpumask_new(arena, platform->nr_cpus);
	struct kernel *own = arena_new(arena, struct kernel);

	*own = *kernel;
	cpumask_fill(all);
	*sched = (struct sched){
		.machine = machine,
		.nr_cpus = platform->nr_cpus,
		.tick_ns = (u32)platform->tick_ns,
		.features = kernel->features,
		.kernel = own,
		.platform = platform,
		.classes = classes,
		.balancer = balancer,
		.stream = stream,
		.arena = arena,
		.all_cpus = all,
	};
	sched->tick_costs = sched_tick_costs(&platform->costs);
	sched->has_tolls = costs_have_tolls(&platform->costs);
	sched->late_switches = tells_late(platform);
	sched->ends_at = NEVER;
	rng_init(&sched->newidle_rng, seed, "newidle", 0);
	rng_init(&sched->jitter_rng, seed, "tick jitter", 0);
	rng_init(&sched->irq_rng, seed, "irq", 0);
	pool_init(&sched->stop_works, sizeof(struct stop_work), 6);
	sched_pinned_init(sched);
	schedstat_init(sched);
	pool_init(&sched->dl_entities, sizeof(struct dl_entity), 4);
	sched->rqs = arena_alloc_aligned(arena, sched->nr_cpus * sizeof(struct rq), 64);
	governors_init(sched);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		rq_init(sched, &sched->rqs[cpu], cpu);
	sched_hrtick_init(sched);
	root_domain_init(sched);
	domain_build(sched);
	for (u32 id = 0; id < NR_CLASSES; id++)
		if (classes[id] && classes[id]->init)
			classes[id]->init(sched);
	if (balancer)
		balancer->init(sched);
}

void sched_fini(struct sched *sched)
{
	pool_fini(&sched->dl_entities);
	pool_fini(&sched->stop_works);
	pool_fini(&sched->pinned_pool);
	sched_cookies_fini(sched);
	schedstat_fini(sched);
}

void sched_set_stop(struct sched *sched, u32 cpu, struct task *stop)
{
	stop->cpu = stop->wake_cpu = (u16)cpu;
	stop->class_id = CLASS_STOP;
	stop->prio = 0;
	stop->state = TASK_INTERRUPTIBLE;
	sched_rq(sched, cpu)->stop = stop;
}
