/* SPDX-License-Identifier: MIT */
/*
 * Actions about signals: names, sets, what a signal does.
 *
 *	signal: USR1                       to oneself
 *	signal: {signal: TERM, task: db}   to all instances of db; thread: true: to the threads
 *	                                   alone
 *	signal: {signal: INT, task: shell, group: true}   to its process group
 *	signal: {signal: RTMIN, task: db, queue: true}    by sigqueue()
 *	sigaction: {signal: USR1, handler: on_usr1, restart: true, mask: [USR2]}
 *	sigaction: {signal: CHLD, ignore: true}
 *	sigmask: {block: [USR1, TERM]}
 */
#include "input/scenario.h"

#include <string.h>

bool read_signal(struct reader *r, const struct doc_node *node, u32 *out)
{
	const char *word;

	if (node->kind != DOC_SCALAR)
		return node_mismatch(r, node, "a signal such as TERM, USR1 or RTMIN+1");
	word = node->text;
	*out = signal_find(word);
	if (*out)
		return true;
	if (strncmp(word, "SIG", 3) == 0)
		word += 3;
	return diag_error(r->diag, node->loc, "unknown signal '%s'%s", clip_text(r, node->text),
			  did_you_mean(r, word, signal_names, SIGNAL_RT - 1));
}

bool read_sigset(struct reader *r, const struct doc_node *node, u64 *out)
{
	u64 set = 0;
	u32 signal = 0;
	bool good = true;

	if (node->kind != DOC_LIST) {
		if (node->kind == DOC_SCALAR && strcmp(node->text, "all") == 0) {
			*out = UINT64_MAX;
			return true;
		}
		if (!read_signal(r, node, &signal))
			return false;
		*out = SIGSET(signal);
		return true;
	}
	doc_for_each (item, node) {
		if (read_signal(r, item, &signal))
			set |= SIGSET(signal);
		else
			good = false;
	}
	*out = set;
	return good;
}

bool read_task_name(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	if (!read_name(r, node, &out->task))
		return false;
	if (strcmp(out->task, "self") == 0)
		out->task = NULL;
	return true;
}

bool read_signal_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct signal_map {
		const struct doc_node *signal, *task;
		bool thread, group, all, queue;
	} m = {0};
	static const struct field table[] = {
		FIELD("signal", FIELD_NODE, struct signal_map, signal, .required = true),
		FIELD("task", FIELD_NODE, struct signal_map, task),
		FIELD("thread", FIELD_BOOL, struct signal_map, thread),
		FIELD("group", FIELD_BOOL, struct signal_map, group),
		FIELD("all", FIELD_BOOL, struct signal_map, all),
		FIELD("queue", FIELD_BOOL, struct signal_map, queue),
	};

	if (node->kind != DOC_MAP)
		return read_signal(r, node, &out->signal);
	if (!fields_read(r, node, "action 'signal'", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.thread && m.group)
		return diag_error(r->diag, node->loc,
				  "action 'signal': to a thread or to a group, not both");
	if (m.all && (m.thread || m.group || m.task))
		return diag_error(
			r->diag, node->loc,
			"action 'signal': 'all' means every process: no 'task', 'thread' or 'group' here");
	if (m.queue && (m.all || m.group))
		return diag_error(
			r->diag, node->loc,
			"action 'signal': sigqueue is for one process or thread, not for a group or for all");
	out->queued = m.queue;
	out->to_thread = m.thread;
	out->to_group = m.group;
	out->to_all = m.all;
	return read_signal(r, m.signal, &out->signal) &&
	       (!m.task || read_task_name(r, m.task, out));
}

bool read_sigaction_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct action_map {
		const struct doc_node *signal, *mask;
		const char *handler;
		bool ignore, flag[5]; /* by bit of SIGACTION_* */
	} m = {0};
	static const struct field table[] = {
		FIELD("signal", FIELD_NODE, struct action_map, signal, .required = true),
		FIELD("handler", FIELD_TEXT, struct action_map, handler),
		FIELD("ignore", FIELD_BOOL, struct action_map, ignore),
		FIELD("mask", FIELD_NODE, struct action_map, mask),
		FIELD("restart", FIELD_BOOL, struct action_map, flag[0]),
		FIELD("nodefer", FIELD_BOOL, struct action_map, flag[1]),
		FIELD("reset", FIELD_BOOL, struct action_map, flag[2]),
		FIELD("nocldstop", FIELD_BOOL, struct action_map, flag[3]),
		FIELD("nocldwait", FIELD_BOOL, struct action_map, flag[4]),
	};
	struct signal_action *action = &out->action;

	if (!fields_read(r, node, "action 'sigaction'", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.handler && m.ignore)
		return diag_error(r->diag, node->loc,
				  "action 'sigaction': a signal with a handler is not ignored");
	action->disposition = m.handler  ? SIGNAL_HANDLED
			      : m.ignore ? SIGNAL_IGNORED
					 : SIGNAL_DEFAULT;
	for (u32 i = 0; i < ARRAY_SIZE(m.flag); i++)
		action->flags |= (u8)(m.flag[i] << i);
	out->task = m.handler;
	return read_signal(r, m.signal, &out->signal) &&
	       (!m.mask || read_sigset(r, m.mask, &action->mask));
}

bool read_sigmask_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	static const char *const keys[] = {"block", "unblock", "set"};

	if (node->kind != DOC_MAP || node->nr != 1)
		return node_mismatch(r, node, "one of block, unblock and set, with signals");
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(node->first->key, keys[i]) != 0)
			continue;
		out->how = (enum op_mask_how)i;
		return read_sigset(r, node->first, &out->sigset);
	}
	return fields_unknown_key(r, node->first, "action 'sigmask'", keys, ARRAY_SIZE(keys));
}

/* sigwait: [USR1, USR2], or {signals: [USR1, USR2], timeout: 5ms}. */
bool read_sigwait_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct sigwait_map {
		const struct doc_node *signals;
		u64 timeout;
	} m = {.timeout = NEVER};
	static const struct field table[] = {
		FIELD("signals", FIELD_NODE, struct sigwait_map, signals, .required = true),
		FIELD("timeout", FIELD_DURATION, struct sigwait_map, timeout, .highest = NEVER - 1),
	};

	if (node->kind != DOC_MAP)
		return read_sigset(r, node, &out->sigset);
	if (!fields_read(r, node, "action 'sigwait'", table, ARRAY_SIZE(table), &m))
		return false;
	out->has_timeout = m.timeout != NEVER;
	out->timeout_ns = m.timeout;
	return read_sigset(r, m.signals, &out->sigset);
}

/* pdeath_signal: TERM, or none. */
bool read_pdeath_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	if (node->kind == DOC_SCALAR && !strcmp(node->text, "none"))
		return true;
	return read_signal(r, node, &out->signal);
}

bool read_sigset_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_sigset(r, node, &out->sigset);
}
