/* SPDX-License-Identifier: MIT */
/* Per task: run, wait, sleep, moves. Where tasks are kept, appear, die and are summed up. */
#include "observe/tasks.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "trace/roster.h"

static void *lines(size_t size)
{
	void *mem = aligned_alloc(64, (size + 63) / 64 * 64);

	if (mem == NULL)
		die("out of memory for task metrics");
	return mem;
}

static void states_init(struct task_state *state, u32 nr, struct dists *scrap)
{
	for (u32 i = 0; i < nr; i++)
		state[i] = (struct task_state){
			.woken = NEVER,
			.phase = PHASE_UNKNOWN,
			.dists = scrap,
		};
}

/* @state: 64 of the flat array; NULL: the chunk has its own. */
static struct task_chunk *chunk_new(struct tasks *tasks, struct task_state *state)
{
	u32 index;
	struct task_chunk *chunk = pool_get(&tasks->chunk_pool, &index);

	chunk->index = index;
	chunk->state = state;
	chunk->state_index = TASK_ID_NONE;
	if (state == NULL) {
		chunk->state = pool_get(&tasks->state_pool, &chunk->state_index);
		states_init(chunk->state, TASKS_CHUNK, tasks->scrap);
	}
	for (u32 i = 0; i < TASKS_CHUNK; i++) {
		chunk->info[i].policy = ROSTER_POLICY_UNKNOWN;
		chunk->info[i].prio = 120; /* traces tell others only */
		chunk->info[i].end_ns = METRIC_NO_TIME;
	}
	return chunk;
}

static const struct task_rare nothing_rare = {.group = TASK_ID_NONE};

struct task_rare *chunk_rare(struct task_chunk *chunk, u32 slot)
{
	if (unlikely(chunk->rare == NULL)) {
		chunk->rare = lines(TASKS_CHUNK * sizeof(*chunk->rare));
		for (u32 i = 0; i < TASKS_CHUNK; i++)
			chunk->rare[i] = nothing_rare;
	}
	return &chunk->rare[slot];
}

const struct task_rare *chunk_rare_of(const struct task_chunk *chunk, u32 slot)
{
	return chunk->rare ? &chunk->rare[slot] : &nothing_rare;
}

void chunk_slept(struct task_chunk *chunk, u32 slot, u8 phase, u64 ns)
{
	if (phase == PHASE_BLOCKED) {
		chunk_rare(chunk, slot)->blocked_ns += ns;
	} else if (phase == PHASE_STOPPED || phase == PHASE_TRACED) {
		chunk_rare(chunk, slot)->stopped_ns += ns;
		if (phase == PHASE_TRACED)
			chunk_rare(chunk, slot)->traced_ns += ns;
	} else if (phase == PHASE_PARKED) {
		chunk_rare(chunk, slot)->parked_ns += ns;
	}
}

static void chunk_free(struct tasks *tasks, struct task_chunk *chunk)
{
	free(chunk->rare);
	if (chunk->state_index != TASK_ID_NONE)
		pool_put(&tasks->state_pool, chunk->state_index);
	pool_put(&tasks->chunk_pool, chunk->index);
}

/* The ring is never empty: what has been counted leaves a sample that nobody reads. */
static void samples_init(struct samples *samples)
{
	for (u32 i = 0; i < SAMPLES_AHEAD; i++) {
		samples->ring[i].counter = &samples->nothing;
		samples->ring[i].hist = NULL;
	}
	samples->nothing = 0;
}

void samples_carry(struct samples *samples, u32 at)
{
	struct hist *hist = samples->ring[at].hist;

	if (hist != NULL)
		hist_carry(hist, (u32)(samples->ring[at].counter - hist->near));
}

void samples_flush(struct samples *samples)
{
	for (u32 i = 0; i < SAMPLES_AHEAD; i++)
		if (++*samples->ring[i].counter == 0)
			samples_carry(samples, i);
	samples_init(samples);
}

/* Counts the samples of @hist that are under way. */
static void samples_settle(struct samples *samples, const struct hist *hist)
{
	for (u32 i = 0; i < SAMPLES_AHEAD; i++) {
		if (samples->ring[i].hist != hist)
			continue;
		if (++*samples->ring[i].counter == 0)
			samples_carry(samples, i);
		samples->ring[i].counter = &samples->nothing;
		samples->ring[i].hist = NULL;
	}
}

/* The counters of a histogram may move: what is on its way to them has to arrive before. */
struct hist *tasks_stretch(struct tasks *tasks, struct task_state *state, u32 dist, u64 value)
{
	struct hist *hist;

	if (state->dists == tasks->blank)
		state->dists = dists_new();
	hist = &state->dists->hist[dist];
	if (hist_bin_number(value) - hist->first_bin >= hist->nr_bins)
		samples_settle(&tasks->samples, hist);
	hist_stretch(hist, value);
	return hist;
}

static struct task_state *flat_part(struct tasks *tasks, u32 index)
{
	return index < TASKS_FLAT / TASKS_CHUNK ? &tasks->flat[index * TASKS_CHUNK] : NULL;
}

/* The chunk for @task, made if it is not there. */
static struct task_chunk *chunk_for(struct tasks *tasks, u32 task)
{
	u32 index = task >> TASKS_CHUNK_SHIFT;

	if (index >= tasks->nr_chunks) {
		if (index >= tasks->cap_chunks)
			vec_grow((void **)&tasks->chunks, &tasks->cap_chunks, index + 1,
				 sizeof(*tasks->chunks));
		while (tasks->nr_chunks <= index)
			tasks->chunks[tasks->nr_chunks++] = tasks->graveyard;
	}
	if (tasks->chunks[index] == tasks->graveyard)
		tasks->chunks[index] = chunk_new(tasks, flat_part(tasks, index));
	return tasks->chunks[index];
}

void tasks_init(struct tasks *tasks, u32 nr_cpus, const struct names *names)
{
	*tasks = (struct tasks){.nr_cpus = nr_cpus, .names = names};
	names_init(&tasks->stems);
	pool_init(&tasks->chunk_pool, sizeof(struct task_chunk), 7);
	pool_init(&tasks->state_pool, TASKS_CHUNK * sizeof(struct task_state), 7);
	tasks->scrap = dists_new();
	tasks->blank = dists_new();
	samples_init(&tasks->samples);
	tasks->graveyard = chunk_new(tasks, NULL);
	tasks->flat = lines(TASKS_FLAT * sizeof(*tasks->flat));
	states_init(tasks->flat, TASKS_FLAT, tasks->scrap);
	/* A switch out leaves an idle task in this phase. */
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		chunk_for(tasks, cpu)->state[cpu % TASKS_CHUNK].phase = PHASE_WAITING;
}

/* A task's histograms are its own unless they are kept by comm, or it has had no sample yet. */
static void drop_dists(struct tasks *tasks, struct task_state *state)
{
	if (!tasks->by_comm && state->dists != tasks->scrap && state->dists != tasks->blank)
		dists_free(state->dists);
	state->dists = tasks->scrap;
}

void tasks_fini(struct tasks *tasks)
{
	for (u32 i = 0; i < tasks->nr_chunks; i++) {
		struct task_chunk *chunk = tasks->chunks[i];

		if (chunk == tasks->graveyard)
			continue;
		for (u32 slot = 0; slot < TASKS_CHUNK; slot++)
			drop_dists(tasks, &chunk->state[slot]);
		chunk_free(tasks, chunk);
	}
	comms_fini(tasks);
	vec_release((void **)&tasks->chunks);
	cgroups_fini(&tasks->groups);
	chunk_free(tasks, tasks->graveyard);
	pool_fini(&tasks->chunk_pool);
	pool_fini(&tasks->state_pool);
	free(tasks->flat);
	dists_free(tasks->scrap);
	dists_free(tasks->blank);
}

/*
 * From now on distributions are kept by comm. What was collected so far is merged into the comms
 * that the tasks have now, so no sample is lost; later samples go to the comm of their moment.
 */
static void tasks_go_by_comm(struct tasks *tasks)
{
	samples_flush(&tasks->samples);
	for (u32 i = 0; i < tasks->nr_chunks; i++) {
		struct task_chunk *chunk = tasks->chunks[i];

		if (chunk == tasks->graveyard)
			continue;
		for (u32 slot = 0; slot < TASKS_CHUNK; slot++) {
			struct task_state *state = &chunk->state[slot];
			u32 comm = chunk->info[slot].comm;

			if (!chunk->info[slot].known)
				continue;
			dists_merge(comm_dists(tasks, comm), state->dists);
			drop_dists(tasks, state);
			state->dists = comm_dists(tasks, comm);
		}
	}
	tasks->by_comm = true;
}

void tasks_introduce(struct tasks *tasks, const struct record *r)
{
	if (r->task < tasks->nr_cpus)
		return;
	struct task_chunk *chunk = chunk_for(tasks, r->task);
	u32 slot = r->task % TASKS_CHUNK;
	struct task_info *info = &chunk->info[slot];
	struct task_state *state = &chunk->state[slot];

	if (!info->known) {
		chunk->nr_known++;
		tasks->nr_tasks++;
		if (!tasks->by_comm && tasks->nr_tasks > METRICS_TASK_LIMIT)
			tasks_go_by_comm(tasks);
		info->known = true;
		info->start_ns = r->when;
		state->dists = tasks->by_comm ? comm_dists(tasks, (u32)r->value) : tasks->blank;
	}
	info->pid = r->arg;
	info->tgid = (u32)(r->value >> 32);
	info->comm = (u32)r->value;
	info->flags = r->flags & (RECORD_FLAG_KTHREAD | RECORD_FLAG_WORKLOAD);
	if (r->other != TASK_ID_NONE) {
		const struct task_info *parent =
			&tasks_chunk(tasks, r->other)->info[r->other % TASKS_CHUNK];

		/* A new thread has its creator's parent. */
		info->ppid = info->tgid != info->pid ? parent->ppid : parent->tgid;
	}
	if (state->phase == PHASE_UNKNOWN || state->phase == PHASE_SLEEPING) {
		/* A trace introduces a task just before its first event: no sleep is made up. */
		state->phase = r->kind == RECORD_FORK ? PHASE_NEW : PHASE_SLEEPING;
		state->since = r->when;
	}
	tasks_comm(tasks, info->comm);
}

void tasks_attr(struct tasks *tasks, const struct record *r)
{
	struct task_info *info = &tasks_chunk(tasks, r->task)->info[r->task % TASKS_CHUNK];

	info->policy = (u8)(r->arg >> 8);
	tasks->simulated |= info->policy != ROSTER_POLICY_UNKNOWN;
	info->nice = (s8)(s32)(r->value >> 32);
	info->prio = (s16)(s32)(u32)r->value;
}

void tasks_rename(struct tasks *tasks, u32 task, u32 comm)
{
	struct task_chunk *chunk = tasks_chunk(tasks, task);
	struct task_info *info = &chunk->info[task % TASKS_CHUNK];

	if (!info->known || info->comm == comm)
		return;
	info->comm = comm;
	tasks_comm(tasks, comm);
	if (tasks->by_comm)
		chunk->state[task % TASKS_CHUNK].dists = comm_dists(tasks, comm);
}

void tasks_carry(struct tasks *tasks, u32 task, u32 counter)
{
	struct task_rare *rare = chunk_rare(tasks_chunk(tasks, task), task % TASKS_CHUNK);

	if (counter < 2)
		rare->switch_carry[counter]++;
	else
		rare->move_carry[counter - 2]++;
}

void task_sums_of(const struct task_chunk *chunk, u32 slot, struct task_sums *sums)
{
	const struct task_state *state = &chunk->state[slot];
	const struct task_rare *rare = chunk_rare_of(chunk, slot);

	*sums = (struct task_sums){
		.cpu_ns = state->cpu_ns,
		.run_delay_ns = state->run_delay_ns,
		.sleep_ns = state->sleep_ns,
		.blocked_ns = rare->blocked_ns,
		.stopped_ns = rare->stopped_ns,
		.traced_ns = rare->traced_ns,
		.parked_ns = rare->parked_ns,
		.forced_idle_ns = rare->forced_idle_ns,
		.futile_wakeups = rare->futile_wakeups,
		.failed_calls = rare->failed_calls,
		.minor_faults = rare->minor_faults,
		.cow_pages = rare->cow_pages,
		.voluntary_switches = ((u64)rare->switch_carry[0] << 32) + state->voluntary,
		.involuntary_switches = ((u64)rare->switch_carry[1] << 32) + state->involuntary,
		.wakeups = ((u64)rare->move_carry[0] << 16) + state->wakeups,
		.migrations = ((u64)rare->move_carry[1] << 16) + state->migrations,
	};
}

void task_sums_add(struct task_sums *into, const struct task_sums *from)
{
	into->cpu_ns += from->cpu_ns;
	into->run_delay_ns += from->run_delay_ns;
	into->sleep_ns += from->sleep_ns;
	into->blocked_ns += from->blocked_ns;
	into->stopped_ns += from->stopped_ns;
	into->traced_ns += from->traced_ns;
	into->parked_ns += from->parked_ns;
	into->forced_idle_ns += from->forced_idle_ns;
	into->futile_wakeups += from->futile_wakeups;
	into->failed_calls += from->failed_calls;
	into->minor_faults += from->minor_faults;
	into->cow_pages += from->cow_pages;
	into->voluntary_switches += from->voluntary_switches;
	into->involuntary_switches += from->involuntary_switches;
	into->wakeups += from->wakeups;
	into->migrations += from->migrations;
}

/* Adds what remains of a dead task to its comm and to the totals. */
static void fold_task(struct tasks *tasks, const struct task_chunk *chunk, u32 slot)
{
	const struct task_info *info = &chunk->info[slot];
	const struct task_rare *rare = chunk_rare_of(chunk, slot);
	struct comm_folded *folded = comm_folded(tasks, tasks_comm(tasks, info->comm));
	struct task_sums sums;

	task_sums_of(chunk, slot, &sums);
	cgroups_credit(&tasks->groups, rare->group, sums.cpu_ns - rare->group_cpu_ns);
	task_sums_add(&folded->sums, &sums);
	folded->nr_tasks++;
	folded->flags |= info->flags;
	tasks->nr_folded++;
	tasks->folded_wakeups += sums.wakeups;
	tasks->folded_migrations += sums.migrations;
	if (info->flags & RECORD_FLAG_WORKLOAD)
		fairness_add(&tasks->fair_workload, sums.cpu_ns, info);
	if (!(info->flags & RECORD_FLAG_KTHREAD))
		fairness_add(&tasks->fair_all, sums.cpu_ns, info);
}

/* All 64 tasks of a chunk are dead: it is summed up and given back. */
static void fold_chunk(struct tasks *tasks, u32 index)
{
	struct task_chunk *chunk = tasks->chunks[index];

	samples_flush(&tasks->samples);
	for (u32 slot = 0; slot < TASKS_CHUNK; slot++) {
		if (!chunk->info[slot].gone)
			fold_task(tasks, chunk, slot);
		if (!tasks->by_comm)
			comm_merge(tasks_comm(tasks, chunk->info[slot].comm),
				   chunk->state[slot].dists);
		drop_dists(tasks, &chunk->state[slot]);
	}
	tasks->chunks[index] = tasks->graveyard;
	chunk_free(tasks, chunk);
}

void tasks_died(struct tasks *tasks, u32 task, u64 when, bool counts)
{
	struct task_chunk *chunk = tasks_chunk(tasks, task);
	struct task_info *info = &chunk->info[task % TASKS_CHUNK];

	if (chunk == tasks->graveyard || !info->known || info->end_ns != METRIC_NO_TIME)
		return;
	info->end_ns = (s64)when;
	info->gone = !counts;
	chunk->nr_dead++;
	if (chunk->nr_dead == TASKS_CHUNK && task >= METRICS_DETAIL)
		fold_chunk(tasks, task >> TASKS_CHUNK_SHIFT);
}

void tasks_exited(struct tasks *tasks, u32 task, u16 status)
{
	struct task_chunk *chunk = tasks_chunk(tasks, task);

	if (chunk != tasks->graveyard)
		chunk->info[task % TASKS_CHUNK].exit_status = status;
}

void tasks_regroup(struct tasks *tasks, u32 task, u32 group, u64 cpu_ns)
{
	struct task_chunk *chunk = tasks_chunk(tasks, task);
	struct task_rare *rare;

	if (chunk == tasks->graveyard)
		return;
	rare = chunk_rare(chunk, task % TASKS_CHUNK);
	cgroups_credit(&tasks->groups, rare->group, cpu_ns - rare->group_cpu_ns);
	rare->group = group;
	rare->group_cpu_ns = cpu_ns;
}

void tasks_freed(struct tasks *tasks, u32 task)
{
	tasks_chunk(tasks, task)->info[task % TASKS_CHUNK].freed = true;
}

char task_letter(const struct task_state *state, const struct task_info *info)
{
	static const char letters[NR_PHASES + 1] = "SDTtXZPIRRRRS";

	return info->freed && phase_is_dead(state->phase) ? 'X' : letters[state->phase];
}

u32 tasks_active(const struct tasks *tasks)
{
	u32 active = 0;

	for (u32 i = 0; i < tasks->nr_chunks; i++) {
		const struct task_chunk *chunk = tasks->chunks[i];

		if (chunk == tasks->graveyard)
			continue;
		for (u32 slot = 0; slot < TASKS_CHUNK; slot++)
			active += chunk->info[slot].known &&
				  (phase_is_awake(chunk->state[slot].phase) ||
				   chunk->state[slot].phase == PHASE_BLOCKED);
	}
	return active;
}
