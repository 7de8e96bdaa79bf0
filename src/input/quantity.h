/* SPDX-License-Identifier: MIT */
/*
 * A time, size or count in a scenario: one value, or a distribution from which each use draws.
 */
#ifndef OSSIM_INPUT_QUANTITY_H
#define OSSIM_INPUT_QUANTITY_H

#include "input/fields.h"

enum quantity_kind { QUANTITY_DURATION, QUANTITY_SIZE, QUANTITY_COUNT };

/* 10ms, {uniform: [1ms, 2ms]}, ... The distribution's arrays live in the reader's scratch arena. */
must_check bool read_quantity(struct reader *r, const struct doc_node *node,
			      enum quantity_kind kind, struct quantity *out);

/* True if @node is a map that names a distribution, rather than one with other keys. */
bool is_distribution(const struct doc_node *node);

#endif
