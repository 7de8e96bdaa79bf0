/* SPDX-License-Identifier: MIT */
/*
 * A task's children, oldest first, and which of them have something to tell it.
 * Kernel: kernel/exit.c, do_wait_thread(); reference: process.md 4.6.
 *
 * wait() takes the oldest child that it can say something about. The kernel looks at one child
 * after the other; with thousands of them that would be most of a run. So each child knows whether
 * a scan would stop at it, the parent counts those, and keeps the place before which there is none.
 */
#include "proc/children.h"

#include "base/ensure.h"
#include "proc/exit.h"

static struct children *children_make(struct proc_world *world, struct proc *parent)
{
	struct children *children = parent->children;
	u32 index;

	if (likely(children))
		return children;
	children = parent->children = pool_get(&world->children, &index);
	children->index = index;
	list_init(&children->list);
	return children;
}

void children_drop(struct proc_world *world, struct proc *parent)
{
	if (parent->children)
		pool_put(&world->children, parent->children->index);
	parent->children = NULL;
}

struct proc *children_next(const struct proc *parent, const struct proc *child)
{
	const struct children *children = parent->children;
	struct list *next;

	if (!children)
		return NULL;
	next = child ? child->sibling.next : children->list.next;
	return next == &children->list ? NULL : list_entry(next, struct proc, sibling);
}

/* ---- Who has something to tell ---- */

static void note_teller(struct children *children, struct proc *child)
{
	child->tells = true;
	if (!children->nr_tellers++ || child->turn < children->first->turn)
		children->first = child;
}

void children_look(struct proc *child)
{
	const struct process *process = child->process;

	if (child->tells || !child->real_parent)
		return;
	if (proc_is_whole_zombie(child) || process->stop_untold || process->continue_untold)
		note_teller(child->real_parent->children, child);
}

/* It has told, and perhaps that was all. */
static void forget_teller(const struct proc *parent, struct proc *child)
{
	struct children *children = parent->children;

	if (!child->tells)
		return;
	child->tells = false;
	children->nr_tellers--;
	if (children->first == child)
		children->first = children->nr_tellers ? children_next(parent, child) : NULL;
}

/* What it had to tell, its parent knows. */
static void children_told(struct proc *child)
{
	forget_teller(child->real_parent, child);
	children_look(child);
}

/* ---- Coming and going ---- */

void children_add(struct proc_world *world, struct proc *parent, struct proc *child)
{
	struct children *children = children_make(world, parent);

	parent->process->others_have_children |= parent != parent->process->leader;
	child->turn = children->next_turn++;
	list_add_tail(&children->list, &child->sibling);
}

void children_remove(struct proc *parent, struct proc *child)
{
	forget_teller(parent, child);
	if (parent->children->first == child)
		parent->children->first = children_next(parent, child);
	list_del(&child->sibling);
}

void children_move(struct proc_world *world, struct proc *from, struct proc *to, struct proc *child)
{
	bool tells = child->tells;

	children_remove(from, child);
	children_add(world, to, child);
	if (tells)
		note_teller(to->children, child);
}

void children_replace(struct proc *parent, struct proc *old, struct proc *new)
{
	struct children *children = parent->children;

	forget_teller(parent, old);
	new->turn = old->turn;
	list_insert_between(&new->sibling, old->sibling.prev, &old->sibling);
	if (children->first == old)
		children->first = new;
	list_del(&old->sibling);
}

/* ---- The scan ---- */

/* Its parent hears of its stops as its tracer. */
static bool is_own_tracee(const struct proc *child)
{
	return unlikely(ptrace_of_tracee(child)) && !ptrace_is_reparented(child);
}

static enum child_event event_of(const struct proc *child, u32 flags)
{
	const struct process *process = child->process;

	if (proc_is_whole_zombie(child)) /* which its tracer sees first */
		return unlikely(ptrace_is_reparented(child)) ? CHILD_NOTHING : CHILD_DEAD;
	if (child->exit_state != PROC_ALIVE && !process->nr_live)
		return CHILD_NOTHING;
	if (flags & WAIT_FOR_STOPPED && process->stop_untold && !is_own_tracee(child))
		return CHILD_STOPPED;
	if (flags & WAIT_FOR_CONTINUED && process->continue_untold)
		return CHILD_CONTINUED;
	return CHILD_NOTHING;
}

bool wait_filter_has_group(const struct wait_filter *filter, const struct pgrp *group)
{
	if (filter->group && group != filter->group)
		return false;
	return !filter->group_leader || (group && group->spec == filter->group_leader - 1);
}

/* eligible_child(): by its program, and by how it tells of its death. */
static bool is_meant(const struct proc *child, const struct wait_filter *filter)
{
	bool clone = (child->exit_signal & ~EXIT_SIGNAL_OUTDATED) != SIGNAL_CHLD;

	if (filter->spec != SPEC_NONE && child->spec != filter->spec)
		return false;
	if (!wait_filter_has_group(filter, child->process->pgrp))
		return false;
	return filter->flags & WAIT_ALL_KINDS || clone == ((filter->flags & WAIT_CLONES) != 0);
}

static bool has_any(const struct proc *parent, const struct wait_filter *filter)
{
	for (const struct proc *child = children_next(parent, NULL); child;
	     child = children_next(parent, child))
		if (is_meant(child, filter))
			return true;
	return false;
}

static struct proc *find_teller(struct proc *parent, const struct wait_filter *filter,
				enum child_event *event)
{
	struct children *children = parent->children;
	u32 left = children ? children->nr_tellers : 0;

	if (!left)
		return NULL;
	while (!children->first->tells)
		children->first = children_next(parent, children->first);
	for (struct proc *child = children->first; left; child = children_next(parent, child)) {
		if (!child->tells)
			continue;
		left--;
		*event = is_meant(child, filter) ? event_of(child, filter->flags) : CHILD_NOTHING;
		if (*event != CHILD_NOTHING)
			return child;
	}
	return NULL;
}

static struct proc *find_tracee(struct proc *tracer, const struct wait_filter *filter,
				enum child_event *event, bool *has_any)
{
	struct proc *tracee = ptrace_find_tracee(tracer, filter, has_any);

	if (tracee)
		*event = ptrace_tells(tracee) ? CHILD_TRACED : TRACEE_DEAD;
	return tracee;
}

/* The next of the threads that may have children, around from @first on. */
static struct proc *next_parent(struct proc *thread, struct proc *first)
{
	if (thread->process->others_have_children)
		return signal_next_thread(thread);
	return thread == first ? thread->process->leader : first;
}

struct proc *proc_find_child(struct proc *parent, const struct wait_filter *filter,
			     enum child_event *event, bool *has_children)
{
	struct proc *thread = parent, *child;

	*has_children = false;
	*event = CHILD_NOTHING;
	do {
		child = find_teller(thread, filter, event);
		if (!child)
			child = find_tracee(thread, filter, event, has_children);
		*has_children |= child || has_any(thread, filter);
		if (child)
			return child;
		thread = next_parent(thread, parent);
	} while (thread != parent && !(filter->flags & WAIT_NO_THREAD));
	return NULL;
}

s64 proc_take_child(struct proc_world *world, struct proc *parent, const struct wait_filter *filter)
{
	bool has_children;
	enum child_event event;
	struct proc *child = proc_find_child(parent, filter, &event, &has_children);
	s64 pid;

	if (!child)
		return has_children ? 0 : -1;
	pid = child->pid;
	if (filter->flags & WAIT_NO_TAKE)
		return pid;
	switch (event) {
	case CHILD_DEAD:
		times_child_reaped(world, parent->process, child);
		proc_release(world, child);
		proc_free(world, child);
		break;
	case TRACEE_DEAD:
		ptrace_told(child);
		proc_tracer_is_gone(world, child);
		break;
	case CHILD_TRACED:
		ptrace_told(child);
		break;
	case CHILD_STOPPED:
		child->process->stop_untold = false;
		children_told(child);
		break;
	default:
		child->process->continue_untold = false;
		children_told(child);
	}
	return pid;
}
