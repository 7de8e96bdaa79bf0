/* SPDX-License-Identifier: MIT */
/*
 * `machine:` and `sched:`: the platform and the kernel's numbers and switches.
 */
#include "input/scenario.h"

#include "base/bitset.h"
#include "base/text.h"
#include "model/inert.h"

#include <string.h>

enum { NODES_MAX = 256, DISTANCE_MAX = 255, PID_MAX = 4194304 };

/* Costs: a preset's name, or a map of figures that may begin with a preset. */

static bool read_preset(struct reader *r, const struct doc_node *node, struct costs *costs)
{
	u32 index;

	if (!read_word(r, node, cost_preset_names, ARRAY_SIZE(cost_preset_names), &index))
		return false;
	return costs_preset(cost_preset_names[index], costs) ||
	       node_mismatch(r, node, "a preset of costs");
}

/* The preset counts before all figures, wherever it stands. */
static bool preset_is_read(struct reader *r unused_arg, const struct doc_node *node unused_arg,
			   void *target unused_arg)
{
	return true;
}

static bool read_costs(struct reader *r, const struct doc_node *node, void *target)
{
	struct platform *platform = target;
	struct field table[NR_COSTS + 1];
	const struct doc_node *preset;

	if (node->kind != DOC_MAP)
		return read_preset(r, node, &platform->costs);
	preset = doc_get(node, "preset");
	if (preset && !read_preset(r, preset, &platform->costs))
		return false;
	for (u32 i = 0; i < NR_COSTS; i++)
		table[i] = (struct field){
			.key = cost_names[i],
			.kind = FIELD_DURATION,
			.size = sizeof(u64),
			.offset = (u16)((char *)cost_at(&platform->costs, i) -
					(char *)&platform->costs),
			.highest = SEC,
		};
	table[NR_COSTS] =
		(struct field){.key = "preset", .kind = FIELD_CALL, .call = preset_is_read};
	return fields_read(r, node, "costs", table, NR_COSTS + 1, &platform->costs);
}

/* A square of numbers: row a, column b is the distance from node a to node b. */
static bool read_distances(struct reader *r, const struct doc_node *node, void *target)
{
	struct platform *platform = target;
	u32 *distance, nr = node->nr, i = 0;
	bool good = true;

	if (node->kind != DOC_LIST || !nr)
		return node_mismatch(r, node, "a list with a list of distances for each node");
	if (nr > NODES_MAX)
		return diag_error(r->diag, node->loc, "distances for %u nodes: at most %d", nr,
				  NODES_MAX);
	distance = arena_array(r->workload, u32, (size_t)nr * nr);
	doc_for_each (row, node) {
		if (row->kind != DOC_LIST || row->nr != nr)
			return diag_error(r->diag, row->loc,
					  "%u nodes need rows of %u distances each", nr, nr);
		doc_for_each (item, row) {
			u64 value = 0;

			if (!read_uint(r, item, 1, DISTANCE_MAX, &value))
				good = false;
			distance[i++] = (u32)value;
		}
	}
	if (!good)
		return false;
	platform->distance = distance;
	if (!platform->nodes)
		platform->nodes = nr;
	return platform->nodes == nr ||
	       diag_error(r->diag, node->loc, "distances for %u nodes, but there are %u", nr,
			  platform->nodes);
}

static bool read_hz(struct reader *r, const struct doc_node *node, void *target)
{
	struct platform *platform = target;
	u64 hz = 0;

	if (!read_uint(r, node, 1, UINT32_MAX, &hz))
		return false;
	if (!platform_hz_exists((u32)hz))
		return node_mismatch(r, node, "100, 250, 300 or 1000");
	platform->hz = (u32)hz;
	return true;
}

/* What pools take to grow, for one process after the other. */
static bool read_growth(struct reader *r, const struct doc_node *node, void *target)
{
	struct platform *platform = target;
	bool good = true;
	u64 *growth;

	if (node->kind != DOC_LIST)
		return node_mismatch(r, node, "a list of times");
	growth = arena_array(r->workload, u64, node->nr);
	platform->growth = growth;
	platform->nr_growth = node->nr;
	doc_for_each (item, node)
		good &= read_duration(r, item, 0, SEC, growth++);
	return good;
}

static const struct field work_fields[] = {
	FIELD("at", FIELD_DURATION, struct kernel_work, at, .highest = NEVER - 1, .required = true),
	FIELD("time", FIELD_DURATION, struct kernel_work, ns, .lowest = 1, .highest = SEC,
	      .required = true),
	FIELD("again", FIELD_DURATION, struct kernel_work, again, .highest = 3600 * SEC),
};

/* Work that is left to the kernel's worker, in order. */
static bool read_work(struct reader *r, const struct doc_node *node, void *target)
{
	struct platform *platform = target;
	struct kernel_work *work;
	bool good = true;
	u64 last = 0;

	if (node->kind != DOC_LIST)
		return node_mismatch(r, node, "a list of work: {at, time}");
	work = arena_array(r->workload, struct kernel_work, node->nr);
	platform->work = work;
	platform->nr_work = node->nr;
	doc_for_each (item, node) {
		if (!fields_read(r, item, "work", work_fields, ARRAY_SIZE(work_fields), work))
			good = false;
		else if (work->at < last)
			good = diag_error(
				r->diag, item->loc,
				"work is told in order, and this is due before the one above");
		else
			last = work->at;
		work++;
	}
	return good;
}

static const struct field turns_fields[] = {
	FIELD("per_second", FIELD_UINT, struct platform, turns_per_second, .lowest = 1,
	      .highest = 1000000),
	FIELD("phase", FIELD_DURATION, struct platform, turn_phase_ns, .highest = SEC),
	FIELD("unnoticed", FIELD_DURATION, struct platform, turn_unnoticed_ns, .highest = SEC),
	FIELD("shared", FIELD_BOOL, struct platform, turns_shared),
};

/* An emulated machine. */
static bool read_turns(struct reader *r, const struct doc_node *node, void *target)
{
	return fields_read(r, node, "turns", turns_fields, ARRAY_SIZE(turns_fields), target);
}

static bool read_model(struct reader *r, const struct doc_node *node, void *target unused_arg)
{
	u32 index;

	if (!read_word(r, node, preempt_model_names, NR_PREEMPT_MODELS, &index))
		return false;
	builder_preempt(r->builder, node->loc, (enum preempt_model)index);
	return true;
}

static const char *const numbering_words[] = {"threads-first", "threads-last"};

static const struct field machine_fields[] = {
	FIELD("cpus", FIELD_UINT, struct platform, nr_cpus, .lowest = 1, .highest = CPUS_MAX),
	FIELD("sockets", FIELD_UINT, struct platform, sockets, .lowest = 1, .highest = CPUS_MAX),
	FIELD("cores", FIELD_UINT, struct platform, cores, .lowest = 1, .highest = CPUS_MAX),
	FIELD("threads", FIELD_UINT, struct platform, threads, .lowest = 1, .highest = 8),
	FIELD("llc_cores", FIELD_UINT, struct platform, llc_cores, .lowest = 1,
	      .highest = CPUS_MAX),
	FIELD("cluster_cores", FIELD_UINT, struct platform, cluster_cores, .lowest = 1,
	      .highest = CPUS_MAX),
	FIELD("nodes", FIELD_UINT, struct platform, nodes, .lowest = 1, .highest = NODES_MAX),
	{.key = "distances", .kind = FIELD_CALL, .call = read_distances},
	FIELD("numbering", FIELD_WORD, struct platform, threads_last, .words = numbering_words,
	      .nr_words = ARRAY_SIZE(numbering_words)),
	{.key = "hz", .kind = FIELD_CALL, .call = read_hz},
	FIELD("uptime", FIELD_DURATION, struct platform, uptime_ns, .highest = NEVER),
	FIELD("jiffies", FIELD_UINT, struct platform, jiffies, .highest = UINT32_MAX),
	FIELD("quota_phase", FIELD_DURATION, struct platform, quota_phase_ns, .highest = SEC),
	FIELD("load_phase", FIELD_DURATION, struct platform, load_phase_ns,
	      .highest = LOAD_PERIOD_NS),
	FIELD("tick_phase", FIELD_DURATION, struct platform, tick_phase_ns, .highest = SEC),
	FIELD("skew_tick", FIELD_BOOL, struct platform, skew_tick),
	FIELD("nohz", FIELD_BOOL, struct platform, nohz_idle),
	FIELD("idle_halts", FIELD_BOOL, struct platform, idle_halts),
	FIELD("nohz_from", FIELD_DURATION, struct platform, nohz_from_ns, .highest = 1000 * SEC),
	{.key = "preempt", .kind = FIELD_CALL, .call = read_model},
	{.key = "costs", .kind = FIELD_CALL, .call = read_costs},
	{.key = "turns", .kind = FIELD_CALL, .call = read_turns},
	{.key = "events", .kind = FIELD_CALL, .call = scenario_events},
	{.key = "irqs", .kind = FIELD_CALL, .call = scenario_irqs},
	{.key = "idle_states", .kind = FIELD_CALL, .call = scenario_idle_states},
	FIELD("pid_max", FIELD_UINT, struct platform, pid_max, .lowest = 1, .highest = PID_MAX),
	FIELD("last_pid", FIELD_UINT, struct platform, last_pid, .highest = PID_MAX),
	FIELD("newidle_ratio", FIELD_UINT, struct platform, newidle_ratio, .highest = 1024),
	FIELD("softirq_lag", FIELD_DURATION, struct platform, softirq_lag_ns, .highest = SEC),
	FIELD("slab_forks", FIELD_UINT, struct platform, slab_forks, .highest = 1000000),
	FIELD("slab_first", FIELD_UINT, struct platform, slab_first, .highest = 1000000),
	FIELD("most_processes", FIELD_UINT, struct platform, most_processes, .highest = 1000000),
	{.key = "work", .kind = FIELD_CALL, .call = read_work},
	{.key = "growth", .kind = FIELD_CALL, .call = read_growth},
	FIELD("kept_stacks", FIELD_UINT, struct platform, kept_stacks, .highest = 1000000),
	FIELD("wakee_flips", FIELD_UINT, struct platform, wakee_flips, .highest = 1000000),
	FIELD("threads_max", FIELD_UINT, struct platform, threads_max, .lowest = 20,
	      .highest = PID_MAX),
	FIELD("irq_time_accounting", FIELD_BOOL, struct platform, irq_time_accounting),
	FIELD("lazy_fpu", FIELD_BOOL, struct platform, lazy_fpu),
	FIELD("kernel_threads", FIELD_BOOL, struct platform, kernel_threads),
	FIELD("rcu", FIELD_BOOL, struct platform, rcu),
};

/* `cpus` alone is enough; sockets, cores and threads alone are too, and then say how many. */
static bool read_machine(struct reader *r, const struct doc_node *node)
{
	struct platform *platform = builder_platform(r->builder);

	if (!doc_get(node, "cpus") &&
	    (doc_get(node, "sockets") || doc_get(node, "cores") || doc_get(node, "threads")))
		platform->nr_cpus = 0;
	return fields_read(r, node, "machine", machine_fields, ARRAY_SIZE(machine_fields),
			   platform);
}

/* Knobs and features */

static const u64 knob_unit_ns[] = {
	[KNOB_NS] = NSEC,       [KNOB_US] = USEC,       [KNOB_MS] = MSEC,
	[KNOB_US_LIMIT] = USEC, [KNOB_MS_RESET] = MSEC,
};

/* 3000000 and 3ms are the same for a knob in ns. */
static bool read_knob_time(struct reader *r, const struct doc_node *node, u64 unit, u64 *out)
{
	const char *error;
	u64 ns;

	if (node->kind != DOC_SCALAR)
		return node_mismatch(r, node, "a time");
	if (!parse_duration(node->text, strlen(node->text), unit, &ns, &error))
		return diag_error(r->diag, node->loc, "%s must be a time, not %s: %s",
				  node_label(r, node), node_found(r, node), error);
	if (ns % unit)
		return diag_error(r->diag, node->loc, "%s is counted in whole %s",
				  node_label(r, node), unit == USEC ? "us" : "ms");
	*out = ns / unit;
	return true;
}

static bool read_knob_bool(struct reader *r, const struct doc_node *node, u64 *out)
{
	bool on = false;

	if (node->kind == DOC_SCALAR && (!strcmp(node->text, "0") || !strcmp(node->text, "1"))) {
		*out = node->text[0] == '1';
		return true;
	}
	if (!read_bool(r, node, &on))
		return false;
	*out = on;
	return true;
}

/* Some sysctls' own word for "no limit", or "the default". */
static bool is_minus_one(const struct doc_node *node)
{
	return node->kind == DOC_SCALAR && !strcmp(node->text, "-1");
}

bool scenario_knob_value(struct reader *r, const struct doc_node *node,
			 const struct knob_info *info, u64 *out)
{
	enum knob_unit unit = info->unit;

	if ((unit == KNOB_US_LIMIT || unit == KNOB_MS_RESET) && is_minus_one(node)) {
		*out = unit == KNOB_US_LIMIT ? KNOB_UNLIMITED : 0;
		return true;
	}
	if (unit == KNOB_BOOL)
		return read_knob_bool(r, node, out);
	if (unit == KNOB_COUNT)
		return read_uint(r, node, 0, UINT64_MAX, out);
	return read_knob_time(r, node, knob_unit_ns[unit], out);
}

static bool read_knob(struct reader *r, const struct doc_node *node, const struct knob_info *info)
{
	u64 value = 0;

	return scenario_knob_value(r, node, info, &value) &&
	       builder_knob(r->builder, node->loc, info->name, value);
}

/* Where a word within a scalar's text begins; only sure if the text stands on one line. */
static struct loc word_loc(const struct doc_node *node, size_t offset, size_t len)
{
	struct loc loc = node->loc;

	if (!loc.column || loc.width < strlen(node->text))
		return loc;
	loc.column += (u32)offset + !node->plain;
	loc.width = (u32)len;
	return loc;
}

static bool set_feature(struct reader *r, struct loc loc, const u64 *at, const char *name)
{
	return at ? builder_feature_write(r->builder, loc, *at, name)
		  : builder_feature(r->builder, loc, name);
}

/* Names with blanks or commas between, as one text. */
static bool read_feature_words(struct reader *r, const struct doc_node *node, const u64 *at)
{
	const char *s = node->text;
	bool good = true;

	while (*(s += strspn(s, " ,\t"))) {
		size_t len = strcspn(s, " ,\t");
		const char *name = arena_strndup(r->scratch, s, len);

		good &= set_feature(r, word_loc(node, (size_t)(s - node->text), len), at, name);
		s += len;
	}
	return good;
}

bool scenario_features(struct reader *r, const struct doc_node *node, const u64 *at)
{
	bool good = true;

	if (node->kind == DOC_SCALAR)
		return read_feature_words(r, node, at);
	if (node->kind != DOC_LIST)
		return node_mismatch(r, node, "a list of names");
	doc_for_each (item, node) {
		if (item->kind != DOC_SCALAR)
			good = node_mismatch(r, item, "the name of a feature");
		else if (!read_feature_words(r, item, at))
			good = false;
	}
	return good;
}

bool scenario_unknown_knob(struct reader *r, const struct doc_node *node)
{
	const char **keys = arena_array(r->scratch, const char *, 4 + NR_KNOBS + nr_inert_knobs);
	u32 n = 0;

	keys[n++] = "features";
	keys[n++] = "switches";
	keys[n++] = "preempt";
	keys[n++] = "writes";
	for (u32 i = 0; i < NR_KNOBS; i++)
		keys[n++] = knob_names[i];
	for (u32 i = 0; i < nr_inert_knobs; i++)
		keys[n++] = inert_knobs[i].info.name;
	return fields_unknown_key(r, node, "sched", keys, n);
}

const struct knob_info *scenario_knob(const char *name)
{
	const struct inert_knob *inert = inert_knob_find(name);
	int id = knob_find(name);

	if (inert)
		return &inert->info;
	return id < 0 ? NULL : &knob_infos[id];
}

/* A PREEMPT_RT kernel stays one, and is `full` or `lazy` as to the fair class. */
static bool write_preempt_rt(struct reader *r, const struct doc_node *node,
			     enum preempt_model model)
{
	if (model == PREEMPT_FULL)
		return builder_feature(r->builder, node->loc, "NO_LAZY_RESCHED");
	if (model != PREEMPT_LAZY)
		return diag_error(r->diag, node->loc,
				  "a kernel of machine.preempt 'rt' is 'full' or 'lazy' only");
	return true;
}

/* debugfs sched/preempt is written after boot: it wins over machine.preempt, the boot parameter. */
static bool read_preempt(struct reader *r, const struct doc_node *node)
{
	struct platform *platform = builder_platform(r->builder);
	u32 index;

	if (!read_word(r, node, preempt_model_names, NR_PREEMPT_MODELS, &index))
		return false;
	if (platform->preempt == PREEMPT_RT)
		return write_preempt_rt(r, node, (enum preempt_model)index);
	if (index == PREEMPT_RT)
		return diag_error(r->diag, node->loc,
				  "a kernel is built as 'rt': that is machine.preempt");
	builder_preempt(r->builder, node->loc, (enum preempt_model)index);
	return true;
}

static bool is_features(const struct doc_node *node)
{
	return !strcmp(node->key, "features") || !strcmp(node->key, "switches");
}

static bool read_sched_key(struct reader *r, const struct doc_node *node)
{
	const struct knob_info *info = scenario_knob(node->key);

	if (!strcmp(node->key, "preempt"))
		return read_preempt(r, node);
	if (!strcmp(node->key, "writes"))
		return scenario_writes(r, node);
	return info ? read_knob(r, node, info) : scenario_unknown_knob(r, node);
}

static bool read_sched(struct reader *r, const struct doc_node *sched)
{
	bool good = true;

	if (sched->kind != DOC_MAP)
		return node_mismatch(r, sched, "a map");
	/* What is switched on may have knobs. */
	doc_for_each (node, sched) {
		if (is_features(node) && !scenario_features(r, node, NULL))
			good = false;
	}
	doc_for_each (node, sched) {
		if (!is_features(node) && !read_sched_key(r, node))
			good = false;
	}
	return good;
}

bool scenario_machine(struct reader *r, const struct doc_node *machine,
		      const struct doc_node *sched, struct loc loc)
{
	bool good = true;

	if (machine && !read_machine(r, machine))
		good = false;
	if (sched && !read_sched(r, sched))
		good = false;
	/* A shape that was not understood would only be reported a second time. */
	return good && builder_machine_done(r->builder, machine ? machine->loc : loc);
}
