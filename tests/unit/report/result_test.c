/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "report_fixture.h"

static const char *in_source(const char *path)
{
	const char *top = getenv("top_srcdir");
	static char whole[1024];

	snprintf(whole, sizeof(whole), "%s/%s", top ? top : ".", path);
	return whole;
}

Test(result, the_text_is_what_a_json_library_writes)
{
	struct fixture f;
	json_t *document;
	char *text, *again;

	fixture_init(&f);
	text = result_json_text(&f.result, true);
	document = json_loads(text, 0, NULL);
	cr_assert(document);
	again = json_dumps(document, JSON_INDENT(2));
	cr_assert_eq(strncmp(text, again, strlen(again)), 0);
	cr_assert_str_eq(text + strlen(again), "\n");
	free(text);
	free(again);
	json_decref(document);
	fixture_fini(&f);
}

Test(result, an_empty_list_has_no_lines)
{
	struct fixture f;
	char *text;

	fixture_init(&f);
	f.metrics.nr_tasks = 0;
	text = result_json_text(&f.result, false);
	cr_assert(strstr(text, "\n  \"tasks\": [],\n"));
	free(text);
	fixture_fini(&f);
}

/* No number with a fraction, anywhere. */
static void check_integers(const json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	cr_assert(!json_is_real(json));
	if (json_is_object(json))
		json_object_foreach((json_t *)json, key, value) check_integers(value);
	json_array_foreach((json_t *)json, i, value) check_integers(value);
}

Test(result, numbers_are_integers)
{
	struct fixture f;
	json_t *document;

	fixture_init(&f);
	document = result_json(&f.result, true);
	check_integers(document);
	json_decref(document);
	fixture_fini(&f);
}

static void check_keys(const json_t *object, const char *wanted)
{
	struct text keys = {0};
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) text_printf(&keys, "%s ", key);
	cr_assert_str_eq(keys.at, wanted);
	text_fini(&keys);
}

Test(result, keys_come_in_a_fixed_order)
{
	struct fixture f;
	json_t *document, *task;

	fixture_init(&f);
	document = result_json(&f.result, true);
	task = json_array_get(json_object_get(document, "tasks"), 0);
	check_keys(document,
		   "schema ossim source kind kernel seed workload_digest digest machine window "
		   "tasks comms cpus total load_avg_milli fairness_ppm run ");
	check_keys(
		task,
		"comm pid tgid ppid policy nice prio state cpu_ns run_delay_ns sleep_ns "
		"blocked_ns stopped_ns traced_ns parked_ns forced_idle_ns voluntary_switches "
		"involuntary_switches wakeups futile_wakeups failed_calls migrations minor_faults cow_pages "
		"start_ns end_ns exit_code killed_by "
		"share_ppm wakeup_latency slice response fork_latency preempt_wait ");
	check_keys(json_object_get(task, "slice"),
		   "count min_ns mean_ns p50_ns p90_ns p99_ns p999_ns max_ns ");
	json_decref(document);
	fixture_fini(&f);
}

Test(result, what_is_not_reproducible_is_left_out_without_timing)
{
	struct fixture f;
	char *slow, *fast;

	fixture_init(&f);
	slow = result_json_text(&f.result, false);
	f.result.wall_ns = 1;
	fast = result_json_text(&f.result, false);
	cr_assert_str_eq(slow, fast);
	cr_assert(!strstr(slow, "wall_ns"));
	free(slow);
	free(fast);
	fixture_fini(&f);
}

Test(result, quantiles_are_those_of_the_samples)
{
	struct fixture f;
	json_t *document, *dist;

	fixture_init(&f);
	document = result_json(&f.result, false);
	dist = json_object_get(json_array_get(json_object_get(document, "tasks"), 2),
			       "wakeup_latency");
	/* 1..100 us: within 1/64 of 50, 90, 99 and 100 */
	cr_assert_eq(json_integer_value(json_object_get(dist, "count")), 100);
	cr_assert_eq(json_integer_value(json_object_get(dist, "min_ns")), 1000);
	cr_assert_eq(json_integer_value(json_object_get(dist, "mean_ns")), 50500);
	cr_assert(llabs(json_integer_value(json_object_get(dist, "p50_ns")) - 50000) <= 50000 / 64);
	cr_assert(llabs(json_integer_value(json_object_get(dist, "p90_ns")) - 90000) <= 90000 / 64);
	cr_assert(llabs(json_integer_value(json_object_get(dist, "p99_ns")) - 99000) <= 99000 / 64);
	cr_assert_eq(json_integer_value(json_object_get(dist, "max_ns")), 100000);
	json_decref(document);
	fixture_fini(&f);
}

Test(result, a_name_that_is_no_text_is_shown_by_its_ascii)
{
	struct fixture f;
	json_t *document, *task;

	fixture_init(&f);
	f.tasks[0].comm = names_intern_str(&f.names, "a\xff\"b");
	f.tasks[1].comm = names_intern_str(&f.names, "caf\xc3\xa9");
	document = result_json(&f.result, false);
	task = json_array_get(json_object_get(document, "tasks"), 0);
	cr_assert_str_eq(json_string_value(json_object_get(task, "comm")), "a?\"b");
	task = json_array_get(json_object_get(document, "tasks"), 1);
	cr_assert_str_eq(json_string_value(json_object_get(task, "comm")), "caf\xc3\xa9");
	json_decref(document);
	fixture_fini(&f);
}

Test(result, kernel_threads_that_did_nothing_are_left_out)
{
	struct fixture f;
	json_t *document;

	fixture_init(&f);
	f.tasks[3].sums = (struct task_sums){.sleep_ns = 100};
	f.comms[3].sums = f.tasks[3].sums;
	f.tasks[1].sums = (struct task_sums){0}; /* of the workload: it stays */
	document = result_json(&f.result, false);
	cr_assert_eq(json_array_size(json_object_get(document, "tasks")), 3);
	cr_assert_eq(json_array_size(json_object_get(document, "comms")), 3);
	json_decref(document);
	fixture_fini(&f);
}

/* --- the list of metrics, and the schema --- */

static bool is_listed(const char *name, const char *where)
{
	for (u32 i = 0; i < nr_metric_infos; i++)
		if (!strcmp(metric_infos[i].name, name) && strstr(metric_infos[i].where, where))
			return true;
	return false;
}

/* Every number in @object is listed as being there. */
static void check_listed(const json_t *object, const char *where)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key,
			    value) if (json_is_integer(value) || json_is_object(value))
		cr_assert(is_listed(key, where), "%s in %s", key, where);
}

static void check_document_listed(const json_t *document)
{
	static const char *const lists[] = {"tasks", "comms", "cpus", "groups"};
	static const char *const objects[] = {"machine", "window", "total", "data", "run"};
	json_t *task;

	for (u32 i = 0; i < ARRAY_SIZE(lists); i++)
		check_listed(json_array_get(json_object_get(document, lists[i]), 0), lists[i]);
	for (u32 i = 0; i < ARRAY_SIZE(objects); i++)
		if (json_object_get(document, objects[i]))
			check_listed(json_object_get(document, objects[i]), objects[i]);
	task = json_array_get(json_object_get(document, "tasks"), 0);
	check_listed(json_object_get(task, "slice"), "distributions");
}

Test(result, every_number_is_in_the_list_of_metrics)
{
	struct fixture f;
	json_t *document;

	fixture_init(&f);
	fixture_groups(&f);
	document = result_json(&f.result, true);
	check_document_listed(document);
	json_decref(document);
	fixture_record(&f);
	document = result_json(&f.result, true);
	check_document_listed(document);
	json_decref(document);
	fixture_fini(&f);
}

Test(result, every_metric_that_is_listed_exists)
{
	struct queue_metrics queue = {.waits = 1};
	struct workload xv6; /* only told of xv6: slots of its table */
	struct fixture f;
	char *simulated, *recorded, *of_xv6;

	fixture_init(&f);
	fixture_groups(&f);
	f.metrics.queues = &queue;
	f.metrics.nr_queues = 1;
	simulated = result_json_text(&f.result, true);
	xv6 = *f.result.workload;
	xv6.model = MODEL_XV6;
	f.result.workload = &xv6;
	of_xv6 = result_json_text(&f.result, true);
	fixture_record(&f);
	f.cpus[1].offline_ns = MSEC; /* only told of cpus that were offline */
	recorded = result_json_text(&f.result, true);
	for (u32 i = 0; i < nr_metric_infos; i++) {
		char key[64];

		snprintf(key, sizeof(key), "\"%s\": ", metric_infos[i].name);
		cr_assert(strstr(simulated, key) || strstr(recorded, key) || strstr(of_xv6, key),
			  "%s", key);
		cr_assert_leq(strlen(metric_infos[i].name), 24);
	}
	free(simulated);
	free(recorded);
	free(of_xv6);
	fixture_fini(&f);
}

static const json_t *resolve(const json_t *schema, const json_t *root)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));

	return ref ? json_object_get(json_object_get(root, "$defs"), ref + strlen("#/$defs/"))
		   : schema;
}

static void check_pattern(const json_t *value, const json_t *schema, const char *name)
{
	const char *pattern = json_string_value(json_object_get(schema, "pattern"));
	regex_t regex;

	if (!pattern)
		return;
	cr_assert_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0, "%s", pattern);
	cr_assert_eq(regexec(&regex, json_string_value(value), 0, NULL, 0), 0, "%s is %s", name,
		     json_string_value(value));
	regfree(&regex);
}

/*
 * @value has the keys of the schema in its order: all that are required, and no others; texts have
 * its patterns.
 */
static void check_schema(const json_t *value, const json_t *schema, const json_t *root,
			 const char *name)
{
	const json_t *properties, *found;
	const char *key;
	json_t *inner;
	size_t i;

	schema = resolve(schema, root);
	properties = json_object_get(schema, "properties");
	json_array_foreach((json_t *)value, i, inner)
		check_schema(inner, json_object_get(schema, "items"), root, name);
	if (json_is_string(value))
		check_pattern(value, schema, name);
	if (!json_is_object(value))
		return;
	json_array_foreach(json_object_get(schema, "required"), i, inner)
		cr_assert(json_object_get(value, json_string_value(inner)), "%s lacks %s", name,
			  json_string_value(inner));
	void *at = json_object_iter((json_t *)properties);

	json_object_foreach((json_t *)value, key, inner)
	{
		while (at && strcmp(json_object_iter_key(at), key))
			at = json_object_iter_next((json_t *)properties, at);
		cr_assert(at, "%s.%s is not in the schema, or not in this order", name, key);
		found = json_object_iter_value(at);
		check_schema(inner, found, root, key);
	}
}

Test(result, the_schema_has_the_same_keys)
{
	json_t *schema = json_load_file(in_source("docs/schema/result.schema.json"), 0, NULL),
	       *document;
	struct workload xv6;
	struct fixture f;

	cr_assert(schema, "%s", in_source("docs/schema/result.schema.json"));
	fixture_init(&f);
	document = result_json(&f.result, true);
	check_schema(document, schema, schema, "document");
	json_decref(document);
	xv6 = *f.result.workload;
	xv6.model = MODEL_XV6;
	xv6.kernel.name = workload_model_names[MODEL_XV6];
	f.result.workload = &xv6;
	document = result_json(&f.result, true);
	check_schema(document, schema, schema, "document");
	json_decref(document);
	fixture_record(&f);
	document = result_json(&f.result, true);
	check_schema(document, schema, schema, "document");
	json_decref(document);
	json_decref(schema);
	fixture_fini(&f);
}
