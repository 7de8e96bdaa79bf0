/* SPDX-License-Identifier: MIT */
/*
 * A process or thread: its task, its family, its program counter, what it holds and waits for.
 *
 * Reference: process.md 1-4 and 7. A proc lives in a pool and is recycled when it is reaped; its
 * task id is never used again. "Process" is the thread group; its leader is the proc with pid ==
 * tgid. Lists are head to tail.
 */
#ifndef OSSIM_PROC_PROC_H
#define OSSIM_PROC_PROC_H

#include "base/list.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/vec.h"
#include "machine/timer.h"
#include "model/workload.h"
#include "proc/cow.h"
#include "proc/mm.h"
#include "proc/pgrp.h"
#include "proc/pid.h"
#include "proc/pidns.h"
#include "proc/ptrace.h"
#include "proc/rcu.h"
#include "proc/signal.h"
#include "proc/times.h"
#include "proc/wait.h"
#include "proc/worker.h"
#include "sched/sched.h"

struct bh;
struct hotplug;
struct irq_lines;
struct irqs;
struct rt_locks;
struct proc;
struct proc_world;

enum proc_exit_state { PROC_ALIVE, PROC_ZOMBIE, PROC_DEAD };

/*
 * How a proc's present op goes on when its task runs next. An op that enters the kernel is a small
 * step machine: between two steps it pays a cost (proc_pay) or sleeps (proc_sleep). Steps are
 * numbered by each op for itself, from OP_START on.
 */
enum op_phase {
	OP_START = 0,
	OP_AT_THE_ENDS = 0xf9, /* from here on: it is not in its program, not yet or no more */
	OP_UNGROUPED = 0xf9,   /* has left its group in its exit, which may preempt it; then
				  proc_exit_ungrouped() */
	/* pays the cost of its stop; then signal_stop_paid(), and what it was at */
	OP_STOPPING = 0xfa,
	OP_HANDSHAKE = 0xfb, /* a kernel thread before it was woken up: kthreads.h */
	OP_ZAPPING = 0xfc,   /* the init of a pid namespace waits for the death of all in it; then
				  proc_exit_rest() */
	OP_NEWBORN = 0xfd,   /* shares its pages with its parent; then OP_START */
	OP_DYING = 0xff,     /* pays the cost of its exit; then proc_exit() */
	OP_DEAD = 0xfe,      /* is on its way from waking its parent to its last switch; then
				  proc_leave_cpu() */
};

/* With proc.exit_signal: the parent has executed a program since, and is told by SIGCHLD. */
enum { EXIT_SIGNAL_OUTDATED = 0x80 };

enum in_call {
	NOT_IN_CALL,
	IN_CALL,
	IN_CALL_SLEPT,      /* its way back to user mode began with a switch */
	IN_CALL_BROKEN_OFF, /* a stop has ended the sleep */
};

/* What threads of one process share. */
struct process {
	u32 index; /* in the pool */
	u32 tgid, mm;
	u32 nr_threads, nr_live; /* threads not yet released, and not yet exiting */
	u32 born; /* task id of its first leader: processes in the order of their creation */
	struct proc *leader;
	struct list threads;          /* proc.thread_link, leader first, then by creation */
	struct wait_queue child_wait; /* wait_chldexit */
	struct pgrp *pgrp;            /* NULL: a kernel thread's, and it has no session either */
	struct list pgrp_link;
	/* Signals. */
	struct sigpending shared;
	struct sighand *sighand;      /* NULL: all at their defaults */
	struct alarm *alarm;          /* NULL: never set */
	struct task_group *autogroup; /* of its session; NULL: the root group */
	struct mm *memory;            /* its pages; NULL: not said, or gone */
	u32 times;                    /* in world->times, + 1; 0: see times.h */
	u16 group_exit_code;
	bool group_exit : 1;   /* all threads shall die; the code of all is group_exit_code */
	bool stopped : 1;      /* group stop in force */
	bool stop_pending : 1; /* SIGSTOP taken by a thread, not yet all have stopped */
	bool continued : 1;    /* SIGCONT ended a stop; its parent is not yet told */
	bool stop_untold : 1, continue_untold : 1; /* what waitpid may tell its parent, once */
	bool is_init : 1, is_subreaper : 1;
	/* of a pid namespace: from inside only what it handles reaches it */
	bool is_ns_init : 1;
	bool in_exec : 1; /* one of its threads is, and waits until the others are gone */
	/* a program since it was forked: PF_FORKNOEXEC of its leader is clear */
	bool has_executed : 1;
	/* So that nobody looks at all threads for nothing; true for longer than it need be. */
	bool others_have_children : 1; /* threads beside the leader have children, or tracees */
	/* a signal of that kind was sent, and not removed everywhere since */
	bool stops_seen : 1, conts_seen : 1;
	/* of STOP, TSTP, TTIN, TTOU, as they are numbered, the one that it was stopped by */
	u8 stopped_by : 2;
};

static_assert(sizeof(struct process) <= 144, "a million processes, named each, fit in a gigabyte");

/* Counters of loops within loops within loops. */
struct loops {
	u64 left[LOOP_DEPTH_MAX - LOOPS_NEAR];
};

/* What a task has to do with locks, made at its first: see lock.c. */
struct locks {
	u32 index;                   /* in world->locks */
	bool pi_waited;              /* for a PI mutex, once at least */
	struct mutex *pi_blocked_on; /* the PI mutex it waits for */
	/* of a deadline task that waits for it, as of when it was queued */
	u64 pi_deadline;
	struct owned *waits_for; /* the lock it waits for, of any kind: to find deadlocks */
	struct list held;        /* struct mutex.held_link */
	struct list to_wake;     /* entries of those whom its call has yet to wake */
	struct list extras;      /* struct futex_extra.link */
};

/*
 * What most tasks never have (signals, locks, children, loops in loops) lies in objects of its own,
 * so that a million tasks that only sleep fit in a gigabyte.
 */
struct proc {
	struct task task; /* first: 64-byte aligned */

	/* Running the program. */
	const struct program *program;
	u32 pc;
	u8 phase;      /* enum op_phase */
	u8 op_flags;   /* of the present op's steps */
	u8 in_call;    /* enum in_call: the present op has entered the kernel, see proc_pay() */
	u8 exit_state; /* enum proc_exit_state */
	struct rng_small rng;
	struct timer timer; /* sleep and timer ops */
	u64 wake_at;        /* absolute end of the present sleep, without slack */
	u32 guard_at;       /* time of its last backward jump, the low half */
	u32 nr_ops;         /* backward jumps since time last moved: the spin guard */
	u64 grid_next;      /* the last point of `timer`; NEVER: not yet used */
	u64 loop_left[LOOPS_NEAR];

	/* Waiting. */
	struct wait_entry wait; /* in at most one wait queue */
	u64 wait_arg;           /* bytes left to write or read, barrier round, next instance, ... */
	u32 io_pending;         /* requests given to devices and not yet done */
	/* in world->deep_loops, + 1: counters of further loops; 0: not yet needed */
	u32 deep_loops;
	u32 timer_slack_ns;

	/* What other procs it has to do with by fork: proc_ref(). */
	u32 shares_with;  /* parent or child since a fork, of whom nobody has written yet */
	u32 vfork_child;  /* it sleeps until that one executes a program or exits */
	u32 vfork_parent; /* the other end */

	struct sig_task *signals;  /* NULL: has nothing of its own */
	struct locks *locks;       /* NULL: never had to do with any */
	struct children *children; /* NULL: never had any */
	/* NULL: the root; task.group is what it and the session come to */
	struct task_group *cgroup;

	/* Identity and family. */
	u32 index; /* in the pool */
	u32 pid;
	u32 comm;     /* name id */
	u32 spec;     /* workload's task_spec, or SPEC_NONE */
	u32 instance; /* within its spec; never used again */
	/* in world->pgrps, + 1: the group or session of its number; 0: there is none */
	u32 own_pgrp;
	struct process *process; /* NULL: an idle task's, or the proc is free */
	struct list thread_link;
	struct pid_number *number; /* in its pid namespace; NULL: that is the root */
	struct proc *real_parent;
	struct list sibling;   /* in its parent's children */
	u32 turn;              /* its place among them */
	u16 exit_code;         /* wait-status style */
	bool tells : 1;        /* a wait() would look at it */
	bool exit_begun : 1;   /* pays for its end */
	bool exit_traced : 1;  /* and RECORD_EXIT has told of it */
	bool reaped_early : 1; /* while it was OP_DEAD: freed when it has left its cpu */
	bool in_exec : 1;      /* it waits until the other threads are gone */
	bool should_stop : 1;  /* a kernel thread that kthread_stop() waits for */
	bool should_park : 1;  /* a kernel thread that kthread_park() was called for */
	/* of its process's threads, the last that the addressed one did not want */
	bool took_signal : 1;
	u8 exit_signal;        /* a leader's: tells its parent of its death; 0: nothing does */
	struct list spec_link; /* living instances of its spec */
	u64 kernel_ns;         /* what its calls have cost so far */
};

static_assert(sizeof(struct proc) <= 640, "a million tasks fit in a gigabyte");

struct mutex;
struct owned;
struct cond;
struct barrier;
struct semaphore;
struct pipe;
struct device;
struct event_queue;
struct rwlock;
struct eventfd;
struct futex;
struct kmutex;
struct rwsem;
struct completion;
struct ksem;
struct netdev;
struct spinlock;
struct epolls;
struct timerfd;
struct polls;
struct kthreads;
struct quotas;
struct signalfds;
struct sockets;
struct listeners;
struct sem_sets;
struct shms;
struct msg_queues;
struct mqueues;

/* What the world keeps of each task of the workload. */
struct spec_state {
	struct list living; /* proc.spec_link, by instance */
	u32 comm;           /* name of its forked children, and of its only instance */
	u32 next_instance;  /* number of the next one to be made */
	u32 nr_started;
	const char *rng_purpose;
	u32 *asleep;        /* BIRTH_WOKEN: pool index by instance */
	struct timer timer; /* starts the next instances */
	struct proc_world *world;
	u32 spec;
};

/* Kernel threads of one cpu that do something here; NULL: does not exist. */
struct cpu_threads {
	struct proc *cpuhp, *rcuc, *ktimers, *ksoftirqd;
};

/* Everything of the process side of one simulation. */
struct proc_world {
	struct sched *sched;
	struct machine *machine;
	struct stream *stream;
	const struct workload *workload;
	const struct costs *costs;
	struct arena *arena;
	struct names *names;
	struct pool procs;     /* struct proc */
	struct pool processes; /* struct process */
	struct pool pgrps;
	struct pool pidnses, pid_numbers, unshared_pool;
	struct list unshared; /* pidns_unshared.link */
	struct pool ptraces;
	struct pool mms, page_runs, mappings; /* proc/mm.c */
	bool counts_pages;                    /* the workload says something about memory */
	struct pool sighands, sig_mores, sig_frames, alarms, sig_tasks;
	struct pool children, locks, deep_loops, times;
	struct pool limits; /* proc/rlimit.c */
	bool has_limits;
	/* by user: those that RLIMIT_SIGPENDING counts; NULL: nobody has that limit */
	u32 *queued_signals;
	bool has_subreapers;      /* there was one: else nobody need look for the nearest */
	bool follows_waits;       /* proc/owned.c: nothing but children ends a wait for them */
	struct pool futex_extras; /* struct futex_extra */
	struct pid_space pids;
	struct spec_state *specs; /* by spec */
	u32 *text_names;          /* name ids of the workload's texts */
	struct proc *init, *kthreadd;
	struct cpu_threads *cpu_threads; /* by cpu */
	struct hotplug *hotplug;         /* proc/hotplug.c; NULL: no cpu ever goes offline */
	struct bh *bh;                   /* proc/bh.c; NULL: interrupts do softirqs at their ends */
	struct irq_lines *irq_lines;     /* proc/irq_lines.c */
	struct bh_thread *irq_threads;   /* by line; NULL without bh */
	struct irqs *irqs;               /* proc/irq.c; NULL: the machine has none of its own */
	struct mutex *mutexes;           /* by the workload's numbers */
	u64 pi_turns;                    /* given out to struct mutex.top_turn */
	struct cond *conds;
	struct barrier *barriers;
	struct semaphore *semaphores;
	struct pipe *pipes;
	struct program_ends *program_ends; /* by program; NULL: no ends close */
	/* by proc.index: its table of them, in files_pool, + 1; 0: none */
	u32 *files_of;
	u32 cap_files_of;
	struct pool files_pool, file_pool;
	bool counts_fs; /* some clone says by its flags what it shares */
	u32 *fs_of;     /* by proc.index: in fs_pool, + 1; 0: none */
	u32 cap_fs_of;
	struct pool fs_pool;
	struct device *devices;
	struct event_queue *event_queues;
	struct rwlock *rwlocks;
	struct eventfd *eventfds;
	/* by cpu: the task id whose registers it holds; NULL: they are switched with the task */
	u32 *fpu_owner;
	struct timerfd *timerfds;
	struct futex *futexes;
	struct sockets *sockets;     /* NULL: there are none */
	struct listeners *listeners; /* likewise */
	struct netdev *netdevs;
	struct tty *ttys;          /* NULL: there are none */
	struct polls *polls;       /* likewise */
	struct kthreads *kthreads; /* likewise */
	/* by the workload's groups: proc/freezer.c; NULL: none ever is */
	bool *frozen, *refrigerated;
	struct quotas *quotas;       /* likewise: of the numbers of tasks */
	struct signalfds *signalfds; /* likewise */
	struct kmutex *kmutexes;
	struct rwsem *rwsems;
	struct completion *completions;
	struct ksem *ksems;
	struct list spun_on; /* those of them for which somebody spins */
	struct spinlock *spinlocks;
	/* proc/rt_lock.c: instead of these three; NULL: the kernel is no realtime one */
	struct rt_locks *rt_locks;
	struct sem_sets *sem_sets; /* likewise */
	struct shms *shms;         /* likewise */
	struct msg_queues *msg_queues;
	struct mqueues *mqueues;
	struct epolls *epolls; /* NULL: there are none */
	struct pool io_requests;
	bool somebody_died;        /* or is about to */
	bool watches_calls;        /* interp_segment_end_watching() is the machine's handler */
	bool counts_calls;         /* likewise, and it counts */
	vec_of(u32 *) call_counts; /* by task id; NULL: it has called nothing yet */
	struct rcu rcu;
	struct worker *workers; /* by cpu; NULL: the kernel leaves them nothing */
	struct cow cow;
	u64 timer_slack_ns;    /* default */
	u64 groups_open_until; /* moves between cgroups need not wait before */
	u32 next_task_id, next_mm;
	u32 nr_procs; /* not yet freed, idle tasks and kernel threads included */
	u32 nr_alive; /* procs not yet dead, without idle tasks and kernel threads */
	/*
	 * the most of these that there were, or for whom there was room from the begin
	 * (costs.fork_grow)
	 */
	u32 most_alive;
	u32 nr_forks;          /* processes that were made by fork */
	u32 most_at_begin;     /* what most_alive was then */
	u32 nr_workload_alive; /* of those, tasks of the workload (and their children) */
	u32 nr_pending_starts; /* specs' instances still to be started */
	u64 total_forks;
	u32 *kept_stacks;     /* by cpu: proc/stack.c; NULL: they are not counted */
	u64 *kernel_ns;       /* by cpu: what calls have cost there */
	u64 *group_kernel_ns; /* by group: see times_left_group() */
	u32 max_procs;        /* of nr_procs: idle tasks and the kernel's threads-max */
	/* Set when the run must end: a diagnosis for the user. NULL: all is well. */
	char *failure;
	/* of the task that it is about; line 0: of none, or of one that is not the workload's */
	struct loc failure_loc;
	struct stall *stall; /* proc/stall.c */
};

static inline struct proc *proc_of(struct task *task)
{
	return container_of(task, struct proc, task);
}

/* Another proc in four bytes; 0: none. */
static inline u32 proc_ref(const struct proc *proc)
{
	return proc->index + 1;
}

static inline struct proc *proc_by_ref(const struct proc_world *world, u32 ref)
{
	return ref ? pool_at(&world->procs, ref - 1) : NULL;
}

/*
 * Walks all procs that have not been released, in no order: *at is 0 at first. NULL: that was all.
 */
struct proc *proc_next(const struct proc_world *world, u32 *at);

static inline struct proc_world *proc_world_of(const struct machine *machine)
{
	return machine->handlers.segment_self;
}

/* A dead leader whose other threads are all gone. */
static inline bool proc_is_whole_zombie(const struct proc *proc)
{
	return proc->exit_state == PROC_ZOMBIE && proc->process->nr_threads == 1;
}

/*
 * hrtimer_init_sleeper(): on a PREEMPT_RT kernel a sleep ends in a softirq, but for realtime and
 * deadline tasks.
 */
static inline void proc_choose_softness(const struct proc_world *world, struct proc *proc)
{
	if (likely(!world->bh))
		return;
	machine_timer_cancel(world->machine, &proc->timer);
	proc->timer.soft = policy_is_fair(proc->task.policy) ? TIMER_SOFT : TIMER_HARD;
}

static inline struct proc *proc_curr(struct proc_world *world, const struct cpu *cpu)
{
	return proc_of(sched_rq(world->sched, cpu->id)->curr);
}

/* ---- interp.c ---- */

/* The counters at *@loops, if there are any, are no longer needed. */
void loops_drop(struct proc_world *world, u32 *loops);

/* The machine's segment_end handler: @self is the proc_world. */
void interp_segment_end(void *self, struct cpu *cpu);
/*
 * The same, if world->watches_calls is set: tracers may stop at calls, and who calls what may be
 * counted.
 */
void interp_segment_end_watching(void *self, struct cpu *cpu);
/*
 * How often @proc has come back from @call (a place in the list of model/syscalls.h, or behind it).
 */
u32 interp_calls(const struct proc_world *world, const struct proc *proc, u32 call);

/* ---- lock.c ---- */

/* @proc's part in locks, made if it has none; dropped when it is freed. */
struct locks *locks_make(struct proc_world *world, struct proc *proc);
void locks_drop(struct proc_world *world, struct proc *proc);
void sync_init(struct proc_world *world);
/* A dying proc leaves the queues it is in and, as the kernel does, hands over its PI mutexes only.
 */
void sync_proc_exit(struct proc_world *world, struct proc *proc);
/* Its System V semaphores, and what it has of files but pipes and sockets. */
void sync_files_exit(struct proc_world *world, struct proc *proc);
/* A signal ends the sleep of @proc: it leaves its queue, and comes back when its op begins anew. */
void sync_interrupt(struct proc_world *world, struct proc *proc);
/* The priority of @proc has changed: it may wait for a PI mutex. */
void mutex_prio_changed(struct proc_world *world, struct proc *proc);

/* ---- proc.c ---- */

/*
 * The present op spends @cost in the kernel and goes on in @phase: at once if this returns false,
 * else when that is over (return from the step). The op has entered the kernel: when it is
 * complete, signals and reschedules are looked at, as on each return to user mode.
 */
must_check bool proc_pay(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 cost,
			 u8 phase);
/* The same for the way to sleep: at its end interrupts are off (costs.irqs_off). */
must_check bool proc_pay_block(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			       u64 cost, u8 phase);
/* The same without entering the kernel: the C library's work. */
must_check bool proc_work(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 cost,
			  u8 phase);
/* As proc_pay(), on top of what its wakeups have taken: also if @cost is 0. */
must_check bool proc_pay_all(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 cost,
			     u8 phase);
/*
 * The present op sleeps interruptibly and goes on in @phase when woken, which may be too early: it
 * looks again at what it waits for. Return from the step.
 */
void proc_sleep(struct proc_world *world, struct cpu *cpu, struct proc *proc, u8 phase);
/* The same in another state, such as TASK_KILLABLE. */
void proc_sleep_state(struct proc_world *world, struct cpu *cpu, struct proc *proc, u8 phase,
		      u16 state);

/*
 * A run-time mistake of the workload (unlock of what it does not hold, a spinning program): the run
 * ends. Return from the step. @proc NULL: nobody in particular.
 */
printf_like(3, 4) void proc_fail(struct proc_world *world, struct proc *proc, const char *fmt, ...);

/* The present op has failed with @error: the program may look at that, so it is no mistake. */
void proc_refuse(struct proc_world *world, const struct proc *proc, int error, const char *what);
/*
 * The same of an op that takes something: the program goes on behind the op that would give it
 * back. True: the op is complete.
 */
bool proc_goes_without(struct proc_world *world, struct proc *proc, int error, const char *what);

/* Records of a task's life; their cpu is the acting one. */
void record_put(struct proc_world *world, const struct proc *proc, enum record_kind kind, u32 other,
		u32 arg, u64 value);
/* TASK or FORK. @parent: task id. */
void record_birth(struct proc_world *world, const struct proc *proc, enum record_kind kind,
		  u32 parent);
/* At birth; later changes are recorded by those who make them. */
void record_attr(struct proc_world *world, const struct proc *proc);

#endif
