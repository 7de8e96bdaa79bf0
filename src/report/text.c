/* SPDX-License-Identifier: MIT */
/*
 * Metrics as tables for people: a headline, tasks (grouped by name if there are many), what there
 * is besides, totals.
 *
 * A table is a list of columns; what does not fit the terminal is left out, the column with the
 * highest @rank first.
 */
#include "report/report.h"

#include "base/fixed.h"
#include "base/sorted.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "report/groups.h"
#include "report/print.h"

#include <stdlib.h>
#include <string.h>

enum { RANK_MAX = 9 };

/* One line of the task table: a task, or several of one name. */
struct row {
	char name[GROUP_NAME_MAX];
	u32 nr_tasks;
	u32 pid; /* of a single task */
	u32 flags;
	u8 policy;
	s16 prio;
	struct task_sums sums;
	u64 window_ns;
	const struct hist *latency, *slice;   /* NULL: no samples */
	struct hist *own_latency, *own_slice; /* merged for this row; NULL: not */
};

struct rows {
	vec_of(struct row) at;
};

struct column {
	const char *title;
	u8 width;
	u8 rank; /* 0: always there */
	bool left;
	void (*cell)(const struct row *row, char buf[CELL_MAX]);
	u64 (*only_if)(const struct row *row); /* NULL, or: not 0 for some row */
};

static void name_cell(const struct row *row, char buf[CELL_MAX])
{
	snprintf(buf, CELL_MAX, "%s", row->name);
}

/* What decides about its place: the policy if it is not the usual one, else nice. */
static void policy_cell(const struct row *row, char buf[CELL_MAX])
{
	if (row->nr_tasks > 1)
		snprintf(buf, CELL_MAX, "%u tasks", row->nr_tasks);
	else if (row->prio < 0)
		snprintf(buf, CELL_MAX, "deadline");
	else if (row->prio < 100)
		snprintf(buf, CELL_MAX, "%s %d",
			 row->policy == ROSTER_POLICY_UNKNOWN ? "rt" : policy_name(row->policy),
			 99 - row->prio);
	else if (row->policy == POLICY_BATCH || row->policy == POLICY_IDLE)
		snprintf(buf, CELL_MAX, "%s", policy_name(row->policy));
	else
		snprintf(buf, CELL_MAX, "%s %d", row->policy == POLICY_EXT ? "ext" : "nice",
			 row->prio - 120);
}

static void cpu_cell(const struct row *row, char buf[CELL_MAX])
{
	print_duration(buf, row->sums.cpu_ns);
}

static void share_cell(const struct row *row, char buf[CELL_MAX])
{
	print_percent(buf, row->sums.cpu_ns, row->window_ns);
}

static void delay_cell(const struct row *row, char buf[CELL_MAX])
{
	print_duration(buf, row->sums.run_delay_ns);
}

static u64 blocked_ns(const struct row *row)
{
	return row->sums.blocked_ns;
}

static u64 stopped_ns(const struct row *row)
{
	return row->sums.stopped_ns;
}

static u64 parked_ns(const struct row *row)
{
	return row->sums.parked_ns;
}

/* What is left of the time that it was not runnable. */
static void sleep_cell(const struct row *row, char buf[CELL_MAX])
{
	print_duration(buf,
		       row->sums.sleep_ns - blocked_ns(row) - stopped_ns(row) - parked_ns(row));
}

static void blocked_cell(const struct row *row, char buf[CELL_MAX])
{
	print_duration(buf, blocked_ns(row));
}

static void stopped_cell(const struct row *row, char buf[CELL_MAX])
{
	print_duration(buf, stopped_ns(row));
}

static void parked_cell(const struct row *row, char buf[CELL_MAX])
{
	print_duration(buf, parked_ns(row));
}

static void wakeups_cell(const struct row *row, char buf[CELL_MAX])
{
	snprintf(buf, CELL_MAX, "%" PRIu64, row->sums.wakeups);
}

static void voluntary_cell(const struct row *row, char buf[CELL_MAX])
{
	snprintf(buf, CELL_MAX, "%" PRIu64, row->sums.voluntary_switches);
}

static void involuntary_cell(const struct row *row, char buf[CELL_MAX])
{
	snprintf(buf, CELL_MAX, "%" PRIu64, row->sums.involuntary_switches);
}

static void migrations_cell(const struct row *row, char buf[CELL_MAX])
{
	snprintf(buf, CELL_MAX, "%" PRIu64, row->sums.migrations);
}

static void p50_cell(const struct row *row, char buf[CELL_MAX])
{
	print_quantile(buf, row->latency, 50000);
}

static void p99_cell(const struct row *row, char buf[CELL_MAX])
{
	print_quantile(buf, row->latency, 99000);
}

static void max_cell(const struct row *row, char buf[CELL_MAX])
{
	if (row->latency && row->latency->count)
		print_duration(buf, row->latency->max);
	else
		strcpy(buf, "-");
}

static void slice_cell(const struct row *row, char buf[CELL_MAX])
{
	if (row->slice && row->slice->count)
		print_duration(buf, hist_mean(row->slice));
	else
		strcpy(buf, "-");
}

static const struct column columns[] = {
	{"TASK", 4, 0, true, name_cell, NULL},
	{"POLICY", 9, 7, true, policy_cell, NULL},
	{"CPU", 9, 0, false, cpu_cell, NULL},
	{"CPU%", 6, 0, false, share_cell, NULL},
	{"DELAY", 9, 3, false, delay_cell, NULL},
	{"SLEEP", 9, 9, false, sleep_cell, NULL},
	{"IN D", 9, 3, false, blocked_cell, blocked_ns},
	{"STOPPED", 9, 3, false, stopped_cell, stopped_ns},
	{"PARKED", 9, 3, false, parked_cell, parked_ns},
	{"WAKEUPS", 8, 1, false, wakeups_cell, NULL},
	{"VOLUNT", 8, 6, false, voluntary_cell, NULL},
	{"INVOL", 8, 5, false, involuntary_cell, NULL},
	{"MIGR", 6, 2, false, migrations_cell, NULL},
	{"LAT p50", 9, 1, false, p50_cell, NULL},
	{"LAT p99", 9, 0, false, p99_cell, NULL},
	{"LAT max", 9, 4, false, max_cell, NULL},
	{"SLICE", 9, 8, false, slice_cell, NULL},
};

static bool worth_a_row(u32 flags, const struct task_sums *sums)
{
	return flags & RECORD_FLAG_WORKLOAD || sums->cpu_ns || sums->wakeups;
}

static struct row row_of_task(const struct metrics *metrics, const struct task_metrics *task)
{
	struct row row = {
		.nr_tasks = 1,
		.pid = task->pid,
		.flags = task->flags,
		.policy = task->policy,
		.prio = task->prio,
		.sums = task->sums,
		.window_ns = metrics->window_ns,
		.latency = task->dist[DIST_WAKEUP_LATENCY],
		.slice = task->dist[DIST_SLICE],
	};

	printable_name(names_text(metrics->names, task->comm), row.name, sizeof(row.name));
	return row;
}

static struct row row_of_group(const struct groups *groups, u32 number)
{
	const struct group *group = &groups->at.at[number];
	struct row row = {
		.nr_tasks = group->nr_tasks,
		.flags = group->flags,
		.policy = ROSTER_POLICY_UNKNOWN,
		.prio = 120,
		.sums = group->sums,
		.window_ns = groups->metrics->window_ns,
		.own_latency = groups_dist(groups, number, DIST_WAKEUP_LATENCY),
		.own_slice = groups_dist(groups, number, DIST_SLICE),
	};

	memcpy(row.name, group->name, sizeof(row.name));
	row.latency = row.own_latency;
	row.slice = row.own_slice;
	/* One task of that name: it has a policy. */
	for (u32 i = 0; group->nr_tasks == 1 && i < groups->metrics->nr_tasks; i++) {
		const struct task_metrics *task = &groups->metrics->tasks[i];

		if (task->comm != groups->metrics->comms[group->first_comm].comm)
			continue;
		row.policy = task->policy;
		row.prio = task->prio;
	}
	return row;
}

/* The workload's before the kernel's, the largest users of cpu time first. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	bool x_ours = x->flags & RECORD_FLAG_WORKLOAD, y_ours = y->flags & RECORD_FLAG_WORKLOAD;

	return order_u64(y_ours, x_ours) ?: order_u64(y->sums.cpu_ns, x->sums.cpu_ns) ?:
	       strcmp(x->name, y->name);
}

static void collect_groups(struct rows *rows, const struct metrics *metrics)
{
	struct groups groups;

	groups_init(&groups, metrics, true);
	for (u32 i = 0; i < groups.at.len; i++)
		if (worth_a_row(groups.at.at[i].flags, &groups.at.at[i].sums))
			vec_push(&rows->at, row_of_group(&groups, i));
	groups_fini(&groups);
	if (rows->at.len)
		qsort(rows->at.at, rows->at.len, sizeof(*rows->at.at), compare_rows);
}

static bool has_namesake(const struct rows *rows, u32 i)
{
	for (u32 j = 0; j < rows->at.len; j++)
		if (j != i && !strcmp(rows->at.at[j].name, rows->at.at[i].name))
			return true;
	return false;
}

/* "sh:4711": who has the same name as another is told apart by its pid. */
static void tell_apart(struct rows *rows)
{
	bool namesake[TABLE_ROWS_MAX];

	for (u32 i = 0; i < rows->at.len; i++)
		namesake[i] = has_namesake(rows, i);
	for (u32 i = 0; i < rows->at.len; i++) {
		struct row *row = &rows->at.at[i];
		size_t len = strlen(row->name);

		if (namesake[i])
			snprintf(row->name + len, sizeof(row->name) - len, ":%u", row->pid);
	}
}

/* Rows by task, in the order in which they came, if there are few; else by group of names. */
static void collect(struct rows *rows, const struct metrics *metrics)
{
	u32 nr = 0;

	for (u32 i = 0; i < metrics->nr_tasks; i++)
		nr += worth_a_row(metrics->tasks[i].flags, &metrics->tasks[i].sums);
	if (nr > TABLE_ROWS_MAX) {
		collect_groups(rows, metrics);
		return;
	}
	for (u32 i = 0; i < metrics->nr_tasks; i++)
		if (worth_a_row(metrics->tasks[i].flags, &metrics->tasks[i].sums))
			vec_push(&rows->at, row_of_task(metrics, &metrics->tasks[i]));
	tell_apart(rows);
}

static void rows_fini(struct rows *rows)
{
	for (u32 i = 0; i < rows->at.len; i++) {
		if (rows->at.at[i].own_latency)
			hist_free(rows->at.at[i].own_latency);
		if (rows->at.at[i].own_slice)
			hist_free(rows->at.at[i].own_slice);
	}
	vec_fini(&rows->at);
}

static bool is_wanted(const struct column *column, const struct rows *rows)
{
	for (u32 i = 0; column->only_if && i < rows->at.len; i++)
		if (column->only_if(&rows->at.at[i]))
			return true;
	return !column->only_if;
}

/* Says of each column how wide it is; 0: it is left out. */
static void fit_columns(u8 widths[ARRAY_SIZE(columns)], const struct rows *rows, u8 name_width,
			int width)
{
	int total = -1;

	for (u32 i = 0; i < ARRAY_SIZE(columns); i++) {
		widths[i] = i ? columns[i].width : name_width;
		widths[i] *= is_wanted(&columns[i], rows);
		total += widths[i] + (widths[i] > 0);
	}
	for (u8 rank = RANK_MAX; rank > 0 && total > width; rank--)
		for (u32 i = 0; i < ARRAY_SIZE(columns); i++)
			if (columns[i].rank == rank && widths[i]) {
				total -= widths[i] + 1;
				widths[i] = 0;
			}
}

static void print_cells(const struct row *row, const u8 *widths, FILE *out)
{
	const char *space = "";

	for (u32 i = 0; i < ARRAY_SIZE(columns); i++) {
		char cell[CELL_MAX];

		if (!widths[i])
			continue;
		if (row)
			columns[i].cell(row, cell);
		else
			snprintf(cell, sizeof(cell), "%s", columns[i].title);
		fprintf(out, "%s%*s", space,
			columns[i].left ? -(widths[i] + utf8_surplus(cell)) : widths[i], cell);
		space = " ";
	}
}

static void print_tasks(const struct metrics *m, FILE *out, int width, bool colour)
{
	u8 widths[ARRAY_SIZE(columns)], name_width = 12;
	struct rows rows = {0};

	collect(&rows, m);
	for (u32 i = 0; i < rows.at.len && i < TABLE_ROWS_MAX; i++)
		name_width = (u8)max_of((size_t)name_width,
					strlen(rows.at.at[i].name) -
						(size_t)utf8_surplus(rows.at.at[i].name));
	fit_columns(widths, &rows, name_width, width);
	fprintf(out, "\n%s", style(colour, STYLE_BOLD));
	print_cells(NULL, widths, out);
	fprintf(out, "%s\n", style(colour, STYLE_PLAIN));
	for (u32 i = 0; i < rows.at.len && i < TABLE_ROWS_MAX; i++) {
		print_cells(&rows.at.at[i], widths, out);
		putc('\n', out);
	}
	if (rows.at.len > TABLE_ROWS_MAX)
		fprintf(out, "... and %u more (all are in the JSON result)\n",
			rows.at.len - TABLE_ROWS_MAX);
	rows_fini(&rows);
}

static void print_totals(const struct result *r, FILE *out)
{
	const struct metrics *m = r->metrics;

	fprintf(out,
		"\n%" PRIu64 " switches, %" PRIu64 " wakeups, %" PRIu64 " migrations, %" PRIu64
		" forks, %" PRIu64 " exits; load average %u.%02u; fairness %u.%04u\n",
		m->total.switches, m->total.wakeups, m->total.migrations, m->total.forks,
		m->total.exits, m->load_avg_milli[0] / 1000, m->load_avg_milli[0] % 1000 / 10,
		m->fairness_ppm / 1000000, m->fairness_ppm % 1000000 / 100);
	if (r->recorded || !r->events)
		return;
	fprintf(out,
		"%" PRIu64 " events simulated, %" PRIu64 " per second, %" PRIu64 ".%" PRIu64
		" ns each\n",
		r->events, mul_div_u64(r->events, SEC, max_of(r->wall_ns, (u64)1)),
		r->wall_ns / r->events, r->wall_ns * 10 / r->events % 10);
}

static void print_xv6(const struct result *r, FILE *out)
{
	if (r->workload && r->workload->model == MODEL_XV6)
		fprintf(out, "%" PRIu64 " slots of the process table looked at\n",
			r->slots_scanned);
}

/* One line, or the story of its end. */
static void print_ext(const struct result *r, FILE *out)
{
	const struct result_ext *ext = &r->ext;
	char when[16];

	if (!ext->policy)
		return;
	fprintf(out, "ext policy %s%s: %s", ext->policy, ext->partial ? " (partial)" : "",
		ext->state);
	if (ext->left_ns != NEVER) {
		format_duration(ext->left_ns, when);
		fprintf(out, " at %s: %s%s%s", when, ext->reason, *ext->message ? ": " : "",
			ext->message);
	}
	fprintf(out, "; %" PRIu64 " enqueues, %" PRIu64 " dispatches, %" PRIu64 " moves\n",
		ext->enqueues, ext->dispatches, ext->moved);
}

void result_print(const struct result *r, FILE *out, int width, bool colour)
{
	print_headline(r, out, colour);
	print_quality(r, out, colour);
	print_tasks(r->metrics, out, width > 0 ? width : WIDTH_DEFAULT, colour);
	print_cpus(r->metrics, out, colour);
	print_task_groups(r->metrics, out, colour);
	print_wait_queues(r->metrics, out, colour);
	print_totals(r, out);
	print_xv6(r, out);
	print_ext(r, out);
}
