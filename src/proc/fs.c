/* SPDX-License-Identifier: MIT */
/*
 * Who shares root, working directory and umask (CLONE_FS). Nothing here depends on them: they are
 * counted, where a workload gives clone flags of its own, so that what a flag shares can be looked
 * at. Elsewhere the threads of a process share them, and nobody else. Kernel: fs/fs_struct.c;
 * reference: process.md 3.2.
 */
#include "proc/files.h"

/* A fs_struct. */
struct fs {
	u32 index; /* in world->fs_pool */
	u32 users; /* tasks */
};

bool clone_is_by_flags(const struct workload *workload)
{
	for (u32 i = 0; i < workload->nr_programs; i++)
		for (u32 k = 0; k < workload->programs[i].nr_ops; k++) {
			const struct op *op = &workload->programs[i].ops[k];

			if (op->code == OP_CLONE && op->a)
				return true;
		}
	return false;
}

void fs_init(struct proc_world *world)
{
	pool_init(&world->fs_pool, sizeof(struct fs), 4);
	world->counts_fs = clone_is_by_flags(world->workload);
}

void fs_fini(struct proc_world *world)
{
	pool_fini(&world->fs_pool);
	vec_release((void **)&world->fs_of);
}

static struct fs *fs_of(const struct proc_world *world, const struct proc *proc)
{
	u32 ref = proc->index < world->cap_fs_of ? world->fs_of[proc->index] : 0;

	return ref ? pool_at(&world->fs_pool, ref - 1) : NULL;
}

static void set_fs(struct proc_world *world, const struct proc *proc, const struct fs *fs)
{
	if (unlikely(proc->index >= world->cap_fs_of))
		vec_grow((void **)&world->fs_of, &world->cap_fs_of, proc->index + 1,
			 sizeof(*world->fs_of));
	world->fs_of[proc->index] = fs ? fs->index + 1 : 0;
}

void fs_take(struct proc_world *world, const struct proc *proc, const struct proc *parent,
	     bool share)
{
	struct fs *fs;
	u32 index;

	if (likely(!world->counts_fs))
		return;
	fs = share ? fs_of(world, parent) : NULL;
	if (!fs) {
		fs = pool_get(&world->fs_pool, &index);
		fs->index = index;
	}
	fs->users++;
	set_fs(world, proc, fs);
}

void fs_drop(struct proc_world *world, const struct proc *proc)
{
	struct fs *fs;

	if (likely(!world->counts_fs))
		return;
	fs = fs_of(world, proc);
	if (!fs)
		return;
	set_fs(world, proc, NULL);
	if (!--fs->users)
		pool_put(&world->fs_pool, fs->index);
}

u32 fs_users(const struct proc_world *world, const struct proc *proc)
{
	const struct fs *fs = fs_of(world, proc);

	return fs ? fs->users : proc->process->nr_live;
}
