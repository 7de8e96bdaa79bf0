/* SPDX-License-Identifier: MIT */
/*
 * What kernel threads may do. They have no user mode: no memory to share or copy, no files, no
 * signals to handle, nobody who waits for them. Reference: process.md 1.3, 4.4, 10.
 */
#include "model/builder_inside.h"

/* What there is inside the kernel: time, wait queues, devices, locks, scheduling. */
static bool kthread_has(u8 code)
{
	switch (code) {
	case OP_RUN:
	case OP_SLEEP:
	case OP_TIMER:
	case OP_YIELD:
	case OP_LOOP:
	case OP_END:
	case OP_EACH:
	case OP_EXIT:
	case OP_WAIT_EVENT:
	case OP_WAKE_UP:
	case OP_SLEEP_ON:
	case OP_IO:
	case OP_KERNEL_LOCK:
	case OP_KERNEL_UNLOCK:
	case OP_DOWN_READ:
	case OP_UP_READ:
	case OP_DOWN_WRITE:
	case OP_UP_WRITE:
	case OP_COMPLETE:
	case OP_COMPLETE_ALL:
	case OP_WAIT_COMPLETION:
	case OP_REINIT_COMPLETION:
	case OP_DOWN:
	case OP_UP:
	case OP_SPIN_LOCK:
	case OP_SPIN_UNLOCK:
	case OP_MIGRATE_DISABLE:
	case OP_MIGRATE_ENABLE:
	case OP_KILL:
	case OP_SIGNAL:
	case OP_NICE:
	case OP_AFFINITY:
	case OP_POLICY:
	case OP_SLICE:
	case OP_MARK:
	case OP_RENAME:
	case OP_KTHREAD_RUN:
	case OP_KTHREAD_STOP:
	case OP_KTHREAD_PARK:
	case OP_KTHREAD_UNPARK:
	case OP_KTHREAD_PARKME:
		return true;
	default:
		return false;
	}
}

static const char *kthread_lacks(const struct builder *b)
{
	const struct task_spec *task = &b->task;

	if (task->limit_rttime.soft || task->limit_cpu.soft)
		return "is not on its way to user mode, where limits act";
	if (task->limit_sigpending)
		return "is deaf to signals";
	if (task->user || task->limit_nproc)
		return "is nobody's";
	if (task->session)
		return "has no session";
	if (task->memory.pages)
		return "has no memory of its own";
	if (b->thread_refs.len && b->thread_refs.at[b->thread_refs.len - 1].spec == b->tasks.len)
		return "is a thread of nobody's";
	return NULL;
}

void check_kthread(struct builder *b)
{
	const char *what = kthread_lacks(b);

	if (what)
		diag_error(b->diag, b->task.loc, "a kernel thread %s (task '%s')", what,
			   b->task.name);
	for (u32 i = 0; i < b->ops.len; i++)
		if (!kthread_has(b->ops.at[i].code))
			diag_error(b->diag, b->op_locs.at[i],
				   "a kernel thread has no '%s' (task '%s')",
				   op_infos[b->ops.at[i].code].key, b->task.name);
}

void check_user_task(struct builder *b)
{
	for (u32 i = 0; i < b->ops.len; i++)
		if (b->ops.at[i].code == OP_KTHREAD_PARKME)
			diag_error(b->diag, b->op_locs.at[i],
				   "'kthread_parkme' in task '%s': only kernel threads park",
				   b->task.name);
}
