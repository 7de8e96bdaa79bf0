/* SPDX-License-Identifier: MIT */
/* Hogs under ticks run in the order of fair.md 11.1, 11.7 and 11.8. */
#include <string.h>

#include "fair_fixture.h"

static struct fixture f;

static void teardown(void)
{
	fixture_fini(&f);
}

TestSuite(fair_schedule, .fini = teardown);

/* Hogs of these nice values, all at the same virtual time, in order; NULL: with the custom slices.
 */
static void hogs(const char *kernel, u32 hz, u32 nr, const s32 *nice, const u64 *slice)
{
	fixture_init(&f, (struct fixture_options){kernel, .cpus = 8, .hz = hz});
	f.queue->virtual_base = 0;
	for (u32 i = 0; i < nr; i++) {
		struct task *task = fixture_task(&f, (struct sched_attr){
							     .nice = (s8)(nice ? nice[i] : 0),
							     .slice_ns = slice ? slice[i] : 0,
						     });

		/* As one that slept at this virtual time: no debit, a whole slice. */
		sched_park(&f.sched, task, 0, TASK_INTERRUPTIBLE);
		task->fair.vruntime = 0;
		sched_wake(&f.sched, task, TASK_NORMAL, 0);
	}
}

static void expect(u32 hz, u64 end_ms, const char *timeline)
{
	char text[512];

	fixture_timeline(&f, SEC / hz, end_ms * MSEC, text, sizeof(text));
	cr_expect_str_eq(text, timeline);
}

static const s32 nice_005[] = {0, 0, 5};

Test(fair_schedule, three_hogs_under_cfs)
{
	hogs("v6.1", 250, 3, nice_005, NULL);
	expect(250, 100, "0A 12B 24C 28A 40B 52C 56A 68B 80C 84A 96B");
}

Test(fair_schedule, three_hogs_under_cfs_at_1000_hz)
{
	hogs("v6.1", 1000, 3, nice_005, NULL);
	expect(1000, 90, "0A 11B 22C 26A 37B 48C 52A 63B 74C 78A 89B");
}

Test(fair_schedule, three_hogs_under_eevdf)
{
	hogs("v6.12", 250, 3, nice_005, NULL);
	expect(250, 44, "0A 4B 8C 12A 16B 20A 24B 28A 32B 36C 40A");
}

Test(fair_schedule, three_hogs_under_eevdf_with_min_slice_protection)
{
	hogs("v6.18", 250, 3, nice_005, NULL);
	expect(250, 44, "0A 4B 8C 12A 16B 20A 24B 28A 32B 36C 40A");
}

Test(fair_schedule, three_hogs_under_eevdf_at_1000_hz)
{
	hogs("v6.18", 1000, 3, nice_005, NULL);
	expect(1000, 33, "0A 3B 6C 9A 12B 15A 18B 21A 24B 27C 30A");
}

static const u64 slice_long[] = {0, 20 * MSEC};

Test(fair_schedule, a_long_slice_is_protected_to_its_deadline)
{
	hogs("v6.12", 250, 2, NULL, slice_long);
	expect(250, 88, "0A 4B 24A 44B 64A 84B");
}

Test(fair_schedule, a_long_slice_is_protected_to_its_deadline_at_1000_hz)
{
	hogs("v6.12", 1000, 2, NULL, slice_long);
	expect(1000, 62, "0A 3B 23A 41B 61A");
}

Test(fair_schedule, a_long_slice_is_protected_for_the_least_slice)
{
	hogs("v6.18", 250, 2, NULL, slice_long);
	expect(250, 24, "0A 4B 8A 12B 16A 20B");
}

Test(fair_schedule, a_long_slice_is_protected_for_the_least_slice_at_1000_hz)
{
	hogs("v6.18", 1000, 2, NULL, slice_long);
	expect(1000, 15, "0A 3B 6A 9B 12A");
}
