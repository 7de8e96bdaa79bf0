/* SPDX-License-Identifier: MIT */
/*
 * The part of the trace that is rebuilt: the window, and some time before it.
 *
 * What tasks have saved up when a window begins (lags, virtual runtimes, the phases of their
 * timers) no trace tells, and another kernel would have had them save up something else. What they
 * did to get there is told, if the trace began before the window: so that is rebuilt, too, and the
 * simulation has a history of its own.
 */
#include "input/replay_collect.h"

#include "trace/ftrace_read.h"

static void open_window(struct replay *replay, u64 when)
{
	replay->open = true;
	replay->from = when;
	for (u32 cpu = 0; cpu < replay->nr_cpus; cpu++)
		replay->cpus[cpu].since = max_of(replay->cpus[cpu].since, when);
	for (u32 i = 0; i < replay->tasks.len; i++) {
		struct replay_task *task = &replay->tasks.at[i];

		task->since = when;
		task->ready_since = max_of(task->ready_since, when);
		task->toll = (struct replay_toll){0};
		task->comm = task->comm_now;
		task->renamed_at = REPLAY_NONE;
		task->pending = REPLAY_NONE;
		if (task->status == STATUS_RUNNING || task->status == STATUS_READY)
			replay_appear(task, ORIGIN_PRESENT, 0);
		if (task->status == STATUS_RUNNING)
			replay_runs_first(replay, task, task->last_cpu, when);
	}
}

static void close_window(struct replay *replay, u64 when)
{
	for (u32 i = 0; i < replay->tasks.len; i++) {
		replay_account(replay, &replay->tasks.at[i], when);
		replay_was_blocked(replay, &replay->tasks.at[i]);
	}
	replay_bound_end(replay, when);
	replay->to = when;
	replay->open = false;
	replay->closed = true;
}

/* The mark is written in the simulation, too. */
static void write_mark(struct replay *replay, const struct record *r)
{
	if (r->task != TASK_ID_NONE && !replay_task_at(replay, r->task)->apart)
		replay_add_step(replay, replay_running(replay, r->task, r->cpu, r->when), STEP_MARK,
				r->when, (u32)r->value);
}

static bool is_mark(const struct replay *replay, const struct record *r, const char *mark)
{
	return r->kind == RECORD_MARK && window_is_mark(&replay->names, r, mark);
}

static void begin_window(struct replay *replay, const struct record *r)
{
	struct window *w = &replay->window;

	w->found_from = true;
	if (w->from_mark)
		w->from = r->when;
	if (!replay->open)
		open_window(replay, w->from);
	else if (w->from_mark)
		write_mark(replay, r);
	replay->lead = w->from - replay->from;
}

/* A window between marks holds all that happens at the moment of its last mark; times do not. */
void replay_window_pass(struct replay *replay, const struct record *r)
{
	struct window *w = &replay->window;

	if (replay->closed)
		return;
	if (replay->open && w->found_to && r->when > w->to)
		close_window(replay, w->to);
	else if (replay->open && !w->to_mark && r->when >= w->to)
		close_window(replay, w->to);
	if (replay->closed)
		return;
	if (!replay->open && r->when >= replay->begin)
		open_window(replay, replay->begin);
	if (!w->found_from &&
	    (w->from_mark ? is_mark(replay, r, w->from_mark) : r->when >= w->from))
		begin_window(replay, r);
	if (w->found_from && !w->found_to && is_mark(replay, r, w->to_mark)) {
		w->found_to = true;
		w->to = r->when;
	}
	if (r->kind == RECORD_END && replay->open)
		close_window(replay, r->when);
}

/* ---- Where it begins ---- */

struct mark_finder {
	const struct names *names;
	const char *mark;
	u64 when; /* NEVER: there is none */
};

static void find_mark(void *self, const struct record *batch, size_t count)
{
	struct mark_finder *finder = self;

	for (size_t i = 0; i < count && finder->when == NEVER; i++)
		if (window_is_mark(finder->names, &batch[i], finder->mark))
			finder->when = batch[i].when;
}

/* What is wrong with the trace is told when it is read for good. */
static u64 when_is_mark(const char *mark, const char *trace, size_t len, u32 nr_cpus)
{
	struct names names;
	struct mark_finder finder = {.names = &names, .mark = mark, .when = NEVER};
	struct diag *unheard = diag_new();
	struct trace_facts facts = {0};
	struct stream stream;

	names_init(&names);
	stream_init(&stream, &names, nr_cpus);
	stream_add_sink(&stream, (struct sink){.self = &finder,
					       .wants = RECORD_BIT(MARK),
					       .take = find_mark});
	(void)!ftrace_read(unheard, 0, trace, len, &stream, &facts);
	stream_flush(&stream);
	stream_fini(&stream);
	names_fini(&names);
	diag_free(unheard);
	return finder.when;
}

void replay_window_set(struct replay *replay, const struct replay_options *options,
		       const char *trace, size_t len)
{
	u64 from = options->from_ns;

	replay->window = (struct window){
		.from_mark = options->from_mark,
		.to_mark = options->to_mark,
		.from = options->from_ns,
		.to = options->to_ns ? options->to_ns : NEVER,
	};
	if (options->from_mark)
		from = options->history_ns
			       ? when_is_mark(options->from_mark, trace, len, replay->nr_cpus)
			       : NEVER;
	replay->begin = from == NEVER ? NEVER : from - min_of(from, options->history_ns);
}
