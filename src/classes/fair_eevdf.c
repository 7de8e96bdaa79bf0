/* SPDX-License-Identifier: MIT */
/*
 * The EEVDF rules: earliest eligible virtual deadline first, in the kernel's form.
 *
 * An entity asks for a slice at a time. It is eligible while it has not run more than its share
 * (vruntime <= V); among the eligible the earliest deadline runs. One that sleeps while it is in
 * debt stays queued, delayed, until virtual time has passed it. Reference: fair.md 3.
 */
#include "classes/fair_eevdf.h"

#include "classes/fair_toll.h"
#include "sched/decide.h"
#include "sched/schedstat.h"

/* ---- Requests and protection ---- */

static not_inline void begin_request(struct fair_rq *queue, struct fair_entity *se)
{
	if (!se->custom_slice)
		se->slice = (u32)fair_knobs(queue)->base_slice_ns;
	se->deadline = se->vruntime + weight_virtual(se->slice, se);
	eevdf_virtual_time(queue);
	if (unlikely(queue->rq->sched->has_tolls))
		fair_toll_for_request(queue, se);
}

/* Is the request used up? Then a new one begins. */
static always_inline bool renew_deadline(struct fair_rq *queue, struct fair_entity *se)
{
	if (vtime_before(se->vruntime, se->deadline))
		return false;
	begin_request(queue, se);
	return true;
}

/* No protection beyond @slice from now. */
static void limit_protection(struct fair_entity *se, u32 slice)
{
	u64 until = se->vruntime + weight_virtual(slice, se);

	if (se->on_rq && vtime_before(until, se->vprot))
		se->vprot = until;
}

/* What one cpu's kernel has as base slice, whatever was written. */
static u32 normalized_base_slice(const struct fair_rq *queue)
{
	return (u32)queue->rq->sched->kernel->normalized.base_slice_ns;
}

/* Up to the deadline, or as long as the most impatient one here lets others run. */
static always_inline void protect(struct fair_rq *queue, struct fair_entity *se, enum fair_way way)
{
	u32 slice;

	se->vprot = se->deadline;
	if (!fair_has(queue, FEATURE_PROTECT_MIN_SLICE, way))
		return;
	slice = fair_has(queue, FEATURE_RUN_TO_PARITY, way) ? eevdf_min_slice(queue)
							    : normalized_base_slice(queue);
	if (slice < se->slice)
		limit_protection(se, slice);
}

static always_inline void begin(struct fair_rq *queue, struct fair_entity *se, bool first,
				enum fair_way way)
{
	if (first || fair_has(queue, FEATURE_SET_NEXT_PROTECTS_ALWAYS, way))
		protect(queue, se, way);
	else
		eevdf_unprotect(se); /* its lag lies where the protection was */
}

void eevdf_begin(struct fair_rq *queue, struct fair_entity *se, bool first)
{
	begin(queue, se, first, ANY_WAY);
}

void eevdf_begin_plain(struct fair_rq *queue, struct fair_entity *se, bool first)
{
	begin(queue, se, first, PLAIN_WAY);
}

/* curr ran past its protection, so that others shall be looked at before its request is used up. */
static bool ends_early(struct fair_rq *queue, struct fair_entity *curr)
{
	if (eevdf_protected(curr))
		return false;
	if (fair_feature(queue, FEATURE_RESCHED_UNPROTECTED))
		return true;
	return fair_feature(queue, FEATURE_PREEMPT_SHORT) && !eevdf_eligible(queue, curr);
}

static not_inline void ask_for_others(struct fair_rq *queue, struct fair_entity *curr,
				      bool consumed)
{
	decide_resched_rule(queue->rq, consumed ? RULE_RESCHED_REQUEST : RULE_RESCHED_UNPROTECTED);
	sched_resched_curr_lazy(queue->rq);
	fair_clear_buddies(queue, curr);
}

void eevdf_charged(struct fair_rq *queue, struct fair_entity *curr)
{
	bool consumed = renew_deadline(queue, curr);

	if (queue->nr_queued != 1 && (consumed || ends_early(queue, curr)))
		ask_for_others(queue, curr, consumed);
}

/* ---- Coming and going ---- */

static always_inline void enqueue(struct fair_rq *queue, struct fair_entity *se, u32 flags,
				  enum fair_way way)
{
	bool curr = queue->curr == se;

	if (curr)
		eevdf_place(queue, se, flags);
	fair_update_curr_by(queue, way);
	if (way == PLAIN_WAY || se->avg.attached)
		fair_load_update_slept(queue, se, way);
	if (unlikely(!se->avg.attached))
		way == PLAIN_WAY ? fair_load_join(queue, se) : fair_load_attach(queue, se);
	if (fair_stands_for_group(se, way))
		fair_group_update_slow(se);
	if (!curr)
		eevdf_place(queue, se, flags);
	fair_account_enqueue(queue, se, way);
	fair_stat_enqueue(queue, se, flags, way);
	if (flags & ENQUEUE_MIGRATED)
		se->exec_start = 0;
	if (way == ANY_WAY && unlikely(queue->rq->sched->has_tolls) && !curr)
		fair_toll_for_joining(queue, se);
	if (!curr)
		eevdf_insert(queue, se);
	se->on_rq = true;
	if (fair_in_group(queue, way) && queue->nr_queued == 1)
		fair_group_first(queue);
}

void eevdf_enqueue(struct fair_rq *queue, struct fair_entity *se, u32 flags)
{
	enqueue(queue, se, flags, ANY_WAY);
}

void eevdf_enqueue_plain(struct fair_rq *queue, struct fair_entity *se, u32 flags)
{
	enqueue(queue, se, flags, PLAIN_WAY);
}

/* A sleeper in debt stays. */
static always_inline bool delays(struct fair_rq *queue, struct fair_entity *se, u32 flags,
				 enum fair_way way)
{
	return flags & DEQUEUE_SLEEP && !(flags & (DEQUEUE_SPECIAL | DEQUEUE_THROTTLE)) &&
	       fair_has(queue, FEATURE_DELAY_DEQUEUE, way) && !eevdf_eligible(queue, se);
}

static void set_delayed(struct fair_entity *se, bool delayed)
{
	u32 change = delayed ? UINT32_MAX : 1; /* minus or plus one */

	se->sched_delayed = delayed;
	if (!fair_is_task(se))
		return;
	for (; se; se = se->parent) {
		se->queue->h_nr_runnable += change;
		if (fair_hides_tasks(se->queue))
			break;
	}
}

static always_inline bool dequeue(struct fair_rq *queue, struct fair_entity *se, u32 flags,
				  enum fair_way way)
{
	fair_update_curr_by(queue, way);
	fair_clear_buddies(queue, se);
	if (!(flags & DEQUEUE_DELAYED) && delays(queue, se, flags, way)) {
		fair_load_update_by(queue, se, way);
		set_delayed(se, true);
		return false;
	}
	if (flags & DEQUEUE_MIGRATING && !fair_stands_for_group(se, way))
		fair_load_detach(queue, se);
	else
		fair_load_update_shared_by(queue, se, way);
	fair_stat_dequeue(queue, se, flags, way);
	if (way == ANY_WAY && unlikely(queue->rq->sched->has_tolls))
		fair_toll_for_weighing(queue, se);
	eevdf_update_lag(queue, se);
	if (!(flags & DEQUEUE_SLEEP) && fair_has(queue, FEATURE_PLACE_REL_DEADLINE, way)) {
		se->deadline -= se->vruntime;
		se->rel_deadline = true;
	}
	if (queue->curr != se)
		eevdf_erase(queue, se);
	se->on_rq = false;
	fair_account_dequeue(queue, se, way);
	if (way == ANY_WAY)
		fair_group_left(queue, se);
	if (flags & DEQUEUE_DELAYED) {
		set_delayed(se, false);
		if (fair_has(queue, FEATURE_DELAY_ZERO, way))
			se->vlag = min_of(se->vlag, (s64)0);
	}
	return true;
}

bool eevdf_dequeue(struct fair_rq *queue, struct fair_entity *se, u32 flags)
{
	return dequeue(queue, se, flags, ANY_WAY);
}

bool eevdf_dequeue_plain(struct fair_rq *queue, struct fair_entity *se, u32 flags)
{
	return dequeue(queue, se, flags, PLAIN_WAY);
}

/*
 * Woken before its debt was paid it goes on where it is. If time has made it a creditor, it gets
 * nothing for having slept: it is placed at V. No update_curr before this: V is that of curr's last
 * charge.
 */
void eevdf_requeue(struct fair_rq *queue, struct fair_entity *se)
{
	bool curr = queue->curr == se;

	if (fair_feature(queue, FEATURE_DELAY_ZERO)) {
		eevdf_update_lag(queue, se);
		if (se->vlag > 0) {
			queue->nr_queued--;
			if (unlikely(queue->rq->sched->has_tolls))
				fair_toll_for_requeue(queue);
			if (!curr)
				eevdf_erase(queue, se);
			se->vlag = 0;
			eevdf_place(queue, se, 0);
			if (!curr)
				eevdf_insert(queue, se);
			queue->nr_queued++;
		}
	}
	fair_load_toll(queue, se, ANY_WAY);
	fair_load_update(queue, se);
	set_delayed(se, false);
}

/* ---- Who runs ---- */

static bool buddy_wins(struct fair_rq *queue)
{
	return unlikely(queue->next) && fair_feature(queue, FEATURE_PICK_BUDDY) &&
	       eevdf_eligible(queue, queue->next);
}

static not_inline struct fair_entity *pick_of_several(struct fair_rq *queue, bool protect)
{
	struct fair_entity *curr = fair_queued_curr(queue), *best;
	struct eevdf_sums sums = eevdf_sums(queue);

	if (fair_feature(queue, FEATURE_BUDDY_IN_PICK) && buddy_wins(queue))
		return queue->next;
	if (curr && !eevdf_allows(sums, queue, curr->vruntime))
		curr = NULL;
	if (curr && protect && eevdf_keeps_protection(queue, curr))
		return curr;
	best = eevdf_earliest(queue, sums);
	if (!best || (curr && vtime_before(curr->deadline, best->deadline)))
		return curr;
	return best;
}

/* pick_eevdf(). @protect: a protected curr goes on. */
static always_inline struct fair_entity *pick_earliest(struct fair_rq *queue, bool protect)
{
	struct fair_entity *curr = fair_queued_curr(queue);

	if (queue->nr_queued == 1)
		return curr ? curr : eevdf_first(queue);
	return pick_of_several(queue, protect);
}

static always_inline struct fair_entity *pick(struct fair_rq *queue, enum fair_way way)
{
	if (!fair_has(queue, FEATURE_BUDDY_IN_PICK, way) && buddy_wins(queue))
		return queue->next;
	return pick_earliest(queue, true);
}

/* What a pick takes, as pick_of_several() goes. */
static not_inline void pay_for_pick(struct fair_rq *queue, bool protect)
{
	struct fair_entity *curr = fair_queued_curr(queue);
	struct eevdf_sums sums = eevdf_sums(queue);

	if (queue->nr_queued == 1 ||
	    (curr && protect && eevdf_allows(sums, queue, curr->vruntime) &&
	     eevdf_keeps_protection(queue, curr)))
		return;
	fair_toll_for_pick(queue, curr, eevdf_checks(queue, sums) + (curr ? 1 : 0));
}

struct fair_entity *eevdf_pick(struct fair_rq *queue)
{
	if (unlikely(queue->rq->sched->has_tolls))
		pay_for_pick(queue, true);
	return pick(queue, ANY_WAY);
}

struct fair_entity *eevdf_pick_plain(struct fair_rq *queue)
{
	return pick(queue, PLAIN_WAY);
}

/*
 * pick_next_entity() of a wakeup check: delayed entities that are due leave on the way. NULL: that
 * was the last (balancing had brought it to a cpu whose own task has just left).
 */
static struct fair_entity *pick_awake(struct fair_rq *queue, bool protect)
{
	while (queue->nr_queued) {
		struct fair_entity *se = pick_earliest(queue, protect);

		if (!se->sched_delayed)
			return se;
		fair_finish_delayed(queue->rq, se);
	}
	return NULL;
}

/* ---- Wakeup preemption ---- */

/* The wakee's request is shorter than curr's: it may break curr's protection. */
static always_inline bool is_short(const struct fair_rq *queue, const struct fair_entity *curr,
				   const struct fair_entity *woken, enum fair_way way)
{
	return fair_has(queue, FEATURE_PREEMPT_SHORT, way) && woken->slice < curr->slice;
}

/*
 * NEXT_BUDDY: the wakee becomes the next buddy unless there is one with an earlier deadline. With a
 * sync wakeup the waker, about to sleep, is left only if it has had its time.
 */
enum sync_verdict { SYNC_PICK, SYNC_PREEMPT, SYNC_STAY };

static always_inline enum sync_verdict wakee_as_buddy(struct fair_rq *queue,
						      const struct fair_entity *curr,
						      struct fair_entity *woken, u32 wake_flags,
						      enum fair_way way)
{
	u64 ran = queue->rq->clock_task - curr->exec_start;

	if (!fair_has(queue, FEATURE_BUDDY_IN_PICK, way) ||
	    !fair_has(queue, FEATURE_NEXT_BUDDY, way))
		return SYNC_PICK;
	if (queue->next && vtime_before(queue->next->deadline, woken->deadline))
		return SYNC_PICK;
	fair_set_next_buddy(woken);
	if (!(wake_flags & WF_SYNC))
		return SYNC_PICK;
	if (vtime_before(woken->deadline, curr->deadline) &&
	    ran >= fair_knobs(queue)->migration_cost_ns)
		return SYNC_PREEMPT;
	return SYNC_STAY;
}

/* A wakee that would not break curr's protection may have to wait whatever its deadline. */
static always_inline bool wakee_must_wait(const struct fair_rq *queue,
					  const struct fair_entity *woken, u32 wake_flags,
					  enum fair_way way)
{
	if (wake_flags & WF_FORK && fair_has(queue, FEATURE_FORK_NEVER_PREEMPTS, way)) {
		decide_preempt_rule(queue->rq, RULE_PREEMPT_FORK);
		return true;
	}
	if (woken->sched_delayed && fair_has(queue, FEATURE_DELAYED_NEVER_PREEMPTS, way)) {
		decide_preempt_rule(queue->rq, RULE_PREEMPT_DELAYED);
		return true;
	}
	return false;
}

/* The protection goes as soon as a short wakee is the better one, even if it is not picked then. */
static bool wins_by_cancelling(struct fair_rq *queue, struct fair_entity *curr,
			       struct fair_entity *woken, bool is_shorter)
{
	if (is_shorter && eevdf_eligible(queue, woken) &&
	    (vtime_before(woken->deadline, curr->deadline) || !eevdf_eligible(queue, curr)))
		eevdf_unprotect(curr);
	return pick_earliest(queue, true) == woken;
}

/* A short wakee is weighed without protection; what else comes shortens what is left of it. */
static always_inline bool wins_by_weighing(struct fair_rq *queue, struct fair_entity *curr,
					   struct fair_entity *woken, bool is_shorter,
					   enum fair_way way)
{
	bool finishes = fair_has(queue, FEATURE_WAKEUP_FINISHES_DELAYED, way);

	if ((finishes ? pick_awake(queue, !is_shorter) : pick_earliest(queue, !is_shorter)) ==
	    woken) {
		if (is_shorter)
			eevdf_unprotect(curr);
		return true;
	}
	if (fair_has(queue, FEATURE_RUN_TO_PARITY, way) &&
	    (is_shorter || fair_has(queue, FEATURE_LONG_WAKEE_TIGHTENS, way)))
		limit_protection(curr, eevdf_min_slice(queue));
	return false;
}

/* What do_preempt_short() asks before that, and its call. */
enum { SHORT_CHECKS = 3 };

static always_inline bool wins_by_deadline(struct fair_rq *queue, struct fair_entity *curr,
					   struct fair_entity *woken, u32 wake_flags,
					   enum fair_way way)
{
	bool is_shorter = is_short(queue, curr, woken, way);

	if (decisions_wanted(queue->rq->sched))
		fair_explain_weighing(queue, curr, woken, is_shorter);
	if (way == ANY_WAY && unlikely(queue->rq->sched->has_tolls)) {
		pay_for_pick(queue,
			     !is_shorter ||
				     !fair_has(queue, FEATURE_SHORT_WEIGHED_UNPROTECTED, way));
		fair_toll_for_pick(queue, false, is_shorter ? SHORT_CHECKS : 0);
	}
	if (!is_shorter) {
		if (wakee_must_wait(queue, woken, wake_flags, way))
			return false;
		switch (wakee_as_buddy(queue, curr, woken, wake_flags, way)) {
		case SYNC_PREEMPT:
			decide_preempt_rule(queue->rq, RULE_PREEMPT_SYNC);
			return true;
		case SYNC_STAY:
			decide_preempt_rule(queue->rq, RULE_PREEMPT_SYNC_STAYS);
			return false;
		case SYNC_PICK:
			break;
		}
	}
	if (fair_has(queue, FEATURE_SHORT_WEIGHED_UNPROTECTED, way))
		return decide_preempt_verdict(queue->rq, wins_by_weighing(queue, curr, woken,
									  is_shorter, way));
	return decide_preempt_verdict(queue->rq,
				      wins_by_cancelling(queue, curr, woken, is_shorter));
}

static always_inline bool wakee_wins(struct rq *rq, struct task *woken, u32 wake_flags,
				     enum fair_way way)
{
	struct fair_entity *curr = &rq->curr->fair, *se = &woken->fair;
	struct fair_rq *queue = &rq->fair;
	bool curr_idle, idle;

	if (way == ANY_WAY) {
		fair_find_siblings(&curr, &se);
		queue = curr->queue;
	}
	curr_idle = fair_is_idle_by(curr, way);
	idle = fair_is_idle_by(se, way);
	if (curr_idle && !idle) {
		decide_preempt_rule(rq, RULE_PREEMPT_CURR_IDLE);
		eevdf_unprotect(curr);
		return true;
	}
	if (curr_idle != idle || woken->policy != POLICY_OTHER) {
		decide_preempt_rule(rq, RULE_PREEMPT_POLICY);
		return false;
	}
	fair_update_curr_by(queue, way);
	return wins_by_deadline(queue, curr, se, wake_flags, way);
}

static always_inline void check_wakee(struct rq *rq, struct task *woken, u32 wake_flags,
				      enum fair_way way)
{
	const struct fair_rq *queue = &rq->fair;

	if (woken == rq->curr) {
		decide_preempt_rule(rq, RULE_PREEMPT_SELF);
		return;
	}
	if (!fair_has(queue, FEATURE_BUDDY_IN_PICK, way) &&
	    fair_has(queue, FEATURE_NEXT_BUDDY, way) && !(wake_flags & WF_FORK) &&
	    !woken->fair.sched_delayed)
		fair_set_next_buddy(&woken->fair);
	if (rq->need_resched & RESCHED_FULL || !fair_has(queue, FEATURE_WAKEUP_PREEMPTION, way)) {
		decide_preempt_rule(rq, rq->need_resched & RESCHED_FULL ? RULE_PREEMPT_DUE
									: RULE_PREEMPT_OFF);
		return;
	}
	if (wakee_wins(rq, woken, wake_flags, way)) {
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		sched_resched_curr_lazy(rq);
	}
}

static not_inline void check_wakee_any_way(struct rq *rq, struct task *woken, u32 wake_flags)
{
	check_wakee(rq, woken, wake_flags, ANY_WAY);
}

/* Both the task that runs, which is a fair one, and the woken one. */
void eevdf_wakeup_preempt(struct rq *rq, struct task *woken, u32 wake_flags)
{
	if (likely(fair_is_plain(rq, woken) && !rq->curr->group))
		check_wakee(rq, woken, wake_flags, PLAIN_WAY);
	else
		check_wakee_any_way(rq, woken, wake_flags);
}

/* ---- Yield ---- */

/* It gives up the rest of its request, if it has a right to run at all. */
static void eevdf_yield(struct rq *rq, struct task *curr)
{
	struct fair_entity *se = &curr->fair;
	struct fair_rq *queue = se->queue;

	fair_clear_buddies(queue, se);
	fair_update_curr(queue);
	rq_skip_clock_update(rq);
	if (!eevdf_eligible(queue, se))
		return;
	se->vruntime = se->deadline;
	renew_deadline(queue, se);
}

const struct fair_rules eevdf_rules = {
	.enqueue = eevdf_enqueue,
	.dequeue = eevdf_dequeue,
	.requeue = eevdf_requeue,
	.insert = eevdf_insert,
	.erase = eevdf_erase,
	.pick = eevdf_pick,
	.begin = eevdf_begin,
	.charged = eevdf_charged,
	.wakeup_preempt = eevdf_wakeup_preempt,
	.yield = eevdf_yield,
	.reweight = eevdf_reweight,
	.bound_lag = eevdf_bound_lag,
	.eligible = eevdf_eligible,
};
