/* SPDX-License-Identifier: MIT */
/*
 * Random machines and tasks under the balancer: whatever it moves, nobody is lost and nobody is
 * where he may not be.
 */
#include "classes/fair_balance.h"

#include "smp_fixture.h"

static struct smp *smp;

static void teardown(void)
{
	smp_free(smp);
}

TestSuite(balance_random, .fini = teardown);

/* Nobody runs where he may not, nobody is lost, the idle mask is right. */
static void check_all(struct smp *s)
{
	u32 queued = 0, counted = 0;

	for (u32 i = 0; i < s->nr_tasks; i++) {
		const struct task *task = &s->tasks[i].task;

		queued += task->on_rq == ON_RQ_QUEUED;
		if (task->on_rq == ON_RQ_QUEUED)
			cr_assert(cpumask_test(task->cpus, task->cpu), "task %u on cpu %u",
				  task->id, task->cpu);
	}
	for (u32 cpu = 0; cpu < s->sched.nr_cpus; cpu++) {
		const struct rq *rq = &s->sched.rqs[cpu];

		counted += rq->fair.h_nr_queued;
		cr_assert_eq(cpumask_test(s->sched.rd.idle, cpu), rq->curr == rq->idle);
	}
	cr_assert_eq(queued, counted);
}

static void random_tasks(struct rng *rng)
{
	u32 nr_cpus = smp->sched.nr_cpus, nr = 1 + (u32)rng_below(rng, 3 * nr_cpus);

	for (u32 i = 0; i < min_of(nr, 60u); i++) {
		struct sched_attr attr = {
			.nice = (s8)(rng_below(rng, 3) ? 0 : (s64)rng_below(rng, 40) - 20),
			.policy = rng_below(rng, 8) == 0 ? POLICY_IDLE : POLICY_OTHER,
		};
		struct cpumask *mask = cpumask_new(&smp->arena, nr_cpus);
		bool is_hog = rng_below(rng, 3) == 0, pinned = rng_below(rng, 3) == 0;
		struct smp_task *task;

		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			if (!pinned || rng_below(rng, 3) == 0)
				cpumask_set(mask, cpu);
		cpumask_set(mask, (u32)rng_below(rng, nr_cpus));
		task = smp_task(smp, attr, mask, 100 * USEC + rng_below(rng, 10 * MSEC),
				is_hog ? 0 : 1 + rng_below(rng, 20 * MSEC));
		smp_start(smp, task, cpumask_next(mask, 0));
	}
}

static void random_machines(const char *kernel)
{
	for (u64 seed = 1; seed <= 30; seed++) {
		struct rng rng;

		if (smp)
			smp_free(smp);
		rng_init(&rng, seed, kernel, 0);
		smp = smp_new((struct smp_options){
			.kernel = kernel,
			.sockets = 1 + (u32)rng_below(&rng, 2),
			.cores = 2 * (1 + (u32)rng_below(&rng, 3)),
			.threads = 1 + (u32)rng_below(&rng, 2),
			.llc_cores = 2,
			.cluster_cores = 1 + (u32)rng_below(&rng, 2),
			.hz = rng_below(&rng, 2) ? 250 : 1000,
			.balance_cost = rng_below(&rng, 2) ? 700 : 0,
		});
		smp->check = check_all;
		random_tasks(&rng);
		smp_run(smp, 300 * MSEC);
	}
}

Test(balance_random, random_machines_keep_their_tasks_6_1)
{
	random_machines("v6.1");
}

Test(balance_random, random_machines_keep_their_tasks_6_12)
{
	random_machines("v6.12");
}

Test(balance_random, random_machines_keep_their_tasks_6_18)
{
	random_machines("v6.18");
}
