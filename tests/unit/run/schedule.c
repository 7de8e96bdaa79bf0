/* SPDX-License-Identifier: MIT */
/* A scenario's switches, through the same doors as the program: compile, simulate, a sink. */
#include "schedule.h"

#include "base/diag.h"
#include "base/text.h"
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
		event.next_prio = record_next_prio(r);
		vec_push(&c->events, event);
	}
}

/* ---- Running ---- */

/* @names is where @sink finds texts; it is ready before the first record. Returns the timed events.
 */
static u64 simulate(const char *yaml, const char *const *settings, struct names *names,
		    struct sink sink)
{
	struct setting set[16];
	char texts[16][96];
	u32 n = 0;
	struct diag *diag = diag_new();
	const struct workload *workload;
	struct arena arena;
	struct stream stream;
	struct sim *sim;
	u64 nr_events;

	for (; settings && settings[n] && n < 16; n++) {
		char *equals;

		snprintf(texts[n], sizeof(texts[n]), "%s", settings[n]);
		equals = strchr(texts[n], '=');
		cr_assert(equals);
		*equals = '\0';
		set[n] = (struct setting){.path = texts[n], .value = equals + 1};
	}
	arena_init(&arena);
	names_init(names);
	workload = scenario_compile(&arena, diag, diag_add_source(diag, "test", yaml, strlen(yaml)),
				    "test", yaml, strlen(yaml), set, n);
	diag_print(diag, stderr);
	cr_assert(workload, "the scenario does not compile");
	stream_init(&stream, names, workload->platform.nr_cpus);
	stream_add_sink(&stream, sink);
	sim = sim_new(workload, &stream, names);
	cr_assert(sim_run(sim), "%s", sim_failure(sim));
	nr_events = sim_events(sim);
	sim_free(sim);
	stream_fini(&stream);
	names_fini(names);
	arena_fini(&arena);
	diag_free(diag);
	return nr_events;
}

struct schedule schedule_run(const char *yaml, const char *const *settings)
{
	struct schedule schedule = {0};
	struct names names;
	struct collector collector = {.schedule = &schedule, .names = &names};

	roster_init(&collector.roster);
	schedule.nr_events =
		simulate(yaml, settings, &names,
			 (struct sink){
				 .self = &collector,
				 .wants = ROSTER_WANTS | RECORD_BIT(SWITCH) | RECORD_BIT(MIGRATE),
				 .take = take,
			 });
	roster_fini(&collector.roster);
	schedule.events = collector.events.at;
	schedule.count = collector.events.len;
	return schedule;
}

void schedule_free(struct schedule *schedule)
{
	free(schedule->events);
}

/* "50", "52.4": milliseconds, with a fraction only if there is one. Returns the length. */
static u32 put_ms(char *buf, u32 size, u64 when)
{
	u64 rest = when % MSEC;
	u32 len = (u32)snprintf(buf, size, "%" PRIu64, (u64)(when / MSEC));
	char fraction[8];
	int last = 5;

	if (!rest)
		return len;
	snprintf(fraction, sizeof(fraction), "%06u", (u32)rest);
	while (last > 0 && fraction[last] == '0')
		fraction[last--] = '\0';
	return len + (u32)snprintf(buf + len, size - len, ".%s", fraction);
}

void schedule_text(const struct schedule *schedule, u32 cpu, u32 count, char *buf, u32 size)
{
	u32 len = 0;

	buf[0] = '\0';
	for (u32 i = 0; i < schedule->count && count && len < size; i++) {
		const struct switch_event *e = &schedule->events[i];

		if (e->cpu != cpu)
			continue;
		len += (u32)snprintf(buf + len, size - len, "%s", len ? ", " : "");
		if (len < size)
			len += put_ms(buf + len, size - len, e->when);
		if (len < size)
			len += (u32)snprintf(buf + len, size - len, " %s", e->next);
		count--;
	}
}

/* ---- Events as lines ---- */

struct logger {
	struct collector who; /* its roster and names */
	const struct event_filter *filter;
	struct text *out;
};

static void log_record(const struct logger *l, const struct record *r)
{
	char when[32], task[16], other[16], state[16];

	put_ms(when, sizeof(when), r->when);
	comm_of(&l->who, r->task, task);
	text_printf(l->out, "%s %u ", when, r->cpu);
	switch (r->kind) {
	case RECORD_SWITCH:
		comm_of(&l->who, r->other, other);
		text_printf(l->out, "%s %s > %s\n", task,
			    record_state_text(record_prev_state(r), state), other);
		break;
	case RECORD_MIGRATE:
		text_printf(l->out, "migrate %s %u>%u\n", task, r->arg & 0xffff, r->arg >> 16);
		break;
	case RECORD_CPU:
		text_printf(l->out, "cpu %s\n", r->value ? "online" : "offline");
		break;
	case RECORD_UNBOUND:
		text_printf(l->out, "unbound %s %u\n", task, r->arg);
		break;
	case RECORD_PI_SETPRIO:
		text_printf(l->out, "pi %s %d>%d\n", task, (s16)(r->arg >> 16), (s16)r->arg);
		break;
	case RECORD_RUNTIME:
		text_printf(l->out, "runtime %s %" PRIu64 "%s\n", task, r->value,
			    r->flags & RECORD_FLAG_IRQ ? " irq" : "");
		break;
	case RECORD_STAT_WAIT:
	case RECORD_STAT_SLEEP:
	case RECORD_STAT_IOWAIT:
	case RECORD_STAT_BLOCKED:
		text_printf(l->out, "%s %s %" PRIu64 "\n", record_kind_names[r->kind], task,
			    r->value);
		break;
	default:
		text_printf(l->out, "%s %s %u%s\n", record_kind_names[r->kind], task, r->arg,
			    r->flags & RECORD_FLAG_IRQ ? " irq" : "");
	}
}

static void log_batch(void *self, const struct record *batch, size_t count)
{
	struct logger *l = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		roster_take(&l->who.roster, r);
		if (l->filter->kinds >> r->kind & 1 && r->when >= l->filter->from &&
		    r->when < l->filter->to)
			log_record(l, r);
	}
}

void expect_events(const char *yaml, const char *const *settings, struct event_filter filter,
		   const char *expected)
{
	struct text out = {0};
	struct names names;
	struct logger logger = {.who = {.names = &names}, .filter = &filter, .out = &out};

	text_printf(&out, "%s", "");
	roster_init(&logger.who.roster);
	simulate(yaml, settings, &names,
		 (struct sink){
			 .self = &logger, .wants = ROSTER_WANTS | filter.kinds, .take = log_batch});
	roster_fini(&logger.who.roster);
	cr_expect_str_eq(out.at, expected, "%s: got\n%sexpected\n%s", settings ? settings[0] : "",
			 out.at, expected);
	text_fini(&out);
}

const char *const schedule_rows[NR_SCHEDULE_ROWS] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

void expect_events_of_all(const char *yaml, const char *setting, struct event_filter filter,
			  const char *expected)
{
	for (u32 i = 0; i < NR_SCHEDULE_ROWS; i++)
		expect_events(yaml, (const char *const[]){schedule_rows[i], setting, NULL}, filter,
			      expected);
}

void expect_switches(const char *yaml, const char *const *settings, u32 cpu, u32 count,
		     const char *expected)
{
	struct schedule schedule = schedule_run(yaml, settings);
	char got[1024];

	schedule_text(&schedule, cpu, count, got, sizeof(got));
	cr_expect_str_eq(got, expected, "%s: got      %s\n         expected %s",
			 settings ? settings[0] : "", got, expected);
	schedule_free(&schedule);
}
