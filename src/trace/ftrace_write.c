/* SPDX-License-Identifier: MIT */
/*
 * Writes records as the text of a tracing folder's `trace` file.
 *
 * A line is put together by hand in a large buffer: the head from who runs on the cpu, the body
 * from the table of events. Texts of any length pass; a newline in one becomes a blank.
 */
#include "trace/ftrace_write.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/vec.h"
#include "trace/events.h"
#include "trace/roster.h"

enum { BUFFER_SIZE = 1 << 17, HEAD_MAX = 128, TEXT_MAX = 4096, COMM_WIDTH = 16, PID_WIDTH = 7 };

/* Room that a line needs at most: head, numbers, two texts. */
enum { LINE_MAX_SIZE = HEAD_MAX + EVENT_PRINT_MAX + 2 * TEXT_MAX + 1 + COMM_WIDTH + TEXT_MAX };

struct ftrace_writer {
	FILE *out;
	const struct names *names;
	struct ftrace_format format;
	struct roster roster;
	const struct event_desc *desc[NR_RECORD_KINDS];
	u32 *running; /* task id by cpu; TASK_ID_NONE: no switch told yet */
	u32 nr_cpus, cap_cpus;
	struct record runtime; /* waits for the VRUNTIME that may follow it */
	bool runtime_waits, failed;
	char *at, *buffer, *full; /* from @full on, the buffer has no room for a line */
};

static const char header[] = "# tracer: nop\n"
			     "#\n"
			     "# entries-in-buffer/entries-written: 0/0   #P:%u\n"
			     "#\n"
			     "#                                _-----=> irqs-off/BH-disabled\n"
			     "#                               / _----=> need-resched\n"
			     "#                              | / _---=> hardirq/softirq\n"
			     "#                              || / _--=> preempt-depth\n"
			     "#                              ||| / _-=> migrate-disable\n"
			     "#                              |||| /     delay\n"
			     "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
			     "#              | |         |   |||||     |         |\n";

static void write_out(struct ftrace_writer *w)
{
	size_t len = (size_t)(w->at - w->buffer);

	w->failed |= fwrite(w->buffer, 1, len, w->out) != len;
	w->at = w->buffer;
}

/* Who is who. */

static struct span comm_of(const struct ftrace_writer *w, u32 task)
{
	const struct roster_entry *entry = roster_get(&w->roster, task);
	const char *comm = entry ? names_text(w->names, entry->comm) : "<...>";

	return (struct span){comm, (u32)strnlen(comm, TEXT_MAX)};
}

static u32 pid_of(const struct ftrace_writer *w, u32 task)
{
	const struct roster_entry *entry = roster_get(&w->roster, task);

	return entry ? entry->pid : 0;
}

static struct span name_of(const struct ftrace_writer *w, u32 name)
{
	const char *text = names_text(w->names, name);

	return (struct span){text, (u32)strnlen(text, TEXT_MAX)};
}

static void grow_cpus(struct ftrace_writer *w, u32 cpu)
{
	vec_grow((void **)&w->running, &w->cap_cpus, cpu + 1, sizeof(*w->running));
	for (; w->nr_cpus <= cpu; w->nr_cpus++)
		w->running[w->nr_cpus] = TASK_ID_NONE;
}

/* Before the first switch, whoever has runtime accounted is likely to be the one; else the idle
 * task. */
static u32 running_at(struct ftrace_writer *w, const struct record *r)
{
	if (r->cpu >= w->nr_cpus)
		grow_cpus(w, r->cpu);
	if (w->running[r->cpu] != TASK_ID_NONE)
		return w->running[r->cpu];
	return r->kind == RECORD_RUNTIME ? r->task : r->cpu;
}

/* Lines. */

static char *put_pid(char *at, u32 pid)
{
	char *end = text_put_u64(at, pid);

	while (end < at + PID_WIDTH)
		*end++ = ' ';
	return end;
}

static char *put_time(char *at, u64 when)
{
	u64 seconds = when / SEC;

	for (u64 limit = 10000; limit > 1 && seconds < limit; limit /= 10)
		*at++ = ' ';
	at = text_put_u64(at, seconds);
	*at++ = '.';
	return text_put_u64_zero(at, when % SEC, 9);
}

/* Flags of a wakeup tell who made it; if that is not known (a real trace without), none are said.
 */
static void put_flags(char *at, const struct record *r)
{
	bool is_wake =
		(RECORD_BIT(WAKING) | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW)) >> r->kind & 1;
	bool irq = r->flags & RECORD_FLAG_IRQ, known = irq || r->flags & RECORD_FLAG_BY_TASK;

	memcpy(at, is_wake && !known ? "]       " : "] d..2. ", 8);
	if (r->flags & RECORD_FLAG_RESCHED)
		at[3] = 'N';
	if (irq)
		at[4] = 'h';
}

static char *put_head(const struct ftrace_writer *w, char *at, u32 task, const struct record *r)
{
	u32 cpu = r->cpu;
	u32 pid = pid_of(w, task);
	struct span comm = pid ? comm_of(w, task) : SPAN("<idle>");

	for (u32 i = comm.len; i < COMM_WIDTH; i++)
		*at++ = ' ';
	at = event_put_text(at, comm);
	*at++ = '-';
	at = put_pid(at, pid);
	*at++ = ' ';
	*at++ = '[';
	at = cpu < 1000 ? text_put_u64_zero(at, cpu, 3) : text_put_u64(at, cpu);
	put_flags(at, r);
	at = put_time(at + 8, r->when + w->format.time_offset_ns);
	*at++ = ':';
	*at++ = ' ';
	return at;
}

static void put_line(struct ftrace_writer *w, const struct record *r, u32 head_task,
		     const struct event_values *v)
{
	const struct event_desc *desc = w->desc[r->kind];
	char *at = w->at;

	at = put_head(w, at, head_task, r);
	memcpy(at, desc->name, desc->name_len);
	at += desc->name_len;
	*at++ = ':';
	*at++ = ' ';
	at = desc->role == ROLE_MARK ? event_put_text(at, v->text[EVENT_OTHER_COMM])
				     : event_print(desc, v, at);
	*at++ = '\n';
	w->at = at;
	if (at >= w->full)
		write_out(w);
}

static void put_loss(struct ftrace_writer *w, const struct record *r)
{
	w->at += r->value ? sprintf(w->at, "CPU:%u [LOST %" PRIu64 " EVENTS]\n", r->cpu, r->value)
			  : sprintf(w->at, "CPU:%u [LOST EVENTS]\n", r->cpu);
	if (w->at >= w->full)
		write_out(w);
}

/* What the kernel's log would say, as the event console:console shows it. */
static void put_console(struct ftrace_writer *w, const struct record *r)
{
	char *at = put_head(w, w->at, running_at(w, r), r);

	at += sprintf(at, "console: ");
	if (r->kind == RECORD_UNBOUND) {
		at += sprintf(at, "process %u (", pid_of(w, r->task));
		at = event_put_text(at, comm_of(w, r->task));
		at += sprintf(at, ") no longer affine to cpu%u\n", r->arg);
	} else {
		at += sprintf(at,
			      r->value ? "smpboot: Booting Processor %u\n"
				       : "smpboot: CPU %u is now offline\n",
			      r->cpu);
	}
	w->at = at;
	if (at >= w->full)
		write_out(w);
}

/* The values of a record, in the order of record.h. Returns the task before which the line stands.
 */

static void set(struct event_values *v, enum event_number slot, s64 value)
{
	v->number[slot] = value;
	v->given |= 1u << slot;
}

static void set_task(const struct ftrace_writer *w, struct event_values *v, u32 task)
{
	v->text[EVENT_COMM] = comm_of(w, task);
	v->number[EVENT_PID] = pid_of(w, task);
}

static void set_other(const struct ftrace_writer *w, struct event_values *v, u32 task)
{
	v->text[EVENT_OTHER_COMM] = comm_of(w, task);
	v->number[EVENT_OTHER_PID] = pid_of(w, task);
}

static u32 fill_switch(const struct ftrace_writer *w, const struct record *r,
		       struct event_values *v)
{
	set_other(w, v, r->other);
	v->number[EVENT_PRIO] = record_prev_prio(r);
	v->number[EVENT_OTHER_PRIO] = record_next_prio(r);
	v->number[EVENT_VALUE] = record_prev_state(r);
	w->running[r->cpu] = r->other;
	return r->task;
}

/* A child's line comes before the record that introduces it, with the comm of its parent. */
static void fill_newtask(const struct ftrace_writer *w, const struct record *r,
			 struct event_values *v)
{
	v->text[EVENT_COMM] = comm_of(w, r->other);
	v->number[EVENT_PID] = r->arg;
	v->number[EVENT_IGNORED] = 0;
	set(v, EVENT_VALUE, (s64)r->value);
}

static void fill_fork(const struct ftrace_writer *w, const struct record *r, struct event_values *v)
{
	set_task(w, v, r->other);
	v->text[EVENT_OTHER_COMM] = name_of(w, (u32)r->value);
	v->number[EVENT_OTHER_PID] = r->arg;
}

/*
 * A parent forks while it runs. The simulator's init does not run when it forks what a workload
 * starts with: a timer's interrupt does it in init's name, and the line stands before whom that
 * interrupts.
 */
static u32 forking(const struct record *r, u32 runs)
{
	return r->flags & RECORD_FLAG_IRQ || r->other == TASK_ID_NONE ? runs : r->other;
}

static void fill_signal(const struct record *r, struct event_values *v)
{
	v->number[EVENT_SIGNAL] = r->arg & 0xff;
	v->number[EVENT_IGNORED] = 0;
	v->number[EVENT_OTHER_PRIO] = (s32)r->other;
	if (r->kind == RECORD_SIGNAL_DELIVER) {
		v->number[EVENT_VALUE] = (s64)(r->value >> 32);
		v->number[EVENT_GROUP] = (s64)(u32)r->value;
	} else {
		v->number[EVENT_VALUE] = (s64)r->value;
		v->number[EVENT_GROUP] = r->arg >> 8 & 1;
	}
}

static u32 fill(struct ftrace_writer *w, const struct record *r, struct event_values *v)
{
	u32 runs = running_at(w, r);

	v->given = 0;
	set_task(w, v, r->task);
	switch ((enum record_kind)r->kind) {
	case RECORD_SWITCH:
		return fill_switch(w, r, v);
	case RECORD_WAKING:
	case RECORD_WAKEUP:
	case RECORD_WAKEUP_NEW:
		v->number[EVENT_PRIO] = (s32)r->value;
		v->number[EVENT_CPU] = r->arg;
		/* A wakeup by interrupt happens in whatever runs there, not in the waker. */
		return r->other == TASK_ID_NONE || r->kind == RECORD_WAKEUP ? runs : r->other;
	case RECORD_MIGRATE:
		v->number[EVENT_PRIO] = (s32)r->value;
		v->number[EVENT_OTHER_CPU] = r->arg & 0xffff;
		v->number[EVENT_CPU] = r->arg >> 16;
		break;
	case RECORD_FORK:
		fill_fork(w, r, v);
		return forking(r, runs);
	case RECORD_NEWTASK:
		fill_newtask(w, r, v);
		return forking(r, runs);
	case RECORD_RENAME:
		v->text[EVENT_OTHER_COMM] = name_of(w, (u32)r->value);
		v->number[EVENT_IGNORED] = 0;
		break;
	case RECORD_PREPARE_EXEC:
		v->text[EVENT_OTHER_COMM] = name_of(w, (u32)r->value);
		return r->task;
	case RECORD_EXEC:
		v->text[EVENT_OTHER_COMM] = name_of(w, (u32)r->value);
		v->number[EVENT_OTHER_PID] = r->arg;
		return r->task;
	case RECORD_EXIT:
		v->number[EVENT_PRIO] = (s32)r->value;
		if (w->format.exit_has_group_dead)
			set(v, EVENT_VALUE, r->arg == 1);
		return r->task;
	case RECORD_WAIT:
		v->number[EVENT_PID] = r->arg;
		v->number[EVENT_PRIO] = (s32)r->value;
		return r->task;
	case RECORD_FREE:
		v->number[EVENT_PRIO] = (s32)r->value;
		break;
	case RECORD_RUNTIME:
	case RECORD_STAT_WAIT:
	case RECORD_STAT_SLEEP:
	case RECORD_STAT_IOWAIT:
	case RECORD_STAT_BLOCKED:
		v->number[EVENT_VALUE] = (s64)r->value;
		break;
	case RECORD_KTHREAD_STOP_RET:
		v->number[EVENT_VALUE] = (s64)r->value;
		return r->task;
	case RECORD_PI_SETPRIO:
		v->number[EVENT_PRIO] = (s16)(r->arg >> 16);
		v->number[EVENT_OTHER_PRIO] = (s16)r->arg;
		break;
	case RECORD_SIGNAL_GENERATE:
		fill_signal(r, v);
		break;
	case RECORD_SIGNAL_DELIVER:
		fill_signal(r, v);
		return r->task;
	case RECORD_MARK:
		v->text[EVENT_OTHER_COMM] = name_of(w, (u32)r->value);
		return r->task;
	default:
		break;
	}
	return runs;
}

/* A RUNTIME waits until it is clear whether its VRUNTIME follows: both make one line. */
static void put_runtime(struct ftrace_writer *w, const struct record *vruntime)
{
	struct event_values v;
	u32 head_task = fill(w, &w->runtime, &v);

	if (w->format.runtime_has_vruntime)
		set(&v, EVENT_VRUNTIME, vruntime ? (s64)vruntime->value : 0);
	w->runtime_waits = false;
	put_line(w, &w->runtime, head_task, &v);
}

static void write_record(struct ftrace_writer *w, const struct record *r)
{
	struct event_values v;

	if (w->runtime_waits) {
		bool joins = r->kind == RECORD_VRUNTIME && r->task == w->runtime.task;

		put_runtime(w, joins ? r : NULL);
	}
	/* A rename is told by the task's old name, all else by what the task is from now on. */
	if (r->kind != RECORD_RENAME)
		roster_take(&w->roster, r);
	if (r->kind == RECORD_RUNTIME) {
		w->runtime = *r;
		w->runtime_waits = true;
	} else if (r->kind == RECORD_LOST) {
		put_loss(w, r);
	} else if (r->kind == RECORD_CPU || r->kind == RECORD_UNBOUND) {
		put_console(w, r);
	} else if (w->desc[r->kind]) {
		put_line(w, r, fill(w, r, &v), &v);
	}
	if (r->kind == RECORD_RENAME)
		roster_take(&w->roster, r);
}

static void take(void *self, const struct record *batch, size_t count)
{
	for (size_t i = 0; i < count; i++)
		write_record(self, &batch[i]);
}

/* Life. */

struct ftrace_writer *ftrace_writer_new(FILE *out, const struct names *names, u32 nr_cpus,
					struct ftrace_format format)
{
	struct ftrace_writer *w = NULL;
	u32 cap = 0, buffer_cap = 0;

	vec_grow((void **)&w, &cap, 1, sizeof(*w));
	*w = (struct ftrace_writer){.out = out, .names = names, .format = format};
	vec_grow((void **)&w->buffer, &buffer_cap, BUFFER_SIZE, 1);
	w->at = w->buffer;
	w->full = w->buffer + BUFFER_SIZE - LINE_MAX_SIZE;
	roster_init(&w->roster);
	for (u32 kind = 0; kind < NR_RECORD_KINDS; kind++)
		w->desc[kind] = event_desc_of((enum record_kind)kind);
	if (nr_cpus)
		grow_cpus(w, nr_cpus - 1);
	w->at += sprintf(w->at, header, nr_cpus);
	return w;
}

struct sink ftrace_writer_sink(struct ftrace_writer *writer)
{
	u64 wants = ROSTER_WANTS | RECORD_BIT(VRUNTIME) | RECORD_BIT(LOST) | RECORD_BIT(CPU) |
		    RECORD_BIT(UNBOUND);

	for (u32 kind = 0; kind < NR_RECORD_KINDS; kind++)
		wants |= writer->desc[kind] ? 1ull << kind : 0;
	return (struct sink){.self = writer, .wants = wants, .take = take};
}

bool ftrace_writer_finish(struct ftrace_writer *writer)
{
	if (writer->runtime_waits)
		put_runtime(writer, NULL);
	write_out(writer);
	return fflush(writer->out) == 0 && !writer->failed;
}

void ftrace_writer_free(struct ftrace_writer *writer)
{
	roster_fini(&writer->roster);
	vec_release((void **)&writer->running);
	vec_release((void **)&writer->buffer);
	vec_release((void **)&writer);
}
