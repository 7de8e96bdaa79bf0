/* SPDX-License-Identifier: MIT */
/* Masks of many sizes against arrays of bool. */
#include "base/bitset.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"

static const u32 sizes[] = {1, 2, 63, 64, 65, 127, 128, 200, 4096};

struct fixture {
	struct arena arena;
	struct rng rng;
	u32 nr;
	struct cpumask *a, *b, *to;
	bool in_a[CPUS_MAX], in_b[CPUS_MAX];
};

/* Two random masks, from nearly empty to nearly full. */
static struct fixture *fixture_new(u32 nr, u64 seed)
{
	struct fixture *f = calloc(1, sizeof(*f));
	u64 of_8 = seed % 8 + 1;

	f->nr = nr;
	arena_init(&f->arena);
	rng_init(&f->rng, seed, "bitset", nr);
	f->a = cpumask_new(&f->arena, nr);
	f->b = cpumask_new(&f->arena, nr);
	f->to = cpumask_new(&f->arena, nr);
	for (u32 i = 0; i < nr; i++) {
		f->in_a[i] = rng_below(&f->rng, 9) < of_8;
		f->in_b[i] = rng_below(&f->rng, 9) < of_8;
		if (f->in_a[i])
			cpumask_set(f->a, i);
		if (f->in_b[i])
			cpumask_set(f->b, i);
	}
	return f;
}

static void fixture_free(struct fixture *f)
{
	arena_fini(&f->arena);
	free(f);
}

#define for_each_fixture(f)                                                      \
	for (u64 seed = 1; seed <= 16; seed++)                                   \
		for (u32 s = 0; s < ARRAY_SIZE(sizes); s++)                      \
			for (struct fixture *f = fixture_new(sizes[s], seed); f; \
			     fixture_free(f), f = NULL)

#define HERE "seed %" PRIu64 " bits %u", seed, sizes[s]

Test(bitset, set_operations_work_bit_by_bit)
{
	for_each_fixture (f) {
		struct cpumask *and = cpumask_dup(&f->arena, f->a);
		struct cpumask * or = cpumask_dup(&f->arena, f->a);
		u32 count = 0;
		bool equal = true, subset = true, meets = false;

		cpumask_and(and, f->a, f->b);
		cpumask_or(or, f->a, f->b);
		cpumask_andnot(f->to, f->a, f->b);
		for (u32 i = 0; i < f->nr; i++) {
			bool a = f->in_a[i], b = f->in_b[i];

			cr_assert_eq(cpumask_test(and, i), a && b, HERE);
			cr_assert_eq(cpumask_test(or, i), a || b, HERE);
			cr_assert_eq(cpumask_test(f->to, i), a && !b, HERE);
			count += a;
			equal &= a == b;
			subset &= !a || b;
			meets |= a && b;
		}
		cr_assert_eq(cpumask_count(f->a), count, HERE);
		cr_assert_eq(cpumask_empty(f->a), count == 0, HERE);
		cr_assert_eq(cpumask_equal(f->a, f->b), equal, HERE);
		cr_assert_eq(cpumask_subset(f->a, f->b), subset, HERE);
		cr_assert_eq(cpumask_intersects(f->a, f->b), meets, HERE);
		cr_assert(cpumask_subset(and, f->b), HERE);
	}
}

/* The first i >= from with the property, or nr. */
static u32 model_next(const struct fixture *f, u32 from, bool both)
{
	while (from < f->nr && !(f->in_a[from] && (!both || f->in_b[from])))
		from++;
	return min_of(from, f->nr);
}

Test(bitset, next_finds_the_first_set_bit_at_or_after)
{
	for_each_fixture (f) {
		for (u32 n = 0; n < 100; n++) {
			u32 from = n == 0 ? f->nr : (u32)rng_below(&f->rng, f->nr);
			u32 next = model_next(f, from, false);

			cr_assert_eq(cpumask_next(f->a, from), next, HERE);
			cr_assert_eq(cpumask_next_and(f->a, f->b, from), model_next(f, from, true),
				     HERE);
			cr_assert_eq(cpumask_next_wrap(f->a, from),
				     next < f->nr ? next : model_next(f, 0, false), HERE);
		}
	}
}

/*
 * From the next bit on to the last, from the first on to the one before: what both sets have, but
 * for @from.
 */
Test(bitset, a_ring_visits_what_two_have_in_common_all_around_from_one_on)
{
	for_each_fixture (f) {
		for (u32 n = 0; n < 20; n++) {
			u32 from = n ? (u32)rng_below(&f->rng, f->nr) : f->nr - 1, at = from, base;
			struct cpumask_ring ring = cpumask_ring(f->a, f->b, from);
			u32 nr = 0, wanted = 0;
			u64 bits;

			for (u32 i = 0; i < f->nr; i++)
				wanted += i != from && f->in_a[i] && f->in_b[i];
			while (cpumask_ring_next(&ring, &bits, &base))
				for (; bits; bits &= bits - 1, nr++) {
					do
						at = (at + 1) % f->nr;
					while (at != from && !(f->in_a[at] && f->in_b[at]));
					cr_assert_eq(base + (u32)__builtin_ctzll(bits), at, HERE);
				}
			cr_assert_eq(nr, wanted, HERE);
		}
	}
}

Test(bitset, walks_visit_each_bit_once_in_order)
{
	for_each_fixture (f) {
		u32 i = model_next(f, 0, false);

		cpumask_for_each (cpu, f->a) {
			cr_assert_eq(cpu, i, HERE);
			i = model_next(f, i + 1, false);
		}
		cr_assert_eq(i, f->nr, HERE);
		i = model_next(f, 0, true);
		cpumask_for_each_and (cpu, f->a, f->b) {
			cr_assert_eq(cpu, i, HERE);
			i = model_next(f, i + 1, true);
		}
		cr_assert_eq(i, f->nr, HERE);
	}
}

Test(bitset, a_full_mask_has_no_bit_beyond_its_size)
{
	for_each_fixture (f) {
		cpumask_fill(f->a);
		cr_assert_eq(cpumask_count(f->a), f->nr, HERE);
		cpumask_clear(f->a, f->nr - 1);
		cr_assert_eq(cpumask_count(f->a), f->nr - 1, HERE);
		cpumask_zero(f->a);
		cr_assert(cpumask_empty(f->a), HERE);
	}
}

Test(bitset, what_was_formatted_parses_to_the_same_mask)
{
	static char text[32768];
	const char *error = NULL;

	for_each_fixture (f) {
		if (cpumask_empty(f->a))
			continue;
		cpumask_format(f->a, text, sizeof(text));
		cr_assert(cpumask_parse(f->to, text, &error), HERE);
		cr_assert(cpumask_equal(f->a, f->to), HERE);
	}
}

static const char *format_of(const char *list, u32 nr, const char **error)
{
	static char text[64];
	struct arena arena;

	arena_init(&arena);

	struct cpumask *m = cpumask_new(&arena, nr);

	*error = NULL;
	if (!cpumask_parse(m, list, error))
		strcpy(text, "no");
	else
		cpumask_format(m, text, sizeof(text));
	arena_fini(&arena);
	return text;
}

Test(bitset, lists_are_read_and_written_in_the_shortest_form)
{
	const char *error;

	cr_assert_str_eq(format_of("0-3,8", 9, &error), "0-3,8");
	cr_assert_str_eq(format_of("8,3,2,1,0", 9, &error), "0-3,8");
	cr_assert_str_eq(format_of(" 0 - 1 , 1-2 ", 9, &error), "0-2");
	cr_assert_str_eq(format_of("all", 9, &error), "0-8");
	cr_assert_str_eq(format_of("0", 1, &error), "0");
	cr_assert_str_eq(format_of("63-64", 4096, &error), "63-64");
}

/*
 * lib/vsprintf.c, bitmap_string(): the first word has as many digits as the bits that there can be
 * in it.
 */
Test(bitset, masks_are_written_in_words_of_32_bits)
{
	static const struct {
		u32 nr;
		const char *list, *hex;
	} masks[] = {
		{1, "0", "1"},
		{5, "0-4", "1f"},
		{12, "0", "001"},
		{32, "31", "80000000"},
		{33, "32", "1,00000000"},
		{40, "3", "00,00000008"},
		{64, "0,63", "80000000,00000001"},
		{96, "64", "00000001,00000000,00000000"},
	};

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		struct arena arena;
		const char *error;
		char text[64];

		arena_init(&arena);

		struct cpumask *m = cpumask_new(&arena, masks[i].nr);

		cr_assert(cpumask_parse(m, masks[i].list, &error));
		cpumask_format_hex(m, text, sizeof(text));
		cr_assert_str_eq(text, masks[i].hex);
		arena_fini(&arena);
	}
}

Test(bitset, bad_lists_are_refused_with_a_reason)
{
	static const char *const bad[] = {"",    ",", "0,",    "0-",   "-1",
					  "3-1", "9", "0-9",   "0;1",  "0x1",
					  "1 2", "x", "all,1", "allx", "99999999999999999999"};
	const char *error;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_str_eq(format_of(bad[i], 9, &error), "no", "'%s'", bad[i]);
		cr_assert(error && *error, "'%s'", bad[i]);
	}
}

Test(bitset, formatting_never_writes_past_its_buffer)
{
	struct arena arena;
	const char *error;
	char text[16];

	arena_init(&arena);

	struct cpumask *m = cpumask_new(&arena, 100);

	cr_assert(cpumask_parse(m, "10,20,30,40,50", &error));
	for (size_t size = 0; size <= 15; size++) {
		memset(text, '#', sizeof(text));
		cpumask_format(m, text, size);
		cr_assert_eq(text[size], '#', "size %zu", size);
		if (size)
			cr_assert_eq(strncmp(text, "10,20,30,40,50", size - 1), 0, "size %zu",
				     size);
	}
	arena_fini(&arena);
}
