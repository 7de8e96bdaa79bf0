/* SPDX-License-Identifier: MIT */
/* Per comm: sums of tasks that are no longer kept, and whose distributions take a comm's samples.
 */
#include <stdlib.h>

#include "base/ensure.h"
#include "observe/tasks.h"

struct dists *dists_new(void)
{
	struct dists *dists = aligned_alloc(64, sizeof(*dists));

	if (dists == NULL)
		die("out of memory for distributions");
	for (u32 i = 0; i < NR_DISTS; i++)
		hist_init(&dists->hist[i]);
	return dists;
}

void dists_free(struct dists *dists)
{
	if (dists == NULL)
		return;
	for (u32 i = 0; i < NR_DISTS; i++)
		hist_fini(&dists->hist[i]);
	free(dists);
}

void dists_merge(struct dists *into, const struct dists *from)
{
	for (u32 i = 0; i < NR_METRIC_DISTS; i++)
		hist_merge(&into->hist[i], &from->hist[i]);
}

struct comm_state *tasks_comm(struct tasks *tasks, u32 comm)
{
	if (comm >= tasks->cap_comm_index)
		vec_grow((void **)&tasks->comm_index, &tasks->cap_comm_index, comm + 1,
			 sizeof(*tasks->comm_index));
	if (tasks->comm_index[comm] == 0) {
		vec_push(&tasks->comms, (struct comm_state){.comm = comm});
		tasks->comm_index[comm] = tasks->comms.len;
	}
	return &tasks->comms.at[tasks->comm_index[comm] - 1];
}

struct comm_folded *comm_folded(struct tasks *tasks, struct comm_state *comm)
{
	if (!comm->folded) {
		vec_push(&tasks->folded, (struct comm_folded){0});
		comm->folded = tasks->folded.len & INT32_MAX;
	}
	return &tasks->folded.at[comm->folded - 1];
}

/* ---- Kept by comm ---- */

/* The first comm with the stem of comm number @index, which may be itself. */
static u32 first_of_stem(struct tasks *tasks, u32 index)
{
	const char *name = names_text(tasks->names, tasks->comms.at[index].comm);
	u32 stem = names_intern(&tasks->stems, name, name_stem(name));

	if (stem > tasks->stem_comm.len)
		vec_push(&tasks->stem_comm, index);
	return tasks->stem_comm.at[stem - 1];
}

struct dists *comm_dists(struct tasks *tasks, u32 comm)
{
	struct comm_state *state = tasks_comm(tasks, comm);
	u32 index = (u32)(state - tasks->comms.at);

	if (index >= METRICS_COMM_LIMIT && tasks->names != NULL) {
		if (tasks->stem_comm.len == 0)
			for (u32 i = 0; i < METRICS_COMM_LIMIT; i++)
				first_of_stem(tasks, i);
		state = &tasks->comms.at[first_of_stem(tasks, index)];
	}
	if (state->dists == NULL)
		state->dists = dists_new();
	return state->dists;
}

/* ---- Added up ---- */

static bool dists_empty(const struct dists *dists)
{
	u64 count = 0;

	for (u32 i = 0; i < NR_METRIC_DISTS; i++)
		count |= dists->hist[i].count;
	return count == 0;
}

void comm_merge(struct comm_state *comm, const struct dists *dists)
{
	struct dists *lent = comm->lent ? comm->dists : NULL;

	if (dists_empty(dists))
		return;
	if (comm->dists == NULL || lent)
		comm->dists = dists_new();
	comm->lent = false;
	if (lent)
		dists_merge(comm->dists, lent);
	dists_merge(comm->dists, dists);
}

void comm_show(struct comm_state *comm, struct dists *dists)
{
	if (comm->dists != NULL) {
		comm_merge(comm, dists);
	} else if (!dists_empty(dists)) {
		comm->dists = dists;
		comm->lent = true;
	}
}

void comms_fini(struct tasks *tasks)
{
	for (u32 i = 0; i < tasks->comms.len; i++)
		if (!tasks->comms.at[i].lent)
			dists_free(tasks->comms.at[i].dists);
	vec_fini(&tasks->comms);
	vec_fini(&tasks->folded);
	vec_fini(&tasks->stem_comm);
	vec_release((void **)&tasks->comm_index);
	names_fini(&tasks->stems);
}
