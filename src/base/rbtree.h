/* SPDX-License-Identifier: MIT */
/*
 * An intrusive ordered binary tree (red-black), with augmentation.
 *
 * Order is given by a strict "less": equal keys go to the right, so among equals the first inserted
 * comes first. An augmented tree also gets a "pull" function that recomputes a node's summary from
 * itself and its two children (node->child[0/1], either may be NULL) and says whether it changed.
 * Both are compile-time constants at every call, so the compiler folds them in.
 */
#ifndef OSSIM_BASE_RBTREE_H
#define OSSIM_BASE_RBTREE_H

#include "base/types.h"

struct rb_node {
	struct rb_node *child[2]; /* 0: smaller, 1: larger or equal */
	uintptr_t parent_red;     /* parent | 1 if red */
};

struct rb_tree {
	struct rb_node *root;
	struct rb_node *first; /* leftmost, NULL if empty */
};

typedef bool (*rb_less_fn)(const struct rb_node *a, const struct rb_node *b);
typedef bool (*rb_pull_fn)(struct rb_node *node);
typedef bool (*rb_add_fn)(struct rb_node *node, const struct rb_node *leaf);

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
	return (struct rb_node *)(node->parent_red & ~(uintptr_t)1);
}

static inline struct rb_node *rb_first(const struct rb_tree *tree)
{
	return tree->first;
}

struct rb_node *rb_last(const struct rb_tree *tree);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* Whole-tree check of colours, order and links, for tests and ensure_slow(). */
bool rb_valid(const struct rb_tree *tree, rb_less_fn less);

#include "base/rbtree_inline.h"

/*
 * From rbtree_inline.h, all always_inline; @pull may be NULL:
 *   void rb_insert(struct rb_tree *tree, struct rb_node *node, rb_less_fn less, rb_pull_fn pull);
 *   void rb_insert_leaf(struct rb_tree *tree, struct rb_node *node, rb_less_fn less, rb_add_fn add,
 *        rb_pull_fn pull);  the same of a node whose summary is set to that of a leaf: @add takes
 *                           it
 *        into the summary of a node above, which costs less than a pull; false if that stays as it
 *        was
 *   void rb_erase(struct rb_tree *tree, struct rb_node *node, rb_pull_fn pull);
 *   void rb_refresh(struct rb_node *node, rb_pull_fn pull);  the node's own key data changed in a
 *        way that keeps its place: summaries are recomputed upwards, stopping where none changes
 */

#endif
