/* SPDX-License-Identifier: MIT */
/*
 * How a policy comes to its end: mistakes, the watchdog, and the report of it.
 * Kernel: kernel/sched/ext.c; reference: core-rt-dl-ext.md 5.7.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fixed.h"
#include "classes/ext.h"

static const struct {
	enum ossim_ext_exit_kind kind;
	const char *text;
} reasons[] = {
	{EXT_EXIT_NONE, "in use"},
	{EXT_EXIT_DONE, "end of the simulation"},
	{EXT_EXIT_UNREG, "unloaded by the workload"},
	{EXT_EXIT_UNREG_POLICY, "the policy left"},
	{EXT_EXIT_UNREG_KERN, "a cpu came or went"},
	{EXT_EXIT_ERROR, "runtime error"},
	{EXT_EXIT_ERROR_POLICY, "error told by the policy"},
	{EXT_EXIT_ERROR_STALL, "runnable task stall"},
};

const char *ext_exit_reason(enum ossim_ext_exit_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].kind == kind)
			return reasons[i].text;
	return "unknown";
}

const char *ext_task_text(const struct ext_entity *entity, char *buf)
{
	const struct ext_config *config = &entity->ext->config;
	const char *comm = "task";
	u32 pid = entity->task->id;

	if (config->identify)
		config->identify(config->identify_arg, entity->task, &pid, &comm);
	snprintf(buf, EXT_NAME_LEN, "%s[%u]", comm, pid);
	return buf;
}

bool ext_cpu_valid(struct ext *ext, s64 cpu, const char *what)
{
	if (cpu >= 0 && cpu < ext->sched->nr_cpus)
		return true;
	ext_fail(ext, EXT_EXIT_ERROR, 0, "%s: there is no cpu %" PRId64, what, cpu);
	return false;
}

void ext_fail(struct ext *ext, enum ossim_ext_exit_kind kind, s64 code, const char *fmt, ...)
{
	struct machine *machine = ext->sched->machine;
	va_list args;

	if (ext->report.kind != EXT_EXIT_NONE)
		return;
	va_start(args, fmt);
	vsnprintf(ext->message, sizeof(ext->message), fmt, args);
	va_end(args);
	ext->report.kind = kind;
	ext->report.code = code;
	ext->report.reason = ext_exit_reason(kind);
	ext->report.message = ext->message;
	/* The helper thread that takes the policy out comes after what is going on. */
	machine_timer_arm(machine, &ext->eject_timer, machine->acting, machine->now);
}

/* ---- The watchdog ---- */

static u64 watch_period(const struct ext *ext)
{
	return max_of(ext->timeout_jiffies / 2, (u64)1) * ext->sched->machine->tick_ns;
}

/*
 * Its checks come every half timeout since the load; but those that would find nobody waiting are
 * left out, so that a simulation in which all tasks sleep can end.
 */
void ext_watch(struct ext *ext)
{
	struct machine *machine = ext->sched->machine;
	u64 period;

	ext->idle_fires = 0;
	if (likely(timer_armed(&ext->watchdog)) || ext->state == EXT_OFF)
		return;
	period = watch_period(ext);
	machine_timer_arm(machine, &ext->watchdog, 0,
			  ext->report.loaded_at +
				  ((machine->now - ext->report.loaded_at) / period + 1) * period);
}

/* True: somebody waits. */
static bool check_rq(struct ext_rq *erq, u64 jiffies)
{
	struct ext_entity *entity;
	char name[EXT_NAME_LEN];

	list_for_each (entity, &erq->runnable, runnable_link) {
		u64 waited = jiffies - entity->runnable_at;
		u64 ms = waited * erq->rq->sched->machine->tick_ns / MSEC;

		if (waited > erq->ext->timeout_jiffies)
			ext_fail(erq->ext, EXT_EXIT_ERROR_STALL, 0,
				 "%s failed to run for %" PRIu64 ".%03us",
				 ext_task_text(entity, name), ms / 1000, (u32)(ms % 1000));
	}
	return !list_empty(&erq->runnable);
}

static void watchdog_fires(struct machine *machine, struct timer *timer)
{
	struct ext *ext = container_of(timer, struct ext, watchdog);
	bool waiting = false;

	for (u32 cpu = 0; cpu < ext->sched->nr_cpus; cpu++)
		waiting |= check_rq(&ext->rqs[cpu], machine_jiffies(machine));
	if (waiting && ext->report.kind == EXT_EXIT_NONE)
		machine_timer_arm(machine, timer, timer->cpu, machine->now + watch_period(ext));
}

void ext_watchdog_init(struct ext *ext)
{
	u64 timeout_ms = ext->ops.timeout_ms ? ext->ops.timeout_ms : EXT_TIMEOUT_MS_MAX;

	if (ext->config.timeout_ns)
		timeout_ms = div_round_up(ext->config.timeout_ns, MSEC);
	ext->timeout_jiffies = div_round_up(timeout_ms * MSEC, ext->sched->machine->tick_ns);
	timer_init(&ext->watchdog, watchdog_fires, TIMER_RANK_EXT_LOAD, UINT32_MAX - 3);
}

/* ---- The dump ---- */

void ext_dump_line(struct ext *ext, const char *fmt, ...)
{
	char line[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (ext->dump.len + strlen(line) + 1 < EXT_DUMP_LEN)
		text_printf(&ext->dump, "%s\n", line);
}

static void dump_task(struct ext *ext, const struct ext_entity *entity, u64 jiffies)
{
	u64 waited = (jiffies - entity->runnable_at) * ext->sched->machine->tick_ns / MSEC;
	char name[EXT_NAME_LEN], where[64] = "in no queue";

	if (entity->owned)
		snprintf(where, sizeof(where), "kept by the policy");
	else if (entity->dsq)
		snprintf(where, sizeof(where), "in queue 0x%" PRIx64, entity->dsq->id);
	ext_dump_line(ext,
		      "  waits: %s for %" PRIu64 " ms, %s, slice %" PRIu64 " ns, vtime %" PRIu64
		      ", weight %u",
		      ext_task_text(entity, name), waited, where, entity->slice, entity->vtime,
		      entity->weight);
	ext_call(ext, EXT_FROM_REST, dump_task, ext_task_of((struct ext_entity *)entity));
}

static void dump_cpu(struct ext *ext, struct ext_rq *erq)
{
	u64 jiffies = machine_jiffies(ext->sched->machine);
	const struct task *curr = erq->rq->curr;
	const struct ext_entity *entity;
	char name[EXT_NAME_LEN];

	if (curr == erq->rq->idle && list_empty(&erq->runnable))
		return;
	ext_dump_line(ext, "cpu %u: %u ext tasks, %u in the local queue; runs %s", erq->rq->cpu,
		      erq->nr_running, erq->local.nr,
		      curr->ext ? ext_task_text(curr->ext, name) : "the idle task");
	ext_call(ext, EXT_FROM_REST, dump_cpu, (s32)erq->rq->cpu, curr == erq->rq->idle);
	list_for_each (entity, &erq->runnable, runnable_link) {
		dump_task(ext, entity, jiffies);
	}
}

void ext_dump_state(struct ext *ext)
{
	text_clear(&ext->dump);
	ext->dumping = true;
	for (u32 cpu = 0; cpu < ext->sched->nr_cpus; cpu++)
		dump_cpu(ext, &ext->rqs[cpu]);
	ext_call(ext, EXT_FROM_REST, dump);
	ext->dumping = false;
	ext->report.dump = ext->dump.at ? ext->dump.at : "";
}
