/* SPDX-License-Identifier: MIT */
/* A decision that is kept, with what it points to. */
#ifndef OSSIM_OBSERVE_TOLD_H
#define OSSIM_OBSERVE_TOLD_H

#include "base/vec.h"
#include "trace/decision.h"

struct told {
	struct decision decision; /* its lists are those below; select.allowed is not kept */
	vec_of(struct candidate) candidates;
	vec_of(struct decision_missed) missed;
};

/* @told is zeroed or was set before. */
void told_set(struct told *told, const struct decision *decision);
void told_fini(struct told *told);

/* Some of them, in order; beyond the limit they are only counted. */
enum { TOLD_MAX = 24 };
struct told_list {
	struct told *at; /* TOLD_MAX of them once one was added */
	u32 len, left_out;
};

void told_list_add(struct told_list *list, const struct decision *decision);
void told_list_clear(struct told_list *list);
void told_list_fini(struct told_list *list);

#endif
