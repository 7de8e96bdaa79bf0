/* SPDX-License-Identifier: MIT */
/*
 * Named wait queues over time, the busiest ones.
 *
 * wait-queue-1.bin and so on, one for each: x low, x high, min, mean, max of tasks that wait.
 */
#include "report/plot.h"

enum { QUEUES_DRAWN = 8 };

static u32 queues_drawn(const struct timeline *t)
{
	return min_of(t->nr_wait_queues, (u32)QUEUES_DRAWN);
}

bool plot_has_waits(const struct timeline *t)
{
	return queues_drawn(t) > 0;
}

static void set_element(struct plot *plot, const char *array, u32 i, double value)
{
	char name[32];

	snprintf(name, sizeof(name), "%s[%u]", array, i + 1);
	plot_set(plot, name, value);
}

static void describe(struct plot *plot, u32 i)
{
	const struct timeline *t = plot->timeline;
	const struct timeline_wait_queue *queue = &t->wait_queues[i];
	char name[48], shown[GROUP_NAME_MAX];
	u32 most = 0;

	for (u32 bin = 0; bin < t->nr_bins; bin++)
		most = max_of(most, queue->queue[bin].max);
	snprintf(name, sizeof(name), "wait_queue_name[%u]", i + 1);
	printable_name(names_text(t->names, queue->name), shown, sizeof(shown));
	plot_set_text(plot, name, shown);
	set_element(plot, "wait_queue_most", i, most);
	set_element(plot, "wait_queue_mean", i,
		    (double)queue->waited_ns / (double)max_of(t->to - t->from, (u64)1));
}

bool plot_waits(struct plot *plot)
{
	u32 nr = queues_drawn(plot->timeline);

	plot_set(plot, "nr_wait_queues", nr);
	if (nr)
		text_printf(
			&plot->script,
			"array wait_queue_name[%u]\narray wait_queue_most[%u]\narray wait_queue_mean[%u]\n",
			nr, nr, nr);
	for (u32 i = 0; i < nr; i++) {
		struct plot_file file;
		char name[48];

		describe(plot, i);
		snprintf(name, sizeof(name), "wait-queue-%u.bin", i + 1);
		if (!plot_file_open(plot, name, &file))
			return false;
		plot_put_lengths(plot, &file, plot->timeline->wait_queues[i].queue);
		if (!plot_file_close(plot, &file))
			return false;
	}
	return true;
}
