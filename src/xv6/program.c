/* SPDX-License-Identifier: MIT */
/*
 * A process's program: what each action is under xv6.
 *
 * A system call is a small step machine, as in proc/interp.c: it pays its cost, then has its
 * effect, perhaps sleeps and looks again. The killed flag is looked at where xv6 looks: on the way
 * in and out of a call and at ticks, and within wait, sleep and pipes; not in between.
 */
#include <errno.h>
#include <string.h>

#include "base/ensure.h"
#include "xv6/table.h"

enum { SPIN_JUMPS = 1000 * 1000, KILLED = 9 };

enum { CALL_BEGIN, CALL_EFFECT, CALL_WOKEN };

static u64 draw(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	if (op->flags & OP_DIST)
		return dist_draw(&xv6->workload->dists[op->value], &proc->rng);
	return op->value;
}

/* The call's cost; true: it is being paid, come again in @phase. */
static bool pay(struct xv6 *xv6, struct xv6_proc *proc, u64 ns, u8 phase)
{
	proc->phase = phase;
	if (!ns)
		return false;
	xv6_begin_segment(xv6, ns);
	return true;
}

/* ---- Calls: true: done; false: come again ---- */

/* sleep(n): until n ticks have passed; every tick wakes all sleepers, who look and sleep again. */
static bool call_sleep(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	u64 until = 0;

	if (proc->phase == CALL_BEGIN) {
		if (op->code == OP_TIMER) {
			if (proc->grid_next == NEVER)
				proc->grid_next = xv6->now;
			proc->grid_next += draw(xv6, proc, op);
			until = max_of(proc->grid_next, xv6->now) - xv6->now;
		} else {
			until = draw(xv6, proc, op);
		}
		proc->ticks_until = xv6->ticks + div_round_up(until, xv6->tick_ns);
		if (pay(xv6, proc, xv6->costs->syscall, CALL_EFFECT))
			return false;
	}
	if (xv6->ticks >= proc->ticks_until || proc->killed)
		return true;
	proc->phase = CALL_WOKEN;
	xv6_sleep(xv6, &xv6->ticks);
	return false;
}

static bool call_fork(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	const struct task_spec *spec = &xv6->workload->tasks[op->b];

	if (proc->phase == CALL_BEGIN && pay(xv6, proc, xv6->costs->fork, CALL_EFFECT))
		return false;
	/* -1 if there is no slot. Linux says why. */
	if (!xv6_fork(xv6, proc, op->b,
		      names_intern(xv6->names, task_spec_comm(spec),
				   strnlen(task_spec_comm(spec), COMM_LEN - 1))))
		xv6_record(xv6, RECORD_FAILED, proc->task_id, 0, EAGAIN,
			   names_intern_str(xv6->names, spec->name));
	return true;
}

static bool call_wait(struct xv6 *xv6, struct xv6_proc *proc, bool all)
{
	s64 pid;

	if (proc->phase == CALL_BEGIN && pay(xv6, proc, xv6->costs->syscall, CALL_EFFECT))
		return false;
	do
		pid = xv6_reap(xv6, proc);
	while (all && pid > 0);
	if (pid < 0 && !all && proc->spec != SPEC_NONE)
		xv6_record(xv6, RECORD_FAILED, proc->task_id, 0, ECHILD,
			   names_intern_str(xv6->names, "wait"));
	if (pid || proc->killed) {
		/* init has no children now and then, and waits all the same. */
		if (pid >= 0 || proc->spec != SPEC_NONE)
			return true;
	}
	proc->phase = CALL_WOKEN;
	xv6_sleep(xv6, proc);
	return false;
}

static bool call_kill(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	bool found = false;

	if (proc->phase == CALL_BEGIN && pay(xv6, proc, xv6->costs->syscall, CALL_EFFECT))
		return false;
	if (op->b == TARGET_SELF) {
		proc->killed = true;
		return true;
	}
	for (u32 slot = 0; slot < XV6_NPROC; slot++) {
		struct xv6_proc *target = &xv6->procs[slot];

		if (target->state == XV6_UNUSED || target->spec != op->b ||
		    (op->a != TARGET_ALL && target->instance != op->a - 1u))
			continue;
		found = true; /* a zombie, too, on which it has no effect */
		if (target->state != XV6_ZOMBIE)
			xv6_kill(xv6, target);
	}
	if (!found)
		xv6_record(xv6, RECORD_FAILED, proc->task_id, 0, ESRCH,
			   names_intern_str(xv6->names, "kill"));
	return true;
}

static bool call_write(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	struct xv6_pipe *pipe = &xv6->pipes[op->b];

	if (proc->phase == CALL_BEGIN) {
		proc->bytes = draw(xv6, proc, op);
		if (pay(xv6, proc, xv6->costs->syscall, CALL_EFFECT))
			return false;
	}
	while (proc->bytes) {
		u64 room = XV6_PIPE_SIZE - (pipe->nwrite - pipe->nread);
		u64 piece = min_of(proc->bytes, room);

		pipe->nwrite += piece;
		proc->bytes -= piece;
		if (!proc->bytes)
			break;
		if (proc->killed)
			return true;
		xv6_wakeup(xv6, &pipe->nread);
		proc->phase = CALL_WOKEN;
		xv6_sleep(xv6, &pipe->nwrite);
		return false;
	}
	xv6_wakeup(xv6, &pipe->nread);
	return true;
}

static bool call_read(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	struct xv6_pipe *pipe = &xv6->pipes[op->b];

	if (proc->phase == CALL_BEGIN) {
		proc->bytes = draw(xv6, proc, op);
		if (pay(xv6, proc, xv6->costs->syscall, CALL_EFFECT))
			return false;
	}
	if (pipe->nread == pipe->nwrite && !proc->killed && proc->bytes) {
		proc->phase = CALL_WOKEN;
		xv6_sleep(xv6, &pipe->nread);
		return false;
	}
	pipe->nread += min_of(proc->bytes, pipe->nwrite - pipe->nread);
	xv6_wakeup(xv6, &pipe->nwrite);
	return true;
}

/* bread(), a block at a time. The sleep does not look at the killed flag. */
static bool call_io(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	if (proc->phase == CALL_BEGIN) {
		proc->bytes = draw(xv6, proc, op);
		if (pay(xv6, proc, xv6->costs->syscall + xv6->costs->io_submit, CALL_EFFECT))
			return false;
	}
	if (proc->phase == CALL_WOKEN && proc->buffer_done) {
		proc->bytes--;
		proc->phase = CALL_EFFECT;
	}
	if (!proc->bytes)
		return true;
	if (proc->phase == CALL_EFFECT)
		xv6_disk_queue(xv6, op->b, proc);
	proc->phase = CALL_WOKEN;
	xv6_sleep(xv6, &proc->buffer_done);
	return false;
}

static bool call_exec(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	const struct workload *w = xv6->workload;
	const char *path = w->texts[op->b], *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (proc->phase == CALL_BEGIN && pay(xv6, proc, xv6->costs->exec, CALL_EFFECT))
		return false;
	proc->comm = names_intern(xv6->names, name, strnlen(name, COMM_LEN - 1));
	xv6_record(xv6, RECORD_RENAME, proc->task_id, 0, 0, proc->comm);
	xv6_record(xv6, RECORD_EXEC, proc->task_id, 0, proc->pid, xv6->text_names[op->b]);
	if (op->a != TEMPLATE_NONE) {
		proc->program = &w->programs[w->tasks[op->a].program];
		proc->pc = UINT32_MAX; /* the step behind this op is the first one */
	}
	return true;
}

static bool call(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	switch (op->code) {
	case OP_SLEEP:
	case OP_TIMER:
		return call_sleep(xv6, proc, op);
	case OP_FORK:
		return call_fork(xv6, proc, op);
	case OP_WAIT:
		return call_wait(xv6, proc, false);
	case OP_WAITALL:
		return call_wait(xv6, proc, true);
	case OP_KILL:
		return call_kill(xv6, proc, op);
	case OP_PIPE_WRITE:
		return call_write(xv6, proc, op);
	case OP_PIPE_READ:
		return call_read(xv6, proc, op);
	case OP_IO:
		return call_io(xv6, proc, op);
	case OP_EXEC:
		return call_exec(xv6, proc, op);
	default:
		ensure(op->code == OP_MARK); /* the builder lets no other through */
		if (proc->phase == CALL_BEGIN && pay(xv6, proc, xv6->costs->syscall, CALL_EFFECT))
			return false;
		xv6_record(xv6, RECORD_MARK, proc->task_id, 0, 0, xv6->text_names[op->b]);
		return true;
	}
}

/* ---- Loops ---- */

static void begin_loop(struct xv6 *xv6, struct xv6_proc *proc, const struct op *op)
{
	bool forever = op->value == 0 && !(op->flags & OP_DIST);
	u64 rounds = forever ? UINT64_MAX : draw(xv6, proc, op);

	proc->loop_left[op->a] = rounds;
	proc->pc = rounds ? proc->pc + 1 : op->b + 1;
}

static void end_loop(struct xv6_proc *proc, const struct op *op)
{
	if (--proc->loop_left[op->a])
		proc->pc = op->b + 1;
	else
		proc->pc++;
}

/* True: the step is over. */
static bool step(struct xv6 *xv6, struct xv6_proc *proc)
{
	const struct op *op = &proc->program->ops[proc->pc];
	u64 work;

	switch (op->code) {
	case OP_RUN:
		proc->pc++;
		work = draw(xv6, proc, op);
		if (work)
			xv6_begin_segment(xv6, work);
		return work != 0;
	case OP_LOOP:
		begin_loop(xv6, proc, op);
		return false;
	case OP_END:
		end_loop(proc, op);
		return false;
	case OP_EXIT:
		if (proc->phase == CALL_BEGIN && pay(xv6, proc, xv6->costs->exit, CALL_EFFECT))
			return true;
		xv6_exit(xv6, (u32)(op->value & 0xff) << 8);
		return true;
	}
	if (proc->phase == CALL_BEGIN && proc->killed) {
		xv6_exit(xv6, KILLED);
		return true;
	}
	if (!call(xv6, proc, op))
		return true;
	proc->pc++;
	proc->phase = CALL_BEGIN;
	if (!proc->killed)
		return false;
	xv6_exit(xv6, KILLED);
	return true;
}

void xv6_run_program(struct xv6 *xv6)
{
	struct xv6_proc *proc = xv6->cpus[xv6->this_cpu].curr;

	if (proc->must_exit) {
		xv6_exit(xv6, KILLED);
		return;
	}
	for (u32 jumps = 0; !step(xv6, proc); jumps++)
		if (jumps > SPIN_JUMPS) {
			xv6_fail(xv6, "task '%s' (pid %u) spins without progress",
				 names_text(xv6->names, proc->comm), proc->pid);
			return;
		}
}
