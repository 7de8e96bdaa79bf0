/* SPDX-License-Identifier: MIT */
/*
 * Load of entities and queues: which averages move when an entity comes, goes, runs or moves away.
 *
 * A queue's averages are the sum over its entities, those asleep on this cpu included. While an
 * entity is attached both are updated at the same moments, so their periods end together.
 */
#include "classes/fair_load.h"

#include "classes/fair_group.h"

#include "classes/weight.h"

enum {
	CAPACITY = 1024,
};

/* Subtracts without going below 0: rounding may have left less than the parts sum up to. */
static u64 less(u64 from, u64 what)
{
	return from > what ? from - what : 0;
}

/* ---- Time passes ---- */

/* The averages are about to be read, or changed together with the sums. */
static void settle_entity(struct fair_entity *se)
{
	fair_entity_avg(se);
}

static void settle_queue(struct fair_rq *queue)
{
	fair_queue_avg(queue);
}

/* What an entity on its queue adds up. */
static always_inline struct pelt_input entity_input(const struct fair_rq *queue,
						    const struct fair_entity *se)
{
	return (struct pelt_input){
		.load = 1,
		.runnable = unlikely(se->owned) ? se->runnable_weight : !se->sched_delayed,
		.running = queue->curr == se,
	};
}

static always_inline void age_entity(struct fair_entity *se, const struct pelt_span *span)
{
	if (unlikely(!span->periods))
		(void)fair_entity_avg(se);
	if (pelt_age(&se->avg, span))
		se->avg.util_est &= ~UTIL_EST_UNCHANGED;
}

static always_inline void entity_pass(const struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	struct pelt_span span = pelt_span(&se->avg, now);

	age_entity(se, &span);
	if (se->on_rq)
		pelt_add(&se->avg, span.worth, entity_input(queue, se));
}

static not_inline void entity_pass_long(const struct fair_rq *queue, struct fair_entity *se,
					u64 now)
{
	entity_pass(queue, se, now);
}

/* The entity alone; its queue was updated at another moment. */
static always_inline void entity_update(const struct fair_rq *queue, struct fair_entity *se,
					u64 now)
{
	if (!pelt_due(&se->avg, now))
		return;
	if (likely(pelt_units(&se->avg, now) < PELT_LONG))
		entity_pass(queue, se, now);
	else
		entity_pass_long(queue, se, now);
}

/* A sum is never less than what its average stands for at the start of a period. */
static void keep_sums_above_averages(struct pelt *avg)
{
	avg->load_sum = max_of(avg->load_sum, avg->load_avg * PELT_MIN_DIVIDER);
	avg->runnable_sum = max_of(avg->runnable_sum, avg->runnable_avg * PELT_MIN_DIVIDER);
	avg->util_sum = max_of(avg->util_sum, avg->util_avg * PELT_MIN_DIVIDER);
}

/* What left while it slept. */
static void forget_removed(struct fair_rq *queue)
{
	struct pelt *avg = &queue->avg;
	u64 divider = pelt_divider(avg);

	settle_queue(queue);
	avg->load_avg = less(avg->load_avg, queue->removed.load_avg);
	avg->load_sum = less(avg->load_sum, queue->removed.load_avg * divider);
	avg->util_avg = (u32)less(avg->util_avg, queue->removed.util_avg);
	avg->util_sum = (u32)less(avg->util_sum, queue->removed.util_avg * divider);
	avg->runnable_avg = less(avg->runnable_avg, queue->removed.runnable_avg);
	avg->runnable_sum = less(avg->runnable_sum, queue->removed.runnable_avg * divider);
	keep_sums_above_averages(avg);
	if (unlikely(queue->owner))
		fair_group_note_change(queue, -(s64)(queue->removed.runnable_avg * divider) >> 10);
	queue->removed.load_avg = queue->removed.util_avg = queue->removed.runnable_avg = 0;
	queue->removed.nr = 0;
}

static always_inline struct pelt_input queue_input(const struct fair_rq *queue)
{
	bool excludes = queue->features & FEATURE_RUNNABLE_EXCLUDES_DELAYED;

	return (struct pelt_input){
		.load = weight_scale_down(queue->load_weight),
		.runnable = excludes ? queue->h_nr_runnable : queue->h_nr_queued,
		.running = queue->curr,
	};
}

static not_inline bool queue_sum_long(struct fair_rq *queue, u64 now)
{
	return pelt_sum(&queue->avg, now, queue_input(queue));
}

static not_inline bool update_with_removed(struct fair_rq *queue, u64 now)
{
	forget_removed(queue);
	(void)queue_sum_long(queue, now);
	return true;
}

bool fair_queue_update(struct fair_rq *queue, u64 now)
{
	if (unlikely(queue->removed.nr))
		return update_with_removed(queue, now);
	if (now - queue->avg.last_update < PELT_UNIT)
		return false;
	if (unlikely(pelt_units(&queue->avg, now) >= PELT_LONG))
		return queue_sum_long(queue, now);
	return pelt_sum(&queue->avg, now, queue_input(queue));
}

/*
 * The entity and its queue, last updated at the same moment: one span for both. The usual case for
 * whoever runs.
 */
static always_inline bool update_both(struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	struct pelt_span span = pelt_span(&se->avg, now);
	struct pelt_input all = queue_input(queue);

	queue->avg.last_update = se->avg.last_update;
	age_entity(se, &span);
	if (unlikely(!span.periods))
		(void)fair_queue_avg(queue);
	pelt_age(&queue->avg, &span);
	if (likely(se->on_rq))
		pelt_add(&se->avg, span.worth, entity_input(queue, se));
	if (likely(all.load))
		pelt_add(&queue->avg, span.worth, all);
	return span.periods;
}

/* The same for spans in which no period ends, and for long ones. */
static not_inline bool update_both_within(struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	if (pelt_units(&se->avg, now) >= PELT_PERIOD)
		__builtin_unreachable();
	return update_both(queue, se, now);
}

static not_inline bool update_both_long(struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	return update_both(queue, se, now);
}

static not_inline bool update_group(struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	bool changed;

	if (se->avg.last_update)
		entity_update(queue, se, now);
	changed = fair_queue_update(queue, now);
	return fair_group_propagate(queue, se) || changed;
}

/* What remains of an update once the entity has caught up. */
static always_inline void queue_follows(struct fair_rq *queue, u64 now)
{
	if (unlikely(queue->removed.nr) || now - queue->avg.last_update >= PELT_UNIT)
		fair_queue_update(queue, now);
}

void fair_load_update_sleeper(struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	if (se->avg.last_update)
		fair_age_blocked(se, now);
	queue_follows(queue, now);
}

void fair_load_update_waiter(struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	const struct pelt_input waits = {.load = 1, .runnable = !se->sched_delayed};
	struct pelt_span span;

	if (pelt_due(&se->avg, now)) {
		span = pelt_span(&se->avg, now);
		age_entity(se, &span);
		pelt_add(&se->avg, span.worth, waits);
	}
	queue_follows(queue, now);
}

static not_inline bool update_apart(struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	if (se->avg.last_update)
		entity_update(queue, se, now);
	if (likely(!queue->removed.nr) && now - queue->avg.last_update < PELT_UNIT)
		return false;
	return fair_queue_update(queue, now);
}

bool fair_load_update_slow(struct fair_rq *queue, struct fair_entity *se, u64 now)
{
	u64 units;

	if (unlikely(se->owned))
		return update_group(queue, se, now);
	if (se->avg.last_update != queue->avg.last_update || !se->avg.attached ||
	    se->avg.period_contrib != queue->avg.period_contrib || queue->removed.nr ||
	    (s64)(now - se->avg.last_update) < PELT_UNIT)
		return update_apart(queue, se, now);
	units = pelt_units(&se->avg, now);
	if (units < PELT_PERIOD)
		return update_both_within(queue, se, now);
	if (unlikely(units >= PELT_LONG))
		return update_both_long(queue, se, now);
	return update_both(queue, se, now);
}

not_inline void fair_load_share(struct fair_rq *queue)
{
	fair_group_contribute(queue);
}

void fair_age_blocked(struct fair_entity *se, u64 now)
{
	struct pelt_span span;

	if (!pelt_due(&se->avg, now))
		return;
	span = pelt_span(&se->avg, now);
	age_entity(se, &span);
}

void fair_sync_load(struct task *task)
{
	struct fair_entity *se = &task->fair;

	if (se->avg.attached)
		fair_age_blocked(se, se->queue->avg.last_update);
}

static always_inline void other_class_update(struct pelt *avg, u64 now, bool running)
{
	if (likely(!running && pelt_is_zero(avg)))
		(void)pelt_pass(avg, now);
	else
		pelt_update_rq(avg, now, running);
}

void fair_update_blocked(struct rq *rq)
{
	u64 now;

	rq_update_clock(rq);
	now = rq_pelt_clock(rq);
	other_class_update(&rq->rt.avg, now, rq->curr->class_id == CLASS_RT);
	other_class_update(&rq->avg_dl, now, rq->curr->class_id == CLASS_DEADLINE);
	if (unlikely(!list_empty(&rq->leaf_groups)))
		fair_group_update_blocked(rq);
	fair_queue_update(&rq->fair, now);
	if (list_empty(&rq->leaf_groups) &&
	    !(rq->fair.avg.load_sum | rq->fair.avg.util_sum | rq->fair.avg.runnable_sum) &&
	    !(rq->rt.avg.util_avg | rq->avg_dl.util_avg))
		rq->has_blocked_load = 0;
}

/* ---- Entities come and go ---- */

/* Of these two both are settled. */
static void add_load(struct fair_rq *queue, const struct fair_entity *se)
{
	queue->avg.load_avg += se->avg.load_avg;
	queue->avg.load_sum += fair_weight(se) * se->avg.load_sum;
}

static void sub_load(struct fair_rq *queue, const struct fair_entity *se)
{
	struct pelt *avg = &queue->avg;

	avg->load_avg = less(avg->load_avg, se->avg.load_avg);
	avg->load_sum = less(avg->load_sum, fair_weight(se) * se->avg.load_sum);
	avg->load_sum = max_of(avg->load_sum, avg->load_avg * PELT_MIN_DIVIDER);
}

/* The entity's averages stay as they are, its sums follow the queue's period. */
static void attach(struct fair_rq *queue, struct fair_entity *se)
{
	u64 divider = pelt_divider(&queue->avg), weight = fair_weight(se);

	settle_queue(queue);
	settle_entity(se);
	se->avg.last_update = queue->avg.last_update;
	se->avg.period_contrib = queue->avg.period_contrib;
	se->avg.util_sum = (u32)(se->avg.util_avg * divider);
	se->avg.runnable_sum = se->avg.runnable_avg * divider;
	se->avg.load_sum = se->avg.load_avg * divider;
	se->avg.load_sum = weight < se->avg.load_sum ? se->avg.load_sum / weight : 1;
	add_load(queue, se);
	queue->avg.util_avg += se->avg.util_avg;
	queue->avg.util_sum += se->avg.util_sum;
	queue->avg.runnable_avg += se->avg.runnable_avg;
	queue->avg.runnable_sum += se->avg.runnable_sum;
	se->avg.attached = true;
}

static void detach(struct fair_rq *queue, struct fair_entity *se)
{
	struct pelt *avg = &queue->avg;

	settle_queue(queue);
	settle_entity(se);
	sub_load(queue, se);
	avg->util_avg = (u32)less(avg->util_avg, se->avg.util_avg);
	avg->util_sum = (u32)less(avg->util_sum, se->avg.util_sum);
	avg->runnable_avg = less(avg->runnable_avg, se->avg.runnable_avg);
	avg->runnable_sum = less(avg->runnable_sum, se->avg.runnable_sum);
	keep_sums_above_averages(avg);
	se->avg.attached = false;
}

/* The group's averages of this cpu changed by an entity that came or went. */
static void tell_group(struct fair_rq *queue, s64 load_sum)
{
	fair_group_note_change(queue, load_sum);
	fair_group_contribute(queue);
}

not_inline void fair_load_join(struct fair_rq *queue, struct fair_entity *se)
{
	attach(queue, se);
	if (unlikely(queue->owner))
		tell_group(queue, (s64)se->avg.load_sum);
}

/* The group hears of both at once: it listens to a cpu once in a while only. */
void fair_load_attach(struct fair_rq *queue, struct fair_entity *se)
{
	if (se->avg.attached) {
		fair_load_update_shared(queue, se);
		return;
	}
	fair_load_update(queue, se);
	fair_load_join(queue, se);
}

void fair_load_detach(struct fair_rq *queue, struct fair_entity *se)
{
	fair_load_update(queue, se);
	if (!se->avg.attached)
		return;
	detach(queue, se);
	if (unlikely(queue->owner))
		tell_group(queue, -(s64)se->avg.load_sum);
}

void fair_load_remove(struct fair_rq *queue, struct fair_entity *se)
{
	if (!se->avg.attached)
		return;
	fair_age_blocked(se, queue->avg.last_update);
	settle_entity(se);
	queue->removed.nr++;
	queue->removed.load_avg += se->avg.load_avg;
	queue->removed.util_avg += se->avg.util_avg;
	queue->removed.runnable_avg += se->avg.runnable_avg;
	se->avg.attached = false;
}

/*
 * A new task is taken to use as much as its weight's share of what runs here, but not more than
 * half of what is left of the cpu.
 */
void fair_load_begin(struct fair_rq *queue, struct fair_entity *se)
{
	const struct pelt *of = &queue->avg;
	u64 weight = sched_feature(queue->rq->sched, FEATURE_NEW_TASK_UTIL_SCALED) ? fair_weight(se)
										   : se->weight;
	s64 cap;

	settle_queue(queue);
	settle_entity(se);
	cap = ((s64)CAPACITY - (s64)of->util_avg) / 2;
	if (cap > 0) {
		u64 share = of->util_avg * weight / (of->load_avg + 1);

		se->avg.util_avg = (u32)(of->util_avg ? min_of(share, (u64)cap) : (u64)cap);
	}
	se->avg.runnable_avg = se->avg.util_avg;
	fair_load_attach(queue, se);
}

void fair_load_reweight(struct fair_rq *queue, struct fair_entity *se, u32 weight, u32 inverse)
{
	bool fresh = !se->weight;

	settle_entity(se); /* with the old weight */
	if (se->avg.attached) {
		settle_queue(queue);
		sub_load(queue, se);
	}
	se->weight = weight;
	se->inv_weight = inverse;
	/* A new task counts as one that was always runnable (init_entity_runnable_average). */
	se->avg.load_avg =
		fresh ? fair_weight(se) : pelt_divide(fair_weight(se) * se->avg.load_sum, &se->avg);
	if (se->avg.attached)
		add_load(queue, se);
}

/* ---- For selection and balancing ---- */

static u64 queue_h_load(struct fair_rq *queue);

u64 fair_cpu_load(struct rq *rq)
{
	return fair_queue_avg(&rq->fair)->load_avg;
}

u64 fair_cpu_runnable(struct rq *rq)
{
	return fair_queue_avg(&rq->fair)->runnable_avg;
}

u64 fair_cpu_util(struct rq *rq)
{
	return min_of(max_of(fair_queue_avg(&rq->fair)->util_avg, rq->fair.util_est),
		      (u32)CAPACITY);
}

u64 fair_task_runnable(struct task *task)
{
	return fair_entity_avg(&task->fair)->runnable_avg;
}

u64 fair_task_util(struct task *task)
{
	return fair_entity_avg(&task->fair)->util_avg;
}

/* Of a queue's load, the part that counts on its cpu: a group's is what its entity has of it. */
static u64 part_of_load(struct fair_rq *queue)
{
	struct fair_entity *se = queue->owner;
	u64 above;

	settle_queue(queue);
	if (likely(!se))
		return queue->avg.load_avg;
	settle_entity(se);
	above = queue_h_load(se->queue) * se->avg.load_avg;
	return above / (fair_queue_avg(se->queue)->load_avg + 1);
}

/* update_cfs_rq_h_load(): refreshed once per jiffy, from the top. */
static u64 queue_h_load(struct fair_rq *queue)
{
	u64 jiffy = machine_jiffies(queue->rq->sched->machine) + 1; /* 0: never */

	if (queue->last_h_load_update != jiffy) {
		queue->h_load = part_of_load(queue);
		queue->last_h_load_update = jiffy;
	}
	return queue->h_load;
}

u64 fair_task_h_load(struct task *task)
{
	struct fair_rq *queue = task->fair.queue;

	settle_queue(queue);
	settle_entity(&task->fair);
	return task->fair.avg.load_avg * queue_h_load(queue) / (queue->avg.load_avg + 1);
}

void fair_load_irq_time(struct rq *rq, u64 ns)
{
	/* Interrupts are taken to have come at the end of the time that has passed. */
	pelt_update_rq(&rq->avg_irq, rq->clock - ns, false);
	pelt_update_rq(&rq->avg_irq, rq->clock, true);
}
