/* SPDX-License-Identifier: MIT */
/*
 * Small traces written by hand.
 *
 * A tale is told in events of one cpu, at times in us. Tasks are a, b, c, ... with pids 10, 11, 12,
 * ...; workers w0, w1, ... are 0, 1, ... here; "-" is the idle task. A preset charges x86-64's
 * costs, so that a burst of 1 ms is a run of 999.2us: less the switch to it (700 ns) and the entry
 * into its sleep (100 ns).
 */
#ifndef OSSIM_TESTS_INPUT_TALE_H
#define OSSIM_TESTS_INPUT_TALE_H

#include "compiled.h"

struct tale {
	struct text trace;
	char on_cpu;
	const char *flags; /* of the line heads */
	struct diag *diag;
	struct text yaml, messages;
	struct compiled compiled;
	struct replay_options options;
	u64 lead;
};

extern const char *comm_of_b; /* it may execute another program */

struct tale tale_begin(char on_cpu);
int pid_of(char task);
const char *comm_of(char task);
void head(struct tale *t, u64 us);
void event(struct tale *t, u64 us, const char *body);
/* Who runs leaves the cpu in @state for @next. */
void gives_way_at(struct tale *t, u64 us, const char *state, char next, int prio, int next_prio);
void gives_way(struct tale *t, u64 us, const char *state, char next);
void wakes(struct tale *t, u64 us, char task);
void forks(struct tale *t, u64 us, char child);
/* The time of who runs is accounted. */
void accounts(struct tale *t, u64 us);
/* The rebuilt workload as text; it must compile. */
const char *rebuilt(struct tale *t);
void tale_end(struct tale *t);
/* The part of the text that tells of a task. */
const char *task_text(struct tale *t, const char *name);
void expect_text(struct tale *t, const char *task, const char *wanted);
void expect_no_text(struct tale *t, const char *task, const char *unwanted);
/*
 * In how many actions @word occurs; those in a loop count as often as it goes round, but what a
 * task goes on with that is ahead does not count.
 */
u32 count_in(const char *text, const char *word);
/* And in how many of those? */
u32 count_ahead(struct tale *t, const char *task, const char *word);

#endif
