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
		vec_grow((void **)&cow->threads, &cow->cap_threads, proc->index + 1,
			 sizeof(*cow->threads));
	return &cow->threads[proc->index];
}

/* One that nobody has; 0 is none. */
static u32 new_page(struct cow *cow)
{
	u32 page = cow->free_page;

	if (page) {
		cow->free_page = cow->sharers[page];
		return page;
	}
	page = max_of(cow->nr_pages, (u32)1);
	cow->nr_pages = page + 1;
	if (unlikely(page >= cow->cap_pages))
		vec_grow((void **)&cow->sharers, &cow->cap_pages, page + 1, sizeof(*cow->sharers));
	return page;
}

/*
 * It has that page no more, as it has copied it or is no more; or it has it for itself. True:
 * others share it.
 */
static bool leave_page(struct cow *cow, struct cow_thread *thread)
{
	u32 page = thread->page;

	thread->page = 0;
	if (!page || --cow->sharers[page])
		return page != 0;
	cow->sharers[page] = cow->free_page;
	cow->free_page = page;
	return false;
}

static bool has_been_away(const struct proc_world *world, const struct cow_thread *thread,
			  const struct cpu *cpu)
{
	return thread->cpu != cpu->id ||
	       thread->nr_switches != sched_rq(world->sched, cpu->id)->nr_switches;
}

u64 cow_thread_due(struct proc_world *world, const struct cpu *cpu, const struct proc *proc)
{
	const struct costs *costs = world->costs;
	struct cow_thread *thread;

	if (likely(!costs->cow_thread))
		return 0;
	thread = thread_of(world, proc);
	if (!thread->page || !has_been_away(world, thread, cpu))
		return 0;
	return costs->fault_reuse +
	       (leave_page(&world->cow, thread) ? costs->cow_thread + add_pages(world, 1) : 0);
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

static void share_thread(struct proc_world *world, const struct proc *parent,
			 const struct proc *child)
{
	struct cow *cow = &world->cow;
	struct cow_thread *its = thread_of(world, child), *thread = thread_of(world, parent);

	its = thread_of(world, child); /* the table may have grown */
	if (!thread->page) {
		thread->page = new_page(cow);
		cow->sharers[thread->page] = 1;
	}
	cow->sharers[thread->page]++;
	thread->found = false;
	*its = (struct cow_thread){.page = thread->page, .copied_at = thread->copied_at};
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
	if (likely(!world->costs->cow_thread) ||
	    thread_of(world, proc)->copied_at != world->cow.drains + 1)
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
	if (likely(!world->costs->cow_thread) || !leave_page(&world->cow, thread_of(world, child)))
		return 0;
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

	return parent->shares_with ||
	       (parent->index < cow->cap_threads && cow->threads[parent->index].page);
}

bool cow_pay_parent(struct proc_world *world, struct cpu *cpu, struct proc *parent)
{
	return pay(world, cpu, parent,
		   world->costs->fork_user + parent_ns(world, parent) +
			   cow_thread_due(world, cpu, parent));
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
	(void)leave_page(&world->cow, thread_of(world, proc));
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
	vec_release((void **)&world->cow.sharers);
}
