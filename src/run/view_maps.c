/* SPDX-License-Identifier: MIT */
/*
 * PID/maps: the areas of an address space. The model knows how many areas there are, and how many
 * pages of which kind, not which page is in which area: anonymous pages are spread evenly, and
 * addresses are where a program's usually are. Kernel: fs/proc/task_mmu.c, show_map_vma();
 * reference: process.md 11.1.
 */
#include "run/look.h"

#include "base/text.h"
#include "proc/shm.h"

enum { PAGE_BYTES = 4096, NAME_COLUMN = 73 };

static const u64 text_begins = 0x400000, maps_begin = 0x7f0000000000, stack_ends = 0x7ffffffff000;

/* The end of the area. */
static u64 put_area(struct text *out, u64 from, u64 pages, const char *perms, const char *name)
{
	u64 to = from + pages * PAGE_BYTES;
	size_t before = out->len;

	text_printf(out, "%08" PRIx64 "-%08" PRIx64 " %s %08x %02x:%02x %u ", from, to, perms, 0, 0,
		    0, 0);
	if (*name)
		text_printf(out, "%*s%s",
			    NAME_COLUMN - min_of((int)(out->len - before), NAME_COLUMN), "", name);
	text_add_char(out, '\n');
	return to;
}

static u32 count_attached(const struct mm *mm)
{
	u32 nr = 0, at = 0;
	const char *name;
	u64 pages;

	while (shm_next_attached(mm, &at, &name, &pages))
		nr++;
	return nr;
}

/* Behind each other, with a page between them that belongs to nobody. */
static void put_mapped(const struct mm *mm, u32 nr, u64 each, struct text *out)
{
	u64 at = maps_begin, pages;
	u32 attachment = 0;
	const char *name;

	for (u32 i = 0; i < nr; i++)
		at = put_area(out, at, each, "rw-p", "") + PAGE_BYTES;
	while (shm_next_attached(mm, &attachment, &name, &pages)) {
		struct text label = {0};

		text_printf(&label, "/SYSV00000000 (%s)", name);
		at = put_area(out, at, pages, "rw-s", label.at) + PAGE_BYTES;
		text_fini(&label);
	}
}

void view_maps(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct mm *mm = proc->process->memory;
	u32 anonymous, nr_others;
	u64 at = text_begins, each;

	if (!mm)
		return;
	if (mm->file_size) {
		struct text path = {0};

		text_printf(&path, "/usr/bin/%s", look_comm(look, proc->process->leader));
		at = put_area(out, at, mm->file_size, "r-xp", path.at);
		text_fini(&path);
	}
	nr_others = count_attached(mm) + (mm->file_size > 0);
	anonymous = mm->vmas > nr_others ? mm->vmas - nr_others : 0;
	anonymous = (u32)min_of((u64)anonymous, mm->size); /* none is empty */
	if (!anonymous) {
		put_mapped(mm, 0, 0, out);
		return;
	}
	each = mm->size / anonymous;
	/* One alone is the heap; of two the other one is the stack. */
	put_area(out, at + PAGE_BYTES, mm->size - each * (anonymous - 1), "rw-p", "[heap]");
	put_mapped(mm, anonymous > 2 ? anonymous - 2 : 0, each, out);
	if (anonymous > 1)
		put_area(out, stack_ends - each * PAGE_BYTES, each, "rw-p", "[stack]");
}
