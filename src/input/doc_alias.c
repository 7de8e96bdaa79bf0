/* SPDX-License-Identifier: MIT */
/*
 * What is written once and stands in several places: aliases of anchors, maps that are merged into
 * others. And keys that occur twice, for a merged map brings only those that are not there.
 */
#include "input/doc_inside.h"

#include <string.h>

/* ---- Aliases ---- */

u32 doc_anchor_open(struct parse *p, const yaml_char_t *name)
{
	u32 id;

	if (!name)
		return 0;
	id = names_intern_str(&p->anchor_names, (const char *)name);
	while (p->anchors.len <= id)
		vec_push(&p->anchors, (struct anchor){0});
	p->anchors.at[id].node = NULL;
	return id;
}

void doc_anchor_close(struct parse *p, u32 id, struct doc_node *node)
{
	if (id)
		p->anchors.at[id].node = node;
}

/* A copy keeps the positions of what was written; NULL if it grows too large. */
static struct doc_node *copy_node(struct parse *p, const struct doc_node *node, struct loc loc,
				  u32 depth)
{
	struct doc_node *copy = arena_new(p->arena, struct doc_node);

	if (depth > DOC_DEPTH_MAX) {
		diag_error(p->diag, loc, "nested deeper than %d levels", DOC_DEPTH_MAX);
		return NULL;
	}
	if (++p->nr_copies > DOC_COPIES_MAX) {
		diag_error(p->diag, loc, "aliases add more than %d nodes to the document",
			   DOC_COPIES_MAX);
		return NULL;
	}
	*copy = *node;
	copy->first = copy->last = copy->next = NULL;
	copy->nr = 0;
	doc_for_each (child, node) {
		struct doc_node *child_copy = copy_node(p, child, loc, depth + 1);

		if (!child_copy)
			return NULL;
		doc_append(copy, child_copy);
	}
	return copy;
}

struct doc_node *doc_alias(struct parse *p, const char *name, struct loc loc, u32 depth)
{
	u32 id = names_find(&p->anchor_names, name, strlen(name));

	if (!id) {
		diag_error(p->diag, loc, "no anchor '&%s' before this alias", name);
		return NULL;
	}
	if (!p->anchors.at[id].node) {
		diag_error(p->diag, loc, "alias '*%s' inside of what it stands for", name);
		return NULL;
	}
	return copy_node(p, p->anchors.at[id].node, loc, depth);
}

/* ---- Keys ---- */

/* True if @map had this key already; @child is remembered if not. */
static bool key_seen(struct parse *p, u32 map, const struct doc_node *child,
		     const struct doc_node **first)
{
	u32 id = names_intern_str(&p->keys, child->key);

	while (p->seen.len <= id)
		vec_push(&p->seen, (struct seen_key){0});
	if (p->seen.at[id].map == map) {
		*first = p->seen.at[id].first;
		return true;
	}
	p->seen.at[id] = (struct seen_key){.map = map, .first = child};
	return false;
}

static bool is_merge(const struct doc_node *child)
{
	return strcmp(child->key, "<<") == 0;
}

/* Adds what @from has and @map (number @serial) has not. */
static bool merge_map(struct parse *p, struct doc_node *map, u32 serial,
		      const struct doc_node *from, u32 depth)
{
	const struct doc_node *first;

	if (from->kind != DOC_MAP)
		return diag_error(p->diag, from->loc, "'<<' takes a map or a list of maps");
	doc_for_each (child, from) {
		struct doc_node *copy;

		if (key_seen(p, serial, child, &first))
			continue;
		copy = copy_node(p, child, from->loc, depth + 1);
		if (!copy)
			return false;
		doc_append(map, copy);
	}
	return true;
}

static bool merge_all(struct parse *p, struct doc_node *map, u32 serial,
		      const struct doc_node *value, u32 depth)
{
	if (value->kind != DOC_LIST)
		return merge_map(p, map, serial, value, depth);
	doc_for_each (item, value) {
		if (!merge_map(p, map, serial, item, depth))
			return false;
	}
	return true;
}

bool doc_finish_map(struct parse *p, struct doc_node *map, u32 depth)
{
	struct doc_node *child = map->first, *next;
	struct doc_node *merges[2] = {NULL, NULL}; /* first and last of the list */
	u32 serial = ++p->nr_maps;
	const struct doc_node *first;

	map->first = map->last = NULL;
	map->nr = 0;
	for (; child; child = next) {
		next = child->next;
		if (key_seen(p, serial, child, &first)) {
			diag_error(p->diag, child->key_loc,
				   "key '%s' occurs twice (first in line %u)", child->key,
				   first->key_loc.line);
			p->failed = true;
		} else if (is_merge(child)) {
			child->next = NULL;
			if (merges[1])
				merges[1]->next = child;
			else
				merges[0] = child;
			merges[1] = child;
		} else {
			doc_append(map, child);
		}
	}
	for (child = merges[0]; child; child = child->next)
		if (!merge_all(p, map, serial, child, depth))
			return false;
	return true;
}
