/* SPDX-License-Identifier: MIT */
/*
 * A task's program, one op at a time.
 *
 * The machine calls when a segment of the current task is over. Ops are stepped until one takes
 * time, sleeps or switches; all of that happens in no time. An op that enters the kernel is a small
 * step machine (see enum op_phase): it pays a cost with proc_pay(), which is a segment marked as
 * kernel work, and then has its effect.
 */
#include "base/ensure.h"
#include "proc/proc.h"

enum {
	SPIN_JUMPS_MAX = 1000 * 1000,      /* backward jumps of one task while time stands still */
	SPIN_EVENTS_MAX = 8 * 1000 * 1000, /* events of the whole machine likewise */
};

static always_inline u64 draw(struct proc_world *world, struct proc *proc, const struct op *op)
{
	if (op->flags & OP_DIST)
		return dist_draw(&world->workload->dists[op->value], &proc->rng);
	return op->value;
}

/* Exit to user mode: signals first, then a reschedule. True: return from the step. */
static bool return_to_user(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	proc->in_call = false;
	if (unlikely(proc->task.flags & TASK_FLAG_NOTIFY) && proc_deliver(world, cpu, proc))
		return true;
	return sched_preempt_point(world->sched, cpu);
}

/* A program that jumps back and forth without time moving would never end. */
static bool spins(struct proc_world *world, struct proc *proc, const struct op *op)
{
	u64 now = world->machine->now;

	if (likely(proc->guard_at != now)) {
		proc->guard_at = now;
		proc->nr_ops = 0;
	}
	if (likely(++proc->nr_ops < SPIN_JUMPS_MAX))
		return false;
	proc_fail(world, proc, "spins without progress in op '%s'", op_infos[op->code].key);
	return true;
}

/* ---- Sleeping ---- */

enum { SLEEP_CALL, SLEEP_BEGIN, SLEEP_WOKEN };

/* Real-time tasks have no timer slack. */
static u64 timer_slack(const struct proc *proc)
{
	return policy_is_fair(proc->task.policy) ? proc->timer_slack_ns : 0;
}

/* Sleeps until proc->wake_at, however often it is woken before; true: it has come. */
static bool sleep_on(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct machine *machine = world->machine;

	if (proc->phase == SLEEP_WOKEN && machine->now >= proc->wake_at)
		return true;
	machine_timer_arm(machine, &proc->timer, cpu->id,
			  min_of(max_of(machine->now, proc->wake_at + timer_slack(proc)) +
					 world->costs->irq_entry,
				 (u64)NEVER));
	proc_sleep(world, cpu, proc, SLEEP_WOKEN);
	return false;
}

static bool sleep_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     const struct op *op)
{
	if (proc->phase == SLEEP_CALL) {
		proc->wait_arg = draw(world, proc, op);
		if (proc_pay(world, cpu, proc, world->costs->block, SLEEP_BEGIN))
			return false;
	}
	if (proc->phase == SLEEP_BEGIN)
		proc->wake_at = min_of(world->machine->now + min_of(proc->wait_arg, (u64)NEVER),
				       (u64)NEVER);
	return sleep_on(world, cpu, proc);
}

/* The grid begins at the first use and never skips a point: a late task catches up. */
static bool timer_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     const struct op *op)
{
	if (proc->phase == SLEEP_CALL) {
		if (proc->grid_next == NEVER)
			proc->grid_next = world->machine->now;
		proc->grid_next =
			min_of(proc->grid_next + min_of(draw(world, proc, op), (u64)NEVER),
			       (u64)NEVER - 1);
		proc->wake_at = proc->grid_next;
		if (proc_pay(world, cpu, proc, world->costs->block, SLEEP_BEGIN))
			return false;
	}
	return sleep_on(world, cpu, proc);
}

/* ---- Family ---- */

enum { FORK_CALL, FORK_EFFECT };

static bool fork_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	bool thread = op->code == OP_CLONE;
	u64 cost = thread ? world->costs->fork_thread : world->costs->fork;
	struct proc *child;

	if (proc->phase == FORK_CALL && proc_pay(world, cpu, proc, cost, FORK_EFFECT))
		return false;
	/* With a signal pending there is no fork: the signal comes first, then the call again. */
	if (unlikely(proc->task.flags & TASK_FLAG_NOTIFY)) {
		proc->phase = FORK_CALL;
		if (proc_deliver(world, cpu, proc))
			return false;
	}
	child = proc_fork(world, proc, op->b, thread);
	if (child)
		proc_wake_child(world, child);
	return true;
}

enum { EXEC_CALL, EXEC_LOAD, EXEC_EFFECT };

static bool exec_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	const struct workload *w = world->workload;
	const struct program *program = NULL;

	switch (proc->phase) {
	case EXEC_CALL:
		if (proc->process->leader != proc) {
			proc_fail(world, proc, "exec by a thread that is not its process's first");
			return false;
		}
		/* It has the least cache contents to lose now: a good moment to move. */
		proc->phase = EXEC_LOAD;
		if (sched_exec(world->sched, cpu) == SCHED_SWITCHED)
			return false;
		/* fall through */
	case EXEC_LOAD:
		if (proc_pay(world, cpu, proc, world->costs->exec, EXEC_EFFECT))
			return false;
	}
	if (op->a != TEMPLATE_NONE)
		program = &w->programs[w->tasks[op->a].program];
	proc->pc++;
	proc_exec(world, proc, w->texts[op->b], program);
	return true;
}

enum { WAIT_CALL, WAIT_SCAN, WAIT_REAP, WAIT_NONE, WAIT_SLEEP, WAIT_WOKEN };

/* init waits whether it has children or not. */
static bool scan_children(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	const struct costs *costs = world->costs;
	bool has_children;

	if (proc_find_zombie(proc, &has_children))
		return proc_pay(world, cpu, proc, costs->reap, WAIT_REAP);
	if (has_children || proc->process->is_init)
		return proc_pay(world, cpu, proc, costs->block, WAIT_SLEEP);
	return proc_pay(world, cpu, proc, costs->syscall, WAIT_NONE);
}

/* A wait's sleep: nothing may have happened since the scan. */
static bool sleep_for_child(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	bool has_children;

	if (proc_find_zombie(proc, &has_children) || !(has_children || proc->process->is_init)) {
		proc->phase = WAIT_SCAN;
		return false;
	}
	wait_add(&proc->process->child_wait, proc, false);
	proc_sleep(world, cpu, proc, WAIT_WOKEN);
	return true;
}

static bool wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, bool all)
{
	for (;;) {
		switch (proc->phase) {
		case WAIT_CALL:
			record_put(world, proc, RECORD_WAIT, 0, 0, (u64)(s64)proc->task.prio);
			/* fall through */
		case WAIT_SCAN:
			if (scan_children(world, cpu, proc))
				return false;
			break;
		case WAIT_REAP:
			if (proc_reap_one(world, proc) <= 0) {
				proc->phase = WAIT_SCAN; /* another thread was faster */
				break;
			}
			if (!all)
				return true;
			proc->phase = WAIT_CALL;
			if (return_to_user(world, cpu, proc))
				return false;
			break;
		case WAIT_SLEEP:
			if (sleep_for_child(world, cpu, proc))
				return false;
			break;
		case WAIT_WOKEN:
			wait_finish(proc);
			proc->phase = WAIT_SCAN;
			break;
		default: /* WAIT_NONE */
			return true;
		}
	}
}

/* ---- What is done to oneself or to others ---- */

enum { CHANGE_CALL, CHANGE_EFFECT };

static enum sched_result set_slice(struct proc_world *world, struct task *task, u64 slice_ns)
{
	struct sched_attr attr = {
		.policy = task->policy,
		.nice = (s8)(task->static_prio - PRIO_DEFAULT),
		.rt_priority = task->rt_priority,
		.slice_ns = slice_ns,
	};

	return sched_set_attr(world->sched, task, &attr);
}

/* True: this cpu has switched. A refused change is the program's own affair, as errors are. */
static bool apply_change(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			 struct proc *target, const struct op *op)
{
	const struct workload *w = world->workload;
	struct sched *sched = world->sched;
	enum sched_result result = SCHED_OK;
	s32 prio = target->task.prio;

	switch (op->code) {
	case OP_KILL:
		proc_signal(world, target, SIG_KILL);
		break;
	case OP_STOP:
		proc_signal(world, target, SIG_STOP);
		break;
	case OP_CONT:
		proc_signal(world, target, SIG_CONT);
		break;
	case OP_NICE:
		result = sched_set_nice(sched, &target->task, (s32)(s64)op->value);
		break;
	case OP_POLICY:
		result = sched_set_attr(sched, &target->task, &w->attrs[op->value]);
		break;
	case OP_SLICE:
		result = set_slice(world, &target->task, draw(world, proc, op));
		break;
	default: /* OP_AFFINITY */
		result = sched_set_affinity(sched, cpu, &target->task, w->masks[op->value]);
	}
	if (target->task.prio != prio)
		mutex_prio_changed(world, target);
	return result == SCHED_SWITCHED;
}

/* One system call for all targets; wait_arg: the first instance not yet done. */
static bool change_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		      const struct op *op)
{
	struct proc *target, *next;

	if (proc->phase == CHANGE_CALL) {
		proc->wait_arg = 0;
		if (proc_pay(world, cpu, proc, world->costs->syscall, CHANGE_EFFECT))
			return false;
	}
	if (op->b == TARGET_SELF) {
		if (proc->wait_arg++)
			return true;
		return !apply_change(world, cpu, proc, proc, op);
	}
	list_for_each_safe (target, next, &world->specs[op->b].living, spec_link) {
		if (target->instance < proc->wait_arg)
			continue;
		if (op->a != TARGET_ALL && target->instance != op->a - 1u)
			continue;
		proc->wait_arg = target->instance + 1;
		if (apply_change(world, cpu, proc, target, op))
			return false;
	}
	return true;
}

/* ---- Small ones ---- */

enum { CALL_BEGIN, CALL_EFFECT };

static bool mark_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	if (proc->phase == CALL_BEGIN &&
	    proc_pay(world, cpu, proc, world->costs->syscall, CALL_EFFECT))
		return false;
	record_put(world, proc, RECORD_MARK, 0, 0, world->text_names[op->b]);
	return true;
}

/* The step is over in any case. */
static void yield_op(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	if (proc->phase == CALL_BEGIN &&
	    proc_pay(world, cpu, proc, world->costs->syscall, CALL_EFFECT))
		return;
	proc->pc++;
	proc->phase = OP_START;
	proc->in_call = false;
	sched_yield_curr(world->sched, cpu);
}

static void exit_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	if (proc->phase == CALL_BEGIN &&
	    proc_pay(world, cpu, proc, world->costs->exit, CALL_EFFECT))
		return;
	proc_exit(world, cpu, (u32)(op->value & 0xff) << 8, false);
}

static void begin_loop(struct proc_world *world, struct proc *proc, const struct op *op)
{
	bool forever = op->value == 0 && !(op->flags & OP_DIST);
	u64 rounds = forever ? UINT64_MAX : draw(world, proc, op);

	proc->loop_left[op->a] = rounds;
	proc->pc = rounds ? proc->pc + 1 : op->b + 1;
}

/* False: the task spins. */
static always_inline bool end_loop(struct proc_world *world, struct proc *proc, const struct op *op)
{
	if (--proc->loop_left[op->a] == 0) {
		proc->pc++;
		return true;
	}
	proc->pc = op->b + 1;
	return !spins(world, proc, &proc->program->ops[proc->pc]);
}

/* ---- The step ---- */

/* Ops that enter the kernel or touch an object. True: done. False: return from the step. */
static bool call_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	u64 bytes = 0;

	switch ((enum op_code)op->code) {
	case OP_SLEEP:
		return sleep_op(world, cpu, proc, op);
	case OP_TIMER:
		return timer_op(world, cpu, proc, op);
	case OP_FORK:
	case OP_CLONE:
		return fork_op(world, cpu, proc, op);
	case OP_WAIT:
		return wait_op(world, cpu, proc, false);
	case OP_WAITALL:
		return wait_op(world, cpu, proc, true);
	case OP_LOCK:
		return mutex_lock_op(world, cpu, proc, op->b);
	case OP_UNLOCK:
		return mutex_unlock_op(world, cpu, proc, op->b);
	case OP_COND_WAIT:
		return cond_wait_op(world, cpu, proc, op->b, op->a);
	case OP_COND_SIGNAL:
		return cond_signal_op(world, cpu, proc, op->b, false);
	case OP_COND_BROADCAST:
		return cond_signal_op(world, cpu, proc, op->b, true);
	case OP_BARRIER:
		return barrier_op(world, cpu, proc, op->b);
	case OP_SEM_POST:
		return sem_post_op(world, cpu, proc, op->b);
	case OP_SEM_WAIT:
		return sem_wait_op(world, cpu, proc, op->b);
	case OP_PIPE_WRITE:
		bytes = proc->phase == OP_START ? draw(world, proc, op) : 0;
		return pipe_write_op(world, cpu, proc, op->b, bytes);
	case OP_PIPE_READ:
		bytes = proc->phase == OP_START ? draw(world, proc, op) : 0;
		return pipe_read_op(world, cpu, proc, op->b, bytes);
	case OP_KILL:
	case OP_STOP:
	case OP_CONT:
	case OP_NICE:
	case OP_AFFINITY:
	case OP_POLICY:
	case OP_SLICE:
		return change_op(world, cpu, proc, op);
	case OP_MARK:
		return mark_op(world, cpu, proc, op);
	default:
		ensure(!"an op that exists");
		return false;
	}
}

static void step(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	for (;;) {
		const struct op *op = &proc->program->ops[proc->pc];

		switch (op->code) {
		case OP_RUN:
			proc->pc++;
			proc->task.work_left = draw(world, proc, op);
			if (!proc->task.work_left)
				continue;
			sched_continue(world->sched, cpu);
			return;
		case OP_LOOP:
			begin_loop(world, proc, op);
			continue;
		case OP_END:
			if (!end_loop(world, proc, op))
				return;
			continue;
		case OP_YIELD:
			yield_op(world, cpu, proc);
			return;
		case OP_EXIT:
			exit_op(world, cpu, proc, op);
			return;
		case OP_EXEC:
			/* Sets pc itself. */
			if (!exec_op(world, cpu, proc, op) || spins(world, proc, op))
				return;
			break;
		default:
			if (!call_op(world, cpu, proc, op))
				return;
			proc->pc++;
		}
		proc->phase = OP_START;
		if (proc->in_call && return_to_user(world, cpu, proc))
			return;
	}
}

/* Before the program goes on: kernel threads, kernel work, signals. True: return from the step. */
static bool before_step(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct task *task = &proc->task;

	if (unlikely(task->flags & TASK_FLAG_KTHREAD)) {
		if (task->flags & TASK_FLAG_STOPPER)
			sched_stopper_step(world->sched, cpu);
		else
			sched_block(world->sched, cpu, TASK_INTERRUPTIBLE);
		return true;
	}
	if (unlikely(task->work_left)) {
		/* Cut short by a signal; kernel work is finished first. */
		if (!(task->flags & TASK_FLAG_IN_KERNEL) && task->flags & TASK_FLAG_NOTIFY &&
		    proc_deliver(world, cpu, proc))
			return true;
		sched_continue(world->sched, cpu);
		return true;
	}
	if (task->flags & TASK_FLAG_IN_KERNEL) {
		task->flags &= (u16)~TASK_FLAG_IN_KERNEL;
		return false;
	}
	return unlikely(task->flags & TASK_FLAG_NOTIFY) && proc_deliver(world, cpu, proc);
}

void interp_segment_end(void *self, struct cpu *cpu)
{
	struct proc_world *world = self;
	struct proc *proc = proc_curr(world, cpu);

	cpu->segment_end = NEVER;
	if (unlikely(world->failure))
		return;
	if (unlikely(world->machine->spin_guard > SPIN_EVENTS_MAX)) {
		proc_fail(world, proc, "the machine makes no progress: too many events at once");
		return;
	}
	if (before_step(world, cpu, proc))
		return;
	if (unlikely(proc->phase == OP_DYING))
		proc_exit(world, cpu, proc->process->group_exit_code, proc->process->group_exit);
	else
		step(world, cpu, proc);
}
