/* SPDX-License-Identifier: MIT */
/*
 * The numbers of a run or of a trace, as the report layer reads them.
 *
 * Made by observe/observer.c out of records alone, by the same code for the simulator and for a
 * trace of a real kernel. Constant memory however long the run: per task a fixed record, and
 * log-linear histograms that are allocated at the first sample. At the moment the number of tasks
 * seen exceeds METRICS_TASK_LIMIT, the distributions of all tasks are merged by comm and from then
 * on kept by comm only: no sample is lost. Then a comm that appears after METRICS_COMM_LIMIT others
 * adds its samples to those of the first comm of the same stem, that is, to one that differs only
 * by the number at its end. Dead tasks with an id of METRICS_DETAIL or more are kept in the sums of
 * their comm and in the totals only.
 *
 * Definitions (as in the truth recordings' metrics):
 *   window         everything is clipped to [from, to): sums count the part inside; an interval is
 * a sample of a distribution if it began and ended inside cpu_ns         on a cpu, from switch in
 * to switch out run_delay_ns   runnable but not running, from wakeup (sched_waking if there is one)
 * or switch-out while runnable, to switch in sleep_ns       not runnable voluntary      switches
 * out not runnable; involuntary: switches out runnable (preempted, yielded) wakeups        from
 * sleep to runnable, once per sleep (waking and wakeup are not counted twice) wakeup_latency from
 * waking to running; new tasks' first wait is in fork_latency instead preempt_wait   from a switch
 * out while runnable to running again slice          one continuous stay on a cpu response from
 * wakeup to the next block
 */
#ifndef OSSIM_OBSERVE_METRICS_H
#define OSSIM_OBSERVE_METRICS_H

#include "base/names.h"
#include "base/types.h"
#include "observe/hist.h"
#include "trace/roster.h"

enum {
	METRICS_TASK_LIMIT =
		4096, /* more live-or-dead tasks than this: distributions by comm only */
	METRICS_COMM_LIMIT = 1024, /* of comms after so many: with the first of the same stem */
	METRICS_DETAIL = 65536,    /* dead tasks with ids from this on are in the sums only */
};

enum metric_dist {
	DIST_WAKEUP_LATENCY,
	DIST_SLICE,
	DIST_RESPONSE,
	DIST_FORK_LATENCY,
	DIST_PREEMPT_WAIT,
	NR_METRIC_DISTS
};

extern const char *const metric_dist_names[NR_METRIC_DISTS]; /* "wakeup_latency", ... */

enum { METRIC_NO_TIME = -1 };

struct task_sums {
	u64 cpu_ns, run_delay_ns, sleep_ns;
	u64 blocked_ns, stopped_ns; /* of sleep_ns: in state D; T or t */
	u64 traced_ns, parked_ns;   /* of stopped_ns: t; of sleep_ns: P */
	/* other threads of the core idled meanwhile because of cookies */
	u64 forced_idle_ns;
	u64 futile_wakeups;
	u64 failed_calls;
	u64 minor_faults, cow_pages; /* page faults; of those: a page was copied */
	u64 voluntary_switches, involuntary_switches;
	u64 wakeups, migrations;
};

void task_sums_add(struct task_sums *into, const struct task_sums *from);

enum { EXIT_CODE_NONE = -1 };

struct task_metrics {
	u32 task; /* task id */
	u32 comm; /* name id; the last one */
	u32 pid, tgid, ppid;
	u8 policy; /* enum sched_policy, ROSTER_POLICY_UNKNOWN in a trace */
	u8 flags;  /* RECORD_FLAG_KTHREAD, RECORD_FLAG_WORKLOAD */
	s8 nice;
	s16 prio;
	char state; /* at the end: R S D T t Z X I P */
	struct task_sums sums;
	s64 start_ns, end_ns; /* end: METRIC_NO_TIME if alive at the end of the window */
	/*
	 * EXIT_CODE_NONE: it did not exit by itself; 0: no signal killed it. Of a recording:
	 * neither
	 */
	s32 exit_code, killed_by;
	struct hist *dist[NR_METRIC_DISTS]; /* NULL: no sample, or kept by comm only */
};

struct comm_metrics {
	u32 comm;
	u32 nr_tasks;
	u32 flags; /* union of its tasks' flags */
	struct task_sums sums;
	struct hist *dist[NR_METRIC_DISTS];
};

struct cpu_metrics {
	u64 busy_ns, idle_ns, irq_ns; /* busy + idle + offline = window; irq is part of either */
	u64 offline_ns;
	/* before the first switch seen on this cpu, and after losses */
	u64 unknown_ns;
	u64 switches;
	/* tasks that came by load balancing (MIGRATE not caused by a wakeup) */
	u64 pulled;
};

/* A group of tasks (a cgroup or a session's autogroup); the root is not one of them. */
struct group_metrics {
	u32 name;   /* name id */
	u32 parent; /* index, TASK_ID_NONE: the root */
	bool is_autogroup;
	u64 cpu_ns;              /* of its tasks while they were in it, and of groups below */
	u64 nr_periods;          /* quota periods that ended */
	u64 nr_throttled;        /* of those, how many found it throttled somewhere */
	u64 throttled_ns;        /* its tasks waited for quota, summed over cpus */
	u64 nr_bursts, burst_ns; /* periods that used saved quota, and how much */
};

/* A named wait queue. */
struct queue_metrics {
	u32 name;        /* name id */
	u32 max_waiters; /* at one time */
	u64 waits;       /* begun in the window */
	u64 waited_ns;   /* by all together */
};

struct metrics {
	u64 window_from, window_ns;
	u32 nr_cpus;
	struct task_metrics *tasks; /* in order of task id; idle tasks are not in it */
	u32 nr_tasks;
	struct comm_metrics *comms; /* in order of first appearance */
	u32 nr_comms;
	struct cpu_metrics *cpus;
	struct group_metrics *groups; /* by id */
	u32 nr_groups;
	struct queue_metrics *queues; /* as in the workload */
	u32 nr_queues;
	struct {
		u64 switches, wakeups, migrations, forks, execs, exits;
		u64 records, lost_events, mended_switches;
		u32 tasks_seen, tasks_alive;
	} total;
	u32 load_avg[3];       /* 1, 5 and 15 minutes, at the end, in 1/2048 */
	u32 load_avg_milli[3]; /* the same in thousandths */
	/* Jain's index over fair-class tasks of cpu_ns / weight; see usage.c */
	u32 fairness_ppm;
	/* XXH3-64 of the record bytes (little-endian), see digest.c */
	u64 digest;
	bool has_digest;
	const struct names *names;
};

#endif
