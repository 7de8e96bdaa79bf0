# SPDX-License-Identifier: MIT
#
# The sources of tests/property/property, the property tests that look inside.
property_sources = \
	tests/property/property.c tests/property/property.h \
	tests/property/trial.c tests/property/trial.h \
	tests/property/watch.c tests/property/watch.h \
	tests/property/known.c \
	tests/property/fairness.c \
	tests/property/deadlines.c \
	tests/property/crowded.c \
	tests/property/decisions.c \
	tests/property/statistics.c \
	tests/property/talk.c tests/property/talk.h \
	tests/property/maker.h tests/property/maker_machine.c tests/property/maker_tasks.c \
	tests/property/generated.c \
	tests/property/traced.c \
	tests/property/viewed.c
