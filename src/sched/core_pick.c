/* SPDX-License-Identifier: MIT */
/*
 * One pick for all threads of a core: the strongest of what each would run says the cookie, and a
 * thread that has nobody with it idles, though tasks may wait there. Kernel: pick_next_task() and
 * below in kernel/sched/core.c.
 *
 * The thread that picks does so for the others, and asks them to schedule; what it has picked for
 * one of them holds unless a queue of the core has changed since.
 */
#include "sched/cookie.h"

#include "base/ensure.h"
#include "sched/decide.h"
#include "sched/internal.h"

/* ---- Forced to idle ---- */

/*
 * __sched_core_account_forceidle(): who runs, or is about to, is told for how long others had to
 * idle for it.
 */
static void account(struct smt_core *core, struct sched *sched)
{
	u64 now = core->leader->clock, ns = now - core->forced_since;

	if (!core->forced_since || (s64)ns <= 0)
		return;
	core->forced_since = now;
	if (core->nr_running)
		ns = ns * core->nr_forced_idle / core->nr_running;
	cpumask_for_each (cpu, core->cpus) {
		struct rq *rq = sched_rq(sched, cpu);
		struct task *task = rq->core->pick ? rq->core->pick : rq->curr;

		if (task != rq->idle)
			stream_put(sched->stream, (struct record){
							  .when = sched->machine->now,
							  .kind = RECORD_FORCED_IDLE,
							  .cpu = (u16)cpu,
							  .task = task->id,
							  .value = ns,
						  });
	}
}

/* True: somebody was. */
static bool end_forced_idle(struct smt_core *core, struct sched *sched)
{
	if (!core->nr_forced_idle)
		return false;
	rq_update_clock(core->leader);
	account(core, sched);
	core->forced_since = 0;
	core->nr_forced_idle = core->nr_running = 0;
	return true;
}

/* ---- The pick ---- */

static void note_vruntime(struct rq *rq, const struct task *task, bool forced)
{
	if (task->class_id == CLASS_FAIR)
		fair_class.core_note(task, rq->core->core->forced_idle_seq, forced);
}

/* What each thread would run by itself, this cpu's first; the strongest of them. */
static struct task *pick_strongest(struct rq *rq, bool was_forced)
{
	struct sched *sched = rq->sched;
	const struct cpumask *cpus = rq->core->core->cpus;
	struct rq *best = NULL;
	u32 cpu = rq->cpu;

	do {
		struct rq *other = sched_rq(sched, cpu);

		if (other != rq)
			rq_update_clock(other);
		other->core->pick = sched_pick_class(other, &other->core->pick_is_served);
		if (!best ||
		    sched_core_less(best->core->pick, best->core->pick_is_served, other->core->pick,
				    other->core->pick_is_served, was_forced))
			best = other;
		cpu = cpumask_next(cpus, cpu + 1);
		if (cpu >= sched->nr_cpus)
			cpu = cpumask_next(cpus, 0);
	} while (cpu != rq->cpu);
	return best->core->pick;
}

/* Who does not have the core's cookie gives way to who has it, or to nobody. */
static void choose(struct rq *rq, bool was_forced, u32 *nr_running)
{
	struct smt_core *core = rq->core->core;
	struct task *task = rq->core->pick;

	if (sched_cookie(rq->sched, task) != core->cookie) {
		task = core->cookie ? sched_core_find(rq, core->cookie, NULL) : NULL;
		rq->core->pick_is_served = false;
	}
	if (!task)
		task = rq->idle;
	rq->core->pick = task;
	if (task != rq->idle) {
		++*nr_running;
	} else if (rq->nr_running) {
		core->nr_forced_idle++;
		core->forced_idle_seq += !was_forced;
	}
}

/* The others schedule, unless they run what was picked for them. */
static void tell(struct rq *rq, struct rq *other, bool was_forced, u32 nr_running)
{
	struct smt_core *core = rq->core->core;
	struct task *task = other->core->pick;

	if (!(was_forced && core->nr_forced_idle))
		note_vruntime(other, task, core->nr_forced_idle);
	sched_core_set_occupation(other, task, nr_running);
	if (other == rq || other->curr == task)
		other->core->pick = NULL;
	else {
		decide_resched_rule(other, RULE_RESCHED_CORE);
		sched_resched_curr(other);
	}
}

static struct task *pick_for_core(struct rq *rq, bool was_forced)
{
	struct smt_core *core = rq->core->core;
	struct sched *sched = rq->sched;
	u32 nr_running = 0;
	struct task *next;

	core->cookie = sched_cookie(sched, pick_strongest(rq, was_forced));
	cpumask_for_each (cpu, core->cpus)
		choose(sched_rq(sched, cpu), was_forced, &nr_running);
	if (core->nr_forced_idle) {
		core->forced_since = core->leader->clock;
		core->nr_running = nr_running;
	}
	core->pick_seq = rq->core->sched_seq = core->task_seq;
	next = rq->core->pick;
	cpumask_for_each (cpu, core->cpus)
		tell(rq, sched_rq(sched, cpu), was_forced, nr_running);
	return next;
}

/* Whoever was picked for this cpu by another thread, if that still holds. */
static struct task *ready_pick(struct core_rq *own)
{
	struct task *next = own->pick;

	if (!next || own->core->pick_seq != own->core->task_seq ||
	    own->core->pick_seq == own->sched_seq)
		return NULL;
	own->sched_seq = own->core->pick_seq;
	own->pick = NULL;
	return next;
}

static struct task *pick(struct rq *rq, struct task *prev)
{
	struct core_rq *own = rq->core;
	struct smt_core *core = own->core;
	struct task *next = ready_pick(own);
	bool was_forced, matters = false;

	own->together = true;
	if (next)
		return next;
	sched_balance_classes(rq, prev);
	matters = core->cookie;
	core->cookie = 0;
	was_forced = end_forced_idle(core, rq->sched);
	core->task_seq++;
	if (!matters && !was_forced) {
		next = sched_pick_class(rq, &own->pick_is_served);
		if (!sched_cookie(rq->sched, next)) {
			own->pick = NULL;
			own->together = false;
			note_vruntime(rq, next, false);
			return next;
		}
	}
	return pick_for_core(rq, was_forced);
}

struct task *sched_core_pick(struct rq *rq, struct task *prev)
{
	struct smt_core *core = rq->core->core;
	struct task *next;
	bool served;

	if (!cpumask_test(rq->sched->rd.online, rq->cpu)) {
		rq->core->pick = NULL;
		rq->core->together = false;
		sched_balance_classes(rq, prev);
		return sched_pick_class(rq, &served);
	}
	next = pick(rq, prev);
	if (core->nr_forced_idle && next == rq->idle && core->cookie && rq->nr_running)
		rq->balance_callbacks |= 1u << CLASS_IDLE;
	return next;
}

/* ---- Cookies are gathered ---- */

/* try_steal_cookie() */
static bool steal(struct rq *rq, struct rq *from)
{
	struct sched *sched = rq->sched;
	u32 cookie = rq->core->core->cookie;

	if (!cookie || rq->curr != rq->idle)
		return false;
	for (struct task *task = sched_core_find(from, cookie, NULL); task;
	     task = sched_core_find(from, cookie, task)) {
		if (task == from->core->pick || task == from->curr ||
		    !sched_cpu_allowed(sched, task, rq->cpu) ||
		    sched_core_occupation(sched, task) > rq->core->idle_occupation)
			continue;
		if (sched_core_throttled(task, rq->cpu))
			continue;
		rq_update_clock(from);
		sched_deactivate(from, task, 0);
		sched_set_cpu(sched, task, rq->cpu, RECORD_MOVE_COOKIE);
		rq_update_clock(rq);
		sched_activate(rq, task, 0);
		decide_resched_rule(rq, RULE_RESCHED_CORE);
		sched_resched_curr(rq);
		rq->core->steals_from = sched->machine->now + 1;
		return true;
	}
	return false;
}

/* steal_cookie_task() */
static bool steal_from(struct rq *rq, const struct cpumask *cpus)
{
	struct sched *sched = rq->sched;

	for (u32 half = 0; half < 2; half++) {
		u32 cpu = half ? 0 : rq->cpu + 1, end = half ? rq->cpu : sched->nr_cpus;

		for (; (cpu = cpumask_next(cpus, cpu)) < end; cpu++) {
			if (rq->need_resched)
				return false;
			if (steal(rq, sched_rq(sched, cpu)))
				return true;
		}
	}
	return false;
}

/*
 * What was stolen may be pushed away at once (a real-time task for which another thread's pick has
 * no room), and then be stolen again. In the kernel that takes time; where nothing costs any, it
 * would go on for ever.
 */
void sched_core_balance(struct rq *rq)
{
	if (!rq->core || rq->sched->machine->now < rq->core->steals_from)
		return;
	for (const struct sched_domain *sd = rq->domain; sd && !rq->need_resched; sd = sd->parent)
		if (steal_from(rq, sd->span))
			return;
}
