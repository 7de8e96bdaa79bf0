/* SPDX-License-Identifier: MIT */
/* Network devices, as the softirq that polls them and those who look at them see them. */
#ifndef OSSIM_PROC_NETDEV_H
#define OSSIM_PROC_NETDEV_H

#include "proc/bh.h"

/*
 * As /proc/net/dev has them, and some more. Packets: received are all that were polled, of which
 * some were dropped for want of room in the reader's queue; missed are those that found none in the
 * ring.
 */
struct netdev_counts {
	u64 received, missed, dropped;
	u64 sent, interrupts, polls;
};

/* The interrupt's handler, for a thread. */
extern const struct bh_job netdev_job;

void netdevs_init(struct proc_world *world);
struct netdev_counts netdev_counts(const struct proc_world *world, u32 index);

/*
 * A poll of the device that is in a list of polled ones by @polled: what it takes; and its end, on
 * @cpu, which returns how many packets there were. The device may have left the list then.
 */
u64 netdev_poll_begins(struct list *polled);
u32 netdev_poll_ends(struct list *polled, u32 cpu);

#endif
