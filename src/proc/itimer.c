/* SPDX-License-Identifier: MIT */
/*
 * Timers of a process that end in a signal: alarm(), setitimer(), timer_settime().
 * Kernel: kernel/time/itimer.c, posix-cpu-timers.c, posix-timers.c; reference: process.md 8.9.
 *
 * A periodic timer of real time is not armed again when it expires but when its signal is taken, so
 * a process that blocks the signal gets it once, and the grid of its periods stays. Timers of cpu
 * time are looked at by ticks, which find a process in user mode or in the kernel and count whole
 * ticks.
 *
 * A timer of timer_create() has an entry of its own in the queue of signals: several that send one
 * signal are all taken, one by one, and each goes on when its own was. If its signal is ignored it
 * goes on at once, or (since 6.13) rests until it is no more.
 */
#include "proc/calls.h"

#include <errno.h>

#include "base/ensure.h"
#include "proc/rlimit.h"

static bool is_of_cpu_time(u32 which)
{
	return which == ITIMER_USER_TIME || which == ITIMER_CPU_TIME;
}

static void arm(struct proc_world *world, struct alarm *alarm, u32 cpu)
{
	machine_timer_arm(world->machine, &alarm->timer, cpu,
			  min_of(alarm->expires + world->costs->irq_entry, (u64)NEVER));
}

/*
 * SIGEV_THREAD_ID: the thread that has made it; NULL: that is gone, and the signal is for nobody.
 */
static struct proc *own_thread(const struct alarm *alarm)
{
	struct proc *thread;

	list_for_each (thread, &alarm->process->threads, thread_link)
		if (thread->task.id == alarm->thread - 1)
			return thread->task.flags & TASK_FLAG_EXITING ? NULL : thread;
	return NULL;
}

/* send_sigqueue(): whom a timer's signal is offered first. */
static struct proc *first_asked(struct proc_world *world, const struct alarm *alarm)
{
	struct proc *curr = proc_of(sched_rq(world->sched, world->machine->acting)->curr);

	if (alarm->thread)
		return own_thread(alarm);
	if (alarm->which >= NR_ITIMERS && curr->process == alarm->process &&
	    kernel_has(&world->workload->kernel, FEATURE_TIMER_SIGNAL_TO_CURRENT))
		return curr;
	return alarm->process->leader;
}

/* The next point of its grid that is still to come (hrtimer_forward). */
static void forward(struct alarm *alarm, u64 now)
{
	u64 missed = now >= alarm->expires ? (now - alarm->expires) / alarm->interval + 1 : 0;

	alarm->expires = min_of(alarm->expires + missed * alarm->interval, (u64)NEVER);
}

/* Its signal of last time: nobody has dropped it since. */
static bool is_still_pending(const struct alarm *alarm, const struct proc *target)
{
	const struct sigpending *pending =
		alarm->thread ? &sig_task_of(target)->pending : &alarm->process->shared;

	return alarm->fired && pending->set & SIGSET(alarm->signal);
}

/*
 * Its signal waits, or no more. A timer of one's own has an entry that counts (RLIMIT_SIGPENDING):
 * it is among those that wait, or at hand.
 */
static void set_fired(struct proc_world *world, struct alarm *alarm, bool fired)
{
	if (unlikely(world->queued_signals) && alarm->which >= NR_ITIMERS && alarm->fired != fired)
		world->queued_signals[rlimit_user(world, alarm->process->leader)] +=
			fired ? -1u : 1;
	alarm->fired = fired;
}

static u32 next_turn(const struct process *process)
{
	u32 last = 0;

	for (const struct alarm *alarm = process->alarm; alarm; alarm = alarm->next)
		last = max_of(last, alarm->turn);
	return last + 1;
}

static bool rests_if_ignored(const struct proc_world *world)
{
	return kernel_has(&world->workload->kernel, FEATURE_IGNORED_TIMERS_REST);
}

/* posix_timer_fn(). One that is ignored, and goes on, comes not more often than ticks do. */
static void post(struct proc_world *world, struct alarm *alarm, struct proc *target, u32 cpu)
{
	u64 tick = world->machine->tick_ns;

	alarm->stale = false;
	if (is_still_pending(alarm, target)) {
		signal_record_overrun(world, target, alarm->signal, alarm->thread);
		return;
	}
	alarm->turn = next_turn(alarm->process);
	set_fired(world, alarm, signal_send_timer(world, target, alarm->signal, alarm->thread));
	alarm->rests = !alarm->fired && alarm->interval && rests_if_ignored(world);
	if (alarm->fired || !alarm->interval || alarm->rests)
		return;
	forward(alarm, world->machine->now + (alarm->interval < tick ? tick : 0));
	arm(world, alarm, cpu);
}

static void fires(struct machine *machine, struct timer *timer)
{
	struct alarm *alarm = container_of(timer, struct alarm, timer);
	struct proc_world *world = proc_world_of(machine);
	struct proc *target;

	if (!timer->soft) {
		cpu_enter_irq(machine, &machine->cpus[timer->cpu], world->costs->irq_entry);
		cpu_serve_timer(machine, &machine->cpus[timer->cpu], world->costs->timer);
	}
	target = first_asked(world, alarm);
	if (alarm->which >= NR_ITIMERS) {
		if (target)
			post(world, alarm, target, timer->cpu);
		return;
	}
	set_fired(world, alarm, true);
	if (target)
		signal_send_code(world, target, alarm->signal, alarm->thread, CODE_KERNEL);
}

/* timer_create() takes the entry of the queue at once. */
static bool may_make_one(const struct proc_world *world, const struct proc *proc, u32 which)
{
	return which < NR_ITIMERS || likely(!world->queued_signals) ||
	       rlimit_signals_have_room(world, proc);
}

/* NULL: it is a new one, and refused (EAGAIN). */
static struct alarm *find(struct proc_world *world, struct proc *proc, u32 which)
{
	struct process *process = proc->process;
	struct alarm *alarm = process->alarm;
	u32 index;

	while (alarm && alarm->which != which)
		alarm = alarm->next;
	if (alarm)
		return alarm;
	if (!may_make_one(world, proc, which))
		return NULL;
	alarm = pool_get(&world->alarms, &index);
	*alarm = (struct alarm){
		.next = process->alarm, .process = process, .index = index, .which = which};
	timer_init(&alarm->timer, fires, TIMER_RANK_ALARM, index);
	alarm->timer.soft = world->bh ? TIMER_SOFT : TIMER_HARD;
	process->alarm = alarm;
	if (unlikely(world->queued_signals) && which >= NR_ITIMERS)
		world->queued_signals[rlimit_user(world, proc)]++;
	return alarm;
}

/* False: it does not count. */
static bool is_taken(struct proc_world *world, struct alarm *alarm)
{
	struct machine *machine = world->machine;
	bool stale = alarm->stale;

	alarm->stale = false;
	set_fired(world, alarm, false);
	if (!alarm->interval || timer_armed(&alarm->timer)) /* once, or it was set anew meanwhile */
		return !stale;
	forward(alarm, machine->now);
	arm(world, alarm, machine->acting);
	return !stale;
}

bool itimer_signal_taken(struct proc_world *world, struct process *process, u32 signal)
{
	struct alarm *first = NULL;

	for (struct alarm *alarm = process->alarm; alarm; alarm = alarm->next) {
		if (alarm->signal != signal || !alarm->fired)
			continue;
		if (alarm->which >= NR_ITIMERS && (!first || alarm->turn < first->turn))
			first = alarm;
		else if (alarm->which == ITIMER_REAL_TIME)
			(void)is_taken(world, alarm);
	}
	return !first || is_taken(world, first);
}

/* ---- Signals that are ignored ---- */

void itimer_signals_dropped(struct proc_world *world, struct process *process, u64 set)
{
	if (!rests_if_ignored(world))
		return;
	for (struct alarm *alarm = process->alarm; alarm; alarm = alarm->next) {
		if (alarm->which < NR_ITIMERS || alarm->which == ALARM_LIMITS ||
		    !(set & SIGSET(alarm->signal)) || !alarm->fired)
			continue;
		alarm->rests = alarm->interval && !alarm->stale;
		alarm->stale = false;
		set_fired(world, alarm, false);
	}
}

/* The one that came to rest last is the first. */
static struct alarm *last_that_rests(const struct process *process, u32 signal)
{
	struct alarm *last = NULL;

	for (struct alarm *alarm = process->alarm; alarm; alarm = alarm->next)
		if (alarm->rests && alarm->signal == signal && (!last || alarm->turn > last->turn))
			last = alarm;
	return last;
}

void itimer_signal_unignored(struct proc_world *world, struct process *process, u32 signal)
{
	struct alarm *alarm;

	while ((alarm = last_that_rests(process, signal))) {
		struct proc *target = first_asked(world, alarm);

		alarm->rests = false;
		if (!target)
			continue;
		alarm->turn = next_turn(process);
		set_fired(world, alarm, true);
		signal_send_rested(world, target, signal, alarm->thread);
	}
}

/* __flush_itimer_signals(): an exec finds nothing that timers have sent. */
static void drop_signal(struct proc_world *world, struct alarm *alarm)
{
	struct proc *thread = alarm->thread ? own_thread(alarm) : NULL;
	struct sigpending *pending =
		thread && thread->signals ? &thread->signals->pending : &alarm->process->shared;

	if (alarm->fired && alarm->which >= NR_ITIMERS && !alarm->thread == !thread)
		sigpending_take(world, pending, alarm->signal);
}

void itimer_drop(struct proc_world *world, struct process *process, u32 first)
{
	struct alarm **link = &process->alarm;

	while (*link) {
		struct alarm *alarm = *link;

		if (alarm->which < first || (alarm->which == ALARM_LIMITS && first)) {
			link = &alarm->next;
			continue;
		}
		*link = alarm->next;
		if (alarm->which == ALARM_LIMITS) {
			rlimit_free(world, alarm);
			continue;
		}
		drop_signal(world, alarm);
		if (unlikely(world->queued_signals) && alarm->which >= NR_ITIMERS && !alarm->fired)
			world->queued_signals[rlimit_user(world, process->leader)]--;
		machine_timer_cancel(world->machine, &alarm->timer);
		pool_put(&world->alarms, alarm->index);
	}
}

/* ---- Cpu time ---- */

bool itimer_needs_ticks(const struct workload *workload)
{
	for (u32 i = 0; i < workload->nr_programs; i++) {
		const struct program *program = &workload->programs[i];

		for (u32 k = 0; k < program->nr_ops; k++)
			if (program->ops[k].code == OP_SETITIMER &&
			    is_of_cpu_time(program->ops[k].a))
				return true;
	}
	return false;
}

void itimer_tick(struct proc_world *world, struct proc *proc)
{
	bool in_kernel = proc->task.flags & TASK_FLAG_IN_KERNEL;

	if (!proc->process)
		return;
	for (struct alarm *alarm = proc->process->alarm; alarm; alarm = alarm->next) {
		if (!is_of_cpu_time(alarm->which) ||
		    (alarm->which == ITIMER_USER_TIME && in_kernel))
			continue;
		alarm->spent += world->machine->tick_ns;
		if (!alarm->expires || alarm->spent < alarm->expires)
			continue;
		alarm->expires = alarm->interval ? alarm->expires + alarm->interval : 0;
		signal_send_code(world, proc, alarm->signal, false, CODE_KERNEL);
	}
}

/* ---- The calls ---- */

static void set(struct proc_world *world, struct cpu *cpu, struct alarm *alarm,
		struct timer_setting setting)
{
	static const u32 signals[] = {SIGNAL_ALRM, SIGNAL_VTALRM, SIGNAL_PROF};

	if (alarm->which < NR_ITIMERS)
		alarm->signal = signals[alarm->which];
	alarm->interval = setting.value ? setting.interval : 0;
	if (alarm->which < NR_ITIMERS)
		alarm->fired = false; /* what was sent stays in the queue */
	alarm->stale = alarm->fired &&
		       kernel_has(&world->workload->kernel, FEATURE_SET_TIMER_DROPS_SIGNAL);
	alarm->rests = false;
	machine_timer_cancel(world->machine, &alarm->timer);
	alarm->expires = 0;
	if (!setting.value)
		return;
	if (is_of_cpu_time(alarm->which)) {
		/* One tick more, as the time up to the next one is not known. */
		alarm->expires = alarm->spent + setting.value + world->machine->tick_ns;
		return;
	}
	alarm->expires = min_of(world->machine->now + setting.value, (u64)NEVER);
	arm(world, alarm, cpu->id);
}

enum { ITIMER_CALL, ITIMER_EFFECT };

bool itimer_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct timer_setting setting = {0};
	struct alarm *alarm;

	if (proc->phase == ITIMER_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, ITIMER_EFFECT))
		return false;
	switch (op->code) {
	case OP_ALARM:
		setting.value = op_draw(world, proc, op);
		alarm = find(world, proc, ITIMER_REAL_TIME);
		break;
	case OP_SETITIMER:
		setting = world->workload->timer_settings[op->value];
		alarm = find(world, proc, op->a);
		break;
	default: /* OP_TIMER_SET */
		setting = world->workload->timer_settings[op->value];
		alarm = find(world, proc, NR_ITIMERS + op->b);
		if (!alarm) {
			proc_refuse(world, proc, EAGAIN, "timer_settime");
			return true;
		}
		set_fired(world, alarm, alarm->fired && alarm->signal == op->a);
		alarm->signal = op->a;
		alarm->thread = op->flags & OP_TO_THREAD ? proc->task.id + 1 : 0;
	}
	set(world, cpu, alarm, setting);
	return true;
}
