/* SPDX-License-Identifier: MIT */
/*
 * One run of a workload with all that looks on: the metrics, the invariants, the digest, and the
 * watch. A trial counts checks that do not hold; the first few are printed, with how to repeat.
 */
#ifndef OSSIM_TESTS_PROPERTY_TRIAL_H
#define OSSIM_TESTS_PROPERTY_TRIAL_H

#include "observe/observer.h"
#include "trace/decision.h"
#include "watch.h"

struct sched;

struct trial {
	struct arena arena;
	struct names names;
	struct diag *diag;
	struct stream stream;
	struct observer *observer;
	struct watch watch;
	const struct workload *workload;
	const struct metrics *metrics;
	bool ran, completed;
	char failure[256]; /* why it ended early */
	char ejected[256]; /* why its ext policy was taken out; empty: it was not */
	const char *what;  /* for messages: the property */
	u64 seed;
	u32 nr_failed;
	struct decision_sink decisions; /* .take NULL: nobody is told them */
	u64 nr_decisions;
	/* NULL: nobody looks */
	void (*look_at_end)(struct trial *trial, const struct sched *sched);
};

/* The workload goes into trial->arena. */
void trial_begin(struct trial *trial, const char *what, u64 seed);
void trial_end(struct trial *trial);

/* Compiles YAML; formatted. The text is known to be right, so a mistake ends the program. */
printf_like(2, 3) void trial_yaml(struct trial *trial, const char *fmt, ...);
/* Runs trial->workload; @hook is asked at each switch. False: no workload. */
bool trial_run(struct trial *trial, watch_hook hook, void *arg);

/* Counts and prints a failure unless @ok. */
printf_like(3, 4) bool trial_check(struct trial *trial, bool ok, const char *fmt, ...);

/* Over all trials of the program. */
extern u32 trials_passed, trials_failed;

#endif
