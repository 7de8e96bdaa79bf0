/* SPDX-License-Identifier: MIT */
/*
 * All plots of a result: data and variables are written to a directory inside the one asked for,
 * gnuplot draws there with the templates, and only what is complete is moved out.
 */
#include "report/plot.h"

#include "base/ensure.h"
#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct plot_info plot_infos[] = {
	{"gantt", "CPU timeline: who ran where when", NULL},
	{"latency-cdf", "Wakeup latency: how it is distributed", NULL},
	{"latency-time", "Wakeup latency over time", NULL},
	{"runqueue", "Runnable tasks over time", NULL},
	{"shares", "Shares of CPU time over time", NULL},
	{"wait-queues", "Tasks in wait queues over time", plot_has_waits},
};
const u32 nr_plots = ARRAY_SIZE(plot_infos);

static const char *const formats[] = {"svg", "png"};

static bool (*const preparations[])(struct plot *plot) = {
	plot_gantt, plot_latency_cdf, plot_latency_time, plot_runqueue, plot_shares, plot_waits,
};
static_assert(ARRAY_SIZE(preparations) == ARRAY_SIZE(plot_infos), "each plot has its data");

void plot_set(struct plot *plot, const char *name, double value)
{
	text_printf(&plot->script, "%s = %.17g\n", name, value);
}

/*
 * Neither of gnuplot's quotes is safe as it is: single ones have no way to begin with a quote, and
 * in double ones backquotes run commands. So all but plain characters are written by their numbers;
 * so is a digit behind such a number, since \0755 is one character to gnuplot.
 */
static void add_quoted(struct text *script, const char *value)
{
	bool by_number = false;

	text_add_char(script, '"');
	for (; *value; value++) {
		bool plain = isalnum((unsigned char)*value) || strchr(" _-./,:()*+", *value);

		by_number = !plain || (by_number && isdigit((unsigned char)*value));
		if (by_number)
			text_printf(script, "\\%03o", *value == '\n' ? ' ' : (unsigned char)*value);
		else
			text_add_char(script, *value);
	}
	text_add_char(script, '"');
}

void plot_set_text(struct plot *plot, const char *name, const char *value)
{
	text_printf(&plot->script, "%s = ", name);
	add_quoted(&plot->script, value);
	text_add_char(&plot->script, '\n');
}

bool plot_file_open(struct plot *plot, const char *name, struct plot_file *file)
{
	struct text path = {0};

	text_printf(&path, "%s/%s", plot->dir, name);
	*file = (struct plot_file){.stream = fopen(path.at, "wb")};
	if (!file->stream)
		diag_system(plot->diag, "cannot write '%s': %s", path.at, strerror(errno));
	text_fini(&path);
	return file->stream;
}

void plot_put(struct plot_file *file, const double *values, u32 nr)
{
	fwrite(values, sizeof(*values), nr, file->stream); /* close sees a failure */
	file->nr += nr;
}

bool plot_file_close(struct plot *plot, struct plot_file *file)
{
	bool failed = ferror(file->stream);

	if (fclose(file->stream) || failed)
		return diag_system(plot->diag, "cannot write data for plots to '%s': %s", plot->dir,
				   strerror(errno));
	return true;
}

/* --- what all templates see --- */

/* The unit in which the window is some hundreds or thousands long. */
static void set_time_axis(struct plot *plot)
{
	static const struct {
		u64 ns;
		const char *name;
	} units[] = {{SEC, "s"}, {MSEC, "ms"}, {USEC, "µs"}, {NSEC, "ns"}};
	const struct timeline *t = plot->timeline;
	u64 length = t->to - t->from;
	char origin[16], label[64];
	u32 i = 0;

	while (i + 1 < ARRAY_SIZE(units) && length < 2 * units[i].ns)
		i++;
	plot->unit = (double)units[i].ns;
	/* A short window far from the start: its times would be long numbers that hardly differ. */
	plot->origin = t->from / 20 > length ? t->from : 0;
	format_duration(plot->origin, origin);
	if (plot->origin)
		snprintf(label, sizeof(label), "time after %s (%s)", origin, units[i].name);
	else
		snprintf(label, sizeof(label), "time (%s)", units[i].name);
	plot_set_text(plot, "time_label", label);
	plot_set_text(plot, "time_unit", units[i].name);
	plot_set(plot, "time_from", plot_time(plot, t->from));
	plot_set(plot, "time_to", length ? plot_time(plot, t->to) : plot_time(plot, t->from) + 1);
}

static void set_subtitle(struct plot *plot)
{
	const struct result *r = plot->result;
	struct text text = {0};
	char length[16];

	format_duration(r->metrics->window_ns, length);
	text_printf(&text, "%s: %s %s on %u cpu%s", r->source, length,
		    r->recorded ? "recorded" : "simulated", r->metrics->nr_cpus,
		    r->metrics->nr_cpus == 1 ? "" : "s");
	if (r->workload)
		text_printf(&text, ", kernel %s, seed %" PRIu64, r->workload->kernel.name,
			    r->workload->seed);
	plot_set_text(plot, "subtitle", text.at);
	text_fini(&text);
}

/*
 * Did any comm run that has no colour, be it that it came too late for a row of its own, or that
 * its tasks have another one now?
 */
static bool others_ran(const struct plot *plot)
{
	for (u32 i = 0; i < plot->timeline->nr_comms; i++)
		if (actor_of(&plot->actors, plot->timeline->comms[i].comm) == ACTOR_OTHER)
			return true;
	return false;
}

static void set_actors(struct plot *plot)
{
	const struct actors *actors = &plot->actors;

	plot_set(plot, "nr_actors", actors->nr);
	text_printf(&plot->script,
		    "array actor_name[%u]\narray actor_rgb[%u]\narray actor_wakeups[%u]\n"
		    "array actor_share[%u]\n",
		    actors->nr + 1, actors->nr + 1, actors->nr + 1, actors->nr + 1);
	/*
	 * gnuplot looks at the first element of a loop even if the loop is empty: one more is
	 * there.
	 */
	text_printf(&plot->script,
		    "actor_name[%u] = ''\nactor_rgb[%u] = 0\nactor_wakeups[%u] = 0\n"
		    "actor_share[%u] = 0\n",
		    actors->nr + 1, actors->nr + 1, actors->nr + 1, actors->nr + 1);
	for (u32 i = 0; i < actors->nr; i++) {
		const struct actor *actor = &actors->at[i];
		char name[32], shown[48];

		snprintf(name, sizeof(name), "actor_name[%u]", i + 1);
		if (actor->nr_tasks > 1)
			snprintf(shown, sizeof(shown), "%s (%u)", actor->name, actor->nr_tasks);
		else
			snprintf(shown, sizeof(shown), "%s", actor->name);
		plot_set_text(plot, name, shown);
		snprintf(name, sizeof(name), "actor_rgb[%u]", i + 1);
		plot_set(plot, name, actor->rgb);
	}
	plot_set(plot, "others_ran", actors->at[ACTOR_OTHER].cpu_ns > 0 || others_ran(plot));
}

static bool is_drawn(const struct plot *plot, u32 i)
{
	return !plot_infos[i].is_drawn || plot_infos[i].is_drawn(plot->timeline);
}

/* Says for each plot and format: begin with a clean state, choose the terminal, draw. */
static void add_drawing(struct plot *plot, const char *template_dir)
{
	for (u32 i = 0; i < nr_plots; i++)
		for (u32 f = 0; f < ARRAY_SIZE(formats) && is_drawn(plot, i); f++) {
			struct text path = {0};

			text_add(&plot->script, "reset\n");
			plot_set_text(plot, "format", formats[f]);
			plot_set_text(plot, "plot_title", plot_infos[i].title);
			text_printf(&path, "%s/%s.%s", plot->dir, plot_infos[i].name, formats[f]);
			plot_set_text(plot, "picture", path.at);
			text_clear(&path);
			text_printf(&path, "%s/%s.gp", template_dir, plot_infos[i].name);
			text_add(&plot->script, "load ");
			add_quoted(&plot->script, path.at);
			text_add(&plot->script, "\nunset output\n");
			text_fini(&path);
		}
}

static bool prepare(struct plot *plot, const char *template_dir)
{
	plot_set_text(plot, "data", plot->dir);
	plot_set_text(plot, "templates", template_dir);
	plot_set(plot, "nr_cpus", plot->timeline->nr_cpus);
	set_time_axis(plot);
	set_subtitle(plot);
	set_actors(plot);
	for (u32 i = 0; i < nr_plots; i++)
		if (!preparations[i](plot))
			return false;
	add_drawing(plot, template_dir);
	return true;
}

static bool draw(struct plot *plot)
{
	struct text script = {0}, log = {0};
	bool drawn;

	text_printf(&script, "%s/draw.gp", plot->dir);
	text_printf(&log, "%s/gnuplot.log", plot->dir);
	drawn = file_write(plot->diag, script.at, plot->script.at, plot->script.len) &&
		plot_run_gnuplot(plot->diag, script.at, log.at);
	text_fini(&script);
	text_fini(&log);
	return drawn;
}

/* --- files --- */

/*
 * Moves the pictures from @temp to @dir; one of an earlier run that this one does not have is
 * removed.
 */
static bool publish(const struct plot *plot, const char *temp, const char *dir)
{
	struct diag *diag = plot->diag;
	bool moved = true;

	for (u32 i = 0; i < nr_plots && moved; i++)
		for (u32 f = 0; f < ARRAY_SIZE(formats) && moved; f++) {
			struct text from = {0}, to = {0};

			text_printf(&from, "%s/%s.%s", temp, plot_infos[i].name, formats[f]);
			text_printf(&to, "%s/%s.%s", dir, plot_infos[i].name, formats[f]);
			if (!is_drawn(plot, i))
				unlink(to.at);
			else if (rename(from.at, to.at))
				moved = diag_system(diag, "cannot write '%s': %s", to.at,
						    strerror(errno));
			text_fini(&from);
			text_fini(&to);
		}
	return moved;
}

static void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct text file = {0};

		text_printf(&file, "%s/%s", path, entry->d_name);
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlink(file.at);
		text_fini(&file);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static bool draw_in(struct plot *plot, const char *dir, const char *template_dir)
{
	struct text temp = {0};
	bool drawn;

	text_printf(&temp, "%s/.drawing-XXXXXX", dir);
	if (!mkdtemp(temp.at)) {
		diag_system(plot->diag, "cannot write to '%s': %s", dir, strerror(errno));
		text_fini(&temp);
		return false;
	}
	plot->dir = temp.at;
	actors_init(&plot->actors, plot->result->metrics);
	drawn = prepare(plot, template_dir) && draw(plot) && publish(plot, temp.at, dir);
	actors_fini(&plot->actors);
	remove_dir(temp.at);
	text_fini(&temp);
	return drawn;
}

bool plots_draw(struct diag *diag, const struct result *result, const struct timeline *timeline,
		const char *dir, const char *template_dir)
{
	struct plot plot = {.diag = diag, .result = result, .timeline = timeline};
	bool was_there = !access(dir, F_OK), drawn;

	ensure(timeline);
	if (access(template_dir, R_OK | X_OK))
		return diag_system(diag, "no templates for plots in '%s': %s", template_dir,
				   strerror(errno));
	if (!file_make_dir(diag, dir))
		return false;
	drawn = draw_in(&plot, dir, template_dir);
	text_fini(&plot.script);
	if (!drawn && !was_there)
		rmdir(dir);
	return drawn;
}
