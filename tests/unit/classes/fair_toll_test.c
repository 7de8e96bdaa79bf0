/* SPDX-License-Identifier: MIT */
/*
 * What bookkeeping takes by the state that it finds. Expected are the rotations and new colours of
 * the textbook's red-black tree, drawn by hand: keys go in by hand-made orders whose trees are well
 * known.
 */
#include <criterion/criterion.h>

#include "classes/fair_toll.h"
#include "fair_fixture.h"

struct key {
	struct rb_node node;
	u32 key;
};

static bool before(const struct rb_node *a, const struct rb_node *b)
{
	return container_of(a, struct key, node)->key < container_of(b, struct key, node)->key;
}

/* A level is 1000, half a repair 1. */
static const struct costs costs = {.tree_level = 1000, .tree_mend = 1};

static u64 put(struct rb_tree *tree, struct key *key)
{
	struct rb_node *parent = NULL;
	u32 levels = 0, side = 0;
	u64 toll;

	for (struct rb_node *at = tree->root; at; at = at->child[side]) {
		parent = at;
		side = !before(&key->node, at);
		levels++;
	}
	toll = toll_of_insert(&costs, parent, &key->node, side, levels);
	rb_insert(tree, &key->node, before, NULL);
	return toll;
}

/*
 * Growing keys: 1 is the root; 2 goes below it; 3 below 2 turns the tree once (2 half repairs and
 * no inner rotation); 4 finds a red uncle: colours change up to the root (2); 5 turns once, 6
 * changes colours two levels up, where black ends it; 7 turns once.
 */
Test(fair_toll, a_growing_tree_is_turned_or_gets_new_colours)
{
	static const u64 expected[] = {0, 1000, 2002, 2002, 3002, 3002, 4002};
	struct rb_tree tree = {0};
	struct key keys[7];

	for (u32 i = 0; i < 7; i++) {
		u64 toll;

		keys[i] = (struct key){.key = i + 1};
		toll = put(&tree, &keys[i]);
		cr_expect_eq(toll, expected[i], "key %u: %lu", i + 1, (unsigned long)toll);
	}
}

/* 1, 3, then 2: the inner grandchild takes a rotation more. */
Test(fair_toll, an_inner_grandchild_takes_one_rotation_more)
{
	struct rb_tree tree = {0};
	struct key one = {.key = 1}, two = {.key = 2}, three = {.key = 3};

	put(&tree, &one);
	put(&tree, &three);
	cr_expect_eq(put(&tree, &two), 2003);
}

/*
 * Of the tree of 1 to 6 (2 is the root with 1 and 4; 4 is red, 3 and 5 are black, 6 is red) the
 * least goes, again and again. 1 is black: its sibling 4 is red, one rotation and then, below it, 3
 * without red children: a level with new colours, 2 + 1. Then 2 has a child: its place is filled. 3
 * is black; beside it 5 has a far red child: one level, one rotation. 4 is black beside 6, black,
 * below 5, black: new colours at the root. Then 5 has a red child, and 6 is alone.
 */
Test(fair_toll, the_least_leaves_by_the_textbook)
{
	static const u64 expected[] = {3, 0, 3, 2, 0, 0};
	struct rb_tree tree = {0};
	struct key keys[6];

	for (u32 i = 0; i < 6; i++) {
		keys[i] = (struct key){.key = i + 1};
		put(&tree, &keys[i]);
	}
	for (u32 i = 0; i < 6; i++) {
		u64 toll = toll_of_erase(&costs, tree.first);

		cr_expect_eq(toll, expected[i], "key %u: %lu", i + 1, (unsigned long)toll);
		rb_erase(&tree, tree.first, NULL);
	}
}
