/* SPDX-License-Identifier: MIT */
/* The list of costs.h as a table, and its two presets. */
#include "model/costs.h"

#include <string.h>

#define INFO(field, figure, text) {.name = #field, .x86_64 = figure, .help = text},
const struct cost_info cost_infos[NR_COSTS] = {COSTS(INFO)};
#undef INFO

#define NAME(field, ...) #field,
const char *const cost_names[NR_COSTS] = {COSTS(NAME)};
#undef NAME

const char *const cost_preset_names[2] = {"zero", "x86-64"};

bool costs_preset(const char *name, struct costs *out)
{
	bool zero = strcmp(name, "zero") == 0;

	if (!zero && strcmp(name, "x86-64") != 0)
		return false;
	for (u32 i = 0; i < NR_COSTS; i++)
		*cost_at(out, i) = zero ? 0 : cost_infos[i].x86_64;
	return true;
}
