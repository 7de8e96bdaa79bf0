/* SPDX-License-Identifier: MIT */
/*
 * Telling decisions (trace/decision.h) to whoever asked: the desk on which one is drafted.
 *
 * sched->desk is NULL in an ordinary run, and all that a decision costs then is one predicted
 * branch on it. With a desk the scheduler's state is only read: nothing here may charge, settle or
 * re-base it.
 *
 * A class has three ways to say more than the fact:
 *	- it answers class->explain_pick: who could have been picked, and by which rule it was this
 *	  one. Asked after the pick and before anything has changed; nothing is needed in the
 *	  class's pick itself (but of groups: what a level is charged may take back what decided
 *	  above it);
 *	- where it weighs a waking task it says decide_preempt_rule(rq, RULE_PREEMPT_...);
 *	- where it asks for a reschedule it says decide_resched_rule(rq, RULE_RESCHED_...) before,
 *	  and where it chooses a cpu decide_select_rule(sched, RULE_SELECT_...).
 * The core tells the decision when it is made. What a class does not say is told as "by its class".
 */
#ifndef OSSIM_SCHED_DECIDE_H
#define OSSIM_SCHED_DECIDE_H

#include "base/vec.h"
#include "sched/sched.h"
#include "trace/decision.h"

struct decision_desk {
	struct decision_sink sink;
	bool in_tick;
	u8 resched_rule; /* what the next RESCHED is about */
	struct decision_preempt preempt;
	u8 preempt_rule;
	/* the rule if a waking task loses or wins, for who weighs it */
	u8 preempt_if[2];
	struct decision_select select;
	u8 select_rule;
	/*
	 * By level, for a class whose levels change each other: how a pick was made; cleared when
	 * it is told.
	 */
	struct {
		const void *chosen; /* NULL: not said */
		u8 rule;
	} picked[DECISION_LEVELS_MAX];
	vec_of(struct candidate) candidates;
	vec_of(struct decision_missed) missed;
};

void decision_desk_init(struct decision_desk *desk, struct decision_sink sink);
void decision_desk_fini(struct decision_desk *desk);

/* Is anybody asking? */
static inline bool decisions_wanted(const struct sched *sched)
{
	return unlikely(sched->desk != NULL);
}

static inline void decide_preempt_rule(const struct rq *rq, enum decision_rule rule)
{
	if (decisions_wanted(rq->sched))
		rq->sched->desk->preempt_rule = (u8)rule;
}

/* @wins: what came out; why was prepared in desk->preempt_if. Returns @wins. */
static inline bool decide_preempt_verdict(const struct rq *rq, bool wins)
{
	if (decisions_wanted(rq->sched))
		rq->sched->desk->preempt_rule = rq->sched->desk->preempt_if[wins];
	return wins;
}

static inline void decide_resched_rule(const struct rq *rq, enum decision_rule rule)
{
	if (decisions_wanted(rq->sched))
		rq->sched->desk->resched_rule = (u8)rule;
}

static inline void decide_select_rule(const struct sched *sched, enum decision_rule rule)
{
	if (decisions_wanted(sched))
		sched->desk->select_rule = (u8)rule;
}

/* A zeroed candidate for the class to fill in; it is on the desk until the decision is told. */
struct candidate *decide_candidate(struct decision_desk *desk);
/* What a task that is no fair one has to show: its priority. */
struct candidate *decide_task(struct decision_desk *desk, const struct task *task, u16 flags);

/* ---- The core's: each tells one decision. Only with a desk. ---- */

/* @prev is still current: the pick has been made, nothing else. */
out_of_line void decide_picked(struct rq *rq, const struct task *prev, const struct task *next);
out_of_line void decide_delay(const struct rq *rq, const struct task *task,
			      enum decision_rule rule);
/* @before: rq->need_resched before the question was put. */
out_of_line void decide_weighed(struct rq *rq, const struct task *task, u32 wake_flags, u8 before);
out_of_line void decide_resched(struct rq *rq, bool lazy);
/* Around a choice: _begin clears the draft, _end tells it. */
out_of_line void decide_select_begin(const struct sched *sched, const struct task *task,
				     u32 prev_cpu, u32 wake_flags);
out_of_line void decide_select_end(struct sched *sched, const struct task *task, u32 cpu);
/* @task NULL: all that @rule is about on the cpu. */
out_of_line void decide_throttle(const struct rq *rq, const struct task *task,
				 enum decision_rule rule, bool begins);
/* A pass of load balancing. */
out_of_line void decide_balance(const struct rq *rq, enum decision_rule rule, u32 task,
				const struct decision_balance *balance);

#endif
