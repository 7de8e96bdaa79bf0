/* SPDX-License-Identifier: MIT */
/* What standard output is: its width, and whether it may be coloured. */
#include "cli/cli.h"

#include <sys/ioctl.h>
#include <unistd.h>

int terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 0;
	return size.ws_col;
}

bool terminal_colour(const struct options *options)
{
	return options->colour < 0 ? isatty(STDOUT_FILENO) : options->colour;
}
