/* SPDX-License-Identifier: MIT */
/* Kernel rows, their overrides and platforms, as an input sets them. */
#include <criterion/criterion.h>

#include "builder_fixture.h"

static struct fixture *machine(const char *kernel)
{
	struct fixture *f = fixture_without_machine();

	builder_platform(f->b)->nr_cpus = 4;
	builder_duration(f->b, SEC);
	cr_assert(builder_kernel(f->b, at_line(f, 1), kernel));
	return f;
}

static const struct workload *finish(struct fixture *f)
{
	plain_task(f, "a");
	fixture_finish(f);
	cr_assert_not_null(f->w, "%s", f->messages);
	return f->w;
}

Test(builder_machine, knobs_are_scaled_by_the_cpus_but_overrides_are_final)
{
	struct fixture *f = machine("v6.18");

	cr_assert_eq(finish(f)->kernel.knobs.base_slice_ns, 2100000);
	fixture_free(f);

	f = machine("6.18");
	cr_assert(builder_knob(f->b, at_line(f, 2), "base_slice_ns", 3000000));
	cr_assert_eq(finish(f)->kernel.knobs.base_slice_ns, 3000000);
	fixture_free(f);
}

/*
 * Files of debugfs are plain numbers (sched_init_debug), also to what cpus that come or go are
 * multiplied with; a write to tunable_scaling takes what it finds (sched_update_scaling): 18 ms of
 * 4 cpus, which are 3 times a cpu's, have room for 5 of 4 ms.
 */
Test(builder_machine, cfs_takes_what_is_written_when_scaling_is)
{
	for (u32 scaling = 0; scaling < 2; scaling++) {
		struct fixture *f = machine("v6.1");
		const struct kernel *kernel;

		cr_assert(builder_knob(f->b, at_line(f, 2), "min_granularity_ns", 4000000));
		if (scaling)
			cr_assert(builder_knob(f->b, at_line(f, 3), "tunable_scaling", 1));
		kernel = &finish(f)->kernel;
		cr_expect_eq(kernel->knobs.min_granularity_ns, 4000000u);
		cr_expect_eq(kernel->knobs.nr_latency, scaling ? 5u : 8u);
		cr_expect_eq(kernel->normalized.min_granularity_ns, scaling ? 1333333u : 750000u);
		cr_expect_eq(kernel->normalized.latency_ns, 6000000u);
		fixture_free(f);
	}
}

/* sched_rr_handler(): written 0 or less, it has its default again (core-rt-dl-ext.md 2.2). */
Test(builder_machine, an_rr_slice_of_nothing_is_the_default)
{
	struct fixture *f = machine("v6.12");

	cr_assert(builder_knob(f->b, at_line(f, 2), "sched_rr_timeslice_ms", 0));
	cr_assert_eq(finish(f)->kernel.knobs.rr_timeslice_ms, 100);
	fixture_free(f);
}

Test(builder_machine, the_row_chooses_the_preemption_model_that_is_not_set)
{
	static const struct {
		const char *kernel;
		enum preempt_model model;
	} table[] = {{"v6.1", PREEMPT_VOLUNTARY},
		     {"v6.12", PREEMPT_VOLUNTARY},
		     {"v6.18", PREEMPT_LAZY}};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		struct fixture *f = machine(table[i].kernel);

		cr_assert_eq(finish(f)->platform.preempt, table[i].model);
		fixture_free(f);
	}
	struct fixture *f = machine("v6.18");
	builder_platform(f->b)->preempt = PREEMPT_FULL;
	cr_assert_eq(finish(f)->platform.preempt, PREEMPT_FULL);
	fixture_free(f);
}

Test(builder_machine, lazy_preemption_needs_a_kernel_that_has_it)
{
	struct fixture *f = machine("v6.12");

	builder_platform(f->b)->preempt = PREEMPT_LAZY;
	cr_assert_not(builder_machine_done(f->b, at_line(f, 2)));
	expect_error(
		f,
		"kernel v6.12 has no preemption model 'lazy': v6.18 has it, others need 'switches: [LAZY_RESCHED]' under 'sched:'");
}

Test(builder_machine, a_realtime_kernel_needs_a_row_that_can_be_built_as_one)
{
	struct fixture *f = machine("v6.1");
	const struct workload *w;

	builder_platform(f->b)->preempt = PREEMPT_RT;
	cr_assert_not(builder_machine_done(f->b, at_line(f, 2)));
	expect_error(
		f,
		"kernel v6.1 has no preemption model 'rt': v6.12 and v6.18 have it, others need 'switches: [PREEMPT_RT]' under 'sched:'");

	f = machine("v6.1");
	builder_platform(f->b)->preempt = PREEMPT_RT;
	cr_assert(builder_feature(f->b, at_line(f, 2), "PREEMPT_RT"));
	w = finish(f);
	cr_assert_eq(w->platform.preempt, PREEMPT_RT);
	cr_assert_not(w->platform.lazy);
	fixture_free(f);
}

/* SCHED_NR_MIGRATE_BREAK, and what kernel/sched/features.h has for CONFIG_PREEMPT_RT. */
Test(builder_machine, a_realtime_kernel_has_defaults_of_its_own)
{
	static const struct {
		enum preempt_model model;
		bool queue, push;
		u64 nr_migrate;
	} table[] = {{PREEMPT_FULL, true, false, 32}, {PREEMPT_RT, false, true, 8}};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		struct fixture *f = machine("v6.18");
		const struct kernel *kernel;

		builder_platform(f->b)->preempt = table[i].model;
		kernel = &finish(f)->kernel;
		cr_assert_eq(kernel_has(kernel, FEATURE_TTWU_QUEUE), table[i].queue);
		cr_assert_eq(kernel_has(kernel, FEATURE_RT_PUSH_IPI), table[i].push);
		cr_assert_eq(kernel->knobs.nr_migrate, table[i].nr_migrate);
		fixture_free(f);
	}
}

Test(builder_machine, what_is_asked_for_by_name_goes_before_the_defaults_of_a_realtime_kernel)
{
	struct fixture *f = machine("v6.12");
	const struct workload *w;

	builder_platform(f->b)->preempt = PREEMPT_RT;
	cr_assert(builder_feature(f->b, at_line(f, 2), "TTWU_QUEUE"));
	cr_assert(builder_feature(f->b, at_line(f, 2), "NO_RT_PUSH_IPI"));
	cr_assert(builder_knob(f->b, at_line(f, 2), "nr_migrate", 32));
	w = finish(f);
	cr_assert(kernel_has(&w->kernel, FEATURE_TTWU_QUEUE));
	cr_assert_not(kernel_has(&w->kernel, FEATURE_RT_PUSH_IPI));
	cr_assert_eq(w->kernel.knobs.nr_migrate, 32);
	fixture_free(f);
}

/*
 * Booted with 1, four cpus have 2.1 ms, and a write changes none of it: only what it is a multiple
 * of (sched_update_scaling).
 */
Test(builder_machine, tunable_scaling_changes_nothing_before_cpus_do)
{
	struct fixture *f = machine("v6.12");

	cr_assert(builder_knob(f->b, at_line(f, 2), "tunable_scaling", 0));
	cr_assert_eq(finish(f)->kernel.knobs.base_slice_ns, 2100000);
	cr_assert_eq(f->w->kernel.normalized.base_slice_ns, 2100000);
	fixture_free(f);
}

Test(builder_machine, features_and_switches_are_set_and_cleared)
{
	struct fixture *f = machine("v6.18");

	cr_assert(builder_feature(f->b, at_line(f, 2), "NO_RUN_TO_PARITY"));
	cr_assert(builder_feature(f->b, at_line(f, 2), "NEXT_BUDDY"));
	cr_assert(builder_feature(f->b, at_line(f, 2), "WAKE_PREEMPT_RUNNING"));
	finish(f);
	cr_assert_not(kernel_has(&f->w->kernel, FEATURE_RUN_TO_PARITY));
	cr_assert(kernel_has(&f->w->kernel, FEATURE_NEXT_BUDDY));
	cr_assert(kernel_has(&f->w->kernel, FEATURE_WAKE_PREEMPT_RUNNING));
	fixture_free(f);
}

Test(builder_machine, unknown_names_get_a_suggestion)
{
	struct fixture *f = machine("v6.18");

	cr_assert_not(builder_feature(f->b, at_line(f, 2), "NO_RUN_TO_PARTY"));
	expect_error(f, "unknown feature 'NO_RUN_TO_PARTY' (did you mean 'NO_RUN_TO_PARITY'?)");
	f = machine("v6.18");
	cr_assert_not(builder_knob(f->b, at_line(f, 2), "base_slize_ns", 1));
	expect_error(f, "unknown knob 'base_slize_ns' (did you mean 'base_slice_ns'?)");
	f = machine("v6.18");
	cr_assert_not(builder_kernel(f->b, at_line(f, 2), "v6.13"));
	expect_error(f, "unknown kernel 'v6.13' (did you mean");
}

Test(builder_machine, what_the_row_lacks_or_refuses_is_told)
{
	struct fixture *f = machine("v6.18");

	cr_assert_not(builder_feature(f->b, at_line(f, 2), "LAST_BUDDY"));
	expect_error(f, "kernel v6.18 has no feature 'LAST_BUDDY'");
	f = machine("v6.12");
	cr_assert_not(builder_knob(f->b, at_line(f, 2), "latency_ns", 6000000));
	expect_error(f, "kernel v6.12 has no knob 'latency_ns'");
	f = machine("v6.12");
	cr_assert_not(builder_knob(f->b, at_line(f, 2), "base_slice_ns", 5));
	expect_error(f, "base_slice_ns is 5 ns: it must be 100000..1000000000");
}

Test(builder_machine, a_platform_that_cannot_be_is_told)
{
	struct fixture *f = machine("v6.18");

	builder_platform(f->b)->threads = 3;
	cr_assert_not(builder_machine_done(f->b, at_line(f, 2)));
	expect_error(f, "4 cpus cannot be divided evenly");
}

Test(builder_machine, cpu_sets_lie_in_the_machine_and_equal_texts_are_one_mask)
{
	struct fixture *f = fixture_new();
	const struct cpumask *mask = builder_cpus(f->b, at_line(f, 2), "1-2");

	cr_assert_eq(cpumask_count(mask), 2);
	cr_assert_eq(mask->nr_bits, 4);
	cr_assert_eq(builder_cpus(f->b, at_line(f, 3), "1-2"), mask);
	cr_assert_eq(cpumask_count(builder_cpus(f->b, at_line(f, 3), "all")), 4);
	cr_assert_eq(finish(f)->nr_masks, 2);
	fixture_free(f);

	f = fixture_new();
	cr_assert_null(builder_cpus(f->b, at_line(f, 2), "0-4"));
	plain_task(f, "a");
	expect_error(f, "cpus '0-4': ");
}
