/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer locks as the C library's default kind: readers are preferred, nobody is handed the
 * lock. Reference: process.md 8.3.
 *
 * The word is in user space: who finds it free makes no system call.
 */
#include <errno.h>

#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/sync.h"

struct rwlock {
	struct owned own; /* by a writer; nobody if it has died with it */
	bool written;
	u32 readers;
	struct readers who_reads;
	struct wait_queue waiting_readers, waiting_writers;
};

void rwlocks_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->rwlocks = arena_array(world->arena, struct rwlock, w->nr_rwlocks);
	for (u32 i = 0; i < w->nr_rwlocks; i++) {
		world->rwlocks[i].own.name = w->rwlocks[i].name;
		world->rwlocks[i].own.readers = &world->rwlocks[i].who_reads;
		wait_queue_init(&world->rwlocks[i].waiting_readers);
		wait_queue_init(&world->rwlocks[i].waiting_writers);
	}
}

enum { RW_TRY, RW_WAIT, RW_WOKEN };

/* A reader comes in beside others even if writers wait. */
static bool try_lock(struct rwlock *lock, struct proc *proc, bool write)
{
	if (lock->written || (write && lock->readers))
		return false;
	lock->written = write;
	if (write) {
		lock->own.owner = proc;
	} else {
		lock->readers++;
		readers_add(&lock->who_reads, proc);
	}
	return true;
}

static bool lock_rw(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct rwlock *lock, const struct op *op)
{
	bool write = op->code == OP_WRITE_LOCK;

	switch (proc->phase) {
	case RW_TRY:
		if (try_lock(lock, proc, write))
			return true;
		if (op->flags & OP_NONBLOCK)
			return proc_goes_without(world, proc, EBUSY, lock->own.name);
		proc->wake_at =
			op->value ? min_of(world->machine->now + op->value, (u64)NEVER) : NEVER;
		if (proc_pay_block(world, cpu, proc, world->costs->block, RW_WAIT))
			return false;
		break;
	case RW_WOKEN:
		proc->locks->waits_for = NULL;
		if (unlikely(wait_is_late(world, proc))) {
			wait_finish(proc);
			return proc_goes_without(world, proc, ETIMEDOUT, lock->own.name);
		}
		wait_finish(proc);
		break;
	}
	if (try_lock(lock, proc, write)) {
		wait_drop_timeout(world, proc);
		return true;
	}
	wait_arm_timeout(world, cpu, proc, false);
	if (is_deadlock(world, proc, &lock->own))
		return false;
	locks_make(world, proc)->waits_for = &lock->own;
	futex_add(write ? &lock->waiting_writers : &lock->waiting_readers, proc);
	proc_sleep(world, cpu, proc, RW_WOKEN);
	return false;
}

enum { UNLOCK_BEGIN, UNLOCK_WAKE };

/* All readers that wait, else one writer. */
static void wake_next(struct proc_world *world, struct rwlock *lock)
{
	if (lock->written)
		return;
	if (!wait_queue_empty(&lock->waiting_readers))
		futex_wake(world, &lock->waiting_readers, UINT32_MAX);
	else if (!lock->readers)
		futex_wake(world, &lock->waiting_writers, 1);
}

static bool unlock_rw(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		      struct rwlock *lock)
{
	if (proc->phase == UNLOCK_BEGIN) {
		if (lock->own.owner != proc && !lock->readers) {
			proc_fail(world, proc, "unlocks rwlock '%s', which %s", lock->own.name,
				  lock->written ? "it does not hold" : "nobody holds");
			return false;
		}
		if (lock->own.owner == proc) {
			lock->own.owner = NULL;
			lock->written = false;
		} else {
			lock->readers--;
			readers_remove(&lock->who_reads, proc);
		}
		if (wait_queue_empty(&lock->waiting_readers) &&
		    wait_queue_empty(&lock->waiting_writers))
			return true;
		if (proc_pay(world, cpu, proc, world->costs->syscall, UNLOCK_WAKE))
			return false;
	}
	wake_next(world, lock);
	return true;
}

void rwlocks_proc_exit(struct proc_world *world, const struct proc *proc)
{
	for (u32 i = 0; i < world->workload->nr_rwlocks; i++) {
		readers_exit(&world->rwlocks[i].who_reads, proc);
		if (world->rwlocks[i].own.owner == proc) {
			world->rwlocks[i].own.owner = NULL;
			world->rwlocks[i].own.died = true;
		}
	}
}

bool rwlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct rwlock *lock = &world->rwlocks[op->b];

	if (op->code == OP_RW_UNLOCK)
		return unlock_rw(world, cpu, proc, lock);
	return lock_rw(world, cpu, proc, lock, op);
}
