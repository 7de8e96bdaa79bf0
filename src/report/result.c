/* SPDX-License-Identifier: MIT */
/*
 * Metrics as a JSON document, schema ossim-result/1: integers only, units in the names, key order
 * fixed by the order of the code. All but "run" is reproducible byte for byte.
 *
 * docs/result.md and docs/schema/result.schema.json describe every key; `ossim list metrics` prints
 * those of metric_infos (fields.c). A unit test holds the three against this file.
 */
#include "report/report.h"

#include "base/ensure.h"
#include "base/fixed.h"
#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

/* Our keys are plain ASCII constants: nothing to check in them. */
static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, value))
		die("out of memory for the result document");
}

static void set_int(json_t *object, const char *key, s64 value)
{
	set(object, key, json_integer(value));
}

static void set_u64(json_t *object, const char *key, u64 value)
{
	set_int(object, key, (s64)min_of(value, (u64)INT64_MAX));
}

/* A comm of a trace may be any bytes: of one that is not UTF-8 only ASCII is shown. */
static json_t *text_json(const char *value)
{
	json_t *json = json_string(value);
	struct text shown = {0};

	if (json)
		return json;
	for (const char *c = value; *c; c++)
		text_add_char(&shown, (unsigned char)*c < 0x80 ? *c : '?');
	json = json_string(shown.at);
	text_fini(&shown);
	return json;
}

static void set_text(json_t *object, const char *key, const char *value)
{
	set(object, key, text_json(value));
}

static json_t *hex_json(u64 value)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, value);
	return json_string(text);
}

static void append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		die("out of memory for the result document");
}

static json_t *dist_json(const struct hist *hist)
{
	static const struct {
		const char *key;
		u32 per_100k;
	} quantiles[] = {
		{"p50_ns", 50000}, {"p90_ns", 90000}, {"p99_ns", 99000}, {"p999_ns", 99900},
	};
	json_t *object = json_object();
	bool empty = !hist || !hist->count;

	set_u64(object, "count", empty ? 0 : hist->count);
	set_u64(object, "min_ns", empty ? 0 : hist->min);
	set_u64(object, "mean_ns", empty ? 0 : hist_mean(hist));
	for (u32 i = 0; i < ARRAY_SIZE(quantiles); i++)
		set_u64(object, quantiles[i].key,
			empty ? 0 : hist_quantile(hist, quantiles[i].per_100k));
	set_u64(object, "max_ns", empty ? 0 : hist->max);
	return object;
}

void part_dists(json_t *object, struct hist *const dists[NR_METRIC_DISTS])
{
	for (u32 i = 0; i < NR_METRIC_DISTS; i++)
		set(object, metric_dist_names[i], dist_json(dists[i]));
}

void part_sums(json_t *object, const struct task_sums *sums)
{
	set_u64(object, "cpu_ns", sums->cpu_ns);
	set_u64(object, "run_delay_ns", sums->run_delay_ns);
	set_u64(object, "sleep_ns", sums->sleep_ns);
	set_u64(object, "voluntary_switches", sums->voluntary_switches);
	set_u64(object, "involuntary_switches", sums->involuntary_switches);
	set_u64(object, "wakeups", sums->wakeups);
	set_u64(object, "migrations", sums->migrations);
}

u64 share_ppm(u64 part_ns, u64 whole_ns)
{
	if (!whole_ns)
		return 0;
	return (u64)(((u128)part_ns * 1000000 + whole_ns / 2) / whole_ns);
}

void part_share(json_t *object, const struct task_sums *sums, u64 window_ns)
{
	set_u64(object, "share_ppm", share_ppm(sums->cpu_ns, window_ns));
}

void task_sums_join(struct task_sums *into, const struct task_sums *from)
{
	into->cpu_ns += from->cpu_ns;
	into->run_delay_ns += from->run_delay_ns;
	into->sleep_ns += from->sleep_ns;
	into->voluntary_switches += from->voluntary_switches;
	into->involuntary_switches += from->involuntary_switches;
	into->wakeups += from->wakeups;
	into->migrations += from->migrations;
}

json_t *part_task(const struct metrics *metrics, const struct task_metrics *task)
{
	json_t *object = json_object();
	char state[2] = {task->state, '\0'};

	set_text(object, "comm", names_text(metrics->names, task->comm));
	set_int(object, "pid", task->pid);
	set_int(object, "tgid", task->tgid);
	set_int(object, "ppid", task->ppid);
	set_text(object, "policy", policy_name(task->policy));
	set_int(object, "nice", task->nice);
	set_int(object, "prio", task->prio);
	set_text(object, "state", state);
	part_sums(object, &task->sums);
	set_int(object, "start_ns", task->start_ns);
	set_int(object, "end_ns", task->end_ns);
	part_share(object, &task->sums, metrics->window_ns);
	part_dists(object, task->dist);
	return object;
}

/* Kernel threads that did nothing are not worth an entry. */
static bool worth_showing(const struct task_sums *sums, u32 flags)
{
	return flags & RECORD_FLAG_WORKLOAD || sums->cpu_ns || sums->run_delay_ns || sums->wakeups;
}

static json_t *tasks_json(const struct result *r)
{
	const struct metrics *metrics = r->metrics;
	json_t *array = json_array();

	for (u32 i = 0; i < metrics->nr_tasks; i++)
		if (worth_showing(&metrics->tasks[i].sums, metrics->tasks[i].flags))
			append(array, part_task(metrics, &metrics->tasks[i]));
	return array;
}

static json_t *comms_json(const struct result *r)
{
	const struct metrics *metrics = r->metrics;
	json_t *array = json_array();

	for (u32 i = 0; i < metrics->nr_comms; i++) {
		const struct comm_metrics *comm = &metrics->comms[i];
		json_t *object;

		if (!worth_showing(&comm->sums, comm->flags))
			continue;
		object = json_object();
		set_text(object, "comm", names_text(metrics->names, comm->comm));
		set_int(object, "tasks", comm->nr_tasks);
		part_sums(object, &comm->sums);
		part_share(object, &comm->sums, metrics->window_ns);
		part_dists(object, comm->dist);
		append(array, object);
	}
	return array;
}

json_t *part_cpu(const struct metrics *metrics, u32 cpu)
{
	const struct cpu_metrics *m = &metrics->cpus[cpu];
	json_t *object = json_object();

	set_int(object, "cpu", cpu);
	set_u64(object, "busy_ns", m->busy_ns);
	set_u64(object, "idle_ns", m->idle_ns);
	set_u64(object, "irq_ns", m->irq_ns);
	set_u64(object, "unknown_ns", m->unknown_ns);
	set_u64(object, "switches", m->switches);
	set_u64(object, "pulled", m->pulled);
	set_u64(object, "busy_ppm", share_ppm(m->busy_ns, metrics->window_ns));
	return object;
}

static json_t *cpus_json(const struct result *r)
{
	json_t *array = json_array();

	for (u32 cpu = 0; cpu < r->metrics->nr_cpus; cpu++)
		append(array, part_cpu(r->metrics, cpu));
	return array;
}

static json_t *total_json(const struct result *r)
{
	const struct metrics *metrics = r->metrics;
	json_t *object = json_object();
	struct cpu_metrics sum = {0};

	for (u32 i = 0; i < metrics->nr_cpus; i++) {
		sum.busy_ns += metrics->cpus[i].busy_ns;
		sum.idle_ns += metrics->cpus[i].idle_ns;
		sum.irq_ns += metrics->cpus[i].irq_ns;
		sum.pulled += metrics->cpus[i].pulled;
	}
	set_u64(object, "busy_ns", sum.busy_ns);
	set_u64(object, "idle_ns", sum.idle_ns);
	set_u64(object, "irq_ns", sum.irq_ns);
	set_u64(object, "busy_ppm", share_ppm(sum.busy_ns, metrics->window_ns * metrics->nr_cpus));
	set_u64(object, "switches", metrics->total.switches);
	set_u64(object, "wakeups", metrics->total.wakeups);
	set_u64(object, "migrations", metrics->total.migrations);
	set_u64(object, "pulled", sum.pulled);
	set_u64(object, "forks", metrics->total.forks);
	set_u64(object, "execs", metrics->total.execs);
	set_u64(object, "exits", metrics->total.exits);
	set_int(object, "tasks_seen", metrics->total.tasks_seen);
	set_int(object, "tasks_alive", metrics->total.tasks_alive);
	return object;
}

static json_t *window_json(const struct result *r)
{
	json_t *object = json_object();

	set_u64(object, "from_ns", r->metrics->window_from);
	set_u64(object, "duration_ns", r->metrics->window_ns);
	return object;
}

static json_t *load_json(const struct result *r)
{
	json_t *array = json_array();

	for (u32 i = 0; i < ARRAY_SIZE(r->metrics->load_avg_milli); i++)
		append(array, json_integer(r->metrics->load_avg_milli[i]));
	return array;
}

static json_t *fairness_json(const struct result *r)
{
	return json_integer(r->metrics->fairness_ppm);
}

static json_t *machine_json(const struct result *r)
{
	const struct platform *p;
	json_t *object;

	if (!r->workload)
		return NULL;
	p = &r->workload->platform;
	object = json_object();
	set_int(object, "cpus", p->nr_cpus);
	set_int(object, "cores", p->nr_cores);
	set_int(object, "llcs", p->nr_llcs);
	set_int(object, "nodes", p->nodes);
	set_int(object, "hz", p->hz);
	set_text(object, "preempt", preempt_model_names[p->preempt]);
	return object;
}

/* How good the recorded data is. */
static json_t *data_json(const struct result *r)
{
	json_t *object;

	if (!r->recorded)
		return NULL;
	object = json_object();
	set_u64(object, "first_ns", r->first_ns);
	set_u64(object, "records", r->metrics->total.records);
	set_u64(object, "lost_marks", r->lost_marks);
	set_u64(object, "lost_events", r->lost_events);
	set_u64(object, "bad_lines", r->bad_lines);
	set_u64(object, "disordered_events", r->disordered);
	set_u64(object, "mended_switches", r->mended);
	set_u64(object, "other_events", r->other_events);
	set_text(object, "state_era", r->state_era ? r->state_era : "unknown");
	set(object, "microseconds", json_boolean(r->microseconds));
	return object;
}

static json_t *run_json(const struct result *r)
{
	u64 wall = max_of(r->wall_ns, (u64)1);
	json_t *object;

	if (r->recorded)
		return NULL;
	object = json_object();
	set_u64(object, "events", r->events);
	set_u64(object, "wall_ns", r->wall_ns);
	set_u64(object, "events_per_s", mul_div_u64(r->events, SEC, wall));
	set_u64(object, "ns_per_event_milli", r->events ? mul_div_u64(wall, 1000, r->events) : 0);
	return object;
}

static json_t *schema_json(const struct result *r unused_arg)
{
	return json_string("ossim-result/1");
}

static json_t *version_json(const struct result *r)
{
	return text_json(r->version);
}

static json_t *source_json(const struct result *r)
{
	return text_json(r->source);
}

static json_t *kind_json(const struct result *r)
{
	return json_string(r->recorded ? "recorded" : "simulated");
}

static json_t *kernel_json(const struct result *r)
{
	return r->workload ? text_json(r->workload->kernel.name) : NULL;
}

static json_t *seed_json(const struct result *r)
{
	return r->workload ? json_integer((s64)r->workload->seed) : NULL;
}

static json_t *workload_digest_json(const struct result *r)
{
	return r->workload ? hex_json(r->workload->digest) : NULL;
}

static json_t *digest_json(const struct result *r)
{
	return r->metrics->has_digest ? hex_json(r->metrics->digest) : NULL;
}

const struct section sections[] = {
	{.name = "schema", .make = schema_json},
	{.name = "ossim", .make = version_json},
	{.name = "source", .make = source_json},
	{.name = "kind", .make = kind_json},
	{.name = "kernel", .make = kernel_json},
	{.name = "seed", .make = seed_json},
	{.name = "workload_digest", .make = workload_digest_json},
	{.name = "digest", .make = digest_json},
	{.name = "machine", .make = machine_json},
	{.name = "window", .make = window_json},
	{.name = "tasks", .make = tasks_json},
	{.name = "comms", .make = comms_json},
	{.name = "cpus", .make = cpus_json},
	{.name = "total", .make = total_json},
	{.name = "load_avg_milli", .make = load_json},
	{.name = "fairness_ppm", .make = fairness_json},
	{.name = "data", .make = data_json},
	{.name = "run", .make = run_json, .timing = true},
};
const u32 nr_sections = ARRAY_SIZE(sections);

json_t *result_json(const struct result *r, bool timing)
{
	json_t *document = json_object();

	for (u32 i = 0; i < nr_sections; i++) {
		json_t *value = sections[i].timing && !timing ? NULL : sections[i].make(r);

		if (value)
			set(document, sections[i].name, value);
	}
	return document;
}

static int add_piece(const char *piece, size_t len, void *text)
{
	text_add_len(text, piece, len);
	return 0;
}

char *result_json_text(const struct result *r, bool timing)
{
	json_t *document = result_json(r, timing);
	struct text text = {0};

	if (json_dump_callback(document, add_piece, &text, JSON_INDENT(2)))
		die("out of memory for the result document");
	json_decref(document);
	text_add_char(&text, '\n');
	return text.at;
}
