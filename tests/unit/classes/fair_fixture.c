/* SPDX-License-Identifier: MIT */
/* One cpu of a machine, driven by hand. */
#include "fair_fixture.h"

#include "classes/fair_eevdf.h"

#include <stdio.h>
#include <string.h>

void fixture_init(struct fixture *f, struct fixture_options options)
{
	const char *error = NULL;

	fixture_fini(f);
	*f = (struct fixture){.up = true};
	arena_init(&f->arena);
	platform_init(&f->platform);
	f->platform.nr_cpus = options.cpus;
	f->platform.hz = options.hz ? options.hz : 250;
	f->platform.costs = (struct costs){0};
	cr_assert(platform_complete(&f->platform, &f->arena, &error), "%s", error);
	f->kernel = kernel_for_cpus(kernel_find(options.kernel), options.cpus);
	f->kernel.features &= ~options.features_off;
	f->kernel.features |= options.features_on;
	machine_init(&f->machine, &f->arena, &f->platform, (struct machine_handlers){0});
	stream_init(&f->stream, NULL, options.cpus);
	sched_init(&f->sched, &f->arena, &f->machine, &f->kernel, &f->platform, sched_classes,
		   &sched_balancer, &f->stream, 1);
	f->rq = sched_rq(&f->sched, 0);
	f->queue = &f->rq->fair;
	f->cpu = &f->machine.cpus[0];
	f->pinned = cpumask_new(&f->arena, options.cpus);
	cpumask_set(f->pinned, 0);
	for (u32 cpu = 0; cpu < options.cpus; cpu++)
		sched_set_idle(&f->sched, cpu, &f->idle[cpu]);
}

void fixture_fini(struct fixture *f)
{
	if (!f->up)
		return;
	f->up = false;
	sched_fini(&f->sched);
	stream_fini(&f->stream);
	machine_fini(&f->machine);
	arena_fini(&f->arena);
}

struct task *fixture_task(struct fixture *f, struct sched_attr attr)
{
	struct task *task = &f->tasks[f->nr_tasks++];

	cr_assert(f->nr_tasks <= FIXTURE_TASKS);
	sched_task_init(&f->sched, task, f->nr_tasks, &attr, f->pinned, 1, 0);
	return task;
}

struct task *fixture_nice(struct fixture *f, s32 nice)
{
	return fixture_task(f, (struct sched_attr){.nice = (s8)nice});
}

void fixture_start(struct fixture *f, struct task *task)
{
	sched_wake_new(&f->sched, task);
}

void fixture_advance(struct fixture *f, u64 ns)
{
	f->machine.now += ns;
}

struct task *fixture_schedule(struct fixture *f)
{
	sched_preempt_point(&f->sched, f->cpu);
	return f->rq->curr;
}

void fixture_tick(struct fixture *f)
{
	sched_tick(&f->sched, f->cpu);
	fixture_schedule(f);
}

void fixture_sleep(struct fixture *f)
{
	sched_block(&f->sched, f->cpu, TASK_INTERRUPTIBLE);
}

bool fixture_wake(struct fixture *f, struct task *task)
{
	cr_assert(sched_wake(&f->sched, task, TASK_NORMAL, 0));
	return f->rq->need_resched;
}

char fixture_name(const struct fixture *f, const struct task *task)
{
	return task == f->rq->idle ? '-' : (char)('A' + (task - f->tasks));
}

void fixture_timeline(struct fixture *f, u64 tick, u64 end, char *out, size_t size)
{
	struct task *last = NULL;
	size_t len = 0;

	out[0] = '\0';
	fixture_schedule(f);
	while (f->machine.now < end) {
		if (f->rq->curr != last) {
			last = f->rq->curr;
			len += (size_t)snprintf(out + len, size - len, "%s%" PRIu64 "%c",
						len ? " " : "", (u64)(f->machine.now / MSEC),
						fixture_name(f, last));
		}
		fixture_advance(f, tick);
		fixture_tick(f);
	}
}

struct task *fixture_sleeper(struct fixture *f, struct sched_attr attr)
{
	struct task *task = fixture_task(f, attr);

	sched_park(&f->sched, task, 0, TASK_INTERRUPTIBLE);
	return task;
}

struct task *fixture_lone_hog(struct fixture *f)
{
	struct task *hog = fixture_nice(f, 0);

	fixture_start(f, hog);
	fixture_schedule(f);
	for (u32 i = 0; i < 2; i++) {
		fixture_advance(f, 4 * MSEC);
		fixture_tick(f);
	}
	cr_assert_eq(f->rq->curr, hog);
	return hog;
}

void fixture_put_at(struct fixture *f, struct task *task, u64 vruntime, u64 deadline)
{
	bool curr = f->queue->curr == &task->fair;

	if (!curr)
		eevdf_erase(f->queue, &task->fair);
	task->fair.vruntime = vruntime;
	task->fair.deadline = deadline;
	if (!curr)
		eevdf_insert(f->queue, &task->fair);
}

s64 fixture_lag(const struct fixture *f, const struct task *task)
{
	return (s64)(eevdf_virtual_time(f->queue) - task->fair.vruntime);
}
