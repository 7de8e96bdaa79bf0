/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

size_t utf8_length(const char *s, size_t len)
{
	u8 c = len ? (u8)s[0] : 0;
	size_t need = c < 0x80                ? 1
		      : c >= 0xc2 && c < 0xe0 ? 2
		      : c >= 0xe0 && c < 0xf0 ? 3
		      : c >= 0xf0 && c < 0xf5 ? 4
					      : 0;

	if (!need || need > len)
		return 0;
	for (size_t i = 1; i < need; i++)
		if (!utf8_continues(s[i]))
			return 0;
	if ((c == 0xe0 && (u8)s[1] < 0xa0) || (c == 0xed && (u8)s[1] >= 0xa0) ||
	    (c == 0xf0 && (u8)s[1] < 0x90) || (c == 0xf4 && (u8)s[1] >= 0x90))
		return 0;
	return need;
}

size_t utf8_printable(const char *s, size_t len)
{
	size_t need = utf8_length(s, len);

	if (need == 1)
		return (u8)s[0] >= ' ' && s[0] != 0x7f;
	if (need == 2 && (u8)s[0] == 0xc2 && (u8)s[1] < 0xa0)
		return 0;
	/* The mark of byte order, and the last two numbers of two bytes. */
	if (need == 3 && (u8)s[0] == 0xef &&
	    (((u8)s[1] == 0xbb && (u8)s[2] == 0xbf) || ((u8)s[1] == 0xbf && (u8)s[2] >= 0xbe)))
		return 0;
	return need;
}

int utf8_surplus(const char *s)
{
	int nr = 0;

	for (; *s; s++)
		nr += utf8_continues(*s);
	return nr;
}
