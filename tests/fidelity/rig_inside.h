/* SPDX-License-Identifier: MIT */
/* What the readers of a rig's facts, and who says them, share. */
#ifndef OSSIM_TESTS_FIDELITY_RIG_INSIDE_H
#define OSSIM_TESTS_FIDELITY_RIG_INSIDE_H

#include "rig.h"

/* Says @what is wrong, in @of, for rig.error. Returns false. */
bool rig_fail(struct rig *rig, const char *what, const char *of);
/* The string @key of @object; "" if there is none. */
const char *rig_string(const json_t *object, const char *key);
/*
 * Reads the machine file at @path; false if it cannot be read, or a line of it not be understood.
 */
must_check bool rig_read_machine(struct rig *rig, const char *path);

#endif
