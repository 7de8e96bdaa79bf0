/* SPDX-License-Identifier: MIT */
/*
 * Load over time: how many tasks were runnable, and who had the cpus.
 *
 * runqueue.bin: x low, x high, min, mean, max of runnable tasks on all cpus together.
 * runqueue-cpus.bin: row by row the mean of each cpu (or of a few, if there are many).
 * shares.bin: x, then the borders between actors stacked upon each other, in per cent of all cpus.
 */
#include "report/plot.h"

#include <stdlib.h>

enum { QUEUE_COLUMNS = 260, HEAT_COLUMNS = 320, HEAT_ROWS = 128, HEAT_CELLS = 14000 };

/* --- runqueue length --- */

static void put_column(struct plot *plot, struct plot_file *file,
		       const struct timeline_queue *queue, u32 first, u32 end)
{
	const struct timeline *t = plot->timeline;
	u32 min = UINT32_MAX, max = 0;
	double sum = 0;

	for (u32 i = first; i < end; i++) {
		min = min_of(min, queue[i].min);
		max = max_of(max, queue[i].max);
		sum += (double)queue[i].mean_milli / 1000;
	}
	double values[] = {
		plot_time(plot, t->from + first * t->bin_ns),
		plot_time(plot, min_of(t->from + end * t->bin_ns, t->to)),
		min,
		sum / (end - first),
		max,
	};
	plot_put(file, values, ARRAY_SIZE(values));
}

void plot_put_lengths(struct plot *plot, struct plot_file *file, const struct timeline_queue *queue)
{
	u32 nr = plot->timeline->nr_bins, columns = min_of(nr, (u32)QUEUE_COLUMNS);

	for (u32 i = 0; i < columns; i++)
		put_column(plot, file, queue, nr * i / columns, nr * (i + 1) / columns);
}

static bool put_totals(struct plot *plot)
{
	struct plot_file file;

	if (!plot_file_open(plot, "runqueue.bin", &file))
		return false;
	plot_put_lengths(plot, &file, plot->timeline->queue);
	return plot_file_close(plot, &file);
}

/* The mean length of cpus @cpu .. @cpu_end - 1 in bins @first .. @end - 1. */
static double mean_length(const struct timeline *t, u32 cpu, u32 cpu_end, u32 first, u32 end)
{
	double sum = 0;

	for (u32 c = cpu; c < cpu_end; c++)
		for (u32 i = first; i < end; i++)
			sum += (double)t->cpus[c].queue[i].mean_milli / 1000;
	return sum / ((double)(cpu_end - cpu) * (end - first));
}

static bool put_cpus(struct plot *plot)
{
	const struct timeline *t = plot->timeline;
	u32 per_row = (u32)div_round_up(t->nr_cpus, HEAT_ROWS);
	u32 rows = (u32)div_round_up(t->nr_cpus, per_row), nr = t->nr_queue_bins;
	u32 skip =
		(u32)max_of(div_round_up(nr, min_of(HEAT_CELLS / rows, (u32)HEAT_COLUMNS)), (u64)1);
	u32 columns = (u32)div_round_up(nr, skip);
	struct plot_file file;
	double most = 0;

	if (!plot_file_open(plot, "runqueue-cpus.bin", &file))
		return false;
	for (u32 row = 0; row < rows; row++)
		for (u32 i = 0; i < nr; i += skip) {
			u32 cpu = row * per_row;
			double mean = mean_length(t, cpu, min_of(cpu + per_row, t->nr_cpus), i,
						  min_of(i + skip, nr));

			most = max_of(most, mean);
			plot_put(&file, &mean, 1);
		}
	plot_set(plot, "queue_columns", columns);
	plot_set(plot, "queue_rows", rows);
	plot_set(plot, "queue_cpus_per_row", per_row);
	plot_set(plot, "queue_cell", (double)(skip * t->queue_bin_ns) / plot->unit);
	plot_set(plot, "queue_cpu_most", most);
	return plot_file_close(plot, &file);
}

bool plot_runqueue(struct plot *plot)
{
	const struct timeline *t = plot->timeline;
	u32 most = 0;

	for (u32 i = 0; i < t->nr_bins; i++)
		most = max_of(most, t->queue[i].max);
	plot_set(plot, "queue_bins", t->nr_queue_bins ? t->nr_bins : 0);
	plot_set(plot, "queue_most", most);
	return put_totals(plot) && put_cpus(plot);
}

/* --- shares --- */

/* A column shall be some stays wide, or it shows who ran and not the shares. */
enum { SHARE_COLUMNS_MIN = 30, SHARE_COLUMNS_MAX = 240, STAYS_PER_COLUMN = 6 };

static u32 share_columns(const struct timeline *t)
{
	u64 stays = t->nr_switches / max_of(t->nr_cpus, 1u) / STAYS_PER_COLUMN;
	u32 columns = (u32)clamp_to(stays, (u64)SHARE_COLUMNS_MIN, (u64)SHARE_COLUMNS_MAX);

	return min_of(columns, t->nr_bins);
}

/* Cpu time by actor in bins @first .. @end - 1. */
static void sum_actors(const struct plot *plot, u32 first, u32 end, double ns[ACTORS_MAX + 1])
{
	const struct timeline *t = plot->timeline;

	for (u32 i = 0; i <= ACTORS_MAX; i++)
		ns[i] = 0;
	for (u32 row = 0; row < t->nr_comms; row++) {
		u32 actor = actor_of(&plot->actors, t->comms[row].comm);

		for (u32 i = first; i < end; i++)
			ns[actor] += (double)t->comms[row].cpu_ns[i];
	}
}

/* A column's stack, at its left and at its right edge. */
static void put_stack(struct plot *plot, struct plot_file *file, u32 first, u32 end)
{
	const struct timeline *t = plot->timeline;
	u64 from = t->from + first * t->bin_ns, to = min_of(t->from + end * t->bin_ns, t->to);
	double whole = (double)max_of(to - from, (u64)1) * t->nr_cpus / 100;
	double ns[ACTORS_MAX + 1], values[ACTORS_MAX + 3] = {0};
	u32 nr = plot->actors.nr;

	sum_actors(plot, first, end, ns);
	for (u32 i = 0; i < nr; i++) /* the others come last, on top */
		values[2 + i] = min_of(values[1 + i] + ns[(i + 1) % nr] / whole, 100.0);
	values[0] = plot_time(plot, from);
	plot_put(file, values, nr + 2);
	values[0] = plot_time(plot, to);
	plot_put(file, values, nr + 2);
}

bool plot_shares(struct plot *plot)
{
	u32 nr = plot->timeline->nr_bins, columns = share_columns(plot->timeline);
	const struct metrics *metrics = plot->result->metrics;
	double whole =
		(double)max_of(metrics->window_ns, (u64)1) * max_of(metrics->nr_cpus, 1u) / 100;
	struct plot_file file;
	char name[32];

	for (u32 i = 0; i < plot->actors.nr; i++) {
		snprintf(name, sizeof(name), "actor_share[%u]", i + 1);
		plot_set(plot, name, (double)plot->actors.at[i].cpu_ns / whole);
	}
	if (!plot_file_open(plot, "shares.bin", &file))
		return false;
	for (u32 i = 0; i < columns; i++)
		put_stack(plot, &file, nr * i / columns, nr * (i + 1) / columns);
	return plot_file_close(plot, &file);
}
