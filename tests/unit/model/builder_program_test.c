/* SPDX-License-Identifier: MIT */
/* What a program may be: loops that let time pass, ops that are reached, locks that are held. */
#include <criterion/criterion.h>

#include "builder_fixture.h"

Test(builder_program, loops_are_jumps_and_the_last_op_is_an_exit)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	loop(f, 3);
	run(f, 2 * MSEC);
	loop(f, 5);
	timed(f, OP_SLEEP, 10 * USEC);
	end_loop(f);
	end_loop(f);
	end(f);
	cr_assert_str_eq(fixture_listing(f), "   0  loop 3, to 5\n"
					     "   1    run 2 ms\n"
					     "   2    loop 5, to 4\n"
					     "   3      sleep 10 us\n"
					     "   4    end, to 2\n"
					     "   5  end, to 0\n"
					     "   6  exit 0\n");
	cr_assert_eq(f->w->programs[0].loop_depth, 2);
	cr_assert_eq(f->w->programs[0].ops[2].a, 1);
	fixture_free(f);
}

static struct quantity drawn(enum dist_kind kind, u64 a, u64 b)
{
	return (struct quantity){
		.is_dist = true,
		.dist = {.kind = (u8)kind, .a = a, .b = b, .max = UINT64_MAX},
	};
}

Test(builder_program, every_operand_is_shown)
{
	struct fixture *f = fixture_new();

	builder_mutex(f->b, at_line(f, 2), "m", MUTEX_PI);
	task(f, "a");
	op(f, OP_RUN, (struct op_operands){.quantity = drawn(DIST_EXPONENTIAL, MSEC, 0)});
	op(f, OP_RUN, (struct op_operands){.quantity = drawn(DIST_UNIFORM, MSEC, 2 * MSEC)});
	op(f, OP_RUN, (struct op_operands){.quantity = drawn(DIST_NORMAL, MSEC, 100 * USEC)});
	op(f, OP_RUN, (struct op_operands){.quantity = drawn(DIST_PARETO, MSEC, 1500)});
	with_resource(f, OP_LOCK, "m");
	with_resource(f, OP_COND_SIGNAL, "c");
	op(f, OP_COND_WAIT, (struct op_operands){.resource = "c", .mutex = "m"});
	with_resource(f, OP_UNLOCK, "m");
	op(f, OP_PIPE_WRITE, (struct op_operands){.resource = "p", .quantity.value = 4096});
	op(f, OP_PIPE_READ, (struct op_operands){.resource = "p", .quantity.value = 100});
	op(f, OP_NICE, (struct op_operands){.integer = -5, .task = "b2"});
	op(f, OP_AFFINITY, (struct op_operands){.cpus = "0-1,3"});
	op(f, OP_POLICY,
	   (struct op_operands){.task = "b", .attr = {.policy = POLICY_FIFO, .rt_priority = 7}});
	op(f, OP_MARK, (struct op_operands){.text = "half"});
	op(f, OP_FORK, (struct op_operands){.task = "t"});
	op(f, OP_EXEC, (struct op_operands){.text = "ls"});
	end(f);
	task(f, "b")->count = 4;
	end(f);
	template(f, "t");
	end(f);
	cr_assert_str_eq(fixture_listing(f), "   0  run exponential 1 ms\n"
					     "   1  run uniform 1 ms..2 ms\n"
					     "   2  run normal 1 ms +- 100 us\n"
					     "   3  run pareto 1 ms alpha 1.500\n"
					     "   4  lock m\n"
					     "   5  cond_signal c\n"
					     "   6  cond_wait c, m\n"
					     "   7  unlock m\n"
					     "   8  pipe_write p, 4096 bytes\n"
					     "   9  pipe_read p, 100 bytes\n"
					     "  10  nice -5, b2\n"
					     "  11  affinity 0-1,3, self\n"
					     "  12  policy fifo priority 7, b\n"
					     "  13  mark 'half'\n"
					     "  14  fork t\n"
					     "  15  exec 'ls', and go on\n"
					     "  16  exit 0\n");
	cr_assert_str_eq(f->messages, "");
	fixture_free(f);
}

Test(builder_program, a_constant_distribution_is_a_constant)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	op(f, OP_RUN, (struct op_operands){.quantity = drawn(DIST_CONSTANT, MSEC, 0)});
	end(f);
	fixture_finish(f);
	cr_assert_eq(f->w->nr_dists, 0);
	cr_assert_eq(f->w->programs[0].ops[0].flags, 0);
	cr_assert_eq(f->w->programs[0].ops[0].value, MSEC);
	fixture_free(f);
}

Test(builder_program, eight_loops_may_be_nested_and_no_more)
{
	for (u32 depth = 8; depth <= 10; depth++) {
		struct fixture *f = fixture_new();

		task(f, "a");
		for (u32 i = 0; i < depth; i++)
			loop(f, 2);
		run(f, MSEC);
		for (u32 i = 0; i < depth; i++)
			end_loop(f);
		end(f);
		if (depth == 8)
			expect_silence(f);
		else
			expect_error(f, "loops in task 'a' are nested more than 8 deep");
	}
}

/* A loop over one op, for ever. */
static struct fixture *looping(enum op_code code, struct op_operands operands)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	loop(f, 0);
	op(f, code, operands);
	end_loop(f);
	end(f);
	return f;
}

Test(builder_program, a_loop_for_ever_must_let_time_pass)
{
	static const char *const message =
		"loop for ever in task 'a' takes no time: it would spin for ever";

	expect_error(looping(OP_YIELD, (struct op_operands){0}), message);
	expect_error(looping(OP_RUN, (struct op_operands){0}), message);
	expect_error(looping(OP_MARK, (struct op_operands){.text = "x"}), message);
	expect_error(looping(OP_RUN, (struct op_operands){.quantity = drawn(DIST_CONSTANT, 0, 0)}),
		     message);
	expect_error(looping(OP_WAIT, (struct op_operands){0}), message);
	expect_silence(looping(OP_RUN, (struct op_operands){.quantity.value = 1}));
	expect_silence(looping(OP_SLEEP, (struct op_operands){.quantity.value = 1}));
	expect_silence(
		looping(OP_RUN, (struct op_operands){.quantity = drawn(DIST_UNIFORM, 0, MSEC)}));
	expect_silence(looping(OP_STOP, (struct op_operands){.task = NULL}));
}

Test(builder_program, an_inner_loop_that_spins_is_told_once)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	loop(f, 0);
	loop(f, 0);
	simple(f, OP_YIELD);
	end_loop(f);
	end_loop(f);
	end(f);
	expect_error(f, "loop for ever in task 'a' takes no time");
}

Test(builder_program, more_than_a_million_rounds_without_time_are_a_spin_too)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	loop(f, 1000);
	loop(f, 1000);
	simple(f, OP_YIELD);
	end_loop(f);
	end_loop(f);
	end(f);
	expect_silence(f);

	f = fixture_new();
	task(f, "a");
	loop(f, 1000);
	loop(f, 1001);
	simple(f, OP_YIELD);
	end_loop(f);
	end_loop(f);
	end(f);
	expect_error(f, "loop in task 'a' takes no time: it would spin for ever");
}

Test(builder_program, forking_for_ever_takes_time_if_a_fork_does)
{
	for (u32 zero = 0; zero <= 1; zero++) {
		struct fixture *f = fixture_without_machine();

		builder_duration(f->b, SEC);
		cr_assert(costs_preset(zero ? "zero" : "x86-64", &builder_platform(f->b)->costs));
		cr_assert(builder_machine_done(f->b, at_line(f, 1)));
		template(f, "t");
		end(f);
		task(f, "a");
		loop(f, 0);
		with_task(f, OP_FORK, "t");
		end_loop(f);
		end(f);
		if (zero)
			expect_error(f, "loop for ever in task 'a' takes no time");
		else
			expect_silence(f);
	}
}

Test(builder_program, ops_behind_a_loop_for_ever_or_an_exit_are_never_reached)
{
	struct fixture *f = looping(OP_RUN, (struct op_operands){.quantity.value = MSEC});

	expect_silence(f);
	f = fixture_new();
	task(f, "a");
	loop(f, 0);
	run(f, MSEC);
	end_loop(f);
	timed(f, OP_SLEEP, MSEC);
	run(f, MSEC);
	end(f);
	expect_warning(f, "sleep in task 'a' is never reached");
	f = fixture_new();
	task(f, "a");
	simple(f, OP_EXIT);
	run(f, MSEC);
	end(f);
	expect_warning(f, "run in task 'a' is never reached");
}

Test(builder_program, a_loop_for_ever_with_an_exit_is_left)
{
	struct fixture *f = fixture_new();

	builder_duration(f->b, NEVER);
	task(f, "a");
	loop(f, 0);
	run(f, MSEC);
	simple(f, OP_EXIT);
	end_loop(f);
	end(f);
	expect_silence(f);
}

Test(builder_program, a_workload_without_end_needs_a_duration)
{
	struct fixture *f = looping(OP_RUN, (struct op_operands){.quantity.value = MSEC});

	builder_duration(f->b, NEVER);
	expect_error(f, "task 'a' loops for ever: give the workload a 'duration'");
	f = fixture_new();
	builder_duration(f->b, NEVER);
	plain_task(f, "a");
	expect_silence(f);
	f = fixture_new();
	builder_duration(f->b, 0);
	plain_task(f, "a");
	expect_error(f, "the duration must be longer than 0");
}

Test(builder_program, only_a_locked_mutex_is_unlocked_or_waited_with)
{
	struct fixture *f = fixture_new();

	task(f, "b");
	with_resource(f, OP_LOCK, "m");
	with_resource(f, OP_COND_SIGNAL, "c");
	with_resource(f, OP_UNLOCK, "m");
	end(f);
	task(f, "a");
	with_resource(f, OP_UNLOCK, "m");
	end(f);
	expect_error(f, "unlock in task 'a' needs mutex 'm', which this task never locks");
	f = fixture_new();
	task(f, "a");
	with_resource(f, OP_COND_SIGNAL, "c");
	op(f, OP_COND_WAIT, (struct op_operands){.resource = "c", .mutex = "m"});
	end(f);
	expect_error(f, "cond_wait in task 'a' needs mutex 'm', which this task never locks");
}

Test(builder_program, an_operand_that_is_missing_is_asked_for)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	simple(f, OP_LOCK);
	end(f);
	expect_error(f, "lock in task 'a' needs the name of a mutex");
	f = fixture_new();
	task(f, "a");
	simple(f, OP_FORK);
	end(f);
	expect_error(f, "fork in task 'a' needs the name of a template");
	f = fixture_new();
	task(f, "a");
	simple(f, OP_MARK);
	end(f);
	expect_error(f, "mark in task 'a' needs a text");
	f = fixture_new();
	task(f, "a");
	simple(f, OP_AFFINITY);
	end(f);
	expect_error(f, "affinity in task 'a' needs cpus");
}

/* One op in a task that is fine otherwise. */
static struct fixture *doing(enum op_code code, struct op_operands operands)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	op(f, code, operands);
	end(f);
	return f;
}

Test(builder_program, operands_are_within_their_range)
{
	expect_error(doing(OP_NICE, (struct op_operands){.integer = -21}), "nice -21 in task 'a'");
	expect_error(doing(OP_EXIT, (struct op_operands){.integer = 256}),
		     "exit code 256 in task 'a'");
	expect_error(doing(OP_TIMER, (struct op_operands){0}),
		     "timer in task 'a' needs a period above 0");
	expect_error(doing(OP_RUN, (struct op_operands){.quantity.value = NEVER}),
		     "run in task 'a' is too long");
	expect_error(doing(OP_POLICY, (struct op_operands){.attr = {.policy = POLICY_FIFO}}),
		     "policy 'fifo' in task 'a' needs a priority of 1..99");
	expect_warning(doing(OP_SLICE, (struct op_operands){.quantity.value = USEC}),
		       "slice 1 us in task 'a': the kernel takes 100 us");
	expect_silence(doing(OP_SLICE, (struct op_operands){0}));
}

Test(builder_program, distributions_are_checked)
{
	struct quantity empty = drawn(DIST_EMPIRICAL, 0, 0),
			crossed = drawn(DIST_EXPONENTIAL, MSEC, 0);

	crossed.dist.min = 5, crossed.dist.max = 4;
	expect_error(doing(OP_RUN, (struct op_operands){.quantity = drawn(DIST_UNIFORM, 2, 1)}),
		     "a uniform distribution goes from the smaller to the larger");
	expect_error(doing(OP_RUN, (struct op_operands){.quantity = drawn(DIST_PARETO, 2, 0)}),
		     "a pareto distribution needs an alpha above 0");
	expect_error(doing(OP_RUN,
			   (struct op_operands){.quantity = drawn(DIST_LOGNORMAL, 2, 1000001)}),
		     "sigma of a lognormal distribution is at most 1000");
	expect_error(doing(OP_RUN, (struct op_operands){.quantity = empty}),
		     "an empirical distribution needs values");
	expect_error(doing(OP_RUN, (struct op_operands){.quantity = crossed}),
		     "a distribution's min 5 is above its max 4");
}

Test(builder_program, every_operand_of_an_op_is_one_of_the_list)
{
	for (int code = 0; code < NR_OPS; code++)
		for (const char *letter = op_infos[code].operands; *letter; letter++)
			cr_expect(operand_is_known(*letter), "%s: %c", op_infos[code].key, *letter);
}
