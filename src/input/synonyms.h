/* SPDX-License-Identifier: MIT */
/*
 * What other tools and the kernel call what the workload language calls otherwise: for "did you
 * mean".
 */
#ifndef OSSIM_INPUT_SYNONYMS_H
#define OSSIM_INPUT_SYNONYMS_H

#include <stddef.h>

/* The one of @candidates that @word stands for elsewhere, NULL: there is none. */
const char *synonym_of(const char *word, const char *const *candidates, size_t nr);

#endif
