/* SPDX-License-Identifier: MIT */
/* Files are known by what is in them. */
#include "input/input.h"

#include "base/text.h"

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

Test(open, a_scenario_with_a_long_head_is_still_one)
{
	static const char event[] = "# bash-1977  [000] d..2. 17284.993652: sched_waking: comm=x\n";
	struct text text = {0};

	while (text.len < 1 << 19)
		text_add(&text, event);
	text_add(&text, "tasks: []\n");
	cr_assert_eq(input_recognise(text.at, text.len), INPUT_SCENARIO);
	text_fini(&text);
}

Test(open, any_bytes_can_be_asked_about)
{
	char bytes[256];

	for (u32 i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	cr_assert_eq(input_recognise(bytes, sizeof(bytes)), INPUT_UNKNOWN);
	cr_assert_eq(input_recognise("\0\0\0", 3), INPUT_UNKNOWN);
}

/* What is said of @text; false: it is not known for what it is. */
static bool told_foreign(const char *text, size_t len, const char *what)
{
	struct diag *diag = diag_new();
	bool foreign = input_is_foreign(diag, diag_add_source(diag, "f", text, len), text, len);
	struct text said = {0};
	bool told;

	diag_to_text(diag, &said);
	told = !foreign || strstr(said.at, what);
	text_fini(&said);
	diag_free(diag);
	cr_assert(told, "%s", what);
	return foreign;
}

Test(open, files_of_other_tools_are_known_by_their_first_bytes)
{
	/* As file(1) knows them. */
	cr_assert(told_foreign("\x17\x08\x44tracing6", 11, "trace-cmd report"));
	cr_assert(told_foreign("PERFILE2\x68\0", 10, "perf"));
	cr_assert(told_foreign("\x1f\x8b\x08\0", 4, "zcat"));
	cr_assert(told_foreign("\xfd"
			       "7zXZ\0",
			       6, "xzcat"));
	cr_assert(told_foreign("\x28\xb5\x2f\xfd\x04", 5, "zstdcat"));
	cr_assert(told_foreign("BZh91AY", 7, "bzcat"));
	cr_assert(told_foreign("\x7f"
			       "ELF\x02",
			       5, "program"));
	cr_assert(told_foreign("\xff\xfet\0", 4, "iconv"));
	cr_assert(told_foreign("\xfe\xff\0t", 4, "iconv"));
	cr_assert_not(told_foreign("", 0, ""));
	cr_assert_not(told_foreign("\x1f", 1, ""));
	cr_assert_not(told_foreign("tasks: []\n", 10, ""));
	cr_assert_not(told_foreign("# tracer: nop\n", 14, ""));
}
