/* SPDX-License-Identifier: MIT */
/*
 * A second opinion about a run: who ran, who waited, which cpus idled meanwhile.
 *
 * A sink that keeps its own simple books from the records, apart from the metrics: per task its
 * state, time on a cpu and longest wait; per cpu who has it since when; and the longest time for
 * which one and the same cpu idled while a fair task that may run there was waiting.
 */
#ifndef OSSIM_TESTS_PROPERTY_WATCH_H
#define OSSIM_TESTS_PROPERTY_WATCH_H

#include "base/bitset.h"
#include "base/vec.h"
#include "model/workload.h"
#include "trace/stream.h"

enum watch_state { WATCH_NONE, WATCH_SLEEPS, WATCH_WAITS, WATCH_RUNS, WATCH_DEAD };

struct watch_task {
	u8 state;  /* enum watch_state */
	bool ours; /* of the workload */
	bool fair;
	u32 spec; /* index of its task spec, SPEC_NONE if not known */
	u32 comm;
	const struct cpumask *mask; /* where it may run; NULL: anywhere */
	u64 since;                  /* it is in its state */
	u64 born, ended;            /* NEVER: still alive */
	u64 cpu_ns, longest_wait, waited;
	u64 nr_ins, nr_moves, last_move;
	/* Of waking and the time to run, the latest 4096. */
	vec_of(u64) latency;
	vec_of(u64) response; /* from wakeup to the next block */
	u64 woken;
	bool latency_open;
};

struct watch_cpu {
	u32 curr;
	u64 since;
	u64 busy_ns;
};

/* Asked at each switch, before it is entered in the books; NULL: nobody asks. */
typedef void (*watch_hook)(void *arg, u64 when);

struct watch {
	const struct workload *workload;
	const struct names *names;
	u32 nr_cpus;
	struct watch_cpu *cpus;
	vec_of(struct watch_task) tasks;
	bool masks_known; /* false: somebody changes affinities while running */
	bool some_pin;    /* programs have sections without migration */
	u64 wasted;       /* longest idling of a cpu beside a waiting task */
	u64 wasted_at;
	u32 wasted_cpu, wasted_task;
	u64 end, last_move;
	u64 nr_moves;
	watch_hook hook;
	void *hook_arg;
};

void watch_init(struct watch *watch, const struct workload *workload, const struct names *names);
void watch_fini(struct watch *watch);
struct sink watch_sink(struct watch *watch);

const char *watch_comm(const struct watch *watch, u32 task);
/* NULL if there is none; the first of that comm. */
struct watch_task *watch_find(const struct watch *watch, const char *comm);
/* cpu_ns including the present stay. */
u64 watch_cpu_ns(const struct watch *watch, const struct watch_task *task, u64 now);
/* The @percent-th percentile of @values (sorts them); 0 if there are none. */
u64 watch_percentile(u64 *values, u32 nr, u32 percent);

#endif
