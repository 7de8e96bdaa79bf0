/* SPDX-License-Identifier: MIT */
/* What a task's attributes may be, and how tasks refer to each other. */
#include <criterion/criterion.h>
#include <string.h>

#include "builder_fixture.h"

Test(builder_task, a_spec_starts_with_the_defaults_of_a_normal_task)
{
	struct fixture *f = fixture_new();

	plain_task(f, "a");
	fixture_finish(f);
	cr_assert_eq(f->w->nr_tasks, 1);
	cr_assert_str_eq(f->w->tasks[0].name, "a");
	cr_assert_eq(f->w->tasks[0].count, 1);
	cr_assert_eq(f->w->tasks[0].attr.policy, POLICY_OTHER);
	cr_assert_eq(f->w->tasks[0].thread_of, SPEC_NONE);
	cr_assert_eq(f->w->tasks[0].timer_slack_ns, UINT64_MAX);
	cr_assert_eq(f->w->tasks[0].program, 0);
	cr_assert_null(f->w->tasks[0].affinity);
	fixture_free(f);
}

Test(builder_task, two_tasks_cannot_have_one_name)
{
	struct fixture *f = fixture_new();

	plain_task(f, "db");
	plain_task(f, "db");
	expect_error(f, "task 'db' is defined twice");
}

Test(builder_task, a_name_longer_than_a_comm_is_told)
{
	struct fixture *f = fixture_new();

	plain_task(f, "fifteen-letters");
	expect_silence(f);
	f = fixture_new();
	plain_task(f, "sixteen--letters");
	expect_warning(f, "the name of task 'sixteen--letters' has 16 bytes");
	f = fixture_new();
	task(f, "fourteen-chars")->count = 11; /* the last is fourteen-chars10 */
	run(f, MSEC);
	end(f);
	expect_warning(f, "the name of task 'fourteen-chars' with its number has 16 bytes");
}

static void with_attr(struct fixture *f, struct sched_attr attr)
{
	task(f, "a")->attr = attr;
	run(f, MSEC);
	end(f);
}

Test(builder_task, attributes_are_those_the_kernel_takes)
{
	struct fixture *f = fixture_new();

	with_attr(f, (struct sched_attr){.nice = 20});
	expect_error(f, "nice 20 in task 'a': it must be -20..19");
	f = fixture_new();
	with_attr(f, (struct sched_attr){.policy = POLICY_FIFO});
	expect_error(f, "policy 'fifo' in task 'a' needs a priority of 1..99");
	f = fixture_new();
	with_attr(f, (struct sched_attr){.policy = POLICY_RR, .rt_priority = 100});
	expect_error(f, "policy 'rr' in task 'a' needs a priority of 1..99");
	f = fixture_new();
	with_attr(f, (struct sched_attr){.policy = POLICY_BATCH, .rt_priority = 5});
	expect_error(
		f,
		"priority 5 in task 'a' goes with the policies 'fifo' and 'rr', not with 'batch'");
	f = fixture_new();
	with_attr(f, (struct sched_attr){.policy = POLICY_RR, .rt_priority = 99});
	expect_silence(f);
}

Test(builder_task, policy_ext_came_with_the_ext_class)
{
	struct fixture *f = fixture_without_machine();

	cr_assert(builder_kernel(f->b, at_line(f, 1), "v6.1"));
	builder_duration(f->b, SEC);
	cr_assert(builder_machine_done(f->b, at_line(f, 1)));
	with_attr(f, (struct sched_attr){.policy = POLICY_EXT});
	expect_error(f, "kernel v6.1 has no policy 'ext' (task 'a'): it came with v6.12");
}

Test(builder_task, a_slice_is_clamped_as_the_kernel_does)
{
	struct fixture *f = fixture_new();

	with_attr(f, (struct sched_attr){.slice_ns = SEC});
	fixture_finish(f);
	cr_assert_eq(f->w->tasks[0].attr.slice_ns, 100 * MSEC);
	cr_assert_not_null(strstr(f->messages, "in task 'a': the kernel takes 100 ms"), "%s",
			   f->messages);
	fixture_free(f);

	f = fixture_without_machine();
	cr_assert(builder_kernel(f->b, at_line(f, 1), "v6.1"));
	builder_duration(f->b, SEC);
	cr_assert(builder_machine_done(f->b, at_line(f, 1)));
	with_attr(f, (struct sched_attr){.slice_ns = MSEC});
	expect_warning(f, "kernel v6.1 has no custom slices: the slice of task 'a' is ignored");
}

Test(builder_task, the_idle_policy_has_no_slice)
{
	struct fixture *f = fixture_new();

	with_attr(f, (struct sched_attr){.policy = POLICY_IDLE, .slice_ns = 3 * MSEC});
	fixture_finish(f);
	cr_assert_eq(f->w->tasks[0].attr.slice_ns, 0u);
	cr_assert_not_null(strstr(f->messages,
				  "the slice of task 'a' is ignored: the kernel takes none along"),
			   "%s", f->messages);
	fixture_free(f);
}

Test(builder_task, a_count_is_between_one_and_a_million)
{
	struct fixture *f = fixture_new();

	task(f, "a")->count = 0;
	end(f);
	expect_error(f, "count 0 in task 'a': it must be 1..1000000");
	f = fixture_new();
	task(f, "a")->count = 1000001;
	end(f);
	expect_error(f, "count 1000001 in task 'a': it must be 1..1000000");
}

Test(builder_task, starts_lie_in_the_run)
{
	struct fixture *f = fixture_new();
	struct task_spec *spec = task(f, "a");

	spec->count = 1000000;
	spec->start_step_ns = NEVER / 100;
	end(f);
	expect_error(f, "task 'a' starts too late");
	f = fixture_new();
	task(f, "a")->start_ns = SEC;
	end(f);
	expect_warning(f, "task 'a' starts after the end of the run");
}

Test(builder_task, only_templates_are_forked)
{
	struct fixture *f = fixture_new();

	plain_task(f, "worker");
	task(f, "a");
	with_task(f, OP_FORK, "worker");
	end(f);
	expect_error(
		f, "fork in task 'a' needs a template, but 'worker' is a task of its own (give it "
		   "'template: true')");
	f = fixture_new();
	task(f, "a");
	with_task(f, OP_CLONE, "workr");
	with_task(f, OP_CLONE, "worker");
	end(f);
	template(f, "worker");
	end(f);
	expect_error(
		f, "clone in task 'a' names an unknown template 'workr' (did you mean 'worker'?)");
}

Test(builder_task, a_template_that_nobody_forks_is_told)
{
	struct fixture *f = fixture_new();

	plain_task(f, "a");
	template(f, "t");
	end(f);
	expect_warning(f, "template 't' is never forked");
}

Test(builder_task, memory_of_a_template_that_nobody_executes_is_told)
{
	struct fixture *f = fixture_new();

	template(f, "t")->memory = (struct memory_spec){.pages = 5, .vmas = 1};
	run(f, 1000);
	end(f);
	task(f, "a");
	with_task(f, OP_FORK, "t");
	end(f);
	expect_warning(f, "the memory of template 't' counts when it is executed");
}

Test(builder_task, forks_without_end_are_told_once)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	with_task(f, OP_FORK, "t");
	end(f);
	template(f, "t");
	with_task(f, OP_FORK, "u");
	end(f);
	template(f, "u");
	with_task(f, OP_CLONE, "t");
	end(f);
	expect_warning(f, "template 't' forks without end");
}

Test(builder_task, a_chain_of_templates_that_ends_is_fine)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	with_task(f, OP_FORK, "t");
	end(f);
	template(f, "t");
	with_task(f, OP_FORK, "u");
	end(f);
	template(f, "u");
	run(f, MSEC);
	end(f);
	expect_silence(f);
}

/* The op that the only task's program begins with. */
static const struct op *first_op(struct fixture *f, u32 spec)
{
	fixture_finish(f);
	cr_assert_not_null(f->w, "%s", f->messages);
	return &f->w->programs[f->w->tasks[spec].program].ops[0];
}

Test(builder_task, a_target_is_a_task_or_one_of_its_instances)
{
	struct fixture *f = fixture_new();
	const struct op *kill;

	task(f, "a");
	with_task(f, OP_KILL, "b");
	end(f);
	task(f, "b")->count = 5;
	run(f, MSEC);
	end(f);
	kill = first_op(f, 0);
	cr_assert_eq(kill->b, 1);
	cr_assert_eq(kill->a, TARGET_ALL);
	fixture_free(f);

	f = fixture_new();
	task(f, "a");
	with_task(f, OP_KILL, "b3");
	end(f);
	task(f, "b")->count = 5;
	run(f, MSEC);
	end(f);
	kill = first_op(f, 0);
	cr_assert_eq(kill->b, 1);
	cr_assert_eq(kill->a, 4);
	fixture_free(f);
}

Test(builder_task, no_target_is_oneself)
{
	struct fixture *f = fixture_new();

	task(f, "a");
	with_task(f, OP_STOP, NULL);
	end(f);
	cr_assert_eq(first_op(f, 0)->b, TARGET_SELF);
	fixture_free(f);
}

Test(builder_task, an_instance_that_does_not_exist_is_unknown)
{
	static const char *const wrong[] = {"b5", "b03", "c0"};

	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct fixture *f = fixture_new();

		task(f, "a");
		with_task(f, OP_STOP, wrong[i]);
		end(f);
		task(f, "b")->count = 5;
		run(f, MSEC);
		end(f);
		expect_error(f, "stop in task 'a' names an unknown task");
	}
}

Test(builder_task, exec_keeps_its_program_or_takes_a_templates)
{
	struct fixture *f = fixture_new();
	const struct op *exec;

	task(f, "a");
	op(f, OP_EXEC, (struct op_operands){.text = "ls"});
	op(f, OP_EXEC, (struct op_operands){.text = "cat", .task = "t"});
	end(f);
	template(f, "t");
	run(f, MSEC);
	end(f);
	exec = first_op(f, 0);
	cr_assert_eq(exec[0].a, TEMPLATE_NONE);
	cr_assert_str_eq(f->w->texts[exec[0].b], "ls");
	cr_assert_eq(exec[1].a, 1);
	cr_assert_str_eq(f->w->texts[exec[1].b], "cat");
	cr_assert_str_eq(f->messages, "");
	fixture_free(f);
}

static void thread(struct fixture *f, const char *name, const char *leader)
{
	task(f, name);
	builder_thread_of(f->b, at_line(f, 6), leader);
	run(f, MSEC);
	end(f);
}

Test(builder_task, a_thread_of_a_thread_belongs_to_the_same_process)
{
	struct fixture *f = fixture_new();

	thread(f, "c", "b");
	thread(f, "b", "a");
	plain_task(f, "a");
	fixture_finish(f);
	cr_assert_eq(f->w->tasks[0].thread_of, 2);
	cr_assert_eq(f->w->tasks[1].thread_of, 2);
	cr_assert_eq(f->w->tasks[2].thread_of, SPEC_NONE);
	fixture_free(f);
}

Test(builder_task, a_thread_needs_a_process)
{
	struct fixture *f = fixture_new();

	thread(f, "a", "main");
	expect_error(f, "task 'a' is a thread of an unknown task 'main'");
	f = fixture_new();
	task(f, "b");
	with_task(f, OP_FORK, "t");
	end(f);
	thread(f, "a", "t");
	template(f, "t");
	end(f);
	expect_error(f, "task 'a' is a thread of 't', but that is a template");
	f = fixture_new();
	thread(f, "a", "a");
	expect_error(f, "task 'a' is, through others, a thread of itself");
	f = fixture_new();
	thread(f, "a", "b");
	thread(f, "b", "a");
	expect_error(f, "task 'a' is, through others, a thread of itself");
	f = fixture_new();
	task(f, "main")->start_ns = MSEC;
	end(f);
	thread(f, "a", "main");
	expect_error(f, "thread 'a' starts before 'main'");
}

Test(builder_task, a_workload_that_starts_nothing_is_told)
{
	expect_warning(fixture_new(), "no task is started");
}

Test(builder_task, an_error_of_the_input_itself_leaves_no_workload)
{
	struct fixture *f = fixture_new();

	plain_task(f, "a");
	diag_error(f->diag, at_line(f, 3), "unknown key");
	expect_error(f, "unknown key");
}
