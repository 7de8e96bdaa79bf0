/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads that are made, parked and stopped in mid-run: kthread_run(), kthread_park(),
 * kthread_stop(). Kernel: kernel/kthread.c; reference: process.md 1.3.
 */
#ifndef OSSIM_PROC_KTHREADS_H
#define OSSIM_PROC_KTHREADS_H

#include "proc/proc.h"

/* world->kthreads is NULL if nobody makes or stops any; then none of the others is called. */
void kthreads_init(struct proc_world *world);
void kthreads_fini(struct proc_world *world);
/* KTHREAD_RUN, KTHREAD_STOP, KTHREAD_PARK, KTHREAD_UNPARK. */
bool kthread_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op);
bool kthread_parkme_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       const struct op *op);
/* kthreadd is awake. True: return from the step; false: it has nothing to do and sleeps. */
bool kthreadd_step(struct proc_world *world, struct cpu *cpu, struct proc *kthreadd);
/* A new one's first steps (OP_HANDSHAKE). True: its program begins. False: return from the step. */
bool kthread_handshake(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* @proc dies: it has asked for a thread, or was asked to stop. */
void kthreads_proc_exit(struct proc_world *world, struct proc *proc);

#endif
