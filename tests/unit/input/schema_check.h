/* SPDX-License-Identifier: MIT */
/* Does a document keep a JSON Schema: the keywords of draft 2020-12 that our schemas use. */
#ifndef OSSIM_TESTS_INPUT_SCHEMA_CHECK_H
#define OSSIM_TESTS_INPUT_SCHEMA_CHECK_H

#include "base/text.h"
#include "input/doc.h"

/* The first fault goes to @why: the path of the value and the keyword it breaks. */
bool schema_accepts(const struct doc_node *schema, const struct doc_node *value, struct text *why);

#endif
