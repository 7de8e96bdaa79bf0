/* SPDX-License-Identifier: MIT */
/*
 * The ext class from inside: what its files share, and how run/ loads a policy.
 *
 * Without a policy none of this exists: rq->ext and task->ext are NULL, and the core's only
 * question is rq->ext_on. Kernel: kernel/sched/ext.c of 6.12 and 6.18; reference: core-rt-dl-ext.md
 * 5. What a policy sees is policies/ext.h.
 *
 * A policy is never trusted: whatever it does is answered by a queue in which the task is safe and
 * by ext_fail(), which takes the policy out at the next chance.
 */
#ifndef OSSIM_CLASSES_EXT_H
#define OSSIM_CLASSES_EXT_H

#include "base/text.h"
#include "policies/ext.h"
#include "sched/sched.h"

/*
 * kernel/sched/ext.c: SCX_SLICE_DFL, SCX_DSP_DFL_MAX_BATCH, SCX_DSP_MAX_LOOPS, the watchdog's
 * limit.
 */
#define EXT_SLICE_DEFAULT (20 * MSEC)
enum {
	EXT_BATCH_DEFAULT = 32,
	EXT_BATCH_MAX = 4096,
	EXT_LOOPS_MAX = 32,
	EXT_TIMEOUT_MS_MAX = 30000
};
enum { EXT_PICKS_AT_ONCE_MAX = 100000 };
enum { EXT_TIMERS = 8, EXT_DSQ_BUCKETS = 64, EXT_MESSAGE_LEN = 1024, EXT_DUMP_LEN = 32768 };

#define EXT_DSQ_INVALID (1ULL << 63)
#define EXT_DSQ_BUILTIN (1ULL << 63)
/* Flags that a policy may not pass, and the one of them that is used: into the tree by vtime. */
#define EXT_ENQ_INTERNAL (0xffULL << 56)
#define EXT_ENQ_BY_VTIME (1ULL << 57)

struct ext;

/* A dispatch queue. `tasks` has all of it in order; those by vtime are in the tree, too. */
struct ext_dsq {
	u64 id;
	u32 nr;
	u32 index;         /* in ext->dsqs; a policy's own */
	struct list tasks; /* ext_entity.dsq_link */
	struct rb_tree by_vtime;
	struct rq *rq;      /* a local queue's; NULL for others */
	struct list bucket; /* in ext->buckets; a policy's own */
};

enum ext_task_state { EXT_TASK_NONE, EXT_TASK_INIT, EXT_TASK_READY, EXT_TASK_ENABLED };

/* What the ext class keeps of a task (the kernel's sched_ext_entity); the policy's bytes follow. */
struct ext_entity {
	struct task *task;
	struct ext *ext;
	u64 slice, vtime;
	struct ext_dsq *dsq;     /* the queue it is in; NULL: none */
	struct list dsq_link;    /* in it, or, if it is in none, in its rq's deferred list */
	struct rb_node dsq_node; /* in dsq->by_vtime if in_tree */
	bool in_tree;
	bool queued;      /* it counts as runnable on its rq */
	bool owned;       /* the policy keeps it: enqueued, not inserted anywhere */
	bool selected;    /* select_cpu was asked for the wakeup under way */
	u16 selected_cpu; /* and named this one */
	bool reset_runnable_at;
	bool disallow;  /* the policy does not want it to be of SCHED_EXT */
	u8 state;       /* enum ext_task_state */
	u32 weight;     /* 1..10000 */
	s32 sticky_cpu; /* its next enqueue, on this cpu, goes to the local queue; -1 */
	/* number of the enqueue op by which the policy came to keep it */
	u64 enqueued;
	/* where select_cpu or enqueue inserted it; EXT_DSQ_INVALID: nowhere */
	u64 direct_dsq;
	u64 direct_flags;
	struct list runnable_link; /* in ext_rq.runnable */
	u64 runnable_at;           /* jiffies */
	struct list all;           /* in ext->tasks */
	u32 index;                 /* in ext->entities */
};

/* The policy's task_size bytes come right behind, aligned for anything. */
enum { EXT_ENTITY_SIZE = (sizeof(struct ext_entity) + 15) / 16 * 16 };

/* What the ext class keeps of a cpu (the kernel's scx_rq). */
struct ext_rq {
	struct ext *ext;
	struct rq *rq;
	struct ext_dsq local;
	struct list runnable; /* runnable tasks that do not run, oldest first */
	struct list deferred; /* inserted into other cpus' local queues, not yet moved there */
	u32 nr_running;
	bool online; /* as the policy was told */
	bool bypassing;
	bool keep_prev; /* balance: go on with who ran */
	bool in_wakeup, in_balance;
	bool released; /* cpu_release was called, cpu_acquire not yet */
	u64 enq_flags; /* added to those of the enqueue under way */
	struct cpumask *kick, *kick_if_idle, *preempt, *wait; /* asked for from this cpu */
	/* irq works: as soon as the present operation is over */
	struct timer kick_work, deferred_work;
};

/* Who calls: what a function may be called from. */
enum ext_context {
	EXT_FROM_NOWHERE,
	EXT_FROM_SELECT_CPU,
	EXT_FROM_ENQUEUE,
	EXT_FROM_DISPATCH,
	EXT_FROM_RELEASE,
	EXT_FROM_UNLOCKED,
	EXT_FROM_REST
};

struct ext_insert {
	struct ext_entity *entity;
	u64 enqueued, dsq, flags;
};

struct ext_timer {
	struct timer timer;
	struct ext *ext;
	u32 id;
};

/* Counted for the result. */
struct ext_counts {
	u64 enqueues, dispatches, direct, moved, kept_last, kicks, bypassed;
};

/* How a policy came and went; for the result. */
struct ext_report {
	bool loaded; /* it ran */
	bool partial;
	u32 kind; /* enum ossim_ext_exit_kind; NONE: it is still there */
	s64 code;
	u64 loaded_at, left_at; /* ns */
	const char *name, *reason;
	const char *message, *dump; /* may be empty */
	struct ext_counts counts;
	struct ossim_ext_events events;
	bool has_events; /* the kernel counts them */
};

/* What a policy is run with. Strings outlive the sim. */
struct ext_config {
	const struct ossim_ext_policy *policy;
	u64 slice_ns;           /* 0: EXT_SLICE_DEFAULT */
	u64 timeout_ns;         /* 0: the policy's */
	bool partial;           /* as if the policy had said EXT_OPS_SWITCH_PARTIAL */
	u64 load_ns, unload_ns; /* unload_ns NEVER: not at all */
	u64 seed;
	const char *const *option_names; /* as the workload sets them */
	const u64 *option_values;
	u32 nr_options;
	/* Who a task is, in the words of users. */
	void (*identify)(void *arg, const struct task *task, u32 *pid, const char **comm);
	void *identify_arg;
};

struct ext {
	struct ossim_ext handle; /* first: what the policy holds */
	struct sched *sched;
	struct ossim_ext_policy ops;
	struct ext_config config;
	struct ext_rq *rqs;     /* by cpu */
	struct ext_dsq *global; /* by NUMA node */
	u64 slice_dfl;
	u64 nr_enqueues;
	u64 nr_rejected, hotplug_seq; /* as in sysfs: tasks disallowed; cpus that came or went */
	enum { EXT_OFF, EXT_ENABLING, EXT_ENABLED, EXT_DISABLING } state;
	bool builtin_idle, per_node, smt, several_llcs, several_nodes;
	u8 context; /* enum ext_context */

	/* The select_cpu or enqueue under way may insert this task, once. */
	struct ext_entity *direct;
	bool direct_done;

	/* The dispatch under way. */
	struct rq *dispatching;
	struct ext_insert *inserts;
	u32 nr_inserts, max_inserts, nr_dispatched;

	struct cpumask *idle_cpus, *idle_cores; /* cores: cpus all of whose siblings are idle */
	struct cpumask *found;                  /* scratch of searches */
	struct cpumask *shown;                  /* what a policy was shown last of a node */
	u64 bypass_since;                       /* ns */

	struct list buckets[EXT_DSQ_BUCKETS];
	struct list tasks; /* all, in order of creation */
	struct pool entities, dsqs;
	struct timer load_timer, unload_timer, eject_timer, watchdog;
	u64 timeout_jiffies, timeout_ns;
	struct ext_timer timers[EXT_TIMERS];
	u64 guarded_at; /* picks at this instant so far */
	u32 picks_at_once;
	u32 idle_fires; /* timer ops since a task was runnable */
	struct rng rng;
	u64 *options;   /* by the policy's own list */
	u32 nr_cgroups; /* that the policy was told of, the root first */
	bool dumping;
	struct text dump;
	struct ext_report report;
	char message[EXT_MESSAGE_LEN];
};

static inline struct ext *ext_of_handle(struct ossim_ext *x)
{
	return container_of(x, struct ext, handle);
}

static inline struct ossim_ext_task *ext_task_of(struct ext_entity *entity)
{
	return (struct ossim_ext_task *)entity;
}

static inline struct ext_entity *ext_entity_of(struct ossim_ext_task *task)
{
	return (struct ext_entity *)task;
}

static inline struct rq *ext_entity_rq(const struct ext_entity *entity)
{
	return task_rq(entity->ext->sched, entity->task);
}

/* Calls an op, if the policy has it, as @from. */
#define ext_call(ext, from, op, ...)                                  \
	do {                                                          \
		if ((ext)->ops.op) {                                  \
			u8 outer_context = (ext)->context;            \
			(ext)->context = (from);                      \
			(ext)->ops.op(&(ext)->handle, ##__VA_ARGS__); \
			(ext)->context = outer_context;               \
		}                                                     \
	} while (0)

/* The same for ops that answer: @value is what they say. */
#define ext_ask(ext, from, value, op, ...)                              \
	do {                                                            \
		u8 outer_context = (ext)->context;                      \
		(ext)->context = (from);                                \
		(value) = (ext)->ops.op(&(ext)->handle, ##__VA_ARGS__); \
		(ext)->context = outer_context;                         \
	} while (0)

/* ---- ext_load.c: for run/sim.c ---- */

/*
 * Before the first task exists: from now on each gets its entity. The policy is loaded at
 * config->load_ns: ext_start(), after the world has been set up, loads it at once or arms the
 * timer.
 */
struct ext *ext_new(struct sched *sched, struct arena *arena, const struct ext_config *config);
void ext_start(struct ext *ext);
/* The run has ended: the policy's exit is called, if it is still there. */
void ext_end(struct ext *ext);
void ext_free(struct ext *ext);
/* Valid until ext_free(). */
const struct ext_report *ext_report(struct ext *ext);

void ext_unload(struct ext *ext);

/* ---- ext_task.c ---- */

/* What the mechanism calls while an ext class is there. */
extern const struct sched_extender ext_extender;
/*
 * The policy is asked whether it takes the task, in a @fork or at its load. False: it has failed.
 */
must_check bool ext_init_task(struct ext_entity *entity, bool fork);
/* It is told that the task is there no more, and the entity goes. */
void ext_free_task(struct ext_entity *entity);
/* Gives the task's weight to its entity and to the policy. */
void ext_set_weight(struct ext_entity *entity);
/* The task comes under the policy; leaves it. */
void ext_enable_task(struct ext_entity *entity);
void ext_disable_task(struct ext_entity *entity);

/* ---- ext_watch.c ---- */

/*
 * The policy has come to its end: @kind and the message are kept if they are the first, and it is
 * taken out as soon as what is going on is over.
 */
printf_like(4, 5) void ext_fail(struct ext *ext, enum ossim_ext_exit_kind kind, s64 code,
				const char *fmt, ...);
const char *ext_exit_reason(enum ossim_ext_exit_kind kind);
/* "hog[1001]": @buf has room for EXT_NAME_LEN. */
enum { EXT_NAME_LEN = 40 };
const char *ext_task_text(const struct ext_entity *entity, char *buf);
printf_like(2, 3) void ext_dump_line(struct ext *ext, const char *fmt, ...);
/* What is said of the state of things when a policy is ejected. */
void ext_dump_state(struct ext *ext);
/* Somebody waits: the watchdog is on. */
void ext_watch(struct ext *ext);
void ext_watchdog_init(struct ext *ext);
/* "ops.WHAT said cpu 9" if there is no such cpu. */
bool ext_cpu_valid(struct ext *ext, s64 cpu, const char *what);

/* ---- ext_queue.c ---- */

void ext_dsq_init(struct ext_dsq *dsq, u64 id, struct rq *rq);
struct ext_dsq *ext_dsq_find(struct ext *ext, u64 id); /* a policy's own; NULL: there is none */
s32 ext_dsq_create(struct ext *ext, u64 id, s32 node);
void ext_dsq_destroy(struct ext *ext, u64 id);
struct ext_dsq *ext_dsq_global(struct ext_entity *entity);
/*
 * Any id, for a task that @rq enqueues or dispatches. A wrong one is an error, and the global
 * queue.
 */
struct ext_dsq *ext_dsq_for(struct rq *rq, u64 id, struct ext_entity *entity);
void ext_dsq_put(struct ext_dsq *dsq, struct ext_entity *entity, u64 flags);
/* Takes it out of whatever it is in, also of a deferred list. */
void ext_dsq_take(struct ext_entity *entity);
/* In ext_explain.c: sched_class.explain_pick. */
void ext_explain_pick(struct rq *rq, const struct task *next, struct decision *decision);

static inline struct ext_entity *ext_dsq_first(const struct ext_dsq *dsq)
{
	return dsq->nr ? list_first(&dsq->tasks, struct ext_entity, dsq_link) : NULL;
}

/* ---- ext_dispatch.c ---- */

void ext_clear_direct(struct ext_entity *entity);
/* From select_cpu and enqueue: the task goes to where the policy inserted it. */
void ext_direct_dispatch(struct rq *rq, struct ext_entity *entity, u64 flags);
/* What was inserted for other cpus goes there. */
void ext_run_deferred(struct rq *rq);
void ext_flush_inserts(struct ext *ext, struct rq *rq);
/* The first task of @dsq that may run on @rq goes to its local queue; false: there is none. */
bool ext_consume(struct rq *rq, struct ext_dsq *dsq);
bool ext_consume_global(struct rq *rq);
/* @entity, which is in a queue, goes to @dst. */
void ext_move(struct rq *rq, struct ext_entity *entity, struct ext_dsq *dst, u64 flags);

/* ---- ext.c ---- */

extern const struct sched_class ext_class;
/* update_curr_scx(): takes what @task has run off its slice. */
void ext_charge(struct rq *rq, struct task *task);
void ext_enqueue_policy(struct rq *rq, struct ext_entity *entity, u64 flags, s32 sticky_cpu);

/* ---- ext_balance.c ---- */

/*
 * sched_class.balance: is there a task for the cpu of @rq, or shall @prev go on (ext_rq.keep_prev)?
 */
bool ext_balance(struct rq *rq, struct task *prev);

/* ---- ext_idle.c ---- */

void ext_idle_reset(struct ext *ext);
/* @rq's cpu goes idle or leaves idle; !@changed: it was idle and stays so. */
void ext_idle_update(struct rq *rq, bool idle, bool changed);
s32 ext_pick_idle(struct ext *ext, const struct cpumask *allowed, u32 node, u64 flags);
bool ext_claim_idle(struct ext *ext, u32 cpu);
/* scx_select_cpu_dfl(): *found if the cpu is idle and claimed. */
u32 ext_select_default(struct ext_entity *entity, u32 prev_cpu, u64 wake_flags, bool *found);
/* The same among @allowed, with EXT_PICK_*; -EBUSY. */
s32 ext_select_among(struct ext *ext, const struct cpumask *allowed, u32 prev_cpu, u64 wake_flags,
		     u64 flags);

/* ---- ext_kick.c ---- */

void ext_kick_init(struct ext_rq *erq, struct arena *arena);
void ext_kick(struct ext *ext, s32 cpu, u64 flags);

/* ---- ext_timer.c ---- */

void ext_timers_init(struct ext *ext);
void ext_timer_arm(struct ext *ext, u32 id, u64 delay);

/* ---- ext_host.c ---- */

extern const struct ossim_ext_host ext_host;

/* ---- ext_cgroup.c ---- */

bool ext_cgroups_init(struct ext *ext);
void ext_cgroups_exit(struct ext *ext);
bool ext_cgroup_prep_move(struct sched *sched, struct task *task, const struct task_group *to);
void ext_cgroup_move(struct sched *sched, struct task *task, const struct task_group *from,
		     const struct task_group *to);
void ext_cgroup_cancel_move(struct sched *sched, struct task *task, const struct task_group *to);
void ext_cgroup_written(struct sched *sched, const struct task_group *group, u32 old_shares,
			const struct group_change *change);
u64 ext_host_task_cgroup(struct ossim_ext *x, struct ossim_ext_task *task);
u64 ext_host_cgroup_parent(struct ossim_ext *x, u64 cgroup);
u32 ext_host_cgroup_weight(struct ossim_ext *x, u64 cgroup);

#endif
