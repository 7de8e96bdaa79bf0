/* SPDX-License-Identifier: MIT */
/*
 * Who is who: task id to pid, comm, parent, birth. A sink keeps one and feeds it every record it
 * takes; then the roster says how things stood at that record (comm and pid after an exec, ...).
 *
 * Also holds the other direction for producers: which task id a pid has now.
 */
#ifndef OSSIM_TRACE_ROSTER_H
#define OSSIM_TRACE_ROSTER_H

#include "base/types.h"
#include "base/vec.h"
#include "trace/record.h"

struct roster_entry {
	u32 pid, tgid;
	u32 parent; /* task id or TASK_ID_NONE */
	u32 comm;   /* name id */
	u64 birth;
	/* enum sched_policy of model/program.h; ROSTER_POLICY_UNKNOWN in real traces */
	u8 policy;
	u8 flags; /* RECORD_FLAG_KTHREAD, RECORD_FLAG_WORKLOAD */
	s8 nice;
	s16 prio; /* kernel scale: -1 DL, 0..98 RT, 100..139 */
	bool known;
};

enum { ROSTER_POLICY_UNKNOWN = 0xff };

struct roster {
	vec_of(struct roster_entry) entries; /* by task id */
};

/* What a roster needs to be shown. */
#define ROSTER_WANTS                                                                   \
	(RECORD_BIT(TASK) | RECORD_BIT(ATTR) | RECORD_BIT(FORK) | RECORD_BIT(RENAME) | \
	 RECORD_BIT(EXEC) | RECORD_BIT(TID))

void roster_init(struct roster *roster);
void roster_fini(struct roster *roster);
/* Cheap for kinds that do not matter; call it before handling the record itself. */
void roster_take_slow(struct roster *roster, const struct record *record);

static inline void roster_take(struct roster *roster, const struct record *record)
{
	if (ROSTER_WANTS >> record->kind & 1)
		roster_take_slow(roster, record);
}

/* NULL for a task never introduced. */
static inline const struct roster_entry *roster_get(const struct roster *roster, u32 task)
{
	return task < roster->entries.len && roster->entries.at[task].known
		       ? &roster->entries.at[task]
		       : NULL;
}

#endif
