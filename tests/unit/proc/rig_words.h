/* SPDX-License-Identifier: MIT */
/*
 * How the rig reads programs and writes lines (rig.h tells both). A word is cut up where it stands,
 * and what was read from it points into it; what is wrong in it fails the test.
 */
#ifndef OSSIM_TESTS_PROC_RIG_WORDS_H
#define OSSIM_TESTS_PROC_RIG_WORDS_H

#include "rig.h"

/* Adds the op that @statement tells to the program that is being built; none if it is empty. */
void rig_statement(struct rig *rig, char *statement);
/* A sink of records: lines of those of the rig's kinds. */
void rig_take(void *self, const struct record *batch, size_t count);

/* Each reads a word of one kind of operand: of tasks, signals, waits and times (rig_words.c), */
struct sched_attr policy_of(const char *word);
void put_trace_events(struct op_operands *operands, char *word);
void put_sigset(struct op_operands *operands, char *word);
void put_action(struct op_operands *operands, char *word);
void put_wait(struct op_operands *operands, char *word);
void put_queue(struct op_operands *operands, char *word);
void put_wake(struct op_operands *operands, char *word);
void put_clone(struct rig *rig, struct op_operands *operands, char *word);
void put_timer(struct op_operands *operands, char *word);
void put_own_timer(struct op_operands *operands, char *word);
void put_freeze(struct op_operands *operands, const char *word);
void put_signal(struct op_operands *operands, char *word);
void put_kernel_wait(struct op_operands *operands, char *word);

/* or of files, messages and futexes (rig_files.c). */
void put_message(struct rig *rig, struct op_operands *operands, char letter, char **save);
void put_socket(struct op_operands *operands, char *word);
void put_watch(struct op_operands *operands, char *word);
void put_files(struct rig *rig, struct op_operands *operands, char *word, const char *time);
void put_epoll(struct op_operands *operands, char *word);
void put_words(struct rig *rig, struct op_operands *operands, char *word);
void put_futex(struct op_operands *operands, char *word);

#endif
