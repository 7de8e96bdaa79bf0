/* SPDX-License-Identifier: MIT */
/*
 * Process numbers: the tree of marks by which they are found, and what a number stands for. Not a
 * file of the kernel's. Reference: process.md 2.2, 2.4, 2.5.
 */
#include "run/look.h"

#include "base/text.h"

enum { FAN_OUT = 64 };

/* Words of a level in which something is free, of all that it has. */
static void put_level(const struct pid_space *space, u32 level, u32 words, struct text *out)
{
	u32 with_free = 0;

	for (u32 i = 0; i < words; i++)
		with_free += space->level[level][i] != 0;
	text_printf(out, "level %u: %u of %u words have something free\n", level, with_free, words);
}

static bool is_free(const struct pid_space *space, u32 nr)
{
	return nr >= space->covered || space->level[0][nr / FAN_OUT] >> nr % FAN_OUT & 1;
}

/*
 * The kernel's tree has a node for each 64 numbers of which one is in use, one for each 64 such
 * nodes, and so on up to a root.
 */
static void put_tree(const struct pid_space *space, struct text *out)
{
	u32 highest = 0, nodes = 0, height = 1, last = UINT32_MAX;

	for (u32 nr = 1; nr < space->covered; nr++)
		highest = is_free(space, nr) ? highest : nr;
	while (height < 4 && highest >> 6 * height)
		height++;
	for (u32 level = 1; level <= height; level++, last = UINT32_MAX)
		for (u32 nr = 1; nr <= highest; nr++)
			if (!is_free(space, nr) && nr >> 6 * level != last) {
				last = nr >> 6 * level;
				nodes++;
			}
	text_printf(out, "tree: height %u, %u nodes of %u slots\n", height, nodes, FAN_OUT);
}

void view_pids(const struct look *look, struct text *out)
{
	const struct pid_space *space = &look->world->pids;
	u32 words = space->covered;

	text_printf(out, "pid_max %u\nlast %u\nin use %u\ngiven out %" PRIu64 "\n", space->pid_max,
		    pid_last(space), space->nr_used, space->nr_given);
	put_tree(space, out);
	for (u32 level = 0; level < space->nr_levels; level++) {
		words = (u32)div_round_up(words, FAN_OUT);
		put_level(space, level, words, out);
	}
	text_printf(out, "words read to find them: %" PRIu64 "; by a plain bitmap: %" PRIu64 "\n",
		    space->words_read, space->bitmap_words);
}

/* ---- One number ---- */

/* The marks from the root down to it: a bit that is set says that something below it is free. */
static void put_path(const struct pid_space *space, u32 nr, struct text *out)
{
	for (u32 level = space->nr_levels; level-- > 0;) {
		u32 at = nr >> 6 * level;

		text_printf(out, "level %u: word %u, bit %u of %016" PRIx64 "\n", level,
			    at / FAN_OUT, at % FAN_OUT, space->level[level][at / FAN_OUT]);
	}
}

/* The numbers that its task has in pid namespaces below the root, the nearest first (upid). */
static void put_levels(const struct pid_number *deepest, struct text *out)
{
	const struct pid_number *number = deepest;

	if (!number)
		return;
	text_printf(out, "numbers by level, %u to 1:", number->ns->level);
	for (; number; number = number->above)
		text_printf(out, " %u", number->nr);
	text_add_char(out, '\n');
}

static void put_holder(const struct look *look, const char *type, const struct proc *proc,
		       struct text *out)
{
	text_printf(out, "%s: %u %s\n", type, proc->pid, look_comm(look, proc));
}

/* The four chains of a struct pid: who has it as what. */
static void put_holders(const struct look *look, u32 nr, struct text *out)
{
	struct proc_list list;

	look_list(look, true, &list);
	for (u32 i = 0; i < list.nr; i++) {
		const struct proc *proc = list.at[i];

		if (proc->pid == nr) {
			put_holder(look, "PID", proc, out);
			put_levels(proc->number, out);
		}
		if (proc != proc->process->leader)
			continue;
		if (proc->process->tgid == nr)
			put_holder(look, "TGID", proc, out);
		if (look_pgid(proc) == nr)
			put_holder(look, "PGID", proc, out);
		if (look_sid(proc) == nr)
			put_holder(look, "SID", proc, out);
	}
	proc_list_fini(&list);
}

void view_pid(const struct look *look, u32 nr, struct text *out)
{
	const struct pid_space *space = &look->world->pids;

	text_printf(out, "%u is %s\n", nr, is_free(space, nr) ? "free" : "in use");
	put_holders(look, nr, out);
	if (nr < space->covered)
		put_path(space, nr, out);
}
