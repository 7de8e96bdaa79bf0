/* SPDX-License-Identifier: MIT */
/*
 * sleep-until NS: sleeps until the monotonic clock tells NS, so that a recording begins at the same
 * uptime whatever the boot took.
 */
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

int main(int argc, char **argv)
{
	long long at = argc > 1 ? atoll(argv[1]) : 0;
	struct timespec when = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};

	prctl(PR_SET_TIMERSLACK, 1);
	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}
