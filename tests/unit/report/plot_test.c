/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "report_fixture.h"

enum { BINS = 64 };

/* A timeline of the fixture's 100 ms: on cpu 0 hog0 and web.io by turns, on cpu 1 hog1 at times. */
struct drawing {
	struct fixture f;
	struct timeline timeline;
	struct timeline_cpu cpus[2];
	struct timeline_interval *intervals[2];
	struct timeline_queue queue[BINS], cpu_queue[BINS];
	struct timeline_latency latency[BINS];
	struct timeline_comm comms[2];
	u64 busy[BINS], comm_ns[2][BINS];
	struct diag *diag;
	char dir[64];
};

static const char *templates(void)
{
	const char *top = getenv("top_srcdir");
	static char path[1024];

	snprintf(path, sizeof(path), "%s/plots", top ? top : ".");
	return path;
}

static void fill_bins(struct drawing *d, bool woken)
{
	for (u32 i = 0; i < BINS; i++) {
		d->queue[i] = d->cpu_queue[i] =
			(struct timeline_queue){.min = 1, .max = 2 + i % 3, .mean_milli = 1500};
		if (woken && i % 4 == 0)
			d->latency[i] = (struct timeline_latency){10, 1000, 2000, 50000, 60000};
		d->comm_ns[0][i] = d->busy[i] = MSEC;
		d->comm_ns[1][i] = MSEC / 2;
	}
	d->comms[0] = (struct timeline_comm){d->f.comms[0].comm, BINS * MSEC, d->comm_ns[0]};
	d->comms[1] = (struct timeline_comm){d->f.comms[2].comm, BINS * MSEC / 2, d->comm_ns[1]};
}

/* @nr intervals per cpu. */
static void drawing_init(struct drawing *d, u32 nr, bool woken)
{
	u64 each = 100 * MSEC / max_of(nr, 1u);

	memset(d, 0, sizeof(*d));
	fixture_init(&d->f);
	for (u32 cpu = 0; cpu < 2; cpu++) {
		d->intervals[cpu] = calloc(max_of(nr, 1u), sizeof(struct timeline_interval));
		for (u32 i = 0; i < nr; i++)
			d->intervals[cpu][i] = (struct timeline_interval){
				i * each, i * each + (cpu ? each / 3 : each), 2 + i % 2,
				d->f.comms[cpu ? 1 : i % 2 * 2].comm};
		d->cpus[cpu] = (struct timeline_cpu){d->intervals[cpu], nr, d->cpu_queue};
	}
	fill_bins(d, woken);
	d->timeline = (struct timeline){
		.to = 100 * MSEC,
		.nr_cpus = 2,
		.names = &d->f.names,
		.cpus = d->cpus,
		.nr_intervals = 2 * nr,
		.nr_switches = 2 * nr,
		.bin_ns = 100 * MSEC / BINS,
		.nr_bins = BINS,
		.latency = d->latency,
		.queue = d->queue,
		.busy_ns = d->busy,
		.comms = d->comms,
		.nr_comms = 2,
		.queue_bin_ns = 100 * MSEC / BINS,
		.nr_queue_bins = BINS,
	};
	d->diag = diag_new();
	strcpy(d->dir, "/tmp/ossim-plots-XXXXXX");
	cr_assert(mkdtemp(d->dir));
}

static void drawing_fini(struct drawing *d)
{
	for (u32 i = 0; i < nr_plots; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s.svg", d->dir, plot_infos[i].name);
		unlink(path);
		snprintf(path, sizeof(path), "%s/%s.png", d->dir, plot_infos[i].name);
		unlink(path);
	}
	cr_assert_eq(rmdir(d->dir), 0, "something is left in %s", d->dir);
	free(d->intervals[0]);
	free(d->intervals[1]);
	diag_free(d->diag);
	fixture_fini(&d->f);
}

static void skip_without_gnuplot(void)
{
	if (system("gnuplot --version >/dev/null 2>&1"))
		cr_skip_test("gnuplot is not installed");
}

static struct file_text picture(struct drawing *d, const char *name, const char *format)
{
	struct file_text text;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s.%s", d->dir, name, format);
	cr_assert(file_read(d->diag, path, &text), "%s is missing", path);
	return text;
}

/* All pictures are there and whole, and nothing else is. */
static void check_pictures(struct drawing *d)
{
	struct text said = {0};
	u32 files = 0;
	DIR *dir;

	if (!plots_draw(d->diag, &d->f.result, &d->timeline, d->dir, templates())) {
		diag_to_text(d->diag, &said);
		cr_assert_fail("%s", said.at);
	}
	for (u32 i = 0; i < nr_plots - !d->timeline.nr_wait_queues; i++) {
		struct file_text svg = picture(d, plot_infos[i].name, "svg");
		struct file_text png = picture(d, plot_infos[i].name, "png");

		cr_assert(svg.len > 1000 && strstr(svg.at, "<svg"));
		cr_assert(strstr(svg.at + svg.len - 16, "</svg>"), "%s is cut off",
			  plot_infos[i].name);
		cr_assert(strstr(svg.at, plot_infos[i].title));
		cr_assert(png.len > 1000 && !memcmp(png.at, "\x89PNG\r\n\x1a\n", 8));
		cr_assert(!memcmp(png.at + png.len - 8, "IEND", 4), "%s is cut off",
			  plot_infos[i].name);
		file_text_fini(&svg);
		file_text_fini(&png);
	}
	dir = opendir(d->dir);
	while (readdir(dir))
		files++;
	closedir(dir);
	cr_assert_eq(files, 2 + 2 * (nr_plots - !d->timeline.nr_wait_queues));
}

Test(plots, every_plot_is_drawn_as_svg_and_png_and_nothing_is_left_behind)
{
	struct drawing d;

	skip_without_gnuplot();
	drawing_init(&d, 50, true);
	check_pictures(&d);
	drawing_fini(&d);
}

/* As long as there is one; a picture of an earlier run does not stay beside those of this. */
Test(plots, wait_queues_are_drawn_if_anybody_waited)
{
	struct drawing d;

	skip_without_gnuplot();
	drawing_init(&d, 50, true);
	struct timeline_wait_queue queues[] = {
		{.name = d.f.comms[0].comm, .waited_ns = 40 * MSEC, .queue = d.queue},
		{.name = d.f.comms[1].comm,
		 .number = 1,
		 .waited_ns = 10 * MSEC,
		 .queue = d.cpu_queue},
	};

	d.timeline.wait_queues = queues;
	d.timeline.nr_wait_queues = 2;
	check_pictures(&d);
	d.timeline.nr_wait_queues = 0;
	check_pictures(&d);
	drawing_fini(&d);
}

Test(plots, a_run_in_which_nothing_happened_is_drawn)
{
	struct drawing d;

	skip_without_gnuplot();
	drawing_init(&d, 0, false);
	for (u32 i = 0; i < ARRAY_SIZE(d.f.comms); i++) {
		d.f.comms[i].sums = (struct task_sums){0};
		d.f.comms[i].nr_tasks = 0;
	}
	d.timeline.nr_comms = 0;
	d.timeline.to = 0;
	d.timeline.nr_bins = d.timeline.nr_queue_bins = 0;
	d.f.metrics.window_ns = 0;
	check_pictures(&d);
	drawing_fini(&d);
}

Test(plots, names_are_shown_as_they_are)
{
	struct file_text svg;
	struct drawing d;

	skip_without_gnuplot();
	drawing_init(&d, 50, true);
	d.f.comms[0].comm = names_intern_str(&d.f.names, "it's_{a}\\n%d=50");
	d.f.comms[1].comm = names_intern_str(&d.f.names, "a`date`b\n");
	d.f.result.source = "'; system(\"false\"); '\n";
	check_pictures(&d);
	svg = picture(&d, "shares", "svg");
	cr_assert(strstr(svg.at, "it's_{a}\\n%d=50") || strstr(svg.at, "it&apos;s_{a}\\n%d=50"),
		  "quotes");
	cr_assert(strstr(svg.at, "a`date`b?"));
	file_text_fini(&svg);
	drawing_fini(&d);
}

/* A task has its last name in the result; under an earlier one it is drawn in grey. */
Test(plots, whatever_is_drawn_in_grey_is_in_the_legend)
{
	for (u32 renamed = 0; renamed < 2; renamed++) {
		struct file_text svg;
		struct drawing d;

		skip_without_gnuplot();
		drawing_init(&d, 50, true);
		if (renamed)
			d.comms[1].comm = names_intern_str(&d.f.names, "sh");
		check_pictures(&d);
		svg = picture(&d, "gantt", "svg");
		cr_assert_eq(strstr(svg.at, "<text>others</text>") != NULL, renamed);
		file_text_fini(&svg);
		drawing_fini(&d);
	}
}

Test(plots, the_size_of_a_picture_does_not_grow_with_the_run)
{
	struct file_text svg;
	struct drawing d;

	skip_without_gnuplot();
	drawing_init(&d, 500000, true);
	check_pictures(&d);
	svg = picture(&d, "gantt", "svg");
	cr_assert_lt(svg.len, 4000000);
	file_text_fini(&svg);
	drawing_fini(&d);
}

Test(plots, a_missing_gnuplot_is_a_clear_message_and_leaves_nothing)
{
	struct text said = {0}, dir = {0};
	struct drawing d;

	drawing_init(&d, 10, true);
	text_printf(&dir, "%s/new", d.dir);
	setenv("PATH", "/nonexistent", 1);
	cr_assert(!plots_draw(d.diag, &d.f.result, &d.timeline, dir.at, templates()));
	cr_assert(diag_has_system_error(d.diag));
	diag_to_text(d.diag, &said);
	cr_assert(strstr(said.at, "gnuplot is not installed"), "%s", said.at);
	cr_assert(access(dir.at, F_OK), "the directory is still there");
	text_fini(&said);
	text_fini(&dir);
	drawing_fini(&d);
}

Test(plots, a_template_with_a_mistake_is_named)
{
	struct text said = {0}, broken = {0};
	struct drawing d;

	skip_without_gnuplot();
	drawing_init(&d, 10, true);
	text_printf(&broken, "%s/gantt.gp", d.dir);
	cr_assert(file_write(d.diag, broken.at, "plot unknown_function(\n", 23));
	cr_assert(!plots_draw(d.diag, &d.f.result, &d.timeline, d.dir, d.dir));
	diag_to_text(d.diag, &said);
	cr_assert(strstr(said.at, "gnuplot could not draw: ") && strstr(said.at, "gantt.gp"), "%s",
		  said.at);
	unlink(broken.at);
	text_fini(&said);
	text_fini(&broken);
	drawing_fini(&d);
}

Test(plots, a_directory_without_templates_is_refused)
{
	struct drawing d;

	drawing_init(&d, 10, true);
	cr_assert(!plots_draw(d.diag, &d.f.result, &d.timeline, d.dir, "/nonexistent"));
	cr_assert(diag_has_system_error(d.diag));
	drawing_fini(&d);
}
