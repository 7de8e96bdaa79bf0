/* SPDX-License-Identifier: MIT */
/* Actions with options of their own: waits for children, devices, wait queues, eventfds. */
#include "base/text.h"
#include "input/quantity.h"
#include "input/scenario.h"
#include "model/syscalls.h"

#include <string.h>

/* group: true, one's own; group: job, the one that a child of that template leads. */
static bool read_wait_group(struct reader *r, const struct doc_node *node, bool *own,
			    const char **leader)
{
	if (node->kind == DOC_SCALAR && parse_bool(node->text, strlen(node->text), own))
		return true;
	return read_name(r, node, leader);
}

/*
 * waitpid: c, or {task: c, stopped: true, continued: true, nohang: true, clones: true, all: true};
 * {group: c}.
 */
bool read_waitpid_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct wait_map {
		const char *task;
		const struct doc_node *group;
		bool stopped, continued, nohang, clones, all, own_group, nothread, nowait;
	} m = {0};
	static const struct field table[] = {
		FIELD("task", FIELD_TEXT, struct wait_map, task),
		FIELD("stopped", FIELD_BOOL, struct wait_map, stopped),
		FIELD("continued", FIELD_BOOL, struct wait_map, continued),
		FIELD("nohang", FIELD_BOOL, struct wait_map, nohang),
		FIELD("clones", FIELD_BOOL, struct wait_map, clones),
		FIELD("all", FIELD_BOOL, struct wait_map, all),
		FIELD("group", FIELD_NODE, struct wait_map, group),
		FIELD("nothread", FIELD_BOOL, struct wait_map, nothread),
		FIELD("nowait", FIELD_BOOL, struct wait_map, nowait),
	};

	if (node->kind == DOC_SCALAR)
		return read_name(r, node, &out->task);
	if (!fields_read(r, node, "action 'waitpid'", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.group && m.task)
		return diag_error(r->diag, m.group->key_loc,
				  "action 'waitpid': a 'task' or a 'group', not both");
	if (m.group && !read_wait_group(r, m.group, &m.own_group, &m.task))
		return false;
	out->task = m.task;
	out->wait_for = (m.stopped ? WAIT_FOR_STOPPED : 0) |
			(m.continued ? WAIT_FOR_CONTINUED : 0) | (m.nohang ? WAIT_NO_HANG : 0) |
			(m.clones ? WAIT_CLONES : 0) | (m.all ? WAIT_ALL_KINDS : 0) |
			(m.own_group         ? WAIT_OWN_GROUP
			 : m.group && m.task ? WAIT_IN_GROUP
					     : 0) |
			(m.nothread ? WAIT_NO_THREAD : 0) | (m.nowait ? WAIT_NO_TAKE : 0);
	return true;
}

/* io: disk, or {device: disk, requests: 4, killable: true}. */
bool read_io_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct io_map {
		const struct doc_node *device, *requests;
		bool killable;
	} m = {0};
	static const struct field table[] = {
		FIELD("device", FIELD_NODE, struct io_map, device, .required = true),
		FIELD("requests", FIELD_NODE, struct io_map, requests),
		FIELD("killable", FIELD_BOOL, struct io_map, killable),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, "action 'io'", table, ARRAY_SIZE(table), &m))
		return false;
	out->killable = m.killable;
	return read_name(r, m.device, &out->resource) &&
	       (!m.requests || read_quantity(r, m.requests, QUANTITY_COUNT, &out->quantity));
}

static bool find_syscall(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	const char *names[NR_SYSCALLS], *name = NULL;
	u32 at;

	if (!read_name(r, node, &name))
		return false;
	at = syscall_find(name);
	if (at < NR_SYSCALLS) {
		out->call = at + 1;
		return true;
	}
	for (u32 i = 0; i < NR_SYSCALLS; i++)
		names[i] = syscall_infos[i].name;
	return diag_error(r->diag, node->loc, "unknown system call '%s'%s", clip_text(r, name),
			  did_you_mean(r, name, names, NR_SYSCALLS));
}

/* A word that is no time. */
static bool is_word(const struct doc_node *node)
{
	return node->kind == DOC_SCALAR && (node->text[0] < '0' || node->text[0] > '9');
}

/* syscall: 300us, syscall: getpid, or {name: getpid, time: 300us}, {number: 39}. */
bool read_syscall_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct syscall_map {
		const struct doc_node *name, *number, *time;
	} m = {0};
	static const struct field table[] = {
		FIELD("name", FIELD_NODE, struct syscall_map, name),
		FIELD("number", FIELD_NODE, struct syscall_map, number),
		FIELD("time", FIELD_NODE, struct syscall_map, time),
	};
	u64 number;

	out->quantity.value = 0;
	if (is_word(node))
		return find_syscall(r, node, out);
	if (node->kind != DOC_MAP || is_distribution(node))
		return read_quantity(r, node, QUANTITY_DURATION, &out->quantity);
	if (!fields_read(r, node, "action 'syscall'", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.name && m.number)
		return diag_error(r->diag, m.number->loc,
				  "action 'syscall' has a 'name' and a 'number'");
	if (m.name && !find_syscall(r, m.name, out))
		return false;
	if (m.number && !read_uint(r, m.number, 0, UINT16_MAX, &number))
		return false;
	if (m.number)
		out->call = syscall_find_number((u32)number) + 1;
	return !m.time || read_quantity(r, m.time, QUANTITY_DURATION, &out->quantity);
}

/* wait_event: q, or {queue: q, exclusive: true, state: D, keep: true, timeout: 5ms}. */
bool read_wait_event_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct event_map {
		const struct doc_node *queue;
		bool exclusive, keep;
		u32 state;
		u64 timeout;
	} m = {0};
	static const char *const states[] = {"S", "D", "killable", "I"};
	static const struct field table[] = {
		FIELD("queue", FIELD_NODE, struct event_map, queue, .required = true),
		FIELD("exclusive", FIELD_BOOL, struct event_map, exclusive),
		FIELD("keep", FIELD_BOOL, struct event_map, keep),
		FIELD("state", FIELD_WORD, struct event_map, state, .words = states, .nr_words = 4),
		FIELD("timeout", FIELD_DURATION, struct event_map, timeout, .lowest = 1,
		      .highest = NEVER - 1),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, "action 'wait_event'", table, ARRAY_SIZE(table), &m))
		return false;
	out->wait_how = (m.exclusive ? WAIT_QUEUE_EXCLUSIVE : 0) | (m.keep ? WAIT_QUEUE_KEEPS : 0) |
			m.state << WAIT_QUEUE_STATE_SHIFT;
	out->timeout_ns = m.timeout;
	return read_name(r, m.queue, &out->resource);
}

/*
 * wait_for_completion: c, or {completion: c, state: killable, timeout: 5ms}; down: {semaphore: s,
 * ...}; kernel_lock: {mutex: k, state: killable}.
 */
bool read_kernel_wait_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct wait_map {
		const struct doc_node *what;
		u32 state;
		u64 timeout;
	} m = {0};
	static const char *const states[NR_KERNEL_SLEEPS] = {"D", "S", "killable"};
	static const char *const keys[] = {"completion", "semaphore", "mutex"};
	static const enum op_code codes[] = {OP_WAIT_COMPLETION, OP_DOWN, OP_KERNEL_LOCK};
	static const struct field rest[] = {
		FIELD("state", FIELD_WORD, struct wait_map, state, .words = states,
		      .nr_words = NR_KERNEL_SLEEPS),
		FIELD("timeout", FIELD_DURATION, struct wait_map, timeout, .lowest = 1,
		      .highest = NEVER - 1),
	};
	struct field table[3] = {FIELD("", FIELD_NODE, struct wait_map, what, .required = true),
				 rest[0], rest[1]};
	u32 kind = 0;

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	while (strcmp(op_infos[codes[kind]].key, node->key) != 0)
		kind++;
	table[0].key = keys[kind];
	/* A mutex is waited for without a limit. */
	if (!fields_read(r, node, arena_printf(r->scratch, "action '%s'", node->key), table,
			 codes[kind] == OP_KERNEL_LOCK ? 2 : 3, &m))
		return false;
	out->kernel_sleep = (enum kernel_sleep)m.state;
	out->timeout_ns = m.timeout;
	return read_name(r, m.what, &out->resource);
}

/* wake_up: q, or {queue: q, nr: 2, events: 5, sync: true}; nr: all. */
bool read_wake_up_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct wake_map {
		const struct doc_node *queue, *nr;
		u64 events;
		bool sync;
	} m = {.events = 1};
	static const struct field table[] = {
		FIELD("queue", FIELD_NODE, struct wake_map, queue, .required = true),
		FIELD("nr", FIELD_NODE, struct wake_map, nr),
		FIELD("events", FIELD_UINT, struct wake_map, events, .highest = UINT32_MAX),
		FIELD("sync", FIELD_BOOL, struct wake_map, sync),
	};
	u64 nr = 1;

	out->wake_nr = 1;
	out->events = 1;
	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, "action 'wake_up'", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.nr && m.nr->kind == DOC_SCALAR && !strcmp(m.nr->text, "all"))
		nr = 0;
	else if (m.nr && !read_uint(r, m.nr, 1, UINT16_MAX, &nr))
		return false;
	out->wake_nr = (u32)nr;
	out->events = m.events;
	out->sync = m.sync;
	return read_name(r, m.queue, &out->resource);
}

/* event_write: e, or {eventfd: e, value: 4}. */
bool read_event_write_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct write_map {
		const struct doc_node *eventfd, *value;
	} m = {0};
	static const struct field table[] = {
		FIELD("eventfd", FIELD_NODE, struct write_map, eventfd, .required = true),
		FIELD("value", FIELD_NODE, struct write_map, value),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, "action 'event_write'", table, ARRAY_SIZE(table), &m))
		return false;
	return read_name(r, m.eventfd, &out->resource) &&
	       (!m.value || read_quantity(r, m.value, QUANTITY_COUNT, &out->quantity));
}

/* core_sched: create, or {call: share_to, task: c, scope: process}. */
bool read_core_sched_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct core_map {
		u32 call, scope;
		const char *task;
	} m = {0};
	static const struct field table[] = {
		FIELD("call", FIELD_WORD, struct core_map, call, .required = true,
		      .words = core_sched_calls, .nr_words = NR_CORE_SCHED_CALLS),
		FIELD("task", FIELD_TEXT, struct core_map, task),
		FIELD("scope", FIELD_WORD, struct core_map, scope, .words = core_sched_scopes,
		      .nr_words = NR_CORE_SCHED_SCOPES),
	};

	if (node->kind != DOC_MAP) {
		if (!read_word(r, node, core_sched_calls, NR_CORE_SCHED_CALLS, &m.call))
			return false;
	} else if (!fields_read(r, node, "action 'core_sched'", table, ARRAY_SIZE(table), &m)) {
		return false;
	}
	out->core_call = (enum core_sched_call)m.call;
	out->core_scope = (enum core_sched_scope)m.scope;
	out->task = m.task && strcmp(m.task, "self") ? m.task : NULL;
	return true;
}
