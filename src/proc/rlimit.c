/* SPDX-License-Identifier: MIT */
/*
 * Limits of processes: cpu time (RLIMIT_CPU), realtime without a sleep (RLIMIT_RTTIME), and signals
 * that are queued for the user's processes (RLIMIT_SIGPENDING).
 *
 * The first two count whole ticks. At the soft limit SIGXCPU is sent, and the limit is raised by a
 * second, so that it comes again each second; at the hard one SIGKILL. Kernel:
 * check_thread_timers(), check_process_timers() in kernel/time/posix-cpu-timers.c, watchdog() in
 * kernel/sched/rt.c; reference: core-rt-dl-ext.md 2.2. The third: sig_get_ucounts() in
 * kernel/signal.c; process.md 6.3.
 */
#include "proc/rlimit.h"

#include "base/ensure.h"
#include "proc/quota.h"

enum { POOL_CHUNK = 4 };

/* Of a process with any limit. It is one of its alarms, so that others need not even ask. */
struct limits {
	struct alarm head; /* first; which is ALARM_LIMITS */
	struct rlimit_spec rttime, cpu;
	u64 spent;      /* ns of all its threads */
	u32 sigpending; /* UINT32_MAX: what is the default */
};

static bool needs_signals(const struct workload *workload)
{
	for (u32 i = 0; i < workload->nr_tasks; i++)
		if (workload->tasks[i].limit_sigpending)
			return true;
	return false;
}

void rlimit_init(struct proc_world *world)
{
	if (needs_signals(world->workload))
		world->queued_signals =
			arena_array(world->arena, u32, world->workload->nr_users + 1);
	world->has_limits = world->queued_signals || rlimit_needs_ticks(world->workload);
	pool_init(&world->limits, sizeof(struct limits), POOL_CHUNK);
}

static bool has_limit_of_time(const struct task_spec *spec)
{
	return spec->limit_rttime.soft || spec->limit_cpu.soft;
}

bool rlimit_needs_ticks(const struct workload *workload)
{
	for (u32 i = 0; i < workload->nr_tasks; i++)
		if (has_limit_of_time(&workload->tasks[i]))
			return true;
	return false;
}

static struct limits *limits_of(const struct process *process)
{
	for (struct alarm *alarm = process ? process->alarm : NULL; alarm; alarm = alarm->next)
		if (alarm->which == ALARM_LIMITS)
			return container_of(alarm, struct limits, head);
	return NULL;
}

void rlimit_begin(struct proc_world *world, struct proc *proc, const struct proc *parent)
{
	const struct task_spec *spec = &world->workload->tasks[proc->spec];
	struct process *process = proc->process;
	const struct limits *inherited;
	struct limits *limits;
	u32 index;

	if (likely(!world->has_limits) || process->leader != proc)
		return;
	inherited = limits_of(parent->process);
	if (!inherited && !has_limit_of_time(spec) && !spec->limit_sigpending)
		return;
	limits = pool_get(&world->limits, &index);
	*limits = (struct limits){
		.head = {.next = process->alarm,
			 .process = process,
			 .index = index,
			 .which = ALARM_LIMITS},
		.rttime = {NEVER, NEVER},
		.cpu = {NEVER, NEVER},
		.sigpending = UINT32_MAX,
	};
	if (inherited) {
		limits->rttime = inherited->rttime;
		limits->cpu = inherited->cpu;
		limits->sigpending = inherited->sigpending;
	}
	if (spec->limit_rttime.soft)
		limits->rttime = spec->limit_rttime;
	if (spec->limit_cpu.soft)
		limits->cpu = spec->limit_cpu;
	if (spec->limit_sigpending)
		limits->sigpending = spec->limit_sigpending - 1;
	process->alarm = &limits->head;
}

/* ---- Queued signals ---- */

u32 rlimit_user(const struct proc_world *world, const struct proc *proc)
{
	return world->quotas ? quota_user(world, proc) : 0;
}

/* Looks at all tasks. */
static u32 count_signals(const struct proc_world *world, u32 user)
{
	const struct proc *other;
	u32 nr = 0;

	for (u32 at = 0; (other = proc_next(world, &at));) {
		if (rlimit_user(world, other) != user)
			continue;
		nr += sigpending_count(world, &sig_task_of(other)->pending);
		if (other != other->process->leader)
			continue;
		nr += sigpending_count(world, &other->process->shared);
		for (const struct alarm *alarm = other->process->alarm; alarm; alarm = alarm->next)
			if (alarm->which >= NR_ITIMERS && alarm->which != ALARM_LIMITS)
				nr += !alarm->fired; /* else it is among those in a queue */
	}
	return nr;
}

u32 rlimit_signals_used(const struct proc_world *world, const struct proc *proc)
{
	u32 user = rlimit_user(world, proc);

	if (!world->queued_signals)
		return count_signals(world, user);
	ensure_slow(world->queued_signals[user] == count_signals(world, user));
	return world->queued_signals[user];
}

u32 rlimit_sigpending(const struct proc_world *world, const struct process *process)
{
	const struct limits *limits = limits_of(process);

	return limits && limits->sigpending != UINT32_MAX ? limits->sigpending
							  : world->max_procs / 2;
}

bool rlimit_signals_have_room(const struct proc_world *world, const struct proc *proc)
{
	return rlimit_signals_used(world, proc) < rlimit_sigpending(world, proc->process);
}

/* ---- Time ---- */

void rlimit_free(struct proc_world *world, struct alarm *alarm)
{
	pool_put(&world->limits, alarm->index);
}

/* check_rlimit(), of both limits. */
static void check(struct proc_world *world, struct proc *proc, struct rlimit_spec *limit, u64 time)
{
	if (time >= limit->hard) {
		signal_send_code(world, proc, SIGNAL_KILL, false, CODE_KERNEL);
		return;
	}
	if (time < limit->soft)
		return;
	signal_send_code(world, proc, SIGNAL_XCPU, false, CODE_KERNEL);
	limit->soft += SEC;
}

/* Ticks since the thread was woken; the first one above the limit looks. */
static void check_rttime(struct proc_world *world, struct proc *proc, struct limits *limits)
{
	u64 tick = world->machine->tick_ns,
	    least = min_of(limits->rttime.soft, limits->rttime.hard);
	struct sig_task *own = sig_task_make(world, proc);

	if (proc->task.rt.woken)
		own->rt_ticks = 0;
	proc->task.rt.woken = false;
	if (++own->rt_ticks > div_round_up(least, tick))
		check(world, proc, &limits->rttime, own->rt_ticks * tick);
}

void rlimit_tick(struct proc_world *world, struct proc *proc)
{
	struct limits *limits;

	if (!world->has_limits)
		return;
	limits = limits_of(proc->process);
	if (!limits)
		return;
	if (limits->rttime.soft != NEVER) {
		/* The class's tick counts (task_tick_rt): also while a fair task is boosted. */
		if (proc->task.class_id == CLASS_RT)
			check_rttime(world, proc, limits);
		else if (proc->signals && proc->task.class_id != CLASS_DEADLINE)
			proc->signals->rt_ticks = 0;
	}
	limits->spent += world->machine->tick_ns;
	if (limits->cpu.soft != NEVER)
		check(world, proc, &limits->cpu, limits->spent);
}
