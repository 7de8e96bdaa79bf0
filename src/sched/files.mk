# SPDX-License-Identifier: MIT
sched_sources = \
	src/sched/task.h src/sched/dl_entity.h src/sched/class.h src/sched/sched.h src/sched/internal.h \
	src/sched/rq.c src/sched/rq.h \
	src/sched/domain.c src/sched/domain.h \
	src/sched/domain_group.c src/sched/domain_build.h \
	src/sched/governor.c src/sched/governor.h \
	src/sched/idle.c \
	src/sched/setup.c \
	src/sched/sched.c \
	src/sched/resched.c \
	src/sched/spin.c \
	src/sched/decide.c src/sched/decide.h \
	src/sched/hrtick.c src/sched/hrtick.h \
	src/sched/tick.c \
	src/sched/schedstat.c src/sched/schedstat.h \
	src/sched/wake.c \
	src/sched/interrupt.c \
	src/sched/migrate.c \
	src/sched/pinned.c src/sched/pinned.h \
	src/sched/cookie.c src/sched/cookie.h \
	src/sched/core_pick.c \
	src/sched/group.c src/sched/group.h \
	src/sched/hotplug.c src/sched/hotplug.h \
	src/sched/writes.c src/sched/writes.h \
	src/sched/attr.c
