/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's sched_info keeps by cpu: time run, time waited before running, times run. A
 * sink. Kernel: kernel/sched/stats.h; reference: fair.md 9.2.
 */
#ifndef OSSIM_OBSERVE_RUN_INFO_H
#define OSSIM_OBSERVE_RUN_INFO_H

#include "base/vec.h"
#include "trace/stream.h"

struct run_info {
	u64 cpu_ns, run_delay_ns; /* of tasks; the idle task does not count */
	u64 nice_ns;              /* of that: of tasks whose nice is above 0 */
	u64 count;
	u64 since;   /* who runs does so since then */
	u64 settled; /* the same; moved by a change of nice or group */
	u32 curr;
};

/* Of a group's own tasks, while they were in it. */
struct group_run_info {
	u64 nice_ns;        /* what those with a nice above 0 have run */
	u64 forced_idle_ns; /* for how long threads of their core had to idle */
};

struct run_infos {
	struct run_info *cpu;
	u32 nr_cpus;
	/* by task id: when it became runnable + 1, 0: it sleeps, NEVER: it runs */
	vec_of(u64) queued;
	vec_of(u64) arrived;                  /* by task id: when it last came to a cpu */
	vec_of(u8) niced;                     /* by task id: its nice is above 0 */
	vec_of(u32) group;                    /* by task id: that of its group + 1; 0: the root */
	vec_of(struct group_run_info) groups; /* by the same number */
	vec_of(u64) group_cpu_ns; /* what its own tasks have run, by that number and cpu */
};

void run_infos_init(struct run_infos *infos, u32 nr_cpus);
void run_infos_fini(struct run_infos *infos);
/*
 * sched_info.last_queued: since when @task waits for a cpu, 0: it does not; last_arrival, 0: it
 * never ran.
 */
u64 run_infos_queued(const struct run_infos *infos, u32 task);
/*
 * How long it has waited so far for the turn that is to come: sched_info.run_delay does not have
 * that yet.
 */
u64 run_infos_waits(const struct run_infos *infos, u32 task, u64 now);
/* What tasks with a nice above 0 have run on @cpu, up to @now. */
u64 run_infos_nice_ns(const struct run_infos *infos, u32 cpu, u64 now);
/* Of @group (TASK_ID_NONE: the root) without those below it, up to @now. */
struct group_run_info run_infos_group(const struct run_infos *infos, u32 group, u64 now);
/* What its own tasks have run on @cpu. */
u64 run_infos_group_cpu_ns(const struct run_infos *infos, u32 group, u32 cpu, u64 now);
u64 run_infos_arrival(const struct run_infos *infos, u32 task);
struct sink run_infos_sink(struct run_infos *infos);

#endif
