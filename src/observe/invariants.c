/* SPDX-License-Identifier: MIT */
/*
 * What must hold in any trace of a simulation.
 *
 * Each kind of record has a function that names the rule it breaks, or NULL; so a rule reads as one
 * line. Per task two words are kept: what it is doing and where.
 */
#include "observe/invariants.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ensure.h"
#include "base/vec.h"

enum doing { UNBORN, NEW, ASLEEP, RUNNABLE, RUNNING, DEAD };

struct life {
	u8 doing;
	bool exiting;
	bool stopped; /* ASLEEP in T or t */
	bool traced;  /* it was in t */
	bool told;    /* of its process's stop while other threads run: it shall be in t next */
	u16 cpu;      /* where it runs, or was put last; NO_CPU: not known */
	u32 pid, tgid;
	u32 comm;
};

enum { NO_CPU = UINT16_MAX };

/* Of a SWITCH; and the SIGCHLD that tells of a stop. */
enum { STATE_T = 4, STATE_TRACED = 8, SIGNAL_CHLD = 17, CODE_STOPPED = 5 };

struct invariants {
	u32 nr_cpus;
	const struct names *names;
	u64 now;
	u32 *curr;                 /* by cpu: the task that has it */
	bool *offline;             /* by cpu */
	vec_of(struct life) lives; /* by task id */
	bool ended;
	bool violated;
	char text[256];
};

#define INVARIANT_WANTS                                                                         \
	(RECORD_BIT(TASK) | RECORD_BIT(SWITCH) | RECORD_BIT(WAKING) | RECORD_BIT(WAKEUP) |      \
	 RECORD_BIT(WAKEUP_NEW) | RECORD_BIT(MIGRATE) | RECORD_BIT(FORK) | RECORD_BIT(RENAME) | \
	 RECORD_BIT(EXEC) | RECORD_BIT(EXIT) | RECORD_BIT(WAIT) | RECORD_BIT(FREE) |            \
	 RECORD_BIT(CPU) | RECORD_BIT(SIGNAL_GENERATE) | RECORD_BIT(END))

struct invariants *invariants_new(u32 nr_cpus, const struct names *names)
{
	struct invariants *inv = calloc(1, sizeof(*inv));

	if (inv == NULL)
		die("out of memory for invariants");
	inv->nr_cpus = nr_cpus;
	inv->names = names;
	inv->curr = calloc(max_of(nr_cpus, 1u), sizeof(*inv->curr));
	inv->offline = calloc(max_of(nr_cpus, 1u), sizeof(*inv->offline));
	if (inv->curr == NULL || inv->offline == NULL)
		die("out of memory for invariants");
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		inv->curr[cpu] = cpu;
	return inv;
}

void invariants_free(struct invariants *inv)
{
	if (inv == NULL)
		return;
	vec_fini(&inv->lives);
	free(inv->curr);
	free(inv->offline);
	free(inv);
}

/* A task that was never introduced is unborn. */
static struct life *life_of(struct invariants *inv, u32 task)
{
	while (inv->lives.len <= task)
		vec_push(&inv->lives, (struct life){.doing = UNBORN, .cpu = NO_CPU});
	return &inv->lives.at[task];
}

static bool is_dead_state(u32 prev_state)
{
	return (prev_state & 0x30) != 0;
}

static const char *check_birth(struct invariants *inv, const struct record *r)
{
	struct life *life = life_of(inv, r->task);

	if (life->doing != UNBORN)
		return "a task is introduced once";
	life->pid = r->arg;
	life->tgid = (u32)(r->value >> 32);
	life->comm = (u32)r->value;
	if (r->task < inv->nr_cpus) {
		life->doing = RUNNING;
		life->cpu = (u16)r->task;
		return r->arg == 0 ? NULL : "the idle tasks have pid 0";
	}
	life->doing = r->kind == RECORD_FORK ? NEW : ASLEEP;
	if (r->kind == RECORD_FORK) {
		/* Not more: a simulation's first tasks are forked by an init that does not run. */
		u8 parent = life_of(inv, r->other)->doing;

		return parent == UNBORN || parent == DEAD ? "only a living task forks" : NULL;
	}
	return NULL;
}

static const char *switch_out(struct invariants *inv, const struct record *r)
{
	struct life *life = life_of(inv, r->task);
	u32 state = record_prev_state(r);

	if (inv->curr[r->cpu] != r->task)
		return "a switch takes the cpu from the task that has it";
	if (life->doing != RUNNING || life->cpu != r->cpu)
		return "a task that is switched out was running there";
	if (r->task < inv->nr_cpus && !record_prev_runnable(r))
		return "the idle task does not sleep";
	if (is_dead_state(state) && !life->exiting)
		return "a task dies only after it began to exit";
	life->doing = is_dead_state(state) ? DEAD : record_prev_runnable(r) ? RUNNABLE : ASLEEP;
	life->stopped = life->doing == ASLEEP && state & (STATE_T | STATE_TRACED);
	life->traced |= (state & STATE_TRACED) != 0;
	/* Unless a signal killed it before. */
	if (life->told && !(state & STATE_TRACED) && !life->exiting)
		return "a process has stopped when all its threads have";
	life->told = false;
	return NULL;
}

static const char *switch_in(struct invariants *inv, const struct record *r)
{
	struct life *life = life_of(inv, r->other);

	if (r->task == r->other)
		return "a switch has two tasks";
	switch ((enum doing)life->doing) {
	case UNBORN:
		return "a task is introduced before it runs";
	case NEW:
		return "a new task is woken before it runs";
	case ASLEEP:
		return "a sleeping task is woken before it runs";
	case RUNNING:
		return "a task is on one cpu at a time";
	case DEAD:
		return "a dead task never runs";
	case RUNNABLE:
		break;
	}
	if (inv->offline[r->cpu] && r->other >= inv->nr_cpus)
		return "nothing runs on a cpu that is offline";
	if (r->other < inv->nr_cpus ? r->other != r->cpu : life->cpu != r->cpu)
		return "a task runs on the cpu it was put on";
	life->doing = RUNNING;
	life->cpu = r->cpu;
	inv->curr[r->cpu] = r->other;
	return NULL;
}

static const char *check_switch(struct invariants *inv, const struct record *r)
{
	const char *rule = switch_out(inv, r);

	return rule != NULL ? rule : switch_in(inv, r);
}

static const char *check_waking(struct invariants *inv, const struct record *r)
{
	const struct life *life = life_of(inv, r->task);

	if (r->task < inv->nr_cpus)
		return "an idle task is not woken";
	if (life->doing == UNBORN || life->doing == NEW)
		return "a task is woken only after it ran or was there from the start";
	return life->doing == DEAD ? "a dead task is never woken" : NULL;
}

static const char *check_wakeup(struct invariants *inv, const struct record *r)
{
	struct life *life = life_of(inv, r->task);
	const char *rule = check_waking(inv, r);

	if (rule != NULL)
		return rule;
	if (r->arg >= inv->nr_cpus)
		return "a wakeup's cpu exists";
	/* Awake already: the wakeup found it queued or running, and it stays there. */
	if (life->doing == ASLEEP)
		life->doing = RUNNABLE;
	else if (life->cpu != r->arg)
		return "a wakeup of a task that is awake does not move it";
	life->cpu = (u16)r->arg;
	return NULL;
}

static const char *check_wakeup_new(struct invariants *inv, const struct record *r)
{
	struct life *life = life_of(inv, r->task);

	if (r->arg >= inv->nr_cpus)
		return "a wakeup's cpu exists";
	if (life->doing != NEW && life->doing != ASLEEP)
		return "a new task is woken once";
	life->doing = RUNNABLE;
	life->cpu = (u16)r->arg;
	return NULL;
}

static const char *check_migrate(struct invariants *inv, const struct record *r)
{
	struct life *life = life_of(inv, r->task);
	u32 orig = r->arg & 0xffff, dest = r->arg >> 16;

	if (orig >= inv->nr_cpus || dest >= inv->nr_cpus)
		return "a move's cpus exist";
	if (orig == dest)
		return "a move changes the cpu";
	if (life->doing == UNBORN || life->doing == DEAD)
		return "only a living task moves";
	if (life->doing == RUNNING)
		return "a running task does not move";
	if (life->cpu != NO_CPU && life->cpu != orig)
		return "a move begins where the task is";
	life->cpu = (u16)dest;
	return NULL;
}

static const char *check_exit(struct invariants *inv, const struct record *r)
{
	struct life *life = life_of(inv, r->task);

	if (life->doing != RUNNING)
		return "only a running task exits";
	if (life->exiting)
		return "a task exits once";
	life->exiting = true;
	return NULL;
}

/* For what a task does itself. */
static const char *check_runs(struct invariants *inv, const struct record *r)
{
	return life_of(inv, r->task)->doing == RUNNING ? NULL : "only a running task does this";
}

static const char *check_free(struct invariants *inv, const struct record *r)
{
	return life_of(inv, r->task)->doing == DEAD ? NULL : "only a dead task is freed";
}

static const char *check_rename(struct invariants *inv, const struct record *r)
{
	struct life *life = life_of(inv, r->task);

	life->comm = (u32)r->value;
	return life->doing == UNBORN ? "a task is introduced before it is named" : NULL;
}

/*
 * The last of a process's threads to stop tells the parent; one that dies tells it if it was the
 * last to run. A tracer is told of each thread, by that thread before it is in t: whom it told is
 * seen when it is switched out.
 */
static void note_told_of_stop(struct invariants *inv, const struct record *r)
{
	u32 teller = inv->curr[r->cpu], tgid = life_of(inv, teller)->tgid;
	bool runs = false, traced = false;

	if ((r->arg & 0xff) != SIGNAL_CHLD || (s32)r->other != CODE_STOPPED ||
	    teller < inv->nr_cpus)
		return;
	for (u32 i = inv->nr_cpus; i < inv->lives.len; i++) {
		const struct life *life = &inv->lives.at[i];

		if (life->tgid != tgid || life->doing == DEAD || life->doing == UNBORN)
			continue;
		traced |= life->traced;
		runs |= i != teller && !life->exiting && !(life->doing == ASLEEP && life->stopped);
	}
	inv->lives.at[teller].told = runs && !traced;
}

static const char *check_cpu(struct invariants *inv, const struct record *r)
{
	if (inv->offline[r->cpu] == !r->value)
		return "a cpu comes and goes in turn";
	inv->offline[r->cpu] = !r->value;
	return NULL;
}

static const char *check_record(struct invariants *inv, const struct record *r)
{
	if (inv->ended)
		return "nothing comes after the end";
	if (r->when < inv->now)
		return "time never runs backwards";
	if (r->cpu >= inv->nr_cpus)
		return "a record's cpu exists";
	inv->now = r->when;
	switch ((enum record_kind)r->kind) {
	case RECORD_TASK:
	case RECORD_FORK:
		return check_birth(inv, r);
	case RECORD_SWITCH:
		return check_switch(inv, r);
	case RECORD_WAKING:
		return check_waking(inv, r);
	case RECORD_WAKEUP:
		return check_wakeup(inv, r);
	case RECORD_WAKEUP_NEW:
		return check_wakeup_new(inv, r);
	case RECORD_MIGRATE:
		return check_migrate(inv, r);
	case RECORD_EXIT:
		return check_exit(inv, r);
	case RECORD_EXEC:
	case RECORD_WAIT:
		return check_runs(inv, r);
	case RECORD_FREE:
		return check_free(inv, r);
	case RECORD_RENAME:
		return check_rename(inv, r);
	case RECORD_SIGNAL_GENERATE:
		note_told_of_stop(inv, r);
		return NULL;
	case RECORD_CPU:
		return check_cpu(inv, r);
	case RECORD_END:
		inv->ended = true;
		return NULL;
	default:
		return NULL;
	}
}

static void say_violation(struct invariants *inv, const struct record *r, const char *rule)
{
	const struct life *life = life_of(inv, r->task);

	inv->violated = true;
	snprintf(inv->text, sizeof(inv->text),
		 "at %" PRIu64 ".%09" PRIu64 " s: %s record on cpu %u about task %u (%s, pid %u): "
		 "violated: %s",
		 (u64)(r->when / SEC), (u64)(r->when % SEC), record_kind_names[r->kind], r->cpu,
		 r->task, names_text(inv->names, life->comm), life->pid, rule);
}

static void invariants_take(void *self, const struct record *batch, size_t count)
{
	struct invariants *inv = self;

	for (size_t i = 0; i < count && !inv->violated; i++) {
		if (!(INVARIANT_WANTS >> batch[i].kind & 1))
			continue;
		const char *rule = check_record(inv, &batch[i]);

		if (rule != NULL)
			say_violation(inv, &batch[i], rule);
	}
}

struct sink invariants_sink(struct invariants *inv)
{
	return (struct sink){.self = inv, .wants = INVARIANT_WANTS, .take = invariants_take};
}

const char *invariants_violation(const struct invariants *inv)
{
	return inv->violated ? inv->text : NULL;
}
