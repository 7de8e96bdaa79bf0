/* SPDX-License-Identifier: MIT */
/* Growing arrays: what was pushed stays, what is new is zero, what has grown allocates no more. */
#include "base/vec.h"

#include <criterion/criterion.h>

#include "base/rng.h"

enum { MAX = 3000 };

struct pair {
	u32 a;
	u64 b;
};

Test(vec, holds_what_was_pushed_and_not_popped)
{
	for (u64 seed = 1; seed <= 10; seed++) {
		vec_of(u64) v = {0};
		u64 model[MAX];
		u32 len = 0;
		struct rng rng;

		rng_init(&rng, seed, "vec", 0);
		for (u32 step = 0; step < MAX; step++) {
			if (len == 0 || rng_below(&rng, 3)) {
				model[len] = rng_next(&rng);
				vec_push(&v, model[len]);
				len++;
				cr_assert_eq(vec_last(&v), model[len - 1]);
			} else {
				len--;
				cr_assert_eq(vec_pop(&v), model[len], "seed %" PRIu64, seed);
			}
			cr_assert_eq(v.len, len);
			cr_assert_leq(v.len, v.cap);
		}
		for (u32 i = 0; i < len; i++)
			cr_assert_eq(v.at[i], model[i], "seed %" PRIu64 " place %u", seed, i);
		vec_fini(&v);
		cr_assert_null(v.at);
		cr_assert_eq(v.len + v.cap, 0);
	}
}

Test(vec, takes_a_struct_with_commas)
{
	vec_of(struct pair) v = {0};

	vec_push(&v, (struct pair){.a = 1, .b = 2});
	cr_assert_eq(v.at[0].a, 1);
	cr_assert_eq(v.at[0].b, 2);
	vec_fini(&v);
}

Test(vec, reserved_room_is_zeroed_and_keeps_what_was_there)
{
	vec_of(u32) v = {0};

	vec_push(&v, 77);
	vec_reserve(&v, 1000);
	cr_assert_geq(v.cap, 1000);
	cr_assert_eq(v.len, 1);
	cr_assert_eq(v.at[0], 77);
	for (u32 i = 1; i < v.cap; i++)
		cr_assert_eq(v.at[i], 0);
	vec_fini(&v);
}

Test(vec, at_its_size_it_allocates_no_more)
{
	vec_of(u32) v = {0};

	for (u32 i = 0; i < 1000; i++)
		vec_push(&v, i);

	const u32 *at = v.at;

	for (u32 round = 0; round < 10; round++) {
		vec_clear(&v);
		for (u32 i = 0; i < 1000; i++)
			vec_push(&v, i);
		cr_assert_eq(v.at, at);
	}
	vec_fini(&v);
}

Test(vec, one_that_cannot_be_had_ends_with_3, .exit_code = 3)
{
	void *at = NULL;
	u32 cap = 0;

	vec_grow(&at, &cap, UINT32_MAX, 1);
}
