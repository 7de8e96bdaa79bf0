/* SPDX-License-Identifier: MIT */
/*
 * The heap of cpus by earliest deadline. Which of several cpus with equal deadlines is at the top
 * follows from the order of changes, as in the kernel: an item moves only past strictly lesser
 * ones.
 */
#include "classes/cpudl.h"

#include "base/ensure.h"
#include "sched/pinned.h"

void cpudl_init(struct sched *sched)
{
	struct cpudl *cpudl = &sched->rd.dl.cpudl;

	cpudl->item = arena_array(sched->arena, struct cpudl_item, sched->nr_cpus);
	cpudl->slot = arena_array(sched->arena, u32, sched->nr_cpus);
	cpudl->free_cpus = cpumask_dup(sched->arena, sched->all_cpus);
	cpudl->latest = cpumask_new(sched->arena, sched->nr_cpus);
}

static void put(struct cpudl *cpudl, u32 index, struct cpudl_item item)
{
	cpudl->item[index] = item;
	cpudl->slot[item.cpu] = index + 1;
}

static void sift_up(struct cpudl *cpudl, u32 index)
{
	struct cpudl_item item = cpudl->item[index];

	while (index) {
		u32 parent = (index - 1) / 2;

		if (!vtime_before(cpudl->item[parent].deadline, item.deadline))
			break;
		put(cpudl, index, cpudl->item[parent]);
		index = parent;
	}
	put(cpudl, index, item);
}

static void sift_down(struct cpudl *cpudl, u32 index)
{
	struct cpudl_item item = cpudl->item[index];

	for (;;) {
		u32 left = 2 * index + 1, right = left + 1, latest = index;
		u64 deadline = item.deadline;

		if (left < cpudl->size && vtime_before(deadline, cpudl->item[left].deadline)) {
			latest = left;
			deadline = cpudl->item[left].deadline;
		}
		if (right < cpudl->size && vtime_before(deadline, cpudl->item[right].deadline))
			latest = right;
		if (latest == index)
			break;
		put(cpudl, index, cpudl->item[latest]);
		index = latest;
	}
	put(cpudl, index, item);
}

static void settle(struct cpudl *cpudl, u32 index)
{
	if (index &&
	    vtime_before(cpudl->item[(index - 1) / 2].deadline, cpudl->item[index].deadline))
		sift_up(cpudl, index);
	else
		sift_down(cpudl, index);
}

void cpudl_set(struct cpudl *cpudl, u32 cpu, u64 deadline)
{
	struct cpudl_item item = {.deadline = deadline, .cpu = cpu};

	if (cpudl->slot[cpu]) {
		put(cpudl, cpudl->slot[cpu] - 1, item);
		settle(cpudl, cpudl->slot[cpu] - 1);
		return;
	}
	put(cpudl, cpudl->size++, item);
	sift_up(cpudl, cpudl->size - 1);
	cpumask_clear(cpudl->free_cpus, cpu);
}

void cpudl_clear(struct cpudl *cpudl, u32 cpu, bool online)
{
	u32 slot = cpudl->slot[cpu];

	if (slot) {
		struct cpudl_item last = cpudl->item[--cpudl->size];

		cpudl->slot[cpu] = 0;
		if (slot - 1 < cpudl->size) {
			put(cpudl, slot - 1, last);
			settle(cpudl, slot - 1);
		}
	}
	if (online)
		cpumask_set(cpudl->free_cpus, cpu);
	else
		cpumask_clear(cpudl->free_cpus, cpu);
}

const struct cpumask *cpudl_find(struct cpudl *cpudl, const struct task *task)
{
	const struct cpudl_item *top = &cpudl->item[0];
	const struct cpumask *cpus = sched_own_cpus(task->dl->sched, task);

	if (cpumask_intersects(cpudl->free_cpus, cpus))
		return cpudl->free_cpus;
	if (!cpudl->size || !cpumask_test(cpus, top->cpu) ||
	    !vtime_before(task->dl->deadline, top->deadline))
		return NULL;
	cpumask_zero(cpudl->latest);
	cpumask_set(cpudl->latest, top->cpu);
	return cpudl->latest;
}
