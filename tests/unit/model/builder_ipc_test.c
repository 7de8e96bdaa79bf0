/* SPDX-License-Identifier: MIT */
/* What tasks talk by: its operands as text, what cannot be meant. */
#include <criterion/criterion.h>

#include "builder_fixture.h"

Test(builder_ipc, operands_read_as_they_were_written)
{
	struct fixture *f = fixture_new();
	struct sem_op ops[] = {{.sem = 0, .add = -1, .undo = true}, {.sem = 1, .add = 2}};
	s32 values[] = {1, 0};
	struct op_watch watch = {.kind = WATCH_PIPE, .events = WATCH_OUT, .how = WATCH_EDGE};

	builder_sem_set(f->b, at_line(f, 1), "s", values, 2);
	task(f, "a");
	op(f, OP_EPOLL_ADD, (struct op_operands){.resource = "ep", .watched = "p", .watch = watch});
	op(f, OP_EPOLL_WAIT, (struct op_operands){.resource = "ep", .timeout_ns = 5 * MSEC});
	op(f, OP_READY, (struct op_operands){.watched = "p", .watch = watch});
	run(f, MSEC);
	end_loop(f);
	op(f, OP_SEMOP, (struct op_operands){.resource = "s", .sem_ops = ops, .nr_sem_ops = 2});
	op(f, OP_MSGSND, (struct op_operands){.resource = "q", .type = 3, .message_bytes = 100});
	op(f, OP_MQ_SEND, (struct op_operands){.resource = "m", .priority = 7});
	op(f, OP_SEND, (struct op_operands){.resource = "c", .end = 1, .quantity.value = 10});
	op(f, OP_TIMERFD_SET, (struct op_operands){.resource = "t", .timer = {MSEC, 2 * MSEC}});
	end(f);
	cr_assert_str_eq(fixture_listing(f), "   0  epoll_add ep, p out edge\n"
					     "   1  epoll_wait ep for at most 5 ms\n"
					     "   2  ready p out edge, to 4\n"
					     "   3    run 1 ms\n"
					     "   4  end, to 2\n"
					     "   5  semop s 0:-1 undo 1:+2\n"
					     "   6  msgsnd q type 3 100 bytes\n"
					     "   7  mq_send m priority 7\n"
					     "   8  send c.1, 10 bytes\n"
					     "   9  timerfd_settime t, 1 ms, then every 2 ms\n"
					     "  10  exit 0\n");
	fixture_free(f);
}

Test(builder_ipc, a_set_of_semaphores_is_declared)
{
	struct fixture *f = fixture_new();
	struct sem_op take = {.add = -1};
	s32 one = 1;

	builder_sem_set(f->b, at_line(f, 1), "sems", &one, 1);
	task(f, "a");
	op(f, OP_SEMOP,
	   (struct op_operands){.resource = "sens", .sem_ops = &take, .nr_sem_ops = 1});
	end(f);
	expect_error(
		f,
		"unknown semaphore set 'sens' (did you mean 'sems'?): a set is declared, with its "
		"first values");
}

/*
 * A block of `ready` is no loop: the end of a pipe leaves the loop around it, which therefore ends.
 */
Test(builder_ipc, a_ready_block_does_not_hide_that_a_loop_is_left)
{
	struct fixture *f = fixture_new();
	struct op_watch watch = {.kind = WATCH_PIPE, .events = WATCH_IN};

	builder_duration(f->b, NEVER);
	builder_pipe(f->b, at_line(f, 1), "p", 4096, PIPE_WITH_ENDS);
	task(f, "a");
	op(f, OP_EPOLL_ADD, (struct op_operands){.resource = "ep", .watched = "p", .watch = watch});
	loop(f, 0);
	op(f, OP_EPOLL_WAIT, (struct op_operands){.resource = "ep"});
	op(f, OP_READY, (struct op_operands){.watched = "p", .watch = watch});
	with_resource(f, OP_PIPE_READ, "p");
	end_loop(f);
	end_loop(f);
	end(f);
	task(f, "b");
	with_resource(f, OP_PIPE_WRITE, "p");
	end(f);
	expect_silence(f);
}

/*
 * x86-64: a timer interrupt takes 800 ns, a handler 1.2 us. A timerfd or a cpu time timer sends
 * nothing that often.
 */
Test(builder_ipc, a_period_without_room_for_its_handler_is_told)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	op(f, OP_TIMERFD_SET, (struct op_operands){.resource = "t", .timer = {1, 1}});
	op(f, OP_SETITIMER, (struct op_operands){.itimer = ITIMER_CPU_TIME, .timer = {1, 1}});
	op(f, OP_SETITIMER, (struct op_operands){.timer = {MSEC, MSEC}});
	op(f, OP_SETITIMER, (struct op_operands){.timer = {1, 1}});
	end(f);
	expect_warning(
		f,
		"setitimer in task 'a': an interrupt and a signal take 2 us, so with one each 1 ns the process does "
		"nothing else");
}
