/* SPDX-License-Identifier: MIT */
/*
 * Metrics as a JSON document, schema ossim-result/1: integers only, units in the names, key order
 * fixed by the order of the code. All but "run" is reproducible byte for byte.
 */
#include "report/report.h"

#include "base/ensure.h"
#include "base/fixed.h"

#include <stdlib.h>
#include <string.h>

static void set_int(json_t *object, const char *key, s64 value)
{
	json_object_set_new(object, key, json_integer(value));
}

static void set_text(json_t *object, const char *key, const char *value)
{
	/* A comm of a trace may be any bytes: what is not UTF-8 is shown by its bytes. */
	json_t *text = json_string(value);

	if (!text) {
		char shown[64];
		size_t n = 0;

		for (const char *c = value; *c && n < sizeof(shown) - 1; c++)
			shown[n++] = (unsigned char)*c < 0x80 ? *c : '?';
		shown[n] = '\0';
		text = json_string(shown);
	}
	json_object_set_new(object, key, text);
}

static void set_hex(json_t *object, const char *key, u64 value)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, value);
	json_object_set_new(object, key, json_string(text));
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

	set_int(object, "count", empty ? 0 : (s64)hist->count);
	set_int(object, "min_ns", empty ? 0 : (s64)hist->min);
	set_int(object, "mean_ns", empty ? 0 : (s64)hist_mean(hist));
	for (u32 i = 0; i < ARRAY_SIZE(quantiles); i++)
		set_int(object, quantiles[i].key,
			empty ? 0 : (s64)hist_quantile(hist, quantiles[i].per_100k));
	set_int(object, "max_ns", empty ? 0 : (s64)hist->max);
	return object;
}

static void set_dists(json_t *object, struct hist *const *dists)
{
	for (u32 i = 0; i < NR_METRIC_DISTS; i++)
		json_object_set_new(object, metric_dist_names[i], dist_json(dists[i]));
}

static void set_sums(json_t *object, const struct task_sums *sums)
{
	set_int(object, "cpu_ns", (s64)sums->cpu_ns);
	set_int(object, "run_delay_ns", (s64)sums->run_delay_ns);
	set_int(object, "sleep_ns", (s64)sums->sleep_ns);
	set_int(object, "voluntary_switches", (s64)sums->voluntary_switches);
	set_int(object, "involuntary_switches", (s64)sums->involuntary_switches);
	set_int(object, "wakeups", (s64)sums->wakeups);
	set_int(object, "migrations", (s64)sums->migrations);
}

static json_t *task_json(const struct metrics *metrics, const struct task_metrics *task)
{
	json_t *object = json_object();
	char state[2] = {task->state, '\0'};

	set_text(object, "comm", names_text(metrics->names, task->comm));
	set_int(object, "pid", task->pid);
	set_int(object, "tgid", task->tgid);
	set_int(object, "ppid", task->ppid);
	set_text(object, "policy", task->policy == ROSTER_POLICY_UNKNOWN ? "unknown" : policy_name(task->policy));
	set_int(object, "nice", task->nice);
	set_int(object, "prio", task->prio);
	set_text(object, "state", state);
	set_sums(object, &task->sums);
	set_int(object, "start_ns", task->start_ns);
	set_int(object, "end_ns", task->end_ns);
	set_dists(object, task->dist);
	return object;
}

/* Kernel threads that did nothing are not worth a line. */
static bool worth_showing(const struct task_metrics *task)
{
	const struct task_sums *s = &task->sums;

	return task->flags & RECORD_FLAG_WORKLOAD || s->cpu_ns || s->run_delay_ns || s->wakeups;
}

static json_t *tasks_json(const struct metrics *metrics)
{
	json_t *array = json_array();

	for (u32 i = 0; i < metrics->nr_tasks; i++)
		if (worth_showing(&metrics->tasks[i]))
			json_array_append_new(array, task_json(metrics, &metrics->tasks[i]));
	return array;
}

static json_t *comms_json(const struct metrics *metrics)
{
	json_t *array = json_array();

	for (u32 i = 0; i < metrics->nr_comms; i++) {
		const struct comm_metrics *comm = &metrics->comms[i];
		json_t *object;

		if (!comm->sums.cpu_ns && !comm->sums.wakeups && !(comm->flags & RECORD_FLAG_WORKLOAD))
			continue;
		object = json_object();
		set_text(object, "comm", names_text(metrics->names, comm->comm));
		set_int(object, "tasks", comm->nr_tasks);
		set_sums(object, &comm->sums);
		set_dists(object, comm->dist);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *cpus_json(const struct metrics *metrics)
{
	json_t *array = json_array();

	for (u32 i = 0; i < metrics->nr_cpus; i++) {
		const struct cpu_metrics *cpu = &metrics->cpus[i];
		json_t *object = json_object();

		set_int(object, "cpu", i);
		set_int(object, "busy_ns", (s64)cpu->busy_ns);
		set_int(object, "idle_ns", (s64)cpu->idle_ns);
		set_int(object, "irq_ns", (s64)cpu->irq_ns);
		if (cpu->unknown_ns)
			set_int(object, "unknown_ns", (s64)cpu->unknown_ns);
		set_int(object, "switches", (s64)cpu->switches);
		set_int(object, "pulled", (s64)cpu->pulled);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *total_json(const struct metrics *metrics)
{
	json_t *object = json_object();
	u64 busy = 0, idle = 0, irq = 0;

	for (u32 i = 0; i < metrics->nr_cpus; i++) {
		busy += metrics->cpus[i].busy_ns;
		idle += metrics->cpus[i].idle_ns;
		irq += metrics->cpus[i].irq_ns;
	}
	set_int(object, "busy_ns", (s64)busy);
	set_int(object, "idle_ns", (s64)idle);
	set_int(object, "irq_ns", (s64)irq);
	set_int(object, "switches", (s64)metrics->total.switches);
	set_int(object, "wakeups", (s64)metrics->total.wakeups);
	set_int(object, "migrations", (s64)metrics->total.migrations);
	set_int(object, "forks", (s64)metrics->total.forks);
	set_int(object, "execs", (s64)metrics->total.execs);
	set_int(object, "exits", (s64)metrics->total.exits);
	set_int(object, "tasks_seen", metrics->total.tasks_seen);
	set_int(object, "tasks_alive", metrics->total.tasks_alive);
	return object;
}

static json_t *machine_json(const struct workload *workload)
{
	const struct platform *p = &workload->platform;
	json_t *object = json_object();

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
	json_t *object = json_object();

	set_int(object, "first_ns", (s64)r->first_ns);
	set_int(object, "records", (s64)r->metrics->total.records);
	set_int(object, "lost_marks", (s64)r->lost_marks);
	set_int(object, "lost_events", (s64)r->lost_events);
	set_int(object, "bad_lines", (s64)r->bad_lines);
	set_int(object, "disordered_events", (s64)r->disordered);
	set_int(object, "mended_switches", (s64)r->mended);
	set_int(object, "other_events", (s64)r->other_events);
	set_text(object, "state_era", r->state_era ? r->state_era : "unknown");
	json_object_set_new(object, "microseconds", json_boolean(r->microseconds));
	return object;
}

static json_t *run_json(const struct result *r)
{
	json_t *object = json_object();
	u64 wall = max_of(r->wall_ns, (u64)1);

	set_int(object, "events", (s64)r->events);
	set_int(object, "wall_ns", (s64)r->wall_ns);
	set_int(object, "events_per_s", (s64)mul_div_u64(r->events, SEC, wall));
	set_int(object, "ns_per_event_milli", r->events ? (s64)mul_div_u64(wall, 1000, r->events) : 0);
	return object;
}

static void set_identity(json_t *document, const struct result *r)
{
	set_text(document, "schema", "ossim-result/1");
	set_text(document, "ossim", r->version);
	set_text(document, "source", r->source);
	set_text(document, "kind", r->recorded ? "recorded" : "simulated");
	if (!r->workload)
		return;
	set_text(document, "kernel", r->workload->kernel.name);
	set_int(document, "seed", (s64)r->workload->seed);
	set_hex(document, "workload_digest", r->workload->digest);
	if (r->metrics->has_digest)
		set_hex(document, "digest", r->metrics->digest);
	json_object_set_new(document, "machine", machine_json(r->workload));
}

json_t *result_json(const struct result *r, bool timing)
{
	const struct metrics *metrics = r->metrics;
	json_t *document = json_object(), *window = json_object(), *load = json_array();

	if (!document || !window || !load)
		die("out of memory");
	set_identity(document, r);
	set_int(window, "from_ns", (s64)metrics->window_from);
	set_int(window, "duration_ns", (s64)metrics->window_ns);
	json_object_set_new(document, "window", window);
	json_object_set_new(document, "tasks", tasks_json(metrics));
	json_object_set_new(document, "comms", comms_json(metrics));
	json_object_set_new(document, "cpus", cpus_json(metrics));
	json_object_set_new(document, "total", total_json(metrics));
	for (u32 i = 0; i < ARRAY_SIZE(metrics->load_avg_milli); i++)
		json_array_append_new(load, json_integer(metrics->load_avg_milli[i]));
	json_object_set_new(document, "load_avg_milli", load);
	set_int(document, "fairness_ppm", metrics->fairness_ppm);
	if (r->recorded)
		json_object_set_new(document, "data", data_json(r));
	else if (timing)
		json_object_set_new(document, "run", run_json(r));
	return document;
}

char *result_json_text(const struct result *r, bool timing)
{
	json_t *document = result_json(r, timing);
	char *body = json_dumps(document, JSON_INDENT(2)), *text;
	size_t len;

	json_decref(document);
	if (!body)
		die("out of memory");
	len = strlen(body);
	text = realloc(body, len + 2);
	if (!text)
		die("out of memory");
	text[len] = '\n';
	text[len + 1] = '\0';
	return text;
}
