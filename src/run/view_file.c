/* SPDX-License-Identifier: MIT */
/* Which file of the simulated machine is asked for: those of /proc, and some that no kernel has. */
#include "run/look.h"

#include <string.h>

#include "base/ensure.h"

static const struct task_file {
	const char *name;
	void (*view)(const struct look *look, const struct proc *proc, struct text *out);
	const char *help; /* begins with * if no kernel has such a file */
} task_files[] = {
	{"status", view_status, "names, state, family, signal sets, allowed cpus, switches"},
	{"stat", view_stat, "the 52 fields"},
	{"statm", view_statm, "pages"},
	{"sched", view_sched, "vruntime, load averages, switches, slice"},
	{"schedstat", view_task_schedstat, "time run, time waited, times run"},
	{"comm", view_comm, "its name"},
	{"children", view_children, "numbers of its children"},
	{"cgroup", view_cgroup, "the group that it is in"},
	{"autogroup", view_autogroup, "its session's group, and the nice of that"},
	{"timerslack_ns", view_timerslack, "how late its sleeps may end"},
	{"wchan", view_wchan, "the action in which it sleeps"},
	{"maps", view_maps, "its areas: anonymous pages are spread over them evenly"},
	{"fd", view_fd, "what it has open"},
	{"mm", view_mm, "*its address space: users, areas, cpus that have it loaded"},
	{"task", view_task, "*its task_struct, as a debugger would print it"},
	{"syscalls", view_syscalls, "*which system calls it has come back from, how often"},
	{"states", view_states, "*in which states it has been, and how long"},
};

static const struct machine_file {
	const char *name;
	void (*view)(const struct look *look, struct text *out);
	const char *help;
} machine_files[] = {
	{"loadavg", view_loadavg, "load averages, running and all tasks, the last pid"},
	{"stat", view_machine_stat,
	 "times of each cpu, interrupts, switches, forks, who runs, who waits for I/O"},
	{"interrupts", view_interrupts,
	 "by cpu: interrupts of each device, of the cpu's timer, of other cpus"},
	{"softirqs", view_softirqs, "by cpu: how often each softirq was done"},
	{"schedstat", view_schedstat, "by cpu: time run, time waited, times run; its domains"},
	{"pressure/cpu", view_pressure_cpu, "how much of the time tasks waited for a cpu"},
	{"pressure/io", view_pressure_io, "how much of the time tasks waited for I/O"},
	{"pressure/memory", view_pressure_memory, "the same for memory, which is never short here"},
	{"pressure/irq", view_pressure_irq, "the same for interrupts, with irq_time_accounting"},
	{"uptime", view_uptime, "seconds since boot, seconds idle"},
	{"net/dev", view_net_dev, "packets of each network device"},
	{"net/softnet_stat", view_softnet_stat, "packets of each cpu's NET_RX"},
	{"sysvipc/shm", view_sysvipc_shm, "segments of shared memory"},
	{"sys/kernel/pid_max", view_pid_max, "where process numbers end"},
	{"sys/kernel/ns_last_pid", view_ns_last_pid, "the last number given out"},
	{"sys/kernel/sched_ext/state", view_ext_state, "sysfs: whether an ext scheduler is loaded"},
	{"sys/kernel/sched_ext/switch_all", view_ext_switch_all,
	 "sysfs: it has all tasks, not those of policy ext alone"},
	{"sys/kernel/sched_ext/nr_rejected", view_ext_rejected,
	 "sysfs: tasks that it would not have"},
	{"sys/kernel/sched_ext/hotplug_seq", view_ext_hotplug_seq,
	 "sysfs: cpus that came or went while it was there"},
	{"sys/kernel/sched_ext/enable_seq", view_ext_enable_seq, "sysfs: how often one was loaded"},
	{"sys/kernel/sched_ext/root/ops", view_ext_ops, "sysfs: its name"},
	{"sys/kernel/sched_ext/root/events", view_ext_events, "sysfs: what it has counted (v6.18)"},
	{"sys/kernel/debug/sched/debug", view_sched_debug,
	 "debugfs: the queues of each cpu, and its tasks"},
	{"cpuidle", view_cpuidle, "*how often and how long each cpu was in which idle state"},
	{"pids", view_pids, "*how pids are found"},
	{"tasks", view_tasks, "*the list of all tasks"},
	{"runqueues", view_runqueues, "*by cpu and class who is queued"},
	{"waitqueues", view_waitqueues, "*who waits where"},
};

static void print_help(FILE *out, const char *directory, const char *name, const char *help)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s", directory, name);
	fprintf(out, "%-32s %s%s\n", path, help + (*help == '*'),
		*help == '*' ? " (no file of Linux's)" : "");
}

void view_files(FILE *out)
{
	const char *help;
	char path[96];

	for (u32 i = 0; i < ARRAY_SIZE(task_files); i++)
		print_help(out, "PID/", task_files[i].name, task_files[i].help);
	for (u32 i = 0; i < ARRAY_SIZE(machine_files); i++)
		print_help(out, "", machine_files[i].name, machine_files[i].help);
	for (u32 i = 0; view_knob_file(i, path, &help); i++)
		print_help(out, "", path, help);
	for (u32 i = 0; view_debug_file(i, path, &help); i++)
		print_help(out, "", path, help);
	print_help(out, "", "pids/N", "*what number N stands for");
	for (u32 i = 0; view_group_file(i, path, &help); i++)
		print_help(out, "", path, help);
}

/* False. @prefix: "PID/", of files of a process. */
static bool no_file(struct diag *diag, const char *prefix, const char *path)
{
	const char *names[ARRAY_SIZE(task_files) + ARRAY_SIZE(machine_files)], *near;
	u32 nr = 0;

	for (u32 i = 0; i < ARRAY_SIZE(task_files) && *prefix; i++)
		names[nr++] = task_files[i].name;
	for (u32 i = 0; i < ARRAY_SIZE(machine_files) && !*prefix; i++)
		names[nr++] = machine_files[i].name;
	near = text_suggest(path, names, nr);
	if (near)
		return diag_error(diag, (struct loc){0},
				  "there is no file '%s%s' (did you mean '%s%s'?)", prefix, path,
				  prefix, near);
	return diag_error(diag, (struct loc){0},
			  "there is no file '%s%s': 'ossim list files' tells which there are",
			  prefix, path);
}

/* By number or by name. */
static const struct proc *find_task(const struct look *look, const char *path, size_t len)
{
	char name[128] = {0}; /* longer than any */
	const char *why;
	u64 pid;

	if (parse_u64(path, len, &pid, &why))
		return pid <= UINT32_MAX ? look_find(look, (u32)pid) : NULL;
	memcpy(name, path, min_of(len, sizeof(name) - 1));
	return look_find_name(look, name);
}

/*
 * "PID/task/TID", up to @slash: its thread. *@is_thread: it is of that form. NULL: there is none.
 */
static const struct proc *find_thread(const struct look *look, const char *path, const char *slash,
				      bool *is_thread)
{
	static const char folder[] = "/task/";
	const size_t len = sizeof(folder) - 1;
	const struct proc *process, *thread;
	const char *at = slash, *why;
	u64 tid;

	while (at > path && at[-1] != '/')
		at--;
	*is_thread = (size_t)(at - path) > len && !strncmp(at - len, folder, len) &&
		     parse_u64(at, (size_t)(slash - at), &tid, &why) && tid <= UINT32_MAX;
	if (!*is_thread)
		return NULL;
	process = find_task(look, path, (size_t)(at - len - path));
	thread = look_find(look, (u32)tid);
	return process && thread && thread->process == process->process ? thread : NULL;
}

/* "PID/file", "PID/task/TID/file". */
static bool view_of_task(const struct look *look, const char *path, const char *slash,
			 struct text *out)
{
	struct diag *diag = look->job->diag;
	bool is_thread;
	const struct proc *proc = find_thread(look, path, slash, &is_thread);

	if (!is_thread)
		proc = find_task(look, path, (size_t)(slash - path));
	if (!proc && is_thread)
		return diag_error(
			diag, (struct loc){0},
			"there is no thread '%.*s' at that time: 'ossim ps --threads' lists them",
			(int)(slash - path), path);
	if (!proc)
		return diag_error(diag, (struct loc){0},
				  "there is no process '%.*s' at that time: 'ossim ps' lists them",
				  (int)(slash - path), path);
	for (u32 i = 0; i < ARRAY_SIZE(task_files); i++) {
		if (strcmp(task_files[i].name, slash + 1) != 0)
			continue;
		/* The one file that is another one for a thread. */
		(is_thread && task_files[i].view == view_stat
			 ? view_thread_stat
			 : task_files[i].view)(look, proc, out);
		return true;
	}
	return no_file(diag, "PID/", slash + 1);
}

/* "pids/N". */
static bool view_of_number(const struct look *look, const char *text, struct text *out)
{
	u32 pid_max = look->world->pids.pid_max;
	const char *why;
	u64 nr;

	if (!parse_u64(text, strlen(text), &nr, &why) || !nr || nr >= pid_max)
		return diag_error(look->job->diag, (struct loc){0},
				  "'%s' is no number of a process: they are 1 to %u", text,
				  pid_max - 1);
	view_pid(look, (u32)nr, out);
	return true;
}

/*
 * "cgroup/web/cpu.stat" or "/sys/fs/cgroup/web/cpu.stat": the rest of it; NULL: it is no such file.
 */
static const char *in_cgroup(const char *path)
{
	static const char *const prefixes[] = {"/sys/fs/cgroup/", "cgroup/"};

	for (u32 i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(path, prefixes[i], strlen(prefixes[i])))
			return path + strlen(prefixes[i]);
	return NULL;
}

/* Of machine files: what stands there is not a process. */
static bool is_folder(const char *path, size_t len)
{
	for (u32 i = 0; i < ARRAY_SIZE(machine_files); i++)
		if (!strncmp(machine_files[i].name, path, len) && machine_files[i].name[len] == '/')
			return true;
	return false;
}

static bool view_of_machine(const struct look *look, const struct machine_file *file,
			    struct text *out)
{
	const char *needs = file->view == view_pressure_irq ? view_no_irq_time(look) : NULL;

	if (needs)
		return diag_error(look->job->diag, (struct loc){0},
				  "there is no file '%s' on this kernel: it needs %s", file->name,
				  needs);
	file->view(look, out);
	return true;
}

bool view_file(const struct look *look, const char *path, struct text *out)
{
	const char *slash; /* names may have one, too: kworker/0:0 */
	const char *group = in_cgroup(path);

	if (!strncmp(path, "/proc/", 6))
		path += 6;
	else if (!strncmp(path, "/sys/kernel/", 12))
		path++;
	for (u32 i = 0; i < ARRAY_SIZE(machine_files); i++) {
		if (strcmp(machine_files[i].name, path) != 0)
			continue;
		return view_of_machine(look, &machine_files[i], out);
	}
	if (group)
		return view_of_group(look, group, out);
	if (view_knob(look, path, out) || view_debug(look, path, out))
		return true;
	if (!strncmp(path, "pids/", 5))
		return view_of_number(look, path + 5, out);
	slash = strrchr(path, '/');
	if (slash && *path != '/' && !is_folder(path, strcspn(path, "/")))
		return view_of_task(look, path, slash, out);
	return no_file(look->job->diag, "", path);
}
