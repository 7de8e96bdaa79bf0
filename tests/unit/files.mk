# SPDX-License-Identifier: MIT
#
# The unit tests: one Criterion program per folder of src/, named after it.
#
# To add a test, write tests/unit/<folder>/<noun>_test.c and list it in unit_<folder>_sources below;
# nothing else is needed. A file needs no main(): Criterion brings it. Helpers shared by the tests of
# one folder are listed with them (their headers too, so that a release contains them).
unit_base_sources = \
	tests/unit/base/ensure_test.c \
	tests/unit/base/pages_test.c \
	tests/unit/base/arena_test.c \
	tests/unit/base/pool_test.c \
	tests/unit/base/vec_test.c \
	tests/unit/base/list_test.c \
	tests/unit/base/rbtree_test.c tests/unit/base/sorted_test.c tests/unit/base/sets_test.c \
	tests/unit/base/bitset_test.c \
	tests/unit/base/fixed_test.c \
	tests/unit/base/rng_test.c \
	tests/unit/base/names_test.c \
	tests/unit/base/text_test.c \
	tests/unit/base/utf8_test.c \
	tests/unit/base/parse_test.c \
	tests/unit/base/diag_test.c \
	tests/unit/base/file_test.c

unit_trace_sources = \
	tests/unit/trace/reading.c tests/unit/trace/reading.h \
	tests/unit/trace/stream_test.c \
	tests/unit/trace/head_test.c \
	tests/unit/trace/body_test.c \
	tests/unit/trace/state_test.c \
	tests/unit/trace/intake_test.c \
	tests/unit/trace/write_test.c

unit_model_sources = \
	tests/unit/model/builder_fixture.c tests/unit/model/builder_fixture.h \
	tests/unit/model/builder_machine_test.c \
	tests/unit/model/clone_test.c \
	tests/unit/model/builder_program_test.c \
	tests/unit/model/builder_resource_test.c \
	tests/unit/model/builder_ipc_test.c \
	tests/unit/model/builder_task_test.c \
	tests/unit/model/digest_test.c \
	tests/unit/model/dist_test.c \
	tests/unit/model/kernel_test.c \
	tests/unit/model/platform_test.c

unit_machine_sources = \
	tests/unit/machine/clock_test.c \
	tests/unit/machine/timer_test.c \
	tests/unit/machine/machine_test.c \
	tests/unit/machine/soft_timers_test.c \
	tests/unit/machine/turns_test.c \
	tests/unit/machine/wheel_test.c

unit_input_sources = \
	tests/unit/input/compiled.c tests/unit/input/compiled.h \
	tests/unit/input/doc_test.c \
	tests/unit/input/fields_test.c \
	tests/unit/input/forms_test.c \
	tests/unit/input/quantity_test.c \
	tests/unit/input/program_test.c tests/unit/input/actions_test.c \
	tests/unit/input/scenario_test.c \
	tests/unit/input/settings_test.c \
	tests/unit/input/open_test.c \
	tests/unit/input/manual_test.c \
	tests/unit/input/tale.c tests/unit/input/tale.h \
	tests/unit/input/replay_window_test.c tests/unit/input/replay_locks_test.c tests/unit/input/replay_rhythm_test.c \
	tests/unit/input/replay_queues_test.c tests/unit/input/replay_cycle_test.c tests/unit/input/replay_circle_test.c \
	tests/unit/input/replay_deadline_test.c tests/unit/input/replay_groups_test.c tests/unit/input/replay_hotplug_test.c tests/unit/input/replay_preempt_test.c tests/unit/input/replay_calls_test.c tests/unit/input/replay_yield_test.c \
	tests/unit/input/replay_test.c tests/unit/input/replay_machine_test.c tests/unit/input/replay_costs_test.c \
	tests/unit/input/schema_check.c tests/unit/input/schema_check.h \
	tests/unit/input/schema_test.c \
	tests/unit/input/explain_schema_test.c

unit_observe_sources = \
	tests/unit/observe/queues_test.c \
	tests/unit/observe/pressure_test.c \
	tests/unit/observe/cgroups_test.c \
	tests/unit/observe/feed.c tests/unit/observe/feed.h \
	tests/unit/observe/hist_test.c \
	tests/unit/observe/load_test.c \
	tests/unit/observe/usage_test.c \
	tests/unit/observe/metrics_test.c \
	tests/unit/observe/digest_test.c \
	tests/unit/observe/invariants_test.c \
	tests/unit/observe/timeline_test.c

unit_sched_sources = \
	tests/unit/sched/domain_fixture.h \
	tests/unit/sched/domain_test.c

unit_report_sources = \
	tests/unit/report/report_fixture.c tests/unit/report/report_fixture.h \
	tests/unit/report/expect_test.c \
	tests/unit/report/groups_test.c \
	tests/unit/report/lookup_test.c \
	tests/unit/report/plot_test.c \
	tests/unit/report/result_test.c \
	tests/unit/report/table_test.c

unit_classes_sources = \
	tests/unit/classes/fair_fixture.c tests/unit/classes/fair_fixture.h \
	tests/unit/classes/fair_cfs_test.c \
	tests/unit/classes/fair_eevdf_test.c \
	tests/unit/classes/fair_delay_test.c \
	tests/unit/classes/fair_load_test.c \
	tests/unit/classes/fair_random_test.c \
	tests/unit/classes/deadline_domain_test.c \
	tests/unit/classes/group_test.c \
	tests/unit/classes/group_random_test.c \
	tests/unit/classes/group_shares_test.c \
	tests/unit/classes/fair_toll_test.c \
	tests/unit/classes/fair_schedule_test.c \
	tests/unit/classes/pelt_test.c \
	tests/unit/classes/weight_test.c \
	tests/unit/classes/smp_fixture.c tests/unit/classes/smp_fixture.h \
	tests/unit/classes/select_test.c \
	tests/unit/classes/select_new_test.c \
	tests/unit/classes/balance_test.c \
	tests/unit/classes/balance_random_test.c \
	tests/unit/classes/balance_idle_test.c \
	tests/unit/classes/explain_test.c \
	tests/unit/classes/ext_log.c tests/unit/classes/ext_log.h \
	tests/unit/classes/ext_ops_test.c \
	tests/unit/classes/ext_cgroup_test.c \
	tests/unit/classes/ext_queue_test.c \
	tests/unit/classes/ext_idle_test.c \
	tests/unit/classes/ext_masks_test.c \
	tests/unit/classes/ext_error_test.c \
	tests/unit/classes/ext_random_test.c

unit_proc_sources = \
	tests/unit/proc/rig.c tests/unit/proc/rig.h \
	tests/unit/proc/rig_words.c tests/unit/proc/rig_words.h \
	tests/unit/proc/rig_files.c tests/unit/proc/rig_statement.c tests/unit/proc/rig_lines.c \
	tests/unit/proc/shm_test.c \
	tests/unit/proc/mm_test.c \
	tests/unit/proc/pid_test.c \
	tests/unit/proc/ptrace_test.c \
	tests/unit/proc/pidns_test.c \
	tests/unit/proc/wait_test.c \
	tests/unit/proc/scenarios_test.c \
	tests/unit/proc/scenario_variants_test.c \
	tests/unit/proc/fpu_test.c \
	tests/unit/proc/path_cost_test.c \
	tests/unit/proc/life_cost_test.c tests/unit/proc/call_cost_test.c \
	tests/unit/proc/kthread_test.c \
	tests/unit/proc/freezer_test.c \
	tests/unit/proc/life_test.c \
	tests/unit/proc/sleep_test.c \
	tests/unit/proc/signal_test.c \
	tests/unit/proc/handler_test.c \
	tests/unit/proc/calls_test.c \
	tests/unit/proc/clone_test.c \
	tests/unit/proc/family_test.c \
	tests/unit/proc/device_test.c \
	tests/unit/proc/event_queue_test.c \
	tests/unit/proc/epoll_test.c \
	tests/unit/proc/rlimit_test.c \
	tests/unit/proc/quota_test.c \
	tests/unit/proc/pinned_test.c \
	tests/unit/proc/irqsave_test.c \
	tests/unit/proc/timerfd_test.c \
	tests/unit/proc/poll_test.c \
	tests/unit/proc/signalfd_test.c \
	tests/unit/proc/tty_test.c \
	tests/unit/proc/connection_test.c \
	tests/unit/proc/socket_test.c \
	tests/unit/proc/state_cost_test.c \
	tests/unit/proc/fifo_test.c \
	tests/unit/proc/message_test.c \
	tests/unit/proc/sem_set_test.c \
	tests/unit/proc/pgrp_test.c \
	tests/unit/proc/lock_test.c \
	tests/unit/proc/mutex_kind_test.c \
	tests/unit/proc/futex_more_test.c \
	tests/unit/proc/futex_test.c \
	tests/unit/proc/rwsem_test.c \
	tests/unit/proc/netdev_test.c \
	tests/unit/proc/completion_test.c \
	tests/unit/proc/kernel_lock_test.c \
	tests/unit/proc/timeout_test.c \
	tests/unit/proc/pipe_ends_test.c \
	tests/unit/proc/cow_test.c \
	tests/unit/proc/rcu_test.c tests/unit/proc/rcu_cpus_test.c \
	tests/unit/proc/xv6_test.c \
	tests/unit/proc/sync_test.c \
	tests/unit/proc/random_test.c

unit_run_sources = \
	tests/unit/run/schedule.c tests/unit/run/schedule.h \
	tests/unit/run/examples_test.c \
	tests/unit/run/costs_test.c \
	tests/unit/run/bandwidth_test.c \
	tests/unit/run/core_test.c \
	tests/unit/run/tick_test.c \
	tests/unit/run/deadline_test.c \
	tests/unit/run/server_test.c \
	tests/unit/run/ext_test.c \
	tests/unit/run/rt_bandwidth_test.c \
	tests/unit/run/refused_test.c \
	tests/unit/run/rt_group_test.c \
	tests/unit/run/writes_test.c \
	tests/unit/run/idle_state_test.c \
	tests/unit/run/irq_test.c \
	tests/unit/run/pinned_test.c \
	tests/unit/run/rt_kernel_test.c \
	tests/unit/run/rt_lock_test.c \
	tests/unit/run/core_sched_test.c \
	tests/unit/run/hotplug_test.c \
	tests/unit/run/rt_test.c \
	tests/unit/run/schedstat_test.c \
	tests/unit/run/explained.c tests/unit/run/explained.h \
	tests/unit/run/explain_test.c tests/unit/run/explain_delay_test.c \
	tests/unit/run/hrtick_test.c
