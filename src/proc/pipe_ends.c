/* SPDX-License-Identifier: MIT */
/*
 * Who holds the ends of pipes and sockets that close. Kernel: fs/pipe.c (pipe_release),
 * net/unix/af_unix.c (unix_release_sock).
 *
 * A task holds the ends that its program uses, from its birth until it closes them, executes another
 * program or dies; a task that is still to be started holds them, too, as if the shell that will start
 * it kept them open. What handlers use does not count. An end that nobody has held yet is not closed:
 * whoever comes first waits for the other side. Ends of a FIFO are held by who has opened them, and
 * by the children of that one; an open waits for the other side.
 */
#include "proc/calls.h"
#include "proc/sync.h"

struct program_ends {
	struct end *ends;
	u32 nr;
};

static struct ends *ends_at(const struct proc_world *world, struct end end)
{
	if (end.kind == END_OF_SOCKET)
		return socket_ends((struct proc_world *)world, end.index);
	return &world->pipes[end.index].ends;
}

/* The end that @op uses, if it closes. */
static bool end_of_op(const struct proc_world *world, const struct op *op, struct end *end)
{
	return op_end(op, end) && ends_at(world, *end)->close;
}

/* Its bit in proc.closed_ends; nr: it is not among them. */
static u32 index_of(const struct program_ends *list, struct end end)
{
	u32 i = 0;

	while (i < list->nr && !end_is(list->ends[i], end))
		i++;
	return i;
}

static void find_ends(struct proc_world *world, const struct program *program,
		      struct program_ends *list)
{
	struct end end;
	u32 nr = 0;

	for (u32 i = 0; i < program->nr_ops; i++)
		nr += end_of_op(world, &program->ops[i], &end);
	list->ends = arena_array(world->arena, struct end, nr);
	for (u32 i = 0; i < program->nr_ops; i++)
		if (end_of_op(world, &program->ops[i], &end) && index_of(list, end) == list->nr)
			list->ends[list->nr++] = end;
}

static bool some_end_closes(const struct proc_world *world)
{
	const struct workload *w = world->workload;

	for (u32 i = 0; i < w->nr_pipes; i++)
		if (w->pipes[i].eof)
			return true;
	for (u32 i = 0; i < w->nr_sockets; i++)
		if (w->sockets[i].eof)
			return true;
	return false;
}

static const struct program_ends *ends_of(const struct proc_world *world,
					  const struct program *program)
{
	return &world->program_ends[program - world->workload->programs];
}

void pipe_ends_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	if (!some_end_closes(world))
		return;
	world->program_ends = arena_array(world->arena, struct program_ends, w->nr_programs);
	for (u32 i = 0; i < w->nr_programs; i++)
		find_ends(world, &w->programs[i], &world->program_ends[i]);
	for (u32 i = 0; i < w->nr_tasks; i++) {
		const struct program_ends *list = &world->program_ends[w->tasks[i].program];

		for (u32 k = 0; k < list->nr && !w->tasks[i].is_template; k++) {
			struct ends *ends = ends_at(world, list->ends[k]);

			ends->holders[list->ends[k].end] += ends->fifo ? 0 : w->tasks[i].count;
		}
	}
}

/* Beneath its handlers. */
static const struct program *own_program(const struct proc *proc)
{
	const struct program *program = proc->program;

	for (const struct sig_frame *frame = sig_task_of(proc)->frame; frame; frame = frame->below)
		program = frame->program;
	return program;
}

/* Not of FIFOs; the bits of their ends. */
static u64 hold(struct proc_world *world, const struct program_ends *list, u32 more)
{
	u64 fifos = 0;

	for (u32 i = 0; i < list->nr; i++) {
		struct ends *ends = ends_at(world, list->ends[i]);

		if (ends->fifo) {
			fifos |= i < PROGRAM_ENDS_MAX ? 1ULL << i : 0;
			continue;
		}
		ends->opened[list->ends[i].end] = true;
		ends->holders[list->ends[i].end] += more;
	}
	return fifos;
}

/* The last holder's going wakes everybody on the other side, and who is left on this one. */
static void let_go(struct proc_world *world, struct end end)
{
	struct pipe *pipe = &world->pipes[end.index];

	if (--ends_at(world, end)->holders[end.end])
		return;
	if (end.kind == END_OF_SOCKET) {
		socket_closed(world, end.index, end.end);
		return;
	}
	wait_wake(world, &pipe->readers, 0, TASK_INTERRUPTIBLE, 0, 0);
	wait_wake(world, &pipe->writers, 0, TASK_INTERRUPTIBLE, 0, 0);
}

/* What each task has given up, by its index: bits in the order of its program's ends. */
static u64 *closed_ends(struct proc_world *world, const struct proc *proc)
{
	if (unlikely(proc->index >= world->cap_closed_ends))
		vec_grow((void **)&world->closed_ends, &world->cap_closed_ends, proc->index + 1,
			 sizeof(*world->closed_ends));
	return &world->closed_ends[proc->index];
}

static bool has_closed(const struct proc_world *world, const struct proc *proc, u32 index)
{
	return index < PROGRAM_ENDS_MAX && proc->index < world->cap_closed_ends &&
	       world->closed_ends[proc->index] >> index & 1;
}

static void drop(struct proc_world *world, struct proc *proc, const struct program_ends *list)
{
	for (u32 i = 0; i < list->nr; i++)
		if (!has_closed(world, proc, i))
			let_go(world, list->ends[i]);
	*closed_ends(world, proc) = 0;
}

/* FIFOs that it uses and has not opened. Most have none. */
static void begin_with(struct proc_world *world, struct proc *proc, u64 closed)
{
	if (closed || proc->index < world->cap_closed_ends)
		*closed_ends(world, proc) = closed;
}

void pipe_ends_take(struct proc_world *world, struct proc *proc)
{
	if (unlikely(world->program_ends))
		begin_with(world, proc,
			   hold(world, ends_of(world, proc->program),
				world->workload->tasks[proc->spec].is_template));
}

static bool has_open(const struct proc_world *world, const struct proc *proc, struct end end)
{
	const struct program_ends *list = ends_of(world, own_program(proc));
	u32 index = index_of(list, end);

	return index < list->nr && !has_closed(world, proc, index);
}

/* Of the closed ends @closed of @list, FIFOs that @from has open are held, too; the rest. */
static u64 hold_fifos(struct proc_world *world, const struct proc *from,
		      const struct program_ends *list, u64 closed)
{
	for (u64 left = closed; left; left &= left - 1) {
		struct end end = list->ends[__builtin_ctzll(left)];

		if (!has_open(world, from, end))
			continue;
		ends_at(world, end)->holders[end.end]++;
		closed &= ~(left & -left);
	}
	return closed;
}

void pipe_ends_inherit(struct proc_world *world, struct proc *parent, struct proc *child)
{
	u64 closed = child->index < world->cap_closed_ends ? world->closed_ends[child->index] : 0;

	if (unlikely(closed) && parent->spec != SPEC_NONE)
		*closed_ends(world, child) =
			hold_fifos(world, parent, ends_of(world, child->program), closed);
}

void pipe_ends_exec(struct proc_world *world, struct proc *proc, const struct program *program)
{
	u64 closed;

	if (likely(!world->program_ends))
		return;
	closed = hold(world, ends_of(world, program), 1);
	closed = hold_fifos(world, proc, ends_of(world, program), closed);
	drop(world, proc, ends_of(world, own_program(proc)));
	begin_with(world, proc, closed);
}

void pipe_ends_drop(struct proc_world *world, struct proc *proc)
{
	if (unlikely(world->program_ends) && proc->program)
		drop(world, proc, ends_of(world, own_program(proc)));
}

bool end_given_up(const struct proc_world *world, const struct proc *proc, enum end_kind kind,
		  u32 index, u32 end)
{
	return unlikely(world->program_ends) &&
	       has_closed(world, proc, index_of(ends_of(world, own_program(proc)),
						(struct end){index, (u8)kind, (u8)end}));
}

bool end_close_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, enum end_kind kind,
		  u32 which, u32 end)
{
	enum { CLOSE_CALL, CLOSE_EFFECT };
	struct end closed = {which, (u8)kind, (u8)end};
	u32 index = index_of(ends_of(world, own_program(proc)), closed);

	if (proc->phase == CLOSE_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, CLOSE_EFFECT))
		return false;
	if (index >= PROGRAM_ENDS_MAX || has_closed(world, proc, index))
		return true; /* EBADF is the program's own affair; so is a handler's close */
	*closed_ends(world, proc) |= 1ULL << index;
	let_go(world, closed);
	return true;
}

/* ---- FIFOs ---- */

enum { FIFO_CALL, FIFO_EFFECT, FIFO_WOKEN };

/*
 * Both sides wait in the readers' queue, and each first open of a side wakes all of them. What is
 * waited for is an open of the other side, though it may be closed again by then.
 */
static bool open_end(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     const struct op *op, u32 end, u32 index)
{
	struct pipe *pipe = &world->pipes[op->b];
	struct ends *ends = &pipe->ends;
	bool nonblock = op->flags & OP_NONBLOCK;

	if (nonblock && end == PIPE_WRITES && !ends->holders[PIPE_READS]) /* ENXIO */
		return true;
	*closed_ends(world, proc) &= ~(1ULL << index);
	ends->opens[end]++;
	if (!ends->holders[end]++)
		wait_wake(world, &pipe->readers, 0, TASK_INTERRUPTIBLE, 0, 0);
	if (ends->holders[!end] || nonblock)
		return true;
	proc->wait_arg = ends->opens[!end];
	wait_add(&pipe->readers, proc, false);
	proc_sleep(world, cpu, proc, FIFO_WOKEN);
	return false;
}

static u32 end_of_open(const struct op *op)
{
	return op->code == OP_OPEN_READ ? PIPE_READS : PIPE_WRITES;
}

static u32 index_of_open(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	return index_of(ends_of(world, own_program(proc)),
			(struct end){op->b, END_OF_PIPE, (u8)end_of_open(op)});
}

bool fifo_open_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	u32 end = end_of_open(op), index = index_of_open(world, proc, op);
	struct pipe *pipe = &world->pipes[op->b];

	if (index >= PROGRAM_ENDS_MAX || (proc->phase != FIFO_WOKEN && !has_closed(world, proc, index)))
		return true; /* it has it already */
	if (proc->phase == FIFO_CALL) {
		bool sleeps = !pipe->ends.holders[!end] && !(op->flags & OP_NONBLOCK);

		if (proc_pay(world, cpu, proc,
			     sleeps ? world->costs->block : world->costs->syscall, FIFO_EFFECT))
			return false;
	}
	if (proc->phase != FIFO_WOKEN)
		return open_end(world, cpu, proc, op, end, index);
	wait_finish(proc);
	if (pipe->ends.opens[!end] != proc->wait_arg)
		return true;
	wait_add(&pipe->readers, proc, false);
	proc_sleep(world, cpu, proc, FIFO_WOKEN);
	return false;
}

void fifo_open_interrupted(struct proc_world *world, struct proc *proc, const struct op *op)
{
	u32 index = index_of_open(world, proc, op);

	*closed_ends(world, proc) |= 1ULL << index;
	let_go(world, (struct end){op->b, END_OF_PIPE, (u8)end_of_open(op)});
}
