/* SPDX-License-Identifier: MIT */
/*
 * What things cost, in ns: one list. Presets: `zero` for theory, `x86-64` for a modern server
 * (sources: reference notes in docs/costs.md). Every figure can be set in the file,
 * machine.costs.NAME.
 *
 * X(field, x86-64 default, "help")
 */
#ifndef OSSIM_MODEL_COSTS_H
#define OSSIM_MODEL_COSTS_H

#include "base/types.h"

/* clang-format off */
#define COSTS(X) \
	X(switch_same_mm, 600, "context switch within one address space, charged to the next task") \
	X(switch_other_mm, 700, "context switch to another address space") \
	X(switch_flush, 0, "more of it if the cpu has no ASID for that address space any more") \
	X(block, 100, "from the end of user work into the sleeping call, up to the switch") \
	X(schedule, 0, "the part of a block or of a preemption from the last charge to the switch") \
	X(dequeue, 0, "more of it for a block: taking the task off its queue") \
	X(preempt, 0, "more of a preemption by an interrupt, before that charge") \
	X(wakeup, 400, "try_to_wake_up in the waker: system call or interrupt") \
	X(wakeup_charge, 0, "the part of a wakeup up to which the cpu's running task is charged") \
	X(wakeup_check, 0, "more of it when a fair task is weighed against the one that runs") \
	X(wakeup_rt, 0, "more of an interrupt's first wakeup of a real-time or deadline task while another runs") \
	X(wakeup_remote, 500, "more of it when the target is another cpu") \
	X(ipi, 1000, "delivery of an interrupt to another cpu") \
	X(ipi_handler, 300, "the interrupted cpu's time in it") \
	X(idle_exit, 2000, "from an interrupt that wakes an idle cpu to its scheduler") \
	X(idle_tick, 0, "more of idle_exit if a tick was due meanwhile") \
	X(idle_program, 0, "more of it if no timer is due before the next tick") \
	X(irq_entry, 200, "from an interrupt's due time to its handler") \
	X(irq_exit, 0, "from an interrupt's handler back to the work that it interrupted, if no switch comes between") \
	X(tick_jitter, 0, "the most by which a tick's handler begins later than that, at random") \
	X(timer_least, 1000, "from programming a timer for a time that has passed to its interrupt") \
	X(timer_jitter, 0, "the most by which the interrupt that ends a sleep comes later than that, at random") \
	X(irq_jitter, 0, "the most by which a tick's or an hrtimer's handler takes longer, at random, mostly little") \
	X(work_gap, 0, "interruptions below this pass for work: programs that measure it by the clock") \
	X(tick, 1300, "the tick's handler: accounting happens at its start, the switch at its end") \
	X(timer, 800, "an hrtimer's handler, without the wakeup it makes") \
	X(softirq, 300, "from the end of a tick's handler to what its softirqs wake") \
	X(rcu, 2000, "the grace-period thread's work each time it is woken, up to its switch") \
	X(rcu_callback, 500, "freeing what one death has left, in the softirq after its grace period") \
	X(timer_entry, 0, "more of irq_entry, up to the wakeup that an hrtimer makes") \
	X(balance_domain, 700, "one load-balancing pass over a domain") \
	X(migrate_core, 500, "cold cache: another cpu sharing the core's caches") \
	X(migrate_llc, 3000, "cold cache: another core below the same last-level cache") \
	X(migrate_node, 15000, "cold cache: another last-level cache of the node") \
	X(migrate_remote, 40000, "cold cache: another node") \
	X(syscall, 100, "entry and exit of any other system call") \
	X(syscall_exit, 0, "more of it on the way back to user mode, if no switch comes between") \
	X(nanosleep, 0, "more of a block in a sleep until a time") \
	X(yield, 0, "more of the system call that yields") \
	X(kill, 0, "more of the system call that sends a signal") \
	X(change, 0, "more of the system calls that change a task's attributes") \
	X(pipe, 0, "more of a system call that reads or writes a pipe and does not sleep") \
	X(pipe_exit, 0, "more of its way back") \
	X(lock_wait, 0, "more of a block in a mutex") \
	X(futex_wait, 0, "more of a block in a condition, barrier or semaphore") \
	X(futex_wake, 0, "more of a system call that finds somebody asleep in a futex") \
	X(futex_exit, 0, "more of its way back") \
	X(cond_wait, 0, "a condition wait's work in user mode before it unlocks") \
	X(cond_signal, 0, "the same of a signal or broadcast before its system call") \
	X(futex_next, 0, "of such a call, from one wakeup to the next") \
	X(fork, 25000, "fork or clone of a process, in the parent") \
	X(vfork, 5000, "vfork, in the parent before it sleeps: no memory is copied") \
	X(fork_thread, 3500, "clone of a thread, in the parent") \
	X(fork_wake, 0, "from a child's making to its first wakeup, in the parent") \
	X(fork_exit, 0, "more of the way back from a fork") \
	X(fork_page, 47, "more of fork for each page that is there (`memory`)") \
	X(fork_vma, 0, "more of fork for each VMA (`memory`)") \
	X(fault, 700, "a page's first touch") \
	X(fault_reuse, 500, "a write to a page that was shared since a fork, by the last who has it") \
	X(fault_copy, 1700, "a write to a page that is shared since a fork: it is copied") \
	X(cow, 0, "copying what parent and child write, to the first of them in user mode") \
	X(exec, 250000, "exec, to the first instruction of the new program") \
	X(io_submit, 1500, "giving a request to a device, in the submitter") \
	X(io_complete, 3500, "interrupt and softirq that end a request, without the wakeup") \
	X(exit, 18500, "exit, before the parent is told") \
	X(signal, 1200, "entering a signal handler and coming back from it") \
	X(exit_last, 1500, "more between telling the parent and the last switch") \
	X(reap, 10000, "wait that reaps a child") \
	X(hotplug_step, 100000, "a step of cpuhp/N while its cpu goes offline or comes back") \
	X(hotplug_rcu, 10000000, "a grace period that cpuhp/N waits for after its cpu has become inactive") \
	X(hotplug_boot, 2000000, "from the request until a cpu that comes back runs its idle task") \
	X(stop_machine, 30000, "all cpus stand still while one of them goes offline") \
	X(cow_parent, 0, "more of cow if the parent comes first") \
	X(softirq_more, 0, "more of a softirq that raises itself again for what it has left") \
	X(fpu_trap, 500, "loading a task's floating-point registers at their first use (`lazy_fpu`)") \
	X(queued_charge, 0, "wakeup_charge of a task that is still on its queue (a delayed dequeue)") \
	X(queued_check, 0, "wakeup_check of such a task") \
	X(schedule_same, 0, "what the scheduler takes instead of `schedule` if it picks the same task again") \
	X(dl_timer, 0, "of the way from the timer that gives a deadline task its next budget to the switch, what lies before that task's charge") \
	X(dl_throttle, 0, "of the way from a tick that finds a deadline task's budget used up to the switch, what lies before the next task's charge") \
	X(dl_block, 0, "more of a block of a deadline task, behind its charge") \
	X(softirq_exit, 0, "more of irq_exit behind the wakeup of a kernel thread by a timer or by read-copy-update, whose softirq has an end") \
	X(timer_softirq, 0, "the timer softirq of the second tick after a grace period has begun (`rcu`)") \
	X(timer_program, 0, "more of a block in a sleep until a time, if nothing of the cpu's is due before: the clock is set") \
	X(preempt_call, 0, "more of a preemption at the end of a system call") \
	X(pipe_wake, 0, "more of a write that finds a reader asleep, before it wakes it") \
	X(pipe_woken, 0, "the way back of a system call that slept in a pipe") \
	X(futex_empty, 0, "more of a system call that finds nobody asleep in a futex") \
	X(futex_mark, 0, "more of one that wakes several, for each but one, before it wakes the first") \
	X(cond_woken, 0, "a condition wait's work after it is woken, before it locks the mutex") \
	X(tick_fair, 0, "the part of the tick's handler that only a fair task takes") \
	X(load_period, 0, "each load average, of a task or a queue, for which a period of 1024 us ends") \
	X(group_level, 0, "each level of groups above a task, at a tick, a wakeup, a block and both ends of a switch") \
	X(tree_level, 0, "each task that is passed on the way down the queue's tree when one is put there, or up when one goes (EEVDF)") \
	X(tree_mend, 0, "each rotation that keeps this tree balanced; twice that for each level with new colours") \
	X(softirq_balance, 0, "from a tick's accounting to load balancing in its softirq; 0: at once") \
	X(irq_resume, 0, "from the switch to a task that an interrupt preempted back to its work") \
	X(irq_delivery, 0, "of irq_entry, what passes before the cpu sees the interrupt: not of one that waits for a switch's end") \
	X(yield_same, 0, "more of the system call that yields, if the same task goes on") \
	X(undelay, 0, "more of a switch, for each delayed dequeue that its pick comes upon and finishes") \
	X(pi_wait, 0, "more of a block in a mutex with priority inheritance") \
	X(tree_put, 0, "more of a switch whose task that goes is put back into the queue's tree, in which there are others (EEVDF)") \
	X(timer_work, 0, "of an hrtimer's irq_entry, what its cpu still works as before: it has not seen the interrupt yet") \
	X(timer_exit, 0, "more of irq_exit behind an hrtimer's handler: the next one is programmed") \
	X(tick_rt, 0, "the part of the tick's handler that only a real-time task takes") \
	X(wakeup_fair, 0, "the part of a wakeup that is left out if a real-time or deadline task goes on behind it") \
	X(irqs_off, 0, "the end of a block or of the way to a preemption, up to the switch, in which interrupts are off") \
	X(pi_chain, 0, "more of pi_wait for each further owner up the chain") \
	X(pi_wake, 0, "more of the unlock that takes a boost by priority inheritance away") \
	X(group_queue, 0, "more of group_level at a wakeup and a block: the group is put on its queue, or what that knows of it changes") \
	X(timer_next, 0, "from a wakeup by an hrtimer to the next one by the same interrupt, beyond the wakeup itself") \
	X(group_exit, 0, "more of the system call that moves a task to another cgroup, behind the move") \
	X(fork_slab, 0, "more of each fork that uses up a slab of the kernel's objects (`machine.slab_forks`)") \
	X(fork_stack, 0, "more of a fork that finds no stack of a dead task: two of them are kept for each cpu") \
	X(mm_drop, 0, "freeing a dead process's address space, by the next user task on its cpu") \
	X(stop, 0, "a stop by a signal, from the way to user mode up to the switch") \
	X(pi_first, 0, "more of a task's first block in a mutex with priority inheritance") \
	X(exit_first, 0, "more of the first exit of all") \
	X(change_exit, 0, "more of a change of a policy, nice or slice, behind the change") \
	X(worker, 0, "a kworker to which softirqs leave work, beside that work (`free_stack`)") \
	X(free_stack, 0, "freeing a dead task's kernel stack, by a kworker after a grace period: no place was left for it") \
	X(cow_thread, 0, "copying the page of a thread's own data, to the first of parent and child who comes to it") \
	X(lru_drain, 0, "more of copying a page for a child that was itself copied for one lately") \
	X(fork_grow, 0, "more of a fork that makes more processes live than ever before: the kernel's pools grow") \
	X(change_entry, 0, "more of a change of a policy, nice, slice or affinity, before the change") \
	X(change_attr, 0, "more of such a change by sched_setattr() or sched_setaffinity(), not setpriority()") \
	X(change_resched, 0, "more of a change of one's own that asks for a reschedule, up to it") \
	X(exit_files, 0, "the part of exit behind the event that tells of it, where that comes behind the memory's end (switch EXIT_TRACED_FIRST off)") \
	X(exit_page, 0, "more of exit for each page that is there (`memory`)") \
	X(lru_page, 0, "each page of a cpu's batch of new pages, to who sends it off") \
	X(wait_call, 0, "more of a wait that need not sleep: the call's way in") \
	X(file_times, 0, "more of a call that is the first since a tick to read, or to write, this pipe: its times are set") \
	X(tree_check, 0, "each task that a pick asks whether it is eligible, beyond who runs and the one with the earliest deadline (EEVDF)") \
	X(fork_user, 0, "the parent's work in user mode behind a fork: of the library") \
	X(weighing, 0, "turning time of a task whose nice is not 0 into virtual time: its charges, its lag as it blocks, its place as it wakes (EEVDF)") \
	X(request, 0, "a charge that uses up a task's request: it begins a new one (EEVDF)") \
	X(pipe_waker, 0, "more of the way back of a write that has woken a reader") \
	X(futex_woken, 0, "the way back of a wait for a semaphore or a barrier that slept") \
	X(cond_lock, 0, "more of cond_woken if the mutex is not free") \
	X(pipe_first, 0, "more of the first write to a pipe: a page for it") \
	X(cont, 0, "more of a system call that sends SIGCONT to who has stopped, behind the wakeup") \
	X(resume, 0, "the way to user mode behind a stop by a signal: the parent is told") \
	X(idle_next, 0, "more of idle_exit for each further sleep that the interrupt ends") \
	X(requeue, 0, "more of a wakeup of a task that is still on its queue, if its debt is paid by now: it is placed anew (EEVDF)") \
	X(kill_wake, 0, "more of a system call whose signal wakes who sleeps") \
	X(sleep_woken, 0, "the way back of a sleep until a time") \
	X(timer_early, 0, "of irq_entry, what it does not take up to the end of a sleep: the tick has more to do before it accounts") \
	X(idle_switch, 0, "a switch to the idle task, up to where interrupts are on again (with `irqs_off`)")
/* clang-format on */

struct costs {
#define X(field, ...) u64 field;
	COSTS(X)
#undef X
};

enum cost_id {
#define X(field, ...) COST_ID_##field,
	COSTS(X)
#undef X
	NR_COSTS
};

struct cost_info {
	const char *name;
	u64 x86_64;
	const char *help;
};

extern const struct cost_info cost_infos[NR_COSTS];

static inline u64 *cost_at(struct costs *costs, enum cost_id id)
{
	return (u64 *)costs + id;
}

extern const char *const cost_names[NR_COSTS];
extern const char *const cost_preset_names[2];

/* The fair class's bookkeeping costs by what it finds. */
static inline bool costs_have_tolls(const struct costs *costs)
{
	return costs->load_period || costs->group_level || costs->tree_level || costs->tree_mend ||
	       costs->undelay || costs->tree_put || costs->tree_check || costs->weighing ||
	       costs->request || costs->requeue;
}

/* False if there is no preset of that name. */
bool costs_preset(const char *name, struct costs *out);

#endif
