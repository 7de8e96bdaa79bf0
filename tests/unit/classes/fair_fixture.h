/* SPDX-License-Identifier: MIT */
/*
 * One cpu of a machine, driven by hand: the real core and classes, but time moves only when a test
 * says so. The machine may have more cpus, which scale the knobs; all tasks are pinned to cpu 0.
 */
#ifndef OSSIM_TESTS_FAIR_FIXTURE_H
#define OSSIM_TESTS_FAIR_FIXTURE_H

#include <criterion/criterion.h>

#include "classes/classes.h"
#include "classes/fair_entity.h"

enum { FIXTURE_TASKS = 32, FIXTURE_CPUS = 8 };

struct fixture {
	bool up;
	struct arena arena;
	struct stream stream;
	struct platform platform;
	struct kernel kernel;
	struct machine machine;
	struct sched sched;
	struct rq *rq; /* of cpu 0 */
	struct fair_rq *queue;
	struct cpu *cpu;
	struct cpumask *pinned;
	struct task idle[FIXTURE_CPUS];
	struct task tasks[FIXTURE_TASKS];
	u32 nr_tasks;
};

/* What to change in the kernel's row before the machine comes up; 0: nothing. */
struct fixture_options {
	const char *kernel;
	u32 cpus, hz;
	u128 features_off, features_on;
};

/* A zeroed fixture, or one that was up before: it comes up anew. */
void fixture_init(struct fixture *f, struct fixture_options options);
void fixture_fini(struct fixture *f);

/* A task that has never run. It wakes by fixture_start(). */
struct task *fixture_task(struct fixture *f, struct sched_attr attr);
struct task *fixture_nice(struct fixture *f, s32 nice);
void fixture_start(struct fixture *f, struct task *task);

void fixture_advance(struct fixture *f, u64 ns);
/* The tick, and the switch if it asked for one. */
void fixture_tick(struct fixture *f);
/* The switch, if one is due: who runs now. */
struct task *fixture_schedule(struct fixture *f);
void fixture_sleep(struct fixture *f);
/* True: it preempts. No switch yet. */
bool fixture_wake(struct fixture *f, struct task *task);

/* For EEVDF: a task that sleeps at virtual time, without lag; */
struct task *fixture_sleeper(struct fixture *f, struct sched_attr attr);
/* one that runs and was alone for two ticks: unprotected, its deadline renewed just now; */
struct task *fixture_lone_hog(struct fixture *f);
/* a queued one moved to where a test wants it; its lag. */
void fixture_put_at(struct fixture *f, struct task *task, u64 vruntime, u64 deadline);
s64 fixture_lag(const struct fixture *f, const struct task *task);

/* "A", "B", ... by order of creation; "-" for idle. */
char fixture_name(const struct fixture *f, const struct task *task);
/* Ticks every @tick ns until @end and writes who runs when: "0A 12B 24C", in ms. */
void fixture_timeline(struct fixture *f, u64 tick, u64 end, char *out, size_t size);

#endif
