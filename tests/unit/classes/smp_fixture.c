/* SPDX-License-Identifier: MIT */
/* A machine of several cpus that runs by itself. */
#include "smp_fixture.h"

#include <stdlib.h>
#include <string.h>

static void segment_end(void *self, struct cpu *cpu)
{
	struct smp *smp = self;
	struct rq *rq = sched_rq(&smp->sched, cpu->id);
	struct smp_task *task = container_of(rq->curr, struct smp_task, task);

	if (rq->curr == rq->stop) {
		sched_stopper_step(&smp->sched, cpu);
		return;
	}
	if (sched_preempt_point(&smp->sched, cpu))
		return;
	if (rq->curr->flags & TASK_FLAG_THROTTLE && sched_throttle_point(&smp->sched, cpu))
		return;
	task->waits = false;
	if (task->task.work_left && smp->machine.now < task->end) {
		sched_continue(&smp->sched, cpu); /* it only looked whether it is throttled */
		return;
	}
	if (smp->machine.now >= task->end) {
		sched_block(&smp->sched, cpu, TASK_INTERRUPTIBLE);
	} else if (task->sleep) {
		machine_timer_arm(&smp->machine, &task->timer, cpu->id,
				  smp->machine.now + task->sleep);
		task->task.work_left = task->run;
		sched_block(&smp->sched, cpu, TASK_INTERRUPTIBLE);
	} else {
		task->task.work_left = task->run;
		sched_continue(&smp->sched, cpu);
	}
}

static void wake(struct machine *machine, struct timer *timer)
{
	struct smp_task *task = container_of(timer, struct smp_task, timer);
	struct smp *smp = container_of(machine, struct smp, machine);

	task->waits = true;
	cr_assert(sched_wake(&smp->sched, &task->task, TASK_NORMAL, 0));
}

static void count_moves(void *self, const struct record *batch, size_t count)
{
	struct smp *smp = self;

	for (size_t i = 0; i < count; i++)
		if (batch[i].kind == RECORD_MIGRATE &&
		    batch[i].value >> 32 == RECORD_MOVE_BALANCE && batch[i].task >= 1 &&
		    batch[i].task <= SMP_TASKS)
			smp->tasks[batch[i].task - 1].moved++;
}

static void boot_cpu(struct smp *smp, u32 cpu)
{
	struct sched *sched = &smp->sched;
	struct cpumask *mask = cpumask_new(&smp->arena, sched->nr_cpus);
	u16 flags = TASK_FLAG_KTHREAD | TASK_FLAG_PER_CPU;

	cpumask_set(mask, cpu);
	sched_task_init(sched, &smp->idle[cpu], 1000 + cpu, &(struct sched_attr){0}, mask, 0,
			flags | TASK_FLAG_IDLE);
	sched_set_idle(sched, cpu, &smp->idle[cpu]);
	sched_task_init(sched, &smp->stop[cpu], 2000 + cpu, &(struct sched_attr){0}, mask, 0,
			flags | TASK_FLAG_STOPPER);
	sched_park(sched, &smp->stop[cpu], cpu, TASK_INTERRUPTIBLE);
	sched_set_stop(sched, cpu, &smp->stop[cpu]);
}

static void set_platform(struct smp *smp, struct smp_options o)
{
	struct platform *platform = &smp->platform;
	const char *error = NULL;

	platform_init(platform);
	platform->sockets = o.sockets;
	platform->cores = o.cores;
	platform->threads = o.threads;
	platform->llc_cores = o.llc_cores;
	platform->cluster_cores = o.cluster_cores;
	platform->hz = o.hz ? o.hz : 250;
	platform->preempt = PREEMPT_FULL;
	platform->nohz_idle = !o.no_nohz;
	platform->nohz_from_ns = o.nohz_from_ns;
	platform->costs =
		(struct costs){.balance_domain = o.balance_cost, .softirq_balance = o.softirq_ns};
	cr_assert(platform_complete(platform, &smp->arena, &error), "%s", error);
	cr_assert(platform->nr_cpus <= SMP_CPUS);
}

/* "A", "B", ... by order of creation; stoppers are "stop0", ... */
static void identify(void *arg unused_arg, const struct task *task, u32 *pid, const char **comm)
{
	static const char *const names[] = {"A", "B", "C", "D", "E", "F"};
	static const char *const stops[] = {"stop0", "stop1", "stop2", "stop3"};

	*pid = task->id;
	*comm = "other";
	if (task->id >= 1 && task->id <= ARRAY_SIZE(names))
		*comm = names[task->id - 1];
	else if (task->id >= 2000 && task->id < 2000 + ARRAY_SIZE(stops))
		*comm = stops[task->id - 2000];
}

struct smp *smp_new(struct smp_options o)
{
	struct smp *smp = aligned_alloc(64, div_round_up(sizeof(*smp), 64) * 64);

	*smp = (struct smp){0};
	arena_init(&smp->arena);
	set_platform(smp, o);
	smp->kernel =
		kernel_for_cpus(kernel_find(o.kernel ? o.kernel : "v6.18"), smp->platform.nr_cpus);
	smp->kernel.features = (smp->kernel.features & ~o.features_off) | o.features_on;
	machine_init(&smp->machine, &smp->arena, &smp->platform,
		     (struct machine_handlers){
			     .self = &smp->sched,
			     .segment_self = smp,
			     .segment_end = segment_end,
			     .ipi = sched_ipi,
			     .tick = sched_tick,
			     .resched = sched_resched,
			     .irq_exit = sched_irq_exit,
		     });
	stream_init(&smp->stream, NULL, smp->platform.nr_cpus);
	stream_add_sink(&smp->stream, (struct sink){.self = smp,
						    .take = count_moves,
						    .wants = RECORD_BIT(MIGRATE)});
	memcpy(smp->classes, sched_classes, sizeof(smp->classes));
	if (o.policy)
		smp->classes[CLASS_EXT] = &ext_class;
	sched_init(&smp->sched, &smp->arena, &smp->machine, &smp->kernel, &smp->platform,
		   smp->classes, &sched_balancer, &smp->stream, 1);
	if (o.policy)
		smp->ext = ext_new(&smp->sched, &smp->arena,
				   &(struct ext_config){
					   .policy = o.policy,
					   .timeout_ns = o.ext_timeout,
					   .unload_ns = NEVER,
					   .identify = identify,
				   });
	for (u32 cpu = 0; cpu < smp->sched.nr_cpus; cpu++)
		boot_cpu(smp, cpu);
	machine_start(&smp->machine);
	return smp;
}

void smp_free(struct smp *smp)
{
	if (smp->ext)
		ext_free(smp->ext);
	sched_fini(&smp->sched);
	stream_fini(&smp->stream);
	machine_fini(&smp->machine);
	arena_fini(&smp->arena);
	free(smp);
}

struct smp_task *smp_task(struct smp *smp, struct sched_attr attr, const struct cpumask *cpus,
			  u64 run, u64 sleep)
{
	struct smp_task *task = &smp->tasks[smp->nr_tasks++];

	cr_assert(smp->nr_tasks <= SMP_TASKS);
	task->run = run;
	task->sleep = sleep;
	task->end = NEVER;
	timer_init(&task->timer, wake, TIMER_RANK_TASK, smp->nr_tasks);
	sched_task_init(&smp->sched, &task->task, smp->nr_tasks, &attr, cpus, 1, 0);
	task->task.work_left = run;
	return task;
}

struct cpumask *smp_mask(struct smp *smp, const char *cpus)
{
	struct cpumask *mask = cpumask_new(&smp->arena, smp->sched.nr_cpus);
	const char *error = NULL;

	cr_assert(cpumask_parse(mask, cpus, &error), "%s", error);
	return mask;
}

void smp_start(struct smp *smp, struct smp_task *task, u32 cpu)
{
	u32 acting = smp->machine.acting;

	smp->machine.acting = cpu;
	task->task.cpu = task->task.wake_cpu = (u16)cpu;
	task->task.fair.queue = &smp->sched.rqs[cpu].fair;
	sched_wake_new(&smp->sched, &task->task);
	for (u32 i = 0; i < smp->sched.nr_cpus; i++)
		machine_refresh(&smp->machine, &smp->machine.cpus[i]);
	smp->machine.acting = acting;
}

void smp_run(struct smp *smp, u64 until)
{
	while (machine_step(&smp->machine, until))
		if (smp->check)
			smp->check(smp);
	stream_flush(&smp->stream);
}

struct smp_task *smp_hog_on(struct smp *smp, u32 cpu)
{
	struct cpumask *mask = cpumask_new(&smp->arena, smp->sched.nr_cpus);
	struct smp_task *task;

	cpumask_set(mask, cpu);
	task = smp_task(smp, (struct sched_attr){0}, mask, SEC, 0);
	smp_start(smp, task, cpu);
	return task;
}

u32 smp_nr(const struct smp *smp, u32 cpu)
{
	return smp->sched.rqs[cpu].nr_running;
}

void smp_make_busy(struct smp *smp, u32 cpu)
{
	struct rq *rq = smp_rq(smp, cpu);

	rq->curr = &smp->busy;
	if (!smp->busy.fair.queue)
		smp->busy.fair.queue = &rq->fair;
	rq->nr_running = 1;
	cpumask_clear(smp->sched.rd.idle, cpu);
}

struct task *smp_waking_task(struct smp *smp, const char *cpus)
{
	return &smp_task(smp, (struct sched_attr){0}, cpus ? smp_mask(smp, cpus) : NULL, MSEC, 0)
			->task;
}
