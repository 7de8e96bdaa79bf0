/* SPDX-License-Identifier: MIT */
/*
 * A policy by name: built in, or a shared object that exports `ossim_ext_policy`.
 *
 * What comes from a file is checked before it is believed: the number of the ABI, the size of the
 * structure, the values that the scheduler relies on.
 */
#include "policies/find.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

extern const struct ossim_ext_policy ossim_ext_policy_fifo, ossim_ext_policy_vtime,
	ossim_ext_policy_central, ossim_ext_policy_queues;

const struct ossim_ext_policy *const ossim_ext_policies[] = {
	&ossim_ext_policy_fifo,
	&ossim_ext_policy_vtime,
	&ossim_ext_policy_queues,
	&ossim_ext_policy_central,
};
const u32 ossim_ext_nr_policies = ARRAY_SIZE(ossim_ext_policies);

/* What a policy may ask for in memory: its own, and for each task. */
enum { SELF_SIZE_MAX = 64 << 20, TASK_SIZE_MAX = 4096 };

/* A name with a slash, or that ends in .so, is a file. */
static bool policy_is_file(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') || (len > 3 && strcmp(name + len - 3, ".so") == 0);
}

const struct ossim_ext_option *policy_option(const struct ossim_ext_policy *policy,
					     const char *name)
{
	for (const struct ossim_ext_option *o = policy->options; o && o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

/* The end of what every policy has had from the first ABI on. */
#define LEAST_SIZE offsetof(struct ossim_ext_policy, select_cpu)

static bool check(const struct ossim_ext_policy *policy, const char *path, struct text *error)
{
	if (policy->abi != OSSIM_EXT_ABI)
		text_printf(
			error,
			"'%s' was made for version %u of the policies' ABI, this ossim has %u: compile it anew",
			path, policy->abi, OSSIM_EXT_ABI);
	else if (policy->size < LEAST_SIZE || policy->size > sizeof(*policy))
		text_printf(
			error,
			"'%s' was compiled with another ext.h: its struct ossim_ext_policy has %u bytes, this ossim's %zu",
			path, policy->size, sizeof(*policy));
	else if (!policy->name || !*policy->name || strlen(policy->name) > 127)
		text_printf(error, "the policy in '%s' has no name", path);
	else if (policy->self_size > SELF_SIZE_MAX || policy->task_size > TASK_SIZE_MAX)
		text_printf(error,
			    "the policy in '%s' wants %" PRIu64
			    " bytes for itself (at most %d) and %" PRIu64
			    " for each task (at most %d)",
			    path, policy->self_size, SELF_SIZE_MAX, policy->task_size,
			    TASK_SIZE_MAX);
	else if (policy->timeout_ms > 30000)
		text_printf(error, "the policy in '%s' has a timeout_ms of %u: at most 30000", path,
			    policy->timeout_ms);
	return error->len == 0;
}

static bool open_file(struct policy_handle *handle, const char *path, struct text *error)
{
	/* Without a slash dlopen() would look in the system's folders. */
	char *plain = NULL;

	if (!strchr(path, '/')) {
		struct text text = {0};

		text_printf(&text, "./%s", path);
		plain = text.at;
	}
	handle->module = dlopen(plain ? plain : path, RTLD_NOW | RTLD_LOCAL);
	free(plain);
	if (!handle->module) {
		text_printf(error, "cannot load the policy: %s", dlerror());
		return false;
	}
	handle->policy = dlsym(handle->module, "ossim_ext_policy");
	if (!handle->policy)
		text_printf(
			error,
			"'%s' is not a policy: it does not define ossim_ext_policy (see EXT_POLICY)",
			path);
	if (handle->policy && check(handle->policy, path, error))
		return true;
	policy_close(handle);
	return false;
}

static bool open_builtin(struct policy_handle *handle, const char *name, struct text *error)
{
	const char *names[ARRAY_SIZE(ossim_ext_policies)], *meant;

	for (u32 i = 0; i < ossim_ext_nr_policies; i++) {
		names[i] = ossim_ext_policies[i]->name;
		if (strcmp(names[i], name) == 0) {
			handle->policy = ossim_ext_policies[i];
			return true;
		}
	}
	meant = text_suggest(name, names, ossim_ext_nr_policies);
	text_printf(error, "unknown policy '%s'", name);
	if (meant)
		text_printf(error, " (did you mean '%s'?)", meant);
	text_add(error, ": see 'ossim list policies'; a file is written with a slash, './mine.so'");
	return false;
}

bool policy_open(struct policy_handle *handle, const char *name, const char *path, char **error)
{
	struct text text = {0};
	bool good;

	*handle = (struct policy_handle){0};
	good = policy_is_file(name) ? open_file(handle, path, &text)
				    : open_builtin(handle, name, &text);
	*error = text.at;
	return good;
}

void policy_close(struct policy_handle *handle)
{
	if (handle->module)
		dlclose(handle->module);
	*handle = (struct policy_handle){0};
}
