/* SPDX-License-Identifier: MIT */
/* docs/schema/: what explanations and lists of knobs are written as. */
#include "compiled.h"
#include "input/doc.h"
#include "schema_check.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "report/knobs.h"
#include "run/explain.h"

static const char workload[] =
	"duration: 60ms\nseed: 7\nmachine: {cpus: 4, hz: 1000}\n"
	"tasks:\n"
	"- {name: web, count: 6, program: {loop: [{run: {exponential: {mean: 300us}}},"
	" {sleep: {exponential: {mean: 500us}}}]}}\n"
	"- {name: pinned, affinity: 1, program: {loop: [{run: 400us}, {sleep: 1ms}]}}\n"
	"- {name: hog, count: 3, nice: 3, program: {loop: [{run: 7ms}]}}\n"
	"- {name: rt, policy: rr, priority: 5, program: {loop: [{run: 200us}, {sleep: 3ms}]}}\n"
	"- {name: low, policy: idle, program: {loop: [{run: 5ms}]}}\n"
	"- {name: edf, policy: deadline, runtime: 1ms, deadline: 9ms,"
	" program: {loop: [{run: 2ms}]}}\n"
	"- {name: member, group: limited, count: 2, program: {loop: [{run: 3ms}, {sleep: 1ms}]}}\n"
	"groups: {limited: {max: 9ms/20ms}}\n";

static void check_document(const struct doc_node *schema, const char *kernel,
			   struct explain_request request)
{
	struct setting set = {.path = "kernel", .value = kernel};
	struct text document = {0}, why = {0};
	struct doc_node *root;
	struct explain *explain;
	struct arena arena;
	struct job job;

	job_begin(&job);
	arena_init(&arena);
	job.workload = scenario_compile(&job.arena, job.diag, 0, "test", workload, strlen(workload),
					&set, 1);
	diag_print(job.diag, stderr);
	cr_assert_not_null(job.workload);
	explain = explain_new(&job, &request);
	cr_assert_not_null(explain);
	explanation_json(explain_result(explain), &document);
	cr_assert(doc_parse(&arena, job.diag, 0, document.at, document.len, 0, &root));
	cr_expect(schema_accepts(schema, root, &why), "%s, %s at %" PRIu64 ": %s", kernel,
		  request.task ? request.task : "a moment", request.at, why.at);
	explain_free(explain);
	text_fini(&document);
	text_fini(&why);
	arena_fini(&arena);
	job_end(&job);
}

struct loaded {
	struct arena arena;
	struct diag *diag;
	struct file_text file;
	struct doc_node *schema;
};

static struct loaded load(const char *name)
{
	const char *folder = getenv("top_srcdir");
	struct loaded l = {.diag = diag_new()};
	char path[4096];

	snprintf(path, sizeof(path), "%s/docs/schema/%s.schema.json", folder ? folder : ".", name);
	arena_init(&l.arena);
	cr_assert(file_read(l.diag, path, &l.file), "%s", path);
	cr_assert(doc_parse(&l.arena, l.diag, 0, l.file.at, l.file.len, 0, &l.schema));
	return l;
}

static void loaded_fini(struct loaded *l)
{
	file_text_fini(&l->file);
	arena_fini(&l->arena);
	diag_free(l->diag);
}

Test(explain_schema, documents_of_moments_and_delays_keep_it)
{
	static const char *const rows[] = {"v6.1", "v6.12", "v6.18"};
	static const char *const tasks[] = {"web1", "pinned", "hog2",   "rt",
					    "low",  "edf",    "member0"};
	struct loaded l = load("explain");

	for (u32 k = 0; k < ARRAY_SIZE(rows); k++) {
		for (u64 ms = 0; ms <= 60; ms += 3)
			check_document(l.schema, rows[k],
				       (struct explain_request){.at = ms * MSEC,
								.cpu = EXPLAIN_ALL_CPUS});
		for (u32 t = 0; t < ARRAY_SIZE(tasks); t++)
			check_document(l.schema, rows[k],
				       (struct explain_request){.task = tasks[t],
								.at = NEVER,
								.cpu = EXPLAIN_ALL_CPUS});
	}
	loaded_fini(&l);
}

Test(explain_schema, lists_of_knobs_keep_theirs)
{
	struct loaded l = load("knobs");

	for (u32 k = 0; k < nr_kernels; k++) {
		struct text document = {0}, why = {0};
		struct doc_node *root;
		struct arena arena;

		arena_init(&arena);
		knobs_json(&kernels[k], 8, &document);
		cr_assert(doc_parse(&arena, l.diag, 0, document.at, document.len, 0, &root));
		cr_expect(schema_accepts(l.schema, root, &why), "%s: %s", kernels[k].name, why.at);
		text_fini(&document);
		text_fini(&why);
		arena_fini(&arena);
	}
	loaded_fini(&l);
}
