/* SPDX-License-Identifier: MIT */
/*
 * Calls about signals: sigaction, sigprocmask, pause, sigsuspend, sigwait.
 * Kernel: kernel/signal.c; reference: process.md 6.8, 6.9, 8.9.
 */
#include <errno.h>

#include "base/ensure.h"
#include "proc/calls.h"

enum { CALL_BEGIN, CALL_EFFECT, CALL_WOKEN };

static void set_mask(struct proc_world *world, struct proc *proc, u64 blocked)
{
	struct sig_task *own = sig_task_make(world, proc);
	u64 before = own->blocked;

	own->blocked = blocked & ~SIGSET_ONLY;
	signal_retarget(world, proc, own->blocked & ~before);
	signal_recalc(proc);
}

static void change_mask(struct proc_world *world, struct proc *proc, const struct op *op)
{
	u64 blocked = sig_task_of(proc)->blocked;

	switch ((enum op_mask_how)op->a) {
	case MASK_BLOCK:
		set_mask(world, proc, blocked | op->value);
		break;
	case MASK_UNBLOCK:
		set_mask(world, proc, blocked & ~op->value);
		break;
	case MASK_SET:
		set_mask(world, proc, op->value);
		break;
	}
}

/* ---- Waiting for a signal ---- */

/* Only a handler ends it: see signal_interrupts_call(). */
static bool suspend(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	if (proc->phase == CALL_BEGIN) {
		struct sig_task *own = sig_task_make(world, proc);

		if (op->code == OP_SIGSUSPEND && !own->mask_saved) {
			own->saved_blocked = own->blocked;
			own->mask_saved = true;
			set_mask(world, proc, op->value);
		}
		if (proc_pay(world, cpu, proc, world->costs->block, CALL_EFFECT))
			return false;
	}
	proc_sleep(world, cpu, proc, CALL_WOKEN);
	return false;
}

bool signal_take(struct proc_world *world, struct proc *proc, u64 set)
{
	u32 signal;

	do
		signal = sigpending_take_next(world, proc, set);
	while (unlikely(proc->process->alarm) && signal &&
	       !itimer_signal_taken(world, proc->process, signal));
	signal_recalc(proc);
	return signal;
}

/*
 * sigtimedwait(): with a timeout it is over with whatever has woken it (EAGAIN, EINTR); sigwait()
 * begins anew.
 */
static bool gives_up(struct proc_world *world, struct proc *proc, const struct op *op)
{
	bool late = proc->wake_at <= world->machine->now;

	if (!op->b ||
	    (proc->phase != CALL_WOKEN && !late && !(proc->task.flags & TASK_FLAG_NOTIFY)))
		return false;
	proc_refuse(world, proc, late ? EAGAIN : EINTR, "sigwait");
	return true;
}

/*
 * The set is unblocked while it sleeps, so that what comes wakes it, and blocked again before it
 * looks.
 */
static bool sigwait(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	struct sig_task *own = sig_task_make(world, proc);
	u64 set = op->value & ~SIGSET_ONLY;

	if (proc->phase == CALL_BEGIN) {
		proc->wake_at =
			op->b ? min_of(world->machine->now +
					       world->workload->timer_settings[op->b - 1].value,
				       (u64)NEVER)
			      : NEVER;
		if (proc_pay(world, cpu, proc, world->costs->block, CALL_EFFECT))
			return false;
	}
	if (proc->phase == CALL_WOKEN) {
		own->blocked = own->saved_blocked;
		own->waited = 0;
	}
	if (signal_take(world, proc, set) || gives_up(world, proc, op)) {
		wait_drop_timeout(world, proc);
		return true;
	}
	proc->phase = CALL_EFFECT;
	if (unlikely(proc->task.flags & TASK_FLAG_NOTIFY) && proc_deliver(world, cpu, proc))
		return false;
	own->saved_blocked = own->blocked;
	own->waited = set;
	own->blocked &= ~set;
	wait_arm_timeout(world, cpu, proc, false);
	proc_sleep(world, cpu, proc, CALL_WOKEN);
	return false;
}

bool signal_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	switch (op->code) {
	case OP_PAUSE:
	case OP_SIGSUSPEND:
		return suspend(world, cpu, proc, op);
	case OP_SIGWAIT:
		return sigwait(world, cpu, proc, op);
	}
	if (proc->phase == CALL_BEGIN &&
	    proc_pay(world, cpu, proc, world->costs->syscall, CALL_EFFECT))
		return false;
	switch (op->code) {
	case OP_SIGACTION:
		signal_set_action(world, proc->process, op_action_signal(op), op_action(op));
		break;
	default: /* OP_SIGMASK */
		change_mask(world, proc, op);
	}
	return true;
}
