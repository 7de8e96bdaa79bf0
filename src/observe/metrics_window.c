/* SPDX-License-Identifier: MIT */
/*
 * What metrics do when the time has come: the window opens and closes, the load average takes a
 * sample.
 */
#include "observe/latency.h"
#include "observe/metrics_sink.h"

void metrics_set_next(struct metrics_sink *sink)
{
	sink->next = min_of(sink->gate.next, sink->load.next);
}

void metrics_open_window(struct metrics_sink *sink)
{
	u64 when = sink->gate.from;

	latency_open(&sink->tasks, when);
	cgroups_open(&sink->tasks.groups, when);
	queues_open(&sink->queues, when);
	for (u32 i = 0; i < sink->nr_cpus; i++) {
		sink->cpus[i].since = max_of(sink->cpus[i].since, when);
		sink->cpus[i].slice_dist = DIST_SCRAP;
		if (sink->cpus[i].offline_since != UINT64_MAX)
			sink->cpus[i].offline_since = when;
	}
	metrics_set_next(sink);
}

void metrics_close_window(struct metrics_sink *sink)
{
	u64 when = sink->gate.to;

	samples_flush(&sink->tasks.samples);
	latency_close(&sink->tasks, when);
	cgroups_close(&sink->tasks.groups, when);
	queues_close(&sink->queues, when);
	for (u32 i = 0; i < sink->nr_cpus; i++) {
		struct cpu_usage *cpu = &sink->cpus[i];
		u64 passed = when > cpu->since ? when - cpu->since : 0;

		cpu_usage_online(cpu, when, true, true);
		/* In a simulation a cpu idles until it switches; of a real one nothing is known. */
		if (cpu->curr == TASK_ID_NONE && sink->tasks.simulated)
			cpu->curr = i;
		if (cpu->curr != TASK_ID_NONE)
			tasks_state(&sink->tasks, cpu->curr)->cpu_ns += passed;
		else
			cpu->unknown_ns += passed;
	}
	sink->next = UINT64_MAX;
}

bool metrics_due(struct metrics_sink *sink, u64 when)
{
	u64 until = min_of(when, sink->gate.to);

	if (sink->load.next <= until)
		load_sample(&sink->load, until, tasks_active(&sink->tasks));
	if (!gate_step(&sink->gate, when)) {
		metrics_set_next(sink);
		return false;
	}
	if (sink->gate.state == GATE_OPEN)
		metrics_open_window(sink);
	else
		metrics_close_window(sink);
	return true;
}

void metrics_sink_close(struct metrics_sink *sink)
{
	if (gate_end(&sink->gate, sink->last))
		metrics_close_window(sink);
}
