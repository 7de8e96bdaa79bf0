/* SPDX-License-Identifier: MIT */
/* A scenario given as text, and the explanation of a moment or a delay in it. */
#ifndef OSSIM_TESTS_EXPLAINED_H
#define OSSIM_TESTS_EXPLAINED_H

#include "run/explain.h"

struct explained {
	struct job job;
	struct explain *explain;
	const struct explanation *what;
};

/*
 * @settings as for schedule_run(). False: there is no such explanation; in any case
 * explained_fini().
 */
bool explained_try(struct explained *x, const char *yaml, const char *const *settings,
		   struct explain_request request);
void explained_fini(struct explained *x);
const char *explained_comm(const struct explained *x, u32 task);
/* The test fails if there is none. */
const struct candidate *explained_candidate(const struct explained *x, const struct decision *d,
					    const char *name);
/* At @at cpu 0 picks @next by @rule. */
void explained_expect_rule(const char *yaml, const char *const *settings, u64 at, const char *next,
			   enum decision_rule rule);

/* Three hogs of fair.md 11.1; four cpus with many tasks of several classes. */
extern const char explained_three_hogs[], explained_busy[];

#endif
