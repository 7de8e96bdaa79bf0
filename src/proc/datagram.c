/* SPDX-License-Identifier: MIT */
/*
 * Datagrams: pairs of AF_UNIX sockets that keep messages apart, and a socket to which many send.
 * Kernel: net/unix/af_unix.c, unix_dgram_sendmsg(), unix_dgram_recvmsg(); reference: process.md
 * 8.6.
 *
 * A message is charged to its sender as a stream's is, and received as a whole: what there is no
 * room for is cut off. Those who receive wait exclusively, in order of arrival. A socket that
 * answers nobody (many) holds max_dgram_qlen messages and one; who sends to it then waits,
 * exclusively, until one is received.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/socket.h"

enum {
	QUEUE_MOST = 10,     /* net.unix.max_dgram_qlen */
	LINEAR_MOST = 16064, /* SKB_MAX_ALLOC: four pages but for what stands behind the data */
	SNDBUF_SPARE = 32,
};

/* unix_recvq_full() */
static bool is_full(const struct socket *s)
{
	return s->many && s->end[1].nr_messages > QUEUE_MOST;
}

u32 datagram_poll(struct socket *s, u32 end, struct wait_queue **queue)
{
	struct socket_end *own = &s->end[end];
	bool writable = s->many ? !is_full(s) : socket_is_writable(s, own);

	*queue = s->many && !end ? &s->senders : &own->queue;
	return (list_empty(&own->messages) ? 0 : WATCH_IN) | (writable ? WATCH_OUT : 0);
}

static void put(struct proc_world *world, struct socket *s, struct socket_end *own,
		struct socket_end *peer, u32 bytes)
{
	/*
	 * Who sends to one of many senders' has a buffer of its own, which a queue that short does
	 * not fill.
	 */
	struct message *message =
		message_new(world, bytes, s->many ? 0 : socket_charge(bytes, LINEAR_MOST));

	own->charged += message->charge;
	list_add_tail(&peer->messages, &message->link);
	peer->nr_messages++;
	wait_wake(world, &peer->queue, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_IN);
}

static bool send(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct socket *s,
		 const struct op *op)
{
	struct socket_end *own = &s->end[op->a], *peer = &s->end[!op->a];
	bool room = s->many ? !is_full(s) : own->charged < s->sndbuf;

	if (proc->phase == SOCKET_CALL &&
	    proc_pay(world, cpu, proc,
		     room || op->flags & OP_NONBLOCK ? world->costs->syscall : world->costs->block,
		     SOCKET_LOOK))
		return false;
	if (proc->wait_arg > s->sndbuf - SNDBUF_SPARE) {
		proc_refuse(world, proc, EMSGSIZE, names_text(world->names, s->name));
		return true;
	}
	if (!room && op->flags & OP_NONBLOCK) /* EAGAIN */
		return true;
	if (!room)
		return socket_sleep(world, cpu, proc, s, s->many ? &s->senders : &own->queue,
				    s->many);
	wait_finish(proc);
	put(world, s, own, peer, (u32)proc->wait_arg);
	return true;
}

static bool receive(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct socket *s,
		    const struct op *op)
{
	struct socket_end *own = &s->end[op->a], *peer = &s->end[!op->a];
	bool ready = !list_empty(&own->messages);
	struct message *message;

	if (proc->phase == SOCKET_CALL &&
	    proc_pay(world, cpu, proc,
		     ready || op->flags & OP_NONBLOCK ? world->costs->syscall : world->costs->block,
		     SOCKET_LOOK))
		return false;
	if (!ready && op->flags & OP_NONBLOCK) /* EAGAIN */
		return true;
	if (!ready)
		return socket_sleep(world, cpu, proc, s, &own->queue, true);
	wait_finish(proc);
	message = list_first(&own->messages, struct message, link);
	peer->charged -= message->charge;
	own->nr_messages--;
	message_free(world, message);
	wait_wake(world, &s->senders, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_OUT);
	if (!s->many && socket_is_writable(s, peer))
		wait_wake(world, &peer->queue, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_OUT);
	return true;
}

bool datagram_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct socket *s,
		 const struct op *op)
{
	if (op->code == OP_SEND)
		return send(world, cpu, proc, s, op);
	return receive(world, cpu, proc, s, op);
}
