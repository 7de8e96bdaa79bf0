/* SPDX-License-Identifier: MIT */
/*
 * Spinning: a task computes for nothing until somebody ends that. Its segment has no length, and
 * nothing polls: who changes what it looks at says so, and a cpu whose switches matter is watched.
 */
#include "sched/sched.h"

void sched_spin(struct sched *sched, struct cpu *cpu)
{
	/* As overhead, so that nothing is left of it when it is cut short. */
	cpu_segment_begin(sched->machine, cpu, (NEVER - sched->machine->now) / 2, 0);
}

void sched_spin_ends(struct sched *sched, struct task *task)
{
	struct cpu *cpu = &sched->machine->cpus[task->cpu];

	cpu->segment_end = cpu->work_begins = max_of(sched->machine->now, cpu->kernel_until);
	machine_touch(sched->machine, cpu);
}

void sched_watch_cpu(struct sched *sched, u32 cpu)
{
	sched_rq(sched, cpu)->balance_callbacks |= BALANCE_WATCH;
}
