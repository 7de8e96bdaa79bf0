/* SPDX-License-Identifier: MIT */
/* Who ran where when, in a bounded number of intervals. */
#include "observe/timeline_gantt.h"

#include <stdlib.h>

#include "base/ensure.h"

void gantt_init(struct gantt *gantt, u32 nr_cpus, u32 limit)
{
	*gantt = (struct gantt){.nr_cpus = nr_cpus, .limit = max_of(limit, 4 * nr_cpus)};
	gantt->cpus = calloc(max_of(nr_cpus, 1u), sizeof(*gantt->cpus));
	if (gantt->cpus == NULL)
		die("out of memory for a timeline");
}

void gantt_fini(struct gantt *gantt)
{
	for (u32 cpu = 0; cpu < gantt->nr_cpus; cpu++)
		vec_fini(&gantt->cpus[cpu].intervals);
	free(gantt->cpus);
}

/* Adds an interval, or makes the last one longer if it goes on. */
static void append(struct gantt *gantt, struct gantt_cpu *cpu, struct timeline_interval interval)
{
	if (cpu->intervals.len > 0) {
		struct timeline_interval *last = &vec_last(&cpu->intervals);

		if (last->to == interval.from && last->task == interval.task &&
		    last->comm == interval.comm) {
			last->to = interval.to;
			return;
		}
	}
	vec_push(&cpu->intervals, interval);
	gantt->nr_intervals++;
}

/* The cell goes to the one with the most credit, who pays for it; among equals to the first. */
static void close_cell(struct gantt *gantt, struct gantt_cpu *cpu)
{
	struct gantt_rival *best = &cpu->rivals[0];
	u64 from = gantt->from + cpu->cell * gantt->resolution;

	for (u32 i = 1; i < cpu->nr_rivals; i++)
		if (cpu->rivals[i].credit > best->credit)
			best = &cpu->rivals[i];
	best->credit -= (s64)gantt->resolution;
	cpu->used = 0;
	if (best->task != GANTT_IDLE)
		append(gantt, cpu,
		       (struct timeline_interval){
			       .from = from,
			       .to = from + gantt->resolution,
			       .task = best->task,
			       .comm = best->comm,
		       });
}

static u64 weight_of(const struct gantt_rival *rival)
{
	return rival->credit < 0 ? (u64)-rival->credit : (u64)rival->credit;
}

/*
 * With too many rivals the task whose credit matters least makes room. Idleness never does: it pays
 * often, and who inherits then would pay for it, so that busy cpus would look idle.
 */
static void add_credit(struct gantt_cpu *cpu, u32 task, u32 comm, s64 ns)
{
	struct gantt_rival *least = NULL;

	for (u32 i = 0; i < cpu->nr_rivals; i++) {
		if (cpu->rivals[i].task == task && cpu->rivals[i].comm == comm) {
			cpu->rivals[i].credit += ns;
			return;
		}
		if (cpu->rivals[i].task != GANTT_IDLE &&
		    (least == NULL || weight_of(&cpu->rivals[i]) < weight_of(least)))
			least = &cpu->rivals[i];
	}
	if (cpu->nr_rivals < GANTT_RIVALS) {
		cpu->rivals[cpu->nr_rivals++] = (struct gantt_rival){task, comm, ns};
		return;
	}
	least->task = task;
	least->comm = comm;
	least->credit += ns;
}

/* @task had @ns of the current cell. */
static void add_to_cell(struct gantt_cpu *cpu, u32 task, u32 comm, u64 ns)
{
	cpu->used += ns;
	add_credit(cpu, task, comm, (s64)ns);
}

static u64 cell_of(const struct gantt *gantt, u64 when)
{
	return (when - gantt->from) / gantt->resolution;
}

/* The idle time of a cell is what is left of it, and was there before the interval that follows. */
static void fill_cell(struct gantt *gantt, struct gantt_cpu *cpu)
{
	if (cpu->used < gantt->resolution)
		add_credit(cpu, GANTT_IDLE, 0, (s64)(gantt->resolution - cpu->used));
	close_cell(gantt, cpu);
}

static void add_to_cells(struct gantt *gantt, struct gantt_cpu *cpu,
			 struct timeline_interval interval)
{
	u64 first = cell_of(gantt, interval.from), last = cell_of(gantt, interval.to - 1);
	u64 from = interval.from;

	if (first != cpu->cell)
		fill_cell(gantt, cpu);
	cpu->cell = first;
	if (last > first) {
		u64 next = gantt->from + (first + 1) * gantt->resolution;

		add_to_cell(cpu, interval.task, interval.comm, next - from);
		fill_cell(gantt, cpu);
		/* Whole cells in between, at once. */
		from = gantt->from + last * gantt->resolution;
		if (from > next)
			append(gantt, cpu,
			       (struct timeline_interval){
				       .from = next,
				       .to = from,
				       .task = interval.task,
				       .comm = interval.comm,
			       });
		cpu->cell = last;
	}
	add_to_cell(cpu, interval.task, interval.comm, interval.to - from);
}

/* Puts the intervals of a cpu into cells of the new resolution. */
static void coarsen_cpu(struct gantt *gantt, struct gantt_cpu *cpu, bool was_exact)
{
	struct gantt_cpu old = *cpu;
	u64 old_resolution = gantt->resolution / 2;

	cpu->intervals.at = NULL;
	cpu->intervals.len = 0;
	cpu->intervals.cap = 0;
	cpu->nr_rivals = 0;
	cpu->cell = 0;
	cpu->used = 0;
	for (u32 i = 0; i < old.intervals.len; i++)
		add_to_cells(gantt, cpu, old.intervals.at[i]);
	/* The cell in the making is a part of one that is twice as long; nobody loses credit. */
	if (!was_exact) {
		u64 cell = old.cell * old_resolution / gantt->resolution;

		if (cell != cpu->cell)
			fill_cell(gantt, cpu);
		cpu->cell = cell;
		for (u32 i = 0; i < old.nr_rivals; i++)
			add_credit(cpu, old.rivals[i].task, old.rivals[i].comm,
				   old.rivals[i].credit);
		cpu->used += old.used;
	}
	vec_fini(&old.intervals);
}

/* The first resolution: a sixteenth of the mean length of what there is, as a power of two. */
static u64 first_resolution(const struct gantt *gantt, u64 now)
{
	u64 mean = (now - gantt->from) * gantt->nr_cpus / max_of(gantt->nr_intervals, 1ULL);
	u64 resolution = 1;

	while (resolution < mean / 16)
		resolution *= 2;
	return max_of(resolution, 2ULL);
}

static void coarsen(struct gantt *gantt, u64 now)
{
	while (gantt->nr_intervals > gantt->limit / 2) {
		bool was_exact = gantt->resolution == 0;

		gantt->resolution =
			was_exact ? first_resolution(gantt, now) : 2 * gantt->resolution;
		gantt->nr_intervals = 0;
		for (u32 cpu = 0; cpu < gantt->nr_cpus; cpu++)
			coarsen_cpu(gantt, &gantt->cpus[cpu], was_exact);
	}
}

void gantt_add(struct gantt *gantt, u32 cpu, struct timeline_interval interval)
{
	if (interval.to <= interval.from)
		return;
	if (gantt->resolution == 0)
		append(gantt, &gantt->cpus[cpu], interval);
	else
		add_to_cells(gantt, &gantt->cpus[cpu], interval);
	if (unlikely(gantt->nr_intervals >= gantt->limit))
		coarsen(gantt, interval.to);
}

void gantt_finish(struct gantt *gantt, u64 to)
{
	if (gantt->resolution == 0)
		return;
	for (u32 cpu = 0; cpu < gantt->nr_cpus; cpu++) {
		fill_cell(gantt, &gantt->cpus[cpu]);
		if (gantt->cpus[cpu].intervals.len > 0) {
			struct timeline_interval *last = &vec_last(&gantt->cpus[cpu].intervals);

			last->to = min_of(last->to, to);
		}
	}
}
