/* SPDX-License-Identifier: MIT */
/*
 * Delays of a task: from when it could run (it woke, it is new, it was preempted) to when it did.
 * A sink of records that remembers one of them.
 */
#ifndef OSSIM_OBSERVE_DELAY_H
#define OSSIM_OBSERVE_DELAY_H

#include "base/text.h"
#include "base/vec.h"
#include "trace/roster.h"
#include "trace/stream.h"

enum delay_start { DELAY_WOKEN, DELAY_NEW, DELAY_PREEMPTED };

struct delay {
	u32 task;
	u64 from, to;  /* ns; from the waking (fork, switch out) to the switch in */
	u8 start;      /* enum delay_start */
	bool finished; /* else it waits still at the end of the run, which is @to */
};

struct delay_finder {
	const char *name; /* comm, or pid */
	/* NEVER: the longest is wanted; else the one that covers it, or the last before */
	u64 at;
	struct roster roster;
	const struct names *names;
	struct delay found;
	bool any;                     /* found holds one */
	u32 nr_waiting;               /* tasks of that name that wait */
	u64 first;                    /* when the first delay began; NEVER: there was none */
	vec_of(struct delay) waiting; /* by task id; .from NEVER: does not wait */
};

/* @name and @names outlive the finder. */
void delay_finder_init(struct delay_finder *finder, const char *name, u64 at,
		       const struct names *names);
void delay_finder_fini(struct delay_finder *finder);
struct sink delay_finder_sink(struct delay_finder *finder);
/* The run has ended at @now: who waits has waited until then. */
void delay_finder_end(struct delay_finder *finder, u64 now);

/* Does any task bear that name or pid? */
bool delay_finder_knows(const struct delay_finder *finder);
/* The name that was perhaps meant, or NULL. */
const char *delay_finder_suggest(const struct delay_finder *finder);

#endif
