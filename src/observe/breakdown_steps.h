/* SPDX-License-Identifier: MIT */
/* What breakdown.c notes and breakdown_pieces.c cuts at. Private to those two. */
#ifndef OSSIM_OBSERVE_BREAKDOWN_STEPS_H
#define OSSIM_OBSERVE_BREAKDOWN_STEPS_H

#include "observe/breakdown.h"

/* In the order in which they count at one instant. */
enum step_kind {
	STEP_OWN,
	STEP_REGROUP,
	STEP_THROTTLE,
	STEP_UNTHROTTLE,
	STEP_ARRIVES,
	STEP_DECISION
};

/* A group that was queued where another entity of its level was chosen. */
struct group_rival {
	struct candidate group, chosen;
	u64 virtual_time;
	u8 rule;
};

/* How a cpu stands: who runs and why, is a reschedule due. */
struct cpu_state {
	u32 curr;
	bool picked; /* within the delay: pick is known */
	bool due, lazy, remote, in_tick;
	u8 due_rule;
	u8 throttle_rule; /* of those rt tasks that wait there; NONE: they are not */
	u64 irq_ns;       /* of the cpu so far */
	struct piece_pick pick;
};

/* From now on the task is on that cpu or in that group, or that cpu or group stands so. */
struct wait_step {
	u64 when;
	u8 kind; /* enum step_kind */
	u16 cpu;
	u32 serial;
	/* that the task goes to, or that is throttled; OWN: the rule, or NONE */
	u32 group;
	struct cpu_state state; /* of a decision */
};

/* A group that is throttled on a cpu. */
struct wait_throttled {
	u32 group;
	u16 cpu;
};

struct wait_cpu {
	struct cpu_state before, now; /* as the delay began; at the last decision */
	u64 idle_from;
	u64 idle_ns; /* within the delay */
	u8 balance_rule;
	u64 balance_when;
};

/* The part of from..to that lies within the delay, ns. */
u64 breakdown_overlap(const struct breakdown *wait, u64 from, u64 to);

#endif
