/* SPDX-License-Identifier: MIT */
/* The map of RT priorities over cpus: 101 masks and their counts. */
#include "classes/cpupri.h"

#include "sched/pinned.h"

enum { LEVEL_INVALID = -1 };

static s16 level_of(s16 prio)
{
	return prio >= PRIO_RT_MAX - 1 ? 0 : (s16)(PRIO_RT_MAX - 1 - prio);
}

static void leave_level(struct root_domain *rd, u32 cpu)
{
	s16 old = rd->cpupri_level[cpu];

	if (old == LEVEL_INVALID)
		return;
	cpumask_clear(rd->cpupri_mask[old], cpu);
	rd->cpupri_count[old]--;
}

void cpupri_set(struct sched *sched, u32 cpu, s16 highest)
{
	struct root_domain *rd = &sched->rd;
	s16 level = level_of(highest);

	if (rd->cpupri_level[cpu] == level)
		return;
	leave_level(rd, cpu);
	cpumask_set(rd->cpupri_mask[level], cpu);
	rd->cpupri_count[level]++;
	rd->cpupri_level[cpu] = level;
}

void cpupri_unset(struct sched *sched, u32 cpu)
{
	leave_level(&sched->rd, cpu);
	sched->rd.cpupri_level[cpu] = LEVEL_INVALID;
}

/* Does @mask have a cpu that is allowed for @task (once it may migrate) and active? */
static bool usable(struct sched *sched, const struct task *task, const struct cpumask *mask)
{
	const struct cpumask *cpus = sched_own_cpus(sched, task);

	for (u32 i = 0; i < mask->nr_words; i++)
		if (mask->word[i] & cpus->word[i] & sched->rd.active->word[i])
			return true;
	return false;
}

bool cpupri_find(struct sched *sched, const struct task *task, const struct cpumask **found)
{
	s16 below = level_of(task->prio);

	for (s16 level = 0; level < below; level++) {
		if (!sched->rd.cpupri_count[level])
			continue;
		*found = sched->rd.cpupri_mask[level];
		if (usable(sched, task, *found))
			return true;
	}
	return false;
}
