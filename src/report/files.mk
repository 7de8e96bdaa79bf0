# SPDX-License-Identifier: MIT
report_sources = \
	src/report/report.h \
	src/report/result.c \
	src/report/text.c
