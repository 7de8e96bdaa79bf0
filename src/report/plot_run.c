/* SPDX-License-Identifier: MIT */
/*
 * gnuplot as a child process: no shell, no start-up files of the user's, and a locale of its own.
 */
#include "report/plot.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct environment {
	vec_of(char *) at;
};

/* Ours, but numbers are written as in C whatever the user's language, and text is UTF-8. */
static void environment_init(struct environment *env)
{
	/* posix_spawn() takes them without const, and does not change them. */
	static const char language[] = "LANG=C", characters[] = "LC_CTYPE=C.UTF-8";

	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, "LC_", 3) && strncmp(*variable, "GNUPLOT_LIB=", 12) &&
		    strncmp(*variable, "LANG", 4))
			vec_push(&env->at, *variable);
	vec_push(&env->at, (char *)language);
	vec_push(&env->at, (char *)characters);
	vec_push(&env->at, NULL);
}

/* 0 or an errno. */
static int spawn(const char *script, const char *log, pid_t *child)
{
	/* The prototype wants what is not const; nothing is written to it. */
	char *const argv[] = {(char *)"gnuplot", (char *)"--default-settings", (char *)script,
			      NULL};
	struct environment env = {0};
	posix_spawn_file_actions_t files;
	int error;

	environment_init(&env);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC,
					 0666);
	error = posix_spawnp(child, "gnuplot", &files, NULL, argv, env.at.at);
	posix_spawn_file_actions_destroy(&files);
	vec_fini(&env.at);
	return error;
}

/* "file" line 7: undefined variable: x. Warnings and the lines of the script are passed over. */
static bool is_complaint(const char *line, size_t len)
{
	return memmem(line, len, "line ", 5) && memmem(line, len, ": ", 2) &&
	       !memmem(line, len, "warning:", 8);
}

/* What gnuplot said at last. */
static bool complain(struct diag *diag, const char *log, int status)
{
	char last[300] = "it does not say why";
	struct file_text said;

	if (WIFSIGNALED(status))
		return diag_system(diag, "gnuplot was ended by signal %d (%s)", WTERMSIG(status),
				   strsignal(WTERMSIG(status)));
	if (!file_read(diag, log, &said))
		return false;
	for (const char *line = said.at; line;) {
		size_t len = strcspn(line, "\n");

		if (is_complaint(line, len))
			snprintf(last, sizeof(last), "%.*s", (int)len, line);
		line = line[len] ? line + len + 1 : NULL;
	}
	file_text_fini(&said);
	return diag_system(diag, "gnuplot could not draw: %s", last);
}

bool plot_run_gnuplot(struct diag *diag, const char *script, const char *log)
{
	int status = 0, error;
	pid_t child;

	error = spawn(script, log, &child);
	if (error == ENOENT)
		return diag_system(diag, "cannot draw plots: gnuplot is not installed (apt install "
					 "gnuplot-nox)");
	if (error)
		return diag_system(diag, "cannot run gnuplot: %s", strerror(error));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return diag_system(diag, "cannot wait for gnuplot: %s", strerror(errno));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? true : complain(diag, log, status);
}
