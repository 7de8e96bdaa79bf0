/* SPDX-License-Identifier: MIT */
/*
 * Properties of any run, and answers known beforehand.
 *
 *	property                  the known answers, 400 seeds of fair sets, of reservations and of
 *	                          crowds, 1000 of any workload, 100 of those with their traces and
 *	                          looked at in their midst, and those that failed once
 *	SEEDS=n property          that many seeds of each
 *	property FIRST LAST       only generated ones, of these seeds
 *	property --show SEED      the generated workload of a seed
 *
 * A failure names its seed: `property SEED SEED` repeats it.
 */
#include "property.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void seeds(u64 first, u64 last_traced, u64 last_fair, u64 last)
{
	for (u64 seed = first; seed <= last_fair; seed++)
		fairness(seed);
	for (u64 seed = first; seed <= last_fair; seed++)
		deadlines(seed);
	for (u64 seed = first; seed <= last_fair; seed++)
		crowded(seed);
	for (u64 seed = first; seed <= last; seed++)
		generated(seed);
	for (u64 seed = first; seed <= last_traced; seed++) {
		traced(seed);
		viewed(seed);
	}
}

/*
 * Seeds beyond the usual ones that showed a fault; a property of generated workloads was wrong, or
 * a rule.
 */
static const u64 failed_once[] = {1532, 5779, 800133};

int main(int argc, char **argv)
{
	const char *text = getenv("SEEDS");
	u64 nr = text ? strtoull(text, NULL, 10) : 0;

	if (argc == 3 && !strcmp(argv[1], "--show")) {
		generated_show(strtoull(argv[2], NULL, 10));
		return 0;
	}
	if (argc == 3) {
		u64 last = strtoull(argv[2], NULL, 10);

		seeds(strtoull(argv[1], NULL, 10), last, last, last);
	} else {
		known_answers();
		seeds(1, nr ? nr : 100, nr ? nr : 400, nr ? nr : 1000);
		for (u32 i = 0; i < ARRAY_SIZE(failed_once); i++)
			generated(failed_once[i]);
	}
	printf("# passed: %u failed: %u\n", trials_passed, trials_failed);
	return trials_failed != 0;
}
