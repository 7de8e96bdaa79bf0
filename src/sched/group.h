/* SPDX-License-Identifier: MIT */
/*
 * Task groups: cgroups and autogroups, and what each keeps on each cpu.
 *
 * A group has a queue per cpu, and an entity that stands for the queue in the parent's queue of
 * that cpu. The root group's queues are those of the runqueues; it has no struct: NULL. All per-cpu
 * data is made with the group. What happens to it is the fair class's affair (classes/fair_group.h,
 * classes/fair_bandwidth.h). Kernel: struct task_group, cfs_bandwidth in kernel/sched/sched.h.
 */
#ifndef OSSIM_SCHED_GROUP_H
#define OSSIM_SCHED_GROUP_H

#include "machine/timer.h"
#include "model/workload.h"
#include "sched/rq.h"

struct cpu;
struct sched;
struct task_group;

/* A group on one cpu: 64-byte aligned. */
struct group_cpu {
	struct fair_rq queue;
	struct fair_entity se;
	struct task_group *group;

	/* Averages. */
	struct list leaf; /* rq->leaf_groups while it has load: children before parents */
	u32 nr_leaf_children;
	/* its averages changed by more than time: the entity shall follow */
	bool propagates;
	s64 prop_runnable_sum; /* by how much its load_sum did, in units of an entity's */
	u64 load_contrib;      /* what of its load_avg is in the group's */
	u64 load_contrib_at;   /* rq clock of that */

	/* Bandwidth; queue.limited says that there is a quota. */
	s64 runtime_left;      /* ns, may be negative: debt */
	bool throttled;        /* it has used up what it got */
	u32 throttle_count;    /* it and groups above it that are throttled */
	bool pelt_stands;      /* averages see no time pass */
	u64 pelt_stands_since; /* pelt clock of the rq */
	u64 pelt_stood;        /* ns for which they saw none, all in all */
	u64 throttled_since;   /* rq clock; 0: nobody had to leave yet */
	/* the same if it or a group above is throttled: throttled_clock_self */
	u64 self_throttled_since;
	u64 self_throttled_ns;       /* such times that are over */
	struct list throttled_link;  /* bandwidth->throttled */
	struct list unthrottle_link; /* rq->to_unthrottle */
	struct list limbo;           /* throttled tasks (task.limbo_link), the last one first */
};

/* The quota of a group (struct cfs_bandwidth). */
struct bandwidth {
	struct sched *sched;
	u64 quota_ns, period_ns, burst_ns; /* GROUP_NO_QUOTA: there may be one in mid-run */
	u64 runtime;                       /* ns left in the group's pool */
	u64 runtime_snap;                  /* at the last refill */
	bool idle;                         /* nobody has taken any since the last refill */
	bool active;                       /* the period timer is armed */
	bool slack_started;
	u64 next_refill; /* machine time; before it is started: the phase of its grid */
	struct timer period_timer, slack_timer;
	struct list throttled; /* group_cpu.throttled_link, in order of being throttled */
	u32 group;             /* id, for records */
};

struct task_group {
	u32 id;                        /* by creation; of records */
	u32 depth;                     /* 1 below the root */
	struct task_group *parent;     /* NULL: the root */
	struct list children, sibling; /* newest first */
	u64 shares;                    /* scaled as weights are */
	/* not scaled; what an ext policy is told of: idle leaves them as they are */
	u32 written_shares;
	bool idle; /* cpu.idle */
	bool is_autogroup;
	/* processes of an autogroup's session; 0: it may be used again */
	u32 nr_users;
	struct task_group *made_before; /* of autogroups: sched->autogroups */
	u64 load_avg;                   /* sum of load_contrib */
	struct bandwidth *bandwidth;    /* NULL: it never has a quota */
	struct group_cpu *cpus;         /* by cpu */
};

enum { GROUP_SHARES_DEFAULT = 1024, GROUP_SHARES_IDLE = 3 };

static inline struct group_cpu *group_cpu_of(struct fair_rq *queue)
{
	return container_of(queue, struct group_cpu, queue);
}

/* The groups of a workload; after sched_init(). Their ids are their indexes. */
void sched_groups_init(struct sched *sched, const struct group_spec *specs, u32 nr, u64 seed);
/* A write to the files of a group. What the kernel refuses leaves it as it is: false (EINVAL). */
bool sched_set_group(struct sched *sched, const struct group_change *change);
/* A session's group below the root, shares and all as the kernel makes it (autogroup_create). */
struct task_group *sched_autogroup_new(struct sched *sched);
/* A write to /proc/PID/autogroup. */
void sched_autogroup_set_nice(struct sched *sched, struct task_group *group, s32 nice);
/* One process more or less is in its session. Without any it is used again. */
void sched_autogroup_get(struct task_group *group);
void sched_autogroup_put(struct sched *sched, struct task_group *group);

/* With RT groups: @group has runtime for rt tasks, so they may come there (sched_rt_can_attach). */
bool sched_group_has_rt_runtime(const struct sched *sched, const struct task_group *group);
/* A task of @group may become an rt task: without limit (sched_rt_runtime_us -1) everywhere. */
bool sched_group_allows_rt(const struct sched *sched, const struct task_group *group);

/*
 * sched_move_task(): the task's queues are those of @group (NULL: the root) from now on, in the
 * kernel's order: dequeue, put_prev, change, enqueue, set_next, and resched of one that runs. So it
 * is if nothing changes by it, too.
 */
void sched_move_group(struct sched *sched, struct task *task, struct task_group *group);

/*
 * Return to user mode of a task with TASK_FLAG_THROTTLE (throttle_cfs_rq_work): if its group is
 * still throttled it leaves its queue. True: the cpu has switched.
 */
bool sched_throttle_point(struct sched *sched, struct cpu *cpu);

#endif
