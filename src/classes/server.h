/* SPDX-License-Identifier: MIT */
/*
 * Deadline servers: a reservation for the tasks of a lower class, so that those above cannot starve
 * them. The fair server of each cpu is one (6.12 on); others differ in whom they pick.
 * Kernel: kernel/sched/deadline.c, struct rq.fair_server. Reference: core-rt-dl-ext.md 3.8.
 *
 * A server is deferred: it lets its class run in the background and comes into force only when the
 * rest of its budget would no longer fit before its deadline, at its zero-laxity time.
 *
 *	A  not active
 *	B  active, throttled, armed: waits for zero laxity
 *	D  active, in the timeline: its class runs with the deadline class's precedence
 *	E  active, throttled: budget used up, waits for the next period
 */
#ifndef OSSIM_CLASSES_SERVER_H
#define OSSIM_CLASSES_SERVER_H

#include "sched/sched.h"

/* Reserves each cpu's fair server, if the kernel has them. With a runtime of 0 it does nothing. */
void server_init(struct sched *sched);
/* The budget has come to its end: B, E -> B; D -> E. */
void server_used_up(struct rq *rq, struct dl_entity *server);
/* Its class has a runnable task again. A -> B, or D if it left D in the present period. */
void server_activate(struct rq *rq, struct dl_entity *server);
static inline void server_start(struct rq *rq, struct dl_entity *server)
{
	if (!server->active)
		server_activate(rq, server);
}

/*
 * sched_fair_server_write(), of all cpus: they are stopped, admitted anew (or else stay as they
 * were), and begin a new period if their class has tasks.
 */
void server_write(struct sched *sched, u64 runtime, u64 period);
/* It was picked, and its class has nobody. D -> A. */
void server_stop(struct rq *rq, struct dl_entity *server);
/*
 * @idle has run since it was charged last: time that the class could have had. No more than that.
 */
static inline void server_charge_idle(struct rq *rq, struct dl_entity *server, struct task *idle)
{
	s64 delta = (s64)(rq->clock_task - idle->fair.exec_start);

	if (!server->defer || server->runtime < 0 || delta < 0)
		return;
	idle->fair.exec_start = rq->clock_task;
	server->runtime -= delta;
	if (server->runtime < 0) {
		server->defer_running = false;
		server->runtime = 0;
	}
}

/* Can it be charged for so much without coming to the end of its budget? */
static inline bool server_can_pay(const struct dl_entity *server, u64 delta)
{
	return server->runtime > (s64)delta;
}

/* @delta ns of execution of its class on an active server's cpu, whatever let it run. */
static inline void server_charge(struct rq *rq, struct dl_entity *server, u64 delta)
{
	server->runtime -= (s64)delta;
	if (unlikely(server->runtime <= 0))
		server_used_up(rq, server);
}

/* ---- The turns of a deferred server's budget: called by deadline_budget.c ---- */

/*
 * Its budget was renewed. E -> D; from B it goes to D, or stays in B if zero laxity is still ahead.
 */
void server_replenished(struct rq *rq, struct dl_entity *server);
/* Its class had the budget in the background. B, E -> B */
void server_had_enough(struct rq *rq, struct dl_entity *server);
/* The budget ended in D, but the next period has begun already. */
void server_is_late(struct rq *rq, struct dl_entity *server);
/* Is its budget cut at a start, as that of a constrained task, rather than renewed? */
bool server_is_cut(const struct dl_entity *server);

#endif
