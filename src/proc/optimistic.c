/* SPDX-License-Identifier: MIT */
/* Spinning while the holder runs: who spins, who looks, who is told. */
#include "proc/optimistic.h"

static void watch(void *self);

void optimistic_init(struct proc_world *world)
{
	list_init(&world->spun_on);
	world->sched->watch = watch;
	world->sched->watch_self = world;
}

void spin_point_init(struct spin_point *point, const char *name)
{
	point->own.name = name;
	list_init(&point->spinners);
}

static struct proc *first_of(const struct list *list)
{
	return list_empty(list)
		       ? NULL
		       : container_of(list_first(list, struct wait_entry, link), struct proc, wait);
}

bool is_first_spinner(const struct spin_point *point, const struct proc *proc)
{
	return first_of(&point->spinners) == proc;
}

static bool somebody_spins(const struct spin_point *point)
{
	return !list_empty(&point->spinners) || point->spinning_sleeper;
}

/* The cpus whose switches matter: the holder's and those of all who spin. */
static void set_watches(struct proc_world *world, struct spin_point *point)
{
	struct wait_entry *entry;

	if (point->own.owner)
		sched_watch_cpu(world->sched, point->own.owner->task.cpu);
	if (point->spinning_sleeper)
		sched_watch_cpu(world->sched, point->spinning_sleeper->task.cpu);
	list_for_each (entry, &point->spinners, link)
		sched_watch_cpu(world->sched, container_of(entry, struct proc, wait)->task.cpu);
}

void tell_spinners(struct proc_world *world, struct spin_point *point)
{
	struct proc *first = first_of(&point->spinners);

	if (first)
		sched_spin_ends(world->sched, &first->task);
	if (point->spinning_sleeper)
		sched_spin_ends(world->sched, &point->spinning_sleeper->task);
}

static void end_spinning(struct spin_point *point, struct proc *proc)
{
	proc->task.flags &= (u16)~TASK_FLAG_SPINS;
	if (!somebody_spins(point) && list_linked(&point->spun_on))
		list_del(&point->spun_on);
}

void stop_spinning(struct proc_world *world, struct spin_point *point, struct proc *proc)
{
	bool was_first = first_of(&point->spinners) == proc;
	struct proc *first;

	if (wait_linked(&proc->wait))
		list_del(&proc->wait.link);
	first = first_of(&point->spinners);
	if (was_first && first)
		sched_spin_ends(world->sched, &first->task);
	end_spinning(point, proc);
}

void spin(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct spin_point *point,
	  u8 phase)
{
	proc->phase = phase;
	proc->task.flags |= TASK_FLAG_SPINS;
	if (!list_linked(&point->spun_on))
		list_add_tail(&world->spun_on, &point->spun_on);
	set_watches(world, point);
	sched_spin(world->sched, cpu);
}

void spin_in_queue(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   struct spin_point *point, u8 phase)
{
	list_add_tail(&point->spinners, &proc->wait.link);
	spin(world, cpu, proc, point, phase);
}

void stop_spinning_sleeper(struct spin_point *point, struct proc *proc)
{
	if (point->spinning_sleeper == proc)
		point->spinning_sleeper = NULL;
	end_spinning(point, proc);
}

void watch_holder(struct proc_world *world, struct spin_point *point)
{
	if (somebody_spins(point))
		set_watches(world, point);
}

bool may_spin(const struct proc_world *world, const struct cpu *cpu, const struct spin_point *point)
{
	if (sched_rq(world->sched, cpu->id)->need_resched & RESCHED_FULL)
		return false;
	return !point->own.owner || point->own.owner->task.on_cpu;
}

/* Those who have lost their cpu spin no more; if the holder has, those who watch shall see it. */
static void look(struct proc_world *world, struct spin_point *point)
{
	struct wait_entry *entry, *next;

	list_for_each_safe (entry, next, &point->spinners, link) {
		struct proc *proc = container_of(entry, struct proc, wait);

		if (!proc->task.on_cpu)
			stop_spinning(world, point, proc);
	}
	if (point->spinning_sleeper && !point->spinning_sleeper->task.on_cpu)
		stop_spinning_sleeper(point, point->spinning_sleeper);
	if (point->own.owner && !point->own.owner->task.on_cpu)
		tell_spinners(world, point);
	watch_holder(world, point);
}

static void watch(void *self)
{
	struct proc_world *world = self;
	struct spin_point *point, *next;

	list_for_each_safe (point, next, &world->spun_on, spun_on)
		look(world, point);
}
