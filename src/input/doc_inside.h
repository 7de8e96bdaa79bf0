/* SPDX-License-Identifier: MIT */
/* The state of a document that is being read: doc.c and doc_alias.c share it with nobody else. */
#ifndef OSSIM_INPUT_DOC_INSIDE_H
#define OSSIM_INPUT_DOC_INSIDE_H

#include <yaml.h>

#include "base/names.h"
#include "base/vec.h"
#include "input/doc.h"

struct seen_key {
	u32 map; /* serial number of the map that had it last */
	const struct doc_node *first;
};

struct anchor {
	struct doc_node *node; /* NULL: still being read */
};

struct parse {
	struct arena *arena;
	struct diag *diag;
	u32 source;
	unsigned flags;
	const char *text;
	size_t len;
	yaml_parser_t yaml;

	struct names keys;
	vec_of(struct seen_key) seen; /* by key id */
	u32 nr_maps;

	struct names anchor_names;
	vec_of(struct anchor) anchors; /* by anchor id */
	u32 nr_copies;

	bool failed; /* an error after which reading could go on */
};

/* ---- doc_alias.c ---- */

/*
 * An anchor's name is known from its first character on, its node when it is complete. 0: there is
 * no name.
 */
u32 doc_anchor_open(struct parse *p, const yaml_char_t *name);
void doc_anchor_close(struct parse *p, u32 id, struct doc_node *node);
/* A copy of what the anchor @name stands for. NULL: a message. */
struct doc_node *doc_alias(struct parse *p, const char *name, struct loc loc, u32 depth);
/*
 * Duplicate keys are reported (p->failed); then merge keys are replaced by what they bring. False:
 * a message.
 */
must_check bool doc_finish_map(struct parse *p, struct doc_node *map, u32 depth);

#endif
