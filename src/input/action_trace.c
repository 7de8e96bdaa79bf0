/* SPDX-License-Identifier: MIT */
/* Actions by which a task traces others. */
#include <string.h>

#include "input/scenario.h"

/*
 * trace_cont: db, or {task: db, signal: same}; or another signal. trace_cont alone, or without a
 * task: all own tracees that are stopped.
 */
bool read_trace_cont_action(struct reader *r, const struct doc_node *node, struct op_operands *out)
{
	struct cont_map {
		const struct doc_node *task, *signal;
	} m = {0};
	static const struct field table[] = {
		FIELD("task", FIELD_NODE, struct cont_map, task),
		FIELD("signal", FIELD_NODE, struct cont_map, signal),
	};

	if (node->kind == DOC_NULL)
		return true;
	if (node->kind != DOC_MAP)
		return read_task_name(r, node, out);
	if (!fields_read(r, node, "an action on a traced task", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.signal && m.signal->kind == DOC_SCALAR && !strcmp(m.signal->text, "same"))
		out->signal = OP_SIGNAL_SAME;
	else if (m.signal &&
		 strcmp(m.signal->kind == DOC_SCALAR ? m.signal->text : "", "none") != 0 &&
		 !read_signal(r, m.signal, &out->signal))
		return false;
	return !m.task || read_task_name(r, m.task, out);
}

static bool read_event(struct reader *r, const struct doc_node *node, u32 *events)
{
	u32 index = 0;

	if (!read_word(r, node, trace_event_names, NR_TRACE_EVENTS, &index))
		return false;
	*events |= 1U << index;
	return true;
}

/* trace_seize: db, or {task: db, events: [fork, exec]}; trace_options likewise. */
bool read_trace_events_action(struct reader *r, const struct doc_node *node,
			      struct op_operands *out)
{
	struct events_map {
		const struct doc_node *task, *events;
	} m = {0};
	static const struct field table[] = {
		FIELD("task", FIELD_NODE, struct events_map, task, .required = true),
		FIELD("events", FIELD_NODE, struct events_map, events),
	};
	bool good = true;

	if (node->kind != DOC_MAP)
		return read_task_name(r, node, out);
	if (!fields_read(r, node, "an action on a traced task", table, ARRAY_SIZE(table), &m))
		return false;
	if (m.events && m.events->kind != DOC_LIST)
		good = read_event(r, m.events, &out->trace_events);
	else if (m.events)
		doc_for_each (item, m.events) {
			good &= read_event(r, item, &out->trace_events);
		}
	return read_task_name(r, m.task, out) && good;
}
