/* SPDX-License-Identifier: MIT */
/*
 * Floating-point registers that are loaded at their first use, as kernels up to 4.5 did it on x86
 * (switch_fpu_prepare() with fpu_lazy, math_state_restore()); reference: process.md 11.4.
 *
 * A cpu remembers whose registers it holds. They are good as long as their task has not used those
 * of another cpu since. Where registers are switched with the task, their cost is part of the
 * switch.
 */
#include "proc/calls.h"

void fpu_init(struct proc_world *world)
{
	const struct platform *platform = &world->workload->platform;

	if (!platform->lazy_fpu)
		return;
	world->fpu_owner = arena_array(world->arena, u32, platform->nr_cpus);
	for (u32 cpu = 0; cpu < platform->nr_cpus; cpu++)
		world->fpu_owner[cpu] = TASK_ID_NONE;
}

bool fpu_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
	    const struct op *op unused_arg)
{
	enum { LOADED = OP_START + 1 };
	u32 id = proc->task.id;

	if (!world->fpu_owner || proc->phase == LOADED || world->fpu_owner[cpu->id] == id)
		return true;
	for (u32 i = 0; i < world->workload->platform.nr_cpus; i++)
		if (world->fpu_owner[i] == id)
			world->fpu_owner[i] = TASK_ID_NONE;
	world->fpu_owner[cpu->id] = id;
	return !proc_pay(world, cpu, proc, world->costs->fpu_trap, LOADED);
}
