/* SPDX-License-Identifier: MIT */
/* Timeouts by the timer wheel: see wheel.h. */
#include "machine/wheel.h"

#include "machine/machine.h"

/* LVL_SIZE, LVL_CLK_SHIFT, and the shift of the last level. */
enum { SLOTS = 64, LEVEL_SHIFT = 3, SHIFT_MAX = 24 };

u64 wheel_slot(u64 jiffies, u64 ticks)
{
	u32 shift = 0;

	while (shift < SHIFT_MAX && ticks >= (u64)(SLOTS - 1) << shift)
		shift += LEVEL_SHIFT;
	return (((jiffies + ticks) >> shift) + 1) << shift;
}

u64 wheel_end(struct machine *machine, u32 cpu, u64 ticks)
{
	u64 jiffies = machine_boot_jiffies(machine), next = machine_next_tick(machine, cpu);

	if (next < machine->grid_next) /* a skewed one, of the present period */
		next += machine->tick_ns;
	return next + (wheel_slot(jiffies, ticks) - jiffies - 1) * machine->tick_ns;
}

/* Just behind a whole second it is rounded down, but never to what is over. */
u64 wheel_rounded(struct machine *machine, u64 ticks)
{
	u64 hz = machine->platform->hz, past = (machine_boot_jiffies(machine) + ticks) % hz;

	if (past >= hz / 4)
		return ticks + hz - past;
	return ticks > past ? ticks - past : ticks;
}
