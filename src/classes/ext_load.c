/* SPDX-License-Identifier: MIT */
/*
 * A policy is loaded, and taken out again. Kernel: kernel/sched/ext.c; reference:
 * core-rt-dl-ext.md 5.7.
 *
 * The kernel does both in a thread of its own; here each is one step, at one instant. Nobody is
 * lost: at load and at ejection every task goes from its queue to the one its class has for it.
 */
#include <string.h>

#include "classes/classes.h"
#include "classes/ext.h"
#include "sched/decide.h"

/* ---- Load ---- */

/*
 * scx_bypass(): the policy is not asked any more, all go through the global queues, round robin.
 * All that wait are queued anew, so that none is left in the policy's hands.
 */
static void bypass(struct ext *ext, bool on)
{
	u64 now = ext->sched->machine->now;

	if (on) {
		ext->report.events.bypass_activate++;
		ext->bypass_since = now;
	} else {
		ext->report.events.bypass_duration += now - ext->bypass_since;
	}
	for (u32 cpu = 0; cpu < ext->sched->nr_cpus; cpu++) {
		struct ext_rq *erq = &ext->rqs[cpu];
		struct list *link, *before;

		erq->bypassing = on;
		for (link = erq->runnable.prev; link != &erq->runnable; link = before) {
			before = link->prev;
			sched_requeue(ext->sched,
				      list_entry(link, struct ext_entity, runnable_link)->task);
		}
		decide_resched_rule(erq->rq, RULE_RESCHED_EXT_BYPASS);
		sched_resched_curr(erq->rq);
	}
}

static bool flags_known(struct ext *ext)
{
	u64 known = EXT_OPS_KEEP_BUILTIN_IDLE | EXT_OPS_ENQ_LAST | EXT_OPS_ENQ_EXITING |
		    EXT_OPS_SWITCH_PARTIAL;

	if (sched_feature(ext->sched, FEATURE_EXT_QUEUED_WAKEUP))
		known |= EXT_OPS_ALLOW_QUEUED_WAKEUP;
	if (sched_feature(ext->sched, FEATURE_EXT_PINNED_STAY_LOCAL))
		known |= EXT_OPS_ENQ_MIGRATION_DISABLED;
	if (sched_feature(ext->sched, FEATURE_EXT_IDLE_PER_NODE))
		known |= EXT_OPS_BUILTIN_IDLE_PER_NODE;
	if (ext->ops.flags & ~known)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "flags 0x%" PRIx64 " are unknown to this kernel",
			 ext->ops.flags & ~known);
	else if (ext->ops.flags & EXT_OPS_ENQ_LAST && !ext->ops.enqueue)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "OPS_ENQ_LAST needs the op 'enqueue'");
	return ext->report.kind == EXT_EXIT_NONE;
}

/* Before any task is touched: the policy can still say no. */
static bool begin_load(struct ext *ext)
{
	s32 error = 0;

	ext->builtin_idle = !ext->ops.update_idle || ext->ops.flags & EXT_OPS_KEEP_BUILTIN_IDLE;
	ext->per_node = ext->ops.flags & EXT_OPS_BUILTIN_IDLE_PER_NODE;
	ext_idle_reset(ext);
	if (ext->ops.init)
		ext_ask(ext, EXT_FROM_UNLOCKED, error, init);
	if (error)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "init failed (%d)", error);
	return ext->report.kind == EXT_EXIT_NONE && flags_known(ext);
}

static bool init_all_tasks(struct ext *ext)
{
	struct ext_entity *entity;

	list_for_each (entity, &ext->tasks, all) {
		if (!ext_init_task(entity, false))
			return false;
	}
	return true;
}

/* Every task but the stoppers goes off its queue and on again, in the kernel too. */
static void requeue(struct ext *ext, struct ext_entity *entity)
{
	if (!(entity->task->flags & TASK_FLAG_STOPPER))
		sched_requeue(ext->sched, entity->task);
}

static void attach_rqs(struct ext *ext, bool on)
{
	for (u32 cpu = 0; cpu < ext->sched->nr_cpus; cpu++) {
		struct rq *rq = &ext->sched->rqs[cpu];

		ext->rqs[cpu].online = rq->online;
		rq->ext = on ? &ext->rqs[cpu] : NULL;
		rq->pick_asks = on ? PICK_ASKS_EXT : 0;
	}
}

static u8 policies_taken(const struct ext *ext)
{
	if (ext->report.partial)
		return 1u << POLICY_EXT;
	return 1u << POLICY_EXT | 1u << POLICY_OTHER | 1u << POLICY_BATCH | 1u << POLICY_IDLE;
}

static void load(struct ext *ext)
{
	struct sched *sched = ext->sched;
	struct ext_entity *entity;

	ext->state = EXT_ENABLING;
	ext->report.loaded_at = sched->machine->now;
	ext->report.partial = ext->config.partial || ext->ops.flags & EXT_OPS_SWITCH_PARTIAL;
	attach_rqs(ext, true);
	if (!begin_load(ext))
		return;
	bypass(ext, true);
	if (!ext_cgroups_init(ext) || !init_all_tasks(ext))
		return;
	sched->ext_policies = policies_taken(ext);
	sched->ext_queued_wakeups = ext->ops.flags & EXT_OPS_ALLOW_QUEUED_WAKEUP;
	list_for_each (entity, &ext->tasks, all) {
		requeue(ext, entity);
	}
	bypass(ext, false);
	ext->state = EXT_ENABLED;
	ext->report.loaded = true;
	if (ext->config.unload_ns != NEVER)
		machine_timer_arm(sched->machine, &ext->unload_timer, 0, ext->config.unload_ns);
}

static void load_fires(struct machine *machine unused_arg, struct timer *timer)
{
	load(container_of(timer, struct ext, load_timer));
}

/* ---- Out ---- */

static void tell_exit(struct ext *ext)
{
	struct ossim_ext_exit_info info = {
		.kind = ext->report.kind,
		.code = ext->report.code,
		.reason = ext_exit_reason(ext->report.kind),
		.message = ext->message,
	};

	ext_call(ext, EXT_FROM_UNLOCKED, exit, &info);
}

/* scx_disable_workfn(). */
void ext_unload(struct ext *ext)
{
	struct sched *sched = ext->sched;
	struct ext_entity *entity, *next;

	if (ext->state == EXT_OFF)
		return;
	if (ext->report.kind >= EXT_EXIT_ERROR)
		ext_dump_state(ext);
	bypass(ext, true);
	ext->state = EXT_DISABLING;
	sched->ext_policies = 0;
	sched->ext_queued_wakeups = false;
	ext_cgroups_exit(ext);
	list_for_each_safe (entity, next, &ext->tasks, all) {
		requeue(ext, entity);
		ext_free_task(entity);
	}
	tell_exit(ext);
	attach_rqs(ext, false);
	sched->extender = NULL;
	machine_timer_cancel(sched->machine, &ext->watchdog);
	machine_timer_cancel(sched->machine, &ext->unload_timer);
	for (u32 i = 0; i < EXT_TIMERS; i++)
		machine_timer_cancel(sched->machine, &ext->timers[i].timer);
	ext->state = EXT_OFF;
	ext->report.left_at = sched->machine->now;
}

static void eject_fires(struct machine *machine unused_arg, struct timer *timer)
{
	ext_unload(container_of(timer, struct ext, eject_timer));
}

static void unload_fires(struct machine *machine unused_arg, struct timer *timer)
{
	ext_fail(container_of(timer, struct ext, unload_timer), EXT_EXIT_UNREG, 0, "%s", "");
}

/* ---- For run/ ---- */

static void init_options(struct ext *ext, struct arena *arena)
{
	const struct ossim_ext_option *option = ext->ops.options;
	u32 nr = 0;

	while (option && option[nr].name)
		nr++;
	ext->options = arena_array(arena, u64, nr + 1);
	for (u32 i = 0; i < nr; i++) {
		ext->options[i] = option[i].value;
		for (u32 k = 0; k < ext->config.nr_options; k++)
			if (!strcmp(option[i].name, ext->config.option_names[k]))
				ext->options[i] = ext->config.option_values[k];
	}
}

static void init_rqs(struct ext *ext, struct arena *arena)
{
	struct sched *sched = ext->sched;

	ext->rqs = arena_array(arena, struct ext_rq, sched->nr_cpus);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct ext_rq *erq = &ext->rqs[cpu];

		erq->ext = ext;
		erq->rq = &sched->rqs[cpu];
		ext_dsq_init(&erq->local, EXT_DSQ_LOCAL, erq->rq);
		list_init(&erq->runnable);
		list_init(&erq->deferred);
		ext_kick_init(erq, arena);
	}
	ext->global = arena_array(arena, struct ext_dsq, sched->platform->nodes);
	for (u32 node = 0; node < sched->platform->nodes; node++)
		ext_dsq_init(&ext->global[node], EXT_DSQ_GLOBAL, NULL);
}

static void init_timers(struct ext *ext)
{
	timer_init(&ext->load_timer, load_fires, TIMER_RANK_EXT_LOAD, UINT32_MAX - 2);
	timer_init(&ext->unload_timer, unload_fires, TIMER_RANK_EXT_LOAD, UINT32_MAX - 1);
	timer_init(&ext->eject_timer, eject_fires, TIMER_RANK_EXT_LOAD, UINT32_MAX);
	ext_watchdog_init(ext);
	ext_timers_init(ext);
}

/* What the policy of an older header does not have is absent. */
static void take_ops(struct ext *ext)
{
	const struct ossim_ext_policy *policy = ext->config.policy;

	memcpy(&ext->ops, policy, min_of((size_t)policy->size, sizeof(ext->ops)));
	ext->max_inserts =
		ext->ops.dispatch_max_batch ? ext->ops.dispatch_max_batch : EXT_BATCH_DEFAULT;
	ext->max_inserts = min_of(ext->max_inserts, (u32)EXT_BATCH_MAX);
}

struct ext *ext_new(struct sched *sched, struct arena *arena, const struct ext_config *config)
{
	struct ext *ext = arena_new(arena, struct ext);

	ext->sched = sched;
	ext->config = *config;
	take_ops(ext);
	ext->slice_dfl = config->slice_ns ? config->slice_ns : EXT_SLICE_DEFAULT;
	ext->handle = (struct ossim_ext){
		.host = &ext_host,
		.self = arena_alloc(arena, (size_t)ext->ops.self_size + 1),
	};
	ext->inserts = arena_array(arena, struct ext_insert, ext->max_inserts);
	ext->idle_cpus = cpumask_new(arena, sched->nr_cpus);
	ext->idle_cores = cpumask_new(arena, sched->nr_cpus);
	ext->found = cpumask_new(arena, sched->nr_cpus);
	ext->shown = cpumask_new(arena, sched->nr_cpus);
	ext->report.has_events = sched_feature(sched, FEATURE_EXT_NEWER_CALLS);
	ext->report.name = ext->ops.name;
	ext->report.message = ext->report.dump = "";
	ext->report.reason = ext_exit_reason(EXT_EXIT_NONE);
	for (u32 i = 0; i < EXT_DSQ_BUCKETS; i++)
		list_init(&ext->buckets[i]);
	list_init(&ext->tasks);
	pool_init(&ext->entities, EXT_ENTITY_SIZE + ((size_t)ext->ops.task_size + 15) / 16 * 16, 6);
	pool_init(&ext->dsqs, sizeof(struct ext_dsq), 4);
	rng_init(&ext->rng, config->seed, "ext policy", 0);
	init_options(ext, arena);
	init_rqs(ext, arena);
	init_timers(ext);
	sched->extender = &ext_extender;
	sched->ext_data = ext;
	return ext;
}

void ext_start(struct ext *ext)
{
	if (ext->config.load_ns)
		machine_timer_arm(ext->sched->machine, &ext->load_timer, 0, ext->config.load_ns);
	else
		load(ext);
}

void ext_end(struct ext *ext)
{
	if (ext->state != EXT_ENABLED)
		return;
	ext->report.kind = EXT_EXIT_DONE;
	tell_exit(ext);
	ext->report.kind = EXT_EXIT_NONE;
}

void ext_free(struct ext *ext)
{
	pool_fini(&ext->entities);
	pool_fini(&ext->dsqs);
	text_fini(&ext->dump);
}

const struct ext_report *ext_report(struct ext *ext)
{
	return &ext->report;
}
