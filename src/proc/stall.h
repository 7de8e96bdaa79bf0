/* SPDX-License-Identifier: MIT */
/* A machine on which no time passes any more: who acts there. */
#ifndef OSSIM_PROC_STALL_H
#define OSSIM_PROC_STALL_H

#include "proc/proc.h"

/*
 * At ends of segments beyond so many events at one instant: looks for a while who has cpus, then
 * ends the run and tells of them. False: it still looks on.
 */
enum { STALL_EVENTS = 8 * 1000 * 1000 };
bool stall_look(struct proc_world *world);

#endif
