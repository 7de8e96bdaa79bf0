/* SPDX-License-Identifier: MIT */
/*
 * All cpus, one clock; deliver the next event.
 *
 * The machine calls upwards only through a table of handlers set by run/sim.c, or a timer's own
 * function. It knows cpus and time, no tasks.
 *
 * Order of what is due at one instant: the cpu with the lower number first; on one cpu: the end of
 * its segment, its timers, an interrupt from another cpu, its tick, its reschedule. All that is due
 * on one cpu at that instant is delivered in one go, as one interrupt would, so that tasks woken by
 * timers and by the tick compete in the same pick.
 */
#ifndef OSSIM_MACHINE_MACHINE_H
#define OSSIM_MACHINE_MACHINE_H

#include "base/arena.h"
#include "machine/clock.h"
#include "machine/cpu.h"
#include "machine/topology.h"
#include "model/platform.h"

struct machine_handlers {
	void *self;         /* for all but segment_end */
	void *segment_self; /* for segment_end: programs are stepped elsewhere */
	void (*segment_end)(void *self, struct cpu *cpu);
	void (*ipi)(void *self, struct cpu *cpu);
	void (*tick)(void *self, struct cpu *cpu);
	void (*resched)(void *self, struct cpu *cpu);
	void (*irq_exit)(void *self, struct cpu *cpu); /* after a timer's or an ipi's handler */
	/* NULL, or: probably cpu @next acts soon, and then @later: their data may be fetched. */
	void (*soon)(void *segment_self, u32 next, u32 later);
	/*
	 * NULL, or: the segment's work is measured by the clock, as a program's is: a short pause
	 * passes for work (turns.c).
	 */
	bool (*by_clock)(void *self, const struct cpu *cpu);
};

struct machine {
	u64 now;
	struct clock clock;
	struct cpu *cpus; /* by number */
	u32 nr_cpus;
	u32 acting; /* the cpu whose events are being delivered: "this cpu" */
	/* a timer, an ipi or the tick is handled: not the current task's doing */
	bool in_irq;
	bool disturbed;           /* a key that is due now was set in the clock */
	struct turns *turns;      /* NULL: cpus run by themselves */
	struct soft_timers *soft; /* by cpu; NULL: no timer expires in a softirq */
	struct machine_handlers handlers;
	/* timers, ipis, ticks and ends of segments with a length delivered */
	u64 nr_events;
	u64 spin_guard; /* events since time last moved */
	struct topology topology;
	const struct platform *platform;
	u64 tick_ns;
	/*
	 * The tick grid as of some moment not later than now: a division a tick, not one a
	 * question.
	 */
	u64 grid_next;            /* the first grid point after that moment, without skew */
	u64 grid_jiffies;         /* jiffies until grid_next */
	u32 most_slack;           /* of any timer so far */
	struct pool timer_blocks; /* keys of all cpus' timers */
};

void machine_init(struct machine *machine, struct arena *arena, const struct platform *platform,
		  struct machine_handlers handlers);
void machine_fini(struct machine *machine);
/* Before the first step: what was armed during set-up, on behalf of cpu 0, goes into the clock. */
void machine_start(struct machine *machine);

/* Nothing is due before @horizon: now becomes that, but stays where it is if that is NEVER. */
static inline void machine_rest(struct machine *machine, u64 horizon)
{
	if (horizon != NEVER)
		machine->now = max_of(machine->now, horizon);
}

/*
 * Delivers what is due next, if it is due before @horizon. False: nothing is; see machine_rest().
 */
bool machine_step(struct machine *machine, u64 horizon);

/*
 * The same again and again, until it is false or, looked at after each cpu's instant, *@stop is not
 * NULL. With turns it may return true at any time.
 */
bool machine_run(struct machine *machine, u64 horizon, char *const *stop);

/* Delivers the first in rank of what is due on @cpu. Something is. */
void machine_deliver(struct machine *machine, struct cpu *cpu);

/*
 * The cpu's earliest due time goes into the clock. Not needed for the acting cpu: done after
 * delivery.
 */
void machine_refresh(struct machine *machine, struct cpu *cpu);

static inline void machine_touch(struct machine *machine, struct cpu *cpu)
{
	if (cpu->id != machine->acting)
		machine_refresh(machine, cpu);
}

/* Timers. A due time in the past fires now. Re-arming an armed timer moves it. */
void machine_timer_arm(struct machine *machine, struct timer *timer, u32 cpu, u64 when);
/*
 * With slack: at @when at the latest, but already with another timer's interrupt or a tick that
 * finds it at the head of the queue and at most @slack away. So sleeps that end about together end
 * at once.
 */
void machine_timer_arm_slack(struct machine *machine, struct timer *timer, u32 cpu, u64 when,
			     u32 slack);
void machine_timer_cancel(struct machine *machine, struct timer *timer);
/* All timers of cpu @from go to cpu @to. */
void machine_move_timers(struct machine *machine, u32 from, u32 to);

/*
 * local_irq_save() and local_irq_restore(), by who runs on @cpu: what comes in between is served at
 * the end. They nest.
 */
void machine_irqs_off(struct cpu *cpu);
void machine_irqs_on(struct machine *machine, struct cpu *cpu);

/*
 * __schedule() to finish_task_switch(): interrupts have been off for @before, and for @ns from the
 * end of what is stolen so far. One that comes meanwhile, @entry before it is due, is served that
 * much behind the end. Returns how much later a task that has no work left (@free) may begin
 * anything new, such as a system call: behind one that has come by then, so that a reschedule that
 * it asks for comes first.
 */
static inline u64 cpu_switch_begins(struct machine *machine, struct cpu *cpu, u64 before, u64 ns,
				    u64 entry, bool free)
{
	u64 due = min_of(cpu->timer_at, cpu->tick_at);

	cpu->irqs_off = IRQS_OFF_SWITCH;
	cpu->switch_from = machine->now + entry - before;
	cpu->switch_ends = max_of(machine->now, cpu->kernel_until) + ns + entry;
	return free && due > cpu->switch_from && due < cpu->switch_ends ? entry + 1 : 0;
}

/* A new segment for @cpu: @overhead, then @work. */
static inline void cpu_segment_begin(struct machine *machine, struct cpu *cpu, u64 overhead,
				     u64 work)
{
	u64 begins = max_of(machine->now, cpu->kernel_until) + overhead;

	cpu->work_begins = begins;
	cpu->segment_end = begins + work;
	cpu->segment_timed = begins + work > machine->now;
	cpu->idle = false;
}

/*
 * Towards the end of the segment that has just begun, a block, interrupts are off: one that the cpu
 * would see in the last @tail of it waits for the switch. @entry: from there to when it is due.
 */
static inline void cpu_block_begins(struct cpu *cpu, u64 tail, u64 entry)
{
	if (cpu->irqs_off & ~IRQS_OFF_FLAGS)
		return; /* they are off anyway */
	cpu->irqs_off |= IRQS_OFF_BLOCK;
	cpu->block_began = cpu->work_begins;
	cpu->block_tail = tail - min_of(tail, entry);
}

/* The same of the way to a preemption (resched_at). */
static inline void cpu_preempt_begins(struct cpu *cpu, u64 tail, u64 entry)
{
	if (cpu->irqs_off & ~IRQS_OFF_FLAGS)
		return;
	cpu->irqs_off |= IRQS_OFF_PREEMPT;
	cpu->preempt_tail = tail - min_of(tail, entry);
}

/*
 * The segment is over or interrupted: what is left of its work, without interrupt time still to
 * come.
 */
static inline u64 cpu_segment_stop(struct machine *machine, struct cpu *cpu)
{
	u64 left = 0, from = max_of(max_of(machine->now, cpu->kernel_until), cpu->work_begins);

	if (cpu->segment_end != NEVER && cpu->segment_end > from)
		left = cpu->segment_end - from;
	cpu->segment_end = NEVER;
	return left;
}

static inline void cpu_go_idle(struct cpu *cpu)
{
	cpu->segment_end = NEVER;
	cpu->idle = true;
}

/*
 * Kernel work of @ns on @cpu from now on, on top of whatever runs: an interrupt, a softirq, the
 * waker's part of a wakeup. The segment ends that much later.
 */
static inline void cpu_steal(struct machine *machine, struct cpu *cpu, u64 ns)
{
	cpu->kernel_until = max_of(machine->now, cpu->kernel_until) + ns;
	if (ns && cpu->segment_end != NEVER) { /* (Many machines have most costs at 0.) */
		cpu->segment_end += ns;
		if (cpu->work_begins > machine->now)
			cpu->work_begins += ns;
	}
}

/*
 * An interrupt has come @entry ago: the task's work stood still since, unless the kernel did
 * already; or it has waited for a switch's end, and work has not begun since.
 */
static inline void cpu_enter_irq(struct machine *machine, struct cpu *cpu, u64 entry)
{
	u64 from = max_of(cpu->kernel_until, cpu->work_begins);

	if (machine->now == cpu->switch_ends && from < machine->now)
		entry = min_of(entry, machine->now - from);
	if (cpu->segment_end == NEVER || from + entry > machine->now)
		return;
	cpu->segment_end += entry;
	cpu->irq_ns += entry;
}

/* The same, counted as interrupt time. */
static inline void cpu_steal_irq(struct machine *machine, struct cpu *cpu, u64 ns)
{
	cpu->irq_ns += ns;
	cpu_steal(machine, cpu, ns);
}

/* Of what was stolen in this moment @ns are not needed. Interrupt time. */
static inline void cpu_return(struct cpu *cpu, u64 ns)
{
	cpu->kernel_until -= ns;
	cpu->irq_ns -= ns;
	if (cpu->segment_end != NEVER)
		cpu->segment_end -= ns;
}

/*
 * A timer's handler. It costs nothing more if an interrupt is still served: that finds this timer
 * as well.
 */
static inline void cpu_serve_timer(struct machine *machine, struct cpu *cpu, u64 ns)
{
	if (cpu->kernel_until <= machine->now)
		cpu_steal_irq(machine, cpu, ns);
}

/*
 * The interrupt that is served comes to a next timer, @ns after its last wakeup: the way to a
 * switch is put off.
 */
static inline void cpu_serve_next(struct machine *machine, struct cpu *cpu, u64 ns)
{
	if (cpu->kernel_until > machine->now)
		cpu_steal_irq(machine, cpu, ns);
}

/* The way back from an interrupt to the work that goes on. */
static inline void cpu_leave_irq(struct cpu *cpu, u64 exit)
{
	if (cpu->segment_end == NEVER)
		return;
	cpu->segment_end += exit;
	cpu->irq_ns += exit;
}

void machine_grid_advance(struct machine *machine);

/* Number of grid points so far: jiffies. */
static inline u64 machine_jiffies(struct machine *machine)
{
	if (unlikely(machine->now >= machine->grid_next))
		machine_grid_advance(machine);
	return machine->grid_jiffies;
}

/*
 * The kernel's own count: it begins five minutes below 2^32 at boot (INITIAL_JIFFIES), so that 32
 * bits wrap soon.
 */
u64 machine_boot_jiffies(struct machine *machine);

/* @cpu's first tick after now. */
u64 machine_next_tick(struct machine *machine, u32 cpu);

#endif
