/* SPDX-License-Identifier: MIT */
/* run, sleep, timer, yield, loops, marks: when things happen. */
#include <criterion/criterion.h>

#include "rig.h"

Test(sleep, ends_after_its_time)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "run 2ms; sleep 3ms; mark up");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(WAKEUP),
		   "5 ms wakeup a\n"
		   "5 ms mark a up\n");
}

Test(sleep, of_a_fair_task_is_late_by_its_slack_and_of_a_real_time_task_is_not)
{
	struct rig rig;
	struct task_spec *spec;

	rig_init(&rig, 1, "v6.12");
	spec = builder_task_begin(rig.builder, (struct loc){0}, "fair");
	(void)spec;
	builder_op(rig.builder, (struct loc){0}, OP_SLEEP,
		   &(struct op_operands){.quantity.value = MSEC});
	builder_op(rig.builder, (struct loc){0}, OP_MARK, &(struct op_operands){.text = "up"});
	builder_op(rig.builder, (struct loc){0}, OP_POLICY,
		   &(struct op_operands){.attr = {.policy = POLICY_FIFO, .rt_priority = 1}});
	builder_op(rig.builder, (struct loc){0}, OP_SLEEP,
		   &(struct op_operands){.quantity.value = MSEC});
	builder_op(rig.builder, (struct loc){0}, OP_MARK, &(struct op_operands){.text = "up"});
	builder_task_end(rig.builder);
	rig_expect(&rig, RECORD_BIT(MARK),
		   "1.05 ms mark fair up\n"
		   "2.05 ms mark fair up\n");
}

static void sleeper(struct builder *b, const char *name, u64 slack_ns, const char *child)
{
	struct task_spec *spec = builder_task_begin(b, (struct loc){0}, name);

	if (slack_ns)
		spec->timer_slack_ns = slack_ns;
	spec->is_template = !child;
	if (child)
		builder_op(b, (struct loc){0}, OP_FORK, &(struct op_operands){.task = child});
	builder_op(b, (struct loc){0}, OP_SLEEP, &(struct op_operands){.quantity.value = MSEC});
	builder_op(b, (struct loc){0}, OP_MARK, &(struct op_operands){.text = "up"});
	builder_task_end(b);
}

/* default_timer_slack_ns of a child is what its parent's slack was. */
Test(sleep, of_a_child_has_its_parents_slack)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	sleeper(rig.builder, "child", 0, NULL);
	sleeper(rig.builder, "parent", 300 * USEC, "child");
	rig_expect(&rig, RECORD_BIT(MARK), "1.3 ms mark parent up\n1.3 ms mark child up\n");
}

/*
 * What a realtime task has is none, and so its child has none by default, even as a fair task
 * (reset_on_fork).
 */
Test(sleep, of_a_realtime_tasks_child_ends_in_time)
{
	static const char *const names[] = {"v6.1", "v6.12", "v6.18"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		struct rig rig;
		struct task_spec *spec;

		rig_init(&rig, 2, names[i]);
		sleeper(rig.builder, "child", 0, NULL);
		spec = builder_task_begin(rig.builder, (struct loc){0}, "parent");
		spec->attr = (struct sched_attr){.policy = POLICY_FIFO,
						 .rt_priority = 1,
						 .reset_on_fork = true};
		builder_op(rig.builder, (struct loc){0}, OP_FORK,
			   &(struct op_operands){.task = "child"});
		builder_task_end(rig.builder);
		rig_expect(&rig, RECORD_BIT(MARK), "1 ms mark child up\n");
	}
}

/* The timer runs from the call on: what it takes to fall asleep is part of the sleep. */
Test(sleep, lasts_from_the_call_and_its_end_costs)
{
	struct rig rig;
	struct costs *costs;

	rig_init(&rig, 1, "v6.12");
	costs = &builder_platform(rig.builder)->costs;
	costs->block = 100 * USEC;
	costs->irq_entry = 200 * USEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "sleep 1ms");
	rig_expect(&rig, RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP),
		   "0 switch swapper/0 R > a\n"
		   "100 us switch a S > swapper/0\n"
		   "1.2 ms wakeup a\n"
		   "1.2 ms switch swapper/0 R > a\n"
		   "1.2 ms switch a Z > init\n");
}

Test(timer, keeps_its_grid_however_long_the_work_takes)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "run 1ms; loop 3; timer 10ms; mark tick; run 4ms; end");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "11 ms mark a tick\n"
		   "21 ms mark a tick\n"
		   "31 ms mark a tick\n");
}

/* Points at 10, 20, 30: the second was missed at 25, so it and the third follow at once or in time.
 */
Test(timer, a_missed_point_is_not_skipped_but_hardly_sleeps)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a",
		 "timer 10ms; run 15ms; timer 10ms; mark late; timer 10ms; mark in-time");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(WAKEUP),
		   "10 ms wakeup a\n"
		   "25 ms wakeup a\n"
		   "25 ms mark a late\n"
		   "30 ms wakeup a\n"
		   "30 ms mark a in-time\n");
}

Test(yield, lets_an_equal_task_run)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "loop 2; run 1ms; yield; end");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "loop 2; run 1ms; yield; end");
	rig_expect(&rig, RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > a\n"
		   "1 ms switch a R > b\n"
		   "2 ms switch b R > a\n"
		   "3 ms switch a R > b\n"
		   "4 ms switch b R > a\n"
		   "4 ms switch a Z > b\n"
		   "4 ms switch b Z > init\n");
}

Test(loop, nests_and_counts)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "loop 2; loop 3; run 1ms; end; mark round; end; mark over");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "3 ms mark a round\n"
		   "6 ms mark a round\n"
		   "6 ms mark a over\n");
}

Test(guard, a_program_that_spins_without_progress_ends_the_run)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "run 1ms; loop 2000000; sem_post s; sem_wait s; end");
	rig_expect_failure(&rig,
			   "task 'a' (pid 8) at 1 ms: spins without progress in op 'sem_post'");
}

/* More than two of them: each has others between two of its jumps. */
Test(guard, tasks_that_take_turns_without_progress_are_told)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	for (u32 i = 0; i < 6; i++)
		rig_task(&rig, (const char *const[]){"a", "b", "c", "d", "e", "f"}[i],
			 "run 1ms; loop 900000; yield; yield; yield; end");
	rig_expect_failure(
		&rig,
		"at 6 ms: the machine makes no progress: more than 8000000 events at once, in which it, ");
}

Test(guard, tasks_that_sleep_for_ever_end_the_run)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "sem_wait never");
	rig_task(&rig, "b", "run 5ms; sem_wait x; sem_post never");
	rig_expect_failure(&rig, "2 tasks sleep and nothing will wake them");
}

Test(attributes, of_others_reach_all_instances_or_one)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.count = 2, .fifo = 1}, "sleep 2ms");
	rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 2},
		      "sleep 1ms; policy fifo:7 w; policy other:3 w1");
	rig_expect(&rig, RECORD_BIT(ATTR),
		   "0 attr w0 fifo 98\n"
		   "0 attr w1 fifo 98\n"
		   "0 attr c fifo 97\n"
		   "1 ms attr w0 fifo 92\n"
		   "1 ms attr w1 fifo 92\n"
		   "1 ms attr w1 other 123\n");
}

Test(attributes, affinity_moves_the_running_task_through_the_stopper)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"},
		      "run 1ms; affinity 1; run 1ms; mark on");
	rig_expect(&rig, RECORD_BIT(MIGRATE) | RECORD_BIT(MARK),
		   "1 ms migrate a 0>1\n"
		   "2 ms mark a on\n");
}

/*
 * A call that a stop has broken off begins anew, and blocks even if its time is over by then
 * (recorded in g03: state S for some microseconds after the SIGCONT). Here it pays 1 ms for that.
 */
Test(sleep, a_sleep_that_ended_during_a_stop_is_entered_once_more)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->costs.block = 1 * MSEC;
	builder_platform(rig.builder)->costs.timer_least = 1 * MSEC;
	rig_task(&rig, "s", "sleep 10ms; mark over");
	rig_task(&rig, "ctl", "run 5ms; stop s; run 15ms; cont s; run 1ms");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(WAKEUP),
		   "6 ms wakeup s\n"
		   "21 ms wakeup s\n"
		   "22 ms wakeup s\n"
		   "23 ms mark s over\n");
}
