/* SPDX-License-Identifier: MIT */
/*
 * What all parts of a proc's life use: entering the kernel, sleeping there, records, failure.
 */
#include "proc/proc.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/ensure.h"
#include "base/text.h"

static void pay(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 cost)
{
	proc->task.flags |= TASK_FLAG_IN_KERNEL;
	proc->task.work_left = cost;
	proc->kernel_ns += cost;
	world->kernel_ns[cpu->id] += cost;
	sched_continue(world->sched, cpu);
}

bool proc_pay(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 cost, u8 phase)
{
	proc->phase = phase;
	proc->in_call = IN_CALL;
	if (!cost)
		return false;
	pay(world, cpu, proc, cost);
	return true;
}

bool proc_pay_block(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 cost,
		    u8 phase)
{
	const struct costs *costs = world->costs;
	u64 entry = costs->irq_entry + costs->timer_entry;
	u64 more = unlikely(proc->task.class_id == CLASS_DEADLINE) ? costs->dl_block : 0;

	if (!proc_pay(world, cpu, proc, cost + more, phase))
		return false;
	if (unlikely(costs->irqs_off))
		cpu_block_begins(cpu, costs->irqs_off, entry - min_of(entry, costs->timer_work));
	return true;
}

bool proc_work(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 cost, u8 phase)
{
	proc->phase = phase;
	if (!cost)
		return false;
	proc->task.work_left = cost;
	sched_continue(world->sched, cpu);
	return true;
}

bool proc_pay_all(struct proc_world *world, struct cpu *cpu, struct proc *proc, u64 cost, u8 phase)
{
	if (cpu->kernel_until <= world->machine->now)
		return proc_pay(world, cpu, proc, cost, phase);
	proc->phase = phase;
	proc->in_call = IN_CALL;
	pay(world, cpu, proc, cost);
	return true;
}

void proc_sleep(struct proc_world *world, struct cpu *cpu, struct proc *proc, u8 phase)
{
	proc_sleep_state(world, cpu, proc, phase, TASK_INTERRUPTIBLE);
}

void proc_sleep_state(struct proc_world *world, struct cpu *cpu, struct proc *proc, u8 phase,
		      u16 state)
{
	proc->phase = phase;
	proc->in_call = IN_CALL_SLEPT;
	sched_block(world->sched, cpu, state);
}

void proc_fail(struct proc_world *world, struct proc *proc, const char *fmt, ...)
{
	struct machine *machine = world->machine;
	char what[400], when[16];
	va_list args;

	/* Nothing more shall happen on this cpu at this instant. */
	machine->cpus[machine->acting].segment_end = NEVER;
	if (world->failure)
		return;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	format_duration(machine->now, when);
	if (proc && proc->spec != SPEC_NONE)
		world->failure_loc = world->workload->tasks[proc->spec].loc;
	if (proc)
		world->failure =
			arena_printf(world->arena, "task '%s' (pid %u) at %s: %s",
				     names_text(world->names, proc->comm), proc->pid, when, what);
	else
		world->failure = arena_printf(world->arena, "at %s: %s", when, what);
}

struct proc *proc_next(const struct proc_world *world, u32 *at)
{
	while (*at < world->procs.nr_used) {
		struct proc *proc = pool_at(&world->procs, (*at)++);

		if (proc->process && proc->exit_state != PROC_DEAD)
			return proc;
	}
	return NULL;
}

void proc_refuse(struct proc_world *world, const struct proc *proc, int error, const char *what)
{
	record_put(world, proc, RECORD_FAILED, 0, (u32)error, names_intern_str(world->names, what));
}

bool proc_goes_without(struct proc_world *world, struct proc *proc, int error, const char *what)
{
	const struct program *program = proc->program;

	proc_refuse(world, proc, error, what);
	proc->pc = program_section_end(program->ops, program->nr_ops, proc->pc);
	return true;
}

/* ---- Records ---- */

static u8 record_flags(const struct proc_world *world, const struct proc *proc,
		       enum record_kind kind)
{
	u8 flags = world->machine->in_irq ? RECORD_FLAG_IRQ : 0;

	if (kind != RECORD_TASK && kind != RECORD_FORK)
		return flags;
	return flags | (proc->task.flags & TASK_FLAG_KTHREAD ? RECORD_FLAG_KTHREAD : 0) |
	       (proc->task.flags & TASK_FLAG_WORKLOAD ? RECORD_FLAG_WORKLOAD : 0);
}

void record_put(struct proc_world *world, const struct proc *proc, enum record_kind kind, u32 other,
		u32 arg, u64 value)
{
	stream_put(world->stream, (struct record){
					  .when = world->machine->now,
					  .kind = (u8)kind,
					  .flags = record_flags(world, proc, kind),
					  .cpu = (u16)world->machine->acting,
					  .task = proc->task.id,
					  .other = other,
					  .arg = arg,
					  .value = value,
				  });
}

void record_birth(struct proc_world *world, const struct proc *proc, enum record_kind kind,
		  u32 parent)
{
	u32 tgid = proc->process ? proc->process->tgid : 0;

	record_put(world, proc, kind, parent, proc->pid, (u64)tgid << 32 | proc->comm);
}

void record_attr(struct proc_world *world, const struct proc *proc)
{
	const struct task *task = &proc->task;
	s32 nice = task->static_prio - PRIO_DEFAULT;

	record_put(world, proc, RECORD_ATTR, 0, (u32)task->policy << 8,
		   (u64)(u32)nice << 32 | (u32)(s32)task->prio);
}
