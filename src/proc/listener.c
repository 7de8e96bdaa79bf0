/* SPDX-License-Identifier: MIT */
/*
 * Listening sockets. Kernel: net/unix/af_unix.c, net/core/sock_reuseport.c; reference: process.md
 * 8.6.
 *
 * Several sockets may share an address (SO_REUSEPORT): each task that accepts or watches has one,
 * in order of their coming, and a connection goes to one of them by chance, whoever is idle.
 *
 * A connection from outside comes with a packet of a network device; its client is not simulated:
 * it sends a request, and takes all that it is sent.
 */
#include "proc/connection.h"

static void init_sockets(struct proc_world *world, struct listeners *all)
{
	const struct workload *w = world->workload;
	u32 nr = 0;

	all->first = arena_array(world->arena, u32, w->nr_listeners + 1);
	all->rng = arena_array(world->arena, struct rng_small, w->nr_listeners);
	for (u32 i = 0; i < w->nr_listeners; i++) {
		rng_small_init(&all->rng[i], w->seed, "reuseport", i);
		all->first[i + 1] = all->first[i] + w->listeners[i].sockets;
	}
	all->at = arena_array(world->arena, struct listener, all->first[w->nr_listeners]);
	for (u32 i = 0; i < w->nr_listeners; i++)
		for (; nr < all->first[i + 1]; nr++) {
			struct listener *l = &all->at[nr];

			l->spec = &w->listeners[i];
			l->name = names_intern_str(world->names, l->spec->name);
			list_init(&l->waiting);
			wait_queue_init(&l->acceptors);
			wait_queue_init(&l->connectors);
		}
}

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
	pool_init(&all->claimed_pool, sizeof(struct claimed), 6);
	for (u32 i = 0; i < BUCKETS; i++) {
		list_init(&all->opened[i]);
		list_init(&all->named[i]);
		list_init(&all->claimed[i]);
	}
	init_sockets(world, all);
}

void listeners_fini(struct proc_world *world)
{
	if (!world->listeners)
		return;
	pool_fini(&world->listeners->connections);
	pool_fini(&world->listeners->opened_pool);
	pool_fini(&world->listeners->named_pool);
	pool_fini(&world->listeners->claimed_pool);
}

/* ---- Sockets of one address ---- */

/* The first of those that the fewest have. */
static u32 freest(const struct listeners *all, u32 listener)
{
	u32 best = all->first[listener];

	for (u32 i = best + 1; i < all->first[listener + 1]; i++)
		if (all->at[i].nr_tasks < all->at[best].nr_tasks)
			best = i;
	return best;
}

u32 listener_socket_of(struct proc_world *world, const struct proc *proc, u32 listener)
{
	struct listeners *all = world->listeners;
	struct list *bucket = &all->claimed[proc->task.id % BUCKETS];
	struct claimed *claimed;
	u32 index;

	if (likely(world->workload->listeners[listener].sockets == 1))
		return all->first[listener];
	list_for_each (claimed, bucket, link)
		if (claimed->task == proc->task.id && claimed->listener == listener)
			return claimed->socket;
	claimed = pool_get(&all->claimed_pool, &index);
	*claimed = (struct claimed){.task = proc->task.id,
				    .listener = listener,
				    .socket = freest(all, listener),
				    .index = index};
	all->at[claimed->socket].nr_tasks++;
	list_add_tail(bucket, &claimed->link);
	return claimed->socket;
}

void listener_give_up(struct listeners *all, const struct proc *proc)
{
	struct claimed *claimed, *next;

	list_for_each_safe (claimed, next, &all->claimed[proc->task.id % BUCKETS], link) {
		if (claimed->task != proc->task.id)
			continue;
		all->at[claimed->socket].nr_tasks--;
		list_del(&claimed->link);
		pool_put(&all->claimed_pool, claimed->index);
	}
}

/* reuseport_select_sock(): by a hash of who connects. */
struct listener *listener_for_new(struct listeners *all, u32 listener)
{
	u32 nr = all->first[listener + 1] - all->first[listener];
	u64 which = nr > 1 ? (u64)((u128)rng_small_next(&all->rng[listener]) * nr >> 64) : 0;

	return &all->at[all->first[listener] + which];
}

u32 listener_poll(struct proc_world *world, u32 socket, struct wait_queue **queue)
{
	struct listener *l = &world->listeners->at[socket];

	*queue = &l->acceptors;
	return l->nr_waiting ? WATCH_IN : 0;
}

/* ---- Connections that wait ---- */

struct connection *listener_connection_new(struct proc_world *world, struct listener *l)
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

void listener_tell_acceptors(struct proc_world *world, struct listener *l)
{
	wait_wake(world, &l->acceptors, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_IN);
}

/* tcp_v4_syn_recv_sock(): who is too many is not answered. */
bool listener_arrival(struct proc_world *world, u32 index, u32 bytes)
{
	struct listener *l = listener_for_new(world->listeners, index);
	struct connection *connection;

	if (l->nr_waiting > l->spec->backlog)
		return false;
	connection = listener_connection_new(world, l);
	connection->socket.remote = true;
	connection->socket.ends.holders[0] = 1;
	list_add_tail(&connection->socket.end[1].messages, &message_new(world, bytes, 0)->link);
	listener_tell_acceptors(world, l);
	return true;
}
