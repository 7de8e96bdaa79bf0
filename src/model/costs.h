/* SPDX-License-Identifier: MIT */
/*
 * What things cost, in ns: one list. Presets: `zero` for theory, `x86-64` for a modern server
 * (sources: reference notes in docs/costs.md). Every figure can be set in the file, machine.costs.NAME.
 *
 * X(field, x86-64 default, "help")
 */
#ifndef OSSIM_MODEL_COSTS_H
#define OSSIM_MODEL_COSTS_H

#include "base/types.h"

#define COSTS(X)                                                                                   \
	X(switch_same_mm, 600, "context switch within one address space, charged to the next task") \
	X(switch_other_mm, 700, "context switch to another address space")                        \
	X(block, 100, "from the end of user work into the sleeping call, up to the switch")        \
	X(schedule, 0, "the part of a block or of a preemption from the last charge to the switch") \
	X(wakeup, 400, "try_to_wake_up in the waker: system call or interrupt")                   \
	X(wakeup_charge, 0, "the part of a wakeup up to which the cpu's running task is charged")  \
	X(wakeup_check, 0, "more of it when a fair task is weighed against the one that runs")      \
	X(wakeup_remote, 500, "more of it when the target is another cpu")                         \
	X(ipi, 1000, "delivery of an interrupt to another cpu")                                    \
	X(ipi_handler, 300, "the interrupted cpu's time in it")                                    \
	X(idle_exit, 2000, "from an interrupt that wakes an idle cpu to its scheduler")            \
	X(irq_entry, 200, "from an interrupt's due time to its handler")                          \
	X(tick, 1300, "the tick's handler: accounting happens at its start, the switch at its end") \
	X(timer, 800, "an hrtimer's handler, without the wakeup it makes")                         \
	X(balance_domain, 700, "one load-balancing pass over a domain")                            \
	X(migrate_core, 500, "cold cache: another cpu sharing the core's caches")                  \
	X(migrate_llc, 3000, "cold cache: another core below the same last-level cache")           \
	X(migrate_node, 15000, "cold cache: another last-level cache of the node")                 \
	X(migrate_remote, 40000, "cold cache: another node")                                       \
	X(syscall, 100, "entry and exit of any other system call")                                 \
	X(syscall_exit, 0, "more of it on the way back to user mode, if no switch comes between")  \
	X(fork, 25000, "fork or clone of a process, in the parent")                                \
	X(vfork, 5000, "vfork, in the parent before it sleeps: no memory is copied")               \
	X(fork_thread, 3500, "clone of a thread, in the parent")                                   \
	X(exec, 250000, "exec, to the first instruction of the new program")                       \
	X(io_submit, 1500, "giving a request to a device, in the submitter")                     \
	X(io_complete, 3500, "interrupt and softirq that end a request, without the wakeup")       \
	X(exit, 20000, "exit, before the parent is told")                                          \
	X(signal, 1200, "entering a signal handler and coming back from it")                         \
	X(reap, 10000, "wait that reaps a child")

struct costs {
#define X(field, ...) u64 field;
	COSTS(X)
#undef X
};

enum cost_id {
#define X(field, ...) COST_ID_##field,
	COSTS(X)
#undef X
	NR_COSTS
};

struct cost_info {
	const char *name;
	u64 x86_64;
	const char *help;
};

extern const struct cost_info cost_infos[NR_COSTS];

static inline u64 *cost_at(struct costs *costs, enum cost_id id)
{
	return (u64 *)costs + id;
}

extern const char *const cost_names[NR_COSTS];
extern const char *const cost_preset_names[2];

/* False if there is no preset of that name. */
bool costs_preset(const char *name, struct costs *out);
int cost_find(const char *name); /* -1 if there is none */

#endif
