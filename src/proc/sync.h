/* SPDX-License-Identifier: MIT */
/* What the workload's named objects are at run time. Reference: process.md 8.2, 8.3, 8.5. */
#ifndef OSSIM_PROC_SYNC_H
#define OSSIM_PROC_SYNC_H

#include "proc/proc.h"

struct cpu;

/* ---- readers.c: who reads a lock ---- */

enum { READERS_TOLD = 8 }; /* so many are told apart */

struct reader {
	const struct proc *proc; /* NULL: nobody */
	u32 times;
};

struct readers {
	struct reader told[READERS_TOLD];
	/*
	 * how many times those have it who are not told apart: later ones, the dead, and after
	 * mistakes
	 */
	u32 others;
};

void readers_add(struct readers *readers, const struct proc *proc);
/* It gives it back; it may never have had it. Somebody has. */
void readers_remove(struct readers *readers, const struct proc *proc);
/* It dies, perhaps as a reader. */
void readers_exit(struct readers *readers, const struct proc *proc);

/* What one task holds, or several read, and others wait for: a circle of these is a deadlock. */
struct owned {
	const char *name;
	/* NULL: nobody holds it, or its holder died; of what has readers: or they do */
	struct proc *owner;
	struct readers *readers; /* NULL: it has none */
	bool died;               /* a holder has, with it */
};

/* ---- owned.c ---- */

void owned_init(struct proc_world *world);
/*
 * True, and the run has failed, if waiting for @wanted closes a circle of owners, or of those and
 * waits for children.
 */
bool is_deadlock(struct proc_world *world, struct proc *proc, const struct owned *wanted);
/* The same of the children for which @proc is about to wait. */
bool is_wait_deadlock(struct proc_world *world, struct proc *proc);

/*
 * A normal mutex is the futex word of the C library: free, held, held and perhaps waited for
 * (contended). A PI mutex belongs to its owner's task in the kernel; reserved: the owner was chosen
 * by an unlock and has not run since.
 */
struct mutex {
	struct owned own;
	const struct mutex_spec *spec;
	bool pi;
	bool locked; /* without an owner: its holder died */
	bool contended;
	bool reserved;
	bool lateral;          /* what is reserved for a fair task may be taken by any other one */
	bool owner_died;       /* robust: the next holder is told (EOWNERDEAD), */
	bool inconsistent;     /* and has not put it in order yet; */
	bool not_recoverable;  /* it gave it back like that (ENOTRECOVERABLE) */
	u8 own_priority;       /* protect: the rt priority of its holder without any ceiling */
	u32 depth;             /* recursive: times locked beyond the first */
	struct list held_link; /* owner's list of what it holds */
	struct wait_queue waiters;
	/*
	 * Of a PI mutex: the waiter by which it counts for its owner, and its turn among equals
	 * there.
	 */
	struct proc *top;
	u64 top_turn;
};

/* Waiters are in the queue from the call on, asleep or not yet; who is out of it has been
 * signalled. */
struct cond {
	const char *name;
	struct wait_queue waiters;
};

struct barrier {
	const char *name;
	u32 parties, arrived;
	u64 round;
	struct wait_queue waiters;
};

struct semaphore {
	const char *name;
	u64 value;
	u64 nr_waiters; /* between finding it 0 and getting it */
	struct wait_queue waiters;
};

enum { PIPE_SLOT_BYTES = 4096 };

struct pipe_slot {
	u16 offset, len;
};

/* The two ends of a pipe or a socket pair. */
struct ends {
	bool close;     /* they do, with their last holders */
	bool fifo;      /* who holds them has opened them */
	u32 opens[2];   /* of a FIFO: how often */
	bool opened[2]; /* somebody has held it */
	u32 holders[2]; /* tasks that hold it, and tasks that are still to be started */
};

/* Nobody holds this end, and somebody has; nobody who opened a FIFO expects more. */
static inline bool end_is_closed(const struct ends *ends, u32 end)
{
	return ends->close && (ends->opened[end] || ends->fifo) && !ends->holders[end];
}

/* A ring of pages; head and tail count slots ever filled and emptied. */
struct pipe {
	const char *name;
	struct pipe_slot *slots;
	u32 nr_slots; /* a power of two */
	u32 head, tail;
	struct wait_queue readers, writers;
	/* somebody has looked by epoll: from then on each write wakes readers */
	bool polled;
	struct ends ends; /* by enum pipe_end */
	u64 times[2];     /* by enum pipe_end: jiffies as of the last read, the last write */
};

/* A write or send has moved a part: a signal ends it with the count. */
bool pipe_write_has_moved(const struct proc *proc);
bool socket_send_has_moved(const struct proc *proc);

/* ---- pipe_ends.c ---- */

static inline bool pipe_is_closed(const struct pipe *pipe, enum pipe_end end)
{
	return end_is_closed(&pipe->ends, end);
}
/* What has ends. */
/* @proc has given up this end itself. */
bool end_given_up(const struct proc_world *world, const struct proc *proc, enum end_kind kind,
		  u32 index, u32 end);
/* OPEN_READ, OPEN_WRITE of a FIFO. */
bool fifo_open_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		  const struct op *op);
/* A signal has ended such an open: the end is closed again. */
void fifo_open_interrupted(struct proc_world *world, struct proc *proc, const struct op *op);
/* CLOSE_READ, CLOSE_WRITE, CLOSE. */
bool end_close_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, enum end_kind kind,
		  u32 index, u32 end);

/* ---- socket.c ---- */

void sockets_init(struct proc_world *world);
void sockets_fini(struct proc_world *world);
struct ends *socket_ends(struct proc_world *world, u32 index);
/* The last holder of @end is gone. */
void socket_closed(struct proc_world *world, u32 index, u32 end);
u32 socket_poll(struct proc_world *world, u32 index, u32 end, struct wait_queue **queue);
bool socket_shutdown_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			const struct op *op);

/* ---- connection.c ---- */

void listeners_init(struct proc_world *world);
void listeners_fini(struct proc_world *world);
/* A connection from outside, with a request of @bytes. False: the backlog is full. */
bool listener_arrival(struct proc_world *world, u32 index, u32 bytes);
/* Which of all listening sockets is @proc's at that listener. */
u32 listener_socket_of(struct proc_world *world, const struct proc *proc, u32 listener);
u32 listener_poll(struct proc_world *world, u32 socket, struct wait_queue **queue);
/*
 * Connections in tables of files, only if there are listeners. @child, of the same table, means by
 * names what @parent means; or its table is a copy of its parent's; @proc executes @program with a
 * new table; it dies; nobody has the table any more.
 */
void connections_share(struct proc_world *world, const struct proc *parent,
		       const struct proc *child);
void connections_copy(struct proc_world *world, const struct proc *parent, u32 from,
		      const struct proc *child, u32 to);
void connections_exec(struct proc_world *world, const struct proc *proc,
		      const struct program *program, u32 to);
void connections_forget(struct proc_world *world, const struct proc *proc);
/*
 * In place of a listener the connection that @proc means by it, and its end of that; WATCH_NOTHING:
 * none.
 */
enum { WATCH_NOTHING = UINT32_MAX };
void connection_identify(const struct proc_world *world, const struct proc *proc, u32 listener,
			 struct op_watch *watch);
/* Without a connection nothing happens, and *queue is NULL. */
u32 connection_poll(const struct proc_world *world, u32 index, u32 end, struct wait_queue **queue);
/* eventpoll_release(): what is waited for in @queue is closed, and no epoll watches it any more. */
void epoll_forget(struct proc_world *world, const struct wait_queue *queue);
/*
 * Has @proc's table of files that end of a connection through @listener? Then, from now on that is
 * what @proc means.
 */
bool connection_is_open(const struct proc_world *world, const struct proc *proc, u32 listener,
			const struct op_watch *watch);
void connection_mean(struct proc_world *world, const struct proc *proc, u32 listener,
		     const struct op_watch *watch);
/* Is there an epoll that watches what is waited for in @queue? */
bool epoll_watches(const struct wait_queue *queue);
/* A call of @proc in a connection is over, or breaks off. */
void connection_interrupted(struct proc_world *world, struct proc *proc);
void connections_close(struct proc_world *world, u32 files);
/* Those that a table has open, in the order of opening: *at is 0 at first. False: that was all. */
bool connections_next(const struct proc_world *world, u32 files, u32 *at, u32 *listener, u32 *end);

/*
 * The steps of locking and unlocking, for ops that do so in between: they begin in phase @base and
 * use the next few. True: done. False: return from the step.
 */
enum { UNLOCK_STEPS = 4 };
/* @marked: the lock is taken as contended, as after a wait on a condition. Until proc->wake_at. */
must_check bool mutex_lock_steps(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				 struct mutex *mutex, u8 base, bool marked);
must_check bool mutex_unlock_steps(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				   struct mutex *mutex, u8 base);

/*
 * FUTEX_CMP_REQUEUE_PI, for @proc, which sleeps elsewhere and is in no queue: it has the PI mutex
 * now (false: somebody else has), to be given back by a call if @contended; or it waits for it, and
 * goes on as a locker with those steps.
 */
must_check bool mutex_take_for(struct proc_world *world, struct mutex *mutex, struct proc *proc,
			       bool contended);
void mutex_wait_for(struct proc_world *world, struct mutex *mutex, struct proc *proc, u8 base);

/* The present op only tries to lock. */
static inline bool is_try(const struct proc *proc)
{
	const struct op *op = &proc->program->ops[proc->pc];

	return op->code == OP_LOCK && op->flags & OP_NONBLOCK;
}

/*
 * The kinds of a lock's and an unlock's steps without what protects a priority. True: done, be it
 * that the lock was refused.
 */
must_check bool mutex_lock_plainly(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				   struct mutex *mutex, u8 base, bool marked);
must_check bool mutex_unlock_plainly(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				     struct mutex *mutex, u8 base);

/* ---- ceiling.c: the same steps with it ---- */

must_check bool ceiling_lock(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			     struct mutex *mutex, u8 base, bool marked);
must_check bool ceiling_unlock(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			       struct mutex *mutex, u8 base);

void pipes_init(struct proc_world *world);
void devices_init(struct proc_world *world);
struct bh_job;
extern const struct bh_job device_job; /* of the thread of its interrupts */
void event_queues_init(struct proc_world *world);
/* @proc, whose call a signal or its death ends, leaves the wait queue that it may stand in. */
void event_queue_left(struct proc_world *world, struct proc *proc);
void rwlocks_init(struct proc_world *world);
/* What a dead writer held stays locked for ever. */
void rwlocks_proc_exit(struct proc_world *world, const struct proc *proc);
void rwsems_init(struct proc_world *world);
void rwsems_proc_exit(struct proc_world *world, const struct proc *proc);
void kmutexes_init(struct proc_world *world);
void spinlocks_init(struct proc_world *world);
void futexes_init(struct proc_world *world);
void eventfds_init(struct proc_world *world);
void timerfds_init(struct proc_world *world);

/*
 * ---- What can be watched: which WATCH_* events hold now, and the queue in which to wait for them
 * ----
 */

enum { WATCH_HUP = 4 }; /* the other side is gone: told whether asked for or not */
u32 pipe_poll(struct proc_world *world, u32 index, enum pipe_end end, struct wait_queue **queue);
u32 timerfd_poll(struct proc_world *world, u32 index, struct wait_queue **queue);
u32 eventfd_poll(struct proc_world *world, u32 index, struct wait_queue **queue);

/* ---- sysv_sem.c, sysv_msg.c, mqueue.c ---- */

void sem_sets_init(struct proc_world *world);
void sem_sets_fini(struct proc_world *world);
/* What its calls have asked to be undone (SEM_UNDO). */
void sem_process_exit(struct proc_world *world, struct process *process);
void msg_queues_init(struct proc_world *world);
void msg_queues_fini(struct proc_world *world);
void mqueues_init(struct proc_world *world);
void mqueues_fini(struct proc_world *world);
/*
 * The process ends or executes a program, and is told of no message any more. Only if there are
 * queues.
 */
void mqueue_process_gone(struct proc_world *world, const struct process *process);
/* A process begins, or executes @program (NULL: goes on with its own). */
void mqueue_process_begins(struct proc_world *world, const struct proc *proc,
			   const struct proc *parent);
void mqueue_exec(struct proc_world *world, const struct process *process,
		 const struct program *program);
/* What the name of the workload's queue @spec means to @process. */
u32 mqueue_of(struct proc_world *world, const struct process *process, u32 spec);
u32 mqueue_poll(struct proc_world *world, u32 index, struct wait_queue **queue);

/* ---- completion.c, ksem.c, and what they and kmutex.c share ---- */

void completions_init(struct proc_world *world);
void ksems_init(struct proc_world *world);

/* How the op sleeps: D, or as it says. */
static inline u16 kernel_sleep_state(const struct op *op)
{
	switch ((enum kernel_sleep)(op->a >> KERNEL_SLEEP_SHIFT)) {
	case KERNEL_SLEEP_S:
		return TASK_INTERRUPTIBLE;
	case KERNEL_SLEEP_KILLABLE:
		return TASK_KILLABLE;
	default:
		return TASK_UNINTERRUPTIBLE;
	}
}

/* signal_pending_state(): it is to sleep in a state out of which a signal that it has takes it. */
static inline bool kernel_sleep_is_broken(const struct proc *proc, const struct op *op)
{
	switch ((enum kernel_sleep)(op->a >> KERNEL_SLEEP_SHIFT)) {
	case KERNEL_SLEEP_S:
		return proc->task.flags & (TASK_FLAG_NOTIFY | TASK_FLAG_FATAL);
	case KERNEL_SLEEP_KILLABLE:
		return proc->task.flags & TASK_FLAG_FATAL;
	default:
		return false;
	}
}

/* Who is in the kernel already pays for no way into it. */
static inline u64 kernel_call_cost(const struct proc_world *world, const struct op *op, bool ready)
{
	if (op->a & SECTION_INSIDE)
		return 0;
	return ready ? world->costs->syscall : world->costs->block;
}

/* ---- epoll.c ---- */

void epolls_init(struct proc_world *world);
/* Their entries in wait queues, in no order: *at is 0 at first. NULL: that was all. */
const struct wait_watch *epoll_next_watch(const struct proc_world *world, u32 *at);
void epolls_fini(struct proc_world *world);
/* A thread dies: what it was told of last, and at the end of its process its private epolls. */
void epoll_proc_exit(struct proc_world *world, struct proc *proc);

#endif
