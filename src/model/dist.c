/* SPDX-License-Identifier: MIT */
/*
 * Draws by inversion, in integers.
 *
 * A random word r is taken as the fraction r / 2^64. Exponential and Pareto draws need its
 * logarithm: the leading zeros give the whole part exactly, however far the tail goes, and a table
 * the rest. Normal draws look r up in a table of quantiles whose steps halve with each octave of
 * the tail, down to 2^-41 (7 standard deviations). Between entries is a straight line: a draw is
 * within 2e-6 of the mean (exponential), 4e-6 of itself (Pareto, at alpha 1) or 5e-5 standard
 * deviations (normal) of the exact quantile. tests/unit/model/dist-tables makes the tables.
 */
#include "model/dist.h"

#include "model/dist_tables.h"

#define LN2_Q64        12786308645202655660ULL
#define LOG2E_1000_Q59 831657068615270LL /* log2(e) / 1000 */

const char *const dist_kind_names[NR_DIST_KINDS] = {
	[DIST_CONSTANT] = "constant",   [DIST_UNIFORM] = "uniform",
	[DIST_NORMAL] = "normal",       [DIST_EXPONENTIAL] = "exponential",
	[DIST_LOGNORMAL] = "lognormal", [DIST_PARETO] = "pareto",
	[DIST_EMPIRICAL] = "empirical",
};

static u64 saturate(u128 value)
{
	return value > UINT64_MAX ? UINT64_MAX : (u64)value;
}

/* -log2(r / 2^64) in Q47: 0 to 64. */
static u64 minus_log2(u64 r)
{
	r |= 1;
	u32 zeros = (u32)__builtin_clzll(r);
	u64 mantissa = r << zeros << 1; /* without its leading one */
	u32 i = (u32)(mantissa >> 56);
	u64 frac = mantissa >> 24 & UINT32_MAX;
	u64 step = log2_table[i + 1] - log2_table[i];

	return ((u64)(zeros + 1) << 47) - ((u64)log2_table[i] << 16) - (step * frac >> 16);
}

/* a * 2^e, e in Q47. */
static u64 scale_exp2(u64 a, s64 e)
{
	s64 whole = e >> 47;
	u32 i = (u32)(e >> 39) & 255;
	u64 frac = (u64)e >> 7 & UINT32_MAX;
	u64 factor = ((u64)exp2_table[i] << 32) + (exp2_table[i + 1] - exp2_table[i]) * frac;

	if (whole > 62)
		return a ? UINT64_MAX : 0;
	if (whole < 62 - 127)
		return 0;
	return saturate((u128)a * factor >> (62 - whole));
}

/* A standard normal quantile in Q28: the lowest bit is the sign, the others the tail. */
static s64 normal_z(u64 r)
{
	u64 tail = max_of(r | 1, 1ULL << (64 - NORMAL_OCTAVES));
	u32 zeros = (u32)__builtin_clzll(tail);
	u64 mantissa = tail << zeros;
	u32 i = (NORMAL_OCTAVES - 1 - zeros) * NORMAL_SEGMENTS +
		(mantissa >> 58 & (NORMAL_SEGMENTS - 1));
	u64 frac = mantissa >> 26 & UINT32_MAX;
	u64 step = normal_table[i] - normal_table[i + 1];
	s64 z = (s64)(normal_table[i] - (step * frac >> 32));

	return r & 1 ? -z : z;
}

/* r / 2^64 of @range, truncated; a range of 0 stands for 2^64. */
static u64 fraction_of(u64 r, u64 range)
{
	return range ? (u64)((u128)r * range >> 64) : r;
}

/* These three never draw 0 from a positive figure: work of a random length is some work. */
static u64 draw_exponential(u64 mean, u64 r)
{
	u64 nats = (u64)((u128)minus_log2(r) * LN2_Q64 >> 64);
	u64 value = saturate(((u128)mean * nats + (1ULL << 46)) >> 47);

	return value || !mean ? value : 1;
}

static u64 draw_pareto(u64 least, u64 alpha_milli, u64 r)
{
	return scale_exp2(least, (s64)(minus_log2(r) * 1000 / alpha_milli));
}

static u64 draw_lognormal(u64 median, u64 sigma_milli, u64 r)
{
	s128 exponent = (s128)(normal_z(r) * (s64)sigma_milli) * LOG2E_1000_Q59 >> 40;
	u64 value = scale_exp2(median, (s64)exponent);

	return value || !median ? value : 1;
}

static u64 draw_normal(u64 mean, u64 deviation, u64 r)
{
	s128 value = (s128)mean + (((s128)normal_z(r) * deviation + (1 << 27)) >> 28);

	return value < 0 ? 0 : saturate((u128)value);
}

static u64 draw_empirical(const struct dist *dist, struct rng_small *rng)
{
	u64 at = fraction_of(rng_small_next(rng), dist->cumulative[dist->nr - 1]);
	u32 low = 0, high = dist->nr - 1;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (at < dist->cumulative[mid])
			high = mid;
		else
			low = mid + 1;
	}
	if (!dist->value_hi)
		return dist->value[low];
	u64 range = dist->value_hi[low] - dist->value[low] + 1;

	return dist->value[low] + fraction_of(rng_small_next(rng), range);
}

static not_inline u64 draw_unclamped(const struct dist *dist, struct rng_small *rng)
{
	switch (dist->kind) {
	case DIST_UNIFORM:
		return dist->a + fraction_of(rng_small_next(rng), dist->b - dist->a + 1);
	case DIST_NORMAL:
		return draw_normal(dist->a, dist->b, rng_small_next(rng));
	case DIST_EXPONENTIAL:
		return draw_exponential(dist->a, rng_small_next(rng));
	case DIST_LOGNORMAL:
		return draw_lognormal(dist->a, dist->b, rng_small_next(rng));
	case DIST_PARETO:
		return draw_pareto(dist->a, dist->b, rng_small_next(rng));
	case DIST_EMPIRICAL:
		return draw_empirical(dist, rng);
	default:
		return dist->a;
	}
}

static u64 clamped(const struct dist *dist, u64 value)
{
	return clamp_to(value, dist->min, dist->max);
}

u64 dist_draw(const struct dist *dist, struct rng_small *rng)
{
	/* What most loads are made of goes the straight way. */
	if (likely(dist->kind == DIST_EXPONENTIAL))
		return clamped(dist, draw_exponential(dist->a, rng_small_next(rng)));
	return clamped(dist, draw_unclamped(dist, rng));
}

/* The ends of an empirical distribution, of steps that can be drawn. */
static u64 empirical_end(const struct dist *dist, bool greatest)
{
	u64 end = greatest ? 0 : UINT64_MAX, before = 0;

	for (u32 i = 0; i < dist->nr; i++) {
		u64 value = greatest && dist->value_hi ? dist->value_hi[i] : dist->value[i];

		if (dist->cumulative[i] > before && (greatest ? value > end : value < end))
			end = value;
		before = dist->cumulative[i];
	}
	return end;
}

/* The random words that lead to the ends of the normal table. */
static const u64 farthest_below = 1, farthest_above = 0;

u64 dist_min(const struct dist *dist)
{
	switch (dist->kind) {
	case DIST_NORMAL:
		return clamped(dist, draw_normal(dist->a, dist->b, farthest_below));
	case DIST_EXPONENTIAL:
		return clamped(dist, dist->a ? 1 : 0);
	case DIST_LOGNORMAL:
		return clamped(dist, draw_lognormal(dist->a, dist->b, farthest_below));
	case DIST_EMPIRICAL:
		return clamped(dist, empirical_end(dist, false));
	default:
		return clamped(dist, dist->a);
	}
}

u64 dist_max(const struct dist *dist)
{
	switch (dist->kind) {
	case DIST_UNIFORM:
		return clamped(dist, dist->b);
	case DIST_NORMAL:
		return clamped(dist, draw_normal(dist->a, dist->b, farthest_above));
	case DIST_EXPONENTIAL:
		return clamped(dist, draw_exponential(dist->a, 0));
	case DIST_LOGNORMAL:
		return clamped(dist, draw_lognormal(dist->a, dist->b, farthest_above));
	case DIST_PARETO:
		return clamped(dist, draw_pareto(dist->a, dist->b, 0));
	case DIST_EMPIRICAL:
		return clamped(dist, empirical_end(dist, true));
	default:
		return clamped(dist, dist->a);
	}
}
