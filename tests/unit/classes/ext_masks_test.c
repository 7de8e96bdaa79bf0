/* SPDX-License-Identifier: MIT */
/* Sets of cpus, and what 6.18 lets a policy ask besides (core-rt-dl-ext.md 5.6, 5.8). */
#include "ext_log.h"

#include <errno.h>
#include <string.h>

static struct ossim_ext *x;

/*
 * Two sockets of two cores with two threads: cpus 0-3 are first threads, 4-7 their siblings. One
 * task, A.
 */
static struct smp *machine(const char *kernel)
{
	struct smp *smp = ext_log_machine(
		(struct smp_options){.sockets = 2, .cores = 2, .threads = 2, .kernel = kernel},
		&ext_log_policy, 1, false);

	x = &smp->ext->handle;
	smp->ext->context = EXT_FROM_UNLOCKED;
	return smp;
}

static struct ossim_ext_task *a(struct smp *smp)
{
	return ext_task_of(smp->tasks[0].task.ext);
}

static void set_idle(struct smp *smp, const char *cpus)
{
	cpumask_copy(smp->ext->idle_cpus, smp_mask(smp, cpus));
	cpumask_zero(smp->ext->idle_cores);
	for (u32 cpu = 0; cpu < smp->sched.nr_cpus; cpu++)
		if (cpumask_subset(smp->machine.topology.core[cpu], smp->ext->idle_cpus))
			cpumask_set(smp->ext->idle_cores, cpu);
	smp->machine.acting = 0;
	smp->sched.rqs[0].any_distribute = 0;
}

static struct ossim_ext_cpumask *own(const char *cpus, struct smp *smp)
{
	struct ossim_ext_cpumask *mask = ext_cpumask_create(x);

	cpumask_for_each (cpu, smp_mask(smp, cpus))
		ext_cpumask_set_cpu(x, mask, (s32)cpu);
	return mask;
}

/*
 * scx_select_cpu_dfl() with cpus to choose from: prev only if it is one of them; EXT_PICK_IDLE_CORE
 * is strict.
 */
Test(ext_masks, a_choice_among_some_cpus)
{
	struct smp *smp = machine("v6.18");
	struct ossim_ext_cpumask *core1 = own("1,5", smp);

	set_idle(smp, "0-7");
	cr_expect_eq(ext_select_cpu_and(x, a(smp), 2, 0, NULL, 0), 2, "NULL: all, so prev");
	set_idle(smp, "0-7");
	cr_expect_eq(ext_select_cpu_and(x, a(smp), 2, 0, core1, 0), 1);
	set_idle(smp, "0,2-5");
	cr_expect_eq(ext_select_cpu_and(x, a(smp), 2, 0, core1, EXT_PICK_IDLE_CORE), -EBUSY,
		     "core 1 is half busy");
	cr_expect_eq(ext_select_cpu_and(x, a(smp), 2, 0, core1, 0), 5);
	cr_expect_eq(ext_select_cpu_and(x, a(smp), 2, 0, core1, 0), -EBUSY, "5 was claimed");
	set_idle(smp, "0-7");
	smp->tasks[0].task.cpus = smp_mask(smp, "2-3");
	cr_expect_eq(ext_select_cpu_and(x, a(smp), 2, 0, core1, 0), -EBUSY, "nothing in common");
	cr_expect_not(smp->ext->report.kind, "nothing was wrong");
	smp_free(smp);
}

Test(ext_masks, sets_are_the_schedulers_own_and_change_with_it)
{
	struct smp *smp = machine("v6.12");
	const struct ossim_ext_cpumask *idle = ext_get_idle_cpumask(x),
				       *cores = ext_get_idle_smtmask(x);
	struct ossim_ext_cpumask *both = ext_cpumask_create(x);

	set_idle(smp, "1,3,7");
	cr_expect(ext_cpumask_test_cpu(x, idle, 1) && !ext_cpumask_test_cpu(x, idle, 0));
	cr_expect_not(ext_cpumask_test_cpu(x, idle, 64));
	cr_expect_eq(ext_cpumask_next(x, cores, 0), 3, "cpus 3 and 7 are a core");
	cr_expect_eq(ext_cpumask_next(x, cores, 4), 7);
	cr_expect_eq(ext_cpumask_next(x, cores, 8), -1);
	ext_cpumask_and(x, both, idle, own("0-3", smp));
	cr_expect(ext_cpumask_test_cpu(x, both, 1) && ext_cpumask_test_cpu(x, both, 3));
	cr_expect_not(ext_cpumask_test_cpu(x, both, 7));
	ext_cpumask_clear_cpu(x, both, 1);
	cr_expect_eq(ext_cpumask_next(x, both, 0), 3);
	cr_expect_eq(ext_cpumask_next(x, ext_task_cpumask(x, a(smp)), 5), 5);
	cr_expect_eq(ext_cpumask_next(x, ext_get_possible_cpumask(x), 7), 7);
	cr_expect(ext_cpumask_test_cpu(x, ext_get_online_cpumask(x), 0));
	ext_put_cpumask(x, idle);
	smp_free(smp);
}

static void fails(const char *kernel, void (*call)(struct smp *smp), const char *message)
{
	struct smp *smp = machine(kernel);

	call(smp);
	cr_expect_eq(smp->ext->report.kind, EXT_EXIT_ERROR);
	cr_expect_str_eq(smp->ext->report.message, message);
	smp_free(smp);
}

static void call_select_and(struct smp *smp)
{
	cr_expect_eq(ext_select_cpu_and(x, a(smp), 0, 0, NULL, 0), -EBUSY);
}

static void call_events(struct smp *smp unused_arg)
{
	struct ossim_ext_events events;

	ext_events(x, &events);
	cr_expect_eq(events.bypass_activate, 0);
}

static void call_node(struct smp *smp)
{
	cr_expect_eq(ext_pick_idle_cpu_node(x, own("0-7", smp), 0, 0), -EBUSY);
}

static void call_null(struct smp *smp unused_arg)
{
	cr_expect_eq(ext_cpumask_next(x, NULL, 0), -1);
}

Test(ext_masks, what_may_not_be_called)
{
	fails("v6.12", call_select_and, "select_cpu_and: kernel v6.12 has no such function");
	fails("v6.12", call_events, "events: kernel v6.12 has no such function");
	fails("v6.18", call_node,
	      "pick_idle_cpu_node: the policy has not OPS_BUILTIN_IDLE_PER_NODE");
	fails("v6.18", call_null, "cpumask_next: the set of cpus is NULL");
}

/*
 * The load bypasses the policy once. A lone hog is kept at the end of its slice of 20 ms, which it
 * gets anew.
 */
Test(ext_masks, events_are_counted)
{
	struct smp *smp =
		ext_log_machine((struct smp_options){.cores = 1, .kernel = "v6.18", .hz = 1000},
				&ext_log_policy, 1, true);
	struct ossim_ext_events before, after;

	ext_log.slice = 20 * MSEC;
	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, MSEC);
	ext_events(&smp->ext->handle, &before);
	cr_expect_eq(before.bypass_activate, 1);
	ext_log_run(smp, 30 * MSEC);
	ext_events(&smp->ext->handle, &after);
	cr_expect_eq(after.dispatch_keep_last - before.dispatch_keep_last, 1);
	cr_expect_eq(after.refill_slice_dfl - before.refill_slice_dfl, 1);
	cr_expect_eq(after.enq_skip_exiting, 0);
	smp_free(smp);
}
