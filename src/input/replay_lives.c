/* SPDX-License-Identifier: MIT */
/* Births, names, priorities, ends of tasks, and losses: what becomes of them in a task's steps. */
#include "input/replay_collect.h"

#include <string.h>

enum { PRIO_OF_NICE_0 = 120, CLONE_THREAD_FLAG = 0x10000 };

/*
 * A simulation's tasks that start at some time are init's children, which it does nothing for: they
 * are new then.
 */
static void take_fork(struct replay *replay, const struct record *r)
{
	struct replay_task *child = replay_task_at(replay, r->task), *parent;

	child->status = STATUS_READY;
	replay_bound_ready(replay, child, r->cpu, r->when);
	if (!replay->open)
		return;
	if (r->flags & RECORD_FLAG_IRQ || r->other == TASK_ID_NONE ||
	    replay_task_at(replay, r->other)->apart) {
		replay_task_at(replay, r->task)->newborn = true;
		return;
	}
	parent = replay_running(replay, r->other, r->cpu, r->when);
	child = replay_task_at(replay, r->task);
	if (child->origin != ORIGIN_NONE) /* in a disordered trace it has been there before */
		return;
	replay_add_step(replay, parent, STEP_FORK, r->when, r->task);
	replay_appear(child, ORIGIN_FORKED, r->when - replay->from);
	child->parent = r->other;
	child->parent_prio = roster_get(&replay->roster, r->other)
				     ? roster_get(&replay->roster, r->other)->prio
				     : PRIO_OF_NICE_0;
}

/* The name until the next exec is the last one it gets. */
static void rename_task(struct replay_task *task, u32 comm)
{
	if (task->exec_step != REPLAY_NONE)
		task->steps.at[task->exec_step].arg = comm;
	else
		task->comm = comm;
}

static void take_rename(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_task_at(replay, r->task);

	task->comm_before = task->comm_now;
	task->comm_now = (u32)r->value;
	task->renamed_at = replay->open ? task->steps.len : REPLAY_NONE;
	rename_task(task, task->comm_now);
}

/* An exec renames before it is reported. */
static void take_exec(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_running(replay, r->task, r->cpu, r->when);
	u32 step;

	if (task->renamed_at == task->steps.len && replay->open)
		rename_task(task, task->comm_before);
	step = replay_add_step(replay, task, STEP_EXEC, r->when, task->comm_now);
	if (step != REPLAY_NONE)
		task->exec_step = step;
}

static void introduce(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_task_at(replay, r->task);
	u32 comm = (u32)r->value;

	task->hotplug = replay_is_hotplug(names_text(&replay->names, comm));
	task->apart = r->task < replay->nr_cpus || task->hotplug ||
		      strncmp(names_text(&replay->names, comm), "migration/", 10) == 0;
	task->kthread = r->flags & RECORD_FLAG_KTHREAD;
	task->pid = r->arg;
	task->comm = task->comm_now = task->comm_before = comm;
}

/*
 * Before its first step it is what it starts with. A change is seen when the task leaves its cpu;
 * it was made at any time since it came there: the middle is the best guess.
 */
static void take_attr(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_task_at(replay, r->task);
	u64 stint = r->when - replay->cpus[r->cpu].since, late = 0;
	s32 prio = (s32)r->value;

	replay_account(replay, task, r->when);
	if (!replay->open || task->origin == ORIGIN_NONE || (!task->steps.len && !task->ran)) {
		task->prio = (s16)prio;
		return;
	}
	if (task->status == STATUS_RUNNING)
		late = min_of(stint / 2, task->ran);
	task->ran -= late;
	replay_add_step(replay, task, STEP_PRIO, r->when, (u32)prio);
	task->ran = late;
}

static void take_wait(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_running(replay, r->task, r->cpu, r->when);

	if (!task->apart)
		replay_add_step(replay, task, STEP_WAIT, r->when, REPLAY_NONE);
}

/* Who runs on that cpu now is not known: whoever leaves it next has run since. */
static void take_lost(struct replay *replay, const struct record *r)
{
	struct replay_cpu *cpu = &replay->cpus[r->cpu];
	struct replay_task *task;

	replay->nr_lost += replay->open;
	if (cpu->curr != TASK_ID_NONE && !replay_task_at(replay, cpu->curr)->apart) {
		task = replay_task_at(replay, cpu->curr);
		if (task->status == STATUS_RUNNING) {
			replay_account(replay, task, r->when);
			task->status = STATUS_READY;
			replay_bound_ready(replay, task, r->cpu, r->when);
			task->unsure = true;
			task->asleep_since = r->when;
		}
		if (replay->open && task->origin != ORIGIN_NONE)
			replay_add_step(replay, task, STEP_LOST, r->when, REPLAY_NONE);
	}
	cpu->curr = TASK_ID_NONE;
	cpu->since = r->when;
	replay_bound_lost(replay, r->cpu, r->when);
}

void replay_take_life(struct replay *replay, const struct record *r)
{
	switch ((enum record_kind)r->kind) {
	case RECORD_TASK:
		introduce(replay, r);
		break;
	case RECORD_ATTR:
		take_attr(replay, r);
		break;
	case RECORD_NEWTASK:
		replay_task_at(replay, r->task)->thread = r->value & CLONE_THREAD_FLAG;
		break;
	case RECORD_FORK:
		introduce(replay, r);
		take_fork(replay, r);
		break;
	case RECORD_RENAME:
		take_rename(replay, r);
		break;
	case RECORD_EXEC:
		take_exec(replay, r);
		break;
	case RECORD_EXIT:
		replay_task_at(replay, r->task)->exiting = true;
		replay_task_at(replay, r->task)->exiting_at = r->when;
		break;
	case RECORD_WAIT:
		take_wait(replay, r);
		break;
	case RECORD_LOST:
		take_lost(replay, r);
		break;
	default:
		break;
	}
}
