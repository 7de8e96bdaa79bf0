/* SPDX-License-Identifier: MIT */
/*
 * Input, simulation or trace, observers, result: what `run`, `stat` and `replay` do.
 */
#include "run/job.h"

#include "run/policy.h"
#include "run/sim.h"
#include "xv6/xv6.h"
#include "trace/ftrace_read.h"
#include "trace/ftrace_write.h"

#include <errno.h>
#include <string.h>
#include <time.h>

void job_begin(struct job *job)
{
	*job = (struct job){.diag = diag_new()};
	arena_init(&job->arena);
	names_init(&job->names);
}

void job_end(struct job *job)
{
	if (job->observer)
		observer_free(job->observer);
	if (job->has_stream)
		stream_fini(&job->stream);
	names_fini(&job->names);
	text_fini(&job->yaml);
	file_text_fini(&job->input);
	arena_fini(&job->arena);
	diag_free(job->diag);
}

static void name_source(struct job *job, const char *path)
{
	job->source = diag_add_source(job->diag, strcmp(path, "-") ? path : "<stdin>",
				      job->input.at, job->input.len);
}

bool job_read(struct job *job, const char *path)
{
	if (!file_read(job->diag, path, &job->input))
		return false;
	name_source(job, path);
	return true;
}

void job_take_input(struct job *job, struct job *from, const char *path)
{
	job->input = from->input;
	from->input = (struct file_text){0};
	name_source(job, path);
}

/* "workloads/web.yaml" is called "web". */
static const char *base_name(struct job *job, const char *path)
{
	const char *slash = strrchr(path, '/'), *dot;

	if (!strcmp(path, "-"))
		return "stdin";
	if (slash)
		path = slash + 1;
	dot = strrchr(path, '.');
	return arena_strndup(&job->arena, path,
			     dot && dot > path ? (size_t)(dot - path) : strlen(path));
}

/* False if it surely is something else; that has been said then. */
static bool may_be_workload(struct job *job)
{
	if (input_is_foreign(job->diag, job->source, job->input.at, job->input.len))
		return false;
	if (input_recognise(job->input.at, job->input.len) != INPUT_FTRACE)
		return true;
	return diag_error(
		job->diag, (struct loc){.source = job->source},
		"this is a trace, not a workload: 'ossim stat' measures it, 'ossim replay' "
		"simulates its demand, 'ossim convert' writes that as a workload");
}

bool job_compile(struct job *job, const char *path, const struct job_options *options)
{
	if (!may_be_workload(job))
		return false;
	job->workload = scenario_compile(&job->arena, job->diag, job->source, base_name(job, path),
					 job->input.at, job->input.len, options->settings,
					 options->nr_settings);
	return job->workload && policy_check(job->diag, job->workload);
}

/*
 * A duration that is asked for is the window's: what comes before it is simulated besides. What is
 * none is told of by who reads it.
 */
static const struct setting *settings_of_window(struct job *job, const struct job_options *options)
{
	struct setting *settings = arena_array(&job->arena, struct setting, options->nr_settings);

	for (u32 i = 0; i < options->nr_settings; i++) {
		const char *error, *value = options->settings[i].value;
		struct text longer = {0};
		u64 ns;

		settings[i] = options->settings[i];
		if (strcmp(settings[i].path, "duration") ||
		    !parse_duration(value, strlen(value), 0, &ns, &error))
			continue;
		text_printf(&longer, "%" PRIu64 "ns", ns + min_of(job->lead_ns, UINT64_MAX - ns));
		settings[i].value = arena_strndup(&job->arena, longer.at, longer.len);
		text_fini(&longer);
	}
	return settings;
}

bool job_compile_rebuilt(struct job *job, const char *path, const struct job_options *options)
{
	u32 source = diag_add_source(job->diag, "rebuilt workload", job->yaml.at, job->yaml.len);
	const struct setting *settings =
		job->lead_ns ? settings_of_window(job, options) : options->settings;

	job->workload =
		scenario_compile(&job->arena, job->diag, source, base_name(job, path), job->yaml.at,
				 job->yaml.len, settings, options->nr_settings);
	return job->workload && policy_check(job->diag, job->workload);
}

bool job_rebuild(struct job *job, const struct replay_options *replay)
{
	return replay_rebuild(job->diag, job->source, job->input.at, job->input.len, replay,
			      &job->yaml, &job->lead_ns);
}

static u64 wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * SEC + (u64)now.tv_nsec;
}

static void start_observing(struct job *job, const struct job_options *options, u32 nr_cpus, u32 hz,
			    u64 end_ns)
{
	struct observer_config config = {
		.metrics = true,
		.digest = job->workload != NULL,
		.invariants = options->invariants,
		.timeline = options->timeline,
		.hz = hz,
		.end_ns = end_ns,
		.window =
			{
				.from_mark = options->from_mark,
				.to_mark = options->to_mark,
				.from = options->from_ns,
				.to = options->to_ns ? options->to_ns : NEVER,
			},
	};

	stream_init(&job->stream, &job->names, nr_cpus);
	job->has_stream = true;
	job->observer = observer_new(&config, nr_cpus);
	observer_attach(job->observer, &job->stream);
}

/* The event trace on its way to a file; nothing if none was asked for. */
struct trace_output {
	struct file_out file;
	struct ftrace_writer *writer;
};

static bool trace_output_open(struct job *job, const char *path, struct trace_output *out)
{
	const struct kernel *kernel = &job->workload->kernel;
	struct ftrace_format format = {
		.runtime_has_vruntime = kernel->trace_runtime_vruntime,
		.exit_has_group_dead = kernel->trace_exit_group_dead,
	};

	out->writer = NULL;
	if (!path)
		return true;
	if (!file_out_open(job->diag, path, &out->file))
		return false;
	out->writer = ftrace_writer_new(out->file.stream, &job->names,
					job->workload->platform.nr_cpus, format);
	stream_add_sink(&job->stream, ftrace_writer_sink(out->writer));
	return true;
}

static bool trace_output_close(struct job *job, const char *path, struct trace_output *out)
{
	bool written;

	if (!out->writer)
		return true;
	written = ftrace_writer_finish(out->writer);
	if (!written)
		diag_system(job->diag, "cannot write '%s': %s", path, strerror(errno));
	ftrace_writer_free(out->writer);
	if (written)
		return file_out_commit(job->diag, &out->file);
	file_out_abort(&out->file);
	return false;
}

static bool violated(struct job *job)
{
	const char *violation = observer_violation(job->observer);

	if (!violation)
		return false;
	job->failure = arena_printf(&job->arena, "invariant violated: %s", violation);
	return true;
}

#define X(name, what) +1
enum { NR_EXT_EVENTS = 0 EXT_EVENTS(X) };
#undef X

static const struct result_event *ext_events_of(struct arena *arena,
						const struct ossim_ext_events *events)
{
	struct result_event *found = arena_array(arena, struct result_event, NR_EXT_EVENTS);
	u32 nr = 0;

#define X(event, what) found[nr++] = (struct result_event){#event, events->event};
	EXT_EVENTS(X)
#undef X
	return found;
}

static void take_ext_report(struct job *job, const struct ext_report *report)
{
	struct arena *arena = &job->arena;
	bool failed = report->kind >= EXT_EXIT_ERROR, there = report->kind == EXT_EXIT_NONE;

	job->result.ext = (struct result_ext){
		.policy = arena_strdup(arena, report->name),
		.state = failed && !report->loaded ? "refused"
			 : failed                  ? "ejected"
			 : !there                  ? "unloaded"
			 : report->loaded          ? "loaded"
						   : "waiting",
		.partial = report->partial,
		.failed = failed,
		.kind = report->kind,
		.code = report->code,
		.reason = arena_strdup(arena, report->reason),
		.message = arena_strdup(arena, report->message),
		.dump = arena_strdup(arena, report->dump),
		.loaded_ns = report->loaded ? report->loaded_at : NEVER,
		.left_ns = there ? NEVER : report->left_at,
		.enqueues = report->counts.enqueues,
		.dispatches = report->counts.dispatches,
		.direct = report->counts.direct,
		.moved = report->counts.moved,
		.kept = report->counts.kept_last,
		.kicks = report->counts.kicks,
		.bypassed = report->counts.bypassed,
		.events = report->has_events ? ext_events_of(arena, &report->events) : NULL,
		.nr_events = NR_EXT_EVENTS,
	};
}

/* What the kernel would have written to its log. */
static void tell_rt_throttling(struct job *job, const struct sim *sim)
{
	char text[16];
	u32 cpu;
	u64 at = sim_rt_throttled_at(sim, &cpu);

	if (at == NEVER)
		return;
	format_duration(at, text);
	diag_warning(job->diag, (struct loc){0}, "sched: RT throttling activated (cpu %u, at %s)",
		     cpu, text);
}

/*
 * A run without an end would have failed for it. With one, who waits may be meant to: a server
 * without clients.
 */
static void tell_sleepers(struct job *job, struct sim *sim)
{
	const char *text = sim_sleepers(sim);

	if (text)
		diag_note(job->diag, (struct loc){0}, "at the end %s", text);
}

bool job_simulate(struct job *job, const struct job_options *options)
{
	const struct workload *workload = job->workload;
	struct trace_output trace;
	struct sim *sim;
	u64 start;
	bool ran;

	start_observing(job, options, workload->platform.nr_cpus, workload->platform.hz,
			workload->duration_ns == NEVER ? 0 : workload->duration_ns);
	if (!trace_output_open(job, options->trace_out, &trace))
		return false;
	sim = sim_new(workload, &job->stream, &job->names);
	start = wall_clock();
	ran = sim_run(sim);
	job->result = (struct result){
		.source = workload->name,
		.workload = workload,
		.version = options->version,
		.events = sim_events(sim),
		.wall_ns = wall_clock() - start,
	};
	if (sim_xv6(sim))
		job->result.slots_scanned = xv6_slots_scanned(sim_xv6(sim));
	if (sim_ext_report(sim))
		take_ext_report(job, sim_ext_report(sim));
	tell_rt_throttling(job, sim);
	tell_sleepers(job, sim);
	if (!ran) {
		job->failure = arena_strdup(&job->arena, sim_failure(sim));
		job->failure_loc = sim_failure_loc(sim);
	}
	sim_free(sim);
	job->result.metrics = observer_finish(job->observer);
	return trace_output_close(job, options->trace_out, &trace) && !violated(job) && ran;
}

void job_check_expectations(struct job *job)
{
	const struct job_options options = {0};
	const struct workload *workload = job->workload;
	struct sim *sim;

	if (!workload->nr_expects)
		return;
	start_observing(job, &options, workload->platform.nr_cpus, workload->platform.hz, 0);
	sim = sim_new(workload, &job->stream, &job->names);
	sim_free(sim);
	stream_flush(&job->stream);
	job->result = (struct result){
		.workload = workload,
		.only_begun = true,
		.metrics = observer_finish(job->observer),
	};
	expect_check_paths(&job->result, job->diag);
}

static bool marks_found(struct job *job, const struct job_options *options)
{
	const struct window *window = observer_window(job->observer);

	if (options->from_mark && !window->found_from)
		diag_error(job->diag, (struct loc){0}, "the trace has no mark '%s' (--from-mark)",
			   options->from_mark);
	if (options->to_mark && !window->found_to)
		diag_error(job->diag, (struct loc){0}, "the trace has no mark '%s' (--to-mark)",
			   options->to_mark);
	return !diag_errors(job->diag);
}

bool job_measure(struct job *job, const char *path, const struct job_options *options)
{
	u32 nr_cpus = trace_count_cpus(job->input.at, job->input.len);
	struct trace_facts facts = {0};

	if (!nr_cpus)
		return input_is_no_trace(job->diag, job->source, job->input.at, job->input.len);
	start_observing(job, options, nr_cpus, 0, 0);
	if (!ftrace_read(job->diag, job->source, job->input.at, job->input.len, &job->stream,
			 &facts))
		return false;
	stream_flush(&job->stream);
	job->result = (struct result){
		.source = path,
		.recorded = true,
		.version = options->version,
		.metrics = observer_finish(job->observer),
		.lost_marks = facts.nr_lost_marks,
		.lost_events = facts.nr_lost_events,
		.bad_lines = facts.nr_bad_lines,
		.disordered = facts.nr_disordered,
		.mended = facts.nr_mended,
		.other_events = facts.nr_other,
		.first_ns = facts.first_ns,
		.state_era = facts.state_era,
		.microseconds = facts.microseconds,
	};
	return marks_found(job, options);
}
