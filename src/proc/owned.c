/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks: whoever waits for something that another task holds follows the owners, and tells the
 * circle at the moment when it closes. Who waits for a time only is in no deadlock.
 *
 * A circle may lead through a wait() or a vfork, too: a parent waits for children of which each waits for a lock, and
 * the parent has one of those. Such a sleep ends by a child alone if the workload has no signals and the like. Then there is
 * a deadlock when all that one comes upon, from the task that is about to sleep, sleeps like that.
 */
#include "base/text.h"
#include "model/clone.h"
#include "proc/children.h"
#include "proc/sync.h"

/* Longest chain of owners that is followed (the kernel's max_lock_depth); tasks that a search looks at. */
enum { CHAIN_MAX = 1024, SEARCH_MAX = 256 };

static const struct owned *waits_for(const struct proc *proc)
{
	return proc->locks ? proc->locks->waits_for : NULL;
}

static bool waits_for_ever(const struct proc *proc)
{
	return waits_for(proc) && !timer_armed(&proc->timer);
}

/* ---- Through children ---- */

/* What may end a wait(), or bring another child, besides the children that are there. */
static bool disturbs(const struct op *op)
{
	switch (op->code) {
	case OP_KILL:
	case OP_STOP:
	case OP_CONT:
	case OP_SIGNAL:
	case OP_SIGACTION:
	case OP_ALARM:
	case OP_SETITIMER:
	case OP_TIMER_SET:
	case OP_MQ_NOTIFY:
	case OP_PDEATH_SIGNAL:
	case OP_SUBREAPER:
	case OP_UNSHARE:
	case OP_SETNS:
	case OP_TRACE:
	case OP_TRACE_ME:
	case OP_TRACE_SEIZE:
	case OP_OPEN_TTY:
		return true;
	case OP_CLONE:
		return (op_clone_word(op) & CLONE_FLAG_NEWPID) != 0;
	default:
		return false;
	}
}

void owned_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!w->nr_mutexes && !w->nr_rwlocks && !w->nr_kernel_mutexes && !w->nr_rwsems && !w->nr_spinlocks)
		return;
	if (world->has_limits)
		return;
	/* A thread may come, and make another child. */
	for (u32 i = 0; i < w->nr_tasks; i++)
		if (w->tasks[i].thread_of != SPEC_NONE && (w->tasks[i].start_ns || w->tasks[i].start_step_ns))
			return;
	for (u32 i = 0; i < w->nr_programs; i++)
		for (u32 k = 0; k < w->programs[i].nr_ops; k++)
			if (disturbs(&w->programs[i].ops[k]))
				return;
	world->follows_waits = true;
}

static bool sleeps_in(const struct proc *proc, u16 state)
{
	return proc->task.state == state && proc->in_call == IN_CALL_SLEPT && proc->program;
}

static bool waits_for_child(const struct proc *proc)
{
	enum op_code code;

	if (!sleeps_in(proc, TASK_INTERRUPTIBLE))
		return false;
	code = (enum op_code)proc->program->ops[proc->pc].code;
	return code == OP_WAIT || code == OP_WAITALL || code == OP_WAITPID;
}

static bool waits_for_vfork(const struct proc *proc)
{
	return proc->vfork_child && sleeps_in(proc, TASK_KILLABLE);
}

/* Tasks that have to go on before @begin can; each but the first was found from an earlier one. */
struct search {
	const struct proc *begin;
	const struct proc *found[SEARCH_MAX];
	u16 from[SEARCH_MAX];
	u16 nr, last; /* @last waits for @begin */
	bool closed;
};

/* False: there are too many. */
static bool find(struct search *search, const struct proc *proc, u16 from)
{
	if (proc == search->begin) {
		search->last = search->closed ? search->last : from;
		search->closed = true;
		return true;
	}
	for (u16 i = 1; i < search->nr; i++)
		if (search->found[i] == proc)
			return true;
	if (search->nr == SEARCH_MAX)
		return false;
	search->from[search->nr] = from;
	search->found[search->nr++] = proc;
	return true;
}

static bool find_threads(struct search *search, const struct process *process, u16 from)
{
	const struct proc *thread;

	list_for_each (thread, &process->threads, thread_link)
		if (thread != search->found[from] && thread->exit_state == PROC_ALIVE && !find(search, thread, from))
			return false;
	return true;
}

/* A child ends with its last thread; a thread beside @parent might make another child. */
static bool find_children(struct search *search, const struct proc *parent, u16 from)
{
	const struct proc *thread, *child;

	list_for_each (thread, &parent->process->threads, thread_link)
		for (child = children_next(thread, NULL); child; child = children_next(thread, child))
			if (!find_threads(search, child->process, from))
				return false;
	return find_threads(search, parent->process, from);
}

/* False: it may go on by itself. */
static bool find_next(struct proc_world *world, struct search *search, u16 at)
{
	const struct proc *proc = search->found[at];

	if (waits_for_ever(proc))
		return waits_for(proc)->owner && find(search, waits_for(proc)->owner, at);
	if (waits_for_vfork(proc)) {
		const struct proc *child = proc_by_ref(world, proc->vfork_child);

		return child && find(search, child, at);
	}
	return waits_for_child(proc) && find_children(search, proc, at);
}

static void tell_link(struct proc_world *world, const struct proc *at, const struct owned *lock, const struct proc *next,
		      bool itself, struct text *out)
{
	if (lock)
		text_printf(out, "waits for '%s', %s", lock->name, itself ? "which it holds itself" : "held by ");
	else
		text_add(out, itself			       ? "waits for its end"
			      : next->process == at->process ? "waits as well as its thread "
							     : "waits for its child ");
	if (!itself)
		text_printf(out, "'%s' (pid %u), which ", names_text(world->names, next->comm), next->pid);
}

/* @wanted NULL: it is about to wait for a child. */
static void tell_circle(struct proc_world *world, struct proc *proc, const struct owned *wanted, const struct search *search)
{
	const struct proc *path[SEARCH_MAX + 1];
	struct text circle = {0};
	u16 nr = 0;

	for (u16 at = search->last; at; at = search->from[at])
		path[nr++] = search->found[at];
	text_add(&circle, "it ");
	tell_link(world, proc, wanted, path[nr - 1], false, &circle);
	while (nr--)
		tell_link(world, path[nr], waits_for(path[nr]), nr ? path[nr - 1] : proc, !nr, &circle);
	proc_fail(world, proc, "deadlock: %s", circle.at);
	text_fini(&circle);
}

static not_inline bool is_circle(struct proc_world *world, struct proc *proc, const struct owned *wanted)
{
	struct search search = {.begin = proc, .found = {proc}, .nr = 1};

	if (wanted ? !find(&search, wanted->owner, 0) : !find_children(&search, proc, 0))
		return false;
	for (u16 at = 1; at < search.nr; at++)
		if (!find_next(world, &search, at))
			return false;
	if (!search.closed)
		return false;
	tell_circle(world, proc, wanted, &search);
	return true;
}

bool is_wait_deadlock(struct proc_world *world, struct proc *proc)
{
	return unlikely(world->follows_waits) && is_circle(world, proc, NULL);
}

/* ---- Through owners alone ---- */

bool is_deadlock(struct proc_world *world, struct proc *proc, const struct owned *wanted)
{
	struct text circle = {0};
	const struct proc *at = wanted->owner;
	u32 links = 0;

	if (timer_armed(&proc->timer))
		return false;
	while (at && at != proc && waits_for_ever(at) && links++ < CHAIN_MAX)
		at = waits_for(at)->owner;
	if (at && at != proc && world->follows_waits)
		return is_circle(world, proc, wanted);
	if (at != proc)
		return false;
	at = wanted->owner;
	text_printf(&circle, "it waits for '%s'", wanted->name);
	for (; at != proc; at = waits_for(at)->owner)
		text_printf(&circle, ", held by '%s' (pid %u), which waits for '%s'",
			    names_text(world->names, at->comm), at->pid, waits_for(at)->name);
	proc_fail(world, proc, "deadlock: %s, which it holds itself", circle.at);
	text_fini(&circle);
	return true;
}
