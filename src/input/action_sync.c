/* SPDX-License-Identifier: MIT */
/* Actions about words that tasks share, and about packets. */
#include "input/quantity.h"
#include "input/scenario.h"

#include <string.h>

struct futex_map {
	const struct doc_node *futex, *to, *nr, *wake, *requeue, *value;
	struct futex_call call;
};

/* A number, or `all`. */
static bool read_nr(struct reader *r, const struct doc_node *node, u32 *out)
{
	u64 nr;

	if (!node)
		return true;
	if (node->kind == DOC_SCALAR && strcmp(node->text, "all") == 0) {
		*out = UINT32_MAX;
		return true;
	}
	if (!read_uint(r, node, 0, UINT32_MAX - 1, &nr))
		return false;
	*out = (u32)nr;
	return true;
}

static bool read_value(struct reader *r, const struct doc_node *node, u32 *out)
{
	u64 value;

	if (!read_uint(r, node, 0, UINT32_MAX, &value))
		return false;
	*out = (u32)value;
	return true;
}

static bool settle(struct reader *r, struct futex_map *m, struct op_operands *out)
{
	if (m->value && !read_value(r, m->value, &m->call.value))
		return false;
	if (!m->call.bitset)
		m->call.bitset = UINT32_MAX;
	out->futex = m->call;
	return read_name(r, m->futex, &out->resource);
}

/* futex_wake: w, or {futex: w, nr: 2, bitset: 1}; nr: all. */
bool read_futex_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct futex_map m = {.call.wake = 1};
	static const struct field table[] = {
		FIELD("futex", FIELD_NODE, struct futex_map, futex, .required = true),
		FIELD("nr", FIELD_NODE, struct futex_map, nr),
		FIELD("bitset", FIELD_UINT, struct futex_map, call.bitset, .lowest = 1,
		      .highest = UINT32_MAX),
	};

	if (node->kind != DOC_MAP)
		m.futex = node;
	else if (!fields_read(r, node, "action 'futex_wake'", table, ARRAY_SIZE(table), &m))
		return false;
	return read_nr(r, m.nr, &m.call.wake) && settle(r, &m, out);
}

/* futex_wait: {futex: w, value: 1, timeout: 5ms, bitset: 1}. */
bool read_futex_wait_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct futex_map m = {0};
	static const struct field table[] = {
		FIELD("futex", FIELD_NODE, struct futex_map, futex, .required = true),
		FIELD("value", FIELD_NODE, struct futex_map, value, .required = true),
		FIELD("timeout", FIELD_DURATION, struct futex_map, call.timeout_ns, .lowest = 1,
		      .highest = NEVER - 1),
		FIELD("bitset", FIELD_UINT, struct futex_map, call.bitset, .lowest = 1,
		      .highest = UINT32_MAX),
	};

	return fields_read(r, node, "action 'futex_wait'", table, ARRAY_SIZE(table), &m) &&
	       settle(r, &m, out);
}

/* futex_requeue: {futex: w, to: v, wake: 1, requeue: all, value: 1}; with a value it is compared. */
bool read_futex_requeue_action(struct reader *r, const struct doc_node *node,
			       struct op_operands *out)
{
	struct futex_map m = {.call = {.wake = 1, .requeue = UINT32_MAX}};
	static const struct field table[] = {
		FIELD("futex", FIELD_NODE, struct futex_map, futex, .required = true),
		FIELD("to", FIELD_NODE, struct futex_map, to, .required = true),
		FIELD("wake", FIELD_NODE, struct futex_map, wake),
		FIELD("requeue", FIELD_NODE, struct futex_map, requeue),
		FIELD("value", FIELD_NODE, struct futex_map, value),
	};

	if (!fields_read(r, node, "action 'futex_requeue'", table, ARRAY_SIZE(table), &m))
		return false;
	m.call.compare = m.value;
	return read_nr(r, m.wake, &m.call.wake) && read_nr(r, m.requeue, &m.call.requeue) &&
	       read_name(r, m.to, &out->futex_to) && settle(r, &m, out);
}

/* futex_set: {futex: w, value: 1}. */
bool read_futex_set_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct futex_map m = {0};
	static const struct field table[] = {
		FIELD("futex", FIELD_NODE, struct futex_map, futex, .required = true),
		FIELD("value", FIELD_NODE, struct futex_map, value, .required = true),
	};

	return fields_read(r, node, "action 'futex_set'", table, ARRAY_SIZE(table), &m) &&
	       settle(r, &m, out);
}

bool read_net_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct net_map {
		const struct doc_node *netdev, *packets;
	} m = {0};
	static const struct field table[] = {
		FIELD("netdev", FIELD_NODE, struct net_map, netdev, .required = true),
		FIELD("packets", FIELD_NODE, struct net_map, packets),
	};

	if (node->kind != DOC_MAP)
		return read_name(r, node, &out->resource);
	return fields_read(r, node, "an action of a network device", table, ARRAY_SIZE(table), &m) &&
	       read_name(r, m.netdev, &out->resource) &&
	       (!m.packets || read_quantity(r, m.packets, QUANTITY_COUNT, &out->quantity));
}
