/* SPDX-License-Identifier: MIT */
/* Delays of a task, as records tell them. */
#include "observe/delay.h"

#include <stdio.h>
#include <string.h>

void delay_finder_init(struct delay_finder *finder, const char *name, u64 at,
		       const struct names *names)
{
	*finder = (struct delay_finder){.name = name, .at = at, .names = names, .first = NEVER};
	roster_init(&finder->roster);
}

void delay_finder_fini(struct delay_finder *finder)
{
	roster_fini(&finder->roster);
	vec_fini(&finder->waiting);
}

/* Is the task called @name: its comm, or its pid in digits? */
static bool roster_is_called(const struct roster *roster, const struct names *names, u32 task,
			     const char *name)
{
	const struct roster_entry *entry = roster_get(roster, task);
	char pid[16];

	if (!entry)
		return false;
	if (!strcmp(names_text(names, entry->comm), name))
		return true;
	snprintf(pid, sizeof(pid), "%u", entry->pid);
	return entry->pid && !strcmp(pid, name);
}

/* NULL: nobody we look for. */
static struct delay *slot_of(struct delay_finder *finder, u32 task)
{
	if (!roster_is_called(&finder->roster, finder->names, task, finder->name))
		return NULL;
	while (finder->waiting.len <= task) {
		u32 id = finder->waiting.len;

		vec_push(&finder->waiting, (struct delay){.task = id, .from = NEVER});
	}
	return &finder->waiting.at[task];
}

static bool covers(const struct delay *delay, u64 at)
{
	return delay->from <= at && at < delay->to;
}

static bool is_better(const struct delay_finder *finder, const struct delay *delay)
{
	const struct delay *found = &finder->found;
	bool longer = delay->to - delay->from > found->to - found->from;

	if (finder->at != NEVER && delay->from > finder->at)
		return false;
	if (!finder->any)
		return true;
	if (finder->at == NEVER)
		return longer;
	if (covers(found, finder->at) || covers(delay, finder->at))
		return covers(delay, finder->at) && (longer || !covers(found, finder->at));
	return delay->to >= found->to;
}

static void begin(struct delay_finder *finder, u32 task, u64 when, enum delay_start start)
{
	struct delay *delay = slot_of(finder, task);

	if (!delay || delay->from != NEVER)
		return;
	finder->nr_waiting++;
	finder->first = min_of(finder->first, when);
	delay->from = when;
	delay->start = (u8)start;
}

static void end(struct delay_finder *finder, struct delay *delay, u64 when, bool finished)
{
	if (delay->from == NEVER)
		return;
	delay->to = when;
	delay->finished = finished;
	if (is_better(finder, delay)) {
		finder->found = *delay;
		finder->any = true;
	}
	delay->from = NEVER;
	finder->nr_waiting--;
}

static void take_record(struct delay_finder *finder, const struct record *r)
{
	struct delay *delay;

	roster_take(&finder->roster, r);
	switch ((enum record_kind)r->kind) {
	case RECORD_WAKING:
		/* A task may wake itself while it still runs: then it does not wait. */
		if (r->task != r->other)
			begin(finder, r->task, r->when, DELAY_WOKEN);
		break;
	case RECORD_WAKEUP_NEW:
		begin(finder, r->task, r->when, DELAY_NEW);
		break;
	case RECORD_SWITCH:
		if (record_prev_runnable(r))
			begin(finder, r->task, r->when, DELAY_PREEMPTED);
		delay = slot_of(finder, r->other);
		if (delay)
			end(finder, delay, r->when, true);
		break;
	default:
		break;
	}
}

static void take(void *self, const struct record *batch, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_record(self, &batch[i]);
}

struct sink delay_finder_sink(struct delay_finder *finder)
{
	return (struct sink){
		.self = finder,
		.wants = ROSTER_WANTS | RECORD_BIT(WAKING) | RECORD_BIT(WAKEUP_NEW) |
			 RECORD_BIT(SWITCH),
		.take = take,
	};
}

void delay_finder_end(struct delay_finder *finder, u64 now)
{
	for (u32 i = 0; i < finder->waiting.len; i++)
		end(finder, &finder->waiting.at[i], now, false);
}

bool delay_finder_knows(const struct delay_finder *finder)
{
	for (u32 task = 0; task < finder->roster.entries.len; task++)
		if (roster_is_called(&finder->roster, finder->names, task, finder->name))
			return true;
	return false;
}

const char *delay_finder_suggest(const struct delay_finder *finder)
{
	vec_of(const char *) comms = {0};
	const char *best;

	for (u32 task = 0; task < finder->roster.entries.len; task++) {
		const struct roster_entry *entry = roster_get(&finder->roster, task);

		if (entry && entry->comm)
			vec_push(&comms, names_text(finder->names, entry->comm));
	}
	best = text_suggest(finder->name, comms.at, comms.len);
	vec_fini(&comms);
	return best;
}
