/* SPDX-License-Identifier: MIT */
/*
 * What is known of each task, found by its id at the cost of one load.
 *
 * Ids count up and are never used again, so tasks lie in chunks of 64 ids under a directory. What
 * each record touches (struct task_state) is one cache line and leads to the task's histograms; the
 * first few thousand lie in one array, which needs no look at the directory. The rest (struct
 * task_info) is looked at when a task appears, dies and is reported. Idle tasks are tasks like
 * others here, which saves a hard to predict branch per switch; they are left out of reports.
 *
 * Memory is bounded by the number of live tasks: of the tasks with ids from METRICS_DETAIL on, the
 * dead ones are summed up by comm, a chunk at a time, and their chunk is given back. A late record
 * about such a task ends in the graveyard, a chunk that nobody looks at.
 */
#ifndef OSSIM_OBSERVE_TASKS_H
#define OSSIM_OBSERVE_TASKS_H

#include "base/names.h"
#include "base/pool.h"
#include "base/vec.h"
#include "observe/cgroups.h"
#include "observe/metrics.h"
#include "trace/record.h"

enum { TASKS_CHUNK_SHIFT = 6, TASKS_CHUNK = 1 << TASKS_CHUNK_SHIFT, TASKS_FLAT = 4096 };

/*
 * What a task is doing. Up to PHASE_WAITING these are the bit numbers of prev_state | 0x100, so a
 * switch out need not decode its state.
 */
enum task_phase {
	PHASE_SLEEPING, /* S */
	PHASE_BLOCKED,  /* D: counts for the load average */
	PHASE_STOPPED,  /* T */
	PHASE_TRACED,   /* t */
	PHASE_DEAD,     /* X */
	PHASE_ZOMBIE,   /* Z */
	PHASE_PARKED,   /* P */
	PHASE_IDLING,   /* I: a kernel thread's sleep that makes no load */
	PHASE_WAITING,  /* R, but another task has the cpu */
	PHASE_WAKING,   /* sched_waking came, sched_wakeup not yet: a move now is placement */
	PHASE_ON_CPU,
	PHASE_NEW,
	PHASE_UNKNOWN, /* not seen yet, or lost */
	NR_PHASES
};

static_assert(1 << PHASE_WAITING == 0x100, "a runnable task's bit is that of R+");

/* Where samples go that do not count: to a histogram that nobody reads. */
enum { DIST_SCRAP = NR_METRIC_DISTS, NR_DISTS };

/* The distributions of a task or of a comm: heads only, the counters come with the samples. */
struct dists {
	struct hist hist[NR_DISTS];
};

struct task_state {
	u64 since; /* in this phase since then, or since the window opened */
	u64 woken; /* for the response; NEVER: no wakeup in the window yet */
	u64 cpu_ns, run_delay_ns, sleep_ns;
	u32 voluntary, involuntary; /* switches out */
	u16 wakeups, migrations;
	u8 phase;
	u8 wait_dist; /* which distribution takes the time until it runs */
	u16 unused;
	struct dists *dists; /* its own, its comm's, or the ones that nobody reads; never NULL */
};

static_assert(sizeof(struct task_state) == 64, "what each record touches is one cache line");

struct task_info {
	u32 comm; /* name id */
	u32 pid, tgid, ppid;
	u8 policy, flags;
	s8 nice;
	bool known : 1; /* was introduced by TASK or FORK */
	bool gone : 1;  /* died before the window */
	bool freed : 1;
	s16 prio;
	u16 exit_status; /* as wait() tells it, of a simulation's dead; else 0 */
	u64 start_ns;
	s64 end_ns;
};

static_assert(sizeof(struct task_info) <= 40, "a million tasks fit in a gigabyte");

/* What most tasks have nothing of: see task_sums. */
struct task_rare {
	u64 blocked_ns, stopped_ns, traced_ns, parked_ns;
	u64 forced_idle_ns;
	u64 futile_wakeups, failed_calls, minor_faults, cow_pages;
	u64 group_cpu_ns; /* what it had run when it came to its group */
	/* How often the narrow counters of its state came round: see tasks_carry(). */
	u32 switch_carry[2], move_carry[2];
	u32 group; /* id; TASK_ID_NONE: the root */
};

struct task_chunk {
	struct task_state *state; /* part of the flat array, or its own */
	struct task_info info[TASKS_CHUNK];
	struct task_rare *rare; /* of each; NULL: none of them has anything */
	u32 nr_known, nr_dead;
	/* in the pools; TASK_ID_NONE: the state is part of the flat array */
	u32 index, state_index;
};

struct task_rare *chunk_rare(struct task_chunk *chunk, u32 slot);
/* The same to be read. */
const struct task_rare *chunk_rare_of(const struct task_chunk *chunk, u32 slot);
/* A sleep of a rare kind, or a part of it, that took @ns. */
void chunk_slept(struct task_chunk *chunk, u32 slot, u8 phase, u64 ns);

/* A comm has sums over tasks that are no longer kept, and its own distributions if they are. */
struct comm_state {
	u32 comm;            /* name id */
	u32 folded : 31;     /* in tasks->folded, + 1; 0: nothing yet */
	u32 lent : 1;        /* dists belong to its only task that has any: see comm_show() */
	struct dists *dists; /* NULL: none */
};

static_assert(sizeof(struct comm_state) == 16,
	      "a million names fit in a gigabyte with their tasks");

/* Of tasks of a comm that are no longer kept. */
struct comm_folded {
	struct task_sums sums;
	u32 nr_tasks;
	u16 flags;
};

/* Sums of x and x squared over tasks, for Jain's index: see usage.c. */
struct fairness_sums {
	u128 sum, squares;
	u64 nr;
};

/*
 * Counters on their way into the cache. With a thousand tasks the counters of their histograms are
 * megabytes, and waiting for them cost most of the time; so a counter is fetched when its sample
 * comes and counted some dozens of samples later.
 */
enum { SAMPLES_AHEAD = 32 };

struct samples {
	u32 at;
	struct {
		u8 *counter; /* to be counted up; moves when its histogram stretches */
		struct hist *hist;
	} ring[SAMPLES_AHEAD];
	/* the counter of a sample that was never taken; its hist is NULL */
	u8 nothing;
};

struct tasks {
	struct task_state *flat;    /* of ids below TASKS_FLAT: most runs need no other */
	struct task_chunk **chunks; /* by id / 64; never NULL: the graveyard stands for none */
	u32 nr_chunks, cap_chunks;
	struct task_chunk *graveyard;
	struct pool chunk_pool, state_pool;
	struct samples samples;
	struct dists *scrap;       /* of idle tasks and those never introduced */
	struct dists *blank;       /* of tasks without a sample yet: holds no value */
	const struct names *names; /* of comms; NULL: not known */
	u32 nr_cpus;               /* ids below are idle tasks */
	u32 nr_tasks;              /* introduced, without idle tasks */
	bool simulated;            /* some task's policy is known: a trace does not tell them */
	bool by_comm;              /* distributions are kept by comm only */

	vec_of(struct comm_state) comms; /* in order of first appearance */
	vec_of(struct comm_folded) folded;
	u32 *comm_index; /* by name id, 0: none, else index + 1 */
	u32 cap_comm_index;
	struct names stems;    /* of all comms, once there are METRICS_COMM_LIMIT of them */
	vec_of(u32) stem_comm; /* by stem id - 1: its first comm's index */

	struct cgroups groups;

	/* Of the tasks that were summed up. */
	u32 nr_folded;
	u64 folded_wakeups, folded_migrations;
	struct fairness_sums fair_workload, fair_all;
};

void tasks_init(struct tasks *tasks, u32 nr_cpus, const struct names *names);
void tasks_fini(struct tasks *tasks);

/* For TASK and FORK. */
void tasks_introduce(struct tasks *tasks, const struct record *r);
void tasks_attr(struct tasks *tasks, const struct record *r);
void tasks_rename(struct tasks *tasks, u32 task, u32 comm);
/* After the switch out of a dead task. @counts: inside the window. */
void tasks_died(struct tasks *tasks, u32 task, u64 when, bool counts);
/* It exits, with a status as wait() would tell it. */
void tasks_exited(struct tasks *tasks, u32 task, u16 status);
void tasks_freed(struct tasks *tasks, u32 task);
/* @task, which has run for @cpu_ns, goes to @group. */
void tasks_regroup(struct tasks *tasks, u32 task, u32 group, u64 cpu_ns);
/* Counter 0..3 (voluntary, involuntary, wakeups, migrations) of @task came round to 0. */
void tasks_carry(struct tasks *tasks, u32 task, u32 counter);

/* ---- comms.c ---- */

struct dists *dists_new(void);
void dists_free(struct dists *dists); /* NULL is allowed */
void dists_merge(struct dists *into, const struct dists *from);
/* The state of a comm, made if it is not there; valid until the next call. */
struct comm_state *tasks_comm(struct tasks *tasks, u32 comm);
/* What its dead are added to; valid until the next call. */
struct comm_folded *comm_folded(struct tasks *tasks, struct comm_state *comm);
/* The distributions that take the samples of a comm while they are kept by comm. */
struct dists *comm_dists(struct tasks *tasks, u32 comm);
/* Adds @dists to those of @comm. */
void comm_merge(struct comm_state *comm, const struct dists *dists);
/* The same at the end: the first ones are not copied, and must outlive @comm. */
void comm_show(struct comm_state *comm, struct dists *dists);
void comms_fini(struct tasks *tasks);

/* How many tasks make load now: running, runnable or blocked. */
u32 tasks_active(const struct tasks *tasks);

void task_sums_of(const struct task_chunk *chunk, u32 slot, struct task_sums *sums);
char task_letter(const struct task_state *state, const struct task_info *info);
void fairness_add(struct fairness_sums *sums, u64 cpu_ns, const struct task_info *info);

/* Counts all samples that are under way. */
void samples_flush(struct samples *samples);
/* The rare parts of sample_add(). Stretching gives a task its distributions, and returns what then
 * holds. */
struct hist *tasks_stretch(struct tasks *tasks, struct task_state *state, u32 dist, u64 value);
void samples_carry(struct samples *samples, u32 at);

/* Tasks from which on it pays to fetch counters ahead. */
enum { SAMPLES_MANY_TASKS = 256 };

/* @ahead: fetch the counter now, count later. A caller knows it at compile time. */
static always_inline void sample_add(struct tasks *tasks, struct task_state *state, u32 dist,
				     u64 value, const bool ahead)
{
	struct samples *samples = &tasks->samples;
	struct hist *hist = &state->dists->hist[dist];

	if (unlikely(!hist_holds(hist, value)))
		hist = tasks_stretch(tasks, state, dist, value);
	u8 *counter = hist_note(hist, value);

	if (!ahead) {
		if (unlikely(++*counter == 0))
			hist_carry(hist, (u32)(counter - hist->near));
		return;
	}
	u32 at = samples->at++ % SAMPLES_AHEAD;

	__builtin_prefetch(counter, 1);
	if (unlikely(++*samples->ring[at].counter == 0))
		samples_carry(samples, at);
	samples->ring[at].counter = counter;
	samples->ring[at].hist = hist;
}

static inline struct task_chunk *tasks_chunk(const struct tasks *tasks, u32 task)
{
	u32 chunk = task >> TASKS_CHUNK_SHIFT;

	return likely(chunk < tasks->nr_chunks) ? tasks->chunks[chunk] : tasks->graveyard;
}

static always_inline struct task_state *tasks_state(const struct tasks *tasks, u32 task)
{
	if (likely(task < TASKS_FLAT))
		return &tasks->flat[task];
	return &tasks_chunk(tasks, task)->state[task % TASKS_CHUNK];
}

static inline bool phase_is_awake(u32 phase)
{
	return phase - PHASE_WAITING <= PHASE_ON_CPU - PHASE_WAITING;
}

/* Runnable, but not running. */
static inline bool phase_waits(u32 phase)
{
	return phase - PHASE_WAITING <= PHASE_WAKING - PHASE_WAITING;
}

static inline bool phase_is_dead(u32 phase)
{
	return phase - PHASE_DEAD <= PHASE_ZOMBIE - PHASE_DEAD;
}

#endif
