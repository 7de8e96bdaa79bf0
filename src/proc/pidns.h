/* SPDX-License-Identifier: MIT */
/*
 * Pid namespaces below the root. Kernel: kernel/pid_namespace.c, kernel/pid.c; reference:
 * process.md 2.2-2.6.
 *
 * A task has a number in its namespace and in each one above. That of the root is proc.pid; the
 * others are a chain of struct pid_number from the deepest up, which tasks of the root do not have.
 * The one with number 1 is the namespace's init: orphans become its children, and its death is the
 * death of all.
 */
#ifndef OSSIM_PROC_PIDNS_H
#define OSSIM_PROC_PIDNS_H

#include "base/list.h"
#include "proc/pid.h"

struct cpu;
struct proc;
struct proc_world;
struct set_tid;

enum { PIDNS_LEVEL_MAX = 32 }; /* the root has level 0 */

struct pidns {
	u32 index; /* in world->pidnses */
	u32 level;
	struct pidns *parent; /* NULL: the root */
	struct pid_space pids;
	struct proc *reaper; /* a thread of its init; NULL: it has none yet, or no more */
	u32 nr_waiting;      /* tasks outside whose next children are born here: unshare() */
	bool closed;         /* its init dies: no number is given out any more */
	/* pid_number.link of tasks, by number; those of namespaces below, too */
	struct list members;
};

struct pid_number {
	u32 nr;
	u32 index; /* in world->pid_numbers */
	struct pidns *ns;
	struct pid_number *above; /* NULL: next comes the root */
	struct proc *proc;        /* NULL: a group or session holds it, the task is gone */
	struct list link;
};

/* A task whose children are born in another namespace than its own: unshare(), setns(). */
struct pidns_unshared {
	u32 index; /* in world->unshared_pool */
	struct proc *proc;
	struct pidns *ns;
	struct list link; /* in world->unshared: there are few */
};

/* CLONE_NEWPID: a namespace below @parent. NULL: too many levels (ENOSPC). */
struct pidns *pidns_new(struct proc_world *world, struct pidns *parent);
/* It was made for a child that did not come to be. */
void pidns_drop(struct proc_world *world, struct pidns *ns);

/*
 * A number in each of @ns and the namespaces above, but not in the root; those that @tids (NULL:
 * none) asks for. NULL: no number is left somewhere (EAGAIN), or @ns is closed (ENOMEM); those
 * below are given back, but not handed out again soon.
 */
struct pid_number *pid_numbers_take(struct proc_world *world, struct pidns *ns,
				    const struct set_tid *tids);
/*
 * The next number of @space, or the one that @tids asks for at @place. -EAGAIN: none is left;
 * -EINVAL: it is beyond pid_max, or not 1 for a namespace's init; -EEXIST.
 */
s32 pid_take(struct pid_space *space, const struct set_tid *tids, u32 place, bool has_init);
/*
 * They were for a child that did not come to be; had it been the first, the next one will be number
 * 1.
 */
void pid_numbers_return(struct proc_world *world, struct pid_number *deepest);
void pid_numbers_give(struct pid_number *deepest, struct proc *proc);
void pid_numbers_put(struct proc_world *world, struct pid_number *deepest);
/* The task is gone, a group or session still has its numbers. */
void pid_numbers_leave(struct pid_number *deepest);
/* exchange_tids(). */
void pid_numbers_exchange(struct proc *a, struct proc *b);

/* The namespace that @proc is in; NULL: the root. */
struct pidns *pidns_of(const struct proc *proc);
/* The number of @deepest's owner in @ns; 0: it is not seen there. */
u32 pid_number_in(const struct pid_number *deepest, const struct pidns *ns);
/* unshare(CLONE_NEWPID): @proc stays, its children are born below. False: EINVAL, ENOSPC. */
bool pidns_unshare(struct proc_world *world, struct proc *proc);
/*
 * setns() with the namespace @ns, or (NULL) the root. False: it is not @proc's own or below it
 * (EINVAL).
 */
bool pidns_join(struct proc_world *world, struct proc *proc, struct pidns *ns);
/* Where the children of @proc are born. */
struct pidns *pidns_for_children(const struct proc_world *world, const struct proc *proc);
/* @proc exits. */
void pidns_forget(struct proc_world *world, const struct proc *proc);
/* Does @from see @target: is that in its namespace or below? */
bool pidns_sees(const struct proc *from, const struct proc *target);
/* Who takes over the orphans of @dying: the init of its namespace. */
struct proc *pidns_reaper(struct proc_world *world, const struct proc *dying);

/*
 * find_child_reaper(): @dying exits, and perhaps it was its namespace's init. True: it was the last
 * thread of it, and all others must go before it (zap_pid_ns_processes): call pidns_zap_step().
 */
must_check bool pidns_exit(struct proc_world *world, struct proc *dying);
/* True: all are gone. False: @proc sleeps until that may be so; return from the step. */
must_check bool pidns_zap_step(struct proc_world *world, struct cpu *cpu, struct proc *proc);

#endif
