/* SPDX-License-Identifier: MIT */
/* A scenario's switches, through the same doors as the program: compile, simulate, a sink. */
#include "schedule.h"

#include "base/diag.h"
#include "base/vec.h"
#include "input/input.h"
#include "run/sim.h"
#include "trace/roster.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct collector {
	vec_of(struct switch_event) events;
	struct roster roster;
	const struct names *names;
	struct schedule *schedule;
};

static void comm_of(const struct collector *c, u32 task, char out[16])
{
	const struct roster_entry *entry = roster_get(&c->roster, task);
	const char *comm = entry ? names_text(c->names, entry->comm) : "?";

	snprintf(out, 16, "%s", strncmp(comm, "swapper", 7) ? comm : "idle");
}

static void take(void *self, const struct record *batch, size_t count)
{
	struct collector *c = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];
		struct switch_event event = {.when = r->when, .cpu = r->cpu};

		roster_take(&c->roster, r);
		if (r->kind == RECORD_MIGRATE && c->schedule->nr_migrations < 64)
			c->schedule->migrations[c->schedule->nr_migrations++] = r->when;
		if (r->kind != RECORD_SWITCH)
			continue;
		comm_of(c, r->task, event.prev);
		comm_of(c, r->other, event.next);
		event.prev_state = record_prev_state(r);
		vec_push(&c->events, event);
	}
}

struct schedule schedule_run(const char *yaml, const char *const *settings)
{
	struct schedule schedule = {0};
	struct collector collector = {.schedule = &schedule};
	struct setting set[16];
	char texts[16][96];
	u32 n = 0;
	struct diag *diag = diag_new();
	const struct workload *workload;
	struct arena arena;
	struct names names;
	struct stream stream;
	struct sim *sim;

	for (; settings && settings[n] && n < 16; n++) {
		char *equals;

		snprintf(texts[n], sizeof(texts[n]), "%s", settings[n]);
		equals = strchr(texts[n], '=');
		cr_assert(equals);
		*equals = '\0';
		set[n] = (struct setting){.path = texts[n], .value = equals + 1};
	}
	arena_init(&arena);
	names_init(&names);
	roster_init(&collector.roster);
	collector.names = &names;
	workload = scenario_compile(&arena, diag, diag_add_source(diag, "test", yaml, strlen(yaml)), "test",
				    yaml, strlen(yaml), set, n);
	diag_print(diag, stderr);
	cr_assert(workload, "the scenario does not compile");
	stream_init(&stream, &names, workload->platform.nr_cpus);
	stream_add_sink(&stream, (struct sink){
		.self = &collector,
		.wants = ROSTER_WANTS | RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE),
		.take = take,
	});
	sim = sim_new(workload, &stream, &names);
	cr_assert(sim_run(sim), "%s", sim_failure(sim));
	sim_free(sim);
	stream_fini(&stream);
	roster_fini(&collector.roster);
	names_fini(&names);
	arena_fini(&arena);
	diag_free(diag);
	schedule.events = collector.events.at;
	schedule.count = collector.events.len;
	return schedule;
}

void schedule_free(struct schedule *schedule)
{
	free(schedule->events);
}

void schedule_text(const struct schedule *schedule, u32 cpu, u32 count, char *buf, u32 size)
{
	u32 len = 0;

	buf[0] = '\0';
	for (u32 i = 0; i < schedule->count && count && len < size; i++) {
		const struct switch_event *e = &schedule->events[i];
		u64 ms = e->when / MSEC, rest = e->when % MSEC;

		if (e->cpu != cpu)
			continue;
		len += (u32)snprintf(buf + len, size - len, "%s%" PRIu64, len ? ", " : "", ms);
		if (rest && len < size) {
			char fraction[8];
			int last = 5;

			snprintf(fraction, sizeof(fraction), "%06u", (u32)rest);
			while (last > 0 && fraction[last] == '0')
				fraction[last--] = '\0';
			len += (u32)snprintf(buf + len, size - len, ".%s", fraction);
		}
		if (len < size)
			len += (u32)snprintf(buf + len, size - len, " %s", e->next);
		count--;
	}
}
