/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "report_fixture.h"

static s64 number(struct fixture *f, const char *path)
{
	struct text error = {0};
	s64 value = -12345;

	cr_assert(result_lookup(&f->result, path, &value, &error), "%s: %s", path, error.at);
	return value;
}

/* The lookup fails, and says @why. */
static void fails(struct fixture *f, const char *path, const char *why)
{
	struct text error = {0};
	s64 value;

	cr_assert(!result_lookup(&f->result, path, &value, &error), "%s", path);
	cr_assert(strstr(error.at, why), "%s: %s", path, error.at);
	text_fini(&error);
}

Test(lookup, a_path_goes_through_the_document_key_by_key)
{
	struct fixture f;

	fixture_init(&f);
	fixture_groups(&f);
	cr_assert_eq(number(&f, "cpus.0.busy_ns"), 81000000);
	cr_assert_eq(number(&f, "cpus.1.busy_ppm"), 400000);
	cr_assert_eq(number(&f, "total.wakeups"), 103);
	cr_assert_eq(number(&f, "total.busy_ppm"), 605000);
	cr_assert_eq(number(&f, "load_avg_milli.2"), 250);
	cr_assert_eq(number(&f, "fairness_ppm"), 961538);
	cr_assert_eq(number(&f, "machine.hz"), 250);
	cr_assert_eq(number(&f, "comms.hog1.migrations"), 2);
	cr_assert_eq(number(&f, "cpus.1.offline_ns"), 0); /* though the document does not tell it */
	cr_assert_eq(number(&f, "groups.inner.nr_throttled"), 3);
	cr_assert_eq(number(&f, "groups.outer.share_ppm"), 500000);
	fixture_fini(&f);
}

Test(lookup, an_entry_of_the_workload_stands_for_all_its_instances)
{
	struct fixture f;

	fixture_init(&f);
	cr_assert_eq(number(&f, "tasks.hog.cpu_ns"), 100000000);
	cr_assert_eq(number(&f, "tasks.hog.tasks"), 2);
	cr_assert_eq(number(&f, "tasks.hog.share_ppm"), 1000000);
	cr_assert_eq(number(&f, "tasks.hog.involuntary_switches"), 25);
	/* 10..29 us together */
	cr_assert_eq(number(&f, "tasks.hog.slice.count"), 20);
	cr_assert_eq(number(&f, "tasks.hog.slice.min_ns"), 10000);
	cr_assert_eq(number(&f, "tasks.hog.slice.max_ns"), 29000);
	cr_assert_eq(number(&f, "tasks.hog.slice.mean_ns"), 19500);
	fixture_fini(&f);
}

Test(lookup, one_instance_has_its_own_numbers_and_what_only_a_task_can_have)
{
	struct fixture f;

	fixture_init(&f);
	cr_assert_eq(number(&f, "tasks.hog1.cpu_ns"), 40000000);
	cr_assert_eq(number(&f, "tasks.hog1.nice"), 5);
	cr_assert_eq(number(&f, "tasks.hog1.pid"), 101);
	cr_assert_eq(number(&f, "tasks.hog0.end_ns"), -1);
	fails(&f, "tasks.hog.nice", "'nice' is of a single task, and 'hog' means 2");
	fixture_fini(&f);
}

Test(lookup, a_name_may_have_dots_in_it)
{
	struct fixture f;

	fixture_init(&f);
	cr_assert_eq(number(&f, "tasks.web.io.wakeups"), 100);
	cr_assert_eq(number(&f, "tasks.web.io.wakeup_latency.max_ns"), 100000);
	cr_assert_eq(number(&f, "comms.web.io.wakeups"), 100);
	fixture_fini(&f);
}

Test(lookup, an_entry_whose_tasks_never_came_has_zeros)
{
	struct fixture f;

	fixture_init(&f);
	cr_assert_eq(number(&f, "tasks.late.cpu_ns"), 0);
	cr_assert_eq(number(&f, "tasks.late.wakeup_latency.count"), 0);
	fixture_fini(&f);
}

Test(lookup, an_instance_number_may_be_lost_in_the_cut_of_a_comm)
{
	struct fixture f;

	fixture_init(&f);
	/* with 0 and 1 it has 15 characters, with 10 it is cut */
	f.specs[0].name = "hoghoghoghogho";
	f.specs[0].count = 20;
	f.comms[0].comm = names_intern_str(&f.names, "hoghoghoghogho0");
	f.comms[1].comm = names_intern_str(&f.names, "hoghoghoghogho1");
	cr_assert_eq(number(&f, "tasks.hoghoghoghogho.cpu_ns"), 100000000);
	f.specs[0].count = 1;
	fails(&f, "tasks.hoghoghoghog.cpu_ns", "unknown task");
	fixture_fini(&f);
}

Test(lookup, a_comm_that_only_looks_like_an_instance_is_not_meant)
{
	struct fixture f;

	fixture_init(&f);
	f.specs[0].count = 2;
	f.comms[1].comm = names_intern_str(&f.names, "hog2"); /* there are 0 and 1 */
	cr_assert_eq(number(&f, "tasks.hog.cpu_ns"), 60000000);
	f.comms[1].comm = names_intern_str(&f.names, "hog01");
	cr_assert_eq(number(&f, "tasks.hog.cpu_ns"), 60000000);
	f.comms[1].comm = names_intern_str(&f.names, "hogs");
	cr_assert_eq(number(&f, "tasks.hog.cpu_ns"), 60000000);
	fixture_fini(&f);
}

Test(lookup, what_is_unknown_is_named_with_a_guess)
{
	struct fixture f;

	fixture_init(&f);
	fails(&f, "tasks.hgo.cpu_ns", "unknown task 'hgo' (did you mean 'hog'?)");
	fails(&f, "tasks.hog.cpuns", "unknown metric 'cpuns' (did you mean 'cpu_ns'?)");
	fails(&f, "tasks.hog.cpu", "did you mean 'cpu_ns'?");
	fails(&f, "totals.wakeups", "(did you mean 'total'?)");
	fails(&f, "comms.hog.cpu_ns", "unknown comm 'hog' (did you mean 'hog0'?)");
	fails(&f, "cpus.2.busy_ns", "there is no cpu '2': they are 0 to 1");
	fails(&f, "cpus.x.busy_ns", "there is no cpu 'x'");
	fails(&f, "load_avg_milli.3", "'3' is not a number from 0 to 2");
	fails(&f, "", "unknown part of the result ''");
	fails(&f, "data.records", "this result has no 'data'");
	fixture_fini(&f);
}

Test(lookup, only_numbers_are_values)
{
	struct fixture f;

	fixture_init(&f);
	fails(&f, "tasks.hog", "not one number");
	fails(&f, "tasks.hog.slice", "not one number");
	fails(&f, "kernel", "a text, not a number");
	fails(&f, "tasks.hog0.state", "a text, not a number");
	fails(&f, "total.wakeups.p99_ns", "nothing like 'p99_ns' inside a number");
	fixture_fini(&f);
}
