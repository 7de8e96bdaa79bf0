/* SPDX-License-Identifier: MIT */
/*
 * Large blocks straight from the system.
 *
 * They come zeroed, cost nothing until they are touched, and go back when they are put, whatever
 * malloc still holds around them. From PAGES_HUGE on they begin on a boundary of the processor's
 * large pages, and the system is asked to use those: a simulation of many tasks touches its memory
 * all over the place, and with small pages half of that is looking for the page. Then up to so much
 * more than was touched is taken.
 */
#ifndef OSSIM_BASE_PAGES_H
#define OSSIM_BASE_PAGES_H

#include "base/types.h"

enum { PAGES_LARGE = 1 << 18, PAGES_HUGE = 2 << 20 };

/* @bytes >= PAGES_LARGE. Out of memory: NULL. */
must_check void *pages_get(size_t bytes);
/* @bytes as it was asked for. */
void pages_put(void *at, size_t bytes);

#endif
