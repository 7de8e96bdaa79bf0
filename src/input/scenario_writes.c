/* SPDX-License-Identifier: MIT */
/*
 * `sched.writes`: what is written to the scheduler's files in mid-run: at a time, knobs and
 * features.
 */
#include "input/scenario.h"

#include <string.h>

/* Keys of `sched` that are none of `writes`. */
static bool is_for_boot(const char *key)
{
	return !strcmp(key, "switches") || !strcmp(key, "preempt") || !strcmp(key, "writes");
}

static bool read_one(struct reader *r, const struct doc_node *node, u64 at)
{
	const struct knob_info *info;
	u64 value = 0;

	if (!strcmp(node->key, "at"))
		return true;
	if (!strcmp(node->key, "features"))
		return node->kind == DOC_LIST && !node->nr
			       ? diag_error(r->diag, node->loc, "'features' writes none")
			       : scenario_features(r, node, &at);
	info = scenario_knob(node->key);
	if (is_for_boot(node->key))
		return diag_error(r->diag, node->loc, "'%s' cannot be written in mid-run here",
				  node->key);
	if (!info)
		return scenario_unknown_knob(r, node);
	return scenario_knob_value(r, node, info, &value) &&
	       builder_knob_write(r->builder, node->loc, at, info->name, value);
}

static bool read_write(struct reader *r, const struct doc_node *node)
{
	const struct doc_node *when;
	bool good = true;
	u64 at = 0;

	if (node->kind != DOC_MAP)
		return node_mismatch(r, node, "a map of a time and what is written then");
	when = doc_get(node, "at");
	if (!when)
		return diag_error(r->diag, node->loc, "a write has no 'at'");
	if (!read_duration(r, when, 0, NEVER - 1, &at))
		return false;
	if (node->nr == 1)
		return diag_error(
			r->diag, node->loc,
			"a write writes nothing: it needs a knob or features beside its 'at'");
	doc_for_each (item, node)
		good &= read_one(r, item, at);
	return good;
}

bool scenario_writes(struct reader *r, const struct doc_node *node)
{
	bool good = true;

	if (node->kind != DOC_LIST)
		return node_mismatch(r, node, "a list of writes");
	doc_for_each (item, node)
		good &= read_write(r, item);
	return good;
}
