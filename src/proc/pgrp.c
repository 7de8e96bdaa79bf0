/* SPDX-License-Identifier: MIT */
/* Process groups and sessions. */
#include "proc/pgrp.h"

#include <errno.h>

#include "base/ensure.h"
#include "proc/children.h"
#include "proc/proc.h"
#include "proc/tty.h"

/* ---- Numbers ---- */

/* NULL: its number stands for itself alone. */
static struct pgrp *own_pgrp(const struct proc_world *world, const struct proc *proc)
{
	return proc->own_pgrp ? pool_at(&world->pgrps, proc->own_pgrp - 1) : NULL;
}

/* The group or session of @proc's number. */
static struct pgrp *pgrp_of_number(struct proc_world *world, struct proc *proc)
{
	struct pgrp *pgrp = own_pgrp(world, proc);
	u32 index;

	if (pgrp)
		return pgrp;
	pgrp = pool_get(&world->pgrps, &index);
	pgrp->nr = proc->pid;
	pgrp->spec = proc->spec;
	pgrp->number = proc->number;
	pgrp->index = index;
	pgrp->owner = proc;
	pgrp->tty = NULL;
	list_init(&pgrp->members);
	proc->own_pgrp = index + 1;
	return pgrp;
}

static void put(struct proc_world *world, struct pgrp *pgrp)
{
	if (--pgrp->users)
		return;
	if (unlikely(world->ttys))
		tty_forget_group(world, pgrp);
	if (pgrp->owner) {
		pgrp->owner->own_pgrp = 0;
	} else {
		pid_free(&world->pids, pgrp->nr);
		pid_numbers_put(world, pgrp->number);
		rcu_free_number(world, pgrp->nr);
	}
	pool_put(&world->pgrps, pgrp->index);
}

bool pgrp_release_number(struct proc_world *world, struct proc *proc)
{
	if (likely(!proc->own_pgrp))
		return true;
	own_pgrp(world, proc)->owner = NULL;
	pid_numbers_leave(proc->number);
	proc->own_pgrp = 0;
	return false;
}

void pgrp_change_owner(struct proc_world *world, struct proc *from, struct proc *to)
{
	to->own_pgrp = from->own_pgrp;
	from->own_pgrp = 0;
	if (to->own_pgrp)
		own_pgrp(world, to)->owner = to;
}

/* ---- Membership ---- */

static void enter_group(struct process *process, struct pgrp *group, struct pgrp *session)
{
	process->pgrp = group;
	group->session = session;
	group->users++;
	list_add_head(&group->members, &process->pgrp_link);
}

static void leave_group(struct proc_world *world, struct process *process)
{
	list_del(&process->pgrp_link);
	put(world, process->pgrp);
	process->pgrp = NULL;
}

void pgrp_begin(struct proc_world *world, struct process *process)
{
	struct pgrp *own = pgrp_of_number(world, process->leader);

	own->users++;
	enter_group(process, own, own);
}

void pgrp_fork(struct process *parent, struct process *child)
{
	if (unlikely(!parent->pgrp))
		return; /* a kernel thread's: 0 and 0 */
	parent->pgrp->session->users++;
	enter_group(child, parent->pgrp, parent->pgrp->session);
}

void pgrp_leave(struct proc_world *world, struct process *process)
{
	struct pgrp *session = pgrp_session(process);

	if (!session)
		return;
	leave_group(world, process);
	put(world, session);
}

struct pgrp *pgrp_session(const struct process *process)
{
	return process->pgrp ? process->pgrp->session : NULL;
}

static bool leads_session(const struct process *process)
{
	return process->pgrp && process->pgrp->session->nr == process->tgid;
}

bool pgrp_set(struct proc_world *world, struct process *process, struct pgrp *group)
{
	struct pgrp *session = pgrp_session(process);

	if (!session || leads_session(process))
		return false;
	if (!group)
		group = pgrp_of_number(world, process->leader);
	if (group == process->pgrp)
		return true;
	if (!list_empty(&group->members) && group->session != session)
		return false;
	group->users++; /* it must not go while the process is between two groups */
	leave_group(world, process);
	enter_group(process, group, session);
	group->users--;
	return true;
}

/*
 * Of the children of @caller's process, dead ones too: the youngest of @spec or, if not @youngest,
 * the oldest. NULL: none.
 */
static struct process *child_of_spec(const struct proc *caller, u32 spec, bool youngest)
{
	struct process *found = NULL;
	struct proc *thread, *child;

	list_for_each (thread, &caller->process->threads, thread_link)
		for (child = children_next(thread, NULL); child;
		     child = children_next(thread, child))
			if (child->spec == spec &&
			    (!found || (child->process->born > found->born) == youngest))
				found = child->process;
	return found;
}

/* That a name stands for: of a child, else of any task. NULL: there is none any more. */
static struct pgrp *group_of_spec(const struct proc_world *world, const struct proc *caller,
				  u32 spec)
{
	const struct process *child = child_of_spec(caller, spec, false);
	const struct list *living = &world->specs[spec].living;

	if (child)
		return child->pgrp;
	return list_empty(living) ? NULL
				  : list_first(living, struct proc, spec_link)->process->pgrp;
}

int pgrp_set_child(struct proc_world *world, const struct proc *caller, u32 spec, u32 group)
{
	struct process *child = child_of_spec(caller, spec, true);
	struct pgrp *to = group == SPEC_NONE ? NULL : group_of_spec(world, caller, group);

	if (!child)
		return ESRCH;
	if (pgrp_session(child) != pgrp_session(caller->process))
		return EPERM;
	if (child->has_executed)
		return EACCES;
	if (group != SPEC_NONE && !to)
		return EPERM;
	return pgrp_set(world, child, to) ? 0 : EPERM;
}

bool pgrp_set_session(struct proc_world *world, struct process *process)
{
	struct pgrp *own = own_pgrp(world, process->leader), *session = pgrp_session(process);

	if (!session || (own && !list_empty(&own->members)))
		return false;
	own = pgrp_of_number(world, process->leader);
	own->users++;
	leave_group(world, process);
	put(world, session);
	enter_group(process, own, own);
	return true;
}

/* ---- Orphaned groups ---- */

static bool is_gone(const struct process *process, const struct process *without)
{
	return process == without || process->nr_live == 0;
}

bool pgrp_is_orphaned(const struct pgrp *group, const struct process *without)
{
	struct process *member;

	list_for_each (member, &group->members, pgrp_link) {
		const struct proc *parent = member->leader->real_parent;

		if (is_gone(member, without) || !parent || parent->process->is_init)
			continue;
		if (parent->process->pgrp != group &&
		    pgrp_session(parent->process) == group->session)
			return false;
	}
	return true;
}

static bool has_stopped(const struct pgrp *group)
{
	struct process *member;

	list_for_each (member, &group->members, pgrp_link)
		if (member->stopped)
			return true;
	return false;
}

void pgrp_signal(struct proc_world *world, const struct proc *sender, struct pgrp *group,
		 u32 signal)
{
	struct process *member, *next;

	if (!group)
		return;
	list_for_each_safe (member, next, &group->members, pgrp_link)
		if (sender)
			signal_send_from(world, sender, member->leader, signal, false);
		else
			signal_send_code(world, member->leader, signal, false, CODE_KERNEL);
}

void pgrp_check_orphaned(struct proc_world *world, const struct process *process,
			 const struct proc *parent, const struct process *without)
{
	struct pgrp *group = process->pgrp;

	if (!group || !parent || parent->process->pgrp == group ||
	    pgrp_session(parent->process) != group->session)
		return; /* that parent did not keep it from being orphaned */
	if (!pgrp_is_orphaned(group, without) || !has_stopped(group))
		return;
	pgrp_signal(world, NULL, group, SIGNAL_HUP);
	pgrp_signal(world, NULL, group, SIGNAL_CONT);
}
