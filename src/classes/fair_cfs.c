/* SPDX-License-Identifier: MIT */
/*
 * The CFS rules: the least vruntime runs, for a slice of a latency period.
 *
 * The queue's base is min_vruntime, which only grows. The vruntime of an entity that is not queued,
 * other than by sleeping, is kept relative to it, so that it means the same on another cpu.
 * Reference: fair.md 2.
 */
#include "base/rbtree.h"
#include "classes/fair_entity.h"
#include "classes/fair_toll.h"
#include "sched/decide.h"
#include "sched/hrtick.h"

/* ---- The timeline ---- */

static struct fair_entity *entity_of(const struct rb_node *node)
{
	return node ? container_of(node, struct fair_entity, node) : NULL;
}

static bool entity_before(const struct fair_entity *a, const struct fair_entity *b)
{
	return vtime_before(a->vruntime, b->vruntime);
}

static always_inline bool node_before(const struct rb_node *a, const struct rb_node *b)
{
	return entity_before(entity_of(a), entity_of(b));
}

static not_inline void pay_for_insert(struct fair_rq *queue, const struct fair_entity *se)
{
	const struct rb_node *parent = NULL, *at = queue->timeline.root;
	u32 levels = 0, side = 0;

	for (; at; at = at->child[side]) {
		parent = at;
		side = !node_before(&se->node, at);
		levels++;
	}
	fair_toll(queue, toll_of_insert(&queue->rq->sched->platform->costs, parent, &se->node, side,
					levels));
}

static not_inline void pay_for_erase(struct fair_rq *queue, const struct fair_entity *se)
{
	fair_toll(queue, toll_of_erase(&queue->rq->sched->platform->costs, &se->node));
}

void cfs_insert(struct fair_rq *queue, struct fair_entity *se)
{
	if (unlikely(queue->rq->sched->has_tolls))
		pay_for_insert(queue, se);
	rb_insert(&queue->timeline, &se->node, node_before, NULL);
}

void cfs_erase(struct fair_rq *queue, struct fair_entity *se)
{
	if (unlikely(queue->rq->sched->has_tolls))
		pay_for_erase(queue, se);
	rb_erase(&queue->timeline, &se->node, NULL);
}

static struct fair_entity *first_of(const struct fair_rq *queue)
{
	return entity_of(rb_first(&queue->timeline));
}

/* The lesser of two, either of which may be missing; the first if they are equal. */
static struct fair_entity *lesser(struct fair_entity *a, struct fair_entity *b)
{
	if (!a || (b && entity_before(b, a)))
		return b;
	return a;
}

static void update_min_vruntime(struct fair_rq *queue)
{
	const struct fair_entity *least = lesser(first_of(queue), fair_queued_curr(queue));

	if (least && vtime_before(queue->virtual_base, least->vruntime))
		queue->virtual_base = least->vruntime;
}

void cfs_charged(struct fair_rq *queue, struct fair_entity *curr unused_arg)
{
	update_min_vruntime(queue);
}

/* ---- Slices ---- */

/* How many share a latency period; @se counts even if it is not queued yet. */
static u64 sharers(const struct fair_rq *queue, const struct fair_entity *se)
{
	u32 nr = fair_feature(queue, FEATURE_ALT_PERIOD) ? queue->rq->fair.h_nr_queued
							 : queue->nr_queued;

	return nr + !se->on_rq;
}

/* @slice times the entity's part of its queue's load. */
static u64 share_of(u64 slice, struct fair_rq *queue, const struct fair_entity *se)
{
	if (unlikely(!se->on_rq))
		return weight_mul_div(slice, se->weight,
				      weight_inverse(queue->load_weight + se->weight));
	if (!queue->load_inv_weight)
		queue->load_inv_weight = weight_inverse(queue->load_weight);
	return weight_mul_div(slice, se->weight, queue->load_inv_weight);
}

static u64 least_slice(const struct fair_rq *queue, struct fair_entity *se)
{
	bool only_idle = queue->nr_queued && queue->nr_queued == queue->nr_idle;

	if (fair_is_idle(se) && !only_idle)
		return fair_knobs(queue)->idle_min_granularity_ns;
	return fair_knobs(queue)->min_granularity_ns;
}

/* sched_slice(): what the entity may run at a stretch. */
static u64 wall_slice(struct fair_rq *queue, struct fair_entity *se)
{
	const struct knobs *knobs = fair_knobs(queue);
	u64 nr = sharers(queue, se), slice = knobs->latency_ns;

	if (nr > knobs->nr_latency)
		slice = nr * knobs->min_granularity_ns;
	for (struct fair_entity *at = se; at; at = at->parent)
		slice = share_of(slice, at->queue, at);
	if (fair_feature(queue, FEATURE_BASE_SLICE))
		slice = max_of(slice, least_slice(queue, se));
	return slice;
}

u64 cfs_slice(struct fair_rq *queue, struct fair_entity *se)
{
	return wall_slice(queue, se);
}

/* ---- Placement ---- */

/* A sleeper gets this much credit at most: half a period. */
static u64 sleeper_credit(const struct fair_rq *queue, struct fair_entity *se)
{
	const struct knobs *knobs = fair_knobs(queue);
	u64 credit = fair_is_idle(se) ? knobs->min_granularity_ns : knobs->latency_ns;

	return fair_feature(queue, FEATURE_GENTLE_FAIR_SLEEPERS) ? credit / 2 : credit;
}

/* So long (104 days) that vruntimes could no longer be compared. */
static bool slept_too_long(const struct fair_rq *queue, const struct fair_entity *se)
{
	s64 slept = (s64)(queue->rq->clock_task - se->exec_start);

	return se->exec_start && slept > INT64_MAX / 1024;
}

/* place_entity(). @initial: a new task, which pays its first slice in advance. */
static void place(struct fair_rq *queue, struct fair_entity *se, bool initial)
{
	u64 vruntime = queue->virtual_base;

	if (!initial)
		vruntime -= sleeper_credit(queue, se);
	else if (fair_feature(queue, FEATURE_START_DEBIT))
		vruntime += weight_virtual(wall_slice(queue, se), se);
	/* Never back: who sleeps shortly keeps what it has run. */
	if (slept_too_long(queue, se) || vtime_before(se->vruntime, vruntime))
		se->vruntime = vruntime;
}

/* ---- Coming and going ---- */

void cfs_enqueue(struct fair_rq *queue, struct fair_entity *se, u32 flags)
{
	bool relative = !(flags & ENQUEUE_WAKEUP) || flags & ENQUEUE_MIGRATED;
	bool curr = queue->curr == se;

	if (relative && curr)
		se->vruntime += queue->virtual_base;
	fair_update_curr(queue);
	/* Only now: update_curr may have moved the base. */
	if (relative && !curr)
		se->vruntime += queue->virtual_base;
	fair_load_attach(queue, se);
	fair_group_update(se);
	fair_account_enqueue(queue, se, ANY_WAY);
	if (flags & ENQUEUE_WAKEUP)
		place(queue, se, false);
	fair_stat_enqueue(queue, se, flags, ANY_WAY);
	if (flags & ENQUEUE_MIGRATED)
		se->exec_start = 0;
	if (!curr)
		cfs_insert(queue, se);
	se->on_rq = true;
	if (unlikely(fair_is_group(queue)) && queue->nr_queued == 1)
		fair_group_first(queue);
}

bool cfs_dequeue(struct fair_rq *queue, struct fair_entity *se, u32 flags)
{
	fair_update_curr(queue);
	if (flags & DEQUEUE_MIGRATING && fair_is_task(se))
		fair_load_detach(queue, se);
	else
		fair_load_update_shared(queue, se);
	fair_stat_dequeue(queue, se, flags, ANY_WAY);
	fair_clear_buddies(queue, se);
	if (queue->curr != se)
		cfs_erase(queue, se);
	se->on_rq = false;
	fair_account_dequeue(queue, se, ANY_WAY);
	if (!(flags & DEQUEUE_SLEEP))
		se->vruntime -= queue->virtual_base;
	fair_group_left(queue, se);
	/* A task that is only changed comes back at once: the base waits for it. */
	if ((flags & (DEQUEUE_SAVE | DEQUEUE_MOVE)) != DEQUEUE_SAVE)
		update_min_vruntime(queue);
	return true;
}

/* A waking task takes its distance to the base along. */
static void cfs_migrate(struct fair_rq *queue, struct fair_entity *se)
{
	se->vruntime -= queue->virtual_base;
}

/* Its present sleep shall not count for ever. */
static void cfs_detach(struct fair_rq *queue, struct fair_entity *se)
{
	place(queue, se, false);
	se->vruntime -= queue->virtual_base;
}

static void cfs_attach(struct fair_rq *queue, struct fair_entity *se)
{
	se->vruntime += queue->virtual_base;
}

/* The child starts behind its parent, by a slice, but relative to no cpu in particular. */
static void cfs_fork(struct fair_rq *queue, struct fair_entity *se)
{
	struct fair_entity *curr = queue->curr;

	if (curr) {
		fair_update_curr(queue);
		se->vruntime = curr->vruntime;
	}
	place(queue, se, true);
	if (fair_knobs(queue)->child_runs_first && curr && entity_before(curr, se)) {
		u64 parents = curr->vruntime;

		curr->vruntime = se->vruntime;
		se->vruntime = parents;
		decide_resched_rule(queue->rq, RULE_RESCHED_CHILD_FIRST);
		sched_resched_curr(queue->rq);
	}
	se->vruntime -= queue->virtual_base;
}

/* vruntime stays as it is: only progress changes. */
static void cfs_reweight(struct fair_rq *queue, struct fair_entity *se, struct weight weight)
{
	if (se->on_rq) {
		if (queue->curr == se)
			fair_update_curr(queue);
		queue->load_weight += (u64)weight.weight - se->weight;
		queue->load_inv_weight = 0;
	}
	fair_load_reweight(queue, se, weight.weight, weight.inverse);
}

/* ---- The tick ---- */

void cfs_tick(struct fair_rq *queue, struct fair_entity *curr)
{
	u64 ideal, ran;
	s64 lead;

	if (queue->nr_queued <= 1)
		return;
	/* The slice's end has a timer of its own. */
	if (sched_hrtick_active(queue->rq) && fair_feature(queue, FEATURE_HRTICK) &&
	    !fair_feature(queue, FEATURE_DOUBLE_TICK))
		return;
	ideal = wall_slice(queue, curr);
	ran = curr->sum_exec_runtime - curr->prev_sum_exec_runtime;
	if (ran > ideal) {
		decide_resched_rule(queue->rq, RULE_RESCHED_SLICE);
		sched_resched_curr_lazy(queue->rq);
		fair_clear_buddies(queue, curr);
		return;
	}
	if (ran < fair_knobs(queue)->min_granularity_ns)
		return;
	lead = (s64)(curr->vruntime - first_of(queue)->vruntime);
	if (lead > (s64)ideal) {
		decide_resched_rule(queue->rq, RULE_RESCHED_LEAD);
		sched_resched_curr_lazy(queue->rq);
	}
}

/* ---- Who runs ---- */

/* @woken's right to run before @curr: -1 none, 0 not enough to preempt, 1 yes. */
static int preempt_order(const struct fair_entity *curr, struct fair_entity *woken)
{
	s64 lead = (s64)(curr->vruntime - woken->vruntime);
	u64 needed;

	if (lead <= 0)
		return -1;
	needed = weight_virtual(fair_knobs(woken->queue)->wakeup_granularity_ns, woken);
	return lead > (s64)needed;
}

/* Favouring @se instead of @left would not be too unfair. */
static bool may_favour(const struct fair_entity *se, struct fair_entity *left)
{
	return se && preempt_order(se, left) < 1;
}

/* Who comes after @se, if @se is to be passed over. */
static struct fair_entity *second_to(const struct fair_rq *queue, struct fair_entity *se,
				     struct fair_entity *curr)
{
	if (se == curr)
		return first_of(queue);
	return lesser(entity_of(rb_next(&se->node)), curr);
}

struct fair_entity *cfs_pick(struct fair_rq *queue)
{
	struct fair_entity *curr = fair_queued_curr(queue);
	struct fair_entity *left = lesser(first_of(queue), curr), *se = left;

	if (queue->skip && queue->skip == se) {
		struct fair_entity *second = second_to(queue, se, curr);

		if (may_favour(second, left))
			se = second;
	}
	if (may_favour(queue->next, left))
		return queue->next;
	if (may_favour(queue->last, left))
		return queue->last;
	return se;
}

/* ---- Wakeup preemption ---- */

static void set_last_buddy(struct fair_entity *se)
{
	for (; se && se->on_rq && !fair_is_idle(se); se = se->parent)
		se->queue->last = se;
}

/* @curr and @woken are siblings now. */
static bool wakee_wins(struct fair_entity *curr, struct fair_entity *woken)
{
	static const enum decision_rule rules[] = {RULE_PREEMPT_AHEAD, RULE_PREEMPT_LEAD_SMALL,
						   RULE_PREEMPT_LEAD};
	bool curr_idle = fair_is_idle(curr), woken_idle = fair_is_idle(woken);
	struct fair_rq *queue = curr->queue;
	int order;

	if (curr_idle != woken_idle) {
		decide_preempt_rule(queue->rq,
				    curr_idle ? RULE_PREEMPT_CURR_IDLE : RULE_PREEMPT_POLICY);
		return curr_idle;
	}
	fair_update_curr(queue);
	if (decisions_wanted(queue->rq->sched))
		fair_explain_weighing(queue, curr, woken, false);
	order = preempt_order(curr, woken);
	decide_preempt_rule(queue->rq, rules[order + 1]);
	if (order != 1)
		return false;
	fair_set_next_buddy(woken);
	return true;
}

static bool wakeup_preempts(struct rq *rq, struct task *woken, struct fair_entity **curr)
{
	struct fair_entity *se = &woken->fair;

	if (task_is_idle_policy(rq->curr) && !task_is_idle_policy(woken)) {
		decide_preempt_rule(rq, RULE_PREEMPT_CURR_IDLE);
		return true;
	}
	if (woken->policy != POLICY_OTHER || !sched_feature(rq->sched, FEATURE_WAKEUP_PREEMPTION)) {
		decide_preempt_rule(rq, woken->policy != POLICY_OTHER ? RULE_PREEMPT_POLICY
								      : RULE_PREEMPT_OFF);
		return false;
	}
	fair_find_siblings(curr, &se);
	return wakee_wins(*curr, se);
}

void cfs_wakeup_preempt(struct rq *rq, struct task *woken, u32 wake_flags)
{
	struct fair_entity *curr = &rq->curr->fair;
	bool crowded = curr->queue->nr_queued >= fair_knobs(curr->queue)->nr_latency;

	if (woken == rq->curr) {
		decide_preempt_rule(rq, RULE_PREEMPT_SELF);
		return;
	}
	if (crowded && !(wake_flags & WF_FORK) && sched_feature(rq->sched, FEATURE_NEXT_BUDDY))
		fair_set_next_buddy(&woken->fair);
	if (rq->need_resched & RESCHED_FULL) {
		decide_preempt_rule(rq, RULE_PREEMPT_DUE);
		return;
	}
	if (!wakeup_preempts(rq, woken, &curr))
		return;
	decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
	sched_resched_curr_lazy(rq);
	/* Who is pushed aside among many comes back soon, while its cache is warm. */
	if (crowded && curr->on_rq && fair_is_task(curr) &&
	    sched_feature(rq->sched, FEATURE_LAST_BUDDY))
		set_last_buddy(curr);
}

/* ---- Yield ---- */

static void cfs_yield(struct rq *rq, struct task *curr)
{
	struct fair_entity *se = &curr->fair;

	fair_clear_buddies(se->queue, se);
	if (curr->policy != POLICY_BATCH) {
		fair_update_curr(se->queue);
		rq_skip_clock_update(rq);
	}
	for (; se; se = se->parent)
		se->queue->skip = se;
}

const struct fair_rules cfs_rules = {
	.enqueue = cfs_enqueue,
	.dequeue = cfs_dequeue,
	.insert = cfs_insert,
	.erase = cfs_erase,
	.pick = cfs_pick,
	.charged = cfs_charged,
	.tick = cfs_tick,
	.wakeup_preempt = cfs_wakeup_preempt,
	.yield = cfs_yield,
	.fork = cfs_fork,
	.migrate = cfs_migrate,
	.detach = cfs_detach,
	.attach = cfs_attach,
	.reweight = cfs_reweight,
};
