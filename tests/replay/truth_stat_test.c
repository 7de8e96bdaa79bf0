/* SPDX-License-Identifier: MIT */
/*
 * Our metrics of recordings of real kernels against those that came with them.
 *
 *	truth_stat_test [CORPUS]
 *
 * Every report.txt.xz under CORPUS (or $OSSIM_TRUTH_CORPUS, or the folder beside the project) is
 * read, measured between its marks and compared with the metrics.json beside it: counts, sums,
 * minima and maxima are equal, quantiles lie within one histogram bin. The workload is what was
 * forked, directly or not, by the task that wrote TW_CMD_START. Exit code 77: no corpus.
 */
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "observe/observer.h"
#include "trace/ftrace_read.h"

enum { SKIPPED = 77 };

/* Which tasks are the workload: by id. */
struct family {
	const struct names *names;
	u32 root;
	vec_of(bool) is_kid;
};

struct check {
	const char *path; /* of the recording */
	u32 checks, failures;
};

static bool is_kid(const struct family *family, u32 task)
{
	return task < family->is_kid.len && family->is_kid.at[task];
}

static void add_kid(struct family *family, u32 task)
{
	while (family->is_kid.len <= task)
		vec_push(&family->is_kid, false);
	family->is_kid.at[task] = true;
}

static void family_take(void *self, const struct record *batch, size_t count)
{
	struct family *family = self;

	for (size_t i = 0; i < count; i++) {
		const struct record *r = &batch[i];

		if (r->kind == RECORD_MARK && window_is_mark(family->names, r, "TW_CMD_START"))
			family->root = r->task;
		else if (r->kind == RECORD_FORK &&
			 (r->other == family->root || is_kid(family, r->other)))
			add_kid(family, r->task);
	}
}

static void compare(struct check *check, const char *what, const char *which, const json_t *truth,
		    u64 ours)
{
	check->checks++;
	if (json_is_integer(truth) && (u64)json_integer_value(truth) == ours)
		return;
	check->failures++;
	printf("%s: %s %s: %lld in the recording, %llu here\n", check->path, what, which,
	       (long long)json_integer_value(truth), (unsigned long long)ours);
}

static u64 field(const json_t *object, const char *key)
{
	return (u64)json_integer_value(json_object_get(object, key));
}

/* The truth lies in the bin of our quantile or in one beside it. */
static void compare_quantile(struct check *check, const char *what, const char *which,
			     const json_t *dist, const char *key, const struct hist *hist,
			     u32 per_100k)
{
	u64 truth = field(dist, key), ours = hist_quantile(hist, per_100k), lo, hi, before, after;

	hist_bin(ours, &lo, &hi);
	hist_bin(lo == 0 ? 0 : lo - 1, &before, &lo);
	hist_bin(hi, &lo, &after);
	check->checks++;
	if (truth >= before && truth < after)
		return;
	check->failures++;
	printf("%s: %s %s %s: %llu in the recording, %llu here\n", check->path, what, which, key,
	       (unsigned long long)truth, (unsigned long long)ours);
}

static void compare_dist(struct check *check, const char *what, const char *name,
			 const json_t *truth, const struct hist *hist)
{
	static const struct hist none;
	u64 n = field(truth, "n");

	if (truth == NULL)
		return;
	if (hist == NULL)
		hist = &none;
	compare(check, what, name, json_object_get(truth, "n"), hist->count);
	if (n == 0 || hist->count != n)
		return;
	compare(check, what, name, json_object_get(truth, "min"), hist->min);
	compare(check, what, name, json_object_get(truth, "max"), hist->max);
	/* The sum is known rounded to a multiple of n: the mean is its nearest integer. */
	u128 sum = hist_sum(hist), rounded = (u128)field(truth, "mean") * n;
	u128 away = sum > rounded ? sum - rounded : rounded - sum;

	check->checks++;
	if (2 * away > n) {
		check->failures++;
		printf("%s: %s %s mean: %llu in the recording, %llu here\n", check->path, what,
		       name, (unsigned long long)field(truth, "mean"),
		       (unsigned long long)hist_mean(hist));
	}
	compare_quantile(check, what, name, truth, "p50", hist, 50000);
	compare_quantile(check, what, name, truth, "p90", hist, 90000);
	compare_quantile(check, what, name, truth, "p99", hist, 99000);
}

static void compare_sums(struct check *check, const char *what, const json_t *truth,
			 const struct comm_metrics *ours)
{
	static const struct {
		const char *key;
		enum metric_dist dist;
	} dists[] = {
		{"wake_latency", DIST_WAKEUP_LATENCY},
		{"slice", DIST_SLICE},
		{"fork_latency", DIST_FORK_LATENCY},
		{"preempt_wait", DIST_PREEMPT_WAIT},
	};

	compare(check, what, "cpu_ns", json_object_get(truth, "cpu_ns"), ours->sums.cpu_ns);
	compare(check, what, "vol", json_object_get(truth, "vol"), ours->sums.voluntary_switches);
	compare(check, what, "invol", json_object_get(truth, "invol"),
		ours->sums.involuntary_switches);
	compare(check, what, "wakeups", json_object_get(truth, "wakeups"), ours->sums.wakeups);
	compare(check, what, "migrations", json_object_get(truth, "migrations"),
		ours->sums.migrations);
	compare(check, what, "run_delay_ns", json_object_get(truth, "run_delay_ns"),
		ours->sums.run_delay_ns);
	for (size_t i = 0; i < ARRAY_SIZE(dists); i++)
		compare_dist(check, what, dists[i].key, json_object_get(truth, dists[i].key),
			     ours->dist[dists[i].dist]);
}

/* A task of the workload that did anything. */
static bool counts(const struct task_metrics *task)
{
	return task->sums.cpu_ns != 0 || task->sums.voluntary_switches != 0 ||
	       task->sums.involuntary_switches != 0 || task->dist[DIST_SLICE] != NULL;
}

static void add_task(struct comm_metrics *into, const struct task_metrics *task)
{
	into->nr_tasks++;
	into->sums.cpu_ns += task->sums.cpu_ns;
	into->sums.run_delay_ns += task->sums.run_delay_ns;
	into->sums.voluntary_switches += task->sums.voluntary_switches;
	into->sums.involuntary_switches += task->sums.involuntary_switches;
	into->sums.wakeups += task->sums.wakeups;
	into->sums.migrations += task->sums.migrations;
	for (u32 i = 0; i < NR_METRIC_DISTS; i++) {
		if (task->dist[i] == NULL)
			continue;
		if (into->dist[i] == NULL)
			into->dist[i] = hist_new();
		hist_merge(into->dist[i], task->dist[i]);
	}
}

static void compare_comm(struct check *check, const char *comm, const json_t *truth,
			 const struct metrics *metrics, const struct family *family)
{
	struct comm_metrics sum = {0};

	for (u32 i = 0; i < metrics->nr_tasks; i++) {
		const struct task_metrics *task = &metrics->tasks[i];

		if (is_kid(family, task->task) && counts(task) &&
		    strcmp(names_text(metrics->names, task->comm), comm) == 0)
			add_task(&sum, task);
	}
	compare(check, comm, "tasks", json_object_get(truth, "tasks"), sum.nr_tasks);
	compare_sums(check, comm, truth, &sum);
	for (u32 i = 0; i < NR_METRIC_DISTS; i++)
		hist_free(sum.dist[i]);
}

static void compare_pid(struct check *check, const char *pid, const json_t *truth,
			const struct metrics *metrics, const struct family *family)
{
	struct comm_metrics sum = {0};

	for (u32 i = 0; i < metrics->nr_tasks; i++)
		if (metrics->tasks[i].pid == strtoul(pid, NULL, 10) &&
		    is_kid(family, metrics->tasks[i].task) && counts(&metrics->tasks[i]))
			add_task(&sum, &metrics->tasks[i]);
	compare_sums(check, pid, truth, &sum);
	for (u32 i = 0; i < NR_METRIC_DISTS; i++)
		hist_free(sum.dist[i]);
}

static void compare_all(struct check *check, json_t *truth, const struct metrics *metrics,
			const struct family *family)
{
	const char *key;
	json_t *value;

	compare(check, "window", "ns", json_object_get(truth, "window_ns"), metrics->window_ns);
	if (json_object_get(truth, "mended_switches") != NULL)
		compare(check, "all", "mended_switches", json_object_get(truth, "mended_switches"),
			metrics->total.mended_switches);
	json_object_foreach(json_object_get(truth, "tasks"), key, value)
		compare_comm(check, key, value, metrics, family);
	json_object_foreach(json_object_get(truth, "pids"), key, value)
		compare_pid(check, key, value, metrics, family);
	json_object_foreach(json_object_get(truth, "cpus"), key, value)
	{
		const struct cpu_metrics *cpu = &metrics->cpus[strtoul(key, NULL, 10)];

		compare(check, key, "busy", json_object_get(value, "busy"), cpu->busy_ns);
		compare(check, key, "idle", json_object_get(value, "idle"), cpu->idle_ns);
		compare(check, key, "switches", json_object_get(value, "switches"), cpu->switches);
	}
	value = json_object_get(json_object_get(truth, "events"), "sched_switch");
	compare(check, "all", "switches", value, metrics->total.switches);
}

/* Reads, measures and compares one recording. */
static void check_recording(struct check *check, const char *text, size_t len, json_t *truth)
{
	bool has_tw = strstr(text, ": TW_START") != NULL;
	struct observer_config config = {
		.metrics = true,
		.window =
			{
				.from_mark = has_tw ? "TW_START" : "TW_CMD_START",
				.to_mark = has_tw ? "TW_END" : "TW_CMD_END",
			},
	};
	struct diag *diag = diag_new();
	struct names names;
	struct stream stream;
	struct trace_facts facts = {0};
	u32 nr_cpus = trace_count_cpus(text, len);
	struct observer *observer = observer_new(&config, nr_cpus);
	struct family family = {.names = &names, .root = TASK_ID_NONE};

	names_init(&names);
	stream_init(&stream, &names, nr_cpus);
	observer_attach(observer, &stream);
	stream_add_sink(&stream, (struct sink){
					 .self = &family,
					 .wants = RECORD_BIT(MARK) | RECORD_BIT(FORK),
					 .take = family_take,
				 });
	if (!ftrace_read(diag, 0, text, len, &stream, &facts)) {
		check->failures++;
		printf("%s: cannot be read as a trace\n", check->path);
	} else {
		stream_flush(&stream);
		compare_all(check, truth, observer_finish(observer), &family);
	}
	observer_free(observer);
	vec_fini(&family.is_kid);
	stream_fini(&stream);
	names_fini(&names);
	diag_free(diag);
}

/* What xz makes of @path; NULL if it fails. */
static char *unpacked(const char *path, size_t *len)
{
	size_t cap = 1 << 22, got;
	char command[4400], *text = malloc(cap + 1);
	FILE *pipe;

	snprintf(command, sizeof(command), "xz -dc '%s'", path);
	pipe = popen(command, "r");
	*len = 0;
	while (text != NULL && pipe != NULL &&
	       (got = fread(text + *len, 1, cap - *len, pipe)) > 0) {
		*len += got;
		if (*len == cap)
			text = realloc(text, (cap *= 2) + 1);
	}
	if (text == NULL || pipe == NULL || pclose(pipe) != 0 || *len == 0) {
		free(text);
		return NULL;
	}
	text[*len] = '\0';
	return text;
}

static void check_path(struct check *check, const char *path)
{
	char json_path[4200];
	size_t len;
	char *text = unpacked(path, &len);

	snprintf(json_path, sizeof(json_path), "%.*smetrics.json",
		 (int)(strlen(path) - strlen("report.txt.xz")), path);
	json_t *truth = json_load_file(json_path, 0, NULL);

	check->path = path;
	if (text == NULL || truth == NULL) {
		check->failures++;
		printf("%s: cannot be unpacked, or has no metrics.json\n", path);
	} else {
		check_recording(check, text, len, truth);
	}
	json_decref(truth);
	free(text);
}

/* The argument, else the environment, else the folder beside the project's. */
static void corpus_path(int argc, char **argv, char *path, size_t size)
{
	const char *env = getenv("OSSIM_TRUTH_CORPUS"), *top = getenv("top_srcdir");

	if (argc > 1 || env != NULL)
		snprintf(path, size, "%s", argc > 1 ? argv[1] : env);
	else
		snprintf(path, size, "%s/../shared/truth/corpus", top != NULL ? top : ".");
}

int main(int argc, char **argv)
{
	struct check check = {0};
	char corpus[4000], pattern[4096];
	glob_t found = {0};

	corpus_path(argc, argv, corpus, sizeof(corpus));
	snprintf(pattern, sizeof(pattern), "%s/*/*/report.txt.xz", corpus);
	glob(pattern, 0, NULL, &found);
	snprintf(pattern, sizeof(pattern), "%s/*/*/*/report.txt.xz", corpus);
	glob(pattern, found.gl_pathc > 0 ? GLOB_APPEND : 0, NULL, &found);
	if (found.gl_pathc == 0) {
		printf("skipped: no recordings in '%s'\n", corpus);
		globfree(&found);
		return SKIPPED;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_path(&check, found.gl_pathv[i]);
	printf("%zu recordings, %u checks, %u failures\n", found.gl_pathc, check.checks,
	       check.failures);
	globfree(&found);
	return check.failures == 0 ? 0 : 1;
}
