/* SPDX-License-Identifier: MIT */
/*
 * What did each sleep wait for: another task, or something outside (a timer, a device)?
 *
 * A trace names as the waker whoever ran on the cpu, which for an interrupt is only its victim.
 * Where the trace has irq flags, they decide. Else the evidence is weighed for each pair of waker
 * and wakee, strongest first:
 *
 *	- Nobody waits for the idle task or for a softirq's thread; kernel threads wait for
 *	  interrupts.
 *	- A task that never blocks wakes nobody but those whose rhythm its work makes.
 *	- An exiting task wakes its parent; the child of a vfork wakes its parent.
 *	- A task that hands something over often blocks soon after: a wakeup at the very end of its
 *	  waker's burst is the waker's, if that is so for most of the pair.
 *	- Two tasks of which each is woken by the other alone, without the cpu ever idling in
 *	  between, talk to each other: timers would leave gaps.
 *	- Timers are regular: wakeups on a grid of time, or sleeps that all are of one length; but
 *	  the work of a waker may be more so, which shows when he is held up.
 *	- An interrupt hits whoever runs, in proportion to how much he runs: a waker much more
 *	  frequent than that is a real one.
 */
#include "input/replay_judge.h"

enum {
	TAIL_MAX = 20 * (int)USEC, /* from waking somebody to the end of the burst */
	WAKE_ROW = 15 * (int)USEC, /* between the wakeups of a task that wakes several in a row */
	FEW = 3,
	MANY = 10,
};

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

	if (w->verdict == VERDICT_LOCK)
		return VERDICT_LOCK;
	if (w->context == RECORD_FLAG_IRQ || w->waker == TASK_ID_NONE)
		return VERDICT_OUTSIDE;
	waker = task_of(j, w->waker);
	if (waker->origin == ORIGIN_NONE || w->waker == w->wakee)
		return VERDICT_OUTSIDE;
	if (w->exiting)
		return waker->parent == w->wakee && !waker->thread ? VERDICT_CHILD : VERDICT_POST;
	if (w->context == RECORD_FLAG_BY_TASK || waits_for_vfork(wakee, w))
		return VERDICT_POST;
	if (wakee->kthread || is_softirq_thread(j, w->waker))
		return VERDICT_OUTSIDE;
	return VERDICT_OPEN;
}

/*
 * Threads of the kernel sleep by its own timers (kernel/time/timer.c: schedule_timeout(), delayed
 * work), which ticks look at. The length of such a sleep is a number of ticks, whatever is left of
 * the first one.
 */
static void see_tick(const struct judge *j, struct replay_waking *w)
{
	const struct replay_task *wakee = task_of(j, w->wakee);
	u64 ticks;

	if (w->verdict != VERDICT_OUTSIDE || !wakee->kthread)
		return;
	ticks = replay_ticks_between(j->replay, wakee->steps.at[w->block].when, w->when);
	if (!ticks)
		return;
	w->verdict = VERDICT_TICK;
	w->grid = ticks;
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
	return one->waker == waker && other->waker == wakee && is_faithful(one) &&
	       is_faithful(other);
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

/* Each burst of the waker wakes him, and he is woken by nobody else: more than a meeting of timers.
 */
static bool is_coupled(const struct judge *j, const struct pair *pair)
{
	return pair->count >= FEW && pair->count * 2 >= j->sleeps.len &&
	       pair->count * 2 >= task_of(j, pair->waker)->nr_blocks;
}

static bool is_real(const struct judge *j, const struct pair *pair, u32 wakee, bool alike)
{
	bool at_end = most(pair->short_tail, pair->count);

	if (!task_of(j, pair->waker)->nr_blocks)
		return pair->works;
	if (alike)
		return pair->works || (at_end && is_coupled(j, pair));
	return at_end || beyond_chance(j, pair, wakee);
}

/* For those that are left. */
static void weigh_pairs(struct judge *j)
{
	gather_pairs(j);
	for (u32 i = 0; i < j->pairs.len; i++)
		j->pairs.at[i].works = j->pairs.at[i].count * 2 >= j->sleeps.len &&
				       rhythm_is_work(j, j->pairs.at[i].waker);
}

static void decide_rest(struct judge *j, u32 wakee, const struct rhythm *rhythm)
{
	weigh_pairs(j);
	for (u32 i = 0; i < j->rhythm.len; i++) {
		struct replay_waking *w = waking_at(j, j->rhythm.at[i]);
		bool alike = rhythm_fits(j, rhythm, i);

		if (w->verdict == VERDICT_OPEN)
			w->verdict = is_real(j, &j->pairs.at[j->pair_of.at[w->waker]], wakee, alike)
					     ? VERDICT_POST
					     : VERDICT_OUTSIDE;
		if (w->verdict == VERDICT_OUTSIDE && rhythm->period && alike) {
			w->verdict = VERDICT_GRID;
			w->grid = j->origin + (j->grid.at[i] - GRID_ORIGIN) * rhythm->period;
		}
	}
}

static void without_rhythm(struct judge *j, u32 wakee)
{
	weigh_pairs(j);
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
		see_tick(j, waking_at(j, step->arg));
	}
	if (!j->sleeps.len)
		return;
	decide_prompt_pairs(j);
	rhythm = replay_rhythm(j);
	if (rhythm.period || rhythm.sleep_ns)
		decide_rest(j, wakee, &rhythm);
	else
		without_rhythm(j, wakee);
}

void replay_judge(struct replay *replay)
{
	struct judge j = {.replay = replay, .window_ns = replay->to - replay->from};

	measure_wakers(replay);
	replay_locks_judge(replay);
	for (u32 i = 0; i < replay->tasks.len; i++) {
		vec_push(&j.pair_of, REPLAY_NONE);
		vec_push(&j.partners, find_partner(&j, &replay->tasks.at[i]));
	}
	for (u32 i = 0; i < replay->tasks.len; i++)
		judge_wakee(&j, i);
	replay_rows(replay);
	replay_barriers(replay);
	replay_queues(replay);
	replay_jobs(replay);
	for (u32 i = 0; i < replay->tasks.len; i++)
		if (j.partners.at[i].waker < i && takes_turns(&j, j.partners.at[i].waker, i))
			replay_turns(replay, i, j.partners.at[i].waker);
	replay_locks_sections(replay);
	vec_fini(&j.sleeps);
	vec_fini(&j.pairs);
	vec_fini(&j.pair_of);
	vec_fini(&j.partners);
	vec_fini(&j.sorted);
	vec_fini(&j.rhythm);
	vec_fini(&j.grid);
}
