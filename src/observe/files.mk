# SPDX-License-Identifier: MIT
observe_sources = \
	src/observe/hist.c src/observe/hist.h \
	src/observe/latency.c src/observe/latency.h \
	src/observe/tasks.c src/observe/tasks.h \
	src/observe/comms.c \
	src/observe/queues.c src/observe/queues.h \
	src/observe/cgroups.c src/observe/cgroups.h \
	src/observe/usage.c src/observe/usage.h \
	src/observe/load.c src/observe/load.h \
	src/observe/gate.c src/observe/gate.h \
	src/observe/metrics.c src/observe/metrics.h src/observe/metrics_sink.h src/observe/metrics_window.c \
	src/observe/summary.c \
	src/observe/states.c src/observe/states.h \
	src/observe/pressure.c src/observe/pressure.h \
	src/observe/digest.c src/observe/digest.h \
	src/observe/invariants.c src/observe/invariants.h \
	src/observe/timeline.c src/observe/timeline.h \
	src/observe/timeline_bins.c src/observe/timeline_bins.h \
	src/observe/timeline_waits.c src/observe/timeline_waits.h \
	src/observe/timeline_gantt.c src/observe/timeline_gantt.h \
	src/observe/told.c src/observe/told.h \
	src/observe/moment.c src/observe/moment.h \
	src/observe/delay.c src/observe/delay.h \
	src/observe/breakdown.c src/observe/breakdown_pieces.c src/observe/breakdown.h src/observe/breakdown_steps.h \
	src/observe/observer.c src/observe/observer.h \
	src/observe/run_info.c src/observe/run_info.h
