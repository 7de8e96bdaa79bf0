/* SPDX-License-Identifier: MIT */
/*
 * The world before the first event.
 *
 * Numbers as on a machine that has just come up: swapper/N have task ids 0..nr_cpus-1 and pid 0,
 * then init, kthreadd and each cpu's kernel threads, then tasks that exist asleep; all others are
 * forked by init when their time comes.
 */
#include "proc/boot.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/children.h"
#include "proc/files.h"
#include "proc/fork.h"
#include "proc/freezer.h"
#include "proc/futex.h"
#include "proc/group.h"
#include "proc/hotplug.h"
#include "proc/irq.h"
#include "proc/irq_lines.h"
#include "proc/irq_threads.h"
#include "proc/kthreads.h"
#include "proc/poll.h"
#include "proc/quota.h"
#include "proc/stack.h"
#include "proc/rlimit.h"
#include "proc/shm.h"
#include "proc/signalfd.h"
#include "proc/sync.h"

enum { MAX_PROCS_DEFAULT = 4 * 1000 * 1000, NICE_LOWEST = -20, PRIORITY_STOPPER = 99 };
/* What a cpu has of its own, at most: swapper, cpuhp, migration, ksoftirqd, two kworkers. */
enum { THREADS_PER_CPU = 6 };

const struct sched_attr boot_attr = {.policy = POLICY_OTHER};

/* init waits for children, for ever; the END is never left. */
static const struct op init_ops[] = {
	{.code = OP_LOOP, .b = 2},
	{.code = OP_WAIT},
	{.code = OP_END},
	{.code = OP_EXIT},
};
static const struct program init_program = {init_ops, ARRAY_SIZE(init_ops), 1};

u32 boot_numbered_comm(struct proc_world *world, const char *before, u32 number, const char *after)
{
	size_t len = strnlen(before, COMM_LEN - 1), after_len = strnlen(after, COMM_LEN - 1);
	char comm[3 * COMM_LEN], digits[10];
	u32 nr = 0;

	memcpy(comm, before, len);
	do
		digits[nr++] = (char)('0' + number % 10);
	while (number /= 10);
	while (nr)
		comm[len++] = digits[--nr];
	memcpy(comm + len, after, after_len);
	return names_intern(world->names, comm, min_of(len + after_len, (size_t)COMM_LEN - 1));
}

struct proc *boot_new(struct proc_world *world, u32 comm)
{
	struct proc *proc = proc_new(world, comm, NULL, NULL);

	if (proc)
		return proc;
	if (world->nr_procs >= world->max_procs)
		proc_fail(
			world, NULL,
			"there is no place for '%s': with the kernel's own there may be %u tasks (threads_max)",
			names_text(world->names, comm),
			world->max_procs - world->workload->platform.nr_cpus);
	else
		proc_fail(world, NULL, "no process id is left for '%s' (pid_max %u)",
			  names_text(world->names, comm), world->pids.pid_max);
	return NULL;
}

void boot_introduce(struct proc_world *world, struct proc *proc)
{
	const struct proc *parent = proc->real_parent;

	record_birth(world, proc, RECORD_TASK, parent ? parent->task.id : TASK_ID_NONE);
	record_attr(world, proc);
	/* copy_process() counts each; cpu 0's idle task alone was not made by it. */
	world->total_forks += !(proc->task.flags & TASK_FLAG_IDLE) || proc->task.cpu;
}

static void boot_swapper(struct proc_world *world, u32 cpu, const struct cpumask *mask)
{
	u32 index;
	struct proc *idle = pool_get(&world->procs, &index);

	idle->index = index;
	idle->comm = boot_numbered_comm(world, "swapper/", cpu, "");
	idle->spec = SPEC_NONE;
	world->nr_procs++;
	sched_task_init(world->sched, &idle->task, world->next_task_id++, &boot_attr, mask, 0,
			TASK_FLAG_KTHREAD | TASK_FLAG_PER_CPU | TASK_FLAG_IDLE);
	sched_set_idle(world->sched, cpu, &idle->task);
	boot_introduce(world, idle);
}

/* init and kthreadd: the two that have no parent. */
static struct proc *boot_first(struct proc_world *world, const char *comm, u16 flags)
{
	struct proc *proc = boot_new(world, names_intern_str(world->names, comm));

	if (!proc)
		return NULL;
	proc->task.flags = flags;
	proc_join(world, proc, NULL, NULL);
	sched_task_init(world->sched, &proc->task, proc->task.id, &boot_attr, NULL,
			proc->process->mm, flags);
	proc->task.wakee_flips = world->workload->platform.wakee_flips;
	sched_park(world->sched, &proc->task, 0, TASK_INTERRUPTIBLE);
	boot_introduce(world, proc);
	return proc;
}

static struct proc *boot_kthread(struct proc_world *world, u32 comm, u32 cpu, u16 flags,
				 const struct sched_attr *attr, u16 state,
				 const struct cpumask *mask)
{
	struct proc *proc = boot_new(world, comm);

	if (!proc)
		return NULL;
	flags |= TASK_FLAG_KTHREAD;
	proc->task.flags = flags;
	proc_join(world, proc, world->kthreadd, NULL);
	sched_task_init(world->sched, &proc->task, proc->task.id, attr, mask, 0, flags);
	sched_park(world->sched, &proc->task, cpu, state);
	if (flags & TASK_FLAG_STOPPER)
		sched_set_stop(world->sched, cpu, &proc->task);
	boot_introduce(world, proc);
	return proc;
}

/* A thread of one cpu, with the cpu's number in its name. */
static struct proc *boot_cpu_thread(struct proc_world *world, const char *before, u32 cpu,
				    const char *after, u16 flags, const struct sched_attr *attr,
				    u16 state, const struct cpumask *mask)
{
	return boot_kthread(world, boot_numbered_comm(world, before, cpu, after), cpu,
			    flags | TASK_FLAG_PER_CPU, attr, state, mask);
}

/* sched_set_fifo_low(); kthread_prio of RCU. */
static const struct sched_attr fifo_low = {.policy = POLICY_FIFO, .rt_priority = 1};

static void boot_rt_threads(struct proc_world *world, u32 cpu, const struct cpumask *mask)
{
	struct cpu_threads *threads = &world->cpu_threads[cpu];

	if (world->workload->platform.rcu)
		threads->rcuc = boot_cpu_thread(world, "rcuc/", cpu, "", 0, &fifo_low,
						TASK_INTERRUPTIBLE, mask);
	if (sched_feature(world->sched, FEATURE_KTIMERS))
		threads->ktimers = boot_cpu_thread(world, "ktimers/", cpu, "", 0, &fifo_low,
						   TASK_INTERRUPTIBLE, mask);
}

static void boot_cpu_threads(struct proc_world *world, u32 cpu, const struct cpumask *mask)
{
	static const struct sched_attr stopper = {.policy = POLICY_FIFO,
						  .rt_priority = PRIORITY_STOPPER};
	static const struct sched_attr high = {.policy = POLICY_OTHER, .nice = NICE_LOWEST};
	bool all = world->workload->platform.kernel_threads;
	bool rt = world->workload->platform.preempt == PREEMPT_RT;
	struct cpu_threads *threads = &world->cpu_threads[cpu];

	if (all || hotplug_concerns(world, cpu))
		threads->cpuhp = boot_cpu_thread(world, "cpuhp/", cpu, "", 0, &boot_attr,
						 TASK_INTERRUPTIBLE, mask);
	boot_cpu_thread(world, "migration/", cpu, "", TASK_FLAG_STOPPER, &stopper,
			TASK_INTERRUPTIBLE, mask);
	if (rt)
		boot_rt_threads(world, cpu, mask);
	else if (!all && !irq_concerns(world, cpu))
		return;
	threads->ksoftirqd = boot_cpu_thread(world, "ksoftirqd/", cpu, "", 0, &boot_attr,
					     TASK_INTERRUPTIBLE, mask);
	if (threads->ksoftirqd && sched_feature(world->sched, FEATURE_PLACE_LAG))
		threads->ksoftirqd->task.fair.vlag = (s64)world->workload->platform.softirq_lag_ns;
	if (!all)
		return;
	boot_cpu_thread(world, "kworker/", cpu, ":0", 0, &boot_attr, TASK_IDLE, mask);
	boot_cpu_thread(world, "kworker/", cpu, ":0H", 0, &high, TASK_IDLE, mask);
}

struct proc *boot_bound_thread(struct proc_world *world, u32 comm, u32 cpu,
			       const struct sched_attr *attr)
{
	const struct cpumask *mask = world->cpu_threads[cpu].ksoftirqd->task.cpus;

	return boot_kthread(world, comm, cpu, TASK_FLAG_PER_CPU, attr, TASK_INTERRUPTIBLE, mask);
}

/* The one thread of all grace periods, bound to no cpu. */
static void boot_rcu(struct proc_world *world)
{
	bool rt = world->workload->platform.preempt == PREEMPT_RT;
	struct proc *thread =
		boot_kthread(world, names_intern_str(world->names, "rcu_preempt"), 0, 0,
			     rt ? &fifo_low : &boot_attr, TASK_IDLE, world->sched->all_cpus);

	if (!thread)
		return;
	rcu_init(world, thread);
	if (rt)
		rcu_threads_init(world);
}

static void boot_workers(struct proc_world *world, const struct cpumask *const *mask)
{
	u32 nr_cpus = world->sched->nr_cpus;
	struct proc **threads = arena_array(world->arena, struct proc *, nr_cpus);

	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		threads[cpu] = boot_cpu_thread(world, "kworker/", cpu, ":1", 0, &boot_attr,
					       TASK_IDLE, mask[cpu]);
		if (!threads[cpu])
			return;
	}
	worker_init(world, threads);
}

/* init sleeps in its first wait, as if it had called it before time 0. */
static void boot_init(struct proc_world *world)
{
	struct proc *init = boot_first(world, "init", 0);

	if (!init)
		return;
	world->init = init;
	init->process->is_init = init->process->has_executed = true;
	pgrp_begin(world, init->process);
	init->program = &init_program;
	init->pc = 1;
	wait_add(&init->process->child_wait, init, false);
}

static void boot_machine(struct proc_world *world)
{
	u32 nr_cpus = world->sched->nr_cpus;
	const struct cpumask **mask = arena_array(world->arena, const struct cpumask *, nr_cpus);

	world->cpu_threads = arena_array(world->arena, struct cpu_threads, nr_cpus);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		struct cpumask *m = cpumask_new(world->arena, nr_cpus);

		cpumask_set(m, cpu);
		mask[cpu] = m;
		boot_swapper(world, cpu, m);
	}
	boot_init(world);
	world->kthreadd = boot_first(world, "kthreadd", TASK_FLAG_KTHREAD);
	for (u32 cpu = 0; cpu < nr_cpus && !world->failure; cpu++)
		boot_cpu_threads(world, cpu, mask[cpu]);
	if (world->workload->platform.preempt == PREEMPT_RT && !world->failure) {
		bh_init(world);
		irq_threads_boot(world);
	}
	if (world->workload->platform.rcu && !world->failure)
		boot_rcu(world);
	if ((world->costs->free_stack || world->workload->platform.nr_work) && !world->failure)
		boot_workers(world, mask);
	pid_begin_above(&world->pids, world->workload->platform.last_pid);
}

/* The process of a deadline task learns that its budget was exceeded. */
static void tell_overrun(void *self, struct task *task)
{
	signal_send_code(self, proc_of(task), SIGNAL_XCPU, false, CODE_KERNEL);
}

static void init_pools(struct proc_world *world, const struct platform *platform)
{
	u64 line = 64, proc_size = (sizeof(struct proc) + line - 1) / line * line;

	/* Large chunks: see pool.c. */
	pool_init(&world->procs, proc_size, 10);
	pool_init(&world->processes, sizeof(struct process), 11);
	if (platform->kernel_threads) {
		pool_expect(&world->procs, platform->nr_cpus * THREADS_PER_CPU);
		pool_expect(&world->processes, platform->nr_cpus * THREADS_PER_CPU);
	}
	pool_init(&world->pgrps, sizeof(struct pgrp), 6);
	pool_init(&world->pidnses, sizeof(struct pidns), 4);
	pool_init(&world->pid_numbers, sizeof(struct pid_number), 6);
	pool_init(&world->unshared_pool, sizeof(struct pidns_unshared), 4);
	list_init(&world->unshared);
	mm_init(world);
	pool_init(&world->ptraces, sizeof(struct ptrace), 4);
	pool_init(&world->sighands, sizeof(struct sighand), 4);
	pool_init(&world->sig_mores, sizeof(struct sig_more), 4);
	pool_init(&world->sig_frames, sizeof(struct sig_frame), 4);
	rlimit_init(world);
	owned_init(world);
	quotas_init(world);
	kthreads_init(world);
	freezer_init(world);
	pool_init(&world->alarms, sizeof(struct alarm), 4);
	pool_init(&world->sig_tasks, sizeof(struct sig_task), 4);
	pool_init(&world->times, sizeof(struct process_times), 6);
	pool_init(&world->children, sizeof(struct children), 4);
	pool_init(&world->locks, sizeof(struct locks), 4);
	pool_init(&world->futex_extras, sizeof(struct futex_extra), 4);
	pool_init(&world->deep_loops, sizeof(struct loops), 4);
}

/* As nr_alive counts them: without kernel threads. */
static u32 processes_to_start(const struct workload *workload)
{
	u32 nr = 0;

	for (u32 i = 0; i < workload->nr_tasks; i++)
		nr += workload->tasks[i].is_template || workload->tasks[i].kthread
			      ? 0
			      : workload->tasks[i].count;
	return nr;
}

void proc_world_init(struct proc_world *world, struct arena *arena, struct sched *sched,
		     struct stream *stream, struct names *names, const struct workload *workload)
{
	const struct platform *platform = &workload->platform;
	u32 max_procs = world->max_procs        ? world->max_procs
			: platform->threads_max ? platform->threads_max + platform->nr_cpus
						: MAX_PROCS_DEFAULT;
	u32 most;

	*world = (struct proc_world){
		.sched = sched,
		.machine = sched->machine,
		.stream = stream,
		.workload = workload,
		.costs = &platform->costs,
		.arena = arena,
		.names = names,
		.max_procs = max_procs,
		.timer_slack_ns = workload->kernel.knobs.timer_slack_ns,
	};
	if (ptrace_is_used(workload)) {
		world->watches_calls = true;
		sched->machine->handlers.segment_end = interp_segment_end_watching;
	}
	init_pools(world, platform);
	world->kernel_ns = arena_array(arena, u64, platform->nr_cpus);
	world->group_kernel_ns = arena_array(arena, u64, world->workload->nr_groups);
	pid_space_init(&world->pids,
		       platform->pid_max ? platform->pid_max : pid_max_default(platform->nr_cpus));
	stacks_init(world);
	sync_init(world);
	irq_lines_init(world);
	fpu_init(world);
	sched->dl_overrun = tell_overrun;
	sched->dl_overrun_self = world;
	boot_machine(world);
	group_record_all(world);
	most = world->nr_alive + platform->most_processes;
	if (!world->failure)
		boot_workload(world);
	world->most_alive = world->most_at_begin = most + processes_to_start(world->workload);
	if (!world->failure)
		hotplug_init(world);
	if (!world->failure)
		irq_init(world);
}

void proc_world_fini(struct proc_world *world)
{
	pid_space_fini(&world->pids);
	for (u32 i = 0; i < world->pidnses.nr_used; i++)
		pid_space_fini(&((struct pidns *)pool_at(&world->pidnses, i))->pids);
	pool_fini(&world->pidnses);
	pool_fini(&world->pid_numbers);
	pool_fini(&world->unshared_pool);
	shms_fini(world);
	listeners_fini(world);
	mm_fini(world);
	pool_fini(&world->ptraces);
	rcu_fini(world);
	cow_fini(world);
	vec_fini(&world->call_counts);
	pool_fini(&world->procs);
	pool_fini(&world->processes);
	pool_fini(&world->pgrps);
	pool_fini(&world->sighands);
	pool_fini(&world->sig_mores);
	pool_fini(&world->sig_frames);
	pool_fini(&world->alarms);
	pipe_ends_fini(world);
	fs_fini(world);
	pool_fini(&world->limits);
	pool_fini(&world->sig_tasks);
	pool_fini(&world->times);
	pool_fini(&world->children);
	pool_fini(&world->locks);
	pool_fini(&world->futex_extras);
	pool_fini(&world->deep_loops);
	pool_fini(&world->io_requests);
	epolls_fini(world);
	polls_fini(world);
	kthreads_fini(world);
	quotas_fini(world);
	signalfds_fini(world);
	sockets_fini(world);
	sem_sets_fini(world);
	msg_queues_fini(world);
	mqueues_fini(world);
}
