/* SPDX-License-Identifier: MIT */
/*
 * Sets of cpus that a policy reads and makes, and the choice of a cpu among them.
 * Kernel: the kfuncs of kernel/sched/ext_idle.c and of bpf_cpumask; reference: core-rt-dl-ext.md
 * 5.6, 5.8.
 *
 * A set is one of the scheduler's own, which is why it changes while a policy holds it.
 */
#include <errno.h>

#include "classes/ext.h"
#include "classes/ext_host.h"

/* struct ossim_ext_cpumask is struct cpumask, of which a policy knows nothing. */
static const struct ossim_ext_cpumask *shown(const struct cpumask *mask)
{
	return (const struct ossim_ext_cpumask *)mask;
}

static const struct cpumask *hidden(const struct ossim_ext_cpumask *mask)
{
	return (const struct cpumask *)mask;
}

static const struct cpumask *nothing(struct ext *ext)
{
	cpumask_zero(ext->shown);
	return ext->shown;
}

static bool is_mask(struct ext *ext, const struct ossim_ext_cpumask *mask, const char *what)
{
	if (likely(mask))
		return true;
	ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: the set of cpus is NULL", what);
	return false;
}

/*
 * validate_node(), and before it ops_cpu_valid's like: what is for a node needs idle cpus by node.
 */
static bool node_valid(struct ext *ext, s32 node, const char *what)
{
	if (!ext_has_newer_calls(ext, what))
		return false;
	if (!ext->per_node)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: the policy has not OPS_BUILTIN_IDLE_PER_NODE",
			 what);
	else if (node < 0 || node >= (s32)ext->sched->platform->nodes)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: node %d does not exist", what, node);
	else
		return true;
	return false;
}

static const struct cpumask *node_span(const struct ext *ext, u32 node)
{
	for (u32 cpu = 0; cpu < ext->sched->nr_cpus; cpu++)
		if (ext->sched->platform->cpu[cpu].node == node)
			return ext->sched->machine->topology.node[cpu];
	return ext->sched->all_cpus;
}

const struct ossim_ext_cpumask *ext_host_idle_mask(struct ossim_ext *x, s32 node, bool cores)
{
	static const char what[] = "get_idle_cpumask";
	struct ext *ext = ext_of_handle(x);
	const struct cpumask *idle = cores && ext->smt ? ext->idle_cores : ext->idle_cpus;

	if (!ext_tracks_idle(ext, what))
		return shown(nothing(ext));
	if (node < 0) {
		if (!ext->per_node)
			return shown(idle);
		ext_fail(ext, EXT_EXIT_ERROR, 0,
			 "%s: with OPS_BUILTIN_IDLE_PER_NODE it is asked node by node", what);
		return shown(nothing(ext));
	}
	if (!node_valid(ext, node, "get_idle_cpumask_node"))
		return shown(nothing(ext));
	cpumask_and(ext->shown, idle, node_span(ext, (u32)node));
	return shown(ext->shown);
}

const struct ossim_ext_cpumask *ext_host_cpu_mask(struct ossim_ext *x, bool online)
{
	const struct sched *sched = ext_of_handle(x)->sched;

	return shown(online ? sched->rd.online : sched->all_cpus);
}

const struct ossim_ext_cpumask *ext_host_task_mask(struct ossim_ext *x, struct ossim_ext_task *task)
{
	struct ext *ext = ext_of_handle(x);

	return shown(ext_is_task(ext, task, "task_cpumask") ? ext_entity_of(task)->task->cpus
							    : nothing(ext));
}

/* ---- A policy's own ---- */

struct ossim_ext_cpumask *ext_host_mask_new(struct ossim_ext *x)
{
	struct ext *ext = ext_of_handle(x);

	if (!ext_called_from(ext, EXT_FROM(UNLOCKED), "cpumask_create"))
		return (struct ossim_ext_cpumask *)ext->shown;
	return (struct ossim_ext_cpumask *)cpumask_new(ext->sched->arena, ext->sched->nr_cpus);
}

void ext_host_mask_set(struct ossim_ext *x, struct ossim_ext_cpumask *mask, s32 cpu, bool in)
{
	struct ext *ext = ext_of_handle(x);

	if (!is_mask(ext, mask, "cpumask_set_cpu") || !ext_cpu_valid(ext, cpu, "cpumask_set_cpu"))
		return;
	if (in)
		cpumask_set((struct cpumask *)mask, (u32)cpu);
	else
		cpumask_clear((struct cpumask *)mask, (u32)cpu);
}

void ext_host_mask_and(struct ossim_ext *x, struct ossim_ext_cpumask *to,
		       const struct ossim_ext_cpumask *a, const struct ossim_ext_cpumask *b)
{
	struct ext *ext = ext_of_handle(x);

	if (is_mask(ext, to, "cpumask_and") && is_mask(ext, a, "cpumask_and") &&
	    is_mask(ext, b, "cpumask_and"))
		cpumask_and((struct cpumask *)to, hidden(a), hidden(b));
}

bool ext_host_mask_test(struct ossim_ext *x, const struct ossim_ext_cpumask *mask, s32 cpu)
{
	struct ext *ext = ext_of_handle(x);

	return is_mask(ext, mask, "cpumask_test_cpu") && cpu >= 0 &&
	       cpu < (s32)ext->sched->nr_cpus && cpumask_test(hidden(mask), (u32)cpu);
}

s32 ext_host_mask_next(struct ossim_ext *x, const struct ossim_ext_cpumask *mask, s32 cpu)
{
	struct ext *ext = ext_of_handle(x);
	u32 next;

	if (!is_mask(ext, mask, "cpumask_next") || cpu >= (s32)ext->sched->nr_cpus)
		return -1;
	next = cpumask_next(hidden(mask), (u32)max_of(cpu, 0));
	return next < ext->sched->nr_cpus ? (s32)next : -1;
}

/* ---- Choices ---- */

/* select_cpu_from_kfunc() with cpus to choose from. */
s32 ext_host_select_cpu_and(struct ossim_ext *x, struct ossim_ext_task *task, s32 prev_cpu,
			    u64 wake_flags, const struct ossim_ext_cpumask *among, u64 flags)
{
	static const char what[] = "select_cpu_and";
	struct ext *ext = ext_of_handle(x);
	const struct cpumask *allowed = hidden(among);
	const struct task *t;

	if (!ext_has_newer_calls(ext, what) ||
	    !ext_called_from(ext, EXT_FROM(SELECT_CPU) | EXT_FROM(ENQUEUE) | EXT_FROM(UNLOCKED),
			     what) ||
	    !ext_is_task(ext, task, what) || !ext_cpu_valid(ext, prev_cpu, what) ||
	    !ext_tracks_idle(ext, what))
		return -EBUSY;
	t = ext_entity_of(task)->task;
	if (!allowed)
		allowed = t->cpus;
	if (t->nr_cpus_allowed == 1 || t->pinned)
		return cpumask_test(allowed, (u32)prev_cpu) && ext_claim_idle(ext, (u32)prev_cpu)
			       ? prev_cpu
			       : -EBUSY;
	if (allowed != t->cpus) {
		if (!cpumask_intersects(allowed, t->cpus))
			return -EBUSY;
		cpumask_and(ext->shown, allowed, t->cpus);
		allowed = ext->shown;
	}
	return ext_select_among(ext, allowed, (u32)prev_cpu, wake_flags, flags);
}

/* scx_bpf_pick_idle_cpu_node(), scx_bpf_pick_any_cpu_node() */
s32 ext_host_pick_idle_in(struct ossim_ext *x, const struct ossim_ext_cpumask *allowed, s32 node,
			  u64 flags, bool any)
{
	const char *what = any ? "pick_any_cpu_node" : "pick_idle_cpu_node";
	struct ext *ext = ext_of_handle(x);
	const struct cpumask *within;
	s32 cpu = -EBUSY;

	if (!is_mask(ext, allowed, what) || !node_valid(ext, node, what))
		return -EBUSY;
	if (ext->builtin_idle)
		cpu = ext_pick_idle(ext, hidden(allowed), (u32)node, flags);
	else if (!any)
		(void)ext_tracks_idle(ext, what);
	if (cpu >= 0 || !any)
		return cpu;
	within = flags & EXT_PICK_IDLE_IN_NODE ? node_span(ext, (u32)node) : ext->sched->rd.online;
	cpu = (s32)sched_any_and_distribute(ext->sched, hidden(allowed), within);
	return cpu < (s32)ext->sched->nr_cpus ? cpu : -EBUSY;
}
