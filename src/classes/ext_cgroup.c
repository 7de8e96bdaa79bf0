/* SPDX-License-Identifier: MIT */
/*
 * A policy hears of cgroups: which there are, who goes where, what is written into their files.
 *
 * Autogroups are none: their tasks are in the root cgroup. Kernel: scx_cgroup_*(), scx_group_*() in
 * kernel/sched/ext.c. Reference: core-rt-dl-ext.md 5.3.
 */
#include "classes/ext.h"

#include "classes/ext_host.h"
#include "sched/group.h"

enum { WEIGHT_DEFAULT = 100, WEIGHT_MAX = 10000, SHARES_DEFAULT = 1024 };

static u64 number_of(const struct task_group *group)
{
	return group && !group->is_autogroup ? EXT_CGROUP_ROOT + 1 + group->id : EXT_CGROUP_ROOT;
}

/* sched_weight_to_cgroup(). */
static u32 weight_of_shares(u64 shares)
{
	u64 weight = (shares * WEIGHT_DEFAULT + SHARES_DEFAULT / 2) / SHARES_DEFAULT;

	return (u32)clamp_to(weight, (u64)1, (u64)WEIGHT_MAX);
}

/* NULL: the root, or, if *@known becomes false, none at all. */
static const struct task_group *group_of(const struct sched *sched, u64 cgroup, bool *known)
{
	u64 index = cgroup - EXT_CGROUP_ROOT - 1;

	*known = cgroup == EXT_CGROUP_ROOT || index < sched->nr_groups;
	return *known && cgroup != EXT_CGROUP_ROOT ? &sched->groups[index] : NULL;
}

static u32 weight_of_group(const struct task_group *group)
{
	return group ? weight_of_shares(group->written_shares) : WEIGHT_DEFAULT;
}

/* ---- All of them ---- */

bool ext_cgroups_init(struct ext *ext)
{
	const struct sched *sched = ext->sched;
	s32 error = 0;

	for (ext->nr_cgroups = 0; ext->nr_cgroups <= sched->nr_groups; ext->nr_cgroups++) {
		u64 number = EXT_CGROUP_ROOT + ext->nr_cgroups;
		const struct task_group *group =
			ext->nr_cgroups ? &sched->groups[ext->nr_cgroups - 1] : NULL;

		if (ext->ops.cgroup_init)
			ext_ask(ext, EXT_FROM_UNLOCKED, error, cgroup_init, number,
				weight_of_group(group));
		if (error)
			ext_fail(ext, EXT_EXIT_ERROR, 0,
				 "cgroup_init failed (%d) for cgroup %" PRIu64, error, number);
		if (ext->report.kind != EXT_EXIT_NONE)
			return false;
	}
	return true;
}

void ext_cgroups_exit(struct ext *ext)
{
	while (ext->nr_cgroups) {
		ext->nr_cgroups--;
		ext_call(ext, EXT_FROM_UNLOCKED, cgroup_exit, EXT_CGROUP_ROOT + ext->nr_cgroups);
	}
}

/* ---- Who goes where ---- */

/* From the end of ext_cgroups_init() to the beginning of ext_cgroups_exit(). */
static struct ext *told(struct sched *sched)
{
	struct ext *ext = sched->ext_data;

	return ext->nr_cgroups > sched->nr_groups ? ext : NULL;
}

bool ext_cgroup_prep_move(struct sched *sched, struct task *task, const struct task_group *to)
{
	struct ext *ext = told(sched);
	s32 error = 0;

	if (!ext || !task->ext || number_of(task->group) == number_of(to) ||
	    !ext->ops.cgroup_prep_move)
		return true;
	ext_ask(ext, EXT_FROM_UNLOCKED, error, cgroup_prep_move, ext_task_of(task->ext),
		number_of(task->group), number_of(to));
	return !error;
}

void ext_cgroup_move(struct sched *sched, struct task *task, const struct task_group *from,
		     const struct task_group *to)
{
	struct ext *ext = told(sched);

	if (ext && task->ext && number_of(from) != number_of(to))
		ext_call(ext, EXT_FROM_REST, cgroup_move, ext_task_of(task->ext), number_of(from),
			 number_of(to));
}

void ext_cgroup_cancel_move(struct sched *sched, struct task *task, const struct task_group *to)
{
	struct ext *ext = told(sched);

	if (ext && task->ext && number_of(task->group) != number_of(to))
		ext_call(ext, EXT_FROM_UNLOCKED, cgroup_cancel_move, ext_task_of(task->ext),
			 number_of(task->group), number_of(to));
}

/* ---- Files ---- */

static void tell_bandwidth(struct ext *ext, const struct task_group *group)
{
	const struct bandwidth *b = group->bandwidth;

	if (!b)
		return;
	ext_call(ext, EXT_FROM_UNLOCKED, cgroup_set_bandwidth, number_of(group),
		 b->period_ns / USEC,
		 b->quota_ns == GROUP_NO_QUOTA ? UINT64_MAX : b->quota_ns / USEC,
		 b->burst_ns / USEC);
}

void ext_cgroup_written(struct sched *sched, const struct task_group *group, u32 old_shares,
			const struct group_change *change)
{
	bool newest = sched_feature(sched, FEATURE_EXT_CGROUP_FILES);
	u32 weight = weight_of_group(group);
	struct ext *ext = told(sched);

	if (!ext)
		return;
	if (weight != weight_of_shares(old_shares))
		ext_call(ext, EXT_FROM_UNLOCKED, cgroup_set_weight, number_of(group), weight);
	if (newest && change->what & GROUP_SETS_IDLE)
		ext_call(ext, EXT_FROM_UNLOCKED, cgroup_set_idle, number_of(group), group->idle);
	if (newest && change->what & (GROUP_SETS_QUOTA | GROUP_SETS_PERIOD | GROUP_SETS_BURST))
		tell_bandwidth(ext, group);
}

/* ---- What a policy may ask ---- */

u64 ext_host_task_cgroup(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return ext_is_task(ext_of_handle(x), task, "task_cgroup")
		       ? number_of(ext_entity_of(task)->task->group)
		       : EXT_CGROUP_ROOT;
}

static const struct task_group *asked_for(struct ossim_ext *x, u64 cgroup, const char *what)
{
	struct ext *ext = ext_of_handle(x);
	bool known;
	const struct task_group *group = group_of(ext->sched, cgroup, &known);

	if (!known)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: there is no cgroup %" PRIu64, what, cgroup);
	return group;
}

u64 ext_host_cgroup_parent(struct ossim_ext *x, u64 cgroup)
{
	const struct task_group *group = asked_for(x, cgroup, "cgroup_parent");

	return group ? number_of(group->parent) : 0;
}

u32 ext_host_cgroup_weight(struct ossim_ext *x, u64 cgroup)
{
	return weight_of_group(asked_for(x, cgroup, "cgroup_weight"));
}
