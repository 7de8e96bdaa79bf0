/* SPDX-License-Identifier: MIT */
/*
 * YAML or JSON as a tree that knows its lines and columns.
 *
 * A node is a scalar, a list, a map or nothing ("key:" without a value). Scalars keep the text of
 * the file, so 6.10 is not 6.1 and "10ms" needs no quotes; what a text means is decided by who
 * reads it. Children hang in a list in the order of the file; a child of a map carries its key.
 * Aliases are copied, so every node has one parent and a setting changes one place.
 */
#ifndef OSSIM_INPUT_DOC_H
#define OSSIM_INPUT_DOC_H

#include "base/arena.h"
#include "base/diag.h"

enum doc_kind { DOC_NULL, DOC_SCALAR, DOC_LIST, DOC_MAP };

enum {
	DOC_DEPTH_MAX = 64,      /* nested lists and maps */
	DOC_COPIES_MAX = 100000, /* nodes that aliases may add */
	DOC_BYTES_MAX = 64 * 1024 * 1024,
};

struct doc_node {
	u8 kind;    /* enum doc_kind */
	bool plain; /* a scalar without quotes */
	u32 nr;     /* children */
	struct loc loc;
	const char *text; /* scalar: NUL-terminated, no NUL inside */
	const char *key;  /* of a map's child; NULL else */
	struct loc key_loc;
	struct doc_node *first, *last; /* children */
	struct doc_node *next;         /* sibling */
};

/* How doc_parse() shall read. */
enum {
	DOC_DUPLICATES = 1, /* equal keys are kept in order (rt-app); else they are errors */
	DOC_NO_LINES = 2,   /* the text is an option's: positions name the source only */
};

/*
 * Parses the one document in @text. The root is NULL if there is none (only blanks and comments).
 * False after an error. Nodes and texts live in @arena.
 */
must_check bool doc_parse(struct arena *arena, struct diag *diag, u32 source, const char *text,
			  size_t len, unsigned flags, struct doc_node **root);

/* True if the text begins as JSON does, comments included. */
bool doc_looks_like_json(const char *text, size_t len);
/* Blanks C comments outside of strings; lines and columns stay as they are. */
void doc_blank_comments(char *text, size_t len);

/* The value of a map's key; NULL if there is none or @map is no map. */
struct doc_node *doc_get(const struct doc_node *map, const char *key);
/* The text of a map's scalar; NULL if there is none. */
const char *doc_get_text(const struct doc_node *map, const char *key);
/* Appends @child; a map's child has its key set. */
void doc_append(struct doc_node *parent, struct doc_node *child);
struct doc_node *doc_new(struct arena *arena, enum doc_kind kind, struct loc loc);

#define doc_for_each(child, parent) \
	for (const struct doc_node *child = (parent)->first; child; child = child->next)

#endif
