/* SPDX-License-Identifier: MIT */
/*
 * A policy by name: built in, or a shared object.
 */
#ifndef OSSIM_POLICIES_FIND_H
#define OSSIM_POLICIES_FIND_H

#include "base/types.h"
#include "policies/ext.h"

/* The built-in ones, in the order in which to read them. */
extern const struct ossim_ext_policy *const ossim_ext_policies[];
extern const u32 ossim_ext_nr_policies;

struct policy_handle {
	const struct ossim_ext_policy *policy;
	void *module; /* of dlopen(); NULL: built in */
};

/*
 * Opens the policy @name; a file is @path. A shared object is loaded anew if nobody else has it
 * open, so its static data is as new. False: why is in @error, which the caller frees.
 */
must_check bool policy_open(struct policy_handle *handle, const char *name, const char *path,
			    char **error);
void policy_close(struct policy_handle *handle);

/* The policy's option @name; NULL: it has none of that name. */
const struct ossim_ext_option *policy_option(const struct ossim_ext_policy *policy,
					     const char *name);

#endif
