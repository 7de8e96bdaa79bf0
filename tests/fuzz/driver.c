/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer: every seed file as it is, then deterministic mutations.
 *
 *	driver [-n ITERATIONS] [-s SEED] [-i ITERATION] FILE|DIRECTORY...
 *
 * Iteration i depends on (SEED, i) and the seed files alone, so a failure is repeated by -i: it is
 * printed when the target crashes or takes longer than ten seconds. Link this file and a target
 * that defines LLVMFuzzerTestOneInput; with clang -fsanitize=fuzzer leave it out.
 */
#include "base/ensure.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/vec.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE_MAX_SEED = 1 << 16, MUTATIONS_MAX = 8, SECONDS_MAX = 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct driver {
	vec_of(struct file_text) seeds;
	struct rng rng;
	char *input; /* being mutated; room for 2 * SIZE_MAX_SEED */
	size_t len;
};

static volatile u64 current_iteration;

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(3);
}

/* What a failing ensure() prints. */
static void describe_iteration(void *arg unused_arg, char *buf, size_t size)
{
	snprintf(buf, size, "fuzz driver: iteration %" PRIu64 " (repeat with -i)",
		 current_iteration);
}

/* Only what is safe in a signal handler. */
static void on_failure(int sig)
{
	char digits[24], *at = digits + sizeof(digits) - 1;
	u64 value = current_iteration;

	*at = 0;
	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	say(sig == SIGALRM ? "\nfuzz driver: too slow in iteration "
			   : "\nfuzz driver: failed in iteration ");
	say(at);
	say(" (repeat with -i)\n");
	signal(sig, SIG_DFL);
	raise(sig == SIGALRM ? SIGABRT : sig);
}

static u64 below(struct driver *d, size_t bound)
{
	return rng_below(&d->rng, bound ? bound : 1);
}

/* The target gets memory of just this size, so that reading past the end is seen by a sanitizer. */
static void run_input(const char *data, size_t len)
{
	char *copy = malloc(len ? len : 1);

	if (!copy)
		die("out of memory");
	if (len)
		memcpy(copy, data, len);
	alarm(SECONDS_MAX);
	(void)LLVMFuzzerTestOneInput((const uint8_t *)copy, len);
	alarm(0);
	free(copy);
}

/* Mutations. */

static void remove_range(struct driver *d, size_t at, size_t len)
{
	memmove(d->input + at, d->input + at + len, d->len - at - len);
	d->len -= len;
}

static void insert_bytes(struct driver *d, size_t at, const char *bytes, size_t len)
{
	char copy[256];

	len = min_of(len, sizeof(copy));
	if (d->len + len > 2 * SIZE_MAX_SEED)
		return;
	memcpy(copy, bytes, len);
	memmove(d->input + at + len, d->input + at, d->len - at);
	memcpy(d->input + at, copy, len);
	d->len += len;
}

/* Pieces that parsers take an interest in. */
static void insert_piece(struct driver *d, size_t at)
{
	static const char *const pieces[] = {
		"\n",
		"\r\n",
		"\t",
		" ",
		"-",
		"-1",
		"0",
		"4294967295",
		"18446744073709551616",
		"0x",
		"0x1f (31)",
		":",
		": ",
		"=",
		"[",
		"]",
		"[000] ",
		"{",
		"}",
		"#",
		"\"",
		"'",
		"&a",
		"*a",
		"!!",
		"<<",
		"...",
		"1.5",
		"999999999999.999999999: ",
		" pid=",
		" ==> ",
		"CPU:0 [LOST 1 EVENTS]\n",
		"\xff\xfe",
		"\xc3",
	};
	const char *piece = pieces[below(d, ARRAY_SIZE(pieces))];

	insert_bytes(d, at, piece, strlen(piece));
}

static void insert_from(struct driver *d, size_t at, const char *from, size_t from_len)
{
	size_t start = below(d, from_len), len = min_of(below(d, 200), from_len - start);

	insert_bytes(d, at, from + start, len);
}

static void change_number(struct driver *d, size_t at)
{
	while (at < d->len && (d->input[at] < '0' || d->input[at] > '9'))
		at++;
	if (at < d->len)
		d->input[at] = (char)('0' + below(d, 10));
}

static void mutate(struct driver *d)
{
	size_t at = below(d, d->len + 1);
	const struct file_text *other = &d->seeds.at[below(d, d->seeds.len)];

	switch (below(d, 8)) {
	case 0:
		if (at < d->len)
			d->input[at] = (char)below(d, 256);
		break;
	case 1:
		if (at < d->len)
			d->input[at] ^= (char)(1 << below(d, 8));
		break;
	case 2:
		remove_range(d, at, min_of(below(d, 64), d->len - at));
		break;
	case 3:
		insert_from(d, at, d->input, d->len);
		break;
	case 4:
		insert_from(d, at, other->at, other->len);
		break;
	case 5:
		insert_piece(d, at);
		break;
	case 6:
		change_number(d, at);
		break;
	case 7:
		if (below(d, 4) == 0)
			d->len = at;
		break;
	}
}

/* A window of one seed, so that big files are tried everywhere and quickly. */
static void start_from_seed(struct driver *d)
{
	const struct file_text *seed = &d->seeds.at[below(d, d->seeds.len)];
	size_t len = min_of(seed->len, (size_t)(below(d, 4) ? 4096 : SIZE_MAX_SEED));
	size_t start = below(d, 2) ? below(d, seed->len - len + 1) : 0;

	if (len)
		memcpy(d->input, seed->at + start, len);
	d->len = len;
}

static void run_iteration(struct driver *d, u64 seed, u64 iteration)
{
	current_iteration = iteration;
	rng_init(&d->rng, seed, "fuzz", iteration);
	start_from_seed(d);
	for (u64 i = 1 + below(d, MUTATIONS_MAX); i > 0; i--)
		mutate(d);
	run_input(d->input, d->len);
}

/* Seeds. */

static void add_seed(struct driver *d, const char *path)
{
	struct diag *diag = diag_new();
	struct file_text text;

	if (!file_read(diag, path, &text)) {
		diag_print(diag, stderr);
		exit(3);
	}
	diag_free(diag);
	vec_push(&d->seeds, text);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* whatever the locale */
}

static void add_path(struct driver *d, const char *path)
{
	struct dirent **entries;
	struct stat st;
	int count;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		add_seed(d, path);
		return;
	}
	count = scandir(path, &entries, NULL, by_name);
	for (int i = 0; i < count; i++) {
		char sub[4096];

		snprintf(sub, sizeof(sub), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			add_path(d, sub);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	struct driver d = {0};
	u64 iterations = 1000, seed = 1, only = UINT64_MAX;
	int option;

	while ((option = getopt(argc, argv, "n:s:i:")) != -1) {
		switch (option) {
		case 'n':
			iterations = strtoull(optarg, NULL, 10);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'i':
			only = strtoull(optarg, NULL, 10);
			break;
		default:
			fprintf(stderr,
				"usage: driver [-n ITERATIONS] [-s SEED] [-i ITERATION] FILE|DIRECTORY...\n");
			return 2;
		}
	}
	for (; optind < argc; optind++)
		add_path(&d, argv[optind]);
	if (d.seeds.len == 0)
		vec_push(&d.seeds, (struct file_text){0});
	d.input = calloc(2 * SIZE_MAX_SEED, 1);
	if (!d.input)
		die("out of memory");
	ensure_set_context(describe_iteration, NULL);
	signal(SIGSEGV, on_failure);
	signal(SIGABRT, on_failure);
	signal(SIGALRM, on_failure);

	/* Seeds count down from the top, so that their numbers do not depend on -n. */
	for (u32 i = 0; only == UINT64_MAX && i < d.seeds.len; i++) {
		current_iteration = UINT64_MAX - i;
		run_input(d.seeds.at[i].at, d.seeds.at[i].len);
	}
	if (only != UINT64_MAX)
		run_iteration(&d, seed, only);
	for (u64 i = 0; only == UINT64_MAX && i < iterations; i++)
		run_iteration(&d, seed, i);
	printf("fuzz driver: %u seeds, %" PRIu64 " mutations, seed %" PRIu64 "\n", d.seeds.len,
	       only == UINT64_MAX ? iterations : 1, seed);
	for (u32 i = 0; i < d.seeds.len; i++)
		file_text_fini(&d.seeds.at[i]);
	vec_fini(&d.seeds);
	free(d.input);
	return 0;
}
