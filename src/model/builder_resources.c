/* SPDX-License-Identifier: MIT */
/*
 * Resources: how they come to be, and what ops do with them.
 *
 * Most exist by being used, so a misspelt one is found by what nobody does with it: a condition
 * that is awaited and never signalled.
 */
#include "model/builder_inside.h"

#include "base/ensure.h"

/* One that is used, and not declared so far. */
static void add_spec(struct builder *b, enum symbol_kind kind, const char *name)
{
	switch (kind) {
#define X(sym, member, spec, word, ...)                                           \
	case SYMBOL_##sym:                                                        \
		vec_push(&b->member, (struct spec){.name = name, ##__VA_ARGS__}); \
		break;
		RESOURCES(X)
#undef X
	default:
		ensure(kind < NR_RESOURCE_KINDS);
	}
}

u32 resource_index(struct builder *b, enum symbol_kind kind, const char *name)
{
	u32 *slot = symbol_slot(&b->symbols, kind, name);

	if (!*slot) {
		const char *copy = arena_strdup(b->arena, name);

		add_spec(b, kind, copy);
		vec_push(&b->uses[kind], (struct resource_use){.name = copy});
		*slot = b->uses[kind].len;
	}
	return *slot - 1;
}

u32 resource_declare(struct builder *b, struct loc loc, enum symbol_kind kind, const char *name)
{
	u32 index = resource_index(b, kind, name);
	struct resource_use *use = &b->uses[kind].at[index];

	if (use->declared) {
		diag_error(b->diag, loc, "%s '%s' is declared twice", symbol_kind_names[kind],
			   name);
		diag_note(b->diag, use->declared_at, "'%s' was declared here", name);
	}
	use->declared = true;
	use->declared_at = loc;
	return index;
}

u32 builder_bare(struct builder *b, struct loc loc, enum symbol_kind kind, const char *name)
{
	return resource_declare(b, loc, kind, name);
}

const char *required_name(struct builder *b, struct loc loc, const struct op *op, const char *name,
			  enum symbol_kind kind)
{
	if (name && *name)
		return name;
	diag_error(b->diag, loc, "%s in task '%s' needs the name of a %s", op_infos[op->code].key,
		   b->task.name, symbol_kind_names[kind]);
	return NULL;
}

/* Signals, posts, writes: somebody else may wait for that. */
static bool gives(u8 code)
{
	switch (code) {
	case OP_COND_SIGNAL:
	case OP_COND_BROADCAST:
	case OP_SEM_POST:
	case OP_PIPE_WRITE:
	case OP_WAKE_UP:
	case OP_EVENT_WRITE:
	case OP_FUTEX_WAKE:
	case OP_FUTEX_REQUEUE:
	case OP_FUTEX_WAKE_OP:
	case OP_FUTEX_REQUEUE_PI:
	case OP_FUTEX_SET:
	case OP_EPOLL_ADD:
	case OP_EPOLL_MOD:
	case OP_TIMERFD_SET:
	case OP_SEND:
	case OP_OPEN_WRITE:
	case OP_CONNECT:
	case OP_MQ_NOTIFY:
	case OP_MQ_UNLINK:
	case OP_MSGSND:
	case OP_MSGCTL:
	case OP_COMPLETE:
	case OP_COMPLETE_ALL:
	case OP_MQ_SEND:
		return true;
	default:
		return false;
	}
}

/* What the op does with the resource: give (signal, post, write), take (wait, read) or neither. */
static void note_use(const struct builder *b, struct loc loc, const struct op *op,
		     struct resource_use *use)
{
	if (gives(op->code)) {
		use->given = true;
		return;
	}
	if (!use->taken)
		use->taken_at = loc;
	use->taken = true;
	if (b->op_is_timed)
		return;
	if (!use->waits)
		use->waits_at = loc;
	use->waits = true;
}

u32 op_resource(struct builder *b, struct loc loc, const struct op *op, const char *name,
		enum symbol_kind kind)
{
	name = required_name(b, loc, op, name, kind);
	if (!name)
		return 0;
	u32 index = resource_index(b, kind, name);

	note_use(b, loc, op, &b->uses[kind].at[index]);
	return index;
}

u32 op_connection(struct builder *b, struct loc loc, const struct op *op, const char *name)
{
	struct resource_use *use;
	u32 index;

	name = required_name(b, loc, op, name, SYMBOL_LISTENER);
	if (!name)
		return 0;
	index = resource_index(b, SYMBOL_LISTENER, name);
	use = &b->uses[SYMBOL_LISTENER].at[index];
	if (!use->talks)
		use->talks_at = loc;
	use->talks = true;
	return index;
}

u32 builder_mutex_spec(struct builder *b, struct loc loc, const struct mutex_spec *spec)
{
	u32 index = resource_declare(b, loc, SYMBOL_MUTEX, spec->name);
	const char *name = b->mutexes.at[index].name;

	b->mutexes.at[index] = *spec;
	b->mutexes.at[index].name = name;
	return index;
}

u32 builder_mutex(struct builder *b, struct loc loc, const char *name, enum mutex_kind kind)
{
	return builder_mutex_spec(b, loc, &(struct mutex_spec){.name = name, .kind = (u8)kind});
}

u32 builder_barrier(struct builder *b, struct loc loc, const char *name, u32 parties)
{
	u32 index = resource_declare(b, loc, SYMBOL_BARRIER, name);

	if (parties == 0)
		diag_error(b->diag, loc, "barrier '%s' needs at least one party", name);
	b->barriers.at[index].parties = parties;
	return index;
}

u32 builder_semaphore(struct builder *b, struct loc loc, const char *name, u64 value)
{
	u32 index = resource_declare(b, loc, SYMBOL_SEMAPHORE, name);

	b->semaphores.at[index].value = value;
	return index;
}

u32 builder_pipe(struct builder *b, struct loc loc, const char *name, u64 capacity,
		 enum pipe_kind kind)
{
	u32 index = resource_declare(b, loc, SYMBOL_PIPE, name);

	if (capacity == 0)
		diag_error(b->diag, loc, "pipe '%s' needs a capacity of at least one byte", name);
	b->pipes.at[index].capacity = capacity;
	b->pipes.at[index].eof = kind != PIPE_ENDLESS;
	b->pipes.at[index].fifo = kind == PIPE_FIFO;
	if (kind != PIPE_ENDLESS && !builder_has_linux_model(b))
		diag_error(b->diag, loc, "xv6 has no pipes with '%s' (pipe '%s')",
			   kind == PIPE_FIFO ? "fifo" : "eof", name);
	return index;
}

u32 builder_eventfd(struct builder *b, struct loc loc, const char *name, u64 value, bool semaphore)
{
	u32 index = resource_declare(b, loc, SYMBOL_EVENTFD, name);

	b->eventfds.at[index].value = value;
	b->eventfds.at[index].semaphore = semaphore;
	return index;
}

u32 builder_epoll(struct builder *b, struct loc loc, const char *name, bool private)
{
	u32 index = resource_declare(b, loc, SYMBOL_EPOLL, name);

	b->epolls.at[index].private = private;
	return index;
}

u32 builder_socket(struct builder *b, struct loc loc, const char *name, u64 sndbuf, bool eof)
{
	u32 index = resource_declare(b, loc, SYMBOL_SOCKET, name);

	if (sndbuf)
		b->sockets.at[index].sndbuf = sndbuf;
	b->sockets.at[index].eof = eof;
	return index;
}

u32 builder_socket_kind(struct builder *b, struct loc loc, const char *name, u64 sndbuf,
			enum socket_kind kind)
{
	u32 index = builder_socket(b, loc, name, sndbuf, false);

	b->sockets.at[index].kind = (u8)kind;
	return index;
}

u32 builder_listener(struct builder *b, struct loc loc, const char *name, u32 backlog, u64 sndbuf)
{
	u32 index = resource_declare(b, loc, SYMBOL_LISTENER, name);

	b->listeners.at[index].backlog = backlog;
	if (sndbuf)
		b->listeners.at[index].sndbuf = sndbuf;
	return index;
}

void builder_listener_sockets(struct builder *b, u32 listener, u32 sockets)
{
	b->listeners.at[listener].sockets = sockets;
}

u32 builder_tty(struct builder *b, struct loc loc, const struct tty_spec *spec)
{
	u32 index = resource_declare(b, loc, SYMBOL_TTY, spec->name);
	struct tty_spec *tty = &b->ttys.at[index];
	struct tty_event *events = arena_array(b->arena, struct tty_event, spec->nr_events);

	for (u32 i = 0; i < spec->nr_events; i++)
		events[i] = spec->events[i];
	tty->tostop = spec->tostop;
	tty->events = events;
	tty->nr_events = spec->nr_events;
	return index;
}

u32 builder_signalfd(struct builder *b, struct loc loc, const char *name, u64 signals)
{
	u32 index = resource_declare(b, loc, SYMBOL_SIGNALFD, name);

	b->signalfds.at[index].signals = signals;
	return index;
}

u32 builder_sem_set(struct builder *b, struct loc loc, const char *name, const s32 *values, u32 nr)
{
	u32 index = resource_declare(b, loc, SYMBOL_SEM_SET, name);
	s32 *copy = arena_array(b->arena, s32, nr);

	for (u32 i = 0; i < nr; i++)
		copy[i] = values[i];
	b->sem_sets.at[index].values = copy;
	b->sem_sets.at[index].nr = nr;
	return index;
}

u32 builder_shm(struct builder *b, struct loc loc, const char *name, u64 pages)
{
	u32 index = resource_declare(b, loc, SYMBOL_SHM, name);

	b->shms.at[index].pages = pages;
	return index;
}

u32 builder_msg_queue(struct builder *b, struct loc loc, const char *name, u64 bytes)
{
	u32 index = resource_declare(b, loc, SYMBOL_MSG_QUEUE, name);

	if (bytes)
		b->msg_queues.at[index].bytes = bytes;
	return index;
}

u32 builder_mqueue(struct builder *b, struct loc loc, const char *name, u32 most)
{
	u32 index = resource_declare(b, loc, SYMBOL_MQUEUE, name);

	if (most)
		b->mqueues.at[index].most = most;
	return index;
}

u32 builder_kernel_semaphore(struct builder *b, struct loc loc, const char *name, u64 value)
{
	u32 index = resource_declare(b, loc, SYMBOL_KERNEL_SEMAPHORE, name);

	b->ksems.at[index].value = value;
	return index;
}

u32 builder_futex(struct builder *b, struct loc loc, const char *name, u32 value)
{
	u32 index = resource_declare(b, loc, SYMBOL_FUTEX, name);

	b->futexes.at[index].value = value;
	return index;
}
