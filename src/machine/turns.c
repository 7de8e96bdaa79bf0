/* SPDX-License-Identifier: MIT */
/* Cpus that take turns: who is executed, and what has waited for a cpu when it is its turn. */
#include "machine/turns.h"

#include "base/ensure.h"
#include "machine/machine.h"

/* KICK_NS: the emulator looks up that often at least (QEMU: TCG_KICK_PERIOD). */
enum { SPIN_LIMIT = 10 * 1000 * 1000, KICK_NS = 100 * MSEC };

static u64 turn_timer(const struct machine *machine, u64 nr)
{
	const struct platform *platform = machine->platform;

	return platform->turn_phase_ns + nr * SEC / platform->turns_per_second;
}

struct turns *turns_new(struct arena *arena, struct machine *machine)
{
	struct turns *turns = arena_new(arena, struct turns);

	*turns = (struct turns){
		.cur = CPU_NOBODY, .pos = machine->nr_cpus, .kick = NEVER, .until = NEVER};
	turns->next = turn_timer(machine, 0);
	turns->cpu = arena_array(arena, struct turn, machine->nr_cpus);
	for (u32 i = 0; i < machine->nr_cpus; i++)
		turns->cpu[i] = (struct turn){.armed = NEVER, .past = NEVER, .holds = CPU_NOBODY};
	return turns;
}

/* ---- What is due ---- */

/* When the cpu's timer hardware shall interrupt it. */
static u64 wanted(const struct machine *machine, const struct cpu *cpu)
{
	u64 tick = cpu->tick_at;

	if (tick != NEVER)
		tick -= min_of(machine->platform->costs.irq_entry, tick);
	return min_of(cpu->timer_at, tick);
}

static u64 next_due(const struct cpu *cpu)
{
	u64 due =
		min_of(min_of(cpu->segment_end, cpu->timer_at), min_of(cpu->tick_at, cpu->ipi_at));

	return min_of(due, cpu->resched_at);
}

/*
 * Its next timer is a part of the interrupt that it serves, as a tick's pass of load balancing is:
 * no hardware tells of it.
 */
static bool is_served(const struct machine *machine, const struct cpu *cpu)
{
	return cpu->kernel_until > machine->now && cpu->timer_at <= cpu->kernel_until;
}

/*
 * A halted cpu has something to wake up for: an interrupt has come, or is on its way, or is served.
 */
static bool is_halted(const struct machine *machine, const struct cpu *cpu)
{
	return cpu->idle && !machine->turns->cpu[cpu->id].unfinished && !is_served(machine, cpu) &&
	       cpu->resched_at == NEVER && cpu->ipi_at == NEVER &&
	       wanted(machine, cpu) > machine->now;
}

/* The first timer of the machine that has not been due yet; *@cpu: whose, or CPU_NOBODY's. */
static u64 next_deadline(const struct machine *machine, u32 *cpu)
{
	const struct turns *turns = machine->turns;
	u64 first = min_of(turns->next, turns->kick);

	*cpu = CPU_NOBODY;
	for (u32 i = 0; i < machine->nr_cpus; i++) {
		u64 due = min_of(turns->cpu[i].armed, turns->cpu[i].past);

		if (due < first) {
			first = due;
			*cpu = i;
		}
	}
	return first;
}

/* ---- Spinning ---- */

/* What it executes has no end of its own. */
static bool spins(const struct cpu *cpu)
{
	return !cpu->idle && cpu->segment_end != NEVER && cpu->segment_end > NEVER / 4;
}

/* Somebody who stands still holds what @cpu needs. */
static bool is_held(const struct machine *machine, const struct cpu *cpu)
{
	const struct turns *turns = machine->turns;

	for (u32 i = 0; i < machine->nr_cpus; i++) {
		const struct turn *turn = &turns->cpu[i];

		if (i != turns->cur && turn->holds == cpu->id &&
		    turn->holds_until > turn->stopped && !is_halted(machine, &machine->cpus[i]))
			return true;
	}
	return false;
}

/* Nobody whom it waits for would be executed if it left. */
static bool is_alone(const struct machine *machine)
{
	for (u32 i = 0; i < machine->nr_cpus; i++)
		if (i != machine->turns->cur && !is_halted(machine, &machine->cpus[i]) &&
		    !spins(&machine->cpus[i]))
			return false;
	return true;
}

void turns_hold(struct machine *machine, u32 cpu, u64 ns)
{
	struct turn *turn = &machine->turns->cpu[machine->acting];

	turn->holds = cpu;
	turn->holds_until = machine->now + ns;
}

void turns_program_past(struct machine *machine, u64 ns)
{
	machine->turns->cpu[machine->acting].past = machine->now + ns;
}

/* ---- Standing still ---- */

/* Ticks that were due more than once come once. */
static void skip_missed_ticks(const struct machine *machine, struct cpu *cpu)
{
	if (cpu->tick_at == NEVER)
		return;
	while (cpu->tick_at + machine->tick_ns <= machine->now)
		cpu->tick_at += machine->tick_ns;
}

/* It was halted when the interrupt came: only now it begins to serve it. */
static void leave_halt(const struct machine *machine, struct cpu *cpu)
{
	u64 at = machine->now + machine->platform->costs.ipi;

	if (cpu->ipi_at != NEVER)
		cpu->ipi_at = max_of(cpu->ipi_at, at);
	if (cpu->resched_at != NEVER)
		cpu->resched_at = max_of(cpu->resched_at, at);
}

static bool is_by_clock(const struct machine *machine, const struct cpu *cpu)
{
	return !machine->handlers.by_clock ||
	       machine->handlers.by_clock(machine->handlers.self, cpu);
}

/*
 * Goes on where it stood still. What the kernel was doing takes that much longer; a program that
 * works for a time by the clock does not notice a short pause.
 */
static void resume(struct machine *machine, struct cpu *cpu)
{
	u64 since = machine->turns->cpu[cpu->id].stopped, pause = machine->now - since;

	skip_missed_ticks(machine, cpu);
	if (machine->turns->cpu[cpu->id].holds_until > since)
		machine->turns->cpu[cpu->id].holds_until += pause;
	if (cpu->idle)
		leave_halt(machine, cpu);
	if (cpu->segment_end == NEVER || machine->turns->cpu[cpu->id].spun)
		return;
	if (cpu->work_begins <= since && pause <= machine->platform->turn_unnoticed_ns &&
	    is_by_clock(machine, cpu)) {
		/*
		 * Interrupts that have come meanwhile are served before the program looks at the
		 * clock.
		 */
		cpu->segment_end = max_of(cpu->segment_end, machine->now + 1);
		return;
	}
	cpu->segment_end += pause;
	if (cpu->work_begins > since)
		cpu->work_begins += pause;
}

/* ---- Who is next ---- */

static void all_leave(struct machine *machine)
{
	for (u32 i = 0; i < machine->nr_cpus; i++)
		machine->turns->cpu[i].leave = true;
}

static bool all_halted(const struct machine *machine)
{
	for (u32 i = 0; i < machine->nr_cpus; i++)
		if (!is_halted(machine, &machine->cpus[i]))
			return false;
	return true;
}

/* What is left until a timer is due is shared out evenly, as long as it can be. */
static void share(struct machine *machine)
{
	u32 whose;
	u64 deadline = next_deadline(machine, &whose);
	u64 left = deadline > machine->now ? deadline - machine->now : 0;

	machine->turns->share = max_of(left / machine->nr_cpus, min_of(left, (u64)1));
}

/*
 * The thread looks for a cpu to execute from turns->pos on. @due: a timer is, and nobody has looked
 * at it yet.
 */
static void find_next(struct machine *machine, bool due)
{
	struct turns *turns = machine->turns;

	for (;;) {
		for (; turns->pos < machine->nr_cpus && !turns->cpu[turns->pos].leave;
		     turns->pos++) {
			if (due) {
				/* It is entered, the timers are looked at, and it leaves. */
				due = false;
				all_leave(machine);
				turns->cpu[turns->pos].leave =
					is_halted(machine, &machine->cpus[turns->pos]);
			} else if (!is_halted(machine, &machine->cpus[turns->pos])) {
				turns->cur = turns->pos++;
				turns->cpu[turns->cur].unfinished = false;
				turns->until = machine->platform->turns_shared
						       ? machine->now + turns->share
						       : NEVER;
				if (turns->kick == NEVER)
					turns->kick = machine->now + KICK_NS;
				resume(machine, &machine->cpus[turns->cur]);
				return;
			}
		}
		if (turns->pos < machine->nr_cpus)
			turns->cpu[turns->pos].leave = false;
		if (all_halted(machine)) {
			turns->cur = CPU_NOBODY;
			turns->kick = NEVER;
			return;
		}
		if (due)
			all_leave(machine);
		due = false;
		share(machine);
		if (turns->pos == machine->nr_cpus)
			turns->pos = 0;
	}
}

static void end_turn(struct machine *machine, bool due)
{
	struct turns *turns = machine->turns;

	if (turns->cur != CPU_NOBODY) {
		turns->cpu[turns->cur].stopped = machine->now;
		turns->cpu[turns->cur].spun = spins(&machine->cpus[turns->cur]);
		if (turns->cpu[turns->cur].spun)
			turns->cpu[turns->cur].holds_until = 0;
		turns->cpu[turns->cur].leave = false;
	} else if (due) {
		/* The thread slept: it looks at the timers before it enters anybody. */
		all_leave(machine);
		due = false;
		share(machine);
		if (turns->pos == machine->nr_cpus)
			turns->pos = 0;
	}
	find_next(machine, due);
}

/* ---- A step ---- */

/* What others did to the cpu's timers while it stood still, and what it did itself. */
static void program_timers(struct machine *machine)
{
	for (u32 i = 0; i < machine->nr_cpus; i++) {
		u64 at = wanted(machine, &machine->cpus[i]);

		if (i != machine->turns->cur && at > machine->now &&
		    !is_served(machine, &machine->cpus[i]))
			machine->turns->cpu[i].armed = at;
	}
}

/*
 * What is due next only waits for what the cpu is doing: the handler that runs serves it as well
 * (hrtimer_interrupt() looks again before it programs anything), or interrupts are disabled by a
 * switch.
 */
static bool is_pending(const struct machine *machine, const struct cpu *cpu, u64 at)
{
	u64 until = max_of(cpu->kernel_until, machine->now + machine->platform->costs.tick);

	if ((cpu->irqs_off & IRQS_OFF_SWITCH) && cpu->switch_from <= machine->now)
		until = max_of(until, cpu->switch_ends);
	return at <= until;
}

/*
 * One thing on the cpu whose turn it is. Whatever it programs its timer for, if it is nearer than
 * all else that is due, ends its turn; a time in the past counts, once no interrupt is left to be
 * served.
 */
static void execute(struct machine *machine)
{
	struct turns *turns = machine->turns;
	struct cpu *cpu = &machine->cpus[turns->cur];
	struct turn *turn = &turns->cpu[cpu->id];
	u64 before = wanted(machine, cpu), past = turn->past, at;
	u32 whose;

	machine_deliver(machine, cpu);
	at = wanted(machine, cpu);
	if (turn->past != past) {
		if (at != before)
			turn->armed = at;
		all_leave(machine);
		end_turn(machine, false);
		return;
	}
	if (at == before || (before <= machine->now && at <= machine->now))
		return;
	turn->armed = NEVER;
	if (before <= machine->now && is_pending(machine, cpu, at))
		return;
	if (at < next_deadline(machine, &whose)) {
		all_leave(machine);
		turn->armed = at;
		turn->unfinished = true;
		end_turn(machine, false);
	}
	turn->armed = at;
}

/* All cpus are halted and no timer will wake one. */
static bool is_over(const struct machine *machine)
{
	if (machine->turns->cur != CPU_NOBODY)
		return false;
	for (u32 i = 0; i < machine->nr_cpus; i++)
		if (machine->turns->cpu[i].armed != NEVER)
			return false;
	return true;
}

/* Timers that are due at the same instant are looked at together: they end one turn. */
static void take_due(struct machine *machine, u64 deadline)
{
	struct turns *turns = machine->turns;

	if (turns->next == deadline)
		turns->next = turn_timer(machine, ++turns->nr);
	if (turns->kick == deadline)
		turns->kick += KICK_NS;
	for (u32 i = 0; i < machine->nr_cpus; i++) {
		if (turns->cpu[i].armed == deadline)
			turns->cpu[i].armed = NEVER;
		if (turns->cpu[i].past == deadline)
			turns->cpu[i].past = NEVER;
	}
}

bool turns_step(struct machine *machine, u64 horizon)
{
	struct turns *turns = machine->turns;
	u64 due = NEVER, until = NEVER, deadline, when;
	u32 whose;

	program_timers(machine);
	deadline = next_deadline(machine, &whose);
	if (turns->cur == CPU_NOBODY) {
		if (!all_halted(machine))
			find_next(machine, false);
	} else if (is_halted(machine, &machine->cpus[turns->cur]) ||
		   (spins(&machine->cpus[turns->cur]) && !is_alone(machine))) {
		end_turn(machine, false);
		/*
		 * What the handler that ran would have served as well: the cpu has programmed its
		 * timer for that on its way to sleep.
		 */
		program_timers(machine);
		deadline = next_deadline(machine, &whose);
	}
	if (turns->cur != CPU_NOBODY) {
		due = max_of(next_due(&machine->cpus[turns->cur]), machine->now);
		until = turns->until;
	}
	when = is_over(machine) ? NEVER : min_of(min_of(due, deadline), until);
	if (when >= horizon) {
		machine_rest(machine, horizon);
		return false;
	}
	if (when > machine->now)
		machine->spin_guard = 0;
	ensure(++machine->spin_guard < SPIN_LIMIT);
	machine->now = max_of(when, machine->now);
	if (until <= due && until < deadline) {
		end_turn(machine, false);
		return true;
	}
	if (deadline > due) {
		if (is_held(machine, &machine->cpus[turns->cur]))
			end_turn(machine, false);
		else
			execute(machine);
		return true;
	}
	take_due(machine, deadline);
	end_turn(machine, true);
	return true;
}
