/* SPDX-License-Identifier: MIT */
/*
 * Interned strings: equal text, equal id. Ids count up from 1 in order of first use; 0 is "no
 * name". Texts never move and live as long as the table.
 */
#ifndef OSSIM_BASE_NAMES_H
#define OSSIM_BASE_NAMES_H

#include "base/types.h"
#include "base/arena.h"

struct names {
	struct arena arena;
	const char **text; /* by id */
	u32 *hash_of;      /* by id */
	u32 *slots;        /* open addressing, ids */
	u32 nr, cap, nr_slots;
};

void names_init(struct names *names);
void names_fini(struct names *names);
u32 names_intern(struct names *names, const char *text, size_t len);
u32 names_intern_str(struct names *names, const char *text);
/* 0 if the text was never interned. */
u32 names_find(const struct names *names, const char *text, size_t len);

/*
 * How much of @name is its stem, at least one character: what stands before a slash and before the
 * number at the end.
 */
size_t name_stem(const char *name);

/* "" for id 0. */
static inline const char *names_text(const struct names *names, u32 id)
{
	return id ? names->text[id] : "";
}

#endif
