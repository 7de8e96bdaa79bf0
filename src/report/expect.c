/* SPDX-License-Identifier: MIT */
/* Does the result keep what the workload promised? */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

static u64 distance(s64 a, s64 b)
{
	return a > b ? (u64)a - (u64)b : (u64)b - (u64)a;
}

static bool holds(const struct expectation *e, s64 value)
{
	switch (e->op) {
	case EXPECT_EQ:
		return value == e->value;
	case EXPECT_NE:
		return value != e->value;
	case EXPECT_LT:
		return value < e->value;
	case EXPECT_LE:
		return value <= e->value;
	case EXPECT_GT:
		return value > e->value;
	case EXPECT_GE:
		return value >= e->value;
	case EXPECT_NEAR:
		return distance(value, e->value) <= e->tolerance;
	}
	return false;
}

static bool ends_in(const char *path, const char *suffix)
{
	size_t len = strlen(path), tail = strlen(suffix);

	return len >= tail && !strcmp(path + len - tail, suffix);
}

/* Is the promise written in the unit of its metric? Else @error tells, and how it should be. */
static bool has_unit(const struct expectation *e, struct text *error)
{
	if (e->units & EXPECT_IN_TIME && !ends_in(e->path, "_ns"))
		text_add(error, "a time goes with metrics in ns, whose names end in _ns");
	else if (e->units & EXPECT_IN_PERCENT && !ends_in(e->path, "_ppm"))
		text_add(error, "per cents go with metrics in ppm, whose names end in _ppm");
	else
		return true;
	return false;
}

/* @value in the unit that the metric's name tells: 612 ms, 12.5 %, or just a number. */
static void add_value(struct text *text, const char *path, s64 value)
{
	char shown[16];

	if (ends_in(path, "_ns") && value >= 1000) {
		format_duration((u64)value, shown);
		text_add(text, shown);
	} else if (ends_in(path, "_ns")) {
		text_printf(text, "%" PRId64 " ns", value);
	} else if (ends_in(path, "_ppm") && value >= 0) {
		text_printf(text, "%" PRId64 ".%04" PRId64 " %%", value / 10000, value % 10000);
	} else {
		text_printf(text, "%" PRId64, value);
	}
}

/* "it is 612 ms"; with all digits where rounding hides the difference. */
static void add_verdict(struct text *text, const struct expectation *e, s64 value)
{
	struct text wanted = {0}, got = {0};

	add_value(&wanted, e->path, e->value);
	add_value(&got, e->path, value);
	text_printf(text, "it is %s", got.at);
	if (value != e->value && !strcmp(wanted.at, got.at))
		text_printf(text, " (%" PRId64 ")", value);
	if (e->op == EXPECT_NEAR) {
		text_add(text, ", off by ");
		add_value(text, e->path, (s64)min_of(distance(value, e->value), (u64)INT64_MAX));
	}
	text_fini(&wanted);
	text_fini(&got);
}

static bool check(const struct result *result, const struct expectation *e, struct diag *diag)
{
	struct text text = {0};
	bool good;
	s64 value;

	if (!result_lookup(result, e->path, &value, &text) || !has_unit(e, &text)) {
		good = diag_error(diag, e->loc, "expectation cannot be checked: %s: %s", e->path,
				  text.at);
	} else if (holds(e, value)) {
		good = true;
	} else {
		add_verdict(&text, e, value);
		good = diag_error(diag, e->loc, "expectation failed: %s, but %s", e->text, text.at);
	}
	text_fini(&text);
	return good;
}

void expect_check_paths(const struct result *start, struct diag *diag)
{
	const struct workload *workload = start->workload;

	for (u32 i = 0; i < workload->nr_expects; i++) {
		const struct expectation *e = &workload->expects[i];
		struct text text = {0};
		s64 nothing_yet;

		if (!result_lookup(start, e->path, &nothing_yet, &text) || !has_unit(e, &text))
			diag_error(diag, e->loc, "expectation cannot be checked: %s: %s", e->path,
				   text.at);
		text_fini(&text);
	}
}

u32 expect_check(const struct result *result, struct diag *diag)
{
	const struct workload *workload = result->workload;
	u32 failed = 0;

	for (u32 i = 0; workload && i < workload->nr_expects; i++)
		failed += !check(result, &workload->expects[i], diag);
	return failed;
}
