/* SPDX-License-Identifier: MIT */
/* Terminals, and what comes from their keyboards. */
#include "input/scenario.h"

#include <string.h>

enum { LINE_MOST = 4095 };

/* In the order of enum tty_key, from TTY_INTR on. */
static const char *const key_names[] = {"intr", "quit", "susp", "eof", "hangup"};

/* {at: 5ms, key: intr}, or {at: 5ms, line: 10}. */
static bool read_event(struct reader *r, const struct doc_node *node, struct tty_event *out)
{
	struct event_map {
		u64 at;
		const struct doc_node *key, *line;
	} m = {0};
	static const struct field table[] = {
		FIELD("at", FIELD_DURATION, struct event_map, at, .required = true,
		      .highest = NEVER),
		FIELD("key", FIELD_NODE, struct event_map, key),
		FIELD("line", FIELD_NODE, struct event_map, line),
	};
	u32 key = 0;
	u64 bytes = 0;

	if (!fields_read(r, node, "what comes from a terminal", table, ARRAY_SIZE(table), &m))
		return false;
	if (!m.key == !m.line)
		return diag_error(r->diag, node->loc,
				  "either a 'key' or a 'line' comes from a terminal");
	if (m.line && !read_uint(r, m.line, 1, LINE_MOST, &bytes))
		return false;
	if (m.key && !read_word(r, m.key, key_names, ARRAY_SIZE(key_names), &key))
		return false;
	*out = (struct tty_event){.at_ns = m.at,
				  .bytes = (u32)bytes,
				  .key = (u8)(m.key ? TTY_INTR + key : TTY_LINE)};
	return true;
}

static bool read_input(struct reader *r, const struct doc_node *node, const char *where,
		       struct tty_spec *spec)
{
	struct tty_event *events = arena_array(r->scratch, struct tty_event, node->nr);

	if (node->kind != DOC_LIST)
		return node_mismatch(r, node, "a list of what comes from the terminal");
	spec->events = events;
	doc_for_each (item, node) {
		struct tty_event *event = &events[spec->nr_events];

		if (!read_event(r, item, event))
			return false;
		if (spec->nr_events && event->at_ns < event[-1].at_ns)
			return diag_error(r->diag, item->loc,
					  "the 'input' of %s is in the order of time", where);
		spec->nr_events++;
	}
	return true;
}

/* pts0: {tostop: true, input: [...]}. */
static void read_tty(struct reader *r, const struct doc_node *node, const char *name)
{
	struct tty_map {
		bool tostop;
		const struct doc_node *input;
	} m = {0};
	static const struct field table[] = {
		FIELD("tostop", FIELD_BOOL, struct tty_map, tostop),
		FIELD("input", FIELD_NODE, struct tty_map, input),
	};
	const char *where = arena_printf(r->scratch, "terminal '%s'", clip_text(r, name));
	struct tty_spec spec = {.name = name};

	if (node->key && node->kind != DOC_NULL &&
	    !fields_read(r, node, where, table, ARRAY_SIZE(table), &m))
		return;
	spec.tostop = m.tostop;
	if (m.input && !read_input(r, m.input, where, &spec))
		return;
	builder_tty(r->builder, node->key ? node->key_loc : node->loc, &spec);
}

void scenario_ttys(struct reader *r, const struct doc_node *ttys)
{
	read_section(r, ttys, true, read_tty);
}
