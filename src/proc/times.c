/* SPDX-License-Identifier: MIT */
/* What a process's dead threads and its reaped children have used, and page faults. */
#include "proc/times.h"

#include "proc/proc.h"

static struct process_times *times_make(struct proc_world *world, struct process *process)
{
	struct process_times *times;
	u32 index;

	if (process->times)
		return pool_at(&world->times, process->times - 1);
	times = pool_get(&world->times, &index);
	times->index = index;
	process->times = index + 1;
	return times;
}

struct process_times process_times(const struct proc_world *world, const struct process *process)
{
	if (!process->times)
		return (struct process_times){0};
	return *(const struct process_times *)pool_at(&world->times, process->times - 1);
}

static void add(struct cpu_spent *to, struct cpu_spent more)
{
	to->all += more.all;
	to->kernel += more.kernel;
}

static struct cpu_spent spent_by(const struct proc *proc)
{
	u64 all = proc->task.fair.sum_exec_runtime;

	return (struct cpu_spent){.all = all, .kernel = min_of(proc->kernel_ns, all)};
}

void times_thread_gone(struct proc_world *world, const struct proc *thread)
{
	add(&times_make(world, thread->process)->dead_threads, spent_by(thread));
}

/* Its own children's time comes with it. */
void times_child_reaped(struct proc_world *world, struct process *waiter, const struct proc *leader)
{
	struct process_times more = process_times(world, leader->process);
	struct process_times *times = times_make(world, waiter);

	add(&times->children, spent_by(leader));
	add(&times->children, more.dead_threads);
	add(&times->children, more.children);
	times->children_faults += more.faults + more.children_faults;
}

void times_faults(struct proc_world *world, struct process *process, u64 faults)
{
	times_make(world, process)->faults += faults;
}

/*
 * Of who has left, and less what those who came had spent elsewhere: with what those who are in it
 * have spent it is the sum.
 */
void times_left_group(struct proc_world *world, const struct proc *proc,
		      const struct task_group *group)
{
	if (group)
		world->group_kernel_ns[group->id] += proc->kernel_ns;
}

void times_joined_group(struct proc_world *world, const struct proc *proc,
			const struct task_group *group)
{
	if (group)
		world->group_kernel_ns[group->id] -= proc->kernel_ns;
}

static bool is_below(const struct task_group *group, const struct task_group *above)
{
	while (group && group != above)
		group = group->parent;
	return group == above;
}

u64 times_group_kernel_ns(const struct proc_world *world, const struct task_group *group)
{
	const struct proc *proc;
	u64 sum = 0;

	for (u32 i = 0; i < world->sched->nr_groups; i++)
		if (is_below(&world->sched->groups[i], group))
			sum += world->group_kernel_ns[i];
	for (u32 at = 0; (proc = proc_next(world, &at));)
		if (is_below(proc->cgroup, group))
			sum += proc->kernel_ns;
	return sum;
}

void times_drop(struct proc_world *world, struct process *process)
{
	if (process->times)
		pool_put(&world->times, process->times - 1);
	process->times = 0;
}
