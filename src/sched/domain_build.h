/* SPDX-License-Identifier: MIT */
/* What domain.c and domain_group.c share while domains are built. */
#ifndef OSSIM_SCHED_DOMAIN_BUILD_H
#define OSSIM_SCHED_DOMAIN_BUILD_H

#include "sched/sched.h"

/* SMT, CLS, MC, PKG, NODE, and a NUMA level for each distance above the local one. */
enum { DOMAIN_LEVELS_MAX = SD_LEVEL_NUMA + 256 };

/* A set of cpus that is the span of somebody's domain at one level: made once, shared by them. */
struct span {
	struct cpumask *mask;
	u32 weight, first, last;
	/* the groups of this span's domains; overlapping: of one node's */
	struct sched_group *ring;
	struct sched_group *group; /* the group that stands for this span one level up */
};

struct domain_level {
	u32 level;                   /* enum sd_level; NUMA levels count up */
	u32 distance;                /* NUMA: the farthest node within */
	struct span **span;          /* by cpu */
	struct sched_domain *domain; /* by cpu */
};

/* One build. Domains and masks come from sched->arena, all else from a scratch arena. */
struct domain_build {
	struct sched *sched;
	struct arena *arena, *scratch;
	const struct cpumask *active;
	struct cpumask *core_first; /* the first active cpu of each core */
	u32 nr_active;
	struct domain_level levels[DOMAIN_LEVELS_MAX];
	u32 nr_levels;
	u32 *depth; /* by cpu: how many levels it has */
};

/* Gives every domain of level @l its ring of groups, its own group first. */
void domain_groups_build(struct domain_build *build, u32 l);

#endif
