/* SPDX-License-Identifier: MIT */
/*
 * What generated tasks send each other: sockets, FIFOs, messages, semaphores of System V, timerfds,
 * and epolls over all of them. Draws from a stream of its own.
 */
#ifndef OSSIM_TESTS_PROPERTY_TALK_H
#define OSSIM_TESTS_PROPERTY_TALK_H

#include "base/rng.h"
#include "model/builder.h"

struct talk {
	struct builder *b;
	struct rng rng;
};

void talk_init(struct talk *t, struct builder *b, u64 seed);
/* Adds an action or a few to the open task's program. */
void talk_step(struct talk *t);
/* Tasks that send and receive, so that few wait for ever. */
void talk_helpers(struct talk *t);

#endif
