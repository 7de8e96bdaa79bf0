/* SPDX-License-Identifier: MIT */
/* Tables for people, of what is not a task: cpus, groups of tasks, wait queues. */
#include "report/print.h"

#include <stdlib.h>

#include "base/fixed.h"
#include "base/sorted.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "report/groups.h"

enum { CPUS_SHOWN = 16, QUEUES_SHOWN = 10, GROUP_WIDTH = 16 };

void print_cpus(const struct metrics *m, FILE *out, bool colour)
{
	fprintf(out, "\n%s%-6s %9s %6s %9s %9s %9s %7s%s\n", style(colour, STYLE_BOLD), "CPU",
		"BUSY", "BUSY%", "IDLE", "IRQ", "SWITCHES", "PULLED", style(colour, STYLE_PLAIN));
	for (u32 i = 0; i < m->nr_cpus && i < CPUS_SHOWN; i++) {
		const struct cpu_metrics *cpu = &m->cpus[i];
		char busy[CELL_MAX], share[CELL_MAX], idle[CELL_MAX], irq[CELL_MAX];

		print_duration(busy, cpu->busy_ns);
		print_percent(share, cpu->busy_ns, m->window_ns);
		print_duration(idle, cpu->idle_ns);
		print_duration(irq, cpu->irq_ns);
		fprintf(out, "%-6u %9s %6s %9s %9s %9" PRIu64 " %7" PRIu64 "\n", i, busy, share,
			idle, irq, cpu->switches, cpu->pulled);
	}
	if (m->nr_cpus > CPUS_SHOWN)
		fprintf(out, "... and %u more cpus (all are in the JSON result)\n",
			m->nr_cpus - CPUS_SHOWN);
}

static void print_task_group(const struct metrics *m, const struct group_metrics *group, FILE *out)
{
	bool top = group->parent == TASK_ID_NONE;
	const char *name = names_text(m->names, group->name);
	const char *parent = top ? "root" : names_text(m->names, m->groups[group->parent].name);
	char cpu[CELL_MAX], share[CELL_MAX], waited[CELL_MAX];

	print_duration(cpu, group->cpu_ns);
	print_percent(share, group->cpu_ns, m->window_ns);
	print_duration(waited, group->throttled_ns);
	fprintf(out, "%-*s %-*s %9s %6s %8" PRIu64 " %9" PRIu64 " %9s\n",
		GROUP_WIDTH + utf8_surplus(name), name, GROUP_WIDTH + utf8_surplus(parent), parent,
		cpu, share, group->nr_periods, group->nr_throttled, waited);
}

void print_task_groups(const struct metrics *m, FILE *out, bool colour)
{
	if (!m->nr_groups)
		return;
	fprintf(out, "\n%s%-16s %-16s %9s %6s %8s %9s %9s%s\n", style(colour, STYLE_BOLD), "GROUP",
		"IN", "CPU", "CPU%", "PERIODS", "THROTTLED", "WAITED", style(colour, STYLE_PLAIN));
	for (u32 i = 0; i < m->nr_groups && i < TABLE_ROWS_MAX; i++)
		print_task_group(m, &m->groups[i], out);
	if (m->nr_groups > TABLE_ROWS_MAX)
		fprintf(out, "... and %u more groups (all are in the JSON result)\n",
			m->nr_groups - TABLE_ROWS_MAX);
}

/* The ones first in which tasks have waited longest in sum; then as in the workload. */
static int compare_queues(const void *a, const void *b)
{
	const struct queue_metrics *x = *(const struct queue_metrics *const *)a,
				   *y = *(const struct queue_metrics *const *)b;

	/* (Both are of one list.) */
	return order_u64(y->waited_ns, x->waited_ns) ?: (x > y) - (x < y);
}

static void print_wait_queue(const struct metrics *m, const struct queue_metrics *queue, FILE *out)
{
	u64 mean = mul_div_u64(queue->waited_ns, 100, max_of(m->window_ns, (u64)1));
	char waited[CELL_MAX], name[GROUP_NAME_MAX];

	print_duration(waited, queue->waited_ns);
	printable_name(names_text(m->names, queue->name), name, sizeof(name));
	fprintf(out, "%-*s %8" PRIu64 " %7" PRIu64 ".%02" PRIu64 " %7u %9s\n",
		GROUP_NAME_MAX - 1 + utf8_surplus(name), name, queue->waits, mean / 100, mean % 100,
		queue->max_waiters, waited);
}

void print_wait_queues(const struct metrics *m, FILE *out, bool colour)
{
	vec_of(const struct queue_metrics *) sorted = {0};

	if (!m->nr_queues)
		return;
	for (u32 i = 0; i < m->nr_queues; i++)
		vec_push(&sorted, &m->queues[i]);
	qsort(sorted.at, sorted.len, sizeof(*sorted.at), compare_queues);
	fprintf(out, "\n%s%-*s %8s %10s %7s %9s%s\n", style(colour, STYLE_BOLD), GROUP_NAME_MAX - 1,
		"WAIT QUEUE", "WAITS", "LENGTH", "MOST", "WAITED", style(colour, STYLE_PLAIN));
	for (u32 i = 0; i < sorted.len && i < QUEUES_SHOWN; i++)
		print_wait_queue(m, sorted.at[i], out);
	if (sorted.len > QUEUES_SHOWN)
		fprintf(out, "... and %u more wait queues (all are in the JSON result)\n",
			sorted.len - QUEUES_SHOWN);
	vec_fini(&sorted);
}
