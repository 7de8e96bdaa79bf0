/* SPDX-License-Identifier: MIT */
/*
 * Reading a map by a table of its keys.
 *
 * A row says under which key what kind of value goes to which member. What is not in the table is
 * reported with the nearest key that is. Every reader reports at the value's own position, returns
 * false and leaves its target alone, so that reading can go on to the next mistake.
 */
#ifndef OSSIM_INPUT_FIELDS_H
#define OSSIM_INPUT_FIELDS_H

#include "input/doc.h"
#include "model/builder.h"

/* What all readers of one input share. */
struct reader {
	struct diag *diag;
	struct builder *builder;
	struct arena *scratch;  /* dies with the compilation */
	struct arena *workload; /* what the workload keeps */
};

typedef bool (*field_read_fn)(struct reader *r, const struct doc_node *value, void *target);

enum field_kind {
	FIELD_UINT, /* whole number in [lowest, highest]; member of 1, 2, 4 or 8 bytes */
	FIELD_INT,  /* the same, may be negative */
	FIELD_BOOL,
	FIELD_DURATION, /* u64 ns in [lowest, highest] */
	FIELD_SIZE,     /* u64 bytes in [lowest, highest] */
	FIELD_WORD,     /* index in words; member of 1, 2 or 4 bytes */
	FIELD_TEXT,     /* const char * into the document */
	/*
	 * const struct doc_node *, to be read by the caller; several keys may have one member, of
	 * which a map has one
	 */
	FIELD_NODE,
	FIELD_CALL, /* call(r, value, target), with the whole target */
	FIELD_OWN,  /* the key is a prefix: such keys are the author's own and not read */
};

struct field {
	const char *key;
	u8 kind; /* enum field_kind */
	bool required;
	u16 size, offset;
	s64 lowest;
	u64 highest;
	const char *const *words;
	u32 nr_words;
	field_read_fn call;
};

#define FIELD(name, what, type, member, ...)                                 \
	{                                                                    \
		.key = name, .kind = what, .offset = offsetof(type, member), \
		.size = sizeof(((type *)0)->member), ##__VA_ARGS__           \
	}

/*
 * Reads all keys of @map into @target. @where is for messages: "machine", "task 'db'". @map is
 * checked to be a map.
 */
must_check bool fields_read(struct reader *r, const struct doc_node *map, const char *where,
			    const struct field *table, size_t nr, void *target);

/*
 * Of two keys for one thing the second is a mistake, which is reported: then true. NULL: that one
 * is not there.
 */
bool fields_said_twice(struct reader *r, const struct doc_node *first,
		       const struct doc_node *second);

/* Reports a key that is in none of @keys. Always false. */
bool fields_unknown_key(struct reader *r, const struct doc_node *value, const char *where,
			const char *const *keys, size_t nr);

/*
 * " (did you mean 'x'?)", or "" if nothing is near and no other tool says @word for one of
 * @candidates.
 */
const char *did_you_mean(struct reader *r, const char *word, const char *const *candidates,
			 size_t nr);
/* At most 60 bytes of @text, cut between characters: what a message may quote. */
const char *clip_text(struct reader *r, const char *text);
/* "'cpus'" for a map's value, "the list's item" else: the subject of messages. */
const char *node_label(struct reader *r, const struct doc_node *node);
/* "nothing", "a list", "a map", "'text'": what was found instead. */
const char *node_found(struct reader *r, const struct doc_node *node);
/* Reports "LABEL must be WANTED, not FOUND". Always false. */
bool node_mismatch(struct reader *r, const struct doc_node *node, const char *wanted);

must_check bool read_uint(struct reader *r, const struct doc_node *node, u64 lowest, u64 highest,
			  u64 *out);
must_check bool read_int(struct reader *r, const struct doc_node *node, s64 lowest, s64 highest,
			 s64 *out);
must_check bool read_bool(struct reader *r, const struct doc_node *node, bool *out);
must_check bool read_duration(struct reader *r, const struct doc_node *node, u64 lowest,
			      u64 highest, u64 *out);
must_check bool read_size(struct reader *r, const struct doc_node *node, u64 lowest, u64 highest,
			  u64 *out);
must_check bool read_word(struct reader *r, const struct doc_node *node, const char *const *words,
			  u32 nr, u32 *out);
/* A scalar's text, not empty. */
must_check bool read_text(struct reader *r, const struct doc_node *node, const char **out);
/* A text that can name something: up to 100 printable characters. */
must_check bool read_name(struct reader *r, const struct doc_node *node, const char **out);
/* The same of the key of @node, where things are declared. */
must_check bool read_key(struct reader *r, const struct doc_node *node, const char **out);

#endif
