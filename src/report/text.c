/* SPDX-License-Identifier: MIT */
/*
 * Metrics as tables for people: a headline, tasks (grouped by name if there are many), cpus, totals.
 */
#include "report/report.h"

#include "base/fixed.h"
#include "base/vec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 40, CPUS_SHOWN = 16 };

/* One line of the task table: a task, or several of one name. */
struct row {
	char name[24];
	u32 nr_tasks;
	u32 pid;
	u8 policy;
	s16 prio;
	char state;
	bool workload;
	struct task_sums sums;
	const struct hist *latency, *slice;
	struct hist *merged_latency, *merged_slice; /* owned; NULL: not merged */
};

struct rows {
	vec_of(struct row) at;
};

static void duration(char buf[16], u64 ns)
{
	format_duration(ns, buf);
}

static void add_sums(struct task_sums *to, const struct task_sums *from)
{
	to->cpu_ns += from->cpu_ns;
	to->run_delay_ns += from->run_delay_ns;
	to->sleep_ns += from->sleep_ns;
	to->voluntary_switches += from->voluntary_switches;
	to->involuntary_switches += from->involuntary_switches;
	to->wakeups += from->wakeups;
	to->migrations += from->migrations;
}

static bool worth_a_row(const struct task_metrics *task)
{
	return task->flags & RECORD_FLAG_WORKLOAD || task->sums.cpu_ns || task->sums.wakeups;
}

static struct row row_of_task(const struct metrics *metrics, const struct task_metrics *task)
{
	struct row row = {
		.nr_tasks = 1,
		.pid = task->pid,
		.policy = task->policy,
		.prio = task->prio,
		.state = task->state,
		.workload = task->flags & RECORD_FLAG_WORKLOAD,
		.sums = task->sums,
		.latency = task->dist[DIST_WAKEUP_LATENCY],
		.slice = task->dist[DIST_SLICE],
	};

	snprintf(row.name, sizeof(row.name), "%s", names_text(metrics->names, task->comm));
	return row;
}

/* "web12" and "web7" are both of the group "web". */
static size_t group_length(const char *name)
{
	size_t len = strlen(name);

	while (len > 1 && isdigit((unsigned char)name[len - 1]))
		len--;
	return len;
}

static struct hist *merge(struct hist *into, const struct hist *from)
{
	if (!from)
		return into;
	if (!into)
		into = hist_new();
	hist_merge(into, from);
	return into;
}

static struct row *find_group(struct rows *rows, const char *name, size_t len)
{
	for (u32 i = 0; i < rows->at.len; i++) {
		struct row *row = &rows->at.at[i];

		if (strlen(row->name) == len && !strncmp(row->name, name, len))
			return row;
	}
	return NULL;
}

static void add_to_group(struct rows *rows, const char *name, const struct comm_metrics *comm)
{
	size_t len = min_of(group_length(name), sizeof(rows->at.at->name) - 1);
	struct row *row = find_group(rows, name, len);

	if (!row) {
		struct row fresh = {.policy = ROSTER_POLICY_UNKNOWN, .state = ' '};

		memcpy(fresh.name, name, len);
		vec_push(&rows->at, fresh);
		row = &vec_last(&rows->at);
	}
	row->nr_tasks += comm->nr_tasks;
	row->workload |= comm->flags & RECORD_FLAG_WORKLOAD;
	add_sums(&row->sums, &comm->sums);
	row->latency = row->merged_latency = merge(row->merged_latency, comm->dist[DIST_WAKEUP_LATENCY]);
	row->slice = row->merged_slice = merge(row->merged_slice, comm->dist[DIST_SLICE]);
}

static u32 tasks_worth_a_row(const struct metrics *metrics)
{
	u32 n = 0;

	for (u32 i = 0; i < metrics->nr_tasks; i++)
		n += worth_a_row(&metrics->tasks[i]);
	return n;
}

static int by_cpu_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->workload != y->workload)
		return x->workload ? -1 : 1;
	if (x->sums.cpu_ns != y->sums.cpu_ns)
		return x->sums.cpu_ns > y->sums.cpu_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Rows by task if there are few, else by group of names, the largest users of cpu time first. */
static void collect(struct rows *rows, const struct metrics *metrics)
{
	if (tasks_worth_a_row(metrics) <= ROWS_MAX) {
		for (u32 i = 0; i < metrics->nr_tasks; i++)
			if (worth_a_row(&metrics->tasks[i]))
				vec_push(&rows->at, row_of_task(metrics, &metrics->tasks[i]));
		return;
	}
	for (u32 i = 0; i < metrics->nr_comms; i++) {
		const struct comm_metrics *comm = &metrics->comms[i];

		if (comm->sums.cpu_ns || comm->sums.wakeups || comm->flags & RECORD_FLAG_WORKLOAD)
			add_to_group(rows, names_text(metrics->names, comm->comm), comm);
	}
	qsort(rows->at.at, rows->at.len, sizeof(*rows->at.at), by_cpu_time);
}

static void rows_fini(struct rows *rows)
{
	for (u32 i = 0; i < rows->at.len; i++) {
		if (rows->at.at[i].merged_latency)
			hist_free(rows->at.at[i].merged_latency);
		if (rows->at.at[i].merged_slice)
			hist_free(rows->at.at[i].merged_slice);
	}
	vec_fini(&rows->at);
}

static const char *bold(bool colour)
{
	return colour ? "\033[1m" : "";
}

static const char *plain(bool colour)
{
	return colour ? "\033[0m" : "";
}

static void print_headline(const struct result *r, FILE *out, bool colour)
{
	const struct metrics *m = r->metrics;
	char window[16];

	duration(window, m->window_ns);
	fprintf(out, "%s%s%s: ", bold(colour), r->source, plain(colour));
	if (r->workload)
		fprintf(out, "%s simulated on %u cpu%s, kernel %s, HZ %u, preempt %s, seed %" PRIu64 "\n",
			window, m->nr_cpus, m->nr_cpus == 1 ? "" : "s", r->workload->kernel.name,
			r->workload->platform.hz, preempt_model_names[r->workload->platform.preempt],
			r->workload->seed);
	else
		fprintf(out, "%s recorded on %u cpu%s\n", window, m->nr_cpus, m->nr_cpus == 1 ? "" : "s");
	if (r->workload && r->workload->title)
		fprintf(out, "%s\n", r->workload->title);
}

static void print_quality(const struct result *r, FILE *out)
{
	if (!r->recorded)
		return;
	if (r->lost_marks || r->lost_events)
		fprintf(out, "warning: the trace lost events: %" PRIu64 " gap%s, %" PRIu64
			     " events said to be missing\n",
			r->lost_marks, r->lost_marks == 1 ? "" : "s", r->lost_events);
	if (r->mended)
		fprintf(out, "note: %" PRIu64 " switches out of an idle cpu were missing and put back\n",
			r->mended);
	if (r->bad_lines)
		fprintf(out, "note: %" PRIu64 " lines are no events\n", r->bad_lines);
	if (r->disordered)
		fprintf(out, "note: %" PRIu64 " events were out of time order\n", r->disordered);
}

static void policy_text(const struct row *row, char buf[12])
{
	if (row->nr_tasks > 1)
		snprintf(buf, 12, "x%u", row->nr_tasks);
	else if (row->prio >= 0 && row->prio < 100)
		snprintf(buf, 12, "%s %d",
			 row->policy == ROSTER_POLICY_UNKNOWN ? "rt" : policy_name(row->policy),
			 99 - row->prio);
	else if (row->policy == POLICY_BATCH || row->policy == POLICY_IDLE)
		snprintf(buf, 12, "%s", policy_name(row->policy));
	else
		snprintf(buf, 12, "nice %d", row->prio - 120);
}

static void print_row(const struct row *row, u64 window, FILE *out)
{
	char policy[12], cpu[16], delay[16], p50[16] = "-", p99[16] = "-", max[16] = "-", slice[16] = "-";
	u64 permille = window ? mul_div_u64(row->sums.cpu_ns, 1000, window) : 0;

	policy_text(row, policy);
	duration(cpu, row->sums.cpu_ns);
	duration(delay, row->sums.run_delay_ns);
	if (row->latency && row->latency->count) {
		duration(p50, hist_quantile(row->latency, 50000));
		duration(p99, hist_quantile(row->latency, 99000));
		duration(max, row->latency->max);
	}
	if (row->slice && row->slice->count)
		duration(slice, hist_mean(row->slice));
	fprintf(out, "%-16s %-8s %9s %4" PRIu64 ".%" PRIu64 " %9s %8" PRIu64 " %8" PRIu64 " %8" PRIu64
		     " %6" PRIu64 " %9s %9s %9s %9s\n",
		row->name, policy, cpu, permille / 10, permille % 10, delay, row->sums.wakeups,
		row->sums.voluntary_switches, row->sums.involuntary_switches, row->sums.migrations, p50, p99,
		max, slice);
}

static void print_tasks(const struct metrics *m, FILE *out, bool colour)
{
	struct rows rows = {0};

	collect(&rows, m);
	fprintf(out, "\n%s%-16s %-8s %9s %6s %9s %8s %8s %8s %6s %9s %9s %9s %9s%s\n", bold(colour), "TASK",
		"POLICY", "CPU", "CPU%", "DELAY", "WAKEUPS", "VOLUNT", "INVOL", "MIGR", "LAT p50", "LAT p99",
		"LAT max", "SLICE", plain(colour));
	for (u32 i = 0; i < rows.at.len && i < ROWS_MAX; i++)
		print_row(&rows.at.at[i], m->window_ns, out);
	if (rows.at.len > ROWS_MAX)
		fprintf(out, "... and %u more (all are in the JSON result)\n", rows.at.len - ROWS_MAX);
	rows_fini(&rows);
}

static void print_cpus(const struct metrics *m, FILE *out, bool colour)
{
	fprintf(out, "\n%s%-8s %9s %6s %9s %9s %9s %7s%s\n", bold(colour), "CPU", "BUSY", "BUSY%", "IDLE",
		"IRQ", "SWITCHES", "PULLED", plain(colour));
	for (u32 i = 0; i < m->nr_cpus && i < CPUS_SHOWN; i++) {
		const struct cpu_metrics *cpu = &m->cpus[i];
		u64 permille = m->window_ns ? mul_div_u64(cpu->busy_ns, 1000, m->window_ns) : 0;
		char busy[16], idle[16], irq[16];

		duration(busy, cpu->busy_ns);
		duration(idle, cpu->idle_ns);
		duration(irq, cpu->irq_ns);
		fprintf(out, "%-8u %9s %4" PRIu64 ".%" PRIu64 " %9s %9s %9" PRIu64 " %7" PRIu64 "\n", i, busy,
			permille / 10, permille % 10, idle, irq, cpu->switches, cpu->pulled);
	}
	if (m->nr_cpus > CPUS_SHOWN)
		fprintf(out, "... and %u more cpus (all are in the JSON result)\n", m->nr_cpus - CPUS_SHOWN);
}

static void print_totals(const struct result *r, FILE *out)
{
	const struct metrics *m = r->metrics;

	fprintf(out, "\n%" PRIu64 " switches, %" PRIu64 " wakeups, %" PRIu64 " migrations, %" PRIu64
		     " forks, %" PRIu64 " exits; load average %u.%02u; fairness %u.%04u\n",
		m->total.switches, m->total.wakeups, m->total.migrations, m->total.forks, m->total.exits,
		m->load_avg_milli[0] / 1000, m->load_avg_milli[0] % 1000 / 10, m->fairness_ppm / 1000000,
		m->fairness_ppm % 1000000 / 100);
	if (r->recorded || !r->events)
		return;
	fprintf(out, "%" PRIu64 " events simulated, %" PRIu64 " per second, %" PRIu64 ".%" PRIu64
		     " ns each\n",
		r->events, mul_div_u64(r->events, SEC, max_of(r->wall_ns, (u64)1)), r->wall_ns / r->events,
		r->wall_ns * 10 / r->events % 10);
}

void result_print(const struct result *r, FILE *out, int width unused_arg, bool colour)
{
	print_headline(r, out, colour);
	print_quality(r, out);
	print_tasks(r->metrics, out, colour);
	print_cpus(r->metrics, out, colour);
	print_totals(r, out);
}
