/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer semaphores of the kernel. Kernel: kernel/locking/rwsem.c; reference: process.md
 * 8.4.
 *
 * Readers share one, a writer has it alone. Who sleeps for it queues, in state D and in order of
 * arrival, and is woken from the head: a writer, which then has to take it, or all readers that
 * wait, who have it with their wakeup. A reader does not pass others that wait while readers hold
 * it; so a writer is not starved. A writer spins while another one runs with it. A writer that is
 * the first and has waited for 4 ms, or is a real-time task, has it next: nobody takes it before.
 *
 * Writers do not spin while readers hold it (the kernel lets them for 10 to 25 us).
 */
#include "proc/calls.h"
#include "proc/optimistic.h"
#include "proc/rt_lock.h"

enum { READERS_MAX = 256, TIMEOUT_HZ_PART = 250 };

struct rwsem {
	struct spin_point at; /* its owner is a writer */
	u32 readers;
	struct readers who_reads;
	/* the first sleeper, a writer, which has it next; NULL: whoever comes */
	struct proc *heir;
	struct wait_queue sleepers;
};

enum { RW_CALL, RW_TRY, RW_SPINS, RW_WOKEN };

void rwsems_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->rwsems = arena_array(world->arena, struct rwsem, w->nr_rwsems);
	for (u32 i = 0; i < w->nr_rwsems; i++) {
		spin_point_init(&world->rwsems[i].at, w->rwsems[i].name);
		world->rwsems[i].at.own.readers = &world->rwsems[i].who_reads;
		wait_queue_init(&world->rwsems[i].sleepers);
	}
}

static struct proc *first_sleeper(const struct rwsem *sem)
{
	return wait_queue_empty(&sem->sleepers)
		       ? NULL
		       : container_of(list_first(&sem->sleepers.entries, struct wait_entry, link),
				      struct proc, wait);
}

static bool is_writer(const struct proc *proc)
{
	return proc->program->ops[proc->pc].code == OP_DOWN_WRITE;
}

static void waits_for(struct proc_world *world, struct proc *proc, struct owned *owned)
{
	if (owned || proc->locks)
		locks_make(world, proc)->waits_for = owned;
}

/* ---- Waking ---- */

static void grant(struct proc_world *world, struct rwsem *sem, struct proc *reader)
{
	list_del(&reader->wait.link);
	waits_for(world, reader, NULL);
	sem->readers++;
	readers_add(&sem->who_reads, reader);
	sched_wake(world->sched, &reader->task, TASK_UNINTERRUPTIBLE, 0);
}

/* rwsem_mark_wake(). @writers: the first may be one, too. */
static void wake_first(struct proc_world *world, struct rwsem *sem, bool writers)
{
	struct proc *first = first_sleeper(sem);
	struct wait_entry *entry, *next;
	u32 left = READERS_MAX;

	if (!first || sem->at.own.owner)
		return;
	if (is_writer(first)) {
		if (writers)
			sched_wake(world->sched, &first->task, TASK_UNINTERRUPTIBLE, 0);
		return;
	}
	sem->heir = NULL;
	list_for_each_safe (entry, next, &sem->sleepers.entries, link) {
		struct proc *proc = container_of(entry, struct proc, wait);

		if (is_writer(proc))
			continue;
		if (!left--)
			break;
		grant(world, sem, proc);
	}
}

static bool sleep(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct rwsem *sem)
{
	if (is_deadlock(world, proc, &sem->at.own))
		return false;
	waits_for(world, proc, &sem->at.own);
	proc_sleep_state(world, cpu, proc, RW_WOKEN, TASK_UNINTERRUPTIBLE);
	return false;
}

static bool sleep_as_writer(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			    struct rwsem *sem)
{
	bool urgent = !policy_is_fair(proc->task.policy) ||
		      machine_jiffies(world->machine) > proc->wait_arg;

	if (first_sleeper(sem) == proc && urgent)
		sem->heir = proc;
	return sleep(world, cpu, proc, sem);
}

static bool queue(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct rwsem *sem)
{
	proc->wait_arg = machine_jiffies(world->machine) +
			 div_round_up(world->machine->platform->hz, (u32)TIMEOUT_HZ_PART);
	wait_add(&sem->sleepers, proc, true);
	return is_writer(proc) ? sleep_as_writer(world, cpu, proc, sem)
			       : sleep(world, cpu, proc, sem);
}

/* ---- Readers ---- */

static bool down_read(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		      struct rwsem *sem)
{
	bool first;

	if (proc->phase == RW_WOKEN) {
		/* Who has it is out of the queue. */
		return !wait_linked(&proc->wait) || sleep(world, cpu, proc, sem);
	}
	if (sem->at.own.owner || sem->heir || (sem->readers && !wait_queue_empty(&sem->sleepers)))
		return queue(world, cpu, proc, sem);
	first = !sem->readers++;
	readers_add(&sem->who_reads, proc);
	/* It has come before those that waited: readers in front may come in with it. */
	if (first)
		wake_first(world, sem, false);
	return true;
}

static void up_read(struct proc_world *world, struct rwsem *sem, const struct proc *proc)
{
	readers_remove(&sem->who_reads, proc);
	if (--sem->readers)
		return;
	tell_spinners(world, &sem->at);
	wake_first(world, sem, true);
}

/* ---- Writers ---- */

static bool try_to_take(struct proc_world *world, struct rwsem *sem, struct proc *proc)
{
	if (sem->at.own.owner || sem->readers || (sem->heir && sem->heir != proc))
		return false;
	sem->at.own.owner = proc;
	sem->heir = NULL;
	if (wait_linked(&proc->wait))
		list_del(&proc->wait.link);
	waits_for(world, proc, NULL);
	watch_holder(world, &sem->at);
	return true;
}

static bool queue_as_writer(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			    struct rwsem *sem)
{
	if (try_to_take(world, sem, proc))
		return true;
	return queue(world, cpu, proc, sem);
}

static bool writer_may_spin(const struct proc_world *world, const struct cpu *cpu,
			    const struct rwsem *sem)
{
	return !sem->readers && !sem->heir && may_spin(world, cpu, &sem->at);
}

static bool spinner_looks(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			  struct rwsem *sem)
{
	if (!wait_linked(&proc->wait))
		return queue_as_writer(world, cpu, proc, sem);
	if (is_first_spinner(&sem->at, proc) &&
	    (!writer_may_spin(world, cpu, sem) || !sem->at.own.owner)) {
		stop_spinning(world, &sem->at, proc);
		return queue_as_writer(world, cpu, proc, sem);
	}
	spin(world, cpu, proc, &sem->at, RW_SPINS);
	return false;
}

static bool down_write(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       struct rwsem *sem)
{
	switch (proc->phase) {
	case RW_SPINS:
		return spinner_looks(world, cpu, proc, sem);
	case RW_WOKEN:
		return try_to_take(world, sem, proc) || sleep_as_writer(world, cpu, proc, sem);
	}
	if (try_to_take(world, sem, proc))
		return true;
	if (!writer_may_spin(world, cpu, sem))
		return queue(world, cpu, proc, sem);
	if (is_deadlock(world, proc, &sem->at.own))
		return false;
	waits_for(world, proc, &sem->at.own);
	spin_in_queue(world, cpu, proc, &sem->at, RW_SPINS);
	return false;
}

static void up_write(struct proc_world *world, struct rwsem *sem)
{
	sem->at.own.owner = NULL;
	tell_spinners(world, &sem->at);
	wake_first(world, sem, true);
}

bool rwsem_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct rwsem *sem = &world->rwsems[op->b];
	bool down = op->code == OP_DOWN_READ || op->code == OP_DOWN_WRITE;

	if (unlikely(world->rt_locks))
		return rt_rwsem_op(world, cpu, proc, op);
	if (down && proc->phase == RW_CALL && op->a & SECTION_ENTERS &&
	    proc_pay(world, cpu, proc, world->costs->syscall, RW_TRY))
		return false;
	if (down) {
		proc->task.flags |= TASK_FLAG_SECTION;
		return is_writer(proc) ? down_write(world, cpu, proc, sem)
				       : down_read(world, cpu, proc, sem);
	}
	if (op->code == OP_UP_READ)
		up_read(world, sem, proc);
	else
		up_write(world, sem);
	if (op->a & SECTION_LEAVES)
		proc->task.flags &= (u16)~TASK_FLAG_SECTION;
	return true;
}

void rwsems_proc_exit(struct proc_world *world, const struct proc *proc)
{
	if (unlikely(world->rt_locks))
		rt_rwsems_proc_exit(world, proc);
	for (u32 i = 0; i < world->workload->nr_rwsems; i++)
		readers_exit(&world->rwsems[i].who_reads, proc);
}
