/* SPDX-License-Identifier: MIT */
/*
 * RT throttling: what the RT tasks of a cpu may take of each period (sched_rt_runtime_us of
 * sched_rt_period_us). Kernel: kernel/sched/rt.c; reference: core-rt-dl-ext.md 2.5, 2.6.
 *
 * Only where the kernel has RT_THROTTLING: 6.1, and later ones that are built with RT groups, whose
 * root group keeps the limit. A throttled cpu runs no RT task, even if it has nothing else to do.
 */
#ifndef OSSIM_CLASSES_RT_BANDWIDTH_H
#define OSSIM_CLASSES_RT_BANDWIDTH_H

#include "sched/sched.h"

struct rt_group;

void rt_bandwidth_init(struct sched *sched);
/* The class's limit_fits and take_limit. */
bool rt_bandwidth_limit_fits(const struct sched *sched);
void rt_bandwidth_take_limit(struct sched *sched);
/* That of a group; @id: of its timer. */
void rt_bandwidth_make(struct sched *sched, struct rt_group *group, u64 runtime, u64 period,
		       u32 id);
/* An RT task was queued: the period timer runs from now on, if it does not yet. */
void rt_bandwidth_start(struct sched *sched, struct rt_bandwidth *bandwidth);
/*
 * The running RT task @curr of @rq has taken @delta ns; may throttle the cpu, or groups that it is
 * in.
 */
void rt_bandwidth_charge(struct rq *rq, const struct task *curr, u64 delta);
/*
 * A deadline task of @rq has taken @delta ns: it counts as RT time while the period timer runs or
 * there is RT runtime left (sched_rt_bandwidth_account).
 */
void rt_bandwidth_charge_deadline(struct rq *rq, u64 delta);
/*
 * The number of queued RT tasks, of boosted ones, or the throttling of @rq has changed: what the
 * rest of the scheduler sees of them follows (enqueue_top_rt_rq and dequeue_top_rt_rq).
 */
void rt_count_visible(struct rq *rq);
/*
 * The cpu comes or goes: it starts with fresh runtime; leaving, it has none and is not throttled.
 */
void rt_bandwidth_online(struct rq *rq);
void rt_bandwidth_offline(struct rq *rq);

#endif
