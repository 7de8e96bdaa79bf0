/* SPDX-License-Identifier: MIT */
/*
 * The events of a kernel trace that we know, and their fields, as tables that work both ways: the
 * readers parse with them, the writer prints with them.
 *
 * An event's text is a row of "key=value"; how it is read depends on the program that printed it:
 *	kernel   comm=bash pid=4816 prio=120 target_cpu=001        (and the fields option: 0x12d0
 *(4816)) raw      the same with the names and numbers of the binary record: prev_state=256 plugin
 *bash:4816 [120] CPU:001                           (trace-cmd report by default)
 */
#ifndef OSSIM_TRACE_EVENTS_H
#define OSSIM_TRACE_EVENTS_H

#include "base/text.h"
#include "trace/record.h"
#include "trace/scan.h"

/* Where a field's value goes. "Other" is the second task of an event: next, child, new name. */
enum event_text { EVENT_COMM, EVENT_OTHER_COMM, NR_EVENT_TEXTS };

enum event_number {
	EVENT_PID,
	EVENT_OTHER_PID,
	EVENT_PRIO,
	EVENT_OTHER_PRIO, /* and a signal's code */
	EVENT_CPU,
	EVENT_OTHER_CPU,
	/* runtime, clone flags, prev_state, group_dead, what a signal does or came to */
	EVENT_VALUE,
	EVENT_VRUNTIME,
	EVENT_SIGNAL,
	EVENT_GROUP, /* grp of a signal; sa_flags of one that is delivered */
	EVENT_IGNORED,
	NR_EVENT_NUMBERS
};

struct event_values {
	struct span text[NR_EVENT_TEXTS]; /* at NULL: not said */
	s64 number[NR_EVENT_NUMBERS];
	struct span state; /* prev_state as written: what it means is for state_era.c to say */
	u32 given;         /* one bit per event_number */
};

enum event_field_type {
	FIELD_TEXT,
	FIELD_DECIMAL,
	FIELD_CPU, /* printed with three digits */
	FIELD_HEX, /* without 0x in kernel text, decimal in raw text */
	FIELD_NS,  /* followed by " [ns]" */
	FIELD_STATE,
	FIELD_TRUTH, /* true or false; 1 or 0 in raw text */
};

struct event_field {
	char key[16];     /* with the blank before and the '=': " prev_pid=" */
	char raw_key[16]; /* in raw text, if it differs */
	u8 key_len, raw_key_len;
	u8 type, slot; /* slot: enum event_text for FIELD_TEXT, else enum event_number */
	bool optional; /* not in all kernels: may be absent when read */
};

/* What an event is to us. */
enum event_role {
	ROLE_RECORD,
	ROLE_MARK,
	ROLE_HARDIRQ_BEGIN,
	ROLE_HARDIRQ_END,
	ROLE_SOFTIRQ_BEGIN,
	ROLE_SOFTIRQ_END
};

enum { EVENT_FIELDS_MAX = 7, EVENT_NAME_MAX = 24 };

struct event_desc {
	char name[EVENT_NAME_MAX];
	u8 name_len;
	u8 role;
	u8 kind; /* enum record_kind of ROLE_RECORD */
	u8 nr_fields;
	struct event_field fields[EVENT_FIELDS_MAX];
};

extern const struct event_desc event_descs[];
extern const u32 nr_event_descs;

/* The first description of this kind; NULL if no event has it. */
const struct event_desc *event_desc_of(enum record_kind kind);

/* Finds a description by name, in a few nanoseconds. Belongs to a reader. */
struct event_index {
	const struct event_desc *slot[64];
};

void event_index_init(struct event_index *index);
/* @name may be followed by anything (SCAN_SLACK). NULL: not an event that we read. */
const struct event_desc *event_find(const struct event_index *index, const char *name, size_t len);

/*
 * Reads the fields in [at, end). @raw says that numbers are printed as in the binary record, so
 * that hexadecimal ones are not. False if a field that all kernels print is missing or not a
 * number.
 */
must_check bool event_parse(const struct event_desc *desc, const char *at, const char *end,
			    bool raw, struct event_values *values);

/* The text of a mark without the address or function that the kernel prints before it. */
struct span event_mark_text(const char *at, const char *end);

/* Copies a text, which keeps to its line: a newline in it becomes a blank. Returns the end. */
char *event_put_text(char *at, struct span text);

/*
 * Prints the numbers and short texts of an event in kernel form and returns the end; @at has room
 * for EVENT_PRINT_MAX bytes plus both texts. Optional fields are printed if their bit is in given.
 */
enum { EVENT_PRINT_MAX = 320 };
char *event_print(const struct event_desc *desc, const struct event_values *values, char *at);

#endif
