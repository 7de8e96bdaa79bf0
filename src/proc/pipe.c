/* SPDX-License-Identifier: MIT */
/*
 * Pipes: a ring of pages, who sleeps, who is woken. Kernel: fs/pipe.c; reference: process.md 8.5.
 *
 * A small write goes into the last page if it fits there whole; else each piece of up to a page
 * takes a slot, so slots and not bytes are the limit. Waiters are exclusive, wakes are synchronous
 * (the waker is about to sleep). Of pipes whose ends close (pipe_ends.c) a read without writers
 * meets the end, and a write without readers a SIGPIPE; a loop around either is left, as programs
 * do.
 */
#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/proc.h"
#include "proc/sync.h"

/* proc->op_flags of an op in progress. */
enum {
	PIPE_WAS_EMPTY = 1, /* when this write, or its last wait, began */
	PIPE_WAS_FULL = 2,  /* when this read, or its last wait, began */
	PIPE_PASS_ON = 4,   /* it slept: what it leaves is for the next of its kind */
	PIPE_FREED = 8,     /* this read freed a slot of a full pipe */
	PIPE_MOVED = 16,    /* a part of this write is in the pipe */
};

enum { PIPE_CALL, PIPE_COPY, PIPE_WAIT, PIPE_WOKEN };

static bool pipe_is_empty(const struct pipe *pipe)
{
	return pipe->head == pipe->tail;
}

static bool pipe_is_full(const struct pipe *pipe)
{
	return pipe->head - pipe->tail >= pipe->nr_slots;
}

static struct pipe_slot *pipe_slot(const struct pipe *pipe, u32 count)
{
	return &pipe->slots[count & (pipe->nr_slots - 1)];
}

void pipes_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->pipes = arena_array(world->arena, struct pipe, w->nr_pipes);
	for (u32 i = 0; i < w->nr_pipes; i++) {
		struct pipe *pipe = &world->pipes[i];
		u64 pages = div_round_up(w->pipes[i].capacity, PIPE_SLOT_BYTES);

		pipe->name = w->pipes[i].name;
		pipe->nr_slots = 1;
		while (pipe->nr_slots < pages && pipe->nr_slots < 1u << 20)
			pipe->nr_slots *= 2;
		pipe->slots = arena_array(world->arena, struct pipe_slot, pipe->nr_slots);
		wait_queue_init(&pipe->readers);
		wait_queue_init(&pipe->writers);
		pipe->ends.close = w->pipes[i].eof;
		pipe->ends.fifo = w->pipes[i].fifo;
	}
}

static void wake_readers(struct proc_world *world, struct pipe *pipe)
{
	wait_wake(world, &pipe->readers, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_IN);
}

static void wake_writers(struct proc_world *world, struct pipe *pipe)
{
	wait_wake(world, &pipe->writers, 1, TASK_INTERRUPTIBLE, WF_SYNC, WATCH_OUT);
}

u32 pipe_poll(struct proc_world *world, u32 index, enum pipe_end end, struct wait_queue **queue)
{
	struct pipe *pipe = &world->pipes[index];

	pipe->polled = true;
	*queue = end == PIPE_READS ? &pipe->readers : &pipe->writers;
	if (end == PIPE_READS)
		return (pipe_is_empty(pipe) ? 0 : WATCH_IN) |
		       (pipe_is_closed(pipe, PIPE_WRITES) ? WATCH_HUP : 0);
	return (pipe_is_full(pipe) ? 0 : WATCH_OUT) |
	       (pipe_is_closed(pipe, PIPE_READS) ? WATCH_HUP : 0);
}

/*
 * A file's times go by the clock of the ticks: only the first call behind one changes them
 * (file_accessed(), file_update_time()).
 */
static u64 set_times(struct proc_world *world, struct pipe *pipe, enum pipe_end end)
{
	u64 jiffies;

	if (!world->costs->file_times)
		return 0;
	jiffies = machine_jiffies(world->machine);
	if (pipe->times[end] == jiffies)
		return 0;
	pipe->times[end] = jiffies;
	return world->costs->file_times;
}

/* What is left of a call that has moved its bytes, or found the end: @more. */
static void go_back(struct proc_world *world, const struct proc *proc, u64 more)
{
	struct machine *machine = world->machine;
	const struct costs *costs = world->costs;

	cpu_steal(machine, &machine->cpus[machine->acting],
		  (proc->in_call == IN_CALL ? costs->pipe_exit : costs->pipe_woken) + more);
}

/* `while (read(...) > 0)`: the op is done, and so is the loop around it. */
static bool leave_loop(struct proc_world *world, struct proc *proc)
{
	wait_finish(proc);
	proc->pc = program_loop_end(proc->program, proc->pc);
	go_back(world, proc, 0);
	return true;
}

/* ---- Writing ---- */

/* EPIPE, and a signal that few survive. */
static bool broken_pipe(struct proc_world *world, struct proc *proc)
{
	signal_send_code(world, proc, SIGNAL_PIPE, true, CODE_USER);
	/* What was written in part tells how much; only the next write fails. */
	if (proc->op_flags & PIPE_MOVED) {
		wait_finish(proc);
		go_back(world, proc, 0);
		return true;
	}
	return leave_loop(world, proc);
}

/* The part that does not fill a page joins the last one if there is room. */
static u64 merge(struct pipe *pipe, u64 bytes)
{
	u32 part = (u32)(bytes % PIPE_SLOT_BYTES);
	struct pipe_slot *last;

	if (!part || pipe_is_empty(pipe))
		return 0;
	last = pipe_slot(pipe, pipe->head - 1);
	if (last->offset + last->len + part > PIPE_SLOT_BYTES)
		return 0;
	last->len += (u16)part;
	return part;
}

static u64 fill(struct proc *proc, struct pipe *pipe, u64 bytes)
{
	u64 left = bytes;

	while (left && !pipe_is_full(pipe)) {
		u64 piece = min_of(left, (u64)PIPE_SLOT_BYTES);

		*pipe_slot(pipe, pipe->head++) = (struct pipe_slot){.len = (u16)piece};
		left -= piece;
		proc->op_flags |= PIPE_MOVED;
	}
	return bytes - left;
}

static void write_ends(struct proc_world *world, struct proc *proc, struct pipe *pipe)
{
	u64 more = set_times(world, pipe, PIPE_WRITES);

	if (proc->op_flags & PIPE_WAS_EMPTY || pipe->polled) {
		more += wait_queue_empty(&pipe->readers) ? 0 : world->costs->pipe_waker;
		wake_readers(world, pipe);
	}
	if (proc->op_flags & PIPE_PASS_ON && !pipe_is_full(pipe))
		wake_writers(world, pipe);
	go_back(world, proc, more);
}

/* Sleeps until @ready; false: it does, or it pays for getting there. */
static bool wait_for(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct wait_queue *queue, bool ready)
{
	if (ready) {
		wait_finish(proc);
		proc->op_flags |= PIPE_PASS_ON;
		return true;
	}
	if (!wait_linked(&proc->wait))
		wait_add(queue, proc, true);
	proc_sleep(world, cpu, proc, PIPE_WOKEN);
	return false;
}

static u64 write_cost(const struct proc_world *world, const struct pipe *pipe)
{
	const struct costs *costs = world->costs;
	bool wakes = pipe_is_empty(pipe) && !wait_queue_empty(&pipe->readers);

	return costs->syscall + costs->pipe + (wakes ? costs->pipe_wake : 0) +
	       (pipe->head ? 0 : costs->pipe_first);
}

bool pipe_write_has_moved(const struct proc *proc)
{
	return proc->op_flags & PIPE_MOVED;
}

bool pipe_write_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   const struct op *op, u64 bytes)
{
	u32 pipe = op->b;
	struct pipe *p = &world->pipes[pipe];
	u64 merged;

	switch (proc->phase) {
	case PIPE_CALL:
		proc->op_flags = 0;
		proc->wait_arg = bytes;
		if (!bytes)
			return true;
		if (proc_pay(world, cpu, proc, write_cost(world, p), PIPE_COPY))
			return false;
		/* fall through */
	case PIPE_COPY:
		if (end_given_up(world, proc, END_OF_PIPE, pipe, PIPE_WRITES)) /* EBADF */
			return leave_loop(world, proc);
		if (pipe_is_closed(p, PIPE_READS))
			return broken_pipe(world, proc);
		proc->op_flags = pipe_is_empty(p) ? PIPE_WAS_EMPTY : 0;
		merged = merge(p, proc->wait_arg);
		proc->wait_arg -= merged;
		proc->op_flags |= merged ? PIPE_MOVED : 0;
		break;
	case PIPE_WAIT:
	case PIPE_WOKEN:
		if (unlikely(proc->in_call == IN_CALL_BROKEN_OFF && pipe_write_has_moved(proc))) {
			wait_finish(proc);
			write_ends(world, proc, p);
			return true;
		}
		if (pipe_is_closed(p, PIPE_READS))
			return broken_pipe(world, proc);
		if (!wait_for(world, cpu, proc, &p->writers, !pipe_is_full(p)))
			return false;
		if (pipe_is_empty(p))
			proc->op_flags |= PIPE_WAS_EMPTY;
		else
			proc->op_flags &= (u8)~PIPE_WAS_EMPTY;
		break;
	}
	for (;;) {
		proc->wait_arg -= fill(proc, p, proc->wait_arg);
		if (!proc->wait_arg || op->flags & OP_NONBLOCK)
			break;
		if (proc->op_flags & PIPE_WAS_EMPTY)
			wake_readers(world, p);
		if (proc_pay_block(world, cpu, proc, world->costs->block, PIPE_WAIT) ||
		    !wait_for(world, cpu, proc, &p->writers, !pipe_is_full(p)))
			return false;
		proc->op_flags &= (u8)~PIPE_WAS_EMPTY;
		proc->op_flags |= pipe_is_empty(p) ? PIPE_WAS_EMPTY : 0;
	}
	write_ends(world, proc, p);
	return true;
}

/* ---- Reading ---- */

/* Takes up to @bytes of what is there. */
static void drain(struct proc *proc, struct pipe *pipe, u64 bytes)
{
	while (bytes && !pipe_is_empty(pipe)) {
		struct pipe_slot *slot = pipe_slot(pipe, pipe->tail);
		u16 piece = (u16)min_of(bytes, (u64)slot->len);

		slot->offset += piece;
		slot->len -= piece;
		bytes -= piece;
		if (slot->len)
			break;
		if (pipe_is_full(pipe))
			proc->op_flags |= PIPE_FREED;
		pipe->tail++;
	}
}

static void read_ends(struct proc_world *world, struct proc *proc, struct pipe *pipe)
{
	bool by_slot = sched_feature(world->sched, FEATURE_PIPE_WAKE_ON_FREED_SLOT);

	if (proc->op_flags & (by_slot ? PIPE_FREED : PIPE_WAS_FULL))
		wake_writers(world, pipe);
	if (proc->op_flags & PIPE_PASS_ON && !pipe_is_empty(pipe))
		wake_readers(world, pipe);
	go_back(world, proc, set_times(world, pipe, PIPE_READS));
}

bool pipe_read_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
		  u64 bytes)
{
	u32 pipe = op->b;
	struct pipe *p = &world->pipes[pipe];

	switch (proc->phase) {
	case PIPE_CALL:
		proc->wait_arg = bytes;
		if (!bytes)
			return true;
		proc->op_flags = 0;
		/* The way into a call that sleeps is a cost of its own. */
		if (pipe_is_empty(p) && !pipe_is_closed(p, PIPE_WRITES) &&
		    !(op->flags & OP_NONBLOCK)) {
			if (proc_pay_block(world, cpu, proc, world->costs->block, PIPE_WAIT))
				return false;
		} else if (proc_pay(world, cpu, proc, world->costs->syscall + world->costs->pipe,
				    PIPE_COPY)) {
			return false;
		}
		/* fall through */
	case PIPE_COPY:
		if (end_given_up(world, proc, END_OF_PIPE, pipe, PIPE_READS)) /* EBADF */
			return leave_loop(world, proc);
		if (pipe_is_empty(p)) {
			if (pipe_is_closed(p, PIPE_WRITES))
				return leave_loop(world, proc);
			if (op->flags & OP_NONBLOCK) { /* EAGAIN */
				go_back(world, proc, 0);
				return true;
			}
			wait_for(world, cpu, proc, &p->readers, false);
			return false;
		}
		break;
	case PIPE_WAIT:
	case PIPE_WOKEN:
		if (pipe_is_empty(p) && pipe_is_closed(p, PIPE_WRITES))
			return leave_loop(world, proc);
		if (!wait_for(world, cpu, proc, &p->readers, !pipe_is_empty(p)))
			return false;
		break;
	}
	if (pipe_is_full(p))
		proc->op_flags |= PIPE_WAS_FULL;
	drain(proc, p, proc->wait_arg);
	read_ends(world, proc, p);
	return true;
}
