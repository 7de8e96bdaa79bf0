/* SPDX-License-Identifier: MIT */
/* The words of decision.h. */
#include "trace/decision.h"

#define X(kind, name) name,
const char *const decision_kind_names[NR_DECISION_KINDS] = {DECISION_KINDS(X)};
#undef X

#define X(symbol, name, text) name,
const char *const decision_rule_names[NR_DECISION_RULES] = {DECISION_RULES(X)};
#undef X

#define X(symbol, name, text) text,
const char *const decision_rule_texts[NR_DECISION_RULES] = {DECISION_RULES(X)};
#undef X
