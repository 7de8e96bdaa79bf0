/* SPDX-License-Identifier: MIT */
/*
 * What debugfs tells of the scheduler besides its knobs: the preemption model, the scheduling
 * domains. Kernel: kernel/sched/debug.c, sched_dynamic_show(), register_sd(), sd_flags_show().
 */
#include "run/look.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char debugfs[] = "sys/kernel/debug/sched/";

static const struct kernel *kernel_of(const struct look *look)
{
	return &look->job->workload->kernel;
}

/* ---- preempt ---- */

/* PREEMPT_DYNAMIC: not all kernels have it together with PREEMPT_RT. */
static bool has_preempt(const struct look *look)
{
	return look->job->workload->platform.preempt != PREEMPT_RT ||
	       kernel_of(look)->has_preempt_dynamic_rt;
}

static void put_preempt(const struct look *look, struct text *out)
{
	const struct platform *platform = &look->job->workload->platform;
	bool rt = platform->preempt == PREEMPT_RT;
	enum preempt_model is = !rt              ? platform->preempt
				: platform->lazy ? PREEMPT_LAZY
						 : PREEMPT_FULL;

	for (u32 model = rt ? PREEMPT_FULL : PREEMPT_NONE; model <= PREEMPT_LAZY; model++)
		if (model != PREEMPT_LAZY || kernel_has(kernel_of(look), FEATURE_LAZY_RESCHED))
			text_printf(out, model == is ? "(%s) " : "%s ", preempt_model_names[model]);
	text_add_char(out, '\n');
}

/* ---- domains ---- */

/* In the order of their numbers there. */
static const struct sd_flag_name {
	u32 flag;
	const char *name, *old_name; /* NULL: it has another one, or none, up to 6.1 */
} sd_flag_names[] = {
	{SD_BALANCE_NEWIDLE, "SD_BALANCE_NEWIDLE", "SD_BALANCE_NEWIDLE"},
	{SD_BALANCE_EXEC, "SD_BALANCE_EXEC", "SD_BALANCE_EXEC"},
	{SD_BALANCE_FORK, "SD_BALANCE_FORK", "SD_BALANCE_FORK"},
	{SD_BALANCE_WAKE, "SD_BALANCE_WAKE", "SD_BALANCE_WAKE"},
	{SD_WAKE_AFFINE, "SD_WAKE_AFFINE", "SD_WAKE_AFFINE"},
	{SD_SHARE_CPUCAPACITY, "SD_SHARE_CPUCAPACITY", "SD_SHARE_CPUCAPACITY"},
	{SD_CLUSTER, "SD_CLUSTER", NULL},
	{SD_SHARE_LLC, "SD_SHARE_LLC", "SD_SHARE_PKG_RESOURCES"},
	{SD_SERIALIZE, "SD_SERIALIZE", "SD_SERIALIZE"},
	{SD_PREFER_SIBLING, "SD_PREFER_SIBLING", "SD_PREFER_SIBLING"},
	{SD_NUMA, "SD_NUMA", "SD_NUMA"},
};

/*
 * Groups of NUMA levels may overlap: such a level is marked, whether they do or not, by some
 * kernels.
 */
static void put_flags(const struct look *look, u32 flags, bool may_overlap, struct text *out)
{
	bool overlap = may_overlap && kernel_of(look)->marks_domain_overlap;
	bool old = kernel_of(look)->old_domain_names;

	for (u32 i = 0; i < ARRAY_SIZE(sd_flag_names); i++) {
		const char *name = old ? sd_flag_names[i].old_name : sd_flag_names[i].name;

		if (sd_flag_names[i].flag == SD_NUMA && overlap)
			text_add(out, "SD_OVERLAP ");
		if (flags & sd_flag_names[i].flag && name)
			text_printf(out, "%s ", name);
	}
	text_add_char(out, '\n');
}

static void put_name(const struct look *look, const struct sched_domain *sd, struct text *out)
{
	bool die = sd->level == SD_LEVEL_PKG && kernel_of(look)->old_domain_names;

	text_printf(out, "%s\n", die ? "DIE" : domain_level_name(sd->level));
}

static void put_domain_flags(const struct look *look, const struct sched_domain *sd,
			     struct text *out)
{
	put_flags(look, sd->flags, sd->level >= SD_LEVEL_NUMA, out);
}

static void put_groups_flags(const struct look *look, const struct sched_domain *sd,
			     struct text *out)
{
	put_flags(look, sd->groups->flags, sd->child && sd->child->level >= SD_LEVEL_NUMA, out);
}

#define PUT_NUMBER(field)                                                                          \
	static void put_##field(const struct look *look unused_arg, const struct sched_domain *sd, \
				struct text *out)                                                  \
	{                                                                                          \
		text_printf(out, "%" PRIu64 "\n", (u64)sd->field);                                 \
	}

PUT_NUMBER(min_interval)
PUT_NUMBER(max_interval)
PUT_NUMBER(max_newidle_lb_cost)
PUT_NUMBER(busy_factor)
PUT_NUMBER(imbalance_pct)
PUT_NUMBER(cache_nice_tries)
PUT_NUMBER(level)

static const struct domain_file {
	const char *name;
	void (*view)(const struct look *look, const struct sched_domain *sd, struct text *out);
	const char *help;
} domain_files[] = {
	{"name", put_name, "debugfs: a domain's level"},
	{"flags", put_domain_flags, "debugfs: its flags"},
	{"min_interval", put_min_interval,
	 "debugfs: the least time between two balancing passes, in ms"},
	{"max_interval", put_max_interval, "debugfs: the longest"},
	{"busy_factor", put_busy_factor, "debugfs: how much longer it is for a busy cpu"},
	{"imbalance_pct", put_imbalance_pct,
	 "debugfs: by how much a group must be busier, 100 is not at all"},
	{"cache_nice_tries", put_cache_nice_tries,
	 "debugfs: failures before tasks with a warm cache are moved"},
	{"max_newidle_lb_cost", put_max_newidle_lb_cost,
	 "debugfs: what a newly idle cpu's search took at most, in ns"},
	{"groups_flags", put_groups_flags, "debugfs: flags of the domain below"},
	{"level", put_level, "debugfs: its number among the levels"},
};

/* The last two are not in 6.1. */
enum { FILES_OF_OLD = ARRAY_SIZE(domain_files) - 2 };

static const struct sched_domain *find_domain(const struct look *look, u32 cpu, u32 index)
{
	const struct sched_domain *sd =
		cpu < look->world->sched->nr_cpus ? look->world->sched->rqs[cpu].domain : NULL;

	while (sd && index--)
		sd = sd->parent;
	return sd;
}

/* "domains/cpu0/domain1/name" */
static bool view_domain(const struct look *look, const char *path, struct text *out)
{
	const struct sched_domain *sd;
	u32 cpu, index, nr;
	int len = 0;

	if (sscanf(path, "domains/cpu%u/domain%u/%n", &cpu, &index, &len) != 2 || !len)
		return false;
	sd = find_domain(look, cpu, index);
	nr = kernel_of(look)->old_domain_names ? FILES_OF_OLD : ARRAY_SIZE(domain_files);
	for (u32 i = 0; sd && i < nr; i++) {
		if (strcmp(domain_files[i].name, path + len) != 0)
			continue;
		domain_files[i].view(look, sd, out);
		return true;
	}
	return false;
}

bool view_debug(const struct look *look, const char *path, struct text *out)
{
	if (strncmp(path, debugfs, strlen(debugfs)) != 0)
		return false;
	path += strlen(debugfs);
	if (!strcmp(path, "preempt") && has_preempt(look)) {
		put_preempt(look, out);
		return true;
	}
	return view_domain(look, path, out);
}

bool view_debug_file(u32 index, char path[96], const char **help)
{
	if (!index) {
		snprintf(path, 96, "%spreempt", debugfs);
		*help = "debugfs: the preemption models that there are, in parentheses the one in use";
		return true;
	}
	if (index > ARRAY_SIZE(domain_files))
		return false;
	snprintf(path, 96, "%sdomains/cpu0/domain0/%s", debugfs, domain_files[index - 1].name);
	*help = domain_files[index - 1].help;
	return true;
}
