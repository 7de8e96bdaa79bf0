/* SPDX-License-Identifier: MIT */
/*
 * A process's files under /proc, in the kernel's formats. What programs that read them ask for by
 * name is there with what root has, or users without rights; of the rest, what the model does not
 * have is left out where the format is by name, and 0 where it is by position. Kernel:
 * fs/proc/array.c, kernel/sched/debug.c; reference: process.md 12, core-rt-dl-ext.md 7.2.
 */
#include "run/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/bitset.h"
#include "base/ensure.h"
#include "base/text.h"
#include "proc/quota.h"
#include "proc/rlimit.h"
#include "proc/tty.h"
#include "sched/pinned.h"

enum { USER_HZ = 100, PAGE_BYTES = 4096 };

static const char *state_words(char letter)
{
	static const struct {
		char letter;
		const char *words;
	} states[] = {
		{'R', "R (running)"}, {'S', "S (sleeping)"},     {'D', "D (disk sleep)"},
		{'T', "T (stopped)"}, {'t', "t (tracing stop)"}, {'X', "X (dead)"},
		{'Z', "Z (zombie)"},  {'P', "P (parked)"},       {'I', "I (idle)"},
	};

	for (u32 i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i].letter == letter)
			return states[i].words;
	return "?";
}

/* ---- status ---- */

struct signal_sets {
	u64 pending, shared, blocked, ignored, caught;
};

static struct signal_sets sets_of(const struct proc *proc)
{
	const struct process *process = proc->process;
	struct signal_sets sets = {
		.pending = sig_task_of(proc)->pending.set,
		.shared = process->shared.set,
		.blocked = sig_task_of(proc)->blocked,
	};

	for (u32 signal = 1; signal <= NR_SIGNALS; signal++) {
		u8 disposition = signal_action_of(process, signal).disposition;

		sets.ignored |= disposition == SIGNAL_IGNORED ? SIGSET(signal) : 0;
		sets.caught |= disposition == SIGNAL_HANDLED ? SIGSET(signal) : 0;
	}
	/* A kernel thread ignores all of them. */
	if (proc->task.flags & TASK_FLAG_KTHREAD)
		sets.ignored = UINT64_MAX;
	return sets;
}

/*
 * Those that it may use in the end, also while it has disabled its migration (task_cpus_allowed()).
 */
static void put_cpus(struct text *out, struct sched *sched, const struct proc *proc)
{
	const struct cpumask *cpus = sched_own_cpus(sched, &proc->task);
	char list[12 * 1024]; /* every other one of 4096 */

	cpumask_format_hex(cpus, list, sizeof(list));
	text_printf(out, "Cpus_allowed:\t%s\n", list);
	cpumask_format(cpus, list, sizeof(list));
	text_printf(out, "Cpus_allowed_list:\t%s\n", list);
}

/* A number as the root sees it, then as each namespace down to @proc's does; 0: it does not. */
static void put_numbers(struct text *out, const char *name, u32 nr, const struct pid_number *number,
			const struct proc *proc)
{
	const struct pidns *path[PIDNS_LEVEL_MAX];
	u32 depth = 0;

	for (const struct pidns *ns = pidns_of(proc); ns; ns = ns->parent)
		path[depth++] = ns;
	text_printf(out, "%s:\t%u", name, nr);
	while (depth--)
		text_printf(out, "\t%u", pid_number_in(number, path[depth]));
	text_add_char(out, '\n');
}

static void put_kib(struct text *out, const char *name, u64 pages)
{
	text_printf(out, "%s:\t%8" PRIu64 " kB\n", name, pages * (PAGE_BYTES / 1024));
}

/* What is not shared is anonymous. */
static void put_memory(struct text *out, const struct mm *mm)
{
	put_kib(out, "VmPeak", mm->peak_size);
	put_kib(out, "VmSize", mm_size(mm));
	put_kib(out, "VmLck", 0);
	put_kib(out, "VmPin", 0);
	put_kib(out, "VmHWM", mm->peak_resident);
	put_kib(out, "VmRSS", mm_resident(mm));
	put_kib(out, "RssAnon", mm->resident);
	put_kib(out, "RssFile", mm->file_resident);
	put_kib(out, "RssShmem", mm->shared_resident);
	put_kib(out, "VmData", mm->size);
}

/* Users have a number for their name; what else there is of credentials is root's, or nobody's. */
enum { FIRST_UID = 1000 };

static u32 uid_of(const struct look *look, const struct proc *proc)
{
	u32 user = look->world->quotas ? quota_user(look->world, proc) : 0;

	return user ? FIRST_UID + user - 1 : 0;
}

static void put_owner(const struct look *look, const struct proc *proc, struct text *out)
{
	u32 uid = uid_of(look, proc);
	bool dead = proc->exit_state != PROC_ALIVE;

	for (u32 i = 0; i < 2; i++)
		text_printf(out, "%s:\t%u\t%u\t%u\t%u\n", i ? "Gid" : "Uid", uid, uid, uid, uid);
	text_printf(out, "FDSize:\t%u\nGroups:\t \n",
		    dead                                   ? 0
		    : proc->task.flags & TASK_FLAG_KTHREAD ? 64
							   : 256);
}

static void put_signals(const struct look *look, const struct proc *proc, struct text *out)
{
	struct signal_sets sets = sets_of(proc);

	text_printf(out, "SigQ:\t%u/%u\n", rlimit_signals_used(look->world, proc),
		    rlimit_sigpending(look->world, proc->process));
	text_printf(out,
		    "SigPnd:\t%016" PRIx64 "\nShdPnd:\t%016" PRIx64 "\nSigBlk:\t%016" PRIx64
		    "\nSigIgn:\t%016" PRIx64 "\nSigCgt:\t%016" PRIx64 "\n",
		    sets.pending, sets.shared, sets.blocked, sets.ignored, sets.caught);
}

static void put_capabilities(const struct look *look, const struct proc *proc, struct text *out)
{
	static const char *const names[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
	static const u64 all = 0x1ffffffffff;
	u64 own = uid_of(look, proc) ? 0 : all;
	u64 sets[] = {0, own, own, all, 0};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		text_printf(out, "%s:\t%016" PRIx64 "\n", names[i], sets[i]);
	text_add(out, "NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n");
}

/* A name of several lines would be more than one line, so the kernel writes a backslash twice. */
static void put_name(const struct look *look, const struct proc *proc, struct text *out)
{
	text_add(out, "Name:\t");
	for (const char *at = look_comm(look, proc); *at; at++)
		text_add(out, *at == '\\' ? "\\\\" : (char[]){*at, '\0'});
	text_add_char(out, '\n');
}

void view_status(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct process *process = proc->process;
	struct task_metrics m = look_metrics(look, proc);

	put_name(look, proc, out);
	if (proc->exit_state == PROC_ALIVE)
		text_add(out, "Umask:\t0022\n");
	text_printf(out, "State:\t%s\n", state_words(look_state(proc)));
	text_printf(out, "Tgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t%u\n",
		    process->tgid, proc->pid, look_ppid(proc),
		    ptrace_of_tracee(proc) ? ptrace_of_tracee(proc)->tracer->pid : 0);
	put_owner(look, proc, out);
	put_numbers(out, "NStgid", process->tgid, process->leader->number, proc);
	put_numbers(out, "NSpid", proc->pid, proc->number, proc);
	put_numbers(out, "NSpgid", look_pgid(proc), process->pgrp ? process->pgrp->number : NULL,
		    proc);
	put_numbers(out, "NSsid", look_sid(proc),
		    pgrp_session(process) ? pgrp_session(process)->number : NULL, proc);
	if (kernel_has(&look->job->workload->kernel, FEATURE_STATUS_TELLS_KTHREAD))
		text_printf(out, "Kthread:\t%u\n", (proc->task.flags & TASK_FLAG_KTHREAD) != 0);
	if (process->memory)
		put_memory(out, process->memory);
	text_printf(out, "Threads:\t%u\n", process->nr_threads);
	put_signals(look, proc, out);
	put_capabilities(look, proc, out);
	put_cpus(out, look->world->sched, proc);
	text_printf(out,
		    "voluntary_ctxt_switches:\t%" PRIu64 "\nnonvoluntary_ctxt_switches:\t%" PRIu64
		    "\n",
		    m.sums.voluntary_switches, m.sums.involuntary_switches);
}

/* ---- stat: 52 fields ---- */

static u64 clock_ticks(u64 ns)
{
	return ns / (SEC / USER_HZ);
}

/* kthreadd alone is made without one: kernel_thread() in rest_init(). */
static s32 exit_signal(const struct look *look, const struct proc *proc)
{
	if (proc == look->world->kthreadd)
		return 0;
	if (proc->task.flags & TASK_FLAG_KTHREAD)
		return SIGNAL_CHLD;
	return proc == proc->process->leader ? proc->exit_signal & ~EXIT_SIGNAL_OUTDATED : -1;
}

/* Bits 1 to 31 only: the rest did not fit when the file was young. */
static u32 low_set(u64 set)
{
	return (u32)set & 0x7fffffff;
}

/*
 * Of the whole process: the code of its end or stop, for as long as a wait can tell it; of a thread
 * its own.
 */
static u32 exit_code(const struct proc *proc, bool whole)
{
	const struct process *process = proc->process;

	if (whole && process->group_exit)
		return process->group_exit_code;
	if (whole && process->stopped)
		return process->stop_untold ? SIGNAL_STOP + process->stopped_by : 0;
	return proc->exit_code;
}

/* Since boot. What the boot itself has made is as old as that. */
static u64 start_time(const struct look *look, const struct proc *proc)
{
	s64 start = look_metrics(look, proc).start_ns;
	bool of_boot =
		proc == look->world->init ||
		(proc->task.flags & (TASK_FLAG_KTHREAD | TASK_FLAG_WORKLOAD)) == TASK_FLAG_KTHREAD;

	if (start <= 0 && of_boot)
		return 0;
	return look->job->workload->platform.uptime_ns + (u64)max_of(start, (s64)0);
}

/*
 * Which channel it is nobody is told: 1, if there is one. Of several threads there is not one for
 * the process.
 */
static bool has_channel(const struct proc *proc, bool whole)
{
	return proc->task.state != TASK_RUNNING && (!whole || proc->process->nr_threads < 2);
}

/*
 * do_task_stat(); @whole: with what all threads of its process have used. Faults are not counted by
 * thread.
 */
static void put_stat(const struct look *look, const struct proc *proc, bool whole, struct text *out)
{
	const struct task *task = &proc->task;
	const struct process *process = proc->process;
	struct cpu_time time = whole ? look_process_time(look, proc) : look_cpu_time(look, proc);
	struct cpu_time children = look_children_time(look, proc);
	struct process_times times = process_times(look->world, process);
	struct signal_sets sets = sets_of(proc);
	const struct mm *mm = proc->process->memory;
	const struct tty *tty = tty_of(proc->process);

	text_printf(out, "%u (%s) %c %u %u %u %u %d %u", proc->pid, look_comm(look, proc),
		    look_state(proc), look_ppid(proc), look_pgid(proc), look_sid(proc),
		    tty ? tty_number(tty) : 0, tty ? (s32)tty_foreground(tty) : -1,
		    look_flags(look, proc));
	/*
	 * Faults: minor, of children, major, of children; then user, system and those of reaped
	 * children.
	 */
	text_printf(out,
		    " %" PRIu64 " %" PRIu64 " 0 0 %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
		    whole ? times.faults : 0, times.children_faults, clock_ticks(time.user),
		    clock_ticks(time.system), clock_ticks(children.user),
		    clock_ticks(children.system));
	text_printf(out, " %d %d %u 0 %" PRIu64, task->prio - PRIO_RT_MAX,
		    task->static_prio - PRIO_DEFAULT, proc->process->nr_threads,
		    clock_ticks(start_time(look, proc)));
	/* Memory: size, resident, limit, code, stack, registers. */
	text_printf(out,
		    " %" PRIu64 " %" PRIu64
		    " 18446744073709551615 0 0 0 0 0 %u %u %u %u %u 0 0 %d %u %u %u",
		    mm ? mm_size(mm) * PAGE_BYTES : 0, mm ? mm_resident(mm) : 0,
		    low_set(sets.pending | sets.shared), low_set(sets.blocked),
		    low_set(sets.ignored), low_set(sets.caught), has_channel(proc, whole),
		    exit_signal(look, proc), task->cpu, task->rt_priority, task->policy);
	/* Block delays, guests, data, arguments, environment; the code that wait will tell. */
	text_printf(out, " 0 0 0 0 0 0 0 0 0 0 %u\n", exit_code(proc, whole));
}

void view_stat(const struct look *look, const struct proc *proc, struct text *out)
{
	put_stat(look, proc, true, out);
}

void view_thread_stat(const struct look *look, const struct proc *proc, struct text *out)
{
	put_stat(look, proc, false, out);
}

/* ---- statm ---- */

/* Pages: all, there, shared of those, of the program, libraries, data and stack, dirty. */
void view_statm(const struct look *look unused_arg, const struct proc *proc, struct text *out)
{
	const struct mm *mm = proc->process->memory;
	u64 size = mm ? mm->size : 0, shared = mm ? mm->shared_resident + mm->file_resident : 0;

	text_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " 0 0 %" PRIu64 " 0\n",
		    mm ? mm_size(mm) : 0, mm ? mm_resident(mm) : 0, shared, size);
}

/* ---- mm: no file of Linux's, which tells these nowhere ---- */

/*
 * mm_users, mm_count, mm_cpumask. Users are tasks; all of them together hold one count, and each
 * cpu that runs a kernel thread or idles on somebody else's address space holds another
 * (active_mm).
 */
/*
 * The tree that finds an area by address (include/linux/maple_tree.h): of range nodes with 16
 * entries below nodes with 10, if all are full. An area is an entry, and so is each gap beside one.
 */
static void put_areas(const struct mm *mm, struct text *out)
{
	u32 vmas = mm->vmas;
	u64 nodes = 0, level = div_round_up(2 * (u64)vmas + 1, 16);
	u32 height = 1;

	for (nodes = level; level > 1; nodes += level, height++)
		level = div_round_up(level, 10);
	text_printf(out,
		    "map_count:\t%u\nmaple_tree:\t%" PRIu64 " nodes, height %u, %" PRIu64
		    " bytes\n",
		    vmas, nodes, height, nodes * 256);
	text_printf(out,
		    "anonymous:\t%" PRIu64 " of %" PRIu64 " pages\nfiles:\t%" PRIu64 " of %" PRIu64
		    " pages\nshared:\t%" PRIu64 " of %" PRIu64 " pages\n",
		    mm->resident, mm->size, mm->file_resident, mm->file_size, mm->shared_resident,
		    mm->shared_size);
}

void view_mm(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct sched *sched = look->world->sched;
	u32 mm = proc->process->mm, users = 0, borrowers = 0;
	struct text cpus = {0};
	struct proc_list list;

	look_list(look, true, &list);
	for (u32 i = 0; i < list.nr; i++)
		users += list.at[i]->task.mm == mm && !(list.at[i]->task.flags & TASK_FLAG_EXITING);
	proc_list_fini(&list);
	for (u32 cpu = 0; mm && cpu < sched->nr_cpus; cpu++) {
		const struct rq *rq = &sched->rqs[cpu];

		if (rq->active_mm != mm)
			continue;
		borrowers += rq->curr->mm != mm || rq->curr->flags & TASK_FLAG_EXITING;
		text_printf(&cpus, "%s%u", cpus.len ? "," : "", cpu);
	}
	text_printf(out, "mm:\t%u\nmm_users:\t%u\nmm_count:\t%u\nmm_cpumask_list:\t%s\n", mm,
		    mm ? users : 0, mm ? (users > 0) + borrowers : 0, cpus.at ? cpus.at : "");
	if (proc->process->memory)
		put_areas(proc->process->memory, out);
	text_fini(&cpus);
}
