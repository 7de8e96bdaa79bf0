/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory. Kernel: ipc/shm.c; reference: process.md 8.7, 11.1.
 *
 * A segment's pages are those of all who have attached it: no fork shares them anew, no write
 * copies them. A page comes with its first touch by anybody; whoever else touches it then only
 * finds it (a fault that is cheaper). A segment that is removed lives on until its last attachment
 * is gone.
 */
#ifndef OSSIM_PROC_SHM_H
#define OSSIM_PROC_SHM_H

#include "base/types.h"

struct cpu;
struct mm;
struct op;
struct proc;
struct proc_world;
struct shms;

/* As /proc/sysvipc/shm has them. */
struct shm_counts {
	u64 pages, resident;
	u32 nr_attached;
	u32 last_pid; /* that attached or detached it; 0: nobody */
	bool removed; /* SHM_DEST: with its last attachment it is gone */
};

void shms_init(struct proc_world *world);
void shms_fini(struct proc_world *world);
/* SHMAT, SHMDT, SHM_TOUCH, SHMCTL. @pages: drawn at the op's start; ignored later. */
bool shm_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	    u64 pages);
/*
 * A fork's child has attached what its parent has, and has touched none of it (vma_needs_copy()).
 */
void shm_fork(struct proc_world *world, const struct mm *from, struct mm *to);
/* The address space ends. @pid: whose. */
void shm_drop(struct proc_world *world, struct mm *mm, u32 pid);
/* False: the segment is gone. */
bool shm_count(const struct proc_world *world, u32 index, struct shm_counts *out);

/* What is attached, in the order of that: *at is 0 at first. False: that was all. */
bool shm_next_attached(const struct mm *mm, u32 *at, const char **name, u64 *pages);

#endif
