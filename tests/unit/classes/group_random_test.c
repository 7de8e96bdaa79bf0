/* SPDX-License-Identifier: MIT */
/*
 * Random trees of groups with random weights and quotas, random tasks in them, on one to four cpus
 * and all kernels: after each event the counts of every queue are what counting by hand comes to,
 * and no group gets more than its quota.
 */
#include "classes/fair_bandwidth.h"
#include "classes/fair_entity.h"
#include "smp_fixture.h"

enum { GROUPS_MAX = 8, TASKS_MAX = 24 };

/* What should be in a queue. */
struct count {
	u32 nr, idle, h_nr, h_runnable, h_idle;
	u64 weight;
};

static void count_task(struct count *c, const struct task *task)
{
	c->nr++;
	c->h_nr++;
	c->h_runnable += !task->fair.sched_delayed;
	c->idle += task_is_idle_policy(task);
	c->h_idle += task_is_idle_policy(task);
	c->weight += task->fair.weight;
}

/* @group NULL: the root. Groups below come later in the list. */
static struct count count_queue(struct smp *smp, const struct task_group *group, u32 cpu)
{
	struct sched *sched = &smp->sched;
	struct count c = {0};

	for (u32 i = 0; i < smp->nr_tasks; i++) {
		struct task *task = &smp->tasks[i].task;

		if (task->group == group && task->cpu == cpu && task->fair.on_rq)
			count_task(&c, task);
	}
	for (u32 i = 0; i < sched->nr_groups; i++) {
		struct task_group *child = &sched->groups[i];
		struct group_cpu *gc = &child->cpus[cpu];
		struct count below;

		if (child->parent != group)
			continue;
		below = count_queue(smp, child, cpu);
		if (!gc->se.on_rq)
			continue;
		c.nr++;
		c.idle += child->idle;
		c.weight += gc->se.weight;
		c.h_nr += below.h_nr;
		c.h_runnable += below.h_runnable;
		c.h_idle += child->idle ? below.h_nr : below.h_idle;
	}
	return c;
}

static void check_queue(struct smp *smp, const struct task_group *group,
			const struct fair_rq *queue, u32 cpu)
{
	struct count c = count_queue(smp, group, cpu);

	cr_assert_eq(queue->nr_queued, c.nr, "entities");
	cr_assert_eq(queue->h_nr_queued, c.h_nr, "tasks: %u, not %u", queue->h_nr_queued, c.h_nr);
	cr_assert_eq(queue->h_nr_runnable, c.h_runnable, "runnable");
	cr_assert_eq(queue->h_nr_idle, c.h_idle, "idle");
	cr_assert_eq(queue->nr_idle, c.idle, "idle entities");
	cr_assert_eq(queue->load_weight, c.weight, "weight");
}

static void check_counts(struct smp *smp)
{
	struct sched *sched = &smp->sched;

	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct rq *rq = sched_rq(sched, cpu);
		u32 others = rq->stop->on_rq == ON_RQ_QUEUED;

		check_queue(smp, NULL, &rq->fair, cpu);
		cr_assert_eq(rq->nr_running, rq->fair.h_nr_queued + others);
		for (u32 i = 0; i < sched->nr_groups; i++)
			check_queue(smp, &sched->groups[i], &sched->groups[i].cpus[cpu].queue, cpu);
	}
	for (u32 i = 0; i < sched->nr_groups; i++) {
		u64 load = 0;

		for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
			load += sched->groups[i].cpus[cpu].load_contrib;
		cr_assert_eq(sched->groups[i].load_avg, load, "a group's load is that of its cpus");
	}
}

static u32 random_groups(struct rng *rng, struct group_spec *groups)
{
	u32 nr = 1 + (u32)rng_below(rng, GROUPS_MAX);

	for (u32 i = 0; i < nr; i++) {
		groups[i] = (struct group_spec){
			.name = "g",
			.parent = i && rng_below(rng, 2) ? (u32)rng_below(rng, i) : GROUP_ROOT,
			.shares = 2 + (u32)rng_below(rng, 4096),
			.idle = !rng_below(rng, 6),
			.quota_ns = GROUP_NO_QUOTA,
			.period_ns = (1 + rng_below(rng, 40)) * 5 * MSEC,
		};
		if (rng_below(rng, 2))
			groups[i].quota_ns = MSEC + rng_below(rng, groups[i].period_ns);
	}
	return nr;
}

static void random_task(struct smp *smp, struct rng *rng)
{
	static const u8 policies[] = {POLICY_OTHER, POLICY_OTHER, POLICY_BATCH, POLICY_IDLE};
	struct sched_attr attr = {
		.policy = policies[rng_below(rng, ARRAY_SIZE(policies))],
		.nice = (s8)((s64)rng_below(rng, 40) - 20),
	};
	u64 sleep = rng_below(rng, 3) ? rng_below(rng, 20 * MSEC) + 1 : 0;
	u64 run = rng_below(rng, 10 * MSEC) + 1000;
	struct smp_task *task = smp_task(smp, attr, NULL, run, sleep);
	u64 group = rng_below(rng, smp->sched.nr_groups + 1);

	if (group < smp->sched.nr_groups)
		task->task.group = &smp->sched.groups[group];
	smp_start(smp, task, (u32)rng_below(rng, smp->sched.nr_cpus));
}

/* Moves somebody who is not about to be woken to another group. */
static void move_one(struct smp *smp, struct rng *rng)
{
	struct task *task = &smp->tasks[rng_below(rng, smp->nr_tasks)].task;
	u64 group = rng_below(rng, smp->sched.nr_groups + 1);

	smp->machine.acting = (u32)rng_below(rng, smp->sched.nr_cpus);
	if (task->state != TASK_WAKING)
		sched_move_group(&smp->sched, task,
				 group < smp->sched.nr_groups ? &smp->sched.groups[group] : NULL);
}

/* Makes a group idle, or no longer. */
static void turn_one(struct smp *smp, struct rng *rng)
{
	u32 group = (u32)rng_below(rng, smp->sched.nr_groups);
	struct group_change change = {.group = group,
				      .what = GROUP_SETS_IDLE,
				      .idle = !smp->sched.groups[group].idle};

	smp->machine.acting = (u32)rng_below(rng, smp->sched.nr_cpus);
	sched_set_group(&smp->sched, &change);
	cr_assert_eq(smp->sched.groups[group].shares, (change.idle ? 3ull : 1024ull) << 10);
}

/* What the tasks of @group and of the groups below have run: they never change groups here. */
static u64 used_by(const struct smp *smp, const struct task_group *group)
{
	u64 ns = 0;

	for (u32 i = 0; i < smp->nr_tasks; i++)
		for (const struct task_group *g = smp->tasks[i].task.group; g; g = g->parent)
			ns += g == group ? smp->tasks[i].task.fair.sum_exec_runtime : 0;
	return ns;
}

/* Each cpu may have taken a slice in advance and overrun it by a tick. */
static void check_quotas(const struct smp *smp, const struct group_spec *groups, u64 ns)
{
	for (u32 i = 0; i < smp->sched.nr_groups; i++) {
		u64 periods = ns / groups[i].period_ns + 2;
		u64 more = smp->sched.nr_cpus * (5 * MSEC + smp->sched.tick_ns);

		if (groups[i].quota_ns != GROUP_NO_QUOTA)
			cr_assert_leq(used_by(smp, &smp->sched.groups[i]),
				      periods * groups[i].quota_ns + more, "group %u", i);
	}
}

static void run_seed(u64 seed, const char *kernel, bool moves)
{
	struct group_spec groups[GROUPS_MAX];
	struct smp *smp;
	struct rng rng;
	u32 nr;

	rng_init(&rng, seed, "groups", moves);
	smp = smp_new((struct smp_options){
		.kernel = kernel,
		.cores = 1 + (u32)rng_below(&rng, 4),
		.hz = rng_below(&rng, 2) ? 250 : 1000,
	});
	nr = random_groups(&rng, groups);
	sched_groups_init(&smp->sched, groups, nr, seed);
	smp->check = check_counts;
	for (u32 i = 0; i < TASKS_MAX; i++)
		random_task(smp, &rng);
	for (u64 ms = 20; ms <= 600; ms += 20) {
		smp_run(smp, ms * MSEC);
		if (moves)
			move_one(smp, &rng);
		if (moves && rng_below(&rng, 3) == 0)
			turn_one(smp, &rng);
		check_counts(smp);
		if (!moves)
			check_quotas(smp, groups, ms * MSEC);
	}
	smp_free(smp);
}

static const char *const names[] = {"v6.1", "v6.12", "v6.18"};

Test(group_random, counts_and_quotas_hold_whatever_happens)
{
	for (u64 seed = 1; seed <= 40; seed++)
		for (u32 k = 0; k < ARRAY_SIZE(names); k++) {
			cr_log_info("seed %" PRIu64 " %s", seed, names[k]);
			run_seed(seed, names[k], false);
		}
}

Test(group_random, counts_hold_while_tasks_change_groups_and_groups_become_idle)
{
	for (u64 seed = 1; seed <= 40; seed++)
		for (u32 k = 0; k < ARRAY_SIZE(names); k++) {
			cr_log_info("seed %" PRIu64 " %s", seed, names[k]);
			run_seed(seed, names[k], true);
		}
}
