/* SPDX-License-Identifier: MIT */
/* Pid namespaces: numbers by level, and the end of a namespace with its init. */
#include "proc/children.h"
#include "proc/exit.h"
#include "proc/pidns.h"

#include <errno.h>

#include "base/ensure.h"
#include "proc/proc.h"

/* ---- Namespaces ---- */

/* Of 6.18 each has a pid_max of its own, which begins at the greatest there is. */
static u32 pid_max_of_new(const struct proc_world *world)
{
	return kernel_has(&world->workload->kernel, FEATURE_PID_MAX_PER_NAMESPACE)
		       ? (u32)PID_MAX_LIMIT
		       : world->pids.pid_max;
}

struct pidns *pidns_new(struct proc_world *world, struct pidns *parent)
{
	u32 level = parent ? parent->level + 1 : 1, index;
	struct pidns *ns;

	if (level > PIDNS_LEVEL_MAX)
		return NULL;
	ns = pool_get(&world->pidnses, &index);
	ns->index = index;
	ns->level = level;
	ns->parent = parent;
	list_init(&ns->members);
	pid_space_init(&ns->pids, pid_max_of_new(world));
	return ns;
}

void pidns_drop(struct proc_world *world, struct pidns *ns)
{
	ensure(!ns->pids.nr_used);
	pid_space_fini(&ns->pids);
	pool_put(&world->pidnses, ns->index);
}

static struct pidns_unshared *find_unshared(const struct proc_world *world, const struct proc *proc)
{
	struct pidns_unshared *unshared;

	list_for_each (unshared, &world->unshared, link)
		if (unshared->proc == proc)
			return unshared;
	return NULL;
}

struct pidns *pidns_for_children(const struct proc_world *world, const struct proc *proc)
{
	const struct pidns_unshared *unshared = find_unshared(world, proc);

	return unlikely(unshared) ? unshared->ns : pidns_of(proc);
}

static void bear_in(struct proc_world *world, struct proc *proc, struct pidns *ns)
{
	struct pidns_unshared *unshared;
	u32 index;

	ns->nr_waiting++;
	unshared = pool_get(&world->unshared_pool, &index);
	*unshared = (struct pidns_unshared){.index = index, .proc = proc, .ns = ns};
	list_add_tail(&world->unshared, &unshared->link);
}

bool pidns_unshare(struct proc_world *world, struct proc *proc)
{
	struct pidns *ns;

	if (find_unshared(world, proc))
		return false;
	ns = pidns_new(world, pidns_of(proc));
	if (!ns)
		return false;
	bear_in(world, proc, ns);
	return true;
}

bool pidns_join(struct proc_world *world, struct proc *proc, struct pidns *ns)
{
	struct pidns *above = ns;

	while (above && above != pidns_of(proc))
		above = above->parent;
	if (above != pidns_of(proc))
		return false;
	pidns_forget(world, proc);
	if (ns != pidns_of(proc))
		bear_in(world, proc, ns);
	return true;
}

void pidns_forget(struct proc_world *world, const struct proc *proc)
{
	struct pidns_unshared *unshared = find_unshared(world, proc);

	if (likely(!unshared))
		return;
	list_del(&unshared->link);
	unshared->ns->nr_waiting--;
	if (!unshared->ns->pids.nr_used && !unshared->ns->nr_waiting)
		pidns_drop(world, unshared->ns);
	pool_put(&world->unshared_pool, unshared->index);
}

struct pidns *pidns_of(const struct proc *proc)
{
	return proc->number ? proc->number->ns : NULL;
}

struct proc *pidns_reaper(struct proc_world *world, const struct proc *dying)
{
	struct pidns *ns = pidns_of(dying);

	return ns ? ns->reaper : world->init;
}

/* ---- Numbers ---- */

/* Members stand by number: the newest is nearly always the last. */
static void become_member(struct pid_number *number)
{
	struct list *members = &number->ns->members, *at = members->prev;

	while (at != members && list_entry(at, struct pid_number, link)->nr > number->nr)
		at = at->prev;
	list_insert_between(&number->link, at, at->next);
}

s32 pid_take(struct pid_space *space, const struct set_tid *tids, u32 place, bool has_init)
{
	u32 tid;

	if (likely(!tids || place >= tids->nr))
		return pid_alloc(space);
	tid = tids->tid[place];
	if (tid >= space->pid_max || (tid != 1 && !has_init))
		return -EINVAL;
	return pid_alloc_at(space, tid) ? (s32)tid : -EEXIST;
}

/* @place: of @ns in @tids. */
static struct pid_number *number_new(struct proc_world *world, struct pidns *ns,
				     const struct set_tid *tids, u32 place)
{
	struct pid_number *number;
	s32 nr = pid_take(&ns->pids, tids, place, ns->reaper != NULL);
	u32 index;

	if (nr < 0)
		return NULL;
	number = pool_get(&world->pid_numbers, &index);
	number->index = index;
	number->nr = (u32)nr;
	number->ns = ns;
	become_member(number);
	return number;
}

/* All that is left is an init that waits for that: see pidns_zap_step(). */
static void number_is_free(struct proc_world *world, struct pidns *ns)
{
	if (ns->closed && ns->reaper && ns->pids.nr_used <= 2)
		sched_wake(world->sched, &ns->reaper->task, TASK_NORMAL, 0);
	if (ns->closed && !ns->pids.nr_used && !ns->nr_waiting)
		pidns_drop(world, ns);
}

void pid_numbers_put(struct proc_world *world, struct pid_number *deepest)
{
	struct pid_number *above;

	for (struct pid_number *number = deepest; number; number = above) {
		struct pidns *ns = number->ns;

		above = number->above;
		if (list_linked(&number->link))
			list_del(&number->link);
		pid_free(&ns->pids, number->nr);
		pool_put(&world->pid_numbers, number->index);
		number_is_free(world, ns);
	}
}

void pid_numbers_return(struct proc_world *world, struct pid_number *deepest)
{
	struct pidns *ns = deepest ? deepest->ns : NULL;

	pid_numbers_put(world, deepest);
	if (ns && !ns->closed && !ns->pids.nr_used)
		ns->pids.cursor = 0;
}

struct pid_number *pid_numbers_take(struct proc_world *world, struct pidns *ns,
				    const struct set_tid *tids)
{
	u32 place = 0;
	struct pid_number *deepest = NULL, *last = NULL;

	for (struct pidns *at = ns; at; at = at->parent) {
		struct pid_number *number = number_new(world, at, tids, place++);

		if (!number || at->closed) {
			pid_numbers_put(world, number);
			pid_numbers_return(world, deepest);
			return NULL;
		}
		if (last)
			last->above = number;
		else
			deepest = number;
		last = number;
	}
	return deepest;
}

void pid_numbers_leave(struct pid_number *deepest)
{
	for (struct pid_number *number = deepest; number; number = number->above) {
		list_del(&number->link);
		number->proc = NULL;
	}
}

void pid_numbers_give(struct pid_number *deepest, struct proc *proc)
{
	proc->number = deepest;
	for (struct pid_number *number = deepest; number; number = number->above)
		number->proc = proc;
}

void pid_numbers_exchange(struct proc *a, struct proc *b)
{
	struct pid_number *of_a = a->number, *of_b = b->number;

	pid_numbers_give(of_b, a);
	pid_numbers_give(of_a, b);
}

u32 pid_number_in(const struct pid_number *deepest, const struct pidns *ns)
{
	for (const struct pid_number *number = deepest; number; number = number->above)
		if (number->ns == ns)
			return number->nr;
	return 0;
}

bool pidns_sees(const struct proc *from, const struct proc *target)
{
	return !from->number || pid_number_in(target->number, from->number->ns);
}

/* ---- The end of a namespace ---- */

/* SIGKILL to all but its init, in the order of their numbers. */
static void kill_members(struct proc_world *world, struct pidns *ns, const struct process *init)
{
	struct pid_number *number;

	list_for_each (number, &ns->members, link)
		if (number->proc->process != init)
			signal_send_code(world, number->proc, SIGNAL_KILL, false, CODE_KERNEL);
}

bool pidns_exit(struct proc_world *world, struct proc *dying)
{
	struct pidns *ns = pidns_of(dying);
	struct proc *thread;

	if (likely(!ns) || ns->reaper != dying)
		return false;
	list_for_each (thread, &dying->process->threads, thread_link) {
		if (thread->task.flags & TASK_FLAG_EXITING)
			continue;
		ns->reaper = thread;
		return false;
	}
	ns->closed = true;
	signal_set_action(world, dying->process, SIGNAL_CHLD,
			  (struct signal_action){.disposition = SIGNAL_IGNORED});
	kill_members(world, ns, dying->process);
	/* It is not gone yet, though it has left what the living have. */
	world->nr_alive++;
	world->nr_workload_alive++;
	dying->phase = OP_ZAPPING;
	/* what a signal has cut short is not gone on with behind a sleep */
	dying->task.work_left = 0;
	return true;
}

/*
 * wait4(-1, __WALL) that takes all who are dead: who dies from now on is reaped by itself. Whom
 * somebody else traces is the tracer's until that one has waited.
 */
static void reap_all(struct proc_world *world, struct proc *proc)
{
	struct proc *next;

	for (struct proc *child = children_next(proc, NULL); child; child = next) {
		next = children_next(proc, child);
		if (!proc_is_whole_zombie(child) || ptrace_is_reparented(child))
			continue;
		proc_release(world, child);
		proc_free(world, child);
	}
}

bool pidns_zap_step(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct pidns *ns = pidns_of(proc);
	u32 own = proc == proc->process->leader ? 1 : 2;

	if (wait_linked(&proc->wait))
		wait_finish(proc);
	reap_all(world, proc);
	if (children_next(proc, NULL)) {
		wait_add(&proc->process->child_wait, proc, false);
		proc_sleep(world, cpu, proc, OP_ZAPPING);
		return false;
	}
	if (ns->pids.nr_used > own) {
		proc_sleep_state(world, cpu, proc, OP_ZAPPING, TASK_IDLE);
		return false;
	}
	world->nr_alive--;
	world->nr_workload_alive--;
	signal_process_exit(world, proc->process);
	ns->reaper = NULL;
	return true;
}
