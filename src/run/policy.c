/* SPDX-License-Identifier: MIT */
/*
 * The ext scheduler of a workload: from its name to what the ext class takes.
 *
 * The model knows a policy by its name only; what it is, and which options it has, is known where
 * policies are known.
 */
#include "run/policy.h"

#include <stdlib.h>

#include "base/text.h"

static const char *suggest_option(const struct ossim_ext_policy *policy, const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (const struct ossim_ext_option *o = policy->options; o && o->name && n < 64; o++)
		names[n++] = o->name;
	return text_suggest(name, names, n);
}

static bool check_options(struct diag *diag, const struct ext_spec *ext,
			  const struct ossim_ext_policy *policy)
{
	bool good = true;

	for (u32 i = 0; i < ext->nr_options; i++) {
		const struct ext_option *option = &ext->options[i];
		const char *meant;

		if (policy_option(policy, option->name))
			continue;
		meant = suggest_option(policy, option->name);
		good = diag_error(diag, option->loc, "policy '%s' has no option '%s'%s%s%s",
				  policy->name, option->name, meant ? " (did you mean '" : "",
				  meant ? meant : "", meant ? "'?)" : "");
	}
	return good;
}

bool policy_check(struct diag *diag, const struct workload *workload)
{
	const struct ext_spec *ext = &workload->ext;
	struct policy_handle handle;
	char *error;
	bool good;

	if (!ext->policy)
		return true;
	good = policy_open(&handle, ext->policy, ext->path, &error);
	if (!good)
		diag_error(diag, ext->loc, "%s", error);
	else
		good = check_options(diag, ext, handle.policy);
	free(error);
	policy_close(&handle);
	return good;
}

struct ext_config policy_config(struct arena *arena, const struct workload *workload,
				const struct ossim_ext_policy *policy)
{
	const struct ext_spec *ext = &workload->ext;
	const char **names = arena_array(arena, const char *, ext->nr_options);
	u64 *values = arena_array(arena, u64, ext->nr_options);

	for (u32 i = 0; i < ext->nr_options; i++) {
		names[i] = ext->options[i].name;
		values[i] = ext->options[i].value;
	}
	return (struct ext_config){
		.policy = policy,
		.slice_ns = ext->slice_ns,
		.timeout_ns = ext->timeout_ns,
		.partial = ext->partial,
		.load_ns = ext->load_ns,
		.unload_ns = ext->unload_ns,
		.seed = workload->seed,
		.option_names = names,
		.option_values = values,
		.nr_options = ext->nr_options,
	};
}
