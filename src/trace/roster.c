/* SPDX-License-Identifier: MIT */
/*
 * Who is who: an array by task id, shown every record that introduces or changes a task.
 */
#include "trace/roster.h"

enum { PRIO_OF_NICE_0 = 120 };

void roster_init(struct roster *roster)
{
	*roster = (struct roster){0};
}

void roster_fini(struct roster *roster)
{
	vec_fini(&roster->entries);
}

static struct roster_entry *roster_entry(struct roster *roster, u32 task)
{
	if (task >= roster->entries.len) {
		vec_reserve(&roster->entries, task + 1);
		roster->entries.len = task + 1;
	}
	return &roster->entries.at[task];
}

/* A task may be introduced again when more is known of it; its birth stays. */
static void introduce(struct roster_entry *entry, const struct record *r)
{
	*entry = (struct roster_entry){
		.pid = r->arg,
		.tgid = (u32)(r->value >> 32),
		.comm = (u32)r->value,
		.parent = r->other,
		.birth = entry->known ? entry->birth : r->when,
		.policy = entry->known ? entry->policy : ROSTER_POLICY_UNKNOWN,
		.nice = entry->known ? entry->nice : 0,
		.prio = entry->known ? entry->prio : PRIO_OF_NICE_0,
		.flags = r->flags & (RECORD_FLAG_KTHREAD | RECORD_FLAG_WORKLOAD),
		.known = true,
	};
}

void roster_take_slow(struct roster *roster, const struct record *record)
{
	struct roster_entry *entry;

	if (!(ROSTER_WANTS >> record->kind & 1) || record->task == TASK_ID_NONE)
		return;
	entry = roster_entry(roster, record->task);
	switch ((enum record_kind)record->kind) {
	case RECORD_TASK:
	case RECORD_FORK:
		introduce(entry, record);
		break;
	case RECORD_ATTR:
		entry->policy = (u8)(record->arg >> 8);
		entry->nice = (s8)(s32)(record->value >> 32);
		entry->prio = (s16)(s32)record->value;
		break;
	case RECORD_RENAME:
		entry->comm = (u32)record->value;
		break;
	case RECORD_EXEC:
		/* A thread that executes a program takes its leader's place, and pid. */
		if (record->arg == entry->pid)
			entry->pid = entry->tgid;
		break;
	case RECORD_TID:
		entry->pid = record->arg;
		break;
	default:
		break;
	}
}
