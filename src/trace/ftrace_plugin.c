/* SPDX-License-Identifier: MIT */
/* Bodies as a plugin prints them: a task is "comm:pid [prio]". */
#include "trace/ftrace_plugin.h"

/*
 * Reads the "comm:pid [prio]" at @at, whose comm may hold anything: the last ':' before the first
 * " [number]" behind a pid ends it. Returns what follows the ']'.
 */
static const char *parse_task(const char *at, const char *end, struct span *comm, s64 *pid,
			      s64 *prio)
{
	for (const char *bracket = at; (bracket = scan_search(bracket, end, " [", 2)); bracket++) {
		const char *close = scan_number(bracket + 2, prio), *colon = bracket;

		if (!close || *close != ']')
			continue;
		while (colon > at && scan_is_digit(colon[-1]))
			colon--;
		if (colon == bracket || colon == at || colon[-1] != ':' || !scan_number(colon, pid))
			continue;
		*comm = (struct span){at, (u32)(colon - 1 - at)};
		return close + 1;
	}
	return NULL;
}

bool plugin_parse_switch(const char *at, const char *end, struct event_values *v)
{
	const char *arrow, *stop;

	if (scan_at(at, end, "task "))
		at += 5;
	at = parse_task(at, end, &v->text[EVENT_COMM], &v->number[EVENT_PID],
			&v->number[EVENT_PRIO]);
	if (!at || at >= end)
		return false;
	arrow = scan_search(at, end, " ==> ", 5);
	if (!arrow)
		return false;
	at = scan_blanks(at);
	stop = arrow;
	if (at < stop && *at == '(' && stop[-1] == ')') {
		at++;
		stop--;
	}
	if (at > stop)
		return false;
	v->state = (struct span){at, (u32)(stop - at)};
	at = parse_task(arrow + 5, end, &v->text[EVENT_OTHER_COMM], &v->number[EVENT_OTHER_PID],
			&v->number[EVENT_OTHER_PRIO]);
	v->given = 1u << EVENT_PID | 1u << EVENT_OTHER_PID;
	return at && at <= end;
}

bool plugin_parse_wake(const char *at, const char *end, struct event_values *v)
{
	const char *cpu;

	at = parse_task(at, end, &v->text[EVENT_COMM], &v->number[EVENT_PID],
			&v->number[EVENT_PRIO]);
	if (!at || at >= end)
		return false;
	cpu = scan_search(at, end, " CPU:", 5);
	v->given = 1u << EVENT_PID;
	return cpu && scan_number(cpu + 5, &v->number[EVENT_CPU]);
}
