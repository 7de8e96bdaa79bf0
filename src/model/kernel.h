/* SPDX-License-Identifier: MIT */
/*
 * The kernels modelled: one row of data each. Two kernels differ by numbers (knobs.h), switches
 * (features.h) and by which rules the fair class follows. Nothing compares versions.
 */
#ifndef OSSIM_MODEL_KERNEL_H
#define OSSIM_MODEL_KERNEL_H

#include "model/features.h"
#include "model/knobs.h"
#include "model/platform.h"

/*
 * Default of the knob nr_migrate of a PREEMPT_RT kernel, and after how many tasks its balancing
 * takes a breath.
 */
enum { NR_MIGRATE_RT = 8 };

enum fair_rules_id { FAIR_CFS, FAIR_EEVDF };

struct kernel {
	const char *name; /* "v6.18" */
	const char *help; /* one line for `ossim list kernels` */
	enum fair_rules_id fair;
	u128 features;              /* FEATURE_* that are on */
	u128 features_known;        /* FEATURE_* that exist in this kernel */
	enum preempt_model preempt; /* what a machine that does not say gets */
	struct knobs knobs;         /* unscaled defaults, KNOB_ABSENT where it has none */
	/*
	 * normalized_sysctl_*: of those that grow with the cpus, what cpus that come or go are
	 * multiplied with. A row has none.
	 */
	struct knobs normalized;
	bool trace_runtime_vruntime; /* sched_stat_runtime prints vruntime */
	u8 schedstat_version;        /* of /proc/schedstat: */
	bool schedstat_idle_first;   /* a domain tells of its idle passes before its busy ones */
	bool schedstat_splits_imbalance; /* by what was to be moved */
	bool schedstat_names_domains;
	/* /proc/net/softnet_stat ends with the lengths of two queues */
	bool softnet_tells_queues;
	/* cpu.weight reads as 1 to 10000, whatever cpu.shares or cpu.idle have made of it */
	bool group_weight_is_bounded;
	bool cpu_stat_tells_nice; /* cpu.stat has nice_usec */
	bool has_cpu_stat_local;  /* cpu.stat.local */
	/* DIE, SD_SHARE_PKG_RESOURCES; fewer files tell of a domain */
	bool old_domain_names;
	bool marks_domain_overlap;   /* SD_OVERLAP */
	bool has_preempt_dynamic_rt; /* debugfs sched/preempt exists with PREEMPT_RT, too */
	/* after a write of sched_rt_runtime_us and the like reservations are added up anew */
	bool rt_limit_rebuilds;
	bool debug_says_queued;     /* sched/debug: nr_queued, not nr_running */
	bool spaces_irq_chips;      /* /proc/interrupts has another blank before the chip */
	bool traces_prepare_exec;   /* sched_prepare_exec exists (fs/exec.c, begin_new_exec()) */
	bool trace_exit_group_dead; /* sched_process_exit prints group_dead */
};

extern const struct kernel kernels[];
extern const u32 nr_kernels;

/* NULL if there is no such row. "6.18" is accepted for "v6.18". */
const struct kernel *kernel_find(const char *name);
extern const char *const kernel_default_name;

/* The FEATURE_* without which a kernel has no such model; 0: any has it. */
u128 preempt_model_needs(enum preempt_model model);
/* As built for @model: some defaults of a PREEMPT_RT kernel are others. */
struct kernel kernel_for_preempt(const struct kernel *row, enum preempt_model model);
/* The row with knobs scaled for @nr_cpus as its tunable_scaling says. */
struct kernel kernel_for_cpus(const struct kernel *row, u32 nr_cpus);
/*
 * A write to tunable_scaling (sched_update_scaling): what the knobs are now is taken for what they
 * are with @nr_cpus, and nr_latency is reckoned anew. Writes to the knobs themselves do neither:
 * files of debugfs are plain numbers.
 */
void kernel_take_scaling(struct kernel *kernel, u32 nr_cpus);
/*
 * update_sysctl(): at a change of the cpus the knobs are so many times one cpu's, whatever was
 * written to them.
 */
void kernel_rescale(struct kernel *kernel, u32 factor);
/* get_update_sysctl_factor(): by n = min(nr_cpus, 8); scaling 0: 1; 1: 1 + floor(log2(n)); 2: n. */
u32 kernel_scaling_factor(u32 nr_cpus, u64 tunable_scaling);

/* FEATURE_BIT_* by the kernel's name; -1 if there is none. A leading "NO_" is not accepted here. */
int feature_find(const char *name);
extern const char *const feature_names[NR_FEATURE_BITS];
extern const char *const feature_help[NR_FEATURE_BITS];

/* True for a difference for which the kernel has no flag. */
static inline bool feature_is_switch(u32 bit)
{
	return bit >= NR_SCHED_FEATURES;
}

int knob_find(const char *name); /* by field or by the kernel's name; -1 if there is none */

static inline bool kernel_has(const struct kernel *kernel, u128 feature)
{
	return kernel->features & feature;
}

#endif
