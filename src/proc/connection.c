/* SPDX-License-Identifier: MIT */
/*
 * Listening sockets and the connections that are made through them. Kernel: net/unix/af_unix.c,
 * unix_stream_connect(), unix_accept(); reference: process.md 8.6.
 *
 * A connect makes a connection and is done, whether or not somebody accepts: until then the client may send, and what it
 * has sent is there at the accept. Only with more than `backlog` connections waiting does it sleep. Those who accept wait
 * exclusively, in order of arrival; each connect wakes one of them, and all epolls that watch.
 *
 * A connection from outside comes with a packet of a network device; its client is not simulated: it sends a request, and
 * takes all that it is sent.
 *
 * An end is in a table of files, which threads share and of which a child of fork has a copy, with whatever is open. What
 * a task means by the name of a listener is its own, like the variable that the number is in: the connection that it made
 * or accepted last, or that its parent meant when it was born. It closes one that nobody else means when it gets another;
 * one that was left open by a thread that died is open until its process ends. An exec keeps what the new program uses.
 *
 * Who closes an end in which another of its threads sleeps wakes it, which the kernel does not do.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/socket.h"

struct connection {
	struct socket socket; /* the client is end 0 */
	struct list link;     /* struct listener.waiting, until it is accepted */
	u32 index;            /* in the pool */
};

struct listener {
	const struct listener_spec *spec;
	struct list waiting;  /* connections that nobody has accepted yet, oldest first */
	u32 nr_waiting;
	struct wait_queue acceptors, connectors;
	u32 name;
};

/* An end of a connection in a table of files. */
struct opened {
	struct list link; /* in listeners.opened, until it is closed */
	struct connection *connection; /* NULL: it was closed */
	u32 files, listener, end;
	u32 nr_names;
	u32 index; /* in the pool */
};

/* What a task means by the name of a listener. */
struct named {
	struct list link; /* in listeners.named */
	struct opened *opened;
	u32 task, listener;
	u32 index; /* in the pool */
};

enum { BUCKETS = 64 };

struct listeners {
	struct pool connections, opened_pool, named_pool;
	struct list opened[BUCKETS]; /* by table */
	struct list named[BUCKETS];  /* by task id */
	struct listener *at;
};

void listeners_init(struct proc_world *world)
{
	const struct workload *w = world->workload;
	struct listeners *all;

	if (!w->nr_listeners)
		return;
	all = world->listeners = arena_new(world->arena, struct listeners);
	pool_init(&all->connections, sizeof(struct connection), 6);
	pool_init(&all->opened_pool, sizeof(struct opened), 6);
	pool_init(&all->named_pool, sizeof(struct named), 6);
	for (u32 i = 0; i < BUCKETS; i++) {
		list_init(&all->opened[i]);
		list_init(&all->named[i]);
	}
	all->at = arena_array(world->arena, struct listener, w->nr_listeners);
	for (u32 i = 0; i < w->nr_listeners; i++) {
		struct listener *l = &all->at[i];

		l->spec = &w->listeners[i];
		l->name = names_intern_str(world->names, l->spec->name);
		list_init(&l->waiting);
		wait_queue_init(&l->acceptors);
		wait_queue_init(&l->connectors);
	}
}

void listeners_fini(struct proc_world *world)
{
	if (!world->listeners)
		return;
	pool_fini(&world->listeners->connections);
	pool_fini(&world->listeners->opened_pool);
	pool_fini(&world->listeners->named_pool);
}

u32 listener_poll(struct proc_world *world, u32 index, struct wait_queue **queue)
{
	struct listener *l = &world->listeners->at[index];

	*queue = &l->acceptors;
	return l->nr_waiting ? WATCH_IN : 0;
}

/* ---- Open ends ---- */

static struct list *opened_in(const struct proc_world *world, u32 files)
{
	return &world->listeners->opened[files % BUCKETS];
}

static struct opened *open_end(struct proc_world *world, u32 files, u32 listener, struct connection *connection, u32 end)
{
	u32 index;
	struct opened *opened = pool_get(&world->listeners->opened_pool, &index);

	*opened = (struct opened){
		.connection = connection, .files = files, .listener = listener, .end = end, .index = index};
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
static void close_end(struct proc_world *world, struct opened *opened)
{
	struct connection *connection = opened->connection;
	struct ends *ends = &connection->socket.ends;

	list_del(&opened->link);
	opened->connection = NULL;
	if (!--ends->holders[opened->end]) {
		stream_closed(world, &connection->socket, opened->end);
		wait_wake(world, &connection->socket.end[opened->end].queue, 0, TASK_INTERRUPTIBLE, 0, 0);
	}
	if (connection->socket.remote && !ends->holders[1])
		ends->holders[0] = 0;
	if (!ends->holders[0] && !ends->holders[1])
		free_connection(world, connection);
	put_opened(world, opened);
}

void connections_close(struct proc_world *world, u32 files)
{
	struct opened *opened, *next;

	list_for_each_safe (opened, next, opened_in(world, files), link)
		if (opened->files == files)
			close_end(world, opened);
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

static void name_it(struct proc_world *world, const struct proc *proc, struct opened *opened)
{
	u32 index;
	struct named *named = pool_get(&world->listeners->named_pool, &index);

	*named = (struct named){.opened = opened, .task = proc->task.id, .listener = opened->listener, .index = index};
	list_add_tail(named_by(world, proc), &named->link);
	opened->nr_names++;
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

void connections_forget(struct proc_world *world, const struct proc *proc)
{
	struct named *named, *next;

	list_for_each_safe (named, next, named_by(world, proc), link)
		if (named->task == proc->task.id)
			put_opened(world, forget(world, named));
}

void connections_share(struct proc_world *world, const struct proc *parent, const struct proc *child)
{
	for (u32 i = 0; i < world->workload->nr_listeners; i++) {
		const struct named *named = find(world, parent, i);

		if (named)
			name_it(world, child, named->opened);
	}
}

void connections_copy(struct proc_world *world, const struct proc *parent, u32 from, const struct proc *child, u32 to)
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

static bool uses_connection(const struct program *program, u32 listener)
{
	for (u32 i = 0; i < program->nr_ops; i++)
		if (program->ops[i].b == listener && is_about_connection(&program->ops[i]))
			return true;
	return false;
}

void connections_exec(struct proc_world *world, const struct proc *proc, const struct program *program, u32 to)
{
	for (u32 i = 0; i < world->workload->nr_listeners; i++) {
		struct named *named = find(world, proc, i);
		struct opened *old;

		if (!named)
			continue;
		old = forget(world, named);
		if (old->connection && uses_connection(program, i))
			name_it(world, proc, open_end(world, to, i, old->connection, old->end));
		put_opened(world, old);
	}
}

/* From now on @proc means this one; what only it has meant before is closed. */
static void take(struct proc_world *world, const struct proc *proc, u32 listener, struct connection *connection,
		 u32 end)
{
	struct named *named = find(world, proc, listener);
	struct opened *old = named ? forget(world, named) : NULL;

	if (old && old->connection && !old->nr_names)
		close_end(world, old);
	else if (old)
		put_opened(world, old);
	name_it(world, proc, open_end(world, files_make(world, proc), listener, connection, end));
}

/* ---- connect(), accept() ---- */

/* The end of who will accept is held by the listener meanwhile. */
static struct connection *make_connection(struct proc_world *world, struct listener *l)
{
	u32 index;
	struct connection *connection = pool_get(&world->listeners->connections, &index);

	*connection = (struct connection){.index = index};
	socket_init(&connection->socket, l->spec->sndbuf, l->name);
	connection->socket.ends.close = true;
	connection->socket.ends.opened[0] = connection->socket.ends.opened[1] = true;
	connection->socket.ends.holders[1] = 1;
	list_add_tail(&l->waiting, &connection->link);
	l->nr_waiting++;
	return connection;
}

static void tell_acceptors(struct proc_world *world, struct listener *l)
{
	wait_wake(world, &l->acceptors, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_IN);
}

/* tcp_v4_syn_recv_sock(): who is too many is not answered. */
bool listener_arrival(struct proc_world *world, u32 index, u32 bytes)
{
	struct listener *l = &world->listeners->at[index];
	struct connection *connection;

	if (l->nr_waiting > l->spec->backlog)
		return false;
	connection = make_connection(world, l);
	connection->socket.remote = true;
	connection->socket.ends.holders[0] = 1;
	list_add_tail(&connection->socket.end[1].messages, &message_new(world, bytes, 0)->link);
	tell_acceptors(world, l);
	return true;
}

static void connect_to(struct proc_world *world, struct proc *proc, struct listener *l, u32 listener)
{
	take(world, proc, listener, make_connection(world, l), 0);
	tell_acceptors(world, l);
}

static void accept_first(struct proc_world *world, struct proc *proc, struct listener *l, u32 listener)
{
	struct connection *connection = list_first(&l->waiting, struct connection, link);

	list_del(&connection->link);
	l->nr_waiting--;
	wait_wake(world, &l->connectors, 1, TASK_INTERRUPTIBLE, 0, 0);
	take(world, proc, listener, connection, 1);
	connection->socket.ends.holders[1]--;
}

static bool sleep_at(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct listener *l,
		     struct wait_queue *queue)
{
	if (proc->phase == SOCKET_WOKEN && !wait_linked(&proc->wait) && proc->in_call == IN_CALL_SLEPT)
		record_put(world, proc, RECORD_FUTILE, 0, 0, l->name);
	if (!wait_linked(&proc->wait))
		wait_add(queue, proc, true);
	proc_sleep(world, cpu, proc, SOCKET_WOKEN);
	return false;
}

static bool meet(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct listener *l = &world->listeners->at[op->b];
	bool accepts = op->code == OP_ACCEPT, nonblock = op->flags & OP_NONBLOCK;
	bool ready = accepts ? l->nr_waiting > 0 : l->nr_waiting <= l->spec->backlog;

	if (proc->phase == SOCKET_CALL &&
	    proc_pay(world, cpu, proc, ready || nonblock ? world->costs->syscall : world->costs->block, SOCKET_LOOK))
		return false;
	if (!ready && nonblock)
		return proc_goes_without(world, proc, EAGAIN, l->spec->name);
	/* The slot of unix_wait_for_peer() is given up at each look; an acceptor's is kept until it is woken. */
	if (!ready)
		return sleep_at(world, cpu, proc, l, accepts ? &l->acceptors : &l->connectors);
	wait_finish(proc);
	if (accepts)
		accept_first(world, proc, l, op->b);
	else
		connect_to(world, proc, l, op->b);
	return true;
}

/* ---- What is done with a connection ---- */

static bool close_connection(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct opened *opened)
{
	if (proc->phase == SOCKET_CALL && proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
		return false;
	if (opened && opened->connection)
		close_end(world, opened);
	return true;
}

bool connection_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	const struct named *named;
	struct opened *opened;

	if (op->code == OP_CONNECT || op->code == OP_ACCEPT)
		return meet(world, cpu, proc, op);
	named = find(world, proc, op->b);
	opened = named ? named->opened : NULL;
	if (op->code == OP_CLOSE)
		return close_connection(world, cpu, proc, opened);
	if (!opened || !opened->connection) { /* EBADF */
		proc_refuse(world, proc, EBADF, world->workload->listeners[op->b].name);
		return socket_leave_loop(proc);
	}
	if (op->code != OP_SHUTDOWN)
		return stream_op(world, cpu, proc, &opened->connection->socket, opened->end, op, false);
	if (proc->phase == SOCKET_CALL && proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
		return false;
	stream_shut_down(world, &opened->connection->socket, opened->end, (u32)op->value);
	return true;
}
