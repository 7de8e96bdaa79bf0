/* SPDX-License-Identifier: MIT */
/* The built-in choice of an idle cpu, rule by rule (core-rt-dl-ext.md 5.6). */
#include "ext_log.h"

/* Two sockets of two cores with two threads: cpus 0-3 are first threads, 4-7 their siblings. */
static struct smp *two_sockets(const char *kernel)
{
	return ext_log_machine(
		(struct smp_options){.sockets = 2, .cores = 2, .threads = 2, .kernel = kernel},
		&ext_log_policy, 1, false);
}

static void set_idle(struct smp *smp, const char *cpus)
{
	struct ext *ext = smp->ext;

	cpumask_copy(ext->idle_cpus, smp_mask(smp, cpus));
	cpumask_zero(ext->idle_cores);
	for (u32 cpu = 0; cpu < smp->sched.nr_cpus; cpu++)
		if (cpumask_subset(smp->machine.topology.core[cpu], ext->idle_cpus))
			cpumask_set(ext->idle_cores, cpu);
}

/* The choice for task A from @prev; "busy" is prev, with nothing found. */
static void chooses(struct smp *smp, const char *idle, u32 prev, u64 flags, u32 expected,
		    bool expect_found)
{
	bool found;
	u32 cpu;

	set_idle(smp, idle);
	smp->machine.acting = 0;
	smp->sched.rqs[0].any_distribute = 0;
	cpu = ext_select_default(smp->tasks[0].task.ext, prev, flags, &found);
	cr_assert(cpu == expected && found == expect_found, "idle %s, prev %u: cpu %u%s, not %u",
		  idle, prev, cpu, found ? "" : " (not found)", expected);
	if (found && !(flags & EXT_WAKE_SYNC))
		cr_assert(!cpumask_test(smp->ext->idle_cpus, cpu), "it is claimed");
}

Test(ext_idle, prev_on_an_idle_core_comes_first_then_an_idle_core_then_prev_then_any)
{
	for (u32 i = 0; i < 2; i++) {
		struct smp *smp = two_sockets(i ? "v6.18" : "v6.12");

		chooses(smp, "0-7", 2, 0, 2, true);
		/* core 0 is half busy: the idle core of cpus 1, 5 */
		chooses(smp, "1-7", 4, 0, 1, true);
		chooses(smp, "2,4", 4, 0, 4, true); /* no idle core: prev */
		chooses(smp, "6", 0, 0, 6, true);   /* any */
		smp_free(smp);
	}
}

Test(ext_idle, with_nothing_idle_it_is_prev_and_says_so)
{
	struct smp *smp = two_sockets("v6.18");
	bool found;

	cpumask_zero(smp->ext->idle_cpus);
	cpumask_zero(smp->ext->idle_cores);
	cr_assert(ext_select_default(smp->tasks[0].task.ext, 3, 0, &found) == 3 && !found);
	smp_free(smp);
}

/* Cpus 0, 1, 4, 5 share a cache, 2, 3, 6, 7 another. Turns go round from cpu 1 on. */
Test(ext_idle, v6_18_looks_in_the_cache_of_prev_first_v6_12_does_not)
{
	struct smp *new = two_sockets("v6.18"), *old = two_sockets("v6.12");

	chooses(new, "1,5,3,7", 2, 0, 3, true);
	chooses(old, "1,5,3,7", 2, 0, 1, true);
	chooses(new, "4,7", 2, 0, 7, true); /* no whole core: the second round */
	chooses(old, "4,7", 2, 0, 4, true);
	smp_free(new);
	smp_free(old);
}

/* The waker is on cpu 0, whose local queue is empty. */
Test(ext_idle, a_sync_wakeup_stays_with_the_waker_while_anything_is_idle)
{
	struct smp *old = two_sockets("v6.12"), *new = two_sockets("v6.18");

	chooses(old, "7", 3, EXT_WAKE_SYNC, 0, true);
	chooses(new, "7", 3, EXT_WAKE_SYNC, 0, true);
	/* v6.18: prev, if it is idle and shares the waker's cache. */
	chooses(new, "1,7", 1, EXT_WAKE_SYNC, 1, true);
	chooses(old, "1,7", 1, EXT_WAKE_SYNC, 0, true);
	/* But not if somebody waits there already, or it is not allowed. */
	old->sched.rqs[0].ext->local.nr = 1;
	chooses(old, "7", 3, EXT_WAKE_SYNC, 7, true);
	old->sched.rqs[0].ext->local.nr = 0;
	old->tasks[0].task.cpus = smp_mask(old, "6-7");
	chooses(old, "7", 6, EXT_WAKE_SYNC, 7, true);
	smp_free(old);
	smp_free(new);
}

Test(ext_idle, a_claimed_cpu_takes_its_siblings_core_from_the_idle_ones)
{
	struct smp *smp = two_sockets("v6.18");

	set_idle(smp, "0-7");
	cr_assert(ext_claim_idle(smp->ext, 5));
	cr_assert(!ext_claim_idle(smp->ext, 5), "once");
	cr_assert(!cpumask_test(smp->ext->idle_cores, 1) && cpumask_test(smp->ext->idle_cpus, 1));
	smp_free(smp);
}

Test(ext_idle, only_allowed_cpus_are_chosen)
{
	struct smp *smp = two_sockets("v6.18");

	smp->tasks[0].task.cpus = smp_mask(smp, "6-7");
	chooses(smp, "0-7", 7, 0, 7, true);
	chooses(smp, "0-6", 7, 0, 6, true);
	chooses(smp, "0-5", 7, 0, 7, false);
	smp_free(smp);
}

/* Its marks follow the switches: what runs a task is not idle. */
Test(ext_idle, marks_follow_what_runs)
{
	struct smp *smp =
		ext_log_machine((struct smp_options){.cores = 2}, &ext_log_policy, 1, true);

	cr_assert(cpumask_test(smp->ext->idle_cpus, 0) && cpumask_test(smp->ext->idle_cpus, 1));
	smp->tasks[0].task.work_left = smp->tasks[0].run = MSEC;
	smp->tasks[0].sleep = SEC;
	smp_start(smp, &smp->tasks[0], 0);
	ext_log_run(smp, 10);
	cr_assert(!cpumask_test(smp->ext->idle_cpus, 0));
	ext_log_run(smp, 2 * MSEC);
	cr_assert(cpumask_test(smp->ext->idle_cpus, 0));
	smp_free(smp);
}

/*
 * With BUILTIN_IDLE_PER_NODE a node's own cpus come first, then those of others; else turns go
 * round.
 */
Test(ext_idle, per_node_the_search_begins_at_home)
{
	struct smp *smp = two_sockets("v6.18");
	const struct cpumask *all = smp->sched.all_cpus;

	set_idle(smp, "1,3");
	smp->machine.acting = 0;
	smp->sched.rqs[0].any_distribute = 0;
	cr_assert(ext_pick_idle(smp->ext, all, 1, 0) == 1, "round from cpu 1 on");
	set_idle(smp, "1,3");
	smp->sched.rqs[0].any_distribute = 0;
	smp->ext->per_node = true;
	cr_assert(ext_pick_idle(smp->ext, all, 1, 0) == 3, "cpus 2, 3, 6, 7 are node 1");
	cr_assert(ext_pick_idle(smp->ext, all, 1, 0) == 1, "then the other node");
	cr_assert(ext_pick_idle(smp->ext, all, 1, 0) < 0);
	smp_free(smp);
}
