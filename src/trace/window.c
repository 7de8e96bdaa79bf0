/* SPDX-License-Identifier: MIT */
/* Marks that bound the measured part of a trace. */
#include "trace/window.h"

#include <string.h>

/* "prefix: MARK" ends with ": MARK". */
static bool ends_after_colon(const char *text, const char *mark)
{
	size_t text_len = strlen(text), mark_len = strlen(mark);

	return text_len >= mark_len + 2 && strcmp(text + text_len - mark_len, mark) == 0 &&
	       memcmp(text + text_len - mark_len - 2, ": ", 2) == 0;
}

bool window_is_mark(const struct names *names, const struct record *r, const char *mark)
{
	const char *text;

	if (r->kind != RECORD_MARK || !mark)
		return false;
	text = names_text(names, (u32)r->value);
	return strncmp(text, mark, strlen(mark)) == 0 || ends_after_colon(text, mark);
}
