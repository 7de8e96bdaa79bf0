/* SPDX-License-Identifier: MIT */
/*
 * Sets that are joined: which of some numbers belong together?
 *
 * Each number leads, by way of others, to the one that stands for its set; at first that is itself.
 */
#ifndef OSSIM_BASE_SETS_H
#define OSSIM_BASE_SETS_H

#include "base/types.h"

/* Who stands for the set of @at: the least of it. Shortens the way there. */
u32 sets_root(u32 *of, u32 at);
/* Makes one set of those of @one and @other. */
void sets_join(u32 *of, u32 one, u32 other);

#endif
