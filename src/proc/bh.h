/* SPDX-License-Identifier: MIT */
/*
 * Softirqs of a PREEMPT_RT kernel: threads do them, and can be preempted.
 *
 * Who does softirqs on a cpu, or what must not run beside them, holds a lock of that cpu
 * (softirq_ctrl.lock), for which others wait with priority inheritance. On the way out of it a
 * thread does whatever was raised there: the thread of an interrupt what its handler has raised, at
 * its own priority. What an interrupt itself raises is for ksoftirqd/N, but for timers: from 6.13
 * on (KTIMERS) ktimers/N does those, a FIFO task of the lowest priority. Kernel: kernel/softirq.c.
 */
#ifndef OSSIM_PROC_BH_H
#define OSSIM_PROC_BH_H

#include "proc/proc.h"

struct bh_cpu;

/*
 * What a thread does in its section before it does softirqs: @index says for whom, @cpu is its cpu.
 */
struct bh_job {
	/* How long the next part takes; that it is over. True: there is another one. */
	u64 (*begin)(struct proc_world *world, u32 index, u32 cpu);
	bool (*end)(struct proc_world *world, u32 index, u32 cpu);
};

enum bh_stage { BH_ASLEEP, BH_ENTERS, BH_JOB, BH_SOFTIRQ, BH_BALANCED, BH_TIMER };

/* A thread that is bound to its cpu. */
struct bh_thread {
	struct list link; /* in bh_cpu.threads */
	struct bh_cpu *bh;
	struct proc *proc;
	const struct bh_job *job; /* NULL: ksoftirqd or ktimers */
	u32 index;
	u8 stage;   /* enum bh_stage */
	bool asked; /* for its job, since it has last begun with that */
};

/* When the threads of all cpus exist: softirqs are done by them from now on. */
void bh_init(struct proc_world *world);
/* @thread, whose proc, job and index are set, takes part on @cpu. */
void bh_join(struct proc_world *world, struct bh_thread *thread, u32 cpu);
/*
 * In an interrupt on the cpu of @thread: it shall do its job. However often that is said before it
 * begins, it does it once.
 */
void bh_ask(struct bh_thread *thread);

/* In an interrupt: the softirq of timers of @kind is raised, though none may expire. */
void bh_raise_timers(struct proc_world *world, u32 cpu, enum timer_softness kind);
/* In an interrupt, or in a thread's section: what irq.h counts as raised is raised. */
void bh_raise(struct proc_world *world, u32 cpu);
/*
 * The end of a segment, or the first step after a wakeup, of kernel thread @proc of @cpu. True: it
 * is one of these, and the step is over.
 */
bool bh_thread_step(struct proc_world *world, struct cpu *cpu, const struct proc *proc);

#endif
