/* SPDX-License-Identifier: MIT */
/*
 * debugfs sched/debug: the queues of each cpu, and the tasks that belong to it. Lines of what the
 * model does not have are left out; tasks stand in the order of their numbers. Kernel:
 * kernel/sched/debug.c, sched_debug_show().
 */
#include "run/look.h"

#include "base/text.h"
#include "classes/fair.h"
#include "classes/fair_eevdf.h"
#include "sched/schedstat.h"

static const struct kernel *kernel_of(const struct look *look)
{
	return &look->job->workload->kernel;
}

static bool is_eevdf(const struct look *look)
{
	return kernel_of(look)->fair == FAIR_EEVDF;
}

/* ns as milliseconds; the sign of what is less than one is lost, as there. */
static u64 ms_of(u64 ns, u64 *rest)
{
	u64 size = (s64)ns < 0 ? -ns : ns;

	*rest = size % 1000000;
	return (s64)ns < 0 ? -(size / 1000000) : size / 1000000;
}

static void put_ms(struct text *out, const char *name, u64 ns)
{
	u64 rest, whole = ms_of(ns, &rest);

	text_printf(out, "  .%-30s: %" PRId64 ".%06" PRIu64 "\n", name, (s64)whole, rest);
}

static void put(struct text *out, const char *name, u64 value)
{
	text_printf(out, "  .%-30s: %" PRId64 "\n", name, (s64)value);
}

/* ---- The head ---- */

static void put_clock(struct text *out, const char *name, u64 ns)
{
	u64 rest, whole = ms_of(ns, &rest);

	text_printf(out, "%-40s: %" PRId64 ".%06" PRIu64 "\n", name, (s64)whole, rest);
}

static void put_knob(struct text *out, const char *name, u64 ns)
{
	u64 rest, whole = ms_of(ns, &rest);

	if (ns != KNOB_ABSENT)
		text_printf(out, "  .%-40s: %" PRId64 ".%06" PRIu64 "\n", name, (s64)whole, rest);
}

static void put_head(const struct look *look, struct text *out)
{
	static const char *const scalings[] = {"none", "logarithmic", "linear"};
	const struct knobs *knobs = &look->world->sched->kernel->knobs;
	u64 now = look->job->workload->platform.uptime_ns + look->now;

	text_printf(out, "Sched Debug Version: v0.11, %s\n", kernel_of(look)->name);
	put_clock(out, "ktime", now);
	put_clock(out, "sched_clk", now);
	put_clock(out, "cpu_clk", now);
	text_printf(out, "%-40s: %" PRIu64 "\n%-40s: 1\n\nsysctl_sched\n", "jiffies",
		    view_jiffies(look), "sched_clock_stable()");
	put_knob(out, "sysctl_sched_latency", knobs->latency_ns);
	put_knob(out, "sysctl_sched_min_granularity", knobs->min_granularity_ns);
	put_knob(out, "sysctl_sched_idle_min_granularity", knobs->idle_min_granularity_ns);
	put_knob(out, "sysctl_sched_wakeup_granularity", knobs->wakeup_granularity_ns);
	if (knobs->child_runs_first != KNOB_ABSENT)
		text_printf(out, "  .%-40s: %" PRIu64 "\n", "sysctl_sched_child_runs_first",
			    knobs->child_runs_first);
	put_knob(out, "sysctl_sched_base_slice", knobs->base_slice_ns);
	text_printf(out, "  .%-40s: %" PRIu64 " (%s)\n\n", "sysctl_sched_tunable_scaling",
		    knobs->tunable_scaling, scalings[knobs->tunable_scaling]);
}

/* ---- Queues of the fair class ---- */

static void put_path(const struct look *look, const struct task_group *group, struct text *out)
{
	if (!group)
		text_add_char(out, '/');
	else if (group->is_autogroup)
		text_printf(out, "/autogroup-%u", group->id - look->world->sched->nr_groups + 1);
	else
		view_group_path(look, group, out);
}

static const struct fair_entity *entity_at(const struct rb_node *node)
{
	return node ? container_of(node, const struct fair_entity, node) : NULL;
}

/* -1 stands for nobody, and is printed as 0.000001. */
static void put_vruntimes(const struct look *look, const struct fair_rq *queue, struct text *out)
{
	const struct fair_entity *root = entity_at(queue->timeline.root),
				 *first = entity_at(rb_first(&queue->timeline));
	const struct fair_entity *last = entity_at(rb_last(&queue->timeline));
	u64 right = last ? last->vruntime : UINT64_MAX, left;

	if (is_eevdf(look)) {
		left = root ? root->min_vruntime : UINT64_MAX;
		put_ms(out, "left_deadline", first ? first->deadline : UINT64_MAX);
		put_ms(out, "left_vruntime", left);
		put_ms(out, "zero_vruntime", queue->virtual_base);
		put_ms(out, "avg_vruntime", eevdf_virtual_time_now(queue));
		put_ms(out, "right_vruntime", right);
		put_ms(out, "spread", right - left);
		return;
	}
	left = first ? first->vruntime : UINT64_MAX;
	put_ms(out, "MIN_vruntime", left);
	put_ms(out, "min_vruntime", queue->virtual_base);
	put_ms(out, "max_vruntime", right);
	put_ms(out, "spread", right - left);
	put_ms(out, "spread0", queue->virtual_base - look->world->sched->rqs[0].fair.virtual_base);
}

static void put_counts(const struct look *look, const struct fair_rq *queue, struct text *out)
{
	bool queued = kernel_of(look)->debug_says_queued;

	put(out, queued ? "nr_queued" : "nr_running", queue->nr_queued);
	if (is_eevdf(look)) {
		put(out, "h_nr_runnable", queue->h_nr_runnable);
		put(out, "h_nr_queued", queue->h_nr_queued);
	} else {
		put(out, "h_nr_running", queue->h_nr_queued);
		put(out, "idle_nr_running", queue->nr_idle);
	}
	if (is_eevdf(look) && !queued)
		put(out, "h_nr_delayed", queue->h_nr_queued - queue->h_nr_runnable);
	put(out, queued ? "h_nr_idle" : "idle_h_nr_running", queue->h_nr_idle);
}

static void put_loads(const struct look *look, const struct fair_rq *queue,
		      const struct group_cpu *gc, struct text *out)
{
	put(out, "load", queue->load_weight);
	put(out, "load_avg", queue->avg.load_avg);
	put(out, "runnable_avg", queue->avg.runnable_avg);
	put(out, "util_avg", queue->avg.util_avg);
	put(out, is_eevdf(look) ? "util_est" : "util_est_enqueued", queue->util_est);
	put(out, "removed.load_avg", queue->removed.load_avg);
	put(out, "removed.util_avg", queue->removed.util_avg);
	put(out, "removed.runnable_avg", queue->removed.runnable_avg);
	put(out, "tg_load_avg_contrib", gc ? gc->load_contrib : 0);
	put(out, "tg_load_avg", gc ? gc->group->load_avg : 0);
	put(out, "throttled", gc && gc->throttled);
	put(out, "throttle_count", gc ? gc->throttle_count : 0);
	if (!gc)
		return;
	put_ms(out, "se->exec_start", gc->se.exec_start);
	put_ms(out, "se->vruntime", gc->se.vruntime);
	put_ms(out, "se->sum_exec_runtime", gc->se.sum_exec_runtime);
	put(out, "se->load.weight", gc->se.weight);
	put(out, "se->avg.load_avg", gc->se.avg.load_avg);
	put(out, "se->avg.util_avg", gc->se.avg.util_avg);
	put(out, "se->avg.runnable_avg", gc->se.avg.runnable_avg);
}

static void put_fair(const struct look *look, const struct fair_rq *queue,
		     const struct group_cpu *gc, struct text *out)
{
	text_printf(out, "\ncfs_rq[%u]:", queue->rq->cpu);
	put_path(look, gc ? gc->group : NULL, out);
	text_add_char(out, '\n');
	put_vruntimes(look, queue, out);
	put_counts(look, queue, out);
	put_loads(look, queue, gc, out);
}

/* ---- Those of the others ---- */

static void put_rt(const struct look *look, const struct rq *rq, struct text *out)
{
	const struct sched *sched = look->world->sched;

	text_printf(out, "\nrt_rq[%u]:%s\n", rq->cpu,
		    sched_feature(sched, FEATURE_RT_GROUP_SCHED) ? "/" : "");
	put(out, "rt_nr_running", rq->rt.nr_running);
	if (sched_feature(sched, FEATURE_RT_OVERLOAD_BY_COUNT))
		put(out, "rt_nr_migratory", rq->rt.nr_migratory);
	if (!sched_feature(sched, FEATURE_RT_THROTTLING | FEATURE_RT_GROUP_SCHED))
		return;
	put(out, "rt_throttled", rq->rt.throttled);
	put_ms(out, "rt_time", rq->rt.time);
	put_ms(out, "rt_runtime", rq->rt.runtime);
}

static void put_deadline(const struct look *look, const struct rq *rq, struct text *out)
{
	const struct sched *sched = look->world->sched;

	text_printf(out, "\ndl_rq[%u]:\n", rq->cpu);
	put(out, "dl_nr_running", rq->dl.nr_running);
	if (sched_feature(sched, FEATURE_RT_OVERLOAD_BY_COUNT))
		put(out, "dl_nr_migratory", rq->dl.nr_migratory);
	put(out, "dl_bw->bw", sched->rd.dl.limit_bw);
	put(out, "dl_bw->total_bw", sched->rd.dl.total_bw);
}

/* ---- Tasks ---- */

static void put_columns(const struct look *look, struct text *out)
{
	text_add(out, "\nrunnable tasks:\n");
	if (is_eevdf(look))
		text_add(
			out,
			" S            task   PID       vruntime   eligible    deadline             slice          sum-exec      switches"
			"  prio         wait-time        sum-sleep       sum-block  node   group-id  group-path\n");
	else
		text_add(
			out,
			" S            task   PID         tree-key  switches  prio     wait-time             sum-exec        sum-sleep\n");
	for (u32 i = is_eevdf(look) ? 191 : 109; i; i--)
		text_add_char(out, '-');
	text_add_char(out, '\n');
}

/* A column of milliseconds. */
static void put_column(struct text *out, u64 ns, const char *behind)
{
	u64 rest, whole = ms_of(ns, &rest);

	text_printf(out, "%9" PRId64 ".%06" PRIu64 "%s", (s64)whole, rest, behind);
}

static void put_task(const struct look *look, const struct rq *rq, const struct proc *proc,
		     struct text *out)
{
	const struct task *task = &proc->task;
	const struct fair_entity *se = &task->fair;
	struct task_stats none = {0};
	const struct task_stats *stats = schedstat_wanted(look->world->sched)
						 ? schedstat_of(look->world->sched, task)
						 : &none;
	struct task_metrics m = look_metrics(look, proc);
	u64 switches = m.sums.voluntary_switches + m.sums.involuntary_switches;

	text_printf(out, "%s%c %15s %5u ", rq->curr == task ? ">" : " ",
		    rq->curr == task ? 'R' : look_state(proc), look_comm(look, proc), proc->pid);
	if (is_eevdf(look)) {
		put_column(out, se->vruntime, "   ");
		text_printf(out, "%c   ", fair_task_eligible((struct task *)task) ? 'E' : 'N');
		put_column(out, se->deadline, se->custom_slice ? " S " : "   ");
		put_column(out, se->slice, " ");
		put_column(out, se->sum_exec_runtime, " ");
		text_printf(out, "%9" PRIu64 "   %5d ", switches, task->prio);
		put_column(out, stats->wait_sum, " ");
	} else {
		put_column(out, se->vruntime, " ");
		text_printf(out, "%9" PRIu64 " %5d ", switches, task->prio);
		put_column(out, stats->wait_sum, " ");
		put_column(out, se->sum_exec_runtime, " ");
	}
	put_column(out, stats->sum_sleep_runtime, " ");
	put_column(out, stats->sum_block_runtime, is_eevdf(look) ? "   " : " ");
	text_printf(out, "%u%s0%s", look->job->workload->platform.cpu[task->cpu].node,
		    is_eevdf(look) ? "      " : " ", is_eevdf(look) ? "        " : " ");
	put_path(look, task->group, out);
	text_add_char(out, '\n');
}

static void put_tasks(const struct look *look, const struct rq *rq, struct text *out)
{
	struct proc_list list;

	put_columns(look, out);
	look_list(look, true, &list);
	for (u32 i = 0; i < list.nr; i++)
		if (list.at[i]->task.cpu == rq->cpu)
			put_task(look, rq, list.at[i], out);
	proc_list_fini(&list);
	text_add_char(out, '\n');
}

/* ---- Cpus ---- */

/* Jiffies are printed as if they were ns. */
static void put_cpu(const struct look *look, const struct rq *rq, struct text *out)
{
	const struct group_cpu *gc;

	text_printf(out, "cpu#%u\n", rq->cpu);
	put(out, "nr_running", rq->nr_running);
	put(out, "nr_switches", rq->nr_switches);
	put(out, "nr_uninterruptible", (u64)rq->nr_uninterruptible);
	put_ms(out, "next_balance",
	       rq->next_balance + view_jiffies(look) - machine_jiffies(look->world->machine));
	put(out, "curr->pid",
	    rq->curr == rq->idle ? 0 : container_of(rq->curr, struct proc, task)->pid);
	put_ms(out, "clock", rq->clock);
	put_ms(out, "clock_task", rq->clock_task);
	put(out, "avg_idle", rq->avg_idle);
	put(out, "max_idle_balance_cost", rq->max_idle_balance_cost);
	list_for_each (gc, &rq->leaf_groups, leaf)
		put_fair(look, &gc->queue, gc, out);
	put_fair(look, &rq->fair, NULL, out);
	put_rt(look, rq, out);
	put_deadline(look, rq, out);
	put_tasks(look, rq, out);
}

void view_sched_debug(const struct look *look, struct text *out)
{
	const struct sched *sched = look->world->sched;

	put_head(look, out);
	cpumask_for_each (cpu, sched->rd.online)
		put_cpu(look, &sched->rqs[cpu], out);
}
