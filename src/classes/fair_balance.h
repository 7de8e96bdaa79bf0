/* SPDX-License-Identifier: MIT */
/*
 * Load balancing's own words: what a group is like, what a pass wants to move.
 * Kernel: kernel/sched/fair.c, load_balance() and below; reference: fair.md 6.
 *
 * fair_balance_stats.c looks, fair_balance_decide.c decides, fair_balance_move.c moves,
 * fair_balance.c says when.
 */
#ifndef OSSIM_CLASSES_FAIR_BALANCE_H
#define OSSIM_CLASSES_FAIR_BALANCE_H

#include "classes/fair.h"
#include "classes/fair_load.h"
#include "sched/decide.h"

enum { CAPACITY_SCALE = 1024, NUMA_IMBALANCE_MIN = 2 };

/* The later, the busier. (asym_packing, between imbalanced and smt_balance, needs ITMT.) */
enum group_type {
	GROUP_HAS_SPARE,
	GROUP_FULLY_BUSY,
	GROUP_MISFIT,
	GROUP_SMT_BALANCE,
	GROUP_IMBALANCED,
	GROUP_OVERLOADED,
};

enum cpu_idle_type { CPU_BUSY, CPU_IDLE, CPU_NEWLY_IDLE };

struct group_stats {
	u64 load, util, runnable;
	u64 avg_load; /* per capacity; of busy groups only */
	u64 capacity;
	u64 misfit_load; /* of a task on a cpu whose capacity others took */
	u32 nr_running;  /* all classes */
	u32 h_nr;        /* fair tasks */
	u32 idle_cpus, weight;
	bool smt_balance;
	enum group_type type;
};

enum migration_type { MIGRATE_LOAD, MIGRATE_UTIL, MIGRATE_TASK };

enum balance_flags {
	LB_ALL_PINNED = 1, /* no task seen so far may go to dst */
	LB_NEED_BREAK = 2,
	LB_DST_PINNED = 4, /* a task may not go to dst, but to new_dst_cpu of its group */
	LB_SOME_PINNED = 8,
	LB_ACTIVE = 16, /* the stopper moves it, hot or not */
};

/* One pass: lb_env. */
struct balance {
	struct sched *sched;
	struct sched_domain *sd;
	struct rq *dst, *src;
	u32 new_dst_cpu;
	enum cpu_idle_type idle;
	bool smt_rules; /* FEATURE_LB_SMT_BALANCE */
	u32 flags;
	s64 imbalance;
	enum migration_type migration_type;
	u32 loop, loop_break, loop_max;
	struct cpumask *cpus; /* of the domain, those that still count */
	struct list detached;
	/*
	 * For who asks why: what it came to, the last task that came, how many may not and for
	 * what.
	 */
	enum decision_rule why;
	u32 came;
	struct decision_balance told;
};

/* Both sides of a pass: sd_lb_stats. */
struct domain_stats {
	struct sched_group *local, *busiest;
	struct group_stats local_stats, busiest_stats;
	u64 total_load, total_capacity, avg_load;
	bool prefer_sibling;
};

/* SCHED_NR_MIGRATE_BREAK: so many tasks are looked at before others get the locks. */
static inline u32 balance_break(const struct sched *sched)
{
	return sched->platform->preempt == PREEMPT_RT ? NR_MIGRATE_RT : 32;
}

/* ---- fair_balance_stats.c ---- */

/* group_classify(): sets the type from what was counted. */
void group_classify(struct group_stats *stats, const struct sched_group *group, u32 imbalance_pct);
/* update_sd_lb_stats(): looks at all groups and finds the busiest. */
void balance_stats(struct balance *lb, struct domain_stats *stats);
/* The capacity that other classes leave of @rq's cpu is small for this domain. */
bool balance_capacity_reduced(const struct rq *rq, const struct sched_domain *sd);
/* Fair tasks that balancing counts on a cpu. */
u32 balance_nr_fair(const struct rq *rq);
/* cpu_util_cfs_boost(): utilisation, raised to what waits for the cpu. */
u64 balance_cpu_util_boosted(struct rq *rq);
/*
 * One group: counts it (the local one's capacity may be brought up to date before) and says what it
 * is like. True if some busy cpu of it has more than one task.
 */
bool balance_look(struct balance *lb, const struct sched_group *group, bool local,
		  struct group_stats *stats);
/* The local group's capacity, if it is time. */
void balance_refresh_capacity(struct balance *lb);
/* fair_cpu_util(), of averages that are at hand. */
static always_inline u32 balance_util_of(const struct rq *rq, const struct pelt *avg)
{
	return min_of(max_of(avg->util_avg, rq->fair.util_est), (u32)CAPACITY_SCALE);
}
/*
 * group_classify() and is_idler() of a single cpu of full capacity as one number: the less, the
 * idler. By type; with room to spare, idle before busy, then by utilisation; else by load.
 */
static always_inline u64 balance_idleness(struct rq *rq, u32 pct)
{
	const struct pelt *avg = fair_queue_avg(&rq->fair);
	u64 util = balance_util_of(rq, avg), load = min_of(avg->load_avg, (u64)UINT32_MAX - 1);
	bool runnable_full = avg->runnable_avg * 100 > (u64)CAPACITY_SCALE * pct;

	if (!rq->nr_running)
		return (u64)(rq->curr != rq->idle || rq->ttwu_pending) << 32 | util;
	if (rq->nr_running > 1 && (runnable_full || util * pct > CAPACITY_SCALE * 100))
		return (u64)GROUP_OVERLOADED << 40 | load;
	if (runnable_full || util * pct >= CAPACITY_SCALE * 100)
		return (u64)GROUP_FULLY_BUSY << 40 | load;
	return 1ULL << 32 | util;
}

/* update_idle_cpu_scan()'s formula: how many cpus of a cache of @weight a wakeup may look at. */
u32 balance_idle_scan(u64 sum_util, u32 weight, u32 imbalance_pct);
/* A walk over the cpus of @group that are in @mask. */
#define group_for_each_cpu(cpu, group, mask)                                      \
	for (u32 cpu = cpumask_next_and((group)->span, mask, (group)->first_cpu); \
	     cpu <= (group)->last_cpu;                                            \
	     cpu = cpu == (group)->last_cpu ? cpu + 1                             \
					    : cpumask_next_and((group)->span, mask, cpu + 1))

/* ---- fair_balance_crowd.c ---- */

/*
 * balance_stats() for a newly idle cpu on a domain of single cpus: the same decision from the cpus
 * that have two tasks or more. False: the domain must be looked at as a whole.
 */
bool balance_crowd_stats(struct balance *lb, struct domain_stats *all);

/* ---- fair_balance_decide.c ---- */

/* find_busiest_group(): sets migration type and imbalance; NULL: balanced. */
struct sched_group *balance_find_group(struct balance *lb);
/* The decision on given statistics: true if something shall move. */
bool balance_decide(struct balance *lb, struct domain_stats *stats);
/* find_busiest_queue(). */
struct rq *balance_find_rq(const struct balance *lb, const struct sched_group *group);
/* adjust_numa_imbalance(). */
s64 balance_numa_imbalance(s64 imbalance, u32 dst_running, u32 imb_numa_nr);

/* ---- fair_balance_move.c ---- */

/* detach_tasks(): takes tasks off lb->src until the imbalance is met; how many. */
u32 balance_detach(struct balance *lb);
void balance_attach(struct balance *lb);
/* need_active_balance(). */
bool balance_needs_active(const struct balance *lb);
/* Asks src's stopper to push one task to @push_cpu. False: one is on its way already. */
bool balance_start_active(struct balance *lb, u32 push_cpu);

/* ---- fair_balance.c ---- */

/* What balancing keeps besides domains and runqueues: sched->fair_data. */
struct fair_balance {
	struct stop_work *active_work; /* by cpu */
	u64 *blocked_update;           /* by cpu: the jiffy of its last update_blocked */
	struct cpumask *scratch, *choice;
	u64 max_interval;    /* jiffies: a tenth of a second for each cpu but the last */
	u64 serialize_until; /* a pass over a SD_SERIALIZE domain goes on until then */
	/* NOHZ: fair_nohz.c */
	struct cpumask *nohz_idle; /* cpus whose tick is stopped */
	u32 nr_nohz_idle;
	bool has_blocked, needs_update;
	u64 next_balance, next_blocked;
	struct fair_births *births;      /* NULL: not needed so far */
	struct balance_softirq *softirq; /* by cpu; NULL: a pass is made within the tick */
};

static inline struct fair_balance *fair_balance_of(const struct sched *sched)
{
	return sched->fair_data;
}

/* A domain's interval in jiffies (get_sd_balance_interval). */
u32 balance_interval(const struct sched *sched, const struct sched_domain *sd, bool busy);
/* The jiffy of its next pass. */
u64 balance_next(const struct sched *sched, const struct sched_domain *sd, bool busy);
/* A level's newidle cost fades by 1 % per second. True: it was time for it. */
bool balance_decay_cost(const struct sched *sched, struct sched_domain *sd, u64 jiffies);
/* load_balance(): one pass over @sd for @rq's cpu; how many tasks came. */
u32 balance_pass(struct rq *rq, struct sched_domain *sd, enum cpu_idle_type idle, bool *go_on);
/* rebalance_domains() for @rq, on whichever cpu this runs. */
void balance_domains(struct rq *rq, enum cpu_idle_type idle);
/* A kick has asked for @flags, and a thread does softirqs. */
void fair_leave_nohz(struct rq *rq, u32 flags);
/*
 * Passes come some time behind the tick, if the machine says so (cost `softirq_balance`), or are a
 * thread's.
 */
void fair_softirq_init(struct sched *sched, struct fair_balance *all);
/* update_blocked_averages(), noting when. */
void balance_update_blocked(struct rq *rq);

#endif
