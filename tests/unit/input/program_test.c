/* SPDX-License-Identifier: MIT */
/* Programs become the ops that they say. */
#include "compiled.h"

#include <criterion/criterion.h>
#include <string.h>

static void compiles_to(const char *program, const char *listing)
{
	struct compiled c = compile_program(program);

	cr_assert_not_null(c.workload, "%s\n%s", program, messages_of(&c));
	cr_assert_str_eq(listing_of(&c, "t"), listing, "%s", program);
	compiled_fini(&c);
}

static void is_refused(const char *program, const char *message)
{
	struct compiled c = compile_program(program);

	cr_assert_null(c.workload, "%s is accepted", program);
	cr_assert_not_null(strstr(messages_of(&c), message), "%s\n%s", program, messages_of(&c));
	compiled_fini(&c);
}

Test(program, one_action_needs_no_list)
{
	compiles_to("{run: 2ms}", "run 2 ms\nexit 0\n");
	compiles_to("yield", "yield\nexit 0\n");
	compiles_to("[run: 2ms]", "run 2 ms\nexit 0\n");
}

Test(program, actions_without_operands_are_words)
{
	compiles_to("[yield, wait, waitall]", "yield\nwait\nwaitall\nexit 0\n");
	compiles_to("[yield: , wait: null, waitall: ~]", "yield\nwait\nwaitall\nexit 0\n");
	compiles_to("[run: 1ms, exit]", "run 1 ms\nexit 0\n");
	compiles_to("[run: 1ms, exit: 3]", "run 1 ms\nexit 3\n");
}

Test(program, times_are_read_with_their_unit)
{
	compiles_to("[run: 1.5ms, sleep: 10 us, timer: 1s]",
		    "run 1.5 ms\nsleep 10 us\ntimer 1 s\nexit 0\n");
	compiles_to("[run: {uniform: [1ms, 2ms]}]", "run uniform 1 ms..2 ms\nexit 0\n");
}

Test(program, loops_count_or_go_on_for_ever)
{
	const char *counted = "loop 3, to 2\nrun 1 ms\nend, to 0\nexit 0\n";
	const char *endless = "loop forever, to 2\nrun 1 ms\nend, to 0\nexit 0\n";

	compiles_to("{loop: {count: 3, do: [run: 1ms]}}", counted);
	compiles_to("{loop: {count: 3, do: {run: 1ms}}}", counted);
	compiles_to("{loop: {do: [run: 1ms]}}", endless);
	compiles_to("{loop: [run: 1ms]}", endless);
	compiles_to("{do: [run: 1ms]}", endless);
	compiles_to("{loop: {count: {uniform: [1, 4]}, do: {run: 1ms}}}",
		    "loop uniform 1..4, to 2\nrun 1 ms\nend, to 0\nexit 0\n");
}

Test(program, loops_nest)
{
	compiles_to("[loop: {count: 2, do: [run: 1ms, loop: {count: 3, do: [yield]}]}]",
		    "loop 2, to 5\nrun 1 ms\nloop 3, to 4\nyield\nend, to 2\nend, to 0\nexit 0\n");
}

Test(program, a_list_in_a_list_is_part_of_it)
{
	compiles_to("[run: 1ms, [yield, [run: 2ms]], yield]",
		    "run 1 ms\nyield\nrun 2 ms\nyield\nexit 0\n");
}

Test(program, processes_fork_clone_exec_and_wait)
{
	compiles_to("[fork: w, clone: w, waitall]", "fork w\nclone w\nwaitall\nexit 0\n");
	compiles_to("[exec: cc1, run: 1ms]", "exec 'cc1', and go on\nrun 1 ms\nexit 0\n");
	compiles_to("{exec: {comm: cc1, program: w}}", "exec 'cc1', w\nexit 0\n");
	compiles_to("{exec: {program: w}}", "exec 'w', w\nexit 0\n");
}

Test(program, signals_name_a_task_or_oneself)
{
	compiles_to("[stop: other, cont: other, kill: self]",
		    "stop other\ncont other\nkill self\nexit 0\n");
}

Test(program, resources_exist_by_being_used)
{
	compiles_to("[lock: m, cond_wait: {cond: c, mutex: m}, unlock: m,"
		    " cond_signal: c, cond_broadcast: c]",
		    "lock m\ncond_wait c, m\nunlock m\ncond_signal c\ncond_broadcast c\nexit 0\n");
	compiles_to("[barrier: b, sem_post: s, sem_wait: s]",
		    "barrier b\nsem_post s\nsem_wait s\nexit 0\n");
}

Test(program, pipes_take_a_byte_unless_told)
{
	compiles_to("[pipe_write: p, pipe_read: {pipe: p}]",
		    "pipe_write p, 1 bytes\npipe_read p, 1 bytes\nexit 0\n");
	compiles_to("[pipe_write: {pipe: p, bytes: 4KiB}, pipe_read: {bytes: 100, pipe: p}]",
		    "pipe_write p, 4096 bytes\npipe_read p, 100 bytes\nexit 0\n");
}

Test(program, attributes_change_for_oneself_or_another)
{
	compiles_to("[nice: -5, nice: {task: other, value: 5}]",
		    "nice -5, self\nnice 5, other\nexit 0\n");
	compiles_to(
		"[affinity: 0-1, affinity: 3, affinity: [0, 2-3], affinity: {task: other, cpus: all}]",
		"affinity 0-1, self\naffinity 3, self\naffinity 0,2-3, self\n"
		"affinity 0-3, other\nexit 0\n");
	compiles_to("[policy: batch, policy: {policy: fifo, priority: 10, task: other}]",
		    "policy batch nice 0, self\npolicy fifo priority 10, other\nexit 0\n");
	compiles_to("[slice: 3ms, slice: {task: other, value: 0}]",
		    "slice 3 ms, self\nslice 0, other\nexit 0\n");
}

Test(program, a_mark_keeps_its_text)
{
	compiles_to("[mark: begin, mark: \"a: b\"]", "mark 'begin'\nmark 'a: b'\nexit 0\n");
}

Test(program, mistakes_are_named)
{
	is_refused("[slep: 1ms]", "unknown action 'slep' (did you mean 'sleep'?)");
	is_refused("[end]", "unknown action 'end'");
	is_refused("[run]", "'run' must be a time such as 10ms, not empty");
	is_refused("[{run: 1ms, sleep: 1ms}]", "'run' and 'sleep' in one item");
	is_refused("[{}]", "an action is missing");
	is_refused("[yield: 3]", "action 'yield' takes no value");
	is_refused("[loop: 3]", "'loop' must be a map, not '3'");
	is_refused("[exec: {}]", "action 'exec' has no 'comm'");
	is_refused("[exit: 256]", "'exit' must be a whole number from 0 to 255");
	is_refused("[pipe_write: {bytes: 3}]", "action 'pipe_write' has no 'pipe'");
	is_refused("[pipe_write: {pipe: p, size: 3}]", "unknown key 'size' in action 'pipe_write'");
	is_refused("[nice: {task: other}]", "action 'nice' has no 'value'");
	is_refused("[nice: 20]", "'nice' must be a whole number from -20 to 19");
	is_refused("[cond_wait: c]", "action 'cond_wait' takes a map: {cond: ..., mutex: ...}");
	is_refused("[policy: {policy: rr}]", "policy 'rr' needs a 'priority' from 1 to 99");
	is_refused("[policy: {policy: other, priority: 3}]",
		   "'priority' is for the policies fifo and rr");
	is_refused("[affinity: 9]", "cpus '9'");
	is_refused("[loop: {count: {uniform: [0, 3]}, do: [run: 1ms]}]",
		   "'count' must be at least 1");
	is_refused("[lock: [m]]", "'lock' must be a name, not a list");
	is_refused("[mark: ]", "'mark' must be a text, not empty");
}

Test(program, several_mistakes_are_found_in_one_go)
{
	struct compiled c = compile_program("[slep: 1ms, run: 3, loop: [yeild], exit: x]");

	cr_assert_eq(diag_errors(c.diag), 4, "%s", messages_of(&c));
	compiled_fini(&c);
}
