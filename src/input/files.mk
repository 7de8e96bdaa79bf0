# SPDX-License-Identifier: MIT
input_sources = \
	src/input/input.h \
	src/input/doc.c src/input/doc.h \
	src/input/doc_alias.c src/input/doc_inside.h \
	src/input/doc_text.c src/input/doc_text.h \
	src/input/fields.c src/input/fields.h \
	src/input/synonyms.c src/input/synonyms.h \
	src/input/quantity.c src/input/quantity.h \
	src/input/settings.c src/input/scenario.h \
	src/input/scenario.c \
	src/input/scenario_machine.c \
	src/input/scenario_events.c \
	src/input/scenario_resources.c \
	src/input/scenario_messages.c \
	src/input/scenario_ttys.c \
	src/input/scenario_idle.c src/input/scenario_writes.c src/input/scenario_groups.c \
	src/input/scenario_tasks.c \
	src/input/scenario_expect.c \
	src/input/scenario_ext.c \
	src/input/actions.c src/input/action_signals.c \
	src/input/action_calls.c \
	src/input/action_family.c \
	src/input/action_ipc.c \
	src/input/action_watch.c \
	src/input/action_messages.c \
	src/input/action_sync.c \
	src/input/action_trace.c \
	src/input/open.c \
	src/input/replay.h \
	src/input/replay_collect.c src/input/replay_collect.h \
	src/input/replay_window.c \
	src/input/replay_lives.c \
	src/input/replay_bound.c \
	src/input/replay_locks.c \
	src/input/replay_ticks.c \
	src/input/replay_deadline.c \
	src/input/replay_groups.c src/input/replay_groups.h \
	src/input/replay_quotas.c \
	src/input/replay_hotplug.c \
	src/input/replay_preempt.c \
	src/input/replay_judge.c \
	src/input/replay_judge.h \
	src/input/replay_rhythm.c \
	src/input/replay_rows.c \
	src/input/replay_turns.c \
	src/input/replay_barriers.c \
	src/input/replay_queues.c src/input/replay_queues.h \
	src/input/replay_queue_kind.c \
	src/input/replay_jobs.c \
	src/input/replay_program.c src/input/replay_program.h \
	src/input/replay_cycle.c \
	src/input/replay_circle.c \
	src/input/replay_order.c \
	src/input/replay_costs.c \
	src/input/replay_yield.c \
	src/input/replay_fold.c \
	src/input/replay_names.c \
	src/input/replay_write.c src/input/replay_write.h \
	src/input/replay_rebuild.c
