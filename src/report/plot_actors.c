/* SPDX-License-Identifier: MIT */
/*
 * Who is drawn in which colour. Tasks go by comm if there are few comms, else by stem ("web*"); the
 * largest users of cpu time have a colour, the others share a grey. Colours are given in the order
 * of first appearance, so that the same workload looks the same under another kernel or seed.
 */
#include "report/plot.h"

#include <stdlib.h>
#include <string.h>

/*
 * Colours that remain different for eyes that do not see all of them: those of Okabe and Ito
 * without black and with a darker yellow, then four of Paul Tol's muted scheme. Neighbours differ
 * in lightness.
 */
static const u32 palette[ACTORS_MAX] = {
	0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xd55e00,
	0x332288, 0xddcc77, 0x882255, 0x999933, 0x44aa99, 0xcc6677,
};
enum { RGB_OTHER = 0xa8a8a8 };

static bool ran(const struct group *group)
{
	return group->sums.cpu_ns || group->sums.wakeups;
}

static u32 count_ran(const struct groups *groups)
{
	u32 nr = 0;

	for (u32 i = 0; i < groups->at.len; i++)
		nr += ran(&groups->at.at[i]);
	return nr;
}

/* How many groups are larger; among equals the earlier one is. */
static u32 rank_of(const struct groups *groups, u32 number)
{
	const struct group *group = &groups->at.at[number];
	u32 rank = 0;

	for (u32 i = 0; i < groups->at.len; i++) {
		u64 cpu_ns = groups->at.at[i].sums.cpu_ns;

		rank += cpu_ns > group->sums.cpu_ns || (cpu_ns == group->sums.cpu_ns && i < number);
	}
	return rank;
}

static void add_to_other(struct actor *other, const struct group *group, struct hist *latency)
{
	other->nr_tasks += group->nr_tasks;
	other->cpu_ns += group->sums.cpu_ns;
	if (!latency)
		return;
	if (other->latency) {
		hist_merge(other->latency, latency);
		hist_free(latency);
	} else {
		other->latency = latency;
	}
}

/* Gives the group an actor. Returns its number. */
static u32 cast(struct actors *actors, const struct groups *groups, u32 number)
{
	const struct group *group = &groups->at.at[number];
	struct hist *latency = ran(group) ? groups_dist(groups, number, DIST_WAKEUP_LATENCY) : NULL;
	struct actor *actor;

	if (!ran(group) || rank_of(groups, number) >= ACTORS_MAX) {
		if (ran(group))
			add_to_other(&actors->at[ACTOR_OTHER], group, latency);
		return ACTOR_OTHER;
	}
	actor = &actors->at[actors->nr];
	*actor = (struct actor){
		.rgb = palette[actors->nr - 1],
		.nr_tasks = group->nr_tasks,
		.cpu_ns = group->sums.cpu_ns,
		.latency = latency,
		.shaded = group->nr_tasks > 1,
	};
	memcpy(actor->name, group->name, sizeof(actor->name));
	return actors->nr++;
}

void actors_init(struct actors *actors, const struct metrics *metrics)
{
	struct groups groups;
	vec_of(u8) of_group = {0};

	*actors = (struct actors){.nr = 1};
	actors->at[ACTOR_OTHER] =
		(struct actor){.name = "others", .rgb = RGB_OTHER, .shaded = true};
	groups_init(&groups, metrics, false);
	if (count_ran(&groups) > ACTORS_MAX) {
		groups_fini(&groups);
		groups_init(&groups, metrics, true);
	}
	for (u32 i = 0; i < groups.at.len; i++)
		vec_push(&of_group, (u8)cast(actors, &groups, i));
	for (u32 i = 0; i < metrics->nr_comms; i++) {
		u32 name = metrics->comms[i].comm;

		while (actors->of_name.len <= name)
			vec_push(&actors->of_name, ACTOR_OTHER);
		actors->of_name.at[name] = of_group.at[groups.of_comm.at[i]];
	}
	vec_fini(&of_group);
	groups_fini(&groups);
}

void actors_fini(struct actors *actors)
{
	for (u32 i = 0; i < actors->nr; i++)
		if (actors->at[i].latency)
			hist_free(actors->at[i].latency);
	vec_fini(&actors->of_name);
}

/* @part / 8 of the way from @from to @to. */
static u32 blend(u32 from, u32 to, u32 part)
{
	return (from * (8 - part) + to * part) / 8;
}

u32 actor_shade(const struct actor *actor, u32 task)
{
	/* Parts of white (positive) or black; neighbours in number differ visibly. */
	static const s8 steps[] = {0, 3, -2, 1, 4, -1, 2};
	s32 step = actor->shaded ? steps[task % ARRAY_SIZE(steps)] : 0;
	u32 to = step > 0 ? 255 : 0, part = (u32)(step < 0 ? -step : step), rgb = 0;

	for (u32 shift = 0; shift < 24; shift += 8)
		rgb |= blend(actor->rgb >> shift & 0xff, to, part) << shift;
	return rgb;
}
