/* SPDX-License-Identifier: MIT */
/*
 * A number of the result by its path, such as "tasks.web.wakeup_latency.p99_ns".
 *
 * A path goes through the result document key by key. Only its first part is made, not the whole
 * document.
 */
#include "report/lookup.h"

#include "base/ensure.h"
#include "report/parts.h"

#include <string.h>

json_t *lookup_read_back(struct text *text)
{
	json_t *json = json_loads(text->at, JSON_DECODE_ANY, NULL);

	ensure(json);
	text_fini(text);
	return json;
}

bool lookup_unknown(struct text *error, const char *what, const char *word, size_t len,
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

	json_object_foreach((json_t *)object, key, value) if (!json_is_string(value))
		vec_push(&keys.at, key);
	lookup_unknown(error, "metric", word, len, &keys);
	text_add(error, "; 'ossim list metrics' tells all");
	vec_fini(&keys.at);
	return false;
}

json_t *lookup_member(const json_t *object, const char *path, size_t len)
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

bool lookup_descend(const json_t *json, const char *path, s64 *value, struct text *error)
{
	while (*path) {
		size_t len = strcspn(path, ".");

		if (json_is_object(json)) {
			const json_t *inner = lookup_member(json, path, len);

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

/* --- sections --- */

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
	object = lookup_read_back(&text);
	/* Told only of cpus that were offline, it is a number of all. */
	if (!json_object_get(object, "offline_ns"))
		json_object_set_new(object, "offline_ns", json_integer(0));
	found = lookup_descend(object, path + len + (path[len] == '.'), value, error);
	json_decref(object);
	return found;
}

/* The number at @path in the entry that was written to @text. */
static bool descend_written(struct text *text, const char *path, s64 *value, struct text *error)
{
	json_t *object = lookup_read_back(text);
	bool found = lookup_descend(object, path, value, error);

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

		vec_push(&names.at, name);
		if (strlen(name) != len || strncmp(name, path, len))
			continue;
		write_group(&writer, NULL, metrics, i);
		found = descend_written(&text, path + len + (path[len] == '.'), value, error);
		vec_fini(&names.at);
		return found;
	}
	found = may_be_autogroup(r, path, len) || lookup_unknown(error, "group", path, len, &names);
	vec_fini(&names.at);
	return found;
}

static bool lookup_queues(const struct result *r, const char *path, s64 *value, struct text *error)
{
	const struct metrics *metrics = r->metrics;
	struct candidates names = {0};
	size_t len = strcspn(path, ".");
	bool found;

	for (u32 i = 0; i < metrics->nr_queues; i++) {
		const char *name = names_text(metrics->names, metrics->queues[i].name);
		struct text text = {0};
		struct json_writer writer = {.out = &text};

		vec_push(&names.at, name);
		if (strlen(name) != len || strncmp(name, path, len))
			continue;
		write_queue(&writer, NULL, metrics, i);
		found = descend_written(&text, path + len + (path[len] == '.'), value, error);
		vec_fini(&names.at);
		return found;
	}
	found = lookup_unknown(error, "wait queue", path, len, &names);
	vec_fini(&names.at);
	return found;
}

static bool unknown_section(struct text *error, const char *path, size_t len)
{
	struct candidates names = {0};

	for (u32 i = 0; i < nr_sections; i++)
		vec_push(&names.at, sections[i].name);
	lookup_unknown(error, "part of the result", path, len, &names);
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
	json = lookup_read_back(&text);
	found = lookup_descend(json, path, value, error);
	json_decref(json);
	return found;
}

bool result_lookup(const struct result *r, const char *path, s64 *value, struct text *error)
{
	static const struct {
		const char *name;
		bool (*lookup)(const struct result *r, const char *path, s64 *value,
			       struct text *error);
	} by_name[] = {
		{"tasks", lookup_tasks},   {"comms", lookup_comms},        {"cpus", lookup_cpus},
		{"groups", lookup_groups}, {"wait_queues", lookup_queues},
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
