/* SPDX-License-Identifier: MIT */
/*
 * What prev_state means: its numbers and letters changed five times between kernels 3 and 6, and
 * the most used library decodes them with a table of its own.
 *
 * The version is seldom in the text, so the beginning of the trace is looked at for what only one
 * era prints: an idle task that leaves "asleep", a kernel worker that leaves "traced", ...
 */
#ifndef OSSIM_TRACE_STATE_ERA_H
#define OSSIM_TRACE_STATE_ERA_H

#include "trace/scan.h"

enum state_era {
	STATE_ERA_NOW,     /* 4.20 and later: also what an undecided trace is read as */
	STATE_ERA_SHIFTED, /* 4.15 to 4.19: every state is printed as its neighbour */
	STATE_ERA_INDEX,   /* 4.14: an index, printed as if it were flags */
	STATE_ERA_OLD,     /* up to 4.13: wakekill, waking, noload and dead are states too */
};

struct state_decoder {
	enum state_era era;
	bool raw;          /* the trace is in raw form: numbers instead of letters */
	bool fixed_plugin; /* the plugin form was printed by libtraceevent 1.8 or later */
	bool seen_plugin;
};

/* Looks at the beginning of the trace in @text. */
void state_decoder_init(struct state_decoder *decoder, const char *text, size_t len);

/* For reports: how the states were decoded. */
const char *state_decoder_text(const struct state_decoder *decoder);

/*
 * The state in the numbers of record.h. @plugin: from a plugin form. @comm tells apart what one era
 * prints alike. What makes no sense is read as R.
 */
u32 state_decode(const struct state_decoder *decoder, struct span state, bool plugin,
		 struct span comm);

#endif
