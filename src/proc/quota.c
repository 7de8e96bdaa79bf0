/* SPDX-License-Identifier: MIT */
/*
 * How many tasks a user and a cgroup may have.
 *
 * The limit of a user's tasks is each process's own, inherited; root is not bound by it. That of a
 * cgroup holds for all below it, too, and a fork that it refuses has had its number already.
 * Threads and zombies count.
 */
#include "proc/quota.h"

/* What is counted for one task; all zero while there is none. */
struct quota_entry {
	u32 user;      /* 0: root */
	u32 nproc;     /* its limit; 0: none */
	bool exceeded; /* PF_NPROC_EXCEEDED */
};

struct quotas {
	vec_of(struct quota_entry) entries; /* by proc.index */
	u32 *of_user;                       /* tasks, by user */
	u32 *of_group;                      /* by the workload's groups, those below included */
};

static bool is_needed(const struct workload *w)
{
	for (u32 i = 0; i < w->nr_tasks; i++)
		if (w->tasks[i].user || w->tasks[i].limit_nproc)
			return true;
	for (u32 i = 0; i < w->nr_groups; i++)
		if (w->groups[i].pids_max)
			return true;
	return false;
}

void quotas_init(struct proc_world *world)
{
	const struct workload *w = world->workload;
	struct quotas *quotas;

	if (!is_needed(w))
		return;
	quotas = world->quotas = arena_new(world->arena, struct quotas);
	quotas->of_user = arena_array(world->arena, u32, w->nr_users + 1);
	quotas->of_group = arena_array(world->arena, u32, w->nr_groups);
}

void quotas_fini(struct proc_world *world)
{
	if (world->quotas)
		vec_fini(&world->quotas->entries);
}

static const struct quota_entry *entry_of(const struct proc_world *world, const struct proc *proc)
{
	static const struct quota_entry none;
	const struct quotas *quotas = world->quotas;

	return proc->index < quotas->entries.len ? &quotas->entries.at[proc->index] : &none;
}

static struct quota_entry *entry_make(struct proc_world *world, const struct proc *proc)
{
	struct quotas *quotas = world->quotas;

	while (quotas->entries.len <= proc->index)
		vec_push(&quotas->entries, (struct quota_entry){0});
	return &quotas->entries.at[proc->index];
}

/* @group NULL: the root, which has no limit. */
static void count_in_groups(struct proc_world *world, const struct task_group *group, u32 change)
{
	for (; group && group->id < world->workload->nr_groups; group = group->parent)
		world->quotas->of_group[group->id] += change;
}

static bool is_over(const struct quota_entry *entry, u32 tasks)
{
	return entry->user && entry->nproc && tasks > entry->nproc;
}

void quota_begin(struct proc_world *world, const struct proc *proc, const struct proc *parent)
{
	const struct task_spec *spec = &world->workload->tasks[proc->spec];
	struct quota_entry inherited = *entry_of(world, parent), *entry = entry_make(world, proc);
	u32 *of_user = world->quotas->of_user;

	*entry = (struct quota_entry){
		.user = spec->user ? spec->user - 1 : inherited.user,
		.nproc = spec->limit_nproc ? spec->limit_nproc : inherited.nproc,
	};
	of_user[entry->user]++;
	/* setuid() does not fail for that. */
	entry->exceeded = entry->user != inherited.user && is_over(entry, of_user[entry->user]);
	count_in_groups(world, proc->cgroup, 1);
}

void quota_end(struct proc_world *world, const struct proc *proc)
{
	if (proc->spec == SPEC_NONE)
		return;
	world->quotas->of_user[entry_of(world, proc)->user]--;
	count_in_groups(world, proc->cgroup, -1u);
}

void quota_moved(struct proc_world *world, const struct proc *proc, const struct task_group *from)
{
	count_in_groups(world, from, -1u);
	count_in_groups(world, proc->cgroup, 1);
}

u32 quota_user(const struct proc_world *world, const struct proc *proc)
{
	return entry_of(world, proc)->user;
}

bool quota_user_has_room(const struct proc_world *world, const struct proc *parent)
{
	const struct quota_entry *entry = entry_of(world, parent);

	return !is_over(entry, world->quotas->of_user[entry->user] + 1);
}

bool quota_group_has_room(const struct proc_world *world, const struct proc *parent, u32 spec)
{
	const struct workload *w = world->workload;
	u32 group = w->tasks[spec].group;

	if (group == GROUP_INHERITED)
		group = parent->cgroup ? parent->cgroup->id : GROUP_ROOT;
	for (; group != GROUP_ROOT; group = w->groups[group].parent)
		if (w->groups[group].pids_max &&
		    world->quotas->of_group[group] >= w->groups[group].pids_max)
			return false;
	return true;
}

bool quota_may_exec(struct proc_world *world, const struct proc *proc)
{
	struct quota_entry *entry = entry_make(world, proc);

	if (entry->exceeded && is_over(entry, world->quotas->of_user[entry->user]))
		return false;
	entry->exceeded = false;
	return true;
}
