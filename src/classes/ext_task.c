/* SPDX-License-Identifier: MIT */
/*
 * Tasks and cpus come and go, and the policy is told. Kernel: kernel/sched/ext.c, scx_fork(),
 * scx_init_task(), scx_enable_task(); reference: core-rt-dl-ext.md 5.2, 5.3.
 */
#include <errno.h>
#include <string.h>

#include "classes/ext.h"
#include "classes/weight.h"

/* sched_weight_to_cgroup(): 1024 is 100. */
void ext_set_weight(struct ext_entity *entity)
{
	const struct task *task = entity->task;
	u64 weight =
		weight_of(task->static_prio - PRIO_DEFAULT, task_is_idle_policy(task)).weight >>
		WEIGHT_SHIFT;

	entity->weight = (u32)clamp_to((weight * 100 + 512) / 1024, (u64)1, (u64)10000);
	if (entity->state == EXT_TASK_ENABLED)
		ext_call(entity->ext, EXT_FROM_REST, set_weight, ext_task_of(entity),
			 entity->weight);
}

void ext_enable_task(struct ext_entity *entity)
{
	entity->state = EXT_TASK_READY;
	ext_set_weight(entity);
	ext_call(entity->ext, EXT_FROM_REST, enable, ext_task_of(entity));
	entity->state = EXT_TASK_ENABLED;
	ext_call(entity->ext, EXT_FROM_REST, set_weight, ext_task_of(entity), entity->weight);
}

void ext_disable_task(struct ext_entity *entity)
{
	if (entity->state != EXT_TASK_ENABLED)
		return;
	ext_clear_direct(entity);
	ext_call(entity->ext, EXT_FROM_REST, disable, ext_task_of(entity));
	entity->state = EXT_TASK_READY;
}

static void exit_task(struct ext_entity *entity)
{
	ext_disable_task(entity);
	if (entity->state != EXT_TASK_NONE)
		ext_call(entity->ext, EXT_FROM_REST, exit_task, ext_task_of(entity),
			 entity->state == EXT_TASK_INIT);
	entity->state = EXT_TASK_NONE;
	entity->disallow = false;
}

/*
 * If it has the policy that it shall not have, that is taken from it; in a fork it is too late for
 * that.
 */
static void disallow(struct ext_entity *entity, bool fork)
{
	struct ext *ext = entity->ext;
	char name[EXT_NAME_LEN];

	if (likely(!entity->disallow) || entity->task->policy != POLICY_EXT)
		return;
	if (fork) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "init_task disallowed %s during its fork",
			 ext_task_text(entity, name));
		return;
	}
	sched_reject_ext(ext->sched, entity->task);
	ext->nr_rejected++;
}

/* Behind an errno, ops_sanitize_err(): what an op may answer. */
enum { ERROR_MOST = 4095 };

/* 0, or the policy's error: an errno, negative. */
static s32 ask_init(struct ext_entity *entity, bool fork)
{
	struct ext *ext = entity->ext;
	char name[EXT_NAME_LEN];
	s32 error = 0;

	if (ext->ops.init_task)
		ext_ask(ext, EXT_FROM_UNLOCKED, error, init_task, ext_task_of(entity), fork);
	if (error > 0 || error < -ERROR_MOST)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "init_task of %s answered %d, which is no error",
			 ext_task_text(entity, name), error);
	return error;
}

/* False: the policy does not want it. */
bool ext_init_task(struct ext_entity *entity, bool fork)
{
	struct ext *ext = entity->ext;
	char name[EXT_NAME_LEN];
	s32 error = ask_init(entity, fork);

	if (error) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "init_task of %s failed (%d)",
			 ext_task_text(entity, name), error);
		return false;
	}
	entity->state = EXT_TASK_READY;
	disallow(entity, fork);
	entity->reset_runnable_at = true;
	return true;
}

static void new_entity(struct sched *sched, struct task *task)
{
	struct ext *ext = sched->ext_data;
	struct ext_entity *entity;
	u32 index;

	if (task->ext || task->flags & TASK_FLAG_IDLE)
		return;
	entity = pool_get(&ext->entities, &index);
	entity->index = index;
	entity->task = task;
	entity->ext = ext;
	entity->slice = ext->slice_dfl;
	entity->sticky_cpu = -1;
	entity->direct_dsq = EXT_DSQ_INVALID;
	entity->reset_runnable_at = true;
	list_init(&entity->dsq_link);
	list_init(&entity->runnable_link);
	list_add_tail(&ext->tasks, &entity->all);
	task->ext = entity;
}

static void fork_task(struct sched *sched, struct task *child)
{
	struct ext *ext = sched->ext_data;

	if (ext->state == EXT_OFF ||
	    (child->ext->state == EXT_TASK_NONE && !ext_init_task(child->ext, true)))
		return;
	if (child->class_id == CLASS_EXT)
		ext_enable_task(child->ext);
}

static void forget(struct ext_entity *entity)
{
	entity->task->ext = NULL;
	list_del(&entity->all);
	pool_put(&entity->ext->entities, entity->index);
}

/* scx_fork() */
static s32 may_fork(struct sched *sched, struct task *child)
{
	struct ext *ext = sched->ext_data;
	struct ext_entity *entity = child->ext;
	s32 error;

	if (ext->state == EXT_OFF)
		return 0;
	error = ask_init(entity, true);
	if (error) {
		forget(entity);
		return error < 0 && error >= -ERROR_MOST ? -error : EPROTO;
	}
	entity->state = EXT_TASK_READY;
	disallow(entity, true);
	return 0;
}

void ext_free_task(struct ext_entity *entity)
{
	exit_task(entity);
	forget(entity);
}

static void free_task(struct sched *sched unused_arg, struct task *task)
{
	ext_free_task(task->ext);
}

static void hotplug(struct rq *rq, bool online)
{
	struct ext *ext = rq->ext->ext;
	s32 cpu = (s32)rq->cpu;

	ext->hotplug_seq++;
	if (online ? ext->ops.cpu_online != NULL : ext->ops.cpu_offline != NULL) {
		if (online)
			ext_call(ext, EXT_FROM_UNLOCKED, cpu_online, cpu);
		else
			ext_call(ext, EXT_FROM_UNLOCKED, cpu_offline, cpu);
	} else {
		/* SCX_ECODE_ACT_RESTART | SCX_ECODE_RSN_HOTPLUG */
		ext_fail(ext, EXT_EXIT_UNREG_KERN, 1LL << 48 | 1LL << 32,
			 "cpu %d goes %s, and the policy has no op for it", cpu,
			 online ? "online" : "offline");
	}
}

/* scx_check_setscheduler() */
static bool disallows(const struct task *task)
{
	return task->ext && task->ext->disallow;
}

const struct sched_extender ext_extender = {
	.new_task = new_entity,
	.may_fork = may_fork,
	.fork = fork_task,
	.free_task = free_task,
	.hotplug = hotplug,
	.disallows = disallows,
	.prep_move = ext_cgroup_prep_move,
	.move = ext_cgroup_move,
	.cancel_move = ext_cgroup_cancel_move,
	.group_written = ext_cgroup_written,
};
