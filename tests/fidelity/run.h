/* SPDX-License-Identifier: MIT */
#ifndef OSSIM_TESTS_FIDELITY_RUN_H
#define OSSIM_TESTS_FIDELITY_RUN_H

#include <stdio.h>

#include "base/text.h"
#include "course.h"

/*
 * Runs @yaml, writing a trace to @out if that is not NULL; *@course is what tasks did, if that is
 * not NULL. When TW_START came is in *start_ns.
 */
must_check bool run_yaml(const struct text *yaml, const char *name, FILE *out,
			 struct course **course, u64 *start_ns);

#endif
