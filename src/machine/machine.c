/* SPDX-License-Identifier: MIT */
/*
 * All cpus, one clock; deliver the next event.
 *
 * One round takes the winner of the tournament and delivers everything that is due on that cpu at
 * that instant, in rank order, before its key is set again: one tournament update per cpu and
 * instant, however many things happen there, and one for a whole row of cpus whose ticks fall
 * together.
 */
#include "machine/machine.h"

#include "base/ensure.h"
#include "machine/soft_timers.h"
#include "machine/turns.h"

enum { SPIN_LIMIT = 10 * 1000 * 1000 };
enum { WRAP_S = 300 };

void machine_init(struct machine *machine, struct arena *arena, const struct platform *platform,
		  struct machine_handlers handlers)
{
	*machine = (struct machine){
		.nr_cpus = platform->nr_cpus,
		.platform = platform,
		.tick_ns = platform->tick_ns,
		.handlers = handlers,
	};
	machine->grid_next = platform->tick_phase_ns ? platform->tick_phase_ns : machine->tick_ns;
	clock_init(&machine->clock, arena, platform->nr_cpus);
	machine->cpus = arena_alloc_aligned(arena, platform->nr_cpus * sizeof(struct cpu), 64);
	for (u32 i = 0; i < machine->nr_cpus; i++)
		machine->cpus[i] = (struct cpu){
			.id = i,
			.segment_end = NEVER,
			.timer_at = NEVER,
			.ipi_at = NEVER,
			.tick_at = NEVER,
			.resched_at = NEVER,
			.next_served = NEVER,
			.timer_irq_at = NEVER,
			.idle = true,
			.tick_stopped = true,
		};
	timer_blocks_init(&machine->timer_blocks);
	for (u32 i = 0; i < machine->nr_cpus; i++)
		timer_queue_init(&machine->cpus[i].timers, &machine->timer_blocks);
	topology_init(&machine->topology, arena, platform);
	if (platform->turns_per_second)
		machine->turns = turns_new(arena, machine);
}

void machine_fini(struct machine *machine)
{
	for (u32 i = 0; i < machine->nr_cpus; i++)
		timer_queue_fini(&machine->cpus[i].timers);
	soft_timers_fini(machine);
	pool_fini(&machine->timer_blocks);
}

static always_inline u64 cpu_next_due(const struct cpu *cpu)
{
	u64 a = min_of(cpu->segment_end, cpu->timer_at);
	u64 b = min_of(cpu->tick_at, cpu->ipi_at);

	return min_of(min_of(a, b), cpu->resched_at);
}

void machine_refresh(struct machine *machine, struct cpu *cpu)
{
	u64 due = cpu_next_due(cpu);

	machine->disturbed |= due <= machine->now;
	clock_set(&machine->clock, cpu->id, due);
}

void machine_start(struct machine *machine)
{
	for (u32 cpu = 0; cpu < machine->nr_cpus; cpu++)
		machine_refresh(machine, &machine->cpus[cpu]);
}

/* The first timer may fire although it is not due yet. */
static always_inline bool first_in_slack(const struct machine *machine, const struct cpu *cpu)
{
	const struct timer_key *first;

	if (likely(cpu->timer_at > machine->now + machine->most_slack))
		return false;
	first = timer_queue_first_irq(&cpu->timers, machine->now);
	return first && first->when - first->timer->slack <= machine->now;
}

/*
 * Where that is told, the interrupt of a busy cpu comes to the next timer when the wakeup by this
 * one is made, and is not over before.
 */
static bool next_is_later(struct machine *machine, struct cpu *cpu)
{
	const struct costs *costs = &machine->platform->costs;

	if (likely(!costs->timer_next) || cpu->idle)
		return false;
	cpu->next_served = machine->now + costs->wakeup + costs->wakeup_check + costs->timer_next;
	cpu->timer_at = cpu->timer_irq_at = cpu->next_served;
	if (cpu->kernel_until < cpu->next_served)
		cpu_steal_irq(machine, cpu,
			      cpu->next_served - max_of(machine->now, cpu->kernel_until));
	return true;
}

/* The one that is served now, taken out. NULL: it was called off. */
static struct timer *take_timer(const struct machine *machine, struct cpu *cpu)
{
	const struct timer_key *key = timer_queue_first_irq(&cpu->timers, machine->now);
	struct timer *timer;

	if (likely(key == timer_queue_first(&cpu->timers)))
		return timer_queue_pop(&cpu->timers);
	if (!key || key->when - key->timer->slack > machine->now)
		return NULL;
	timer = key->timer;
	timer_queue_remove(&cpu->timers, timer);
	return timer;
}

/*
 * Those of the cpu's own timer; the others are a device's interrupts, a softirq's work, or what is
 * done for somebody.
 */
static const bool is_hrtimer[UINT8_MAX + 1] = {
	[TIMER_RANK_BANDWIDTH] = true, [TIMER_RANK_RT_PERIOD] = true,
	[TIMER_RANK_SERVER] = true,    [TIMER_RANK_DEADLINE] = true,
	[TIMER_RANK_ZERO_LAG] = true,  [TIMER_RANK_SERVER_LAG] = true,
	[TIMER_RANK_HRTICK] = true,    [TIMER_RANK_TASK] = true,
	[TIMER_RANK_ALARM] = true,     [TIMER_RANK_EXT] = true,
	[TIMER_RANK_FD] = true,        [TIMER_RANK_SOFT] = true,
};

/* The cpu's own timer interrupts, or goes on to serve what is due. */
static always_inline void count_timer_irq(const struct machine *machine, struct cpu *cpu)
{
	cpu->nr_timer_irqs += machine->now != cpu->timer_irq_at;
	cpu->timer_irq_at = machine->now;
}

/*
 * One interrupt: the first timer, and those behind it that have slack enough. A softirq is none,
 * and takes nobody along.
 */
static void fire_timers(struct machine *machine, struct cpu *cpu)
{
	bool is_irq;

	machine->in_irq = true;
	do {
		struct timer *timer = take_timer(machine, cpu);

		if (unlikely(!timer)) {
			cpu->timer_at = timer_queue_next(&cpu->timers);
			break;
		}

		machine->nr_events++;
		if (likely(is_hrtimer[timer->rank] && !timer->of_tick))
			count_timer_irq(machine, cpu);
		timer->of_tick = false;
		cpu->timer_at = timer_queue_next(&cpu->timers);
		is_irq = timer->rank != TIMER_RANK_LATE;
		timer->fire(machine, timer);
	} while (is_irq && first_in_slack(machine, cpu) && !next_is_later(machine, cpu));
	machine->in_irq = false;
	machine->handlers.irq_exit(machine->handlers.self, cpu);
}

/* The tick is the first of the timers that its interrupt serves: the others come after its work. */
static not_inline void fire_after_tick(struct machine *machine, struct cpu *cpu)
{
	u64 work = machine->platform->costs.tick;

	if (work)
		cpu->timer_at = cpu->timer_irq_at = machine->now + work;
	else
		fire_timers(machine, cpu);
}

static void deliver_resched(struct machine *machine, struct cpu *cpu)
{
	/* Interrupts that came since have pushed the way back to the scheduler. */
	if (cpu->kernel_until > machine->now) {
		cpu->resched_at = cpu->kernel_until;
		return;
	}
	cpu->resched_at = NEVER;
	machine->handlers.resched(machine->handlers.self, cpu);
}

/*
 * A switch, a block or the way to a preemption (@which) is over; a tick that came meanwhile keeps
 * its place in the grid.
 */
static void irqs_are_on(struct cpu *cpu, u8 which)
{
	cpu->irqs_off &= (u8)~which;
	if (cpu->tick_held)
		cpu->tick_at = cpu->tick_held;
	cpu->tick_held = 0;
}

/* What is due waits until @until. */
static void hold_until(struct machine *machine, struct cpu *cpu, u64 until)
{
	u64 now = machine->now;

	if (cpu->timer_at <= now) {
		cpu->timer_at = until;
	} else if (cpu->ipi_at <= now) {
		cpu->ipi_at = until;
	} else if (cpu->tick_at <= now) {
		cpu->tick_held = cpu->tick_held ? cpu->tick_held : cpu->tick_at;
		cpu->tick_at = until;
	} else {
		cpu->resched_at = until;
	}
}

/* What is due came during the switch: it is put behind it. False: it came before or after. */
static bool hold_for_switch(struct machine *machine, struct cpu *cpu)
{
	u64 now = machine->now;

	if (now < cpu->switch_from)
		return false;
	if (cpu->switch_ends <= now) {
		irqs_are_on(cpu, IRQS_OFF_SWITCH);
		return false;
	}
	hold_until(machine, cpu, cpu->switch_ends);
	return true;
}

/*
 * The same of the end of a block, whose switch puts it further off. The segment may be another one
 * by now.
 */
static bool hold_for_block(struct machine *machine, struct cpu *cpu)
{
	if (cpu->segment_end == NEVER || cpu->work_begins != cpu->block_began) {
		irqs_are_on(cpu, IRQS_OFF_BLOCK);
		return false;
	}
	if (cpu->resched_at <= machine->now || machine->now + cpu->block_tail < cpu->segment_end)
		return false;
	hold_until(machine, cpu, cpu->segment_end);
	return true;
}

/*
 * The same of a preemption. Its end comes first: what has waited for it is due by then, and goes on
 * waiting for the end of the switch.
 */
static bool hold_for_preempt(struct machine *machine, struct cpu *cpu)
{
	u64 now = machine->now;

	if (cpu->resched_at == NEVER) {
		irqs_are_on(cpu, IRQS_OFF_PREEMPT);
		return false;
	}
	/* The interrupt that has asked for it comes to its next timer before. */
	if (cpu->next_served == now || now + cpu->preempt_tail < cpu->resched_at ||
	    min_of(min_of(cpu->timer_at, cpu->ipi_at), cpu->tick_at) > now)
		return false;
	if (cpu->resched_at <= now)
		deliver_resched(machine, cpu);
	else
		hold_until(machine, cpu, cpu->resched_at);
	return true;
}

/* What is due waits until interrupts are enabled again. False: it does not. */
static not_inline bool hold_irq(struct machine *machine, struct cpu *cpu)
{
	u64 now = machine->now;

	/* Nobody has looked since: it may be a switch that was, and a block since then. */
	if (cpu->irqs_off & IRQS_OFF_SWITCH && hold_for_switch(machine, cpu))
		return true;
	if (cpu->irqs_off & IRQS_OFF_PREEMPT && hold_for_preempt(machine, cpu))
		return true;
	if (cpu->irqs_off & IRQS_OFF_FLAGS)
		return cpu->irqs_off & IRQS_OFF_BLOCK && hold_for_block(machine, cpu);
	if (!cpu->irqs_off)
		return false;
	if (cpu->timer_at <= now) {
		cpu->timer_at = NEVER; /* its queue knows it */
	} else if (cpu->ipi_at <= now) {
		cpu->ipi_at = NEVER;
		cpu->ipi_held = true;
	} else if (cpu->tick_at <= now) {
		cpu->tick_held = cpu->tick_at;
		cpu->tick_at = NEVER;
	} else {
		deliver_resched(machine, cpu);
	}
	return true;
}

void machine_irqs_off(struct cpu *cpu)
{
	if (cpu->irqs_off & IRQS_OFF_FLAGS)
		irqs_are_on(cpu, IRQS_OFF_FLAGS);
	cpu->irqs_off++;
}

void machine_irqs_on(struct machine *machine, struct cpu *cpu)
{
	ensure(cpu->irqs_off);
	if (--cpu->irqs_off)
		return;
	cpu->timer_at = timer_queue_next(&cpu->timers);
	if (cpu->ipi_held)
		cpu->ipi_at = machine->now;
	/* Of several ticks that were missed one comes (hrtimer_forward). */
	if (cpu->tick_held)
		cpu->tick_at = cpu->tick_held + (machine->now - cpu->tick_held) / machine->tick_ns *
							machine->tick_ns;
	cpu->ipi_held = false;
	cpu->tick_held = 0;
	machine_touch(machine, cpu);
}

/* Delivers the first in rank of what is due on @cpu. Something is. */
static always_inline void deliver_one(struct machine *machine, struct cpu *cpu)
{
	u64 now = machine->now;
	void *self = machine->handlers.self;

	if (cpu->segment_end <= now) {
		machine->nr_events += cpu->segment_timed;
		cpu->segment_end = NEVER;
		machine->handlers.segment_end(machine->handlers.segment_self, cpu);
	} else if (unlikely(cpu->irqs_off) && hold_irq(machine, cpu)) {
		/* Later. */
	} else if (cpu->timer_at <= now) {
		fire_timers(machine, cpu);
	} else if (cpu->ipi_at <= now) {
		machine->nr_events++;
		cpu->irq_stat.ipis_sent = 0;
		cpu->ipi_at = NEVER;
		machine->in_irq = true;
		machine->handlers.ipi(self, cpu);
		machine->in_irq = false;
		machine->handlers.irq_exit(self, cpu);
	} else if (cpu->tick_at <= now) {
		machine->nr_events++;
		/*
		 * What has expired on the grid was served by the same interrupt, whose handler
		 * begins now.
		 */
		cpu->nr_timer_irqs += now - cpu->timer_irq_at > machine->platform->costs.irq_entry;
		cpu->timer_irq_at = now;
		machine->in_irq = true;
		machine->handlers.tick(self, cpu);
		machine->in_irq = false;
		/* softirqs, and what they leave to timers, come before the scheduler's work */
		cpu->irqs_off &= (u8)~IRQS_OFF_PREEMPT;
		if (unlikely(first_in_slack(machine, cpu)))
			fire_after_tick(machine, cpu);
	} else {
		deliver_resched(machine, cpu);
	}
}

void machine_deliver(struct machine *machine, struct cpu *cpu)
{
	machine->acting = cpu->id;
	deliver_one(machine, cpu);
}

/* All that is due on @cpu at @when. Returns when its next is due. */
static always_inline u64 deliver_instant(struct machine *machine, struct cpu *cpu, u64 when)
{
	u64 next;

	machine->acting = cpu->id;
	for (;;) {
		deliver_one(machine, cpu);
		next = cpu_next_due(cpu);
		if (next > when)
			return next;
		ensure(++machine->spin_guard < SPIN_LIMIT);
	}
}

/* In a row the next ones are known, but where it ends. */
static not_inline void row_ahead(const struct machine *machine, u32 cpu)
{
	u32 last = machine->nr_cpus - 1;

	machine->handlers.soon(machine->handlers.segment_self, min_of(cpu + 1, last),
			       min_of(cpu + 3, last));
}

/*
 * The winner's instant, and the same instant of the cpus with the next numbers as long as each of
 * them is the next winner: ticks of many cpus fall together. Their keys go into the tournament in
 * one go. That nobody else comes before them is known without it: a lower number that becomes due
 * meanwhile sets `disturbed`.
 */
static always_inline void deliver_row(struct machine *machine, u64 when, char *const *stop)
{
	struct clock *clock = &machine->clock;
	u32 first = clock_cpu(clock);
	struct cpu *cpu = &machine->cpus[first];
	u64 *leaf = clock_leaf(clock, first), key = *leaf, next;

	machine->disturbed = false;
	for (;;) {
		next = deliver_instant(machine, cpu, when);
		if (likely(leaf[1] != ++key) || machine->disturbed || *stop)
			break;
		*leaf++ = clock_key(cpu++->id, next);
		if (unlikely(machine->handlers.soon))
			row_ahead(machine, cpu->id);
	}
	if (likely(cpu->id == first)) {
		clock_set_winner(clock, first, next);
	} else {
		*leaf = clock_key(cpu->id, next);
		clock_replay(clock, first, cpu->id);
	}
}

static not_inline void look_ahead(const struct machine *machine)
{
	u32 next, later;

	clock_look_ahead(&machine->clock, &next, &later);
	if (later >= machine->nr_cpus) /* there is none that it could be */
		later = next;
	machine->handlers.soon(machine->handlers.segment_self, next, later);
}

bool machine_run(struct machine *machine, u64 horizon, char *const *stop)
{
	if (unlikely(machine->turns))
		return turns_step(machine, horizon);
	do {
		u64 when = clock_when(&machine->clock);

		if (unlikely(when >= horizon)) {
			machine_rest(machine, horizon);
			return false;
		}
		if (likely(when > machine->now)) {
			machine->now = when;
			machine->spin_guard = 0;
		} else {
			ensure(++machine->spin_guard < SPIN_LIMIT);
		}
		if (unlikely(machine->handlers.soon))
			look_ahead(machine);
		deliver_row(machine, when, stop);
	} while (!*stop);
	return true;
}

bool machine_step(struct machine *machine, u64 horizon)
{
	char at_once[] = "";
	char *const stop = at_once;

	return machine_run(machine, horizon, &stop);
}

void machine_timer_arm(struct machine *machine, struct timer *timer, u32 cpu, u64 when)
{
	machine_timer_arm_slack(machine, timer, cpu, when, 0);
}

/* Apart, so that arming one is small enough to be a part of its callers. */
static not_inline void disarm_first(struct machine *machine, struct timer *timer)
{
	machine_timer_cancel(machine, timer);
}

void machine_timer_arm_slack(struct machine *machine, struct timer *timer, u32 cpu, u64 when,
			     u32 slack)
{
	if (unlikely(timer->armed))
		disarm_first(machine, timer);
	timer->when = max_of(when, machine->now);
	timer->slack = slack;
	timer->cpu = (u16)cpu;
	if (unlikely(timer->soft)) {
		soft_timer_insert(machine, timer);
		return;
	}
	machine->most_slack = max_of(machine->most_slack, slack);
	timer_queue_insert(&machine->cpus[cpu].timers, timer);
	machine->cpus[cpu].timer_at = timer_queue_next(&machine->cpus[cpu].timers);
	machine_touch(machine, &machine->cpus[cpu]);
}

void machine_timer_cancel(struct machine *machine, struct timer *timer)
{
	if (!timer->armed)
		return;
	timer->of_tick = false;
	if (unlikely(timer->soft)) {
		soft_timer_remove(machine, timer);
		return;
	}
	timer_queue_remove(&machine->cpus[timer->cpu].timers, timer);
	machine->cpus[timer->cpu].timer_at = timer_queue_next(&machine->cpus[timer->cpu].timers);
	machine_touch(machine, &machine->cpus[timer->cpu]);
}

void machine_move_timers(struct machine *machine, u32 from, u32 to)
{
	struct timer_queue *queue = &machine->cpus[from].timers;

	while (timer_queue_first(queue)) {
		struct timer *timer = timer_queue_pop(queue);

		timer->cpu = to;
		timer_queue_insert(&machine->cpus[to].timers, timer);
	}
	for (u32 i = 0; i < 2; i++) {
		struct cpu *cpu = &machine->cpus[i ? to : from];

		cpu->timer_at = timer_queue_next(&cpu->timers);
		machine_touch(machine, cpu);
	}
}

void machine_grid_advance(struct machine *machine)
{
	u64 behind = machine->now - machine->grid_next;
	u64 ticks = behind < machine->tick_ns ? 1 : behind / machine->tick_ns + 1;

	machine->grid_next += ticks * machine->tick_ns;
	machine->grid_jiffies += ticks;
}

u64 machine_boot_jiffies(struct machine *machine)
{
	const struct platform *platform = machine->platform;
	u64 before = platform->jiffies ? platform->jiffies : platform->uptime_ns / machine->tick_ns;

	return (u32)(-WRAP_S * (s64)platform->hz) + before + machine_jiffies(machine);
}

u64 machine_next_tick(struct machine *machine, u32 cpu)
{
	u64 at, skew;

	machine_jiffies(machine);
	if (!machine->platform->skew_tick)
		return machine->grid_next;
	/* Skew is below a period: this cpu's tick of the present period may still come. */
	skew = machine->tick_ns / 2 / machine->nr_cpus * cpu;
	at = machine->grid_next + skew;
	return at > machine->now + machine->tick_ns ? at - machine->tick_ns : at;
}
