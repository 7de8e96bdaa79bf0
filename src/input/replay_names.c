/* SPDX-License-Identifier: MIT */
/*
 * The words of a rebuilt workload: names that need quotes or a number to be told apart, what tasks
 * share by name, times.
 */
#include "input/replay_write.h"

#include "base/sorted.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Words ---- */

static bool is_plain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == '/' || c == '+';
}

/* Words that some YAML reader takes for something else than a text. */
static bool is_special_word(const char *s)
{
	static const char *const words[] = {"true", "false", "yes", "no",   "on", "off",
					    "null", "y",     "n",   "self", "all"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

static bool is_plain(const char *s)
{
	bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_';

	if (!letter || is_special_word(s))
		return false;
	for (; *s; s++)
		if (!is_plain_char(*s))
			return false;
	return true;
}

/* What cannot be printed, or is not UTF-8, becomes '?'. */
static void put_escaped(struct text *out, const char *s)
{
	size_t left = strlen(s), step;

	for (; left; s += step, left -= step) {
		size_t len = utf8_printable(s, left);

		step = max_of(len, (size_t)1);
		if (*s == '"' || *s == '\\')
			text_add_char(out, '\\');
		text_add_len(out, len ? s : "?", step);
	}
}

void yaml_word(struct text *out, const char *s)
{
	if (is_plain(s)) {
		text_add(out, s);
		return;
	}
	text_add_char(out, '"');
	put_escaped(out, s);
	text_add_char(out, '"');
}

/* "3.997953ms": exact, in the largest unit that it fills. */
void yaml_time(struct text *out, u64 ns)
{
	static const struct {
		const char *name;
		u64 ns;
		u32 digits;
	} units[] = {{"s", SEC, 9}, {"ms", MSEC, 6}, {"us", USEC, 3}, {"ns", 1, 0}};
	char digits[24], *end;
	u32 i = 0;

	while (i < ARRAY_SIZE(units) - 1 && ns < units[i].ns)
		i++;
	end = text_put_u64(digits, ns / units[i].ns);
	text_add_len(out, digits, (size_t)(end - digits));
	if (ns % units[i].ns) {
		end = text_put_u64_zero(digits, ns % units[i].ns, units[i].digits);
		while (end[-1] == '0')
			end--;
		text_add_char(out, '.');
		text_add_len(out, digits, (size_t)(end - digits));
	}
	text_add(out, units[i].name);
}

/* ---- Names ---- */

const char *yaml_comm(const struct yaml_writer *w, u32 task)
{
	return names_text(&w->replay->names, w->replay->tasks.at[task].comm);
}

/*
 * The comm where only one task has it, else with its pid; and with a number that no other task has
 * if that pid had come around.
 */
static void add_name(const struct yaml_writer *w, u32 id, struct text *out)
{
	const struct replay_task *task = &w->replay->tasks.at[id];

	put_escaped(out, yaml_comm(w, id));
	if (w->bearers.at[task->comm] > 1)
		text_printf(out, ".%u", task->pid);
	if (w->uses.at[id])
		text_printf(out, ".%u", id);
}

void yaml_name(const struct yaml_writer *w, u32 id)
{
	struct text name = {0};

	add_name(w, id, &name);
	if (is_plain(name.at)) {
		text_add(w->out, name.at);
	} else {
		text_add_char(w->out, '"');
		text_add(w->out, name.at);
		text_add_char(w->out, '"');
	}
	text_fini(&name);
}

void yaml_semaphore(const struct yaml_writer *w, u32 waker, u32 wakee)
{
	text_add_char(w->out, '"');
	add_name(w, waker, w->out);
	text_add(w->out, " > ");
	add_name(w, wakee, w->out);
	text_add_char(w->out, '"');
}

void yaml_queue(const struct yaml_writer *w, u32 index)
{
	const struct replay_queue *queue = &w->replay->queues.at[index];

	text_printf(w->out, "\"queue %u: ", index + 1);
	add_name(w, queue->first, w->out);
	text_printf(w->out, " and %u more\"", queue->nr - 1);
}

void yaml_mutex(const struct yaml_writer *w, u32 holder)
{
	text_add(w->out, "\"> ");
	add_name(w, holder, w->out);
	text_add_char(w->out, '"');
}

struct bearer {
	u32 comm, pid, task;
};

static int compare_bearers(const void *a, const void *b)
{
	const struct bearer *x = a, *y = b;

	return order_u64(x->comm, y->comm) ?: order_u64(x->pid, y->pid) ?:
	       order_u64(x->task, y->task);
}

void yaml_count_bearers(struct yaml_writer *w)
{
	const struct replay *replay = w->replay;
	vec_of(struct bearer) all = {0};

	vec_reserve(&w->bearers, replay->names.nr + 1);
	vec_reserve(&w->uses, replay->tasks.len + 1);
	for (u32 i = 0; i < replay->tasks.len; i++) {
		const struct replay_task *task = &replay->tasks.at[i];

		if (!replay_is_written(replay, task))
			continue;
		w->bearers.at[task->comm]++;
		vec_push(&all, (struct bearer){task->comm, task->pid, i});
	}
	if (all.len)
		qsort(all.at, all.len, sizeof(*all.at), compare_bearers);
	for (u32 i = 1; i < all.len; i++)
		w->uses.at[all.at[i].task] =
			all.at[i].comm == all.at[i - 1].comm && all.at[i].pid == all.at[i - 1].pid;
	vec_fini(&all);
}
