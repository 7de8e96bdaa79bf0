/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "report_fixture.h"

/*
 * Checks one promise. Returns what is said; NULL if it holds. The text lives as long as the test.
 */
static const char *check(const char *path, enum expect_op op, s64 value, u64 tolerance,
			 const char *text)
{
	struct expectation expectation = {
		.path = path, .op = op, .value = value, .tolerance = tolerance, .text = text};
	struct diag *diag = diag_new();
	static struct text said;
	struct fixture f;
	u32 failed;

	fixture_init(&f);
	text_clear(&said);
	f.workload.expects = &expectation;
	f.workload.nr_expects = 1;
	failed = expect_check(&f.result, diag);
	cr_assert_eq(failed, diag_errors(diag));
	diag_to_text(diag, &said);
	diag_free(diag);
	fixture_fini(&f);
	return failed ? said.at : NULL;
}

Test(expect, a_promise_that_is_kept_says_nothing)
{
	cr_assert_null(check("tasks.hog.cpu_ns", EXPECT_EQ, 100000000, 0, ""));
	cr_assert_null(check("tasks.hog.cpu_ns", EXPECT_NE, 100000001, 0, ""));
	cr_assert_null(check("tasks.hog.cpu_ns", EXPECT_LT, 100000001, 0, ""));
	cr_assert_null(check("tasks.hog.cpu_ns", EXPECT_LE, 100000000, 0, ""));
	cr_assert_null(check("tasks.hog.cpu_ns", EXPECT_GT, 99999999, 0, ""));
	cr_assert_null(check("tasks.hog.cpu_ns", EXPECT_GE, 100000000, 0, ""));
	cr_assert_null(check("tasks.hog.cpu_ns", EXPECT_NEAR, 99000000, 1000000, ""));
	cr_assert_null(check("tasks.hog.cpu_ns", EXPECT_NEAR, 101000000, 1000000, ""));
}

Test(expect, each_comparison_can_fail)
{
	cr_assert(check("total.wakeups", EXPECT_EQ, 102, 0, "x"));
	cr_assert(check("total.wakeups", EXPECT_NE, 103, 0, "x"));
	cr_assert(check("total.wakeups", EXPECT_LT, 103, 0, "x"));
	cr_assert(check("total.wakeups", EXPECT_LE, 102, 0, "x"));
	cr_assert(check("total.wakeups", EXPECT_GT, 103, 0, "x"));
	cr_assert(check("total.wakeups", EXPECT_GE, 104, 0, "x"));
	cr_assert(check("total.wakeups", EXPECT_NEAR, 105, 1, "x"));
}

Test(expect, what_failed_is_told_in_the_unit_of_the_metric)
{
	cr_assert_str_eq(
		check("tasks.hog.cpu_ns", EXPECT_GE, 900000000, 0, "tasks.hog.cpu_ns >= 900 ms"),
		"ossim: error: expectation failed: tasks.hog.cpu_ns >= 900 ms, but it is 100 ms\n");
	cr_assert_str_eq(check("total.wakeups", EXPECT_LT, 100, 0, "total.wakeups < 100"),
			 "ossim: error: expectation failed: total.wakeups < 100, but it is 103\n");
	cr_assert_str_eq(
		check("fairness_ppm", EXPECT_GT, 990000, 0, "fairness_ppm > 99%"),
		"ossim: error: expectation failed: fairness_ppm > 99%, but it is 96.1538 %\n");
	cr_assert_str_eq(
		check("tasks.hog1.cpu_ns", EXPECT_NEAR, 50000000, 1000000,
		      "tasks.hog1.cpu_ns ~ 50ms +- 1ms"),
		"ossim: error: expectation failed: tasks.hog1.cpu_ns ~ 50ms +- 1ms, but it is 40 ms, "
		"off by 10 ms\n");
}

Test(expect, all_digits_are_told_where_rounding_would_hide_the_difference)
{
	cr_assert_str_eq(
		check("tasks.hog.cpu_ns", EXPECT_EQ, 100000001, 0, "tasks.hog.cpu_ns == 100000001"),
		"ossim: error: expectation failed: tasks.hog.cpu_ns == 100000001, but it is 100 ms "
		"(100000000)\n");
}

Test(expect, a_path_that_does_not_exist_fails)
{
	cr_assert_str_eq(
		check("tasks.hgo.cpu_ns", EXPECT_GE, 0, 0, "tasks.hgo.cpu_ns >= 0"),
		"ossim: error: expectation cannot be checked: tasks.hgo.cpu_ns: unknown task 'hgo' (did "
		"you mean 'hog'?)\n");
}
