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
bool ext_host_dsq_move_vtime(struct ossim_ext *x, struct ossim_ext_task *task, u64 id, u64 vtime, u64 flags);
s32 ext_host_dsq_nr_queued(struct ossim_ext *x, u64 id);
u32 ext_host_reenqueue_local(struct ossim_ext *x);

#endif
