/* SPDX-License-Identifier: MIT */
/* Actions that make children with options of their own. */
#include "input/scenario.h"

#include <string.h>

#include "model/clone.h"

static bool read_flag(struct reader *r, const struct doc_node *node, u64 *flags)
{
	if (node->kind != DOC_SCALAR)
		return node_mismatch(r, node, "a flag of clone such as vm, files or thread");
	for (u32 i = 0; i < NR_CLONE_FLAGS; i++) {
		if (strcmp(node->text, clone_flag_names[i]) != 0)
			continue;
		*flags |= clone_flag_values[i];
		return true;
	}
	return diag_error(r->diag, node->loc, "unknown flag '%s' of clone%s",
			  clip_text(r, node->text),
			  did_you_mean(r, node->text, clone_flag_names, NR_CLONE_FLAGS));
}

static bool read_flags(struct reader *r, const struct doc_node *node, u64 *flags)
{
	bool good = true;

	if (node->kind != DOC_LIST)
		return read_flag(r, node, flags);
	doc_for_each (item, node) {
		good &= read_flag(r, item, flags);
	}
	return good;
}

/* What tells the parent of the child's death: `none`, or a signal. */
static bool read_exit_signal(struct reader *r, const struct doc_node *node, u64 flags, u32 *signal)
{
	if (!node)
		return true;
	if (flags & (CLONE_FLAG_THREAD | CLONE_FLAG_PARENT))
		return diag_error(
			r->diag, node->loc,
			"action 'clone': a thread sends no signal, and with 'parent' it is the "
			"caller's own: no 'signal' here");
	*signal = 0;
	if (node->kind == DOC_SCALAR && strcmp(node->text, "none") == 0)
		return true;
	return read_signal(r, node, signal);
}

/* set_tid: 400, or a list, the deepest namespace's first. */
static bool read_tids(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	u32 *tids = arena_array(r->scratch, u32, SET_TID_MAX);
	u64 tid;

	out->tids = tids;
	if (node->kind != DOC_LIST) {
		out->nr_tids = 1;
		return read_uint(r, node, 1, SET_TID_HIGHEST, &tid) && (tids[0] = (u32)tid, true);
	}
	if (!node->nr)
		return diag_error(r->diag, node->loc, "'set_tid' names no number");
	doc_for_each (item, node) {
		if (out->nr_tids == SET_TID_MAX)
			return diag_error(r->diag, item->loc, "'set_tid' has more than %u numbers",
					  SET_TID_MAX);
		if (!read_uint(r, item, 1, SET_TID_HIGHEST, &tid))
			return false;
		tids[out->nr_tids++] = (u32)tid;
	}
	return true;
}

/* clone: worker, a thread; or {template: worker, flags: [vm, files], signal: USR1}. */
bool read_clone_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct clone_map {
		const struct doc_node *template, *flags, *signal, *set_tid;
	} m = {0};
	static const struct field table[] = {
		FIELD("template", FIELD_NODE, struct clone_map, template, .required = true),
		FIELD("flags", FIELD_NODE, struct clone_map, flags),
		FIELD("signal", FIELD_NODE, struct clone_map, signal),
		FIELD("set_tid", FIELD_NODE, struct clone_map, set_tid),
	};
	u64 flags = 0;
	u32 signal = SIGNAL_CHLD;
	bool good;

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->task);
	if (!fields_read(r, node, "action 'clone'", table, ARRAY_SIZE(table), &m))
		return false;
	good = !m.flags || read_flags(r, m.flags, &flags);
	good &= read_exit_signal(r, m.signal, flags, &signal);
	good &= !m.set_tid || read_tids(r, m.set_tid, out);
	out->has_clone_word = true;
	out->clone_word = flags | (flags & CLONE_FLAG_THREAD ? 0 : signal);
	return read_name(r, m.template, &out->task) && good;
}

/* unshare: newpid; what else could be unshared makes no difference here. */
bool read_unshare_action(struct reader *r, const struct doc_node *node,
			 struct op_operands *out unused_arg)
{
	static const char *const words[] = {"newpid"};
	u32 index;

	return read_word(r, node, words, ARRAY_SIZE(words), &index);
}

/* setpgid: job, the group of which one joins; or {task: worker, group: job}, of a child. */
bool read_setpgid_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct setpgid_map {
		const struct doc_node *task, *group;
	} m = {0};
	static const struct field table[] = {
		FIELD("task", FIELD_NODE, struct setpgid_map, task, .required = true),
		FIELD("group", FIELD_NODE, struct setpgid_map, group),
	};

	if (node->kind != DOC_MAP)
		return read_task_name(r, node, out);
	if (!fields_read(r, node, "action 'setpgid'", table, ARRAY_SIZE(table), &m))
		return false;
	if (!read_task_name(r, m.task, out) || (m.group && !read_name(r, m.group, &out->group)))
		return false;
	out->of_child = out->task;
	if (!out->of_child) /* self: as the short form */
		out->task = out->group;
	return true;
}
