/* SPDX-License-Identifier: MIT */
/*
 * Any tasks, of all policies: they compute, sleep, wait for each other, fork, change themselves and
 * others, and are stopped and killed. Locks are always taken in one order and given back; who waits
 * for a semaphore or a pipe may wait for ever.
 */
#include "maker.h"

#include "model/clone.h"
#include "model/program.h"

#include <stdio.h>
#include <string.h>

enum { NR_LOCKS = 3, NR_PIPES = 2, NR_SEMS = 2, TEMPLATES = 2, GROUPS_MAX = 4 };

/* A time of any order of magnitude between 10 us and @most. */
static u64 some_time(struct maker *m, u64 most)
{
	u64 unit = 10 * USEC;

	while (unit * 10 <= most && chance(m, 80))
		unit *= 10;
	return min_of(unit + rng_below(&m->rng, 9 * unit), most);
}

static struct quantity some_quantity(struct maker *m, u64 most)
{
	struct quantity q = {.value = some_time(m, most)};

	if (chance(m, 60))
		return q;
	q.is_dist = true;
	switch (below(m, 3)) {
	case 0:
		q.dist =
			(struct dist){.kind = DIST_UNIFORM, .a = q.value / 2 + 1, .b = q.value + 1};
		break;
	case 1:
		q.dist = (struct dist){.kind = DIST_EXPONENTIAL, .a = q.value, .min = 1};
		break;
	default:
		q.dist = (struct dist){.kind = DIST_LOGNORMAL, .a = q.value, .b = 700, .min = 1};
	}
	q.dist.max = 4 * most;
	return q;
}

static void op(struct maker *m, enum op_code code, struct op_operands operands)
{
	builder_op(m->b, (struct loc){0}, code, &operands);
}

static const char *const lock_names[NR_LOCKS] = {"ma", "mb", "mc"};
static const char *const pipe_names[NR_PIPES] = {"pa", "pb"};
static const char *const sem_names[NR_SEMS] = {"sa", "sb"};
static const char *const task_names[TASKS_MAX] = {"ta", "tb", "tc", "td", "te",
						  "tf", "tg", "th", "ti"};
static const char *const template_names[TEMPLATES] = {"xa", "xb"};

static void some_cpus(struct maker *m, char *out, size_t size)
{
	u32 first = below(m, m->nr_cpus), last = first + below(m, m->nr_cpus - first);

	snprintf(out, size, "%u-%u", first, last);
}

static struct sched_attr some_attr(struct maker *m)
{
	struct sched_attr attr = {.policy = POLICY_OTHER};

	switch (below(m, 8)) {
	case 0:
		attr.policy = POLICY_BATCH;
		break;
	case 1:
		attr.policy = POLICY_IDLE;
		return attr;
	case 2:
	case 3:
		if (!m->with_rt)
			break;
		attr.policy = chance(m, 50) ? POLICY_FIFO : POLICY_RR;
		attr.rt_priority = (u8)(1 + below(m, 98));
		return attr;
	case 4:
		if (!m->with_rt || !m->with_deadlines)
			break;
		/* So little that all are admitted. */
		attr.policy = POLICY_DEADLINE;
		attr.dl_period = (1 + below(m, 200)) * MSEC;
		attr.dl_runtime = attr.dl_period / (100 + below(m, 200));
		attr.dl_deadline = attr.dl_period / (1 + below(m, 4));
		attr.dl_flags = chance(m, 30) ? DL_FLAG_RECLAIM : 0;
		return attr;
	default:
		break;
	}
	if (m->with_ext && chance(m, 30))
		attr.policy = POLICY_EXT;
	if (chance(m, 40))
		attr.nice = (s8)((int)below(m, 40) - 20);
	if (chance(m, 20))
		attr.slice_ns = 100 * USEC + below(m, 20 * 1000) * USEC;
	attr.reset_on_fork = chance(m, 10);
	return attr;
}

/* Of oneself, or of somebody. */
static const char *some_target(struct maker *m)
{
	return chance(m, 60) ? NULL : task_names[below(m, m->nr_tasks)];
}

static void change(struct maker *m)
{
	char cpus[32];

	switch (below(m, 5)) {
	case 0:
		op(m, OP_NICE,
		   (struct op_operands){.integer = (int)below(m, 40) - 20, .task = some_target(m)});
		break;
	case 1:
		if (!m->with_masks)
			break;
		some_cpus(m, cpus, sizeof(cpus));
		op(m, OP_AFFINITY,
		   (struct op_operands){.cpus = chance(m, 30) ? "all" : cpus,
					.task = some_target(m)});
		break;
	case 2:
		op(m, OP_POLICY,
		   (struct op_operands){.attr = some_attr(m), .task = some_target(m)});
		break;
	case 3:
		op(m, OP_SLICE,
		   (struct op_operands){.quantity = {.value = chance(m, 30) ? 0 : 3 * MSEC},
					.task = some_target(m)});
		break;
	default:
		op(m, OP_YIELD, (struct op_operands){0});
	}
}

/* Attach, let go on with some signal, and perhaps detach; who is refused has done nothing. */
static void trace_somebody(struct maker *m)
{
	static const enum op_code between[] = {OP_TRACE_SYSCALL, OP_TRACE_SYSCALL,
					       OP_TRACE_CONT,    OP_TRACE_INTERRUPT,
					       OP_TRACE_LISTEN,  OP_TRACE_OPTIONS};
	static const u32 signals[] = {0, OP_SIGNAL_SAME, SIGNAL_STOP, SIGNAL_USR1, SIGNAL_CONT};
	struct op_operands target = {
		.task = task_names[rng_below(&m->clones, m->nr_tasks)],
		.signal = signals[rng_below(&m->clones, ARRAY_SIZE(signals))],
	};
	struct op_operands pause = {.quantity = {.value = 1 + rng_below(&m->clones, 5 * MSEC)}};

	target.trace_events = (u32)rng_below(&m->clones, 1U << NR_TRACE_EVENTS);
	op(m, rng_below(&m->clones, 2) ? OP_TRACE : OP_TRACE_SEIZE, target);
	op(m, OP_SLEEP, pause);
	for (u64 i = rng_below(&m->clones, 4); i; i--) {
		op(m, between[rng_below(&m->clones, ARRAY_SIZE(between))], target);
		op(m, OP_SLEEP, pause);
	}
	op(m, OP_TRACE_CONT, target);
	op(m, OP_SLEEP, pause);
	op(m, rng_below(&m->clones, 2) ? OP_UNTRACE : OP_TRACE_CONT, target);
}

static void signal_somebody(struct maker *m)
{
	const char *task = task_names[below(m, m->nr_tasks)];

	switch (below(m, 8)) {
	case 0:
		op(m, OP_KILL, (struct op_operands){.task = task});
		break;
	case 1:
	case 2:
	case 3:
		op(m, OP_STOP, (struct op_operands){.task = task});
		break;
	default:
		op(m, OP_CONT, (struct op_operands){.task = task});
	}
	if (!rng_below(&m->clones, 3))
		trace_somebody(m);
}

static void run_a_while(struct maker *m)
{
	op(m, OP_RUN, (struct op_operands){.quantity = some_quantity(m, 20 * MSEC)});
}

/* Of any kind. */
static void some_mutex(struct maker *m, const char *name)
{
	struct mutex_spec spec = {
		.name = name,
		.kind = (u8)(chance(m, 40)   ? MUTEX_PI
			     : chance(m, 25) ? MUTEX_PROTECT
					     : MUTEX_NORMAL),
		.type = (u8)(chance(m, 30) ? 1 + below(m, 2) : MUTEX_PLAIN),
		.robust = chance(m, 20),
	};

	if (spec.kind == MUTEX_PROTECT)
		spec.ceiling = (u8)(50 + below(m, 50));
	builder_mutex_spec(m->b, (struct loc){0}, &spec);
}

/* One lock, or a later one inside it. */
static void critical_section(struct maker *m)
{
	u32 first = below(m, NR_LOCKS), second = first + 1 + below(m, NR_LOCKS);

	op(m, OP_LOCK,
	   (struct op_operands){.resource = lock_names[first], .nonblock = chance(m, 10)});
	run_a_while(m);
	if (second < NR_LOCKS) {
		op(m, OP_LOCK,
		   (struct op_operands){.resource = lock_names[second],
					.timeout_ns = chance(m, 20) ? some_time(m, 20 * MSEC) : 0});
		if (chance(m, 50))
			op(m, OP_SLEEP, (struct op_operands){.quantity = some_quantity(m, MSEC)});
		op(m, OP_UNLOCK, (struct op_operands){.resource = lock_names[second]});
	}
	op(m, OP_UNLOCK, (struct op_operands){.resource = lock_names[first]});
}

/* In the kernel, where signals wait. Spinlocks are for short sections. */
static void kernel_section(struct maker *m)
{
	bool mutex = chance(m, 60), spin = !mutex || chance(m, 40),
	     pins = !rng_below(&m->groups, 3);

	if (chance(m, 30)) {
		bool write = chance(m, 40);

		op(m, write ? OP_DOWN_WRITE : OP_DOWN_READ, (struct op_operands){.resource = "ra"});
		run_a_while(m);
		op(m, write ? OP_UP_WRITE : OP_UP_READ, (struct op_operands){.resource = "ra"});
	}
	if (pins) {
		op(m, OP_MIGRATE_DISABLE, (struct op_operands){0});
		run_a_while(m);
	}
	if (mutex) {
		op(m, OP_KERNEL_LOCK, (struct op_operands){.resource = "ka"});
		run_a_while(m);
	}
	if (spin) {
		op(m, OP_SPIN_LOCK,
		   (struct op_operands){.resource = "sl",
					.irqsave = rng_below(&m->groups, 3) == 0});
		op(m, OP_RUN, (struct op_operands){.quantity = some_quantity(m, MSEC)});
		op(m, OP_SPIN_UNLOCK, (struct op_operands){.resource = "sl"});
	}
	if (mutex)
		op(m, OP_KERNEL_UNLOCK, (struct op_operands){.resource = "ka"});
	if (pins)
		op(m, OP_MIGRATE_ENABLE, (struct op_operands){0});
}

static void communicate(struct maker *m)
{
	const char *sem = sem_names[below(m, NR_SEMS)], *pipe = pipe_names[below(m, NR_PIPES)];
	struct op_operands io = {.resource = pipe, .quantity = {.value = 1 + below(m, 9000)}};

	switch (below(m, 8)) {
	case 6:
		op(m, OP_LOCK, (struct op_operands){.resource = lock_names[0]});
		op(m, OP_COND_WAIT, (struct op_operands){.resource = "ca", .mutex = lock_names[0]});
		op(m, OP_UNLOCK, (struct op_operands){.resource = lock_names[0]});
		break;
	case 7:
		op(m, chance(m, 50) ? OP_COND_SIGNAL : OP_COND_BROADCAST,
		   (struct op_operands){.resource = "ca"});
		break;
	case 0:
	case 1:
		op(m, OP_SEM_POST, (struct op_operands){.resource = sem});
		break;
	case 2:
		op(m, OP_SEM_WAIT, (struct op_operands){.resource = sem});
		break;
	case 3:
	case 4:
		op(m, OP_PIPE_WRITE, io);
		break;
	default:
		op(m, OP_PIPE_READ, io);
	}
}

/* A thread, or some of its flags. A stream of its own, so that all else stays as it is. */
static struct op_operands some_clone(struct maker *m)
{
	static const u64 words[] = {
		CLONE_FLAG_VM,
		CLONE_FLAG_VM | CLONE_FLAG_SIGHAND,
		CLONE_FLAG_VFORK,
		CLONE_FLAG_PARENT,
		CLONE_FLAG_NEWPID,
		CLONE_FLAG_NEWPID | CLONE_FLAG_VM | CLONE_FLAG_VFORK,
		CLONE_FLAG_FILES | CLONE_FLAG_FS,
	};
	static const u32 tids[][2] = {{1, 400}, {2, 500}, {400, 1}, {401, 600}};
	u32 which = (u32)rng_below(&m->clones, 2 * ARRAY_SIZE(words));
	bool flags = which < ARRAY_SIZE(words);

	return (struct op_operands){
		.task = template_names[0],
		.has_clone_word = flags,
		.clone_word = flags ? words[which] | SIGNAL_CHLD : 0,
		/* Most of them are refused, some are not. */
		.tids = tids[rng_below(&m->clones, ARRAY_SIZE(tids))],
		.nr_tids = (u32)rng_below(&m->clones, 6) / 3 * (1 + which % 2),
	};
}

static const char *const group_names[GROUPS_MAX] = {"ga", "gb", "gc", "gd"};

static const char *some_group(struct maker *m)
{
	return group_names[rng_below(&m->groups, m->nr_groups)];
}

static struct group_change some_group_change(struct maker *m)
{
	struct rng *rng = &m->groups;
	struct group_change change = {.period_ns = 100 * MSEC};

	switch (rng_below(rng, 3)) {
	case 0:
		change.what = GROUP_SETS_SHARES;
		change.shares = 2 + (u32)rng_below(rng, 5000);
		break;
	case 1:
		change.what = GROUP_SETS_IDLE;
		change.idle = rng_below(rng, 2);
		break;
	default:
		change.what = GROUP_SETS_QUOTA | GROUP_SETS_PERIOD |
			      (rng_below(rng, 2) ? GROUP_QUOTA_OF_V1 : 0);
		change.quota_ns =
			rng_below(rng, 2) ? GROUP_NO_QUOTA : (5 + rng_below(rng, 200)) * MSEC;
	}
	return change;
}

/* And thawed, if it is not one's own. */
static void freeze(struct maker *m, const char *group)
{
	u32 what = rng_below(&m->groups, 2) ? GROUP_SETS_FREEZE : GROUP_SETS_FREEZER;
	struct op_operands set = {.group = group,
				  .change = {.what = what, .freeze = true, .freezer = true}};

	op(m, OP_SET_GROUP, set);
	op(m, OP_SLEEP, (struct op_operands){.quantity = {.value = some_time(m, 20 * MSEC)}});
	set.change.freeze = set.change.freezer = false;
	op(m, OP_SET_GROUP, set);
}

/* Somebody goes to another group, or a group's files are written. */
static void regroup(struct maker *m)
{
	const char *task = task_names[rng_below(&m->groups, m->nr_tasks)];

	switch (rng_below(&m->groups, 5)) {
	case 0:
		op(m, OP_GROUP,
		   (struct op_operands){.group = some_group(m),
					.task = task,
					.to_thread = rng_below(&m->groups, 2)});
		break;
	case 1:
		op(m, OP_AUTOGROUP_NICE,
		   (struct op_operands){.integer = (s64)rng_below(&m->groups, 40) - 20,
					.task = task});
		break;
	case 4:
		freeze(m, some_group(m));
		break;
	default:
		op(m, OP_SET_GROUP,
		   (struct op_operands){.group = some_group(m), .change = some_group_change(m)});
	}
}

/* In a quarter of all. */
static void groups(struct maker *m)
{
	struct rng *rng = &m->groups;

	if (rng_below(rng, 4))
		return;
	m->nr_groups = 1 + (u32)rng_below(rng, GROUPS_MAX);
	for (u32 i = 0; i < m->nr_groups; i++)
		builder_group(
			m->b,
			&(struct group_spec){
				.name = group_names[i],
				.parent = i && rng_below(rng, 2) ? (u32)rng_below(rng, i)
								 : GROUP_ROOT,
				.shares = 2 + (u32)rng_below(rng, 5000),
				.idle = !rng_below(rng, 5),
				.quota_ns = rng_below(rng, 3) ? GROUP_NO_QUOTA
							      : (5 + rng_below(rng, 200)) * MSEC,
				.period_ns = 100 * MSEC,
				.pids_max = rng_below(rng, 4) ? 0 : 1 + (u32)rng_below(rng, 8),
			});
}

static void steps(struct maker *m, bool is_template);

/* Cookies are made and shared, in every way there is. */
static void tag_somebody(struct maker *m)
{
	enum core_sched_call call =
		(enum core_sched_call)rng_below(&m->cookies, NR_CORE_SCHED_CALLS);

	op(m, OP_CORE_SCHED,
	   (struct op_operands){
		   .core_call = call,
		   .core_scope = call == CORE_SCHED_SHARE_FROM
					 ? CORE_SCHED_THREAD
					 : (enum core_sched_scope)rng_below(&m->cookies,
									    NR_CORE_SCHED_SCOPES),
		   .task = call == CORE_SCHED_CREATE && rng_below(&m->cookies, 2)
				   ? NULL
				   : task_names[rng_below(&m->cookies, m->nr_tasks)],
	   });
}

static void step(struct maker *m, bool is_template)
{
	if (m->with_cookies && !rng_below(&m->cookies, 4))
		tag_somebody(m);
	switch (below(m, 15)) {
	case 0:
	case 1:
	case 2:
		run_a_while(m);
		break;
	case 3:
	case 4:
	case 5:
		op(m, OP_SLEEP, (struct op_operands){.quantity = some_quantity(m, 20 * MSEC)});
		break;
	case 6:
		op(m, OP_TIMER,
		   (struct op_operands){
			   .quantity = {.value = 100 * USEC + some_time(m, 9 * MSEC)}});
		break;
	case 7:
		critical_section(m);
		break;
	case 8:
		communicate(m);
		break;
	case 9:
		if (!is_template) {
			if (chance(m,
				   70)) /* the second template may exec, which a thread may not */
				op(m, OP_FORK,
				   (struct op_operands){
					   .task = template_names[below(m, TEMPLATES)]});
			else
				op(m, OP_CLONE, some_clone(m));
			if (chance(m, 20))
				op(m, OP_SETPGID,
				   (struct op_operands){
					   .task = template_names[below(m, TEMPLATES)],
					   .of_child = true,
					   .group = chance(m, 50)
							    ? template_names[below(m, TEMPLATES)]
							    : NULL});
			op(m, chance(m, 50) ? OP_WAIT : OP_WAITALL, (struct op_operands){0});
			/* A thread is not waited for: no storms. */
			op(m, OP_SLEEP, (struct op_operands){.quantity = {.value = 20 * MSEC}});
		}
		break;
	case 10:
		if (m->with_changes)
			change(m);
		break;
	case 11:
		if (m->with_signals && !is_template)
			signal_somebody(m);
		break;
	case 12:
		if (m->loop_depth < 2) {
			m->loop_depth++;
			op(m, OP_LOOP,
			   (struct op_operands){.quantity = {.value = 1 + below(m, 5)}});
			steps(m, is_template);
			run_a_while(m);
			builder_end_loop(m->b, (struct loc){0});
			m->loop_depth--;
		}
		break;
	case 13:
		kernel_section(m);
		break;
	default:
		op(m, OP_MARK, (struct op_operands){.text = "here"});
		if (!rng_below(&m->clones, 3))
			op(m, rng_below(&m->clones, 2) ? OP_TOUCH_PAGES : OP_WRITE_PAGES,
			   (struct op_operands){.quantity = {.value = rng_below(&m->clones, 300)}});
	}
}

static void steps(struct maker *m, bool is_template)
{
	for (u32 n = 1 + below(m, 5); n; n--) {
		step(m, is_template);
		if (rng_below(&m->talk.rng, 6) == 0)
			talk_step(&m->talk);
		if (m->nr_groups && rng_below(&m->groups, 8) == 0)
			regroup(m);
	}
}

static void template(struct maker *m, const char *name)
{
	struct task_spec *spec = builder_task_begin(m->b, (struct loc){0}, name);

	spec->is_template = true;
	spec->attr = (struct sched_attr){.policy = POLICY_OTHER};
	run_a_while(m);
	if (name == template_names[1] && chance(m, 50))
		op(m, OP_EXEC, (struct op_operands){.text = "other", .task = template_names[0]});
	steps(m, true);
	builder_task_end(m->b);
}

static void task(struct maker *m, const char *name)
{
	struct task_spec *spec = builder_task_begin(m->b, (struct loc){0}, name);
	char cpus[32];

	spec->count = 1 + (chance(m, 40) ? below(m, 6) : 0);
	spec->attr = some_attr(m);
	spec->start_ns = chance(m, 70) ? 0 : some_time(m, 100 * MSEC);
	spec->start_step_ns = chance(m, 80) ? 0 : some_time(m, 5 * MSEC);
	spec->birth = chance(m, 80) ? BIRTH_FORKED : BIRTH_WOKEN;
	if (m->with_masks && chance(m, 40) && spec->attr.policy != POLICY_DEADLINE) {
		some_cpus(m, cpus, sizeof(cpus));
		spec->affinity = builder_cpus(m->b, (struct loc){0}, cpus);
	}
	if (m->nr_groups && rng_below(&m->groups, 3))
		builder_task_group(m->b, (struct loc){0}, some_group(m));
	if (chance(m, 80)) {
		op(m, OP_LOOP, (struct op_operands){0});
		steps(m, false);
		run_a_while(m);
		/* Real-time tasks leave something to others. */
		if (is_realtime(spec->attr.policy))
			op(m, OP_SLEEP, (struct op_operands){.quantity = {.value = 30 * MSEC}});
		builder_end_loop(m->b, (struct loc){0});
	} else {
		steps(m, false);
		run_a_while(m);
	}
	builder_task_end(m->b);
}

/* Who posts, writes and reads, so that few wait for ever. */
static void helpers(struct maker *m)
{
	static const char *const names[] = {"poster", "writer", "reader"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		builder_task_begin(m->b, (struct loc){0}, names[i]);
		op(m, OP_LOOP, (struct op_operands){0});
		op(m, OP_SLEEP, (struct op_operands){.quantity = some_quantity(m, 9 * MSEC)});
		for (u32 k = 0; k < 2; k++) {
			static const enum op_code codes[] = {OP_SEM_POST, OP_PIPE_WRITE,
							     OP_PIPE_READ};

			op(m, codes[i],
			   (struct op_operands){.resource = i ? pipe_names[k] : sem_names[k],
						.quantity = {.value = i == 1 ? 5000 : 9000}});
		}
		if (!i)
			op(m, OP_COND_BROADCAST, (struct op_operands){.resource = "ca"});
		builder_end_loop(m->b, (struct loc){0});
		builder_task_end(m->b);
	}
}

void maker_tasks(struct maker *m)
{
	for (u32 i = 0; i < NR_LOCKS; i++)
		some_mutex(m, lock_names[i]);
	for (u32 i = 0; i < NR_SEMS; i++)
		builder_semaphore(m->b, (struct loc){0}, sem_names[i], below(m, 4));
	for (u32 i = 0; i < NR_PIPES; i++)
		builder_pipe(m->b, (struct loc){0}, pipe_names[i], 4096u << below(m, 5),
			     PIPE_ENDLESS);
	groups(m);
	for (u32 i = 0; i < TEMPLATES; i++)
		template(m, template_names[i]);
	for (u32 i = 0; i < m->nr_tasks; i++)
		task(m, task_names[i]);
	helpers(m);
}
