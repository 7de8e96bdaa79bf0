/* SPDX-License-Identifier: MIT */
/* `--set path=value` does what an edit of the file would. */
#include "compiled.h"

#include <criterion/criterion.h>
#include <string.h>

static const char base[] = "duration: 1s\n"
			   "machine: {cpus: 2, costs: x86-64}\n"
			   "sched: {features: [NEXT_BUDDY]}\n"
			   "tasks:\n"
			   "  - name: web\n"
			   "    program: [run: 1ms, sleep: 2ms]\n"
			   "  - name: web.old\n"
			   "    program: {run: 1ms}\n";

static struct compiled with(const char *setting)
{
	const char *const settings[] = {setting, NULL};
	struct compiled c = compile_text(base, settings);

	cr_assert_not_null(c.workload, "%s", messages_of(&c));
	return c;
}

static void is_refused(const char *setting, const char *message)
{
	const char *const settings[] = {setting, NULL};
	struct compiled c = compile_text(base, settings);

	cr_assert_null(c.workload, "%s is accepted", setting);
	cr_assert_str_eq(messages_of(&c), message);
	compiled_fini(&c);
}

Test(settings, values_at_the_top_and_below)
{
	const char *const settings[] = {"seed=3",         "duration=5s",     "kernel=v6.12",
					"machine.cpus=8", "machine.hz=1000", NULL};
	struct compiled c = compile_text(base, settings);

	cr_assert_not_null(c.workload, "%s", messages_of(&c));
	cr_assert_eq(c.workload->seed, 3);
	cr_assert_eq(c.workload->duration_ns, 5 * SEC);
	cr_assert_str_eq(c.workload->kernel.name, "v6.12");
	cr_assert_eq(c.workload->platform.nr_cpus, 8);
	cr_assert_eq(c.workload->platform.hz, 1000);
	compiled_fini(&c);
}

Test(settings, the_last_of_two_counts)
{
	const char *const settings[] = {"seed=3", "seed=4", NULL};
	struct compiled c = compile_text(base, settings);

	cr_assert_eq(c.workload->seed, 4);
	compiled_fini(&c);
}

Test(settings, tasks_are_found_by_name_or_index)
{
	struct compiled c = with("tasks.web.nice=5");

	cr_assert_eq(task_of(&c, "web")->attr.nice, 5);
	cr_assert_eq(task_of(&c, "web.old")->attr.nice, 0);
	compiled_fini(&c);
	c = with("tasks.0.count=2");
	cr_assert_eq(task_of(&c, "web")->count, 2);
	compiled_fini(&c);
}

Test(settings, the_longest_name_that_fits_is_meant)
{
	struct compiled c = with("tasks.web.old.nice=5");

	cr_assert_eq(task_of(&c, "web")->attr.nice, 0);
	cr_assert_eq(task_of(&c, "web.old")->attr.nice, 5);
	compiled_fini(&c);
}

Test(settings, programs_can_be_changed_and_replaced)
{
	struct compiled c = with("tasks.web.program.1.sleep=7ms");

	cr_assert_str_eq(listing_of(&c, "web"), "run 1 ms\nsleep 7 ms\nexit 0\n");
	compiled_fini(&c);
	c = with("tasks.web.program=[run: 9ms, yield]");
	cr_assert_str_eq(listing_of(&c, "web"), "run 9 ms\nyield\nexit 0\n");
	compiled_fini(&c);
}

Test(settings, a_list_grows_by_the_index_behind_its_end)
{
	struct compiled c = with("tasks.2={name: new, program: {run: 1ms}}");

	cr_assert_eq(c.workload->nr_tasks, 3);
	cr_assert_eq(task_of(&c, "new")->count, 1);
	compiled_fini(&c);
}

Test(settings, missing_maps_are_made)
{
	struct compiled c = with("semaphores.s=3");

	cr_assert_eq(c.workload->nr_semaphores, 1);
	cr_assert_eq(c.workload->semaphores[0].value, 3);
	compiled_fini(&c);
}

Test(settings, a_preset_of_costs_gives_way_to_a_figure_on_top_of_it)
{
	struct compiled c = with("machine.costs.tick=7us");

	cr_assert_eq(c.workload->platform.costs.tick, 7 * USEC);
	cr_assert_gt(c.workload->platform.costs.fork, 0);
	compiled_fini(&c);
	c = with("machine.costs=zero");
	cr_assert_eq(c.workload->platform.costs.fork, 0);
	compiled_fini(&c);
}

Test(settings, features_add_up)
{
	const char *const settings[] = {"sched.features=NO_RUN_TO_PARITY",
					"sched.features=NO_PLACE_LAG", NULL};
	struct compiled c = compile_text(base, settings);

	cr_assert_not_null(c.workload, "%s", messages_of(&c));
	cr_assert(kernel_has(&c.workload->kernel, FEATURE_NEXT_BUDDY));
	cr_assert_not(kernel_has(&c.workload->kernel, FEATURE_RUN_TO_PARITY));
	cr_assert_not(kernel_has(&c.workload->kernel, FEATURE_PLACE_LAG));
	compiled_fini(&c);
}

Test(settings, a_setting_changes_one_use_of_an_alias)
{
	const char *const settings[] = {"tasks.a.program.run=3ms", NULL};
	struct compiled c = compile_text("tasks:\n"
					 "  - {name: a, program: &p {run: 1ms}}\n"
					 "  - {name: b, program: *p}\n",
					 settings);

	cr_assert_str_eq(listing_of(&c, "a"), "run 3 ms\nexit 0\n");
	cr_assert_str_eq(listing_of(&c, "b"), "run 1 ms\nexit 0\n");
	compiled_fini(&c);
}

Test(settings, a_setting_may_complete_a_scenario)
{
	const char *const settings[] = {"tasks.a.program={run: 1ms}", NULL};
	struct compiled c = compile_text("tasks:\n  - name: a\n", settings);

	cr_assert_not_null(c.workload, "%s", messages_of(&c));
	compiled_fini(&c);
}

Test(settings, messages_name_the_option)
{
	is_refused("machine.cpuz=8", "--set machine.cpuz=8: error: unknown key 'cpuz' in machine "
				     "(did you mean 'cpus'?)\n");
	is_refused("machine.cpus=x", "--set machine.cpus=x: error: 'cpus' must be a whole number "
				     "from 1 to 4096, not 'x'\n");
	is_refused("tasks.wed.nice=1",
		   "--set tasks.wed.nice=1: error: no item 'wed' (did you mean 'web'?)\n");
	is_refused("tasks.9.nice=1", "--set tasks.9.nice=1: error: no item '9': the list has 2, by "
				     "name or counted from 0\n");
	is_refused("duration.x=1",
		   "--set duration.x=1: error: 'duration' is a single value: no 'x' in it\n");
	is_refused("tasks.web.program=[run: 1",
		   "--set tasks.web.program=[run: 1: error: not valid YAML: did not find expected "
		   "',' or ']' while parsing a flow sequence: the text ends before\n");
	is_refused("tasks.web.program=[run: 1]",
		   "--set tasks.web.program=[run: 1]: error: 'run' must be a time such as 10ms, "
		   "not '1': a unit is missing: ns, us, ms, s, m, h or d\n");
}

Test(settings, a_bad_path_says_what_a_path_is)
{
	static const char *const bad[] = {"=1",  "machine.=1", ".machine=1", "machine..cpus=1",
					  ".=1", "tasks.=1"};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *const settings[] = {bad[i], NULL};
		struct compiled c = compile_text(base, settings);

		cr_assert_null(c.workload);
		cr_assert_not_null(strstr(messages_of(&c),
					  "a path is made of names with dots between"),
				   "%s: %s", bad[i], messages_of(&c));
		compiled_fini(&c);
	}
}
