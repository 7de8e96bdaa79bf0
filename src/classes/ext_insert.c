/* SPDX-License-Identifier: MIT */
/*
 * What a policy may do with queues. Kernel: the kfuncs of kernel/sched/ext.c; reference:
 * core-rt-dl-ext.md 5.8.
 *
 * An insert from select_cpu or enqueue is kept with the task and takes effect when the op is over;
 * one from dispatch goes into a buffer, which is emptied at the end of the dispatch and before each
 * move_to_local.
 */
#include <errno.h>

#include "classes/ext.h"
#include "classes/ext_host.h"

s32 ext_host_create_dsq(struct ossim_ext *x, u64 id, s32 node)
{
	struct ext *ext = ext_of_handle(x);

	return ext_called_from(ext, EXT_FROM(UNLOCKED), "create_dsq")
		       ? ext_dsq_create(ext, id, node)
		       : -EINVAL;
}

void ext_host_destroy_dsq(struct ossim_ext *x, u64 id)
{
	ext_dsq_destroy(ext_of_handle(x), id);
}

static bool may_insert(struct ext *ext, const struct ossim_ext_task *task, u64 flags,
		       const char *what)
{
	if (!ext_called_from(ext, EXT_FROM(SELECT_CPU) | EXT_FROM(ENQUEUE) | EXT_FROM(DISPATCH),
			     what) ||
	    !ext_is_task(ext, task, what))
		return false;
	if (flags & EXT_ENQ_INTERNAL) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: flags 0x%" PRIx64 " are reserved", what,
			 flags);
		return false;
	}
	return true;
}

/* From select_cpu and enqueue. */
static void insert_direct(struct ext *ext, struct ext_entity *entity, u64 dsq, u64 flags)
{
	char name[EXT_NAME_LEN], other[EXT_NAME_LEN];

	if (ext->direct_done) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "insert of %s: a task was inserted already",
			 ext_task_text(entity, name));
	} else if (entity != ext->direct) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "insert of %s while it is %s that is enqueued",
			 ext_task_text(entity, name), ext_task_text(ext->direct, other));
	} else {
		entity->direct_dsq = dsq;
		entity->direct_flags = flags;
	}
	ext->direct_done = true;
}

static void insert(struct ext *ext, struct ext_entity *entity, u64 dsq, u64 flags)
{
	if (ext->direct) {
		insert_direct(ext, entity, dsq, flags);
		return;
	}
	if (ext->nr_inserts >= ext->max_inserts) {
		ext_fail(ext, EXT_EXIT_ERROR, 0,
			 "more than %u inserts in one dispatch: see dispatch_max_batch",
			 ext->max_inserts);
		return;
	}
	ext->inserts[ext->nr_inserts++] = (struct ext_insert){
		.entity = entity,
		.enqueued = entity->enqueued,
		.dsq = dsq,
		.flags = flags,
	};
}

/* A slice of 0 keeps what there is, but never nothing. */
static void take_slice(struct ext_entity *entity, u64 slice)
{
	if (slice)
		entity->slice = slice;
	else
		entity->slice = max_of(entity->slice, (u64)1);
}

void ext_host_insert(struct ossim_ext *x, struct ossim_ext_task *task, u64 dsq, u64 slice,
		     u64 flags)
{
	struct ext *ext = ext_of_handle(x);

	if (!may_insert(ext, task, flags, "insert"))
		return;
	take_slice(ext_entity_of(task), slice);
	insert(ext, ext_entity_of(task), dsq, flags);
}

void ext_host_insert_vtime(struct ossim_ext *x, struct ossim_ext_task *task, u64 dsq, u64 slice,
			   u64 vtime, u64 flags)
{
	struct ext *ext = ext_of_handle(x);

	if (!may_insert(ext, task, flags, "insert_vtime"))
		return;
	take_slice(ext_entity_of(task), slice);
	ext_entity_of(task)->vtime = vtime;
	insert(ext, ext_entity_of(task), dsq, flags | EXT_ENQ_BY_VTIME);
}

u32 ext_host_nr_slots(struct ossim_ext *x)
{
	struct ext *ext = ext_of_handle(x);

	return ext_called_from(ext, EXT_FROM(DISPATCH), "nr_slots")
		       ? ext->max_inserts - ext->nr_inserts
		       : 0;
}

void ext_host_cancel(struct ossim_ext *x)
{
	struct ext *ext = ext_of_handle(x);

	if (!ext_called_from(ext, EXT_FROM(DISPATCH), "cancel"))
		return;
	if (ext->nr_inserts)
		ext->nr_inserts--;
	else
		ext_fail(ext, EXT_EXIT_ERROR, 0, "cancel: nothing was inserted");
}

bool ext_host_move_to_local(struct ossim_ext *x, u64 id)
{
	struct ext *ext = ext_of_handle(x);
	struct ext_dsq *dsq;

	if (!ext_called_from(ext, EXT_FROM(DISPATCH), "move_to_local"))
		return false;
	ext_flush_inserts(ext, ext->dispatching);
	dsq = ext_dsq_find(ext, id);
	if (!dsq) {
		ext_fail(ext, EXT_EXIT_ERROR, 0,
			 "move_to_local: the policy has no queue 0x%" PRIx64, id);
		return false;
	}
	if (!ext_consume(ext->dispatching, dsq))
		return false;
	ext->nr_dispatched++;
	return true;
}

struct ossim_ext_task *ext_host_dsq_next(struct ossim_ext *x, u64 id, struct ossim_ext_task *task)
{
	struct ext_dsq *dsq = ext_dsq_find(ext_of_handle(x), id);
	struct ext_entity *entity = task ? ext_entity_of(task) : NULL;
	struct list *next;

	if (!dsq || (entity && entity->dsq != dsq))
		return NULL;
	next = entity ? entity->dsq_link.next : dsq->tasks.next;
	return next == &dsq->tasks ? NULL
				   : ext_task_of(list_entry(next, struct ext_entity, dsq_link));
}

/* scx_dsq_move(). False: the task is in no queue of the policy's own any more. */
static bool may_move(struct ext *ext, struct ossim_ext_task *task, u64 flags, const char *what)
{
	const struct ext_entity *entity = ext_entity_of(task);

	if (!ext_called_from(ext, EXT_FROM(DISPATCH) | EXT_FROM(UNLOCKED), what) ||
	    !ext_is_task(ext, task, what) || !entity->dsq || entity->dsq->id & EXT_DSQ_BUILTIN)
		return false;
	if (flags & EXT_ENQ_INTERNAL)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: flags 0x%" PRIx64 " are reserved", what,
			 flags);
	return !(flags & EXT_ENQ_INTERNAL);
}

bool ext_host_dsq_move(struct ossim_ext *x, struct ossim_ext_task *task, u64 id, u64 flags)
{
	struct ext *ext = ext_of_handle(x);
	struct rq *rq = &ext->sched->rqs[ext->sched->machine->acting];

	if (!may_move(ext, task, flags, "dsq_move"))
		return false;
	ext_move(rq, ext_entity_of(task), ext_dsq_for(rq, id, ext_entity_of(task)), flags);
	return true;
}

bool ext_host_dsq_move_vtime(struct ossim_ext *x, struct ossim_ext_task *task, u64 id, u64 vtime,
			     u64 flags)
{
	struct ext *ext = ext_of_handle(x);
	struct rq *rq = &ext->sched->rqs[ext->sched->machine->acting];
	struct ext_entity *entity = ext_entity_of(task);
	struct ext_dsq *dst;

	if (!may_move(ext, task, flags, "dsq_move_vtime"))
		return false;
	dst = ext_dsq_for(rq, id, entity);
	ext_dsq_take(entity);
	entity->vtime = vtime;
	ext_move(rq, entity, dst, flags | EXT_ENQ_BY_VTIME);
	return true;
}

s32 ext_host_dsq_nr_queued(struct ossim_ext *x, u64 id)
{
	struct ext *ext = ext_of_handle(x);
	struct ext_dsq *dsq;

	if (id == EXT_DSQ_LOCAL)
		return (s32)ext->rqs[ext->sched->machine->acting].local.nr;
	if ((id & EXT_DSQ_LOCAL_ON) == EXT_DSQ_LOCAL_ON) {
		u32 cpu = (u32)(id & EXT_DSQ_LOCAL_CPU_MASK);

		return ext_cpu_valid(ext, cpu, "dsq_nr_queued") ? (s32)ext->rqs[cpu].local.nr
								: -ENOENT;
	}
	dsq = ext_dsq_find(ext, id);
	return dsq ? (s32)dsq->nr : -ENOENT;
}

/* All are taken out first: those that the policy puts back are not met again. */
u32 ext_host_reenqueue_local(struct ossim_ext *x)
{
	struct ext *ext = ext_of_handle(x);
	struct rq *rq = &ext->sched->rqs[ext->sched->machine->acting];
	struct ext_entity *entity;
	struct list taken;
	u32 nr = 0;

	if (!ext_called_from(ext, EXT_FROM(RELEASE), "reenqueue_local"))
		return 0;
	list_init(&taken);
	while ((entity = ext_dsq_first(&rq->ext->local))) {
		ext_dsq_take(entity);
		list_add_tail(&taken, &entity->dsq_link);
	}
	while (!list_empty(&taken)) {
		entity = list_first(&taken, struct ext_entity, dsq_link);
		list_del(&entity->dsq_link);
		ext_enqueue_policy(rq, entity, EXT_ENQ_REENQ, -1);
		nr++;
	}
	return nr;
}
