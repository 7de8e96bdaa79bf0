/* SPDX-License-Identifier: MIT */
/*
 * Read-copy-update, as far as a schedule shows it: who dies is freed by a callback after a grace
 * period, and grace periods are the work of a kernel thread, rcu_preempt, which ticks wake.
 *
 * Kernel: kernel/rcu/tree.c. While a cpu has callbacks, each of its ticks ends in the RCU softirq:
 * it asks for a grace period, or reports that its cpu has passed through a quiescent state, and
 * wakes the thread for either. The thread begins a period, or ends one and begins the next if
 * there are callbacks that came since. So one death wakes it at the next tick and at the one after,
 * a storm of them at every tick; and each such wakeup makes the scheduler pick anew. When a period
 * ends, the softirq runs the callbacks in the order in which they came, a batch of ten; what is beyond that it leaves to
 * ksoftirqd if the cpu shall reschedule, as it does when the thread has just woken.
 *
 * A death leaves a callback for its number (kernel/pid.c, free_pid()), before it one for the node of the tree of numbers if
 * that is empty now (lib/radix-tree.c; nodes are of 64 numbers), and one for the task (sched_process_free). That one puts
 * the task's credentials, which are freed by a callback of their own, a grace period later (kernel/cred.c). Before 6.7 a
 * file that nobody has open any more leaves one, too (fs/file_table.c, FILES_FREED_BY_RCU).
 *
 * A PREEMPT_RT kernel has no such softirq: ticks wake rcuc/N, which does all of it, without batches, and is FIFO 1 as
 * rcu_preempt is then (kthread_prio, by CONFIG_RCU_BOOST).
 *
 * Not modelled: several cpus report for themselves (here the one with the callbacks reports for
 * all), callbacks of other kernel parts, boosting.
 */
#ifndef OSSIM_PROC_RCU_H
#define OSSIM_PROC_RCU_H

#include "base/vec.h"
#include "machine/timer.h"

struct bh_thread;
struct cpu;
struct proc;
struct proc_world;

enum rcu_kind { RCU_NODE, RCU_NUMBER, RCU_TASK, RCU_CREDENTIALS, RCU_STACK, RCU_FILE, RCU_WAITER, RCU_SYNC };

struct rcu_callback {
	u32 id; /* RCU_TASK: what its FREE record tells; RCU_WAITER: who waits, */
	s32 prio;
	bool last; /* and whether the process goes with it */
	u8 kind;
};

struct rcu {
	struct proc_world *world;
	struct proc *thread; /* NULL: grace periods are not modelled */
	struct timer timer;  /* the softirq of the next tick */
	vec_of(struct rcu_callback) all; /* in the order in which they came; those before first are gone */
	u32 first;
	u32 nr_done;         /* for the next softirq, */
	u32 nr_waiting;      /* for the grace period under way to end, */
	u32 nr_queued;       /* for one to begin; */
	u32 nr_asked;        /* of those, that had come as a softirq asked for one last; behind one under way all are */
	u32 again;           /* the cpu, + 1, on which the softirq has raised itself, for callbacks beyond a batch; 0: none */
	u64 begun;           /* when that under way did; 0: none is */
	u64 look;            /* when the timer softirq looks for a timeout of the thread; 0: it does not */
	bool put_off;        /* interrupts came before the softirq, which waits for the end of their way */
	bool timers;         /* that of the timers comes before the softirq */
	u64 way;             /* from the end of the tick, or of these, to the softirq */
	struct bh_thread *rcuc; /* by cpu: they do what the softirq would; NULL: the kernel is no realtime one */
	bool wheel;             /* with rcuc: at that tick there is a softirq of timers, which finds nothing to do */
};

/* @thread sleeps on a cpu. */
void rcu_init(struct proc_world *world, struct proc *thread);
/* The threads rcuc/N of a realtime kernel, which exist: rcu_cpu_kthread(). */
void rcu_threads_init(struct proc_world *world);
/* free_pid(): @pid of the root namespace was put on this cpu. Nothing happens if grace periods are not modelled. */
void rcu_free_number(struct proc_world *world, u32 pid);
/*
 * put_task_struct(): the reaped task @id has left its cpu, and its memory is freed by a callback, which writes the
 * FREE record. @last: of its process. False: grace periods are not modelled, and it is free now.
 */
must_check bool rcu_free_task(struct proc_world *world, u32 id, s32 prio, bool last);
/* thread_stack_delayed_free(): a stack, on this cpu. */
void rcu_free_stack(struct proc_world *world);
/* file_free(): the last who had it open has closed it. Nothing if the kernel frees files at once. */
void rcu_free_file(struct proc_world *world);
/* wait_rcu_gp(): @proc, which falls asleep, is woken when a grace period has passed. False: they are not modelled. */
must_check bool rcu_wait(struct proc_world *world, const struct proc *proc);
/* rcu_sync_call(): a callback of which nothing is seen. Nothing if grace periods are not modelled. */
void rcu_sync(struct proc_world *world);
/* The timer softirq of the tick at @tick looks at the wheel for others. */
void rcu_wheel_looked_at(struct proc_world *world, u64 tick);
/* A further pass of softirqs begins on @cpu: the RCU one asks for what its callbacks have queued meanwhile (put_cred()). */
void rcu_softirq_again(struct proc_world *world, u32 cpu);
void rcu_fini(struct proc_world *world);
/* The thread's step, whenever it runs. */
void rcu_step(struct proc_world *world, struct cpu *cpu, struct proc *thread);

#endif
