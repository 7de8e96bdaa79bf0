/* SPDX-License-Identifier: MIT */
/*
 * The fair class tells why: who was queued, with what, and which rule chose among them.
 *
 * All of this only reads. A rule is worked out from the same state that the pick saw, which has not
 * changed since: nothing is put away or set current before a pick is explained. With groups each
 * level's is worked out as it is picked: charging the level below may end a request there, and with
 * it the buddies of all levels above (update_deadline(), clear_buddies()).
 */
#include "classes/fair_eevdf.h"
#include "sched/decide.h"
#include "sched/group.h"

/* ---- Candidates ---- */

static u16 buddy_flags(const struct fair_rq *queue, const struct fair_entity *se)
{
	return (queue->next == se ? CANDIDATE_NEXT_BUDDY : 0) |
	       (queue->last == se ? CANDIDATE_LAST_BUDDY : 0) |
	       (queue->skip == se ? CANDIDATE_SKIP_BUDDY : 0);
}

static u16 flags_of(struct fair_rq *queue, struct fair_entity *se)
{
	u16 flags = buddy_flags(queue, se);

	if (queue->curr == se)
		flags |= CANDIDATE_RUNS;
	if (se->sched_delayed)
		flags |= CANDIDATE_DELAYED;
	if (se->custom_slice && fair_is_task(se))
		flags |= CANDIDATE_CUSTOM_SLICE;
	if (fair_is_idle(se))
		flags |= CANDIDATE_IDLE_POLICY;
	if (!queue->eevdf)
		return flags;
	if (eevdf_eligible(queue, se))
		flags |= CANDIDATE_ELIGIBLE;
	if (queue->curr == se && eevdf_keeps_protection(queue, se))
		flags |= CANDIDATE_PROTECTED;
	return flags;
}

/* EEVDF: V; CFS: min_vruntime. */
static u64 reference_time(const struct fair_rq *queue)
{
	return queue->eevdf ? eevdf_virtual_time_now(queue) : queue->virtual_base;
}

static void put_candidate(struct decision_desk *desk, struct fair_rq *queue, struct fair_entity *se,
			  u8 level, u16 flags)
{
	struct candidate *c = decide_candidate(desk);

	c->level = level;
	c->flags = flags | flags_of(queue, se);
	c->weight = (u32)fair_weight(se);
	c->vruntime = se->vruntime;
	c->lag = (s64)(reference_time(queue) - se->vruntime);
	if (fair_is_task(se))
		c->task = fair_task_of(se)->id;
	else
		c->group = group_cpu_of(se->owned)->group->id + 1;
	if (queue->eevdf) {
		c->deadline = se->deadline;
		c->slice = se->slice;
	} else {
		c->slice = cfs_slice(queue, se);
	}
	if (queue->curr == se) {
		c->ran = se->sum_exec_runtime - se->prev_sum_exec_runtime;
		if (queue->eevdf)
			c->protected_until = se->vprot;
	}
}

/* curr first, then the tree in its order. */
static void put_queue(struct decision_desk *desk, struct fair_rq *queue, u8 level,
		      const struct fair_entity *chosen, const struct fair_entity *woken)
{
	struct fair_entity *curr = fair_queued_curr(queue);

	if (curr)
		put_candidate(desk, queue, curr, level, curr == chosen ? CANDIDATE_CHOSEN : 0);
	for (struct rb_node *node = rb_first(&queue->timeline); node; node = rb_next(node)) {
		struct fair_entity *se = container_of(node, struct fair_entity, node);

		put_candidate(desk, queue, se, level,
			      (se == chosen ? CANDIDATE_CHOSEN : 0) |
				      (se == woken ? CANDIDATE_WOKEN : 0));
	}
}

/* ---- Which rule picked ---- */

/* Another eligible one that waits has the same deadline: it was queued later. */
static bool deadline_is_shared(struct fair_rq *queue, const struct fair_entity *chosen)
{
	for (const struct rb_node *node = rb_next(&chosen->node); node; node = rb_next(node)) {
		struct fair_entity *se = container_of(node, struct fair_entity, node);

		if (se->deadline != chosen->deadline)
			return false;
		if (eevdf_eligible(queue, se))
			return true;
	}
	return false;
}

static enum decision_rule eevdf_rule(struct fair_rq *queue, struct fair_entity *chosen)
{
	struct fair_entity *curr = fair_queued_curr(queue);

	if (queue->nr_queued == 1)
		return RULE_PICK_ONLY;
	if (queue->next == chosen && fair_feature(queue, FEATURE_PICK_BUDDY) &&
	    eevdf_eligible(queue, chosen))
		return RULE_PICK_NEXT_BUDDY;
	if (chosen == curr && eevdf_keeps_protection(queue, curr))
		return RULE_PICK_PROTECTED;
	if (chosen == curr)
		return eevdf_earliest(queue, eevdf_sums(queue)) ? RULE_PICK_CURR_EARLIEST
								: RULE_PICK_CURR_ELIGIBLE;
	if (curr && curr->deadline == chosen->deadline && eevdf_eligible(queue, curr))
		return RULE_PICK_TREE_TIE;
	return deadline_is_shared(queue, chosen) ? RULE_PICK_FIFO_TIE : RULE_PICK_EARLIEST;
}

static enum decision_rule cfs_rule(const struct fair_rq *queue, const struct fair_entity *chosen)
{
	const struct rb_node *first = rb_first(&queue->timeline);
	const struct rb_node *second = first ? rb_next(first) : NULL;
	const struct fair_entity *curr = fair_queued_curr(queue);

	if (queue->nr_queued == 1)
		return RULE_PICK_ONLY;
	if (queue->next == chosen)
		return RULE_PICK_CFS_NEXT;
	if (queue->last == chosen)
		return RULE_PICK_CFS_LAST;
	if (chosen == curr &&
	    vtime_before(curr->vruntime, container_of(first, struct fair_entity, node)->vruntime))
		return RULE_PICK_CURR_LEAST;
	/* The one that yielded may be the running one, which is not in the tree. */
	if (first != &chosen->node || (curr && vtime_before(curr->vruntime, chosen->vruntime)))
		return RULE_PICK_CFS_SKIP;
	if (second && container_of(second, struct fair_entity, node)->vruntime == chosen->vruntime)
		return RULE_PICK_LEFTMOST_TIE;
	return RULE_PICK_LEFTMOST;
}

/* A level's entity: @task's own or one of those above it, which are linked upwards. */
static struct fair_entity *entity_at(const struct task *task, u32 level)
{
	struct fair_entity *se = (struct fair_entity *)&task->fair;

	while (se->depth > level)
		se = se->parent;
	return se;
}

static enum decision_rule rule_of(struct fair_rq *queue, struct fair_entity *chosen)
{
	return queue->eevdf ? eevdf_rule(queue, chosen) : cfs_rule(queue, chosen);
}

void fair_explain_level(struct fair_rq *queue, struct fair_entity *chosen)
{
	struct decision_desk *desk = queue->rq->sched->desk;

	if (chosen->depth >= DECISION_LEVELS_MAX)
		return;
	desk->picked[chosen->depth].chosen = chosen;
	desk->picked[chosen->depth].rule = (u8)rule_of(queue, chosen);
}

void fair_explain_pick(struct rq *rq, const struct task *next, struct decision *decision)
{
	struct decision_pick *pick = &decision->pick;
	const struct decision_desk *desk = rq->sched->desk;
	u32 depth = next->fair.depth;

	pick->order = rq->fair.eevdf ? ORDER_EEVDF : ORDER_CFS;
	for (u32 level = 0; level <= depth && level < DECISION_LEVELS_MAX; level++) {
		struct fair_entity *se = entity_at(next, level);
		struct fair_rq *queue = se->queue;

		pick->nr_levels++;
		pick->level_rule[level] = desk->picked[level].chosen == se
						  ? desk->picked[level].rule
						  : (u8)rule_of(queue, se);
		pick->virtual_time[level] = reference_time(queue);
		put_queue(rq->sched->desk, queue, (u8)level, se, NULL);
		decision->rule = pick->level_rule[level];
	}
}

/* ---- Which rule weighed a waking task ---- */

static enum decision_rule rule_if_it_wins(struct fair_rq *queue, struct fair_entity *curr,
					  struct fair_entity *woken, bool shorter)
{
	/* It sleeps already, and balancing has brought somebody before the pick. */
	if (!curr->on_rq)
		return RULE_PREEMPT_LEAVING;
	if (!eevdf_eligible(queue, curr))
		return RULE_PREEMPT_CURR_INELIGIBLE;
	if (shorter && eevdf_keeps_protection(queue, curr))
		return RULE_PREEMPT_SHORT;
	if (vtime_before(woken->deadline, curr->deadline))
		return RULE_PREEMPT_EARLIER;
	/* With a later deadline only as the next buddy, which it is made while it is weighed. */
	return woken->deadline == curr->deadline ? RULE_PREEMPT_TIE : RULE_PREEMPT_BUDDY;
}

static enum decision_rule rule_if_it_loses(struct fair_rq *queue, struct fair_entity *curr,
					   struct fair_entity *woken, bool shorter)
{
	bool curr_eligible = eevdf_eligible(queue, curr);

	if (!eevdf_eligible(queue, woken))
		return RULE_PREEMPT_NOT_ELIGIBLE;
	if (curr_eligible && eevdf_keeps_protection(queue, curr) && !shorter)
		return RULE_PREEMPT_PROTECTED;
	if (curr_eligible && vtime_before(curr->deadline, woken->deadline))
		return RULE_PREEMPT_LATER;
	return RULE_PREEMPT_OTHER;
}

void fair_explain_weighing(struct fair_rq *queue, struct fair_entity *curr,
			   struct fair_entity *woken, bool shorter)
{
	struct decision_desk *desk = queue->rq->sched->desk;

	desk->preempt.order = queue->eevdf ? ORDER_EEVDF : ORDER_CFS;
	desk->preempt.virtual_time = reference_time(queue);
	desk->preempt.shorter = shorter;
	desk->candidates.len = 0;
	put_queue(desk, queue, (u8)woken->depth, NULL, woken);
	if (!queue->eevdf) {
		desk->preempt.granularity =
			weight_virtual(fair_knobs(queue)->wakeup_granularity_ns, woken);
		return;
	}
	/* What the weighing leaves behind may be another state, so both answers are prepared now.
	 */
	desk->preempt_if[false] = (u8)rule_if_it_loses(queue, curr, woken, shorter);
	desk->preempt_if[true] = (u8)rule_if_it_wins(queue, curr, woken, shorter);
}
