/* SPDX-License-Identifier: MIT */
/*
 * Writes to the scheduler's files in mid-run: sysctls, files of debugfs. Who looks at a knob or a
 * feature next finds the new value; what was worked out from the old one stays (a slice, a
 * deadline). Kernel: kernel/sched/debug.c, fair.c.
 */
#include "sched/writes.h"

#include "sched/cookie.h"
#include "sched/internal.h"

/* sched_rt_handler(): EINVAL, or EBUSY where more is promised already. */
static bool limit_is_good(const struct sched *sched)
{
	const struct knobs *knobs = &sched->kernel->knobs;

	if (knobs->rt_runtime_us != KNOB_UNLIMITED && knobs->rt_runtime_us > knobs->rt_period_us)
		return false;
	return sched->classes[CLASS_DEADLINE]->limit_fits(sched) &&
	       sched->classes[CLASS_RT]->limit_fits(sched);
}

static void write_limit(struct sched *sched, enum knob_id id, u64 value)
{
	struct knobs *knobs = &sched->kernel->knobs;
	u64 before = *knob_at(knobs, id);

	*knob_at(knobs, id) = value;
	if (!limit_is_good(sched)) {
		*knob_at(knobs, id) = before;
		return;
	}
	sched->classes[CLASS_RT]->take_limit(sched);
	sched->classes[CLASS_DEADLINE]->take_limit(sched);
}

static void write_knob(struct sched *sched, enum knob_id id, u64 value)
{
	struct knobs *knobs = &sched->kernel->knobs;
	bool server = id == KNOB_ID_fair_server_runtime_ns || id == KNOB_ID_fair_server_period_ns;
	u64 before = *knob_at(knobs, id);

	*knob_at(knobs, id) = value;
	if (server && knobs->fair_server_runtime_ns > knobs->fair_server_period_ns)
		*knob_at(knobs, id) = before; /* EINVAL */
	else if (server)
		sched->classes[CLASS_DEADLINE]->write_server(sched, knobs->fair_server_runtime_ns,
							     knobs->fair_server_period_ns);
}

/* Queues have copies. */
static void write_feature(struct sched *sched, u32 bit, bool on)
{
	u128 flag = (u128)1 << bit;

	sched->features = on ? sched->features | flag : sched->features & ~flag;
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct rq *rq = &sched->rqs[cpu];

		fair_rq_note_features(sched, &rq->fair);
		if (sched->cookies) {
			sched->cookies->plain = rq->fair.newest;
			rq->fair.newest &= !rq->core;
		}
		for (u32 i = 0; i < sched->nr_groups; i++)
			sched->groups[i].cpus[cpu].queue.features = sched->features;
		for (struct task_group *group = sched->autogroups; group;
		     group = group->made_before)
			group->cpus[cpu].queue.features = sched->features;
	}
}

static void apply(struct sched *sched, const struct sched_write *write)
{
	if (write->knob == NR_KNOBS)
		write_feature(sched, write->feature, write->value);
	else if (write->knob == KNOB_ID_rt_runtime_us || write->knob == KNOB_ID_rt_period_us)
		write_limit(sched, (enum knob_id)write->knob, write->value);
	else
		write_knob(sched, (enum knob_id)write->knob, write->value);
}

static void arm(struct sched_writes *writes)
{
	if (writes->next < writes->nr)
		machine_timer_arm(writes->sched->machine, &writes->timer, 0,
				  writes->list[writes->next].at);
}

static void is_due(struct machine *machine, struct timer *timer)
{
	struct sched_writes *writes = container_of(timer, struct sched_writes, timer);

	while (writes->next < writes->nr && writes->list[writes->next].at <= machine->now)
		apply(writes->sched, &writes->list[writes->next++]);
	arm(writes);
}

void sched_writes_init(struct sched *sched, const struct sched_write *list, u32 nr)
{
	struct sched_writes *writes;

	if (!nr)
		return;
	writes = arena_new(sched->arena, struct sched_writes);
	*writes = (struct sched_writes){.sched = sched, .list = list, .nr = nr};
	timer_init(&writes->timer, is_due, TIMER_RANK_HOTPLUG, UINT32_MAX - 2);
	arm(writes);
}
