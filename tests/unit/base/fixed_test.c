/* SPDX-License-Identifier: MIT */
/* Integer arithmetic by its definitions. */
#include "base/fixed.h"

#include <criterion/criterion.h>

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
