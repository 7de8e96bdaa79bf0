/* SPDX-License-Identifier: MIT */
/*
 * Per-entity load tracking: geometric averages of how much something wanted and used a cpu.
 */
#include "classes/pelt.h"

#include "base/fixed.h"

enum { HALF_LIFE = 32 /* periods */ };

/* y^n * 2^32 with y^32 = 1/2. */
static const u32 decay_factor[HALF_LIFE] = {
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
#define R1(i)    UINT64_MAX / (PELT_MIN_DIVIDER + (i)) + 1,
#define R4(i)    R1(i) R1((i) + 1) R1((i) + 2) R1((i) + 3)
#define R16(i)   R4(i) R4((i) + 4) R4((i) + 8) R4((i) + 12)
#define R64(i)   R16(i) R16((i) + 16) R16((i) + 32) R16((i) + 48)
#define R256(i)  R64(i) R64((i) + 64) R64((i) + 128) R64((i) + 192)
const u64 pelt_reciprocal[PELT_PERIOD] = { R256(0) R256(256) R256(512) R256(768) };
#undef R1
#undef R4
#undef R16
#undef R64
#undef R256

u64 pelt_decay(u64 sum, u64 periods)
{
	if (periods > HALF_LIFE * 63)
		return 0;
	return mul_shift_u64(sum >> (periods / HALF_LIFE), decay_factor[periods % HALF_LIFE], 32);
}

/*
 * What one unit of input is worth over a span that ends @periods periods: the rest of the period in
 * which it began (@first units), the whole periods, and @last units of the present one.
 */
static u64 span_worth(u64 periods, u32 first, u32 last)
{
	return pelt_decay(first, periods) + (PELT_MAX - pelt_decay(PELT_MAX, periods) - PELT_PERIOD) +
	       last;
}

bool pelt_sum_slow(struct pelt *avg, u64 now, struct pelt_input in)
{
	u64 delta = now - avg->last_update;

	if ((s64)delta < 0) { /* clocks of two cpus may differ when a task moves */
		avg->last_update = now;
		return false;
	}
	delta >>= 10;
	if (!delta)
		return false;
	avg->last_update += delta << 10;

	u64 worth = delta;
	u64 units = delta + avg->period_contrib;
	u64 periods = units / PELT_PERIOD;
	u32 last = units % PELT_PERIOD;

	if (periods) {
		avg->load_sum = pelt_decay(avg->load_sum, periods);
		avg->runnable_sum = pelt_decay(avg->runnable_sum, periods);
		avg->util_sum = (u32)pelt_decay(avg->util_sum, periods);
		if (in.load)
			worth = span_worth(periods, PELT_PERIOD - avg->period_contrib, last);
	}
	avg->period_contrib = last;
	if (in.load) {
		avg->load_sum += in.load * worth;
		avg->runnable_sum += in.runnable * worth << 10;
		if (in.running)
			avg->util_sum += (u32)worth << 10;
	}
	return periods;
}

bool pelt_update_rq(struct pelt *avg, u64 now, bool running)
{
	if (!pelt_sum(avg, now, (struct pelt_input){ running, running, running }))
		return false;
	pelt_average(avg, 1);
	return true;
}
