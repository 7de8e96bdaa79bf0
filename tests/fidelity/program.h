/* SPDX-License-Identifier: MIT */
/*
 * The programs of a .tw file in ossim's language: names and statements of its tasks; their
 * attributes are in attributes.h.
 *
 * tw.c is the reference for what a statement does, down to its corners: numbers are read as atoi
 * and strtod read them, an unknown task is nobody, an unknown template ends the task.
 */
#ifndef OSSIM_TESTS_FIDELITY_PROGRAM_H
#define OSSIM_TESTS_FIDELITY_PROGRAM_H

#include "rig.h"
#include "tw.h"

enum { GENERATIONS_MAX = 8 };

struct writer {
	const struct tw *tw;
	const struct rig *rig;
	struct text *yaml;
	char *needs;
	u32 indent;
	u32 nr_written;                    /* tasks that wait at the gate, so far; */
	const char *group[RIG_GROUPS_MAX]; /* whom a task of the set-up has joined already, */
	u32 nr_groups;
	bool joining; /* as the one that is written is about to */
	bool is_rt;   /* one of them is a real-time or deadline task */
	/*
	 * one of them is in a cgroup; a deadline task that preempts tw pays for what tw has left to
	 * do
	 */
	bool joined, opened;
	u32 generation; /* of the present task: 0 if tw forks it; */
	/*
	 * templates, a bit for each, whose first child has been written (of those that statements
	 * mean);
	 */
	u64 named;
	/* generations from tw's children's down to its last descendants', if it has any; */
	u32 lineage;
	u32 windows;              /* that it has touched, a bit for each */
	bool used[RIG_FIRST_MAX]; /* by the present task: the rig's first[] */
};

/* One item of a list, at the present indent. */
printf_like(2, 3) void write_item(struct writer *w, const char *fmt, ...);
/* A task of the workload begins: its name; what follows is indented as what belongs to it. */
void begin_yaml_task(struct writer *w, const char *name);
/* What ossim does not have is told in w->needs; false. */
bool write_needs(struct writer *w, const char *what);
/* A time in the form that ossim reads: the unit is never left out. */
const char *time_text(const char *word, char buf[32]);
/* "run", if that takes any time. */
void write_run(struct writer *w, u64 ns);
/* The name of the task that @task's instance becomes: its comm if nobody else has that. */
const char *task_name(const struct writer *w, const struct tw_task *task, u32 instance,
		      char buf[64]);
/*
 * The name of the template by which programs fork @task, as a child of that generation; @again: not
 * the first of all that bear that name, whom alone a statement finds by it, dead or alive.
 */
const char *template_name(const struct writer *w, const struct tw_task *task, u32 generation,
			  bool again, char buf[64]);
/* Does a statement mean @task by its name? */
bool is_meant(const struct tw *tw, const struct tw_task *task);
/* Its stack begins a page: a generation takes half of one. */
bool begins_page(u32 generation);
/* That of a child of one of the present task's. Those from GENERATIONS_MAX on are all alike. */
u32 next_generation(u32 generation);
/* The task whose program `fork NAME` runs: the last of that name; NULL: none. */
const struct tw_task *task_to_fork(const struct tw *tw, const char *name);
/*
 * Delay and statements. @forked: the task is another's child, so its pages were written to before.
 */
must_check bool write_program(struct writer *w, const struct tw_task *task, bool forked);

#endif
