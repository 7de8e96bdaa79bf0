/* SPDX-License-Identifier: MIT */
/*
 * Time, ticks, and each cpu's walk through the table.
 *
 * A cpu without work walks the table all the time, so it sees what becomes runnable at once; of
 * several such cpus the one with the lowest number is taken to be the first. At one instant ticks
 * come before what disks have done, and that before the ends of segments; cpus in the order of
 * their numbers.
 */
#include "xv6/xv6.h"

#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "xv6/table.h"

enum { PRIO_NICE_0 = 120, SPIN_MAX = 1000 * 1000 };

/* ---- Switching ---- */

static void record_switch(struct xv6 *xv6, const struct xv6_proc *prev, const struct xv6_proc *next,
			  u32 state)
{
	u32 prev_id = prev ? prev->task_id : xv6->this_cpu;
	u32 next_id = next ? next->task_id : xv6->this_cpu;

	if (prev_id != next_id)
		xv6_record(xv6, RECORD_SWITCH, prev_id, next_id,
			   record_switch_arg(state, PRIO_NICE_0, PRIO_NICE_0), 0);
}

void xv6_begin_segment(struct xv6 *xv6, u64 ns)
{
	struct xv6_cpu *cpu = &xv6->cpus[xv6->this_cpu];

	cpu->segment_end = xv6->now + ns;
	cpu->curr->work_left = 0;
}

/* scheduler(): from behind the last one on, around the table. NULL: nobody is runnable. */
static struct xv6_proc *next_runnable(struct xv6 *xv6, struct xv6_cpu *cpu)
{
	for (u32 i = 0; i < XV6_NPROC; i++) {
		u32 slot = (cpu->next_slot + i) % XV6_NPROC;

		xv6->slots_scanned++;
		if (xv6->procs[slot].state != XV6_RUNNABLE)
			continue;
		cpu->next_slot = (slot + 1) % XV6_NPROC;
		return &xv6->procs[slot];
	}
	return NULL;
}

/* There is one table for all: whoever runs elsewhere next has not been asked. */
static void move_here(struct xv6 *xv6, struct xv6_proc *proc)
{
	xv6_record(xv6, RECORD_MIGRATE, proc->task_id, 0, xv6->this_cpu << 16 | proc->cpu,
		   (u64)RECORD_MOVE_PULL << 32 | PRIO_NICE_0);
	proc->cpu = xv6->this_cpu;
}

void xv6_switch(struct xv6 *xv6, u32 state)
{
	struct xv6_cpu *cpu = &xv6->cpus[xv6->this_cpu];
	struct xv6_proc *prev = cpu->curr, *next = next_runnable(xv6, cpu);

	if (next && next->cpu != xv6->this_cpu)
		move_here(xv6, next);
	record_switch(xv6, prev, next, state);
	cpu->curr = next;
	cpu->segment_end = NEVER;
	if (!next)
		return;
	next->state = XV6_RUNNING;
	if (unlikely(next->killed && !next->phase)) {
		next->must_exit = true;
		next->work_left = 0;
	}
	/* Through the scheduler's own context, always. */
	xv6_begin_segment(xv6, next->work_left + (next == prev ? 0 : xv6->costs->switch_other_mm));
}

void xv6_sleep(struct xv6 *xv6, const void *chan)
{
	struct xv6_proc *proc = xv6->cpus[xv6->this_cpu].curr;

	proc->state = XV6_SLEEPING;
	proc->chan = chan;
	xv6_switch(xv6, 1);
}

static void xv6_yield(struct xv6 *xv6)
{
	xv6->cpus[xv6->this_cpu].curr->state = XV6_RUNNABLE;
	xv6_switch(xv6, 0);
}

/* Cpus that walk in vain find what has become runnable. */
static void feed_idle_cpus(struct xv6 *xv6)
{
	for (u32 i = 0; i < xv6->nr_cpus; i++) {
		if (xv6->cpus[i].curr)
			continue;
		xv6->this_cpu = i;
		xv6_switch(xv6, 0);
		if (!xv6->cpus[i].curr)
			break; /* nobody is runnable */
	}
}

/* ---- Events ---- */

/* A killed process that was in user mode does not go back there. */
static bool dies_in_user_mode(const struct xv6_proc *proc)
{
	return proc->killed && !proc->phase;
}

/* A disk interrupts the last cpu (ideinit()). */
static void disk_interrupt(struct xv6 *xv6)
{
	struct xv6_cpu *cpu = &xv6->cpus[xv6->nr_cpus - 1];

	xv6->this_cpu = xv6->nr_cpus - 1;
	xv6->nr_events++;
	xv6_disk_interrupt(xv6);
	if (!cpu->curr)
		return;
	cpu->segment_end += xv6->costs->io_complete;
	if (dies_in_user_mode(cpu->curr))
		xv6_exit(xv6, 9);
}

/* The interrupt: cpu 0 counts it and wakes all who sleep for a time; whoever runs gives way. */
static void tick(struct xv6 *xv6)
{
	for (u32 i = 0; i < xv6->nr_cpus; i++) {
		struct xv6_cpu *cpu = &xv6->cpus[i];

		xv6->this_cpu = i;
		xv6->nr_events++;
		if (i == 0) {
			xv6->ticks++;
			xv6_wakeup(xv6, &xv6->ticks);
		}
		if (!cpu->curr)
			continue;
		cpu->curr->work_left = cpu->segment_end - xv6->now + xv6->costs->tick;
		if (dies_in_user_mode(cpu->curr))
			xv6_exit(xv6, 9);
		else
			xv6_yield(xv6);
	}
	xv6->next_tick += xv6->tick_ns;
}

static void start_instance(struct xv6 *xv6, u32 spec, u32 instance)
{
	const struct task_spec *s = &xv6->workload->tasks[spec];
	char comm[COMM_LEN];
	u32 name;

	if (s->count > 1) {
		snprintf(comm, sizeof(comm), "%s%u", s->name, instance);
		name = names_intern_str(xv6->names, comm);
	} else {
		name = names_intern(xv6->names, task_spec_comm(s),
				    strnlen(task_spec_comm(s), COMM_LEN - 1));
	}
	xv6->nr_pending--;
	if (!xv6_fork(xv6, &xv6->procs[0], spec, name))
		xv6_fail(xv6, "no slot is left for '%s': there are %d", s->name, XV6_NPROC);
}

static u64 start_time(const struct task_spec *spec, u32 instance)
{
	return min_of(spec->start_ns + instance * spec->start_step_ns, (u64)NEVER);
}

/* When the next instance of @spec is due; NEVER: all have been started. */
static u64 next_start(const struct xv6 *xv6, u32 spec)
{
	const struct task_spec *s = &xv6->workload->tasks[spec];

	if (s->is_template || xv6->starts[spec].next >= s->count)
		return NEVER;
	return start_time(s, xv6->starts[spec].next);
}

static void start_due(struct xv6 *xv6)
{
	xv6->this_cpu = 0;
	for (u32 spec = 0; spec < xv6->workload->nr_tasks; spec++)
		while (next_start(xv6, spec) <= xv6->now && !xv6->failure)
			start_instance(xv6, spec, xv6->starts[spec].next++);
}

static u64 first_start(const struct xv6 *xv6)
{
	u64 first = NEVER;

	for (u32 spec = 0; spec < xv6->workload->nr_tasks; spec++)
		first = min_of(first, next_start(xv6, spec));
	return first;
}

/* The cpu whose segment ends first, the lowest among equals. */
static u32 first_cpu(const struct xv6 *xv6)
{
	u32 first = 0;

	for (u32 i = 1; i < xv6->nr_cpus; i++)
		if (xv6->cpus[i].segment_end < xv6->cpus[first].segment_end)
			first = i;
	return first;
}

/* Time stands still while somebody loops without computing. */
static bool spins(struct xv6 *xv6, u64 when)
{
	if (when > xv6->now) {
		xv6->spin = 0;
		return false;
	}
	if (++xv6->spin < SPIN_MAX)
		return false;
	xv6_fail(xv6, "the machine makes no progress: too many events at once");
	return true;
}

bool xv6_step(struct xv6 *xv6, u64 horizon)
{
	u64 start = first_start(xv6), disk = xv6_disk_next(xv6);
	u32 cpu = first_cpu(xv6);
	u64 when = min_of(min_of(start, xv6->next_tick), min_of(disk, xv6->cpus[cpu].segment_end));

	if (when >= horizon || when == NEVER) {
		if (horizon != NEVER)
			xv6->now = max_of(xv6->now, horizon);
		return false;
	}
	if (spins(xv6, when))
		return false;
	xv6->now = when;
	if (start == when) {
		start_due(xv6);
	} else if (xv6->next_tick == when) {
		tick(xv6);
	} else if (disk == when) {
		disk_interrupt(xv6);
	} else {
		xv6->nr_events++;
		xv6->this_cpu = cpu;
		xv6->cpus[cpu].segment_end = NEVER;
		xv6_run_program(xv6);
	}
	feed_idle_cpus(xv6);
	return true;
}

/* ---- The beginning ---- */

/* init waits for children, for ever. */
static const struct op init_ops[] = {
	{.code = OP_LOOP, .b = 2}, {.code = OP_WAIT}, {.code = OP_END}, {.code = OP_EXIT}};
static const struct program init_program = {init_ops, ARRAY_SIZE(init_ops), 1};

static void introduce(struct xv6 *xv6, u32 task, u32 pid, u32 comm, u8 flags)
{
	stream_put(xv6->stream, (struct record){
					.kind = RECORD_TASK,
					.flags = flags,
					.task = task,
					.other = TASK_ID_NONE,
					.arg = pid,
					.value = (u64)pid << 32 | comm,
				});
	xv6_record(xv6, RECORD_ATTR, task, 0, 0, (u32)PRIO_NICE_0);
}

/* The scheduler's loop of each cpu stands where Linux has an idle task. */
static void boot_cpus(struct xv6 *xv6)
{
	char name[sizeof("swapper/4294967295")];

	for (u32 i = 0; i < xv6->nr_cpus; i++) {
		snprintf(name, sizeof(name), "swapper/%u", i);
		introduce(xv6, i, 0, names_intern_str(xv6->names, name), RECORD_FLAG_KTHREAD);
		xv6->cpus[i] = (struct xv6_cpu){.segment_end = NEVER};
	}
}

static void boot_init(struct xv6 *xv6)
{
	struct xv6_proc *init = xv6_alloc(xv6, names_intern_str(xv6->names, "init"));

	introduce(xv6, init->task_id, init->pid, init->comm, 0);
	init->program = &init_program;
	init->pc = 1;
	init->state = XV6_SLEEPING; /* in its first wait */
	init->chan = init;
}

struct xv6 *xv6_new(const struct workload *workload, struct arena *arena, struct stream *stream,
		    struct names *names)
{
	struct xv6 *xv6 = arena_new(arena, struct xv6);
	const struct platform *platform = &workload->platform;

	ensure(platform->nr_cpus <= XV6_NCPU);
	*xv6 = (struct xv6){
		.tick_ns = platform->tick_ns,
		.next_tick = platform->tick_phase_ns ? platform->tick_phase_ns : platform->tick_ns,
		.nr_cpus = platform->nr_cpus,
		.nextpid = 1,
		.next_task_id = platform->nr_cpus,
		.pipes = arena_array(arena, struct xv6_pipe, workload->nr_pipes),
		.starts = arena_array(arena, struct xv6_start, workload->nr_tasks),
		.instances = arena_array(arena, u32, workload->nr_tasks),
		.text_names = arena_array(arena, u32, workload->nr_texts),
		.workload = workload,
		.costs = &platform->costs,
		.arena = arena,
		.stream = stream,
		.names = names,
	};
	for (u32 i = 0; i < workload->nr_texts; i++)
		xv6->text_names[i] = names_intern_str(names, workload->texts[i]);
	for (u32 i = 0; i < workload->nr_tasks; i++)
		xv6->nr_pending += workload->tasks[i].is_template ? 0 : workload->tasks[i].count;
	xv6_disks_init(xv6);
	boot_cpus(xv6);
	boot_init(xv6);
	return xv6;
}

bool xv6_tasks_left(const struct xv6 *xv6)
{
	return xv6->nr_alive || xv6->nr_pending;
}

const char *xv6_failure(const struct xv6 *xv6)
{
	return xv6->failure;
}

u64 xv6_slots_scanned(const struct xv6 *xv6)
{
	return xv6->slots_scanned;
}

/* procdump(), without the return addresses of sleepers. */
void xv6_dump(const struct xv6 *xv6, struct text *out)
{
	static const char *const words[] = {"unused", "embryo", "sleep ",
					    "runble", "run   ", "zombie"};

	for (u32 slot = 0; slot < XV6_NPROC; slot++) {
		const struct xv6_proc *proc = &xv6->procs[slot];

		if (proc->state != XV6_UNUSED)
			text_printf(out, "%u %s %s\n", proc->pid, words[proc->state],
				    names_text(xv6->names, proc->comm));
	}
}

u64 xv6_now(const struct xv6 *xv6)
{
	return xv6->now;
}

u64 xv6_events(const struct xv6 *xv6)
{
	return xv6->nr_events;
}
