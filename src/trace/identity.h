/* SPDX-License-Identifier: MIT */
/*
 * Who a pid is at the moment, while a trace of a real kernel is read.
 *
 * Pids are used again, so a pid names one identity (a task id) after the other. A table by pid in
 * pages that never move holds the present one with what the readers compare at every event: the
 * comm as two words, the priority.
 */
#ifndef OSSIM_TRACE_IDENTITY_H
#define OSSIM_TRACE_IDENTITY_H

#include "base/names.h"
#include "trace/record.h"
#include "trace/scan.h"

enum {
	TRACE_PID_MAX = 1 << 22, /* the kernel's PID_MAX_LIMIT: there are no larger ones */
	PID_PAGE = 256,
};

enum identity_flags {
	IDENTITY_INTRODUCED = 1,   /* a TASK or FORK record told of it */
	IDENTITY_DEAD = 2,         /* it left its cpu for good; what comes next is another task */
	IDENTITY_FORKED = 4,       /* named by NEWTASK or FORK: its birth was seen */
	IDENTITY_COMM_GUESSED = 8, /* comm comes from a line head, which may be stale */
};

struct identity {
	u64 comm_word[2]; /* the first 16 bytes */
	u32 comm_len;
	u32 comm;      /* name id */
	u32 pid, tgid; /* tgid: the pid if not known */
	u32 task;      /* task id */
	u32 parent;    /* task id or TASK_ID_NONE */
	u64 birth;     /* when it was introduced */
	u64 woken;     /* its last wakeup */
	u32 unfreed;   /* the task that had this pid before and is not freed yet, or TASK_ID_NONE */
	s16 prio;
	u16 flags; /* enum identity_flags */
};

static_assert(sizeof(struct identity) <= 72, "an identity outgrew its place in the cache");

struct pid_table {
	struct identity **pages; /* TRACE_PID_MAX / PID_PAGE of them; NULL: nobody yet */
};

void pid_table_init(struct pid_table *table);
void pid_table_fini(struct pid_table *table);
/* Makes the page of @pid. */
struct identity *pid_table_grow(struct pid_table *table, u32 pid);

/* @pid is below TRACE_PID_MAX. A pid never seen has no flags set. */
static inline struct identity *pid_table_at(struct pid_table *table, u32 pid)
{
	struct identity *page = table->pages[pid / PID_PAGE];

	return likely(page != NULL) ? &page[pid % PID_PAGE] : pid_table_grow(table, pid);
}

/* @comm as part of a line (SCAN_SLACK). */
void identity_set_comm(struct identity *identity, struct names *names, struct span comm);
bool identity_long_comm_is(const struct identity *identity, const struct names *names,
			   struct span comm);

static inline bool identity_comm_is(const struct identity *identity, const struct names *names,
				    struct span comm)
{
	u32 len = comm.len;

	if (len != identity->comm_len ||
	    (scan_word(comm.at) & scan_mask(len)) != identity->comm_word[0])
		return false;
	if (len <= 8)
		return true;
	if ((scan_word(comm.at + 8) & scan_mask(len - 8)) != identity->comm_word[1])
		return false;
	return likely(len <= 16) || identity_long_comm_is(identity, names, comm);
}

/*
 * A thread that does softirqs in its own time, of a PREEMPT_RT kernel: ktimers/0, irq/24-eth0, ...
 * (ksoftirqd: of any).
 */
bool comm_does_softirqs(struct span comm);
/* A guess from the name: kworker/0:1, ksoftirqd/3, migration/1, ... */
bool comm_is_kernel_thread(struct span comm);

#endif
