/* SPDX-License-Identifier: MIT */
#include "report/print.h"

#include <stdlib.h>
#include <string.h>

const char *style(bool colour, enum style which)
{
	static const char *const sequences[] = {
		[STYLE_PLAIN] = "\033[0m",
		[STYLE_BOLD] = "\033[1m",
		[STYLE_DIM] = "\033[2m",
		[STYLE_WARNING] = "\033[33m",
	};

	return colour ? sequences[which] : "";
}

void print_duration(char cell[CELL_MAX], u64 ns)
{
	char buf[16];

	format_duration(ns, buf);
	snprintf(cell, CELL_MAX, "%s", buf);
}

void print_percent(char cell[CELL_MAX], u64 part, u64 whole)
{
	u64 permille;

	if (!whole) {
		strcpy(cell, "-");
		return;
	}
	permille = (u64)(((u128)part * 1000 + whole / 2) / whole);
	snprintf(cell, CELL_MAX, "%" PRIu64 ".%" PRIu64, permille / 10, permille % 10);
}

void print_quantile(char cell[CELL_MAX], const struct hist *hist, u32 per_100k)
{
	if (hist && hist->count)
		print_duration(cell, hist_quantile(hist, per_100k));
	else
		strcpy(cell, "-");
}

void print_headline(const struct result *r, FILE *out, bool colour)
{
	const struct metrics *m = r->metrics;
	const char *plural = m->nr_cpus == 1 ? "" : "s";
	char window[CELL_MAX];

	print_duration(window, m->window_ns);
	fprintf(out, "%s%s%s: %s ", style(colour, STYLE_BOLD), r->source,
		style(colour, STYLE_PLAIN), window);
	if (r->recorded || !r->workload) {
		fprintf(out, "recorded on %u cpu%s\n", m->nr_cpus, plural);
		return;
	}
	fprintf(out, "simulated on %u cpu%s, kernel %s, HZ %u, preempt %s, seed %" PRIu64 "\n",
		m->nr_cpus, plural, r->workload->kernel.name, r->workload->platform.hz,
		preempt_model_names[r->workload->platform.preempt], r->workload->seed);
	if (r->workload->title)
		fprintf(out, "%s\n", r->workload->title);
}

/* "warning: 3 lines are no events", "1 line is no event", or nothing if there are none. */
static void complain(FILE *out, bool colour, u64 count, const char *one, const char *many)
{
	if (count)
		fprintf(out, "%swarning:%s %" PRIu64 " %s\n", style(colour, STYLE_WARNING),
			style(colour, STYLE_PLAIN), count, count == 1 ? one : many);
}

void print_quality(const struct result *r, FILE *out, bool colour)
{
	const struct metrics *m = r->metrics;

	if (!m->window_ns)
		fprintf(out,
			"%swarning:%s nothing was measured: the window begins behind the last event\n",
			style(colour, STYLE_WARNING), style(colour, STYLE_PLAIN));
	if (!r->recorded)
		return;
	complain(out, colour, r->lost_marks,
		 "gap in the recording: numbers around it are too small",
		 "gaps in the recording: numbers around them are too small");
	complain(out, colour, r->lost_events, "event is missing, says the recording",
		 "events are missing, says the recording");
	complain(out, colour, r->mended, "switch was missing and put back",
		 "switches were missing and put back");
	complain(out, colour, r->bad_lines, "line is no event", "lines are no events");
	complain(out, colour, r->disordered, "event was out of time order",
		 "events were out of time order");
}
