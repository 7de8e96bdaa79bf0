/* SPDX-License-Identifier: MIT */
/* What parent and child pay for having the same pages: see cow.h. */
#include "proc/cow.h"

#include "proc/proc.h"

/* ---- The batch of new pages ---- */

enum {
	BATCH_PAGES = 31, /* PAGEVEC_SIZE */
	CHILD_PAGES = 3,  /* what a child's C library writes, and its parent does not */
};

u64 cow_batch_ns(const struct proc_world *world)
{
	return world->cow.batch * world->costs->lru_page;
}

static u64 send_off(struct proc_world *world)
{
	u64 ns = cow_batch_ns(world);

	world->cow.batch = 0;
	world->cow.drains++;
	return ns;
}

static u64 add_pages(struct proc_world *world, u32 pages)
{
	world->cow.batch += pages;
	return world->cow.batch >= BATCH_PAGES ? send_off(world) : 0;
}

/* ---- The page of the thread's own data ---- */

static struct cow_thread *thread_of(struct proc_world *world, const struct proc *proc)
{
	struct cow *cow = &world->cow;

	if (unlikely(proc->index >= cow->cap_threads))
		vec_grow((void **)&cow->threads, &cow->cap_threads, proc->index + 1, sizeof(*cow->threads));
	return &cow->threads[proc->index];
}

/* The child has written there, or never will. */
static void settle_child(struct proc_world *world, const struct proc *child)
{
	struct cow_thread *thread = thread_of(world, child);
	const struct proc *parent = proc_by_ref(world, thread->parent);

	thread->parent = 0;
	if (parent)
		world->cow.threads[parent->index].child = COW_COPIED;
}

/* The parent has, or has that page no more, and so it is the child's @own; or it leaves it to its child to copy. */
static void settle_parent(struct proc_world *world, struct cow_thread *thread, bool own)
{
	const struct proc *child = thread->child == COW_COPIED ? NULL : proc_by_ref(world, thread->child);

	thread->child = 0;
	if (!child)
		return;
	world->cow.threads[child->index].parent = 0;
	world->cow.threads[child->index].own = own;
}

static bool has_been_away(const struct proc_world *world, const struct cow_thread *thread, const struct cpu *cpu)
{
	return thread->cpu != cpu->id || thread->nr_switches != sched_rq(world->sched, cpu->id)->nr_switches;
}

u64 cow_thread_due(struct proc_world *world, const struct cpu *cpu, const struct proc *proc)
{
	const struct costs *costs = world->costs;
	struct cow_thread *thread;
	bool copies;

	if (likely(!costs->cow_thread))
		return 0;
	thread = thread_of(world, proc);
	if (!thread->child || !has_been_away(world, thread, cpu))
		return 0;
	copies = thread->child != COW_COPIED;
	settle_parent(world, thread, copies);
	return costs->fault_reuse + (copies ? costs->cow_thread + add_pages(world, 1) : 0);
}

u64 cow_fork_begins(struct proc_world *world, const struct cpu *cpu, const struct proc *proc)
{
	u64 due = cow_thread_due(world, cpu, proc);
	struct cow_thread *thread;

	if (likely(!world->costs->cow_thread))
		return 0;
	thread = thread_of(world, proc);
	thread->cpu = (u16)cpu->id;
	thread->nr_switches = sched_rq(world->sched, cpu->id)->nr_switches;
	return due;
}

static void share_thread(struct proc_world *world, const struct proc *parent, const struct proc *child)
{
	struct cow_thread *its = thread_of(world, child), *thread = thread_of(world, parent);

	settle_parent(world, thread, false);
	thread->found = false;
	*its = (struct cow_thread){.parent = proc_ref(parent), .copied_at = thread->copied_at};
	thread_of(world, parent)->child = proc_ref(child);
}

/* ---- The others ---- */

/* Both have their pages for themselves, or one is no more. */
static void unshare(const struct proc_world *world, struct proc *proc)
{
	struct proc *other = proc_by_ref(world, proc->shares_with);

	if (other)
		other->shares_with = proc->shares_with = 0;
}

void cow_fork(struct proc_world *world, struct proc *parent, struct proc *child)
{
	unshare(world, parent);
	parent->shares_with = proc_ref(child);
	child->shares_with = proc_ref(parent);
	child->phase = OP_NEWBORN;
	if (world->costs->cow_thread)
		share_thread(world, parent, child);
}

/* The page was copied for an earlier child, and nothing has sent the batch off since. */
static u64 drain_ns(struct proc_world *world, const struct proc *proc)
{
	if (likely(!world->costs->cow_thread) || thread_of(world, proc)->copied_at != world->cow.drains + 1)
		return 0;
	return world->costs->lru_drain + send_off(world);
}

static u64 copy_ns(struct proc_world *world, struct proc *proc)
{
	u64 ns;

	if (!proc->shares_with)
		return 0;
	unshare(world, proc);
	ns = world->costs->cow + drain_ns(world, proc);
	if (unlikely(world->costs->cow_thread)) {
		ns += add_pages(world, 1);
		thread_of(world, proc)->copied_at = world->cow.drains + 1;
	}
	return ns;
}

static u64 child_ns(struct proc_world *world, struct proc *child)
{
	const struct proc *parent = proc_by_ref(world, child->shares_with);
	u64 ns;

	if (likely(!world->costs->cow_thread))
		return copy_ns(world, child);
	if (parent)
		thread_of(world, parent)->found = true;
	ns = copy_ns(world, child);
	return ns + add_pages(world, CHILD_PAGES);
}

static u64 parent_ns(struct proc_world *world, struct proc *parent)
{
	bool found = world->costs->cow_thread && thread_of(world, parent)->found;

	if (parent->shares_with)
		return copy_ns(world, parent) + world->costs->cow_parent;
	if (!found)
		return 0;
	thread_of(world, parent)->found = false;
	return world->costs->fault_reuse + drain_ns(world, parent);
}

/* A child's copy of the thread's page is made at its birth. */
static u64 birth_ns(struct proc_world *world, const struct proc *child)
{
	if (likely(!world->costs->cow_thread) || thread_of(world, child)->own)
		return 0;
	settle_child(world, child);
	return world->costs->cow_thread + add_pages(world, 1);
}

static bool pay(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 ns)
{
	if (!ns)
		return false;
	proc->task.work_left = ns;
	sched_continue(world->sched, cpu);
	return true;
}

bool cow_concerns(const struct proc_world *world, const struct proc *parent)
{
	const struct cow *cow = &world->cow;

	return parent->shares_with || (parent->index < cow->cap_threads && cow->threads[parent->index].child);
}

bool cow_pay_parent(struct proc_world *world, struct cpu *cpu, struct proc *parent)
{
	return pay(world, cpu, parent,
		   world->costs->fork_user + parent_ns(world, parent) + cow_thread_due(world, cpu, parent));
}

bool cow_pay_child(struct proc_world *world, struct cpu *cpu, struct proc *child)
{
	u64 ns = birth_ns(world, child);

	return pay(world, cpu, child, ns + child_ns(world, child));
}

void cow_exec(struct proc_world *world, const struct proc *proc)
{
	if (likely(!world->costs->cow_thread))
		return;
	settle_child(world, proc);
	settle_parent(world, thread_of(world, proc), true);
	*thread_of(world, proc) = (struct cow_thread){0};
}

void cow_exit(struct proc_world *world, struct proc *proc)
{
	unshare(world, proc);
	(void)send_off(world); /* proc_exit_cost() has told what it takes */
	cow_exec(world, proc);
}

void cow_fini(struct proc_world *world)
{
	vec_release((void **)&world->cow.threads);
}
