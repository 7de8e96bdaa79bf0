/* SPDX-License-Identifier: MIT */
/*
 * The fingerprint of a run.
 *
 * On a little-endian machine a record without a name is hashed as it lies in memory, a batch of
 * such records in one go. A batch with other records is copied, with names replaced and unwanted
 * kinds left out.
 */
#include "observe/digest.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/ensure.h"
#include "base/vec.h"

#define DIGEST_SKIPS                                                                    \
	(RECORD_BIT(IRQ) | RECORD_BIT(RUNTIME) | RECORD_BIT(VRUNTIME) |                 \
	 RECORD_BIT(SIGNAL_GENERATE) | RECORD_BIT(SIGNAL_DELIVER) | RECORD_BIT(QUEUE) | \
	 RECORD_BIT(STAT_WAIT) | RECORD_BIT(STAT_SLEEP) | RECORD_BIT(STAT_IOWAIT) |     \
	 RECORD_BIT(STAT_BLOCKED) | RECORD_BIT(IOWAIT) | RECORD_BIT(PREPARE_EXEC))
#define DIGEST_WANTS ((UINT64_MAX >> (64 - NR_RECORD_KINDS)) & ~DIGEST_SKIPS)
/* The name is the lower half of value, or all of it. */
#define DIGEST_HALF_NAMES (RECORD_BIT(TASK) | RECORD_BIT(FORK))
#define DIGEST_NAMES      (RECORD_BIT(RENAME) | RECORD_BIT(EXEC) | RECORD_BIT(MARK))
#define DIGEST_BY_HAND    (DIGEST_SKIPS | DIGEST_HALF_NAMES | DIGEST_NAMES)

struct digest {
	XXH3_state_t *state;
	const struct names *names;
	u64 *hash_of_name; /* by name id, 0: not yet */
	u32 cap_names;
	struct record copy[STREAM_BATCH];
};

struct digest *digest_new(const struct names *names)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		die("out of memory for the digest");
	digest->state = XXH3_createState();
	if (digest->state == NULL)
		die("out of memory for the digest");
	XXH3_64bits_reset(digest->state);
	digest->names = names;
	return digest;
}

void digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	XXH3_freeState(digest->state);
	vec_release((void **)&digest->hash_of_name);
	free(digest);
}

static u64 name_hash(struct digest *digest, u32 name)
{
	if (name >= digest->cap_names)
		vec_grow((void **)&digest->hash_of_name, &digest->cap_names, name + 1, sizeof(u64));
	if (digest->hash_of_name[name] == 0) {
		const char *text = names_text(digest->names, name);

		digest->hash_of_name[name] = XXH3_64bits(text, strlen(text));
	}
	return digest->hash_of_name[name];
}

static bool is_little_endian(void)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

static void to_little_endian(struct record *r)
{
	r->when = __builtin_bswap64(r->when);
	r->cpu = __builtin_bswap16(r->cpu);
	r->task = __builtin_bswap32(r->task);
	r->other = __builtin_bswap32(r->other);
	r->arg = __builtin_bswap32(r->arg);
	r->value = __builtin_bswap64(r->value);
}

/* The record as it is hashed; false if it is not. */
static bool canonical(struct digest *digest, const struct record *r, struct record *out)
{
	u64 bit = 1ull << r->kind;

	if (DIGEST_SKIPS & bit)
		return false;
	*out = *r;
	if (DIGEST_HALF_NAMES & bit) {
		u64 hash = name_hash(digest, (u32)r->value);

		out->value = r->value >> 32 << 32 | (u32)(hash ^ hash >> 32);
	} else if (DIGEST_NAMES & bit) {
		out->value = name_hash(digest, (u32)r->value);
	}
	if (!is_little_endian())
		to_little_endian(out);
	return true;
}

static void digest_take(void *self, const struct record *batch, size_t count)
{
	struct digest *digest = self;
	u64 kinds = 0;

	for (size_t i = 0; i < count; i++)
		kinds |= 1ull << batch[i].kind;
	if (!(kinds & DIGEST_BY_HAND) && is_little_endian()) {
		XXH3_64bits_update(digest->state, batch, count * sizeof(*batch));
		return;
	}
	while (count > 0) {
		size_t nr = min_of(count, (size_t)STREAM_BATCH), kept = 0;

		for (size_t i = 0; i < nr; i++)
			kept += canonical(digest, &batch[i], &digest->copy[kept]);
		XXH3_64bits_update(digest->state, digest->copy, kept * sizeof(*batch));
		batch += nr;
		count -= nr;
	}
}

struct sink digest_sink(struct digest *digest)
{
	return (struct sink){.self = digest, .wants = DIGEST_WANTS, .take = digest_take};
}

u64 digest_value(const struct digest *digest)
{
	return XXH3_64bits_digest(digest->state);
}
