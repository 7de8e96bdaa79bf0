/* SPDX-License-Identifier: MIT */
/*
 * Programs as text.
 *
 * A line reads like the YAML it came from, after its number and two spaces per loop:
 *
 *	   0  loop forever, to 3
 *	   1    run 2 ms
 *	   2    sleep exponential 10 ms
 *	   3  end, to 0
 *	   4  exit 0
 */
#include "model/program.h"

#include "model/clone.h"
#include "model/syscalls.h"
#include "model/workload.h"

enum amount { AMOUNT_TIME, AMOUNT_BYTES, AMOUNT_COUNT };

static void add_amount(struct text *out, enum amount kind, u64 value)
{
	char buf[16];

	if (kind == AMOUNT_TIME) {
		format_duration(value, buf);
		text_add(out, buf);
	} else {
		text_printf(out, kind == AMOUNT_BYTES ? "%" PRIu64 " bytes" : "%" PRIu64, value);
	}
}

static void add_milli(struct text *out, u64 milli)
{
	text_printf(out, "%" PRIu64 ".%03u", milli / 1000, (u32)(milli % 1000));
}

static void add_dist(struct text *out, enum amount kind, const struct dist *dist)
{
	text_printf(out, "%s ", dist_kind_names[dist->kind]);
	if (dist->kind == DIST_EMPIRICAL) {
		text_printf(out, "of %u", dist->nr);
		return;
	}
	add_amount(out, kind, dist->a);
	if (dist->kind == DIST_UNIFORM || dist->kind == DIST_NORMAL) {
		text_add(out, dist->kind == DIST_UNIFORM ? ".." : " +- ");
		add_amount(out, kind, dist->b);
	} else if (dist->kind == DIST_LOGNORMAL || dist->kind == DIST_PARETO) {
		text_add(out, dist->kind == DIST_PARETO ? " alpha " : " sigma ");
		add_milli(out, dist->b);
	}
}

static void add_quantity(struct text *out, const struct workload *w, const struct op *op,
			 enum amount kind)
{
	if (op->flags & OP_DIST)
		add_dist(out, kind, &w->dists[op->value]);
	else if (kind == AMOUNT_COUNT && op->value == 0)
		text_add(out, "forever");
	else
		add_amount(out, kind, op->value);
}

static void add_cpus(struct text *out, const struct cpumask *mask)
{
	char buf[256];

	cpumask_format(mask, buf, sizeof(buf));
	text_add(out, buf);
}

/* As chrt and the kernel's documentation write it: runtime/deadline/period. */
static void add_reservation(struct text *out, const struct sched_attr *attr)
{
	text_add_char(out, ' ');
	add_amount(out, AMOUNT_TIME, attr->dl_runtime);
	text_add_char(out, '/');
	add_amount(out, AMOUNT_TIME, attr->dl_deadline);
	text_add_char(out, '/');
	add_amount(out, AMOUNT_TIME, attr->dl_period);
	if (attr->dl_flags & DL_FLAG_RECLAIM)
		text_add(out, " reclaim");
	if (attr->dl_flags & DL_FLAG_OVERRUN)
		text_add(out, " overrun");
}

static void add_attr(struct text *out, const struct sched_attr *attr)
{
	text_add(out, policy_name(attr->policy));
	if (policy_is_rt(attr->policy))
		text_printf(out, " priority %u", attr->rt_priority);
	else if (attr->policy == POLICY_DEADLINE)
		add_reservation(out, attr);
	else
		text_printf(out, " nice %d", attr->nice);
	if (attr->slice_ns) {
		text_add(out, " slice ");
		add_amount(out, AMOUNT_TIME, attr->slice_ns);
	}
	if (attr->reset_on_fork)
		text_add(out, " reset_on_fork");
}

static void add_target(struct text *out, const struct workload *w, const struct op *op)
{
	if (op->b == TARGET_SELF)
		text_add(out, "self");
	else if (op->a == TARGET_ALL)
		text_add(out, w->tasks[op->b].name);
	else
		text_printf(out, "%s%u", w->tasks[op->b].name, op->a - 1u);
}

static void add_template(struct text *out, const struct workload *w, const struct op *op)
{
	bool exec = op->code == OP_EXEC;

	if (exec && op->a == TEMPLATE_NONE)
		text_add(out, "and go on");
	else
		text_add(out, w->tasks[exec ? op->a : op->b].name);
}

static const char *const mask_how_names[] = {"block", "unblock", "set"};

static void add_sigset(struct text *out, u64 set)
{
	char name[SIGNAL_NAME_MAX];

	text_add(out, "{");
	for (u64 left = set; left; left &= left - 1) {
		text_add(out, left == set ? "" : " ");
		text_add(out, signal_name((u32)__builtin_ctzll(left) + 1, name));
	}
	text_add(out, "}");
}

static void add_action(struct text *out, const struct workload *w, const struct op *op)
{
	static const char *const flags[] = {"restart", "nodefer", "reset", "nocldstop",
					    "nocldwait"};
	struct signal_action action = op_action(op);
	char name[SIGNAL_NAME_MAX];

	text_printf(out, "%s ", signal_name(op_action_signal(op), name));
	if (action.disposition == SIGNAL_HANDLED)
		text_add(out, w->tasks[action.handler].name);
	else
		text_add(out, action.disposition == SIGNAL_IGNORED ? "ignored" : "default");
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
		if (action.flags >> i & 1)
			text_printf(out, " %s", flags[i]);
	if (action.mask) {
		text_add(out, " mask ");
		add_sigset(out, action.mask);
	}
}

static void add_wait(struct text *out, const struct workload *w, const struct op *op)
{
	text_add(out, op->b == TARGET_SELF ? "any child" : w->tasks[op->b].name);
	text_add(out, op->a & WAIT_FOR_STOPPED ? ", stopped" : "");
	text_add(out, op->a & WAIT_FOR_CONTINUED ? ", continued" : "");
	text_add(out, op->a & WAIT_NO_HANG ? ", nohang" : "");
	text_add(out, op->a & WAIT_CLONES ? ", clones" : "");
	text_add(out, op->a & WAIT_ALL_KINDS ? ", all" : "");
	text_add(out, op->a & WAIT_OWN_GROUP  ? ", of the group"
		      : op->a & WAIT_IN_GROUP ? ", in its group"
					      : "");
	text_add(out, op->a & WAIT_NO_THREAD ? ", of the thread" : "");
	text_add(out, op->a & WAIT_NO_TAKE ? ", nowait" : "");
}

static void add_wait_queue(struct text *out, const struct op *op)
{
	static const char *const states[] = {"", " in D", " killable", " in I"};

	text_printf(out, "%s%s", op->a & WAIT_QUEUE_EXCLUSIVE ? " exclusive" : "",
		    states[op->a >> WAIT_QUEUE_STATE_SHIFT & 3]);
	if (op->value) {
		text_add(out, " for at most ");
		add_amount(out, AMOUNT_TIME, op->value);
	}
}

static void add_clone_word(struct text *out, const struct workload *w, const struct op *op)
{
	u64 word = op_clone_word(op);
	const char *before = "";
	char name[SIGNAL_NAME_MAX];

	text_add_char(out, '{');
	for (u32 i = 0; i < NR_CLONE_FLAGS; i++) {
		if (!(word & clone_flag_values[i]))
			continue;
		text_printf(out, "%s%s", before, clone_flag_names[i]);
		before = " ";
	}
	text_add_char(out, '}');
	if ((word & CLONE_SIGNAL) != SIGNAL_CHLD && !(word & CLONE_FLAG_THREAD))
		text_printf(out, " signal %s",
			    word & CLONE_SIGNAL ? signal_name((u32)(word & CLONE_SIGNAL), name)
						: "none");
	for (u32 i = 0; op->a >= CLONE_WITH_TIDS && i < w->set_tids[op->a - CLONE_WITH_TIDS].nr;
	     i++)
		text_printf(out, "%s%u", i ? " " : " tid ",
			    w->set_tids[op->a - CLONE_WITH_TIDS].tid[i]);
}

/* One operand, by its letter in ops.h. */
static void add_operand(struct text *out, const struct workload *w, const struct op *op,
			char letter)
{
	int kind = operand_symbol(letter);
	char name[SIGNAL_NAME_MAX];

	if (kind >= 0)
		text_add(out, resource_name(w, (enum symbol_kind)kind, op->b));
	switch (letter) {
	case OPERAND_DURATION:
		add_quantity(out, w, op, AMOUNT_TIME);
		break;
	case OPERAND_SIZE:
		add_quantity(out, w, op, AMOUNT_BYTES);
		break;
	case OPERAND_COUNT:
		add_quantity(out, w, op, AMOUNT_COUNT);
		break;
	case OPERAND_INTEGER:
		text_printf(out, "%" PRId64, (s64)op->value);
		break;
	case OPERAND_SECOND_MUTEX:
		text_add(out, w->mutexes[op->a].name);
		break;
	case OPERAND_WAIT_QUEUE:
		add_wait_queue(out, op);
		break;
	case OPERAND_WAKE_QUEUE:
		text_printf(out, ", %u waiters, %" PRIu64 " events", op->a, op->value);
		break;
	case OPERAND_TIMEOUT:
		text_add(out, "for at most ");
		add_amount(out, AMOUNT_TIME, op->value);
		break;
	case OPERAND_MORE:
		text_add(out, "in one call with the next");
		break;
	case OPERAND_IRQSAVE:
		text_add(out, "interrupts off");
		break;
	case OPERAND_TRY:
		text_add(out, "only a try");
		break;
	case OPERAND_DEVICE:
		text_add(out, op->flags & OP_KILLABLE ? " killable" : "");
		break;
	case OPERAND_TASKS:
		add_target(out, w, op);
		break;
	case OPERAND_CHILDS_GROUP:
		text_add(out,
			 op->value == PGRP_OF_CHILD_ITSELF ? "on its own" : "in the group of ");
		text_add(out,
			 op->value >= PGRP_OF_TASK ? w->tasks[op->value - PGRP_OF_TASK].name : "");
		break;
	case OPERAND_TEMPLATE:
		add_template(out, w, op);
		break;
	case OPERAND_CORE_SCHED:
		text_printf(out, "%s of a %s", core_sched_calls[op->value & 0xff],
			    core_sched_scopes[op->value >> CORE_SCHED_SCOPE_SHIFT]);
		break;
	case OPERAND_CPUS:
		add_cpus(out, w->masks[op->value]);
		break;
	case OPERAND_POLICY:
		add_attr(out, &w->attrs[op->value]);
		break;
	case OPERAND_GROUP:
		text_add(out, op->value == GROUP_ROOT ? "root" : w->groups[op->value].name);
		text_add(out, op->flags & OP_TO_THREAD ? " as a thread" : "");
		break;
	case OPERAND_GROUP_CHANGE:
		text_add(out, w->groups[w->group_changes[op->value].group].name);
		break;
	case OPERAND_TEXT:
		text_printf(out, "'%s'", w->texts[op->b]);
		break;
	case OPERAND_SIGNAL:
		text_add(out, signal_name((u32)op->value, name));
		text_add(out, op->flags & OP_TO_THREAD ? " to the thread" : "");
		text_add(out, op->flags & OP_TO_GROUP ? " to the group"
			      : op->flags & OP_TO_ALL ? " to all"
						      : "");
		text_add(out, op->flags & OP_QUEUED ? " by sigqueue" : "");
		break;
	case OPERAND_SIGNAL_SET:
		add_sigset(out, op->value);
		if (op->code == OP_SIGWAIT && op->b) {
			format_duration(w->timer_settings[op->b - 1].value, name);
			text_printf(out, " for at most %s", name);
		}
		break;
	case OPERAND_MASK_HOW:
		text_add(out, mask_how_names[op->a]);
		break;
	case OPERAND_WAIT_FOR:
		add_wait(out, w, op);
		break;
	case OPERAND_SIGACTION:
		add_action(out, w, op);
		break;
	case OPERAND_SIGNAL_OR_SAME:
		text_add(out, op->value == OP_SIGNAL_SAME ? "same signal"
			      : op->value                 ? signal_name((u32)op->value, name)
							  : "no signal");
		break;
	case OPERAND_CLONE_FLAGS:
		add_clone_word(out, w, op);
		break;
	case OPERAND_SYSCALL:
		text_add(out, op->b <= NR_SYSCALLS ? syscall_infos[op->b - 1].name : "unknown");
		break;
	case OPERAND_JUMP:
		text_printf(out, "to %u", op->b);
		break;
	default:
		program_add_ipc(out, w, op, letter);
	}
}

/* What an op can do without: the flags of a clone, which is a thread then, as its name says. */
static bool is_left_out(const struct op *op, char letter)
{
	switch (letter) {
	case OPERAND_SYSCALL:
		return !op->b || op->b == CALL_NONE + 1;
	case OPERAND_CLONE_FLAGS:
		return !op->a;
	case OPERAND_TIMEOUT:
		return !op->value;
	case OPERAND_MORE:
		return !(op->flags & OP_MORE);
	case OPERAND_IRQSAVE:
		return !(op->flags & OP_IRQS_OFF);
	case OPERAND_TRACE_EVENTS:
	case OPERAND_CHILDS_GROUP:
		return !op->value;
	case OPERAND_TRY:
		return !(op->flags & OP_NONBLOCK);
	default:
		return false;
	}
}

void program_add_op(struct text *out, const struct workload *w, const struct op *op)
{
	const struct op_info *info = &op_infos[op->code];

	text_add(out, info->key);
	for (const char *letter = info->operands; *letter; letter++) {
		if (is_left_out(op, *letter))
			continue;
		text_add(out, letter == info->operands && *letter != OPERAND_JUMP ? " " : ", ");
		add_operand(out, w, op, *letter);
	}
}

void program_disassemble(const struct workload *workload, const struct program *program,
			 struct text *out)
{
	u32 depth = 0;

	for (u32 i = 0; i < program->nr_ops; i++) {
		const struct op *op = &program->ops[i];

		depth -= op->code == OP_END;
		text_printf(out, "%4u  %*s", i, (int)(2 * depth), "");
		depth += op->code == OP_LOOP || op->code == OP_READY;
		program_add_op(out, workload, op);
		text_add_char(out, '\n');
	}
}
