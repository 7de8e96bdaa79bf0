/* SPDX-License-Identifier: MIT */
/*
 * What the files about connections share: listener.c (the sockets at which they are made),
 * connection_ends.c (who has them open, and what tasks mean by their names), connection.c (the
 * calls).
 */
#ifndef OSSIM_PROC_CONNECTION_H
#define OSSIM_PROC_CONNECTION_H

#include "base/rng.h"
#include "proc/socket.h"

struct connection {
	struct socket socket; /* the client is end 0 */
	struct list link;     /* struct listener.waiting, until it is accepted */
	u32 index;            /* in the pool */
};

/* A listening socket. */
struct listener {
	const struct listener_spec *spec;
	u32 nr_tasks;        /* that have it, of several */
	struct list waiting; /* connections that nobody has accepted yet, oldest first */
	u32 nr_waiting;
	struct wait_queue acceptors, connectors;
	u32 name;
};

/* An end of a connection in a table of files. */
struct opened {
	struct list link;              /* in listeners.opened, until it is closed */
	struct connection *connection; /* NULL: it was closed */
	u32 files, listener, end;
	u32 nr_names;
	u32 nr_calls; /* that are going on in it: they end before it does, though it is closed */
	bool closed;
	u32 index; /* in the pool */
};

/* What a task means by the name of a listener. */
struct named {
	struct list link; /* in listeners.named */
	struct opened *opened;
	u32 task, listener;
	u32 index; /* in the pool */
};

/* Which of the sockets that share an address a task has. */
struct claimed {
	struct list link; /* in listeners.claimed */
	u32 task, listener, socket;
	u32 index; /* in the pool */
};

enum { BUCKETS = 64 };

struct listeners {
	struct pool connections, opened_pool, named_pool, claimed_pool;
	struct list opened[BUCKETS];  /* by table */
	struct list named[BUCKETS];   /* by task id */
	struct list claimed[BUCKETS]; /* likewise */
	struct listener *at;          /* all sockets of all listeners */
	u32 *first;                   /* by listener, of those */
	struct rng_small *rng;        /* by listener: to which of its sockets a connection goes */
};

/* ---- listener.c ---- */

/* The socket to which a new connection goes. */
struct listener *listener_for_new(struct listeners *all, u32 listener);
/* A connection that waits to be accepted; its other end is held by the listener meanwhile. */
struct connection *listener_connection_new(struct proc_world *world, struct listener *l);
void listener_tell_acceptors(struct proc_world *world, struct listener *l);
/* @proc has none of the sockets of an address any more. */
void listener_give_up(struct listeners *all, const struct proc *proc);

/* ---- connection_ends.c ---- */

/*
 * What @proc means by the name of @listener; NULL: nothing. Its connection is NULL if that end was
 * closed.
 */
struct opened *connection_meant(const struct proc_world *world, const struct proc *proc,
				u32 listener);
/* From now on @proc means this one; what only it has meant before is closed. */
void connection_take(struct proc_world *world, const struct proc *proc, u32 listener,
		     struct connection *connection, u32 end);
void connection_close(struct proc_world *world, struct opened *opened);
/* fdget(), fdput(): a call of @proc in it begins, and ends. */
void connection_call_begins(struct opened *opened);
void connection_call_ends(struct proc_world *world, struct opened *opened);

#endif
