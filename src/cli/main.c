/* SPDX-License-Identifier: MIT */
/*
 * ossim: the table of commands. `ossim FILE` is `ossim run FILE`.
 */
#include "config.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command commands[NR_COMMANDS] = {
	[COMMAND_RUN] =
		{"run", "FILE", "simulate a workload",
		 "FILE is a workload in YAML ('-': standard input). The table goes to standard "
		 "output. Exit status: 0 good, 1 an expectation of the file failed, its policy was "
		 "ejected or its tasks came to a standstill, 2 bad usage or input, 3 the system refused, "
		 "70 a bug in ossim.",
		 command_run},
	[COMMAND_STAT] =
		{"stat", "TRACE", "measure a trace of a real kernel",
		 "TRACE is the text of trace-cmd report, of a tracing folder's trace file or of perf "
		 "script ('-': standard input). The numbers are those of a simulation, by the same code.",
		 command_stat},
	[COMMAND_REPLAY] =
		{"replay", "TRACE", "rebuild a trace's demand and simulate it",
		 "Bursts, sleeps, who wakes whom, forks and exits of the trace become a workload, "
		 "which is simulated on as many cpus; recorded and simulated numbers are printed "
		 "side by side.",
		 command_replay},
	[COMMAND_CONVERT] = {"convert", "TRACE", "write a trace's demand as a workload",
			     "Without -o the workload goes to standard output.", command_convert},
	[COMMAND_CHECK] = {"check", "FILE", "validate a workload without running it",
			   "Every mistake is shown with its place, up to 20 in one go.",
			   command_check},
	[COMMAND_EXPLAIN] =
		{"explain", "FILE", "why a cpu ran what it ran, why a task had to wait",
		 "The workload is run again, up to the moment in question, and looked at while it "
		 "runs. With --at: the last decision of each cpu (or of --cpu) at or before it, with "
		 "the candidates and the rule. With --task: what its longest delay from wakeup or "
		 "preemption to running was made of; with both, the delay that covers the moment, or "
		 "the last one before it.",
		 command_explain},
	[COMMAND_PS] =
		{"ps", "FILE", "the processes of the simulated machine at a moment",
		 "The workload is run up to the moment, and its processes are listed as ps does. Kernel "
		 "threads stand in brackets, dead processes that nobody has waited for are <defunct>.",
		 command_ps},
	[COMMAND_PROC] =
		{"proc", "FILE PATH", "a file under /proc of the simulated machine at a moment",
		 "PATH is PID/status, PID/sched or another file of a process (by its number or name), or loadavg, runqueues or "
		 "another one of the machine: 'ossim list files' has them all, 'ossim ps' the processes.",
		 command_proc},
	[COMMAND_LIST] =
		{"list", "WHAT", "list kernels, knobs, actions, metrics and more",
		 "WHAT is kernels, knobs, features, actions, metrics, costs, plots, policies, files "
		 "(of ossim proc) or syscalls.",
		 command_list},
};

static void print_help(FILE *out)
{
	fputs("Usage: ossim FILE\n"
	      "  or:  ossim COMMAND [OPTION...] ARGUMENT\n\n"
	      "Simulates Linux scheduling and process management on SMP machines,\n"
	      "deterministically, from a data file.\n\nCommands:\n",
	      out);
	for (u32 i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-8s %-9s %s\n", commands[i].name, commands[i].argument,
			commands[i].help);
	fputs("\n'ossim COMMAND --help' tells a command's options; 'ossim FILE' is 'ossim run FILE'.\n"
	      "      --help     this text\n"
	      "      --version  the version\n",
	      out);
}

static int find_command(const char *word)
{
	for (int i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, word))
			return i;
	return -1;
}

static int run_command(enum command_id id, int argc, char **argv)
{
	char name[32];
	struct options options;
	int status;

	snprintf(name, sizeof(name), "ossim %s", commands[id].name);
	argv[0] = name;
	options_parse(id, argc, argv, &options);
	status = commands[id].run(&options);
	options_fini(&options);
	if (!file_flush(stdout)) {
		fprintf(stderr, "ossim: error: cannot write standard output: %s\n",
			strerror(errno));
		return EXIT_SYSTEM;
	}
	return status;
}

/* `ossim stta trace.txt`: what was meant as a command and is no file. */
static bool is_no_command(const char *word)
{
	const char *names[NR_COMMANDS], *best;

	if (word[0] == '-' || strpbrk(word, "./") || !access(word, F_OK))
		return false;
	for (u32 i = 0; i < NR_COMMANDS; i++)
		names[i] = commands[i].name;
	best = text_suggest(word, names, NR_COMMANDS);
	fprintf(stderr, "ossim: error: '%s' is neither a command nor a file", word);
	if (best)
		fprintf(stderr, " (did you mean '%s'?)", best);
	fputs("; see 'ossim --help'\n", stderr);
	return true;
}

/* `ossim help stat` is `ossim stat --help`. */
static int help_command(int argc, char **argv)
{
	char help[] = "--help";
	char *shown[] = {argv[0], help, NULL};
	int id = argc > 2 ? find_command(argv[2]) : -1;

	if (id >= 0)
		return run_command((enum command_id)id, 2, shown);
	if (argc > 2 && is_no_command(argv[2]))
		return EXIT_INPUT;
	print_help(stdout);
	return EXIT_GOOD;
}

int main(int argc, char **argv)
{
	int id;

	if (argc < 2) {
		print_help(stderr);
		return EXIT_INPUT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help_command(argc, argv);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("ossim " PACKAGE_VERSION);
		return EXIT_GOOD;
	}
	id = find_command(argv[1]);
	if (id >= 0)
		return run_command((enum command_id)id, argc - 1, argv + 1);
	if (is_no_command(argv[1]))
		return EXIT_INPUT;
	return run_command(COMMAND_RUN, argc, argv);
}
