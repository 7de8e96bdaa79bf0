/* SPDX-License-Identifier: MIT */
/* The rows are those of the reference: switches by column, knobs by number of cpus. */
#include "model/inert.h"

#include <criterion/criterion.h>

static struct kernel row(const char *name, u32 nr_cpus)
{
	const struct kernel *found = kernel_find(name);

	cr_assert_not_null(found, "%s", name);
	return kernel_for_cpus(found, nr_cpus);
}

Test(kernel, there_are_three_rows_and_the_newest_is_the_default)
{
	cr_assert_eq(nr_kernels, 3);
	cr_assert_str_eq(kernels[0].name, "v6.1");
	cr_assert_str_eq(kernels[1].name, "v6.12");
	cr_assert_str_eq(kernels[2].name, "v6.18");
	cr_assert_eq(kernel_find(kernel_default_name), &kernels[2]);
}

Test(kernel, a_row_is_found_with_and_without_its_v)
{
	cr_assert_eq(kernel_find("6.12"), kernel_find("v6.12"));
	cr_assert_null(kernel_find("6.2"));
	cr_assert_null(kernel_find(""));
}

/* Reference: fair.md 10.2. */
Test(kernel, default_tunables_follow_the_number_of_cpus)
{
	static const struct {
		u32 cpus, factor;
		u64 latency, granularity, wakeup, base_slice;
	} table[] = {
		{1, 1, 6000000, 750000, 1000000, 700000},
		{2, 2, 12000000, 1500000, 2000000, 1400000},
		{3, 2, 12000000, 1500000, 2000000, 1400000},
		{4, 3, 18000000, 2250000, 3000000, 2100000},
		{7, 3, 18000000, 2250000, 3000000, 2100000},
		{8, 4, 24000000, 3000000, 4000000, 2800000},
		{64, 4, 24000000, 3000000, 4000000, 2800000},
	};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		struct kernel cfs = row("v6.1", table[i].cpus);

		cr_assert_eq(kernel_scaling_factor(table[i].cpus, TUNABLE_SCALING_LOG),
			     table[i].factor);
		cr_assert_eq(cfs.knobs.latency_ns, table[i].latency);
		cr_assert_eq(cfs.knobs.min_granularity_ns, table[i].granularity);
		cr_assert_eq(cfs.knobs.wakeup_granularity_ns, table[i].wakeup);
		cr_assert_eq(row("v6.12", table[i].cpus).knobs.base_slice_ns, table[i].base_slice);
		cr_assert_eq(row("v6.18", table[i].cpus).knobs.base_slice_ns, table[i].base_slice);
	}
}

Test(kernel, what_does_not_scale_is_the_same_on_any_machine)
{
	for (u32 i = 0; i < nr_kernels; i++) {
		struct kernel kernel = kernel_for_cpus(&kernels[i], 64);

		cr_assert_eq(kernel.knobs.migration_cost_ns, 500000);
		cr_assert_eq(kernel.knobs.nr_migrate, 32);
		cr_assert_eq(kernel.knobs.rr_timeslice_ms, 100);
		cr_assert_eq(kernel.knobs.timer_slack_ns, 50000);
	}
	cr_assert_eq(row("v6.1", 64).knobs.idle_min_granularity_ns, 750000);
	cr_assert_eq(row("v6.1", 64).knobs.nr_latency, 8);
}

Test(kernel, a_knob_that_a_kernel_lacks_stays_absent_when_scaled)
{
	cr_assert_eq(row("v6.18", 8).knobs.latency_ns, KNOB_ABSENT);
	cr_assert_eq(row("v6.1", 8).knobs.base_slice_ns, KNOB_ABSENT);
}

/* The columns of fair.md 3.1 for the flags in which the rows differ. */
Test(kernel, feature_flags_exist_where_the_kernel_has_them)
{
	const struct kernel *v6_1 = kernel_find("v6.1");
	const struct kernel *v6_12 = kernel_find("v6.12");
	const struct kernel *v6_18 = kernel_find("v6.18");

	cr_assert(kernel_has(v6_1, FEATURE_GENTLE_FAIR_SLEEPERS));
	cr_assert(kernel_has(v6_1, FEATURE_LAST_BUDDY));
	cr_assert_not(v6_1->features_known & FEATURE_DELAY_DEQUEUE);
	cr_assert_not(v6_12->features_known & FEATURE_LAST_BUDDY);
	cr_assert(kernel_has(v6_12, FEATURE_DELAY_DEQUEUE));
	cr_assert(v6_12->features_known & FEATURE_LB_MIN);
	cr_assert_not(kernel_has(v6_12, FEATURE_LB_MIN));
	cr_assert(v6_18->features_known & FEATURE_LB_MIN);
	cr_assert_not(kernel_has(v6_18, FEATURE_LB_MIN));
	cr_assert_not(kernel_has(v6_18, FEATURE_NEXT_BUDDY));
	cr_assert(kernel_has(v6_18, FEATURE_RUN_TO_PARITY));
}

Test(kernel, nothing_is_on_that_does_not_exist)
{
	for (u32 i = 0; i < nr_kernels; i++)
		cr_assert_eq(kernels[i].features & ~kernels[i].features_known, 0, "%s",
			     kernels[i].name);
}

Test(kernel, a_switch_without_a_kernel_flag_is_known_everywhere_and_on_in_its_rows)
{
	for (u32 i = 0; i < nr_kernels; i++) {
		cr_assert(kernels[i].features_known & FEATURE_LAZY_RESCHED);
		cr_assert_eq(kernel_has(&kernels[i], FEATURE_LAZY_RESCHED), i == 2);
		cr_assert_eq(kernel_has(&kernels[i], FEATURE_WAKE_PREEMPT_RUNNING), i == 0);
		cr_assert_eq(kernel_has(&kernels[i], FEATURE_SET_NEXT_PROTECTS_ALWAYS), i == 1);
	}
}

Test(kernel, rules_and_trace_formats_go_with_the_row)
{
	cr_assert_eq(kernels[0].fair, FAIR_CFS);
	cr_assert_eq(kernels[1].fair, FAIR_EEVDF);
	cr_assert_eq(kernels[2].fair, FAIR_EEVDF);
	cr_assert(kernels[0].trace_runtime_vruntime);
	cr_assert_not(kernels[1].trace_runtime_vruntime);
	cr_assert_not(kernels[1].trace_exit_group_dead);
	cr_assert(kernels[2].trace_exit_group_dead);
	cr_assert_eq(kernels[1].preempt, PREEMPT_VOLUNTARY);
	cr_assert_eq(kernels[2].preempt, PREEMPT_LAZY);
}

Test(kernel, features_and_knobs_are_found_by_the_kernels_names)
{
	cr_assert_eq(feature_find("RUN_TO_PARITY"), FEATURE_BIT_RUN_TO_PARITY);
	cr_assert_eq(feature_find("NO_RUN_TO_PARITY"), -1);
	cr_assert_eq(feature_find("LAZY_RESCHED"), FEATURE_BIT_LAZY_RESCHED);
	cr_assert(feature_is_switch(FEATURE_BIT_WAKE_PREEMPT_RUNNING));
	cr_assert(feature_is_switch(FEATURE_BIT_LAZY_RESCHED));
	cr_assert_not(feature_is_switch(FEATURE_BIT_RUN_TO_PARITY));
	cr_assert_not(feature_is_switch(FEATURE_BIT_NI_RANDOM));
	for (u32 i = 0; i < NR_FEATURE_BITS; i++)
		cr_assert(feature_names[i] && feature_help[i] && feature_help[i][0], "bit %u", i);
	cr_assert_eq(knob_find("sched_rr_timeslice_ms"), KNOB_ID_rr_timeslice_ms);
	cr_assert_eq(knob_find("rr_timeslice_ms"), KNOB_ID_rr_timeslice_ms);
	cr_assert_eq(knob_find("latency"), -1);
}

Test(kernel, every_default_is_within_its_knobs_range)
{
	for (u32 i = 0; i < nr_kernels; i++) {
		struct knobs knobs = kernels[i].knobs;

		for (u32 id = 0; id < NR_KNOBS; id++) {
			u64 value = *knob_at(&knobs, id);

			cr_assert(value == KNOB_ABSENT || (value >= knob_infos[id].lowest &&
							   value <= knob_infos[id].highest),
				  "%s %s", kernels[i].name, knob_names[id]);
		}
	}
}

/* fair.md 2.1: get_update_sysctl_factor of tunable_scaling 0 and 2. */
Test(kernel, tunable_scaling_chooses_how_knobs_grow)
{
	struct kernel row = *kernel_find("v6.12");

	row.knobs.tunable_scaling = TUNABLE_SCALING_NONE;
	cr_assert_eq(kernel_for_cpus(&row, 64).knobs.base_slice_ns, 700000);
	row.knobs.tunable_scaling = TUNABLE_SCALING_LINEAR;
	cr_assert_eq(kernel_for_cpus(&row, 6).knobs.base_slice_ns, 6 * 700000);
	cr_assert_eq(kernel_for_cpus(&row, 64).knobs.base_slice_ns, 8 * 700000);
}

/* The word of 27 flags that a running 6.18 showed (fair.md 3.1) has a place for each of these. */
Test(kernel, the_newest_row_has_the_27_flags_of_a_running_kernel)
{
	static const char *const flags[] = {
		"PLACE_LAG",          "PLACE_DEADLINE_INITIAL",
		"PLACE_REL_DEADLINE", "RUN_TO_PARITY",
		"PREEMPT_SHORT",      "NEXT_BUDDY",
		"PICK_BUDDY",         "CACHE_HOT_BUDDY",
		"DELAY_DEQUEUE",      "DELAY_ZERO",
		"WAKEUP_PREEMPTION",  "HRTICK",
		"HRTICK_DL",          "NONTASK_CAPACITY",
		"TTWU_QUEUE",         "SIS_UTIL",
		"WARN_DOUBLE_CLOCK",  "RT_PUSH_IPI",
		"RT_RUNTIME_SHARE",   "LB_MIN",
		"ATTACH_AGE_LOAD",    "WA_IDLE",
		"WA_WEIGHT",          "WA_BIAS",
		"UTIL_EST",           "LATENCY_WARN",
		"NI_RANDOM",
	};
	const struct kernel *row = kernel_find("v6.18");

	static_assert(ARRAY_SIZE(flags) == 27, "");
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++) {
		const struct inert_feature *inert = inert_feature_find(flags[i]);
		int bit = feature_find(flags[i]);

		cr_assert(inert ? inert_feature_known(inert, row)
				: bit >= 0 && row->features_known >> bit & 1,
			  "%s", flags[i]);
	}
}

Test(kernel, what_has_no_effect_is_in_one_list_only_and_its_defaults_are_in_range)
{
	for (u32 i = 0; i < nr_inert_knobs; i++) {
		const struct inert_knob *knob = &inert_knobs[i];

		cr_assert_eq(knob_find(knob->info.name), -1, "%s", knob->info.name);
		for (u32 k = 0; k < nr_kernels; k++)
			cr_assert(knob->defaults[k] == KNOB_ABSENT ||
					  (knob->defaults[k] >= knob->info.lowest &&
					   knob->defaults[k] <= knob->info.highest),
				  "%s", knob->info.name);
	}
	for (u32 i = 0; i < nr_inert_features; i++)
		cr_assert_eq(feature_find(inert_features[i].name), -1, "%s",
			     inert_features[i].name);
}

Test(kernel, a_knob_is_where_the_kernel_keeps_it)
{
	cr_assert_str_eq(knob_place("base_slice_ns"), "debugfs sched/");
	cr_assert_str_eq(knob_place("numa_balancing/scan_size_mb"), "debugfs sched/");
	cr_assert_str_eq(knob_place("numa_balancing"), "sysctl kernel.");
	cr_assert_str_eq(knob_place("sched_rr_timeslice_ms"), "sysctl kernel.");
	cr_assert_str_eq(knob_place("timer_slack_ns"), "prctl");
}
