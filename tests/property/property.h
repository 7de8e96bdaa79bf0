/* SPDX-License-Identifier: MIT */
/* The parts of the property test. */
#ifndef OSSIM_TESTS_PROPERTY_PROPERTY_H
#define OSSIM_TESTS_PROPERTY_PROPERTY_H

#include "trial.h"

/* known.c: answers known beforehand. */
void known_answers(void);
/* fairness.c: sets of hogs on one cpu, by seed. */
void fairness(u64 seed);
/* deadlines.c: sets of reservations, by seed. */
void deadlines(u64 seed);
/* crowded.c: realtime tasks that cannot all move where switches take no time, by seed. */
void crowded(u64 seed);
/* generated.c: any machine, any workload, by seed. */
void generated(u64 seed);
const struct workload *generated_make(struct arena *arena, struct diag *diag, u64 seed);
/* traced.c: the trace of one of them, by seed. */
void traced(u64 seed);
/* viewed.c: one of them, looked at in the midst of it, by seed. */
void viewed(u64 seed);
/*
 * decisions.c: a sink of decisions that checks each pick against its candidates; @self is a trial.
 */
void check_decision(void *self, const struct decision *decision);
/* statistics.c: after a run with kernel.sched_schedstats=1. */
struct sched;
void check_statistics(struct trial *trial, const struct sched *sched);
/* generated.c: the workload of a seed, for people. */
void generated_show(u64 seed);

#endif
