/* SPDX-License-Identifier: MIT */
/*
 * Connections: what is done with them. Kernel: net/unix/af_unix.c, unix_stream_connect(),
 * unix_accept(); reference: process.md 8.6.
 *
 * A connect makes a connection and is done, whether or not somebody accepts: until then the client
 * may send, and what it has sent is there at the accept. Only with more than `backlog` connections
 * waiting does it sleep. Those who accept wait exclusively, in order of arrival; each connect wakes
 * one of them, and all epolls that watch.
 */
#include "proc/connection.h"

#include <errno.h>

#include "proc/calls.h"

/* ---- connect(), accept() ---- */

static void connect_to(struct proc_world *world, struct proc *proc, struct listener *l,
		       u32 listener)
{
	connection_take(world, proc, listener, listener_connection_new(world, l), 0);
	listener_tell_acceptors(world, l);
}

static void accept_first(struct proc_world *world, struct proc *proc, struct listener *l,
			 u32 listener)
{
	struct connection *connection = list_first(&l->waiting, struct connection, link);

	list_del(&connection->link);
	l->nr_waiting--;
	wait_wake(world, &l->connectors, 1, TASK_INTERRUPTIBLE, 0, 0);
	connection_take(world, proc, listener, connection, 1);
	connection->socket.ends.holders[1]--;
}

static bool sleep_at(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     const struct listener *l, struct wait_queue *queue)
{
	if (proc->phase == SOCKET_WOKEN && !wait_linked(&proc->wait) &&
	    proc->in_call == IN_CALL_SLEPT)
		record_put(world, proc, RECORD_FUTILE, 0, 0, l->name);
	if (!wait_linked(&proc->wait))
		wait_add(queue, proc, true);
	proc_sleep(world, cpu, proc, SOCKET_WOKEN);
	return false;
}

static bool meet(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	bool accepts = op->code == OP_ACCEPT, nonblock = op->flags & OP_NONBLOCK, ready;
	struct listener *l;

	if (proc->phase == SOCKET_CALL)
		proc->wait_arg = accepts ? listener_socket_of(world, proc, op->b)
					 : (u64)(listener_for_new(world->listeners, op->b) -
						 world->listeners->at);
	l = &world->listeners->at[proc->wait_arg];
	ready = accepts ? l->nr_waiting > 0 : l->nr_waiting <= l->spec->backlog;
	if (proc->phase == SOCKET_CALL &&
	    proc_pay(world, cpu, proc,
		     ready || nonblock ? world->costs->syscall : world->costs->block, SOCKET_LOOK))
		return false;
	if (!ready && nonblock)
		return proc_goes_without(world, proc, EAGAIN, l->spec->name);
	/*
	 * The slot of unix_wait_for_peer() is given up at each look; an acceptor's is kept until it
	 * is woken.
	 */
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

static bool close_connection(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			     struct opened *opened)
{
	if (proc->phase == SOCKET_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
		return false;
	if (opened && opened->connection && !opened->closed)
		connection_close(world, opened);
	return true;
}

enum { HAS_FILE = 128 }; /* proc->op_flags, beside those of socket.c: it is in opened->nr_calls */

/*
 * The end of the data, or of the connection, met by the op at @at: in a block that is done for each
 * connection this one is done, and closed. Else a loop was left.
 */
static void leave_each(struct proc_world *world, struct proc *proc, u32 at, u32 listener)
{
	u32 end = program_each_end(proc->program, at, listener);
	struct opened *opened = connection_meant(world, proc, listener);

	if (!end)
		return;
	proc->pc = end - 1;
	if (opened && opened->connection && !opened->closed)
		connection_close(world, opened);
}

static bool stream_call(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			const struct op *op, struct opened *opened)
{
	u32 at = proc->pc;
	bool left;

	if (!stream_op(world, cpu, proc, &opened->connection->socket, opened->end, op, false)) {
		if (!(proc->op_flags & HAS_FILE))
			connection_call_begins(opened);
		proc->op_flags |= HAS_FILE;
		return false;
	}
	if (proc->op_flags & HAS_FILE)
		connection_call_ends(world, opened);
	left = proc->op_flags & SOCKET_LEFT;
	proc->op_flags = 0;
	if (left)
		leave_each(world, proc, at, op->b);
	return true;
}

void connection_interrupted(struct proc_world *world, struct proc *proc)
{
	const struct op *op = proc->program ? &proc->program->ops[proc->pc] : NULL;

	if (!op || !(op->code == OP_SEND || op->code == OP_RECV) || !(op->flags & OP_CONNECTION) ||
	    proc->phase == SOCKET_CALL || !(proc->op_flags & HAS_FILE))
		return;
	proc->op_flags &= (u8)~HAS_FILE;
	connection_call_ends(world, connection_meant(world, proc, op->b));
}

bool connection_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   const struct op *op)
{
	struct opened *opened;

	if (op->code == OP_CONNECT || op->code == OP_ACCEPT)
		return meet(world, cpu, proc, op);
	opened = connection_meant(world, proc, op->b);
	if (op->code == OP_CLOSE)
		return close_connection(world, cpu, proc, opened);
	if (proc->phase == SOCKET_CALL)
		proc->op_flags = 0;
	/* EBADF */
	if (!opened || !opened->connection || (opened->closed && !(proc->op_flags & HAS_FILE))) {
		u32 at = proc->pc;

		proc_refuse(world, proc, EBADF, world->workload->listeners[op->b].name);
		socket_leave_loop(proc);
		leave_each(world, proc, at, op->b);
		return true;
	}
	if (op->code != OP_SHUTDOWN)
		return stream_call(world, cpu, proc, op, opened);
	if (proc->phase == SOCKET_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
		return false;
	stream_shut_down(world, &opened->connection->socket, opened->end, (u32)op->value);
	return true;
}
