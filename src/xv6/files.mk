# SPDX-License-Identifier: MIT
xv6_sources = \
	src/xv6/xv6.c src/xv6/xv6.h \
	src/xv6/table.c src/xv6/table.h \
	src/xv6/disk.c \
	src/xv6/program.c
