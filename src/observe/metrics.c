/* SPDX-License-Identifier: MIT */
/*
 * Records become metrics: the one pass over the stream.
 *
 * The simulator's speed depends on this loop, so a record costs a few loads, adds and stores and
 * hardly a branch that data decide: idle tasks are tasks like others (theirs is the time a cpu
 * idles), what was cut by the window's start goes to a histogram that nobody reads, and the
 * window's ends, the load average's samples and the rare kinds are outside. Before the window opens
 * only states are tracked (struct way: each copy of the loop has its own); behind it nothing is.
 */
#include "observe/metrics_sink.h"

#include <stdlib.h>

#include "base/ensure.h"

#define METRICS_WANTS                                                                              \
	(RECORD_BIT(TASK) | RECORD_BIT(ATTR) | RECORD_BIT(SWITCH) | RECORD_BIT(WAKING) |           \
	 RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW) | RECORD_BIT(MIGRATE) | RECORD_BIT(FORK) |    \
	 RECORD_BIT(RENAME) | RECORD_BIT(EXEC) | RECORD_BIT(EXIT) | RECORD_BIT(FREE) |             \
	 RECORD_BIT(MARK) | RECORD_BIT(IRQ) | RECORD_BIT(LOST) | RECORD_BIT(END) |                 \
	 RECORD_BIT(CPU) | RECORD_BIT(GROUP) | RECORD_BIT(REGROUP) | RECORD_BIT(PERIOD) |          \
	 RECORD_BIT(THROTTLE) | RECORD_BIT(FUTILE) | RECORD_BIT(FAULT) | RECORD_BIT(FORCED_IDLE) | \
	 RECORD_BIT(FAILED) | RECORD_BIT(QUEUE))

/* How a copy of the loop works: both are known at compile time. */
struct way {
	bool counts; /* the window is open */
	bool ahead;  /* there are many tasks: counters are fetched ahead */
};

static always_inline struct task_state *state_of(struct metrics_sink *sink, u32 task)
{
	return tasks_state(&sink->tasks, task);
}

static always_inline void sample(struct metrics_sink *sink, struct task_state *state, u32 dist,
				 u64 value, const struct way way)
{
	sample_add(&sink->tasks, state, dist, value, way.ahead);
}

/* The task blocks, or dies. */
static always_inline void take_block(struct metrics_sink *sink, struct task_state *state,
				     const struct record *r, u32 phase, const struct way way)
{
	if (way.counts) {
		if (likely(state->woken != NEVER))
			sample(sink, state, DIST_RESPONSE, r->when - state->woken, way);
		if (unlikely(++state->voluntary == 0))
			tasks_carry(&sink->tasks, r->task, 0);
	}
	state->woken = NEVER;
	state->phase = (u8)phase;
}

/* Who leaves the cpu; false if it is dead. */
static always_inline bool switch_out(struct metrics_sink *sink, struct cpu_usage *cpu,
				     const struct record *r, const struct way way)
{
	struct task_state *state = state_of(sink, r->task);

	if (way.counts) {
		u64 ran = r->when - cpu->since;

		state->cpu_ns += ran;
		sample(sink, state, cpu->slice_dist, ran, way);
	}
	state->since = r->when;
	if (!record_prev_runnable(r)) {
		u32 phase = (u32)__builtin_ctz(record_prev_state(r));

		take_block(sink, state, r, phase, way);
		return !phase_is_dead(phase);
	}
	if (way.counts && unlikely(++state->involuntary == 0))
		tasks_carry(&sink->tasks, r->task, 1);
	state->wait_dist = DIST_PREEMPT_WAIT;
	state->phase = PHASE_WAITING;
	return true;
}

static always_inline void switch_in(struct metrics_sink *sink, const struct record *r,
				    const struct way way)
{
	struct task_state *state = state_of(sink, r->other);

	if (way.counts && likely(phase_waits(state->phase))) {
		u64 wait = r->when - state->since;

		state->run_delay_ns += wait;
		sample(sink, state, state->wait_dist, wait, way);
	}
	state->since = r->when;
	state->phase = PHASE_ON_CPU;
}

static always_inline void take_switch(struct metrics_sink *sink, const struct record *r,
				      const struct way way)
{
	struct cpu_usage *cpu = &sink->cpus[r->cpu];
	bool alive = switch_out(sink, cpu, r, way);

	switch_in(sink, r, way);
	cpu->since = r->when;
	cpu->curr = r->other;
	cpu->slice_dist = DIST_SLICE;
	cpu->switches += way.counts;
	if (unlikely(r->flags & RECORD_FLAG_MENDED))
		sink->mended++;
	if (unlikely(!alive))
		tasks_died(&sink->tasks, r->task, r->when, way.counts);
}

static struct task_rare *rare_of(struct metrics_sink *sink, u32 task)
{
	return chunk_rare(tasks_chunk(&sink->tasks, task), task % TASKS_CHUNK);
}

static void take_fault(struct metrics_sink *sink, const struct record *r, bool counts)
{
	if (!counts)
		return;
	rare_of(sink, r->task)->minor_faults += r->value;
	if (r->arg == FAULT_COPIED)
		rare_of(sink, r->task)->cow_pages += r->value;
}

/* sched_waking or sched_wakeup: whichever comes first ends the sleep. */
static always_inline void take_wakeup(struct metrics_sink *sink, const struct record *r, u32 phase,
				      const struct way way)
{
	struct task_state *state = state_of(sink, r->task);
	u32 was = state->phase;

	if (phase_is_awake(was)) {
		if (phase == PHASE_WAITING && was == PHASE_WAKING)
			state->phase = PHASE_WAITING;
		return;
	}
	if (way.counts) {
		if (likely(was < PHASE_WAITING))
			state->sleep_ns += r->when - state->since;
		if (unlikely(was != PHASE_SLEEPING))
			chunk_slept(tasks_chunk(&sink->tasks, r->task), r->task % TASKS_CHUNK,
				    (u8)was, r->when - state->since);
		if (unlikely(++state->wakeups == 0))
			tasks_carry(&sink->tasks, r->task, 2);
		state->woken = r->when;
	}
	state->since = r->when;
	state->wait_dist = DIST_WAKEUP_LATENCY;
	state->phase = (u8)phase;
}

static always_inline void take_wakeup_new(struct metrics_sink *sink, const struct record *r)
{
	struct task_state *state = state_of(sink, r->task);

	state->since = r->when;
	state->wait_dist = DIST_FORK_LATENCY;
	state->phase = PHASE_WAITING;
}

/*
 * A move is load balancing if its reason says so, or if the task is not just being woken. Nothing
 * else moves one that sleeps: it is still queued, because its dequeue is delayed (EEVDF).
 */
static bool is_balancing(const struct record *r, const struct task_state *state)
{
	switch ((enum record_move)(r->value >> 32)) {
	case RECORD_MOVE_UNKNOWN:
		return (phase_is_awake(state->phase) && state->phase != PHASE_WAKING) ||
		       state->phase <= PHASE_BLOCKED;
	case RECORD_MOVE_BALANCE:
	case RECORD_MOVE_PUSH:
	case RECORD_MOVE_PULL:
	case RECORD_MOVE_COOKIE:
		return true;
	case RECORD_MOVE_WAKEUP:
	case RECORD_MOVE_AFFINITY:
	case RECORD_MOVE_EXEC:
	case RECORD_MOVE_HOTPLUG:
		break;
	}
	return false;
}

static always_inline void take_migrate(struct metrics_sink *sink, const struct record *r)
{
	struct task_state *state = state_of(sink, r->task);
	u32 dest = r->arg >> 16;

	if (unlikely(++state->migrations == 0))
		tasks_carry(&sink->tasks, r->task, 3);
	if (dest < sink->nr_cpus && is_balancing(r, state)) {
		struct cpu_usage *cpu = &sink->cpus[dest];

		cpu->pulled++;
		/* Balancing pulls: only the stopper pushes from where the task is. */
		cpu->mover = r->value >> 32 == RECORD_MOVE_UNKNOWN && r->cpu == (r->arg & 0xffff)
				     ? r->task
				     : TASK_ID_NONE;
		cpu->mover_blocked = (u16)state->voluntary;
	}
}

/* exec() looks for a better cpu first: what a trace shows as a move for no reason was that. */
static void take_exec(struct metrics_sink *sink, const struct record *r, bool counts)
{
	struct cpu_usage *cpu = &sink->cpus[r->cpu];

	sink->execs += counts;
	if (cpu->mover != r->task || cpu->mover_blocked != (u16)state_of(sink, r->task)->voluntary)
		return;
	cpu->mover = TASK_ID_NONE;
	cpu->pulled -= cpu->pulled != 0;
}

/* What happened on the cpu since its last switch is not known, nor who runs there now. */
static void take_lost(struct metrics_sink *sink, const struct record *r)
{
	struct cpu_usage *cpu = &sink->cpus[r->cpu];

	sink->lost += r->value;
	if (cpu->curr != TASK_ID_NONE && cpu->curr >= sink->nr_cpus) {
		struct task_state *state = state_of(sink, cpu->curr);

		if (state->phase == PHASE_ON_CPU)
			state->phase = PHASE_UNKNOWN;
	}
	if (sink->gate.state == GATE_OPEN)
		cpu->unknown_ns += r->when - cpu->since;
	cpu->since = r->when;
	cpu->slice_dist = DIST_SCRAP;
	cpu->curr = TASK_ID_NONE;
}

/* If the task runs at the moment, its stay so far is the old group's. */
static void take_regroup(struct metrics_sink *sink, const struct record *r)
{
	u64 cpu_ns = state_of(sink, r->task)->cpu_ns;

	for (u32 i = 0; i < sink->nr_cpus && sink->gate.state == GATE_OPEN; i++)
		if (sink->cpus[i].curr == r->task)
			cpu_ns += r->when - sink->cpus[i].since;
	tasks_regroup(&sink->tasks, r->task, r->other, cpu_ns);
}

/* Kinds that are rare. True if the window opened or closed behind this record. */
static bool take_rare(struct metrics_sink *sink, const struct record *r, const struct way way)
{
	switch ((enum record_kind)r->kind) {
	case RECORD_TASK:
		tasks_introduce(&sink->tasks, r);
		break;
	case RECORD_FORK:
		sink->forks += way.counts;
		tasks_introduce(&sink->tasks, r);
		break;
	case RECORD_ATTR:
		tasks_attr(&sink->tasks, r);
		break;
	case RECORD_RENAME:
		tasks_rename(&sink->tasks, r->task, (u32)r->value);
		break;
	case RECORD_EXEC:
		take_exec(sink, r, way.counts);
		break;
	case RECORD_EXIT:
		sink->exits += way.counts;
		tasks_exited(&sink->tasks, r->task, (u16)(r->value >> 32));
		break;
	case RECORD_FREE:
		tasks_freed(&sink->tasks, r->task);
		break;
	case RECORD_FUTILE:
		rare_of(sink, r->task)->futile_wakeups += way.counts;
		break;
	case RECORD_FORCED_IDLE:
		if (way.counts)
			rare_of(sink, r->task)->forced_idle_ns += r->value;
		break;
	case RECORD_FAILED:
		rare_of(sink, r->task)->failed_calls += way.counts;
		break;
	case RECORD_FAULT:
		take_fault(sink, r, way.counts);
		break;
	case RECORD_IRQ:
		if (way.counts)
			sink->cpus[r->cpu].irq_ns += r->value;
		break;
	case RECORD_CPU:
		cpu_usage_online(&sink->cpus[r->cpu], r->when, r->value, way.counts);
		break;
	case RECORD_LOST:
		take_lost(sink, r);
		break;
	case RECORD_REGROUP:
		take_regroup(sink, r);
		break;
	case RECORD_GROUP:
	case RECORD_PERIOD:
	case RECORD_THROTTLE:
		cgroups_take(&sink->tasks.groups, r, way.counts);
		break;
	case RECORD_QUEUE:
		queues_take(&sink->queues, r, way.counts);
		break;
	case RECORD_MARK: {
		bool opened = gate_mark(&sink->gate, r);

		if (opened)
			metrics_open_window(sink);
		metrics_set_next(sink);
		return opened;
	}
	case RECORD_END:
		if (!gate_end(&sink->gate, r->when))
			break;
		if (!way.counts) /* it opened at this very moment */
			metrics_open_window(sink);
		metrics_close_window(sink);
		return true;
	default:
		sink->skipped++;
		break;
	}
	return false;
}

/* The wakeup is over in no time, as most are: both records are taken as one. */
static always_inline bool is_whole_wakeup(const struct record *waking, const struct record *end)
{
	const struct record *wakeup = waking + 1;

	return wakeup < end && wakeup->kind == RECORD_WAKEUP && wakeup->task == waking->task &&
	       wakeup->when == waking->when;
}

/* So many records ahead the task's line is fetched, if there are many tasks. */
enum { FETCH_AHEAD = 12 };

static always_inline void fetch_ahead(struct metrics_sink *sink, const struct record *batch,
				      size_t at, size_t count, const struct way way)
{
	if (way.ahead && at + FETCH_AHEAD < count)
		__builtin_prefetch(state_of(sink, batch[at + FETCH_AHEAD].task), 1);
}

/* Takes records until the window opens or closes; returns how many. */
static always_inline size_t take_run(struct metrics_sink *sink, const struct record *batch,
				     size_t count, const struct way way)
{
	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		fetch_ahead(sink, batch, i, count, way);
		if (unlikely(r->when >= sink->next) && metrics_due(sink, r->when))
			return i;
		if (r->kind == RECORD_SWITCH) {
			take_switch(sink, r, way);
			continue;
		}
		switch (r->kind) {
		case RECORD_WAKING:
			if (likely(is_whole_wakeup(r, batch + count))) {
				take_wakeup(sink, r, PHASE_WAITING, way);
				fetch_ahead(sink, batch, ++i, count, way);
			} else {
				take_wakeup(sink, r, PHASE_WAKING, way);
			}
			break;
		case RECORD_WAKEUP:
			take_wakeup(sink, r, PHASE_WAITING, way);
			break;
		case RECORD_WAKEUP_NEW:
			take_wakeup_new(sink, r);
			break;
		case RECORD_MIGRATE:
			if (way.counts)
				take_migrate(sink, r);
			break;
		default:
			if (take_rare(sink, r, way))
				return i + 1;
			break;
		}
	}
	return count;
}

/* Behind the window only what is counted over the whole trace matters. */
static size_t take_closed(struct metrics_sink *sink, const struct record *batch, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sink->skipped += !(METRICS_WANTS >> batch[i].kind & 1);
		if (batch[i].kind == RECORD_SWITCH)
			sink->mended += (batch[i].flags & RECORD_FLAG_MENDED) != 0;
		else if (batch[i].kind == RECORD_LOST)
			sink->lost += batch[i].value;
	}
	return count;
}

static void metrics_take(void *self, const struct record *batch, size_t count)
{
	static const struct way follows = {false, false};
	static const struct way counts = {true, false};
	static const struct way counts_ahead = {true, true};
	struct metrics_sink *sink = self;

	sink->taken += count;
	sink->last = batch[count - 1].when;
	for (size_t i = 0; i < count;) {
		if (sink->gate.state == GATE_OPEN)
			i += sink->tasks.nr_tasks < SAMPLES_MANY_TASKS
				     ? take_run(sink, batch + i, count - i, counts)
				     : take_run(sink, batch + i, count - i, counts_ahead);
		else if (sink->gate.state == GATE_BEFORE)
			i += take_run(sink, batch + i, count - i, follows);
		else
			i += take_closed(sink, batch + i, count - i);
	}
}

struct metrics_sink *metrics_sink_new(const struct window *window, u32 nr_cpus, u32 hz,
				      const struct names *names)
{
	struct metrics_sink *sink = aligned_alloc(64, (sizeof(*sink) + 63) / 64 * 64);
	struct cpu_usage *cpus = aligned_alloc(64, (size_t)max_of(nr_cpus, 1u) * sizeof(*cpus));

	if (sink == NULL || cpus == NULL)
		die("out of memory for metrics");
	*sink = (struct metrics_sink){.cpus = cpus, .nr_cpus = nr_cpus};
	for (u32 i = 0; i < nr_cpus; i++)
		cpus[i] = (struct cpu_usage){.curr = TASK_ID_NONE,
					     .slice_dist = DIST_SCRAP,
					     .offline_since = UINT64_MAX};
	tasks_init(&sink->tasks, nr_cpus, names);
	gate_init(&sink->gate, window, names);
	load_init(&sink->load, hz);
	sink->metrics.names = names;
	metrics_set_next(sink);
	return sink;
}

struct sink metrics_sink_sink(struct metrics_sink *sink)
{
	return (struct sink){.self = sink, .wants = METRICS_WANTS, .take = metrics_take};
}

const struct window *metrics_sink_window(const struct metrics_sink *sink)
{
	return &sink->gate.window;
}
