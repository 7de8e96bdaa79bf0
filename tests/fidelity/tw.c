/* SPDX-License-Identifier: MIT */
/* Reads a .tw file. */
#include "tw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tw_value(const char *word, const char *key)
{
	size_t len = strlen(key);

	return strncmp(word, key, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

const char *tw_attr(const struct tw_line *line, const char *key)
{
	for (u32 i = 2; i < line->nr_words; i++) {
		const char *value = tw_value(line->word[i], key);

		if (value)
			return value;
	}
	return NULL;
}

bool tw_time(const char *word, u64 *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	char *unit;
	double value = strtod(word, &unit);

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(unit, units[i].unit) && unit != word && value >= 0) {
			*ns = (u64)(value * units[i].ns + 0.5);
			return true;
		}
	return false;
}

static void cut(struct tw_line *line, char *text)
{
	char *comment = strchr(text, '#'), *rest;

	if (comment)
		*comment = '\0';
	line->nr_words = 0;
	for (char *word = strtok_r(text, " \t\r", &rest); word && line->nr_words < TW_WORDS_MAX;
	     word = strtok_r(NULL, " \t\r", &rest))
		line->word[line->nr_words++] = word;
}

static bool fail(struct tw *tw, const char *what, const char *word)
{
	snprintf(tw->error, sizeof(tw->error), "%s '%s'", what, word);
	return false;
}

bool tw_sets_policy(const struct tw_line *head)
{
	return tw_attr(head, "policy") || tw_attr(head, "nice") || tw_attr(head, "slice") ||
	       tw_attr(head, "dl");
}

bool tw_is_rt(const struct tw_line *head)
{
	const char *policy = tw_attr(head, "policy");

	return policy && (!strcmp(policy, "fifo") || !strcmp(policy, "rr"));
}

bool tw_joins_group(const struct tw *tw)
{
	bool joins = false;

	for (u32 i = 0; i < tw->nr_tasks; i++)
		joins |= !tw->task[i].is_template && tw_attr(&tw->task[i].head, "cg");
	return joins;
}

static bool read_task(struct tw *tw, const struct tw_line *line)
{
	struct tw_task *task = &tw->task[tw->nr_tasks];
	const char *value;

	if (tw->nr_tasks == TW_TASKS_MAX || line->nr_words < 2)
		return fail(tw, "too many tasks, or one without a name:", line->word[0]);
	tw->nr_tasks++;
	*task = (struct tw_task){.name = line->word[1], .count = 1, .head = *line};
	for (u32 i = 2; i < line->nr_words; i++)
		if (!strcmp(line->word[i], "template"))
			task->is_template = true;
	value = tw_attr(line, "n");
	if (value)
		task->count = (u32)strtoul(value, NULL, 10);
	value = tw_attr(line, "delay");
	if (value && !tw_time(value, &task->delay_ns))
		return fail(tw, "not a time:", value);
	return true;
}

static bool read_line(struct tw *tw, const struct tw_line *line)
{
	struct tw_task *task = tw->nr_tasks ? &tw->task[tw->nr_tasks - 1] : NULL;

	if (!strcmp(line->word[0], "task"))
		return read_task(tw, line);
	if (!task && !strcmp(line->word[0], "duration"))
		return (line->nr_words > 1 && tw_time(line->word[1], &tw->duration_ns)) ||
		       fail(tw, "not a time after", line->word[0]);
	if (!task) {
		if (tw->nr_globals == TW_TASKS_MAX)
			return fail(tw, "too many lines before the first task:", line->word[0]);
		tw->global[tw->nr_globals++] = *line;
		return true;
	}
	if (task->nr_statements == TW_STATEMENTS_MAX)
		return fail(tw, "too many statements in task", task->name);
	task->statement[task->nr_statements++] = *line;
	return true;
}

bool tw_read(struct tw *tw, char *text)
{
	char *rest;

	*tw = (struct tw){.duration_ns = 2 * SEC};
	for (const char *at = text; *at; at++)
		tw->nr_lines += *at == '\n';
	for (char *at = strtok_r(text, "\n", &rest); at; at = strtok_r(NULL, "\n", &rest)) {
		struct tw_line line;

		cut(&line, at);
		if (line.nr_words && !read_line(tw, &line))
			return false;
	}
	return tw->nr_tasks > 0 || fail(tw, "no task in", "the file");
}
