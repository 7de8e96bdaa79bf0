/* SPDX-License-Identifier: MIT */
/* Kernel stacks that are kept: see stack.h. */
#include "proc/stack.h"

#include "proc/proc.h"

enum { STACKS_KEPT = 2 };

void stacks_init(struct proc_world *world)
{
	if (!world->costs->fork_stack)
		return;
	world->kept_stacks = arena_array(world->arena, u32, world->machine->nr_cpus);
	for (u32 cpu = 0; cpu < world->machine->nr_cpus; cpu++)
		world->kept_stacks[cpu] = world->workload->platform.kept_stacks;
}

u64 stack_take(struct proc_world *world, const struct cpu *cpu)
{
	if (likely(!world->kept_stacks))
		return 0;
	if (!world->kept_stacks[cpu->id])
		return world->costs->fork_stack;
	world->kept_stacks[cpu->id]--;
	return 0;
}

u32 stacks_wanted(const struct proc_world *world, u32 cpu)
{
	return world->kept_stacks ? STACKS_KEPT - min_of(world->kept_stacks[cpu], (u32)STACKS_KEPT)
				  : 0;
}

void stack_give(struct proc_world *world, const struct cpu *cpu)
{
	if (likely(!world->kept_stacks))
		return;
	if (stacks_wanted(world, cpu->id))
		world->kept_stacks[cpu->id]++;
	else
		rcu_free_stack(world);
}

void stack_give_late(struct proc_world *world, u32 cpu)
{
	if (stacks_wanted(world, cpu))
		world->kept_stacks[cpu]++;
	else
		worker_free_stack(world, cpu);
}
