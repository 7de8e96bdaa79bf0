/* SPDX-License-Identifier: MIT */
/*
 * What groups have run: cpu.stat of both versions of cgroups, and cpuacct of version 1.
 * Kernel: kernel/cgroup/rstat.c, cgroup_base_stat_cputime_show(); kernel/sched/core.c,
 * cpu_extra_stat_show(), cpu_cfs_stat_show(); kernel/sched/cpuacct.c.
 */
#include "run/look.h"

#include "base/text.h"

enum { USER_HZ = 100 };

static bool is_below(const struct task_group *group, const struct task_group *above)
{
	while (group && group != above)
		group = group->parent;
	return group == above;
}

static const struct group_metrics *metrics_of(const struct look *look,
					      const struct task_group *group)
{
	static const struct group_metrics none;

	return group && group->id < look->metrics->nr_groups ? &look->metrics->groups[group->id]
							     : &none;
}

/* The root has run what the cpus have. */
static struct cpu_time time_of(const struct look *look, const struct task_group *group)
{
	u64 system, all = metrics_of(look, group)->cpu_ns;

	if (!group)
		return view_cpus_time(look);
	system = min_of(times_group_kernel_ns(look->world, group), all);
	return (struct cpu_time){.user = all - system, .system = system};
}

/* Without those below it. */
static struct cpu_time own_time_of(const struct look *look, const struct task_group *group)
{
	const struct sched *sched = look->world->sched;
	struct cpu_time own = time_of(look, group);

	for (u32 i = 0; i < sched->nr_groups; i++) {
		struct cpu_time below = {0};

		if (sched->groups[i].parent == group)
			below = time_of(look, &sched->groups[i]);
		own.user -= min_of(below.user, own.user);
		own.system -= min_of(below.system, own.system);
	}
	return own;
}

/*
 * Whose calls they were is not kept: of a group's time in user mode niced tasks have as much as of
 * all its time.
 */
static void add_run_info(const struct look *look, const struct task_group *group,
			 struct group_run_info *sum)
{
	struct group_run_info own =
		run_infos_group(&look->run_infos, group ? group->id : TASK_ID_NONE, look->now);
	struct cpu_time time = own_time_of(look, group);
	u64 all = time.user + time.system;

	if (all)
		sum->nice_ns += (u64)((u128)time.user * min_of(own.nice_ns, all) / all);
	sum->forced_idle_ns += own.forced_idle_ns;
}

/* In user mode. With those below it. */
static struct group_run_info run_info_of(const struct look *look, const struct task_group *group)
{
	const struct sched *sched = look->world->sched;
	struct group_run_info sum = {0};

	if (!group)
		add_run_info(look, NULL, &sum);
	for (u32 i = 0; i < sched->nr_groups; i++)
		if (is_below(&sched->groups[i], group))
			add_run_info(look, &sched->groups[i], &sum);
	return sum;
}

static void put_us(struct text *out, const char *name, u64 ns)
{
	text_printf(out, "%s %" PRIu64 "\n", name, (u64)(ns / USEC));
}

/* The root, which has no quota, has the lines, too. */
void view_group_stat(const struct look *look, const struct task_group *group, struct text *out)
{
	const struct group_metrics *m = metrics_of(look, group);
	struct group_run_info info = run_info_of(look, group);
	struct cpu_time time = time_of(look, group);

	put_us(out, "usage_usec", time.user + time.system);
	put_us(out, "user_usec", time.user);
	put_us(out, "system_usec", time.system);
	if (look->job->workload->kernel.cpu_stat_tells_nice)
		put_us(out, "nice_usec", info.nice_ns);
	put_us(out, "core_sched.force_idle_usec", info.forced_idle_ns);
	text_printf(out, "nr_periods %" PRIu64 "\nnr_throttled %" PRIu64 "\n", m->nr_periods,
		    m->nr_throttled);
	put_us(out, "throttled_usec", m->throttled_ns);
	text_printf(out, "nr_bursts %" PRIu64 "\n", m->nr_bursts);
	put_us(out, "burst_usec", m->burst_ns);
}

void view_group_stat_v1(const struct look *look, const struct task_group *group, struct text *out)
{
	const struct group_metrics *m = metrics_of(look, group);

	text_printf(out,
		    "nr_periods %" PRIu64 "\nnr_throttled %" PRIu64 "\nthrottled_time %" PRIu64
		    "\nnr_bursts %" PRIu64 "\nburst_time %" PRIu64 "\n",
		    m->nr_periods, m->nr_throttled, m->throttled_ns, m->nr_bursts, m->burst_ns);
}

/* throttled_time_self(): of those times that are over. */
static u64 self_throttled_ns(const struct look *look, const struct task_group *group)
{
	u64 sum = 0;

	for (u32 cpu = 0; group && cpu < look->world->sched->nr_cpus; cpu++)
		sum += group->cpus[cpu].self_throttled_ns;
	return sum;
}

void view_group_stat_local(const struct look *look, const struct task_group *group,
			   struct text *out)
{
	put_us(out, "throttled_usec", self_throttled_ns(look, group));
}

void view_group_stat_local_v1(const struct look *look, const struct task_group *group,
			      struct text *out)
{
	text_printf(out, "throttled_time %" PRIu64 "\n", self_throttled_ns(look, group));
}

/* ---- cpuacct ---- */

static void put_ns(struct text *out, u64 ns)
{
	text_printf(out, "%" PRIu64 "\n", ns);
}

void view_group_usage(const struct look *look, const struct task_group *group, struct text *out)
{
	struct cpu_time time = time_of(look, group);

	put_ns(out, time.user + time.system);
}

void view_group_usage_user(const struct look *look, const struct task_group *group,
			   struct text *out)
{
	put_ns(out, time_of(look, group).user);
}

void view_group_usage_sys(const struct look *look, const struct task_group *group, struct text *out)
{
	put_ns(out, time_of(look, group).system);
}

/* cpuacct_cpuusage_read(): what it and those below it have run on @cpu. */
static u64 usage_on(const struct look *look, const struct task_group *group, u32 cpu)
{
	const struct sched *sched = look->world->sched;
	u64 sum =
		group ? 0 : run_infos_group_cpu_ns(&look->run_infos, TASK_ID_NONE, cpu, look->now);

	for (u32 i = 0; i < sched->nr_groups; i++)
		if (is_below(&sched->groups[i], group))
			sum += run_infos_group_cpu_ns(&look->run_infos, sched->groups[i].id, cpu,
						      look->now);
	return sum;
}

/*
 * On which cpus its calls were is not kept: on each it has as much of its time in the kernel as of
 * all.
 */
static struct cpu_time split_on(const struct look *look, const struct task_group *group, u32 cpu)
{
	struct cpu_time time = time_of(look, group);
	u64 usage = usage_on(look, group, cpu), all = time.user + time.system;
	u64 system = all ? (u64)((u128)usage * time.system / all) : 0;

	return (struct cpu_time){.user = usage - system, .system = system};
}

void view_group_percpu(const struct look *look, const struct task_group *group, struct text *out)
{
	for (u32 cpu = 0; cpu < look->world->sched->nr_cpus; cpu++)
		text_printf(out, "%" PRIu64 " ", usage_on(look, group, cpu));
	text_add_char(out, '\n');
}

void view_group_percpu_user(const struct look *look, const struct task_group *group,
			    struct text *out)
{
	for (u32 cpu = 0; cpu < look->world->sched->nr_cpus; cpu++)
		text_printf(out, "%" PRIu64 " ", split_on(look, group, cpu).user);
	text_add_char(out, '\n');
}

void view_group_percpu_sys(const struct look *look, const struct task_group *group,
			   struct text *out)
{
	for (u32 cpu = 0; cpu < look->world->sched->nr_cpus; cpu++)
		text_printf(out, "%" PRIu64 " ", split_on(look, group, cpu).system);
	text_add_char(out, '\n');
}

void view_group_usage_all(const struct look *look, const struct task_group *group, struct text *out)
{
	text_add(out, "cpu user system\n");
	for (u32 cpu = 0; cpu < look->world->sched->nr_cpus; cpu++) {
		struct cpu_time time = split_on(look, group, cpu);

		text_printf(out, "%" PRIu32 " %" PRIu64 " %" PRIu64 "\n", cpu, time.user,
			    time.system);
	}
}

void view_group_cpuacct(const struct look *look, const struct task_group *group, struct text *out)
{
	struct cpu_time time = time_of(look, group);

	text_printf(out, "user %" PRIu64 "\nsystem %" PRIu64 "\n",
		    (u64)(time.user / (SEC / USER_HZ)), (u64)(time.system / (SEC / USER_HZ)));
}
