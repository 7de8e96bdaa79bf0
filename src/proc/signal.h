/* SPDX-License-Identifier: MIT */
/*
 * Signals: what is pending, what shall happen, handlers. Kernel: kernel/signal.c; reference:
 * process.md 6.
 *
 * A signal has two moments. Generation (signal_send.c) wakes tasks, cancels stops and continues
 * against each other, and ends in a set of pending signals; delivery (signal_deliver.c) happens
 * when the task returns to user mode. TASK_FLAG_NOTIFY says that there may be something to deliver.
 */
#ifndef OSSIM_PROC_SIGNAL_H
#define OSSIM_PROC_SIGNAL_H

#include "base/types.h"
#include "machine/timer.h"
#include "model/program.h"
#include "model/signals.h"
#include "proc/wait.h"

struct cpu;
struct process;
struct ptrace;

enum { LOOPS_NEAR = 2 }; /* counters of loops that a task has at hand: of most programs all */

/* Where a signal comes from (si_code, include/uapi/asm-generic/siginfo.h). */
enum signal_code {
	CODE_USER = 0,    /* kill() */
	CODE_QUEUE = -1,  /* sigqueue() */
	CODE_TKILL = -6,  /* tgkill() */
	CODE_MQUEUE = -3, /* mq_notify() */
	CODE_TIMER = -2,  /* timer_create() */
	CODE_KERNEL = 0x80,
	CODE_CHILD_EXITED = 1,
	CODE_CHILD_KILLED,
	CODE_CHILD_DUMPED,
	CODE_CHILD_TRAPPED,
	CODE_CHILD_STOPPED,
	CODE_CHILD_CONTINUED,
};

/* Signals that wait for delivery. */
struct sigpending {
	u64 set;
	u32 more; /* index + 1 of a sig_more; 0: no signal was ever queued twice */
	u32 user; /* for whom its entries count; if they are counted, and there was any */
};

/*
 * How many instances of each signal wait beyond the first: of real-time ones, and of what timers
 * have sent.
 */
struct sig_more {
	/* of those pending: not one of them has an entry, as RLIMIT_SIGPENDING was reached */
	u64 lost;
	u16 count[NR_SIGNALS];
};

/* What a process does with signals; a process without one leaves all at their defaults. */
struct sighand {
	u32 index; /* in world->sighands */
	u32 users; /* processes: more than one by CLONE_SIGHAND */
	struct signal_action action[NR_SIGNALS];
	s8 code[NR_SIGNALS]; /* of the last one added to what is pending; CODE_KERNEL as -128 */
};

/* What a task has of its own in signals, made when it first has any: most never do. */
struct sig_task {
	u32 index;        /* in world->sig_tasks */
	bool stop_wanted; /* it shall join a group stop */
	bool mask_saved;
	bool freeze_wanted; /* its cgroup is frozen: JOBCTL_TRAP_FREEZE */
	bool cold;          /* likewise, by the freezer of cgroup v1: freezing() */
	u8 phase, in_call;  /* where its program stands while it is OP_STOPPING */
	u8 pdeath;          /* this when its parent's thread dies; 0: nothing */
	struct sigpending pending;
	u64 blocked;
	u64 saved_blocked;       /* in force again after sigsuspend and sigwait */
	u64 work_left;           /* likewise */
	u64 waited;              /* set of a sigwait in progress */
	struct sig_frame *frame; /* of the handler that runs; NULL: none does */
	struct ptrace *ptrace;   /* who traces it, and whom it traces; NULL: nobody */
	u32 rt_ticks;            /* it ran as an rt task since it slept: of RLIMIT_RTTIME */
};

/* What a handler has interrupted: goes on when the handler's program is over. */
struct sig_frame {
	u32 index; /* in world->sig_frames */
	struct sig_frame *below;
	struct proc *proc;
	const struct program *program;
	u32 pc;
	u8 phase, op_flags, in_call;
	bool keeps_place; /* kept was put in the place of proc->wait */
	u64 wait_arg, wake_at, work_left;
	u64 blocked;
	u64 loop_left[LOOPS_NEAR];
	u32 deep_loops;
	struct wait_entry kept; /* the place of a wait that a signal does not end: WAIT_STAYS */
};

/* A timer of a process that ends in a signal: an interval timer, or one made by timer_create. */
struct alarm {
	struct timer timer; /* not of cpu time */
	struct alarm *next; /* of the process */
	struct process *process;
	u32 index; /* in world->alarms */
	/* enum itimer, NR_ITIMERS + the workload's number of the timer, or ALARM_LIMITS */
	u32 which;
	u32 signal;
	u32 thread; /* task id + 1 of the one thread that gets it; 0: the process */
	bool fired; /* its signal was sent and is not yet taken */
	bool stale; /* it was set anew since then, so that nothing will be taken */
	bool rests; /* its signal was ignored: it comes when that is over */
	u32 turn;   /* of its signal, among those of the process that were sent by timers */
	u64 expires, interval; /* 0: not armed; for once */
	u64 spent;             /* of cpu time: what ticks have found since it was first armed */
};

/* not a timer, but the first part of a struct limits: rlimit.c */
enum { ALARM_LIMITS = UINT32_MAX };

/* ---- signal.c: sets and actions ---- */

struct signal_action signal_action_of(const struct process *process, u32 signal);
void signal_set_action(struct proc_world *world, struct process *process, u32 signal,
		       struct signal_action action);
/* Where signals for @proc wait, or for its whole process. */
struct sigpending *sigpending_of(struct proc_world *world, struct proc *proc, bool to_thread);
/* Adds one instance; false: there is one already, and that is enough (or no more fit). */
bool sigpending_add(struct proc_world *world, struct sigpending *pending, u32 signal);
/* The same of a timer, whose entry is its own: also beside others. False: no more fit. */
bool sigpending_add_own(struct proc_world *world, struct sigpending *pending, u32 signal);
/* An instance that gets no entry: it is pending, once, if no other is. */
void sigpending_add_lost(struct proc_world *world, struct sigpending *pending, u32 signal);
/* Entries of all signals that wait. */
u32 sigpending_count(const struct proc_world *world, const struct sigpending *pending);
/* Takes one instance of @signal out. */
void sigpending_take(struct proc_world *world, struct sigpending *pending, u32 signal);
/* Drops all instances of all signals of @set. */
void sigpending_remove(struct proc_world *world, struct sigpending *pending, u64 set);
/*
 * Takes the next signal for @proc that is in @wanted, in the order of delivery, its own before its
 * process's; 0: none.
 */
u32 sigpending_take_next(struct proc_world *world, struct proc *proc, u64 wanted);
/* @proc's own part, to be read; never NULL. */
const struct sig_task *sig_task_of(const struct proc *proc);
/* The same to be written. */
struct sig_task *sig_task_make(struct proc_world *world, struct proc *proc);
/* @proc is freed. */
void sig_task_drop(struct proc_world *world, struct proc *proc);
/* recalc_sigpending(): TASK_FLAG_NOTIFY as it must be. */
void signal_recalc(struct proc *proc);

/*
 * A child has its parent's mask and nothing pending. A process of its own has a copy of its
 * parent's actions, or (@share: CLONE_SIGHAND) what either of them sets later is the other's as
 * well.
 */
void signal_fork(struct proc_world *world, struct proc *parent, struct proc *child, bool share);
/* exec: handlers go, what is ignored stays ignored. */
void signal_exec(struct proc_world *world, struct proc *proc);
/* exit_signals(): others take over what it would have delivered. */
void signal_exit(struct proc_world *world, struct proc *proc);
/* The last thread is gone: actions, pending signals and the alarm with it. */
void signal_process_exit(struct proc_world *world, struct process *process);

/* ---- signal_send.c ---- */

/*
 * The kernel generates @signal: @to_thread: for @target alone, else for its process, of whose
 * threads @target is asked first. @code: an enum signal_code, which traces show.
 */
void signal_send_code(struct proc_world *world, struct proc *target, u32 signal, bool to_thread,
		      s32 code);
/* A timer of timer_create(): false: it is ignored. */
bool signal_send_timer(struct proc_world *world, struct proc *target, u32 signal, bool to_thread);
/* The same when it is ignored no longer; nothing is recorded. */
void signal_send_rested(struct proc_world *world, struct proc *target, u32 signal, bool to_thread);
/* The same when its signal of last time is still pending: an overrun. */
void signal_record_overrun(struct proc_world *world, const struct proc *target, u32 signal,
			   bool to_thread);
/*
 * kill(), tgkill() by @sender, who may be too low to kill an init. False: the queue of a real-time
 * signal is full (EAGAIN of tgkill()).
 */
bool signal_send_from(struct proc_world *world, const struct proc *sender, struct proc *target,
		      u32 signal, bool to_thread);
/* sigqueue(), pthread_sigqueue(); false likewise. */
bool signal_queue_from(struct proc_world *world, const struct proc *sender, struct proc *target,
		       u32 signal, bool to_thread);
/*
 * kill(-1) by @sender: to every process that it sees, in the order of their creation, but its own
 * and number 1. False: there is none (ESRCH).
 */
bool signal_send_all(struct proc_world *world, const struct proc *sender, u32 signal);
/* SIGKILL to every thread of @process but @except. */
void signal_kill_threads(struct proc_world *world, struct process *process, struct proc *except);
/* @proc blocks or leaves: others shall look at what is pending for all of them in @set. */
void signal_retarget(struct proc_world *world, struct proc *proc, u64 set);
/* Round its process's threads. */
struct proc *signal_next_thread(struct proc *thread);
/* signal_wake_up_state(): @proc shall look at its signals soon, wherever it is. */
void signal_wake_up(struct proc_world *world, struct proc *proc, u16 mask);

/* ---- signal_deliver.c ---- */

/*
 * All threads of @proc's process shall die, with a wait-status style @code, unless that has begun
 * already.
 */
void signal_begin_group_exit(struct proc_world *world, struct proc *proc, u32 code);
/*
 * do_group_exit() by a signal: first the time that it takes; also how it goes on when that is paid.
 */
void signal_die(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/*
 * Delivery at return to user: true if the task does not go on now (it stopped, its exit has begun,
 * or it pays for entering a handler): return from the step.
 */
bool proc_deliver(struct proc_world *world, struct cpu *cpu, struct proc *proc);

/* ---- signal_frames.c ---- */

/* The present op has slept and was woken by a signal alone: it is interrupted, not complete. */
bool signal_interrupts_call(const struct proc_world *world, const struct proc *proc);
/* A handler runs: the sleeping call of @proc begins anew after it, or is over with EINTR. */
void signal_interrupt_call(struct proc_world *world, struct proc *proc, u8 action_flags);
/* The handler's program is what @proc goes on with. False: the run has failed. */
bool signal_enter_handler(struct proc_world *world, struct proc *proc, u32 signal,
			  const struct signal_action *action);
/* The end of a handler's program. True: return from the step. */
bool signal_return(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* All frames go: exec, exit. */
void signal_drop_frames(struct proc_world *world, struct proc *proc);

/* ---- signal_stop.c ---- */

/* A stop has interrupted the sleeping call of @proc: it begins anew when the task goes on. */
void signal_break_off_call(struct proc_world *world, struct proc *proc);
/* do_signal_stop() of the current task of @cpu. */
void signal_stop(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/*
 * The same when it takes time: false, it takes none. When that has passed comes signal_stop_paid().
 */
must_check bool signal_pays_for_stop(struct proc_world *world, struct cpu *cpu, struct proc *proc);
void signal_stop_paid(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* A dying thread may be the last that a group stop has waited for. */
void signal_leave_stop(struct proc_world *world, struct proc *dying);
/* @code: CODE_CHILD_STOPPED, CODE_CHILD_CONTINUED: SIGCHLD, and a parent in wait wakes for them. */
void signal_tell_parent(struct proc_world *world, const struct process *process, s32 code);

/* ---- itimer.c ---- */

/* ALARM, SETITIMER, TIMER_SET. */
bool itimer_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
/*
 * A signal of the process was taken for delivery: a periodic timer behind it goes on. False: it was
 * of a timer that was set anew since, so that it does not count.
 */
must_check bool itimer_signal_taken(struct proc_world *world, struct process *process, u32 signal);
/*
 * What timers have sent of the signals of @set is dropped: they are ignored from now on, or a stop
 * or SIGCONT has come.
 */
void itimer_signals_dropped(struct proc_world *world, struct process *process, u64 set);
/*
 * It was ignored and is not any more: whose signal has come or was dropped meanwhile send it now.
 */
void itimer_signal_unignored(struct proc_world *world, struct process *process, u32 signal);
/* The process's timers from number @first on are gone. */
void itimer_drop(struct proc_world *world, struct process *process, u32 first);
/* Does somebody arm a timer of cpu time? Then each tick has to be told of. */
bool itimer_needs_ticks(const struct workload *workload);
/* @proc ran until this tick. */
void itimer_tick(struct proc_world *world, struct proc *proc);

/* ---- signal_ops.c: called by the interpreter; true: the op is complete ---- */

/* Takes a pending signal of @set without a handler; false: there is none. */
bool signal_take(struct proc_world *world, struct proc *proc, u64 set);
bool signal_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);

#endif
