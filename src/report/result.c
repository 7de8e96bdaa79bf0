/* SPDX-License-Identifier: MIT */
/*
 * Metrics as a JSON document, schema ossim-result/1: integers only, units in the names, key order
 * fixed by the order of the code. All but "run" is reproducible byte for byte.
 *
 * docs/result.md and docs/schema/result.schema.json describe every key; `ossim list metrics` prints
 * those of metric_infos (fields.c). A unit test holds that list against this file.
 */
#include "report/report.h"

#include "base/ensure.h"
#include "base/fixed.h"
#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

static void write_hex(struct json_writer *w, const char *key, u64 value)
{
	char text[19];

	snprintf(text, sizeof(text), "\"%016" PRIx64 "\"", value);
	json_raw(w, key, text);
}

static void write_dist(struct json_writer *w, const char *key, const struct hist *hist)
{
	static const struct {
		const char *key;
		u32 per_100k;
	} quantiles[] = {
		{"p50_ns", 50000},
		{"p90_ns", 90000},
		{"p99_ns", 99000},
		{"p999_ns", 99900},
	};
	bool empty = !hist || !hist->count;

	json_begin(w, key, '{');
	json_u64(w, "count", empty ? 0 : hist->count);
	json_u64(w, "min_ns", empty ? 0 : hist->min);
	json_u64(w, "mean_ns", empty ? 0 : hist_mean(hist));
	for (u32 i = 0; i < ARRAY_SIZE(quantiles); i++)
		json_u64(w, quantiles[i].key,
			 empty ? 0 : hist_quantile(hist, quantiles[i].per_100k));
	json_u64(w, "max_ns", empty ? 0 : hist->max);
	json_end(w, '}');
}

static void write_dists(struct json_writer *w, struct hist *const dists[NR_METRIC_DISTS])
{
	for (u32 i = 0; i < NR_METRIC_DISTS; i++)
		write_dist(w, metric_dist_names[i], dists[i]);
}

static void write_sums(struct json_writer *w, const struct task_sums *sums)
{
	json_u64(w, "cpu_ns", sums->cpu_ns);
	json_u64(w, "run_delay_ns", sums->run_delay_ns);
	json_u64(w, "sleep_ns", sums->sleep_ns);
	json_u64(w, "blocked_ns", sums->blocked_ns);
	json_u64(w, "stopped_ns", sums->stopped_ns);
	json_u64(w, "traced_ns", sums->traced_ns);
	json_u64(w, "parked_ns", sums->parked_ns);
	json_u64(w, "forced_idle_ns", sums->forced_idle_ns);
	json_u64(w, "voluntary_switches", sums->voluntary_switches);
	json_u64(w, "involuntary_switches", sums->involuntary_switches);
	json_u64(w, "wakeups", sums->wakeups);
	json_u64(w, "futile_wakeups", sums->futile_wakeups);
	json_u64(w, "failed_calls", sums->failed_calls);
	json_u64(w, "migrations", sums->migrations);
	json_u64(w, "minor_faults", sums->minor_faults);
	json_u64(w, "cow_pages", sums->cow_pages);
}

u64 share_ppm(u64 part_ns, u64 whole_ns)
{
	if (!whole_ns)
		return 0;
	return (u64)(((u128)part_ns * 1000000 + whole_ns / 2) / whole_ns);
}

void write_task(struct json_writer *w, const char *key, const struct metrics *metrics,
		const struct task_metrics *task)
{
	char state[2] = {task->state, '\0'};

	json_begin(w, key, '{');
	json_text(w, "comm", names_text(metrics->names, task->comm));
	json_u64(w, "pid", task->pid);
	json_u64(w, "tgid", task->tgid);
	json_u64(w, "ppid", task->ppid);
	json_text(w, "policy", policy_name(task->policy));
	json_s64(w, "nice", task->nice);
	json_s64(w, "prio", task->prio);
	json_text(w, "state", state);
	write_sums(w, &task->sums);
	json_s64(w, "start_ns", task->start_ns);
	json_s64(w, "end_ns", task->end_ns);
	json_s64(w, "exit_code", task->exit_code);
	json_s64(w, "killed_by", task->killed_by);
	json_u64(w, "share_ppm", share_ppm(task->sums.cpu_ns, metrics->window_ns));
	write_dists(w, task->dist);
	json_end(w, '}');
}

void write_comm(struct json_writer *w, const char *key, const struct metrics *metrics,
		const struct comm_metrics *comm)
{
	json_begin(w, key, '{');
	json_text(w, "comm", names_text(metrics->names, comm->comm));
	json_u64(w, "tasks", comm->nr_tasks);
	write_sums(w, &comm->sums);
	json_u64(w, "share_ppm", share_ppm(comm->sums.cpu_ns, metrics->window_ns));
	write_dists(w, comm->dist);
	json_end(w, '}');
}

void write_cpu(struct json_writer *w, const char *key, const struct metrics *metrics, u32 cpu)
{
	const struct cpu_metrics *m = &metrics->cpus[cpu];

	json_begin(w, key, '{');
	json_u64(w, "cpu", cpu);
	json_u64(w, "busy_ns", m->busy_ns);
	json_u64(w, "idle_ns", m->idle_ns);
	json_u64(w, "irq_ns", m->irq_ns);
	if (m->offline_ns)
		json_u64(w, "offline_ns", m->offline_ns);
	json_u64(w, "unknown_ns", m->unknown_ns);
	json_u64(w, "switches", m->switches);
	json_u64(w, "pulled", m->pulled);
	json_u64(w, "busy_ppm", share_ppm(m->busy_ns, metrics->window_ns));
	json_end(w, '}');
}

void write_group(struct json_writer *w, const char *key, const struct metrics *metrics, u32 group)
{
	const struct group_metrics *m = &metrics->groups[group];
	bool top = m->parent == TASK_ID_NONE;

	json_begin(w, key, '{');
	json_text(w, "name", names_text(metrics->names, m->name));
	json_text(w, "parent",
		  top ? "root" : names_text(metrics->names, metrics->groups[m->parent].name));
	json_u64(w, "cpu_ns", m->cpu_ns);
	json_u64(w, "share_ppm", share_ppm(m->cpu_ns, metrics->window_ns));
	json_u64(w, "nr_periods", m->nr_periods);
	json_u64(w, "nr_throttled", m->nr_throttled);
	json_u64(w, "throttled_ns", m->throttled_ns);
	json_u64(w, "nr_bursts", m->nr_bursts);
	json_u64(w, "burst_ns", m->burst_ns);
	json_end(w, '}');
}

void write_queue(struct json_writer *w, const char *key, const struct metrics *metrics, u32 queue)
{
	const struct queue_metrics *m = &metrics->queues[queue];

	json_begin(w, key, '{');
	json_text(w, "name", names_text(metrics->names, m->name));
	json_u64(w, "waits", m->waits);
	json_u64(w, "max_waiters", m->max_waiters);
	json_u64(w, "waited_ns", m->waited_ns);
	json_u64(w, "mean_waiters_ppm", share_ppm(m->waited_ns, metrics->window_ns));
	json_end(w, '}');
}

/* --- sections --- */

/* Kernel threads that did nothing are not worth an entry. */
static bool worth_showing(const struct task_sums *sums, u32 flags)
{
	return flags & RECORD_FLAG_WORKLOAD || sums->cpu_ns || sums->run_delay_ns || sums->wakeups;
}

static void write_tasks(struct json_writer *w, const char *key, const struct result *r)
{
	const struct metrics *metrics = r->metrics;

	json_begin(w, key, '[');
	for (u32 i = 0; i < metrics->nr_tasks; i++)
		if (worth_showing(&metrics->tasks[i].sums, metrics->tasks[i].flags))
			write_task(w, NULL, metrics, &metrics->tasks[i]);
	json_end(w, ']');
}

static void write_comms(struct json_writer *w, const char *key, const struct result *r)
{
	const struct metrics *metrics = r->metrics;

	json_begin(w, key, '[');
	for (u32 i = 0; i < metrics->nr_comms; i++)
		if (worth_showing(&metrics->comms[i].sums, metrics->comms[i].flags))
			write_comm(w, NULL, metrics, &metrics->comms[i]);
	json_end(w, ']');
}

static void write_cpus(struct json_writer *w, const char *key, const struct result *r)
{
	json_begin(w, key, '[');
	for (u32 cpu = 0; cpu < r->metrics->nr_cpus; cpu++)
		write_cpu(w, NULL, r->metrics, cpu);
	json_end(w, ']');
}

static void write_groups(struct json_writer *w, const char *key, const struct result *r)
{
	json_begin(w, key, '[');
	for (u32 i = 0; i < r->metrics->nr_groups; i++)
		write_group(w, NULL, r->metrics, i);
	json_end(w, ']');
}

static void write_queues(struct json_writer *w, const char *key, const struct result *r)
{
	json_begin(w, key, '[');
	for (u32 i = 0; i < r->metrics->nr_queues; i++)
		write_queue(w, NULL, r->metrics, i);
	json_end(w, ']');
}

static void write_total(struct json_writer *w, const char *key, const struct result *r)
{
	const struct metrics *metrics = r->metrics;
	struct cpu_metrics sum = {0};

	for (u32 i = 0; i < metrics->nr_cpus; i++) {
		sum.busy_ns += metrics->cpus[i].busy_ns;
		sum.idle_ns += metrics->cpus[i].idle_ns;
		sum.irq_ns += metrics->cpus[i].irq_ns;
		sum.pulled += metrics->cpus[i].pulled;
	}
	json_begin(w, key, '{');
	json_u64(w, "busy_ns", sum.busy_ns);
	json_u64(w, "idle_ns", sum.idle_ns);
	json_u64(w, "irq_ns", sum.irq_ns);
	json_u64(w, "busy_ppm", share_ppm(sum.busy_ns, metrics->window_ns * metrics->nr_cpus));
	json_u64(w, "switches", metrics->total.switches);
	json_u64(w, "wakeups", metrics->total.wakeups);
	json_u64(w, "migrations", metrics->total.migrations);
	json_u64(w, "pulled", sum.pulled);
	json_u64(w, "forks", metrics->total.forks);
	json_u64(w, "execs", metrics->total.execs);
	json_u64(w, "exits", metrics->total.exits);
	json_u64(w, "tasks_seen", metrics->total.tasks_seen);
	json_u64(w, "tasks_alive", metrics->total.tasks_alive);
	json_end(w, '}');
}

/* An array, as a report of many lines is read best. */
static void write_lines(struct json_writer *w, const char *key, const char *text)
{
	struct text line = {0};

	json_begin(w, key, '[');
	for (size_t len; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		text_clear(&line);
		text_add_len(&line, text, len);
		json_text(w, NULL, line.at ? line.at : "");
	}
	json_end(w, ']');
	text_fini(&line);
}

static void write_ext(struct json_writer *w, const char *key, const struct result *r)
{
	const struct result_ext *ext = &r->ext;

	json_begin(w, key, '{');
	json_text(w, "policy", ext->policy);
	json_raw(w, "partial", ext->partial ? "true" : "false");
	json_text(w, "state", ext->state);
	json_s64(w, "loaded_ns", ext->loaded_ns == NEVER ? -1 : (s64)ext->loaded_ns);
	json_s64(w, "left_ns", ext->left_ns == NEVER ? -1 : (s64)ext->left_ns);
	json_u64(w, "exit_kind", ext->kind);
	json_s64(w, "exit_code", ext->code);
	json_text(w, "reason", ext->reason);
	json_text(w, "message", ext->message);
	json_u64(w, "enqueues", ext->enqueues);
	json_u64(w, "dispatches", ext->dispatches);
	json_u64(w, "direct_inserts", ext->direct);
	json_u64(w, "moved", ext->moved);
	json_u64(w, "kept", ext->kept);
	json_u64(w, "kicks", ext->kicks);
	json_u64(w, "bypassed", ext->bypassed);
	if (ext->events) {
		json_begin(w, "events", '{');
		for (u32 i = 0; i < ext->nr_events; i++)
			json_u64(w, ext->events[i].name, ext->events[i].count);
		json_end(w, '}');
	}
	write_lines(w, "dump", ext->dump);
	json_end(w, '}');
}

static void write_xv6(struct json_writer *w, const char *key, const struct result *r)
{
	json_begin(w, key, '{');
	json_u64(w, "slots_scanned", r->slots_scanned);
	json_end(w, '}');
}

static void write_window(struct json_writer *w, const char *key, const struct result *r)
{
	json_begin(w, key, '{');
	json_u64(w, "from_ns", r->metrics->window_from);
	json_u64(w, "duration_ns", r->metrics->window_ns);
	json_end(w, '}');
}

static void write_load(struct json_writer *w, const char *key, const struct result *r)
{
	json_begin(w, key, '[');
	for (u32 i = 0; i < ARRAY_SIZE(r->metrics->load_avg_milli); i++)
		json_u64(w, NULL, r->metrics->load_avg_milli[i]);
	json_end(w, ']');
}

static void write_fairness(struct json_writer *w, const char *key, const struct result *r)
{
	json_u64(w, key, r->metrics->fairness_ppm);
}

static void write_machine(struct json_writer *w, const char *key, const struct result *r)
{
	const struct platform *p = &r->workload->platform;

	json_begin(w, key, '{');
	json_u64(w, "cpus", p->nr_cpus);
	json_u64(w, "cores", p->nr_cores);
	json_u64(w, "llcs", p->nr_llcs);
	json_u64(w, "nodes", p->nodes);
	json_u64(w, "hz", p->hz);
	json_text(w, "preempt", preempt_model_names[p->preempt]);
	json_end(w, '}');
}

/* How good the recorded data is. */
static void write_data(struct json_writer *w, const char *key, const struct result *r)
{
	json_begin(w, key, '{');
	json_u64(w, "first_ns", r->first_ns);
	json_u64(w, "records", r->metrics->total.records);
	json_u64(w, "lost_marks", r->lost_marks);
	json_u64(w, "lost_events", r->lost_events);
	json_u64(w, "bad_lines", r->bad_lines);
	json_u64(w, "disordered_events", r->disordered);
	json_u64(w, "mended_switches", r->mended);
	json_u64(w, "other_events", r->other_events);
	json_text(w, "state_era", r->state_era ? r->state_era : "unknown");
	json_raw(w, "microseconds", r->microseconds ? "true" : "false");
	json_end(w, '}');
}

static void write_run(struct json_writer *w, const char *key, const struct result *r)
{
	u64 wall = max_of(r->wall_ns, (u64)1);

	json_begin(w, key, '{');
	json_u64(w, "events", r->events);
	json_u64(w, "wall_ns", r->wall_ns);
	json_u64(w, "events_per_s", mul_div_u64(r->events, SEC, wall));
	json_u64(w, "ns_per_event_milli", r->events ? mul_div_u64(wall, 1000, r->events) : 0);
	json_end(w, '}');
}

static void write_schema(struct json_writer *w, const char *key, const struct result *r unused_arg)
{
	json_text(w, key, "ossim-result/1");
}

static void write_version(struct json_writer *w, const char *key, const struct result *r)
{
	json_text(w, key, r->version);
}

static void write_source(struct json_writer *w, const char *key, const struct result *r)
{
	json_text(w, key, r->source);
}

static void write_kind(struct json_writer *w, const char *key, const struct result *r)
{
	json_text(w, key, r->recorded ? "recorded" : "simulated");
}

static void write_kernel(struct json_writer *w, const char *key, const struct result *r)
{
	json_text(w, key, r->workload->kernel.name);
}

static void write_seed(struct json_writer *w, const char *key, const struct result *r)
{
	json_u64(w, key, r->workload->seed);
}

static void write_workload_digest(struct json_writer *w, const char *key, const struct result *r)
{
	write_hex(w, key, r->workload->digest);
}

static void write_digest(struct json_writer *w, const char *key, const struct result *r)
{
	write_hex(w, key, r->metrics->digest);
}

static bool has_groups(const struct result *r)
{
	return r->metrics->nr_groups;
}

static bool has_queues(const struct result *r)
{
	return r->metrics->nr_queues;
}

static bool is_simulated(const struct result *r)
{
	return !r->recorded && r->workload;
}

static bool has_ext(const struct result *r)
{
	return r->ext.policy != NULL;
}

static bool has_xv6(const struct result *r)
{
	return r->workload && r->workload->model == MODEL_XV6;
}

static bool is_recorded(const struct result *r)
{
	return r->recorded;
}

static bool has_digest(const struct result *r)
{
	return r->metrics->has_digest;
}

const struct section sections[] = {
	{.name = "schema", .write = write_schema},
	{.name = "ossim", .write = write_version},
	{.name = "source", .write = write_source},
	{.name = "kind", .write = write_kind},
	{.name = "kernel", .has = is_simulated, .write = write_kernel},
	{.name = "seed", .has = is_simulated, .write = write_seed},
	{.name = "workload_digest", .has = is_simulated, .write = write_workload_digest},
	{.name = "digest", .has = has_digest, .write = write_digest},
	{.name = "machine", .has = is_simulated, .write = write_machine},
	{.name = "ext", .has = has_ext, .write = write_ext},
	{.name = "xv6", .has = has_xv6, .write = write_xv6},
	{.name = "window", .write = write_window},
	{.name = "tasks", .write = write_tasks},
	{.name = "comms", .write = write_comms},
	{.name = "cpus", .write = write_cpus},
	{.name = "groups", .has = has_groups, .write = write_groups},
	{.name = "wait_queues", .has = has_queues, .write = write_queues},
	{.name = "total", .write = write_total},
	{.name = "load_avg_milli", .write = write_load},
	{.name = "fairness_ppm", .write = write_fairness},
	{.name = "data", .has = is_recorded, .write = write_data},
	{.name = "run", .has = is_simulated, .write = write_run, .timing = true},
};
const u32 nr_sections = ARRAY_SIZE(sections);

char *result_json_text(const struct result *r, bool timing)
{
	struct text text = {0};
	struct json_writer writer = {.out = &text};

	json_begin(&writer, NULL, '{');
	for (u32 i = 0; i < nr_sections; i++)
		if ((timing || !sections[i].timing) && (!sections[i].has || sections[i].has(r)))
			sections[i].write(&writer, sections[i].name, r);
	json_end(&writer, '}');
	text_add_char(&text, '\n');
	return text.at;
}

json_t *result_json(const struct result *r, bool timing)
{
	char *text = result_json_text(r, timing);
	json_t *document = json_loads(text, JSON_ALLOW_NUL, NULL);

	ensure(document);
	free(text);
	return document;
}
