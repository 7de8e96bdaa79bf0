/* SPDX-License-Identifier: MIT */
/*
 * Pressure stall information: for how much of the time tasks lost to a lack of cpus or of I/O.
 *
 * Of the system and of each cgroup, not of autogroups, which are none. Every cpu has states of its
 * own; what counts is their mean, weighted by how long each cpu was not idle (psi_collect_times).
 * The averages are of samples 2 s and a tick apart. Memory stalls are not modelled. Kernel:
 * kernel/sched/psi.c; reference: core-rt-dl-ext.md 7.4.
 */
#ifndef OSSIM_OBSERVE_PRESSURE_H
#define OSSIM_OBSERVE_PRESSURE_H

#include "base/vec.h"
#include "trace/stream.h"

enum pressure_state {
	PRESSURE_IO_SOME,
	PRESSURE_IO_FULL,
	PRESSURE_CPU_SOME,
	PRESSURE_CPU_FULL,
	PRESSURE_IRQ_FULL,
	NR_PRESSURES
};
enum { PRESSURE_SPANS = 3 }; /* 10 s, 60 s, 300 s */

/* A group on one cpu. */
struct pressure_cpu {
	u32 nr_running, nr_iowait;
	bool on_cpu;                      /* a task of it is what the cpu runs */
	u64 since;                        /* up to which its times are complete */
	u64 nonidle, times[NR_PRESSURES]; /* since the last sample or look */
};

struct pressure_group {
	u32 parent;                /* an index; the system's is its own */
	struct pressure_cpu *cpus; /* NULL: it has no pressure of its own */
	u64 total[NR_PRESSURES], sampled[NR_PRESSURES];
	u32 avg[NR_PRESSURES][PRESSURE_SPANS]; /* per cents in 1/2048 */
	u64 last_sample;
};

struct pressure_task {
	u32 group; /* an index */
	u16 cpu;
	u8 state;
};

struct pressure {
	u32 nr_cpus;
	u64 tick_ns, period, next;            /* of samples */
	vec_of(struct pressure_group) groups; /* 0: the system; else id + 1 */
	vec_of(struct pressure_task) tasks;   /* by id */
	u32 *curr;                            /* by cpu; TASK_ID_NONE: nobody */
};

void pressure_init(struct pressure *pressure, u32 nr_cpus, u32 hz);
void pressure_fini(struct pressure *pressure);
struct sink pressure_sink(struct pressure *pressure);

/*
 * Of the system, @group TASK_ID_NONE, or of a group, by id; NULL: it has none. All that is due at
 * @now is counted.
 */
const struct pressure_group *pressure_at(struct pressure *pressure, u32 group, u64 now);

#endif
