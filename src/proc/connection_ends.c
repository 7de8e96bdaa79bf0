/* SPDX-License-Identifier: MIT */
/*
 * Who has which end of a connection open. Kernel: fs/file.c; reference: process.md 3.5, 4.2.
 *
 * An end is in a table of files, which threads share and of which a child of fork has a copy, with
 * whatever is open. What a task means by the name of a listener is its own, like the variable that
 * the number is in: the connection that it made or accepted last, or that its parent meant when it
 * was born. It closes one that nobody else means when it gets another; one that was left open by a
 * thread that died is open until its process ends. An exec keeps what the new program uses.
 *
 * A call has the file while it lasts: an end that another thread closes meanwhile is open until the
 * call has ended.
 */
#include "proc/connection.h"

#include "proc/calls.h"
#include "proc/files.h"

/* ---- Open ends ---- */

static struct list *opened_in(const struct proc_world *world, u32 files)
{
	return &world->listeners->opened[files % BUCKETS];
}

static struct opened *open_end(struct proc_world *world, u32 files, u32 listener,
			       struct connection *connection, u32 end)
{
	u32 index;
	struct opened *opened = pool_get(&world->listeners->opened_pool, &index);

	*opened = (struct opened){.connection = connection,
				  .files = files,
				  .listener = listener,
				  .end = end,
				  .index = index};
	list_add_tail(opened_in(world, files), &opened->link);
	connection->socket.ends.holders[end]++;
	return opened;
}

/* Who still stands at it (stopped, or in a handler) finds itself woken. */
static void free_connection(struct proc_world *world, struct connection *connection)
{
	for (u32 end = 0; end < 2; end++) {
		struct list *waiting = &connection->socket.end[end].queue.entries;

		while (!list_empty(waiting))
			list_del(waiting->next);
	}
	pool_put(&world->listeners->connections, connection->index);
}

static void put_opened(struct proc_world *world, struct opened *opened)
{
	if (!opened->connection && !opened->nr_names)
		pool_put(&world->listeners->opened_pool, opened->index);
}

/* The last at an end closes it, and the last at both ends it. */
static void release(struct proc_world *world, struct opened *opened)
{
	struct connection *connection = opened->connection;
	struct ends *ends = &connection->socket.ends;

	opened->connection = NULL;
	if (!--ends->holders[opened->end]) {
		if (unlikely(world->epolls))
			epoll_forget(world, &connection->socket.end[opened->end].queue);
		stream_closed(world, &connection->socket, opened->end);
		wait_wake(world, &connection->socket.end[opened->end].queue, 0, TASK_INTERRUPTIBLE,
			  0, 0);
	}
	if (connection->socket.remote && !ends->holders[1])
		ends->holders[0] = 0;
	if (!ends->holders[0] && !ends->holders[1])
		free_connection(world, connection);
	put_opened(world, opened);
}

void connection_close(struct proc_world *world, struct opened *opened)
{
	list_del(&opened->link);
	opened->closed = true;
	if (!opened->nr_calls)
		release(world, opened);
}

void connection_call_begins(struct opened *opened)
{
	opened->nr_calls++;
}

void connection_call_ends(struct proc_world *world, struct opened *opened)
{
	if (!--opened->nr_calls && opened->closed)
		release(world, opened);
}

void connections_close(struct proc_world *world, u32 files)
{
	struct opened *opened, *next;

	list_for_each_safe (opened, next, opened_in(world, files), link)
		if (opened->files == files)
			connection_close(world, opened);
}

bool connections_next(const struct proc_world *world, u32 files, u32 *at, u32 *listener, u32 *end)
{
	const struct opened *opened;
	u32 nr = 0;

	list_for_each (opened, opened_in(world, files), link) {
		if (opened->files != files || nr++ < *at)
			continue;
		*at = nr;
		*listener = opened->listener;
		*end = opened->end;
		return true;
	}
	return false;
}

/* ---- What is meant by a name ---- */

static struct list *named_by(const struct proc_world *world, const struct proc *proc)
{
	return &world->listeners->named[proc->task.id % BUCKETS];
}

static struct named *find(const struct proc_world *world, const struct proc *proc, u32 listener)
{
	struct named *named;

	list_for_each (named, named_by(world, proc), link)
		if (named->task == proc->task.id && named->listener == listener)
			return named;
	return NULL;
}

struct opened *connection_meant(const struct proc_world *world, const struct proc *proc,
				u32 listener)
{
	const struct named *named = find(world, proc, listener);

	return named ? named->opened : NULL;
}

void connection_identify(const struct proc_world *world, const struct proc *proc, u32 listener,
			 struct op_watch *watch)
{
	const struct opened *opened = connection_meant(world, proc, listener);
	bool is_open = opened && opened->connection && !opened->closed;

	watch->index = is_open ? opened->connection->index : WATCH_NOTHING;
	watch->end = is_open ? (u8)opened->end : 0;
}

u32 connection_poll(const struct proc_world *world, u32 index, u32 end, struct wait_queue **queue)
{
	struct connection *connection;

	*queue = NULL;
	if (index == WATCH_NOTHING)
		return 0;
	connection = pool_at(&world->listeners->connections, index);
	return stream_poll(&connection->socket, end, queue);
}

static void name_it(struct proc_world *world, const struct proc *proc, struct opened *opened)
{
	u32 index;
	struct named *named = pool_get(&world->listeners->named_pool, &index);

	*named = (struct named){.opened = opened,
				.task = proc->task.id,
				.listener = opened->listener,
				.index = index};
	list_add_tail(named_by(world, proc), &named->link);
	opened->nr_names++;
}

static struct opened *find_opened(const struct proc_world *world, const struct proc *proc,
				  u32 listener, const struct op_watch *watch)
{
	u32 ref = files_ref(world, proc), files = ref - 1;
	struct opened *opened;

	if (!ref)
		return NULL;
	list_for_each (opened, opened_in(world, files), link)
		if (opened->files == files && opened->listener == listener &&
		    opened->connection->index == watch->index && opened->end == watch->end)
			return opened;
	return NULL;
}

bool connection_is_open(const struct proc_world *world, const struct proc *proc, u32 listener,
			const struct op_watch *watch)
{
	return find_opened(world, proc, listener, watch);
}

/* The end stays as it is. */
static struct opened *forget(struct proc_world *world, struct named *named)
{
	struct opened *opened = named->opened;

	list_del(&named->link);
	pool_put(&world->listeners->named_pool, named->index);
	opened->nr_names--;
	return opened;
}

void connection_mean(struct proc_world *world, const struct proc *proc, u32 listener,
		     const struct op_watch *watch)
{
	struct opened *opened = find_opened(world, proc, listener, watch);
	struct named *named = find(world, proc, listener);

	name_it(world, proc, opened);
	if (named)
		put_opened(world, forget(world, named));
}

void connections_forget(struct proc_world *world, const struct proc *proc)
{
	struct named *named, *next;

	list_for_each_safe (named, next, named_by(world, proc), link)
		if (named->task == proc->task.id)
			put_opened(world, forget(world, named));
	listener_give_up(world->listeners, proc);
}

void connections_share(struct proc_world *world, const struct proc *parent,
		       const struct proc *child)
{
	for (u32 i = 0; i < world->workload->nr_listeners; i++) {
		const struct named *named = find(world, parent, i);

		if (named)
			name_it(world, child, named->opened);
	}
}

void connections_copy(struct proc_world *world, const struct proc *parent, u32 from,
		      const struct proc *child, u32 to)
{
	struct opened *opened, *copy, *next;

	list_for_each_safe (opened, next, opened_in(world, from), link) {
		const struct named *named = find(world, parent, opened->listener);

		if (opened->files != from)
			continue;
		copy = open_end(world, to, opened->listener, opened->connection, opened->end);
		if (named && named->opened == opened)
			name_it(world, child, copy);
	}
}

static bool is_about_connection(const struct op *op)
{
	switch (op->code) {
	case OP_CONNECT:
	case OP_ACCEPT:
		return true;
	case OP_SEND:
	case OP_RECV:
	case OP_SHUTDOWN:
	case OP_CLOSE:
		return op->flags & OP_CONNECTION;
	default:
		return false;
	}
}

/* An epoll or a poll of it, or a block for it. */
static bool watches_connection(const struct workload *w, const struct op *op, u32 listener)
{
	switch (op->code) {
	case OP_EPOLL_ADD:
	case OP_READY: {
		struct op_watch watch = op_watch_unpack(op->value);

		return watch.kind == WATCH_CONNECTION && watch.index == listener;
	}
	case OP_POLL:
	case OP_SELECT:
		for (u32 i = 0; i < op->a; i++)
			if (w->polled[op->value + i].kind == WATCH_CONNECTION &&
			    w->polled[op->value + i].index == listener)
				return true;
		return false;
	default:
		return false;
	}
}

static bool uses_connection(const struct workload *w, const struct program *program, u32 listener)
{
	for (u32 i = 0; i < program->nr_ops; i++) {
		const struct op *op = &program->ops[i];

		if ((op->b == listener && is_about_connection(op)) ||
		    watches_connection(w, op, listener))
			return true;
	}
	return false;
}

void connections_exec(struct proc_world *world, const struct proc *proc,
		      const struct program *program, u32 to)
{
	for (u32 i = 0; i < world->workload->nr_listeners; i++) {
		struct named *named = find(world, proc, i);
		struct opened *old;

		if (!named)
			continue;
		old = forget(world, named);
		if (old->connection && uses_connection(world->workload, program, i))
			name_it(world, proc, open_end(world, to, i, old->connection, old->end));
		put_opened(world, old);
	}
}

/* As by a server that looks after many at once. */
static bool is_watched(const struct opened *opened)
{
	return epoll_watches(&opened->connection->socket.end[opened->end].queue);
}

void connection_take(struct proc_world *world, const struct proc *proc, u32 listener,
		     struct connection *connection, u32 end)
{
	struct named *named = find(world, proc, listener);
	struct opened *old = named ? forget(world, named) : NULL;

	if (old && old->connection && !old->nr_names && !is_watched(old))
		connection_close(world, old);
	else if (old)
		put_opened(world, old);
	name_it(world, proc, open_end(world, files_make(world, proc), listener, connection, end));
}
