/* SPDX-License-Identifier: MIT */
/* Resources exist by being used; what cannot work, or is most likely misspelt, is told. */
#include <criterion/criterion.h>

#include "builder_fixture.h"

Test(builder_resource, use_before_declaration_is_one_thing)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	with_resource(f, OP_LOCK, "m");
	with_resource(f, OP_UNLOCK, "m");
	end(f);
	cr_assert_eq(builder_mutex(f->b, at_line(f, 9), "m", MUTEX_PI), 0);
	fixture_finish(f);
	cr_assert_eq(f->w->nr_mutexes, 1);
	cr_assert_eq(f->w->mutexes[0].kind, MUTEX_PI);
	fixture_free(f);
}

Test(builder_resource, kinds_have_names_of_their_own)
{
	struct fixture *f = fixture_new();

	builder_semaphore(f->b, at_line(f, 2), "x", 3);
	builder_pipe(f->b, at_line(f, 3), "x", 100, PIPE_ENDLESS);
	task(f, "x");
	with_resource(f, OP_SEM_WAIT, "x");
	op(f, OP_PIPE_WRITE, (struct op_operands){.resource = "y", .quantity.value = 1});
	end(f);
	fixture_finish(f);
	cr_assert_eq(f->w->semaphores[0].value, 3);
	cr_assert_eq(f->w->pipes[0].capacity, 100);
	cr_assert_eq(f->w->pipes[1].capacity, 65536);
	cr_assert_eq(f->w->nr_mutexes, 0);
	fixture_free(f);
}

Test(builder_resource, two_declarations_of_one_name_are_an_error)
{
	struct fixture *f = fixture_new();

	plain_task(f, "a");
	builder_bare(f->b, at_line(f, 2), SYMBOL_COND, "c");
	builder_bare(f->b, at_line(f, 3), SYMBOL_COND, "c");
	expect_error(f, "condition 'c' is declared twice");
}

Test(builder_resource, a_barrier_is_declared_with_its_parties)
{
	struct fixture *f = fixture_new();

	builder_barrier(f->b, at_line(f, 2), "start", 1);
	task(f, "a");
	with_resource(f, OP_BARRIER, "strat");
	end(f);
	expect_error(f, "unknown barrier 'strat' (did you mean 'start'?)");
	f = fixture_new();
	plain_task(f, "a");
	builder_barrier(f->b, at_line(f, 2), "start", 0);
	expect_error(f, "barrier 'start' needs at least one party");
	f = fixture_new();
	plain_task(f, "a");
	builder_pipe(f->b, at_line(f, 2), "p", 0, PIPE_ENDLESS);
	expect_error(f, "pipe 'p' needs a capacity of at least one byte");
}

/* Two tasks of @count instances in all come twice to a barrier of 4. */
static struct fixture *barrier_of_four(u32 count, bool is_template)
{
	struct fixture *f = fixture_new();

	builder_barrier(f->b, at_line(f, 2), "b", 4);
	for (u32 i = 0; i < 2; i++) {
		struct task_spec *spec = task(f, i ? "x" : "y");

		spec->count = i ? 1 : count - 1;
		spec->is_template = is_template && i;
		with_resource(f, OP_BARRIER, "b");
		with_resource(f, OP_BARRIER, "b");
		if (is_template && !i)
			with_task(f, OP_FORK, "x");
		end(f);
	}
	return f;
}

Test(builder_resource, a_barrier_that_too_few_tasks_come_to_is_told)
{
	expect_warning(barrier_of_four(3, false),
		       "barrier 'b' has 4 parties, but only 3 tasks come to it");
	expect_silence(barrier_of_four(4, false));
	expect_silence(barrier_of_four(2, true)); /* a template may be forked any number of times */
}

Test(builder_resource, waiting_for_what_nobody_gives_is_told)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	with_resource(f, OP_LOCK, "m");
	op(f, OP_COND_WAIT, (struct op_operands){.resource = "ready", .mutex = "m"});
	with_resource(f, OP_COND_BROADCAST, "redy");
	end(f);
	expect_warning(
		f, "waiting for condition 'ready', but no task signals it (did you mean 'redy'?)");
	f = fixture_new();
	task(f, "a");
	with_resource(f, OP_SEM_WAIT, "s");
	end(f);
	expect_warning(f, "waiting for semaphore 's', but no task posts it");
	/* A first value answers the first read. */
	for (u32 value = 0; value < 2; value++) {
		f = fixture_new();
		builder_eventfd(f->b, at_line(f, 2), "e", value, false);
		task(f, "a");
		with_resource(f, OP_EVENT_READ, "e");
		end(f);
		if (value)
			expect_silence(f);
		else
			expect_warning(f, "reading eventfd 'e', but no task writes into it");
	}
	f = fixture_new();
	task(f, "a");
	op(f, OP_PIPE_READ, (struct op_operands){.resource = "p", .quantity.value = 1});
	end(f);
	expect_warning(f, "reading from pipe 'p', but no task writes into it");
}

/*
 * Who waits for a time at most goes on. The second wait, without an end, is the one that is told.
 */
Test(builder_resource, a_wait_with_an_end_needs_nobody)
{
	for (u32 waits = 1; waits <= 2; waits++) {
		struct fixture *f = fixture_new();

		task(f, "a");
		for (u32 i = 0; i < waits; i++)
			op(f, OP_SEM_WAIT,
			   (struct op_operands){.resource = "s", .timeout_ns = i ? 0 : MSEC});
		end(f);
		if (waits == 1)
			expect_silence(f);
		else
			expect_warning(f, "waiting for semaphore 's', but no task posts it");
	}
}

/* Neither a send nor a receive makes a connection. */
Test(builder_resource, a_connection_that_nobody_makes_is_told)
{
	for (u32 i = 0; i < 2; i++) {
		struct fixture *f = fixture_new();

		task(f, "a");
		op(f, i ? OP_SEND : OP_RECV,
		   (struct op_operands){
			   .resource = "wbe", .connection = true, .quantity.value = 1});
		end(f);
		task(f, "b");
		with_resource(f, OP_CONNECT, "web");
		end(f);
		expect_warning(
			f,
			"there is no connection of listener 'wbe': no task connects to it or accepts there (did you mean 'web'?)");
	}
}

Test(builder_resource, a_semaphore_that_starts_above_zero_needs_no_post)
{
	struct fixture *f = fixture_new();

	builder_semaphore(f->b, at_line(f, 2), "s", 1);
	task(f, "a");
	with_resource(f, OP_SEM_WAIT, "s");
	end(f);
	expect_silence(f);
}
