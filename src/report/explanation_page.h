/* SPDX-License-Identifier: MIT */
/* What the parts of a printed explanation share. Private to report/. */
#ifndef OSSIM_REPORT_EXPLANATION_PAGE_H
#define OSSIM_REPORT_EXPLANATION_PAGE_H

#include "report/explanation_words.h"
#include "report/print.h"

struct page {
	const struct explanation *e;
	FILE *out;
	bool colour;
};

/*
 * @text and a new line, broken between words at 80 columns; the output stands at @column, and what
 * follows the first line is indented by @indent.
 */
void page_wrapped(const struct page *page, const char *text, u32 column, u32 indent);
/* "12.3": ms with as many decimals as are needed. */
void page_ms(const struct page *page, s64 ns);
/* "    12.300000": ms in a column behind a blank. @sign: with a plus, too. */
void page_column(const struct page *page, int width, s64 ns, bool sign);
/* The candidates of a PREEMPT that weighed some; else nothing. */
void page_weighing(const struct page *page, const struct decision *d);

/* In explanation_delay.c. */
void page_delay(const struct page *page);

#endif
