/* SPDX-License-Identifier: MIT */
/*
 * Which state a cpu idles in: a governor's choice, if the machine has several.
 *
 * It expects to idle until the cpu's next timer, or for as long as lately, if that has been much
 * the same; and takes the deepest state that pays in that time, and that who waits for I/O can
 * bear. If it expects less than a tick, or could sleep more deeply if it were more, the tick goes
 * on, which bounds what may go wrong. Kernel: drivers/cpuidle/governors/menu.c, without its
 * correction factors; reference: core-rt-dl-ext.md 1.14.
 */
#ifndef OSSIM_SCHED_GOVERNOR_H
#define OSSIM_SCHED_GOVERNOR_H

#include "model/idle_states.h"
#include "sched/sched.h"

enum { GOVERNOR_INTERVALS = 8 };

/* Of a cpu. */
struct governor {
	u32 interval_us[GOVERNOR_INTERVALS]; /* how long it idled, a ring */
	u32 next;
	bool idles;
	bool until_timer;   /* it expects to idle until a timer that is more than a tick away */
	u8 state;           /* in which it idles, or did last */
	u64 since, exit_ns; /* machine time; what leaving costs, 0 if it does not idle */
	u64 usage[IDLE_STATES_MAX], time_ns[IDLE_STATES_MAX];
};

/* sched->governors, if the machine has idle states. Of the others nothing is called else. */
void governors_init(struct sched *sched);
/* The cpu begins to idle, or, @ticked, goes on after a tick. True: the tick is to go on. */
bool governor_select(struct rq *rq, bool ticked);
/* It idles no more. */
void governor_reflect(struct rq *rq);

#endif
