# SPDX-License-Identifier: MIT
run_sources = \
	src/run/sim.c src/run/sim.h \
	src/run/policy.c src/run/policy.h \
	src/run/job.c src/run/job.h \
	src/run/explain.c src/run/explain.h
