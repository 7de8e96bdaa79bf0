/* SPDX-License-Identifier: MIT */
/* Groups whose tasks stand still. */
#include "proc/freezer.h"

#include <stdlib.h>

#include "base/sorted.h"
#include "proc/socket.h"
#include "proc/sync.h"

void freezer_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	u32 what = 0;

	for (u32 i = 0; i < w->nr_group_changes; i++)
		what |= w->group_changes[i].what;
	if (!(what & (GROUP_SETS_FREEZE | GROUP_SETS_FREEZER)))
		return;
	world->frozen = arena_array(world->arena, bool, w->nr_groups);
	world->refrigerated = arena_array(world->arena, bool, w->nr_groups);
}

/* @which: by the workload's groups. */
static bool is_in_one(const struct proc_world *world, const bool *which,
		      const struct task_group *group)
{
	for (; group; group = group->parent)
		if (group->id < world->sched->nr_groups && which[group->id])
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
		/* and looks what else there is to take */
		sched_wake(world->sched, &proc->task, TASK_FROZEN, 0);
}

/*
 * Does it sleep in TASK_FREEZABLE? Of what waits at a futex, mutexes with priority inheritance do
 * not (rt_mutex_schedule()); of sockets only who reads from a stream does
 * (unix_stream_data_wait()). Polls, epolls and message queues do not.
 */
static bool sleeps_freezable(const struct proc_world *world, const struct proc *proc)
{
	const struct op *op;

	if (proc->task.state & (TASK_STOPPED | TASK_TRACED))
		return true;
	if (!proc->program || proc->in_call < IN_CALL_SLEPT)
		return false;
	op = &proc->program->ops[proc->pc];
	switch (op->code) {
	case OP_SLEEP:
	case OP_TIMER:
	case OP_COND_WAIT:
	case OP_BARRIER:
	case OP_SEM_WAIT:
	case OP_READ_LOCK:
	case OP_WRITE_LOCK:
	case OP_FUTEX_WAIT:
	case OP_FUTEX_WAITV:
	case OP_FUTEX_WAIT_PI:
	case OP_VFORK:
	case OP_WAIT:
	case OP_WAITALL:
	case OP_WAITPID:
	case OP_SIGWAIT:
		return true;
	case OP_RECV:
		return op->flags & OP_CONNECTION || !world->sockets->at[op->b].datagram;
	case OP_LOCK:
		return !world->mutexes[op->b].pi;
	default:
		return false;
	}
}

/* freeze_task(), __thaw_task(). */
static void refrigerate(struct proc_world *world, struct proc *proc, bool on)
{
	if (sig_task_of(proc)->cold == on)
		return;
	sig_task_make(world, proc)->cold = on;
	if (!on && proc->task.state == TASK_REFRIGERATED)
		sched_thaw(world->sched, &proc->task);
	else if (on && (!sleeps_freezable(world, proc) || !sched_freeze_asleep(&proc->task)))
		signal_wake_up(world, proc, TASK_INTERRUPTIBLE);
}

/* Kernel threads and the dying are left alone. */
static bool is_concerned(const struct proc *proc)
{
	return proc->process && proc->exit_state == PROC_ALIVE &&
	       !(proc->task.flags & (TASK_FLAG_KTHREAD | TASK_FLAG_EXITING));
}

void freezer_look(struct proc_world *world, struct proc *proc)
{
	if (!is_concerned(proc))
		return;
	freeze(world, proc, is_in_one(world, world->frozen, proc->cgroup));
	refrigerate(world, proc, is_in_one(world, world->refrigerated, proc->cgroup));
}

static int by_age(const void *a, const void *b)
{
	const struct proc *const *x = a, *const *y = b;

	return order_u64((*x)->task.id, (*y)->task.id);
}

/* False: nothing changes. */
static bool set_group(struct proc_world *world, const struct group_change *change)
{
	bool changes = false;

	if (change->what & GROUP_SETS_FREEZE) {
		changes = world->frozen[change->group] != change->freeze;
		world->frozen[change->group] = change->freeze;
	}
	if (change->what & GROUP_SETS_FREEZER) {
		changes |= world->refrigerated[change->group] != change->freezer;
		world->refrigerated[change->group] = change->freezer;
	}
	return changes;
}

void freezer_set_group(struct proc_world *world, const struct group_change *change)
{
	vec_of(struct proc *) all = {0};
	struct proc *proc;

	if (!set_group(world, change))
		return;
	for (u32 at = 0; (proc = proc_next(world, &at));)
		if (proc->cgroup)
			vec_push(&all, proc);
	if (all.len)
		qsort(all.at, all.len, sizeof(*all.at), by_age);
	for (u32 i = 0; i < all.len; i++)
		freezer_look(world, all.at[i]);
	vec_fini(&all);
}
