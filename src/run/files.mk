# SPDX-License-Identifier: MIT
run_sources = \
	src/run/sim.c src/run/sim.h \
	src/run/job.c src/run/job.h
