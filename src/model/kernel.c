/* SPDX-License-Identifier: MIT */
/*
 * The rows of kernel.h, read off the lists in features.h and knobs.h.
 *
 * COLUMN says which of a list's three columns the row being filled takes: v6.1, v6.12, v6.18.
 */
#include "model/kernel.h"

#include <string.h>

#include "base/fixed.h"

#define PICK(column, v6_1, v6_12, v6_18) \
	((column) == 0 ? (v6_1) : (column) == 1 ? (v6_12) : (v6_18))

#define IF_ON(name, a, b, c, help) \
	| (PICK(COLUMN, a, b, c) == '1' ? (u128)1 << FEATURE_BIT_##name : 0)
#define IF_KNOWN(name, a, b, c, help) \
	| (PICK(COLUMN, a, b, c) != '-' ? (u128)1 << FEATURE_BIT_##name : 0)
#define IF_SWITCHED(name, a, b, c, help) \
	| (PICK(COLUMN, a, b, c) ? (u128)1 << FEATURE_BIT_##name : 0)
#define ANY_SWITCH(name, ...) | (u128)1 << FEATURE_BIT_##name
#define KNOB_DEFAULT(field, name, unit, low, high, a, b, c, scaling, help) \
	.field = PICK(COLUMN, a, b, c),

#define ROW_FROM_LISTS                                                            \
	.features = 0 SCHED_FEATURES(IF_ON) KERNEL_SWITCHES(IF_SWITCHED),         \
	.features_known = 0 SCHED_FEATURES(IF_KNOWN) KERNEL_SWITCHES(ANY_SWITCH), \
	.knobs = {KNOBS(KNOB_DEFAULT)}

const struct kernel kernels[] = {
#define COLUMN 0
	{
		.name = "v6.1",
		.help = "CFS, as in the later 6.1.y stable releases",
		.fair = FAIR_CFS,
		.preempt = PREEMPT_VOLUNTARY,
		.trace_runtime_vruntime = true,
		.schedstat_version = 15,
		.schedstat_idle_first = true,
		.old_domain_names = true,
		.marks_domain_overlap = true,
		.spaces_irq_chips = true,
		ROW_FROM_LISTS,
	},
#undef COLUMN
#define COLUMN 1
	{
		.name = "v6.12",
		.schedstat_version = 16,
		.softnet_tells_queues = true,
		.group_weight_is_bounded = true,
		.cpu_stat_tells_nice = true,
		.rt_limit_rebuilds = true,
		.spaces_irq_chips = true,
		.traces_prepare_exec = true,
		.marks_domain_overlap = true,
		.has_cpu_stat_local = true,
		.help = "EEVDF with delayed dequeue, as Debian 13's 6.12 kernels with their back-ports",
		.fair = FAIR_EEVDF,
		.preempt = PREEMPT_VOLUNTARY,
		ROW_FROM_LISTS,
	},
#undef COLUMN
#define COLUMN 2
	{
		.name = "v6.18",
		.help = "EEVDF with lazy preemption, as in the later 6.18.y stable releases",
		.fair = FAIR_EEVDF,
		.preempt = PREEMPT_LAZY,
		.trace_exit_group_dead = true,
		.schedstat_version = 17,
		.softnet_tells_queues = true,
		.group_weight_is_bounded = true,
		.cpu_stat_tells_nice = true,
		.rt_limit_rebuilds = true,
		.traces_prepare_exec = true,
		.has_cpu_stat_local = true,
		.schedstat_splits_imbalance = true,
		.schedstat_names_domains = true,
		.has_preempt_dynamic_rt = true,
		.debug_says_queued = true,
		ROW_FROM_LISTS,
	},
#undef COLUMN
};

const u32 nr_kernels = ARRAY_SIZE(kernels);
const char *const kernel_default_name = "v6.18";

#define NAME(name, ...) #name,
const char *const feature_names[NR_FEATURE_BITS] = {SCHED_FEATURES(NAME) KERNEL_SWITCHES(NAME)};
#undef NAME

#define HELP(name, a, b, c, help) [FEATURE_BIT_##name] = (help),
const char *const feature_help[NR_FEATURE_BITS] = {SCHED_FEATURES(HELP) KERNEL_SWITCHES(HELP)};
#undef HELP

#define INFO(field, kernel_name, knob_unit, low, high, a, b, c, scaled_by, text) \
	{                                                                        \
		.name = kernel_name,                                             \
		.unit = KNOB_##knob_unit,                                        \
		.scaling = KNOB_SCALE_##scaled_by,                               \
		.lowest = low,                                                   \
		.highest = high,                                                 \
		.help = text,                                                    \
	},
const struct knob_info knob_infos[NR_KNOBS] = {KNOBS(INFO)};
#undef INFO

#define KERNEL_NAME(field, name, ...) name,
const char *const knob_names[NR_KNOBS] = {KNOBS(KERNEL_NAME)};
#undef KERNEL_NAME

#define FIELD(field, ...) #field,
static const char *const knob_fields[NR_KNOBS] = {KNOBS(FIELD)};
#undef FIELD

const struct kernel *kernel_find(const char *name)
{
	for (u32 i = 0; i < nr_kernels; i++) {
		const char *known = kernels[i].name;

		if (strcmp(known, name) == 0 || strcmp(known + 1, name) == 0)
			return &kernels[i];
	}
	return NULL;
}

u128 preempt_model_needs(enum preempt_model model)
{
	return model == PREEMPT_LAZY ? FEATURE_LAZY_RESCHED
	       : model == PREEMPT_RT ? FEATURE_PREEMPT_RT
				     : 0;
}

/* kernel/sched/features.h, SCHED_NR_MIGRATE_BREAK in kernel/sched/sched.h. */
struct kernel kernel_for_preempt(const struct kernel *row, enum preempt_model model)
{
	struct kernel kernel = *row;

	kernel.preempt = model;
	if (model != PREEMPT_RT)
		return kernel;
	kernel.features = (kernel.features & ~FEATURE_TTWU_QUEUE) | FEATURE_RT_PUSH_IPI;
	kernel.knobs.nr_migrate = NR_MIGRATE_RT;
	return kernel;
}

u32 kernel_scaling_factor(u32 nr_cpus, u64 tunable_scaling)
{
	u32 cpus = clamp_to(nr_cpus, 1u, 8u);

	if (tunable_scaling == TUNABLE_SCALING_NONE)
		return 1;
	return tunable_scaling == TUNABLE_SCALING_LINEAR ? cpus : 1 + log2_floor(cpus);
}

static bool is_scaled(struct kernel *kernel, u32 knob)
{
	return knob_infos[knob].scaling == KNOB_SCALE_CPUS &&
	       *knob_at(&kernel->knobs, knob) != KNOB_ABSENT;
}

void kernel_rescale(struct kernel *kernel, u32 factor)
{
	for (u32 i = 0; i < NR_KNOBS; i++)
		if (is_scaled(kernel, i))
			*knob_at(&kernel->knobs, i) = *knob_at(&kernel->normalized, i) * factor;
}

void kernel_take_scaling(struct kernel *kernel, u32 nr_cpus)
{
	u32 factor = kernel_scaling_factor(nr_cpus, kernel->knobs.tunable_scaling);
	struct knobs *knobs = &kernel->knobs;

	for (u32 i = 0; i < NR_KNOBS; i++)
		if (is_scaled(kernel, i))
			*knob_at(&kernel->normalized, i) = *knob_at(knobs, i) / factor;
	if (knobs->latency_ns != KNOB_ABSENT)
		knobs->nr_latency = div_round_up(knobs->latency_ns, knobs->min_granularity_ns);
}

struct kernel kernel_for_cpus(const struct kernel *row, u32 nr_cpus)
{
	struct kernel kernel = *row;

	kernel.normalized = row->knobs;
	kernel_rescale(&kernel, kernel_scaling_factor(nr_cpus, row->knobs.tunable_scaling));
	return kernel;
}

const char *knob_place(const char *name)
{
	bool numa_sysctl = !strncmp(name, "numa_balancing", 14) && name[14] != '/';

	if (!strcmp(name, knob_infos[KNOB_ID_timer_slack_ns].name))
		return "prctl";
	return numa_sysctl || !strncmp(name, "sched_", 6) ? "sysctl kernel." : "debugfs sched/";
}

int feature_find(const char *name)
{
	for (u32 i = 0; i < NR_FEATURE_BITS; i++)
		if (strcmp(feature_names[i], name) == 0)
			return (int)i;
	return -1;
}

int knob_find(const char *name)
{
	for (u32 i = 0; i < NR_KNOBS; i++)
		if (strcmp(knob_infos[i].name, name) == 0 || strcmp(knob_fields[i], name) == 0)
			return (int)i;
	return -1;
}
