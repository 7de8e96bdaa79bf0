/* SPDX-License-Identifier: MIT */
/*
 * Distributions of times and sizes. Draws are integers, from integer inverse tables: the same on
 * every machine. A draw is clamped to [min, max].
 */
#ifndef OSSIM_MODEL_DIST_H
#define OSSIM_MODEL_DIST_H

#include "base/arena.h"
#include "base/rng.h"
#include "base/types.h"

enum dist_kind {
	DIST_CONSTANT,    /* a */
	DIST_UNIFORM,     /* a..b, both included */
	DIST_NORMAL,      /* mean a, standard deviation b */
	DIST_EXPONENTIAL, /* mean a */
	DIST_LOGNORMAL,   /* median a, sigma b in 1/1000 */
	DIST_PARETO,      /* least value a, shape alpha b in 1/1000 */
	DIST_EMPIRICAL,   /* one of the listed values, with weights */
	NR_DIST_KINDS
};

extern const char *const dist_kind_names[NR_DIST_KINDS];

struct dist {
	u8 kind;
	u64 a, b;
	u64 min, max; /* clamp; 0 and UINT64_MAX: none */
	/*
	 * DIST_EMPIRICAL: @nr steps; value[i] (to value_hi[i], uniform inside, if not NULL) is
	 * drawn while the draw is below cumulative[i]; cumulative[nr - 1] is the sum of the
	 * weights.
	 */
	u32 nr;
	const u64 *value, *value_hi, *cumulative;
};

u64 dist_draw(const struct dist *dist, struct rng_small *rng);
/* The least value a draw can have: 0 means that the op may take no time. */
u64 dist_min(const struct dist *dist);
/* The greatest value a draw can have; 0 means that the op never takes time. */
u64 dist_max(const struct dist *dist);

#endif
