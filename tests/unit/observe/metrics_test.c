/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "feed.h"

static const struct observer_config all = {.metrics = true};

static void check_dist(const struct hist *hist, u64 count, u64 sum)
{
	if (count == 0) {
		cr_assert_null(hist);
		return;
	}
	cr_assert_not_null(hist);
	cr_assert_eq(hist->count, count);
	cr_assert(hist_sum(hist) == sum);
}

/* Task 2 sleeps till 100, runs 110-150, is preempted by 3, runs 170-200, blocks. */
static void one_cpu_story(struct feed *feed)
{
	feed_idle_tasks(feed);
	feed_task(feed, 2, "worker");
	feed_task(feed, 3, "rival");
	feed_waking(feed, 100, 2);
	feed_wakeup(feed, 102, 2, 0);
	feed_switch(feed, 110, 0, 0, STATE_R, 2);
	feed_waking(feed, 145, 3);
	feed_wakeup(feed, 146, 3, 0);
	feed_switch(feed, 150, 0, 2, STATE_R, 3);
	feed_switch(feed, 170, 0, 3, STATE_S, 2);
	feed_switch(feed, 200, 0, 2, STATE_S, 0);
}

Test(metrics, a_task_runs_waits_and_sleeps)
{
	struct feed feed;

	feed_init(&feed, all);
	one_cpu_story(&feed);
	const struct metrics *metrics = feed_end(&feed, 1000);
	const struct task_metrics *task = feed_find(metrics, 2);

	cr_assert_eq(task->sums.cpu_ns, 40 + 30);
	cr_assert_eq(task->sums.run_delay_ns, 10 + 20);
	cr_assert_eq(task->sums.sleep_ns, 100 + 800);
	cr_assert_eq(task->sums.voluntary_switches, 1);
	cr_assert_eq(task->sums.involuntary_switches, 1);
	cr_assert_eq(task->sums.wakeups, 1);
	check_dist(task->dist[DIST_WAKEUP_LATENCY], 1, 10);
	check_dist(task->dist[DIST_PREEMPT_WAIT], 1, 20);
	check_dist(task->dist[DIST_SLICE], 2, 70);
	check_dist(task->dist[DIST_RESPONSE], 1, 100);
	check_dist(task->dist[DIST_FORK_LATENCY], 0, 0);
	cr_assert_eq(task->state, 'S');
	cr_assert_eq(task->end_ns, METRIC_NO_TIME);
	feed_fini(&feed);
}

Test(metrics, busy_and_idle_make_the_window)
{
	struct feed feed;

	feed_init(&feed, all);
	one_cpu_story(&feed);
	const struct metrics *metrics = feed_end(&feed, 1000);

	cr_assert_eq(metrics->window_ns, 1000);
	cr_assert_eq(metrics->cpus[0].busy_ns, 90);
	cr_assert_eq(metrics->cpus[0].idle_ns, 910);
	cr_assert_eq(metrics->cpus[0].switches, 4);
	cr_assert_eq(metrics->cpus[0].unknown_ns, 0);
	cr_assert_eq(metrics->cpus[1].idle_ns, 1000); /* simulated: it idles, it need not switch */
	cr_assert_eq(metrics->total.switches, 4);
	cr_assert_eq(metrics->total.wakeups, 2);
	feed_fini(&feed);
}

Test(metrics, of_a_real_cpu_without_switches_nothing_is_known)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_task(&feed, 2, "a");
	feed_task(&feed, 3, "b");
	feed_switch(&feed, 300, 0, 2, STATE_R, 3);
	const struct metrics *metrics = feed_end(&feed, 1000);

	/* The first switch tells who ran before it. */
	cr_assert_eq(feed_find(metrics, 2)->sums.cpu_ns, 300);
	cr_assert_eq(metrics->cpus[0].busy_ns, 1000);
	cr_assert_eq(metrics->cpus[1].unknown_ns, 1000);
	cr_assert_eq(metrics->cpus[1].busy_ns + metrics->cpus[1].idle_ns, 0);
	feed_fini(&feed);
}

Test(metrics, a_window_clips_sums_and_drops_cut_intervals)
{
	struct feed feed;
	struct observer_config config = all;

	config.window = (struct window){.from = 105, .to = 180};
	feed_init(&feed, config);
	one_cpu_story(&feed);
	const struct metrics *metrics = feed_end(&feed, 1000);
	const struct task_metrics *task = feed_find(metrics, 2);

	cr_assert_eq(metrics->window_from, 105);
	cr_assert_eq(metrics->window_ns, 75);
	cr_assert_eq(task->sums.cpu_ns, 40 + 10);
	cr_assert_eq(task->sums.run_delay_ns, 5 + 20);
	cr_assert_eq(task->sums.sleep_ns, 0);
	cr_assert_eq(task->sums.wakeups, 0);
	cr_assert_eq(task->sums.voluntary_switches, 0);
	check_dist(task->dist[DIST_WAKEUP_LATENCY], 0, 0); /* began before the window */
	check_dist(task->dist[DIST_PREEMPT_WAIT], 1, 20);
	check_dist(task->dist[DIST_SLICE], 1, 40); /* the other goes on behind it */
	check_dist(task->dist[DIST_RESPONSE], 0, 0);
	cr_assert_eq(metrics->cpus[0].idle_ns, 5);
	cr_assert_eq(task->state, 'R');
	feed_fini(&feed);
}

Test(metrics, marks_open_and_close_the_window)
{
	struct feed feed;
	struct observer_config config = all;

	config.window = (struct window){.from_mark = "BEGIN", .to_mark = "FINISH"};
	feed_init(&feed, config);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	feed_mark(&feed, 10, "FINISH");
	feed_mark(&feed, 50, "BEGIN of it");
	feed_wakeup(&feed, 60, 2, 0);
	feed_switch(&feed, 70, 0, 0, STATE_R, 2);
	feed_mark(&feed, 100, "FINISH");
	feed_switch(&feed, 100, 0, 2, STATE_S, 0); /* the end mark's moment still counts */
	feed_wakeup(&feed, 101, 2, 0);
	const struct metrics *metrics = feed_end(&feed, 1000);

	cr_assert_eq(metrics->window_from, 50);
	cr_assert_eq(metrics->window_ns, 50);
	cr_assert_eq(feed_find(metrics, 2)->sums.cpu_ns, 30);
	cr_assert_eq(feed_find(metrics, 2)->sums.wakeups, 1);
	cr_assert_eq(feed_find(metrics, 2)->sums.voluntary_switches, 1);
	cr_assert(observer_window(feed.observer)->found_from);
	cr_assert(observer_window(feed.observer)->found_to);
	feed_fini(&feed);
}

Test(metrics, a_mark_that_never_comes_leaves_nothing_and_says_so)
{
	struct feed feed;
	struct observer_config config = all;

	config.window = (struct window){.from_mark = "BEGIN"};
	feed_init(&feed, config);
	one_cpu_story(&feed);
	const struct metrics *metrics = feed_end(&feed, 1000);

	cr_assert_eq(metrics->window_ns, 0);
	cr_assert_eq(metrics->total.switches, 0);
	cr_assert_not(observer_window(feed.observer)->found_from);
	feed_fini(&feed);
}

Test(metrics, a_childs_first_wait_is_fork_latency_and_its_end_is_known)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "parent");
	feed.now = 50;
	feed_fork(&feed, 3, 2, "child");
	feed_wakeup_new(&feed, 60, 3, 1);
	feed_switch(&feed, 75, 1, 1, STATE_R, 3);
	feed_switch(&feed, 90, 1, 3, STATE_ZOMBIE, 1);
	const struct metrics *metrics = feed_end(&feed, 1000);
	const struct task_metrics *child = feed_find(metrics, 3);

	check_dist(child->dist[DIST_FORK_LATENCY], 1, 15);
	check_dist(child->dist[DIST_WAKEUP_LATENCY], 0, 0);
	cr_assert_eq(child->sums.wakeups, 0);
	cr_assert_eq(child->sums.sleep_ns, 0);
	cr_assert_eq(child->start_ns, 50);
	cr_assert_eq(child->end_ns, 90);
	cr_assert_eq(child->state, 'Z');
	cr_assert_eq(child->ppid, 102);
	cr_assert_eq(metrics->total.forks, 1);
	cr_assert_eq(metrics->total.tasks_seen, 2);
	cr_assert_eq(metrics->total.tasks_alive, 1);
	feed_fini(&feed);
}

static void die(struct feed *feed, u64 when, u32 task, u32 status)
{
	feed_put(feed, (struct record){.when = when,
				       .kind = RECORD_EXIT,
				       .task = task,
				       .value = (u64)status << 32 | 120});
	feed_switch(feed, when, 1, task, STATE_ZOMBIE, 1);
}

/* exit(3) is 0x300, SIGKILL 9, SIGQUIT with its core 0x83 to who waits. */
Test(metrics, how_a_task_ended_is_told_apart)
{
	static const struct {
		u32 status;
		s32 exit_code, killed_by;
	} cases[] = {
		{0x300, 3, 0},
		{9, EXIT_CODE_NONE, 9},
		{0x83, EXIT_CODE_NONE, 3},
		{0, 0, 0},
	};
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	for (u32 i = 0; i <= ARRAY_SIZE(cases); i++) {
		feed_task(&feed, 2 + i, "task");
		feed_attr(&feed, 2 + i, 0, 0);
	}
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		feed_switch(&feed, 10 * i + 1, 1, 1, STATE_R, 2 + i);
		die(&feed, 10 * i + 5, 2 + i, cases[i].status);
	}
	const struct metrics *metrics = feed_end(&feed, 1000);

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		cr_assert_eq(feed_find(metrics, 2 + i)->exit_code, cases[i].exit_code);
		cr_assert_eq(feed_find(metrics, 2 + i)->killed_by, cases[i].killed_by);
	}
	/* The last one lives. */
	cr_assert_eq(feed_find(metrics, 2 + ARRAY_SIZE(cases))->exit_code, EXIT_CODE_NONE);
	cr_assert_eq(feed_find(metrics, 2 + ARRAY_SIZE(cases))->killed_by, 0);
	feed_fini(&feed);
}

/* A trace tells of no policy, so that the run is known for a recording, and of no status. */
Test(metrics, how_a_recorded_task_ended_is_not_known)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_task(&feed, 0, "swapper/0");
	feed_task(&feed, 1, "swapper/1");
	feed_task(&feed, 2, "task");
	feed_switch(&feed, 1, 1, 1, STATE_R, 2);
	die(&feed, 5, 2, 0);
	const struct metrics *metrics = feed_end(&feed, 1000);

	cr_assert_eq(feed_find(metrics, 2)->exit_code, EXIT_CODE_NONE);
	feed_fini(&feed);
}

Test(metrics, moves_count_and_those_by_balancing_are_pulls)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	feed_task(&feed, 3, "b");
	feed_waking(&feed, 10, 2);
	feed_migrate(&feed, 10, 2, 0, 1, RECORD_MOVE_UNKNOWN); /* placed by its wakeup */
	feed_wakeup(&feed, 10, 2, 1);
	feed_migrate(&feed, 20, 2, 1, 0, RECORD_MOVE_UNKNOWN); /* moved while it waits */
	feed_wakeup(&feed, 30, 3, 0);
	feed_migrate(&feed, 40, 3, 0, 1, RECORD_MOVE_AFFINITY);
	feed_migrate(&feed, 50, 3, 1, 0, RECORD_MOVE_PUSH);
	const struct metrics *metrics = feed_end(&feed, 100);

	cr_assert_eq(feed_find(metrics, 2)->sums.migrations, 2);
	cr_assert_eq(feed_find(metrics, 3)->sums.migrations, 2);
	cr_assert_eq(metrics->cpus[0].pulled, 2);
	cr_assert_eq(metrics->cpus[1].pulled, 0);
	cr_assert_eq(metrics->total.migrations, 4);
	feed_fini(&feed);
}

/* EEVDF keeps a sleeper queued until it is eligible: a trace shows a move of a task in state S. */
Test(metrics, a_sleeper_is_moved_by_balancing_alone)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	feed_wakeup(&feed, 10, 2, 1);
	feed_switch(&feed, 10, 1, 1, 0, 2);
	feed_switch(&feed, 20, 1, 2, 1, 1);
	feed_migrate(&feed, 30, 2, 1, 0, RECORD_MOVE_UNKNOWN); /* while its dequeue is delayed */
	feed_waking(&feed, 40, 2);
	feed_migrate(&feed, 40, 2, 0, 1, RECORD_MOVE_UNKNOWN); /* placed by its wakeup */
	const struct metrics *metrics = feed_end(&feed, 100);

	cr_assert_eq(metrics->cpus[0].pulled, 1);
	cr_assert_eq(metrics->cpus[1].pulled, 0);
	feed_fini(&feed);
}

Test(metrics, time_around_a_loss_is_unknown)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	feed_wakeup(&feed, 10, 2, 0);
	feed_switch(&feed, 20, 0, 0, STATE_R, 2);
	feed_put(&feed, (struct record){.when = 100, .kind = RECORD_LOST, .value = 7});
	feed_switch(&feed, 150, 0, 0, STATE_R, 2);
	const struct metrics *metrics = feed_end(&feed, 200);

	cr_assert_eq(metrics->cpus[0].unknown_ns, 80);
	cr_assert_eq(metrics->cpus[0].idle_ns, 20 + 50);
	cr_assert_eq(metrics->cpus[0].busy_ns, 50);
	cr_assert_eq(metrics->total.lost_events, 7);
	feed_fini(&feed);
}

Test(metrics, a_comm_sums_up_its_tasks)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	for (u32 task = 2; task < 6; task++)
		feed_task(&feed, task, task % 2 ? "odd" : "even");
	for (u32 task = 2; task < 6; task++) {
		feed_wakeup(&feed, 100 * task, task, 0);
		feed_switch(&feed, 100 * task + task, 0, 0, STATE_R, task);
		feed_switch(&feed, 100 * task + 50, 0, task, STATE_D, 0);
	}
	const struct metrics *metrics = feed_end(&feed, 1000);

	cr_assert_eq(metrics->nr_comms, 2);
	cr_assert_str_eq(names_text(metrics->names, metrics->comms[0].comm), "even");
	cr_assert_eq(metrics->comms[0].nr_tasks, 2);
	cr_assert_eq(metrics->comms[0].sums.cpu_ns, 48 + 46);
	check_dist(metrics->comms[0].dist[DIST_WAKEUP_LATENCY], 2, 2 + 4);
	check_dist(metrics->comms[1].dist[DIST_WAKEUP_LATENCY], 2, 3 + 5);
	cr_assert_eq(feed_find(metrics, 2)->state, 'D');
	feed_fini(&feed);
}

Test(metrics, tasks_that_are_running_runnable_or_blocked_make_load)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	for (u32 task = 2; task < 6; task++)
		feed_task(&feed, task, "a");
	feed_wakeup(&feed, 10, 2, 0);
	feed_switch(&feed, 20, 0, 0, STATE_R, 2);
	feed_switch(&feed, 30, 0, 2, STATE_D, 0); /* blocked */
	feed_wakeup(&feed, 40, 3, 0);
	feed_switch(&feed, 50, 0, 0, STATE_R, 3); /* running */
	feed_wakeup(&feed, 60, 4, 0);             /* runnable; 5 sleeps */
	const struct metrics *metrics = feed_end(&feed, 4000 * SEC);

	cr_assert_eq(metrics->load_avg_milli[0], 3000);
	feed_fini(&feed);
}

/* A task that is forked, runs for @ran and dies. */
static void short_life(struct feed *feed, u32 task, u64 ran)
{
	feed_fork(feed, task, 2, "child");
	feed_wakeup_new(feed, feed->now + 5, task, 1);
	feed_switch(feed, feed->now + 10, 1, 1, STATE_R, task);
	feed_switch(feed, feed->now + ran, 1, task, STATE_ZOMBIE, 1);
}

static void check_many_lives(u32 nr)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "parent");
	for (u32 i = 0; i < nr; i++)
		short_life(&feed, 3 + i, 7);
	const struct metrics *metrics = feed_end(&feed, feed.now + 1);
	const struct comm_metrics *child = &metrics->comms[1];

	cr_assert_eq(child->nr_tasks, nr);
	cr_assert_eq(child->sums.cpu_ns, 7ULL * nr);
	cr_assert_eq(child->sums.voluntary_switches, nr);
	check_dist(child->dist[DIST_FORK_LATENCY], nr, 10ULL * nr);
	check_dist(child->dist[DIST_SLICE], nr, 7ULL * nr);
	cr_assert_eq(metrics->total.tasks_seen, nr + 1);
	cr_assert_eq(metrics->total.tasks_alive, 1);
	cr_assert_eq(metrics->fairness_ppm, 1000000);
	cr_assert_leq(metrics->nr_tasks, METRICS_DETAIL);
	cr_assert_eq(metrics->tasks[0].task, 2);
	feed_fini(&feed);
}

Test(metrics, no_sample_is_lost_when_distributions_go_by_comm)
{
	check_many_lives(METRICS_TASK_LIMIT - 1);
	check_many_lives(METRICS_TASK_LIMIT);
	check_many_lives(METRICS_TASK_LIMIT + 1);
	check_many_lives(3 * METRICS_TASK_LIMIT);
}

/* Tasks of 5000 names: the distributions of late names are with the first of their stem. */
Test(metrics, late_names_add_to_the_first_of_their_stem)
{
	enum { NR = 5000 };
	struct feed feed;
	u64 samples = 0;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "parent");
	for (u32 i = 0; i < NR; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%s%u", i % 2 ? "odd" : "even", i);
		feed_fork(&feed, 3 + i, 2, name);
	}
	for (u32 i = 0; i < NR; i++) {
		feed_wakeup_new(&feed, feed.now + 5, 3 + i, 1);
		feed_switch(&feed, feed.now + 10, 1, 1, STATE_R, 3 + i);
		feed_switch(&feed, feed.now + 7, 1, 3 + i, STATE_S, 1);
	}
	const struct metrics *metrics = feed_end(&feed, feed.now + 1);

	for (u32 i = 0; i < metrics->nr_comms; i++) {
		const struct hist *slice = metrics->comms[i].dist[DIST_SLICE];

		samples += slice ? slice->count : 0;
		if (i > METRICS_COMM_LIMIT)
			cr_assert_null(slice, "comm %u", i);
	}
	cr_assert_eq(samples, NR, "none is lost");
	/* "parent" is the first name, even0 and odd1 the next; of 1024 names 1023 are theirs. */
	cr_assert_eq(metrics->comms[1].dist[DIST_SLICE]->count, 1 + (NR / 2 - 512));
	cr_assert_eq(metrics->comms[2].dist[DIST_SLICE]->count, 1 + (NR / 2 - 511));
	cr_assert_eq(metrics->comms[3].dist[DIST_SLICE]->count, 1, "an early name has its own");
	feed_fini(&feed);
}

Test(metrics, dead_tasks_beyond_the_limit_stay_in_the_sums)
{
	check_many_lives(METRICS_DETAIL + 1000);
	check_many_lives(2 * METRICS_DETAIL);
}

Test(metrics, a_renamed_task_belongs_to_its_last_comm)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "bash");
	feed_wakeup(&feed, 10, 2, 0);
	feed_switch(&feed, 20, 0, 0, STATE_R, 2);
	feed_put(&feed, (struct record){.when = 30,
					.kind = RECORD_RENAME,
					.task = 2,
					.value = names_intern_str(&feed.names, "make")});
	feed_switch(&feed, 40, 0, 2, STATE_S, 0);
	const struct metrics *metrics = feed_end(&feed, 100);

	cr_assert_eq(metrics->nr_comms, 1);
	cr_assert_str_eq(names_text(metrics->names, metrics->comms[0].comm), "make");
	cr_assert_eq(metrics->comms[0].sums.cpu_ns, 20);
	feed_fini(&feed);
}

/* A sleep in D, cut by the end, and a stop. */
Test(metrics, sleeps_are_told_apart)
{
	struct feed feed;

	feed_init(&feed, all);
	feed_idle_tasks(&feed);
	feed_task(&feed, 2, "a");
	feed_switch(&feed, 0, 0, 0, STATE_R, 2);
	feed_switch(&feed, 100, 0, 2, STATE_D, 0);
	feed_wakeup(&feed, 150, 2, 0);
	feed_switch(&feed, 150, 0, 0, STATE_R, 2);
	feed_switch(&feed, 200, 0, 2, 4, 0); /* T */
	feed_wakeup(&feed, 230, 2, 0);
	feed_switch(&feed, 230, 0, 0, STATE_R, 2);
	feed_put(&feed, (struct record){.when = 240, .kind = RECORD_FUTILE, .task = 2});
	feed_put(&feed,
		 (struct record){.when = 241, .kind = RECORD_FAILED, .task = 2, .arg = EAGAIN});
	feed_switch(&feed, 250, 0, 2, STATE_S, 0);
	feed_wakeup(&feed, 260, 2, 0);
	feed_switch(&feed, 260, 0, 0, STATE_R, 2);
	feed_switch(&feed, 270, 0, 2, 8, 0); /* t */
	feed_wakeup(&feed, 285, 2, 0);
	feed_switch(&feed, 285, 0, 0, STATE_R, 2);
	feed_switch(&feed, 290, 0, 2, 0x40, 0); /* P */
	feed_wakeup(&feed, 297, 2, 0);
	feed_switch(&feed, 297, 0, 0, STATE_R, 2);
	feed_put(&feed, (struct record){.when = 298,
					.kind = RECORD_FAULT,
					.task = 2,
					.arg = FAULT_REUSED,
					.value = 5});
	feed_put(&feed, (struct record){.when = 299,
					.kind = RECORD_FAULT,
					.task = 2,
					.arg = FAULT_COPIED,
					.value = 3});
	feed_switch(&feed, 300, 0, 2, STATE_D, 0);
	const struct task_metrics *task = feed_find(feed_end(&feed, 1000), 2);

	cr_assert_eq(task->sums.traced_ns, 15);
	cr_assert_eq(task->sums.parked_ns, 7);
	cr_assert_eq(task->sums.minor_faults, 8);
	cr_assert_eq(task->sums.cow_pages, 3);
	cr_assert_eq(task->sums.sleep_ns, 50 + 30 + 10 + 15 + 7 + 700);
	cr_assert_eq(task->sums.blocked_ns, 50 + 700);
	cr_assert_eq(task->sums.stopped_ns, 30 + 15);
	cr_assert_eq(task->sums.futile_wakeups, 1);
	cr_assert_eq(task->sums.failed_calls, 1);
	feed_fini(&feed);
}

static void feed_cpu(struct feed *feed, u64 when, u32 cpu, bool online)
{
	feed_put(feed, (struct record){
			       .when = when, .kind = RECORD_CPU, .cpu = (u16)cpu, .value = online});
}

Test(metrics, offline_time_counts_from_the_window_on)
{
	struct feed feed;
	struct observer_config config = all;

	config.window = (struct window){.from = 100, .to = 900};
	feed_init(&feed, config);
	feed_idle_tasks(&feed);
	feed_cpu(&feed, 40, 1, false);
	feed_cpu(&feed, 300, 1, true);
	feed_cpu(&feed, 800, 1, false);
	const struct metrics *metrics = feed_end(&feed, 1000);

	/* 100 to 300, and 800 to 900; it idles for the rest of 800. */
	cr_assert_eq(metrics->cpus[1].offline_ns, 200 + 100);
	cr_assert_eq(metrics->cpus[1].idle_ns, 500);
	cr_assert_eq(metrics->cpus[1].busy_ns, 0);
	cr_assert_eq(metrics->cpus[0].offline_ns, 0);
	feed_fini(&feed);
}
