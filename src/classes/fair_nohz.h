/* SPDX-License-Identifier: MIT */
/*
 * Balancing for cpus that sleep without a tick: a busy cpu's tick kicks one of them, and that one
 * balances for all. Reference: fair.md 6.9.
 */
#ifndef OSSIM_CLASSES_FAIR_NOHZ_H
#define OSSIM_CLASSES_FAIR_NOHZ_H

#include "classes/fair_balance.h"

/* What a kick asks for: bits of rq->nohz_kick. */
enum nohz_kick {
	NOHZ_BALANCE_KICK = 1, /* balance the domains of idle cpus that are due */
	NOHZ_STATS_KICK = 2,   /* let their averages decay */
	NOHZ_NEXT_KICK = 4,    /* find out when the next of them is due */
	NOHZ_NEWILB = 8,       /* the cpu itself shall do STATS before it sleeps */
};

/* At every tick: a busy cpu is counted as such again, and may kick an idle one. */
void fair_nohz_tick(struct rq *rq);
/* Does that do anything on a cpu with rq->domain? */
static inline bool fair_nohz_tick_has_work(const struct rq *rq)
{
	return !rq->idle_balance &&
	       (rq->nohz_tick_stopped || fair_balance_of(rq->sched)->nr_nohz_idle);
}
/* _nohz_idle_balance(): does what a kick has asked for. */
void fair_nohz_balance(struct rq *rq, u32 flags);
/* A cpu found nothing to do: shall it bring the idle cpus' averages up to date? */
void fair_nohz_newidle(struct rq *rq);

#endif
