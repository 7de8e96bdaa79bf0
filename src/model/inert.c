/* SPDX-License-Identifier: MIT */
/* The tables of inert.h. */
#include "model/inert.h"

#include <string.h>

#include "base/ensure.h"

#define ROW(kernel_name, knob_unit, low, high, a, b, c, text, why) \
	{                                                          \
		.info =                                            \
			{                                          \
				.name = kernel_name,               \
				.unit = KNOB_##knob_unit,          \
				.lowest = low,                     \
				.highest = high,                   \
				.help = text,                      \
			},                                         \
		.defaults = {a, b, c},                             \
		.reason = why,                                     \
	},
const struct inert_knob inert_knobs[] = {INERT_KNOBS(ROW)};
#undef ROW
const u32 nr_inert_knobs = ARRAY_SIZE(inert_knobs);

#define ROW(flag, a, b, c, why) {.name = #flag, .column = {a, b, c}, .reason = why},
const struct inert_feature inert_features[] = {INERT_FEATURES(ROW)};
#undef ROW
const u32 nr_inert_features = ARRAY_SIZE(inert_features);

const struct inert_knob *inert_knob_find(const char *name)
{
	for (u32 i = 0; i < nr_inert_knobs; i++)
		if (!strcmp(inert_knobs[i].info.name, name))
			return &inert_knobs[i];
	return NULL;
}

const struct inert_feature *inert_feature_find(const char *name)
{
	for (u32 i = 0; i < nr_inert_features; i++)
		if (!strcmp(inert_features[i].name, name))
			return &inert_features[i];
	return NULL;
}

static u32 column_of(const struct kernel *kernel)
{
	size_t column = (size_t)(kernel_find(kernel->name) - kernels);

	ensure(column < NR_COLUMNS);
	return (u32)column;
}

bool inert_knob_known(const struct inert_knob *knob, const struct kernel *kernel)
{
	return knob->defaults[column_of(kernel)] != KNOB_ABSENT;
}

bool inert_feature_known(const struct inert_feature *feature, const struct kernel *kernel)
{
	return feature->column[column_of(kernel)] != '-';
}
