/* SPDX-License-Identifier: MIT */
/*
 * Names of tasks and resources, and what to suggest for a name that does not exist.
 *
 * Resources other than barriers exist by being used, so a misspelt one is found by what nobody does
 * with it: a condition that is awaited and never signalled.
 */
#include "model/builder_inside.h"

#include <string.h>

#include "base/ensure.h"

enum {
	PIPE_CAPACITY_DEFAULT = 65536,
	SOCKET_SNDBUF_DEFAULT = 212992, /* net.core.wmem_default */
	MSG_QUEUE_BYTES_DEFAULT = 16384, /* MSGMNB */
	MQUEUE_MOST_DEFAULT = 10,        /* fs.mqueue.msg_default */
};

const char *const symbol_kind_names[NR_SYMBOL_KINDS] = {
	[SYMBOL_TASK] = "task",       [SYMBOL_MUTEX] = "mutex",         [SYMBOL_COND] = "condition",
	[SYMBOL_BARRIER] = "barrier", [SYMBOL_SEMAPHORE] = "semaphore", [SYMBOL_PIPE] = "pipe",
	[SYMBOL_WAIT_QUEUE] = "wait queue", [SYMBOL_RWLOCK] = "rwlock", [SYMBOL_EVENTFD] = "eventfd",
	[SYMBOL_FUTEX] = "futex",
	[SYMBOL_NETDEV] = "network device",
	[SYMBOL_KERNEL_MUTEX] = "kernel mutex", [SYMBOL_SPINLOCK] = "spinlock",
	[SYMBOL_RWSEM] = "rwsem",
	[SYMBOL_COMPLETION] = "completion", [SYMBOL_KERNEL_SEMAPHORE] = "kernel semaphore",
	[SYMBOL_EPOLL] = "epoll",     [SYMBOL_TIMERFD] = "timerfd",     [SYMBOL_TIMER] = "timer",
	[SYMBOL_SOCKET] = "socket",   [SYMBOL_LISTENER] = "listener", [SYMBOL_TTY] = "terminal",   [SYMBOL_SEM_SET] = "semaphore set",
	[SYMBOL_SHM] = "shared memory", [SYMBOL_MSG_QUEUE] = "message queue", [SYMBOL_MQUEUE] = "POSIX message queue",
	[SYMBOL_DEVICE] = "device",   [SYMBOL_GROUP] = "group",       [SYMBOL_TEXT] = "text",
	[SYMBOL_CPUS] = "cpu set",
};

void symbols_init(struct symbols *symbols)
{
	*symbols = (struct symbols){0};
	names_init(&symbols->names);
}

void symbols_fini(struct symbols *symbols)
{
	for (u32 kind = 0; kind < NR_SYMBOL_KINDS; kind++)
		vec_fini(&symbols->index[kind]);
	names_fini(&symbols->names);
}

u32 *symbol_slot(struct symbols *symbols, enum symbol_kind kind, const char *name)
{
	u32 id = names_intern_str(&symbols->names, name);

	while (symbols->index[kind].len <= id)
		vec_push(&symbols->index[kind], 0);
	return &symbols->index[kind].at[id];
}

s64 symbol_find(const struct symbols *symbols, enum symbol_kind kind, const char *name, size_t len)
{
	u32 id = names_find(&symbols->names, name, len);

	if (!id || id >= symbols->index[kind].len)
		return -1;
	return (s64)symbols->index[kind].at[id] - 1;
}

const char *suggestion(struct builder *b, const char *word, const char *const *candidates, size_t n)
{
	const char *best = n ? text_suggest(word, candidates, n) : NULL;

	return best ? arena_printf(b->arena, " (did you mean '%s'?)", best) : "";
}

/*
 * A search through all names is costly if many names are wrong among many, and only the first
 * messages are shown.
 */
static bool may_suggest(struct builder *b)
{
	return b->nr_suggestions++ < 2 * DIAG_MAX_SHOWN;
}

const char *suggest_task(struct builder *b, const char *word, bool templates_only)
{
	vec_of(const char *) names = {0};

	if (!may_suggest(b))
		return "";
	for (u32 i = 0; i < b->tasks.len; i++)
		if (b->tasks.at[i].is_template || !templates_only)
			vec_push(&names, b->tasks.at[i].name);
	const char *text = suggestion(b, word, names.at, names.len);

	vec_fini(&names);
	return text;
}

/* Suggests among the declared ones and those that somebody gives. */
const char *suggest_resource(struct builder *b, enum symbol_kind kind, const char *word)
{
	vec_of(const char *) names = {0};

	if (!may_suggest(b))
		return "";
	for (u32 i = 0; i < b->uses[kind].len; i++) {
		const struct resource_use *use = &b->uses[kind].at[i];

		if (strcmp(use->name, word) != 0 && (use->declared || use->given))
			vec_push(&names, use->name);
	}
	const char *text = suggestion(b, word, names.at, names.len);

	vec_fini(&names);
	return text;
}

static void add_spec(struct builder *b, enum symbol_kind kind, const char *name)
{
	switch (kind) {
	case SYMBOL_MUTEX:
		vec_push(&b->mutexes, (struct mutex_spec){.name = name, .kind = MUTEX_NORMAL});
		break;
	case SYMBOL_COND:
		vec_push(&b->conds, (struct cond_spec){.name = name});
		break;
	case SYMBOL_BARRIER:
		vec_push(&b->barriers, (struct barrier_spec){.name = name});
		break;
	case SYMBOL_SEMAPHORE:
		vec_push(&b->semaphores, (struct semaphore_spec){.name = name});
		break;
	case SYMBOL_WAIT_QUEUE:
		vec_push(&b->wait_queues, (struct wait_queue_spec){.name = name});
		break;
	case SYMBOL_RWLOCK:
		vec_push(&b->rwlocks, (struct rwlock_spec){.name = name});
		break;
	case SYMBOL_EVENTFD:
		vec_push(&b->eventfds, (struct eventfd_spec){.name = name});
		break;
	case SYMBOL_EPOLL:
		vec_push(&b->epolls, (struct epoll_spec){.name = name});
		break;
	case SYMBOL_TIMERFD:
		vec_push(&b->timerfds, (struct timerfd_spec){.name = name});
		break;
	case SYMBOL_SEM_SET:
		vec_push(&b->sem_sets, (struct sem_set_spec){.name = name});
		break;
	case SYMBOL_SHM:
		vec_push(&b->shms, (struct shm_spec){.name = name});
		break;
	case SYMBOL_MSG_QUEUE:
		vec_push(&b->msg_queues,
			 (struct msg_queue_spec){.name = name, .bytes = MSG_QUEUE_BYTES_DEFAULT});
		break;
	case SYMBOL_MQUEUE:
		vec_push(&b->mqueues, (struct mqueue_spec){.name = name, .most = MQUEUE_MOST_DEFAULT});
		break;
	case SYMBOL_SOCKET:
		vec_push(&b->sockets,
			 (struct socket_spec){.name = name, .sndbuf = SOCKET_SNDBUF_DEFAULT});
		break;
	case SYMBOL_LISTENER:
		vec_push(&b->listeners, (struct listener_spec){.name = name,
							       .backlog = LISTENER_BACKLOG_DEFAULT,
							       .sockets = 1,
							       .sndbuf = SOCKET_SNDBUF_DEFAULT});
		break;
	case SYMBOL_TTY:
		vec_push(&b->ttys, (struct tty_spec){.name = name});
		break;
	case SYMBOL_TIMER:
		vec_push(&b->timers, (struct timer_spec){.name = name});
		break;
	case SYMBOL_NETDEV:
		vec_push(&b->netdevs, (struct netdev_spec){.name = name});
		break;
	case SYMBOL_KERNEL_MUTEX:
		vec_push(&b->kernel_mutexes, (struct kernel_lock_spec){.name = name});
		break;
	case SYMBOL_RWSEM:
		vec_push(&b->rwsems, (struct kernel_lock_spec){.name = name});
		break;
	case SYMBOL_COMPLETION:
		vec_push(&b->completions, (struct kernel_lock_spec){.name = name});
		break;
	case SYMBOL_KERNEL_SEMAPHORE:
		vec_push(&b->ksems, (struct ksem_spec){.name = name, .value = 1});
		break;
	case SYMBOL_SPINLOCK:
		vec_push(&b->spinlocks, (struct kernel_lock_spec){.name = name});
		break;
	case SYMBOL_FUTEX:
		vec_push(&b->futexes, (struct futex_spec){.name = name});
		break;
	case SYMBOL_DEVICE:
		vec_push(&b->devices, (struct device_spec){.name = name});
		break;
	default:
		ensure(kind == SYMBOL_PIPE);
		vec_push(&b->pipes,
			 (struct pipe_spec){.name = name, .capacity = PIPE_CAPACITY_DEFAULT});
	}
}

u32 resource_use(struct builder *b, enum symbol_kind kind, const char *name)
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
	u32 index = resource_use(b, kind, name);
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

u32 builder_cond(struct builder *b, struct loc loc, const char *name)
{
	return resource_declare(b, loc, SYMBOL_COND, name);
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

u32 builder_socket_kind(struct builder *b, struct loc loc, const char *name, u64 sndbuf, enum socket_kind kind)
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

u32 builder_timerfd(struct builder *b, struct loc loc, const char *name)
{
	return resource_declare(b, loc, SYMBOL_TIMERFD, name);
}

u32 builder_kernel_mutex(struct builder *b, struct loc loc, const char *name)
{
	return resource_declare(b, loc, SYMBOL_KERNEL_MUTEX, name);
}

u32 builder_completion(struct builder *b, struct loc loc, const char *name)
{
	return resource_declare(b, loc, SYMBOL_COMPLETION, name);
}

u32 builder_kernel_semaphore(struct builder *b, struct loc loc, const char *name, u64 value)
{
	u32 index = resource_declare(b, loc, SYMBOL_KERNEL_SEMAPHORE, name);

	b->ksems.at[index].value = value;
	return index;
}

u32 builder_rwsem(struct builder *b, struct loc loc, const char *name)
{
	return resource_declare(b, loc, SYMBOL_RWSEM, name);
}

u32 builder_spinlock(struct builder *b, struct loc loc, const char *name)
{
	return resource_declare(b, loc, SYMBOL_SPINLOCK, name);
}

u32 builder_futex(struct builder *b, struct loc loc, const char *name, u32 value)
{
	u32 index = resource_declare(b, loc, SYMBOL_FUTEX, name);

	b->futexes.at[index].value = value;
	return index;
}

u32 builder_rwlock(struct builder *b, struct loc loc, const char *name)
{
	return resource_declare(b, loc, SYMBOL_RWLOCK, name);
}

u32 builder_wait_queue(struct builder *b, struct loc loc, const char *name)
{
	return resource_declare(b, loc, SYMBOL_WAIT_QUEUE, name);
}
