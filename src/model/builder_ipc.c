/* SPDX-License-Identifier: MIT */
/* Operands of the ops by which tasks talk to each other in other ways than pipes. */
#include "model/builder_inside.h"

#include "base/ensure.h"

enum { EVENTS_AT_ONCE = 1024 };

/* What may be watched is of the kinds of resources that these are. */
static const enum symbol_kind watched_symbols[NR_WATCH_KINDS] = {
	[WATCH_PIPE] = SYMBOL_PIPE,
	[WATCH_EVENTFD] = SYMBOL_EVENTFD,
	[WATCH_TIMERFD] = SYMBOL_TIMERFD,
	[WATCH_SOCKET] = SYMBOL_SOCKET,
	[WATCH_MQUEUE] = SYMBOL_MQUEUE,
	[WATCH_LISTENER] = SYMBOL_LISTENER,
	[WATCH_EPOLL] = SYMBOL_EPOLL,
};

static void check_watch(struct builder *b, struct loc loc, const struct op *op,
			const struct op_watch *watch)
{
	const char *key = op_infos[op->code].key, *what = NULL;

	if (watch->how & WATCH_EXCLUSIVE && op->code == OP_EPOLL_MOD)
		what = "'exclusive' is told when it is added";
	else if (watch->how & WATCH_EXCLUSIVE && watch->how & WATCH_ONESHOT)
		what = "it is either 'exclusive' or 'oneshot'";
	else if (watch->kind == WATCH_PIPE && watch->events == (WATCH_IN | WATCH_OUT))
		what = "an end of a pipe is for 'in' or for 'out'";
	else if (watch->kind == WATCH_TIMERFD && watch->events != WATCH_IN)
		what = "a timerfd has nothing but 'in'";
	else if (watch->kind == WATCH_EPOLL && watch->events != WATCH_IN)
		what = "an epoll has nothing but 'in'";
	else if (watch->kind == WATCH_EPOLL && watch->how & WATCH_EXCLUSIVE)
		what = "an epoll cannot be watched exclusively";
	else if (watch->kind == WATCH_EPOLL && op->code != OP_READY && op->b == watch->index)
		what = "an epoll cannot watch itself";
	else if (watch->kind == WATCH_LISTENER && watch->events != WATCH_IN)
		what = "a listener has nothing but 'in'";
	if (what)
		diag_error(b->diag, loc, "%s in task '%s': %s", key, b->task.name, what);
}

static void set_watch(struct builder *b, struct loc loc, struct op *op,
		      const struct op_operands *given)
{
	struct op_watch watch = given->watch;
	struct op reads = *op;

	ensure(watch.kind < NR_WATCH_KINDS);
	/* Who watches for data waits for it; who watches for room gives nothing yet. */
	reads.code = watch.events & WATCH_IN ? OP_EPOLL_WAIT : OP_EPOLL_ADD;
	watch.index = use_resource(b, loc, &reads, given->watched, watched_symbols[watch.kind]);
	check_watch(b, loc, op, &watch);
	if (watch.kind == WATCH_PIPE)
		watch.end = watch.events == WATCH_OUT;
	op->value = op_watch_pack(watch);
}

/* A signal each time: the next one is due before this one is handled. */
static void warn_of_short_period(struct builder *b, struct loc loc, const struct op *op, u64 interval)
{
	const struct costs *costs = &b->w.platform.costs;
	u64 least = costs->timer + costs->signal;
	char buf[16], bound[16];

	if (!interval || interval >= least || op->code == OP_TIMERFD_SET ||
	    (op->code == OP_SETITIMER && op->a != ITIMER_REAL_TIME))
		return;
	format_duration(interval, buf);
	format_duration(least, bound);
	diag_warning(b->diag, loc,
		     "%s in task '%s': an interrupt and a signal take %s, so with one each %s the process does nothing else",
		     op_infos[op->code].key, b->task.name, bound, buf);
}

static void set_timer(struct builder *b, struct loc loc, struct op *op,
		      const struct timer_setting *setting)
{
	if (setting->value >= NEVER || setting->interval >= NEVER)
		diag_error(b->diag, loc, "%s in task '%s': at most 52 days can be simulated",
			   op_infos[op->code].key, b->task.name);
	warn_of_short_period(b, loc, op, setting->interval);
	op->value = b->timer_settings.len;
	vec_push(&b->timer_settings, *setting);
}

static void check_socket(struct builder *b, struct loc loc, const struct op *op, const struct socket_spec *socket)
{
	bool closes = op->code == OP_CLOSE || op->code == OP_SHUTDOWN;

	if (closes && socket->kind != SOCKET_STREAM)
		diag_error(b->diag, loc, "socket '%s' is of datagrams: its ends do not close", socket->name);
	else if (closes && !socket->eof)
		diag_error(b->diag, loc,
			   "socket '%s' has no ends that close: declare it with 'eof: true'", socket->name);
	if (socket->kind == SOCKET_MAILBOX && (op->code == OP_SEND ? op->a != 0 : op->a != 1))
		diag_error(b->diag, loc, "%s in task '%s': one sends to a mailbox at its end 0, and receives at its end 1",
			   op_infos[op->code].key, b->task.name);
}

static void set_socket(struct builder *b, struct loc loc, struct op *op,
		       const struct op_operands *given)
{
	op->flags |= given->nonblock ? OP_NONBLOCK : 0;
	if (op->code == OP_SHUTDOWN)
		op->value = given->shutdown;
	if (given->connection) {
		op->flags |= OP_CONNECTION;
		op->b = use_connection(b, loc, op, given->resource);
		return;
	}
	op->b = use_resource(b, loc, op, given->resource, SYMBOL_SOCKET);
	op->a = (u16)given->end;
	check_socket(b, loc, op, &b->sockets.at[op->b]);
}

static void set_sem_call(struct builder *b, struct loc loc, struct op *op,
			 const struct op_operands *given)
{
	const struct sem_set_spec *set;

	op->b = use_resource(b, loc, op, given->resource, SYMBOL_SEM_SET);
	op->flags |= given->nonblock ? OP_NONBLOCK : 0;
	op->value = b->sem_calls.len;
	vec_push(&b->sem_calls, (struct sem_call){.first = b->sem_ops.len,
						  .nr = given->nr_sem_ops,
						  .timeout_ns = given->timeout_ns});
	set = op->b < b->sem_sets.len ? &b->sem_sets.at[op->b] : NULL;
	if (given->all_sems && set && set->values && set->nr != given->nr_sem_ops)
		diag_error(b->diag, loc, "semctl in task '%s': set '%s' has %u semaphores, but here are %u values",
			   b->task.name, set->name, set->nr, given->nr_sem_ops);
	for (u32 i = 0; i < given->nr_sem_ops; i++) {
		const struct sem_op *one = &given->sem_ops[i];

		if (set && set->values && one->sem >= set->nr && !given->all_sems)
			diag_error(b->diag, loc, "%s in task '%s': set '%s' has %u semaphores, no %u",
				   op_infos[op->code].key, b->task.name, set->name, set->nr, one->sem);
		vec_push(&b->sem_ops, *one);
	}
}

static void set_message(struct builder *b, struct loc loc, struct op *op,
			const struct op_operands *given)
{
	op->b = use_resource(b, loc, op, given->resource, SYMBOL_MSG_QUEUE);
	op->flags |= given->nonblock ? OP_NONBLOCK : 0;
	op->a = (u16)((given->except ? MESSAGE_EXCEPT : 0) |
		      (given->truncated ? MESSAGE_TRUNCATED : 0) | (given->remove ? MESSAGE_REMOVE : 0));
	op->value = op_message_pack(given->type, given->message_bytes);
	if (op->code == OP_MSGSND && given->type < 1)
		diag_error(b->diag, loc, "msgsnd in task '%s': a message's type is at least 1",
			   b->task.name);
}

void set_ipc_operand(struct builder *b, struct loc loc, struct op *op, char letter,
		     const struct op_operands *given)
{
	switch (letter) {
	case OPERAND_EPOLL:
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_EPOLL);
		if (op->code != OP_EPOLL_WAIT)
			break;
		op->a = (u16)(given->most ? given->most : EVENTS_AT_ONCE);
		op->value = given->timeout_ns;
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_WATCH:
		set_watch(b, loc, op, given);
		break;
	case OPERAND_TIMERFD:
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_TIMERFD);
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_SOCKET_END:
		set_socket(b, loc, op, given);
		break;
	case OPERAND_TTY:
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_TTY);
		break;
	case OPERAND_LISTENER:
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_LISTENER);
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_SEM_SET:
		set_sem_call(b, loc, op, given);
		break;
	case OPERAND_MESSAGE_QUEUE:
		set_message(b, loc, op, given);
		break;
	case OPERAND_POSIX_QUEUE:
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_MQUEUE);
		op->a = (u16)(op->code == OP_MQ_NOTIFY ? given->signal : given->priority);
		op->value = given->timeout_ns;
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_ITIMER:
		op->a = (u16)given->itimer;
		break;
	case OPERAND_OWN_TIMER:
		op->b = use_resource(b, loc, op, given->resource, SYMBOL_TIMER);
		op->a = (u16)(given->signal ? given->signal : SIGNAL_ALRM);
		break;
	case OPERAND_TIMER_SETTING:
		set_timer(b, loc, op, &given->timer);
		break;
	}
}

/* ---- Ends that close ---- */

/* It closes with its last holder. (After a mistake an op may have no such pipe or pair.) */
static bool closes(const struct builder *b, struct end end)
{
	if (end.kind == END_OF_SOCKET)
		return end.index < b->sockets.len && b->sockets.at[end.index].eof;
	return end.index < b->pipes.len && b->pipes.at[end.index].eof;
}

void check_ends(struct builder *b)
{
	struct end ends[PROGRAM_ENDS_MAX], end;
	u32 nr = 0;

	for (u32 i = 0; i < b->ops.len; i++) {
		u32 at = 0;

		if (!op_end(&b->ops.at[i], &end) || !closes(b, end))
			continue;
		while (at < nr && !end_is(ends[at], end))
			at++;
		if (at < nr)
			continue;
		if (nr == PROGRAM_ENDS_MAX) {
			diag_error(b->diag, b->op_locs.at[i],
				   "a program uses at most %d ends of pipes and sockets that close "
				   "(task '%s')",
				   PROGRAM_ENDS_MAX, b->task.name);
			return;
		}
		ends[nr++] = end;
	}
}
