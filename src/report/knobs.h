/* SPDX-License-Identifier: MIT */
/*
 * A kernel row as a document: every sched sysctl, debugfs tunable and feature flag that it has,
 * with the value that it boots with on a machine of some cpus, and what setting it does here.
 */
#ifndef OSSIM_REPORT_KNOBS_H
#define OSSIM_REPORT_KNOBS_H

#include "base/text.h"
#include "model/kernel.h"

#include <stdio.h>

/*
 * @row is a row of kernels[], or one for a preemption model (kernel_for_preempt), not scaled yet.
 */
void knobs_print(const struct kernel *row, u32 nr_cpus, FILE *out);
/* Feature flags and switches only. */
void features_print(const struct kernel *row, FILE *out);
/* JSON (schema ossim-knobs/1), ending in a newline. */
void knobs_json(const struct kernel *row, u32 nr_cpus, struct text *out);

#endif
