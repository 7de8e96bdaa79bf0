/* SPDX-License-Identifier: MIT */
/*
 * The one door by which a workload is made.
 *
 * Inputs (YAML, traces, later rt-app) call it in the order of their file; it resolves names,
 * checks meaning and reports at the caller's position: unknown mutex, affinity outside the
 * machine, unlock of a lock never taken, a loop that takes no time, a template that is never
 * forked, a barrier whose parties can never come, thread_of a template, ... What cannot be meant is
 * an error; what is odd but runs is a warning.
 *
 * Every function that can find a mistake reports it to the diag and goes on; builder_finish() then
 * returns false. Names may be used before they are declared; conditions, mutexes, semaphores and
 * pipes exist by being used, barriers need a declaration (their number of parties).
 */
#ifndef OSSIM_MODEL_BUILDER_H
#define OSSIM_MODEL_BUILDER_H

#include "model/workload.h"

struct builder;

/* Everything of the workload lives in @arena, which outlives it. */
struct builder *builder_new(struct arena *arena, struct diag *diag);
void builder_free(struct builder *builder);

void builder_name(struct builder *b, const char *name, const char *title);
/*
 * The platform and the kernel row to be edited before builder_machine_done(). Seed and duration may
 * be set any time.
 */
struct platform *builder_platform(struct builder *b);
void builder_seed(struct builder *b, u64 seed);
/* "linux" (the default) or "xv6". Comes before all but the name. */
must_check bool builder_model(struct builder *b, struct loc loc, const char *name);
bool builder_has_linux_model(const struct builder *b);
void builder_duration(struct builder *b, u64 ns);
/* Comes before knobs and features, which belong to its row. */
must_check bool builder_kernel(struct builder *b, struct loc loc, const char *name);
/*
 * "base_slice_ns" or "sched_rr_timeslice_ms" = value; checks existence in the row and range. The
 * value is final: it is not scaled by the number of cpus.
 */
must_check bool builder_knob(struct builder *b, struct loc loc, const char *name, u64 value);
/* "NO_RUN_TO_PARITY", "LAST_BUDDY", also names of KERNEL_SWITCHES. */
must_check bool builder_feature(struct builder *b, struct loc loc, const char *name);
/* The same, written at a time in mid-run. */
must_check bool builder_knob_write(struct builder *b, struct loc loc, u64 at, const char *name,
				   u64 value);
must_check bool builder_feature_write(struct builder *b, struct loc loc, u64 at, const char *name);
/*
 * The preemption model that is asked for at @loc; builder_machine_done() looks whether the kernel
 * has it.
 */
void builder_preempt(struct builder *b, struct loc loc, enum preempt_model model);
/* A cpu goes offline or comes back in mid-run; in any order, before builder_machine_done(). */
void builder_cpu_event(struct builder *b, struct loc loc, const struct cpu_event *event);
/*
 * Completes the platform, takes the row's preemption model if none is set, scales the knobs. Comes
 * before tasks (affinities need the cpus); without it builder_finish() does it.
 */
must_check bool builder_machine_done(struct builder *b, struct loc loc);

/*
 * The ext scheduler: the spec comes with defaults and may be edited. A policy's path is relative to
 * the file that @loc is in. NULL after an error: the kernel has no ext class. Comes after
 * builder_kernel().
 */
struct ext_spec *builder_ext(struct builder *b, struct loc loc, const char *policy);
/* One of the policy's options. */
void builder_ext_option(struct builder *b, struct loc loc, const char *name, u64 value);

/* What a resource of each kind is called in messages. */
extern const char *const symbol_kind_names[NR_SYMBOL_KINDS];
/*
 * What is declared by its name alone: a condition, rwlock, timerfd, wait queue, kernel lock,
 * completion.
 */
u32 builder_bare(struct builder *b, struct loc loc, enum symbol_kind kind, const char *name);
u32 builder_mutex(struct builder *b, struct loc loc, const char *name, enum mutex_kind kind);
/* The same with all that may be said about one. */
u32 builder_mutex_spec(struct builder *b, struct loc loc, const struct mutex_spec *spec);
u32 builder_barrier(struct builder *b, struct loc loc, const char *name, u32 parties);
u32 builder_semaphore(struct builder *b, struct loc loc, const char *name, u64 value);
enum pipe_kind { PIPE_ENDLESS, PIPE_WITH_ENDS, PIPE_FIFO };
u32 builder_pipe(struct builder *b, struct loc loc, const char *name, u64 capacity,
		 enum pipe_kind kind);
u32 builder_eventfd(struct builder *b, struct loc loc, const char *name, u64 value, bool semaphore);
u32 builder_epoll(struct builder *b, struct loc loc, const char *name, bool private);
u32 builder_socket(struct builder *b, struct loc loc, const char *name, u64 sndbuf, bool eof);
/* Another kind than a stream. */
u32 builder_socket_kind(struct builder *b, struct loc loc, const char *name, u64 sndbuf,
			enum socket_kind kind);
/* Its events are copied. */
u32 builder_tty(struct builder *b, struct loc loc, const struct tty_spec *spec);
u32 builder_signalfd(struct builder *b, struct loc loc, const char *name, u64 signals);
/* SO_REUSEPORT: so many sockets share its address. */
void builder_listener_sockets(struct builder *b, u32 listener, u32 sockets);
/* @sndbuf 0: the default. @backlog 0: as listen() has it, one connection may wait. */
u32 builder_listener(struct builder *b, struct loc loc, const char *name, u32 backlog, u64 sndbuf);
/* The first values of its semaphores; @values is copied. */
u32 builder_sem_set(struct builder *b, struct loc loc, const char *name, const s32 *values, u32 nr);
u32 builder_shm(struct builder *b, struct loc loc, const char *name, u64 pages);
u32 builder_msg_queue(struct builder *b, struct loc loc, const char *name, u64 bytes);
u32 builder_mqueue(struct builder *b, struct loc loc, const char *name, u32 most);
u32 builder_kernel_semaphore(struct builder *b, struct loc loc, const char *name, u64 value);
/* A word that tasks share. */
u32 builder_futex(struct builder *b, struct loc loc, const char *name, u32 value);

/*
 * A group below its parent, which is known already. Its name is copied; where it is in the input is
 * taken from @group, too. Groups come before the tasks that name them.
 */
u32 builder_group(struct builder *b, const struct group_spec *group);

/*
 * Opens a task. The spec comes with defaults; the caller sets its attributes (all but program and
 * group and thread_of, which have functions of their own), then adds ops, then builder_task_end().
 */
struct task_spec *builder_task_begin(struct builder *b, struct loc loc, const char *name);
void builder_task_end(struct builder *b);
/* The open task begins in that group; "root" is the root. */
void builder_task_group(struct builder *b, struct loc loc, const char *name);
/* The open task is that user's; "root" is whose all others are. */
void builder_task_user(struct builder *b, const char *name);
void builder_thread_of(struct builder *b, struct loc loc, const char *task_name);
/* "0-3,8" or "all"; NULL after an error. The mask may be put into a spec's affinity. */
const struct cpumask *builder_cpus(struct builder *b, struct loc loc, const char *text);

/* A duration, size or count: constant or drawn. */
struct quantity {
	bool is_dist;
	u64 value;        /* if constant */
	struct dist dist; /* else; its arrays are copied */
};

/* How interrupts of the machine are declared. @name and @cpus live as long as the builder. */
struct irq_options {
	const char *name;
	const char *cpus; /* NULL: all */
	bool has_first;   /* else it is as @every */
	struct quantity first, every, time, softirq;
};
/* Before builder_machine_done(). */
void builder_irq(struct builder *b, struct loc loc, const struct irq_options *options);

/* How a device is declared; zeroed members are the preset's or the default. */
struct device_options {
	const char *preset; /* NULL: none, then service is needed */
	u32 depth, parallel;
	bool has_irq_cpu;
	u32 irq_cpu;
	struct quantity service, seek;
	bool has_service, has_seek;
};
void builder_device(struct builder *b, struct loc loc, const char *name,
		    const struct device_options *options);
extern const char *const device_preset_names[];
extern const u32 nr_device_presets;

/* How a network device is declared; zeroed members are the default. */
struct netdev_options {
	u32 irq_cpu, ring, queue, depth;
	const char *listener; /* NULL: packets are read */
	u32 request;
	bool has_every, has_irq, has_packet, has_wire;
	u64 clean_ns;
	struct quantity every, irq, packet, wire;
};
void builder_netdev(struct builder *b, struct loc loc, const char *name,
		    const struct netdev_options *options);

/* A word of several, by its name. */
struct futex_word {
	const char *name;
	u32 value;
};

/* Something that is looked at, by its name; @watch has the rest. */
struct watched {
	const char *name;
	struct op_watch watch;
};

/* What an op's operands are, in the letters of ops.h; unused members are ignored. */
struct op_operands {
	struct quantity quantity;         /* d z n */
	s64 integer;                      /* i */
	const char *resource;             /* m c r s p v q Q l e E F Y U A B J */
	bool killable;                    /* v */
	enum kernel_sleep kernel_sleep;   /* K b D */
	u32 wait_how;                     /* q: WAIT_QUEUE_* bits with the state */
	u64 timeout_ns;                   /* q o E A J Z G & */
	u32 wake_nr;                      /* Q: 0: all */
	u64 events;                       /* Q */
	bool sync;                        /* Q */
	bool irqsave;                     /* ! */
	bool more;                        /* = */
	bool nonblock;                    /* p e E F y U A B J & $ */
	struct timer_setting timer;       /* V */
	enum itimer itimer;               /* I */
	u32 most;                         /* E: 0: any number of events */
	u32 end;                          /* U */
	bool connection;                  /* U: @resource is a listener */
	u32 shutdown;                     /* U of SHUTDOWN: SHUTDOWN_* */
	const struct sem_op *sem_ops;     /* A; copied */
	u32 nr_sem_ops;                   /* A */
	bool all_sems;                    /* A of SEMCTL: they are those of the whole set */
	s32 type;                         /* B */
	u32 message_bytes;                /* B */
	bool except, truncated;           /* B */
	bool remove;                      /* B of MSGCTL */
	u32 priority;                     /* J */
	const char *watched;              /* W: the name of what is watched, */
	struct op_watch watch;            /* W: and the rest but its index */
	const struct watched *files;      /* &; copied */
	u32 nr_files;                     /* & */
	struct futex_call futex;          /* u, but for: */
	const char *futex_to;             /* u */
	const struct futex_word *words;   /* Z */
	u32 nr_words;                     /* Z */
	const char *mutex;                /* M */
	const char *task;                 /* t, T; NULL: oneself, none. t may be NAME or NAME3 */
	const char *cpus;                 /* C */
	enum core_sched_call core_call;   /* @ */
	enum core_sched_scope core_scope; /* @ */
	struct sched_attr attr;           /* P */
	const char *text;                 /* x */
	u32 wait_for;                     /* w: WAIT_FOR_* */
	u32 signal;                       /* g, H, S, Y */
	bool to_thread, to_group, to_all; /* g; k, Y: to_thread */
	bool queued;                      /* g: by sigqueue() */
	u64 sigset;                       /* G */
	bool has_timeout;                 /* G: timeout_ns, which may be 0 */
	enum op_mask_how how;             /* h */
	struct signal_action action;      /* H; its handler is @task */
	const char *group;                /* k A; ?: of a task */
	bool of_child;              /* ?: @task is put there; NULL @group: into one of its own */
	struct group_change change; /* A, but for its group */
	/* #: place in the list of syscalls.h + 1; 0: none in particular */
	u32 call;
	u32 trace_events;    /* % */
	bool has_clone_word; /* f */
	u64 clone_word;      /* f */
	const u32 *tids;     /* f; copied */
	u32 nr_tids;         /* f */
};

/* Adds an op to the open task's program. LOOP opens a block that builder_end_loop() closes. */
void builder_op(struct builder *b, struct loc loc, enum op_code code,
		const struct op_operands *operands);
void builder_end_loop(struct builder *b, struct loc loc);

void builder_expect(struct builder *b, struct loc loc, const char *path, enum expect_op op,
		    s64 value, u64 tolerance, u32 units, const char *text);

/* NULL after any error. */
const struct workload *builder_finish(struct builder *b);

#endif
