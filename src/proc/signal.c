/* SPDX-License-Identifier: MIT */
/*
 * What is pending, what shall happen, and how both come and go with tasks.
 *
 * Most processes never say anything about signals: they have no sighand, and nothing is allocated
 * for them.
 */
#include "proc/signal.h"

#include "base/ensure.h"
#include "proc/proc.h"
#include "proc/rlimit.h"

/* ---- Actions ---- */

struct signal_action signal_action_of(const struct process *process, u32 signal)
{
	if (likely(!process->sighand))
		return (struct signal_action){.disposition = SIGNAL_DEFAULT};
	return process->sighand->action[signal - 1];
}

static struct sighand *sighand_new(struct proc_world *world)
{
	u32 index;
	struct sighand *sighand = pool_get(&world->sighands, &index);

	sighand->index = index;
	sighand->users = 1;
	return sighand;
}

static void sighand_put(struct proc_world *world, struct sighand *sighand)
{
	if (!--sighand->users)
		pool_put(&world->sighands, sighand->index);
}

static struct sighand *sighand_copy(struct proc_world *world, const struct sighand *from)
{
	struct sighand *copy = sighand_new(world);

	for (u32 i = 0; i < NR_SIGNALS; i++)
		copy->action[i] = from->action[i];
	return copy;
}

/* What is ignored from now on is not kept either. */
static void discard(struct proc_world *world, struct process *process, u32 signal)
{
	struct proc *thread;

	if (unlikely(process->alarm))
		itimer_signals_dropped(world, process, SIGSET(signal));
	sigpending_remove(world, &process->shared, SIGSET(signal));
	list_for_each (thread, &process->threads, thread_link) {
		if (thread->signals)
			sigpending_remove(world, &thread->signals->pending, SIGSET(signal));
		signal_recalc(thread);
	}
}

void signal_set_action(struct proc_world *world, struct process *process, u32 signal,
		       struct signal_action action)
{
	bool ignores = action.disposition == SIGNAL_IGNORED ||
		       (action.disposition == SIGNAL_DEFAULT && SIGSET_IGNORE & SIGSET(signal));
	bool was_ignored = signal_action_of(process, signal).disposition == SIGNAL_IGNORED;

	if (!process->sighand)
		process->sighand = sighand_new(world);
	process->sighand->action[signal - 1] = action;
	if (ignores)
		discard(world, process, signal);
	else if (was_ignored && unlikely(process->alarm))
		itimer_signal_unignored(world, process, signal);
}

/* ---- A task's own part ---- */

static const struct sig_task nothing_own;

const struct sig_task *sig_task_of(const struct proc *proc)
{
	return likely(!proc->signals) ? &nothing_own : proc->signals;
}

struct sig_task *sig_task_make(struct proc_world *world, struct proc *proc)
{
	u32 index;

	if (!proc->signals) {
		proc->signals = pool_get(&world->sig_tasks, &index);
		proc->signals->index = index;
	}
	return proc->signals;
}

void sig_task_drop(struct proc_world *world, struct proc *proc)
{
	if (unlikely(proc->signals))
		pool_put(&world->sig_tasks, proc->signals->index);
	proc->signals = NULL;
}

/* ---- Pending ---- */

static struct sig_more *more_of(struct proc_world *world, struct sigpending *pending)
{
	u32 index;

	if (pending->more)
		return pool_at(&world->sig_mores, pending->more - 1);
	pool_get(&world->sig_mores, &index);
	pending->more = index + 1;
	return pool_at(&world->sig_mores, index);
}

struct sigpending *sigpending_of(struct proc_world *world, struct proc *proc, bool to_thread)
{
	struct sigpending *pending =
		to_thread ? &sig_task_make(world, proc)->pending : &proc->process->shared;

	if (unlikely(world->queued_signals))
		pending->user = rlimit_user(world, proc);
	return pending;
}

/* Where its user's entries are counted: how many @pending has, before it changes. */
static u32 before_change(const struct proc_world *world, const struct sigpending *pending)
{
	return unlikely(world->queued_signals) ? sigpending_count(world, pending) : 0;
}

static void count_change(struct proc_world *world, const struct sigpending *pending, u32 before)
{
	if (unlikely(world->queued_signals))
		world->queued_signals[pending->user] += sigpending_count(world, pending) - before;
}

bool sigpending_add(struct proc_world *world, struct sigpending *pending, u32 signal)
{
	if (signal < SIGNAL_RT && pending->set & SIGSET(signal))
		return false;
	return sigpending_add_own(world, pending, signal);
}

static bool add_own(struct proc_world *world, struct sigpending *pending, u32 signal)
{
	struct sig_more *more;

	if (!(pending->set & SIGSET(signal))) {
		pending->set |= SIGSET(signal);
		return true;
	}
	more = more_of(world, pending);
	if (more->count[signal - 1] == UINT16_MAX)
		return false;
	if (more->lost & SIGSET(signal))
		more->lost &= ~SIGSET(signal);
	else
		more->count[signal - 1]++;
	return true;
}

bool sigpending_add_own(struct proc_world *world, struct sigpending *pending, u32 signal)
{
	u32 before = before_change(world, pending);
	bool good = add_own(world, pending, signal);

	count_change(world, pending, before);
	return good;
}

void sigpending_add_lost(struct proc_world *world, struct sigpending *pending, u32 signal)
{
	if (pending->set & SIGSET(signal))
		return;
	pending->set |= SIGSET(signal);
	more_of(world, pending)->lost |= SIGSET(signal);
}

static void take(struct proc_world *world, struct sigpending *pending, u32 signal)
{
	if (unlikely(pending->more)) {
		struct sig_more *more = more_of(world, pending);

		if (more->count[signal - 1]) {
			more->count[signal - 1]--;
			return;
		}
		more->lost &= ~SIGSET(signal);
	}
	pending->set &= ~SIGSET(signal);
}

void sigpending_take(struct proc_world *world, struct sigpending *pending, u32 signal)
{
	u32 before = before_change(world, pending);

	take(world, pending, signal);
	count_change(world, pending, before);
}

static void remove_all_of(struct proc_world *world, struct sigpending *pending, u64 set)
{
	pending->set &= ~set;
	if (!pending->more)
		return;
	more_of(world, pending)->lost &= ~set;
	for (u32 signal = 1; signal <= NR_SIGNALS; signal++)
		if (set & SIGSET(signal))
			more_of(world, pending)->count[signal - 1] = 0;
}

void sigpending_remove(struct proc_world *world, struct sigpending *pending, u64 set)
{
	u32 before = before_change(world, pending);

	remove_all_of(world, pending, set);
	count_change(world, pending, before);
}

u32 sigpending_count(const struct proc_world *world, const struct sigpending *pending)
{
	const struct sig_more *more =
		pending->more ? pool_at(&world->sig_mores, pending->more - 1) : NULL;
	u64 without = SIGSET(SIGNAL_KILL) | (more ? more->lost : 0); /* KILL needs no entry */
	u32 nr = (u32)__builtin_popcountll(pending->set & ~without);

	for (u32 i = 0; more && i < NR_SIGNALS; i++)
		nr += more->count[i];
	return nr;
}

/* In the order of delivery; 0: none. */
static u32 next_of(const struct sigpending *pending, u64 wanted)
{
	u64 set = pending->set & wanted;

	if (!set)
		return 0;
	if (set & SIGSET_SYNCHRONOUS)
		set &= SIGSET_SYNCHRONOUS;
	return (u32)__builtin_ctzll(set) + 1;
}

u32 sigpending_take_next(struct proc_world *world, struct proc *proc, u64 wanted)
{
	u32 signal = next_of(&sig_task_of(proc)->pending, wanted);

	if (signal) {
		sigpending_take(world, &proc->signals->pending, signal);
		return signal;
	}
	signal = next_of(&proc->process->shared, wanted);
	if (signal)
		sigpending_take(world, &proc->process->shared, signal);
	return signal;
}

static void sigpending_fini(struct proc_world *world, struct sigpending *pending)
{
	if (unlikely(world->queued_signals))
		sigpending_remove(world, pending, UINT64_MAX);
	if (pending->more)
		pool_put(&world->sig_mores, pending->more - 1);
	*pending = (struct sigpending){0};
}

void signal_recalc(struct proc *proc)
{
	const struct process *process = proc->process;
	const struct sig_task *own = sig_task_of(proc);
	u64 deliverable = (own->pending.set | process->shared.set) & ~own->blocked;

	if (deliverable || own->stop_wanted || own->freeze_wanted || own->cold ||
	    process->continued ||
	    (unlikely(own->ptrace) && (own->ptrace->inject || own->ptrace->trap)))
		proc->task.flags |= TASK_FLAG_NOTIFY;
	else
		proc->task.flags &= (u16)~TASK_FLAG_NOTIFY;
}

/* ---- Coming and going ---- */

static struct sighand *sighand_share(struct proc_world *world, struct process *process)
{
	if (!process->sighand)
		process->sighand = sighand_new(world);
	process->sighand->users++;
	return process->sighand;
}

void signal_fork(struct proc_world *world, struct proc *parent, struct proc *child, bool share)
{
	if (sig_task_of(parent)->blocked)
		sig_task_make(world, child)->blocked = parent->signals->blocked;
	if (child->process == parent->process)
		return;
	if (share)
		child->process->sighand = sighand_share(world, parent->process);
	else if (parent->process->sighand)
		child->process->sighand = sighand_copy(world, parent->process->sighand);
}

/* unshare_sighand(): its actions are its own from here on. */
static void sighand_unshare(struct proc_world *world, struct process *process)
{
	struct sighand *shared = process->sighand;

	if (!shared || shared->users == 1)
		return;
	process->sighand = sighand_copy(world, shared);
	sighand_put(world, shared);
}

void signal_exec(struct proc_world *world, struct proc *proc)
{
	struct sighand *sighand;

	sighand_unshare(world, proc->process);
	sighand = proc->process->sighand;
	signal_drop_frames(world, proc);
	itimer_drop(world, proc->process, NR_ITIMERS);
	for (u32 i = 0; sighand && i < NR_SIGNALS; i++) {
		u8 disposition = sighand->action[i].disposition;

		sighand->action[i] = (struct signal_action){
			.disposition =
				disposition == SIGNAL_IGNORED ? SIGNAL_IGNORED : SIGNAL_DEFAULT,
		};
	}
}

void signal_exit(struct proc_world *world, struct proc *proc)
{
	struct process *process = proc->process;
	u64 left_behind = process->shared.set & ~sig_task_of(proc)->blocked;

	if (unlikely(proc->took_signal)) {
		proc->took_signal = false;
		signal_next_thread(proc)->took_signal = true;
	}
	if (left_behind)
		signal_retarget(world, proc, left_behind);
	if (proc->signals)
		sigpending_fini(world, &proc->signals->pending);
	signal_drop_frames(world, proc);
}

void signal_process_exit(struct proc_world *world, struct process *process)
{
	sigpending_fini(world, &process->shared);
	if (process->sighand)
		sighand_put(world, process->sighand);
	process->sighand = NULL;
	itimer_drop(world, process, 0);
}
