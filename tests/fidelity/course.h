/* SPDX-License-Identifier: MIT */
/*
 * What each task of a run did in the window from TW_START to TW_END, and how much alike two runs
 * are.
 *
 * Alike is measured as `score` does: the share of its checks that one run holds if the other is
 * taken for the recording. Tasks are told by their comms.
 */
#ifndef OSSIM_TESTS_FIDELITY_COURSE_H
#define OSSIM_TESTS_FIDELITY_COURSE_H

#include "base/types.h"
#include "trace/stream.h"

struct course;

struct course *course_new(const struct names *names);
void course_free(struct course *course);
struct sink course_sink(struct course *course);
/* The run is over: @names is not needed any more. */
void course_end(struct course *course);
/* Of the checks of @recording those that @run holds, in ppm. Both have ended. */
u32 course_alike(const struct course *recording, const struct course *run);
/* Which of @nr runs is on average the most alike to the others; the first of several. */
u32 course_typical(struct course *const *run, u32 nr);

#endif
