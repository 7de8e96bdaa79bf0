/* SPDX-License-Identifier: MIT */
/* When a window opens and closes. */
#include "observe/gate.h"

void gate_init(struct gate *gate, const struct window *window, const struct names *names)
{
	*gate = (struct gate){
		.window = *window,
		.names = names,
		.state = GATE_BEFORE,
		.from = window->from,
		.to = window->to != 0 ? window->to : NEVER,
		.next = window->from_mark == NULL ? window->from : UINT64_MAX,
	};
	if (window->to_mark != NULL)
		gate->to = NEVER;
}

static void gate_open(struct gate *gate, u64 when)
{
	gate->state = GATE_OPEN;
	gate->from = when;
	gate->to = max_of(gate->to, when);
	gate->next = gate->to < NEVER ? gate->to : UINT64_MAX;
	gate->window.found_from = true;
}

bool gate_step(struct gate *gate, u64 when)
{
	if (when < gate->next)
		return false;
	if (gate->state == GATE_BEFORE) {
		gate_open(gate, gate->from);
		return true;
	}
	if (gate->state == GATE_OPEN) {
		gate->state = GATE_CLOSED;
		gate->next = UINT64_MAX;
		if (gate->window.to_mark == NULL)
			gate->window.found_to = true;
		return true;
	}
	return false;
}

bool gate_mark(struct gate *gate, const struct record *mark)
{
	const struct window *window = &gate->window;

	if (gate->state == GATE_BEFORE && window->from_mark != NULL &&
	    window_is_mark(gate->names, mark, window->from_mark)) {
		gate_open(gate, mark->when);
		return true;
	}
	if (gate->state == GATE_OPEN && window->to_mark != NULL && !window->found_to &&
	    window_is_mark(gate->names, mark, window->to_mark)) {
		gate->to = mark->when;
		gate->next = mark->when + 1;
		gate->window.found_to = true;
	}
	return false;
}

bool gate_end(struct gate *gate, u64 when)
{
	if (gate->state == GATE_BEFORE && when >= gate->next)
		gate_step(gate, when);
	if (gate->state != GATE_OPEN)
		return false;
	gate->state = GATE_CLOSED;
	gate->next = UINT64_MAX;
	gate->to = min_of(gate->to, when);
	return true;
}
