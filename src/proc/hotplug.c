/* SPDX-License-Identifier: MIT */
/*
 * Cpu hotplug: one request after the other, each a walk of cpuhp/N over the states of kernel/cpu.c
 * that matter for scheduling.
 *
 * Down, on the cpu: inactive and balance_push (AP_ACTIVE), a grace period, out of the domains,
 * ksoftirqd parked (AP_SMPBOOT_THREADS), the queue empty (AP_SCHED_WAIT_EMPTY). Then cpuhp parks
 * itself, and while all cpus stand still in their stoppers, it dies. Up: the cpu starts, cpuhp and
 * ksoftirqd are unparked, the cpu becomes active.
 */
#include "proc/hotplug.h"

#include "base/ensure.h"
#include "proc/irq.h"
#include "sched/hotplug.h"

enum step {
	STEP_NONE,
	DOWN_INACTIVE,
	DOWN_LEAVE_DOMAINS,
	DOWN_PARK,
	DOWN_WAIT_EMPTY,
	DOWN_DONE,
	DOWN_PARK_SELF,
	UP_UNPARK,
	UP_ACTIVE,
	UP_DONE,
};

/* What hotplug knows of one cpu. */
struct hotplug_cpu {
	struct proc *cpuhp, *ksoftirqd; /* NULL: does not exist */
	u8 step;                        /* enum step: what cpuhp does next */
	bool parking, parked;           /* ksoftirqd shall park, has parked */
	struct stop_work work;          /* of its stopper, in stop_machine */
	bool came;                      /* its stopper has come to that */
};

struct hotplug {
	struct proc_world *world;
	struct hotplug_cpu *cpus;
	u32 next;           /* event */
	u32 nr_missing;     /* stoppers that have not come to stop_all() yet */
	u32 nr_stopping;    /* those that have not left it yet */
	bool busy;          /* with the event before `next` */
	u32 cpu;            /* of that event */
	struct timer event; /* the next one is due */
	struct timer
		wait; /* of the one under way: a grace period, the way to or from another cpu */
};

static struct hotplug_cpu *cpu_under_way(struct hotplug *hp)
{
	return &hp->cpus[hp->cpu];
}

static void wait_on(struct hotplug *hp, u32 cpu, u64 ns, timer_fn then)
{
	timer_init(&hp->wait, then, TIMER_RANK_HOTPLUG, UINT32_MAX - 1);
	machine_timer_arm(hp->world->machine, &hp->wait, cpu, hp->world->machine->now + ns);
}

static void wake(struct hotplug *hp, struct proc *proc, u16 mask)
{
	sched_wake(hp->world->sched, &proc->task, mask, 0);
}

/* ---- The stop of all cpus ---- */

static void next_event(struct hotplug *hp);

static void request_ends(struct hotplug *hp)
{
	hp->busy = false;
	next_event(hp);
}

/* On the first active cpu. */
static void cpu_is_dead(struct machine *machine, struct timer *timer)
{
	struct hotplug *hp = container_of(timer, struct hotplug, wait);

	irq_take_over(hp->world, &machine->cpus[timer->cpu], hp->cpu);
	request_ends(hp);
}

/*
 * Who came earlier spins, with interrupts on, until the last one is here. False: this is not yet
 * so.
 */
static bool all_came(struct hotplug *hp, struct sched *sched, u32 this_cpu)
{
	if (hp->cpus[this_cpu].came)
		/* a schedule() that finds nobody better ends the spin as well */
		return !hp->nr_missing;
	hp->cpus[this_cpu].came = true;
	if (--hp->nr_missing)
		return false;
	cpumask_for_each (cpu, sched->rd.online)
		if (cpu != this_cpu)
			sched_spin_ends(sched, sched_rq(sched, cpu)->stop);
	return true;
}

/* multi_cpu_stop(): then interrupts are off everywhere until the one has gone. */
static void stop_all(struct sched *sched, struct cpu *cpu, struct stop_work *work)
{
	struct hotplug *hp = work->arg;

	if (!all_came(hp, sched, cpu->id)) {
		work->spins = true;
		return;
	}
	cpu_steal(sched->machine, cpu, sched->platform->costs.stop_machine);
	if (cpu->id == work->dest_cpu)
		sched_cpu_dying(sched, cpu->id);
	/* The next request may need the works of all cpus again. */
	if (--hp->nr_stopping)
		return;
	rcu_cpu_gone(hp->world, hp->cpu, cpumask_next(sched->rd.active, 0));
	if (unlikely(irq_leaves_work(hp->world, hp->cpu)))
		wait_on(hp, cpumask_next(sched->rd.active, 0), hp->world->costs->ipi, cpu_is_dead);
	else
		request_ends(hp);
}

/* The requester's part, on the first active cpu: stop_machine(take_cpu_down). */
static void take_down(struct machine *machine unused_arg, struct timer *timer)
{
	struct hotplug *hp = container_of(timer, struct hotplug, wait);
	struct sched *sched = hp->world->sched;

	hp->nr_missing = hp->nr_stopping = cpumask_count(sched->rd.online);
	cpumask_for_each (cpu, sched->rd.online) {
		hp->cpus[cpu].came = false;
		hp->cpus[cpu].work =
			(struct stop_work){.fn = stop_all, .arg = hp, .dest_cpu = hp->cpu};
		sched_stop_cpu(sched, cpu, &hp->cpus[cpu].work);
	}
}

/* takedown_cpu(): who has taken the cpu down so far parks before it goes. */
static void park_cpuhp(struct machine *machine unused_arg, struct timer *timer)
{
	struct hotplug *hp = container_of(timer, struct hotplug, wait);

	wake(hp, cpu_under_way(hp)->cpuhp, TASK_NORMAL);
}

/* ---- The steps of cpuhp/N ---- */

/* A step's own work. True: the segment has begun. */
static bool pay(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	proc->task.flags |= TASK_FLAG_IN_KERNEL;
	proc->task.work_left = world->costs->hotplug_step;
	if (!proc->task.work_left)
		return false;
	sched_continue(world->sched, cpu);
	return true;
}

static void grace_period_is_over(struct machine *machine unused_arg, struct timer *timer)
{
	struct hotplug *hp = container_of(timer, struct hotplug, wait);

	wake(hp, cpu_under_way(hp)->cpuhp, TASK_UNINTERRUPTIBLE);
}

/* kthread_park(): true if there is something to wait for. */
static bool park_ksoftirqd(struct hotplug *hp, struct hotplug_cpu *at)
{
	if (!at->ksoftirqd || at->parked)
		return false;
	if (!at->parking) {
		at->parking = true;
		wake(hp, at->ksoftirqd, TASK_NORMAL);
	}
	return true;
}

/* The next step. True: the thread sleeps or works, and the cpu may have switched. */
static bool take_step(struct hotplug *hp, struct hotplug_cpu *at, struct cpu *cpu)
{
	struct proc_world *world = hp->world;
	struct sched *sched = world->sched;
	struct rq *rq = sched_rq(sched, cpu->id);

	switch ((enum step)at->step) {
	case DOWN_INACTIVE:
		if (sched_feature(sched, FEATURE_HOTPLUG_ASKS_FIRST) &&
		    !sched_cpu_may_leave(sched, cpu->id)) {
			at->step = UP_DONE;
			return false;
		}
		sched_cpu_deactivate(sched, cpu->id);
		at->step = DOWN_LEAVE_DOMAINS;
		wait_on(hp, cpu->id, world->costs->hotplug_rcu, grace_period_is_over);
		sched_block(sched, cpu, TASK_UNINTERRUPTIBLE);
		return true;
	case DOWN_LEAVE_DOMAINS:
		if (!sched_feature(sched, FEATURE_HOTPLUG_ASKS_FIRST) &&
		    !sched_cpu_may_leave(sched, cpu->id)) {
			sched_cpu_stay(sched, cpu->id);
			at->step = UP_DONE;
			return false;
		}
		sched_cpu_leave_domains(sched, cpu->id);
		at->step = DOWN_PARK;
		return pay(world, cpu, at->cpuhp);
	case DOWN_PARK:
		if (park_ksoftirqd(hp, at)) {
			sched_block(sched, cpu, TASK_UNINTERRUPTIBLE);
			return true;
		}
		at->step = DOWN_WAIT_EMPTY;
		return false;
	case DOWN_WAIT_EMPTY:
		if (!sched_cpu_is_empty(sched, cpu->id)) {
			rq->hotplug_waiter = &at->cpuhp->task;
			sched_block(sched, cpu, TASK_UNINTERRUPTIBLE);
			return true;
		}
		rq->hotplug_waiter = NULL;
		at->step = DOWN_DONE;
		return pay(world, cpu, at->cpuhp);
	case DOWN_DONE:
		at->step = DOWN_PARK_SELF;
		wait_on(hp, cpumask_next(sched->rd.active, 0), world->costs->ipi, park_cpuhp);
		break;
	case DOWN_PARK_SELF:
		at->step = STEP_NONE;
		wait_on(hp, cpumask_next(sched->rd.active, 0), world->costs->ipi, take_down);
		sched_block(sched, cpu, TASK_PARKED);
		return true;
	case UP_UNPARK:
		at->parking = at->parked = false;
		if (at->ksoftirqd)
			wake(hp, at->ksoftirqd, TASK_PARKED);
		at->step = UP_ACTIVE;
		return pay(world, cpu, at->cpuhp);
	case UP_ACTIVE:
		sched_cpu_activate(sched, cpu->id);
		at->step = UP_DONE;
		return pay(world, cpu, at->cpuhp);
	case UP_DONE:
		at->step = STEP_NONE;
		request_ends(hp);
		break;
	case STEP_NONE:
		break;
	}
	sched_block(sched, cpu, TASK_INTERRUPTIBLE);
	return true;
}

/* smpboot_thread_fn() of ksoftirqd: it parks if it shall. */
static bool ksoftirqd_step(struct hotplug *hp, struct hotplug_cpu *at, struct cpu *cpu)
{
	if (!at->parking || at->parked || irq_thread_is_at_work(hp->world, cpu->id))
		return false;
	at->parked = true;
	wake(hp, at->cpuhp, TASK_UNINTERRUPTIBLE);
	sched_block(hp->world->sched, cpu, TASK_PARKED);
	return true;
}

bool hotplug_thread_step(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct hotplug *hp = world->hotplug;
	struct hotplug_cpu *at;

	if (!hp)
		return false;
	at = &hp->cpus[cpu->id];
	if (proc == at->ksoftirqd)
		return ksoftirqd_step(hp, at, cpu);
	if (proc != at->cpuhp)
		return false;
	proc->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
	while (!take_step(hp, at, cpu))
		;
	return true;
}

/* ---- Events ---- */

/* The cpu has booted: cpuhp brings up the rest. On the cpu itself. */
static void cpu_runs(struct machine *machine, struct timer *timer)
{
	struct hotplug *hp = container_of(timer, struct hotplug, wait);

	sched_cpu_starting(hp->world->sched, machine->acting);
	wake(hp, cpu_under_way(hp)->cpuhp, TASK_NORMAL | TASK_PARKED);
}

static void begin(struct hotplug *hp, const struct cpu_event *event)
{
	struct hotplug_cpu *at = &hp->cpus[event->cpu];

	hp->busy = true;
	hp->cpu = event->cpu;
	hp->next++;
	at->step = event->online ? UP_UNPARK : DOWN_INACTIVE;
	if (event->online)
		wait_on(hp, event->cpu, hp->world->costs->hotplug_boot, cpu_runs);
	else
		wake(hp, at->cpuhp, TASK_NORMAL);
}

/* An event that comes while another is under way waits for it, as for cpu_hotplug_lock. */
static void next_event(struct hotplug *hp)
{
	const struct workload *workload = hp->world->workload;

	if (hp->busy || hp->next == workload->nr_cpu_events)
		return;
	machine_timer_arm(hp->world->machine, &hp->event, 0, workload->cpu_events[hp->next].at);
}

static void event_is_due(struct machine *machine unused_arg, struct timer *timer)
{
	struct hotplug *hp = container_of(timer, struct hotplug, event);
	const struct cpu_event *event = &hp->world->workload->cpu_events[hp->next];

	if (cpumask_test(hp->world->sched->rd.online, event->cpu) != event->online) {
		begin(hp, event);
		return;
	}
	/* It had been refused to go offline, so it need not come back. */
	hp->next++;
	next_event(hp);
}

/* ---- Set-up ---- */

bool hotplug_concerns(const struct proc_world *world, u32 cpu)
{
	for (u32 i = 0; i < world->workload->nr_cpu_events; i++)
		if (world->workload->cpu_events[i].cpu == cpu)
			return true;
	return false;
}

void hotplug_init(struct proc_world *world)
{
	struct hotplug *hp;

	if (!world->workload->nr_cpu_events)
		return;
	hp = arena_new(world->arena, struct hotplug);
	*hp = (struct hotplug){.world = world};
	hp->cpus = arena_array(world->arena, struct hotplug_cpu, world->sched->nr_cpus);
	for (u32 cpu = 0; cpu < world->sched->nr_cpus; cpu++) {
		hp->cpus[cpu].cpuhp = world->cpu_threads[cpu].cpuhp;
		hp->cpus[cpu].ksoftirqd = world->cpu_threads[cpu].ksoftirqd;
	}
	world->hotplug = hp;
	timer_init(&hp->event, event_is_due, TIMER_RANK_HOTPLUG, UINT32_MAX);
	next_event(hp);
}
