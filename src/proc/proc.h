/* SPDX-License-Identifier: MIT */
/*
 * A process or thread: its task, its family, its program counter, what it holds and waits for.
 *
 * Reference: process.md 1-4 and 7. A proc lives in a pool and is recycled when it is reaped; its
 * task id is never used again. "Process" is the thread group; its leader is the proc with pid == tgid.
 * Lists are head to tail.
 */
#ifndef OSSIM_PROC_PROC_H
#define OSSIM_PROC_PROC_H

#include "base/list.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/vec.h"
#include "machine/timer.h"
#include "model/workload.h"
#include "proc/pid.h"
#include "proc/wait.h"
#include "sched/sched.h"

struct proc;
struct proc_world;

enum proc_exit_state { PROC_ALIVE, PROC_ZOMBIE, PROC_DEAD };

/* Signals that this part of the model knows (more in a later layer). */
enum { SIG_KILL = 9, SIG_CHLD = 17, SIG_CONT = 18, SIG_STOP = 19 };

/* How a proc's present op goes on when its task runs next. */
enum op_phase {
	OP_START,     /* not begun */
	OP_COST,      /* its kernel cost is being paid; then its effect */
	OP_BLOCKED,   /* it slept; check whether what it waited for has come */
	OP_DONE,      /* its effect has happened; next op */
};

/* What threads of one process share. */
struct process {
	u32 tgid;
	u32 mm;
	u32 nr_threads, nr_live;
	struct proc *leader;
	struct list threads;        /* proc.thread_link, leader first, then by creation */
	struct wait_queue child_wait; /* wait_chldexit */
	bool group_exit;
	u32 group_exit_code;
	bool stopped;               /* group stop in force */
	bool stop_pending;          /* SIGSTOP generated, not yet all threads stopped */
	bool sigchld_ignored;       /* SIGCHLD is SIG_IGN: children are reaped by themselves */
	bool is_init;
};

struct proc {
	struct task task;           /* first: 64-byte aligned */

	/* Running the program. */
	const struct program *program;
	u32 pc;
	u8 phase;                   /* enum op_phase */
	u8 exit_state;              /* enum proc_exit_state */
	u16 instance;               /* within its spec */
	u32 loop_left[LOOP_DEPTH_MAX];
	struct rng_small rng;
	struct timer timer;         /* sleep, timer op, timeouts */
	u64 wake_at;                /* absolute end of the present sleep */
	u64 grid_start;             /* first use of `timer`; NEVER: not yet */
	u64 grid_index;
	u64 grid_period;
	u64 timer_slack_ns;

	/* Waiting. */
	struct wait_entry wait;     /* in at most one wait queue */
	struct wait_queue *waiting_on;
	u64 wait_arg;               /* bytes left to write or read, pid waited for, barrier round, ... */
	struct proc *owner_blocked_by; /* holder of the mutex it waits for, for PI chains */

	/* Holding. */
	struct list held;           /* mutexes it holds (struct mutex.held_link) */

	/* Identity and family. */
	u32 index;                  /* in the pool */
	u32 pid;
	u32 comm;                   /* name id */
	u32 spec;                   /* workload's task_spec, or SPEC_NONE */
	struct process *process;
	struct list thread_link;
	struct proc *real_parent;
	struct list children;       /* leaders, by creation; proc.sibling */
	struct list sibling;
	struct list all_link;       /* world->all: leaders in order of creation */
	struct list spec_link;      /* living instances of its spec */
	u64 start_ns;
	u32 exit_code;              /* wait-status style */
	u32 pending;                /* bit per signal of the enum above (1 << sig) */
	u64 nr_ops;                 /* ops stepped since time last moved: the spin guard */
	u64 guard_at;
};

struct mutex;
struct cond;
struct barrier;
struct semaphore;
struct pipe;

/* Everything of the process side of one simulation. */
struct proc_world {
	struct sched *sched;
	struct machine *machine;
	struct stream *stream;
	const struct workload *workload;
	const struct costs *costs;
	struct arena *arena;
	struct names *names;
	struct pool procs;          /* struct proc */
	struct pool processes;      /* struct process */
	struct pid_space pids;
	struct list all;            /* leaders */
	struct list *by_spec;       /* living instances, by spec: proc.spec_link */
	struct proc *init, *kthreadd;
	struct mutex *mutexes;      /* by the workload's numbers */
	struct cond *conds;
	struct barrier *barriers;
	struct semaphore *semaphores;
	struct pipe *pipes;
	u32 next_task_id;
	u32 nr_alive;               /* procs not yet dead, without idle tasks and kernel threads */
	u32 nr_workload_alive;      /* of those, tasks of the workload (and their children) */
	u32 nr_pending_starts;      /* specs' instances still to be started */
	u64 total_forks, fork_failures;
	u32 max_procs;              /* explicit limit */
	/* Set when the run must end: a diagnosis for the user. NULL: all is well. */
	char *failure;
};

static inline struct proc *proc_of(struct task *task)
{
	return container_of(task, struct proc, task);
}

static inline struct proc *proc_curr(struct proc_world *world, const struct cpu *cpu)
{
	return proc_of(sched_rq(world->sched, cpu->id)->curr);
}

/* ---- life.c ---- */

/*
 * Before the first event: swapper/N, init, kthreadd, per-cpu kernel threads (at least migration/N),
 * the TASK and ATTR records of all of them; then arms the timers that start the workload's tasks.
 */
void proc_world_init(struct proc_world *world, struct arena *arena, struct sched *sched,
		     struct stream *stream, struct names *names, const struct workload *workload);
void proc_world_fini(struct proc_world *world);

/*
 * fork or clone in @parent: a child of @spec's program, or of the parent's own spec. NULL: no pid,
 * no memory (EAGAIN). The child is visible (FORK record) but was not woken: proc_wake_child().
 */
struct proc *proc_fork(struct proc_world *world, struct proc *parent, u32 spec, bool thread);
void proc_wake_child(struct proc_world *world, struct proc *child);
/* New comm and, if @program is not NULL, new program; records RENAME and EXEC. */
void proc_exec(struct proc_world *world, struct proc *proc, const char *comm,
	       const struct program *program);
/*
 * do_exit of the current task of @cpu with a wait-status style @code; @group: all its threads die.
 * The cpu has switched when it returns.
 */
void proc_exit(struct proc_world *world, struct cpu *cpu, u32 code, bool group);
/*
 * One scan of wait4(-1): reaps the oldest zombie child and returns its pid; 0: children, but no
 * zombie; -1: no children (ECHILD).
 */
s64 proc_reap_one(struct proc_world *world, struct proc *parent);

/* ---- signal.c ---- */

/* kill(): SIG_KILL, SIG_STOP or SIG_CONT to the process of @target. */
void proc_signal(struct proc_world *world, struct proc *target, u32 sig);
/* Delivery at return to user: true if the cpu has switched (the task died or stopped). */
bool proc_deliver(struct proc_world *world, struct cpu *cpu, struct proc *proc);

/* ---- interp.c ---- */

/* The machine's segment_end handler: @self is the proc_world. */
void interp_segment_end(void *self, struct cpu *cpu);

/* ---- lock.c, sync.c: called by the interpreter for the current task of @cpu ---- */

/* True: the op is complete. False: the cpu has switched (the task sleeps); the op is called again
 * with phase OP_BLOCKED when the task runs next. */
bool mutex_lock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 mutex);
bool mutex_unlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 mutex);
bool cond_wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 cond, u32 mutex);
bool cond_signal_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 cond, bool all);
bool barrier_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 barrier);
bool sem_wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 sem);
bool sem_post_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 sem);
bool pipe_write_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 pipe, u64 bytes);
bool pipe_read_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 pipe, u64 bytes);
void sync_init(struct proc_world *world);
/* A dying proc gives up what it holds and leaves the queues it is in. */
void sync_proc_exit(struct proc_world *world, struct proc *proc);

/* A run-time mistake of the workload (unlock of what it does not hold, a spinning program): the run ends. */
printf_like(3, 4) void proc_fail(struct proc_world *world, struct proc *proc, const char *fmt, ...);

#endif
