/* SPDX-License-Identifier: MIT */
/* A trace text that was read: its records, who is who, and what the reader says about it. */
#ifndef OSSIM_TESTS_TRACE_READING_H
#define OSSIM_TESTS_TRACE_READING_H

#include "base/text.h"
#include "base/vec.h"
#include "trace/ftrace_read.h"
#include "trace/roster.h"

struct reading {
	struct names names;
	struct roster roster; /* as at the end */
	struct trace_facts facts;
	struct text messages;
	vec_of(struct record) records;
	bool good;
};

struct reading *read_trace(const char *text);
struct reading *read_trace_len(const char *text, size_t len);
/* A file of traces/. */
struct reading *read_recording(const char *name);
void reading_free(struct reading *r);

u32 count_of(const struct reading *r, enum record_kind kind);
/* The n-th record of a kind, from 0; fails the test if there is none. */
const struct record *nth_of(const struct reading *r, enum record_kind kind, u32 n);
u32 index_of(const struct reading *r, const struct record *record);

const char *comm_of(const struct reading *r, u32 task);
u32 pid_of(const struct reading *r, u32 task);
u32 tgid_of(const struct reading *r, u32 task);
const char *name_of(const struct reading *r, u64 name);

/* A sink that keeps all records in order. */
struct sink keep_records(struct reading *r);

#endif
