/* SPDX-License-Identifier: MIT */
/* What is written to the scheduler's files in mid-run, by time. */
#include "model/builder_inside.h"

#include <string.h>

#include "model/inert.h"

/*
 * Those that are looked at whenever they matter. The others' values have been given to somebody by
 * then.
 */
static const enum knob_id writable[] = {
	KNOB_ID_latency_ns,
	KNOB_ID_min_granularity_ns,
	KNOB_ID_wakeup_granularity_ns,
	KNOB_ID_idle_min_granularity_ns,
	KNOB_ID_child_runs_first,
	KNOB_ID_base_slice_ns,
	KNOB_ID_migration_cost_ns,
	KNOB_ID_nr_migrate,
	KNOB_ID_rr_timeslice_ms,
	KNOB_ID_cfs_bandwidth_slice_us,
	KNOB_ID_fair_server_runtime_ns,
	KNOB_ID_fair_server_period_ns,
	KNOB_ID_rt_runtime_us,
	KNOB_ID_rt_period_us,
};

static bool is_writable(int knob)
{
	for (u32 i = 0; i < ARRAY_SIZE(writable); i++)
		if ((int)writable[i] == knob)
			return true;
	return false;
}

/* By time, in the order of writing where that is equal. */
static void insert(struct builder *b, const struct sched_write *write)
{
	u32 i = b->sched_writes.len;

	vec_push(&b->sched_writes, *write);
	for (; i && b->sched_writes.at[i - 1].at > write->at; i--)
		b->sched_writes.at[i] = b->sched_writes.at[i - 1];
	b->sched_writes.at[i] = *write;
}

bool builder_knob_write(struct builder *b, struct loc loc, u64 at, const char *name, u64 value)
{
	int knob = knob_find(name);

	if (!builder_knob_is_good(b, loc, name, &value))
		return false;
	if (inert_knob_find(name))
		return true;
	if (!is_writable(knob))
		return diag_error(b->diag, loc, "%s cannot be written in mid-run here", name);
	insert(b, &(struct sched_write){.at = at, .knob = (u16)knob, .value = value});
	return true;
}

bool builder_feature_write(struct builder *b, struct loc loc, u64 at, const char *name)
{
	u128 before = b->w.kernel.features, set_before = b->features_set;
	bool on = strncmp(name, "NO_", 3) != 0, good = builder_feature(b, loc, name);
	int bit = feature_find(on ? name : name + 3);

	b->features_set = set_before;
	b->w.kernel.features = before; /* that was a check of the name */
	if (!good || bit < 0)
		return good;
	if (bit >= NR_SCHED_FEATURES)
		return diag_error(b->diag, loc,
				  "'%s' is no flag of the kernel's: it says how that is built",
				  name);
	if (bit == FEATURE_BIT_HRTICK || bit == FEATURE_BIT_HRTICK_DL)
		return diag_error(b->diag, loc, "%s cannot be written in mid-run here", name);
	insert(b,
	       &(struct sched_write){.at = at, .knob = NR_KNOBS, .feature = (u16)bit, .value = on});
	return true;
}
