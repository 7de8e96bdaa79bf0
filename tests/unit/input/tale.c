/* SPDX-License-Identifier: MIT */
/* Small traces written by hand: see tale.h. */
#include "tale.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tale tale_begin(char on_cpu)
{
	return (struct tale){.on_cpu = on_cpu, .flags = ""};
}

int pid_of(char task)
{
	if (task >= '0' && task <= '9')
		return task - '0' + 40;
	return task == '-' ? 0 : task - 'a' + 10;
}

const char *comm_of_b = "b"; /* it may execute another program */

const char *comm_of(char task)
{
	static char comm[3];

	if (task == 'b')
		return comm_of_b;
	snprintf(comm, sizeof(comm), task >= '0' && task <= '9' ? "w%c" : "%c", task);
	return task == '-' ? "swapper/0" : comm;
}

void head(struct tale *t, u64 us)
{
	text_printf(&t->trace, "%16s-%-5d [000] %s %5" PRIu64 ".%06" PRIu64 ": ",
		    t->on_cpu == '-' ? "<idle>" : comm_of(t->on_cpu), pid_of(t->on_cpu), t->flags,
		    us / 1000000, us % 1000000);
}

void event(struct tale *t, u64 us, const char *body)
{
	head(t, us);
	text_add(&t->trace, body);
	text_add_char(&t->trace, '\n');
}

void gives_way_at(struct tale *t, u64 us, const char *state, char next, int prio, int next_prio)
{
	head(t, us);
	text_printf(&t->trace,
		    "sched_switch: prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s ==> ",
		    comm_of(t->on_cpu), pid_of(t->on_cpu), prio, state);
	text_printf(&t->trace, "next_comm=%s next_pid=%d next_prio=%d\n", comm_of(next),
		    pid_of(next), next_prio);
	t->on_cpu = next;
}

void gives_way(struct tale *t, u64 us, const char *state, char next)
{
	gives_way_at(t, us, state, next, 120, 120);
}

void wakes(struct tale *t, u64 us, char task)
{
	head(t, us);
	text_printf(&t->trace, "sched_waking: comm=%s pid=%d prio=120 target_cpu=000\n",
		    comm_of(task), pid_of(task));
	head(t, us);
	text_printf(&t->trace, "sched_wakeup: comm=%s pid=%d prio=120 target_cpu=000\n",
		    comm_of(task), pid_of(task));
}

void forks(struct tale *t, u64 us, char child)
{
	char parent = t->on_cpu;

	head(t, us);
	text_printf(&t->trace, "sched_process_fork: comm=%s pid=%d ", comm_of(parent),
		    pid_of(parent));
	text_printf(&t->trace, "child_comm=%s child_pid=%d\n", comm_of(child), pid_of(child));
	head(t, us);
	text_printf(&t->trace, "sched_wakeup_new: comm=%s pid=%d prio=120 target_cpu=000\n",
		    comm_of(child), pid_of(child));
}

void accounts(struct tale *t, u64 us)
{
	head(t, us);
	text_printf(&t->trace, "sched_stat_runtime: comm=%s pid=%d runtime=1000000 [ns]\n",
		    comm_of(t->on_cpu), pid_of(t->on_cpu));
}

const char *rebuilt(struct tale *t)
{
	u32 source;

	t->diag = diag_new();
	source = diag_add_source(t->diag, "t.txt", t->trace.at, t->trace.len);
	cr_assert(replay_rebuild(t->diag, source, t->trace.at, t->trace.len, &t->options, &t->yaml,
				 &t->lead));
	diag_to_text(t->diag, &t->messages);
	t->compiled = compile_text(t->yaml.at, NULL);
	cr_assert_not_null(t->compiled.workload, "%s\n%s", messages_of(&t->compiled), t->yaml.at);
	return t->yaml.at;
}

void tale_end(struct tale *t)
{
	if (t->diag) {
		compiled_fini(&t->compiled);
		diag_free(t->diag);
	}
	text_fini(&t->trace);
	text_fini(&t->yaml);
	text_fini(&t->messages);
}

/* The part of the text that tells of a task. */
const char *task_text(struct tale *t, const char *name)
{
	static char part[65536];
	char begin[64];
	const char *at, *end;

	snprintf(begin, sizeof(begin), "- name: %s\n", name);
	at = strstr(t->yaml.at, begin);
	cr_assert_not_null(at, "no task %s in\n%s", name, t->yaml.at);
	end = strstr(at, "\n\n");
	snprintf(part, sizeof(part), "%.*s", end ? (int)(end + 1 - at) : (int)strlen(at), at);
	return part;
}

void expect_text(struct tale *t, const char *task, const char *wanted)
{
	const char *text = task_text(t, task);

	cr_expect(strstr(text, wanted), "wanted\n%s\nin\n%s", wanted, text);
}

void expect_no_text(struct tale *t, const char *task, const char *unwanted)
{
	const char *text = task_text(t, task);

	cr_expect(!strstr(text, unwanted), "did not want\n%s\nin\n%s", unwanted, text);
}

/* How deep in loops an action or a count of rounds is indented; each loop is four columns. */
static u32 depth_of(const char *line)
{
	return (u32)(strspn(line, " ") - 2) / 4;
}

#define AHEAD "# Ahead of the recording:"

u32 count_in(const char *text, const char *word)
{
	u32 n = 0, rounds[8] = {1}; /* by depth */
	bool goes_on = false;

	for (const char *end; *text; text = end + 1) {
		char line[256];
		u32 depth;

		end = strchrnul(text, '\n');
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		depth = strncmp(line, "  ", 2) == 0 ? depth_of(line) : 0;
		cr_assert_lt(depth + 1, ARRAY_SIZE(rounds));
		if (strstr(line, "- loop:"))
			rounds[depth + 1] = rounds[depth]; /* no count: for ever */
		if (sscanf(line, " count: %u", &rounds[depth]) == 1)
			rounds[depth] *= rounds[depth - 1];
		goes_on = *line && (goes_on || strstr(line, AHEAD));
		if (strstr(line, word) && !goes_on)
			n += rounds[depth];
		if (!*end)
			break;
	}
	return n;
}

u32 count_ahead(struct tale *t, const char *task, const char *word)
{
	const char *ahead = strstr(task_text(t, task), AHEAD);

	cr_assert_not_null(ahead, "%s goes on with nothing in\n%s", task, t->yaml.at);
	return count_in(strchr(ahead, '\n') + 1, word);
}
