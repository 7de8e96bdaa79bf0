/* SPDX-License-Identifier: MIT */
/* Tracers and tracees. */
#include "proc/children.h"
#include "proc/exit.h"
#include "proc/ptrace.h"

#include "base/ensure.h"
#include "model/clone.h"
#include "proc/proc.h"

/* ---- Who traces whom ---- */

static struct ptrace *get(const struct proc *proc)
{
	return proc->signals ? proc->signals->ptrace : NULL;
}

static struct ptrace *make(struct proc_world *world, struct proc *proc)
{
	struct sig_task *signals = sig_task_make(world, proc);
	u32 index;

	if (signals->ptrace)
		return signals->ptrace;
	signals->ptrace = pool_get(&world->ptraces, &index);
	signals->ptrace->index = index;
	signals->ptrace->proc = proc;
	list_init(&signals->ptrace->tracees);
	list_init(&signals->ptrace->stopped);
	list_init(&signals->ptrace->tellers);
	return signals->ptrace;
}

/* ---- A tracer's lists ---- */

static void leave(struct list *link)
{
	if (list_linked(link))
		list_del(link);
}

/* Most are the last. */
static void enter_stopped(struct ptrace *ptrace)
{
	struct list *at = get(ptrace->tracer)->stopped.prev, *head = &get(ptrace->tracer)->stopped;

	if (list_linked(&ptrace->stop_link))
		return;
	while (at != head && list_entry(at, struct ptrace, stop_link)->turn > ptrace->turn)
		at = at->prev;
	list_insert_between(&ptrace->stop_link, at, at->next);
}

static void enter_tellers(struct ptrace *ptrace)
{
	struct list *at = get(ptrace->tracer)->tellers.prev, *head = &get(ptrace->tracer)->tellers;

	if (list_linked(&ptrace->tell_link))
		return;
	while (at != head && list_entry(at, struct ptrace, tell_link)->turn > ptrace->turn)
		at = at->prev;
	list_insert_between(&ptrace->tell_link, at, at->next);
}

/* What it had to tell is known. */
static void be_told(struct ptrace *ptrace)
{
	ptrace->untold = false;
	leave(&ptrace->tell_link);
}

/* ---- Beginning and end ---- */

struct ptrace *ptrace_of_tracee(const struct proc *proc)
{
	struct ptrace *ptrace = get(proc);

	return ptrace && ptrace->tracer ? ptrace : NULL;
}

struct proc *ptrace_parent(const struct proc *proc)
{
	const struct ptrace *ptrace = ptrace_of_tracee(proc);

	return ptrace ? ptrace->tracer : proc->real_parent;
}

bool ptrace_is_reparented(const struct proc *proc)
{
	const struct ptrace *ptrace = ptrace_of_tracee(proc);

	return ptrace &&
	       (!proc->real_parent || ptrace->tracer->process != proc->real_parent->process);
}

bool ptrace_by(struct proc_world *world, struct proc *tracer, struct proc *target)
{
	struct ptrace *of_tracer, *ptrace;

	if (!tracer || tracer->process == target->process ||
	    (tracer->task.flags | target->task.flags) & TASK_FLAG_KTHREAD ||
	    target->task.flags & TASK_FLAG_EXITING || ptrace_of_tracee(target))
		return false;
	of_tracer = make(world, tracer);
	ptrace = make(world, target);
	ptrace->tracer = tracer;
	tracer->process->others_have_children |= tracer != tracer->process->leader;
	ptrace->turn = of_tracer->next_turn++;
	list_add_tail(&of_tracer->tracees, &ptrace->link);
	return true;
}

static void unlink_tracee(struct ptrace *ptrace)
{
	list_del(&ptrace->link);
	leave(&ptrace->stop_link);
	be_told(ptrace);
	ptrace->tracer = NULL;
	ptrace->trap = ptrace->seized = ptrace->listening = ptrace->by_calls = false;
	ptrace->events = ptrace->due = 0;
}

/* One that is stopped already changes to t. */
static void trap_stopped(struct proc_world *world, struct proc *target)
{
	if (target->task.state != TASK_STOPPED)
		return;
	get(target)->trap = true;
	target->task.flags |= TASK_FLAG_NOTIFY;
	sched_wake(world->sched, &target->task, TASK_STOPPED, 0);
}

bool ptrace_attach(struct proc_world *world, struct proc *tracer, struct proc *target)
{
	if (!ptrace_by(world, tracer, target))
		return false;
	signal_send_code(world, target, SIGNAL_STOP, true, CODE_KERNEL);
	trap_stopped(world, target);
	return true;
}

bool ptrace_seize(struct proc_world *world, struct proc *tracer, struct proc *target, u32 events)
{
	if (!ptrace_by(world, tracer, target))
		return false;
	get(target)->seized = true;
	get(target)->events = (u8)events;
	trap_stopped(world, target);
	return true;
}

/* As which event the tracer of who clones by @word may hear of it. */
static u32 event_of(u64 word)
{
	if (word & CLONE_FLAG_UNTRACED)
		return 0;
	if (word & CLONE_FLAG_VFORK)
		return TRACE_ON_VFORK;
	return (word & CLONE_SIGNAL) == SIGNAL_CHLD ? TRACE_ON_FORK : TRACE_ON_CLONE;
}

void ptrace_fork(struct proc_world *world, const struct proc *parent, struct proc *child, u64 word)
{
	struct ptrace *ptrace = ptrace_of_tracee(parent);
	u32 event = ptrace ? ptrace->events & event_of(word) : 0;

	if (!ptrace || !(event || word & CLONE_FLAG_PTRACE) ||
	    !ptrace_by(world, ptrace->tracer, child))
		return;
	ptrace->due = (u8)event;
	get(child)->events = ptrace->events;
	get(child)->seized = ptrace->seized;
	if (ptrace->seized)
		get(child)->trap = true;
	else
		child->signals->pending.set |= SIGSET(SIGNAL_STOP);
	child->task.flags |= TASK_FLAG_NOTIFY;
}

/* ---- Stops ---- */

/* do_notify_parent_cldstop() for the tracer. */
static void tell_tracer(struct proc_world *world, const struct proc *tracee, s32 code)
{
	struct proc *tracer = ptrace_of_tracee(tracee)->tracer;
	struct signal_action action = signal_action_of(tracer->process, SIGNAL_CHLD);

	if (action.disposition != SIGNAL_IGNORED && !(action.flags & SIGACTION_NOCLDSTOP))
		signal_send_code(world, tracer, SIGNAL_CHLD, false, code);
	proc_wake_parent(world, tracer);
}

void ptrace_tell_stop(struct proc_world *world, struct proc *proc, u32 signal, bool in_group_stop)
{
	struct ptrace *ptrace = ptrace_of_tracee(proc);

	ptrace->signal = signal;
	ptrace->inject = 0;
	ptrace->untold = true;
	enter_stopped(ptrace);
	enter_tellers(ptrace);
	ptrace->in_group_stop = in_group_stop;
	tell_tracer(world, proc, in_group_stop ? CODE_CHILD_STOPPED : CODE_CHILD_TRAPPED);
}

void ptrace_stop(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	const struct ptrace *ptrace = get(proc);

	ptrace_tell_stop(world, proc, ptrace->signal,
			 ptrace->seized && ptrace->no_signal && proc->process->stopped);
	signal_break_off_call(world, proc);
	signal_recalc(proc);
	sched_block(world->sched, cpu, TASK_TRACED);
}

u32 ptrace_take_injected(struct proc *proc)
{
	struct ptrace *ptrace = get(proc);
	u32 signal = ptrace ? ptrace->inject : 0;

	if (ptrace)
		ptrace->inject = 0;
	return signal;
}

bool ptrace_take_trap(struct proc *proc)
{
	struct ptrace *ptrace = get(proc);

	if (!ptrace || !ptrace->trap)
		return false;
	ptrace->trap = false;
	ptrace->no_signal = true;
	ptrace->signal = ptrace->seized && !proc->process->stopped ? SIGNAL_TRAP : SIGNAL_STOP;
	return true;
}

bool ptrace_in_group_stop(const struct proc *proc)
{
	const struct ptrace *ptrace = get(proc);

	return ptrace && ptrace->in_group_stop;
}

/*
 * ptrace_report_syscall(): what it goes on with is sent to it; at events there is nothing to go on
 * with.
 */
static void resume_elsewhere(struct proc_world *world, struct proc *tracee, u32 signal)
{
	u8 where = get(tracee)->where;

	if (signal && signal != OP_SIGNAL_SAME &&
	    (where == PTRACE_AT_ENTRY || where == PTRACE_AT_RETURN))
		signal_send_code(world, tracee, signal, true, CODE_KERNEL);
	signal_recalc(tracee);
}

/* It goes on with @signal, if it is stopped. */
static void resume(struct proc_world *world, struct proc *tracee, u32 signal)
{
	struct ptrace *ptrace = get(tracee);

	/* The stop of a group has no signal to go on with. */
	ptrace->inject = ptrace->in_group_stop || ptrace->no_signal || ptrace->where ? 0
			 : signal == OP_SIGNAL_SAME ? ptrace->signal
						    : signal;
	be_told(ptrace);
	leave(&ptrace->stop_link);
	ptrace->in_group_stop = ptrace->listening = ptrace->no_signal = false;
	if (ptrace->where)
		resume_elsewhere(world, tracee, signal);
	else
		tracee->task.flags |= TASK_FLAG_NOTIFY;
	sched_wake(world->sched, &tracee->task, TASK_TRACED, 0);
}

/* ptrace_check_attach(). NULL: it is not stopped for @tracer. */
static struct ptrace *stopped_for(const struct proc *tracer, const struct proc *target)
{
	struct ptrace *ptrace = ptrace_of_tracee(target);

	return ptrace && ptrace->tracer == tracer && target->task.state == TASK_TRACED &&
			       !ptrace->listening
		       ? ptrace
		       : NULL;
}

bool ptrace_cont(struct proc_world *world, struct proc *tracer, struct proc *target, u32 signal,
		 bool by_calls)
{
	struct ptrace *ptrace = stopped_for(tracer, target);

	if (!ptrace)
		return false;
	ptrace->by_calls = by_calls;
	resume(world, target, signal);
	return true;
}

bool ptrace_cont_all(struct proc_world *world, struct proc *tracer, u32 signal, bool by_calls)
{
	struct ptrace *ptrace = get(tracer), *tracee, *next;

	if (!ptrace || list_empty(&ptrace->tracees))
		return false;
	list_for_each_safe (tracee, next, &ptrace->stopped, stop_link)
		(void)ptrace_cont(world, tracer, tracee->proc, signal, by_calls);
	return true;
}

bool ptrace_set_events(struct proc *tracer, struct proc *target, u32 events)
{
	struct ptrace *ptrace = stopped_for(tracer, target);

	if (ptrace)
		ptrace->events = (u8)events;
	return ptrace;
}

/*
 * JOBCTL_TRAP_STOP, JOBCTL_TRAP_NOTIFY: it stops on its way to user mode; one that listens at once,
 * anew.
 */
static void trap(struct proc_world *world, struct proc *target)
{
	struct ptrace *ptrace = get(target);
	bool listens = ptrace->listening;

	ptrace->trap = true;
	ptrace->listening = false;
	if (target->task.state == TASK_TRACED && !listens)
		return;
	ptrace->in_group_stop = false;
	signal_wake_up(world, target, TASK_INTERRUPTIBLE | (listens ? TASK_TRACED : 0));
}

bool ptrace_interrupt(struct proc_world *world, struct proc *tracer, struct proc *target)
{
	const struct ptrace *ptrace = ptrace_of_tracee(target);

	if (!ptrace || ptrace->tracer != tracer || !ptrace->seized ||
	    target->task.flags & TASK_FLAG_EXITING)
		return false;
	trap(world, target);
	return true;
}

bool ptrace_listen(struct proc_world *world, struct proc *tracer, struct proc *target)
{
	struct ptrace *ptrace = stopped_for(tracer, target);

	/* Only in a stop without a signal, be it its process's or by an interrupt. */
	if (!ptrace || !ptrace->seized || ptrace->where ||
	    !(ptrace->in_group_stop || ptrace->no_signal))
		return false;
	ptrace->listening = true;
	be_told(ptrace);
	if (ptrace->trap)
		trap(world, target);
	return true;
}

void ptrace_stop_is_over(struct proc_world *world, struct proc *proc)
{
	const struct ptrace *ptrace = ptrace_of_tracee(proc);

	if (ptrace && ptrace->seized && !(proc->task.flags & TASK_FLAG_EXITING))
		trap(world, proc);
}

/* __ptrace_unlink(): where its process is stopped, a task without a tracer stops, too. */
static void rejoin_stop(struct proc_world *world, struct proc *tracee)
{
	const struct process *process = tracee->process;

	if (tracee->task.flags & TASK_FLAG_EXITING || process->group_exit ||
	    !(process->stopped || process->stop_pending))
		return;
	tracee->signals->stop_wanted = true;
	signal_wake_up(world, tracee, TASK_TRACED | TASK_INTERRUPTIBLE);
}

bool ptrace_detach(struct proc_world *world, struct proc *tracer, struct proc *target, u32 signal)
{
	if (!ptrace_cont(world, tracer, target, signal, false))
		return false;
	unlink_tracee(get(target));
	rejoin_stop(world, target);
	return true;
}

void ptrace_exec(struct proc_world *world, struct proc *proc)
{
	struct ptrace *ptrace = ptrace_of_tracee(proc);

	if (likely(!ptrace))
		return;
	if (ptrace->events & TRACE_ON_EXEC)
		ptrace->due = TRACE_ON_EXEC;
	else if (!ptrace->seized)
		signal_send_code(world, proc, SIGNAL_TRAP, true, CODE_USER);
}

/* ---- Ends ---- */

/* What its wait has not told yet, the tracee goes on with. */
static void let_go(struct proc_world *world, struct ptrace *ptrace)
{
	struct proc *tracee = ptrace->proc;
	u32 signal = ptrace->untold ? ptrace->signal : 0;
	bool hidden = ptrace_is_reparented(tracee) || tracee != tracee->process->leader;

	if (tracee->task.state == TASK_TRACED && tracee->exit_state == PROC_ALIVE)
		resume(world, tracee, signal);
	unlink_tracee(ptrace);
	rejoin_stop(world, tracee);
	if (tracee->exit_state == PROC_ZOMBIE && hidden)
		proc_tracer_is_gone(world, tracee);
}

void ptrace_exit(struct proc_world *world, struct proc *dying)
{
	struct ptrace *ptrace = get(dying), *tracee, *next;

	if (likely(!ptrace))
		return;
	list_for_each_safe (tracee, next, &ptrace->tracees, link)
		let_go(world, tracee);
}

void ptrace_died(struct proc *tracee)
{
	leave(&get(tracee)->stop_link);
	enter_tellers(get(tracee));
}

void ptrace_release(struct proc_world *world, struct proc *proc)
{
	struct ptrace *ptrace = get(proc);

	if (likely(!ptrace))
		return;
	if (ptrace->tracer)
		unlink_tracee(ptrace);
	ensure(list_empty(&ptrace->tracees));
	proc->signals->ptrace = NULL;
	pool_put(&world->ptraces, ptrace->index);
}

/* ---- Waiting for tracees ---- */

bool ptrace_tells(const struct proc *tracee)
{
	const struct ptrace *ptrace = ptrace_of_tracee(tracee);

	return ptrace && ptrace->untold && tracee->task.state == TASK_TRACED;
}

void ptrace_told(struct proc *tracee)
{
	if (tracee->exit_state == PROC_ALIVE)
		be_told(get(tracee));
	else
		unlink_tracee(get(tracee));
}

/* A dead leader with threads left is not told of. */
static bool is_dead(const struct proc *tracee)
{
	return tracee->exit_state == PROC_ZOMBIE &&
	       (tracee != tracee->process->leader || tracee->process->nr_threads == 1);
}

static bool is_meant(const struct proc *tracee, const struct wait_filter *filter)
{
	return (filter->spec == SPEC_NONE || tracee->spec == filter->spec) &&
	       wait_filter_has_group(filter, tracee->process->pgrp);
}

struct proc *ptrace_find_tracee(struct proc *tracer, const struct wait_filter *filter,
				bool *has_any)
{
	struct ptrace *ptrace = get(tracer), *tracee;

	if (likely(!ptrace))
		return NULL;
	list_for_each (tracee, &ptrace->tellers, tell_link)
		if (is_meant(tracee->proc, filter) &&
		    (is_dead(tracee->proc) || ptrace_tells(tracee->proc))) {
			*has_any = true;
			return tracee->proc;
		}
	list_for_each (tracee, &ptrace->tracees, link)
		if (is_meant(tracee->proc, filter)) {
			*has_any = true;
			return NULL;
		}
	return NULL;
}
