/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues. Kernel: ipc/mqueue.c; reference: process.md 8.7.
 *
 * Messages go by priority, and so do those who wait: by the priority of the task, nice included, first come
 * first served among equals. A message for a waiting receiver never enters the queue; when a message leaves a full
 * queue, the first waiting sender's takes its place at once.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/sync.h"

struct message {
	struct list link;
	u32 index; /* in the pool */
	u32 prio;
};

struct mqueue {
	struct list messages; /* the highest priority first */
	struct wait_queue senders, receivers;
	struct wait_queue watchers;
	u32 nr, most;
	struct process *told; /* asked by mq_notify to be told of a message; NULL: nobody */
	u32 signal;           /* by this */
	const char *name;
};

struct mqueues {
	struct pool messages;
	struct mqueue *at;
};

void mqueues_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!w->nr_mqueues)
		return;
	world->mqueues = arena_new(world->arena, struct mqueues);
	pool_init(&world->mqueues->messages, sizeof(struct message), 6);
	world->mqueues->at = arena_array(world->arena, struct mqueue, w->nr_mqueues);
	for (u32 i = 0; i < w->nr_mqueues; i++) {
		struct mqueue *q = &world->mqueues->at[i];

		list_init(&q->messages);
		wait_queue_init(&q->senders);
		wait_queue_init(&q->receivers);
		wait_queue_init(&q->watchers);
		q->most = w->mqueues[i].most;
		q->name = w->mqueues[i].name;
	}
}

void mqueues_fini(struct proc_world *world)
{
	if (world->mqueues)
		pool_fini(&world->mqueues->messages);
}

u32 mqueue_poll(struct proc_world *world, u32 index, struct wait_queue **queue)
{
	struct mqueue *q = &world->mqueues->at[index];

	*queue = &q->watchers;
	return (q->nr ? WATCH_IN : 0) | (q->nr < q->most ? WATCH_OUT : 0);
}

/* msg_insert() */
static void insert(struct proc_world *world, struct mqueue *q, u32 prio)
{
	u32 index;
	struct message *message = pool_get(&world->mqueues->messages, &index);
	struct list *behind = q->messages.prev;

	*message = (struct message){.index = index, .prio = prio};
	while (behind != &q->messages && list_entry(behind, struct message, link)->prio < prio)
		behind = behind->prev;
	list_insert_between(&message->link, behind, behind->next);
	q->nr++;
}

static void take_first(struct proc_world *world, struct mqueue *q)
{
	struct message *message = list_first(&q->messages, struct message, link);

	list_del(&message->link);
	pool_put(&world->mqueues->messages, message->index);
	q->nr--;
}

/* ---- Waiters ---- */

static struct proc *proc_at(struct list *link)
{
	return container_of(list_entry(link, struct wait_entry, link), struct proc, wait);
}

/* wq_add(): by the priorities as they are now, though nobody moves when his changes. */
static void queue_up(struct wait_queue *queue, struct proc *proc)
{
	struct list *behind = queue->entries.prev;

	proc->wait.flags = 0;
	while (behind != &queue->entries && proc_at(behind)->task.prio > proc->task.prio)
		behind = behind->prev;
	list_insert_between(&proc->wait.link, behind, behind->next);
}

/* The first waiter, whose call is done; NULL: there is none. */
static struct proc *release_first(struct proc_world *world, struct wait_queue *queue)
{
	struct proc *proc;

	if (wait_queue_empty(queue))
		return NULL;
	proc = proc_at(queue->entries.next);
	wait_finish(proc);
	wait_drop_timeout(world, proc);
	return proc;
}

enum { MQ_CALL, MQ_LOOK, MQ_WOKEN };

static bool sleep_at(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct wait_queue *queue)
{
	if (!wait_linked(&proc->wait))
		queue_up(queue, proc);
	wait_arm_timeout(world, cpu, proc, true);
	proc_sleep(world, cpu, proc, MQ_WOKEN);
	return false;
}

/* ---- mq_notify() ---- */

/* __do_notify(): once, when a message comes into an empty queue and nobody waits for it. */
static void notify(struct proc_world *world, struct mqueue *q)
{
	struct process *told = q->told;

	q->told = NULL;
	signal_send_code(world, told->leader, q->signal, false, CODE_MQUEUE);
}

bool mq_notify_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct mqueue *q = &world->mqueues->at[op->b];

	if (proc->phase == OP_START && proc_pay(world, cpu, proc, world->costs->syscall, OP_START + 1))
		return false;
	if (!op->a) {
		if (q->told == proc->process)
			q->told = NULL;
	} else if (q->told) {
		proc_refuse(world, proc, EBUSY, q->name);
	} else {
		q->told = proc->process;
		q->signal = op->a;
	}
	return true;
}

void mqueue_process_gone(struct proc_world *world, const struct process *process)
{
	for (u32 i = 0; i < world->workload->nr_mqueues; i++)
		if (world->mqueues->at[i].told == process)
			world->mqueues->at[i].told = NULL;
}

/* ---- The calls ---- */

static void send(struct proc_world *world, struct mqueue *q, u32 prio)
{
	struct proc *receiver = release_first(world, &q->receivers);

	if (receiver) {
		sched_wake(world->sched, &receiver->task, TASK_NORMAL, 0);
		return;
	}
	insert(world, q, prio);
	if (unlikely(q->told) && q->nr == 1)
		notify(world, q);
	wait_wake(world, &q->watchers, 1, TASK_NORMAL, 0, WATCH_IN);
}

static void receive(struct proc_world *world, struct mqueue *q)
{
	struct proc *sender;

	take_first(world, q);
	sender = release_first(world, &q->senders);
	if (!sender) {
		wait_wake(world, &q->watchers, 1, TASK_INTERRUPTIBLE, 0, WATCH_OUT);
		return;
	}
	insert(world, q, sender->program->ops[sender->pc].a);
	sched_wake(world->sched, &sender->task, TASK_NORMAL, 0);
}

bool mqueue_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct mqueue *q = &world->mqueues->at[op->b];
	bool sends = op->code == OP_MQ_SEND, ready = sends ? q->nr < q->most : q->nr > 0;
	bool nonblock = op->flags & OP_NONBLOCK;

	switch (proc->phase) {
	case MQ_CALL:
		proc->wake_at = op->value ? min_of(world->machine->now + op->value, (u64)NEVER) : NEVER;
		if (proc_pay(world, cpu, proc,
			     ready || nonblock ? world->costs->syscall : world->costs->block, MQ_LOOK))
			return false;
		break;
	case MQ_WOKEN:
		/* The other side has done its call; else it is too late (ETIMEDOUT), or begins anew. */
		if (!wait_linked(&proc->wait) && proc->in_call == IN_CALL_SLEPT)
			return true;
		if (wait_is_late(world, proc)) {
			wait_finish(proc);
			return true;
		}
		break;
	}
	if (!ready)
		return nonblock || sleep_at(world, cpu, proc, sends ? &q->senders : &q->receivers);
	wait_finish(proc);
	wait_drop_timeout(world, proc);
	if (sends)
		send(world, q, op->a);
	else
		receive(world, q);
	return true;
}
