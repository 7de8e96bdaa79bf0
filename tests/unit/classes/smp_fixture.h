/* SPDX-License-Identifier: MIT */
/*
 * A machine of several cpus that runs by itself: the real core, classes and balancer, and tasks
 * that alternate between running and sleeping. For tests of selection and balancing.
 */
#ifndef OSSIM_TESTS_SMP_FIXTURE_H
#define OSSIM_TESTS_SMP_FIXTURE_H

#include <criterion/criterion.h>

#include "classes/classes.h"
#include "classes/ext.h"
#include "classes/fair_balance.h"

enum { SMP_CPUS = 64, SMP_TASKS = 256 };

struct smp_options {
	const char *kernel; /* NULL: v6.18 */
	u32 sockets, cores, threads, llc_cores, cluster_cores, hz;
	u128 features_off, features_on;
	u64 balance_cost;
	u64 softirq_ns; /* from a tick to its pass of balancing */
	bool no_nohz;
	u64 nohz_from_ns;
	/* loaded by ext_start(smp->ext), when there are tasks */
	const struct ossim_ext_policy *policy;
	u64 ext_timeout;
};

struct smp_task {
	struct task task;
	struct timer timer;
	u64 run, sleep; /* sleep 0: a hog */
	u64 end;        /* no more work after this; NEVER */
	u64 moved;      /* migrations by balancing, as the records say */
	bool waits;     /* woken and not yet run */
};

struct smp {
	struct arena arena;
	struct stream stream;
	struct platform platform;
	struct kernel kernel;
	struct machine machine;
	struct sched sched;
	struct task idle[SMP_CPUS], stop[SMP_CPUS];
	struct task busy; /* what a cpu runs that was made busy */
	struct smp_task tasks[SMP_TASKS];
	u32 nr_tasks;
	const struct sched_class *classes[NR_CLASSES];
	struct ext *ext;
	/* Called after each event that switches or moves something; NULL: not at all. */
	void (*check)(struct smp *smp);
};

struct smp *smp_new(struct smp_options options);
void smp_free(struct smp *smp);

/* A task that has not started. @cpus NULL: all. */
struct smp_task *smp_task(struct smp *smp, struct sched_attr attr, const struct cpumask *cpus,
			  u64 run, u64 sleep);
/* One that may run on @cpus, and is about to wake or to begin. */
struct task *smp_waking_task(struct smp *smp, const char *cpus);
struct cpumask *smp_mask(struct smp *smp, const char *cpus);
/* Wakes it up for the first time, from @cpu. */
void smp_start(struct smp *smp, struct smp_task *task, u32 cpu);
void smp_run(struct smp *smp, u64 until);
/* A hog pinned to @cpu. */
struct smp_task *smp_hog_on(struct smp *smp, u32 cpu);
static inline struct rq *smp_rq(struct smp *smp, u32 cpu)
{
	return sched_rq(&smp->sched, cpu);
}
/* @cpu is not idle any more: it runs `busy`. */
void smp_make_busy(struct smp *smp, u32 cpu);
/* Tasks on @cpu: queued or running. */
u32 smp_nr(const struct smp *smp, u32 cpu);

#endif
