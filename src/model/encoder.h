/* SPDX-License-Identifier: MIT */
/*
 * A fingerprint of values that are put in one after the other: each integer as 8 little-endian
 * bytes, so that it is the same on every machine.
 */
#ifndef OSSIM_MODEL_ENCODER_H
#define OSSIM_MODEL_ENCODER_H

#include "base/types.h"

enum { ENCODER_BUFFER = 4096 };

/* Behind names and what they stand for: no name is that long. */
#define END_OF_NAMES UINT64_MAX

struct encoder {
	void *state; /* of XXH3, 64 bits */
	size_t len;
	u8 buffer[ENCODER_BUFFER];
};

void encoder_begin(struct encoder *e);
/* The fingerprint. The encoder holds nothing any more. */
u64 encoder_end(struct encoder *e);

void encode(struct encoder *e, u64 value);
/* The text's length, its bytes, zeros to a multiple of 8. */
void encode_text(struct encoder *e, const char *text);
/* A list after its length; NULL: an empty one. */
void encode_values(struct encoder *e, const u64 *values, u32 nr);
/*
 * What stands in a list that grows (costs, knobs, switches) is told by name, and only where it is
 * not what it would be by itself: a new row of the list leaves the digests of old workloads alone.
 */
void encode_if_set(struct encoder *e, const char *name, u64 value, u64 usual);

#endif
