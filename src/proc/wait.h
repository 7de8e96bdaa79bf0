/* SPDX-License-Identifier: MIT */
/*
 * Wait queues: exclusive and non-exclusive entries, wake one, n, all. Kernel: kernel/sched/wait.c;
 * reference: process.md 7. A non-exclusive entry goes to the head (LIFO), an exclusive one to the
 * tail (FIFO). A wake walks from the head: it wakes all non-exclusive entries and @nr exclusive
 * ones that really woke; a woken entry is taken out (autoremove).
 */
#ifndef OSSIM_PROC_WAIT_H
#define OSSIM_PROC_WAIT_H

#include "base/list.h"
#include "base/types.h"

struct cpu;
struct proc;
struct proc_world;
struct wait_entry;

struct wait_queue {
	struct list entries;
};

enum {
	WAIT_EXCLUSIVE = 1,
	WAIT_STAYS = 2, /* registered in user space: a signal that interrupts the sleep does not end
			   it */
	WAIT_CALLS = 8, /* no task's: struct wait_watch */
	WAIT_EXTRA = 16, /* a second place of its task: struct futex_extra */
	/* out of its queue, in the list of a call that has yet to wake it: it is woken */
	WAIT_PICKED = 32,
	WAIT_KEPT = 4, /* keeps the place of one that runs a signal handler: struct sig_frame */
};

struct wait_entry {
	struct list link;
	u8 flags;
	s16 prio; /* futex and PI waiters: its rank, as of when it was queued */
};

/* An entry that is no task's: a wakeup calls a function. */
struct wait_watch {
	struct wait_entry entry; /* with WAIT_CALLS; it stays in the queue */
	/* @key: the WATCH_* events that the wakeup is about, 0: any. True: that woke somebody. */
	bool (*wake)(struct wait_watch *watch, u64 key, u32 wake_flags);
};

void wait_queue_init(struct wait_queue *queue);
static inline bool wait_queue_empty(const struct wait_queue *queue)
{
	return list_empty(&queue->entries);
}
/* Links @proc's entry; it must not be in a queue. */
void wait_add(struct wait_queue *queue, struct proc *proc, bool exclusive);
/* Exclusive, but at the head: who came last is woken first. */
void wait_add_first(struct wait_queue *queue, struct proc *proc);
/* At the tail though not exclusive, as eventfds do: all are woken, first come first served. */
void wait_add_tail(struct wait_queue *queue, struct proc *proc);
/* Unlinks it if it is still linked (finish_wait). */
void wait_finish(struct proc *proc);
/* Wakes: @nr exclusive entries (0: all), state mask @mask; returns how many tasks woke. */
u32 wait_wake(struct proc_world *world, struct wait_queue *queue, u32 nr, u16 mask, u32 wake_flags,
	      u64 key);

/*
 * @proc's place is held by @kept while a signal handler runs, and given back if nobody has woken
 * it.
 */
void wait_keep_place(struct proc *proc, struct wait_entry *kept);
void wait_take_place(struct proc *proc, struct wait_entry *kept);

static inline bool wait_linked(const struct wait_entry *entry)
{
	return list_linked(&entry->link);
}

/* It stands in its queue: nobody has woken it. */
static inline bool wait_stands(const struct wait_entry *entry)
{
	return wait_linked(entry) && !(entry->flags & WAIT_PICKED);
}

/* It is out of its queue, and will be woken by the call that has @to_wake. */
void wait_pick(struct wait_entry *entry, struct list *to_wake);

/*
 * The futex way, on the same queues: waiters by priority (real-time first, all others equal), FIFO
 * among equals; a wake takes the first @nr entries out, whatever state their tasks are in. A
 * boost does not count, and what changes while they wait does not move them (plist of futex_queue).
 */
void futex_add(struct wait_queue *queue, struct proc *proc);
/* Another entry of @proc, which may be in other queues, too. */
void futex_add_entry(struct wait_queue *queue, struct wait_entry *entry, const struct proc *proc);
/* Whose it is. */
struct proc *wait_proc_of(struct wait_entry *entry);
u32 futex_wake(struct proc_world *world, struct wait_queue *queue, u32 nr);
/* The call of the current task wakes the first in @queue, if there is one, and goes back. */
void futex_wake_one(struct proc_world *world, struct wait_queue *queue);
/*
 * The call of the current task of @cpu wakes everybody in @queue, one after the other: all are out
 * of the queue at once, and each wakeup takes its time before the next (wake_up_q). True: done.
 * False: return from the step; the op goes on in @phase with futex_wake_rest().
 */
must_check bool futex_wake_all(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			       struct wait_queue *queue, u8 phase);
must_check bool futex_wake_rest(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				u8 phase);
/* It goes from its queue to @to, with the rank that it has. */
void futex_move_entry(struct wait_entry *entry, struct wait_queue *to);
/* What the call takes up to its sleep, or up to its first wakeup. */
u64 futex_wait_cost(const struct proc_world *world);
u64 futex_wake_cost(const struct proc_world *world, const struct wait_queue *queue);
/* The same of one that wakes all. */
u64 futex_wake_all_cost(const struct proc_world *world, const struct wait_queue *queue);
/*
 * Waits that end at @proc->wake_at, if it is not NEVER. Arms its timer for the sleep that follows,
 * @exact: without slack.
 */
void wait_arm_timeout(struct proc_world *world, const struct cpu *cpu, struct proc *proc,
		      bool exact);
/*
 * Until @proc->wake_at with the slack of poll and its like; @timeout: how long it is from the call
 * on; 0: none.
 */
void wait_arm_poll(struct proc_world *world, const struct cpu *cpu, struct proc *proc, u64 timeout);
/*
 * schedule_timeout(): until the tick of the timer wheel at which @ns have passed, which is in
 * @proc->wake_at then.
 */
void wait_arm_ticks(struct proc_world *world, const struct cpu *cpu, struct proc *proc, u64 ns);
/* It still waits, and the time has come. */
bool wait_is_late(const struct proc_world *world, const struct proc *proc);
/* What it waited for has come, or it gives up. */
void wait_drop_timeout(struct proc_world *world, struct proc *proc);
/*
 * The same order for waiters of a PI mutex, which do count boosts. @first: before its equals, where
 * it stood already.
 */
void pi_waiter_add(struct wait_queue *queue, struct proc *proc, bool first);
/* The rank it would have now, smaller first (__waiter_prio: all fair tasks are equal). */
s16 pi_waiter_prio(const struct proc *proc);

#endif
