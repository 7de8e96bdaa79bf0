/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks: whoever waits for something that another task holds follows the owners, and tells the
 * circle at the moment when it closes. Who waits for a time only is in no deadlock.
 *
 * A circle may lead through a wait() or a vfork, too: a parent waits for children of which each
 * waits for a lock, and the parent has one of those. Such a sleep ends by a child alone if the
 * workload has no signals and the like. Then there is a deadlock when all that one comes upon, from
 * the task that is about to sleep, sleeps like that.
 */
#include "base/text.h"
#include "model/clone.h"
#include "proc/children.h"
#include "proc/sync.h"

/*
 * Longest chain of owners that is followed (the kernel's max_lock_depth); tasks that a search looks
 * at.
 */
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

	if (!w->nr_mutexes && !w->nr_rwlocks && !w->nr_kernel_mutexes && !w->nr_rwsems &&
	    !w->nr_spinlocks)
		return;
	if (world->has_limits)
		return;
	/* Who dies gives it back. */
	for (u32 i = 0; i < w->nr_mutexes; i++)
		if (w->mutexes[i].robust)
			return;
	/* A thread may come, and make another child. */
	for (u32 i = 0; i < w->nr_tasks; i++)
		if (w->tasks[i].thread_of != SPEC_NONE &&
		    (w->tasks[i].start_ns || w->tasks[i].start_step_ns))
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

/* Tasks that have to go on before the first of them can. */
struct search {
	const struct proc *found[SEARCH_MAX];
	u32 nr;
};

/* False: there are too many. */
static bool find(struct search *search, const struct proc *proc)
{
	for (u32 i = 0; i < search->nr; i++)
		if (search->found[i] == proc)
			return true;
	if (search->nr == SEARCH_MAX)
		return false;
	search->found[search->nr++] = proc;
	return true;
}

static bool find_threads(struct search *search, const struct process *process)
{
	const struct proc *thread;

	list_for_each (thread, &process->threads, thread_link)
		if (thread->exit_state == PROC_ALIVE && !find(search, thread))
			return false;
	return true;
}

static const struct proc *living_thread(const struct process *process)
{
	const struct proc *thread;

	list_for_each (thread, &process->threads, thread_link)
		if (thread->exit_state == PROC_ALIVE)
			return thread;
	return NULL;
}

/* A living thread of a child. NULL: there is none. */
static const struct proc *some_child(const struct proc *parent)
{
	const struct proc *thread, *child, *living;

	list_for_each (thread, &parent->process->threads, thread_link)
		for (child = children_next(thread, NULL); child;
		     child = children_next(thread, child)) {
			living = living_thread(child->process);
			if (living)
				return living;
		}
	return NULL;
}

/* A child ends with its last thread; a thread beside @parent might make another child. */
static bool find_children(struct search *search, const struct proc *parent)
{
	const struct proc *thread, *child;

	if (!some_child(parent) || parent->process->is_init)
		return false; /* init waits for whatever comes */
	list_for_each (thread, &parent->process->threads, thread_link)
		for (child = children_next(thread, NULL); child;
		     child = children_next(thread, child))
			if (!find_threads(search, child->process))
				return false;
	return find_threads(search, parent->process);
}

static bool find_one(struct search *search, const struct proc *proc)
{
	return proc && find(search, proc);
}

/* False: @proc may go on by itself. */
static bool find_next(const struct proc_world *world, struct search *search,
		      const struct proc *proc)
{
	if (waits_for_ever(proc)) /* asleep; who was woken, or handed the lock, is about to look */
		return proc->task.state != TASK_RUNNING && waits_for(proc)->owner != proc &&
		       find_one(search, waits_for(proc)->owner);
	if (waits_for_vfork(proc)) /* which another thread might end, with the process */
		return find_one(search, proc_by_ref(world, proc->vfork_child)) &&
		       find_threads(search, proc->process);
	return waits_for_child(proc) && find_children(search, proc);
}

/*
 * Whom @at waits for (one of them), and what is said of it; @wanted: that lock, NULL: its sleep
 * tells.
 */
static const struct proc *tell_link(const struct proc_world *world, const struct proc *at,
				    const struct owned *wanted, const struct proc *begin,
				    struct text *out)
{
	const struct owned *lock = wanted ? wanted : waits_for(at);
	const struct proc *next = lock              ? lock->owner
				  : at->vfork_child ? proc_by_ref(world, at->vfork_child)
						    : some_child(at);

	if (lock)
		text_printf(out, "waits for '%s', ", lock->name);
	else
		text_add(out, "waits for ");
	if (next == begin && at != begin)
		text_printf(out, "%s'%s' (pid %u)", lock ? "held by " : "the end of ",
			    names_text(world->names, next->comm), next->pid);
	else if (next)
		text_printf(out, "%s'%s' (pid %u), which ", lock ? "held by " : "its child ",
			    names_text(world->names, next->comm), next->pid);
	return next;
}

/* From @proc on until somebody comes again. */
static void tell_circle(struct proc_world *world, struct proc *proc, const struct owned *wanted)
{
	struct search told = {.nr = 0};
	struct text circle = {0};
	const struct proc *at = proc;

	text_add(&circle, "it ");
	do {
		u32 before = told.nr;

		if (!find(&told, at) || told.nr == before) {
			text_add(&circle, "was named before");
			break;
		}
		at = tell_link(world, at, at == proc ? wanted : NULL, proc, &circle);
	} while (at && at != proc);
	proc_fail(world, proc, "deadlock: %s", circle.at);
	text_fini(&circle);
}

static not_inline bool is_circle(struct proc_world *world, struct proc *proc,
				 const struct owned *wanted)
{
	struct search search = {.found = {proc}, .nr = 1};

	if (wanted ? !find_one(&search, wanted->owner) : !find_children(&search, proc))
		return false;
	for (u32 at = 1; at < search.nr; at++)
		if (!find_next(world, &search, search.found[at]))
			return false;
	tell_circle(world, proc, wanted);
	return true;
}

bool is_wait_deadlock(struct proc_world *world, struct proc *proc)
{
	return unlikely(world->follows_waits) && is_circle(world, proc, NULL);
}

/* ---- Through owners and readers alone ---- */

/*
 * Tasks that have to go on before the first of them can, each with the lock for which it has to and
 * who waits for that.
 */
struct chain {
	struct link {
		const struct proc *who;
		const struct owned *has;
		u32 before; /* in link[]; CHAIN_MAX: nobody is */
	} link[CHAIN_MAX];
	u32 nr;
};

static void add_link(struct chain *chain, const struct proc *who, const struct owned *has,
		     u32 before)
{
	for (u32 i = 0; i < chain->nr; i++)
		if (chain->link[i].who == who)
			return;
	if (chain->nr < CHAIN_MAX)
		chain->link[chain->nr++] = (struct link){who, has, before};
}

static void add_holders(struct chain *chain, const struct owned *lock, u32 before)
{
	if (lock->owner)
		add_link(chain, lock->owner, lock, before);
	for (u32 i = 0; lock->readers && i < READERS_TOLD; i++)
		if (lock->readers->told[i].proc)
			add_link(chain, lock->readers->told[i].proc, lock, before);
}

/* From the one who is about to wait to @at, who is the same. */
static void tell_chain(const struct proc_world *world, const struct chain *chain, u32 at,
		       struct text *out)
{
	const struct link *link = &chain->link[at];
	const char *has = link->has->owner == link->who ? "held" : "read";

	if (link->before != CHAIN_MAX) {
		tell_chain(world, chain, link->before, out);
		text_printf(out, ", which waits for '%s'", link->has->name);
	} else {
		text_printf(out, "it waits for '%s'", link->has->name);
	}
	text_printf(out, ", %s by '%s' (pid %u)", has, names_text(world->names, link->who->comm),
		    link->who->pid);
}

/* A writer waits for all readers of a lock, so one that waits for it, or is it, is enough. */
static not_inline bool is_circle_of_holders(struct proc_world *world, struct proc *proc,
					    const struct owned *wanted)
{
	struct text circle = {0};
	struct chain chain;
	u32 at = 0;

	chain.nr = 0;
	add_holders(&chain, wanted, CHAIN_MAX);
	for (; at < chain.nr && chain.link[at].who != proc; at++)
		if (waits_for_ever(chain.link[at].who))
			add_holders(&chain, waits_for(chain.link[at].who), at);
	if (at == chain.nr)
		return false;
	if (chain.link[at].before == CHAIN_MAX)
		text_printf(&circle, "it waits for '%s', which it %s itself", wanted->name,
			    wanted->owner == proc ? "holds" : "reads");
	else
		tell_chain(world, &chain, at, &circle);
	proc_fail(world, proc, "deadlock: %s", circle.at);
	text_fini(&circle);
	return true;
}

bool is_deadlock(struct proc_world *world, struct proc *proc, const struct owned *wanted)
{
	const struct proc *at = wanted->owner;
	u32 links = 0;

	if (timer_armed(&proc->timer))
		return false;
	while (at && at != proc && waits_for_ever(at) && links++ < CHAIN_MAX)
		at = waits_for(at)->owner;
	if (!at || at == proc) /* it may be readers who hold it */
		return is_circle_of_holders(world, proc, wanted);
	return world->follows_waits && is_circle(world, proc, wanted);
}
