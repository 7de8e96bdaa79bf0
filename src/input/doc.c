/* SPDX-License-Identifier: MIT */
/*
 * The document tree, built from libyaml's events.
 *
 * JSON is YAML's flow style, so both come in by the same door. Three things that a hostile or
 * broken file could do are bounded here: depth (all readers recurse), what aliases multiply (a
 * few lines can stand for billions of nodes) and keys that occur twice (the second would win
 * silently).
 */
#include "input/doc.h"

#include "base/ensure.h"
#include "input/doc_inside.h"
#include "input/doc_text.h"

#include <string.h>

static struct doc_node *read_node(struct parse *p, yaml_event_t *event, u32 depth);

struct doc_node *doc_new(struct arena *arena, enum doc_kind kind, struct loc loc)
{
	struct doc_node *node = arena_new(arena, struct doc_node);

	node->kind = kind;
	node->loc = loc;
	return node;
}

void doc_append(struct doc_node *parent, struct doc_node *child)
{
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->nr++;
}

struct doc_node *doc_get(const struct doc_node *map, const char *key)
{
	if (map->kind != DOC_MAP)
		return NULL;
	for (struct doc_node *child = map->first; child; child = child->next)
		if (strcmp(child->key, key) == 0)
			return child;
	return NULL;
}

const char *doc_get_text(const struct doc_node *map, const char *key)
{
	const struct doc_node *child = doc_get(map, key);

	return child && child->kind == DOC_SCALAR ? child->text : NULL;
}

static struct loc loc_at(const struct parse *p, yaml_mark_t mark, u32 width)
{
	if (p->flags & DOC_NO_LINES)
		return (struct loc){.source = p->source};
	return (struct loc){
		.source = p->source,
		.line = (u32)mark.line + 1,
		.column = (u32)mark.column + 1,
		.width = width,
	};
}

/* What an event spans, if that is within one line. */
static struct loc loc_of(const struct parse *p, const yaml_event_t *event)
{
	bool one_line = event->start_mark.line == event->end_mark.line;

	return loc_at(p, event->start_mark,
		      one_line ? (u32)(event->end_mark.column - event->start_mark.column) : 1);
}

/* libyaml's complaint, in words that say what to do where we know it. */
static bool report_yaml(struct parse *p)
{
	const yaml_parser_t *yaml = &p->yaml;
	struct loc loc = loc_at(p, yaml->problem_mark, 1);
	const char *hint;

	if (yaml->error == YAML_MEMORY_ERROR)
		die("out of memory while reading YAML");
	if (yaml->error == YAML_READER_ERROR) {
		if (!(p->flags & DOC_NO_LINES))
			loc = doc_text_loc(p->source, p->text, p->len, yaml->problem_offset);
		return diag_error(p->diag, loc, "a character that a text file must not have (%s)",
				  yaml->problem);
	}
	hint = doc_text_hint(p->arena, p->text, p->len, yaml->problem_mark.index, yaml->problem);
	if (hint)
		return diag_error(p->diag, loc, "%s", hint);
	if (!yaml->context)
		return diag_error(p->diag, loc, "not valid YAML: %s", yaml->problem);
	if (doc_text_is_rest_blank(p->text, p->len, yaml->problem_mark.index))
		return diag_error(p->diag, loc_at(p, yaml->context_mark, 1),
				  "not valid YAML: %s %s: the text ends before", yaml->problem,
				  yaml->context);
	if (yaml->context_mark.line == yaml->problem_mark.line || (p->flags & DOC_NO_LINES))
		return diag_error(p->diag, loc, "not valid YAML: %s %s", yaml->problem,
				  yaml->context);
	return diag_error(p->diag, loc, "not valid YAML: %s %s that begins at line %zu",
			  yaml->problem, yaml->context, yaml->context_mark.line + 1);
}

static bool next_event(struct parse *p, yaml_event_t *event)
{
	return yaml_parser_parse(&p->yaml, event) || report_yaml(p);
}

static bool is_null_text(const char *text)
{
	return !*text || !strcmp(text, "~") || !strcmp(text, "null") || !strcmp(text, "Null") ||
	       !strcmp(text, "NULL");
}

static struct doc_node *read_scalar(struct parse *p, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	u32 anchor = doc_anchor_open(p, event->data.scalar.anchor);
	struct doc_node *node = doc_new(p->arena, DOC_SCALAR, loc_of(p, event));

	if (memchr(text, 0, len)) {
		diag_error(p->diag, node->loc, "a text must not contain NUL");
		return NULL;
	}
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = arena_strndup(p->arena, text, len);
	if (node->plain && is_null_text(text))
		node->kind = DOC_NULL;
	doc_anchor_close(p, anchor, node);
	return node;
}

static struct doc_node *read_list(struct parse *p, yaml_event_t *event, u32 depth)
{
	u32 anchor = doc_anchor_open(p, event->data.sequence_start.anchor);
	struct doc_node *list = doc_new(p->arena, DOC_LIST, loc_at(p, event->start_mark, 1));

	for (;;) {
		yaml_event_t next;
		struct doc_node *item;

		if (!next_event(p, &next))
			return NULL;
		if (next.type == YAML_SEQUENCE_END_EVENT)
			break;
		item = read_node(p, &next, depth + 1);
		if (!item)
			return NULL;
		doc_append(list, item);
	}
	doc_anchor_close(p, anchor, list);
	return list;
}

static struct doc_node *read_map(struct parse *p, yaml_event_t *event, u32 depth)
{
	u32 anchor = doc_anchor_open(p, event->data.mapping_start.anchor);
	struct doc_node *map = doc_new(p->arena, DOC_MAP, loc_at(p, event->start_mark, 1));

	for (;;) {
		yaml_event_t next;
		struct doc_node *key, *value;

		if (!next_event(p, &next))
			return NULL;
		if (next.type == YAML_MAPPING_END_EVENT)
			break;
		key = read_node(p, &next, depth + 1);
		if (!key || !next_event(p, &next))
			return NULL;
		value = read_node(p, &next, depth + 1);
		if (!value)
			return NULL;
		if (key->kind != DOC_SCALAR) {
			diag_error(p->diag, key->loc, "a key must be a word");
			return NULL;
		}
		value->key = key->text;
		value->key_loc = key->loc;
		doc_append(map, value);
	}
	if (!(p->flags & DOC_DUPLICATES) && !doc_finish_map(p, map, depth))
		return NULL;
	doc_anchor_close(p, anchor, map);
	return map;
}

static const yaml_char_t *event_tag(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.tag;
	default:
		return NULL;
	}
}

/* "!!str" rather than its long form. */
static const char *short_tag(struct parse *p, const char *tag)
{
	static const char prefix[] = "tag:yaml.org,2002:";

	if (strncmp(tag, prefix, strlen(prefix)) != 0)
		return tag;
	return arena_printf(p->arena, "!!%s", tag + strlen(prefix));
}

static struct doc_node *read_event(struct parse *p, yaml_event_t *event, u32 depth)
{
	const yaml_char_t *tag = event_tag(event);

	if (tag) {
		diag_error(p->diag, loc_at(p, event->start_mark, 1), "tag '%s' has no meaning here",
			   short_tag(p, (const char *)tag));
		return NULL;
	}
	if (depth > DOC_DEPTH_MAX) {
		diag_error(p->diag, loc_at(p, event->start_mark, 1), "nested deeper than %d levels",
			   DOC_DEPTH_MAX);
		return NULL;
	}
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return doc_alias(p, (const char *)event->data.alias.anchor, loc_of(p, event),
				 depth);
	case YAML_SCALAR_EVENT:
		return read_scalar(p, event);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(p, event, depth);
	default:
		ensure(event->type == YAML_MAPPING_START_EVENT);
		return read_map(p, event, depth);
	}
}

/* Reads the node that @event begins and releases the event. */
static struct doc_node *read_node(struct parse *p, yaml_event_t *event, u32 depth)
{
	struct doc_node *node = read_event(p, event, depth);

	yaml_event_delete(event);
	return node;
}

/* Stream start, document, document end; then nothing may follow. */
static bool read_stream(struct parse *p, struct doc_node **root)
{
	yaml_event_t event;

	if (!next_event(p, &event))
		return false;
	yaml_event_delete(&event); /* stream start */
	if (!next_event(p, &event))
		return false;
	if (event.type == YAML_STREAM_END_EVENT) {
		yaml_event_delete(&event);
		return true;
	}
	yaml_event_delete(&event); /* document start */
	if (!next_event(p, &event))
		return false;
	*root = read_node(p, &event, 0);
	if (!*root || !next_event(p, &event))
		return false;
	yaml_event_delete(&event); /* document end */
	if (!next_event(p, &event))
		return false;
	if (event.type != YAML_STREAM_END_EVENT) {
		struct loc loc = loc_at(p, event.start_mark, 1);

		yaml_event_delete(&event);
		return diag_error(p->diag, loc, "a second document: a file holds one");
	}
	yaml_event_delete(&event);
	return true;
}

bool doc_parse(struct arena *arena, struct diag *diag, u32 source, const char *text, size_t len,
	       unsigned flags, struct doc_node **root)
{
	struct parse p = {
		.arena = arena,
		.diag = diag,
		.source = source,
		.flags = flags,
		.text = text,
		.len = len,
	};
	bool good;

	*root = NULL;
	if (!doc_text_check(diag, source, text, len, flags))
		return false;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
		p.text += 3;
		p.len -= 3;
	}
	if (!yaml_parser_initialize(&p.yaml))
		die("out of memory while reading YAML");
	yaml_parser_set_encoding(&p.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p.yaml, (const unsigned char *)p.text, p.len);
	names_init(&p.keys);
	names_init(&p.anchor_names);

	good = read_stream(&p, root) && !p.failed;

	vec_fini(&p.seen);
	vec_fini(&p.anchors);
	names_fini(&p.keys);
	names_fini(&p.anchor_names);
	yaml_parser_delete(&p.yaml);
	return good;
}
