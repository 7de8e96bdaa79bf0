/* SPDX-License-Identifier: MIT */
/* Runs a workload again, as far as is needed, and looks on. */
#include "run/explain.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "run/sim.h"

struct explain {
	struct job *job;
	struct explain_request request;
	struct explanation result;
	struct roster roster;
	vec_of(u32) group_names;
	struct moment moment;
	struct breakdown wait;
	bool has_moment, has_wait;
};

/* ---- One run ---- */

struct pass {
	struct stream stream;
	struct sim *sim;
};

static void pass_begin(struct pass *pass, struct job *job, struct sink sink)
{
	stream_init(&pass->stream, &job->names, job->workload->platform.nr_cpus);
	stream_add_sink(&pass->stream, sink);
}

/* After all sinks were added. */
static void pass_start(struct pass *pass, struct job *job)
{
	pass->sim = sim_new(job->workload, &pass->stream, &job->names);
}

static void pass_end(struct pass *pass)
{
	sim_free(pass->sim);
	stream_fini(&pass->stream);
}

/* Up to @when, with what happens then. False: the run ended before, with a diagnosis. */
static bool pass_advance(struct pass *pass, u64 when)
{
	bool goes_on = sim_advance(pass->sim, when + 1);

	stream_flush(&pass->stream);
	return goes_on;
}

/* ---- Which delay ---- */

enum { SEARCH_STEP = 10 * MSEC };

static u64 end_of(const struct job *job)
{
	return job->workload->duration_ns;
}

/* Who waits at the moment in question is followed until it runs. */
static void search_on(struct pass *pass, struct delay_finder *finder, u64 end)
{
	bool goes_on = true;

	while (goes_on && finder->nr_waiting && sim_now(pass->sim) < end)
		goes_on = pass_advance(pass, min_of(sim_now(pass->sim) + SEARCH_STEP, end) - 1);
}

static void search(struct explain *e, struct delay_finder *finder)
{
	struct pass pass;

	pass_begin(&pass, e->job, delay_finder_sink(finder));
	pass_start(&pass, e->job);
	if (e->request.at == NEVER)
		(void)!sim_run(pass.sim);
	else if (pass_advance(&pass, e->request.at))
		search_on(&pass, finder, end_of(e->job));
	delay_finder_end(finder, min_of(sim_now(pass.sim), end_of(e->job)));
	pass_end(&pass);
}

static bool find_delay(struct explain *e)
{
	struct delay_finder finder;
	bool known;

	delay_finder_init(&finder, e->request.task, e->request.at, &e->job->names);
	search(e, &finder);
	known = delay_finder_knows(&finder);
	if (!known) {
		const char *best = delay_finder_suggest(&finder);

		diag_error(e->job->diag, (struct loc){.source = e->job->source},
			   "no task is called '%s'%s%s%s%s", e->request.task,
			   e->request.at == NEVER ? "" : " until then",
			   best ? " (did you mean '" : "", best ? best : "", best ? "'?)" : "");
	} else if (finder.any) {
		e->has_wait = true;
		breakdown_init(&e->wait, &finder.found, e->job->workload->platform.nr_cpus);
	}
	delay_finder_fini(&finder);
	return known;
}

/* ---- What was decided ---- */

static void take_group(struct explain *e, const struct record *r)
{
	while (e->group_names.len <= r->task)
		vec_push(&e->group_names, 0);
	e->group_names.at[r->task] = (u32)r->value;
}

/* Who is who. */
static void take_names(void *self, const struct record *batch, size_t count)
{
	struct explain *e = self;

	for (size_t i = 0; i < count; i++) {
		roster_take(&e->roster, &batch[i]);
		if (batch[i].kind == RECORD_GROUP)
			take_group(e, &batch[i]);
	}
}

static void take_decision(void *self, const struct decision *decision)
{
	struct explain *e = self;

	if (e->has_wait)
		breakdown_take(&e->wait, decision);
	if (e->has_moment)
		moment_take(&e->moment, decision);
}

static void look(struct explain *e)
{
	u64 until = 0;
	struct pass pass;

	pass_begin(&pass, e->job,
		   (struct sink){
			   .self = e,
			   .wants = ROSTER_WANTS | RECORD_BIT(GROUP),
			   .take = take_names,
		   });
	if (e->has_wait)
		stream_add_sink(&pass.stream, breakdown_sink(&e->wait));
	pass_start(&pass, e->job);
	sim_tell_decisions(pass.sim, (struct decision_sink){.self = e, .take = take_decision});
	if (e->has_moment)
		until = e->moment.at;
	if (e->has_wait)
		until = max_of(until, e->wait.delay.to);
	(void)!pass_advance(&pass, until);
	pass_end(&pass);
	if (e->has_wait)
		breakdown_finish(&e->wait);
}

/* ---- The request ---- */

/* A run without a duration ends with its last task: when that is, a run tells. */
static u64 find_end(struct job *job)
{
	struct delay_finder nobody;
	struct pass pass;
	u64 end;

	if (end_of(job) != NEVER)
		return end_of(job);
	delay_finder_init(&nobody, "", NEVER, &job->names);
	pass_begin(&pass, job, delay_finder_sink(&nobody));
	pass_start(&pass, job);
	(void)!sim_run(pass.sim);
	end = sim_now(pass.sim);
	pass_end(&pass);
	delay_finder_fini(&nobody);
	return end;
}

static bool request_is_good(struct job *job, const struct explain_request *request)
{
	u32 nr_cpus = job->workload->platform.nr_cpus;
	char at[16], end[16];
	u64 ends;

	if (request->cpu != EXPLAIN_ALL_CPUS && request->cpu >= nr_cpus)
		return diag_error(job->diag, (struct loc){.source = job->source},
				  "--cpu %u: the machine has cpus 0..%u", request->cpu,
				  nr_cpus - 1);
	if (request->at == NEVER)
		return true;
	ends = find_end(job);
	if (request->at <= ends)
		return true;
	format_duration(request->at, at);
	format_duration(ends, end);
	return diag_error(job->diag, (struct loc){.source = job->source},
			  "--at %s is past the end: the run takes %s", at, end);
}

/* With a task and no cpu, the cpu where the task waited (or ran) at that moment. */
static u32 moments_cpu(const struct explain *e)
{
	u32 cpu = e->request.cpu;

	if (cpu != EXPLAIN_ALL_CPUS || !e->has_wait || !e->wait.pieces.len)
		return cpu;
	for (u32 i = 0; i < e->wait.pieces.len; i++)
		if (e->wait.pieces.at[i].from <= e->request.at)
			cpu = e->wait.pieces.at[i].cpu;
	return cpu;
}

struct explain *explain_new(struct job *job, const struct explain_request *request)
{
	struct explain *e;

	if (job->workload->model != MODEL_LINUX) {
		diag_error(job->diag, (struct loc){0},
			   "only the Linux machine is explained, not %s",
			   workload_model_names[job->workload->model]);
		return NULL;
	}
	if (!request_is_good(job, request))
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		die("out of memory to explain");
	e->job = job;
	e->request = *request;
	roster_init(&e->roster);
	if (request->at != NEVER) {
		e->has_moment = true;
		moment_init(&e->moment, request->at, job->workload->platform.nr_cpus);
	}
	if (request->task && !find_delay(e)) {
		explain_free(e);
		return NULL;
	}
	look(e);
	e->result = (struct explanation){
		.workload = job->workload,
		.roster = &e->roster,
		.names = &job->names,
		.group_names = e->group_names.at,
		.nr_groups = e->group_names.len,
		.moment = e->has_moment ? &e->moment : NULL,
		.cpu = moments_cpu(e),
		.task = request->task,
		.wait = e->has_wait ? &e->wait : NULL,
	};
	return e;
}

void explain_free(struct explain *e)
{
	if (!e)
		return;
	if (e->has_moment)
		moment_fini(&e->moment);
	if (e->has_wait)
		breakdown_fini(&e->wait);
	roster_fini(&e->roster);
	vec_fini(&e->group_names);
	free(e);
}

const struct explanation *explain_result(const struct explain *e)
{
	return &e->result;
}
