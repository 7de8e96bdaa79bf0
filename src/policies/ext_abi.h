/* SPDX-License-Identifier: MIT */
/*
 * What a policy of the ext class is: names and numbers of the kernel's headers, and the ops. Part
 * of policies/ext.h, which is what a policy includes.
 */
#ifndef OSSIM_POLICIES_EXT_ABI_H
#define OSSIM_POLICIES_EXT_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Grows when a policy that was compiled before would misunderstand ossim, or be misunderstood. */
#define OSSIM_EXT_ABI 1u

struct ossim_ext;      /* the running scheduler: handed to every op, and by it to every function */
struct ossim_ext_task; /* a task; valid from its init_task to its exit_task */
struct ossim_ext_cpumask; /* a set of cpus: see ext_cpumask_test_cpu() and what is there */

/* Dispatch queues. A policy's own have ids below 2^63, made by ext_create_dsq(). */
#define EXT_DSQ_GLOBAL \
	0x8000000000000001ull /* one per NUMA node; cpus look here when they have nothing */
#define EXT_DSQ_LOCAL \
	0x8000000000000002ull /* of the cpu the task is enqueued on, or that dispatches */
#define EXT_DSQ_LOCAL_ON       0xc000000000000000ull /* | cpu: that cpu's */
#define EXT_DSQ_LOCAL_CPU_MASK 0xffffffffull

#define EXT_SLICE_INF          UINT64_MAX /* runs until it sleeps or is preempted */

enum ossim_ext_flags {
	EXT_OPS_KEEP_BUILTIN_IDLE =
		1 << 0,               /* idle cpus are tracked although there is an update_idle */
	EXT_OPS_ENQ_LAST = 1 << 1,    /* the last runnable task is enqueued, too, not kept */
	EXT_OPS_ENQ_EXITING = 1 << 2, /* exiting tasks are enqueued, too */
	EXT_OPS_SWITCH_PARTIAL = 1 << 3, /* only tasks of policy `ext` are handed over, not all */
	/* v6.18: so are those that must stay on their cpu */
	EXT_OPS_ENQ_MIGRATION_DISABLED = 1 << 4,
	EXT_OPS_ALLOW_QUEUED_WAKEUP = 1 << 5,   /* v6.18: wakeups from afar may come by interrupt */
	EXT_OPS_BUILTIN_IDLE_PER_NODE = 1 << 6, /* v6.18: idle cpus are looked for node by node */
};

/* enqueue's and ext_insert()'s flags. */
#define EXT_ENQ_WAKEUP       (1ull << 0)
#define EXT_ENQ_HEAD         (1ull << 4)  /* insert: at the queue's head */
#define EXT_ENQ_CPU_SELECTED (1ull << 10) /* select_cpu was called for this wakeup */
#define EXT_ENQ_PREEMPT      (1ull << 32) /* insert into a local queue: preempt who runs there */
#define EXT_ENQ_REENQ        (1ull << 40) /* by ext_reenqueue_local() */
#define EXT_ENQ_LAST         (1ull << 41) /* this cpu has nothing else: see EXT_OPS_ENQ_LAST */

#define EXT_DEQ_SLEEP        (1ull << 0)

enum ossim_ext_wake_flags { EXT_WAKE_FORK = 4, EXT_WAKE_TTWU = 8, EXT_WAKE_SYNC = 16 };

enum ossim_ext_kick_flags {
	EXT_KICK_IDLE = 1,    /* only if it is idle */
	EXT_KICK_PREEMPT = 2, /* what runs there loses the rest of its slice */
	EXT_KICK_WAIT = 4,    /* this cpu does nothing until that one has switched */
};

#define EXT_CGROUP_ROOT 1ull
#define EXT_CPUPERF_ONE 1024u

enum ossim_ext_pick_flags {
	EXT_PICK_IDLE_CORE = 1,    /* only whole idle cores */
	EXT_PICK_IDLE_IN_NODE = 2, /* v6.18: only in the node that is named */
};

/*
 * What the scheduler did by itself (SCX_EV_*), v6.18: X(name, "what is counted"). New ones go to
 * the end.
 */
/* clang-format off */
#define EXT_EVENTS(X) \
	X(select_cpu_fallback, "select_cpu named a cpu on which the task may not wake") \
	X(dispatch_local_dsq_offline, "an insert into the local queue of a cpu that is offline") \
	X(dispatch_keep_last, "a task went on since there was no other") \
	X(enq_skip_exiting, "an exiting task went to its local queue without enqueue") \
	X(enq_skip_migration_disabled, "so did one that must stay on its cpu") \
	X(refill_slice_dfl, "a task got the default slice") \
	X(bypass_duration, "ns in which the policy was not asked") \
	X(bypass_dispatch, "enqueues meanwhile") \
	X(bypass_activate, "how often that began")
/* clang-format on */

struct ossim_ext_events {
#define X(name, what) uint64_t name;
	EXT_EVENTS(X)
#undef X
};

/* Why cpu_release was called: the class that has taken the cpu. */
enum ossim_ext_release_reason {
	EXT_RELEASE_RT,
	EXT_RELEASE_DL,
	EXT_RELEASE_STOP,
	EXT_RELEASE_UNKNOWN
};

/* Why a scheduler is gone, as `exit` is told. */
enum ossim_ext_exit_kind {
	EXT_EXIT_NONE = 0,
	EXT_EXIT_DONE = 1,            /* the simulation has ended */
	EXT_EXIT_UNREG = 64,          /* unloaded by the workload */
	EXT_EXIT_UNREG_POLICY = 65,   /* ext_exit() */
	EXT_EXIT_UNREG_KERN = 66,     /* a cpu came or went and the policy has no op for it */
	EXT_EXIT_ERROR = 1024,        /* the policy did what it may not */
	EXT_EXIT_ERROR_POLICY = 1025, /* ext_error() */
	EXT_EXIT_ERROR_STALL = 1026,  /* a runnable task was not run in time */
};

struct ossim_ext_exit_info {
	enum ossim_ext_exit_kind kind;
	int64_t code;        /* ext_exit()'s */
	const char *reason;  /* of the kind, in words */
	const char *message; /* may be empty */
};

/* A number that the workload may set under `ext: options:`; read with ext_option(). */
struct ossim_ext_option {
	const char *name, *help;
	uint64_t value; /* the default; a time is in ns */
};

/*
 * The ops. Wakeup: select_cpu, runnable, enqueue. A cpu that looks for work and finds its local and
 * the global queue empty: dispatch. Then running; at the slice's end dispatch, stopping(runnable),
 * enqueue; on sleep stopping, quiescent. A child: init_task, enable, set_weight, then as a wakeup.
 */
struct ossim_ext_policy {
	uint32_t abi;  /* OSSIM_EXT_ABI */
	uint32_t size; /* sizeof(struct ossim_ext_policy) */
	const char *name;
	const char *help;              /* one line */
	uint64_t flags;                /* EXT_OPS_* */
	uint32_t timeout_ms;           /* the watchdog's; at most and by default 30000 */
	uint32_t dispatch_max_batch;   /* ext_insert()s of one dispatch; 0: 32 */
	uint64_t self_size, task_size; /* bytes behind ext_self() and ext_task_data(): zeroed */
	const struct ossim_ext_option *options; /* ends with a NULL name; may be NULL */

	/* The cpu that @task shall wake on: a hint, but for a task that is then inserted into
	 * LOCAL. */
	int32_t (*select_cpu)(struct ossim_ext *x, struct ossim_ext_task *task, int32_t prev_cpu,
			      uint64_t wake_flags);
	/* @task is runnable: insert it into a queue, or keep it and insert it in a later dispatch.
	 */
	void (*enqueue)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t enq_flags);
	/* A task that the policy keeps (enqueued, not inserted) is taken away from it. */
	void (*dequeue)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t deq_flags);
	/* @cpu has nothing: insert or move tasks to its local queue. @prev: who ran there, if of
	 * ext. */
	void (*dispatch)(struct ossim_ext *x, int32_t cpu, struct ossim_ext_task *prev);
	void (*tick)(struct ossim_ext *x, struct ossim_ext_task *task);
	void (*runnable)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t enq_flags);
	void (*running)(struct ossim_ext *x, struct ossim_ext_task *task);
	void (*stopping)(struct ossim_ext *x, struct ossim_ext_task *task, bool runnable);
	void (*quiescent)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t deq_flags);
	/* sched_yield(). Without this op the task loses the rest of its slice. */
	bool (*yield)(struct ossim_ext *x, struct ossim_ext_task *from, struct ossim_ext_task *to);
	/* Weights are 1..10000, 100 is nice 0. */
	void (*set_weight)(struct ossim_ext *x, struct ossim_ext_task *task, uint32_t weight);
	void (*set_cpumask)(struct ossim_ext *x, struct ossim_ext_task *task);
	void (*update_idle)(struct ossim_ext *x, int32_t cpu, bool idle);
	/* A higher class took the cpu from ext, and gave it back. */
	void (*cpu_release)(struct ossim_ext *x, int32_t cpu, enum ossim_ext_release_reason reason);
	void (*cpu_acquire)(struct ossim_ext *x, int32_t cpu);
	void (*cpu_online)(struct ossim_ext *x, int32_t cpu);
	void (*cpu_offline)(struct ossim_ext *x, int32_t cpu);
	/* Nonzero: refused; at load the load fails. */
	int32_t (*init_task)(struct ossim_ext *x, struct ossim_ext_task *task, bool fork);
	void (*exit_task)(struct ossim_ext *x, struct ossim_ext_task *task, bool cancelled);
	/* The task comes under, and leaves, this scheduler. */
	void (*enable)(struct ossim_ext *x, struct ossim_ext_task *task);
	void (*disable)(struct ossim_ext *x, struct ossim_ext_task *task);
	/* ext_timer_start()'s time has come. */
	void (*timer)(struct ossim_ext *x, uint32_t id);
	/* After an error: say with ext_dump() what helps to understand it. */
	void (*dump)(struct ossim_ext *x);
	/* First and last. Nonzero from init: the load fails. */
	int32_t (*init)(struct ossim_ext *x);
	void (*exit)(struct ossim_ext *x, const struct ossim_ext_exit_info *info);

	/*
	 * Cgroups by number, parents first, after init (nonzero: the load fails); at the end
	 * children first.
	 */
	int32_t (*cgroup_init)(struct ossim_ext *x, uint64_t cgroup, uint32_t weight);
	void (*cgroup_exit)(struct ossim_ext *x, uint64_t cgroup);
	/*
	 * A task of any class shall go to another one (nonzero: no); goes; does not, as another was
	 * refused.
	 */
	int32_t (*cgroup_prep_move)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t from,
				    uint64_t to);
	void (*cgroup_move)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t from,
			    uint64_t to);
	void (*cgroup_cancel_move)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t from,
				   uint64_t to);
	/*
	 * cpu.weight has another value; v6.18: so has cpu.max (a quota of UINT64_MAX: none),
	 * cpu.idle was written.
	 */
	void (*cgroup_set_weight)(struct ossim_ext *x, uint64_t cgroup, uint32_t weight);
	void (*cgroup_set_bandwidth)(struct ossim_ext *x, uint64_t cgroup, uint64_t period_us,
				     uint64_t quota_us, uint64_t burst_us);
	void (*cgroup_set_idle)(struct ossim_ext *x, uint64_t cgroup, bool idle);
	/* As dump, of a cpu that is not idle or has tasks, and of a task that waits. */
	void (*dump_cpu)(struct ossim_ext *x, int32_t cpu, bool idle);
	void (*dump_task)(struct ossim_ext *x, struct ossim_ext_task *task);
};

#endif
