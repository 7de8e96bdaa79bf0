/* SPDX-License-Identifier: MIT */
/*
 * Reads trace text: lines, their heads and bodies, and what else stands between.
 *
 * The text is read where it lies. Numbers and words are read without looking for the end of the
 * text, which a newline and SCAN_SLACK bytes make safe; the last lines, which have no such slack,
 * are read from a padded copy.
 */
#include "trace/ftrace_read.h"

#include "base/vec.h"
#include "trace/ftrace_head.h"
#include "trace/ftrace_plugin.h"
#include "trace/ftrace_time.h"
#include "trace/state_era.h"

enum { MARK_TEXT_MAX = 4096 };

struct reader {
	struct intake intake;
	struct trace_facts *facts;
	struct event_index index;
	struct state_decoder states;
	struct head_hint hint;
	u64 before; /* the time of the event before */
	struct diag *diag;
	u32 source;
	u64 nr_elsewhere;    /* of the bad lines: on a cpu that the trace does not have */
	bool first_is_event; /* of the others: its fields cannot be read */
	bool has_switch;
	const char *tail, *tail_end; /* the lines that are read last; NULL: they are being read */
};

/* Lines that are no events. */

/* "CPU:1 [289629 EVENTS DROPPED]", "CPU:0 [LOST 134 EVENTS]", or without a number. */
static bool take_loss(struct reader *r, const char *at, const char *end)
{
	u64 cpu, count = 0;
	const char *bracket;

	if (!scan_at(at, end, "CPU:") || !scan_is_digit(at[4]))
		return false;
	bracket = scan_blanks(scan_digits(at + 4, &cpu));
	if (bracket >= end || *bracket != '[' || !scan_search(bracket, end, "EVENTS", 6))
		return false;
	at = bracket + 1;
	if (scan_at(at, end, "LOST "))
		at += 5;
	scan_digits(at, &count);
	intake_lost(&r->intake, (u32)min_of(cpu, (u64)UINT32_MAX), count);
	return true;
}

/* What tools and kernels print between events: headers, stacks, notes. */
static bool is_remark(const char *at, const char *end)
{
	static const struct span starts[] = {
		SPAN("#"),
		SPAN("=>"),
		SPAN("cpus="),
		SPAN("version ="),
		SPAN("<stack trace>"),
		SPAN("trace-cmd"),
	};

	for (u32 i = 0; i < ARRAY_SIZE(starts); i++)
		if (scan_starts(at, end, starts[i].at, starts[i].len))
			return true;
	return scan_at(at, end, "CPU ") && scan_search(at, end, " is empty", 9);
}

static void bad_line(struct reader *r, bool is_event)
{
	r->facts->nr_bad_lines++;
	if (r->facts->first_bad_line)
		return;
	r->facts->first_bad_line = r->facts->nr_lines;
	r->first_is_event = is_event;
}

static void take_other_line(struct reader *r, const char *line, const char *end)
{
	const char *at = scan_blanks(line);

	if (r->facts->nr_lines == 1 && scan_at(at, end, "\xef\xbb\xbf"))
		at += 3; /* as some editors begin a file */
	if (at < end && !is_remark(at, end) && !take_loss(r, at, end))
		bad_line(r, false);
}

/* Events. */

/* False if the fields cannot be read in any of the forms. */
static bool parse_body(struct reader *r, const struct event_desc *desc, const char *at,
		       const char *end, struct event_values *values)
{
	bool plugin = false;

	if (unlikely(!event_parse(desc, at, end, r->states.raw, values))) {
		plugin = true;
		if (desc->kind == RECORD_SWITCH) {
			if (!plugin_parse_switch(at, end, values))
				return false;
		} else if (desc->kind != RECORD_WAKEUP && desc->kind != RECORD_WAKEUP_NEW &&
			   desc->kind != RECORD_WAKING) {
			return false;
		} else if (!plugin_parse_wake(at, end, values)) {
			return false;
		}
	}
	if (desc->kind == RECORD_SWITCH) {
		values->number[EVENT_VALUE] =
			state_decode(&r->states, values->state, plugin, values->text[EVENT_COMM]);
		r->has_switch = true;
	}
	return true;
}

static bool take_event(struct reader *r, const struct trace_head *head,
		       const struct event_desc *desc, const char *at, const char *end)
{
	struct event_values values;
	struct span mark;

	switch ((enum event_role)desc->role) {
	case ROLE_RECORD:
		if (unlikely(
			    !parse_body(r, desc, at, end, &values) ||
			    !intake_event(&r->intake, head, (enum record_kind)desc->kind, &values)))
			return false;
		break;
	case ROLE_MARK:
		mark = event_mark_text(at, end);
		mark.len = min_of(mark.len, (u32)MARK_TEXT_MAX);
		intake_mark(&r->intake, head, mark);
		break;
	default:
		intake_irq(&r->intake, head, (enum event_role)desc->role);
		r->facts->nr_other++;
		return true;
	}
	r->facts->nr_events++;
	return true;
}

static bool is_garbled(const struct reader *r, const struct trace_head *head,
		       const struct times_ahead *ahead, u64 *mended)
{
	if (!r->intake.begun)
		return time_is_garbled_first(head->when, ahead, mended);
	*mended = r->before;
	return time_is_garbled(head->when, r->before, ahead);
}

/*
 * The line in hand has a time far from the last one, or the first of all; [next, last) is behind
 * it.
 */
static out_of_line void check_time(struct reader *r, struct trace_head *head, const char *next,
				   const char *last)
{
	struct loc loc = {.source = r->source, .line = (u32)r->facts->nr_lines};
	struct times_ahead ahead = {0};
	u64 mended;

	times_look_ahead(&ahead, next, last, &r->hint);
	if (r->tail)
		times_look_ahead(&ahead, r->tail, r->tail_end, &r->hint);
	if (!is_garbled(r, head, &ahead, &mended))
		return;
	diag_warning(r->diag, loc,
		     "no event has a time near to the %" PRIu64 ".%06" PRIu64
		     " s of this one: it is taken to be at %" PRIu64 ".%06" PRIu64
		     " s, as the one %s it",
		     (u64)(head->when / SEC), (u64)(head->when % SEC / USEC), (u64)(mended / SEC),
		     (u64)(mended % SEC / USEC), r->intake.begun ? "before" : "behind");
	head->when = mended;
}

/* Its number is garbled: trace_count_cpus() did not believe it. */
static not_inline void warn_of_cpu(struct reader *r, const struct trace_head *head)
{
	r->nr_elsewhere++;
	r->facts->nr_bad_lines++;
	diag_warning(r->diag, (struct loc){.source = r->source, .line = (u32)r->facts->nr_lines},
		     "an event on cpu %u, in a trace of %u cpu%s: it is left out", head->cpu,
		     r->intake.nr_cpus, r->intake.nr_cpus == 1 ? "" : "s");
}

/* One of [.., last). */
static void take_line(struct reader *r, const char *line, const char *end, const char *last)
{
	const char *next = end + 1;
	struct trace_head head;
	const struct event_desc *desc;
	const char *name, *colon;

	r->facts->nr_lines++;
	if (unlikely(end > line && end[-1] == '\r'))
		end--;
	name = trace_head_parse(line, end, &r->hint, &head);
	if (unlikely(!name)) {
		take_other_line(r, line, end);
		return;
	}
	if (unlikely(head.cpu >= r->intake.nr_cpus)) {
		warn_of_cpu(r, &head);
		return;
	}
	if (unlikely(!r->intake.begun || time_jumps(head.when, r->before)))
		check_time(r, &head, next, last);
	r->before = head.when;
	colon = scan_find(name, min_of(end, name + EVENT_NAME_MAX + 1), ':');
	desc = colon ? event_find(&r->index, name, (size_t)(colon - name)) : NULL;
	if (unlikely(!intake_head(&r->intake, &head))) {
		bad_line(r, true);
		return;
	}
	r->facts->microseconds |= head.digits <= 6;
	if (!desc)
		r->facts->nr_other++;
	else if (unlikely(!take_event(r, &head, desc, scan_padding(colon + 1), end)))
		bad_line(r, true);
}

/* All lines of [at, end), which ends with a newline or is followed by one. */
static void take_lines(struct reader *r, const char *at, const char *end)
{
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			newline = end;
		take_line(r, at, newline, end);
		at = newline + 1;
	}
}

/* The whole. */

/* Why nothing could be read: the usual ways in which a trace comes out without times or tasks. */
static const char *why_no_trace(const char *text, size_t len)
{
	const char *end = text + min_of(len, (size_t)1 << 16);

	if (len == 0)
		return "it is empty";
	if (scan_search(text, end, " type: ", 7) || scan_search(text, end, "prev_comm=", 10))
		return "its lines have no task, cpu and time before the event "
		       "(the tracing options context-info=0 and raw do that)";
	if (scan_search(text, end, "entries-in-buffer/entries-written: 0/", 37))
		return "its buffer is empty";
	if (scan_search(text, end, "] ", 2) && scan_search(text, end, ": sched_", 8))
		return "its times are no times: was the trace clock 'counter', 'uptime' or 'x86-tsc'?";
	return "no line looks like an event of ftrace, trace-cmd or perf script";
}

static void read_text(struct reader *r, const char *text, size_t len)
{
	size_t start = scan_tail_start(text, len);
	char *tail = scan_padded_tail(text + start, len - start);

	r->tail = tail;
	r->tail_end = tail + (len - start);
	take_lines(r, text, text + start);
	r->tail = NULL;
	take_lines(r, tail, r->tail_end);
	vec_release((void **)&tail);
}

static void warn_of_bad_lines(struct reader *r)
{
	const char *what = r->first_is_event ? "the fields of this event cannot be read"
					     : "this line is no event";
	u64 nr = r->facts->nr_bad_lines - r->nr_elsewhere;
	struct loc loc = {.source = r->source, .line = (u32)r->facts->first_bad_line};

	if (nr == 1)
		diag_warning(r->diag, loc, "%s: it is left out", what);
	else if (nr)
		diag_warning(r->diag, loc, "%s: it is left out, and so are %" PRIu64 " more lines",
			     what, nr - 1);
}

static void warn_of_the_whole(struct reader *r)
{
	warn_of_bad_lines(r);
	if (!r->has_switch)
		diag_warning(
			r->diag, (struct loc){.source = r->source},
			"the trace has no event sched_switch: who ran when is not known ('trace-cmd record -e sched' records all)");
}

bool ftrace_read(struct diag *diag, u32 source, const char *text, size_t len, struct stream *stream,
		 struct trace_facts *facts)
{
	struct reader r = {.facts = facts, .diag = diag, .source = source};
	bool found;

	*facts = (struct trace_facts){0};
	if (stream->nr_cpus == 0)
		stream->nr_cpus = trace_count_cpus(text, len);
	if (stream->nr_cpus == 0)
		return diag_error(diag, (struct loc){.source = source}, "not a trace: %s",
				  why_no_trace(text, len));
	facts->nr_cpus = stream->nr_cpus;
	event_index_init(&r.index);
	state_decoder_init(&r.states, text, len);
	facts->state_era = state_decoder_text(&r.states);
	intake_init(&r.intake, stream, facts);
	read_text(&r, text, len);
	found = r.intake.begun;
	if (found) {
		intake_end(&r.intake);
		warn_of_the_whole(&r);
	}
	intake_fini(&r.intake);
	if (!found)
		return diag_error(diag, (struct loc){.source = source}, "not a trace: %s",
				  why_no_trace(text, len));
	return true;
}
