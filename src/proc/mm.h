/* SPDX-License-Identifier: MIT */
/*
 * What memory a process has, in pages: how many, how many are there, who shares them copy-on-write.
 * Kernel: mm/memory.c (do_anonymous_page, do_wp_page), kernel/fork.c (dup_mmap); reference:
 * process.md 3.8, 11.1.
 *
 * Processes have one if the workload says something about memory (world->counts_pages); for all
 * others an address space is a number (process.mm), which is all that a switch asks for. Pages are
 * numbered from 0; a write goes to the first ones. A run of pages is mapped by all who have shared
 * it since a fork and not written to it; one who writes copies it, unless nobody else is left.
 */
#ifndef OSSIM_PROC_MM_H
#define OSSIM_PROC_MM_H

#include "base/list.h"
#include "base/types.h"

struct proc;
struct proc_world;
struct process;
struct task_spec;

struct mm {
	u32 index; /* in world->mms */
	u32 users; /* processes */
	u32 vmas;
	u64 size, peak_size;         /* pages: of all VMAs; the most it ever was */
	u64 resident, peak_resident; /* pages that are there */
	struct list mappings;        /* mapping.mm_link, by page */
	/* Shared memory beside all that (proc/shm.h); in the peaks and vmas it is counted, too. */
	struct list attached;
	u64 shared_size, shared_resident;
	/*
	 * Pages of files, likewise. A fork does not copy page tables of what can be read from a
	 * file again.
	 */
	u64 file_size, file_resident;
};

/* VmSize and VmRSS, of whatever kind. */
static inline u64 mm_size(const struct mm *mm)
{
	return mm->size + mm->shared_size + mm->file_size;
}

static inline u64 mm_resident(const struct mm *mm)
{
	return mm->resident + mm->shared_resident + mm->file_resident;
}

/* Pages [from, to) of everybody in mappers. */
struct page_run {
	u64 from, to;
	u32 index;
	u32 nr_mappers;
	struct list mappers; /* mapping.run_link */
};

/* A run as one address space has it. */
struct mapping {
	struct list mm_link, run_link;
	struct page_run *run;
	u32 index;
	bool read_only; /* since a fork: a write faults */
};

/* What a write has come to, in pages. */
struct faults {
	u64 anonymous; /* were not there */
	u64 reused;    /* nobody else has them any more */
	u64 copied;
};

void mm_init(struct proc_world *world);
void mm_fini(struct proc_world *world);

/*
 * The process begins, or executes a program: it has what @spec says; NULL: a memory without pages.
 */
void mm_begin(struct proc_world *world, struct process *process, const struct task_spec *spec);
/* dup_mm(): the child has its parent's pages, and both copy what they write. */
void mm_fork(struct proc_world *world, const struct process *parent, struct process *child);
/* CLONE_VM. */
void mm_share(const struct process *parent, struct process *child);
/* exit_mm(), or an exec. */
void mm_put(struct proc_world *world, struct process *process);

/* mmap() of @pages, or (@own_area false) brk(): mapped, but none is there yet. */
void mm_map(struct process *process, u64 pages, bool own_area);
/* munmap() of the last @pages and their area. */
void mm_unmap(struct proc_world *world, struct process *process, u64 pages);
/* Something of it has grown. */
void mm_note_peaks(struct mm *mm);
/* The first touch of @pages more, behind those that are there. */
struct faults mm_touch(struct proc_world *world, struct process *process, u64 pages);
/* Writes to the first @pages: what is not there comes, what is shared is copied. */
struct faults mm_write(struct proc_world *world, struct process *process, u64 pages);
/* What a fork of @process pays for its page tables. */
u64 mm_fork_cost(const struct proc_world *world, const struct process *process);
/* The same of its end; none while others have that memory. */
u64 mm_exit_cost(const struct proc_world *world, const struct process *process);

#endif
