/* SPDX-License-Identifier: MIT */
/*
 * Two ways through the fair class. Nearly every task is of the root group and runs under the newest
 * kernel's features; what only groups and other rows ask is then asked once, at the door, and not
 * at every step. The steps are written once, for an enum fair_way that is a constant wherever they
 * are used: so the plain way is the general one without the questions whose answers are known.
 */
#ifndef OSSIM_CLASSES_FAIR_WAY_H
#define OSSIM_CLASSES_FAIR_WAY_H

#include "sched/sched.h"

enum fair_way {
	ANY_WAY,
	PLAIN_WAY, /* a task of the root group; EEVDF with NEWEST_FEATURES */
};

/* May @task, queued on @rq or about to be, go the plain way? */
static always_inline bool fair_is_plain(const struct rq *rq, const struct task *task)
{
	return rq->fair.newest && !task->group;
}

static always_inline bool fair_has(const struct fair_rq *queue, u128 feature, enum fair_way way)
{
	return (way == PLAIN_WAY ? NEWEST_FEATURES : queue->features) & feature;
}

static always_inline bool fair_stands_for_group(const struct fair_entity *se, enum fair_way way)
{
	return way == ANY_WAY && unlikely(se->owned);
}

static always_inline bool fair_in_group(const struct fair_rq *queue, enum fair_way way)
{
	return way == ANY_WAY && unlikely(queue->owner);
}

static always_inline bool fair_has_quota(const struct fair_rq *queue, enum fair_way way)
{
	return way == ANY_WAY && unlikely(queue->limited);
}

/* One level up. */
static always_inline struct fair_entity *fair_parent(const struct fair_entity *se,
						     enum fair_way way)
{
	return way == ANY_WAY ? se->parent : NULL;
}

static always_inline struct rq *fair_rq_rq(const struct fair_rq *queue, enum fair_way way)
{
	return way == ANY_WAY ? queue->rq : container_of(queue, struct rq, fair);
}

#endif
