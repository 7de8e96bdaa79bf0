/* SPDX-License-Identifier: MIT */
/*
 * The fingerprint of a workload: its fields in a fixed order, every list after its length. A new
 * field that can change a run gets its line here, and if older workloads do not have it, it is put
 * only where it is used; costs, knobs and switches come by themselves.
 */
#include "model/workload.h"

#include <string.h>

#include "base/ensure.h"
#include "model/encoder.h"
#include "model/idle_states.h"
#include "model/resource_digest.h"

static void put_mask(struct encoder *e, const struct cpumask *mask)
{
	encode(e, mask ? mask->nr_words : 0);
	for (u32 i = 0; mask && i < mask->nr_words; i++)
		encode(e, mask->word[i]);
}

static void put_attr(struct encoder *e, const struct sched_attr *attr)
{
	encode(e, attr->policy);
	encode(e, (u64)(s64)attr->nice);
	encode(e, attr->rt_priority);
	encode(e, attr->reset_on_fork);
	encode(e, attr->slice_ns);
	if (attr->policy != POLICY_DEADLINE)
		return;
	encode(e, attr->dl_runtime);
	encode(e, attr->dl_deadline);
	encode(e, attr->dl_period);
	encode(e, attr->dl_flags);
}

static u32 nr_other_costs(const struct costs *costs, const struct costs *preset)
{
	u32 nr = 0;

	for (u32 i = 0; i < NR_COSTS; i++)
		nr += ((const u64 *)costs)[i] != ((const u64 *)preset)[i];
	return nr;
}

/* The preset that is nearest, and what differs from it. */
static void put_costs(struct encoder *e, const struct costs *costs)
{
	struct costs nearest, preset;
	const char *name = NULL;

	for (u32 i = 0; i < ARRAY_SIZE(cost_preset_names); i++) {
		ensure(costs_preset(cost_preset_names[i], &preset));
		if (name && nr_other_costs(costs, &preset) >= nr_other_costs(costs, &nearest))
			continue;
		name = cost_preset_names[i];
		nearest = preset;
	}
	encode_text(e, name);
	for (u32 i = 0; i < NR_COSTS; i++)
		encode_if_set(e, cost_names[i], ((const u64 *)costs)[i],
			      ((const u64 *)&nearest)[i]);
	encode(e, END_OF_NAMES);
}

/* Of a machine without turns: nothing. */
static void put_turns(struct encoder *e, const struct platform *p)
{
	if (!p->turns_per_second)
		return;
	encode_text(e, "turns");
	encode(e, p->turns_per_second);
	encode(e, p->turn_phase_ns);
	encode(e, p->turn_unnoticed_ns);
	if (p->turns_shared)
		encode_text(e, "shared");
}

/* The shape is told by the completed tables, so that two ways to write it are one machine. */
static void put_platform(struct encoder *e, const struct platform *p)
{
	encode(e, p->nr_cpus);
	for (u32 i = 0; i < p->nr_cpus; i++) {
		const struct platform_cpu *cpu = &p->cpu[i];

		encode(e, (u64)cpu->core | (u64)cpu->cluster << 16 | (u64)cpu->llc << 32);
		encode(e, (u64)cpu->socket | (u64)cpu->node << 16);
	}
	encode(e, p->nodes);
	for (u32 i = 0; i < p->nodes * p->nodes; i++)
		encode(e, p->distance[i]);
	encode(e, p->hz);
	encode(e, p->tick_phase_ns);
	encode_if_set(e, "uptime", p->uptime_ns, 0);
	encode_if_set(e, "jiffies", p->jiffies, 0);
	encode_if_set(e, "load_phase", p->load_phase_ns, 0);
	encode_if_set(e, "quota_phase", p->quota_phase_ns, 0);
	encode(e, p->skew_tick);
	encode(e, p->nohz_idle);
	encode(e, p->preempt);
	encode(e, p->pid_max);
	encode_if_set(e, "threads_max", p->threads_max, 0);
	encode(e, p->kernel_threads);
	if (p->rcu)
		encode_text(e, "rcu");
	put_costs(e, &p->costs);
	if (p->irq_time_accounting)
		encode_text(e, "irq time accounting");
	if (p->lazy_fpu)
		encode_text(e, "lazy fpu");
	for (u32 i = 0; i < p->nr_idle_states; i++) {
		encode_text(e, "idle state");
		encode(e, p->idle_states[i].exit_ns);
		encode(e, p->idle_states[i].residency_ns);
	}
	encode_if_set(e, "last pid", p->last_pid, 0);
	encode_if_set(e, "nohz from", p->nohz_from_ns, 0);
	encode_if_set(e, "idle halts", p->idle_halts, 0);
	encode_if_set(e, "softirq lag", p->softirq_lag_ns, 0);
	encode_if_set(e, "newidle ratio", p->newidle_ratio, 512);
	encode_if_set(e, "kept stacks", p->kept_stacks, 0);
	encode_if_set(e, "most processes", p->most_processes, 0);
	encode_if_set(e, "slab forks", p->slab_forks, 0);
	encode_if_set(e, "slab first", p->slab_first, 0);
	for (u32 i = 0; i < p->nr_work; i++) {
		encode_if_set(e, "work", p->work[i].ns, 0);
		encode_if_set(e, "work at", p->work[i].at, 0);
		encode_if_set(e, "work again", p->work[i].again, 0);
	}
	if (p->nr_growth) {
		encode_text(e, "growth");
		encode_values(e, p->growth, p->nr_growth);
	}
	encode_if_set(e, "wakee flips", p->wakee_flips, 0);
	put_turns(e, p);
}

static void put_kernel(struct encoder *e, const struct kernel *kernel, u32 nr_cpus)
{
	struct kernel row = kernel_for_cpus(kernel_find(kernel->name), nr_cpus);
	struct knobs knobs = kernel->knobs;

	encode_text(e, kernel->name);
	for (u32 i = 0; i < NR_FEATURE_BITS; i++)
		encode_if_set(e, feature_names[i], (u64)(kernel->features >> i & 1),
			      (u64)(row.features >> i & 1));
	for (u32 i = 0; i < NR_KNOBS; i++)
		encode_if_set(e, knob_names[i], *knob_at(&knobs, i), *knob_at(&row.knobs, i));
	encode(e, END_OF_NAMES);
}

static void put_task(struct encoder *e, const struct task_spec *task)
{
	encode_text(e, task->name);
	encode_text(e, task_spec_comm(task));
	encode(e, task->count);
	encode(e, task->is_template);
	encode(e, task->birth);
	put_attr(e, &task->attr);
	put_mask(e, task->affinity);
	encode(e, task->start_ns);
	encode(e, task->start_step_ns);
	encode(e, task->thread_of);
	encode(e, task->timer_slack_ns);
	encode(e, task->program);
	encode_if_set(e, "cpu", task->cpu, CPU_FIRST);
	encode_if_set(e, "lag", task->lag_ns, 0);
	encode_if_set(e, "group", task->group, GROUP_INHERITED);
	encode_if_set(e, "session", task->session, false);
	encode_if_set(e, "nproc", task->limit_nproc, 0);
	encode_if_set(e, "user", task->user, 0);
	encode_if_set(e, "pages", task->memory.pages, 0);
	encode_if_set(e, "resident", task->memory.resident, 0);
	encode_if_set(e, "file pages", task->memory.files, 0);
	encode_if_set(e, "vmas", task->memory.vmas, 0);
	encode_if_set(e, "rttime", task->limit_rttime.soft, 0);
	encode_if_set(e, "rttime hard", task->limit_rttime.hard, 0);
	encode_if_set(e, "cpu", task->limit_cpu.soft, 0);
	encode_if_set(e, "cpu hard", task->limit_cpu.hard, 0);
	encode_if_set(e, "kthread", task->kthread, false);
	encode_if_set(e, "sigpending", task->limit_sigpending, 0);
}

static void put_program(struct encoder *e, const struct program *program)
{
	encode(e, program->nr_ops);
	for (u32 i = 0; i < program->nr_ops; i++) {
		const struct op *op = &program->ops[i];

		u64 flags = op->flags & (u32)~OP_IMPLICIT;

		encode(e, (u64)op->code | flags << 8 | (u64)op->a << 16 | (u64)op->b << 32);
		encode(e, op->value);
	}
}

/* Workloads without groups say nothing about them. */
static void put_groups(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_groups; i++) {
		const struct group_spec *group = &w->groups[i];

		encode_text(e, group->name);
		encode(e, group->parent);
		encode(e, group->shares);
		encode(e, group->idle);
		encode(e, group->quota_ns);
		encode(e, group->period_ns);
		encode(e, group->burst_ns);
		encode_if_set(e, "pids_max", group->pids_max, 0);
		encode_if_set(e, "rt_runtime", group->rt_runtime_ns, 0);
		encode_if_set(e, "rt_period", group->rt_period_ns, GROUP_RT_PERIOD);
	}
}

static void put_group_changes(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_group_changes; i++) {
		const struct group_change *change = &w->group_changes[i];

		encode(e, change->group);
		encode(e, change->what);
		encode(e, change->shares);
		encode(e, change->quota_ns);
		encode(e, change->period_ns);
		encode(e, change->burst_ns);
		if (change->what & GROUP_SETS_IDLE)
			encode(e, change->idle);
		if (change->what & GROUP_SETS_FREEZE)
			encode(e, change->freeze);
		if (change->what & GROUP_SETS_FREEZER)
			encode(e, change->freezer);
		if (change->what & GROUP_SETS_RT_RUNTIME)
			encode(e, change->rt_runtime_ns);
		if (change->what & GROUP_SETS_RT_PERIOD)
			encode(e, change->rt_period_ns);
	}
}

static void put_tables(struct encoder *e, const struct workload *w)
{
	encode(e, w->nr_dists);
	for (u32 i = 0; i < w->nr_dists; i++)
		digest_dist(e, &w->dists[i]);
	encode(e, w->nr_masks);
	for (u32 i = 0; i < w->nr_masks; i++)
		put_mask(e, w->masks[i]);
	encode(e, w->nr_attrs);
	for (u32 i = 0; i < w->nr_attrs; i++)
		put_attr(e, &w->attrs[i]);
	encode(e, w->nr_texts);
	for (u32 i = 0; i < w->nr_texts; i++)
		encode_text(e, w->texts[i]);
}

/* A shared object goes by its name, not by where it lies. */
static void put_ext(struct encoder *e, const struct ext_spec *ext)
{
	const char *slash = strrchr(ext->policy, '/');

	encode_text(e, "ext");
	encode_text(e, slash ? slash + 1 : ext->policy);
	encode(e, ext->partial);
	encode(e, ext->slice_ns);
	encode(e, ext->timeout_ns);
	encode(e, ext->load_ns);
	encode(e, ext->unload_ns);
	encode(e, ext->nr_options);
	for (u32 i = 0; i < ext->nr_options; i++) {
		encode_text(e, ext->options[i].name);
		encode(e, ext->options[i].value);
	}
}

/* Workloads without are as they were before there were any. */
static void put_cpu_events(struct encoder *e, const struct workload *w)
{
	if (!w->nr_cpu_events)
		return;
	encode_text(e, "cpu events");
	encode(e, w->nr_cpu_events);
	for (u32 i = 0; i < w->nr_cpu_events; i++) {
		encode(e, w->cpu_events[i].at);
		encode(e, (u64)w->cpu_events[i].cpu << 1 | w->cpu_events[i].online);
	}
}

static void put_sched_writes(struct encoder *e, const struct workload *w)
{
	for (u32 i = 0; i < w->nr_sched_writes; i++) {
		encode_text(e, "write");
		encode(e, w->sched_writes[i].at);
		encode(e, (u64)w->sched_writes[i].knob << 16 | w->sched_writes[i].feature);
		encode(e, w->sched_writes[i].value);
	}
}

static void put_irqs(struct encoder *e, const struct workload *w)
{
	if (!w->nr_irqs)
		return;
	encode_text(e, "irqs");
	encode(e, w->nr_irqs);
	for (u32 i = 0; i < w->nr_irqs; i++) {
		encode_text(e, w->irqs[i].name); /* its random stream */
		put_mask(e, w->irqs[i].cpus);
		if (w->irqs[i].has_first)
			digest_dist(e, &w->irqs[i].first);
		digest_dist(e, &w->irqs[i].every);
		digest_dist(e, &w->irqs[i].time);
		digest_dist(e, &w->irqs[i].softirq);
	}
}

u64 workload_digest(const struct workload *workload)
{
	struct encoder e;

	encoder_begin(&e);
	encode(&e, workload->seed);
	encode(&e, workload->duration_ns);
	put_platform(&e, &workload->platform);
	if (workload->model == MODEL_LINUX)
		put_kernel(&e, &workload->kernel, workload->platform.nr_cpus);
	else
		encode_text(&e, workload_model_names[workload->model]);
	put_cpu_events(&e, workload);
	put_sched_writes(&e, workload);
	put_irqs(&e, workload);
	encode(&e, workload->nr_tasks);
	for (u32 i = 0; i < workload->nr_tasks; i++)
		put_task(&e, &workload->tasks[i]);
	encode(&e, workload->nr_programs);
	for (u32 i = 0; i < workload->nr_programs; i++)
		put_program(&e, &workload->programs[i]);
	put_tables(&e, workload);
	digest_resources(&e, workload);
	put_groups(&e, workload);
	put_group_changes(&e, workload);
	if (workload->ext.policy)
		put_ext(&e, &workload->ext);
	return encoder_end(&e);
}
