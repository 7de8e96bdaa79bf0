/* SPDX-License-Identifier: MIT */
/*
 * An explanation as a document, schema ossim-explain/1: all that the text tells and what it leaves
 * out. Virtual times are signed ns; who a task is: its comm and pid.
 */
#include "report/explanation.h"

#include "report/explanation_words.h"
#include "report/json.h"

static void write_bool(struct json_writer *w, const char *key, bool value)
{
	json_raw(w, key, value ? "true" : "false");
}

static void write_who(struct json_writer *w, const struct explanation *e, const char *key, u32 task)
{
	const struct roster_entry *entry = roster_get(e->roster, task);

	json_begin(w, key, '{');
	json_text(w, "comm", entry ? names_text(e->names, entry->comm) : "");
	json_u64(w, "pid", entry ? entry->pid : 0);
	json_end(w, '}');
}

static void write_rule(struct json_writer *w, const char *key, u8 rule)
{
	json_begin(w, key, '{');
	json_text(w, "name", decision_rule_names[rule]);
	json_text(w, "text", decision_rule_texts[rule]);
	json_end(w, '}');
}

/* ---- Candidates ---- */

static void write_flags(struct json_writer *w, const struct candidate *c, u8 order)
{
	write_bool(w, "chosen", c->flags & CANDIDATE_CHOSEN);
	write_bool(w, "runs", c->flags & CANDIDATE_RUNS);
	if (c->flags & CANDIDATE_WOKEN)
		write_bool(w, "came", true);
	if (order == ORDER_EEVDF) {
		write_bool(w, "eligible", c->flags & CANDIDATE_ELIGIBLE);
		write_bool(w, "protected", c->flags & CANDIDATE_PROTECTED);
		write_bool(w, "delayed", c->flags & CANDIDATE_DELAYED);
	}
	if (c->flags & CANDIDATE_NEXT_BUDDY)
		write_bool(w, "next_buddy", true);
	if (c->flags & CANDIDATE_LAST_BUDDY)
		write_bool(w, "last_buddy", true);
	if (c->flags & CANDIDATE_SKIP_BUDDY)
		write_bool(w, "skip_buddy", true);
	if (c->flags & CANDIDATE_IDLE_POLICY)
		write_bool(w, "idle_policy", true);
}

static void write_candidate(struct json_writer *w, const struct explanation *e, const char *key,
			    const struct candidate *c, u8 order)
{
	json_begin(w, key, '{');
	if (c->flags & CANDIDATE_SERVER)
		write_bool(w, "server", true);
	else if (c->task == TASK_ID_NONE)
		json_text(w, "group", explain_group(e, c->group));
	else
		write_who(w, e, "task", c->task);
	write_flags(w, c, order);
	if (order == ORDER_EEVDF || order == ORDER_CFS) {
		json_u64(w, "weight", c->weight);
		json_u64(w, "slice_ns", c->slice);
		json_s64(w, "vruntime_ns", (s64)c->vruntime);
		json_s64(w, "lag_ns", c->lag);
		if (c->flags & CANDIDATE_RUNS)
			json_u64(w, "ran_ns", c->ran);
	}
	if (order == ORDER_EEVDF)
		json_s64(w, "deadline_ns", (s64)c->deadline);
	if (order == ORDER_EEVDF && c->flags & CANDIDATE_RUNS)
		json_s64(w, "protected_until_ns", (s64)c->protected_until);
	if (order == ORDER_RT)
		json_s64(w, "rt_priority", 99 - c->prio);
	if (order == ORDER_EXT) {
		json_u64(w, "weight", c->weight);
		json_u64(w, "slice_ns", c->slice);
		json_u64(w, "vtime", c->vruntime);
		json_text(w, "queue", explain_queues[c->queue_kind]);
	}
	if (order == ORDER_EXT && c->queue_kind == QUEUE_OWN)
		json_u64(w, "queue_id", c->queue);
	if (order == ORDER_DEADLINE) {
		json_s64(w, "deadline_ns", (s64)c->deadline);
		json_s64(w, "budget_ns", c->budget);
	}
	json_end(w, '}');
}

static void write_candidates(struct json_writer *w, const struct explanation *e,
			     const struct decision *d, u8 order, u32 level)
{
	json_begin(w, "candidates", '[');
	for (u32 i = 0; i < d->nr_candidates; i++)
		if (d->candidates[i].level == level)
			write_candidate(w, e, NULL, &d->candidates[i], order);
	json_end(w, ']');
}

static void write_virtual_time(struct json_writer *w, u8 order, u64 virtual_time)
{
	if (order == ORDER_EEVDF)
		json_s64(w, "virtual_time_ns", (s64)virtual_time);
	else if (order == ORDER_CFS)
		json_s64(w, "min_vruntime_ns", (s64)virtual_time);
}

/* ---- Decisions ---- */

static void write_pick(struct json_writer *w, const struct explanation *e, const struct decision *d)
{
	const struct decision_pick *pick = &d->pick;
	u32 nr = max_of(pick->nr_levels, (u8)1);

	write_who(w, e, "next", d->task);
	write_who(w, e, "previous", d->other);
	json_text(w, "class", explain_classes[pick->class_id]);
	write_bool(w, "by_server", pick->by_server);
	json_u64(w, "waiting", pick->nr_waiting);
	json_begin(w, "levels", '[');
	for (u32 level = 0; level < nr; level++) {
		json_begin(w, NULL, '{');
		write_rule(w, "rule", pick->nr_levels ? pick->level_rule[level] : d->rule);
		write_virtual_time(w, pick->order, pick->virtual_time[level]);
		write_candidates(w, e, d, pick->order, level);
		json_end(w, '}');
	}
	json_end(w, ']');
}

static void write_preempt(struct json_writer *w, const struct explanation *e,
			  const struct decision *d)
{
	const struct decision_preempt *p = &d->preempt;

	write_who(w, e, "task", d->task);
	write_who(w, e, "current", d->other);
	write_bool(w, "preempts", p->preempts);
	write_bool(w, "new", p->forked);
	write_bool(w, "sync", p->sync);
	if (!d->nr_candidates)
		return;
	write_virtual_time(w, p->order, p->virtual_time);
	if (p->order == ORDER_CFS)
		json_u64(w, "granularity_ns", p->granularity);
	write_candidates(w, e, d, p->order, d->candidates[0].level);
}

static void write_select(struct json_writer *w, const struct explanation *e,
			 const struct decision *d)
{
	const struct decision_select *s = &d->select;

	write_who(w, e, "task", d->task);
	json_u64(w, "chosen_cpu", s->cpu);
	write_bool(w, "chosen_is_idle", s->to_idle);
	json_u64(w, "waker_cpu", s->this_cpu);
	json_u64(w, "previous_cpu", s->prev_cpu);
	json_u64(w, "target_cpu", s->target);
	if (s->affine != RULE_NONE)
		write_rule(w, "target_rule", s->affine);
	json_u64(w, "looked_at", s->looked);
	if (s->scan_limit != UINT32_MAX)
		json_u64(w, "scan_limit", s->scan_limit);
	json_begin(w, "idle_cpus", '[');
	for (u32 i = 0; i < s->nr_missed; i++) {
		json_begin(w, NULL, '{');
		json_u64(w, "cpu", s->missed[i].cpu);
		json_text(w, "why_not", explain_missed[s->missed[i].why]);
		json_end(w, '}');
	}
	json_end(w, ']');
}

static void write_balance(struct json_writer *w, const struct explanation *e,
			  const struct decision *d)
{
	const struct decision_balance *b = &d->balance;

	if (b->level)
		json_text(w, "domain", b->level);
	json_text(w, "cpu_is", explain_idle[b->idle]);
	json_u64(w, "moved", b->moved);
	if (b->moved)
		write_who(w, e, "task", d->task);
	if (b->from == UINT16_MAX)
		return;
	json_u64(w, "busiest_cpu", b->from);
	json_text(w, "migrates", explain_migrate[b->migrate]);
	json_s64(w, "imbalance", b->imbalance);
	json_u64(w, "failed_passes", b->failed);
	json_begin(w, "refused", '{');
	json_u64(w, "running", b->running);
	json_u64(w, "hot", b->hot);
	json_u64(w, "pinned", b->pinned);
	json_u64(w, "ineligible", b->ineligible);
	json_u64(w, "delayed", b->delayed);
	json_u64(w, "too_large", b->too_much);
	json_u64(w, "throttled", b->throttled);
	json_end(w, '}');
}

static void write_decision(struct json_writer *w, const struct explanation *e, const char *key,
			   const struct decision *d)
{
	json_begin(w, key, '{');
	json_text(w, "kind", decision_kind_names[d->kind]);
	json_u64(w, "when_ns", d->when);
	write_rule(w, "rule", d->rule);
	switch ((enum decision_kind)d->kind) {
	case DECISION_PICK:
		write_pick(w, e, d);
		break;
	case DECISION_PREEMPT:
		write_preempt(w, e, d);
		break;
	case DECISION_SELECT:
		write_select(w, e, d);
		break;
	case DECISION_BALANCE:
		write_balance(w, e, d);
		break;
	case DECISION_RESCHED:
		write_who(w, e, "task", d->task);
		write_bool(w, "lazy", d->resched.lazy);
		write_bool(w, "remote", d->resched.remote);
		write_bool(w, "at_tick", d->resched.in_tick);
		break;
	case DECISION_THROTTLE:
		if (d->task != TASK_ID_NONE)
			write_who(w, e, "task", d->task);
		write_bool(w, "begins", d->throttle.begins);
		break;
	default:
		write_who(w, e, "task", d->task);
	}
	json_end(w, '}');
}

static void write_list(struct json_writer *w, const struct explanation *e, const char *key,
		       const struct told_list *list)
{
	json_begin(w, key, '[');
	for (u32 i = 0; i < list->len; i++)
		write_decision(w, e, NULL, &list->at[i].decision);
	json_end(w, ']');
}

/* ---- A moment ---- */

static void write_cpu(struct json_writer *w, const struct explanation *e, u32 number)
{
	const struct moment_cpu *cpu = &e->moment->cpus[number];

	json_begin(w, NULL, '{');
	json_u64(w, "cpu", number);
	write_who(w, e, "runs", cpu->picked ? cpu->pick.decision.task : number);
	json_u64(w, "since_ns", cpu->runs_since);
	if (cpu->picked)
		write_decision(w, e, "pick", &cpu->pick.decision);
	write_list(w, e, "before", &cpu->before);
	write_list(w, e, "since", &cpu->since);
	json_u64(w, "left_out", cpu->before.left_out + cpu->since.left_out);
	json_end(w, '}');
}

static void write_moment(struct json_writer *w, const struct explanation *e)
{
	json_begin(w, "moment", '{');
	json_u64(w, "at_ns", e->moment->at);
	json_begin(w, "cpus", '[');
	for (u32 cpu = 0; cpu < e->moment->nr_cpus; cpu++)
		if (e->cpu == EXPLAIN_ALL_CPUS || e->cpu == cpu)
			write_cpu(w, e, cpu);
	json_end(w, ']');
	json_end(w, '}');
}

/* ---- A delay ---- */

static void write_piece(struct json_writer *w, const struct explanation *e, const struct piece *p)
{
	json_begin(w, NULL, '{');
	json_text(w, "kind", piece_kind_names[p->kind]);
	json_u64(w, "from_ns", p->from);
	json_u64(w, "ns", p->to - p->from);
	if (p->kind != PIECE_WAY)
		json_u64(w, "cpu", p->cpu);
	if (p->kind == PIECE_BEHIND || p->kind == PIECE_DUE)
		write_who(w, e, "by", p->by);
	json_u64(w, "irq_ns", p->irq_ns);
	if (p->kind == PIECE_THROTTLED)
		write_rule(w, "throttled_by", p->due_rule);
	if (p->kind == PIECE_THROTTLED && p->group)
		json_text(w, "group", explain_group(e, p->group));
	if (p->kind == PIECE_DUE) {
		write_rule(w, "due", p->due_rule);
		write_bool(w, "lazy", p->lazy);
		write_bool(w, "remote", p->remote);
		write_bool(w, "at_tick", p->in_tick);
	}
	if (p->picked) {
		write_rule(w, "picked_by", p->pick.rule);
		json_text(w, "class", explain_classes[p->pick.class_id]);
	}
	if (p->picked && p->pick.has_mine) {
		write_virtual_time(w, p->pick.order, p->pick.virtual_time);
		write_candidate(w, e, "waits", &p->pick.mine, p->pick.order);
		write_candidate(w, e, "runs", &p->pick.chosen, p->pick.order);
	}
	json_end(w, '}');
}

static void write_sum(struct json_writer *w, const struct explanation *e,
		      const struct wait_sum *sum)
{
	json_begin(w, NULL, '{');
	json_text(w, "kind", piece_kind_names[sum->kind]);
	if (sum->kind == PIECE_BEHIND || sum->kind == PIECE_DUE)
		write_who(w, e, "by", sum->by);
	json_u64(w, "pieces", sum->nr);
	json_u64(w, "ns", sum->ns);
	json_end(w, '}');
}

static void write_missed(struct json_writer *w, const struct wait_missed *missed)
{
	json_begin(w, NULL, '{');
	json_u64(w, "cpu", missed->cpu);
	json_u64(w, "idle_ns", missed->idle_ns);
	if (missed->allowed_known)
		write_bool(w, "allowed", missed->allowed);
	if (missed->idle_at_wakeup)
		json_text(w, "at_wakeup", explain_missed[missed->why]);
	if (missed->balance_rule != RULE_NONE) {
		json_u64(w, "balanced_ns", missed->balance_when);
		write_rule(w, "balance", missed->balance_rule);
	}
	json_end(w, '}');
}

static void write_delay(struct json_writer *w, const struct explanation *e)
{
	const struct breakdown *wait = e->wait;

	json_begin(w, "delay", '{');
	write_who(w, e, "task", wait->delay.task);
	json_text(w, "start", explain_start[wait->delay.start]);
	json_u64(w, "from_ns", wait->delay.from);
	json_u64(w, "to_ns", wait->delay.to);
	json_u64(w, "ns", wait->total_ns);
	write_bool(w, "finished", wait->delay.finished);
	if (wait->select.decision.rule != RULE_NONE)
		write_decision(w, e, "select", &wait->select.decision);
	if (wait->preempt.decision.rule != RULE_NONE)
		write_decision(w, e, "preempt", &wait->preempt.decision);
	json_begin(w, "pieces", '[');
	for (u32 i = 0; i < wait->pieces.len; i++)
		write_piece(w, e, &wait->pieces.at[i]);
	json_end(w, ']');
	json_begin(w, "sums", '[');
	for (u32 i = 0; i < wait->sums.len; i++)
		write_sum(w, e, &wait->sums.at[i]);
	json_end(w, ']');
	json_u64(w, "irq_ns", wait->irq_ns);
	json_begin(w, "idle_cpus", '[');
	for (u32 i = 0; i < wait->missed.len; i++)
		write_missed(w, &wait->missed.at[i]);
	json_end(w, ']');
	json_end(w, '}');
}

void explanation_json(const struct explanation *e, struct text *out)
{
	struct json_writer w = {.out = out};

	json_begin(&w, NULL, '{');
	json_text(&w, "schema", "ossim-explain/1");
	json_text(&w, "source", e->workload->name);
	json_text(&w, "kernel", e->workload->kernel.name);
	json_u64(&w, "cpus", e->workload->platform.nr_cpus);
	json_u64(&w, "hz", e->workload->platform.hz);
	json_text(&w, "preempt", preempt_model_names[e->workload->platform.preempt]);
	json_u64(&w, "seed", e->workload->seed);
	if (e->task && e->wait)
		write_delay(&w, e);
	else if (e->task)
		json_raw(&w, "delay", "null");
	if (e->moment)
		write_moment(&w, e);
	json_end(&w, '}');
	text_add_char(out, '\n');
}
