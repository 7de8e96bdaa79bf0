/* SPDX-License-Identifier: MIT */
/* Operands of builder_ipc.c as text. */
#include "model/program.h"
#include "model/workload.h"

const char *const futex_change_names[NR_FUTEX_CHANGES] = {"set", "add", "or", "andn", "xor"};
const char *const futex_relation_names[NR_FUTEX_RELATIONS] = {"eq", "ne", "lt", "le", "gt", "ge"};
const char *const trace_event_names[NR_TRACE_EVENTS] = {"fork", "vfork", "clone", "exec", "vfork_done", "exit"};
const char *const itimer_names[NR_ITIMERS] = {"real", "virtual", "prof"};

static const char *watched_name(const struct workload *w, const struct op_watch *watch)
{
	switch ((enum watch_kind)watch->kind) {
	case WATCH_PIPE:
		return w->pipes[watch->index].name;
	case WATCH_EVENTFD:
		return w->eventfds[watch->index].name;
	case WATCH_TIMERFD:
		return w->timerfds[watch->index].name;
	case WATCH_SOCKET:
		return w->sockets[watch->index].name;
	case WATCH_EPOLL:
		return w->epolls[watch->index].name;
	case WATCH_LISTENER:
		return w->listeners[watch->index].name;
	case WATCH_MQUEUE:
		return w->mqueues[watch->index].name;
	case NR_WATCH_KINDS:
		break;
	}
	return "";
}

static void add_watch(struct text *out, const struct workload *w, const struct op *op)
{
	struct op_watch watch = op_watch_unpack(op->value);

	text_add(out, watched_name(w, &watch));
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

	text_add(out, w->futexes[op->b].name);
	if (op->code == OP_FUTEX_WAIT || op->code == OP_FUTEX_WAIT_PI || op->code == OP_FUTEX_SET || call->compare)
		text_printf(out, " value %u", call->value);
	if (op->code == OP_FUTEX_WAKE || op->code == OP_FUTEX_REQUEUE)
		text_printf(out, " wake %u", call->wake);
	if (op->code == OP_FUTEX_REQUEUE)
		text_printf(out, " requeue %u to %s", call->requeue, w->futexes[call->to].name);
	if (op->code == OP_FUTEX_REQUEUE_PI)
		text_printf(out, " requeue %u", call->requeue);
	if (op->code == OP_FUTEX_WAKE_OP)
		text_printf(out, " wake %u, %s %s %u, wake %u if it was %s %d", call->wake, w->futexes[call->to].name,
			    futex_change_names[call->change], call->value, call->requeue,
			    futex_relation_names[call->relation], call->with);
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
		text_printf(out, "%s%s value %u", i ? ", " : "", w->futexes[calls[i].to].name, calls[i].value);
	if (op->a)
		add_timeout(out, calls->timeout_ns);
}

static void add_sem_call(struct text *out, const struct workload *w, const struct op *op)
{
	const struct sem_call *call = &w->sem_calls[op->value];

	text_add(out, w->sem_sets[op->b].name);
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

static void add_message(struct text *out, const struct workload *w, const struct op *op)
{
	if (op->code == OP_MSGCTL) {
		text_add(out, w->msg_queues[op->b].name);
		if (op->a & MESSAGE_REMOVE)
			text_add(out, " removed");
		else
			text_printf(out, " %u bytes", op_message_bytes(op->value));
		return;
	}
	text_printf(out, "%s type %d %u bytes%s%s", w->msg_queues[op->b].name,
		    op_message_type(op->value), op_message_bytes(op->value),
		    op->a & MESSAGE_EXCEPT ? " except" : "",
		    op->a & MESSAGE_TRUNCATED ? " truncated" : "");
}

void program_add_ipc(struct text *out, const struct workload *w, const struct op *op, char letter)
{
	char name[SIGNAL_NAME_MAX];

	switch (letter) {
	case OPERAND_EPOLL:
		text_add(out, w->epolls[op->b].name);
		if (op->code == OP_EPOLL_WAIT)
			add_timeout(out, op->value);
		break;
	case OPERAND_WATCH:
		add_watch(out, w, op);
		break;
	case OPERAND_TIMERFD:
		text_add(out, w->timerfds[op->b].name);
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
		add_message(out, w, op);
		break;
	case OPERAND_POSIX_QUEUE:
		text_add(out, w->mqueues[op->b].name);
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
		text_printf(out, "%s %s", w->timers[op->b].name, signal_name(op->a, name));
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
	case OPERAND_TTY:
		text_add(out, w->ttys[op->b].name);
		break;
	case OPERAND_LISTENER:
		text_add(out, w->listeners[op->b].name);
		break;
	case OPERAND_SHM:
		text_add(out, w->shms[op->b].name);
		break;
	case OPERAND_NETDEV:
		text_add(out, w->netdevs[op->b].name);
		break;
	case OPERAND_COMPLETION:
		text_add(out, w->completions[op->b].name);
		add_kernel_sleep(out, op);
		break;
	case OPERAND_KERNEL_SEMAPHORE:
		text_add(out, w->ksems[op->b].name);
		add_kernel_sleep(out, op);
		break;
	case OPERAND_KERNEL_MUTEX:
		text_add(out, w->kernel_mutexes[op->b].name);
		add_kernel_sleep(out, op);
		break;
	case OPERAND_RWSEM:
		text_add(out, w->rwsems[op->b].name);
		break;
	case OPERAND_TRACE_EVENTS:
		text_add(out, "at");
		for (u32 i = 0; i < NR_TRACE_EVENTS; i++)
			if (op->value >> i & 1)
				text_printf(out, " %s", trace_event_names[i]);
		break;
	case OPERAND_SPINLOCK:
		text_add(out, w->spinlocks[op->b].name);
		break;
	}
}

/* ---- Ends ---- */

bool op_end(const struct op *op, struct end *end)
{
	switch (op->code) {
	case OP_PIPE_READ:
	case OP_CLOSE_READ:
	case OP_OPEN_READ:
		*end = (struct end){op->b, END_OF_PIPE, PIPE_READS};
		return true;
	case OP_PIPE_WRITE:
	case OP_CLOSE_WRITE:
	case OP_OPEN_WRITE:
		*end = (struct end){op->b, END_OF_PIPE, PIPE_WRITES};
		return true;
	case OP_SEND:
	case OP_RECV:
	case OP_CLOSE:
	case OP_SHUTDOWN:
		if (op->flags & OP_CONNECTION)
			return false;
		*end = (struct end){op->b, END_OF_SOCKET, (u8)op->a};
		return true;
	default:
		return false;
	}
}
