/* SPDX-License-Identifier: MIT */
/*
 * timerfd: a timer whose expirations are read. Kernel: fs/timerfd.c; reference: process.md 8.8.
 *
 * A periodic one is armed again by the read, which counts the periods that have passed meanwhile;
 * so somebody who does not read is woken once. Readers wait in order of arrival and are all woken.
 */
#include "proc/calls.h"
#include "proc/sync.h"

struct timerfd {
	struct proc_world *world;
	struct timer timer;
	struct wait_queue queue;
	u64 expires, interval;
	bool expired; /* since it was read or set */
	u32 name;     /* name id */
};

static void fires(struct machine *machine, struct timer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer);
	struct proc_world *world = t->world;
	struct cpu *cpu = &machine->cpus[timer->cpu];

	if (!timer->soft) {
		cpu_enter_irq(machine, cpu, world->costs->irq_entry + world->costs->timer_entry);
		cpu_serve_timer(machine, cpu, world->costs->timer);
	}
	t->expired = true;
	wait_wake(world, &t->queue, 1, TASK_NORMAL, 0, WATCH_IN);
}

void timerfds_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->timerfds = arena_array(world->arena, struct timerfd, w->nr_timerfds);
	for (u32 i = 0; i < w->nr_timerfds; i++) {
		struct timerfd *t = &world->timerfds[i];

		t->world = world;
		t->name = names_intern_str(world->names, w->timerfds[i].name);
		timer_init(&t->timer, fires, TIMER_RANK_FD, i);
		t->timer.soft = w->platform.preempt == PREEMPT_RT ? TIMER_SOFT : TIMER_HARD;
		wait_queue_init(&t->queue);
	}
}

u32 timerfd_poll(struct proc_world *world, u32 index, struct wait_queue **queue)
{
	*queue = &world->timerfds[index].queue;
	return world->timerfds[index].expired ? WATCH_IN : 0;
}

static void arm(struct proc_world *world, struct timerfd *t, u32 cpu)
{
	machine_timer_arm(world->machine, &t->timer, cpu,
			  min_of(t->expires + world->costs->irq_entry + world->costs->timer_entry,
				 (u64)NEVER));
}

static void set(struct proc_world *world, struct cpu *cpu, struct timerfd *t,
		const struct timer_setting *setting)
{
	machine_timer_cancel(world->machine, &t->timer);
	t->expired = false;
	t->interval = setting->interval;
	t->expires = min_of(world->machine->now + setting->value, (u64)NEVER);
	if (setting->value)
		arm(world, t, cpu->id);
}

/* The next period that is still to come. */
static void rearm(struct proc_world *world, struct cpu *cpu, struct timerfd *t)
{
	u64 passed = (world->machine->now - t->expires) / t->interval + 1;

	t->expires = min_of(t->expires + passed * t->interval, (u64)NEVER);
	arm(world, t, cpu->id);
}

enum { TIMERFD_CALL, TIMERFD_LOOK, TIMERFD_WOKEN };

static bool read_ticks(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       struct timerfd *t, bool nonblock)
{
	switch (proc->phase) {
	case TIMERFD_CALL:
		if (proc_pay(world, cpu, proc,
			     t->expired || nonblock ? world->costs->syscall : world->costs->block,
			     TIMERFD_LOOK))
			return false;
		break;
	case TIMERFD_WOKEN:
		if (!t->expired && !wait_linked(&proc->wait) && proc->in_call == IN_CALL_SLEPT)
			record_put(world, proc, RECORD_FUTILE, 0, 0, t->name);
		wait_finish(proc);
		break;
	}
	if (t->expired) {
		t->expired = false;
		if (t->interval)
			rearm(world, cpu, t);
		return true;
	}
	if (nonblock) /* EAGAIN */
		return true;
	wait_add_tail(&t->queue, proc);
	proc_sleep(world, cpu, proc, TIMERFD_WOKEN);
	return false;
}

bool timerfd_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct timerfd *t = &world->timerfds[op->b];

	if (op->code == OP_TIMERFD_READ)
		return read_ticks(world, cpu, proc, t, op->flags & OP_NONBLOCK);
	if (proc->phase == TIMERFD_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, TIMERFD_LOOK))
		return false;
	set(world, cpu, t, &world->workload->timer_settings[op->value]);
	return true;
}
