/* SPDX-License-Identifier: MIT */
/*
 * Records of a trace become each task's row of steps.
 *
 * Preemptions, migrations and waiting for the cpu are the kernel's doing and leave no step: cpu
 * time is added up until the task blocks. Before the window opens only states are kept. A trace may
 * lack events, so a task is where the last event that names it says it is, whatever was thought
 * before.
 */
#include "input/replay_collect.h"

#include "base/fixed.h"
#include "model/nice.h"

enum { PRIO_RT_END = 100, PRIO_OF_NICE_0 = 120, CPU_NOWHERE = UINT32_MAX };

/* No kernel takes a fair task off its cpu so early, but for one that comes to its queue. */
enum { YIELD_MOST = 500 * (int)USEC };

enum { OUTRANKED = 4 /* this part of a wait was not fair tasks' */ };

enum { STATE_DEAD = 0x10, STATE_ZOMBIE = 0x20 };

struct replay_task *replay_task_at(struct replay *replay, u32 id)
{
	while (replay->tasks.len <= id)
		vec_push(&replay->tasks, (struct replay_task){.prio = PRIO_OF_NICE_0,
							      .parent_prio = PRIO_OF_NICE_0,
							      .pending = REPLAY_NONE,
							      .exec_step = REPLAY_NONE,
							      .block_step = REPLAY_NONE,
							      .renamed_at = REPLAY_NONE,
							      .parent = TASK_ID_NONE,
							      .lends_to = TASK_ID_NONE,
							      .first_run = NEVER,
							      .first_cpu = REPLAY_NONE,
							      .first_vruntime = NEVER,
							      .home = REPLAY_NONE,
							      .last_cpu = CPU_NOWHERE,
							      .waking_cpu = REPLAY_NONE,
							      .exit_when = NEVER});
	return &replay->tasks.at[id];
}

/* ---- Time on a cpu ---- */

void replay_account(struct replay *replay, struct replay_task *task, u64 now)
{
	if (task->status != STATUS_RUNNING)
		return;
	if (replay->open && now > task->since) {
		task->ran += now - task->since;
		task->cpu_ns += now - task->since;
	}
	task->since = max_of(task->since, now);
}

void replay_appear(struct replay_task *task, enum replay_origin origin, u64 start)
{
	if (task->origin != ORIGIN_NONE)
		return;
	task->origin = (u8)origin;
	task->start = start;
}

void replay_runs_first(const struct replay *replay, struct replay_task *task, u32 cpu, u64 now)
{
	if (!replay->open || task->first_run != NEVER)
		return;
	task->first_run = now - replay->from;
	task->first_cpu = cpu;
	if (task->home == REPLAY_NONE)
		task->home = cpu;
}

/* ---- Steps ---- */

u32 replay_add_step(struct replay *replay, struct replay_task *task, enum replay_step_kind kind,
		    u64 now, u32 arg)
{
	if (!replay->open)
		return REPLAY_NONE;
	vec_push(&task->steps, (struct replay_step){.when = now - replay->from,
						    .ran = task->ran,
						    .toll = task->toll,
						    .arg = arg,
						    .kind = (u8)kind,
						    .turn = REPLAY_NONE});
	task->ran = 0;
	task->toll = (struct replay_toll){0};
	return task->steps.len - 1;
}

static void block(struct replay *replay, struct replay_task *task, u64 when)
{
	task->block_step = replay_add_step(replay, task, STEP_BLOCK, when, REPLAY_NONE);
	replay_locks_block(replay, task);
	task->asleep_since = when;
	task->nr_blocks += replay->open;
	task->status = STATUS_ASLEEP;
	task->unsure = false;
}

static void die_at(struct replay *replay, struct replay_task *task, u64 when)
{
	replay_add_step(replay, task, STEP_EXIT, when, REPLAY_NONE);
	task->nr_blocks += replay->open;
	task->status = STATUS_DEAD;
	task->exit_when = when;
}

void replay_was_blocked(struct replay *replay, struct replay_task *task)
{
	if (!task->unsure || task->status != STATUS_READY || task->asleep_since < replay->from)
		return;
	if (task->exiting)
		die_at(replay, task, task->asleep_since);
	else
		block(replay, task, task->asleep_since);
}

static u32 new_waking(struct replay *replay, u64 now, u32 waker, u32 wakee, u8 context)
{
	if (!replay->open)
		return REPLAY_NONE;
	vec_push(&replay->wakings, (struct replay_waking){.when = now - replay->from,
							  .waker = waker,
							  .wakee = wakee,
							  .block = REPLAY_NONE,
							  .tail_ns = UINT32_MAX,
							  .delay_ns = UINT32_MAX,
							  .context = context});
	return replay->wakings.len - 1;
}

/* The sleep is over: its step learns by what. */
static void wake_up(struct replay *replay, struct replay_task *task, u32 waking, u64 now)
{
	task->status = STATUS_READY;
	replay_bound_ready(replay, task, task->last_cpu, now);
	task->pending = REPLAY_NONE;
	if (!replay->open || waking == REPLAY_NONE)
		return;
	if (task->origin == ORIGIN_NONE) {
		replay_appear(task, ORIGIN_WOKEN, now - replay->from);
		replay->wakings.at[waking].verdict = VERDICT_START;
	} else if (task->block_step != REPLAY_NONE) {
		task->steps.at[task->block_step].arg = waking;
		replay->wakings.at[waking].block = task->block_step;
	}
}

/* It runs or is runnable though nobody was seen waking it. */
static void wake_unseen(struct replay *replay, struct replay_task *task, u32 id, u64 when)
{
	u32 waking = task->pending;

	when = max_of(when, task->asleep_since);
	replay->nr_unwoken++;
	if (waking == REPLAY_NONE)
		waking = new_waking(replay, when, TASK_ID_NONE, id, RECORD_FLAG_IRQ);
	wake_up(replay, task, waking, when);
}

struct replay_task *replay_running(struct replay *replay, u32 id, u32 cpu, u64 now)
{
	struct replay_task *task = replay_task_at(replay, id);

	if (!task->apart && task->status != STATUS_RUNNING) {
		u64 since = replay->cpus[cpu].since;

		if (task->status == STATUS_ASLEEP)
			wake_unseen(replay, task, id, since);
		task->status = STATUS_RUNNING;
		task->unsure = false;
		task->since = max_of(since, task->since);
		if (replay->open)
			replay_appear(task, ORIGIN_PRESENT, task->since - replay->from);
		replay_runs_first(replay, task, cpu, task->since);
	}
	replay_account(replay, task, now);
	return task;
}

/*
 * Whose time does the interrupt take that made the wakeup @r? Before the first switch of a cpu the
 * head alone tells who runs there.
 */
static void interrupt(struct replay *replay, const struct record *r)
{
	u32 curr = replay->cpus[r->cpu].curr, victim = curr != TASK_ID_NONE ? curr : r->other;

	if (victim != TASK_ID_NONE)
		replay_task_at(replay, victim)->toll.interrupts++;
}

/* A wakeup becomes a step of the waker, unless an interrupt made it. */
static u32 add_waking(struct replay *replay, const struct record *r)
{
	u8 context = r->flags & (RECORD_FLAG_IRQ | RECORD_FLAG_BY_TASK);
	struct replay_task *waker;
	u32 waking;

	if (r->other == TASK_ID_NONE || replay_task_at(replay, r->other)->apart)
		context = RECORD_FLAG_IRQ;
	waking = new_waking(replay, r->when, r->other, r->task, context);
	if (context == RECORD_FLAG_IRQ)
		interrupt(replay, r);
	if (context == RECORD_FLAG_IRQ || waking == REPLAY_NONE)
		return waking;
	waker = replay_running(replay, r->other, r->cpu, r->when);
	replay->wakings.at[waking].exiting = waker->exiting;
	replay->wakings.at[waking].waker_cpu = waker->cpu_ns;
	waker->wakes_several |= r->flags & RECORD_FLAG_RESCHED && waker->steps.len &&
				vec_last(&waker->steps).kind == STEP_WAKE &&
				waker->ran <= REPLAY_SAME_CALL;
	replay_add_step(replay, waker, STEP_WAKE, r->when, waking);
	return waking;
}

/* It does not belong to a program; but what happens meanwhile tells of dependencies. */
static void await_cpu(struct replay *replay, struct replay_task *task, const struct record *r)
{
	const struct replay_cpu *cpu = &replay->cpus[r->cpu];
	u32 step;

	task->renamed_at += task->renamed_at == task->steps.len;
	step = replay_add_step(replay, task, STEP_AWAIT_CPU, r->when, UINT32_MAX);
	if (step == REPLAY_NONE)
		return;
	task->ranked_ns = cpu->rank_ns;
	task->nr_awaits++;
	if (record_prev_prio(r) < 0) {
		task->steps.at[step].gave_way = replay_deadline_is_throttled(replay, r);
		return;
	}
	if (cpu->disturbed >= cpu->since || cpu->since == replay->from ||
	    record_prev_prio(r) < PRIO_RT_END || record_next_prio(r) < PRIO_RT_END)
		return;
	task->steps.at[step].gave_way = true;
	task->nr_gave_way += r->when - cpu->since <= YIELD_MOST;
}

/* By the switch @r. Who waited for a cpu that idled until then was held by something else. */
static void has_cpu(struct replay *replay, struct replay_task *task, const struct record *r)
{
	struct replay_step *last = task->steps.len ? &vec_last(&task->steps) : NULL;
	bool same = task->last_cpu == r->cpu;
	u64 now = r->when;

	if (!last || !replay->open)
		return;
	if (last->kind == STEP_AWAIT_CPU) {
		last->arg = (u32)min_of(now - replay->from - last->when, (u64)UINT32_MAX);
		last->held = same && r->task < replay->nr_cpus;
		last->outranked =
			same &&
			(replay->cpus[r->cpu].rank_ns - task->ranked_ns) * OUTRANKED > last->arg;
	} else if (last->kind == STEP_BLOCK && last->arg != REPLAY_NONE &&
		   task->status == STATUS_READY) {
		replay->wakings.at[last->arg].delay_ns =
			(u32)min_of(now - replay->from - replay->wakings.at[last->arg].when,
				    (u64)UINT32_MAX - 1);
	}
}

static void leave_cpu(struct replay *replay, const struct record *r, struct replay_task *task)
{
	bool dead = record_prev_state(r) & (STATE_DEAD | STATE_ZOMBIE);

	if (dead) {
		die_at(replay, task, r->when);
	} else if (!record_prev_runnable(r)) {
		block(replay, task, r->when);
	} else {
		task->status = STATUS_READY;
		task->toll.preemptions++;
		replay_bound_ready(replay, task, r->cpu, r->when);
		task->unsure = r->flags & RECORD_FLAG_MENDED;
		task->asleep_since = r->when;
		if (!task->unsure)
			await_cpu(replay, task, r);
	}
}

/*
 * Is it switched out to one that it woke before the last one? Then that was to be from there on,
 * and it went on within the call.
 */
static bool has_gone_on(const struct replay *replay, const struct replay_task *task,
			const struct record *r)
{
	u32 last = task->steps.len - 1;

	if (!task->steps.len || task->ran > REPLAY_SAME_CALL)
		return false;
	for (u32 i = last;; i--) {
		const struct replay_step *step = &task->steps.at[i];

		if (step->kind != STEP_WAKE || replay->wakings.at[step->arg].context)
			return false;
		if (replay->wakings.at[step->arg].wakee == r->other)
			return i < last;
		if (!i || step->ran > REPLAY_SAME_CALL)
			return false;
	}
}

static void take_prev(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_running(replay, r->task, r->cpu, r->when);

	if (task->apart)
		return;
	task->wakes_several |= record_prev_runnable(r) && !(r->flags & RECORD_FLAG_MENDED) &&
			       has_gone_on(replay, task, r);
	/* A fifo task would have run on. */
	if (record_prev_runnable(r) && !(r->flags & RECORD_FLAG_MENDED) &&
	    record_prev_prio(r) == record_next_prio(r) && record_prev_prio(r) >= 0 &&
	    record_prev_prio(r) < PRIO_RT_END)
		task->round_robin = true;
	if (record_prev_prio(r) < 0)
		replay_deadline_leaves(replay, task, r);
	leave_cpu(replay, r, task);
}

static void take_next(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_task_at(replay, r->other);

	replay_bound_switch(replay, r->cpu, r->other, r->when);
	if (task->apart)
		return;
	if (task->status == STATUS_ASLEEP)
		wake_unseen(replay, task, r->other, r->when);
	replay_account(replay, task, r->when); /* lost events: it ran elsewhere until now */
	if (replay->open)
		replay_appear(task, ORIGIN_PRESENT,
			      task->status == STATUS_UNKNOWN ? 0 : r->when - replay->from);
	has_cpu(replay, task, r);
	if (record_next_prio(r) < 0)
		replay_deadline_comes(replay, task, r->when);
	task->status = STATUS_RUNNING;
	task->unsure = false;
	task->since = r->when;
	task->pending = REPLAY_NONE;
	task->toll.switches++;
	task->toll.moves += task->last_cpu != r->cpu && task->last_cpu != CPU_NOWHERE;
	task->last_cpu = r->cpu;
	replay_runs_first(replay, task, r->cpu, r->when);
}

/*
 * Wakings come before wakeups, if both are recorded. A task that still runs may be about to block:
 * the waking then waits for that.
 */
static void take_wake(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_task_at(replay, r->task);
	u32 waking;

	if (task->apart)
		return;
	replay_was_blocked(replay, task);
	if (task->status == STATUS_READY || task->status == STATUS_DEAD)
		return;
	if (task->status == STATUS_RUNNING) {
		if (r->kind == RECORD_WAKING && r->other != r->task &&
		    task->pending == REPLAY_NONE) {
			waking = add_waking(replay, r);
			replay_task_at(replay, r->task)->pending = waking;
		}
		return;
	}
	if (replay->open && task->origin == ORIGIN_NONE && r->arg < replay->nr_cpus)
		task->home = r->arg;
	waking = task->pending;
	if (waking == REPLAY_NONE)
		waking = add_waking(replay, r);
	wake_up(replay, replay_task_at(replay, r->task), waking, r->when);
}

/* Only this tells for which cpu. */
static void take_wakeup(struct replay *replay, const struct record *r)
{
	const struct replay_task *task = replay_task_at(replay, r->task);
	u32 waking = task->block_step != REPLAY_NONE ? task->steps.at[task->block_step].arg
						     : REPLAY_NONE;
	struct replay_waking *w;

	replay_bound_wakeup(replay, r->task, r->arg);
	if (task->status != STATUS_READY || waking == REPLAY_NONE ||
	    replay->wakings.at[waking].waker == TASK_ID_NONE)
		return;
	w = &replay->wakings.at[waking];
	w->weighed = replay->cpus[r->cpu].weighed;
	w->remote = r->arg != replay_task_at(replay, w->waker)->last_cpu;
}

static void take_wakeup_new(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_task_at(replay, r->task);

	if (replay->open)
		replay_appear(task, ORIGIN_PRESENT, r->when - replay->from);
	task->status = STATUS_READY;
	replay_bound_ready(replay, task, r->arg, r->when);
}

/* ---- The sink ---- */

static bool changes_class(const struct record *r)
{
	return (record_next_prio(r) < PRIO_RT_END) != (record_prev_prio(r) < PRIO_RT_END);
}

static void take_switch(struct replay *replay, const struct record *r)
{
	struct replay_cpu *cpu = &replay->cpus[r->cpu];

	replay->tells_switches = true;
	replay_hotplug_switch(replay, r);
	replay_preempt_switch(replay, r);
	if (r->task >= replay->nr_cpus && record_prev_prio(r) < PRIO_RT_END)
		cpu->rank_ns += r->when - min_of(cpu->since, r->when);
	replay_ticks_switch(replay, r, !record_prev_runnable(r) || changes_class(r));
	take_prev(replay, r);
	take_next(replay, r);
	cpu->since = r->when;
	cpu->curr = r->other;
}

/* A task comes to the queue of a cpu: a reason to take another off it. */
static void disturb(struct replay *replay, u32 cpu, u64 when)
{
	if (cpu < replay->nr_cpus)
		replay->cpus[cpu].disturbed = when;
}

/* The first time after it came to a cpu; 6.1 tells it with the accounting. */
static void take_vruntime(const struct replay *replay, struct replay_task *task, u64 vruntime)
{
	s32 nice = task->prio - PRIO_OF_NICE_0;

	if (!replay->open || task->first_run == NEVER || task->first_vruntime != NEVER ||
	    nice < NICE_MIN || nice > NICE_MAX)
		return;
	task->first_vruntime =
		vruntime - mul_div_u64(task->accounted, nice_weight(0), nice_weight(nice));
}

static void take_record(struct replay *replay, const struct record *r)
{
	switch ((enum record_kind)r->kind) {
	case RECORD_SWITCH:
		take_switch(replay, r);
		break;
	case RECORD_WAKING:
	case RECORD_WAKEUP:
		replay->tells_wakeups = true;
		if (r->kind == RECORD_WAKING)
			replay_hotplug_waking(replay, r);
		take_wake(replay, r);
		if (r->kind == RECORD_WAKEUP)
			take_wakeup(replay, r);
		disturb(replay, r->arg, r->when);
		break;
	case RECORD_RUNTIME:
		replay_ticks_account(replay, r);
		replay_task_at(replay, r->task)->accounted = r->value;
		break;
	case RECORD_VRUNTIME:
		take_vruntime(replay, replay_task_at(replay, r->task), r->value);
		break;
	case RECORD_MIGRATE:
		replay_task_at(replay, r->task)->queue = min_of(r->arg >> 16, replay->nr_cpus - 1);
		disturb(replay, r->arg >> 16, r->when);
		break;
	case RECORD_PI_SETPRIO:
		replay_locks_see(replay, r);
		break;
	case RECORD_WAKEUP_NEW:
		disturb(replay, r->arg, r->when);
		take_wakeup_new(replay, r);
		break;
	default:
		replay_take_life(replay, r);
	}
}

static void take(void *self, const struct record *batch, size_t count)
{
	struct replay *replay = self;

	for (size_t i = 0; i < count && !replay->closed; i++) {
		replay_window_pass(replay, &batch[i]);
		if (replay->closed)
			break;
		roster_take(&replay->roster, &batch[i]);
		replay_costs_see(replay, &batch[i]);
		take_record(replay, &batch[i]);
	}
}

struct sink replay_sink(struct replay *replay)
{
	return (struct sink){
		.self = replay,
		.wants = ROSTER_WANTS | RECORD_BIT(SWITCH) | RECORD_BIT(WAKING) |
			 RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW) | RECORD_BIT(MIGRATE) |
			 RECORD_BIT(RUNTIME) | RECORD_BIT(VRUNTIME) | RECORD_BIT(NEWTASK) |
			 RECORD_BIT(EXIT) | RECORD_BIT(WAIT) | RECORD_BIT(PI_SETPRIO) |
			 RECORD_BIT(MARK) | RECORD_BIT(LOST) | RECORD_BIT(END),
		.take = take,
	};
}

void replay_init(struct replay *replay, u32 nr_cpus)
{
	*replay = (struct replay){.nr_cpus = nr_cpus, .begin = NEVER, .window = {.to = NEVER}};
	(void)!costs_preset("x86-64", &replay->costs);
	names_init(&replay->names);
	roster_init(&replay->roster);
	vec_grow((void **)&replay->cpus, &replay->cap_cpus, nr_cpus, sizeof(*replay->cpus));
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		replay->cpus[cpu] = (struct replay_cpu){.curr = TASK_ID_NONE,
							.idle_since = NEVER,
							.accounted = NEVER,
							.moment = NEVER};
}

static void replay_task_fini(struct replay_task *task)
{
	vec_fini(&task->steps);
	vec_fini(&task->places);
	vec_fini(&task->visits);
}

void replay_fini(struct replay *replay)
{
	for (u32 i = 0; i < replay->tasks.len; i++)
		replay_task_fini(&replay->tasks.at[i]);
	vec_fini(&replay->tasks);
	vec_fini(&replay->wakings);
	vec_fini(&replay->waiting);
	vec_fini(&replay->ticks);
	vec_fini(&replay->quiet_ticks);
	vec_fini(&replay->order);
	vec_fini(&replay->lock_waits);
	vec_fini(&replay->sections);
	vec_fini(&replay->queues);
	vec_fini(&replay->unseen);
	for (u32 i = 0; i < NR_INTERVALS; i++)
		vec_fini(&replay->intervals[i]);
	for (u32 i = 0; i < replay->deadlines.len; i++) {
		vec_fini(&replay->deadlines.at[i].between_wakeups);
		vec_fini(&replay->deadlines.at[i].to_refill);
	}
	vec_fini(&replay->deadlines);
	vec_fini(&replay->groups);
	vec_fini(&replay->hotplugs);
	vec_release((void **)&replay->cpus);
	roster_fini(&replay->roster);
	names_fini(&replay->names);
}
