/* SPDX-License-Identifier: MIT */
/* A trace becomes a workload: read, collect, judge, write. */
#include "input/replay.h"

#include "trace/ftrace_read.h"

#include <inttypes.h>

/* A message about the whole input. */
static struct loc whole(u32 source)
{
	return (struct loc){.source = source};
}

/* Of the trace: nobody asked for less. */
static bool is_all(const struct window *w)
{
	return !w->from && w->to == NEVER && !w->from_mark && !w->to_mark;
}

static bool window_is_good(struct diag *diag, u32 source, const struct replay *replay)
{
	const struct window *w = &replay->window;
	bool tasks = false;

	if (w->from_mark && !w->found_from)
		return diag_error(diag, whole(source), "the trace has no mark '%s' (--from-mark)",
				  w->from_mark);
	if (w->to_mark && !w->found_to)
		return diag_error(diag, whole(source), "the trace has no mark '%s' (--to-mark)%s",
				  w->to_mark, w->from_mark ? " after the first" : "");
	if (!w->found_from || replay->to <= replay->from + replay->lead)
		return diag_error(diag, whole(source), "%s",
				  is_all(w) ? "no time passes in the trace"
					    : "the window holds no time of the trace");
	for (u32 i = 0; i < replay->tasks.len; i++)
		tasks = tasks ||
			(replay->tells_switches && replay_is_written(replay, &replay->tasks.at[i]));
	if (!tasks)
		return diag_error(diag, whole(source),
				  "nobody runs in the window: there is nothing "
				  "to simulate");
	return true;
}

static void tell_quality(struct diag *diag, u32 source, const struct replay *replay)
{
	if (replay->nr_lost)
		diag_note(diag, whole(source),
			  "events are missing in %" PRIu64
			  " place%s of the window: what happened there is bridged, not rebuilt",
			  replay->nr_lost, replay->nr_lost == 1 ? "" : "s");
	if (replay_lacks_wakeups(replay))
		diag_note(
			diag, whole(source),
			"the trace has no wakeups (sched_waking or sched_wakeup): who waits for whom is not known, and every sleep is as long as it "
			"was until the task had a cpu again");
	if (replay->groups.len)
		diag_note(
			diag, whole(source),
			"tasks got other parts of their cpu than their nice values would give them: groups that are estimated from that, by weight or quota: %u "
			"(see docs/replay.md)",
			replay->groups.len);
	if (replay->nr_idlers)
		diag_note(
			diag, whole(source),
			"tasks got next to nothing beside others, and are taken to be of the idle policy: %u (see docs/replay.md)",
			replay->nr_idlers);
	if (replay->nr_estimated)
		diag_note(
			diag, whole(source),
			"a trace does not tell the runtimes and periods of deadline tasks: those of %u are estimated (see docs/replay.md)",
			replay->nr_estimated);
	if (replay->nr_deadline > replay->nr_estimated)
		diag_note(
			diag, whole(source),
			"deadline tasks that are simulated as fifo of the highest priority, as the trace does not show runtimes "
			"and periods that would be admitted: %u",
			replay->nr_deadline - replay->nr_estimated);
}

static bool read_trace(struct diag *diag, u32 source, const char *trace, size_t len,
		       struct replay *replay)
{
	struct trace_facts facts = {0};
	struct stream stream;
	bool good;

	stream_init(&stream, &replay->names, replay->nr_cpus);
	stream_add_sink(&stream, replay_sink(replay));
	good = ftrace_read(diag, source, trace, len, &stream, &facts);
	stream_flush(&stream);
	stream_fini(&stream);
	return good;
}

bool replay_rebuild(struct diag *diag, u32 source, const char *trace, size_t len,
		    const struct replay_options *options, struct text *yaml, u64 *lead)
{
	u32 nr_cpus = trace_count_cpus(trace, len);
	struct replay replay;
	bool good;

	if (!nr_cpus)
		return input_is_no_trace(diag, source, trace, len);
	replay_init(&replay, nr_cpus);
	replay_window_set(&replay, options, trace, len);
	good = read_trace(diag, source, trace, len, &replay) &&
	       window_is_good(diag, source, &replay);
	if (good) {
		replay_hotplug_end(&replay);
		(void)replay_ticks(&replay, &replay.grid);
		replay_costs_learn(&replay);
		replay_yields(&replay);
		replay_deadlines(&replay, options);
		replay_groups(&replay);
		tell_quality(diag, source, &replay);
		replay_judge(&replay);
		replay_circles(&replay);
		replay_cycles(&replay);
		replay_costs_learn_judged(&replay);
		replay_order(&replay);
		replay_write(&replay, options, yaml);
		*lead = replay.lead;
	}
	replay_fini(&replay);
	return good;
}
