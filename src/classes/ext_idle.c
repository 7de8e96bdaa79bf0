/* SPDX-License-Identifier: MIT */
/*
 * Which cpus are idle, and the built-in choice of one. Kernel: kernel/sched/ext.c (6.12),
 * ext_idle.c (6.18); reference: core-rt-dl-ext.md 5.6.
 *
 * A cpu that was chosen counts as busy from then on (it is claimed), until it goes idle again: two
 * wakeups at once find two cpus.
 */
#include <errno.h>

#include "classes/ext.h"

static const struct cpumask *span_llc(const struct ext *ext, u32 cpu)
{
	return ext->sched->machine->topology.llc[cpu];
}

static const struct cpumask *span_node(const struct ext *ext, u32 cpu)
{
	return ext->sched->machine->topology.node[cpu];
}

static const struct cpumask *span_core(const struct ext *ext, u32 cpu)
{
	return ext->sched->machine->topology.core[cpu];
}

/* All cpus count as idle at load; what is not so is corrected by the first switches. */
void ext_idle_reset(struct ext *ext)
{
	const struct cpumask *online = ext->sched->rd.online;
	u32 llc = cpumask_count(span_llc(ext, 0)), node = cpumask_count(span_node(ext, 0));
	u32 all = cpumask_count(online);

	cpumask_copy(ext->idle_cpus, online);
	cpumask_copy(ext->idle_cores, online);
	ext->smt = ext->sched->platform->threads > 1;
	ext->several_llcs = llc < all;
	ext->several_nodes = node < all && node != llc;
}

static void mark(struct ext *ext, u32 cpu, bool idle)
{
	const struct cpumask *core = span_core(ext, cpu);

	if (idle)
		cpumask_set(ext->idle_cpus, cpu);
	else
		cpumask_clear(ext->idle_cpus, cpu);
	if (!ext->smt)
		return;
	if (!idle)
		cpumask_andnot(ext->idle_cores, ext->idle_cores, core);
	else if (cpumask_subset(core, ext->idle_cpus))
		cpumask_or(ext->idle_cores, ext->idle_cores, core);
}

void ext_idle_update(struct rq *rq, bool idle, bool changed)
{
	struct ext *ext = rq->ext->ext;
	bool marks_first = sched_feature(rq->sched, FEATURE_EXT_IDLE_MARKED_FIRST);

	if (ext->builtin_idle && marks_first)
		mark(ext, rq->cpu, idle);
	if (changed && !rq->ext->bypassing)
		ext_call(ext, EXT_FROM_REST, update_idle, (s32)rq->cpu, idle);
	if (ext->builtin_idle && !marks_first)
		mark(ext, rq->cpu, idle);
}

bool ext_claim_idle(struct ext *ext, u32 cpu)
{
	bool idle = cpumask_test(ext->idle_cpus, cpu);

	/* Its core is not wholly idle, either way. */
	if (ext->smt)
		cpumask_andnot(ext->idle_cores, ext->idle_cores, span_core(ext, cpu));
	cpumask_clear(ext->idle_cpus, cpu);
	return idle;
}

/* An idle cpu of @allowed, by the cursor of the acting cpu; -EBUSY. */
static s32 pick_within(struct ext *ext, const struct cpumask *allowed, u64 flags)
{
	struct sched *sched = ext->sched;

	while (true) {
		u32 cpu = ext->smt ? sched_any_and_distribute(sched, ext->idle_cores, allowed)
				   : sched->nr_cpus;

		if (cpu >= sched->nr_cpus && ext->smt && flags & EXT_PICK_IDLE_CORE)
			return -EBUSY;
		if (cpu >= sched->nr_cpus)
			cpu = sched_any_and_distribute(sched, ext->idle_cpus, allowed);
		if (cpu >= sched->nr_cpus)
			return -EBUSY;
		if (ext_claim_idle(ext, cpu))
			return (s32)cpu;
	}
}

static s32 pick_near(struct ext *ext, const struct cpumask *allowed, const struct cpumask *span,
		     u64 flags)
{
	cpumask_and(ext->found, allowed, span);
	return pick_within(ext, ext->found, flags);
}

/* EXT_OPS_BUILTIN_IDLE_PER_NODE: @node first, then the others, nearest first. */
static s32 pick_by_node(struct ext *ext, const struct cpumask *allowed, u32 node, u64 flags)
{
	const struct platform *platform = ext->sched->platform;
	u32 last = 0;
	s32 cpu;

	while (true) {
		u32 next = UINT32_MAX;

		for (u32 n = 0; n < platform->nodes; n++)
			next = min_of(next, platform_node_distance(platform, node, n) <= last
						    ? UINT32_MAX
						    : platform_node_distance(platform, node, n));
		if (next == UINT32_MAX)
			return -EBUSY;
		if (last && flags & EXT_PICK_IDLE_IN_NODE)
			return -EBUSY;
		last = next;
		for (u32 c = 0; c < platform->nr_cpus; c++) {
			u32 there = platform->cpu[c].node;

			if (platform_node_distance(platform, node, there) != next ||
			    cpumask_next(span_node(ext, c), 0) != c)
				continue;
			cpu = pick_near(ext, allowed, span_node(ext, c), flags);
			if (cpu >= 0)
				return cpu;
		}
	}
}

s32 ext_pick_idle(struct ext *ext, const struct cpumask *allowed, u32 node, u64 flags)
{
	return ext->per_node ? pick_by_node(ext, allowed, node, flags)
			     : pick_within(ext, allowed, flags);
}

/* The waker will sleep soon: its own cpu, if nobody waits there and the machine is not full. */
static bool wakers_cpu_fits(const struct ext *ext, const struct cpumask *allowed, u32 this_cpu)
{
	const struct rq *rq = &ext->sched->rqs[this_cpu];

	return !cpumask_empty(ext->idle_cpus) && !(rq->curr->flags & TASK_FLAG_EXITING) &&
	       rq->ext->local.nr == 0 && cpumask_test(allowed, this_cpu);
}

/* EXT_PICK_IDLE_IN_NODE: only cpus of the node of the task's own. */
static bool in_node(const struct ext *ext, u32 cpu, u32 prev_cpu, u64 flags)
{
	return !(flags & EXT_PICK_IDLE_IN_NODE) ||
	       ext->sched->platform->cpu[cpu].node == ext->sched->platform->cpu[prev_cpu].node;
}

/*
 * One of two passes (whole idle cores, then any idle cpu): prev, then v6.18 its LLC, its node, then
 * anywhere. -EBUSY.
 */
static s32 pass(struct ext *ext, const struct cpumask *allowed, u32 prev_cpu, u64 pick_flags,
		bool whole_cores)
{
	bool nearby = sched_feature(ext->sched, FEATURE_EXT_IDLE_NEARBY);
	u64 flags = whole_cores ? EXT_PICK_IDLE_CORE : 0;
	s32 cpu = -EBUSY;

	if (cpumask_test(allowed, prev_cpu) &&
	    (!whole_cores || cpumask_test(ext->idle_cores, prev_cpu)) &&
	    ext_claim_idle(ext, prev_cpu))
		return (s32)prev_cpu;
	if (nearby && ext->several_llcs)
		cpu = pick_near(ext, allowed, span_llc(ext, prev_cpu), flags);
	if (cpu < 0 && nearby && ext->several_nodes)
		cpu = pick_near(ext, allowed, span_node(ext, prev_cpu), flags);
	if (cpu < 0)
		cpu = ext_pick_idle(ext, allowed, ext->sched->platform->cpu[prev_cpu].node,
				    flags | pick_flags);
	return cpu;
}

s32 ext_select_among(struct ext *ext, const struct cpumask *allowed, u32 prev_cpu, u64 wake_flags,
		     u64 flags)
{
	u32 this_cpu = sched_this_cpu(ext->sched);
	s32 cpu = -EBUSY;

	if (wake_flags & EXT_WAKE_SYNC) {
		if (sched_feature(ext->sched, FEATURE_EXT_IDLE_NEARBY) &&
		    cpumask_test(allowed, prev_cpu) &&
		    cpumask_test(span_llc(ext, this_cpu), prev_cpu) &&
		    ext_claim_idle(ext, prev_cpu))
			return (s32)prev_cpu;
		if (wakers_cpu_fits(ext, allowed, this_cpu) &&
		    in_node(ext, this_cpu, prev_cpu, flags))
			return (s32)this_cpu;
	}
	if (ext->smt)
		cpu = pass(ext, allowed, prev_cpu, flags, true);
	if (cpu < 0 && !(ext->smt && flags & EXT_PICK_IDLE_CORE))
		cpu = pass(ext, allowed, prev_cpu, flags, false);
	return cpu;
}

u32 ext_select_default(struct ext_entity *entity, u32 prev_cpu, u64 wake_flags, bool *found)
{
	s32 cpu = ext_select_among(entity->ext, entity->task->cpus, prev_cpu, wake_flags, 0);

	*found = cpu >= 0;
	return cpu >= 0 ? (u32)cpu : prev_cpu;
}
