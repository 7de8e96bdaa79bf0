/* SPDX-License-Identifier: MIT */
/* The steps of cpu selection, one by one: for fair_select.c's files and their tests. */
#ifndef OSSIM_CLASSES_FAIR_SELECT_H
#define OSSIM_CLASSES_FAIR_SELECT_H

#include "classes/fair.h"
#include "sched/decide.h"

static inline bool cpus_share_cache(const struct sched *sched, u32 a, u32 b)
{
	return sched->cache[a].llc_id == sched->cache[b].llc_id;
}

/* How the target of a wakeup was found; returns it. */
static inline u32 fair_aim(const struct sched *sched, u32 target, enum decision_rule why)
{
	if (decisions_wanted(sched)) {
		sched->desk->select.target = (u16)target;
		sched->desk->select.affine = (u8)why;
	}
	return target;
}

/* wake_affine(): @this_cpu or @prev. @sd spans both. In fair_affine.c. */
u32 fair_wake_affine(struct sched *sched, const struct sched_domain *sd, struct task *task,
		     u32 this_cpu, u32 prev, bool sync);
/* PACK_VCPUS: may @task, woken or born there, stay on @cpu? In fair_pack.c. */
bool fair_pack_room(struct sched *sched, struct task *task, u32 cpu);
/* select_idle_sibling(): a free cpu of @target's cache, else @target. */
u32 fair_select_idle_sibling(struct sched *sched, struct task *task, u32 prev, u32 target);
/* select_idle_cpu(): CPU_NONE if the scan finds none. @target has a cache domain. */
u32 fair_select_idle_cpu(struct sched *sched, const struct task *task, u32 target,
			 bool has_idle_core);
/*
 * The slow path of fork and exec: from @sd downwards the idlest group, in it the idlest cpu.
 * @event: SD_BALANCE_FORK or SD_BALANCE_EXEC.
 */
u32 fair_select_idlest(struct sched *sched, struct sched_domain *sd, struct task *task,
		       u32 this_cpu, u32 prev, u32 event);

/* ---- fair_births.c ---- */

/*
 * In a row of births: is it known how idle the cpus of @sd, a domain of single cpus, are, and may
 * @task use all?
 */
bool fair_births_know(const struct sched *sched, const struct sched_domain *sd,
		      const struct task *task);
/* If so: the idlest of them but for @this_cpu; of equals the first behind it, all around. */
struct rq *fair_births_idlest(struct sched *sched, const struct sched_domain *sd, u32 this_cpu);

#endif
