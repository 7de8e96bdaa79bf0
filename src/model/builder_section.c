/* SPDX-License-Identifier: MIT */
/*
 * Locks of the kernel in a program: from the first that is taken to the last that is given back the
 * task is in the kernel. All of that is in one block, so it is known beforehand which op enters
 * such a section and which one leaves it, and what stands in between.
 *
 * To disable one's migration counts as such a lock, which may be taken several times.
 *
 * Under a spinlock nothing may sleep; under the others only what sleeps in state D may.
 */
#include "model/builder_inside.h"

enum { HELD_MAX = 16 };

/* HELD_CPU: by migrate_disable */
enum held_kind { HELD_MUTEX, HELD_READ, HELD_WRITE, HELD_SPIN, HELD_CPU };

struct held_lock {
	enum held_kind kind;
	u32 index, at; /* the op that took it */
};

struct section {
	struct held_lock held[HELD_MAX];
	u32 nr_held, nr_spinning;
	u32 at_begin[LOOP_DEPTH_MAX]; /* nr_held at the beginning of each block around */
	u32 depth;
};

static const enum symbol_kind symbols[] = {
	[HELD_MUTEX] = SYMBOL_KERNEL_MUTEX, [HELD_READ] = SYMBOL_RWSEM,
	[HELD_WRITE] = SYMBOL_RWSEM,        [HELD_SPIN] = SYMBOL_SPINLOCK,
	[HELD_CPU] = SYMBOL_SPINLOCK, /* not a lock, and without a name */
};

static enum held_kind kind_of(u8 code)
{
	switch (code) {
	case OP_DOWN_READ:
	case OP_UP_READ:
		return HELD_READ;
	case OP_DOWN_WRITE:
	case OP_UP_WRITE:
		return HELD_WRITE;
	case OP_SPIN_LOCK:
	case OP_SPIN_UNLOCK:
		return HELD_SPIN;
	case OP_MIGRATE_DISABLE:
	case OP_MIGRATE_ENABLE:
		return HELD_CPU;
	default:
		return HELD_MUTEX;
	}
}

static const char *lock_name(const struct builder *b, const struct held_lock *lock)
{
	return b->uses[symbols[lock->kind]].at[lock->index].name;
}

static const char *kind_name(const struct held_lock *lock)
{
	return symbol_kind_names[symbols[lock->kind]];
}

/* The lock that forbids most: a spinlock, if there is one. */
static const struct held_lock *strictest(const struct section *s)
{
	for (u32 i = s->nr_held; i-- > 0;)
		if (s->held[i].kind == HELD_SPIN)
			return &s->held[i];
	return &s->held[s->nr_held - 1];
}

static void refuse(struct builder *b, u32 at, const char *why, const struct held_lock *lock)
{
	if (lock->kind == HELD_CPU)
		diag_error(b->diag, b->op_locs.at[at],
			   "%s in task '%s' %s its cpu (migrate_disable)",
			   op_infos[b->ops.at[at].code].key, b->task.name, why);
	else
		diag_error(b->diag, b->op_locs.at[at], "%s in task '%s' %s %s '%s'",
			   op_infos[b->ops.at[at].code].key, b->task.name, why, kind_name(lock),
			   lock_name(b, lock));
}

/* @mode: taken in that way, not just taken. */
static s32 find(const struct section *s, const struct held_lock *lock, bool mode)
{
	for (u32 i = s->nr_held; i-- > 0;) {
		const struct held_lock *held = &s->held[i];

		if ((held->kind == HELD_CPU) != (lock->kind == HELD_CPU))
			continue;
		if (held->index == lock->index && symbols[held->kind] == symbols[lock->kind] &&
		    (held->kind == lock->kind || !mode))
			return (s32)i;
	}
	return -1;
}

static void take(struct builder *b, struct section *s, u32 at)
{
	struct op *op = &b->ops.at[at];
	struct held_lock lock = {.kind = kind_of(op->code), .index = op->b, .at = at};
	bool spins = lock.kind == HELD_SPIN, locks = lock.kind != HELD_CPU;

	if (locks && find(s, &lock, false) >= 0) {
		refuse(b, at, "would wait for itself: it holds", &lock);
		return;
	}
	if (!spins && locks && s->nr_spinning)
		refuse(b, at, "may sleep, which cannot be while it holds", strictest(s));
	if (s->nr_held == HELD_MAX) {
		refuse(b, at, "holds too many locks to take", &lock);
		return;
	}
	/* A kernel thread is inside already. */
	op->a = (u16)((op->a & ~SECTION_BITS) |
		      (s->nr_held || b->task.kthread ? 0 : SECTION_ENTERS));
	s->held[s->nr_held++] = lock;
	s->nr_spinning += spins;
}

static void give(struct builder *b, struct section *s, u32 at)
{
	struct op *op = &b->ops.at[at];
	struct held_lock lock = {.kind = kind_of(op->code), .index = op->b};
	s32 found = find(s, &lock, true);

	if (found < 0) {
		refuse(b, at, "gives back what it does not hold here:", &lock);
		return;
	}
	op->flags |= b->ops.at[s->held[found].at].flags & OP_IRQS_OFF;
	s->nr_held--;
	for (u32 i = (u32)found; i < s->nr_held; i++)
		s->held[i] = s->held[i + 1];
	s->nr_spinning -= lock.kind == HELD_SPIN;
	op->a = (u16)((s->nr_held ? 0 : SECTION_LEAVES) |
		      (s->nr_spinning ? 0 : SECTION_PREEMPTIBLE));
}

static void end_block(struct builder *b, struct section *s, u32 at)
{
	u32 began_with = s->at_begin[--s->depth];

	if (s->nr_held == began_with)
		return;
	diag_error(b->diag, b->op_locs.at[b->ops.at[at].b],
		   "%s in task '%s' ends with other locks of the kernel than it begins with",
		   op_infos[b->ops.at[b->ops.at[at].b].code].key, b->task.name);
	s->nr_held = 0;
	s->nr_spinning = 0;
}

static bool sleeps_in_d(const struct op *op)
{
	if (op->code == OP_DOWN || op->code == OP_WAIT_COMPLETION)
		return op->a >> KERNEL_SLEEP_SHIFT == KERNEL_SLEEP_D;
	return (op->code == OP_IO && !(op->flags & OP_KILLABLE)) ||
	       (op->code == OP_WAIT_EVENT && op->a >> WAIT_QUEUE_STATE_SHIFT == WAIT_IN_D);
}

/* What the kernel may do with its locks held. */
static void check_inside(struct builder *b, const struct section *s, u32 at)
{
	struct op *op = &b->ops.at[at];

	switch (op->code) {
	case OP_RUN:
	case OP_SYSCALL:
		op->code = OP_SYSCALL;
		op->a |= SECTION_INSIDE;
		return;
	case OP_MARK:
	case OP_WAKE_UP:
		return;
	case OP_COMPLETE:
	case OP_COMPLETE_ALL:
	case OP_UP:
	case OP_REINIT_COMPLETION:
		op->a |= SECTION_INSIDE;
		return;
	case OP_DOWN:
	case OP_WAIT_COMPLETION:
		op->a |= SECTION_INSIDE;
		/* fall through */
	default:
		if (!sleeps_in_d(op) || s->nr_spinning)
			refuse(b, at, "cannot be done while it holds", strictest(s));
	}
}

void check_sections(struct builder *b)
{
	struct section s = {0};

	for (u32 i = 0; i < b->ops.len; i++) {
		switch (b->ops.at[i].code) {
		case OP_KERNEL_LOCK:
		case OP_DOWN_READ:
		case OP_DOWN_WRITE:
		case OP_SPIN_LOCK:
		case OP_MIGRATE_DISABLE:
			take(b, &s, i);
			break;
		case OP_KERNEL_UNLOCK:
		case OP_UP_READ:
		case OP_UP_WRITE:
		case OP_SPIN_UNLOCK:
		case OP_MIGRATE_ENABLE:
			give(b, &s, i);
			break;
		case OP_LOOP:
		case OP_READY:
			s.at_begin[s.depth++] = s.nr_held;
			break;
		case OP_END:
			end_block(b, &s, i);
			break;
		default:
			if (s.nr_held)
				check_inside(b, &s, i);
		}
	}
	for (u32 i = 0; i < s.nr_held; i++)
		refuse(b, s.held[i].at, "never gives back", &s.held[i]);
}
