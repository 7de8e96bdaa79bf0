/* SPDX-License-Identifier: MIT */
/*
 * Words, and the kernel's queues of who sleeps at them: what locks in user space are made of.
 * Kernel: kernel/futex/waitwake.c, requeue.c; reference: process.md 8.1.
 *
 * The queue is by priority: real-time tasks first, all others are equal and served in order of
 * their coming. A wait looks at the word when it is in the queue already, so a wake that comes
 * after a change of the word misses nobody.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/futex.h"
#include "proc/sync.h"

void futexes_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->futexes = arena_array(world->arena, struct futex, w->nr_futexes);
	for (u32 i = 0; i < w->nr_futexes; i++) {
		world->futexes[i].name = w->futexes[i].name;
		world->futexes[i].value = w->futexes[i].value;
		wait_queue_init(&world->futexes[i].waiters);
	}
}

/* ---- FUTEX_WAIT ---- */

enum { FUTEX_CALL, FUTEX_LOOK, FUTEX_WOKEN, FUTEX_REST };

/* What the call answers; true: it is complete. */
static bool answer(struct proc_world *world, struct proc *proc, struct futex *futex, int error)
{
	wait_finish(proc);
	wait_drop_timeout(world, proc);
	if (error)
		proc_refuse(world, proc, error, futex->name);
	return true;
}

static bool wait_at(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct futex *futex, const struct futex_call *call)
{
	switch (proc->phase) {
	case FUTEX_CALL:
		proc->wake_at = call->timeout_ns
					? min_of(world->machine->now + call->timeout_ns, (u64)NEVER)
					: NEVER;
		if (proc_pay_block(world, cpu, proc, futex_wait_cost(world), FUTEX_LOOK))
			return false;
		break;
	case FUTEX_WOKEN:
		if (wait_is_late(world, proc))
			return answer(world, proc, futex, ETIMEDOUT);
		/* A signal or a stop came in between: the call begins anew. */
		if (proc->in_call != IN_CALL_SLEPT)
			break;
		if (!wait_stands(&proc->wait))
			return answer(world, proc, futex, 0);
		proc_sleep(world, cpu, proc, FUTEX_WOKEN);
		return false;
	}
	if (futex->value != call->value)
		return answer(world, proc, futex, EAGAIN);
	proc->wait_arg = call->bitset;
	wait_arm_timeout(world, cpu, proc, false);
	futex_add(&futex->waiters, proc);
	proc_sleep(world, cpu, proc, FUTEX_WOKEN);
	return false;
}

/* ---- FUTEX_WAKE, FUTEX_WAKE_OP, FUTEX_CMP_REQUEUE ---- */

/*
 * Who waits to be moved to a PI mutex is not for calls that wake or move others (EINVAL): then they
 * do no more.
 */
static bool is_for_pi(struct proc_world *world, struct proc *proc, const struct futex *futex,
		      const struct proc *waiter)
{
	if (waiter->program->ops[waiter->pc].code != OP_FUTEX_WAIT_PI)
		return false;
	proc_refuse(world, proc, EINVAL, futex->name);
	return true;
}

/*
 * The first @nr that share a bit with @bitset are out of the queue and wait to be woken by @proc.
 * False: EINVAL.
 */
static bool pick(struct proc_world *world, struct futex *futex, struct proc *proc, u32 nr,
		 u32 bitset)
{
	struct list *to_wake = &locks_make(world, proc)->to_wake, *head = &futex->waiters.entries,
		    *next;

	for (struct list *at = head->next; at != head && nr; at = next) {
		struct wait_entry *entry = list_entry(at, struct wait_entry, link);
		struct proc *waiter = wait_proc_of(entry);

		next = at->next;
		if (!(waiter->wait_arg & bitset))
			continue;
		if (is_for_pi(world, proc, futex, waiter))
			return false;
		wait_pick(entry, to_wake);
		nr--;
	}
	return true;
}

/* requeue_futex(): the first @nr go to another word, with the ranks that they have. */
static void move(struct proc_world *world, struct futex *futex, struct proc *proc, struct futex *to,
		 u32 nr)
{
	struct wait_queue *queue = &futex->waiters;

	/* Who is there already keeps its place. */
	if (futex == to)
		return;
	for (; nr && !wait_queue_empty(queue); nr--) {
		struct wait_entry *entry = list_first(&queue->entries, struct wait_entry, link);

		if (is_for_pi(world, proc, futex, wait_proc_of(entry)))
			return;
		futex_move_entry(entry, &to->waiters);
	}
}

/*
 * The word has a new value; true: its old one was as @call says (signed, as the kernel compares).
 */
static bool change_word(struct futex *futex, const struct futex_call *call)
{
	s32 old = (s32)futex->value, with = call->with;

	switch ((enum futex_change)call->change) {
	case FUTEX_CHANGE_SET:
		futex->value = call->value;
		break;
	case FUTEX_CHANGE_ADD:
		futex->value += call->value;
		break;
	case FUTEX_CHANGE_OR:
		futex->value |= call->value;
		break;
	case FUTEX_CHANGE_ANDN:
		futex->value &= ~call->value;
		break;
	case FUTEX_CHANGE_XOR:
		futex->value ^= call->value;
		break;
	case NR_FUTEX_CHANGES:
		break;
	}
	switch ((enum futex_relation)call->relation) {
	case FUTEX_IS_EQ:
		return old == with;
	case FUTEX_IS_NE:
		return old != with;
	case FUTEX_IS_LT:
		return old < with;
	case FUTEX_IS_LE:
		return old <= with;
	case FUTEX_IS_GT:
		return old > with;
	case FUTEX_IS_GE:
		return old >= with;
	case NR_FUTEX_RELATIONS:
		break;
	}
	return false;
}

static void change_and_pick(struct proc_world *world, struct futex *futex, struct proc *proc,
			    const struct futex_call *call)
{
	struct futex *to = &world->futexes[call->to];
	bool both = change_word(to, call);

	if (pick(world, futex, proc, call->wake, UINT32_MAX) && both)
		(void)pick(world, to, proc, call->requeue, UINT32_MAX);
}

/* With what it takes to take those off the futex that it will wake, all but one. */
static u64 wake_cost(const struct proc_world *world, struct futex *futex,
		     const struct futex_call *call)
{
	u64 cost = futex_wake_cost(world, &futex->waiters), mark = world->costs->futex_mark;
	struct wait_entry *entry;
	u32 nr = 0;

	if (!mark)
		return cost;
	list_for_each (entry, &futex->waiters.entries, link)
		nr += nr < call->wake && wait_proc_of(entry)->wait_arg & call->bitset;
	return cost + (nr ? nr - 1 : 0) * mark;
}

static bool wake_at(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct futex *futex, const struct futex_call *call, u8 code)
{
	if (proc->phase == FUTEX_REST)
		return futex_wake_rest(world, cpu, proc, FUTEX_REST);
	if (proc->phase == FUTEX_CALL &&
	    proc_pay(world, cpu, proc, wake_cost(world, futex, call), FUTEX_LOOK))
		return false;
	if (call->compare && futex->value != call->value) {
		proc_refuse(world, proc, EAGAIN, futex->name);
		return true;
	}
	if (code == OP_FUTEX_WAKE_OP)
		change_and_pick(world, futex, proc, call);
	else if (pick(world, futex, proc, call->wake, call->bitset) && code == OP_FUTEX_REQUEUE)
		move(world, futex, proc, &world->futexes[call->to], call->requeue);
	return futex_wake_rest(world, cpu, proc, FUTEX_REST);
}

bool futex_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct futex *futex = &world->futexes[op->b];
	const struct futex_call *call = &world->workload->futex_calls[op->value];

	switch (op->code) {
	case OP_FUTEX_WAIT:
		return wait_at(world, cpu, proc, futex, call);
	case OP_FUTEX_SET:
		futex->value = call->value;
		return true;
	default:
		return wake_at(world, cpu, proc, futex, call, op->code);
	}
}
