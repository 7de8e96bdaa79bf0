# SPDX-License-Identifier: MIT
classes_sources = \
	src/classes/classes.c src/classes/classes.h \
	src/classes/runtime.h \
	src/classes/stop.c \
	src/classes/idle.c \
	src/classes/deadline.c src/classes/deadline.h \
	src/classes/deadline_budget.c \
	src/classes/deadline_bandwidth.c \
	src/classes/deadline_push.c \
	src/classes/server.c src/classes/server.h \
	src/classes/cpudl.c src/classes/cpudl.h \
	src/classes/nearest.c src/classes/nearest.h \
	src/classes/cpupri.c src/classes/cpupri.h \
	src/classes/rt.c src/classes/rt.h \
	src/classes/rt_group.c src/classes/rt_group.h src/classes/rt_bandwidth.c src/classes/rt_bandwidth.h \
	src/classes/rt_push.c \
	src/classes/weight.c src/classes/weight.h \
	src/classes/pelt.c src/classes/pelt.h \
	src/classes/fair.c src/classes/fair.h \
	src/classes/fair_way.h \
	src/classes/fair_pick.c \
	src/classes/fair_core.c \
	src/classes/fair_entity.c src/classes/fair_entity.h \
	src/classes/fair_load.c src/classes/fair_load.h \
	src/classes/fair_util_est.c \
	src/classes/fair_group.c src/classes/fair_group.h \
	src/classes/fair_bandwidth.c src/classes/fair_bandwidth.h \
	src/classes/fair_throttle.c src/classes/fair_throttle.h \
	src/classes/fair_toll.c src/classes/fair_toll.h \
	src/classes/fair_cfs.c \
	src/classes/fair_eevdf.c src/classes/fair_eevdf.h \
	src/classes/fair_timeline.c \
	src/classes/fair_explain.c \
	src/classes/fair_select.c src/classes/fair_select.h \
	src/classes/fair_select_slow.c \
	src/classes/fair_affine.c \
	src/classes/fair_pack.c \
	src/classes/fair_births.c \
	src/classes/fair_balance.c src/classes/fair_balance.h \
	src/classes/fair_balance_stats.c \
	src/classes/fair_softirq.c \
	src/classes/fair_balance_crowd.c \
	src/classes/fair_balance_decide.c \
	src/classes/fair_balance_move.c \
	src/classes/fair_newidle.c \
	src/classes/fair_nohz.c src/classes/fair_nohz.h \
	src/classes/ext.c src/classes/ext.h \
	src/classes/ext_explain.c \
	src/classes/ext_balance.c \
	src/classes/ext_queue.c \
	src/classes/ext_dispatch.c \
	src/classes/ext_idle.c \
	src/classes/ext_kick.c \
	src/classes/ext_timer.c \
	src/classes/ext_cgroup.c \
	src/classes/ext_load.c src/classes/ext_task.c \
	src/classes/ext_watch.c \
	src/classes/ext_insert.c \
	src/classes/ext_masks.c \
	src/classes/ext_host.c src/classes/ext_host.h
