/* SPDX-License-Identifier: MIT */
/*
 * Names and sentences that the text and the document of an explanation share. Private to report/.
 */
#ifndef OSSIM_REPORT_EXPLANATION_WORDS_H
#define OSSIM_REPORT_EXPLANATION_WORDS_H

#include "base/text.h"
#include "report/explanation.h"

enum { WHO_MAX = 32 };

/* "idle", a comm, or comm:pid where several tasks are called so. */
const char *explain_who(const struct explanation *e, u32 task, char buf[WHO_MAX]);
/* A task group by its number, which counts from 1. */
const char *explain_group(const struct explanation *e, u32 number);
/* The task of a candidate; a group's entity is "/name". */
const char *explain_candidate(const struct explanation *e, const struct candidate *c,
			      char buf[WHO_MAX]);

extern const char *const explain_classes[];     /* by enum class_id */
extern const char *const explain_idle[];        /* by enum decision_idle */
extern const char *const explain_migrate[];     /* by decision_balance.migrate: what is moved */
extern const char *const explain_start[];       /* by enum delay_start */
extern const char *const explain_queues[];      /* by enum candidate_queue */
extern const char *const explain_missed[];      /* by enum missed_why: names in the document */
extern const char *const explain_missed_text[]; /* the same as clauses */

/* "12.3", "-0.000001": ms with as many decimals as are needed. */
void explain_ms(struct text *out, s64 ns);
/* One decision as a sentence without a full stop, for lists. */
void explain_sentence(const struct explanation *e, const struct decision *d, struct text *out);

#endif
