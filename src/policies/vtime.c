/* SPDX-License-Identifier: MIT */
/*
 * Weighted virtual time: who has run least for its weight is next (the kernel's scx_simple).
 *
 * Each task has a virtual time, which grows by what it runs: at weight 100 (nice 0) as fast as real
 * time, at weight 200 half as fast. One queue, sorted by virtual time, serves all cpus. Whoever has
 * the smallest is served, so in the long run all virtual times grow alike, and shares of the cpu
 * are as weights.
 *
 * The policy's clock is the virtual time of who was last switched to. A task that wakes up is taken
 * forward to one slice behind it: sleeping is not saved up.
 */
#include "policies/ext.h"

enum { SHARED = 0 };

struct vtime {
	uint64_t now;
};

static int32_t vtime_init(struct ossim_ext *x)
{
	return ext_create_dsq(x, SHARED, -1);
}

static int32_t vtime_select_cpu(struct ossim_ext *x, struct ossim_ext_task *task, int32_t prev_cpu,
				uint64_t wake_flags)
{
	bool is_idle;
	int32_t cpu = ext_select_cpu_dfl(x, task, prev_cpu, wake_flags, &is_idle);

	if (is_idle)
		ext_insert(x, task, EXT_DSQ_LOCAL, ext_slice_dfl(x), 0);
	return cpu;
}

static void vtime_enqueue(struct ossim_ext *x, struct ossim_ext_task *task, uint64_t enq_flags)
{
	struct vtime *self = ext_self(x);
	uint64_t vtime = ext_task_vtime(x, task), earliest = self->now - ext_slice_dfl(x);

	if (ext_time_before(vtime, earliest))
		vtime = earliest;
	ext_insert_vtime(x, task, SHARED, ext_slice_dfl(x), vtime, enq_flags);
}

static void vtime_dispatch(struct ossim_ext *x, int32_t cpu, struct ossim_ext_task *prev)
{
	(void)cpu;
	(void)prev;
	ext_move_to_local(x, SHARED);
}

static void vtime_running(struct ossim_ext *x, struct ossim_ext_task *task)
{
	struct vtime *self = ext_self(x);

	if (ext_time_before(self->now, ext_task_vtime(x, task)))
		self->now = ext_task_vtime(x, task);
}

/* What it used of its slice is charged, whatever it did with it. */
static void vtime_stopping(struct ossim_ext *x, struct ossim_ext_task *task, bool runnable)
{
	uint64_t used = ext_slice_dfl(x) - ext_task_slice(x, task);

	(void)runnable;
	ext_task_set_vtime(x, task,
			   ext_task_vtime(x, task) + used * 100 / ext_task_weight(x, task));
}

/* Who is new begins where all others are. */
static void vtime_enable(struct ossim_ext *x, struct ossim_ext_task *task)
{
	struct vtime *self = ext_self(x);

	ext_task_set_vtime(x, task, self->now);
}

EXT_POLICY(vtime) = {
	EXT_POLICY_HEAD("vtime"),
	.help = "one queue for all cpus, by virtual time and weight",
	.self_size = sizeof(struct vtime),
	.init = vtime_init,
	.select_cpu = vtime_select_cpu,
	.enqueue = vtime_enqueue,
	.dispatch = vtime_dispatch,
	.running = vtime_running,
	.stopping = vtime_stopping,
	.enable = vtime_enable,
};
