/* SPDX-License-Identifier: MIT */
/*
 * What a policy of the ext class (the kernel's sched_ext) is written against. This header is
 * installed, needs nothing but the C library's own headers, and is all that a policy includes.
 *
 * A policy is one constant, struct ossim_ext_policy: a name, flags and functions ("ops") that the
 * scheduler calls at the moments at which Linux calls a sched_ext scheduler's. EXT_POLICY() at the
 * end of a file defines it. Every op may be left out. Ops act only through the functions at the end
 * of this header. A policy keeps what it must remember in ext_self() and ext_task_data(), has no
 * other clock than ext_now() and no other dice than ext_random(): so a run can be repeated.
 *
 * A policy is built into ossim, or compiled as a shared object (cc -shared -fPIC mine.c -o mine.so)
 * and named by its path. docs/ext.md walks through one.
 *
 * Names and numbers are those of the kernel's headers (include/linux/sched/ext.h,
 * kernel/sched/ext.c) with EXT_ for SCX_. Times are nanoseconds.
 */
#ifndef OSSIM_POLICIES_EXT_H
#define OSSIM_POLICIES_EXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Grows when a policy that was compiled before would misunderstand ossim, or be misunderstood. */
#define OSSIM_EXT_ABI 1u

struct ossim_ext;      /* the running scheduler: handed to every op, and by it to every function */
struct ossim_ext_task; /* a task; valid from its init_task to its exit_task */

/* Dispatch queues. A policy's own have ids below 2^63, made by ext_create_dsq(). */
#define EXT_DSQ_GLOBAL                                                                             \
	0x8000000000000001ull /* one per NUMA node; cpus look here when they have nothing */
#define EXT_DSQ_LOCAL                                                                              \
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
	EXT_OPS_ENQ_MIGRATION_DISABLED = 1 << 4, /* v6.18: so are those that must stay on their cpu */
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

#define EXT_CGROUP_ROOT  1ull
#define EXT_CPUPERF_ONE  1024u

enum ossim_ext_pick_flags { EXT_PICK_IDLE_CORE = 1 /* only whole idle cores */ };

/* Why cpu_release was called: the class that has taken the cpu. */
enum ossim_ext_release_reason { EXT_RELEASE_RT, EXT_RELEASE_DL, EXT_RELEASE_STOP, EXT_RELEASE_UNKNOWN };

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

	/* Cgroups by number, parents first, after init (nonzero: the load fails); at the end children first. */
	int32_t (*cgroup_init)(struct ossim_ext *x, uint64_t cgroup, uint32_t weight);
	void (*cgroup_exit)(struct ossim_ext *x, uint64_t cgroup);
	/* A task of any class shall go to another one (nonzero: no); goes; does not, as another was refused. */
	int32_t (*cgroup_prep_move)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t from, uint64_t to);
	void (*cgroup_move)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t from, uint64_t to);
	void (*cgroup_cancel_move)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t from, uint64_t to);
	/* cpu.weight has another value; v6.18: so has cpu.max (a quota of UINT64_MAX: none), cpu.idle was written. */
	void (*cgroup_set_weight)(struct ossim_ext *x, uint64_t cgroup, uint32_t weight);
	void (*cgroup_set_bandwidth)(struct ossim_ext *x, uint64_t cgroup, uint64_t period_us, uint64_t quota_us,
				     uint64_t burst_us);
	void (*cgroup_set_idle)(struct ossim_ext *x, uint64_t cgroup, bool idle);
	/* As dump, of a cpu that is not idle or has tasks, and of a task that waits. */
	void (*dump_cpu)(struct ossim_ext *x, int32_t cpu, bool idle);
	void (*dump_task)(struct ossim_ext *x, struct ossim_ext_task *task);
};

/* The scheduler's side: reached through the functions below. New members go to the end. */
struct ossim_ext_host {
	uint32_t abi, size;
	int32_t (*create_dsq)(struct ossim_ext *x, uint64_t id, int32_t node);
	void (*destroy_dsq)(struct ossim_ext *x, uint64_t id);
	void (*insert)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
		       uint64_t slice, uint64_t flags);
	void (*insert_vtime)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
			     uint64_t slice, uint64_t vtime, uint64_t flags);
	uint32_t (*nr_slots)(struct ossim_ext *x);
	void (*cancel)(struct ossim_ext *x);
	bool (*move_to_local)(struct ossim_ext *x, uint64_t dsq);
	struct ossim_ext_task *(*dsq_next)(struct ossim_ext *x, uint64_t dsq,
					   struct ossim_ext_task *task);
	bool (*dsq_move)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
			 uint64_t flags);
	int32_t (*dsq_nr_queued)(struct ossim_ext *x, uint64_t dsq);
	uint32_t (*reenqueue_local)(struct ossim_ext *x);
	void (*kick_cpu)(struct ossim_ext *x, int32_t cpu, uint64_t flags);
	int32_t (*select_cpu_dfl)(struct ossim_ext *x, struct ossim_ext_task *task,
				  int32_t prev_cpu, uint64_t wake_flags, bool *is_idle);
	int32_t (*pick_idle_cpu)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags);
	int32_t (*pick_any_cpu)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t flags);
	bool (*test_and_clear_cpu_idle)(struct ossim_ext *x, int32_t cpu);
	bool (*cpu_is_idle)(struct ossim_ext *x, int32_t cpu);
	uint64_t (*now)(struct ossim_ext *x);
	uint64_t (*draw)(struct ossim_ext *x);
	void (*timer_start)(struct ossim_ext *x, uint32_t id, uint64_t delay);
	void (*timer_cancel)(struct ossim_ext *x, uint32_t id);
	uint32_t (*nr_cpus)(struct ossim_ext *x);
	uint32_t (*nr_nodes)(struct ossim_ext *x);
	int32_t (*this_cpu)(struct ossim_ext *x);
	bool (*cpu_online)(struct ossim_ext *x, int32_t cpu);
	int32_t (*cpu_core)(struct ossim_ext *x, int32_t cpu);
	int32_t (*cpu_llc)(struct ossim_ext *x, int32_t cpu);
	int32_t (*cpu_node)(struct ossim_ext *x, int32_t cpu);
	struct ossim_ext_task *(*cpu_curr)(struct ossim_ext *x, int32_t cpu);
	void *(*task_data)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint32_t (*task_pid)(struct ossim_ext *x, struct ossim_ext_task *task);
	const char *(*task_comm)(struct ossim_ext *x, struct ossim_ext_task *task);
	bool (*task_is_kthread)(struct ossim_ext *x, struct ossim_ext_task *task);
	int32_t (*task_cpu)(struct ossim_ext *x, struct ossim_ext_task *task);
	bool (*task_running)(struct ossim_ext *x, struct ossim_ext_task *task);
	bool (*task_allowed)(struct ossim_ext *x, struct ossim_ext_task *task, int32_t cpu);
	uint32_t (*task_nr_cpus)(struct ossim_ext *x, struct ossim_ext_task *task);
	int32_t (*task_nice)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint32_t (*task_weight)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint64_t (*task_runtime)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint64_t (*task_slice)(struct ossim_ext *x, struct ossim_ext_task *task);
	void (*task_set_slice)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t slice);
	uint64_t (*task_vtime)(struct ossim_ext *x, struct ossim_ext_task *task);
	void (*task_set_vtime)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t vtime);
	uint64_t (*option)(struct ossim_ext *x, const char *name);
	uint64_t (*slice_dfl)(struct ossim_ext *x);
	void (*error)(struct ossim_ext *x, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
	void (*exit)(struct ossim_ext *x, int64_t code, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
	void (*dump)(struct ossim_ext *x, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
	uint64_t (*task_cgroup)(struct ossim_ext *x, struct ossim_ext_task *task);
	uint64_t (*cgroup_parent)(struct ossim_ext *x, uint64_t cgroup);
	uint32_t (*cgroup_weight)(struct ossim_ext *x, uint64_t cgroup);
	uint32_t (*cpuperf_cap)(struct ossim_ext *x, int32_t cpu);
	uint32_t (*cpuperf_cur)(struct ossim_ext *x, int32_t cpu);
	void (*cpuperf_set)(struct ossim_ext *x, int32_t cpu, uint32_t perf);
	bool (*dsq_move_vtime)(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq, uint64_t vtime,
			       uint64_t flags);
};

struct ossim_ext {
	const struct ossim_ext_host *host;
	void *self; /* the policy's self_size bytes */
};

/*
 * Defines the policy of a file:
 *
 *	EXT_POLICY(fifo) = {
 *		EXT_POLICY_HEAD("fifo"),
 *		.enqueue = fifo_enqueue,
 *	};
 */
#ifdef OSSIM_EXT_BUILTIN
#define EXT_POLICY(symbol) const struct ossim_ext_policy ossim_ext_policy_##symbol
#else
#define EXT_POLICY(symbol)                                                                         \
	extern const struct ossim_ext_policy ossim_ext_policy;                                     \
	__attribute__((visibility("default"))) const struct ossim_ext_policy ossim_ext_policy
#endif
#define EXT_POLICY_HEAD(title)                                                                     \
	.abi = OSSIM_EXT_ABI, .size = sizeof(struct ossim_ext_policy), .name = (title)

/* ---- What a policy may call. Functions without a remark may be called from any op. ---- */

static inline void *ext_self(struct ossim_ext *x)
{
	return x->self;
}

/* A queue of the policy's own; @node -1: any. From init. 0, or -EINVAL, -EEXIST. */
static inline int32_t ext_create_dsq(struct ossim_ext *x, uint64_t id, int32_t node)
{
	return x->host->create_dsq(x, id, node);
}

/* It must be empty. */
static inline void ext_destroy_dsq(struct ossim_ext *x, uint64_t id)
{
	x->host->destroy_dsq(x, id);
}

/*
 * Into the queue @dsq, in order of arrival, to run for @slice (0: what it has left). From
 * select_cpu and enqueue: once, and only the task of the call. From dispatch: any task that the
 * policy keeps.
 */
static inline void ext_insert(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
			      uint64_t slice, uint64_t flags)
{
	x->host->insert(x, task, dsq, slice, flags);
}

/* The same, in order of @vtime: into queues of the policy's own. One queue takes one kind only. */
static inline void ext_insert_vtime(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
				    uint64_t slice, uint64_t vtime, uint64_t flags)
{
	x->host->insert_vtime(x, task, dsq, slice, vtime, flags);
}

/* From dispatch: how many more ext_insert()s fit, and the last one undone. */
static inline uint32_t ext_nr_slots(struct ossim_ext *x)
{
	return x->host->nr_slots(x);
}

static inline void ext_cancel(struct ossim_ext *x)
{
	x->host->cancel(x);
}

/* From dispatch: the first task of @dsq that may run on this cpu goes to its local queue. */
static inline bool ext_move_to_local(struct ossim_ext *x, uint64_t dsq)
{
	return x->host->move_to_local(x, dsq);
}

/* The tasks of a queue of the policy's own, in order: after @task, NULL: the first. NULL: no more. */
static inline struct ossim_ext_task *ext_dsq_next(struct ossim_ext *x, uint64_t dsq,
						  struct ossim_ext_task *task)
{
	return x->host->dsq_next(x, dsq, task);
}

/* From dispatch and timer: @task, which is in a queue of the policy's own, goes to @dsq. */
static inline bool ext_dsq_move(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
				uint64_t flags)
{
	return x->host->dsq_move(x, task, dsq, flags);
}

static inline bool ext_dsq_move_vtime(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t dsq,
				      uint64_t vtime, uint64_t flags)
{
	return x->host->dsq_move_vtime(x, task, dsq, vtime, flags);
}

/* -ENOENT: no such queue, or EXT_DSQ_GLOBAL. */
static inline int32_t ext_dsq_nr_queued(struct ossim_ext *x, uint64_t dsq)
{
	return x->host->dsq_nr_queued(x, dsq);
}

/* From cpu_release: all of the local queue is enqueued again. Returns how many. */
static inline uint32_t ext_reenqueue_local(struct ossim_ext *x)
{
	return x->host->reenqueue_local(x);
}

/* @cpu shall schedule: flags EXT_KICK_*. It happens right after the op. */
static inline void ext_kick_cpu(struct ossim_ext *x, int32_t cpu, uint64_t flags)
{
	x->host->kick_cpu(x, cpu, flags);
}

/* The built-in choice of a cpu: an idle one near @prev_cpu, which is claimed, or @prev_cpu. From
 * select_cpu. */
static inline int32_t ext_select_cpu_dfl(struct ossim_ext *x, struct ossim_ext_task *task,
					 int32_t prev_cpu, uint64_t wake_flags, bool *is_idle)
{
	return x->host->select_cpu_dfl(x, task, prev_cpu, wake_flags, is_idle);
}

/* An idle cpu that @task may use, claimed; -EBUSY if there is none. */
static inline int32_t ext_pick_idle_cpu(struct ossim_ext *x, struct ossim_ext_task *task,
					uint64_t flags)
{
	return x->host->pick_idle_cpu(x, task, flags);
}

/* The same, or if there is none any that it may use, in turn. */
static inline int32_t ext_pick_any_cpu(struct ossim_ext *x, struct ossim_ext_task *task,
				       uint64_t flags)
{
	return x->host->pick_any_cpu(x, task, flags);
}

/* Claims an idle cpu: nobody else is told of it before it has been busy. */
static inline bool ext_test_and_clear_cpu_idle(struct ossim_ext *x, int32_t cpu)
{
	return x->host->test_and_clear_cpu_idle(x, cpu);
}

static inline bool ext_cpu_is_idle(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_is_idle(x, cpu);
}

static inline uint64_t ext_now(struct ossim_ext *x)
{
	return x->host->now(x);
}

static inline uint64_t ext_random(struct ossim_ext *x)
{
	return x->host->draw(x);
}

/* The op `timer` is called in @delay ns, on this cpu; @id is 0..7. A timer that is set moves. */
static inline void ext_timer_start(struct ossim_ext *x, uint32_t id, uint64_t delay)
{
	x->host->timer_start(x, id, delay);
}

static inline void ext_timer_cancel(struct ossim_ext *x, uint32_t id)
{
	x->host->timer_cancel(x, id);
}

static inline uint32_t ext_nr_cpus(struct ossim_ext *x)
{
	return x->host->nr_cpus(x);
}

static inline uint32_t ext_nr_nodes(struct ossim_ext *x)
{
	return x->host->nr_nodes(x);
}

/* The cpu that executes the op. */
static inline int32_t ext_this_cpu(struct ossim_ext *x)
{
	return x->host->this_cpu(x);
}

static inline bool ext_cpu_online(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_online(x, cpu);
}

/* Numbers of its core, last-level cache and NUMA node; -EINVAL if there is no such cpu. */
static inline int32_t ext_cpu_core(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_core(x, cpu);
}

static inline int32_t ext_cpu_llc(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_llc(x, cpu);
}

static inline int32_t ext_cpu_node(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_node(x, cpu);
}

/* Who runs there; NULL: nobody, or a kernel task that no scheduler is told of. */
static inline struct ossim_ext_task *ext_cpu_curr(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpu_curr(x, cpu);
}

static inline void *ext_task_data(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_data(x, task);
}

static inline uint32_t ext_task_pid(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_pid(x, task);
}

static inline const char *ext_task_comm(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_comm(x, task);
}

static inline bool ext_task_is_kthread(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_is_kthread(x, task);
}

static inline int32_t ext_task_cpu(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_cpu(x, task);
}

static inline bool ext_task_running(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_running(x, task);
}

static inline bool ext_task_allowed(struct ossim_ext *x, struct ossim_ext_task *task, int32_t cpu)
{
	return x->host->task_allowed(x, task, cpu);
}

/* On how many cpus it may run. */
static inline uint32_t ext_task_nr_cpus(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_nr_cpus(x, task);
}

static inline int32_t ext_task_nice(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_nice(x, task);
}

static inline uint32_t ext_task_weight(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_weight(x, task);
}

/* What it has run in its life. */
static inline uint64_t ext_task_runtime(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_runtime(x, task);
}

/* What is left of its slice. Set 0 in tick to end it. */
static inline uint64_t ext_task_slice(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_slice(x, task);
}

static inline void ext_task_set_slice(struct ossim_ext *x, struct ossim_ext_task *task,
				      uint64_t slice)
{
	x->host->task_set_slice(x, task, slice);
}

/* A number of the policy's, in whose order ext_insert_vtime() sorts. */
static inline uint64_t ext_task_vtime(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_vtime(x, task);
}

static inline void ext_task_set_vtime(struct ossim_ext *x, struct ossim_ext_task *task,
				      uint64_t vtime)
{
	x->host->task_set_vtime(x, task, vtime);
}

/* One of the policy's own options. */
static inline uint64_t ext_option(struct ossim_ext *x, const char *name)
{
	return x->host->option(x, name);
}

/* The default slice: 20 ms, or what the workload says under `ext: slice:`. */
static inline uint64_t ext_slice_dfl(struct ossim_ext *x)
{
	return x->host->slice_dfl(x);
}

/* The scheduler is at its wits' end: it is taken out, and all go on under the fair class. */
#define ext_error(x, ...) ((x)->host->error((x), __VA_ARGS__))
/* The same, but nothing is wrong. */
#define ext_exit(x, code, ...) ((x)->host->exit((x), (code), __VA_ARGS__))
/* From dump: a line of the report. */
#define ext_dump(x, ...) ((x)->host->dump((x), __VA_ARGS__))

/* Virtual times wrap around. */
static inline bool ext_time_before(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) < 0;
}

/* The task's cgroup; tasks of autogroups are in the root. */
static inline uint64_t ext_task_cgroup(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return x->host->task_cgroup(x, task);
}

/* 0: it is the root. */
static inline uint64_t ext_cgroup_parent(struct ossim_ext *x, uint64_t cgroup)
{
	return x->host->cgroup_parent(x, cgroup);
}

/* 1..10000, as cpu.weight has it. */
static inline uint32_t ext_cgroup_weight(struct ossim_ext *x, uint64_t cgroup)
{
	return x->host->cgroup_weight(x, cgroup);
}

/* How fast a cpu can be, is, and shall be, of EXT_CPUPERF_ONE: without effect, as cpus have one frequency. */
static inline uint32_t ext_cpuperf_cap(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpuperf_cap(x, cpu);
}

static inline uint32_t ext_cpuperf_cur(struct ossim_ext *x, int32_t cpu)
{
	return x->host->cpuperf_cur(x, cpu);
}

static inline void ext_cpuperf_set(struct ossim_ext *x, int32_t cpu, uint32_t perf)
{
	x->host->cpuperf_set(x, cpu, perf);
}

#endif
