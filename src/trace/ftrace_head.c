/* SPDX-License-Identifier: MIT */
/* What stands before an event in a line of trace text. */
#include "trace/ftrace_head.h"

enum { COMM_MAX = 16, FRACTION_MAX = 9, FLAGS_MIN = 3, FLAGS_MAX = 8 };

/* Times. */

static const u32 ns_of_digit[FRACTION_MAX + 1] = {1000000000, 100000000, 10000000, 1000000, 100000,
						  10000,      1000,      100,      10,      1};

/* "409374" or "873961438": up to nine digits behind the point. */
static inline const char *parse_fraction(const char *at, u64 *ns, u8 *digits)
{
	u64 value = 0;
	u32 count = 0;

	if (scan_eight_digits(at, &value))
		count = 8;
	for (; count < FRACTION_MAX && scan_is_digit(at[count]); count++)
		value = value * 10 + (u64)(at[count] - '0');
	*ns = value * ns_of_digit[count];
	*digits = (u8)count;
	return count ? at + count : NULL;
}

/* "1703.873961:", and what may follow before the event: blanks, "(+3995)". */
static inline const char *parse_seconds(const char *at, struct trace_head *head)
{
	u64 seconds, ns;
	const char *point = scan_digits(at, &seconds);

	if (point == at || *point != '.' || seconds > UINT64_MAX / SEC - 1)
		return NULL;
	at = parse_fraction(point + 1, &ns, &head->digits);
	if (!at || *at != ':')
		return NULL;
	head->when = seconds * SEC + ns;
	at = scan_blanks(at + 1);
	if (unlikely(at[0] == '(' && at[1] == '+')) {
		u64 since;
		const char *close = scan_digits(at + 2, &since);

		if (*close == ')')
			at = scan_blanks(close + 1);
	}
	return at;
}

/* "1492401937us+: ", the mark for a delay being one character or none. */
static const char *parse_microseconds(const char *at, struct trace_head *head)
{
	u64 us;
	const char *unit = scan_digits(at, &us);

	if (unit == at || unit[0] != 'u' || unit[1] != 's' || us > UINT64_MAX / USEC)
		return NULL;
	unit += 2;
	if (*unit != ':' && *unit != '\n')
		unit++;
	if (*unit != ':')
		return NULL;
	head->when = us * USEC;
	head->digits = 6;
	return scan_blanks(unit + 1);
}

/* "]1703873961438:" of trace-cmd's --raw-ts: ns, right behind the cpu. */
static const char *parse_raw_time(const char *at, struct trace_head *head)
{
	u64 ns;
	const char *colon = scan_digits(at, &ns);

	if (*colon != ':')
		return NULL;
	head->when = ns;
	head->digits = FRACTION_MAX;
	return scan_blanks(colon + 1);
}

/* Tasks. */

/* "comm-pid" before @at, which is behind the pid. */
static inline bool parse_task(const char *line, const char *at, struct trace_head *head)
{
	u64 pid = 0, unit = 1;
	const char *pid_end = at;

	while (at > line && scan_is_digit(at[-1])) {
		at--;
		pid += unit * (u64)(*at - '0');
		unit *= 10;
	}
	if (at == pid_end || pid_end - at > 9 || at == line || at[-1] != '-')
		return false;
	line = scan_padding(line); /* the '-' stops it */
	head->comm = (struct span){line, (u32)(at - 1 - line)};
	head->pid = (u32)pid;
	return true;
}

/* "(4809)" or "(-------)" that ends at @close; returns what precedes it, or NULL. */
static const char *parse_tgid(const char *line, const char *close, struct trace_head *head)
{
	const char *at = close - 1;
	u64 tgid;

	while (at > line && *at != '(' && close - at < 12)
		at--;
	if (*at != '(')
		return NULL;
	if (scan_is_digit(*scan_blanks(at + 1))) {
		scan_digits(scan_blanks(at + 1), &tgid);
		head->tgid = tgid < TRACE_PID_MAX ? (u32)tgid : 0;
	}
	while (at > line && scan_is_blank(at[-1]))
		at--;
	return at;
}

/* "d.h2.": hardirq, softirq and NMI have letters that no other column uses. */
static inline u8 parse_context(const char *flags, const char *end)
{
	if (end - flags < FLAGS_MIN)
		return CONTEXT_UNKNOWN;
	for (; flags < end; flags++)
		if (*flags == 'h' || *flags == 'H' || *flags == 's' || *flags == 'z' ||
		    *flags == 'Z')
			return CONTEXT_IRQ;
	return CONTEXT_TASK;
}

/* The second column; what is asked for lazily does not count. */
static inline bool parse_need_resched(const char *flags, const char *end)
{
	return end - flags >= FLAGS_MIN && (flags[1] == 'N' || flags[1] == 'n' || flags[1] == 'B' ||
					    flags[1] == 'b' || flags[1] == 'p');
}

/* Standard form. */

static inline const char *standard_at(const char *line, const char *end, const char *bracket,
				      struct trace_head *head)
{
	u64 cpu;
	const char *at = scan_digits(bracket + 1, &cpu), *event;

	if (at == bracket + 1 || *at != ']' || cpu > UINT16_MAX || bracket == line)
		return NULL;
	head->cpu = (u32)cpu;
	head->tgid = 0;
	head->context = CONTEXT_UNKNOWN;
	head->need_resched = false;
	if (unlikely(scan_is_digit(at[1]))) {
		event = parse_raw_time(at + 1, head);
	} else {
		at = scan_blanks(at + 1);
		event = parse_seconds(at, head);
		if (!event && at < end && !scan_is_digit(*at)) { /* irq flags, then the time */
			const char *flags = at;

			while (at < end && at - flags <= FLAGS_MAX && !scan_is_blank(*at))
				at++;
			head->context = parse_context(flags, at);
			head->need_resched = parse_need_resched(flags, at);
			event = parse_seconds(scan_blanks(at), head);
		}
	}
	if (!event || event > end)
		return NULL;
	while (bracket > line && scan_is_blank(bracket[-1]))
		bracket--;
	if (unlikely(bracket > line && bracket[-1] == ')')) {
		bracket = parse_tgid(line, bracket - 1, head);
		if (!bracket)
			return NULL;
	}
	return parse_task(line, bracket, head) ? event : NULL;
}

static inline const char *parse_standard(const char *line, const char *end, struct head_hint *hint,
					 struct trace_head *head)
{
	const char *bracket = line + hint->bracket, *event;

	/* A comm of its normal length leaves no room for a head further left. */
	if (likely(bracket < end && *bracket == '[')) {
		event = standard_at(line, end, bracket, head);
		if (likely(event && head->comm.len <= COMM_MAX))
			return event;
	}
	for (bracket = line; bracket < end; bracket++) {
		bracket = memchr(bracket, '[', (size_t)(end - bracket));
		if (!bracket)
			return NULL;
		event = standard_at(line, end, bracket, head);
		if (event) {
			hint->bracket = (u32)min_of(bracket - line, (ptrdiff_t)64);
			return event;
		}
	}
	return NULL;
}

/* Latency form: cpu and flags are one word. */

static const char *latency_at(const char *line, const char *end, const char *dash,
			      struct trace_head *head)
{
	u64 number;
	const char *at = scan_digits(dash + 1, &number), *cpu, *flags, *event;

	if (at == dash + 1 || !scan_is_blank(*at) || !parse_task(line, at, head))
		return NULL;
	cpu = scan_blanks(at);
	flags = at = scan_digits(cpu, &number);
	if (at == cpu || number > UINT16_MAX)
		return NULL;
	head->cpu = (u32)number;
	head->tgid = 0;
	while (at < end && !scan_is_blank(*at) && at - flags <= FLAGS_MAX)
		at++;
	if (at - flags < FLAGS_MIN || at >= end)
		return NULL;
	head->context = parse_context(flags, at);
	head->need_resched = parse_need_resched(flags, at);
	at = scan_blanks(at);
	event = parse_microseconds(at, head);
	if (!event)
		event = parse_seconds(at, head);
	return event && event <= end ? event : NULL;
}

static const char *parse_latency(const char *line, const char *end,
				 struct head_hint *hint unused_arg, struct trace_head *head)
{
	const char *dash = line, *event;

	while (dash < end && (dash = memchr(dash, '-', (size_t)(end - dash)))) {
		event = latency_at(line, end, dash, head);
		if (event)
			return event;
		dash++;
	}
	return NULL;
}

/* Verbose form: the time is in ms, behind "[address] "; before it stand pid, cpu and three numbers.
 */

static const char *word_before(const char *line, const char *at)
{
	while (at > line && scan_is_blank(at[-1]))
		at--;
	while (at > line && !scan_is_blank(at[-1]))
		at--;
	return at;
}

/*
 * "comm pid" with the pid at @at, or "comm tgid/pid", as perf script prints both if it is asked to.
 */
static bool spaced_task(const char *line, const char *at, struct trace_head *head)
{
	const char *comm_end = at, *slash;
	u64 pid, tgid = 0;

	if (!scan_is_digit(*at) || at == line)
		return false;
	slash = scan_digits(at, &pid);
	if (*slash == '/' && scan_is_digit(slash[1])) {
		tgid = pid;
		scan_digits(slash + 1, &pid);
	}
	while (comm_end > line && scan_is_blank(comm_end[-1]))
		comm_end--;
	while (line < comm_end && scan_is_blank(*line))
		line++;
	head->comm = (struct span){line, (u32)(comm_end - line)};
	head->pid = (u32)min_of(pid, (u64)UINT32_MAX);
	head->tgid = tgid < TRACE_PID_MAX ? (u32)tgid : 0;
	head->context = CONTEXT_UNKNOWN;
	head->need_resched = false;
	return true;
}

static const char *verbose_time(const char *at, struct trace_head *head)
{
	u64 ms, fraction, since;
	const char *point = scan_digits(at, &ms), *unit;

	if (point == at || *point != '.' || ms > UINT64_MAX / MSEC - 1)
		return NULL;
	unit = scan_digits(point + 1, &fraction);
	if (unit != point + 4 || memcmp(unit, "ms (+", 5) != 0)
		return NULL;
	head->when = ms * MSEC + fraction * USEC;
	head->digits = 6;
	at = scan_digits(unit + 5, &since);
	if (*at == '.')
		at = scan_digits(at + 1, &since);
	return memcmp(at, "ms):", 4) == 0 ? scan_blanks(at + 4) : NULL;
}

static bool verbose_task(const char *line, const char *bracket, struct trace_head *head)
{
	const char *at = bracket;
	u64 cpu;

	for (u32 i = 0; i < 3; i++) /* index, preempt count, flags */
		at = word_before(line, at);
	at = word_before(line, at);
	if (!scan_is_digit(*at))
		return false;
	scan_digits(at, &cpu);
	head->cpu = (u32)min_of(cpu, (u64)UINT32_MAX);
	return spaced_task(line, word_before(line, at), head);
}

static const char *parse_verbose(const char *line, const char *end,
				 struct head_hint *hint unused_arg, struct trace_head *head)
{
	const char *bracket = line;

	while (bracket < end && (bracket = memchr(bracket, '[', (size_t)(end - bracket)))) {
		u64 address;
		const char *at = scan_hex(bracket + 1, &address), *event;

		if (at > bracket + 1 && at[0] == ']' && at[1] == ' ') {
			event = verbose_time(at + 2, head);
			if (event && event <= end && verbose_task(line, bracket, head))
				return event;
		}
		bracket++;
	}
	return NULL;
}

/* perf script's: the standard one but for the task, and the event has its system before it. */

/* "sched:sched_switch:": behind the first colon. NULL: there is no system. */
static const char *behind_system(const char *at, const char *end)
{
	while (at < end && *at != ':' && !scan_is_blank(*at))
		at++;
	return at + 1 < end && *at == ':' && !scan_is_blank(at[1]) ? at + 1 : NULL;
}

static const char *perf_at(const char *line, const char *end, const char *bracket,
			   struct trace_head *head)
{
	u64 cpu;
	const char *at = scan_digits(bracket + 1, &cpu), *event;

	if (at == bracket + 1 || *at != ']' || cpu > UINT16_MAX)
		return NULL;
	event = parse_seconds(scan_blanks(at + 1), head);
	event = event && event < end ? behind_system(event, end) : NULL;
	head->cpu = (u32)cpu;
	return event && spaced_task(line, word_before(line, bracket), head) ? event : NULL;
}

static const char *parse_perf(const char *line, const char *end, struct head_hint *hint unused_arg,
			      struct trace_head *head)
{
	const char *bracket = line;

	while (bracket < end && (bracket = memchr(bracket, '[', (size_t)(end - bracket)))) {
		const char *event = perf_at(line, end, bracket, head);

		if (event)
			return event;
		bracket++;
	}
	return NULL;
}

typedef const char *(*head_form_fn)(const char *line, const char *end, struct head_hint *hint,
				    struct trace_head *head);

static const head_form_fn other_forms[] = {parse_latency, parse_verbose, parse_perf};

const char *trace_head_parse(const char *line, const char *end, struct head_hint *hint,
			     struct trace_head *head)
{
	const char *event;

	if (likely(hint->form == 0)) {
		event = parse_standard(line, end, hint, head);
		if (likely(event != NULL))
			return event;
	}
	for (u32 i = 0; i < ARRAY_SIZE(other_forms); i++) {
		event = other_forms[i](line, end, hint, head);
		if (event) {
			hint->form = i + 1;
			return event;
		}
	}
	if (hint->form) {
		event = parse_standard(line, end, hint, head);
		if (event)
			hint->form = 0;
		return event;
	}
	return NULL;
}
