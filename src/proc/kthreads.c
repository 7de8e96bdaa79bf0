/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads that are made and stopped in mid-run.
 *
 * Who wants one puts a request into kthreadd's list, wakes kthreadd and waits killable. kthreadd
 * clones one after the other, in that order. The new thread tells who has asked for it that it is
 * there, and sleeps in D; what wakes it up is the call's last step, and then its program begins.
 * Killed meanwhile, the call has made a thread that exits at once.
 *
 * kthread_stop() sets a flag and wakes: the sleep in which it is is over, loops are left at their
 * ends (while (!kthread_should_stop())), and who has called waits in D for its exit.
 *
 * kthread_park() does likewise up to the place in its program where the thread looks for that
 * (kthread_should_park(), kthread_parkme()): there it completes `parked` and sleeps, in P, until
 * kthread_unpark(). Each park completes that once: who waits for one that is called off by an
 * unpark waits for another, and one for which nobody waits lets the next caller go on. Kernel:
 * kernel/kthread.c, __kthread_parkme().
 */
#include "proc/kthreads.h"

#include <errno.h>

#include "model/clone.h"
#include "proc/calls.h"
#include "proc/exit.h"
#include "proc/files.h"
#include "proc/fork.h"

/* kthread_create_info; the requester's wait_arg, and the new thread's, is its index. */
struct kthread_request {
	struct list link;       /* in the list while kthreadd has not begun with it */
	struct proc *requester; /* NULL: killed */
	struct proc *made;
	u32 spec;
	u32 index;
	bool failed; /* EAGAIN */
	bool used;
};

/* Somebody waits for an exit, or for the target to park; the stopper's wait_arg is its index. */
struct kthread_stop {
	/* stopper NULL: a park that nobody has waited for; target NULL: gone without a park */
	struct proc *stopper, *target;
	u32 index, turn;
	bool used, parks, done;
	s32 ret; /* of a target that has stopped */
};

struct kthreads {
	struct list asked; /* kthread_create_list */
	struct pool requests, stops;
	u32 turns; /* given to stops */
};

static bool needs_them(u8 code)
{
	return code == OP_KTHREAD_RUN || code == OP_KTHREAD_STOP || code == OP_KTHREAD_PARK ||
	       code == OP_KTHREAD_UNPARK;
}

static bool is_needed(const struct workload *w)
{
	for (u32 i = 0; i < w->nr_programs; i++)
		for (u32 k = 0; k < w->programs[i].nr_ops; k++)
			if (needs_them(w->programs[i].ops[k].code))
				return true;
	return false;
}

void kthreads_init(struct proc_world *world)
{
	struct kthreads *all;

	if (!is_needed(world->workload))
		return;
	all = world->kthreads = arena_new(world->arena, struct kthreads);
	list_init(&all->asked);
	pool_init(&all->requests, sizeof(struct kthread_request), 4);
	pool_init(&all->stops, sizeof(struct kthread_stop), 4);
}

void kthreads_fini(struct proc_world *world)
{
	if (!world->kthreads)
		return;
	pool_fini(&world->kthreads->requests);
	pool_fini(&world->kthreads->stops);
}

static struct kthread_request *request_at(const struct proc_world *world, u64 index)
{
	return pool_at(&world->kthreads->requests, (u32)index);
}

static void put_request(struct proc_world *world, struct kthread_request *request)
{
	request->used = false;
	pool_put(&world->kthreads->requests, request->index);
}

/* ---- kthread_run() ---- */

enum { KTHREAD_CALL, KTHREAD_EFFECT, KTHREAD_WOKEN };

static void ask(struct proc_world *world, struct proc *proc, u32 spec)
{
	struct kthreads *all = world->kthreads;
	u32 index;
	struct kthread_request *request = pool_get(&all->requests, &index);

	*request = (struct kthread_request){
		.requester = proc, .spec = spec, .index = index, .used = true};
	list_add_tail(&all->asked, &request->link);
	proc->wait_arg = index;
	sched_wake(world->sched, &world->kthreadd->task, TASK_NORMAL, 0);
}

static bool run(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct kthread_request *request;

	if (proc->phase == KTHREAD_EFFECT)
		ask(world, proc, op->b);
	request = request_at(world, proc->wait_arg);
	if (!request->made && !request->failed) {
		proc_sleep_state(world, cpu, proc, KTHREAD_WOKEN, TASK_KILLABLE);
		return false;
	}
	if (request->failed) {
		proc_refuse(world, proc, EAGAIN, world->workload->tasks[op->b].name);
	} else {
		request->made->wait_arg = UINT64_MAX;
		sched_wake(world->sched, &request->made->task, TASK_NORMAL, 0);
	}
	put_request(world, request);
	return true;
}

/* ---- kthreadd ---- */

/*
 * kthread() is its function: a child of kthreadd, with an attribute set of its own if its template
 * says so.
 */
static struct proc *make(struct proc_world *world, u32 spec)
{
	struct proc *kthreadd = world->kthreadd,
		    *proc = proc_new(world, world->specs[spec].comm, NULL, NULL);

	if (!proc)
		return NULL;
	proc->task.flags = TASK_FLAG_WORKLOAD | TASK_FLAG_KTHREAD;
	proc_join(world, proc, kthreadd, NULL);
	proc_become(world, proc, spec);
	pipe_ends_take(world, proc, NULL, false);
	fs_take(world, proc, NULL, false);
	proc_inherit(world, kthreadd, proc);
	proc_announce(world, proc, kthreadd, CLONE_WORD_FORK);
	proc_reserve(world, proc);
	return proc;
}

static void create(struct proc_world *world)
{
	struct kthread_request *request =
		list_first(&world->kthreads->asked, struct kthread_request, link);
	struct proc *proc;

	list_del(&request->link);
	if (!request->requester) {
		put_request(world, request);
		return;
	}
	proc = make(world, request->spec);
	if (!proc) {
		request->failed = true;
		sched_wake(world->sched, &request->requester->task, TASK_NORMAL, 0);
		return;
	}
	proc->phase = OP_HANDSHAKE;
	proc->wait_arg = request->index;
	proc_wake_child(world, proc);
}

enum { KTHREADD_LOOKS, KTHREADD_FORKS };

bool kthreadd_step(struct proc_world *world, struct cpu *cpu, struct proc *kthreadd)
{
	for (;;) {
		if (kthreadd->phase == KTHREADD_FORKS)
			create(world);
		kthreadd->phase = KTHREADD_LOOKS;
		kthreadd->in_call = NOT_IN_CALL;
		kthreadd->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
		if (list_empty(&world->kthreads->asked))
			return false;
		if (proc_pay(world, cpu, kthreadd, world->costs->fork, KTHREADD_FORKS))
			return true;
	}
}

/* ---- The new thread ---- */

bool kthread_handshake(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct kthread_request *request;

	if (proc->wait_arg == UINT64_MAX) {
		proc->phase = OP_START;
		proc->in_call = NOT_IN_CALL;
		return true;
	}
	request = request_at(world, proc->wait_arg);
	if (!request->requester) {
		put_request(world, request);
		proc_exit(world, cpu, 0);
		return false;
	}
	if (!request->made) {
		request->made = proc;
		sched_wake(world->sched, &request->requester->task, TASK_NORMAL, 0);
	}
	proc_sleep_state(world, cpu, proc, OP_HANDSHAKE, TASK_UNINTERRUPTIBLE);
	return false;
}

/* ---- kthread_stop() ---- */

/* The oldest that nobody has asked yet; else one that somebody waits for already. */
static struct proc *find_target(struct proc_world *world, const struct op *op)
{
	struct proc *target, *asked = NULL;

	list_for_each (target, &world->specs[op->b].living, spec_link) {
		if ((op->a != TARGET_ALL && target->instance != op->a - 1u) ||
		    target->task.flags & TASK_FLAG_EXITING)
			continue;
		if (!target->should_stop)
			return target;
		if (!asked)
			asked = target;
	}
	return asked;
}

static void leave_loops(struct proc_world *world, struct proc *proc)
{
	for (u32 i = 0; i < LOOPS_NEAR; i++)
		proc->loop_left[i] = 1;
	if (!proc->deep_loops)
		return;
	for (u32 i = 0; i < LOOP_DEPTH_MAX - LOOPS_NEAR; i++)
		((struct loops *)pool_at(&world->deep_loops, proc->deep_loops - 1))->left[i] = 1;
}

/* The call waits for @target: for its exit, or (@parks) for its park. */
static void wait_for(struct proc_world *world, struct proc *proc, struct proc *target, bool parks)
{
	u32 index;
	struct kthread_stop *stop = pool_get(&world->kthreads->stops, &index);

	*stop = (struct kthread_stop){.stopper = proc,
				      .target = target,
				      .index = index,
				      .turn = world->kthreads->turns++,
				      .used = true,
				      .parks = parks};
	proc->wait_arg = index;
	if (target->phase != OP_HANDSHAKE)
		sched_wake(world->sched, &target->task, TASK_NORMAL, 0);
}

static void unpark(struct proc_world *world, struct proc *target)
{
	target->should_park = false;
	sched_wake(world->sched, &target->task, TASK_PARKED, 0);
}

static bool begin_stop(struct proc_world *world, struct proc *proc, const struct op *op)
{
	struct proc *target = find_target(world, op);

	if (!target) {
		proc_refuse(world, proc, ESRCH, world->workload->tasks[op->b].name);
		return false;
	}
	record_put(world, target, RECORD_KTHREAD_STOP, 0, 0, 0);
	target->should_stop = true;
	leave_loops(world, target);
	unpark(world, target);
	wait_for(world, proc, target, false);
	return true;
}

/* The oldest instance that should park, or that should not. NULL: there is none. */
static struct proc *find_parked(struct proc_world *world, const struct op *op, bool parked)
{
	struct proc *target;

	list_for_each (target, &world->specs[op->b].living, spec_link)
		if ((op->a == TARGET_ALL || target->instance == op->a - 1u) &&
		    !(target->task.flags & TASK_FLAG_EXITING) && target->should_park == parked)
			return target;
	return NULL;
}

static void put_stop(struct proc_world *world, struct kthread_stop *stop)
{
	stop->used = false;
	pool_put(&world->kthreads->stops, stop->index);
}

/*
 * Of @target's parks: the one that is first in line for it, or that (@waits false) nobody has
 * waited for.
 */
static struct kthread_stop *find_park(struct proc_world *world, const struct proc *target,
				      bool waits)
{
	struct kthreads *all = world->kthreads;
	struct kthread_stop *first = NULL;

	for (u32 i = 0; i < all->stops.nr_used; i++) {
		struct kthread_stop *one = pool_at(&all->stops, i);

		if (one->used && one->parks && one->target == target &&
		    (waits ? !one->done : !one->stopper) && (!first || one->turn < first->turn))
			first = one;
	}
	return first;
}

/*
 * One that is parked already is EBUSY. Who asks itself does not wait: it parks when it comes to its
 * parkme.
 */
static bool begin_park(struct proc_world *world, struct proc *proc, const struct op *op)
{
	struct proc *target = find_parked(world, op, false);
	struct kthread_stop *earlier;

	if (!target) {
		proc_refuse(world, proc, find_parked(world, op, true) ? EBUSY : ESRCH,
			    world->workload->tasks[op->b].name);
		return false;
	}
	target->should_park = true;
	if (target == proc)
		return false;
	wait_for(world, proc, target, true);
	earlier = find_park(world, target, false);
	if (!earlier)
		return true;
	put_stop(world, earlier);
	put_stop(world, pool_at(&world->kthreads->stops, (u32)proc->wait_arg));
	return false;
}

/* Of kthread_stop() and kthread_park(). They begin unless there is nothing to wait for. */
static bool stop(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct kthread_stop *stop;

	if (proc->phase == KTHREAD_EFFECT &&
	    !(op->code == OP_KTHREAD_STOP ? begin_stop : begin_park)(world, proc, op))
		return true;
	stop = pool_at(&world->kthreads->stops, (u32)proc->wait_arg);
	if (!stop->done) {
		proc_sleep_state(world, cpu, proc, KTHREAD_WOKEN, TASK_UNINTERRUPTIBLE);
		return false;
	}
	if (!stop->parks)
		record_put(world, proc, RECORD_KTHREAD_STOP_RET, 0, 0, (u64)(s64)stop->ret);
	put_stop(world, stop);
	return true;
}

bool kthread_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	if (proc->phase == KTHREAD_CALL &&
	    proc_pay(world, cpu, proc, world->costs->block, KTHREAD_EFFECT))
		return false;
	if (op->code == OP_KTHREAD_UNPARK) {
		struct proc *target = find_parked(world, op, true);

		if (target) /* else there is nothing to do */
			unpark(world, target);
		return true;
	}
	return op->code == OP_KTHREAD_RUN ? run(world, cpu, proc, op) : stop(world, cpu, proc, op);
}

/* ---- The thread's own part ---- */

static void release(struct proc_world *world, struct kthread_stop *stop)
{
	stop->done = true;
	sched_wake(world->sched, &stop->stopper->task, TASK_NORMAL, 0);
}

/* complete(&self->parked). */
static void complete_park(struct proc_world *world, struct proc *target)
{
	struct kthread_stop *first = find_park(world, target, true);
	u32 index;

	if (first) {
		release(world, first);
		return;
	}
	first = pool_get(&world->kthreads->stops, &index);
	*first = (struct kthread_stop){
		.target = target, .index = index, .used = true, .parks = true, .done = true};
}

/* complete(&self->exited). Parks do not come any more: who waits for one waits for ever. */
static void complete_exit(struct proc_world *world, const struct proc *target)
{
	struct kthreads *all = world->kthreads;

	for (u32 i = 0; i < all->stops.nr_used; i++) {
		struct kthread_stop *one = pool_at(&all->stops, i);

		if (!one->used || one->target != target)
			continue;
		one->target = NULL;
		one->ret = target->exit_code >> 8;
		if (!one->stopper)
			put_stop(world, one);
		else if (!one->parks)
			release(world, one);
	}
}

bool kthread_parkme_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       const struct op *op unused_arg)
{
	if (likely(!proc->should_park))
		return true;
	complete_park(world, proc);
	proc_sleep_state(world, cpu, proc, KTHREAD_WOKEN, TASK_PARKED);
	return false;
}

/* ---- Deaths ---- */

static void lose_requester(struct proc_world *world, struct kthread_request *request)
{
	request->requester = NULL;
	if (request->failed)
		put_request(world, request);
	else if (request->made)
		sched_wake(world->sched, &request->made->task, TASK_NORMAL, 0);
}

void kthreads_proc_exit(struct proc_world *world, struct proc *proc)
{
	struct kthreads *all = world->kthreads;

	for (u32 i = 0; i < all->requests.nr_used; i++) {
		struct kthread_request *request = pool_at(&all->requests, i);

		if (request->used && request->requester == proc)
			lose_requester(world, request);
	}
	complete_exit(world, proc);
}
