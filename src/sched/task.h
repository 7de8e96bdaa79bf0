/* SPDX-License-Identifier: MIT */
/*
 * A schedulable task, and what each class keeps in it.
 *
 * Data of all classes sits here, behaviour in classes/: the core embeds without knowing. A task is
 * embedded in its owner's struct (proc/proc.h); sched never allocates one. Its first 128 bytes are
 * what every scheduling event touches.
 */
#ifndef OSSIM_SCHED_TASK_H
#define OSSIM_SCHED_TASK_H

#include "base/bitset.h"
#include "base/list.h"
#include "base/rbtree.h"
#include "base/types.h"

struct dl_entity;
struct ext_entity;
struct fair_rq;
struct rq;
struct sched;
struct sched_class;
struct task_group;

/* Task states, as sched_switch reports them (include/linux/sched.h). */
enum task_state {
	TASK_RUNNING = 0,
	TASK_INTERRUPTIBLE = 1,
	TASK_UNINTERRUPTIBLE = 2,
	TASK_STOPPED = 4,
	TASK_TRACED = 8,
	TASK_EXIT_DEAD = 0x10,   /* X: only as a reported state of a last switch */
	TASK_EXIT_ZOMBIE = 0x20, /* Z: likewise */
	TASK_PARKED = 0x40,
	TASK_DEAD = 0x80,
	TASK_WAKEKILL = 0x100,
	TASK_WAKING = 0x200,
	TASK_NOLOAD = 0x400,
	TASK_NEW = 0x800,
	TASK_REFRIGERATED = 0x4000, /* by the freezer of cgroup v1: the kernel's TASK_FROZEN, D */
	TASK_FROZEN = 0x8000,       /* by cgroup.freeze; everybody is told S: see sched_freeze() */

	TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE, /* wake mask */
	TASK_KILLABLE = TASK_WAKEKILL | TASK_UNINTERRUPTIBLE,
	TASK_IDLE = TASK_UNINTERRUPTIBLE | TASK_NOLOAD,
	/* States whose dequeue may not be delayed. */
	TASK_SPECIAL = TASK_STOPPED | TASK_TRACED | TASK_PARKED | TASK_DEAD | TASK_REFRIGERATED,
};

/* Priorities, kernel scale (include/linux/sched/prio.h). */
enum {
	PRIO_DL = -1,
	PRIO_RT_MAX = 100,  /* RT is 0..98 = 99 - rt_priority */
	PRIO_DEFAULT = 120, /* fair is 100..139 = 120 + nice */
	PRIO_MAX = 140,
};

enum { CPU_NONE = 0xffff };

enum task_on_rq { ON_RQ_NO, ON_RQ_QUEUED, ON_RQ_MIGRATING };

enum task_flags {
	TASK_FLAG_KTHREAD = 1,    /* kernel thread: no address space of its own */
	TASK_FLAG_PER_CPU = 2,    /* may never leave its cpu */
	TASK_FLAG_STOPPER = 4,    /* migration/N */
	TASK_FLAG_IDLE = 8,       /* swapper/N */
	TASK_FLAG_IN_KERNEL = 16, /* its present segment is kernel work (a system call's cost) */
	TASK_FLAG_NOTIFY = 32,    /* a signal waits: TIF_SIGPENDING */
	TASK_FLAG_IN_IOWAIT = 64,
	TASK_FLAG_CONTRIBUTES = 128, /* counted in nr_uninterruptible */
	TASK_FLAG_EXITING = 256,
	TASK_FLAG_FATAL = 512, /* SIGKILL waits, with TASK_FLAG_NOTIFY */
	TASK_FLAG_WORKLOAD = 1024,
	TASK_FLAG_RESET_ON_FORK = 2048,
	TASK_FLAG_NO_PREEMPT = 8192, /* softirqs run, or it holds a spinlock: nothing preempts it */
	TASK_FLAG_THROTTLE = 4096,   /* its group is throttled: it leaves on its way to user mode */
	/* holds a lock of the kernel, or waits for one: not on its way to user mode */
	TASK_FLAG_SECTION = 16384,
	TASK_FLAG_SPINS = 32768, /* until a lock is free or a full reschedule is due */
};

/* In util_est: util_avg has not moved since the estimate was made (UTIL_AVG_UNCHANGED). */
#define UTIL_EST_UNCHANGED (1u << 31)

/* PELT, kernel/sched/pelt.c; 64 bytes. */
struct pelt {
	u64 last_update; /* ns of the pelt clock, multiple of 1024 behind its start */
	u64 load_sum;
	u64 runnable_sum;
	u32 util_sum;
	u32 period_contrib;
	u64 load_avg; /* these three: see stale */
	u64 runnable_avg;
	u32 util_avg;
	u32 util_est;          /* ewma; with UTIL_EST_UNCHANGED */
	u32 util_est_enqueued; /* 6.1: the second half of util_est */
	bool attached;         /* fair entity: its queue's averages contain it */
	bool stale;            /* the averages are to be worked out from the sums: pelt_settle() */
};

static_assert(sizeof(struct pelt) == 64, "a pelt block is one cache line");

/* What the fair class schedules: a task, or a group's representative on one cpu. */
struct fair_entity {
	/* Touched by every event. */
	struct rb_node node;
	u64 vruntime;
	u64 deadline;
	u64 min_vruntime; /* least vruntime in this node's subtree */
	union {
		s64 vlag;  /* while it is not curr (6.12: also the protection mark of curr) */
		u64 vprot; /* 6.18: protected until here; shares storage as in the kernel */
	};
	u64 exec_start; /* of clock_task */
	u64 sum_exec_runtime;
	u64 prev_sum_exec_runtime;
	u32 weight;     /* as scheduled, << 10 (scale_load); fits: at most 88761 << 10 */
	u32 inv_weight; /* 2^32 / (weight >> 10); 0: to be computed */
	u32 slice;      /* ns; custom or base */
	u32 min_slice;  /* least slice in this node's subtree */
	u8 on_rq;
	u8 sched_delayed;
	u8 rel_deadline;
	u8 custom_slice;
	u32 max_slice; /* largest slice in this node's subtree */
	/* Touched less often. */
	struct fair_rq *queue;      /* the fair_rq it is (to be) queued on */
	struct fair_entity *parent; /* group entity above; NULL at the top level */
	struct fair_rq *owned;      /* the queue it stands for; NULL for a task */
	u32 runnable_weight;        /* group entity: h_nr of its queue at the last en/dequeue */
	u32 depth;
	struct pelt avg;
};

struct rt_entity {
	u32 time_slice : 29; /* ticks */
	u32 on_rq : 1, on_list : 1;
	u32 woken : 1; /* since RLIMIT_RTTIME looked last (proc/rlimit.c) */
};

struct task {
	/* Hot: 128 bytes with the first part of `fair`. */
	u64 work_left; /* ns of its segment, while it is not running */
	u32 id;        /* task id of the records */
	u16 state;     /* enum task_state */
	u16 flags;     /* enum task_flags */
	u16 cpu;       /* where it runs, is queued, or ran last */
	s16 prio;      /* effective */
	u8 on_rq;      /* enum task_on_rq */
	bool on_cpu;
	u8 class_id; /* index into sched->classes */
	u8 policy;   /* enum sched_policy */
	struct fair_entity fair;

	/* Warm: what a wakeup or a sleep looks at besides. */
	/* While queued: by its class. */
	union {
		struct list rq_link; /* fair: rq->fair_tasks, for load balancing */
		struct list rt_link; /* rt: in its priority's list */
	};
	/* While not running: by its class. */
	union {
		struct list limbo_link; /* fair: group_cpu.limbo, while it is throttled */
		struct list rt_push;    /* rt: rt_rq's pushable list, by prio, FIFO within */
	};
	struct task_group *group;   /* NULL: the root group */
	const struct cpumask *cpus; /* allowed; never NULL */
	u32 nr_cpus_allowed;
	u32 mm; /* address space id; 0: none (kernel thread) */
	u16 wake_cpu, recent_used_cpu;
	u16 last_cpu; /* where it ran last; CPU_NONE: never ran */
	s16 static_prio, normal_prio;
	s16 donor_prio; /* of the strongest waiter for what it holds; PRIO_MAX: none */
	u8 rt_priority;
	u8 wake_flags_pending; /* WF_MIGRATED kept over a wake list */
	bool throttled;        /* in a limbo, or about to be put back into one */
	bool pinned : 1;       /* it has disabled its migration: sched/pinned.h */
	bool tagged : 1;       /* it has a cookie: sched/cookie.h */
	/* its kernel work is full of preemption points (might_resched): `voluntary` preempts it */
	bool points : 1;
	u32 wakee_flips;
	u32 last_wakee;         /* task id */
	u64 wakee_flip_decay;   /* ns */
	struct task *wake_next; /* in rq->wake_list */
	union {
		/* in a wake list: task id of the waker, for the WAKEUP record */
		u32 waker;
		/* while refrigerated: what it is in when it thaws (saved_state) */
		u16 frozen_state;
	};

	/* Of some tasks only. */
	struct rt_entity rt;
	struct dl_entity *dl;   /* its reservation; NULL: it never had one */
	struct ext_entity *ext; /* classes/ext.h; NULL: there is no ext scheduler */
};

static_assert(offsetof(struct task, fair) + offsetof(struct fair_entity, queue) <= 128,
	      "hot fields of a task left its first 128 bytes");

static inline struct task *fair_task_of(struct fair_entity *se)
{
	return container_of(se, struct task, fair);
}

static inline bool prio_is_rt(s32 prio)
{
	return prio >= 0 && prio < PRIO_RT_MAX;
}

static inline bool task_is_idle_policy(const struct task *task)
{
	return task->policy == 5; /* POLICY_IDLE */
}

#endif
