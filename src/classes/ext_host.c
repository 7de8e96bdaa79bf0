/* SPDX-License-Identifier: MIT */
/*
 * What a policy may ask of the scheduler: the functions behind policies/ext.h.
 * Kernel: the kfuncs of kernel/sched/ext.c; reference: core-rt-dl-ext.md 5.8.
 *
 * Each checks what it is given, and whether it may be called where it is called from. A mistake
 * ends the policy (ext_fail), and the function does what is harmless.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "classes/ext.h"
#include "classes/ext_host.h"

bool ext_called_from(struct ext *ext, u32 allowed, const char *what)
{
	static const char *const places[] = {
		[EXT_FROM_NOWHERE] = "outside of any op",
		[EXT_FROM_SELECT_CPU] = "select_cpu",
		[EXT_FROM_ENQUEUE] = "enqueue",
		[EXT_FROM_DISPATCH] = "dispatch",
		[EXT_FROM_RELEASE] = "cpu_release",
		[EXT_FROM_UNLOCKED] = "init or timer",
		[EXT_FROM_REST] = "an op that may not call it",
	};

	if (allowed >> ext->context & 1)
		return true;
	ext_fail(ext, EXT_EXIT_ERROR, 0, "%s was called from %s", what, places[ext->context]);
	return false;
}

bool ext_is_task(struct ext *ext, const struct ossim_ext_task *task, const char *what)
{
	if (likely(task))
		return true;
	ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: the task is NULL", what);
	return false;
}

/* ---- Cpus ---- */

static void host_kick_cpu(struct ossim_ext *x, s32 cpu, u64 flags)
{
	ext_kick(ext_of_handle(x), cpu, flags);
}

bool ext_tracks_idle(struct ext *ext, const char *what)
{
	if (ext->builtin_idle)
		return true;
	ext_fail(ext, EXT_EXIT_ERROR, 0,
		 "%s: idle cpus are not tracked, as the policy has update_idle and not "
		 "OPS_KEEP_BUILTIN_IDLE",
		 what);
	return false;
}

bool ext_has_newer_calls(struct ext *ext, const char *what)
{
	if (sched_feature(ext->sched, FEATURE_EXT_NEWER_CALLS))
		return true;
	ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: kernel %s has no such function", what,
		 ext->sched->kernel->name);
	return false;
}

static s32 host_select_cpu_dfl(struct ossim_ext *x, struct ossim_ext_task *task, s32 prev_cpu,
			       u64 wake_flags, bool *is_idle)
{
	struct ext *ext = ext_of_handle(x);
	u32 anywhere = EXT_FROM(SELECT_CPU) | EXT_FROM(ENQUEUE) | EXT_FROM(UNLOCKED);
	bool found = false;

	if (is_idle)
		*is_idle = false;
	if (!ext_called_from(ext,
			     sched_feature(ext->sched, FEATURE_EXT_SELECT_DFL_ANYWHERE)
				     ? anywhere
				     : EXT_FROM(SELECT_CPU),
			     "select_cpu_dfl") ||
	    !ext_is_task(ext, task, "select_cpu_dfl") ||
	    !ext_cpu_valid(ext, prev_cpu, "select_cpu_dfl") ||
	    !ext_tracks_idle(ext, "select_cpu_dfl"))
		return prev_cpu;
	if (ext_entity_of(task)->task->nr_cpus_allowed == 1 || ext_entity_of(task)->task->pinned)
		found = ext_claim_idle(ext, (u32)prev_cpu);
	else
		prev_cpu = (s32)ext_select_default(ext_entity_of(task), (u32)prev_cpu, wake_flags,
						   &found);
	if (is_idle)
		*is_idle = found;
	return prev_cpu;
}

static s32 host_pick_idle_cpu(struct ossim_ext *x, struct ossim_ext_task *task, u64 flags)
{
	struct ext *ext = ext_of_handle(x);
	const struct task *t;

	if (!ext_is_task(ext, task, "pick_idle_cpu") || !ext_tracks_idle(ext, "pick_idle_cpu"))
		return -EBUSY;
	t = ext_entity_of(task)->task;
	return ext_pick_idle(ext, t->cpus, ext->sched->platform->cpu[t->cpu].node, flags);
}

static s32 host_pick_any_cpu(struct ossim_ext *x, struct ossim_ext_task *task, u64 flags)
{
	struct ext *ext = ext_of_handle(x);
	const struct task *t;
	s32 cpu = -EBUSY;

	if (!ext_is_task(ext, task, "pick_any_cpu"))
		return -EBUSY;
	t = ext_entity_of(task)->task;
	if (ext->builtin_idle)
		cpu = ext_pick_idle(ext, t->cpus, ext->sched->platform->cpu[t->cpu].node, flags);
	if (cpu < 0)
		cpu = (s32)sched_any_and_distribute(ext->sched, t->cpus, ext->sched->rd.online);
	return cpu < (s32)ext->sched->nr_cpus ? cpu : -EBUSY;
}

static bool host_test_and_clear_cpu_idle(struct ossim_ext *x, s32 cpu)
{
	struct ext *ext = ext_of_handle(x);

	return ext_tracks_idle(ext, "test_and_clear_cpu_idle") &&
	       ext_cpu_valid(ext, cpu, "test_and_clear_cpu_idle") && ext_claim_idle(ext, (u32)cpu);
}

static bool host_cpu_is_idle(struct ossim_ext *x, s32 cpu)
{
	struct ext *ext = ext_of_handle(x);

	return ext_tracks_idle(ext, "cpu_is_idle") && ext_cpu_valid(ext, cpu, "cpu_is_idle") &&
	       cpumask_test(ext->idle_cpus, (u32)cpu);
}

static u32 host_nr_cpus(struct ossim_ext *x)
{
	return ext_of_handle(x)->sched->nr_cpus;
}

static u32 host_nr_nodes(struct ossim_ext *x)
{
	return ext_of_handle(x)->sched->platform->nodes;
}

static s32 host_this_cpu(struct ossim_ext *x)
{
	return (s32)ext_of_handle(x)->sched->machine->acting;
}

static bool host_cpu_online(struct ossim_ext *x, s32 cpu)
{
	struct ext *ext = ext_of_handle(x);

	return ext_cpu_valid(ext, cpu, "cpu_online") && ext->sched->rqs[cpu].online;
}

static const struct platform_cpu *place_of(struct ossim_ext *x, s32 cpu, const char *what)
{
	struct ext *ext = ext_of_handle(x);

	return ext_cpu_valid(ext, cpu, what) ? &ext->sched->platform->cpu[cpu] : NULL;
}

static s32 host_cpu_core(struct ossim_ext *x, s32 cpu)
{
	const struct platform_cpu *place = place_of(x, cpu, "cpu_core");

	return place ? place->core : -EINVAL;
}

static s32 host_cpu_llc(struct ossim_ext *x, s32 cpu)
{
	const struct platform_cpu *place = place_of(x, cpu, "cpu_llc");

	return place ? place->llc : -EINVAL;
}

static s32 host_cpu_node(struct ossim_ext *x, s32 cpu)
{
	const struct platform_cpu *place = place_of(x, cpu, "cpu_node");

	return place ? place->node : -EINVAL;
}

static struct ossim_ext_task *host_cpu_curr(struct ossim_ext *x, s32 cpu)
{
	struct ext *ext = ext_of_handle(x);
	struct ext_entity *entity;

	if (!ext_cpu_valid(ext, cpu, "cpu_curr"))
		return NULL;
	entity = ext->sched->rqs[cpu].curr->ext;
	return entity && entity->state != EXT_TASK_NONE ? ext_task_of(entity) : NULL;
}

/* ---- Time and chance ---- */

static u64 host_now(struct ossim_ext *x)
{
	return ext_of_handle(x)->sched->machine->now;
}

static u64 host_draw(struct ossim_ext *x)
{
	return rng_next(&ext_of_handle(x)->rng);
}

static void host_timer_start(struct ossim_ext *x, u32 id, u64 delay)
{
	ext_timer_arm(ext_of_handle(x), id, delay);
}

static void host_timer_cancel(struct ossim_ext *x, u32 id)
{
	struct ext *ext = ext_of_handle(x);

	if (id < EXT_TIMERS)
		machine_timer_cancel(ext->sched->machine, &ext->timers[id].timer);
}

/* ---- Tasks. A NULL one is an error where it can be told, and is answered with nothing. ---- */

#define TASK_QUESTION(type, name, nothing, answer)                                        \
	static type host_##name(struct ossim_ext *x, struct ossim_ext_task *task)         \
	{                                                                                 \
		const struct ext_entity *entity = ext_entity_of(task);                    \
                                                                                          \
		return ext_is_task(ext_of_handle(x), task, #name) ? (answer) : (nothing); \
	}

TASK_QUESTION(bool, task_is_kthread, false, entity->task->flags &TASK_FLAG_KTHREAD)
TASK_QUESTION(s32, task_cpu, -EINVAL, entity->task->cpu)
TASK_QUESTION(bool, task_running, false, ext_entity_rq(entity)->curr == entity->task)
TASK_QUESTION(u32, task_nr_cpus, 0, entity->task->nr_cpus_allowed)
TASK_QUESTION(s32, task_nice, 0, entity->task->static_prio - PRIO_DEFAULT)
TASK_QUESTION(u32, task_weight, 100, entity->weight)
TASK_QUESTION(u64, task_runtime, 0, entity->task->fair.sum_exec_runtime)
TASK_QUESTION(u64, task_slice, 0, entity->slice)
TASK_QUESTION(u64, task_vtime, 0, entity->vtime)

static void *host_task_data(struct ossim_ext *x, struct ossim_ext_task *task)
{
	return ext_is_task(ext_of_handle(x), task, "task_data") ? (char *)task + EXT_ENTITY_SIZE
								: NULL;
}

static u32 host_task_pid(struct ossim_ext *x, struct ossim_ext_task *task)
{
	struct ext *ext = ext_of_handle(x);
	const char *comm = "";
	u32 pid = 0;

	if (ext_is_task(ext, task, "task_pid") && ext->config.identify)
		ext->config.identify(ext->config.identify_arg, ext_entity_of(task)->task, &pid,
				     &comm);
	return pid;
}

static const char *host_task_comm(struct ossim_ext *x, struct ossim_ext_task *task)
{
	struct ext *ext = ext_of_handle(x);
	const char *comm = "";
	u32 pid;

	if (ext_is_task(ext, task, "task_comm") && ext->config.identify)
		ext->config.identify(ext->config.identify_arg, ext_entity_of(task)->task, &pid,
				     &comm);
	return comm;
}

static bool host_task_allowed(struct ossim_ext *x, struct ossim_ext_task *task, s32 cpu)
{
	struct ext *ext = ext_of_handle(x);

	return ext_is_task(ext, task, "task_allowed") && ext_cpu_valid(ext, cpu, "task_allowed") &&
	       cpumask_test(ext_entity_of(task)->task->cpus, (u32)cpu);
}

static struct ossim_ext_task *host_task_from_pid(struct ossim_ext *x, u32 pid)
{
	struct ext *ext = ext_of_handle(x);
	struct ext_entity *entity;

	if (!ext->config.identify)
		return NULL;
	list_for_each (entity, &ext->tasks, all) {
		const char *comm;
		u32 number = 0;

		if (entity->state == EXT_TASK_NONE || entity->task->state == TASK_DEAD)
			continue;
		ext->config.identify(ext->config.identify_arg, entity->task, &number, &comm);
		if (number == pid)
			return ext_task_of(entity);
	}
	return NULL;
}

static void host_task_set_slice(struct ossim_ext *x, struct ossim_ext_task *task, u64 slice)
{
	if (ext_is_task(ext_of_handle(x), task, "task_set_slice"))
		ext_entity_of(task)->slice = slice;
}

/* The place of a task in a queue is found by its vtime: it keeps it while it is in one. */
static void host_task_set_vtime(struct ossim_ext *x, struct ossim_ext_task *task, u64 vtime)
{
	if (ext_is_task(ext_of_handle(x), task, "task_set_vtime") && !ext_entity_of(task)->in_tree)
		ext_entity_of(task)->vtime = vtime;
}

/* ---- The rest ---- */

static u64 host_option(struct ossim_ext *x, const char *name)
{
	struct ext *ext = ext_of_handle(x);
	const struct ossim_ext_option *option = ext->ops.options;

	for (u32 i = 0; option && option[i].name; i++)
		if (!strcmp(option[i].name, name))
			return ext->options[i];
	ext_fail(ext, EXT_EXIT_ERROR, 0, "option: '%s' is not in the policy's list of options",
		 name);
	return 0;
}

static u64 host_slice_dfl(struct ossim_ext *x)
{
	return ext_of_handle(x)->slice_dfl;
}

static void host_error(struct ossim_ext *x, const char *format, ...)
{
	char message[EXT_MESSAGE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	ext_fail(ext_of_handle(x), EXT_EXIT_ERROR_POLICY, 0, "%s", message);
}

static void host_exit(struct ossim_ext *x, s64 code, const char *format, ...)
{
	char message[EXT_MESSAGE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	ext_fail(ext_of_handle(x), EXT_EXIT_UNREG_POLICY, code, "%s", message);
}

static void host_dump(struct ossim_ext *x, const char *format, ...)
{
	struct ext *ext = ext_of_handle(x);
	char line[512];
	va_list args;

	if (!ext->dumping)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	ext_dump_line(ext, "policy: %s", line);
}

static void host_events(struct ossim_ext *x, struct ossim_ext_events *events, size_t size)
{
	struct ext *ext = ext_of_handle(x);

	memset(events, 0, size);
	if (ext_has_newer_calls(ext, "events"))
		memcpy(events, &ext->report.events, min_of(size, sizeof(ext->report.events)));
}

static u32 host_cpuperf_cap(struct ossim_ext *x, s32 cpu)
{
	return ext_cpu_valid(ext_of_handle(x), cpu, "cpuperf_cap") ? EXT_CPUPERF_ONE : 0;
}

static u32 host_cpuperf_cur(struct ossim_ext *x, s32 cpu)
{
	return ext_cpu_valid(ext_of_handle(x), cpu, "cpuperf_cur") ? EXT_CPUPERF_ONE : 0;
}

static void host_cpuperf_set(struct ossim_ext *x, s32 cpu, u32 perf)
{
	struct ext *ext = ext_of_handle(x);

	if (perf > EXT_CPUPERF_ONE)
		ext_fail(ext, EXT_EXIT_ERROR, 0, "cpuperf_set: %u is above %u", perf,
			 EXT_CPUPERF_ONE);
	else
		(void)ext_cpu_valid(ext, cpu, "cpuperf_set");
}

static void host_task_disallow(struct ossim_ext *x, struct ossim_ext_task *task)
{
	if (ext_is_task(ext_of_handle(x), task, "task_disallow"))
		ext_entity_of(task)->disallow = true;
}

const struct ossim_ext_host ext_host = {
	.abi = OSSIM_EXT_ABI,
	.size = sizeof(struct ossim_ext_host),
	.create_dsq = ext_host_create_dsq,
	.destroy_dsq = ext_host_destroy_dsq,
	.insert = ext_host_insert,
	.insert_vtime = ext_host_insert_vtime,
	.nr_slots = ext_host_nr_slots,
	.cancel = ext_host_cancel,
	.move_to_local = ext_host_move_to_local,
	.dsq_next = ext_host_dsq_next,
	.dsq_move = ext_host_dsq_move,
	.dsq_nr_queued = ext_host_dsq_nr_queued,
	.reenqueue_local = ext_host_reenqueue_local,
	.kick_cpu = host_kick_cpu,
	.select_cpu_dfl = host_select_cpu_dfl,
	.pick_idle_cpu = host_pick_idle_cpu,
	.pick_any_cpu = host_pick_any_cpu,
	.test_and_clear_cpu_idle = host_test_and_clear_cpu_idle,
	.cpu_is_idle = host_cpu_is_idle,
	.now = host_now,
	.draw = host_draw,
	.timer_start = host_timer_start,
	.timer_cancel = host_timer_cancel,
	.nr_cpus = host_nr_cpus,
	.nr_nodes = host_nr_nodes,
	.this_cpu = host_this_cpu,
	.cpu_online = host_cpu_online,
	.cpu_core = host_cpu_core,
	.cpu_llc = host_cpu_llc,
	.cpu_node = host_cpu_node,
	.cpu_curr = host_cpu_curr,
	.task_data = host_task_data,
	.task_pid = host_task_pid,
	.task_comm = host_task_comm,
	.task_is_kthread = host_task_is_kthread,
	.task_cpu = host_task_cpu,
	.task_running = host_task_running,
	.task_allowed = host_task_allowed,
	.task_nr_cpus = host_task_nr_cpus,
	.task_nice = host_task_nice,
	.task_weight = host_task_weight,
	.task_runtime = host_task_runtime,
	.task_slice = host_task_slice,
	.task_set_slice = host_task_set_slice,
	.task_vtime = host_task_vtime,
	.task_set_vtime = host_task_set_vtime,
	.option = host_option,
	.slice_dfl = host_slice_dfl,
	.error = host_error,
	.exit = host_exit,
	.dump = host_dump,
	.task_cgroup = ext_host_task_cgroup,
	.cgroup_parent = ext_host_cgroup_parent,
	.cgroup_weight = ext_host_cgroup_weight,
	.cpuperf_cap = host_cpuperf_cap,
	.cpuperf_cur = host_cpuperf_cur,
	.cpuperf_set = host_cpuperf_set,
	.dsq_move_vtime = ext_host_dsq_move_vtime,
	.select_cpu_and = ext_host_select_cpu_and,
	.idle_mask = ext_host_idle_mask,
	.cpu_mask = ext_host_cpu_mask,
	.task_mask = ext_host_task_mask,
	.mask_new = ext_host_mask_new,
	.mask_set = ext_host_mask_set,
	.mask_and = ext_host_mask_and,
	.mask_test = ext_host_mask_test,
	.mask_next = ext_host_mask_next,
	.pick_idle_in = ext_host_pick_idle_in,
	.task_from_pid = host_task_from_pid,
	.events = host_events,
	.task_disallow = host_task_disallow,
};
