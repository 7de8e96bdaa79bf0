/* SPDX-License-Identifier: MIT */
/*
 * The scheduler's side of the ext class: the functions behind those of policies/ext_calls.h, in a
 * table, so that a policy is linked with nothing. Part of policies/ext.h.
 */
#ifndef OSSIM_POLICIES_EXT_TABLE_H
#define OSSIM_POLICIES_EXT_TABLE_H

#include "ext_abi.h"

/* The scheduler's side: reached through the functions below. New members go to the end. */
struct ossim_ext_host {
	uint32_t abi, size;
	int32_t (*create_dsq)(struct ossim_ext *x, uint64_t id, int32_t node);
	void (*destroy_dsq)(struct ossim_ext *x, uint64_t id);
	void (*insert)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
		       uint64_t slice, uint64_t flags);
	void (*insert_vtime)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
			     uint64_t slice, uint64_t vtime, uint64_t flags);
	uint32_t (*nr_slots)(struct ossim_ext *x);
	void (*cancel)(struct ossim_ext *x);
	bool (*move_to_local)(struct ossim_ext *x, uint64_t dsq);
	struct ossim_ext_task *(*dsq_next)(struct ossim_ext *x, uint64_t dsq,
					   struct ossim_ext_task *task);
	bool (*dsq_move)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
			 uint64_t flags);
	int32_t (*dsq_nr_queued)(struct ossim_ext *x, uint64_t dsq);
	uint32_t (*reenqueue_local)(struct ossim_ext *x);
	void (*kick_cpu)(struct ossim_ext *x, int32_t cpu, uint64_t flags);
	int32_t (*select_cpu_dfl)(struct ossim_ext *x, struct ossim_ext_task *task,
				  int32_t prev_cpu, uint64_t wake_flags, bool *is_idle);
	int32_t (*pick_idle_cpu)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags);
	int32_t (*pick_any_cpu)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags);
	bool (*test_and_clear_cpu_idle)(struct ossim_ext *x, int32_t cpu);
	bool (*cpu_is_idle)(struct ossim_ext *x, int32_t cpu);
	uint64_t (*now)(struct ossim_ext *x);
	uint64_t (*draw)(struct ossim_ext *x);
	void (*timer_start)(struct ossim_ext *x, uint32_t id, uint64_t delay);
	void (*timer_cancel)(struct ossim_ext *x, uint32_t id);
	uint32_t (*nr_cpus)(struct ossim_ext *x);
	uint32_t (*nr_nodes)(struct ossim_ext *x);
	int32_t (*this_cpu)(struct ossim_ext *x);
	bool (*cpu_online)(struct ossim_ext *x, int32_t cpu);
	int32_t (*cpu_core)(struct ossim_ext *x, int32_t cpu);
	int32_t (*cpu_llc)(struct ossim_ext *x, int32_t cpu);
	int32_t (*cpu_node)(struct ossim_ext *x, int32_t cpu);
	struct ossim_ext_task *(*cpu_curr)(struct ossim_ext *x, int32_t cpu);
	void *(*task_data)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint32_t (*task_pid)(struct ossim_ext *x, struct ossim_ext_task *task);
	const char *(*task_comm)(struct ossim_ext *x, struct ossim_ext_task *task);
	bool (*task_is_kthread)(struct ossim_ext *x, struct ossim_ext_task *task);
	int32_t (*task_cpu)(struct ossim_ext *x, struct ossim_ext_task *task);
	bool (*task_running)(struct ossim_ext *x, struct ossim_ext_task *task);
	bool (*task_allowed)(struct ossim_ext *x, struct ossim_ext_task *task, int32_t cpu);
	uint32_t (*task_nr_cpus)(struct ossim_ext *x, struct ossim_ext_task *task);
	int32_t (*task_nice)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint32_t (*task_weight)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint64_t (*task_runtime)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint64_t (*task_slice)(struct ossim_ext *x, struct ossim_ext_task *task);
	void (*task_set_slice)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t slice);
	uint64_t (*task_vtime)(struct ossim_ext *x, struct ossim_ext_task *task);
	void (*task_set_vtime)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t vtime);
	uint64_t (*option)(struct ossim_ext *x, const char *name);
	uint64_t (*slice_dfl)(struct ossim_ext *x);
	void (*error)(struct ossim_ext *x, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
	void (*exit)(struct ossim_ext *x, int64_t code, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
	void (*dump)(struct ossim_ext *x, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
	uint64_t (*task_cgroup)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint64_t (*cgroup_parent)(struct ossim_ext *x, uint64_t cgroup);
	uint32_t (*cgroup_weight)(struct ossim_ext *x, uint64_t cgroup);
	uint32_t (*cpuperf_cap)(struct ossim_ext *x, int32_t cpu);
	uint32_t (*cpuperf_cur)(struct ossim_ext *x, int32_t cpu);
	void (*cpuperf_set)(struct ossim_ext *x, int32_t cpu, uint32_t perf);
	bool (*dsq_move_vtime)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
			       uint64_t vtime, uint64_t flags);
	int32_t (*select_cpu_and)(struct ossim_ext *x, struct ossim_ext_task *task,
				  int32_t prev_cpu, uint64_t wake_flags,
				  const struct ossim_ext_cpumask *allowed, uint64_t flags);
	const struct ossim_ext_cpumask *(*idle_mask)(struct ossim_ext *x, int32_t node, bool cores);
	const struct ossim_ext_cpumask *(*cpu_mask)(struct ossim_ext *x, bool online);
	const struct ossim_ext_cpumask *(*task_mask)(struct ossim_ext *x,
						     struct ossim_ext_task *task);
	struct ossim_ext_cpumask *(*mask_new)(struct ossim_ext *x);
	void (*mask_set)(struct ossim_ext *x, struct ossim_ext_cpumask *mask, int32_t cpu, bool in);
	void (*mask_and)(struct ossim_ext *x, struct ossim_ext_cpumask *to,
			 const struct ossim_ext_cpumask *a, const struct ossim_ext_cpumask *b);
	bool (*mask_test)(struct ossim_ext *x, const struct ossim_ext_cpumask *mask, int32_t cpu);
	int32_t (*mask_next)(struct ossim_ext *x, const struct ossim_ext_cpumask *mask,
			     int32_t cpu);
	int32_t (*pick_idle_in)(struct ossim_ext *x, const struct ossim_ext_cpumask *allowed,
				int32_t node, uint64_t flags, bool any);
	struct ossim_ext_task *(*task_from_pid)(struct ossim_ext *x, uint32_t pid);
	void (*events)(struct ossim_ext *x, struct ossim_ext_events *events, size_t size);
	void (*task_disallow)(struct ossim_ext *x, struct ossim_ext_task *task);
};

struct ossim_ext {
	const struct ossim_ext_host *host;
	void *self; /* the policy's self_size bytes */
};

#endif
