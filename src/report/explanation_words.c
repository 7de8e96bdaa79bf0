/* SPDX-License-Identifier: MIT */
/* Decisions as sentences. */
#include "report/explanation_words.h"

#include <string.h>

const char *const explain_classes[] = {"stop", "deadline", "rt", "fair", "ext", "idle"};
const char *const explain_idle[] = {[DECISION_BUSY_CPU] = "busy",
				    [DECISION_IDLE_CPU] = "idle",
				    [DECISION_NEWLY_IDLE] = "newly idle"};
const char *const explain_migrate[] = {"load", "utilisation", "tasks"};
const char *const explain_start[] = {
	[DELAY_WOKEN] = "woken", [DELAY_NEW] = "new", [DELAY_PREEMPTED] = "preempted"};
const char *const explain_queues[] = {
	[QUEUE_NONE] = "",     [QUEUE_LOCAL] = "local",   [QUEUE_GLOBAL] = "global",
	[QUEUE_OWN] = "queue", [QUEUE_POLICY] = "policy",
};
const char *const explain_missed[] = {
	[MISSED_AFFINITY] = "affinity",  [MISSED_CACHE] = "other-cache",
	[MISSED_SCAN] = "not-looked-at", [MISSED_CLASS] = "by-class",
	[MISSED_UNSOUGHT] = "no-search",
};
const char *const explain_missed_text[] = {
	[MISSED_AFFINITY] = "the task may not use it",
	[MISSED_CACHE] = "it shares no cache with the target of the search",
	[MISSED_SCAN] = "the search did not come to it",
	[MISSED_CLASS] = "the class's search did not take it",
	[MISSED_UNSOUGHT] = "no other cpu was looked for",
};

/* ---- Who ---- */

/* Does another task bear the comm of @task? */
static bool comm_is_shared(const struct explanation *e, u32 task)
{
	const struct roster_entry *entry = roster_get(e->roster, task);

	for (u32 other = 0; other < e->roster->entries.len; other++) {
		const struct roster_entry *it = roster_get(e->roster, other);

		if (it && other != task && it->comm == entry->comm)
			return true;
	}
	return false;
}

const char *explain_who(const struct explanation *e, u32 task, char buf[WHO_MAX])
{
	const struct roster_entry *entry = roster_get(e->roster, task);

	if (task < e->workload->platform.nr_cpus)
		return "idle";
	if (!entry)
		return "?";
	if (!comm_is_shared(e, task))
		return names_text(e->names, entry->comm);
	snprintf(buf, WHO_MAX, "%s:%u", names_text(e->names, entry->comm), entry->pid);
	return buf;
}

const char *explain_candidate(const struct explanation *e, const struct candidate *c,
			      char buf[WHO_MAX])
{
	if (c->task != TASK_ID_NONE)
		return explain_who(e, c->task, buf);
	if (c->flags & CANDIDATE_SERVER)
		return "fair server";
	snprintf(buf, WHO_MAX, "/%s", explain_group(e, c->group));
	return buf;
}

const char *explain_group(const struct explanation *e, u32 number)
{
	if (!number || number > e->nr_groups)
		return "?";
	return names_text(e->names, e->group_names[number - 1]);
}

/* ---- Times ---- */

void explain_ms(struct text *out, s64 ns)
{
	u64 size = ns < 0 ? -(u64)ns : (u64)ns;
	char fraction[8];
	int last = 5;

	text_printf(out, "%s%" PRIu64, ns < 0 ? "-" : "", (u64)(size / MSEC));
	if (!(size % MSEC))
		return;
	snprintf(fraction, sizeof(fraction), "%06u", (u32)(size % MSEC));
	while (fraction[last] == '0')
		fraction[last--] = '\0';
	text_printf(out, ".%s", fraction);
}

/* ---- Sentences ---- */

static void say_preempt(const struct explanation *e, const struct decision *d, struct text *out)
{
	char woken[WHO_MAX], curr[WHO_MAX];
	const char *came = d->preempt.forked ? "is new" : "wants to run";

	if (d->rule == RULE_PREEMPT_DUE) {
		text_printf(out, "%s %s: %s", explain_who(e, d->task, woken), came,
			    decision_rule_texts[d->rule]);
		return;
	}
	text_printf(out, "%s %s and ", explain_who(e, d->task, woken), came);
	text_printf(out, "%s %s: %s", d->preempt.preempts ? "preempts" : "does not preempt",
		    explain_who(e, d->other, curr), decision_rule_texts[d->rule]);
}

static void say_resched(const struct explanation *e, const struct decision *d, struct text *out)
{
	char curr[WHO_MAX];

	text_printf(out, "a%s reschedule of %s is due%s%s: %s", d->resched.lazy ? " lazy" : "",
		    explain_who(e, d->task, curr), d->resched.in_tick ? " at the tick" : "",
		    d->resched.remote ? ", asked for by another cpu" : "",
		    decision_rule_texts[d->rule]);
}

static void say_search(const struct decision_select *s, struct text *out)
{
	if (s->scan_limit == 0)
		return;
	if (s->looked)
		text_printf(out, " (looked at %u cpu%s", s->looked, s->looked == 1 ? "" : "s");
	if (s->looked && s->scan_limit != UINT32_MAX)
		text_printf(out, " of at most %u", s->scan_limit);
	if (s->looked)
		text_add_char(out, ')');
}

enum { MISSED_SHOWN = 4 };

/* Idle cpus that the task might have used. */
static void say_missed(const struct decision_select *s, struct text *out)
{
	u32 shown = 0;

	for (u32 i = 0; i < s->nr_missed; i++) {
		if (s->missed[i].why == MISSED_AFFINITY || shown++ >= MISSED_SHOWN)
			continue;
		text_printf(out, "%s cpu %u is idle: %s", shown > 1 ? "," : ";", s->missed[i].cpu,
			    explain_missed_text[s->missed[i].why]);
	}
	if (shown > MISSED_SHOWN)
		text_printf(out, ", and %u more are idle", shown - MISSED_SHOWN);
}

static void say_select(const struct explanation *e, const struct decision *d, struct text *out)
{
	const struct decision_select *s = &d->select;
	char who[WHO_MAX];

	text_printf(out, "%s %s cpu %u: ", explain_who(e, d->task, who),
		    s->fork   ? "is new and goes to"
		    : s->exec ? "execs on"
			      : "wakes on",
		    s->cpu);
	if (s->affine != RULE_NONE)
		text_printf(out, "the search begins at cpu %u (%s); ", s->target,
			    decision_rule_texts[s->affine]);
	text_add(out, decision_rule_texts[d->rule]);
	say_search(s, out);
	say_missed(s, out);
}

/* ", 2 hot": one reason for which tasks may not go. */
static void say_refused(struct text *out, u32 nr, const char *why, bool *first)
{
	if (!nr)
		return;
	text_printf(out, "%s%u %s", *first ? "; may not go: " : ", ", nr, why);
	*first = false;
}

static void say_balance(const struct explanation *e, const struct decision *d, struct text *out)
{
	const struct decision_balance *b = &d->balance;
	bool first = true;
	char who[WHO_MAX];

	text_printf(out, "balancing %s (%s): ", b->level ? b->level : "", explain_idle[b->idle]);
	if (b->moved)
		text_printf(out, "%u task%s came from cpu %u, the last of them %s", b->moved,
			    b->moved == 1 ? "" : "s", b->from, explain_who(e, d->task, who));
	else
		text_add(out, decision_rule_texts[d->rule]);
	if (d->rule == RULE_BALANCE_SHORT_IDLE)
		text_printf(out, " (%" PRIu64 " ns on average, %" PRIu64 " ns)", b->avg_idle,
			    b->cost);
	if (b->from == UINT16_MAX)
		return;
	if (!b->moved)
		text_printf(out, " (cpu %u", b->from);
	else
		text_add(out, " (");
	text_printf(out, "%simbalance %" PRId64 " of %s)", b->moved ? "" : ", ", b->imbalance,
		    explain_migrate[b->migrate]);
	say_refused(out, b->running, "runs", &first);
	say_refused(out, b->hot, "cache hot", &first);
	say_refused(out, b->pinned, "not allowed here", &first);
	say_refused(out, b->ineligible, "not eligible", &first);
	say_refused(out, b->delayed, "asleep", &first);
	say_refused(out, b->too_much, "too large", &first);
	say_refused(out, b->throttled, "its group is throttled", &first);
}

void explain_sentence(const struct explanation *e, const struct decision *d, struct text *out)
{
	char who[WHO_MAX];

	switch ((enum decision_kind)d->kind) {
	case DECISION_PREEMPT:
		say_preempt(e, d, out);
		break;
	case DECISION_RESCHED:
		say_resched(e, d, out);
		break;
	case DECISION_SELECT:
		say_select(e, d, out);
		break;
	case DECISION_BALANCE:
		say_balance(e, d, out);
		break;
	case DECISION_THROTTLE:
		text_printf(out, "%s %s: %s",
			    d->task == TASK_ID_NONE ? "throttling" : explain_who(e, d->task, who),
			    d->task == TASK_ID_NONE ? d->throttle.begins ? "begins" : "ends"
			    : d->throttle.begins    ? "is throttled"
						    : "is throttled no longer",
			    decision_rule_texts[d->rule]);
		break;
	default:
		text_printf(out, "%s %s", explain_who(e, d->task, who),
			    decision_rule_texts[d->rule]);
	}
}
