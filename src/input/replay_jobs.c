/* SPDX-License-Identifier: MIT */
/*
 * What workers take from a queue that they share, though no wakeup tells of it.
 *
 * A worker that finds something there when it comes back goes on without a sleep. If all jobs are
 * of one length, that shows: its bursts are multiples of it. Where the length is over it took the
 * next one. Another worker may have been woken for that, who found nothing when he had a cpu at
 * last, and waited on; if none was, somebody had put it there while nobody waited: who brought
 * something before, when he ran the last time, where he does so else. And as such workers do one
 * job like the other, they go on to do so if there are more for them than in the recording.
 */
#include "input/replay.h"

#include "base/sorted.h"

#include <stdlib.h>

enum { JOBS_LEAST = 10, PARTS_MOST = 8 };

/* In order: what one wakeup brings may be taken at the same time. */
enum turn { TURN_BRINGS, TURN_TAKES, TURN_TAKES_MORE, TURN_FINDS_NONE };

struct find {
	u64 when;
	u8 turn; /* enum turn */
	u32 task, step;
	u64 after; /* TURN_TAKES_MORE: of the work in that step */
};

/* A step that wakes somebody in the queue. */
struct bringing {
	u32 waker, step;
};

struct worker_pool {
	struct replay *replay;
	u32 queue; /* + 1, as in wakings */
	u64 job_ns;
	u64 brings_at; /* by the work of who brings something, in his burst */
	bool brings_always;
	vec_of(u32) workers, wakings;
	vec_of(struct bringing) bringings; /* in order */
	vec_of(struct find) finds;         /* in order of time */
};

/* Goes along the bursts of a worker, from one wait in the queue to the next. */
struct walk {
	const struct replay *replay;
	const struct replay_task *task;
	u32 queue;
	u32 first, next; /* steps of the burst in hand, and behind it */
	u64 worked;
	/*
	 * in it the task only works; it begins with a wait in the queue, or, before the first one,
	 * in another way
	 */
	bool known;
	bool begun; /* with a wait in the queue */
	bool waits; /* it ends with one */
};

static u32 unique(u32 *at, u32 nr)
{
	u32 kept = 0;

	for (u32 i = 0; i < nr; i++)
		if (!kept || at[i] != at[kept - 1])
			at[kept++] = at[i];
	return kept;
}

static int compare_finds(const void *a, const void *b)
{
	const struct find *x = a, *y = b;

	return order_u64(x->when, y->when) ?: order_u64(x->turn, y->turn) ?:
	       order_u64(x->task, y->task) ?: order_u64(x->step, y->step);
}

static int compare_unseen(const void *a, const void *b)
{
	const struct replay_unseen *x = a, *y = b;

	return order_u64(x->task, y->task) ?: order_u64(x->step, y->step) ?:
	       order_u64(x->after, y->after) ?: order_u64(x->queue, y->queue);
}

static struct walk walk_of(const struct worker_pool *p, u32 task)
{
	return (struct walk){.replay = p->replay,
			     .task = &p->replay->tasks.at[task],
			     .queue = p->queue};
}

static u64 worked(const struct replay *replay, const struct replay_step *step)
{
	u64 toll = replay_toll(replay, &step->toll, step->ran);

	return step->ran > toll ? step->ran - toll : 0;
}

/* The last sleep, which nothing has ended, will have been one like the others. */
static bool waits_in(const struct replay *replay, const struct replay_step *step, u32 queue)
{
	return step->kind == STEP_BLOCK &&
	       (step->arg == REPLAY_NONE || replay->wakings.at[step->arg].queue == queue);
}

static bool walk_on(struct walk *w)
{
	const struct replay_task *task = w->task;

	w->first = w->next;
	if (w->first >= task->steps.len)
		return false;
	w->begun = w->first > 0 && waits_in(w->replay, &task->steps.at[w->first - 1], w->queue);
	w->known = w->begun;
	w->waits = false;
	w->worked = 0;
	while (w->next < task->steps.len && !w->waits) {
		const struct replay_step *step = &task->steps.at[w->next++];

		w->worked += worked(w->replay, step);
		w->waits = waits_in(w->replay, step, w->queue);
		/* what counts comes behind that */
		if (!w->begun && step->kind == STEP_BLOCK && !w->waits) {
			w->first = w->next;
			w->worked = 0;
			w->known = true;
		} else if (!w->waits && step->kind != STEP_AWAIT_CPU) {
			w->known = false;
		}
	}
	return true;
}

/* ---- How long is a job? ---- */

static bool is_vain(const struct walk *w)
{
	return w->known && w->begun && w->waits && w->worked <= REPLAY_VAIN_MOST;
}

/*
 * Many wakeups in vain tell that who worked took what they were for: all of it may be more jobs
 * than one in each burst. Of the @nr @bursts most are multiples of @length.
 */
static u64 length_of_job(const struct worker_pool *p, const u64 *bursts, u32 nr, u64 length)
{
	for (u32 parts = 1; length && parts <= PARTS_MOST; parts++) {
		u64 jobs = 0;

		for (u32 i = 0; i < nr; i++)
			jobs += replay_multiple(bursts[i], length / parts);
		if (jobs * 10 >= (u64)p->wakings.len * 9)
			return length / parts;
	}
	return length;
}

static void find_length(struct worker_pool *p)
{
	vec_of(u64) bursts = {0};
	u32 nr = 0;

	for (u32 i = 0; i < p->workers.len; i++) {
		struct walk w = walk_of(p, p->workers.at[i]);

		while (walk_on(&w)) {
			nr += w.waits && !is_vain(&w);
			if (w.known && w.begun && w.waits && !is_vain(&w))
				vec_push(&bursts, w.worked);
		}
	}
	if ((u64)bursts.len * 10 >= (u64)nr * 5)
		p->job_ns = length_of_job(p, bursts.at, bursts.len,
					  replay_common_length(bursts.at, bursts.len, false));
	vec_fini(&bursts);
}

/* ---- Who took what? ---- */

static void find_take(struct worker_pool *p, const struct walk *w, u32 task, u64 worked_before)
{
	u64 sum = 0;

	for (u32 i = w->first; i < w->next; i++) {
		const struct replay_step *step = &w->task->steps.at[i];
		u64 part = worked(p->replay, step);

		if (sum + part > worked_before) {
			u64 after = worked_before - sum;

			vec_push(&p->finds, (struct find){.when = step->when -
								  min_of(step->when, part - after),
							  .turn = TURN_TAKES_MORE,
							  .task = task,
							  .step = i,
							  .after = after});
			return;
		}
		sum += part;
	}
}

static void find_takes(struct worker_pool *p, u32 task)
{
	struct walk w = walk_of(p, task);

	while (walk_on(&w)) {
		u64 jobs =
			w.waits ? replay_multiple(w.worked, p->job_ns) : w.worked / p->job_ns + 1;

		for (u64 job = w.begun; w.known && (w.begun || w.waits) && job < jobs; job++)
			find_take(p, &w, task, job * p->job_ns);
	}
}

static void find_all(struct worker_pool *p)
{
	for (u32 i = 0; i < p->wakings.len; i++) {
		const struct replay_waking *w = &p->replay->wakings.at[p->wakings.at[i]];
		u32 vain = replay_vain_wait(p->replay, w);

		vec_push(&p->finds,
			 (struct find){.when = w->when, .turn = TURN_BRINGS, .task = w->wakee});
		if (vain != REPLAY_NONE)
			vec_push(&p->finds,
				 (struct find){
					 .when = p->replay->tasks.at[w->wakee].steps.at[vain].when,
					 .turn = TURN_FINDS_NONE,
					 .task = w->wakee,
					 .step = vain});
		else if (w->delay_ns != UINT32_MAX)
			vec_push(&p->finds, (struct find){.when = w->when + w->delay_ns,
							  .turn = TURN_TAKES,
							  .task = w->wakee});
	}
	for (u32 i = 0; i < p->workers.len; i++)
		find_takes(p, p->workers.at[i]);
	if (p->finds.len)
		qsort(p->finds.at, p->finds.len, sizeof(*p->finds.at), compare_finds);
}

/* ---- Who brought it? ---- */

/* The step in which the burst begins that @step is of. */
static u32 begin_of_burst(const struct replay_task *task, u32 step)
{
	while (step && task->steps.at[step - 1].kind != STEP_BLOCK)
		step--;
	return step;
}

static u64 worked_up_to(const struct replay *replay, const struct replay_task *task, u32 first,
			u32 last)
{
	u64 sum = 0;

	for (u32 i = first; i <= last; i++)
		sum += worked(replay, &task->steps.at[i]);
	return sum;
}

static int compare_bringings(const void *a, const void *b)
{
	const struct bringing *x = a, *y = b;

	return order_u64(x->waker, y->waker) ?: order_u64(x->step, y->step);
}

static void gather_bringings(struct worker_pool *p)
{
	vec_clear(&p->bringings);
	for (u32 i = 0; i < p->wakings.len; i++) {
		u32 waker = p->replay->wakings.at[p->wakings.at[i]].waker;
		u32 step = replay_step_of(p->replay, &p->replay->tasks.at[waker], p->wakings.at[i]);

		if (step != REPLAY_NONE)
			vec_push(&p->bringings, (struct bringing){waker, step});
	}
	if (p->bringings.len)
		qsort(p->bringings.at, p->bringings.len, sizeof(*p->bringings.at),
		      compare_bringings);
}

/*
 * When in his burst does a waker bring something first, and do most bursts of his bring something?
 */
static void learn_bringing(struct worker_pool *p)
{
	vec_of(u64) times = {0};
	u32 last_waker = TASK_ID_NONE, last_burst = 0, bursts = 0;

	gather_bringings(p);
	for (u32 i = 0; i < p->bringings.len; i++) {
		const struct bringing *b = &p->bringings.at[i];
		const struct replay_task *task = &p->replay->tasks.at[b->waker];
		u32 burst = begin_of_burst(task, b->step);

		if (b->waker == last_waker && burst == last_burst)
			continue;
		bursts += b->waker == last_waker ? 0 : task->nr_blocks + 1;
		last_waker = b->waker;
		last_burst = burst;
		vec_push(&times, worked_up_to(p->replay, task, burst, b->step));
	}
	p->brings_always = times.len * 2 >= bursts;
	p->brings_at = times.len ? median_u64(times.at, times.len) : 0;
	vec_fini(&times);
}

/* The last waker before @when, or the first one. */
static u32 who_brings(const struct worker_pool *p, u64 when)
{
	u32 at = first_not(i, p->wakings.len, p->replay->wakings.at[p->wakings.at[i]].when < when);

	return p->replay->wakings.at[p->wakings.at[at ? at - 1 : 0]].waker;
}

/* When did the burst begin whose first step is @step? */
static u64 begin_time(const struct replay *replay, const struct replay_task *task, u32 step)
{
	u32 arg = step ? task->steps.at[step - 1].arg : REPLAY_NONE;

	return arg == REPLAY_NONE ? task->start : replay->wakings.at[arg].when;
}

/* Does the step @step of @task wake somebody in this queue? */
static bool brings(const struct worker_pool *p, const struct replay_task *task, u32 step)
{
	const struct replay_step *s = &task->steps.at[step];

	return s->kind == STEP_WAKE && p->replay->wakings.at[s->arg].queue == p->queue;
}

/* Behind the last one that @task brought before its step @end, in this burst or any. */
static bool feed_behind(struct worker_pool *p, u32 id, u32 end, bool in_burst)
{
	const struct replay_task *task = &p->replay->tasks.at[id];
	u32 step = end;

	while (step > 0 && !brings(p, task, step - 1) &&
	       !(in_burst && task->steps.at[step - 1].kind == STEP_BLOCK))
		step--;
	if (!step || !brings(p, task, step - 1))
		return false;
	vec_push(&p->replay->unseen,
		 (struct replay_unseen){
			 .task = id, .step = step, .queue = p->queue, .brings = true});
	return true;
}

/* Where a burst that brings something does so. */
static bool feed_burst(struct worker_pool *p, u32 id, u32 first, u64 when)
{
	const struct replay_task *task = &p->replay->tasks.at[id];
	u64 left = p->brings_at;

	for (u32 i = first; i < task->steps.len; i++) {
		u64 part = worked(p->replay, &task->steps.at[i]);

		if (left <= part) {
			vec_push(&p->replay->unseen, (struct replay_unseen){.task = id,
									    .step = i,
									    .after = left,
									    .queue = p->queue,
									    .brings = true});
			return task->steps.at[i].when <= when + (part - left);
		}
		if (task->steps.at[i].kind == STEP_BLOCK)
			break;
		left -= part;
	}
	return false;
}

/* Somebody brought one more before @when; false: nobody can have. */
static bool feed(struct worker_pool *p, u64 when)
{
	u32 id = who_brings(p, when), step, first;
	const struct replay_task *task = &p->replay->tasks.at[id];

	step = replay_step_at(task, when);
	first = begin_of_burst(task, step);
	if (first && begin_time(p->replay, task, first) >= when) {
		step = first;
		first = begin_of_burst(task, first - 1);
	}
	if (feed_behind(p, id, step, true) || (p->brings_always && feed_burst(p, id, first, when)))
		return true;
	return feed_behind(p, id, step, false);
}

/*
 * What is there at each moment? Where something is missing nobody was woken for it; who finds
 * something has not waited in vain.
 */
static void settle(struct worker_pool *p)
{
	u32 there = 0;

	for (u32 i = 0; i < p->finds.len; i++) {
		const struct find *find = &p->finds.at[i];

		if (find->turn == TURN_BRINGS) {
			there++;
			continue;
		}
		if (find->turn == TURN_FINDS_NONE && !there) {
			p->replay->tasks.at[find->task].steps.at[find->step].vain = true;
			continue;
		}
		if (there)
			there--;
		else if (!feed(p, find->when))
			continue;
		if (find->turn == TURN_TAKES_MORE)
			vec_push(&p->replay->unseen, (struct replay_unseen){.task = find->task,
									    .step = find->step,
									    .after = find->after,
									    .queue = p->queue});
	}
}

/* ---- All ---- */

static void gather_pool(struct worker_pool *p)
{
	const struct replay *replay = p->replay;

	vec_clear(&p->workers);
	vec_clear(&p->wakings);
	vec_clear(&p->finds);
	p->job_ns = 0;
	for (u32 i = 0; i < replay->wakings.len; i++) {
		if (replay->wakings.at[i].queue != p->queue)
			continue;
		vec_push(&p->wakings, i);
		vec_push(&p->workers, replay->wakings.at[i].wakee);
	}
	if (p->workers.len)
		sort_u32(p->workers.at, p->workers.len);
	p->workers.len = unique(p->workers.at, p->workers.len);
}

/* It does nothing else, to the end. */
static bool serves(const struct worker_pool *p, u32 id)
{
	const struct replay_task *task = &p->replay->tasks.at[id];
	struct walk w = walk_of(p, id);
	u32 jobs = 0;

	while (walk_on(&w))
		jobs += w.known && w.waits;
	return task->status != STATUS_DEAD && !task->exiting && jobs >= JOBS_LEAST &&
	       jobs * 10 >= task->nr_blocks * 7;
}

void replay_jobs(struct replay *replay)
{
	struct worker_pool pool = {.replay = replay};

	for (u32 i = 0; i < replay->queues.len; i++) {
		if (replay->queues.at[i].kind != QUEUE_SEMAPHORE)
			continue;
		pool.queue = i + 1;
		gather_pool(&pool);
		find_length(&pool);
		if (!pool.job_ns)
			continue;
		learn_bringing(&pool);
		find_all(&pool);
		settle(&pool);
		replay->queues.at[i].job_ns = pool.job_ns;
		for (u32 j = 0; j < pool.workers.len; j++)
			if (serves(&pool, pool.workers.at[j]))
				replay->tasks.at[pool.workers.at[j]].serves = i + 1;
	}
	if (replay->unseen.len)
		qsort(replay->unseen.at, replay->unseen.len, sizeof(*replay->unseen.at),
		      compare_unseen);
	vec_fini(&pool.workers);
	vec_fini(&pool.wakings);
	vec_fini(&pool.finds);
	vec_fini(&pool.bringings);
}

u32 replay_first_unseen(const struct replay *replay, u32 task, u32 step)
{
	struct replay_unseen wanted = {.task = task, .step = step};

	return first_not(i, replay->unseen.len, compare_unseen(&replay->unseen.at[i], &wanted) < 0);
}
