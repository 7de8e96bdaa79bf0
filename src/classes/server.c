/* SPDX-License-Identifier: MIT */
/* Servers: when they wait, when they are in force, and the fair server of each cpu. */
#include "classes/server.h"

#include "classes/classes.h"
#include "classes/deadline.h"
#include "sched/decide.h"

/* A zero-laxity timer is not moved for less: dl_server_min_res. */
#define LEAST_DELAY_NS MSEC

/* ---- Zero laxity ---- */

/* dl_server_timer(): B -> D, or later if the class has had some of its budget; E -> D. */
static void server_timer(struct machine *machine, struct timer *timer)
{
	struct dl_entity *server = container_of(timer, struct dl_entity, replenish);
	struct rq *rq = server->rq;
	u64 zero_laxity;

	dl_enter_timer(server->sched, timer);
	if (!server->throttled || !server->dl_runtime)
		return;
	rq_update_clock(rq);
	zero_laxity = server->deadline - (u64)server->runtime;
	if (server->armed && vtime_before(rq->clock, zero_laxity - LEAST_DELAY_NS)) {
		machine_timer_arm(machine, timer, timer->cpu,
				  zero_laxity - RQ_CLOCK_BASE +
					  server->sched->platform->costs.irq_entry);
		return;
	}
	if (server->armed)
		server->defer_running = true;
	dl_enqueue(rq, server, ENQUEUE_REPLENISH);
	dl_check_preempt(rq, server);
	if (rb_first(&rq->dl.pushable))
		dl_push_one(rq);
}

void server_replenished(struct rq *rq, struct dl_entity *server)
{
	if (server->armed) {
		server->armed = false;
		return;
	}
	if (server->defer_running ||
	    !vtime_before(rq->clock, server->deadline - (u64)server->runtime))
		return;
	server->armed = server->throttled = true;
	if (dl_arm(rq, server))
		return;
	machine_timer_cancel(rq->sched->machine, &server->replenish);
	server->armed = server->throttled = false;
}

void server_had_enough(struct rq *rq, struct dl_entity *server)
{
	server->defer_running = false;
	machine_timer_cancel(rq->sched->machine, &server->replenish);
	dl_new_period(rq, server);
	ensure(dl_arm(rq, server));
}

void server_is_late(struct rq *rq, struct dl_entity *server)
{
	if (!sched_feature(rq->sched, FEATURE_DL_SERVER_LATE_NEW_PERIOD)) {
		dl_enqueue(rq, server, ENQUEUE_REPLENISH);
		return;
	}
	dl_new_period(rq, server);
	ensure(dl_arm(rq, server));
}

bool server_is_cut(const struct dl_entity *server)
{
	return server->defer_running || sched_feature(server->sched, FEATURE_DL_SERVER_ALWAYS_CUT);
}

/* ---- Start, stop ---- */

static void set_active(struct rq *rq, struct dl_entity *server, bool active)
{
	server->active = active;
	if (server == &rq->fair_server)
		rq->fair_server_active = active;
}

void server_activate(struct rq *rq, struct dl_entity *server)
{
	if (!server->dl_runtime || !rq->online)
		return;
	set_active(rq, server, true);
	dl_enqueue(rq, server, ENQUEUE_WAKEUP);
	if (!task_is_dl(rq->curr) || dl_precedes(server, rq->curr->dl)) {
		decide_resched_rule(rq, RULE_RESCHED_SERVER);
		sched_resched_curr(rq);
	}
}

void server_stop(struct rq *rq, struct dl_entity *server)
{
	dl_dequeue(rq, server, DEQUEUE_SLEEP);
	machine_timer_cancel(rq->sched->machine, &server->replenish);
	server->armed = server->throttled = false;
	set_active(rq, server, false);
}

/* ---- The fair server ---- */

static struct task *pick_fair(struct rq *rq)
{
	return fair_class.pick(rq);
}

/*
 * A server that starts with the first fair task of a cpu that comes up is admitted when few cpus
 * are active, and once more as the cpus, one by one, join the root domain that stays; what
 * reclaiming takes for unused has lost its bandwidth both times. Only what is admitted counts once.
 */
static void count_boot(struct sched *sched, u64 bw)
{
	/*
	 * The shares of a server admitted when so many cpus and more were active; and had joined.
	 */
	u64 active = sched->nr_cpus == 1 ? bw : 0, joined = 0;

	for (u32 cpu = sched->nr_cpus; cpu-- > 0;) {
		active += cpu ? bw / cpu : 0;
		joined += bw / (cpu + 1);
		/* All of it is given back that dl_domain_add() has counted. */
		sched->rqs[cpu].dl.extra_bw += bw - active - joined;
	}
}

void server_init(struct sched *sched)
{
	const struct knobs *knobs = &sched->kernel->knobs;

	if (!sched_feature(sched, FEATURE_FAIR_SERVER))
		return;
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct rq *rq = sched_rq(sched, cpu);
		struct dl_entity *server = &rq->fair_server;

		*server = (struct dl_entity){
			.pick = pick_fair,
			.defer = true,
			.sched = sched,
			.pi = server,
			.dl_runtime = knobs->fair_server_runtime_ns,
			.dl_deadline = knobs->fair_server_period_ns,
			.dl_period = knobs->fair_server_period_ns,
			.bw = dl_ratio(knobs->fair_server_period_ns, knobs->fair_server_runtime_ns),
		};
		server->density = server->bw;
		timer_init(&server->replenish, server_timer, TIMER_RANK_SERVER, cpu);
		timer_init(&server->inactive, dl_inactive_timer, TIMER_RANK_SERVER_LAG, cpu);
		dl_add_this_bw(rq, server);
	}
	dl_domain_add(sched, sched->rqs[0].fair_server.bw, sched->nr_cpus);
	if (sched_feature(sched, FEATURE_DL_SERVERS_BEFORE_CPUS))
		count_boot(sched, sched->rqs[0].fair_server.bw);
}

/* dl_server_apply_params(): admitted anew; what it had of its budget is gone. */
static void set_params(struct rq *rq, struct dl_entity *server, u64 runtime, u64 period)
{
	server->dl_runtime = runtime;
	server->dl_deadline = server->dl_period = period;
	server->runtime = 0;
	server->deadline = 0;
	dl_change_bw(rq, server, dl_ratio(period, runtime));
}

void server_write(struct sched *sched, u64 runtime, u64 period)
{
	if (!sched_feature(sched, FEATURE_FAIR_SERVER))
		return;
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct rq *rq = sched_rq(sched, cpu);
		struct dl_entity *server = &rq->fair_server;

		if (!dl_bw_fits(sched, server->bw, dl_ratio(period, runtime)))
			continue; /* EBUSY */
		rq_update_clock(rq);
		if (server->active) /* it may be, without tasks, up to its next pick */
			server_stop(rq, server);
		set_params(rq, server, runtime, period);
		if (rq->fair.h_nr_queued)
			server_activate(rq, server);
	}
}
