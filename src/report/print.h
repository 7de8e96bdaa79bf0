/* SPDX-License-Identifier: MIT */
/* What tables have in common: cells, styles, the lines above them. Private to report/. */
#ifndef OSSIM_REPORT_PRINT_H
#define OSSIM_REPORT_PRINT_H

#include "report/report.h"

enum { CELL_MAX = 32, WIDTH_DEFAULT = 130, TABLE_ROWS_MAX = 40 };

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_WARNING };

/* The terminal's sequence for it; "" if there shall be no colour. */
const char *style(bool colour, enum style which);

void print_duration(char cell[CELL_MAX], u64 ns);
/* With one decimal; "-" if there is no whole. */
void print_percent(char cell[CELL_MAX], u64 part, u64 whole);
/* "-" if there are no samples. */
void print_quantile(char cell[CELL_MAX], const struct hist *hist, u32 per_100k);

/* Whose numbers these are, and how good a recording is. */
void print_headline(const struct result *result, FILE *out, bool colour);
void print_quality(const struct result *result, FILE *out, bool colour);

/*
 * text_parts.c: what there is besides tasks. Groups and queues only if there are any; the busiest
 * queues first.
 */
void print_cpus(const struct metrics *m, FILE *out, bool colour);
void print_task_groups(const struct metrics *m, FILE *out, bool colour);
void print_wait_queues(const struct metrics *m, FILE *out, bool colour);

#endif
