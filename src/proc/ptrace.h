/* SPDX-License-Identifier: MIT */
/*
 * Tracing, as far as it stops tasks. Kernel: kernel/ptrace.c, kernel/signal.c (ptrace_stop,
 * ptrace_signal), kernel/exit.c; reference: process.md 5.2, 6.6, 6.7.
 *
 * A traced task stops before it takes a signal, in state t, and its tracer is told as a parent is
 * told of a stopped child: SIGCHLD, and a wait that returns. The tracer lets it go on with the
 * signal, another one or none. A dead tracee is told to its tracer first, and to its parent when
 * the tracer has waited for it.
 *
 * ptrace.c knows who traces whom and what a tracee goes on with; ptrace_stops.c the stops that are
 * not for a signal: at system calls and at events.
 */
#ifndef OSSIM_PROC_PTRACE_H
#define OSSIM_PROC_PTRACE_H

#include "base/list.h"
#include "base/types.h"

struct cpu;
struct proc;
struct proc_world;
struct wait_filter;
struct workload;

struct op;

/* Where a tracee stands or has just stood for its tracer, other than before a signal. */
enum ptrace_where {
	PTRACE_ELSEWHERE,
	PTRACE_AT_ENTRY,  /* of a system call */
	PTRACE_AT_EVENT,  /* its op goes on */
	PTRACE_AT_END,    /* of its op, for an event: there may be the stop at the return yet */
	PTRACE_AT_RETURN, /* from a system call */
};

/* What a task has to do with tracing, made when it first has: sig_task.ptrace. */
struct ptrace {
	u32 index;          /* in world->ptraces */
	u32 signal;         /* it stopped for */
	u32 inject;         /* it goes on with; 0: none */
	bool untold;        /* its tracer's wait has not told of the stop yet */
	bool trap;          /* it shall stop at once: it was attached to while it was stopped */
	bool in_group_stop; /* its stop counts for that of its process */
	bool no_signal;     /* it did not stop for a signal with which it could go on */
	bool seized, listening;
	bool by_calls; /* it stops at its next entry to or return from a system call */
	bool in_call;  /* it has stopped at the entry */
	bool exit_told;
	u8 events;           /* TRACE_ON_* */
	u8 due;              /* one of them has come */
	u8 where;            /* enum ptrace_where */
	struct proc *proc;   /* whose this is */
	struct proc *tracer; /* NULL: nobody */
	u32 turn, next_turn; /* its place among its tracer's tracees; its own next one's */
	/* In its tracer's lists, and its own: by turn, that is, time of attachment. */
	struct list link, tracees;
	struct list stop_link, stopped; /* those that are stopped */
	struct list tell_link, tellers; /* those of which a wait may have to tell: the dead, too */
};

/* NULL: nobody traces @proc. */
struct ptrace *ptrace_of_tracee(const struct proc *proc);
/* Its tracer is in another process than its parent: ptrace_reparented(). */
bool ptrace_is_reparented(const struct proc *proc);
/* Who is told of its death: its tracer, else its parent. */
struct proc *ptrace_parent(const struct proc *proc);

/* PTRACE_ATTACH. False: EPERM. */
bool ptrace_attach(struct proc_world *world, struct proc *tracer, struct proc *target);
/* PTRACE_SEIZE: it does not stop, but at @events (TRACE_ON_*). */
bool ptrace_seize(struct proc_world *world, struct proc *tracer, struct proc *target, u32 events);
/*
 * CLONE_PTRACE, or an event: who traces the parent traces the child, which begins with a stop.
 * @word: of the clone.
 */
void ptrace_fork(struct proc_world *world, const struct proc *parent, struct proc *child, u64 word);
/* A tracee is a zombie now. */
void ptrace_died(struct proc *tracee);
/* PTRACE_TRACEME. */
bool ptrace_by(struct proc_world *world, struct proc *tracer, struct proc *target);
/*
 * PTRACE_CONT or, @by_calls, PTRACE_SYSCALL; PTRACE_DETACH. @signal: OP_SIGNAL_SAME, 0: none.
 * False: ESRCH: it is not stopped, or not @tracer's.
 */
bool ptrace_cont(struct proc_world *world, struct proc *tracer, struct proc *target, u32 signal,
		 bool by_calls);
bool ptrace_detach(struct proc_world *world, struct proc *tracer, struct proc *target, u32 signal);
/* All tracees of @tracer that are stopped. False: it has none. */
bool ptrace_cont_all(struct proc_world *world, struct proc *tracer, u32 signal, bool by_calls);
/* PTRACE_SETOPTIONS, PTRACE_INTERRUPT, PTRACE_LISTEN. False: ESRCH, or EIO. */
bool ptrace_set_events(struct proc *tracer, struct proc *target, u32 events);
bool ptrace_interrupt(struct proc_world *world, struct proc *tracer, struct proc *target);
bool ptrace_listen(struct proc_world *world, struct proc *tracer, struct proc *target);

/* What the stop of the current task ended with: the signal to take now, or 0. */
u32 ptrace_take_injected(struct proc *proc);
/* It was attached to while it was stopped: it stops for its tracer now. */
bool ptrace_take_trap(struct proc *proc);
/* Its stop counts for that of its process. */
bool ptrace_in_group_stop(const struct proc *proc);
/* The current task of @cpu stops for the signal that it has dequeued: ptrace.signal. */
void ptrace_stop(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* Its tracer is told that @proc is about to stop for @signal, or as part of its group's stop. */
void ptrace_tell_stop(struct proc_world *world, struct proc *proc, u32 signal, bool in_group_stop);
/* ptrace_trap_notify(): a stop of the process of @proc, if that is seized, is over. */
void ptrace_stop_is_over(struct proc_world *world, struct proc *proc);

/* ---- ptrace_stops.c: for who has a part in signals (proc.signals) ---- */

/* Does some tracer ask for stops at calls or events? */
bool ptrace_is_used(const struct workload *workload);
/* The op is about to begin, and its tracer is told first. True: return from the step. */
bool ptrace_stops_at_entry(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			   const struct op *op);
/* It is complete: likewise. */
bool ptrace_stops_at_end(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			 const struct op *op);
/*
 * It goes on after such a stop: what is still to be done before the program's next op. True: return
 * from the step.
 */
bool ptrace_goes_on(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* A sched_yield() was its op: it comes back from that when it runs again. */
void ptrace_has_yielded(struct proc *proc);
/*
 * In mid-op, which goes on in @phase: what has come of ptrace.due, or @event. True: return from the
 * step.
 */
bool ptrace_stops_at_event(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 event,
			   u8 phase);
/* do_exit() begins. */
bool ptrace_stops_at_exit(struct proc_world *world, struct cpu *cpu, struct proc *proc);

/* It stands at a call or event, or has just stood there: signals come later. */
static inline bool ptrace_holds_signals(const struct ptrace *ptrace)
{
	return ptrace && ptrace->where != PTRACE_ELSEWHERE;
}

/* After an exec: SIGTRAP to oneself. */
void ptrace_exec(struct proc_world *world, struct proc *proc);
/* The tracees of @dying go on without it; those of a stopped process stay stopped, in T. */
void ptrace_exit(struct proc_world *world, struct proc *dying);
/* @proc is released: nobody traces it any more. */
void ptrace_release(struct proc_world *world, struct proc *proc);

/*
 * do_wait()'s look at the tracees of @tracer that are not its process's children. NULL: none has
 * anything to tell.
 */
struct proc *ptrace_find_tracee(struct proc *tracer, const struct wait_filter *filter,
				bool *has_any);
/* Has its tracer anything to hear of the living @tracee? */
bool ptrace_tells(const struct proc *tracee);
/* It has heard; of the dead it was the last that it hears. */
void ptrace_told(struct proc *tracee);

#endif
