/* SPDX-License-Identifier: MIT */
/*
 * Socket pairs: AF_UNIX streams. Kernel: net/unix/af_unix.c, net/core/sock.c; reference: process.md 8.6.
 *
 * What is sent goes as messages to the other end's queue, cut into pieces of at most half the sender's
 * buffer. A message is charged to its sender with its memory until it has been received whole. Each end
 * has one wait queue for those who wait for data and those who wait for room; nobody waits exclusively,
 * so each message wakes all who receive at that end.
 */
#include "proc/calls.h"
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
	u64 charged;          /* what it has sent and the other end has not received */
	bool reset;           /* the other end closed with data unread, and this end has not been told */
};

struct socket {
	struct socket_end end[2];
	struct ends ends;
	u64 sndbuf;
	u32 name; /* name id */
};

struct sockets {
	struct pool messages;
	struct socket *at;
};

void sockets_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!w->nr_sockets)
		return;
	world->sockets = arena_new(world->arena, struct sockets);
	pool_init(&world->sockets->messages, sizeof(struct message), 6);
	world->sockets->at = arena_array(world->arena, struct socket, w->nr_sockets);
	for (u32 i = 0; i < w->nr_sockets; i++) {
		struct socket *s = &world->sockets->at[i];

		s->sndbuf = w->sockets[i].sndbuf;
		s->ends.close = w->sockets[i].eof;
		s->name = names_intern_str(world->names, w->sockets[i].name);
		for (u32 k = 0; k < 2; k++) {
			wait_queue_init(&s->end[k].queue);
			list_init(&s->end[k].messages);
		}
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
	BUFFER = 256,   /* of struct sk_buff */
	SHARED = 320,   /* behind the data in its linear part */
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

/* skb->truesize of a message of @bytes: its linear part, and whole pages beyond that. */
static u32 charge_of(u32 bytes)
{
	u32 beyond = bytes > HEAD_MOST ? (u32)div_round_up(bytes - HEAD_MOST, PAGE) * PAGE : 0;
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

/* unix_writable(): only with a quarter of the buffer in use is somebody told of room. */
static bool is_writable(const struct socket *s, const struct socket_end *sender)
{
	return sender->charged * 4 <= s->sndbuf;
}

u32 socket_poll(struct proc_world *world, u32 index, u32 end, struct wait_queue **queue)
{
	const struct socket *s = &world->sockets->at[index];
	const struct socket_end *own = &s->end[end];
	bool closed = end_is_closed(&s->ends, !end);

	*queue = (struct wait_queue *)&own->queue;
	return (closed || !list_empty(&own->messages) ? WATCH_IN : 0) |
	       (closed || own->reset ? WATCH_HUP : 0) | (is_writable(s, own) ? WATCH_OUT : 0);
}

void socket_closed(struct proc_world *world, u32 index, u32 end)
{
	struct socket *s = &world->sockets->at[index];
	struct socket_end *gone = &s->end[end], *peer = &s->end[!end];
	struct message *message, *next;

	peer->reset = !list_empty(&gone->messages);
	wait_wake(world, &peer->queue, 0, TASK_INTERRUPTIBLE, 0, 0);
	list_for_each_safe (message, next, &gone->messages, link) {
		list_del(&message->link);
		pool_put(&world->sockets->messages, message->index);
	}
	peer->charged = 0;
}

/* ---- Both ---- */

enum { SOCKET_CALL, SOCKET_LOOK, SOCKET_FULL, SOCKET_WOKEN };

/* `while (recv(...) > 0)`: the op is done, and so is the loop around it. */
static bool leave_loop(struct proc *proc)
{
	wait_finish(proc);
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

static bool sleep_at(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     const struct socket *s, struct socket_end *own)
{
	note_futile(world, proc, s);
	if (!wait_linked(&proc->wait))
		wait_add(&own->queue, proc, false);
	proc_sleep(world, cpu, proc, SOCKET_WOKEN);
	return false;
}

/* ---- Sending ---- */

enum { SENT_SOME = 1 }; /* proc->op_flags */

static void send_one(struct proc_world *world, struct proc *proc, const struct socket *s,
		     struct socket_end *own, struct socket_end *peer)
{
	u32 index, piece = piece_of(s, proc->wait_arg);
	struct message *message = pool_get(&world->sockets->messages, &index);

	*message = (struct message){.index = index, .left = piece, .charge = charge_of(piece)};
	own->charged += message->charge;
	list_add_tail(&peer->messages, &message->link);
	proc->wait_arg -= piece;
	proc->op_flags |= SENT_SOME;
	wait_wake(world, &peer->queue, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_IN);
}

/* EPIPE; a signal if nothing was sent. */
static bool broken(struct proc_world *world, struct proc *proc)
{
	if (!(proc->op_flags & SENT_SOME))
		signal_send_code(world, proc, SIGNAL_PIPE, true, CODE_USER);
	return leave_loop(proc);
}

/* In sock_alloc_send_pskb(), which looks for errors first; a new call finds the end closed before that. */
static bool waits_for_room(const struct proc *proc)
{
	return proc->phase == SOCKET_FULL ||
	       (proc->phase == SOCKET_WOKEN && proc->in_call == IN_CALL_SLEPT);
}

static bool send_bytes(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       struct socket *s, const struct op *op)
{
	struct socket_end *own = &s->end[op->a], *peer = &s->end[!op->a];

	if (proc->phase == SOCKET_CALL) {
		proc->op_flags = 0;
		if (proc_pay(world, cpu, proc, world->costs->syscall, SOCKET_LOOK))
			return false;
	}
	if (end_given_up(world, proc, END_OF_SOCKET, op->b, op->a)) /* EBADF */
		return leave_loop(proc);
	while (proc->wait_arg) {
		if (waits_for_room(proc) && takes_reset(own)) /* ECONNRESET */
			return leave_loop(proc);
		if (end_is_closed(&s->ends, !op->a))
			return broken(world, proc);
		if (!has_room(s, own)) {
			if (op->flags & OP_NONBLOCK)
				break;
			if (proc->phase == SOCKET_LOOK &&
			    proc_pay(world, cpu, proc, world->costs->block, SOCKET_FULL))
				return false;
			return sleep_at(world, cpu, proc, s, own);
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
		list_del(&message->link);
		peer->charged -= message->charge;
		pool_put(&world->sockets->messages, message->index);
		if (is_writable(s, peer))
			wait_wake(world, &peer->queue, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_OUT);
	}
}

static bool receive(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct socket *s,
		    const struct op *op)
{
	struct socket_end *own = &s->end[op->a], *peer = &s->end[!op->a];
	bool closed = end_is_closed(&s->ends, !op->a);

	if (proc->phase == SOCKET_CALL) {
		bool sleeps = list_empty(&own->messages) && !closed && !(op->flags & OP_NONBLOCK);

		if (proc_pay(world, cpu, proc,
			     sleeps ? world->costs->block : world->costs->syscall, SOCKET_LOOK))
			return false;
	}
	if (end_given_up(world, proc, END_OF_SOCKET, op->b, op->a)) /* EBADF */
		return leave_loop(proc);
	if (list_empty(&own->messages)) {
		if (takes_reset(own) || closed) /* ECONNRESET, or the end of the data */
			return leave_loop(proc);
		if (!(op->flags & OP_NONBLOCK))
			return sleep_at(world, cpu, proc, s, own);
	}
	wait_finish(proc);
	take(world, proc, s, own, peer);
	return true;
}

bool socket_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	       u64 bytes)
{
	struct socket *s = &world->sockets->at[op->b];

	if (proc->phase == SOCKET_CALL) {
		proc->wait_arg = bytes;
		if (!bytes)
			return true;
	}
	if (op->code == OP_SEND)
		return send_bytes(world, cpu, proc, s, op);
	return receive(world, cpu, proc, s, op);
}
