/* SPDX-License-Identifier: MIT */
/* The ext scheduler of a workload: is it there, and how is it run? */
#ifndef OSSIM_RUN_POLICY_H
#define OSSIM_RUN_POLICY_H

#include "base/diag.h"
#include "classes/ext.h"
#include "model/workload.h"
#include "policies/find.h"

/* Reports at its place what is wrong with the workload's policy and its options. True: nothing. */
must_check bool policy_check(struct diag *diag, const struct workload *workload);

/* How the class runs it; arrays come from @arena. */
struct ext_config policy_config(struct arena *arena, const struct workload *workload,
				const struct ossim_ext_policy *policy);

#endif
