/* SPDX-License-Identifier: MIT */
/* Pid allocation: the kernel's sequences (process.md 2.3, 14.4), and a plain bitmap as a model. */
#include "proc/pid.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/rng.h"

/* Numbers given out until @last came. */
static void alloc_up_to(struct pid_space *space, s32 last)
{
	while (pid_alloc(space) != last)
		;
}

Test(pid, the_first_numbers_are_1_2_3)
{
	struct pid_space space;

	pid_space_init(&space, 32768);
	cr_expect_eq(pid_alloc(&space), 1);
	cr_expect_eq(pid_alloc(&space), 2);
	cr_expect_eq(pid_alloc(&space), 3);
	cr_expect_eq(pid_last(&space), 3);
	pid_space_fini(&space);
}

Test(pid, a_freed_number_is_not_given_out_before_the_wrap)
{
	struct pid_space space;

	pid_space_init(&space, 32768);
	alloc_up_to(&space, 5);
	pid_free(&space, 4);
	cr_expect_eq(pid_alloc(&space), 6);
	pid_space_fini(&space);
}

Test(pid, after_the_wrap_numbers_begin_at_300_and_skip_those_in_use)
{
	struct pid_space space;

	pid_space_init(&space, 32768);
	alloc_up_to(&space, 32765);
	for (u32 pid = 302; pid <= 32765; pid++)
		pid_free(&space, pid);
	cr_expect_eq(pid_alloc(&space), 32766);
	cr_expect_eq(pid_alloc(&space), 32767);
	cr_expect_eq(pid_alloc(&space), 302, "300 and 301 are in use");
	pid_free(&space, 300);
	cr_expect_eq(pid_alloc(&space), 303, "300 waits for the next wrap");
	pid_space_fini(&space);
}

Test(pid, with_pid_max_310_and_cursor_301_come_301_to_309_then_300_then_none)
{
	struct pid_space space;

	pid_space_init(&space, 310);
	alloc_up_to(&space, 300);
	pid_free(&space, 300);
	for (s32 pid = 301; pid <= 309; pid++)
		cr_expect_eq(pid_alloc(&space), pid);
	cr_expect_eq(pid_alloc(&space), 300);
	cr_expect_eq(pid_alloc(&space), -1, "numbers below 300 are not given out again");
	pid_free(&space, 305);
	cr_expect_eq(pid_alloc(&space), 305);
	pid_space_fini(&space);
}

Test(pid, numbers_below_300_come_again_while_the_cursor_is_below)
{
	struct pid_space space;

	pid_space_init(&space, 100);
	alloc_up_to(&space, 99);
	pid_free(&space, 7);
	cr_expect_eq(pid_alloc(&space), 7);
	cr_expect_eq(pid_alloc(&space), -1);
	pid_space_fini(&space);
}

Test(pid, pid_max_follows_the_number_of_cpus)
{
	cr_expect_eq(pid_max_default(1), 32768);
	cr_expect_eq(pid_max_default(32), 32768);
	cr_expect_eq(pid_max_default(64), 65536);
	cr_expect_eq(pid_max_default(128), 131072);
	cr_expect_eq(pid_max_default(4096), 4194304);
	cr_expect_eq(pid_max_default(100000), 4194304);
}

/* ---- Against a plain bitmap ---- */

struct model {
	bool *used;
	u32 pid_max, cursor;
};

static s32 scan(const struct model *model, u32 from)
{
	for (u32 pid = from; pid < model->pid_max; pid++)
		if (!model->used[pid])
			return (s32)pid;
	return -1;
}

static s32 model_alloc(struct model *model)
{
	u32 lowest = model->cursor <= 300 ? 1 : 300;
	u32 start = model->cursor > lowest ? model->cursor : lowest;
	s32 pid = scan(model, start);

	if (pid < 0)
		pid = scan(model, lowest);
	if (pid < 0)
		return -1;
	model->used[pid] = true;
	model->cursor = (u32)pid + 1;
	return pid;
}

/* Random allocations and frees, at times nearly full, at times nearly empty. */
static void compare(u32 pid_max, u64 seed, u32 nr_ops)
{
	struct model model = {calloc(pid_max, sizeof(bool)), pid_max, 0};
	u32 *live = calloc(pid_max, sizeof(u32)), nr_live = 0;
	struct pid_space space;
	struct rng rng;

	pid_space_init(&space, pid_max);
	rng_init(&rng, seed, "pid test", pid_max);
	for (u32 i = 0; i < nr_ops; i++) {
		bool growing = i / (2 * pid_max) % 2 == 0;

		if (rng_below(&rng, 8) < (growing ? 6 : 3) || !nr_live) {
			s32 expected = model_alloc(&model), got = pid_alloc(&space);

			cr_assert_eq(got, expected, "pid_max %u seed %" PRIu64 " op %u: %d, not %d",
				     pid_max, seed, i, got, expected);
			if (got >= 0)
				live[nr_live++] = (u32)got;
		} else {
			u32 at = (u32)rng_below(&rng, nr_live), pid = live[at];

			live[at] = live[--nr_live];
			model.used[pid] = false;
			pid_free(&space, pid);
		}
		cr_assert_eq(space.nr_used, nr_live);
	}
	pid_space_fini(&space);
	free(model.used);
	free(live);
}

Test(pid, millions_of_random_operations_agree_with_a_plain_bitmap)
{
	static const u32 pid_maxes[] = {2, 63, 64, 65, 301, 310, 512, 4097, 5000, 32768};

	for (u32 i = 0; i < ARRAY_SIZE(pid_maxes); i++)
		compare(pid_maxes[i], 1 + i, 300 * 1000);
}

Test(pid, the_largest_space_has_four_levels_and_is_filled_to_the_end)
{
	struct pid_space space;

	pid_space_init(&space, PID_MAX_LIMIT);
	for (s32 pid = 1; pid < PID_MAX_LIMIT; pid++)
		cr_assert_eq(pid_alloc(&space), pid);
	cr_expect_eq(pid_alloc(&space), -1);
	pid_free(&space, 4000000);
	cr_expect_eq(pid_alloc(&space), 4000000);
	pid_space_fini(&space);
}

/*
 * All of 32768 in use but 20000, the last number given out was 32767. From 300 on: the word of 300
 * has nothing, nor has the word above it (of numbers below 4096); the root says where; two words
 * down. A plain bitmap is read from the word of 300 (the 4th) to that of 20000 (the 312th).
 */
Test(pid, a_free_number_far_away_is_found_in_a_few_words)
{
	struct pid_space space;
	u64 words, bitmap;

	pid_space_init(&space, 32768);
	for (u32 i = 1; i < 32768; i++)
		cr_assert_eq(pid_alloc(&space), (s32)i);
	pid_free(&space, 20000);
	words = space.words_read;
	bitmap = space.bitmap_words;
	cr_expect_eq(pid_alloc(&space), 20000);
	cr_expect_eq(space.words_read - words, 5);
	cr_expect_eq(space.bitmap_words - bitmap, 312 - 4 + 1);
	pid_space_fini(&space);
}

/* clone3's set_tid: exactly that number or none; the cursor stays, and the marks know it. */
Test(pid, a_chosen_number_does_not_move_what_comes_next)
{
	struct pid_space space;

	pid_space_init(&space, 32768);
	cr_expect_eq(pid_alloc(&space), 1);
	cr_expect(pid_alloc_at(&space, 3));
	cr_expect(pid_alloc_at(&space, 20000), "beyond what the tree has covered");
	cr_expect_not(pid_alloc_at(&space, 3), "EEXIST");
	cr_expect_not(pid_alloc_at(&space, 1), "EEXIST");
	cr_expect_eq(pid_alloc(&space), 2);
	cr_expect_eq(pid_alloc(&space), 4, "3 is in use");
	pid_free(&space, 3);
	cr_expect(pid_alloc_at(&space, 3));
	cr_expect_eq(space.nr_used, 5);
	pid_space_fini(&space);
}
