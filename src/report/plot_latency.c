/* SPDX-License-Identifier: MIT */
/*
 * Wakeup latencies: how they are distributed, and how they went over time.
 *
 * latency-cdf.bin: x in ns, then for each actor and for all together the share of wakeups up to x
 * in per cent. latency-time.bin: x low, x high, min, p50, p99, max, count.
 */
#include "report/plot.h"

#include <math.h>
#include <stdlib.h>

/* --- distribution --- */

enum { CDF_POINTS = 700 };

struct edge {
	u64 lo, hi, count;
};

struct edges {
	vec_of(struct edge) at;
};

static void add_edge(void *arg, u64 lo, u64 hi, u64 count)
{
	struct edges *edges = arg;

	vec_push(&edges->at, (struct edge){lo, hi, count});
}

static struct edges edges_of(const struct hist *hist)
{
	struct edges edges = {0};

	if (hist)
		hist_each(hist, add_edge, &edges);
	return edges;
}

/* Walks the bins of all latencies; those of an actor are among them. */
struct cdf {
	struct edges edges[ACTORS_MAX + 2]; /* the last: all */
	u32 next[ACTORS_MAX + 2];
	u64 below[ACTORS_MAX + 2], total[ACTORS_MAX + 2];
	u32 nr;
};

static void put_point(struct cdf *cdf, struct plot_file *file, u64 x)
{
	double values[ACTORS_MAX + 3] = {(double)x};

	for (u32 i = 0; i < cdf->nr; i++)
		values[1 + i] =
			cdf->total[i] ? 100.0 * (double)cdf->below[i] / (double)cdf->total[i] : 0;
	plot_put(file, values, cdf->nr + 1);
}

/* Everything up to the bin that begins at @lo is below. */
static void advance(struct cdf *cdf, u64 lo)
{
	for (u32 i = 0; i < cdf->nr; i++)
		while (cdf->next[i] < cdf->edges[i].at.len &&
		       cdf->edges[i].at.at[cdf->next[i]].lo <= lo)
			cdf->below[i] += cdf->edges[i].at.at[cdf->next[i]++].count;
}

static struct hist *all_latencies(const struct actors *actors)
{
	struct hist *all = NULL;

	for (u32 i = 0; i < actors->nr; i++) {
		if (!actors->at[i].latency)
			continue;
		if (!all)
			all = hist_new();
		hist_merge(all, actors->at[i].latency);
	}
	return all;
}

static void put_cdf(struct plot *plot, struct plot_file *file, const struct hist *all)
{
	const struct actors *actors = &plot->actors;
	struct cdf cdf = {.nr = actors->nr + 1};
	const struct edges *edges = &cdf.edges[actors->nr];
	u32 skip;

	for (u32 i = 0; i <= actors->nr; i++) {
		const struct hist *hist = i < actors->nr ? actors->at[i].latency : all;

		cdf.edges[i] = edges_of(hist);
		cdf.total[i] = hist ? hist->count : 0;
	}
	skip = (u32)div_round_up(edges->at.len, CDF_POINTS);
	for (u32 i = 0; i < edges->at.len; i += skip) {
		u32 last = min_of(i + skip, edges->at.len) - 1;

		put_point(&cdf, file, max_of(max_of(edges->at.at[i].lo, all->min), (u64)1));
		advance(&cdf, edges->at.at[last].lo);
		put_point(&cdf, file,
			  max_of(min_of(edges->at.at[last].hi, max_of(all->max, all->min + 1)),
				 (u64)1));
	}
	for (u32 i = 0; i < cdf.nr; i++)
		vec_fini(&cdf.edges[i].at);
}

bool plot_latency_cdf(struct plot *plot)
{
	struct hist *all = all_latencies(&plot->actors);
	struct plot_file file;
	char name[32];

	plot_set(plot, "latency_count", all ? (double)all->count : 0);
	for (u32 i = 0; i < plot->actors.nr; i++) {
		const struct hist *hist = plot->actors.at[i].latency;

		snprintf(name, sizeof(name), "actor_wakeups[%u]", i + 1);
		plot_set(plot, name, hist ? (double)hist->count : 0);
	}
	if (!all)
		return true;
	/* A few wakeups in no time shall not stretch the axis. */
	plot_set(plot, "latency_low", (double)max_of(hist_quantile(all, 100), (u64)1));
	plot_set(plot, "latency_max", (double)max_of(all->max, (u64)2));
	plot_set(plot, "latency_p50", (double)hist_quantile(all, 50000));
	plot_set(plot, "latency_p99", (double)hist_quantile(all, 99000));
	plot_set(plot, "latency_p999", (double)hist_quantile(all, 99900));
	if (!plot_file_open(plot, "latency-cdf.bin", &file)) {
		hist_free(all);
		return false;
	}
	put_cdf(plot, &file, all);
	hist_free(all);
	return plot_file_close(plot, &file);
}

/* --- over time --- */

enum { COLUMNS_MAX = 240, COLUMNS_MIN = 30, SAMPLES_PER_COLUMN = 25 };

/* So many samples of about this latency. */
struct sample {
	double ns, weight;
};

struct samples {
	vec_of(struct sample) at;
};

/* A bin's latency at quantile @q, going straight between those that are known. */
static double bin_quantile(const struct timeline_latency *bin, double q)
{
	const double at[] = {0, 0.5, 0.99, 1};
	const double ns[] = {(double)bin->min, (double)bin->p50, (double)bin->p99,
			     (double)bin->max};

	for (u32 i = 1; i < ARRAY_SIZE(at); i++)
		if (q <= at[i])
			return ns[i - 1] +
			       (ns[i] - ns[i - 1]) * (q - at[i - 1]) / (at[i] - at[i - 1]);
	return ns[3];
}

/* A bin as some samples with weights: more of them where a p99 needs them. */
static void add_bin(struct samples *samples, const struct timeline_latency *bin)
{
	static const double ends[] = {0.1, 0.3, 0.5, 0.7, 0.9, 0.96, 0.985, 0.995, 1};
	double count = (double)bin->count, from = 0;

	if (bin->count <= 2) {
		vec_push(&samples->at, (struct sample){(double)bin->min, count / 2});
		vec_push(&samples->at, (struct sample){(double)bin->max, count / 2});
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(ends); i++) {
		double ns = bin_quantile(bin, (from + ends[i]) / 2);

		vec_push(&samples->at, (struct sample){ns, count * (ends[i] - from)});
		from = ends[i];
	}
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

/* Of sorted samples. */
static double quantile(const struct samples *samples, double q)
{
	double total = 0, below = 0;

	for (u32 i = 0; i < samples->at.len; i++)
		total += samples->at.at[i].weight;
	for (u32 i = 0; i < samples->at.len; i++) {
		below += samples->at.at[i].weight;
		if (below >= q * total)
			return samples->at.at[i].ns;
	}
	return samples->at.len ? vec_last(&samples->at).ns : 0;
}

/* Bins @first .. @end - 1 as one column of the picture. */
static void put_column(struct plot *plot, struct plot_file *file, u32 first, u32 end)
{
	const struct timeline *t = plot->timeline;
	u64 from = t->from + first * t->bin_ns, to = min_of(t->from + end * t->bin_ns, t->to);
	struct samples samples = {0};
	u64 count = 0, min = UINT64_MAX, max = 0;

	for (u32 i = first; i < end; i++) {
		const struct timeline_latency *bin = &t->latency[i];

		if (!bin->count)
			continue;
		add_bin(&samples, bin);
		count += bin->count;
		min = min_of(min, bin->min);
		max = max_of(max, bin->max);
	}
	if (count) {
		qsort(samples.at.at, samples.at.len, sizeof(*samples.at.at), compare_samples);
		double values[] = {
			plot_time(plot, from),
			plot_time(plot, to),
			(double)max_of(min, (u64)1),
			max_of(quantile(&samples, 0.5), 1.0),
			max_of(quantile(&samples, 0.99), 1.0),
			(double)max_of(max, (u64)1),
			(double)count,
		};
		plot_put(file, values, ARRAY_SIZE(values));
	} else {
		double values[] = {
			plot_time(plot, from), plot_time(plot, to), NAN, NAN, NAN, NAN, 0};

		plot_put(file, values, ARRAY_SIZE(values));
	}
	vec_fini(&samples.at);
}

bool plot_latency_time(struct plot *plot)
{
	const struct timeline *t = plot->timeline;
	u64 count = 0, min = UINT64_MAX, max = 0;
	struct plot_file file;
	u32 columns;

	for (u32 i = 0; i < t->nr_bins; i++) {
		if (!t->latency[i].count)
			continue;
		count += t->latency[i].count;
		min = min_of(min, t->latency[i].min);
		max = max_of(max, t->latency[i].max);
	}
	plot_set(plot, "latency_time_count", (double)count);
	if (!count)
		return true;
	columns = (u32)clamp_to(count / SAMPLES_PER_COLUMN, (u64)COLUMNS_MIN, (u64)COLUMNS_MAX);
	columns = min_of(columns, t->nr_bins);
	plot_set(plot, "latency_time_min", (double)max_of(min, (u64)1));
	plot_set(plot, "latency_time_max", (double)max_of(max, (u64)2));
	if (!plot_file_open(plot, "latency-time.bin", &file))
		return false;
	for (u32 i = 0; i < columns; i++)
		put_column(plot, &file, t->nr_bins * i / columns, t->nr_bins * (i + 1) / columns);
	return plot_file_close(plot, &file);
}
