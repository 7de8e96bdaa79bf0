/* SPDX-License-Identifier: MIT */
/*
 * What the next events will touch is fetched ahead.
 *
 * With a thousand cpus, or many thousand tasks, what an event needs was used thousands of events
 * ago, and waiting for it, line by line, is most of what the event costs. The tournament knows who
 * acts next; all that is done here is to ask for lines, so a guess that was wrong changes nothing
 * but time.
 */
#include "proc/ahead.h"

#include "proc/proc.h"

enum { LINE = 64 };

static always_inline void fetch(const void *from, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += LINE)
		__builtin_prefetch((const char *)from + at, 1);
}

/* Whose timer fires or who runs: its task, its program, its timer. */
static void fetch_proc(const struct proc *proc)
{
	fetch(proc, offsetof(struct proc, wait));
}

static void fetch_cpu(struct proc_world *world, u32 cpu)
{
	const struct rq *rq = sched_rq(world->sched, cpu);

	fetch(&world->machine->cpus[cpu], sizeof(struct cpu));
	fetch(rq, offsetof(struct rq, stop_first));
	/* A fair server's budget and state, which each charge touches. */
	fetch(&rq->fair_server, offsetof(struct dl_entity, dl_runtime));
}

/* What is behind pointers of a runqueue that was fetched itself before. */
static void fetch_behind(const struct rq *rq)
{
	const struct rb_node *waiting = rq->fair.timeline.first;

	if (rq->domain)
		fetch(rq->domain, sizeof(*rq->domain));
	if (waiting)
		fetch(container_of(waiting, struct task, fair.node),
		      offsetof(struct task, fair.queue));
}

void proc_look_ahead(void *self, u32 next, u32 later)
{
	struct proc_world *world = self;
	const struct cpu *cpu = &world->machine->cpus[next];
	const struct timer_key *first = timer_queue_first(&cpu->timers);

	fetch_cpu(world, later);
	fetch_behind(sched_rq(world->sched, next));
	/* Most timers are those of sleeps, so one is taken for that unseen. */
	if (first && first->when <= min_of(cpu->segment_end, cpu->tick_at))
		fetch_proc(container_of(first->timer, struct proc, timer));
	else
		fetch_proc(proc_of(sched_rq(world->sched, next)->curr));
}

void proc_begin_ahead(struct proc_world *world)
{
	struct machine *machine = world->machine;

	/* A single cpu has nobody to look ahead to. */
	if (machine->nr_cpus >= 2)
		machine->handlers.soon = proc_look_ahead;
}
