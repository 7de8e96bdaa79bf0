/* SPDX-License-Identifier: MIT */
/*
 * Block devices: requests are served, a completion interrupts a cpu and wakes who sleeps for it.
 * Kernel: block layer, io_schedule(); reference: process.md 9.1, 9.2.
 *
 * The submitter sleeps in D (or killable) and counts as waiting for I/O on the cpu where it ran. If
 * the device is full it first sleeps for a place, in order of arrival.
 */
#include "base/ensure.h"
#include "proc/bh.h"
#include "proc/calls.h"
#include "proc/irq_lines.h"
#include "proc/sync.h"

struct device {
	const struct device_spec *spec;
	struct proc_world *world;
	struct rng_small rng;
	u32 in_device, in_service;
	struct list waiting; /* requests that are in it and not yet served */
	/* by cpu: those that are served, and wait for the interrupt's thread; NULL: it has none */
	struct list *done;
	struct wait_queue room;
};

struct io_request {
	struct timer timer;
	struct list link;
	struct device *device;
	u32 index;         /* in world->io_requests */
	u32 proc, task_id; /* of the submitter, who may be dead by then */
	u32 cpu;           /* where its completion is handled */
};

static struct list *lists_by_cpu(struct proc_world *world)
{
	struct list *lists = arena_array(world->arena, struct list, world->sched->nr_cpus);

	for (u32 cpu = 0; cpu < world->sched->nr_cpus; cpu++)
		list_init(&lists[cpu]);
	return lists;
}

void devices_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	pool_init(&world->io_requests, sizeof(struct io_request), 6);
	world->devices = arena_array(world->arena, struct device, w->nr_devices);
	for (u32 i = 0; i < w->nr_devices; i++) {
		struct device *device = &world->devices[i];

		device->spec = &w->devices[i];
		device->world = world;
		rng_small_init(&device->rng, w->seed, "device", i);
		list_init(&device->waiting);
		if (w->platform.preempt == PREEMPT_RT)
			device->done = lists_by_cpu(world);
		wait_queue_init(&device->room);
	}
}

/* ---- Service ---- */

static void serve(struct device *device, struct io_request *request)
{
	struct machine *machine = device->world->machine;
	u64 ns = 0;

	for (u32 i = 0; i < device->spec->nr_parts; i++)
		ns += dist_draw(&device->spec->part[i], &device->rng);
	device->in_service++;
	machine_timer_arm(machine, &request->timer, request->cpu,
			  min_of(machine->now + ns, (u64)NEVER));
}

static void wake_submitter(struct proc_world *world, const struct io_request *request)
{
	struct proc *proc = pool_at(&world->procs, request->proc);

	if (proc->task.id != request->task_id || proc->exit_state != PROC_ALIVE)
		return;
	if (--proc->io_pending == 0)
		sched_wake(world->sched, &proc->task, TASK_NORMAL, 0);
}

/* What the driver does. */
static void complete(struct io_request *request)
{
	struct device *device = request->device;
	struct proc_world *world = device->world;

	device->in_device--;
	wake_submitter(world, request);
	pool_put(&world->io_requests, request->index);
	wait_wake(world, &device->room, 1, TASK_NORMAL, 0, 0);
}

static void serve_next(struct device *device)
{
	struct io_request *next;

	if (list_empty(&device->waiting))
		return;
	next = list_first(&device->waiting, struct io_request, link);
	list_del(&next->link);
	serve(device, next);
}

/*
 * The interrupt of a completion, and the softirq behind it; or its thread does what the driver
 * does.
 */
static void request_is_done(struct machine *machine, struct timer *timer)
{
	struct io_request *request = container_of(timer, struct io_request, timer);
	struct device *device = request->device;
	struct proc_world *world = device->world;
	u32 number = (u32)(device - world->devices);

	device->in_service--;
	if (unlikely(device->done)) {
		cpu_enter_irq(machine, &machine->cpus[timer->cpu], world->costs->irq_entry);
		list_add_tail(&device->done[timer->cpu], &request->link);
	}
	irq_line_came(world, IRQ_OF_DEVICE, number * world->sched->nr_cpus + request->cpu,
		      timer->cpu);
	if (likely(!device->done)) {
		/*
		 * blk_mq_complete_request_remote(): one queue of several cpus completes in a
		 * softirq.
		 */
		machine->cpus[timer->cpu].irq_stat.softirqs[SOFTIRQ_BLOCK] +=
			device->spec->irq_cpu != IRQ_CPU_SUBMITTER && machine->nr_cpus > 1;
		cpu_steal_irq(machine, &machine->cpus[timer->cpu], world->costs->io_complete);
		complete(request);
	}
	serve_next(device);
}

/* ---- The interrupt's thread: a completion after the other ---- */

static u64 handler_begins(struct proc_world *world, u32 index unused_arg, u32 cpu unused_arg)
{
	return world->costs->io_complete;
}

static bool handler_ends(struct proc_world *world, u32 index, u32 cpu)
{
	struct list *done = &world->devices[index / world->sched->nr_cpus].done[cpu];
	struct io_request *request;

	if (list_empty(done))
		return false; /* that before has taken it along */
	request = list_first(done, struct io_request, link);
	list_del(&request->link);
	complete(request);
	return !list_empty(done);
}

const struct bh_job device_job = {.begin = handler_begins, .end = handler_ends};

static void submit(struct device *device, struct cpu *cpu, struct proc *proc)
{
	struct proc_world *world = device->world;
	u32 index;
	struct io_request *request = pool_get(&world->io_requests, &index);

	request->device = device;
	request->index = index;
	request->proc = proc->index;
	request->task_id = proc->task.id;
	request->cpu = device->spec->irq_cpu == IRQ_CPU_SUBMITTER ? cpu->id : device->spec->irq_cpu;
	timer_init(&request->timer, request_is_done, TIMER_RANK_DEVICE, index);
	device->in_device++;
	proc->io_pending++;
	if (device->in_service < device->spec->parallel)
		serve(device, request);
	else
		list_add_tail(&device->waiting, &request->link);
}

/* ---- The call ---- */

enum { IO_CALL, IO_SUBMIT, IO_FULL, IO_WAIT };

static void sleep_for_io(struct proc_world *world, struct cpu *cpu, struct proc *proc, u8 phase,
			 bool killable)
{
	proc->task.flags |= TASK_FLAG_IN_IOWAIT;
	proc_sleep_state(world, cpu, proc, phase, killable ? TASK_KILLABLE : TASK_UNINTERRUPTIBLE);
}

/* False: there is no room, it sleeps for it. */
static bool submit_all(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       struct device *device, bool killable)
{
	while (proc->wait_arg) {
		if (device->in_device == device->spec->depth) {
			wait_add(&device->room, proc, true);
			sleep_for_io(world, cpu, proc, IO_FULL, killable);
			return false;
		}
		submit(device, cpu, proc);
		proc->wait_arg--;
	}
	return true;
}

bool io_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	   u64 requests)
{
	struct device *device = &world->devices[op->b];
	bool killable = op->flags & OP_KILLABLE;

	switch (proc->phase) {
	case IO_CALL:
		proc->wait_arg = requests;
		if (!requests)
			return true;
		if (proc_pay(world, cpu, proc, world->costs->io_submit, IO_SUBMIT))
			return false;
		break;
	case IO_FULL:
		wait_finish(proc);
		break;
	}
	if (!submit_all(world, cpu, proc, device, killable))
		return false;
	if (!proc->io_pending)
		return true;
	sleep_for_io(world, cpu, proc, IO_WAIT, killable);
	return false;
}
