/* SPDX-License-Identifier: MIT */
/* Groups whose tasks stand still. */
#include "proc/freezer.h"

#include <stdlib.h>

void freezer_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	for (u32 i = 0; i < w->nr_group_changes; i++)
		if (w->group_changes[i].what & GROUP_SETS_FREEZE)
			world->frozen = arena_array(world->arena, bool, w->nr_groups);
}

static bool is_frozen(const struct proc_world *world, const struct task_group *group)
{
	for (; group; group = group->parent)
		if (group->id < world->sched->nr_groups && world->frozen[group->id])
			return true;
	return false;
}

/* cgroup_freeze_task(). */
static void freeze(struct proc_world *world, struct proc *proc, bool on)
{
	if (sig_task_of(proc)->freeze_wanted == on)
		return;
	sig_task_make(world, proc)->freeze_wanted = on;
	if (on)
		signal_wake_up(world, proc, TASK_INTERRUPTIBLE);
	else
		sched_wake(world->sched, &proc->task, TASK_FROZEN, 0); /* and looks what else there is to take */
}

/* Kernel threads and the dying are left alone. */
static bool is_concerned(const struct proc *proc)
{
	return proc->process && proc->exit_state == PROC_ALIVE && !(proc->task.flags & (TASK_FLAG_KTHREAD | TASK_FLAG_EXITING));
}

void freezer_look(struct proc_world *world, struct proc *proc)
{
	if (is_concerned(proc))
		freeze(world, proc, is_frozen(world, proc->cgroup));
}

static int by_age(const void *a, const void *b)
{
	const struct proc *const *x = a, *const *y = b;

	return ((*x)->task.id > (*y)->task.id) - ((*x)->task.id < (*y)->task.id);
}

void freezer_set_group(struct proc_world *world, const struct group_change *change)
{
	vec_of(struct proc *) all = {0};
	struct proc *proc;

	if (!(change->what & GROUP_SETS_FREEZE) || world->frozen[change->group] == change->freeze)
		return;
	world->frozen[change->group] = change->freeze;
	for (u32 at = 0; (proc = proc_next(world, &at));)
		if (proc->cgroup)
			vec_push(&all, proc);
	if (all.len)
		qsort(all.at, all.len, sizeof(*all.at), by_age);
	for (u32 i = 0; i < all.len; i++)
		freezer_look(world, all.at[i]);
	vec_fini(&all);
}
