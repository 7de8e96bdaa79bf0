/* SPDX-License-Identifier: MIT */
/*
 * Numbers of tasks by name, and of comms.
 *
 * Under "tasks" a name stands for all tasks that bear it: those of a `tasks:` entry of the workload
 * (NAME, or NAME0, NAME1, ...) and those with that comm. Their sums are added and their
 * distributions merged; what only one task can have (pid, nice, end_ns, ...) is there if the name
 * means one task.
 */
#include "report/lookup.h"

#include "report/parts.h"

#include <string.h>

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
	return lookup_read_back(&text);
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
		if (!strcmp(metric_infos[i].where, "tasks") &&
		    strlen(metric_infos[i].name) == len &&
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
		own = lookup_read_back(&text);
		json_object_update_missing(object, own);
		json_decref(own);
	}
	if (is_of_one_task(rest, len) && !lookup_member(object, rest, len) &&
	    named->result->only_begun)
		found = true;
	else if (is_of_one_task(rest, len) && !lookup_member(object, rest, len))
		text_printf(error, "'%.*s' is of a single task, and '%.*s' means %" PRIu64,
			    (int)len, rest, (int)named->len, named->name, nr_tasks);
	else
		found = lookup_descend(object, rest, value, error);
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
bool lookup_tasks(const struct result *r, const char *path, s64 *value, struct text *error)
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
		return lookup_in_tasks(&named, object, path + len + (path[len] == '.'), value,
				       error);
	}
	if (may_come_to_be(r, path) || begins_a_spec(r, path))
		return true;
	add_names(r, &names);
	lookup_unknown(error, "task", path, strcspn(path, "."), &names);
	vec_fini(&names.at);
	return false;
}

bool lookup_comms(const struct result *r, const char *path, s64 *value, struct text *error)
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
			found = lookup_descend(object, path + len + (path[len] == '.'), value,
					       error);
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
	lookup_unknown(error, "comm", path, strcspn(path, "."), &names);
	vec_fini(&names.at);
	return false;
}
