/* SPDX-License-Identifier: MIT */
/*
 * Assemble a machine, a scheduler and its tasks; run.
 *
 * This is the one place that knows all parts: it hands the list of classes to the scheduler and the
 * handlers to the machine. Everything of a simulation lives in its arena and pools.
 */
#include "run/sim.h"

#include "base/ensure.h"
#include "classes/classes.h"
#include "proc/ahead.h"
#include "proc/boot.h"
#include "proc/proc.h"
#include "proc/rlimit.h"
#include "proc/sync.h"
#include "run/policy.h"
#include "sched/decide.h"
#include "sched/writes.h"
#include "xv6/xv6.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is simulated: Linux, or xv6. */
struct engine {
	/* Delivers what is due next, if it is due before @horizon; false: nothing is. */
	bool (*step)(struct sim *sim, u64 horizon);
	bool (*tasks_left)(const struct sim *sim);
	/* Nothing more can happen, but tasks are left. */
	void (*stuck)(struct sim *sim);
	void (*last_records)(struct sim *sim);
	const char *(*failure)(const struct sim *sim);
	u64 (*now)(const struct sim *sim);
	u64 (*events)(const struct sim *sim);
	void (*fini)(struct sim *sim);
};

struct sim {
	const struct engine *engine;
	struct xv6 *xv6; /* NULL: it is Linux */
	char *stuck;     /* xv6: why it ended early */
	struct machine machine;
	struct sched sched;
	struct proc_world world;
	struct arena arena;
	struct decision_desk desk;
	const struct workload *workload;
	struct stream *stream;
	struct policy_handle policy;
	struct ext *ext; /* NULL: no ext scheduler */
};

/* One line for the message of a failed ensure(). */
static void describe(void *arg, char *buf, size_t size)
{
	const struct sim *sim = arg;

	if (sim->xv6) {
		snprintf(buf, size, "%s at %" PRIu64 " ns, xv6, seed %" PRIu64, sim->workload->name,
			 xv6_now(sim->xv6), sim->workload->seed);
		return;
	}
	const struct rq *rq = sim->sched.rqs ? &sim->sched.rqs[sim->machine.acting] : NULL;

	snprintf(buf, size, "%s at %" PRIu64 " ns, cpu %u, task id %u, seed %" PRIu64,
		 sim->workload->name, sim->machine.now, sim->machine.acting,
		 rq && rq->curr ? rq->curr->id : 0, sim->workload->seed);
}

/* The ext class is one of the classes only where there is a policy for it. */
static const struct sched_class *const *classes_for(struct sim *sim)
{
	const struct sched_class **classes;

	if (!sim->workload->ext.policy)
		return sched_classes;
	classes = arena_array(&sim->arena, const struct sched_class *, NR_CLASSES);
	memcpy(classes, sched_classes, sizeof(sched_classes));
	classes[CLASS_EXT] = &ext_class;
	return classes;
}

static void identify(void *arg, const struct task *task, u32 *pid, const char **comm)
{
	const struct sim *sim = arg;
	const struct proc *proc = container_of(task, struct proc, task);

	*pid = proc->pid;
	*comm = names_text(sim->world.names, proc->comm);
}

/* Before there are tasks. False: there is no such policy, which is told in *error. */
static bool prepare_policy(struct sim *sim, char **error)
{
	const struct ext_spec *ext = &sim->workload->ext;
	struct ext_config config;

	if (!ext->policy)
		return true;
	if (!policy_open(&sim->policy, ext->policy, ext->path, error))
		return false;
	config = policy_config(&sim->arena, sim->workload, sim->policy.policy);
	config.identify = identify;
	config.identify_arg = sim;
	sim->ext = ext_new(&sim->sched, &sim->arena, &config);
	return true;
}

static const struct engine linux_engine, xv6_engine;

/*
 * Of a workload with timers of cpu time, or limits. What the tick finds is who ran, whoever does
 * afterwards.
 */
static void tick_with_cpu_timers(void *self, struct cpu *cpu)
{
	struct sim *sim = container_of(self, struct sim, sched);
	struct proc *proc = proc_curr(&sim->world, cpu);

	sched_tick(self, cpu);
	itimer_tick(&sim->world, proc);
	rlimit_tick(&sim->world, proc);
}

/* Of a workload with grace periods (machine.rcu). */
static void tick_with_rcu(void *self, struct cpu *cpu)
{
	struct sim *sim = container_of(self, struct sim, sched);

	rcu_tick(&sim->world, cpu);
	if (itimer_needs_ticks(sim->workload) || rlimit_needs_ticks(sim->workload))
		tick_with_cpu_timers(self, cpu);
	else
		sched_tick(self, cpu);
}

static void assemble_linux(struct sim *sim, struct names *names)
{
	const struct workload *workload = sim->workload;
	struct stream *stream = sim->stream;
	struct machine_handlers handlers;
	char *error = NULL;
	bool has_policy;

	handlers = (struct machine_handlers){
		.self = &sim->sched,
		.segment_self = &sim->world,
		.segment_end = interp_segment_end,
		.ipi = sched_ipi,
		.tick = sched_tick,
		.resched = sched_resched,
		.irq_exit =
			workload->platform.costs.work_gap ? sched_irq_exit_clocked : sched_irq_exit,
		.by_clock = sched_works_by_clock,
	};
	if (itimer_needs_ticks(workload) || rlimit_needs_ticks(workload))
		handlers.tick = tick_with_cpu_timers;
	if (workload->platform.rcu)
		handlers.tick = tick_with_rcu;
	if (workload->platform.nr_cpus >= AHEAD_CPUS_MIN)
		handlers.soon = proc_look_ahead;
	machine_init(&sim->machine, &sim->arena, &workload->platform, handlers);
	sched_init(&sim->sched, &sim->arena, &sim->machine, &workload->kernel, &workload->platform,
		   classes_for(sim), &sched_balancer, stream, workload->seed);
	sim->sched.ends_at = workload->duration_ns;
	sched_groups_init(&sim->sched, workload->groups, workload->nr_groups, workload->seed);
	sched_writes_init(&sim->sched, workload->sched_writes, workload->nr_sched_writes);
	has_policy = prepare_policy(sim, &error);
	sim->world.names = names; /* for who a policy is told of while the world is set up */
	proc_world_init(&sim->world, &sim->arena, &sim->sched, stream, names, workload);
	if (!has_policy)
		proc_fail(&sim->world, NULL, "%s", error);
	free(error);
	if (sim->ext)
		ext_start(sim->ext);
	machine_start(&sim->machine);
}

struct sim *sim_new(const struct workload *workload, struct stream *stream, struct names *names)
{
	struct sim *sim = aligned_alloc(64, div_round_up(sizeof(*sim), 64) * 64);

	if (!sim)
		die("out of memory");
	*sim = (struct sim){.workload = workload, .stream = stream, .engine = &linux_engine};
	arena_init(&sim->arena);
	ensure_set_context(describe, sim);
	if (workload->model == MODEL_XV6) {
		sim->engine = &xv6_engine;
		sim->xv6 = xv6_new(workload, &sim->arena, stream, names);
	} else {
		assemble_linux(sim, names);
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	sim->engine->fini(sim);
	arena_fini(&sim->arena);
	ensure_set_context(NULL, NULL);
	free(sim);
}

static void end_records(struct sim *sim)
{
	stream_put(sim->stream, (struct record){.when = sim_now(sim), .kind = RECORD_END});
	stream_flush(sim->stream);
}

/* ---- Linux ---- */

static void linux_fini(struct sim *sim)
{
	if (sim->ext)
		ext_free(sim->ext);
	policy_close(&sim->policy);
	proc_world_fini(&sim->world);
	decision_desk_fini(&sim->desk);
	sched_fini(&sim->sched);
	machine_fini(&sim->machine);
}

static void linux_last_records(struct sim *sim)
{
	for (u32 cpu = 0; cpu < sim->machine.nr_cpus; cpu++)
		stream_put(sim->stream, (struct record){
						.when = sim->machine.now,
						.kind = RECORD_IRQ,
						.cpu = (u16)cpu,
						.value = sim->machine.cpus[cpu].irq_ns,
					});
	end_records(sim);
}

static bool linux_step(struct sim *sim, u64 horizon)
{
	return machine_step(&sim->machine, horizon);
}

static bool linux_tasks_left(const struct sim *sim)
{
	return sim->world.nr_workload_alive || sim->world.nr_pending_starts;
}

enum { SLEEPERS_TOLD = 4 };

static bool is_stopped(const struct proc *proc)
{
	return proc->task.state == TASK_STOPPED || proc->task.state == TASK_TRACED;
}

/* It sleeps for a lock that nobody will give back. */
static bool waits_for_the_dead(const struct proc *proc)
{
	const struct owned *wanted = proc->locks ? proc->locks->waits_for : NULL;

	return wanted && wanted->died && !wanted->owner;
}

/* "'web' (pid 12) in 'sem_wait s'" */
static void add_sleeper(const struct sim *sim, const struct proc *proc, struct text *out)
{
	text_printf(out, "'%s' (pid %u)%s in '", names_text(sim->world.names, proc->comm),
		    proc->pid,
		    is_stopped(proc)                                       ? " stopped"
		    : proc->task.state & (TASK_FROZEN | TASK_REFRIGERATED) ? " frozen"
									   : "");
	program_add_op(out, sim->world.workload, &proc->program->ops[proc->pc]);
	text_add(out, waits_for_the_dead(proc) ? "', whose holder has died" : "'");
}

/* What each of them waits for is the action in which it is. */
static char *tell_sleepers(struct sim *sim)
{
	struct text sleepers = {0};
	u32 nr = sim->world.nr_workload_alive, at = 0, told = 0, stopped = 0;
	const char *all[] = {"tasks sleep", "task sleeps"},
		   *none[] = {"tasks are stopped", "task is stopped"};
	const char *they;
	char *text;

	for (struct proc *proc; (proc = proc_next(&sim->world, &at));) {
		if (!(proc->task.flags & TASK_FLAG_WORKLOAD) || proc->exit_state != PROC_ALIVE ||
		    !proc->program)
			continue;
		stopped += is_stopped(proc);
		if (told >= SLEEPERS_TOLD)
			continue;
		text_add(&sleepers, told++ ? ", " : ": ");
		add_sleeper(sim, proc, &sleepers);
	}
	they = !stopped        ? all[nr == 1]
	       : stopped == nr ? none[nr == 1]
			       : "tasks sleep or are stopped";
	text = arena_printf(&sim->arena, "%u %s and nothing will %s %s%s%s", nr, they,
			    stopped == nr ? "continue" : "wake", nr == 1 ? "it" : "them",
			    sleepers.at ? sleepers.at : "", nr > told ? ", and others" : "");
	text_fini(&sleepers);
	return text;
}

static void linux_stuck(struct sim *sim)
{
	proc_fail(&sim->world, NULL, "%s", tell_sleepers(sim));
}

static const char *linux_failure(const struct sim *sim)
{
	return sim->world.failure;
}

static u64 linux_now(const struct sim *sim)
{
	return sim->machine.now;
}

static u64 linux_events(const struct sim *sim)
{
	return sim->machine.nr_events;
}

static const struct engine linux_engine = {
	.step = linux_step,
	.tasks_left = linux_tasks_left,
	.stuck = linux_stuck,
	.last_records = linux_last_records,
	.failure = linux_failure,
	.now = linux_now,
	.events = linux_events,
	.fini = linux_fini,
};

/* ---- xv6 ---- */

static bool xv6_engine_step(struct sim *sim, u64 horizon)
{
	return xv6_step(sim->xv6, horizon);
}

static bool xv6_engine_tasks_left(const struct sim *sim)
{
	return xv6_tasks_left(sim->xv6);
}

/* Its ticks never end: this is for a run that has no end. */
static void xv6_engine_stuck(struct sim *sim)
{
	sim->stuck = arena_strdup(&sim->arena, "tasks sleep and nothing will wake them");
}

static const char *xv6_engine_failure(const struct sim *sim)
{
	return sim->stuck ? sim->stuck : xv6_failure(sim->xv6);
}

static u64 xv6_engine_now(const struct sim *sim)
{
	return xv6_now(sim->xv6);
}

static u64 xv6_engine_events(const struct sim *sim)
{
	return xv6_events(sim->xv6);
}

static void xv6_engine_fini(struct sim *sim unused_arg)
{
	/* All of it is in the sim's arena. */
}

static const struct engine xv6_engine = {
	.step = xv6_engine_step,
	.tasks_left = xv6_engine_tasks_left,
	.stuck = xv6_engine_stuck,
	.last_records = end_records,
	.failure = xv6_engine_failure,
	.now = xv6_engine_now,
	.events = xv6_engine_events,
	.fini = xv6_engine_fini,
};

/* ---- Running ---- */

bool sim_advance(struct sim *sim, u64 until)
{
	if (!sim->xv6) /* the loop of a million events a second */
		while (!sim->world.failure &&
		       machine_run(&sim->machine, until, &sim->world.failure))
			;
	else
		while (!sim_failure(sim) && sim->engine->step(sim, until))
			;
	return !sim_failure(sim);
}

/*
 * Nothing is due there but periods of quotas and servers, and what an ext policy does by itself:
 * they wake nobody who sleeps.
 */
static bool is_still(const struct cpu *cpu)
{
	const struct timer_queue *timers = &cpu->timers;

	if (min_of(min_of(cpu->segment_end, cpu->ipi_at), min_of(cpu->tick_at, cpu->resched_at)) <
		    NEVER ||
	    timers->nr_far)
		return false;
	for (u32 i = 0; i < timers->nr_near; i++)
		switch (timers->near[i].timer->rank) {
		case TIMER_RANK_BANDWIDTH:
		case TIMER_RANK_RT_PERIOD:
		case TIMER_RANK_SERVER:
		case TIMER_RANK_SERVER_LAG:
		case TIMER_RANK_EXT:
		case TIMER_RANK_EXT_LOAD:
			break;
		default:
			return false;
		}
	return true;
}

/* All tasks sleep, and nothing will ever wake one. */
static bool sleeps_for_ever(const struct sim *sim)
{
	u32 at = 0;

	if (sim->xv6 || sim_failure(sim) || !sim->world.nr_workload_alive ||
	    sim->world.nr_pending_starts)
		return false;
	for (u32 cpu = 0; cpu < sim->machine.nr_cpus; cpu++)
		if (!is_still(&sim->machine.cpus[cpu]))
			return false;
	/* Without its quota a task waits, too, but it does not sleep. */
	for (struct proc *proc; (proc = proc_next(&sim->world, &at));)
		if (proc->task.flags & TASK_FLAG_WORKLOAD && proc->exit_state == PROC_ALIVE &&
		    proc->task.state == TASK_RUNNING)
			return false;
	return true;
}

const char *sim_sleepers(struct sim *sim)
{
	return sleeps_for_ever(sim) ? tell_sleepers(sim) : NULL;
}

enum { LONG_PAUSE_NS = 10 * MSEC }; /* nobody looks at each event whether it was the last */

/*
 * Then what is left are periods of servers that have nobody to serve: they would only make it
 * later.
 */
static bool is_stuck(const struct sim *sim)
{
	return !sim->xv6 && clock_when(&sim->machine.clock) > sim->machine.now + LONG_PAUSE_NS &&
	       sleeps_for_ever(sim);
}

/* Until no task of the workload is left. */
static void run_to_completion(struct sim *sim)
{
	while (!sim_failure(sim) && sim->engine->tasks_left(sim))
		if (is_stuck(sim) || !sim->engine->step(sim, NEVER)) {
			if (!sim_failure(sim))
				sim->engine->stuck(sim);
			return;
		}
}

bool sim_run(struct sim *sim)
{
	if (sim->workload->duration_ns == NEVER)
		run_to_completion(sim);
	else
		(void)!sim_advance(sim, sim->workload->duration_ns);
	if (sim->ext)
		ext_end(sim->ext);
	sim->engine->last_records(sim);
	return !sim_failure(sim);
}

void sim_count_calls(struct sim *sim)
{
	sim->world.watches_calls = sim->world.counts_calls = true;
	sim->machine.handlers.segment_end = interp_segment_end_watching;
}

void sim_stop(struct sim *sim)
{
	sim->engine->last_records(sim);
}

const struct proc_world *sim_world(const struct sim *sim)
{
	return &sim->world;
}

void sim_tell_decisions(struct sim *sim, struct decision_sink sink)
{
	decision_desk_init(&sim->desk, sink);
	sim->sched.desk = &sim->desk;
}

const char *sim_failure(const struct sim *sim)
{
	return sim->engine->failure(sim);
}

struct loc sim_failure_loc(const struct sim *sim)
{
	return sim->xv6 ? (struct loc){0} : sim->world.failure_loc;
}

const struct xv6 *sim_xv6(const struct sim *sim)
{
	return sim->xv6;
}

u64 sim_now(const struct sim *sim)
{
	return sim->engine->now(sim);
}

u64 sim_events(const struct sim *sim)
{
	return sim->engine->events(sim);
}

u64 sim_rt_throttled_at(const struct sim *sim, u32 *cpu)
{
	*cpu = sim->sched.rt_bandwidth.throttled_cpu;
	return sim->engine == &linux_engine ? sim->sched.rt_bandwidth.throttled_at : NEVER;
}

const struct ext_report *sim_ext_report(const struct sim *sim)
{
	return sim->ext ? ext_report(sim->ext) : NULL;
}
