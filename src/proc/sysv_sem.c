/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores: sets of them, on which a call does all its operations or none.
 * Kernel: ipc/sem.c; reference: process.md 8.7.
 *
 * Who changes a set looks for others whose calls are possible now, does them on their behalf and
 * wakes them in the order in which they became possible; so a small request overtakes a large one.
 * Calls of one operation wait at their semaphore; while a call of several waits, all that change
 * something wait in one queue of the set, so that it is not passed by for ever.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/sync.h"

enum { VALUE_MOST = 32767 };

struct sem {
	s32 value;
	struct list alter, zero; /* struct wait_entry: calls of one operation that wait for it */
};

struct sem_set {
	const char *name;
	struct sem *sems;
	u32 nr;
	bool removed;            /* for good: its name means nothing any more */
	struct list alter, zero; /* calls of several, and beside them others that alter */
};

/* What the end of a process gives back to a set. */
struct sem_undo {
	struct list link; /* all, the last that was made first */
	struct process *process;
	struct sem_set *set;
	u32 index;    /* in the pool */
	s32 adjust[]; /* by semaphore */
};

struct sem_sets {
	struct sem_set *at;
	struct list undos;
	struct pool undo_pool;
};

void sem_sets_init(struct proc_world *world)
{
	const struct workload *w = world->workload;
	struct sem_sets *sets;
	u32 most = 0;

	if (!w->nr_sem_sets)
		return;
	sets = world->sem_sets = arena_new(world->arena, struct sem_sets);
	list_init(&sets->undos);
	sets->at = arena_array(world->arena, struct sem_set, w->nr_sem_sets);
	for (u32 i = 0; i < w->nr_sem_sets; i++) {
		struct sem_set *set = &sets->at[i];

		set->name = w->sem_sets[i].name;
		set->nr = w->sem_sets[i].nr;
		most = max_of(most, set->nr);
		set->sems = arena_array(world->arena, struct sem, set->nr);
		list_init(&set->alter);
		list_init(&set->zero);
		for (u32 k = 0; k < set->nr; k++) {
			set->sems[k].value = w->sem_sets[i].values[k];
			list_init(&set->sems[k].alter);
			list_init(&set->sems[k].zero);
		}
	}
	pool_init(&sets->undo_pool,
		  div_round_up(sizeof(struct sem_undo) + most * sizeof(s32), 8) * 8, 4);
}

void sem_sets_fini(struct proc_world *world)
{
	if (world->sem_sets)
		pool_fini(&world->sem_sets->undo_pool);
}

/* ---- One call ---- */

/* What a task's present op asks for. */
struct request {
	const struct sem_op *ops;
	u32 nr;
	struct sem_undo *undo; /* NULL: none of them is undone */
};

static struct sem_undo *find_undo(struct proc_world *world, struct sem_set *set,
				  struct process *process)
{
	struct sem_undo *undo;
	u32 index;

	list_for_each (undo, &world->sem_sets->undos, link)
		if (undo->process == process && undo->set == set)
			return undo;
	undo = pool_get(&world->sem_sets->undo_pool, &index);
	undo->process = process;
	undo->set = set;
	undo->index = index;
	for (u32 i = 0; i < set->nr; i++)
		undo->adjust[i] = 0;
	list_add_head(&world->sem_sets->undos, &undo->link);
	return undo;
}

static struct request request_of(struct proc_world *world, struct sem_set *set,
				 const struct proc *proc)
{
	const struct workload *w = world->workload;
	const struct sem_call *call = &w->sem_calls[proc->program->ops[proc->pc].value];
	struct request r = {.ops = &w->sem_ops[call->first], .nr = call->nr};

	for (u32 i = 0; i < r.nr && !r.undo; i++)
		if (r.ops[i].undo)
			r.undo = find_undo(world, set, proc->process);
	return r;
}

static bool alters(const struct request *r)
{
	for (u32 i = 0; i < r->nr; i++)
		if (r->ops[i].add)
			return true;
	return false;
}

enum outcome { SEM_DONE, SEM_BLOCKS, SEM_FAILS };

static void apply(struct sem_set *set, const struct request *r, u32 i, s32 add)
{
	set->sems[r->ops[i].sem].value += add;
	if (r->ops[i].undo)
		r->undo->adjust[r->ops[i].sem] -= add;
}

static enum outcome try_one(const struct sem_set *set, const struct request *r, u32 i)
{
	s32 value = set->sems[r->ops[i].sem].value, add = r->ops[i].add;
	s32 adjust = r->ops[i].undo ? r->undo->adjust[r->ops[i].sem] - add : 0;

	if ((!add && value) || value + add < 0)
		return SEM_BLOCKS;
	if (value + add > VALUE_MOST || adjust > VALUE_MOST || adjust < -VALUE_MOST - 1)
		return SEM_FAILS; /* ERANGE */
	return SEM_DONE;
}

/* perform_atomic_semop(): all in their order, or none. */
static enum outcome perform(struct sem_set *set, const struct request *r)
{
	for (u32 i = 0; i < r->nr; i++) {
		enum outcome outcome = try_one(set, r, i);

		if (outcome == SEM_DONE) {
			apply(set, r, i, r->ops[i].add);
			continue;
		}
		while (i-- > 0)
			apply(set, r, i, -r->ops[i].add);
		return outcome;
	}
	return SEM_DONE;
}

/* ---- Others ---- */

static struct proc *proc_at(struct list *link)
{
	return container_of(list_entry(link, struct wait_entry, link), struct proc, wait);
}

static bool has_complex_in(struct proc_world *world, const struct list *list)
{
	for (struct list *at = list->next; at != list; at = at->next) {
		const struct proc *proc = proc_at(at);

		if (world->workload->sem_calls[proc->program->ops[proc->pc].value].nr > 1)
			return true;
	}
	return false;
}

static bool has_complex(struct proc_world *world, const struct sem_set *set)
{
	return has_complex_in(world, &set->alter) || has_complex_in(world, &set->zero);
}

/* Back to a queue per semaphore when no call of several waits any more. */
static void unmerge(struct proc_world *world, struct sem_set *set)
{
	if (list_empty(&set->alter) || has_complex(world, set))
		return;
	while (!list_empty(&set->alter)) {
		struct list *link = set->alter.next;
		struct request r = request_of(world, set, proc_at(link));

		list_move_tail(&set->sems[r.ops[0].sem].alter, link);
	}
}

static void merge(struct sem_set *set)
{
	for (u32 i = 0; i < set->nr; i++)
		list_splice_tail(&set->alter, &set->sems[i].alter);
}

/* wake_const_ops(): those in @queue who wait for zeros and find them; true: somebody did. */
static void finish_zero(struct proc_world *world, struct sem_set *set, struct list *queue,
			struct list *woken)
{
	struct list *next;

	for (struct list *at = queue->next; at != queue; at = next) {
		struct request r = request_of(world, set, proc_at(at));

		next = at->next;
		if (perform(set, &r) != SEM_BLOCKS)
			list_move_tail(woken, at);
	}
}

/* do_smart_wakeup_zero(); @r NULL: anything may have changed. */
static void look_at_zeros(struct proc_world *world, struct sem_set *set, const struct request *r,
			  struct list *woken)
{
	bool some = false;

	for (u32 i = 0; i < (r ? r->nr : set->nr); i++) {
		struct sem *sem = &set->sems[r ? r->ops[i].sem : i];

		if (sem->value)
			continue;
		some = true;
		finish_zero(world, set, &sem->zero, woken);
	}
	if (some)
		finish_zero(world, set, &set->zero, woken);
}

/*
 * update_queue(): whoever in @queue can go on now, from the first on, and again from there if that
 * may have changed the answer for an earlier one. @only: the queue is this semaphore's; NULL: the
 * set's.
 */
static void look_at_alters(struct proc_world *world, struct sem_set *set, struct list *queue,
			   const struct sem *only, struct list *woken)
{
	struct list *at = queue->next;

	while (at != queue && !(only && !only->value)) {
		struct list *next = at->next;
		struct request r = request_of(world, set, proc_at(at));
		enum outcome outcome = perform(set, &r);

		if (outcome != SEM_BLOCKS) {
			list_del(at);
			if (outcome == SEM_DONE) {
				look_at_zeros(world, set, &r, woken);
				if (!list_empty(&set->alter) || r.nr > 1)
					next = queue->next;
			}
			list_add_tail(woken, at);
		}
		at = next;
	}
}

/* Their calls are over, with @error or 0. */
static void wake_all(struct proc_world *world, struct list *woken, int error)
{
	while (!list_empty(woken)) {
		struct proc *proc = proc_at(woken->next);

		proc->wait_arg = (u64)error;
		wait_finish(proc);
		wait_drop_timeout(world, proc);
		sched_wake(world->sched, &proc->task, TASK_NORMAL, 0);
	}
}

/* do_smart_update(), then the wakeups that it has collected. @r NULL: anything may have changed. */
static void update(struct proc_world *world, struct sem_set *set, const struct request *r)
{
	struct list woken;

	list_init(&woken);
	look_at_zeros(world, set, r, &woken);
	if (!list_empty(&set->alter)) {
		look_at_alters(world, set, &set->alter, NULL, &woken);
	} else {
		for (u32 i = 0; i < (r ? r->nr : set->nr); i++) {
			struct sem *sem = &set->sems[r ? r->ops[i].sem : i];

			if (!r || r->ops[i].add > 0)
				look_at_alters(world, set, &sem->alter, sem, &woken);
		}
	}
	wake_all(world, &woken, 0);
}

/* ---- The call ---- */

static void queue_up(struct proc_world *world, struct sem_set *set, struct proc *proc,
		     const struct request *r)
{
	struct sem *sem = &set->sems[r->ops[0].sem];
	struct list *queue = alters(r) ? &sem->alter : &sem->zero;

	if (r->nr > 1) {
		if (!has_complex(world, set))
			merge(set);
		queue = alters(r) ? &set->alter : &set->zero;
	} else if (alters(r) && has_complex(world, set)) {
		queue = &set->alter;
	}
	proc->wait.flags = 0;
	list_add_tail(queue, &proc->wait.link);
}

enum { SEMOP_CALL, SEMOP_TRY, SEMOP_WOKEN };

static bool give_up(struct proc_world *world, struct proc *proc, const struct sem_set *set)
{
	wait_finish(proc);
	wait_drop_timeout(world, proc);
	if (proc->wait_arg)
		proc_refuse(world, proc, (int)proc->wait_arg, set->name);
	return true;
}

static u64 way_in(const struct proc_world *world, const struct sem_set *set,
		  const struct request *r, const struct op *op)
{
	bool blocks = !(op->flags & OP_NONBLOCK) && r->nr == 1 && try_one(set, r, 0) == SEM_BLOCKS;

	return blocks ? world->costs->block : world->costs->syscall;
}

/* ---- semctl() ---- */

static void drop_undo(struct proc_world *world, struct sem_undo *undo)
{
	list_del(&undo->link);
	pool_put(&world->sem_sets->undo_pool, undo->index);
}

/*
 * freeary(): those who wait for zeros first, and those who wait in the set's queues before those at
 * one semaphore.
 */
static void remove_set(struct proc_world *world, struct sem_set *set)
{
	struct sem_undo *undo, *next;
	struct list woken;

	list_for_each_safe (undo, next, &world->sem_sets->undos, link)
		if (undo->set == set)
			drop_undo(world, undo);
	list_init(&woken);
	list_splice_tail(&woken, &set->zero);
	list_splice_tail(&woken, &set->alter);
	for (u32 i = 0; i < set->nr; i++) {
		list_splice_tail(&woken, &set->sems[i].zero);
		list_splice_tail(&woken, &set->sems[i].alter);
	}
	set->removed = true;
	wake_all(world, &woken, EIDRM);
}

/* SETVAL, SETALL: what was to be undone of these is forgotten. */
static void set_values(struct proc_world *world, struct sem_set *set, const struct sem_call *call)
{
	const struct sem_op *ops = &world->workload->sem_ops[call->first];
	struct sem_undo *undo;

	for (u32 i = 0; i < call->nr; i++) {
		set->sems[ops[i].sem].value = ops[i].add;
		list_for_each (undo, &world->sem_sets->undos, link)
			if (undo->set == set)
				undo->adjust[ops[i].sem] = 0;
	}
	unmerge(world, set);
	update(world, set, NULL);
}

static bool control(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct sem_set *set, const struct op *op)
{
	const struct sem_call *call = &world->workload->sem_calls[op->value];

	if (proc->phase == SEMOP_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, SEMOP_TRY))
		return false;
	if (set->removed)
		proc_refuse(world, proc, EINVAL, set->name);
	else if (call->nr)
		set_values(world, set, call);
	else
		remove_set(world, set);
	return true;
}

bool semop_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct sem_set *set = &world->sem_sets->at[op->b];
	u64 timeout = world->workload->sem_calls[op->value].timeout_ns;
	struct request r;

	if (op->code == OP_SEMCTL)
		return control(world, cpu, proc, set, op);
	/*
	 * Done by another on its behalf, be it by the set's end; or EINTR, which a stop is as well,
	 * or EAGAIN.
	 */
	if (proc->phase == SEMOP_WOKEN && (!wait_linked(&proc->wait) || wait_is_late(world, proc)))
		return give_up(world, proc, set);
	r = request_of(world, set, proc);
	if (proc->phase == SEMOP_CALL) {
		proc->wait_arg = 0;
		proc->wake_at = timeout ? min_of(world->machine->now + timeout, (u64)NEVER) : NEVER;
		if (proc_pay(world, cpu, proc, way_in(world, set, &r, op), SEMOP_TRY))
			return false;
	}
	if (set->removed) {
		proc->wait_arg = EINVAL;
		return give_up(world, proc, set);
	}
	if (proc->phase != SEMOP_WOKEN) {
		unmerge(world, set);
		switch (perform(set, &r)) {
		case SEM_DONE:
			if (alters(&r))
				update(world, set, &r);
			return true;
		case SEM_FAILS:
			return true;
		case SEM_BLOCKS:
			if (op->flags & OP_NONBLOCK) /* EAGAIN */
				return true;
		}
		queue_up(world, set, proc, &r);
	}
	wait_arm_timeout(world, cpu, proc, false);
	proc_sleep(world, cpu, proc, SEMOP_WOKEN);
	return false;
}

/* ---- Exit ---- */

static void give_back(struct proc_world *world, struct sem_undo *undo)
{
	struct sem_set *set = undo->set;

	for (u32 i = 0; i < set->nr; i++)
		set->sems[i].value =
			max_of(0, min_of(set->sems[i].value + undo->adjust[i], (s32)VALUE_MOST));
	drop_undo(world, undo);
	unmerge(world, set);
	update(world, set, NULL);
}

void sem_process_exit(struct proc_world *world, struct process *process)
{
	struct sem_undo *undo, *next;

	list_for_each_safe (undo, next, &world->sem_sets->undos, link)
		if (undo->process == process)
			give_back(world, undo);
}
