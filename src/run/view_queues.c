/* SPDX-License-Identifier: MIT */
/*
 * Who stands in which queue: runqueues by cpu and class, wait queues by what is waited for. No
 * files of Linux's; /sys/kernel/debug/sched/debug tells some of it. Reference: process.md 7, 13.
 */
#include "run/look.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "base/sorted.h"
#include "base/vec.h"
#include "model/program.h"
#include "proc/futex.h"
#include "proc/poll.h"
#include "proc/sync.h"

/* ---- Runqueues ---- */

static u64 fair_key(const struct look *look, const struct proc *proc)
{
	bool eevdf = look->job->workload->kernel.fair == FAIR_EEVDF;

	return eevdf ? proc->task.fair.deadline : proc->task.fair.vruntime;
}

struct queued {
	const struct proc *proc;
	s64 key; /* the order in which its class would take them, if nothing else counted */
};

/* By cpu, class, key; as their numbers are where those are equal. */
static int by_turn(const void *a, const void *b)
{
	const struct queued *x = a, *y = b;
	const struct task *s = &x->proc->task, *t = &y->proc->task;

	return order_u64(s->cpu, t->cpu) ?: order_u64(s->class_id, t->class_id) ?:
	       order_s64(x->key, y->key) ?:
	       order_u64(s->id, t->id);
}

/* Where @task stands in its priority's list. */
static s64 place_in_list(const struct rq *rq, const struct task *task)
{
	const struct list *head = &rq->rt.queue[task->prio];
	s64 place = 0;

	for (const struct list *at = head->next; at != head && at != &task->rt_link; at = at->next)
		place++;
	return place;
}

static s64 key_of(const struct look *look, const struct proc *proc)
{
	const struct task *task = &proc->task;

	switch (task->class_id) {
	case CLASS_RT:
		return ((s64)task->prio << 32) +
		       place_in_list(&look->world->sched->rqs[task->cpu], task);
	case CLASS_DEADLINE:
		return (s64)task->dl->deadline;
	case CLASS_FAIR:
		return (s64)fair_key(look, proc);
	default:
		return 0;
	}
}

static void put_queued(const struct look *look, const struct queued *queued, struct text *out)
{
	const struct proc *proc = queued->proc;
	const struct task *task = &proc->task;

	text_printf(out, "  %c %-8s %7u %-15s", task->on_cpu ? '>' : ' ',
		    look->world->sched->classes[task->class_id]->name, proc->pid,
		    look_comm(look, proc));
	if (task->class_id == CLASS_FAIR)
		text_printf(out, " vruntime %" PRId64 ", deadline %" PRId64 ", weight %u%s",
			    (s64)task->fair.vruntime, (s64)task->fair.deadline,
			    task->fair.weight >> 10,
			    task->fair.sched_delayed ? ", sleeps (delayed)" : "");
	else if (task->class_id == CLASS_RT)
		text_printf(out, " prio %d", task->prio);
	else if (task->class_id == CLASS_DEADLINE)
		text_printf(out, " deadline %" PRIu64, task->dl->deadline);
	text_add_char(out, '\n');
}

static void put_rq(const struct look *look, const struct rq *rq, struct text *out)
{
	text_printf(out,
		    "cpu%u: nr_running %u, nr_uninterruptible %" PRId64
		    ", nr_iowait %u, curr %u %s%s\n",
		    rq->cpu, rq->nr_running, rq->nr_uninterruptible, rq->nr_iowait,
		    proc_of(rq->curr)->pid, look_comm(look, proc_of(rq->curr)),
		    rq->need_resched ? ", need_resched" : "");
}

void view_runqueues(const struct look *look, struct text *out)
{
	const struct sched *sched = look->world->sched;
	vec_of(struct queued) all = {0};
	const struct proc *proc;
	u32 next = 0;

	for (u32 at = 0; (proc = proc_next(look->world, &at));)
		if (proc->task.on_rq == ON_RQ_QUEUED)
			vec_push(&all, ((struct queued){proc, key_of(look, proc)}));
	if (all.len)
		qsort(all.at, all.len, sizeof(*all.at), by_turn);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		put_rq(look, &sched->rqs[cpu], out);
		for (; next < all.len && all.at[next].proc->task.cpu == cpu; next++)
			put_queued(look, &all.at[next], out);
	}
	vec_fini(&all);
}

/* ---- Wait queues ---- */

/* An entry of a wait queue, and whose it is; NULL: an epoll's, which watches. */
struct waiting {
	const struct list *link;
	const struct wait_entry *entry;
	const struct proc *proc;
	bool told; /* its queue is printed */
};

typedef vec_of(struct waiting) waiting_vec;

static void find_waiting(const struct look *look, waiting_vec *all)
{
	const struct proc_world *world = look->world;
	const struct wait_watch *watch;
	const struct proc *proc;

	for (u32 at = 0; (proc = proc_next(world, &at));)
		if (wait_linked(&proc->wait))
			vec_push(all,
				 ((struct waiting){&proc->wait.link, &proc->wait, proc, false}));
	for (u32 i = 0; i < world->sig_frames.nr_used; i++) {
		const struct sig_frame *frame = pool_at(&world->sig_frames, i);

		if (frame->kept.flags & WAIT_KEPT && wait_linked(&frame->kept))
			vec_push(all, ((struct waiting){&frame->kept.link, &frame->kept,
							frame->proc, false}));
	}
	for (u32 i = 0; i < world->futex_extras.nr_used; i++) {
		const struct futex_extra *extra = pool_at(&world->futex_extras, i);

		if (wait_linked(&extra->entry))
			vec_push(all, ((struct waiting){&extra->entry.link, &extra->entry,
							extra->proc, false}));
	}
	for (u32 at = 0; (watch = poll_next_place(world, &at, &proc));)
		vec_push(all, ((struct waiting){&watch->entry.link, &watch->entry, proc, false}));
	for (u32 at = 0; (watch = epoll_next_watch(world, &at));)
		vec_push(all, ((struct waiting){&watch->entry.link, &watch->entry, NULL, false}));
}

/* For the look-up alone: nothing is shown in this order. */
static int by_link(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;

	return order_u64((uintptr_t)x->link, (uintptr_t)y->link);
}

/* NULL: @link is the queue itself, its head. */
static struct waiting *waiting_at(const waiting_vec *all, const struct list *link)
{
	struct waiting key = {.link = link};

	return bsearch(&key, all->at, all->len, sizeof(*all->at), by_link);
}

static const struct list *head_of(const waiting_vec *all, const struct waiting *one)
{
	const struct list *head = one->link;

	while (waiting_at(all, head))
		head = head->prev;
	return head;
}

/* What the first task in it sleeps in, as its program says it. */
static void put_queue_name(const struct look *look, const waiting_vec *all, const struct list *head,
			   struct text *out)
{
	const struct list *at = head->next;
	const struct proc *proc;

	while (!waiting_at(all, at)->proc)
		at = at->next;
	proc = waiting_at(all, at)->proc;
	if (proc->program)
		program_add_op(out, look->job->workload, &proc->program->ops[proc->pc]);
	else
		text_add(out, proc == look->world->init ? "wait" : look_comm(look, proc));
	text_add_char(out, ':');
}

/* The queue behind @head; how many tasks are in it. */
static u32 put_queue(const struct look *look, const waiting_vec *all, const struct list *head,
		     struct text *out)
{
	u32 nr = 0;

	put_queue_name(look, all, head, out);
	for (const struct list *at = head->next; at != head; at = at->next) {
		struct waiting *waiting = waiting_at(all, at);

		waiting->told = true;
		if (waiting->proc) {
			nr++;
			text_printf(out, " %u %s%s", waiting->proc->pid,
				    look_comm(look, waiting->proc),
				    waiting->entry->flags & WAIT_EXCLUSIVE ? " (exclusive)" : "");
		} else {
			text_add(out, " an epoll");
		}
		text_add(out, at->next == head ? "" : ",");
	}
	text_add_char(out, '\n');
	return nr;
}

static int by_task(const void *a, const void *b)
{
	const struct waiting *const *x = a, *const *y = b;

	return order_u64((*x)->proc->task.id, (*y)->proc->task.id);
}

enum { LENGTHS = 9 }; /* 1, 2, 3-4, 5-8, ... more than 128 */

static u32 length_class(u32 nr)
{
	return nr <= 1 ? 0 : min_of(32u - (u32)__builtin_clz(nr - 1), (u32)LENGTHS - 1);
}

static void put_lengths(const u32 *nr_of, struct text *out)
{
	text_add(out, "queues by length:");
	for (u32 i = 0; i < LENGTHS; i++) {
		u32 from = i ? (1u << (i - 1)) + 1 : 1, to = 1u << i;

		if (!nr_of[i])
			continue;
		text_printf(out,
			    from == to         ? " %u"
			    : i == LENGTHS - 1 ? " >%u"
					       : " %u-%u",
			    i == LENGTHS - 1 ? from - 1 : from, to);
		text_printf(out, ": %u", nr_of[i]);
	}
	text_add_char(out, '\n');
}

void view_waitqueues(const struct look *look, struct text *out)
{
	waiting_vec all = {0};
	vec_of(struct waiting *) tasks = {0};
	u32 nr_of[LENGTHS] = {0};

	find_waiting(look, &all);
	if (all.len)
		qsort(all.at, all.len, sizeof(*all.at), by_link);
	for (u32 i = 0; i < all.len; i++)
		if (all.at[i].proc)
			vec_push(&tasks, &all.at[i]);
	/* In an order that has nothing to do with where they lie in memory. */
	if (tasks.len)
		qsort(tasks.at, tasks.len, sizeof(*tasks.at), by_task);
	for (u32 i = 0; i < tasks.len; i++)
		if (!tasks.at[i]->told)
			nr_of[length_class(
				put_queue(look, &all, head_of(&all, tasks.at[i]), out))]++;
	put_lengths(nr_of, out);
	vec_fini(&tasks);
	vec_fini(&all);
}
