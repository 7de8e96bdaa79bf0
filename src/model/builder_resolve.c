/* SPDX-License-Identifier: MIT */
/*
 * Tasks that name each other, when all are there: targets and templates of actions, processes of
 * threads.
 */
#include "model/builder_inside.h"

#include <string.h>

enum { INSTANCE_GREATEST = UINT16_MAX - 1 }; /* slot a holds the instance + 1 */

static struct op *op_of(struct builder *b, const struct task_ref *ref)
{
	return (struct op *)&b->programs.at[ref->program].ops[ref->op];
}

static bool wants_template(const struct op *op)
{
	return op->code == OP_FORK || op->code == OP_CLONE || op->code == OP_EXEC ||
	       op->code == OP_VFORK || op->code == OP_SIGACTION || op->code == OP_WAITPID ||
	       op->code == OP_KTHREAD_RUN;
}

static s64 find_task(const struct builder *b, const char *name, size_t len)
{
	return symbol_find(&b->symbols, SYMBOL_TASK, name, len);
}

static const char *task_name(const struct builder *b, u32 spec)
{
	return b->tasks.at[spec].name;
}

/* NAME3: the fourth of a task with a count. False if the text does not say that. */
static bool find_instance(struct builder *b, const char *name, u32 *spec, u32 *instance)
{
	size_t len = strlen(name), base = len;
	const char *error;
	u64 number;

	while (base > 0 && name[base - 1] >= '0' && name[base - 1] <= '9')
		base--;
	if (base == len || (name[base] == '0' && len - base > 1) ||
	    !parse_u64(name + base, len - base, &number, &error))
		return false;
	s64 found = find_task(b, name, base);

	if (found < 0)
		return false;
	const struct task_spec *task = &b->tasks.at[found];

	if (task->is_template || task->count < 2 || number >= task->count)
		return false;
	*spec = (u32)found;
	*instance = (u32)number;
	return true;
}

static bool has_parkme(const struct program *program, u32 from, u32 to)
{
	for (u32 i = from; i < to; i++)
		if (program->ops[i].code == OP_KTHREAD_PARKME)
			return true;
	return false;
}

/* Who is asked to park while it is in such a loop never comes out of it. */
static bool has_deaf_loop(const struct program *program)
{
	for (u32 i = 0; i < program->nr_ops; i++)
		if (program->ops[i].code == OP_END &&
		    op_is_for_ever(&program->ops[program->ops[i].b]) &&
		    !has_parkme(program, program->ops[i].b, i))
			return true;
	return false;
}

static void check_parked(struct builder *b, const struct task_ref *ref, const struct op *op)
{
	const struct program *program = &b->programs.at[b->tasks.at[op->b].program];
	const char *key = op_infos[op->code].key;

	if (!has_parkme(program, 0, program->nr_ops))
		diag_error(b->diag, ref->loc,
			   "%s in task '%s': '%s' never parks: its program has no 'kthread_parkme'",
			   key, task_name(b, ref->program), ref->name);
	else if (op->code == OP_KTHREAD_PARK && has_deaf_loop(program))
		diag_warning(
			b->diag, ref->loc,
			"%s in task '%s': '%s' does not park while it is in a loop without end that has no 'kthread_parkme'",
			key, task_name(b, ref->program), ref->name);
}

static void check_kernel_thread(struct builder *b, const struct task_ref *ref, const struct op *op)
{
	bool parks = op->code == OP_KTHREAD_PARK || op->code == OP_KTHREAD_UNPARK;

	if (op->code != OP_KTHREAD_STOP && !parks)
		return;
	if (!b->tasks.at[op->b].kthread)
		diag_error(b->diag, ref->loc, "%s in task '%s': '%s' is no kernel thread",
			   op_infos[op->code].key, task_name(b, ref->program), ref->name);
	else if (parks)
		check_parked(b, ref, op);
}

/* Of a child that is put into the group of another task. */
static void resolve_childs_group(struct builder *b, const struct task_ref *ref, struct op *op)
{
	s64 found = find_task(b, ref->name, strlen(ref->name));

	if (found < 0)
		diag_error(b->diag, ref->loc,
			   "%s in task '%s' names the group of an unknown task '%s'%s",
			   op_infos[op->code].key, task_name(b, ref->program), ref->name,
			   suggest_task(b, ref->name, false));
	op->value = PGRP_OF_TASK + (u64)max_of(found, (s64)0);
}

static void resolve_target(struct builder *b, const struct task_ref *ref, struct op *op)
{
	s64 found = find_task(b, ref->name, strlen(ref->name));
	u32 spec, instance;

	if (found >= 0) {
		op->b = (u32)found;
		op->a = TARGET_ALL;
		check_kernel_thread(b, ref, op);
		return;
	}
	if (!find_instance(b, ref->name, &spec, &instance)) {
		diag_error(b->diag, ref->loc, "%s in task '%s' names an unknown task '%s'%s",
			   op_infos[op->code].key, task_name(b, ref->program), ref->name,
			   suggest_task(b, ref->name, false));
		return;
	}
	if (instance > INSTANCE_GREATEST)
		diag_error(b->diag, ref->loc,
			   "%s in task '%s' can name at most the first %d of '%s'",
			   op_infos[op->code].key, task_name(b, ref->program),
			   INSTANCE_GREATEST + 1, task_name(b, spec));
	op->b = spec;
	op->a = (u16)(instance + 1);
	check_kernel_thread(b, ref, op);
}

/* What a handler may not do: take what the code that it interrupts may hold, or wait for it. */
static bool is_signal_safe(const struct op *op)
{
	switch (op->code) {
	case OP_LOCK:
	case OP_UNLOCK:
	case OP_COND_WAIT:
	case OP_COND_SIGNAL:
	case OP_COND_BROADCAST:
	case OP_BARRIER:
	case OP_SEM_WAIT:
	case OP_READ_LOCK:
	case OP_WRITE_LOCK:
	case OP_RW_UNLOCK:
	case OP_CONSISTENT:
	case OP_FUTEX_WAIT_PI:
	case OP_CLONE:
		return false;
	default:
		return true;
	}
}

static void check_handler(struct builder *b, const struct task_ref *ref, u32 spec)
{
	const struct program *program = &b->programs.at[spec];

	for (u32 i = 0; i < program->nr_ops; i++) {
		if (is_signal_safe(&program->ops[i]))
			continue;
		diag_error(
			b->diag, ref->loc,
			"sigaction in task '%s': handler '%s' has a '%s', which is not safe in a "
			"signal handler",
			task_name(b, ref->program), task_name(b, spec),
			op_infos[program->ops[i].code].key);
		return;
	}
}

static void resolve_template(struct builder *b, const struct task_ref *ref, struct op *op,
			     bool *forked)
{
	s64 found = find_task(b, ref->name, strlen(ref->name));
	const char *key = op_infos[op->code].key;

	if (found < 0) {
		diag_error(b->diag, ref->loc, "%s in task '%s' names an unknown template '%s'%s",
			   key, task_name(b, ref->program), ref->name,
			   suggest_task(b, ref->name, true));
		return;
	}
	if (!b->tasks.at[found].is_template) {
		diag_error(b->diag, ref->loc,
			   "%s in task '%s' needs a template, but '%s' is a task of its "
			   "own (give it 'template: true')",
			   key, task_name(b, ref->program), ref->name);
		return;
	}
	if (b->tasks.at[found].kthread != (op->code == OP_KTHREAD_RUN))
		diag_error(b->diag, ref->loc, "%s in task '%s': '%s' is %s", key,
			   task_name(b, ref->program), ref->name,
			   b->tasks.at[found].kthread
				   ? "a kernel thread, which 'kthread_run' makes"
				   : "no kernel thread: give it 'kthread: true'");
	forked[found] |= op->code != OP_WAITPID;
	if (op->code == OP_SIGACTION)
		check_handler(b, ref, (u32)found);
	if (op->code != OP_EXEC) {
		op->b = (u32)found;
	} else if (found >= TEMPLATE_NONE) {
		diag_error(b->diag, ref->loc, "exec in task '%s' can name only the first %d tasks",
			   task_name(b, ref->program), TEMPLATE_NONE);
	} else {
		op->a = (u16)found;
	}
}

static void resolve_task_refs(struct builder *b, bool *forked)
{
	for (u32 i = 0; i < b->task_refs.len; i++) {
		const struct task_ref *ref = &b->task_refs.at[i];
		struct op *op = op_of(b, ref);

		if (ref->of_group)
			resolve_childs_group(b, ref, op);
		else if (wants_template(op))
			resolve_template(b, ref, op, forked);
		else
			resolve_target(b, ref, op);
	}
}

static void resolve_thread(struct builder *b, const struct thread_ref *ref)
{
	struct task_spec *task = &b->tasks.at[ref->spec];
	s64 found = find_task(b, ref->name, strlen(ref->name));

	if (found < 0)
		diag_error(b->diag, ref->loc, "task '%s' is a thread of an unknown task '%s'%s",
			   task->name, ref->name, suggest_task(b, ref->name, false));
	else if (b->tasks.at[found].is_template)
		diag_error(b->diag, ref->loc,
			   "task '%s' is a thread of '%s', but that is a template: no "
			   "process of its own starts from it",
			   task->name, ref->name);
	else if (task->is_template)
		diag_error(b->diag, ref->loc,
			   "template '%s' cannot be a thread of a task: the task may "
			   "'clone' it",
			   task->name);
	else if (b->tasks.at[found].start_ns > task->start_ns)
		diag_error(b->diag, ref->loc, "thread '%s' starts before '%s', to which it belongs",
			   task->name, ref->name);
	else if (task_spec_has_rlimits(task))
		diag_error(b->diag, ref->loc,
			   "task '%s' is a thread: it has the 'rlimits' of its process",
			   task->name);
	else
		task->thread_of = (u32)found;
}

/* A thread of a thread belongs to the process of the latter: every thread_of becomes a leader. */
static void settle_leaders(struct builder *b)
{
	for (u32 i = 0; i < b->thread_refs.len; i++) {
		const struct thread_ref *ref = &b->thread_refs.at[i];
		u32 leader = ref->spec, steps = 0;

		while (b->tasks.at[leader].thread_of != SPEC_NONE && steps++ <= b->tasks.len)
			leader = b->tasks.at[leader].thread_of;
		if (steps > b->tasks.len) {
			diag_error(b->diag, ref->loc,
				   "task '%s' is, through others, a thread of itself",
				   task_name(b, ref->spec));
			b->tasks.at[ref->spec].thread_of = SPEC_NONE;
		} else if (leader != ref->spec) {
			b->tasks.at[ref->spec].thread_of = leader;
		}
	}
}

static void resolve_threads(struct builder *b)
{
	for (u32 i = 0; i < b->thread_refs.len; i++)
		resolve_thread(b, &b->thread_refs.at[i]);
	settle_leaders(b);
}

void resolve_all(struct builder *b, bool *forked)
{
	resolve_task_refs(b, forked);
	resolve_threads(b);
}
