/* SPDX-License-Identifier: MIT */
/*
 * A task as a debugger of the kernel shows it: the fields of its task_struct that lectures speak
 * of, and which objects it shares with whom. Not a file of Linux's. Reference: process.md 1.1, 5.1,
 * 11.1.
 */
#include "run/look.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ensure.h"
#include "base/sorted.h"
#include "model/syscalls.h"
#include "proc/children.h"
#include "proc/files.h"

struct flag_name {
	u32 value;
	const char *name;
};

static void put_flags(struct text *out, const char *field, u32 flags, const struct flag_name *names,
		      u32 nr)
{
	text_printf(out, "%-14s 0x%08x", field, flags);
	for (u32 i = 0; i < nr; i++)
		if (flags & names[i].value)
			text_printf(out, " %s", names[i].name);
	text_add_char(out, '\n');
}

/* ---- State, flags ---- */

enum { TASK_FREEZABLE = 0x2000 }; /* how a task sleeps that its cgroup has frozen */

static const struct flag_name state_names[] = {
	{TASK_INTERRUPTIBLE, "INTERRUPTIBLE"},
	{TASK_UNINTERRUPTIBLE, "UNINTERRUPTIBLE"},
	{TASK_STOPPED, "STOPPED"},
	{TASK_TRACED, "TRACED"},
	{TASK_PARKED, "PARKED"},
	{TASK_DEAD, "DEAD"},
	{TASK_WAKEKILL, "WAKEKILL"},
	{TASK_WAKING, "WAKING"},
	{TASK_FREEZABLE, "FREEZABLE"},
	{TASK_FROZEN, "FROZEN"},
	{TASK_NOLOAD, "NOLOAD"},
	{TASK_NEW, "NEW"},
};
static const struct flag_name exit_names[] = {{TASK_EXIT_DEAD, "EXIT_DEAD"},
					      {TASK_EXIT_ZOMBIE, "EXIT_ZOMBIE"}};
static const struct flag_name flag_names[] = {
	{PROCESS_FLAG_EXITING, "PF_EXITING"},
	{PROCESS_FLAG_POSTCOREDUMP, "PF_POSTCOREDUMP"},
	{PROCESS_FLAG_WQ_WORKER, "PF_WQ_WORKER"},
	{PROCESS_FLAG_FORKNOEXEC, "PF_FORKNOEXEC"},
	{PROCESS_FLAG_DUMPCORE, "PF_DUMPCORE"},
	{PROCESS_FLAG_SIGNALED, "PF_SIGNALED"},
	{PROCESS_FLAG_NOFREEZE, "PF_NOFREEZE"},
	{PROCESS_FLAG_KTHREAD, "PF_KTHREAD"},
	{PROCESS_FLAG_RANDOMIZE, "PF_RANDOMIZE"},
	{PROCESS_FLAG_NO_SETAFFINITY, "PF_NO_SETAFFINITY"},
};

/* A stop wakes for SIGKILL, too; the dead have left for the last time. */
static u32 kernel_state(const struct proc *proc)
{
	u32 state = proc->task.state;

	if (proc->exit_state != PROC_ALIVE)
		return TASK_DEAD;
	if (state == TASK_FROZEN)
		return TASK_INTERRUPTIBLE | TASK_FREEZABLE;
	if (state == TASK_REFRIGERATED)
		return TASK_FROZEN;
	return state == TASK_STOPPED ? state | TASK_WAKEKILL : state;
}

static u32 exit_state(const struct proc *proc)
{
	static const u32 states[] = {
		[PROC_ALIVE] = 0, [PROC_ZOMBIE] = TASK_EXIT_ZOMBIE, [PROC_DEAD] = TASK_EXIT_DEAD};

	return states[proc->exit_state];
}

/* What the way back to user mode looks at. */
static void put_thread_info(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct rq *rq = &look->world->sched->rqs[proc->task.cpu];
	u32 resched = proc->task.on_cpu ? rq->need_resched : 0;

	text_printf(out, "%-14s cpu %u%s%s%s\n", "thread_info", proc->task.cpu,
		    resched == RESCHED_FULL ? ", NEED_RESCHED" : "",
		    resched == RESCHED_LAZY ? ", NEED_RESCHED_LAZY" : "",
		    proc->task.flags & TASK_FLAG_NOTIFY && proc->task.state != TASK_FROZEN
			    ? ", SIGPENDING"
			    : "");
}

static void put_state(const struct look *look, const struct proc *proc, struct text *out)
{
	put_flags(out, "__state", kernel_state(proc), state_names, ARRAY_SIZE(state_names));
	put_flags(out, "exit_state", exit_state(proc), exit_names, ARRAY_SIZE(exit_names));
	put_flags(out, "flags", look_flags(look, proc), flag_names, ARRAY_SIZE(flag_names));
	put_thread_info(look, proc, out);
	text_printf(out, "%-14s %u (%s)\n", "exit_code", proc->exit_code,
		    proc->exit_state == PROC_ALIVE  ? "alive"
		    : (proc->exit_code & 0x7f) == 0 ? "exited"
						    : "killed");
}

/* In ticks, and as the system call has it. */
static void put_rr_interval(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct sched *sched = look->world->sched;
	const struct sched_class *class = sched->classes[proc->task.class_id];
	u64 ticks = class->rr_interval ? class->rr_interval(&sched->rqs[proc->task.cpu],
							    (struct task *)&proc->task)
				       : 0;

	text_printf(out,
		    "%-14s %" PRIu64 ", and the system call sched_rr_get_interval tells %" PRIu64
		    " ns\n",
		    "rr_interval", ticks, ticks * sched->machine->tick_ns);
}

/* ---- Priorities, as the kernel and as users count them ---- */

static void put_priorities(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct task *task = &proc->task;
	s32 nice = task->static_prio - PRIO_DEFAULT;

	text_printf(out, "%-14s %d, normal %d, static %d\n", "prio", task->prio, task->normal_prio,
		    task->static_prio);
	text_printf(out, "%-14s %u\n", "rt_priority", task->rt_priority);
	/* The system call cannot return a negative number that is no error. */
	text_printf(out, "%-14s %d, and the system call getpriority returns %d\n", "nice", nice,
		    20 - nice);
	text_printf(out, "%-14s %s, %s class\n", "policy", policy_name(task->policy),
		    look->world->sched->classes[task->class_id]->name);
	put_rr_interval(look, proc, out);
}

/* ---- Family ---- */

static void put_one(const struct look *look, const char *field, const struct proc *proc,
		    struct text *out)
{
	text_printf(out, "%-14s ", field);
	if (proc)
		text_printf(out, "%u %s\n", proc->pid, look_comm(look, proc));
	else
		text_add(out, "0\n"); /* as PPid says it: init's and kthreadd's */
}

static void put_family(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct ptrace *ptrace = ptrace_of_tracee(proc);
	struct proc *thread;

	text_printf(out, "%-14s %u, tgid %u\n", "pid", proc->pid, proc->process->tgid);
	put_one(look, "group_leader", proc->process->leader, out);
	put_one(look, "real_parent", proc->real_parent, out);
	put_one(look, "parent", ptrace ? ptrace->tracer : proc->real_parent, out);
	text_printf(out, "%-14s", "children");
	for (struct proc *child = children_next(proc, NULL); child;
	     child = children_next(proc, child))
		text_printf(out, " %u", child->pid);
	text_printf(out, "\n%-14s", "thread_group");
	list_for_each (thread, &proc->process->threads, thread_link)
		text_printf(out, " %u", thread->pid);
	text_add_char(out, '\n');
}

/* ---- What is shared ---- */

static u32 nr_users_of_mm(const struct look *look, u32 mm)
{
	const struct proc *proc;
	u32 users = 0;

	for (u32 at = 0; (proc = proc_next(look->world, &at));)
		users += proc->task.mm == mm && !(proc->task.flags & TASK_FLAG_EXITING);
	return users;
}

static void put_mm(const struct look *look, const struct proc *proc, struct text *out)
{
	u32 mm = proc->task.flags & TASK_FLAG_EXITING ? 0 : proc->task.mm;

	if (mm)
		text_printf(out, "%-14s %u, %u users\n", "mm", mm, nr_users_of_mm(look, mm));
	else
		text_printf(out, "%-14s none\n", "mm");
	if (proc->task.on_cpu)
		text_printf(out, "%-14s %u\n", "active_mm",
			    look->world->sched->rqs[proc->task.cpu].active_mm);
}

static void put_shared(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct process *process = proc->process;
	const struct pidns *ns = pidns_of(proc);

	put_mm(look, proc, out);
	text_printf(out, "%-14s %u threads, %u of them live\n", "signal", process->nr_threads,
		    process->nr_live);
	text_printf(out, "%-14s %u tasks\n", "files", files_users(look->world, proc));
	text_printf(out, "%-14s %u tasks\n", "fs", fs_users(look->world, proc));
	text_printf(out, "%-14s %u process%s\n", "sighand",
		    process->sighand ? process->sighand->users : 1,
		    process->sighand && process->sighand->users > 1 ? "es" : "");
	text_printf(out, "%-14s level %u\n", "pid_namespace", ns ? ns->level : 0);
}

/* ---- sched_info, counters ---- */

static void put_counters(const struct look *look, const struct proc *proc, struct text *out)
{
	struct task_metrics m = look_metrics(look, proc);

	text_printf(out,
		    "%-14s pcount %" PRIu64 ", run_delay %" PRIu64 ", last_arrival %" PRIu64
		    ", last_queued %" PRIu64 "\n",
		    "sched_info",
		    m.sums.voluntary_switches + m.sums.involuntary_switches + proc->task.on_cpu,
		    m.sums.run_delay_ns, run_infos_arrival(&look->run_infos, proc->task.id),
		    run_infos_queued(&look->run_infos, proc->task.id));
	text_printf(out, "%-14s nvcsw %" PRIu64 ", nivcsw %" PRIu64 "\n", "switches",
		    m.sums.voluntary_switches, m.sums.involuntary_switches);
	text_printf(out, "%-14s %" PRIu64 " in user mode, %" PRIu64 " in the kernel\n", "time",
		    look_cpu_time(look, proc).user, look_cpu_time(look, proc).system);
}

void view_task(const struct look *look, const struct proc *proc, struct text *out)
{
	text_printf(out, "%-14s %s\n", "comm", look_comm(look, proc));
	put_state(look, proc, out);
	put_priorities(look, proc, out);
	put_family(look, proc, out);
	put_shared(look, proc, out);
	put_counters(look, proc, out);
}

/* ---- System calls ---- */

static void put_calls(struct text *out, u32 nr, const char *number, const char *name)
{
	if (nr)
		text_printf(out, "%8u %5s %s\n", nr, number, name);
}

/* As strace -c counts: calls that have returned, by number. */
void view_syscalls(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct proc_world *world = look->world;

	for (u32 call = 0; call < NR_SYSCALLS; call++) {
		char number[8];

		snprintf(number, sizeof(number), "%u", syscall_infos[call].number);
		put_calls(out, interp_calls(world, proc, call), number, syscall_infos[call].name);
	}
	put_calls(out, interp_calls(world, proc, CALL_NONE), "-", "others");
	put_calls(out, interp_calls(world, proc, CALL_UNKNOWN), "-",
		  "unknown to the kernel (ENOSYS)");
}

/* ---- States so far ---- */

void view_states(const struct look *look, const struct proc *proc, struct text *out)
{
	char buf[40];

	for (u32 i = 0; i < look->states.all.len; i++) {
		const struct state_change *change = &look->states.all.at[i];

		if (change->task == proc->task.id)
			text_printf(out, "%12" PRIu64 " %s\n", change->when,
				    state_change_text(change, buf));
	}
}

/* ---- The list of all tasks ---- */

static int by_birth(const void *a, const void *b)
{
	const struct proc *const *x = a, *const *y = b;

	return order_u64((*x)->process->born, (*y)->process->born);
}

/*
 * for_each_process(): round the circle from init_task, which is swapper/0, in the order of
 * creation; and for each for_each_thread().
 */
void view_tasks(const struct look *look, struct text *out)
{
	struct proc_list list;
	struct proc *thread;

	look_list(look, false, &list);
	qsort(list.at, list.nr, sizeof(*list.at), by_birth);
	text_add(out, "0 swapper/0\n");
	for (u32 i = 0; i < list.nr; i++) {
		text_printf(out, "%u %s", list.at[i]->pid, look_comm(look, list.at[i]));
		list_for_each (thread, &list.at[i]->process->threads, thread_link)
			if (thread != list.at[i])
				text_printf(out, " {%u %s}", thread->pid, look_comm(look, thread));
		text_add_char(out, '\n');
	}
	proc_list_fini(&list);
}
