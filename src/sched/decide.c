/* SPDX-License-Identifier: MIT */
/*
 * Decisions are drafted on the desk by those who make them, and told here with the facts that any
 * class's decision has.
 */
#include "sched/decide.h"

#include <string.h>

#include "sched/cookie.h"
#include "sched/internal.h"

void decision_desk_init(struct decision_desk *desk, struct decision_sink sink)
{
	*desk = (struct decision_desk){.sink = sink, .resched_rule = RULE_RESCHED_ASKED};
}

void decision_desk_fini(struct decision_desk *desk)
{
	vec_fini(&desk->candidates);
	vec_fini(&desk->missed);
}

struct candidate *decide_candidate(struct decision_desk *desk)
{
	vec_push(&desk->candidates, (struct candidate){.task = TASK_ID_NONE});
	return &desk->candidates.at[desk->candidates.len - 1];
}

struct candidate *decide_task(struct decision_desk *desk, const struct task *task, u16 flags)
{
	struct candidate *c = decide_candidate(desk);

	c->task = task->id;
	c->prio = task->prio;
	c->flags = flags;
	return c;
}

static struct decision begin(const struct rq *rq, enum decision_kind kind, enum decision_rule rule,
			     const struct task *task, const struct task *other)
{
	return (struct decision){
		.when = rq->sched->machine->now,
		.kind = (u8)kind,
		.rule = (u8)rule,
		.cpu = (u16)rq->cpu,
		.task = task ? task->id : TASK_ID_NONE,
		.other = other ? other->id : TASK_ID_NONE,
		.irq_ns = rq->hardware->irq_ns,
	};
}

static void tell(const struct decision_desk *desk, const struct decision *decision)
{
	desk->sink.take(desk->sink.self, decision);
}

/* Other decisions may come while candidates are on the desk: they are not theirs. */
static void tell_among(struct decision_desk *desk, struct decision *decision)
{
	decision->candidates = desk->candidates.at;
	decision->nr_candidates = desk->candidates.len;
	tell(desk, decision);
	desk->candidates.len = 0;
}

/* ---- Pick ---- */

void decide_picked(struct rq *rq, const struct task *prev, const struct task *next)
{
	struct decision_desk *desk = rq->sched->desk;
	struct decision d = begin(rq, DECISION_PICK, RULE_PICK_CLASS, next, prev);
	const struct sched_class *class = task_class(rq->sched, next);

	desk->candidates.len = 0;
	d.pick.class_id = next->class_id;
	d.pick.nr_waiting = rq->nr_running - (next != rq->idle && rq->nr_running);
	/* The deadline class was asked first, and named somebody of a class below. */
	d.pick.by_server = next->class_id > CLASS_DEADLINE && next != rq->idle &&
			   rq->classes_runnable & 1u << CLASS_DEADLINE &&
			   rq->nr_running != rq->fair.h_nr_queued;
	if (rq->core && rq->core->together)
		d.rule =
			next == rq->idle && rq->nr_running ? RULE_PICK_FORCED_IDLE : RULE_PICK_CORE;
	else if (next == rq->idle)
		d.rule = RULE_PICK_IDLE;
	else if (next->class_id == CLASS_STOP)
		d.rule = RULE_PICK_STOP;
	else if (class->explain_pick)
		class->explain_pick(rq, next, &d);
	memset(desk->picked, 0, sizeof(desk->picked));
	tell_among(desk, &d);
}

void decide_delay(const struct rq *rq, const struct task *task, enum decision_rule rule)
{
	struct decision d = begin(rq, DECISION_DELAY, rule, task, NULL);

	tell(rq->sched->desk, &d);
}

/* ---- Preempt ---- */

/* The class weighed it, or there was nothing to weigh. */
static enum decision_rule preempt_rule(const struct rq *rq, const struct task *task, u8 before)
{
	const struct decision_desk *desk = rq->sched->desk;

	if (task->class_id < rq->curr->class_id)
		return before ? RULE_PREEMPT_DUE : RULE_PREEMPT_HIGHER_CLASS;
	if (task->class_id > rq->curr->class_id)
		return RULE_PREEMPT_LOWER_CLASS;
	if (desk->preempt_rule != RULE_NONE)
		return (enum decision_rule)desk->preempt_rule;
	return before ? RULE_PREEMPT_DUE : RULE_PREEMPT_CLASS;
}

/* What the rule comes to; the flag alone may have been set by a charge at the same moment. */
static bool rule_preempts(enum decision_rule rule, const struct rq *rq, u8 before)
{
	switch (rule) {
	case RULE_PREEMPT_HIGHER_CLASS:
	case RULE_PREEMPT_CURR_IDLE:
	case RULE_PREEMPT_SHORT:
	case RULE_PREEMPT_LEAVING:
	case RULE_PREEMPT_CURR_INELIGIBLE:
	case RULE_PREEMPT_EARLIER:
	case RULE_PREEMPT_TIE:
	case RULE_PREEMPT_BUDDY:
	case RULE_PREEMPT_SYNC:
	case RULE_PREEMPT_LEAD:
	case RULE_PREEMPT_PRIO:
	case RULE_PREEMPT_PRIO_EQUAL:
	case RULE_PREEMPT_DEADLINE:
	case RULE_PREEMPT_DEADLINE_EQUAL:
		return true;
	case RULE_PREEMPT_CLASS:
		return rq->need_resched && rq->need_resched != before;
	default:
		return false;
	}
}

void decide_weighed(struct rq *rq, const struct task *task, u32 wake_flags, u8 before)
{
	struct decision_desk *desk = rq->sched->desk;
	struct decision d =
		begin(rq, DECISION_PREEMPT, preempt_rule(rq, task, before), task, rq->curr);

	d.preempt = desk->preempt;
	d.preempt.preempts = rule_preempts((enum decision_rule)d.rule, rq, before);
	d.preempt.forked = wake_flags & WF_FORK;
	d.preempt.sync = wake_flags & WF_SYNC;
	tell_among(desk, &d);
	desk->preempt = (struct decision_preempt){0};
	desk->preempt_rule = RULE_NONE;
}

/* ---- Resched ---- */

void decide_resched(struct rq *rq, bool lazy)
{
	struct decision_desk *desk = rq->sched->desk;
	struct decision d =
		begin(rq, DECISION_RESCHED, (enum decision_rule)desk->resched_rule, rq->curr, NULL);

	d.resched.lazy = lazy;
	d.resched.remote = rq->cpu != sched_this_cpu(rq->sched);
	d.resched.in_tick = desk->in_tick;
	tell(desk, &d);
	desk->resched_rule = RULE_RESCHED_ASKED;
}

/* ---- Select ---- */

void decide_select_begin(const struct sched *sched, const struct task *task, u32 prev_cpu,
			 u32 wake_flags)
{
	struct decision_desk *desk = sched->desk;

	desk->select = (struct decision_select){
		.this_cpu = (u16)sched_this_cpu(sched),
		.prev_cpu = (u16)prev_cpu,
		.target = (u16)prev_cpu,
		.affine = RULE_NONE,
		.fork = wake_flags & WF_FORK,
		.exec = wake_flags & WF_EXEC,
		.sync = wake_flags & WF_SYNC,
		.scan_limit = UINT32_MAX,
	};
	desk->select_rule = task->nr_cpus_allowed == 1 ? RULE_SELECT_ONLY : RULE_SELECT_CLASS;
}

static enum missed_why why_missed(const struct sched *sched, const struct task *task, u32 cpu)
{
	const struct decision_select *select = &sched->desk->select;

	if (!cpumask_test(task->cpus, cpu))
		return MISSED_AFFINITY;
	if (task->class_id != CLASS_FAIR)
		return MISSED_CLASS;
	if (sched->desk->select_rule == RULE_SELECT_PACKED ||
	    sched->desk->select_rule == RULE_SELECT_CURRENT)
		return MISSED_UNSOUGHT;
	if (sched->cache[cpu].llc_id != sched->cache[select->target].llc_id)
		return MISSED_CACHE;
	return MISSED_SCAN;
}

/* An idle cpu is missed if the task has to wait elsewhere. */
static void note_missed(struct sched *sched, const struct task *task)
{
	struct decision_desk *desk = sched->desk;

	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		if (cpumask_test(sched->rd.active, cpu) && rq_is_idle(&sched->rqs[cpu]))
			vec_push(&desk->missed, (struct decision_missed){
							.cpu = (u16)cpu,
							.why = (u8)why_missed(sched, task, cpu),
						});
}

void decide_select_end(struct sched *sched, const struct task *task, u32 cpu)
{
	struct decision_desk *desk = sched->desk;
	struct rq *here = sched_rq(sched, sched_this_cpu(sched));
	struct decision d = begin(here, DECISION_SELECT, (enum decision_rule)desk->select_rule,
				  task, here->curr);

	desk->missed.len = 0;
	desk->select.cpu = (u16)cpu;
	desk->select.to_idle = rq_is_idle(&sched->rqs[cpu]);
	if (!desk->select.to_idle)
		note_missed(sched, task);
	desk->select.allowed = task->cpus;
	desk->select.missed = desk->missed.at;
	desk->select.nr_missed = desk->missed.len;
	d.select = desk->select;
	tell(desk, &d);
}

/* ---- Throttle, balance ---- */

void decide_throttle(const struct rq *rq, const struct task *task, enum decision_rule rule,
		     bool begins)
{
	struct decision d = begin(rq, DECISION_THROTTLE, rule, task, NULL);

	d.throttle.begins = begins;
	tell(rq->sched->desk, &d);
}

void decide_balance(const struct rq *rq, enum decision_rule rule, u32 task,
		    const struct decision_balance *balance)
{
	struct decision d = begin(rq, DECISION_BALANCE, rule, NULL, NULL);

	d.task = task;
	d.balance = *balance;
	tell(rq->sched->desk, &d);
}
