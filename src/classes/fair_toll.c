/* SPDX-License-Identifier: MIT */
/*
 * What the class's bookkeeping takes, by the state that it finds.
 * Kernel: rb_insert_color(), ____rb_erase_color() in lib/rbtree.c; update_load_avg() in
 * kernel/sched/fair.c.
 */
#include "classes/fair_toll.h"

#include "classes/fair_entity.h"
#include "classes/fair_load.h"

/* Repairs are counted in rotations: a level that the repair climbs takes as long as two. */
enum { CLIMB = 2 };

static bool is_black(const struct rb_node *node)
{
	return !rb_is_red_or_null(node);
}

static u32 side_of(const struct rb_node *parent, const struct rb_node *node)
{
	return parent->child[1] == node;
}

/* ---- Coming ---- */

/*
 * Above a red node whose parent is red as well: colours change as long as uncles are red, then all
 * is turned.
 */
static u32 repairs_of_insert(const struct rb_node *parent, const struct rb_node *node, u32 side)
{
	u32 repairs = 0;

	while (parent && rb_is_red(parent)) {
		const struct rb_node *grand = rb_parent(parent);
		u32 above = side_of(grand, parent);

		repairs += CLIMB;
		if (is_black(grand->child[!above]))
			return repairs + (side != above);
		node = grand;
		parent = rb_parent(grand);
		if (parent)
			side = side_of(parent, node);
	}
	return repairs;
}

u64 toll_of_insert(const struct costs *costs, const struct rb_node *parent,
		   const struct rb_node *node, bool right, u32 levels)
{
	return levels * costs->tree_level +
	       repairs_of_insert(parent, node, right) * costs->tree_mend;
}

/* ---- Going ---- */

/* One black node is missing below @parent where @node is. */
static u32 repairs_of_erase(const struct rb_node *parent, const struct rb_node *node)
{
	u32 repairs = 0;

	while (parent) {
		u32 side = side_of(parent, node);
		const struct rb_node *sibling = parent->child[!side];
		bool red_above = rb_is_red(parent) || rb_is_red(sibling);

		repairs += CLIMB;
		if (rb_is_red(sibling)) {
			repairs++;
			sibling = sibling->child[side];
		}
		if (!is_black(sibling->child[!side]))
			return repairs + 1;
		if (!is_black(sibling->child[side]))
			return repairs + 2;
		if (red_above)
			return repairs;
		node = parent;
		parent = rb_parent(parent);
	}
	return repairs;
}

/*
 * With a child below it, or red, its place is filled at once. (Who runs next is the leftmost: it
 * has one child at most.)
 */
u64 toll_of_erase(const struct costs *costs, const struct rb_node *node)
{
	if (node->child[0] || node->child[1] || rb_is_red(node))
		return 0;
	return repairs_of_erase(rb_parent(node), node) * costs->tree_mend;
}

/* ---- Paying ---- */

void fair_toll(struct fair_rq *queue, u64 ns)
{
	struct sched *sched = queue->rq->sched;
	struct machine *machine = sched->machine;
	struct cpu *cpu = &machine->cpus[sched_this_cpu(sched)];

	if (sched->tolls_at != machine->now)
		sched->tolls_ns = 0;
	sched->tolls_at = machine->now;
	sched->tolls_ns += ns;
	if (machine->in_irq)
		cpu_steal_irq(machine, cpu, ns);
	else
		cpu_steal(machine, cpu, ns);
}

/* Does a period end for it by @now? One that was never updated is only about to begin. */
static bool period_ends(const struct pelt *avg, u64 now)
{
	s64 passed = (s64)(now - avg->last_update);

	return avg->last_update && passed >= PELT_UNIT && pelt_units(avg, now) >= PELT_PERIOD;
}

void fair_toll_for_load(struct fair_rq *queue, const struct fair_entity *se)
{
	const struct costs *costs = &queue->rq->sched->platform->costs;
	u64 now = fair_pelt_clock(queue);
	u32 ended = period_ends(&se->avg, now) + period_ends(&queue->avg, now);

	if (ended || se->owned)
		fair_toll(queue, ended * costs->load_period + (se->owned ? costs->group_level : 0));
}

void fair_toll_for_queueing(struct fair_rq *queue, const struct fair_entity *se)
{
	fair_toll_for_load(queue, se);
	if (se->owned)
		fair_toll(queue, queue->rq->sched->platform->costs.group_queue);
}

void fair_toll_for_delayed(struct fair_rq *queue)
{
	fair_toll(queue, queue->rq->sched->platform->costs.undelay);
}

/* ---- The tree of EEVDF ---- */

static u64 toll_of_joining(const struct fair_rq *queue, const struct fair_entity *se)
{
	const struct rb_node *parent = NULL, *at = queue->timeline.root;
	u32 levels = 0, side = 0;

	for (; at; at = at->child[side]) {
		const struct fair_entity *other = container_of(at, struct fair_entity, node);

		parent = at;
		side = !vtime_before(se->deadline, other->deadline);
		levels++;
	}
	return toll_of_insert(&queue->rq->sched->platform->costs, parent, &se->node, side, levels);
}

void fair_toll_for_joining(struct fair_rq *queue, const struct fair_entity *se)
{
	fair_toll_for_weighing(queue, se);
	if (queue->timeline.root)
		fair_toll(queue, toll_of_joining(queue, se));
}

void fair_toll_for_put(struct fair_rq *queue, const struct fair_entity *se)
{
	if (queue->timeline.root)
		fair_toll(queue,
			  queue->rq->sched->platform->costs.tree_put + toll_of_joining(queue, se));
}

void fair_toll_for_going(struct fair_rq *queue, const struct fair_entity *se)
{
	const struct costs *costs = &queue->rq->sched->platform->costs;
	u32 levels = 0;

	for (const struct rb_node *at = rb_parent(&se->node); at; at = rb_parent(at))
		levels++;
	fair_toll(queue, levels * costs->tree_level + toll_of_erase(costs, &se->node));
}

void fair_toll_for_pick(struct fair_rq *queue, bool weighed, u32 checks)
{
	u32 usual = weighed ? 2 : 0; /* who runs, and the earliest of the others */

	if (checks > usual)
		fair_toll(queue, (checks - usual) * queue->rq->sched->platform->costs.tree_check);
}

void fair_toll_for_requeue(struct fair_rq *queue)
{
	fair_toll(queue, queue->rq->sched->platform->costs.requeue);
}

void fair_toll_for_weighing(struct fair_rq *queue, const struct fair_entity *se)
{
	if (fair_is_task(se) && se->weight != WEIGHT_NICE_0)
		fair_toll(queue, queue->rq->sched->platform->costs.weighing);
}

void fair_toll_for_request(struct fair_rq *queue, const struct fair_entity *se)
{
	if (fair_is_task(se))
		fair_toll(queue, queue->rq->sched->platform->costs.request);
	fair_toll_for_weighing(queue, se);
}
