/* SPDX-License-Identifier: MIT */
/* Pages of processes: first touch, copy on write. */
#include "proc/mm.h"

#include "base/ensure.h"
#include "proc/proc.h"
#include "proc/shm.h"

static bool is_about_pages(u8 code)
{
	return code == OP_TOUCH_PAGES || code == OP_WRITE_PAGES || code == OP_MMAP ||
	       code == OP_MUNMAP || code == OP_BRK || code == OP_SHMAT || code == OP_SHMDT ||
	       code == OP_SHM_TOUCH || code == OP_SHMCTL;
}

static bool speaks_of_pages(const struct workload *w)
{
	for (u32 i = 0; i < w->nr_tasks; i++)
		if (w->tasks[i].memory.pages)
			return true;
	for (u32 i = 0; i < w->nr_programs; i++)
		for (u32 k = 0; k < w->programs[i].nr_ops; k++)
			if (is_about_pages(w->programs[i].ops[k].code))
				return true;
	return false;
}

void mm_init(struct proc_world *world)
{
	world->counts_pages = speaks_of_pages(world->workload);
	pool_init(&world->mms, sizeof(struct mm), 4);
	pool_init(&world->page_runs, sizeof(struct page_run), 6);
	pool_init(&world->mappings, sizeof(struct mapping), 6);
}

void mm_fini(struct proc_world *world)
{
	pool_fini(&world->mms);
	pool_fini(&world->page_runs);
	pool_fini(&world->mappings);
}

/* ---- Runs and who maps them ---- */

static struct page_run *run_new(struct proc_world *world, u64 from, u64 to)
{
	u32 index;
	struct page_run *run = pool_get(&world->page_runs, &index);

	*run = (struct page_run){.from = from, .to = to, .index = index};
	list_init(&run->mappers);
	return run;
}

static struct mapping *map(struct proc_world *world, struct page_run *run, bool read_only)
{
	u32 index;
	struct mapping *mapping = pool_get(&world->mappings, &index);

	mapping->index = index;
	mapping->run = run;
	mapping->read_only = read_only;
	list_add_tail(&run->mappers, &mapping->run_link);
	run->nr_mappers++;
	return mapping;
}

static void leave_run(struct proc_world *world, struct mapping *mapping)
{
	struct page_run *run = mapping->run;

	list_del(&mapping->run_link);
	if (!--run->nr_mappers)
		pool_put(&world->page_runs, run->index);
}

static void unmap(struct proc_world *world, struct mapping *mapping)
{
	leave_run(world, mapping);
	list_del(&mapping->mm_link);
	pool_put(&world->mappings, mapping->index);
}

/* From @page on it is another run, for all who map it. */
static void split(struct proc_world *world, struct page_run *run, u64 page)
{
	struct page_run *rest = run_new(world, page, run->to);
	struct mapping *mapping;

	run->to = page;
	list_for_each (mapping, &run->mappers, run_link) {
		struct mapping *behind = map(world, rest, mapping->read_only);

		list_insert_between(&behind->mm_link, &mapping->mm_link, mapping->mm_link.next);
	}
}

/* Runs side by side that nobody shares are one. */
static void merge(struct proc_world *world, struct mm *mm)
{
	struct mapping *mapping, *next, *last = NULL;

	list_for_each_safe (mapping, next, &mm->mappings, mm_link) {
		if (last && !last->read_only && !mapping->read_only) {
			last->run->to = mapping->run->to;
			unmap(world, mapping);
		} else {
			last = mapping;
		}
	}
}

/* ---- Address spaces ---- */

void mm_note_peaks(struct mm *mm)
{
	mm->size = max_of(mm->size, mm->resident);
	mm->peak_size = max_of(mm->peak_size, mm_size(mm));
	mm->peak_resident = max_of(mm->peak_resident, mm_resident(mm));
}

/* @pages more are there, of one's own. */
static void add_pages(struct proc_world *world, struct mm *mm, u64 pages)
{
	if (!pages)
		return;
	list_add_tail(
		&mm->mappings,
		&map(world, run_new(world, mm->resident, mm->resident + pages), false)->mm_link);
	mm->resident += pages;
	mm_note_peaks(mm);
	merge(world, mm);
}

/* Nothing is mapped but, say, the stack. */
static struct mm *mm_new(struct proc_world *world, struct process *process)
{
	u32 index;
	struct mm *mm = pool_get(&world->mms, &index);

	*mm = (struct mm){.index = index, .users = 1, .vmas = 1};
	list_init(&mm->mappings);
	list_init(&mm->attached);
	process->memory = mm;
	return mm;
}

void mm_begin(struct proc_world *world, struct process *process, const struct task_spec *spec)
{
	struct mm *mm = mm_new(world, process);

	if (!spec || !spec->memory.pages)
		return;
	mm->size = spec->memory.pages;
	mm->vmas = spec->memory.vmas;
	mm->file_size = mm->file_resident = spec->memory.files;
	mm_note_peaks(mm);
	add_pages(world, mm, spec->memory.resident);
}

void mm_fork(struct proc_world *world, const struct process *parent, struct process *child)
{
	const struct mm *from = parent->memory;
	struct mm *mm = mm_new(world, child);
	struct mapping *mapping;

	shm_fork(world, from, mm);
	mm->size = from->size;
	mm->resident = from->resident;
	mm->file_size = from->file_size;
	mm_note_peaks(mm);
	list_for_each (mapping, &from->mappings, mm_link) {
		mapping->read_only = true;
		list_add_tail(&mm->mappings, &map(world, mapping->run, true)->mm_link);
	}
}

void mm_share(const struct process *parent, struct process *child)
{
	child->memory = parent->memory;
	child->memory->users++;
}

void mm_put(struct proc_world *world, struct process *process)
{
	struct mm *mm = process->memory;
	struct mapping *mapping, *next;

	process->memory = NULL;
	if (!mm || --mm->users)
		return;
	shm_drop(world, mm, process->tgid);
	list_for_each_safe (mapping, next, &mm->mappings, mm_link)
		unmap(world, mapping);
	pool_put(&world->mms, mm->index);
}

u64 mm_fork_cost(const struct proc_world *world, const struct process *process)
{
	const struct mm *mm = process->memory;

	return mm ? mm->resident * world->costs->fork_page + mm->vmas * world->costs->fork_vma : 0;
}

u64 mm_exit_cost(const struct proc_world *world, const struct process *process)
{
	const struct mm *mm = process->memory;

	return mm && mm->users == 1 && process->nr_live == 1
		       ? mm->resident * world->costs->exit_page
		       : 0;
}

/* ---- Areas ---- */

void mm_map(struct process *process, u64 pages, bool own_area)
{
	struct mm *mm = process->memory;

	mm->size = mm->size + pages > mm->size ? mm->size + pages : UINT64_MAX;
	mm->vmas += own_area;
	mm_note_peaks(mm);
}

/* What is there of the pages from @end on goes. */
static void drop_behind(struct proc_world *world, struct mm *mm, u64 end)
{
	struct mapping *mapping, *next;

	list_for_each (mapping, &mm->mappings, mm_link)
		if (mapping->run->from < end && mapping->run->to > end)
			split(world, mapping->run, end);
	list_for_each_safe (mapping, next, &mm->mappings, mm_link)
		if (mapping->run->from >= end)
			unmap(world, mapping);
	mm->resident = end;
}

void mm_unmap(struct proc_world *world, struct process *process, u64 pages)
{
	struct mm *mm = process->memory;

	mm->size -= min_of(mm->size, pages);
	mm->vmas -= mm->vmas > 1;
	if (mm->resident > mm->size)
		drop_behind(world, mm, mm->size);
}

/* ---- Faults ---- */

struct faults mm_touch(struct proc_world *world, struct process *process, u64 pages)
{
	struct mm *mm = process->memory;

	add_pages(world, mm, pages);
	return (struct faults){.anonymous = pages};
}

/* do_wp_page(): the run's pages are the writer's own from here on. */
static void write_run(struct proc_world *world, struct mapping *mapping, struct faults *faults)
{
	struct page_run *run = mapping->run;
	u64 pages = run->to - run->from;

	mapping->read_only = false;
	if (run->nr_mappers == 1) {
		faults->reused += pages;
		return;
	}
	faults->copied += pages;
	leave_run(world, mapping);
	mapping->run = run_new(world, run->from, run->to);
	list_add_tail(&mapping->run->mappers, &mapping->run_link);
	mapping->run->nr_mappers = 1;
}

struct faults mm_write(struct proc_world *world, struct process *process, u64 pages)
{
	struct mm *mm = process->memory;
	struct faults faults = {0};
	struct mapping *mapping;

	list_for_each (mapping, &mm->mappings, mm_link) {
		if (mapping->run->from >= pages)
			break;
		if (!mapping->read_only)
			continue;
		if (mapping->run->to > pages)
			split(world, mapping->run, pages);
		write_run(world, mapping, &faults);
	}
	merge(world, mm);
	if (pages > mm->resident) {
		faults.anonymous = pages - mm->resident;
		add_pages(world, mm, faults.anonymous);
	}
	return faults;
}
