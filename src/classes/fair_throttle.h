/* SPDX-License-Identifier: MIT */
/*
 * How a group's tasks leave a cpu when its quota is used up, and how they come back.
 */
#ifndef OSSIM_CLASSES_FAIR_THROTTLE_H
#define OSSIM_CLASSES_FAIR_THROTTLE_H

#include "classes/fair_bandwidth.h"

/* throttle_cfs_rq(), without the last try. */
void fair_throttle(struct group_cpu *gc);
/* unthrottle_cfs_rq(). */
void fair_unthrottle_queue(struct group_cpu *gc);
/* Somebody has to wait because it is throttled: that time counts from now on. */
void fair_throttled_time_begins(struct group_cpu *gc);

#endif
