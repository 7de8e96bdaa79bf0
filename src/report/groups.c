/* SPDX-License-Identifier: MIT */
#include "report/groups.h"

#include "base/utf8.h"
#include "report/parts.h"

#include <stdio.h>
#include <string.h>

void printable_name(const char *name, char *out, size_t size)
{
	size_t n = 0, left = strlen(name), step;

	for (; left; name += step, left -= step) {
		size_t len = utf8_printable(name, left);

		step = max_of(len, (size_t)1);
		if (n + step >= size)
			break;
		if (len)
			memcpy(out + n, name, len);
		else
			out[n] = '?';
		n += step;
	}
	out[n] = '\0';
}

/* The comm that began the group, as it is: groups are compared by it. */
static const char *first_name(const struct groups *groups, const struct group *group)
{
	const struct metrics *metrics = groups->metrics;

	return names_text(metrics->names, metrics->comms[group->first_comm].comm);
}

static u32 group_of(struct groups *groups, u32 comm, bool by_stem)
{
	const struct metrics *metrics = groups->metrics;
	const char *name = names_text(metrics->names, metrics->comms[comm].comm);
	size_t len = by_stem ? name_stem(name) : strlen(name);
	struct group fresh = {.first_comm = comm};

	for (u32 i = 0; by_stem && i < groups->at.len; i++) {
		const char *other = first_name(groups, &groups->at.at[i]);

		if (name_stem(other) == len && !strncmp(name, other, len))
			return i;
	}
	vec_push(&groups->at, fresh);
	return groups->at.len - 1;
}

static void name_group(struct groups *groups, struct group *group)
{
	const char *name = first_name(groups, group);
	char stem[GROUP_NAME_MAX - 1];

	if (group->nr_comms == 1) {
		printable_name(name, group->name, sizeof(group->name));
		return;
	}
	printable_name(name, stem, min_of(name_stem(name) + 1, sizeof(stem)));
	snprintf(group->name, sizeof(group->name), "%s*", stem);
}

void groups_init(struct groups *groups, const struct metrics *metrics, bool by_stem)
{
	*groups = (struct groups){.metrics = metrics};
	for (u32 i = 0; i < metrics->nr_comms; i++) {
		const struct comm_metrics *comm = &metrics->comms[i];
		u32 number = group_of(groups, i, by_stem);
		struct group *group = &groups->at.at[number];

		group->nr_comms++;
		group->nr_tasks += comm->nr_tasks;
		group->flags |= comm->flags;
		task_sums_add(&group->sums, &comm->sums);
		vec_push(&groups->of_comm, number);
	}
	for (u32 i = 0; i < groups->at.len; i++)
		name_group(groups, &groups->at.at[i]);
}

void groups_fini(struct groups *groups)
{
	vec_fini(&groups->at);
	vec_fini(&groups->of_comm);
}

struct hist *groups_dist(const struct groups *groups, u32 group, enum metric_dist dist)
{
	const struct metrics *metrics = groups->metrics;
	struct hist *merged = NULL;

	for (u32 i = groups->at.at[group].first_comm; i < metrics->nr_comms; i++) {
		const struct hist *hist = metrics->comms[i].dist[dist];

		if (groups->of_comm.at[i] != group || !hist || !hist->count)
			continue;
		if (!merged)
			merged = hist_new();
		hist_merge(merged, hist);
	}
	return merged;
}
