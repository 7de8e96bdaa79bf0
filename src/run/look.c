/* SPDX-License-Identifier: MIT */
/* Runs up to a moment, and finds its way about in what stands there. */
#include "run/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/sorted.h"
#include "base/vec.h"
#include "run/sim.h"

/* ---- Up to the moment ---- */

static void attach(struct look *look, struct job *job)
{
	const struct platform *platform = &job->workload->platform;
	struct observer_config config = {
		.metrics = true,
		.hz = platform->hz,
		.window.to = NEVER,
	};

	stream_init(&job->stream, &job->names, platform->nr_cpus);
	job->has_stream = true;
	job->observer = observer_new(&config, platform->nr_cpus);
	observer_attach(job->observer, &job->stream);
	run_infos_init(&look->run_infos, platform->nr_cpus);
	stream_add_sink(&job->stream, run_infos_sink(&look->run_infos));
	if (look->keeps & LOOK_STATES)
		stream_add_sink(&job->stream, state_log_sink(&look->states));
	if (look->keeps & LOOK_PRESSURE) {
		look->pressure = arena_new(&job->arena, struct pressure);
		pressure_init(look->pressure, platform->nr_cpus, platform->hz);
		stream_add_sink(&job->stream, pressure_sink(look->pressure));
	}
}

bool look_begin(struct look *look, struct job *job, u64 at, u32 keeps)
{
	char end[16];

	*look = (struct look){.job = job, .keeps = keeps};
	if (job->workload->duration_ns != NEVER && at > job->workload->duration_ns) {
		format_duration(job->workload->duration_ns, end);
		return diag_error(job->diag, (struct loc){0}, "--at: the run ends at %s", end);
	}
	attach(look, job);
	look->sim = sim_new(job->workload, &job->stream, &job->names);
	sim_count_calls(look->sim);
	if (!sim_advance(look->sim, at)) {
		job->failure = arena_strdup(&job->arena, sim_failure(look->sim));
		return false;
	}
	sim_stop(look->sim);
	look->metrics = observer_finish(job->observer);
	look->world = sim_world(look->sim);
	look->xv6 = sim_xv6(look->sim);
	look->now = at;
	return true;
}

void look_end(struct look *look)
{
	sim_free(look->sim);
	run_infos_fini(&look->run_infos);
	state_log_fini(&look->states);
	if (look->pressure)
		pressure_fini(look->pressure);
}

/* ---- Who is there ---- */

static int by_number(const void *a, const void *b)
{
	const struct proc *const *x = a, *const *y = b;

	return order_u64((*x)->pid, (*y)->pid);
}

void look_list(const struct look *look, bool threads, struct proc_list *out)
{
	vec_of(const struct proc *) found = {0};
	const struct proc *proc;

	for (u32 at = 0; (proc = proc_next(look->world, &at));)
		if (threads || proc == proc->process->leader)
			vec_push(&found, proc);
	if (found.len)
		qsort(found.at, found.len, sizeof(*found.at), by_number);
	*out = (struct proc_list){found.at, found.len};
}

void proc_list_fini(struct proc_list *list)
{
	vec_release((void **)&list->at);
}

const struct proc *look_find(const struct look *look, u32 pid)
{
	const struct proc *proc;

	for (u32 at = 0; (proc = proc_next(look->world, &at));)
		if (proc->pid == pid)
			return proc;
	return NULL;
}

/* As it is now, or, !@by_comm, in the workload: "web", of several tasks "web3". */
static bool is_called(const struct look *look, const struct proc *proc, const char *name,
		      bool by_comm)
{
	const struct task_spec *spec;
	size_t len;
	u64 number;
	const char *why;

	if (by_comm)
		return strncmp(look_comm(look, proc), name, COMM_LEN - 1) == 0;
	if (proc->spec == SPEC_NONE)
		return false;
	spec = &look->world->workload->tasks[proc->spec];
	len = strlen(spec->name);
	if (strncmp(name, spec->name, len) != 0)
		return false;
	if (spec->is_template || spec->count < 2)
		return !name[len];
	return parse_u64(name + len, strlen(name + len), &number, &why) && number == proc->instance;
}

static const struct proc *find_name(const struct look *look, const char *name, bool by_comm,
				    bool threads)
{
	const struct proc *proc, *found = NULL;

	for (u32 at = 0; (proc = proc_next(look->world, &at));) {
		if ((proc == proc->process->leader) == threads ||
		    !is_called(look, proc, name, by_comm))
			continue;
		if (!found || proc->pid < found->pid)
			found = proc;
	}
	return found;
}

const struct proc *look_find_name(const struct look *look, const char *name)
{
	const struct proc *found = NULL;

	for (u32 i = 0; i < 4 && !found; i++)
		found = find_name(look, name, !(i & 2), i & 1);
	return found;
}

/* ---- What is known of them ---- */

struct task_metrics look_metrics(const struct look *look, const struct proc *proc)
{
	const struct metrics *metrics = look->metrics;
	u32 from = 0, to = metrics->nr_tasks;

	while (from < to) {
		u32 middle = from + (to - from) / 2;

		if (metrics->tasks[middle].task < proc->task.id)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < metrics->nr_tasks && metrics->tasks[from].task == proc->task.id)
		return metrics->tasks[from];
	return (struct task_metrics){.task = proc->task.id, .end_ns = METRIC_NO_TIME};
}

const char *look_comm(const struct look *look, const struct proc *proc)
{
	return names_text(look->world->names, proc->comm);
}

char look_state(const struct proc *proc)
{
	static const char letters[] = "SDTtXZP"; /* by bit */
	u16 state = proc->task.state;

	if (proc->exit_state != PROC_ALIVE)
		return proc->exit_state == PROC_ZOMBIE ? 'Z' : 'X';
	if ((state & TASK_IDLE) == TASK_IDLE)
		return 'I';
	if (state == TASK_FROZEN)
		return 'S';
	if (state == TASK_REFRIGERATED)
		return 'D';
	state &= 0x7f;
	return state ? letters[31 - __builtin_clz(state)] : 'R';
}

const char *look_wait_channel(const struct proc *proc)
{
	if (proc->exit_state != PROC_ALIVE || proc->task.state == TASK_RUNNING)
		return NULL;
	if (proc->task.state == TASK_TRACED)
		return "traced";
	if (proc->task.state == TASK_FROZEN)
		return "freeze";
	if (proc->task.state == TASK_REFRIGERATED && proc->task.frozen_state == TASK_RUNNING)
		return "refrigerator";
	if (proc->process->stopped)
		return "stop";
	if (!proc->program || proc->in_call == NOT_IN_CALL)
		return NULL;
	return op_infos[proc->program->ops[proc->pc].code].key;
}

/*
 * Of the dead, by the code of their own: kernel/exit.c (coredump_task_exit), kernel/signal.c
 * (get_signal), fs/coredump.c.
 */
static u32 flags_of_death(const struct proc *proc)
{
	if (!(proc->task.flags & TASK_FLAG_EXITING))
		return 0;
	return PROCESS_FLAG_EXITING | PROCESS_FLAG_POSTCOREDUMP |
	       (proc->exit_code & 0x7f ? PROCESS_FLAG_SIGNALED : 0) |
	       (proc->exit_code & 0x80 ? PROCESS_FLAG_DUMPCORE : 0);
}

/*
 * Kernel threads inherit it of kthreadd that nothing freezes them. Users' tasks have it from the
 * first exec on that their addresses are random (randomize_va_space=2, the default), and inherit
 * it.
 */
static u32 flags_of_kind(const struct look *look, const struct proc *proc)
{
	if (!(proc->task.flags & TASK_FLAG_KTHREAD))
		return PROCESS_FLAG_RANDOMIZE;
	return PROCESS_FLAG_KTHREAD | PROCESS_FLAG_NOFREEZE |
	       (strncmp(look_comm(look, proc), "kworker/", 8) ? 0 : PROCESS_FLAG_WQ_WORKER);
}

u32 look_flags(const struct look *look, const struct proc *proc)
{
	return flags_of_kind(look, proc) | flags_of_death(proc) |
	       (proc->process && proc->process->leader == proc && proc->process->has_executed
			? 0
			: PROCESS_FLAG_FORKNOEXEC) |
	       (proc->task.flags & TASK_FLAG_PER_CPU ? PROCESS_FLAG_NO_SETAFFINITY : 0);
}

u32 look_ppid(const struct proc *proc)
{
	return proc->real_parent ? proc->real_parent->process->tgid : 0;
}

u32 look_pgid(const struct proc *proc)
{
	return proc->process->pgrp ? proc->process->pgrp->nr : 0;
}

u32 look_sid(const struct proc *proc)
{
	const struct pgrp *session = pgrp_session(proc->process);

	return session ? session->nr : 0;
}

struct cpu_time look_cpu_time(const struct look *look, const struct proc *proc)
{
	u64 all = look_metrics(look, proc).sums.cpu_ns;
	u64 system = min_of(proc->kernel_ns, all);

	if (proc->task.flags & TASK_FLAG_KTHREAD)
		system = all;
	return (struct cpu_time){.user = all - system, .system = system};
}

static struct cpu_time time_spent(struct cpu_spent spent)
{
	return (struct cpu_time){.user = spent.all - spent.kernel, .system = spent.kernel};
}

struct cpu_time look_process_time(const struct look *look, const struct proc *proc)
{
	struct cpu_time sum = time_spent(process_times(look->world, proc->process).dead_threads);
	const struct proc *thread;

	list_for_each (thread, &proc->process->threads, thread_link) {
		struct cpu_time time = look_cpu_time(look, thread);

		sum.user += time.user;
		sum.system += time.system;
	}
	return sum;
}

struct cpu_time look_children_time(const struct look *look, const struct proc *proc)
{
	return time_spent(process_times(look->world, proc->process).children);
}
