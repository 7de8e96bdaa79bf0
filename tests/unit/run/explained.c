/* SPDX-License-Identifier: MIT */
#include "explained.h"

#include <criterion/criterion.h>
#include <string.h>

bool explained_try(struct explained *x, const char *yaml, const char *const *settings,
		   struct explain_request request)
{
	static char texts[16][96];
	static struct setting set[16];
	struct job_options options = {.settings = set};

	job_begin(&x->job);
	for (u32 n = 0; settings && settings[n]; n++) {
		char *equals;

		snprintf(texts[n], sizeof(texts[n]), "%s", settings[n]);
		equals = strchr(texts[n], '=');
		*equals = '\0';
		set[n] = (struct setting){.path = texts[n], .value = equals + 1};
		options.nr_settings = n + 1;
	}
	x->job.workload =
		scenario_compile(&x->job.arena, x->job.diag,
				 diag_add_source(x->job.diag, "test", yaml, strlen(yaml)), "test",
				 yaml, strlen(yaml), options.settings, options.nr_settings);
	if (!x->job.workload)
		diag_print(x->job.diag, stderr);
	cr_assert(x->job.workload, "the scenario does not compile");
	x->explain = explain_new(&x->job, &request);
	x->what = x->explain ? explain_result(x->explain) : NULL;
	return x->explain != NULL;
}

void explained_fini(struct explained *x)
{
	explain_free(x->explain);
	job_end(&x->job);
}

const char *explained_comm(const struct explained *x, u32 task)
{
	const struct roster_entry *entry = roster_get(x->what->roster, task);

	return entry ? names_text(x->what->names, entry->comm) : "?";
}

const struct candidate *explained_candidate(const struct explained *x, const struct decision *d,
					    const char *name)
{
	for (u32 i = 0; i < d->nr_candidates; i++)
		if (!strcmp(explained_comm(x, d->candidates[i].task), name))
			return &d->candidates[i];
	cr_assert_fail("%s is no candidate", name);
	return NULL;
}

void explained_expect_rule(const char *yaml, const char *const *settings, u64 at, const char *next,
			   enum decision_rule rule)
{
	const struct decision *d;
	struct explained x;

	cr_assert(explained_try(&x, yaml, settings, (struct explain_request){.at = at, .cpu = 0}));
	d = &x.what->moment->cpus[0].pick.decision;
	cr_expect_str_eq(explained_comm(&x, d->task), next);
	cr_expect_eq(d->rule, rule, "%s", decision_rule_names[d->rule]);
	explained_fini(&x);
}

const char explained_three_hogs[] =
	"duration: 100ms\nmachine: {cpus: 8, hz: 250, costs: zero}\n"
	"tasks:\n"
	"- {name: A, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	"- {name: B, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	"- {name: C, affinity: 0, birth: woken, nice: 5, program: [{loop: [{run: 1s}]}]}\n";

const char explained_busy[] =
	"duration: 60ms\nseed: 7\nmachine: {cpus: 4, hz: 1000}\n"
	"tasks:\n"
	"- {name: web, count: 6, program: {loop: [{run: {exponential: {mean: 300us}}},"
	" {sleep: {exponential: {mean: 500us}}}]}}\n"
	"- {name: hog, count: 3, nice: 3, program: {loop: [{run: 7ms}]}}\n"
	"- {name: rt, policy: rr, priority: 5, program: {loop: [{run: 200us}, {sleep: 3ms}]}}\n"
	"- {name: low, policy: idle, program: {loop: [{run: 5ms}]}}\n";
