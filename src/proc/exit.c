/* SPDX-License-Identifier: MIT */
/*
 * Exit, zombies, reaping. Kernel: kernel/exit.c; reference: process.md 4.
 *
 * A dead proc is kept until both have happened: its parent has reaped it (or nobody needs to), and
 * its task has left its cpu for the last time.
 */
#include "proc/exit.h"

#include "base/ensure.h"
#include "proc/children.h"
#include "proc/cow.h"
#include "proc/exec.h"
#include "proc/files.h"
#include "proc/fork.h"
#include "proc/group.h"
#include "proc/kthreads.h"
#include "proc/quota.h"
#include "proc/stack.h"
#include "proc/tty.h"

/* ---- The end of a proc ---- */

void proc_free(struct proc_world *world, struct proc *proc)
{
	struct process *process = proc->process;

	if (unlikely(proc->phase == OP_DEAD)) {
		proc->reaped_early = true;
		return;
	}
	ensure(!proc->task.on_cpu && proc->exit_state == PROC_DEAD);
	times_left_group(world, proc, proc->cgroup);
	if (!rcu_free_task(world, proc->task.id, proc->task.prio, proc == process->leader))
		record_put(world, proc, RECORD_FREE, 0, 0, (u64)(s64)proc->task.prio);
	/* The leader is always the last to go. */
	if (proc == process->leader) {
		group_release(world, process);
		times_drop(world, process);
		pool_put(&world->processes, process->index);
	}
	sched_task_free(world->sched, &proc->task);
	sig_task_drop(world, proc);
	locks_drop(world, proc);
	children_drop(world, proc);
	loops_drop(world, &proc->deep_loops);
	proc->process = NULL; /* so that proc_next() leaves it out */
	pool_put(&world->procs, proc->index);
	world->nr_procs--;
}

void proc_release(struct proc_world *world, struct proc *proc)
{
	struct process *process = proc->process;

	proc->exit_state = PROC_DEAD;
	if (unlikely(world->quotas))
		quota_end(world, proc);
	list_del(&proc->thread_link);
	process->nr_threads--;
	if (proc == process->leader) {
		if (proc->real_parent)
			children_remove(proc->real_parent, proc);
		pgrp_leave(world, process);
	} else {
		times_thread_gone(world, proc);
		children_look(process->leader);
	}
	if (pgrp_release_number(world, proc)) {
		pid_free(&world->pids, proc->pid);
		pid_numbers_put(world, proc->number);
		rcu_free_number(world, proc->pid);
	}
	ptrace_release(world, proc);
}

/* ---- Telling the parent ---- */

void proc_wake_parent(struct proc_world *world, struct proc *parent)
{
	if (parent)
		wait_wake(world, &parent->process->child_wait, 1, TASK_INTERRUPTIBLE, WF_SYNC, 0);
}

static u32 exit_signal(const struct proc *leader)
{
	return leader->exit_signal & EXIT_SIGNAL_OUTDATED ? SIGNAL_CHLD : leader->exit_signal;
}

/* si_code of a death with wait-status style @status. */
static s32 code_of_death(u32 status)
{
	if (!(status & 0x7f))
		return CODE_CHILD_EXITED;
	return status & 0x80 ? CODE_CHILD_DUMPED : CODE_CHILD_KILLED;
}

/*
 * do_notify_parent() of a process that is dead as a whole, or of a dead tracee; true: nobody will
 * reap it. A tracer always has to.
 */
static bool notify_parent(struct proc_world *world, struct proc *leader)
{
	struct proc *parent = ptrace_parent(leader);
	struct signal_action action = {.disposition = SIGNAL_IGNORED};
	bool ignores = false, autoreap;
	u32 signal = parent == leader->real_parent ? exit_signal(leader) : SIGNAL_CHLD;

	if (parent && !(parent->task.flags & TASK_FLAG_KTHREAD)) /* kthreadd ignores all */
		action = signal_action_of(parent->process, SIGNAL_CHLD);
	if (signal == SIGNAL_CHLD) /* it alone says whether anybody wants to know */
		ignores = action.disposition == SIGNAL_IGNORED;
	autoreap = ignores || (signal == SIGNAL_CHLD && action.flags & SIGACTION_NOCLDWAIT);
	if (unlikely(ptrace_of_tracee(leader)))
		ignores = autoreap = false;
	if (parent && signal && !ignores)
		signal_send_code(world, parent, signal, false, code_of_death(leader->exit_code));
	if (autoreap)
		leader->exit_state = PROC_DEAD;
	proc_wake_parent(world, parent);
	return autoreap;
}

/* A thread in exec waits for the end of all others. */
static void wake_exec(struct proc_world *world, struct proc *dying)
{
	struct process *process = dying->process;
	struct proc *thread;

	if (likely(!process->in_exec))
		return;
	if (dying->in_exec) {
		process->in_exec = dying->in_exec = false;
		return;
	}
	list_for_each (thread, &process->threads, thread_link)
		if (thread->in_exec && proc_is_alone(thread))
			sched_wake(world->sched, &thread->task, TASK_NORMAL, 0);
}

void proc_tracer_is_gone(struct proc_world *world, struct proc *proc)
{
	struct proc *leader = proc->process->leader;

	if (proc != leader) {
		proc_release(world, proc);
		wake_exec(world, proc);
		proc_free(world, proc);
	}
	if (!proc_is_whole_zombie(leader) || !notify_parent(world, leader))
		return;
	proc_release(world, leader);
	proc_free(world, leader);
}

static struct proc *living_thread(const struct process *process)
{
	struct proc *thread;

	list_for_each (thread, &process->threads, thread_link)
		if (!(thread->task.flags & TASK_FLAG_EXITING))
			return thread;
	return NULL;
}

/*
 * find_new_reaper(): a living thread of the same process, the nearest subreaper above in the same
 * pid namespace, else the namespace's init.
 */
static struct proc *find_reaper(struct proc_world *world, struct proc *dying)
{
	struct proc *reaper = living_thread(dying->process);

	for (struct proc *above = world->has_subreapers ? dying->real_parent : NULL;
	     !reaper && above && pidns_of(above) == pidns_of(dying); above = above->real_parent)
		if (above->process->is_subreaper)
			reaper = living_thread(above->process);
	return reaper ? reaper : pidns_reaper(world, dying);
}

static void reparent_children(struct proc_world *world, struct proc *dying)
{
	struct proc *reaper, *child, *next;

	child = children_next(dying, NULL);
	if (!child)
		return;
	reaper = find_reaper(world, dying);
	for (; child; child = next) {
		struct proc *thread;

		next = children_next(dying, child);
		/* Before any signal: one that ends a stop is something to tell the new parent. */
		children_move(world, dying, reaper, child);
		list_for_each (thread, &child->process->threads, thread_link) {
			thread->real_parent = reaper;
			if (unlikely(thread->signals && thread->signals->pdeath))
				signal_send_from(world, dying, thread, thread->signals->pdeath,
						 false);
		}
		if (reaper->process != dying->process)
			child->exit_signal = SIGNAL_CHLD;
		if (reaper->process != dying->process)
			pgrp_check_orphaned(world, child->process, dying, NULL);
		if (reaper->process != dying->process && proc_is_whole_zombie(child) &&
		    notify_parent(world, child)) {
			proc_release(world, child);
			proc_free(world, child);
		}
	}
}

/* ---- Exit ---- */

/* synchronize_group_exit() and what follows: counters, flags, the code of the whole process. */
static bool begin_exit(struct proc *proc, u32 code)
{
	struct process *process = proc->process;

	proc->task.flags |= TASK_FLAG_EXITING;
	proc->task.flags &= (u16) ~(TASK_FLAG_NOTIFY | TASK_FLAG_FATAL | TASK_FLAG_IN_KERNEL);
	proc->exit_code = (u16)code;
	process->nr_live--;
	if (process->nr_live == 0 && !process->group_exit) {
		process->group_exit = true;
		process->group_exit_code = (u16)code;
	}
	return process->nr_live == 0;
}

void proc_vfork_done(struct proc_world *world, struct proc *child)
{
	struct proc *parent = proc_by_ref(world, child->vfork_parent);

	if (likely(!parent))
		return;
	child->vfork_parent = parent->vfork_child = 0;
	sched_wake(world->sched, &parent->task, TASK_NORMAL, 0);
}

/* By the name of a leader its process is meant, for as long as a thread of it lives. */
static void leave_spec(struct proc *proc)
{
	struct process *process = proc->process;

	if (proc != process->leader || !process->nr_live)
		list_del(&proc->spec_link);
	if (proc != process->leader && !process->nr_live &&
	    list_linked(&process->leader->spec_link))
		list_del(&process->leader->spec_link);
}

/*
 * exit_mm(): who waits for a mutex that it holds hears of that before who waits for its memory, or
 * for a kernel thread's end.
 */
static void leave_memory(struct proc_world *world, struct proc *proc)
{
	sync_proc_exit(world, proc);
	proc_vfork_done(world, proc);
	if (unlikely(world->kthreads))
		kthreads_proc_exit(world, proc);
	if (proc->vfork_child)
		proc_by_ref(world, proc->vfork_child)->vfork_parent = 0;
	cow_exit(world, proc);
	if (proc->process->nr_live == 0 && unlikely(proc->process->memory))
		mm_put(world, proc->process);
}

/* exit_sem(), exit_files(), exit_fs(), and of a session's leader its terminal. */
static void leave_files(struct proc_world *world, struct proc *proc)
{
	sync_files_exit(world, proc);
	pipe_ends_drop(world, proc);
	fs_drop(world, proc);
	if (proc->process->nr_live == 0 && unlikely(world->ttys))
		tty_process_exit(world, proc->process);
}

static void leave_world(struct proc_world *world, struct proc *proc)
{
	machine_timer_cancel(world->machine, &proc->timer);
	if (proc->spec != SPEC_NONE) {
		leave_spec(proc);
		world->nr_workload_alive--;
	}
	if (!(proc->task.flags & TASK_FLAG_KTHREAD))
		world->nr_alive--;
}

/*
 * exit_notify() for @proc itself. True: it is released at once. *leader: a leader that died earlier
 * and goes with it.
 */
static bool become_zombie(struct proc_world *world, struct proc *proc, struct proc **leader)
{
	struct process *process = proc->process;

	*leader = NULL;
	proc->exit_state = PROC_ZOMBIE;
	if (proc == process->leader)
		children_look(proc);
	if (unlikely(ptrace_of_tracee(proc))) {
		ptrace_died(proc);
		return notify_parent(world, proc);
	}
	if (proc == process->leader)
		return process->nr_threads == 1 && notify_parent(world, proc);
	proc_release(world, proc);
	if (proc_is_whole_zombie(process->leader) && notify_parent(world, process->leader))
		*leader = process->leader;
	return true;
}

/* Whom it has woken may reap it meanwhile; its memory stays until it has left its cpu. */
static void pay_for_last_switch(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	proc->phase = OP_DEAD;
	proc->task.flags |= TASK_FLAG_IN_KERNEL;
	proc->task.work_left = world->costs->schedule + world->costs->exit_last;
	sched_continue(world->sched, cpu);
}

/*
 * finish_task_switch() frees what the dead task stood on: its stack at once, its address space when
 * another one is loaded.
 */
static void leave_for_last_time(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				bool gone)
{
	sched_rq(world->sched, cpu->id)->drops_mm = !proc->process->nr_live;
	sched_exit_task(world->sched, cpu, gone ? TASK_EXIT_DEAD : TASK_EXIT_ZOMBIE);
	stack_give(world, cpu);
}

void proc_leave_cpu(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	bool gone = proc->reaped_early;

	leave_for_last_time(world, cpu, proc, gone);
	proc->phase = OP_START;
	if (gone)
		proc_free(world, proc);
}

/* For the first one it differs. */
static u64 exit_cost(struct proc_world *world, const struct proc *proc)
{
	u64 ns = world->costs->exit + (world->somebody_died ? 0 : world->costs->exit_first) +
		 cow_batch_ns(world) + mm_exit_cost(world, proc->process);

	world->somebody_died = true;
	return ns;
}

/* So the event calls its process; threads that have left it are no longer in the list. */
static bool others_are_traced(const struct proc *proc)
{
	const struct proc *thread;

	list_for_each (thread, &proc->process->threads, thread_link)
		if (thread != proc && !thread->exit_traced)
			return false;
	return true;
}

static void trace_exit(struct proc_world *world, struct proc *proc, u32 code)
{
	if (proc->exit_traced)
		return;
	proc->exit_traced = true;
	record_put(world, proc, RECORD_EXIT, 0, others_are_traced(proc),
		   (u64)code << 32 | (u32)(s32)proc->task.prio);
}

bool proc_exit_takes_time(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 code,
			  u8 phase)
{
	bool traced_first = sched_feature(world->sched, FEATURE_EXIT_TRACED_FIRST);
	u64 files = traced_first ? 0 : min_of(world->costs->exit_files, world->costs->exit);

	/* Here do_exit() frees what the task had, full of preemption points. */
	proc->task.points = true;
	if (!proc->exit_begun) {
		proc->phase = phase;
		proc->in_call = IN_CALL;
		if (unlikely(proc->signals) && ptrace_stops_at_exit(world, cpu, proc))
			return true;
		proc->exit_begun = true;
		if (traced_first)
			trace_exit(world, proc, code);
		if (proc_pay(world, cpu, proc, exit_cost(world, proc) - files, phase))
			return true;
	}
	if (proc->exit_traced)
		return false;
	trace_exit(world, proc, code);
	return proc_pay(world, cpu, proc, files, phase);
}

void proc_exit(struct proc_world *world, struct cpu *cpu, u32 code)
{
	struct proc *proc = proc_curr(world, cpu);
	bool group_dead;

	ensure(proc != world->init);
	proc->task.points = false; /* it goes on with locks held */
	group_dead = begin_exit(proc, code);
	trace_exit(world, proc, code); /* of a kernel thread that was never asked to do anything */
	signal_exit(world, proc);
	signal_leave_stop(world, proc);
	leave_memory(world, proc);
	leave_files(world, proc);
	if (group_dead)
		signal_process_exit(world, proc->process);
	leave_world(world, proc);
	proc->task.flags |= TASK_FLAG_IN_KERNEL;
	group_exit(world, proc);
	/*
	 * That has asked for a reschedule. Where the kernel can be preempted it comes before
	 * anybody hears of the death.
	 */
	proc->phase = OP_UNGROUPED;
	proc->in_call = NOT_IN_CALL;
	proc->task.work_left = 0; /* of what a signal has cut short */
	if (!sched_preempt_enable(world->sched, cpu))
		proc_exit_ungrouped(world, cpu, proc);
}

void proc_exit_ungrouped(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	proc->in_call = IN_CALL;
	ptrace_exit(world, proc);
	pidns_forget(world, proc);
	if (unlikely(pidns_exit(world, proc)) && !pidns_zap_step(world, cpu, proc))
		return;
	proc_exit_rest(world, cpu, proc);
}

void proc_exit_rest(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	bool group_dead = proc->process->nr_live == 0, gone;
	struct proc *leader;

	/* What is due now comes with the last switch, not before it. */
	proc->task.flags |= TASK_FLAG_IN_KERNEL;
	reparent_children(world, proc);
	if (group_dead)
		pgrp_check_orphaned(world, proc->process, proc->process->leader->real_parent,
				    proc->process);
	gone = become_zombie(world, proc, &leader);
	wake_exec(world, proc);
	if (gone && proc == proc->process->leader)
		proc_release(world, proc);
	if (world->costs->schedule + world->costs->exit_last && proc == proc->process->leader &&
	    !leader) {
		proc->reaped_early = gone;
		pay_for_last_switch(world, cpu, proc);
		return;
	}
	leave_for_last_time(world, cpu, proc, gone);
	if (leader) {
		proc_release(world, leader);
		proc_free(world, proc);
		proc_free(world, leader);
	} else if (gone) {
		proc_free(world, proc);
	}
}
