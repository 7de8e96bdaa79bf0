/* SPDX-License-Identifier: MIT */
/* Which interrupts of devices there are, and how often they came. */
#include "proc/irq_lines.h"

#include "proc/irq_threads.h"

static void add(struct proc_world *world, enum irq_device device, u32 index, const char *name,
		u32 cpu)
{
	struct irq_lines *lines = world->irq_lines;

	lines->of[device][index] = lines->nr;
	lines->at[lines->nr++] = (struct irq_line){
		.name = name,
		.cpu = cpu,
		.index = index,
		.device = (u8)device,
		.others = world->workload->nr_cpu_events
				  ? arena_array(world->arena, u32, world->sched->nr_cpus)
				  : NULL,
	};
}

static u32 nr_sources(const struct workload *w)
{
	u32 nr = 0;

	for (u32 i = 0; i < w->nr_irqs; i++)
		nr += cpumask_count(w->irqs[i].cpus);
	return nr;
}

static u32 nr_of_devices(const struct workload *w)
{
	u32 nr = 0;

	for (u32 i = 0; i < w->nr_devices; i++)
		nr += w->devices[i].irq_cpu == IRQ_CPU_SUBMITTER ? w->platform.nr_cpus : 1;
	return nr;
}

static void add_sources(struct proc_world *world, const struct workload *w)
{
	u32 nr = 0;

	for (u32 i = 0; i < w->nr_irqs; i++)
		cpumask_for_each (cpu, w->irqs[i].cpus)
			add(world, IRQ_OF_SOURCE, nr++, w->irqs[i].name, cpu);
}

static void add_devices(struct proc_world *world, const struct workload *w)
{
	u32 nr_cpus = world->sched->nr_cpus;

	for (u32 i = 0; i < w->nr_devices; i++)
		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			if (w->devices[i].irq_cpu == IRQ_CPU_SUBMITTER ||
			    w->devices[i].irq_cpu == cpu)
				add(world, IRQ_OF_DEVICE, i * nr_cpus + cpu, w->devices[i].name,
				    cpu);
}

void irq_lines_init(struct proc_world *world)
{
	const struct workload *w = world->workload;
	struct irq_lines *lines = world->irq_lines = arena_new(world->arena, struct irq_lines);

	lines->at = arena_array(world->arena, struct irq_line,
				nr_sources(w) + w->nr_netdevs + nr_of_devices(w));
	lines->of[IRQ_OF_SOURCE] = arena_array(world->arena, u32, nr_sources(w));
	lines->of[IRQ_OF_NETDEV] = arena_array(world->arena, u32, w->nr_netdevs);
	lines->of[IRQ_OF_DEVICE] =
		arena_array(world->arena, u32, w->nr_devices * w->platform.nr_cpus);
	add_sources(world, w);
	for (u32 i = 0; i < w->nr_netdevs; i++)
		add(world, IRQ_OF_NETDEV, i, w->netdevs[i].name, w->netdevs[i].irq_cpu);
	add_devices(world, w);
}

void irq_line_came(struct proc_world *world, enum irq_device device, u32 index, u32 cpu)
{
	u32 number = world->irq_lines->of[device][index];
	struct irq_line *line = &world->irq_lines->at[number];

	if (likely(cpu == line->cpu))
		line->count++;
	else
		line->others[cpu]++;
	if (unlikely(world->irq_threads))
		bh_ask(&world->irq_threads[number]);
}
