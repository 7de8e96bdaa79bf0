/* SPDX-License-Identifier: MIT */
/*
 * Socket pairs: AF_UNIX streams. Kernel: net/unix/af_unix.c, net/core/sock.c; reference: process.md
 * 8.6.
 *
 * What is sent goes as messages to the other end's queue, cut into pieces of at most half the
 * sender's buffer. A message is charged to its sender with its memory until it has been received
 * whole. Each end has one wait queue for those who wait for data and those who wait for room;
 * nobody waits exclusively, so each message wakes all who receive at that end.
 */
#include "proc/socket.h"

#include "proc/calls.h"

void socket_init(struct socket *s, u64 sndbuf, u32 name)
{
	s->sndbuf = sndbuf;
	s->name = name;
	wait_queue_init(&s->senders);
	for (u32 k = 0; k < 2; k++) {
		wait_queue_init(&s->end[k].queue);
		list_init(&s->end[k].messages);
	}
}

void sockets_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!w->nr_sockets && !w->nr_listeners)
		return;
	world->sockets = arena_new(world->arena, struct sockets);
	pool_init(&world->sockets->messages, sizeof(struct message), 6);
	world->sockets->at = arena_array(world->arena, struct socket, w->nr_sockets);
	for (u32 i = 0; i < w->nr_sockets; i++) {
		struct socket *s = &world->sockets->at[i];

		socket_init(s, w->sockets[i].sndbuf,
			    names_intern_str(world->names, w->sockets[i].name));
		s->ends.close = w->sockets[i].eof;
		s->datagram = w->sockets[i].kind != SOCKET_STREAM;
		s->many = w->sockets[i].kind == SOCKET_MAILBOX;
	}
}

void sockets_fini(struct proc_world *world)
{
	if (world->sockets)
		pool_fini(&world->sockets->messages);
}

struct ends *socket_ends(struct proc_world *world, u32 index)
{
	return &world->sockets->at[index].ends;
}

/* ---- Room ---- */

enum {
	PAGE = 4096,
	BUFFER = 256,              /* of struct sk_buff */
	SHARED = 320,              /* behind the data in its linear part */
	HEAD_MOST = PAGE - SHARED, /* bytes that a message has there */
	PAGES_MOST = 32768,        /* and beyond */
};

/* What the kernel's allocator gives for @bytes of linear data with what stands behind them. */
static u32 linear_size(u32 bytes)
{
	u32 wanted = (u32)(div_round_up(bytes, 64) * 64) + SHARED, size = 512;

	while (size < wanted)
		size *= 2;
	return size;
}

u32 socket_charge(u32 bytes, u32 linear_most)
{
	u32 beyond = bytes > linear_most ? (u32)div_round_up(bytes - linear_most, PAGE) * PAGE : 0;
	u32 linear = bytes > beyond ? bytes - beyond : 0;

	return BUFFER + linear_size(linear) + beyond;
}

static u32 piece_of(const struct socket *s, u64 bytes)
{
	return (u32)min_of(bytes, min_of(s->sndbuf / 2 - 64, (u64)HEAD_MOST + PAGES_MOST));
}

static bool has_room(const struct socket *s, const struct socket_end *sender)
{
	return sender->charged < s->sndbuf;
}

bool socket_is_writable(const struct socket *s, const struct socket_end *sender)
{
	return sender->charged * 4 <= s->sndbuf;
}

struct message *message_new(struct proc_world *world, u32 bytes, u32 charge)
{
	u32 index;
	struct message *message = pool_get(&world->sockets->messages, &index);

	*message = (struct message){.index = index, .left = bytes, .charge = charge};
	return message;
}

void message_free(struct proc_world *world, struct message *message)
{
	list_del(&message->link);
	pool_put(&world->sockets->messages, message->index);
}

/* ---- Ends ---- */

/* Nothing will come any more at @end; nobody will receive what it sends. */
static bool is_over(const struct socket *s, u32 end)
{
	return end_is_closed(&s->ends, !end) || s->end[end].no_more_in;
}

static bool is_broken(const struct socket *s, u32 end)
{
	return end_is_closed(&s->ends, !end) || s->end[end].no_more_out;
}

u32 socket_poll(struct proc_world *world, u32 index, u32 end, struct wait_queue **queue)
{
	struct socket *s = &world->sockets->at[index];

	return s->datagram ? datagram_poll(s, end, queue) : stream_poll(s, end, queue);
}

u32 stream_poll(struct socket *s, u32 end, struct wait_queue **queue)
{
	struct socket_end *own = &s->end[end];
	bool closed = end_is_closed(&s->ends, !end);

	*queue = &own->queue;
	return (is_over(s, end) || !list_empty(&own->messages) ? WATCH_IN : 0) |
	       (closed || own->reset || (own->no_more_in && own->no_more_out) ? WATCH_HUP : 0) |
	       (socket_is_writable(s, own) ? WATCH_OUT : 0);
}

void stream_closed(struct proc_world *world, struct socket *s, u32 end)
{
	struct socket_end *gone = &s->end[end], *peer = &s->end[!end];

	peer->reset = !list_empty(&gone->messages);
	wait_wake(world, &peer->queue, 0, TASK_INTERRUPTIBLE, 0, 0);
	while (!list_empty(&gone->messages))
		message_free(world, list_first(&gone->messages, struct message, link));
	gone->nr_messages = 0;
	peer->charged = 0;
}

void socket_closed(struct proc_world *world, u32 index, u32 end)
{
	stream_closed(world, &world->sockets->at[index], end);
}

/* unix_shutdown(): each direction has two sides. */
void stream_shut_down(struct proc_world *world, struct socket *s, u32 end, u32 how)
{
	struct socket_end *own = &s->end[end], *peer = &s->end[!end];

	if (how & SHUTDOWN_IN)
		own->no_more_in = peer->no_more_out = true;
	if (how & SHUTDOWN_OUT)
		own->no_more_out = peer->no_more_in = true;
	wait_wake(world, &own->queue, 0, TASK_INTERRUPTIBLE, 0, 0);
	wait_wake(world, &peer->queue, 0, TASK_INTERRUPTIBLE, 0, 0);
}

/* ---- Both ---- */

bool socket_leave_loop(struct proc *proc)
{
	wait_finish(proc);
	proc->op_flags |= SOCKET_LEFT;
	proc->pc = program_loop_end(proc->program, proc->pc);
	return true;
}

/* sock_error(): told once. */
static bool takes_reset(struct socket_end *own)
{
	bool reset = own->reset;

	own->reset = false;
	return reset;
}

static void note_futile(struct proc_world *world, const struct proc *proc, const struct socket *s)
{
	if (proc->phase == SOCKET_WOKEN && !wait_linked(&proc->wait) &&
	    proc->in_call == IN_CALL_SLEPT)
		record_put(world, proc, RECORD_FUTILE, 0, 0, s->name);
}

bool socket_sleep(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		  const struct socket *s, struct wait_queue *queue, bool exclusive)
{
	note_futile(world, proc, s);
	if (!wait_linked(&proc->wait))
		wait_add(queue, proc, exclusive);
	proc_sleep(world, cpu, proc, SOCKET_WOKEN);
	return false;
}

/* ---- Sending ---- */

enum { SENT_SOME = 1 }; /* proc->op_flags */

static void send_one(struct proc_world *world, struct proc *proc, const struct socket *s,
		     struct socket_end *own, struct socket_end *peer)
{
	u32 piece = piece_of(s, proc->wait_arg);
	struct message *message;

	if (s->remote) {
		proc->wait_arg = 0;
		return;
	}
	message = message_new(world, piece, socket_charge(piece, HEAD_MOST));
	own->charged += message->charge;
	list_add_tail(&peer->messages, &message->link);
	peer->nr_messages++;
	proc->wait_arg -= piece;
	proc->op_flags |= SENT_SOME;
	wait_wake(world, &peer->queue, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_IN);
}

/* The call fails; or, if something was sent, tells how much, and the next one fails. */
static bool sending_fails(struct proc *proc)
{
	if (!(proc->op_flags & SENT_SOME))
		return socket_leave_loop(proc);
	wait_finish(proc);
	return true;
}

/* EPIPE; a signal if nothing was sent. */
static bool broken(struct proc_world *world, struct proc *proc)
{
	if (!(proc->op_flags & SENT_SOME))
		signal_send_code(world, proc, SIGNAL_PIPE, true, CODE_USER);
	return sending_fails(proc);
}

/*
 * In sock_alloc_send_pskb(), which looks for errors first; a new call finds the end closed before
 * that.
 */
static bool waits_for_room(const struct proc *proc)
{
	return proc->phase == SOCKET_FULL ||
	       (proc->phase == SOCKET_WOKEN && proc->in_call == IN_CALL_SLEPT);
}

bool socket_send_has_moved(const struct proc *proc)
{
	return proc->op_flags & SENT_SOME;
}

static bool send_bytes(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       struct socket *s, u32 end, const struct op *op, bool given_up)
{
	struct socket_end *own = &s->end[end], *peer = &s->end[!end];

	if (proc->phase == SOCKET_CALL) {
		proc->op_flags = 0;
		if (proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
			return false;
	}
	if (given_up) /* EBADF */
		return socket_leave_loop(proc);
	if (unlikely(proc->phase == SOCKET_WOKEN && proc->in_call == IN_CALL_BROKEN_OFF &&
		     socket_send_has_moved(proc))) {
		wait_finish(proc);
		return true;
	}
	while (proc->wait_arg) {
		if (waits_for_room(proc) && takes_reset(own)) /* ECONNRESET */
			return sending_fails(proc);
		if (is_broken(s, end))
			return broken(world, proc);
		if (!has_room(s, own)) {
			if (op->flags & OP_NONBLOCK)
				break;
			if (proc->phase == SOCKET_LOOK &&
			    proc_pay(world, cpu, proc, world->costs->block, SOCKET_FULL))
				return false;
			return socket_sleep(world, cpu, proc, s, &own->queue, false);
		}
		wait_finish(proc);
		send_one(world, proc, s, own, peer);
		proc->phase = SOCKET_LOOK;
	}
	wait_finish(proc);
	return true;
}

/* ---- Receiving ---- */

static void take(struct proc_world *world, struct proc *proc, const struct socket *s,
		 struct socket_end *own, struct socket_end *peer)
{
	while (proc->wait_arg && !list_empty(&own->messages)) {
		struct message *message = list_first(&own->messages, struct message, link);
		u32 piece = (u32)min_of(proc->wait_arg, (u64)message->left);

		message->left -= piece;
		proc->wait_arg -= piece;
		if (message->left)
			break;
		peer->charged -= message->charge;
		own->nr_messages--;
		message_free(world, message);
		if (socket_is_writable(s, peer))
			wait_wake(world, &peer->queue, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_OUT);
	}
}

static bool receive(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct socket *s,
		    u32 end, const struct op *op, bool given_up)
{
	struct socket_end *own = &s->end[end], *peer = &s->end[!end];
	bool closed = is_over(s, end);

	if (proc->phase == SOCKET_CALL) {
		bool sleeps = list_empty(&own->messages) && !closed && !(op->flags & OP_NONBLOCK);

		if (proc_pay(world, cpu, proc, sleeps ? world->costs->block : world->costs->syscall,
			     SOCKET_LOOK))
			return false;
	}
	if (given_up) /* EBADF */
		return socket_leave_loop(proc);
	if (list_empty(&own->messages)) {
		if (takes_reset(own) || closed) /* ECONNRESET, or the end of the data */
			return socket_leave_loop(proc);
		if (!(op->flags & OP_NONBLOCK))
			return socket_sleep(world, cpu, proc, s, &own->queue, false);
	}
	wait_finish(proc);
	take(world, proc, s, own, peer);
	return true;
}

bool stream_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct socket *s,
	       u32 end, const struct op *op, bool given_up)
{
	if (op->code == OP_SEND)
		return send_bytes(world, cpu, proc, s, end, op, given_up);
	return receive(world, cpu, proc, s, end, op, given_up);
}

bool socket_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	       u64 bytes)
{
	if (proc->phase == SOCKET_CALL) {
		proc->wait_arg = bytes;
		if (!bytes)
			return true;
	}
	if (op->flags & OP_CONNECTION)
		return connection_op(world, cpu, proc, op);
	if (world->sockets->at[op->b].datagram)
		return datagram_op(world, cpu, proc, &world->sockets->at[op->b], op);
	return stream_op(world, cpu, proc, &world->sockets->at[op->b], op->a, op,
			 end_given_up(world, proc, END_OF_SOCKET, op->b, op->a));
}

bool socket_shutdown_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			const struct op *op)
{
	if (op->flags & OP_CONNECTION)
		return connection_op(world, cpu, proc, op);
	if (proc->phase == SOCKET_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
		return false;
	if (!end_given_up(world, proc, END_OF_SOCKET, op->b, op->a))
		stream_shut_down(world, &world->sockets->at[op->b], op->a, (u32)op->value);
	return true;
}
