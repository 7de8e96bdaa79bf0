/* SPDX-License-Identifier: MIT */
/* What the files about sockets share: socket.c (streams), datagram.c, connection.c. */
#ifndef OSSIM_PROC_SOCKET_H
#define OSSIM_PROC_SOCKET_H

#include "proc/sync.h"

struct message {
	struct list link;
	u32 index; /* in the pool */
	u32 left;  /* bytes not yet received */
	u32 charge;
};

struct socket_end {
	struct wait_queue queue;
	struct list messages; /* for it, oldest first */
	u32 nr_messages;
	u64 charged; /* what it has sent and the other end has not received */
	/* the other end closed with data unread, and this end has not been told */
	bool reset;
	bool no_more_in, no_more_out; /* since a shutdown, here or there */
};

struct socket {
	struct socket_end end[2];
	struct ends ends;
	u64 sndbuf;
	u32 name;    /* name id */
	bool remote; /* end 0 is on another machine: what is sent there is gone */
	bool datagram;
	/* senders at end 0 have a socket each, and end 1 answers none of them */
	bool many;
	struct wait_queue senders; /* many: while end 1 has too many messages (peer_wait) */
};

struct sockets {
	struct pool messages;
	struct socket *at;
};

void socket_init(struct socket *s, u64 sndbuf, u32 name);
struct message *message_new(struct proc_world *world, u32 bytes, u32 charge);
void message_free(struct proc_world *world, struct message *message);
/* skb->truesize of @bytes, of which up to @linear_most lie in one piece and the rest in pages. */
u32 socket_charge(u32 bytes, u32 linear_most);
/* unix_writable(): only with a quarter of the buffer in use is somebody told of room. */
bool socket_is_writable(const struct socket *s, const struct socket_end *sender);
/* `while (recv(...) > 0)`: the op is done, and so is the loop around it. */
bool socket_leave_loop(struct proc *proc);
/* In @queue of @s, until something happens there. @exclusive: at its tail, to be woken alone. */
bool socket_sleep(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		  const struct socket *s, struct wait_queue *queue, bool exclusive);

enum { SOCKET_LEFT = 64 }; /* proc->op_flags: the loop around it is left */
enum { SOCKET_CALL, SOCKET_LOOK, SOCKET_FULL, SOCKET_WOKEN };

/* SEND, RECV at @end of a stream. @given_up: the task has closed it. */
bool stream_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct socket *s,
	       u32 end, const struct op *op, bool given_up);
/*
 * Which of WATCH_IN, WATCH_OUT and WATCH_HUP hold at @end of a stream; in *queue one waits for
 * them.
 */
u32 stream_poll(struct socket *s, u32 end, struct wait_queue **queue);
/* The last holder of @end is gone. */
void stream_closed(struct proc_world *world, struct socket *s, u32 end);
/* SHUTDOWN: SHUTDOWN_IN, SHUTDOWN_OUT of @end. */
void stream_shut_down(struct proc_world *world, struct socket *s, u32 end, u32 how);

/* ---- datagram.c ---- */

bool datagram_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct socket *s,
		 const struct op *op);
u32 datagram_poll(struct socket *s, u32 end, struct wait_queue **queue);

/* ---- connection.c ---- */

/* CONNECT, ACCEPT; SEND, RECV, SHUTDOWN, CLOSE of connections. */
bool connection_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   const struct op *op);

#endif
