/* SPDX-License-Identifier: MIT */
/*
 * What happens to a machine by itself: `machine.events`, cpus that go offline and come back, and
 * `machine.irqs`, interrupts.
 */
#include "input/scenario.h"

#include "base/bitset.h"
#include "input/quantity.h"

struct event_line {
	struct cpu_event event;
	u8 action;
};

static const char *const event_actions[] = {"offline", "online"};

static const struct field event_fields[] = {
	FIELD("at", FIELD_DURATION, struct event_line, event.at, .required = true,
	      .highest = NEVER - 1),
	FIELD("cpu", FIELD_UINT, struct event_line, event.cpu, .required = true,
	      .highest = CPUS_MAX - 1),
	FIELD("action", FIELD_WORD, struct event_line, action, .required = true,
	      .words = event_actions, .nr_words = ARRAY_SIZE(event_actions)),
};

bool scenario_events(struct reader *r, const struct doc_node *node, void *target unused_arg)
{
	bool good = true;

	if (node->kind != DOC_LIST)
		return node_mismatch(r, node, "a list of events");
	doc_for_each (item, node) {
		struct event_line line = {0};

		if (!fields_read(r, item, "an event", event_fields, ARRAY_SIZE(event_fields),
				 &line)) {
			good = false;
			continue;
		}
		line.event.online = line.action;
		builder_cpu_event(r->builder, item->loc, &line.event);
	}
	return good;
}

/* ---- Interrupts ---- */

struct irq_line {
	const char *name;
	const struct doc_node *cpus, *first, *every, *time, *softirq;
};

static const struct field irq_fields[] = {
	FIELD("name", FIELD_TEXT, struct irq_line, name, .required = true),
	FIELD("cpus", FIELD_NODE, struct irq_line, cpus),
	FIELD("first", FIELD_NODE, struct irq_line, first),
	FIELD("every", FIELD_NODE, struct irq_line, every, .required = true),
	FIELD("time", FIELD_NODE, struct irq_line, time, .required = true),
	FIELD("softirq", FIELD_NODE, struct irq_line, softirq),
};

static bool read_irq(struct reader *r, const struct doc_node *node)
{
	struct irq_line line = {0};
	struct irq_options irq = {0};

	if (!fields_read(r, node, "an irq", irq_fields, ARRAY_SIZE(irq_fields), &line))
		return false;
	irq.name = line.name;
	if (line.cpus && !read_cpus(r, line.cpus, &irq.cpus))
		return false;
	if (!read_quantity(r, line.every, QUANTITY_DURATION, &irq.every) ||
	    !read_quantity(r, line.time, QUANTITY_DURATION, &irq.time))
		return false;
	irq.has_first = line.first;
	if (line.first && !read_quantity(r, line.first, QUANTITY_DURATION, &irq.first))
		return false;
	if (line.softirq && !read_quantity(r, line.softirq, QUANTITY_DURATION, &irq.softirq))
		return false;
	builder_irq(r->builder, node->loc, &irq);
	return true;
}

bool scenario_irqs(struct reader *r, const struct doc_node *node, void *target unused_arg)
{
	bool good = true;

	if (node->kind != DOC_LIST)
		return node_mismatch(r, node, "a list of irqs");
	doc_for_each (item, node)
		if (!read_irq(r, item))
			good = false;
	return good;
}
