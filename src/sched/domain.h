/* SPDX-License-Identifier: MIT */
/*
 * Scheduling domains and groups, built from the topology as kernel/sched/topology.c does
 * (reference: fair.md 6.1), and the root domain.
 */
#ifndef OSSIM_SCHED_DOMAIN_H
#define OSSIM_SCHED_DOMAIN_H

#include "base/arena.h"
#include "base/bitset.h"
#include "base/types.h"
#include "sched/dl_entity.h"

struct sched;

enum sd_flags {
	SD_BALANCE_NEWIDLE = 1,
	SD_BALANCE_EXEC = 2,
	SD_BALANCE_FORK = 4,
	SD_BALANCE_WAKE = 8,
	SD_WAKE_AFFINE = 16,
	SD_SHARE_CPUCAPACITY = 32,
	SD_SHARE_LLC = 64,
	SD_CLUSTER = 128,
	SD_SERIALIZE = 256,
	SD_PREFER_SIBLING = 512,
	SD_NUMA = 1024,
};

enum sd_level {
	SD_LEVEL_SMT,
	SD_LEVEL_CLS,
	SD_LEVEL_MC,
	SD_LEVEL_PKG,
	SD_LEVEL_NODE,
	SD_LEVEL_NUMA
};

/* Shared by all domains that have this group as their child span. */
struct sched_group_capacity {
	u32 capacity, min_capacity, max_capacity;
	u64 next_update; /* jiffies */
	u32 imbalance;   /* pinned tasks below */
	struct cpumask *balance_mask;
};

struct sched_group {
	struct sched_group *next; /* circular; the first is the local one */
	struct cpumask *span;
	struct sched_group_capacity *sgc;
	u32 weight, cores;
	u32 first_cpu, last_cpu; /* of the span: bounds for walks over it */
	struct rq *first_rq;     /* of first_cpu */
	u32 flags;               /* of the child domain; 0 at the base */
};

/* One per last-level cache, shared by its cpus. */
struct sched_domain_shared {
	u32 nr_busy_cpus;
	bool has_idle_cores;
	u32 nr_idle_scan;
};

struct sched_domain {
	struct sched_domain *parent, *child;
	struct sched_group *groups;
	struct cpumask *span;
	struct sched_domain_shared *shared; /* at the last-level-cache domain */
	bool single_cpus;                   /* a base domain: each group is one cpu */
	u32 weight;
	u32 flags;
	/* enum sd_level; several NUMA levels count up from SD_LEVEL_NUMA */
	u32 level;
	u32 imbalance_pct, cache_nice_tries, busy_factor;
	u32 min_interval, max_interval, balance_interval; /* ms */
	u32 imb_numa_nr;
	u64 last_balance; /* jiffies */
	u32 nr_balance_failed;
	u64 max_newidle_lb_cost;
	u64 last_decay_max_lb_cost;
	u32 newidle_call, newidle_success, newidle_ratio;
	struct sched_domain_stats *stats; /* sched/schedstat.h; NULL: none are kept */
};

/* Per cpu short cuts, as the kernel's sd_llc etc. */
struct domain_cache {
	struct sched_domain *llc; /* highest SHARE_LLC domain; NULL: none */
	struct sched_domain_shared *llc_shared;
	u32 llc_size;                 /* 1 if none */
	u32 llc_id;                   /* first cpu of it; the cpu itself if none */
	struct sched_domain *cluster; /* an active cluster level, or NULL */
	u32 cluster_id;               /* first cpu of it; llc_id if none */
	u32 first_word, last_word;    /* of llc->span: where its bits are */
};

struct cpupri;

struct root_domain {
	struct cpumask *span, *online, *active;
	bool overloaded;
	/*
	 * Cpus whose current task is the idle task, kept by the idle class: all that can be idle,
	 * so that a search need not touch the others' runqueues.
	 */
	struct cpumask *idle;
	/* cpus with two tasks or more: kept with rq->nr_running */
	struct cpumask *crowded;
	/* cpus of which rt, deadline or interrupts take some capacity */
	u32 nr_reduced;
	/* a SCHED_IDLE task was queued at some time of this run */
	bool sched_idle_seen;
	/* some active core has two cpus; some CLS level is in use */
	bool smt, clusters;
	bool built; /* domains were built before */
	/* RT: which cpus have more RT tasks than they can run; cpupri: owned by classes/rt. */
	struct cpumask *rto_mask;
	u32 rto_count;
	/*
	 * RT_PUSH_IPI: the cpu the round has come to (UINT32_MAX: no round), rounds begun and asked
	 * for.
	 */
	u32 rto_cpu, rto_loop, rto_loop_next;
	/* by cpu: -1 invalid, 0 fair or idle, 1..99 = 99 - prio, 100 DL */
	s16 *cpupri_level;
	u32 *cpupri_count;                /* by level 0..100: cpus in it */
	struct cpumask *cpupri_mask[101]; /* by level */
	struct dl_domain dl;
};

/*
 * (Re)builds all domains of the active cpus; rq->domain and sched->cache[] are set. Memory:
 * sched->arena.
 */
void domain_build(struct sched *sched);

static inline const char *domain_level_name(u32 level)
{
	static const char *const names[] = {"SMT", "CLS", "MC", "PKG", "NODE", "NUMA"};

	return names[level < SD_LEVEL_NUMA ? level : SD_LEVEL_NUMA];
}

#endif
