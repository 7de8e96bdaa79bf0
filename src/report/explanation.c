/* SPDX-License-Identifier: MIT */
/*
 * An explanation for people, within 80 columns: who was picked by which rule, the candidates as a
 * table, and what came since. Delays are in explanation_delay.c.
 */
#include "report/explanation.h"

#include <string.h>

#include "report/explanation_page.h"

enum { LINE_MAX_COLUMNS = 80 };

/* ---- Lines ---- */

void page_wrapped(const struct page *page, const char *text, u32 column, u32 indent)
{
	bool begins = true;

	while (*text) {
		size_t blanks = strspn(text, " "), len = strcspn(text + blanks, " ");

		if (!begins && column + blanks + len > LINE_MAX_COLUMNS) {
			fprintf(page->out, "\n%*s", (int)indent, "");
			column = indent;
			text += blanks;
			blanks = 0;
		}
		fprintf(page->out, "%.*s", (int)(blanks + len), text);
		column += (u32)(blanks + len);
		text += blanks + len;
		begins = false;
	}
	fputc('\n', page->out);
}

void page_ms(const struct page *page, s64 ns)
{
	struct text text = {0};

	explain_ms(&text, ns);
	fputs(text.at, page->out);
	text_fini(&text);
}

void page_column(const struct page *page, int width, s64 ns, bool sign)
{
	u64 size = ns < 0 ? -(u64)ns : (u64)ns;
	char cell[40];

	snprintf(cell, sizeof(cell), "%s%" PRIu64 ".%06u",
		 ns < 0       ? "-"
		 : sign && ns ? "+"
			      : "",
		 (u64)(size / MSEC), (u32)(size % MSEC));
	fprintf(page->out, " %*s", width, cell);
}

/* ---- Candidates ---- */

static void put_note(const struct page *page, const char *note, bool *first)
{
	fprintf(page->out, "%s%s", *first ? " " : ", ", note);
	*first = false;
}

static void put_notes(const struct page *page, const struct candidate *c)
{
	static const struct {
		u16 flag;
		const char *note;
	} notes[] = {
		{CANDIDATE_PROTECTED, "protected"}, {CANDIDATE_WOKEN, "came"},
		{CANDIDATE_DELAYED, "asleep"},      {CANDIDATE_NEXT_BUDDY, "next"},
		{CANDIDATE_LAST_BUDDY, "last"},     {CANDIDATE_SKIP_BUDDY, "skip"},
		{CANDIDATE_IDLE_POLICY, "idle"},
	};
	bool first = true;

	u16 flags = c->flags;

	/* Protection counts only while it is eligible. */
	if (!(flags & CANDIDATE_ELIGIBLE))
		flags &= (u16)~CANDIDATE_PROTECTED;
	for (u32 i = 0; i < ARRAY_SIZE(notes); i++)
		if (flags & notes[i].flag)
			put_note(page, notes[i].note, &first);
}

static void put_fair_row(const struct page *page, const struct candidate *c, bool eevdf)
{
	fprintf(page->out, " %6u", c->weight);
	page_column(page, 8, (s64)c->slice, false);
	page_column(page, 11, (s64)c->vruntime, false);
	if (eevdf)
		page_column(page, 11, (s64)c->deadline, false);
	page_column(page, 10, c->lag, true);
}

static void put_deadline_row(const struct page *page, const struct candidate *c)
{
	page_column(page, 12, (s64)c->deadline, false);
	page_column(page, 10, c->budget, false);
}

static void put_ext_row(const struct page *page, const struct candidate *c)
{
	fprintf(page->out, " %6u", c->weight);
	page_column(page, 9, (s64)c->slice, false);
	fprintf(page->out, " %16" PRIu64 "  %s", c->vruntime, explain_queues[c->queue_kind]);
	if (c->queue_kind == QUEUE_OWN)
		fprintf(page->out, " %" PRIu64, c->queue);
}

static void put_row(const struct page *page, const struct candidate *c, u8 order)
{
	char who[WHO_MAX];

	fprintf(page->out, "  %s%s%s ",
		style(page->colour && c->flags & CANDIDATE_CHOSEN, STYLE_BOLD),
		c->flags & CANDIDATE_CHOSEN ? ">" : " ", c->flags & CANDIDATE_RUNS ? "*" : " ");
	if (order == ORDER_EEVDF)
		fprintf(page->out, "%s ", c->flags & CANDIDATE_ELIGIBLE ? "E" : "N");
	fprintf(page->out, "%-12s", explain_candidate(page->e, c, who));
	if (order == ORDER_EEVDF || order == ORDER_CFS)
		put_fair_row(page, c, order == ORDER_EEVDF);
	else if (order == ORDER_RT)
		fprintf(page->out, " %8d", 99 - c->prio);
	else if (order == ORDER_DEADLINE)
		put_deadline_row(page, c);
	else if (order == ORDER_EXT)
		put_ext_row(page, c);
	put_notes(page, c);
	fprintf(page->out, "%s\n", style(page->colour && c->flags & CANDIDATE_CHOSEN, STYLE_PLAIN));
}

static void put_table_head(const struct page *page, u8 order)
{
	const char *head = NULL;

	if (order == ORDER_EEVDF)
		head = "       task         weight slice ms vruntime ms deadline ms     lag ms";
	else if (order == ORDER_CFS)
		head = "     task         weight slice ms vruntime ms  behind ms";
	else if (order == ORDER_RT)
		head = "     task         priority";
	else if (order == ORDER_EXT)
		head = "     task         weight  slice ms            vtime  queue";
	else if (order == ORDER_DEADLINE)
		head = "     task          deadline ms  budget ms";
	if (head)
		fprintf(page->out, "%s%s%s\n", style(page->colour, STYLE_DIM), head,
			style(page->colour, STYLE_PLAIN));
}

enum { ROWS_MAX = 40 };

/* The rows of one level. */
static void put_table(const struct page *page, const struct decision *d, u8 order, u32 level)
{
	u32 nr = 0;

	put_table_head(page, order);
	for (u32 i = 0; i < d->nr_candidates; i++) {
		if (d->candidates[i].level != level)
			continue;
		if (nr++ < ROWS_MAX ||
		    d->candidates[i].flags & (CANDIDATE_CHOSEN | CANDIDATE_WOKEN))
			put_row(page, &d->candidates[i], order);
	}
	if (nr > ROWS_MAX)
		fprintf(page->out, "      ... %u in all\n", nr);
}

static void put_virtual_time(const struct page *page, u8 order, u64 virtual_time)
{
	fputs(order == ORDER_EEVDF ? "  V = " : "  min_vruntime = ", page->out);
	page_ms(page, (s64)virtual_time);
	fputs(order == ORDER_EEVDF ? " ms; lag = V - vruntime; E: eligible, N: not; *: ran\n"
				   : " ms; behind = min_vruntime - vruntime; *: ran\n",
	      page->out);
}

/* ---- A moment ---- */

/* Whose queue comes next on the way down. */
static const char *chosen_group(const struct explanation *e, const struct decision *d, u32 level,
				char buf[WHO_MAX])
{
	for (u32 i = 0; i < d->nr_candidates; i++)
		if (d->candidates[i].level == level && d->candidates[i].flags & CANDIDATE_CHOSEN)
			return explain_candidate(e, &d->candidates[i], buf);
	return "?";
}

static void put_pick(const struct page *page, const struct decision *d)
{
	const struct decision_pick *pick = &d->pick;
	char next[WHO_MAX], prev[WHO_MAX];
	struct text line = {0};

	text_printf(&line, "  picked at ");
	explain_ms(&line, (s64)d->when);
	text_printf(&line, " ms: %s%s%s, %s class%s%s", explain_who(page->e, d->task, next),
		    d->task == d->other ? " again" : " after ",
		    d->task == d->other ? "" : explain_who(page->e, d->other, prev),
		    explain_classes[pick->class_id], pick->by_server ? ", by its server" : "",
		    pick->nr_levels > 1 ? "; by level" : "");
	page_wrapped(page, line.at, 0, 4);
	text_fini(&line);
	if (!pick->nr_levels) {
		fprintf(page->out, "  rule: ");
		page_wrapped(page, decision_rule_texts[d->rule], 8, 8);
		if (d->nr_candidates)
			put_table(page, d, pick->order, 0);
	}
	for (u32 level = 0; level < pick->nr_levels; level++) {
		if (level)
			fprintf(page->out, "  in %s\n", chosen_group(page->e, d, level - 1, next));
		fprintf(page->out, "  rule: ");
		page_wrapped(page, decision_rule_texts[pick->level_rule[level]], 8, 8);
		put_virtual_time(page, pick->order, pick->virtual_time[level]);
		put_table(page, d, pick->order, level);
	}
}

void page_weighing(const struct page *page, const struct decision *d)
{
	if (d->kind != DECISION_PREEMPT || !d->nr_candidates)
		return;
	put_virtual_time(page, d->preempt.order, d->preempt.virtual_time);
	put_table(page, d, d->preempt.order, d->candidates[0].level);
}

static void put_list(const struct page *page, const char *title, const struct told_list *list)
{
	if (!list->len)
		return;
	fprintf(page->out, "  %s:\n", title);
	for (u32 i = 0; i < list->len; i++) {
		const struct decision *d = &list->at[i].decision;
		struct text line = {0};

		text_add(&line, "    ");
		explain_ms(&line, (s64)d->when);
		text_add(&line, " ms: ");
		explain_sentence(page->e, d, &line);
		page_wrapped(page, line.at, 0, 8);
		text_fini(&line);
		page_weighing(page, d);
	}
	if (list->left_out)
		fprintf(page->out, "    ... and %u more\n", list->left_out);
}

static void put_cpu(const struct page *page, u32 number)
{
	const struct moment_cpu *cpu = &page->e->moment->cpus[number];
	char who[WHO_MAX];

	fprintf(page->out, "%scpu %u at ", style(page->colour, STYLE_BOLD), number);
	page_ms(page, (s64)page->e->moment->at);
	fprintf(page->out, " ms: ");
	if (!cpu->picked) {
		fprintf(page->out, "idle, nothing was picked yet%s\n",
			style(page->colour, STYLE_PLAIN));
	} else {
		fprintf(page->out, "%s, since ",
			explain_who(page->e, cpu->pick.decision.task, who));
		page_ms(page, (s64)cpu->runs_since);
		fprintf(page->out, " ms%s\n", style(page->colour, STYLE_PLAIN));
		put_list(page, "before the pick", &cpu->before);
		put_pick(page, &cpu->pick.decision);
	}
	put_list(page, "since then", &cpu->since);
}

static void put_moment(const struct page *page)
{
	const struct explanation *e = page->e;

	for (u32 cpu = 0; cpu < e->moment->nr_cpus; cpu++)
		if (e->cpu == EXPLAIN_ALL_CPUS || e->cpu == cpu)
			put_cpu(page, cpu);
}

/* ---- All ---- */

void explanation_print(const struct explanation *e, FILE *out, bool colour)
{
	const struct page page = {.e = e, .out = out, .colour = colour};
	const struct workload *w = e->workload;

	fprintf(out, "%s: kernel %s, %u cpu%s, HZ %u, preempt %s, seed %" PRIu64 "\n", w->name,
		w->kernel.name, w->platform.nr_cpus, w->platform.nr_cpus == 1 ? "" : "s",
		w->platform.hz, preempt_model_names[w->platform.preempt], w->seed);
	if (e->task)
		page_delay(&page);
	if (e->moment)
		put_moment(&page);
}
