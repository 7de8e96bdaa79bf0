/* SPDX-License-Identifier: MIT */
/*
 * The process table: who comes, sleeps, dies, is reaped. Everything is found by walking it.
 */
#include "xv6/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

enum { PRIO_NICE_0 = 120, CLONE_FLAGS_FORK = 0, INIT_SLOT = 0 };

void xv6_fail(struct xv6 *xv6, const char *fmt, ...)
{
	char what[300], when[16];
	va_list args;

	if (xv6->failure)
		return;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	format_duration(xv6->now, when);
	xv6->failure = arena_printf(xv6->arena, "at %s: %s", when, what);
}

void xv6_record(struct xv6 *xv6, enum record_kind kind, u32 task, u32 other, u32 arg, u64 value)
{
	stream_put(xv6->stream, (struct record){
					.when = xv6->now,
					.kind = (u8)kind,
					.cpu = (u16)xv6->this_cpu,
					.task = task,
					.other = other,
					.arg = arg,
					.value = value,
				});
}

static u32 current_id(const struct xv6 *xv6)
{
	const struct xv6_proc *curr = xv6->cpus[xv6->this_cpu].curr;

	return curr ? curr->task_id : xv6->this_cpu;
}

/* ---- Coming ---- */

struct xv6_proc *xv6_alloc(struct xv6 *xv6, u32 comm)
{
	for (u32 slot = 0; slot < XV6_NPROC; slot++) {
		struct xv6_proc *proc = &xv6->procs[slot];

		xv6->slots_scanned++;
		if (proc->state != XV6_UNUSED)
			continue;
		*proc = (struct xv6_proc){
			.state = XV6_EMBRYO,
			.slot = slot,
			.pid = xv6->nextpid++,
			.cpu = xv6->this_cpu,
			.task_id = xv6->next_task_id++,
			.comm = comm,
			.spec = SPEC_NONE,
			.grid_next = NEVER,
		};
		return proc;
	}
	return NULL;
}

/* Makes it an instance of @spec. */
static void xv6_become(struct xv6 *xv6, struct xv6_proc *proc, u32 spec)
{
	const struct task_spec *s = &xv6->workload->tasks[spec];

	proc->spec = spec;
	proc->instance = xv6->instances[spec]++;
	proc->program = &xv6->workload->programs[s->program];
	rng_small_init(&proc->rng, xv6->workload->seed,
		       arena_printf(xv6->arena, "program %s", s->name), proc->instance);
	xv6->nr_alive++;
}

static void announce(struct xv6 *xv6, const struct xv6_proc *child, const struct xv6_proc *parent)
{
	stream_put(xv6->stream, (struct record){
					.when = xv6->now,
					.kind = RECORD_FORK,
					.flags = RECORD_FLAG_WORKLOAD,
					.cpu = (u16)xv6->this_cpu,
					.task = child->task_id,
					.other = parent->task_id,
					.arg = child->pid,
					.value = (u64)child->pid << 32 | child->comm,
				});
	xv6_record(xv6, RECORD_ATTR, child->task_id, 0, 0, (u32)PRIO_NICE_0);
}

struct xv6_proc *xv6_fork(struct xv6 *xv6, struct xv6_proc *parent, u32 spec, u32 comm)
{
	struct xv6_proc *child = xv6_alloc(xv6, comm);

	if (!child)
		return NULL;
	child->parent = parent;
	xv6_become(xv6, child, spec);
	announce(xv6, child, parent);
	child->state = XV6_RUNNABLE;
	xv6_record(xv6, RECORD_WAKEUP_NEW, child->task_id, current_id(xv6), xv6->this_cpu,
		   PRIO_NICE_0);
	return child;
}

/* ---- Sleeping and waking ---- */

static void make_runnable(struct xv6 *xv6, struct xv6_proc *proc)
{
	proc->state = XV6_RUNNABLE;
	proc->chan = NULL;
	xv6_record(xv6, RECORD_WAKING, proc->task_id, current_id(xv6), proc->cpu, PRIO_NICE_0);
	xv6_record(xv6, RECORD_WAKEUP, proc->task_id, current_id(xv6), proc->cpu, PRIO_NICE_0);
}

void xv6_wakeup(struct xv6 *xv6, const void *chan)
{
	xv6->slots_scanned += XV6_NPROC;
	for (u32 slot = 0; slot < XV6_NPROC; slot++) {
		struct xv6_proc *proc = &xv6->procs[slot];

		if (proc->state == XV6_SLEEPING && proc->chan == chan)
			make_runnable(xv6, proc);
	}
}

void xv6_kill(struct xv6 *xv6, struct xv6_proc *proc)
{
	proc->killed = true;
	if (proc->state == XV6_SLEEPING)
		make_runnable(xv6, proc);
}

/* ---- Going ---- */

void xv6_exit(struct xv6 *xv6, u32 code)
{
	struct xv6_proc *proc = xv6->cpus[xv6->this_cpu].curr, *init = &xv6->procs[INIT_SLOT];

	xv6_record(xv6, RECORD_EXIT, proc->task_id, 0, true, (u64)code << 32 | PRIO_NICE_0);
	xv6_wakeup(xv6, proc->parent);
	xv6->slots_scanned += XV6_NPROC;
	for (u32 slot = 0; slot < XV6_NPROC; slot++) {
		struct xv6_proc *child = &xv6->procs[slot];

		if (child->state == XV6_UNUSED || child->parent != proc)
			continue;
		child->parent = init;
		if (child->state == XV6_ZOMBIE)
			xv6_wakeup(xv6, init);
	}
	proc->state = XV6_ZOMBIE;
	if (proc->spec != SPEC_NONE)
		xv6->nr_alive--;
	xv6_switch(xv6, 0x20);
}

s64 xv6_reap(struct xv6 *xv6, struct xv6_proc *parent)
{
	bool has_children = false;

	for (u32 slot = 0; slot < XV6_NPROC; slot++) {
		struct xv6_proc *child = &xv6->procs[slot];

		xv6->slots_scanned++;
		if (child->state == XV6_UNUSED || child->parent != parent)
			continue;
		has_children = true;
		if (child->state != XV6_ZOMBIE)
			continue;
		xv6_record(xv6, RECORD_FREE, child->task_id, 0, 0, PRIO_NICE_0);
		child->state = XV6_UNUSED;
		child->parent = NULL;
		return child->pid;
	}
	return has_children ? 0 : -1;
}
