/* SPDX-License-Identifier: MIT */
/* Who ran where for how long, and had waited for it. */
#include "observe/run_info.h"

#include "base/ensure.h"

static u64 *queued_at(struct run_infos *infos, u32 task)
{
	while (task >= infos->queued.len) {
		vec_push(&infos->queued, 0);
		vec_push(&infos->arrived, 0);
	}
	return &infos->queued.at[task];
}

/* Idle tasks have the ids below the number of cpus. */
static bool is_idle(const struct run_infos *infos, u32 task)
{
	return task < infos->nr_cpus;
}

static bool is_niced(const struct run_infos *infos, u32 task)
{
	return task < infos->niced.len && infos->niced.at[task];
}

static u32 group_of(const struct run_infos *infos, u32 task)
{
	return task < infos->group.len ? infos->group.at[task] : 0;
}

static struct group_run_info *group_at(struct run_infos *infos, u32 group)
{
	while (group >= infos->groups.len)
		vec_push(&infos->groups, (struct group_run_info){0});
	return &infos->groups.at[group];
}

static u32 cpu_of(const struct run_infos *infos, const struct run_info *info)
{
	return (u32)(info - infos->cpu);
}

static u64 *group_cpu_at(struct run_infos *infos, u32 group, u32 cpu)
{
	u64 at = (u64)group * infos->nr_cpus + cpu;

	while (at >= infos->group_cpu_ns.len)
		vec_push(&infos->group_cpu_ns, 0);
	return &infos->group_cpu_ns.at[at];
}

/* account_user_time(): by the nice that it has then, in the group in which it is. */
static void settle(struct run_infos *infos, struct run_info *info, u64 now)
{
	u32 group = group_of(infos, info->curr);

	if (!is_idle(infos, info->curr))
		*group_cpu_at(infos, group, cpu_of(infos, info)) += now - info->settled;
	if (is_niced(infos, info->curr)) {
		info->nice_ns += now - info->settled;
		group_at(infos, group)->nice_ns += now - info->settled;
	}
	info->settled = now;
}

/* It runs somewhere, perhaps: from now on under other conditions. */
static void settle_task(struct run_infos *infos, u32 task, u64 now)
{
	for (u32 cpu = 0; cpu < infos->nr_cpus; cpu++)
		if (infos->cpu[cpu].curr == task)
			settle(infos, &infos->cpu[cpu], now);
}

static void take_regroup(struct run_infos *infos, const struct record *r)
{
	settle_task(infos, r->task, r->when);
	while (r->task >= infos->group.len)
		vec_push(&infos->group, 0);
	infos->group.at[r->task] = r->other == TASK_ID_NONE ? 0 : r->other + 1;
}

static void take_attr(struct run_infos *infos, const struct record *r)
{
	settle_task(infos, r->task, r->when);
	while (r->task >= infos->niced.len)
		vec_push(&infos->niced, 0);
	infos->niced.at[r->task] = (s32)(r->value >> 32) > 0;
}

static void take_switch(struct run_infos *infos, const struct record *r)
{
	struct run_info *info = &infos->cpu[r->cpu];
	u64 *queued;

	settle(infos, info, r->when);
	info->curr = r->other;
	if (!is_idle(infos, r->task)) {
		info->cpu_ns += r->when - info->since;
		*queued_at(infos, r->task) = record_prev_runnable(r) ? r->when + 1 : 0;
	}
	info->since = r->when;
	if (is_idle(infos, r->other))
		return;
	info->count++;
	queued = queued_at(infos, r->other);
	if (*queued && *queued != NEVER)
		info->run_delay_ns += r->when + 1 - *queued;
	*queued = NEVER;
	infos->arrived.at[r->other] = r->when;
}

static void take(void *self, const struct record *batch, size_t count)
{
	struct run_infos *infos = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		if (r->kind == RECORD_SWITCH)
			take_switch(infos, r);
		else if (r->kind == RECORD_ATTR)
			take_attr(infos, r);
		else if (r->kind == RECORD_REGROUP)
			take_regroup(infos, r);
		else if (r->kind == RECORD_FORCED_IDLE)
			group_at(infos, group_of(infos, r->task))->forced_idle_ns += r->value;
		else if (!*queued_at(infos, r->task)) /* one that still runs may be woken too */
			*queued_at(infos, r->task) = r->when + 1;
	}
}

void run_infos_init(struct run_infos *infos, u32 nr_cpus)
{
	u32 cap = 0;

	*infos = (struct run_infos){.nr_cpus = nr_cpus};
	vec_grow((void **)&infos->cpu, &cap, nr_cpus, sizeof(*infos->cpu));
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		infos->cpu[cpu] = (struct run_info){.curr = cpu};
}

void run_infos_fini(struct run_infos *infos)
{
	vec_release((void **)&infos->cpu);
	vec_fini(&infos->queued);
	vec_fini(&infos->arrived);
	vec_fini(&infos->niced);
	vec_fini(&infos->group);
	vec_fini(&infos->groups);
	vec_fini(&infos->group_cpu_ns);
}

struct group_run_info run_infos_group(const struct run_infos *infos, u32 group, u64 now)
{
	u32 number = group == TASK_ID_NONE ? 0 : group + 1;
	struct group_run_info sum = {0};

	if (number < infos->groups.len)
		sum = infos->groups.at[number];
	for (u32 cpu = 0; cpu < infos->nr_cpus; cpu++) {
		const struct run_info *info = &infos->cpu[cpu];

		if (is_niced(infos, info->curr) && group_of(infos, info->curr) == number)
			sum.nice_ns += now - info->settled;
	}
	return sum;
}

u64 run_infos_group_cpu_ns(const struct run_infos *infos, u32 group, u32 cpu, u64 now)
{
	u32 number = group == TASK_ID_NONE ? 0 : group + 1;
	u64 at = (u64)number * infos->nr_cpus + cpu;
	const struct run_info *info = &infos->cpu[cpu];
	u64 ns = at < infos->group_cpu_ns.len ? infos->group_cpu_ns.at[at] : 0;

	if (!is_idle(infos, info->curr) && group_of(infos, info->curr) == number)
		ns += now - info->settled;
	return ns;
}

u64 run_infos_nice_ns(const struct run_infos *infos, u32 cpu, u64 now)
{
	const struct run_info *info = &infos->cpu[cpu];

	return info->nice_ns + (is_niced(infos, info->curr) ? now - info->settled : 0);
}

u64 run_infos_queued(const struct run_infos *infos, u32 task)
{
	u64 queued = task < infos->queued.len ? infos->queued.at[task] : 0;

	return queued && queued != NEVER ? queued - 1 : 0;
}

u64 run_infos_waits(const struct run_infos *infos, u32 task, u64 now)
{
	u64 queued = task < infos->queued.len ? infos->queued.at[task] : 0;

	return queued && queued != NEVER ? now - (queued - 1) : 0;
}

u64 run_infos_arrival(const struct run_infos *infos, u32 task)
{
	return task < infos->arrived.len ? infos->arrived.at[task] : 0;
}

struct sink run_infos_sink(struct run_infos *infos)
{
	return (struct sink){
		.self = infos,
		.wants = RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW) |
			 RECORD_BIT(ATTR) | RECORD_BIT(REGROUP) | RECORD_BIT(FORCED_IDLE),
		.take = take,
	};
}
