/* SPDX-License-Identifier: MIT */
/* Grace periods of read-copy-update: see rcu.h. */
#include "proc/rcu.h"

#include <string.h>

#include "proc/bh.h"
#include "proc/irq.h"
#include "proc/proc.h"
#include "proc/stack.h"

enum { BATCH = 10, COMPACT_FROM = 64 };

/* Of what a death leaves, costs.rcu_callback, in thousandths: as measured on the 6.12 guest of tests/fidelity. */
static const u32 share[] = {
	[RCU_NODE] = 88,
	[RCU_NUMBER] = 123,
	[RCU_TASK] = 612,
	[RCU_CREDENTIALS] = 177,
	[RCU_STACK] = 30, /* given to a kworker, whose wakeup is not in it */
	[RCU_FILE] = 270, /* on the 6.1 guest, where it comes alone: with what a batch takes */
	[RCU_WAITER] = 100,
	[RCU_SYNC] = 100,
};

/*
 * A period's thread sleeps with a timeout of one tick (jiffies_till_first_fqs), for which the timer softirq looks at the wheel
 * two ticks later. That it was woken meanwhile does not change when the wheel is looked at (timer_base.next_expiry), only
 * for what next.
 */
static u64 timeout_of(const struct rcu *rcu)
{
	return rcu->begun ? rcu->begun + 2 * rcu->world->machine->tick_ns : 0;
}

static bool looks_at_wheel(struct rcu *rcu, u64 tick)
{
	u64 next_tick = tick + rcu->world->machine->tick_ns;

	if (!rcu->look || rcu->look >= next_tick)
		return false;
	rcu->look = timeout_of(rcu) >= next_tick ? timeout_of(rcu) : 0;
	return true;
}

void rcu_wheel_looked_at(struct proc_world *world, u64 tick)
{
	if (unlikely(world->rcu.thread))
		looks_at_wheel(&world->rcu, tick);
}

/* The way from the end of a tick at @when to here. */
static u64 way_to_softirq(struct rcu *rcu, u64 when)
{
	const struct costs *costs = rcu->world->costs;

	rcu->timers = looks_at_wheel(rcu, when);
	return costs->softirq + (rcu->timers ? costs->timer_softirq : 0);
}

/* The softirq runs when the next tick's own work is done. */
static void arm_softirq(struct rcu *rcu, u32 cpu)
{
	struct machine *machine = rcu->world->machine;
	const struct costs *costs = rcu->world->costs;
	u64 tick = machine_next_tick(machine, cpu);

	if (rcu->rcuc) {
		rcu->wheel = looks_at_wheel(rcu, tick);
		rcu->way = 0;
	} else {
		rcu->way = way_to_softirq(rcu, tick);
	}
	machine_timer_arm(machine, &rcu->timer, cpu, tick + costs->irq_entry + costs->tick + rcu->way);
}

/* call_rcu() on this cpu. */
static void call(struct rcu *rcu, struct rcu_callback callback)
{
	vec_push(&rcu->all, callback);
	rcu->nr_queued++;
	if (!timer_armed(&rcu->timer))
		arm_softirq(rcu, rcu->world->machine->acting);
}

/* What @nr of the callbacks take, from that at @from on. For @wanted of the stacks there is a place; those that are left come out. */
static u64 callbacks_ns(const struct rcu *rcu, u32 from, u32 nr, u32 *wanted)
{
	u64 thousandths = 0;

	for (u32 i = from; i < from + nr; i++)
		if (rcu->all.at[i].kind == RCU_STACK && *wanted)
			--*wanted;
		else
			thousandths += share[rcu->all.at[i].kind];
	return thousandths * rcu->world->costs->rcu_callback / 1000;
}

static bool has_more(const struct rcu *rcu)
{
	return rcu->nr_queued || rcu->nr_waiting;
}

static void free_task(struct rcu *rcu, struct rcu_callback task)
{
	struct proc_world *world = rcu->world;

	stream_put(world->stream, (struct record){
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

static void forget_invoked(struct rcu *rcu)
{
	if (rcu->first < COMPACT_FROM || rcu->first < rcu->all.len / 2)
		return;
	rcu->all.len -= rcu->first;
	memmove(rcu->all.at, rcu->all.at + rcu->first, rcu->all.len * sizeof(*rcu->all.at));
	rcu->first = 0;
}

static void wake_waiter(struct rcu *rcu, u32 id)
{
	struct proc *proc = pool_at(&rcu->world->procs, id);

	sched_wake(rcu->world->sched, &proc->task, TASK_NORMAL, 0);
}

/* Those whose turn comes in ksoftirqd as well: when that is, is not told apart. */
static void invoke(struct rcu *rcu)
{
	for (; rcu->nr_done; rcu->nr_done--) {
		struct rcu_callback callback = rcu->all.at[rcu->first++];

		if (callback.kind == RCU_TASK)
			free_task(rcu, callback);
		else if (callback.kind == RCU_WAITER)
			wake_waiter(rcu, callback.id);
		else if (callback.kind == RCU_STACK)
			stack_give_late(rcu->world, rcu->world->machine->acting);
	}
	forget_invoked(rcu);
}

/* rcu_do_batch(). Callbacks beyond a batch raise the softirq again. */
static void invoke_callbacks(struct rcu *rcu, struct cpu *cpu)
{
	u32 nr = min_of(rcu->nr_done, (u32)BATCH), left = rcu->nr_done - nr;
	u32 wanted = stacks_wanted(rcu->world, cpu->id);
	u64 batch_ns = callbacks_ns(rcu, rcu->first, nr, &wanted);
	u64 left_ns = callbacks_ns(rcu, rcu->first + nr, left, &wanted);

	invoke(rcu);
	if (left && irq_softirq(rcu->world, cpu, batch_ns, rcu->world->costs->block + left_ns)) {
		rcu->again = cpu->id + 1;
		return;
	}
	cpu_steal_irq(rcu->world->machine, cpu, batch_ns + left_ns);
}

/* The way here from the tick's end: what ran stood still, or the switch that the tick asked for comes later. */
static void pay_for_way(struct rcu *rcu, struct cpu *cpu)
{
	u64 now = rcu->world->machine->now, way = rcu->way;
	u64 from = max_of(cpu->kernel_until, cpu->work_begins);

	if (cpu->kernel_until > now)
		cpu_steal_irq(rcu->world->machine, cpu, way);
	else if (from < now)
		cpu_leave_irq(cpu, min_of(way, now - from));
}

/* No grace period is under way, and callbacks have come since a softirq asked for one. */
static bool asks_for_more(const struct rcu *rcu)
{
	return !rcu->nr_waiting && rcu->nr_queued > rcu->nr_asked;
}

/* rcu_pending(): awake, the thread has still to do what an earlier tick has told it, and until then no softirq is raised. */
static bool has_nothing_to_tell(const struct rcu *rcu)
{
	return rcu->thread->task.state != TASK_IDLE && has_more(rcu) && !rcu->nr_done && !asks_for_more(rcu);
}

/* The softirq comes at @when instead. @looks: how long what has come by then takes, it does not know yet. */
static bool put_off(struct rcu *rcu, u64 when, bool looks)
{
	rcu->put_off = looks;
	machine_timer_arm(rcu->world->machine, &rcu->timer, rcu->world->machine->acting, when);
	return true;
}

/*
 * __do_softirq() enables interrupts, and the softirq of the timers comes before that of RCU: what has come by now is served before,
 * and whom it wakes is ahead of the thread.
 */
static bool waits_for_others(struct rcu *rcu, const struct cpu *cpu)
{
	const struct costs *costs = rcu->world->costs;
	u64 now = rcu->world->machine->now, end;

	if (cpu->timer_at > now && cpu->timer_at < NEVER && cpu->timer_at - min_of(cpu->timer_at, costs->irq_entry) <= now)
		return put_off(rcu, cpu->timer_at + 1, true);
	end = irq_end(rcu->world, cpu);
	if (!rcu->put_off || end <= now) {
		rcu->put_off = false;
		return false;
	}
	rcu->timers = true;
	rcu->way = costs->softirq + costs->timer_softirq;
	return put_off(rcu, end + rcu->way, false);
}

/* What the tick says: somebody has callbacks, or waits for them. */
static void tell(struct rcu *rcu)
{
	rcu->nr_asked = rcu->nr_queued;
	if (has_more(rcu))
		sched_wake(rcu->world->sched, &rcu->thread->task, TASK_IDLE, 0);
}

/* invoke_rcu_core() in a tick of a realtime kernel. */
static void wake_rcuc(struct rcu *rcu, u32 cpu)
{
	bool wheel = rcu->wheel;

	rcu->wheel = false;
	if (has_nothing_to_tell(rcu))
		arm_softirq(rcu, cpu);
	else
		bh_ask(&rcu->rcuc[cpu]);
	if (wheel)
		bh_raise_timers(rcu->world, cpu, TIMER_WHEEL);
}

static void softirq(struct machine *machine, struct timer *timer)
{
	struct rcu *rcu = container_of(timer, struct rcu, timer);
	struct cpu *cpu = &machine->cpus[machine->acting];

	if (rcu->rcuc) {
		wake_rcuc(rcu, cpu->id);
		return;
	}
	if (unlikely(waits_for_others(rcu, cpu)))
		return;
	if (has_nothing_to_tell(rcu)) {
		arm_softirq(rcu, machine->acting);
		return;
	}
	cpu->irq_stat.softirqs[SOFTIRQ_RCU]++;
	cpu->irq_stat.softirqs[SOFTIRQ_TIMER] += rcu->timers;
	pay_for_way(rcu, cpu);
	tell(rcu);
	invoke_callbacks(rcu, cpu);
	if (has_more(rcu) && !timer_armed(&rcu->timer))
		arm_softirq(rcu, machine->acting);
}

void rcu_softirq_again(struct proc_world *world, u32 cpu)
{
	struct rcu *rcu = &world->rcu;

	if (likely(rcu->again != cpu + 1))
		return;
	rcu->again = 0;
	if (!asks_for_more(rcu))
		return;
	rcu->nr_asked = rcu->nr_queued;
	sched_wake(world->sched, &rcu->thread->task, TASK_IDLE, 0);
}

/* ---- rcuc/N ---- */

/* rcu_core(): it tells first; callbacks are not counted in batches there. */
static u64 rcuc_begins(struct proc_world *world, u32 index unused_arg, u32 cpu)
{
	struct rcu *rcu = &world->rcu;
	u32 wanted = stacks_wanted(world, cpu);

	tell(rcu);
	return callbacks_ns(rcu, rcu->first, rcu->nr_done, &wanted);
}

static bool rcuc_ends(struct proc_world *world, u32 index unused_arg, u32 cpu)
{
	struct rcu *rcu = &world->rcu;

	invoke(rcu);
	if (has_more(rcu) && !timer_armed(&rcu->timer))
		arm_softirq(rcu, cpu);
	return false;
}

void rcu_threads_init(struct proc_world *world)
{
	static const struct bh_job job = {.begin = rcuc_begins, .end = rcuc_ends};
	u32 nr_cpus = world->sched->nr_cpus;

	world->rcu.rcuc = arena_array(world->arena, struct bh_thread, nr_cpus);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		world->rcu.rcuc[cpu] = (struct bh_thread){.proc = world->cpu_threads[cpu].rcuc, .job = &job};
		bh_join(world, &world->rcu.rcuc[cpu], cpu);
	}
}

void rcu_init(struct proc_world *world, struct proc *thread)
{
	world->rcu = (struct rcu){.world = world, .thread = thread};
	timer_init(&world->rcu.timer, softirq, TIMER_RANK_LATE, 0);
}

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

void rcu_fini(struct proc_world *world)
{
	vec_fini(&world->rcu.all);
}

enum { RCU_WOKEN, RCU_DONE };

/*
 * rcu_accelerate_cbs(): the period that begins behind another is for all that has come by now; one that was asked for while none was
 * under way, for what had come by then (what came since waits for a whole one, and this one has begun).
 */
static u32 take_queued(struct rcu *rcu, bool ends)
{
	u32 nr = ends ? rcu->nr_queued : min_of(rcu->nr_asked, rcu->nr_queued);

	rcu->nr_queued -= nr;
	rcu->nr_asked = 0;
	return nr;
}

/* To begin a period, or to end one, takes a sixth less than to do both. */
static u64 period_ns(const struct rcu *rcu, bool ends)
{
	u64 ns = rcu->world->costs->rcu;

	return ends && rcu->nr_waiting ? ns : ns - ns / 6;
}

void rcu_step(struct proc_world *world, struct cpu *cpu, struct proc *thread)
{
	struct rcu *rcu = &world->rcu;

	if (thread->phase == RCU_WOKEN) {
		bool ends = rcu->nr_waiting;

		rcu->nr_done += rcu->nr_waiting;
		rcu->nr_waiting = take_queued(rcu, ends);
		rcu->begun = rcu->nr_waiting ? world->machine->now : 0;
		if (!rcu->look)
			rcu->look = timeout_of(rcu);
		if (proc_pay(world, cpu, thread, period_ns(rcu, ends), RCU_DONE))
			return;
	}
	thread->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
	thread->phase = RCU_WOKEN;
	sched_block(world->sched, cpu, TASK_IDLE);
}
