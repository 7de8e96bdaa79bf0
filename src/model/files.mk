# SPDX-License-Identifier: MIT
model_sources = \
	src/model/features.h src/model/knobs.h src/model/costs.h src/model/ops.h \
	src/model/kernel.c src/model/kernel.h \
	src/model/platform.c src/model/platform.h \
	src/model/dist.c src/model/dist.h \
	src/model/program.c src/model/program.h \
	src/model/workload.h \
	src/model/builder.c src/model/builder.h
