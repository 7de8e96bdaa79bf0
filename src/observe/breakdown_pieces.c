/* SPDX-License-Identifier: MIT */
/*
 * What a delay was made of, afterwards: the steps are walked in order, and each on the cpu where
 * the task then was ends one piece and begins the next.
 */
#include "observe/breakdown_steps.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "base/sorted.h"

const char *const piece_kind_names[NR_PIECE_KINDS] = {
	[PIECE_WAY] = "wakeup",          [PIECE_BEHIND] = "behind",
	[PIECE_DUE] = "reschedule-due",  [PIECE_IDLE_EXIT] = "idle-exit",
	[PIECE_THROTTLED] = "throttled",
};

/* ---- Cutting ---- */

static int step_order(const void *a, const void *b)
{
	const struct wait_step *x = a, *y = b;

	return order_u64(x->when, y->when) ?: order_u64(x->kind, y->kind) ?:
	       order_u64(x->serial, y->serial);
}

/* Where the walk is: the task's cpu, how each cpu stands, where the next piece begins. */
struct walk {
	struct breakdown *wait;
	bool queued;
	u32 cpu;
	u64 from;
	u64 irq_ns;  /* of cpu, there */
	u8 own_rule; /* the task itself is throttled by; NONE: it is not */
	u32 group;   /* the task's; TASK_ID_NONE: the root */
	vec_of(struct wait_throttled) throttled;
};

static bool is_in(const struct walk *walk, u32 group)
{
	for (u32 at = walk->group; at != TASK_ID_NONE; at = walk->wait->parents.at[at])
		if (at == group)
			return true;
	return false;
}

/* A group above the task that is throttled on its cpu; TASK_ID_NONE: there is none. */
static u32 throttled_group(const struct walk *walk)
{
	for (u32 i = 0; i < walk->throttled.len; i++)
		if (walk->throttled.at[i].cpu == walk->cpu &&
		    is_in(walk, walk->throttled.at[i].group))
			return walk->throttled.at[i].group;
	return TASK_ID_NONE;
}

static bool is_rt(s32 prio)
{
	return prio >= 0 && prio < 100;
}

static enum piece_kind kind_of(const struct walk *walk, const struct cpu_state *state)
{
	if (!walk->queued)
		return PIECE_WAY;
	if (walk->own_rule != RULE_NONE)
		return PIECE_THROTTLED;
	if (is_rt(walk->wait->prio) ? state->throttle_rule != RULE_NONE
				    : throttled_group(walk) != TASK_ID_NONE)
		return PIECE_THROTTLED;
	if (state->curr == walk->cpu)
		return PIECE_IDLE_EXIT;
	return state->due ? PIECE_DUE : PIECE_BEHIND;
}

static void name_throttler(const struct walk *walk, const struct cpu_state *state,
			   struct piece *piece)
{
	u32 group = throttled_group(walk);

	piece->by = TASK_ID_NONE;
	piece->picked = false;
	if (walk->own_rule != RULE_NONE || is_rt(walk->wait->prio)) {
		piece->due_rule = walk->own_rule ? walk->own_rule : state->throttle_rule;
		return;
	}
	piece->due_rule = RULE_THROTTLE_GROUP;
	piece->group = group + 1;
}

/* The throttled piece before it is of the same kind: they are one, whoever runs. */
static bool goes_on(struct breakdown *wait, const struct piece *piece)
{
	struct piece *last = wait->pieces.len ? &vec_last(&wait->pieces) : NULL;

	if (!last || last->kind != PIECE_THROTTLED || last->due_rule != piece->due_rule ||
	    last->group != piece->group || last->cpu != piece->cpu)
		return false;
	last->to = piece->to;
	last->irq_ns += piece->irq_ns;
	return true;
}

/* The task itself was not among those between whom was chosen, but a group above it was. */
static void find_rival(const struct walk *walk, struct piece_pick *pick)
{
	for (u32 i = 0; i < pick->nr_rivals; i++) {
		const struct group_rival *rival = &walk->wait->rivals.at[pick->first_rival + i];

		if (!is_in(walk, rival->group.group - 1))
			continue;
		pick->has_mine = true;
		pick->mine = rival->group;
		pick->chosen = rival->chosen;
		pick->virtual_time = rival->virtual_time;
		pick->rule = rival->rule;
	}
}

/* The piece up to @to ends. @irq_ns: of the cpu, there. */
static void cut(struct walk *walk, u64 to, u64 irq_ns)
{
	const struct cpu_state *state = &walk->wait->cpus[walk->cpu].before;
	struct piece piece = {.from = walk->from, .to = to, .by = TASK_ID_NONE};

	if (to == walk->from)
		return;
	piece.kind = (u8)kind_of(walk, state);
	piece.cpu = (u16)walk->cpu;
	if (walk->queued) {
		piece.by = state->curr;
		piece.irq_ns = min_of(irq_ns - walk->irq_ns, to - walk->from);
		piece.due_rule = state->due_rule;
		piece.lazy = state->lazy;
		piece.remote = state->remote;
		piece.in_tick = state->in_tick;
		piece.picked = state->picked;
		piece.pick = state->pick;
		find_rival(walk, &piece.pick);
	}
	walk->from = to;
	if (piece.kind == PIECE_THROTTLED) {
		name_throttler(walk, state, &piece);
		if (goes_on(walk->wait, &piece))
			return;
	}
	vec_push(&walk->wait->pieces, piece);
}

static void unthrottle(struct walk *walk, const struct wait_step *s)
{
	u32 kept = 0;

	for (u32 i = 0; i < walk->throttled.len; i++) {
		struct wait_throttled *it = &walk->throttled.at[i];

		if (it->group != s->group || it->cpu != s->cpu)
			walk->throttled.at[kept++] = *it;
	}
	walk->throttled.len = kept;
}

/* What throttles the task changes: it waits for something else from then on. */
static void step_group(struct walk *walk, const struct wait_step *s)
{
	bool matters = s->kind <= STEP_REGROUP || s->cpu == walk->cpu;

	if (walk->queued && matters && s->when > walk->from)
		cut(walk, s->when, walk->irq_ns);
	if (s->kind == STEP_OWN)
		walk->own_rule = (u8)s->group;
	else if (s->kind == STEP_REGROUP)
		walk->group = s->group;
	else if (s->kind == STEP_UNTHROTTLE)
		unthrottle(walk, s);
	else
		vec_push(&walk->throttled, (struct wait_throttled){s->group, s->cpu});
}

static void walk_step(struct walk *walk, const struct wait_step *s)
{
	struct wait_cpu *cpus = walk->wait->cpus;

	if (s->kind < STEP_ARRIVES) {
		step_group(walk, s);
		return;
	}
	if (s->kind == STEP_ARRIVES) {
		cut(walk, s->when, walk->irq_ns);
		walk->queued = true;
		walk->cpu = s->cpu;
		walk->irq_ns = cpus[s->cpu].before.irq_ns;
		return;
	}
	if (walk->queued && s->cpu == walk->cpu) {
		cut(walk, s->when, s->state.irq_ns);
		walk->irq_ns = s->state.irq_ns;
	}
	cpus[s->cpu].before = s->state;
}

static void cut_pieces(struct breakdown *wait)
{
	struct walk walk = {.wait = wait, .from = wait->delay.from, .group = TASK_ID_NONE};

	if (wait->steps.len)
		qsort(wait->steps.at, wait->steps.len, sizeof(*wait->steps.at), step_order);
	for (u32 i = 0; i < wait->steps.len; i++)
		walk_step(&walk, &wait->steps.at[i]);
	cut(&walk, wait->delay.to, walk.irq_ns);
	vec_fini(&walk.throttled);
}

/* ---- Sums ---- */

static struct wait_sum *sum_of(struct breakdown *wait, const struct piece *piece)
{
	bool whoever = piece->kind == PIECE_THROTTLED || piece->kind == PIECE_IDLE_EXIT;
	u32 by = whoever ? TASK_ID_NONE : piece->by;

	for (u32 i = 0; i < wait->sums.len; i++)
		if (wait->sums.at[i].kind == piece->kind && wait->sums.at[i].by == by)
			return &wait->sums.at[i];
	vec_push(&wait->sums, (struct wait_sum){.kind = piece->kind, .by = by});
	return &vec_last(&wait->sums);
}

static int sum_order(const void *a, const void *b)
{
	const struct wait_sum *x = a, *y = b;

	return order_u64(y->ns, x->ns) ?: order_u64(x->kind, y->kind) ?: order_u64(x->by, y->by);
}

static void sum_pieces(struct breakdown *wait)
{
	for (u32 i = 0; i < wait->pieces.len; i++) {
		const struct piece *piece = &wait->pieces.at[i];
		struct wait_sum *sum = sum_of(wait, piece);

		sum->nr++;
		sum->ns += piece->to - piece->from - piece->irq_ns;
		wait->irq_ns += piece->irq_ns;
		wait->total_ns += piece->to - piece->from;
	}
	if (wait->sums.len)
		qsort(wait->sums.at, wait->sums.len, sizeof(*wait->sums.at), sum_order);
	ensure(wait->total_ns == wait->delay.to - wait->delay.from);
}

/* ---- Idle cpus ---- */

static void find_why(const struct breakdown *wait, struct wait_missed *missed)
{
	for (u32 i = 0; i < wait->select.missed.len; i++)
		if (wait->select.missed.at[i].cpu == missed->cpu) {
			missed->idle_at_wakeup = true;
			missed->why = wait->select.missed.at[i].why;
		}
}

static int missed_order(const void *a, const void *b)
{
	const struct wait_missed *x = a, *y = b;

	return order_u64(y->idle_ns, x->idle_ns) ?: order_u64(x->cpu, y->cpu);
}

/* The cpu on which it waited leaves idle for it: that is a piece of its own. */
static void find_missed(struct breakdown *wait)
{
	u32 own = wait->pieces.len ? vec_last(&wait->pieces).cpu : UINT32_MAX;

	for (u32 number = 0; number < wait->nr_cpus; number++) {
		struct wait_cpu *cpu = &wait->cpus[number];
		struct wait_missed missed = {.cpu = (u16)number};

		if (cpu->now.curr == number)
			cpu->idle_ns += breakdown_overlap(wait, cpu->idle_from, wait->delay.to);
		if (!cpu->idle_ns || number == own)
			continue;
		missed.idle_ns = cpu->idle_ns;
		missed.allowed_known = !cpumask_empty(wait->allowed);
		missed.allowed = cpumask_test(wait->allowed, number);
		missed.balance_rule = cpu->balance_rule;
		missed.balance_when = cpu->balance_when;
		find_why(wait, &missed);
		vec_push(&wait->missed, missed);
	}
	if (wait->missed.len)
		qsort(wait->missed.at, wait->missed.len, sizeof(*wait->missed.at), missed_order);
}

void breakdown_finish(struct breakdown *wait)
{
	cut_pieces(wait);
	sum_pieces(wait);
	find_missed(wait);
}
