/* SPDX-License-Identifier: MIT */
/*
 * Cpus that take turns. The scenes are those of the recordings of guests with several cpus in
 * tests/fidelity/corpus: l03 (they alternate), a01 (the second never gets its turn), r08 (it gets
 * it back when the first programs a near timer; it lost it when it spun for a mutex), k09 (it lost
 * it when it spun for its runqueue).
 */
#include "machine/turns.h"

#include "machine/machine.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { TURN = 100 * 1000, NR_TICKS = 8 };

/*
 * Two cpus; a timer of cpu 0 sets it to work, and some time later it tells cpu 1 to work as well.
 */
struct scene {
	struct machine machine;
	struct arena arena;
	struct platform platform;
	struct timer wake, near, pass;
	u64 work, ended[2], ipi_at, ticks[NR_TICKS];
	u64 sends_after; /* cpu 0 runs that long before it tells cpu 1 */
	u64 holds;       /* and locks cpu 1's runqueue for that long then */
	/* when cpu 0's work ends, a timer for a time in the past is due in that long, */
	u64 past;
	u64 then;         /* and it works on that long */
	u64 pass_after;   /* a tick's handler does something so long after it has begun, */
	u64 passed;       /* which was then */
	bool sent, spins; /* cpu 1 spins for what cpu 0 holds */
	u32 nr_ticks;
};

static void on_segment_end(void *self, struct cpu *cpu)
{
	struct scene *scene = self;

	if (!scene->sent) {
		scene->sent = true;
		scene->machine.cpus[1].ipi_at = scene->machine.now;
		if (scene->holds)
			turns_hold(&scene->machine, 1, scene->holds);
		cpu_segment_begin(&scene->machine, cpu, 0, scene->work);
		return;
	}
	scene->ended[cpu->id] = scene->machine.now;
	if (cpu->id == 0 && scene->past) {
		turns_program_past(&scene->machine, scene->past);
		scene->past = 0;
		cpu_segment_begin(&scene->machine, cpu, 0, scene->then);
		return;
	}
	cpu_go_idle(cpu);
}

static void on_ipi(void *self, struct cpu *cpu)
{
	struct scene *scene = self;

	scene->ipi_at = scene->machine.now;
	if (scene->spins)
		cpu_segment_begin(&scene->machine, cpu, NEVER / 2, 0);
	else
		cpu_segment_begin(&scene->machine, cpu, 0, scene->work);
}

static void on_tick(void *self, struct cpu *cpu)
{
	struct scene *scene = self;

	cpu->tick_at += scene->machine.tick_ns;
	cr_assert_lt(scene->nr_ticks, NR_TICKS);
	scene->ticks[scene->nr_ticks++] = scene->machine.now;
	if (!scene->pass_after)
		return;
	cpu_steal_irq(&scene->machine, cpu, scene->pass_after + USEC);
	machine_timer_arm(&scene->machine, &scene->pass, cpu->id,
			  scene->machine.now + scene->pass_after);
}

static void make_pass(struct machine *machine, struct timer *timer)
{
	container_of(timer, struct scene, pass)->passed = machine->now;
}

static void nothing(void *self unused_arg, struct cpu *cpu unused_arg)
{
}

static void wake(struct machine *machine, struct timer *timer)
{
	struct scene *scene = container_of(timer, struct scene, wake);

	cpu_segment_begin(machine, &machine->cpus[0], 0, scene->sends_after);
}

/* Programs the timer for something that is nearer than the next turn. */
static void program_near(struct machine *machine, struct timer *timer)
{
	machine_timer_arm(machine, timer, 0, machine->now + TURN / 8);
}

/* Cpu 0 is woken at @wake_ns and tells cpu 1 @sends_after later. */
static struct scene *scene_new(u64 phase, u64 wake_ns, u64 sends_after)
{
	struct scene *scene = aligned_alloc(64, (sizeof(*scene) + 63) / 64 * 64);
	const char *error = "";

	*scene = (struct scene){.work = 100 * MSEC, .sends_after = sends_after};
	arena_init(&scene->arena);
	platform_init(&scene->platform);
	cr_assert(costs_preset("zero", &scene->platform.costs));
	scene->platform.nr_cpus = 2;
	scene->platform.turns_per_second = SEC / TURN;
	scene->platform.turn_phase_ns = phase;
	scene->platform.turn_unnoticed_ns = MSEC;
	cr_assert(platform_complete(&scene->platform, &scene->arena, &error), "%s", error);
	machine_init(&scene->machine, &scene->arena, &scene->platform,
		     (struct machine_handlers){
			     .self = scene,
			     .segment_self = scene,
			     .segment_end = on_segment_end,
			     .ipi = on_ipi,
			     .tick = on_tick,
			     .resched = nothing,
			     .irq_exit = nothing,
		     });
	timer_init(&scene->wake, wake, TIMER_RANK_TASK, 0);
	timer_init(&scene->near, program_near, TIMER_RANK_TASK, 1);
	timer_init(&scene->pass, make_pass, TIMER_RANK_BALANCE, 2);
	machine_timer_arm(&scene->machine, &scene->wake, 0, wake_ns);
	machine_start(&scene->machine);
	return scene;
}

static void scene_free(struct scene *scene)
{
	machine_fini(&scene->machine);
	arena_fini(&scene->arena);
	free(scene);
}

/* Whose turn it is at @when. */
static u32 turn_at(struct scene *scene, u64 when)
{
	while (machine_step(&scene->machine, when))
		;
	return scene->machine.turns->cur;
}

Test(turns, nobody_is_executed_while_all_cpus_are_halted)
{
	struct scene *scene = scene_new(TURN, 250 * USEC, 0);

	cr_assert_eq(turn_at(scene, 50 * USEC), CPU_NOBODY);
	cr_assert_eq(turn_at(scene, 240 * USEC), CPU_NOBODY);
	cr_assert_eq(turn_at(scene, 260 * USEC), 0);
	scene_free(scene);
}

/* The turn timer alone makes nothing happen: a run in which all tasks sleep for ever ends. */
Test(turns, end_when_nothing_will_ever_happen, .timeout = 20)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);

	scene->work = MSEC;
	while (machine_step(&scene->machine, NEVER))
		;
	cr_assert_eq(scene->ended[0], MSEC + 10 * USEC);
	cr_assert_gt(scene->ended[1], MSEC);
	scene_free(scene);
}

Test(turns, two_busy_cpus_alternate_at_the_turn_timer)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);

	for (u64 turn = 0; turn < 20; turn++)
		cr_assert_eq(turn_at(scene, turn * TURN + TURN / 2), turn % 2);
	cr_assert_eq(scene->ipi_at, TURN, "cpu 1 sees its interrupt when it is its turn");
	scene_free(scene);
}

/* As at the beginning of a01: the turn timer falls between cpu 0's wakeup and that of cpu 1. */
Test(turns, a_cpu_that_halted_in_its_turn_waits_until_the_first_ends_one_early)
{
	struct scene *scene = scene_new(20 * USEC, 10 * USEC, 20 * USEC);

	for (u64 turn = 0; turn < 20; turn++)
		cr_assert_eq(turn_at(scene, turn * TURN + TURN / 2), 0);
	scene->work = 5 * MSEC;
	cr_assert_eq(turn_at(scene, 100 * MSEC + 40 * USEC), 1, "cpu 0 has halted");
	cr_assert_eq(scene->ended[0], 100 * MSEC + 30 * USEC);
	cr_assert_eq(scene->ipi_at, scene->ended[0]);
	scene_free(scene);
}

/* As in r08: an interrupt of cpu 0 programs its timer for the next sleeper, microseconds away. */
Test(turns, who_programs_a_near_timer_ends_its_turn)
{
	struct scene *scene = scene_new(20 * USEC, 10 * USEC, 20 * USEC);
	u64 when = 10 * TURN + 40 * USEC;

	machine_timer_arm(&scene->machine, &scene->near, 0, when);
	cr_assert_eq(turn_at(scene, when - 1), 0);
	cr_assert_eq(turn_at(scene, when + 1), 1);
	cr_assert_eq(scene->ipi_at, when);
	machine_timer_cancel(&scene->machine, &scene->near);
	/* From now on they alternate. */
	cr_assert_neq(turn_at(scene, 20 * TURN + TURN / 2), turn_at(scene, 21 * TURN + TURN / 2));
	scene_free(scene);
}

static void wakes_nobody(struct machine *machine unused_arg, struct timer *timer unused_arg)
{
}

/*
 * hrtimer_interrupt() programs the timer when it has served all that may fire, at its end: a sleep
 * that a tick's interrupt ends as well is none that is near, though its handler comes behind the
 * tick's.
 */
Test(turns, what_an_interrupt_serves_as_well_is_not_programmed)
{
	struct scene *scene = scene_new(20 * USEC, 10 * USEC, 20 * USEC);
	u64 tick = 10 * TURN + 40 * USEC;

	scene->platform.costs.tick = 1345;
	timer_init(&scene->near, wakes_nobody, TIMER_RANK_TASK, 1);
	machine_timer_arm_slack(&scene->machine, &scene->near, 0, tick + 30 * USEC, 50 * USEC);
	scene->machine.cpus[0].tick_at = tick;
	cr_assert_eq(turn_at(scene, tick - 1), 0);
	cr_assert_eq(turn_at(scene, tick + USEC), 0);
	cr_assert_eq(turn_at(scene, tick + 40 * USEC), 0, "nor when the sleep would have ended");
	cr_assert(!scene->near.armed);
	scene_free(scene);
}

/* As in p03: a late task sleeps until a time that has passed. Its cpu goes on, but not at once. */
Test(turns, who_programs_a_timer_for_the_past_ends_its_turn)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);

	scene->work = 2 * TURN + 30 * USEC; /* in the middle of its second turn */
	scene->past = USEC;
	scene->then = 50 * MSEC;
	cr_assert_eq(turn_at(scene, 2 * TURN + 39 * USEC), 0);
	cr_assert_eq(turn_at(scene, 2 * TURN + 40 * USEC + 500), 1, "until that timer is due");
	cr_assert_eq(scene->ended[0], 2 * TURN + 40 * USEC);
	cr_assert_eq(turn_at(scene, 2 * TURN + 42 * USEC), 0);
	scene_free(scene);
}

/*
 * The ticks of both cpus, in the middle of cpu 0's turn: at the same instant they end that turn, a
 * nanosecond apart they also end the one that begins then.
 */
Test(turns, timers_due_at_the_same_instant_end_one_turn)
{
	for (u64 apart = 0; apart < 2; apart++) {
		struct scene *scene = scene_new(TURN, 10 * USEC, 0);
		u64 tick = 20 * TURN + TURN / 2;

		cr_assert_eq(turn_at(scene, tick - USEC), 0);
		scene->machine.cpus[0].tick_at = scene->machine.turns->cpu[0].armed = tick;
		scene->machine.cpus[1].tick_at = tick + apart;
		cr_assert_eq(turn_at(scene, tick + USEC), 1 - apart);
		scene_free(scene);
	}
}

/*
 * In l03 the turn timer ends every turn but those of every 100 ms from tw's wakeup on, which end 43
 * us after a tick: there a turn ends early, and who comes first at the ticks is another one from
 * then on.
 */
Test(turns, the_emulator_looks_up_every_100_ms)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);

	scene->work = 300 * MSEC;
	cr_assert_eq(turn_at(scene, 100 * MSEC + 5 * USEC), 0, "the 1000th turn");
	cr_assert_eq(turn_at(scene, 100 * MSEC + 15 * USEC), 1, "100 ms after cpu 0 was woken");
	cr_assert_eq(turn_at(scene, 100 * MSEC + TURN + 5 * USEC), 0);
	cr_assert_eq(turn_at(scene, 200 * MSEC + 5 * USEC), 1);
	cr_assert_eq(turn_at(scene, 200 * MSEC + 15 * USEC), 0);
	scene_free(scene);
}

/* Its instruction for that ends the turn, and cpu 0 keeps the thread for as long as it is busy. */
Test(turns, who_spins_leaves_at_once)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);

	scene->work = 20 * TURN;
	scene->spins = true;
	for (u64 turn = 1; turn < 20; turn++)
		cr_assert_eq(turn_at(scene, turn * TURN + TURN / 2), 0);
	cr_assert_eq(scene->ipi_at, TURN, "but cpu 1 has served its interrupt");
	cr_assert_eq(turn_at(scene, 21 * TURN), 1, "nobody else has anything to do");
	scene_free(scene);
}

/*
 * Cpu 0's turn ends 10 us after it has locked cpu 1's runqueue for 20 us: cpu 1 cannot serve
 * anything.
 */
Test(turns, a_held_runqueue_is_spun_for)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 80 * USEC);

	scene->work = 5 * MSEC;
	scene->holds = 20 * USEC;
	for (u64 turn = 0; turn < 20; turn++)
		cr_assert_eq(turn_at(scene, turn * TURN + TURN / 2), 0);
	cr_assert_eq(scene->ipi_at, 0);
	turn_at(scene, 6 * MSEC);
	cr_assert_eq(scene->ipi_at, scene->ended[0], "when cpu 0 halts");
	scene_free(scene);
}

/* The lock is free again before cpu 0's turn ends. */
Test(turns, a_runqueue_that_is_free_again_is_not_spun_for)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 60 * USEC);

	scene->holds = 20 * USEC;
	cr_assert_eq(turn_at(scene, TURN + TURN / 2), 1);
	cr_assert_eq(scene->ipi_at, TURN);
	scene_free(scene);
}

/*
 * Time that is shared out, as by QEMU 8.1: at a timer all flags are set and the first cpu has half
 * of the time until the next; the second's flag makes the thread share out the rest, of which it
 * has half; nobody has a flag then, and both have half of what is left.
 */
Test(turns, shared_turns_end_when_a_cpus_share_is_used_up)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);

	scene->platform.turns_shared = true;
	for (u64 turn = 4; turn < 20; turn++) {
		cr_assert_eq(turn_at(scene, turn * TURN + TURN * 4 / 16), 0);
		cr_assert_eq(turn_at(scene, turn * TURN + TURN * 10 / 16), 1);
		cr_assert_eq(turn_at(scene, turn * TURN + TURN * 13 / 16), 0);
		cr_assert_eq(turn_at(scene, turn * TURN + TURN * 15 / 16), 1);
	}
	scene_free(scene);
}

/* The scene of a01, in which cpu 1 would wait for ever. */
Test(turns, shared_turns_leave_nobody_out)
{
	struct scene *scene = scene_new(20 * USEC, 10 * USEC, 20 * USEC);

	scene->platform.turns_shared = true;
	scene->work = 50 * TURN;
	turn_at(scene, 60 * TURN);
	cr_assert_lt(scene->ipi_at, 2 * TURN);
	cr_assert_leq(scene->ended[0], 30 * USEC + scene->work + TURN);
	cr_assert_leq(scene->ended[1], scene->ipi_at + scene->work + TURN);
	scene_free(scene);
}

/*
 * What a tick's handler might have served ends no turn; a cpu that goes to sleep behind it programs
 * its timer for that.
 */
Test(turns, a_timer_soon_after_a_tick_wakes_a_cpu_that_sleeps_again)
{
	struct scene *scene = scene_new(TURN, 4 * MSEC + 500, 0);

	scene->platform.costs.tick = USEC;
	scene->machine.cpus[0].tick_at = 4 * MSEC;
	machine_refresh(&scene->machine, &scene->machine.cpus[0]);
	cr_assert_eq(turn_at(scene, 4 * MSEC + 800), 0, "it is awake in time");
	cr_assert_eq(scene->nr_ticks, 1);
	scene_free(scene);
}

/*
 * The tick of a cpu that is halted: what its handler does is no timer that anybody else sees, and
 * the cpu is executed until that is done.
 */
Test(turns, a_halted_cpu_does_all_of_its_tick_in_its_turn)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, MSEC);
	u64 tick = 6 * TURN + 20 * USEC;

	scene->pass_after = 6 * USEC;
	scene->machine.cpus[1].tick_at = tick;
	cr_assert_eq(turn_at(scene, tick - 1), 0);
	cr_assert_eq(turn_at(scene, tick + 3 * USEC), 1);
	cr_assert_eq(turn_at(scene, tick + 8 * USEC), 0, "it has halted again");
	cr_assert_eq(scene->passed, tick + 6 * USEC);
	scene_free(scene);
}

static void work_goes_on(struct machine *machine unused_arg, struct timer *timer)
{
	cr_assert_eq(container_of(timer, struct scene, near)->ended[1], 0);
}

/*
 * A cpu looks for interrupts as it is entered: a program whose time was over before that hears of
 * it later.
 */
Test(turns, an_interrupt_that_came_in_a_pause_is_served_before_the_program_looks_at_the_clock)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);
	u64 timer = 12 * TURN + 40 * USEC;

	turn_at(scene, TURN / 2); /* cpu 0 is at work */
	scene->work = 11 * TURN + 20 * USEC;
	timer_init(&scene->near, work_goes_on, TIMER_RANK_TASK, 1);
	machine_timer_arm(&scene->machine, &scene->near, 1, timer);
	turn_at(scene, 13 * TURN);
	cr_assert(!scene->near.armed);
	cr_assert_eq(scene->ended[1], timer + 1,
		     "not 12 turns and 20 us, when others were executed");
	scene_free(scene);
}

/*
 * Work that is measured by the clock goes on through another's turn, but not through a long pause.
 */
Test(turns, a_short_pause_is_not_noticed_and_a_long_one_is)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);

	scene->work = 10 * TURN + TURN / 2;
	turn_at(scene, 5 * MSEC);
	cr_assert_eq(scene->ended[0], 10 * USEC + scene->work, "it ends in cpu 0's own turn");
	cr_assert_eq(scene->ended[1], TURN + scene->work);
	scene_free(scene);

	scene = scene_new(TURN, 10 * USEC, 0);
	scene->platform.turn_unnoticed_ns = TURN / 2;
	scene->work = 10 * TURN + TURN / 2;
	turn_at(scene, 5 * MSEC);
	cr_assert_eq(scene->ended[0], 20 * TURN + 60 * USEC, "it has had every other turn");
	scene_free(scene);
}

static bool is_the_kernel_s(void *self unused_arg, const struct cpu *cpu unused_arg)
{
	return false;
}

/*
 * What the kernel does is so many instructions, and takes as long as others are executed meanwhile,
 * however short their turns are.
 */
Test(turns, work_of_the_kernel_stands_still_in_a_short_pause)
{
	struct scene *scene = scene_new(TURN, 10 * USEC, 0);

	scene->machine.handlers.by_clock = is_the_kernel_s;
	scene->work = 10 * TURN + TURN / 2;
	turn_at(scene, 5 * MSEC);
	cr_assert_eq(scene->ended[0], 20 * TURN + 60 * USEC, "it has had every other turn");
	scene_free(scene);
}

Test(turns, ticks_that_were_missed_come_once)
{
	struct scene *scene = scene_new(20 * USEC, 10 * USEC, 20 * USEC);

	scene->work = 22 * MSEC;
	scene->machine.cpus[1].tick_at = 4 * MSEC;
	scene->machine.cpus[1].ipi_at = 0;
	turn_at(scene, 30 * MSEC);
	cr_assert_geq(scene->nr_ticks, 1);
	for (u32 i = 1; i < scene->nr_ticks; i++)
		cr_assert_geq(scene->ticks[i], scene->ticks[i - 1] + 3 * MSEC);
	scene_free(scene);
}
