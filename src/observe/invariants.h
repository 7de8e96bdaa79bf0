/* SPDX-License-Identifier: MIT */
/*
 * What must hold in any trace of a simulation, checked record by record:
 *
 *	time never runs backwards
 *	a switch takes the cpu from the task that has it
 *	a task is on one cpu at a time, and is runnable when it gets it
 *	a dead task is never woken, moved or run again; a task is seen only after its introduction
 *	a task leaves runnable only by a switch out: a wakeup finds it asleep or already awake, and
 *	a new one is woken once
 *	a move begins where the task is, and a running task does not move
 *	the parent is told that a process has stopped when all its threads have
 *	the cpu that a wakeup names exists, and so does every cpu and task of a record
 *
 * The first violation is kept as text: time, cpu, task, rule. Nothing is checked after it.
 */
#ifndef OSSIM_OBSERVE_INVARIANTS_H
#define OSSIM_OBSERVE_INVARIANTS_H

#include "base/names.h"
#include "trace/stream.h"

struct invariants;

struct invariants *invariants_new(u32 nr_cpus, const struct names *names);
void invariants_free(struct invariants *invariants);
struct sink invariants_sink(struct invariants *invariants);
/* NULL: none so far. */
const char *invariants_violation(const struct invariants *invariants);

#endif
