/* SPDX-License-Identifier: MIT */
/*
 * Load balancing: when a cpu looks for work elsewhere, and what one such pass is.
 * Kernel: kernel/sched/fair.c, load_balance() (later sched_balance_rq()) and its callers;
 * reference: fair.md 6.6, 6.7. Newly idle cpus: fair_newidle.c; cpus without a tick: fair_nohz.c.
 *
 * A pass is one atomic step at one instant, charged to the cpu that runs it. Where the kernel's
 * passes exclude each other (SD_SERIALIZE), one lasts as long as it costs.
 */
#include "classes/fair_balance.h"

#include "classes/fair_nohz.h"
#include "sched/schedstat.h"

enum { MAX_PINNED_INTERVAL = 512 };
enum { LATEST_NEXT_BALANCE_S = 60 };

/* ---- Intervals ---- */

static u64 hz(const struct sched *sched)
{
	return sched->platform->hz;
}

u32 balance_interval(const struct sched *sched, const struct sched_domain *sd, bool busy)
{
	u64 ms = busy ? (u64)sd->balance_interval * sd->busy_factor : sd->balance_interval;
	u64 jiffies = div_round_up(ms * hz(sched), 1000);

	/* Busy levels shall not all fall on the same tick. */
	jiffies -= busy && jiffies;
	return (u32)clamp_to(jiffies, (u64)1, fair_balance_of(sched)->max_interval);
}

u64 balance_next(const struct sched *sched, const struct sched_domain *sd, bool busy)
{
	return sd->last_balance + balance_interval(sched, sd, busy);
}

/* ---- Who balances: should_we_balance() ---- */

static bool is_core_idle(const struct sched *sched, u32 cpu)
{
	cpumask_for_each (sibling, sched->machine->topology.core[cpu])
		if (sibling != cpu && !rq_is_idle(&sched->rqs[sibling]))
			return false;
	return true;
}

/* The first idle cpu of the local group; of a wholly idle core if there is one. CPU_NONE: none. */
static u32 first_idle_cpu(const struct balance *lb, struct cpumask *choice)
{
	const struct sched *sched = lb->sched;
	bool cores_first = sched_feature(sched, FEATURE_LB_IDLE_CORE_FIRST) && sched->rd.smt &&
			   !(lb->sd->flags & SD_SHARE_CPUCAPACITY);
	u32 sibling = CPU_NONE;

	cpumask_and(choice, lb->sd->groups->sgc->balance_mask, lb->cpus);
	cpumask_for_each_and (cpu, choice, sched->rd.idle) {
		if (!rq_is_idle(&sched->rqs[cpu]))
			continue;
		if (!cores_first || is_core_idle(sched, cpu))
			return cpu;
		if (sibling == CPU_NONE)
			sibling = cpu;
		cpumask_andnot(choice, choice, sched->machine->topology.core[cpu]);
	}
	return sibling;
}

static bool should_we_balance(const struct balance *lb)
{
	u32 cpu;

	if (!cpumask_test(lb->cpus, lb->dst->cpu))
		return false;
	if (lb->idle == CPU_NEWLY_IDLE)
		return lb->dst->nr_running == 0 && !lb->dst->ttwu_pending;
	cpu = first_idle_cpu(lb, fair_balance_of(lb->sched)->choice);
	if (cpu == CPU_NONE)
		cpu = cpumask_next(lb->sd->groups->sgc->balance_mask, 0);
	return cpu == lb->dst->cpu;
}

/* ---- One pass ---- */

enum pass_result { PASS_BALANCED, PASS_ALL_PINNED, PASS_ONE_PINNED, PASS_DONE };

/* Is no other pass over a serialized domain under way? If so this one is. */
static bool take_turn(const struct sched *sched, const struct sched_domain *sd)
{
	struct fair_balance *all = fair_balance_of(sched);
	u64 now = sched->machine->now;

	if (!(sd->flags & SD_SERIALIZE))
		return true;
	if (now < all->serialize_until)
		return false;
	all->serialize_until = now + sched->platform->costs.balance_domain;
	return true;
}

/* Starts over with another cpu of the local group, for tasks that may not run on dst. */
static void retarget(struct balance *lb)
{
	cpumask_clear(lb->cpus, lb->dst->cpu);
	lb->dst = sched_rq(lb->sched, lb->new_dst_cpu);
	lb->flags &= ~(u32)LB_DST_PINNED;
	lb->loop = 0;
	lb->loop_break = balance_break(lb->sched);
}

/* Takes tasks from src until the imbalance is met or nothing else may go. */
static u32 move_tasks(struct balance *lb)
{
	u32 moved = 0;

	rq_update_clock(lb->src);
	lb->loop_max = min_of((u32)lb->sched->kernel->knobs.nr_migrate, lb->src->nr_running);
	for (;;) {
		u32 detached = balance_detach(lb);

		if (detached)
			balance_attach(lb);
		moved += detached;
		if (lb->flags & LB_NEED_BREAK) {
			lb->flags &= ~(u32)LB_NEED_BREAK;
			continue;
		}
		if (!(lb->flags & LB_DST_PINNED) || lb->imbalance <= 0)
			return moved;
		retarget(lb);
	}
}

/* Nothing moved: count it, and after some failures have the running task pushed. */
static enum pass_result pass_failed(struct balance *lb, struct rq *dst, bool *active)
{
	domain_stat_add(lb->sd, pass[lb->idle].failed, 1);
	if (lb->idle != CPU_NEWLY_IDLE)
		lb->sd->nr_balance_failed++;
	if (!balance_needs_active(lb))
		return PASS_DONE;
	if (!cpumask_test(lb->src->curr->cpus, dst->cpu))
		return PASS_ONE_PINNED;
	lb->flags &= ~(u32)LB_ALL_PINNED;
	*active = balance_start_active(lb, dst->cpu);
	lb->why = RULE_BALANCE_ACTIVE;
	return PASS_DONE;
}

/* All of src's tasks are pinned: leave it out. True: other sources are left. */
static bool leave_out_src(struct balance *lb)
{
	cpumask_clear(lb->cpus, lb->src->cpu);
	lb->loop = 0;
	lb->loop_break = balance_break(lb->sched);
	return !cpumask_subset(lb->cpus, lb->sd->groups->sgc->balance_mask);
}

static enum pass_result pass_from(struct balance *lb, struct rq *dst, u32 *moved)
{
	struct sched_domain *sd = lb->sd;
	bool active = false;

	*moved = 0;
	lb->flags |= LB_ALL_PINNED;
	if (lb->src->nr_running > 1) {
		*moved = move_tasks(lb);
		if (sd->parent && lb->flags & LB_SOME_PINNED && lb->imbalance > 0)
			sd->parent->groups->sgc->imbalance = 1;
		if (lb->flags & LB_ALL_PINNED)
			return PASS_ALL_PINNED;
	}
	if (*moved) {
		sd->nr_balance_failed = 0;
	} else {
		enum pass_result result = pass_failed(lb, dst, &active);

		if (result != PASS_DONE)
			return result;
	}
	if (!active || balance_needs_active(lb))
		sd->balance_interval = sd->min_interval;
	return PASS_DONE;
}

/* Balanced, or nothing could be done about it: the next pass may come later. */
static void back_off(struct balance *lb, enum pass_result result)
{
	struct sched_domain *sd = lb->sd;

	if (result == PASS_BALANCED && sd->parent && !(lb->flags & LB_ALL_PINNED))
		sd->parent->groups->sgc->imbalance = 0;
	if (result != PASS_ONE_PINNED) {
		domain_stat_add(sd, pass[lb->idle].balanced, 1);
		sd->nr_balance_failed = 0;
	}
	if (lb->idle == CPU_NEWLY_IDLE)
		return;
	if ((lb->flags & LB_ALL_PINNED && sd->balance_interval < MAX_PINNED_INTERVAL) ||
	    sd->balance_interval < sd->max_interval)
		sd->balance_interval *= 2;
}

/* The pass takes time on the cpu that makes it. */
static void charge(const struct sched *sched)
{
	struct machine *machine = sched->machine;

	cpu_steal(machine, &machine->cpus[machine->acting], sched->platform->costs.balance_domain);
}

static enum pass_result try_pass(struct balance *lb, struct rq *dst, bool *go_on, u32 *moved)
{
	bool my_turn = false;

	for (;;) {
		const struct sched_group *group;
		enum pass_result result;

		if (!should_we_balance(lb)) {
			lb->why = RULE_BALANCE_NOT_ITS_TURN;
			*go_on = false;
			return PASS_BALANCED;
		}
		if (!my_turn && sched_feature(lb->sched, FEATURE_LB_SERIALIZE_NEWIDLE)) {
			lb->why = RULE_BALANCE_SERIALIZED;
			if (!take_turn(lb->sched, lb->sd))
				return PASS_BALANCED;
			my_turn = true;
		}
		charge(lb->sched);
		group = balance_find_group(lb);
		if (!group) {
			domain_stat_add(lb->sd, pass[lb->idle].nobusyg, 1);
			return PASS_BALANCED;
		}
		lb->src = balance_find_rq(lb, group);
		lb->why = RULE_BALANCE_NO_QUEUE;
		if (!lb->src) {
			domain_stat_add(lb->sd, pass[lb->idle].nobusyq, 1);
			return PASS_BALANCED;
		}
		domain_stat_add(lb->sd, pass[lb->idle].imbalance[lb->migration_type],
				lb->imbalance);
		lb->told.from = (u16)lb->src->cpu;
		lb->told.imbalance = lb->imbalance;
		lb->why = RULE_BALANCE_NOTHING_FIT;
		result = pass_from(lb, dst, moved);
		if (result != PASS_ALL_PINNED || !leave_out_src(lb))
			return result;
	}
}

/* What the pass came to, for who asks. */
static void tell_pass(struct balance *lb, const struct rq *rq, enum pass_result result, u32 moved)
{
	struct decision_balance *told = &lb->told;
	enum decision_rule why = lb->why;

	told->level = domain_level_name(lb->sd->level);
	told->idle = (u8)lb->idle;
	told->migrate = (u8)lb->migration_type;
	told->failed = lb->sd->nr_balance_failed;
	told->moved = moved;
	if (moved)
		why = RULE_BALANCE_MOVED;
	else if (result == PASS_ALL_PINNED || result == PASS_ONE_PINNED)
		why = RULE_BALANCE_PINNED;
	decide_balance(rq, why, moved ? lb->came : TASK_ID_NONE, told);
}

u32 balance_pass(struct rq *rq, struct sched_domain *sd, enum cpu_idle_type idle, bool *go_on)
{
	struct sched *sched = rq->sched;
	enum pass_result result;
	u32 moved = 0;
	struct balance lb = {
		.sched = sched,
		.sd = sd,
		.dst = rq,
		.idle = idle,
		.smt_rules = sched_feature(sched, FEATURE_LB_SMT_BALANCE),
		.loop_break = balance_break(sched),
		.cpus = fair_balance_of(sched)->scratch,
		.told = {.from = CPU_NONE},
	};

	domain_stat_add(sd, pass[idle].count, 1);
	list_init(&lb.detached);
	cpumask_and(lb.cpus, sd->span, sched->rd.active);
	result = try_pass(&lb, rq, go_on, &moved);
	if (decisions_wanted(sched))
		tell_pass(&lb, rq, result, moved);
	if (result == PASS_DONE)
		return moved;
	back_off(&lb, result);
	return 0;
}

/* ---- Blocked load ---- */

void balance_update_blocked(struct rq *rq)
{
	fair_balance_of(rq->sched)->blocked_update[rq->cpu] = machine_jiffies(rq->sched->machine);
	fair_update_blocked(rq);
}

/* ---- Periodic: rebalance_domains() ---- */

bool balance_decay_cost(const struct sched *sched, struct sched_domain *sd, u64 jiffies)
{
	if (jiffies <= sd->last_decay_max_lb_cost + hz(sched))
		return false;
	sd->max_newidle_lb_cost = sd->max_newidle_lb_cost * 253 / 256;
	sd->last_decay_max_lb_cost = jiffies;
	return true;
}

static bool is_busy(const struct rq *rq, enum cpu_idle_type idle)
{
	return idle != CPU_IDLE && !rq_is_sched_idle(rq);
}

/* One level, if its time has come and no other pass over a serialized domain is under way. */
static void balance_level(struct rq *rq, struct sched_domain *sd, enum cpu_idle_type *idle,
			  bool *go_on)
{
	struct sched *sched = rq->sched;
	u64 jiffies = machine_jiffies(sched->machine);

	if (jiffies < balance_next(sched, sd, is_busy(rq, *idle)))
		return;
	if (!sched_feature(sched, FEATURE_LB_SERIALIZE_NEWIDLE) && !take_turn(sched, sd))
		return;
	/* If tasks moved they may have gone to another cpu of the group. */
	if (balance_pass(rq, sd, *idle, go_on))
		*idle = rq_is_idle(rq) ? CPU_IDLE : CPU_BUSY;
	sd->last_balance = jiffies;
}

void balance_domains(struct rq *rq, enum cpu_idle_type idle)
{
	struct sched *sched = rq->sched;
	u64 jiffies = machine_jiffies(sched->machine), max_cost = 0;
	u64 latest = jiffies + LATEST_NEXT_BALANCE_S * hz(sched), next_balance = latest;
	bool go_on = true, decayed = false;

	for (struct sched_domain *sd = rq->domain; sd; sd = sd->parent) {
		decayed = balance_decay_cost(sched, sd, jiffies);
		max_cost += sd->max_newidle_lb_cost;
		if (!go_on) {
			if (decayed)
				continue;
			break;
		}
		balance_level(rq, sd, &idle, &go_on);
		next_balance = min_of(next_balance, balance_next(sched, sd, is_busy(rq, idle)));
	}
	if (decayed)
		rq->max_idle_balance_cost =
			max_of(sched->kernel->knobs.migration_cost_ns, max_cost);
	if (next_balance != latest)
		rq->next_balance = next_balance;
}

/* ---- Setting up ---- */

/*
 * update_max_interval() counts the cpus online as each one starts, before it is online itself: the
 * last one to come counts the others.
 */
static u32 most_online_before(const struct sched *sched)
{
	return sched->nr_cpus > 1 ? sched->nr_cpus - 1 : 1;
}

void fair_balance_init(struct sched *sched)
{
	struct fair_balance *all = arena_new(sched->arena, struct fair_balance);
	u64 jiffies = machine_jiffies(sched->machine);

	all->active_work = arena_array(sched->arena, struct stop_work, sched->nr_cpus);
	all->blocked_update = arena_array(sched->arena, u64, sched->nr_cpus);
	all->scratch = cpumask_new(sched->arena, sched->nr_cpus);
	all->choice = cpumask_new(sched->arena, sched->nr_cpus);
	all->nohz_idle = cpumask_new(sched->arena, sched->nr_cpus);
	all->max_interval = max_of(hz(sched) * most_online_before(sched) / 10, (u64)1);
	all->next_balance = jiffies;
	all->next_blocked = jiffies;
	fair_softirq_init(sched, all);
	sched->fair_data = all;
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		sched->rqs[cpu].next_balance = jiffies;
}
