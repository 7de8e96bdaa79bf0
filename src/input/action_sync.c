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

/*
 * futex_requeue: {futex: w, to: v, wake: 1, requeue: all, value: 1}; with a value it is compared.
 */
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

/*
 * futex_wake_op: {futex: w, to: v, change: add, value: 1, was: {gt: 0}, wake: 1, wake_to: 1}: v is
 * changed; who sleeps at w is woken, and at v if its old value was so.
 */
bool read_futex_wake_op_action(struct reader *r, const struct doc_node *node,
			       struct op_operands *out)
{
	struct wake_map {
		const struct doc_node *futex, *to, *wake, *wake_to, *was;
		struct futex_call call;
		u32 change;
	} m = {.call = {.wake = 1, .requeue = 1, .value = 0, .bitset = UINT32_MAX}};
	static const struct field table[] = {
		FIELD("futex", FIELD_NODE, struct wake_map, futex, .required = true),
		FIELD("to", FIELD_NODE, struct wake_map, to, .required = true),
		FIELD("change", FIELD_WORD, struct wake_map, change, .words = futex_change_names,
		      .nr_words = NR_FUTEX_CHANGES),
		FIELD("value", FIELD_UINT, struct wake_map, call.value, .highest = UINT32_MAX),
		FIELD("was", FIELD_NODE, struct wake_map, was, .required = true),
		FIELD("wake", FIELD_NODE, struct wake_map, wake),
		FIELD("wake_to", FIELD_NODE, struct wake_map, wake_to),
	};
	s64 with;
	u32 relation;

	if (!fields_read(r, node, "action 'futex_wake_op'", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.was->kind != DOC_MAP || m.was->nr != 1)
		return node_mismatch(r, m.was, "a relation such as {gt: 0}");
	for (relation = 0; relation < NR_FUTEX_RELATIONS; relation++)
		if (strcmp(futex_relation_names[relation], m.was->first->key) == 0)
			break;
	if (relation == NR_FUTEX_RELATIONS)
		return fields_unknown_key(r, m.was->first, "'was'", futex_relation_names,
					  NR_FUTEX_RELATIONS);
	if (!read_int(r, m.was->first, INT32_MIN, INT32_MAX, &with))
		return false;
	m.call.change = (u8)m.change;
	m.call.relation = (u8)relation;
	m.call.with = (s32)with;
	out->futex = m.call;
	return read_nr(r, m.wake, &out->futex.wake) && read_nr(r, m.wake_to, &out->futex.requeue) &&
	       read_name(r, m.to, &out->futex_to) && read_name(r, m.futex, &out->resource);
}

enum { WORDS_MOST = 128 };

/* futex_waitv: {words: {w: 0, v: 1}, timeout: 5ms}. */
bool read_futex_waitv_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct waitv_map {
		const struct doc_node *words;
		u64 timeout;
	} m = {0};
	static const struct field table[] = {
		FIELD("words", FIELD_NODE, struct waitv_map, words, .required = true),
		FIELD("timeout", FIELD_DURATION, struct waitv_map, timeout, .lowest = 1,
		      .highest = NEVER - 1),
	};
	struct futex_word *words;

	if (!fields_read(r, node, "action 'futex_waitv'", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.words->kind != DOC_MAP)
		return node_mismatch(r, m.words, "a map of words and their values");
	if (!m.words->nr || m.words->nr > WORDS_MOST)
		return diag_error(r->diag, m.words->loc, "'futex_waitv' takes 1 to %d words",
				  WORDS_MOST);
	words = arena_array(r->scratch, struct futex_word, m.words->nr);
	doc_for_each (word, m.words) {
		words[out->nr_words].name = word->key;
		if (!read_value(r, word, &words[out->nr_words++].value))
			return false;
	}
	out->words = words;
	out->timeout_ns = m.timeout;
	return true;
}

/*
 * futex_wait_requeue_pi: {futex: w, value: 1, mutex: m}; futex_requeue_pi: {futex: w, mutex: m,
 * requeue: all, value: 1}.
 */
bool read_futex_pi_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct pi_map {
		struct futex_map futex;
		const struct doc_node *mutex;
	} m = {.futex.call = {.requeue = UINT32_MAX}};
	static const struct field table[] = {
		FIELD("futex", FIELD_NODE, struct pi_map, futex.futex, .required = true),
		FIELD("mutex", FIELD_NODE, struct pi_map, mutex, .required = true),
		FIELD("value", FIELD_NODE, struct pi_map, futex.value),
		FIELD("requeue", FIELD_NODE, struct pi_map, futex.requeue),
	};
	bool waits = strcmp(node->key, op_infos[OP_FUTEX_WAIT_PI].key) == 0;

	if (!fields_read(r, node, arena_printf(r->scratch, "action '%s'", node->key), table,
			 ARRAY_SIZE(table) - waits, &m))
		return false;
	if (waits && !m.futex.value)
		return diag_error(r->diag, node->loc, "action '%s' has no 'value'", node->key);
	m.futex.call.compare = m.futex.value && !waits;
	return read_nr(r, m.futex.requeue, &m.futex.call.requeue) &&
	       read_name(r, m.mutex, &out->mutex) && settle(r, &m.futex, out);
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
	return fields_read(r, node, "an action of a network device", table, ARRAY_SIZE(table),
			   &m) &&
	       read_name(r, m.netdev, &out->resource) &&
	       (!m.packets || read_quantity(r, m.packets, QUANTITY_COUNT, &out->quantity));
}
