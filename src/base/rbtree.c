/* SPDX-License-Identifier: MIT */
/*
 * The parts of the tree that are no hot path: walking in order, and checking a whole tree.
 */
#include "base/rbtree.h"

/* The furthest node on @side below or at @node. */
static struct rb_node *furthest(struct rb_node *node, unsigned side)
{
	while (node->child[side])
		node = node->child[side];
	return node;
}

/* The neighbour in order: 0 the one before, 1 the one after. */
static struct rb_node *neighbour(const struct rb_node *node, unsigned side)
{
	if (node->child[side])
		return furthest(node->child[side], !side);

	struct rb_node *parent = rb_parent(node);

	while (parent && parent->child[side] == node) {
		node = parent;
		parent = rb_parent(node);
	}
	return parent;
}

struct rb_node *rb_last(const struct rb_tree *tree)
{
	return tree->root ? furthest(tree->root, 1) : NULL;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return neighbour(node, 1);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return neighbour(node, 0);
}

/* Twice the logarithm of any number of nodes that fits in memory: deeper is no red-black tree. */
enum { DEPTH_MAX = 128 };

/* The number of black nodes on every path from @node down, or -1 if links or colours are wrong. */
static int black_height(const struct rb_node *node, const struct rb_node *parent, int depth)
{
	if (!node)
		return 0;
	if (depth > DEPTH_MAX || rb_parent(node) != parent)
		return -1;
	if (rb_is_red(node) && (!parent || rb_is_red(parent)))
		return -1;

	int left = black_height(node->child[0], node, depth + 1);
	int right = black_height(node->child[1], node, depth + 1);

	if (left < 0 || left != right)
		return -1;
	return left + !rb_is_red(node);
}

bool rb_valid(const struct rb_tree *tree, rb_less_fn less)
{
	if (!tree->root)
		return !tree->first;
	if (black_height(tree->root, NULL, 0) < 0 || tree->first != furthest(tree->root, 0))
		return false;

	const struct rb_node *node = tree->first, *next;

	for (; (next = rb_next(node)); node = next)
		if (less(next, node))
			return false;
	return true;
}
