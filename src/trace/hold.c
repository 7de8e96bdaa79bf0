/* SPDX-License-Identifier: MIT */
/* The last records of a real trace, in a ring, sorted by time with insertion from the end. */
#include "trace/hold.h"

#include "base/vec.h"

void hold_init(struct hold *hold, struct stream *stream)
{
	u32 cap = 0;

	*hold = (struct hold){.stream = stream};
	vec_grow((void **)&hold->ring, &cap, HOLD_RECORDS, sizeof(*hold->ring));
}

void hold_fini(struct hold *hold)
{
	vec_release((void **)&hold->ring);
}

void hold_release(struct hold *hold, u64 count)
{
	count = min_of(count, hold->tail - hold->head);
	if (!count)
		return;
	while (count--)
		stream_put(hold->stream, hold->ring[hold->head++ % HOLD_RECORDS]);
	hold->handed_on = hold->ring[(hold->head - 1) % HOLD_RECORDS].when;
}

void hold_release_all(struct hold *hold)
{
	hold_release(hold, HOLD_RECORDS);
}

/* True if @r may not come before @earlier, which tells who the tasks of @r are. */
static bool introduces(const struct record *earlier, const struct record *r)
{
	if (!((RECORD_BIT(TASK) | RECORD_BIT(FORK)) >> earlier->kind & 1))
		return false;
	return r->task == earlier->task || r->other == earlier->task;
}

static void sift(struct hold *hold, u64 at);

/*
 * The record before @at introduces a task of the one at @at. A task that lived before the trace has
 * no moment of its own, so its TASK record goes along with whoever needs it earlier. It depends on
 * nobody, so nothing stops it, and every such step leaves one record less in the way. A task that
 * was born in the trace does not act before it was told of. False if @at has to stay where it is.
 */
static bool take_along(struct hold *hold, u64 at)
{
	struct record *r = &hold->ring[at % HOLD_RECORDS];
	struct record *earlier = &hold->ring[(at - 1) % HOLD_RECORDS];

	if (earlier->kind == RECORD_TASK && earlier->other == TASK_ID_NONE) {
		earlier->when = r->when;
		sift(hold, at - 1);
		return true;
	}
	r->when = earlier->when;
	return false;
}

/* Moves the record at @at towards the head, past all that are later than it. */
static void sift(struct hold *hold, u64 at)
{
	for (; at > hold->head; at--) {
		struct record *r = &hold->ring[at % HOLD_RECORDS];
		struct record *earlier = &hold->ring[(at - 1) % HOLD_RECORDS];

		while (earlier->when > r->when && introduces(earlier, r))
			if (!take_along(hold, at))
				return;
		if (earlier->when <= r->when)
			return;

		struct record swapped = *earlier;

		*earlier = *r;
		*r = swapped;
	}
}

void hold_sort_in(struct hold *hold)
{
	struct record *r = &hold->ring[(hold->tail - 1) % HOLD_RECORDS];

	if (r->when < hold->handed_on)
		r->when = hold->latest;
	else
		sift(hold, hold->tail - 1);
}
