/* SPDX-License-Identifier: MIT */
/* Values into a fingerprint, by way of a buffer. */
#include "model/encoder.h"

#include <endian.h>
#include <string.h>
#include <xxhash.h>

#include "base/ensure.h"

void encoder_begin(struct encoder *e)
{
	XXH3_state_t *state = XXH3_createState();

	if (!state)
		die("out of memory");
	XXH3_64bits_reset(state);
	e->state = state;
	e->len = 0;
}

static void flush(struct encoder *e)
{
	XXH3_64bits_update(e->state, e->buffer, e->len);
	e->len = 0;
}

u64 encoder_end(struct encoder *e)
{
	u64 digest;

	flush(e);
	digest = XXH3_64bits_digest(e->state);
	XXH3_freeState(e->state);
	e->state = NULL;
	return digest;
}

void encode(struct encoder *e, u64 value)
{
	u64 little = htole64(value);

	if (e->len + sizeof(little) > ENCODER_BUFFER)
		flush(e);
	memcpy(e->buffer + e->len, &little, sizeof(little));
	e->len += sizeof(little);
}

void encode_text(struct encoder *e, const char *text)
{
	size_t len = strlen(text);

	encode(e, len);
	for (size_t i = 0; i < len; i += 8) {
		u64 word = 0;

		for (size_t k = 0; k < 8 && i + k < len; k++)
			word |= (u64)(u8)text[i + k] << 8 * k;
		encode(e, word);
	}
}

void encode_values(struct encoder *e, const u64 *values, u32 nr)
{
	encode(e, values ? nr : 0);
	for (u32 i = 0; values && i < nr; i++)
		encode(e, values[i]);
}

void encode_if_set(struct encoder *e, const char *name, u64 value, u64 usual)
{
	if (value == usual)
		return;
	encode_text(e, name);
	encode(e, value);
}
