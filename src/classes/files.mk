# SPDX-License-Identifier: MIT
classes_sources = \
	src/classes/classes.c src/classes/classes.h \
	src/classes/runtime.h \
	src/classes/stop.c \
	src/classes/idle.c \
	src/classes/cpupri.c src/classes/cpupri.h \
	src/classes/rt.c src/classes/rt.h \
	src/classes/rt_push.c
