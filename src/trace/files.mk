# SPDX-License-Identifier: MIT
trace_sources = \
	src/trace/scan.h \
	src/trace/record.c src/trace/record.h \
	src/trace/stream.c src/trace/stream.h \
	src/trace/decision.c src/trace/decision.h \
	src/trace/roster.c src/trace/roster.h \
	src/trace/window.c src/trace/window.h \
	src/trace/events.c src/trace/events.h \
	src/trace/hold.c src/trace/hold.h \
	src/trace/identity.c src/trace/identity.h \
	src/trace/intake.c src/trace/intake_event.c src/trace/intake.h \
	src/trace/state_era.c src/trace/state_era.h \
	src/trace/ftrace_head.c src/trace/ftrace_head.h \
	src/trace/ftrace_cpus.c src/trace/ftrace_cpus.h \
	src/trace/ftrace_time.c src/trace/ftrace_time.h \
	src/trace/ftrace_plugin.c src/trace/ftrace_plugin.h \
	src/trace/ftrace_read.c src/trace/ftrace_read.h \
	src/trace/ftrace_write.c src/trace/ftrace_write.h
