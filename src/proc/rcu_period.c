/* SPDX-License-Identifier: MIT */
/* Grace periods of read-copy-update: see rcu.h and rcu_period.h. */
#include "proc/rcu_period.h"

#include "proc/proc.h"

/*
 * A period's thread sleeps with a timeout of one tick (jiffies_till_first_fqs), for which the timer
 * softirq looks at the wheel two ticks later. That it was woken meanwhile does not change when the
 * wheel is looked at (timer_base.next_expiry), only for what next.
 */
static u64 timeout_of(const struct rcu *rcu)
{
	return rcu->begun ? rcu->begun + 2 * rcu->world->machine->tick_ns : 0;
}

bool rcu_looks_at_wheel(struct rcu *rcu, u32 cpu, u64 tick)
{
	u64 next_tick = tick + rcu->world->machine->tick_ns;

	if (!rcu->look || rcu->home != cpu || rcu->look >= next_tick)
		return false;
	rcu->look = timeout_of(rcu) >= next_tick ? timeout_of(rcu) : 0;
	return true;
}

void rcu_wheel_looked_at(struct proc_world *world, u64 tick)
{
	if (unlikely(world->rcu.thread))
		rcu_looks_at_wheel(&world->rcu, world->machine->acting, tick);
}

static void wake_thread(struct rcu *rcu)
{
	rcu->woke |= sched_wake(rcu->world->sched, &rcu->thread->task, TASK_IDLE, 0);
}

/* ---- What waits for which period ---- */

static bool is_under_way(u64 seq)
{
	return seq & 1;
}

/* rcu_seq_snap(): what seq is when a whole period, that has not begun yet, is over. */
static u64 after_a_whole_one(u64 seq)
{
	return (seq + 3) & ~(u64)1;
}

/* rcu_start_this_gp(). True: the thread is to be woken for it. */
static bool ask_for(struct rcu *rcu, u64 until)
{
	if (rcu->needed >= until || until - 1 <= rcu->seq)
		return false;
	rcu->needed = until;
	if (is_under_way(rcu->seq))
		return false;
	rcu->asked = true;
	return true;
}

/* Is there a callback in a segment behind @segment? */
static bool any_behind(const struct rcu_cpu *on, u32 segment)
{
	while (++segment < RCU_SEGMENTS)
		if (on->nr[segment])
			return true;
	return false;
}

/*
 * rcu_accelerate_cbs(): what is assigned to no period, or to a later one, is assigned to the next
 * whole one; unless two earlier ones have callbacks. True: the thread is to be woken.
 */
static bool assign(struct rcu_cpu *on)
{
	u64 until = after_a_whole_one(on->rcu->seq);
	u32 at = RCU_NEXT_READY;

	while (at > RCU_DONE && !(on->nr[at] && on->until[at] < until))
		at--;
	if (!any_behind(on, at) || ++at == RCU_NEXT)
		return false;
	for (u32 later = at + 1; later < RCU_SEGMENTS; later++) {
		on->nr[at] += on->nr[later];
		on->nr[later] = 0;
	}
	on->until[at] = until;
	return ask_for(on->rcu, until);
}

/* rcu_advance_cbs(): what has waited long enough is ready. */
static bool advance(struct rcu_cpu *on)
{
	for (u32 at = RCU_WAIT; at < RCU_NEXT; at++) {
		if (on->nr[at] && on->until[at] > on->rcu->seq)
			break;
		on->nr[RCU_DONE] += on->nr[at];
		on->nr[at] = 0;
	}
	if (!on->nr[RCU_WAIT]) {
		on->nr[RCU_WAIT] = on->nr[RCU_NEXT_READY];
		on->until[RCU_WAIT] = on->until[RCU_NEXT_READY];
		on->nr[RCU_NEXT_READY] = 0;
	}
	return assign(on);
}

/* note_gp_changes(). True: the thread is to be woken. */
static bool note(struct rcu_cpu *on)
{
	u64 seq = on->rcu->seq;
	bool ends = on->seen >> 1 != seq >> 1, wakes;

	if (on->seen == seq)
		return false;
	wakes = ends ? advance(on) : assign(on);
	on->needs_report = is_under_way(seq) && on->awaited;
	on->seen = seq;
	return wakes;
}

void rcu_is_not_awaited(struct rcu_cpu *on)
{
	if (!on->awaited)
		return;
	on->awaited = false;
	if (!--on->rcu->nr_awaited)
		wake_thread(on->rcu);
}

void rcu_tell(struct rcu_cpu *on)
{
	struct rcu *rcu = on->rcu;
	bool noted = on->seen != rcu->seq, wakes = note(on);

	if (!noted && on->needs_report) {
		/* Its callbacks may go with the period behind this one. */
		on->needs_report = false;
		if (on->awaited)
			assign(on);
		rcu_is_not_awaited(on);
	}
	if (!is_under_way(rcu->seq) && on->nr[RCU_NEXT])
		wakes |= assign(on);
	if (wakes)
		wake_thread(rcu);
}

/* ---- rcu_preempt ---- */

enum { RCU_WOKEN, RCU_PAID };

/* rcu_gp_init() */
static void begin(struct rcu *rcu, const struct cpu *cpu)
{
	struct proc_world *world = rcu->world;

	rcu->asked = false;
	rcu->seq++;
	rcu->begun = world->machine->now;
	rcu->nr_awaited = 0;
	for (u32 i = 0; i < world->sched->nr_cpus; i++) {
		rcu->cpus[i].awaited = cpumask_test(world->sched->rd.online, i);
		rcu->cpus[i].looked_at = false;
		rcu->nr_awaited += rcu->cpus[i].awaited;
	}
	note(&rcu->cpus[cpu->id]);
}

/* rcu_gp_cleanup(). The next one begins if somebody has asked, or this cpu asks now. */
static void end(struct rcu *rcu, const struct cpu *cpu)
{
	struct rcu_cpu *here = &rcu->cpus[cpu->id];

	rcu->seq++;
	rcu->begun = 0;
	note(here);
	assign(here);
	rcu->asked |= rcu->needed > rcu->seq;
}

/*
 * force_qs_rnp(): cpus that idle pass through quiescent states all the time, and so has who has
 * idled since it was looked at first. (Who was busy all along has ticks, and has reported before
 * anybody looks again: that it has switched will do.)
 */
static void look_at_idle_cpus(struct rcu *rcu)
{
	for (u32 i = 0; i < rcu->world->sched->nr_cpus; i++) {
		const struct rq *rq = sched_rq(rcu->world->sched, i);
		struct rcu_cpu *on = &rcu->cpus[i];

		if (!on->awaited)
			continue;
		if (rq->curr == rq->idle || (on->looked_at && on->switches != rq->nr_switches)) {
			on->awaited = false;
			rcu->nr_awaited--;
		}
		on->looked_at = true;
		on->switches = rq->nr_switches;
	}
}

/* To begin a period, or to end one, takes a sixth less than to do both. */
static u64 do_what_is_due(struct rcu *rcu, const struct cpu *cpu)
{
	u64 ns = rcu->world->costs->rcu;
	bool ends;

	if (rcu->nr_awaited && rcu->world->machine->now >= timeout_of(rcu))
		look_at_idle_cpus(rcu);
	ends = is_under_way(rcu->seq) && !rcu->nr_awaited;
	if (ends)
		end(rcu, cpu);
	if (is_under_way(rcu->seq) || !rcu->asked)
		return ns - ns / 6;
	begin(rcu, cpu);
	return ends ? ns : ns - ns / 6;
}

/* The softirq of the timers, two ticks behind the begin. */
static void time_is_out(struct machine *machine, struct timer *timer)
{
	struct rcu *rcu = container_of(timer, struct rcu, timeout);

	machine->cpus[timer->cpu].irq_stat.softirqs[SOFTIRQ_TIMER]++;
	wake_thread(rcu);
}

/* It sleeps until all have reported, or its timeout has passed: then again for as long. */
static void wait_for_reports(struct rcu *rcu, const struct cpu *cpu)
{
	struct machine *machine = rcu->world->machine;
	const struct costs *costs = rcu->world->costs;
	u64 tick = machine_next_tick(machine, cpu->id);

	rcu->home = cpu->id;
	if (machine->nr_cpus == 1)
		return;
	while (tick + machine->tick_ns <= timeout_of(rcu))
		tick += machine->tick_ns;
	if (timeout_of(rcu) <= machine->now)
		tick += machine->tick_ns;
	machine_timer_arm(machine, &rcu->timeout, cpu->id,
			  tick + costs->irq_entry + costs->tick + costs->softirq);
}

void rcu_period_init(struct rcu *rcu)
{
	timer_init(&rcu->timeout, time_is_out, TIMER_RANK_LATE, rcu->world->sched->nr_cpus);
}

static u64 work(struct rcu *rcu, const struct cpu *cpu)
{
	u64 ns;

	if (timer_armed(&rcu->timeout))
		machine_timer_cancel(rcu->world->machine, &rcu->timeout);
	ns = do_what_is_due(rcu, cpu);
	if (!rcu->look)
		rcu->look = timeout_of(rcu);
	return ns;
}

/*
 * What it sleeps for has come while it worked, and found it awake (swait_event_idle_exclusive()).
 */
static bool has_come(const struct rcu *rcu)
{
	return is_under_way(rcu->seq) ? !rcu->nr_awaited : rcu->asked;
}

void rcu_step(struct proc_world *world, struct cpu *cpu, struct proc *thread)
{
	struct rcu *rcu = &world->rcu;

	while (thread->phase == RCU_WOKEN || has_come(rcu)) {
		if (proc_pay(world, cpu, thread, work(rcu, cpu), RCU_PAID))
			return;
	}
	thread->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
	thread->phase = RCU_WOKEN;
	if (is_under_way(rcu->seq))
		wait_for_reports(rcu, cpu);
	sched_block(world->sched, cpu, TASK_IDLE);
}
