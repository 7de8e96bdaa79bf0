/* SPDX-License-Identifier: MIT */
/* The rebuilt demand as a scenario: machine, tasks, programs, in the workload language. */
#include "input/replay_write.h"

#include "model/kernel.h"
#include "model/ops.h"
#include "model/platform.h"

#include <string.h>

enum { PRIO_OF_NICE_0 = 120, PRIO_RT_END = 100, PRIORITY_MAX = 99 };

/* A task that appears at the very end has no time to do anything. */
bool replay_is_written(const struct replay *replay, const struct replay_task *task)
{
	if (task->origin == ORIGIN_NONE || task->apart)
		return false;
	return task->origin == ORIGIN_FORKED || task->start < replay->to - replay->from;
}

/* ---- Programs ---- */

/* @between stands between its keys. */
static void put_policy(const struct yaml_writer *w, const struct replay_task *task, s32 prio,
		       const char *between)
{
	const struct replay_deadline *deadline = prio < 0 ? replay_deadline(w->replay, task) : NULL;

	if (prio >= PRIO_RT_END) {
		text_printf(w->out, "policy: other%snice: %d", between, prio - PRIO_OF_NICE_0);
	} else if (deadline) {
		text_printf(w->out, "policy: deadline%sruntime: ", between);
		yaml_time(w->out, deadline->runtime);
		text_printf(w->out, "%speriod: ", between);
		yaml_time(w->out, deadline->period);
		text_printf(w->out, "%sdeadline: ", between);
		yaml_time(w->out, deadline->period);
		text_printf(w->out, "%sreset_on_fork: true", between); /* else it could not fork */
	} else {
		text_printf(w->out, "policy: %s%spriority: %d", task->round_robin ? "rr" : "fifo",
			    between, clamp_to(PRIORITY_MAX - prio, 1, PRIORITY_MAX));
	}
}

/* Cpus of the simulation from which @task was not kept; NULL: all of them. */
static void put_cpus(const struct yaml_writer *w, const struct replay_task *task)
{
	u32 nr = task ? min_of(w->nr_cpus, w->replay->nr_cpus) : w->nr_cpus;
	const char *before = "[";

	for (u32 cpu = 0, last; cpu < nr; cpu = last + 1) {
		last = cpu;
		if (task && replay_is_kept_from(task, cpu))
			continue;
		while (last + 1 < nr && !(task && replay_is_kept_from(task, last + 1)))
			last++;
		text_printf(w->out, "%s%u", before, cpu);
		if (last > cpu)
			text_printf(w->out, "-%u", last);
		before = ", ";
	}
	text_add_char(w->out, ']');
}

/* Was it kept from some cpus of the simulation, but not from all? */
static bool has_bounds(const struct yaml_writer *w, const struct replay_task *task)
{
	u32 nr = min_of(w->nr_cpus, w->replay->nr_cpus), kept = 0;

	for (u32 cpu = 0; cpu < nr; cpu++)
		kept += replay_is_kept_from(task, cpu);
	return kept && kept < nr;
}

static void put_operand(const struct yaml_writer *w, const struct replay_action *action, u32 task)
{
	switch ((enum op_code)action->kind) {
	case OP_RUN:
	case OP_SLEEP:
	case OP_TIMER:
		yaml_time(w->out, action->value);
		break;
	case OP_SEM_POST:
		text_add(w->out, action->value ? "{semaphore: " : "");
		if (action->shared)
			yaml_queue(w, action->arg);
		else
			yaml_semaphore(w, task, action->arg);
		text_add(w->out, action->value ? ", more: true}" : "");
		break;
	case OP_SEM_WAIT:
		if (action->shared)
			yaml_queue(w, action->arg);
		else
			yaml_semaphore(w, action->arg, task);
		break;
	case OP_BARRIER:
		yaml_queue(w, action->arg);
		break;
	case OP_FUTEX_WAIT:
	case OP_FUTEX_WAKE:
		text_add(w->out, "{futex: ");
		yaml_queue(w, action->arg);
		text_add(w->out, action->kind == OP_FUTEX_WAKE ? ", nr: all}" : ", value: 0}");
		break;
	case OP_LOCK:
	case OP_UNLOCK:
		yaml_mutex(w, action->arg);
		break;
	case OP_FORK:
	case OP_CLONE:
		yaml_name(w, action->arg);
		break;
	case OP_WAIT_EVENT: /* of nothing: the ticks end it */
		text_add(w->out, "{queue: ticks, timeout: ");
		yaml_time(w->out, action->value);
		text_add_char(w->out, '}');
		break;
	case OP_MARK:
		yaml_word(w->out, names_text(&w->replay->names, action->arg));
		break;
	case OP_EXEC:
		text_add(w->out, "{comm: ");
		yaml_word(w->out, names_text(&w->replay->names, action->arg));
		text_add_char(w->out, '}');
		break;
	case OP_AFFINITY:
		put_cpus(w, action->value || !has_bounds(w, &w->replay->tasks.at[task])
				    ? NULL
				    : &w->replay->tasks.at[task]);
		break;
	case OP_NICE:
		text_printf(w->out, "%d", (s32)(s64)action->value - PRIO_OF_NICE_0);
		break;
	default: /* OP_POLICY */
		text_add_char(w->out, '{');
		put_policy(w, &w->replay->tasks.at[task], (s32)(s64)action->value, ", ");
		text_add_char(w->out, '}');
	}
}

static void put_indent(const struct yaml_writer *w, u32 depth)
{
	for (u32 i = 0; i < depth; i++)
		text_add(w->out, "    ");
}

static void put_action(const struct yaml_writer *w, const struct replay_action *action, u32 task)
{
	text_add(w->out, "  - ");
	text_add(w->out, op_infos[action->kind].key);
	if (*op_infos[action->kind].operands && action->kind != OP_EXIT) {
		text_add(w->out, ": ");
		put_operand(w, action, task);
	}
	text_add_char(w->out, '\n');
}

static void put_loop(const struct yaml_writer *w, u32 count, u32 depth)
{
	text_add(w->out, count ? "  - loop:\n" : "  # Ahead of the recording:\n  - loop:\n");
	if (count) {
		put_indent(w, depth);
		text_printf(w->out, "      count: %u\n", count);
	}
	put_indent(w, depth);
	text_add(w->out, "      do:\n");
}

static void put_program(const struct yaml_writer *w, u32 task)
{
	replay_actions actions = {0}, folded = {0};
	u32 depth = 0;

	replay_program(w->replay, task, &actions);
	replay_fold(&actions, &folded);
	text_add(w->out, "  program:\n");
	if (!folded.len)
		text_add(w->out, "  - exit\n");
	for (u32 i = 0; i < folded.len; i++) {
		const struct replay_action *action = &folded.at[i];

		if (action->kind == OP_END) {
			depth--;
			continue;
		}
		put_indent(w, depth);
		if (action->kind == OP_LOOP)
			put_loop(w, action->arg, depth++);
		else
			put_action(w, action, task);
	}
	vec_fini(&actions);
	vec_fini(&folded);
}

/* ---- Tasks ---- */

/* "kworker/3:1" and "ksoftirqd/3" are cpu 3's; "kworker/u8:0" is nobody's. */
static bool own_cpu(const char *comm, u32 *cpu)
{
	const char *slash = strchr(comm, '/');
	u64 number = 0;

	if (!slash || slash[1] < '0' || slash[1] > '9')
		return false;
	for (slash++; *slash >= '0' && *slash <= '9' && number < UINT16_MAX; slash++)
		number = number * 10 + (u64)(*slash - '0');
	*cpu = (u32)number;
	return *slash == '\0' || *slash == ':' || *slash == '-';
}

/* Affinities are written by put_attributes(): a thread of another cpu has one of its own. */
static bool may_be_home(const struct yaml_writer *w, const struct replay_task *task)
{
	return task->home < w->nr_cpus &&
	       !(has_bounds(w, task) && replay_is_kept_from(task, task->home)) && !task->kthread;
}

static void put_attributes(const struct yaml_writer *w, const struct replay_task *task)
{
	u32 cpu;

	if (task->prio < PRIO_RT_END) {
		text_add(w->out, "  ");
		put_policy(w, task, task->prio, "\n  ");
		text_add_char(w->out, '\n');
	} else if (task->prio != PRIO_OF_NICE_0) {
		text_printf(w->out, "  nice: %d\n", task->prio - PRIO_OF_NICE_0);
	}
	if (task->kthread && own_cpu(names_text(&w->replay->names, task->comm), &cpu) &&
	    cpu < w->nr_cpus) {
		text_printf(w->out, "  affinity: %u\n", cpu);
	} else if (!replay_bound_since(task) && has_bounds(w, task) &&
		   !replay_deadline(w->replay, task)) {
		text_add(w->out, "  affinity: ");
		put_cpus(w, task);
		text_add_char(w->out, '\n');
	}
	if (task->idle)
		text_add(w->out, "  policy: idle\n");
	if (task->group)
		text_printf(w->out, "  group: group%u\n", task->group);
	text_add(w->out, "  timer_slack: 0\n");
	if (task->origin == ORIGIN_FORKED) {
		text_add(w->out, "  template: true\n");
		return;
	}
	if (!task->newborn)
		text_add(w->out, "  birth: woken\n");
	if (!task->newborn && min_of(w->nr_cpus, w->replay->nr_cpus) > 1 && may_be_home(w, task))
		text_printf(w->out, "  cpu: %u\n", task->home);
	if (task->lag && w->cfs) {
		text_add(w->out, "  lag: ");
		yaml_time(w->out, task->lag);
		text_add_char(w->out, '\n');
	}
	if (task->start) {
		text_add(w->out, "  start: ");
		yaml_time(w->out, task->start);
		text_add_char(w->out, '\n');
	}
}

static void put_task(const struct yaml_writer *w, u32 id)
{
	const struct replay_task *task = &w->replay->tasks.at[id];

	text_add(w->out, "\n- name: ");
	yaml_name(w, id);
	text_add_char(w->out, '\n');
	if (w->bearers.at[task->comm] > 1) {
		text_add(w->out, "  comm: ");
		yaml_word(w->out, yaml_comm(w, id));
		text_add_char(w->out, '\n');
	}
	put_attributes(w, task);
	put_program(w, id);
}

/* Those that the trace shows to be others than the preset's. */
static void put_costs(const struct yaml_writer *w)
{
	struct costs costs = w->replay->costs;
	bool any = false;

	for (u32 i = 0; i < NR_COSTS; i++) {
		if (*cost_at(&costs, i) == cost_infos[i].x86_64)
			continue;
		text_printf(w->out, "%s    %s: ", any ? "" : "  costs: # as the trace shows them\n",
			    cost_infos[i].name);
		yaml_time(w->out, *cost_at(&costs, i));
		text_add_char(w->out, '\n');
		any = true;
	}
}

/* What is seen of a tick comes as late as its interrupt. */
static u64 tick_phase(const struct replay *replay)
{
	u64 period = platform_tick_of(replay->grid.hz);

	return (replay->grid.phase + period - replay->costs.irq_entry % period) % period;
}

/* Those of all tasks for one of which another one waited. */
static void put_mutexes(const struct yaml_writer *w)
{
	const struct replay *replay = w->replay;
	u32 last = TASK_ID_NONE;

	for (u32 i = 0; i < replay->sections.len; i++) {
		if (replay->sections.at[i].task == last)
			continue;
		text_add(w->out, last == TASK_ID_NONE ? "mutexes:\n" : "");
		last = replay->sections.at[i].task;
		text_add(w->out, "  ");
		yaml_mutex(w, last);
		text_add(w->out, ": {pi: true}\n");
	}
}

static void put_barriers(const struct yaml_writer *w)
{
	bool any = false;

	for (u32 i = 0; i < w->replay->queues.len; i++) {
		if (w->replay->queues.at[i].kind != QUEUE_BARRIER)
			continue;
		text_add(w->out, any ? "  " : "barriers:\n  ");
		any = true;
		yaml_queue(w, i);
		text_printf(w->out, ": %u\n", w->replay->queues.at[i].nr);
	}
}

static void put_groups(const struct yaml_writer *w)
{
	for (u32 i = 0; i < w->replay->groups.len; i++) {
		const struct replay_group *group = &w->replay->groups.at[i];

		text_printf(w->out, "%s  group%u: {weight: %u",
			    i ? "" : "groups: # as the shares of their tasks show them\n", i + 1,
			    group->weight);
		if (group->period) {
			text_add(w->out, ", max: ");
			yaml_time(w->out, group->quota);
			text_add_char(w->out, '/');
			yaml_time(w->out, group->period);
		}
		text_add(w->out, "}\n");
	}
}

/* Of the cpus that are simulated. */
static void put_hotplugs(const struct yaml_writer *w)
{
	bool any = false;

	for (u32 i = 0; i < w->replay->hotplugs.len; i++) {
		const struct replay_hotplug *event = &w->replay->hotplugs.at[i];

		if (event->cpu >= w->nr_cpus)
			continue;
		text_add(w->out, any ? "" : "  events:\n");
		any = true;
		text_add(w->out, "  - {at: ");
		yaml_time(w->out, event->when);
		text_printf(w->out, ", cpu: %u, action: %s}\n", event->cpu,
			    event->online ? "online" : "offline");
	}
}

static void put_machine(const struct yaml_writer *w)
{
	const struct replay_grid *grid = &w->replay->grid;

	text_printf(w->out, "\nmachine:\n  cpus: %u\n  kernel_threads: false\n", w->nr_cpus);
	if (replay_is_not_preemptible(w->replay))
		text_add(w->out, "  preempt: voluntary\n");
	if (grid->hz) {
		text_printf(w->out, "  hz: %u\n  tick_phase: ", grid->hz);
		yaml_time(w->out, tick_phase(w->replay));
		text_add_char(w->out, '\n');
	}
	put_hotplugs(w);
	put_costs(w);
	put_mutexes(w);
	put_barriers(w);
	put_groups(w);
	text_add(w->out, "tasks:\n");
}

void replay_write(const struct replay *replay, const struct replay_options *options,
		  struct text *yaml)
{
	struct yaml_writer w = {.replay = replay, .options = options, .out = yaml};

	w.nr_cpus = options->nr_cpus ? options->nr_cpus : replay->nr_cpus;
	w.cfs = options->kernel && kernel_find(options->kernel) &&
		kernel_find(options->kernel)->fair == FAIR_CFS;
	yaml_count_bearers(&w);
	text_add(yaml, "# The demand in a trace, rebuilt by ossim: see docs/replay.md.\n");
	if (replay->nr_lost)
		text_printf(yaml, "# The trace lacks events in %" PRIu64 " place%s.\n",
			    replay->nr_lost, replay->nr_lost == 1 ? "" : "s");
	if (replay->lead) {
		text_add(yaml, "# The window begins later: ossim run --from ");
		yaml_time(yaml, replay->lead);
		text_add_char(yaml, '\n');
	}
	if (options->kernel) {
		text_add(yaml, "kernel: ");
		yaml_word(yaml, options->kernel);
		text_add_char(yaml, '\n');
	}
	text_add(yaml, "duration: ");
	yaml_time(yaml, replay->to - replay->from);
	put_machine(&w);
	for (u32 i = 0; i < replay->order.len; i++)
		put_task(&w, replay->order.at[i]);
	vec_fini(&w.bearers);
	vec_fini(&w.uses);
}
