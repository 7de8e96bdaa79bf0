/* SPDX-License-Identifier: MIT */
/*
 * Files under /proc that are one line: names and lists of a process, numbers of the machine and of
 * its kernel. Kernel: fs/proc/array.c, kernel/pid.c, kernel/fork.c; reference: process.md 2.3, 2.7,
 * 12.
 */
#include "run/look.h"

#include "base/text.h"
#include "model/nice.h"
#include "proc/children.h"

/* ---- Of a process ---- */

void view_comm(const struct look *look, const struct proc *proc, struct text *out)
{
	text_printf(out, "%s\n", look_comm(look, proc));
}

/* Of this thread alone, oldest first; the kernel ends the list with a blank and no newline. */
void view_children(const struct look *look unused_arg, const struct proc *proc, struct text *out)
{
	for (struct proc *child = children_next(proc, NULL); child;
	     child = children_next(proc, child))
		text_printf(out, "%u ", child->pid);
}

void view_group_path(const struct look *look, const struct task_group *group, struct text *out)
{
	if (!group)
		return;
	view_group_path(look, group->parent, out);
	text_printf(out, "/%s", look->job->workload->groups[group->id].name);
}

/* Of cgroup v2, whose hierarchy has the number 0. */
void view_cgroup(const struct look *look, const struct proc *proc, struct text *out)
{
	text_add(out, "0::");
	if (!proc->cgroup)
		text_add_char(out, '/');
	view_group_path(look, proc->cgroup, out);
	text_add_char(out, '\n');
}

/*
 * autogroup_path(), proc_sched_autogroup_show_task(): of a session's group, whatever cgroup the
 * task is in; nothing of the rest.
 */
void view_autogroup(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct task_group *group = proc->process->autogroup;
	s32 nice = NICE_MIN;

	if (!group)
		return;
	while (nice < NICE_MAX && nice_weight(nice) > group->shares >> 10)
		nice++;
	text_printf(out, "/autogroup-%u nice %d\n", group->id - look->world->sched->nr_groups + 1,
		    nice);
}

/* What a sleeper sleeps in, as ps tells it; 0, without a newline, is who does not sleep. */
void view_wchan(const struct look *look unused_arg, const struct proc *proc, struct text *out)
{
	const char *channel = look_wait_channel(proc);

	text_add(out, channel ? channel : "0");
}

/* __setscheduler_params() takes it from RT and deadline tasks for as long as they are that. */
void view_timerslack(const struct look *look unused_arg, const struct proc *proc, struct text *out)
{
	text_printf(out, "%u\n", policy_is_fair(proc->task.policy) ? proc->timer_slack_ns : 0);
}

/* ---- Of the machine ---- */

void view_pid_max(const struct look *look, struct text *out)
{
	text_printf(out, "%u\n", look->world->pids.pid_max);
}

void view_ns_last_pid(const struct look *look, struct text *out)
{
	text_printf(out, "%u\n", pid_last(&look->world->pids));
}
