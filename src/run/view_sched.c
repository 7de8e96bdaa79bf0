/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler tells under /proc: PID/sched, PID/schedstat, schedstat.
 * Kernel: kernel/sched/debug.c, proc_sched_show_task(); kernel/sched/stats.c; reference:
 * core-rt-dl-ext.md 7.1, 7.2.
 */
#include "run/look.h"

#include "sched/schedstat.h"

/* ---- PID/sched ---- */

static void put_value(struct text *out, const char *name, u64 value)
{
	text_printf(out, "%-45s:%21" PRId64 "\n", name, (s64)value);
}

/* ns as milliseconds with six digits; the sign of what is less than one is lost, as there. */
static void put_ms(struct text *out, const char *name, u64 ns)
{
	s64 whole = (s64)ns / 1000000;
	u64 rest = ((s64)ns < 0 ? -ns : ns) % 1000000;

	text_printf(out, "%-45s:%14" PRId64 ".%06" PRIu64 "\n", name, whole, rest);
}

/* A mean per @nr; of none it is -1, which so is printed as 0.000001. */
static void put_mean(struct text *out, const char *name, u64 ns, u64 nr)
{
	put_ms(out, name, nr ? ns / nr : UINT64_MAX);
}

static void put_stats(struct sched *sched, const struct task *task, const struct task_metrics *m,
		      struct text *out)
{
	const struct task_stats *stats = schedstat_of(sched, task);

#define SPAN(name)  put_ms(out, #name, stats->name);
#define COUNT(name) put_value(out, #name, stats->name);
	TASK_STATS(SPAN, COUNT)
#undef COUNT
#undef SPAN
	put_mean(out, "avg_atom", task->fair.sum_exec_runtime,
		 m->sums.voluntary_switches + m->sums.involuntary_switches);
	put_mean(out, "avg_per_cpu", task->fair.sum_exec_runtime, m->sums.migrations);
	put_ms(out, "core_forceidle_sum", m->sums.forced_idle_ns);
}

/* 6.1 keeps what the last activation used beside the average of all. */
static void put_estimate(const struct sched *sched, const struct pelt *avg, struct text *out)
{
	u64 average = avg->util_est & ~UTIL_EST_UNCHANGED;

	if (sched_feature(sched, FEATURE_UTIL_EST_EWMA_ONLY)) {
		put_value(out, "se.avg.util_est", average);
		return;
	}
	put_value(out, "se.avg.util_est.ewma", average);
	put_value(out, "se.avg.util_est.enqueued", avg->util_est_enqueued);
}

static void put_averages(const struct pelt *avg, struct text *out)
{
	put_value(out, "se.avg.load_sum", avg->load_sum);
	put_value(out, "se.avg.runnable_sum", avg->runnable_sum);
	put_value(out, "se.avg.util_sum", avg->util_sum);
	put_value(out, "se.avg.load_avg", avg->load_avg);
	put_value(out, "se.avg.runnable_avg", avg->runnable_avg);
	put_value(out, "se.avg.util_avg", avg->util_avg);
	put_value(out, "se.avg.last_update_time", avg->last_update);
}

/* fair_policy(), to which SCHED_IDLE does not belong. */
static bool policy_tells_slice(u32 policy)
{
	return policy_is_fair(policy) && policy != POLICY_IDLE;
}

void view_sched(const struct look *look, const struct proc *proc, struct text *out)
{
	const struct task *task = &proc->task;
	struct sched *sched = look->world->sched;
	struct task_metrics m = look_metrics(look, proc);

	text_printf(out, "%s (%u, #threads: %u)\n", look_comm(look, proc), proc->pid,
		    proc->process->nr_threads);
	text_add(out, "-------------------------------------------------------------------\n");
	put_ms(out, "se.exec_start", task->fair.exec_start);
	put_ms(out, "se.vruntime", task->fair.vruntime);
	put_ms(out, "se.sum_exec_runtime", task->fair.sum_exec_runtime);
	put_value(out, "se.nr_migrations", m.sums.migrations);
	if (schedstat_wanted(sched))
		put_stats(sched, task, &m, out);
	put_value(out, "nr_switches", m.sums.voluntary_switches + m.sums.involuntary_switches);
	put_value(out, "nr_voluntary_switches", m.sums.voluntary_switches);
	put_value(out, "nr_involuntary_switches", m.sums.involuntary_switches);
	put_value(out, "se.load.weight", task->fair.weight);
	put_averages(&task->fair.avg, out);
	put_estimate(sched, &task->fair.avg, out);
	put_value(out, "policy", task->policy);
	put_value(out, "prio", (u64)(s64)task->prio);
	if (task->policy == POLICY_DEADLINE) {
		put_value(out, "dl.runtime", (u64)task->dl->runtime);
		put_value(out, "dl.deadline", task->dl->deadline);
	} else if (look->job->workload->kernel.fair == FAIR_EEVDF &&
		   policy_tells_slice(task->policy)) {
		put_value(out, "se.slice", task->fair.slice);
	}
	if (look->job->workload->ext.policy)
		put_value(out, "ext.enabled", task->class_id == CLASS_EXT);
	put_value(out, "clock-delta", 0);
}

/* ---- PID/schedstat: as of the last time that it was charged, or came to a cpu ---- */

/* Times on a cpu: each began with a switch, and all but the present one have ended with one. */
static u64 times_run(const struct proc *proc, const struct task_metrics *m)
{
	return m->sums.voluntary_switches + m->sums.involuntary_switches + proc->task.on_cpu;
}

void view_task_schedstat(const struct look *look, const struct proc *proc, struct text *out)
{
	struct task_metrics m = look_metrics(look, proc);

	u64 waits = run_infos_waits(&look->run_infos, proc->task.id, look->now);

	text_printf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", proc->task.fair.sum_exec_runtime,
		    m.sums.run_delay_ns - min_of(waits, m.sums.run_delay_ns), times_run(proc, &m));
}

/* ---- schedstat ---- */

enum { NR_PASSES = 3 };

static void put_counts(struct text *out, const u64 *count, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		text_printf(out, " %" PRIu64, count[i]);
}

/* Version 17 tells imbalances by what was to be moved: load, utilisation, tasks, misfits. */
static void put_pass(struct text *out, const struct domain_stats_pass *pass, bool apart)
{
	const u64 looked[] = {pass->count, pass->balanced, pass->failed};
	const u64 kinds[] = {pass->imbalance[0], pass->imbalance[1], pass->imbalance[2], 0};
	const u64 all = kinds[0] + kinds[1] + kinds[2];
	const u64 gained[] = {pass->gained, pass->hot_gained, pass->nobusyq, pass->nobusyg};

	put_counts(out, looked, ARRAY_SIZE(looked));
	put_counts(out, apart ? kinds : &all, apart ? ARRAY_SIZE(kinds) : 1);
	put_counts(out, gained, ARRAY_SIZE(gained));
}

/*
 * Balancing at exec and at fork (sbe_*, sbf_*), and moves for balance at wakeups, are counted by no
 * kernel.
 */
static void put_domain(const struct kernel *kernel, const struct sched_domain *sd, u32 level,
		       struct text *out)
{
	static const struct sched_domain_stats none;
	const struct sched_domain_stats *stats = sd->stats ? sd->stats : &none;
	const u64 active[] = {stats->active, stats->active_failed, stats->active_pushed};
	const u64 uncounted[6] = {0};
	const u64 wakes[] = {stats->wake_remote, stats->move_affine, 0};

	char mask[2048];

	text_printf(out, "domain%u ", level);
	if (kernel->schedstat_names_domains)
		text_printf(out, "%s ", domain_level_name(sd->level));
	cpumask_format_hex(sd->span, mask, sizeof(mask));
	text_add(out, mask);
	for (u32 i = 0; i < NR_PASSES; i++)
		put_pass(out, &stats->pass[kernel->schedstat_idle_first && i < 2 ? 1 - i : i],
			 kernel->schedstat_splits_imbalance);
	put_counts(out, active, ARRAY_SIZE(active));
	put_counts(out, uncounted, ARRAY_SIZE(uncounted));
	put_counts(out, wakes, ARRAY_SIZE(wakes));
	text_add_char(out, '\n');
}

u64 view_jiffies(const struct look *look)
{
	return machine_boot_jiffies(look->world->machine);
}

/*
 * Of the cpus that are online. With kernel.sched_schedstats=0, the kernel's default, all but the
 * last three numbers of a cpu are 0, and so are those of its domains.
 */
void view_schedstat(const struct look *look, struct text *out)
{
	const struct kernel *kernel = &look->job->workload->kernel;
	const struct sched *sched = look->world->sched;

	text_printf(out, "version %u\ntimestamp %" PRIu64 "\n", kernel->schedstat_version,
		    view_jiffies(look));
	cpumask_for_each (cpu, sched->rd.online) {
		const struct run_info *info = &look->run_infos.cpu[cpu];
		struct rq_stats stats = {0};
		u32 level = 0;

		if (schedstat_wanted(sched))
			stats = sched->schedstat->rqs[cpu];
		text_printf(out,
			    "cpu%u %" PRIu64 " 0 %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			    " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			    cpu, stats.yields, stats.schedules, stats.goidle, stats.wakeups,
			    stats.wakeups_local, info->cpu_ns, info->run_delay_ns, info->count);
		for (const struct sched_domain *sd = sched->rqs[cpu].domain; sd; sd = sd->parent)
			put_domain(kernel, sd, level++, out);
	}
}
