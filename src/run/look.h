/* SPDX-License-Identifier: MIT */
/*
 * A simulation that stands at a moment, to be looked at: its world as it is then, and its metrics
 * up to there. `ossim ps` and `ossim proc` print what they find.
 */
#ifndef OSSIM_RUN_LOOK_H
#define OSSIM_RUN_LOOK_H

#include "observe/pressure.h"
#include "observe/run_info.h"
#include "observe/states.h"
#include "proc/proc.h"
#include "run/job.h"

struct xv6;

struct look {
	struct job *job;
	struct sim *sim;
	const struct proc_world *world; /* nobody is in it if this is xv6 */
	const struct xv6 *xv6;          /* NULL: it is Linux */
	const struct metrics *metrics;  /* from 0 to now */
	struct run_infos run_infos;
	u32 keeps;                 /* LOOK_* */
	struct state_log states;   /* if it keeps them */
	struct pressure *pressure; /* if it keeps it: the job's arena has it */
	u64 now;
};

/*
 * What is kept of the way up to the moment, as it costs something: the states of all tasks,
 * pressure.
 */
enum { LOOK_STATES = 1, LOOK_PRESSURE = 2 };

/*
 * Simulates the compiled job up to @at; @keeps: LOOK_*. False: a message is in the job's diag.
 * look_end() in any case.
 */
must_check bool look_begin(struct look *look, struct job *job, u64 at, u32 keeps);
void look_end(struct look *look);

/*
 * All procs that have a number, zombies included, in the order of their numbers; threads if asked
 * for.
 */
struct proc_list {
	const struct proc **at;
	u32 nr;
};
void look_list(const struct look *look, bool threads, struct proc_list *out);
void proc_list_fini(struct proc_list *list);
/* NULL: nobody has that number now. */
const struct proc *look_find(const struct look *look, u32 pid);
/*
 * The lowest number among those of that comm, or else of that name in the workload, of processes
 * before other threads; NULL: nobody is called so.
 */
const struct proc *look_find_name(const struct look *look, const char *name);

/* What was measured of @proc; zeros if it is too new. */
struct task_metrics look_metrics(const struct look *look, const struct proc *proc);
const char *look_comm(const struct look *look, const struct proc *proc);
/* R S D T t Z X P I */
char look_state(const struct proc *proc);
/*
 * What it sleeps in: the action of its program, "stop" or "traced"; NULL: in nothing of that kind.
 */
const char *look_wait_channel(const struct proc *proc);
/* task_struct.flags, of what is known: PF_IDLE is nobody's who has a number. */
enum {
	PROCESS_FLAG_EXITING = 0x4,
	PROCESS_FLAG_POSTCOREDUMP = 0x8,
	PROCESS_FLAG_WQ_WORKER = 0x20,
	PROCESS_FLAG_FORKNOEXEC = 0x40,
	PROCESS_FLAG_DUMPCORE = 0x200,
	PROCESS_FLAG_SIGNALED = 0x400,
	PROCESS_FLAG_NOFREEZE = 0x8000,
	PROCESS_FLAG_KTHREAD = 0x200000,
	PROCESS_FLAG_RANDOMIZE = 0x400000,
	PROCESS_FLAG_NO_SETAFFINITY = 0x4000000,
};
u32 look_flags(const struct look *look, const struct proc *proc);
/* Numbers as the root namespace sees them; 0 where there is none. */
u32 look_ppid(const struct proc *proc);
u32 look_pgid(const struct proc *proc);
u32 look_sid(const struct proc *proc);

/* Up to now: on a cpu, and of that in the kernel. */
struct cpu_time {
	u64 user, system;
};
struct cpu_time look_cpu_time(const struct look *look, const struct proc *proc);
/* Of all threads of its process, those that have exited too. */
struct cpu_time look_process_time(const struct look *look, const struct proc *proc);
/* Of the children that its process has waited for, and of those that they had waited for. */
struct cpu_time look_children_time(const struct look *look, const struct proc *proc);

/* ---- view_ps.c ---- */

void view_ps(const struct look *look, bool threads, FILE *out);
void view_tree(const struct look *look, bool threads, FILE *out);
/* xv6's table, as its console prints it. */
void view_table(const struct look *look, FILE *out);

/*
 * ---- view_file.c; what it shows: view_proc.c, view_task.c, view_queues.c, view_pids.c,
 * view_line.c, view_machine.c ----
 */

/*
 * The text of a file: "loadavg", "PID/status" and others of /proc, "tasks", "PID/task" and others
 * that no kernel has. False: there is no such file or process, and the job's diag says so.
 */
must_check bool view_file(const struct look *look, const char *path, struct text *out);
/* Which files there are, a line each. */
void view_files(FILE *out);

void view_status(const struct look *look, const struct proc *proc, struct text *out);
void view_stat(const struct look *look, const struct proc *proc, struct text *out);
/* The same of this thread alone: PID/task/TID/stat. */
void view_thread_stat(const struct look *look, const struct proc *proc, struct text *out);
void view_statm(const struct look *look, const struct proc *proc, struct text *out);
void view_mm(const struct look *look, const struct proc *proc, struct text *out);
void view_sched(const struct look *look, const struct proc *proc, struct text *out);
void view_task_schedstat(const struct look *look, const struct proc *proc, struct text *out);
void view_task(const struct look *look, const struct proc *proc, struct text *out);
void view_syscalls(const struct look *look, const struct proc *proc, struct text *out);
void view_comm(const struct look *look, const struct proc *proc, struct text *out);
void view_children(const struct look *look, const struct proc *proc, struct text *out);
void view_cgroup(const struct look *look, const struct proc *proc, struct text *out);
void view_timerslack(const struct look *look, const struct proc *proc, struct text *out);
void view_wchan(const struct look *look, const struct proc *proc, struct text *out);
void view_maps(const struct look *look, const struct proc *proc, struct text *out);
void view_fd(const struct look *look, const struct proc *proc, struct text *out);
/* What states it was in so far. */
void view_states(const struct look *look, const struct proc *proc, struct text *out);
void view_tasks(const struct look *look, struct text *out);
void view_runqueues(const struct look *look, struct text *out);
void view_waitqueues(const struct look *look, struct text *out);
void view_loadavg(const struct look *look, struct text *out);
void view_machine_stat(const struct look *look, struct text *out);
/* view_irq.c; lines of /proc/stat, too */
void view_interrupts(const struct look *look, struct text *out);
void view_softirqs(const struct look *look, struct text *out);
void view_intr_line(const struct look *look, struct text *out);
void view_softirq_line(const struct look *look, struct text *out);
/* What all cpus together have run, interrupts as part of the kernel's. */
struct cpu_time view_cpus_time(const struct look *look);
void view_uptime(const struct look *look, struct text *out);
void view_pid_max(const struct look *look, struct text *out);
void view_ns_last_pid(const struct look *look, struct text *out);
void view_net_dev(const struct look *look, struct text *out);
void view_softnet_stat(const struct look *look, struct text *out);
void view_sysvipc_shm(const struct look *look, struct text *out);
void view_schedstat(const struct look *look, struct text *out);
/* Those of the boot included. */
u64 view_jiffies(const struct look *look);
/* view_sched_debug.c */
void view_sched_debug(const struct look *look, struct text *out);
void view_cpuidle(const struct look *look, struct text *out);
void view_pids(const struct look *look, struct text *out);
void view_autogroup(const struct look *look, const struct proc *proc, struct text *out);
/* "/services/web"; nothing of the root (NULL). */
void view_group_path(const struct look *look, const struct task_group *group, struct text *out);
/* What @nr stands for, and where it is found in the tree of marks. */
void view_pid(const struct look *look, u32 nr, struct text *out);

/* ---- view_ext.c ---- */

void view_ext_state(const struct look *look, struct text *out);
void view_ext_switch_all(const struct look *look, struct text *out);
void view_ext_rejected(const struct look *look, struct text *out);
void view_ext_hotplug_seq(const struct look *look, struct text *out);
void view_ext_enable_seq(const struct look *look, struct text *out);
void view_ext_ops(const struct look *look, struct text *out);
void view_ext_events(const struct look *look, struct text *out);

/* ---- view_knobs.c ---- */

/*
 * "sys/kernel/sched_rt_runtime_us", "sys/kernel/debug/sched/base_slice_ns". False: there is no such
 * file.
 */
bool view_knob(const struct look *look, const char *path, struct text *out);
/*
 * The path of the index-th one that the newest kernel has, and what it tells. False: there are no
 * more.
 */
bool view_knob_file(u32 index, char path[96], const char **help);

/* ---- view_debug.c: the same for other files of debugfs ---- */

bool view_debug(const struct look *look, const char *path, struct text *out);
bool view_debug_file(u32 index, char path[96], const char **help);

/* ---- view_group.c ---- */

/* The path of the index-th file that a group has, and what it tells. False: there are no more. */
bool view_group_file(u32 index, char path[96], const char **help);
/* "services/web/cpu.stat", or of the root "cpu.stat". As view_file(). */
must_check bool view_of_group(const struct look *look, const char *path, struct text *out);
void view_pressure_cpu(const struct look *look, struct text *out);
void view_pressure_io(const struct look *look, struct text *out);
void view_pressure_memory(const struct look *look, struct text *out);
void view_pressure_irq(const struct look *look, struct text *out);
/* What the kernel would need for that one; NULL: it has it. */
const char *view_no_irq_time(const struct look *look);

/*
 * ---- view_group_time.c: of a group; NULL: of the root. _v1: as version 1 of cgroups tells it ----
 */

void view_group_stat(const struct look *look, const struct task_group *group, struct text *out);
void view_group_stat_v1(const struct look *look, const struct task_group *group, struct text *out);
void view_group_stat_local(const struct look *look, const struct task_group *group,
			   struct text *out);
void view_group_stat_local_v1(const struct look *look, const struct task_group *group,
			      struct text *out);
/* cpuacct.usage_percpu, .usage_percpu_user, .usage_percpu_sys, .usage_all */
void view_group_percpu(const struct look *look, const struct task_group *group, struct text *out);
void view_group_percpu_user(const struct look *look, const struct task_group *group,
			    struct text *out);
void view_group_percpu_sys(const struct look *look, const struct task_group *group,
			   struct text *out);
void view_group_usage_all(const struct look *look, const struct task_group *group,
			  struct text *out);
/* cpuacct.usage, .usage_user, .usage_sys, .stat */
void view_group_usage(const struct look *look, const struct task_group *group, struct text *out);
void view_group_usage_user(const struct look *look, const struct task_group *group,
			   struct text *out);
void view_group_usage_sys(const struct look *look, const struct task_group *group,
			  struct text *out);
void view_group_cpuacct(const struct look *look, const struct task_group *group, struct text *out);

#endif
