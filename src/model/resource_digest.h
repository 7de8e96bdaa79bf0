/* SPDX-License-Identifier: MIT */
/*
 * The part of a workload's fingerprint that tells what tasks share by name (model/resources.h): a
 * resource that has anything that can change a run gets its line here.
 */
#ifndef OSSIM_MODEL_RESOURCE_DIGEST_H
#define OSSIM_MODEL_RESOURCE_DIGEST_H

#include "model/encoder.h"
#include "model/workload.h"

void digest_resources(struct encoder *e, const struct workload *w);
void digest_dist(struct encoder *e, const struct dist *dist);

#endif
