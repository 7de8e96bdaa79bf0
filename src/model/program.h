/* SPDX-License-Identifier: MIT */
/*
 * What a task does: a flat array of ops, loops as jumps. The last op is always EXIT.
 *
 * LOOP: value = number of rounds (0: for ever), a = nesting depth of this loop
 * (0..LOOP_DEPTH_MAX-1), b = index of its END. END: a = depth, b = index of the LOOP. The
 * interpreter keeps one counter per depth and task.
 */
#ifndef OSSIM_MODEL_PROGRAM_H
#define OSSIM_MODEL_PROGRAM_H

#include "base/text.h"
#include "model/ops.h"
#include "model/resources.h"
#include "model/signals.h"

enum { LOOP_DEPTH_MAX = 8 };

struct program {
	const struct op *ops;
	u32 nr_ops;
	u32 loop_depth; /* deepest nesting */
};

/* Is it the letter of an operand (operands.h)? */
bool operand_is_known(char letter);
/*
 * The enum symbol_kind of the resource that an operand names, whose index is then in the op's b;
 * -1: of none.
 */
int operand_symbol(char letter);

/* The kernel's policy numbers (include/uapi/linux/sched.h). */
enum sched_policy {
	POLICY_OTHER = 0,
	POLICY_FIFO = 1,
	POLICY_RR = 2,
	POLICY_BATCH = 3,
	POLICY_IDLE = 5,
	POLICY_DEADLINE = 6,
	POLICY_EXT = 7,
};

/* "other", "fifo", "rr", "batch", "idle", "deadline", "ext"; "unknown" for any other value. */
const char *policy_name(u32 policy);
/* -1 if there is none; "normal" is "other". */
int policy_find(const char *name);

static inline bool policy_is_rt(u32 policy)
{
	return policy == POLICY_FIFO || policy == POLICY_RR;
}

static inline bool policy_is_fair(u32 policy)
{
	return policy == POLICY_OTHER || policy == POLICY_BATCH || policy == POLICY_IDLE ||
	       policy == POLICY_EXT;
}

/*
 * Does sched_setattr() of such a policy take nice and slice along? That of an idle one leaves them
 * as they are (fair_policy()).
 */
static inline bool policy_takes_nice(u32 policy)
{
	return policy_is_fair(policy) && policy != POLICY_IDLE;
}

/* Of a deadline task (include/uapi/linux/sched.h: SCHED_FLAG_*). */
enum dl_flags {
	DL_FLAG_RECLAIM = 2, /* GRUB: uses what others do not */
	DL_FLAG_OVERRUN = 4, /* SIGXCPU when a budget is exceeded */
};

/* Scheduling attributes, as sched_setattr takes them. */
struct sched_attr {
	u8 policy;      /* enum sched_policy */
	s8 nice;        /* -20..19: fair policies */
	u8 rt_priority; /* 1..99: FIFO, RR; 0 else */
	bool reset_on_fork;
	u64 slice_ns; /* custom slice of a fair task; 0: the default */
	/* POLICY_DEADLINE only, ns; a period that was not said is the deadline. */
	u64 dl_runtime, dl_deadline, dl_period;
	u32 dl_flags; /* enum dl_flags */
};

/* What a SIGACTION op sets, and for which signal. */
static inline u32 op_action_signal(const struct op *op)
{
	return op->a & 0xff;
}

static inline struct signal_action op_action(const struct op *op)
{
	return (struct signal_action){
		.disposition = op->a >> 8 & 3,
		.flags = (u8)(op->a >> 10),
		.handler = op->b,
		.mask = op->value,
	};
}

/* An end of a pipe or of a socket pair. */
enum end_kind { END_OF_PIPE, END_OF_SOCKET };
enum pipe_end { PIPE_READS, PIPE_WRITES };

struct end {
	u32 index; /* of the pipe or pair */
	u8 kind;   /* enum end_kind */
	u8 end;    /* enum pipe_end; 0 or 1 of a pair */
};

/* The end that @op uses. False: it uses none. */
bool op_end(const struct op *op, struct end *end);

static inline bool end_is(struct end a, struct end b)
{
	return a.index == b.index && a.kind == b.kind && a.end == b.end;
}

/* The flags with which FORK, VFORK and CLONE call clone: model/clone.h. */
u64 op_clone_word(const struct op *op);
/*
 * Who tries to take something and does not get it goes on behind the op that would give it back:
 * its index in @ops, within the block that op @at is in; @at: there is none.
 */
u32 program_section_end(const struct op *ops, u32 nr_ops, u32 at);

struct workload;
/*
 * Of the block that is done for each connection through @listener, if that is the innermost around
 * @at that can be left: a loop would be, too. 0: it is not.
 */
u32 program_each_end(const struct program *program, u32 at, u32 listener);
/* Index of the END of the innermost loop around op @at; @at: it is in none. */
u32 program_loop_end(const struct program *program, u32 at);
/* As it is called in the input; NULL: @kind is none of resources. */
const char *resource_name(const struct workload *w, enum symbol_kind kind, u32 index);
/* The kinds of what an epoll can watch. */
extern const enum symbol_kind watched_symbols[NR_WATCH_KINDS];
extern const char *const itimer_names[NR_ITIMERS];
extern const char *const trace_event_names[NR_TRACE_EVENTS];
/* One operand of those that builder_ipc.c sets, by its letter. */
void program_add_ipc(struct text *out, const struct workload *w, const struct op *op, char letter);
/* An op as a program's text has it: "semop s 0:-1". */
void program_add_op(struct text *out, const struct workload *w, const struct op *op);
/* One op per line. */
void program_disassemble(const struct workload *workload, const struct program *program,
			 struct text *out);

/* The words of enum core_sched_call and of enum core_sched_scope. */
extern const char *const core_sched_calls[NR_CORE_SCHED_CALLS];
extern const char *const core_sched_scopes[NR_CORE_SCHED_SCOPES];

#endif
