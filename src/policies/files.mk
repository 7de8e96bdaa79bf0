# SPDX-License-Identifier: MIT
policies_sources = \
	src/policies/ext.h src/policies/ext_abi.h src/policies/ext_calls.h src/policies/ext_table.h \
	src/policies/find.c src/policies/find.h \
	src/policies/fifo.c \
	src/policies/vtime.c \
	src/policies/queues.c \
	src/policies/central.c

# Those that are installed, too: examples.
policies_to_read = src/policies/fifo.c src/policies/vtime.c src/policies/queues.c src/policies/central.c
