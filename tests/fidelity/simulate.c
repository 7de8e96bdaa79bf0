/* SPDX-License-Identifier: MIT */
/*
 * simulate CORPUS OUT [--case NAME] [--rig RIG] [--machines DIR] [--yaml] [--states] [--times N]
 *
 * Simulates every workload.tw of a corpus of recordings on a model of each rig on which it was
 * recorded, and writes OUT/CASE/RIG.txt: ftrace text in which the prints TW_START and TW_END mark
 * the window. Of a recording it reads meta.json alone. --yaml also writes the workload as ossim
 * runs it, OUT/CASE/RIG.yaml. What a case needs that is not there is told, and the case left out.
 *
 * On a rig whose state at the beginning is not told, many are tried, and the typical run is
 * written; --states writes all of them, too: OUT/CASE/RIG.N.txt. --times N simulates each case N
 * times, with other seeds and at other phases of the tick, OUT/CASE/RIG.1.txt to RIG.N.txt:
 * `ensemble` compares such runs with as many recordings.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "run.h"
#include "settle.h"
#include "workload.h"

struct options {
	const char *corpus, *out, *only_case, *only_rig, *machines;
	u32 times; /* 0: once, as it was recorded */
	bool yaml, states;
};

struct tally {
	u32 done, left_out, failed;
	bool found_case, found_rig; /* anything of the names asked for */
};

/* ---- One case on one rig ---- */

/* OUT/CASE/RIG; the folders are made. */
static void case_path(const struct options *options, const char *name, const char *rig_name,
		      char path[4000])
{
	mkdir(options->out, 0777);
	snprintf(path, 4000, "%s/%s", options->out, name);
	mkdir(path, 0777);
	snprintf(path, 4000, "%s/%s/%s", options->out, name, rig_name);
}

static bool write_case(const struct options *options, const char *name, const char *file_name,
		       const struct text *yaml)
{
	char base[4000], path[4096];
	u64 start;
	FILE *out;
	bool good;

	case_path(options, name, file_name, base);
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

/*
 * A guest with more cpus than its rig's name tells has the costs of those with more. Those whose
 * names end in their number (c2, c4, t4, n4) have one file per kernel: g612c.
 */
static void machine_path(const struct options *options, const char *rig_name, bool smp,
			 char path[4096])
{
	size_t kernel = strcspn(rig_name, "ctn");

	if (!strncmp(rig_name, "g6", 2) && rig_name[kernel])
		snprintf(path, 4096, "%s/%.*sc.yaml", options->machines, (int)kernel, rig_name);
	else
		snprintf(path, 4096, "%s/%s%s.yaml", options->machines, rig_name,
			 smp && strncmp(rig_name, "host", 4) && !strstr(rig_name, "s2") ? "s2"
											: "");
}

static bool is_smp(const char *meta_path)
{
	json_t *meta = json_load_file(meta_path, 0, NULL);
	const char *smp = json_string_value(json_object_get(meta, "smp"));
	bool is = smp && strtoul(smp, NULL, 10) > 1;

	json_decref(meta);
	return is;
}

/* The files of which a case on a rig is made. */
struct sources {
	char workload[4096], meta[4096], machine[4096];
};

static void find_sources(const struct options *options, const char *name, const char *rig_name,
			 struct sources *sources)
{
	snprintf(sources->workload, sizeof(sources->workload), "%s/%s/workload.tw", options->corpus,
		 name);
	snprintf(sources->meta, sizeof(sources->meta), "%s/%s/%s/meta.json", options->corpus, name,
		 rig_name);
	if (access(sources->meta, R_OK))
		snprintf(sources->meta, sizeof(sources->meta), "%s/%s/%s/rep1/meta.json",
			 options->corpus, name, rig_name);
	machine_path(options, rig_name, is_smp(sources->meta), sources->machine);
}

enum { TURN_STEP_NS = 7717 };

/*
 * Once for each seed, the tick's phases evenly apart, those of turns by no multiple of them; each
 * begins on another cpu.
 */
static bool simulate_times(const struct options *options, const char *name, const char *rig_name,
			   const struct tw *tw, struct rig *rig, char needs[100])
{
	u64 tick_ns = SEC / rig->hz, phase = rig->tick_phase_ns;
	struct text yaml = {0};
	bool good = true;

	for (u32 i = 1; i <= options->times && good; i++) {
		char file_name[300];

		snprintf(file_name, sizeof(file_name), "%.200s.%u", rig_name, i);
		rig->run = i;
		rig->runner_cpu = i % rig->cpus;
		if (rig->nr_turns)
			rig->turn_ns =
				rig->turns_ns[0] + i * TURN_STEP_NS % (SEC / TURNS_PER_SECOND);
		rig->tick_phase_ns = (phase + i * tick_ns / options->times) % tick_ns;
		text_clear(&yaml);
		good = settle(tw, rig, name, &yaml, needs);
		text_printf(&yaml, "seed: %u\n", i);
		good = good && write_case(options, name, file_name, &yaml);
	}
	text_fini(&yaml);
	return good;
}

static bool simulate_tw(const struct options *options, const char *name, const char *rig_name,
			const struct tw *tw, struct rig *rig, char needs[100])
{
	struct text yaml = {0};
	char states[4000];
	bool good;

	if (options->times)
		return simulate_times(options, name, rig_name, tw, rig, needs);
	if (options->states)
		case_path(options, name, rig_name, states);
	good = (settle_has_states(rig)
			? settle_typical(tw, rig, name, options->states ? states : NULL, &yaml,
					 needs)
			: settle(tw, rig, name, &yaml, needs)) &&
	       write_case(options, name, rig_name, &yaml);
	text_fini(&yaml);
	return good;
}

static bool simulate_sources(const struct options *options, const char *name, const char *rig_name,
			     const struct sources *sources, char needs[100])
{
	struct tw *tw = calloc(1, sizeof(*tw));
	struct file_text file = {0};
	struct diag *diag = diag_new();
	struct rig rig = {0};
	char *text = NULL;
	bool good = false;

	if (!file_read(diag, sources->workload, &file)) {
		diag_print(diag, stderr);
	} else {
		text = strndup(file.at, file.len);
		if (!tw_read(tw, text))
			fprintf(stderr, "%s: %s\n", sources->workload, tw->error);
		else if (!rig_read(&rig, sources->meta, sources->machine))
			fprintf(stderr, "%s\n", rig.error);
		else
			good = simulate_tw(options, name, rig_name, tw, &rig, needs);
	}
	rig_fini(&rig);
	file_text_fini(&file);
	diag_free(diag);
	free(text);
	free(tw);
	return good;
}

static void simulate(const struct options *options, const char *name, const char *rig_name,
		     struct tally *tally)
{
	struct sources sources;
	char needs[100] = "";

	find_sources(options, name, rig_name, &sources);
	if (access(sources.machine, R_OK)) {
		tally->failed++;
		printf("%s %s: no machine file of this rig (%s)\n", name, rig_name,
		       sources.machine);
	} else if (simulate_sources(options, name, rig_name, &sources, needs)) {
		tally->done++;
	} else if (*needs) {
		tally->left_out++;
		printf("%s %s: needs %s\n", name, rig_name, needs);
	} else {
		tally->failed++;
		printf("%s %s: failed\n", name, rig_name);
	}
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
		else if (!strcmp(argv[i], "--times") && more)
			options->times = (u32)strtoul(argv[++i], NULL, 10);
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
				"[--machines DIR] [--yaml] [--states] [--times N]\n");
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
		fprintf(stderr, "%s: no rig '%s' with a workload.tw\n", options.corpus,
			options.only_rig);
		return 2;
	}
	printf("# simulated: %u left out: %u failed: %u\n", tally.done, tally.left_out,
	       tally.failed);
	return tally.failed ? 1 : 0;
}
