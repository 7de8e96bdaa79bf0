/* SPDX-License-Identifier: MIT */
/*
 * What a policy hears of cgroups, and when: core-rt-dl-ext.md 5.3. Numbers: 1 is the root, 2 the
 * first group.
 */
#include "ext_log.h"
#include "sched/group.h"

static const struct group_spec specs[] = {
	{.name = "a",
	 .parent = GROUP_ROOT,
	 .shares = 2048,
	 .quota_ns = GROUP_NO_QUOTA,
	 .period_ns = 100 * MSEC,
	 .gets_quota = true},
	{.name = "b",
	 .parent = 0,
	 .shares = 1024,
	 .quota_ns = GROUP_NO_QUOTA,
	 .period_ns = 100 * MSEC},
};

static struct smp *smp;

/* A machine with two groups, a hog in the first of them, and the policy about to be loaded. */
static struct task *up(const char *kernel)
{
	struct smp_task *task;

	smp = smp_new(
		(struct smp_options){.kernel = kernel, .cores = 1, .policy = &ext_log_policy});
	sched_groups_init(&smp->sched, specs, ARRAY_SIZE(specs), 1);
	ext_log = (struct ext_log){.cgroups = true, .quiet_dispatch = true};
	task = smp_task(smp, (struct sched_attr){0}, NULL, SEC, 0);
	task->task.group = &smp->sched.groups[0];
	task_set_queue(&smp->sched, &task->task, 0);
	return &task->task;
}

static void down(void)
{
	text_fini(&ext_log.text);
	smp_free(smp);
}

static void load(void)
{
	ext_start(smp->ext);
	machine_start(&smp->machine);
	ext_log_run(smp, 1);
}

/* Parents first, behind init and before any task; at the end children first, before any task. */
Test(ext_cgroup, all_are_told_of_at_load_and_once_more_at_unload)
{
	up("v6.18");
	load();
	ext_log_expect(
		"init, cgroup_init 1 in 0 weight 100, cgroup_init 2 in 1 weight 200, cgroup_init 3 in 2 weight 100, "
		"init_task stop0, init_task A, enable A, set_weight A 100, set_cpumask A");
	ext_unload(smp->ext);
	ext_log_expect(
		"cgroup_exit 3, cgroup_exit 2, cgroup_exit 1, exit_task stop0, disable A, exit_task A, exit 0");
	down();
}

/* sched_move_task(): between dequeue and enqueue; who runs is stopped by its dequeue. */
Test(ext_cgroup, a_task_moves_between_its_dequeue_and_its_enqueue)
{
	struct task *task = up("v6.12");

	load();
	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, MSEC);
	text_clear(&ext_log.text);
	cr_expect(smp->sched.extender->prep_move(&smp->sched, task, &smp->sched.groups[1]));
	sched_move_group(&smp->sched, task, &smp->sched.groups[1]);
	ext_log_expect(
		"prep_move A 2 3, stopping A 0, quiescent A, move A 2 3, runnable A, running A");
	/* To where it is: nobody is asked. */
	cr_expect(smp->sched.extender->prep_move(&smp->sched, task, &smp->sched.groups[1]));
	sched_move_group(&smp->sched, task, &smp->sched.groups[1]);
	ext_log_expect("stopping A 0, quiescent A, runnable A, running A");
	ext_log.refuse_move = -1;
	cr_expect_not(smp->sched.extender->prep_move(&smp->sched, task, NULL));
	smp->sched.extender->cancel_move(&smp->sched, task, NULL);
	ext_log_expect("prep_move A 3 1, cancel_move A 3 1");
	down();
}

static void write_files(void)
{
	const struct group_change writes[] = {
		{.group = 1, .what = GROUP_SETS_SHARES, .shares = 3072},
		{.group = 1, .what = GROUP_SETS_SHARES, .shares = 3072},
		{.group = 1, .what = GROUP_SETS_IDLE, .idle = true},
		{.group = 1, .what = GROUP_SETS_IDLE, .idle = true},
		{.group = 1, .what = GROUP_SETS_IDLE},
		{.group = 1, .what = GROUP_SETS_SHARES, .shares = 3072},
		{.what = GROUP_SETS_QUOTA, .quota_ns = 20 * MSEC},
		{.what = GROUP_SETS_QUOTA, .quota_ns = 20 * MSEC},
	};

	for (u32 i = 0; i < ARRAY_SIZE(writes); i++)
		sched_set_group(&smp->sched, &writes[i]);
}

/*
 * A weight or quota only if it is another, idle each time; 6.12 knows of weights alone. A policy is
 * told of weights that are written (tg->scx.weight), which idle does not change.
 */
Test(ext_cgroup, files_are_told_as_the_kernel_does)
{
	up("v6.18");
	load();
	text_clear(&ext_log.text);
	write_files();
	ext_log_expect(
		"cgroup_set_weight 3 300 300, cgroup_set_idle 3 1, cgroup_set_idle 3 1, cgroup_set_idle 3 0, "
		"cgroup_set_bandwidth 2 100000 20000 0");
	down();
	up("v6.12");
	load();
	text_clear(&ext_log.text);
	write_files();
	ext_log_expect("cgroup_set_weight 3 300 300");
	down();
}

/* The frequency is one, and a value above 1024 is a mistake. */
Test(ext_cgroup, cpuperf_is_answered_and_checked)
{
	up("v6.18");
	load();
	cr_expect_eq(ext_cpuperf_cap(&smp->ext->handle, 0), EXT_CPUPERF_ONE);
	ext_cpuperf_set(&smp->ext->handle, 0, 512);
	cr_expect_eq(ext_cpuperf_cur(&smp->ext->handle, 0), EXT_CPUPERF_ONE);
	cr_expect_eq(smp->ext->report.kind, (u32)EXT_EXIT_NONE);
	ext_cpuperf_set(&smp->ext->handle, 0, 1025);
	cr_expect_eq(smp->ext->report.kind, (u32)EXT_EXIT_ERROR);
	down();
}
