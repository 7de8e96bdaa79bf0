/* SPDX-License-Identifier: MIT */
/*
 * Read-copy-update, as far as a schedule shows it: who dies is freed by a callback after a grace
 * period, and grace periods are the work of a kernel thread, rcu_preempt, which ticks wake.
 *
 * Kernel: kernel/rcu/tree.c. Callbacks are their cpu's. At each of its ticks a cpu asks itself
 * (rcu_pending()) whether it has something to tell or to do; then the tick ends in the RCU softirq,
 * which notes what period began or ended, reports that its cpu has passed through a quiescent state
 * of that under way (behind the tick at which it was noted), asks for a period for its callbacks,
 * and wakes the thread if nobody else is awaited, or nobody has asked before. The thread begins a
 * period, or ends one and begins the next if anybody has asked. Its own cpu notes that at once,
 * others at their next tick: on one cpu a death wakes it at the next tick and at the one after, a
 * storm of them at every tick; each such wakeup makes the scheduler pick anew. On several it takes
 * a tick more, and where a cpu idles without ticks the thread finds that when its timeout has
 * passed, two ticks behind the begin (rcu_gp_fqs()). Callbacks that come while a period is under
 * way wait for the next whole one. What a period has made ready the softirq of its cpu runs in the
 * order in which they came, a batch of ten; what is beyond that it leaves to ksoftirqd if the cpu
 * shall reschedule, as it does when the thread has just woken. A cpu with callbacks ticks on while
 * it idles (rcu_needs_cpu()).
 *
 * A death leaves a callback for its number (kernel/pid.c, free_pid()), before it one for the node
 * of the tree of numbers if that is empty now (lib/radix-tree.c; nodes are of 64 numbers), and one
 * for the task (sched_process_free). That one puts the task's credentials, which are freed by a
 * callback of their own, a grace period later (kernel/cred.c). Before 6.7 a file that nobody has
 * open any more leaves one, too (fs/file_table.c, FILES_FREED_BY_RCU).
 *
 * A PREEMPT_RT kernel has no such softirq: ticks wake rcuc/N, which does all of it, without
 * batches, and is FIFO 1 as rcu_preempt is then (kthread_prio, by CONFIG_RCU_BOOST).
 *
 * Not modelled: callbacks of other kernel parts, boosting.
 */
#ifndef OSSIM_PROC_RCU_H
#define OSSIM_PROC_RCU_H

#include "base/vec.h"
#include "machine/timer.h"

struct bh_thread;
struct cpu;
struct proc;
struct proc_world;

enum rcu_kind {
	RCU_NODE,
	RCU_NUMBER,
	RCU_TASK,
	RCU_CREDENTIALS,
	RCU_STACK,
	RCU_FILE,
	RCU_WAITER,
	RCU_SYNC
};

struct rcu_callback {
	u32 id; /* RCU_TASK: what its FREE record tells; RCU_WAITER: who waits, */
	s32 prio;
	bool last; /* and whether the process goes with it */
	u8 kind;
};

/* What waits on a cpu: ready; for the period under way or asked for, for the one behind it; not
 * assigned to any. */
enum rcu_segment { RCU_DONE, RCU_WAIT, RCU_NEXT_READY, RCU_NEXT, RCU_SEGMENTS };

struct rcu_cpu {
	struct rcu *rcu;
	struct timer timer; /* the softirq of this tick */
	/* in the order in which they came; those before first are gone */
	vec_of(struct rcu_callback) all;
	u32 first;
	u32 nr[RCU_SEGMENTS];
	u64 until[RCU_SEGMENTS]; /* of RCU_WAIT and RCU_NEXT_READY: what rcu.seq is then */
	u64 seen;                /* rcu.seq as this cpu has noted it */
	bool needs_report;       /* it has noted that it is awaited */
	bool awaited;            /* by the period under way; */
	bool looked_at;          /* does it idle? Not so, when it had made so many */
	u64 switches;
	bool again;   /* the softirq has raised itself, for callbacks beyond a batch */
	bool put_off; /* interrupts came before the softirq, which waits for the end of their way */
	bool timers;  /* that of the timers comes before the softirq */
	bool wheel; /* with rcuc: at that tick there is a softirq of timers, which finds nothing to
		       do */
	u64 way;    /* from the end of the tick, or of these, to the softirq */
};

struct rcu {
	struct proc_world *world;
	struct proc *thread; /* NULL: grace periods are not modelled */
	struct rcu_cpu *cpus;
	u64 seq;        /* twice the number of periods that are over, and one if one is under way */
	u64 needed;     /* what seq shall be at least, as somebody has asked for it */
	bool asked;     /* the thread shall begin one */
	bool woke;      /* this softirq has woken the thread */
	u32 nr_awaited; /* cpus */
	u64 begun;      /* when that under way did; 0: none is */
	u64 look; /* when the timer softirq looks for a timeout of the thread; 0: it does not */
	u32 home; /* the cpu of that timeout */
	struct timer timeout;   /* on several cpus: one alone has always reported by then */
	struct bh_thread *rcuc; /* by cpu: they do what the softirq would; NULL: the kernel is no
				   realtime one */
};

/* @thread sleeps on a cpu. */
void rcu_init(struct proc_world *world, struct proc *thread);
/* The threads rcuc/N of a realtime kernel, which exist: rcu_cpu_kthread(). */
void rcu_threads_init(struct proc_world *world);
/* Its tick begins: rcu_sched_clock_irq(). */
void rcu_tick(struct proc_world *world, struct cpu *cpu);
/* @dead has left: nobody waits for it, and what it has left is this cpu's. */
void rcu_cpu_gone(struct proc_world *world, u32 dead, u32 cpu);
/* free_pid(): @pid of the root namespace was put on this cpu. Nothing happens if grace periods are
 * not modelled. */
void rcu_free_number(struct proc_world *world, u32 pid);
/*
 * put_task_struct(): the reaped task @id has left its cpu, and its memory is freed by a callback,
 * which writes the FREE record. @last: of its process. False: grace periods are not modelled, and
 * it is free now.
 */
must_check bool rcu_free_task(struct proc_world *world, u32 id, s32 prio, bool last);
/* thread_stack_delayed_free(): a stack, on this cpu. */
void rcu_free_stack(struct proc_world *world);
/* file_free(): the last who had it open has closed it. Nothing if the kernel frees files at once.
 */
void rcu_free_file(struct proc_world *world);
/* wait_rcu_gp(): @proc, which falls asleep, is woken when a grace period has passed. False: they
 * are not modelled. */
must_check bool rcu_wait(struct proc_world *world, const struct proc *proc);
/* rcu_sync_call(): a callback of which nothing is seen. Nothing if grace periods are not modelled.
 */
void rcu_sync(struct proc_world *world);
/* The timer softirq of the tick at @tick looks at the wheel for others. */
void rcu_wheel_looked_at(struct proc_world *world, u64 tick);
/* A further pass of softirqs begins on @cpu: the RCU one asks for what its callbacks have queued
 * meanwhile (put_cred()). */
void rcu_softirq_again(struct proc_world *world, u32 cpu);
void rcu_fini(struct proc_world *world);
/* The thread's step, whenever it runs. */
void rcu_step(struct proc_world *world, struct cpu *cpu, struct proc *thread);

#endif
