/* SPDX-License-Identifier: MIT */
/*
 * Load of entities and queues: which averages move when an entity comes, goes, runs or moves away.
 * The averages themselves are pelt.c's. Reference: fair.md 4.3-4.5.
 */
#ifndef OSSIM_CLASSES_FAIR_LOAD_H
#define OSSIM_CLASSES_FAIR_LOAD_H

#include "classes/fair.h"
#include "classes/fair_way.h"
#include "classes/pelt.h"
#include "classes/weight.h"

/* The same, then an entity that is new on this queue adds its averages to the queue's. */
void fair_load_attach(struct fair_rq *queue, struct fair_entity *se);
/* The second half of it. */
void fair_load_join(struct fair_rq *queue, struct fair_entity *se);
/* The same, then an entity that leaves the queue for another takes its averages with it. */
void fair_load_detach(struct fair_rq *queue, struct fair_entity *se);
/* The entity's averages up to @now, as one that sleeps. */
void fair_age_blocked(struct fair_entity *se, u64 now);
/*
 * A sleeping entity leaves for another cpu, or for good: its queue forgets it at its next update.
 */
void fair_load_remove(struct fair_rq *queue, struct fair_entity *se);
/* The first averages of a new task, before its first enqueue (post_init_entity_util_avg). */
void fair_load_begin(struct fair_rq *queue, struct fair_entity *se);
/* The entity's weight becomes @weight; load_avg follows here and in its queue. */
void fair_load_reweight(struct fair_rq *queue, struct fair_entity *se, u32 weight, u32 inverse);

/* util_est of the queue: the sum over its queued tasks. */
void fair_util_est_enqueue(struct fair_rq *queue, const struct task *task);
void fair_util_est_dequeue(struct fair_rq *queue, const struct task *task);
/* A task goes to sleep: its estimate learns from the activation that ends. */
void fair_util_est_learn(const struct sched *sched, struct task *task);

/* True: a period ended for the queue's averages, or they changed by more than time. */
bool fair_load_update_slow(struct fair_rq *queue, struct fair_entity *se, u64 now);
/* The same of a task that sleeps, and of one that is queued but does not run. */
void fair_load_update_sleeper(struct fair_rq *queue, struct fair_entity *se, u64 now);
void fair_load_update_waiter(struct fair_rq *queue, struct fair_entity *se, u64 now);
/* The queue alone. True: as above. */
bool fair_queue_update(struct fair_rq *queue, u64 now);

static inline u64 rq_pelt_clock(const struct rq *rq)
{
	return rq->clock_pelt - rq->lost_idle_time;
}

/* How long the queue's averages saw no time pass while their group was throttled. */
static inline u64 fair_pelt_stood(struct fair_rq *queue)
{
	return unlikely(queue->owner) ? group_cpu_of(queue)->pelt_stood : 0;
}

/* cfs_rq_clock_pelt(). */
static inline u64 fair_pelt_clock(struct fair_rq *queue)
{
	u64 clock = rq_pelt_clock(queue->rq);

	if (likely(!queue->owner))
		return clock;
	if (group_cpu_of(queue)->pelt_stands)
		clock = group_cpu_of(queue)->pelt_stands_since;
	return clock - group_cpu_of(queue)->pelt_stood;
}

/* The averages of a queue and of an entity as of the last update: for reading. */
static always_inline const struct pelt *fair_queue_avg(struct fair_rq *queue)
{
	pelt_settle(&queue->avg, 1);
	return &queue->avg;
}

static always_inline const struct pelt *fair_entity_avg(struct fair_entity *se)
{
	pelt_settle(&se->avg, fair_weight(se));
	return &se->avg;
}

/*
 * update_load_avg(): the entity, then its queue. Nothing is due within 1024 ns of the last update.
 */
static always_inline void fair_load_update_by(struct fair_rq *queue, struct fair_entity *se,
					      enum fair_way way)
{
	u64 now = way == PLAIN_WAY ? rq_pelt_clock(fair_rq_rq(queue, way)) : fair_pelt_clock(queue);

	if (now - se->avg.last_update < 1024 && now - queue->avg.last_update < 1024 &&
	    likely(!queue->removed.nr) && !fair_stands_for_group(se, way))
		return;
	fair_load_update_slow(queue, se, now);
}

static inline void fair_load_update(struct fair_rq *queue, struct fair_entity *se)
{
	fair_load_update_by(queue, se, ANY_WAY);
}

void fair_load_share(struct fair_rq *queue);

/* The same with UPDATE_TG: the group whose queue it is hears of it. */
static always_inline void fair_load_update_shared_by(struct fair_rq *queue, struct fair_entity *se,
						     enum fair_way way)
{
	u64 now;

	if (!fair_in_group(queue, way)) {
		fair_load_update_by(queue, se, way);
		return;
	}
	now = fair_pelt_clock(queue);
	if (fair_load_update_slow(queue, se, now))
		fair_load_share(queue);
}

static inline void fair_load_update_shared(struct fair_rq *queue, struct fair_entity *se)
{
	fair_load_update_shared_by(queue, se, ANY_WAY);
}

/* Is it due for a task that goes the plain way? */
static always_inline bool fair_load_due(const struct fair_rq *queue, const struct fair_entity *se,
					u64 now)
{
	return now - se->avg.last_update >= 1024 || now - queue->avg.last_update >= 1024 ||
	       unlikely(queue->removed.nr);
}

/* The same, of an entity that is about to be queued: it slept. */
static always_inline void fair_load_update_slept(struct fair_rq *queue, struct fair_entity *se,
						 enum fair_way way)
{
	u64 now = rq_pelt_clock(fair_rq_rq(queue, way));

	if (way == ANY_WAY)
		fair_load_update_shared(queue, se);
	else if (fair_load_due(queue, se, now))
		fair_load_update_sleeper(queue, se, now);
}

/* The same, of one that is about to be current: it waited. */
static always_inline void fair_load_update_waited(struct fair_rq *queue, struct fair_entity *se,
						  enum fair_way way)
{
	u64 now = rq_pelt_clock(fair_rq_rq(queue, way));

	if (way == ANY_WAY)
		fair_load_update_shared(queue, se);
	else if (fair_load_due(queue, se, now))
		fair_load_update_waiter(queue, se, now);
}

#endif
