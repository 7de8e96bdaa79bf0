/* SPDX-License-Identifier: MIT */
/*
 * A .tw file and a rig become a workload in ossim's language.
 *
 * The tasks come to be as in tw.c: the main task `tw` forks them one after the other and waits for
 * each to be ready; a ready task sleeps at a gate; tw becomes FIFO 99, sleeps 20 ms, marks
 * TW_START, opens the gate, so that all are woken in order while it still holds its cpu, and sleeps
 * until the end, which it marks with TW_END.
 */
#ifndef OSSIM_TESTS_FIDELITY_WORKLOAD_H
#define OSSIM_TESTS_FIDELITY_WORKLOAD_H

#include "rig.h"
#include "tw.h"

/* Where in the run the window lies, as far as is known: the set-up is simulated too. */
struct window_guess {
	u64 start_ns;      /* of TW_START */
	u64 tick_phase_ns; /* the run's first tick */
	u64 duration_ns;   /* of the run */
	s64 settle_ns;     /* more of tw's sleep before TW_START */
	bool early_fifo;   /* an older tw, which became FIFO before it forked the tasks */
};

/* How many tasks wait at the gate. */
u32 workload_nr_gated(const struct tw *tw);

/*
 * Adds the workload to @yaml. False: the case needs something that ossim does not have (yet), told
 * in @needs.
 */
must_check bool workload_write(const struct tw *tw, const struct rig *rig,
			       const struct window_guess *guess, struct text *yaml,
			       char needs[100]);

#endif
