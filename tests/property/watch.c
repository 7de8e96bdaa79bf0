/* SPDX-License-Identifier: MIT */
/* Books kept from records alone. Everything here is plain and slow: workloads are small. */
#include "watch.h"

#include "model/program.h"

#include <stdlib.h>
#include <string.h>

static bool has_op(const struct program *program, enum op_code code)
{
	for (u32 op = 0; op < program->nr_ops; op++)
		if (program->ops[op].code == code)
			return true;
	return false;
}

void watch_init(struct watch *watch, const struct workload *workload, const struct names *names)
{
	*watch = (struct watch){
		.workload = workload,
		.names = names,
		.nr_cpus = workload->platform.nr_cpus,
		.masks_known = true,
	};
	watch->cpus = calloc(watch->nr_cpus, sizeof(*watch->cpus));
	for (u32 cpu = 0; cpu < watch->nr_cpus; cpu++)
		watch->cpus[cpu].curr = cpu;
	for (u32 i = 0; i < workload->nr_programs; i++)
		watch->some_pin |= has_op(&workload->programs[i], OP_MIGRATE_DISABLE);
	/* A cpu that goes offline may cost a task its affinity. */
	if (workload->nr_cpu_events)
		watch->masks_known = false;
	for (u32 i = 0; i < workload->nr_programs; i++)
		if (has_op(&workload->programs[i], OP_AFFINITY))
			watch->masks_known = false;
}

void watch_fini(struct watch *watch)
{
	for (u32 i = 0; i < watch->tasks.len; i++) {
		vec_fini(&watch->tasks.at[i].latency);
		vec_fini(&watch->tasks.at[i].response);
	}
	vec_fini(&watch->tasks);
	free(watch->cpus);
}

static struct watch_task *task_at(struct watch *watch, u32 id)
{
	while (watch->tasks.len <= id)
		vec_push(&watch->tasks, (struct watch_task){.ended = NEVER, .spec = SPEC_NONE});
	return &watch->tasks.at[id];
}

const char *watch_comm(const struct watch *watch, u32 task)
{
	return task < watch->tasks.len ? names_text(watch->names, watch->tasks.at[task].comm) : "?";
}

struct watch_task *watch_find(const struct watch *watch, const char *comm)
{
	for (u32 i = watch->nr_cpus; i < watch->tasks.len; i++)
		if (watch->tasks.at[i].state != WATCH_NONE && !strcmp(watch_comm(watch, i), comm))
			return &watch->tasks.at[i];
	return NULL;
}

u64 watch_cpu_ns(const struct watch *watch unused_arg, const struct watch_task *task, u64 now)
{
	return task->cpu_ns + (task->state == WATCH_RUNS ? now - task->since : 0);
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

u64 watch_percentile(u64 *values, u32 nr, u32 percent)
{
	if (!nr)
		return 0;
	qsort(values, nr, sizeof(*values), compare);
	return values[(u64)(nr - 1) * percent / 100];
}

/* The spec whose name is @comm but for digits at the end. */
static u32 spec_of(const struct watch *watch, const char *comm)
{
	size_t len = strlen(comm);

	while (len && comm[len - 1] >= '0' && comm[len - 1] <= '9')
		len--;
	for (u32 i = 0; i < watch->workload->nr_tasks; i++) {
		const char *name = watch->workload->tasks[i].name;

		if (!strcmp(name, comm) || (strlen(name) == len && !strncmp(name, comm, len)))
			return i;
	}
	return SPEC_NONE;
}

static void birth(struct watch *watch, const struct record *r)
{
	struct watch_task *task = task_at(watch, r->task);
	const struct watch_task *parent = NULL;

	if (r->other != TASK_ID_NONE && r->other < watch->tasks.len)
		parent = &watch->tasks.at[r->other];
	task->comm = (u32)r->value;
	task->state = r->task < watch->nr_cpus ? WATCH_RUNS : WATCH_SLEEPS;
	task->since = task->born = r->when;
	task->ours = r->flags & RECORD_FLAG_WORKLOAD;
	task->spec = task->ours ? spec_of(watch, watch_comm(watch, r->task)) : SPEC_NONE;
	if (parent && parent->ours)
		task->mask = parent->mask;
	else if (task->spec != SPEC_NONE)
		task->mask = watch->workload->tasks[task->spec].affinity;
}

/* ---- A cpu that idles while somebody waits ---- */

/*
 * A task may be in a section in which it does not migrate: balancing leaves it where it is, however
 * long it waits there (can_migrate_task()). That is so if its program has such a section, or
 * becomes another program while some have.
 */
static bool may_be_pinned(const struct watch *watch, const struct watch_task *task)
{
	const struct program *program;

	if (!watch->some_pin)
		return false;
	if (task->spec == SPEC_NONE)
		return true;
	program = &watch->workload->programs[watch->workload->tasks[task->spec].program];
	return has_op(program, OP_MIGRATE_DISABLE) || has_op(program, OP_EXEC);
}

static void note_waste(struct watch *watch, u32 cpu, u32 id, u64 now)
{
	const struct watch_task *task = &watch->tasks.at[id];
	u64 since = max_of(task->since, watch->cpus[cpu].since);

	if (!task->ours || !task->fair || (task->mask && !cpumask_test(task->mask, cpu)))
		return;
	if (now - since <= watch->wasted || may_be_pinned(watch, task))
		return;
	watch->wasted = now - since;
	watch->wasted_at = now;
	watch->wasted_cpu = cpu;
	watch->wasted_task = id;
}

static void wait_ends(struct watch *watch, u32 id, u64 now)
{
	struct watch_task *task = &watch->tasks.at[id];

	for (u32 cpu = 0; cpu < watch->nr_cpus; cpu++)
		if (watch->cpus[cpu].curr == cpu)
			note_waste(watch, cpu, id, now);
	task->waited += now - task->since;
	task->longest_wait = max_of(task->longest_wait, now - task->since);
}

static void idling_ends(struct watch *watch, u32 cpu, u64 now)
{
	for (u32 id = watch->nr_cpus; id < watch->tasks.len; id++)
		if (watch->tasks.at[id].state == WATCH_WAITS)
			note_waste(watch, cpu, id, now);
}

/* ---- Records ---- */

static void woken(struct watch *watch, u32 id, u64 now)
{
	struct watch_task *task = task_at(watch, id);

	if (task->state != WATCH_SLEEPS)
		return;
	task->state = WATCH_WAITS;
	task->since = task->woken = now;
	task->latency_open = true;
}

static void goes_out(struct watch *watch, const struct record *r)
{
	struct watch_task *task = task_at(watch, r->task);

	task->cpu_ns += r->when - task->since;
	task->since = r->when;
	if (task->state == WATCH_DEAD)
		return;
	task->state = record_prev_runnable(r) ? WATCH_WAITS : WATCH_SLEEPS;
	if (task->state == WATCH_SLEEPS)
		vec_push(&task->response, r->when - task->woken);
}

static void comes_in(struct watch *watch, const struct record *r)
{
	struct watch_task *task;

	if (watch->tasks.len > r->other && watch->tasks.at[r->other].state == WATCH_WAITS)
		wait_ends(watch, r->other, r->when);
	task = task_at(watch, r->other);
	if (task->latency_open)
		vec_push(&task->latency, r->when - task->woken);
	task->latency_open = false;
	task->state = WATCH_RUNS;
	task->since = r->when;
	task->nr_ins++;
}

static void switches(struct watch *watch, const struct record *r)
{
	struct watch_cpu *cpu = &watch->cpus[r->cpu];

	if (watch->hook)
		watch->hook(watch->hook_arg, r->when);
	if (cpu->curr == r->cpu)
		idling_ends(watch, r->cpu, r->when);
	else
		cpu->busy_ns += r->when - cpu->since;
	if (r->task >= watch->nr_cpus)
		goes_out(watch, r);
	if (r->other >= watch->nr_cpus)
		comes_in(watch, r);
	cpu->curr = r->other;
	cpu->since = r->when;
}

static void moves(struct watch *watch, const struct record *r)
{
	struct watch_task *task = task_at(watch, r->task);

	if (!task->ours)
		return;
	task->nr_moves++;
	task->last_move = watch->last_move = r->when;
	watch->nr_moves++;
}

static void ends(struct watch *watch, u64 now)
{
	watch->end = now;
	for (u32 cpu = 0; cpu < watch->nr_cpus; cpu++)
		if (watch->cpus[cpu].curr != cpu)
			watch->cpus[cpu].busy_ns += now - watch->cpus[cpu].since;
	for (u32 id = watch->nr_cpus; id < watch->tasks.len; id++) {
		struct watch_task *task = &watch->tasks.at[id];

		if (task->state == WATCH_WAITS)
			wait_ends(watch, id, now);
		if (task->state == WATCH_RUNS)
			task->cpu_ns += now - task->since;
		task->since = now;
	}
}

static void take(void *self, const struct record *batch, size_t count)
{
	struct watch *watch = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		switch ((enum record_kind)r->kind) {
		case RECORD_TASK:
		case RECORD_FORK:
			birth(watch, r);
			break;
		case RECORD_ATTR:
			task_at(watch, r->task)->fair = policy_is_fair(r->arg >> 8);
			break;
		case RECORD_WAKING:
		case RECORD_WAKEUP:
		case RECORD_WAKEUP_NEW:
			woken(watch, r->task, r->when);
			break;
		case RECORD_SWITCH:
			switches(watch, r);
			break;
		case RECORD_MIGRATE:
			moves(watch, r);
			break;
		case RECORD_EXIT:
			task_at(watch, r->task)->ended = r->when;
			break;
		case RECORD_END:
			ends(watch, r->when);
			break;
		default:
			break;
		}
	}
}

struct sink watch_sink(struct watch *watch)
{
	return (struct sink){
		.self = watch,
		.wants = RECORD_BIT(TASK) | RECORD_BIT(FORK) | RECORD_BIT(ATTR) |
			 RECORD_BIT(WAKING) | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW) |
			 RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE) | RECORD_BIT(EXIT) |
			 RECORD_BIT(END),
		.take = take,
	};
}
