/* SPDX-License-Identifier: MIT */
/*
 * What is shared by CLONE_FILES and CLONE_FS: tables of files (pipe_ends.c), working directories
 * (fs.c).
 */
#ifndef OSSIM_PROC_FILES_H
#define OSSIM_PROC_FILES_H

#include "proc/proc.h"

/* ---- pipe_ends.c ---- */

/* @proc's table of files: its number, made if it has none; its number + 1, or 0: it has none. */
u32 files_make(struct proc_world *world, const struct proc *proc);
u32 files_ref(const struct proc_world *world, const struct proc *proc);
/* Of pipes whose ends close: who is still to be started holds what its program uses. */
void pipe_ends_init(struct proc_world *world);
void pipe_ends_fini(struct proc_world *world);
/*
 * The ends of pipes and sockets that close: @proc's life begins, as a child of @parent (NULL: of
 * nobody who has any) or, if @share, with @parent's table (CLONE_FILES); it executes @program; it
 * dies.
 */
void pipe_ends_take(struct proc_world *world, struct proc *proc, const struct proc *parent,
		    bool share);
void pipe_ends_exec(struct proc_world *world, struct proc *proc, const struct program *program);
void pipe_ends_drop(struct proc_world *world, struct proc *proc);
/* How many tasks have @proc's table of files. */
u32 files_users(const struct proc_world *world, const struct proc *proc);

/* ---- fs.c: the same of root, working directory and umask ---- */

/* Does some clone say by its flags what it shares? */
bool clone_is_by_flags(const struct workload *workload);
void fs_init(struct proc_world *world);
void fs_fini(struct proc_world *world);
void fs_take(struct proc_world *world, const struct proc *proc, const struct proc *parent,
	     bool share);
void fs_drop(struct proc_world *world, const struct proc *proc);
u32 fs_users(const struct proc_world *world, const struct proc *proc);

#endif
