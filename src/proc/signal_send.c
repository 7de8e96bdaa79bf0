/* SPDX-License-Identifier: MIT */
/*
 * Generation of signals: what happens at once, whoever is asleep, and which thread shall take it.
 * Kernel: kernel/signal.c, prepare_signal(), complete_signal(); reference: process.md 6.3-6.5.
 */
#include <stdlib.h>

#include "base/ensure.h"
#include "base/sorted.h"
#include "proc/children.h"
#include "proc/proc.h"
#include "proc/rlimit.h"
#include "proc/signalfd.h"

static bool is_exiting(const struct proc *proc)
{
	return proc->task.flags & TASK_FLAG_EXITING;
}

void signal_wake_up(struct proc_world *world, struct proc *proc, u16 mask)
{
	struct task *task = &proc->task;

	task->flags |= TASK_FLAG_NOTIFY;
	/* that looks at it, and freezes again */
	mask |= mask & TASK_INTERRUPTIBLE ? TASK_FROZEN : 0;
	if (!sched_wake(world->sched, task, mask, 0))
		sched_kick(world->sched, task);
}

static void wake_to_die(struct proc_world *world, struct proc *proc)
{
	struct sig_task *own = sig_task_make(world, proc);

	own->stop_wanted = false;
	own->pending.set |= SIGSET(SIGNAL_KILL);
	proc->task.flags |= TASK_FLAG_FATAL;
	signal_wake_up(world, proc,
		       TASK_INTERRUPTIBLE | TASK_WAKEKILL | TASK_STOPPED | TASK_TRACED);
}

void signal_kill_threads(struct proc_world *world, struct process *process, struct proc *except)
{
	struct proc *thread;

	process->stop_pending = false;
	list_for_each (thread, &process->threads, thread_link)
		if (thread != except && !is_exiting(thread))
			wake_to_die(world, thread);
}

/* ---- prepare_signal() ---- */

static void remove_everywhere(struct proc_world *world, struct process *process, u64 set)
{
	struct proc *thread;

	if (unlikely(process->alarm))
		itimer_signals_dropped(world, process, set);
	sigpending_remove(world, &process->shared, set);
	list_for_each (thread, &process->threads, thread_link)
		if (thread->signals)
			sigpending_remove(world, &thread->signals->pending, set);
}

static void stop_comes(struct proc_world *world, struct process *process)
{
	process->stops_seen = true;
	if (!process->conts_seen)
		return;
	process->conts_seen = false;
	remove_everywhere(world, process, SIGSET(SIGNAL_CONT));
}

/* The process goes on now; its parent learns of it from the first thread that runs. */
static void go_on(struct proc_world *world, struct process *process)
{
	struct proc *thread;
	bool was_stopped = process->stopped || process->stop_pending;

	process->conts_seen = true;
	if (!process->stops_seen && !world->watches_calls)
		return; /* there is nobody to be woken, and no tracer to hear of it */
	process->stops_seen = false;
	remove_everywhere(world, process, SIGSET_STOP);
	process->stopped = process->stop_pending = false;
	list_for_each (thread, &process->threads, thread_link) {
		if (thread->signals)
			thread->signals->stop_wanted = false;
		if (was_stopped)
			thread->task.flags |= TASK_FLAG_NOTIFY;
		sched_wake(world->sched, &thread->task, TASK_STOPPED, 0);
		ptrace_stop_is_over(world, thread);
	}
	process->continued |= was_stopped;
	process->continue_untold |= was_stopped;
	process->stop_untold = false;
	children_look(process->leader);
}

/*
 * sig_task_ignored(): what leaves no trace. @forced: by the kernel, or from a pid namespace above,
 * where the target's init has no say about KILL and STOP.
 */
static bool is_ignored(const struct proc *target, u32 signal, bool forced)
{
	const struct process *process = target->process;
	struct signal_action action = signal_action_of(process, signal);
	u64 set = SIGSET(signal);

	if (sig_task_of(target)->blocked & set)
		return false;
	if (unlikely(ptrace_of_tracee(target)) && signal != SIGNAL_KILL)
		return false; /* its tracer wants to see it */
	if (unlikely(process->is_init) && action.disposition == SIGNAL_DEFAULT)
		return true;
	if (unlikely(process->is_ns_init) && action.disposition == SIGNAL_DEFAULT &&
	    !(forced && SIGSET_ONLY & set))
		return true;
	if (unlikely(target->task.flags & TASK_FLAG_KTHREAD))
		return true;
	if (action.disposition == SIGNAL_DEFAULT)
		return SIGSET_IGNORE & set;
	return action.disposition == SIGNAL_IGNORED;
}

/* ---- complete_signal() ---- */

/* wants_signal(): would @proc be a good one to take it? */
static bool wants(const struct proc *proc, u32 signal)
{
	if (sig_task_of(proc)->blocked & SIGSET(signal) || is_exiting(proc))
		return false;
	if (signal == SIGNAL_KILL)
		return true;
	if (proc->task.state & (TASK_STOPPED | TASK_TRACED))
		return false;
	return proc->task.on_cpu || !(proc->task.flags & TASK_FLAG_NOTIFY) ||
	       proc->task.state == TASK_FROZEN;
}

struct proc *signal_next_thread(struct proc *thread)
{
	struct list *link = thread->thread_link.next, *threads = &thread->process->threads;

	return list_entry(link == threads ? link->next : link, struct proc, thread_link);
}

/* Who took the last signal that the thread it was sent to did not want; the first time: @target. */
static struct proc *last_taker(struct proc *target)
{
	struct proc *thread;

	list_for_each (thread, &target->process->threads, thread_link)
		if (thread->took_signal)
			return thread;
	target->took_signal = true;
	return target;
}

/* The addressed one, else around from who took the last. NULL: nobody now. */
static struct proc *choose_thread(struct proc *target, u32 signal, bool to_thread)
{
	struct proc *last, *thread;

	if (wants(target, signal))
		return target;
	if (to_thread || target->process->nr_threads <= 1)
		return NULL;
	thread = last = last_taker(target);
	while (!wants(thread, signal)) {
		thread = signal_next_thread(thread);
		if (thread == last)
			return NULL;
	}
	last->took_signal = false;
	thread->took_signal = true;
	return thread;
}

static bool is_fatal(const struct process *process, u32 signal)
{
	return !((SIGSET_IGNORE | SIGSET_STOP) & SIGSET(signal)) &&
	       signal_action_of(process, signal).disposition == SIGNAL_DEFAULT;
}

static void complete(struct proc_world *world, struct proc *target, u32 signal, bool to_thread)
{
	struct process *process = target->process;
	struct proc *thread = choose_thread(target, signal, to_thread);

	if (!thread)
		return;
	/* One that dumps core first waits for the thread that takes it. */
	if (is_fatal(process, signal) && !process->group_exit &&
	    (signal == SIGNAL_KILL || !ptrace_of_tracee(target)) &&
	    !(SIGSET_CORE & SIGSET(signal)) && !(sig_task_of(thread)->waited & SIGSET(signal))) {
		process->group_exit = true;
		process->group_exit_code = (u16)signal;
		signal_kill_threads(world, process, NULL);
		return;
	}
	signal_wake_up(world, thread,
		       signal == SIGNAL_KILL
			       ? TASK_INTERRUPTIBLE | TASK_WAKEKILL | TASK_STOPPED | TASK_TRACED
			       : TASK_INTERRUPTIBLE);
}

/*
 * Without room for an entry: kill() and the kernel do not fail for that, and what else they tell is
 * lost.
 */
static enum record_signal_result add_without_entry(struct proc_world *world,
						   struct sigpending *pending, u32 signal, s32 code)
{
	if (signal >= SIGNAL_RT && code != CODE_USER && code != CODE_KERNEL)
		return RECORD_SIGNAL_OVERFLOW;
	sigpending_add_lost(world, pending, signal);
	return RECORD_SIGNAL_LOST;
}

/*
 * What is of the kernel, or by kill(), has room above the limit if it is not a real-time signal; a
 * timer's entry is its own.
 */
static bool has_room(struct proc_world *world, const struct proc *target, u32 signal, s32 code)
{
	if (signal == SIGNAL_KILL || code == CODE_TIMER || (signal < SIGNAL_RT && code >= 0))
		return true;
	return rlimit_signals_have_room(world, target);
}

static enum record_signal_result enqueue(struct proc_world *world, const struct proc *target,
					 struct sigpending *pending, u32 signal, s32 code)
{
	if (signal < SIGNAL_RT && code != CODE_TIMER && pending->set & SIGSET(signal))
		return RECORD_SIGNAL_ALREADY_PENDING;
	if (unlikely(world->queued_signals) && !has_room(world, target, signal, code))
		return add_without_entry(world, pending, signal, code);
	return sigpending_add_own(world, pending, signal) ? RECORD_SIGNAL_DELIVERED
							  : RECORD_SIGNAL_OVERFLOW;
}

static bool is_pending_now(enum record_signal_result result)
{
	return result == RECORD_SIGNAL_DELIVERED || result == RECORD_SIGNAL_LOST;
}

/* __send_signal_locked() up to the choice of a thread. */
static enum record_signal_result add_pending(struct proc_world *world, struct proc *target,
					     u32 signal, bool to_thread, s32 code, bool forced)
{
	struct process *process = target->process;
	enum record_signal_result result;

	/* The dead do not care. */
	if (process->group_exit || process->nr_live == 0)
		return RECORD_SIGNAL_IGNORED;
	if (SIGSET_STOP & SIGSET(signal) && !process->is_init)
		stop_comes(world, process);
	else if (signal == SIGNAL_CONT)
		go_on(world, process);
	if (is_ignored(target, signal, forced))
		return RECORD_SIGNAL_IGNORED;
	result = enqueue(world, target, sigpending_of(world, target, to_thread), signal, code);
	if (!is_pending_now(result))
		return result;
	if (process->sighand)
		process->sighand->code[signal - 1] = (s8)code;
	if (unlikely(world->signalfds))
		signalfd_notify(world, process);
	return result;
}

static enum record_signal_result send(struct proc_world *world, struct proc *target, u32 signal,
				      bool to_thread, s32 code, bool forced)
{
	enum record_signal_result result;

	ensure(signal >= 1 && signal <= NR_SIGNALS);
	if (!target->process)
		return RECORD_SIGNAL_IGNORED;
	result = add_pending(world, target, signal, to_thread, code, forced);
	if (is_pending_now(result))
		complete(world, target, signal, to_thread);
	record_put(world, target, RECORD_SIGNAL_GENERATE, (u32)code, signal | (u32)!to_thread << 8,
		   result);
	return result;
}

/* send_sigqueue(). */
bool signal_send_timer(struct proc_world *world, struct proc *target, u32 signal, bool to_thread)
{
	return send(world, target, signal, to_thread, CODE_TIMER, true) != RECORD_SIGNAL_IGNORED;
}

void signal_send_rested(struct proc_world *world, struct proc *target, u32 signal, bool to_thread)
{
	if (!sigpending_add_own(world, sigpending_of(world, target, to_thread), signal))
		return;
	if (target->process->sighand)
		target->process->sighand->code[signal - 1] = CODE_TIMER;
	if (unlikely(world->signalfds))
		signalfd_notify(world, target->process);
	complete(world, target, signal, to_thread);
}

void signal_record_overrun(struct proc_world *world, const struct proc *target, u32 signal,
			   bool to_thread)
{
	record_put(world, target, RECORD_SIGNAL_GENERATE, (u32)CODE_TIMER,
		   signal | (u32)!to_thread << 8, RECORD_SIGNAL_ALREADY_PENDING);
}

void signal_send_code(struct proc_world *world, struct proc *target, u32 signal, bool to_thread,
		      s32 code)
{
	send(world, target, signal, to_thread, code, true);
}

bool signal_send_from(struct proc_world *world, const struct proc *sender, struct proc *target,
		      u32 signal, bool to_thread)
{
	return send(world, target, signal, to_thread, to_thread ? CODE_TKILL : CODE_USER,
		    !pidns_sees(target, sender)) != RECORD_SIGNAL_OVERFLOW;
}

bool signal_queue_from(struct proc_world *world, const struct proc *sender, struct proc *target,
		       u32 signal, bool to_thread)
{
	return send(world, target, signal, to_thread, CODE_QUEUE, !pidns_sees(target, sender)) !=
	       RECORD_SIGNAL_OVERFLOW;
}

/* ---- kill(-1) ---- */

static int by_birth(const void *a, const void *b)
{
	const struct proc *const *x = a, *const *y = b;

	return order_u64((*x)->process->born, (*y)->process->born);
}

/* What @target is called where @sender is; 0: it is not seen there. */
static u32 number_seen(const struct proc *sender, const struct proc *target)
{
	struct pidns *ns = pidns_of(sender);

	return ns ? pid_number_in(target->number, ns) : target->pid;
}

bool signal_send_all(struct proc_world *world, const struct proc *sender, u32 signal)
{
	vec_of(struct proc *) all = {0};
	struct proc *proc;
	bool any;

	for (u32 at = 0; (proc = proc_next(world, &at));)
		if (proc->process->leader == proc && proc->process != sender->process &&
		    number_seen(sender, proc) > 1)
			vec_push(&all, proc);
	any = all.len;
	if (any)
		qsort(all.at, all.len, sizeof(*all.at), by_birth);
	for (u32 i = 0; i < all.len; i++)
		signal_send_from(world, sender, all.at[i], signal, false);
	vec_fini(&all);
	return any;
}

void signal_retarget(struct proc_world *world, struct proc *proc, u64 set)
{
	struct process *process = proc->process;
	u64 left = set & process->shared.set;

	for (struct proc *thread = signal_next_thread(proc); left && thread != proc;
	     thread = signal_next_thread(thread)) {
		u64 taken = left & ~sig_task_of(thread)->blocked;

		if (is_exiting(thread) || !taken)
			continue;
		left &= ~taken;
		if (!(thread->task.flags & TASK_FLAG_NOTIFY))
			signal_wake_up(world, thread, TASK_INTERRUPTIBLE);
	}
}
