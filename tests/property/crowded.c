/* SPDX-License-Identifier: MIT */
/*
 * Few cpus, realtime and deadline tasks of which some may not move, and switches that take no time:
 * time passes nevertheless.
 *
 * They are pushed, pulled and sent away for each other, by cpus that ask by interrupts or by
 * themselves, on every kernel. A task that no cpu keeps would go round for ever; a run that does
 * not come to its end, or breaks an invariant, is the failure.
 */
#include "property.h"

#include "base/rng.h"
#include "base/text.h"

static u32 one_of(struct rng *rng, u32 n)
{
	return (u32)rng_below(rng, n);
}

/* Few of them, so that ends fall together. */
static void put_time(struct text *out, struct rng *rng)
{
	static const u32 us[] = {100, 500, 1000, 1000, 2000, 3000, 5000};

	text_printf(out, "%uus",
		    one_of(rng, 4) ? us[one_of(rng, ARRAY_SIZE(us))] : 10 + one_of(rng, 9000));
}

/* True: it is a deadline task, which may not be kept from a cpu. */
static bool put_policy(struct text *out, struct rng *rng)
{
	static const u32 priorities[] = {1, 2, 10, 10, 49, 50, 51, 99};
	u32 period = 5 << one_of(rng, 4);

	switch (one_of(rng, 6)) {
	case 0:
		text_add(out, "policy: other");
		return false;
	case 1:
		text_printf(out, "policy: deadline, runtime: %uus, deadline: %ums",
			    period * (50 + one_of(rng, 250)), period);
		return true;
	default:
		text_printf(out, "policy: %s, priority: %u", one_of(rng, 4) ? "fifo" : "rr",
			    priorities[one_of(rng, ARRAY_SIZE(priorities))]);
		return false;
	}
}

static void put_action(struct text *out, struct rng *rng)
{
	static const char *const around[][2] = {{"migrate_disable", "migrate_enable"},
						{"spin_lock: s", "spin_unlock: s"},
						{"lock: m", "unlock: m"},
						{"kernel_lock: k", "kernel_unlock: k"}};
	static const char *const cpus[] = {"all", "0", "1", "0-1"};
	u32 which = one_of(rng, 10);

	if (which >= 8) {
		text_printf(out, "{affinity: %s}, ", cpus[one_of(rng, ARRAY_SIZE(cpus))]);
		return;
	}
	if (which < 4)
		text_printf(out, "{%s}, ", around[which][0]);
	text_add(out, which < 6 ? "{run: " : which < 7 ? "{sleep: " : "{timer: ");
	put_time(out, rng);
	text_add(out, "}, ");
	if (which < 4)
		text_printf(out, "{%s}, ", around[which][1]);
}

static void put_task(struct text *out, struct rng *rng, u32 i)
{
	bool deadline;

	text_printf(out, "  - {name: t%u, ", i);
	deadline = put_policy(out, rng);
	if (!deadline && !one_of(rng, 3))
		text_printf(out, ", affinity: %s", one_of(rng, 2) ? "0-1" : "1");
	if (!deadline && !one_of(rng, 3))
		text_printf(out, ", count: %u", 2 + one_of(rng, 2));
	text_add(out, ", program: {loop: [");
	for (u32 n = 1 + one_of(rng, 4); n; n--)
		put_action(out, rng);
	text_printf(out, "{run: 100us}%s]}}\n", one_of(rng, 4) ? ", {sleep: 2ms}" : "");
}

static void put_machine(struct text *out, struct rng *rng)
{
	static const char *const rows[] = {"v6.1", "v6.12", "v6.18"}, *const models[] = {"none",
											 "full",
											 "rt",
											 "rt"};
	const char *row = rows[one_of(rng, 3)], *model = models[one_of(rng, 4)];

	text_printf(
		out,
		"kernel: %s\nduration: 200ms\nmachine: {cpus: %u, hz: %u, costs: zero, preempt: %s%s}\n",
		row, 2 + one_of(rng, 3), one_of(rng, 2) ? 250 : 1000, model,
		one_of(rng, 3) ? "" : ", irqs: [{name: i, every: 1ms, time: 10us, softirq: 10us}]");
	text_printf(out, "sched: {features: [%sRT_PUSH_IPI], switches: [PREEMPT_RT%s]}\n",
		    one_of(rng, 3) ? "" : "NO_", one_of(rng, 3) ? "" : ", RT_THROTTLING");
	text_printf(out, "mutexes: {m: {pi: %s}}\nkernel_mutexes: [k]\nspinlocks: [s]\n",
		    one_of(rng, 2) ? "true" : "false");
}

void crowded(u64 seed)
{
	struct text yaml = {0};
	struct trial t;
	struct rng rng;

	rng_init(&rng, seed, "crowded", 0);
	put_machine(&yaml, &rng);
	text_add(&yaml, "tasks:\n");
	for (u32 i = 0, nr = 2 + one_of(&rng, 6); i < nr; i++)
		put_task(&yaml, &rng, i);
	trial_begin(&t, "crowded", seed);
	trial_yaml(&t, "%s", yaml.at);
	trial_run(&t, NULL, NULL);
	trial_check(&t, t.completed, "it ended early: %s", t.failure);
	trial_end(&t);
	text_fini(&yaml);
}
