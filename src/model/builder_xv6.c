/* SPDX-License-Identifier: MIT */
/*
 * The other machine: what a workload for xv6 may say. Reference: process.md 7.5.
 *
 * What xv6 does not have is refused, so that a workload that runs on both machines means the same
 * on both.
 */
#include "model/builder_inside.h"

#include <string.h>

enum { XV6_CPUS_MAX = 8 };

const char *const workload_model_names[NR_WORKLOAD_MODELS] = {"linux", "xv6"};

bool builder_model(struct builder *b, struct loc loc, const char *name)
{
	for (u32 i = 0; i < NR_WORKLOAD_MODELS; i++) {
		if (strcmp(workload_model_names[i], name) != 0)
			continue;
		b->w.model = (u8)i;
		return true;
	}
	return diag_error(b->diag, loc, "unknown model '%s'%s: it is linux or xv6", name,
			  suggestion(b, name, workload_model_names, NR_WORKLOAD_MODELS));
}

bool builder_has_linux_model(const struct builder *b)
{
	return b->w.model == MODEL_LINUX;
}

bool check_xv6_machine(struct builder *b, struct loc loc)
{
	if (b->w.platform.nr_cpus > XV6_CPUS_MAX)
		return diag_error(b->diag, loc, "xv6 runs on up to %d cpus, not on %u",
				  XV6_CPUS_MAX, b->w.platform.nr_cpus);
	if (b->cpu_events_at.len)
		return diag_error(b->diag, b->cpu_events_at.at[0].loc,
				  "xv6 has no cpus that go and come");
	if (b->irqs_at.len)
		return diag_error(b->diag, b->irqs_at.at[0].loc, "xv6 has no 'irqs'");
	if (b->w.platform.threads_max)
		return diag_error(b->diag, loc, "xv6 has no 'threads_max': its table has 64 slots");
	/* Every tick takes the cpu away, in the kernel as well. */
	b->w.platform.preempt = PREEMPT_FULL;
	b->w.kernel.name = workload_model_names[MODEL_XV6];
	return true;
}

void check_xv6_task(struct builder *b)
{
	const struct task_spec *task = &b->task;
	const char *what = NULL;

	if (task->attr.policy != POLICY_OTHER || task->attr.nice || task->attr.slice_ns)
		what = "priorities, policies or slices";
	else if (task->affinity)
		what = "affinity";
	else if (b->thread_refs.len &&
		 b->thread_refs.at[b->thread_refs.len - 1].spec == b->tasks.len)
		what = "threads";
	else if (task->birth != BIRTH_FORKED)
		what = "tasks that exist before they run";
	else if (task->group != GROUP_INHERITED)
		what = "groups";
	else if (task_spec_has_rlimits(task))
		what = "rlimits";
	else if (task->user)
		what = "users";
	else if (task->session)
		what = "sessions";
	else if (task->memory.pages)
		what = "memory that is counted";
	else if (task->kthread)
		what = "kernel threads";
	if (what)
		diag_error(b->diag, task->loc, "xv6 has no %s (task '%s')", what, task->name);
}

static bool xv6_has(u8 code)
{
	switch (code) {
	case OP_RUN:
	case OP_SLEEP:
	case OP_TIMER:
	case OP_LOOP:
	case OP_END:
	case OP_EACH:
	case OP_FORK:
	case OP_EXEC:
	case OP_EXIT:
	case OP_WAIT:
	case OP_WAITALL:
	case OP_KILL:
	case OP_PIPE_WRITE:
	case OP_PIPE_READ:
	case OP_IO:
	case OP_MARK:
		return true;
	default:
		return false;
	}
}

void check_xv6_program(struct builder *b)
{
	for (u32 i = 0; i < b->ops.len; i++) {
		const struct op *op = &b->ops.at[i];

		if (!xv6_has(op->code))
			diag_error(b->diag, b->op_locs.at[i], "xv6 has no '%s' (task '%s')",
				   op_infos[op->code].key, b->task.name);
		else if (op->code == OP_IO && op->flags & OP_KILLABLE)
			diag_error(
				b->diag, b->op_locs.at[i],
				"xv6 does not look at the killed flag while it waits for a disk (task '%s')",
				b->task.name);
	}
}
