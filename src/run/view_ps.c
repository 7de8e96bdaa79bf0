/* SPDX-License-Identifier: MIT */
/*
 * The processes of the simulated machine as a list and as a tree, as ps and pstree print them.
 * Reference: process.md 12.
 */
#include "run/look.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "proc/children.h"
#include "proc/tty.h"
#include "xv6/xv6.h"

/* ---- ps ---- */

/* ps's word for a policy. */
static const char *class_word(u32 policy)
{
	switch (policy) {
	case POLICY_OTHER:
		return "TS";
	case POLICY_FIFO:
		return "FF";
	case POLICY_RR:
		return "RR";
	case POLICY_BATCH:
		return "B";
	case POLICY_IDLE:
		return "IDL";
	case POLICY_DEADLINE:
		return "DLN";
	default:
		return "EXT";
	}
}

static s32 nice_of(const struct proc *proc)
{
	return proc->task.static_prio - PRIO_DEFAULT;
}

/* The state's letter and what ps puts behind it. */
static void put_stat(const struct proc *proc, char *at)
{
	const struct tty *tty = tty_of(proc->process);

	*at++ = look_state(proc);
	if (nice_of(proc) < 0)
		*at++ = '<';
	else if (nice_of(proc) > 0)
		*at++ = 'N';
	if (look_sid(proc) == proc->process->tgid && look_sid(proc))
		*at++ = 's';
	if (proc->process->nr_threads > 1)
		*at++ = 'l';
	if (tty && tty_has_in_foreground(tty, proc->process))
		*at++ = '+';
	*at = '\0';
}

/* [kernel thread], dead <defunct>. */
static void put_command(const struct look *look, const struct proc *proc, FILE *out)
{
	const char *comm = look_comm(look, proc);

	if (proc->task.flags & TASK_FLAG_KTHREAD)
		fprintf(out, "[%s]\n", comm);
	else
		fprintf(out, "%s%s\n", comm, look_state(proc) == 'Z' ? " <defunct>" : "");
}

static void put_row(const struct look *look, const struct proc *proc, bool threads, FILE *out)
{
	struct cpu_time time = threads ? look_cpu_time(look, proc) : look_process_time(look, proc);
	const char *channel = look_wait_channel(proc);
	char stat[8], used[16], rt[8] = "-";

	put_stat(proc, stat);
	format_duration(time.user + time.system, used);
	if (policy_is_rt(proc->task.policy))
		snprintf(rt, sizeof(rt), "%u", proc->task.rt_priority);
	fprintf(out, "%7u %7u %7u %7u ", proc->process->tgid, look_ppid(proc), look_pgid(proc),
		look_sid(proc));
	if (threads)
		fprintf(out, "%7u %4u ", proc->pid, proc->process->nr_threads);
	fprintf(out, "%-3s %6s ", class_word(proc->task.policy), rt);
	if (policy_is_fair(proc->task.policy))
		fprintf(out, "%3d ", nice_of(proc));
	else
		fprintf(out, "  - ");
	fprintf(out, "%3d %3u ", PRIO_MAX - 1 - proc->task.prio, proc->task.cpu);
	if (look->world->ttys)
		fprintf(out, "%-8s ",
			tty_of(proc->process) ? tty_name(tty_of(proc->process)) : "?");
	fprintf(out, "%-4s %11s %-12.12s ", stat, used, channel ? channel : "-");
	put_command(look, proc, out);
}

void view_ps(const struct look *look, bool threads, FILE *out)
{
	struct proc_list list;

	fprintf(out, "%7s %7s %7s %7s %s%-3s %6s %3s %3s %3s %s%-4s %11s %-12s %s\n", "PID", "PPID",
		"PGID", "SID", threads ? "    LWP NLWP " : "", "CLS", "RTPRIO", "NI", "PRI", "PSR",
		look->world->ttys ? "TTY      " : "", "STAT", "TIME", "WCHAN", "COMMAND");
	look_list(look, threads, &list);
	for (u32 i = 0; i < list.nr; i++)
		put_row(look, list.at[i], threads, out);
	proc_list_fini(&list);
}

void view_table(const struct look *look, FILE *out)
{
	struct text text = {0};

	xv6_dump(look->xv6, &text);
	fputs(text.at, out);
	text_fini(&text);
}

/* ---- pstree ---- */

enum { DEPTH_MAX = 200 };

struct tree {
	const struct look *look;
	bool threads;
	FILE *out;
	struct text indent;
};

/* A leaf is drawn together with those behind it that look the same. */
static bool is_leaf(const struct tree *tree, const struct proc *proc)
{
	return !children_next(proc, NULL) && (!tree->threads || proc->process->nr_threads == 1);
}

static u32 same_behind(const struct tree *tree, struct proc *parent, struct proc *first)
{
	u32 nr = 1;

	if (!is_leaf(tree, first))
		return 1;
	for (struct proc *p = children_next(parent, first);
	     p && is_leaf(tree, p) && p->comm == first->comm; p = children_next(parent, p))
		nr++;
	return nr;
}

static void put_branch(struct tree *tree, const char *label, bool last)
{
	fprintf(tree->out, "%s%s%s\n", tree->indent.at ? tree->indent.at : "", last ? "`-" : "|-",
		label);
}

static u32 nr_other_threads(const struct tree *tree, const struct proc *proc)
{
	return tree->threads ? proc->process->nr_threads - 1 : 0;
}

static void put_threads(struct tree *tree, const struct proc *proc)
{
	struct proc *thread;
	u32 left = nr_other_threads(tree, proc);

	if (!left)
		return;
	list_for_each (thread, &proc->process->threads, thread_link) {
		struct text label = {0};

		if (thread == proc)
			continue;
		text_printf(&label, "{%s}", look_comm(tree->look, thread));
		put_branch(tree, label.at, --left == 0);
		text_fini(&label);
	}
}

static void put_below(struct tree *tree, struct proc *proc, u32 depth);

static void put_child(struct tree *tree, struct proc *child, u32 nr, bool last, u32 depth)
{
	struct text label = {0};
	size_t indent = tree->indent.len;

	if (nr > 1)
		text_printf(&label, "%u*[%s]", nr, look_comm(tree->look, child));
	else
		text_add(&label, look_comm(tree->look, child));
	put_branch(tree, label.at, last);
	text_fini(&label);
	text_add(&tree->indent, last ? "  " : "| ");
	put_below(tree, child, depth + 1);
	tree->indent.len = indent;
	tree->indent.at[indent] = '\0';
}

static void put_below(struct tree *tree, struct proc *proc, u32 depth)
{
	struct proc *child = children_next(proc, NULL);

	if (depth > DEPTH_MAX) {
		put_branch(tree, "...", true);
		return;
	}
	while (child) {
		u32 nr = same_behind(tree, proc, child);
		struct proc *after = child;

		for (u32 i = 0; i < nr; i++)
			after = children_next(proc, after);
		put_child(tree, child, nr, !after && !nr_other_threads(tree, proc), depth);
		child = after;
	}
	put_threads(tree, proc);
}

void view_tree(const struct look *look, bool threads, FILE *out)
{
	struct tree tree = {.look = look, .threads = threads, .out = out};
	struct proc *roots[] = {look->world->init, look->world->kthreadd};

	for (u32 i = 0; i < ARRAY_SIZE(roots); i++) {
		if (!roots[i])
			continue;
		fprintf(out, "%s\n", look_comm(look, roots[i]));
		put_below(&tree, roots[i], 0);
	}
	text_fini(&tree.indent);
}
