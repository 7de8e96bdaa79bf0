/* SPDX-License-Identifier: MIT */
/*
 * Groups of tasks: what the kernel accepts as their weight and quota, and who refers to them.
 *
 * Groups are declared, parents first, before the tasks that name them.
 */
#include "model/builder_inside.h"

#include <string.h>

#include "base/ensure.h"

/* kernel/sched/core.c: MIN_SHARES, MAX_SHARES; min and max_cfs_quota_period, min quota. */
enum { SHARES_LEAST = 2, SHARES_GREATEST = 1 << 18 };
#define QUOTA_LEAST     (1 * MSEC)
#define PERIOD_LEAST    (1 * MSEC)
#define PERIOD_GREATEST (1 * SEC)

static const char root_name[] = "root";

static const char *suggest_group(struct builder *b, const char *word)
{
	const char **names = arena_array(b->arena, const char *, b->groups.len + 1);

	for (u32 i = 0; i < b->groups.len; i++)
		names[i] = b->groups.at[i].name;
	names[b->groups.len] = root_name;
	return suggestion(b, word, names, b->groups.len + 1);
}

u32 group_find(struct builder *b, struct loc loc, const char *name)
{
	s64 index = symbol_find(&b->symbols, SYMBOL_GROUP, name, strlen(name));

	if (strcmp(name, root_name) == 0)
		return GROUP_ROOT;
	if (index >= 0)
		return (u32)index;
	diag_error(b->diag, loc, "unknown group '%s'%s: see the list under 'groups:'", name,
		   suggest_group(b, name));
	return GROUP_ROOT;
}

static void check_shares(struct builder *b, struct loc loc, const char *name, u32 shares)
{
	if (shares < SHARES_LEAST || shares > SHARES_GREATEST)
		diag_error(b->diag, loc, "group '%s' has %u shares: it must be %d..%d", name,
			   shares, SHARES_LEAST, SHARES_GREATEST);
}

static void check_quota(struct builder *b, const struct group_spec *group)
{
	char text[16];

	if (group->period_ns < PERIOD_LEAST || group->period_ns > PERIOD_GREATEST) {
		format_duration(group->period_ns, text);
		diag_error(b->diag, group->loc, "group '%s' has a period of %s: it must be 1ms..1s",
			   group->name, text);
	}
	if (group->quota_ns < QUOTA_LEAST) {
		format_duration(group->quota_ns, text);
		diag_error(b->diag, group->loc,
			   "group '%s' has a quota of %s: it must be 1ms or more", group->name,
			   text);
	}
	if (group->burst_ns && group->quota_ns == GROUP_NO_QUOTA)
		diag_error(b->diag, group->loc, "group '%s' has a burst but no quota", group->name);
	else if (group->burst_ns > group->quota_ns)
		diag_error(b->diag, group->loc, "group '%s' has a burst above its quota",
			   group->name);
}

static u64 quota_ratio(const struct group_spec *group)
{
	return group->quota_ns == GROUP_NO_QUOTA
		       ? GROUP_NO_QUOTA
		       : group_quota_ratio(group->quota_ns, group->period_ns);
}

/*
 * Of cgroup v1 alone: what a child has is said to be a part of what the nearest limited group above
 * has.
 */
static void check_quota_above(struct builder *b, const struct group_spec *group)
{
	u32 above = group->parent;

	while (above != GROUP_ROOT && b->groups.at[above].quota_ns == GROUP_NO_QUOTA)
		above = b->groups.at[above].parent;
	if (!group->quota_of_v1 || group->quota_ns == GROUP_NO_QUOTA || above == GROUP_ROOT ||
	    quota_ratio(group) <= quota_ratio(&b->groups.at[above]))
		return;
	diag_error(
		b->diag, group->loc,
		"group '%s' has a 'quota' above that of group '%s', which cgroup v1 refuses; 'max' of v2 may be so",
		group->name, b->groups.at[above].name);
}

/* What is left of the group above, or of all RT tasks, beside the siblings that came before. */
static u64 rt_part_left(struct builder *b, u32 above)
{
	const struct knobs *knobs = &b->w.kernel.knobs;
	u64 most = 1 << 20;

	if (above != GROUP_ROOT)
		most = group_quota_ratio(b->groups.at[above].rt_runtime_ns,
					 b->groups.at[above].rt_period_ns);
	else if (knobs->rt_runtime_us != KNOB_UNLIMITED)
		most = group_quota_ratio(knobs->rt_runtime_us, knobs->rt_period_us);
	for (u32 i = 0; i < b->groups.len; i++)
		if (b->groups.at[i].parent == above)
			most -= min_of(most, group_quota_ratio(b->groups.at[i].rt_runtime_ns,
							       b->groups.at[i].rt_period_ns));
	return most;
}

static bool check_rt_switch(struct builder *b, struct loc loc, const char *name)
{
	return kernel_has(&b->w.kernel, FEATURE_RT_GROUP_SCHED) ||
	       diag_error(
		       b->diag, loc,
		       "group '%s' has RT runtime or a period, which needs a kernel that is built for it: 'sched: {switches: "
		       "[RT_GROUP_SCHED]}'",
		       name);
}

/* __rt_schedulable() */
static void check_rt(struct builder *b, const struct group_spec *group)
{
	if (!group->rt_runtime_ns && group->rt_period_ns == GROUP_RT_PERIOD)
		return;
	if (!check_rt_switch(b, group->loc, group->name))
		return;
	if (group->rt_runtime_ns > group->rt_period_ns)
		diag_error(b->diag, group->loc, "group '%s' has more rt_runtime than its rt_period",
			   group->name);
	else if (group_quota_ratio(group->rt_runtime_ns, group->rt_period_ns) >
		 rt_part_left(b, group->parent))
		diag_error(b->diag, group->loc,
			   "group '%s' has more rt_runtime of its rt_period than %s leaves it (%s)",
			   group->name,
			   group->parent == GROUP_ROOT ? "sched_rt_runtime_us" : "the group above",
			   "EINVAL; groups side by side count together");
}

u32 builder_group(struct builder *b, const struct group_spec *given)
{
	u32 *slot = symbol_slot(&b->symbols, SYMBOL_GROUP, given->name);
	struct group_spec group = *given;

	group.name = arena_strdup(b->arena, given->name);
	group.rt_period_ns = given->rt_period_ns ? given->rt_period_ns : GROUP_RT_PERIOD;
	ensure(group.parent == GROUP_ROOT || group.parent < b->groups.len);
	if (strcmp(group.name, root_name) == 0) {
		diag_error(b->diag, group.loc,
			   "'root' is the group in which all others are: it has no settings");
	} else if (*slot) {
		diag_error(b->diag, group.loc, "group '%s' is declared twice", group.name);
		diag_note(b->diag, b->groups.at[*slot - 1].loc, "'%s' was declared here",
			  group.name);
	} else {
		*slot = b->groups.len + 1;
	}
	if (strchr(group.name, '/'))
		diag_error(
			b->diag, group.loc,
			"the name of group '%s' has a '/': what is below a group is in its 'groups'",
			group.name);
	check_shares(b, group.loc, group.name, group.shares);
	check_quota(b, &group);
	check_quota_above(b, &group);
	check_rt(b, &group);
	vec_push(&b->groups, group);
	return b->groups.len - 1;
}

/* Its own group at least; what it may inherit is known when it is born only. */
void check_rt_group(struct builder *b, struct loc loc, const struct task_spec *task)
{
	if (!kernel_has(&b->w.kernel, FEATURE_RT_GROUP_SCHED) ||
	    b->w.kernel.knobs.rt_runtime_us == KNOB_UNLIMITED || !policy_is_rt(task->attr.policy) ||
	    task->group >= b->groups.len || b->groups.at[task->group].rt_runtime_ns)
		return;
	diag_error(b->diag, loc,
		   "realtime task '%s' is in group '%s', which has no rt_runtime (EPERM)",
		   task->name, b->groups.at[task->group].name);
}

u32 group_change_add(struct builder *b, struct loc loc, const char *name,
		     const struct group_change *given)
{
	struct group_change change = *given;
	struct group_spec said = {
		.name = name,
		.loc = loc,
		.quota_ns = given->what & GROUP_SETS_QUOTA ? given->quota_ns : GROUP_NO_QUOTA,
		.period_ns = given->what & GROUP_SETS_PERIOD ? given->period_ns : PERIOD_GREATEST,
		.burst_ns = given->what & GROUP_SETS_QUOTA ? given->burst_ns : 0,
	};

	change.group = group_find(b, loc, name);
	if (strcmp(name, root_name) == 0)
		diag_error(b->diag, loc,
			   "'root' is the group in which all others are: it has no settings");
	if (!change.what)
		diag_error(
			b->diag, loc,
			"set_group sets nothing of group '%s': it needs a weight, a quota, idle, rt_runtime, freeze or freezer",
			name);
	if (change.what & (GROUP_SETS_RT_RUNTIME | GROUP_SETS_RT_PERIOD))
		(void)check_rt_switch(b, loc, name);
	if (change.what & GROUP_SETS_SHARES)
		check_shares(b, loc, name, change.shares);
	check_quota(b, &said);
	if (change.group != GROUP_ROOT && change.what & GROUP_SETS_QUOTA)
		b->groups.at[change.group].gets_quota |= change.quota_ns != GROUP_NO_QUOTA;
	vec_push(&b->group_changes, change);
	return b->group_changes.len - 1;
}

void builder_task_user(struct builder *b, const char *name)
{
	u32 *slot = symbol_slot(&b->symbols, SYMBOL_USER, name);

	ensure(b->open);
	if (strcmp(name, root_name) == 0) {
		b->task.user = 1;
		return;
	}
	if (!*slot)
		*slot = ++b->w.nr_users;
	b->task.user = *slot + 1;
}

void builder_task_group(struct builder *b, struct loc loc, const char *name)
{
	ensure(b->open);
	b->task.group = group_find(b, loc, name);
}
