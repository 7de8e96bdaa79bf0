/* SPDX-License-Identifier: MIT */
/*
 * Ops and their operands, read off the letters of ops.h.
 *
 * An op that has a mistake is still added, so that loops stay matched and the next mistake is found
 * at its own place.
 */
#include "model/builder_inside.h"

#include <string.h>

#include "base/ensure.h"
#include "model/clone.h"

enum { EXIT_CODE_GREATEST = 255, SLOT_A_GREATEST = UINT16_MAX - 1 };

static void set_duration(struct builder *b, struct loc loc, struct op *op, const struct quantity *q)
{
	op_set_quantity(b, loc, op, q, NEVER - 1);
	if (op->code == OP_TIMER && op_quantity_max(b, op) == 0)
		diag_error(b->diag, loc, "timer in task '%s' needs a period above 0", b->task.name);
	if (op->code == OP_SLICE && !(op->flags & OP_DIST))
		op->value = check_slice(b, loc, op->value);
}

static void set_integer(struct builder *b, struct loc loc, struct op *op, s64 value)
{
	if (op->code == OP_NICE || op->code == OP_AUTOGROUP_NICE)
		check_nice(b, loc, value);
	else if (value < 0 || value > EXIT_CODE_GREATEST)
		diag_error(b->diag, loc, "exit code %" PRId64 " in task '%s': it must be 0..%d",
			   value, b->task.name, EXIT_CODE_GREATEST);
	op->value = (u64)value;
}

static void set_second_mutex(struct builder *b, struct loc loc, struct op *op, const char *name)
{
	u32 index = op_resource(b, loc, op, name, SYMBOL_MUTEX);

	if (index > SLOT_A_GREATEST)
		diag_error(b->diag, loc,
			   "%s in task '%s': only the first %d mutexes can be used here",
			   op_infos[op->code].key, b->task.name, SLOT_A_GREATEST + 1);
	op->a = (u16)index;
	if ((op->code == OP_FUTEX_WAIT_PI || op->code == OP_FUTEX_REQUEUE_PI) && name &&
	    b->mutexes.at[index].kind != MUTEX_PI)
		diag_error(
			b->diag, loc,
			"%s in task '%s': mutex '%s' has no priority inheritance: declare it with 'pi: true'",
			op_infos[op->code].key, b->task.name, name);
}

/* The op's slot is filled by builder_resolve.c. */
static struct task_ref *add_task_ref(struct builder *b, struct loc loc, const char *name)
{
	vec_push(&b->task_refs, (struct task_ref){
					.program = b->tasks.len,
					.op = b->ops.len,
					.name = arena_strdup(b->arena, name),
					.loc = loc,
				});
	return &b->task_refs.at[b->task_refs.len - 1];
}

static void set_childs_group(struct builder *b, struct loc loc, struct op *op,
			     const struct op_operands *given)
{
	if (!given->of_child)
		return;
	op->value = PGRP_OF_CHILD_ITSELF;
	if (given->group)
		add_task_ref(b, loc, given->group)->of_group = true;
}

static bool needs_another(u8 code)
{
	switch (code) {
	case OP_TRACE:
	case OP_TRACE_SEIZE:
	case OP_TRACE_OPTIONS:
	case OP_TRACE_INTERRUPT:
	case OP_TRACE_LISTEN:
	case OP_UNTRACE:
	case OP_KTHREAD_STOP:
	case OP_KTHREAD_PARK:
	case OP_KTHREAD_UNPARK:
		return true;
	default:
		return false;
	}
}

static void set_target(struct builder *b, struct loc loc, struct op *op, const char *name)
{
	if (!name && needs_another(op->code))
		diag_error(b->diag, loc, "%s in task '%s' needs the name of another task",
			   op_infos[op->code].key, b->task.name);
	op->b = name ? 0 : TARGET_SELF;
	if (name)
		add_task_ref(b, loc, name);
}

static void set_template(struct builder *b, struct loc loc, struct op *op, const char *name)
{
	if (op->code == OP_EXEC)
		op->a = name ? 0 : TEMPLATE_NONE;
	if (name)
		add_task_ref(b, loc, name);
	else if (op->code != OP_EXEC)
		diag_error(b->diag, loc, "%s in task '%s' needs the name of a template",
			   op_infos[op->code].key, b->task.name);
}

static void set_cpus(struct builder *b, struct loc loc, struct op *op, const char *text)
{
	if (!text) {
		diag_error(b->diag, loc, "affinity in task '%s' needs cpus", b->task.name);
	} else if (builder_cpus(b, loc, text)) {
		s64 index = symbol_find(&b->symbols, SYMBOL_CPUS, text, strlen(text));

		ensure(index >= 0);
		op->value = (u64)index;
	}
}

static void set_attr(struct builder *b, struct loc loc, struct op *op,
		     const struct sched_attr *given)
{
	struct sched_attr attr = *given;

	check_attr(b, loc, &attr);
	vec_push(&b->attrs, attr);
	op->value = b->attrs.len - 1;
}

static void set_group(struct builder *b, struct loc loc, struct op *op, const char *name)
{
	name = required_name(b, loc, op, name, SYMBOL_GROUP);
	op->value = name ? group_find(b, loc, name) : GROUP_ROOT;
}

static void set_text(struct builder *b, struct loc loc, struct op *op, const char *text)
{
	if (!text) {
		diag_error(b->diag, loc, "%s in task '%s' needs a text", op_infos[op->code].key,
			   b->task.name);
		return;
	}
	u32 *slot = symbol_slot(&b->symbols, SYMBOL_TEXT, text);

	if (!*slot) {
		vec_push(&b->texts, arena_strdup(b->arena, text));
		*slot = b->texts.len;
	}
	op->b = *slot - 1;
}

static void check_closable(struct builder *b, struct loc loc, const struct op *op)
{
	if ((op->code == OP_CLOSE_READ || op->code == OP_CLOSE_WRITE) && !b->pipes.at[op->b].eof)
		diag_error(b->diag, loc,
			   "pipe '%s' has no ends that close: declare it with 'eof: true'",
			   b->pipes.at[op->b].name);
	if ((op->code == OP_OPEN_READ || op->code == OP_OPEN_WRITE) && !b->pipes.at[op->b].fifo)
		diag_error(b->diag, loc, "pipe '%s' is not opened: declare it with 'fifo: true'",
			   b->pipes.at[op->b].name);
}

static u32 check_signal(struct builder *b, struct loc loc, const struct op *op, u32 signal)
{
	if (signal < 1 || signal > NR_SIGNALS)
		diag_error(b->diag, loc, "%s in task '%s' needs a signal", op_infos[op->code].key,
			   b->task.name);
	return signal;
}

static void set_action(struct builder *b, struct loc loc, struct op *op,
		       const struct op_operands *given)
{
	const struct signal_action *action = &given->action;
	u32 signal = check_signal(b, loc, op, given->signal);
	char name[SIGNAL_NAME_MAX];

	if (signal && SIGSET_ONLY & SIGSET(signal))
		diag_error(b->diag, loc,
			   "sigaction in task '%s': %s can be neither caught nor ignored",
			   b->task.name, signal_name(signal, name));
	op->a = OP_SIGACTION_A(signal, action->disposition, action->flags);
	op->value = action->mask & ~SIGSET_ONLY;
	op->b = 0;
	if (action->disposition == SIGNAL_HANDLED)
		add_task_ref(b, loc, given->task);
}

static void set_tids(struct builder *b, struct op *op, const struct op_operands *given)
{
	struct set_tid tids = {.nr = min_of(given->nr_tids, (u32)SET_TID_MAX)};

	memcpy(tids.tid, given->tids, tids.nr * sizeof(*tids.tid));
	op->a = (u16)(CLONE_WITH_TIDS + b->set_tids.len);
	vec_push(&b->set_tids, tids);
}

/* Who calls decides about PARENT; all the rest is known here. */
static void set_clone_word(struct builder *b, struct loc loc, struct op *op,
			   const struct op_operands *given)
{
	const char *mistake;

	if (!given->has_clone_word)
		return;
	op->a = 1;
	op->value = given->clone_word;
	if (given->nr_tids)
		set_tids(b, op, given);
	mistake = clone_mistake(op->value);
	if (mistake)
		diag_error(b->diag, loc, "clone in task '%s' would fail with EINVAL: %s",
			   b->task.name, mistake);
}

static void set_kernel_wait(const struct builder *b, struct op *op, const struct op_operands *given)
{
	op->a = (u16)(given->kernel_sleep << KERNEL_SLEEP_SHIFT);
	op->value = given->timeout_ns;
	/* Kernel threads are in the kernel already. */
	if (b->task.kthread)
		op->a |= SECTION_INSIDE;
}

/* What the kernel answers with EINVAL, or what would be for oneself alone. */
static void set_core_sched(struct builder *b, struct loc loc, struct op *op,
			   const struct op_operands *given)
{
	if (given->core_call == CORE_SCHED_SHARE_FROM && given->core_scope != CORE_SCHED_THREAD)
		diag_error(
			b->diag, loc,
			"core_sched in task '%s': share_from takes the cookie of one thread, so it has no 'scope'",
			b->task.name);
	if (given->core_call != CORE_SCHED_CREATE && !given->task)
		diag_error(
			b->diag, loc,
			"core_sched in task '%s' needs the name of another task to share a cookie with",
			b->task.name);
	op->value = given->core_call | (u64)given->core_scope << CORE_SCHED_SCOPE_SHIFT;
	if (!b->has_core_sched)
		b->core_sched_at = loc;
	b->has_core_sched = true;
}

static void set_operand(struct builder *b, struct loc loc, struct op *op, char letter,
			const struct op_operands *given)
{
	int kind = operand_symbol(letter);

	if (kind >= 0)
		op->b = op_resource(b, loc, op, given->resource, (enum symbol_kind)kind);
	switch (letter) {
	case OPERAND_DURATION:
		set_duration(b, loc, op, &given->quantity);
		break;
	case OPERAND_SIZE:
	case OPERAND_COUNT:
		op_set_quantity(b, loc, op, &given->quantity, UINT64_MAX);
		break;
	case OPERAND_INTEGER:
		set_integer(b, loc, op, given->integer);
		break;
	case OPERAND_SECOND_MUTEX:
		set_second_mutex(b, loc, op, given->mutex);
		break;
	case OPERAND_PIPE:
		check_closable(b, loc, op);
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_WAIT_QUEUE:
		op->a = (u16)given->wait_how;
		op->value = given->timeout_ns;
		break;
	case OPERAND_WAKE_QUEUE:
		op->a = (u16)given->wake_nr;
		op->value = given->events;
		op->flags |= given->sync ? OP_SYNC : 0;
		break;
	case OPERAND_EVENTFD:
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_TIMEOUT:
		op->value = given->timeout_ns;
		break;
	case OPERAND_TRY:
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		if (given->nonblock && given->timeout_ns)
			diag_error(b->diag, loc,
				   "%s in task '%s' has a 'timeout', but 'try' does not wait",
				   op_infos[op->code].key, b->task.name);
		break;
	case OPERAND_NETDEV:
		if (op->code == OP_NET_RECV && b->netdevs.at[op->b].listener)
			diag_error(
				b->diag, loc,
				"net_recv in task '%s': the packets of '%s' are connections, to be accepted",
				b->task.name, b->netdevs.at[op->b].name);
		break;
	case OPERAND_KERNEL_MUTEX:
		op->a = (u16)(given->kernel_sleep << KERNEL_SLEEP_SHIFT);
		break;
	case OPERAND_COMPLETION:
	case OPERAND_KERNEL_SEMAPHORE:
		set_kernel_wait(b, op, given);
		break;
	case OPERAND_MORE:
		op->flags |= given->more ? OP_MORE : 0;
		break;
	case OPERAND_IRQSAVE:
		op->flags |= given->irqsave ? OP_IRQS_OFF : 0;
		break;
	case OPERAND_DEVICE:
		op->flags |= given->killable ? OP_KILLABLE : 0;
		break;
	case OPERAND_TASKS:
		set_target(b, loc, op, given->task);
		break;
	case OPERAND_CHILDS_GROUP:
		set_childs_group(b, loc, op, given);
		break;
	case OPERAND_TEMPLATE:
		set_template(b, loc, op, given->task);
		break;
	case OPERAND_CORE_SCHED:
		set_core_sched(b, loc, op, given);
		break;
	case OPERAND_CPUS:
		set_cpus(b, loc, op, given->cpus);
		break;
	case OPERAND_POLICY:
		set_attr(b, loc, op, &given->attr);
		break;
	case OPERAND_GROUP:
		set_group(b, loc, op, given->group);
		op->flags |= given->to_thread ? OP_TO_THREAD : 0;
		break;
	case OPERAND_GROUP_CHANGE:
		if (required_name(b, loc, op, given->group, SYMBOL_GROUP))
			op->value = group_change_add(b, loc, given->group, &given->change);
		break;
	case OPERAND_TEXT:
		set_text(b, loc, op, given->text);
		break;
	case OPERAND_WAIT_FOR:
		op->a = (u16)given->wait_for;
		op->b = TARGET_SELF;
		if (given->task)
			add_task_ref(b, loc, given->task);
		break;
	case OPERAND_SIGNAL_OR_SAME:
		op->value = given->signal;
		break;
	case OPERAND_TRACE_EVENTS:
		op->value = given->trace_events;
		break;
	case OPERAND_SIGNAL:
		op->value = check_signal(b, loc, op, given->signal);
		op->flags |= given->to_thread ? OP_TO_THREAD : 0;
		op->flags |= given->to_group ? OP_TO_GROUP : 0;
		op->flags |= given->to_all ? OP_TO_ALL : 0;
		op->flags |= given->queued ? OP_QUEUED : 0;
		break;
	case OPERAND_SIGNAL_SET:
		op->value = given->sigset;
		if (given->has_timeout) {
			vec_push(&b->timer_settings,
				 (struct timer_setting){.value = given->timeout_ns});
			op->b = b->timer_settings.len;
		}
		break;
	case OPERAND_MASK_HOW:
		op->a = (u16)given->how;
		break;
	case OPERAND_SIGACTION:
		set_action(b, loc, op, given);
		break;
	case OPERAND_SYSCALL:
		op->b = given->call;
		break;
	case OPERAND_CLONE_FLAGS:
		set_clone_word(b, loc, op, given);
		break;
	default:
		set_ipc_operand(b, loc, op, letter, given);
	}
}

static void add_op(struct builder *b, struct loc loc, struct op op)
{
	vec_push(&b->ops, op);
	vec_push(&b->op_locs, loc);
}

static void open_loop(struct builder *b, struct loc loc, struct op op)
{
	if (b->depth == LOOP_DEPTH_MAX) {
		if (!b->too_deep++)
			diag_error(b->diag, loc, "loops in task '%s' are nested more than %d deep",
				   b->task.name, LOOP_DEPTH_MAX);
		return;
	}
	op.a = (u16)b->depth;
	b->loop_stack[b->depth++] = b->ops.len;
	b->deepest = max_of(b->deepest, b->depth);
	add_op(b, loc, op);
}

void builder_op(struct builder *b, struct loc loc, enum op_code code,
		const struct op_operands *operands)
{
	static const struct op_operands none;
	struct op op = {.code = (u8)code};

	ensure(b->open);
	ensure(code < NR_OPS && code != OP_END);
	b->op_is_timed = operands && operands->timeout_ns;
	for (const char *letter = op_infos[code].operands; *letter; letter++)
		set_operand(b, loc, &op, *letter, operands ? operands : &none);
	if (code == OP_LOOP || code == OP_READY)
		open_loop(b, loc, op);
	else
		add_op(b, loc, op);
	if (op_is_for_each(&op) && !b->too_deep)
		add_op(b, loc, (struct op){.code = OP_EACH, .value = op.value});
}

void builder_end_loop(struct builder *b, struct loc loc)
{
	ensure(b->open);
	if (b->too_deep) {
		b->too_deep--;
		return;
	}
	ensure(b->depth > 0);
	u32 loop = b->loop_stack[--b->depth];

	b->ops.at[loop].b = b->ops.len;
	add_op(b, loc, (struct op){.code = OP_END, .a = (u16)b->depth, .b = loop});
}
