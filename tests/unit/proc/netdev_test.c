/* SPDX-License-Identifier: MIT */
/* Network devices: NAPI, its budgets, queues (process.md 8.6, 9.3). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

static struct quantity ns(u64 value)
{
	return (struct quantity){.value = value};
}

/* Its interrupt takes 10 us. */
static void declare(struct rig *rig, u64 every, u64 packet, struct netdev_options options)
{
	options.has_every = every;
	options.every = ns(every);
	options.has_packet = options.has_irq = options.has_wire = true;
	options.packet = ns(packet);
	options.irq = ns(10 * USEC);
	options.wire = ns(MSEC);
	builder_netdev(rig->builder, (struct loc){0}, "eth", &options);
}

/* At 1, 2 and 3 ms; interrupt, softirq, and the reader has it. */
Test(netdev, a_packet_interrupts_is_polled_and_wakes_a_reader)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	declare(&rig, MSEC, 100 * USEC, (struct netdev_options){0});
	rig_task(&rig, "r", "loop 3; net_recv eth 1; mark got; end");
	rig_expect(&rig, MARKS, "1.11 ms mark r got\n2.11 ms mark r got\n3.11 ms mark r got\n");
}

/* Four packets come before it is over, and for each its work stands still for 110 us. */
Test(netdev, what_runs_there_stands_still_meanwhile)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	declare(&rig, MSEC, 100 * USEC, (struct netdev_options){0});
	rig_task(&rig, "hog", "run 4ms; mark over");
	rig_expect(&rig, MARKS, "4.44 ms mark hog over\n");
}

/*
 * A packet every 20 us takes 30, so there is more at the end of each poll than at its beginning.
 * The reader reads all there is: what was polled, at the end of each poll.
 */
Test(netdev, while_it_is_polled_it_does_not_interrupt)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	declare(&rig, 20 * USEC, 30 * USEC, (struct netdev_options){.irq_cpu = 1});
	rig_task_attr(&rig, "r", (struct rig_attr){.cpus = "0"},
		      "loop 4; net_recv eth 100; mark got; end");
	/*
	 * 20: interrupt until 30, one packet until 60. By then those of 40 and 60 are there: an
	 * interrupt at once, until 70, two packets until 130; those of 80, 100, 120: an interrupt,
	 * until 140, three until 230; those of 140 ... 220: until 240, five until 390.
	 */
	rig_expect(&rig, MARKS,
		   "60 us mark r got\n130 us mark r got\n230 us mark r got\n390 us mark r got\n");
}

/* Two readers wait; each packet is for one of them, in the order of their coming. */
Test(netdev, each_packet_wakes_one_reader)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	declare(&rig, MSEC, 0, (struct netdev_options){0});
	rig_task_attr(&rig, "r", (struct rig_attr){.count = 2},
		      "loop 2; net_recv eth 1; mark got; end");
	rig_expect(
		&rig, MARKS | RECORD_BIT(WAKEUP),
		"1.01 ms wakeup r0\n1.01 ms mark r0 got\n2.01 ms wakeup r1\n2.01 ms mark r1 got\n"
		"3.01 ms wakeup r0\n3.01 ms mark r0 got\n4.01 ms wakeup r1\n4.01 ms mark r1 got\n");
}

/*
 * Nobody reads until 10 ms: two of ten are kept. Those come without waiting; then one each
 * millisecond.
 */
Test(netdev, a_full_queue_loses_packets)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	declare(&rig, MSEC, 0, (struct netdev_options){.queue = 2});
	rig_task(&rig, "r", "sleep 10500us; loop 3; net_recv eth 1; mark got; end");
	rig_expect(&rig, MARKS, "10.5 ms mark r got\n10.5 ms mark r got\n11.01 ms mark r got\n");
}

/*
 * The wire takes a millisecond a packet. Two fit; the third waits until the first is done and freed
 * (interrupt 10 us), the fourth for the second.
 */
Test(netdev, who_sends_waits_while_the_device_is_full)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	declare(&rig, 0, 0, (struct netdev_options){.depth = 2});
	rig_task(&rig, "s",
		 "net_send eth 2; mark two; net_send eth 1; mark three; net_send eth 1; mark four");
	rig_expect(&rig, MARKS, "0 mark s two\n1.01 ms mark s three\n2.01 ms mark s four\n");
}

/*
 * More than the cpu can do: ksoftirqd shares it with a hog of nice 0, so that the hog has half of a
 * second and is over with its 400 ms before that; without ksoftirqd it would never come to run.
 */
Test(netdev, an_overload_is_left_to_ksoftirqd)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	declare(&rig, 5 * USEC, 10 * USEC, (struct netdev_options){0});
	rig_task(&rig, "hog", "run 400ms; mark over");
	rig_run(&rig, MARKS);
	cr_expect(!rig.failure);
	cr_expect(rig.end > 700 * MSEC && rig.end < 900 * MSEC, "%" PRIu64, rig.end);
	rig_fini(&rig);
}

/*
 * A packet each millisecond, there after 10 us of interrupt and 100 us of poll: each is a
 * connection, and wakes one of the acceptors in turn. Backlog 1 lets two wait: those of 3 and 4 ms
 * do while both are busy, and are served at 6.11 and 7.11 ms.
 */
Test(netdev, packets_are_connections)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	declare(&rig, MSEC, 100 * USEC,
		(struct netdev_options){.listener = "web", .request = 50, .irq_cpu = 1});
	builder_listener(rig.builder, (struct loc){0}, "web", 1, 0);
	rig_task_attr(
		&rig, "a", (struct rig_attr){.cpus = "0"},
		"loop 2; accept web; recv @web 99; mark a; sleep 5ms; send @web 99999; close @web; end");
	rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "0", .start_ns = 100 * USEC},
		      "loop 2; accept web; recv @web 99; mark b; sleep 5ms; close @web; end");
	cr_assert_str_eq(rig_run(&rig, RECORD_BIT(MARK)),
			 "1.11 ms mark a a\n2.11 ms mark b b\n6.11 ms mark a a\n7.11 ms mark b b\n",
			 "%s", rig.lines.at);
	rig_fini(&rig);
}
