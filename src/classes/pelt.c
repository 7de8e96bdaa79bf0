/* SPDX-License-Identifier: MIT */
/*
 * Per-entity load tracking: geometric averages of how much something wanted and used a cpu.
 */
#include "classes/pelt.h"

#include "base/fixed.h"

const u32 pelt_decay_factor[32] = {
	0xffffffff, 0xfa83b2da, 0xf5257d14, 0xefe4b99a, 0xeac0c6e6, 0xe5b906e6, 0xe0ccdeeb,
	0xdbfbb796, 0xd744fcc9, 0xd2a81d91, 0xce248c14, 0xc9b9bd85, 0xc5672a10, 0xc12c4cc9,
	0xbd08a39e, 0xb8fbaf46, 0xb504f333, 0xb123f581, 0xad583ee9, 0xa9a15ab4, 0xa5fed6a9,
	0xa2704302, 0x9ef5325f, 0x9b8d39b9, 0x9837f050, 0x94f4efa8, 0x91c3d373, 0x8ea4398a,
	0x8b95c1e3, 0x88980e80, 0x85aac367, 0x82cd8698,
};

/*
 * ceil(2^64 / divider). No divider is a power of two, so this is floor((2^64 - 1) / divider) + 1,
 * which is off by less than 1; times a sum below 2^48 the error stays below 2^48 / 2^64 of a unit
 * times the divider (below 2^16), so the product's high word is the exact quotient.
 */
#define R1(i)   UINT64_MAX / (PELT_MIN_DIVIDER + (i)) + 1,
#define R4(i)   R1(i) R1((i) + 1) R1((i) + 2) R1((i) + 3)
#define R16(i)  R4(i) R4((i) + 4) R4((i) + 8) R4((i) + 12)
#define R64(i)  R16(i) R16((i) + 16) R16((i) + 32) R16((i) + 48)
#define R256(i) R64(i) R64((i) + 64) R64((i) + 128) R64((i) + 192)
const u64 pelt_reciprocal[PELT_PERIOD] = {R256(0) R256(256) R256(512) R256(768)};
#undef R1
#undef R4
#undef R16
#undef R64
#undef R256

/* PELT_MAX - pelt_decay(PELT_MAX, n) - PELT_PERIOD; a test works it out again. */
const u32 pelt_between[PELT_SHORT] = {
	0,     0,     1001,  1980,  2939,  3877,  4795,  5693,  6572,  7433,  8274,  9098,  9904,
	10693, 11465, 12221, 12960, 13683, 14391, 15084, 15762, 16425, 17074, 17709, 18331, 18939,
	19534, 20117, 20687, 21245, 21791, 22325, 22848, 23359, 23860, 24349, 24829, 25298, 25757,
	26206, 26645, 27076, 27496, 27908, 28311, 28706, 29092, 29470, 29839, 30201, 30555, 30901,
	31240, 31572, 31896, 32214, 32525, 32829, 33126, 33418, 33703, 33982, 34255, 34522,
};

u64 pelt_between_slow(u64 periods)
{
	return PELT_MAX - pelt_decay(PELT_MAX, periods) - PELT_PERIOD;
}

u64 pelt_worth_long(const struct pelt *avg, u64 periods)
{
	u64 between = periods < PELT_SHORT ? pelt_between[periods] : pelt_between_slow(periods);

	return pelt_decay(PELT_PERIOD - avg->period_contrib, periods) + between;
}

bool pelt_update_rq(struct pelt *avg, u64 now, bool running)
{
	if (!running && pelt_is_zero(avg))
		return pelt_pass(avg, now);
	if (!pelt_sum(avg, now, (struct pelt_input){running, running, running}))
		return false;
	pelt_average(avg, 1);
	return true;
}
