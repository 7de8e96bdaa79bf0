/* SPDX-License-Identifier: MIT */
/*
 * A task's program, one op at a time.
 *
 * The machine calls when a segment of the current task is over. Ops are stepped until one takes
 * time, sleeps or switches; all of that happens in no time. An op that enters the kernel is a small
 * step machine (see enum op_phase): it pays a cost with proc_pay(), which is a segment marked as
 * kernel work, and then has its effect.
 */
#include "model/syscalls.h"
#include "proc/bh.h"
#include "proc/calls.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/hotplug.h"
#include "proc/irq.h"
#include "proc/kthreads.h"
#include "proc/sleep.h"
#include "proc/stall.h"
#include "proc/sync.h"

enum {
	SPIN_JUMPS_MAX = 1000 * 1000, /* backward jumps of one task while time stands still */
};

/* A signal comes first, then a reschedule, then the limit of a group. */
static bool flags_keep_in_kernel(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	if (proc->task.flags & TASK_FLAG_NOTIFY && proc_deliver(world, cpu, proc))
		return true;
	if (sched_preempt_point(world->sched, cpu))
		return true;
	return proc->task.flags & TASK_FLAG_THROTTLE && sched_throttle_point(world->sched, cpu);
}

/* It holds locks of the kernel: it stays there, but may be preempted between two of its steps. */
static bool section_goes_on(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	proc->in_call = IN_CALL;
	return !(proc->task.flags & TASK_FLAG_NO_PREEMPT) &&
	       sched_preempt_enable(world->sched, cpu);
}

static always_inline bool return_to_user(struct proc_world *world, struct cpu *cpu,
					 struct proc *proc)
{
	bool slept = proc->in_call >= IN_CALL_SLEPT;

	proc->in_call = NOT_IN_CALL;
	if (unlikely(proc->task.flags &
		     (TASK_FLAG_NOTIFY | TASK_FLAG_THROTTLE | TASK_FLAG_SECTION))) {
		if (proc->task.flags & TASK_FLAG_SECTION)
			return section_goes_on(world, cpu, proc);
		if (flags_keep_in_kernel(world, cpu, proc))
			return true;
	} else if (sched_preempt_point(world->sched, cpu)) {
		return true;
	}
	if (!slept)
		cpu_steal(world->machine, cpu, world->costs->syscall_exit);
	return false;
}

bool proc_return_to_user(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	return return_to_user(world, cpu, proc);
}

/* A program that jumps back and forth without time moving would never end. */
static bool spins(struct proc_world *world, struct proc *proc, const struct op *op)
{
	u32 now = (u32)world->machine->now;

	if (likely(proc->guard_at != now)) {
		proc->guard_at = now;
		proc->nr_ops = 0;
	}
	if (likely(++proc->nr_ops < SPIN_JUMPS_MAX))
		return false;
	proc_fail(world, proc, "spins without progress in op '%s'", op_infos[op->code].key);
	return true;
}

/* ---- Small ones ---- */

enum { CALL_BEGIN, CALL_EFFECT };

/* The step is over in any case. */
static void yield_op(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	if (proc->phase == CALL_BEGIN &&
	    proc_pay(world, cpu, proc, world->costs->syscall + world->costs->yield, CALL_EFFECT))
		return;
	proc->pc++;
	proc->phase = OP_START;
	proc->in_call = NOT_IN_CALL;
	sched_yield_curr(world->sched, cpu);
}

static void exit_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	u32 code = (u32)(op->value & 0xff) << 8;

	if (op->code == OP_EXIT_GROUP) {
		signal_begin_group_exit(world, proc, code);
		code = proc->process->group_exit_code;
	}
	if (!proc_exit_takes_time(world, cpu, proc, code, CALL_EFFECT))
		proc_exit(world, cpu, code);
}

void loops_drop(struct proc_world *world, u32 *loops)
{
	if (unlikely(*loops))
		pool_put(&world->deep_loops, *loops - 1);
	*loops = 0;
}

/* Apart, so that what the rest of a step does stays one function. */
static out_of_line u64 *deep_counter(struct proc_world *world, struct proc *proc, u32 at)
{
	struct loops *loops;
	u32 index;

	if (proc->deep_loops) {
		loops = pool_at(&world->deep_loops, proc->deep_loops - 1);
	} else {
		loops = pool_get(&world->deep_loops, &index);
		proc->deep_loops = index + 1;
	}
	return &loops->left[at];
}

/* How many rounds are left of the loop at @depth. */
static always_inline u64 *loop_counter(struct proc_world *world, struct proc *proc, u32 depth)
{
	return likely(depth < LOOPS_NEAR) ? &proc->loop_left[depth]
					  : deep_counter(world, proc, depth - LOOPS_NEAR);
}

static void begin_loop(struct proc_world *world, struct proc *proc, const struct op *op)
{
	bool forever = op->value == 0 && !(op->flags & OP_DIST);
	u64 rounds = forever ? UINT64_MAX : op_draw(world, proc, op);

	if (unlikely(forever && proc->should_stop))
		rounds = 0;
	*loop_counter(world, proc, op->a) = rounds;
	proc->pc = rounds ? proc->pc + 1 : op->b + 1;
}

/* A block that is done once or not at all, or for each connection. */
static void begin_ready(struct proc_world *world, struct proc *proc, const struct op *op)
{
	u32 times = epoll_times_told(world, proc, op);

	*loop_counter(world, proc, op->a) = times;
	proc->pc = times ? proc->pc + 1 : op->b + 1;
}

/* False: the task spins. */
static always_inline bool end_loop(struct proc_world *world, struct proc *proc, const struct op *op)
{
	if (--*loop_counter(world, proc, op->a) == 0) {
		proc->pc++;
		return true;
	}
	proc->pc = op->b + 1;
	return !spins(world, proc, &proc->program->ops[proc->pc]);
}

/* ---- System calls, if they are counted ---- */

not_inline void interp_count_call(struct proc_world *world, const struct proc *proc,
				  const struct op *op)
{
	u32 **counts, call = syscall_of_op(op), task = proc->task.id;

	if (op->code == OP_SYSCALL && op->a & SECTION_INSIDE) /* a part of one */
		return;
	while (task >= world->call_counts.len)
		vec_push(&world->call_counts, NULL);
	counts = &world->call_counts.at[task];
	if (!*counts)
		*counts = arena_array(world->arena, u32, NR_SYSCALLS + 2);
	(*counts)[call]++;
}

u32 interp_calls(const struct proc_world *world, const struct proc *proc, u32 call)
{
	u32 task = proc->task.id;

	return task < world->call_counts.len && world->call_counts.at[task]
		       ? world->call_counts.at[task][call]
		       : 0;
}

/* ---- The step ---- */

/*
 * @watches: a call that returns is counted, if `ossim proc` looks at that, and tracers may stop who
 * calls. A constant, so that a run pays nothing for it.
 */
static always_inline void step(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			       const bool watches)
{
	if (watches && proc->signals && ptrace_goes_on(world, cpu, proc))
		return;
	for (;;) {
		const struct op *op = &proc->program->ops[proc->pc];

		if (watches && proc->signals && ptrace_stops_at_entry(world, cpu, proc, op))
			return;
		switch (op->code) {
		case OP_RUN:
			proc->pc++;
			proc->task.work_left = op_draw(world, proc, op);
			if (!proc->task.work_left)
				continue;
			if (unlikely(proc->task.flags & TASK_FLAG_KTHREAD))
				proc->task.flags |= TASK_FLAG_IN_KERNEL; /* all it does is */
			sched_continue(world->sched, cpu);
			return;
		case OP_LOOP:
			begin_loop(world, proc, op);
			continue;
		case OP_READY:
			begin_ready(world, proc, op);
			continue;
		case OP_EACH: /* stands behind its READY, which knows the end */
			proc->pc = epoll_take_told(world, proc, op)
					   ? proc->pc + 1
					   : proc->program->ops[proc->pc - 1].b;
			continue;
		case OP_END:
			if (!end_loop(world, proc, op))
				return;
			continue;
		case OP_YIELD:
			if (watches && world->counts_calls && proc->phase == OP_START)
				interp_count_call(world, proc, op);
			yield_op(world, cpu, proc);
			if (watches && proc->signals && proc->phase == OP_START)
				ptrace_has_yielded(proc);
			return;
		case OP_EXIT:
			if (unlikely(proc->signals) && proc->signals->frame &&
			    op->flags & OP_IMPLICIT) {
				if (signal_return(world, cpu, proc))
					return;
				continue;
			}
			exit_op(world, cpu, proc, op);
			return;
		case OP_EXIT_GROUP:
			exit_op(world, cpu, proc, op);
			return;
		case OP_EXEC:
			/* Sets pc itself. */
			if (!exec_op(world, cpu, proc, op) || spins(world, proc, op))
				return;
			break;
		/* What most programs do most. */
		case OP_SLEEP:
			if (!sleep_op(world, cpu, proc, op))
				return;
			proc->pc++;
			break;
		case OP_TIMER:
			if (!timer_op(world, cpu, proc, op))
				return;
			proc->pc++;
			break;
		default:
			if (!call_op(world, cpu, proc, op))
				return;
			proc->pc++;
		}
		proc->phase = OP_START;
		if (watches && world->counts_calls && proc->in_call)
			interp_count_call(world, proc, op);
		if (watches && proc->signals && ptrace_stops_at_end(world, cpu, proc, op))
			return;
		if (proc->in_call && return_to_user(world, cpu, proc))
			return;
	}
}

static not_inline void step_plainly(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	step(world, cpu, proc, false);
}

static not_inline void step_watching(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	step(world, cpu, proc, true);
}

/* On the way to user mode: signals, then throttling. True: return from the step. */
static bool look_before_user(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	if (likely(!(proc->task.flags & (TASK_FLAG_NOTIFY | TASK_FLAG_THROTTLE))))
		return false;
	if (proc->task.flags & TASK_FLAG_NOTIFY && proc_deliver(world, cpu, proc))
		return true;
	return proc->task.flags & TASK_FLAG_THROTTLE && sched_throttle_point(world->sched, cpu);
}

/* What there is to do before the program goes on. */
static bool has_before_step(const struct task *task)
{
	return task->work_left || task->flags & (TASK_FLAG_KTHREAD | TASK_FLAG_IN_KERNEL |
						 TASK_FLAG_NOTIFY | TASK_FLAG_THROTTLE);
}

/* Kernel threads, kernel work, signals. True: return from the step. */
static not_inline bool before_step(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct task *task = &proc->task;
	struct worker *worker;

	if (unlikely(task->flags & TASK_FLAG_KTHREAD && !proc->program)) {
		if (task->flags & TASK_FLAG_STOPPER)
			sched_stopper_step(world->sched, cpu);
		else if (proc == world->rcu.thread)
			rcu_step(world, cpu, proc);
		else if ((worker = worker_of(world, proc)))
			worker_step(world, cpu, worker);
		else if (proc == world->kthreadd && world->kthreads &&
			 kthreadd_step(world, cpu, proc))
			return true;
		else if (!hotplug_thread_step(world, cpu, proc) &&
			 !bh_thread_step(world, cpu, proc) && !irq_thread_step(world, cpu, proc))
			sched_block(world->sched, cpu, TASK_INTERRUPTIBLE);
		return true;
	}
	if (unlikely(task->work_left)) {
		/* Cut short by a signal; kernel work is finished first. */
		if (!(task->flags & TASK_FLAG_IN_KERNEL) && look_before_user(world, cpu, proc))
			return true;
		sched_continue(world->sched, cpu);
		return true;
	}
	if (task->flags & TASK_FLAG_IN_KERNEL) {
		task->flags &= (u16)~TASK_FLAG_IN_KERNEL;
		if (proc->in_call)
			return false;
	}
	if (likely(!(task->flags & (TASK_FLAG_NOTIFY | TASK_FLAG_THROTTLE))))
		return false;
	if (task->flags & TASK_FLAG_SECTION)
		return false;
	if (task->flags & TASK_FLAG_NOTIFY && signal_interrupts_call(world, proc) &&
	    proc_deliver(world, cpu, proc))
		return true;
	/* In a call it comes to that at the call's end. */
	return task->flags & TASK_FLAG_THROTTLE && !proc->in_call &&
	       sched_throttle_point(world->sched, cpu);
}

static void begin_life(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	proc->phase = OP_START;
	if (!cow_pay_child(world, cpu, proc))
		(world->watches_calls ? step_watching : step_plainly)(world, cpu, proc);
}

/* Before the program's first op and after its last. */
static not_inline void step_at_the_ends(struct proc_world *world, struct cpu *cpu,
					struct proc *proc)
{
	if (proc->phase == OP_DEAD)
		proc_leave_cpu(world, cpu, proc);
	else if (proc->phase == OP_NEWBORN)
		begin_life(world, cpu, proc);
	else if (proc->phase == OP_HANDSHAKE) {
		if (kthread_handshake(world, cpu, proc))
			(world->watches_calls ? step_watching : step_plainly)(world, cpu, proc);
	} else if (proc->phase == OP_STOPPING) {
		signal_stop_paid(world, cpu, proc);
	} else if (proc->phase == OP_UNGROUPED) {
		proc_exit_ungrouped(world, cpu, proc);
	} else if (proc->phase == OP_ZAPPING) {
		if (pidns_zap_step(world, cpu, proc))
			proc_exit_rest(world, cpu, proc);
	} else {
		signal_die(world, cpu, proc);
	}
}

static always_inline void segment_end(void *self, struct cpu *cpu, const bool watches)
{
	struct proc_world *world = self;
	struct proc *proc = proc_curr(world, cpu);

	cpu->segment_end = NEVER;
	if (unlikely(world->failure))
		return;
	if (unlikely(world->machine->spin_guard > STALL_EVENTS) && stall_look(world))
		return;
	/* Its work ended while the scheduler was already on its way to another. */
	if (unlikely(cpu->resched_at <= world->machine->now && !proc->in_call)) {
		sched_resched(world->sched, cpu);
		return;
	}
	if (has_before_step(&proc->task) && before_step(world, cpu, proc))
		return;
	if (unlikely(proc->phase >= OP_AT_THE_ENDS))
		step_at_the_ends(world, cpu, proc);
	else
		step(world, cpu, proc, watches);
}

void interp_segment_end(void *self, struct cpu *cpu)
{
	segment_end(self, cpu, false);
}

void interp_segment_end_watching(void *self, struct cpu *cpu)
{
	segment_end(self, cpu, true);
}
