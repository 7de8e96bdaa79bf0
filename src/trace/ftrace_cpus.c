/* SPDX-License-Identifier: MIT */
/* See ftrace_cpus.h. Most lines need not be read for that. */
#include "trace/ftrace_cpus.h"

#include "base/bitset.h"
#include "trace/ftrace_head.h"

enum { SAMPLE = 1 << 14, FAR_TIMES = 4, FAR_LEAST = 16 };

/* A text with its last lines apart, as they need slack. */
struct lines {
	const char *at, *end;
	char *tail, *tail_end;
};

static struct lines lines_of(const char *text, size_t len)
{
	size_t start = scan_tail_start(text, len);
	char *tail = scan_padded_tail(text + start, len - start);

	return (struct lines){
		.at = text, .end = text + start, .tail = tail, .tail_end = tail + (len - start)};
}

/* "cpus=2" of trace-cmd report, "#P:8" of the trace file. */
static u32 cpus_in_header(const char *text, size_t len)
{
	const char *end = text + min_of(len, (size_t)4096), *at = scan_search(text, end, "#P:", 3);
	u32 cpus = 0;

	if (at)
		at += 3;
	else if (scan_at(text, end, "cpus="))
		at = text + 5;
	else if ((at = scan_search(text, end, "\ncpus=", 6)))
		at += 6;
	for (; at && at < end && scan_is_digit(*at) && cpus <= CPUS_MAX; at++)
		cpus = cpus * 10 + (u32)(*at - '0');
	return cpus <= CPUS_MAX ? cpus : 0;
}

/* ---- The highest number ---- */

static void count_line(const char *line, const char *end, struct head_hint *hint, u32 *cpus)
{
	struct trace_head head;

	if (trace_head_parse(line, end, hint, &head) && head.cpu >= *cpus && head.cpu < CPUS_MAX)
		*cpus = head.cpu + 1;
}

static void count_in_lines(const char *at, const char *end, struct head_hint *hint, u32 *cpus)
{
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			newline = end;
		count_line(at, newline, hint, cpus);
		at = newline + 1;
	}
}

static const char *line_start(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

/*
 * In standard heads the cpu is in brackets, so one search for '[' passes over most lines; only a
 * number beyond those known so far is worth a look at the line, once.
 */
static void count_in_brackets(const char *text, const char *end, struct head_hint *hint, u32 *cpus)
{
	const char *at = text, *newline;

	while (at < end && (at = memchr(at, '[', (size_t)(end - at)))) {
		u64 cpu;
		const char *close = scan_digits(at + 1, &cpu);

		if (close == at + 1 || *close != ']' || cpu < *cpus) {
			at++;
			continue;
		}
		newline = memchr(at, '\n', (size_t)(end - at));
		newline = newline ? newline : end;
		count_line(line_start(text, at), newline, hint, cpus);
		at = newline;
	}
}

/* The form of the heads is found in the first lines, so that the rest can be read by that form. */
static u32 highest(const struct lines *lines)
{
	const char *sample_end = line_start(lines->at, min_of(lines->end, lines->at + SAMPLE));
	struct head_hint hint = {0};
	u32 cpus = 0;

	count_in_lines(lines->at, sample_end, &hint, &cpus);
	count_in_lines(lines->tail, lines->tail_end, &hint, &cpus);
	if (hint.form)
		count_in_lines(sample_end, lines->end, &hint, &cpus);
	else
		count_in_brackets(sample_end, lines->end, &hint, &cpus);
	return cpus;
}

/* ---- Garbled ones ---- */

/* Which numbers one event has, and which several have. */
struct tally {
	u8 seen[CPUS_MAX];
	u32 several; /* the highest of these + 1 */
	u32 enough;  /* no more is asked than whether that is so many */
	struct head_hint hint;
};

static void tally_lines(struct tally *tally, const char *at, const char *end)
{
	struct trace_head head;

	while (at < end && tally->several < tally->enough) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			newline = end;
		if (trace_head_parse(at, newline, &tally->hint, &head) && head.cpu < CPUS_MAX) {
			if (tally->seen[head.cpu])
				tally->several = max_of(tally->several, head.cpu + 1);
			tally->seen[head.cpu] = 1 + (tally->seen[head.cpu] > 0);
		}
		at = newline + 1;
	}
}

static u32 far_from(u32 cpus, u32 header)
{
	return header ? max_of(cpus, header) : max_of(cpus * FAR_TIMES, (u32)FAR_LEAST);
}

/* Of @cpus numbers the highest that can be believed, + 1. */
static u32 without_garbled(const struct lines *lines, u32 cpus, u32 header)
{
	struct tally tally = {.enough = header ? cpus : (cpus - 1) / FAR_TIMES + 1};
	u32 limit;

	tally_lines(&tally, lines->at, lines->end);
	tally_lines(&tally, lines->tail, lines->tail_end);
	limit = far_from(tally.several, header);
	if (!tally.several || limit >= cpus)
		return cpus;
	while (cpus > limit && tally.seen[cpus - 1] < 2)
		cpus--;
	while (!tally.seen[cpus - 1])
		cpus--;
	return cpus;
}

u32 trace_count_cpus(const char *text, size_t len)
{
	struct lines lines = lines_of(text, len);
	u32 cpus = highest(&lines), header = cpus_in_header(text, len);

	if (cpus > far_from(1, header))
		cpus = without_garbled(&lines, cpus, header);
	vec_release((void **)&lines.tail);
	return cpus ? max_of(cpus, header) : 0;
}
