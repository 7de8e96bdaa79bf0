/* SPDX-License-Identifier: MIT */
/* What the parts of a look-up share; outside, result_lookup() is asked. */
#ifndef OSSIM_REPORT_LOOKUP_H
#define OSSIM_REPORT_LOOKUP_H

#include "base/vec.h"
#include "report/report.h"

struct candidates {
	vec_of(const char *) at;
};

/* What was written, as a tree; @text is freed. */
json_t *lookup_read_back(struct text *text);
/* Adds the best guess for the first @len characters of @word to the error; false. */
bool lookup_unknown(struct text *error, const char *what, const char *word, size_t len,
		    const struct candidates *candidates);
/* What @object has under the first @len characters of @path; borrowed. NULL: nothing. */
json_t *lookup_member(const json_t *object, const char *path, size_t len);
/* Goes down from @json along @path to a number. False: there is none, and @error tells why. */
bool lookup_descend(const json_t *json, const char *path, s64 *value, struct text *error);

/* lookup_names.c: @path in the sections "tasks" and "comms". */
bool lookup_tasks(const struct result *r, const char *path, s64 *value, struct text *error);
bool lookup_comms(const struct result *r, const char *path, s64 *value, struct text *error);

#endif
