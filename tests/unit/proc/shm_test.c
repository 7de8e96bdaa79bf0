/* SPDX-License-Identifier: MIT */
/* System V shared memory (process.md 8.7, 11.1; ipc/shm.c). */
#include <criterion/criterion.h>

#include "rig.h"

#define FAULTS (RECORD_BIT(FAULT) | RECORD_BIT(FAILED) | RECORD_BIT(MARK))

static void shm_rig(struct rig *rig)
{
	rig_init(rig, 2, "v6.12");
	builder_shm(rig->builder, (struct loc){0}, "m", 100);
}

/* A page comes once; who touches it later finds it, and nobody ever copies it. */
Test(shm, pages_come_once_for_all)
{
	struct rig rig;

	shm_rig(&rig);
	rig_task(&rig, "a", "shmat m; shm_touch m 60; sleep 2ms; shm_touch m 100; shm_touch m 100");
	rig_task(&rig, "b", "sleep 1ms; shmat m; shm_touch m 80");
	/* At 1 ms b finds 60 and brings 20; at 2 ms a finds those 20 and brings the last 20. */
	rig_expect(&rig, FAULTS,
		   "0 fault a anonymous 60\n1 ms fault b found 60\n1 ms fault b anonymous 20\n"
		   "2 ms fault a found 20\n2 ms fault a anonymous 20\n");
}

/*
 * vma_needs_copy(): a child has it attached, with no page in its table. Its own memory is copied,
 * this is not.
 */
Test(shm, a_child_shares_it_without_copies)
{
	struct rig rig;

	shm_rig(&rig);
	rig_template(&rig, "c", "shm_touch m 50; write_pages 10; shmdt m; shmdt m");
	rig_task_attr(&rig, "p", (struct rig_attr){.pages = 10},
		      "shmat m; shm_touch m 50; fork c; wait; shm_touch m 50");
	rig_expect(
		&rig, FAULTS,
		"0 fault p anonymous 50\n0 fault c found 50\n0 fault c copied 10\n0 failed c EINVAL m\n");
}

/* A removed segment can be attached as long as somebody has it; with the last it is gone. */
Test(shm, removal_waits_for_the_last_who_has_it)
{
	struct rig rig;

	shm_rig(&rig);
	rig_task(&rig, "a", "shmat m; shm_touch m 10; shmctl m; sleep 3ms");
	rig_task(
		&rig, "b",
		"sleep 1ms; shmat m; shm_touch m 10; shmdt m; sleep 4ms; shmat m; mark no; shmctl m");
	/* a's exit at 3 ms detaches it. */
	rig_expect(
		&rig, FAULTS,
		"0 fault a anonymous 10\n1 ms fault b found 10\n5 ms failed b EINVAL m\n5 ms mark b no\n"
		"5 ms failed b EINVAL m\n");
}

/* exec and the end of the process detach; a thread has what its process has. */
Test(shm, exec_detaches)
{
	struct rig rig;

	shm_rig(&rig);
	rig_template(&rig, "tool", "shmdt m; run 1ms");
	rig_template(&rig, "t", "shm_touch m 5; shmctl m");
	rig_task(&rig, "p", "shmat m; clone t; sleep 1ms; shm_touch m 5; exec tool tool");
	rig_task(&rig, "q", "sleep 2ms; shmat m");
	rig_expect(&rig, FAULTS,
		   "0 fault t anonymous 5\n1 ms failed tool EINVAL m\n2 ms failed q EINVAL m\n");
}

Test(shm, what_is_not_attached_cannot_be_touched)
{
	struct rig rig;

	shm_rig(&rig);
	rig_task(&rig, "a", "shm_touch m 1");
	rig_expect_failure(&rig, "touches shared memory 'm', which it has not attached");
}
