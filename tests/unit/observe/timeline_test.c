/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "base/rng.h"
#include "feed.h"
#include "observe/timeline.h"

static struct observer_config config(u32 points, u64 end_ns)
{
	return (struct observer_config){
		.timeline = true,
		.metrics = true,
		.timeline_points = points,
		.end_ns = end_ns,
	};
}

static const struct timeline *finish(struct feed *feed, u64 when)
{
	feed_end(feed, when);
	return observer_timeline(feed->observer);
}

Test(timeline, intervals_are_exact_while_there_are_few)
{
	struct feed feed;

	feed_init(&feed, config(0, 0));
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	feed_task(&feed, 3, "b");
	feed_wakeup(&feed, 10, 2, 0);
	feed_switch(&feed, 20, 0, 0, STATE_R, 2);
	feed_switch(&feed, 50, 0, 2, STATE_S, 0);
	feed_wakeup(&feed, 60, 3, 1);
	feed_switch(&feed, 70, 1, 1, STATE_R, 3);
	const struct timeline *line = finish(&feed, 100);

	cr_assert_eq(line->resolution_ns, 0);
	cr_assert_eq(line->cpus[0].nr_intervals, 1);
	cr_assert_eq(line->cpus[0].intervals[0].from, 20);
	cr_assert_eq(line->cpus[0].intervals[0].to, 50);
	cr_assert_eq(line->cpus[0].intervals[0].task, 2);
	cr_assert_eq(line->cpus[1].nr_intervals, 1); /* cut by the end */
	cr_assert_eq(line->cpus[1].intervals[0].to, 100);
	cr_assert_str_eq(names_text(line->names, line->cpus[1].intervals[0].comm), "b");
	feed_fini(&feed);
}

/* Task 2 and 3 take turns on cpu 0 without a pause, @each ns long, @turns times. */
static void turns(struct feed *feed, u64 turns, u64 each)
{
	feed_idle_tasks(feed);
	feed_task(feed, 2, "a");
	feed_task(feed, 3, "b");
	feed_wakeup(feed, 0, 2, 0);
	feed_wakeup(feed, 0, 3, 0);
	feed_switch(feed, 0, 0, 0, STATE_R, 2);
	for (u64 i = 1; i < turns; i++)
		feed_switch(feed, i * each, 0, i % 2 ? 2 : 3, STATE_R, i % 2 ? 3 : 2);
}

Test(timeline, the_number_of_intervals_is_bounded)
{
	struct feed feed;

	feed_init(&feed, config(1000, 0));
	turns(&feed, 100000, 1000);
	const struct timeline *line = finish(&feed, 100000 * 1000);
	const struct timeline_cpu *cpu = &line->cpus[0];

	cr_assert_gt(line->resolution_ns, 0);
	cr_assert_leq(line->nr_intervals, 1000);
	cr_assert_gt(line->nr_intervals, 10);
	cr_assert_eq(line->nr_switches, 100000);
	for (u32 i = 0; i < cpu->nr_intervals; i++) {
		cr_assert_lt(cpu->intervals[i].from, cpu->intervals[i].to);
		if (i > 0)
			cr_assert_geq(cpu->intervals[i].from, cpu->intervals[i - 1].to);
	}
	feed_fini(&feed);
}

Test(timeline, a_task_that_never_has_most_of_a_cell_still_has_its_share_of_cells)
{
	struct feed feed;
	u64 at = 0, shown[3] = {0};

	/* Three tasks with a tenth each, in turn; the cpu is idle for the rest. */
	feed_init(&feed, config(400, 0));
	feed_idle_tasks(&feed);
	for (u32 task = 2; task < 5; task++)
		feed_task(&feed, task, task == 2 ? "a" : task == 3 ? "b" : "c");
	for (u32 i = 0; i < 30000; i++) {
		feed_wakeup(&feed, at, 2 + i % 3, 0);
		feed_switch(&feed, at, 0, 0, STATE_R, 2 + i % 3);
		feed_switch(&feed, at + 300, 0, 2 + i % 3, STATE_S, 0);
		at += 1000;
	}
	const struct timeline *line = finish(&feed, at);
	const struct timeline_cpu *cpu = &line->cpus[0];

	cr_assert_gt(line->resolution_ns, 1000);
	for (u32 i = 0; i < cpu->nr_intervals; i++)
		shown[cpu->intervals[i].task - 2] += cpu->intervals[i].to - cpu->intervals[i].from;
	for (u32 i = 0; i < 3; i++)
		cr_assert(shown[i] > at * 9 / 100 && shown[i] < at * 11 / 100, "%u", i);
	feed_fini(&feed);
}

Test(timeline, a_decimated_cpu_is_as_busy_as_it_was_with_any_number_of_tasks)
{
	struct feed feed;
	u64 at = 0, shown = 0;

	/* Half of the time, by sixty tasks in turn. */
	feed_init(&feed, config(600, 0));
	feed_idle_tasks(&feed);
	for (u32 task = 2; task < 62; task++)
		feed_task(&feed, task, "worker");
	for (u32 i = 0; i < 60000; i++) {
		feed_wakeup(&feed, at, 2 + i * 7 % 60, 0);
		feed_switch(&feed, at, 0, 0, STATE_R, 2 + i * 7 % 60);
		feed_switch(&feed, at + 500, 0, 2 + i * 7 % 60, STATE_S, 0);
		at += 1000;
	}
	const struct timeline *line = finish(&feed, at);
	const struct timeline_cpu *cpu = &line->cpus[0];

	cr_assert_gt(line->resolution_ns, 8000);
	for (u32 i = 0; i < cpu->nr_intervals; i++)
		shown += cpu->intervals[i].to - cpu->intervals[i].from;
	cr_assert(shown > at * 47 / 100 && shown < at * 53 / 100, "%" PRIu64 " of %" PRIu64, shown,
		  at);
	feed_fini(&feed);
}

Test(timeline, a_decimated_cell_goes_to_who_had_most_of_it)
{
	struct feed feed;
	u64 at = 0, shown[2] = {0};

	/* a has nine tenths of the first half, b of the second. */
	feed_init(&feed, config(400, 0));
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	feed_task(&feed, 3, "b");
	feed_wakeup(&feed, 0, 2, 0);
	feed_wakeup(&feed, 0, 3, 0);
	feed_switch(&feed, 0, 0, 0, STATE_R, 2);
	for (u32 i = 0; i < 20000; i++) {
		feed_switch(&feed, at += i < 10000 ? 900 : 100, 0, 2, STATE_R, 3);
		feed_switch(&feed, at += i < 10000 ? 100 : 900, 0, 3, STATE_R, 2);
	}
	const struct timeline *line = finish(&feed, at);
	const struct timeline_cpu *cpu = &line->cpus[0];

	cr_assert_gt(line->resolution_ns, 0);
	for (u32 i = 0; i < cpu->nr_intervals; i++)
		shown[cpu->intervals[i].task - 2] += cpu->intervals[i].to - cpu->intervals[i].from;
	cr_assert(shown[0] > at * 48 / 100 && shown[0] < at * 52 / 100);
	cr_assert(shown[1] > at * 48 / 100 && shown[1] < at * 52 / 100);
	feed_fini(&feed);
}

static void check_sums(u64 end_ns)
{
	struct feed feed;
	u64 busy = 0, comms = 0, latencies = 0, integral = 0;
	struct rng rng;
	u64 at = 0, ran = 0;

	rng_init(&rng, 7, "timeline", 1);
	feed_init(&feed, config(0, end_ns));
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	for (u32 i = 0; i < 50000; i++) {
		u64 length = 1 + rng_next(&rng) % 100000;

		feed_wakeup(&feed, at += 1 + rng_next(&rng) % 100000, 2, 0);
		feed_switch(&feed, at, 0, 0, STATE_R, 2);
		feed_switch(&feed, at += length, 0, 2, STATE_S, 0);
		ran += length;
	}
	const struct timeline *line = finish(&feed, at);

	cr_assert_leq(line->nr_bins, TIMELINE_BINS);
	cr_assert_gt(line->nr_bins, TIMELINE_BINS / 4);
	cr_assert_geq(line->from + line->nr_bins * line->bin_ns, line->to);
	for (u32 i = 0; i < line->nr_bins; i++) {
		u64 width = i + 1 < line->nr_bins ? line->bin_ns : line->to - i * line->bin_ns;

		busy += line->busy_ns[i];
		comms += line->comms[0].cpu_ns[i];
		latencies += line->latency[i].count;
		integral += (line->queue[i].mean_milli * width + 500) / 1000;
		cr_assert_leq(line->busy_ns[i], FEED_CPUS * line->bin_ns);
		cr_assert_leq(line->queue[i].max, 1);
	}
	cr_assert_eq(busy, ran);
	cr_assert_eq(comms, ran);
	cr_assert_eq(line->comms[0].total_ns, ran);
	cr_assert_eq(latencies, 50000);
	/* The queue holds the task whenever it runs; a bin's mean is rounded to a thousandth. */
	cr_assert(integral + at / 1000 > ran && ran + at / 1000 > integral);
	feed_fini(&feed);
}

Test(timeline, no_bin_loses_time_when_bins_are_merged)
{
	check_sums(0);          /* not known: bins double many times */
	check_sums(5 * SEC);    /* about right */
	check_sums(100 * MSEC); /* far too short */
}

Test(timeline, a_queue_counts_those_who_run_and_wait)
{
	struct feed feed;

	feed_init(&feed, config(0, 1000 * 2048 - 1));
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	feed_task(&feed, 3, "b");
	feed_wakeup(&feed, 0, 2, 0);
	feed_switch(&feed, 0, 0, 0, STATE_R, 2);
	feed_wakeup(&feed, 500, 3, 0);                        /* waits */
	feed_migrate(&feed, 1000, 3, 0, 1, RECORD_MOVE_PULL); /* elsewhere */
	const struct timeline *line = finish(&feed, 1000 * 2048 - 1);

	cr_assert_eq(line->queue_bin_ns, 1000);
	cr_assert_eq(line->cpus[0].queue[0].min, 1);
	cr_assert_eq(line->cpus[0].queue[0].max, 2);
	cr_assert_eq(line->cpus[0].queue[0].mean_milli, 1500);
	cr_assert_eq(line->cpus[0].queue[1].max, 1);
	cr_assert_eq(line->cpus[1].queue[1].mean_milli, 1000);
	cr_assert_eq(line->queue[1].mean_milli, 2000);
	feed_fini(&feed);
}

static void feed_cpu(struct feed *feed, u64 when, u32 cpu, bool online)
{
	feed_put(feed, (struct record){
			       .when = when, .kind = RECORD_CPU, .cpu = (u16)cpu, .value = online});
}

Test(timeline, offline_cpus_are_told_within_the_window)
{
	struct feed feed;
	struct observer_config windowed = config(0, 0);

	windowed.window = (struct window){.from = 30, .to = 90};
	feed_init(&feed, windowed);
	feed_idle_tasks(&feed);
	feed_cpu(&feed, 10, 1, false);
	feed_cpu(&feed, 60, 1, true);
	feed_cpu(&feed, 65, 0, false);
	feed_cpu(&feed, 70, 0, true);
	feed_cpu(&feed, 80, 1, false);
	const struct timeline *line = finish(&feed, 100);

	cr_assert_eq(line->nr_offline, 3);
	cr_assert(line->offline[0].cpu == 1 && line->offline[0].from == 30 &&
		  line->offline[0].to == 60);
	cr_assert(line->offline[1].cpu == 0 && line->offline[1].from == 65 &&
		  line->offline[1].to == 70);
	cr_assert(line->offline[2].cpu == 1 && line->offline[2].from == 80 &&
		  line->offline[2].to == 90);
	feed_fini(&feed);
}

static void feed_length(struct feed *feed, u64 when, u32 queue, const char *name, u32 length)
{
	feed_put(feed, (struct record){.when = when,
				       .kind = RECORD_QUEUE,
				       .task = queue,
				       .arg = length,
				       .value = names_intern_str(&feed->names, name)});
}

/*
 * Of the bins of 1000 ns the first has nobody for 500, then two; queue 1 has one all the time from
 * bin 1 on. Of queue 2 it is only told that nobody is there, as of all when a run begins.
 */
Test(timeline, wait_queues_have_curves_the_busiest_first)
{
	struct feed feed;

	feed_init(&feed, config(0, 1000 * 2048 - 1));
	feed_idle_tasks(&feed);
	feed_length(&feed, 0, 2, "empty", 0);
	feed_length(&feed, 500, 0, "short", 2);
	feed_length(&feed, 1000, 1, "long", 1);
	feed_length(&feed, 2000, 0, "short", 0);
	const struct timeline *line = finish(&feed, 1000 * 2048 - 1);

	cr_assert_eq(line->nr_wait_queues, 2);
	cr_assert_str_eq(names_text(line->names, line->wait_queues[0].name), "long");
	cr_assert_eq(line->wait_queues[1].waited_ns, 3000);
	cr_assert_eq(line->wait_queues[1].queue[0].min, 0);
	cr_assert_eq(line->wait_queues[1].queue[0].max, 2);
	cr_assert_eq(line->wait_queues[1].queue[0].mean_milli, 1000);
	cr_assert_eq(line->wait_queues[1].queue[1].min, 2);
	cr_assert_eq(line->wait_queues[1].queue[2].max, 0);
	cr_assert_eq(line->wait_queues[0].queue[0].max, 0);
	cr_assert_eq(line->wait_queues[0].queue[2047].mean_milli, 1000);
	feed_fini(&feed);
}
