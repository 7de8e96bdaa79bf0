/* SPDX-License-Identifier: MIT */
/* `machine.events`: cpus that go offline and come back, {at: 1s, cpu: 2, action: offline}. */
#include "input/scenario.h"

#include "base/bitset.h"

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
	doc_for_each(item, node)
	{
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
