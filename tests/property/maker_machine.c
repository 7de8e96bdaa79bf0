/* SPDX-License-Identifier: MIT */
/*
 * Any machine: cpus, SMT, caches, nodes, HZ, preemption, kernel row, costs. What came later is
 * drawn from streams of its own, so that other seeds stay as they are.
 */
#include "maker.h"

#include <stdio.h>

/* One in six: some cpus come and go. A stream of its own, so that other seeds stay as they are. */
static void cpu_events(struct maker *m, u64 seed)
{
	struct rng rng;

	rng_init(&rng, seed, "cpu events", 0);
	if (m->nr_cpus < 2 || rng_below(&rng, 6))
		return;
	for (u32 n = 1 + (u32)rng_below(&rng, 3); n; n--) {
		u32 cpu = 1 + (u32)rng_below(&rng, m->nr_cpus - 1);
		u64 at = rng_below(&rng, 300) * MSEC;

		if (cpumask_test(m->used, cpu))
			continue;
		cpumask_set(m->used, cpu);
		for (u32 i = (u32)rng_below(&rng, 4), online = 0; i < 4; i++, online = !online) {
			builder_cpu_event(m->b, (struct loc){0},
					  &(struct cpu_event){at, cpu, online});
			at += rng_below(&rng, 4) ? rng_below(&rng, 300) * MSEC : 0;
		}
	}
}

/*
 * A quarter of those whose kernel can run under a policy of the ext class, which may come and go.
 * Drawn apart, so that all else is the same with it and without.
 */
static void policy(struct maker *m, const struct kernel *row, u64 seed)
{
	static const char *const policies[] = {"fifo", "vtime", "queues", "central"};
	struct ext_spec *spec;
	struct rng rng;

	rng_init(&rng, seed, "policy", 0);
	if (!kernel_has(row, FEATURE_SCHED_EXT) || rng_below(&rng, 4))
		return;
	spec = builder_ext(m->b, (struct loc){0}, policies[rng_below(&rng, ARRAY_SIZE(policies))]);
	if (!spec)
		return;
	m->with_ext = true;
	spec->partial = rng_below(&rng, 3) == 0;
	spec->slice_ns = rng_below(&rng, 2) ? (1 + rng_below(&rng, 30)) * MSEC : 0;
	spec->load_ns = rng_below(&rng, 2) ? rng_below(&rng, 500) * MSEC : 0;
	if (rng_below(&rng, 3) == 0)
		spec->unload_ns = spec->load_ns + (1 + rng_below(&rng, 900)) * MSEC;
}

/* One in six, if the row can be built so: a realtime kernel. */
static bool realtime(struct maker *m, const struct kernel *row, u64 seed)
{
	struct rng rng;

	rng_init(&rng, seed, "realtime", 0);
	if (!kernel_has(row, FEATURE_PREEMPT_RT) || rng_below(&rng, 6))
		return false;
	builder_platform(m->b)->preempt = PREEMPT_RT;
	return true;
}

/* One in six: interrupts, at most half of a cpu, now and then too many softirqs. */
static void irqs(struct maker *m, u64 seed)
{
	static const char *const names[] = {"eth0", "eth1"};
	struct rng rng;

	rng_init(&rng, seed, "irqs", 0);
	if (rng_below(&rng, 6))
		return;
	builder_platform(m->b)->irq_time_accounting = rng_below(&rng, 2);
	for (u32 n = 1 + (u32)rng_below(&rng, 2); n; n--) {
		u64 every = 300 * USEC + rng_below(&rng, 3000) * USEC;
		struct irq_options options = {.name = names[n - 1], .every = {.value = every}};

		options.time.value = rng_below(&rng, every / 8);
		options.softirq.value = rng_below(&rng, rng_below(&rng, 8) ? every / 8 : every);
		options.has_first = rng_below(&rng, 4) == 0;
		options.first.value = rng_below(&rng, 2 * every);
		if (rng_below(&rng, 2)) {
			options.every.is_dist = true;
			options.every.dist = (struct dist){.kind = DIST_EXPONENTIAL,
							   .a = every,
							   .max = 100 * every};
		}
		builder_irq(m->b, (struct loc){0}, &options);
	}
}

void maker_machine(struct maker *m, u64 seed)
{
	static const u32 hzs[] = {100, 250, 300, 1000};
	struct platform *p = builder_platform(m->b);
	const struct kernel *row = &kernels[below(m, nr_kernels)];

	p->sockets = 1 + below(m, 2);
	p->cores = 1 + below(m, 4);
	p->threads = 1 + below(m, 2);
	if (p->cores == 4 && chance(m, 50))
		p->llc_cores = 2;
	if (p->cores % 2 == 0 && chance(m, 30))
		p->cluster_cores = 2;
	p->threads_last = chance(m, 50);
	m->nr_cpus = p->sockets * p->cores * p->threads;
	p->hz = hzs[below(m, ARRAY_SIZE(hzs))];
	p->skew_tick = chance(m, 20);
	p->nohz_idle = chance(m, 80);
	costs_preset(chance(m, 40) ? "zero" : "x86-64", &p->costs);
	if (chance(m, 15)) { /* bookkeeping takes time by the state that it finds */
		p->costs.load_period = 70;
		p->costs.tree_level = 8;
		p->costs.tree_mend = 10;
		p->costs.tree_put = 120;
		p->costs.tree_check = 35;
		p->costs.weighing = 30;
		p->costs.request = 56;
		p->costs.file_times = 225;
		p->costs.fork_user = 550;
		p->costs.pipe_waker = 200;
		p->costs.futex_woken = 130;
		p->costs.cond_lock = 160;
		p->costs.idle_next = 2980;
		p->costs.requeue = 320;
		p->costs.kill_wake = 1200;
		p->costs.idle_switch = 350;
		p->costs.sleep_woken = 155;
		p->costs.timer_early = 155;
		p->costs.undelay = 850;
		p->costs.pi_wait = 2500;
		p->costs.timer_work = 1000;
		p->costs.timer_exit = 570;
		p->costs.tick_rt = 380;
		p->costs.wakeup_fair = 600;
		p->costs.irqs_off = 2700;
		p->costs.pi_chain = 1600;
		p->costs.pi_wake = 3600;
		p->costs.group_queue = 490;
		p->costs.timer_next = 1400;
		p->costs.group_exit = 3700;
		p->costs.fork_stack = 15600;
		p->costs.mm_drop = 2050;
		p->costs.change_exit = 1300;
		p->costs.change_entry = 1400;
		p->costs.change_attr = 900;
		p->costs.change_resched = 1300;
		p->costs.worker = 4100;
		p->costs.free_stack = 2400;
		p->costs.cow_thread = 9700;
		p->costs.fault_reuse = 1600;
		p->costs.lru_drain = 590;
		p->costs.fork_grow = 14000;
		p->costs.lru_page = 380;
		p->costs.exit_page = 270;
		p->costs.exit_files = 2800;
		p->costs.wait_call = 900;
		p->costs.pipe_first = 4900;
		p->costs.cont = 700;
		p->costs.resume = 1600;
		p->kept_stacks = (u32)below(m, 4);
		p->most_processes = (u32)below(m, 8);
		p->load_phase_ns = below(m, LOAD_PERIOD_NS);
	}
	p->kernel_threads = chance(m, 50);
	if (!builder_kernel(m->b, (struct loc){0}, row->name))
		return;
	/* The kernel's own feature flags, either way. */
	for (u32 n = chance(m, 30) ? 1 + below(m, 3) : 0; n; n--) {
		u32 bit = below(m, NR_FEATURE_BITS);
		char flag[64];

		if (!(row->features_known >> bit & 1) || feature_is_switch(bit))
			continue;
		snprintf(flag, sizeof(flag), "%s%s", chance(m, 50) ? "NO_" : "",
			 feature_names[bit]);
		if (!builder_feature(m->b, (struct loc){0}, flag))
			return;
	}
	p->pid_max = chance(m, 10) ? 1000 : 0;
	p->preempt = kernel_has(row, FEATURE_LAZY_RESCHED) ? below(m, 4) : below(m, 3);
	if (!realtime(m, row, seed))
		cpu_events(m, seed);
	irqs(m, seed);
	policy(m, row, seed);
	if (!builder_machine_done(m->b, (struct loc){0}))
		return;
}
