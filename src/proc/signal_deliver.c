/* SPDX-License-Identifier: MIT */
/*
 * Delivery: on its way to user mode a task takes its signals, lowest number first.
 * Kernel: kernel/signal.c, get_signal(); reference: process.md 6.6.
 */
#include "proc/calls.h"
#include "proc/exit.h"

/* Private ones first. 0: there is none. */
static u32 dequeue(struct proc_world *world, struct proc *proc)
{
	u32 signal;

	do
		signal = sigpending_take_next(world, proc, ~sig_task_of(proc)->blocked);
	while (unlikely(proc->process->alarm) && signal &&
	       !itimer_signal_taken(world, proc->process, signal));
	return signal;
}

void signal_die(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	u32 code = proc->process->group_exit ? proc->process->group_exit_code : 0;

	if (!proc_exit_takes_time(world, cpu, proc, code, OP_DYING))
		proc_exit(world, cpu, code);
}

void signal_begin_group_exit(struct proc_world *world, struct proc *proc, u32 code)
{
	struct process *process = proc->process;

	if (process->group_exit)
		return;
	process->group_exit = true;
	process->group_exit_code = (u16)code;
	signal_kill_threads(world, process, proc);
}

static u32 code_of_signal(u32 signal)
{
	return signal | (SIGSET_CORE & SIGSET(signal) ? 0x80 : 0);
}

/* What one signal comes to. */
enum outcome {
	OUTCOME_NOTHING,
	OUTCOME_HANDLER,
	OUTCOME_STOP,
	OUTCOME_FROZEN,
	OUTCOME_REFRIGERATED,
	OUTCOME_TRACED, /* it stops for its tracer, for the signal in sig_task.ptrace */
	OUTCOME_DEATH,
	OUTCOME_FAILURE,
};

/* A terminal's stops have no effect where nobody could continue the process. */
static bool stops(const struct proc *proc, u32 signal)
{
	return signal == SIGNAL_STOP || !proc->process->pgrp ||
	       !pgrp_is_orphaned(proc->process->pgrp, NULL);
}

static enum outcome act(struct proc_world *world, struct proc *proc, u32 signal, bool *slept)
{
	struct signal_action action = signal_action_of(proc->process, signal);

	if (action.disposition == SIGNAL_HANDLED) {
		if (*slept)
			signal_interrupt_call(world, proc, action.flags);
		*slept = false;
		return signal_enter_handler(world, proc, signal, &action) ? OUTCOME_HANDLER
									  : OUTCOME_FAILURE;
	}
	if (action.disposition == SIGNAL_IGNORED || SIGSET_IGNORE & SIGSET(signal) ||
	    proc->process->is_init)
		return OUTCOME_NOTHING;
	/* Of KILL and STOP it is known that they came from above. */
	if (proc->process->is_ns_init && !(SIGSET_ONLY & SIGSET(signal)))
		return OUTCOME_NOTHING;
	if (SIGSET_STOP & SIGSET(signal)) {
		if (!stops(proc, signal))
			return OUTCOME_NOTHING;
		if (!proc->process->stopped)
			proc->process->stopped_by = (u8)(signal - SIGNAL_STOP) & 3;
		return OUTCOME_STOP;
	}
	signal_begin_group_exit(world, proc, code_of_signal(signal));
	return OUTCOME_DEATH;
}

/* What the trace shows as the handler's address: programs have none. */
static u32 handler_address(const struct signal_action *action)
{
	static const u32 text = 0x401000, program = 16;

	return action->disposition == SIGNAL_HANDLED ? text + program * action->handler
						     : action->disposition;
}

/* As the C library hands them to sigaction(): with a handler, SA_RESTORER. */
static u32 handler_flags(const struct signal_action *action)
{
	static const u32 flags[] = {0x10000000, 0x40000000, 0x80000000, 1, 2};
	u32 sum = action->disposition == SIGNAL_HANDLED ? 0x4000000 : 0;

	for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
		sum |= action->flags >> i & 1 ? flags[i] : 0;
	return sum;
}

static void record_delivery(struct proc_world *world, struct proc *proc, u32 signal)
{
	const struct sighand *sighand = proc->process->sighand;
	struct signal_action action = signal_action_of(proc->process, signal);
	/* Of a signal without a handler only its own usual origin is known. */
	s32 code = sighand ? sighand->code[signal - 1]
		   : signal == SIGNAL_ALRM || signal == SIGNAL_VTALRM || signal == SIGNAL_PROF ||
				   signal == SIGNAL_XCPU
			   ? CODE_KERNEL
			   : CODE_USER;

	record_put(world, proc, RECORD_SIGNAL_DELIVER,
		   (u32)(code == (s8)CODE_KERNEL ? CODE_KERNEL : code), signal,
		   (u64)handler_address(&action) << 32 | handler_flags(&action));
}

enum { STOPS_FOR_TRACER = UINT32_MAX };

/*
 * ptrace_signal(): what its tracer let it go on with comes first; for all else but SIGKILL it
 * stops.
 */
static u32 dequeue_traced(struct proc_world *world, struct proc *proc)
{
	struct sig_task *own = proc->signals;
	u32 signal = ptrace_take_injected(proc);

	if (signal && own->blocked & SIGSET(signal)) {
		/* blocked by now: for later */
		sigpending_add(world, sigpending_of(world, proc, true), signal);
		signal = 0;
	}
	if (signal)
		return signal;
	if (ptrace_take_trap(proc))
		return STOPS_FOR_TRACER;
	signal = dequeue(world, proc);
	if (!signal || signal == SIGNAL_KILL || !ptrace_of_tracee(proc))
		return signal;
	own->ptrace->signal = signal;
	return STOPS_FOR_TRACER;
}

/* Everything that is pending, up to a stop or death. */
static enum outcome take_all(struct proc_world *world, struct proc *proc, u64 *cost)
{
	bool slept = proc->in_call >= IN_CALL_SLEPT && proc->phase != OP_START;
	enum outcome outcome = OUTCOME_NOTHING;
	u32 signal;

	for (;;) {
		const struct sig_task *own = sig_task_of(proc);
		enum outcome one;

		if (unlikely(own->cold)) /* try_to_freeze() */
			return OUTCOME_REFRIGERATED;
		if (own->pending.set & SIGSET(SIGNAL_KILL)) {
			record_delivery(world, proc, SIGNAL_KILL);
			return OUTCOME_DEATH;
		}
		if (own->stop_wanted)
			return OUTCOME_STOP;
		if (unlikely(own->freeze_wanted) && !(own->ptrace && own->ptrace->trap))
			return OUTCOME_FROZEN;
		if (unlikely(own->ptrace))
			signal = dequeue_traced(world, proc);
		else
			signal = dequeue(world, proc);
		if (signal == STOPS_FOR_TRACER)
			return OUTCOME_TRACED;
		if (!signal)
			return outcome;
		record_delivery(world, proc, signal);
		one = act(world, proc, signal, &slept);
		if (one > OUTCOME_HANDLER)
			return one;
		if (one == OUTCOME_HANDLER) {
			*cost += world->costs->signal;
			outcome = OUTCOME_HANDLER;
		}
	}
}

/* Entering handlers takes time before the first of them runs. */
static void pay_for_handlers(struct proc *proc, u64 cost)
{
	if (!cost)
		return;
	proc->task.work_left = cost;
	proc->task.flags |= TASK_FLAG_IN_KERNEL;
}

bool proc_deliver(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct process *process = proc->process;
	u64 cost = 0;

	if (process->continued) {
		process->continued = false;
		signal_tell_parent(world, process, CODE_CHILD_CONTINUED);
		cpu_steal(world->machine, cpu, world->costs->resume);
	}
	switch (take_all(world, proc, &cost)) {
	case OUTCOME_NOTHING:
		signal_recalc(proc);
		return false;
	case OUTCOME_HANDLER:
		signal_recalc(proc);
		pay_for_handlers(proc, cost);
		sched_continue(world->sched, cpu);
		return true;
	case OUTCOME_STOP:
		pay_for_handlers(proc, cost);
		if (!signal_pays_for_stop(world, cpu, proc))
			signal_stop(world, cpu, proc);
		return true;
	case OUTCOME_FROZEN:
		pay_for_handlers(proc, cost);
		signal_break_off_call(world, proc);
		sched_freeze(world->sched, cpu);
		return true;
	case OUTCOME_REFRIGERATED:
		pay_for_handlers(proc, cost);
		signal_break_off_call(world, proc);
		sched_refrigerate(world->sched, cpu);
		return true;
	case OUTCOME_TRACED:
		pay_for_handlers(proc, cost);
		ptrace_stop(world, cpu, proc);
		return true;
	case OUTCOME_DEATH:
		proc->task.flags &= (u16)~TASK_FLAG_NOTIFY;
		signal_die(world, cpu, proc);
		return true;
	case OUTCOME_FAILURE:
		return true;
	}
	return true;
}
