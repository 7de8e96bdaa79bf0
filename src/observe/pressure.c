/* SPDX-License-Identifier: MIT */
/* Pressure, from switches, wakeups and moves. */
#include "observe/pressure.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "observe/load.h"

enum { TASK_GONE, TASK_RUNNABLE, TASK_WAITS_IO };
/* 2048 / exp(2 s / 10 s), / exp(2 s / 60 s), / exp(2 s / 300 s) */
static const u32 decay[PRESSURE_SPANS] = {1677, 1981, 2034};

static void *zeros(size_t nr, size_t size)
{
	void *at = calloc(nr, size);

	if (!at)
		die("out of memory for the pressure");
	return at;
}

void pressure_init(struct pressure *pressure, u32 nr_cpus, u32 hz)
{
	struct pressure_group system = {.cpus = zeros(nr_cpus, sizeof(*system.cpus))};

	*pressure = (struct pressure){
		.nr_cpus = nr_cpus,
		.tick_ns = SEC / hz,
		.period = (2 * (u64)hz + 1) * (SEC / hz),
		.curr = zeros(nr_cpus, sizeof(*pressure->curr)),
	};
	pressure->next = pressure->period;
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		pressure->curr[cpu] = TASK_ID_NONE;
	vec_push(&pressure->groups, system);
}

void pressure_fini(struct pressure *pressure)
{
	for (u32 i = 0; i < pressure->groups.len; i++)
		free(pressure->groups.at[i].cpus);
	vec_fini(&pressure->groups);
	vec_fini(&pressure->tasks);
	free(pressure->curr);
}

/* ---- The states of a cpu ---- */

/* test_states(): what holds now has held since the last change. */
static void account(struct pressure_cpu *pc, u64 now)
{
	u64 span = now - pc->since;

	pc->since = now;
	if (pc->nr_iowait)
		pc->times[PRESSURE_IO_SOME] += span;
	if (pc->nr_iowait && !pc->nr_running)
		pc->times[PRESSURE_IO_FULL] += span;
	if (pc->nr_running > pc->on_cpu)
		pc->times[PRESSURE_CPU_SOME] += span;
	if (pc->nr_running && !pc->on_cpu)
		pc->times[PRESSURE_CPU_FULL] += span;
	if (pc->nr_iowait || pc->nr_running)
		pc->nonidle += span;
}

/* ---- Sums and averages ---- */

/* collect_percpu_times(): a cpu counts for the whole ticks in which it was not idle. */
static void collect(struct pressure *pressure, struct pressure_group *group, u64 now)
{
	u128 sums[NR_PRESSURES] = {0};
	u64 weights = 0;

	for (u32 cpu = 0; cpu < pressure->nr_cpus; cpu++) {
		struct pressure_cpu *pc = &group->cpus[cpu];
		u64 weight;

		account(pc, now);
		weight = pc->nonidle / pressure->tick_ns;
		weights += weight;
		for (u32 i = 0; i < NR_PRESSURES; i++) {
			sums[i] += (u128)pc->times[i] * weight;
			pc->times[i] = 0;
		}
		pc->nonidle = 0;
	}
	for (u32 i = 0; i < NR_PRESSURES; i++)
		group->total[i] += (u64)(sums[i] / max_of(weights, (u64)1));
}

/* update_averages(), calc_avgs(): whole per cents of the time since the last sample. */
static void sample(struct pressure *pressure, struct pressure_group *group, u64 now)
{
	u64 span = now - group->last_sample;

	collect(pressure, group, now);
	group->last_sample = now;
	for (u32 i = 0; i < NR_PRESSURES; i++) {
		u64 part = min_of(group->total[i] - group->sampled[i], span);

		group->sampled[i] += part;
		for (u32 j = 0; j < PRESSURE_SPANS; j++)
			group->avg[i][j] =
				load_step(group->avg[i][j], decay[j], part * 100 / span * LOAD_ONE);
	}
}

static void sample_until(struct pressure *pressure, u64 now)
{
	for (; pressure->next <= now; pressure->next += pressure->period)
		for (u32 i = 0; i < pressure->groups.len; i++)
			if (pressure->groups.at[i].cpus)
				sample(pressure, &pressure->groups.at[i], pressure->next);
}

const struct pressure_group *pressure_at(struct pressure *pressure, u32 group, u64 now)
{
	u32 index = group == TASK_ID_NONE ? 0 : group + 1;

	sample_until(pressure, now);
	if (index >= pressure->groups.len || !pressure->groups.at[index].cpus)
		return NULL;
	collect(pressure, &pressure->groups.at[index], now);
	return &pressure->groups.at[index];
}

/* ---- Records ---- */

static struct pressure_task *task_of(struct pressure *pressure, u32 id)
{
	while (pressure->tasks.len <= id)
		vec_push(&pressure->tasks, (struct pressure_task){0});
	return &pressure->tasks.at[id];
}

/*
 * In @group and in those above it: what comes to, or leaves, one cpu. @on_cpu: 1 it runs there now,
 * -1 no longer.
 */
struct step {
	u32 cpu;
	s32 running, iowait, on_cpu;
};

static void change(struct pressure *pressure, u32 group, const struct step *step, u64 now)
{
	for (;; group = pressure->groups.at[group].parent) {
		struct pressure_cpu *cpus = pressure->groups.at[group].cpus;

		if (cpus) {
			struct pressure_cpu *pc = &cpus[step->cpu];

			account(pc, now);
			pc->nr_running += (u32)step->running;
			pc->nr_iowait += (u32)step->iowait;
			if (step->on_cpu)
				pc->on_cpu = step->on_cpu > 0;
		}
		if (!group)
			return;
	}
}

static s32 is_running(const struct pressure_task *task)
{
	return task->state == TASK_RUNNABLE;
}

static s32 is_waiting(const struct pressure_task *task)
{
	return task->state == TASK_WAITS_IO;
}

/* psi_task_change(): from now on the task is in that state on that cpu. */
static void set_state(struct pressure *pressure, struct pressure_task *task, u8 state, u32 cpu,
		      u64 now)
{
	struct pressure_task old = *task;

	task->state = state;
	task->cpu = (u16)cpu;
	if (old.cpu == cpu) {
		change(pressure, task->group,
		       &(struct step){cpu, is_running(task) - is_running(&old),
				      is_waiting(task) - is_waiting(&old), 0},
		       now);
		return;
	}
	change(pressure, task->group,
	       &(struct step){old.cpu, -is_running(&old), -is_waiting(&old), 0}, now);
	change(pressure, task->group, &(struct step){cpu, is_running(task), is_waiting(task), 0},
	       now);
}

static void take_switch(struct pressure *pressure, const struct record *r)
{
	struct pressure_task *task;

	if (r->task >= pressure->nr_cpus) {
		task = task_of(pressure, r->task);
		change(pressure, task->group, &(struct step){r->cpu, 0, 0, -1}, r->when);
		if (!record_prev_runnable(r) && task->state == TASK_RUNNABLE)
			set_state(pressure, task, TASK_GONE, r->cpu, r->when);
	}
	pressure->curr[r->cpu] = r->other < pressure->nr_cpus ? TASK_ID_NONE : r->other;
	if (r->other >= pressure->nr_cpus)
		change(pressure, task_of(pressure, r->other)->group,
		       &(struct step){r->cpu, 0, 0, 1}, r->when);
}

/* It comes before the switch. */
static void take_iowait(struct pressure *pressure, const struct record *r)
{
	set_state(pressure, task_of(pressure, r->task), TASK_WAITS_IO, r->cpu, r->when);
}

static void take_migrate(struct pressure *pressure, const struct record *r)
{
	struct pressure_task *task = task_of(pressure, r->task);

	if (task->state == TASK_RUNNABLE)
		set_state(pressure, task, TASK_RUNNABLE, r->arg >> 16, r->when);
}

/* cgroup_move_task() */
static void take_regroup(struct pressure *pressure, const struct record *r)
{
	struct pressure_task *task = task_of(pressure, r->task);
	bool on_cpu = pressure->curr[task->cpu] == r->task;
	struct step leaves = {task->cpu, -is_running(task), -is_waiting(task), on_cpu ? -1 : 0};
	struct step comes = {task->cpu, is_running(task), is_waiting(task), on_cpu};

	change(pressure, task->group, &leaves, r->when);
	task->group = r->other == TASK_ID_NONE ? 0 : r->other + 1;
	change(pressure, task->group, &comes, r->when);
}

static void take_group(struct pressure *pressure, const struct record *r)
{
	struct pressure_group *group;

	while (pressure->groups.len <= r->task + 1)
		vec_push(&pressure->groups,
			 (struct pressure_group){.last_sample = pressure->next - pressure->period});
	group = &pressure->groups.at[r->task + 1];
	group->parent = r->other == TASK_ID_NONE ? 0 : r->other + 1;
	if (!r->arg && !group->cpus)
		group->cpus = zeros(pressure->nr_cpus, sizeof(*group->cpus));
}

/* psi_account_irqtime(): of who was interrupted. */
static void take_irq(struct pressure *pressure, const struct record *r)
{
	u32 curr = pressure->curr[r->cpu], group;

	if (curr == TASK_ID_NONE)
		return;
	for (group = task_of(pressure, curr)->group;; group = pressure->groups.at[group].parent) {
		if (pressure->groups.at[group].cpus)
			pressure->groups.at[group].cpus[r->cpu].times[PRESSURE_IRQ_FULL] +=
				r->value;
		if (!group)
			return;
	}
}

static void take_one(struct pressure *pressure, const struct record *r)
{
	switch (r->kind) {
	case RECORD_SWITCH:
		take_switch(pressure, r);
		break;
	case RECORD_WAKEUP:
	case RECORD_WAKEUP_NEW:
		set_state(pressure, task_of(pressure, r->task), TASK_RUNNABLE, r->arg, r->when);
		break;
	case RECORD_IOWAIT:
		take_iowait(pressure, r);
		break;
	case RECORD_MIGRATE:
		take_migrate(pressure, r);
		break;
	case RECORD_REGROUP:
		take_regroup(pressure, r);
		break;
	case RECORD_GROUP:
		take_group(pressure, r);
		break;
	case RECORD_IRQ:
		take_irq(pressure, r);
		break;
	default:
		break;
	}
}

static void take(void *self, const struct record *batch, size_t count)
{
	struct pressure *pressure = self;

	for (size_t i = 0; i < count; i++) {
		sample_until(pressure, batch[i].when);
		take_one(pressure, &batch[i]);
	}
}

struct sink pressure_sink(struct pressure *pressure)
{
	return (struct sink){
		.self = pressure,
		.wants = RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW) |
			 RECORD_BIT(IOWAIT) | RECORD_BIT(MIGRATE) | RECORD_BIT(REGROUP) |
			 RECORD_BIT(GROUP) | RECORD_BIT(IRQ),
		.take = take,
	};
}
