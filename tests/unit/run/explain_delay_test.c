/* SPDX-License-Identifier: MIT */
/* Explanations of delays: what each was made of; and of what cannot be explained. */
#include "explained.h"

#include <criterion/criterion.h>
#include <string.h>

/* The pieces lie end to end and the sums are theirs. */
static void check_breakdown(const struct breakdown *wait)
{
	u64 at = wait->delay.from, sum = wait->irq_ns;

	for (u32 i = 0; i < wait->pieces.len; i++) {
		cr_assert_eq(wait->pieces.at[i].from, at);
		cr_assert_lt(at, wait->pieces.at[i].to);
		cr_assert_leq(wait->pieces.at[i].irq_ns, wait->pieces.at[i].to - at);
		at = wait->pieces.at[i].to;
	}
	cr_assert_eq(at, wait->delay.to);
	for (u32 i = 0; i < wait->sums.len; i++)
		sum += wait->sums.at[i].ns;
	cr_assert_eq(sum, wait->delay.to - wait->delay.from);
	cr_assert_eq(sum, wait->total_ns);
}

Test(explain, the_pieces_of_a_delay_are_all_of_it)
{
	static const char *const tasks[] = {"web0", "web3", "hog1", "rt", "low"};
	static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

	for (u32 i = 0; i < ARRAY_SIZE(tasks); i++)
		for (u32 k = 0; k < ARRAY_SIZE(rows); k++)
			for (u64 at = 5; at <= 60; at += 11) {
				const char *const settings[] = {rows[k], NULL};
				struct explained x;

				cr_assert(explained_try(&x, explained_busy, settings,
							(struct explain_request){
								.task = tasks[i],
								.at = at == 60 ? NEVER : at * MSEC,
								.cpu = EXPLAIN_ALL_CPUS,
							}));
				cr_assert_not_null(x.what->wait);
				check_breakdown(x.what->wait);
				explained_fini(&x);
			}
}

/* C of 11.1 waits from 12 to 36 ms: three stays of A, three of B, 4 ms each. */
Test(explain, a_delay_names_those_who_ran_before)
{
	const char *const settings[] = {"kernel=v6.18", NULL};
	const struct breakdown *wait;
	struct explained x;

	cr_assert(explained_try(
		&x, explained_three_hogs, settings,
		(struct explain_request){.task = "C", .at = 30 * MSEC, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	cr_assert_eq(wait->delay.from, 12 * MSEC);
	cr_assert_eq(wait->delay.to, 36 * MSEC);
	cr_assert_eq(wait->delay.start, DELAY_PREEMPTED);
	cr_assert_eq(wait->pieces.len, 6);
	cr_assert_eq(wait->sums.len, 2);
	for (u32 i = 0; i < 6; i++) {
		cr_expect_str_eq(explained_comm(&x, wait->pieces.at[i].by), i % 2 ? "B" : "A");
		cr_expect_eq(wait->pieces.at[i].kind, PIECE_BEHIND);
		cr_expect(wait->pieces.at[i].pick.has_mine);
		cr_expect_eq(!!(wait->pieces.at[i].pick.mine.flags & CANDIDATE_ELIGIBLE), i == 5);
	}
	/* Seven cpus idled; it may use none of them. */
	cr_expect_eq(wait->missed.len, 7);
	cr_expect(wait->missed.at[0].allowed_known && !wait->missed.at[0].allowed);
	/* With a moment, too, that of the cpu where it waits. */
	cr_expect_eq(x.what->cpu, 0);
	explained_fini(&x);
}

/* ---- Requests that cannot be ---- */

static void expect_message(struct explain_request request, const char *message)
{
	struct explained x;
	struct text text = {0};

	cr_assert_not(explained_try(&x, explained_three_hogs, NULL, request));
	diag_to_text(x.job.diag, &text);
	cr_expect_not_null(strstr(text.at, message), "%s", text.at);
	text_fini(&text);
	explained_fini(&x);
}

Test(explain, requests_that_cannot_be_are_told)
{
	expect_message((struct explain_request){.at = 2 * SEC, .cpu = EXPLAIN_ALL_CPUS},
		       "--at 2 s is past the end: the run takes 100 ms");
	expect_message((struct explain_request){.at = MSEC, .cpu = 8},
		       "--cpu 8: the machine has cpus 0..7");
	expect_message((struct explain_request){.task = "AA", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS},
		       "no task is called 'AA'");
}

/*
 * core-rt-dl-ext.md E8: the hog may run 952 ms of the first period, and waits 48 ms although nobody
 * runs.
 */
Test(explain, an_rt_hog_waits_for_its_next_period)
{
	static const char yaml[] =
		"kernel: v6.1\nduration: 1100ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"tasks:\n"
		"- {name: R, policy: fifo, priority: 10, birth: woken, program: [{run: 2s}]}\n";
	const struct breakdown *wait;
	struct explained x;

	cr_assert(explained_try(
		&x, yaml, NULL,
		(struct explain_request){.task = "R", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	cr_assert_eq(wait->delay.from, 952 * MSEC);
	cr_assert_eq(wait->total_ns, 48 * MSEC);
	cr_assert_eq(wait->sums.len, 1);
	cr_expect_eq(wait->sums.at[0].kind, PIECE_THROTTLED);
	cr_expect_eq(wait->pieces.at[0].due_rule, RULE_THROTTLE_RT);
	explained_fini(&x);
}

/*
 * Its group has 100 ms of each second: the tick of 104 ms ends it. Another RT task of the cpu does
 * not wait for that.
 */
Test(explain, an_rt_hog_waits_for_its_groups_next_period)
{
	static const char yaml[] =
		"kernel: v6.1\nduration: 1100ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {switches: [RT_GROUP_SCHED]}\ngroups: {a: {rt_runtime: 100ms}}\ntasks:\n"
		"- {name: R, group: a, policy: fifo, priority: 10, birth: woken, program: [{run: 2s}]}\n"
		"- {name: S, policy: fifo, priority: 5, birth: woken, program: [{run: 200ms}]}\n";
	const struct breakdown *wait;
	struct explained x;

	cr_assert(explained_try(
		&x, yaml, NULL,
		(struct explain_request){.task = "R", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	cr_assert_eq(wait->delay.from, 104 * MSEC);
	cr_assert_eq(wait->total_ns, 896 * MSEC);
	cr_assert_eq(wait->sums.len, 1);
	cr_expect_eq(wait->pieces.at[0].due_rule, RULE_THROTTLE_RT_GROUP);
	explained_fini(&x);
	cr_assert(explained_try(
		&x, yaml, NULL,
		(struct explain_request){.task = "S", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	cr_assert_eq(x.what->wait->total_ns, 104 * MSEC);
	cr_expect_eq(x.what->wait->pieces.at[0].kind, PIECE_BEHIND);
	explained_fini(&x);
	/* From the next period on it waits for who is stronger. */
	cr_assert(explained_try(
		&x, yaml, (const char *const[]){"tasks.S.priority=50", "tasks.S.start=900ms", NULL},
		(struct explain_request){.task = "R", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	cr_assert_eq(x.what->wait->total_ns, 996 * MSEC);
	cr_assert_eq(x.what->wait->sums.len, 2);
	cr_expect_eq(x.what->wait->pieces.at[0].to, SEC);
	explained_fini(&x);
}

/*
 * core-rt-dl-ext.md 2.6: a boosted task lifts the throttling of its group. R waits for that from
 * 104 ms on. From 150 to 169 ms L, which has 19 ms before it, holds a mutex that H wants: meanwhile
 * R waits behind a task that is stronger by that, and then for its group again.
 */
Test(explain, a_group_with_a_boosted_task_holds_nobody_back)
{
	static const char yaml[] =
		"kernel: v6.1\nduration: 1100ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {switches: [RT_GROUP_SCHED]}\ngroups: {a: {rt_runtime: 100ms}}\nmutexes: {m: {pi: true}}\ntasks:\n"
		"- {name: L, group: a, policy: fifo, priority: 5, birth: woken, program: [{lock: m}, {run: 20ms}, {unlock: m}, {sleep: 9s}]}\n"
		"- {name: R, group: a, policy: fifo, priority: 10, birth: woken, start: 1ms, program: [{run: 2s}]}\n"
		"- {name: H, policy: fifo, priority: 50, birth: woken, start: 150ms, program: [{lock: m}, {unlock: m}, {sleep: 9s}]}\n";
	static const struct {
		u64 from;
		enum piece_kind kind;
	} expected[] = {{104 * MSEC, PIECE_THROTTLED},
			{150 * MSEC, PIECE_BEHIND},
			{169 * MSEC, PIECE_THROTTLED}};
	const struct breakdown *wait;
	struct explained x;

	cr_assert(explained_try(
		&x, yaml, NULL,
		(struct explain_request){.task = "R", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	cr_assert_eq(wait->delay.from, 104 * MSEC);
	cr_assert_eq(wait->total_ns, 896 * MSEC);
	cr_assert_eq(wait->pieces.len, ARRAY_SIZE(expected));
	for (u32 i = 0; i < ARRAY_SIZE(expected); i++) {
		cr_expect_eq(wait->pieces.at[i].from, expected[i].from, "piece %u", i);
		cr_expect_eq(wait->pieces.at[i].kind, expected[i].kind, "piece %u", i);
	}
	explained_fini(&x);
}

/*
 * fair.md 11.9: a hog of 20 ms per 100 ms alone on its cpu, seen at ticks: it is put off at the
 * tick of 24 ms and comes back at 100 ms. The group whose quota it is lies above its own. (6.1,
 * whose periods begin with the run.)
 */
Test(explain, a_hog_waits_for_its_groups_quota)
{
	static const char yaml[] =
		"kernel: v6.1\nduration: 300ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"groups:\n  limited: {max: 20ms/100ms, groups: {inner: {weight: 200}}}\n"
		"tasks:\n"
		"- {name: H, group: inner, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: other, nice: 19, birth: woken, program: [{loop: [{run: 1ms}, {sleep: 7ms}]}]}\n";
	const struct breakdown *wait;
	struct explained x;

	cr_assert(explained_try(
		&x, yaml, NULL,
		(struct explain_request){.task = "H", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	check_breakdown(wait);
	cr_assert_geq(wait->pieces.len, 1);
	cr_expect_eq(wait->sums.at[0].kind, PIECE_THROTTLED);
	cr_expect_eq(wait->pieces.at[0].due_rule, RULE_THROTTLE_GROUP);
	cr_assert_eq(wait->pieces.at[0].group, 1);
	cr_expect_str_eq(names_text(x.what->names, x.what->group_names[0]), "limited");
	cr_expect_eq(wait->pieces.at[0].to % (100 * MSEC), 0, "%" PRIu64, wait->pieces.at[0].to);
	cr_expect_geq(wait->sums.at[0].ns, 72 * MSEC);
	explained_fini(&x);
}

/* Two levels: of the groups by weight, then within the group. */
Test(explain, a_pick_among_groups_has_a_rule_for_each_level)
{
	static const char yaml[] =
		"kernel: v6.12\nduration: 50ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"groups: {one: {weight: 100}, two: {weight: 50}}\n"
		"tasks:\n"
		"- {name: A, group: one, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: B, group: two, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: C, group: two, birth: woken, program: [{loop: [{run: 1s}]}]}\n";
	const struct decision *d;
	struct explained x;
	u32 groups = 0;

	cr_assert(
		explained_try(&x, yaml, NULL, (struct explain_request){.at = 4 * MSEC, .cpu = 0}));
	d = &x.what->moment->cpus[0].pick.decision;
	cr_assert_eq(d->pick.nr_levels, 2);
	cr_expect_str_eq(explained_comm(&x, d->task), "B");
	cr_expect_eq(d->pick.level_rule[0], RULE_PICK_EARLIEST);
	cr_expect_eq(d->pick.level_rule[1], RULE_PICK_FIFO_TIE);
	for (u32 i = 0; i < d->nr_candidates; i++)
		if (d->candidates[i].task == TASK_ID_NONE) {
			cr_expect_eq(d->candidates[i].level, 0);
			cr_expect_eq(d->candidates[i].weight,
				     d->candidates[i].group == 1 ? 1024 : 512);
			groups++;
		}
	cr_expect_eq(groups, 2);
	explained_fini(&x);
}

/*
 * EEVDF by level: while A runs it was not C that lost against it but C's group, by the rule of that
 * level; within A's group nobody else is. Behind B it is C itself, one level further down.
 */
Test(explain, who_waits_in_a_group_is_told_that_its_group_was_passed_over)
{
	static const char yaml[] =
		"kernel: v6.12\nduration: 200ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"groups: {one: {weight: 100}, two: {weight: 50}}\n"
		"tasks:\n"
		"- {name: A, group: one, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: B, group: two, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: C, group: two, birth: woken, program: [{loop: [{run: 1s}]}]}\n";
	u32 behind_a = 0, behind_b = 0;
	struct explained x;

	cr_assert(explained_try(
		&x, yaml, NULL,
		(struct explain_request){.task = "C", .at = 100 * MSEC, .cpu = EXPLAIN_ALL_CPUS}));
	for (u32 i = 0; i < x.what->wait->pieces.len; i++) {
		const struct piece *piece = &x.what->wait->pieces.at[i];
		bool by_a = !strcmp(explained_comm(&x, piece->by), "A");

		if (!piece->picked)
			continue;
		cr_assert(piece->pick.has_mine);
		cr_expect_eq(piece->pick.mine.group, by_a ? 2 : 0);
		cr_expect_eq(piece->pick.chosen.group, by_a ? 1 : 0);
		cr_expect_neq(piece->pick.rule, RULE_PICK_ONLY);
		cr_expect(!(piece->pick.mine.flags & CANDIDATE_ELIGIBLE) ||
			  piece->pick.rule == RULE_PICK_PROTECTED ||
			  piece->pick.chosen.deadline <= piece->pick.mine.deadline);
		*(by_a ? &behind_a : &behind_b) += 1;
	}
	cr_expect_gt(behind_a, 0);
	cr_expect_gt(behind_b, 0);
	explained_fini(&x);
}

/* Two reservations and a fair hog on one cpu. */
static const char reservations[] =
	"kernel: v6.12\nduration: 300ms\nmachine: {cpus: 1, hz: 1000, costs: zero}\n"
	"tasks:\n"
	"- {name: D, policy: deadline, runtime: 10ms, deadline: 30ms, period: 100ms, birth: woken,"
	" program: [{loop: [{run: 1s}]}]}\n"
	"- {name: E, policy: deadline, runtime: 5ms, deadline: 20ms, period: 100ms, birth: woken,"
	" program: [{loop: [{run: 1s}]}]}\n"
	"- {name: F, birth: woken, program: [{loop: [{run: 1s}]}]}\n";

/* EDF: E's deadline of 20 ms comes before D's of 30 ms; who has no budget left is no candidate. */
Test(explain, the_earliest_deadline_runs_first)
{
	const struct decision *d;
	struct explained x;

	cr_assert(explained_try(&x, reservations, NULL,
				(struct explain_request){.at = 2 * MSEC, .cpu = 0}));
	d = &x.what->moment->cpus[0].pick.decision;
	cr_expect_str_eq(explained_comm(&x, d->task), "E");
	cr_expect_eq(d->rule, RULE_PICK_DEADLINE, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(explained_candidate(&x, d, "E")->deadline, 20 * MSEC);
	cr_expect_eq(explained_candidate(&x, d, "D")->deadline, 30 * MSEC);
	cr_expect_eq(explained_candidate(&x, d, "D")->budget, (s64)(10 * MSEC));
	explained_fini(&x);
}

/* core-rt-dl-ext.md E3: used up, it waits until deadline - D + P. */
Test(explain, a_reservation_that_is_used_up_waits_for_its_period)
{
	const struct breakdown *wait;
	struct explained x;

	cr_assert(explained_try(
		&x, reservations, NULL,
		(struct explain_request){.task = "E", .at = 50 * MSEC, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	check_breakdown(wait);
	cr_assert_geq(wait->pieces.len, 1);
	cr_expect_eq(wait->pieces.at[0].kind, PIECE_THROTTLED, "%s",
		     piece_kind_names[wait->pieces.at[0].kind]);
	cr_expect_eq(wait->pieces.at[0].due_rule, RULE_THROTTLE_DEADLINE);
	cr_expect_eq(wait->pieces.at[0].to, 100 * MSEC);
	explained_fini(&x);
}

/*
 * core-rt-dl-ext.md E11: under a weighted virtual time A, B and C run 20 ms each; alone, one goes
 * on.
 */
Test(explain, the_local_queue_of_an_ext_policy)
{
	static const char three[] =
		"kernel: v6.12\nduration: 200ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"ext: {policy: vtime}\n"
		"tasks:\n"
		"- {name: A, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: B, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
		"- {name: C, nice: -5, birth: woken, program: [{loop: [{run: 1s}]}]}\n";
	static const char alone[] =
		"kernel: v6.12\nduration: 200ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"ext: {policy: vtime}\n"
		"tasks: [{name: A, birth: woken, program: [{loop: [{run: 1s}]}]}]\n";

	explained_expect_rule(three, NULL, 20 * MSEC, "B", RULE_PICK_EXT_LOCAL);
	explained_expect_rule(three, NULL, 40 * MSEC, "C", RULE_PICK_EXT_LOCAL);
	explained_expect_rule(alone, NULL, 50 * MSEC, "A", RULE_PICK_EXT_KEPT);
}
