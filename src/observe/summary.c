/* SPDX-License-Identifier: MIT */
/* At the end of a run: states and sums become struct metrics. */
#include <stdlib.h>

#include "base/ensure.h"
#include "observe/metrics_sink.h"

static void *zeroed(size_t nr, size_t size)
{
	void *mem = calloc(max_of(nr, (size_t)1), size);

	if (mem == NULL)
		die("out of memory for metrics");
	return mem;
}

static bool is_reported(const struct task_info *info)
{
	return info->known && !info->gone;
}

/* Of a recording it is not known. */
static void put_exit(struct task_metrics *task, const struct task_info *info, bool simulated)
{
	bool dead = simulated && info->end_ns != METRIC_NO_TIME;

	task->killed_by = dead ? info->exit_status & 0x7f : 0;
	task->exit_code = dead && !task->killed_by ? info->exit_status >> 8 : EXIT_CODE_NONE;
}

static struct task_metrics task_summary(const struct task_chunk *chunk, u32 slot, u32 id)
{
	const struct task_info *info = &chunk->info[slot];
	const struct task_state *state = &chunk->state[slot];
	struct task_metrics task = {
		.task = id,
		.comm = info->comm,
		.pid = info->pid,
		.tgid = info->tgid,
		.ppid = info->ppid,
		.policy = info->policy,
		.flags = info->flags,
		.nice = info->nice,
		.prio = info->prio,
		.state = task_letter(state, info),
		.start_ns = (s64)info->start_ns,
		.end_ns = info->end_ns,
	};

	task_sums_of(chunk, slot, &task.sums);
	return task;
}

/* Adds a task to its comm: sums always, distributions if they are kept by task. */
static void add_to_comm(struct metrics_sink *sink, const struct task_metrics *task,
			struct dists *dists)
{
	struct tasks *tasks = &sink->tasks;
	struct comm_state *state = tasks_comm(tasks, task->comm);
	struct comm_metrics *comm = &sink->metrics.comms[state - tasks->comms.at];

	comm->nr_tasks++;
	comm->flags |= task->flags;
	task_sums_add(&comm->sums, &task->sums);
	if (!tasks->by_comm)
		comm_show(state, dists);
}

/* Only distributions that have a sample are shown. */
static bool point_at_dists(struct hist **out, struct dists *dists)
{
	bool any = false;

	for (u32 i = 0; i < NR_METRIC_DISTS && dists != NULL; i++) {
		out[i] = dists->hist[i].count != 0 ? &dists->hist[i] : NULL;
		any |= out[i] != NULL;
	}
	return any;
}

static void summarize_task(struct metrics_sink *sink, struct task_chunk *chunk, u32 slot, u32 id)
{
	struct metrics *metrics = &sink->metrics;
	struct tasks *tasks = &sink->tasks;
	struct task_metrics *task = &metrics->tasks[metrics->nr_tasks];
	const struct task_info *info = &chunk->info[slot];
	const struct task_rare *rare = chunk_rare_of(chunk, slot);

	*task = task_summary(chunk, slot, id);
	put_exit(task, info, tasks->simulated);
	cgroups_credit(&tasks->groups, rare->group, task->sums.cpu_ns - rare->group_cpu_ns);
	add_to_comm(sink, task, chunk->state[slot].dists);
	if (!tasks->by_comm)
		point_at_dists(task->dist, chunk->state[slot].dists);
	if (info->flags & RECORD_FLAG_WORKLOAD)
		fairness_add(&tasks->fair_workload, task->sums.cpu_ns, info);
	if (!(info->flags & RECORD_FLAG_KTHREAD))
		fairness_add(&tasks->fair_all, task->sums.cpu_ns, info);
	metrics->total.wakeups += task->sums.wakeups;
	metrics->total.migrations += task->sums.migrations;
	metrics->total.tasks_seen++;
	metrics->total.tasks_alive += info->end_ns == METRIC_NO_TIME;
	/* A dead task beyond the documented number is in the sums only. */
	metrics->nr_tasks += id < METRICS_DETAIL || info->end_ns == METRIC_NO_TIME;
}

/* Tasks whose chunks are still there. */
static u32 nr_kept(const struct tasks *tasks)
{
	u32 nr = 0;

	for (u32 i = 0; i < tasks->nr_chunks; i++)
		if (tasks->chunks[i] != tasks->graveyard)
			nr += tasks->chunks[i]->nr_known;
	return nr;
}

static void summarize_tasks(struct metrics_sink *sink)
{
	struct tasks *tasks = &sink->tasks;

	sink->metrics.comms = zeroed(tasks->comms.len, sizeof(*sink->metrics.comms));
	/* One more than needed: summarize_task() writes before it decides. */
	sink->metrics.tasks = zeroed((size_t)nr_kept(tasks) + 1, sizeof(*sink->metrics.tasks));
	for (u32 i = 0; i < tasks->nr_chunks; i++) {
		if (tasks->chunks[i] == tasks->graveyard)
			continue;
		for (u32 slot = 0; slot < TASKS_CHUNK; slot++)
			if (is_reported(&tasks->chunks[i]->info[slot]))
				summarize_task(sink, tasks->chunks[i], slot,
					       i * TASKS_CHUNK + slot);
	}
}

static void add_folded(struct comm_metrics *comm, const struct comm_folded *folded)
{
	task_sums_add(&comm->sums, &folded->sums);
	comm->nr_tasks += folded->nr_tasks;
	comm->flags |= folded->flags;
}

/* Each has the sums of its living tasks already; the dead are added. */
static void summarize_comms(struct metrics_sink *sink)
{
	struct metrics *metrics = &sink->metrics;

	for (u32 i = 0; i < sink->tasks.comms.len; i++) {
		const struct comm_state *state = &sink->tasks.comms.at[i];
		struct comm_metrics *comm = &metrics->comms[metrics->nr_comms];

		*comm = metrics->comms[i];
		comm->comm = state->comm;
		if (state->folded)
			add_folded(comm, &sink->tasks.folded.at[state->folded - 1]);
		/* A comm that no task has kept is of no interest unless it took samples. */
		metrics->nr_comms +=
			point_at_dists(comm->dist, state->dists) || comm->nr_tasks != 0;
	}
}

static void summarize_cpus(struct metrics_sink *sink)
{
	struct metrics *metrics = &sink->metrics;

	metrics->nr_cpus = sink->nr_cpus;
	metrics->cpus = zeroed(sink->nr_cpus, sizeof(*metrics->cpus));
	for (u32 i = 0; i < sink->nr_cpus; i++) {
		u64 idle_ns = tasks_chunk(&sink->tasks, i)->state[i % TASKS_CHUNK].cpu_ns;

		metrics->cpus[i] = cpu_usage_metrics(&sink->cpus[i], metrics->window_ns, idle_ns);
		metrics->total.switches += metrics->cpus[i].switches;
	}
}

static void summarize_groups(struct metrics_sink *sink)
{
	struct cgroups *groups = &sink->tasks.groups;

	cgroups_sum_up(groups);
	sink->metrics.nr_groups = groups->at.len;
	sink->metrics.groups = zeroed(groups->at.len, sizeof(*sink->metrics.groups));
	for (u32 i = 0; i < groups->at.len; i++)
		sink->metrics.groups[i] = groups->at.at[i].metrics;
}

static void summarize_queues(struct metrics_sink *sink)
{
	struct queues *queues = &sink->queues;

	sink->metrics.nr_queues = queues->at.len;
	sink->metrics.queues = zeroed(queues->at.len, sizeof(*sink->metrics.queues));
	for (u32 i = 0; i < queues->at.len; i++)
		sink->metrics.queues[i] = queues->at.at[i].metrics;
}

static void summarize_totals(struct metrics_sink *sink)
{
	struct metrics *metrics = &sink->metrics;
	struct tasks *tasks = &sink->tasks;

	metrics->total.forks = sink->forks;
	metrics->total.execs = sink->execs;
	metrics->total.exits = sink->exits;
	metrics->total.records = sink->taken - sink->skipped;
	metrics->total.lost_events = sink->lost;
	metrics->total.mended_switches = sink->mended;
	metrics->total.wakeups += tasks->folded_wakeups;
	metrics->total.migrations += tasks->folded_migrations;
	metrics->total.tasks_seen += tasks->nr_folded;
	for (u32 i = 0; i < NR_LOADS; i++) {
		metrics->load_avg[i] = sink->load.avg[i];
		metrics->load_avg_milli[i] = load_milli(&sink->load, i);
	}
	metrics->fairness_ppm = fairness_ppm(tasks->fair_workload.nr != 0 ? &tasks->fair_workload
									  : &tasks->fair_all);
}

struct metrics *metrics_sink_finish(struct metrics_sink *sink)
{
	struct metrics *metrics = &sink->metrics;

	if (sink->finished)
		return metrics;
	sink->finished = true;
	metrics_sink_close(sink);
	if (sink->gate.state == GATE_CLOSED) {
		metrics->window_from = sink->gate.from;
		metrics->window_ns = sink->gate.to - sink->gate.from;
	}
	summarize_tasks(sink);
	summarize_comms(sink);
	summarize_cpus(sink);
	summarize_groups(sink);
	summarize_queues(sink);
	summarize_totals(sink);
	return metrics;
}

void metrics_sink_free(struct metrics_sink *sink)
{
	if (sink == NULL)
		return;
	tasks_fini(&sink->tasks);
	free(sink->metrics.tasks);
	free(sink->metrics.comms);
	free(sink->metrics.cpus);
	free(sink->metrics.groups);
	free(sink->metrics.queues);
	queues_fini(&sink->queues);
	free(sink->cpus);
	free(sink);
}
