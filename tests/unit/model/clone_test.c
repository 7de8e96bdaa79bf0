/* SPDX-License-Identifier: MIT */
/* Which flags the kernel refuses together (process.md 3.3). */
#include "model/clone.h"

#include <criterion/criterion.h>

static u64 word_of(const char *flags)
{
	u64 word = 0;

	for (u32 i = 0; i < NR_CLONE_FLAGS; i++) {
		size_t len = strlen(clone_flag_names[i]);

		for (const char *at = flags; *at; at += strcspn(at, " "), at += *at == ' ')
			if (strcspn(at, " ") == len && !strncmp(at, clone_flag_names[i], len))
				word |= clone_flag_values[i];
	}
	return word;
}

Test(clone, refuses_what_the_kernel_refuses_whoever_calls)
{
	static const char *const bad[] = {
		"newns fs",
		"newuser fs",
		"thread",
		"thread vm",
		"sighand",
		"thread sighand",
		"thread sighand vm newuser",
		"thread sighand vm newpid",
		"newipc sysvsem",
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		cr_expect(clone_mistake(word_of(bad[i])), "%s", bad[i]);
}

Test(clone, allows_what_is_legal_and_useful)
{
	static const char *const good[] = {
		"",
		"vm",
		"vm vfork",
		"vm sighand",
		"vm sighand thread",
		"newpid",
		"newpid parent",
		"newpid newns newuts newipc newnet",
		"vfork",
		"fs files",
		"vm sighand thread vfork",
	};

	for (u32 i = 0; i < ARRAY_SIZE(good); i++)
		cr_expect_null(clone_mistake(word_of(good[i])), "%s", good[i]);
}

Test(clone, the_c_librarys_calls_are_legal)
{
	cr_expect_null(clone_mistake(CLONE_WORD_FORK));
	cr_expect_null(clone_mistake(CLONE_WORD_VFORK));
	cr_expect_null(clone_mistake(CLONE_WORD_THREAD));
	cr_expect_eq(
		word_of("vm fs files sysvsem sighand thread settls parent_settid child_cleartid"),
		CLONE_WORD_THREAD);
}
