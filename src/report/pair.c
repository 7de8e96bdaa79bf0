/* SPDX-License-Identifier: MIT */
/*
 * Two results of the same tasks: what was recorded, what was simulated, and how far they differ.
 *
 *	                       CPU%  SWITCHES   WAKEUPS   LAT p50   LAT p99     MIGR
 *	web*       recorded    81.2      4021      2010     12 us    1.2 ms       12
 *	(8 tasks)  simulated   80.9      3980      2012     11 us    1.1 ms       10
 *	                      -0.4%     -1.0%     +0.1%     -8.3%     -8.3%   -16.7%
 */
#include "report/report.h"

#include "base/sorted.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "report/groups.h"
#include "report/parts.h"
#include "report/print.h"

#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 24, COMMS_MAX = 40, NR_SIDES = 2 };

/* A name's numbers in one of the two results. */
struct side {
	bool present;
	u32 nr_tasks;
	struct task_sums sums;
	u64 window_ns;
	struct hist *latency; /* owned; NULL: no samples */
};

struct pair {
	char name[GROUP_NAME_MAX];
	struct side sides[NR_SIDES]; /* recorded, simulated */
};

enum unit { UNIT_COUNT, UNIT_NS, UNIT_PPM };

/* There is nothing to compare: no wakeups, no latency. */
static const u64 NO_VALUE = UINT64_MAX;

static u64 share(const struct side *side)
{
	return share_ppm(side->sums.cpu_ns, side->window_ns);
}

static u64 switches(const struct side *side)
{
	return side->sums.voluntary_switches + side->sums.involuntary_switches;
}

static u64 involuntary(const struct side *side)
{
	return side->sums.involuntary_switches;
}

static u64 wakeups(const struct side *side)
{
	return side->sums.wakeups;
}

static u64 migrations(const struct side *side)
{
	return side->sums.migrations;
}

static u64 delay(const struct side *side)
{
	return side->sums.run_delay_ns;
}

static u64 p50(const struct side *side)
{
	return side->latency ? hist_quantile(side->latency, 50000) : NO_VALUE;
}

static u64 p99(const struct side *side)
{
	return side->latency ? hist_quantile(side->latency, 99000) : NO_VALUE;
}

/* What is compared; what does not fit is left out, the last ones first. */
static const struct column {
	const char *title;
	enum unit unit;
	u64 (*value)(const struct side *side);
} columns[] = {
	{"CPU%", UNIT_PPM, share},          {"SWITCHES", UNIT_COUNT, switches},
	{"WAKEUPS", UNIT_COUNT, wakeups},   {"LAT p50", UNIT_NS, p50},
	{"LAT p99", UNIT_NS, p99},          {"MIGR", UNIT_COUNT, migrations},
	{"INVOL", UNIT_COUNT, involuntary}, {"DELAY", UNIT_NS, delay},
};

enum { COLUMN_WIDTH = 9, NAME_WIDTH = 16, SIDE_WIDTH = 10 };

static void print_value(char cell[CELL_MAX], enum unit unit, u64 value)
{
	if (value == NO_VALUE) {
		strcpy(cell, "-");
		return;
	}
	switch (unit) {
	case UNIT_COUNT:
		snprintf(cell, CELL_MAX, "%" PRIu64, value);
		break;
	case UNIT_NS:
		print_duration(cell, value);
		break;
	case UNIT_PPM:
		print_percent(cell, value, 1000000);
		break;
	}
}

/* How far @b is from @a, in per cent of @a. */
static void print_difference(char cell[CELL_MAX], u64 a, u64 b)
{
	u64 distance = a > b ? a - b : b - a, permille;

	if (a == b || a == NO_VALUE || b == NO_VALUE) {
		strcpy(cell, a == b && a != NO_VALUE ? "=" : "-");
		return;
	}
	permille =
		a ? (u64)min_of(((u128)distance * 1000 + a / 2) / a, (u128)UINT64_MAX) : UINT64_MAX;
	if (!a || permille >= 10000)
		snprintf(cell, CELL_MAX, "%s",
			 !a                   ? "new"
			 : permille < 1000000 ? "> x 10"
					      : "> x 1000");
	else
		snprintf(cell, CELL_MAX, "%c%" PRIu64 ".%" PRIu64 "%%", a > b ? '-' : '+',
			 permille / 10, permille % 10);
}

static void print_side(const struct pair *pair, u32 side, const char *lead, u32 nr_columns,
		       FILE *out)
{
	static const char *const titles[NR_SIDES] = {"recorded", "simulated"};

	fprintf(out, "%-*s %-*s", NAME_WIDTH + utf8_surplus(lead), lead, SIDE_WIDTH, titles[side]);
	for (u32 i = 0; i < nr_columns; i++) {
		char cell[CELL_MAX];

		print_value(cell, columns[i].unit, columns[i].value(&pair->sides[side]));
		fprintf(out, " %*s", COLUMN_WIDTH, pair->sides[side].present ? cell : "-");
	}
	putc('\n', out);
}

static void print_pair(const struct pair *pair, u32 nr_columns, FILE *out, bool colour)
{
	const struct side *a = &pair->sides[0], *b = &pair->sides[1];
	u32 nr_tasks = max_of(a->nr_tasks, b->nr_tasks);
	char tasks[CELL_MAX] = "";

	if (nr_tasks > 1)
		snprintf(tasks, sizeof(tasks), "(%u tasks)", nr_tasks);
	print_side(pair, 0, pair->name, nr_columns, out);
	print_side(pair, 1, tasks, nr_columns, out);
	if (!a->present || !b->present)
		return;
	fprintf(out, "%s%-*s", style(colour, STYLE_DIM), NAME_WIDTH + 1 + SIDE_WIDTH, "");
	for (u32 i = 0; i < nr_columns; i++) {
		char cell[CELL_MAX];

		print_difference(cell, columns[i].value(a), columns[i].value(b));
		fprintf(out, " %*s", COLUMN_WIDTH, cell);
	}
	fprintf(out, "%s\n", style(colour, STYLE_PLAIN));
}

struct pairs {
	vec_of(struct pair) at;
};

static struct pair *pair_of(struct pairs *pairs, const char *name)
{
	struct pair fresh = {0};

	for (u32 i = 0; i < pairs->at.len; i++)
		if (!strcmp(pairs->at.at[i].name, name))
			return &pairs->at.at[i];
	snprintf(fresh.name, sizeof(fresh.name), "%s", name);
	vec_push(&pairs->at, fresh);
	return &vec_last(&pairs->at);
}

static void collect(struct pairs *pairs, const struct metrics *metrics, u32 side, bool by_stem)
{
	struct groups groups;

	groups_init(&groups, metrics, by_stem);
	for (u32 i = 0; i < groups.at.len; i++) {
		const struct group *group = &groups.at.at[i];
		struct side *to;

		if (!group->sums.cpu_ns && !group->sums.wakeups)
			continue;
		to = &pair_of(pairs, group->name)->sides[side];
		if (to->present) /* two names that print alike */
			continue;
		*to = (struct side){
			.present = true,
			.nr_tasks = group->nr_tasks,
			.sums = group->sums,
			.window_ns = metrics->window_ns,
			.latency = groups_dist(&groups, i, DIST_WAKEUP_LATENCY),
		};
	}
	groups_fini(&groups);
}

/* Those that both have first, then the largest users of cpu time in the recording. */
static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	bool x_both = x->sides[0].present && x->sides[1].present;
	bool y_both = y->sides[0].present && y->sides[1].present;
	u64 x_ns = max_of(x->sides[0].sums.cpu_ns, x->sides[1].sums.cpu_ns);
	u64 y_ns = max_of(y->sides[0].sums.cpu_ns, y->sides[1].sums.cpu_ns);

	return order_u64(y_both, x_both) ?: order_u64(y_ns, x_ns) ?: strcmp(x->name, y->name);
}

/* The sum over everything, as one more pair. */
static struct pair total_of(const struct pairs *pairs)
{
	struct pair total = {.name = "all tasks"};

	for (u32 i = 0; i < pairs->at.len; i++)
		for (u32 s = 0; s < NR_SIDES; s++) {
			const struct side *from = &pairs->at.at[i].sides[s];
			struct side *to = &total.sides[s];

			if (!from->present)
				continue;
			to->present = true;
			to->nr_tasks += from->nr_tasks;
			to->window_ns = from->window_ns;
			task_sums_add(&to->sums, &from->sums);
			if (!from->latency)
				continue;
			if (!to->latency)
				to->latency = hist_new();
			hist_merge(to->latency, from->latency);
		}
	return total;
}

static void pair_fini(struct pair *pair)
{
	for (u32 s = 0; s < NR_SIDES; s++)
		if (pair->sides[s].latency)
			hist_free(pair->sides[s].latency);
}

static void print_pairs(struct pairs *pairs, u32 nr_columns, FILE *out, bool colour)
{
	struct pair total = total_of(pairs);

	fprintf(out, "\n%s%-*s", style(colour, STYLE_BOLD), NAME_WIDTH + 1 + SIDE_WIDTH, "TASK");
	for (u32 i = 0; i < nr_columns; i++)
		fprintf(out, " %*s", COLUMN_WIDTH, columns[i].title);
	fprintf(out, "%s\n", style(colour, STYLE_PLAIN));
	for (u32 i = 0; i < pairs->at.len && i < PAIRS_MAX; i++)
		print_pair(&pairs->at.at[i], nr_columns, out, colour);
	if (pairs->at.len > PAIRS_MAX)
		fprintf(out, "... and %u more names\n", pairs->at.len - PAIRS_MAX);
	print_pair(&total, nr_columns, out, colour);
	pair_fini(&total);
}

static u32 columns_that_fit(int width)
{
	int room = (width > 0 ? width : WIDTH_DEFAULT) - NAME_WIDTH - 1 - SIDE_WIDTH;

	return (u32)clamp_to(room / (COLUMN_WIDTH + 1), 3, (int)ARRAY_SIZE(columns));
}

void result_print_pair(const struct result *recorded, const struct result *simulated, FILE *out,
		       int width, bool colour)
{
	bool by_stem =
		max_of(recorded->metrics->nr_comms, simulated->metrics->nr_comms) > COMMS_MAX;
	struct pairs pairs = {0};

	print_headline(recorded, out, colour);
	print_quality(recorded, out, colour);
	print_headline(simulated, out, colour);
	collect(&pairs, recorded->metrics, 0, by_stem);
	collect(&pairs, simulated->metrics, 1, by_stem);
	if (pairs.at.len)
		qsort(pairs.at.at, pairs.at.len, sizeof(*pairs.at.at), compare_pairs);
	print_pairs(&pairs, columns_that_fit(width), out, colour);
	for (u32 i = 0; i < pairs.at.len; i++)
		pair_fini(&pairs.at.at[i]);
	vec_fini(&pairs.at);
}
