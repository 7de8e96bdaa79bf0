/* SPDX-License-Identifier: MIT */
/*
 * What a group weighs on each of several cpus, against models that are slow and obvious.
 *
 * At every tick, which updates the groups above the running task: the sum over all cpus is done by
 * hand, and so is the decision whether a queue's load is told to its group. In the long run: hogs
 * that never move make each queue's load the weight of what is on it, so that the weights of all
 * groups, and every task's part of its cpu, follow from a walk over the tree.
 */
#include "classes/fair_entity.h"
#include "smp_fixture.h"

enum { GROUPS_MAX = 6, TASKS_MAX = 20, CORES_MAX = 4, DEPTH_MAX = GROUPS_MAX, LEAST = 2 };

/* ---- Tick by tick ---- */

/* calc_group_shares(), with every cpu's contribution looked up. */
static u64 shares_by_hand(const struct sched *sched, struct task_group *group, u32 cpu)
{
	struct fair_rq *queue = &group->cpus[cpu].queue;
	u64 weights = queue->load_weight >> 10, own = fair_queue_avg(queue)->load_avg, all, shares;

	if (queue->load_weight && weights < LEAST)
		weights = LEAST;
	if (weights > own)
		own = weights;
	all = own;
	for (u32 other = 0; other < sched->nr_cpus; other++)
		if (other != cpu)
			all += group->cpus[other].load_contrib;
	shares = all ? group->shares * own / all : group->shares * own;
	if (shares < LEAST)
		return LEAST;
	return shares > group->shares ? group->shares : shares;
}

/* What a queue has told its group, and when; and how far its averages had got in their period. */
struct told {
	u64 load, at, updated;
	u32 units;
	bool removed; /* somebody who slept here went elsewhere */
};

/*
 * update_tg_load_avg(), at the end of a period of the averages or after a removal: more than a 64th
 * of what was told, and from 6.12 on 1 ms after the last time. Of the lowest queue: above it the
 * new weight of an entity changes the load after it was told.
 */
static void check_told(struct rq *rq, struct group_cpu *gc, struct told before)
{
	u64 load = fair_queue_avg(&gc->queue)->load_avg;
	u64 change = load > before.load ? load - before.load : before.load - load;
	bool often = sched_feature(rq->sched, FEATURE_GROUP_LOAD_EACH_MS) &&
		     rq->clock - before.at < MSEC;

	bool ends = before.removed ||
		    before.units + (gc->queue.avg.last_update - before.updated) / 1024 >= 1024;

	if (!ends || change <= before.load / 64 || often) {
		cr_assert_eq(gc->load_contrib, before.load, "told without a reason");
		return;
	}
	cr_assert_eq(gc->load_contrib, load, "told %" PRIu64 " of %" PRIu64 ", before %" PRIu64,
		     gc->load_contrib, load, before.load);
}

static u64 nr_ticks_checked;

static void check_tick(struct rq *rq, struct task *curr, const struct told *before)
{
	u32 level = 0;

	for (struct task_group *group = curr->group; group; group = group->parent, level++) {
		struct group_cpu *gc = &group->cpus[rq->cpu];

		if (!level)
			check_told(rq, gc, before[level]);
		cr_assert_eq(gc->se.weight, shares_by_hand(rq->sched, group, rq->cpu),
			     "group %u on cpu %u weighs %u, not %" PRIu64, group->id, rq->cpu,
			     gc->se.weight, shares_by_hand(rq->sched, group, rq->cpu));
	}
	nr_ticks_checked += level > 0;
}

/* Changes when somebody is switched or moved. */
static u64 fingerprint(const struct sched *sched)
{
	u64 sum = 0;

	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		sum = sum * 1000003 + sched->rqs[cpu].nr_switches * SMP_TASKS +
		      sched->rqs[cpu].nr_running;
	return sum;
}

/*
 * A tick at whose end somebody was switched or moved has updated more than the tick does; so has
 * the balancing in its softirq, which comes later here.
 */
static void checked_tick(void *self, struct cpu *cpu)
{
	struct sched *sched = self;
	struct rq *rq = sched_rq(sched, cpu->id);
	struct task *curr = rq->curr;
	struct told before[DEPTH_MAX];
	const struct sched_balancer *balancer = sched->balancer;
	u64 before_tick = fingerprint(sched);
	u32 level = 0;

	for (struct task_group *group = curr->group; group; group = group->parent) {
		const struct group_cpu *gc = &group->cpus[cpu->id];

		before[level++] = (struct told){gc->load_contrib, gc->load_contrib_at,
						gc->queue.avg.last_update,
						gc->queue.avg.period_contrib, gc->queue.removed.nr};
	}
	sched->balancer = curr->group ? NULL : balancer;
	sched_tick(self, cpu);
	sched->balancer = balancer;
	if (rq->curr == curr && fingerprint(sched) == before_tick)
		check_tick(rq, curr, before);
	if (!curr->group)
		return;
	sched_balancer.tick(rq);
	if (rq->need_resched)
		sched_irq_exit(sched, cpu);
}

static u32 random_tree(struct rng *rng, struct group_spec *groups)
{
	u32 nr = 1 + (u32)rng_below(rng, GROUPS_MAX);

	for (u32 i = 0; i < nr; i++)
		groups[i] = (struct group_spec){
			.name = "g",
			.parent = i && rng_below(rng, 2) ? (u32)rng_below(rng, i) : GROUP_ROOT,
			.shares = 100 + (u32)rng_below(rng, 4000),
			.quota_ns = GROUP_NO_QUOTA,
		};
	return nr;
}

static struct smp *random_machine(struct rng *rng, const char *kernel, u64 seed)
{
	struct group_spec groups[GROUPS_MAX];
	struct smp *smp = smp_new((struct smp_options){
		.kernel = kernel,
		.cores = 1 + (u32)rng_below(rng, CORES_MAX),
		.hz = rng_below(rng, 2) ? 250 : 1000,
	});
	u32 nr = random_tree(rng, groups);

	sched_groups_init(&smp->sched, groups, nr, seed);
	return smp;
}

/* In a group, or in the root: @in_root percent of all. */
static void put_into(struct smp *smp, struct rng *rng, struct smp_task *task, u32 in_root)
{
	if (rng_below(rng, 100) >= in_root)
		task->task.group = &smp->sched.groups[rng_below(rng, smp->sched.nr_groups)];
}

static void random_sleeper(struct smp *smp, struct rng *rng)
{
	struct sched_attr attr = {.nice = (s8)((s64)rng_below(rng, 40) - 20)};
	u64 run = rng_below(rng, 10 * MSEC) + 1000,
	    sleep = rng_below(rng, 3) ? rng_below(rng, 20 * MSEC) + 1 : 0;
	struct smp_task *task = smp_task(smp, attr, NULL, run, sleep);

	put_into(smp, rng, task, 10);
	smp_start(smp, task, (u32)rng_below(rng, smp->sched.nr_cpus));
}

/* cpu.weight or cpu.idle is written in mid-run: the entities on all cpus are weighed anew. */
static void write_weight(struct smp *smp, struct rng *rng)
{
	struct group_change change = {
		.group = (u32)rng_below(rng, smp->sched.nr_groups),
		.what = rng_below(rng, 4) ? GROUP_SETS_SHARES : GROUP_SETS_IDLE,
		.shares = LEAST + (u32)rng_below(rng, 10000),
		.idle = rng_below(rng, 2),
	};

	smp->machine.acting = (u32)rng_below(rng, smp->sched.nr_cpus);
	sched_set_group(&smp->sched, &change);
}

static const char *const names[] = {"v6.1", "v6.12", "v6.18"};

Test(group_shares, weights_are_sums_over_all_cpus_at_every_tick)
{
	for (u64 seed = 1; seed <= 60; seed++) {
		const char *kernel = names[seed % ARRAY_SIZE(names)];
		struct smp *smp;
		struct rng rng;

		cr_log_info("seed %" PRIu64 " %s", seed, kernel);
		rng_init(&rng, seed, "shares", 0);
		smp = random_machine(&rng, kernel, seed);
		smp->machine.handlers.tick = checked_tick;
		for (u32 i = 0; i < TASKS_MAX; i++)
			random_sleeper(smp, &rng);
		for (u64 ms = 50; ms <= 500; ms += 50) {
			smp_run(smp, ms * MSEC);
			write_weight(smp, &rng);
		}
		smp_free(smp);
	}
	cr_assert_gt(nr_ticks_checked, 5000, "only %" PRIu64, nr_ticks_checked);
}

/* ---- In the long run ---- */

static u64 task_weighs(const struct task *task)
{
	return weight_of(task->static_prio - PRIO_DEFAULT, false).weight;
}

/* What is on the queue of @group on @cpu weighs: tasks, and groups below. Scaled. */
static u64 queue_weighs(const struct smp *smp, const struct task_group *group, u32 cpu);

static u64 group_weighs(const struct smp *smp, const struct task_group *group, u32 cpu)
{
	u64 all = 0, own = queue_weighs(smp, group, cpu);

	for (u32 other = 0; other < smp->sched.nr_cpus; other++)
		all += queue_weighs(smp, group, other);
	return own ? (u64)((u128)group->shares * own / all) : 0;
}

static u64 queue_weighs(const struct smp *smp, const struct task_group *group, u32 cpu)
{
	u64 sum = 0;

	for (u32 i = 0; i < smp->nr_tasks; i++)
		if (smp->tasks[i].task.group == group && smp->tasks[i].task.cpu == cpu)
			sum += task_weighs(&smp->tasks[i].task);
	for (u32 i = 0; i < smp->sched.nr_groups; i++)
		if (smp->sched.groups[i].parent == group)
			sum += group_weighs(smp, &smp->sched.groups[i], cpu);
	return sum;
}

static void pinned_hog(struct smp *smp, struct rng *rng)
{
	struct sched_attr attr = {.nice = (s8)((s64)rng_below(rng, 11) - 5)};
	u32 cpu = (u32)rng_below(rng, smp->sched.nr_cpus);
	struct cpumask *mask = cpumask_new(&smp->arena, smp->sched.nr_cpus);
	struct smp_task *task;

	cpumask_set(mask, cpu);
	task = smp_task(smp, attr, mask, 100 * SEC, 0);
	put_into(smp, rng, task, 20);
	smp_start(smp, task, cpu);
}

/* Of the cpu, in ppm: at each level the entity's part of what is on its queue. */
static u64 group_part(const struct smp *smp, const struct task_group *group, u32 cpu)
{
	u64 ppm = 1000000;

	for (; group; group = group->parent)
		ppm = ppm * group_weighs(smp, group, cpu) / queue_weighs(smp, group->parent, cpu);
	return ppm;
}

/*
 * A told load is off by up to a 64th, on each level; loads are whole numbers. Who hardly ever runs
 * is hardly ever updated.
 */
static void check_weights(const struct smp *smp)
{
	for (u32 i = 0; i < smp->sched.nr_groups; i++)
		for (u32 cpu = 0; cpu < smp->sched.nr_cpus; cpu++) {
			const struct task_group *group = &smp->sched.groups[i];
			u64 expected = group_weighs(smp, group, cpu),
			    has = group->cpus[cpu].se.weight;
			u64 slack = expected * group->depth / 25 + (64 << 10) / 10;

			if (expected && group_part(smp, group, cpu) > 10000)
				cr_assert(has <= expected + slack && expected <= has + slack,
					  "group %u on cpu %u: %" PRIu64 ", not %" PRIu64, i, cpu,
					  has, expected);
		}
}

static u64 expected_part(const struct smp *smp, const struct task *task)
{
	return group_part(smp, task->group, task->cpu) * task_weighs(task) /
	       queue_weighs(smp, task->group, task->cpu);
}

Test(group_shares, hogs_get_what_the_weights_above_them_come_to)
{
	enum { FROM = 10, UNTIL = 30 };
	u64 ran[SMP_TASKS];

	for (u64 seed = 1; seed <= 45; seed++) {
		const char *kernel = names[seed % ARRAY_SIZE(names)];
		struct smp *smp;
		struct rng rng;

		cr_log_info("seed %" PRIu64 " %s", seed, kernel);
		rng_init(&rng, seed, "long run", 0);
		smp = random_machine(&rng, kernel, seed);
		for (u32 i = 0; i < TASKS_MAX; i++)
			pinned_hog(smp, &rng);
		smp_run(smp, FROM * SEC);
		check_weights(smp);
		for (u32 i = 0; i < smp->nr_tasks; i++)
			ran[i] = smp->tasks[i].task.fair.sum_exec_runtime;
		smp_run(smp, UNTIL * SEC);
		check_weights(smp);
		for (u32 i = 0; i < smp->nr_tasks; i++) {
			const struct task *task = &smp->tasks[i].task;
			u64 ppm = (task->fair.sum_exec_runtime - ran[i]) / ((UNTIL - FROM) * 1000);
			u64 expected = expected_part(smp, task), slack = expected / 20 + 10000;

			cr_assert(ppm <= expected + slack && expected <= ppm + slack,
				  "task %u: %" PRIu64 " ppm, not %" PRIu64, task->id, ppm,
				  expected);
		}
		smp_free(smp);
	}
}
