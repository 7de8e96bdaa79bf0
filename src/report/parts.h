/* SPDX-License-Identifier: MIT */
/* Pieces of the JSON document, for those who need only one of them. Private to report/. */
#ifndef OSSIM_REPORT_PARTS_H
#define OSSIM_REPORT_PARTS_H

#include "report/report.h"

/* A key of the document's top level; @make returns NULL if this result does not have it. */
struct section {
	const char *name;
	json_t *(*make)(const struct result *result);
	bool timing; /* not reproducible: only if asked for */
};

extern const struct section sections[];
extern const u32 nr_sections;

/* Sums and distributions over @window_ns as tasks and comms have them, appended to @object. */
void part_sums(json_t *object, const struct task_sums *sums);
void part_share(json_t *object, const struct task_sums *sums, u64 window_ns);
void part_dists(json_t *object, struct hist *const dists[NR_METRIC_DISTS]);
json_t *part_task(const struct metrics *metrics, const struct task_metrics *task);
json_t *part_cpu(const struct metrics *metrics, u32 cpu);

void task_sums_join(struct task_sums *into, const struct task_sums *from);
/* Millionths of @whole_ns, rounded to nearest; 0 if there is no whole. */
u64 share_ppm(u64 part_ns, u64 whole_ns);

#endif
