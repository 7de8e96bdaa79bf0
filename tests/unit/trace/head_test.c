/* SPDX-License-Identifier: MIT */
/* Line heads of all forms, and lines that are no events. */
#include "trace/ftrace_head.h"

#include "reading.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct expected_head {
	const char *line;
	const char *comm;
	u32 pid, cpu, tgid;
	u64 when;
	u8 digits;
};

static const struct expected_head heads[] = {
	/* The trace file, with and without flags and tgid; captured on 6.18. */
	{"            bash-4809    [001] d..2.  1492.409374: ev: x", "bash", 4809, 1, 0,
	 1492409374000, 6},
	{"            bash-4809    [001]   1492.401937: ev: x", "bash", 4809, 1, 0, 1492401937000,
	 6},
	{"            bash-4809    (-------) [001] d.h2.  1492.401937: ev: x", "bash", 4809, 1, 0,
	 1492401937000, 6},
	{"            bash-4809    (   4808) [001] d.h2.  1492.401937: ev: x", "bash", 4809, 1,
	 4808, 1492401937000, 6},
	{"            bash-4809  ( 4808) [001] d.h2  1492.401937: ev: x", "bash", 4809, 1, 4808,
	 1492401937000, 6},
	{"          <idle>-0       [003] dN..3..  1492.401937: ev: x", "<idle>", 0, 3, 0,
	 1492401937000, 6},
	{"           <...>-6342    [001] ...1.  1541.478087: ev: x", "<...>", 6342, 1, 0,
	 1541478087000, 6},
	/* trace-cmd report: default, -t, --ts-diff, --raw-ts, -l. */
	{"         python3-9570  [000]  1703.890067: ev:         x", "python3", 9570, 0, 0,
	 1703890067000, 6},
	{"              e3-8702  [000]  1703.873961438: ev: x", "e3", 8702, 0, 0, 1703873961438, 9},
	{"              e3-8702  [000]  1703.873961438: (+3995)  ev: x", "e3", 8702, 0, 0,
	 1703873961438, 9},
	{"              e3-8702  [000]1703873961438: ev: x", "e3", 8702, 0, 0, 1703873961438, 9},
	{"      e3-8702    0d.h1.  1703.873961: ev: x", "e3", 8702, 0, 0, 1703873961000, 6},
	/* The latency format, with and without a delay mark, and its verbose form. */
	{"    bash-4809      1d.h2. 1492401937us+: ev: x", "bash", 4809, 1, 0, 1492401937000, 6},
	{"    bash-4809      1d.h2. 1492401937us : ev: x", "bash", 4809, 1, 0, 1492401937000, 6},
	{"  <idle>-0        12dNs4. 1492401937us!: ev: x", "<idle>", 0, 12, 0, 1492401937000, 6},
	{"    bash    4809   1 9 00000002 00000000 [58f43f11] 1492401.937ms (+0.069ms): ev: x",
	 "bash", 4809, 1, 0, 1492401937000, 6},
	/* perf script, by default and with --ns. */
	{"            bash  4809 [001]  1492.409374:       sched:ev: x", "bash", 4809, 1, 0,
	 1492409374000, 6},
	{"         swapper     0 [012]  1492.409374107:                sched:ev: x", "swapper", 0,
	 12, 0, 1492409374107, 9},
	/* -F comm,pid,tid,cpu,time,event,trace */
	{"            bash  4808/4809  [001]  1492.409374:       sched:ev: x", "bash", 4809, 1,
	 4808, 1492409374000, 6},
	{"         swapper     0/0     [001]  1492.409374:       sched:ev: x", "swapper", 0, 1, 0,
	 1492409374000, 6},
	{"  rs:main Q:Reg   812 [000] 1.000000: sched:ev: x", "rs:main Q:Reg", 812, 0, 0,
	 1000000000, 6},
	{"  a-1 [3] 5 7 [000] 1.000000: sched:ev: x", "a-1 [3] 5", 7, 0, 0, 1000000000, 6},
	/* Clocks with long seconds, cpus with four digits, systrace without padding, tabs. */
	{"a-1 [1023] .... 1795187511.126345: ev: x", "a", 1, 1023, 0, 1795187511126345000, 6},
	{"a-1\t[000]\td..2.\t1.000000: ev: x", "a", 1, 0, 0, 1000000000, 6},
	/* Comms that hold what separates. */
	{"    jbd2/sdd1-8-291   [000] d..2.  1.000000: ev: x", "jbd2/sdd1-8", 291, 0, 0, 1000000000,
	 6},
	{"  rs:main Q:Reg-812   [000] d..2.  1.000000: ev: x", "rs:main Q:Reg", 812, 0, 0,
	 1000000000, 6},
	{"IntentService[E-77    [000] d..2.  1.000000: ev: x", "IntentService[E", 77, 0, 0,
	 1000000000, 6},
	{"     a [000] b-78     [001] d..2.  1.000000: ev: x", "a [000] b", 78, 1, 0, 1000000000,
	 6},
	{"  kworker/u16:1-e-9   [000] d..2.  1.000000: ev: x", "kworker/u16:1-e", 9, 0, 0,
	 1000000000, 6},
	{"     (sd-pam)-900     [000] d..2.  1.000000: ev: x", "(sd-pam)", 900, 0, 0, 1000000000,
	 6},
	/* A mark that quotes a line: the first head from the left is the head. */
	{"a-1 [000] 1.000000: print: b-2 [001] 2.000000: ev: x", "a", 1, 0, 0, 1000000000, 6},
};

static const char *parse(const char *line, struct head_hint *hint, struct trace_head *head)
{
	static char padded[512];

	memset(padded, 0, sizeof(padded));
	memcpy(padded, line, strlen(line));
	padded[strlen(line)] = '\n';
	return trace_head_parse(padded, padded + strlen(line), hint, head);
}

static void check_head(const struct expected_head *want, struct head_hint *hint)
{
	struct trace_head head = {0};
	const char *event = parse(want->line, hint, &head);

	cr_assert_not_null(event, "no head in: %s", want->line);
	cr_assert(head.comm.len == strlen(want->comm) &&
			  memcmp(head.comm.at, want->comm, head.comm.len) == 0,
		  "comm '%.*s' in: %s", (int)head.comm.len, head.comm.at, want->line);
	cr_assert_eq(head.pid, want->pid, "pid %u in: %s", head.pid, want->line);
	cr_assert_eq(head.cpu, want->cpu, "cpu %u in: %s", head.cpu, want->line);
	cr_assert_eq(head.tgid, want->tgid, "tgid %u in: %s", head.tgid, want->line);
	cr_assert_eq(head.when, want->when, "time %" PRIu64 " in: %s", head.when, want->line);
	cr_assert_eq(head.digits, want->digits, "digits %u in: %s", head.digits, want->line);
	cr_assert(memcmp(event, "ev: ", 4) == 0 || memcmp(event, "print: ", 7) == 0, "event in: %s",
		  want->line);
}

Test(head, every_form_gives_task_cpu_and_time)
{
	for (u32 i = 0; i < ARRAY_SIZE(heads); i++) {
		struct head_hint hint = {0};

		check_head(&heads[i], &hint);
	}
}

static u8 context_of(const char *line)
{
	struct head_hint hint = {0};
	struct trace_head head = {0};

	cr_assert_not_null(parse(line, &hint, &head));
	return head.context;
}

static bool needs_resched(const char *line)
{
	struct head_hint hint = {0};
	struct trace_head head = {0};

	cr_assert_not_null(parse(line, &hint, &head));
	return head.need_resched;
}

Test(head, flags_tell_who_is_to_be_switched_out)
{
	cr_assert(needs_resched("a-1 [000] dN.2. 1.000000: ev: x"));
	cr_assert(needs_resched("a-1 [000] dBh2. 1.000000: ev: x"), "lazily and at once");
	cr_assert(needs_resched("    a-1      1dNh2. 1492401937us+: ev: x"));
	cr_assert_not(needs_resched("a-1 [000] d..2. 1.000000: ev: x"));
	cr_assert_not(needs_resched("a-1 [000] dL.2. 1.000000: ev: x"), "lazily only");
	cr_assert_not(needs_resched("a-1 [000] 1.000000: ev: x"));
}

Test(head, flags_tell_an_interrupt_from_its_victim)
{
	cr_assert_eq(context_of("a-1 [000] d..2. 1.000000: ev: x"), CONTEXT_TASK);
	cr_assert_eq(context_of("a-1 [000] .... 1.000000: ev: x"), CONTEXT_TASK);
	cr_assert_eq(context_of("a-1 [000] d.h2. 1.000000: ev: x"), CONTEXT_IRQ);
	cr_assert_eq(context_of("a-1 [000] dNs4. 1.000000: ev: x"), CONTEXT_IRQ);
	cr_assert_eq(context_of("a-1 [000] dN..H..1 1.000000: ev: x"), CONTEXT_IRQ,
		     "kernels with the RT patches have more columns");
	cr_assert_eq(context_of("a-1 [000] 1.000000: ev: x"), CONTEXT_UNKNOWN);
	cr_assert_eq(context_of("    a-1      1d.h2. 1492401937us+: ev: x"), CONTEXT_IRQ);
	cr_assert_eq(context_of("    a-1      1d..2. 1492401937us+: ev: x"), CONTEXT_TASK);
}

Test(head, what_the_last_line_was_like_does_not_decide_the_next)
{
	struct head_hint hint = {0};

	for (u32 i = 0; i < ARRAY_SIZE(heads); i++)
		for (u32 j = 0; j < ARRAY_SIZE(heads); j++) {
			check_head(&heads[i], &hint);
			check_head(&heads[j], &hint);
		}
}

Test(head, lines_without_task_cpu_or_time_are_no_events)
{
	static const char *const lines[] = {
		"",
		" ",
		"# tracer: nop",
		"cpus=2",
		" => do_exit+0x14/0xc18",
		"CPU:1 [289629 EVENTS DROPPED]",
		"sched_switch: prev_comm=a",
		"4809 1 1492401937033 type: 363",
		"    bash-4809    [001] d..2.  3: ev: x",
		"    bash-4809    [001] d..2.  1492.: ev",
		"    bash-x    [001] d..2.  1492.409374: ev",
		"    bash-4809    [0x1] d..2.  1492.409374: ev",
		"[001] 1.000000: ev: x",
		"-1 [001",
		"bash-4809 [001] 99999999999999999999.000000: ev: x",
	};

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		struct head_hint hint = {0};
		struct trace_head head;

		cr_assert_null(parse(lines[i], &hint, &head), "a head in: %s", lines[i]);
	}
}

#define SWITCH(cpu, time, prev, next)                                                 \
	"  a-" prev "  [" cpu "]  " time ": sched_switch: prev_comm=a prev_pid=" prev \
	" prev_prio=120 prev_state=S ==> next_comm=b next_pid=" next " next_prio=120\n"

Test(lines, remarks_between_events_are_not_bad)
{
	struct reading *r =
		read_trace("version = 6\nCPU 1 is empty\ncpus=2\n# tracer: nop\n#\n\n" SWITCH(
			"000", "1.000000", "1",
			"2") "##### CPU 2 buffer started ####\n"
			     "  a-1  [000]  1.000001: <stack trace>\n => schedule\n => do_exit+0x14/0xc18\n"
			     "  a-1  [000]  1.000002: do_exit+0x14/0xc18 <-do_group_exit+0x30\n"
			     "  a-1  [000]  1.000003: sys_futex(uaddr: 0x7f21, op: 0x81, val: 1)\n"
			     "  a-1  [000]  1.000004: sys_futex -> 0x0\n"
			     "  a-1  [000]  1.000005: cpu_idle: state=1 cpu_id=0\n"
			     "what is this?\n");

	cr_assert(r->good);
	cr_assert_eq(r->facts.nr_lines, 16);
	cr_assert_eq(r->facts.nr_events, 1);
	cr_assert_eq(r->facts.nr_other, 5);
	cr_assert_eq(r->facts.nr_bad_lines, 1);
	cr_assert_eq(r->facts.first_bad_line, 16);
	reading_free(r);
}

Test(lines, a_scheduling_event_without_its_fields_is_a_bad_line)
{
	struct reading *r = read_trace(SWITCH(
		"000", "1.000000", "1",
		"2") "  a-1  [000]  1.000001: sched_switch: [FAILED TO PARSE]\n"
		     "  a-1  [000]  1.000002: sched_waking: comm=b pid=7 target_cpu=000\n"
		     "  a-1  [000]  1.000003: sched_waking: comm=b pid=99999999 prio=120 target_cpu=000\n");

	cr_assert_eq(r->facts.nr_bad_lines, 3);
	cr_assert_eq(r->facts.first_bad_line, 2);
	reading_free(r);
}

Test(lines, carriage_returns_and_a_missing_newline_do_no_harm)
{
	struct reading *r = read_trace(
		"  a-1  [000]  1.000000: sched_waking: comm=b c pid=2 prio=120 target_cpu=000\r\n"
		"  a-1  [000]  1.000001: tracing_mark_write: hello\r\n"
		"  a-1  [000]  1.000002: sched_waking: comm=b c pid=2 prio=120 target_cpu=001");

	cr_assert_eq(r->facts.nr_bad_lines, 0);
	cr_assert_eq(count_of(r, RECORD_WAKING), 2);
	cr_assert_str_eq(name_of(r, nth_of(r, RECORD_MARK, 0)->value), "hello");
	reading_free(r);
}

Test(lines, losses_are_counted_and_told_at_their_place)
{
	struct reading *r = read_trace(
		SWITCH("000", "1.000000", "1", "2")
			SWITCH("001", "1.000001", "3", "4") "CPU:1 [289629 EVENTS DROPPED]\n" SWITCH(
				"001", "1.000002", "5",
				"6") "CPU:0 [LOST 134 EVENTS]\nCPU:0 [LOST EVENTS]\n");

	cr_assert_eq(r->facts.nr_lost_marks, 3);
	cr_assert_eq(r->facts.nr_lost_events, 289629 + 134);
	cr_assert_eq(nth_of(r, RECORD_LOST, 0)->cpu, 1);
	cr_assert_eq(nth_of(r, RECORD_LOST, 0)->value, 289629);
	cr_assert_lt(index_of(r, nth_of(r, RECORD_LOST, 0)),
		     index_of(r, nth_of(r, RECORD_SWITCH, 2)));
	cr_assert_eq(nth_of(r, RECORD_LOST, 2)->value, 0);
	reading_free(r);
}

static u32 cpus_of(const char *text)
{
	return trace_count_cpus(text, strlen(text));
}

Test(cpus, the_highest_number_in_a_head_counts_wherever_it_stands)
{
	static char text[1 << 18];
	size_t len = 0;

	for (u32 i = 0; i < 2000; i++)
		len += (size_t)sprintf(text + len,
				       "  a-1  [%03u]  1.000000: sched_wakeup: b:2 [120] CPU:001\n",
				       i / 2 == 500 ? 63 : i % 4);
	cr_assert_eq(cpus_of(text), 64);
}

Test(cpus, a_priority_in_brackets_is_no_cpu)
{
	cr_assert_eq(cpus_of("  a-1  [001]  1.000000: sched_switch: a:1 [120] R ==> b:2 [199]\n"),
		     2);
	cr_assert_eq(cpus_of("  a-1  [000]  1.000000: print: x-1 [077] 2.000000: y: z\n"), 1);
}

Test(cpus, the_header_may_know_of_more)
{
	cr_assert_eq(cpus_of("cpus=4\n" SWITCH("001", "1.000000", "1", "2")), 4);
	cr_assert_eq(
		cpus_of("# tracer: nop\n# entries-in-buffer/entries-written: 2/2   #P:8\n" SWITCH(
			"001", "1.000000", "1", "2")),
		8);
	cr_assert_eq(cpus_of("    bash-4809      5d.h2. 1492401937us+: ev: x\n"), 6);
	cr_assert_eq(cpus_of("cpus=4\nnothing else\n"), 0);
}

/* Ten events on each of four cpus, and one more on cpu @odd in mid-text. */
static const char *odd_one(const char *header, u32 odd, u32 nr)
{
	static char text[1 << 13];
	size_t len = (size_t)sprintf(text, "%s", header);

	for (u32 i = 0; i < 40; i++) {
		len += (size_t)sprintf(
			text + len,
			"  a-1  [%03u]  1.0000%02u: sched_waking: comm=b pid=2 prio=120 target_cpu=001\n",
			i % 4, i);
		if (i / nr == 20 / nr)
			len += (size_t)sprintf(
				text + len,
				"  a-1  [%03u]  1.0000%02u: sched_waking: comm=b pid=2 prio=120 target_cpu=001\n",
				odd, i);
	}
	return text;
}

/* 16 is four times as much as four cpus. With a header no number is beyond that. */
Test(cpus, a_number_far_from_the_others_is_believed_of_several_events_only)
{
	cr_expect_eq(cpus_of(odd_one("", 999, 1)), 4);
	cr_expect_eq(cpus_of(odd_one("", 16, 1)), 4);
	cr_expect_eq(cpus_of(odd_one("", 15, 1)), 16);
	cr_expect_eq(cpus_of(odd_one("", 999, 2)), 1000);
	cr_expect_eq(cpus_of(odd_one("cpus=8\n", 999, 1)), 8);
	cr_expect_eq(cpus_of(odd_one("cpus=8\n", 8, 1)), 8);
	cr_expect_eq(cpus_of(odd_one("cpus=8\n", 8, 2)), 9);
	cr_expect_eq(cpus_of(SWITCH("000", "1.000000", "1", "2")
				     SWITCH("900", "1.000001", "3", "4")),
		     901);
}

Test(lines, an_event_on_a_garbled_cpu_is_left_out)
{
	struct reading *r = read_trace(odd_one("", 999, 1));

	cr_expect_eq(r->facts.nr_cpus, 4);
	cr_expect_eq(r->facts.nr_bad_lines, 1);
	cr_expect_eq(r->facts.nr_events, 40);
	cr_expect(
		strstr(r->messages.at,
		       "trace.txt:22: warning: an event on cpu 999, in a trace of 4 cpus: it is left out\n"),
		"said: %s", r->messages.at);
	cr_expect_not(strstr(r->messages.at, "this line is no event"), "said: %s", r->messages.at);
	reading_free(r);
}

Test(lines, the_first_that_is_no_event_is_told)
{
	struct reading *r = read_trace(
		SWITCH("000", "1.000000", "1", "2") "what?\n" SWITCH("000", "1.000001", "2", "1"));

	cr_expect(strstr(r->messages.at,
			 "trace.txt:2: warning: this line is no event: it is left out\n"),
		  "said: %s", r->messages.at);
	reading_free(r);
	r = read_trace(SWITCH("000", "1.000000", "1", "2") "what?\n" SWITCH("000", "1.000001", "2",
									    "1") "who?\nwhere?\n");
	cr_expect(
		strstr(r->messages.at,
		       "trace.txt:2: warning: this line is no event: it is left out, and so are 2 more lines\n"),
		"said: %s", r->messages.at);
	reading_free(r);
}

Test(lines, an_event_whose_fields_cannot_be_read_is_told_as_such)
{
	struct reading *r = read_trace(SWITCH(
		"000", "1.000000", "1",
		"2") "  a-1  [000]  1.000001: sched_waking: comm=b pid=many prio=120 target_cpu=000\n");

	cr_expect(
		strstr(r->messages.at,
		       "trace.txt:2: warning: the fields of this event cannot be read: it is left out\n"),
		"said: %s", r->messages.at);
	cr_expect_not(strstr(r->messages.at, "sched_switch"), "said: %s", r->messages.at);
	reading_free(r);
}

Test(lines, a_trace_without_switches_is_told_as_such)
{
	struct reading *r = read_trace(
		"  a-1  [000]  1.000001: sched_waking: comm=b pid=2 prio=120 target_cpu=000\n");

	cr_expect(
		strstr(r->messages.at,
		       "trace.txt: warning: the trace has no event sched_switch: who ran when is not known"),
		"said: %s", r->messages.at);
	reading_free(r);
}

static void check_refusal(const char *text, const char *reason)
{
	struct reading *r = read_trace(text);

	cr_assert_not(r->good, "accepted: %s", text);
	cr_assert_eq(r->records.len, 0);
	cr_assert(strstr(r->messages.at, reason), "said: %s", r->messages.at);
	reading_free(r);
}

Test(refusal, tells_what_is_missing)
{
	check_refusal("", "empty");
	check_refusal("# tracer: nop\n# entries-in-buffer/entries-written: 0/0   #P:2\n",
		      "buffer is empty");
	check_refusal(
		"sched_switch: prev_comm=a prev_pid=1 prev_prio=120 prev_state=S ==> next_comm=b\n",
		"context-info=0");
	check_refusal("4809 1 1492401937033 type: 363\n", "raw");
	check_refusal("            bash-4809    [001] d..2.  3: sched_wakeup: x\n", "clock");
	check_refusal("hello, world\n", "no line looks like an event");
}
