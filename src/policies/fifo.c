/* SPDX-License-Identifier: MIT */
/*
 * First come, first served, for all cpus: the smallest policy that is of use. Read it first.
 *
 * Who becomes runnable waits in the global queue. A cpu with nothing to do looks there by itself,
 * so there is nothing to dispatch. Who wakes while a cpu is idle goes straight to that cpu.
 */
#include "policies/ext.h"

static int32_t fifo_select_cpu(struct ossim_ext *x, struct ossim_ext_task *task, int32_t prev_cpu,
			       uint64_t wake_flags)
{
	bool is_idle;
	int32_t cpu = ext_select_cpu_dfl(x, task, prev_cpu, wake_flags, &is_idle);

	/* Inserted here, it skips enqueue: there is no queue to wait in. */
	if (is_idle)
		ext_insert(x, task, EXT_DSQ_LOCAL, ext_slice_dfl(x), 0);
	return cpu;
}

/* Called at a wakeup, and again whenever the task's slice has ended: then it is the last in line.
 */
static void fifo_enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t enq_flags)
{
	ext_insert(x, task, EXT_DSQ_GLOBAL, ext_slice_dfl(x), enq_flags);
}

EXT_POLICY(fifo) = {
	EXT_POLICY_HEAD("fifo"),
	.help = "one queue for all cpus, in order of arrival",
	.select_cpu = fifo_select_cpu,
	.enqueue = fifo_enqueue,
};
