/* SPDX-License-Identifier: MIT */
/*
 * `--set path=value`: the document tree is changed before it is compiled, so a setting can do what
 * an edit of the file could, and its mistakes are found by the same readers.
 *
 * A path goes from key to key with dots between; in a list it names an index or, for tasks, a
 * name. Each setting is a source of its own, called like the option, without lines.
 */
#include "input/scenario.h"

#include "base/text.h"

#include <string.h>

struct setting_run {
	struct arena *arena;
	struct diag *diag;
	struct loc loc;
	const char *path;
};

static bool fail_path(struct setting_run *s)
{
	return diag_error(s->diag, s->loc,
			  "a path is made of names with dots between, such as machine.cpus");
}

/* If @rest begins with @name as a whole component, returns what follows it ("" at the end). */
static const char *after_component(const char *rest, const char *name)
{
	size_t len = strlen(name);

	if (!len || strncmp(rest, name, len) != 0)
		return NULL;
	if (!rest[len])
		return rest + len;
	return rest[len] == '.' ? rest + len + 1 : NULL;
}

static char *first_component(struct setting_run *s, const char *rest)
{
	return arena_strndup(s->arena, rest, strcspn(rest, "."));
}

/* The name by which a list's item is known: its `name`, if it has one. */
static const char *item_name(const struct doc_node *item)
{
	return item->kind == DOC_MAP ? doc_get_text(item, "name") : NULL;
}

static bool fail_item(struct setting_run *s, const struct doc_node *list, const char *word)
{
	const char **names = arena_array(s->arena, const char *, list->nr);
	const char *best;
	u32 nr = 0;

	doc_for_each (item, list) {
		if (item_name(item))
			names[nr++] = item_name(item);
	}
	if (!nr)
		return diag_error(s->diag, s->loc, "no item '%s': the list has %u, counted from 0",
				  word, list->nr);
	best = text_suggest(word, names, nr);
	if (best)
		return diag_error(s->diag, s->loc, "no item '%s' (did you mean '%s'?)", word, best);
	return diag_error(s->diag, s->loc,
			  "no item '%s': the list has %u, by name or counted from 0", word,
			  list->nr);
}

/* An item by name (the longest that fits, for names may contain dots) or by index. */
static bool find_item(struct setting_run *s, struct doc_node *list, const char **rest,
		      struct doc_node **out)
{
	struct doc_node *found = NULL;
	const char *after = NULL, *word, *error;
	u64 index;

	for (struct doc_node *item = list->first; item; item = item->next) {
		const char *name = item_name(item);
		const char *end = name ? after_component(*rest, name) : NULL;

		if (end && (!after || end > after)) {
			found = item;
			after = end;
		}
	}
	if (found) {
		*rest = after;
		*out = found;
		return true;
	}
	word = first_component(s, *rest);
	if (!parse_u64(word, strlen(word), &index, &error) || index > list->nr)
		return fail_item(s, list, word);
	if (index == list->nr) { /* one beyond the end: a new item */
		found = doc_new(s->arena, DOC_NULL, s->loc);
		doc_append(list, found);
	} else {
		found = list->first;
		while (index--)
			found = found->next;
	}
	*rest = after_component(*rest, word);
	*out = found;
	return true;
}

/* A key that is there (the longest that fits) or a new one. */
static bool find_key(struct setting_run *s, struct doc_node *map, const char **rest,
		     struct doc_node **out)
{
	struct doc_node *found = NULL;
	const char *after = NULL, *word;

	for (struct doc_node *child = map->first; child; child = child->next) {
		const char *end = after_component(*rest, child->key);

		if (end && (!after || end > after)) {
			found = child;
			after = end;
		}
	}
	if (!found) {
		word = first_component(s, *rest);
		if (!*word)
			return fail_path(s);
		found = doc_new(s->arena, DOC_NULL, s->loc);
		found->key = word;
		found->key_loc = s->loc;
		doc_append(map, found);
		after = after_component(*rest, word);
	}
	*rest = after;
	*out = found;
	return true;
}

/* `costs: x86-64` is short for `costs: {preset: x86-64}`; a path into it needs the long form. */
static void widen_costs(struct setting_run *s, struct doc_node *node)
{
	struct doc_node *preset;

	if (node->kind != DOC_SCALAR || !node->key || strcmp(node->key, "costs") != 0)
		return;
	preset = doc_new(s->arena, DOC_SCALAR, node->loc);
	preset->plain = node->plain;
	preset->text = node->text;
	preset->key = "preset";
	preset->key_loc = node->key_loc;
	node->kind = DOC_MAP;
	doc_append(node, preset);
}

static bool descend(struct setting_run *s, struct doc_node *node, struct doc_node **out)
{
	const char *rest = s->path;

	do {
		if (rest[strlen(rest) - 1] == '.')
			return fail_path(s);
		if (node->kind == DOC_NULL)
			node->kind = DOC_MAP;
		widen_costs(s, node);
		if (node->kind == DOC_SCALAR)
			return diag_error(s->diag, s->loc, "'%s' is a single value: no '%s' in it",
					  node->key ? node->key : node->text, rest);
		if (node->kind == DOC_LIST ? !find_item(s, node, &rest, &node)
					   : !find_key(s, node, &rest, &node))
			return false;
	} while (*rest);
	*out = node;
	return true;
}

/* @node becomes what @value is, in the place and under the key that it has. */
static void replace(struct setting_run *s, struct doc_node *node, const struct doc_node *value)
{
	struct doc_node old = *node;

	*node = *value;
	node->loc = s->loc;
	node->key = old.key;
	node->key_loc = s->loc;
	node->next = old.next;
}

/*
 * `--set sched.features=NO_X` adds to the features that are already set, as writing to the
 * kernel's file does.
 */
static bool is_features(const char *path)
{
	return strcmp(path, "sched.features") == 0;
}

static void append_feature(struct setting_run *s, struct doc_node *node, struct doc_node *value)
{
	if (node->kind == DOC_SCALAR) {
		struct doc_node *old = doc_new(s->arena, DOC_SCALAR, node->loc);

		old->text = node->text;
		old->plain = node->plain;
		node->kind = DOC_LIST;
		doc_append(node, old);
	}
	if (value->kind != DOC_LIST) {
		doc_append(node, value);
		return;
	}
	for (struct doc_node *item = value->first, *next; item; item = next) {
		next = item->next;
		doc_append(node, item);
	}
}

bool setting_apply(struct arena *arena, struct diag *diag, struct doc_node **root,
		   const struct setting *setting)
{
	struct setting_run s = {.arena = arena, .diag = diag, .path = setting->path};
	const char *name =
		setting->option ? arena_printf(arena, "%s=%s", setting->option, setting->value)
				: arena_printf(arena, "--set %s=%s", setting->path, setting->value);
	struct doc_node *value, *node = NULL;

	s.loc.source = diag_add_source(diag, name, NULL, 0);
	if (!*setting->path)
		return fail_path(&s);
	if (!doc_parse(arena, diag, s.loc.source, setting->value, strlen(setting->value),
		       DOC_NO_LINES, &value))
		return false;
	if (!value)
		value = doc_new(arena, DOC_NULL, s.loc);
	if (!*root)
		*root = doc_new(arena, DOC_MAP, s.loc);
	if (!descend(&s, *root, &node))
		return false;
	if (is_features(setting->path) && (node->kind == DOC_SCALAR || node->kind == DOC_LIST))
		append_feature(&s, node, value);
	else
		replace(&s, node, value);
	return true;
}
