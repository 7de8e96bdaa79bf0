/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks: two of those that dead tasks leave are kept for each cpu, and a fork that finds
 * none there has to make one.
 *
 * Kernel: kernel/fork.c, alloc_thread_stack_node(), free_thread_stack() (NR_CACHED_STACKS). A stack
 * is free when its task has left its cpu for the last time, whoever reaps it later. If two are kept
 * already, it waits for a grace period; its callback looks once more.
 */
#ifndef OSSIM_PROC_STACK_H
#define OSSIM_PROC_STACK_H

#include "base/types.h"

struct cpu;
struct proc_world;

/* Nothing is counted if a fork costs the same with and without (costs.fork_stack). */
void stacks_init(struct proc_world *world);
/* A new task's, in a fork on this cpu. Returns what it takes more. */
u64 stack_take(struct proc_world *world, const struct cpu *cpu);
/* A dead task's, which has just left this cpu, or that of a fork that comes to nothing. */
void stack_give(struct proc_world *world, const struct cpu *cpu);
/*
 * How many this cpu keeps less than it may: so many that come are not freed. 0 also if they are not
 * counted.
 */
u32 stacks_wanted(const struct proc_world *world, u32 cpu);
/* stack_give() after a grace period. */
void stack_give_late(struct proc_world *world, u32 cpu);

#endif
