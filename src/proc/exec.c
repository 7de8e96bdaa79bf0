/* SPDX-License-Identifier: MIT */
/* Another program in the same process. Kernel: fs/exec.c; reference: process.md 3. */
#include "proc/exec.h"

#include <string.h>

#include "base/ensure.h"
#include "proc/children.h"
#include "proc/cow.h"
#include "proc/exit.h"
#include "proc/files.h"
#include "proc/sync.h"

bool proc_de_thread(struct proc_world *world, struct proc *proc)
{
	struct process *process = proc->process;

	if (process->nr_threads == 1)
		return true;
	if (process->group_exit || (process->in_exec && !proc->in_exec))
		return false;
	process->in_exec = proc->in_exec = true;
	signal_kill_threads(world, process, proc);
	return true;
}

bool proc_is_alone(const struct proc *proc)
{
	const struct process *process = proc->process;

	if (process->nr_threads == 1)
		return true;
	return process->nr_threads == 2 && process->leader != proc &&
	       process->leader->exit_state == PROC_ZOMBIE;
}

/*
 * The dead leader becomes an ordinary dead thread, with the number that @proc had, and is released.
 */
static struct proc *take_leaders_place(struct proc_world *world, struct proc *proc)
{
	struct process *process = proc->process;
	struct proc *old = process->leader;
	u32 tid = proc->pid;

	proc->pid = old->pid;
	old->pid = tid;
	pid_numbers_exchange(proc, old);
	record_put(world, proc, RECORD_TID, 0, proc->pid, 0);
	record_put(world, old, RECORD_TID, 0, old->pid, 0);
	pgrp_change_owner(world, old, proc);
	if (proc->real_parent)
		children_replace(proc->real_parent, old, proc);
	list_move_head(&process->threads, &proc->thread_link);
	process->leader = proc;
	if (list_linked(&old->spec_link))
		list_del(&old->spec_link);
	proc_release(world, old);
	return old;
}

/* A program knows nothing of what was agreed before it: deaths are told by SIGCHLD. */
static void forget_exit_signals(struct proc *proc)
{
	proc->exit_signal = SIGNAL_CHLD;
	for (struct proc *child = children_next(proc, NULL); child;
	     child = children_next(proc, child))
		child->exit_signal |= EXIT_SIGNAL_OUTDATED;
}

/* exec_mmap(): what it had is gone, also for who shares it no longer. */
static void take_new_memory(struct proc_world *world, struct process *process, u32 spec)
{
	if (likely(!world->counts_pages))
		return;
	mm_put(world, process);
	mm_begin(world, process, spec == SPEC_NONE ? NULL : &world->workload->tasks[spec]);
}

void proc_exec(struct proc_world *world, struct proc *proc, const char *path, u32 spec)
{
	const struct workload *w = world->workload;
	const struct program *program =
		spec == SPEC_NONE ? NULL : &w->programs[w->tasks[spec].program];
	struct process *process = proc->process;
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	struct proc *old_leader = NULL;
	u32 old_pid = proc->pid;

	ensure(proc_is_alone(proc));
	if (process->leader != proc)
		old_leader = take_leaders_place(world, proc);
	process->in_exec = proc->in_exec = false;
	process->has_executed = true;
	forget_exit_signals(proc);
	if (program)
		pipe_ends_exec(world, proc, program);
	signal_exec(world, proc);
	if (unlikely(world->mqueues))
		mqueue_exec(world, process, program);
	process->mm = ++world->next_mm;
	proc->task.mm = process->mm;
	take_new_memory(world, process, spec);
	cow_exec(world, proc);
	proc_vfork_done(world, proc);
	proc->comm = names_intern(world->names, base, strnlen(base, COMM_LEN - 1));
	record_put(world, proc, RECORD_RENAME, 0, 0, proc->comm);
	record_put(world, proc, RECORD_EXEC, 0, old_pid, names_intern_str(world->names, path));
	if (old_leader)
		proc_free(world, old_leader); /* a grace period later, in truth */
	if (program) {
		proc->program = program;
		proc->pc = 0;
	}
	ptrace_exec(world, proc);
}
