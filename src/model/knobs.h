/* SPDX-License-Identifier: MIT */
/*
 * Numbers in which kernels differ or which an administrator may set: one list.
 *
 * X(field, "kernel's name", unit, lowest, highest, v6.1, v6.12, v6.18, scaling, "help")
 * A default of KNOB_ABSENT: that kernel does not have it. Scaling CPUS: multiplied by
 * 1 + log2(min(cpus, 8)) as tunable_scaling=1 does (fair.md 2.1); NONE: not.
 * Names are debugfs sched/ files and kernel.* sysctls without their folder. Those that cannot
 * change a schedule are in inert.h.
 */
#ifndef OSSIM_MODEL_KNOBS_H
#define OSSIM_MODEL_KNOBS_H

#include "base/types.h"

#define KNOB_ABSENT UINT64_MAX
/* Of a knob of unit US_LIMIT: written -1, there is no limit. */
#define KNOB_UNLIMITED (UINT64_MAX - 1)

/* clang-format off */
#define KNOBS(X) \
	X(latency_ns, "latency_ns", NS, 100000, SEC, 6000000, KNOB_ABSENT, KNOB_ABSENT, CPUS, "CFS: period in which each task runs once") \
	X(min_granularity_ns, "min_granularity_ns", NS, 100000, SEC, 750000, KNOB_ABSENT, KNOB_ABSENT, CPUS, "CFS: least slice") \
	X(wakeup_granularity_ns, "wakeup_granularity_ns", NS, 0, SEC, 1000000, KNOB_ABSENT, KNOB_ABSENT, CPUS, "CFS: lead a wakee needs to preempt") \
	X(idle_min_granularity_ns, "idle_min_granularity_ns", NS, 0, SEC, 750000, KNOB_ABSENT, KNOB_ABSENT, NONE, "CFS: least slice of SCHED_IDLE beside others") \
	X(nr_latency, "nr_latency", COUNT, 1, 1000, 8, KNOB_ABSENT, KNOB_ABSENT, NONE, "CFS: tasks that fit one latency period") \
	X(child_runs_first, "sched_child_runs_first", BOOL, 0, 1, 0, KNOB_ABSENT, KNOB_ABSENT, NONE, "CFS: a new child runs before its parent") \
	X(base_slice_ns, "base_slice_ns", NS, 100000, SEC, KNOB_ABSENT, 700000, 700000, CPUS, "EEVDF: request size of a task") \
	X(migration_cost_ns, "migration_cost_ns", NS, 0, SEC, 500000, 500000, 500000, NONE, "a task that ran this recently is cache hot") \
	X(nr_migrate, "nr_migrate", COUNT, 1, 1024, 32, 32, 32, NONE, "tasks one balancing pass looks at") \
	X(rr_timeslice_ms, "sched_rr_timeslice_ms", MS_RESET, 0, 100000, 100, 100, 100, NONE, "SCHED_RR slice; 0 or less: the default") \
	X(cfs_bandwidth_slice_us, "sched_cfs_bandwidth_slice_us", US, 1, SEC / USEC, 5000, 5000, 5000, NONE, "quota that a cpu takes from its group at a time") \
	X(autogroup_enabled, "sched_autogroup_enabled", BOOL, 0, 1, 1, 1, 1, NONE, "each session is a group of its own") \
	X(tunable_scaling, "tunable_scaling", COUNT, 0, 2, 1, 1, 1, NONE, "how scaled knobs follow cpus that come or go, up to 8: 0 not, 1 as 1 + log2, 2 as they do") \
	X(rt_period_us, "sched_rt_period_us", US, 1, INT32_MAX, 1000000, 1000000, 1000000, NONE, "over which time for RT tasks is measured") \
	X(rt_runtime_us, "sched_rt_runtime_us", US_LIMIT, 0, INT32_MAX, 950000, 950000, 950000, NONE, "of it, what RT tasks may take; -1: all") \
	X(dl_period_max_us, "sched_deadline_period_max_us", US, 0, UINT32_MAX, 4194304, 4194304, 4194304, NONE, "longest period of a deadline task") \
	X(dl_period_min_us, "sched_deadline_period_min_us", US, 0, UINT32_MAX, 100, 100, 100, NONE, "shortest period of a deadline task") \
	X(fair_server_runtime_ns, "fair_server/runtime", NS, 0, 4194304000, KNOB_ABSENT, 50000000, 50000000, NONE, "budget of each cpu's fair server; 0: none") \
	X(fair_server_period_ns, "fair_server/period", NS, 100000, 4194304000, KNOB_ABSENT, 1000000000, 1000000000, NONE, "period of the fair servers") \
	X(schedstats, "sched_schedstats", BOOL, 0, 1, 0, 0, 0, NONE, "keep statistics of waits, sleeps, wakeups and balancing") \
	X(timer_slack_ns, "timer_slack_ns", NS, 0, SEC, 50000, 50000, 50000, NONE, "how late a fair task's sleep may end")
/* clang-format on */

/* MS_RESET: written 0 or -1, it has its default again. */
enum knob_unit { KNOB_NS, KNOB_US, KNOB_MS, KNOB_COUNT, KNOB_BOOL, KNOB_US_LIMIT, KNOB_MS_RESET };
/* Values of tunable_scaling (enum sched_tunable_scaling). */
enum { TUNABLE_SCALING_NONE, TUNABLE_SCALING_LOG, TUNABLE_SCALING_LINEAR };
enum knob_scaling { KNOB_SCALE_NONE, KNOB_SCALE_CPUS };

struct knobs {
#define X(field, ...) u64 field;
	KNOBS(X)
#undef X
};

enum knob_id {
#define X(field, ...) KNOB_ID_##field,
	KNOBS(X)
#undef X
	NR_KNOBS
};

struct knob_info {
	const char *name;
	enum knob_unit unit;
	enum knob_scaling scaling;
	u64 lowest, highest;
	const char *help;
};

/* Where the kernel keeps the knob of this name: "debugfs sched/", "sysctl kernel." or "prctl". */
const char *knob_place(const char *name);

extern const struct knob_info knob_infos[NR_KNOBS];
extern const char *const knob_names[NR_KNOBS]; /* the kernel's */

/* Knobs as an array in list order. */
static inline u64 *knob_at(struct knobs *knobs, enum knob_id id)
{
	return (u64 *)knobs + id;
}

#endif
