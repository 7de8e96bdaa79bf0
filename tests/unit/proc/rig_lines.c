/* SPDX-License-Identifier: MIT */
/* What happened, as lines of text. */
#include "rig_words.h"

#include <string.h>

#include "base/text.h"

static const char *comm(const struct rig *rig, u32 task)
{
	const struct roster_entry *entry = roster_get(&rig->roster, task);

	return entry ? names_text(&rig->names, entry->comm) : "-";
}

static bool is_ours(const struct rig *rig, u32 task)
{
	const struct roster_entry *entry = roster_get(&rig->roster, task);

	return entry && entry->flags & RECORD_FLAG_WORKLOAD;
}

/* "signal_generate p CHLD group ignored code=1": to a process or to a thread. */
static void add_signal(struct text *out, const struct record *r)
{
	static const char *const results[] = {"delivered", "ignored", "pending", "overflow",
					      "lost"};
	char name[SIGNAL_NAME_MAX];

	text_printf(out, " %s", signal_name(r->arg & 0xff, name));
	if (r->kind == RECORD_SIGNAL_GENERATE)
		text_printf(out, " %s %s code=%d", r->arg >> 8 ? "group" : "thread",
			    results[r->value], (s32)r->other);
	else
		text_printf(out, " %s",
			    r->value >> 32 > 1    ? "handler"
			    : r->value >> 32 == 1 ? "ignored"
						  : "default");
}

static void add_details(struct rig *rig, const struct record *r)
{
	struct text *out = &rig->lines;
	char state[16];

	switch ((enum record_kind)r->kind) {
	case RECORD_SWITCH:
		text_printf(out, " %s > %s", record_state_text(record_prev_state(r), state),
			    comm(rig, r->other));
		break;
	case RECORD_TID:
		text_printf(out, " %u", r->arg);
		break;
	case RECORD_FORK:
		text_printf(out, " by %s", comm(rig, r->other));
		break;
	case RECORD_EXIT:
		text_printf(out, " 0x%x", (u32)(r->value >> 32));
		if (rig->tells_group_dead && !r->arg)
			text_printf(out, " others live");
		break;
	case RECORD_KTHREAD_STOP_RET:
		text_printf(out, " %d", (s32)r->value);
		break;
	case RECORD_PI_SETPRIO:
		text_printf(out, " %d>%d", (s16)(r->arg >> 16), (s16)r->arg);
		break;
	case RECORD_ATTR:
		text_printf(out, " %s %d", policy_name(r->arg >> 8), (s32)r->value);
		break;
	case RECORD_MIGRATE:
		text_printf(out, " %u>%u", r->arg & 0xffff, r->arg >> 16);
		break;
	case RECORD_SIGNAL_GENERATE:
	case RECORD_SIGNAL_DELIVER:
		add_signal(out, r);
		break;
	case RECORD_FAILED:
		text_printf(out, " %s %s", strerrorname_np((int)r->arg),
			    names_text(&rig->names, (u32)r->value));
		break;
	case RECORD_FAULT:
		text_printf(out, " %s %u",
			    (const char *[]){"anonymous", "reused", "copied", "found"}[r->arg],
			    (u32)r->value);
		break;
	case RECORD_MARK:
	case RECORD_RENAME:
	case RECORD_PREPARE_EXEC:
	case RECORD_EXEC:
		text_printf(out, " %s", names_text(&rig->names, (u32)r->value));
		break;
	case RECORD_RUNTIME:
		text_printf(out, " %" PRIu64, r->value);
		break;
	default:
		break;
	}
}

void rig_take(void *self, const struct record *batch, size_t count)
{
	struct rig *rig = self;
	char when[16];

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		roster_take(&rig->roster, r);
		if (r->kind == RECORD_FORK && r->arg < ARRAY_SIZE(rig->given))
			rig->given[r->arg]++;
		if (!(rig->kinds >> r->kind & 1) ||
		    !(is_ours(rig, r->task) ||
		      (r->kind == RECORD_SWITCH && is_ours(rig, r->other))))
			continue;
		format_duration(r->when, when);
		text_printf(&rig->lines, "%s %s %s", when, record_kind_names[r->kind],
			    comm(rig, r->task));
		add_details(rig, r);
		text_add_char(&rig->lines, '\n');
	}
}
