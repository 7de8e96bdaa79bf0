# SPDX-License-Identifier: MIT
cli_sources = \
	src/cli/main.c src/cli/cli.h \
	src/cli/options.c \
	src/cli/terminal.c \
	src/cli/cmd_run.c \
	src/cli/cmd_check.c \
	src/cli/cmd_list.c src/cli/cmd_explain.c src/cli/cmd_look.c
