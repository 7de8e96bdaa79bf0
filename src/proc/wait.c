/* SPDX-License-Identifier: MIT */
/*
 * Wait queues. What is queued is the wait entry embedded in a proc, so waiting allocates nothing
 * and a proc waits in one place at a time.
 */
#include "proc/wait.h"

#include "base/ensure.h"
#include "machine/wheel.h"
#include "proc/futex.h"
#include "proc/proc.h"

/* All fair tasks are one rank. */
enum { PRIO_FAIR = 100 };

struct proc *wait_proc_of(struct wait_entry *entry)
{
	if (unlikely(entry->flags & (WAIT_KEPT | WAIT_EXTRA)))
		return entry->flags & WAIT_KEPT
			       ? container_of(entry, struct sig_frame, kept)->proc
			       : container_of(entry, struct futex_extra, entry)->proc;
	return container_of(entry, struct proc, wait);
}

void wait_queue_init(struct wait_queue *queue)
{
	list_init(&queue->entries);
}

void wait_add(struct wait_queue *queue, struct proc *proc, bool exclusive)
{
	ensure(!wait_linked(&proc->wait));
	proc->wait.flags = exclusive ? WAIT_EXCLUSIVE : 0;
	if (exclusive)
		list_add_tail(&queue->entries, &proc->wait.link);
	else
		list_add_head(&queue->entries, &proc->wait.link);
}

void wait_add_first(struct wait_queue *queue, struct proc *proc)
{
	wait_add(queue, proc, false);
	proc->wait.flags = WAIT_EXCLUSIVE;
}

void wait_add_tail(struct wait_queue *queue, struct proc *proc)
{
	ensure(!wait_linked(&proc->wait));
	proc->wait.flags = 0;
	list_add_tail(&queue->entries, &proc->wait.link);
}

void wait_finish(struct proc *proc)
{
	if (wait_linked(&proc->wait))
		list_del(&proc->wait.link);
}

static bool call_watch(struct wait_entry *entry, u64 key, u32 wake_flags)
{
	struct wait_watch *watch = container_of(entry, struct wait_watch, entry);

	return watch->wake(watch, key, wake_flags);
}

u32 wait_wake(struct proc_world *world, struct wait_queue *queue, u32 nr, u16 mask, u32 wake_flags,
	      u64 key)
{
	struct wait_entry *entry, *next;
	u32 woken = 0;

	list_for_each_safe (entry, next, &queue->entries, link) {
		bool exclusive = entry->flags & WAIT_EXCLUSIVE;

		if (unlikely(entry->flags & WAIT_CALLS)) {
			if (call_watch(entry, key, wake_flags) && exclusive && nr && --nr == 0)
				break;
			continue;
		}
		if (!sched_wake(world->sched, &wait_proc_of(entry)->task, mask, wake_flags))
			continue;
		list_del(&entry->link);
		woken++;
		if (exclusive && nr && --nr == 0)
			break;
	}
	return woken;
}

u64 futex_wait_cost(const struct proc_world *world)
{
	return world->costs->block + world->costs->futex_wait;
}

/* Who is on its way to sleep is queued, but not asleep. */
static bool somebody_sleeps(const struct wait_queue *queue)
{
	return !wait_queue_empty(queue) &&
	       wait_proc_of(list_first(&queue->entries, struct wait_entry, link))->task.state !=
		       TASK_RUNNING;
}

u64 futex_wake_cost(const struct proc_world *world, const struct wait_queue *queue)
{
	return world->costs->syscall +
	       (somebody_sleeps(queue) ? world->costs->futex_wake : world->costs->futex_empty);
}

u64 futex_wake_all_cost(const struct proc_world *world, const struct wait_queue *queue)
{
	u64 cost = futex_wake_cost(world, queue), mark = world->costs->futex_mark;

	if (mark && !wait_queue_empty(queue))
		for (const struct list *at = queue->entries.next->next; at != &queue->entries;
		     at = at->next)
			cost += mark;
	return cost;
}

static void link_by_prio(struct wait_queue *queue, struct wait_entry *entry, bool first)
{
	struct list *behind = queue->entries.prev;
	s16 prio = entry->prio;

	while (behind != &queue->entries &&
	       (first ? list_entry(behind, struct wait_entry, link)->prio >= prio
		      : list_entry(behind, struct wait_entry, link)->prio > prio))
		behind = behind->prev;
	list_insert_between(&entry->link, behind, behind->next);
}

static void add_by_prio(struct wait_queue *queue, struct wait_entry *entry, s16 prio, bool first)
{
	ensure(!wait_linked(entry));
	entry->flags = WAIT_EXCLUSIVE;
	entry->prio = prio;
	link_by_prio(queue, entry, first);
}

static s16 rank(s16 prio)
{
	return min_of(prio, (s16)PRIO_FAIR);
}

void futex_add(struct wait_queue *queue, struct proc *proc)
{
	futex_add_entry(queue, &proc->wait, proc);
}

void futex_add_entry(struct wait_queue *queue, struct wait_entry *entry, const struct proc *proc)
{
	add_by_prio(queue, entry, rank(proc->task.normal_prio), false);
}

s16 pi_waiter_prio(const struct proc *proc)
{
	return rank(proc->task.prio);
}

void pi_waiter_add(struct wait_queue *queue, struct proc *proc, bool first)
{
	add_by_prio(queue, &proc->wait, pi_waiter_prio(proc), first);
}

u32 futex_wake(struct proc_world *world, struct wait_queue *queue, u32 nr)
{
	u32 woken = 0;

	while (woken < nr && !wait_queue_empty(queue)) {
		struct wait_entry *entry = list_first(&queue->entries, struct wait_entry, link);

		list_del(&entry->link);
		/* Who runs a handler finds on its return that it was woken. */
		if (!(entry->flags & WAIT_KEPT))
			sched_wake(world->sched, &wait_proc_of(entry)->task, TASK_NORMAL, 0);
		woken++;
	}
	return woken;
}

void futex_move_entry(struct wait_entry *entry, struct wait_queue *to)
{
	list_del(&entry->link);
	link_by_prio(to, entry, false);
}

static void replace(struct wait_entry *old, struct wait_entry *new)
{
	list_insert_between(&new->link, old->link.prev, &old->link);
	list_del(&old->link);
}

void wait_keep_place(struct proc *proc, struct wait_entry *kept)
{
	*kept = (struct wait_entry){.flags = WAIT_KEPT | WAIT_EXCLUSIVE};
	replace(&proc->wait, kept);
}

void wait_take_place(struct proc *proc, struct wait_entry *kept)
{
	if (!wait_stands(kept)) {
		list_del(&kept->link);
		return;
	}
	proc->wait.flags = WAIT_EXCLUSIVE | WAIT_STAYS;
	replace(kept, &proc->wait);
}

/* What is left of the call when the last is woken. */
static void go_back(struct proc_world *world)
{
	struct machine *machine = world->machine;

	cpu_steal(machine, &machine->cpus[machine->acting], world->costs->futex_exit);
}

void futex_wake_one(struct proc_world *world, struct wait_queue *queue)
{
	if (futex_wake(world, queue, 1))
		go_back(world);
}

void wait_pick(struct wait_entry *entry, struct list *to_wake)
{
	entry->flags |= WAIT_PICKED;
	list_move_tail(to_wake, &entry->link);
}

bool futex_wake_all(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct wait_queue *queue, u8 phase)
{
	struct list *to_wake = &locks_make(world, proc)->to_wake;

	while (!wait_queue_empty(queue))
		wait_pick(list_first(&queue->entries, struct wait_entry, link), to_wake);
	return futex_wake_rest(world, cpu, proc, phase);
}

bool futex_wake_rest(struct proc_world *world, struct cpu *cpu, struct proc *proc, u8 phase)
{
	struct list *to_wake = &proc->locks->to_wake;

	while (!list_empty(to_wake)) {
		struct wait_entry *entry = list_first(to_wake, struct wait_entry, link);
		bool last = to_wake->next == to_wake->prev;

		list_del(&entry->link);
		/* While others are still to be woken it is in mid-call: no way out to a switch. */
		if (!last)
			proc->task.flags |= TASK_FLAG_IN_KERNEL;
		if (!(entry->flags & WAIT_KEPT))
			sched_wake(world->sched, &wait_proc_of(entry)->task, TASK_NORMAL, 0);
		proc->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
		if (!last && proc_pay_all(world, cpu, proc, world->costs->futex_next, phase))
			return false;
		if (last)
			go_back(world);
	}
	return true;
}

/* ---- Timeouts ---- */

void wait_arm_timeout(struct proc_world *world, const struct cpu *cpu, struct proc *proc,
		      bool exact)
{
	const struct costs *costs = world->costs;
	bool slack = !exact && policy_is_fair(proc->task.policy);
	u64 slack_ns = slack ? proc->timer_slack_ns : 0;

	if (proc->wake_at == NEVER || timer_armed(&proc->timer))
		return;
	proc_choose_softness(world, proc);
	machine_timer_arm_slack(world->machine, &proc->timer, cpu->id,
				min_of(proc->wake_at + slack_ns + costs->irq_entry +
					       costs->timer_entry,
				       (u64)NEVER),
				(u32)min_of(slack_ns, (u64)UINT32_MAX));
}

/*
 * select_estimate_accuracy(): the longer the timeout, the later it may end; a real-time task's
 * never.
 */
static u64 poll_slack(const struct proc *proc, u64 ns)
{
	enum { MOST = 100 * MSEC };
	u64 least = policy_is_fair(proc->task.policy) ? proc->timer_slack_ns : 0;
	bool is_nice = proc->task.static_prio > PRIO_DEFAULT;

	if (!least)
		return 0;
	return max_of(least, min_of(ns / (is_nice ? 200 : 1000), (u64)MOST));
}

void wait_arm_poll(struct proc_world *world, const struct cpu *cpu, struct proc *proc, u64 timeout)
{
	const struct costs *costs = world->costs;
	u64 slack = poll_slack(proc, timeout);

	if (!timeout || timer_armed(&proc->timer))
		return;
	proc_choose_softness(world, proc);
	machine_timer_arm_slack(world->machine, &proc->timer, cpu->id,
				min_of(max_of(world->machine->now, proc->wake_at + slack) +
					       costs->irq_entry + costs->timer_entry,
				       (u64)NEVER),
				(u32)min_of(slack, (u64)UINT32_MAX));
}

bool wait_is_late(const struct proc_world *world, const struct proc *proc)
{
	return proc->wake_at <= world->machine->now && wait_stands(&proc->wait) &&
	       !timer_armed(&proc->timer);
}

void wait_drop_timeout(struct proc_world *world, struct proc *proc)
{
	if (unlikely(timer_armed(&proc->timer)))
		machine_timer_cancel(world->machine, &proc->timer);
}

/*
 * The softirq of a tick looks at the wheel when the tick's work is done. The kernel is told times
 * in microseconds (include/linux/jiffies.h: usecs_to_jiffies()); less than one is 0 ticks, which is
 * over with the next one.
 */
void wait_arm_ticks(struct proc_world *world, const struct cpu *cpu, struct proc *proc, u64 ns)
{
	struct machine *machine = world->machine;
	const struct costs *costs = world->costs;

	proc->wake_at =
		wheel_end(machine, cpu->id, div_round_up(ns / USEC * USEC, machine->tick_ns));
	proc->timer.soft = world->bh ? TIMER_WHEEL : TIMER_HARD; /* whatever its policy */
	machine_timer_arm(
		machine, &proc->timer, cpu->id,
		proc->wake_at + (world->bh ? 0 : costs->irq_entry + costs->tick + costs->softirq));
	proc->timer.of_tick = !world->bh;
}
