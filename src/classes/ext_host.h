/* SPDX-License-Identifier: MIT */
/* What the files behind struct ossim_ext_host share. Their contracts are in policies/ext.h. */
#ifndef OSSIM_CLASSES_EXT_HOST_H
#define OSSIM_CLASSES_EXT_HOST_H

#include "classes/ext.h"

/* A bit per enum ext_context. */
#define EXT_FROM(context) (1u << EXT_FROM_##context)

/* Is the op under way one of @allowed? If not, the policy has made a mistake. */
bool ext_called_from(struct ext *ext, u32 allowed, const char *what);
/* The same for a task that is NULL. */
bool ext_is_task(struct ext *ext, const struct ossim_ext_task *task, const char *what);

/* Are idle cpus tracked, and has the kernel the calls that came after 6.12? If not: likewise. */
bool ext_tracks_idle(struct ext *ext, const char *what);
bool ext_has_newer_calls(struct ext *ext, const char *what);

/* ---- ext_masks.c ---- */

s32 ext_host_select_cpu_and(struct ossim_ext *x, struct ossim_ext_task *task, s32 prev_cpu,
			    u64 wake_flags, const struct ossim_ext_cpumask *among, u64 flags);
s32 ext_host_pick_idle_in(struct ossim_ext *x, const struct ossim_ext_cpumask *allowed, s32 node,
			  u64 flags, bool any);
const struct ossim_ext_cpumask *ext_host_idle_mask(struct ossim_ext *x, s32 node, bool cores);
const struct ossim_ext_cpumask *ext_host_cpu_mask(struct ossim_ext *x, bool online);
const struct ossim_ext_cpumask *ext_host_task_mask(struct ossim_ext *x,
						   struct ossim_ext_task *task);
struct ossim_ext_cpumask *ext_host_mask_new(struct ossim_ext *x);
void ext_host_mask_set(struct ossim_ext *x, struct ossim_ext_cpumask *mask, s32 cpu, bool in);
void ext_host_mask_and(struct ossim_ext *x, struct ossim_ext_cpumask *to,
		       const struct ossim_ext_cpumask *a, const struct ossim_ext_cpumask *b);
bool ext_host_mask_test(struct ossim_ext *x, const struct ossim_ext_cpumask *mask, s32 cpu);
s32 ext_host_mask_next(struct ossim_ext *x, const struct ossim_ext_cpumask *mask, s32 cpu);

/* ---- ext_insert.c ---- */

s32 ext_host_create_dsq(struct ossim_ext *x, u64 id, s32 node);
void ext_host_destroy_dsq(struct ossim_ext *x, u64 id);
void ext_host_insert(struct ossim_ext *x, struct ossim_ext_task *task, u64 dsq, u64 slice,
		     u64 flags);
void ext_host_insert_vtime(struct ossim_ext *x, struct ossim_ext_task *task, u64 dsq, u64 slice,
			   u64 vtime, u64 flags);
u32 ext_host_nr_slots(struct ossim_ext *x);
void ext_host_cancel(struct ossim_ext *x);
bool ext_host_move_to_local(struct ossim_ext *x, u64 id);
struct ossim_ext_task *ext_host_dsq_next(struct ossim_ext *x, u64 id, struct ossim_ext_task *task);
bool ext_host_dsq_move(struct ossim_ext *x, struct ossim_ext_task *task, u64 id, u64 flags);
bool ext_host_dsq_move_vtime(struct ossim_ext *x, struct ossim_ext_task *task, u64 id, u64 vtime,
			     u64 flags);
s32 ext_host_dsq_nr_queued(struct ossim_ext *x, u64 id);
u32 ext_host_reenqueue_local(struct ossim_ext *x);

#endif
