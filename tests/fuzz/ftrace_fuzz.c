/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any bytes as trace text. Seeds: traces/ and tests/fuzz/ftrace-seeds/.
 *
 * Whatever comes in, the reader must end with records that keep the promises of record.h, or with a
 * message: never a crash, an assertion, a leak or a hang. What it read is written as text, and that
 * text must be a trace again. (Not the same one: a comm may look like the beginning of a line.)
 */
#include "base/ensure.h"
#include "base/vec.h"
#include "trace/ftrace_read.h"
#include "trace/ftrace_write.h"
#include "trace/roster.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct checker {
	struct roster roster;
	u64 last;
	u32 nr_cpus;
	bool ended;
};

static void check_known(const struct checker *c, u32 task)
{
	ensure(task == TASK_ID_NONE || roster_get(&c->roster, task) != NULL);
}

/* Order of time, tasks introduced before they act, cpus within the machine, END last. */
static void check_record(struct checker *c, const struct record *r)
{
	ensure(!c->ended);
	ensure(r->kind < NR_RECORD_KINDS);
	ensure(r->when >= c->last && r->when <= NEVER);
	ensure(r->cpu < c->nr_cpus);
	c->last = r->when;
	c->ended = r->kind == RECORD_END;
	roster_take(&c->roster, r);
	switch ((enum record_kind)r->kind) {
	case RECORD_NEWTASK: /* the child is introduced by the FORK that follows */
		check_known(c, r->other);
		break;
	case RECORD_SWITCH:
		ensure(r->other != TASK_ID_NONE);
		check_known(c, r->other);
		check_known(c, r->task);
		break;
	case RECORD_WAKING:
	case RECORD_WAKEUP:
	case RECORD_WAKEUP_NEW:
		ensure(r->arg < c->nr_cpus);
		check_known(c, r->other);
		check_known(c, r->task);
		break;
	default:
		check_known(c, r->task);
	}
}

static void check_batch(void *self, const struct record *batch, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_record(self, &batch[i]);
}

struct reading {
	struct names names;
	struct checker checker;
	struct trace_facts facts;
	char *text; /* written from the records */
	size_t text_len;
};

static bool read_and_write(const char *text, size_t len, struct reading *reading)
{
	struct diag *diag = diag_new();
	u32 source = diag_add_source(diag, "fuzz.txt", text, len),
	    cpus = trace_count_cpus(text, len);
	FILE *out = open_memstream(&reading->text, &reading->text_len);
	struct ftrace_writer *writer;
	struct stream stream;
	bool read, written;

	if (!out)
		die("out of memory");
	names_init(&reading->names);
	roster_init(&reading->checker.roster);
	reading->checker.nr_cpus = cpus;
	stream_init(&stream, &reading->names, cpus);
	writer = ftrace_writer_new(out, &reading->names, cpus,
				   (struct ftrace_format){.runtime_has_vruntime = true});
	stream_add_sink(&stream, (struct sink){&reading->checker, UINT32_MAX, check_batch});
	stream_add_sink(&stream, ftrace_writer_sink(writer));
	read = ftrace_read(diag, source, text, len, &stream, &reading->facts);
	ensure(read == (diag_errors(diag) == 0));
	ensure(!read || reading->checker.ended);
	written = ftrace_writer_finish(writer);
	ensure(written);
	ftrace_writer_free(writer);
	fclose(out);
	stream_fini(&stream);
	roster_fini(&reading->checker.roster);
	names_fini(&reading->names);
	diag_free(diag);
	return read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading first = {0}, again = {0};

	if (read_and_write((const char *)data, size, &first) && first.facts.nr_events) {
		ensure(read_and_write(first.text, first.text_len, &again));
		free(again.text);
	}
	free(first.text);
	return 0;
}
