/* SPDX-License-Identifier: MIT */
/*
 * A policy is loaded, and taken out again. Kernel: kernel/sched/ext.c; reference:
 * core-rt-dl-ext.md 5.7.
 *
 * The kernel does both in a thread of its own; here each is one step, at one instant. Nobody is
 * lost: at load and at ejection every task goes from its queue to the one its class has for it.
 */
#include <errno.h>
#include <string.h>

#include "classes/classes.h"
#include "classes/ext.h"
#include "classes/weight.h"
#include "sched/decide.h"

/* ---- Tasks come and go ---- */

/* sched_weight_to_cgroup(): 1024 is 100. */
void ext_set_weight(struct ext_entity *entity)
{
	const struct task *task = entity->task;
	u64 weight =
		weight_of(task->static_prio - PRIO_DEFAULT, task_is_idle_policy(task)).weight >>
		WEIGHT_SHIFT;

	entity->weight = (u32)clamp_to((weight * 100 + 512) / 1024, (u64)1, (u64)10000);
	if (entity->state == EXT_TASK_ENABLED)
		ext_call(entity->ext, EXT_FROM_REST, set_weight, ext_task_of(entity),
			 entity->weight);
}

void ext_enable_task(struct ext_entity *entity)
{
	entity->state = EXT_TASK_READY;
	ext_set_weight(entity);
	ext_call(entity->ext, EXT_FROM_REST, enable, ext_task_of(entity));
	entity->state = EXT_TASK_ENABLED;
	ext_call(entity->ext, EXT_FROM_REST, set_weight, ext_task_of(entity), entity->weight);
}

void ext_disable_task(struct ext_entity *entity)
{
	if (entity->state != EXT_TASK_ENABLED)
		return;
	ext_clear_direct(entity);
	ext_call(entity->ext, EXT_FROM_REST, disable, ext_task_of(entity));
	entity->state = EXT_TASK_READY;
}

static void exit_task(struct ext_entity *entity)
{
	ext_disable_task(entity);
	if (entity->state != EXT_TASK_NONE)
		ext_call(entity->ext, EXT_FROM_REST, exit_task, ext_task_of(entity),
			 entity->state == EXT_TASK_INIT);
	entity->state = EXT_TASK_NONE;
	entity->disallow = false;
}

/* If it has the policy that it shall not have, that is taken from it; in a fork it is too late for that. */
static void disallow(struct ext_entity *entity, bool fork)
{
	struct ext *ext = entity->ext;
	char name[EXT_NAME_LEN];

	if (likely(!entity->disallow) || entity->task->policy != POLICY_EXT)
		return;
	if (fork) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "init_task disallowed %s during its fork", ext_task_text(entity, name));
		return;
	}
	sched_reject_ext(ext->sched, entity->task);
	ext->nr_rejected++;
}

/* Behind an errno, ops_sanitize_err(): what an op may answer. */
enum { ERROR_MOST = 4095 };

/* 0, or the policy's error: an errno, negative. */
static s32 ask_init(struct ext_entity *entity, bool fork)
{
	struct ext *ext = entity->ext;
	char name[EXT_NAME_LEN];
	s32 error = 0;

	if (ext->ops.init_task)
		ext_ask(ext, EXT_FROM_UNLOCKED, error, init_task, ext_task_of(entity), fork);
	if (error > 0 || error < -ERROR_MOST)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "init_task of %s answered %d, which is no error", ext_task_text(entity, name), error);
	return error;
}

/* False: the policy does not want it. */
static bool init_task(struct ext_entity *entity, bool fork)
{
	struct ext *ext = entity->ext;
	char name[EXT_NAME_LEN];
	s32 error = ask_init(entity, fork);

	if (error) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "init_task of %s failed (%d)",
			 ext_task_text(entity, name), error);
		return false;
	}
	entity->state = EXT_TASK_READY;
	disallow(entity, fork);
	entity->reset_runnable_at = true;
	return true;
}

static void new_entity(struct sched *sched, struct task *task)
{
	struct ext *ext = sched->ext_data;
	struct ext_entity *entity;
	u32 index;

	if (task->ext || task->flags & TASK_FLAG_IDLE)
		return;
	entity = pool_get(&ext->entities, &index);
	entity->index = index;
	entity->task = task;
	entity->ext = ext;
	entity->slice = ext->slice_dfl;
	entity->sticky_cpu = -1;
	entity->direct_dsq = EXT_DSQ_INVALID;
	entity->reset_runnable_at = true;
	list_init(&entity->dsq_link);
	list_init(&entity->runnable_link);
	list_add_tail(&ext->tasks, &entity->all);
	task->ext = entity;
}

static void fork_task(struct sched *sched, struct task *child)
{
	struct ext *ext = sched->ext_data;

	if (ext->state == EXT_OFF || (child->ext->state == EXT_TASK_NONE && !init_task(child->ext, true)))
		return;
	if (child->class_id == CLASS_EXT)
		ext_enable_task(child->ext);
}

static void forget(struct ext_entity *entity)
{
	entity->task->ext = NULL;
	list_del(&entity->all);
	pool_put(&entity->ext->entities, entity->index);
}

/* scx_fork() */
static s32 may_fork(struct sched *sched, struct task *child)
{
	struct ext *ext = sched->ext_data;
	struct ext_entity *entity = child->ext;
	s32 error;

	if (ext->state == EXT_OFF)
		return 0;
	error = ask_init(entity, true);
	if (error) {
		forget(entity);
		return error < 0 && error >= -ERROR_MOST ? -error : EPROTO;
	}
	entity->state = EXT_TASK_READY;
	disallow(entity, true);
	return 0;
}

static void free_task(struct sched *sched unused_arg, struct task *task)
{
	struct ext_entity *entity = task->ext;

	exit_task(entity);
	forget(entity);
}

static void hotplug(struct rq *rq, bool online)
{
	struct ext *ext = rq->ext->ext;
	s32 cpu = (s32)rq->cpu;

	ext->hotplug_seq++;
	if (online ? ext->ops.cpu_online != NULL : ext->ops.cpu_offline != NULL) {
		if (online)
			ext_call(ext, EXT_FROM_UNLOCKED, cpu_online, cpu);
		else
			ext_call(ext, EXT_FROM_UNLOCKED, cpu_offline, cpu);
	} else {
		/* SCX_ECODE_ACT_RESTART | SCX_ECODE_RSN_HOTPLUG */
		ext_fail(ext, EXT_EXIT_UNREG_KERN, 1LL << 48 | 1LL << 32,
			 "cpu %d goes %s, and the policy has no op for it", cpu,
			 online ? "online" : "offline");
	}
}

/* scx_check_setscheduler() */
static bool disallows(const struct task *task)
{
	return task->ext && task->ext->disallow;
}

static const struct sched_extender extender = {
	.new_task = new_entity,
	.may_fork = may_fork,
	.fork = fork_task,
	.free_task = free_task,
	.hotplug = hotplug,
	.disallows = disallows,
	.prep_move = ext_cgroup_prep_move,
	.move = ext_cgroup_move,
	.cancel_move = ext_cgroup_cancel_move,
	.group_written = ext_cgroup_written,
};

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
		if (!init_task(entity, false))
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
		free_task(sched, entity->task);
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
	sched->extender = &extender;
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
