/* SPDX-License-Identifier: MIT */
/* Segments of shared memory, and who has attached them. */
#include "proc/shm.h"

#include <errno.h>

#include "proc/calls.h"

struct shm {
	const char *name;
	u64 pages, resident; /* that it has; that are there, the first ones */
	u32 nr_attached, last_pid;
	bool removed, gone;
};

/* A segment in an address space. */
struct attachment {
	struct list link; /* struct mm.attached, by when they were made */
	struct shm *shm;
	u64 mapped; /* pages that were touched here, the first ones */
	u32 index;  /* in the pool */
};

struct shms {
	struct shm *at;
	struct pool attachments;
};

void shms_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!w->nr_shms)
		return;
	world->shms = arena_new(world->arena, struct shms);
	pool_init(&world->shms->attachments, sizeof(struct attachment), 6);
	world->shms->at = arena_array(world->arena, struct shm, w->nr_shms);
	for (u32 i = 0; i < w->nr_shms; i++)
		world->shms->at[i] =
			(struct shm){.name = w->shms[i].name, .pages = w->shms[i].pages};
}

void shms_fini(struct proc_world *world)
{
	if (world->shms)
		pool_fini(&world->shms->attachments);
}

bool shm_next_attached(const struct mm *mm, u32 *at, const char **name, u64 *pages)
{
	const struct attachment *one;
	u32 nr = 0;

	list_for_each (one, &mm->attached, link) {
		if (nr++ < *at)
			continue;
		*at = nr;
		*name = one->shm->name;
		*pages = one->shm->pages;
		return true;
	}
	return false;
}

bool shm_count(const struct proc_world *world, u32 index, struct shm_counts *out)
{
	const struct shm *shm = &world->shms->at[index];

	*out = (struct shm_counts){.pages = shm->pages,
				   .resident = shm->resident,
				   .nr_attached = shm->nr_attached,
				   .last_pid = shm->last_pid,
				   .removed = shm->removed};
	return !shm->gone;
}

/* shm_may_destroy() */
static void end_if_unused(struct shm *shm)
{
	shm->gone = shm->removed && !shm->nr_attached;
	if (shm->gone)
		shm->resident = 0;
}

static void attach(struct proc_world *world, struct mm *mm, struct shm *shm)
{
	u32 index;
	struct attachment *made = pool_get(&world->shms->attachments, &index);

	*made = (struct attachment){.shm = shm, .index = index};
	list_add_tail(&mm->attached, &made->link);
	mm->vmas++;
	mm->shared_size += shm->pages;
	mm_note_peaks(mm);
	shm->nr_attached++;
}

static void detach(struct proc_world *world, struct mm *mm, struct attachment *old, u32 pid)
{
	struct shm *shm = old->shm;

	mm->vmas--;
	mm->shared_size -= shm->pages;
	mm->shared_resident -= old->mapped;
	list_del(&old->link);
	pool_put(&world->shms->attachments, old->index);
	shm->nr_attached--;
	shm->last_pid = pid;
	end_if_unused(shm);
}

void shm_fork(struct proc_world *world, const struct mm *from, struct mm *to)
{
	struct attachment *one;

	to->vmas = from->vmas;
	list_for_each (one, &from->attached, link) {
		attach(world, to, one->shm);
		to->vmas--; /* it is among those already */
	}
}

void shm_drop(struct proc_world *world, struct mm *mm, u32 pid)
{
	struct attachment *one, *next;

	list_for_each_safe (one, next, &mm->attached, link)
		detach(world, mm, one, pid);
}

static struct attachment *find(const struct mm *mm, const struct shm *shm)
{
	struct attachment *one;

	list_for_each (one, &mm->attached, link)
		if (one->shm == shm)
			return one;
	return NULL;
}

/* ---- Touching ---- */

static void tell(struct proc_world *world, const struct proc *proc, enum fault_kind kind, u64 pages)
{
	if (!pages)
		return;
	times_faults(world, proc->process, pages);
	record_put(world, proc, RECORD_FAULT, 0, kind, pages);
}

/* The first @pages of it: what those faults cost. */
static u64 touch(struct proc_world *world, struct proc *proc, struct attachment *one, u64 pages)
{
	struct mm *mm = proc->process->memory;
	struct shm *shm = one->shm;
	u64 wanted = min_of(pages, shm->pages), found, fresh;

	if (wanted <= one->mapped)
		return 0;
	found = max_of(one->mapped, min_of(wanted, shm->resident)) - one->mapped;
	fresh = wanted - one->mapped - found;
	one->mapped = wanted;
	shm->resident = max_of(shm->resident, wanted);
	mm->shared_resident += found + fresh;
	mm_note_peaks(mm);
	tell(world, proc, FAULT_FOUND, found);
	tell(world, proc, FAULT_ANONYMOUS, fresh);
	return (u64)min_of((u128)found * world->costs->fault_reuse +
				   (u128)fresh * world->costs->fault,
			   (u128)NEVER - 1);
}

/* ---- The ops ---- */

enum { SHM_CALL, SHM_DO };

static bool touch_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct shm *shm,
		     u64 pages)
{
	struct attachment *one;

	if (proc->phase != SHM_CALL)
		return true;
	one = find(proc->process->memory, shm);
	if (!one) { /* as a program would notice */
		proc_fail(world, proc, "touches shared memory '%s', which it has not attached",
			  shm->name);
		return false;
	}
	return !proc_work(world, cpu, proc, touch(world, proc, one, pages), SHM_DO);
}

/* The call's own part; 0 or why it fails. */
static int control(struct proc_world *world, struct proc *proc, struct shm *shm,
		   const struct op *op)
{
	struct mm *mm = proc->process->memory;
	struct attachment *one;

	switch (op->code) {
	case OP_SHMAT:
		if (shm->gone)
			return EINVAL;
		attach(world, mm, shm);
		shm->last_pid = proc->process->tgid;
		return 0;
	case OP_SHMDT:
		one = find(mm, shm);
		if (!one)
			return EINVAL;
		detach(world, mm, one, proc->process->tgid);
		return 0;
	default:
		if (shm->gone)
			return EINVAL;
		shm->removed = true;
		end_if_unused(shm);
		return 0;
	}
}

bool shm_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	    u64 pages)
{
	struct shm *shm = &world->shms->at[op->b];
	int error;

	if (op->code == OP_SHM_TOUCH)
		return touch_op(world, cpu, proc, shm, pages);
	if (proc->phase == SHM_CALL && proc_pay(world, cpu, proc, world->costs->syscall, SHM_DO))
		return false;
	error = control(world, proc, shm, op);
	if (error)
		proc_refuse(world, proc, error, shm->name);
	return true;
}
