/* SPDX-License-Identifier: MIT */
/* What runs beside the tasks of a case, as the rig's machine file tells. */
#ifndef OSSIM_TESTS_FIDELITY_BESIDE_H
#define OSSIM_TESTS_FIDELITY_BESIDE_H

#include "program.h"
#include "workload.h"

/*
 * The kernel threads of the rig, and what read-copy-update has to do: nothing before the window's
 * place is known.
 */
void beside_write(struct writer *w, const struct window_guess *guess);

#endif
