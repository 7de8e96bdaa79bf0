/* SPDX-License-Identifier: MIT */
/*
 * Newly idle: before a cpu sleeps it looks for a task elsewhere, as long as the search is likely to
 * be shorter than its idle time. Kernel: newidle_balance() (later sched_balance_newidle());
 * reference: fair.md 6.8.
 */
#include "classes/fair_balance.h"
#include "classes/fair_nohz.h"

enum { DICE_SIDES = 1024 };

/*
 * A dice of 1024 sides against the level's rate of success: 0: not this time; else for how many
 * passes this one counts.
 */
static u32 roll_for_pass(struct sched *sched, const struct sched_domain *sd)
{
	u32 rate = 1 + sd->newidle_ratio;

	if (!sched_feature(sched, FEATURE_NI_RANDOM))
		return 1;
	if (rng_below(&sched->newidle_rng, DICE_SIDES) > rate)
		return 0;
	return (DICE_SIDES + rate / 2) / rate;
}

static void count_newidle(struct sched_domain *sd, u32 success)
{
	sd->newidle_call++;
	sd->newidle_success += success;
	if (sd->newidle_call >= DICE_SIDES) {
		sd->newidle_ratio = sd->newidle_success;
		sd->newidle_call /= 2;
		sd->newidle_success /= 2;
	}
}

static void note_newidle_cost(const struct sched *sched, struct sched_domain *sd, u64 cost)
{
	u64 jiffies = machine_jiffies(sched->machine);

	if (cost > sd->max_newidle_lb_cost) {
		sd->max_newidle_lb_cost = cost;
		sd->last_decay_max_lb_cost = jiffies;
	} else {
		balance_decay_cost(sched, sd, jiffies);
	}
}

/* No pass was made, for who asks. */
static void tell_not_tried(const struct rq *rq, const struct sched_domain *sd,
			   enum decision_rule why)
{
	struct decision_balance told = {
		.level = domain_level_name(sd->level),
		.idle = DECISION_NEWLY_IDLE,
		.from = CPU_NONE,
		.avg_idle = rq->avg_idle,
		.cost = sd->max_newidle_lb_cost,
	};

	decide_balance(rq, why, TASK_ID_NONE, &told);
}

/* The passes, from the smallest domain up. */
static u32 newidle_passes(struct rq *rq, u64 *next_balance)
{
	struct sched *sched = rq->sched;
	u64 cost = sched->platform->costs.balance_domain, total = 0;
	u32 pulled = 0;
	bool go_on = true;

	balance_update_blocked(rq);
	for (struct sched_domain *sd = rq->domain; sd && !pulled && go_on; sd = sd->parent) {
		u32 weight;

		*next_balance = min_of(*next_balance, balance_next(sched, sd, false));
		if (rq->avg_idle < total + sd->max_newidle_lb_cost) {
			if (decisions_wanted(sched))
				tell_not_tried(rq, sd, RULE_BALANCE_SHORT_IDLE);
			break;
		}
		if (!(sd->flags & SD_BALANCE_NEWIDLE))
			continue;
		weight = roll_for_pass(sched, sd);
		if (!weight) {
			if (decisions_wanted(sched))
				tell_not_tried(rq, sd, RULE_BALANCE_DICE);
			count_newidle(sd, 0);
			continue;
		}
		pulled = balance_pass(rq, sd, CPU_NEWLY_IDLE, &go_on);
		total += cost;
		count_newidle(sd, pulled ? weight : 0);
		note_newidle_cost(sched, sd, cost);
	}
	rq->max_idle_balance_cost = max_of(rq->max_idle_balance_cost, total);
	return pulled;
}

not_inline int fair_newidle_balance(struct rq *rq)
{
	struct sched *sched = rq->sched;
	const struct sched_domain *sd = rq->domain;
	u64 next_balance;
	int result = 0;

	if (rq->ttwu_pending)
		return 0;
	rq->idle_stamp = rq->clock;
	if (!sd || unlikely(!cpumask_test(sched->rd.active, rq->cpu)))
		return 0;
	if (likely(!sched->rd.overloaded || rq->avg_idle < sd->max_newidle_lb_cost)) {
		if (decisions_wanted(sched))
			tell_not_tried(rq, sd,
				       sched->rd.overloaded ? RULE_BALANCE_SHORT_IDLE
							    : RULE_BALANCE_NOT_OVERLOADED);
		/* (And not more than a second ahead, which only domains of 500 cpus would be.) */
		next_balance = balance_next(sched, sd, false);
		rq->next_balance = min_of(rq->next_balance, next_balance);
		fair_nohz_newidle(rq);
		return 0;
	}
	next_balance = machine_jiffies(sched->machine) + sched->platform->hz;
	result = newidle_passes(rq, &next_balance) != 0;
	if (rq->nr_running != rq->fair.h_nr_queued)
		result = -1;
	rq->next_balance = min_of(rq->next_balance, next_balance);
	if (result)
		rq->idle_stamp = 0;
	else
		fair_nohz_newidle(rq);
	return result;
}
