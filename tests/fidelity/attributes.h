/* SPDX-License-Identifier: MIT */
/* Attributes of a .tw file's tasks in ossim's language. */
#ifndef OSSIM_TESTS_FIDELITY_ATTRIBUTES_H
#define OSSIM_TESTS_FIDELITY_ATTRIBUTES_H

#include "program.h"

/*
 * A list of cpus as tw.c reads it, without those that the rig does not have. False: none is left.
 */
must_check bool cpus_text(const struct writer *w, const char *list, char buf[200]);
/* A nice as atoi() reads it, clamped. */
int nice_value(const char *word);
/* A move to a group. cgroup v1 is told by the `tasks` file, which moves a thread alone. */
void write_regroup(struct writer *w, const char *group);
/* sched_setattr and the rest, as the attributes of @line from word @from on ask for them. */
must_check bool write_attributes(struct writer *w, const struct tw_line *line, u32 from);

#endif
