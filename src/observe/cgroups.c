/* SPDX-License-Identifier: MIT */
/* Groups of tasks, from their records. */
#include "observe/cgroups.h"

void cgroups_fini(struct cgroups *groups)
{
	vec_fini(&groups->at);
}

static struct cgroup_state *state_of(struct cgroups *groups, u32 id)
{
	while (groups->at.len <= id) {
		struct cgroup_state fresh = {.metrics.parent = TASK_ID_NONE};

		vec_push(&groups->at, fresh);
	}
	return &groups->at.at[id];
}

/* An autogroup's id may come again, for another session. */
static void introduce(struct cgroups *groups, const struct record *r)
{
	struct group_metrics *group = &state_of(groups, r->task)->metrics;

	group->name = (u32)r->value;
	group->parent = r->other;
	group->is_autogroup = r->arg;
}

static void take_period(struct group_metrics *group, const struct record *r)
{
	group->nr_periods += r->other;
	if (r->arg)
		group->nr_throttled += r->other;
	group->nr_bursts += r->value != 0;
	group->burst_ns += r->value;
}

/* Sums of ends minus sums of begins: only what lies in the window is ever added. */
static void take_throttle(struct cgroup_state *state, const struct record *r, bool counts)
{
	if (r->arg)
		state->nr_throttled_cpus++;
	else if (state->nr_throttled_cpus)
		state->nr_throttled_cpus--;
	else
		return;
	if (counts)
		state->metrics.throttled_ns += r->arg ? 0 - r->when : r->when;
}

void cgroups_take(struct cgroups *groups, const struct record *r, bool counts)
{
	if (r->kind == RECORD_GROUP)
		introduce(groups, r);
	else if (r->kind == RECORD_THROTTLE)
		take_throttle(state_of(groups, r->task), r, counts);
	else if (counts)
		take_period(&state_of(groups, r->task)->metrics, r);
}

void cgroups_credit(struct cgroups *groups, u32 group, u64 ns)
{
	if (group != TASK_ID_NONE)
		state_of(groups, group)->metrics.cpu_ns += ns;
}

void cgroups_open(struct cgroups *groups, u64 when)
{
	for (u32 i = 0; i < groups->at.len; i++)
		groups->at.at[i].metrics.throttled_ns -= groups->at.at[i].nr_throttled_cpus * when;
}

void cgroups_close(struct cgroups *groups, u64 when)
{
	for (u32 i = 0; i < groups->at.len; i++)
		groups->at.at[i].metrics.throttled_ns += groups->at.at[i].nr_throttled_cpus * when;
}

void cgroups_sum_up(struct cgroups *groups)
{
	/* Parents come before their children. */
	for (u32 i = groups->at.len; i-- > 0;)
		cgroups_credit(groups, groups->at.at[i].metrics.parent,
			       groups->at.at[i].metrics.cpu_ns);
}
