/* SPDX-License-Identifier: MIT */
/* Bodies of events: kernel, raw, plugin and fields form say the same; the tables work both ways. */
#include "trace/events.h"

#include "reading.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define HEAD "  bash-9570  [000]  1703.890067: "

/* One line in one form; the reader's idea of raw numbers comes from the trace around it. */
static void check_switch(const char *body, const char *prev, const char *next, u32 state)
{
	char text[512];
	struct reading *r;
	const struct record *sw;

	snprintf(text, sizeof(text), HEAD "sched_switch: %s\n", body);
	r = read_trace(text);
	cr_assert_eq(r->facts.nr_bad_lines, 0, "bad: %s", body);
	sw = nth_of(r, RECORD_SWITCH, 0);
	cr_assert_str_eq(comm_of(r, sw->task), prev, "%s", body);
	cr_assert_str_eq(comm_of(r, sw->other), next, "%s", body);
	cr_assert_eq(pid_of(r, sw->task), 9570, "%s", body);
	cr_assert_eq(pid_of(r, sw->other), 18, "%s", body);
	cr_assert_eq(record_prev_prio(sw), 120, "%s", body);
	cr_assert_eq(record_next_prio(sw), 0, "%s", body);
	cr_assert_eq(record_prev_state(sw), state, "state %x: %s", record_prev_state(sw), body);
	reading_free(r);
}

Test(body, all_forms_of_a_switch_say_the_same)
{
	check_switch(
		"prev_comm=bash prev_pid=9570 prev_prio=120 prev_state=R+ ==> next_comm=migration/0 next_pid=18 next_prio=0",
		"bash", "migration/0", 0x100);
	check_switch(
		"        prev_comm=bash prev_pid=9570 prev_prio=120 prev_state=D ==> next_comm=migration/0 next_pid=18 next_prio=0",
		"bash", "migration/0", 2);
	check_switch(
		" prev_comm=bash prev_pid=9570 prev_prio=120 prev_state=256 next_comm=migration/0 next_pid=18 next_prio=0",
		"bash", "migration/0", 0x100);
	check_switch(
		" prev_comm=bash prev_pid=0x2562 (9570) prev_prio=0x78 (120) prev_state=0x1 (1) next_comm=migration/0 next_pid=0x12 (18) next_prio=0x0 (0)",
		"bash", "migration/0", 1);
	check_switch(
		"prev_comm=bash prev_pid=0x2562 prev_prio=0x78 prev_state=0x2 next_comm=migration/0 next_pid=0x12 next_prio=0x0",
		"bash", "migration/0", 2);
	check_switch("        bash:9570 [120] S ==> migration/0:18 [0]", "bash", "migration/0", 1);
	check_switch("task bash:9570 [120] (R) ==> migration/0:18 [0]", "bash", "migration/0", 0);
}

Test(body, what_vendors_and_tools_append_is_passed_over)
{
	check_switch(
		"prev_comm=bash prev_pid=9570 prev_prio=120 prev_state=S ==> next_comm=migration/0 next_pid=18 next_prio=0 next_info=0 cg=1",
		"bash", "migration/0", 1);
	check_switch("bash:9570 [120] S ==> migration/0:18 [0] Latency: 1343.163 usecs", "bash",
		     "migration/0", 1);
}

Test(body, a_comm_may_hold_what_separates_fields)
{
	check_switch(
		"prev_comm=a prev_pid=1 b prev_pid=9570 prev_prio=120 prev_state=S ==> next_comm=c:d [1] ==> e next_pid=18 next_prio=0",
		"a prev_pid=1 b", "c:d [1] ==> e", 1);
	check_switch(
		"prev_comm=Web Content prev_pid=9570 prev_prio=120 prev_state=S ==> next_comm=x next_pid=7 next_pid=18 next_prio=0",
		"Web Content", "x next_pid=7", 1);
	check_switch("rs:main Q:Reg:9570 [120] S ==> a:1 b:18 [0]", "rs:main Q:Reg", "a:1 b", 1);
	check_switch(
		"prev_comm= prev_pid=9570 prev_prio=120 prev_state=S ==> next_comm=  next_pid=18 next_prio=0",
		"", " ", 1);
}

static void check_wake(const char *line, const char *comm, u32 pid, s32 prio, u32 cpu)
{
	char text[512];
	struct reading *r;
	const struct record *w;

	snprintf(text, sizeof(text), "cpus=8\n" HEAD "%s\n", line);
	r = read_trace(text);
	cr_assert_eq(r->facts.nr_bad_lines, 0, "bad: %s", line);
	w = nth_of(r, RECORD_WAKEUP, 0);
	cr_assert_str_eq(comm_of(r, w->task), comm, "%s", line);
	cr_assert_eq(pid_of(r, w->task), pid, "%s", line);
	cr_assert_eq(pid_of(r, w->other), 9570, "%s", line);
	cr_assert_eq((s32)w->value, prio, "%s", line);
	cr_assert_eq(w->arg, cpu, "%s", line);
	reading_free(r);
}

Test(body, all_forms_of_a_wakeup_say_the_same)
{
	check_wake("sched_wakeup: comm=awk pid=9411 prio=120 target_cpu=001", "awk", 9411, 120, 1);
	check_wake("sched_wakeup: comm=awk pid=9411 prio=-1 success=1 target_cpu=007", "awk", 9411,
		   -1, 7);
	check_wake("sched_wakeup:         awk:9411 [120] CPU:001", "awk", 9411, 120, 1);
	check_wake("sched_wakeup:         awk:9411 [-1] success=1 CPU:003", "awk", 9411, -1, 3);
	check_wake(
		"sched_wakeup:  comm=awk pid=0x24c3 (9411) prio=0xffffffff (-1) target_cpu=0x1 (1)",
		"awk", 9411, -1, 1);
	check_wake("sched_wakeup:  comm=awk pid=9411 prio=4294967295 target_cpu=1", "awk", 9411, -1,
		   1);
	check_wake("sched_wakeup: comm=a pid=3 prio=4 pid=9411 prio=120 target_cpu=001",
		   "a pid=3 prio=4", 9411, 120, 1);
}

Test(body, a_target_that_the_trace_does_not_have_is_the_cpu_of_the_event)
{
	check_wake("sched_wakeup: comm=awk pid=9411 prio=120 target_cpu=099", "awk", 9411, 120, 0);
}

Test(body, clone_flags_are_hexadecimal_in_kernel_text_only)
{
	struct reading *kernel =
		read_trace(HEAD "task_newtask: pid=7 comm=a clone_flags=1200000 oom_score_adj=0\n");
	struct reading *raw = read_trace(
		HEAD "task_newtask:  pid=7 comm=a clone_flags=18874368 oom_score_adj=0\n" HEAD
		     "sched_switch:  prev_comm=bash prev_pid=9570 prev_prio=120 prev_state=256 "
		     "next_comm=a next_pid=7 next_prio=120\n");
	struct reading *none = read_trace(HEAD "task_newtask: pid=7 comm=a oom_score_adj=0\n");

	cr_assert_eq(nth_of(kernel, RECORD_NEWTASK, 0)->value, 0x1200000);
	cr_assert_eq(nth_of(raw, RECORD_NEWTASK, 0)->value, 0x1200000);
	cr_assert_eq(nth_of(none, RECORD_NEWTASK, 0)->value, 0);
	reading_free(kernel);
	reading_free(raw);
	reading_free(none);
}

Test(body, marks_lose_the_address_and_function_before_them)
{
	static const char *const bodies[][2] = {
		{"print: 0xffffffff8149ab1a: TW_START w.tw", "TW_START w.tw"},
		{"print: tracing_mark_write: rtapp_loop", "rtapp_loop"},
		{"print:                tracking_mark_write: rtapp_main: event=start",
		 "rtapp_main: event=start"},
		{"tracing_mark_write: hello: world", "hello: world"},
		{"tracing_mark_write: B|1|x", "B|1|x"},
		{"print:  ip=0xffffffff8149ab1a buf=TW_END", "TW_END"},
		{"bprint:               some_function: value 7", "some_function: value 7"},
		{"bputs:                0xffffffffa0002000: text", "text"},
		{"tracing_mark_write: ", ""},
	};

	for (u32 i = 0; i < ARRAY_SIZE(bodies); i++) {
		char text[256];
		struct reading *r;

		snprintf(text, sizeof(text), HEAD "%s\n", bodies[i][0]);
		r = read_trace(text);
		cr_assert_str_eq(name_of(r, nth_of(r, RECORD_MARK, 0)->value), bodies[i][1], "%s",
				 bodies[i][0]);
		cr_assert_eq(pid_of(r, nth_of(r, RECORD_MARK, 0)->task), 9570);
		reading_free(r);
	}
}

Test(body, every_event_is_found_by_its_name)
{
	struct event_index index;

	event_index_init(&index);
	for (u32 i = 0; i < nr_event_descs; i++) {
		char padded[EVENT_NAME_MAX + SCAN_SLACK] = {0};

		memcpy(padded, event_descs[i].name, event_descs[i].name_len);
		padded[event_descs[i].name_len] = ':';
		cr_assert_eq(event_find(&index, padded, event_descs[i].name_len), &event_descs[i],
			     "%s", padded);
		cr_assert_null(event_find(&index, padded, event_descs[i].name_len - 1u),
			       "a part of %s", padded);
		padded[0] ^= 1;
		cr_assert_null(event_find(&index, padded, event_descs[i].name_len), "%s", padded);
	}
}

/* Values that differ in every field; what an event does not have is ignored. */
static struct event_values some_values(const char *comm, const char *other)
{
	struct event_values v = {.text = {{comm, (u32)strlen(comm)}, {other, (u32)strlen(other)}},
				 .given = ~0u};

	for (u32 i = 0; i < NR_EVENT_NUMBERS; i++)
		v.number[i] = 1 + 37 * i;
	v.number[EVENT_PRIO] = -1;
	v.number[EVENT_VALUE] = 1; /* S, true, 1 ns */
	return v;
}

Test(body, what_is_printed_by_a_table_is_parsed_by_it)
{
	static const char comm[16 + SCAN_SLACK] = "a b", other[16 + SCAN_SLACK] = "c=d";

	for (u32 i = 0; i < nr_event_descs; i++) {
		const struct event_desc *desc = &event_descs[i];
		struct event_values v = some_values(comm, other), parsed;
		char line[EVENT_PRINT_MAX + 64 + SCAN_SLACK] = {0}, *end;

		if (desc->role != ROLE_RECORD)
			continue;
		end = event_print(desc, &v, line);
		*end = '\n';
		cr_assert(event_parse(desc, line, end, false, &parsed), "%s: %s", desc->name, line);
		for (u32 f = 0; f < desc->nr_fields; f++) {
			const struct event_field *field = &desc->fields[f];

			if (field->type == FIELD_TEXT)
				cr_assert(parsed.text[field->slot].len == v.text[field->slot].len &&
						  memcmp(parsed.text[field->slot].at,
							 v.text[field->slot].at,
							 v.text[field->slot].len) == 0,
					  "%s%s", desc->name, field->key);
			else if (field->type != FIELD_STATE)
				cr_assert_eq(parsed.number[field->slot], v.number[field->slot],
					     "%s%s", desc->name, field->key);
		}
	}
}
