/* SPDX-License-Identifier: MIT */
/*
 * Creation: fork and clone. Kernel: kernel/fork.c; reference: process.md 3.
 */
#include "proc/fork.h"

#include <errno.h>
#include <string.h>

#include "base/ensure.h"
#include "model/clone.h"
#include "proc/ahead.h"
#include "proc/children.h"
#include "proc/cow.h"
#include "proc/exit.h"
#include "proc/files.h"
#include "proc/group.h"
#include "proc/quota.h"
#include "proc/rlimit.h"
#include "proc/sleep.h"
#include "proc/sync.h"

/* The number in the root, and those of @ns and above, from the deepest up. -1: none is left. */
static s32 take_numbers(struct proc_world *world, struct pidns *ns, const struct set_tid *tids,
			struct pid_number **below)
{
	s32 pid;

	*below = NULL;
	if (likely(!ns))
		return pid_take(&world->pids, tids, 0, true);
	*below = pid_numbers_take(world, ns, tids);
	if (!*below)
		return -1;
	pid = pid_take(&world->pids, tids, ns->level, true);
	if (pid < 0)
		pid_numbers_return(world, *below);
	return pid;
}

/* They are given back at once, for the fork fails after that; the next one does not get them. */
static void waste_numbers(struct proc_world *world, struct pidns *ns, const struct set_tid *tids)
{
	struct pid_number *below;
	s32 pid = take_numbers(world, ns, tids, &below);

	if (pid < 0)
		return;
	pid_free(&world->pids, (u32)pid);
	pid_numbers_return(world, below);
}

struct proc *proc_new(struct proc_world *world, u32 comm, struct pidns *ns,
		      const struct set_tid *tids)
{
	struct pid_number *below;
	struct proc *proc;
	u32 index;
	s32 pid;

	if (world->nr_procs >= world->max_procs)
		return NULL;
	pid = take_numbers(world, ns, tids, &below);
	if (pid < 0)
		return NULL;
	proc = pool_get(&world->procs, &index);
	if (unlikely(++world->nr_procs == AHEAD_PROCS_MIN))
		proc_begin_ahead(world);
	proc->index = index;
	proc->pid = (u32)pid;
	if (unlikely(below))
		pid_numbers_give(below, proc);
	proc->comm = comm;
	proc->spec = SPEC_NONE;
	proc->exit_signal = SIGNAL_CHLD;
	proc->grid_next = NEVER;
	proc->timer_slack_ns = (u32)min_of(world->timer_slack_ns, (u64)UINT32_MAX);
	proc->task.id = world->next_task_id++;
	timer_init(&proc->timer, sleep_is_over, TIMER_RANK_TASK, proc->task.id);
	return proc;
}

static struct process *process_new(struct proc_world *world, struct proc *leader, bool is_kernel)
{
	u32 index;
	struct process *process = pool_get(&world->processes, &index);

	process->index = index;
	process->tgid = leader->pid;
	process->mm = is_kernel ? 0 : ++world->next_mm;
	process->leader = leader;
	process->born = leader->task.id;
	list_init(&process->threads);
	wait_queue_init(&process->child_wait);
	return process;
}

void proc_join(struct proc_world *world, struct proc *proc, struct proc *parent,
	       struct process *process)
{
	bool is_kernel = proc->task.flags & TASK_FLAG_KTHREAD;

	if (process) {
		proc->real_parent = process->leader->real_parent;
	} else {
		process = process_new(world, proc, is_kernel);
		proc->real_parent = parent;
		if (parent)
			pgrp_fork(parent->process, process);
		if (parent)
			children_add(world, parent, proc);
	}
	proc->process = process;
	proc->task.mm = process->mm;
	list_add_tail(&process->threads, &proc->thread_link);
	process->nr_threads++;
	process->nr_live++;
	if (!is_kernel)
		world->most_alive = max_of(++world->nr_alive, world->most_alive);
}

void proc_become(struct proc_world *world, struct proc *proc, u32 spec)
{
	const struct task_spec *s = &world->workload->tasks[spec];
	struct spec_state *state = &world->specs[spec];

	proc->spec = spec;
	proc->instance = state->next_instance++;
	proc->program = &world->workload->programs[s->program];
	if (s->timer_slack_ns != UINT64_MAX)
		proc->timer_slack_ns = (u32)min_of(s->timer_slack_ns, (u64)UINT32_MAX);
	rng_small_init(&proc->rng, world->workload->seed, state->rng_purpose, proc->instance);
	list_add_tail(&state->living, &proc->spec_link);
	world->nr_workload_alive++;
}

void proc_inherit(struct proc_world *world, struct proc *parent, struct proc *child)
{
	const struct task_spec *spec = &world->workload->tasks[child->spec];
	const struct sched_attr *attr = &spec->attr;
	bool deadline = attr->policy == POLICY_DEADLINE; /* see proc_reserve() */
	bool own = !deadline && (attr->policy != POLICY_OTHER || attr->nice || attr->slice_ns);
	struct task donor;

	group_begin(world, child, parent);
	rlimit_begin(world, child, parent);
	if (unlikely(world->mqueues))
		mqueue_process_begins(world, child, parent);
	if (!own && !spec->affinity) {
		sched_fork(world->sched, &parent->task, &child->task);
	} else {
		donor = parent->task;
		if (own) {
			donor.policy = attr->policy;
			donor.rt_priority = attr->rt_priority;
			donor.static_prio = (s16)(PRIO_DEFAULT + attr->nice);
			donor.fair.custom_slice = attr->slice_ns != 0;
			donor.fair.slice = (u32)min_of(attr->slice_ns, (u64)UINT32_MAX);
			donor.flags &= (u16)~TASK_FLAG_RESET_ON_FORK;
		}
		if (spec->affinity)
			donor.cpus = spec->affinity;
		sched_fork(world->sched, &donor, &child->task);
	}
	if (attr->reset_on_fork)
		child->task.flags |= TASK_FLAG_RESET_ON_FORK;
}

void proc_reserve(struct proc_world *world, struct proc *proc)
{
	const struct task_spec *spec = &world->workload->tasks[proc->spec];

	if (unlikely(policy_is_rt(spec->attr.policy)) &&
	    !sched_group_allows_rt(world->sched, proc->task.group))
		proc_fail(world, proc, "its group has no rt_runtime for realtime tasks (EPERM)");
	if (likely(spec->attr.policy != POLICY_DEADLINE))
		return;
	switch (sched_set_attr(world->sched, &proc->task, &spec->attr)) {
	case SCHED_EBUSY:
		proc_fail(world, proc, "no bandwidth is left for its deadline policy (EBUSY)");
		break;
	case SCHED_EPERM:
		proc_fail(world, proc,
			  world->workload->kernel.knobs.rt_runtime_us
				  ? "the deadline policy needs every cpu allowed (EPERM)"
				  : "sched_rt_runtime_us=0 allows no deadline policy (EPERM)");
		break;
	default:
		break;
	}
}

/* A deadline task's children would have no budget of their own: copy_process() says EAGAIN. */
static bool may_fork(const struct task *task)
{
	return task->policy != POLICY_DEADLINE || task->flags & TASK_FLAG_RESET_ON_FORK;
}

void proc_announce(struct proc_world *world, struct proc *child, struct proc *parent, u64 word)
{
	world->total_forks++;
	record_put(world, child, RECORD_NEWTASK, parent->task.id, child->pid,
		   word & ~(u64)CLONE_SIGNAL);
	record_birth(world, child, RECORD_FORK, parent->task.id);
	record_attr(world, child);
	group_announce(world, child);
}

/* CLONE_VM: one address space. */
static void share_memory(struct proc *parent, struct proc *child)
{
	child->process->mm = parent->process->mm;
	child->task.mm = parent->task.mm;
}

/* CLONE_VFORK: the parent waits for proc_vfork_done(). */
static void bind_vfork(struct proc *parent, struct proc *child)
{
	child->vfork_parent = proc_ref(parent);
	parent->vfork_child = proc_ref(child);
}

/* CLONE_PARENT: a sibling, which tells their parent of its death as the caller's process does. */
static void become_sibling(struct proc_world *world, struct proc *parent, struct proc *child)
{
	child->real_parent = parent->real_parent;
	child->exit_signal = parent->process->leader->exit_signal;
	children_move(world, parent, child->real_parent, child);
}

/* EINVAL: an init's siblings would have nobody to reap them, and a process is in one namespace. */
static bool may_clone(const struct proc_world *world, const struct proc *parent, u64 word)
{
	if (word & CLONE_FLAG_PARENT && (parent->process->is_init || parent->process->is_ns_init))
		return false;
	if (word & (CLONE_FLAG_THREAD | CLONE_FLAG_NEWPID) &&
	    pidns_for_children(world, parent) != pidns_of(parent))
		return false;
	return may_fork(&parent->task);
}

/* Numbers that may be asked for where they are free. The first one of a new namespace is 1. */
static bool may_ask_for(const struct proc_world *world, const struct pidns *ns, bool newpid,
			const struct set_tid *tids)
{
	u32 level = (ns ? ns->level : 0) + newpid, place = 0;

	if (tids->nr > level + 1 || (newpid && tids->tid[place++] != 1))
		return false;
	for (; place < tids->nr; place++) {
		if (tids->tid[place] >= (ns ? ns->pids.pid_max : world->pids.pid_max))
			return false;
		ns = ns ? ns->parent : NULL;
	}
	return true;
}

/* What clone() says where new_child() has made none. */
static out_of_line int fork_error(const struct proc_world *world, const struct proc *parent,
				  u64 word, const struct set_tid *tids)
{
	const struct pidns *ns = pidns_for_children(world, parent);
	bool newpid = word & CLONE_FLAG_NEWPID;

	if (!may_fork(&parent->task))
		return EAGAIN;
	if (!may_clone(world, parent, word))
		return EINVAL;
	if (world->quotas && !quota_user_has_room(world, parent))
		return EAGAIN;
	if (world->nr_procs >= world->max_procs)
		return EAGAIN;
	if ((ns ? ns->level : 0) + newpid > PIDNS_LEVEL_MAX)
		return ENOSPC;
	if (tids && !may_ask_for(world, ns, newpid, tids))
		return EINVAL;
	if (ns && ns->closed)
		return ENOMEM;
	return tids ? EEXIST : EAGAIN;
}

/* With a number where its parent's children are born, or the first one in a new namespace. */
static struct proc *new_child(struct proc_world *world, struct proc *parent, u32 spec, u64 word,
			      const struct set_tid *tids)
{
	struct pidns *ns;
	struct proc *child = NULL;

	if (!may_clone(world, parent, word))
		return NULL;
	if (unlikely(world->quotas) && !quota_user_has_room(world, parent))
		return NULL;
	ns = pidns_for_children(world, parent);
	if (unlikely(word & CLONE_FLAG_NEWPID)) {
		ns = pidns_new(world, ns);
		if (!ns)
			return NULL;
	}
	/* One for each level at most. */
	if (unlikely(world->quotas) && !quota_group_has_room(world, parent, spec))
		waste_numbers(world, ns, tids);
	else if (likely(!tids || tids->nr <= (ns ? ns->level : 0) + 1))
		child = proc_new(world, world->specs[spec].comm, ns, tids);
	if (!child && word & CLONE_FLAG_NEWPID)
		pidns_drop(world, ns);
	return child;
}

/* The first in its namespace takes over the orphans there. */
static void become_init(struct proc *child)
{
	if (likely(!child->number) || child->number->nr != 1)
		return;
	child->number->ns->reaper = child;
	child->process->is_ns_init = true;
}

/* What the flags say about a process of its own. */
static void share(struct proc_world *world, struct proc *parent, struct proc *child, u64 word)
{
	child->exit_signal = (u8)(word & CLONE_SIGNAL);
	become_init(child);
	if (word & CLONE_FLAG_PARENT)
		become_sibling(world, parent, child);
	if (unlikely(world->counts_pages)) {
		if (word & CLONE_FLAG_VM)
			mm_share(parent->process, child->process);
		else
			mm_fork(world, parent->process, child->process);
	}
	if (word & CLONE_FLAG_VM)
		share_memory(parent, child);
	else if (world->costs->cow || world->costs->cow_thread)
		cow_fork(world, parent, child);
}

/* Of what proc_new() has made only the number is gone: nobody has heard of the rest. */
static void unmake(struct proc_world *world, struct proc *child, bool newpid)
{
	struct pidns *ns = child->number ? child->number->ns : NULL;

	pid_free(&world->pids, child->pid);
	pid_numbers_return(world, child->number);
	child->number = NULL;
	pool_put(&world->procs, child->index);
	world->nr_procs--;
	world->next_task_id--;
	if (newpid)
		pidns_drop(world, ns);
}

/* The ext scheduler may not want it. */
static not_inline bool is_wanted(struct proc_world *world, struct proc *parent, struct proc *child,
				 u32 spec, u64 word)
{
	const struct task_spec *s = &world->workload->tasks[spec];
	bool own = s->attr.policy != POLICY_DEADLINE &&
		   (s->attr.policy != POLICY_OTHER || s->attr.nice || s->attr.slice_ns);
	s32 error =
		sched_may_fork(world->sched, &parent->task, &child->task, own ? &s->attr : NULL);

	if (!error)
		return true;
	unmake(world, child, word & CLONE_FLAG_NEWPID);
	proc_refuse(world, parent, error, s->name);
	return false;
}

struct proc *proc_fork(struct proc_world *world, struct proc *parent, u32 spec, u64 word,
		       const struct set_tid *tids)
{
	bool thread = word & CLONE_FLAG_THREAD;
	struct proc *child = new_child(world, parent, spec, word, tids);

	if (child && unlikely(world->sched->extender) &&
	    !is_wanted(world, parent, child, spec, word))
		return NULL;
	if (!child) {
		proc_refuse(world, parent, fork_error(world, parent, word, tids),
			    world->workload->tasks[spec].name);
		return NULL;
	}
	/*
	 * copy_process() takes what the parent has now for the default, and a realtime task has
	 * none (__setscheduler_params()).
	 */
	child->timer_slack_ns = policy_is_fair(parent->task.policy) ? parent->timer_slack_ns : 0;
	proc_join(world, child, parent, thread ? parent->process : NULL);
	if (!thread)
		share(world, parent, child, word);
	if (word & CLONE_FLAG_VFORK)
		bind_vfork(parent, child);
	proc_become(world, child, spec);
	signal_fork(world, parent, child, word & CLONE_FLAG_SIGHAND);
	child->task.flags = TASK_FLAG_WORKLOAD;
	proc_inherit(world, parent, child);
	pipe_ends_take(world, child, parent, word & CLONE_FLAG_FILES);
	fs_take(world, child, parent, word & CLONE_FLAG_FS);
	if (unlikely(parent->signals))
		ptrace_fork(world, parent, child, word);
	proc_announce(world, child, parent, word);
	proc_reserve(world, child);
	return child;
}

void proc_wake_child(struct proc_world *world, struct proc *child)
{
	sched_wake_new(world->sched, &child->task);
}
