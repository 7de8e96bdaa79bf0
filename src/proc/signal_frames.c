/* SPDX-License-Identifier: MIT */
/*
 * What a handler interrupts. Kernel: arch handle_signal(), rt_sigreturn(); reference: process.md
 * 6.8.
 *
 * A handler is a program. What it interrupts is kept in a frame; several signals at once pile up
 * frames, so the last one taken is handled first. A call that a signal has interrupted begins anew
 * or is over with EINTR: that depends on the call and on the first handler.
 */
#include "proc/calls.h"
#include "proc/futex.h"
#include "proc/poll.h"
#include "proc/sync.h"

#include <string.h>

enum { NESTING_MAX = 1000 };

/* ---- Interrupted calls ---- */

enum restart { RESTART_SYS, RESTART_ALWAYS, RESTART_NOHAND };

/* Who sleeps in user space's name (a lock, a condition, a barrier) looks again and waits on. */
static enum restart restart_of(const struct op *op)
{
	switch (op->code) {
	case OP_NET_RECV:
	case OP_NET_SEND:
	case OP_PIPE_READ:
	case OP_PIPE_WRITE:
	case OP_WAIT:
	case OP_WAITALL:
	case OP_SEM_WAIT:
	case OP_WAIT_EVENT:
	case OP_SLEEP_ON:
	case OP_EVENT_READ:
	case OP_TIMERFD_READ:
	case OP_SIGNALFD_READ:
	case OP_SEND:
	case OP_RECV:
	case OP_OPEN_READ:
	case OP_OPEN_WRITE:
	case OP_MQ_SEND:
	case OP_MQ_RECEIVE:
	case OP_FUTEX_WAITV:
	case OP_WAIT_COMPLETION:
	case OP_CONNECT:
	case OP_ACCEPT:
	case OP_TTY_READ:
	case OP_TTY_WRITE:
	case OP_TCSETPGRP:
		return RESTART_SYS;
	case OP_FUTEX_WAIT:
		return op->a ? RESTART_NOHAND : RESTART_SYS;
	case OP_SLEEP:
	case OP_TIMER:
	case OP_PAUSE:
	case OP_SIGSUSPEND:
	case OP_EPOLL_WAIT:
	case OP_POLL:
	case OP_SELECT:
	case OP_SEMOP:
	case OP_MSGSND:
	case OP_MSGRCV:
		return RESTART_NOHAND;
	default:
		return RESTART_ALWAYS;
	}
}

static const struct op *present_op(const struct proc *proc)
{
	return &proc->program->ops[proc->pc];
}

/*
 * Woken, it comes back to user mode before it looks again and takes what is free: there a stop, a
 * handler or death is before that. What the kernel hands over (PI) is its own already.
 */
static bool takes_in_user_mode(const struct proc_world *world, const struct proc *proc)
{
	const struct op *op = present_op(proc);
	const struct mutex *mutex;

	switch (op->code) {
	case OP_LOCK:
		mutex = &world->mutexes[op->b];
		break;
	case OP_COND_WAIT:
		mutex = &world->mutexes[op->a];
		break;
	case OP_READ_LOCK:
	case OP_WRITE_LOCK:
	case OP_SEM_WAIT:
		return true;
	default:
		return false;
	}
	return !mutex->pi;
}

/* It sleeps on in its call, as far as that is concerned: nobody has woken it. */
static bool still_waits(const struct proc_world *world, const struct proc *proc, u8 code)
{
	switch (code) {
	case OP_FUTEX_WAITV:
		return !futex_waitv_is_over(proc);
	case OP_POLL:
	case OP_SELECT:
		return !poll_is_triggered(world, proc);
	default:
		return wait_stands(&proc->wait);
	}
}

bool signal_interrupts_call(const struct proc_world *world, const struct proc *proc)
{
	u8 code;

	if (unlikely(proc->signals) && ptrace_holds_signals(proc->signals->ptrace))
		return proc->task.flags & TASK_FLAG_FATAL;
	if (proc->phase == OP_START || proc->in_call != IN_CALL_SLEPT)
		return true;
	code = present_op(proc)->code;
	/* It looks by itself whether a signal ends its sleep. */
	if (code == OP_DOWN)
		return false;
	if (still_waits(world, proc, code))
		return true;
	if (takes_in_user_mode(world, proc))
		return true;
	/*
	 * Of others: what they have waited for has come, and the timeout is only not yet called
	 * off.
	 */
	if (timer_armed(&proc->timer))
		return code == OP_SLEEP || code == OP_TIMER;
	/* These sleep killable: nothing less than death ends them. */
	if (code == OP_VFORK || code == OP_CLONE || code == OP_EXEC || code == OP_IO ||
	    code == OP_KTHREAD_RUN)
		return proc->task.flags & TASK_FLAG_FATAL;
	return code == OP_PAUSE || code == OP_SIGSUSPEND;
}

/* What was moved is told in place of an error. */
static bool is_over_in_part(const struct proc *proc, const struct op *op)
{
	return (op->code == OP_PIPE_WRITE && pipe_write_has_moved(proc)) ||
	       (op->code == OP_SEND && socket_send_has_moved(proc));
}

void signal_interrupt_call(struct proc_world *world, struct proc *proc, u8 action_flags)
{
	const struct op *op = present_op(proc);
	bool woken = op->code == OP_SEM_WAIT && proc->in_call == IN_CALL_SLEPT &&
		     !wait_stands(&proc->wait);
	/* the call was over, its loop is not */
	enum restart restart = woken ? RESTART_ALWAYS : restart_of(op);

	machine_timer_cancel(world->machine, &proc->timer);
	sync_interrupt(world, proc);
	if ((restart == RESTART_ALWAYS ||
	     (restart == RESTART_SYS && action_flags & SIGACTION_RESTART)) &&
	    !is_over_in_part(proc, op))
		return;
	if (op->code == OP_SEM_WAIT)
		world->semaphores[op->b].nr_waiters--;
	if (op->code == OP_OPEN_READ || op->code == OP_OPEN_WRITE)
		fifo_open_interrupted(world, proc, op);
	proc->pc++;
	proc->phase = OP_START;
	proc->in_call = NOT_IN_CALL;
}

/* ---- Frames ---- */

static u32 depth_of(const struct sig_frame *frame)
{
	u32 depth = 0;

	for (; frame; frame = frame->below)
		depth++;
	return depth;
}

/* set_current_blocked(): what is pending for the process, and no more for @proc, others take. */
static void change_blocked(struct proc_world *world, struct proc *proc, u64 blocked)
{
	u64 before = proc->signals->blocked;

	proc->signals->blocked = blocked;
	signal_retarget(world, proc, blocked & ~before);
}

static void push_frame(struct proc_world *world, struct proc *proc)
{
	u32 index;
	struct sig_task *own = sig_task_make(world, proc);
	struct sig_frame *frame = pool_get(&world->sig_frames, &index);

	*frame = (struct sig_frame){
		.index = index,
		.below = own->frame,
		.proc = proc,
		.program = proc->program,
		.pc = proc->pc,
		.phase = proc->phase,
		.op_flags = proc->op_flags,
		.in_call = proc->in_call,
		.wait_arg = proc->wait_arg,
		.wake_at = proc->wake_at,
		.work_left = proc->task.work_left,
		.blocked = own->mask_saved ? own->saved_blocked : own->blocked,
		.deep_loops = proc->deep_loops,
	};
	memcpy(frame->loop_left, proc->loop_left, sizeof(frame->loop_left));
	proc->deep_loops = 0;
	if (wait_linked(&proc->wait)) {
		frame->keeps_place = true;
		wait_keep_place(proc, &frame->kept);
	}
	own->frame = frame;
	own->mask_saved = false;
	if (unlikely(own->ptrace))
		own->ptrace->in_call = false; /* the handler has calls of its own */
}

static void pop_frame(struct proc_world *world, struct proc *proc)
{
	struct sig_task *own = proc->signals;
	struct sig_frame *frame = own->frame;

	proc->program = frame->program;
	proc->pc = frame->pc;
	proc->phase = frame->phase;
	proc->op_flags = frame->op_flags;
	/* Whatever comes now comes before the call begins anew: it does not interrupt it. */
	proc->in_call = frame->in_call ? IN_CALL : NOT_IN_CALL;
	proc->wait_arg = frame->wait_arg;
	proc->wake_at = frame->wake_at;
	proc->task.work_left = frame->work_left;
	change_blocked(world, proc, frame->blocked);
	memcpy(proc->loop_left, frame->loop_left, sizeof(proc->loop_left));
	loops_drop(world, &proc->deep_loops);
	proc->deep_loops = frame->deep_loops;
	if (frame->keeps_place)
		wait_take_place(proc, &frame->kept);
	own->frame = frame->below;
	pool_put(&world->sig_frames, frame->index);
}

void signal_drop_frames(struct proc_world *world, struct proc *proc)
{
	struct sig_task *own = proc->signals;

	while (own && own->frame) {
		struct sig_frame *frame = own->frame;

		if (wait_linked(&frame->kept))
			list_del(&frame->kept.link);
		loops_drop(world, &frame->deep_loops);
		own->frame = frame->below;
		pool_put(&world->sig_frames, frame->index);
	}
}

bool signal_enter_handler(struct proc_world *world, struct proc *proc, u32 signal,
			  const struct signal_action *action)
{
	if (depth_of(sig_task_of(proc)->frame) >= NESTING_MAX) {
		char name[SIGNAL_NAME_MAX];

		proc_fail(world, proc, "handlers of signal %s interrupt each other without end",
			  signal_name(signal, name));
		return false;
	}
	push_frame(world, proc);
	proc->program = &world->workload->programs[world->workload->tasks[action->handler].program];
	proc->pc = 0;
	proc->phase = OP_START;
	proc->op_flags = 0;
	proc->in_call = NOT_IN_CALL;
	proc->task.work_left = 0;
	change_blocked(world, proc,
		       proc->signals->blocked | action->mask |
			       (action->flags & SIGACTION_NODEFER ? 0 : SIGSET(signal)));
	if (action->flags & SIGACTION_RESETHAND)
		signal_set_action(world, proc->process, signal, (struct signal_action){0});
	return true;
}

bool signal_return(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	pop_frame(world, proc);
	signal_recalc(proc);
	if (unlikely(proc->task.flags & TASK_FLAG_NOTIFY) && proc_deliver(world, cpu, proc))
		return true;
	if (!proc->task.work_left)
		return false;
	sched_continue(world->sched, cpu);
	return true;
}
