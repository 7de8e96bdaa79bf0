/* SPDX-License-Identifier: MIT */
/* Actions of System V semaphores and message queues, and of POSIX message queues. */
#include "input/scenario.h"

#include <string.h>

enum { MESSAGE_BYTES_MOST = 8192, PRIORITY_MOST = 32767, SEM_ADD_MOST = 32767, SEM_OPS_MOST = 500 };

static const char *about(struct reader *r, const struct doc_node *node)
{
	return arena_printf(r->scratch, "action '%s'", node->key);
}

struct sem_map {
	const struct doc_node *set, *ops;
	const struct doc_node *add;
	u16 sem;
	bool undo, nonblock;
	u64 timeout;
};

#define SEM_FIELDS                                                            \
	FIELD("sem", FIELD_UINT, struct sem_map, sem, .highest = UINT16_MAX), \
		FIELD("add", FIELD_NODE, struct sem_map, add),                \
		FIELD("undo", FIELD_BOOL, struct sem_map, undo)

static bool read_sem_op(struct reader *r, const struct doc_node *node, const struct sem_map *m,
			struct sem_op *out)
{
	s64 add;

	if (!m->add)
		return diag_error(r->diag, node->loc,
				  "an operation of 'semop' has no 'add': 0 waits for a zero");
	if (!read_int(r, m->add, -SEM_ADD_MOST, SEM_ADD_MOST, &add))
		return false;
	*out = (struct sem_op){.sem = m->sem, .undo = m->undo, .add = (s32)add};
	return true;
}

static bool read_sem_ops(struct reader *r, const struct doc_node *list, struct op_operands *out)
{
	static const struct field table[] = {SEM_FIELDS};
	struct sem_op *ops;
	bool good = true;

	if (list->kind != DOC_LIST)
		return node_mismatch(r, list, "a list of operations");
	if (!list->nr || list->nr > SEM_OPS_MOST)
		return diag_error(r->diag, list->loc, "'semop' takes 1 to %d operations",
				  SEM_OPS_MOST);
	ops = arena_array(r->scratch, struct sem_op, list->nr);
	doc_for_each (item, list) {
		struct sem_map m = {0};

		if (!fields_read(r, item, "an operation of 'semop'", table, ARRAY_SIZE(table),
				 &m) ||
		    !read_sem_op(r, item, &m, &ops[out->nr_sem_ops++]))
			good = false;
	}
	out->sem_ops = ops;
	return good;
}

/* Values of a whole set, or of one semaphore, as operations that set them. */
static bool read_sem_values(struct reader *r, const struct doc_node *node, u16 sem,
			    struct op_operands *out)
{
	struct sem_op *ops = arena_array(r->scratch, struct sem_op, max_of(node->nr, 1u));
	s64 value = 0;

	out->sem_ops = ops;
	if (node->kind != DOC_LIST) {
		out->nr_sem_ops = 1;
		if (!read_int(r, node, 0, SEM_ADD_MOST, &value))
			return false;
		ops[0] = (struct sem_op){.sem = sem, .add = (s32)value};
		return true;
	}
	out->all_sems = true;
	doc_for_each (item, node) {
		if (!read_int(r, item, 0, SEM_ADD_MOST, &value))
			return false;
		ops[out->nr_sem_ops] =
			(struct sem_op){.sem = (u16)out->nr_sem_ops, .add = (s32)value};
		out->nr_sem_ops++;
	}
	return true;
}

/* semop: {set: s, sem: 1, add: -1, undo: true}, or {set: s, ops: [{sem: 0, add: -1}, ...]}. */
bool read_semop_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	static const struct field table[] = {
		FIELD("set", FIELD_NODE, struct sem_map, set, .required = true),
		FIELD("ops", FIELD_NODE, struct sem_map, ops),
		SEM_FIELDS,
		FIELD("timeout", FIELD_DURATION, struct sem_map, timeout, .lowest = 1,
		      .highest = NEVER - 1),
		FIELD("nonblock", FIELD_BOOL, struct sem_map, nonblock),
	};
	struct sem_map m = {0};
	struct sem_op *one = arena_new(r->scratch, struct sem_op);

	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table), &m))
		return false;
	out->timeout_ns = m.timeout;
	out->nonblock = m.nonblock;
	if (m.ops && m.add)
		return diag_error(r->diag, m.add->key_loc, "'semop' has either 'ops' or 'add'");
	if (m.ops)
		return read_name(r, m.set, &out->resource) && read_sem_ops(r, m.ops, out);
	out->sem_ops = one;
	out->nr_sem_ops = 1;
	return read_name(r, m.set, &out->resource) && read_sem_op(r, node, &m, one);
}

/* semctl: {set: s, sem: 1, value: 3}, {set: s, values: [1, 0]} or {set: s, remove: true}. */
bool read_semctl_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct ctl_map {
		const struct doc_node *set, *value, *values;
		u16 sem;
		bool remove;
	} m = {0};
	static const struct field table[] = {
		FIELD("set", FIELD_NODE, struct ctl_map, set, .required = true),
		FIELD("sem", FIELD_UINT, struct ctl_map, sem, .highest = UINT16_MAX),
		FIELD("value", FIELD_NODE, struct ctl_map, value),
		FIELD("values", FIELD_NODE, struct ctl_map, values),
		FIELD("remove", FIELD_BOOL, struct ctl_map, remove),
	};

	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table), &m))
		return false;
	if (!!m.value + !!m.values + m.remove != 1)
		return diag_error(r->diag, node->loc,
				  "'semctl' has one of 'value', 'values' and 'remove: true'");
	return read_name(r, m.set, &out->resource) &&
	       (m.remove || read_sem_values(r, m.values ? m.values : m.value, m.sem, out));
}

/* shmctl: {shm: m, remove: true}, which is all that there is to control. */
bool read_shmctl_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct ctl_map {
		const struct doc_node *shm;
		bool remove;
	} m = {0};
	static const struct field table[] = {
		FIELD("shm", FIELD_NODE, struct ctl_map, shm, .required = true),
		FIELD("remove", FIELD_BOOL, struct ctl_map, remove, .required = true),
	};

	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table), &m))
		return false;
	if (!m.remove)
		return diag_error(r->diag, node->loc,
				  "'shmctl' does nothing without 'remove: true'");
	return read_name(r, m.shm, &out->resource);
}

/* msgctl: {queue: q, bytes: 32KiB} or {queue: q, remove: true}. */
bool read_msgctl_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct ctl_map {
		const struct doc_node *queue;
		u64 bytes;
		bool remove;
	} m = {0};
	static const struct field table[] = {
		FIELD("queue", FIELD_NODE, struct ctl_map, queue, .required = true),
		FIELD("bytes", FIELD_SIZE, struct ctl_map, bytes, .lowest = 1, .highest = 1 << 30),
		FIELD("remove", FIELD_BOOL, struct ctl_map, remove),
	};

	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table), &m))
		return false;
	if (!!m.bytes + m.remove != 1)
		return diag_error(r->diag, node->loc,
				  "'msgctl' has either 'bytes' or 'remove: true'");
	out->message_bytes = (u32)m.bytes;
	out->remove = m.remove;
	return read_name(r, m.queue, &out->resource);
}

/*
 * msgsnd: {queue: q, type: 2, bytes: 100}; msgrcv: {queue: q, type: -2, bytes: 100, except: true}.
 */
bool read_message_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct message_map {
		const struct doc_node *queue;
		s32 type;
		u64 bytes;
		bool nonblock, except, truncate;
	} m = {0};
	static const struct field table[] = {
		FIELD("queue", FIELD_NODE, struct message_map, queue, .required = true),
		FIELD("type", FIELD_INT, struct message_map, type, .lowest = -INT32_MAX,
		      .highest = INT32_MAX),
		FIELD("bytes", FIELD_SIZE, struct message_map, bytes,
		      .highest = MESSAGE_BYTES_MOST),
		FIELD("nonblock", FIELD_BOOL, struct message_map, nonblock),
		FIELD("except", FIELD_BOOL, struct message_map, except),
		FIELD("truncate", FIELD_BOOL, struct message_map, truncate),
	};
	bool sends = strcmp(node->key, op_infos[OP_MSGSND].key) == 0;

	m.type = sends;
	m.bytes = sends ? 1 : MESSAGE_BYTES_MOST;
	if (node->kind == DOC_MAP) {
		if (!fields_read(r, node, about(r, node), table,
				 ARRAY_SIZE(table) - (sends ? 2 : 0), &m))
			return false;
	} else {
		m.queue = node;
	}
	out->type = m.type;
	out->message_bytes = (u32)m.bytes;
	out->nonblock = m.nonblock;
	out->except = m.except;
	out->truncated = m.truncate;
	return read_name(r, m.queue, &out->resource);
}

/* mq_notify: {queue: q, signal: USR1}, or {queue: q, off: true}. */
bool read_mq_notify_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct notify_map {
		const struct doc_node *queue, *signal;
		bool off;
	} m = {0};
	static const struct field table[] = {
		FIELD("queue", FIELD_NODE, struct notify_map, queue, .required = true),
		FIELD("signal", FIELD_NODE, struct notify_map, signal),
		FIELD("off", FIELD_BOOL, struct notify_map, off),
	};

	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table), &m))
		return false;
	if (!m.signal == !m.off)
		return diag_error(r->diag, node->loc,
				  "'mq_notify' has either 'signal' or 'off: true'");
	return read_name(r, m.queue, &out->resource) &&
	       (!m.signal || read_signal(r, m.signal, &out->signal));
}

/* mq_unlink: q. */
bool read_mq_unlink_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	return read_name(r, node, &out->resource);
}

/* mq_send: {queue: q, priority: 3, timeout: 5ms, nonblock: true}; mq_receive without priority. */
bool read_mqueue_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct mqueue_map {
		const struct doc_node *queue;
		u64 timeout;
		u32 priority;
		bool nonblock;
	} m = {0};
	static const struct field table[] = {
		FIELD("queue", FIELD_NODE, struct mqueue_map, queue, .required = true),
		FIELD("timeout", FIELD_DURATION, struct mqueue_map, timeout, .lowest = 1,
		      .highest = NEVER - 1),
		FIELD("nonblock", FIELD_BOOL, struct mqueue_map, nonblock),
		FIELD("priority", FIELD_UINT, struct mqueue_map, priority,
		      .highest = PRIORITY_MOST),
	};
	bool sends = strcmp(node->key, op_infos[OP_MQ_SEND].key) == 0;

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	if (!fields_read(r, node, about(r, node), table, ARRAY_SIZE(table) - (sends ? 0 : 1), &m))
		return false;
	out->priority = m.priority;
	out->timeout_ns = m.timeout;
	out->nonblock = m.nonblock;
	return read_name(r, m.queue, &out->resource);
}
