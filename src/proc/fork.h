/* SPDX-License-Identifier: MIT */
/* Creation: fork and clone. Kernel: kernel/fork.c; reference: process.md 3. */
#ifndef OSSIM_PROC_FORK_H
#define OSSIM_PROC_FORK_H

#include "proc/proc.h"

/*
 * A proc with a pid, numbers in @ns (NULL: the root) and above (those of @tids, if it is not NULL),
 * a comm and nothing else yet: no task attributes, no family. NULL: no pid left, or too many procs.
 */
struct proc *proc_new(struct proc_world *world, u32 comm, struct pidns *ns,
		      const struct set_tid *tids);
/*
 * It becomes a thread of @process or, if that is NULL, the leader of a new one, child of @parent.
 */
void proc_join(struct proc_world *world, struct proc *proc, struct proc *parent,
	       struct process *process);
/* It becomes an instance of @spec: its program, its random stream, its timer slack. */
void proc_become(struct proc_world *world, struct proc *proc, u32 spec);
/*
 * sched_fork(). What the child starts with comes from @parent, except where its spec asks for
 * something of its own: then from a copy of the parent that has it.
 */
void proc_inherit(struct proc_world *world, struct proc *parent, struct proc *child);
/*
 * Its spec asks for the deadline policy: a call that asks for it comes after the creation, and is
 * the first that it does, at no cost. If it is refused the run fails.
 */
void proc_reserve(struct proc_world *world, struct proc *proc);
/* The records of its creation. */
void proc_announce(struct proc_world *world, struct proc *child, struct proc *parent, u64 word);

/*
 * clone in @parent with the flags and signal of @word (model/clone.h): a child of @spec's program,
 * or of the parent's own spec; with the numbers that @tids (NULL: none) asks for. NULL: no pid, no
 * memory, the parent is a deadline task without reset_on_fork (EAGAIN), may not do that (EINVAL),
 * or a number that it asks for is in use (EEXIST). The child is visible (FORK record) but was not
 * woken: proc_wake_child().
 */
struct proc *proc_fork(struct proc_world *world, struct proc *parent, u32 spec, u64 word,
		       const struct set_tid *tids);
void proc_wake_child(struct proc_world *world, struct proc *child);

#endif
