/* SPDX-License-Identifier: MIT */
/*
 * Cpus that take turns: a machine whose cpus are all executed by one thread of an emulator.
 *
 * An emulator that counts instructions (QEMU with -icount and several cpus) executes one cpu at a
 * time. Virtual time goes on meanwhile, so to the kernel the other cpus stand still: their
 * interrupts wait until it is their turn. A turn ends
 *
 *  - when any timer of the machine is due: the turn timer (`per_second` times a second), the timer
 *    interrupt of any cpu (those that are due at the same nanosecond end one turn together), or the
 *    emulator's own (100 ms after the last moment at which all cpus were halted, and every 100 ms
 *    from then on);
 *  - when the cpu halts, or spins for a lock (it says so by an instruction, which ends its turn);
 *  - when it programs its timer for earlier than anything else that is due.
 *
 * Who is next follows from one flag per cpu ("leave at once"), set for all when a timer is due or
 * programmed like that, and cleared when a cpu leaves because of it. Cpus are entered in order; one
 * whose flag is set makes the thread look at what is due first and is then executed; one that is
 * entered although something is due already leaves without having executed. Therefore
 *
 *  - two busy cpus alternate from one due timer to the next, but
 *  - once the second has ended its own turn early (it halted, or programmed a near timer), the
 *    first keeps the thread, through all timers, until it ends a turn early itself.
 *
 * Where turns are `shared` (QEMU 8.1 and later) the thread shares out the time until the next timer
 * is due whenever it looks at timers: a cpu that has used up its share ends its turn, and nobody
 * keeps the thread.
 *
 * tests/fidelity has the recordings in which all this can be seen.
 */
#ifndef OSSIM_MACHINE_TURNS_H
#define OSSIM_MACHINE_TURNS_H

#include "base/arena.h"
#include "base/types.h"

struct machine;
struct cpu;

struct turns {
	u32 cur; /* who is executed; CPU_NOBODY: all cpus are halted */
	/* where the walk over the cpus goes on; the number of cpus: from the first */
	u32 pos;
	u64 next;  /* the turn timer */
	u64 nr;    /* how often it was due */
	u64 kick;  /* the emulator's own; NEVER: all cpus are halted */
	u64 share; /* of the time until a timer is due, what each cpu has */
	u64 until; /* when the share of cur is used up; NEVER: time is not shared out */
	struct turn {
		u64 stopped; /* since when the cpu stands still; of cur: unused */
		/* what its timer is programmed for; NEVER: it was due, or nothing is */
		u64 armed;
		u64 holds_until; /* it holds that cpu's runqueue, by its own time: of a wakeup */
		u32 holds;
		/*
		 * when a timer that it programmed for a time in the past is due; NEVER: there is
		 * none
		 */
		u64 past;
		bool leave; /* leave at once */
		/* it programmed its timer in an interrupt, and has not halted yet */
		bool unfinished;
		/* since it stands still; whoever ends that says when its work goes on */
		bool spun;
	} * cpu;
};

enum { CPU_NOBODY = UINT32_MAX };

struct turns *turns_new(struct arena *arena, struct machine *machine);
/* machine_step() for a machine with turns. */
bool turns_step(struct machine *machine, u64 horizon);
/*
 * The cpu that acts locks @cpu's runqueue for @ns. If its turn ends before, @cpu spins as soon as
 * it has anything to do in the kernel.
 */
void turns_hold(struct machine *machine, u32 cpu, u64 ns);
/*
 * The cpu that acts programs its timer for a time that has passed, and takes the interrupt at once.
 * The timer is due in @ns nonetheless, nearer than all else: its turn ends.
 */
void turns_program_past(struct machine *machine, u64 ns);

#endif
