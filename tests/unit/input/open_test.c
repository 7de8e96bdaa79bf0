/* SPDX-License-Identifier: MIT */
/* Files are known by what is in them. */
#include "input/input.h"

#include <criterion/criterion.h>
#include <string.h>

Test(open, each_kind_is_known_by_its_content)
{
	static const struct {
		const char *text;
		enum input_kind kind;
	} files[] = {
		{"# comment\ntitle: x\ntasks:\n  - name: a\n", INPUT_SCENARIO},
		{"machine:\n\tcpus: 2\n", INPUT_SCENARIO}, /* broken, but meant as one */
		{"tasks: []", INPUT_SCENARIO},
		{"{\"tasks\": [{\"name\": \"a\"}]}", INPUT_SCENARIO},
		{"{tasks: [{name: a}]}", INPUT_SCENARIO},
		{"/* rt-app */\n{\n \"tasks\" : {\n \"thread0\": {} } }", INPUT_RTAPP},
		{"cpus=2\n          sh-123 [000] 10.5: sched_switch: x\n", INPUT_FTRACE},
		{"# tracer: nop\n#\n", INPUT_FTRACE},
		{"version = 6\nCPU 1 is empty\ncpus=2\n", INPUT_FTRACE},
		{"            bash-1977  [000] d..2. 17284.993652: sched_waking: comm=x\n",
		 INPUT_FTRACE},
		{"", INPUT_UNKNOWN},
		{"hello\nworld\n", INPUT_UNKNOWN},
		{"{\"a\": 1}", INPUT_UNKNOWN},
		{"subtasks: 3\n", INPUT_UNKNOWN},
	};

	for (u32 i = 0; i < ARRAY_SIZE(files); i++)
		cr_assert_eq(input_recognise(files[i].text, strlen(files[i].text)), files[i].kind,
			     "%s", files[i].text);
}

Test(open, a_scenario_may_quote_an_event)
{
	const char *text =
		"# bash-1977  [000] d..2. 17284.993652: sched_waking: comm=x\ntasks: []\n";

	cr_assert_eq(input_recognise(text, strlen(text)), INPUT_SCENARIO);
}

Test(open, any_bytes_can_be_asked_about)
{
	char bytes[256];

	for (u32 i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	cr_assert_eq(input_recognise(bytes, sizeof(bytes)), INPUT_UNKNOWN);
	cr_assert_eq(input_recognise("\0\0\0", 3), INPUT_UNKNOWN);
}
