/* SPDX-License-Identifier: MIT */
/*
 * Insert, erase and refresh of rbtree.h, written once for both sides and all kinds of trees.
 *
 * A node's side under its parent is an index, 0 or 1, so the mirrored cases of the textbook are
 * one, and the way down the tree is a load indexed by a comparison rather than a branch that is
 * mispredicted every other time. "less" and "pull" are constants of the caller, folded in.
 *
 * Summaries: a pull must compute what depends only on the *set* of nodes below (a minimum, a sum),
 * not on their shape. Then a rotation, which keeps the set, changes the summaries of its two nodes
 * only, and the walk upwards after a change stops at the first summary that stays as it was.
 */
#ifndef OSSIM_BASE_RBTREE_INLINE_H
#define OSSIM_BASE_RBTREE_INLINE_H

#include "base/rbtree.h"

enum { RB_RED = 1 };

static always_inline bool rb_is_red(const struct rb_node *node)
{
	return node->parent_red & RB_RED;
}

/* A missing child counts as black. */
static always_inline bool rb_is_red_or_null(const struct rb_node *node)
{
	return node && rb_is_red(node);
}

static always_inline void rb_set_black(struct rb_node *node)
{
	node->parent_red &= ~(uintptr_t)RB_RED;
}

static always_inline void rb_set_red(struct rb_node *node)
{
	node->parent_red |= RB_RED;
}

/* Keeps the colour. */
static always_inline void rb_set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_red = (uintptr_t)parent | (node->parent_red & RB_RED);
}

/* Where @old hung below @parent (NULL: as the root), @new hangs now. */
static always_inline void rb_replace_child(struct rb_tree *tree, struct rb_node *parent,
					   struct rb_node *old, struct rb_node *new)
{
	if (parent)
		parent->child[parent->child[1] == old] = new;
	else
		tree->root = new;
}

static always_inline void rb_pull_up(struct rb_node *node, rb_pull_fn pull)
{
	while (node && pull(node))
		node = rb_parent(node);
}

/*
 * @node sinks to @side and its other child takes its place. The two also swap colours, which is
 * what each rotation of insert and erase asks for.
 */
static always_inline void rb_rotate(struct rb_tree *tree, struct rb_node *node, unsigned side,
				    rb_pull_fn pull)
{
	struct rb_node *up = node->child[!side];
	struct rb_node *middle = up->child[side];
	uintptr_t up_colour = up->parent_red & RB_RED;

	rb_replace_child(tree, rb_parent(node), node, up);
	up->parent_red = node->parent_red;
	node->parent_red = (uintptr_t)up | up_colour;
	up->child[side] = node;
	node->child[!side] = middle;
	if (middle)
		rb_set_parent(middle, node);
	if (pull) {
		pull(node);
		pull(up);
	}
}

/* @node is red. As long as its parent is red too, recolour or rotate. */
static always_inline void rb_insert_rebalance(struct rb_tree *tree, struct rb_node *node,
					      rb_pull_fn pull)
{
	struct rb_node *parent;

	while ((parent = rb_parent(node)) && rb_is_red(parent)) {
		struct rb_node *grand = rb_parent(parent);
		unsigned side = grand->child[1] == parent;
		struct rb_node *uncle = grand->child[!side];

		if (rb_is_red_or_null(uncle)) {
			rb_set_black(parent);
			rb_set_black(uncle);
			rb_set_red(grand);
			node = grand;
			continue;
		}
		if (parent->child[!side] == node)
			rb_rotate(tree, parent, side, pull);
		rb_rotate(tree, grand, !side, pull);
		break;
	}
	rb_set_black(tree->root);
}

/* @add NULL: summaries are pulled, that of @node as well. */
static always_inline void rb_insert_with(struct rb_tree *tree, struct rb_node *node,
					 rb_less_fn less, rb_add_fn add, rb_pull_fn pull)
{
	struct rb_node *parent = NULL, *at = tree->root;
	unsigned side = 0, any_right = 0;

	if (!at) { /* alone: a black root */
		*node = (struct rb_node){0};
		tree->root = tree->first = node;
		if (pull && !add)
			pull(node);
		return;
	}
	while (at) {
		parent = at;
		side = !less(node, at);
		any_right |= side;
		at = at->child[side];
	}

	node->child[0] = node->child[1] = NULL;
	node->parent_red = (uintptr_t)parent | RB_RED;
	parent->child[side] = node;
	if (!any_right)
		tree->first = node;

	if (add) {
		for (at = parent; at && add(at, node); at = rb_parent(at))
			;
	} else if (pull) {
		pull(node);
		rb_pull_up(parent, pull);
	}
	rb_insert_rebalance(tree, node, pull);
}

static always_inline void rb_insert(struct rb_tree *tree, struct rb_node *node, rb_less_fn less,
				    rb_pull_fn pull)
{
	rb_insert_with(tree, node, less, NULL, pull);
}

static always_inline void rb_insert_leaf(struct rb_tree *tree, struct rb_node *node,
					 rb_less_fn less, rb_add_fn add, rb_pull_fn pull)
{
	rb_insert_with(tree, node, less, add, pull);
}

/* Paths through @parent's child on @side are one black node short. */
static always_inline void rb_erase_rebalance(struct rb_tree *tree, struct rb_node *parent,
					     unsigned side, rb_pull_fn pull)
{
	while (parent) {
		struct rb_node *sibling = parent->child[!side];

		if (rb_is_red(sibling)) {
			rb_rotate(tree, parent, side, pull);
			sibling = parent->child[!side];
		}
		if (rb_is_red_or_null(sibling->child[0]) || rb_is_red_or_null(sibling->child[1])) {
			if (!rb_is_red_or_null(sibling->child[!side]))
				rb_rotate(tree, sibling, !side, pull);
			rb_rotate(tree, parent, side, pull);
			/* What is now beside @parent was red and makes up for the black one lost.
			 */
			rb_set_black(rb_parent(parent)->child[!side]);
			return;
		}
		rb_set_red(sibling);
		if (rb_is_red(parent)) {
			rb_set_black(parent);
			return;
		}

		struct rb_node *up = rb_parent(parent);

		side = up && up->child[1] == parent;
		parent = up;
	}
}

/* The leftmost node below or at @node. */
static always_inline struct rb_node *rb_leftmost(struct rb_node *node)
{
	while (node->child[0])
		node = node->child[0];
	return node;
}

/*
 * A node with two children changes places with its successor, which has at most a right child; so
 * what is unlinked has at most one child, and that child is red.
 */
static always_inline void rb_erase(struct rb_tree *tree, struct rb_node *node, rb_pull_fn pull)
{
	struct rb_node *parent = rb_parent(node), *hole_parent = parent;
	struct rb_node *moved = NULL; /* the successor, put where @node was */
	struct rb_node *child;        /* goes where the unlinked one was */
	unsigned side;
	bool lost_black;

	if (!node->parent_red && !node->child[0] && !node->child[1]) { /* it was alone */
		tree->root = tree->first = NULL;
		return;
	}
	if (node->child[0] && node->child[1]) {
		moved = rb_leftmost(node->child[1]);
		child = moved->child[1];
		hole_parent = rb_parent(moved);
		lost_black = !rb_is_red(moved);
		side = hole_parent == node;
		if (side) {
			hole_parent = moved;
		} else {
			hole_parent->child[0] = child;
			moved->child[1] = node->child[1];
			rb_set_parent(moved->child[1], moved);
		}
		moved->child[0] = node->child[0];
		rb_set_parent(moved->child[0], moved);
		moved->parent_red = node->parent_red;
		rb_replace_child(tree, parent, node, moved);
	} else {
		if (tree->first == node)
			tree->first = node->child[1] ? node->child[1] : parent;
		child = node->child[0] ? node->child[0] : node->child[1];
		lost_black = !rb_is_red(node);
		side = parent && parent->child[1] == node;
		rb_replace_child(tree, parent, node, child);
	}
	if (child)
		child->parent_red = (uintptr_t)hole_parent; /* black: see above */

	if (pull) {
		/*
		 * @moved still has the summary of its old place: up to it nothing may stop the
		 * walk, and whether it "changed" says nothing about what its new parent has seen.
		 */
		if (moved) {
			for (struct rb_node *at = hole_parent; at != moved; at = rb_parent(at))
				pull(at);
			pull(moved);
			rb_pull_up(parent, pull);
		} else {
			rb_pull_up(hole_parent, pull);
		}
	}
	if (lost_black && !child)
		rb_erase_rebalance(tree, hole_parent, side, pull);
}

static always_inline void rb_refresh(struct rb_node *node, rb_pull_fn pull)
{
	rb_pull_up(node, pull);
}

#endif
