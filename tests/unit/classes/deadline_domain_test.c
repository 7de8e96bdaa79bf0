/* SPDX-License-Identifier: MIT */
/*
 * What deadline tasks have been promised, while cpus leave and come back: core-rt-dl-ext.md 1.15,
 * 3.1, 3.7.
 *
 * Four cpus and a reservation of 20 ms in 100: 209715 of 2^20, of which each of four cpus takes
 * 52428, each of three 69905. A fair server is 52428: 13107 of each of four, 17476 of each of
 * three.
 */
#include "classes/deadline.h"
#include "sched/hotplug.h"
#include "smp_fixture.h"

enum { LIMIT = 996147, TASK = 209715, SERVER = 52428, CPUS = 4, LEAVES = 3 };

static struct smp *smp;

static void up(const char *kernel)
{
	struct sched_attr attr = {.policy = POLICY_DEADLINE,
				  .dl_runtime = 20 * MSEC,
				  .dl_deadline = 100 * MSEC,
				  .dl_period = 100 * MSEC};
	struct smp_task *task;

	smp = smp_new((struct smp_options){.kernel = kernel, .cores = CPUS});
	task = smp_task(smp, (struct sched_attr){0}, NULL, MSEC, 0);
	smp_start(smp, task, 0);
	cr_assert_eq(sched_set_attr(&smp->sched, &task->task, &attr), SCHED_OK);
}

static void leave(void)
{
	sched_cpu_deactivate(&smp->sched, LEAVES);
	sched_cpu_leave_domains(&smp->sched, LEAVES);
}

static void come_back(void)
{
	smp->sched.rqs[LEAVES].dying = false;
	sched_cpu_activate(&smp->sched, LEAVES);
}

static void expect(u64 total, const u64 extra[CPUS], const char *when)
{
	cr_expect_eq(smp->sched.rd.dl.total_bw, total, "%s: %" PRIu64, when,
		     smp->sched.rd.dl.total_bw);
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		cr_expect_eq(smp->sched.rqs[cpu].dl.extra_bw, extra[cpu],
			     "%s, cpu %u: %" PRIu64 ", not %" PRIu64, when, cpu,
			     smp->sched.rqs[cpu].dl.extra_bw, extra[cpu]);
}

/* dl_clear_root_domain(): the cpu that is gone keeps what it had. */
Test(deadline_domain, in_6_18_each_rebuild_works_it_out_anew)
{
	const u64 four = LIMIT - 4 * 13107 - 52428, three = LIMIT - 3 * 17476 - 69905;

	up("v6.18");
	expect(4 * SERVER + TASK, (u64[]){four, four, four, four}, "at first");
	for (u32 i = 0; i < 3; i++) {
		leave();
		expect(3 * SERVER + TASK, (u64[]){three, three, three, four}, "without");
		come_back();
		expect(4 * SERVER + TASK, (u64[]){four, four, four, four}, "with");
	}
	smp_free(smp);
}

/*
 * The total is that of a new domain; extra_bw only ever falls: 69905 of three, then 52428 of all.
 */
Test(deadline_domain, in_6_1_each_rebuild_takes_it_once_more)
{
	u64 extra[CPUS] = {LIMIT - 52428, LIMIT - 52428, LIMIT - 52428, LIMIT - 52428};

	up("v6.1");
	expect(TASK, extra, "at first");
	leave();
	for (u32 cpu = 0; cpu < LEAVES; cpu++)
		extra[cpu] -= 69905;
	expect(TASK, extra, "without");
	come_back();
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		extra[cpu] -= 52428;
	expect(TASK, extra, "with");
	smp_free(smp);
}

/*
 * In 6.12 servers too, on the way to the default domain and back. Without cpu 3: the others go
 * there one by one, at 52428 of the first, 26214 of the first two, 17476 of the three; cpu 3 comes
 * as the last and is not active, at 17476 more; then to the new domain as before but for that. With
 * it again: it waits in the default domain, so that the first comes to two, 26214, then 17476 and
 * 13107; in the new one 52428, 26214, 17476, 13107.
 */
Test(deadline_domain, in_6_12_servers_are_taken_on_both_ways)
{
	u64 extra[CPUS], one = 52428, two = 26214, three = 17476, four = 13107;

	up("v6.12");
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		extra[cpu] = smp->sched.rqs[cpu].dl.extra_bw;
	leave();
	extra[0] -= 2 * (one + two + three) + three + 69905;
	extra[1] -= 2 * (two + three) + three + 69905;
	extra[2] -= 2 * three + three + 69905;
	expect(3 * SERVER + TASK, extra, "without");
	come_back();
	extra[0] -= two + three + four + one + two + three + four + 52428;
	extra[1] -= three + four + two + three + four + 52428;
	extra[2] -= four + three + four + 52428;
	extra[3] -= two + three + four + four + 52428;
	expect(4 * SERVER + TASK, extra, "with");
	smp_free(smp);
}

/*
 * A task has left the class and its 0-lag time is to come (with the whole budget left it is now).
 * Domains are built without it (dl_add_task_root_domain()), and then its bandwidth is taken off all
 * the same.
 */
Test(deadline_domain, who_has_left_the_class_is_forgotten_by_a_rebuild)
{
	struct sched_attr fair = {0};

	up("v6.18");
	cr_assert_eq(sched_set_attr(&smp->sched, &smp->tasks[0].task, &fair), SCHED_OK);
	cr_expect_eq(smp->sched.rd.dl.total_bw, 4 * SERVER + TASK, "until then it is kept");
	leave();
	cr_expect_eq(smp->sched.rd.dl.total_bw, 3 * SERVER);
	smp_run(smp, MSEC);
	cr_expect_eq(smp->sched.rd.dl.total_bw, (u64)3 * SERVER - TASK, "%" PRIu64,
		     smp->sched.rd.dl.total_bw);
	smp_free(smp);
}

/*
 * E12 of 6.18 with one cpu less: 90 in 100 are admitted twice on 2 cpus, and as often on 3 of which
 * one is gone, whose server counts no more; a third time is too much (EBUSY).
 */
Test(deadline_domain, admission_is_for_the_cpus_that_are_there)
{
	struct sched_attr attr = {.policy = POLICY_DEADLINE,
				  .dl_runtime = 90 * MSEC,
				  .dl_deadline = 100 * MSEC,
				  .dl_period = 100 * MSEC};
	enum sched_result results[] = {SCHED_OK, SCHED_OK, SCHED_EBUSY};

	smp = smp_new((struct smp_options){.kernel = "v6.18", .cores = 3});
	sched_cpu_deactivate(&smp->sched, 2);
	sched_cpu_leave_domains(&smp->sched, 2);
	for (u32 i = 0; i < ARRAY_SIZE(results); i++) {
		struct smp_task *task = smp_task(smp, (struct sched_attr){0}, NULL, MSEC, 0);

		smp_start(smp, task, i % 2);
		cr_expect_eq(sched_set_attr(&smp->sched, &task->task, &attr), results[i],
			     "number %u", i);
	}
	cr_expect_not(sched_cpu_may_leave(&smp->sched, 1), "1.8 cpus are promised");
	smp_free(smp);
}

/*
 * A cpu that rt tasks used is like the others again when they are gone, and counts no more when it
 * goes.
 */
Test(deadline_domain, reduced_capacity_is_counted_cpu_by_cpu)
{
	smp = smp_new((struct smp_options){.kernel = "v6.18", .cores = CPUS});
	rq_set_capacity(&smp->sched.rqs[3], 512);
	rq_set_capacity(&smp->sched.rqs[1], 700);
	rq_set_capacity(&smp->sched.rqs[1], 600);
	cr_expect_eq(smp->sched.rd.nr_reduced, 2);
	rq_set_capacity(&smp->sched.rqs[1], CPU_CAPACITY);
	cr_expect_eq(smp->sched.rd.nr_reduced, 1);
	leave();
	cr_expect_eq(smp->sched.rd.nr_reduced, 0);
	smp_free(smp);
}
