/* SPDX-License-Identifier: MIT */
/*
 * Decisions as they are told, against the slow obvious look at their candidates: whoever was picked
 * is the one that the rule named, and no rule is named in vain.
 */
#include "property.h"

/* @a is a better choice than @b by what the queue is ordered by. */
static bool is_before(u8 order, const struct candidate *a, const struct candidate *b)
{
	switch (order) {
	case ORDER_EEVDF:
	case ORDER_DEADLINE:
		return (s64)(a->deadline - b->deadline) < 0;
	case ORDER_CFS:
		return (s64)(a->vruntime - b->vruntime) < 0;
	case ORDER_RT:
		return a->prio < b->prio;
	default:
		return false;
	}
}

/* Rules by which somebody else may be better by that order. */
static bool is_exempt(enum decision_rule rule)
{
	switch (rule) {
	case RULE_PICK_ONLY:
	case RULE_PICK_PROTECTED:
	case RULE_PICK_NEXT_BUDDY:
	case RULE_PICK_CFS_NEXT:
	case RULE_PICK_CFS_LAST:
	case RULE_PICK_CFS_SKIP:
		return true;
	default:
		return false;
	}
}

static const struct candidate *chosen_of(const struct decision *d, u32 level)
{
	const struct candidate *chosen = NULL;

	for (u32 i = 0; i < d->nr_candidates; i++)
		if (d->candidates[i].level == level && d->candidates[i].flags & CANDIDATE_CHOSEN)
			chosen = chosen ? NULL : &d->candidates[i];
	return chosen;
}

static void check_level(struct trial *t, const struct decision *d, u32 level)
{
	u8 order = d->pick.order;
	enum decision_rule rule =
		(enum decision_rule)(d->pick.nr_levels ? d->pick.level_rule[level] : d->rule);
	const struct candidate *chosen = chosen_of(d, level);

	if (!trial_check(t, chosen, "at %" PRIu64 ", cpu %u: not one of the candidates was picked",
			 d->when, d->cpu))
		return;
	if (is_exempt(rule))
		return;
	if (order == ORDER_EEVDF)
		trial_check(t, chosen->flags & CANDIDATE_ELIGIBLE,
			    "at %" PRIu64 ", cpu %u: who was picked is not eligible (%s)", d->when,
			    d->cpu, decision_rule_names[rule]);
	for (u32 i = 0; i < d->nr_candidates; i++) {
		const struct candidate *c = &d->candidates[i];
		bool may = order != ORDER_EEVDF || c->flags & CANDIDATE_ELIGIBLE;

		if (c->level == level && may && is_before(order, c, chosen))
			trial_check(t, false, "at %" PRIu64 ", cpu %u: there is a better one (%s)",
				    d->when, d->cpu, decision_rule_names[rule]);
	}
}

void check_decision(void *self, const struct decision *d)
{
	struct trial *t = self;

	t->nr_decisions++;
	trial_check(t, d->rule != RULE_NONE && d->rule < NR_DECISION_RULES,
		    "at %" PRIu64 ": a decision without a rule", d->when);
	if (d->kind != DECISION_PICK || d->pick.order == ORDER_NONE)
		return;
	for (u32 level = 0; level < max_of((u32)d->pick.nr_levels, 1u); level++)
		check_level(t, d, level);
}
