/* SPDX-License-Identifier: MIT */
/*
 * Random lives of a dozen tasks on one cpu, held against slow obvious models after every step: sums
 * in 128 bits, picks by looking at everybody.
 */
#include "classes/fair_eevdf.h"

#include "base/rng.h"
#include "fair_fixture.h"

enum { TASKS = 12, STEPS = 3000, SEEDS = 12 };

static struct fixture f;

static void teardown(void)
{
	fixture_fini(&f);
}

TestSuite(fair_random, .fini = teardown);

static struct rng rng;
static u64 seed, last_base;

#define hold(cond, what) \
	cr_assert(cond, "seed %" PRIu64 ", t %" PRIu64 ": %s", seed, f.machine.now, what)

/* ---- What happens ---- */

static u64 random_slice(void)
{
	return rng_below(&rng, 3) ? 0 : 100 * USEC + rng_below(&rng, 20 * MSEC);
}

static u8 random_policy(void)
{
	static const u8 policies[] = {POLICY_OTHER, POLICY_OTHER, POLICY_OTHER, POLICY_BATCH,
				      POLICY_IDLE};

	return policies[rng_below(&rng, ARRAY_SIZE(policies))];
}

static struct sched_attr random_attr(void)
{
	return (struct sched_attr){
		.policy = random_policy(),
		.nice = (s8)((s64)rng_below(&rng, 40) - 20),
		.slice_ns = random_slice(),
	};
}

static void wake_or_start(struct task *task)
{
	if (task->state == TASK_NEW)
		fixture_start(&f, task);
	else if (task->state == TASK_INTERRUPTIBLE)
		fixture_wake(&f, task);
}

static void change(struct task *task)
{
	struct sched_attr attr = random_attr();

	if (task->state == TASK_NEW)
		return;
	if (rng_below(&rng, 2))
		cr_assert_eq(sched_set_nice(&f.sched, task, attr.nice), SCHED_OK);
	else
		cr_assert_eq(sched_set_attr(&f.sched, task, &attr), SCHED_OK);
}

static void random_step(void)
{
	struct task *task = &f.tasks[rng_below(&rng, TASKS)];

	fixture_advance(&f, rng_below(&rng, rng_below(&rng, 4) ? 500 * USEC : 5 * MSEC));
	switch (rng_below(&rng, 8)) {
	case 0 ... 2:
		wake_or_start(task);
		break;
	case 3 ... 4:
		if (f.rq->curr != f.rq->idle)
			fixture_sleep(&f);
		break;
	case 5:
		change(task);
		break;
	case 6:
		if (f.rq->curr != f.rq->idle)
			sched_yield_curr(&f.sched, f.cpu);
		break;
	default:
		fixture_tick(&f);
	}
	fixture_schedule(&f);
}

/* ---- What must hold whatever the rules ---- */

static void check_counts(void)
{
	u64 load = 0;
	u32 queued = 0, runnable = 0, idle = 0, listed = 0;
	const struct task *task;

	for (u32 i = 0; i < f.nr_tasks; i++) {
		const struct fair_entity *se = &f.tasks[i].fair;

		hold(se->on_rq == (f.tasks[i].on_rq == ON_RQ_QUEUED), "on_rq of task and entity");
		if (!se->on_rq)
			continue;
		queued++;
		runnable += !se->sched_delayed;
		idle += f.tasks[i].policy == POLICY_IDLE;
		load += se->weight;
		hold(se->sched_delayed == (f.tasks[i].state != TASK_RUNNING),
		     "who sleeps is delayed");
	}
	list_for_each (task, &f.rq->fair_tasks, rq_link)
		listed++;
	hold(f.queue->nr_queued == queued && f.queue->h_nr_queued == queued, "nr_queued");
	hold(f.queue->h_nr_runnable == runnable, "h_nr_runnable");
	hold(f.queue->h_nr_idle == idle && f.queue->nr_idle == idle, "idle tasks");
	hold(f.queue->load_weight == load, "load weight");
	hold(f.rq->nr_running == queued && listed == queued, "nr_running");
	hold(!!(f.rq->classes_runnable & 1 << CLASS_FAIR) == !!queued, "classes_runnable");
	hold(f.rq->curr == f.rq->idle ? !queued : f.rq->curr->fair.on_rq, "work is conserved");
}

static bool deadline_less(const struct rb_node *a, const struct rb_node *b)
{
	return vtime_before(container_of(a, struct fair_entity, node)->deadline,
			    container_of(b, struct fair_entity, node)->deadline);
}

static bool vruntime_less(const struct rb_node *a, const struct rb_node *b)
{
	return vtime_before(container_of(a, struct fair_entity, node)->vruntime,
			    container_of(b, struct fair_entity, node)->vruntime);
}

/* ---- EEVDF ---- */

/* Exact sums over everybody queued. */
struct model {
	s128 sum;
	s64 weight;
	u64 base;
};

static struct model model_now(void)
{
	struct model m = {.base = f.queue->virtual_base};

	for (u32 i = 0; i < f.nr_tasks; i++) {
		const struct fair_entity *se = &f.tasks[i].fair;

		if (!se->on_rq)
			continue;
		m.sum += (s128)(s64)(se->vruntime - m.base) * (s64)fair_weight(se);
		m.weight += (s64)fair_weight(se);
	}
	return m;
}

static bool model_eligible(const struct model *m, const struct fair_entity *se)
{
	return m->sum >= (s128)(s64)(se->vruntime - m->base) * m->weight;
}

static u64 model_virtual_time(const struct model *m)
{
	s128 quotient = m->sum / m->weight;

	if (m->sum % m->weight < 0)
		quotient--;
	return m->base + (u64)(s64)quotient;
}

static struct fair_entity *model_earliest(const struct model *m)
{
	for (struct rb_node *node = rb_first(&f.queue->timeline); node; node = rb_next(node)) {
		struct fair_entity *se = container_of(node, struct fair_entity, node);

		if (model_eligible(m, se))
			return se;
	}
	return NULL;
}

static void check_slices(void)
{
	u32 least = UINT32_MAX, most = 0;

	for (u32 i = 0; i < f.nr_tasks; i++) {
		if (!f.tasks[i].fair.on_rq)
			continue;
		least = min_of(least, f.tasks[i].fair.slice);
		most = max_of(most, f.tasks[i].fair.slice);
	}
	hold(eevdf_min_slice(f.queue) == least, "min slice");
	hold(eevdf_max_slice(f.queue) == most, "max slice");
}

static void check_eevdf(void)
{
	struct model m = model_now();

	hold(rb_valid(&f.queue->timeline, deadline_less), "timeline");
	check_slices();
	if (!f.queue->nr_queued)
		return;
	hold(eevdf_earliest(f.queue, eevdf_sums(f.queue)) == model_earliest(&m),
	     "earliest eligible");
	for (u32 i = 0; i < f.nr_tasks; i++) {
		struct fair_entity *se = &f.tasks[i].fair;

		if (se->on_rq)
			hold(eevdf_eligible(f.queue, se) == model_eligible(&m, se), "eligible");
	}

	u64 virtual_time = model_virtual_time(&m);

	hold(eevdf_virtual_time(f.queue) == virtual_time, "virtual time");
	hold(f.queue->virtual_base == virtual_time, "base");
	hold(eevdf_virtual_time(f.queue) == virtual_time, "virtual time again");
}

/* A task that has just been switched to is one that may run. */
static void check_switch(const struct task *before)
{
	struct model m = model_now();
	struct fair_entity *se = &f.rq->curr->fair;

	if (f.rq->curr == before || f.rq->curr == f.rq->idle)
		return;
	hold(!se->sched_delayed, "a delayed task runs");
	hold(f.queue->nr_queued == 1 || model_eligible(&m, se), "an ineligible task was picked");
}

/* Twice the longest slice, or with 6.18 that and a tick: at least that is never exceeded. */
static void check_saved_lag(void)
{
	for (u32 i = 0; i < f.nr_tasks; i++) {
		struct fair_entity *se = &f.tasks[i].fair;
		s64 limit = (s64)weight_virtual(2 * 20100 * USEC + 4 * MSEC, se);

		if (!se->on_rq)
			hold(se->vlag <= limit && se->vlag >= -limit, "saved lag");
	}
}

static void live(const char *kernel, void (*check)(void))
{
	for (seed = 1; seed <= SEEDS; seed++) {
		fixture_init(&f, (struct fixture_options){kernel, .cpus = 8});
		rng_init(&rng, seed, "fair", 0);
		last_base = f.queue->virtual_base;
		for (u32 i = 0; i < TASKS; i++)
			fixture_task(&f, random_attr());
		for (u32 i = 0; i < STEPS; i++) {
			const struct task *before = f.rq->curr;

			random_step();
			check_counts();
			if (f.kernel.fair == FAIR_EEVDF)
				check_switch(before);
			check();
		}
		if (f.kernel.fair == FAIR_EEVDF)
			check_saved_lag();
	}
}

Test(fair_random, eevdf_6_18_is_the_obvious_model)
{
	live("v6.18", check_eevdf);
}

Test(fair_random, eevdf_6_12_is_the_obvious_model)
{
	live("v6.12", check_eevdf);
}

/* Hogs alone: nobody's lag exceeds the longest request and the tick that finds it over. */
static void lag_bound(const char *kernel)
{
	for (seed = 1; seed <= SEEDS; seed++) {
		u64 longest = 0;

		fixture_init(&f, (struct fixture_options){kernel, .cpus = 8});
		rng_init(&rng, seed, "lag", 0);
		for (u32 i = 0; i < 2 + seed % 8; i++) {
			struct sched_attr attr = random_attr();
			struct task *task;

			attr.policy = POLICY_OTHER;
			task = fixture_task(&f, attr);
			fixture_start(&f, task);
			longest = max_of(longest, (u64)task->fair.slice);
		}
		fixture_schedule(&f);
		for (u32 tick = 0; tick < 3000; tick++) {
			fixture_advance(&f, 4 * MSEC);
			fixture_tick(&f);

			struct model m = model_now();
			s64 bound = (s64)(longest + 4 * MSEC);

			for (u32 i = 0; i < f.nr_tasks; i++) {
				const struct fair_entity *se = &f.tasks[i].fair;
				s64 lag = (s64)(model_virtual_time(&m) - se->vruntime);
				s64 real = lag * (s64)fair_weight(se) / 1024;

				hold(real <= bound && real >= -bound, "lag");
			}
		}
	}
}

Test(fair_random, the_lag_of_hogs_is_bounded)
{
	lag_bound("v6.12");
	lag_bound("v6.18");
}

/* ---- CFS ---- */

static void check_cfs(void)
{
	u64 base = f.queue->virtual_base;
	const struct fair_entity *least = NULL;

	hold(!vtime_before(base, last_base), "min_vruntime went back");
	last_base = base;
	hold(rb_valid(&f.queue->timeline, vruntime_less), "timeline");
	for (u32 i = 0; i < f.nr_tasks; i++) {
		const struct fair_entity *se = &f.tasks[i].fair;

		if (se->on_rq && (!least || vtime_before(se->vruntime, least->vruntime)))
			least = se;
	}
	if (least)
		hold(!vtime_before(least->vruntime, base - 12 * MSEC),
		     "more than a sleeper's credit");
}

Test(fair_random, cfs_keeps_its_base_and_its_order)
{
	live("v6.1", check_cfs);
}
