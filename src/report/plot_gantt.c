/* SPDX-License-Identifier: MIT */
/*
 * The cpu timeline: a lane per cpu, boxes in the tasks' colours.
 *
 * A stay that is wide enough to be seen is a box of its own. Shorter ones are gathered until they
 * fill a cell, and the cell shows what it is made of: a stack whose heights are the shares, with
 * idle time left free at the top. Nothing is lost by thinning then, and the number of boxes depends
 * on the size of the picture only. If there are more cpus than lanes fit, a lane is several cpus.
 *
 * gantt-fine.bin, gantt-coarse.bin: x low, x high, y low, y high, rgb; cpu 0's lane is around y =
 * 0. gantt-offline.bin: the same of the times at which a cpu was offline, which leave a gap in its
 * lane.
 */
#include "report/plot.h"

#include <string.h>

enum {
	LANES_MAX = 128,
	FINE_CELLS = 1280,    /* about one per pixel */
	COARSE_BOXES = 20000, /* what an SVG may have */
	COARSE_CELLS_MIN = 100,
};

/* A stack is at least so high, as a part of the lane. */
static const double HEIGHT_MIN = 0.3;

/* A lane's cell in the making. */
struct cell {
	u64 from, to;
	u64 busy_ns;
	u64 ns[ACTORS_MAX + 1];
	/* the actor's only task in the cell; TASK_MIXED: there are several */
	u32 task[ACTORS_MAX + 1];
};

enum { TASK_MIXED = UINT32_MAX };

struct lanes {
	struct plot *plot;
	struct plot_file file;
	u64 cell_ns;
	u32 cpus_per_lane;
	double half; /* half the height of a box */
};

static void put_box(struct lanes *lanes, u32 lane, u64 from, u64 to, double low, double high,
		    u32 rgb)
{
	/* The lane's y axis points down: "low" of a stack is its greatest y. */
	double bottom = (double)lane + lanes->half, height = 2 * lanes->half;
	double values[] = {
		plot_time(lanes->plot, from),
		plot_time(lanes->plot, to),
		bottom - high * height,
		bottom - low * height,
		rgb,
	};

	plot_put(&lanes->file, values, ARRAY_SIZE(values));
}

/*
 * A cell becomes boxes. @cpus: how many share the lane. Heights are shares of the time, but what is
 * there at all shall be seen.
 */
static void put_cell(struct lanes *lanes, u32 lane, const struct cell *cell, u32 cpus)
{
	const struct actors *actors = &lanes->plot->actors;
	double whole = (double)(cell->to - cell->from) * cpus, low = 0;

	if (!cell->busy_ns || cell->to <= cell->from)
		return;
	whole = min_of(whole, (double)cell->busy_ns / HEIGHT_MIN);
	for (u32 i = 0; i < actors->nr; i++) {
		u32 which = (i + 1) % actors->nr; /* the others on top */
		const struct actor *actor = &actors->at[which];
		double high = min_of(low + (double)cell->ns[which] / whole, 1.0);

		if (cell->ns[which])
			put_box(lanes, lane, cell->from, cell->to, low, high,
				cell->task[which] == TASK_MIXED
					? actor->rgb
					: actor_shade(actor, cell->task[which]));
		low = high;
	}
}

/* Draws the cell, which ends at @limit at the latest; the next one begins there. */
static void end_cell(struct lanes *lanes, u32 lane, struct cell *cell, u64 limit)
{
	u64 end = min_of(max_of(cell->to, cell->from + lanes->cell_ns), limit);

	cell->to = end;
	put_cell(lanes, lane, cell, 1);
	*cell = (struct cell){.from = end, .to = end};
}

static void add_time(struct cell *cell, u32 actor, u32 task, u64 ns)
{
	cell->task[actor] = !cell->ns[actor] || cell->task[actor] == task ? task : TASK_MIXED;
	cell->ns[actor] += ns;
	cell->busy_ns += ns;
}

/* Adds a stay that is too short for a box. */
static void gather(struct lanes *lanes, u32 lane, struct cell *cell,
		   const struct timeline_interval *stay)
{
	u32 actor = actor_of(&lanes->plot->actors, stay->comm);

	if (cell->busy_ns && stay->from - cell->from >= lanes->cell_ns)
		end_cell(lanes, lane, cell, stay->from);
	if (!cell->busy_ns && stay->from - cell->from >= lanes->cell_ns)
		cell->from = stay->from; /* idle for long enough to be seen */
	cell->to = stay->to;
	add_time(cell, actor, stay->task, stay->to - stay->from);
	if (cell->to - cell->from >= lanes->cell_ns)
		end_cell(lanes, lane, cell, cell->to);
}

/*
 * A stay that is long enough for a box comes: its beginning fills up the cell before it, so that
 * what is in there is as wide as can be seen. Returns where the box begins.
 */
static u64 fill_up(struct lanes *lanes, u32 lane, struct cell *cell,
		   const struct timeline_interval *stay)
{
	u64 end = cell->from + lanes->cell_ns;
	struct timeline_interval part = *stay;

	if (!cell->busy_ns)
		return stay->from;
	if (end <= stay->from) {
		end_cell(lanes, lane, cell, stay->from);
		return stay->from;
	}
	part.to = min_of(end, stay->to);
	gather(lanes, lane, cell, &part);
	return part.to;
}

/* Goes on as long as the same task follows without a gap. */
static struct timeline_interval joined(const struct timeline_cpu *cpu, u32 *at)
{
	struct timeline_interval stay = cpu->intervals[(*at)++];

	while (*at < cpu->nr_intervals && cpu->intervals[*at].from == stay.to &&
	       cpu->intervals[*at].task == stay.task)
		stay.to = cpu->intervals[(*at)++].to;
	return stay;
}

static void draw_cpu(struct lanes *lanes, u32 cpu)
{
	const struct timeline *timeline = lanes->plot->timeline;
	const struct timeline_cpu *line = &timeline->cpus[cpu];
	struct cell cell = {.from = timeline->from, .to = timeline->from};

	for (u32 i = 0; i < line->nr_intervals;) {
		struct timeline_interval stay = joined(line, &i);
		const struct actor *actor =
			&lanes->plot->actors.at[actor_of(&lanes->plot->actors, stay.comm)];

		if (stay.to - stay.from >= lanes->cell_ns)
			stay.from = fill_up(lanes, cpu, &cell, &stay);
		if (stay.to - stay.from < lanes->cell_ns) {
			gather(lanes, cpu, &cell, &stay);
			continue;
		}
		put_box(lanes, cpu, stay.from, stay.to, 0, 1, actor_shade(actor, stay.task));
		cell = (struct cell){.from = stay.to, .to = stay.to};
	}
	end_cell(lanes, cpu, &cell, timeline->to);
}

/* Adds a stay to the cells it lies in. */
static void spread(const struct lanes *lanes, struct cell *cells,
		   const struct timeline_interval *stay)
{
	u64 from = lanes->plot->timeline->from;
	u32 actor = actor_of(&lanes->plot->actors, stay->comm);

	for (u64 at = stay->from; at < stay->to;) {
		u64 number = (at - from) / lanes->cell_ns;
		u64 end = min_of(from + (number + 1) * lanes->cell_ns, stay->to);

		add_time(&cells[number], actor, stay->task, end - at);
		at = end;
	}
}

/* A lane of several cpus, in cells of equal width. */
static void draw_several(struct lanes *lanes, u32 lane)
{
	const struct timeline *timeline = lanes->plot->timeline;
	u32 first = lane * lanes->cpus_per_lane;
	u32 end = min_of(first + lanes->cpus_per_lane, timeline->nr_cpus);
	vec_of(struct cell) cells = {0};
	u32 nr = (u32)((timeline->to - timeline->from) / lanes->cell_ns + 1);

	vec_reserve(&cells, nr);
	for (u32 cpu = first; cpu < end; cpu++)
		for (u32 i = 0; i < timeline->cpus[cpu].nr_intervals; i++)
			spread(lanes, cells.at, &timeline->cpus[cpu].intervals[i]);
	for (u32 i = 0; i < nr; i++) {
		cells.at[i].from = timeline->from + i * lanes->cell_ns;
		cells.at[i].to = min_of(cells.at[i].from + lanes->cell_ns, timeline->to);
		put_cell(lanes, lane, &cells.at[i], end - first);
	}
	vec_fini(&cells);
}

/* Half the height of a box, in lanes: between thin lanes only a line is free. */
static double lane_half(u32 nr_lanes)
{
	return nr_lanes > 32 ? 0.46 : nr_lanes > 8 ? 0.44 : 0.42;
}

enum { BLANK = 0xffffff };

/* A lane of several cpus has no gaps. */
static bool draw_offline(struct plot *plot, u32 nr_lanes, u64 *nr_boxes)
{
	const struct timeline *timeline = plot->timeline;
	struct lanes lanes = {.plot = plot, .half = lane_half(nr_lanes)};

	if (!plot_file_open(plot, "gantt-offline.bin", &lanes.file))
		return false;
	for (u32 i = 0; i < timeline->nr_offline && nr_lanes == timeline->nr_cpus; i++) {
		const struct timeline_offline *gap = &timeline->offline[i];

		put_box(&lanes, gap->cpu, gap->from, gap->to, 0, 1, BLANK);
	}
	*nr_boxes = lanes.file.nr / 5;
	return plot_file_close(plot, &lanes.file);
}

static bool draw(struct plot *plot, const char *name, u32 nr_lanes, u32 cells, u64 *nr_boxes)
{
	const struct timeline *timeline = plot->timeline;
	struct lanes lanes = {
		.plot = plot,
		.cell_ns = max_of((timeline->to - timeline->from) / cells, (u64)1),
		.cpus_per_lane = (u32)div_round_up(timeline->nr_cpus, LANES_MAX),
		.half = lane_half(nr_lanes),
	};

	if (!plot_file_open(plot, name, &lanes.file))
		return false;
	for (u32 lane = 0; lane < nr_lanes; lane++)
		if (lanes.cpus_per_lane == 1)
			draw_cpu(&lanes, lane);
		else
			draw_several(&lanes, lane);
	*nr_boxes = lanes.file.nr / 5;
	return plot_file_close(plot, &lanes.file);
}

bool plot_gantt(struct plot *plot)
{
	const struct timeline *timeline = plot->timeline;
	u32 cpus_per_lane = (u32)div_round_up(timeline->nr_cpus, LANES_MAX);
	u32 nr_lanes = (u32)div_round_up(timeline->nr_cpus, cpus_per_lane);
	u64 fine = 0, coarse = 0, gaps = 0, cell_ns = (timeline->to - timeline->from) / FINE_CELLS;
	char note[96], cell[16];

	if (!draw(plot, "gantt-fine.bin", nr_lanes, FINE_CELLS, &fine) ||
	    !draw(plot, "gantt-coarse.bin", nr_lanes,
		  (u32)clamp_to(COARSE_BOXES / 2 / (int)nr_lanes, COARSE_CELLS_MIN, FINE_CELLS),
		  &coarse) ||
	    !draw_offline(plot, nr_lanes, &gaps))
		return false;
	plot_set(plot, "gantt_lanes", nr_lanes);
	plot_set(plot, "gantt_cpus_per_lane", cpus_per_lane);
	plot_set(plot, "gantt_half", lane_half(nr_lanes));
	plot_set(plot, "gantt_fine_boxes", (double)fine);
	plot_set(plot, "gantt_coarse_boxes", (double)coarse);
	plot_set(plot, "gantt_gaps", (double)gaps);
	format_duration(max_of(cell_ns, timeline->resolution_ns), cell);
	snprintf(note, sizeof(note), "%" PRIu64 " switches; stays below %s are stacked by share",
		 timeline->nr_switches, cell);
	plot_set_text(plot, "gantt_note", note);
	return true;
}
