/* SPDX-License-Identifier: MIT */
/*
 * Explanations: the rules named for the worked examples are those that the examples name, and
 * looking changes nothing.
 */
#include "schedule.h"

#include "run/explain.h"

#include <criterion/criterion.h>
#include <string.h>

#include "observe/observer.h"
#include "run/sim.h"

struct explained {
	struct job job;
	struct explain *explain;
	const struct explanation *what;
};

/* @settings as for schedule_run(). */
static bool try_explain(struct explained *x, const char *yaml, const char *const *settings,
			struct explain_request request)
{
	static char texts[16][96];
	static struct setting set[16];
	struct job_options options = {.settings = set};

	job_begin(&x->job);
	for (u32 n = 0; settings && settings[n]; n++) {
		char *equals;

		snprintf(texts[n], sizeof(texts[n]), "%s", settings[n]);
		equals = strchr(texts[n], '=');
		*equals = '\0';
		set[n] = (struct setting){.path = texts[n], .value = equals + 1};
		options.nr_settings = n + 1;
	}
	x->job.workload =
		scenario_compile(&x->job.arena, x->job.diag,
				 diag_add_source(x->job.diag, "test", yaml, strlen(yaml)), "test",
				 yaml, strlen(yaml), options.settings, options.nr_settings);
	if (!x->job.workload)
		diag_print(x->job.diag, stderr);
	cr_assert(x->job.workload, "the scenario does not compile");
	x->explain = explain_new(&x->job, &request);
	x->what = x->explain ? explain_result(x->explain) : NULL;
	return x->explain != NULL;
}

static void explained_fini(struct explained *x)
{
	explain_free(x->explain);
	job_end(&x->job);
}

static const char *comm(const struct explained *x, u32 task)
{
	const struct roster_entry *entry = roster_get(x->what->roster, task);

	return entry ? names_text(x->what->names, entry->comm) : "?";
}

static const struct candidate *candidate(const struct explained *x, const struct decision *d,
					 const char *name)
{
	for (u32 i = 0; i < d->nr_candidates; i++)
		if (!strcmp(comm(x, d->candidates[i].task), name))
			return &d->candidates[i];
	cr_assert_fail("%s is no candidate", name);
	return NULL;
}

/* ---- Picks of fair.md 11.1 ---- */

static const char three_hogs[] =
	"duration: 100ms\nmachine: {cpus: 8, hz: 250, costs: zero}\n"
	"tasks:\n"
	"- {name: A, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	"- {name: B, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	"- {name: C, affinity: 0, birth: woken, nice: 5, program: [{loop: [{run: 1s}]}]}\n";

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
	const struct candidate *c = candidate(x, d, name);

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

	cr_assert(try_explain(&x, three_hogs, settings,
			      (struct explain_request){.at = expected->at_ms * MSEC, .cpu = 0}));
	d = &x.what->moment->cpus[0].pick.decision;
	cr_expect_eq(d->when, expected->at_ms * MSEC);
	cr_expect_str_eq(comm(&x, d->task), expected->next, "at %" PRIu64, expected->at_ms);
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

static void expect_rule(const char *yaml, const char *const *settings, u64 at, const char *next,
			enum decision_rule rule)
{
	const struct decision *d;
	struct explained x;

	cr_assert(try_explain(&x, yaml, settings, (struct explain_request){.at = at, .cpu = 0}));
	d = &x.what->moment->cpus[0].pick.decision;
	cr_expect_str_eq(comm(&x, d->task), next);
	cr_expect_eq(d->rule, rule, "%s", decision_rule_names[d->rule]);
	explained_fini(&x);
}

/* fair.md 11.1, CFS: B and C tie at 0, B was queued first; then C is the left-most alone. */
Test(explain, three_hogs_on_cfs)
{
	const char *const settings[] = {"kernel=v6.1", NULL};

	expect_rule(three_hogs, settings, 0, "A", RULE_PICK_LEFTMOST_TIE);
	expect_rule(three_hogs, settings, 12 * MSEC, "B", RULE_PICK_LEFTMOST_TIE);
	expect_rule(three_hogs, settings, 24 * MSEC, "C", RULE_PICK_LEFTMOST);
}

/* A reschedule of the cpu @when, of @task. */
static void expect_resched(const char *yaml, const char *const *settings, u64 at,
			   enum decision_rule rule)
{
	const struct moment_cpu *cpu;
	struct explained x;
	bool found = false;

	cr_assert(try_explain(&x, yaml, settings, (struct explain_request){.at = at, .cpu = 0}));
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

	expect_resched(three_hogs, cfs, 12 * MSEC + 50 * USEC, RULE_RESCHED_SLICE);
	expect_resched(three_hogs, eevdf, 4 * MSEC + 50 * USEC, RULE_RESCHED_REQUEST);
}

/*
 * Of the other classes, at the tick that sees it: 25 ticks of round robin (core-rt-dl-ext.md 2.2); a budget of 10 ms, E4; the RT
 * runtime of 950 ms, E8; a quota of 20 ms in four takes (fair.md 8.2).
 */
Test(explain, why_a_reschedule_is_due_in_other_classes)
{
	static const char rr[] = "duration: 2s\nmachine: {cpus: 1, hz: 250, costs: zero}\ntasks:\n"
				 "- {name: A, count: 2, policy: rr, priority: 5, program: [{run: 10s}]}\n";
	static const char dl[] = "duration: 2s\nmachine: {cpus: 1, hz: 250, costs: zero}\ntasks:\n"
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

	cr_assert(try_explain(
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

static const char busy[] =
	"duration: 60ms\nseed: 7\nmachine: {cpus: 4, hz: 1000}\n"
	"tasks:\n"
	"- {name: web, count: 6, program: {loop: [{run: {exponential: {mean: 300us}}},"
	" {sleep: {exponential: {mean: 500us}}}]}}\n"
	"- {name: hog, count: 3, nice: 3, program: {loop: [{run: 7ms}]}}\n"
	"- {name: rt, policy: rr, priority: 5, program: {loop: [{run: 200us}, {sleep: 3ms}]}}\n"
	"- {name: low, policy: idle, program: {loop: [{run: 5ms}]}}\n";

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
	w = scenario_compile(&arena, diag, diag_add_source(diag, "test", busy, strlen(busy)),
			     "test", busy, strlen(busy), set, ARRAY_SIZE(set));
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

/* ---- Delays ---- */

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

				cr_assert(try_explain(&x, busy, settings,
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

	cr_assert(try_explain(
		&x, three_hogs, settings,
		(struct explain_request){.task = "C", .at = 30 * MSEC, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	cr_assert_eq(wait->delay.from, 12 * MSEC);
	cr_assert_eq(wait->delay.to, 36 * MSEC);
	cr_assert_eq(wait->delay.start, DELAY_PREEMPTED);
	cr_assert_eq(wait->pieces.len, 6);
	cr_assert_eq(wait->sums.len, 2);
	for (u32 i = 0; i < 6; i++) {
		cr_expect_str_eq(comm(&x, wait->pieces.at[i].by), i % 2 ? "B" : "A");
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

	cr_assert_not(try_explain(&x, three_hogs, NULL, request));
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

/* core-rt-dl-ext.md E8: the hog may run 952 ms of the first period, and waits 48 ms although nobody runs. */
Test(explain, an_rt_hog_waits_for_its_next_period)
{
	static const char yaml[] =
		"kernel: v6.1\nduration: 1100ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"tasks:\n"
		"- {name: R, policy: fifo, priority: 10, birth: woken, program: [{run: 2s}]}\n";
	const struct breakdown *wait;
	struct explained x;

	cr_assert(try_explain(
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

/* Its group has 100 ms of each second: the tick of 104 ms ends it. Another RT task of the cpu does not wait for that. */
Test(explain, an_rt_hog_waits_for_its_groups_next_period)
{
	static const char yaml[] =
		"kernel: v6.1\nduration: 1100ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {switches: [RT_GROUP_SCHED]}\ngroups: {a: {rt_runtime: 100ms}}\ntasks:\n"
		"- {name: R, group: a, policy: fifo, priority: 10, birth: woken, program: [{run: 2s}]}\n"
		"- {name: S, policy: fifo, priority: 5, birth: woken, program: [{run: 200ms}]}\n";
	const struct breakdown *wait;
	struct explained x;

	cr_assert(try_explain(
		&x, yaml, NULL,
		(struct explain_request){.task = "R", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	wait = x.what->wait;
	cr_assert_eq(wait->delay.from, 104 * MSEC);
	cr_assert_eq(wait->total_ns, 896 * MSEC);
	cr_assert_eq(wait->sums.len, 1);
	cr_expect_eq(wait->pieces.at[0].due_rule, RULE_THROTTLE_RT_GROUP);
	explained_fini(&x);
	cr_assert(try_explain(
		&x, yaml, NULL,
		(struct explain_request){.task = "S", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	cr_assert_eq(x.what->wait->total_ns, 104 * MSEC);
	cr_expect_eq(x.what->wait->pieces.at[0].kind, PIECE_BEHIND);
	explained_fini(&x);
	/* From the next period on it waits for who is stronger. */
	cr_assert(try_explain(&x, yaml, (const char *const[]){"tasks.S.priority=50", "tasks.S.start=900ms", NULL},
			      (struct explain_request){.task = "R", .at = NEVER, .cpu = EXPLAIN_ALL_CPUS}));
	cr_assert_eq(x.what->wait->total_ns, 996 * MSEC);
	cr_assert_eq(x.what->wait->sums.len, 2);
	cr_expect_eq(x.what->wait->pieces.at[0].to, SEC);
	explained_fini(&x);
}

/*
 * fair.md 11.9: a hog of 20 ms per 100 ms alone on its cpu, seen at ticks: it is put off at the tick of
 * 24 ms and comes back at 100 ms. The group whose quota it is lies above its own. (6.1, whose periods
 * begin with the run.)
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

	cr_assert(try_explain(
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

	cr_assert(try_explain(&x, yaml, NULL, (struct explain_request){.at = 4 * MSEC, .cpu = 0}));
	d = &x.what->moment->cpus[0].pick.decision;
	cr_assert_eq(d->pick.nr_levels, 2);
	cr_expect_str_eq(comm(&x, d->task), "B");
	cr_expect_eq(d->pick.level_rule[0], RULE_PICK_EARLIEST);
	cr_expect_eq(d->pick.level_rule[1], RULE_PICK_FIFO_TIE);
	for (u32 i = 0; i < d->nr_candidates; i++)
		if (d->candidates[i].task == TASK_ID_NONE) {
			cr_expect_eq(d->candidates[i].level, 0);
			cr_expect_eq(d->candidates[i].weight, d->candidates[i].group == 1 ? 1024 : 512);
			groups++;
		}
	cr_expect_eq(groups, 2);
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

	cr_assert(try_explain(&x, reservations, NULL,
			      (struct explain_request){.at = 2 * MSEC, .cpu = 0}));
	d = &x.what->moment->cpus[0].pick.decision;
	cr_expect_str_eq(comm(&x, d->task), "E");
	cr_expect_eq(d->rule, RULE_PICK_DEADLINE, "%s", decision_rule_names[d->rule]);
	cr_expect_eq(candidate(&x, d, "E")->deadline, 20 * MSEC);
	cr_expect_eq(candidate(&x, d, "D")->deadline, 30 * MSEC);
	cr_expect_eq(candidate(&x, d, "D")->budget, (s64)(10 * MSEC));
	explained_fini(&x);
}

/* core-rt-dl-ext.md E3: used up, it waits until deadline - D + P. */
Test(explain, a_reservation_that_is_used_up_waits_for_its_period)
{
	const struct breakdown *wait;
	struct explained x;

	cr_assert(try_explain(
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

/* core-rt-dl-ext.md E11: under a weighted virtual time A, B and C run 20 ms each; alone, one goes on. */
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

	expect_rule(three, NULL, 20 * MSEC, "B", RULE_PICK_EXT_LOCAL);
	expect_rule(three, NULL, 40 * MSEC, "C", RULE_PICK_EXT_LOCAL);
	expect_rule(alone, NULL, 50 * MSEC, "A", RULE_PICK_EXT_KEPT);
}
