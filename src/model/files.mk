# SPDX-License-Identifier: MIT
model_sources = \
	src/model/features.h src/model/knobs.h src/model/costs.h src/model/ops.h src/model/operands.h src/model/resources.h \
	src/model/kernel.c src/model/kernel.h \
	src/model/inert.c src/model/inert.h \
	src/model/costs.c \
	src/model/clone.c src/model/clone.h \
	src/model/platform.c src/model/platform.h \
	src/model/dist.c src/model/dist.h src/model/dist_tables.h \
	src/model/syscalls.c src/model/syscalls.h \
	src/model/builder_writes.c \
	src/model/idle_states.c src/model/idle_states.h \
	src/model/nice.c src/model/nice.h \
	src/model/signals.c src/model/signals.h \
	src/model/op_forms.c \
	src/model/program.c src/model/program.h \
	src/model/workload.h src/model/workload_digest.c src/model/resource_digest.c src/model/resource_digest.h src/model/encoder.c src/model/encoder.h \
	src/model/builder.h src/model/builder_inside.h \
	src/model/builder.c \
	src/model/builder_machine.c \
	src/model/builder_names.c \
	src/model/builder_resources.c \
	src/model/builder_group.c \
	src/model/builder_ops.c \
	src/model/builder_events.c \
	src/model/builder_attr.c \
	src/model/builder_kthread.c \
	src/model/builder_ipc.c \
	src/model/program_text.c src/model/program_ipc.c \
	src/model/builder_ext.c \
	src/model/builder_quantity.c \
	src/model/builder_check.c \
	src/model/builder_section.c \
	src/model/builder_devices.c \
	src/model/builder_netdevs.c \
	src/model/builder_xv6.c \
	src/model/builder_resolve.c \
	src/model/builder_whole.c
