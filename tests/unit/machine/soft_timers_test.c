/* SPDX-License-Identifier: MIT */
/* Timers that expire in a softirq: when their interrupt comes, and what the softirq finds. */
#include "machine/soft_timers.h"

#include "base/rng.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { NR = 12 };

struct rig {
	struct machine machine;
	struct arena arena;
	struct platform platform;
	struct timer timers[NR];
	u64 interrupts; /* so many have come, */
	u64 last;       /* the last at this time */
};

static struct rig *rig_of(struct machine *machine)
{
	return container_of(machine, struct rig, machine);
}

static void nothing(void *self unused_arg, struct cpu *cpu unused_arg)
{
}

static void never(struct machine *machine unused_arg, struct timer *timer unused_arg)
{
	cr_assert(false, "a soft timer has fired in an interrupt");
}

static void due(struct machine *machine, struct cpu *cpu, enum timer_softness kind)
{
	struct rig *rig = rig_of(machine);

	cr_assert_eq(cpu->id, 0);
	cr_assert_eq(kind, TIMER_SOFT);
	cr_assert(machine->in_irq);
	rig->interrupts++;
	rig->last = machine->now;
}

static struct rig *rig_new(void)
{
	struct rig *rig = aligned_alloc(64, (sizeof(*rig) + 63) / 64 * 64);
	const char *error = "";

	*rig = (struct rig){0};
	arena_init(&rig->arena);
	platform_init(&rig->platform);
	rig->platform.nr_cpus = 1;
	cr_assert(platform_complete(&rig->platform, &rig->arena, &error), "%s", error);
	machine_init(&rig->machine, &rig->arena, &rig->platform,
		     (struct machine_handlers){
			     .self = rig, .segment_end = nothing, .irq_exit = nothing});
	soft_timers_init(&rig->machine, &rig->arena, due);
	for (u32 i = 0; i < NR; i++) {
		timer_init(&rig->timers[i], never, TIMER_RANK_TASK, i);
		rig->timers[i].soft = TIMER_SOFT;
	}
	machine_start(&rig->machine);
	return rig;
}

static void rig_free(struct rig *rig)
{
	machine_fini(&rig->machine);
	arena_fini(&rig->arena);
	free(rig);
}

static void run_to(struct rig *rig, u64 horizon)
{
	while (machine_step(&rig->machine, horizon))
		;
}

/* As set-up by cpu 0 while nothing acts: the clock is told at once. */
static void arm(struct rig *rig, u32 i, u64 when, u32 slack)
{
	machine_timer_arm_slack(&rig->machine, &rig->timers[i], 0, when, slack);
	machine_refresh(&rig->machine, &rig->machine.cpus[0]);
}

static struct timer *take(struct rig *rig)
{
	struct timer *timer = soft_timers_take(&rig->machine, &rig->machine.cpus[0], TIMER_SOFT,
					       rig->machine.now);

	machine_refresh(&rig->machine, &rig->machine.cpus[0]);
	return timer;
}

Test(soft_timers, the_interrupt_comes_when_the_first_is_due_in_any_case_and_once)
{
	struct rig *rig = rig_new();

	arm(rig, 0, 100, 50);
	arm(rig, 1, 120, 10);
	run_to(rig, 1000);
	cr_assert_eq(rig->interrupts, 1);
	cr_assert_eq(rig->last, 100);
	rig_free(rig);
}

/* hrtimer_run_softirq(): from the first on, up to one whose slack has not begun. */
Test(soft_timers, the_softirq_takes_those_whose_slack_has_begun)
{
	struct rig *rig = rig_new();

	arm(rig, 0, 100, 0);
	arm(rig, 1, 140, 40);
	arm(rig, 2, 150, 49);
	arm(rig, 3, 160, 100);
	run_to(rig, 101);
	cr_assert_eq(take(rig), &rig->timers[0]);
	cr_assert_eq(take(rig), &rig->timers[1]);
	cr_assert_eq(take(rig), &rig->timers[2], "its slack begins at 101");
	cr_assert_eq(take(rig), &rig->timers[3]);
	cr_assert_null(take(rig));
	rig_free(rig);
}

Test(soft_timers, one_behind_another_that_may_not_expire_waits_for_that)
{
	struct rig *rig = rig_new();

	arm(rig, 0, 100, 0);
	arm(rig, 1, 150, 10);
	arm(rig, 2, 160, 160);
	run_to(rig, 101);
	cr_assert_eq(take(rig), &rig->timers[0]);
	cr_assert_null(take(rig));
	run_to(rig, 1000);
	cr_assert_eq(rig->interrupts, 2);
	cr_assert_eq(rig->last, 150);
	rig_free(rig);
}

/*
 * __hrtimer_run_queues(): a pass that has begun at 101 takes no more than one that was over at
 * once.
 */
Test(soft_timers, a_pass_takes_what_may_expire_at_its_begin)
{
	struct rig *rig = rig_new();
	const struct cpu *cpu = &rig->machine.cpus[0];

	arm(rig, 0, 100, 0);
	arm(rig, 1, 120, 0);
	run_to(rig, 101);
	rig->machine.now = 130;
	cr_assert_eq(soft_timers_take(&rig->machine, cpu, TIMER_SOFT, 101), &rig->timers[0]);
	cr_assert_not(soft_timers_wait(&rig->machine, cpu, TIMER_SOFT, 101));
	cr_assert(soft_timers_wait(&rig->machine, cpu, TIMER_SOFT, 130));
	cr_assert_null(soft_timers_take(&rig->machine, cpu, TIMER_SOFT, 101));
	machine_refresh(&rig->machine, &rig->machine.cpus[0]);
	run_to(rig, 1000);
	cr_assert_eq(rig->interrupts, 2, "the one that is late has its interrupt at once");
	cr_assert_eq(rig->last, 130);
	rig_free(rig);
}

/* softirq_activated: the clock is set again when the softirq has looked. */
Test(soft_timers, what_is_armed_between_interrupt_and_softirq_has_no_interrupt_of_its_own)
{
	struct rig *rig = rig_new();

	arm(rig, 0, 100, 0);
	run_to(rig, 110);
	arm(rig, 1, 200, 0);
	run_to(rig, 300);
	cr_assert_eq(rig->interrupts, 1);
	cr_assert_eq(take(rig), &rig->timers[0]);
	cr_assert_eq(take(rig), &rig->timers[1]);
	arm(rig, 2, 400, 0);
	cr_assert_null(take(rig));
	run_to(rig, 1000);
	cr_assert_eq(rig->interrupts, 2);
	cr_assert_eq(rig->last, 400);
	rig_free(rig);
}

Test(soft_timers, when_the_first_is_called_off_the_interrupt_is_for_the_next)
{
	struct rig *rig = rig_new();

	arm(rig, 0, 100, 0);
	arm(rig, 1, 200, 0);
	machine_timer_cancel(&rig->machine, &rig->timers[0]);
	machine_refresh(&rig->machine, &rig->machine.cpus[0]);
	run_to(rig, 150);
	cr_assert_eq(rig->interrupts, 0);
	machine_timer_cancel(&rig->machine, &rig->timers[1]);
	machine_refresh(&rig->machine, &rig->machine.cpus[0]);
	run_to(rig, 1000);
	cr_assert_eq(rig->interrupts, 0);
	rig_free(rig);
}

/*
 * Whatever is armed and called off: with a softirq that looks at once, each expires within its
 * slack, in the order of ends.
 */
Test(soft_timers, none_is_early_late_or_forgotten)
{
	for (u64 seed = 1; seed <= 300; seed++) {
		struct rig *rig = rig_new();
		struct rng rng;
		u32 armed = 0, expired = 0, off = 0;

		rng_init(&rng, seed, "soft timers", 0);
		for (u32 round = 0; round < 60; round++) {
			u32 i = (u32)rng_below(&rng, NR);
			struct timer *timer;

			if (rng_below(&rng, 4)) {
				off += timer_armed(&rig->timers[i]);
				arm(rig, i, rig->machine.now + rng_below(&rng, 200),
				    (u32)rng_below(&rng, 60));
				armed++;
			} else if (timer_armed(&rig->timers[i])) {
				machine_timer_cancel(&rig->machine, &rig->timers[i]);
				machine_refresh(&rig->machine, &rig->machine.cpus[0]);
				off++;
			}
			for (u64 until = rig->machine.now + rng_below(&rng, 40);
			     rig->machine.now < until;) {
				u64 before = rig->interrupts;

				run_to(rig, rig->machine.now + 1);
				if (rig->interrupts == before)
					continue;
				while ((timer = take(rig)) != NULL) {
					u64 now = rig->machine.now;

					cr_assert(timer->when + 1 >= now &&
							  timer->when - min_of(timer->when,
									       (u64)timer->slack) <=
								  now,
						  "seed %llu: at %llu, due %llu",
						  (unsigned long long)seed, (unsigned long long)now,
						  (unsigned long long)timer->when);
					expired++;
				}
			}
		}
		for (u32 i = 0; i < NR; i++)
			off += timer_armed(&rig->timers[i]);
		cr_assert_eq(armed, expired + off, "seed %llu", (unsigned long long)seed);
		rig_free(rig);
	}
}
