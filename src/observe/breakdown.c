/* SPDX-License-Identifier: MIT */
/*
 * What a delay was made of, while the run goes on: only steps are noted, which are picks and due
 * reschedules on any cpu, and the task's own wakeup and moves.
 */
#include "observe/breakdown_steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define GROUP_WANTS (RECORD_BIT(GROUP) | RECORD_BIT(REGROUP) | RECORD_BIT(THROTTLE))

void breakdown_init(struct breakdown *wait, const struct delay *delay, u32 nr_cpus)
{
	*wait = (struct breakdown){.delay = *delay, .nr_cpus = nr_cpus};
	wait->cpus = calloc(nr_cpus, sizeof(*wait->cpus));
	wait->allowed = calloc(1, cpumask_size(nr_cpus));
	if (!wait->cpus || !wait->allowed)
		die("out of memory for a wait");
	wait->allowed->nr_bits = nr_cpus;
	wait->allowed->nr_words = (nr_cpus + 63) / 64;
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		wait->cpus[cpu].before.curr = wait->cpus[cpu].now.curr = cpu; /* its idle task */
}

void breakdown_fini(struct breakdown *wait)
{
	told_fini(&wait->select);
	told_fini(&wait->preempt);
	vec_fini(&wait->pieces);
	vec_fini(&wait->sums);
	vec_fini(&wait->missed);
	vec_fini(&wait->steps);
	vec_fini(&wait->rivals);
	vec_fini(&wait->parents);
	free(wait->allowed);
	free(wait->cpus);
}

/* ---- Taking ---- */

static bool is_within(const struct breakdown *wait, u64 when)
{
	return when >= wait->delay.from && when <= wait->delay.to;
}

u64 breakdown_overlap(const struct breakdown *wait, u64 from, u64 to)
{
	u64 begins = max_of(from, wait->delay.from), ends = min_of(to, wait->delay.to);

	return ends > begins ? ends - begins : 0;
}

/* An idle task's id is its cpu's number. */
static void note_idle(struct breakdown *wait, struct wait_cpu *cpu, u32 number, u32 next, u64 when)
{
	if (cpu->now.curr == number && next != number)
		cpu->idle_ns += breakdown_overlap(wait, cpu->idle_from, when);
	else if (cpu->now.curr != number && next == number)
		cpu->idle_from = when;
}

static const struct candidate *chosen_at(const struct decision *decision, u8 level)
{
	for (u32 i = 0; i < decision->nr_candidates; i++)
		if (decision->candidates[i].flags & CANDIDATE_CHOSEN &&
		    decision->candidates[i].level == level)
			return &decision->candidates[i];
	return NULL;
}

static u8 rule_at(const struct decision *decision, u8 level)
{
	return level < decision->pick.nr_levels ? decision->pick.level_rule[level] : decision->rule;
}

/*
 * In which group the task is comes with the records, later: until then all groups are kept that
 * were passed over.
 */
static void note_rivals(struct breakdown *wait, const struct decision *decision,
			struct piece_pick *pick)
{
	pick->first_rival = wait->rivals.len;
	for (u32 i = 0; i < decision->nr_candidates; i++) {
		const struct candidate *group = &decision->candidates[i];
		const struct candidate *chosen = chosen_at(decision, group->level);

		if (group->task != TASK_ID_NONE || group == chosen || !chosen)
			continue;
		vec_push(&wait->rivals,
			 (struct group_rival){
				 .group = *group,
				 .chosen = *chosen,
				 .virtual_time = decision->pick.virtual_time[group->level],
				 .rule = rule_at(decision, group->level),
			 });
	}
	pick->nr_rivals = wait->rivals.len - pick->first_rival;
}

/* The task's row and the chosen one's, where both stand on one level. */
static struct piece_pick pick_of(struct breakdown *wait, const struct decision *decision)
{
	const struct candidate *mine = NULL, *chosen;
	struct piece_pick pick = {
		.rule = decision->rule,
		.class_id = decision->pick.class_id,
		.by_server = decision->pick.by_server,
		.order = decision->pick.order,
	};

	for (u32 i = 0; i < decision->nr_candidates; i++)
		if (decision->candidates[i].task == wait->delay.task)
			mine = &decision->candidates[i];
	chosen = mine ? chosen_at(decision, mine->level) : NULL;
	if (!mine && is_within(wait, decision->when))
		note_rivals(wait, decision, &pick);
	if (!chosen)
		return pick;
	pick.has_mine = true;
	pick.mine = *mine;
	pick.chosen = *chosen;
	pick.virtual_time = decision->pick.virtual_time[mine->level];
	pick.rule = rule_at(decision, mine->level);
	return pick;
}

static void take_pick(struct breakdown *wait, struct wait_cpu *cpu, const struct decision *d)
{
	note_idle(wait, cpu, d->cpu, d->task, d->when);
	cpu->now = (struct cpu_state){
		.curr = d->task,
		.throttle_rule = cpu->now.throttle_rule,
		.picked = is_within(wait, d->when),
		.pick = pick_of(wait, d),
	};
}

static void take_resched(struct wait_cpu *cpu, const struct decision *d)
{
	cpu->now.due = true;
	cpu->now.due_rule = d->rule;
	cpu->now.lazy = d->resched.lazy;
	cpu->now.remote = d->resched.remote;
	cpu->now.in_tick = d->resched.in_tick;
}

/* What changes how a cpu stands is a step. */
static void step(struct breakdown *wait, struct wait_cpu *cpu, const struct decision *d)
{
	u32 serial = wait->steps.len;

	cpu->now.irq_ns = d->irq_ns;
	if (d->when < wait->delay.from)
		cpu->before = cpu->now;
	else
		vec_push(&wait->steps, (struct wait_step){
					       .when = d->when,
					       .kind = STEP_DECISION,
					       .cpu = d->cpu,
					       .serial = serial,
					       .state = cpu->now,
				       });
}

/* The task itself is put off, or no longer. */
static void take_own_throttle(struct breakdown *wait, const struct decision *d)
{
	u32 serial = wait->steps.len;

	vec_push(&wait->steps, (struct wait_step){
				       .when = d->when,
				       .kind = STEP_OWN,
				       .cpu = d->cpu,
				       .serial = serial,
				       .group = d->throttle.begins ? d->rule : RULE_NONE,
			       });
}

/* What was decided about the task itself. */
static void take_own(struct breakdown *wait, const struct decision *d)
{
	if (d->kind == DECISION_THROTTLE)
		take_own_throttle(wait, d);
	if (d->kind == DECISION_SELECT)
		memcpy(wait->allowed, d->select.allowed, cpumask_size(wait->nr_cpus));
	if (!is_within(wait, d->when))
		return;
	if (d->kind == DECISION_SELECT)
		told_set(&wait->select, d);
	else if (d->kind == DECISION_PREEMPT && wait->preempt.decision.rule == RULE_NONE)
		told_set(&wait->preempt, d); /* the first: of the wakeup, not of later moves */
}

/* What changes how the cpu stands. */
static void take_cpu(struct breakdown *wait, struct wait_cpu *cpu, const struct decision *d)
{
	if (d->kind == DECISION_PICK)
		take_pick(wait, cpu, d);
	else if (d->kind == DECISION_RESCHED)
		take_resched(cpu, d);
	else if (d->kind == DECISION_THROTTLE && d->task == TASK_ID_NONE)
		cpu->now.throttle_rule = d->throttle.begins ? d->rule : RULE_NONE;
	else
		return;
	step(wait, cpu, d);
}

void breakdown_take(void *self, const struct decision *d)
{
	struct breakdown *wait = self;
	struct wait_cpu *cpu = &wait->cpus[d->cpu];

	if (d->when > wait->delay.to)
		return;
	if (d->task == wait->delay.task)
		take_own(wait, d);
	take_cpu(wait, cpu, d);
	if (d->kind == DECISION_BALANCE && is_within(wait, d->when)) {
		cpu->balance_rule = d->rule;
		cpu->balance_when = d->when;
	}
}

/* The task is queued on @cpu from now on. */
static void arrive(struct breakdown *wait, u64 when, u32 cpu)
{
	u32 serial = wait->steps.len;

	wait->arrived = true;
	vec_push(&wait->steps, (struct wait_step){
				       .when = when,
				       .kind = STEP_ARRIVES,
				       .cpu = (u16)cpu,
				       .serial = serial,
			       });
}

/* Groups are followed from the start: one may be throttled since long before. */
static void take_group(struct breakdown *wait, const struct record *r)
{
	bool mine = r->kind == RECORD_REGROUP;
	u32 serial = wait->steps.len;

	if (r->kind == RECORD_GROUP) {
		while (wait->parents.len <= r->task)
			vec_push(&wait->parents, TASK_ID_NONE);
		wait->parents.at[r->task] = r->other;
		return;
	}
	if (r->when > wait->delay.to || (mine && r->task != wait->delay.task))
		return;
	vec_push(&wait->steps, (struct wait_step){
				       .when = r->when,
				       .kind = mine     ? STEP_REGROUP
					       : r->arg ? STEP_THROTTLE
							: STEP_UNTHROTTLE,
				       .cpu = r->cpu,
				       .serial = serial,
				       .group = mine ? r->other : r->task,
			       });
}

static void take_own_record(struct breakdown *wait, const struct record *r)
{
	switch ((enum record_kind)r->kind) {
	case RECORD_WAKEUP:
	case RECORD_WAKEUP_NEW:
		wait->prio = (s32)(s64)r->value;
		arrive(wait, r->when, r->arg);
		break;
	case RECORD_SWITCH:
		if (r->when != wait->delay.from)
			break;
		wait->prio = record_prev_prio(r);
		arrive(wait, r->when, r->cpu);
		break;
	case RECORD_MIGRATE:
		if (wait->arrived)
			arrive(wait, r->when, r->arg >> 16);
		break;
	default:
		break;
	}
}

static void take_records(void *self, const struct record *batch, size_t count)
{
	struct breakdown *wait = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		if (GROUP_WANTS >> r->kind & 1)
			take_group(wait, r);
		else if (r->task == wait->delay.task && is_within(wait, r->when))
			take_own_record(wait, r);
	}
}

struct sink breakdown_sink(struct breakdown *wait)
{
	return (struct sink){
		.self = wait,
		.wants = GROUP_WANTS | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW) |
			 RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE),
		.take = take_records,
	};
}
