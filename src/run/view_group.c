/* SPDX-License-Identifier: MIT */
/*
 * The files of a cgroup, as version 2 and version 1 have them, and pressure stall information.
 *
 * Kernel: kernel/sched/core.c (cpu_files, cpu_legacy_files), kernel/sched/psi.c (psi_show),
 * kernel/cgroup. Reference: fair.md 8.1, core-rt-dl-ext.md 7.4.
 */
#include "run/look.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "classes/rt_group.h"
#include "model/nice.h"
#include "observe/load.h"

/* ---- Pressure ---- */

static void put_pressure(const char *word, const struct pressure_group *group,
			 enum pressure_state state, struct text *out)
{
	static const u32 spans[PRESSURE_SPANS] = {10, 60, 300};

	text_add(out, word);
	for (u32 i = 0; i < PRESSURE_SPANS; i++) {
		u32 avg = group ? group->avg[state][i] : 0;

		text_printf(out, " avg%u=%u.%02u", spans[i], avg >> LOAD_SHIFT,
			    (avg % LOAD_ONE * 100) >> LOAD_SHIFT);
	}
	text_printf(out, " total=%" PRIu64 "\n", group ? (u64)(group->total[state] / USEC) : 0);
}

static const struct pressure_group *pressure_of(const struct look *look,
						const struct task_group *group)
{
	return pressure_at(look->pressure, group ? group->id : TASK_ID_NONE, look->now);
}

static void put_cpu(const struct look *look, const struct task_group *group, struct text *out)
{
	const struct pressure_group *pressure = pressure_of(look, group);

	put_pressure("some", pressure, PRESSURE_CPU_SOME, out);
	/* Of the system it means nothing: a cpu that has tasks runs one. */
	put_pressure("full", group ? pressure : NULL, PRESSURE_CPU_FULL, out);
}

static void put_io(const struct look *look, const struct task_group *group, struct text *out)
{
	const struct pressure_group *pressure = pressure_of(look, group);

	put_pressure("some", pressure, PRESSURE_IO_SOME, out);
	put_pressure("full", pressure, PRESSURE_IO_FULL, out);
}

/* Nothing is ever short of memory here. */
static void put_memory(const struct look *look unused_arg,
		       const struct task_group *group unused_arg, struct text *out)
{
	put_pressure("some", NULL, PRESSURE_IO_SOME, out);
	put_pressure("full", NULL, PRESSURE_IO_FULL, out);
}

static void put_irq(const struct look *look, const struct task_group *group, struct text *out)
{
	bool counted = look->job->workload->platform.irq_time_accounting;

	put_pressure("full", counted ? pressure_of(look, group) : NULL, PRESSURE_IRQ_FULL, out);
}

void view_pressure_cpu(const struct look *look, struct text *out)
{
	put_cpu(look, NULL, out);
}

void view_pressure_io(const struct look *look, struct text *out)
{
	put_io(look, NULL, out);
}

void view_pressure_memory(const struct look *look, struct text *out)
{
	put_memory(look, NULL, out);
}

void view_pressure_irq(const struct look *look, struct text *out)
{
	put_irq(look, NULL, out);
}

/* ---- Shares ---- */

static u32 weight_of(const struct task_group *group)
{
	return (u32)(group->shares >> 10);
}

/* cpu_weight_read_u64(): of 6.1 as it is, of an idle group 0; later sched_weight_to_cgroup(). */
static void put_weight(const struct look *look, const struct task_group *group, struct text *out)
{
	u32 weight = (weight_of(group) * 100 + 512) / 1024;

	if (look->job->workload->kernel.group_weight_is_bounded)
		weight = max_of(min_of(weight, 10000u), 1u);
	text_printf(out, "%u\n", weight);
}

/* cpu_weight_nice_read_s64(): the nice whose weight is nearest; of two the heavier. */
static void put_weight_nice(const struct look *look unused_arg, const struct task_group *group,
			    struct text *out)
{
	s32 weight = (s32)weight_of(group), nearest = NICE_MIN;

	for (s32 nice = NICE_MIN + 1; nice <= NICE_MAX; nice++) {
		s32 off = (s32)nice_weight(nice) - weight,
		    best = (s32)nice_weight(nearest) - weight;

		if ((off < 0 ? -off : off) >= (best < 0 ? -best : best))
			break;
		nearest = nice;
	}
	text_printf(out, "%d\n", nearest);
}

static void put_shares(const struct look *look unused_arg, const struct task_group *group,
		       struct text *out)
{
	text_printf(out, "%u\n", weight_of(group));
}

static void put_idle(const struct look *look unused_arg, const struct task_group *group,
		     struct text *out)
{
	text_printf(out, "%d\n", group->idle);
}

/* ---- Quota ---- */

enum { PERIOD_US = 100000 };

static bool has_quota(const struct task_group *group)
{
	return group->bandwidth && group->bandwidth->quota_ns != GROUP_NO_QUOTA;
}

static u64 period_us(const struct task_group *group)
{
	return group->bandwidth ? group->bandwidth->period_ns / USEC : PERIOD_US;
}

static void put_max(const struct look *look unused_arg, const struct task_group *group,
		    struct text *out)
{
	if (has_quota(group))
		text_printf(out, "%" PRIu64, (u64)(group->bandwidth->quota_ns / USEC));
	else
		text_add(out, "max");
	text_printf(out, " %" PRIu64 "\n", period_us(group));
}

static void put_quota(const struct look *look unused_arg, const struct task_group *group,
		      struct text *out)
{
	text_printf(out, "%" PRId64 "\n",
		    has_quota(group) ? (s64)(group->bandwidth->quota_ns / USEC) : -1);
}

static void put_period(const struct look *look unused_arg, const struct task_group *group,
		       struct text *out)
{
	text_printf(out, "%" PRIu64 "\n", period_us(group));
}

static void put_burst(const struct look *look unused_arg, const struct task_group *group,
		      struct text *out)
{
	text_printf(out, "%" PRIu64 "\n",
		    (u64)(group->bandwidth ? group->bandwidth->burst_ns / USEC : 0));
}

/* ---- RT ---- */

static const struct rt_bandwidth *rt_of(const struct look *look, const struct task_group *group)
{
	const struct rt_groups *groups = look->world->sched->rt_groups;

	return groups ? &groups->at[group->id].bandwidth : NULL;
}

static void put_rt_runtime(const struct look *look, const struct task_group *group,
			   struct text *out)
{
	text_printf(out, "%" PRIu64 "\n",
		    (u64)(rt_of(look, group) ? rt_of(look, group)->runtime / USEC : 0));
}

static void put_rt_period(const struct look *look, const struct task_group *group, struct text *out)
{
	text_printf(out, "%" PRIu64 "\n",
		    (u64)((rt_of(look, group) ? rt_of(look, group)->period : GROUP_RT_PERIOD) /
			  USEC));
}

/* ---- Who is in it ---- */

static bool is_alive(const struct proc *proc)
{
	return proc->exit_state == PROC_ALIVE;
}

static bool has_live_member(const struct proc *leader, const struct task_group *group)
{
	struct proc *thread;

	list_for_each (thread, &leader->process->threads, thread_link)
		if (is_alive(thread) && thread->cgroup == group)
			return true;
	return false;
}

static void put_members(const struct look *look, const struct task_group *group, bool threads,
			struct text *out)
{
	struct proc_list list;

	look_list(look, threads, &list);
	for (u32 i = 0; i < list.nr; i++)
		if (threads ? is_alive(list.at[i]) && list.at[i]->cgroup == group
			    : has_live_member(list.at[i], group))
			text_printf(out, "%u\n", list.at[i]->pid);
	proc_list_fini(&list);
}

static void put_procs(const struct look *look, const struct task_group *group, struct text *out)
{
	put_members(look, group, false, out);
}

static void put_threads(const struct look *look, const struct task_group *group, struct text *out)
{
	put_members(look, group, true, out);
}

static bool is_below(const struct task_group *group, const struct task_group *above)
{
	while (group && group != above)
		group = group->parent;
	return group == above;
}

/* pids.current: zombies count until they are reaped. @living: without those that are dead. */
static u32 count_tasks(const struct look *look, const struct task_group *group, bool living)
{
	const struct proc *proc;
	u32 nr = 0;

	for (u32 at = 0; (proc = proc_next(look->world, &at));)
		nr += is_below(proc->cgroup, group) && (!living || is_alive(proc));
	return nr;
}

static bool flag_of(const bool *flags, const struct task_group *group)
{
	return flags && flags[group->id];
}

/* Of the group or of one above it. */
static bool flag_above(const bool *flags, const struct task_group *group)
{
	for (; group; group = group->parent)
		if (flag_of(flags, group))
			return true;
	return false;
}

/* cgroup_enter_frozen(): who stops, or waits for its child of a vfork, counts as frozen. */
static bool stands_still(const struct proc *proc)
{
	return proc->task.state & (TASK_FROZEN | TASK_STOPPED | TASK_TRACED) ||
	       (proc->task.state != TASK_RUNNING && proc->program &&
		proc->program->ops[proc->pc].code == OP_VFORK);
}

static bool is_refrigerated(const struct proc *proc)
{
	return proc->task.state == TASK_REFRIGERATED;
}

/* Are all that live in it and below? */
static bool are_all(const struct look *look, const struct task_group *group,
		    bool (*is)(const struct proc *proc))
{
	const struct proc *proc;

	for (u32 at = 0; (proc = proc_next(look->world, &at));)
		if (is_alive(proc) && is_below(proc->cgroup, group) && !is(proc))
			return false;
	return true;
}

/* cgroup_events_show(): frozen is who has it behind him, all of them. */
static void put_events(const struct look *look, const struct task_group *group, struct text *out)
{
	text_printf(out, "populated %d\nfrozen %d\n", count_tasks(look, group, true) != 0,
		    flag_above(look->world->frozen, group) && are_all(look, group, stands_still));
}

static void put_freeze(const struct look *look, const struct task_group *group, struct text *out)
{
	text_printf(out, "%d\n", flag_of(look->world->frozen, group));
}

/* freezer_read(): what is above freezes it, too. */
static void put_freezer(const struct look *look, const struct task_group *group, struct text *out)
{
	text_printf(out, "%s\n",
		    !flag_above(look->world->refrigerated, group) ? "THAWED"
		    : are_all(look, group, is_refrigerated)       ? "FROZEN"
								  : "FREEZING");
}

static void put_self_freezing(const struct look *look, const struct task_group *group,
			      struct text *out)
{
	text_printf(out, "%d\n", flag_of(look->world->refrigerated, group));
}

static void put_parent_freezing(const struct look *look, const struct task_group *group,
				struct text *out)
{
	text_printf(out, "%d\n", flag_above(look->world->refrigerated, group->parent));
}

static void put_pids_max(const struct look *look, const struct task_group *group, struct text *out)
{
	u32 most = look->job->workload->groups[group->id].pids_max;

	if (most)
		text_printf(out, "%u\n", most);
	else
		text_add(out, "max\n");
}

static void put_pids_current(const struct look *look, const struct task_group *group,
			     struct text *out)
{
	text_printf(out, "%u\n", count_tasks(look, group, false));
}

/* ---- What not all kernels have ---- */

/* Each: NULL, or what the kernel lacks. */

static const char *no_rt_groups(const struct look *look)
{
	return kernel_has(&look->job->workload->kernel, FEATURE_RT_GROUP_SCHED)
		       ? NULL
		       : "the switch RT_GROUP_SCHED";
}

const char *view_no_irq_time(const struct look *look)
{
	return look->job->workload->platform.irq_time_accounting ? NULL
								 : "machine.irq_time_accounting";
}

static const char *no_local_stat(const struct look *look)
{
	return look->job->workload->kernel.has_cpu_stat_local ? NULL : "a kernel after v6.1";
}

/* ---- Which file ---- */

static const struct group_file {
	const char *name;
	void (*view)(const struct look *look, const struct task_group *group, struct text *out);
	bool of_root;
	const char *help;
} group_files[] = {
	{"cgroup.procs", put_procs, true, "numbers of its processes"},
	{"cgroup.threads", put_threads, true, "numbers of its threads"},
	{"cgroup.events", put_events, false,
	 "whether anybody lives in it or below, whether it is frozen"},
	{"cgroup.freeze", put_freeze, false, "what was written there"},
	{"cpu.weight", put_weight, false, "1 to 10000"},
	{"cpu.weight.nice", put_weight_nice, false,
	 "the nice value that weighs most nearly as much"},
	{"cpu.idle", put_idle, false, "1: below all that is not idle"},
	{"cpu.max", put_max, false, "quota and period in us"},
	{"cpu.max.burst", put_burst, false, "in us"},
	{"cpu.stat", view_group_stat, true,
	 "time run, by itself and in the kernel, periods, throttling, bursts"},
	{"cpu.stat.local", view_group_stat_local, true,
	 "how long it waited for its own quota or one above"},
	{"cpu.pressure", put_cpu, true, "pressure stall information"},
	{"io.pressure", put_io, true, "pressure stall information"},
	{"memory.pressure", put_memory, true,
	 "pressure stall information: memory is never short here"},
	{"irq.pressure", put_irq, true, "pressure stall information, with irq_time_accounting"},
	{"pids.max", put_pids_max, false, "how many tasks may be in it and below"},
	{"pids.current", put_pids_current, false, "how many there are"},
	{"cpu.shares", put_shares, false, "cgroup v1: 1024 is a task of nice 0"},
	{"cpu.cfs_quota_us", put_quota, false, "cgroup v1: -1 is none"},
	{"cpu.cfs_period_us", put_period, false, "cgroup v1"},
	{"cpu.cfs_burst_us", put_burst, false, "cgroup v1"},
	{"cpu.rt_runtime_us", put_rt_runtime, false, "cgroup v1, with RT_GROUP_SCHED"},
	{"cpu.rt_period_us", put_rt_period, false, "cgroup v1, with RT_GROUP_SCHED"},
	{"cpuacct.usage", view_group_usage, true, "cgroup v1: time run, in ns"},
	{"cpuacct.usage_user", view_group_usage_user, true, "cgroup v1: of that by itself"},
	{"cpuacct.usage_sys", view_group_usage_sys, true, "cgroup v1: of that in the kernel"},
	{"cpuacct.usage_percpu", view_group_percpu, true, "cgroup v1: by cpu"},
	{"cpuacct.usage_percpu_user", view_group_percpu_user, true, "cgroup v1: of that by itself"},
	{"cpuacct.usage_percpu_sys", view_group_percpu_sys, true,
	 "cgroup v1: of that in the kernel"},
	{"cpuacct.usage_all", view_group_usage_all, true,
	 "cgroup v1: both by cpu, a line for each"},
	{"cpuacct.stat", view_group_cpuacct, true, "cgroup v1: both in hundredths of a second"},
	{"freezer.state", put_freezer, false,
	 "cgroup v1: THAWED, FREEZING until all stand still, or FROZEN"},
	{"freezer.self_freezing", put_self_freezing, false,
	 "cgroup v1: whether FROZEN was written there"},
	{"freezer.parent_freezing", put_parent_freezing, false,
	 "cgroup v1: whether it was written above"},
};

/* Those that version 1 has under the same name. */
static const struct group_file old_files[] = {
	{"cpu.stat", view_group_stat_v1, true, "cgroup v1: periods, throttling, bursts"},
	{"cpu.stat.local", view_group_stat_local_v1, true,
	 "cgroup v1: the time of version 2 in ns"},
};

static const struct group_condition {
	const char *name;
	/* what the kernel would need for it; NULL: it has it */
	const char *(*lacks)(const struct look *look);
} group_conditions[] = {
	{"cpu.rt_runtime_us", no_rt_groups},
	{"cpu.rt_period_us", no_rt_groups},
	{"irq.pressure", view_no_irq_time},
	{"cpu.stat.local", no_local_stat},
};

bool view_group_file(u32 index, char path[96], const char **help)
{
	bool old = index >= ARRAY_SIZE(group_files);
	const struct group_file *file =
		old ? &old_files[index - ARRAY_SIZE(group_files)] : &group_files[index];

	if (index >= ARRAY_SIZE(group_files) + ARRAY_SIZE(old_files))
		return false;
	*help = file->help;
	snprintf(path, 96, "cgroup/%sGROUP/%s", old ? "cpu/" : "", file->name);
	return true;
}

/* "services/web", as in PID/cgroup, or "web", as every name is used once. */
static const struct task_group *find_group(const struct look *look, const char *path, size_t len)
{
	const struct workload *w = look->job->workload;

	for (u32 i = 0; i < w->nr_groups; i++) {
		struct text whole = {0};
		bool found;

		view_group_path(look, &look->world->sched->groups[i], &whole);
		found = strlen(whole.at) == len + 1 && !strncmp(whole.at + 1, path, len);
		text_fini(&whole);
		if (found ||
		    (strlen(w->groups[i].name) == len && !strncmp(w->groups[i].name, path, len)))
			return &look->world->sched->groups[i];
	}
	return NULL;
}

static bool no_group(const struct look *look, const char *path, size_t len)
{
	const struct workload *w = look->job->workload;
	const char **names = arena_array(&look->job->arena, const char *, w->nr_groups), *near;
	char *name = arena_printf(&look->job->arena, "%.*s", (int)len, path);

	for (u32 i = 0; i < w->nr_groups; i++)
		names[i] = w->groups[i].name;
	near = text_suggest(name, names, w->nr_groups);
	return diag_error(look->job->diag, (struct loc){0},
			  near ? "there is no group '%s' (did you mean '%s'?)"
			       : "there is no group '%s'",
			  name, near);
}

static bool no_group_file(const struct look *look, const char *path, const char *name)
{
	const char *names[ARRAY_SIZE(group_files)], *near;

	if (find_group(look, path, strlen(path)))
		return diag_error(look->job->diag, (struct loc){0},
				  "'%s' is a group, its files are 'cgroup/%s/cpu.stat' and others",
				  path, path);
	for (u32 i = 0; i < ARRAY_SIZE(group_files); i++)
		names[i] = group_files[i].name;
	near = text_suggest(name, names, ARRAY_SIZE(group_files));
	return diag_error(
		look->job->diag, (struct loc){0},
		near ? "a group has no file '%s' (did you mean '%s'?)"
		     : "a group has no file '%s': 'ossim list files' tells which there are",
		name, near);
}

/*
 * Behind "cpu/" and the like, which are version 1's folders of controllers if no group is called
 * so.
 */
static const char *skip_controller(const struct look *look, const char *path)
{
	static const char *const folders[] = {"cpu,cpuacct/", "cpu/", "cpuacct/", "freezer/",
					      "pids/"};

	for (u32 i = 0; i < ARRAY_SIZE(folders); i++) {
		size_t len = strlen(folders[i]);

		if (!strncmp(path, folders[i], len) && !find_group(look, path, len - 1))
			return path + len;
	}
	return path;
}

static const struct group_file *find_file(const char *name, bool of_v1)
{
	for (u32 i = 0; of_v1 && i < ARRAY_SIZE(old_files); i++)
		if (!strcmp(old_files[i].name, name))
			return &old_files[i];
	for (u32 i = 0; i < ARRAY_SIZE(group_files); i++)
		if (!strcmp(group_files[i].name, name))
			return &group_files[i];
	return NULL;
}

static const char *lacks(const struct look *look, const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(group_conditions); i++)
		if (!strcmp(group_conditions[i].name, name))
			return group_conditions[i].lacks(look);
	return NULL;
}

static bool view_group(const struct look *look, const struct group_file *file,
		       const struct task_group *group, struct text *out)
{
	const char *needs = lacks(look, file->name);

	if (!group && !file->of_root)
		return diag_error(look->job->diag, (struct loc){0},
				  "the root group has no file '%s'", file->name);
	if (needs)
		return diag_error(look->job->diag, (struct loc){0},
				  "a group has no file '%s' on this kernel: it needs %s",
				  file->name, needs);
	file->view(look, group, out);
	return true;
}

bool view_of_group(const struct look *look, const char *whole, struct text *out)
{
	const char *path = skip_controller(look, whole), *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;
	const struct group_file *file = find_file(name, path != whole);
	size_t len = slash ? (size_t)(slash - path) : 0;
	const struct task_group *group = NULL;

	if (len && !(len == 4 && !strncmp(path, "root", 4))) {
		group = find_group(look, path, len);
		if (!group)
			return no_group(look, path, len);
	}
	return file ? view_group(look, file, group, out) : no_group_file(look, path, name);
}
