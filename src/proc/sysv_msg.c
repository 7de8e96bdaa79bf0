/* SPDX-License-Identifier: MIT */
/*
 * System V message queues. Kernel: ipc/msg.c; reference: process.md 8.7.
 *
 * A sender gives its message to the first waiting receiver that wants it. A receiver that makes
 * room wakes all senders whose message fits now, whether or not there is room for all of them; they
 * compete.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/sync.h"

struct message {
	struct list link;
	u32 index; /* in the pool */
	u32 type, bytes;
};

struct msg_queue {
	struct list messages;
	struct wait_queue senders, receivers;
	u64 bytes, most; /* that are in it; that fit */
	u32 nr;
	u32 name;     /* name id */
	bool removed; /* for good */
};

struct msg_queues {
	struct pool messages;
	struct msg_queue *at;
};

void msg_queues_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!w->nr_msg_queues)
		return;
	world->msg_queues = arena_new(world->arena, struct msg_queues);
	pool_init(&world->msg_queues->messages, sizeof(struct message), 6);
	world->msg_queues->at = arena_array(world->arena, struct msg_queue, w->nr_msg_queues);
	for (u32 i = 0; i < w->nr_msg_queues; i++) {
		struct msg_queue *q = &world->msg_queues->at[i];

		list_init(&q->messages);
		wait_queue_init(&q->senders);
		wait_queue_init(&q->receivers);
		q->most = w->msg_queues[i].bytes;
		q->name = names_intern_str(world->names, w->msg_queues[i].name);
	}
}

void msg_queues_fini(struct proc_world *world)
{
	if (world->msg_queues)
		pool_fini(&world->msg_queues->messages);
}

static struct proc *proc_at(struct wait_entry *entry)
{
	return container_of(entry, struct proc, wait);
}

static const struct op *op_of(const struct proc *proc)
{
	return &proc->program->ops[proc->pc];
}

static u32 bytes_of(const struct op *op)
{
	return op_message_bytes(op->value);
}

/* ---- Sending ---- */

static bool fits(const struct msg_queue *q, const struct op *op)
{
	return q->bytes + bytes_of(op) <= q->most && q->nr + 1 <= q->most;
}

/* testmsg() */
static bool wants(const struct op *receive, u32 type)
{
	s32 wanted = op_message_type(receive->value);

	if (!wanted)
		return true;
	if (wanted < 0)
		return type <= (u32)-wanted;
	return (type == (u32)wanted) != !!(receive->a & MESSAGE_EXCEPT);
}

static bool is_too_long(const struct op *receive, u32 bytes)
{
	return bytes > bytes_of(receive) && !(receive->a & MESSAGE_TRUNCATED);
}

/* pipelined_send(): who has no room for the message fails with E2BIG, and the next is asked. */
static bool give(struct proc_world *world, struct msg_queue *q, const struct op *op)
{
	struct wait_entry *entry, *next;

	list_for_each_safe (entry, next, &q->receivers.entries, link) {
		struct proc *receiver = proc_at(entry);

		if (!wants(op_of(receiver), (u32)op_message_type(op->value)))
			continue;
		list_del(&entry->link);
		sched_wake(world->sched, &receiver->task, TASK_NORMAL, 0);
		if (!is_too_long(op_of(receiver), bytes_of(op)))
			return true;
	}
	return false;
}

static void put(struct proc_world *world, struct msg_queue *q, const struct op *op)
{
	u32 index;
	struct message *message = pool_get(&world->msg_queues->messages, &index);

	*message = (struct message){.index = index,
				    .type = (u32)op_message_type(op->value),
				    .bytes = bytes_of(op)};
	list_add_tail(&q->messages, &message->link);
	q->bytes += message->bytes;
	q->nr++;
}

enum { MSG_CALL, MSG_LOOK, MSG_WOKEN };

/* The queue is gone: EIDRM for who has waited in it, else EINVAL. */
static bool is_gone(struct proc_world *world, struct proc *proc, const struct msg_queue *q)
{
	if (!q->removed)
		return false;
	wait_finish(proc);
	record_put(world, proc, RECORD_FAILED, 0, proc->phase == MSG_WOKEN ? EIDRM : EINVAL,
		   q->name);
	return true;
}

static bool sleep_at(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct wait_queue *queue)
{
	wait_add_tail(queue, proc);
	proc_sleep(world, cpu, proc, MSG_WOKEN);
	return false;
}

static bool send(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct msg_queue *q,
		 const struct op *op)
{
	bool nonblock = op->flags & OP_NONBLOCK;

	if (proc->phase == MSG_CALL &&
	    proc_pay(world, cpu, proc,
		     fits(q, op) || nonblock ? world->costs->syscall : world->costs->block,
		     MSG_LOOK))
		return false;
	if (is_gone(world, proc, q))
		return true;
	wait_finish(proc);
	if (!fits(q, op)) {
		if (nonblock) /* EAGAIN */
			return true;
		if (proc->phase == MSG_WOKEN && proc->in_call == IN_CALL_SLEPT)
			record_put(world, proc, RECORD_FUTILE, 0, 0, q->name);
		return sleep_at(world, cpu, proc, &q->senders);
	}
	if (!give(world, q, op))
		put(world, q, op);
	return true;
}

/* ---- Receiving ---- */

/* find_msg(): the first that is wanted; of types up to one, the lowest. */
static struct message *find(const struct msg_queue *q, const struct op *op)
{
	bool lowest = op_message_type(op->value) < 0;
	struct message *message, *found = NULL;

	list_for_each (message, &q->messages, link) {
		if (!wants(op, message->type) || (found && message->type >= found->type))
			continue;
		found = message;
		if (!lowest)
			break;
	}
	return found;
}

/*
 * ss_wakeup(): those who still do not fit go to the end of the line, in which they stay in order.
 */
static void wake_senders(struct proc_world *world, struct msg_queue *q)
{
	struct wait_entry *entry, *next, *first_left = NULL;

	list_for_each_safe (entry, next, &q->senders.entries, link) {
		if (entry == first_left)
			break;
		if (fits(q, op_of(proc_at(entry)))) {
			sched_wake(world->sched, &proc_at(entry)->task, TASK_NORMAL, 0);
			continue;
		}
		if (!first_left)
			first_left = entry;
		/* The last stays where it is: `next` is then the head, and the walk ends. */
		list_move_tail(&q->senders.entries, &entry->link);
	}
}

static void take(struct proc_world *world, struct msg_queue *q, struct message *message)
{
	list_del(&message->link);
	q->bytes -= message->bytes;
	q->nr--;
	pool_put(&world->msg_queues->messages, message->index);
	wake_senders(world, q);
}

static bool receive(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct msg_queue *q, const struct op *op)
{
	bool nonblock = op->flags & OP_NONBLOCK;
	struct message *message;

	/* A sender has given it a message. */
	if (proc->phase == MSG_WOKEN && !wait_linked(&proc->wait) && proc->in_call == IN_CALL_SLEPT)
		return true;
	message = find(q, op);
	if (proc->phase == MSG_CALL &&
	    proc_pay(world, cpu, proc,
		     message || nonblock ? world->costs->syscall : world->costs->block, MSG_LOOK))
		return false;
	if (is_gone(world, proc, q))
		return true;
	wait_finish(proc);
	if (!message) {
		if (nonblock) /* ENOMSG */
			return true;
		return sleep_at(world, cpu, proc, &q->receivers);
	}
	if (!is_too_long(op, message->bytes)) /* else E2BIG, and it stays */
		take(world, q, message);
	return true;
}

/* ---- msgctl() ---- */

/*
 * expunge_all(): who waits to receive looks again, and keeps its place until then: with a message,
 * or for the last time.
 */
static void wake_receivers(struct proc_world *world, struct msg_queue *q)
{
	struct wait_entry *entry;

	list_for_each (entry, &q->receivers.entries, link)
		sched_wake(world->sched, &proc_at(entry)->task, TASK_NORMAL, 0);
}

/* freeque() */
static void remove_queue(struct proc_world *world, struct msg_queue *q)
{
	struct message *message, *next;
	struct wait_entry *entry;

	q->removed = true;
	wake_receivers(world, q);
	list_for_each (entry, &q->senders.entries, link)
		sched_wake(world->sched, &proc_at(entry)->task, TASK_NORMAL, 0);
	list_for_each_safe (message, next, &q->messages, link) {
		list_del(&message->link);
		pool_put(&world->msg_queues->messages, message->index);
	}
	q->nr = 0;
	q->bytes = 0;
}

static bool control(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct msg_queue *q, const struct op *op)
{
	if (proc->phase == MSG_CALL && proc_pay(world, cpu, proc, world->costs->syscall, MSG_LOOK))
		return false;
	if (is_gone(world, proc, q))
		return true;
	if (op->a & MESSAGE_REMOVE) {
		remove_queue(world, q);
	} else {
		q->most = bytes_of(op);
		wake_receivers(world, q);
		wake_senders(world, q);
	}
	return true;
}

bool msg_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct msg_queue *q = &world->msg_queues->at[op->b];

	if (op->code == OP_MSGCTL)
		return control(world, cpu, proc, q, op);
	if (op->code == OP_MSGSND)
		return send(world, cpu, proc, q, op);
	return receive(world, cpu, proc, q, op);
}
