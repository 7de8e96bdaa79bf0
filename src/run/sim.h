/* SPDX-License-Identifier: MIT */
/*
 * One simulation: a machine, a scheduler, its tasks, assembled from a workload and run to its end.
 */
#ifndef OSSIM_RUN_SIM_H
#define OSSIM_RUN_SIM_H

#include "model/workload.h"
#include "trace/decision.h"
#include "trace/stream.h"

struct sim;

/* @workload, @stream and @names outlive the sim; all sinks are in the stream already. */
struct sim *sim_new(const struct workload *workload, struct stream *stream, struct names *names);
void sim_free(struct sim *sim);

/*
 * Runs up to @until and stops there, before what is due then. False: there is a diagnosis. For
 * programs that look on; sim_run() goes on from there.
 */
must_check bool sim_advance(struct sim *sim, u64 until);

/*
 * Runs to the workload's duration, or until none of its tasks is left; writes the END record and
 * flushes the stream. False: the run ended early with a diagnosis (sim_failure).
 */
must_check bool sim_run(struct sim *sim);
/*
 * After a run with an end: nothing is due any more, and these tasks sleep, as a text; NULL: it is
 * not so.
 */
const char *sim_sleepers(struct sim *sim);
const char *sim_failure(const struct sim *sim);
/* Where the task that it is about is written; line 0: it is about none. */
struct loc sim_failure_loc(const struct sim *sim);

/*
 * From now on decisions are told to @sink, which only looks: what is simulated, and every record,
 * is the same with it as without. Costs time.
 */
void sim_tell_decisions(struct sim *sim, struct decision_sink sink);
/* How the workload's policy fared; NULL: it has none. Valid until sim_free(). */
struct ext_report;
const struct ext_report *sim_ext_report(const struct sim *sim);

/* When a cpu's rt tasks were throttled for the first time, and which cpu; NEVER: they were not. */
u64 sim_rt_throttled_at(const struct sim *sim, u32 *cpu);
/* From now on system calls are counted, by task: interp_calls(). */
void sim_count_calls(struct sim *sim);

/* Ends the run here and now, as sim_run() does at its end. What stands there may be looked at. */
void sim_stop(struct sim *sim);
struct proc_world;
const struct proc_world *sim_world(const struct sim *sim);

/* The other machine; NULL: it is Linux. */
struct xv6;
const struct xv6 *sim_xv6(const struct sim *sim);

u64 sim_now(const struct sim *sim);
/* Timed events popped: segment ends, timers, interrupts, ticks. */
u64 sim_events(const struct sim *sim);

#endif
