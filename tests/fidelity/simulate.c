/* SPDX-License-Identifier: MIT */
/*
 * simulate CORPUS OUT [--case NAME] [--rig RIG] [--machines DIR] [--yaml] [--states]
 *
 * Simulates every workload.tw of a corpus of recordings on a model of each rig on which it was
 * recorded, and writes OUT/CASE/RIG.txt: ftrace text in which the prints TW_START and TW_END mark
 * the window. Of a recording it reads meta.json alone. --yaml also writes the workload as ossim
 * runs it, OUT/CASE/RIG.yaml. What a case needs that is not there is told, and the case left out.
 *
 * The phase of the tick is told from TW_START, but when that comes follows from the set-up, which
 * is simulated too: the set-up is simulated until both agree. If it is known when after a tick the
 * runner begins, and the set-up fits to that by and large, the rest is made up for by tw's sleep;
 * else the tick gives way.
 *
 * On a rig whose state at the beginning is not told, many are tried, and the typical run is written;
 * --states writes all of them, too: OUT/CASE/RIG.N.txt.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "course.h"
#include "run/job.h"
#include "run/sim.h"
#include "trace/ftrace_write.h"
#include "workload.h"

/*
 * LATE_MS: deadline tasks may keep the main task from marking the end in time; so may an emulator that
 * leaves its cpu out, and that for longer: then the end of the run is the end of the window.
 */
/*
 * ODD_NS: a set-up is not simulated that wrong; its runner began at another time after the tick. NEARER_NS: by so much an older
 * program's set-up has to be the better one to be believed, to be no more than EARLY_WITHIN_NS off: none of the nine known ones is.
 */
enum { GUESSES_MAX = 8, SETUP_MS = 400, LATE_MS = 50, ODD_NS = 200 * 1000, NEARER_NS = 5000, EARLY_WITHIN_NS = 4500 };

struct options {
	const char *corpus, *out, *only_case, *only_rig, *machines;
	bool yaml, states;
};

struct tally {
	u32 done, left_out, failed;
	bool found_case, found_rig; /* anything of the names asked for */
};

/* ---- One simulation ---- */

struct mark_finder {
	const struct names *names;
	u64 start_ns;
	bool found, ended; /* TW_START has come; so has TW_END */
};

static void find_mark(void *self, const struct record *batch, size_t count)
{
	struct mark_finder *finder = self;

	for (size_t i = 0; i < count; i++) {
		const char *mark;

		if (batch[i].kind != RECORD_MARK)
			continue;
		mark = names_text(finder->names, (u32)batch[i].value);
		finder->ended |= !strcmp(mark, "TW_END");
		if (finder->found || strcmp(mark, "TW_START"))
			continue;
		finder->start_ns = batch[i].when;
		finder->found = true;
	}
}

/* The window of a run that was over before its main task came to mark the end. */
static void mark_end(struct sim *sim, struct stream *stream, struct names *names)
{
	stream_put(stream, (struct record){.when = sim_now(sim),
					   .kind = RECORD_MARK,
					   .value = names_intern_str(names, "TW_END")});
	stream_flush(stream);
}

/*
 * Runs @yaml, writing a trace to @out if that is not NULL; *@course is what tasks did, if that is not NULL. When
 * TW_START came is in *start_ns.
 */
static bool run_yaml(const struct text *yaml, const char *name, FILE *out, struct course **course,
		     u64 *start_ns)
{
	struct ftrace_writer *writer = NULL;
	struct mark_finder finder = {0};
	struct job job;
	struct sim *sim = NULL;
	bool good = false;
	u32 source;

	job_begin(&job);
	source = diag_add_source(job.diag, name, yaml->at, yaml->len);
	job.workload = scenario_compile(&job.arena, job.diag, source, name, yaml->at, yaml->len,
					NULL, 0);
	if (job.workload) {
		const struct kernel *kernel = &job.workload->kernel;

		stream_init(&job.stream, &job.names, job.workload->platform.nr_cpus);
		job.has_stream = true;
		finder.names = &job.names;
		stream_add_sink(&job.stream, (struct sink){.self = &finder,
							   .wants = RECORD_BIT(MARK),
							   .take = find_mark});
		if (out) {
			writer = ftrace_writer_new(out, &job.names, job.workload->platform.nr_cpus,
						   (struct ftrace_format){
				.runtime_has_vruntime = kernel->trace_runtime_vruntime,
				.exit_has_group_dead = kernel->trace_exit_group_dead,
			});
			stream_add_sink(&job.stream, ftrace_writer_sink(writer));
		}
		if (course) {
			*course = course_new(&job.names);
			stream_add_sink(&job.stream, course_sink(*course));
		}
		sim = sim_new(job.workload, &job.stream, &job.names);
		good = sim_run(sim);
		if (!good)
			fprintf(stderr, "%s: %s\n", name, sim_failure(sim));
		good = good && finder.found;
		if (good && (out || course) && !finder.ended)
			mark_end(sim, &job.stream, &job.names);
		if (course)
			course_end(*course);
		if (writer)
			good = ftrace_writer_finish(writer) && good;
	}
	if (diag_errors(job.diag))
		diag_print(job.diag, stderr);
	*start_ns = finder.start_ns;
	if (writer)
		ftrace_writer_free(writer);
	sim_free(sim);
	job_end(&job);
	return good;
}

/* The run's first tick if the first after @start shall be @phase later. */
static u64 first_tick(u64 start_ns, u64 phase_ns, u64 tick_ns)
{
	u64 first = (start_ns + phase_ns) % tick_ns;

	return first ? first : tick_ns;
}

/* By how much a tick at @at comes too early for the grid of @phase; within half a tick. */
static s64 amiss(u64 phase, u64 at, u64 tick_ns)
{
	s64 by = (s64)((phase + tick_ns - at % tick_ns) % tick_ns);

	return by > (s64)tick_ns / 2 ? by - (s64)tick_ns : by;
}

/* Whoever joins a cgroup first waits for RCU, and that for ticks. */
static bool waits_for_tick(const struct tw *tw, const struct rig *rig)
{
	return tw_joins_group(tw) && !rig->cgroup_v1 && rig->uptime_ns;
}

/* How much later than at @start TW_START has to come to lie before the tick as in the recording. */
static s64 lateness(const struct rig *rig, u64 start_ns, u64 first_tick_ns)
{
	s64 tick_ns = (s64)(SEC / rig->hz);
	s64 late = (s64)(first_tick_ns + SEC) - (s64)(rig->tick_phase_ns + start_ns);

	late %= tick_ns;
	if (late < 0)
		late += tick_ns;
	return late > tick_ns / 2 ? late - tick_ns : late;
}

/* As settle(), on a rig whose runner begins a known time after a tick. */
static bool settle_by_runner(const struct tw *tw, const struct rig *rig, const char *name,
			     struct text *yaml, char needs[100], struct window_guess *guess)
{
	s64 tick_ns = (s64)(SEC / rig->hz), begin = (s64)rig->runner_tick_ns, late;

	for (u32 i = 0; i < GUESSES_MAX; i++) {
		u64 start = 0;

		guess->duration_ns = SETUP_MS * MSEC;
		guess->tick_phase_ns = (u64)(tick_ns - (begin % tick_ns + tick_ns) % tick_ns);
		text_clear(yaml);
		if (!workload_write(tw, rig, guess, yaml, needs) || !run_yaml(yaml, name, NULL, NULL, &start))
			return false;
		late = lateness(rig, start, guess->tick_phase_ns);
		if (!late && guess->start_ns == start)
			break;
		guess->start_ns = (u64)((s64)start + late);
		if (late > ODD_NS || late < -ODD_NS) {
			begin += late;
			guess->start_ns = start;
		} else {
			guess->settle_ns += late;
		}
	}
	return true;
}

/* As settle(), on a rig on which the tick gives way. */
static bool settle_by_tick(const struct tw *tw, const struct rig *rig, const char *name, struct text *yaml,
			   char needs[100], struct window_guess *guess)
{
	u64 tick_ns = SEC / rig->hz;

	guess->tick_phase_ns = tick_ns;
	for (u32 i = 0; i < GUESSES_MAX; i++) {
		u64 start = 0;

		guess->duration_ns = SETUP_MS * MSEC;
		text_clear(yaml);
		if (!workload_write(tw, rig, guess, yaml, needs) || !run_yaml(yaml, name, NULL, NULL, &start))
			return false;
		if (start == guess->start_ns)
			break;
		guess->start_ns = start;
		/* A set-up that waits for a tick takes the window along with the ticks: what is amiss is slept. */
		if (waits_for_tick(tw, rig)) {
			guess->tick_phase_ns = tick_ns - rig->uptime_ns % tick_ns;
			if (i > 0)
				guess->settle_ns += amiss(guess->tick_phase_ns, start + rig->tick_phase_ns, tick_ns);
		} else {
			guess->tick_phase_ns = first_tick(start, rig->tick_phase_ns, tick_ns);
		}
	}
	return true;
}

/* How far the run's ticks are from where those of a runner that begins as usual would be. */
static u64 odd_by(const struct rig *rig, const struct window_guess *guess)
{
	u64 tick_ns = SEC / rig->hz;

	return (u64)llabs(amiss(guess->tick_phase_ns, tick_ns - rig->uptime_ns % tick_ns, tick_ns));
}

/*
 * Which tw made a recording is told by nothing but the time that its set-up takes: the older one becomes FIFO first and
 * is not kept waiting by the tasks' way to the gate. Both are simulated; whose ticks come as usual is taken.
 */
static bool settle_by_version(const struct tw *tw, const struct rig *rig, const char *name, struct text *yaml,
			      char needs[100], struct window_guess *guess)
{
	struct window_guess early = {.early_fifo = true};

	if (!settle_by_tick(tw, rig, name, yaml, needs, guess))
		return false;
	if (!rig->early_fifo_ns || waits_for_tick(tw, rig))
		return true;
	if (!settle_by_tick(tw, rig, name, yaml, needs, &early))
		return false;
	if (odd_by(rig, &early) < EARLY_WITHIN_NS && odd_by(rig, &early) + NEARER_NS < odd_by(rig, guess))
		*guess = early;
	return true;
}

/* A workload in whose run TW_START and the tick lie as in the recording. */
static bool settle(const struct tw *tw, const struct rig *rig, const char *name, struct text *yaml,
		   char needs[100])
{
	struct window_guess guess = {0};
	bool good = rig->runner_tick_ns ? settle_by_runner(tw, rig, name, yaml, needs, &guess)
					: settle_by_version(tw, rig, name, yaml, needs, &guess);

	if (!good)
		return false;
	guess.duration_ns = guess.start_ns + tw->duration_ns + LATE_MS * MSEC;
	text_clear(yaml);
	return workload_write(tw, rig, &guess, yaml, needs);
}

/* ---- What nothing tells ---- */

/* A state in which the rig may have been, and what came of it. */
struct attempt {
	u64 turn_ns, runner_cpu, seed, boot_tick;
	struct course *course;
};

enum { ATTEMPTS_MAX = 256 };

static bool settle_at(const struct tw *tw, struct rig *rig, const char *name, struct text *yaml,
		      char needs[100], const struct attempt *at)
{
	rig->turn_ns = at->turn_ns;
	rig->runner_cpu = at->runner_cpu;
	rig->boot_tick = at->boot_tick;
	text_clear(yaml);
	return settle(tw, rig, name, yaml, needs);
}

/* @yaml as it is but for its seed; its trace goes to @path, if that is not NULL. */
static bool attempt(struct text *yaml, const char *name, const char *path, struct attempt *at)
{
	FILE *out = path ? fopen(path, "w") : NULL;
	size_t len = yaml->len;
	u64 start;
	bool good;

	text_printf(yaml, "seed: %" PRIu64 "\n", at->seed);
	good = run_yaml(yaml, name, out, &at->course, &start);
	yaml->len = len;
	if (out)
		fclose(out);
	return good;
}

/* @states: where the traces go, up to their number; NULL: they are not written. */
static bool attempt_all(const struct tw *tw, struct rig *rig, const char *name, const char *states, struct text *yaml,
			char needs[100], struct attempt *at, u32 *nr)
{
	char path[4096];

	for (u32 i = 0; i < rig->nr_turns * rig->cpus; i++) {
		for (u64 seed = 0; seed < max_of(rig->seeds, (u64)1) && *nr < ATTEMPTS_MAX; seed++) {
			at[*nr] = (struct attempt){.turn_ns = rig->turns_ns[i / rig->cpus],
						   .runner_cpu = i % rig->cpus,
						   .seed = seed};
			if (rig->nr_boots)
				at[*nr].boot_tick = rig->boot_ticks[seed % rig->nr_boots];
			if ((!seed || rig->nr_boots) && !settle_at(tw, rig, name, yaml, needs, &at[*nr]))
				return false;
			if (states)
				snprintf(path, sizeof(path), "%s.%u.txt", states, *nr);
			(*nr)++;
			if (!attempt(yaml, name, states ? path : NULL, &at[*nr - 1]))
				return false;
		}
	}
	return true;
}

/*
 * Of what may have been the state of an emulator, when cpus take turns, some is not told: when a turn ends, where
 * the runner is, and the jitter of ticks. Small causes have great effects there. As the one that was cannot be
 * found, the workload is that whose run is the most alike to those from all others.
 */
static bool settle_typical(const struct tw *tw, struct rig *rig, const char *name, const char *states,
			   struct text *yaml, char needs[100])
{
	struct attempt at[ATTEMPTS_MAX];
	struct course *course[ATTEMPTS_MAX];
	u32 nr = 0, typical = 0;
	bool good = attempt_all(tw, rig, name, states, yaml, needs, at, &nr);

	for (u32 i = 0; i < nr; i++)
		course[i] = at[i].course;
	if (good)
		typical = course_typical(course, nr);
	for (u32 i = 0; i < nr; i++)
		if (course[i])
			course_free(course[i]);
	if (!good || !settle_at(tw, rig, name, yaml, needs, &at[typical]))
		return false;
	text_printf(yaml, "seed: %" PRIu64 "\n", at[typical].seed);
	return true;
}

/* ---- One case on one rig ---- */

/* OUT/CASE/RIG; the folders are made. */
static void case_path(const struct options *options, const char *name, const char *rig_name, char path[4000])
{
	mkdir(options->out, 0777);
	snprintf(path, 4000, "%s/%s", options->out, name);
	mkdir(path, 0777);
	snprintf(path, 4000, "%s/%s/%s", options->out, name, rig_name);
}

static bool write_case(const struct options *options, const char *name, const char *rig_name,
		       const struct text *yaml)
{
	char base[4000], path[4096];
	u64 start;
	FILE *out;
	bool good;

	case_path(options, name, rig_name, base);
	if (options->yaml) {
		snprintf(path, sizeof(path), "%s.yaml", base);
		out = fopen(path, "w");
		if (out) {
			fputs(yaml->at, out);
			fclose(out);
		}
	}
	snprintf(path, sizeof(path), "%s.txt", base);
	out = fopen(path, "w");
	if (!out) {
		perror(path);
		return false;
	}
	good = run_yaml(yaml, name, out, NULL, &start);
	fclose(out);
	if (!good)
		unlink(path);
	return good;
}

/* A guest with more cpus than its rig's name tells has the costs of those with more. */
static void machine_path(const struct options *options, const char *rig_name, bool smp,
			 char path[4096])
{
	snprintf(path, 4096, "%s/%s%s.yaml", options->machines, rig_name,
		 smp && strncmp(rig_name, "host", 4) && !strstr(rig_name, "s2") ? "s2" : "");
}

static bool is_smp(const char *meta_path)
{
	json_t *meta = json_load_file(meta_path, 0, NULL);
	const char *smp = json_string_value(json_object_get(meta, "smp"));
	bool is = smp && strtoul(smp, NULL, 10) > 1;

	json_decref(meta);
	return is;
}

static void simulate(const struct options *options, const char *name, const char *rig_name,
		     struct tally *tally)
{
	char path[4096], meta[4096], machine[4096], states[4000], needs[100] = "";
	struct tw *tw = calloc(1, sizeof(*tw));
	struct file_text file = {0};
	struct diag *diag = diag_new();
	struct text yaml = {0};
	struct rig rig = {0};
	char *text = NULL;
	bool good = false;

	snprintf(path, sizeof(path), "%s/%s/workload.tw", options->corpus, name);
	snprintf(meta, sizeof(meta), "%s/%s/%s/meta.json", options->corpus, name, rig_name);
	if (access(meta, R_OK))
		snprintf(meta, sizeof(meta), "%s/%s/%s/rep1/meta.json", options->corpus, name,
			 rig_name);
	machine_path(options, rig_name, is_smp(meta), machine);
	if (access(machine, R_OK)) {
		tally->failed++;
		printf("%s %s: no machine file of this rig (%s)\n", name, rig_name, machine);
		diag_free(diag);
		free(tw);
		return;
	}
	if (options->states)
		case_path(options, name, rig_name, states);
	if (!file_read(diag, path, &file)) {
		diag_print(diag, stderr);
	} else {
		text = strndup(file.at, file.len);
		if (!tw_read(tw, text))
			fprintf(stderr, "%s: %s\n", path, tw->error);
		else if (!rig_read(&rig, meta, machine))
			fprintf(stderr, "%s\n", rig.error);
		else
			good = (rig.nr_turns > 1 ? settle_typical(tw, &rig, name, options->states ? states : NULL, &yaml, needs)
						 : settle(tw, &rig, name, &yaml, needs)) &&
			       write_case(options, name, rig_name, &yaml);
	}
	if (good)
		tally->done++;
	else if (*needs)
		tally->left_out++, printf("%s %s: needs %s\n", name, rig_name, needs);
	else
		tally->failed++, printf("%s %s: failed\n", name, rig_name);
	rig_fini(&rig);
	text_fini(&yaml);
	file_text_fini(&file);
	diag_free(diag);
	free(text);
	free(tw);
}

/* ---- The corpus ---- */

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void simulate_case(const struct options *options, const char *name, struct tally *tally)
{
	char path[4096];
	struct dirent **rigs;
	int nr;

	snprintf(path, sizeof(path), "%s/%s/workload.tw", options->corpus, name);
	if (access(path, R_OK))
		return;
	snprintf(path, sizeof(path), "%s/%s", options->corpus, name);
	nr = scandir(path, &rigs, not_hidden, alphasort);
	for (int i = 0; i < nr; i++) {
		const char *rig = rigs[i]->d_name;
		struct stat status;

		snprintf(path, sizeof(path), "%s/%s/%s", options->corpus, name, rig);
		if ((!options->only_rig || !strcmp(options->only_rig, rig)) &&
		    stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
			tally->found_rig = true;
			simulate(options, name, rig, tally);
		}
		free(rigs[i]);
	}
	if (nr >= 0)
		free(rigs);
}

static bool read_options(int argc, char **argv, struct options *options)
{
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (!strcmp(argv[i], "--case") && more)
			options->only_case = argv[++i];
		else if (!strcmp(argv[i], "--rig") && more)
			options->only_rig = argv[++i];
		else if (!strcmp(argv[i], "--machines") && more)
			options->machines = argv[++i];
		else if (!strcmp(argv[i], "--yaml"))
			options->yaml = true;
		else if (!strcmp(argv[i], "--states"))
			options->states = true;
		else if (!options->corpus)
			options->corpus = argv[i];
		else if (!options->out)
			options->out = argv[i];
		else
			return false;
	}
	return options->out != NULL;
}

int main(int argc, char **argv)
{
	struct options options = {.machines = MACHINES_DIR};
	struct tally tally = {0};
	struct dirent **cases;
	int nr;

	if (!read_options(argc, argv, &options)) {
		fprintf(stderr, "usage: simulate CORPUS OUT [--case NAME] [--rig RIG] "
				"[--machines DIR] [--yaml] [--states]\n");
		return 2;
	}
	nr = scandir(options.corpus, &cases, not_hidden, alphasort);
	if (nr < 0) {
		perror(options.corpus);
		return 2;
	}
	for (int i = 0; i < nr; i++) {
		if (!options.only_case || !strcmp(options.only_case, cases[i]->d_name)) {
			tally.found_case = true;
			simulate_case(&options, cases[i]->d_name, &tally);
		}
		free(cases[i]);
	}
	free(cases);
	if (options.only_case && !tally.found_case) {
		fprintf(stderr, "%s: no case '%s'\n", options.corpus, options.only_case);
		return 2;
	}
	if (options.only_rig && !tally.found_rig) {
		fprintf(stderr, "%s: no rig '%s' with a workload.tw\n", options.corpus, options.only_rig);
		return 2;
	}
	printf("# simulated: %u left out: %u failed: %u\n", tally.done, tally.left_out, tally.failed);
	return tally.failed ? 1 : 0;
}
