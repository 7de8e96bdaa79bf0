/* SPDX-License-Identifier: MIT */
/* Signal numbers and names. */
#include "model/signals.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The C library keeps 32 and 33 for itself and counts SIGRTMIN from 34. */
enum { RTMIN = 34 };

#define NAME(name, ...) #name,
const char *const signal_names[SIGNAL_RT - 1] = {SIGNALS(NAME)};
#undef NAME

/* A number of @max at most; 0: it is none. */
static u32 parse_number(const char *text, u32 max)
{
	const char *why;
	u64 number;

	return parse_u64(text, strlen(text), &number, &why) && number <= max ? (u32)number : 0;
}

static u32 find_real_time(const char *name)
{
	if (!strcmp(name, "RTMIN"))
		return RTMIN;
	if (!strcmp(name, "RTMAX"))
		return NR_SIGNALS;
	if (!strncmp(name, "RTMIN+", 6)) {
		u32 above = parse_number(name + 6, NR_SIGNALS - RTMIN);

		return above ? RTMIN + above : 0;
	}
	return 0;
}

u32 signal_find(const char *name)
{
	if (!strncmp(name, "SIG", 3))
		name += 3;
	for (u32 i = 0; i < ARRAY_SIZE(signal_names); i++)
		if (!strcmp(signal_names[i], name))
			return i + 1;
	if (name[0] == 'R')
		return find_real_time(name);
	return parse_number(name, NR_SIGNALS);
}

const char *signal_name(u32 signal, char *buf)
{
	if (signal < SIGNAL_RT)
		return signal_names[signal - 1];
	if (signal < RTMIN)
		snprintf(buf, SIGNAL_NAME_MAX, "%u", signal);
	else if (signal == RTMIN)
		return "RTMIN";
	else
		snprintf(buf, SIGNAL_NAME_MAX, "RTMIN+%u", signal - RTMIN);
	return buf;
}
