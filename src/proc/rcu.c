/* SPDX-License-Identifier: MIT */
/* Callbacks of read-copy-update, cpu by cpu: see rcu.h. */
#include "proc/rcu.h"

#include <string.h>

#include "proc/bh.h"
#include "proc/irq.h"
#include "proc/proc.h"
#include "proc/rcu_period.h"
#include "proc/stack.h"

enum { BATCH = 10, COMPACT_FROM = 64 };

/* Of what a death leaves, costs.rcu_callback, in thousandths: as measured on the 6.12 guest of
 * tests/fidelity. */
static const u32 share[] = {
	[RCU_NODE] = 88,
	[RCU_NUMBER] = 123,
	[RCU_TASK] = 612,
	/* given to a kworker, whose wakeup is not in it */
	[RCU_CREDENTIALS] = 177,
	[RCU_STACK] = 30,
	[RCU_FILE] = 270, /* on the 6.1 guest, where it comes alone: with what a batch takes */
	[RCU_WAITER] = 100,
	[RCU_SYNC] = 100,
};

/* The way from the end of @cpu's tick at @when to here. */
static u64 way_to_softirq(struct rcu_cpu *on, u32 cpu, u64 when)
{
	const struct costs *costs = on->rcu->world->costs;

	on->timers = rcu_looks_at_wheel(on->rcu, cpu, when);
	return costs->softirq + (on->timers ? costs->timer_softirq : 0);
}

/*
 * The softirq runs when the work of the tick that begins now is done. (Ticks' jitter moves what
 * they do, not when softirqs come; one that had to wait for other cpus' turns, or for the end of a
 * switch, begins when it comes.)
 */
static void arm_softirq(struct rcu_cpu *on, const struct cpu *cpu)
{
	struct machine *machine = on->rcu->world->machine;
	const struct costs *costs = on->rcu->world->costs;
	u64 tick = machine_next_tick(machine, cpu->id) - machine->tick_ns;
	u64 begins = machine->now > cpu->tick_at ? machine->now : cpu->tick_at - cpu->tick_late;

	if (on->rcu->rcuc) {
		on->wheel = rcu_looks_at_wheel(on->rcu, cpu->id, tick);
		on->way = 0;
	} else {
		on->way = way_to_softirq(on, cpu->id, tick);
	}
	machine_timer_arm(machine, &on->timer, cpu->id, begins + costs->tick + on->way);
}

/* rcu_pending() */
static bool has_to_do(const struct rcu_cpu *on)
{
	bool under_way = on->rcu->seq & 1;

	return (on->needs_report && under_way) || on->nr[RCU_DONE] ||
	       (!under_way && on->nr[RCU_NEXT]) || on->seen != on->rcu->seq;
}

void rcu_tick(struct proc_world *world, struct cpu *cpu)
{
	struct rcu_cpu *on = &world->rcu.cpus[cpu->id];

	if (has_to_do(on) && !timer_armed(&on->timer))
		arm_softirq(on, cpu);
}

static bool has_callbacks(const struct rcu_cpu *on)
{
	return on->first < on->all.len;
}

/* call_rcu() on this cpu. */
static void call(struct rcu *rcu, struct rcu_callback callback)
{
	u32 cpu = rcu->world->machine->acting;
	struct rcu_cpu *on = &rcu->cpus[cpu];

	if (!has_callbacks(on))
		sched_idle_needs_tick(rcu->world->sched, cpu, true);
	vec_push(&on->all, callback);
	on->nr[RCU_NEXT]++;
}

/* What @nr of the callbacks take, from that at @from on. For @wanted of the stacks there is a
 * place; those that are left come out. */
static u64 callbacks_ns(const struct rcu_cpu *on, u32 from, u32 nr, u32 *wanted)
{
	u64 thousandths = 0;

	for (u32 i = from; i < from + nr; i++)
		if (on->all.at[i].kind == RCU_STACK && *wanted)
			--*wanted;
		else
			thousandths += share[on->all.at[i].kind];
	return thousandths * on->rcu->world->costs->rcu_callback / 1000;
}

static void free_task(struct rcu *rcu, struct rcu_callback task)
{
	struct proc_world *world = rcu->world;

	stream_put(world->stream,
		   (struct record){
			   .when = world->machine->now,
			   .value = (u64)(s64)task.prio,
			   .task = task.id,
			   .cpu = (u16)world->machine->acting,
			   .kind = RECORD_FREE,
			   .flags = rcu->rcuc ? RECORD_FLAG_BY_TASK : RECORD_FLAG_IRQ,
		   });
	/* Threads share their credentials. */
	if (task.last)
		call(rcu, (struct rcu_callback){.kind = RCU_CREDENTIALS});
}

static void forget_invoked(struct rcu_cpu *on)
{
	if (on->first < COMPACT_FROM || on->first < on->all.len / 2)
		return;
	on->all.len -= on->first;
	memmove(on->all.at, on->all.at + on->first, on->all.len * sizeof(*on->all.at));
	on->first = 0;
}

static void wake_waiter(struct rcu *rcu, u32 id)
{
	struct proc *proc = pool_at(&rcu->world->procs, id);

	sched_wake(rcu->world->sched, &proc->task, TASK_NORMAL, 0);
}

/* Those whose turn comes in ksoftirqd as well: when that is, is not told apart. */
static void invoke(struct rcu_cpu *on, u32 cpu)
{
	struct rcu *rcu = on->rcu;

	if (!on->nr[RCU_DONE])
		return;
	for (; on->nr[RCU_DONE]; on->nr[RCU_DONE]--) {
		struct rcu_callback callback = on->all.at[on->first++];

		if (callback.kind == RCU_TASK)
			free_task(rcu, callback);
		else if (callback.kind == RCU_WAITER)
			wake_waiter(rcu, callback.id);
		else if (callback.kind == RCU_STACK)
			stack_give_late(rcu->world, cpu);
	}
	forget_invoked(on);
	if (!has_callbacks(on))
		sched_idle_needs_tick(rcu->world->sched, cpu, false);
}

/* rcu_do_batch(). Callbacks beyond a batch raise the softirq again. */
static void invoke_callbacks(struct rcu_cpu *on, struct cpu *cpu)
{
	struct proc_world *world = on->rcu->world;
	u32 nr = min_of(on->nr[RCU_DONE], (u32)BATCH), left = on->nr[RCU_DONE] - nr;
	u32 wanted = stacks_wanted(world, cpu->id);
	u64 batch_ns = callbacks_ns(on, on->first, nr, &wanted);
	u64 left_ns = callbacks_ns(on, on->first + nr, left, &wanted);

	invoke(on, cpu->id);
	if (left && irq_softirq(world, cpu, batch_ns, world->costs->block + left_ns)) {
		on->again = true;
		return;
	}
	cpu_steal_irq(world->machine, cpu, batch_ns + left_ns);
}

/* The way here from the tick's end: what ran stood still, or the switch that the tick asked for
 * comes later. */
static void pay_for_way(struct rcu_cpu *on, struct cpu *cpu)
{
	struct machine *machine = on->rcu->world->machine;
	u64 now = machine->now, way = on->way;
	u64 from = max_of(cpu->kernel_until, cpu->work_begins);

	if (cpu->kernel_until > now)
		cpu_steal_irq(machine, cpu, way);
	else if (from < now)
		cpu_leave_irq(cpu, min_of(way, now - from));
}

/* The softirq comes at @when instead. @looks: how long what has come by then takes, it does not
 * know yet. */
static bool put_off(struct rcu_cpu *on, u32 cpu, u64 when, bool looks)
{
	on->put_off = looks;
	machine_timer_arm(on->rcu->world->machine, &on->timer, cpu, when);
	return true;
}

/*
 * __do_softirq() enables interrupts, and the softirq of the timers comes before that of RCU: what
 * has come by now is served before, and whom it wakes is ahead of the thread.
 */
static bool waits_for_others(struct rcu_cpu *on, const struct cpu *cpu)
{
	const struct proc_world *world = on->rcu->world;
	const struct costs *costs = world->costs;
	u64 now = world->machine->now, end;

	if (cpu->timer_at > now && cpu->timer_at < NEVER &&
	    cpu->timer_at - min_of(cpu->timer_at, costs->irq_entry) <= now)
		return put_off(on, cpu->id, cpu->timer_at + 1, true);
	end = irq_end(world, cpu);
	if (!on->put_off || end <= now) {
		on->put_off = false;
		return false;
	}
	on->timers = true;
	on->way = costs->softirq + costs->timer_softirq;
	return put_off(on, cpu->id, end + on->way, false);
}

/* invoke_rcu_core() in a tick of a realtime kernel. */
static void wake_rcuc(struct rcu_cpu *on, u32 cpu)
{
	bool wheel = on->wheel;

	on->wheel = false;
	bh_ask(&on->rcu->rcuc[cpu]);
	if (wheel)
		bh_raise_timers(on->rcu->world, cpu, TIMER_WHEEL);
}

static void softirq(struct machine *machine, struct timer *timer)
{
	struct rcu_cpu *on = container_of(timer, struct rcu_cpu, timer);
	struct cpu *cpu = &machine->cpus[timer->cpu];

	if (on->rcu->rcuc) {
		wake_rcuc(on, cpu->id);
		return;
	}
	if (unlikely(waits_for_others(on, cpu)))
		return;
	cpu->irq_stat.softirqs[SOFTIRQ_RCU]++;
	cpu->irq_stat.softirqs[SOFTIRQ_TIMER] += on->timers;
	pay_for_way(on, cpu);
	on->rcu->woke = false;
	rcu_tell(on);
	invoke_callbacks(on, cpu);
	if (on->rcu->woke && !sched_rq(on->rcu->world->sched, cpu->id)->need_resched)
		cpu_leave_irq(cpu, on->rcu->world->costs->softirq_exit);
}

void rcu_softirq_again(struct proc_world *world, u32 cpu)
{
	struct rcu_cpu *on = world->rcu.thread ? &world->rcu.cpus[cpu] : NULL;

	if (likely(!on || !on->again))
		return;
	on->again = false;
	rcu_tell(on);
}

/* ---- rcuc/N ---- */

/* rcu_core(): it tells first; callbacks are not counted in batches there. */
static u64 rcuc_begins(struct proc_world *world, u32 index unused_arg, u32 cpu)
{
	struct rcu_cpu *on = &world->rcu.cpus[cpu];
	u32 wanted = stacks_wanted(world, cpu);

	rcu_tell(on);
	return callbacks_ns(on, on->first, on->nr[RCU_DONE], &wanted);
}

static bool rcuc_ends(struct proc_world *world, u32 index unused_arg, u32 cpu)
{
	invoke(&world->rcu.cpus[cpu], cpu);
	return false;
}

void rcu_threads_init(struct proc_world *world)
{
	static const struct bh_job job = {.begin = rcuc_begins, .end = rcuc_ends};
	u32 nr_cpus = world->sched->nr_cpus;

	world->rcu.rcuc = arena_array(world->arena, struct bh_thread, nr_cpus);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		world->rcu.rcuc[cpu] =
			(struct bh_thread){.proc = world->cpu_threads[cpu].rcuc, .job = &job};
		bh_join(world, &world->rcu.rcuc[cpu], cpu);
	}
}

/* ---- Cpus ---- */

void rcu_init(struct proc_world *world, struct proc *thread)
{
	u32 nr_cpus = world->sched->nr_cpus;
	struct rcu *rcu = &world->rcu;

	*rcu = (struct rcu){.world = world,
			    .thread = thread,
			    .cpus = arena_array(world->arena, struct rcu_cpu, nr_cpus)};
	rcu_period_init(rcu);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		rcu->cpus[cpu].rcu = rcu;
		timer_init(&rcu->cpus[cpu].timer, softirq, TIMER_RANK_LATE, cpu);
	}
}

void rcu_fini(struct proc_world *world)
{
	for (u32 cpu = 0; world->rcu.thread && cpu < world->sched->nr_cpus; cpu++)
		vec_fini(&world->rcu.cpus[cpu].all);
}

/* @nr callbacks are put before the one at @at. */
static void insert(struct rcu_cpu *on, u32 at, const struct rcu_callback *from, u32 nr)
{
	if (!nr)
		return;
	for (u32 i = 0; i < nr; i++)
		vec_push(&on->all, from[i]);
	memmove(on->all.at + at + nr, on->all.at + at, (on->all.len - nr - at) * sizeof(*from));
	memcpy(on->all.at + at, from, nr * sizeof(*from));
}

/* rcutree_migrate_callbacks(): what was ready is ready, what waited waits anew. */
static void take_over(struct rcu_cpu *on, struct rcu_cpu *gone, u32 cpu)
{
	const struct rcu_callback *from = gone->all.at + gone->first;
	u32 ready = gone->nr[RCU_DONE], rest = gone->all.len - gone->first - ready;

	if (!has_callbacks(gone))
		return;
	if (!has_callbacks(on))
		sched_idle_needs_tick(on->rcu->world->sched, cpu, true);
	insert(on, on->first + on->nr[RCU_DONE], from, ready);
	insert(on, on->all.len, from + ready, rest);
	on->nr[RCU_DONE] += ready;
	on->nr[RCU_NEXT] += rest;
	gone->first = gone->all.len = 0;
	memset(gone->nr, 0, sizeof(gone->nr));
}

/* What it had raised is not done any more; who takes over asks itself at its next tick. */
static void forget_softirq(struct rcu_cpu *on)
{
	if (timer_armed(&on->timer))
		machine_timer_cancel(on->rcu->world->machine, &on->timer);
	on->again = on->put_off = false;
}

void rcu_cpu_gone(struct proc_world *world, u32 dead, u32 cpu)
{
	struct rcu *rcu = &world->rcu;

	if (likely(!rcu->thread))
		return;
	forget_softirq(&rcu->cpus[dead]);
	take_over(&rcu->cpus[cpu], &rcu->cpus[dead], cpu);
	if (rcu->home == dead)
		rcu->home = cpu;
	sched_rq(world->sched, dead)->needs_tick = false;
	rcu_is_not_awaited(&world->rcu.cpus[dead]);
}

/* ---- What is left to a grace period ---- */

void rcu_free_number(struct proc_world *world, u32 pid)
{
	struct rcu *rcu = &world->rcu;

	if (likely(!rcu->thread))
		return;
	if (pid_node_is_empty(&world->pids, pid))
		call(rcu, (struct rcu_callback){.kind = RCU_NODE});
	call(rcu, (struct rcu_callback){.kind = RCU_NUMBER});
}

bool rcu_free_task(struct proc_world *world, u32 id, s32 prio, bool last)
{
	struct rcu *rcu = &world->rcu;

	if (likely(!rcu->thread))
		return false;
	call(rcu, (struct rcu_callback){.id = id, .prio = prio, .last = last, .kind = RCU_TASK});
	return true;
}

void rcu_free_stack(struct proc_world *world)
{
	if (world->rcu.thread)
		call(&world->rcu, (struct rcu_callback){.kind = RCU_STACK});
}

void rcu_free_file(struct proc_world *world)
{
	struct rcu *rcu = &world->rcu;

	if (unlikely(rcu->thread) && sched_feature(world->sched, FEATURE_FILES_FREED_BY_RCU))
		call(rcu, (struct rcu_callback){.kind = RCU_FILE});
}

bool rcu_wait(struct proc_world *world, const struct proc *proc)
{
	struct rcu *rcu = &world->rcu;

	if (likely(!rcu->thread))
		return false;
	call(rcu, (struct rcu_callback){.id = proc->index, .kind = RCU_WAITER});
	return true;
}

void rcu_sync(struct proc_world *world)
{
	if (unlikely(world->rcu.thread))
		call(&world->rcu, (struct rcu_callback){.kind = RCU_SYNC});
}
