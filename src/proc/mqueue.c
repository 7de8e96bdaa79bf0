/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues. Kernel: ipc/mqueue.c; reference: process.md 8.7.
 *
 * Messages go by priority, and so do those who wait: by the priority of the task, nice included,
 * first come first served among equals. A message for a waiting receiver never enters the queue;
 * when a message leaves a full queue, the first waiting sender's takes its place at once.
 *
 * A process opens the queues of its program when it begins, or executes the program; a child has
 * its parent's. mq_unlink() takes a name away: who has the queue open goes on with it, and who
 * opens the name later makes another (O_CREAT).
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
	u32 since;            /* it is what the name meant from that unlink on */
	u32 before;           /* what the name meant before, + 1; 0: nothing */
	struct process *told; /* asked by mq_notify to be told of a message; NULL: nobody */
	u32 signal;           /* by this */
	const char *name;
};

struct mqueue_name {
	u32 last; /* what it has meant last */
	/* at this unlink that had the name taken away, and nobody has opened it since; 0: not */
	u32 unlinked;
};

struct mqueues {
	struct pool messages;
	struct pool all; /* struct mqueue; those of the beginning by the workload's numbers */
	struct mqueue_name *names;
	bool unlinks; /* somebody ever does */
	u32 nr_unlinks;
	/* by process.index: how many unlinks there had been when it opened its queues */
	vec_of(u32) opened;
};

/* Its number. */
static u32 mqueue_new(struct proc_world *world, u32 spec)
{
	u32 index;
	struct mqueue *q = pool_get(&world->mqueues->all, &index);

	*q = (struct mqueue){.most = world->workload->mqueues[spec].most,
			     .name = world->workload->mqueues[spec].name};
	list_init(&q->messages);
	wait_queue_init(&q->senders);
	wait_queue_init(&q->receivers);
	wait_queue_init(&q->watchers);
	return index;
}

static bool has_unlink(const struct workload *w)
{
	for (u32 i = 0; i < w->nr_programs; i++)
		for (u32 k = 0; k < w->programs[i].nr_ops; k++)
			if (w->programs[i].ops[k].code == OP_MQ_UNLINK)
				return true;
	return false;
}

void mqueues_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!w->nr_mqueues)
		return;
	world->mqueues = arena_new(world->arena, struct mqueues);
	pool_init(&world->mqueues->messages, sizeof(struct message), 6);
	pool_init(&world->mqueues->all, sizeof(struct mqueue), 4);
	world->mqueues->names = arena_array(world->arena, struct mqueue_name, w->nr_mqueues);
	world->mqueues->unlinks = has_unlink(w);
	for (u32 i = 0; i < w->nr_mqueues; i++) {
		mqueue_new(world, i);
		world->mqueues->names[i].last = i;
	}
}

void mqueues_fini(struct proc_world *world)
{
	if (!world->mqueues)
		return;
	pool_fini(&world->mqueues->messages);
	pool_fini(&world->mqueues->all);
	vec_fini(&world->mqueues->opened);
}

/* ---- Names ---- */

static u32 opened_at(const struct proc_world *world, const struct process *process)
{
	const struct mqueues *all = world->mqueues;

	return process->index < all->opened.len ? all->opened.at[process->index] : 0;
}

static void set_opened(struct proc_world *world, const struct process *process, u32 at)
{
	struct mqueues *all = world->mqueues;

	while (all->opened.len <= process->index)
		vec_push(&all->opened, 0);
	all->opened.at[process->index] = at;
}

/* O_CREAT: the name means another queue from the unlink on. */
static void make_anew(struct proc_world *world, u32 spec)
{
	struct mqueue_name *name = &world->mqueues->names[spec];
	u32 index = mqueue_new(world, spec);
	struct mqueue *q = pool_at(&world->mqueues->all, index);

	q->since = name->unlinked;
	q->before = name->last + 1;
	name->last = index;
	name->unlinked = 0;
}

u32 mqueue_of(struct proc_world *world, const struct process *process, u32 spec)
{
	const struct mqueues *all = world->mqueues;
	u32 at, index;

	if (likely(!all->unlinks))
		return spec;
	at = opened_at(world, process);
	if (all->names[spec].unlinked && at >= all->names[spec].unlinked)
		make_anew(world, spec);
	index = all->names[spec].last;
	while (((const struct mqueue *)pool_at(&all->all, index))->since > at)
		index = ((const struct mqueue *)pool_at(&all->all, index))->before - 1;
	return index;
}

static bool is_about_queue(u8 code)
{
	return code == OP_MQ_SEND || code == OP_MQ_RECEIVE || code == OP_MQ_NOTIFY;
}

/* What it uses is there from now on, whoever unlinks it before. */
static void open_all(struct proc_world *world, const struct process *process,
		     const struct program *program)
{
	set_opened(world, process, world->mqueues->nr_unlinks);
	for (u32 i = 0; i < program->nr_ops; i++)
		if (is_about_queue(program->ops[i].code))
			(void)mqueue_of(world, process, program->ops[i].b);
}

void mqueue_process_begins(struct proc_world *world, const struct proc *proc,
			   const struct proc *parent)
{
	if (likely(!world->mqueues->unlinks) || proc->process->leader != proc)
		return;
	if (parent->process->is_init)
		open_all(world, proc->process, proc->program);
	else
		set_opened(world, proc->process, opened_at(world, parent->process));
}

void mqueue_exec(struct proc_world *world, const struct process *process,
		 const struct program *program)
{
	mqueue_process_gone(world, process);
	if (unlikely(world->mqueues->unlinks) && program)
		open_all(world, process, program);
}

static struct mqueue *queue_of(struct proc_world *world, const struct proc *proc,
			       const struct op *op)
{
	return pool_at(&world->mqueues->all, mqueue_of(world, proc->process, op->b));
}

bool mq_unlink_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct mqueue_name *name = &world->mqueues->names[op->b];

	if (proc->phase == OP_START &&
	    proc_pay(world, cpu, proc, world->costs->syscall, OP_START + 1))
		return false;
	if (name->unlinked)
		proc_refuse(world, proc, ENOENT, world->workload->mqueues[op->b].name);
	else
		name->unlinked = ++world->mqueues->nr_unlinks;
	return true;
}

u32 mqueue_poll(struct proc_world *world, u32 index, struct wait_queue **queue)
{
	struct mqueue *q = pool_at(&world->mqueues->all, index);

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
	struct mqueue *q = queue_of(world, proc, op);

	if (proc->phase == OP_START &&
	    proc_pay(world, cpu, proc, world->costs->syscall, OP_START + 1))
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
	for (u32 i = 0; i < world->mqueues->all.nr_used; i++) {
		struct mqueue *q = pool_at(&world->mqueues->all, i);

		if (q->told == process)
			q->told = NULL;
	}
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
	struct mqueue *q = queue_of(world, proc, op);
	bool sends = op->code == OP_MQ_SEND, ready = sends ? q->nr < q->most : q->nr > 0;
	bool nonblock = op->flags & OP_NONBLOCK;

	switch (proc->phase) {
	case MQ_CALL:
		proc->wake_at =
			op->value ? min_of(world->machine->now + op->value, (u64)NEVER) : NEVER;
		if (proc_pay(world, cpu, proc,
			     ready || nonblock ? world->costs->syscall : world->costs->block,
			     MQ_LOOK))
			return false;
		break;
	case MQ_WOKEN:
		/*
		 * The other side has done its call; else it is too late (ETIMEDOUT), or begins
		 * anew.
		 */
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
