/* SPDX-License-Identifier: MIT */
/*
 * Explanations: the rules named for the worked examples are those that the examples name, and
 * looking changes nothing.
 */
#include "explained.h"

#include <criterion/criterion.h>
#include <string.h>

#include "observe/observer.h"
#include "run/sim.h"

/* ---- Picks of fair.md 11.1 ---- */

struct expected_row {
	s64 vruntime, deadline; /* us since all began at 0, as the example has them */
	bool eligible;
};

struct expected_pick {
	u64 at_ms;
	const char *next;
	enum decision_rule rule;
	s64 virtual_time;
	struct expected_row a, b, c;
};

/* Where all began: a fresh queue's virtual time. */
static const s64 origin = -(1 << 20);

static void check_row(const struct explained *x, const struct decision *d, const char *name,
		      struct expected_row row)
{
	const struct candidate *c = explained_candidate(x, d, name);

	cr_expect_eq((s64)(c->vruntime - (u64)origin) / 1000, row.vruntime, "%s: v %" PRId64, name,
		     (s64)(c->vruntime - (u64)origin) / 1000);
	cr_expect_eq((s64)(c->deadline - (u64)origin) / 1000, row.deadline, "%s: d %" PRId64, name,
		     (s64)(c->deadline - (u64)origin) / 1000);
	cr_expect_eq(!!(c->flags & CANDIDATE_ELIGIBLE), row.eligible, "%s", name);
}

static void check_pick(const char *kernel, const struct expected_pick *expected)
{
	const char *const settings[] = {kernel, NULL};
	const struct decision *d;
	struct explained x;

	cr_assert(explained_try(&x, explained_three_hogs, settings,
				(struct explain_request){.at = expected->at_ms * MSEC, .cpu = 0}));
	d = &x.what->moment->cpus[0].pick.decision;
	cr_expect_eq(d->when, expected->at_ms * MSEC);
	cr_expect_str_eq(explained_comm(&x, d->task), expected->next, "at %" PRIu64,
			 expected->at_ms);
	cr_expect_eq(d->rule, expected->rule, "at %" PRIu64 ": %s", expected->at_ms,
		     decision_rule_names[d->rule]);
	cr_expect_eq((s64)(d->pick.virtual_time[0] - (u64)origin) / 1000, expected->virtual_time);
	check_row(&x, d, "A", expected->a);
	check_row(&x, d, "B", expected->b);
	check_row(&x, d, "C", expected->c);
	explained_fini(&x);
}

/* The table "State after each tick" of fair.md 11.1, and the reasons beside it. */
Test(explain, three_hogs_on_eevdf_as_the_worked_example_tells_them)
{
	static const struct expected_pick table[] = {
		{0, "A", RULE_PICK_FIFO_TIE, 0, {0, 2800, true}, {0, 2800, true}, {0, 8558, true}},
		{4,
		 "B",
		 RULE_PICK_EARLIEST,
		 1718,
		 {4000, 6800, false},
		 {0, 2800, true},
		 {0, 8558, true}},
		{8,
		 "C",
		 RULE_PICK_EARLIEST,
		 3437,
		 {4000, 6800, false},
		 {4000, 6800, false},
		 {0, 8558, true}},
		{12,
		 "A",
		 RULE_PICK_FIFO_TIE,
		 5156,
		 {4000, 6800, true},
		 {4000, 6800, true},
		 {12226, 20785, false}},
		{16,
		 "B",
		 RULE_PICK_EARLIEST,
		 6875,
		 {8000, 10800, false},
		 {4000, 6800, true},
		 {12226, 20785, false}},
		{20,
		 "A",
		 RULE_PICK_TREE_TIE,
		 8594,
		 {8000, 10800, true},
		 {8000, 10800, true},
		 {12226, 20785, false}},
		{32,
		 "B",
		 RULE_PICK_EARLIEST,
		 13750,
		 {16000, 18800, false},
		 {12000, 14800, true},
		 {12226, 20785, true}},
		{36,
		 "C",
		 RULE_PICK_EARLIEST,
		 15469,
		 {16000, 18800, false},
		 {16000, 18800, false},
		 {12226, 20785, true}},
	};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		check_pick("kernel=v6.12", &table[i]);
		check_pick("kernel=v6.18", &table[i]);
	}
}

/* fair.md 11.1, CFS: B and C tie at 0, B was queued first; then C is the left-most alone. */
Test(explain, three_hogs_on_cfs)
{
	const char *const settings[] = {"kernel=v6.1", NULL};

	explained_expect_rule(explained_three_hogs, settings, 0, "A", RULE_PICK_LEFTMOST_TIE);
	explained_expect_rule(explained_three_hogs, settings, 12 * MSEC, "B",
			      RULE_PICK_LEFTMOST_TIE);
	explained_expect_rule(explained_three_hogs, settings, 24 * MSEC, "C", RULE_PICK_LEFTMOST);
}

/* A reschedule of the cpu @when, of @task. */
static void expect_resched(const char *yaml, const char *const *settings, u64 at,
			   enum decision_rule rule)
{
	const struct moment_cpu *cpu;
	struct explained x;
	bool found = false;

	cr_assert(explained_try(&x, yaml, settings, (struct explain_request){.at = at, .cpu = 0}));
	cpu = &x.what->moment->cpus[0];
	for (u32 i = 0; i < cpu->since.len; i++)
		if (cpu->since.at[i].decision.kind == DECISION_RESCHED) {
			found = true;
			cr_expect_eq(cpu->since.at[i].decision.rule, rule, "%s",
				     decision_rule_names[cpu->since.at[i].decision.rule]);
			cr_expect(cpu->since.at[i].decision.resched.in_tick);
		}
	cr_expect(found, "no reschedule is due");
	explained_fini(&x);
}

/*
 * fair.md 2.6: with a slice of 10.3 ms CFS's first tick beyond it is that of 12 ms; 3.8: EEVDF's
 * request of 2.8 ms is used up at the first tick. A switch takes its time, so that the moment
 * between is seen.
 */
Test(explain, why_a_reschedule_is_due)
{
	const char *const cfs[] = {"kernel=v6.1", "machine.costs={schedule: 100us}", NULL};
	const char *const eevdf[] = {"kernel=v6.12", "machine.costs={schedule: 100us}", NULL};

	expect_resched(explained_three_hogs, cfs, 12 * MSEC + 50 * USEC, RULE_RESCHED_SLICE);
	expect_resched(explained_three_hogs, eevdf, 4 * MSEC + 50 * USEC, RULE_RESCHED_REQUEST);
}

/*
 * Of the other classes, at the tick that sees it: 25 ticks of round robin (core-rt-dl-ext.md 2.2);
 * a budget of 10 ms, E4; the RT runtime of 950 ms, E8; a quota of 20 ms in four takes (fair.md
 * 8.2).
 */
Test(explain, why_a_reschedule_is_due_in_other_classes)
{
	static const char rr[] =
		"duration: 2s\nmachine: {cpus: 1, hz: 250, costs: zero}\ntasks:\n"
		"- {name: A, count: 2, policy: rr, priority: 5, program: [{run: 10s}]}\n";
	static const char dl[] =
		"duration: 2s\nmachine: {cpus: 1, hz: 250, costs: zero}\ntasks:\n"
		"- {name: D, policy: deadline, runtime: 10ms, deadline: 30ms, period: 100ms, program: [{run: 10s}]}\n"
		"- {name: F, program: [{run: 10s}]}\n";
	static const char rt[] = "duration: 2s\nmachine: {cpus: 1, hz: 250, costs: zero}\ntasks:\n"
				 "- {name: R, policy: fifo, priority: 5, program: [{run: 10s}]}\n"
				 "- {name: F, program: [{run: 10s}]}\n";
	static const char quota[] = "duration: 2s\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
				    "groups: {g: {max: 20ms/100ms}}\ntasks:\n"
				    "- {name: Q, group: g, program: [{run: 10s}]}\n";
	const char *const v61[] = {"kernel=v6.1", "machine.costs={schedule: 100us}", NULL};
	const char *const v618[] = {"kernel=v6.18", "machine.costs={schedule: 100us}", NULL};

	expect_resched(rr, v618, 100 * MSEC + 50 * USEC, RULE_RESCHED_RR_SLICE);
	expect_resched(dl, v618, 12 * MSEC + 50 * USEC, RULE_RESCHED_BUDGET);
	expect_resched(rt, v61, 952 * MSEC + 50 * USEC, RULE_RESCHED_RT_LIMIT);
	expect_resched(quota, v61, 20 * MSEC + 50 * USEC, RULE_RESCHED_QUOTA);
}

/* ---- Wakeups of fair.md 11.2 and 11.3 ---- */

static const char sleeper[] =
	"duration: 40ms\nmachine: {cpus: 8, hz: 250, costs: zero}\n"
	"tasks:\n"
	"- {name: S, affinity: 0, birth: woken, timer_slack: 0ns,"
	" program: [{run: 300us}, {sleep: 4ms}, {run: 1ms}, {sleep: 1s}]}\n"
	"- {name: H, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n";

static void expect_delay(const char *yaml, const char *const *settings, const char *task, u64 from,
			 u64 ns, enum decision_rule preempt)
{
	const struct breakdown *wait;
	struct explained x;

	cr_assert(explained_try(
		&x, yaml, settings,
		(struct explain_request){.task = task, .at = from, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	cr_assert_not_null(wait);
	cr_expect_eq(wait->delay.from, from, "from %" PRIu64, wait->delay.from);
	cr_expect_eq(wait->total_ns, ns, "%" PRIu64, wait->total_ns);
	cr_expect_eq(wait->preempt.decision.rule, preempt, "%s",
		     decision_rule_names[wait->preempt.decision.rule]);
	explained_fini(&x);
}

/* 3.7 ms of lead where 4 ms are needed: S waits for the tick of 16 ms, 11.7 ms. Nice -5: 1.2
 * of 1.3. */
Test(explain, a_cfs_sleeper_whose_lead_is_too_small)
{
	const char *const plain[] = {"kernel=v6.1", NULL};
	const char *const strong[] = {"kernel=v6.1", "tasks.S.nice=-5",
				      "tasks.S.program.1.sleep=1.3ms", NULL};

	expect_delay(sleeper, plain, "S", 4300 * USEC, 11700 * USEC, RULE_PREEMPT_LEAD_SMALL);
	expect_delay(sleeper, strong, "S", 1600 * USEC, 6400 * USEC, RULE_PREEMPT_LEAD_SMALL);
}

/* Policies and features that decide before anything is weighed. */
Test(explain, what_never_preempts)
{
	const char *const batch[] = {"kernel=v6.12", "tasks.S.policy=batch", NULL};
	const char *const off[] = {"kernel=v6.12", "sched.features=NO_WAKEUP_PREEMPTION", NULL};

	expect_delay(sleeper, batch, "S", 4300 * USEC, 3700 * USEC, RULE_PREEMPT_POLICY);
	expect_delay(sleeper, off, "S", 4300 * USEC, 3700 * USEC, RULE_PREEMPT_OFF);
}

/*
 * fair.md 11.7: B's slice of 20 ms is protected to its deadline on 6.12, to 2.8 ms on 6.18. It was
 * picked at 4 ms and is eligible at 5 ms, when S wakes with an earlier deadline: S waits unless its
 * slice is shorter (3.11).
 */
static const char long_slice[] =
	"duration: 40ms\nmachine: {cpus: 8, hz: 250, costs: zero}\n"
	"tasks:\n"
	"- {name: A, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	"- {name: B, affinity: 0, birth: woken, slice: 20ms, program: [{loop: [{run: 1s}]}]}\n"
	"- {name: S, affinity: 0, nice: -20, slice: 20ms, timer_slack: 0ns,"
	" program: [{sleep: 5ms}, {run: 100us}, {sleep: 1s}]}\n";

Test(explain, a_long_slice_is_protected_unless_the_wakee_has_a_shorter_one)
{
	const char *const v6_12[] = {"kernel=v6.12", NULL};
	const char *const v6_18[] = {"kernel=v6.18", NULL};
	const char *const shorter[] = {"kernel=v6.12", "tasks.S.slice=2ms", NULL};
	const char *const shorter_18[] = {"kernel=v6.18", "tasks.S.slice=2ms", NULL};

	expect_delay(long_slice, v6_12, "S", 5 * MSEC, 19 * MSEC, RULE_PREEMPT_PROTECTED);
	expect_delay(long_slice, v6_18, "S", 5 * MSEC, 3 * MSEC, RULE_PREEMPT_PROTECTED);
	expect_delay(long_slice, shorter, "S", 5 * MSEC, 0, RULE_PREEMPT_SHORT);
	expect_delay(long_slice, shorter_18, "S", 5 * MSEC, 0, RULE_PREEMPT_SHORT);
}

/* ---- Looking changes nothing ---- */

/* A pick of the fair class is the one that the slow look at its candidates finds. */
static void check_choice(void *self, const struct decision *d)
{
	const struct candidate *chosen = NULL;
	u32 *nr = self;

	if (d->kind != DECISION_PICK || d->pick.order != ORDER_EEVDF)
		return;
	++*nr;
	for (u32 i = 0; i < d->nr_candidates; i++)
		if (d->candidates[i].flags & CANDIDATE_CHOSEN)
			chosen = &d->candidates[i];
	cr_assert_not_null(chosen);
	if (d->rule == RULE_PICK_ONLY)
		return;
	cr_assert(chosen->flags & CANDIDATE_ELIGIBLE, "%s", decision_rule_names[d->rule]);
	for (u32 i = 0; i < d->nr_candidates; i++) {
		const struct candidate *c = &d->candidates[i];
		bool earlier = (s64)(c->deadline - chosen->deadline) < 0;

		if (!earlier || !(c->flags & CANDIDATE_ELIGIBLE) || c == chosen)
			continue;
		cr_assert(d->rule == RULE_PICK_PROTECTED || d->rule == RULE_PICK_NEXT_BUDDY,
			  "at %" PRIu64 ": %s, but another one is eligible and earlier", d->when,
			  decision_rule_names[d->rule]);
	}
}

static u64 digest_of(const char *kernel, u64 seed, const struct decision_sink *sink)
{
	char kernel_setting[16], seed_setting[16];
	struct setting set[] = {{.path = "kernel", .value = kernel_setting},
				{.path = "seed", .value = seed_setting}};
	struct observer_config config = {.digest = true};
	struct diag *diag = diag_new();
	struct observer *observer;
	struct stream stream;
	struct names names;
	struct arena arena;
	const struct workload *w;
	struct sim *sim;
	u64 digest;

	snprintf(kernel_setting, sizeof(kernel_setting), "%s", kernel);
	snprintf(seed_setting, sizeof(seed_setting), "%" PRIu64, seed);
	arena_init(&arena);
	names_init(&names);
	w = scenario_compile(&arena, diag,
			     diag_add_source(diag, "test", explained_busy, strlen(explained_busy)),
			     "test", explained_busy, strlen(explained_busy), set, ARRAY_SIZE(set));
	diag_print(diag, stderr);
	cr_assert_not_null(w);
	stream_init(&stream, &names, w->platform.nr_cpus);
	observer = observer_new(&config, w->platform.nr_cpus);
	observer_attach(observer, &stream);
	sim = sim_new(w, &stream, &names);
	if (sink)
		sim_tell_decisions(sim, *sink);
	cr_assert(sim_run(sim));
	digest = observer_finish(observer)->digest;
	sim_free(sim);
	observer_free(observer);
	stream_fini(&stream);
	names_fini(&names);
	arena_fini(&arena);
	diag_free(diag);
	return digest;
}

Test(explain, looking_does_not_change_the_run_and_picks_are_what_their_candidates_say)
{
	static const char *const rows[] = {"v6.1", "v6.12", "v6.18"};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		for (u64 seed = 1; seed <= 5; seed++) {
			u32 nr = 0;
			struct decision_sink sink = {.self = &nr, .take = check_choice};
			u64 plain = digest_of(rows[i], seed, NULL);

			cr_assert_neq(plain, 0);
			cr_assert_eq(plain, digest_of(rows[i], seed, &sink), "%s, seed %" PRIu64,
				     rows[i], seed);
			cr_assert(i == 0 || nr > 100, "%u picks", nr);
		}
}
