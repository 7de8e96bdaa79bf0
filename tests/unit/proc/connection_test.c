/* SPDX-License-Identifier: MIT */
/* Listening, connections, datagrams, shutdown (process.md 8.6, net/unix/af_unix.c). */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

#define MARKS (RECORD_BIT(MARK) | RECORD_BIT(FAILED))
#define WAKES (RECORD_BIT(WAKEUP) | MARKS)

static const struct loc nowhere;

/* Exclusive, in order of arrival, whatever the priority: each connect wakes one. */
Test(connection, acceptors_are_served_in_order_one_each)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w1", (struct rig_attr){.fifo = 3}, "accept web; mark got; sleep 9ms");
	rig_task_attr(&rig, "w2", (struct rig_attr){.fifo = 2}, "accept web; mark got; sleep 9ms");
	rig_task_attr(&rig, "w3", (struct rig_attr){.fifo = 4, .start_ns = 100 * USEC},
		      "accept web; mark got; sleep 9ms");
	rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 90},
		      "loop 3; sleep 1ms; connect web; end; sleep 9ms");
	rig_expect(&rig, MARKS, "1 ms mark w1 got\n2 ms mark w2 got\n3 ms mark w3 got\n");
}

/*
 * unix_recvq_full(): backlog 2 lets three connections wait; the fourth connect sleeps until one is
 * accepted, the fifth until the next is. Who got through may send before anybody has accepted.
 */
Test(connection, a_full_backlog_lets_connects_wait)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_listener(rig.builder, nowhere, "web", 2, 0);
	rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 90, .count = 5},
		      "connect web; mark on; send @web 100; sleep 20ms");
	rig_task(
		&rig, "s",
		"sleep 1ms; accept web; recv @web 100; mark data; sleep 1ms; accept web; sleep 9ms");
	rig_expect(
		&rig, MARKS,
		"0 mark c0 on\n0 mark c1 on\n0 mark c2 on\n1 ms mark c3 on\n1 ms mark s data\n2 ms mark c4 on\n");
}

/* A child holds its parent's end, too: the client sees the end when both have gone. */
Test(connection, ends_close_with_their_last_holder)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "child",
		     "loop; recv @web 100; mark read; end; mark eof; sleep 3ms; send @web 1");
	rig_task(&rig, "server", "accept web; fork child; close @web; sleep 20ms");
	rig_task(
		&rig, "client",
		"sleep 1ms; connect web; send @web 10; shutdown @web+out; loop; recv @web 1; mark answer; end; mark end");
	rig_expect(
		&rig, MARKS,
		"1 ms mark child read\n1 ms mark child eof\n4 ms mark client answer\n4 ms mark client end\n");
}

Test(connection, a_send_to_a_closed_connection_breaks_the_pipe)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "s", "accept web; sleep 1ms; close @web; sleep 5ms");
	rig_task(&rig, "c", "connect web; sleep 2ms; send @web 10");
	rig_expect(&rig, RECORD_BIT(EXIT), "2 ms exit c 0xd\n6 ms exit s 0x0\n");
}

/*
 * Who finds nothing to accept goes on behind the close; calls about a connection that is not there
 * fail (EBADF).
 */
Test(connection, what_fails)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_listener(rig.builder, nowhere, "web", 1, 0);
	rig_task(
		&rig, "a",
		"accept~ web; mark no; close @web; mark on; loop 2; recv @web 1; mark no; end; mark out");
	rig_task(
		&rig, "c",
		"sleep 1ms; loop 2; connect web; end; connect~ web; mark no; close @web; mark full");
	rig_expect(&rig, MARKS,
		   "0 failed a EAGAIN web\n0 mark a on\n0 failed a EBADF web\n0 mark a out\n"
		   "1 ms failed c EAGAIN web\n1 ms mark c full\n");
}

/* listen(fd, 0): the queue is full when it holds more than its backlog, so one connection waits. */
Test(connection, a_backlog_of_none_holds_one)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_listener(rig.builder, nowhere, "web", 0, 0);
	rig_task(&rig, "c",
		 "connect web; mark one; connect~ web; mark no; close @web; mark full; kill s");
	rig_task(&rig, "s", "sleep 1ms; accept web; mark never; close @web");
	rig_expect(&rig, MARKS, "0 mark c one\n0 failed c EAGAIN web\n0 mark c full\n");
}

/*
 * A level-triggered epoll each: a connection wakes them all, one gets it. Exclusive: one is woken.
 */
Test(connection, epoll_at_a_listener_is_a_herd_unless_exclusive)
{
	for (u32 exclusive = 0; exclusive < 2; exclusive++) {
		static const char *const names[] = {"w0", "w1", "w2"};
		struct rig rig;
		char program[160];

		rig_init(&rig, 1, "v6.12");
		builder_epoll(rig.builder, nowhere, "ep", true);
		snprintf(
			program, sizeof(program),
			"epoll_add ep listener=web%s; epoll_wait ep; mark woken; accept~ web; mark got; close @web",
			exclusive ? "+excl" : "");
		for (u32 i = 0; i < 3; i++)
			rig_task_attr(&rig, names[i], (struct rig_attr){.fifo = 9 - i}, program);
		rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 90},
			      "sleep 1ms; connect web; sleep 1ms; kill w1; kill w2");
		/*
		 * Without: all are woken, w0 is the first to accept, and the others find the
		 * listener not ready any more.
		 */
		rig_expect(
			&rig, MARKS | RECORD_BIT(FUTILE),
			exclusive
				? "1 ms mark w0 woken\n1 ms mark w0 got\n"
				: "1 ms mark w0 woken\n1 ms mark w0 got\n1 ms futile w1\n1 ms futile w2\n");
	}
}

/*
 * An accept begins anew after a handler with SA_RESTART, else EINTR. The dead leave no connection.
 */
Test(connection, signals_and_deaths)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(
		&rig, "s",
		"sigaction USR1=h+restart; accept web; mark got; loop; recv @web 1; mark no; end; mark eof; "
		"sigaction USR1=h; accept web; mark broken");
	rig_task(&rig, "c", "sleep 2ms; connect web; recv @web 1; mark no");
	rig_task(&rig, "k",
		 "sleep 1ms; signal USR1 s; sleep 2ms; kill c; sleep 1ms; signal USR1 s");
	rig_expect(
		&rig, MARKS,
		"1 ms mark s handler\n2 ms mark s got\n3 ms mark s eof\n4 ms mark s handler\n4 ms mark s broken\n");
}

/*
 * Threads have one table of files: a worker goes on with what its creator has accepted (its
 * argument), and the close of either is for both (EBADF). Meanwhile the acceptor has the next
 * connection, and the first stays open.
 */
Test(connection, threads_share_what_is_open)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "worker",
		     "recv @web 10; mark read; sleep 2ms; send @web 5; close @web; sleep 1ms; "
		     "loop; recv @web 1; mark no; end; mark out");
	rig_task(
		&rig, "server",
		"accept web; clone worker; accept web; clone worker; sleep 1500us; close @web; sleep 20ms");
	rig_task(
		&rig, "one",
		"sleep 1ms; connect web; send @web 10; loop; recv @web 100; mark answer; end; mark end");
	rig_task(
		&rig, "two",
		"sleep 2ms; connect web; send @web 10; loop; recv @web 100; mark answer; end; mark end");
	/*
	 * The second one is closed by the server while its worker sleeps: what that sends goes
	 * nowhere.
	 */
	rig_expect(
		&rig, MARKS,
		"1 ms mark worker read\n2 ms mark worker read\n"
		"3 ms mark one answer\n3 ms mark one end\n3.5 ms mark two end\n"
		"4 ms failed worker EBADF web\n4 ms failed worker EBADF web\n4 ms mark worker out\n"
		"5 ms failed worker EBADF web\n5 ms mark worker out\n");
}

/*
 * A thread that dies with a connection leaves it open: exit_files() of one that is not the last of
 * its table.
 */
Test(connection, what_a_dead_thread_had_open_ends_with_its_process)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "worker", "accept web; sleep 1ms");
	rig_task(&rig, "server", "clone worker; sleep 5ms");
	rig_task(&rig, "client", "connect web; recv @web 1; mark no");
	rig_expect(&rig, RECORD_BIT(EXIT),
		   "1 ms exit worker 0x0\n5 ms exit server 0x0\n5 ms exit client 0x0\n");
}

/*
 * Watching is a use, too: by a poll, and by an epoll (of which the program has just the one that it
 * adds to, as the other's was closed with the program before). Without, the client's send is
 * answered with SIGPIPE.
 */
Test(connection, exec_keeps_what_the_program_only_watches)
{
	static const char *const programs[] = {
		"poll connection=web 20ms; ready connection=web; mark told; end",
		"epoll_add ep connection=web; epoll_wait ep+1+20ms; ready connection=web; mark told; end",
		"sleep 8ms",
	};

	for (u32 i = 0; i < 3; i++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.18");
		rig_template(&rig, "prog", programs[i]);
		rig_task(&rig, "server", "accept web; sleep 1ms; exec /bin/prog prog");
		rig_task(&rig, "client", "connect web; sleep 5ms; send @web 10; mark sent");
		rig_expect(&rig, RECORD_BIT(MARK),
			   i < 2 ? "5 ms mark client sent\n5 ms mark prog told\n" : "");
	}
}

/* A new program keeps what it uses; what the old one had besides is closed. */
Test(connection, exec_keeps_what_the_program_uses)
{
	for (u32 uses = 0; uses < 2; uses++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		rig_template(&rig, "prog",
			     uses ? "sleep 2ms; send @web 1; sleep 2ms" : "sleep 4ms");
		rig_task(&rig, "server", "accept web; sleep 1ms; exec /bin/prog prog");
		rig_task(&rig, "client",
			 "connect web; loop; recv @web 1; mark answer; end; mark end");
		rig_expect(&rig, MARKS,
			   uses ? "3 ms mark client answer\n5 ms mark client end\n"
				: "1 ms mark client end\n");
	}
}

/*
 * A reader has the file while its call lasts (fdget()), so another thread's close does not end the
 * connection: the byte at 5 ms still comes. Only then the client sees the end. The reader whose
 * call a handler has broken off finds no file (EBADF).
 */
Test(connection, a_close_under_a_sleeper)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "handler", "sleep 2ms");
	rig_template(&rig, "reader",
		     "sigmask unblock USR1; loop; recv @web 1; mark byte; end; mark out");
	rig_task(
		&rig, "server",
		"sigaction USR1=handler+restart; sigmask block USR1; accept web; clone reader; clone reader; "
		"sleep 1ms; signal USR1; sleep 1ms; close @web; sleep 9ms");
	rig_task(&rig, "client",
		 "connect web; sleep 5ms; send @web 1; loop; recv @web 1; end; mark end");
	rig_expect(
		&rig, MARKS,
		"3 ms failed reader EBADF web\n3 ms mark reader out\n"
		"5 ms mark reader byte\n5 ms failed reader EBADF web\n5 ms mark reader out\n5 ms mark client end\n");
}

/*
 * Who dies in his call lets the file go: the client sees the end at 2 ms, and what is closed in no
 * call at once.
 */
Test(connection, a_close_under_a_sleeper_who_dies)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "reader", "recv @web 1; mark no");
	rig_task(&rig, "server",
		 "accept web; clone reader; sleep 1ms; close @web; sleep 1ms; exit_group 0");
	rig_task(&rig, "client", "connect web; loop; recv @web 1; end; mark end");
	rig_expect(&rig, MARKS, "2 ms mark client end\n");
}

static u32 count(const char *lines, const char *what)
{
	u32 nr = 0;

	for (; (lines = strstr(lines, what)); lines++)
		nr++;
	return nr;
}

/*
 * SO_REUSEPORT: who accepts has a socket of its own, and what went to another's is not its to take,
 * even if it is free.
 */
Test(connection, sockets_that_share_an_address)
{
	u32 of_first = 0, waited = 0;

	for (u64 seed = 1; seed <= 8; seed++) {
		struct rig rig;
		const char *lines;

		rig_init(&rig, 2, "v6.12");
		builder_seed(rig.builder, seed);
		builder_duration(rig.builder, SEC);
		builder_listener_sockets(rig.builder,
					 builder_listener(rig.builder, nowhere, "web", 100, 0), 2);
		rig_task(
			&rig, "first",
			"accept web; mark got; sleep 50ms; loop 40; accept~ web; mark later; close @web; end");
		rig_task(&rig, "other", "sleep 1us; loop; accept web; mark got; end");
		rig_task(&rig, "c", "sleep 1ms; loop 20; connect web; end; mark done; sleep 100ms");
		lines = rig_run(&rig, MARKS);
		of_first += count(lines, "mark first");
		waited += count(lines, "mark first later");
		cr_assert_eq(count(lines, "mark first") + count(lines, "mark other got"), 20,
			     "seed %" PRIu64 ":\n%s", seed, lines);
		rig_fini(&rig);
	}
	/* 160 in all, half of them for each: within four standard deviations of 6.3. */
	cr_assert(of_first > 55 && of_first < 105, "%u of 160", of_first);
	cr_assert_eq(waited, of_first - 8);
}

/* Both sides die while they wait for each other: nothing of the connection is left behind. */
Test(connection, both_die_at_once)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "s", "accept web; recv @web 1");
	rig_task(&rig, "c", "connect web; recv @web 1");
	rig_task(&rig, "k", "sleep 1ms; kill s; kill c; sleep 1ms; mark over");
	rig_expect(&rig, MARKS, "2 ms mark k over\n");
}

/*
 * Messages stay apart, what does not fit is cut off; receivers are exclusive and in order of
 * arrival.
 */
Test(datagram, one_message_for_one_receiver)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket_kind(rig.builder, nowhere, "d", 0, SOCKET_DATAGRAM);
	rig_task_attr(&rig, "r1", (struct rig_attr){.fifo = 2},
		      "recv d.1 10; mark got; recv d.1 10; mark got");
	rig_task_attr(&rig, "r2", (struct rig_attr){.fifo = 1}, "recv d.1 1000; mark got");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; send d.0 300; sleep 1ms; send d.0 300; sleep 1ms; send d.0 1");
	rig_expect(
		&rig, WAKES,
		"1 ms wakeup s\n1 ms wakeup r1\n1 ms mark r1 got\n2 ms wakeup s\n2 ms wakeup r2\n2 ms mark r2 got\n"
		"3 ms wakeup s\n3 ms wakeup r1\n3 ms mark r1 got\n");
}

/*
 * sock_alloc_send_pskb(): 4608 is used up by six messages of 768. unix_writable() with one left,
 * 768 * 4 = 3072, so after five received. What is longer than 4608 - 32 is refused.
 */
Test(datagram, a_pair_is_limited_by_the_senders_buffer)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket_kind(rig.builder, nowhere, "d", 4608, SOCKET_DATAGRAM);
	rig_task(
		&rig, "s",
		"loop 6; send d.0 100; end; mark full; send~ d.0 100; send d.0 100; mark room; send d.0 4600; mark big");
	rig_task(&rig, "r", "loop 6; sleep 1ms; recv d.1 100; end");
	rig_expect(&rig, MARKS,
		   "0 mark s full\n5 ms mark s room\n5 ms failed s EMSGSIZE d\n5 ms mark s big\n");
}

/*
 * max_dgram_qlen 10: eleven are in the queue, then senders wait exclusively, in order of arrival.
 */
Test(datagram, a_mailbox_holds_eleven)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket_kind(rig.builder, nowhere, "log", 0, SOCKET_MAILBOX);
	rig_task(&rig, "a", "loop 11; send log.0 100; end; mark full; send log.0 100; mark sent");
	rig_task(&rig, "b", "sleep 500us; send log.0 100; mark sent");
	rig_task(&rig, "r", "loop 2; sleep 1ms; recv log.1 100; end");
	rig_expect(
		&rig, WAKES,
		"0 mark a full\n500 us wakeup b\n1 ms wakeup r\n1 ms wakeup a\n1 ms mark a sent\n"
		"2 ms wakeup r\n2 ms wakeup b\n2 ms mark b sent\n");
}

/* unix_shutdown(): the other side receives what is left and the end; what it sends still comes. */
Test(shutdown, one_direction)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, nowhere, "s", 0, true);
	rig_task(&rig, "a",
		 "send s.0 10; shutdown s.0+out; recv s.0 5; mark answer; send s.0 1; mark no");
	rig_task(&rig, "b",
		 "sleep 1ms; loop; recv s.1 100; mark got; end; mark eof; send s.1 5; sleep 3ms");
	rig_expect(
		&rig, MARKS | RECORD_BIT(EXIT),
		"1 ms mark b got\n1 ms mark b eof\n1 ms mark a answer\n1 ms exit a 0xd\n4 ms exit b 0x0\n");
}

/* What a does not receive any more b cannot send, but b may go on to receive. */
Test(shutdown, wakes_who_waits)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, nowhere, "s", 0, true);
	rig_task(&rig, "a", "recv s.0 1; mark eof");
	rig_task(&rig, "b", "recv s.1 1; mark eof; sleep 3ms");
	rig_task(&rig, "k", "sleep 1ms; shutdown s.0+in; sleep 1ms; shutdown s.0; sleep 5ms");
	rig_expect(&rig, MARKS, "1 ms mark a eof\n2 ms mark b eof\n");
}

/*
 * A send that has sent a part tells how much; only the next one fails. Pieces of 4032
 * (socket_test.c): two are sent.
 */
Test(shutdown, a_partial_send_gets_its_count)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_socket(rig.builder, nowhere, "s", 8192, true);
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "a", "sigaction PIPE=h; loop; send s.0 12096; mark part; end; mark end");
	rig_task(&rig, "b", "recv s.1 1; sleep 1ms; shutdown s.1+in; sleep 5ms");
	rig_expect(&rig, MARKS, "1 ms mark a part\n1 ms mark a handler\n1 ms mark a end\n");
}

/*
 * What is meant by the name is watched: data, room and the end as of a socket; the answer of a
 * client comes 1 ms later.
 */
Test(connection, is_polled_by_who_means_it)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "server", "accept web; recv @web 10; sleep 3ms; send @web 10; sleep 3ms");
	rig_task(
		&rig, "client",
		"poll connection=web 1ms; ready connection=web; mark nothing; end; connect web; send @web 10; poll connection=web+out; "
		"ready connection=web+out; mark room; end; poll connection=web 1ms; ready connection=web; mark early; end; "
		"poll connection=web; ready connection=web; recv @web 10; mark data; end; poll connection=web; ready connection=web; "
		"mark end; end");
	rig_expect(&rig, MARKS,
		   "1 ms mark client room\n4 ms mark client data\n7 ms mark client end\n");
}

/*
 * Each epoll has the connection that its task meant when it was added, and no more when its last
 * holder has closed it.
 */
Test(connection, is_watched_by_an_epoll_until_it_is_closed)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(
		&rig, "server",
		"epoll_add ep connection=web; accept web; epoll_add ep connection=web; loop 2; epoll_wait ep; ready connection=web; "
		"recv @web 10; mark data; end; end; close @web; epoll_wait ep+1+5ms; ready connection=web; mark no; end; mark over; "
		"accept web; epoll_add ep connection=web; epoll_wait ep; ready connection=web; mark next; end");
	rig_task(
		&rig, "client",
		"connect web; sleep 1ms; send @web 10; sleep 1ms; send @web 10; sleep 5ms; connect web; send @web 10; sleep 9ms");
	rig_expect(
		&rig, MARKS,
		"0 failed server EBADF ep\n1 ms mark server data\n2 ms mark server data\n7 ms mark server over\n"
		"7 ms mark server next\n");
}

#define EVENT_LOOP                                                                                                             \
	"epoll_add ep listener=web; loop 9; epoll_wait ep; ready listener=web; accept web; epoll_add ep connection=web; end; " \
	"ready connection=web; recv @web 10; mark request; run 1ms; send @web 10; end; end"

/*
 * What is watched stays open beside others; each that is told of is meant in its turn (at 2 ms b
 * and c), and its end ends the block and nothing else.
 */
Test(connection, one_thread_serves_many)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	builder_duration(rig.builder, 20 * MSEC);
	rig_task(&rig, "server", EVENT_LOOP);
	rig_task(
		&rig, "a",
		"connect web; sleep 1ms; send @web 10; recv @web 10; mark a; close @web; sleep 9ms");
	rig_task(
		&rig, "b",
		"connect web; sleep 1200us; send @web 10; recv @web 10; mark b; sleep 3ms; send @web 10; recv @web 10; mark b; sleep 9ms");
	rig_task(&rig, "c",
		 "connect web; sleep 1300us; send @web 10; recv @web 10; mark c; sleep 9ms");
	rig_expect(
		&rig, MARKS,
		"1 ms mark server request\n2 ms mark server request\n2 ms mark a a\n3 ms mark server request\n3 ms mark b b\n"
		"4 ms mark c c\n6 ms mark server request\n7 ms mark b b\n");
}

/* A loop within the block is left as any other; behind it the block goes on. */
Test(connection, a_loop_within_is_left_before_the_block)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(
		&rig, "server",
		"accept web; epoll_add ep connection=web; epoll_wait ep; ready connection=web; loop 9; recv @web 10; mark data; end; "
		"mark eof; recv @web 10; mark never; end; mark behind; recv @web 10; mark closed");
	rig_task(&rig, "client", "connect web; sleep 1ms; send @web 20; close @web");
	rig_expect(
		&rig, MARKS,
		"1 ms mark server data\n1 ms mark server data\n1 ms mark server eof\n1 ms mark server behind\n"
		"1 ms failed server EBADF web\n1 ms mark server closed\n");
}
