/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "report_fixture.h"

/*
 * What is printed at @width, without colour unless asked for. free() it. Not inlined, for gcc 12
 * takes the text for the variable that points to it, and warns that it is gone.
 */
static not_inline char *printed(const struct result *result, int width, bool colour)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	result_print(result, out, width, colour);
	fclose(out);
	return text;
}

static void check_printed(const struct result *result, int width, const char *wanted)
{
	char *text = printed(result, width, false);

	cr_assert_str_eq(text, wanted, "%s", text);
	free(text);
}

/* The figures are those of the fixture; quantiles of 1..100 us are the middles of their bins. */
Test(table, all_columns_fit_the_default_width)
{
	struct fixture f;

	fixture_init(&f);
	check_printed(
		&f.result, 0,
		"fixture: 100 ms simulated on 2 cpus, kernel v6.18, HZ 250, preempt none, seed 7\n"
		"made by hand\n"
		"\n"
		"TASK         POLICY          CPU   CPU%     DELAY  WAKEUPS   VOLUNT    INVOL   MIGR   LAT p50   LAT p99   LAT max     SLICE\n"
		"hog0         nice 0        60 ms   60.0     40 ms        0        0       15      0         -         -         -         -\n"
		"hog1         nice 5        40 ms   40.0     60 ms        0        0       10      2         -         -         -         -\n"
		"web.io       fifo 50       20 ms   20.0   5.05 ms      100      101        0      0  49.92 us  98.82 us    100 us         -\n"
		"kworker/0:1  nice 0         1 ms    1.0         0        3        3        0      0         -         -         -         -\n"
		"\n"
		"CPU         BUSY  BUSY%      IDLE       IRQ  SWITCHES  PULLED\n"
		"0          81 ms   81.0     19 ms      1 ms        90       1\n"
		"1          40 ms   40.0     60 ms         0        42       0\n"
		"\n"
		"132 switches, 103 wakeups, 2 migrations, 3 forks, 1 exits; load average 1.50; fairness 0.9615\n"
		"1000 events simulated, 20000000 per second, 50.0 ns each\n");
	fixture_fini(&f);
}

Test(table, a_narrow_terminal_has_fewer_columns_and_no_longer_lines)
{
	struct fixture f;

	fixture_init(&f);
	for (int width = 70; width <= 130; width++) {
		char *text = printed(&f.result, width, false), *line = strstr(text, "TASK");

		cr_assert_leq(strcspn(line, "\n"), (size_t)width);
		cr_assert(strstr(text, "CPU%") && strstr(text, "LAT p99"));
		free(text);
	}
	fixture_fini(&f);
}

Test(table, without_colour_there_are_no_sequences_and_with_it_only_they_differ)
{
	struct fixture f;
	char *plain, *colour, *to;

	fixture_init(&f);
	plain = printed(&f.result, 0, false);
	colour = printed(&f.result, 0, true);
	cr_assert(!strchr(plain, '\033') && strchr(colour, '\033'));
	to = colour;
	for (const char *from = colour; *from; from++)
		if (*from == '\033')
			from += strcspn(from, "m");
		else
			*to++ = *from;
	*to = '\0';
	cr_assert_str_eq(plain, colour);
	free(plain);
	free(colour);
	fixture_fini(&f);
}

Test(table, a_recording_tells_how_good_it_is)
{
	struct fixture f;
	char *text;

	fixture_init(&f);
	fixture_record(&f);
	text = printed(&f.result, 0, false);
	cr_assert(strstr(text, "trace.txt: 100 ms recorded on 2 cpus\n"));
	cr_assert(strstr(text, "warning: 2 switches were missing and put back\n"));
	cr_assert(strstr(text, "web.io       rt 50 "));
	cr_assert(!strstr(text, "events simulated"));
	free(text);
	fixture_fini(&f);
}

Test(table, tasks_of_one_name_are_told_apart_by_their_pids)
{
	struct fixture f;
	char *text;

	fixture_init(&f);
	f.metrics.tasks[0].pid = 4711;
	f.metrics.tasks[1].pid = 4712;
	f.metrics.tasks[1].comm = f.metrics.tasks[0].comm;
	text = printed(&f.result, 0, false);
	cr_assert(strstr(text, "\nhog0:4711 "), "%s", text);
	cr_assert(strstr(text, "\nhog0:4712 "));
	cr_assert(strstr(text, "\nweb.io "));
	free(text);
	fixture_fini(&f);
}

Test(table, a_policy_is_told_where_it_is_not_the_usual_one)
{
	struct fixture f;
	char *text;

	fixture_init(&f);
	f.metrics.tasks[0].policy = POLICY_EXT;
	f.metrics.tasks[0].prio = 125;
	f.metrics.tasks[1].policy = POLICY_BATCH;
	f.metrics.tasks[2].policy = POLICY_DEADLINE;
	f.metrics.tasks[2].prio = -1;
	text = printed(&f.result, 0, false);
	cr_assert(strstr(text, "\nhog0         ext 5 "), "%s", text);
	cr_assert(strstr(text, "\nhog1         batch "));
	cr_assert(strstr(text, "\nweb.io       deadline "));
	free(text);
	fixture_fini(&f);
}

/* The fixture with @nr more tasks, "many0" and so on, of 1 us each. */
static void add_many(struct fixture *f, u32 nr)
{
	struct task_metrics *tasks = calloc(nr + 4, sizeof(*tasks));
	struct comm_metrics *comms = calloc(nr + 4, sizeof(*comms));

	memcpy(tasks, f->tasks, sizeof(f->tasks));
	memcpy(comms, f->comms, sizeof(f->comms));
	for (u32 i = 0; i < nr; i++) {
		char name[16];

		snprintf(name, sizeof(name), "many%u", i);
		tasks[4 + i] = (struct task_metrics){.comm = names_intern_str(&f->names, name),
						     .prio = 120,
						     .sums = {.cpu_ns = USEC}};
		comms[4 + i] = (struct comm_metrics){.comm = tasks[4 + i].comm,
						     .nr_tasks = 1,
						     .sums = {.cpu_ns = USEC}};
	}
	f->metrics.tasks = tasks;
	f->metrics.comms = comms;
	f->metrics.nr_tasks = f->metrics.nr_comms = nr + 4;
}

Test(table, many_tasks_are_put_together_by_name)
{
	struct fixture f;
	char *text;

	fixture_init(&f);
	add_many(&f, 100);
	text = printed(&f.result, 0, false);
	cr_assert(strstr(text, "\nmany*        100 tasks    100 us    0.1 "), "%s", text);
	cr_assert(strstr(text, "\nhog*         2 tasks      100 ms  100.0 "), "%s", text);
	/* One of its name keeps it, and its policy. */
	cr_assert(strstr(text, "\nweb.io       fifo 50       20 ms   20.0 "), "%s", text);
	cr_assert(!strstr(text, "many7"));
	free(text);
	free(f.metrics.tasks);
	free(f.metrics.comms);
	fixture_fini(&f);
}

/* --- pairs --- */

static char *printed_pair(const struct result *recorded, const struct result *simulated, int width)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	result_print_pair(recorded, simulated, out, width, false);
	fclose(out);
	return text;
}

Test(pair, both_sides_and_their_difference_are_shown_by_name)
{
	struct fixture recorded, simulated;
	char *text;

	fixture_init(&recorded);
	fixture_record(&recorded);
	fixture_init(&simulated);
	simulated.comms[0].sums.cpu_ns = 66 * MSEC;        /* +10% */
	simulated.comms[0].sums.involuntary_switches = 12; /* -20% */
	simulated.comms[2].sums.wakeups = 0;
	simulated.comms[3].sums = (struct task_sums){0};
	text = printed_pair(&recorded.result, &simulated.result, 80);
	cr_assert(
		strstr(text,
		       "\nTASK                             CPU%  SWITCHES   WAKEUPS   LAT p50   LAT p99\n"
		       "hog0             recorded        60.0        15         0         -         -\n"
		       "                 simulated       66.0        12         0         -         -\n"
		       "                               +10.0%    -20.0%         =         -         -\n"),
		"%s", text);
	cr_assert(
		strstr(text,
		       "\nweb.io           recorded        20.0       101       100  49.92 us  98.82 us\n"
		       "                 simulated       20.0       101         0  49.92 us  98.82 us\n"
		       "                                    =         =   -100.0%         =         =\n"),
		"%s", text);
	cr_assert(
		strstr(text,
		       "\nkworker/0:1      recorded         1.0         3         3         -         -\n"
		       "                 simulated          -         -         -         -         -\n"
		       "all tasks "),
		"%s", text);
	free(text);
	fixture_fini(&recorded);
	fixture_fini(&simulated);
}

Test(pair, the_last_line_sums_all_tasks)
{
	struct fixture recorded, simulated;
	char *text;

	fixture_init(&recorded);
	fixture_init(&simulated);
	text = printed_pair(&recorded.result, &simulated.result, 60);
	/* 60 + 40 + 20 + 1 ms of 100 ms; 15 + 10 + 101 + 3 switches */
	cr_assert(strstr(text, "\nall tasks        recorded       121.0       129       103\n"
			       "(4 tasks)        simulated      121.0       129       103\n"),
		  "%s", text);
	free(text);
	fixture_fini(&recorded);
	fixture_fini(&simulated);
}

/* Sleep is what is left of the 40 ms, and comes last: only wide terminals have room for it. */
Test(table, time_in_d_and_stopped_has_a_column_where_somebody_had_any)
{
	struct fixture f;
	char *text;

	fixture_init(&f);
	text = printed(&f.result, 200, false);
	cr_assert(!strstr(text, " IN D ") && !strstr(text, " STOPPED ") &&
			  !strstr(text, " PARKED "),
		  "%s", text);
	free(text);
	f.metrics.tasks[0].sums.sleep_ns = 40 * MSEC;
	f.metrics.tasks[0].sums.blocked_ns = 30 * MSEC;
	f.metrics.tasks[0].sums.stopped_ns = 4 * MSEC;
	text = printed(&f.result, 200, false);
	cr_assert(strstr(text, "     DELAY     SLEEP      IN D   STOPPED  WAKEUPS "), "%s", text);
	cr_assert(strstr(text, "     40 ms      6 ms     30 ms      4 ms        0 "), "%s", text);
	cr_assert(!strstr(text, " PARKED "));
	free(text);
	fixture_fini(&f);
}

/* 100 ms: 150 ms of waiting are one and a half on the average. */
Test(table, the_busiest_wait_queues_come_first_and_others_are_counted)
{
	struct queue_metrics queues[12];
	struct fixture f;
	char *text;

	fixture_init(&f);
	for (u32 i = 0; i < ARRAY_SIZE(queues); i++)
		queues[i] = (struct queue_metrics){.name = names_intern_str(&f.names, "short"),
						   .max_waiters = 1};
	queues[11] = (struct queue_metrics){.name = names_intern_str(&f.names, "long"),
					    .max_waiters = 3,
					    .waits = 7,
					    .waited_ns = 150 * MSEC};
	f.metrics.queues = queues;
	f.metrics.nr_queues = ARRAY_SIZE(queues);
	text = printed(&f.result, 0, false);
	cr_assert(strstr(text, "\n\nWAIT QUEUE                 WAITS     LENGTH    MOST    WAITED\n"
			       "long                           7       1.50       3    150 ms\n"
			       "short                          0       0.00       1         0\n"),
		  "%s", text);
	cr_assert(strstr(text, "\n... and 2 more wait queues (all are in the JSON result)\n"), "%s",
		  text);
	free(text);
	fixture_fini(&f);
}

/* Of six characters one is of two bytes; columns go by characters. */
Test(table, names_of_groups_take_as_many_columns_as_characters)
{
	struct group_metrics groups[2] = {0};
	struct fixture f;
	char *text;

	fixture_init(&f);
	groups[0] = (struct group_metrics){.name = names_intern_str(&f.names, "K\303\266nige"),
					   .parent = TASK_ID_NONE};
	groups[1] = (struct group_metrics){.name = names_intern_str(&f.names, "low"), .parent = 0};
	f.metrics.groups = groups;
	f.metrics.nr_groups = ARRAY_SIZE(groups);
	text = printed(&f.result, 0, false);
	cr_assert(
		strstr(text,
		       "\nGROUP            IN                     CPU   CPU%  PERIODS THROTTLED    WAITED\n"
		       "K\303\266nige           root                     0    0.0        0         0         0\n"
		       "low              K\303\266nige                   0    0.0        0         0         0\n"),
		"%s", text);
	free(text);
	fixture_fini(&f);
}
