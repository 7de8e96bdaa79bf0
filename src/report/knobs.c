/* SPDX-License-Identifier: MIT */
/*
 * `ossim list knobs`: one walk over the lists of model/ for the table, one for the document.
 */
#include "report/knobs.h"

#include "model/inert.h"
#include "report/json.h"

#include <string.h>

static const char *const unit_names[] = {
	[KNOB_NS] = "ns", [KNOB_US] = "us",       [KNOB_MS] = "ms",       [KNOB_COUNT] = "",
	[KNOB_BOOL] = "", [KNOB_US_LIMIT] = "us", [KNOB_MS_RESET] = "ms",
};

/* What both outputs tell of a knob. */
struct entry {
	const struct knob_info *info;
	u64 value, unscaled;
	const char *reason; /* why it has no effect; NULL: it has */
};

typedef void (*visit_fn)(void *arg, const struct entry *entry);

/* Of what has no effect, the defaults of a row; @row may be built for a preemption model. */
static u32 column_of(const struct kernel *row)
{
	return (u32)(kernel_find(row->name) - kernels);
}

/* Every knob of the row, those that have an effect first. */
static void walk_knobs(const struct kernel *row, u32 nr_cpus, visit_fn visit, void *arg)
{
	struct knobs unscaled = row->knobs;
	struct kernel kernel = kernel_for_cpus(row, nr_cpus);
	u32 column = column_of(row);

	for (u32 i = 0; i < NR_KNOBS; i++) {
		struct entry entry = {
			.info = &knob_infos[i],
			.value = *knob_at(&kernel.knobs, i),
			.unscaled = *knob_at(&unscaled, i),
		};

		if (entry.value != KNOB_ABSENT)
			visit(arg, &entry);
	}
	for (u32 i = 0; i < nr_inert_knobs; i++) {
		const struct inert_knob *inert = &inert_knobs[i];
		struct entry entry = {
			.info = &inert->info,
			.value = inert->defaults[column],
			.unscaled = inert->defaults[column],
			.reason = inert->reason,
		};

		if (inert_knob_known(inert, row))
			visit(arg, &entry);
	}
}

/* ---- The table ---- */

struct table {
	FILE *out;
	const char *place; /* only knobs of this one */
};

static void print_knob(void *arg, const struct entry *entry)
{
	const struct table *table = arg;
	const struct knob_info *info = entry->info;
	char value[32], range[48];

	if (strcmp(knob_place(info->name), table->place))
		return;
	snprintf(value, sizeof(value), "%" PRIu64 " %-2s", entry->value, unit_names[info->unit]);
	snprintf(range, sizeof(range), "%" PRIu64 "..%" PRIu64, info->lowest, info->highest);
	fprintf(table->out, "  %-39s %11s  %s\n      %s\n", info->name, value, range, info->help);
	if (info->scaling == KNOB_SCALE_CPUS)
		fprintf(table->out, "      (%" PRIu64 " %s on one cpu: see tunable_scaling)\n",
			entry->unscaled, unit_names[info->unit]);
	if (entry->reason)
		fprintf(table->out, "      (no effect: %s)\n", entry->reason);
}

static void print_flag(FILE *out, bool on, const char *name, const char *text)
{
	char shown[64];

	snprintf(shown, sizeof(shown), "%s%s", on ? "" : "NO_", name);
	fprintf(out, "  %-28s %s\n", shown, text);
}

/* The kernel's own flags; @switches: the differences for which it has none. */
static void print_flags(const struct kernel *row, FILE *out, bool switches)
{
	for (u32 i = 0; i < NR_FEATURE_BITS; i++)
		if (row->features_known >> i & 1 && feature_is_switch(i) == switches)
			print_flag(out, row->features >> i & 1, feature_names[i], feature_help[i]);
	for (u32 i = 0; i < nr_inert_features && !switches; i++) {
		const struct inert_feature *inert = &inert_features[i];
		char text[160];

		snprintf(text, sizeof(text), "(no effect: %s)", inert->reason);
		if (inert_feature_known(inert, row))
			print_flag(out, inert->column[column_of(row)] == '1', inert->name, text);
	}
}

void features_print(const struct kernel *row, FILE *out)
{
	fprintf(out, "features of %s (debugfs sched/features):\n", row->name);
	print_flags(row, out, false);
	fprintf(out, "switches of %s, for which the kernel has no flag:\n", row->name);
	print_flags(row, out, true);
}

void knobs_print(const struct kernel *row, u32 nr_cpus, FILE *out)
{
	static const char *const places[] = {"debugfs sched/", "sysctl kernel.", "prctl"};

	fprintf(out, "knobs of %s on %u cpu%s: default, range\n", row->name, nr_cpus,
		nr_cpus == 1 ? "" : "s");
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		struct table table = {.out = out, .place = places[i]};

		fprintf(out, "%s\n", places[i]);
		if (!i)
			fprintf(out,
				"  %-39s %11s\n      the preemption model, as machine.preempt\n",
				"preempt", preempt_model_names[row->preempt]);
		walk_knobs(row, nr_cpus, print_knob, &table);
	}
	fputs("debugfs sched/features\n", out);
	print_flags(row, out, false);
}

/* ---- The document ---- */

static void write_knob(void *arg, const struct entry *entry)
{
	struct json_writer *w = arg;
	const struct knob_info *info = entry->info;

	json_begin(w, NULL, '{');
	json_text(w, "name", info->name);
	json_text(w, "place", knob_place(info->name));
	json_text(w, "unit", info->unit == KNOB_BOOL ? "bool" : unit_names[info->unit]);
	json_u64(w, "lowest", info->lowest);
	json_u64(w, "highest", info->highest);
	json_u64(w, "default", entry->value);
	json_u64(w, "unscaled", entry->unscaled);
	json_raw(w, "scaled", info->scaling == KNOB_SCALE_CPUS ? "true" : "false");
	json_text(w, "help", info->help);
	if (entry->reason)
		json_text(w, "no_effect", entry->reason);
	json_end(w, '}');
}

static void write_flag(struct json_writer *w, bool on, const char *name, const char *key,
		       const char *text)
{
	json_begin(w, NULL, '{');
	json_text(w, "name", name);
	json_raw(w, "default", on ? "true" : "false");
	json_text(w, key, text);
	json_end(w, '}');
}

static void write_flags(struct json_writer *w, const struct kernel *row, bool switches)
{
	json_begin(w, switches ? "switches" : "features", '[');
	for (u32 i = 0; i < NR_FEATURE_BITS; i++)
		if (row->features_known >> i & 1 && feature_is_switch(i) == switches)
			write_flag(w, row->features >> i & 1, feature_names[i], "help",
				   feature_help[i]);
	for (u32 i = 0; i < nr_inert_features && !switches; i++)
		if (inert_feature_known(&inert_features[i], row))
			write_flag(w, inert_features[i].column[column_of(row)] == '1',
				   inert_features[i].name, "no_effect", inert_features[i].reason);
	json_end(w, ']');
}

void knobs_json(const struct kernel *row, u32 nr_cpus, struct text *out)
{
	struct json_writer w = {.out = out};

	json_begin(&w, NULL, '{');
	json_text(&w, "schema", "ossim-knobs/1");
	json_text(&w, "kernel", row->name);
	json_u64(&w, "cpus", nr_cpus);
	json_text(&w, "preempt", preempt_model_names[row->preempt]);
	json_begin(&w, "knobs", '[');
	walk_knobs(row, nr_cpus, write_knob, &w);
	json_end(&w, ']');
	write_flags(&w, row, false);
	write_flags(&w, row, true);
	json_end(&w, '}');
	text_add_char(out, '\n');
}
