/* SPDX-License-Identifier: MIT */
/* Delivery of events, and the arithmetic of segments, stolen time and ticks. */
#include "machine/machine.h"

#include "base/rng.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* A machine whose handlers write down what comes: "time cpu what", with a * in an interrupt. */
struct rig {
	struct machine machine;
	struct arena arena;
	struct platform platform;
	struct text log;
	struct timer timers[4];
	char *stop;
};

static struct rig *rig_of(struct machine *machine)
{
	return container_of(machine, struct rig, machine);
}

static void note(struct rig *rig, const struct cpu *cpu, const char *what)
{
	cr_assert_eq(rig->machine.acting, cpu->id);
	text_printf(&rig->log, "%s%" PRIu64 " %u %s%s", rig->log.len ? ", " : "", rig->machine.now,
		    cpu->id, what, rig->machine.in_irq ? "*" : "");
}

static void on_segment_end(void *self, struct cpu *cpu)
{
	note(self, cpu, "segment");
}

static void on_ipi(void *self, struct cpu *cpu)
{
	note(self, cpu, "ipi");
}

static void on_tick(void *self, struct cpu *cpu)
{
	cpu->tick_at = NEVER;
	note(self, cpu, "tick");
}

static void on_resched(void *self, struct cpu *cpu)
{
	note(self, cpu, "resched");
}

static void on_irq_exit(void *self, struct cpu *cpu)
{
	note(self, cpu, "exit");
}

static void on_timer(struct machine *machine, struct timer *timer)
{
	struct rig *rig = rig_of(machine);
	char name[16];

	cr_assert(!timer_armed(timer));
	snprintf(name, sizeof(name), "timer%u", (u32)(timer - rig->timers));
	note(rig, &machine->cpus[timer->cpu], name);
}

static struct rig *rig_new(u32 nr_cpus, const struct platform *how)
{
	struct rig *rig = aligned_alloc(64, (sizeof(*rig) + 63) / 64 * 64);
	const char *error = "";

	*rig = (struct rig){0};
	arena_init(&rig->arena);
	platform_init(&rig->platform);
	if (how) {
		rig->platform.hz = how->hz;
		rig->platform.tick_phase_ns = how->tick_phase_ns;
		rig->platform.skew_tick = how->skew_tick;
	}
	rig->platform.nr_cpus = nr_cpus;
	cr_assert(platform_complete(&rig->platform, &rig->arena, &error), "%s", error);
	machine_init(&rig->machine, &rig->arena, &rig->platform,
		     (struct machine_handlers){
			     .self = rig,
			     .segment_self = rig,
			     .segment_end = on_segment_end,
			     .ipi = on_ipi,
			     .tick = on_tick,
			     .resched = on_resched,
			     .irq_exit = on_irq_exit,
		     });
	for (u32 i = 0; i < ARRAY_SIZE(rig->timers); i++)
		timer_init(&rig->timers[i], on_timer, TIMER_RANK_TASK, i);
	return rig;
}

static void rig_free(struct rig *rig)
{
	machine_fini(&rig->machine);
	arena_fini(&rig->arena);
	text_fini(&rig->log);
	free(rig);
}

/* All that is due before @horizon, as text. */
static const char *run(struct rig *rig, u64 horizon)
{
	machine_start(&rig->machine);
	while (machine_step(&rig->machine, horizon))
		;
	cr_assert_eq(rig->machine.now, horizon);
	return rig->log.len ? rig->log.at : "";
}

/* ---- Order ---- */

Test(machine, what_is_due_at_once_comes_by_cpu_and_there_by_rank)
{
	struct rig *rig = rig_new(2, NULL);

	for (u32 i = 2; i-- > 0;) {
		struct cpu *cpu = &rig->machine.cpus[i];

		cpu->resched_at = cpu->tick_at = cpu->ipi_at = 5;
		machine_timer_arm(&rig->machine, &rig->timers[2 * i + 1], i, 5);
		machine_timer_arm(&rig->machine, &rig->timers[2 * i], i, 5);
		cpu_segment_begin(&rig->machine, cpu, 0, 5);
	}
	cr_assert_str_eq(run(rig, 100),
			 "5 0 segment, 5 0 timer0*, 5 0 timer1*, 5 0 exit, 5 0 ipi*, 5 0 exit, "
			 "5 0 tick*, 5 0 resched, "
			 "5 1 segment, 5 1 timer2*, 5 1 timer3*, 5 1 exit, 5 1 ipi*, 5 1 exit, "
			 "5 1 tick*, 5 1 resched");
	rig_free(rig);
}

/*
 * A tick that depends on time and cpu alone: when the next comes, and whom it interrupts, at once
 * or soon.
 */
static void on_busy_tick(void *self, struct cpu *cpu)
{
	struct rig *rig = self;
	struct machine *machine = &rig->machine;
	struct rng rng;
	struct cpu *other;

	rng_init(&rng, machine->now, "tick", cpu->id);
	cpu->tick_at = machine->now + 1 + rng_below(&rng, 3);
	note(rig, cpu, "tick");
	other = &machine->cpus[rng_below(&rng, machine->nr_cpus)];
	if (rng_below(&rng, 4))
		return;
	other->ipi_at = min_of(other->ipi_at, machine->now + rng_below(&rng, 2));
	machine_touch(machine, other);
	if (!rng_below(&rng, 4))
		rig->stop = (char *)"tick";
}

static struct rig *busy_rig(u32 nr_cpus)
{
	struct rig *rig = rig_new(nr_cpus, NULL);

	rig->machine.handlers.tick = on_busy_tick;
	for (u32 i = 0; i < nr_cpus; i++)
		rig->machine.cpus[i].tick_at = i % 3;
	machine_start(&rig->machine);
	return rig;
}

Test(machine, a_row_of_cpus_is_delivered_as_one_by_one)
{
	static const u32 sizes[] = {1, 2, 3, 8, 13, 64, 70};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct rig *rows = busy_rig(sizes[i]), *single = busy_rig(sizes[i]);

		while (machine_run(&rows->machine, 60, &rows->stop)) {
			u64 left = rows->log.len - single->log.len;

			cr_assert(rows->stop && left);
			while (single->log.len < rows->log.len)
				cr_assert(machine_step(&single->machine, 60));
			/* It returns after the instant in which it is told to stop, not later. */
			cr_assert_eq(single->log.len, rows->log.len, "%u cpus", sizes[i]);
			cr_assert(single->stop);
			rows->stop = single->stop = NULL;
		}
		while (machine_step(&single->machine, 60))
			cr_assert(!single->stop);
		cr_assert_str_eq(rows->log.at, single->log.at, "%u cpus", sizes[i]);
		rig_free(rows);
		rig_free(single);
	}
}

Test(machine, time_comes_before_cpu_and_rank)
{
	struct rig *rig = rig_new(3, NULL);

	rig->machine.cpus[0].ipi_at = 9;
	rig->machine.cpus[1].resched_at = 8;
	cpu_segment_begin(&rig->machine, &rig->machine.cpus[2], 0, 8);
	cr_assert_str_eq(run(rig, 100), "8 1 resched, 8 2 segment, 9 0 ipi*, 9 0 exit");
	rig_free(rig);
}

Test(machine, nothing_at_or_beyond_the_horizon_is_delivered)
{
	struct rig *rig = rig_new(1, NULL);

	rig->machine.cpus[0].ipi_at = 10;
	cr_assert_str_eq(run(rig, 10), "");
	cr_assert_str_eq(run(rig, 11), "10 0 ipi*, 10 0 exit");
	rig_free(rig);
}

Test(machine, only_segments_that_have_a_length_count_as_events)
{
	struct rig *rig = rig_new(1, NULL);
	struct cpu *cpu = &rig->machine.cpus[0];

	cpu_segment_begin(&rig->machine, cpu, 0, 0);
	cr_assert_str_eq(run(rig, 5), "0 0 segment");
	cr_assert_eq(rig->machine.nr_events, 0);
	cpu_segment_begin(&rig->machine, cpu, 0, 1);
	cr_assert_str_eq(run(rig, 10), "0 0 segment, 6 0 segment");
	cr_assert_eq(rig->machine.nr_events, 1);
	rig_free(rig);
}

/* ---- Timers ---- */

Test(machine, a_timer_armed_again_moves_and_one_in_the_past_fires_now)
{
	struct rig *rig = rig_new(2, NULL);
	struct machine *machine = &rig->machine;

	machine_timer_arm(machine, &rig->timers[0], 0, 50);
	machine_timer_arm(machine, &rig->timers[1], 0, 20);
	machine_timer_arm(machine, &rig->timers[2], 1, 10);
	machine_timer_arm(machine, &rig->timers[0], 1, 30); /* another cpu, another time */
	machine_timer_cancel(machine, &rig->timers[2]);
	machine_timer_cancel(machine, &rig->timers[2]);
	cr_assert_str_eq(run(rig, 40), "20 0 timer1*, 20 0 exit, 30 1 timer0*, 30 1 exit");
	machine_timer_arm(machine, &rig->timers[3], 0, 7);
	cr_assert_eq(rig->timers[3].when, 40);
	cr_assert_str_eq(
		run(rig, 41),
		"20 0 timer1*, 20 0 exit, 30 1 timer0*, 30 1 exit, 40 0 timer3*, 40 0 exit");
	rig_free(rig);
}

static void arm_for_cpu_0(struct machine *machine, struct timer *timer)
{
	struct rig *rig = rig_of(machine);

	on_timer(machine, timer);
	machine_timer_arm(machine, &rig->timers[1], 0, machine->now);
	machine_timer_arm(machine, &rig->timers[2], 1, machine->now);
}

/* What one cpu asks of another at an instant still comes at that instant. */
Test(machine, a_cpu_that_has_acted_acts_again_if_asked_for)
{
	struct rig *rig = rig_new(2, NULL);

	timer_init(&rig->timers[0], arm_for_cpu_0, TIMER_RANK_TASK, 0);
	rig->machine.cpus[0].ipi_at = 5;
	machine_timer_arm(&rig->machine, &rig->timers[0], 1, 5);
	cr_assert_str_eq(run(rig, 6), "5 0 ipi*, 5 0 exit, 5 1 timer0*, 5 1 timer2*, 5 1 exit, "
				      "5 0 timer1*, 5 0 exit");
	rig_free(rig);
}

Test(machine, an_interrupt_takes_along_timers_within_their_slack)
{
	struct rig *rig = rig_new(1, NULL);

	machine_timer_arm(&rig->machine, &rig->timers[0], 0, 5);
	machine_timer_arm_slack(&rig->machine, &rig->timers[1], 0, 8, 3);
	machine_timer_arm_slack(&rig->machine, &rig->timers[2], 0, 9, 3);
	cr_assert_str_eq(run(rig, 20), "5 0 timer0*, 5 0 timer1*, 5 0 exit, 9 0 timer2*, 9 0 exit");
	rig_free(rig);
}

/* A tick is the first of the timers that its interrupt serves: the others come behind its work. */
Test(machine, a_tick_takes_along_timers_within_their_slack)
{
	for (u32 work = 0; work <= 2; work += 2) {
		struct rig *rig = rig_new(1, NULL);

		rig->platform.costs.tick = work;
		rig->machine.cpus[0].tick_at = 21;
		machine_timer_arm_slack(&rig->machine, &rig->timers[0], 0, 24, 3);
		cr_assert_str_eq(run(rig, 24), work ? "21 0 tick*, 23 0 timer0*, 23 0 exit"
						    : "21 0 tick*, 21 0 timer0*, 21 0 exit");
		rig_free(rig);
	}
}

/* ---- Stolen time ---- */

Test(machine, a_reschedule_waits_for_the_end_of_interrupt_time)
{
	struct rig *rig = rig_new(1, NULL);
	struct cpu *cpu = &rig->machine.cpus[0];

	cpu_segment_begin(&rig->machine, cpu, 0, 100);
	cpu->resched_at = 3;
	cpu_steal(&rig->machine, cpu, 4);
	cpu_steal(&rig->machine, cpu, 4);
	cr_assert_str_eq(run(rig, 50), "8 0 resched");
	rig_free(rig);
}

/* A slow model of one cpu: each ns goes to the kernel, to the segment's overhead or to its work. */
struct slow_cpu {
	u64 stolen, overhead, work;
};

static void slow_ns(struct slow_cpu *slow)
{
	if (slow->stolen)
		slow->stolen--;
	else if (slow->overhead)
		slow->overhead--;
	else if (slow->work)
		slow->work--;
}

Test(machine, a_segments_end_and_what_is_left_of_it_are_those_of_a_count_of_each_ns)
{
	for (u64 seed = 1; seed <= 300; seed++) {
		struct rig *rig = rig_new(1, NULL);
		struct cpu *cpu = &rig->machine.cpus[0];
		struct slow_cpu slow = {0};
		struct rng rng;
		u64 stop, left;

		rng_init(&rng, seed, "steal", 0);
		if (rng_below(&rng, 2)) {
			slow.stolen = rng_below(&rng, 20);
			cpu_steal(&rig->machine, cpu, slow.stolen);
		}
		slow.overhead = rng_below(&rng, 2) * rng_below(&rng, 30);
		slow.work = 1 + rng_below(&rng, 100);
		cpu_segment_begin(&rig->machine, cpu, slow.overhead, slow.work);
		stop = rng_below(&rng, 120);
		for (u64 ns = 0; ns < stop && slow.work; ns++) {
			if (rng_below(&rng, 10) == 0) {
				u64 cost = rng_below(&rng, 12);

				cpu_steal_irq(&rig->machine, cpu, cost);
				slow.stolen += cost;
			}
			slow_ns(&slow);
			rig->machine.now++;
		}
		cr_assert_eq(cpu->segment_end,
			     rig->machine.now + slow.stolen + slow.overhead + slow.work,
			     "seed %" PRIu64, seed);
		left = cpu_segment_stop(&rig->machine, cpu);
		cr_assert_eq(left, slow.work, "seed %" PRIu64, seed);
		cr_assert_eq(cpu->segment_end, NEVER);
		rig_free(rig);
	}
}

Test(machine, only_interrupts_count_as_interrupt_time)
{
	struct rig *rig = rig_new(1, NULL);
	struct cpu *cpu = &rig->machine.cpus[0];

	cpu_segment_begin(&rig->machine, cpu, 10, 100);
	cpu_steal(&rig->machine, cpu, 3);
	cpu_steal_irq(&rig->machine, cpu, 5);
	cr_assert_eq(cpu->irq_ns, 5);
	cr_assert_eq(cpu->work_begins, 18);
	cr_assert_eq(cpu->segment_end, 118);
	rig_free(rig);
}

Test(machine, a_segment_begins_after_the_interrupts)
{
	struct rig *rig = rig_new(1, NULL);
	struct cpu *cpu = &rig->machine.cpus[0];

	cpu_steal(&rig->machine, cpu, 7);
	cpu_segment_begin(&rig->machine, cpu, 2, 10);
	cr_assert_eq(cpu->work_begins, 9);
	cr_assert_eq(cpu->segment_end, 19);
	cpu_go_idle(cpu);
	cr_assert(cpu->idle && cpu->segment_end == NEVER);
	rig_free(rig);
}

/* ---- Ticks ---- */

/* The first moment after @now that is @offset modulo @period. */
static u64 next_point(u64 now, u64 offset, u64 period)
{
	u64 point = offset % period;

	return point > now ? point : point + ((now - point) / period + 1) * period;
}

static void check_grid(const struct platform *how, u32 nr_cpus, u64 seed)
{
	struct rig *rig = rig_new(nr_cpus, how);
	struct machine *machine = &rig->machine;
	u64 tick = machine->tick_ns, first = how->tick_phase_ns ? how->tick_phase_ns : tick;
	u64 skew = how->skew_tick ? tick / 2 / nr_cpus : 0;
	struct rng rng;

	rng_init(&rng, seed, "grid", nr_cpus);
	for (u32 i = 0; i < 300; i++) {
		u32 cpu = (u32)rng_below(&rng, nr_cpus);
		u64 now = machine->now;

		if (rng_below(&rng, 2))
			cr_assert_eq(machine_jiffies(machine),
				     now < first ? 0 : (now - first) / tick + 1,
				     "hz %u, phase %" PRIu64 ", at %" PRIu64, how->hz,
				     how->tick_phase_ns, now);
		cr_assert_eq(machine_next_tick(machine, cpu),
			     next_point(now, first + skew * cpu, tick),
			     "hz %u, phase %" PRIu64 ", cpu %u of %u at %" PRIu64, how->hz,
			     how->tick_phase_ns, cpu, nr_cpus, now);
		/* Onto a grid point, a little further, or far away. */
		if (rng_below(&rng, 3) == 0)
			machine->now = next_point(now, first + skew * cpu, tick);
		else
			machine->now += rng_below(&rng, rng_below(&rng, 4) ? tick : 1000 * tick);
	}
	rig_free(rig);
}

Test(machine, ticks_are_on_a_grid_of_phase_and_skew)
{
	static const u32 hz[] = {100, 250, 300, 1000}, cpus[] = {1, 4, 64};

	for (u32 i = 0; i < 4; i++)
		for (u32 j = 0; j < 3; j++)
			for (u64 seed = 0; seed < 6; seed++)
				check_grid(&(struct platform){.hz = hz[i],
							      .tick_phase_ns = seed % 3 * 313131,
							      .skew_tick = seed & 1},
					   cpus[j], seed);
}
