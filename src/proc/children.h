/* SPDX-License-Identifier: MIT */
/*
 * A task's children, oldest first, and which of them have something to tell it.
 * Kernel: kernel/exit.c, do_wait_thread(); reference: process.md 4.6.
 */
#ifndef OSSIM_PROC_CHILDREN_H
#define OSSIM_PROC_CHILDREN_H

#include "proc/proc.h"

/* A task's children, made at the first of them. */
struct children {
	u32 index; /* in world->children */
	u32 next_turn;
	u32 nr_tellers;
	struct list list;   /* leaders, by creation; proc.sibling */
	struct proc *first; /* before it nobody has anything to tell; meaningless if nobody has */
};

void children_add(struct proc_world *world, struct proc *parent, struct proc *child);
void children_remove(struct proc *parent, struct proc *child);
void children_move(struct proc_world *world, struct proc *from, struct proc *to,
		   struct proc *child);
/* @new, of another number so far, takes the place of @old. */
void children_replace(struct proc *parent, struct proc *old, struct proc *new);
/* The one after @child, or (NULL) the first. NULL: that was the last. */
struct proc *children_next(const struct proc *parent, const struct proc *child);
/* Something has happened to @child that its parent may want to know. */
void children_look(struct proc *child);
/* @parent is freed. */
void children_drop(struct proc_world *world, struct proc *parent);
/* Whom a wait is for: children of one spec or (SPEC_NONE) all; WAIT_* bits. */
struct wait_filter {
	u32 spec, flags;
	const struct pgrp *group; /* of this process group; NULL: of any */
	u32 group_leader; /* of one that a task of this spec leads or has led, + 1; 0: of any */
};
bool wait_filter_has_group(const struct wait_filter *filter, const struct pgrp *group);
enum child_event {
	CHILD_NOTHING,
	CHILD_DEAD,
	CHILD_STOPPED,
	CHILD_CONTINUED,
	CHILD_TRACED,
	TRACEE_DEAD
};
/*
 * The scan of wait4(): the oldest child of @parent's process that has something to tell, or NULL.
 */
struct proc *proc_find_child(struct proc *parent, const struct wait_filter *filter,
			     enum child_event *event, bool *has_children);
/*
 * One such scan that takes what it finds, reaps a dead child, and returns its pid; 0: children, but
 * nothing to tell; -1: no children (ECHILD).
 */
s64 proc_take_child(struct proc_world *world, struct proc *parent,
		    const struct wait_filter *filter);

#endif
