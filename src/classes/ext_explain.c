/* SPDX-License-Identifier: MIT */
/*
 * The ext class tells why: which tasks were runnable on the cpu, in which queue each of them was,
 * and whether the picked one came out of the local queue or goes on for want of another. Why a
 * policy put a task where it is only the policy knows.
 */
#include "classes/ext.h"
#include "sched/decide.h"

static void put_candidate(struct ext_rq *erq, const struct ext_entity *entity, u16 flags)
{
	struct candidate *c = decide_task(erq->rq->sched->desk, entity->task, flags);

	c->weight = entity->weight;
	c->vruntime = entity->vtime;
	c->slice = entity->slice;
	if (entity->dsq == &erq->local)
		c->queue_kind = QUEUE_LOCAL;
	else if (entity->dsq && entity->dsq->id == EXT_DSQ_GLOBAL)
		c->queue_kind = QUEUE_GLOBAL;
	else if (entity->dsq)
		c->queue_kind = QUEUE_OWN;
	else if (entity->owned)
		c->queue_kind = QUEUE_POLICY;
	if (c->queue_kind == QUEUE_OWN)
		c->queue = entity->dsq->id;
}

void ext_explain_pick(struct rq *rq, const struct task *next, struct decision *decision)
{
	struct ext_rq *erq = rq->ext;
	const struct task *curr = rq->curr;
	struct ext_entity *entity;

	decision->rule = next == curr ? RULE_PICK_EXT_KEPT : RULE_PICK_EXT_LOCAL;
	decision->pick.order = ORDER_EXT;
	if (curr->class_id == CLASS_EXT && curr->ext && curr->ext->queued)
		put_candidate(erq, curr->ext,
			      CANDIDATE_RUNS | (curr == next ? CANDIDATE_CHOSEN : 0));
	list_for_each (entity, &erq->local.tasks, dsq_link)
		put_candidate(erq, entity, entity->task == next ? CANDIDATE_CHOSEN : 0);
	list_for_each (entity, &erq->runnable, runnable_link)
		if (entity->dsq != &erq->local && entity->task != curr)
			put_candidate(erq, entity, 0);
}
