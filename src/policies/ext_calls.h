/* SPDX-License-Identifier: MIT */
/*
 * What a policy of the ext class may call: the kernel's kfuncs. Functions without a remark may be
 * called from any op. Part of policies/ext.h.
 */
#ifndef OSSIM_POLICIES_EXT_CALLS_H
#define OSSIM_POLICIES_EXT_CALLS_H

#include "ext_table.h"

static inline void *ext_self(struct ossim_ext *x)
{
	return x->self;
}

/* A queue of the policy's own; @node -1: any. From init. 0, or -EINVAL, -EEXIST. */
static inline int32_t ext_create_dsq(struct ossim_ext *x, uint64_t id, int32_t node)
{
	return x->host->create_dsq(x, id, node);
}

/* It must be empty. */
static inline void ext_destroy_dsq(struct ossim_ext *x, uint64_t id)
{
	x->host->destroy_dsq(x, id);
}

/*
 * Into the queue @dsq, in order of arrival, to run for @slice (0: what it has left). From
 * select_cpu and enqueue: once, and only the task of the call. From dispatch: any task that the
 * policy keeps.
 */
static inline void ext_insert(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
			      uint64_t slice, uint64_t flags)
{
	x->host->insert(x, task, dsq, slice, flags);
}

/* The same, in order of @vtime: into queues of the policy's own. One queue takes one kind only. */
static inline void ext_insert_vtime(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
				    uint64_t slice, uint64_t vtime, uint64_t flags)
{
	x->host->insert_vtime(x, task, dsq, slice, vtime, flags);
}

/* From dispatch: how many more ext_insert()s fit, and the last one undone. */
static inline uint32_t ext_nr_slots(struct ossim_ext *x)
{
	return x->host->nr_slots(x);
}

static inline void ext_cancel(struct ossim_ext *x)
{
	x->host->cancel(x);
}

/* From dispatch: the first task of @dsq that may run on this cpu goes to its local queue. */
static inline bool ext_move_to_local(struct ossim_ext *x, uint64_t dsq)
{
	return x->host->move_to_local(x, dsq);
}

/*
 * The tasks of a queue of the policy's own, in order: after @task, NULL: the first. NULL: no more.
 */
static inline struct ossim_ext_task *ext_dsq_next(struct ossim_ext *x, uint64_t dsq,
						  struct ossim_ext_task *task)
{
	return x->host->dsq_next(x, dsq, task);
}

/* From dispatch and timer: @task, which is in a queue of the policy's own, goes to @dsq. */
static inline bool ext_dsq_move(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
				uint64_t flags)
{
	return x->host->dsq_move(x, task, dsq, flags);
}

static inline bool ext_dsq_move_vtime(struct ossim_ext *x, struct ossim_ext_task *task,
				      uint64_t dsq, uint64_t vtime, uint64_t flags)
{
	return x->host->dsq_move_vtime(x, task, dsq, vtime, flags);
}

/* -ENOENT: no such queue, or EXT_DSQ_GLOBAL. */
static inline int32_t ext_dsq_nr_queued(struct ossim_ext *x, uint64_t dsq)
{
	return x->host->dsq_nr_queued(x, dsq);
}

/* From cpu_release: all of the local queue is enqueued again. Returns how many. */
static inline uint32_t ext_reenqueue_local(struct ossim_ext *x)
{
	return x->host->reenqueue_local(x);
}

/* @cpu shall schedule: flags EXT_KICK_*. It happens right after the op. */
static inline void ext_kick_cpu(struct ossim_ext *x, int32_t cpu, uint64_t flags)
{
	x->host->kick_cpu(x, cpu, flags);
}

/* The built-in choice of a cpu: an idle one near @prev_cpu, which is claimed, or @prev_cpu. From
 * select_cpu. */
static inline int32_t ext_select_cpu_dfl(struct ossim_ext *x, struct ossim_ext_task *task,
					 int32_t prev_cpu, uint64_t wake_flags, bool *is_idle)
{
	return x->host->select_cpu_dfl(x, task, prev_cpu, wake_flags, is_idle);
}

/* An idle cpu that @task may use, claimed; -EBUSY if there is none. */
static inline int32_t ext_pick_idle_cpu(struct ossim_ext *x, struct ossim_ext_task *task,
					uint64_t flags)
{
	return x->host->pick_idle_cpu(x, task, flags);
}

/* The same, or if there is none any that it may use, in turn. */
static inline int32_t ext_pick_any_cpu(struct ossim_ext *x, struct ossim_ext_task *task,
				       uint64_t flags)
{
	return x->host->pick_any_cpu(x, task, flags);
}

/* Claims an idle cpu: nobody else is told of it before it has been busy. */
static inline bool ext_test_and_clear_cpu_idle(struct ossim_ext *x, int32_t cpu)
{
	return x->host->test_and_clear_cpu_idle(x, cpu);
}

static inline bool ext_cpu_is_idle(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_is_idle(x, cpu);
}

static inline uint64_t ext_now(struct ossim_ext *x)
{
	return x->host->now(x);
}

static inline uint64_t ext_random(struct ossim_ext *x)
{
	return x->host->draw(x);
}

/* The op `timer` is called in @delay ns, on this cpu; @id is 0..7. A timer that is set moves. */
static inline void ext_timer_start(struct ossim_ext *x, uint32_t id, uint64_t delay)
{
	x->host->timer_start(x, id, delay);
}

static inline void ext_timer_cancel(struct ossim_ext *x, uint32_t id)
{
	x->host->timer_cancel(x, id);
}

static inline uint32_t ext_nr_cpus(struct ossim_ext *x)
{
	return x->host->nr_cpus(x);
}

static inline uint32_t ext_nr_nodes(struct ossim_ext *x)
{
	return x->host->nr_nodes(x);
}

/* The cpu that executes the op. */
static inline int32_t ext_this_cpu(struct ossim_ext *x)
{
	return x->host->this_cpu(x);
}

static inline bool ext_cpu_online(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_online(x, cpu);
}

/* Numbers of its core, last-level cache and NUMA node; -EINVAL if there is no such cpu. */
static inline int32_t ext_cpu_core(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_core(x, cpu);
}

static inline int32_t ext_cpu_llc(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_llc(x, cpu);
}

static inline int32_t ext_cpu_node(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_node(x, cpu);
}

/* Who runs there; NULL: nobody, or a kernel task that no scheduler is told of. */
static inline struct ossim_ext_task *ext_cpu_curr(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_curr(x, cpu);
}

static inline void *ext_task_data(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_data(x, task);
}

static inline uint32_t ext_task_pid(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_pid(x, task);
}

static inline const char *ext_task_comm(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_comm(x, task);
}

static inline bool ext_task_is_kthread(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_is_kthread(x, task);
}

static inline int32_t ext_task_cpu(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_cpu(x, task);
}

static inline bool ext_task_running(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_running(x, task);
}

static inline bool ext_task_allowed(struct ossim_ext *x, struct ossim_ext_task *task, int32_t cpu)
{
	return x->host->task_allowed(x, task, cpu);
}

/* On how many cpus it may run. */
static inline uint32_t ext_task_nr_cpus(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_nr_cpus(x, task);
}

static inline int32_t ext_task_nice(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_nice(x, task);
}

static inline uint32_t ext_task_weight(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_weight(x, task);
}

/* What it has run in its life. */
static inline uint64_t ext_task_runtime(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_runtime(x, task);
}

/* What is left of its slice. Set 0 in tick to end it. */
static inline uint64_t ext_task_slice(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_slice(x, task);
}

static inline void ext_task_set_slice(struct ossim_ext *x, struct ossim_ext_task *task,
				      uint64_t slice)
{
	x->host->task_set_slice(x, task, slice);
}

/* A number of the policy's, in whose order ext_insert_vtime() sorts. */
static inline uint64_t ext_task_vtime(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_vtime(x, task);
}

static inline void ext_task_set_vtime(struct ossim_ext *x, struct ossim_ext_task *task,
				      uint64_t vtime)
{
	x->host->task_set_vtime(x, task, vtime);
}

/* One of the policy's own options. */
static inline uint64_t ext_option(struct ossim_ext *x, const char *name)
{
	return x->host->option(x, name);
}

/* The default slice: 20 ms, or what the workload says under `ext: slice:`. */
static inline uint64_t ext_slice_dfl(struct ossim_ext *x)
{
	return x->host->slice_dfl(x);
}

/* The scheduler is at its wits' end: it is taken out, and all go on under the fair class. */
#define ext_error(x, ...) ((x)->host->error((x), __VA_ARGS__))
/* The same, but nothing is wrong. */
#define ext_exit(x, code, ...) ((x)->host->exit((x), (code), __VA_ARGS__))
/* From dump: a line of the report. */
#define ext_dump(x, ...) ((x)->host->dump((x), __VA_ARGS__))

/* Virtual times wrap around. */
static inline bool ext_time_before(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

/* The task's cgroup; tasks of autogroups are in the root. */
static inline uint64_t ext_task_cgroup(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_cgroup(x, task);
}

/* 0: it is the root. */
static inline uint64_t ext_cgroup_parent(struct ossim_ext *x, uint64_t cgroup)
{
	return x->host->cgroup_parent(x, cgroup);
}

/* 1..10000, as cpu.weight has it. */
static inline uint32_t ext_cgroup_weight(struct ossim_ext *x, uint64_t cgroup)
{
	return x->host->cgroup_weight(x, cgroup);
}

/*
 * How fast a cpu can be, is, and shall be, of EXT_CPUPERF_ONE: without effect, as cpus have one
 * frequency.
 */
static inline uint32_t ext_cpuperf_cap(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpuperf_cap(x, cpu);
}

static inline uint32_t ext_cpuperf_cur(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpuperf_cur(x, cpu);
}

static inline void ext_cpuperf_set(struct ossim_ext *x, int32_t cpu, uint32_t perf)
{
	x->host->cpuperf_set(x, cpu, perf);
}

/*
 * ---- Sets of cpus. What a policy gets is the scheduler's own, and changes as it does; nothing is
 * put back. ----
 */

/* Cpus that idle and nobody has claimed; cpus of whole idle cores, without SMT the same. */
static inline const struct ossim_ext_cpumask *ext_get_idle_cpumask(struct ossim_ext *x)
{
	return x->host->idle_mask(x, -1, false);
}

static inline const struct ossim_ext_cpumask *ext_get_idle_smtmask(struct ossim_ext *x)
{
	return x->host->idle_mask(x, -1, true);
}

/*
 * v6.18, with EXT_OPS_BUILTIN_IDLE_PER_NODE, without which the two above have to be used: those of
 * a node, as of now.
 */
static inline const struct ossim_ext_cpumask *ext_get_idle_cpumask_node(struct ossim_ext *x,
									int32_t node)
{
	return x->host->idle_mask(x, node, false);
}

static inline const struct ossim_ext_cpumask *ext_get_idle_smtmask_node(struct ossim_ext *x,
									int32_t node)
{
	return x->host->idle_mask(x, node, true);
}

static inline const struct ossim_ext_cpumask *ext_get_possible_cpumask(struct ossim_ext *x)
{
	return x->host->cpu_mask(x, false);
}

static inline const struct ossim_ext_cpumask *ext_get_online_cpumask(struct ossim_ext *x)
{
	return x->host->cpu_mask(x, true);
}

/* Nothing has to be done; for policies that are taken over from the kernel. */
static inline void ext_put_cpumask(struct ossim_ext *x, const struct ossim_ext_cpumask *mask)
{
	(void)x;
	(void)mask;
}

/* Where @task may run (p->cpus_ptr). */
static inline const struct ossim_ext_cpumask *ext_task_cpumask(struct ossim_ext *x,
							       struct ossim_ext_task *task)
{
	return x->host->task_mask(x, task);
}

/* From init: a set of the policy's own, which is empty. It is there until the end. */
static inline struct ossim_ext_cpumask *ext_cpumask_create(struct ossim_ext *x)
{
	return x->host->mask_new(x);
}

static inline void ext_cpumask_set_cpu(struct ossim_ext *x, struct ossim_ext_cpumask *mask,
				       int32_t cpu)
{
	x->host->mask_set(x, mask, cpu, true);
}

static inline void ext_cpumask_clear_cpu(struct ossim_ext *x, struct ossim_ext_cpumask *mask,
					 int32_t cpu)
{
	x->host->mask_set(x, mask, cpu, false);
}

/* @to, one of the policy's own, becomes what is in both. */
static inline void ext_cpumask_and(struct ossim_ext *x, struct ossim_ext_cpumask *to,
				   const struct ossim_ext_cpumask *a,
				   const struct ossim_ext_cpumask *b)
{
	x->host->mask_and(x, to, a, b);
}

static inline bool ext_cpumask_test_cpu(struct ossim_ext *x, const struct ossim_ext_cpumask *mask,
					int32_t cpu)
{
	return x->host->mask_test(x, mask, cpu);
}

/* The first cpu of @mask that is not below @cpu; -1: none. */
static inline int32_t ext_cpumask_next(struct ossim_ext *x, const struct ossim_ext_cpumask *mask,
				       int32_t cpu)
{
	return x->host->mask_next(x, mask, cpu);
}

/*
 * v6.18, from select_cpu, enqueue, init and timer: the built-in choice among those of @task's cpus
 * that are in @allowed (NULL: all); -EBUSY. Flags: EXT_PICK_*.
 */
static inline int32_t ext_select_cpu_and(struct ossim_ext *x, struct ossim_ext_task *task,
					 int32_t prev_cpu, uint64_t wake_flags,
					 const struct ossim_ext_cpumask *allowed, uint64_t flags)
{
	return x->host->select_cpu_and(x, task, prev_cpu, wake_flags, allowed, flags);
}

/*
 * v6.18: an idle cpu of @allowed, which is claimed, @node's first; -EBUSY. And the same, or else
 * any of them.
 */
static inline int32_t ext_pick_idle_cpu_node(struct ossim_ext *x,
					     const struct ossim_ext_cpumask *allowed, int32_t node,
					     uint64_t flags)
{
	return x->host->pick_idle_in(x, allowed, node, flags, false);
}

static inline int32_t ext_pick_any_cpu_node(struct ossim_ext *x,
					    const struct ossim_ext_cpumask *allowed, int32_t node,
					    uint64_t flags)
{
	return x->host->pick_idle_in(x, allowed, node, flags, true);
}

/* ---- And ---- */

/*
 * The task of that number in the root pid namespace, of whatever class; NULL: there is none any
 * more.
 */
static inline struct ossim_ext_task *ext_task_from_pid(struct ossim_ext *x, uint32_t pid)
{
	return x->host->task_from_pid(x, pid);
}

/*
 * In init_task, while the policy is loaded: the task shall not have the policy `ext`
 * (p->scx.disallow). If it has it gets `other`, and whoever asks for it later is refused (EACCES).
 * In the init_task of a fork it is an error, if the child has that policy.
 */
static inline void ext_task_disallow(struct ossim_ext *x, struct ossim_ext_task *task)
{
	x->host->task_disallow(x, task);
}

/* v6.18: what was counted so far. */
static inline void ext_events(struct ossim_ext *x, struct ossim_ext_events *events)
{
	x->host->events(x, events, sizeof(*events));
}

#endif
