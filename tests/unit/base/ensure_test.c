/* SPDX-License-Identifier: MIT */
/* A bug ends with 70, an exhausted resource with 3, and both say why. */
#include "base/ensure.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs @fn in a child; its messages go to @buf, its exit code is returned. */
static int run_child(void (*fn)(void), char *buf, size_t size)
{
	int pipe_fds[2], status;

	cr_assert_eq(pipe(pipe_fds), 0);
	fflush(NULL);

	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (!pid) {
		dup2(pipe_fds[1], STDERR_FILENO);
		fn();
		_exit(0);
	}
	close(pipe_fds[1]);

	FILE *in = fdopen(pipe_fds[0], "r");

	buf[fread(buf, 1, size - 1, in)] = '\0';
	fclose(in);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void context_line(void *arg, char *buf, size_t size)
{
	snprintf(buf, size, "t=%d cpu 3 task 'db' seed 42", *(int *)arg);
}

static void fail_with_context(void)
{
	static int now = 17;

	ensure_set_context(context_line, &now);
	ensure(1 + 1 == 3);
}

static void fail_without_context(void)
{
	ensure_set_context(context_line, NULL);
	ensure_set_context(NULL, NULL);
	ensure(1 + 1 == 3);
}

static void context_that_fails(void *arg, char *buf, size_t size)
{
	ensure(arg && buf && !size);
}

static void fail_in_context(void)
{
	static int something;

	ensure_set_context(context_that_fails, &something);
	ensure(1 + 1 == 3);
}

static void run_out(void)
{
	die("out of memory: %d bytes", 12);
}

static void nothing_wrong(void)
{
	ensure(1 + 1 == 2);
}

Test(ensure, a_bug_prints_condition_place_and_context)
{
	char out[1024];

	cr_assert_eq(run_child(fail_with_context, out, sizeof(out)), EXIT_BUG);
	cr_assert(strstr(out, "ossim: bug: 1 + 1 == 3 at "), "%s", out);
	cr_assert(strstr(out, "ensure_test.c:"), "%s", out);
	cr_assert(strstr(out, "t=17 cpu 3 task 'db' seed 42\n"), "%s", out);
}

Test(ensure, a_context_taken_back_is_not_used)
{
	char out[1024];

	cr_assert_eq(run_child(fail_without_context, out, sizeof(out)), EXIT_BUG);
	cr_assert_not(strstr(out, "simulating"), "%s", out);
}

Test(ensure, a_context_that_fails_itself_still_ends_the_program)
{
	char out[1024];

	cr_assert_eq(run_child(fail_in_context, out, sizeof(out)), EXIT_BUG);
	cr_assert(strstr(out, "1 + 1 == 3"), "%s", out);
}

Test(ensure, an_exhausted_resource_ends_with_3)
{
	char out[1024];

	cr_assert_eq(run_child(run_out, out, sizeof(out)), 3);
	/* A sanitizer may add lines of its own. */
	cr_assert_eq(strstr(out, "ossim: out of memory: 12 bytes\n"), out, "%s", out);
}

Test(ensure, what_holds_says_nothing)
{
	char out[1024];

	cr_assert_eq(run_child(nothing_wrong, out, sizeof(out)), 0);
	cr_assert_str_eq(out, "");
}
