/* SPDX-License-Identifier: MIT */
/*
 * What shall happen: the only thing that inputs produce and the simulator reads. Built by one
 * builder, then const for ever; it lives in its arena.
 */
#ifndef OSSIM_MODEL_WORKLOAD_H
#define OSSIM_MODEL_WORKLOAD_H

#include "base/arena.h"
#include "base/bitset.h"
#include "base/diag.h"
#include "model/dist.h"
#include "model/kernel.h"
#include "model/platform.h"
#include "model/program.h"
#include "model/resources.h"

enum { COMM_LEN = 16 }; /* with NUL, as in the kernel */
enum { SPEC_NONE = UINT32_MAX };

/* How a task of the workload comes to be. */
enum { CPU_FIRST = UINT32_MAX };

enum task_birth {
	BIRTH_FORKED, /* forked by init at its start time: placed as a new task */
	BIRTH_WOKEN,  /* existed before, asleep, with no lag and no history: placed as woken */
};

/* The root group, in which everything is that is in no other; and: in the group of its parent. */
enum { GROUP_ROOT = UINT32_MAX - 1, GROUP_INHERITED = UINT32_MAX };

#define GROUP_NO_QUOTA UINT64_MAX

/* A group of tasks (a cpu cgroup), which shares its parent's time with its siblings. */
/* cpu.rt_period_us as it is when a group is made: def_rt_bandwidth. */
#define GROUP_RT_PERIOD (1 * SEC)

struct group_spec {
	const char *name;
	struct loc loc;
	u32 parent;   /* an index below its own, or GROUP_ROOT */
	u32 shares;   /* weight beside siblings: 1024 is a task of nice 0, and cpu.weight 100 */
	bool idle;    /* cpu.idle: below all that is not idle; shares are 3 */
	u64 quota_ns; /* per period over all cpus; GROUP_NO_QUOTA */
	u64 period_ns;
	u64 burst_ns;     /* of unused quota that may be kept for later */
	u32 pids_max;     /* tasks in it and below; 0: any number */
	bool gets_quota;  /* from a set_group, in mid-run */
	bool quota_of_v1; /* no ratio above its parent's */
	/* of its rt tasks, with RT_GROUP_SCHED; given as 0, the period is GROUP_RT_PERIOD */
	u64 rt_runtime_ns, rt_period_ns;
};

/* to_ratio(): parts of 2^20. */
static inline u64 group_quota_ratio(u64 quota_ns, u64 period_ns)
{
	return (quota_ns << 20) / period_ns;
}

/* Numbers that clone3() asks for, the deepest pid namespace's first. */
enum { SET_TID_MAX = 32, SET_TID_HIGHEST = 4194303 };
struct set_tid {
	u32 nr;
	u32 tid[SET_TID_MAX];
};

/*
 * What a set_group writes into a group's files: GROUP_SETS_* of the members; the rest stays as it
 * is.
 */
enum {
	GROUP_SETS_SHARES = 1,
	GROUP_SETS_QUOTA = 2,
	GROUP_SETS_PERIOD = 4,
	GROUP_SETS_BURST = 8,
	GROUP_SETS_IDLE = 16,
	GROUP_SETS_FREEZE = 64,
	GROUP_SETS_FREEZER = 128,
	GROUP_QUOTA_OF_V1 = 32, /* as of quota_of_v1 of a group_spec */
	GROUP_SETS_RT_RUNTIME = 256,
	GROUP_SETS_RT_PERIOD = 512,
};

struct group_change {
	u32 group, what;
	u32 shares;
	bool idle, freeze, freezer; /* cgroup.freeze; freezer.state of cgroup v1 */
	u64 quota_ns, period_ns, burst_ns, rt_runtime_ns, rt_period_ns; /* as in a group_spec */
};

/* What memory a program has, in pages; all 0: not said. */
struct memory_spec {
	u64 pages;    /* mapped */
	u64 resident; /* of those: there from the beginning */
	/* beside them: of the program, of libraries; there, as they are in the page cache */
	u64 files;
	u32 vmas;
};

/* A limit of a process (setrlimit), in ns; soft 0: not said, that of its parent. */
struct rlimit_spec {
	u64 soft, hard; /* NEVER: unlimited */
};

struct task_spec {
	const char *name; /* as written */
	const char *comm; /* NULL: name. Tasks bear it, or commN, cut to 15 characters */
	struct loc loc;
	u32 count;        /* instances; their comms are NAME0, NAME1, ... if count > 1 */
	bool is_template; /* not started; forked by others. Its children bear its name */
	u8 birth;         /* enum task_birth */
	struct sched_attr attr;
	const struct cpumask *affinity; /* NULL: all cpus */
	/* BIRTH_WOKEN: where it slept, one that it may use; CPU_FIRST: the first of these */
	u32 cpu;
	/* BIRTH_WOKEN, fair: its virtual time is so much behind its queue's when it is woken */
	u64 lag_ns;
	u64 start_ns;
	u64 start_step_ns; /* instance i starts at start_ns + i * start_step_ns */
	/* spec whose first instance leads its process (never itself a thread), or SPEC_NONE */
	u32 thread_of;
	u64 timer_slack_ns;        /* UINT64_MAX: the kernel's default */
	u32 program;               /* index */
	u32 group;                 /* where it begins: an index, GROUP_ROOT or GROUP_INHERITED */
	struct memory_spec memory; /* when it starts by itself, or is executed */
	struct rlimit_spec limit_rttime, limit_cpu;
	u32 limit_nproc;      /* tasks of its user; 0: as its parent has it */
	u32 limit_sigpending; /* queued signals of its user, + 1; 0: as its parent has it */
	u32 user;             /* 1: root, 2...: others; 0: its parent's */
	bool session;         /* it begins as the leader of a session of its own (setsid) */
	bool kthread;         /* a kernel thread: a child of kthreadd, without an address space */
};

static inline bool task_spec_has_rlimits(const struct task_spec *spec)
{
	return spec->limit_rttime.soft || spec->limit_cpu.soft || spec->limit_nproc ||
	       spec->limit_sigpending;
}

static inline const char *task_spec_comm(const struct task_spec *spec)
{
	return spec->comm ? spec->comm : spec->name;
}

/* A mutex's protocol: what holding it does to the holder's priority; and what it minds. */
enum mutex_kind { MUTEX_NORMAL, MUTEX_PI, MUTEX_PROTECT };
enum mutex_type { MUTEX_PLAIN, MUTEX_ERRORCHECK, MUTEX_RECURSIVE };

struct mutex_spec {
	const char *name;
	u8 kind;     /* enum mutex_kind */
	u8 type;     /* enum mutex_type */
	u8 ceiling;  /* MUTEX_PROTECT: the rt priority of who holds it */
	bool robust; /* survives the death of its holder */
};

struct barrier_spec {
	const char *name;
	u32 parties;
};

struct semaphore_spec {
	const char *name;
	u64 value;
};

struct pipe_spec {
	const char *name;
	u64 capacity; /* bytes; default 65536 */
	bool eof;     /* its ends close with their last holders */
	bool fifo;    /* they are opened by name; then `eof`, too */
};

struct cond_spec {
	const char *name;
};

struct wait_queue_spec {
	const char *name;
};

struct rwlock_spec {
	const char *name;
};

/*
 * A network device. Packets come by themselves (if it @receives), wait in its ring until the
 * softirq polls them, and then in a queue until they are read. Up to @depth that are sent are in
 * it, one at a time on the wire.
 */
struct netdev_spec {
	const char *name;
	u32 irq_cpu;
	u32 ring, queue, depth; /* packets */
	bool receives;
	u64 clean_ns;       /* what it takes to free one that was sent */
	struct dist every;  /* from one packet to the next */
	struct dist irq;    /* the interrupt's own time */
	struct dist packet; /* what the softirq takes for one */
	struct dist wire;   /* how long one that is sent takes */
	/* 1 + at whom a packet asks for a connection; 0: packets are read */
	u32 listener;
	u32 request; /* bytes that the client has sent with that */
};

struct kernel_lock_spec {
	const char *name;
};

struct futex_spec {
	const char *name;
	u32 value;
};

/* FUTEX_WAKE_OP: what becomes of the word, and what its old value is compared for. */
enum futex_change {
	FUTEX_CHANGE_SET,
	FUTEX_CHANGE_ADD,
	FUTEX_CHANGE_OR,
	FUTEX_CHANGE_ANDN,
	FUTEX_CHANGE_XOR,
	NR_FUTEX_CHANGES
};
enum futex_relation {
	FUTEX_IS_EQ,
	FUTEX_IS_NE,
	FUTEX_IS_LT,
	FUTEX_IS_LE,
	FUTEX_IS_GT,
	FUTEX_IS_GE,
	NR_FUTEX_RELATIONS
};
extern const char *const futex_change_names[NR_FUTEX_CHANGES];
extern const char *const futex_relation_names[NR_FUTEX_RELATIONS];

/* What a futex op is called with; each uses some of it. */
struct futex_call {
	u32 value;           /* the word must have it (or, of FUTEX_SET, has it from now on) */
	u32 bitset;          /* bits in common make a wake match */
	u32 wake;            /* at most so many */
	u32 requeue;         /* and then so many go to: */
	u32 to;              /* FUTEX_WAITV: the word itself */
	bool compare;        /* FUTEX_REQUEUE: look at the value */
	u8 change, relation; /* FUTEX_WAKE_OP: of the word `to`, by `value`, for: */
	s32 with;
	u64 timeout_ns; /* 0: none */
};

struct eventfd_spec {
	const char *name;
	u64 value;
	bool semaphore; /* a read takes 1, not all */
};

struct timerfd_spec {
	const char *name;
};

/* A name by which each process may have a timer of its own (timer_create). */
struct timer_spec {
	const char *name;
};

/* What a timer is armed with; 0 ns: disarmed. Without interval it expires once. */
struct timer_setting {
	u64 value, interval;
};

enum socket_kind {
	SOCKET_STREAM,
	SOCKET_DATAGRAM,
	/* datagrams, from many at end 0 to who receives at end 1 and answers nobody */
	SOCKET_MAILBOX,
};

enum { LISTENER_SOCKETS_MOST = 4096 };

/* A listening socket. */
struct listener_spec {
	const char *name;
	u32 backlog; /* one more connection waits before a connect does */
	u64 sndbuf;  /* of each end of a connection */
	u32 sockets; /* that share the address (SO_REUSEPORT); 1: it is one like others */
};

/* What comes from a keyboard: a line of text, ^C, ^\\, ^Z, ^D, the end of the connection. */
enum tty_key { TTY_LINE, TTY_INTR, TTY_QUIT, TTY_SUSP, TTY_EOF, TTY_HANGUP, NR_TTY_KEYS };

struct tty_event {
	u64 at_ns;
	u32 bytes; /* of a line */
	u8 key;    /* enum tty_key */
};

struct tty_spec {
	const char *name;
	bool tostop;                    /* who writes in the background is stopped, too */
	const struct tty_event *events; /* by time */
	u32 nr_events;
};

struct signalfd_spec {
	const char *name;
	u64 signals; /* SIGSET(...) of those that are read from it */
};

struct socket_spec {
	const char *name;
	u64 sndbuf; /* what may be under way from each end, with its overhead */
	bool eof;   /* its ends close with their last holders */
	u8 kind;    /* enum socket_kind */
};

struct sem_set_spec {
	const char *name;
	const s32 *values; /* the first ones; NULL: not declared */
	u32 nr;
};

/* One operation of a semop: adds, or waits until there is enough to take, or (0) for a zero. */
struct sem_op {
	u16 sem;
	bool undo; /* at the end of the process */
	s32 add;
};

struct sem_call {
	u32 first, nr;  /* of the workload's sem_ops */
	u64 timeout_ns; /* 0: none */
};

struct ksem_spec {
	const char *name;
	u64 value;
};

struct shm_spec {
	const char *name;
	u64 pages;
};

struct msg_queue_spec {
	const char *name;
	u64 bytes; /* that fit, and messages */
};

struct mqueue_spec {
	const char *name;
	u32 most; /* messages */
};

struct epoll_spec {
	const char *name;
	bool private; /* each process that uses it has one of its own */
};

enum { DEVICE_PARTS_MAX = 2 };
enum { IRQ_CPU_SUBMITTER = UINT32_MAX };

/*
 * A block device. Up to @depth requests are in it, @parallel of them served at a time, in order of
 * arrival; who comes then sleeps until there is room.
 */
struct device_spec {
	const char *name;
	u32 depth, parallel;
	u32 irq_cpu;                        /* whom a completion interrupts, or IRQ_CPU_SUBMITTER */
	struct dist part[DEVICE_PARTS_MAX]; /* service takes the sum of these draws, ns */
	u32 nr_parts;
};

/* One promise of the expect section; evaluated by report/expect.c. */
enum expect_op { EXPECT_EQ, EXPECT_NE, EXPECT_LT, EXPECT_LE, EXPECT_GT, EXPECT_GE, EXPECT_NEAR };

enum { EXPECT_IN_TIME = 1, EXPECT_IN_PERCENT = 2 };

struct expectation {
	struct loc loc;
	/* into the result: "tasks.hog.cpu_ns", "cpus.0.switches", "total.wakeups" */
	const char *path;
	enum expect_op op;
	s64 value;        /* ns, counts, ppm: the unit of the metric */
	u64 tolerance;    /* EXPECT_NEAR: |x - value| <= tolerance */
	u8 units;         /* EXPECT_IN_* as written: the metric must have that unit */
	const char *text; /* as written, for messages */
};

/* One of a policy's own options. */
struct ext_option {
	const char *name;
	struct loc loc;
	u64 value; /* times in ns */
};

/* The ext scheduler, a policy from outside; `policy` NULL: none. */
struct ext_spec {
	const char *policy; /* as written: a name, or a shared object's path */
	const char *path;   /* of the shared object, as seen from here; NULL: built in */
	struct loc loc;
	bool partial;           /* only tasks of policy `ext` are handed over */
	u64 slice_ns;           /* the default slice; 0: the kernel's */
	u64 timeout_ns;         /* the watchdog's; 0: the policy's */
	u64 load_ns, unload_ns; /* unload_ns NEVER: it stays */
	const struct ext_option *options;
	u32 nr_options;
};

/*
 * At @at something is written to the scheduler's files: a knob, or (NR_KNOBS) a feature, by its
 * bit; value: on.
 */
struct sched_write {
	u64 at, value;
	u16 knob, feature;
};

/* At @at the machine's administrator begins to take @cpu offline, or to bring it back. */
struct cpu_event {
	u64 at; /* ns */
	u32 cpu;
	bool online;
};

/* Interrupts that come by themselves, on each of @cpus for itself. ns. */
struct irq_spec {
	const char *name;
	const struct cpumask *cpus;
	bool has_first;
	struct dist first;   /* when the first comes; as @every if not told */
	struct dist every;   /* from one to the next */
	struct dist time;    /* the interrupt's own */
	struct dist softirq; /* the work that it leaves to a softirq */
};

/* What machine it is for. */
enum workload_model { MODEL_LINUX, MODEL_XV6, NR_WORKLOAD_MODELS };
extern const char *const workload_model_names[NR_WORKLOAD_MODELS];

struct workload {
	u8 model;          /* enum workload_model */
	const char *name;  /* the file's base name */
	const char *title; /* free text, may be NULL */
	struct platform platform;
	struct kernel kernel; /* the row with scaled knobs and the scenario's overrides */
	u64 seed;
	u64 duration_ns;                        /* NEVER: until no task is left */
	const struct sched_write *sched_writes; /* by time */
	u32 nr_sched_writes;
	const struct cpu_event *cpu_events; /* by time, each a change for its cpu; cpu 0 stays */
	u32 nr_cpu_events;
	const struct irq_spec *irqs;
	u32 nr_irqs;

	struct ext_spec ext;

	const struct task_spec *tasks;
	u32 nr_tasks;
	const struct program *programs;
	u32 nr_programs;
	const struct dist *dists;
	u32 nr_dists;
	const struct group_spec *groups; /* parents before children */
	u32 nr_groups;
	u32 nr_users; /* besides root */
	/* An array and its length for each kind of resource: mutexes, nr_mutexes, ... */
#define X(name, member, spec, word, ...) \
	const struct spec *member;       \
	u32 nr_##member;
	RESOURCES(X)
#undef X
	const struct set_tid *set_tids;
	u32 nr_set_tids;
	const struct futex_call *futex_calls;
	u32 nr_futex_calls;
	const struct op_watch *polled; /* what polls look at */
	u32 nr_polled;
	const struct sem_call *sem_calls;
	u32 nr_sem_calls;
	const struct sem_op *sem_ops;
	u32 nr_sem_ops;
	const struct timer_setting *timer_settings;
	u32 nr_timer_settings;
	const struct cpumask *const *masks;
	u32 nr_masks;
	const struct sched_attr *attrs;
	u32 nr_attrs;
	const struct group_change *group_changes;
	u32 nr_group_changes;
	const char *const *texts;
	u32 nr_texts;
	const struct expectation *expects;
	u32 nr_expects;

	u64 digest; /* workload_digest() of it, put in by builder_finish() */
};

/*
 * XXH3 of everything that can change a run, in a fixed little-endian encoding. Titles, promises,
 * places in the input and names of resources are left out.
 */
u64 workload_digest(const struct workload *workload);

#endif
