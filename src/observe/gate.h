/* SPDX-License-Identifier: MIT */
/*
 * The moments at which a window opens and closes, for a sink that goes through records in order.
 *
 * Both can be times or marks. A sink compares each record's time with @next, which is one branch,
 * and asks the gate only when that moment has come. A window between marks takes in all that
 * happens at the very moment of its end mark; one between times does not.
 */
#ifndef OSSIM_OBSERVE_GATE_H
#define OSSIM_OBSERVE_GATE_H

#include "base/types.h"
#include "trace/window.h"

enum gate_state { GATE_BEFORE, GATE_OPEN, GATE_CLOSED };

struct gate {
	u64 next; /* a record at or after this time needs gate_step(); UINT64_MAX: none */
	enum gate_state state;
	u64 from, to; /* the window, as far as known */
	struct window window;
	const struct names *names;
};

void gate_init(struct gate *gate, const struct window *window, const struct names *names);
/* To be called for a record at or after @next, until it says false. True: the state changed. */
bool gate_step(struct gate *gate, u64 when);
/* For each MARK. True if the window just opened. */
bool gate_mark(struct gate *gate, const struct record *mark);
/* The last record was at @when: an open window closes here. True if it was open. */
bool gate_end(struct gate *gate, u64 when);

#endif
