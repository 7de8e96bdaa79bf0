/* SPDX-License-Identifier: MIT */
/* Programs that go on for ever without computing: which tasks of the workload take turns. */
#include "proc/stall.h"

enum { LOOKS = 10000, NAMED_MAX = 4 };

/* Those that were seen on a cpu, first come first. */
struct stall {
	u32 nr;
	const struct proc *named[NAMED_MAX];
	u32 task_ids[NAMED_MAX]; /* others take the places of those that die */
	bool more;
};

static void note(struct stall *stall, const struct proc *proc)
{
	if (proc->spec == SPEC_NONE)
		return;
	for (u32 i = 0; i < stall->nr; i++)
		if (stall->named[i] == proc && stall->task_ids[i] == proc->task.id)
			return;
	if (stall->nr == NAMED_MAX) {
		stall->more = true;
		return;
	}
	stall->named[stall->nr] = proc;
	stall->task_ids[stall->nr++] = proc->task.id;
}

/* ", 'b' (line 7) and others" */
static const char *others(const struct proc_world *world, const struct stall *stall)
{
	const char *text = "";

	for (u32 i = 1; i < stall->nr; i++)
		text = arena_printf(world->arena, "%s%s '%s' (line %u)", text,
				    i + 1 == stall->nr && !stall->more ? " and" : ",",
				    names_text(world->names, stall->named[i]->comm),
				    world->workload->tasks[stall->named[i]->spec].loc.line);
	return stall->more ? arena_printf(world->arena, "%s and others", text) : text;
}

static void tell(struct proc_world *world, const struct stall *stall)
{
	if (!stall->nr)
		proc_fail(world, NULL, "the machine makes no progress: more than %d events at once",
			  STALL_EVENTS);
	else
		proc_fail(
			world, (struct proc *)stall->named[0],
			"the machine makes no progress: more than %d events at once, in which it%s run%s",
			STALL_EVENTS, others(world, stall), stall->nr > 1 ? "" : "s");
}

bool stall_look(struct proc_world *world)
{
	struct sched *sched = world->sched;

	if (!world->stall)
		world->stall = arena_new(world->arena, struct stall);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		note(world->stall, proc_of(sched->rqs[cpu].curr));
	if (world->machine->spin_guard <= STALL_EVENTS + LOOKS)
		return false;
	tell(world, world->stall);
	return true;
}
