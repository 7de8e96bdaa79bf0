/* SPDX-License-Identifier: MIT */
/*
 * Random programs on random machines: whatever they do, a task runs on one cpu at a time, only the
 * living run, and the same seed gives the same records.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "rig.h"
#include "run/sim.h"

enum { NR_SEEDS = 150, CPUS = 8 };

/* ---- Programs ---- */

static const char *const plain[] = {
	"run 100us",
	"run 3ms",
	"sleep 1ms",
	"sleep 50us",
	"timer 2ms",
	"yield",
	"fork c",
	"clone t",
	"wait",
	"waitall",
	"stop a",
	"cont a",
	"stop b1",
	"cont b1",
	"kill b2",
	"kill d",
	"sem_post s",
	"sem_wait s",
	"pipe_write p 1",
	"pipe_write p 9000",
	"pipe_read p 1",
	"pipe_read p 70000",
	"cond_signal v",
	"cond_broadcast v",
	"nice 5",
	"nice -5 a",
	"policy fifo:3",
	"policy other:0 b",
	"policy rr:7 a",
	"affinity 0",
	"affinity all",
	"affinity 0 b",
	"slice 3ms",
	"mark here",
	"exec tool e",
	"barrier r",
	"cont b",
	"run 20us; cont a",
	"policy other:0 a",
	"sleep 3ms; sem_post s",
	"affinity all b",
	"policy other:0",
};
static const char *const locked[] = {"m", "q", "q2"};

static void add_random(struct text *out, struct rng *rng, u32 depth)
{
	u32 count = 1 + (u32)rng_below(rng, 6);

	for (u32 i = 0; i < count; i++) {
		u32 kind = (u32)rng_below(rng, 12);

		if (kind == 0 && depth < 3) {
			text_printf(out, "loop %u; run 10us;", 2 + (u32)rng_below(rng, 5));
			add_random(out, rng, depth + 1);
			text_add(out, "end;");
		} else if (kind <= 2 && depth < 3) {
			const char *lock = locked[rng_below(rng, ARRAY_SIZE(locked))];

			text_printf(out, "lock %s; run 50us;", lock);
			if (rng_below(rng, 3) == 0)
				text_printf(out, "cond_wait v %s;", lock);
			else
				text_printf(out, "%s;", plain[rng_below(rng, 6)]);
			text_printf(out, "unlock %s;", lock);
		} else {
			text_printf(out, "%s;", plain[rng_below(rng, ARRAY_SIZE(plain))]);
		}
	}
}

static char *random_program(struct rig *rig, struct rng *rng, const char *frame)
{
	struct text text = {0};
	char *program;

	add_random(&text, rng, 0);
	program = arena_printf(&rig->arena, frame, text.at);
	text_fini(&text);
	return program;
}

/* All names that programs may use exist, whatever is drawn. */
static void build(struct rig *rig, u64 seed)
{
	static const char *const rows[] = {"v6.1", "v6.12", "v6.18"};
	const struct loc nowhere = {0};
	struct rng rng;

	rng_init(&rng, seed, "random programs", 0);
	rig_init(rig, 1 + (u32)rng_below(&rng, CPUS), rows[rng_below(&rng, 3)]);
	if (rng_below(&rng, 3))
		cr_assert(costs_preset("x86-64", &builder_platform(rig->builder)->costs));
	builder_platform(rig->builder)->preempt = (enum preempt_model)rng_below(&rng, PREEMPT_LAZY);
	builder_duration(rig->builder, 100 * MSEC);
	builder_mutex(rig->builder, nowhere, "q", MUTEX_PI);
	builder_mutex(rig->builder, nowhere, "q2", MUTEX_PI);
	builder_barrier(rig->builder, nowhere, "r", 2);
	rig_template(rig, "c", random_program(rig, &rng, "run 10us; loop 2; %s end; run 10us"));
	rig_template(rig, "t", "run 100us; sem_post s; fork e; wait");
	rig_template(rig, "e", "loop 3; run 30us; mark e; sleep 1ms; end");
	rig_task(rig, "a", random_program(rig, &rng, "loop 9; run 1us; %s end; run 10us"));
	rig_task_attr(rig, "b", (struct rig_attr){.count = 4, .woken = rng_below(&rng, 2)},
		      random_program(rig, &rng, "loop 9; run 1us; %s end"));
	rig_task_attr(rig, "d", (struct rig_attr){.fifo = 4, .start_ns = MSEC},
		      random_program(rig, &rng, "loop 50; run 1us; %s sleep 1ms; end"));
	rig_task_attr(rig, "f", (struct rig_attr){.thread_of = "b"},
		      random_program(rig, &rng, "run 2ms; %s run 1us"));
	/* Someone has to come for those who wait. */
	rig_task(rig, "helper",
		 "loop; sleep 200us; sem_post s; sem_post s; cond_broadcast v; "
		 "cont a; cont b; end");
	rig_task(rig, "writer", "loop; sleep 300us; pipe_write p 3000; end");
	rig_task(rig, "reader", "loop; sleep 300us; pipe_read p 9000; end");
	rig_task(rig, "third", "loop; sleep 1ms; barrier r; end");
	rig_task(rig, "users",
		 "sleep 1s; fork c; clone t; fork e; sem_wait s; lock m; cond_wait v m; "
		 "unlock m");
}

/* ---- What must hold ---- */

enum { STATE_DEAD = 0x10, STATE_ZOMBIE = 0x20 }; /* of a switch */

struct watch {
	struct text all;   /* every record, as bytes */
	vec_of(u8) where;  /* by task: cpu + 1 on which it runs, or 0 */
	vec_of(bool) dead; /* by task: its exit has begun and it has left its cpu */
	vec_of(bool) exiting;
	u32 current[CPUS];
	u64 seed, now;
};

static void grow(struct watch *watch, u32 task)
{
	vec_reserve(&watch->where, task + 1);
	vec_reserve(&watch->dead, task + 1);
	vec_reserve(&watch->exiting, task + 1);
}

static void check_switch(struct watch *watch, const struct record *r)
{
	grow(watch, max_of(r->task, r->other));
	cr_assert_eq(watch->current[r->cpu], r->task, "seed %" PRIu64 ": who leaves was running",
		     watch->seed);
	cr_assert_eq(watch->where.at[r->other], 0, "seed %" PRIu64 ": task %u runs twice",
		     watch->seed, r->other);
	cr_assert_not(watch->dead.at[r->other], "seed %" PRIu64 ": dead task %u runs", watch->seed,
		      r->other);
	watch->where.at[r->task] = 0;
	watch->where.at[r->other] = (u8)(r->cpu + 1);
	watch->current[r->cpu] = r->other;
	/* Until its last switch it may be preempted, like anybody. */
	watch->dead.at[r->task] =
		watch->exiting.at[r->task] && record_prev_state(r) & (STATE_ZOMBIE | STATE_DEAD);
}

static void watch_take(void *self, const struct record *batch, size_t count)
{
	struct watch *watch = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		cr_assert(r->when >= watch->now, "seed %" PRIu64 ": time goes back", watch->seed);
		watch->now = r->when;
		if (r->kind == RECORD_SWITCH)
			check_switch(watch, r);
		if (r->kind == RECORD_EXIT) {
			grow(watch, r->task);
			cr_assert_not(watch->exiting.at[r->task], "seed %" PRIu64, watch->seed);
			watch->exiting.at[r->task] = true;
		}
	}
	text_add_len(&watch->all, (const char *)batch, count * sizeof(*batch));
}

/* False: the programs have a mistake that the builder has found. */
static bool run(u64 seed, struct watch *watch)
{
	struct rig rig;
	const struct workload *workload;
	struct sim *sim;

	build(&rig, seed);
	workload = builder_finish(rig.builder);
	*watch = (struct watch){.seed = seed};
	if (workload) {
		for (u32 cpu = 0; cpu < CPUS; cpu++)
			watch->current[cpu] = cpu;
		grow(watch, CPUS);
		names_init(&rig.names);
		stream_init(&rig.stream, &rig.names, workload->platform.nr_cpus);
		stream_add_sink(&rig.stream, (struct sink){watch, UINT64_MAX, watch_take});
		sim = sim_new(workload, &rig.stream, &rig.names);
		if (!sim_run(sim))
			cr_assert(strstr(sim_failure(sim), "deadlock") ||
					  strstr(sim_failure(sim), "exec by a thread"),
				  "seed %" PRIu64 ": %s", seed, sim_failure(sim));
		sim_free(sim);
		stream_fini(&rig.stream);
		names_fini(&rig.names);
	}
	rig_fini(&rig);
	return workload != NULL;
}

static void watch_fini(struct watch *watch)
{
	text_fini(&watch->all);
	vec_fini(&watch->where);
	vec_fini(&watch->dead);
	vec_fini(&watch->exiting);
}

Test(random, programs_keep_the_rules_and_repeat)
{
	u32 nr_run = 0;

	for (u64 seed = 1; seed <= NR_SEEDS; seed++) {
		struct watch first, second;
		bool ran = run(seed, &first);

		cr_assert_eq(run(seed, &second), ran);
		nr_run += ran;
		cr_assert_eq(first.all.len, second.all.len, "seed %" PRIu64, seed);
		cr_assert(!ran || !memcmp(first.all.at, second.all.at, first.all.len),
			  "seed %" PRIu64 ": two runs differ", seed);
		watch_fini(&first);
		watch_fini(&second);
	}
	cr_assert_gt(nr_run, NR_SEEDS / 2, "only %u programs could be run", nr_run);
}
