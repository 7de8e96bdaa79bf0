/* SPDX-License-Identifier: MIT */
/* Near the task's cache first, then where the code runs, then anywhere. */
#include "classes/nearest.h"

#include "sched/pinned.h"

/* The first cpu of found & allowed & active & span, round robin per calling cpu. */
static u32 distribute(struct sched *sched, const struct cpumask *found, const struct task *task,
		      const struct cpumask *span)
{
	struct rq *rq = sched_rq(sched, sched_this_cpu(sched));
	u32 first = NO_CPU;

	cpumask_for_each_and (cpu, found, sched_own_cpus(sched, task)) {
		if (!cpumask_test(sched->rd.active, cpu) || (span && !cpumask_test(span, cpu)))
			continue;
		if (first == NO_CPU)
			first = cpu;
		if (cpu > rq->any_distribute) {
			first = cpu;
			break;
		}
	}
	if (first != NO_CPU)
		rq->any_distribute = first;
	return first;
}

static bool usable(struct sched *sched, const struct task *task, const struct cpumask *found,
		   u32 cpu)
{
	return cpumask_test(found, cpu) && cpumask_test(sched->rd.active, cpu) &&
	       cpumask_test(sched_own_cpus(sched, task), cpu);
}

u32 nearest_cpu(struct sched *sched, const struct task *task, const struct cpumask *found)
{
	u32 this_cpu = sched_this_cpu(sched);
	bool this_usable = usable(sched, task, found, this_cpu);

	if (usable(sched, task, found, task->cpu))
		return task->cpu;
	for (struct sched_domain *sd = sched->rqs[task->cpu].domain; sd; sd = sd->parent) {
		u32 cpu;

		if (!(sd->flags & SD_WAKE_AFFINE))
			continue;
		if (this_usable && cpumask_test(sd->span, this_cpu))
			return this_cpu;
		cpu = distribute(sched, found, task, sd->span);
		if (cpu != NO_CPU)
			return cpu;
	}
	return this_usable ? this_cpu : distribute(sched, found, task, NULL);
}
