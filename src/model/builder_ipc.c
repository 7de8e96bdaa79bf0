/* SPDX-License-Identifier: MIT */
/* Operands of the ops by which tasks talk to each other in other ways than pipes, and of timers. */
#include "model/builder_inside.h"

#include "base/ensure.h"

enum { EVENTS_AT_ONCE = 1024, POLL_FILES_MAX = 1024 };

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
	else if (watch->kind == WATCH_EPOLL &&
		 (op->code == OP_EPOLL_ADD || op->code == OP_EPOLL_MOD) && op->b == watch->index)
		what = "an epoll cannot watch itself";
	else if (watch->kind == WATCH_LISTENER && watch->events != WATCH_IN)
		what = "a listener has nothing but 'in'";
	else if (watch->kind == WATCH_SIGNALFD && watch->events != WATCH_IN)
		what = "a signalfd has nothing but 'in'";
	if (what)
		diag_error(b->diag, loc, "%s in task '%s': %s", key, b->task.name, what);
}

static struct op_watch find_watch(struct builder *b, struct loc loc, const struct op *op,
				  const char *name, struct op_watch watch)
{
	struct op reads = *op;

	ensure(watch.kind < NR_WATCH_KINDS);
	/* Who watches for data waits for it; who watches for room gives nothing yet. */
	reads.code = watch.events & WATCH_IN ? OP_EPOLL_WAIT : OP_EPOLL_ADD;
	if (watch.kind == WATCH_CONNECTION)
		watch.index = op_connection(b, loc, op, name);
	else
		watch.index = op_resource(b, loc, &reads, name, watched_symbols[watch.kind]);
	check_watch(b, loc, op, &watch);
	if (watch.kind == WATCH_PIPE)
		watch.end = watch.events == WATCH_OUT;
	return watch;
}

static void set_watch(struct builder *b, struct loc loc, struct op *op,
		      const struct op_operands *given)
{
	op->value = op_watch_pack(find_watch(b, loc, op, given->watched, given->watch));
}

static void set_polled(struct builder *b, struct loc loc, struct op *op,
		       const struct op_operands *given)
{
	if (given->nr_files > POLL_FILES_MAX)
		diag_error(b->diag, loc, "%s in task '%s': at most %d things at once",
			   op_infos[op->code].key, b->task.name, POLL_FILES_MAX);
	op->a = (u16)min_of(given->nr_files, (u32)POLL_FILES_MAX);
	op->value = b->polled.len;
	for (u32 i = 0; i < op->a; i++)
		vec_push(&b->polled,
			 find_watch(b, loc, op, given->files[i].name, given->files[i].watch));
	if (given->timeout_ns) {
		vec_push(&b->timer_settings, (struct timer_setting){.value = given->timeout_ns});
		op->b = b->timer_settings.len;
	}
	op->flags |= given->nonblock ? OP_NONBLOCK : 0;
}

/* A signal each time: the next one is due before this one is handled. */
static void warn_of_short_period(struct builder *b, struct loc loc, const struct op *op,
				 u64 interval)
{
	const struct costs *costs = &b->w.platform.costs;
	u64 least = costs->timer + costs->signal;
	char buf[16], bound[16];

	if (!interval || interval >= least || op->code == OP_TIMERFD_SET ||
	    (op->code == OP_SETITIMER && op->a != ITIMER_REAL_TIME))
		return;
	format_duration(interval, buf);
	format_duration(least, bound);
	diag_warning(
		b->diag, loc,
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

static void check_socket(struct builder *b, struct loc loc, const struct op *op,
			 const struct socket_spec *socket)
{
	bool closes = op->code == OP_CLOSE || op->code == OP_SHUTDOWN;

	if (closes && socket->kind != SOCKET_STREAM)
		diag_error(b->diag, loc, "socket '%s' is of datagrams: its ends do not close",
			   socket->name);
	else if (closes && !socket->eof)
		diag_error(b->diag, loc,
			   "socket '%s' has no ends that close: declare it with 'eof: true'",
			   socket->name);
	if (socket->kind == SOCKET_MAILBOX && (op->code == OP_SEND ? op->a != 0 : op->a != 1))
		diag_error(
			b->diag, loc,
			"%s in task '%s': one sends to a mailbox at its end 0, and receives at its end 1",
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
		op->b = op_connection(b, loc, op, given->resource);
		return;
	}
	op->b = op_resource(b, loc, op, given->resource, SYMBOL_SOCKET);
	op->a = (u16)given->end;
	check_socket(b, loc, op, &b->sockets.at[op->b]);
}

static void set_sem_call(struct builder *b, struct loc loc, struct op *op,
			 const struct op_operands *given)
{
	const struct sem_set_spec *set;

	op->flags |= given->nonblock ? OP_NONBLOCK : 0;
	op->value = b->sem_calls.len;
	vec_push(&b->sem_calls, (struct sem_call){.first = b->sem_ops.len,
						  .nr = given->nr_sem_ops,
						  .timeout_ns = given->timeout_ns});
	set = op->b < b->sem_sets.len ? &b->sem_sets.at[op->b] : NULL;
	if (given->all_sems && set && set->values && set->nr != given->nr_sem_ops)
		diag_error(
			b->diag, loc,
			"semctl in task '%s': set '%s' has %u semaphores, but here are %u values",
			b->task.name, set->name, set->nr, given->nr_sem_ops);
	for (u32 i = 0; i < given->nr_sem_ops; i++) {
		const struct sem_op *one = &given->sem_ops[i];

		if (set && set->values && one->sem >= set->nr && !given->all_sems)
			diag_error(b->diag, loc,
				   "%s in task '%s': set '%s' has %u semaphores, no %u",
				   op_infos[op->code].key, b->task.name, set->name, set->nr,
				   one->sem);
		vec_push(&b->sem_ops, *one);
	}
}

static void set_message(struct builder *b, struct loc loc, struct op *op,
			const struct op_operands *given)
{
	op->flags |= given->nonblock ? OP_NONBLOCK : 0;
	op->a = (u16)((given->except ? MESSAGE_EXCEPT : 0) |
		      (given->truncated ? MESSAGE_TRUNCATED : 0) |
		      (given->remove ? MESSAGE_REMOVE : 0));
	op->value = op_message_pack(given->type, given->message_bytes);
	if (op->code == OP_MSGSND && given->type < 1)
		diag_error(b->diag, loc, "msgsnd in task '%s': a message's type is at least 1",
			   b->task.name);
}

/* A requeue lets others wait there; a wake with a change wakes there, too. */
static void note_second_word(struct loc loc, const struct op *op, struct resource_use *use)
{
	if (op->code == OP_FUTEX_WAKE_OP) {
		use->given = true;
		return;
	}
	if (!use->taken)
		use->taken_at = loc;
	if (!use->waits)
		use->waits_at = loc;
	use->taken = use->waits = true;
}

static void set_words(struct builder *b, struct loc loc, struct op *op,
		      const struct op_operands *given)
{
	op->a = (u16)given->nr_words;
	op->value = b->futex_calls.len;
	for (u32 i = 0; i < given->nr_words; i++) {
		u32 word = op_resource(b, loc, op, given->words[i].name, SYMBOL_FUTEX);

		for (u32 k = 0; k < i; k++)
			if (b->futex_calls.at[op->value + k].to == word)
				diag_error(b->diag, loc,
					   "futex_waitv in task '%s' names '%s' twice",
					   b->task.name, given->words[i].name);
		vec_push(&b->futex_calls, (struct futex_call){.to = word,
							      .value = given->words[i].value,
							      .bitset = UINT32_MAX,
							      .timeout_ns = given->timeout_ns});
		if (!i)
			op->b = word;
	}
}

static void set_futex(struct builder *b, struct loc loc, struct op *op,
		      const struct op_operands *given)
{
	struct futex_call call = given->futex;

	if (op->code == OP_FUTEX_REQUEUE || op->code == OP_FUTEX_WAKE_OP) {
		const char *to = required_name(b, loc, op, given->futex_to, SYMBOL_FUTEX);
		struct resource_use *use;

		if (!to)
			return;
		call.to = resource_index(b, SYMBOL_FUTEX, to);
		use = &b->uses[SYMBOL_FUTEX].at[call.to];
		note_second_word(loc, op, use);
	}
	op->a = call.timeout_ns > 0;
	vec_push(&b->futex_calls, call);
	op->value = b->futex_calls.len - 1;
}

void set_ipc_operand(struct builder *b, struct loc loc, struct op *op, char letter,
		     const struct op_operands *given)
{
	switch (letter) {
	case OPERAND_FUTEX_VECTOR:
		set_words(b, loc, op, given);
		break;
	case OPERAND_FUTEX:
		set_futex(b, loc, op, given);
		break;
	case OPERAND_EPOLL:
		if (op->code != OP_EPOLL_WAIT)
			break;
		op->a = (u16)(given->most ? given->most : EVENTS_AT_ONCE);
		op->value = given->timeout_ns;
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_WATCH:
		set_watch(b, loc, op, given);
		break;
	case OPERAND_POLL:
		set_polled(b, loc, op, given);
		break;
	case OPERAND_SIGNALFD:
	case OPERAND_TIMERFD:
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_SOCKET_END:
		set_socket(b, loc, op, given);
		break;
	case OPERAND_LISTENER:
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_SEM_SET:
		set_sem_call(b, loc, op, given);
		break;
	case OPERAND_MESSAGE_QUEUE:
		set_message(b, loc, op, given);
		break;
	case OPERAND_POSIX_QUEUE:
		op->a = (u16)(op->code == OP_MQ_NOTIFY ? given->signal : given->priority);
		op->value = given->timeout_ns;
		op->flags |= given->nonblock ? OP_NONBLOCK : 0;
		break;
	case OPERAND_ITIMER:
		op->a = (u16)given->itimer;
		break;
	case OPERAND_OWN_TIMER:
		op->a = (u16)(given->signal ? given->signal : SIGNAL_ALRM);
		op->flags |= given->to_thread ? OP_TO_THREAD : 0;
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
