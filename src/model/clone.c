/* SPDX-License-Identifier: MIT */
/* Which flags of clone go together: kernel/fork.c, copy_process(); reference: process.md 3.3. */
#include "model/clone.h"

#define X(name, value, key) key,
const char *const clone_flag_names[NR_CLONE_FLAGS] = {CLONE_FLAGS(X)};
#undef X

#define X(name, value, key) value,
const u64 clone_flag_values[NR_CLONE_FLAGS] = {CLONE_FLAGS(X)};
#undef X

/* A word that has all of `with` and nothing of `without` is refused. */
static const struct {
	u64 with, without;
	const char *why;
} mistakes[] = {
	{0x20200, 0, "newns goes without fs"},
	{0x10000200, 0, "newuser goes without fs"},
	{0x10000, 0x800, "thread needs sighand"},
	{0x800, 0x100, "sighand needs vm"},
	{0x10010000, 0, "a thread stays in its process's user namespace: no newuser"},
	{0x20010000, 0, "a thread stays in its process's pid namespace: no newpid"},
	{0x8040000, 0, "newipc goes without sysvsem"},
};

const char *clone_mistake(u64 word)
{
	for (u32 i = 0; i < ARRAY_SIZE(mistakes); i++)
		if ((word & mistakes[i].with) == mistakes[i].with && !(word & mistakes[i].without))
			return mistakes[i].why;
	return NULL;
}
