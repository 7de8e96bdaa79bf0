/* SPDX-License-Identifier: MIT */
/* Programs as text: the operands that builder_ipc.c sets. */
#include "model/program.h"
#include "model/workload.h"

static void add_watch(struct text *out, const struct workload *w, struct op_watch watch)
{
	text_add(out, watch.kind == WATCH_CONNECTION ? "connection " : "");
	text_add(out, resource_name(w, watched_symbols[watch.kind], watch.index));
	text_add(out, watch.events & WATCH_IN ? " in" : "");
	text_add(out, watch.events & WATCH_OUT ? " out" : "");
	text_add(out, watch.how & WATCH_EDGE ? " edge" : "");
	text_add(out, watch.how & WATCH_EXCLUSIVE ? " exclusive" : "");
	text_add(out, watch.how & WATCH_ONESHOT ? " oneshot" : "");
}

static void add_timeout(struct text *out, u64 ns)
{
	char buf[16];

	if (!ns)
		return;
	format_duration(ns, buf);
	text_printf(out, " for at most %s", buf);
}

static void add_polled(struct text *out, const struct workload *w, const struct op *op)
{
	for (u32 i = 0; i < op->a; i++) {
		text_add(out, i ? ", " : "");
		add_watch(out, w, w->polled[op->value + i]);
	}
	add_timeout(out, op->b ? w->timer_settings[op->b - 1].value : 0);
}

static void add_setting(struct text *out, const struct timer_setting *setting)
{
	char buf[16];

	if (!setting->value) {
		text_add(out, "off");
		return;
	}
	format_duration(setting->value, buf);
	text_add(out, buf);
	if (!setting->interval)
		return;
	format_duration(setting->interval, buf);
	text_printf(out, ", then every %s", buf);
}

static void add_futex(struct text *out, const struct workload *w, const struct op *op)
{
	const struct futex_call *call = &w->futex_calls[op->value];

	if (op->code == OP_FUTEX_WAIT || op->code == OP_FUTEX_WAIT_PI || op->code == OP_FUTEX_SET ||
	    call->compare)
		text_printf(out, " value %u", call->value);
	if (op->code == OP_FUTEX_WAKE || op->code == OP_FUTEX_REQUEUE)
		text_printf(out, " wake %u", call->wake);
	if (op->code == OP_FUTEX_REQUEUE)
		text_printf(out, " requeue %u to %s", call->requeue, w->futexes[call->to].name);
	if (op->code == OP_FUTEX_REQUEUE_PI)
		text_printf(out, " requeue %u", call->requeue);
	if (op->code == OP_FUTEX_WAKE_OP)
		text_printf(out, " wake %u, %s %s %u, wake %u if it was %s %d", call->wake,
			    w->futexes[call->to].name, futex_change_names[call->change],
			    call->value, call->requeue, futex_relation_names[call->relation],
			    call->with);
	if (call->bitset && call->bitset != UINT32_MAX)
		text_printf(out, " bits 0x%x", call->bitset);
	add_timeout(out, call->timeout_ns);
}

static void add_kernel_sleep(struct text *out, const struct op *op)
{
	static const char *const hows[NR_KERNEL_SLEEPS] = {"", " S", " killable"};

	text_add(out, hows[op->a >> KERNEL_SLEEP_SHIFT]);
	add_timeout(out, op->value);
}

static void add_words(struct text *out, const struct workload *w, const struct op *op)
{
	const struct futex_call *calls = &w->futex_calls[op->value];

	for (u32 i = 0; i < op->a; i++)
		text_printf(out, "%s%s value %u", i ? ", " : "", w->futexes[calls[i].to].name,
			    calls[i].value);
	if (op->a)
		add_timeout(out, calls->timeout_ns);
}

static void add_sem_call(struct text *out, const struct workload *w, const struct op *op)
{
	const struct sem_call *call = &w->sem_calls[op->value];

	for (u32 i = 0; i < call->nr; i++) {
		const struct sem_op *one = &w->sem_ops[call->first + i];

		if (op->code == OP_SEMCTL)
			text_printf(out, " %u=%d", one->sem, one->add);
		else
			text_printf(out, " %u:%+d%s", one->sem, one->add, one->undo ? " undo" : "");
	}
	text_add(out, call->nr ? "" : " removed");
	add_timeout(out, call->timeout_ns);
}

static void add_message(struct text *out, const struct op *op)
{
	if (op->code == OP_MSGCTL) {
		if (op->a & MESSAGE_REMOVE)
			text_add(out, " removed");
		else
			text_printf(out, " %u bytes", op_message_bytes(op->value));
		return;
	}
	text_printf(out, " type %d %u bytes%s%s", op_message_type(op->value),
		    op_message_bytes(op->value), op->a & MESSAGE_EXCEPT ? " except" : "",
		    op->a & MESSAGE_TRUNCATED ? " truncated" : "");
}

void program_add_ipc(struct text *out, const struct workload *w, const struct op *op, char letter)
{
	char name[SIGNAL_NAME_MAX];

	switch (letter) {
	case OPERAND_EPOLL:
		if (op->code == OP_EPOLL_WAIT)
			add_timeout(out, op->value);
		break;
	case OPERAND_WATCH:
		add_watch(out, w, op_watch_unpack(op->value));
		break;
	case OPERAND_POLL:
		add_polled(out, w, op);
		break;
	case OPERAND_SOCKET_END:
		if (op->flags & OP_CONNECTION)
			text_printf(out, "connection %s", w->listeners[op->b].name);
		else
			text_printf(out, "%s.%u", w->sockets[op->b].name, op->a);
		if (op->code == OP_SHUTDOWN)
			text_printf(out, "%s%s", op->value & SHUTDOWN_IN ? " in" : "",
				    op->value & SHUTDOWN_OUT ? " out" : "");
		break;
	case OPERAND_SEM_SET:
		add_sem_call(out, w, op);
		break;
	case OPERAND_MESSAGE_QUEUE:
		add_message(out, op);
		break;
	case OPERAND_POSIX_QUEUE:
		if (op->code == OP_MQ_SEND)
			text_printf(out, " priority %u", op->a);
		if (op->code == OP_MQ_NOTIFY)
			text_printf(out, " %s", op->a ? signal_name(op->a, name) : "off");
		add_timeout(out, op->value);
		break;
	case OPERAND_ITIMER:
		text_add(out, itimer_names[op->a]);
		break;
	case OPERAND_OWN_TIMER:
		text_printf(out, " %s%s", signal_name(op->a, name),
			    op->flags & OP_TO_THREAD ? " to the thread" : "");
		break;
	case OPERAND_TIMER_SETTING:
		add_setting(out, &w->timer_settings[op->value]);
		break;
	case OPERAND_FUTEX:
		add_futex(out, w, op);
		break;
	case OPERAND_FUTEX_VECTOR:
		add_words(out, w, op);
		break;
	case OPERAND_COMPLETION:
	case OPERAND_KERNEL_SEMAPHORE:
	case OPERAND_KERNEL_MUTEX:
		add_kernel_sleep(out, op);
		break;
	case OPERAND_TRACE_EVENTS:
		text_add(out, "at");
		for (u32 i = 0; i < NR_TRACE_EVENTS; i++)
			if (op->value >> i & 1)
				text_printf(out, " %s", trace_event_names[i]);
		break;
	}
}
