/* SPDX-License-Identifier: MIT */
/*
 * Who is in which group: cgroups by name, and the autogroups of sessions.
 *
 * A task of the root cgroup is in its session's autogroup, if there are autogroups; any other
 * cgroup takes precedence. Children begin where their parents are. Kernel:
 * kernel/sched/autogroup.c, kernel/cgroup. Reference: fair.md 8.1.
 */
#include "proc/group.h"

#include <errno.h>
#include <stdio.h>

#include "proc/calls.h"
#include "proc/freezer.h"
#include "proc/pgrp.h"
#include "proc/quota.h"
#include "proc/rcu.h"

static bool has_autogroups(const struct proc_world *world)
{
	return world->workload->kernel.knobs.autogroup_enabled;
}

/* ---- Records ---- */

static void record_group(struct proc_world *world, const struct task_group *group, const char *name)
{
	stream_put(world->stream, (struct record){
					  .when = world->machine->now,
					  .kind = RECORD_GROUP,
					  .cpu = (u16)world->machine->acting,
					  .task = group->id,
					  .other = group->parent ? group->parent->id : TASK_ID_NONE,
					  .arg = group->is_autogroup,
					  .value = names_intern_str(world->names, name),
				  });
}

static void record_regroup(struct proc_world *world, const struct proc *proc)
{
	record_put(world, proc, RECORD_REGROUP,
		   proc->task.group ? proc->task.group->id : TASK_ID_NONE, 0, 0);
}

void group_record_all(struct proc_world *world)
{
	for (u32 i = 0; i < world->sched->nr_groups; i++)
		record_group(world, &world->sched->groups[i], world->workload->groups[i].name);
}

/* ---- Where a task is ---- */

/* task_group(): what its cgroup and its session come to. */
static struct task_group *effective_group(const struct proc *proc)
{
	if (proc->cgroup || proc->task.flags & TASK_FLAG_EXITING)
		return proc->cgroup;
	return proc->process->autogroup;
}

static struct task_group *named_group(struct proc_world *world, u64 group)
{
	return group == GROUP_ROOT ? NULL : &world->sched->groups[group];
}

static struct task_group *new_session(struct proc_world *world)
{
	struct task_group *group = sched_autogroup_new(world->sched);
	char name[32];

	snprintf(name, sizeof(name), "autogroup-%u", group->id - world->sched->nr_groups + 1);
	record_group(world, group, name);
	return group;
}

static void begin_process(struct proc_world *world, struct process *process,
			  const struct process *parent, bool leads_session)
{
	if (leads_session)
		(void)pgrp_set_session(world, process);
	if (!has_autogroups(world))
		return;
	process->autogroup = leads_session ? new_session(world) : parent->autogroup;
	if (process->autogroup && !leads_session)
		sched_autogroup_get(process->autogroup);
}

void group_begin(struct proc_world *world, struct proc *proc, const struct proc *parent)
{
	const struct task_spec *spec = &world->workload->tasks[proc->spec];
	struct process *process = proc->process;

	proc->cgroup = parent->cgroup;
	if (spec->group != GROUP_INHERITED)
		proc->cgroup = named_group(world, spec->group);
	if (process->leader == proc)
		begin_process(world, process, parent->process, spec->session);
	proc->task.group = effective_group(proc);
	if (unlikely(world->quotas))
		quota_begin(world, proc, parent);
}

void group_announce(struct proc_world *world, struct proc *proc)
{
	if (unlikely(world->frozen))
		freezer_look(world, proc);
	if (proc->task.group)
		record_regroup(world, proc);
}

static void move(struct proc_world *world, struct proc *proc)
{
	struct task_group *group = effective_group(proc);

	if (group == proc->task.group)
		return;
	sched_move_group(world->sched, &proc->task, group);
	record_regroup(world, proc);
}

/* cpu_cgroup_can_attach(): an ext policy may say no, of each thread; then none of them goes. */
static bool may_move(struct proc_world *world, struct proc *proc, const struct task_group *to,
		     bool alone)
{
	struct sched *sched = world->sched;
	struct proc *thread, *refused = NULL;

	if (likely(!sched->extender))
		return true;
	list_for_each (thread, &proc->process->threads, thread_link) {
		if (alone && thread != proc)
			continue;
		if (!sched->extender->prep_move(sched, &thread->task, to)) {
			refused = thread;
			break;
		}
	}
	if (!refused)
		return true;
	list_for_each (thread, &proc->process->threads, thread_link) {
		if (thread == refused)
			break;
		if (!alone || thread == proc)
			sched->extender->cancel_move(sched, &thread->task, to);
	}
	return false;
}

/* rt_task(): boosted ones, too. */
static bool is_rt(const struct task *task)
{
	return task->prio >= 0 && task->prio < PRIO_RT_MAX;
}

/* sched_rt_can_attach(): one rt task that may not go there keeps all of them back (EINVAL). */
static bool rt_allows(struct proc_world *world, const struct proc *proc,
		      const struct task_group *to, bool alone)
{
	const struct proc *thread;

	if (sched_group_has_rt_runtime(world->sched, to))
		return true;
	list_for_each (thread, &proc->process->threads, thread_link)
		if ((!alone || thread == proc) && is_rt(&thread->task))
			return false;
	return true;
}

bool group_move(struct proc_world *world, struct proc *proc, u64 group, bool alone)
{
	const struct task_group *from;
	struct proc *thread;

	if (!rt_allows(world, proc, named_group(world, group), alone))
		return false;
	if (!may_move(world, proc, named_group(world, group), alone))
		return false;
	list_for_each (thread, &proc->process->threads, thread_link) {
		if (alone && thread != proc)
			continue;
		from = thread->cgroup;
		thread->cgroup = named_group(world, group);
		times_left_group(world, thread, from);
		times_joined_group(world, thread, thread->cgroup);
		if (unlikely(world->quotas))
			quota_moved(world, thread, from);
		if (unlikely(world->frozen))
			freezer_look(world, thread);
		if (thread->exit_state == PROC_ALIVE)
			move(world, thread);
	}
	return true;
}

void group_exit(struct proc_world *world, struct proc *proc)
{
	struct task_group *group = effective_group(proc);
	bool moves = group != proc->task.group;

	sched_move_group(world->sched, &proc->task, group);
	if (moves)
		record_regroup(world, proc);
}

void group_release(struct proc_world *world, struct process *process)
{
	if (process->autogroup)
		sched_autogroup_put(world->sched, process->autogroup);
	process->autogroup = NULL;
}

/* ---- The op ---- */

enum { GROUP_ENTER = CHANGE_EFFECT + 1, GROUP_GRACE, GRACE_TICKS = 3 };

/* A grace period that begins now ends in a softirq of the third tick, as recordings show. */
static u64 grace_ends(struct proc_world *world, u32 cpu)
{
	return machine_next_tick(world->machine, cpu) + (GRACE_TICKS - 1) * world->sched->tick_ns;
}

/*
 * cgroup_attach_lock() is a percpu_rwsem for writing, whose first writer waits for an RCU grace
 * period. Writers that come before another such period has passed find it open. A thread that moves
 * itself alone needs no lock.
 */
static bool needs_lock(const struct op *op)
{
	return !(op->flags & OP_TO_THREAD && op->b == TARGET_SELF);
}

static bool is_open(const struct proc_world *world)
{
	return world->machine->now < world->groups_open_until;
}

/*
 * rcu_sync_exit(): it closes when a grace period has passed, which begins now unless one is under
 * way.
 */
static void keep_open(struct proc_world *world, u32 cpu, const struct op *op)
{
	if (needs_lock(op) && !is_open(world))
		rcu_sync(world);
	world->groups_open_until = grace_ends(world, cpu);
}

enum { SETS_RT = GROUP_SETS_RT_RUNTIME | GROUP_SETS_RT_PERIOD };

/* tg_has_rt_tasks(): those that sleep count. */
static bool has_rt_tasks(const struct proc_world *world, const struct task_group *group)
{
	const struct proc *proc;

	for (u32 at = 0; (proc = proc_next(world, &at));)
		if (proc->task.group == group && proc->exit_state == PROC_ALIVE &&
		    is_rt(&proc->task))
			return true;
	return false;
}

/* tg_rt_schedulable(): RT tasks are not left without runtime. */
static bool leaves_rt_tasks(const struct proc_world *world, const struct group_change *change)
{
	return unlikely(change->what & GROUP_SETS_RT_RUNTIME) && !change->rt_runtime_ns &&
	       world->sched->rt_groups && has_rt_tasks(world, &world->sched->groups[change->group]);
}

static void write_group(struct proc_world *world, const struct proc *proc,
			const struct group_change *change)
{
	struct group_change said = *change;
	int error = 0;

	if (leaves_rt_tasks(world, change)) {
		said.what &= ~(u32)SETS_RT;
		error = EBUSY;
	}
	if (!sched_set_group(world->sched, &said))
		error = EINVAL;
	if (error)
		proc_refuse(world, proc, error, "set_group");
}

static bool set_group_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			 const struct op *op)
{
	if (proc->phase == CHANGE_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall + world->costs->change, CHANGE_EFFECT))
		return false;
	write_group(world, proc, &world->workload->group_changes[op->value]);
	if (unlikely(world->frozen))
		freezer_set_group(world, &world->workload->group_changes[op->value]);
	return true;
}

bool group_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct machine *machine = world->machine;

	if (op->code == OP_SET_GROUP)
		return set_group_op(world, cpu, proc, op);
	if (proc->phase == CHANGE_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, GROUP_ENTER))
		return false;
	if (proc->phase == GROUP_ENTER && needs_lock(op) && !is_open(world)) {
		proc->timer.soft = TIMER_HARD;
		if (!rcu_wait(world, proc))
			machine_timer_arm(machine, &proc->timer, cpu->id,
					  grace_ends(world, cpu->id));
		proc->phase = GROUP_GRACE;
		proc->in_call = IN_CALL_SLEPT;
		sched_block(world->sched, cpu, TASK_UNINTERRUPTIBLE);
		return false;
	}
	if (proc->phase != CHANGE_EFFECT) {
		keep_open(world, cpu->id, op);
		proc->wait_arg = 0;
		proc->phase = CHANGE_EFFECT;
	}
	if (!change_op(world, cpu, proc, op))
		return false;
	cpu_steal(machine, cpu, world->costs->group_exit);
	return true;
}

/* ---- Sessions ---- */

void group_new_session(struct proc_world *world, struct process *process)
{
	struct task_group *old = process->autogroup;
	struct proc *thread;

	if (!has_autogroups(world))
		return;
	process->autogroup = new_session(world);
	list_for_each (thread, &process->threads, thread_link)
		if (thread->exit_state == PROC_ALIVE)
			move(world, thread);
	if (old)
		sched_autogroup_put(world->sched, old);
}

void group_set_session_nice(struct proc_world *world, const struct proc *proc, s32 nice)
{
	if (proc->process->autogroup)
		sched_autogroup_set_nice(world->sched, proc->process->autogroup, nice);
}
