/* SPDX-License-Identifier: MIT */
/* Times, sizes and counts in all their forms. */
#include "compiled.h"

#include <criterion/criterion.h>
#include <string.h>

/* The one distribution of a program of one run. */
static struct dist dist_of(struct compiled *c, const char *time)
{
	char program[300];

	snprintf(program, sizeof(program), "{run: %s}", time);
	*c = compile_program(program);
	cr_assert_not_null(c->workload, "%s: %s", time, messages_of(c));
	cr_assert_eq(c->workload->nr_dists, 1, "%s", time);
	return c->workload->dists[0];
}

static const char *error_of(struct compiled *c, const char *time)
{
	char program[300];

	snprintf(program, sizeof(program), "{run: %s}", time);
	*c = compile_program(program);
	cr_assert_null(c->workload, "%s is accepted", time);
	return first_message(c);
}

Test(quantity, a_value_is_no_distribution)
{
	static const struct {
		const char *text;
		u64 ns;
	} times[] = {
		{"3ms", 3 * MSEC},  {"1.5us", 1500},       {"2 s", 2 * SEC},
		{"\"7ns\"", 7},     {"0.25s", 250 * MSEC}, {"{constant: 4ms}", 4 * MSEC},
		{"1h", 3600 * SEC},
	};

	for (u32 i = 0; i < ARRAY_SIZE(times); i++) {
		char program[100];
		struct compiled c;

		snprintf(program, sizeof(program), "{run: %s}", times[i].text);
		c = compile_program(program);
		cr_assert_not_null(c.workload, "%s: %s", times[i].text, messages_of(&c));
		cr_assert_eq(c.workload->nr_dists, 0);
		cr_assert_eq(c.workload->programs[task_of(&c, "t")->program].ops[0].value,
			     times[i].ns, "%s", times[i].text);
		compiled_fini(&c);
	}
}

Test(quantity, each_distribution_has_its_parameters)
{
	static const struct {
		const char *text;
		enum dist_kind kind;
		u64 a, b, min;
	} forms[] = {
		{"{uniform: [1ms, 2ms]}", DIST_UNIFORM, MSEC, 2 * MSEC, 0},
		{"{uniform: {min: 1ms, max: 2ms}}", DIST_UNIFORM, MSEC, 2 * MSEC, 0},
		{"{normal: {mean: 5ms, stddev: 1ms}}", DIST_NORMAL, 5 * MSEC, MSEC, 0},
		{"{normal: {mean: 5ms, stddev: 1ms, min: 3ms}}", DIST_NORMAL, 5 * MSEC, MSEC,
		 3 * MSEC},
		{"{exponential: 3ms}", DIST_EXPONENTIAL, 3 * MSEC, 0, 0},
		{"{exponential: {mean: 3ms, min: 1us}}", DIST_EXPONENTIAL, 3 * MSEC, 0, USEC},
		{"{lognormal: {median: 2ms, sigma: 0.5}}", DIST_LOGNORMAL, 2 * MSEC, 500, 0},
		{"{lognormal: {median: 2ms, sigma: 1}}", DIST_LOGNORMAL, 2 * MSEC, 1000, 0},
		{"{pareto: {min: 1ms, alpha: 1.25}}", DIST_PARETO, MSEC, 1250, MSEC},
	};

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		struct compiled c;
		struct dist dist = dist_of(&c, forms[i].text);

		cr_assert_eq(dist.kind, forms[i].kind, "%s", forms[i].text);
		cr_assert_eq(dist.a, forms[i].a, "%s", forms[i].text);
		if (forms[i].b)
			cr_assert_eq(dist.b, forms[i].b, "%s", forms[i].text);
		cr_assert_eq(dist.min, forms[i].min, "%s", forms[i].text);
		compiled_fini(&c);
	}
}

Test(quantity, max_clamps_a_distribution)
{
	static const char *const forms[] = {
		"{normal: {mean: 5ms, stddev: 1ms, max: 9ms}}",
		"{exponential: {mean: 5ms, max: 9ms}}",
		"{lognormal: {median: 5ms, sigma: 0.1, max: 9ms}}",
		"{pareto: {min: 5ms, alpha: 2, max: 9ms}}",
	};

	for (u32 i = 0; i < ARRAY_SIZE(forms); i++) {
		struct compiled c;

		cr_assert_eq(dist_of(&c, forms[i]).max, 9 * MSEC, "%s", forms[i]);
		compiled_fini(&c);
	}
}

Test(quantity, listed_values_have_running_sums_of_weights)
{
	struct compiled c;
	struct dist dist = dist_of(&c, "{empirical: [1ms, {value: 2ms, weight: 3}, {value: 9ms}]}");

	cr_assert_eq(dist.kind, DIST_EMPIRICAL);
	cr_assert_eq(dist.nr, 3);
	cr_assert_null(dist.value_hi);
	cr_assert_eq(dist.value[1], 2 * MSEC);
	cr_assert_eq(dist.cumulative[0], 1);
	cr_assert_eq(dist.cumulative[1], 4);
	cr_assert_eq(dist.cumulative[2], 5);
	compiled_fini(&c);
}

Test(quantity, a_histogram_has_bins)
{
	struct compiled c;
	struct dist dist =
		dist_of(&c, "{histogram: [{from: 1ms, to: 2ms, count: 10},"
			    " {from: 2ms, to: 8ms, count: 0}, {from: 8ms, to: 8ms, count: 1}]}");

	cr_assert_eq(dist.kind, DIST_EMPIRICAL);
	cr_assert_eq(dist.nr, 3);
	cr_assert_eq(dist.value[0], MSEC);
	cr_assert_eq(dist.value_hi[0], 2 * MSEC);
	cr_assert_eq(dist.cumulative[1], 10);
	cr_assert_eq(dist.cumulative[2], 11);
	compiled_fini(&c);
}

Test(quantity, decimals_are_exact_and_at_most_three)
{
	static const struct {
		const char *sigma;
		u64 milli;
	} good[] = {{"0.001", 1}, {"0.5", 500}, {"0.250", 250}, {"2.5000", 2500}, {"10", 10000}};
	static const char *const bad[] = {"0.0001", "10.001", ".5",   "-1",
					  "1e3",    "0.5.5",  "half", "99999999999999999999"};

	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		char form[100];
		struct compiled c;

		snprintf(form, sizeof(form), "{lognormal: {median: 1ms, sigma: %s}}",
			 good[i].sigma);
		cr_assert_eq(dist_of(&c, form).b, good[i].milli, "%s", good[i].sigma);
		compiled_fini(&c);
	}
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		char form[100];
		struct compiled c;

		snprintf(form, sizeof(form), "{lognormal: {median: 1ms, sigma: %s}}", bad[i]);
		cr_assert_not_null(strstr(error_of(&c, form), "'sigma'"), "%s", bad[i]);
		compiled_fini(&c);
	}
}

Test(quantity, a_mistake_in_a_distribution_is_named)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{}", "a distribution is one name with its parameters"},
		{"{unifrom: [1ms, 2ms]}",
		 "unknown distribution 'unifrom' (did you mean 'uniform'?)"},
		{"{uniform: 3ms}", "'uniform' must be a map, not '3ms'"},
		{"{uniform: [1ms]}", "'uniform' takes two values"},
		{"{uniform: {min: 1ms}}", "'uniform' has no 'max'"},
		{"{normal: {mean: 1ms, stdev: 1ms}}", "unknown key 'stdev' in 'normal'"},
		{"{exponential: {max: 1ms}}", "'exponential' has no 'mean'"},
		{"{pareto: {min: 1ms, alpha: 0}}", "'alpha' must be from 0.001"},
		{"{empirical: []}", "'empirical' must be a list of values, not a list"},
		{"{empirical: [{value: 1ms, weight: -1}]}", "'weight' must be a whole number"},
		{"{empirical: [1ms, 2]}", "a unit is missing"},
		{"{histogram: [{from: 1ms, count: 1}]}", "'histogram' has no 'to'"},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct compiled c;
		const char *error = error_of(&c, cases[i].text);

		cr_assert_not_null(strstr(error, cases[i].message), "%s: %s", cases[i].text, error);
		compiled_fini(&c);
	}
}
