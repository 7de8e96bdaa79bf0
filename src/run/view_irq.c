/* SPDX-License-Identifier: MIT */
/*
 * How often cpus were interrupted: /proc/interrupts, /proc/softirqs, and their lines in /proc/stat.
 * Kernel: kernel/irq/proc.c (show_interrupts()), arch/x86/kernel/irq.c (arch_show_interrupts()),
 * fs/proc/softirqs.c, fs/proc/stat.c.
 *
 * Interrupts that a machine has and that nothing here raises are told with 0.
 */
#include "proc/irq_lines.h"
#include "run/look.h"

#include "base/text.h"

static const char *const softirq_names[NR_SOFTIRQS] = {"HI",      "TIMER",    "NET_TX",  "NET_RX",
						       "BLOCK",   "IRQ_POLL", "TASKLET", "SCHED",
						       "HRTIMER", "RCU"};

static const struct cpu *cpu_of(const struct look *look, u32 cpu)
{
	return &look->world->machine->cpus[cpu];
}

/* Of a number: three digits are room for 1000 of them. */
static int width_of(const struct look *look)
{
	int width = 3;

	for (u32 most = 1000; most <= IRQ_LINE_FIRST_NUMBER + look->world->irq_lines->nr;
	     most *= 10)
		width++;
	return width;
}

/* ---- The interrupts of the architecture ---- */

static u32 local_timer(const struct cpu *cpu)
{
	return cpu->nr_timer_irqs;
}

static u32 reschedule(const struct cpu *cpu)
{
	return cpu->irq_stat.ipis[IPI_RESCHEDULE];
}

static u32 function_call(const struct cpu *cpu)
{
	return cpu->irq_stat.ipis[IPI_CALL];
}

static const struct {
	const char *label, *help;
	u32 (*count)(const struct cpu *cpu); /* NULL: there are none */
} vectors[] = {
	{"NMI", "Non-maskable interrupts", NULL},
	{"LOC", "Local timer interrupts", local_timer},
	{"SPU", "Spurious interrupts", NULL},
	{"PMI", "Performance monitoring interrupts", NULL},
	{"IWI", "IRQ work interrupts", NULL},
	{"RTR", "APIC ICR read retries", NULL},
	{"RES", "Rescheduling interrupts", reschedule},
	{"CAL", "Function call interrupts", function_call},
	{"TLB", "TLB shootdowns", NULL},
};

static u32 vector_count(const struct look *look, u32 i, u32 cpu)
{
	return vectors[i].count ? vectors[i].count(cpu_of(look, cpu)) : 0;
}

static void put_vectors(const struct look *look, struct text *out)
{
	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		text_printf(out, "%*s: ", width_of(look), vectors[i].label);
		cpumask_for_each (cpu, look->world->sched->rd.online)
			text_printf(out, "%10u ", vector_count(look, i, cpu));
		text_printf(out, "  %s\n", vectors[i].help);
	}
	text_printf(out, "%*s: %10u\n%*s: %10u\n", width_of(look), "ERR", 0, width_of(look), "MIS",
		    0);
}

/* ---- interrupts ---- */

static void put_line(const struct look *look, const struct irq_line *line, u32 number,
		     struct text *out)
{
	text_printf(out, "%*u: ", width_of(look), IRQ_LINE_FIRST_NUMBER + number);
	cpumask_for_each (cpu, look->world->sched->rd.online)
		text_printf(out, "%10u ", irq_line_count(line, cpu));
	text_printf(out, "%s%8s %*u-edge      %s\n",
		    look->job->workload->kernel.spaces_irq_chips ? " " : "", "PCI-MSI",
		    width_of(look), number, line->name);
}

/*
 * A column for each cpu that is online. Each interrupt of a device has a name of its own there,
 * which is the device's here.
 */
void view_interrupts(const struct look *look, struct text *out)
{
	const struct irq_lines *lines = look->world->irq_lines;

	text_printf(out, "%*s", width_of(look) + 8, "");
	cpumask_for_each (cpu, look->world->sched->rd.online)
		text_printf(out, "CPU%-8u", cpu);
	text_add_char(out, '\n');
	for (u32 i = 0; i < lines->nr; i++)
		put_line(look, &lines->at[i], i, out);
	put_vectors(look, out);
}

/* ---- softirqs ---- */

void view_softirqs(const struct look *look, struct text *out)
{
	u32 nr_cpus = look->world->sched->nr_cpus;

	text_printf(out, "%20s", "");
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		text_printf(out, "CPU%-8u", cpu);
	text_add_char(out, '\n');
	for (u32 i = 0; i < NR_SOFTIRQS; i++) {
		text_printf(out, "%12s:", softirq_names[i]);
		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			text_printf(out, " %10u", cpu_of(look, cpu)->irq_stat.softirqs[i]);
		text_add_char(out, '\n');
	}
}

/* ---- Sums, for stat ---- */

static u64 line_sum(const struct look *look, const struct irq_line *line)
{
	u64 sum = 0;

	for (u32 cpu = 0; cpu < look->world->sched->nr_cpus; cpu++)
		sum += irq_line_count(line, cpu);
	return sum;
}

/* All together; then those of each number from 0 on, the architecture's not among them. */
void view_intr_line(const struct look *look, struct text *out)
{
	const struct irq_lines *lines = look->world->irq_lines;
	u64 sum = 0;

	for (u32 cpu = 0; cpu < look->world->sched->nr_cpus; cpu++)
		for (u32 i = 0; i < ARRAY_SIZE(vectors); i++)
			sum += vector_count(look, i, cpu);
	for (u32 i = 0; i < lines->nr; i++)
		sum += line_sum(look, &lines->at[i]);
	text_printf(out, "intr %" PRIu64, sum);
	for (u32 i = 0; i < IRQ_LINE_FIRST_NUMBER; i++)
		text_add(out, " 0");
	for (u32 i = 0; i < lines->nr; i++)
		text_printf(out, " %" PRIu64, line_sum(look, &lines->at[i]));
	text_add_char(out, '\n');
}

void view_softirq_line(const struct look *look, struct text *out)
{
	u64 sums[NR_SOFTIRQS] = {0}, all = 0;

	for (u32 cpu = 0; cpu < look->world->sched->nr_cpus; cpu++)
		for (u32 i = 0; i < NR_SOFTIRQS; i++)
			sums[i] += cpu_of(look, cpu)->irq_stat.softirqs[i];
	for (u32 i = 0; i < NR_SOFTIRQS; i++)
		all += sums[i];
	text_printf(out, "softirq %" PRIu64, all);
	for (u32 i = 0; i < NR_SOFTIRQS; i++)
		text_printf(out, " %" PRIu64, sums[i]);
	text_add_char(out, '\n');
}
