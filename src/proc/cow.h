/* SPDX-License-Identifier: MIT */
/*
 * What parent and child pay for having the same pages after a fork, page by page of those that both
 * write.
 *
 * The pages of the stack and the C library: who of the two comes first to user mode copies them
 * (costs.cow), and the other has its own for itself. A new page waits in the cpu's batch for the
 * lists of pages, and whoever asks whether somebody else uses one of them sends the batch off first
 * (costs.lru_drain, lru_page for each); an exit does so, too, and who fills it.
 *
 * The page of the thread's own data (struct rseq): the kernel writes there on a task's first way to
 * user mode after a switch, a child's at its birth. A parent and its children share it until they
 * do so: each copies it (costs.cow_thread) but the last, who finds it its own (costs.fault_reuse).
 * So of one child it is the child who copies it, if its parent has not been switched away since it
 * called fork, and the parent finds it its own when it comes back from a wait; if it has been, as a
 * fork can be preempted, it is the parent who copies; and of three children of whom one has begun
 * the parent copies it as well. Counted where costs.cow_thread is.
 *
 * Kernel: mm/memory.c, do_wp_page(), wp_can_reuse_anon_folio(); kernel/rseq.c,
 * __rseq_handle_notify_resume(); kernel/fork.c, schedule_tail() of kernel/sched/core.c
 * (CLONE_CHILD_SETTID).
 *
 * Not modelled: the thread's page is copied in other ways than at the end of a fork and in a wait;
 * what it takes a child to find it its own, as its parent has copied it or is gone.
 */
#ifndef OSSIM_PROC_COW_H
#define OSSIM_PROC_COW_H

#include "base/types.h"

struct cpu;
struct proc;
struct proc_world;

/* What is kept of the thread's page, by proc.index. */
struct cow_thread {
	u32 page;        /* which it may not write to as it is, by cow.sharers; 0: its own */
	u32 copied_at;   /* world->cow.drains when it copied the others last, + 1; 0: never */
	bool found;      /* its youngest child has copied the others: it finds them its own */
	u16 cpu;         /* where it called fork, */
	u64 nr_switches; /* and of that cpu by then */
};

struct cow {
	struct cow_thread *threads; /* NULL: not counted */
	u32 cap_threads;
	u32 *sharers; /* how many have a page; of one that is free: the next such */
	u32 nr_pages, cap_pages, free_page;
	u32 drains; /* how often the batch was sent off */
	u32 batch;  /* pages in it */
};

/* @proc calls fork. Returns what an earlier one has left for it to pay by now. */
u64 cow_fork_begins(struct proc_world *world, const struct cpu *cpu, const struct proc *proc);
/* @parent has made @child, which has all pages that it has. */
void cow_fork(struct proc_world *world, struct proc *parent, struct proc *child);
/* There is something to pay for, as a fork returns to user mode. */
bool cow_concerns(const struct proc_world *world, const struct proc *parent);
/*
 * In user mode for the first time since. True: the parent, or the child, pays for that, return from
 * the step.
 */
must_check bool cow_pay_parent(struct proc_world *world, struct cpu *cpu, struct proc *parent);
must_check bool cow_pay_child(struct proc_world *world, struct cpu *cpu, struct proc *child);
/* What the thread's page takes @proc on its way back from a wait. */
u64 cow_thread_due(struct proc_world *world, const struct cpu *cpu, const struct proc *proc);
/* What sending the batch of new pages off takes, as an exit does. */
u64 cow_batch_ns(const struct proc_world *world);
/* @proc has new memory. */
void cow_exec(struct proc_world *world, const struct proc *proc);
/* @proc dies. */
void cow_exit(struct proc_world *world, struct proc *proc);
void cow_fini(struct proc_world *world);

#endif
