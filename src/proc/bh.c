/* SPDX-License-Identifier: MIT */
/* Softirqs of a PREEMPT_RT kernel. */
#include "proc/bh.h"

#include "base/ensure.h"
#include "machine/soft_timers.h"
#include "proc/irq.h"
#include "proc/sync.h"

struct bh_cpu {
	struct proc_world *world;
	struct list threads;                   /* bh_thread.link */
	struct bh_thread *ksoftirqd, *ktimers; /* ktimers NULL: ksoftirqd does timers, too */
	struct bh_thread *owner;               /* in its section: local_bh_disable() */
	struct list waiters; /* proc.wait.link: by priority, in order of arrival */
	bool balance_raised; /* SCHED_SOFTIRQ */
	u8 timers_raised;    /* TIMER_SOFT: HRTIMER_SOFTIRQ; TIMER_WHEEL: TIMER_SOFTIRQ */
	u8 ktimers_raised;   /* the same, until ktimers takes it over */
	bool balance_now;    /* the round under way has it still before it, */
	u8 timers_now;       /* and these, too */
	u64 timers_as_of;    /* its pass of soft timers began then; NEVER: it has not */
	u32 restarts_left;
	u64 until; /* jiffies */
};

struct bh {
	struct bh_cpu *cpus;
	struct bh_thread *own; /* of each cpu: ksoftirqd, ktimers */
};

static struct bh_cpu *bh_of(const struct proc_world *world, u32 cpu)
{
	return &world->bh->cpus[cpu];
}

/* ---- The lock ---- */

static struct proc *first_waiter(const struct bh_cpu *bh)
{
	return list_empty(&bh->waiters)
		       ? NULL
		       : container_of(list_first(&bh->waiters, struct wait_entry, link),
				      struct proc, wait);
}

static void queue(struct bh_cpu *bh, struct proc *proc)
{
	struct list *at = &bh->waiters;

	while (at->prev != &bh->waiters &&
	       pi_waiter_prio(container_of(list_entry(at->prev, struct wait_entry, link),
					   struct proc, wait)) > pi_waiter_prio(proc))
		at = at->prev;
	list_insert_between(&proc->wait.link, at->prev, at);
}

/* try_to_take_rt_mutex(): free, it goes to the first that waits, or to one that is stronger. */
static bool may_take(const struct bh_cpu *bh, const struct proc *proc)
{
	const struct proc *first = first_waiter(bh);

	return !bh->owner &&
	       (!first || first == proc || pi_waiter_prio(proc) < pi_waiter_prio(first));
}

static void boost(struct bh_cpu *bh, struct bh_thread *owner)
{
	const struct proc *first = bh->owner == owner ? first_waiter(bh) : NULL;

	sched_set_boost(bh->world->sched, &owner->proc->task, first ? &first->task : NULL);
}

/* False: it sleeps, and tries again when it is woken. */
static bool enter(struct bh_cpu *bh, struct cpu *cpu, struct bh_thread *thread)
{
	struct proc *proc = thread->proc;
	bool waits = wait_linked(&proc->wait);

	if (may_take(bh, proc)) {
		if (waits)
			list_del(&proc->wait.link);
		bh->owner = thread;
		if (!list_empty(&bh->waiters))
			boost(bh, thread);
		return true;
	}
	if (!waits)
		queue(bh, proc);
	if (bh->owner)
		boost(bh, bh->owner);
	sched_block(bh->world->sched, cpu, TASK_UNINTERRUPTIBLE); /* TASK_RTLOCK_WAIT: D */
	return false;
}

/* The boost ends before the next one is woken. */
static void leave(struct bh_cpu *bh)
{
	struct bh_thread *thread = bh->owner;
	struct proc *first = first_waiter(bh);

	bh->owner = NULL;
	if (!first)
		return;
	boost(bh, thread);
	sched_wake(bh->world->sched, &first->task, TASK_UNINTERRUPTIBLE, 0);
}

/* ---- What is raised ---- */

static bool is_raised(const struct bh_cpu *bh, u32 cpu)
{
	return bh->timers_raised || bh->balance_raised || irq_is_raised(bh->world, cpu);
}

/* Whoever waits for the lock is woken by that alone: TASK_RTLOCK_WAIT is no part of TASK_NORMAL. */
static void wake(const struct bh_cpu *bh, const struct bh_thread *thread)
{
	sched_wake(bh->world->sched, &thread->proc->task, TASK_INTERRUPTIBLE, 0);
}

void bh_ask(struct bh_thread *thread)
{
	thread->asked = true;
	wake(thread->bh, thread);
}

void bh_raise(struct proc_world *world, u32 cpu)
{
	struct bh_cpu *bh = bh_of(world, cpu);

	/* Who is in its section does it on its way out. */
	if (!bh->owner)
		wake(bh, bh->ksoftirqd);
}

static void balance_is_due(void *self, u32 cpu)
{
	bh_of(self, cpu)->balance_raised = true;
	bh_raise(self, cpu);
}

void bh_raise_timers(struct proc_world *world, u32 cpu, enum timer_softness kind)
{
	struct bh_cpu *bh = bh_of(world, cpu);

	if (bh->ktimers) {
		bh->ktimers_raised |= kind;
		wake(bh, bh->ktimers);
	} else {
		bh->timers_raised |= kind;
		bh_raise(world, cpu);
	}
}

/* The interrupt of timers that expire in a softirq. */
static void timers_are_due(struct machine *machine, struct cpu *cpu, enum timer_softness kind)
{
	struct proc_world *world = proc_world_of(machine);
	const struct costs *costs = world->costs;
	u64 entry = costs->irq_entry + costs->timer_entry;

	cpu_enter_irq(machine, cpu, entry - min_of(entry, costs->timer_work));
	cpu_serve_timer(machine, cpu, costs->timer + sched_irq_jitter(world->sched));
	bh_raise_timers(world, cpu->id, kind);
}

/* ---- Rounds of softirqs, in a section ---- */

/* The owner is busy for @ns, in the kernel. */
static bool work(struct bh_cpu *bh, struct cpu *cpu, enum bh_stage stage, u64 ns)
{
	struct task *task = &bh->owner->proc->task;

	bh->owner->stage = (u8)stage;
	task->flags |= TASK_FLAG_IN_KERNEL;
	task->work_left = ns;
	sched_continue(bh->world->sched, cpu);
	return true;
}

/*
 * The wheel's timers go by the clock as it moves, hrtimers by the time at which their pass began
 * (hrtimer_run_softirq()).
 */
static u64 timers_as_of(const struct bh_cpu *bh, enum timer_softness kind)
{
	return kind == TIMER_SOFT ? bh->timers_as_of : bh->world->machine->now;
}

/* False: none of @kind may expire, or their softirq was not raised. */
static bool next_timer(struct bh_cpu *bh, struct cpu *cpu, enum timer_softness kind)
{
	struct machine *machine = bh->world->machine;

	if (!(bh->timers_now & kind))
		return false;
	if (kind == TIMER_SOFT && bh->timers_as_of == NEVER)
		bh->timers_as_of = machine->now;
	if (soft_timers_wait(machine, cpu, kind, timers_as_of(bh, kind)))
		return work(bh, cpu, BH_TIMER, bh->world->costs->timer);
	/* none: their interrupt may come again */
	soft_timers_take(machine, cpu, kind, timers_as_of(bh, kind));
	bh->timers_now &= (u8)~kind;
	return false;
}

/*
 * In the order of their numbers: the timer wheel, devices, balancing, hrtimers. False: the round is
 * over.
 */
static bool next_softirq(struct bh_cpu *bh, struct cpu *cpu, bool again)
{
	if (next_timer(bh, cpu, TIMER_WHEEL))
		return true;
	if (again || irq_round_goes_on(bh->world, cpu->id))
		return work(bh, cpu, BH_SOFTIRQ, irq_pass_begin(bh->world, cpu->id));
	if (bh->balance_now) {
		bh->balance_now = false;
		bh->world->sched->balancer->softirq(sched_rq(bh->world->sched, cpu->id));
		return work(bh, cpu, BH_BALANCED, 0); /* until what that took is over */
	}
	return next_timer(bh, cpu, TIMER_SOFT);
}

static void begin_round(struct bh_cpu *bh, u32 cpu)
{
	u32 *count = bh->world->machine->cpus[cpu].irq_stat.softirqs;

	count[SOFTIRQ_TIMER] += (bh->timers_raised & TIMER_WHEEL) != 0;
	count[SOFTIRQ_HRTIMER] += (bh->timers_raised & TIMER_SOFT) != 0;
	bh->balance_now = bh->balance_raised;
	bh->timers_now = bh->timers_raised;
	bh->timers_as_of = NEVER;
	bh->balance_raised = false;
	bh->timers_raised = 0;
	irq_round_begin(bh->world, cpu);
}

/*
 * handle_softirqs(): what is raised meanwhile is done in further rounds, within limits. False: all
 * is done.
 */
static bool rounds(struct bh_cpu *bh, struct cpu *cpu, bool again)
{
	struct proc_world *world = bh->world;
	struct machine *machine = world->machine;

	for (;;) {
		if (next_softirq(bh, cpu, again))
			return true;
		if (!is_raised(bh, cpu->id))
			return false;
		if (machine_jiffies(machine) >= bh->until ||
		    sched_rq(world->sched, cpu->id)->need_resched & RESCHED_FULL ||
		    !--bh->restarts_left) {
			wake(bh, bh->ksoftirqd);
			return false;
		}
		again = false;
		begin_round(bh, cpu->id);
	}
}

static bool begin_rounds(struct bh_cpu *bh, struct cpu *cpu)
{
	struct machine *machine = bh->world->machine;

	bh->restarts_left = SOFTIRQ_RESTARTS_MAX;
	bh->until = machine_jiffies(machine) +
		    div_round_up(SOFTIRQ_TIME_MAX_MS * machine->platform->hz, 1000);
	begin_round(bh, cpu->id);
	return rounds(bh, cpu, false);
}

static void timer_expires(struct bh_cpu *bh, const struct cpu *cpu)
{
	struct machine *machine = bh->world->machine;
	enum timer_softness kind = bh->timers_now & TIMER_WHEEL ? TIMER_WHEEL : TIMER_SOFT;
	struct timer *timer = soft_timers_take(machine, cpu, kind, timers_as_of(bh, kind));

	if (!timer)
		return; /* it was called off meanwhile */
	machine->nr_events++;
	timer->fire(machine, timer);
}

/* ---- Threads ---- */

static bool has_work(const struct bh_thread *thread, u32 cpu)
{
	const struct bh_cpu *bh = thread->bh;

	if (thread->job)
		return thread->asked;
	return thread == bh->ktimers ? bh->ktimers_raised : is_raised(bh, cpu);
}

/* It is in its section. False: it has nothing to do there. */
static bool begin(struct bh_thread *thread, struct cpu *cpu)
{
	struct bh_cpu *bh = thread->bh;

	if (thread->job) {
		thread->asked = false;
		return work(bh, cpu, BH_JOB, thread->job->begin(bh->world, thread->index, cpu->id));
	}
	if (thread == bh->ktimers) {
		bh->timers_raised |= bh->ktimers_raised;
		bh->ktimers_raised = 0;
	}
	return is_raised(bh, cpu->id) && begin_rounds(bh, cpu);
}

/* What it was at is over. False: the section is. */
static bool goes_on(struct bh_thread *thread, struct cpu *cpu)
{
	struct bh_cpu *bh = thread->bh;

	switch (thread->stage) {
	case BH_JOB:
		if (thread->job->end(bh->world, thread->index, cpu->id))
			return work(bh, cpu, BH_JOB,
				    thread->job->begin(bh->world, thread->index, cpu->id));
		return is_raised(bh, cpu->id) && begin_rounds(bh, cpu);
	case BH_SOFTIRQ:
		return rounds(bh, cpu, irq_pass_end(bh->world, cpu->id));
	case BH_TIMER:
		timer_expires(bh, cpu);
		return rounds(bh, cpu, false);
	default:
		return rounds(bh, cpu, false);
	}
}

static struct bh_thread *find(const struct bh_cpu *bh, const struct proc *proc)
{
	struct bh_thread *thread;

	list_for_each (thread, &bh->threads, link)
		if (thread->proc == proc)
			return thread;
	return NULL;
}

/* From one section to the next, until it works or sleeps. */
static void step(struct bh_thread *thread, struct cpu *cpu)
{
	struct bh_cpu *bh = thread->bh;

	for (;;) {
		if (thread->stage == BH_ASLEEP) {
			if (!has_work(thread, cpu->id)) {
				thread->proc->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
				sched_block(bh->world->sched, cpu, TASK_INTERRUPTIBLE);
				return;
			}
			thread->stage = BH_ENTERS;
		}
		if (thread->stage == BH_ENTERS) {
			if (!enter(bh, cpu, thread) || begin(thread, cpu))
				return;
		} else if (goes_on(thread, cpu)) {
			return;
		}
		thread->stage = BH_ASLEEP;
		leave(bh);
		if (sched_preempt_enable(bh->world->sched, cpu))
			return;
	}
}

bool bh_thread_step(struct proc_world *world, struct cpu *cpu, const struct proc *proc)
{
	struct bh_thread *thread = world->bh ? find(bh_of(world, cpu->id), proc) : NULL;

	if (!thread)
		return false;
	step(thread, cpu);
	return true;
}

/* ---- Set-up ---- */

void bh_join(struct proc_world *world, struct bh_thread *thread, u32 cpu)
{
	thread->bh = bh_of(world, cpu);
	list_add_tail(&thread->bh->threads, &thread->link);
}

static struct bh_thread *own_thread(struct proc_world *world, struct bh_thread *thread,
				    struct proc *proc, u32 cpu)
{
	if (!proc)
		return NULL;
	*thread = (struct bh_thread){.proc = proc};
	bh_join(world, thread, cpu);
	return thread;
}

void bh_init(struct proc_world *world)
{
	u32 nr_cpus = world->sched->nr_cpus;
	struct bh *bh = arena_new(world->arena, struct bh);

	world->bh = bh;
	bh->cpus = arena_array(world->arena, struct bh_cpu, nr_cpus);
	bh->own = arena_array(world->arena, struct bh_thread, 2 * nr_cpus);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		const struct cpu_threads *threads = &world->cpu_threads[cpu];
		struct bh_cpu *at = &bh->cpus[cpu];

		at->world = world;
		list_init(&at->threads);
		list_init(&at->waiters);
		at->ksoftirqd = own_thread(world, &bh->own[2 * cpu], threads->ksoftirqd, cpu);
		at->ktimers = own_thread(world, &bh->own[2 * cpu + 1], threads->ktimers, cpu);
	}
	world->sched->raise_softirq = balance_is_due;
	world->sched->softirq_self = world;
	soft_timers_init(world->machine, world->arena, timers_are_due);
}
