/* SPDX-License-Identifier: MIT */
/* Streams, rosters, windows. */
#include "trace/stream.h"

#include "reading.h"
#include "trace/window.h"

#include <criterion/criterion.h>
#include <string.h>

struct counter {
	u32 batches, records, largest;
	u64 next; /* records come in order */
};

static void count_batch(void *self, const struct record *batch, size_t count)
{
	struct counter *c = self;

	c->batches++;
	c->records += (u32)count;
	c->largest = max_of(c->largest, (u32)count);
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(batch[i].when, c->next++);
}

Test(stream, hands_batches_to_every_sink_in_order)
{
	struct counter a = {0}, b = {0};
	struct stream stream;
	struct names names;

	names_init(&names);
	stream_init(&stream, &names, 4);
	stream_add_sink(&stream, (struct sink){&a, RECORD_BIT(SWITCH), count_batch});
	stream_add_sink(&stream, (struct sink){&b, RECORD_BIT(MARK), count_batch});
	for (u64 i = 0; i < 5 * STREAM_BATCH / 2; i++)
		stream_put(&stream,
			   (struct record){.when = i, .kind = i % 2 ? RECORD_MARK : RECORD_SWITCH});
	cr_assert_eq(a.batches, 2, "full batches go by themselves");
	stream_flush(&stream);
	stream_flush(&stream);
	cr_assert_eq(a.batches, 3);
	cr_assert_eq(a.records, 5 * STREAM_BATCH / 2);
	cr_assert_eq(b.records, a.records);
	cr_assert_eq(a.largest, STREAM_BATCH);
	cr_assert_eq(stream.nr_records, a.records);
	stream_fini(&stream);
	names_fini(&names);
}

Test(stream, what_no_sink_wants_is_dropped)
{
	struct counter c = {0};
	struct stream stream;
	struct names names;

	names_init(&names);
	stream_init(&stream, &names, 1);
	stream_add_sink(&stream, (struct sink){&c, RECORD_BIT(SWITCH), count_batch});
	stream_put(&stream, (struct record){.when = 7, .kind = RECORD_RUNTIME});
	stream_put(&stream, (struct record){.when = 0, .kind = RECORD_SWITCH});
	stream_flush(&stream);
	cr_assert_eq(c.records, 1);
	cr_assert(stream_wants(&stream, RECORD_SWITCH));
	cr_assert_not(stream_wants(&stream, RECORD_RUNTIME));
	stream_fini(&stream);
	names_fini(&names);
}

Test(record, a_switch_keeps_state_and_priorities)
{
	static const s32 prios[] = {-1, 0, 98, 100, 120, 139};

	for (u32 i = 0; i < ARRAY_SIZE(prios); i++)
		for (u32 j = 0; j < ARRAY_SIZE(prios); j++) {
			struct record r = {.arg = record_switch_arg(0x100, prios[i], prios[j])};

			cr_assert_eq(record_prev_state(&r), 0x100);
			cr_assert_eq(record_prev_prio(&r), prios[i]);
			cr_assert_eq(record_next_prio(&r), prios[j]);
			cr_assert(record_prev_runnable(&r));
		}
}

Test(record, kinds_have_names_and_events)
{
	for (u32 kind = 0; kind < NR_RECORD_KINDS; kind++)
		cr_assert(record_kind_names[kind] && record_kind_names[kind][0]);
	cr_assert_str_eq(record_event_names[RECORD_FORK], "sched_process_fork");
	cr_assert_null(record_event_names[RECORD_TASK]);
}

Test(roster, shows_how_things_stand)
{
	struct roster roster;

	roster_init(&roster);
	cr_assert_null(roster_get(&roster, 0));
	roster_take(&roster, &(struct record){.when = 5,
					      .kind = RECORD_TASK,
					      .task = 9,
					      .other = TASK_ID_NONE,
					      .arg = 100,
					      .value = 100ULL << 32 | 1,
					      .flags = RECORD_FLAG_KTHREAD});
	roster_take(&roster, &(struct record){.when = 6,
					      .kind = RECORD_FORK,
					      .task = 10,
					      .other = 9,
					      .arg = 101,
					      .value = 100ULL << 32 | 1});
	roster_take(&roster, &(struct record){.kind = RECORD_RENAME, .task = 10, .value = 2});
	roster_take(&roster, &(struct record){.kind = RECORD_ATTR,
					      .task = 10,
					      .arg = 1 << 8,
					      .value = (u64)(u32)-5 << 32 | 115});
	roster_take(&roster, &(struct record){.kind = RECORD_WAKING, .task = 50});
	cr_assert_null(roster_get(&roster, 8));
	cr_assert_null(roster_get(&roster, 50));
	cr_assert_null(roster_get(&roster, TASK_ID_NONE));
	cr_assert_eq(roster_get(&roster, 9)->flags, RECORD_FLAG_KTHREAD);
	cr_assert_eq(roster_get(&roster, 9)->policy, ROSTER_POLICY_UNKNOWN);
	cr_assert_eq(roster_get(&roster, 9)->prio, 120);
	cr_assert_eq(roster_get(&roster, 10)->birth, 6);
	cr_assert_eq(roster_get(&roster, 10)->parent, 9);
	cr_assert_eq(roster_get(&roster, 10)->comm, 2);
	cr_assert_eq(roster_get(&roster, 10)->policy, 1);
	cr_assert_eq(roster_get(&roster, 10)->nice, -5);
	cr_assert_eq(roster_get(&roster, 10)->prio, 115);
	roster_take(&roster,
		    &(struct record){.kind = RECORD_EXEC, .task = 10, .arg = 101, .value = 3});
	cr_assert_eq(roster_get(&roster, 10)->pid, 100, "the leader's pid");
	roster_fini(&roster);
}

Test(window, a_mark_is_known_by_its_beginning_or_behind_a_prefix)
{
	struct names names;
	struct record mark = {.kind = RECORD_MARK};

	names_init(&names);
	mark.value = names_intern_str(&names, "TW_START w.tw");
	cr_assert(window_is_mark(&names, &mark, "TW_START"));
	cr_assert_not(window_is_mark(&names, &mark, "TW_END"));
	cr_assert_not(window_is_mark(&names, &mark, "w.tw"));
	cr_assert_not(window_is_mark(&names, &mark, NULL));
	mark.value = names_intern_str(&names, "bench: TW_START");
	cr_assert(window_is_mark(&names, &mark, "TW_START"));
	cr_assert_not(window_is_mark(&names, &mark, "START"));
	mark.kind = RECORD_RENAME;
	cr_assert_not(window_is_mark(&names, &mark, "bench"));
	names_fini(&names);
}
