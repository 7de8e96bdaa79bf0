/* SPDX-License-Identifier: MIT */
/* Reads trace texts for the tests. */
#include "reading.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep(void *self, const struct record *batch, size_t count)
{
	struct reading *r = self;

	for (size_t i = 0; i < count; i++) {
		vec_push(&r->records, batch[i]);
		roster_take(&r->roster, &batch[i]);
	}
}

struct sink keep_records(struct reading *r)
{
	return (struct sink){.self = r, .wants = UINT64_MAX, .take = keep};
}

struct reading *read_trace_len(const char *text, size_t len)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct diag *diag = diag_new();
	u32 source = diag_add_source(diag, "trace.txt", text, len);
	char *exact = malloc(len ? len : 1); /* so that a sanitizer sees reads past the end */
	struct stream stream;

	memcpy(exact, text, len);
	names_init(&r->names);
	roster_init(&r->roster);
	stream_init(&stream, &r->names, 0);
	stream_add_sink(&stream, keep_records(r));
	r->good = ftrace_read(diag, source, exact, len, &stream, &r->facts);
	diag_to_text(diag, &r->messages);
	stream_fini(&stream);
	diag_free(diag);
	free(exact);
	return r;
}

struct reading *read_trace(const char *text)
{
	return read_trace_len(text, strlen(text));
}

struct reading *read_recording(const char *name)
{
	const char *top = getenv("top_srcdir");
	struct diag *diag = diag_new();
	struct reading *r;
	struct file_text text;
	char path[4096];

	snprintf(path, sizeof(path), "%s/traces/%s", top ? top : ".", name);
	cr_assert(file_read(diag, path, &text), "cannot read %s", path);
	r = read_trace_len(text.at, text.len);
	file_text_fini(&text);
	diag_free(diag);
	return r;
}

void reading_free(struct reading *r)
{
	vec_fini(&r->records);
	roster_fini(&r->roster);
	names_fini(&r->names);
	text_fini(&r->messages);
	free(r);
}

u32 count_of(const struct reading *r, enum record_kind kind)
{
	u32 count = 0;

	for (u32 i = 0; i < r->records.len; i++)
		count += r->records.at[i].kind == kind;
	return count;
}

const struct record *nth_of(const struct reading *r, enum record_kind kind, u32 n)
{
	for (u32 i = 0; i < r->records.len; i++)
		if (r->records.at[i].kind == kind && n-- == 0)
			return &r->records.at[i];
	cr_assert_fail("no such %s record among %u", record_kind_names[kind], r->records.len);
	return NULL;
}

u32 index_of(const struct reading *r, const struct record *record)
{
	return (u32)(record - r->records.at);
}

static const struct roster_entry *entry_of(const struct reading *r, u32 task)
{
	const struct roster_entry *entry = roster_get(&r->roster, task);

	cr_assert_not_null(entry, "task %u was never introduced", task);
	return entry;
}

const char *comm_of(const struct reading *r, u32 task)
{
	return names_text(&r->names, entry_of(r, task)->comm);
}

u32 pid_of(const struct reading *r, u32 task)
{
	return entry_of(r, task)->pid;
}

u32 tgid_of(const struct reading *r, u32 task)
{
	return entry_of(r, task)->tgid;
}

const char *name_of(const struct reading *r, u64 name)
{
	return names_text(&r->names, (u32)name);
}
