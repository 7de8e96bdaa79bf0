/* SPDX-License-Identifier: MIT */
/* Another program in the same process. Kernel: fs/exec.c; reference: process.md 3. */
#ifndef OSSIM_PROC_EXEC_H
#define OSSIM_PROC_EXEC_H

#include "proc/proc.h"

/*
 * de_thread(): @proc's process shall have no other thread. Kills them; false: another thread is at
 * it, or the process dies.
 */
must_check bool proc_de_thread(struct proc_world *world, struct proc *proc);
/* All others are gone, but perhaps a dead leader whose place it takes. */
bool proc_is_alone(const struct proc *proc);
/*
 * New comm (the base name of @path) and, if @spec is not SPEC_NONE, its program; records RENAME and
 * EXEC. @proc is alone; it becomes the leader, with the process's pid, if it is not.
 */
void proc_exec(struct proc_world *world, struct proc *proc, const char *path, u32 spec);

#endif
