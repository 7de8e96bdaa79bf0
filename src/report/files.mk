# SPDX-License-Identifier: MIT
report_sources = \
	src/report/report.h \
	src/report/parts.h \
	src/report/json.h \
	src/report/json.c \
	src/report/groups.h \
	src/report/explanation.h \
	src/report/explanation_words.h \
	src/report/explanation_page.h \
	src/report/explanation.c \
	src/report/explanation_delay.c \
	src/report/explanation_words.c \
	src/report/explanation_json.c \
	src/report/knobs.h \
	src/report/knobs.c \
	src/report/print.h \
	src/report/result.c \
	src/report/fields.c \
	src/report/groups.c \
	src/report/lookup.c src/report/lookup.h src/report/lookup_names.c \
	src/report/expect.c \
	src/report/print.c \
	src/report/text.c src/report/text_parts.c \
	src/report/pair.c \
	src/report/plot.h \
	src/report/plot.c \
	src/report/plot_run.c \
	src/report/plot_actors.c \
	src/report/plot_gantt.c \
	src/report/plot_latency.c \
	src/report/plot_load.c \
	src/report/plot_waits.c
