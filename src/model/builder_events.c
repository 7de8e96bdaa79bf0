/* SPDX-License-Identifier: MIT */
/* The events of a machine: cpus that go offline and come back. */
#include "model/builder_inside.h"

#include "base/text.h"

void builder_cpu_event(struct builder *b, struct loc loc, const struct cpu_event *event)
{
	struct cpu_event_at entry = {.event = *event, .loc = loc};
	u32 i = b->cpu_events_at.len;

	vec_push(&b->cpu_events_at, entry);
	/* By time, in the order of writing where that is equal. */
	for (; i && b->cpu_events_at.at[i - 1].event.at > event->at; i--)
		b->cpu_events_at.at[i] = b->cpu_events_at.at[i - 1];
	b->cpu_events_at.at[i] = entry;
}

static bool check_event(struct builder *b, const struct cpu_event_at *entry, bool *online)
{
	const struct cpu_event *event = &entry->event;
	u32 nr_cpus = b->w.platform.nr_cpus;
	char when[16];

	if (event->cpu >= nr_cpus)
		return diag_error(b->diag, entry->loc,
				  "there is no cpu %u: the machine has cpus 0..%u", event->cpu,
				  nr_cpus - 1);
	if (event->cpu == 0)
		return diag_error(
			b->diag, entry->loc,
			"cpu 0 stays online: the kernel boots from it and lets it not go");
	format_duration(event->at, when);
	if (online[event->cpu] == event->online)
		return diag_error(b->diag, entry->loc, "cpu %u is %s already at %s", event->cpu,
				  event->online ? "online" : "offline", when);
	online[event->cpu] = event->online;
	return true;
}

bool check_cpu_events(struct builder *b)
{
	bool *online = arena_array(b->arena, bool, b->w.platform.nr_cpus), good = true;

	for (u32 cpu = 0; cpu < b->w.platform.nr_cpus; cpu++)
		online[cpu] = true;
	for (u32 i = 0; i < b->cpu_events_at.len; i++) {
		good &= check_event(b, &b->cpu_events_at.at[i], online);
		vec_push(&b->cpu_events, b->cpu_events_at.at[i].event);
	}
	return good;
}
