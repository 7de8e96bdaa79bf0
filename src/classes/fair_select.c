/* SPDX-License-Identifier: MIT */
/*
 * Which cpu shall a waking task take: near the waker or where it ran, then an idle one close by.
 * Kernel: kernel/sched/fair.c, select_task_rq_fair() and below; reference: fair.md 5.
 *
 * The kernel looks at cpus one by one in wrap order. Only a cpu whose current task is the idle task
 * can be idle, and those are known by a mask, so the search steps from bit to bit and counts what
 * the kernel would have looked at in between. Cpus that run nothing but SCHED_IDLE tasks are taken
 * as well: once such a task has been seen the search looks at all cpus.
 */
#include "classes/fair_select.h"

#include "sched/cookie.h"

enum { WAKEE_DECAY_SECONDS = 1 };

/* ---- Predicates ---- */

/* available_idle_cpu() or sched_idle_cpu(). */
static bool cpu_is_free(const struct sched *sched, u32 cpu)
{
	const struct rq *rq = &sched->rqs[cpu];

	return rq_is_idle(rq) || rq_is_sched_idle(rq);
}

static bool clusters_matter(const struct sched *sched)
{
	return unlikely(sched->rd.clusters) && sched_feature(sched, FEATURE_SIS_CLUSTER);
}

static bool cpus_share_cluster(const struct sched *sched, u32 a, u32 b)
{
	return !clusters_matter(sched) || sched->cache[a].cluster_id == sched->cache[b].cluster_id;
}

/* ---- Waker and wakee ---- */

static void record_wakee(struct sched *sched, struct task *waker, const struct task *task)
{
	u64 now = sched->machine->now;

	if (now > waker->wakee_flip_decay + WAKEE_DECAY_SECONDS * SEC) {
		waker->wakee_flips >>= 1;
		waker->wakee_flip_decay = now;
	}
	if (waker->last_wakee != task->id) {
		waker->last_wakee = task->id;
		waker->wakee_flips++;
	}
}

/* One wakes many, or is woken by many: too many for one cache. */
static bool wake_wide(const struct task *waker, const struct task *task, u32 llc_size)
{
	u32 more = max_of(waker->wakee_flips, task->wakee_flips);
	u32 less = min_of(waker->wakee_flips, task->wakee_flips);

	return less >= llc_size && more >= less * llc_size;
}

/* ---- Searching a cache ---- */

/* Cpus still to be looked at (words of the cache's span only), and how many may be. */
struct scan {
	const struct sched *sched;
	const struct task *task;
	u64 word[CPUS_MAX / 64];
	u32 first_word, last_word;
	u32 left;
	bool exhausted;
};

/* The part of a word that holds cpus from..to-1. */
static u64 range_bits(u32 word, u32 from, u32 to)
{
	u64 bits = ~0ULL;

	if (word == from / 64)
		bits &= ~0ULL << (from % 64);
	if (word == to / 64)
		bits &= (1ULL << (to % 64)) - 1;
	return bits;
}

/* Which of @avail can be free at all. */
static u64 candidates(const struct sched *sched, u32 word, u64 avail)
{
	return unlikely(sched->rd.sched_idle_seen) ? avail : avail & sched->rd.idle->word[word];
}

/* The first free cpu among from..to-1, as if each were looked at until `left` have been. */
static u32 scan_range(struct scan *scan, u32 from, u32 to)
{
	u32 w = max_of(from / 64, scan->first_word);

	for (; w <= scan->last_word && w * 64 < to; w++) {
		u64 avail = scan->word[w] & range_bits(w, from, to);
		u32 nr = bits_set(avail);

		for (u64 c = candidates(scan->sched, w, avail); c; c &= c - 1) {
			u64 upto = c ^ (c - 1); /* its lowest bit and all below */

			if (nr > scan->left && bits_set(avail & upto) > scan->left)
				break;
			if (cpu_is_free(scan->sched, w * 64 + (u32)__builtin_ctzll(c)) &&
			    core_cpu_matches(&scan->sched->rqs[w * 64 + (u32)__builtin_ctzll(c)],
					     scan->task))
				return w * 64 + (u32)__builtin_ctzll(c);
		}
		if (nr >= scan->left) {
			scan->exhausted = true;
			return CPU_NONE;
		}
		scan->left -= nr;
	}
	return CPU_NONE;
}

/* In wrap order from @target + 1 on. */
static u32 scan_wrap(struct scan *scan, u32 target)
{
	u32 end = (scan->last_word + 1) * 64;
	u32 cpu = scan_range(scan, target + 1, end);

	if (cpu != CPU_NONE || scan->exhausted)
		return cpu;
	return scan_range(scan, scan->first_word * 64, target + 1);
}

static bool scan_has(const struct scan *scan, u32 cpu)
{
	return scan->word[cpu / 64] >> (cpu % 64) & 1;
}

static void scan_without(struct scan *scan, const struct cpumask *mask)
{
	for (u32 w = scan->first_word; w <= scan->last_word; w++)
		scan->word[w] &= ~mask->word[w];
}

/*
 * select_idle_core(): true if all of @core's cpus are idle. Else the core leaves the scan, and its
 * first cpu that is free and in the scan is remembered in *@fallback if nothing is yet.
 */
static bool core_is_idle(struct scan *scan, const struct cpumask *core, u32 *fallback)
{
	bool idle = true;

	cpumask_for_each (cpu, core) {
		const struct rq *rq = &scan->sched->rqs[cpu];
		bool usable = *fallback == CPU_NONE && scan_has(scan, cpu);

		if (rq_is_idle(rq)) {
			if (usable)
				*fallback = cpu;
			continue;
		}
		idle = false;
		if (*fallback != CPU_NONE)
			break;
		if (usable && rq_is_sched_idle(rq)) {
			*fallback = cpu;
			break;
		}
	}
	if (!idle)
		scan_without(scan, core);
	return idle;
}

/* The first cpu of @mask and the scan, in wrap order, whose whole core is idle. */
static u32 scan_idle_core(struct scan *scan, const struct cpumask *mask, u32 target, u32 *fallback)
{
	struct cpumask *const *core = scan->sched->machine->topology.core;
	u32 nr_bits = mask->nr_bits, begin = scan->first_word * 64;

	for (u32 half = 0; half < 2; half++) {
		u32 cpu = half ? begin : target + 1;
		u32 end = half ? target + 1 : nr_bits;

		for (; (cpu = cpumask_next(mask, cpu)) < end; cpu++)
			if (scan_has(scan, cpu) && core_is_idle(scan, core[cpu], fallback))
				return cpu;
	}
	return CPU_NONE;
}

/* The cpus of target's cluster are looked at first, and then no more. */
static u32 scan_cluster(struct scan *scan, const struct cpumask *cluster, u32 target)
{
	struct scan part = *scan;
	u32 cpu;

	for (u32 w = part.first_word; w <= part.last_word; w++)
		part.word[w] &= cluster->word[w];
	cpu = scan_wrap(&part, target);
	scan->left = part.left;
	scan->exhausted = part.exhausted;
	return cpu;
}

static u32 scan_cores(struct scan *scan, const struct sched_domain *llc, u32 target, bool cluster)
{
	u32 fallback = CPU_NONE, cpu = CPU_NONE;

	if (cluster) {
		cpu = scan_idle_core(scan, llc->groups->span, target, &fallback);
		scan_without(scan, llc->groups->span);
	}
	if (cpu == CPU_NONE)
		cpu = scan_idle_core(scan, llc->span, target, &fallback);
	if (cpu != CPU_NONE)
		return cpu;
	llc->shared->has_idle_cores = false;
	return fallback;
}

static u32 scan_cpus(struct scan *scan, const struct sched_domain *llc, u32 target, bool cluster)
{
	if (cluster) {
		u32 cpu = scan_cluster(scan, llc->groups->span, target);

		if (cpu != CPU_NONE || scan->exhausted)
			return cpu;
		scan_without(scan, llc->groups->span);
	}
	return scan_wrap(scan, target);
}

/* How many cpus a search from @target + 1 on looks at until it finds @found, or gives up. */
static void note_search(struct sched *sched, const struct task *task,
			const struct sched_domain *llc, u32 limit, u32 found)
{
	struct decision_select *select = &sched->desk->select;
	u32 cpu = select->target;

	select->scan_limit = limit;
	select->looked = 0;
	while (select->looked < limit) {
		cpu = (cpu + 1) % sched->nr_cpus;
		if (cpumask_test(llc->span, cpu) && cpumask_test(task->cpus, cpu))
			select->looked++;
		if (cpu == found || cpu == select->target)
			return;
	}
}

static u32 search(struct sched *sched, const struct task *task, u32 target, bool has_idle_core);

u32 fair_select_idle_cpu(struct sched *sched, const struct task *task, u32 target,
			 bool has_idle_core)
{
	const struct domain_cache *cache = &sched->cache[target];
	u32 cpu = search(sched, task, target, has_idle_core);
	u32 limit = UINT32_MAX;

	if (!decisions_wanted(sched))
		return cpu;
	if (sched_feature(sched, FEATURE_SIS_UTIL))
		limit = cache->llc_shared->nr_idle_scan;
	note_search(sched, task, cache->llc, has_idle_core && limit ? UINT32_MAX : limit, cpu);
	if (cpu == CPU_NONE && !limit)
		decide_select_rule(sched, RULE_SELECT_NOT_SEARCHED);
	else if (cpu != CPU_NONE)
		decide_select_rule(sched, has_idle_core ? RULE_SELECT_IDLE_CORE : RULE_SELECT_SCAN);
	return cpu;
}

static u32 search(struct sched *sched, const struct task *task, u32 target, bool has_idle_core)
{
	const struct domain_cache *cache = &sched->cache[target];
	const struct sched_domain *llc = cache->llc;
	bool cluster = clusters_matter(sched) && llc->groups->flags & SD_CLUSTER;
	struct scan scan;

	scan.sched = sched;
	scan.task = task;
	scan.first_word = cache->first_word;
	scan.last_word = cache->last_word;
	scan.left = UINT32_MAX;
	scan.exhausted = false;
	if (sched_feature(sched, FEATURE_SIS_UTIL)) {
		scan.left = cache->llc_shared->nr_idle_scan;
		if (!scan.left)
			return CPU_NONE;
	}
	for (u32 w = scan.first_word; w <= scan.last_word; w++)
		scan.word[w] = llc->span->word[w] & task->cpus->word[w];
	if (has_idle_core)
		return scan_cores(&scan, llc, target, cluster);
	return scan_cpus(&scan, llc, target, cluster);
}

/* A free sibling of @cpu that the task may use. */
static u32 select_idle_smt(const struct sched *sched, const struct task *task, u32 cpu)
{
	const struct cpumask *core = sched->machine->topology.core[cpu];

	cpumask_for_each_and (sibling, core, task->cpus)
		if (sibling != cpu && cpumask_test(sched->cache[cpu].llc->span, sibling) &&
		    cpu_is_free(sched, sibling))
			return sibling;
	return CPU_NONE;
}

/* ---- select_idle_sibling() ---- */

/*
 * A per-cpu kernel thread wakes a task that it works for: the task follows on its cpu. Neither an
 * interrupt of it does so, nor ksoftirqd, which serves softirqs (in_task()).
 */
static bool serves_as_kthread(const struct sched *sched, u32 prev)
{
	const struct rq *rq = &sched->rqs[sched_this_cpu(sched)];
	const struct task *curr = rq->curr;

	if (sched->machine->in_irq || curr->flags & TASK_FLAG_NO_PREEMPT)
		return false;
	return curr->flags & TASK_FLAG_KTHREAD && curr->nr_cpus_allowed == 1 && prev == rq->cpu &&
	       rq->nr_running <= 1;
}

static u32 search_cache(struct sched *sched, struct task *task, u32 prev, u32 target)
{
	bool has_idle_core = false;

	if (!sched->cache[target].llc)
		return CPU_NONE;
	if (sched->rd.smt) {
		has_idle_core = sched->cache[target].llc_shared->has_idle_cores;
		if (!has_idle_core && cpus_share_cache(sched, prev, target)) {
			u32 cpu = select_idle_smt(sched, task, prev);

			if (cpu != CPU_NONE) {
				decide_select_rule(sched, RULE_SELECT_SIBLING);
				return cpu;
			}
		}
	}
	return fair_select_idle_cpu(sched, task, target, has_idle_core);
}

static always_inline u32 chosen(const struct sched *sched, u32 cpu, enum decision_rule why)
{
	decide_select_rule(sched, why);
	return cpu;
}

u32 fair_select_idle_sibling(struct sched *sched, struct task *task, u32 prev, u32 target)
{
	u32 near_prev = CPU_NONE, recent, cpu;

	if (cpu_is_free(sched, target))
		return chosen(sched, target, RULE_SELECT_TARGET_IDLE);
	if (prev != target && cpus_share_cache(sched, prev, target) && cpu_is_free(sched, prev)) {
		if (cpus_share_cluster(sched, prev, target))
			return chosen(sched, prev, RULE_SELECT_PREV_IDLE);
		near_prev = prev;
	}
	if (serves_as_kthread(sched, prev))
		return chosen(sched, prev, RULE_SELECT_KTHREAD);
	recent = task->recent_used_cpu;
	task->recent_used_cpu = (u16)prev;
	if (recent != prev && recent != target && cpus_share_cache(sched, recent, target) &&
	    cpu_is_free(sched, recent) && cpumask_test(task->cpus, recent)) {
		if (cpus_share_cluster(sched, recent, target))
			return chosen(sched, recent, RULE_SELECT_RECENT_IDLE);
	} else {
		recent = CPU_NONE;
	}
	decide_select_rule(sched, RULE_SELECT_NO_IDLE);
	cpu = search_cache(sched, task, prev, target);
	if (cpu != CPU_NONE)
		return cpu;
	if (near_prev != CPU_NONE)
		return chosen(sched, near_prev, RULE_SELECT_PREV_IDLE);
	return recent != CPU_NONE ? chosen(sched, recent, RULE_SELECT_RECENT_IDLE) : target;
}

/* ---- select_task_rq_fair() ---- */

/* Why the target is prev without having been weighed against the waker's cpu. */
static out_of_line void explain_no_affine(const struct sched *sched, const struct task *task,
					  u32 this_cpu, u32 prev, bool want_affine)
{
	enum decision_rule why = RULE_AFFINE_NO_DOMAIN;

	if (this_cpu == prev)
		why = RULE_AFFINE_SAME;
	else if (!cpumask_test(task->cpus, this_cpu))
		why = RULE_AFFINE_NOT_ALLOWED;
	else if (!want_affine)
		why = RULE_AFFINE_WIDE;
	fair_aim(sched, prev, why);
}

u32 fair_select_cpu(struct task *task, u32 prev, u32 wake_flags)
{
	struct sched *sched = task->fair.queue->rq->sched;
	u32 this_cpu = sched_this_cpu(sched), cpu = prev;
	struct task *waker = sched->rqs[this_cpu].curr;
	bool sync = wake_flags & WF_SYNC && !(waker->flags & TASK_FLAG_EXITING);
	u32 event = wake_flags & (WF_EXEC | WF_FORK | WF_TTWU); /* the SD_BALANCE_* bits of it */
	struct sched_domain *slow = NULL;
	bool want_affine = false;

	if (wake_flags & WF_TTWU) {
		record_wakee(sched, waker, task);
		if (wake_flags & WF_CURRENT_CPU && cpumask_test(task->cpus, this_cpu))
			return chosen(sched, this_cpu, RULE_SELECT_CURRENT);
		want_affine = cpumask_test(task->cpus, this_cpu) &&
			      !wake_wide(waker, task, sched->cache[this_cpu].llc_size);
	}
	if (unlikely(sched_feature(sched, FEATURE_PACK_VCPUS)) &&
	    wake_flags & (WF_TTWU | WF_FORK) && fair_pack_room(sched, task, this_cpu))
		return chosen(sched, this_cpu, RULE_SELECT_PACKED);
	for (struct sched_domain *sd = sched->rqs[this_cpu].domain; sd; sd = sd->parent) {
		if (want_affine && sd->flags & SD_WAKE_AFFINE && cpumask_test(sd->span, prev)) {
			if (this_cpu != prev)
				cpu = fair_wake_affine(sched, sd, task, this_cpu, prev, sync);
			slow = NULL;
			break;
		}
		if (sd->flags & event)
			slow = sd;
		else if (!want_affine)
			break;
	}
	if (decisions_wanted(sched) && wake_flags & WF_TTWU && !sched->desk->select.affine)
		explain_no_affine(sched, task, this_cpu, prev, want_affine);
	if (unlikely(slow))
		return chosen(sched, fair_select_idlest(sched, slow, task, this_cpu, prev, event),
			      RULE_SELECT_IDLEST);
	if (likely(wake_flags & WF_TTWU))
		return fair_select_idle_sibling(sched, task, prev, cpu);
	return chosen(sched, cpu, RULE_SELECT_KEPT);
}

/* ---- Cpus become idle and busy ---- */

void fair_update_idle_core(struct rq *rq)
{
	struct sched *sched = rq->sched;
	struct sched_domain_shared *shared = sched->cache[rq->cpu].llc_shared;

	cpumask_set(sched->rd.idle, rq->cpu);
	if (!sched->rd.smt || !shared || shared->has_idle_cores)
		return;
	cpumask_for_each (sibling, sched->machine->topology.core[rq->cpu])
		if (sibling != rq->cpu && !rq_is_idle(sched_rq(sched, sibling)))
			return;
	shared->has_idle_cores = true;
}

void fair_nohz_exit_idle(struct rq *rq)
{
	/*
	 * The NOHZ accounting keeps the cpu as idle until its first busy tick, as the kernel's
	 * does.
	 */
	cpumask_clear(rq->sched->rd.idle, rq->cpu);
}
