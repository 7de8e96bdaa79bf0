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
 * A task has one connection of each listener: the one that it made or accepted last. Its children have it, too, and it
 * closes with the last who holds an end.
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

/* What a task means by the name of a listener. */
struct held {
	struct list link;
	struct connection *connection;
	u32 task, listener, end;
	u32 index; /* in the pool */
};

enum { HELD_BUCKETS = 64 };

struct listeners {
	struct pool connections, held_pool;
	struct list held[HELD_BUCKETS]; /* by task id */
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
	pool_init(&all->held_pool, sizeof(struct held), 6);
	for (u32 i = 0; i < HELD_BUCKETS; i++)
		list_init(&all->held[i]);
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
	pool_fini(&world->listeners->held_pool);
}

u32 listener_poll(struct proc_world *world, u32 index, struct wait_queue **queue)
{
	struct listener *l = &world->listeners->at[index];

	*queue = &l->acceptors;
	return l->nr_waiting ? WATCH_IN : 0;
}

/* ---- Who holds which connection ---- */

static struct list *bucket_of(const struct proc_world *world, const struct proc *proc)
{
	return &world->listeners->held[proc->task.id % HELD_BUCKETS];
}

static struct held *find(const struct proc_world *world, const struct proc *proc, u32 listener)
{
	struct held *held;

	list_for_each (held, bucket_of(world, proc), link)
		if (held->task == proc->task.id && held->listener == listener)
			return held;
	return NULL;
}

static void hold(struct proc_world *world, const struct proc *proc, u32 listener, struct connection *connection,
		 u32 end)
{
	u32 index;
	struct held *held = pool_get(&world->listeners->held_pool, &index);

	*held = (struct held){.connection = connection, .task = proc->task.id, .listener = listener, .end = end, .index = index};
	list_add_tail(bucket_of(world, proc), &held->link);
	connection->socket.ends.holders[end]++;
}

/* The last at an end closes it, and the last at both ends it. */
static void let_go(struct proc_world *world, struct held *held)
{
	struct connection *connection = held->connection;
	struct ends *ends = &connection->socket.ends;

	list_del(&held->link);
	if (!--ends->holders[held->end])
		stream_closed(world, &connection->socket, held->end);
	if (connection->socket.remote && !ends->holders[1])
		ends->holders[0] = 0;
	if (!ends->holders[0] && !ends->holders[1])
		pool_put(&world->listeners->connections, connection->index);
	pool_put(&world->listeners->held_pool, held->index);
}

void connections_inherit(struct proc_world *world, const struct proc *parent, const struct proc *child)
{
	struct held *held;

	for (u32 i = 0; i < world->workload->nr_listeners; i++) {
		held = find(world, parent, i);
		if (held)
			hold(world, child, i, held->connection, held->end);
	}
}

void connections_drop(struct proc_world *world, struct proc *proc)
{
	struct held *held, *next;

	wait_finish(proc);
	list_for_each_safe (held, next, bucket_of(world, proc), link)
		if (held->task == proc->task.id)
			let_go(world, held);
}

/* From now on @proc means this one; what it held before is closed. */
static void take(struct proc_world *world, const struct proc *proc, u32 listener, struct connection *connection,
		 u32 end)
{
	struct held *held = find(world, proc, listener);

	if (held)
		let_go(world, held);
	hold(world, proc, listener, connection, end);
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

static bool close_connection(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct held *held)
{
	if (proc->phase == SOCKET_CALL && proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
		return false;
	if (held)
		let_go(world, held);
	return true;
}

bool connection_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct held *held;

	if (op->code == OP_CONNECT || op->code == OP_ACCEPT)
		return meet(world, cpu, proc, op);
	held = find(world, proc, op->b);
	if (op->code == OP_CLOSE)
		return close_connection(world, cpu, proc, held);
	if (!held) { /* EBADF */
		proc_refuse(world, proc, EBADF, world->workload->listeners[op->b].name);
		return socket_leave_loop(proc);
	}
	if (op->code != OP_SHUTDOWN)
		return stream_op(world, cpu, proc, &held->connection->socket, held->end, op, false);
	if (proc->phase == SOCKET_CALL && proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
		return false;
	stream_shut_down(world, &held->connection->socket, held->end, (u32)op->value);
	return true;
}
