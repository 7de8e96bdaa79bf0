/* SPDX-License-Identifier: MIT */
/*
 * The process table, and who runs on which cpu. Private to xv6/.
 */
#ifndef OSSIM_XV6_TABLE_H
#define OSSIM_XV6_TABLE_H

#include "base/names.h"
#include "base/rng.h"
#include "xv6/xv6.h"

enum { XV6_NPROC = 64, XV6_NCPU = 8, XV6_PIPE_SIZE = 512 };

enum xv6_state { XV6_UNUSED, XV6_EMBRYO, XV6_SLEEPING, XV6_RUNNABLE, XV6_RUNNING, XV6_ZOMBIE };

struct xv6_proc {
	u8 state; /* enum xv6_state */
	bool killed;
	bool must_exit; /* it was killed while it waited for its next turn in user mode */
	u32 slot, pid;
	u32 task_id; /* of the records */
	u32 cpu;     /* where it ran last */
	u32 comm;    /* name id */
	struct xv6_proc *parent;
	const void *chan; /* what it sleeps on */

	/* Its program. */
	u32 spec, instance; /* SPEC_NONE: init */
	const struct program *program;
	u32 pc;
	u8 phase; /* of the present op; 0: at its start */
	u64 loop_left[LOOP_DEPTH_MAX];
	u64 work_left;                /* ns, while it does not run */
	u64 ticks_until;              /* of a sleep */
	u64 grid_next;                /* ns, of timer; NEVER: not yet used */
	u64 bytes;                    /* of a pipe operation, or requests to a disk: still to go */
	struct xv6_proc *next_queued; /* behind it at a disk */
	bool buffer_done;             /* its request: it sleeps on this */
	struct rng_small rng;
};

struct xv6_pipe {
	u64 nread, nwrite;
};

struct xv6_disk {
	struct xv6_proc *queue; /* the first is served */
	u64 done_at;            /* NEVER: it is idle */
	struct rng_small rng;
};

struct xv6_cpu {
	struct xv6_proc *curr; /* NULL: its scheduler walks the table in vain */
	u64 segment_end;
	u32 next_slot; /* where its scheduler goes on */
};

/* The next instances of a task to be started. */
struct xv6_start {
	u32 next;
};

struct xv6 {
	u64 now, next_tick, tick_ns, ticks, nr_events, spin;
	struct xv6_proc procs[XV6_NPROC];
	struct xv6_cpu cpus[XV6_NCPU];
	u32 nr_cpus, this_cpu;
	u32 nextpid, next_task_id;
	u32 nr_alive, nr_pending;
	u64 slots_scanned;
	struct xv6_pipe *pipes;
	struct xv6_disk *disks;
	struct xv6_start *starts; /* by spec */
	u32 *instances;           /* by spec: numbers given out */
	u32 *text_names;
	char *failure;
	const struct workload *workload;
	const struct costs *costs;
	struct arena *arena;
	struct stream *stream;
	struct names *names;
};

/* ---- table.c ---- */

printf_like(2, 3) void xv6_fail(struct xv6 *xv6, const char *fmt, ...);
void xv6_record(struct xv6 *xv6, enum record_kind kind, u32 task, u32 other, u32 arg, u64 value);

/* allocproc(): the first free slot; NULL: there is none. Its pid is used up. */
struct xv6_proc *xv6_alloc(struct xv6 *xv6, u32 comm);
/* A child of @parent, runnable; NULL: no slot. */
struct xv6_proc *xv6_fork(struct xv6 *xv6, struct xv6_proc *parent, u32 spec, u32 comm);
void xv6_wakeup(struct xv6 *xv6, const void *chan);
/* kill(): a flag; who sleeps is woken to look at it. */
void xv6_kill(struct xv6 *xv6, struct xv6_proc *proc);
/* exit() of who runs on this cpu, up to its last switch. */
void xv6_exit(struct xv6 *xv6, u32 code);
/*
 * One scan of wait(): the pid of a dead child, whose slot is free now; 0: children, none dead; -1:
 * none.
 */
s64 xv6_reap(struct xv6 *xv6, struct xv6_proc *parent);

/* ---- xv6.c ---- */

/* Who runs on this cpu gives it up: it sleeps on @chan, or (NULL) is runnable. */
void xv6_sleep(struct xv6 *xv6, const void *chan);
/* sched(): this cpu's scheduler takes the next one; @state: what the trace shows. */
void xv6_switch(struct xv6 *xv6, u32 state);
/* It computes for @ns now. */
void xv6_begin_segment(struct xv6 *xv6, u64 ns);

/* ---- disk.c ---- */

void xv6_disks_init(struct xv6 *xv6);
/* @proc asks for a buffer, and shall sleep on its buffer_done until that is set. */
void xv6_disk_queue(struct xv6 *xv6, u32 device, struct xv6_proc *proc);
/* When the first of all disks will have served a request; NEVER: they are idle. */
u64 xv6_disk_next(const struct xv6 *xv6);
/* It has. */
void xv6_disk_interrupt(struct xv6 *xv6);

/* ---- program.c ---- */

/* Steps the program of who runs on this cpu until it takes time or gives the cpu up. */
void xv6_run_program(struct xv6 *xv6);

#endif
