/* SPDX-License-Identifier: MIT */
/*
 * The .tw language of recorded workloads (TW-LANGUAGE.md, tw.c beside the recordings), as data.
 *
 * One statement per line: global lines, then tasks with their attributes and programs. A file is
 * read into these structs as it is written; workload.c says the same in ossim's own language.
 */
#ifndef OSSIM_TESTS_FIDELITY_TW_H
#define OSSIM_TESTS_FIDELITY_TW_H

#include "base/types.h"

enum {
	TW_WORDS_MAX = 32,
	TW_TASKS_MAX = 64,
	TW_STATEMENTS_MAX = 400,
	TW_STATEMENT_BYTES = 96 /* in tw.c */
};

/* A line as its words; they point into the file's text. */
struct tw_line {
	u32 nr_words;
	char *word[TW_WORDS_MAX];
};

struct tw_task {
	const char *name;
	u32 count; /* instances; NAME0, NAME1, ... if n= was given above 1 */
	bool is_template;
	u64 delay_ns;
	struct tw_line head;
	struct tw_line statement[TW_STATEMENTS_MAX];
	u32 nr_statements;
};

struct tw {
	u64 duration_ns;
	u32 nr_lines;
	struct tw_line global[TW_TASKS_MAX]; /* mutex, barrier, cgroup lines */
	u32 nr_globals;
	struct tw_task task[TW_TASKS_MAX];
	u32 nr_tasks;
	char error[200];
};

/* Cuts @text up; it must live as long as @tw. False: tw->error says why. */
must_check bool tw_read(struct tw *tw, char *text);
/* A time of the language: ns, us, ms, s; no suffix is us. */
must_check bool tw_time(const char *word, u64 *ns);
/* What follows "KEY=" in @word, or NULL. */
const char *tw_value(const char *word, const char *key);
/* The value of the head's attribute @key, or NULL. */
const char *tw_attr(const struct tw_line *line, const char *key);
/* Does a task with this head set its own policy, nice or slice? */
bool tw_sets_policy(const struct tw_line *head);
/* Is it FIFO or RR? */
bool tw_is_rt(const struct tw_line *head);
/* Is one of those that wait at the gate in a cgroup? */
bool tw_joins_group(const struct tw *tw);

#endif
