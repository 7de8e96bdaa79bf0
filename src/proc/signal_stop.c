/* SPDX-License-Identifier: MIT */
/*
 * Group stops: the first thread that takes a stop makes all others stop on their way to user mode;
 * the last to do so tells the parent. Kernel: kernel/signal.c, do_signal_stop(); reference:
 * process.md 6.7.
 */
#include "proc/children.h"
#include "proc/exit.h"
#include "proc/proc.h"

void signal_tell_parent(struct proc_world *world, const struct process *process, s32 code)
{
	struct proc *leader = process->leader, *parent = leader->real_parent;
	struct signal_action action;

	if (!parent || parent->process->is_init)
		return;
	action = signal_action_of(parent->process, SIGNAL_CHLD);
	if (action.disposition != SIGNAL_IGNORED && !(action.flags & SIGACTION_NOCLDSTOP))
		signal_send_code(world, parent, SIGNAL_CHLD, false, code);
	proc_wake_parent(world, parent);
}

static bool has_stopped(const struct proc *thread)
{
	return thread->task.state == TASK_STOPPED || ptrace_in_group_stop(thread);
}

static void begin_group_stop(struct proc_world *world, struct proc *proc)
{
	struct process *process = proc->process;
	struct proc *thread;

	process->stop_pending = true;
	list_for_each (thread, &process->threads, thread_link) {
		if (thread == proc || thread->task.flags & TASK_FLAG_EXITING || has_stopped(thread))
			continue;
		sig_task_make(world, thread)->stop_wanted = true;
		signal_wake_up(world, thread, TASK_INTERRUPTIBLE);
	}
}

static const struct proc *neighbour(const struct proc *thread, bool ahead)
{
	const struct list *link = &thread->thread_link, *threads = &thread->process->threads;

	do
		link = ahead ? link->next : link->prev;
	while (link == threads);
	return list_entry(link, struct proc, thread_link);
}

static bool still_runs(const struct proc *thread)
{
	return !(thread->task.flags & TASK_FLAG_EXITING) && !has_stopped(thread);
}

/* Threads stop in the order of their list, or against it: whoever has not is near. */
static bool others_still_run(const struct proc *proc)
{
	const struct proc *ahead = proc, *behind = proc;

	do {
		ahead = neighbour(ahead, true);
		behind = neighbour(behind, false);
		if ((ahead != proc && still_runs(ahead)) || (behind != proc && still_runs(behind)))
			return true;
	} while (ahead != proc);
	return false;
}

/*
 * A tracer that is its parent knows already. So does everybody if a tracee that its tracer had let
 * go on alone has taken another stop signal.
 */
static void complete_group_stop(struct proc_world *world, struct process *process, bool tell_parent)
{
	process->stop_pending = false;
	if (process->stopped)
		return;
	process->stopped = process->stop_untold = true;
	process->continue_untold = false;
	children_look(process->leader);
	if (tell_parent)
		signal_tell_parent(world, process, CODE_CHILD_STOPPED);
}

void signal_leave_stop(struct proc_world *world, struct proc *dying)
{
	struct process *process = dying->process;

	if (process->stop_pending && process->nr_live && !others_still_run(dying))
		complete_group_stop(world, process, true);
}

/* Its timer and its place in a kernel queue are given up. */
void signal_break_off_call(struct proc_world *world, struct proc *proc)
{
	if (proc->in_call == IN_CALL_SLEPT)
		proc->in_call = IN_CALL_BROKEN_OFF;
	machine_timer_cancel(world->machine, &proc->timer);
	sync_interrupt(world, proc);
}

/* Its tracer is gone, the stop is not: the parent was told of it. */
static bool rejoins_stop(const struct proc *proc)
{
	return proc->process->stopped && !proc->process->stop_pending &&
	       sig_task_of(proc)->stop_wanted;
}

void signal_stop(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct process *process = proc->process;
	bool rejoins = rejoins_stop(proc);
	u16 state = TASK_STOPPED;

	if (proc->signals)
		proc->signals->stop_wanted = false;
	signal_break_off_call(world, proc);
	if (!process->stop_pending && !rejoins)
		begin_group_stop(world, proc);
	if (unlikely(ptrace_of_tracee(proc))) {
		ptrace_tell_stop(world, proc, SIGNAL_STOP, true);
		state = TASK_TRACED;
	}
	if (!rejoins && !others_still_run(proc))
		complete_group_stop(world, process,
				    state == TASK_STOPPED || ptrace_is_reparented(proc));
	signal_recalc(proc);
	sched_block(world->sched, cpu, state);
}

bool signal_pays_for_stop(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct sig_task *own;

	if (likely(!world->costs->stop))
		return false;
	own = sig_task_make(world, proc);
	own->stop_wanted = true;
	own->phase = proc->phase;
	own->in_call = proc->in_call;
	own->work_left = proc->task.work_left;
	return proc_pay(world, cpu, proc, world->costs->stop, OP_STOPPING);
}

void signal_stop_paid(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct sig_task *own = proc->signals;

	proc->phase = own->phase;
	proc->in_call = own->in_call;
	proc->task.work_left = own->work_left;
	if (own->stop_wanted) {
		signal_stop(world, cpu, proc);
		return;
	}
	/* SIGCONT or SIGKILL have taken the stop back meanwhile. */
	signal_break_off_call(world, proc);
	sched_continue(world->sched, cpu);
}
