/* SPDX-License-Identifier: MIT */
/*
 * What was decided, and why: the scheduler's own words for `ossim explain`.
 *
 * Records tell what happened; a decision tells by which rule, among whom. It is plain data: tasks
 * are task ids as in record.h, times are simulated ns, virtual times are the kernel's u64 (they
 * wrap, and are compared by signed difference). Decisions come in the order in which they are made,
 * each at the moment of the record it leads to or before it. Nobody is told them but a sink that
 * was asked for, and no record, digest or choice depends on one.
 */
#ifndef OSSIM_TRACE_DECISION_H
#define OSSIM_TRACE_DECISION_H

#include "base/types.h"

struct cpumask;

/*
 * kind, and what is meant by         task              other            rule of group
 * PICK     who runs next             next              prev             PICK_*
 * DELAY    a dequeue is put off      who sleeps        -                DELAY_*
 * PREEMPT  shall it run at once      who woke or came  who runs         PREEMPT_*
 * RESCHED  need_resched is set       who runs          -                RESCHED_*
 * SELECT   a cpu for a waking task   who wakes         waker            SELECT_*
 * BALANCE  does a cpu pull work      who was pulled    -                BALANCE_*
 * THROTTLE runnable tasks are put    whom; NO: all     -                THROTTLE_*
 *          off, or no longer         that the rule is about on the cpu
 */
/* clang-format off */
#define DECISION_KINDS(X) \
	X(PICK, "pick") \
	X(DELAY, "delay") \
	X(PREEMPT, "preempt") \
	X(RESCHED, "resched") \
	X(SELECT, "select") \
	X(BALANCE, "balance") \
	X(THROTTLE, "throttle")
/* clang-format on */

enum decision_kind {
#define X(kind, name) DECISION_##kind,
	DECISION_KINDS(X)
#undef X
	NR_DECISION_KINDS
};

/* X(symbol, "name in documents", "the rule as a clause after the chosen one's name") */
/* clang-format off */
#define DECISION_RULES(X) \
	X(NONE, "none", "") \
	/* PICK, any class */ \
	X(PICK_IDLE, "idle", "nothing is runnable on this cpu") \
	X(PICK_CORE, "core", "by the cookie of the strongest task of the core, for all its threads") \
	X(PICK_FORCED_IDLE, "forced-idle", "who waits here does not have the cookie that the core runs") \
	X(PICK_STOP, "stop-class", "the stop class comes before all others") \
	X(PICK_ONLY, "only-one", "nobody else is queued") \
	X(PICK_CLASS, "class-order", "its class comes first, and the class chose it") \
	/* PICK, EEVDF (fair.md 3.7) */ \
	X(PICK_NEXT_BUDDY, "next-buddy", "next buddy, and eligible") \
	X(PICK_PROTECTED, "run-to-parity", "RUN_TO_PARITY: eligible and still protected") \
	X(PICK_EARLIEST, "earliest-eligible-deadline", "earliest eligible deadline") \
	X(PICK_FIFO_TIE, "deadline-tie-fifo", "earliest eligible deadline; of equal ones the first queued") \
	X(PICK_TREE_TIE, "deadline-tie-tree", "earliest eligible deadline; of equal ones who waits beats who runs") \
	X(PICK_CURR_EARLIEST, "current-earliest", "goes on: earliest eligible deadline") \
	X(PICK_CURR_ELIGIBLE, "current-eligible", "goes on: nobody who waits is eligible") \
	/* PICK, CFS (fair.md 2.8) */ \
	X(PICK_LEFTMOST, "left-most", "least vruntime (left-most)") \
	X(PICK_LEFTMOST_TIE, "left-most-tie-fifo", "least vruntime (left-most); of equal ones the first queued") \
	X(PICK_CURR_LEAST, "current-least", "goes on: its vruntime is the least") \
	X(PICK_CFS_NEXT, "next-buddy-cfs", "next buddy, and the left-most is not too far behind") \
	X(PICK_CFS_LAST, "last-buddy", "last buddy, and the left-most is not too far behind") \
	X(PICK_CFS_SKIP, "skip-buddy", "second to the left-most, which yielded") \
	/* PICK, the other classes */ \
	X(PICK_RT, "rt-priority", "highest rt priority, first of its list") \
	X(PICK_DEADLINE, "earliest-deadline", "earliest deadline (EDF) among those with budget") \
	X(PICK_EXT_LOCAL, "local-queue", "first of the cpu's local dispatch queue") \
	X(PICK_EXT_KEPT, "kept", "goes on: the policy dispatched nobody else") \
	/* DELAY (fair.md 3.10) */ \
	X(DELAY_BEGINS, "delayed", "sleeps in debt: it stays queued until virtual time has passed it") \
	X(DELAY_DONE, "delayed-done", "was picked while it sleeps: its debt is paid and it leaves; the pick starts again") \
	X(DELAY_WOKEN, "delayed-woken", "woke before its debt was paid: it stays on its cpu") \
	/* PREEMPT, any class */ \
	X(PREEMPT_HIGHER_CLASS, "higher-class", "its class is higher") \
	X(PREEMPT_LOWER_CLASS, "lower-class", "its class is lower") \
	X(PREEMPT_SELF, "itself", "it is the running task itself") \
	X(PREEMPT_DUE, "already-due", "a reschedule is due already") \
	X(PREEMPT_CLASS, "by-class", "as its class weighs them") \
	/* PREEMPT, fair (fair.md 2.7, 3.11) */ \
	X(PREEMPT_OFF, "no-wakeup-preemption", "NO_WAKEUP_PREEMPTION") \
	X(PREEMPT_CURR_IDLE, "current-is-idle-policy", "SCHED_IDLE gives way to any other policy") \
	X(PREEMPT_POLICY, "policy-never", "SCHED_BATCH and SCHED_IDLE do not preempt") \
	X(PREEMPT_FORK, "fork-never", "a new task does not preempt") \
	X(PREEMPT_DELAYED, "delayed-never", "a task woken out of a delayed dequeue does not preempt") \
	X(PREEMPT_SHORT, "preempt-short", "PREEMPT_SHORT: its slice is shorter, and it would be picked") \
	X(PREEMPT_LEAVING, "current-leaves", "who runs is leaving") \
	X(PREEMPT_CURR_INELIGIBLE, "current-ineligible", "it is eligible and who runs is not") \
	X(PREEMPT_EARLIER, "earlier-deadline", "both are eligible and its deadline is earlier") \
	X(PREEMPT_TIE, "deadline-tie", "both are eligible and it wins a tie of deadlines") \
	X(PREEMPT_BUDDY, "buddy", "it is the next buddy") \
	X(PREEMPT_PROTECTED, "run-to-parity-holds", "RUN_TO_PARITY: who runs is eligible and still protected") \
	X(PREEMPT_NOT_ELIGIBLE, "not-eligible", "it is not eligible: it has had more than its share") \
	X(PREEMPT_LATER, "later-deadline", "who runs is eligible and has the earlier deadline") \
	X(PREEMPT_OTHER, "another-first", "another one that waits would be picked before it") \
	X(PREEMPT_SYNC, "sync", "a sync wakeup: the waker had its time") \
	X(PREEMPT_SYNC_STAYS, "sync-stays", "a sync wakeup: the waker is about to sleep") \
	X(PREEMPT_LEAD, "vruntime-lead", "its vruntime is behind by more than the wakeup granularity") \
	X(PREEMPT_LEAD_SMALL, "vruntime-lead-small", "its vruntime is behind by less than the wakeup granularity") \
	X(PREEMPT_AHEAD, "vruntime-ahead", "its vruntime is not behind") \
	/* PREEMPT, rt */ \
	X(PREEMPT_PRIO, "rt-priority-higher", "its rt priority is higher") \
	X(PREEMPT_PRIO_NOT, "rt-priority-not-higher", "its rt priority is not higher") \
	X(PREEMPT_PRIO_EQUAL, "rt-priority-equal", "of equal priority, and who runs can go elsewhere") \
	/* PREEMPT, deadline */ \
	X(PREEMPT_DEADLINE, "deadline-earlier", "its absolute deadline is earlier") \
	X(PREEMPT_DEADLINE_NOT, "deadline-not-earlier", "its absolute deadline is not earlier") \
	X(PREEMPT_DEADLINE_EQUAL, "deadline-equal", "of equal deadlines, and who runs can go elsewhere") \
	/* PREEMPT, ext */ \
	X(PREEMPT_EXT, "ext-never", "a wakeup does not preempt by itself: the policy kicks") \
	/* RESCHED */ \
	X(RESCHED_ASKED, "asked", "somebody asked for it") \
	X(RESCHED_WAKEUP, "wakeup", "a task that woke or came here shall run") \
	X(RESCHED_REQUEST, "request-consumed", "its request is used up: vruntime has reached the deadline") \
	X(RESCHED_UNPROTECTED, "protection-ended", "its protection has ended") \
	X(RESCHED_SLICE, "slice-used", "at a tick it had run for more than its slice") \
	X(RESCHED_LEAD, "vruntime-too-far", "at a tick its vruntime was ahead of the left-most by more than a slice") \
	X(RESCHED_EXT_SLICE, "ext-slice-used", "the slice that its policy gave it is used up") \
	X(RESCHED_EXT_KICK, "ext-kick", "the policy kicked the cpu") \
	X(RESCHED_EXT_PREEMPT, "ext-preempt", "the policy inserted a task that shall preempt") \
	X(RESCHED_EXT_BYPASS, "ext-bypass", "the policy is loaded, or taken out") \
	X(RESCHED_RR_SLICE, "rr-slice-used", "its round-robin slice is used up") \
	X(RESCHED_RT_LIMIT, "rt-throttled", "the cpu's rt tasks have used up sched_rt_runtime_us") \
	X(RESCHED_BUDGET, "budget-used", "its budget is used up, or given away") \
	X(RESCHED_REPLENISHED, "replenished", "a deadline task, or the fair server, has a budget again") \
	X(RESCHED_SERVER, "server", "the fair server has begun to count as a deadline task") \
	X(RESCHED_QUOTA, "quota-used", "its group's quota is used up") \
	X(RESCHED_UNTHROTTLED, "unthrottled", "tasks that were throttled may run again") \
	X(RESCHED_CHANGED, "changed", "its priority, class or deadline has changed, or that of one that waits") \
	X(RESCHED_GROUP, "group-changed", "it is in another group now") \
	X(RESCHED_CHILD_FIRST, "child-first", "its child shall run before it (sched_child_runs_first)") \
	X(RESCHED_CORE, "core", "the threads of its core have to run tasks of one cookie") \
	/* SELECT (fair.md 5) */ \
	X(SELECT_ONLY, "only-cpu", "no other cpu is allowed") \
	X(SELECT_CURRENT, "current-cpu", "the wakeup asked for the waker's cpu") \
	X(SELECT_TARGET_IDLE, "target-idle", "the target is free") \
	X(SELECT_PREV_IDLE, "previous-idle", "its previous cpu is free and shares the cache") \
	X(SELECT_KTHREAD, "per-cpu-kthread", "a per-cpu kernel thread woke it where it ran before") \
	X(SELECT_RECENT_IDLE, "recent-idle", "a cpu it used recently is free and shares the cache") \
	X(SELECT_SIBLING, "smt-sibling", "a sibling of its previous cpu is free") \
	X(SELECT_IDLE_CORE, "idle-core", "the search found an idle core") \
	X(SELECT_SCAN, "idle-search", "the search of the cache found a free cpu") \
	X(SELECT_NO_IDLE, "no-idle-found", "no free cpu was found: the target itself") \
	X(SELECT_NOT_SEARCHED, "not-searched", "the cache is too busy to be searched (SIS_UTIL): the target itself") \
	X(SELECT_IDLEST, "idlest", "the idlest cpu of the idlest group (fork and exec)") \
	X(SELECT_KEPT, "kept", "no domain asks for another cpu") \
	X(SELECT_CLASS, "by-class", "as its class searches") \
	X(SELECT_FALLBACK, "fallback", "what was chosen is not allowed: the first that is") \
	X(SELECT_PACKED, "packed", "the cpu where it was woken or born has room (PACK_VCPUS)") \
	/* SELECT: how the target was found (fair.md 5.2) */ \
	X(AFFINE_SAME, "same-cpu", "the waker runs where the task ran before") \
	X(AFFINE_WIDE, "wake-wide", "waker and wakee have too many partners: its previous cpu") \
	X(AFFINE_NOT_ALLOWED, "waker-not-allowed", "the waker's cpu is not allowed: its previous cpu") \
	X(AFFINE_NO_DOMAIN, "no-domain", "no domain spans both cpus: its previous cpu") \
	X(AFFINE_IDLE_THIS, "wa-idle-this", "WA_IDLE: the waker's cpu is idle and shares the cache") \
	X(AFFINE_IDLE_PREV, "wa-idle-previous", "WA_IDLE: its previous cpu is idle") \
	X(AFFINE_SYNC, "wa-idle-sync", "WA_IDLE: the waker is alone on its cpu and about to sleep") \
	X(AFFINE_UNDECIDED, "undecided", "nothing speaks for the waker's cpu: its previous cpu") \
	X(AFFINE_WEIGHT_THIS, "wa-weight-this", "WA_WEIGHT: the waker's cpu would have the smaller load") \
	X(AFFINE_WEIGHT_PREV, "wa-weight-previous", "WA_WEIGHT: its previous cpu has the smaller load") \
	/* THROTTLE */ \
	X(THROTTLE_RT, "rt-throttling", "rt tasks have used up what they may of the period on this cpu") \
	X(THROTTLE_DEADLINE, "deadline-budget", "its budget is used up or given away until the next period") \
	X(THROTTLE_RT_GROUP, "rt-group", "its group has used up its RT runtime (cpu.rt_runtime_us)") \
	X(THROTTLE_GROUP, "group-quota", "its group has used up its quota (cpu.max)") \
	/* BALANCE (fair.md 6) */ \
	X(BALANCE_MOVED, "moved", "tasks were pulled") \
	X(BALANCE_NOT_OVERLOADED, "nobody-overloaded", "no cpu has two runnable tasks") \
	X(BALANCE_SHORT_IDLE, "idle-too-short", "its idle times are shorter than a search takes") \
	X(BALANCE_DICE, "dice", "NI_RANDOM: the level is rarely worth a search, and the dice said no") \
	X(BALANCE_NOT_ITS_TURN, "not-its-turn", "another cpu of the group balances for it") \
	X(BALANCE_SERIALIZED, "serialized", "another cpu balances this level") \
	X(BALANCE_NO_BUSIEST, "no-busiest", "no other group has a task to give") \
	X(BALANCE_LOCAL_BUSIER, "local-busier", "its own group is of a busier kind") \
	X(BALANCE_LOCAL_LOADED, "local-loaded", "its own group has no less load than it may") \
	X(BALANCE_NOT_OVERLOADED_BUSY, "busy-cpu-spreads-nothing", "it is busy, and no group is overloaded") \
	X(BALANCE_IDLE_ENOUGH, "as-many-idle", "the other group has as many idle cpus") \
	X(BALANCE_LAST_TASK, "one-task", "the busiest group has one task, which runs") \
	X(BALANCE_ZERO, "no-imbalance", "the imbalance comes out as zero") \
	X(BALANCE_NO_QUEUE, "no-queue", "no cpu of the busiest group has a task that fits") \
	X(BALANCE_NOTHING_FIT, "nothing-may-go", "no task of the busiest cpu may go") \
	X(BALANCE_PINNED, "pinned", "no task of the busiest cpu is allowed here") \
	X(BALANCE_ACTIVE, "active", "the stopper shall push the running task")
/* clang-format on */

enum decision_rule {
#define X(symbol, name, text) RULE_##symbol,
	DECISION_RULES(X)
#undef X
	NR_DECISION_RULES
};

extern const char *const decision_kind_names[NR_DECISION_KINDS];
extern const char *const decision_rule_names[NR_DECISION_RULES];
extern const char *const decision_rule_texts[NR_DECISION_RULES];

enum candidate_flags {
	CANDIDATE_CHOSEN = 1,
	CANDIDATE_RUNS = 2,      /* it is current on its queue */
	CANDIDATE_ELIGIBLE = 4,  /* EEVDF: vruntime <= V */
	CANDIDATE_PROTECTED = 8, /* EEVDF: vruntime < protected_until */
	CANDIDATE_DELAYED = 16,  /* it sleeps; its dequeue is delayed */
	CANDIDATE_NEXT_BUDDY = 32,
	CANDIDATE_LAST_BUDDY = 64,
	CANDIDATE_SKIP_BUDDY = 128,
	CANDIDATE_IDLE_POLICY = 256,
	CANDIDATE_CUSTOM_SLICE = 512,
	CANDIDATE_WOKEN = 1024,  /* PREEMPT: the one that asks */
	CANDIDATE_SERVER = 2048, /* a deadline server, for the tasks of a lower class */
};

/* Where a task of the ext class waits; POLICY: in no queue, the policy keeps it. */
enum candidate_queue { QUEUE_NONE, QUEUE_LOCAL, QUEUE_GLOBAL, QUEUE_OWN, QUEUE_POLICY };

/* One of those between whom was chosen. What a class does not have is 0. */
struct candidate {
	u32 task;  /* id; TASK_ID_NONE: a group's entity */
	u32 group; /* of a group's entity: the group's number, counted from 1 */
	u16 flags;
	u8 level;            /* 0: of the cpu's own queue; deeper in groups */
	s16 prio;            /* kernel scale; of rt and deadline tasks */
	u32 weight;          /* nice 0: 1024 */
	u64 vruntime;        /* ext: the policy's vtime */
	s64 lag;             /* EEVDF: V - vruntime; CFS: min_vruntime - vruntime */
	s64 budget;          /* deadline class: ns left */
	u64 deadline;        /* fair: virtual; deadline class: ns from the start of the run */
	u64 slice;           /* ns; CFS: what it may run at a stretch */
	u64 protected_until; /* virtual; EEVDF, of the one that runs */
	u64 ran;             /* ns since it was picked; of the one that runs */
	u64 queue;           /* ext: id of the policy's own dispatch queue */
	u8 queue_kind;       /* ext: enum candidate_queue */
};

/* What the candidates are ordered by. */
enum decision_order { ORDER_NONE, ORDER_CFS, ORDER_EEVDF, ORDER_RT, ORDER_DEADLINE, ORDER_EXT };

enum { DECISION_LEVELS_MAX = 8 };

struct decision_pick {
	u8 class_id;  /* of next: enum class_id of sched/class.h */
	u8 order;     /* enum decision_order */
	u8 nr_levels; /* fair: depth of the choice; rules and virtual times by level */
	u8 level_rule[DECISION_LEVELS_MAX];
	u64 virtual_time[DECISION_LEVELS_MAX]; /* EEVDF: V; CFS: min_vruntime */
	u32 nr_waiting;                        /* tasks on the cpu beside next */
	bool by_server;                        /* a deadline server picked it from its class */
};

struct decision_preempt {
	u8 order;
	bool preempts; /* who runs is to be switched out for it */
	bool forked, sync, shorter;
	u64 virtual_time;
	u64 granularity; /* CFS: the lead it needs, virtual ns */
};

struct decision_resched {
	bool lazy;   /* RESCHED_LAZY: until the way to user mode or the next tick */
	bool remote; /* another cpu asked: an interrupt, unless it polls */
	bool in_tick;
};

/* An idle cpu that was not chosen, and why. */
enum missed_why { MISSED_AFFINITY, MISSED_CACHE, MISSED_SCAN, MISSED_CLASS, MISSED_UNSOUGHT };
struct decision_missed {
	u16 cpu;
	u8 why; /* enum missed_why */
};

struct decision_select {
	u16 this_cpu, prev_cpu;
	u16 target;   /* what the search begins at */
	u16 cpu;      /* the answer */
	u8 affine;    /* AFFINE_*: how target was found; NONE: not asked */
	bool to_idle; /* the answer is an idle cpu */
	bool fork, exec, sync;
	u32 looked;     /* cpus the search looked at */
	u32 scan_limit; /* how many it might; UINT32_MAX: no limit, 0: no search */
	/*
	 * Valid while it is told: the cpus that the task may use; idle ones that were passed over.
	 */
	const struct cpumask *allowed;
	const struct decision_missed *missed;
	u32 nr_missed;
};

enum decision_idle { DECISION_BUSY_CPU, DECISION_IDLE_CPU, DECISION_NEWLY_IDLE };
struct decision_balance {
	const char *level; /* the domain's: "MC"; NULL: none was looked at */
	u8 idle;           /* enum decision_idle */
	u8 migrate;        /* 0 load, 1 utilisation, 2 tasks */
	u16 from;          /* the busiest cpu; UINT16_MAX: none was found */
	s64 imbalance;     /* in units of migrate */
	u32 moved, failed; /* tasks; passes in a row that moved nothing */
	/* tasks that may not go, by reason */
	u32 hot, pinned, running, ineligible, delayed, too_much, throttled;
	u64 avg_idle, cost; /* ns; BALANCE_SHORT_IDLE */
};

struct decision_throttle {
	bool begins; /* else it ends */
};

struct decision {
	u64 when;
	u8 kind; /* enum decision_kind */
	u8 rule; /* enum decision_rule */
	u16 cpu; /* whose queue it is about; SELECT: where the code ran */
	u32 task, other;
	u64 irq_ns; /* interrupt time of that cpu so far */
	union {
		struct decision_pick pick;
		struct decision_preempt preempt;
		struct decision_resched resched;
		struct decision_select select;
		struct decision_balance balance;
		struct decision_throttle throttle;
	};
	/* by level, then in the order of the queue; valid while told */
	const struct candidate *candidates;
	u32 nr_candidates;
};

struct decision_sink {
	void *self;
	void (*take)(void *self, const struct decision *decision);
};

#endif
