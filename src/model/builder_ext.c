/* SPDX-License-Identifier: MIT */
/*
 * The ext scheduler of a workload. Whether there is such a policy is not known here: run/policy.c
 * looks.
 */
#include "model/builder_inside.h"

#include <string.h>

/* A path is relative to the file that it stands in; on a command line to where one is. */
static const char *path_from(struct builder *b, struct loc loc, const char *policy)
{
	const char *file = diag_source_name(b->diag, loc), *slash;

	slash = file && loc.line ? strrchr(file, '/') : NULL;
	if (policy[0] == '/' || !slash)
		return arena_strdup(b->arena, policy);
	return arena_printf(b->arena, "%.*s/%s", (int)(slash - file), file, policy);
}

struct ext_spec *builder_ext(struct builder *b, struct loc loc, const char *policy)
{
	if (!kernel_has(&b->w.kernel, FEATURE_SCHED_EXT)) {
		diag_error(b->diag, loc, "kernel %s has no ext class: policies came with v6.12",
			   b->w.kernel.name);
		return NULL;
	}
	b->w.ext = (struct ext_spec){
		.policy = arena_strdup(b->arena, policy),
		.path = path_from(b, loc, policy),
		.loc = loc,
		.unload_ns = NEVER,
	};
	return &b->w.ext;
}

void builder_ext_option(struct builder *b, struct loc loc, const char *name, u64 value)
{
	vec_push(&b->ext_options, (struct ext_option){.name = arena_strdup(b->arena, name),
						      .loc = loc,
						      .value = value});
}
