/* SPDX-License-Identifier: MIT */
/*
 * Knobs and feature flags of the kernel that are accepted and have no effect in this model, each
 * with the reason. They are listed so that what is set on a real machine can be set here, and so
 * that `ossim list knobs` tells of every one what it does. A tidy test holds that nothing reads
 * them.
 *
 * INERT_KNOBS: X("kernel's name", unit, lowest, highest, v6.1, v6.12, v6.18, "help", "reason"),
 * INERT_FEATURES: X(NAME, v6.1, v6.12, v6.18, "reason"); units and columns as in knobs.h and
 * features.h.
 */
#ifndef OSSIM_MODEL_INERT_H
#define OSSIM_MODEL_INERT_H

#include "model/kernel.h"

#define NO_PAGES  "memory has no place here: no page belongs to a node"
#define NO_CLAMPS "clamps steer frequencies and cpus of different capacity; cpus are equal here"

/* clang-format off */
#define INERT_KNOBS(X) \
	X("verbose", BOOL, 0, 1, 0, 0, 0, "tell the domains in the kernel's log", "it only writes to the log") \
	X("latency_warn_ms", MS, 0, 1000000, 100, 100, 100, "LATENCY_WARN: how long need_resched may stand", \
	  "it only writes to the log") \
	X("latency_warn_once", COUNT, 0, 1, 1, 1, 1, "LATENCY_WARN: warn once", "it only writes to the log") \
	X("numa_balancing/scan_delay_ms", MS, 0, 1000000, 1000, 1000, 1000, "a task's time before its first scan", \
	  NO_PAGES) \
	X("numa_balancing/scan_period_min_ms", MS, 1, 1000000, 1000, 1000, 1000, "shortest time between scans", \
	  NO_PAGES) \
	X("numa_balancing/scan_period_max_ms", MS, 1, 1000000, 60000, 60000, 60000, "longest time between scans", \
	  NO_PAGES) \
	X("numa_balancing/scan_size_mb", COUNT, 1, 1000000, 256, 256, 256, "memory that one scan looks at", \
	  NO_PAGES) \
	X("numa_balancing/hot_threshold_ms", MS, 0, 1000000, 1000, 1000, 1000, "a page used since is hot", NO_PAGES) \
	X("numa_balancing", COUNT, 0, 3, 0, 0, 0, "move tasks to their memory and memory to its tasks", NO_PAGES) \
	X("numa_balancing_promote_rate_limit_MBps", COUNT, 0, 1000000, 65536, 65536, 65536, \
	  "how fast pages move up a tier", NO_PAGES) \
	X("sched_util_clamp_min", COUNT, 0, 1024, 1024, 1024, 1024, "largest minimum a task may ask for", NO_CLAMPS) \
	X("sched_util_clamp_max", COUNT, 0, 1024, 1024, 1024, 1024, "largest maximum a task may ask for", NO_CLAMPS) \
	X("sched_util_clamp_min_rt_default", COUNT, 0, 1024, 1024, 1024, 1024, "minimum of rt tasks", NO_CLAMPS) \
	X("sched_energy_aware", BOOL, 0, 1, 1, 1, 1, "place tasks by an energy model", \
	  "the machine has no energy model, as x86 servers have none") \
	X("sched_itmt_enabled", BOOL, 0, 1, 0, 0, KNOB_ABSENT, "prefer cores that can turn faster", \
	  "it needs cores of different speed; cpus are equal here")
/* clang-format on */

/* clang-format off */
#define INERT_FEATURES(X) \
	X(SIS_PROP, '0', '-', '-', "it bounds the idle search by how long searches took; here they take no time") \
	X(WARN_DOUBLE_CLOCK, '0', '0', '0', "it only writes to the log") \
	X(LATENCY_WARN, '0', '0', '0', "it only writes to the log")
/* clang-format on */

enum { NR_COLUMNS = 3 };

struct inert_knob {
	struct knob_info info;
	u64 defaults[NR_COLUMNS]; /* by row of kernels[] */
	const char *reason;
};

struct inert_feature {
	const char *name;
	char column[NR_COLUMNS]; /* '1' on, '0' off, '-' absent */
	const char *reason;
};

extern const struct inert_knob inert_knobs[];
extern const u32 nr_inert_knobs;
extern const struct inert_feature inert_features[];
extern const u32 nr_inert_features;

/* NULL: there is none of that name. */
const struct inert_knob *inert_knob_find(const char *name);
const struct inert_feature *inert_feature_find(const char *name);

/* Does the kernel have it? @kernel may be a changed copy of its row. */
bool inert_knob_known(const struct inert_knob *knob, const struct kernel *kernel);
bool inert_feature_known(const struct inert_feature *feature, const struct kernel *kernel);

#endif
