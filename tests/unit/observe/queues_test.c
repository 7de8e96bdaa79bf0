/* SPDX-License-Identifier: MIT */
/* Lengths of wait queues over time. */
#include "observe/queues.h"

#include <criterion/criterion.h>

static void length_is(struct queues *queues, u64 when, u32 queue, u32 length, bool counts)
{
	queues_take(queues,
		    &(struct record){.kind = RECORD_QUEUE,
				     .when = when,
				     .task = queue,
				     .arg = length,
				     .value = 7 + queue},
		    counts);
}

/* One from 10 to 50, another from 20 to 40, three at once for no time: 40 + 20; five waits. */
Test(queues, waits_add_up)
{
	struct queues queues = {0};
	const struct queue_metrics *m;

	length_is(&queues, 0, 0, 0, true);
	length_is(&queues, 10, 0, 1, true);
	length_is(&queues, 20, 0, 2, true);
	length_is(&queues, 40, 0, 1, true);
	length_is(&queues, 50, 0, 0, true);
	length_is(&queues, 60, 0, 3, true);
	length_is(&queues, 60, 0, 0, true);
	queues_close(&queues, 100);
	m = &queues.at.at[0].metrics;
	cr_assert_eq(m->name, 7);
	cr_assert_eq(m->waits, 5);
	cr_assert_eq(m->max_waiters, 3);
	cr_assert_eq(m->waited_ns, 60);
	queues_fini(&queues);
}

/*
 * Two wait already when the window opens at 100, one of them until 130, the other beyond its end at
 * 200.
 */
Test(queues, a_window_cuts_waits)
{
	struct queues queues = {0};
	const struct queue_metrics *m;

	length_is(&queues, 0, 1, 0, false);
	length_is(&queues, 50, 1, 9, false);
	length_is(&queues, 60, 1, 2, false);
	queues_open(&queues, 100);
	length_is(&queues, 130, 1, 1, true);
	queues_close(&queues, 200);
	m = &queues.at.at[1].metrics;
	cr_assert_eq(m->waits, 0);
	cr_assert_eq(m->max_waiters, 2);
	cr_assert_eq(m->waited_ns, 30 + 100);
	queues_fini(&queues);
}
