/* SPDX-License-Identifier: MIT */
/* Runs a scenario given as text and keeps its switches, for tests of whole schedules. */
#ifndef OSSIM_TESTS_SCHEDULE_H
#define OSSIM_TESTS_SCHEDULE_H

#include "base/types.h"
#include "trace/record.h"

/* A machine on which nothing costs anything. */
#define ZERO(cpus) "machine: {cpus: " #cpus ", hz: 250, costs: zero}\n"

struct switch_event {
	u64 when; /* ns */
	u32 cpu;
	char prev[16], next[16];
	u32 prev_state;
	s32 next_prio;
};

struct schedule {
	struct switch_event *events;
	u32 count;
	u64 migrations[64]; /* times of the first ones */
	u32 nr_migrations;
	u64 nr_events; /* timers, interrupts, ticks, ends of segments */
};

/*
 * @settings: "kernel=v6.1", "machine.hz=1000", ... up to a NULL. The test fails if it does not run.
 */
struct schedule schedule_run(const char *yaml, const char *const *settings);
void schedule_free(struct schedule *schedule);

/*
 * The switches of @cpu as text, "0 A, 4 B, 8 C": milliseconds (with a fraction only if there is
 * one) and who begins to run; swapper is "idle". At most @count of them.
 */
void schedule_text(const struct schedule *schedule, u32 cpu, u32 count, char *buf, u32 size);
/* Compares that text with @expected. */
void expect_switches(const char *yaml, const char *const *settings, u32 cpu, u32 count,
		     const char *expected);

/* Which events are looked at: RECORD_BIT()s, from <= time < to. */
struct event_filter {
	u64 kinds;
	u64 from, to;
};

/*
 * Compares events with @expected, one line each: milliseconds, the cpu that recorded it, and
 * "A R > B" (a switch and its prev_state), "waking A 1" (and the target cpu; "irq" if made by an
 * interrupt), "wakeup A 1", "migrate A 0>1", "pi A 89>69", "runtime A 1000000", "stat_wait A
 * 1000000", "cpu offline", "unbound A 1" (and the cpu it had to leave).
 */
void expect_events(const char *yaml, const char *const *settings, struct event_filter filter,
		   const char *expected);

/*
 * The settings that choose a kernel, "kernel=v6.1" and so on; and the same of each of them, with
 * one more or NULL.
 */
enum { NR_SCHEDULE_ROWS = 3 };
extern const char *const schedule_rows[NR_SCHEDULE_ROWS];
void expect_events_of_all(const char *yaml, const char *setting, struct event_filter filter,
			  const char *expected);

#endif
