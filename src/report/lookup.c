/* SPDX-License-Identifier: MIT */
/*
 * A number of the result by its path, such as "tasks.web.wakeup_latency.p99_ns".
 *
 * A path goes through the result document key by key. Only its first part is made, not the whole
 * document. Under "tasks" a name stands for all tasks that bear it: those of a `tasks:` entry of the
 * workload (NAME, or NAME0, NAME1, ...) and those with that comm. Their sums are added and their
 * distributions merged; what only one task can have (pid, nice, end_ns, ...) is there if the name
 * means one task.
 */
#include "report/report.h"

#include "base/ensure.h"
#include "base/vec.h"
#include "report/parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What was written, as a tree. */
static json_t *read_back(struct text *text)
{
	json_t *json = json_loads(text->at, JSON_DECODE_ANY, NULL);

	ensure(json);
	text_fini(text);
	return json;
}

struct candidates {
	vec_of(const char *) at;
};

/* Adds the best guess for the first @len characters of @word to the error; false. */
static bool unknown(struct text *error, const char *what, const char *word, size_t len,
		    const struct candidates *candidates)
{
	struct text copy = {0};
	const char *guess;

	text_add_len(&copy, word, len);
	guess = text_suggest(copy.at, candidates->at.at, candidates->at.len);
	for (u32 i = 0; !guess && len && i < candidates->at.len; i++)
		if (!strncmp(candidates->at.at[i], word, len))
			guess = candidates->at.at[i];
	text_printf(error, "unknown %s '%s'", what, copy.at);
	if (guess)
		text_printf(error, " (did you mean '%s'?)", guess);
	text_fini(&copy);
	return false;
}

static bool unknown_key(struct text *error, const json_t *object, const char *word, size_t len)
{
	struct candidates keys = {0};
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
		if (!json_is_string(value))
			vec_push(&keys.at, key);
	unknown(error, "metric", word, len, &keys);
	text_add(error, "; 'ossim list metrics' tells all");
	vec_fini(&keys.at);
	return false;
}

/* What @object has under the first @len characters of @path. */
static json_t *member(const json_t *object, const char *path, size_t len)
{
	struct text key = {0};
	json_t *value;

	text_add_len(&key, path, len);
	value = json_object_get(object, key.at);
	text_fini(&key);
	return value;
}

/* The element of an array that the first @len characters of @path number. */
static json_t *element(const json_t *array, const char *path, size_t len, struct text *error)
{
	const char *why;
	u64 index;

	if (!parse_u64(path, len, &index, &why) || index >= json_array_size(array)) {
		text_printf(error, "'%.*s' is not a number from 0 to %zu", (int)len, path,
			    json_array_size(array) - 1);
		return NULL;
	}
	return json_array_get(array, index);
}

/* Goes down from @json along @path to a number. */
static bool descend(const json_t *json, const char *path, s64 *value, struct text *error)
{
	while (*path) {
		size_t len = strcspn(path, ".");

		if (json_is_object(json)) {
			const json_t *inner = member(json, path, len);

			if (!inner)
				return unknown_key(error, json, path, len);
			json = inner;
		} else if (json_is_array(json)) {
			json = element(json, path, len, error);
			if (!json)
				return false;
		} else {
			text_printf(error, "there is nothing like '%s' inside a number", path);
			return false;
		}
		path += len + (path[len] == '.');
	}
	if (json_is_integer(json)) {
		*value = json_integer_value(json);
		return true;
	}
	if (json_is_object(json) || json_is_array(json))
		text_add(error, "this is not one number: go on with '.' and one of its parts");
	else
		text_add(error, "this is a text, not a number");
	return false;
}

/* --- tasks by name --- */

struct named {
	const struct result *result;
	const char *name;
	size_t len;
	const struct task_spec *spec; /* NULL: none has that name */
};

/* Is @comm instance 0..count-1 of @spec? Comms are cut at 15 characters. */
static bool is_instance(const struct task_spec *spec, const char *comm)
{
	const char *stem = task_spec_comm(spec);
	size_t len = strnlen(stem, COMM_LEN - 1), digits;
	const char *why;
	u64 number;

	if (spec->count <= 1 || strncmp(comm, stem, len))
		return false;
	digits = strlen(comm + len);
	/* The cut may have taken some or all of the number. */
	if (len + digits >= COMM_LEN - 1)
		return strspn(comm + len, "0123456789") == digits;
	return (digits == 1 || comm[len] != '0') && parse_u64(comm + len, digits, &number, &why) &&
	       number < spec->count;
}

static bool is_meant(const struct named *named, u32 comm)
{
	const char *text = names_text(named->result->metrics->names, comm);

	if (strlen(text) == named->len && !strncmp(text, named->name, named->len))
		return true;
	if (!named->spec)
		return false;
	if (named->spec->comm && named->spec->count <= 1)
		return !strncmp(text, named->spec->comm, COMM_LEN - 1);
	return is_instance(named->spec, text) ||
	       (named->len >= COMM_LEN && !strncmp(text, named->name, COMM_LEN - 1));
}

static const struct task_spec *find_spec(const struct result *r, const char *name, size_t len)
{
	for (u32 i = 0; r->workload && i < r->workload->nr_tasks; i++) {
		const struct task_spec *spec = &r->workload->tasks[i];

		if (strlen(spec->name) == len && !strncmp(spec->name, name, len))
			return spec;
	}
	return NULL;
}

static void merge_comm(const struct comm_metrics *comm, struct comm_metrics *into)
{
	into->nr_tasks += comm->nr_tasks;
	task_sums_add(&into->sums, &comm->sums);
	for (u32 d = 0; d < NR_METRIC_DISTS; d++) {
		if (!comm->dist[d])
			continue;
		if (!into->dist[d])
			into->dist[d] = hist_new();
		hist_merge(into->dist[d], comm->dist[d]);
	}
}

static json_t *comm_json(const struct metrics *metrics, const struct comm_metrics *comm)
{
	struct text text = {0};
	struct json_writer writer = {.out = &text};

	write_comm(&writer, NULL, metrics, comm);
	return read_back(&text);
}

static json_t *merged_json(const struct named *named)
{
	const struct metrics *metrics = named->result->metrics;
	struct comm_metrics sum = {0};
	json_t *object;

	for (u32 i = 0; i < metrics->nr_comms; i++)
		if (is_meant(named, metrics->comms[i].comm))
			merge_comm(&metrics->comms[i], &sum);
	object = comm_json(metrics, &sum);
	for (u32 d = 0; d < NR_METRIC_DISTS; d++)
		if (sum.dist[d])
			hist_free(sum.dist[d]);
	return object;
}

/* The only task that is meant; NULL if there are several or none. */
static const struct task_metrics *only_task(const struct named *named)
{
	const struct metrics *metrics = named->result->metrics;
	const struct task_metrics *only = NULL;

	for (u32 i = 0; i < metrics->nr_tasks; i++) {
		if (!is_meant(named, metrics->tasks[i].comm))
			continue;
		if (only)
			return NULL;
		only = &metrics->tasks[i];
	}
	return only;
}

/* All that is known of the tasks that @named means. NULL: it means none. */
static json_t *named_json(struct named *named)
{
	const struct metrics *metrics = named->result->metrics;
	bool any = false;

	named->spec = find_spec(named->result, named->name, named->len);
	for (u32 i = 0; i < metrics->nr_comms && !any; i++)
		any = is_meant(named, metrics->comms[i].comm);
	/* Tasks that never came to be have zeros. */
	return any || named->spec ? merged_json(named) : NULL;
}

/* Has @metric, the first @len characters of it, only a single task? */
static bool is_of_one_task(const char *metric, size_t len)
{
	for (u32 i = 0; i < nr_metric_infos; i++)
		if (!strcmp(metric_infos[i].where, "tasks") && strlen(metric_infos[i].name) == len &&
		    !strncmp(metric_infos[i].name, metric, len))
			return true;
	return false;
}

/* @object, which it takes over, is that of @named; @rest goes on in it. */
static bool lookup_in_tasks(const struct named *named, json_t *object, const char *rest, s64 *value,
			    struct text *error)
{
	const struct task_metrics *only = only_task(named);
	u64 nr_tasks = (u64)json_integer_value(json_object_get(object, "tasks"));
	size_t len = strcspn(rest, ".");
	bool found = false;

	*value = 0;
	if (nr_tasks == 1 && only) {
		struct text text = {0};
		struct json_writer writer = {.out = &text};
		json_t *own;

		write_task(&writer, NULL, named->result->metrics, only);
		own = read_back(&text);
		json_object_update_missing(object, own);
		json_decref(own);
	}
	if (is_of_one_task(rest, len) && !member(object, rest, len) && named->result->only_begun)
		found = true;
	else if (is_of_one_task(rest, len) && !member(object, rest, len))
		text_printf(error, "'%.*s' is of a single task, and '%.*s' means %" PRIu64, (int)len,
			    rest, (int)named->len, named->name, nr_tasks);
	else
		found = descend(object, rest, value, error);
	json_decref(object);
	return found;
}

static void add_names(const struct result *r, struct candidates *to)
{
	for (u32 i = 0; r->workload && i < r->workload->nr_tasks; i++)
		vec_push(&to->at, r->workload->tasks[i].name);
	for (u32 i = 0; i < r->metrics->nr_comms; i++)
		vec_push(&to->at, names_text(r->metrics->names, r->metrics->comms[i].comm));
}

/* May a task take the name at the start of @path later, from a file that it executes? */
static bool may_come_to_be(const struct result *r, const char *path)
{
	for (u32 i = 0; r->only_begun && i < r->workload->nr_texts; i++) {
		const char *text = r->workload->texts[i], *slash = strrchr(text, '/');
		const char *name = slash ? slash + 1 : text;
		size_t len = strnlen(name, COMM_LEN - 1);

		if (!strncmp(path, name, len) && (!path[len] || path[len] == '.'))
			return true;
	}
	return false;
}

/* Will tasks of the workload bear the comm at the start of @path? */
static bool begins_a_spec(const struct result *r, const char *path)
{
	struct text name = {0};
	bool begins = false;

	text_add_len(&name, path, strcspn(path, "."));
	for (u32 i = 0; r->only_begun && !begins && i < r->workload->nr_tasks; i++) {
		const struct task_spec *spec = &r->workload->tasks[i];

		begins = !strncmp(task_spec_comm(spec), name.at, COMM_LEN - 1) ||
			 is_instance(spec, name.at);
	}
	text_fini(&name);
	return begins;
}

/* A name may have dots in it: the longest that exists is meant. */
static bool lookup_tasks(const struct result *r, const char *path, s64 *value, struct text *error)
{
	struct named named = {.result = r, .name = path};
	struct candidates names = {0};

	for (size_t len = strlen(path); len > 0; len--) {
		json_t *object;

		if (path[len] && path[len] != '.')
			continue;
		named.len = len;
		object = named_json(&named);
		if (!object)
			continue;
		return lookup_in_tasks(&named, object, path + len + (path[len] == '.'), value, error);
	}
	if (may_come_to_be(r, path) || begins_a_spec(r, path))
		return true;
	add_names(r, &names);
	unknown(error, "task", path, strcspn(path, "."), &names);
	vec_fini(&names.at);
	return false;
}

/* --- other sections --- */

static bool lookup_comms(const struct result *r, const char *path, s64 *value, struct text *error)
{
	const struct metrics *metrics = r->metrics;
	struct candidates names = {0};

	for (size_t len = strlen(path); len > 0; len--) {
		u32 id = path[len] && path[len] != '.' ? 0 : names_find(metrics->names, path, len);

		for (u32 i = 0; id && i < metrics->nr_comms; i++) {
			struct comm_metrics *comm = &metrics->comms[i];
			json_t *object;
			bool found;

			if (comm->comm != id)
				continue;
			object = comm_json(metrics, comm);
			found = descend(object, path + len + (path[len] == '.'), value, error);
			json_decref(object);
			return found;
		}
	}
	if (may_come_to_be(r, path) || begins_a_spec(r, path))
		return true;
	if (r->only_begun)
		add_names(r, &names);
	for (u32 i = 0; i < metrics->nr_comms; i++)
		vec_push(&names.at, names_text(metrics->names, metrics->comms[i].comm));
	unknown(error, "comm", path, strcspn(path, "."), &names);
	vec_fini(&names.at);
	return false;
}

static bool lookup_cpus(const struct result *r, const char *path, s64 *value, struct text *error)
{
	size_t len = strcspn(path, ".");
	struct text text = {0};
	struct json_writer writer = {.out = &text};
	json_t *object;
	const char *why;
	bool found;
	u64 cpu;

	if (!parse_u64(path, len, &cpu, &why) || cpu >= r->metrics->nr_cpus) {
		text_printf(error, "there is no cpu '%.*s': they are 0 to %u", (int)len, path,
			    r->metrics->nr_cpus - 1);
		return false;
	}
	write_cpu(&writer, NULL, r->metrics, (u32)cpu);
	object = read_back(&text);
	/* Told only of cpus that were offline, it is a number of all. */
	if (!json_object_get(object, "offline_ns"))
		json_object_set_new(object, "offline_ns", json_integer(0));
	found = descend(object, path + len + (path[len] == '.'), value, error);
	json_decref(object);
	return found;
}

/* "autogroup-2" comes to be with a session. */
static bool may_be_autogroup(const struct result *r, const char *name, size_t len)
{
	static const char stem[] = "autogroup-";
	size_t stem_len = sizeof(stem) - 1;

	return r->only_begun && len > stem_len && !strncmp(name, stem, stem_len) &&
	       strspn(name + stem_len, "0123456789") == len - stem_len;
}

static bool lookup_groups(const struct result *r, const char *path, s64 *value, struct text *error)
{
	const struct metrics *metrics = r->metrics;
	struct candidates names = {0};
	size_t len = strcspn(path, ".");
	bool found;

	for (u32 i = 0; i < metrics->nr_groups; i++) {
		const char *name = names_text(metrics->names, metrics->groups[i].name);
		struct text text = {0};
		struct json_writer writer = {.out = &text};
		json_t *object;

		vec_push(&names.at, name);
		if (strlen(name) != len || strncmp(name, path, len))
			continue;
		write_group(&writer, NULL, metrics, i);
		object = read_back(&text);
		found = descend(object, path + len + (path[len] == '.'), value, error);
		json_decref(object);
		vec_fini(&names.at);
		return found;
	}
	found = may_be_autogroup(r, path, len) || unknown(error, "group", path, len, &names);
	vec_fini(&names.at);
	return found;
}

static bool unknown_section(struct text *error, const char *path, size_t len)
{
	struct candidates names = {0};

	for (u32 i = 0; i < nr_sections; i++)
		vec_push(&names.at, sections[i].name);
	unknown(error, "part of the result", path, len, &names);
	text_add(error, ": it is tasks, comms, cpus, total, load_avg_milli or fairness_ppm");
	vec_fini(&names.at);
	return false;
}

static bool lookup_section(const struct section *section, const struct result *r, const char *path,
			   s64 *value, struct text *error)
{
	struct text text = {0};
	struct json_writer writer = {.out = &text};
	json_t *json;
	bool found;

	if (section->has && !section->has(r)) {
		text_printf(error, "this result has no '%s'", section->name);
		return false;
	}
	section->write(&writer, NULL, r);
	json = read_back(&text);
	found = descend(json, path, value, error);
	json_decref(json);
	return found;
}

bool result_lookup(const struct result *r, const char *path, s64 *value, struct text *error)
{
	static const struct {
		const char *name;
		bool (*lookup)(const struct result *r, const char *path, s64 *value, struct text *error);
	} by_name[] = {
		{"tasks", lookup_tasks}, {"comms", lookup_comms}, {"cpus", lookup_cpus},
		{"groups", lookup_groups},
	};
	size_t len = strcspn(path, ".");
	const char *rest = path + len + (path[len] == '.');

	for (u32 i = 0; i < ARRAY_SIZE(by_name); i++)
		if (strlen(by_name[i].name) == len && !strncmp(path, by_name[i].name, len))
			return by_name[i].lookup(r, rest, value, error);
	for (u32 i = 0; i < nr_sections; i++)
		if (strlen(sections[i].name) == len && !strncmp(path, sections[i].name, len))
			return lookup_section(&sections[i], r, rest, value, error);
	return unknown_section(error, path, len);
}
