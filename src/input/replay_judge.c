/* SPDX-License-Identifier: MIT */
/*
 * What did each sleep wait for: another task, or something outside (a timer, a device)?
 *
 * A trace names as the waker whoever ran on the cpu, which for an interrupt is only its victim.
 * Where the trace has irq flags, they decide. Else the evidence is weighed for each pair of waker
 * and wakee, strongest first:
 *
 *	- Nobody waits for the idle task, for a task that never blocks, or for a softirq's thread;
 *	  kernel threads wait for interrupts.
 *	- An exiting task wakes its parent; the child of a vfork wakes its parent.
 *	- A task that hands something over often blocks soon after: a wakeup at the very end of its
 *	  waker's burst is the waker's, if that is so for most of the pair.
 *	- Two tasks of which each is woken by the other alone, without the cpu ever idling in between,
 *	  talk to each other: timers would leave gaps.
 *	- Timers are regular: wakeups on a grid of time, or sleeps that all are of one length.
 *	- An interrupt hits whoever runs, in proportion to how much he runs: a waker much more frequent
 *	  than that is a real one.
 */
#include "input/replay.h"

#include <stdlib.h>

enum {
	TAIL_MAX = 20 * (int)USEC,    /* from waking somebody to the end of the burst */
	WAKE_ROW = 15 * (int)USEC,    /* between the wakeups of a task that wakes several in a row */
	AT_ONCE = 30 * (int)USEC,     /* so short a sleep waited for a point of time that had passed */
	JITTER_LEAST = 5 * (int)USEC, /* what counts as equal times is a 64th, within these bounds */
	JITTER_MOST = 100 * (int)USEC,
	ROUND = 10 * (int)USEC,       /* periods that programs ask for are multiples of this */
	FEW = 3,
	MANY = 10,
};

/* Who mostly wakes a task. */
struct partner {
	u32 waker, count, sleeps;
};

/* A wakee's undecided wakings, by waker. */
struct pair {
	u32 waker, count, prompt, short_tail;
};

struct judge {
	struct replay *replay;
	vec_of(u32) sleeps;      /* of the wakee in hand: its wakings, in order of time */
	vec_of(struct pair) pairs;
	vec_of(struct partner) partners; /* by task id */
	vec_of(u32) pair_of;     /* by waker's task id: index in pairs, or REPLAY_NONE */
	vec_of(u64) sorted;
	vec_of(u32) rhythm;      /* wakings that may be a timer's */
	vec_of(u64) grid;        /* for each of those its point, or NEVER */
	u64 window_ns;
};

static struct replay_waking *waking_at(const struct judge *j, u32 index)
{
	return &j->replay->wakings.at[index];
}

static const struct replay_task *task_of(const struct judge *j, u32 task)
{
	return &j->replay->tasks.at[task];
}

/* ---- What a waker did after ---- */

/* One burst: steps from @first to @last, which ends it; @ended: by blocking. */
static void measure_burst(struct replay *replay, const struct replay_task *task, u32 first,
			  u32 last, bool ended)
{
	u64 burst = 0, tail = 0;

	for (u32 i = first; i <= last; i++)
		burst += task->steps.at[i].ran;
	for (u32 i = last + 1; i-- > first;) {
		const struct replay_step *step = &task->steps.at[i];

		if (step->kind == STEP_WAKE) {
			struct replay_waking *w = &replay->wakings.at[step->arg];

			w->burst_ns = (u32)min_of(burst, (u64)UINT32_MAX);
			w->tail_ns = ended ? (u32)min_of(tail, (u64)UINT32_MAX) : UINT32_MAX;
			if (step->ran <= WAKE_ROW)
				continue;
		}
		tail += step->ran;
	}
}

static void measure_wakers(struct replay *replay)
{
	for (u32 t = 0; t < replay->tasks.len; t++) {
		const struct replay_task *task = &replay->tasks.at[t];
		u32 first = 0;

		for (u32 i = 0; i < task->steps.len; i++) {
			u8 kind = task->steps.at[i].kind;

			if (kind != STEP_BLOCK && kind != STEP_EXIT)
				continue;
			measure_burst(replay, task, first, i, true);
			first = i + 1;
		}
		if (first < task->steps.len)
			measure_burst(replay, task, first, task->steps.len - 1, false);
	}
}

static bool is_prompt(const struct replay_waking *w)
{
	return w->tail_ns <= TAIL_MAX && w->tail_ns <= w->burst_ns / 4;
}

/* ---- Yields ---- */

/* Some other cause may be hidden now and then; a task that yields does so often. */
bool replay_is_yield(const struct replay_task *task, const struct replay_step *step)
{
	return step->gave_way && task->nr_gave_way >= MANY &&
	       (u64)task->nr_gave_way * 5 >= task->nr_awaits;
}

/* ---- What needs no weighing ---- */

static bool is_softirq_thread(const struct judge *j, u32 task)
{
	const char *comm = names_text(&j->replay->names, task_of(j, task)->comm);

	return task_of(j, task)->kthread && comm[0] == 'k' && comm[1] == 's' && comm[2] == 'o';
}

/* The step before the sleep made the waker: only a vfork's parent waits so. */
static bool waits_for_vfork(const struct replay_task *wakee, const struct replay_waking *w)
{
	u32 at = w->block;

	while (at > 0 && wakee->steps.at[at - 1].kind == STEP_AWAIT_CPU)
		at--;
	return at > 0 && wakee->steps.at[at - 1].kind == STEP_FORK &&
	       wakee->steps.at[at - 1].arg == w->waker;
}

static enum replay_verdict evident(const struct judge *j, const struct replay_waking *w)
{
	const struct replay_task *wakee = task_of(j, w->wakee), *waker;

	if (w->context == RECORD_FLAG_IRQ || w->waker == TASK_ID_NONE)
		return VERDICT_OUTSIDE;
	waker = task_of(j, w->waker);
	if (waker->origin == ORIGIN_NONE || w->waker == w->wakee)
		return VERDICT_OUTSIDE;
	if (w->exiting)
		return waker->parent == w->wakee && !waker->thread ? VERDICT_CHILD : VERDICT_POST;
	if (w->context == RECORD_FLAG_BY_TASK || waits_for_vfork(wakee, w))
		return VERDICT_POST;
	if (wakee->kthread || is_softirq_thread(j, w->waker) || !waker->nr_blocks)
		return VERDICT_OUTSIDE;
	return VERDICT_OPEN;
}

/* ---- Partners ---- */

static bool is_sleep(const struct replay_step *step)
{
	return step->kind == STEP_BLOCK && step->arg != REPLAY_NONE;
}

/* The one that may be in the majority: each other cancels one of his. */
static u32 likely_partner(const struct judge *j, const struct replay_task *task)
{
	u32 candidate = TASK_ID_NONE, votes = 0;

	for (u32 i = 0; i < task->steps.len; i++) {
		u32 waker;

		if (!is_sleep(&task->steps.at[i]))
			continue;
		waker = waking_at(j, task->steps.at[i].arg)->waker;
		if (votes == 0)
			candidate = waker;
		if (waker == candidate)
			votes++;
		else
			votes--;
	}
	return candidate;
}

static struct partner find_partner(const struct judge *j, const struct replay_task *task)
{
	struct partner partner = {.waker = likely_partner(j, task)};

	for (u32 i = 0; i < task->steps.len; i++) {
		if (!is_sleep(&task->steps.at[i]))
			continue;
		partner.sleeps++;
		partner.count += waking_at(j, task->steps.at[i].arg)->waker == partner.waker;
	}
	return partner;
}

static bool is_faithful(const struct partner *partner)
{
	return partner->count >= MANY && (u64)partner->count * 100 >= (u64)partner->sleeps * 95;
}

static bool is_dialogue(const struct judge *j, u32 waker, u32 wakee)
{
	const struct partner *one = &j->partners.at[wakee], *other;

	if (waker >= j->partners.len)
		return false;
	other = &j->partners.at[waker];
	return one->waker == waker && other->waker == wakee && is_faithful(one) && is_faithful(other);
}

/* In turns, both wait about as often. */
static bool takes_turns(const struct judge *j, u32 one, u32 other)
{
	u64 a = j->partners.at[one].count, b = j->partners.at[other].count;

	return is_dialogue(j, one, other) && a <= 4 * b && b <= 4 * a;
}

/* ---- Pairs ---- */

static void gather_pairs(struct judge *j)
{
	for (u32 i = 0; i < j->pairs.len; i++)
		j->pair_of.at[j->pairs.at[i].waker] = REPLAY_NONE;
	vec_clear(&j->pairs);
	for (u32 i = 0; i < j->sleeps.len; i++) {
		const struct replay_waking *w = waking_at(j, j->sleeps.at[i]);
		struct pair *pair;

		if (w->verdict != VERDICT_OPEN)
			continue;
		if (j->pair_of.at[w->waker] == REPLAY_NONE) {
			j->pair_of.at[w->waker] = j->pairs.len;
			vec_push(&j->pairs, (struct pair){.waker = w->waker});
		}
		pair = &j->pairs.at[j->pair_of.at[w->waker]];
		pair->count++;
		pair->prompt += is_prompt(w);
		pair->short_tail += w->tail_ns <= TAIL_MAX;
	}
}

static bool most(u32 part, u32 whole)
{
	return (u64)part * 10 >= (u64)whole * 7;
}

static void decide_prompt_pairs(struct judge *j)
{
	gather_pairs(j);
	for (u32 i = 0; i < j->sleeps.len; i++) {
		struct replay_waking *w = waking_at(j, j->sleeps.at[i]);
		const struct pair *pair;

		if (w->verdict != VERDICT_OPEN)
			continue;
		pair = &j->pairs.at[j->pair_of.at[w->waker]];
		if (most(pair->prompt, pair->count) || is_dialogue(j, w->waker, w->wakee))
			w->verdict = VERDICT_POST;
	}
}

/* ---- Rhythm ---- */

struct rhythm {
	u64 period;           /* 0: there is none */
	u64 grid_jitter;
	u64 sleep_ns;         /* 0: sleeps are not alike */
	u64 sleep_jitter;
};

static u64 slept(const struct judge *j, const struct replay_waking *w)
{
	u64 since = task_of(j, w->wakee)->steps.at[w->block].when;

	return w->when > since ? w->when - since : 0;
}

static u64 jitter_of(u64 length)
{
	return clamp_to(length / 64, (u64)JITTER_LEAST, (u64)JITTER_MOST);
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 median(struct judge *j)
{
	qsort(j->sorted.at, j->sorted.len, sizeof(u64), compare_u64);
	return j->sorted.at[j->sorted.len / 2];
}

static void find_sleep(struct judge *j, struct rhythm *rhythm)
{
	u32 alike = 0;
	u64 sum = 0, length;

	vec_clear(&j->sorted);
	for (u32 i = 0; i < j->rhythm.len; i++)
		vec_push(&j->sorted, slept(j, waking_at(j, j->rhythm.at[i])));
	length = median(j);
	for (u32 i = 0; i < j->sorted.len; i++) {
		u64 off = distance(j->sorted.at[i], length);

		if (off > jitter_of(length))
			continue;
		alike++;
		sum += off;
	}
	if (!most(alike, j->sorted.len) || length <= AT_ONCE)
		return;
	rhythm->sleep_ns = length;
	rhythm->sleep_jitter = sum / alike;
}

/*
 * Goes along the wakings with @period in hand; each gets its point of the grid, or NEVER. The grid
 * may drift a little against the trace's clock. Returns how many fit; what they span goes to
 * *points periods of *span.
 */
static u32 walk_grid(struct judge *j, u64 period, u64 *points, u64 *span, u64 *jitter)
{
	u64 point = waking_at(j, j->rhythm.at[0])->when, first = point, sum = 0, at = 0;
	u32 fit = 1;

	j->grid.at[0] = 0;
	for (u32 i = 1; i < j->rhythm.len; i++) {
		const struct replay_waking *w = waking_at(j, j->rhythm.at[i]);
		u64 steps = w->when > point ? (w->when - point + period / 2) / period : 0;
		u64 due = point + steps * period, off = distance(due, w->when);
		bool late = w->when > point + period && slept(j, w) <= AT_ONCE;

		j->grid.at[i] = NEVER;
		if (steps && off <= jitter_of(period)) {
			sum += off;
			point = w->when > due ? due + off / 4 : due - off / 4;
			at += steps;
		} else if (late) {
			point += period; /* the point had passed: it came back at once */
			at++;
		} else {
			continue;
		}
		j->grid.at[i] = at;
		fit++;
	}
	*points = at;
	*span = point - first;
	*jitter = sum / fit;
	return fit;
}

/* What a program will have asked for, if it is as near as clocks differ. */
static u64 round_period(u64 period, u64 points)
{
	u64 asked = (period + ROUND / 2) / ROUND * ROUND;

	return distance(asked, period) * max_of(points, (u64)1) <= jitter_of(period) ? asked : period;
}

static void find_grid(struct judge *j, struct rhythm *rhythm)
{
	u64 period, points, span, jitter;

	vec_clear(&j->sorted);
	for (u32 i = 1; i < j->rhythm.len; i++)
		vec_push(&j->sorted, waking_at(j, j->rhythm.at[i])->when -
					     waking_at(j, j->rhythm.at[i - 1])->when);
	period = median(j);
	if (period <= 2 * JITTER_MOST)
		return;
	walk_grid(j, period, &points, &span, &jitter);
	if (points)
		period = round_period(span / points, points);
	if (!most(walk_grid(j, period, &points, &span, &jitter), j->rhythm.len) || !points)
		return;
	rhythm->period = period;
	rhythm->grid_jitter = jitter;
}

/* Both may hold, if bursts are alike too: what varies less is what was asked for. */
static void choose(struct rhythm *rhythm)
{
	if (!rhythm->period || !rhythm->sleep_ns)
		return;
	if (rhythm->sleep_jitter * 2 < rhythm->grid_jitter)
		rhythm->period = 0;
	else if (rhythm->grid_jitter * 2 >= rhythm->sleep_jitter && rhythm->period % ROUND)
		rhythm->period = 0;
}

static struct rhythm find_rhythm(struct judge *j)
{
	struct rhythm rhythm = {0};

	vec_clear(&j->rhythm);
	for (u32 i = 0; i < j->sleeps.len; i++) {
		u8 verdict = waking_at(j, j->sleeps.at[i])->verdict;

		if (verdict == VERDICT_OPEN || verdict == VERDICT_OUTSIDE)
			vec_push(&j->rhythm, j->sleeps.at[i]);
	}
	if (j->rhythm.len <= FEW)
		return rhythm;
	vec_reserve(&j->grid, j->rhythm.len);
	find_grid(j, &rhythm);
	find_sleep(j, &rhythm);
	choose(&rhythm);
	return rhythm;
}

/* ---- The rest ---- */

/*
 * Were it an interrupt's victim, a waker would be hit by chance, as often as he runs while the
 * wakee sleeps. Three standard deviations more are no chance.
 */
static bool beyond_chance(const struct judge *j, const struct pair *pair, u32 wakee)
{
	u64 rest = j->window_ns - min_of(j->window_ns, task_of(j, wakee)->cpu_ns) + 1;
	u64 share = min_of(task_of(j, pair->waker)->cpu_ns, rest);
	u64 expected = (u64)((u128)j->sleeps.len * share / rest);
	u64 beyond = pair->count > expected ? pair->count - expected : 0;

	return pair->count >= FEW && beyond > 1 && (beyond - 1) * (beyond - 1) > 9 * expected;
}

static bool is_alike(const struct judge *j, const struct rhythm *rhythm, u32 at)
{
	const struct replay_waking *w = waking_at(j, j->rhythm.at[at]);

	if (rhythm->period)
		return j->grid.at[at] != NEVER;
	return rhythm->sleep_ns &&
	       distance(slept(j, w), rhythm->sleep_ns) <= jitter_of(rhythm->sleep_ns);
}

/* Each burst of the waker wakes him, and he is woken by nobody else: more than a meeting of timers. */
static bool is_coupled(const struct judge *j, const struct pair *pair)
{
	return pair->count >= FEW && pair->count * 2 >= j->sleeps.len &&
	       pair->count * 2 >= task_of(j, pair->waker)->nr_blocks;
}

static bool is_real(const struct judge *j, const struct pair *pair, u32 wakee, bool alike)
{
	bool at_end = most(pair->short_tail, pair->count);

	if (alike)
		return at_end && is_coupled(j, pair);
	return at_end || beyond_chance(j, pair, wakee);
}

static void decide_rest(struct judge *j, u32 wakee, const struct rhythm *rhythm)
{
	gather_pairs(j);
	for (u32 i = 0; i < j->rhythm.len; i++) {
		struct replay_waking *w = waking_at(j, j->rhythm.at[i]);
		bool alike = is_alike(j, rhythm, i);

		if (w->verdict == VERDICT_OPEN)
			w->verdict = is_real(j, &j->pairs.at[j->pair_of.at[w->waker]], wakee, alike)
					     ? VERDICT_POST
					     : VERDICT_OUTSIDE;
		if (w->verdict == VERDICT_OUTSIDE && rhythm->period && alike) {
			w->verdict = VERDICT_GRID;
			w->grid = waking_at(j, j->rhythm.at[0])->when +
				  j->grid.at[i] * rhythm->period;
		}
	}
}

static void without_rhythm(struct judge *j, u32 wakee)
{
	gather_pairs(j);
	for (u32 i = 0; i < j->sleeps.len; i++) {
		struct replay_waking *w = waking_at(j, j->sleeps.at[i]);

		if (w->verdict == VERDICT_OPEN)
			w->verdict = is_real(j, &j->pairs.at[j->pair_of.at[w->waker]], wakee, false)
					     ? VERDICT_POST
					     : VERDICT_OUTSIDE;
	}
}

static void judge_wakee(struct judge *j, u32 wakee)
{
	const struct replay_task *task = task_of(j, wakee);
	struct rhythm rhythm;

	vec_clear(&j->sleeps);
	for (u32 i = 0; i < task->steps.len; i++) {
		const struct replay_step *step = &task->steps.at[i];

		if (!is_sleep(step))
			continue;
		vec_push(&j->sleeps, step->arg);
		waking_at(j, step->arg)->verdict = (u8)evident(j, waking_at(j, step->arg));
	}
	if (!j->sleeps.len)
		return;
	decide_prompt_pairs(j);
	rhythm = find_rhythm(j);
	if (rhythm.period || rhythm.sleep_ns)
		decide_rest(j, wakee, &rhythm);
	else
		without_rhythm(j, wakee);
}

void replay_judge(struct replay *replay)
{
	struct judge j = {.replay = replay, .window_ns = replay->to - replay->from};

	measure_wakers(replay);
	for (u32 i = 0; i < replay->tasks.len; i++) {
		vec_push(&j.pair_of, REPLAY_NONE);
		vec_push(&j.partners, find_partner(&j, &replay->tasks.at[i]));
	}
	for (u32 i = 0; i < replay->tasks.len; i++)
		judge_wakee(&j, i);
	for (u32 i = 0; i < replay->tasks.len; i++)
		if (j.partners.at[i].waker < i && takes_turns(&j, j.partners.at[i].waker, i))
			replay_turns(replay, i, j.partners.at[i].waker);
	vec_fini(&j.sleeps);
	vec_fini(&j.pairs);
	vec_fini(&j.pair_of);
	vec_fini(&j.partners);
	vec_fini(&j.sorted);
	vec_fini(&j.rhythm);
	vec_fini(&j.grid);
}
