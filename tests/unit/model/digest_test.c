/* SPDX-License-Identifier: MIT */
/* The digest sees all that can change a run, and nothing else. */
#include <criterion/criterion.h>
#include <string.h>

#include "builder_fixture.h"

/* A workload with one of everything. */
static const struct workload *build(struct fixture *f)
{
	struct task_spec *spec;

	builder_mutex(f->b, at_line(f, 2), "m", MUTEX_NORMAL);
	builder_barrier(f->b, at_line(f, 2), "r", 1);
	builder_semaphore(f->b, at_line(f, 2), "s", 1);
	spec = task(f, "a");
	spec->affinity = builder_cpus(f->b, at_line(f, 3), "0-2");
	op(f, OP_RUN,
	   (struct op_operands){.quantity = {.is_dist = true,
					     .dist = {.kind = DIST_NORMAL,
						      .a = MSEC,
						      .b = 1000,
						      .max = UINT64_MAX}}});
	with_resource(f, OP_LOCK, "m");
	with_resource(f, OP_UNLOCK, "m");
	with_resource(f, OP_BARRIER, "r");
	with_resource(f, OP_SEM_WAIT, "s");
	with_resource(f, OP_COND_SIGNAL, "c");
	op(f, OP_PIPE_WRITE, (struct op_operands){.resource = "p", .quantity.value = 1});
	op(f, OP_POLICY, (struct op_operands){.attr = {.nice = 3}});
	op(f, OP_MARK, (struct op_operands){.text = "mark"});
	end(f);
	builder_expect(f->b, at_line(f, 4), "total.switches", EXPECT_GT, 0, 0, 0, "> 0");
	fixture_finish(f);
	cr_assert_not_null(f->w, "%s", f->messages);
	return f->w;
}

Test(digest, the_same_workload_has_the_same_digest)
{
	struct fixture *one = fixture_new(), *two = fixture_new();

	cr_assert_eq(build(one)->digest, build(two)->digest);
	cr_assert_neq(one->w->digest, 0);
	cr_assert_eq(workload_digest(one->w), one->w->digest);
	fixture_free(one);
	fixture_free(two);
}

/* A copy whose lists may be written to. */
struct copy {
	struct workload w;
	struct task_spec task;
	struct program program;
	struct op ops[16];
	struct dist dist;
	struct mutex_spec mutex;
	struct barrier_spec barrier;
	struct semaphore_spec semaphore;
	struct pipe_spec pipe;
	struct sched_attr attr;
	struct platform_cpu cpu[4];
	u32 distance[1];
	const char *text;
};

static void copy_from(struct copy *c, const struct workload *w)
{
	c->w = *w;
	c->task = w->tasks[0], c->w.tasks = &c->task;
	c->program = w->programs[0], c->w.programs = &c->program;
	cr_assert_leq(c->program.nr_ops, ARRAY_SIZE(c->ops));
	memcpy(c->ops, c->program.ops, c->program.nr_ops * sizeof(c->ops[0]));
	c->program.ops = c->ops;
	c->dist = w->dists[0], c->w.dists = &c->dist;
	c->mutex = w->mutexes[0], c->w.mutexes = &c->mutex;
	c->barrier = w->barriers[0], c->w.barriers = &c->barrier;
	c->semaphore = w->semaphores[0], c->w.semaphores = &c->semaphore;
	c->pipe = w->pipes[0], c->w.pipes = &c->pipe;
	c->attr = w->attrs[0], c->w.attrs = &c->attr;
	memcpy(c->cpu, w->platform.cpu, sizeof(c->cpu)), c->w.platform.cpu = c->cpu;
	c->distance[0] = w->platform.distance[0], c->w.platform.distance = c->distance;
	c->text = w->texts[0], c->w.texts = &c->text;
}

#define CHANGES(statement)                                                                       \
	do {                                                                                     \
		struct copy c;                                                                   \
		copy_from(&c, f->w);                                                             \
		statement;                                                                       \
		cr_expect_neq(workload_digest(&c.w), f->w->digest, "no change by: " #statement); \
	} while (0)

#define KEEPS(statement)                                                                       \
	do {                                                                                   \
		struct copy c;                                                                 \
		copy_from(&c, f->w);                                                           \
		statement;                                                                     \
		cr_expect_eq(workload_digest(&c.w), f->w->digest, "a change by: " #statement); \
	} while (0)

/* How turns end says nothing where there are none. */
Test(digest, of_turns_all_is_in_it)
{
	struct fixture *f = fixture_new();
	struct copy c;
	u64 before;

	build(f);
	copy_from(&c, f->w);
	c.w.platform.turns_per_second = 8192;
	before = workload_digest(&c.w);
	c.w.platform.turns_shared = true;
	cr_assert_neq(workload_digest(&c.w), before);
	fixture_free(f);
}

Test(digest, the_machine_and_the_kernel_are_in_it)
{
	struct fixture *f = fixture_new();

	build(f);
	CHANGES(c.w.seed++);
	CHANGES(c.w.duration_ns++);
	CHANGES(c.w.platform.nr_cpus--);
	CHANGES(c.cpu[3].core = 0);
	CHANGES(c.cpu[3].cluster = 0);
	CHANGES(c.cpu[3].llc = 1);
	CHANGES(c.cpu[3].socket = 1);
	CHANGES(c.cpu[3].node = 1);
	CHANGES(c.distance[0]++);
	CHANGES(c.w.platform.hz = 1000);
	CHANGES(c.w.platform.tick_phase_ns++);
	CHANGES(c.w.platform.skew_tick ^= 1);
	CHANGES(c.w.platform.nohz_idle ^= 1);
	CHANGES(c.w.platform.nohz_from_ns++);
	CHANGES(c.w.platform.turns_per_second = 8192);
	KEEPS(c.w.platform.turns_shared = true);
	CHANGES(c.w.platform.preempt = PREEMPT_FULL);
	CHANGES(c.w.platform.pid_max++);
	CHANGES(c.w.platform.kernel_threads ^= 1);
	CHANGES(c.w.kernel.name = "v6.12");
	CHANGES(c.w.kernel.features ^= FEATURE_RUN_TO_PARITY);
	for (u32 i = 0; i < NR_COSTS; i++)
		CHANGES(++*cost_at(&c.w.platform.costs, i));
	for (u32 i = 0; i < NR_KNOBS; i++)
		CHANGES(++*knob_at(&c.w.kernel.knobs, i));
	fixture_free(f);
}

Test(digest, tasks_and_programs_are_in_it)
{
	struct fixture *f = fixture_new();

	build(f);
	CHANGES(c.task.name = "b");
	CHANGES(c.task.comm = "b");
	CHANGES(c.task.count++);
	CHANGES(c.task.is_template ^= 1);
	CHANGES(c.task.birth = BIRTH_WOKEN);
	CHANGES(c.task.attr.policy = POLICY_BATCH);
	CHANGES(c.task.attr.nice = -1);
	CHANGES(c.task.attr.rt_priority = 1);
	CHANGES(c.task.attr.reset_on_fork = true);
	CHANGES(c.task.attr.slice_ns = MSEC);
	CHANGES(c.task.affinity = NULL);
	CHANGES(c.task.start_ns++);
	CHANGES(c.task.start_step_ns++);
	CHANGES(c.task.thread_of = 0);
	CHANGES(c.task.timer_slack_ns = 0);
	CHANGES(c.program.nr_ops--);
	CHANGES(c.ops[1].code = OP_YIELD);
	CHANGES(c.ops[1].flags ^= OP_DIST);
	CHANGES(c.ops[1].a++);
	CHANGES(c.ops[1].b++);
	CHANGES(c.ops[1].value++);
	CHANGES(c.dist.kind = DIST_UNIFORM);
	CHANGES(c.dist.a++);
	CHANGES(c.dist.b++);
	CHANGES(c.dist.min++);
	CHANGES(c.dist.max--);
	CHANGES(c.mutex.kind = MUTEX_PI);
	CHANGES(c.barrier.parties++);
	CHANGES(c.semaphore.value++);
	CHANGES(c.pipe.capacity++);
	CHANGES(c.attr.nice++);
	CHANGES(c.text = "Mark");
	fixture_free(f);
}

Test(digest, what_only_people_read_is_not_in_it)
{
	struct fixture *f = fixture_new();

	build(f);
	KEEPS(c.w.name = "other");
	KEEPS(c.w.title = "other");
	KEEPS(c.w.nr_expects = 0);
	KEEPS(c.task.loc.line++);
	KEEPS(c.mutex.name = "other");
	fixture_free(f);
}

/* Twice the same machine, written in two ways. */
Test(digest, the_shape_counts_not_how_it_was_written)
{
	struct fixture *one = fixture_new(), *two = fixture_without_machine();

	builder_platform(two->b)->sockets = 1;
	builder_platform(two->b)->cores = 4;
	builder_duration(two->b, SEC);
	cr_assert(builder_machine_done(two->b, at_line(two, 1)));
	cr_assert_eq(build(one)->digest, build(two)->digest);
	fixture_free(one);
	fixture_free(two);
}

/* What its policy is and how it is run, but not where its file lies. */
static u64 digest_with(const char *policy, u64 slice_ns, const char *option)
{
	struct fixture *f = fixture_new();
	struct ext_spec *ext = policy ? builder_ext(f->b, at_line(f, 1), policy) : NULL;
	u64 digest;

	if (ext)
		ext->slice_ns = slice_ns;
	if (option)
		builder_ext_option(f->b, at_line(f, 1), option, 5);
	digest = build(f)->digest;
	fixture_free(f);
	return digest;
}

Test(digest, an_ext_policy_counts_with_its_options_and_without_its_folder)
{
	u64 none = digest_with(NULL, 0, NULL), fifo = digest_with("fifo", 0, NULL);

	cr_assert_neq(none, fifo);
	cr_assert_neq(fifo, digest_with("vtime", 0, NULL));
	cr_assert_neq(fifo, digest_with("fifo", MSEC, NULL));
	cr_assert_neq(fifo, digest_with("fifo", 0, "quantum"));
	cr_assert_eq(digest_with("/a/mine.so", 0, NULL), digest_with("./mine.so", 0, NULL));
}
