# SPDX-License-Identifier: MIT
run_sources = \
	src/run/sim.c src/run/sim.h \
	src/run/policy.c src/run/policy.h \
	src/run/job.c src/run/job.h \
	src/run/look.c src/run/look.h \
	src/run/view_ps.c src/run/view_proc.c src/run/view_machine.c src/run/view_irq.c \
	src/run/view_file.c src/run/view_fd.c src/run/view_maps.c src/run/view_task.c src/run/view_queues.c src/run/view_pids.c src/run/view_line.c src/run/view_sched.c src/run/view_group.c src/run/view_group_time.c src/run/view_debug.c src/run/view_sched_debug.c src/run/view_ext.c src/run/view_knobs.c \
	src/run/explain.c src/run/explain.h
