/* SPDX-License-Identifier: MIT */
/*
 * signalfd: pending signals that are read. Kernel: fs/signalfd.c; reference: process.md 6.9, 8.8.
 *
 * A signalfd is a set of signals and nothing else: who reads takes one that is pending for itself
 * or its process, which must be blocked to stay pending. Who waits stands in a queue of the
 * process's (sighand's signalfd_wqh), the last who came first, and all are woken by each signal
 * that is sent to it.
 */
#include "proc/signalfd.h"

#include "proc/calls.h"
#include "proc/sync.h"

/* Where those of a process wait. */
struct signalfd_queue {
	struct list link;
	const struct process *process;
	struct wait_queue queue;
	u32 index;
};

enum { QUEUE_BUCKETS = 64 };

struct signalfds {
	struct pool queues;
	struct list buckets[QUEUE_BUCKETS];
};

void signalfds_init(struct proc_world *world)
{
	if (!world->workload->nr_signalfds)
		return;
	world->signalfds = arena_new(world->arena, struct signalfds);
	pool_init(&world->signalfds->queues, sizeof(struct signalfd_queue), 4);
	for (u32 i = 0; i < QUEUE_BUCKETS; i++)
		list_init(&world->signalfds->buckets[i]);
}

void signalfds_fini(struct proc_world *world)
{
	if (world->signalfds)
		pool_fini(&world->signalfds->queues);
}

static struct list *bucket_of(const struct proc_world *world, const struct process *process)
{
	return &world->signalfds->buckets[process->index % QUEUE_BUCKETS];
}

/* NULL: nobody has ever waited there. */
static struct signalfd_queue *find_queue(const struct proc_world *world,
					 const struct process *process)
{
	struct signalfd_queue *queue;

	list_for_each (queue, bucket_of(world, process), link)
		if (queue->process == process)
			return queue;
	return NULL;
}

static struct wait_queue *queue_of(struct proc_world *world, const struct process *process)
{
	struct signalfd_queue *queue = find_queue(world, process);
	u32 index;

	if (!queue) {
		queue = pool_get(&world->signalfds->queues, &index);
		*queue = (struct signalfd_queue){.process = process, .index = index};
		wait_queue_init(&queue->queue);
		list_add_tail(bucket_of(world, process), &queue->link);
	}
	return &queue->queue;
}

/*
 * CLONE_SIGHAND: whose actions are the same have one queue, though the signal is not pending for
 * them.
 */
static void notify_sharers(struct proc_world *world, const struct process *process)
{
	struct signalfd_queue *queue;

	for (u32 i = 0; i < QUEUE_BUCKETS; i++)
		list_for_each (queue, &world->signalfds->buckets[i], link)
			if (queue->process != process &&
			    queue->process->sighand == process->sighand)
				wait_wake(world, &queue->queue, 1, TASK_NORMAL, 0, 0);
}

void signalfd_notify(struct proc_world *world, const struct process *process)
{
	struct signalfd_queue *queue = find_queue(world, process);

	if (queue)
		wait_wake(world, &queue->queue, 1, TASK_NORMAL, 0, 0);
	if (unlikely(process->sighand && process->sighand->users > 1))
		notify_sharers(world, process);
}

void signalfd_process_gone(struct proc_world *world, const struct process *process)
{
	struct signalfd_queue *queue = find_queue(world, process);

	if (!queue)
		return;
	/* Other processes' epolls may still watch it. */
	while (!wait_queue_empty(&queue->queue))
		list_del(queue->queue.entries.next);
	list_del(&queue->link);
	pool_put(&world->signalfds->queues, queue->index);
}

static u64 signals_of(const struct proc_world *world, u32 index)
{
	return world->workload->signalfds[index].signals & ~SIGSET_ONLY;
}

static bool has_pending(const struct proc *proc, u64 set)
{
	return (sig_task_of(proc)->pending.set | proc->process->shared.set) & set;
}

u32 signalfd_poll(struct proc_world *world, const struct proc *proc, u32 index,
		  struct wait_queue **queue)
{
	*queue = queue_of(world, proc->process);
	return has_pending(proc, signals_of(world, index)) ? WATCH_IN : 0;
}

enum { SIGNALFD_CALL, SIGNALFD_LOOK, SIGNALFD_WOKEN };

bool signalfd_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	const struct costs *costs = world->costs;
	u64 set = signals_of(world, op->b);
	bool nonblock = op->flags & OP_NONBLOCK;

	switch (proc->phase) {
	case SIGNALFD_CALL:
		if (proc_pay(world, cpu, proc,
			     has_pending(proc, set) || nonblock ? costs->syscall : costs->block,
			     SIGNALFD_LOOK))
			return false;
		break;
	case SIGNALFD_WOKEN:
		if (!has_pending(proc, set) && !wait_linked(&proc->wait) &&
		    proc->in_call == IN_CALL_SLEPT)
			record_put(world, proc, RECORD_FUTILE, 0, 0,
				   names_intern_str(world->names,
						    world->workload->signalfds[op->b].name));
		wait_finish(proc);
		break;
	}
	if (signal_take(world, proc, set) || nonblock) /* EAGAIN */
		return true;
	wait_add(queue_of(world, proc->process), proc, false);
	proc_sleep(world, cpu, proc, SIGNALFD_WOKEN);
	return false;
}
