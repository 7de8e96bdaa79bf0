/* SPDX-License-Identifier: MIT */
/*
 * Mutexes of the kernel. Kernel: kernel/locking/mutex.c; reference: process.md 8.4.
 *
 * Who finds one taken spins first (proc/optimistic.h): most sections are shorter than a sleep. Who
 * gives up sleeps in state D, in order of arrival. An unlock frees the mutex and wakes the first
 * sleeper, but whoever comes by may take it. A sleeper that was woken for nothing asks for a
 * handoff: the next unlock makes it the holder, and nobody else can take it.
 */
#include <errno.h>

#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/optimistic.h"
#include "proc/rt_lock.h"
#include "proc/sync.h"

struct kmutex {
	struct spin_point at;
	bool handoff; /* the first sleeper shall get it next */
	bool pickup;  /* it was made the holder and has not run since */
	struct wait_queue sleepers;
};

enum { KM_CALL, KM_TRY, KM_SPINS, KM_WOKEN, KM_SPINS_AGAIN };

void kmutexes_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->kmutexes = arena_array(world->arena, struct kmutex, w->nr_kernel_mutexes);
	for (u32 i = 0; i < w->nr_kernel_mutexes; i++) {
		struct kmutex *k = &world->kmutexes[i];

		spin_point_init(&k->at, w->kernel_mutexes[i].name);
		wait_queue_init(&k->sleepers);
	}
}

static struct proc *first_of(const struct list *list)
{
	return list_empty(list)
		       ? NULL
		       : container_of(list_first(list, struct wait_entry, link), struct proc, wait);
}

static bool try_to_take(struct kmutex *k, struct proc *proc)
{
	if (k->at.own.owner && !(k->pickup && k->at.own.owner == proc))
		return false;
	k->at.own.owner = proc;
	k->pickup = false;
	return true;
}

/* ---- Locking ---- */

/* It is out of every queue. */
static bool has_got(struct proc *proc)
{
	if (wait_linked(&proc->wait))
		list_del(&proc->wait.link);
	if (proc->locks)
		proc->locks->waits_for = NULL;
	return true;
}

/* EINTR: it leaves the queue, and the program goes on behind the unlock. */
static bool broken_off(struct proc_world *world, struct proc *proc, struct kmutex *k,
		       const struct op *op)
{
	has_got(proc);
	if (list_empty(&k->sleepers.entries))
		k->handoff = false;
	if (op->a & SECTION_ENTERS)
		proc->task.flags &= (u16)~TASK_FLAG_SECTION;
	return proc_goes_without(world, proc, EINTR, k->at.own.name);
}

static bool sleep(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct kmutex *k)
{
	const struct op *op = &proc->program->ops[proc->pc];

	if (kernel_sleep_is_broken(proc, op))
		return broken_off(world, proc, k, op);
	proc_sleep_state(world, cpu, proc, KM_WOKEN, kernel_sleep_state(op));
	return false;
}

/* The slow path begins: it queues, and tries once more. */
static bool queue(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct kmutex *k)
{
	if (try_to_take(k, proc))
		return has_got(proc);
	if (is_deadlock(world, proc, &k->at.own))
		return false;
	locks_make(world, proc)->waits_for = &k->at.own;
	wait_add(&k->sleepers, proc, true);
	return sleep(world, cpu, proc, k);
}

/* Its segment of spinning is over: it was told, or it was switched out meanwhile. */
static bool spinner_looks(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			  struct kmutex *k)
{
	if (!wait_linked(&proc->wait))
		return queue(world, cpu, proc, k);
	if (is_first_spinner(&k->at, proc)) {
		if (try_to_take(k, proc)) {
			stop_spinning(world, &k->at, proc);
			watch_holder(world, &k->at);
			return has_got(proc);
		}
		if (!may_spin(world, cpu, &k->at)) {
			stop_spinning(world, &k->at, proc);
			return queue(world, cpu, proc, k);
		}
	}
	spin(world, cpu, proc, &k->at, KM_SPINS);
	return false;
}

/* A sleeper was woken. Only the first one asks for more than a try. */
static bool sleeper_looks(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			  struct kmutex *k)
{
	bool first = first_of(&k->sleepers.entries) == proc;

	if (try_to_take(k, proc))
		return has_got(proc);
	if (!first || kernel_sleep_is_broken(proc, &proc->program->ops[proc->pc]))
		return sleep(world, cpu, proc, k);
	k->handoff = true;
	if (!may_spin(world, cpu, &k->at))
		return sleep(world, cpu, proc, k);
	k->at.spinning_sleeper = proc;
	spin(world, cpu, proc, &k->at, KM_SPINS_AGAIN);
	return false;
}

static bool spinning_sleeper_looks(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				   struct kmutex *k)
{
	bool spun = k->at.spinning_sleeper == proc;

	if (spun && !try_to_take(k, proc) && may_spin(world, cpu, &k->at)) {
		spin(world, cpu, proc, &k->at, KM_SPINS_AGAIN);
		return false;
	}
	stop_spinning_sleeper(&k->at, proc);
	if (k->at.own.owner == proc || try_to_take(k, proc))
		return has_got(proc);
	return sleep(world, cpu, proc, k);
}

static bool lock(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct kmutex *k,
		 const struct op *op)
{
	switch (proc->phase) {
	case KM_SPINS:
		return spinner_looks(world, cpu, proc, k);
	case KM_WOKEN:
		return sleeper_looks(world, cpu, proc, k);
	case KM_SPINS_AGAIN:
		return spinning_sleeper_looks(world, cpu, proc, k);
	case KM_CALL:
		if (op->a & SECTION_ENTERS &&
		    proc_pay(world, cpu, proc, world->costs->syscall, KM_TRY))
			return false;
	}
	proc->task.flags |= TASK_FLAG_SECTION;
	if (try_to_take(k, proc))
		return true;
	if (!may_spin(world, cpu, &k->at))
		return queue(world, cpu, proc, k);
	if (is_deadlock(world, proc, &k->at.own))
		return false;
	locks_make(world, proc)->waits_for = &k->at.own;
	spin_in_queue(world, cpu, proc, &k->at, KM_SPINS);
	return false;
}

/* ---- Unlocking ---- */

static void unlock(struct proc_world *world, struct proc *proc, struct kmutex *k,
		   const struct op *op)
{
	struct proc *next = first_of(&k->sleepers.entries);

	ensure(k->at.own.owner == proc);
	k->at.own.owner = NULL;
	if (k->handoff) {
		k->handoff = false;
		k->pickup = true;
		k->at.own.owner = next;
		ensure(next);
	}
	tell_spinners(world, &k->at);
	if (next)
		sched_wake(world->sched, &next->task, TASK_NORMAL, 0);
	if (op->a & SECTION_LEAVES)
		proc->task.flags &= (u16)~TASK_FLAG_SECTION;
}

bool kmutex_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct kmutex *k = &world->kmutexes[op->b];

	if (unlikely(world->rt_locks))
		return rt_kmutex_op(world, cpu, proc, op);
	if (op->code == OP_KERNEL_LOCK)
		return lock(world, cpu, proc, k, op);
	unlock(world, proc, k, op);
	return true;
}
