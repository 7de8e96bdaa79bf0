/* SPDX-License-Identifier: MIT */
/* What happens to a machine by itself: cpus that go offline and come back, interrupts. */
#include "model/builder_inside.h"

#include <string.h>

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

/* ---- Interrupts ---- */

void builder_irq(struct builder *b, struct loc loc, const struct irq_options *options)
{
	vec_push(&b->irqs_at, (struct irq_at){.options = *options, .loc = loc});
}

static bool check_irq(struct builder *b, u32 index)
{
	const struct irq_at *at = &b->irqs_at.at[index];
	const struct irq_options *options = &at->options;
	struct irq_spec irq = {
		.name = arena_strndup(b->arena, options->name, strlen(options->name))};

	for (u32 i = 0; i < index; i++)
		if (!strcmp(b->irqs_at.at[i].options.name, options->name))
			return diag_error(b->diag, at->loc, "there are two irqs '%s'",
					  options->name);
	if (!options->every.is_dist && !options->every.value)
		return diag_error(b->diag, at->loc,
				  "irq '%s' would come all the time: 'every' is 0", options->name);
	irq.cpus = builder_cpus(b, at->loc, options->cpus ? options->cpus : "all");
	irq.has_first = options->has_first;
	if (!irq.cpus || !take_dist(b, at->loc, &options->every, &irq.every) ||
	    !take_dist(b, at->loc, irq.has_first ? &options->first : &options->every, &irq.first) ||
	    !take_dist(b, at->loc, &options->time, &irq.time) ||
	    !take_dist(b, at->loc, &options->softirq, &irq.softirq))
		return false;
	vec_push(&b->irqs, irq);
	return true;
}

bool check_irqs(struct builder *b)
{
	bool good = true;

	for (u32 i = 0; i < b->irqs_at.len; i++)
		good &= check_irq(b, i);
	return good;
}
