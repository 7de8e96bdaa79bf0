/* SPDX-License-Identifier: MIT */
/* One simulation of a workload's text. */
#include "run.h"

#include <string.h>

#include "run/job.h"
#include "run/sim.h"
#include "trace/ftrace_write.h"

struct mark_finder {
	const struct names *names;
	u64 start_ns;
	bool found, ended; /* TW_START has come; so has TW_END */
};

static void find_mark(void *self, const struct record *batch, size_t count)
{
	struct mark_finder *finder = self;

	for (size_t i = 0; i < count; i++) {
		const char *mark;

		if (batch[i].kind != RECORD_MARK)
			continue;
		mark = names_text(finder->names, (u32)batch[i].value);
		finder->ended |= !strcmp(mark, "TW_END");
		if (finder->found || strcmp(mark, "TW_START"))
			continue;
		finder->start_ns = batch[i].when;
		finder->found = true;
	}
}

/* The window of a run that was over before its main task came to mark the end. */
static void mark_end(struct sim *sim, struct stream *stream, struct names *names)
{
	stream_put(stream, (struct record){.when = sim_now(sim),
					   .kind = RECORD_MARK,
					   .value = names_intern_str(names, "TW_END")});
	stream_flush(stream);
}

/* Who looks on. */
struct watch {
	struct mark_finder finder;
	struct ftrace_writer *writer; /* NULL: no trace is wanted */
	struct course **course;       /* likewise */
};

static struct ftrace_writer *writer_of(const struct job *job, FILE *out)
{
	const struct kernel *kernel = &job->workload->kernel;

	return ftrace_writer_new(out, &job->names, job->workload->platform.nr_cpus,
				 (struct ftrace_format){
					 .runtime_has_vruntime = kernel->trace_runtime_vruntime,
					 .exit_has_group_dead = kernel->trace_exit_group_dead,
				 });
}

static void watch(struct watch *w, struct job *job, FILE *out, struct course **course)
{
	stream_init(&job->stream, &job->names, job->workload->platform.nr_cpus);
	job->has_stream = true;
	w->finder.names = &job->names;
	stream_add_sink(&job->stream, (struct sink){.self = &w->finder,
						    .wants = RECORD_BIT(MARK),
						    .take = find_mark});
	if (out) {
		w->writer = writer_of(job, out);
		stream_add_sink(&job->stream, ftrace_writer_sink(w->writer));
	}
	w->course = course;
	if (course) {
		*course = course_new(&job->names);
		stream_add_sink(&job->stream, course_sink(*course));
	}
}

/* False: the run has failed, or TW_START did not come. */
static bool simulate(struct watch *w, struct job *job, const char *name)
{
	struct sim *sim = sim_new(job->workload, &job->stream, &job->names);
	bool good = sim_run(sim);

	if (!good)
		fprintf(stderr, "%s: %s\n", name, sim_failure(sim));
	good = good && w->finder.found;
	if (good && (w->writer || w->course) && !w->finder.ended)
		mark_end(sim, &job->stream, &job->names);
	if (w->course)
		course_end(*w->course);
	if (w->writer) {
		good = ftrace_writer_finish(w->writer) && good;
		ftrace_writer_free(w->writer);
	}
	sim_free(sim);
	return good;
}

bool run_yaml(const struct text *yaml, const char *name, FILE *out, struct course **course,
	      u64 *start_ns)
{
	struct watch w = {0};
	struct job job;
	bool good = false;
	u32 source;

	job_begin(&job);
	source = diag_add_source(job.diag, name, yaml->at, yaml->len);
	job.workload =
		scenario_compile(&job.arena, job.diag, source, name, yaml->at, yaml->len, NULL, 0);
	if (job.workload) {
		watch(&w, &job, out, course);
		good = simulate(&w, &job, name);
	}
	if (diag_errors(job.diag))
		diag_print(job.diag, stderr);
	*start_ns = w.finder.start_ns;
	job_end(&job);
	return good;
}
