/* SPDX-License-Identifier: MIT */
/* Threads of interrupts. */
#include "proc/irq_threads.h"

#include "proc/boot.h"
#include "proc/irq.h"
#include "proc/irq_lines.h"
#include "proc/netdev.h"
#include "proc/sync.h"

/* MAX_RT_PRIO / 2, of sched_set_fifo(). */
enum { PRIORITY = 50 };

static void make(struct proc_world *world, u32 number)
{
	static const struct bh_job *const jobs[NR_IRQ_DEVICES] = {
		[IRQ_OF_SOURCE] = &irq_source_job,
		[IRQ_OF_NETDEV] = &netdev_job,
		[IRQ_OF_DEVICE] = &device_job,
	};
	static const struct sched_attr attr = {.policy = POLICY_FIFO, .rt_priority = PRIORITY};
	const struct irq_line *line = &world->irq_lines->at[number];
	struct bh_thread *thread = &world->irq_threads[number];
	char behind[64];
	u32 comm;

	snprintf(behind, sizeof(behind), "-%s", line->name);
	comm = boot_numbered_comm(world, "irq/", IRQ_LINE_FIRST_NUMBER + number, behind);
	thread->proc = world->failure ? NULL : boot_bound_thread(world, comm, line->cpu, &attr);
	if (!thread->proc)
		return;
	thread->job = jobs[line->device];
	thread->index = line->index;
	bh_join(world, thread, line->cpu);
}

void irq_threads_boot(struct proc_world *world)
{
	world->irq_threads =
		arena_array(world->arena, struct bh_thread, max_of(world->irq_lines->nr, 1U));
	for (u32 i = 0; i < world->irq_lines->nr; i++)
		make(world, i);
}
