/* SPDX-License-Identifier: MIT */
/*
 * A policy that writes down which of its ops are called, in one line of text, and otherwise does
 * the least: what it is handed goes into the global queue, or where the test says.
 */
#ifndef OSSIM_TESTS_EXT_LOG_H
#define OSSIM_TESTS_EXT_LOG_H

#include "smp_fixture.h"

struct ext_log {
	struct text text;
	bool keep;           /* enqueue inserts nothing: the policy keeps the task */
	bool direct;         /* select_cpu inserts into LOCAL if the cpu is idle */
	bool quiet_dispatch; /* dispatches are not written down */
	bool ticks;          /* ticks are */
	bool cgroups;        /* what happens to cgroups is written down */
	s32 refuse_move;     /* cgroup_prep_move answers */
	u64 slice;           /* of what is inserted; 0: the default */
};

extern struct ext_log ext_log;

/* All ops are written down, but update_idle, which would change what is idle. */
extern const struct ossim_ext_policy ext_log_policy;

/* "A", "B", ... */
const char *ext_log_name(struct ossim_ext *x, struct ossim_ext_task *task);
/*
 * One or two cpus with @nr tasks pinned to cpu 0 (@pinned) or free, the policy loaded, the log
 * empty.
 */
struct smp *ext_log_machine(struct smp_options options, const struct ossim_ext_policy *policy,
			    u32 nr, bool pinned);
/* What was logged since the last call is @expected, "op A, op B 1". */
void ext_log_expect(const char *expected);
/* Lets time pass up to @until and all that is due. */
void ext_log_run(struct smp *smp, u64 until);

#endif
