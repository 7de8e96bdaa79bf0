/* SPDX-License-Identifier: MIT */
/*
 * How the workload's tasks come into the world: some exist from the beginning, asleep, and are
 * woken when their time comes; all others are forked by init then.
 */
#include "proc/boot.h"

#include <string.h>

#include "model/clone.h"
#include "proc/files.h"
#include "proc/fork.h"
#include "proc/group.h"
#include "proc/rcu.h"
#include "proc/rlimit.h"
#include "proc/sync.h"

static u32 instance_comm(struct proc_world *world, const struct task_spec *spec, u32 instance)
{
	if (spec->count <= 1)
		return world->specs[spec - world->workload->tasks].comm;
	return boot_numbered_comm(world, spec->name, instance, "");
}

/* The process whose thread a task of @spec becomes; NULL: one of its own, or a failure. */
static struct process *process_for(struct proc_world *world, const struct task_spec *spec)
{
	struct spec_state *of;

	if (spec->thread_of == SPEC_NONE)
		return NULL;
	of = &world->specs[spec->thread_of];
	if (!list_empty(&of->living))
		return list_first(&of->living, struct proc, spec_link)->process;
	proc_fail(world, NULL, "'%s' shall be a thread of '%s', of which none lives", spec->name,
		  world->workload->tasks[spec->thread_of].name);
	return NULL;
}

/* Who forks the instances of @spec. */
static struct proc *parent_of(const struct proc_world *world, const struct task_spec *spec)
{
	return spec->kthread ? world->kthreadd : world->init;
}

/* Of the living ones. */
static const struct proc *other_thread(const struct proc *proc)
{
	const struct proc *thread;

	list_for_each (thread, &proc->process->threads, thread_link)
		if (thread != proc && !(thread->task.flags & TASK_FLAG_EXITING))
			return thread;
	return NULL;
}

/* A new instance of @state's spec, with pid, family, comm, program. NULL: the run has failed. */
static struct proc *new_instance(struct proc_world *world, struct spec_state *state)
{
	const struct task_spec *spec = &world->workload->tasks[state->spec];
	struct process *process = process_for(world, spec);
	const struct proc *other;
	struct proc *proc;

	if (world->failure)
		return NULL;
	proc = boot_new(world, instance_comm(world, spec, state->next_instance));
	if (!proc)
		return NULL;
	proc->task.flags = TASK_FLAG_WORKLOAD | (spec->kthread ? TASK_FLAG_KTHREAD : 0);
	proc_join(world, proc, parent_of(world, spec), process);
	if (unlikely(world->counts_pages && !process && !spec->kthread))
		mm_begin(world, proc->process, spec);
	proc_become(world, proc, state->spec);
	/* a program of its own: init has not written it */
	proc->process->has_executed = !spec->kthread;
	other = process ? other_thread(proc) : NULL;
	pipe_ends_take(world, proc, other, other != NULL);
	fs_take(world, proc, other, other != NULL);
	return proc;
}

/*
 * BIRTH_WOKEN: it exists from time 0, asleep on the cpu that is said, or on its first allowed one.
 */
static void boot_asleep(struct proc_world *world, struct spec_state *state)
{
	const struct task_spec *spec = &world->workload->tasks[state->spec];
	u32 cpu = spec->affinity ? cpumask_next(spec->affinity, 0) : 0;

	if (spec->cpu != CPU_FIRST)
		cpu = spec->cpu;
	state->asleep = arena_array(world->arena, u32, spec->count);
	for (u32 i = 0; i < spec->count; i++) {
		struct proc *proc = new_instance(world, state);

		if (!proc)
			return;
		state->asleep[i] = proc->index;
		group_begin(world, proc, parent_of(world, spec));
		rlimit_begin(world, proc, parent_of(world, spec));
		if (unlikely(world->mqueues))
			mqueue_process_begins(world, proc, parent_of(world, spec));
		sched_task_init(world->sched, &proc->task, proc->task.id,
				spec->attr.policy == POLICY_DEADLINE ? &boot_attr : &spec->attr,
				spec->affinity, proc->process->mm, proc->task.flags);
		proc->task.wakee_flips = world->workload->platform.wakee_flips;
		sched_park(world->sched, &proc->task, cpu, TASK_INTERRUPTIBLE);
		boot_introduce(world, proc);
		group_announce(world, proc);
		proc_reserve(world, proc);
	}
}

/*
 * Who wakes at a fixed time soon after a tick is woken by that tick's softirq
 * (run_timer_softirq()): what the way there takes is the kernel's. A switch that the tick has asked
 * for comes later by it.
 */
static void pay_for_softirq(struct proc_world *world)
{
	struct machine *machine = world->machine;
	const struct costs *costs = world->costs;
	struct cpu *cpu = &machine->cpus[machine->acting];
	u64 tick = machine_next_tick(machine, cpu->id) - machine->tick_ns;
	u64 way = machine->now - (tick + costs->irq_entry + costs->tick);
	u64 from = max_of(cpu->kernel_until, cpu->work_begins);

	if (way > costs->preempt + costs->schedule) /* also: the tick's handler is not over yet */
		return;
	rcu_wheel_looked_at(world, tick);
	if (cpu->kernel_until > machine->now)
		cpu_steal_irq(machine, cpu, way);
	else if (from < machine->now)
		cpu_leave_irq(cpu, min_of(way, machine->now - from));
}

/* Its instance may have been killed in its sleep. */
static void wake_instance(struct proc_world *world, struct spec_state *state, u32 instance)
{
	struct proc *proc = pool_at(&world->procs, state->asleep[instance]);

	if (proc->spec == state->spec && proc->instance == instance &&
	    proc->exit_state == PROC_ALIVE) {
		pay_for_softirq(world);
		if (unlikely(world->workload->tasks[state->spec].lag_ns))
			sched_owe(world->sched, &proc->task,
				  world->workload->tasks[state->spec].lag_ns);
		sched_wake(world->sched, &proc->task, TASK_NORMAL, 0);
	}
}

/* BIRTH_FORKED: a child of init (of kthreadd), at no cost to anyone. */
static void fork_instance(struct proc_world *world, struct spec_state *state)
{
	struct proc *parent = parent_of(world, &world->workload->tasks[state->spec]);
	struct proc *proc = new_instance(world, state);

	if (!proc)
		return;
	proc_inherit(world, parent, proc);
	proc_announce(world, proc, parent,
		      proc->process->leader != proc ? CLONE_WORD_THREAD : CLONE_WORD_FORK);
	proc_reserve(world, proc);
	proc_wake_child(world, proc);
}

static u64 start_time(const struct task_spec *spec, u32 instance)
{
	return min_of(spec->start_ns + instance * spec->start_step_ns, (u64)NEVER);
}

static void start_instances(struct proc_world *world, struct spec_state *state)
{
	const struct task_spec *spec = &world->workload->tasks[state->spec];

	while (state->nr_started < spec->count &&
	       start_time(spec, state->nr_started) <= world->machine->now && !world->failure) {
		if (spec->birth == BIRTH_WOKEN)
			wake_instance(world, state, state->nr_started);
		else
			fork_instance(world, state);
		state->nr_started++;
		world->nr_pending_starts--;
	}
}

/* Starts all instances that are due, and arms the timer for the next. */
static void start_due(struct machine *machine, struct timer *timer)
{
	struct spec_state *state = container_of(timer, struct spec_state, timer);
	struct proc_world *world = state->world;
	const struct task_spec *spec = &world->workload->tasks[state->spec];

	if (spec->birth == BIRTH_FORKED)
		sched_births_begin(world->sched);
	start_instances(world, state);
	sched_births_end(world->sched);
	if (state->nr_started < spec->count && !world->failure)
		machine_timer_arm(machine, timer, 0, start_time(spec, state->nr_started));
}

static void boot_spec(struct proc_world *world, u32 index)
{
	const struct task_spec *spec = &world->workload->tasks[index];
	struct spec_state *state = &world->specs[index];

	*state = (struct spec_state){
		.comm = names_intern(world->names, task_spec_comm(spec),
				     strnlen(task_spec_comm(spec), COMM_LEN - 1)),
		.rng_purpose = arena_printf(world->arena, "program %s", spec->name),
		.world = world,
		.spec = index,
	};
	list_init(&state->living);
	timer_init(&state->timer, start_due, TIMER_RANK_START, index);
	if (spec->is_template || spec->count == 0)
		return;
	world->nr_pending_starts += spec->count;
	machine_timer_arm(world->machine, &state->timer, 0, start_time(spec, 0));
}

void boot_workload(struct proc_world *world)
{
	const struct workload *workload = world->workload;

	world->specs = arena_array(world->arena, struct spec_state, workload->nr_tasks);
	world->text_names = arena_array(world->arena, u32, workload->nr_texts);
	for (u32 i = 0; i < workload->nr_texts; i++)
		world->text_names[i] = names_intern_str(world->names, workload->texts[i]);
	for (u32 i = 0; i < workload->nr_tasks; i++)
		boot_spec(world, i);
	for (u32 i = 0; i < workload->nr_tasks && !world->failure; i++)
		if (!workload->tasks[i].is_template && workload->tasks[i].birth == BIRTH_WOKEN)
			boot_asleep(world, &world->specs[i]);
}
