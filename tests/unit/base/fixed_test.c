/* SPDX-License-Identifier: MIT */
/* Integer arithmetic by its definitions. */
#include "base/fixed.h"

#include <criterion/criterion.h>

#include "base/rng.h"

/* Random numbers of all lengths from 0 to 64 bits. */
static u64 random_u64(struct rng *rng)
{
	u64 bits = rng_below(rng, 65);

	return bits ? rng_next(rng) >> (64 - bits) : 0;
}

Test(fixed, isqrt_is_the_largest_root_that_fits)
{
	struct rng rng;

	rng_init(&rng, 1, "fixed", 0);
	for (u32 i = 0; i < 200000; i++) {
		u64 x = i < 70000 ? i : random_u64(&rng);
		u128 root = isqrt_u64(x);

		cr_assert(root * root <= x && (root + 1) * (root + 1) > x, "x %" PRIu64, x);
	}
	cr_assert_eq(isqrt_u64(UINT64_MAX), UINT32_MAX);
	cr_assert_eq(isqrt_u64((u64)UINT32_MAX * UINT32_MAX), UINT32_MAX);
	cr_assert_eq(isqrt_u64((u64)UINT32_MAX * UINT32_MAX - 1), UINT32_MAX - 1);
}

Test(fixed, mul_div_does_not_overflow_in_the_middle_and_saturates)
{
	cr_assert_eq(mul_div_u64(UINT64_MAX, 1000, 1000), UINT64_MAX);
	cr_assert_eq(mul_div_u64(UINT64_MAX, 2, 4), UINT64_MAX / 2);
	cr_assert_eq(mul_div_u64(UINT64_MAX, 2, 1), UINT64_MAX);
	cr_assert_eq(mul_div_u64(7, 3, 2), 10);
	cr_assert_eq(mul_div_u64(0, UINT64_MAX, 1), 0);
}

Test(fixed, mul_shift_keeps_the_high_bits_of_the_product)
{
	cr_assert_eq(mul_shift_u64(1ULL << 63, 1ULL << 32, 32), 1ULL << 63);
	cr_assert_eq(mul_shift_u64(3, 5, 1), 7);
}

Test(fixed, floor_div_rounds_down_on_both_sides_of_zero)
{
	for (s64 b = 1; b <= 7; b++) {
		for (s64 a = -30; a <= 30; a++) {
			s64 q = floor_div_s64(a, b);

			cr_assert(q * b <= a && a < (q + 1) * b, "%" PRId64 " / %" PRId64, a, b);
		}
	}
	cr_assert_eq(floor_div_s64(INT64_MIN, 1), INT64_MIN);
}

Test(fixed, bit_length_is_the_number_of_binary_digits)
{
	cr_assert_eq(bit_length(0), 0);
	for (u32 bits = 1; bits <= 64; bits++) {
		u64 largest = UINT64_MAX >> (64 - bits);

		cr_assert_eq(bit_length(largest), bits);
		cr_assert_eq(bit_length(largest / 2 + 1), bits);
		cr_assert_eq(log2_floor(largest), bits - 1);
	}
}

Test(fixed, nested_min_and_max_clamp)
{
	for (int x = -3; x <= 12; x++)
		cr_assert_eq(clamp_to(x, 0, 10), x < 0 ? 0 : x > 10 ? 10 : x);
}

Test(fixed, virtual_times_compare_across_the_wrap)
{
	cr_assert(vtime_before(UINT64_MAX - 5, 3));
	cr_assert_not(vtime_before(3, UINT64_MAX - 5));
	cr_assert_not(vtime_before(9, 9));
}
