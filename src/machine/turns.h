/* SPDX-License-Identifier: MIT */
/*
 * Cpus that take turns: a machine whose cpus are all executed by one thread of an emulator.
 *
 * An emulator that counts instructions (QEMU with -icount and several cpus) executes one cpu at a
 * time. Virtual time goes on meanwhile, so to the kernel the other cpus stand still: their interrupts
 * wait until it is their turn. A turn ends
 *
 *  - when any timer of the machine is due: the turn timer (`per_second` times a second) or the timer
 *    interrupt of any cpu (those that are due at the same nanosecond end one turn together);
 *  - when the cpu halts;
 *  - when it programs its timer for earlier than anything else that is due.
 *
 * Who is next follows from one flag per cpu ("leave at once"), set for all when a timer is due or
 * programmed like that, and cleared when a cpu leaves because of it. Cpus are entered in order; one
 * whose flag is set makes the thread look at what is due first and is then executed; one that is
 * entered although something is due already leaves without having executed. Therefore
 *
 *  - two busy cpus alternate from one due timer to the next, but
 *  - once the second has ended its own turn early (it halted, or programmed a near timer), the first
 *    keeps the thread, through all timers, until it ends a turn early itself.
 *
 * tests/fidelity has the recordings in which both can be seen.
 */
#ifndef OSSIM_MACHINE_TURNS_H
#define OSSIM_MACHINE_TURNS_H

#include "base/arena.h"
#include "base/types.h"

struct machine;
struct cpu;

struct turns {
	u32 cur;          /* who is executed; CPU_NOBODY: all cpus are halted */
	u32 pos;          /* where the walk over the cpus goes on; the number of cpus: from the first */
	u64 next;         /* the turn timer */
	u64 nr;           /* how often it was due */
	struct turn {
		u64 stopped; /* since when the cpu stands still; of cur: unused */
		u64 armed;   /* what its timer is programmed for; NEVER: it was due, or nothing is */
		bool leave;  /* leave at once */
	} *cpu;
};

enum { CPU_NOBODY = UINT32_MAX };

struct turns *turns_new(struct arena *arena, struct machine *machine);
/* machine_step() for a machine with turns. */
bool turns_step(struct machine *machine, u64 horizon);

#endif
