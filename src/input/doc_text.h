/* SPDX-License-Identifier: MIT */
/* The characters of a document, before and beside the YAML parser. Private to input/. */
#ifndef OSSIM_INPUT_DOC_TEXT_H
#define OSSIM_INPUT_DOC_TEXT_H

#include "base/arena.h"
#include "base/diag.h"

/* Size, UTF-8, control characters: reported with the position of the first mistake. */
must_check bool doc_text_check(struct diag *diag, u32 source, const char *text, size_t len,
			       unsigned flags);
/* Line and column (in characters) of a byte. */
struct loc doc_text_loc(u32 source, const char *text, size_t len, size_t offset);
/* True if nothing but blanks follows character @index. */
bool doc_text_is_rest_blank(const char *text, size_t len, size_t index);
/* What to say instead of libyaml's @problem at character @index; NULL: nothing better is known. */
const char *doc_text_hint(struct arena *arena, const char *text, size_t len, size_t index,
			  const char *problem);

#endif
