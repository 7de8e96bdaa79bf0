/* SPDX-License-Identifier: MIT */
/*
 * Which cpus went offline, and came back?
 *
 * The thread cpuhp/N of a cpu takes it down and brings it up (kernel/cpu.c: cpuhp_thread_fun()). In
 * between nothing at all runs on the cpu. So it was offline from one such request to the next one,
 * if nobody else ran there after the first and it idled until the second; or to the end, if there
 * is no second. Requests of a cpu take turns: one that came goes next.
 *
 * An idle cpu that is offline tells nothing about who may run there. The first cpu stays online.
 */
#include "input/replay_collect.h"

#include <string.h>

/* While a cpu goes or comes its thread waits, for grace periods too, but not for so long. */
enum { GONE_LEAST = 50 * (int)MSEC };

bool replay_is_hotplug(const char *comm)
{
	return strncmp(comm, "cpuhp/", 6) == 0;
}

void replay_hotplug_waking(struct replay *replay, const struct record *r)
{
	struct replay_going *g;

	if (r->arg >= replay->nr_cpus || !replay_task_at(replay, r->task)->hotplug)
		return;
	g = &replay->cpus[r->arg].going;
	if (!g->woken_at || r->when >= max_of(g->woken_at, g->ran_at) + GONE_LEAST)
		g->woken_at = r->when;
}

/* What spoke against @cpu was that it idled: it was not there. */
static void forget_idleness(struct replay *replay, u32 cpu)
{
	for (u32 i = 0; i < replay->tasks.len; i++) {
		struct replay_task *task = &replay->tasks.at[i];

		if (cpu < task->places.len)
			task->places.at[cpu] =
				(struct replay_place){.wakeups_before = task->nr_wakeups};
	}
}

static void add_event(struct replay *replay, u32 cpu, u64 when, bool online)
{
	vec_push(&replay->hotplugs,
		 (struct replay_hotplug){
			 .when = when - min_of(when, replay->from), .cpu = cpu, .online = online});
}

/* The thread runs, for the first time for a request. */
static void begin_request(struct replay *replay, u32 cpu)
{
	struct replay_going *g = &replay->cpus[cpu].going;

	g->comes =
		!g->comes && g->ran_at && g->others_at <= g->ran_at && g->idle_until >= g->woken_at;
	if (g->comes && replay->open && g->woken_at > replay->from) {
		forget_idleness(replay, cpu);
		add_event(replay, cpu, g->since, false);
		add_event(replay, cpu, g->woken_at, true);
	}
	g->since = g->woken_at;
}

void replay_hotplug_switch(struct replay *replay, const struct record *r)
{
	struct replay_going *g = &replay->cpus[r->cpu].going;
	const struct replay_task *next = replay_task_at(replay, r->other);

	if (r->cpu == 0)
		return;
	if (r->task < replay->nr_cpus)
		g->idle_until = r->when;
	if (next->hotplug) {
		if (g->since != g->woken_at)
			begin_request(replay, r->cpu);
		g->ran_at = r->when;
	} else if (!next->apart && (!next->kthread || r->when >= g->ran_at + GONE_LEAST)) {
		g->others_at = r->when;
	}
}

void replay_hotplug_end(struct replay *replay)
{
	for (u32 cpu = 1; cpu < replay->nr_cpus; cpu++) {
		const struct replay_going *g = &replay->cpus[cpu].going;

		if (!g->ran_at || g->comes || g->others_at > g->ran_at ||
		    replay->cpus[cpu].curr >= replay->nr_cpus ||
		    g->ran_at + GONE_LEAST > replay->to)
			continue;
		forget_idleness(replay, cpu);
		add_event(replay, cpu, g->since, false);
	}
}
