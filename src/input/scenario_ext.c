/* SPDX-License-Identifier: MIT */
/* `ext:`: the policy that schedules instead of the fair class. */
#include "input/scenario.h"

#include "base/text.h"

#include <string.h>

struct ext_map {
	const struct doc_node *policy, *options;
	struct ext_spec spec;
};

static const struct field ext_fields[] = {
	FIELD("policy", FIELD_NODE, struct ext_map, policy, .required = true),
	FIELD("partial", FIELD_BOOL, struct ext_map, spec.partial),
	FIELD("slice", FIELD_DURATION, struct ext_map, spec.slice_ns, .lowest = USEC,
	      .highest = 10 * SEC),
	FIELD("timeout", FIELD_DURATION, struct ext_map, spec.timeout_ns, .lowest = MSEC,
	      .highest = 30 * SEC),
	FIELD("load", FIELD_DURATION, struct ext_map, spec.load_ns, .highest = NEVER),
	FIELD("unload", FIELD_DURATION, struct ext_map, spec.unload_ns, .lowest = 1,
	      .highest = NEVER),
	FIELD("options", FIELD_NODE, struct ext_map, options),
};

/* What a number means is the policy's affair: 5 is 5, 5ms is 5000000. */
static void read_option(struct reader *r, const struct doc_node *node)
{
	const char *error;
	u64 value;

	if (node->kind != DOC_SCALAR)
		node_mismatch(r, node, "a number or a time");
	else if (!parse_duration(node->text, strlen(node->text), NSEC, &value, &error))
		node_mismatch(r, node, "a number or a time");
	else
		builder_ext_option(r->builder, node->key_loc, node->key, value);
}

static void read_options(struct reader *r, const struct doc_node *node)
{
	if (node->kind != DOC_MAP) {
		node_mismatch(r, node, "a map of the policy's options");
		return;
	}
	doc_for_each (option, node) {
		read_option(r, option);
	}
}

void scenario_ext(struct reader *r, const struct doc_node *node)
{
	struct ext_map m = {.spec.unload_ns = NEVER};
	struct ext_spec *spec;
	const char *policy = NULL;

	if (!fields_read(r, node, "ext", ext_fields, ARRAY_SIZE(ext_fields), &m) || !m.policy ||
	    !read_text(r, m.policy, &policy))
		return;
	spec = builder_ext(r->builder, m.policy->loc, policy);
	if (!spec)
		return;
	spec->partial = m.spec.partial;
	spec->slice_ns = m.spec.slice_ns;
	spec->timeout_ns = m.spec.timeout_ns;
	spec->load_ns = m.spec.load_ns;
	spec->unload_ns = m.spec.unload_ns;
	if (spec->unload_ns <= spec->load_ns)
		diag_error(r->diag, node->loc, "'unload' must be after 'load'");
	if (m.options)
		read_options(r, m.options);
}
