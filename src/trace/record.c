/* SPDX-License-Identifier: MIT */
/* Names of record kinds and of task states. */
#include "trace/record.h"

#include <string.h>

const char *const record_kind_names[NR_RECORD_KINDS] = {
#define X(kind, name, event) [RECORD_##kind] = name,
	RECORD_KINDS(X)
#undef X
};

const char *const record_event_names[NR_RECORD_KINDS] = {
#define X(kind, name, event) [RECORD_##kind] = event,
	RECORD_KINDS(X)
#undef X
};

const char *record_state_text(u32 prev_state, char *buf)
{
	static const char letters[] = "SDTtXZPI"; /* by bit */
	char *at = buf;

	if ((prev_state & 0xff) == 0)
		*at++ = 'R';
	for (u32 bit = 0; bit < 8; bit++) {
		if (!(prev_state >> bit & 1))
			continue;
		if (at > buf)
			*at++ = '|';
		*at++ = letters[bit];
	}
	if ((prev_state & 0x100) && at - buf < 15)
		*at++ = '+';
	*at = '\0';
	return buf;
}
