/* SPDX-License-Identifier: MIT */
/*
 * A delay for people: how it began, its pieces one below the other, their sums, and who idled
 * meanwhile.
 */
#include "report/explanation.h"
#include "report/explanation_page.h"

/*
 * The choice was between groups, or a group and a task: of @who waits, which one was passed over.
 */
static void say_groups(const struct explanation *e, const struct piece_pick *pick, const char *who,
		       struct text *out)
{
	char chosen[WHO_MAX];

	if (pick->mine.group || pick->chosen.group)
		text_printf(out, " (%s, not %s)", explain_candidate(e, &pick->chosen, chosen), who);
}

/* Why another one runs: the rule, and how the two stood. */
static void say_pick(const struct explanation *e, const struct piece *piece, struct text *out)
{
	const struct piece_pick *pick = &piece->pick;
	const struct candidate *mine = &pick->mine, *theirs = &pick->chosen;
	char buffer[WHO_MAX];
	const char *who;

	if (!piece->picked)
		return;
	text_printf(out, ": %s", decision_rule_texts[pick->rule]);
	if (!pick->has_mine) {
		text_printf(out, " (%s class%s)", explain_classes[pick->class_id],
			    pick->by_server ? ", by its server" : "");
		return;
	}
	who = explain_candidate(e, mine, buffer);
	say_groups(e, pick, who, out);
	if (pick->order == ORDER_EEVDF && !(mine->flags & CANDIDATE_ELIGIBLE)) {
		text_printf(out, "; %s is not eligible: lag ", who);
		explain_ms(out, mine->lag);
		text_add(out, " ms");
	} else if (pick->order == ORDER_EEVDF && theirs->flags & CANDIDATE_ELIGIBLE) {
		text_add(out, "; deadlines ");
		explain_ms(out, (s64)(theirs->deadline - pick->virtual_time));
		text_add(out, " and ");
		explain_ms(out, (s64)(mine->deadline - pick->virtual_time));
		text_add(out, " ms after V");
	} else if (pick->order == ORDER_CFS && mine->vruntime != theirs->vruntime) {
		text_add(out, "; its vruntime is ");
		explain_ms(out, (s64)(mine->vruntime - theirs->vruntime));
		text_add(out, " ms less");
	} else if (pick->order == ORDER_DEADLINE) {
		text_add(out, "; deadlines ");
		explain_ms(out, (s64)theirs->deadline);
		text_add(out, " and ");
		explain_ms(out, (s64)mine->deadline);
		text_add(out, " ms");
	} else if (pick->order == ORDER_RT) {
		text_printf(out, "; priorities %d and %d", 99 - theirs->prio, 99 - mine->prio);
	}
}

static void say_due(const struct piece *piece, struct text *out)
{
	text_printf(out, ", whose%s reschedule is due%s: %s", piece->lazy ? " lazy" : "",
		    piece->in_tick ? " since a tick" : "", decision_rule_texts[piece->due_rule]);
	if (piece->lazy)
		text_add(out, "; it switches on its way to user mode or at the next tick");
	else if (piece->remote)
		text_add(out, "; an interrupt is on its way");
}

static void say_piece(const struct explanation *e, const struct piece *piece, struct text *out)
{
	char by[WHO_MAX];

	switch ((enum piece_kind)piece->kind) {
	case PIECE_WAY:
		text_add(out, "on its way: from sched_waking to sched_wakeup");
		break;
	case PIECE_IDLE_EXIT:
		text_printf(out, "cpu %u leaves idle", piece->cpu);
		break;
	case PIECE_THROTTLED:
		text_printf(out, "throttled: %s", decision_rule_texts[piece->due_rule]);
		if (piece->group)
			text_printf(out, ": %s", explain_group(e, piece->group));
		break;
	case PIECE_DUE:
		text_printf(out, "behind %s", explain_who(e, piece->by, by));
		say_due(piece, out);
		break;
	default:
		text_printf(out, "behind %s", explain_who(e, piece->by, by));
		say_pick(e, piece, out);
	}
	if (piece->irq_ns) {
		text_add(out, "; interrupts took ");
		explain_ms(out, (s64)piece->irq_ns);
		text_add(out, " ms of it");
	}
}

enum { PIECES_MAX = 60, PIECE_INDENT = 33 };

static void put_piece(const struct page *page, const struct piece *piece)
{
	struct text line = {0};

	page_column(page, 14, (s64)piece->from, false);
	page_column(page, 12, (s64)(piece->to - piece->from), false);
	fprintf(page->out, " %3u ", piece->cpu);
	say_piece(page->e, piece, &line);
	page_wrapped(page, line.at, PIECE_INDENT, PIECE_INDENT);
	text_fini(&line);
}

static void put_sum(const struct page *page, const struct wait_sum *sum)
{
	static const char *const words[NR_PIECE_KINDS] = {
		[PIECE_WAY] = "on its way to the queue",
		[PIECE_BEHIND] = "behind",
		[PIECE_DUE] = "until a due reschedule of",
		[PIECE_IDLE_EXIT] = "until the cpu had left idle",
		[PIECE_THROTTLED] = "throttled",
	};
	bool named = sum->kind == PIECE_BEHIND || sum->kind == PIECE_DUE;
	char by[WHO_MAX];

	page_column(page, 14, (s64)sum->ns, false);
	fprintf(page->out, "  %s%s%s", words[sum->kind], named ? " " : "",
		named ? explain_who(page->e, sum->by, by) : "");
	if (sum->kind == PIECE_DUE)
		fputs(" was acted on", page->out);
	if (sum->nr > 1)
		fprintf(page->out, ", %u times", sum->nr);
	fputc('\n', page->out);
}

static void put_missed(const struct page *page, const struct wait_missed *missed)
{
	struct text line = {0};

	text_printf(&line, "  cpu %u idled for ", missed->cpu);
	explain_ms(&line, (s64)missed->idle_ns);
	text_add(&line, " ms of it");
	if (missed->idle_at_wakeup)
		text_printf(&line, "; at the wakeup: %s", explain_missed_text[missed->why]);
	if (missed->balance_rule != RULE_NONE) {
		text_add(&line, "; its last balancing, at ");
		explain_ms(&line, (s64)missed->balance_when);
		text_printf(&line, " ms: %s", decision_rule_texts[missed->balance_rule]);
	} else {
		text_add(&line, "; it did not balance meanwhile");
	}
	page_wrapped(page, line.at, 0, 4);
	text_fini(&line);
}

static bool is_forbidden(const struct wait_missed *missed)
{
	return missed->allowed_known && !missed->allowed;
}

enum { MISSED_MAX = 8 };

/* Those that the task may use one by one, the others by number. */
static void put_idle_cpus(const struct page *page, const struct breakdown *wait)
{
	u32 shown = 0, forbidden = 0;

	for (u32 i = 0; i < wait->missed.len; i++) {
		const struct wait_missed *missed = &wait->missed.at[i];

		if (is_forbidden(missed))
			forbidden++;
		else if (shown++ < MISSED_MAX)
			put_missed(page, missed);
	}
	if (shown > MISSED_MAX)
		fprintf(page->out, "  %u more cpus idled\n", shown - MISSED_MAX);
	if (forbidden)
		fprintf(page->out, "  %u cpu%s idled that the task may not use\n", forbidden,
			forbidden == 1 ? "" : "s");
}

static void put_told(const struct page *page, const struct told *told)
{
	struct text line = {0};

	if (told->decision.rule == RULE_NONE)
		return;
	text_add(&line, "  ");
	explain_ms(&line, (s64)told->decision.when);
	text_add(&line, " ms: ");
	explain_sentence(page->e, &told->decision, &line);
	page_wrapped(page, line.at, 0, 6);
	text_fini(&line);
	page_weighing(page, &told->decision);
}

static void put_delay_head(const struct page *page, const struct breakdown *wait)
{
	char who[WHO_MAX];

	fprintf(page->out, "%s%s waited ", style(page->colour, STYLE_BOLD),
		explain_who(page->e, wait->delay.task, who));
	page_ms(page, (s64)wait->total_ns);
	fprintf(page->out, " ms, from ");
	page_ms(page, (s64)wait->delay.from);
	fprintf(page->out, " ms (%s) ", explain_start[wait->delay.start]);
	fputs(wait->delay.finished ? "until it ran at " : "and waits still at the end, ",
	      page->out);
	page_ms(page, (s64)wait->delay.to);
	fprintf(page->out, " ms%s\n", style(page->colour, STYLE_PLAIN));
}

void page_delay(const struct page *page)
{
	const struct breakdown *wait = page->e->wait;

	if (!wait) {
		fprintf(page->out, "%s never had to wait%s\n", page->e->task,
			page->e->moment ? " until then" : "");
		return;
	}
	put_delay_head(page, wait);
	put_told(page, &wait->select);
	put_told(page, &wait->preempt);
	fprintf(page->out, "%s        from ms       for ms cpu%s\n", style(page->colour, STYLE_DIM),
		style(page->colour, STYLE_PLAIN));
	for (u32 i = 0; i < wait->pieces.len && i < PIECES_MAX; i++)
		put_piece(page, &wait->pieces.at[i]);
	if (wait->pieces.len > PIECES_MAX)
		fprintf(page->out, "    ... and %u more pieces\n", wait->pieces.len - PIECES_MAX);
	fprintf(page->out, "%s         sum ms%s\n", style(page->colour, STYLE_DIM),
		style(page->colour, STYLE_PLAIN));
	for (u32 i = 0; i < wait->sums.len; i++)
		put_sum(page, &wait->sums.at[i]);
	if (wait->irq_ns) {
		page_column(page, 14, (s64)wait->irq_ns, false);
		fputs("  interrupts\n", page->out);
	}
	page_column(page, 14, (s64)wait->total_ns, false);
	fputs("  in all\n", page->out);
	put_idle_cpus(page, wait);
}
