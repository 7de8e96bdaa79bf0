/* SPDX-License-Identifier: MIT */
/*
 * The machine as a description: cpus, SMT, caches, nodes, tick, preemption model, costs.
 *
 * `cpus: 8` alone is one socket of 8 cores without SMT, one last-level cache, one node.
 * Numbering follows what x86 firmware gives: with threads_last (the default) cpus 0..cores-1 are
 * the first threads of all cores in socket order, cores..2*cores-1 their siblings; else siblings
 * are neighbours (0,1), (2,3), ...
 */
#ifndef OSSIM_MODEL_PLATFORM_H
#define OSSIM_MODEL_PLATFORM_H

#include "base/arena.h"
#include "base/types.h"
#include "model/costs.h"

enum preempt_model {
	PREEMPT_NONE,
	PREEMPT_VOLUNTARY,
	PREEMPT_FULL,
	PREEMPT_LAZY, /* only where the kernel has LAZY_RESCHED */
	PREEMPT_RT,   /* a kernel built with PREEMPT_RT; only where there is one */
	NR_PREEMPT_MODELS,
	PREEMPT_UNSET = NR_PREEMPT_MODELS, /* builder_machine_done() takes the kernel row's */
};
extern const char *const preempt_model_names[NR_PREEMPT_MODELS];

enum { LOAD_PERIOD_NS = 1024 * 1024 }; /* of load averages (PELT) */

struct platform_cpu {
	u16 core, cluster, llc, socket, node; /* each numbered over the whole machine */
};

/*
 * Delayed work of the kernel's own: when it is due, how long it takes, and when it is to be done
 * again, in whole seconds (0: never).
 */
struct kernel_work {
	u64 at, ns, again;
};

struct platform {
	/* The description as the user gives it; 0: to be derived. */
	u32 nr_cpus;
	u32 sockets, cores, threads; /* cores per socket, threads per core */
	u32 llc_cores;               /* cores per last-level cache; 0: all of a socket */
	u32 cluster_cores;           /* cores per shared L2; 0: 1 */
	u32 nodes;                   /* NUMA nodes over the machine; 0: 1 per socket */
	bool threads_last;
	u32 *distance; /* nodes x nodes, 10 = local; NULL: 10 local, 20 else */

	u32 hz;            /* 100, 250, 300, 1000 */
	u64 tick_phase_ns; /* first tick of the run (0: at one period) */
	u64 uptime_ns;     /* since boot, at the begin of the run */
	/* ticks counted since boot, at the begin of the run; 0: as many as fit in uptime_ns */
	u64 jiffies;
	/* since boot, when a period of every quota begins that a kernel would draw; 0: drawn */
	u64 quota_phase_ns;
	/* first end of a period of load averages; 0: as they last, from the begin */
	u64 load_phase_ns;
	bool skew_tick; /* cpu n's ticks offset by TICK/2/ncpus*n */
	bool nohz_idle; /* an idle cpu stops its tick, */
	/* an idle cpu does not poll: whoever wants it sends an interrupt */
	bool idle_halts;
	/* from then on: before, what the boot has left waits for ticks */
	u64 nohz_from_ns;
	const struct idle_state *idle_states; /* model/idle_states.h; of them, */
	/* 0: a cpu idles in one state, which costs.idle_exit leaves */
	u32 nr_idle_states;
	/* an emulator's one thread executes the cpus in turns; 0: it does not */
	u32 turns_per_second;
	u64 turn_phase_ns;     /* its turn timer's first expiry */
	u64 turn_unnoticed_ns; /* work goes on through a pause up to this */
	/* the time between two timers is shared out among the cpus */
	bool turns_shared;
	enum preempt_model preempt;
	/*
	 * from it and the kernel, by builder_machine_done(): the fair class asks for lazy
	 * reschedules
	 */
	bool lazy;
	struct costs costs;
	/* 0: the kernel's rule by number of cpus, put in by platform_complete() */
	u32 pid_max;
	/* the number that the boot has come to; 0: of its threads here */
	u32 last_pid;
	/* of 1024 newly idle balancings before the run so many have paid */
	u32 newidle_ratio;
	/* what ksoftirqd has waited longer than it should by then, under EEVDF */
	u64 softirq_lag_ns;
	/*
	 * made by forks, for which there is room from the begin: who makes more live takes
	 * costs.fork_grow
	 */
	u32 most_processes;
	/* what the boot has left to the kernel's worker (proc/worker.h), in order */
	const struct kernel_work *work;
	u32 nr_work;
	/*
	 * the slab_first-th fork of the run and each slab_forks-th further one take
	 * costs.fork_slab; 0: none does
	 */
	u32 slab_forks, slab_first;
	const u64 *growth; /* what the first nr_growth of these take instead; */
	u32 nr_growth;
	/* of dead tasks, that forks find on each cpu at the begin (costs.fork_stack) */
	u32 kept_stacks;
	/* how often each task that is there at the begin has changed whom it wakes */
	u32 wakee_flips;
	/* of all tasks but the idle ones; 0: as many as there are numbers */
	u32 threads_max;
	/* CONFIG_IRQ_TIME_ACCOUNTING: tasks are not charged for interrupts */
	bool irq_time_accounting;
	bool kernel_threads; /* init, kthreadd, per-cpu threads exist from the start */
	/* floating-point registers are loaded at their first use, by a trap */
	bool lazy_fpu;
	bool rcu; /* deaths end in grace periods, for which rcu_preempt runs */

	/* Filled by platform_complete(). */
	struct platform_cpu *cpu;
	u32 nr_cores, nr_llcs, nr_clusters;
	u64 tick_ns; /* (1e9 + hz/2) / hz */
};

/* The defaults: 1 cpu, HZ 250, NO_HZ idle, preempt unset, kernel threads, x86-64 costs. */
void platform_init(struct platform *platform);
/*
 * Derives what is 0, checks that counts divide, fills the tables. On a contradiction returns false
 * and a text for the user in *error (from @arena).
 */
must_check bool platform_complete(struct platform *platform, struct arena *arena,
				  const char **error);

/* The Linux rule for HZ: 100, 250, 300 or 1000. */
bool platform_hz_exists(u32 hz);

/* The time between two ticks, ns (TICK_NSEC). */
static inline u64 platform_tick_of(u32 hz)
{
	return (SEC + hz / 2) / hz;
}

/* -1 if there is none. */
int preempt_model_find(const char *name);
u32 platform_node_distance(const struct platform *platform, u32 a, u32 b);

#endif
