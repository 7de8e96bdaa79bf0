/* SPDX-License-Identifier: MIT */
/*
 * The phase of the tick is told from TW_START, but when that comes follows from the set-up, which
 * is simulated too: the set-up is simulated until both agree. If it is known when after a tick the
 * runner begins, and the set-up fits to that by and large, the rest is made up for by tw's sleep;
 * else the tick gives way.
 */
#ifndef OSSIM_TESTS_FIDELITY_SETTLE_H
#define OSSIM_TESTS_FIDELITY_SETTLE_H

#include "rig.h"
#include "tw.h"

/*
 * Makes @yaml a workload in whose run TW_START and the tick lie as in the recording. False: no run
 * succeeds, or the case needs something that ossim does not have, told in @needs.
 */
must_check bool settle(const struct tw *tw, struct rig *rig, const char *name, struct text *yaml,
		       char needs[100]);
/* Is there anything to be tried? */
bool settle_has_states(const struct rig *rig);
/*
 * Of what may have been the state of an emulator, when cpus take turns, some is not told: when a
 * turn ends, where the runner is, and the jitter of ticks. Small causes have great effects there.
 * As the one that was cannot be found, the workload is that whose run is the most alike to those
 * from all others. So it is on real cpus: of their noise nothing is told, and a recording is made
 * several times, at other phases of the tick.
 *
 * @states: where the traces of all of them go, up to their number; NULL: they are not written.
 */
must_check bool settle_typical(const struct tw *tw, struct rig *rig, const char *name,
			       const char *states, struct text *yaml, char needs[100]);

#endif
