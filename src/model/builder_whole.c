/* SPDX-License-Identifier: MIT */
/*
 * Does the workload make sense as a whole: templates that somebody forks, resources that somebody
 * feeds, an end that comes.
 */
#include "model/builder_inside.h"

static void check_templates(struct builder *b, const bool *forked)
{
	bool started = false;

	for (u32 i = 0; i < b->tasks.len; i++) {
		const struct task_spec *task = &b->tasks.at[i];

		started |= !task->is_template;
		if (task->is_template && !forked[i])
			diag_warning(b->diag, task->loc, "template '%s' is never forked",
				     task->name);
	}
	if (!started && diag_errors(b->diag) == b->errors_before)
		diag_warning(b->diag, (struct loc){0},
			     "no task is started: the machine stays idle");
}

/* Does the op create a task from a template that is still in question? */
static bool forks_open_template(const struct builder *b, const struct op *op, const bool *open)
{
	return (op->code == OP_FORK || op->code == OP_VFORK || op->code == OP_CLONE) &&
	       op->b < b->tasks.len && open[op->b];
}

/*
 * Templates that only fork templates that end are set aside, until nothing changes; the others fork
 * without end. Programs have no branches, so what is written is done.
 */
static void check_recursion(struct builder *b, bool *open)
{
	bool changed = true;

	for (u32 i = 0; i < b->tasks.len; i++)
		open[i] = b->tasks.at[i].is_template;
	while (changed) {
		changed = false;
		for (u32 i = 0; i < b->tasks.len; i++) {
			const struct program *program = &b->programs.at[i];
			bool forks = false;

			for (u32 k = 0; open[i] && k < program->nr_ops && !forks; k++)
				forks = forks_open_template(b, &program->ops[k], open);
			changed |= open[i] && !forks;
			open[i] &= forks;
		}
	}
	for (u32 i = 0; i < b->tasks.len; i++) {
		if (!open[i])
			continue;
		diag_warning(b->diag, b->tasks.at[i].loc,
			     "template '%s' forks without end, directly or "
			     "through others: only the limits of numbers and tasks stop it",
			     b->tasks.at[i].name);
		return;
	}
}

/* How many tasks come to each barrier; UINT64_MAX if templates do, whose number is open. */
static void count_parties(struct builder *b, u64 *parties)
{
	u32 *counted_in = arena_array(b->arena, u32, b->barriers.len);

	for (u32 i = 0; i < b->tasks.len; i++) {
		const struct program *program = &b->programs.at[i];
		u64 many = b->tasks.at[i].is_template ? UINT64_MAX : b->tasks.at[i].count;

		for (u32 k = 0; k < program->nr_ops; k++) {
			u32 barrier = program->ops[k].b;

			if (program->ops[k].code != OP_BARRIER || barrier >= b->barriers.len ||
			    counted_in[barrier] == i + 1)
				continue;
			counted_in[barrier] = i + 1;
			parties[barrier] = parties[barrier] + many < many ? UINT64_MAX
									  : parties[barrier] + many;
		}
	}
}

static void check_barriers(struct builder *b)
{
	u64 *parties = arena_array(b->arena, u64, b->barriers.len);

	count_parties(b, parties);
	for (u32 i = 0; i < b->barriers.len; i++) {
		const struct resource_use *use = &b->uses[SYMBOL_BARRIER].at[i];
		u32 wanted = b->barriers.at[i].parties;

		if (use->declared && use->taken && parties[i] < wanted)
			diag_warning(b->diag, use->taken_at,
				     "barrier '%s' has %u parties, but only %" PRIu64
				     " tasks come to it: they wait for ever",
				     use->name, wanted, parties[i]);
	}
}

/* What is nothing without its figures does not exist by being named. */
static const struct {
	enum symbol_kind kind;
	const char *how;
} declared_kinds[] = {
	{SYMBOL_BARRIER, "a barrier is declared with its number of parties"},
	{SYMBOL_DEVICE, "a device is declared, with a preset or its service time"},
	{SYMBOL_NETDEV, "it is declared under 'netdevs'"},
	{SYMBOL_SEM_SET, "a set is declared, with its first values"},
	{SYMBOL_TTY, "a terminal is declared under 'ttys'"},
	{SYMBOL_SIGNALFD, "a signalfd is declared under 'signalfds', with its signals"},
	{SYMBOL_SHM, "it is declared under 'shms', with its pages"},
};

static void check_declared(struct builder *b)
{
	for (size_t k = 0; k < ARRAY_SIZE(declared_kinds); k++) {
		enum symbol_kind kind = declared_kinds[k].kind;

		for (u32 i = 0; i < b->uses[kind].len; i++) {
			const struct resource_use *use = &b->uses[kind].at[i];

			if (!use->declared)
				diag_error(b->diag, use->taken_at, "unknown %s '%s'%s: %s",
					   symbol_kind_names[kind], use->name,
					   suggest_resource(b, kind, use->name),
					   declared_kinds[k].how);
		}
	}
}

/* What some tasks wait for and others give: how both are called. */
static const struct {
	enum symbol_kind kind;
	const char *waits, *gives;
} fed_kinds[] = {
	{SYMBOL_COND, "waiting for", "signals"},
	{SYMBOL_SEMAPHORE, "waiting for", "posts"},
	{SYMBOL_PIPE, "reading from", "writes into"},
	{SYMBOL_WAIT_QUEUE, "waiting in", "wakes"},
	{SYMBOL_COMPLETION, "waiting for", "completes"},
	{SYMBOL_FUTEX, "waiting at", "wakes who sleeps at"},
	{SYMBOL_EVENTFD, "reading", "writes into"},
	{SYMBOL_EPOLL, "waiting at", "adds anything to"},
	{SYMBOL_TIMERFD, "reading", "sets"},
	{SYMBOL_MSG_QUEUE, "receiving from", "sends into"},
	{SYMBOL_MQUEUE, "receiving from", "sends into"},
	{SYMBOL_LISTENER, "accepting from", "connects to"},
	{SYMBOL_SOCKET, "receiving from", "sends into"},
};

/* It has something from the start. */
static bool is_filled(const struct builder *b, enum symbol_kind kind, u32 index)
{
	return (kind == SYMBOL_SEMAPHORE && b->semaphores.at[index].value > 0) ||
	       (kind == SYMBOL_EVENTFD && b->eventfds.at[index].value > 0);
}

/* Waiting for what nobody gives: most often a misspelt name. */
static void check_fed(struct builder *b)
{
	for (size_t k = 0; k < ARRAY_SIZE(fed_kinds); k++) {
		enum symbol_kind kind = fed_kinds[k].kind;

		for (u32 i = 0; i < b->uses[kind].len; i++) {
			const struct resource_use *use = &b->uses[kind].at[i];

			if (use->waits && !use->given && !is_filled(b, kind, i))
				diag_warning(b->diag, use->waits_at,
					     "%s %s '%s', but no task %s it%s", fed_kinds[k].waits,
					     symbol_kind_names[kind], use->name, fed_kinds[k].gives,
					     suggest_resource(b, kind, use->name));
		}
	}
}

static void check_connections(struct builder *b)
{
	for (u32 i = 0; i < b->uses[SYMBOL_LISTENER].len; i++) {
		const struct resource_use *use = &b->uses[SYMBOL_LISTENER].at[i];

		if (use->talks && !use->taken && !use->given)
			diag_warning(
				b->diag, use->talks_at,
				"there is no connection of listener '%s': no task connects to it or accepts there%s",
				use->name, suggest_resource(b, SYMBOL_LISTENER, use->name));
	}
}

/* Without a duration a run ends when no task is left, so every task must come to an end. */
static void check_duration(struct builder *b, const bool *forked)
{
	if (b->w.duration_ns == 0) {
		diag_error(b->diag, (struct loc){0}, "the duration must be longer than 0");
	} else if (b->w.duration_ns > NEVER) {
		diag_error(b->diag, (struct loc){0},
			   "the duration is too long: at most 52 days can be "
			   "simulated");
	}
	for (u32 i = 0; b->w.duration_ns == NEVER && i < b->tasks.len; i++) {
		if (!b->facts.at[i].endless || (b->tasks.at[i].is_template && !forked[i]))
			continue;
		diag_error(b->diag, b->facts.at[i].endless_at,
			   "task '%s' loops for ever: give the workload "
			   "a 'duration'",
			   b->tasks.at[i].name);
		return;
	}
}

static void check_starts(struct builder *b)
{
	for (u32 i = 0; i < b->tasks.len; i++) {
		const struct task_spec *task = &b->tasks.at[i];

		if (!task->is_template && task->start_ns >= b->w.duration_ns && b->w.duration_ns)
			diag_warning(b->diag, task->loc,
				     "task '%s' starts after the end of the run", task->name);
	}
}

static bool is_executed(const struct builder *b, u32 spec)
{
	for (u32 i = 0; i < b->programs.len; i++)
		for (u32 k = 0; k < b->programs.at[i].nr_ops; k++)
			if (b->programs.at[i].ops[k].code == OP_EXEC &&
			    b->programs.at[i].ops[k].a == spec)
				return true;
	return false;
}

/* A forked child has its parent's memory, whatever its template says. */
static void check_memory(struct builder *b)
{
	for (u32 i = 0; i < b->tasks.len; i++) {
		const struct task_spec *task = &b->tasks.at[i];

		if (task->is_template && task->memory.pages && !is_executed(b, i))
			diag_warning(
				b->diag, task->loc,
				"the memory of template '%s' counts when it is executed, which nobody "
				"does: a child that is forked has its parent's",
				task->name);
	}
}

/* The ext class would have to answer for all threads of a core, which it does not. */
static void check_core_sched(struct builder *b)
{
	if (b->has_core_sched && b->w.ext.policy)
		diag_error(b->diag, b->core_sched_at,
			   "core_sched beside a policy of the ext class is not modelled");
}

void check_whole(struct builder *b, const bool *forked)
{
	bool *scratch = arena_array(b->arena, bool, b->tasks.len);

	check_templates(b, forked);
	check_recursion(b, scratch);
	check_declared(b);
	check_barriers(b);
	check_fed(b);
	check_connections(b);
	check_core_sched(b);
	check_duration(b, forked);
	check_starts(b);
	check_memory(b);
}
