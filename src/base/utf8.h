/* SPDX-License-Identifier: MIT */
/*
 * Text that is more than ASCII: names come from files, and from traces, where they may be anything.
 */
#ifndef OSSIM_BASE_UTF8_H
#define OSSIM_BASE_UTF8_H

#include "base/types.h"

/*
 * The bytes of the character at @s, of at most @len; 0 if it is none (overlong forms and surrogates
 * too).
 */
size_t utf8_length(const char *s, size_t len);
/* The same; 0 also if it is a control character, or none that YAML can hold. */
size_t utf8_printable(const char *s, size_t len);
/* By how much @s has more bytes than characters. */
int utf8_surplus(const char *s);

static inline bool utf8_continues(char c)
{
	return ((u8)c & 0xc0) == 0x80;
}

#endif
