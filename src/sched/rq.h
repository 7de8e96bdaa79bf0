/* SPDX-License-Identifier: MIT */
/*
 * A cpu's runqueue, and what each class keeps in it.
 */
#ifndef OSSIM_SCHED_RQ_H
#define OSSIM_SCHED_RQ_H

#include "base/list.h"
#include "base/rbtree.h"
#include "machine/timer.h"
#include "sched/dl_entity.h"
#include "sched/task.h"

struct cpu;
struct core_rq;
struct ext_rq;
struct hrtick;
struct sched;
struct sched_domain;

/* What a stopper does for others. Embedded in who asks for it. */
struct stop_work {
	struct stop_work *next;
	/* Runs on @cpu in the stopper's context. */
	void (*fn)(struct sched *sched, struct cpu *cpu, struct stop_work *work);
	void *arg;
	u32 dest_cpu;
	struct task *task; /* whom it is about, if anyone; recycled if its id is not task_id */
	u32 task_id;
	u8 why;              /* enum record_move, of a task that is to move */
	struct task *waiter; /* woken when it is done; NULL: nobody waits */
	u32 index;           /* in sched->stop_works, if it came from there */
	bool queued, done, pooled;
	/* set by fn: called again when the stopper has spun, by sched_spin_ends() */
	bool spins;
};

/* The fair class's queue of one cpu (or of one group on one cpu): the kernel's cfs_rq. */
struct fair_rq {
	/* by vruntime (CFS) or deadline (EEVDF); curr is not in it */
	struct rb_tree timeline;
	struct fair_entity *curr, *next, *last, *skip;
	/* sum of weights (<< 10) of queued entities, curr included */
	u64 load_weight;
	u64 virtual_base;    /* CFS: min_vruntime; EEVDF: zero_vruntime */
	s64 sum_w_vruntime;  /* EEVDF: sum of key * weight over the tree */
	u64 sum_weight;      /* EEVDF: sum of scaled-down weights over the tree */
	u32 load_inv_weight; /* cache of 2^32 / (load_weight >> 10); 0: to be computed */
	u32 nr_queued;       /* entities, curr and delayed included */
	u32 h_nr_queued;     /* tasks of the hierarchy, delayed included */
	u32 h_nr_runnable;   /* without delayed */
	u32 h_nr_idle;       /* SCHED_IDLE tasks of the hierarchy */
	u32 nr_idle;         /* 6.1: SCHED_IDLE entities of this queue */
	struct rq *rq;
	struct fair_entity *owner; /* the group entity that stands for it; NULL for the root */
	struct pelt avg;
	struct {
		u64 load_avg, util_avg, runnable_avg; /* of tasks that migrated away while asleep */
		u32 nr;
	} removed;
	u64 h_load;
	u64 last_h_load_update; /* jiffies */
	u32 util_est;           /* sum over queued tasks */
	u8 idle;                /* group with cpu.idle=1 */
	bool limited;           /* group with a quota */
	bool eevdf;             /* its rules: kernel->fair is FAIR_EEVDF */
	/* the root queue, EEVDF, features is NEWEST_FEATURES, no tolls and no statistics */
	bool newest;
	/* virtual_base as of the last pick by a core that was not forced to idle */
	u64 forced_base;
	u32 forced_seq; /* and of which time that it was */
	u128 features;  /* copy of sched->features: asked many times per event */
};

struct rt_rq {
	struct list queue[100]; /* by prio 0..98 */
	u64 bitmap[2];          /* non-empty queues */
	u32 nr_running, rr_nr_running;
	/* of nr_running: what rq->nr_running counts, 0 while throttled */
	u32 nr_visible;
	s16 highest_curr, highest_next; /* prio; 99 if there is none. next: best pushable */
	/* queued tasks of the cpu, throttled or not; those that may use several cpus */
	u32 nr_total, nr_migratory;
	struct list pushable;
	bool overloaded;
	bool limited; /* throttling is in force: see classes/rt_bandwidth.h */
	bool throttled;
	u32 nr_boosted; /* where those keep the cpu from being throttled */
	/* taken of the present period, and its limit (NEVER: none) */
	u64 time, runtime;
	struct rt_bandwidth *bandwidth; /* whose period that is */
	struct pelt avg;
};

/*
 * What all cpus' RT tasks, or those of a group, have in common: the period and the timer of its
 * grid. ns.
 */
struct rt_bandwidth {
	struct sched *sched;
	struct rt_group *group; /* classes/rt_group.h; NULL: all of them */
	u64 period, runtime;
	/* the grid's next point, or its last if the timer has stopped */
	u64 expires;
	bool active;
	u64 throttled_at; /* machine time of the first time in this run; NEVER */
	u32 throttled_cpu;
	struct timer timer;
};

enum { CPU_CAPACITY = 1024 }; /* SCHED_CAPACITY_SCALE */
enum { NR_DYN_ASIDS = 6 };    /* TLB_NR_DYN_ASIDS */

/* An ext scheduler is loaded: every pick asks all classes. Cookies: every pick asks the core. */
enum { PICK_ASKS_EXT = 1, PICK_ASKS_CORE = 2 };
/* What need_resched holds. */
enum { RESCHED_FULL = 1, RESCHED_LAZY = 2 };

/*
 * In rq->balance_callbacks, beside the classes' bits. BALANCE_PUSH: the cpu leaves; stays until it
 * has left. BALANCE_WATCH: sched->watch is to be told of the next switch.
 */
enum { BALANCE_PUSH = 0x80, BALANCE_WATCH = 0x40 };

/*
 * A runqueue's clock runs ahead of the machine's time by this much, so that 0 can mean "never" in
 * exec_start, last_update, idle_stamp and the like, as on a real machine that has booted.
 */
#define RQ_CLOCK_BASE (1ULL << 30)

struct rq {
	/* Written by every event on this cpu. */
	u64 clock; /* now + RQ_CLOCK_BASE */
	/* the same without interrupts, if those are accounted for: for charging */
	u64 clock_task;
	struct task *curr;
	u32 nr_running; /* all classes; delayed fair tasks included */
	u32 cpu;
	u32 refunded; /* task (id) that gets rq->refund back; 0: nobody does */
	/*
	 * how much later than usual the next schedule() is entered, on the same way to the switch
	 */
	u32 entry_late;
	u8 need_resched; /* of curr */
	/* bit per class: has something queued; pick looks at the lowest */
	u8 classes_runnable;
	bool ttwu_pending;
	/* the next schedule() charges up to the clock as it stands */
	bool skip_clock_update;
	/* costs.irq_resume is in the segment of the task that a pending reschedule may preempt */
	bool resume_paid;
	/* who is switched to pays for the way through the scheduler */
	bool schedule_unpaid;
	/*
	 * the address space loaded is a dead process's: the next user task frees it (costs.mm_drop)
	 */
	bool drops_mm;
	bool online;
	bool fair_server_active; /* fair time on this cpu is charged to the server too */
	/* bit per class: run class->balance_callback after the switch; BALANCE_PUSH */
	u8 balance_callbacks;
	/* IRQ_TIME_ACCOUNTING: who runs is not charged for interrupts */
	bool irq_accounted;
	/* bit per class: its irq_work runs in the next interrupt from afar */
	u8 irq_work;
	u8 pick_asks; /* PICK_ASKS_*: not every pick is of the fair class alone */
	struct sched *sched;
	struct cpu *hardware; /* the cpu as the machine knows it */
	struct task *idle, *stop;
	u64 clock_pelt, lost_idle_time;
	u64 nr_switches;

	struct fair_rq fair;
	struct list fair_tasks;    /* queued fair tasks; balancing scans from the tail */
	struct list leaf_groups;   /* group_cpu.leaf: groups that have load here */
	struct list to_unthrottle; /* group_cpu.unthrottle_link: asked of this cpu by others */
	struct hrtick *hrtick;     /* sched/hrtick.h; NULL: off */
	struct core_rq *core;      /* sched/cookie.h; NULL: nobody has a cookie */
	struct ext_rq *ext;        /* classes/ext.h; NULL: no ext scheduler is loaded */
	bool ext_balanced;         /* the pick under way has asked the ext class to balance */

	/* Wake list: tasks queued by other cpus, activated here by the interrupt. In order. */
	struct task *wake_first, *wake_last;

	/* Idle and balancing. */
	u64 idle_stamp; /* 0: not idle by the fair class's newidle path */
	u64 avg_idle;
	u64 max_idle_balance_cost;
	u64 next_balance; /* jiffies */
	u64 last_decay_max_lb_cost;
	u32 cpu_capacity;
	u8 nohz_tick_stopped;
	u8 has_blocked_load;
	u8 idle_balance; /* idle at the last tick */
	bool needs_tick; /* also while it idles, sched_idle_needs_tick() */
	u8 nohz_kick;    /* NOHZ_* bits asked of this cpu, see classes/fair_nohz.h */
	struct pelt avg_dl, avg_irq;
	u64 irq_seen;                /* of hardware->irq_ns: what was taken off clock_task */
	struct sched_domain *domain; /* lowest; NULL: none */

	/* Stopper. */
	struct stop_work *stop_first, *stop_last;
	bool active_balance;
	u32 push_cpu;

	/* While it goes offline. */
	struct stop_work push_work;
	u32 nr_pinned;  /* tasks that have disabled their migration here */
	bool push_busy; /* push_curr_work is under way */
	/* when it was last done: it is busy for that whole instant */
	u64 pushed_at;
	struct stop_work push_curr_work; /* the running task goes, as one that waits may not */
	bool dying;
	struct task *hotplug_waiter; /* waits for the queue to be empty; NULL: nobody */

	s64 nr_uninterruptible;
	u32 nr_iowait;
	/* idle beside tasks that wait for I/O which they began here */
	u64 iowait_ns;
	u32 any_distribute;        /* cursor of any_and_distribute, per calling cpu */
	u32 active_mm;             /* the address space loaded: the last user task's */
	u32 asid_mm[NR_DYN_ASIDS]; /* whose translations the TLB still has; 0: nobody's */
	u32 next_asid;             /* the one to be given out next */
	/*
	 * ns that it has paid for a way through the scheduler and did not need: off its next work
	 */
	u64 refund;
	u64 gap_from, gap_until; /* costs.work_gap: when work stood still last */
	u64 gap_passed;          /* what of that passed for work */

	/* Of other classes; last, since they are large. */
	struct rt_rq rt;
	struct dl_rq dl;
	struct dl_entity fair_server;
};

/* The iowait of @rq's present idle period. */
u64 sched_iowait_so_far(const struct rq *rq);

/* rq->curr is the idle task, nothing is queued and no wakeup is on its way. */
static inline bool rq_is_idle(const struct rq *rq)
{
	return rq->curr == rq->idle && rq->nr_running == 0 && !rq->ttwu_pending;
}

/* Runs nothing but SCHED_IDLE tasks. */
static inline bool rq_is_sched_idle(const struct rq *rq)
{
	return rq->nr_running && rq->nr_running == rq->fair.h_nr_idle;
}

/*
 * choose_new_asid(): a cpu keeps the translations of the last few address spaces; one that is not
 * among them takes the place of another, in turn, and begins with an empty TLB: what that costs.
 */
u64 rq_asid_overhead(struct rq *rq, u32 mm);

#endif
