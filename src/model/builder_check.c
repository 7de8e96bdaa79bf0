/* SPDX-License-Identifier: MIT */
/*
 * What a program tells about itself, before any task runs it: locks that are given back without
 * having been taken, ops that are never reached, loops that would never let time pass.
 *
 * A program has no branches, so a walk from its first to its last op sees every path: all that can
 * differ between runs is the number of rounds of a loop.
 */
#include "model/builder_inside.h"
#include "model/clone.h"

/* More rounds than this without progress are taken for a mistake. */
#define ROUNDS_MANY    1000000ULL
#define ROUNDS_ENDLESS UINT64_MAX

struct loop_state {
	u32 at;         /* its LOOP op */
	u64 own_rounds; /* ROUNDS_ENDLESS: for ever; 1: of a `ready`, too */
	u64 rounds;     /* with those of the loops inside */
	bool may_skip;  /* no round at all is possible */
	bool progress;  /* something in it takes time or can block */
	bool left;      /* its body ends the program */
	bool breaks;    /* the end of a pipe's data leaves it */
	bool was_dead;  /* could not be reached itself */
};

struct walk {
	struct loop_state loops[LOOP_DEPTH_MAX];
	u32 depth;
	bool dead; /* this op cannot be reached */
	bool warned;
	bool creates; /* the program has children or tracees to wait for */
};

/* Ops after which this program does not go on. */
static bool ends_program(const struct op *op)
{
	return op->code == OP_EXIT || op->code == OP_EXIT_GROUP ||
	       (op->code == OP_EXEC && op->a != TEMPLATE_NONE) ||
	       (op->code == OP_KILL && op->b == TARGET_SELF);
}

static bool clone_takes_time(const struct costs *costs, const struct op *op)
{
	u64 word = op_clone_word(op);

	if (word & CLONE_FLAG_VFORK)
		return true;
	return (word & CLONE_FLAG_THREAD ? costs->fork_thread
		: word & CLONE_FLAG_VM   ? costs->vfork
					 : costs->fork) > 0;
}

/*
 * Does the op take time, or can it block? A random time counts if any draw takes time; the rest is
 * left to the guard of a running simulation.
 */
static bool makes_progress(const struct builder *b, const struct walk *walk, const struct op *op)
{
	const struct costs *costs = &b->w.platform.costs;

	switch (op->code) {
	case OP_RUN:
		return op_quantity_max(b, op) > 0;
	case OP_SYSCALL:
		return op_quantity_max(b, op) + costs->syscall > 0;
	case OP_WAIT:
	case OP_WAITALL:
	case OP_WAITPID:
		return walk->creates && !(op->code == OP_WAITPID && op->a & WAIT_NO_HANG);
	case OP_FORK:
		return costs->fork > 0;
	case OP_KTHREAD_RUN:
		return costs->fork > 0;
	case OP_VFORK:
	case OP_EXIT_GROUP:
		return true;
	case OP_CLONE:
		return clone_takes_time(costs, op);
	case OP_SHM_TOUCH:
	case OP_TOUCH_PAGES:
		return costs->fault > 0 && op_quantity_max(b, op) > 0;
	case OP_EXEC:
		return op->a != TEMPLATE_NONE || costs->exec > 0;
	case OP_KILL:
	case OP_STOP:
		return op->b == TARGET_SELF;
	case OP_FUTEX_WAIT:
	case OP_FUTEX_WAITV:
	case OP_FUTEX_WAIT_PI:
	case OP_NET_RECV:
	case OP_NET_SEND:
	case OP_KERNEL_LOCK:
	case OP_DOWN:
	case OP_WAIT_COMPLETION:
	case OP_DOWN_READ:
	case OP_DOWN_WRITE:
	case OP_WAIT_EVENT:
	case OP_SLEEP_ON:
	case OP_READ_LOCK:
	case OP_WRITE_LOCK:
	case OP_IO:
	case OP_PAUSE:
	case OP_SIGSUSPEND:
	case OP_SIGWAIT:
	case OP_SLEEP:
	case OP_TIMER:
	case OP_EXIT:
	case OP_LOCK:
	case OP_COND_WAIT:
	case OP_BARRIER:
	case OP_SEM_WAIT:
	case OP_TTY_READ:
		return true;
	case OP_PIPE_WRITE:
	case OP_PIPE_READ:
	case OP_EVENT_READ:
	case OP_EPOLL_WAIT:
	case OP_TIMERFD_READ:
	case OP_SIGNALFD_READ:
	case OP_POLL:
	case OP_SELECT:
	case OP_SEMOP:
	case OP_MSGSND:
	case OP_MSGRCV:
	case OP_MQ_SEND:
	case OP_MQ_RECEIVE:
	case OP_SEND:
	case OP_RECV:
	case OP_CONNECT:
	case OP_ACCEPT:
	case OP_OPEN_READ:
	case OP_OPEN_WRITE:
		return !(op->flags & OP_NONBLOCK);
	default:
		return false;
	}
}

/*
 * A pipe without data or without readers, some day; a tracer without tracees; a terminal that is
 * gone.
 */
static bool leaves_loop(const struct builder *b, const struct op *op)
{
	if (op->code == OP_TTY_READ || op->code == OP_TTY_WRITE)
		return true;
	if (op->code == OP_TRACE_SYSCALL || (op->code == OP_TRACE_CONT && op->b == TARGET_SELF))
		return true;
	if (op->code == OP_SEND || op->code == OP_RECV)
		return op->flags & OP_CONNECTION ||
		       (op->b < b->sockets.len && b->sockets.at[op->b].eof);
	return (op->code == OP_PIPE_READ || op->code == OP_PIPE_WRITE) && op->b < b->pipes.len &&
	       b->pipes.at[op->b].eof;
}

static u64 rounds_of(const struct builder *b, const struct op *loop)
{
	if (loop->code == OP_READY)
		return 1;
	return op_is_for_ever(loop) ? ROUNDS_ENDLESS : op_quantity_max(b, loop);
}

static u64 multiply(u64 a, u64 b)
{
	u128 product = (u128)a * b;

	return product > ROUNDS_ENDLESS ? ROUNDS_ENDLESS : (u64)product;
}

static void enter_loop(const struct builder *b, struct walk *walk, u32 at)
{
	const struct op *op = &b->ops.at[at];

	walk->loops[walk->depth++] = (struct loop_state){
		.at = at,
		.own_rounds = rounds_of(b, op),
		.rounds = rounds_of(b, op),
		.may_skip = op->code == OP_READY ||
			    (!op_is_for_ever(op) && op_quantity_min(b, op) == 0),
		.was_dead = walk->dead,
	};
}

static bool spins(struct builder *b, const struct loop_state *loop)
{
	bool for_ever = loop->own_rounds == ROUNDS_ENDLESS;

	if (loop->progress || loop->left || loop->rounds <= ROUNDS_MANY)
		return false;
	diag_error(b->diag, b->op_locs.at[loop->at],
		   "%s in task '%s' takes no time: it would spin for "
		   "ever (add a 'run' or a 'sleep')",
		   for_ever ? "loop for ever" : "loop", b->task.name);
	return true;
}

static void leave_loop(struct builder *b, struct walk *walk, struct program_facts *facts)
{
	struct loop_state *loop = &walk->loops[--walk->depth];
	struct loop_state *outer = walk->depth ? &walk->loops[walk->depth - 1] : NULL;
	bool told = spins(b, loop);
	bool endless = loop->own_rounds == ROUNDS_ENDLESS && !loop->left && !loop->breaks;

	if (endless && !facts->endless && !loop->was_dead) {
		facts->endless = true;
		facts->endless_at = b->op_locs.at[loop->at];
	}
	if (loop->may_skip)
		walk->dead = loop->was_dead;
	else
		walk->dead |= endless && !b->task.kthread; /* which may be stopped */
	if (!outer)
		return;
	outer->progress |= loop->progress || told || endless;
	outer->left |= loop->left && !loop->may_skip;
	outer->rounds = max_of(outer->rounds, multiply(outer->own_rounds, loop->rounds));
}

static void warn_unreachable(struct builder *b, struct walk *walk, u32 at)
{
	if (!walk->dead || walk->warned || b->ops.at[at].code == OP_END)
		return;
	walk->warned = true;
	diag_warning(b->diag, b->op_locs.at[at], "%s in task '%s' is never reached",
		     op_infos[b->ops.at[at].code].key, b->task.name);
}

/* It leaves the innermost loop; a block that is done once or not at all is none. */
static void note_break(const struct builder *b, struct walk *walk)
{
	for (u32 i = walk->depth; i-- > 0;) {
		if (b->ops.at[walk->loops[i].at].code != OP_LOOP)
			continue;
		walk->loops[i].breaks = true;
		return;
	}
}

static void walk_op(struct builder *b, struct walk *walk, u32 at, struct program_facts *facts)
{
	const struct op *op = &b->ops.at[at];
	struct loop_state *inner = walk->depth ? &walk->loops[walk->depth - 1] : NULL;

	warn_unreachable(b, walk, at);
	if (op->code == OP_LOOP || op->code == OP_READY) {
		enter_loop(b, walk, at);
	} else if (op->code == OP_END) {
		leave_loop(b, walk, facts);
	} else if (inner) {
		inner->progress |= makes_progress(b, walk, op);
		inner->left |= ends_program(op);
		if (leaves_loop(b, op))
			note_break(b, walk);
	}
	walk->dead |= ends_program(op);
}

static bool gives_what_to_wait_for(u8 code)
{
	return code == OP_FORK || code == OP_VFORK || code == OP_CLONE || code == OP_TRACE ||
	       code == OP_TRACE_SEIZE;
}

static void check_flow(struct builder *b, struct program_facts *facts)
{
	struct walk walk = {0};

	for (u32 i = 0; i < b->ops.len; i++)
		walk.creates |= gives_what_to_wait_for(b->ops.at[i].code);
	/* A template may be what a parent becomes by exec, and inherit children. */
	walk.creates |= b->task.is_template;
	for (u32 i = 0; i < b->ops.len; i++)
		walk_op(b, &walk, i, facts);
}

/* Notes in locked_in which mutexes this program locks anywhere. An op without a name has none. */
static void note_locks(struct builder *b, u32 stamp)
{
	while (b->locked_in.len < b->mutexes.len)
		vec_push(&b->locked_in, 0);
	for (u32 i = 0; i < b->ops.len; i++)
		if (b->ops.at[i].code == OP_LOCK && b->ops.at[i].b < b->locked_in.len)
			b->locked_in.at[b->ops.at[i].b] = stamp;
		else if (b->ops.at[i].code == OP_FUTEX_WAIT_PI && b->ops.at[i].a < b->locked_in.len)
			b->locked_in.at[b->ops.at[i].a] = stamp;
}

static void check_locked(struct builder *b, u32 at, u32 mutex, u32 stamp)
{
	if (mutex >= b->locked_in.len || b->locked_in.at[mutex] == stamp)
		return;
	diag_error(b->diag, b->op_locs.at[at],
		   "%s in task '%s' needs mutex '%s', which this task never "
		   "locks",
		   op_infos[b->ops.at[at].code].key, b->task.name, b->mutexes.at[mutex].name);
}

/* Who may not get a lock needs a place to go on. */
static void check_may_fail(struct builder *b, u32 at)
{
	const struct op *op = &b->ops.at[at];

	if (op->code != OP_FUTEX_WAIT_PI && !op->value && !(op->flags & OP_NONBLOCK))
		return;
	if (program_section_end(b->ops.at, b->ops.len, at) == at)
		diag_error(
			b->diag, b->op_locs.at[at],
			"%s in task '%s' may fail: the program would go on behind the action that gives "
			"it back, but there is none in this block",
			op_infos[op->code].key, b->task.name);
}

/* These answer EPERM to who does not hold them. */
static bool minds_its_owner(const struct builder *b, u32 mutex)
{
	return mutex < b->mutexes.len && b->mutexes.at[mutex].type != MUTEX_PLAIN;
}

static void check_locks(struct builder *b)
{
	u32 stamp = b->tasks.len + 1;

	note_locks(b, stamp);
	for (u32 i = 0; i < b->ops.len; i++) {
		const struct op *op = &b->ops.at[i];

		if ((op->code == OP_ACCEPT || op->code == OP_CONNECT) && op->flags & OP_NONBLOCK)
			check_may_fail(b, i);
		if (op->code == OP_LOCK || op->code == OP_READ_LOCK || op->code == OP_WRITE_LOCK ||
		    op->code == OP_FUTEX_WAIT_PI)
			check_may_fail(b, i);
		if (op->code == OP_UNLOCK && !minds_its_owner(b, op->b))
			check_locked(b, i, op->b, stamp);
		else if (op->code == OP_COND_WAIT)
			check_locked(b, i, op->a, stamp);
	}
}

/* A call goes on with its next part, not with the round of a loop. */
static void check_parts(struct builder *b)
{
	for (u32 i = 0; i < b->ops.len; i++)
		if (b->ops.at[i].code == OP_SEM_POST && b->ops.at[i].flags & OP_MORE &&
		    (i + 1 == b->ops.len || b->ops.at[i + 1].code != OP_SEM_POST))
			diag_error(b->diag, b->op_locs.at[i],
				   "sem_post in task '%s' has 'more', but no sem_post behind it",
				   b->task.name);
}

void check_program(struct builder *b, struct program_facts *facts)
{
	if (b->w.model == MODEL_XV6)
		check_xv6_program(b);
	check_locks(b);
	check_parts(b);
	check_sections(b);
	check_ends(b);
	check_flow(b, facts);
}
