/* SPDX-License-Identifier: MIT */
/* `machine.idle_states`: a preset's name, or a list of states, the shallowest first. */
#include "input/scenario.h"

#include <string.h>

#include "model/idle_states.h"

struct state_line {
	const char *name;
	u64 exit_ns, residency_ns;
};

static const struct field state_fields[] = {
	FIELD("name", FIELD_TEXT, struct state_line, name, .required = true),
	FIELD("exit", FIELD_DURATION, struct state_line, exit_ns, .required = true, .highest = SEC),
	FIELD("residency", FIELD_DURATION, struct state_line, residency_ns, .required = true,
	      .highest = SEC),
};

static bool use_preset(struct reader *r, const struct doc_node *node, struct platform *platform)
{
	const char *names[16];
	u32 index = 0;

	for (u32 i = 0; i < nr_idle_presets; i++)
		names[i] = idle_presets[i].name;
	if (!read_word(r, node, names, nr_idle_presets, &index))
		return false;
	platform->idle_states = idle_presets[index].states;
	while (platform->nr_idle_states < IDLE_STATES_MAX &&
	       platform->idle_states[platform->nr_idle_states].name)
		platform->nr_idle_states++;
	return true;
}

static bool read_state(struct reader *r, const struct doc_node *node,
		       const struct idle_state *before, struct idle_state *out)
{
	struct state_line line = {0};

	if (!fields_read(r, node, "an idle state", state_fields, ARRAY_SIZE(state_fields), &line))
		return false;
	if (line.residency_ns < line.exit_ns)
		return diag_error(
			r->diag, node->loc,
			"idle state '%s' pays before it has been left: its residency is less than its exit",
			line.name);
	if (before && (line.exit_ns < before->exit_ns || line.residency_ns < before->residency_ns))
		return diag_error(r->diag, node->loc,
				  "idle state '%s' is shallower than '%s' before it", line.name,
				  before->name);
	*out = (struct idle_state){arena_strdup(r->workload, line.name), line.exit_ns,
				   line.residency_ns};
	return true;
}

bool scenario_idle_states(struct reader *r, const struct doc_node *node, void *target)
{
	struct platform *platform = target;
	struct idle_state *states;
	u32 nr = 0;

	platform->nr_idle_states = 0;
	if (node->kind == DOC_SCALAR)
		return use_preset(r, node, platform);
	if (node->kind != DOC_LIST)
		return node_mismatch(r, node, "a preset or a list of idle states");
	if (!node->nr)
		return diag_error(r->diag, node->loc, "a list of idle states has one at least");
	if (node->nr > IDLE_STATES_MAX)
		return diag_error(r->diag, node->loc, "%u idle states: at most %d", node->nr,
				  IDLE_STATES_MAX);
	states = arena_array(r->workload, struct idle_state, node->nr);
	doc_for_each (item, node) {
		if (!read_state(r, item, nr ? &states[nr - 1] : NULL, &states[nr]))
			return false;
		nr++;
	}
	platform->idle_states = states;
	platform->nr_idle_states = nr;
	return true;
}
