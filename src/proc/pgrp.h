/* SPDX-License-Identifier: MIT */
/*
 * Process groups and sessions: who a signal to a group reaches, whose number is held by whom.
 * Kernel: kernel/sys.c setpgid(), setsid(), kernel/exit.c; reference: process.md 1.2, 2.5, 4.7.
 */
#ifndef OSSIM_PROC_PGRP_H
#define OSSIM_PROC_PGRP_H

#include "base/list.h"
#include "base/types.h"

struct pid_number;
struct proc;
struct proc_world;
struct process;
struct tty;

/*
 * A number that stands for a group, a session, or both; it is free when nobody needs it any more.
 */
struct pgrp {
	u32 nr;
	u32 index;                 /* in world->pgrps */
	struct pid_number *number; /* nr in other pid namespaces than the root: see proc.number */
	u32 spec;                  /* of the task whose number it was first, or SPEC_NONE */
	u32 users;                 /* processes that have it as group, and as session */
	struct proc *owner;        /* the living task of that number; NULL: it is gone */
	struct list members;       /* process.pgrp_link, newest first */
	struct pgrp *session;      /* of the members: they are all in one */
	struct tty *tty;           /* a session's: what it has opened; NULL: nothing */
};

/* A process that nobody forked (init) is the first of its group and session. */
void pgrp_begin(struct proc_world *world, struct process *process);
/* A child is in its parent's group and session. */
void pgrp_fork(struct process *parent, struct process *child);
void pgrp_leave(struct proc_world *world, struct process *process);
/* NULL: a kernel thread's. */
struct pgrp *pgrp_session(const struct process *process);
/* @proc's number is no longer its own. True: it is free now; else a group or session holds it. */
bool pgrp_release_number(struct proc_world *world, struct proc *proc);
/* @to takes over the number of @from, and what stands for it. */
void pgrp_change_owner(struct proc_world *world, struct proc *from, struct proc *to);

/* False: EPERM. @group NULL: a group of its own. */
bool pgrp_set(struct proc_world *world, struct process *process, struct pgrp *group);
/*
 * setpgid() by @caller of the youngest child of @spec that his process has, into the group of a
 * task of @group, or (SPEC_NONE) into one of its own. 0, or what it fails with.
 */
int pgrp_set_child(struct proc_world *world, const struct proc *caller, u32 spec, u32 group);
bool pgrp_set_session(struct proc_world *world, struct process *process);

/*
 * kill(-pgid) by @sender (NULL: the kernel): to each process of @group, the newest first. @group
 * NULL: to nobody.
 */
void pgrp_signal(struct proc_world *world, const struct proc *sender, struct pgrp *group,
		 u32 signal);

/* No member has a parent elsewhere in the session, who could continue it. */
bool pgrp_is_orphaned(const struct pgrp *group, const struct process *without);
/*
 * @process exits or has got another parent: if its group is orphaned by that and somebody in it is
 * stopped, all are sent HUP and CONT. @parent: who was its parent so far; @without: who is leaving.
 */
void pgrp_check_orphaned(struct proc_world *world, const struct process *process,
			 const struct proc *parent, const struct process *without);

#endif
