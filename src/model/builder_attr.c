/* SPDX-License-Identifier: MIT */
/*
 * Scheduling attributes, of a task from its start or set by an op: what the kernel would refuse is
 * an error, what it would change is changed with a warning.
 */
#include "model/builder_inside.h"

/* A custom slice is kept within these by the kernel. */
#define SLICE_LEAST_NS    (100 * USEC)
#define SLICE_GREATEST_NS (100 * MSEC)

enum { NICE_LEAST = -20, NICE_GREATEST = 19, RT_PRIORITY_GREATEST = 99 };

bool check_nice(struct builder *b, struct loc loc, s64 nice)
{
	if (nice >= NICE_LEAST && nice <= NICE_GREATEST)
		return true;
	return diag_error(b->diag, loc, "nice %" PRId64 " in task '%s': it must be %d..%d", nice,
			  b->task.name, NICE_LEAST, NICE_GREATEST);
}

static bool check_policy(struct builder *b, struct loc loc, const struct sched_attr *attr)
{
	const char *name = policy_name(attr->policy);
	bool rt = policy_is_rt(attr->policy);

	if (!rt && !policy_is_fair(attr->policy) && attr->policy != POLICY_DEADLINE)
		return diag_error(b->diag, loc, "policy '%s' in task '%s' is not yet modelled",
				  name, b->task.name);
	if (attr->policy == POLICY_EXT && !kernel_has(&b->w.kernel, FEATURE_SCHED_EXT))
		return diag_error(b->diag, loc,
				  "kernel %s has no policy 'ext' (task '%s'): it came with v6.12",
				  b->w.kernel.name, b->task.name);
	if (rt && (attr->rt_priority < 1 || attr->rt_priority > RT_PRIORITY_GREATEST))
		return diag_error(b->diag, loc,
				  "policy '%s' in task '%s' needs a priority of 1..%d", name,
				  b->task.name, RT_PRIORITY_GREATEST);
	if (!rt && attr->rt_priority)
		return diag_error(b->diag, loc,
				  "priority %u in task '%s' goes with the policies 'fifo' "
				  "and 'rr', not with '%s'",
				  attr->rt_priority, b->task.name, name);
	return true;
}

u64 check_slice(struct builder *b, struct loc loc, u64 slice_ns)
{
	u64 taken = clamp_to(slice_ns, SLICE_LEAST_NS, SLICE_GREATEST_NS);
	char given[16], used[16];

	if (slice_ns == 0)
		return 0;
	if (b->w.kernel.fair == FAIR_CFS) {
		diag_warning(b->diag, loc,
			     "kernel %s has no custom slices: the slice of task '%s' is "
			     "ignored",
			     b->w.kernel.name, b->task.name);
		return 0;
	}
	if (taken != slice_ns) {
		format_duration(slice_ns, given);
		format_duration(taken, used);
		diag_warning(b->diag, loc, "slice %s in task '%s': the kernel takes %s", given,
			     b->task.name, used);
	}
	return taken;
}

/* __setscheduler_params(): what fair_policy() does not name is given no slice. */
static u64 no_slice_of_idle(struct builder *b, struct loc loc)
{
	diag_warning(
		b->diag, loc,
		"the slice of task '%s' is ignored: the kernel takes none along with the policy 'idle'",
		b->task.name);
	return 0;
}

/* A deadline task's budget, of which at least this much is needed: __checkparam_dl(). */
#define DL_RUNTIME_LEAST_NS 1024

static bool check_period(struct builder *b, struct loc loc, u64 period_ns)
{
	u64 least = b->w.kernel.knobs.dl_period_min_us * USEC;
	u64 most = b->w.kernel.knobs.dl_period_max_us * USEC;
	char given[16], low[16], high[16];

	if (period_ns >= least && period_ns <= most)
		return true;
	format_duration(period_ns, given);
	format_duration(least, low);
	format_duration(most, high);
	return diag_error(b->diag, loc, "period %s in task '%s': it must be %s..%s", given,
			  b->task.name, low, high);
}

static bool check_deadline(struct builder *b, struct loc loc, struct sched_attr *attr)
{
	if (attr->policy != POLICY_DEADLINE)
		return true;
	if (!attr->dl_period)
		attr->dl_period = attr->dl_deadline;
	if (attr->dl_runtime < DL_RUNTIME_LEAST_NS)
		return diag_error(b->diag, loc,
				  "runtime %" PRIu64 " ns in task '%s': it must be %d ns at least",
				  attr->dl_runtime, b->task.name, DL_RUNTIME_LEAST_NS);
	if (attr->dl_runtime > attr->dl_deadline)
		return diag_error(b->diag, loc,
				  "task '%s' has more runtime than fits before its deadline",
				  b->task.name);
	if (attr->dl_deadline > attr->dl_period)
		return diag_error(b->diag, loc, "the deadline of task '%s' is after its period",
				  b->task.name);
	return check_period(b, loc, attr->dl_period);
}

bool check_attr(struct builder *b, struct loc loc, struct sched_attr *attr)
{
	bool good = check_policy(b, loc, attr);

	good &= check_nice(b, loc, attr->nice);
	good &= check_deadline(b, loc, attr);
	attr->slice_ns = check_slice(b, loc, attr->slice_ns);
	if (attr->slice_ns && attr->policy == POLICY_IDLE)
		attr->slice_ns = no_slice_of_idle(b, loc);
	return good;
}
