/* SPDX-License-Identifier: MIT */
/*
 * Interned strings: a hash table of ids with open addressing, at most half full.
 *
 * A text lies in the arena behind its length, so that comparing looks at length first and a text
 * with a NUL inside is no special case. The hash only decides where to look: ids depend on the
 * order of first use alone.
 */
#include "base/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/vec.h"

enum { SLOTS_MIN = 64 };

void names_init(struct names *names)
{
	*names = (struct names){0};
	arena_init(&names->arena);
}

void names_fini(struct names *names)
{
	arena_fini(&names->arena);
	vec_release((void **)&names->text);
	vec_release((void **)&names->hash_of);
	vec_release((void **)&names->slots);
	names_init(names);
}

/* Both halves of the 128-bit product: every bit of @a and @b reaches the result. */
static u64 mix(u64 a, u64 b)
{
	u128 product = (u128)a * b;

	return (u64)product ^ (u64)(product >> 64);
}

static u64 load_up_to_8(const char *at, size_t len)
{
	u64 word = 0;

	memcpy(&word, at, len);
	return word;
}

/* Sixteen bytes a step, two odd constants with as many ones as zeroes. */
static u32 hash_text(const char *at, size_t len)
{
	const u64 k0 = 0x9e3779b97f4a7c15ULL, k1 = 0xd1b54a32d192ed03ULL;
	u64 hash = len * k0 ^ k1;

	for (; len > 16; at += 16, len -= 16)
		hash = mix(load_up_to_8(at, 8) ^ hash, load_up_to_8(at + 8, 8) ^ k1) ^ k0;

	size_t low = min_of(len, (size_t)8);

	hash = mix(load_up_to_8(at, low) ^ hash, load_up_to_8(at + low, len - low) ^ k1);
	hash = mix(hash ^ k0, k1);
	return (u32)(hash ^ hash >> 32);
}

static u32 text_len(const char *text)
{
	u32 len;

	memcpy(&len, text - sizeof(len), sizeof(len));
	return len;
}

static bool same_text(const struct names *names, u32 id, u32 hash, const char *text, size_t len)
{
	return names->hash_of[id] == hash && text_len(names->text[id]) == len &&
	       !memcmp(names->text[id], text, len);
}

/* The slot that holds the text's id, or the empty one where it belongs. The table has slots. */
static u32 *find_slot(const struct names *names, u32 hash, const char *text, size_t len)
{
	u32 mask = names->nr_slots - 1;

	for (u32 at = hash & mask;; at = (at + 1) & mask) {
		u32 *slot = &names->slots[at];

		if (!*slot || same_text(names, *slot, hash, text, len))
			return slot;
	}
}

static void grow_slots(struct names *names)
{
	u32 nr = max_of(names->nr_slots * 2, (u32)SLOTS_MIN), cap = 0;
	u32 *slots = NULL;

	if (names->nr_slots > UINT32_MAX / 4)
		die("out of memory: %u names", names->nr);
	vec_grow((void **)&slots, &cap, nr, sizeof(*slots));
	for (u32 id = 1; id <= names->nr; id++) {
		u32 at = names->hash_of[id] & (nr - 1);

		while (slots[at])
			at = (at + 1) & (nr - 1);
		slots[at] = id;
	}
	vec_release((void **)&names->slots);
	names->slots = slots;
	names->nr_slots = nr;
}

/* Room for one id more in the arrays by id; place 0 stays unused. */
static void grow_ids(struct names *names)
{
	u32 cap = names->cap;

	if (names->nr + 2 <= cap)
		return;
	/* The smaller elements first: they grow by no less than the others. */
	vec_grow((void **)&names->hash_of, &names->cap, names->nr + 2, sizeof(*names->hash_of));
	vec_grow((void **)&names->text, &cap, names->cap, sizeof(*names->text));
	ensure(cap == names->cap);
}

static const char *copy_text(struct names *names, const char *text, size_t len)
{
	u32 len32 = (u32)len;
	char *copy = arena_alloc_aligned(&names->arena, sizeof(len32) + len + 1, sizeof(len32));

	memcpy(copy, &len32, sizeof(len32));
	copy += sizeof(len32);
	if (len)
		memcpy(copy, text, len);
	return copy;
}

u32 names_intern(struct names *names, const char *text, size_t len)
{
	ensure(len < UINT32_MAX);

	u32 hash = hash_text(text, len);

	if ((names->nr + 1) * 2ULL > names->nr_slots)
		grow_slots(names);

	u32 *slot = find_slot(names, hash, text, len);

	if (*slot)
		return *slot;
	grow_ids(names);

	u32 id = ++names->nr;

	names->text[id] = copy_text(names, text, len);
	names->hash_of[id] = hash;
	*slot = id;
	return id;
}

u32 names_intern_str(struct names *names, const char *text)
{
	return names_intern(names, text, strlen(text));
}

u32 names_find(const struct names *names, const char *text, size_t len)
{
	return names->nr ? *find_slot(names, hash_text(text, len), text, len) : 0;
}

size_t name_stem(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t len = slash && slash > name ? (size_t)(slash - name) : strlen(name);

	while (len > 1 && isdigit((unsigned char)name[len - 1]))
		len--;
	return len;
}
