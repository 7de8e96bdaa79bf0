/* SPDX-License-Identifier: MIT */
/*
 * Which ops are called when, and in which order: the table and the sequences of core-rt-dl-ext.md
 * 5.3, occasion by occasion. Ticks are at multiples of 4 ms.
 */
#include "ext_log.h"

#include <string.h>

/* A fresh log policy and a machine of @cores cpus with @nr tasks; everything at time 0 is over. */
static struct smp *machine(u32 cores, u32 nr, bool pinned)
{
	return ext_log_machine((struct smp_options){.cores = cores}, &ext_log_policy, nr, pinned);
}

Test(ext_ops, load_is_init_then_every_task_then_those_that_are_taken_over)
{
	struct smp *smp = smp_new((struct smp_options){.cores = 2, .policy = &ext_log_policy});

	smp_task(smp, (struct sched_attr){0}, NULL, SEC, 0);
	smp_task(smp, (struct sched_attr){.policy = POLICY_FIFO, .rt_priority = 1}, NULL, SEC, 0);
	smp_task(smp, (struct sched_attr){.nice = -5}, NULL, SEC, 0);
	ext_start(smp->ext);
	ext_log_expect(
		"init, init_task stop0, init_task stop1, init_task A, init_task B, init_task C, "
		"enable A, set_weight A 100, set_cpumask A, "
		"enable C, set_weight C 305, set_cpumask C");
	/* Leaving bypass, every cpu schedules once: they are idle and ask for work. */
	machine_start(&smp->machine);
	ext_log_run(smp, 1);
	ext_log_expect("dispatch 0 -, dispatch 1 -");
	smp_free(smp);
}

Test(ext_ops, partial_takes_over_tasks_of_policy_ext_only)
{
	struct ossim_ext_policy partial = ext_log_policy;
	struct smp *smp;

	partial.flags = EXT_OPS_SWITCH_PARTIAL;
	smp = smp_new((struct smp_options){.cores = 1, .policy = &partial});
	smp_task(smp, (struct sched_attr){0}, NULL, SEC, 0);
	smp_task(smp, (struct sched_attr){.policy = POLICY_EXT}, NULL, SEC, 0);
	ext_start(smp->ext);
	ext_log_expect("init, init_task stop0, init_task A, init_task B, "
		       "enable B, set_weight B 100, set_cpumask B");
	smp_free(smp);
}

Test(ext_ops, a_wakeup_is_select_cpu_runnable_enqueue_dispatch_running)
{
	struct smp *smp = machine(2, 1, false);

	smp_start(smp, &smp->tasks[0], 0);
	ext_log_expect("select_cpu A, runnable A, enqueue A selected");
	ext_log_run(smp, 2);
	/* The global queue has it: no dispatch is needed. */
	ext_log_expect("running A");
	smp_free(smp);
}

Test(ext_ops, inserted_by_select_cpu_a_task_skips_enqueue)
{
	struct smp *smp = machine(2, 1, false);

	ext_log.direct = true;
	smp_start(smp, &smp->tasks[0], 0);
	ext_log_expect("select_cpu A, runnable A");
	ext_log_run(smp, 2);
	ext_log_expect("running A");
	smp_free(smp);
}

Test(ext_ops, a_pinned_task_is_not_asked_for_its_cpu)
{
	struct smp *smp = machine(2, 1, true);

	smp_start(smp, &smp->tasks[0], 0);
	ext_log_expect("runnable A, enqueue A");
	smp_free(smp);
}

Test(ext_ops, a_sleeper_stops_and_then_is_quiescent_before_the_cpu_looks_for_work)
{
	struct smp *smp = machine(1, 1, true);
	struct smp_task *a = &smp->tasks[0];

	a->run = MSEC;
	a->sleep = 10 * MSEC;
	a->task.work_left = MSEC;
	smp_start(smp, a, 0);
	ext_log_run(smp, 2);
	ext_log_expect("runnable A, enqueue A, running A");
	ext_log_run(smp, 5 * MSEC);
	ext_log_expect("stopping A 0, quiescent A sleep, dispatch 0 A");
	smp_free(smp);
}

Test(ext_ops, at_a_slices_end_dispatch_comes_before_the_task_is_enqueued_again)
{
	struct smp *smp = machine(1, 2, true);

	smp_start(smp, &smp->tasks[0], 0);
	smp_start(smp, &smp->tasks[1], 0);
	ext_log_run(smp, 23 * MSEC);
	ext_log_expect("runnable A, enqueue A, runnable B, enqueue B, running A");
	/*
	 * It began 1 ns after 0: its slice of 20 ms is over at the tick at 24 ms. B is in the
	 * global queue.
	 */
	ext_log_run(smp, 25 * MSEC);
	ext_log_expect("stopping A 1, enqueue A, running B");
	smp_free(smp);
}

Test(ext_ops, who_is_alone_goes_on_without_being_enqueued)
{
	struct smp *smp = machine(1, 1, true);

	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, 23 * MSEC);
	ext_log_expect("runnable A, enqueue A, running A");
	ext_log_run(smp, 25 * MSEC);
	ext_log_expect("dispatch 0 A");
	smp_free(smp);
}

Test(ext_ops, with_enq_last_it_is_enqueued_as_the_last)
{
	struct ossim_ext_policy policy = ext_log_policy;
	struct smp *smp;

	policy.flags = EXT_OPS_ENQ_LAST;
	smp = ext_log_machine((struct smp_options){0}, &policy, 1, true);
	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, 23 * MSEC);
	text_clear(&ext_log.text);
	ext_log_run(smp, 24 * MSEC + 1);
	/* It is in the global queue then, but the cpu is idle and does not look there: v6.18. */
	ext_log_expect("dispatch 0 A, stopping A 1, enqueue A last");
	smp_free(smp);
}

Test(ext_ops, a_tick_is_told_while_a_task_runs)
{
	struct smp *smp = machine(1, 1, true);

	ext_log.ticks = true;
	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, 9 * MSEC);
	ext_log_expect("runnable A, enqueue A, running A, tick A, tick A");
	smp_free(smp);
}

Test(ext_ops, preempted_by_rt_it_stays_first_and_the_cpu_is_released_and_acquired)
{
	struct smp *smp = machine(1, 2, true);
	struct smp_task *rt =
		smp_task(smp, (struct sched_attr){.policy = POLICY_FIFO, .rt_priority = 1},
			 smp_mask(smp, "0"), MSEC, 10 * SEC);

	smp_start(smp, &smp->tasks[0], 0);
	smp_start(smp, &smp->tasks[1], 0);
	ext_log_run(smp, 5 * MSEC);
	text_clear(&ext_log.text);
	smp_start(smp, rt, 0);
	ext_log_run(smp, 5 * MSEC + 1);
	ext_log_expect("stopping A 1, cpu_release 0 rt");
	ext_log_run(smp, 7 * MSEC);
	/* A, with the rest of its slice, and not B, which was first in the global queue. */
	ext_log_expect("cpu_acquire 0, running A");
	smp_free(smp);
}

Test(ext_ops, a_change_of_nice_goes_through_the_policy_for_who_runs_and_for_who_is_kept)
{
	struct smp *smp = machine(1, 2, true);

	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, MSEC);
	ext_log.keep = true;
	smp_start(smp, &smp->tasks[1], 0);
	ext_log_run(smp, 2 * MSEC);
	ext_log_expect("runnable A, enqueue A, running A, runnable B, enqueue B");
	cr_assert(sched_set_nice(&smp->sched, &smp->tasks[0].task, 19) == SCHED_OK);
	ext_log_expect("stopping A 0, quiescent A, set_weight A 1, runnable A, running A");
	cr_assert(sched_set_nice(&smp->sched, &smp->tasks[1].task, -20) == SCHED_OK);
	ext_log_expect("dequeue B, quiescent B, set_weight B 8668, runnable B, enqueue B");
	smp_free(smp);
}

Test(ext_ops, to_rt_and_back_is_disable_and_enable)
{
	struct smp *smp = machine(1, 1, true);
	struct task *a = &smp->tasks[0].task;

	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, MSEC);
	text_clear(&ext_log.text);
	cr_assert(sched_set_attr(&smp->sched, a,
				 &(struct sched_attr){.policy = POLICY_RR, .rt_priority = 5}) ==
		  SCHED_OK);
	ext_log_expect("stopping A 0, quiescent A, set_weight A 100, disable A");
	cr_assert(a->class_id == CLASS_RT);
	cr_assert(sched_set_attr(&smp->sched, a, &(struct sched_attr){.policy = POLICY_IDLE}) ==
		  SCHED_OK);
	ext_log_expect("enable A, set_weight A 1, set_cpumask A, runnable A, running A");
	cr_assert(a->class_id == CLASS_EXT);
	smp_free(smp);
}

Test(ext_ops, a_yield_without_the_op_ends_the_slice)
{
	struct smp *smp = machine(1, 2, true);

	smp_start(smp, &smp->tasks[0], 0);
	smp_start(smp, &smp->tasks[1], 0);
	ext_log_run(smp, 5 * MSEC);
	text_clear(&ext_log.text);
	sched_yield_curr(&smp->sched, &smp->machine.cpus[0]);
	ext_log_expect("stopping A 1, enqueue A, running B");
	smp_free(smp);
}

Test(ext_ops, unloading_hands_every_task_back_and_ends_with_exit)
{
	struct smp *smp = machine(1, 2, true);

	smp_start(smp, &smp->tasks[0], 0);
	smp_start(smp, &smp->tasks[1], 0);
	ext_log_run(smp, 5 * MSEC);
	text_clear(&ext_log.text);
	ext_fail(smp->ext, EXT_EXIT_UNREG, 0, "%s", "");
	machine_start(&smp->machine);
	ext_log_run(smp, 5 * MSEC + 1);
	/*
	 * Bypass first: B waits in the global queue and is queued anew, without asking the policy.
	 */
	ext_log_expect("quiescent B, runnable B, exit_task stop0, "
		       "stopping A 0, quiescent A, disable A, exit_task A, "
		       "quiescent B, disable B, exit_task B, exit 64");
	cr_assert(smp->tasks[0].task.class_id == CLASS_FAIR && !smp->tasks[0].task.ext);
	cr_assert(smp_nr(smp, 0) == 2, "nobody is lost");
	ext_log_run(smp, SEC);
	cr_assert(smp->tasks[1].task.fair.sum_exec_runtime > 400 * MSEC);
	smp_free(smp);
}

/* Two sockets, so two caches: cpu 0 wakes A, which sleeps on cpu 1. */
static bool uses_wake_list(u64 flags)
{
	struct ossim_ext_policy policy = ext_log_policy;
	struct smp *smp;
	bool pending;

	policy.flags = flags;
	smp = smp_new((struct smp_options){.sockets = 2, .cores = 1, .policy = &policy});
	smp_task(smp, (struct sched_attr){0}, smp_mask(smp, "1"), 100, 0);
	smp->tasks[0].end = 0; /* it sleeps at once, until it is woken */
	ext_start(smp->ext);
	machine_start(&smp->machine);
	smp_start(smp, &smp->tasks[0], 1);
	ext_log_run(smp, MSEC);
	smp->machine.acting = 0;
	cr_assert(sched_wake(&smp->sched, &smp->tasks[0].task, TASK_NORMAL, 0));
	pending = smp->sched.rqs[1].ttwu_pending;
	smp_free(smp);
	return pending;
}

Test(ext_ops, the_wake_list_is_for_policies_that_allow_it)
{
	cr_assert(!uses_wake_list(0));
	cr_assert(uses_wake_list(EXT_OPS_ALLOW_QUEUED_WAKEUP));
}
