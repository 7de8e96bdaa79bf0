/* SPDX-License-Identifier: MIT */
/*
 * Interrupts and softirqs as load.
 *
 * An interrupt takes its time from whatever runs and raises a softirq, whose work is done when the
 * interrupt ends, with interrupts on. What is raised meanwhile is done in a further pass: up to ten
 * passes or 2 ms, and only while nobody has asked for a reschedule. What is left then is for
 * ksoftirqd/N, a task of nice 0 which does the same within the same limits, and which may be
 * preempted only between two rounds.
 */
#include "proc/irq.h"

#include "proc/hotplug.h"
#include "proc/irq_lines.h"
#include "proc/netdev.h"

/* No two interrupts of one source come closer. */
enum { GAP_LEAST_NS = 1000 };

/*
 * What one pass of NET_RX takes at most (net.core.netdev_budget, netdev_budget_usecs): packets,
 * ticks.
 */
enum { NET_BUDGET = 300, NET_JIFFIES = 2 };

/* One source on one cpu. */
struct irq_source {
	struct irqs *irqs;
	const struct irq_spec *spec;
	struct rng_small rng;
	struct timer timer;
	u64 due; /* without irq_entry */
	/* of a thread's handler: what the interrupts since it last began have left to do */
	u64 softirq;
};

struct softirq_cpu {
	struct irqs *irqs;
	struct proc *ksoftirqd;
	u64 pending;          /* ns of work that was raised and not begun: */
	u16 raised_by;        /* 1 << enum softirq: whose it is, to be counted as they are done */
	struct list polled;   /* network devices with something to do: NET_RX is raised */
	struct list *polling; /* the one that is polled now; NULL: none */
	/* devices that the pass of NET_RX under way has yet to poll; 0: none is */
	u32 net_left;
	s32 net_budget;                /* packets that it may still take */
	u64 net_until;                 /* jiffies: its end in any case */
	u32 nr_processed, nr_squeezed; /* packets; passes that had to leave something */
	bool active;                   /* a pass is under way at the end of an interrupt, */
	bool in_thread;                /* or in ksoftirqd */
	u8 nr_passes;                  /* of a thread's round: those still before it */
	u32 restarts_left;
	u64 until;        /* jiffies */
	struct timer end; /* of the pass, in an interrupt */
};

struct irqs {
	struct proc_world *world;
	struct softirq_cpu *cpus;
	struct irq_source *sources;
	u32 nr_sources;
};

/* ---- Passes ---- */

static void begin_round(struct softirq_cpu *soft)
{
	struct machine *machine = soft->irqs->world->machine;

	soft->restarts_left = SOFTIRQ_RESTARTS_MAX;
	soft->until = machine_jiffies(machine) +
		      div_round_up(SOFTIRQ_TIME_MAX_MS * machine->platform->hz, 1000);
}

static bool is_raised(const struct softirq_cpu *soft)
{
	return soft->pending || !list_empty(&soft->polled);
}

static void raise_net_rx(struct softirq_cpu *soft, u64 work)
{
	soft->pending += work;
	if (work)
		soft->raised_by |= 1u << SOFTIRQ_NET_RX;
}

/* The next device's turn. A pass of NET_RX polls each device once. */
static u64 begin_poll(struct softirq_cpu *soft)
{
	struct machine *machine = soft->irqs->world->machine;

	if (!soft->net_left) {
		for (struct list *at = soft->polled.next; at != &soft->polled; at = at->next)
			soft->net_left++;
		soft->net_budget = NET_BUDGET;
		soft->net_until = machine_jiffies(machine) + NET_JIFFIES;
	}
	soft->net_left--;
	soft->polling = soft->polled.next;
	return netdev_poll_begins(soft->polling);
}

/* What one pass does: a softirq has a budget of two ticks (netdev_budget_usecs); the rest waits. */
static u64 take_pending(struct softirq_cpu *soft, u32 cpu)
{
	u32 *count = soft->irqs->world->machine->cpus[cpu].irq_stat.softirqs;
	u64 work = min_of(soft->pending, 2 * soft->irqs->world->machine->tick_ns);

	if (!work && !list_empty(&soft->polled)) {
		count[SOFTIRQ_NET_RX] += !soft->net_left;
		return begin_poll(soft);
	}
	count[SOFTIRQ_RCU] += soft->raised_by >> SOFTIRQ_RCU & 1;
	count[SOFTIRQ_NET_RX] += soft->raised_by >> SOFTIRQ_NET_RX & 1;
	soft->pending -= work;
	if (!soft->pending)
		soft->raised_by = 0;
	return work;
}

/* The end of a poll, if it was one. True: the pass goes on with the next device. */
static bool goes_on(struct softirq_cpu *soft, u32 cpu)
{
	struct list *polling = soft->polling;
	u32 nr;

	if (likely(!polling))
		return false;
	soft->polling = NULL;
	nr = netdev_poll_ends(polling, cpu);
	soft->nr_processed += nr;
	soft->net_budget -= (s32)nr;
	if (list_linked(polling))
		list_move_tail(&soft->polled, polling);
	if (soft->net_budget <= 0 ||
	    machine_jiffies(soft->irqs->world->machine) >= soft->net_until) {
		soft->nr_squeezed++;
		soft->net_left = 0;
	}
	return soft->net_left;
}

/* The end of a pass: shall another one follow at once? A lazy request is none to need_resched(). */
static bool may_restart(struct softirq_cpu *soft, const struct rq *rq)
{
	return is_raised(soft) && machine_jiffies(soft->irqs->world->machine) < soft->until &&
	       !(rq->need_resched & RESCHED_FULL) && --soft->restarts_left;
}

static bool thread_is_awake(const struct softirq_cpu *soft)
{
	return soft->ksoftirqd->task.state == TASK_RUNNING;
}

u64 irq_end(const struct proc_world *world, const struct cpu *cpu)
{
	u64 way = world->costs->schedule + world->costs->preempt;
	bool switches = sched_rq(world->sched, cpu->id)->need_resched && cpu->resched_at != NEVER;

	return cpu->kernel_until - (switches && !cpu->idle ? min_of(way, cpu->kernel_until) : 0);
}

/* A pass at the end of an interrupt: whoever runs stands still. */
static void begin_pass(struct softirq_cpu *soft, struct cpu *cpu)
{
	struct machine *machine = soft->irqs->world->machine;

	rcu_softirq_again(soft->irqs->world, cpu->id);
	soft->active = true;
	cpu_steal_irq(machine, cpu, take_pending(soft, cpu->id));
	machine_timer_arm(machine, &soft->end, cpu->id, irq_end(soft->irqs->world, cpu));
}

static void invoke(struct softirq_cpu *soft, struct cpu *cpu);

/* @cpu does what a cpu that is gone has left (dev_cpu_dead(), takeover_tasklets()). */
static void take_over(struct softirq_cpu *gone, struct cpu *cpu)
{
	struct softirq_cpu *soft = &gone->irqs->cpus[cpu->id];

	soft->pending += gone->pending;
	soft->raised_by |= gone->raised_by;
	gone->pending = gone->raised_by = 0;
	list_splice_tail(&soft->polled, &gone->polled);
	invoke(soft, cpu);
}

static void pass_ends(struct machine *machine, struct timer *timer)
{
	struct softirq_cpu *soft = container_of(timer, struct softirq_cpu, end);
	struct sched *sched = soft->irqs->world->sched;
	struct cpu *cpu = &machine->cpus[timer->cpu];

	/* Interrupts have come in between. */
	if (irq_end(soft->irqs->world, cpu) > machine->now) {
		machine_timer_arm(machine, &soft->end, cpu->id, irq_end(soft->irqs->world, cpu));
		return;
	}
	soft->active = false;
	if (goes_on(soft, cpu->id)) {
		begin_pass(soft, cpu);
		return;
	}
	/* The cpu has gone offline meanwhile. */
	if (unlikely(soft != &soft->irqs->cpus[cpu->id]))
		take_over(soft, cpu);
	else if (may_restart(soft, sched_rq(sched, cpu->id)))
		begin_pass(soft, cpu);
	else if (is_raised(soft))
		sched_wake(sched, &soft->ksoftirqd->task, TASK_NORMAL, 0);
}

/* invoke_softirq(), at the end of an interrupt. */
static void invoke(struct softirq_cpu *soft, struct cpu *cpu)
{
	if (!is_raised(soft) || soft->active || soft->in_thread)
		return;
	if (thread_is_awake(soft) &&
	    sched_feature(soft->irqs->world->sched, FEATURE_SOFTIRQ_LEFT_TO_THREAD))
		return;
	begin_round(soft);
	begin_pass(soft, cpu);
}

bool irq_softirq(struct proc_world *world, struct cpu *cpu, u64 work, u64 left)
{
	struct softirq_cpu *soft = world->irqs ? &world->irqs->cpus[cpu->id] : NULL;

	if (!soft || !soft->ksoftirqd)
		return false;
	soft->pending += work + world->costs->softirq_more;
	invoke(soft, cpu); /* this one is counted already */
	soft->pending += left;
	soft->raised_by |= left ? 1u << SOFTIRQ_RCU : 0;
	return true;
}

/* ---- Interrupts ---- */

static void arm(struct irq_source *source, u32 cpu, const struct dist *gap)
{
	struct proc_world *world = source->irqs->world;

	source->due += max_of(dist_draw(gap, &source->rng), (u64)GAP_LEAST_NS);
	machine_timer_arm(world->machine, &source->timer, cpu,
			  source->due + world->costs->irq_entry);
}

static void interrupt(struct machine *machine, struct timer *timer)
{
	struct irq_source *source = container_of(timer, struct irq_source, timer);
	struct cpu *cpu = &machine->cpus[timer->cpu];
	struct softirq_cpu *soft = &source->irqs->cpus[cpu->id];

	cpu_enter_irq(machine, cpu, machine->platform->costs.irq_entry);
	irq_line_came(source->irqs->world, IRQ_OF_SOURCE, (u32)(source - source->irqs->sources),
		      cpu->id);
	if (source->irqs->world->bh) {
		source->softirq += dist_draw(&source->spec->softirq, &source->rng);
		arm(source, cpu->id, &source->spec->every);
		return;
	}
	cpu_steal_irq(machine, cpu, dist_draw(&source->spec->time, &source->rng));
	raise_net_rx(soft, dist_draw(&source->spec->softirq, &source->rng));
	invoke(soft, cpu);
	arm(source, cpu->id, &source->spec->every);
}

void irq_raise_net_rx(struct proc_world *world, struct cpu *cpu, struct list *polled)
{
	struct softirq_cpu *soft = &world->irqs->cpus[cpu->id];

	list_add_tail(&soft->polled, polled);
	if (!world->bh)
		invoke(soft, cpu);
}

/* ---- Interrupts whose handlers are threads', and softirqs that are ---- */

static u64 handler_begins(struct proc_world *world, u32 index, u32 cpu unused_arg)
{
	struct irq_source *source = &world->irqs->sources[index];

	return dist_draw(&source->spec->time, &source->rng);
}

static bool handler_ends(struct proc_world *world, u32 index, u32 cpu)
{
	struct irq_source *source = &world->irqs->sources[index];

	raise_net_rx(&world->irqs->cpus[cpu], source->softirq);
	source->softirq = 0;
	return false;
}

const struct bh_job irq_source_job = {.begin = handler_begins, .end = handler_ends};

bool irq_is_raised(const struct proc_world *world, u32 cpu)
{
	return world->irqs && is_raised(&world->irqs->cpus[cpu]);
}

void irq_round_begin(struct proc_world *world, u32 cpu)
{
	struct softirq_cpu *soft = world->irqs ? &world->irqs->cpus[cpu] : NULL;

	if (soft)
		soft->nr_passes = (soft->pending != 0) + !list_empty(&soft->polled);
}

bool irq_round_goes_on(struct proc_world *world, u32 cpu)
{
	struct softirq_cpu *soft = world->irqs ? &world->irqs->cpus[cpu] : NULL;

	if (!soft || !soft->nr_passes || !is_raised(soft))
		return false;
	soft->nr_passes--;
	return true;
}

u64 irq_pass_begin(struct proc_world *world, u32 cpu)
{
	return take_pending(&world->irqs->cpus[cpu], cpu);
}

bool irq_pass_end(struct proc_world *world, u32 cpu)
{
	return goes_on(&world->irqs->cpus[cpu], cpu);
}

/* ---- ksoftirqd ---- */

static bool begin_thread_pass(struct softirq_cpu *soft, struct cpu *cpu)
{
	struct task *task = &soft->ksoftirqd->task;

	soft->in_thread = true;
	rcu_softirq_again(soft->irqs->world, cpu->id);
	task->flags |= TASK_FLAG_IN_KERNEL | TASK_FLAG_NO_PREEMPT;
	task->work_left = take_pending(soft, cpu->id);
	sched_continue(soft->irqs->world->sched, cpu);
	return true;
}

bool irq_thread_step(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct softirq_cpu *soft;
	struct rq *rq;

	if (!world->irqs || proc != world->irqs->cpus[cpu->id].ksoftirqd)
		return false;
	soft = &world->irqs->cpus[cpu->id];
	rq = sched_rq(world->sched, cpu->id);
	if (soft->in_thread) {
		if (goes_on(soft, cpu->id) || may_restart(soft, rq))
			return begin_thread_pass(soft, cpu);
		soft->in_thread = false;
		proc->task.flags &= (u16) ~(TASK_FLAG_IN_KERNEL | TASK_FLAG_NO_PREEMPT);
		/*
		 * cond_resched(), or the end of what could not be preempted; to park comes between
		 * rounds.
		 */
		if (sched_cond_resched(world->sched, cpu) || hotplug_thread_step(world, cpu, proc))
			return true;
	}
	if (!is_raised(soft) || soft->active)
		return false;
	begin_round(soft);
	return begin_thread_pass(soft, cpu);
}

bool irq_thread_is_at_work(const struct proc_world *world, u32 cpu)
{
	return world->irqs && world->irqs->cpus[cpu].in_thread;
}

bool irq_leaves_work(const struct proc_world *world, u32 dead)
{
	const struct softirq_cpu *gone = world->irqs ? &world->irqs->cpus[dead] : NULL;

	return gone && is_raised(gone) && !gone->active;
}

void irq_take_over(struct proc_world *world, struct cpu *cpu, u32 dead)
{
	take_over(&world->irqs->cpus[dead], cpu);
}

struct softnet_counts irq_softnet_counts(const struct proc_world *world, u32 cpu)
{
	const struct softirq_cpu *soft = &world->irqs->cpus[cpu];

	return (struct softnet_counts){soft->nr_processed, soft->nr_squeezed};
}

/* ---- Set-up ---- */

bool irq_concerns(const struct proc_world *world, u32 cpu)
{
	const struct workload *workload = world->workload;

	/* Interrupts of a cpu that goes offline go to another. */
	if (workload->nr_cpu_events)
		return workload->nr_irqs || workload->nr_netdevs;
	for (u32 i = 0; i < workload->nr_netdevs; i++)
		if (workload->netdevs[i].irq_cpu == cpu)
			return true;
	for (u32 i = 0; i < workload->nr_irqs; i++)
		if (cpumask_test(workload->irqs[i].cpus, cpu))
			return true;
	return false;
}

static void source_init(struct irqs *irqs, struct irq_source *source, u32 spec, u32 cpu)
{
	const struct workload *workload = irqs->world->workload;

	*source = (struct irq_source){.irqs = irqs, .spec = &workload->irqs[spec]};
	rng_small_init(&source->rng, workload->seed,
		       arena_printf(irqs->world->arena, "irq %s", source->spec->name), cpu);
	timer_init(&source->timer, interrupt, TIMER_RANK_IRQ,
		   UINT32_MAX / 2 + spec * irqs->world->sched->nr_cpus + cpu);
	arm(source, cpu, &source->spec->first);
}

void irq_init(struct proc_world *world)
{
	const struct workload *workload = world->workload;
	u32 nr_cpus = world->sched->nr_cpus, nr = 0;
	struct irqs *irqs;

	if (!workload->nr_irqs && !workload->platform.rcu && !workload->nr_netdevs)
		return;
	irqs = arena_new(world->arena, struct irqs);
	*irqs = (struct irqs){.world = world};
	irqs->cpus = arena_array(world->arena, struct softirq_cpu, nr_cpus);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		irqs->cpus[cpu] = (struct softirq_cpu){
			.irqs = irqs,
			.ksoftirqd = world->cpu_threads[cpu].ksoftirqd,
		};
		list_init(&irqs->cpus[cpu].polled);
		timer_init(&irqs->cpus[cpu].end, pass_ends, TIMER_RANK_IRQ_PASS, UINT32_MAX - cpu);
	}
	for (u32 i = 0; i < workload->nr_irqs; i++)
		irqs->nr_sources += cpumask_count(workload->irqs[i].cpus);
	irqs->sources = arena_array(world->arena, struct irq_source, irqs->nr_sources);
	world->irqs = irqs;
	for (u32 i = 0; i < workload->nr_irqs; i++)
		cpumask_for_each (cpu, workload->irqs[i].cpus)
			source_init(irqs, &irqs->sources[nr++], i, cpu);
	netdevs_init(world);
}
