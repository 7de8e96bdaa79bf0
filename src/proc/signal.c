/* SPDX-License-Identifier: MIT */
/*
 * Signals: KILL, STOP, CONT. Kernel: kernel/signal.c; reference: process.md 6.3-6.8.
 *
 * A signal has two moments: generation, when tasks are woken and stops and continues cancel each
 * other, and delivery, when the task returns to user mode. TASK_FLAG_NOTIFY says that there may be
 * something to deliver. Masks, handlers and the other numbers come with a later layer.
 */
#include "base/ensure.h"
#include "proc/proc.h"

enum { PENDING_KILL = 1u << SIG_KILL, PENDING_STOP = 1u << SIG_STOP };

/* signal_wake_up(): it shall look at its signals soon, wherever it is. */
static void notify(struct proc_world *world, struct proc *proc, u16 mask)
{
	struct task *task = &proc->task;

	task->flags |= TASK_FLAG_NOTIFY;
	if (sched_wake(world->sched, task, mask, 0))
		return;
	if (task->on_cpu && task->cpu != sched_this_cpu(world->sched))
		sched_kick(world->sched, task);
}

static void notify_fatal(struct proc_world *world, struct proc *proc)
{
	proc->pending |= PENDING_KILL;
	proc->pending &= ~(u32)PENDING_STOP;
	notify(world, proc, TASK_INTERRUPTIBLE | TASK_WAKEKILL | TASK_STOPPED | TASK_TRACED);
}

void proc_kill_threads(struct proc_world *world, struct process *process, struct proc *except)
{
	struct proc *thread;

	process->stop_pending = false;
	list_for_each (thread, &process->threads, thread_link)
		if (thread != except && !(thread->task.flags & TASK_FLAG_EXITING))
			notify_fatal(world, thread);
}

/* The thread that takes a signal to the process: the addressed one, else the first that lives. */
static struct proc *choose_thread(struct proc *target)
{
	struct proc *thread;

	if (!(target->task.flags & TASK_FLAG_EXITING))
		return target;
	list_for_each (thread, &target->process->threads, thread_link)
		if (!(thread->task.flags & TASK_FLAG_EXITING))
			return thread;
	return NULL;
}

static void generate_kill(struct proc_world *world, struct process *process)
{
	process->group_exit = true;
	process->group_exit_code = SIG_KILL;
	proc_kill_threads(world, process, NULL);
}

static void generate_stop(struct proc_world *world, struct proc *target)
{
	struct proc *thread = choose_thread(target);

	/* Stopped threads do not take it before they are continued, and that discards it. */
	if (!thread || target->process->stopped)
		return;
	thread->pending |= PENDING_STOP;
	notify(world, thread, TASK_INTERRUPTIBLE);
}

/* The process goes on now; its parent learns of it from the first thread that runs. */
static void generate_cont(struct proc_world *world, struct process *process)
{
	struct proc *thread;
	bool was_stopped = process->stopped || process->stop_pending;

	process->stopped = process->stop_pending = false;
	list_for_each (thread, &process->threads, thread_link) {
		thread->pending &= ~(u32)PENDING_STOP;
		if (was_stopped)
			thread->task.flags |= TASK_FLAG_NOTIFY;
		sched_wake(world->sched, &thread->task, TASK_STOPPED, 0);
	}
	process->continued |= was_stopped;
}

void proc_signal(struct proc_world *world, struct proc *target, u32 sig)
{
	struct process *process = target->process;

	/* init is immune, kernel threads ignore all, the dead do not care. */
	if (!process || process->is_init || target->task.flags & TASK_FLAG_KTHREAD ||
	    process->group_exit || process->nr_live == 0)
		return;
	switch (sig) {
	case SIG_KILL:
		generate_kill(world, process);
		break;
	case SIG_STOP:
		generate_stop(world, target);
		break;
	case SIG_CONT:
		generate_cont(world, process);
		break;
	default:
		ensure(!"a signal that this layer knows");
	}
}

/* ---- Delivery ---- */

/* CLD_STOPPED, CLD_CONTINUED: a parent in wait wakes for them, and sleeps again. */
static void tell_parent(struct proc_world *world, const struct process *process)
{
	struct proc *leader = process->leader;

	if (leader->real_parent && !leader->real_parent->process->is_init)
		proc_wake_parent(world, leader);
}

/* The first thread that takes a stop makes all others stop on their way to user mode. */
static void begin_group_stop(struct proc_world *world, struct proc *proc)
{
	struct process *process = proc->process;
	struct proc *thread;

	process->stop_pending = true;
	list_for_each (thread, &process->threads, thread_link) {
		if (thread == proc || thread->task.flags & TASK_FLAG_EXITING)
			continue;
		thread->pending |= PENDING_STOP;
		notify(world, thread, TASK_INTERRUPTIBLE);
	}
}

static bool others_still_run(const struct proc *proc)
{
	const struct proc *thread;

	list_for_each (thread, &proc->process->threads, thread_link)
		if (thread != proc && !(thread->task.flags & TASK_FLAG_EXITING) &&
		    thread->task.state != TASK_STOPPED)
			return true;
	return false;
}

static void complete_group_stop(struct proc_world *world, struct process *process)
{
	process->stop_pending = false;
	process->stopped = true;
	tell_parent(world, process);
}

void proc_leave_stop(struct proc_world *world, struct proc *dying)
{
	struct process *process = dying->process;

	if (process->stop_pending && process->nr_live && !others_still_run(dying))
		complete_group_stop(world, process);
}

/*
 * do_signal_stop(). A sleeping call that the signal interrupted begins anew when the task goes on;
 * its timer and its place in a kernel queue are given up.
 */
static void stop(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct process *process = proc->process;

	proc->pending &= ~(u32)PENDING_STOP;
	machine_timer_cancel(world->machine, &proc->timer);
	sync_interrupt(world, proc);
	if (!process->stop_pending)
		begin_group_stop(world, proc);
	if (!others_still_run(proc))
		complete_group_stop(world, process);
	sched_block(world->sched, cpu, TASK_STOPPED);
}

/* do_group_exit(): first the time it takes. */
static bool die_of_signal(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct process *process = proc->process;

	if (!proc_pay(world, cpu, proc, world->costs->exit, OP_DYING))
		proc_exit(world, cpu, process->group_exit ? process->group_exit_code : 0,
			  process->group_exit);
	return true;
}

bool proc_deliver(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct process *process = proc->process;

	proc->task.flags &= (u16)~TASK_FLAG_NOTIFY;
	if (process->continued) {
		process->continued = false;
		tell_parent(world, process);
	}
	if (proc->pending & PENDING_KILL)
		return die_of_signal(world, cpu, proc);
	if (proc->pending & PENDING_STOP) {
		stop(world, cpu, proc);
		return true;
	}
	return false;
}
