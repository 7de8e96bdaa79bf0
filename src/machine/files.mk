# SPDX-License-Identifier: MIT
machine_sources = \
	src/machine/clock.c src/machine/clock.h \
	src/machine/timer.c src/machine/timer.h \
	src/machine/soft_timers.c src/machine/soft_timers.h \
	src/machine/topology.c src/machine/topology.h \
	src/machine/cpu.h src/machine/irq_stat.h \
	src/machine/machine.c src/machine/machine.h \
	src/machine/turns.c src/machine/turns.h \
	src/machine/wheel.c src/machine/wheel.h
