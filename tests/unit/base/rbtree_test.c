/* SPDX-License-Identifier: MIT */
/*
 * The tree against the slowest thing that does the same: an array kept sorted by insertion.
 *
 * After every step of random inserts, erases and changes the whole tree is compared with the array,
 * in both directions, and each node's summary with one computed anew from its subtree.
 */
#include "base/rbtree.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"

enum { ITEMS = 150, STEPS = 1500, SEEDS = 12 };

struct item {
	u64 key, weight;
	bool in_tree;
	u64 min, sum; /* of the weights in the subtree */
	struct rb_node node;
};

struct fixture {
	u64 seed;
	struct rng rng;
	struct rb_tree tree;
	struct item items[ITEMS];
	struct item *model[ITEMS];
	u32 nr;
};

static struct item *item_of(const struct rb_node *node)
{
	return container_of(node, struct item, node);
}

static bool item_less(const struct rb_node *a, const struct rb_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static bool item_pull(struct rb_node *node)
{
	struct item *item = item_of(node);
	u64 min = item->weight, sum = item->weight;

	for (u32 side = 0; side < 2; side++) {
		if (!node->child[side])
			continue;
		min = min_of(min, item_of(node->child[side])->min);
		sum += item_of(node->child[side])->sum;
	}

	bool changed = min != item->min || sum != item->sum;

	item->min = min;
	item->sum = sum;
	return changed;
}

static bool item_add(struct rb_node *node, const struct rb_node *leaf)
{
	struct item *item = item_of(node);

	item->min = min_of(item->min, item_of(leaf)->min);
	item->sum += item_of(leaf)->sum;
	return true;
}

/* Behind all that are not larger: that is where an equal key belongs. */
static void model_insert(struct fixture *f, struct item *item)
{
	u32 at = f->nr++;

	for (; at > 0 && f->model[at - 1]->key > item->key; at--)
		f->model[at] = f->model[at - 1];
	f->model[at] = item;
}

static void model_erase(struct fixture *f, struct item *item)
{
	u32 at = 0;

	while (f->model[at] != item)
		at++;
	f->nr--;
	memmove(&f->model[at], &f->model[at + 1], (f->nr - at) * sizeof(f->model[0]));
}

static void check_order(const struct fixture *f, u32 step)
{
	const struct rb_node *forth = rb_first(&f->tree), *back = rb_last(&f->tree);

	cr_assert(rb_valid(&f->tree, item_less), "seed %" PRIu64 " step %u", f->seed, step);
	for (u32 i = 0; i < f->nr; i++) {
		cr_assert(forth == &f->model[i]->node && back == &f->model[f->nr - 1 - i]->node,
			  "seed %" PRIu64 " step %u place %u", f->seed, step, i);
		forth = rb_next(forth);
		back = rb_prev(back);
	}
	cr_assert(!forth && !back, "seed %" PRIu64 " step %u", f->seed, step);
}

static void check_summaries(const struct fixture *f, const struct rb_node *node, u64 *min, u64 *sum)
{
	*min = UINT64_MAX;
	*sum = 0;
	if (!node)
		return;

	u64 min_of_side[2], sum_of_side[2];

	for (u32 side = 0; side < 2; side++)
		check_summaries(f, node->child[side], &min_of_side[side], &sum_of_side[side]);
	*min = min_of(item_of(node)->weight, min_of(min_of_side[0], min_of_side[1]));
	*sum = item_of(node)->weight + sum_of_side[0] + sum_of_side[1];
	cr_assert(item_of(node)->min == *min && item_of(node)->sum == *sum, "seed %" PRIu64,
		  f->seed);
}

static struct fixture *fixture_new(u64 seed)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->seed = seed;
	rng_init(&f->rng, seed, "rbtree", 0);
	return f;
}

/* Mostly inserts, then mostly erases, and so on: the tree is often full and often empty. */
static bool shall_toggle(struct fixture *f, const struct item *item, u32 step)
{
	bool filling = step / 300 % 2 == 0;

	return item->in_tree != filling || rng_below(&f->rng, 4) == 0;
}

static void toggle(struct fixture *f, struct item *item, u64 nr_keys, bool augmented)
{
	if (item->in_tree) {
		model_erase(f, item);
		if (augmented)
			rb_erase(&f->tree, &item->node, item_pull);
		else
			rb_erase(&f->tree, &item->node, NULL);
	} else {
		item->key = rng_below(&f->rng, nr_keys);
		item->weight = rng_below(&f->rng, 1000);
		model_insert(f, item);
		if (!augmented) {
			rb_insert(&f->tree, &item->node, item_less, NULL);
		} else if (item->key % 2) {
			rb_insert(&f->tree, &item->node, item_less, item_pull);
		} else {
			item->min = item->sum = item->weight;
			rb_insert_leaf(&f->tree, &item->node, item_less, item_add, item_pull);
		}
	}
	item->in_tree = !item->in_tree;
}

Test(rbtree, keeps_order_balance_and_the_sequence_of_equal_keys)
{
	for (u64 seed = 1; seed <= SEEDS; seed++) {
		struct fixture *f = fixture_new(seed);
		u64 nr_keys = seed % 3 == 0 ? 5 : 1000; /* few keys: many equal ones */

		for (u32 step = 0; step < STEPS; step++) {
			struct item *item = &f->items[rng_below(&f->rng, ITEMS)];

			if (!shall_toggle(f, item, step))
				continue;
			toggle(f, item, nr_keys, false);
			check_order(f, step);
		}
		free(f);
	}
}

Test(rbtree, every_summary_holds_after_every_step)
{
	for (u64 seed = 1; seed <= SEEDS; seed++) {
		struct fixture *f = fixture_new(seed);
		u64 min, sum;

		for (u32 step = 0; step < STEPS; step++) {
			struct item *item = &f->items[rng_below(&f->rng, ITEMS)];

			if (item->in_tree && rng_below(&f->rng, 3) == 0) {
				item->weight = rng_below(&f->rng, 1000);
				rb_refresh(&item->node, item_pull);
			} else if (shall_toggle(f, item, step)) {
				toggle(f, item, 100, true);
			}
			check_order(f, step);
			check_summaries(f, f->tree.root, &min, &sum);
		}
		free(f);
	}
}

Test(rbtree, equal_keys_leave_in_the_order_they_came)
{
	struct fixture *f = fixture_new(1);

	for (u32 i = 0; i < ITEMS; i++)
		rb_insert(&f->tree, &f->items[i].node, item_less, NULL);
	for (u32 i = 0; i < ITEMS; i++) {
		cr_assert_eq(rb_first(&f->tree), &f->items[i].node);
		rb_erase(&f->tree, rb_first(&f->tree), NULL);
	}
	cr_assert_null(f->tree.root);
	cr_assert_null(rb_first(&f->tree));
	cr_assert_null(rb_last(&f->tree));
	free(f);
}

/* As a runqueue uses it: the first is taken, charged and put back. */
Test(rbtree, first_stays_the_smallest_when_taken_and_put_back)
{
	struct fixture *f = fixture_new(7);

	for (u32 i = 0; i < ITEMS; i++)
		toggle(f, &f->items[i], 1000, true);
	for (u32 step = 0; step < STEPS; step++) {
		struct item *item = item_of(rb_first(&f->tree));

		cr_assert_eq(item, f->model[0]);
		rb_erase(&f->tree, &item->node, item_pull);
		model_erase(f, item);
		item->key += 1 + rng_below(&f->rng, 100);
		rb_insert(&f->tree, &item->node, item_less, item_pull);
		model_insert(f, item);
		check_order(f, step);
	}
	free(f);
}

static u32 nr_pulls;

static bool counting_pull(struct rb_node *node)
{
	nr_pulls++;
	return item_pull(node);
}

Test(rbtree, refresh_stops_where_a_summary_stays_as_it_was)
{
	struct fixture *f = fixture_new(3);

	for (u32 i = 0; i < ITEMS; i++)
		toggle(f, &f->items[i], 1000, true);
	rb_refresh(rb_first(&f->tree), counting_pull);
	cr_assert_eq(nr_pulls, 1);
	free(f);
}

Test(rbtree, a_wrong_tree_is_not_valid)
{
	struct fixture *f = fixture_new(5);

	for (u32 i = 0; i < ITEMS; i++)
		toggle(f, &f->items[i], 1000, false);
	cr_assert(rb_valid(&f->tree, item_less));

	f->model[10]->key = 5000; /* out of order */
	cr_assert_not(rb_valid(&f->tree, item_less));
	f->model[10]->key = f->model[11]->key;
	cr_assert(rb_valid(&f->tree, item_less));

	f->tree.first = rb_next(f->tree.first);
	cr_assert_not(rb_valid(&f->tree, item_less));
	f->tree.first = rb_prev(f->tree.first);

	f->tree.root->parent_red |= 1; /* a red root */
	cr_assert_not(rb_valid(&f->tree, item_less));
	free(f);
}
