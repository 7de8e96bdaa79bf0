/* SPDX-License-Identifier: MIT */
/* Threads of interrupts. */
#include "proc/irq_threads.h"

#include "proc/boot.h"
#include "proc/irq.h"
#include "proc/netdev.h"
#include "proc/sync.h"

/*
 * MAX_RT_PRIO / 2, of sched_set_fifo(). Message-signalled interrupts of x86 get the numbers behind those of the first I/O APIC's 24
 * pins, if nobody has them before.
 */
enum { PRIORITY = 50, FIRST_NUMBER = 24 };

struct irq_threads {
	struct bh_thread *of[NR_IRQ_LINES]; /* by index */
	u32 next_number;
};

static void make(struct proc_world *world, enum irq_line line, u32 index, const char *name, u32 cpu)
{
	static const struct bh_job *const jobs[NR_IRQ_LINES] = {
		[IRQ_LINE_SOURCE] = &irq_source_job,
		[IRQ_LINE_NETDEV] = &netdev_job,
		[IRQ_LINE_DEVICE] = &device_job,
	};
	static const struct sched_attr attr = {.policy = POLICY_FIFO, .rt_priority = PRIORITY};
	struct irq_threads *all = world->irq_threads;
	struct bh_thread *thread = &all->of[line][index];
	char behind[64];
	u32 comm;

	snprintf(behind, sizeof(behind), "-%s", name);
	comm = boot_numbered_comm(world, "irq/", all->next_number++, behind);
	thread->proc = world->failure ? NULL : boot_bound_thread(world, comm, cpu, &attr);
	if (!thread->proc)
		return;
	thread->job = jobs[line];
	thread->index = index;
	bh_join(world, thread, cpu);
}

static struct bh_thread *room(struct proc_world *world, u32 nr)
{
	return arena_array(world->arena, struct bh_thread, nr);
}

static void boot_sources(struct proc_world *world, const struct workload *w)
{
	u32 nr = 0;

	for (u32 i = 0; i < w->nr_irqs; i++)
		nr += cpumask_count(w->irqs[i].cpus);
	world->irq_threads->of[IRQ_LINE_SOURCE] = room(world, nr);
	nr = 0;
	for (u32 i = 0; i < w->nr_irqs; i++)
		cpumask_for_each (cpu, w->irqs[i].cpus)
			make(world, IRQ_LINE_SOURCE, nr++, w->irqs[i].name, cpu);
}

static void boot_devices(struct proc_world *world, const struct workload *w)
{
	u32 nr_cpus = world->sched->nr_cpus;

	world->irq_threads->of[IRQ_LINE_DEVICE] = room(world, w->nr_devices * nr_cpus);
	for (u32 i = 0; i < w->nr_devices; i++)
		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			if (w->devices[i].irq_cpu == IRQ_CPU_SUBMITTER || w->devices[i].irq_cpu == cpu)
				make(world, IRQ_LINE_DEVICE, i * nr_cpus + cpu, w->devices[i].name, cpu);
}

void irq_threads_boot(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->irq_threads = arena_new(world->arena, struct irq_threads);
	world->irq_threads->next_number = FIRST_NUMBER;
	boot_sources(world, w);
	world->irq_threads->of[IRQ_LINE_NETDEV] = room(world, w->nr_netdevs);
	for (u32 i = 0; i < w->nr_netdevs; i++)
		make(world, IRQ_LINE_NETDEV, i, w->netdevs[i].name, w->netdevs[i].irq_cpu);
	boot_devices(world, w);
}

void irq_thread_ask(struct proc_world *world, enum irq_line line, u32 index)
{
	bh_ask(&world->irq_threads->of[line][index]);
}
