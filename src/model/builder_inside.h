/* SPDX-License-Identifier: MIT */
/*
 * What the files of the builder share; no one else includes this.
 *
 * builder.c opens, closes and assembles; builder_machine.c knows platform and kernel,
 * builder_names.c names, builder_resources.c what is shared by name, builder_ops.c ops and their
 * operands, builder_attr.c, builder_quantity.c and builder_ipc.c kinds of operands, builder_check.c
 * one program on its own, builder_resolve.c tasks that name each other, builder_whole.c what can
 * only be seen when all is there.
 */
#ifndef OSSIM_MODEL_BUILDER_INSIDE_H
#define OSSIM_MODEL_BUILDER_INSIDE_H

#include "base/names.h"
#include "base/vec.h"
#include "model/builder.h"

/* Names are one table; each kind of thing has its own index by name. */
struct symbols {
	struct names names;
	vec_of(u32) index[NR_SYMBOL_KINDS]; /* by name id: index + 1; 0: no such thing */
};

/* How a resource is used in the whole workload. */
struct resource_use {
	const char *name;
	struct loc declared_at;
	struct loc taken_at; /* where it is first waited for or read from */
	struct loc waits_at; /* likewise without a timeout */
	struct loc talks_at; /* a listener: where a connection is first used */
	bool declared;
	bool given; /* signalled, posted, written */
	bool taken, waits, talks;
};

/* A task named by an op, to be found when all tasks are known. */
struct task_ref {
	u32 program, op;
	const char *name;
	struct loc loc;
	bool of_group; /* SETPGID: the task in the group, not the child */
};

struct thread_ref {
	u32 spec;
	const char *name;
	struct loc loc;
};

/* What later checks need to know of a finished program. */
struct program_facts {
	bool endless; /* has a loop that is never left */
	struct loc endless_at;
};

struct knob_override {
	bool set;
	u64 value;
	struct loc loc;
};

struct cpu_event_at {
	struct cpu_event event;
	struct loc loc;
};

struct irq_at {
	struct irq_options options;
	struct loc loc;
};

struct builder {
	struct arena *arena;
	struct diag *diag;
	u32 errors_before; /* of others, before this builder came */
	u32 nr_suggestions;
	struct symbols symbols;

	/* The machine. */
	struct workload w; /* assembled by builder_finish() */
	struct knob_override knobs[NR_KNOBS];
	u128 features_set; /* FEATURE_* that were asked for, on or off */
	bool machine_done, machine_good;
	struct loc preempt_loc;                    /* where its model is asked for, if anywhere */
	vec_of(struct cpu_event_at) cpu_events_at; /* by time */
	vec_of(struct cpu_event) cpu_events;       /* the same, checked */
	vec_of(struct sched_write) sched_writes;   /* by time */
	vec_of(struct irq_at) irqs_at;
	vec_of(struct irq_spec) irqs;

	vec_of(struct ext_option) ext_options;

	/* Resources, with their use by the same index. */
#define X(name, member, spec, word, ...) vec_of(struct spec) member;
	RESOURCES(X)
#undef X
	vec_of(struct resource_use) uses[NR_RESOURCE_KINDS];

	vec_of(struct group_spec) groups;

	/* What ops point to by index. */
	vec_of(struct dist) dists;
	vec_of(const struct cpumask *) masks;
	vec_of(struct sched_attr) attrs;
	vec_of(struct group_change) group_changes;
	vec_of(const char *) texts;
	vec_of(struct timer_setting) timer_settings;
	vec_of(struct sem_call) sem_calls;
	vec_of(struct sem_op) sem_ops;
	vec_of(struct set_tid) set_tids;
	vec_of(struct futex_call) futex_calls;
	vec_of(struct op_watch) polled;

	/* Tasks that are closed; a task's program has its index. */
	vec_of(struct task_spec) tasks;
	vec_of(struct program) programs;
	vec_of(struct program_facts) facts;
	vec_of(struct task_ref) task_refs;
	vec_of(struct thread_ref) thread_refs;
	vec_of(struct expectation) expects;

	/* The open task. */
	bool open;
	struct task_spec task;
	vec_of(struct op) ops;
	vec_of(struct loc) op_locs;
	u32 loop_stack[LOOP_DEPTH_MAX]; /* indexes of LOOP ops */
	bool has_core_sched;            /* some op is about cookies, here: */
	struct loc core_sched_at;
	bool op_is_timed;    /* the op that is being added waits for a time at most */
	u32 depth, too_deep; /* open loops; loops beyond the limit */
	u32 deepest;
	vec_of(u32) locked_in; /* by mutex: 1 + the last program that locks it */
};

/* builder_names.c */
void symbols_init(struct symbols *symbols);
void symbols_fini(struct symbols *symbols);
/* The index + 1 slot of a name. Stays valid until the next call. */
u32 *symbol_slot(struct symbols *symbols, enum symbol_kind kind, const char *name);
/* -1 if there is none. */
s64 symbol_find(const struct symbols *symbols, enum symbol_kind kind, const char *name, size_t len);
/* " (did you mean 'x'?)" or "". */
const char *suggestion(struct builder *b, const char *word, const char *const *candidates,
		       size_t n);
const char *suggest_task(struct builder *b, const char *word, bool templates_only);
const char *suggest_resource(struct builder *b, enum symbol_kind kind, const char *word);

/* builder_resources.c */
/* The index of a resource, which exists from now on. */
u32 resource_index(struct builder *b, enum symbol_kind kind, const char *name);
/* The same; an error if it is declared already. */
u32 resource_declare(struct builder *b, struct loc loc, enum symbol_kind kind, const char *name);
/* The name that @op must have; NULL after an error. */
const char *required_name(struct builder *b, struct loc loc, const struct op *op, const char *name,
			  enum symbol_kind kind);
/*
 * The index of the resource that @op names, 0 after an error; it is noted what the op does with it.
 */
u32 op_resource(struct builder *b, struct loc loc, const struct op *op, const char *name,
		enum symbol_kind kind);
/* The same of a connection of a listener: that neither makes nor accepts one. */
u32 op_connection(struct builder *b, struct loc loc, const struct op *op, const char *name);

/* builder_events.c: when the number of cpus is known. */
bool check_cpu_events(struct builder *b);
/*
 * Does the kernel have this knob, and may it have that value, which may become another by being
 * written?
 */
bool builder_knob_is_good(struct builder *b, struct loc loc, const char *name, u64 *value);
bool check_irqs(struct builder *b);

/* builder_attr.c */
bool check_attr(struct builder *b, struct loc loc, struct sched_attr *attr);
bool check_nice(struct builder *b, struct loc loc, s64 nice);
/* The slice as the kernel would take it, with a warning if that is another. */
u64 check_slice(struct builder *b, struct loc loc, u64 slice_ns);

/* builder_group.c: the group's index, or GROUP_ROOT, after an error too. */
u32 group_find(struct builder *b, struct loc loc, const char *name);
/* A realtime task whose group has no runtime for such. */
void check_rt_group(struct builder *b, struct loc loc, const struct task_spec *task);
/* Checks what @change sets of the group named @name; the index of the change. */
u32 group_change_add(struct builder *b, struct loc loc, const char *name,
		     const struct group_change *change);

/* builder_ipc.c: operands about epolls, timers, sockets, messages. */
void set_ipc_operand(struct builder *b, struct loc loc, struct op *op, char letter,
		     const struct op_operands *given);

/* builder_quantity.c */
/* @limit: durations end within the time that can be simulated. */
void op_set_quantity(struct builder *b, struct loc loc, struct op *op, const struct quantity *q,
		     u64 limit);
/* A quantity on its own, as a distribution with its own arrays. */
bool take_dist(struct builder *b, struct loc loc, const struct quantity *q, struct dist *out);
/* The largest and least value of an op's quantity. */
u64 op_quantity_max(const struct builder *b, const struct op *op);
u64 op_quantity_min(const struct builder *b, const struct op *op);

/* builder_xv6.c: what of the open task, of its program, of the machine xv6 does not have. */
/* How many ends of pipes and sockets a program holds. */
void check_ends(struct builder *b);
/* What a kernel thread is and does not do. */
void check_kthread(struct builder *b);
void check_user_task(struct builder *b);
void check_xv6_task(struct builder *b);
void check_xv6_program(struct builder *b);
bool check_xv6_machine(struct builder *b, struct loc loc);

/* builder_check.c: the open task's program. */
void check_program(struct builder *b, struct program_facts *facts);

/* builder_section.c: the locks of the kernel in the open task's program. */
void check_sections(struct builder *b);

/*
 * builder_resolve.c: all tasks, before the workload is assembled. @forked: by task, true for
 * templates that somebody runs.
 */
void resolve_all(struct builder *b, bool *forked);

/* builder_whole.c: then the rest that needs all of it. */
void check_whole(struct builder *b, const bool *forked);

#endif
