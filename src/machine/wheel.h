/* SPDX-License-Identifier: MIT */
/*
 * The timer wheel: when timeouts of the kernel, which are told in ticks, are over.
 *
 * It has levels of 64 slots. Those of the first are a tick apart, those of each further level eight
 * times as far. A timeout is in the first level that reaches so far, and is over at the first slot
 * behind its end: at most an eighth later. Which slot that is hangs on the number of ticks since
 * the boot. (Timeouts beyond the last level, of 12 days and more, are not cut short as the kernel's
 * are; and on kernels from 6.9 on an idle cpu's timers may be served by another cpu, which is not
 * modelled.) Kernel: kernel/time/timer.c, calc_wheel_index(), round_jiffies_relative().
 */
#ifndef OSSIM_MACHINE_WHEEL_H
#define OSSIM_MACHINE_WHEEL_H

#include "base/types.h"

struct machine;

/*
 * The slot at whose tick a timeout of @ticks is over that begins when @jiffies have been counted.
 */
u64 wheel_slot(u64 jiffies, u64 ticks);
/* When that is, on @cpu, of one that begins now. */
u64 wheel_end(struct machine *machine, u32 cpu, u64 ticks);
/* As many ticks from now on, or some less or more, as lead to a whole second. */
u64 wheel_rounded(struct machine *machine, u64 ticks);

#endif
