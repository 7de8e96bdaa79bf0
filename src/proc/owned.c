/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks: whoever waits for something that another task holds follows the owners, and tells the
 * circle at the moment when it closes. Who waits for a time only is in no deadlock.
 */
#include "base/text.h"
#include "proc/sync.h"

/* Longest chain of owners that is followed (the kernel's max_lock_depth). */
enum { CHAIN_MAX = 1024 };

static const struct owned *waits_for(const struct proc *proc)
{
	return proc->locks ? proc->locks->waits_for : NULL;
}

static bool waits_for_ever(const struct proc *proc)
{
	return waits_for(proc) && !timer_armed(&proc->timer);
}

bool is_deadlock(struct proc_world *world, struct proc *proc, const struct owned *wanted)
{
	struct text circle = {0};
	const struct proc *at = wanted->owner;
	u32 links = 0;

	if (timer_armed(&proc->timer))
		return false;
	while (at && at != proc && waits_for_ever(at) && links++ < CHAIN_MAX)
		at = waits_for(at)->owner;
	if (at != proc)
		return false;
	at = wanted->owner;
	text_printf(&circle, "it waits for '%s'", wanted->name);
	for (; at != proc; at = waits_for(at)->owner)
		text_printf(&circle, ", held by '%s' (pid %u), which waits for '%s'",
			    names_text(world->names, at->comm), at->pid, waits_for(at)->name);
	proc_fail(world, proc, "deadlock: %s, which it holds itself", circle.at);
	text_fini(&circle);
	return true;
}
