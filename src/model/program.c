/* SPDX-License-Identifier: MIT */
/*
 * What ops are: their names, the resources that they name, and where in a program others belong to
 * them.
 */
#include "model/program.h"

#include <string.h>

#include "model/clone.h"
#include "model/workload.h"

#define INFO(code, yaml_key, time, letters, text) \
	{.key = yaml_key, .takes_time = time, .operands = letters, .help = text},
const struct op_info op_infos[NR_OPS] = {OPS(INFO)};
#undef INFO

const char *const futex_change_names[NR_FUTEX_CHANGES] = {"set", "add", "or", "andn", "xor"};
const char *const futex_relation_names[NR_FUTEX_RELATIONS] = {"eq", "ne", "lt", "le", "gt", "ge"};
const char *const trace_event_names[NR_TRACE_EVENTS] = {"fork", "vfork",      "clone",
							"exec", "vfork_done", "exit"};
const char *const itimer_names[NR_ITIMERS] = {"real", "virtual", "prof"};
const char *const core_sched_calls[] = {"create", "share_to", "share_from"};
const char *const core_sched_scopes[] = {"thread", "process", "process_group"};

static const struct {
	const char *name;
	u32 policy;
} policy_names[] = {
	{"other", POLICY_OTHER}, {"normal", POLICY_OTHER},      {"fifo", POLICY_FIFO},
	{"rr", POLICY_RR},       {"batch", POLICY_BATCH},       {"idle", POLICY_IDLE},
	{"ext", POLICY_EXT},     {"deadline", POLICY_DEADLINE},
};

const char *policy_name(u32 policy)
{
	for (u32 i = 0; i < ARRAY_SIZE(policy_names); i++)
		if (policy_names[i].policy == policy)
			return policy_names[i].name;
	return "unknown";
}

int policy_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(policy_names); i++)
		if (strcmp(policy_names[i].name, name) == 0)
			return (int)policy_names[i].policy;
	return -1;
}

/* Is it the letter of an operand? Two operands of one letter do not compile. */
bool operand_is_known(char letter)
{
	switch (letter) {
#define X(name, letter, what) case OPERAND_##name:
		OPERANDS(X)
#undef X
		return true;
	default:
		return false;
	}
}

/* Of an operand that names a resource, whose index is in the op's b: 1 + enum symbol_kind. */
static const u8 named_by[] = {
	[OPERAND_MUTEX] = 1 + SYMBOL_MUTEX,
	[OPERAND_COND] = 1 + SYMBOL_COND,
	[OPERAND_BARRIER] = 1 + SYMBOL_BARRIER,
	[OPERAND_SEMAPHORE] = 1 + SYMBOL_SEMAPHORE,
	[OPERAND_PIPE] = 1 + SYMBOL_PIPE,
	[OPERAND_WAIT_QUEUE] = 1 + SYMBOL_WAIT_QUEUE,
	[OPERAND_WAKE_QUEUE] = 1 + SYMBOL_WAIT_QUEUE,
	[OPERAND_RWLOCK] = 1 + SYMBOL_RWLOCK,
	[OPERAND_EVENTFD] = 1 + SYMBOL_EVENTFD,
	[OPERAND_NETDEV] = 1 + SYMBOL_NETDEV,
	[OPERAND_KERNEL_MUTEX] = 1 + SYMBOL_KERNEL_MUTEX,
	[OPERAND_RWSEM] = 1 + SYMBOL_RWSEM,
	[OPERAND_COMPLETION] = 1 + SYMBOL_COMPLETION,
	[OPERAND_KERNEL_SEMAPHORE] = 1 + SYMBOL_KERNEL_SEMAPHORE,
	[OPERAND_SPINLOCK] = 1 + SYMBOL_SPINLOCK,
	[OPERAND_FUTEX] = 1 + SYMBOL_FUTEX,
	[OPERAND_EPOLL] = 1 + SYMBOL_EPOLL,
	[OPERAND_TIMERFD] = 1 + SYMBOL_TIMERFD,
	[OPERAND_OWN_TIMER] = 1 + SYMBOL_TIMER,
	[OPERAND_LISTENER] = 1 + SYMBOL_LISTENER,
	[OPERAND_TTY] = 1 + SYMBOL_TTY,
	[OPERAND_SIGNALFD] = 1 + SYMBOL_SIGNALFD,
	[OPERAND_SEM_SET] = 1 + SYMBOL_SEM_SET,
	[OPERAND_SHM] = 1 + SYMBOL_SHM,
	[OPERAND_MESSAGE_QUEUE] = 1 + SYMBOL_MSG_QUEUE,
	[OPERAND_POSIX_QUEUE] = 1 + SYMBOL_MQUEUE,
	[OPERAND_DEVICE] = 1 + SYMBOL_DEVICE,
};

int operand_symbol(char letter)
{
	return (size_t)letter < ARRAY_SIZE(named_by) ? named_by[(size_t)letter] - 1 : -1;
}

/* What may be watched is of the kinds of resources that these are. */
const enum symbol_kind watched_symbols[NR_WATCH_KINDS] = {
	[WATCH_PIPE] = SYMBOL_PIPE,           [WATCH_EVENTFD] = SYMBOL_EVENTFD,
	[WATCH_TIMERFD] = SYMBOL_TIMERFD,     [WATCH_SOCKET] = SYMBOL_SOCKET,
	[WATCH_MQUEUE] = SYMBOL_MQUEUE,       [WATCH_LISTENER] = SYMBOL_LISTENER,
	[WATCH_EPOLL] = SYMBOL_EPOLL,         [WATCH_SIGNALFD] = SYMBOL_SIGNALFD,
	[WATCH_CONNECTION] = SYMBOL_LISTENER, /* through which it was made */
};

const char *resource_name(const struct workload *w, enum symbol_kind kind, u32 index)
{
	switch (kind) {
#define X(sym, member, spec, word, ...) \
	case SYMBOL_##sym:              \
		return w->member[index].name;
		RESOURCES(X)
#undef X
	default:
		return NULL;
	}
}

u64 op_clone_word(const struct op *op)
{
	switch (op->code) {
	case OP_FORK:
		return CLONE_WORD_FORK;
	case OP_VFORK:
		return CLONE_WORD_VFORK;
	default:
		return op->a ? op->value : CLONE_WORD_THREAD;
	}
}

/* Of a loop, not of a block that is done once or not at all. */
static bool is_loop_end(const struct program *program, u32 at)
{
	const struct op *op = &program->ops[at];

	return op->code == OP_END && program->ops[op->b].code == OP_LOOP;
}

u32 program_loop_end(const struct program *program, u32 at)
{
	u32 inner = 0;

	for (u32 i = at + 1; i < program->nr_ops; i++) {
		u8 code = program->ops[i].code;

		if (!inner && is_loop_end(program, i))
			return i;
		if (code == OP_LOOP)
			inner++;
		else if (is_loop_end(program, i))
			inner--;
	}
	return at;
}

u32 program_each_end(const struct program *program, u32 at, u32 listener)
{
	u32 inner = 0;

	for (u32 i = at + 1; i < program->nr_ops; i++) {
		const struct op *op = &program->ops[i], *begin;

		if (op->code == OP_LOOP || op->code == OP_READY)
			inner++;
		if (op->code != OP_END || inner-- > 0)
			continue;
		inner = 0;
		begin = &program->ops[op->b];
		if (begin->code == OP_LOOP)
			return 0;
		if (op_is_for_each(begin) && op_watch_unpack(begin->value).index == listener)
			return i;
	}
	return 0;
}

static bool is_lock_of(u8 code)
{
	switch (code) {
	case OP_DOWN:
	case OP_KERNEL_LOCK:
	case OP_ACCEPT:
	case OP_CONNECT:
	case OP_LOCK:
	case OP_READ_LOCK:
	case OP_WRITE_LOCK:
	case OP_SEM_WAIT:
		return true;
	default:
		return false;
	}
}

static bool gives_back(const struct op *taker, const struct op *op)
{
	switch (op->code) {
	case OP_UNLOCK:
		return (taker->code == OP_LOCK && op->b == taker->b) ||
		       ((taker->code == OP_COND_WAIT || taker->code == OP_FUTEX_WAIT_PI) &&
			op->b == taker->a);
	case OP_RW_UNLOCK:
		return (taker->code == OP_READ_LOCK || taker->code == OP_WRITE_LOCK) &&
		       op->b == taker->b;
	case OP_CLOSE:
		return (taker->code == OP_ACCEPT || taker->code == OP_CONNECT) &&
		       op->flags & OP_CONNECTION && op->b == taker->b;
	case OP_UP:
		return taker->code == OP_DOWN && op->b == taker->b;
	case OP_KERNEL_UNLOCK:
		return taker->code == OP_KERNEL_LOCK && op->b == taker->b;
	case OP_SEM_POST:
		return taker->code == OP_SEM_WAIT && op->b == taker->b;
	default:
		return false;
	}
}

u32 program_section_end(const struct op *ops, u32 nr_ops, u32 at)
{
	u32 loops = 0, taken = 0;

	for (u32 i = at + 1; i < nr_ops; i++) {
		const struct op *op = &ops[i];

		if (op->code == OP_LOOP || op->code == OP_READY)
			loops++;
		else if (op->code == OP_END && !loops--)
			break;
		if (loops)
			continue;
		if (is_lock_of(op->code) && op->code == ops[at].code && op->b == ops[at].b)
			taken++;
		else if (gives_back(&ops[at], op) && !taken--)
			return i;
	}
	return at;
}

bool op_end(const struct op *op, struct end *end)
{
	switch (op->code) {
	case OP_PIPE_READ:
	case OP_CLOSE_READ:
	case OP_OPEN_READ:
		*end = (struct end){op->b, END_OF_PIPE, PIPE_READS};
		return true;
	case OP_PIPE_WRITE:
	case OP_CLOSE_WRITE:
	case OP_OPEN_WRITE:
		*end = (struct end){op->b, END_OF_PIPE, PIPE_WRITES};
		return true;
	case OP_SEND:
	case OP_RECV:
	case OP_CLOSE:
	case OP_SHUTDOWN:
		if (op->flags & OP_CONNECTION)
			return false;
		*end = (struct end){op->b, END_OF_SOCKET, (u8)op->a};
		return true;
	default:
		return false;
	}
}
