/* SPDX-License-Identifier: MIT */
/* What selection and balancing tell of their decisions: the worked examples of
 * fair.md 11.11, 11.12. */
#include "classes/fair_select.h"
#include "sched/decide.h"

#include "smp_fixture.h"

static struct smp *smp;
static struct decision_desk desk;
static struct task busy_task;

/* The last decision of each kind, and the first idle cpus that were passed over. */
static struct decision last[NR_DECISION_KINDS];
static struct decision_missed missed[8];

static void keep(void *self unused_arg, const struct decision *d)
{
	last[d->kind] = *d;
	for (u32 i = 0; d->kind == DECISION_SELECT && i < d->select.nr_missed && i < 8; i++)
		missed[i] = d->select.missed[i];
}

static void look_at(struct smp_options options)
{
	smp = smp_new(options);
	decision_desk_init(&desk, (struct decision_sink){.take = keep});
	smp->sched.desk = &desk;
}

static void teardown(void)
{
	if (smp)
		smp->sched.desk = NULL;
	decision_desk_fini(&desk);
	smp_free(smp);
}

TestSuite(explain, .fini = teardown);

static struct rq *rq_at(u32 cpu)
{
	return sched_rq(&smp->sched, cpu);
}

static void make_busy(u32 cpu)
{
	rq_at(cpu)->curr = &busy_task;
	rq_at(cpu)->nr_running = 1;
	cpumask_clear(smp->sched.rd.idle, cpu);
}

/* ---- Selection ---- */

/* The core asks the class between _begin and _end. @waker runs on cpu 0. */
static const struct decision *wake(struct task *task, u32 prev)
{
	u32 cpu;

	smp->machine.acting = 0;
	decide_select_begin(&smp->sched, task, prev, WF_TTWU);
	cpu = fair_select_cpu(task, prev, WF_TTWU);
	decide_select_end(&smp->sched, task, cpu);
	cr_assert_eq(last[DECISION_SELECT].select.cpu, cpu);
	return &last[DECISION_SELECT];
}

/* Four cpus, 0 to 2 busy, the task ran on 1 before and would go back there. */
static struct task *crowd_of_11_12(u32 scan)
{
	struct task *task;

	look_at((struct smp_options){.cores = 4, .features_off = FEATURE_WA_WEIGHT});
	task = &smp_task(smp, (struct sched_attr){0}, NULL, MSEC, 0)->task;
	task->recent_used_cpu = 1;
	for (u32 cpu = 0; cpu < 3; cpu++)
		make_busy(cpu);
	smp->sched.cache[0].llc_shared->nr_idle_scan = scan;
	return task;
}

/* "nr_idle_scan = 0: no scan, target returned although CPU3 is idle". */
Test(explain, a_cache_that_is_too_busy_is_not_searched_and_an_idle_cpu_missed)
{
	const struct decision *d = wake(crowd_of_11_12(0), 1);

	cr_expect_eq(d->rule, RULE_SELECT_NOT_SEARCHED, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(d->select.affine, RULE_AFFINE_UNDECIDED);
	cr_expect_eq(d->select.target, 1);
	cr_expect_eq(d->select.cpu, 1);
	cr_expect_eq(d->select.scan_limit, 0);
	cr_assert_eq(d->select.nr_missed, 1);
	cr_expect_eq(missed[0].cpu, 3);
	cr_expect_eq(missed[0].why, MISSED_SCAN);
}

/* "Two CPUs tested starting at target+1: target=1: CPU2 (busy), CPU3 (idle): CPU3". */
Test(explain, a_search_counts_the_cpus_it_looks_at)
{
	const struct decision *d = wake(crowd_of_11_12(2), 1);

	cr_expect_eq(d->rule, RULE_SELECT_SCAN, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(d->select.cpu, 3);
	cr_expect_eq(d->select.looked, 2);
	cr_expect_eq(d->select.scan_limit, 2);
	cr_expect(d->select.to_idle);
	cr_expect_eq(d->select.nr_missed, 0);
}

/* "target=0: CPU1, CPU2: none: target". */
Test(explain, a_search_that_may_look_no_further_ends_at_the_target)
{
	const struct decision *d = wake(crowd_of_11_12(2), 0);

	cr_expect_eq(d->rule, RULE_SELECT_NO_IDLE, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(d->select.affine, RULE_AFFINE_SAME);
	cr_expect_eq(d->select.cpu, 0);
	cr_expect_eq(d->select.looked, 2);
	cr_assert_eq(d->select.nr_missed, 1);
	cr_expect_eq(missed[0].why, MISSED_SCAN);
}

/* PACK_VCPUS asks no more once the waker's cpu has room. */
Test(explain, a_task_that_is_packed_misses_an_idle_cpu_without_a_search)
{
	const struct decision *d;
	struct task *task;

	look_at((struct smp_options){.cores = 2, .features_on = FEATURE_PACK_VCPUS});
	task = &smp_task(smp, (struct sched_attr){0}, NULL, MSEC, 0)->task;
	make_busy(0);
	smp->sched.rqs[0].fair.h_nr_queued = smp->sched.rqs[0].nr_running;
	d = wake(task, 0);
	cr_expect_eq(d->rule, RULE_SELECT_PACKED, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(d->select.cpu, 0);
	cr_assert_eq(d->select.nr_missed, 1);
	cr_expect_eq(missed[0].cpu, 1);
	cr_expect_eq(missed[0].why, MISSED_UNSOUGHT);
}

Test(explain, an_idle_cpu_that_is_forbidden_or_far_is_missed_for_that)
{
	struct task *task;
	const struct decision *d;

	look_at((struct smp_options){.cores = 8, .llc_cores = 4});
	task = &smp_task(smp, (struct sched_attr){0}, smp_mask(smp, "0-6"), MSEC, 0)->task;
	for (u32 cpu = 0; cpu < 6; cpu++)
		make_busy(cpu);
	smp->sched.cache[0].llc_shared->nr_idle_scan = 8;
	d = wake(task, 0);
	cr_expect_eq(d->rule, RULE_SELECT_NO_IDLE, "%s", decision_rule_names[d->rule]);
	cr_assert_eq(d->select.nr_missed, 2);
	cr_expect_eq(missed[0].cpu, 6);
	cr_expect_eq(missed[0].why, MISSED_CACHE);
	cr_expect_eq(missed[1].cpu, 7);
	cr_expect_eq(missed[1].why, MISSED_AFFINITY);
}

/* ---- Balancing ---- */

static const struct decision *newly_idle(u32 nr, bool may_go)
{
	look_at((struct smp_options){
		.cores = 2, .features_off = FEATURE_NI_RANDOM | FEATURE_LB_KEEP_INELIGIBLE});
	for (u32 i = 0; i < nr; i++)
		smp_hog_on(smp, 0);
	smp_run(smp, 50 * MSEC);
	for (u32 i = 0; may_go && i < smp->nr_tasks; i++) {
		smp->tasks[i].task.cpus = smp->sched.all_cpus;
		smp->tasks[i].task.nr_cpus_allowed = smp->sched.nr_cpus;
	}
	smp->machine.acting = 1;
	rq_update_clock(rq_at(1));
	memset(last, 0, sizeof(last));
	fair_newidle_balance(rq_at(1));
	return &last[DECISION_BALANCE];
}

/* "3 hogs on CPU0, CPU1 idle: migrate_task, sibling_imbalance = 3 - 0 = 3: >>1 = 1: one task". */
Test(explain, an_idle_cpu_pulls_one_of_three_hogs)
{
	const struct decision *d = newly_idle(3, true);

	cr_expect_eq(d->rule, RULE_BALANCE_MOVED, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(d->cpu, 1);
	cr_expect_eq(d->balance.from, 0);
	cr_expect_eq(d->balance.migrate, MIGRATE_TASK);
	cr_expect_eq(d->balance.imbalance, 1);
	cr_expect_eq(d->balance.moved, 1);
	cr_expect_eq(d->balance.idle, DECISION_NEWLY_IDLE);
}

/* "With 1 hog: not a candidate": nobody looks at all, for no cpu has two tasks. */
Test(explain, nothing_is_pulled_from_a_single_hog)
{
	const struct decision *d = newly_idle(1, true);

	cr_expect_eq(d->rule, RULE_BALANCE_NOT_OVERLOADED, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(d->balance.moved, 0);
}

Test(explain, tasks_that_may_not_go_are_counted_by_reason)
{
	const struct decision *d = newly_idle(3, false);

	cr_expect_eq(d->rule, RULE_BALANCE_PINNED, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(d->balance.pinned, 3);
	cr_expect_eq(d->balance.moved, 0);
}
