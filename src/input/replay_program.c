/* SPDX-License-Identifier: MIT */
/*
 * The steps of a task become its program.
 *
 * What the simulation charges by itself (switches, system calls, wakeups, forks) is taken off the
 * recorded time, which contains what they cost the real machine: each step has an account of time
 * recorded and time spent. It may be overdrawn for a while, since costs come in lumps.
 */
#include "input/replay_program.h"

#include "model/platform.h"

enum {
	OVERDRAFT_MOST =
		10 * (int)USEC, /* beyond it, what the simulation charges is just too much */
	PRIO_RT_END = 100,
	PRIO_OF_NICE_0 = 120,
	FEEBLE = 200, /* less than this part of a cpu is no endless computation, but a starved task
		       */
};

void program_put(struct program_writer *w, enum op_code code, u32 arg, u64 value)
{
	vec_push(w->out, (struct replay_action){.kind = (u8)code, .arg = arg, .value = value});
}

/* Runs until only @cost is left of the recorded time, which the next action will take. */
static void run_up_to(struct program_writer *w, u64 cost)
{
	s64 run = w->balance - (s64)cost;

	if (run > 0)
		program_put(w, OP_RUN, 0, (u64)run);
	w->balance = min_of(run, (s64)0);
}

static const struct replay_waking *waking_of(const struct program_writer *w, u32 index)
{
	return &w->replay->wakings.at[index];
}

/* ---- Steps ---- */

static bool is_post(const struct replay *replay, const struct replay_step *step)
{
	return step->kind == STEP_WAKE && replay_is_post(&replay->wakings.at[step->arg]);
}

bool replay_is_same_call(const struct replay *replay, const struct replay_task *task, u32 index)
{
	const struct replay_step *step = &task->steps.at[index];

	return task->wakes_several && index && index < task->steps.len &&
	       step->ran <= REPLAY_SAME_CALL && is_post(replay, step) && is_post(replay, step - 1);
}

/* Nothing comes between them in the program either? */
static bool goes_on(const struct program_writer *w, u32 index)
{
	return index + 1 != w->bound && replay_is_same_call(w->replay, w->task, index);
}

/* Its mutex is given back, to one that waits. */
static void put_unlock(struct program_writer *w, const struct replay_step *step)
{
	if (waking_of(w, step->arg)->block == REPLAY_NONE)
		return;
	run_up_to(w, w->replay->costs.syscall);
	program_put(w, OP_UNLOCK, w->id, 0);
	w->balance -= (s64)w->replay->costs.wakeup;
}

/*
 * An action of the queue in which @waking found its wakee, or of the semaphore that they share with
 * @other.
 */
static void put_queue(struct program_writer *w, enum op_code code,
		      const struct replay_waking *waking, u32 other, u64 value)
{
	bool shared = waking->queue;

	vec_push(w->out, (struct replay_action){.kind = (u8)code,
						.shared = shared,
						.arg = shared ? waking->queue - 1 : other,
						.value = value});
}

/* All that one call wakes is one action, or one for each of them. */
static void put_post(struct program_writer *w, u32 index)
{
	static const enum op_code calls[] = {
		[QUEUE_BROADCAST] = OP_FUTEX_WAKE, [QUEUE_BARRIER] = OP_BARRIER};
	const struct replay_step *step = &w->task->steps.at[index];
	const struct replay_waking *waking = waking_of(w, step->arg);
	enum replay_queue_kind kind = replay_queue_kind(w->replay, waking);
	bool calls_all = kind == QUEUE_BROADCAST || kind == QUEUE_BARRIER;

	if (calls_all ? waking->opens : !goes_on(w, index))
		run_up_to(w, w->replay->costs.syscall);
	else
		w->balance -= (s64)w->replay->costs.futex_next;
	if (!calls_all)
		put_queue(w, OP_SEM_POST, waking, waking->wakee, goes_on(w, index + 1));
	else if (waking->opens)
		put_queue(w, calls[kind], waking, 0, 0);
	w->balance -= (s64)replay_wakeup_cost(w->replay, waking);
}

static void put_wake(struct program_writer *w, u32 index)
{
	const struct replay_step *step = &w->task->steps.at[index];
	const struct costs *costs = &w->replay->costs;
	const struct replay_waking *waking = waking_of(w, step->arg);

	if (replay_is_interrupt(waking))
		w->balance -=
			(s64)replay_toll(w->replay, &(struct replay_toll){.interrupts = 1}, 0);
	else if (waking->verdict == VERDICT_LOCK)
		put_unlock(w, step);
	else if (waking->verdict == VERDICT_START) /* a birth, which costs nothing but that */
		w->balance -= (s64)costs->wakeup;
	else if (waking->verdict == VERDICT_CHILD)
		w->balance -= (s64)replay_wakeup_cost(w->replay, waking);
	if (is_post(w->replay, step))
		put_post(w, index);
}

static void put_fork(struct program_writer *w, u32 child)
{
	bool thread = w->replay->tasks.at[child].thread;

	run_up_to(w, thread ? w->replay->costs.fork_thread : w->replay->costs.fork);
	program_put(w, thread ? OP_CLONE : OP_FORK, child, 0);
	if (!thread)
		vec_push(&w->children, child);
}

/* True if a child has exited by @when that nobody has waited for; it is waited for now. */
static bool reap(struct program_writer *w, u64 when)
{
	for (u32 i = 0; i < w->children.len; i++) {
		if (w->replay->tasks.at[w->children.at[i]].exit_when > when + w->replay->from)
			continue;
		w->children.at[i] = vec_pop(&w->children);
		return true;
	}
	return false;
}

void program_wait(struct program_writer *w)
{
	run_up_to(w, 0);
	program_put(w, OP_WAIT, 0, 0);
	w->balance -= (s64)w->replay->costs.reap;
}

static void put_prio(struct program_writer *w, s32 prio)
{
	run_up_to(w, w->replay->costs.syscall);
	program_put(w, min_of(w->prio, prio) >= PRIO_RT_END ? OP_NICE : OP_POLICY, 0,
		    (u64)(s64)prio);
	w->prio = prio;
}

static void put_affinity(struct program_writer *w, bool all)
{
	run_up_to(w, w->replay->costs.syscall);
	program_put(w, OP_AFFINITY, 0, all);
}

/* A sleep whose wakeup comes at @when; the interrupt that ends it takes a while to come. */
static u64 until(const struct program_writer *w, u64 from, u64 when)
{
	u64 late = w->replay->costs.irq_entry;

	return when > from + late ? when - from - late : 1;
}

/* The grid begins with the first use: its first step leads to the first point. */
static void put_timer(struct program_writer *w, u64 block, u64 point)
{
	bool first = w->grid == NEVER || point <= w->grid;

	program_put(w, OP_TIMER, 0, first ? until(w, block, point) : point - w->grid);
	w->grid = point;
}

static void put_turn(struct program_writer *w, u32 partner)
{
	run_up_to(w, w->replay->costs.syscall);
	program_put(w, OP_SEM_POST, partner, 0);
	w->balance -= (s64)w->replay->costs.wakeup;
}

/*
 * The timeout that ends with the tick @nr from now on, in ticks: at the one behind it. From 63 on
 * that may be the next one of eight, from 504 on of 64, and so on (calc_wheel_index(),
 * kernel/time/timer.c); which one it is the trace does not tell, so the middle is taken.
 */
static u64 wheel_timeout(u64 nr)
{
	u64 ticks = nr - 1, width = 1;

	while (ticks >= 63 * width && width < 1 << 24)
		width *= 8;
	return ticks - width / 2;
}

void program_sleep(struct program_writer *w, const struct replay_step *step)
{
	static const enum op_code waits[] = {
		[QUEUE_OF_ONE] = OP_SEM_WAIT,
		[QUEUE_SEMAPHORE] = OP_SEM_WAIT,
		[QUEUE_BROADCAST] = OP_FUTEX_WAIT,
		[QUEUE_BARRIER] = OP_BARRIER,
	};
	const struct replay_waking *waking;

	if (step->vain) { /* the simulation will have it that way, or another */
		w->balance = min_of(w->balance, (s64)0);
		return;
	}
	if (step->turn != REPLAY_NONE)
		put_turn(w, step->turn);
	run_up_to(w, w->replay->costs.block);
	if (step->arg == REPLAY_NONE && (w->task->serves || w->cycle.last))
		return;
	if (step->arg == REPLAY_NONE) {
		program_put(w, OP_SLEEP, 0, w->replay->to - w->replay->from);
		return;
	}
	waking = waking_of(w, step->arg);
	switch ((enum replay_verdict)waking->verdict) {
	case VERDICT_POST:
		put_queue(w, waits[replay_queue_kind(w->replay, waking)], waking, waking->waker, 0);
		break;
	case VERDICT_LOCK: /* how long it has the mutex then does not show */
		program_put(w, OP_LOCK, waking->waker, 0);
		program_put(w, OP_UNLOCK, waking->waker, 0);
		break;
	case VERDICT_CHILD:
		if (reap(w, w->replay->tasks.at[waking->waker].exit_when - w->replay->from)) {
			program_wait(w);
			break;
		}
		program_put(w, OP_SLEEP, 0, until(w, step->when, waking->when));
		break;
	case VERDICT_GRID:
		put_timer(w, step->when, waking->grid);
		break;
	case VERDICT_TICK:
		program_put(w, OP_WAIT_EVENT, 0,
			    wheel_timeout(waking->grid) * platform_tick_of(w->replay->grid.hz)
				    ?: 1);
		break;
	default:
		program_put(w, OP_SLEEP, 0, until(w, step->when, waking->when));
	}
}

static void put_yield(struct program_writer *w)
{
	run_up_to(w, w->replay->costs.syscall);
	program_put(w, OP_YIELD, 0, 0);
}

/* Between those that the trace shows. */
static void put_unseen_yields(struct program_writer *w)
{
	u64 work = (u64)max_of(w->balance, (s64)0), nr = replay_unseen_yields(w->task, work),
	    part = work / (nr + 1);

	for (u64 i = 0; i < nr; i++) {
		w->balance = (s64)part;
		put_yield(w);
	}
	if (nr)
		w->balance = (s64)(work - nr * part);
}

static void put_await(struct program_writer *w, const struct replay_step *step)
{
	if (step->turn != REPLAY_NONE) {
		run_up_to(w, 0);
		program_put(w, OP_SEM_WAIT, step->turn, 0);
	} else if (replay_is_yield(w->replay, w->task, step)) {
		put_unseen_yields(w);
		put_yield(w);
	}
}

void program_run_up_to_sleep(struct program_writer *w, const struct replay_step *step)
{
	w->balance += (s64)step->ran - (s64)replay_toll(w->replay, &step->toll, step->ran);
	run_up_to(w, w->replay->costs.block);
}

static void end_burst(struct program_writer *w)
{
	w->longest_ns = max_of(w->longest_ns, w->burst_ns);
	w->burst_ns = 0;
	w->balance = max_of(w->balance, -(s64)OVERDRAFT_MOST);
}

/* A mutex may be taken in the middle of a step. */
static void begin_section(struct program_writer *w, u32 index)
{
	const struct replay_section *section = replay_section_at(w->replay, w->id, index);

	if (!section)
		return;
	w->balance += (s64)section->after;
	run_up_to(w, 0);
	program_put(w, OP_LOCK, w->id, 0);
	w->balance -= (s64)section->after; /* the step brings all of its time */
}

/* And something may be taken from a queue there, or put into it. */
static void put_unseen(struct program_writer *w, u32 index)
{
	const struct replay *replay = w->replay;

	for (u32 i = replay_first_unseen(replay, w->id, index); i < replay->unseen.len; i++) {
		const struct replay_unseen *unseen = &replay->unseen.at[i];

		if (unseen->task != w->id || unseen->step != index)
			break;
		w->balance += (s64)unseen->after;
		run_up_to(w, 0);
		vec_push(w->out,
			 (struct replay_action){.kind = unseen->brings ? OP_SEM_POST : OP_SEM_WAIT,
						.shared = true,
						.arg = unseen->queue - 1});
		w->balance -= (s64)unseen->after;
	}
}

void program_step(struct program_writer *w, u32 index)
{
	const struct replay_step *step = &w->task->steps.at[index];

	begin_section(w, index);
	put_unseen(w, index);
	w->balance += (s64)step->ran - (s64)replay_toll(w->replay, &step->toll, step->ran);
	w->burst_ns += step->ran;
	if (index + 1 == w->bound)
		put_affinity(w, false);
	switch ((enum replay_step_kind)step->kind) {
	case STEP_WAKE:
		put_wake(w, index);
		break;
	case STEP_BLOCK:
		program_sleep(w, step);
		end_burst(w);
		break;
	case STEP_AWAIT_CPU:
		put_await(w, step);
		break;
	case STEP_FORK:
		put_fork(w, step->arg);
		break;
	case STEP_EXEC:
		if (w->task->thread)
			break;
		run_up_to(w, w->replay->costs.exec);
		program_put(w, OP_EXEC, step->arg, 0);
		break;
	case STEP_WAIT:
		if (reap(w, step->when))
			program_wait(w);
		break;
	case STEP_PRIO:
		put_prio(w, (s32)step->arg);
		break;
	case STEP_MARK:
		run_up_to(w, w->replay->costs.syscall);
		program_put(w, OP_MARK, step->arg, 0);
		break;
	case STEP_LOST:
		break;
	case STEP_EXIT:
		run_up_to(w, w->replay->costs.exit + w->replay->costs.exit_last +
				     w->replay->costs.schedule);
		program_put(w, OP_EXIT, 0, 0);
		break;
	}
}

/*
 * What is left of the burst that the window cut short. It will have been like its others; a longer
 * one may last as long again as it has lasted, and one that fills most of the window is a
 * computation without end.
 */
static u64 left_of_burst(const struct program_writer *w)
{
	u64 window = w->replay->to - w->replay->from, since = w->task->start;

	for (u32 i = w->task->steps.len; i-- > 0;) {
		const struct replay_step *step = &w->task->steps.at[i];

		/* in a disordered trace it is awake without a waking */
		if (step->kind == STEP_BLOCK) {
			since = step->arg == REPLAY_NONE ? step->when
							 : waking_of(w, step->arg)->when;
			break;
		}
	}
	if (window - min_of(since, window) > window / 2 && w->burst_ns > window / FEEBLE)
		return window;
	return max_of(w->burst_ns, w->longest_ns - min_of(w->burst_ns, w->longest_ns));
}

static void put_unfinished(struct program_writer *w)
{
	u64 window = w->replay->to - w->replay->from, more;

	w->balance += (s64)w->task->ran - (s64)replay_toll(w->replay, &w->task->toll, w->task->ran);
	w->burst_ns += w->task->ran;
	more = w->task->exiting ? 0 : left_of_burst(w);
	w->balance = max_of(w->balance, (s64)0) + (s64)more;
	run_up_to(w, w->cycle.last ? w->replay->costs.block : 0);
	if (w->task->exiting)
		program_put(w, OP_EXIT, 0, 0);
	else if (!w->cycle.last)
		program_put(w, OP_SLEEP, 0, window);
}

/* The job in hand to its end, or the one for which it waits on, and all others that come. */
static void put_service(struct program_writer *w)
{
	const struct replay_queue *queue = &w->replay->queues.at[w->task->serves - 1];
	u64 job = queue->job_ns, block = w->replay->costs.block;

	if (w->task->status == STATUS_ASLEEP && w->task->steps.len &&
	    vec_last(&w->task->steps).vain) {
		program_put(w, OP_RUN, 0, job);
	} else if (w->task->status != STATUS_ASLEEP) {
		u64 burst = w->burst_ns + w->task->ran;

		w->balance += (s64)w->task->ran -
			      (s64)replay_toll(w->replay, &w->task->toll, w->task->ran);
		w->balance = max_of(w->balance, (s64)0) + (s64)(job - burst % job);
		run_up_to(w, 0);
	}
	program_put(w, OP_LOOP, 0, 0);
	vec_push(w->out, (struct replay_action){
				 .kind = OP_SEM_WAIT, .shared = true, .arg = w->task->serves - 1});
	program_put(w, OP_RUN, 0, job > block ? job - block : 1);
	program_put(w, OP_END, 0, 0);
}

/* What comes behind its steps. */
static void put_end(struct program_writer *w)
{
	if (w->cycle.cut) {
		program_run_up_to_sleep(w, &w->task->steps.at[w->cycle.last]);
	} else {
		put_unseen(w, w->task->steps.len);
		if (w->task->serves)
			put_service(w);
		else if (w->task->status != STATUS_ASLEEP)
			put_unfinished(w);
	}
	if (w->cycle.last)
		program_cycle(w);
}

void replay_program(const struct replay *replay, u32 id, replay_actions *out)
{
	const struct replay_task *task = &replay->tasks.at[id];
	bool free = replay_deadline(replay, task); /* as a deadline task must be */
	struct program_writer w = {.replay = replay,
				   .task = task,
				   .id = id,
				   .out = out,
				   .grid = NEVER,
				   .prio = task->prio,
				   .bound = free ? 0 : replay_bound_since(task),
				   .cycle = task->cycle};
	bool done = false;

	/* A child is like its parent unless told. */
	if (task->origin == ORIGIN_FORKED && task->prio == PRIO_OF_NICE_0 &&
	    task->parent_prio != PRIO_OF_NICE_0)
		program_put(&w, OP_POLICY, 0, PRIO_OF_NICE_0);
	if (replay_is_set_free(replay, task))
		put_affinity(&w, free || w.bound);
	for (u32 i = 0; i < (w.cycle.cut ? w.cycle.last : task->steps.len) && !done; i++) {
		program_step(&w, i);
		/* in a disordered trace the dead may stir again */
		done = task->steps.at[i].kind == STEP_EXIT;
	}
	if (!done)
		put_end(&w);
	vec_fini(&w.children);
}
