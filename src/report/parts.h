/* SPDX-License-Identifier: MIT */
/* Pieces of the JSON document, for those who need only one of them. Private to report/. */
#ifndef OSSIM_REPORT_PARTS_H
#define OSSIM_REPORT_PARTS_H

#include "report/json.h"
#include "report/report.h"

/* A key of the document's top level. */
struct section {
	const char *name;
	bool (*has)(const struct result *result); /* NULL: every result has it */
	void (*write)(struct json_writer *writer, const char *key, const struct result *result);
	bool timing; /* not reproducible: only if asked for */
};

extern const struct section sections[];
extern const u32 nr_sections;

/* Whole objects; @key as for json_begin(). */
void write_task(struct json_writer *writer, const char *key, const struct metrics *metrics,
		const struct task_metrics *task);
void write_comm(struct json_writer *writer, const char *key, const struct metrics *metrics,
		const struct comm_metrics *comm);
void write_queue(struct json_writer *writer, const char *key, const struct metrics *metrics,
		 u32 queue);
void write_group(struct json_writer *writer, const char *key, const struct metrics *metrics,
		 u32 group);
void write_cpu(struct json_writer *writer, const char *key, const struct metrics *metrics, u32 cpu);

/* Millionths of @whole_ns, rounded to nearest; 0 if there is no whole. */
u64 share_ppm(u64 part_ns, u64 whole_ns);

#endif
