/* SPDX-License-Identifier: MIT */
/*
 * What the files about mutexes share: lock.c (all kinds, and normal ones), lock_pi.c (priority
 * inheritance), ceiling.c (what protects a priority).
 */
#ifndef OSSIM_PROC_LOCK_H
#define OSSIM_PROC_LOCK_H

#include <errno.h>

#include "proc/sync.h"

/* Steps of a lock, from a base on; of an unlock. */
enum { LOCK_TRY, LOCK_WAIT, LOCK_WOKEN };
enum { UNLOCK_BEGIN, UNLOCK_WAKE };

static inline struct mutex *pi_blocked_on(const struct proc *proc)
{
	return proc->locks ? proc->locks->pi_blocked_on : NULL;
}

static inline struct proc *mutex_first_waiter(const struct mutex *mutex)
{
	return wait_queue_empty(&mutex->waiters)
		       ? NULL
		       : container_of(list_first(&mutex->waiters.entries, struct wait_entry, link),
				      struct proc, wait);
}

static inline void mutex_take(struct proc_world *world, struct mutex *mutex, struct proc *proc,
			      bool contended)
{
	mutex->locked = true;
	mutex->contended = contended;
	mutex->own.owner = proc;
	list_add_tail(&locks_make(world, proc)->held, &mutex->held_link);
}

static inline void mutex_give_up(struct mutex *mutex)
{
	mutex->own.owner = NULL;
	list_del(&mutex->held_link);
}

/* The lock is @proc's. The holder before may have died with it, or left it as it was then. */
static inline bool mutex_got(struct proc_world *world, struct proc *proc, struct mutex *mutex)
{
	if (likely(!mutex->owner_died))
		return true;
	mutex->owner_died = false;
	mutex->inconsistent = true;
	proc_refuse(world, proc, EOWNERDEAD, mutex->own.name);
	return true;
}

static inline bool mutex_too_late(struct proc_world *world, struct proc *proc, struct mutex *mutex)
{
	sync_interrupt(world, proc);
	return proc_goes_without(world, proc, ETIMEDOUT, mutex->own.name);
}

/* ---- lock_pi.c ---- */

bool mutex_lock_pi(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   struct mutex *mutex, u8 base);
bool mutex_unlock_pi(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct mutex *mutex, u8 base);
/* To the next waiter of a PI mutex, or to nobody. */
void mutex_pass_on(struct proc_world *world, struct mutex *mutex, struct proc *proc);
/* Somebody waits for the PI mutex @mutex no more. */
void mutex_waiter_has_left(struct proc_world *world, struct mutex *mutex);

#endif
