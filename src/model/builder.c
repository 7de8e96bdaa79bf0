/* SPDX-License-Identifier: MIT */
/*
 * The builder's life, its tasks, and the workload it hands out.
 *
 * What is being built sits in growing arrays; builder_finish() copies them into the arena, once, in
 * their final size. Checks run where what they need is complete: an operand at its op, a program at
 * the end of its task, names at the end of all.
 */
#include "model/builder_inside.h"

#include <string.h>

#include "base/ensure.h"

enum { COUNT_GREATEST = 1000000 };

struct builder *builder_new(struct arena *arena, struct diag *diag)
{
	struct builder *b = arena_new(arena, struct builder);
	const struct kernel *row = kernel_find(kernel_default_name);

	ensure(row);
	b->arena = arena;
	b->diag = diag;
	b->errors_before = diag_errors(diag);
	b->w.name = "";
	b->w.kernel = *row;
	b->w.duration_ns = NEVER;
	platform_init(&b->w.platform);
	symbols_init(&b->symbols);
	return b;
}

void builder_free(struct builder *b)
{
	symbols_fini(&b->symbols);
	vec_fini(&b->ext_options);
	vec_fini(&b->set_tids);
	vec_fini(&b->futex_calls);
	vec_fini(&b->polled);
	vec_fini(&b->sem_calls);
	vec_fini(&b->sem_ops);
	vec_fini(&b->timer_settings);
#define X(name, member, spec, word, ...) vec_fini(&b->member);
	RESOURCES(X)
#undef X
	for (u32 kind = 0; kind < NR_RESOURCE_KINDS; kind++)
		vec_fini(&b->uses[kind]);
	vec_fini(&b->groups);
	vec_fini(&b->cpu_events_at);
	vec_fini(&b->cpu_events);
	vec_fini(&b->sched_writes);
	vec_fini(&b->irqs_at);
	vec_fini(&b->irqs);
	vec_fini(&b->dists);
	vec_fini(&b->masks);
	vec_fini(&b->attrs);
	vec_fini(&b->group_changes);
	vec_fini(&b->texts);
	vec_fini(&b->tasks);
	vec_fini(&b->programs);
	vec_fini(&b->facts);
	vec_fini(&b->task_refs);
	vec_fini(&b->thread_refs);
	vec_fini(&b->expects);
	vec_fini(&b->ops);
	vec_fini(&b->op_locs);
	vec_fini(&b->locked_in);
}

void builder_name(struct builder *b, const char *name, const char *title)
{
	b->w.name = arena_strdup(b->arena, name);
	b->w.title = title ? arena_strdup(b->arena, title) : NULL;
}

void builder_seed(struct builder *b, u64 seed)
{
	b->w.seed = seed;
}

void builder_duration(struct builder *b, u64 ns)
{
	b->w.duration_ns = ns;
}

struct task_spec *builder_task_begin(struct builder *b, struct loc loc, const char *name)
{
	u32 *slot = symbol_slot(&b->symbols, SYMBOL_TASK, name);

	ensure(!b->open);
	if (*slot) {
		diag_error(b->diag, loc, "task '%s' is defined twice", name);
		diag_note(b->diag, b->tasks.at[*slot - 1].loc, "'%s' was defined here", name);
	} else {
		*slot = b->tasks.len + 1;
	}
	b->open = true;
	b->task = (struct task_spec){
		.name = arena_strdup(b->arena, name),
		.loc = loc,
		.count = 1,
		.birth = BIRTH_FORKED,
		.cpu = CPU_FIRST,
		.attr = {.policy = POLICY_OTHER},
		.thread_of = SPEC_NONE,
		.group = GROUP_INHERITED,
		.timer_slack_ns = UINT64_MAX,
		.program = b->tasks.len,
	};
	return &b->task;
}

void builder_thread_of(struct builder *b, struct loc loc, const char *task_name)
{
	ensure(b->open);
	vec_push(&b->thread_refs, (struct thread_ref){
					  .spec = b->tasks.len,
					  .name = arena_strdup(b->arena, task_name),
					  .loc = loc,
				  });
}

static u32 nr_digits(u32 number)
{
	u32 digits = 1;

	for (; number >= 10; number /= 10)
		digits++;
	return digits;
}

static void check_name(struct builder *b)
{
	const struct task_spec *task = &b->task;
	size_t len = strlen(task->name);
	size_t comm =
		strlen(task_spec_comm(task)) + (task->count > 1 ? nr_digits(task->count - 1) : 0);

	if (len == 0)
		diag_error(b->diag, task->loc, "a task needs a name");
	else if (comm >= COMM_LEN)
		diag_warning(b->diag, task->loc,
			     "the %s of task '%s'%s has %zu bytes: traces cut "
			     "it to %d, as the kernel does",
			     task->comm ? "comm" : "name", task->name,
			     task->count > 1 ? " with its number" : "", comm, COMM_LEN - 1);
}

static void check_count(struct builder *b)
{
	const struct task_spec *task = &b->task;

	if (task->count < 1 || task->count > COUNT_GREATEST)
		diag_error(b->diag, task->loc, "count %u in task '%s': it must be 1..%d",
			   task->count, task->name, COUNT_GREATEST);
	else if (task->is_template && task->count > 1)
		diag_warning(b->diag, task->loc,
			     "the count of template '%s' is ignored: it is started by "
			     "being forked",
			     task->name);
}

static void check_start(struct builder *b)
{
	const struct task_spec *task = &b->task;
	u128 last =
		(u128)task->start_step_ns * (task->count ? task->count - 1 : 0) + task->start_ns;

	if (last >= NEVER)
		diag_error(b->diag, task->loc,
			   "task '%s' starts too late: at most 52 days can be "
			   "simulated",
			   task->name);
}

/* Every program ends in an exit, so that an interpreter never runs off its end. */
static void close_program(struct builder *b)
{
	struct op exit_op = {.code = OP_EXIT, .flags = OP_IMPLICIT};

	ensure(b->depth == 0 && b->too_deep == 0);
	if (b->ops.len == 0 || vec_last(&b->ops).code != OP_EXIT) {
		vec_push(&b->ops, exit_op);
		vec_push(&b->op_locs, b->task.loc);
	}
}

/* Only who existed before can have slept somewhere, where it may run, and be behind its queue. */
static void check_history(struct builder *b)
{
	const struct task_spec *task = &b->task;

	if (task->lag_ns &&
	    (task->birth != BIRTH_WOKEN || task->is_template || !policy_is_fair(task->attr.policy)))
		diag_error(
			b->diag, task->loc,
			"'lag' is of fair tasks that existed before: '%s' needs 'birth: woken' and such a policy",
			task->name);
	if (task->cpu == CPU_FIRST)
		return;
	if (task->birth != BIRTH_WOKEN || task->is_template)
		diag_error(
			b->diag, task->loc,
			"'cpu' tells where a task slept that existed before: '%s' needs 'birth: woken'",
			task->name);
	else if (b->w.platform.nr_cpus && task->cpu >= b->w.platform.nr_cpus)
		/* none: what is wrong with the machine was said */
		diag_error(b->diag, task->loc,
			   "the machine has no cpu %u, on which '%s' is to have slept", task->cpu,
			   task->name);
	else if (task->affinity && !cpumask_test(task->affinity, task->cpu))
		diag_error(b->diag, task->loc,
			   "'%s' cannot have slept on cpu %u, which its affinity leaves out",
			   task->name, task->cpu);
}

/*
 * The kernel refuses a reservation to a task that may not run everywhere, EPERM, unless it admits
 * all (dl_bandwidth_enabled()).
 */
static void check_affinity(struct builder *b)
{
	const struct task_spec *task = &b->task;

	if (task->attr.policy == POLICY_DEADLINE && task->affinity &&
	    b->w.kernel.knobs.rt_runtime_us != KNOB_UNLIMITED &&
	    cpumask_count(task->affinity) < b->w.platform.nr_cpus)
		diag_error(
			b->diag, task->loc,
			"a deadline task runs on every cpu: '%s' cannot have an affinity (but with sched_rt_runtime_us: -1)",
			task->name);
}

void builder_task_end(struct builder *b)
{
	struct program_facts facts = {0};

	ensure(b->open);
	check_name(b);
	check_count(b);
	check_start(b);
	check_attr(b, b->task.loc, &b->task.attr);
	check_rt_group(b, b->task.loc, &b->task);
	if (b->w.model == MODEL_XV6)
		check_xv6_task(b);
	if (b->task.kthread)
		check_kthread(b);
	else
		check_user_task(b);
	check_affinity(b);
	check_history(b);
	check_program(b, &facts);
	close_program(b);

	struct op *ops = arena_array(b->arena, struct op, b->ops.len);

	memcpy(ops, b->ops.at, b->ops.len * sizeof(*ops));
	vec_push(&b->programs,
		 (struct program){.ops = ops, .nr_ops = b->ops.len, .loop_depth = b->deepest});
	vec_push(&b->facts, facts);
	vec_push(&b->tasks, b->task);
	vec_clear(&b->ops);
	vec_clear(&b->op_locs);
	b->deepest = 0;
	b->open = false;
}

void builder_expect(struct builder *b, struct loc loc, const char *path, enum expect_op op,
		    s64 value, u64 tolerance, u32 units, const char *text)
{
	vec_push(&b->expects, (struct expectation){
				      .loc = loc,
				      .path = arena_strdup(b->arena, path),
				      .op = op,
				      .value = value,
				      .tolerance = tolerance,
				      .units = (u8)units,
				      .text = text ? arena_strdup(b->arena, text) : NULL,
			      });
}

static void *copy_to_arena(struct arena *arena, const void *from, size_t size)
{
	void *to = arena_alloc(arena, size);

	if (size)
		memcpy(to, from, size);
	return to;
}

/* Moves a growing array into the workload. */
#define HAND_OUT(b, member)                                                               \
	do {                                                                              \
		(b)->w.member = copy_to_arena((b)->arena, (b)->member.at,                 \
					      (b)->member.len * sizeof(*(b)->member.at)); \
		(b)->w.nr_##member = (b)->member.len;                                     \
	} while (0)

const struct workload *builder_finish(struct builder *b)
{
	bool blank = !b->machine_done && diag_errors(b->diag) == b->errors_before;
	bool *forked = arena_array(b->arena, bool, b->tasks.len);

	ensure(!b->open);
	if (blank && !builder_machine_done(b, (struct loc){0}))
		return NULL;
	resolve_all(b, forked);
	check_whole(b, forked);
	if (diag_errors(b->diag) > b->errors_before)
		return NULL;
	HAND_OUT(b, tasks);
	HAND_OUT(b, programs);
	HAND_OUT(b, dists);
	HAND_OUT(b, groups);
#define X(name, member, spec, word, ...) HAND_OUT(b, member);
	RESOURCES(X)
#undef X
	HAND_OUT(b, set_tids);
	HAND_OUT(b, futex_calls);
	HAND_OUT(b, polled);
	HAND_OUT(b, sem_calls);
	HAND_OUT(b, sem_ops);
	HAND_OUT(b, timer_settings);
	HAND_OUT(b, masks);
	HAND_OUT(b, attrs);
	HAND_OUT(b, group_changes);
	HAND_OUT(b, texts);
	HAND_OUT(b, expects);
	b->w.ext.options = copy_to_arena(b->arena, b->ext_options.at,
					 b->ext_options.len * sizeof(struct ext_option));
	b->w.ext.nr_options = b->ext_options.len;
	HAND_OUT(b, cpu_events);
	HAND_OUT(b, sched_writes);
	HAND_OUT(b, irqs);
	b->w.digest = workload_digest(&b->w);
	return copy_to_arena(b->arena, &b->w, sizeof(b->w));
}
