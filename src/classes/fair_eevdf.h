/* SPDX-License-Identifier: MIT */
/*
 * The EEVDF timeline: virtual time, eligibility, the tree of those who wait, and the questions put
 * to it. Behind these functions the tree may become something else.
 * Reference: fair.md 3.2, 3.3, 3.7.
 */
#ifndef OSSIM_CLASSES_FAIR_EEVDF_H
#define OSSIM_CLASSES_FAIR_EEVDF_H

#include "classes/fair_entity.h"

/* key * weight may exceed 63 bits in the end: it wraps as the kernel's does. */
static inline s64 eevdf_mul(s64 a, u64 b)
{
	return (s64)((u64)a * b);
}

/* A vruntime relative to the queue's base. */
static always_inline s64 eevdf_key(const struct fair_rq *queue, u64 vruntime)
{
	return (s64)(vruntime - queue->virtual_base);
}

/* Sums over all queued entities, curr included: V is w_key / weight from the base. */
struct eevdf_sums {
	s64 w_key; /* of key * weight */
	s64 weight;
};

static always_inline struct eevdf_sums eevdf_sums(const struct fair_rq *queue)
{
	struct eevdf_sums sums = {queue->sum_w_vruntime, (s64)queue->sum_weight};
	const struct fair_entity *curr = fair_queued_curr(queue);

	if (curr) {
		u64 weight = fair_weight(curr);

		sums.w_key += eevdf_mul(eevdf_key(queue, curr->vruntime), weight);
		sums.weight += (s64)weight;
	}
	return sums;
}

/* Is a vruntime at or behind V? A multiplication instead of V's division. */
static always_inline bool eevdf_allows(struct eevdf_sums sums, const struct fair_rq *queue,
				       u64 vruntime)
{
	return sums.w_key >= eevdf_mul(eevdf_key(queue, vruntime), (u64)sums.weight);
}

/* Virtual time V, the average of vruntimes by weight; moves the queue's base there. */
u64 eevdf_virtual_time(struct fair_rq *queue);
/* The same without moving the base, for who only looks. */
u64 eevdf_virtual_time_now(const struct fair_rq *queue);
/* Has it had no more than its share: vruntime <= V? */
bool eevdf_eligible(struct fair_rq *queue, struct fair_entity *se);

/* The eligible waiting entity with the earliest deadline; equal ones by order of insertion. */
struct fair_entity *eevdf_earliest(struct fair_rq *queue, struct eevdf_sums sums);
/* Of how many that asks whether they are eligible. */
u32 eevdf_checks(const struct fair_rq *queue, struct eevdf_sums sums);
/* The first in the tree, which is not empty. */
static inline struct fair_entity *eevdf_first(const struct fair_rq *queue)
{
	return container_of(rb_first(&queue->timeline), struct fair_entity, node);
}

/* Of those who wait and curr: UINT32_MAX or 0 if there is nobody. */
u32 eevdf_min_slice(const struct fair_rq *queue);
u32 eevdf_max_slice(const struct fair_rq *queue);

/* A group's request is of @slice ns from now on; its present deadline stays. */
void eevdf_set_slice(struct fair_rq *queue, struct fair_entity *se, u32 slice);

/* Lag, in virtual time, as the entity leaves: how much service it is owed. */
void eevdf_update_lag(struct fair_rq *queue, struct fair_entity *se);
/* @se, which is not queued, was given a lag: no more than it could have saved. */
void eevdf_bound_lag(struct fair_rq *queue, struct fair_entity *se);
/* A vruntime and a deadline for an entity that joins. */
void eevdf_place(struct fair_rq *queue, struct fair_entity *se, u32 flags);
/* Its weight changes, queued or not. */
void eevdf_reweight(struct fair_rq *queue, struct fair_entity *se, struct weight weight);

/* While protected a running entity is not left for an earlier deadline (RUN_TO_PARITY). */
static inline bool eevdf_protected(const struct fair_entity *se)
{
	return vtime_before(se->vruntime, se->vprot);
}

/*
 * Protection counts. 6.12 looks at RUN_TO_PARITY here; 6.18 where the length of it is chosen.
 */
static inline bool eevdf_keeps_protection(const struct fair_rq *queue,
					  const struct fair_entity *curr)
{
	return eevdf_protected(curr) &&
	       fair_feature(queue, FEATURE_RUN_TO_PARITY | FEATURE_PROTECT_MIN_SLICE);
}

/*
 * One that has left, but is current until the next is chosen, has its lag where protection was: who
 * is pulled in meanwhile must not overwrite it.
 */
static inline void eevdf_unprotect(struct fair_entity *se)
{
	if (se->on_rq)
		se->vprot = se->vruntime;
}

/* curr may go on: its request is not used up, and it is alone or protected. */
static inline bool eevdf_goes_on(const struct fair_rq *queue, const struct fair_entity *curr)
{
	return vtime_before(curr->vruntime, curr->deadline) &&
	       (queue->nr_queued == 1 || eevdf_protected(curr));
}

#endif
