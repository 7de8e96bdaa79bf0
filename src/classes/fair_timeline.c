/* SPDX-License-Identifier: MIT */
/*
 * The EEVDF timeline: virtual time, eligibility, and the tree of those who wait.
 *
 * The tree is ordered by deadline; each node knows the least vruntime of its subtree, so that the
 * earliest deadline among the eligible is found on one way down. Virtual time needs a division, but
 * whether somebody is on the right side of it does not: sum of key * weight >= key * sum of
 * weights.
 */
#include "base/rbtree.h"
#include "classes/fair_eevdf.h"

static struct fair_entity *entity_of(const struct rb_node *node)
{
	return container_of(node, struct fair_entity, node);
}

static always_inline bool deadline_before(const struct rb_node *a, const struct rb_node *b)
{
	return vtime_before(entity_of(a)->deadline, entity_of(b)->deadline);
}

/* A node's summary from itself and its children. */
static always_inline bool pull(struct rb_node *node)
{
	struct fair_entity *se = entity_of(node);
	u64 min_vruntime = se->vruntime;
	u32 min_slice = se->slice, max_slice = se->slice;

	for (u32 side = 0; side < 2; side++) {
		const struct fair_entity *child;

		if (!node->child[side])
			continue;
		child = entity_of(node->child[side]);
		if (vtime_before(child->min_vruntime, min_vruntime))
			min_vruntime = child->min_vruntime;
		min_slice = min_of(min_slice, child->min_slice);
		max_slice = max_of(max_slice, child->max_slice);
	}
	if (se->min_vruntime == min_vruntime && se->min_slice == min_slice &&
	    se->max_slice == max_slice)
		return false;
	se->min_vruntime = min_vruntime;
	se->min_slice = min_slice;
	se->max_slice = max_slice;
	return true;
}

/* The summary of a node above a new leaf. */
static always_inline bool add(struct rb_node *node, const struct rb_node *leaf)
{
	struct fair_entity *se = entity_of(node);
	const struct fair_entity *new = entity_of(leaf);
	bool changed = false;

	if (vtime_before(new->min_vruntime, se->min_vruntime)) {
		se->min_vruntime = new->min_vruntime;
		changed = true;
	}
	if (unlikely(new->min_slice < se->min_slice)) {
		se->min_slice = new->min_slice;
		changed = true;
	}
	if (unlikely(new->max_slice > se->max_slice)) {
		se->max_slice = new->max_slice;
		changed = true;
	}
	return changed;
}

/* ---- Virtual time ---- */

/*
 * floor(w_key / weight): rounding down keeps an entity that is placed exactly there eligible.
 * Alone, an entity is the average.
 */
static s64 average_key(const struct fair_rq *queue)
{
	const struct fair_entity *curr;
	struct eevdf_sums sums;

	if (!queue->sum_weight) {
		curr = fair_queued_curr(queue);
		return curr ? eevdf_key(queue, curr->vruntime) : 0;
	}
	sums = eevdf_sums(queue);
	if (sums.w_key < 0)
		sums.w_key -= sums.weight - 1;
	return sums.w_key / sums.weight;
}

u64 eevdf_virtual_time(struct fair_rq *queue)
{
	s64 delta = average_key(queue);

	queue->virtual_base += (u64)delta;
	queue->sum_w_vruntime -= eevdf_mul(delta, queue->sum_weight);
	return queue->virtual_base;
}

u64 eevdf_virtual_time_now(const struct fair_rq *queue)
{
	return queue->virtual_base + (u64)average_key(queue);
}

bool eevdf_eligible(struct fair_rq *queue, struct fair_entity *se)
{
	return eevdf_allows(eevdf_sums(queue), queue, se->vruntime);
}

/* ---- The tree ---- */

void eevdf_insert(struct fair_rq *queue, struct fair_entity *se)
{
	u64 weight = fair_weight(se);

	queue->sum_w_vruntime += eevdf_mul(eevdf_key(queue, se->vruntime), weight);
	queue->sum_weight += weight;
	se->min_vruntime = se->vruntime;
	se->min_slice = se->max_slice = se->slice;
	rb_insert_leaf(&queue->timeline, &se->node, deadline_before, add, pull);
}

void eevdf_erase(struct fair_rq *queue, struct fair_entity *se)
{
	u64 weight = fair_weight(se);

	rb_erase(&queue->timeline, &se->node, pull);
	queue->sum_w_vruntime -= eevdf_mul(eevdf_key(queue, se->vruntime), weight);
	queue->sum_weight -= weight;
}

struct fair_entity *eevdf_earliest(struct fair_rq *queue, struct eevdf_sums sums)
{
	const struct rb_node *node = queue->timeline.root;
	struct fair_entity *first;

	if (!node)
		return NULL;
	first = entity_of(rb_first(&queue->timeline));
	if (eevdf_allows(sums, queue, first->vruntime))
		return first;
	while (node) {
		const struct rb_node *left = node->child[0];

		if (left && eevdf_allows(sums, queue, entity_of(left)->min_vruntime)) {
			node = left;
			continue;
		}
		if (eevdf_allows(sums, queue, entity_of(node)->vruntime))
			return entity_of(node);
		node = node->child[1];
	}
	return NULL;
}

u32 eevdf_checks(const struct fair_rq *queue, struct eevdf_sums sums)
{
	const struct rb_node *node = queue->timeline.root;
	u32 checks = 1;

	if (!node || eevdf_allows(sums, queue, entity_of(rb_first(&queue->timeline))->vruntime))
		return node ? checks : 0;
	while (node) {
		const struct rb_node *left = node->child[0];

		checks += left ? 1 : 0;
		if (left && eevdf_allows(sums, queue, entity_of(left)->min_vruntime)) {
			node = left;
			continue;
		}
		checks++;
		if (eevdf_allows(sums, queue, entity_of(node)->vruntime))
			break;
		node = node->child[1];
	}
	return checks;
}

u32 eevdf_min_slice(const struct fair_rq *queue)
{
	const struct fair_entity *curr = fair_queued_curr(queue);
	u32 slice = curr ? curr->slice : UINT32_MAX;

	if (queue->timeline.root)
		slice = min_of(slice, entity_of(queue->timeline.root)->min_slice);
	return slice;
}

u32 eevdf_max_slice(const struct fair_rq *queue)
{
	const struct fair_entity *curr = fair_queued_curr(queue);
	u32 slice = curr ? curr->slice : 0;

	if (queue->timeline.root)
		slice = max_of(slice, entity_of(queue->timeline.root)->max_slice);
	return slice;
}

void eevdf_set_slice(struct fair_rq *queue, struct fair_entity *se, u32 slice)
{
	se->slice = slice;
	se->custom_slice = true;
	if (se->on_rq && se != queue->curr)
		rb_refresh(&se->node, pull);
}

/* ---- Lag and placement ---- */

/* Lag beyond this is forgiven, and a debt beyond it too. */
static s64 lag_limit(struct fair_rq *queue, struct fair_entity *se)
{
	u64 tick = queue->rq->sched->tick_ns, limit;

	if (fair_feature(queue, FEATURE_LAG_LIMIT_MAX_SLICE))
		limit = max_of(eevdf_max_slice(queue), se->slice) + tick;
	else
		limit = max_of(2ULL * se->slice, tick);
	return (s64)weight_virtual(limit, se);
}

static s64 lag_at(struct fair_rq *queue, struct fair_entity *se, u64 virtual_time)
{
	s64 limit = lag_limit(queue, se);

	return clamp_to((s64)(virtual_time - se->vruntime), -limit, limit);
}

void eevdf_update_lag(struct fair_rq *queue, struct fair_entity *se)
{
	se->vlag = lag_at(queue, se, eevdf_virtual_time(queue));
}

void eevdf_bound_lag(struct fair_rq *queue, struct fair_entity *se)
{
	se->vlag = min_of(se->vlag, lag_limit(queue, se));
}

/*
 * An entity's own weight pulls V towards it as it joins; so that its lag comes out as @se->vlag
 * afterwards, it is placed further away.
 */
static s64 inflated_lag(const struct fair_rq *queue, const struct fair_entity *se)
{
	const struct fair_entity *curr = fair_queued_curr(queue);
	u64 weight = queue->sum_weight + (curr ? fair_weight(curr) : 0);
	s64 lag = eevdf_mul(se->vlag, weight + fair_weight(se));

	return lag / (s64)(weight ? weight : 1);
}

void eevdf_place(struct fair_rq *queue, struct fair_entity *se, u32 flags)
{
	u64 virtual_time = eevdf_virtual_time(queue), slice;
	s64 lag = 0;

	if (!se->custom_slice)
		se->slice = (u32)fair_knobs(queue)->base_slice_ns;
	if (queue->nr_queued && se->vlag && fair_feature(queue, FEATURE_PLACE_LAG))
		lag = inflated_lag(queue, se);
	se->vruntime = virtual_time - (u64)lag;
	if (se->rel_deadline) {
		se->deadline += se->vruntime;
		se->rel_deadline = false;
		return;
	}
	slice = weight_virtual(se->slice, se);
	if (flags & ENQUEUE_INITIAL && fair_feature(queue, FEATURE_PLACE_DEADLINE_INITIAL))
		slice /= 2;
	se->deadline = se->vruntime + slice;
}

/* ---- Weight ---- */

/* A virtual span stands for the same real one under another weight. */
static s64 rescale(s64 span, u32 from, u32 to)
{
	return eevdf_mul(span, from) / (s64)to;
}

/* Lag and what is left of the request keep their real size; the entity joins anew. */
static void reweight_by_placing(struct fair_rq *queue, struct fair_entity *se, struct weight weight)
{
	bool curr = queue->curr == se, queued = se->on_rq;

	if (queued) {
		fair_update_curr(queue);
		eevdf_update_lag(queue, se);
		se->deadline -= se->vruntime;
		se->rel_deadline = true;
		queue->nr_queued--;
		if (!curr)
			eevdf_erase(queue, se);
	}
	se->vlag = rescale(se->vlag, se->weight, weight.weight);
	if (se->rel_deadline)
		se->deadline = (u64)rescale((s64)se->deadline, se->weight, weight.weight);
	fair_load_reweight(queue, se, weight.weight, weight.inverse);
	if (queued) {
		eevdf_place(queue, se, 0);
		if (!curr)
			eevdf_insert(queue, se);
		queue->nr_queued++;
	}
	if (curr)
		eevdf_unprotect(se); /* vlag lies over vprot */
}

/* vruntime and deadline are scaled about V, which so stays where it is. */
static void reweight_about_average(struct fair_rq *queue, struct fair_entity *se,
				   struct weight weight)
{
	bool curr = queue->curr == se, queued = se->on_rq;
	u64 virtual_time = 0, deadline = se->deadline;

	if (queued) {
		fair_update_curr(queue);
		virtual_time = eevdf_virtual_time(queue);
		if (!curr)
			eevdf_erase(queue, se);
		if (virtual_time != se->vruntime)
			se->vruntime = virtual_time - (u64)rescale(lag_at(queue, se, virtual_time),
								   se->weight, weight.weight);
		se->deadline = virtual_time + (u64)rescale((s64)(se->deadline - virtual_time),
							   se->weight, weight.weight);
	} else {
		se->vlag = rescale(se->vlag, se->weight, weight.weight);
	}
	fair_load_reweight(queue, se, weight.weight, weight.inverse);
	if (queued && !curr)
		eevdf_insert(queue, se);
	if (curr && queued && se->deadline != deadline)
		eevdf_unprotect(se); /* it held up to the old deadline */
}

void eevdf_reweight(struct fair_rq *queue, struct fair_entity *se, struct weight weight)
{
	if (se->on_rq)
		queue->load_weight += (u64)weight.weight - se->weight;
	queue->load_inv_weight = 0;
	if (fair_feature(queue, FEATURE_REWEIGHT_PLACES))
		reweight_by_placing(queue, se, weight);
	else
		reweight_about_average(queue, se, weight);
}
