/* SPDX-License-Identifier: MIT */
/*
 * Options that commands share: one table; a command sees the rows that have its bit.
 */
#include "config.h"

#include "cli/cli.h"

#include "base/text.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIT(command) (1u << COMMAND_##command)
#define SIMULATING   (BIT(RUN) | BIT(REPLAY))
#define REPORTING    (SIMULATING | BIT(STAT))
#define MEASURING    (BIT(STAT) | BIT(REPLAY) | BIT(CONVERT))
#define LOOKING      (BIT(EXPLAIN) | BIT(PS) | BIT(PROC))
#define COMPILING    (SIMULATING | BIT(CHECK) | LOOKING)

enum option_key {
	KEY_JSON = 1000,
	KEY_TRACE,
	KEY_PLOTS,
	KEY_TEMPLATES,
	KEY_SEED,
	KEY_KERNEL,
	KEY_DURATION,
	KEY_SET,
	KEY_FROM_MARK,
	KEY_TO_MARK,
	KEY_FROM,
	KEY_TO,
	KEY_HISTORY,
	KEY_CPUS,
	KEY_PREEMPT,
	KEY_INVARIANTS,
	KEY_COLOUR,
	KEY_NO_COLOUR,
	KEY_NO_TIMING,
	KEY_AT,
	KEY_CPU,
	KEY_TASK,
	KEY_TREE,
	KEY_THREADS,
	KEY_POLICY,
	KEY_TWICE,
};

struct option_row {
	u32 commands;
	struct argp_option option;
};

static const struct option_row rows[] = {
	{REPORTING | BIT(LIST) | BIT(EXPLAIN),
	 {"json", KEY_JSON, NULL, 0, "print the document instead of the table", 0}},
	{REPORTING | BIT(CONVERT) | BIT(EXPLAIN),
	 {"output", 'o', "FILE", 0, "write the document to FILE, whole or not at all", 0}},
	{SIMULATING,
	 {"trace", KEY_TRACE, "FILE", 0, "write the simulated events as ftrace text", 0}},
	{REPORTING,
	 {"plots", KEY_PLOTS, "DIR", 0, "draw plots (SVG and PNG) into DIR, with gnuplot", 0}},
	{REPORTING,
	 {"plot-templates", KEY_TEMPLATES, "DIR", 0, "take gnuplot templates from DIR", 0}},
	{COMPILING, {"seed", KEY_SEED, "N", 0, "override the file's seed", 0}},
	{COMPILING | BIT(CONVERT) | BIT(LIST),
	 {"kernel", KEY_KERNEL, "NAME", 0, "the kernel row: v6.1, v6.12, v6.18", 0}},
	{COMPILING,
	 {"duration", KEY_DURATION, "T", 0, "override how long is simulated, such as 5s", 0}},
	{COMPILING,
	 {"policy", KEY_POLICY, "NAME|FILE", 0,
	  "schedule by this policy of the ext class: a name, or ./mine.so", 0}},
	{COMPILING,
	 {"set", KEY_SET, "PATH=VALUE", 0, "override anything in the file, such as machine.cpus=8",
	  0}},
	{MEASURING, {"from-mark", KEY_FROM_MARK, "TEXT", 0, "measure from the mark TEXT on", 0}},
	{MEASURING, {"to-mark", KEY_TO_MARK, "TEXT", 0, "measure to the mark TEXT", 0}},
	{MEASURING | BIT(RUN),
	 {"from", KEY_FROM, "T", 0, "measure from T after the first event on", 0}},
	{MEASURING | BIT(RUN), {"to", KEY_TO, "T", 0, "measure to T after the first event", 0}},
	{BIT(REPLAY) | BIT(CONVERT),
	 {"history", KEY_HISTORY, "T", 0, "rebuild so much of what was before the window, too (1s)",
	  0}},
	{BIT(REPLAY) | BIT(CONVERT),
	 {"cpus", KEY_CPUS, "N", 0, "simulate on N cpus instead of the trace's", 0}},
	{BIT(LIST), {"cpus", KEY_CPUS, "N", 0, "show the defaults of a machine of N cpus", 0}},
	{BIT(LIST),
	 {"preempt", KEY_PREEMPT, "MODEL", 0,
	  "show the defaults of this preemption model: those of rt are others", 0}},
	{LOOKING, {"at", KEY_AT, "T", 0, "the moment, such as 12.5ms after the start", 0}},
	{BIT(PS), {"tree", KEY_TREE, NULL, 0, "who is whose child, as pstree draws it", 0}},
	{BIT(PS), {"threads", KEY_THREADS, NULL, 0, "threads, not only processes", 0}},
	{BIT(EXPLAIN), {"cpu", KEY_CPU, "N", 0, "this cpu only", 0}},
	{BIT(EXPLAIN), {"task", KEY_TASK, "NAME", 0, "a delay of the task of this name or pid", 0}},
	{SIMULATING,
	 {"check-invariants", KEY_INVARIANTS, NULL, 0,
	  "check what must hold in any schedule while running", 0}},
	{BIT(RUN),
	 {"twice", KEY_TWICE, NULL, 0,
	  "run twice and compare: finds a policy that is not deterministic", 0}},
	{REPORTING,
	 {"no-timing", KEY_NO_TIMING, NULL, 0, "leave wall-clock figures out of the document", 0}},
	{REPORTING, {"quiet", 'q', NULL, 0, "no table: messages only", 0}},
	{REPORTING | BIT(EXPLAIN),
	 {"color", KEY_COLOUR, NULL, 0, "colour even if standard output is no terminal", 0}},
	{REPORTING | BIT(EXPLAIN), {"no-color", KEY_NO_COLOUR, NULL, 0, "no colour", 0}},
};

static void add_setting(struct options *o, const char *option, const char *path, const char *value)
{
	vec_push(&o->settings, (struct setting){.path = path, .value = value, .option = option});
}

/* "path=value", cut in place. */
static void parse_set(struct options *o, char *arg, struct argp_state *state)
{
	char *equals = strchr(arg, '=');

	if (!equals || equals == arg)
		argp_error(state, "--set wants PATH=VALUE, not '%s'", arg);
	*equals = '\0';
	add_setting(o, NULL, arg, equals + 1);
}

static u64 parse_time(const char *arg, const char *option, struct argp_state *state)
{
	const char *error;
	u64 ns = 0;

	if (!parse_duration(arg, strlen(arg), 0, &ns, &error))
		argp_error(state, "%s '%s': %s", option, arg, error);
	return ns;
}

static u32 parse_cpus(const char *arg, struct argp_state *state)
{
	const char *error = "must be between 1 and 4096";
	u64 n = 0;

	if (!parse_u64(arg, strlen(arg), &n, &error) || n < 1 || n > CPUS_MAX)
		argp_error(state, "--cpus '%s': %s", arg, error);
	return (u32)n;
}

static u32 parse_cpu(const char *arg, struct argp_state *state)
{
	const char *error = "must be between 0 and 4095";
	u64 n = 0;

	if (!parse_u64(arg, strlen(arg), &n, &error) || n >= CPUS_MAX)
		argp_error(state, "--cpu '%s': %s", arg, error);
	return (u32)n;
}

/* Standard output takes one thing at a time; a file or trace sent there replaces the table. */
static void settle_standard_output(struct options *o, struct argp_state *state)
{
	bool document = o->json || (o->output && !strcmp(o->output, "-"));
	bool trace = o->trace && !strcmp(o->trace, "-");

	if (document && trace)
		argp_error(state, "the document and the trace cannot both go to standard output");
	if ((document || trace) && !o->json)
		o->quiet = true;
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* `ossim convert t.txt -o t.txt`: the recording would be gone. */
static void spare_input(const struct options *o, const char *written, struct argp_state *state)
{
	if (o->file && written && same_file(o->file, written))
		argp_error(state, "'%s' is the input, which would be overwritten", written);
}

/* What only together makes no sense. */
static void check_together(const struct options *o, struct argp_state *state)
{
	if (o->command == COMMAND_EXPLAIN && !o->has_at && !o->task)
		argp_error(state, "--at T or --task NAME is missing");
	if ((BIT(PS) | BIT(PROC)) >> o->command & 1 && !o->has_at)
		argp_error(state, "--at T is missing");
	if (o->command == COMMAND_PROC && !o->path)
		argp_error(state, "PATH is missing, such as 1/status or loadavg");
	if (o->has_cpu && !o->has_at)
		argp_error(state, "--cpu goes with --at");
	if (o->to_ns && o->to_ns <= o->from_ns)
		argp_error(state, "--to must be after --from");
	if (o->output && o->trace && !strcmp(o->output, o->trace) && strncmp(o->output, "/dev/", 5))
		argp_error(state, "the document and the trace cannot both go to '%s'", o->output);
	spare_input(o, o->output, state);
	spare_input(o, o->trace, state);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_JSON:
		o->json = true;
		break;
	case 'o':
		o->output = arg;
		break;
	case 'q':
		o->quiet = true;
		break;
	case KEY_TRACE:
		o->trace = arg;
		break;
	case KEY_PLOTS:
		o->plots = arg;
		break;
	case KEY_TEMPLATES:
		o->templates = arg;
		break;
	case KEY_SEED:
		add_setting(o, "--seed", "seed", arg);
		break;
	case KEY_KERNEL:
		o->kernel = arg;
		add_setting(o, "--kernel", "kernel", arg);
		break;
	case KEY_DURATION:
		add_setting(o, "--duration", "duration", arg);
		break;
	case KEY_POLICY:
		add_setting(o, "--policy", "ext.policy", arg);
		break;
	case KEY_TWICE:
		o->twice = true;
		break;
	case KEY_SET:
		parse_set(o, arg, state);
		break;
	case KEY_FROM_MARK:
		o->from_mark = arg;
		break;
	case KEY_TO_MARK:
		o->to_mark = arg;
		break;
	case KEY_FROM:
		o->from_ns = parse_time(arg, "--from", state);
		break;
	case KEY_TO:
		o->to_ns = parse_time(arg, "--to", state);
		if (!o->to_ns)
			argp_error(state, "--to must be after the first event");
		break;
	case KEY_HISTORY:
		o->history_ns = parse_time(arg, "--history", state);
		break;
	case KEY_CPUS:
		o->cpus = parse_cpus(arg, state);
		break;
	case KEY_PREEMPT:
		o->preempt = arg;
		break;
	case KEY_AT:
		o->at_ns = parse_time(arg, "--at", state);
		o->has_at = true;
		break;
	case KEY_CPU:
		o->cpu = parse_cpu(arg, state);
		o->has_cpu = true;
		break;
	case KEY_TASK:
		o->task = arg;
		break;
	case KEY_TREE:
		o->tree = true;
		break;
	case KEY_THREADS:
		o->threads = true;
		break;
	case KEY_INVARIANTS:
		o->invariants = true;
		break;
	case KEY_NO_TIMING:
		o->no_timing = true;
		break;
	case KEY_COLOUR:
		o->colour = 1;
		break;
	case KEY_NO_COLOUR:
		o->colour = 0;
		break;
	case ARGP_KEY_ARG:
		if (o->file && o->command == COMMAND_PROC && !o->path) {
			o->path = arg;
			break;
		}
		if (o->file)
			argp_error(state, "one %s only: '%s' is too much",
				   commands[o->command].argument, arg);
		o->file = arg;
		break;
	case ARGP_KEY_END:
		if (!o->file)
			argp_error(state, "%s is missing", commands[o->command].argument);
		settle_standard_output(o, state);
		check_together(o, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

void options_parse(enum command_id command, int argc, char **argv, struct options *out)
{
	struct argp_option shown[ARRAY_SIZE(rows) + 1] = {0};
	char doc[1024];
	struct argp argp = {
		.options = shown,
		.parser = parse_option,
		.args_doc = commands[command].argument,
		.doc = doc,
	};
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].commands >> command & 1)
			shown[n++] = rows[i].option;
	snprintf(doc, sizeof(doc), "%s.\v%s", commands[command].help, commands[command].doc);
	*out = (struct options){.command = command, .colour = -1, .history_ns = SEC};
	argp_err_exit_status = EXIT_INPUT;
	argp_program_version = "ossim " PACKAGE_VERSION;
	argp_parse(&argp, argc, argv, 0, NULL, out);
}

void options_fini(struct options *options)
{
	vec_fini(&options->settings);
}

struct job_options job_options_of(const struct options *o)
{
	return (struct job_options){
		.settings = o->settings.at,
		.nr_settings = o->settings.len,
		.trace_out = o->trace,
		.timeline = o->plots != NULL,
		.invariants = o->invariants,
		.from_mark = o->from_mark,
		.to_mark = o->to_mark,
		.from_ns = o->from_ns,
		.to_ns = o->to_ns,
	};
}
