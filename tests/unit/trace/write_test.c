/* SPDX-License-Identifier: MIT */
/* Records as trace text: the kernel's fields to the letter, and back again. */
#include "trace/ftrace_write.h"

#include "reading.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct writing {
	struct names names;
	FILE *out;
	struct ftrace_writer *writer;
	char *text;
	size_t len;
};

static struct writing *writing_new(u32 nr_cpus, struct ftrace_format format)
{
	struct writing *w = calloc(1, sizeof(*w));

	names_init(&w->names);
	w->out = open_memstream(&w->text, &w->len);
	w->writer = ftrace_writer_new(w->out, &w->names, nr_cpus, format);
	return w;
}

static void put(struct writing *w, struct record r)
{
	struct sink sink = ftrace_writer_sink(w->writer);

	if (sink.wants >> r.kind & 1)
		sink.take(sink.self, &r, 1);
}

/* The lines behind the header. */
static const char *written(struct writing *w)
{
	const char *body;

	cr_assert(ftrace_writer_finish(w->writer));
	body = strstr(w->text, "|         |\n");
	cr_assert_not_null(body);
	return body + strlen("|         |\n");
}

static void writing_free(struct writing *w)
{
	ftrace_writer_free(w->writer);
	fclose(w->out);
	free(w->text);
	names_fini(&w->names);
	free(w);
}

static u64 name(struct writing *w, const char *text)
{
	return names_intern_str(&w->names, text);
}

/* Two cpus, "web" (pid 103) on cpu 1, "db" (pid 104). */
enum { WEB = 2, DB = 3, CHILD = 4 };

static struct writing *small_machine(struct ftrace_format format)
{
	struct writing *w = writing_new(2, format);

	put(w, (struct record){.kind = RECORD_TASK,
			       .task = 0,
			       .other = TASK_ID_NONE,
			       .value = name(w, "swapper/0")});
	put(w, (struct record){.kind = RECORD_TASK,
			       .task = 1,
			       .other = TASK_ID_NONE,
			       .value = name(w, "swapper/1")});
	put(w, (struct record){.kind = RECORD_TASK,
			       .task = WEB,
			       .arg = 103,
			       .value = 103ULL << 32 | name(w, "web")});
	put(w, (struct record){.kind = RECORD_TASK,
			       .task = DB,
			       .arg = 104,
			       .value = 104ULL << 32 | name(w, "db")});
	put(w, (struct record){.when = 4 * MSEC,
			       .kind = RECORD_SWITCH,
			       .cpu = 1,
			       .task = 1,
			       .other = WEB,
			       .arg = record_switch_arg(0, 120, 120)});
	return w;
}

#define FIRST_LINE                                                                                            \
	"          <idle>-0       [001] d..2.     0.004000000: sched_switch: prev_comm=swapper/1 prev_pid=0 " \
	"prev_prio=120 prev_state=R ==> next_comm=web next_pid=103 next_prio=120\n"
#define WEB_HEAD "             web-103     [001] d..2.     0.005000000: "

static void check_line(struct ftrace_format format, struct record r, const char *comm,
		       const char *line)
{
	struct writing *w = small_machine(format);
	const char *body;

	if (comm)
		r.value |= name(w, comm);
	r.when = 5 * MSEC;
	r.cpu = 1;
	put(w, r);
	body = written(w);
	cr_assert(strncmp(body, FIRST_LINE, strlen(FIRST_LINE)) == 0, "wrote: %s", body);
	cr_assert_str_eq(body + strlen(FIRST_LINE), line);
	writing_free(w);
}

Test(write, the_header_tells_the_number_of_cpus)
{
	struct writing *w = writing_new(8, (struct ftrace_format){0});

	written(w);
	cr_assert(strncmp(w->text,
			  "# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   #P:8\n",
			  62) == 0);
	writing_free(w);
}

/* Texts of core-rt-dl-ext section 6.3. */
Test(write, every_event_has_the_kernels_text)
{
	const struct ftrace_format plain = {0};

	check_line(
		plain,
		(struct record){.kind = RECORD_SWITCH,
				.task = WEB,
				.other = DB,
				.arg = record_switch_arg(0x100, 120, -1)},
		NULL,
		WEB_HEAD
		"sched_switch: prev_comm=web prev_pid=103 prev_prio=120 prev_state=R+ ==> next_comm=db next_pid=104 next_prio=-1\n");
	check_line(plain,
		   (struct record){.kind = RECORD_WAKING,
				   .flags = RECORD_FLAG_BY_TASK,
				   .task = DB,
				   .other = WEB,
				   .arg = 0,
				   .value = 120},
		   NULL, WEB_HEAD "sched_waking: comm=db pid=104 prio=120 target_cpu=000\n");
	check_line(plain,
		   (struct record){.kind = RECORD_WAKEUP,
				   .flags = RECORD_FLAG_BY_TASK,
				   .task = DB,
				   .other = DB, /* the waker was elsewhere: an interrupt */
				   .arg = 63,
				   .value = (u32)-1},
		   NULL, WEB_HEAD "sched_wakeup: comm=db pid=104 prio=-1 target_cpu=063\n");
	check_line(plain,
		   (struct record){.kind = RECORD_WAKEUP_NEW,
				   .flags = RECORD_FLAG_BY_TASK,
				   .task = DB,
				   .other = WEB,
				   .arg = 255,
				   .value = 89},
		   NULL, WEB_HEAD "sched_wakeup_new: comm=db pid=104 prio=89 target_cpu=255\n");
	check_line(plain,
		   (struct record){.kind = RECORD_MIGRATE,
				   .task = DB,
				   .arg = 1 << 16 | 0,
				   .value = (u64)RECORD_MOVE_PULL << 32 | 120},
		   NULL,
		   WEB_HEAD "sched_migrate_task: comm=db pid=104 prio=120 orig_cpu=0 dest_cpu=1\n");
	check_line(plain,
		   (struct record){.kind = RECORD_NEWTASK,
				   .task = CHILD,
				   .other = WEB,
				   .arg = 105,
				   .value = 0x1200000},
		   NULL,
		   WEB_HEAD "task_newtask: pid=105 comm=web clone_flags=1200000 oom_score_adj=0\n");
	check_line(plain,
		   (struct record){.kind = RECORD_FORK,
				   .task = CHILD,
				   .other = WEB,
				   .arg = 105,
				   .value = 105ULL << 32},
		   "kid",
		   WEB_HEAD "sched_process_fork: comm=web pid=103 child_comm=kid child_pid=105\n");
	check_line(plain, (struct record){.kind = RECORD_RENAME, .task = WEB}, "www",
		   WEB_HEAD "task_rename: pid=103 oldcomm=web newcomm=www oom_score_adj=0\n");
	check_line(plain, (struct record){.kind = RECORD_EXEC, .task = WEB, .arg = 103}, "/bin/www",
		   WEB_HEAD "sched_process_exec: filename=/bin/www pid=103 old_pid=103\n");
	check_line(plain, (struct record){.kind = RECORD_EXIT, .task = WEB, .arg = 1, .value = 120},
		   NULL, WEB_HEAD "sched_process_exit: comm=web pid=103 prio=120\n");
	check_line(plain, (struct record){.kind = RECORD_WAIT, .task = WEB, .arg = 0, .value = 120},
		   NULL, WEB_HEAD "sched_process_wait: comm=web pid=0 prio=120\n");
	check_line(plain, (struct record){.kind = RECORD_FREE, .task = DB, .value = 120}, NULL,
		   WEB_HEAD "sched_process_free: comm=db pid=104 prio=120\n");
	check_line(plain, (struct record){.kind = RECORD_PREPARE_EXEC, .task = WEB}, "/bin/ls",
		   WEB_HEAD
		   "sched_prepare_exec: interp=/bin/ls filename=/bin/ls pid=103 comm=web\n");
	check_line(plain, (struct record){.kind = RECORD_KTHREAD_STOP, .task = DB}, NULL,
		   WEB_HEAD "sched_kthread_stop: comm=db pid=104\n");
	check_line(plain,
		   (struct record){.kind = RECORD_KTHREAD_STOP_RET, .task = WEB, .value = (u64)-4},
		   NULL, WEB_HEAD "sched_kthread_stop_ret: ret=-4\n");
	check_line(plain, (struct record){.kind = RECORD_RUNTIME, .task = WEB, .value = 1000000},
		   NULL, WEB_HEAD "sched_stat_runtime: comm=web pid=103 runtime=1000000 [ns]\n");
	check_line(plain, (struct record){.kind = RECORD_STAT_WAIT, .task = DB, .value = 4000000},
		   NULL, WEB_HEAD "sched_stat_wait: comm=db pid=104 delay=4000000 [ns]\n");
	check_line(plain, (struct record){.kind = RECORD_STAT_SLEEP, .task = DB, .value = 7}, NULL,
		   WEB_HEAD "sched_stat_sleep: comm=db pid=104 delay=7 [ns]\n");
	check_line(plain, (struct record){.kind = RECORD_STAT_IOWAIT, .task = DB, .value = 8}, NULL,
		   WEB_HEAD "sched_stat_iowait: comm=db pid=104 delay=8 [ns]\n");
	check_line(plain, (struct record){.kind = RECORD_STAT_BLOCKED, .task = DB, .value = 9},
		   NULL, WEB_HEAD "sched_stat_blocked: comm=db pid=104 delay=9 [ns]\n");
	check_line(
		plain,
		(struct record){.kind = RECORD_PI_SETPRIO, .task = DB, .arg = 120u << 16 | (u16)-1},
		NULL, WEB_HEAD "sched_pi_setprio: comm=db pid=104 oldprio=120 newprio=-1\n");
	/* As 6.12 prints a kill(), a SIGCHLD of a child that a signal killed, and an abort(). */
	check_line(plain,
		   (struct record){.kind = RECORD_SIGNAL_GENERATE, .task = DB, .arg = 9 | 1 << 8},
		   NULL,
		   WEB_HEAD "signal_generate: sig=9 errno=0 code=0 comm=db pid=104 grp=1 res=0\n");
	check_line(plain,
		   (struct record){.kind = RECORD_SIGNAL_GENERATE,
				   .task = DB,
				   .other = 2,
				   .arg = 17 | 1 << 8,
				   .value = RECORD_SIGNAL_IGNORED},
		   NULL,
		   WEB_HEAD "signal_generate: sig=17 errno=0 code=2 comm=db pid=104 grp=1 res=1\n");
	check_line(plain,
		   (struct record){
			   .kind = RECORD_SIGNAL_GENERATE, .task = WEB, .other = (u32)-6, .arg = 6},
		   NULL,
		   WEB_HEAD
		   "signal_generate: sig=6 errno=0 code=-6 comm=web pid=103 grp=0 res=0\n");
	check_line(plain,
		   (struct record){.kind = RECORD_SIGNAL_DELIVER,
				   .task = WEB,
				   .arg = 10,
				   .value = 0x401010ULL << 32 | 0x14000000},
		   NULL,
		   WEB_HEAD
		   "signal_deliver: sig=10 errno=0 code=0 sa_handler=401010 sa_flags=14000000\n");
	check_line(plain, (struct record){.kind = RECORD_MARK, .task = WEB}, "request 7",
		   WEB_HEAD "tracing_mark_write: request 7\n");
	check_line(plain, (struct record){.kind = RECORD_LOST, .value = 134}, NULL,
		   "CPU:1 [LOST 134 EVENTS]\n");
	check_line(plain, (struct record){.kind = RECORD_ATTR, .task = WEB}, NULL, "");
	check_line(plain, (struct record){.kind = RECORD_END}, NULL, "");
}

Test(write, versions_differ_where_the_format_says_so)
{
	check_line((struct ftrace_format){.exit_has_group_dead = true},
		   (struct record){.kind = RECORD_EXIT, .task = WEB, .arg = 1, .value = 120}, NULL,
		   WEB_HEAD "sched_process_exit: comm=web pid=103 prio=120 group_dead=true\n");
	check_line((struct ftrace_format){.exit_has_group_dead = true},
		   (struct record){.kind = RECORD_EXIT, .task = WEB, .arg = 0, .value = 120}, NULL,
		   WEB_HEAD "sched_process_exit: comm=web pid=103 prio=120 group_dead=false\n");
	check_line((struct ftrace_format){.runtime_has_vruntime = true},
		   (struct record){.kind = RECORD_RUNTIME, .task = WEB, .value = 5}, NULL,
		   WEB_HEAD
		   "sched_stat_runtime: comm=web pid=103 runtime=5 [ns] vruntime=0 [ns]\n");
}

Test(write, a_vruntime_joins_the_runtime_before_it)
{
	struct writing *w = small_machine((struct ftrace_format){.runtime_has_vruntime = true,
								 .time_offset_ns = 12345 * SEC});
	const char *body;

	put(w,
	    (struct record){.when = 5, .kind = RECORD_RUNTIME, .cpu = 1, .task = WEB, .value = 7});
	put(w, (struct record){
		       .when = 5, .kind = RECORD_VRUNTIME, .cpu = 1, .task = WEB, .value = 99});
	body = written(w);
	cr_assert_str_eq(
		strchr(body, '\n') + 1,
		"             web-103     [001] d..2. 12345.000000005: sched_stat_runtime: comm=web pid=103 "
		"runtime=7 [ns] vruntime=99 [ns]\n");
	writing_free(w);
}

Test(write, a_text_keeps_to_its_line_however_long)
{
	struct writing *w = small_machine((struct ftrace_format){0});
	char *longest = malloc(100001);
	const char *body;

	memset(longest, 'x', 100000);
	longest[100000] = 0;
	put(w, (struct record){
		       .kind = RECORD_MARK, .cpu = 1, .task = WEB, .value = name(w, "two\nlines")});
	for (u32 i = 0; i < 100; i++)
		put(w,
		    (struct record){
			    .kind = RECORD_MARK, .cpu = 1, .task = WEB, .value = name(w, longest)});
	body = strchr(written(w), '\n') + 1;
	cr_assert(strncmp(strstr(body, "mark_write: "), "mark_write: two lines\n", 22) == 0);
	for (u32 i = 0; i < 101; i++, body = strchr(body, '\n') + 1)
		cr_assert_not_null(strchr(body, '\n'));
	cr_assert_eq(*body, 0);
	free(longest);
	writing_free(w);
}

Test(write, a_full_disk_is_noticed)
{
	FILE *full = fopen("/dev/full", "w");
	struct names names;
	struct ftrace_writer *writer;

	if (!full)
		cr_skip_test("no /dev/full here");
	names_init(&names);
	writer = ftrace_writer_new(full, &names, 1, (struct ftrace_format){0});
	cr_assert_not(ftrace_writer_finish(writer));
	ftrace_writer_free(writer);
	fclose(full);
	names_fini(&names);
}

/* What has no text of its own, or only together with the record before it. */
static bool has_no_text(const struct record *r)
{
	return r->kind == RECORD_IRQ;
}

static bool same_record(struct record a, struct record b)
{
	a.flags &= (u8)~RECORD_FLAG_MENDED; /* what was put back is there for good */
	b.flags &= (u8)~RECORD_FLAG_MENDED;
	return memcmp(&a, &b, sizeof(a)) == 0;
}

/* @first are records of a real trace; as text they give the same records again. */
static void check_round_trip(struct reading *first, bool vruntime)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct ftrace_writer *writer =
		ftrace_writer_new(out, &first->names, first->facts.nr_cpus,
				  (struct ftrace_format){.runtime_has_vruntime = vruntime});
	struct sink sink = ftrace_writer_sink(writer);
	struct reading *again;
	u32 at = 0;

	sink.take(sink.self, first->records.at, first->records.len);
	cr_assert(ftrace_writer_finish(writer));
	ftrace_writer_free(writer);
	fclose(out);
	again = read_trace_len(text, len);
	cr_assert_eq(again->facts.nr_bad_lines, 0);
	cr_assert_eq(again->facts.nr_mended, 0);
	for (u32 i = 0; i < first->records.len; i++) {
		if (has_no_text(&first->records.at[i]))
			continue;
		cr_assert_lt(at, again->records.len);
		cr_assert(same_record(first->records.at[i], again->records.at[at]), "record %u: %s",
			  i, record_kind_names[first->records.at[i].kind]);
		at++;
	}
	cr_assert_eq(at, again->records.len);
	free(text);
	reading_free(again);
	reading_free(first);
}

/* A timer's wakeup is not the current task's doing; of a trace without flags nobody knows. */
Test(write, flags_tell_who_made_a_wakeup)
{
	static const char *const heads[] = {
		[0] = "             web-103     [001]           0.005000000: ",
		[RECORD_FLAG_BY_TASK] = WEB_HEAD,
		[RECORD_FLAG_IRQ] = "             web-103     [001] d.h2.     0.005000000: ",
	};

	for (u32 flags = 0; flags < ARRAY_SIZE(heads); flags++) {
		struct text line = {0};

		if (!heads[flags])
			continue;
		text_printf(&line, "%ssched_waking: comm=db pid=104 prio=120 target_cpu=000\n",
			    heads[flags]);
		check_line((struct ftrace_format){0},
			   (struct record){.kind = RECORD_WAKING,
					   .flags = (u8)flags,
					   .task = DB,
					   .other = WEB,
					   .value = 120},
			   NULL, line.at);
		text_fini(&line);
	}
}

Test(write, flags_tell_that_a_switch_is_due)
{
	check_line(
		(struct ftrace_format){0},
		(struct record){.kind = RECORD_WAKEUP,
				.flags = RECORD_FLAG_IRQ | RECORD_FLAG_RESCHED,
				.task = DB,
				.other = WEB,
				.value = 120},
		NULL,
		"             web-103     [001] dNh2.     0.005000000: sched_wakeup: comm=db pid=104 "
		"prio=120 target_cpu=000\n");
	check_line(
		(struct ftrace_format){0},
		(struct record){.kind = RECORD_WAKEUP,
				.flags = RECORD_FLAG_BY_TASK | RECORD_FLAG_RESCHED,
				.task = DB,
				.other = WEB,
				.value = 120},
		NULL,
		"             web-103     [001] dN.2.     0.005000000: sched_wakeup: comm=db pid=104 "
		"prio=120 target_cpu=000\n");
}

Test(write, any_line_may_be_an_interrupts)
{
	check_line(
		(struct ftrace_format){0},
		(struct record){
			.kind = RECORD_RUNTIME, .flags = RECORD_FLAG_IRQ, .task = WEB, .value = 7},
		NULL,
		"             web-103     [001] d.h2.     0.005000000: sched_stat_runtime: comm=web pid=103 "
		"runtime=7 [ns]\n");
}

/* The simulator's init forks without running: who runs there is not the parent. */
Test(write, a_fork_by_interrupt_stands_before_whoever_runs)
{
	check_line(
		(struct ftrace_format){0},
		(struct record){.kind = RECORD_FORK,
				.flags = RECORD_FLAG_IRQ,
				.task = CHILD,
				.other = DB,
				.arg = 105,
				.value = 105ULL << 32},
		"child",
		"             web-103     [001] d.h2.     0.005000000: sched_process_fork: comm=db pid=104 "
		"child_comm=child child_pid=105\n");
}

Test(round_trip, recordings_written_and_read_are_the_same)
{
	check_round_trip(read_recording("pipe-ping-pong.6.1.txt"), true);
	check_round_trip(read_recording("hog-and-periodic.6.12.txt"), false);
}

/* The numbers are those of truth-metrics on the same texts ("mended_switches", and lines counted by
 * grep). */
Test(recordings, are_read_without_a_bad_line_and_mended_like_the_reference)
{
	struct reading *r61 = read_recording("pipe-ping-pong.6.1.txt");
	struct reading *r612 = read_recording("hog-and-periodic.6.12.txt");
	struct reading *r618 = read_recording("three-hogs.6.18.txt");

	cr_assert_eq(r61->facts.nr_bad_lines + r612->facts.nr_bad_lines + r618->facts.nr_bad_lines,
		     0);
	cr_assert_eq(r61->facts.nr_disordered + r612->facts.nr_disordered +
			     r618->facts.nr_disordered,
		     0);
	cr_assert_eq(r61->facts.nr_mended, 0);
	cr_assert_eq(r612->facts.nr_mended, 0);
	cr_assert_eq(r618->facts.nr_mended, 14);
	cr_assert_eq(count_of(r61, RECORD_SWITCH), 305);
	cr_assert_eq(count_of(r612, RECORD_SWITCH), 545);
	cr_assert_eq(count_of(r618, RECORD_SWITCH), 422 + 14);
	cr_assert_eq(count_of(r61, RECORD_VRUNTIME), count_of(r61, RECORD_RUNTIME));
	cr_assert_eq(r618->facts.nr_cpus, 2);
	reading_free(r61);
	reading_free(r612);
	reading_free(r618);
}
