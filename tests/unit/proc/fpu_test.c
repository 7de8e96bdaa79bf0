/* SPDX-License-Identifier: MIT */
/*
 * Registers that are loaded at their first use (process.md 11.4): one trap for each change of
 * hands.
 */
#include <criterion/criterion.h>

#include "rig.h"

static void fpu_rig(struct rig *rig, u32 cpus, bool lazy)
{
	rig_init(rig, cpus, "v6.12");
	builder_platform(rig->builder)->lazy_fpu = lazy;
	builder_platform(rig->builder)->costs.fpu_trap = 1 * MSEC;
}

/*
 * a uses them at 0 (a trap) and again for nothing; b, which runs while a sleeps, does not; c does
 * (a trap), so a has to load them anew.
 */
Test(fpu, traps_when_another_task_has_used_the_registers)
{
	for (u32 lazy = 0; lazy < 2; lazy++) {
		struct rig rig;

		fpu_rig(&rig, 1, lazy);
		rig_task_attr(
			&rig, "a", (struct rig_attr){.fifo = 9},
			"fpu; mark first; fpu; sleep 5ms; fpu; mark mine; sleep 5ms; fpu; mark again");
		rig_task_attr(&rig, "b", (struct rig_attr){.start_ns = 2 * MSEC}, "run 1ms");
		rig_task_attr(&rig, "c", (struct rig_attr){.start_ns = 8 * MSEC}, "fpu; mark c");
		rig_expect(
			&rig, RECORD_BIT(MARK),
			lazy ? "1 ms mark a first\n6 ms mark a mine\n9 ms mark c c\n12 ms mark a again\n"
			     : "0 mark a first\n5 ms mark a mine\n8 ms mark c c\n10 ms mark a again\n");
	}
}

/* The registers left behind on cpu 0 are stale when the task comes back from using cpu 1's. */
Test(fpu, registers_are_good_on_one_cpu_only)
{
	struct rig rig;

	fpu_rig(&rig, 2, true);
	rig_task(
		&rig, "a",
		"affinity 0; fpu; affinity 1; fpu; mark there; affinity 0; fpu; mark back; fpu; mark still");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "2 ms mark a there\n3 ms mark a back\n3 ms mark a still\n");
}

/* Likewise those on cpu 1. */
Test(fpu, registers_of_all_other_cpus_are_stale)
{
	struct rig rig;

	fpu_rig(&rig, 3, true);
	rig_task(
		&rig, "a",
		"affinity 1; fpu; affinity 0; fpu; affinity 1; fpu; mark one; affinity 2; fpu; affinity 0; fpu; mark two");
	rig_expect(&rig, RECORD_BIT(MARK), "3 ms mark a one\n5 ms mark a two\n");
}
