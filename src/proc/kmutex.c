/* SPDX-License-Identifier: MIT */
/*
 * Mutexes of the kernel. Kernel: kernel/locking/mutex.c, osq_lock.c; reference: process.md 8.4.
 *
 * Who finds one taken spins first, as long as its holder is on a cpu and nobody wants this cpu: most
 * sections are shorter than a sleep. Spinners queue, and only the first of them watches the mutex. Who gives up
 * sleeps in state D, in order of arrival. An unlock frees the mutex and wakes the first sleeper, but whoever comes
 * by may take it. A sleeper that was woken for nothing asks for a handoff: the next unlock makes it the holder,
 * and nobody else can take it.
 *
 * Spinning has no length: a spinner is told when the mutex changes hands, and when its holder has left its cpu
 * (sched_watch_cpu()).
 */
#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/sync.h"

struct kmutex {
	struct owned own;
	bool handoff;              /* the first sleeper shall get it next */
	bool pickup;               /* it was made the holder and has not run since */
	struct wait_queue sleepers;
	struct list spinners;      /* proc.wait.link; the first watches, the others wait for its place */
	struct proc *spinning_sleeper; /* the first sleeper spins beside them; NULL: it does not */
	struct list spun_on;       /* world->spun_on, while somebody spins */
};

enum { KM_CALL, KM_TRY, KM_SPINS, KM_WOKEN, KM_SPINS_AGAIN };

static void watch(void *self);

void kmutexes_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	list_init(&world->spun_on);
	world->kmutexes = arena_array(world->arena, struct kmutex, w->nr_kernel_mutexes);
	for (u32 i = 0; i < w->nr_kernel_mutexes; i++) {
		struct kmutex *k = &world->kmutexes[i];

		k->own.name = w->kernel_mutexes[i].name;
		wait_queue_init(&k->sleepers);
		list_init(&k->spinners);
	}
	world->sched->watch = watch;
	world->sched->watch_self = world;
}

static struct proc *first_of(const struct list *list)
{
	return list_empty(list) ? NULL
				: container_of(list_first(list, struct wait_entry, link), struct proc, wait);
}

static bool try_to_take(struct kmutex *k, struct proc *proc)
{
	if (k->own.owner && !(k->pickup && k->own.owner == proc))
		return false;
	k->own.owner = proc;
	k->pickup = false;
	return true;
}

/* ---- Spinning ---- */

static bool somebody_spins(const struct kmutex *k)
{
	return !list_empty(&k->spinners) || k->spinning_sleeper;
}

/* The cpus whose switches matter: the holder's and those of all who spin. */
static void set_watches(struct proc_world *world, struct kmutex *k)
{
	struct wait_entry *entry;

	if (k->own.owner)
		sched_watch_cpu(world->sched, k->own.owner->task.cpu);
	if (k->spinning_sleeper)
		sched_watch_cpu(world->sched, k->spinning_sleeper->task.cpu);
	list_for_each (entry, &k->spinners, link)
		sched_watch_cpu(world->sched, container_of(entry, struct proc, wait)->task.cpu);
}

/* The mutex has changed hands, or its holder has left its cpu: those who watch look again. */
static void tell(struct proc_world *world, struct kmutex *k)
{
	struct proc *first = first_of(&k->spinners);

	if (first)
		sched_spin_ends(world->sched, &first->task);
	if (k->spinning_sleeper)
		sched_spin_ends(world->sched, &k->spinning_sleeper->task);
}

static void end_spinning(struct kmutex *k, struct proc *proc)
{
	proc->task.flags &= (u16)~TASK_FLAG_SPINS;
	if (!somebody_spins(k) && list_linked(&k->spun_on))
		list_del(&k->spun_on);
}

/* @proc leaves the queue of spinners. Who is the first now has not looked yet. */
static void stop_spinning(struct proc_world *world, struct kmutex *k, struct proc *proc)
{
	bool was_first = first_of(&k->spinners) == proc;
	struct proc *first;

	if (wait_linked(&proc->wait))
		list_del(&proc->wait.link);
	first = first_of(&k->spinners);
	if (was_first && first)
		sched_spin_ends(world->sched, &first->task);
	end_spinning(k, proc);
}

static void spin(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct kmutex *k,
		 u8 phase)
{
	proc->phase = phase;
	proc->task.flags |= TASK_FLAG_SPINS;
	if (!list_linked(&k->spun_on))
		list_add_tail(&world->spun_on, &k->spun_on);
	set_watches(world, k);
	sched_spin(world->sched, cpu);
}

static bool may_spin(const struct proc_world *world, const struct cpu *cpu, const struct kmutex *k)
{
	if (sched_rq(world->sched, cpu->id)->need_resched & RESCHED_FULL)
		return false;
	return !k->own.owner || k->own.owner->task.on_cpu;
}

/* Those who have lost their cpu spin no more; if the holder has, those who watch shall see it. */
static void look(struct proc_world *world, struct kmutex *k)
{
	struct wait_entry *entry, *next;

	list_for_each_safe (entry, next, &k->spinners, link) {
		struct proc *proc = container_of(entry, struct proc, wait);

		if (!proc->task.on_cpu)
			stop_spinning(world, k, proc);
	}
	if (k->spinning_sleeper && !k->spinning_sleeper->task.on_cpu) {
		struct proc *proc = k->spinning_sleeper;

		k->spinning_sleeper = NULL;
		end_spinning(k, proc);
	}
	if (k->own.owner && !k->own.owner->task.on_cpu)
		tell(world, k);
	if (somebody_spins(k))
		set_watches(world, k);
}

static void watch(void *self)
{
	struct proc_world *world = self;
	struct kmutex *k, *next;

	list_for_each_safe (k, next, &world->spun_on, spun_on)
		look(world, k);
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

static bool sleep(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	proc_sleep_state(world, cpu, proc, KM_WOKEN, TASK_UNINTERRUPTIBLE);
	return false;
}

/* The slow path begins: it queues, and tries once more. */
static bool queue(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct kmutex *k)
{
	if (try_to_take(k, proc))
		return has_got(proc);
	if (is_deadlock(world, proc, &k->own))
		return false;
	locks_make(world, proc)->waits_for = &k->own;
	wait_add(&k->sleepers, proc, true);
	return sleep(world, cpu, proc);
}

/* Its segment of spinning is over: it was told, or it was switched out meanwhile. */
static bool spinner_looks(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct kmutex *k)
{
	if (!wait_linked(&proc->wait))
		return queue(world, cpu, proc, k);
	if (first_of(&k->spinners) == proc) {
		if (try_to_take(k, proc)) {
			stop_spinning(world, k, proc);
			if (somebody_spins(k))
				set_watches(world, k);
			return has_got(proc);
		}
		if (!may_spin(world, cpu, k)) {
			stop_spinning(world, k, proc);
			return queue(world, cpu, proc, k);
		}
	}
	spin(world, cpu, proc, k, KM_SPINS);
	return false;
}

/* A sleeper was woken. Only the first one asks for more than a try. */
static bool sleeper_looks(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct kmutex *k)
{
	bool first = first_of(&k->sleepers.entries) == proc;

	if (try_to_take(k, proc))
		return has_got(proc);
	if (!first)
		return sleep(world, cpu, proc);
	k->handoff = true;
	if (!may_spin(world, cpu, k))
		return sleep(world, cpu, proc);
	k->spinning_sleeper = proc;
	spin(world, cpu, proc, k, KM_SPINS_AGAIN);
	return false;
}

static bool spinning_sleeper_looks(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				   struct kmutex *k)
{
	bool spun = k->spinning_sleeper == proc;

	if (spun && !try_to_take(k, proc) && may_spin(world, cpu, k)) {
		spin(world, cpu, proc, k, KM_SPINS_AGAIN);
		return false;
	}
	if (spun)
		k->spinning_sleeper = NULL;
	end_spinning(k, proc);
	if (k->own.owner == proc || try_to_take(k, proc))
		return has_got(proc);
	return sleep(world, cpu, proc);
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
	if (!may_spin(world, cpu, k))
		return queue(world, cpu, proc, k);
	if (is_deadlock(world, proc, &k->own))
		return false;
	locks_make(world, proc)->waits_for = &k->own;
	list_add_tail(&k->spinners, &proc->wait.link);
	spin(world, cpu, proc, k, KM_SPINS);
	return false;
}

/* ---- Unlocking ---- */

static void unlock(struct proc_world *world, struct proc *proc, struct kmutex *k, const struct op *op)
{
	struct proc *next = first_of(&k->sleepers.entries);

	ensure(k->own.owner == proc);
	k->own.owner = NULL;
	if (k->handoff) {
		k->handoff = false;
		k->pickup = true;
		k->own.owner = next;
		ensure(next);
	}
	tell(world, k);
	if (next)
		sched_wake(world->sched, &next->task, TASK_UNINTERRUPTIBLE, 0);
	if (op->a & SECTION_LEAVES)
		proc->task.flags &= (u16)~TASK_FLAG_SECTION;
}

bool kmutex_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct kmutex *k = &world->kmutexes[op->b];

	if (op->code == OP_KERNEL_LOCK)
		return lock(world, cpu, proc, k, op);
	unlock(world, proc, k, op);
	return true;
}
