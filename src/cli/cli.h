/* SPDX-License-Identifier: MIT */
/*
 * The command line: a table of commands, a table of options that commands share.
 */
#ifndef OSSIM_CLI_CLI_H
#define OSSIM_CLI_CLI_H

#include "base/vec.h"
#include "run/job.h"

/* 0 good, 1 an expectation failed, 2 usage or input, 3 system; 70 (a bug) comes from ensure(). */
enum exit_code { EXIT_GOOD = 0, EXIT_EXPECTATION = 1, EXIT_INPUT = 2, EXIT_SYSTEM = 3 };

enum command_id {
	COMMAND_RUN,
	COMMAND_STAT,
	COMMAND_REPLAY,
	COMMAND_CONVERT,
	COMMAND_CHECK,
	COMMAND_EXPLAIN,
	COMMAND_PS,
	COMMAND_PROC,
	COMMAND_LIST,
	NR_COMMANDS
};

struct options {
	enum command_id command;
	const char *file;   /* the one argument */
	const char *path;   /* of proc: the file under /proc */
	bool tree, threads; /* --tree, --threads */
	bool json, quiet, no_timing;
	int colour;            /* -1: if stdout is a terminal */
	const char *output;    /* -o */
	const char *trace;     /* --trace */
	const char *plots;     /* --plots */
	const char *templates; /* --plot-templates */
	const char *kernel;    /* --kernel, for list and replay */
	u32 cpus;              /* --cpus */
	const char *preempt;   /* --preempt, for list */
	const char *task;      /* --task */
	u64 at_ns;             /* --at, if has_at */
	u32 cpu;               /* --cpu, if has_cpu */
	bool has_at, has_cpu;
	bool invariants, twice;
	const char *from_mark, *to_mark;
	u64 from_ns, to_ns;
	u64 history_ns;                  /* --history */
	vec_of(struct setting) settings; /* --set, and --seed, --kernel, --duration as such */
};

struct command {
	const char *name;
	const char *argument; /* what the one argument is called */
	const char *help;     /* one line */
	const char *doc;      /* what --help says below the options */
	int (*run)(const struct options *options);
};

extern const struct command commands[NR_COMMANDS];

/*
 * Parses the command's own words (argv[0] is shown in messages: "ossim run"). Bad usage ends the
 * program with EXIT_INPUT, --help with 0.
 */
void options_parse(enum command_id command, int argc, char **argv, struct options *out);
void options_fini(struct options *options);

/* Columns of the terminal on stdout; 0: it is none. */
int terminal_width(void);
bool terminal_colour(const struct options *options);

int command_run(const struct options *options);
int command_stat(const struct options *options);
int command_replay(const struct options *options);
int command_convert(const struct options *options);
int command_explain(const struct options *options);
int command_ps(const struct options *options);
int command_proc(const struct options *options);
int command_check(const struct options *options);
int command_list(const struct options *options);

/* Prints the job's messages to stderr and says which exit code they mean (EXIT_GOOD: no errors). */
int report_messages(struct job *job);
struct job_options job_options_of(const struct options *options);

#endif
