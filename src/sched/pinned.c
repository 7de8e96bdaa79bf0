/* SPDX-License-Identifier: MIT */
/* Tasks that have disabled their migration. */
#include "sched/pinned.h"

#include "base/ensure.h"
#include "sched/decide.h"
#include "sched/internal.h"

enum { POOL_CHUNK = 4 };

/* What a pinned task has besides. */
struct pinned {
	u32 index; /* in sched->pinned_pool */
	u32 depth;
	struct task *task;
	const struct cpumask *cpus; /* cpus_mask */
	struct stop_work *pending;  /* of those who have changed its affinity and wait, by next */
	u64 nr_switches;            /* of its cpu, when it was pinned */
	bool push;                  /* its stopper came to push it: MDF_PUSH */
	struct rb_node node;        /* sched->pinned */
};

void sched_pinned_init(struct sched *sched)
{
	pool_init(&sched->pinned_pool, sizeof(struct pinned), POOL_CHUNK);
	sched->pinned = (struct rb_tree){0};
	sched->single_cpu = arena_array(sched->arena, struct cpumask *, sched->nr_cpus);
}

static struct pinned *pinned_of(const struct rb_node *node)
{
	return container_of(node, struct pinned, node);
}

static bool less(const struct rb_node *a, const struct rb_node *b)
{
	return pinned_of(a)->task->id < pinned_of(b)->task->id;
}

/* By id, so that a task has no pointer to what few tasks have. */
static struct pinned *find(struct sched *sched, const struct task *task)
{
	struct rb_node *node = sched->pinned.root;

	while (node && pinned_of(node)->task != task)
		node = node->child[pinned_of(node)->task->id < task->id];
	ensure(node);
	return pinned_of(node);
}

static const struct cpumask *only(struct sched *sched, u32 cpu)
{
	if (!sched->single_cpu[cpu]) {
		sched->single_cpu[cpu] = cpumask_new(sched->arena, sched->nr_cpus);
		cpumask_set(sched->single_cpu[cpu], cpu);
	}
	return sched->single_cpu[cpu];
}

void sched_migrate_disable(struct sched *sched, struct task *task)
{
	struct pinned *p;
	u32 index;

	if (task->pinned) {
		find(sched, task)->depth++;
		return;
	}
	p = pool_get(&sched->pinned_pool, &index);
	*p = (struct pinned){
		.index = index,
		.depth = 1,
		.task = task,
		.cpus = task->cpus,
		.nr_switches = task_rq(sched, task)->nr_switches,
	};
	rb_insert(&sched->pinned, &p->node, less, NULL);
	task->pinned = true;
	task->cpus = only(sched, task->cpu);
	task_rq(sched, task)->nr_pinned++;
}

/* ---- The running task is pushed away, for the sake of a pinned one ---- */

/*
 * push_cpu_stop(): the task that was running goes where it can run at once, if it still may and
 * can.
 */
static void push_stop(struct sched *sched, struct cpu *cpu, struct stop_work *work)
{
	struct rq *rq = sched_rq(sched, cpu->id);
	struct task *task = work->task;
	u32 dest;

	rq->push_busy = false;
	rq->pushed_at = sched->machine->now;
	if (task->id != work->task_id || task->cpu != cpu->id)
		return;
	if (task->pinned) {
		find(sched, task)->push = true;
		return;
	}
	if (task->on_rq != ON_RQ_QUEUED || task->on_cpu || !task_class(sched, task)->better_cpu)
		return;
	dest = task_class(sched, task)->better_cpu(rq, task);
	if (dest == NO_CPU)
		return;
	sched_deactivate(rq, task, 0);
	sched_set_cpu(sched, task, dest, RECORD_MOVE_PUSH);
	rq_update_clock(sched_rq(sched, dest));
	sched_activate(sched_rq(sched, dest), task, 0);
	decide_resched_rule(sched_rq(sched, dest), RULE_RESCHED_WAKEUP);
	sched_resched_curr(sched_rq(sched, dest));
}

bool sched_push_is_busy(const struct rq *rq)
{
	return rq->push_busy || rq->pushed_at == rq->sched->machine->now;
}

static void push_by_stopper(struct rq *rq, struct task *task)
{
	rq->push_busy = true;
	rq->push_curr_work = (struct stop_work){.fn = push_stop, .task = task, .task_id = task->id};
	sched_stop_cpu(rq->sched, rq->cpu, &rq->push_curr_work);
}

void sched_push_current(struct rq *rq)
{
	if (!sched_push_is_busy(rq) && rq->curr->nr_cpus_allowed != 1 && !rq->curr->pinned)
		push_by_stopper(rq, rq->curr);
}

/* ---- It may move again ---- */

/* Who waits for a change of affinity goes on when the stopper has been here. */
static void move_pending(struct sched *sched, struct task *task, struct stop_work *work)
{
	while (work) {
		struct stop_work *next = work->next;

		sched_stop_cpu(sched, task->cpu, work);
		work = next;
	}
}

static void complete_pending(struct sched *sched, struct pinned *p)
{
	while (p->pending) {
		struct stop_work *work = p->pending;

		p->pending = work->next;
		sched_wake(sched, work->waiter, TASK_NORMAL, 0);
		pool_put(&sched->stop_works, work->index);
	}
}

void sched_migrate_enable(struct sched *sched, struct task *task)
{
	struct pinned *p = find(sched, task);
	struct rq *rq = task_rq(sched, task);
	const struct cpumask *cpus;
	struct stop_work *pending;
	bool was_switched, push;

	if (--p->depth)
		return;
	was_switched = rq->nr_switches != p->nr_switches;
	cpus = p->cpus;
	pending = p->pending;
	push = p->push;
	rb_erase(&sched->pinned, &p->node, NULL);
	pool_put(&sched->pinned_pool, p->index);
	task->pinned = false;
	rq->nr_pinned--;
	/*
	 * Only if migrate_disable_switch() has taken its cpus from it are they given back in
	 * earnest.
	 */
	if (was_switched)
		sched_set_mask(sched, task, cpus);
	else
		task->cpus = cpus;
	move_pending(sched, task, pending);
	if (unlikely(push) && !sched_push_is_busy(rq) && cpumask_test(cpus, task->cpu))
		push_by_stopper(rq, task);
}

const struct cpumask *sched_own_cpus(struct sched *sched, const struct task *task)
{
	return unlikely(task->pinned) ? find(sched, task)->cpus : task->cpus;
}

bool sched_pinned_set_cpus(struct sched *sched, struct cpu *cpu, struct task *task,
			   const struct cpumask *cpus, u32 dest)
{
	struct pinned *p = find(sched, task);
	struct stop_work *work;

	p->cpus = cpus;
	sched_set_mask(sched, task, cpus);
	task->cpus = only(sched, task->cpu);
	if (cpumask_test(cpus, task->cpu)) {
		complete_pending(sched, p);
		return false;
	}
	/* Whether it may move is asked of the stopper, which finds that it may not. */
	if (task->on_cpu)
		sched_stop_cpu(sched, task->cpu,
			       sched_migration_work(sched, task, dest, RECORD_MOVE_AFFINITY));
	work = sched_migration_work(sched, task, dest, RECORD_MOVE_AFFINITY);
	work->waiter = sched_rq(sched, cpu->id)->curr;
	work->next = p->pending;
	p->pending = work;
	sched_block(sched, cpu, TASK_UNINTERRUPTIBLE);
	return true;
}
